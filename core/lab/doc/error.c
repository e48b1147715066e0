// The error record: fills it, finds the excerpt, prints it with a caret.
// SPDX-License-Identifier: MIT
#include "core/lab/doc/error.h"

#include <string.h>

enum { WINDOW_BEFORE = 60, WINDOW_BYTES = 200 };

void lab_error_clear(struct lab_error *err)
{
    memset(err, 0, sizeof *err);
}

bool lab_error_set(const struct lab_error *err)
{
    return err->message[0] != '\0';
}

size_t lab_utf8(const char *at, size_t left)
{
    const unsigned char *p = (const unsigned char *)at;
    if (p[0] < 0x80) {
        return 1;
    }
    const size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || length > left) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    // overlong forms, surrogates, and what lies above U+10FFFF
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)) {
        return 0;
    }
    return length;
}

/// Copy at most `size` bytes so that the result is printable UTF-8 and ends with a null; whole
/// characters only.
static void copy_printable(char *to, size_t room, const char *from, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < size;) {
        size_t step = lab_utf8(from + i, size - i);
        const bool odd =
            step == 0 || (step == 1 && ((unsigned char)from[i] < 0x20 || from[i] == 0x7f));
        if (n + (odd ? 1 : step) + 1 > room) {
            break;
        }
        if (odd) {
            to[n++] = from[i] == '\t' ? ' ' : '?';
            i++;
        } else {
            memcpy(to + n, from + i, step);
            n += step;
            i += step;
        }
    }
    to[n] = '\0';
}

static int characters(const char *text)
{
    int n = 0;
    for (const char *p = text; *p != '\0'; p++) {
        n += ((unsigned char)*p & 0xc0) != 0x80;
    }
    return n;
}

static void copy_from_right(char *to, size_t room, const char *from)
{
    const size_t length = strlen(from);
    if (length < room) {
        memcpy(to, from, length + 1);
        return;
    }
    // the end of a path tells more than its beginning
    const char *tail = from + length - (room - 4);
    memcpy(to, "...", 3);
    memcpy(to + 3, tail, room - 3);
}

static const char *find_line(const char *text, size_t size, int line)
{
    const char *p = text;
    const char *end = text + size;
    for (int i = 1; i < line && p < end; i++) {
        const char *next = memchr(p, '\n', (size_t)(end - p));
        if (next == NULL) {
            return NULL;
        }
        p = next + 1;
    }
    return p;
}

/// Copy the source line, or a window of it round the column when it is long.
static void copy_source(struct lab_error *err, const struct lab_place *place)
{
    const char *p = find_line(place->text, place->size, place->line);
    if (p == NULL) {
        return;
    }
    size_t left = place->size - (size_t)(p - place->text);
    const char *stop = memchr(p, '\n', left);
    if (stop != NULL) {
        left = (size_t)(stop - p);
    }
    while (left > 0 && p[left - 1] == '\r') {
        left--;
    }
    int skip = place->column - 1 > WINDOW_BEFORE * 2 ? place->column - 1 - WINDOW_BEFORE : 0;
    err->caret = place->column - 1 - skip;
    while (skip > 0 && left > 0) {
        const size_t step = lab_utf8(p, left);
        p += step == 0 ? 1 : step;
        left -= step == 0 ? 1 : step;
        skip--;
    }
    copy_printable(err->source, sizeof err->source, p, left < WINDOW_BYTES ? left : WINDOW_BYTES);
}

void lab_error_at(struct lab_error *err, const struct lab_place *place, const char *format,
                  va_list args)
{
    if (err == NULL || lab_error_set(err)) {
        return;
    }
    memset(err, 0, sizeof *err);
    if (place->file != NULL) {
        copy_from_right(err->file, sizeof err->file, place->file);
    }
    err->line = place->line;
    err->column = place->column;
    err->width = 1;
    if (place->token != NULL) {
        copy_printable(err->token, sizeof err->token, place->token, strlen(place->token));
        err->width = characters(err->token) > 0 ? characters(err->token) : 1;
    }
    if (place->text != NULL && place->line > 0) {
        copy_source(err, place);
    }
    char message[sizeof err->message];
    vsnprintf(message, sizeof message, format, args);
    copy_printable(err->message, sizeof err->message, message, strlen(message));
}

void lab_error_at_file(struct lab_error *err, const char *file, const char *format, ...)
{
    const struct lab_place place = {.file = file};
    va_list args;
    va_start(args, format);
    lab_error_at(err, &place, format, args);
    va_end(args);
}

void lab_error_suggest(struct lab_error *err, const char *word)
{
    if (err != NULL && word != NULL && err->suggestion[0] == '\0') {
        copy_printable(err->suggestion, sizeof err->suggestion, word, strlen(word));
    }
}

int lab_edit_distance(const char *a, const char *b, int limit)
{
    enum { LONGEST = 63 };
    const size_t n = strlen(a);
    const size_t m = strlen(b);
    if (n > LONGEST || m > LONGEST) {
        return limit + 1;
    }
    int row[LONGEST + 1];
    for (size_t j = 0; j <= m; j++) {
        row[j] = (int)j;
    }
    for (size_t i = 1; i <= n; i++) {
        int corner = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int cost = corner + (a[i - 1] != b[j - 1]);
            corner = row[j];
            cost = row[j] + 1 < cost ? row[j] + 1 : cost;
            row[j] = row[j - 1] + 1 < cost ? row[j - 1] + 1 : cost;
        }
    }
    return row[m] <= limit ? row[m] : limit + 1;
}

void lab_nearest(const char *word, const char *candidate, const char **best, int *distance)
{
    const int edits = lab_edit_distance(word, candidate, 2);
    // three edits away from a word of three letters is anything
    if (edits <= 2 && edits < *distance && edits < (int)strlen(word)) {
        *best = candidate;
        *distance = edits;
    }
}

void lab_error_print(FILE *out, const struct lab_error *err)
{
    if (err->file[0] != '\0') {
        fprintf(out, "%s:", err->file);
        if (err->line > 0) {
            fprintf(out, "%d:%d:", err->line, err->column);
        }
        fputc(' ', out);
    }
    fprintf(out, "error: %s\n", err->message);
    if (err->source[0] != '\0') {
        const int length = characters(err->source);
        const int room = length - err->caret > 1 ? length - err->caret : 1;
        fprintf(out, "  %s\n  %*s^", err->source, err->caret, "");
        for (int i = 1; i < err->width && i < room; i++) {
            fputc('~', out);
        }
        fputc('\n', out);
    }
    if (err->suggestion[0] != '\0') {
        fprintf(out, "  did you mean `%s`?\n", err->suggestion);
    }
}
