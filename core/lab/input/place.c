// Where files named by --set are: written so that a run ID finds them again from any folder, with --root.
// SPDX-License-Identifier: MIT
#define _XOPEN_SOURCE 700 // realpath

#include "core/lab/input/place.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/doc/doc.h"

/// How many bytes of `text` are a key that names a file; 0: it names none.
static size_t key_length(const char *text)
{
    static const char *const keys[] = {"job=", "printer=", "plr.config=", "printer.plr.config="};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!strncmp(text, keys[i], strlen(keys[i])))
            return strlen(keys[i]);
    return 0;
}

/// The value as YAML reads it (quotes, escapes). False when it is no plain text; then whoever loads it will say so.
static bool value_of(const char *yaml, char out[PATH_MAX])
{
    char text[LAB_PLACE_SET + 8];
    struct lab_doc *doc = NULL;
    struct lab_error unheard = {0};
    int n = snprintf(text, sizeof text, "value: %s", yaml);
    if (n < 0 || (size_t)n >= sizeof text ||
        lab_doc_parse(&doc, "--set", text, (size_t)n, &unheard) != LAB_OK)
        return false;
    const struct lab_node *node = lab_node_find(lab_doc_root(doc), "value");
    bool good = node && node->kind == LAB_SCALAR && node->text[0];
    if (good)
        good = snprintf(out, PATH_MAX, "%s", node->text) < PATH_MAX;
    lab_doc_close(doc);
    return good;
}

/// The file's path without links and dots in its folder; its own name stays, for it is the job's. Returns 0 or a negative errno.
static int absolute(const char *path, char out[PATH_MAX])
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    int length = slash ? (int)(slash - path) + 1 : 0;

    snprintf(folder, sizeof folder, "%.*s%s", length, path, length ? "" : ".");
    if (!realpath(folder, out))
        return -errno;
    size_t at = strlen(out);
    int n = snprintf(out + at, PATH_MAX - at, "%s%s", at > 1 ? "/" : "", name);
    return n >= 0 && (size_t)n < PATH_MAX - at ? 0 : -ENAMETOOLONG;
}

/// A path as a YAML scalar: as it is when YAML sees nothing in it, else in quotes.
static int quote(const char *path, char *out, size_t room)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+-";
    size_t n = 0;
    if (path[0] != '-' && path[strspn(path, plain)] == '\0')
        return snprintf(out, room, "%s", path) < (int)room ? 0 : -ENAMETOOLONG;
    for (const char *p = path; n + 8 < room; p++) {
        n += (size_t)snprintf(out + n, room - n, "%s", p == path ? "\"" : "");
        if (*p == '\0') {
            snprintf(out + n, room - n, "\"");
            return 0;
        }
        bool odd = (unsigned char)*p < ' ' || *p == 0x7f;
        if (odd)
            n += (size_t)snprintf(out + n, room - n, "\\x%02X", (unsigned)(unsigned char)*p);
        else
            n += (size_t)snprintf(out + n, room - n, "%s%c", strchr("\"\\", *p) ? "\\" : "", *p);
    }
    return -ENAMETOOLONG;
}

__attribute__((format(printf, 4, 5))) static int complain(struct lab_error *err, const char *text,
                                                          size_t key, const char *format, ...)
{
    const struct lab_place place = {.file = "--set",
                                    .text = text,
                                    .size = strlen(text),
                                    .line = 1,
                                    .column = (int)key + 1,
                                    .token = text + key};
    va_list args;
    va_start(args, format);
    lab_error_at(err, &place, format, args);
    va_end(args);
    return -EINVAL;
}

int lab_place_set(const char *text, const char *root, char out[LAB_PLACE_SET],
                  struct lab_error *err)
{
    char value[PATH_MAX], file[PATH_MAX], home[PATH_MAX];
    size_t key = key_length(text);

    snprintf(out, LAB_PLACE_SET, "%s", text);
    if (!key || !value_of(text + key, value) || (!root && value[0] != '/'))
        return 0;
    int bad = absolute(value, file);
    if (bad)
        return complain(err, text, key, "no such file: %s: %s", value, strerror(-bad));
    if (!realpath(root ? root : ".", home))
        return 0; // finding the scenario there will fail, and say so
    size_t length = strlen(home);
    bool inside = !strncmp(file, home, length) && (file[length] == '/' || length == 1);
    const char *path = inside ? file + length + (length > 1) : file;
    if (quote(path, out + key, LAB_PLACE_SET - key))
        return complain(err, text, key, "the path is too long for a run ID: %s", path);
    return 0;
}
