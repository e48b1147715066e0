// "%s and %.1f" % (a, b): Python's old way of formatting, the part of it that macros use.
// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "core/klipper/template_internal.h"

enum { WIDTH_MAX = 99, PIECE = 512 };

struct formatting {
    struct eval *e;
    size_t at; ///< of the sign, for complaints
    const json_t *arguments;
    size_t taken, count;
    char *out;
    size_t used, room;
};

/// One %-directive.
struct directive {
    char flags[8];
    int width, precision; ///< precision -1: none
    char letter;
};

static const json_t *argument(struct formatting *f)
{
    if (f->taken >= f->count) {
        template_fail(f->e, f->at, 1, "fewer values than the format takes");
        return NULL;
    }
    const size_t i = f->taken++;
    return json_is_array(f->arguments) ? json_array_get(f->arguments, i) : f->arguments;
}

static void put(struct formatting *f, const char *text, size_t size)
{
    if (f->used + size > KLIPPER_TEXT) {
        template_fail(f->e, f->at, 1, "a text of more than %d bytes", KLIPPER_TEXT);
        return;
    }
    if (f->used + size > f->room) {
        const size_t room = (f->used + size) * 2;
        char *grown = realloc(f->out, room);
        if (grown == NULL) {
            template_fail(f->e, f->at, 1, "out of memory");
            return;
        }
        f->out = grown;
        f->room = room;
    }
    if (size > 0) { // nothing may be put before there is room
        memcpy(f->out + f->used, text, size);
        f->used += size;
    }
}

static int read_count(const char **p)
{
    int n = 0;
    for (; **p >= '0' && **p <= '9'; (*p)++) {
        n = n <= WIDTH_MAX ? n * 10 + (**p - '0') : n;
    }
    return n;
}

static const char *read_directive(struct formatting *f, const char *p, struct directive *d)
{
    size_t n = 0;
    while (*p != '\0' && strchr("-+ 0", *p) != NULL) {
        if (n + 1 < sizeof d->flags && strchr(d->flags, *p) == NULL) {
            d->flags[n++] = *p;
        }
        p++;
    }
    d->width = read_count(&p);
    d->precision = -1;
    if (*p == '.') {
        p++;
        d->precision = read_count(&p);
    }
    d->letter = *p;
    if (d->width > WIDTH_MAX || d->precision > WIDTH_MAX) {
        template_fail(f->e, f->at, 1, "a width above %d in the format", WIDTH_MAX);
    }
    if (d->letter == '\0' || strchr("sdifFgexX%", d->letter) == NULL) {
        template_fail(f->e, f->at, 1, "a %% in the format without one of s d i f g e x %%");
    }
    return p + (*p != '\0');
}

/// The format for printf: flags, width, precision, `tail`.
static void compose(const struct directive *d, const char *tail, char *out, size_t room)
{
    char precision[16] = "";
    char width[16] = "";
    if (d->precision >= 0) {
        snprintf(precision, sizeof precision, ".%d", d->precision);
    }
    if (d->width > 0) {
        snprintf(width, sizeof width, "%d", d->width);
    }
    snprintf(out, room, "%%%s%s%s%s", d->flags, width, precision, tail);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" // composed above, of checked parts
static void put_whole(struct formatting *f, const struct directive *d, const json_t *value)
{
    char format[64];
    char piece[PIECE];
    double number = 0;
    if (!template_number(value, &number)) {
        template_fail(f->e, f->at, 1, "%%%c takes a number", d->letter);
        return;
    }
    if (!json_is_integer(value) && !(number > -9e18 && number < 9e18)) {
        template_fail(f->e, f->at, 1, "too large a number for %%%c", d->letter);
        return;
    }
    const char tail[] = {'l', 'l', d->letter == 'i' ? 'd' : d->letter, '\0'};
    compose(d, tail, format, sizeof format);
    const long long whole = json_is_integer(value) ? json_integer_value(value) : (long long)number;
    put(f, piece, (size_t)snprintf(piece, sizeof piece, format, whole));
}

static void put_real(struct formatting *f, const struct directive *d, const json_t *value)
{
    char format[64];
    char piece[PIECE];
    double number = 0;
    if (!template_number(value, &number)) {
        template_fail(f->e, f->at, 1, "%%%c takes a number", d->letter);
        return;
    }
    const char tail[] = {d->letter, '\0'};
    compose(d, tail, format, sizeof format);
    const int n = snprintf(piece, sizeof piece, format, number);
    put(f, piece, n < PIECE ? (size_t)n : PIECE - 1);
}
#pragma GCC diagnostic pop

static void put_text(struct formatting *f, const struct directive *d, const json_t *value)
{
    json_t *text = template_string(f->e, value, f->at);
    if (text == NULL) {
        return;
    }
    size_t n = json_string_length(text);
    if (d->precision >= 0 && (size_t)d->precision < n) {
        n = (size_t)d->precision;
    }
    const size_t blanks = (size_t)d->width > n ? (size_t)d->width - n : 0;
    const bool left = strchr(d->flags, '-') != NULL;
    for (size_t i = 0; !left && i < blanks; i++) {
        put(f, " ", 1);
    }
    put(f, json_string_value(text), n);
    for (size_t i = 0; left && i < blanks; i++) {
        put(f, " ", 1);
    }
    json_decref(text);
}

static const char *put_directive(struct formatting *f, const char *p)
{
    struct directive d = {"", 0, -1, 0};
    p = read_directive(f, p, &d);
    if (f->e->failed) {
        return p;
    }
    if (d.letter == '%') {
        put(f, "%", 1);
        return p;
    }
    const json_t *value = argument(f);
    if (f->e->failed) {
        return p;
    }
    if (d.letter == 's') {
        put_text(f, &d, value);
    } else if (strchr("dixX", d.letter) != NULL) {
        put_whole(f, &d, value);
    } else {
        put_real(f, &d, value);
    }
    return p;
}

json_t *template_format(struct eval *e, const json_t *format, const json_t *arguments, size_t at)
{
    struct formatting f = {.e = e, .at = at, .arguments = arguments};
    f.count = json_is_array(arguments) ? json_array_size(arguments) : 1;
    const char *p = json_string_value(format);
    while (*p != '\0' && !e->failed) {
        const size_t n = strcspn(p, "%");
        put(&f, p, n);
        p += n;
        if (*p == '%') {
            p = put_directive(&f, p + 1);
        }
    }
    if (!e->failed && f.taken < f.count && json_is_array(arguments)) {
        template_fail(e, at, 1, "more values than the format takes");
    }
    json_t *made =
        e->failed ? NULL : template_new_string(e, f.out != NULL ? f.out : "", f.used, at);
    free(f.out);
    return made;
}
