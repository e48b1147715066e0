// Tokens of template tags, and complaints about them.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/klipper/template_internal.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static void copy_token(struct eval *e, size_t at, size_t size)
{
    size_t n = size < sizeof e->err->token - 1 ? size : sizeof e->err->token - 1;
    while (n > 0 && n < size && ((unsigned char)e->text[at + n] & 0xc0) == 0x80) {
        n--; // whole characters
    }
    memcpy(e->err->token, e->text + at, n);
    e->err->token[n] = '\0';
}

static void fail_va(struct eval *e, size_t at, size_t size, const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

static void fail_va(struct eval *e, size_t at, size_t size, const char *format, va_list args)
{
    if (!e->failed) {
        e->err->line = e->err->column = 1;
        for (size_t i = 0; i < at && i < e->size; i++) {
            const unsigned char c = (unsigned char)e->text[i];
            e->err->column = c == '\n' ? 1 : e->err->column + ((c & 0xc0) != 0x80);
            e->err->line += c == '\n';
        }
        copy_token(e, at, size);
        vsnprintf(e->err->message, sizeof e->err->message, format, args);
        e->status = LAB_EINVAL;
    }
    e->failed = true;
    e->now = (struct cursor){e->size, {TOKEN_END, e->size, 0}};
}

void template_fail(struct eval *e, size_t at, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail_va(e, at, size, format, args);
    va_end(args);
}

void template_odd(struct eval *e, const char *format, ...)
{
    const struct token token = e->now.token;
    va_list args;
    va_start(args, format);
    fail_va(e, token.at, token.size, format, args);
    va_end(args);
}

static size_t span_number(const struct eval *e, size_t at)
{
    const size_t from = at;
    while (at < e->size && is_digit(e->text[at])) {
        at++;
    }
    if (at + 1 < e->size && e->text[at] == '.' && is_digit(e->text[at + 1])) {
        at++;
        while (at < e->size && is_digit(e->text[at])) {
            at++;
        }
    }
    if (at + 1 < e->size && (e->text[at] == 'e' || e->text[at] == 'E')) {
        size_t q = at + 1;
        q += e->text[q] == '+' || e->text[q] == '-';
        for (; q < e->size && is_digit(e->text[q]); q++) {
            at = q + 1;
        }
    }
    return at - from;
}

/// Length with both quotes, 0 when it does not end.
static size_t span_string(const struct eval *e, size_t at)
{
    const char quote = e->text[at];
    for (size_t i = at + 1; i < e->size; i++) {
        if (e->text[i] == '\\') {
            i++;
        } else if (e->text[i] == quote) {
            return i - at + 1;
        }
    }
    return 0;
}

/// Bytes of the tag's end that stands here, with its dash; 0 when it is none.
static size_t span_close(const struct eval *e, size_t at)
{
    const size_t dash = e->text[at] == '-';
    const char *end = e->statement ? "%}" : "}";
    const size_t n = strlen(end);
    return at + dash + n <= e->size && memcmp(e->text + at + dash, end, n) == 0 ? dash + n : 0;
}

static size_t span_sign(const struct eval *e, size_t at)
{
    static const char *const two[] = {"==", "!=", "<=", ">=", "//"};
    for (size_t i = 0; i < sizeof two / sizeof two[0] && at + 1 < e->size; i++) {
        if (memcmp(e->text + at, two[i], 2) == 0) {
            return 2;
        }
    }
    return strchr("+-*/%~()[],.|<>=", e->text[at]) != NULL ? 1 : 0;
}

static struct token read_token(struct eval *e, size_t at)
{
    const char c = e->text[at];
    const size_t close = span_close(e, at);
    if (close > 0) {
        return (struct token){TOKEN_CLOSE, at, close};
    }
    if (is_digit(c)) {
        return (struct token){TOKEN_NUMBER, at, span_number(e, at)};
    }
    if (is_letter(c)) {
        size_t n = 1;
        while (at + n < e->size && (is_letter(e->text[at + n]) || is_digit(e->text[at + n]))) {
            n++;
        }
        return (struct token){TOKEN_NAME, at, n};
    }
    if (c == '"' || c == '\'') {
        const size_t n = span_string(e, at);
        if (n == 0) {
            template_fail(e, at, 1, "this text does not end");
        }
        return (struct token){TOKEN_STRING, at, n};
    }
    const size_t sign = c != '\0' ? span_sign(e, at) : 0;
    if (sign == 0) {
        const size_t n = lab_utf8(e->text + at, e->size - at);
        template_fail(e, at, n, "this character means nothing here");
    }
    return (struct token){TOKEN_SIGN, at, sign};
}

void template_next(struct eval *e)
{
    size_t at = e->now.at;
    if (e->failed) {
        return;
    }
    while (at < e->size && strchr(" \t\r\n", e->text[at]) != NULL && e->text[at] != '\0') {
        at++;
    }
    if (++e->steps > KLIPPER_STEPS) {
        template_fail(e, at, 0, "this takes more than %d steps", KLIPPER_STEPS);
        return;
    }
    if (at >= e->size) {
        template_fail(e, e->tag, 1, "this tag does not end");
        return;
    }
    const struct token token = read_token(e, at);
    if (!e->failed) {
        e->now = (struct cursor){at + token.size, token};
    }
}

bool template_same(const struct eval *e, struct token token, const char *text)
{
    return token.size == strlen(text) && memcmp(e->text + token.at, text, token.size) == 0;
}

bool template_is(const struct eval *e, const char *text)
{
    const enum token_kind kind = e->now.token.kind;
    return (kind == TOKEN_NAME || kind == TOKEN_SIGN) && template_same(e, e->now.token, text);
}

bool template_take(struct eval *e, const char *text)
{
    const bool is = template_is(e, text);
    if (is) {
        template_next(e);
    }
    return is && !e->failed;
}

void template_expect(struct eval *e, const char *text)
{
    if (!template_take(e, text)) {
        template_odd(e, "expected '%s' here", text);
    }
}

void template_copy(const struct eval *e, struct token token, char *out, size_t room)
{
    const size_t n = token.size < room ? token.size : room - 1;
    memcpy(out, e->text + token.at, n);
    out[n] = '\0';
}

static json_t *string_literal(struct eval *e, struct token token)
{
    char *text = malloc(token.size);
    size_t n = 0;
    if (text == NULL) {
        template_fail(e, token.at, 0, "out of memory");
        return NULL;
    }
    for (size_t i = token.at + 1; i < token.at + token.size - 1; i++) {
        char c = e->text[i];
        if (c == '\\') {
            c = e->text[++i];
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
        text[n++] = c;
    }
    json_t *made = template_new_string(e, text, n, token.at);
    free(text);
    return made;
}

json_t *template_literal(struct eval *e, struct token token)
{
    char text[64];
    if (token.kind == TOKEN_STRING) {
        return string_literal(e, token);
    }
    if (token.size >= sizeof text) {
        template_fail(e, token.at, token.size, "too long a number");
        return NULL;
    }
    template_copy(e, token, text, sizeof text);
    if (strpbrk(text, ".eE") != NULL) {
        return template_real(e, strtod(text, NULL), token.at);
    }
    errno = 0;
    const long long value = strtoll(text, NULL, 10);
    if (errno != 0) {
        template_fail(e, token.at, token.size, "too large a number");
        return NULL;
    }
    return json_integer(value);
}
