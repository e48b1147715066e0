// JSON from a file, with the place of what is wrong in it.
// SPDX-License-Identifier: MIT
#include "core/lab/merge/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/// All of a stream. NULL with errno when that fails.
static char *all_of(FILE *in, size_t *size)
{
    size_t room = 1u << 16;
    char *text = malloc(room);

    for (*size = 0; text;) {
        *size += fread(text + *size, 1, room - *size, in);
        if (*size < room)
            break;
        room *= 2;
        char *more = realloc(text, room);
        if (!more)
            free(text);
        text = more;
    }
    if (text && ferror(in)) {
        free(text);
        text = NULL;
    }
    return text;
}

__attribute__((format(printf, 3, 4))) static void
complain_at(struct lab_error *err, const struct lab_place *place, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    lab_error_at(err, place, format, arguments);
    va_end(arguments);
}

int json_parse(json_t **root, const char *name, const char *text, size_t size,
               struct lab_error *err)
{
    json_error_t wrong;

    *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &wrong);
    if (*root)
        return 0;
    if (json_error_code(&wrong) == json_error_out_of_memory)
        return LAB_ENOMEM;
    const struct lab_place place = {.file = name,
                                    .text = text,
                                    .size = size,
                                    .line = wrong.line > 0 ? wrong.line : 1,
                                    .column = wrong.column > 0 ? wrong.column : 1};
    complain_at(err, &place, "no whole JSON: %s", wrong.text);
    return LAB_EINVAL;
}

int lab_json_read(json_t **root, const char *path, struct lab_error *err)
{
    bool piped = strcmp(path, "-") == 0;
    errno = 0;
    FILE *in = piped ? stdin : fopen(path, "r");
    size_t size = 0;

    *root = NULL;
    char *text = in ? all_of(in, &size) : NULL;
    int bad = text ? 0 : errno ? -errno : LAB_EIO;
    if (bad)
        lab_error_at_file(err, path, "cannot be read: %s", strerror(-bad));
    else
        bad = json_parse(root, piped ? "stdin" : path, text, size, err);
    if (in && !piped)
        fclose(in);
    free(text);
    return bad;
}
