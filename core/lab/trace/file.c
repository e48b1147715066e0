// A trace out of a file or a stream: its bytes as a whole.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/lab/trace/trace.h"

static int slurp(FILE *in, uint8_t **bytes, size_t *size)
{
    size_t room = 0, got;

    *bytes = NULL;
    *size = 0;
    do {
        if (*size == room) {
            room = room ? room * 2 : 1 << 16;
            uint8_t *grown = realloc(*bytes, room);
            if (!grown)
                return LAB_ENOMEM;
            *bytes = grown;
        }
        got = fread(*bytes + *size, 1, room - *size, in);
        *size += got;
    } while (got);
    return ferror(in) ? LAB_EIO : 0;
}

static int open_file(const char *path, FILE **in)
{
    struct stat what;

    *in = strcmp(path, "-") != 0 ? fopen(path, "rb") : stdin;
    if (!*in)
        return errno == ENOENT ? LAB_ENOENT : LAB_EIO;
    if (*in != stdin && !fstat(fileno(*in), &what) && S_ISDIR(what.st_mode)) {
        fclose(*in);
        return LAB_EISDIR;
    }
    return 0;
}

int lab_trace_read_stream(const char *name, FILE *in, struct lab_trace *trace,
                          struct lab_error *err)
{
    uint8_t *bytes = NULL;
    size_t size = 0;

    memset(trace, 0, sizeof *trace);
    int bad = slurp(in, &bytes, &size);
    if (bad)
        lab_error_at_file(err, name, "cannot be read: %s", strerror(-bad));
    else
        bad = lab_trace_read(name, bytes, size, trace, err);
    free(bytes);
    return bad;
}

int lab_trace_read_file(const char *path, struct lab_trace *trace, struct lab_error *err)
{
    FILE *in;

    memset(trace, 0, sizeof *trace);
    int bad = open_file(path, &in);
    if (bad) {
        lab_error_at_file(err, path, "cannot be read: %s", strerror(-bad));
        return bad;
    }
    bad = lab_trace_read_stream(path, in, trace, err);
    if (in != stdin)
        fclose(in);
    return bad;
}
