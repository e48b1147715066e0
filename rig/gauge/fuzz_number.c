// Fuzzing what gauges say: any text is one number, or refused in words.
// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "rig/gauge/gauge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/// What is read from a text is not read from it said twice: then it holds two numbers.
static void check_number(const char *text, size_t size, int64_t scale_nm)
{
    char twice[2 * GAUGE_TEXT + 16] = "reading: ";
    int64_t nm = 0, again = 0;
    const char *why = gauge_number(text, scale_nm, &nm);

    check(!why || (*why && nm == 0));
    if (why)
        return;
    check(size && text[strcspn(text, "0123456789")]);
    strcat(strcat(strcat(twice, text), " "), text);
    check(gauge_number(twice, scale_nm, &again) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[GAUGE_TEXT];
    int64_t nm;

    size = size < sizeof text ? size : sizeof text - 1;
    memcpy(text, data, size);
    text[size] = '\0';
    check_number(text, size, 1000000);
    check_number(text, size, 50000);
    const char *why = gauge_z(text, 1000000, &nm);
    check(!why || *why);
    return 0;
}
