// compare_png IS.png WAS.png: does a picture look as it did? For the picture of docs/VIEW.md. Ends with 0 or 1; 77 without libpng.
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include "sim/view/golden.h"
#include "sim/view/png.h"

int main(int argc, char **argv)
{
    char message[GOLDEN_MESSAGE];
    struct canvas is;

    if (argc != 3) {
        fprintf(stderr, "usage: compare_png IS.png WAS.png\n");
        return 2;
    }
    if (!png_can())
        return 77;
    int bad = png_read_canvas(argv[1], &is);
    if (bad) {
        fprintf(stderr, "%s: cannot be read: %s\n", argv[1], strerror(-bad));
        return 1;
    }
    bad = golden_compare(&is, argv[2], message);
    canvas_close(&is);
    if (bad)
        fprintf(stderr, "%s\n", message);
    return bad ? 1 : 0;
}
