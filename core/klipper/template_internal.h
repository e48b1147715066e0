// What the parts of the template evaluator share: the evaluation in progress, tokens, values.
// SPDX-License-Identifier: MIT
//
// One pass: tokens are read from the text and evaluated at once, there is no tree. Where nothing may happen (a branch not
// taken, a mere check) `live` is off: the text is still read, so that it is checked, and every value is NULL.
// A value is a new reference; NULL is undefined. After `failed` all functions return quickly with NULL.
#ifndef KLIPPER_TEMPLATE_INTERNAL_H
#define KLIPPER_TEMPLATE_INTERNAL_H

#include "core/klipper/template.h"

enum token_kind { TOKEN_END, TOKEN_CLOSE, TOKEN_NAME, TOKEN_NUMBER, TOKEN_STRING, TOKEN_SIGN };

struct token {
    enum token_kind kind;
    size_t at, size; ///< where it stands in the text
};

/// A place to come back to.
struct cursor {
    size_t at;
    struct token token;
};

struct eval {
    const char *text;
    size_t size;
    struct cursor now;
    size_t tag;     ///< where the current tag begins
    bool statement; ///< {% %} rather than { }
    bool eat;       ///< the last tag ended with a dash
    bool live, failed;
    int status; ///< enum lab_status of the failure
    int depth;
    long steps;
    json_t *names;
    json_t *frame[KLIPPER_NESTING + 2];
    int frames;
    json_t *printer;      ///< stands for the printer itself; never looked into
    json_t *objects;      ///< what the host gave so far
    struct token missing; ///< what was found undefined last
    size_t chain;         ///< where `printer` was named last
    struct token unknown; ///< the last undefined value that was looked for in it
    const struct klipper_host *host;
    char *out;
    size_t room, used;
    struct klipper_template_error *err;
};

/// Give up: message, place, token (size 0: none). First failure wins.
__attribute__((format(printf, 4, 5))) void template_fail(struct eval *e, size_t at, size_t size,
                                                         const char *format, ...);
/// The same at the current token.
__attribute__((format(printf, 2, 3))) void template_odd(struct eval *e, const char *format, ...);

// tokens
void template_next(struct eval *e);
bool template_is(const struct eval *e, const char *text); ///< a name or sign
bool template_take(struct eval *e, const char *text);     ///< and step over it
void template_expect(struct eval *e, const char *text);   ///< or fail
bool template_same(const struct eval *e, struct token token, const char *text);
void template_copy(const struct eval *e, struct token token, char *out, size_t room);
json_t *template_literal(struct eval *e, struct token token); ///< of a number or string

// values
bool template_truth(const struct eval *e, const json_t *value);
json_t *template_string(struct eval *e, const json_t *value, size_t at); ///< as text
json_t *template_new_string(struct eval *e, const char *text, size_t size, size_t at);
json_t *template_real(struct eval *e, double value, size_t at);
bool template_number(const json_t *value, double *number);
json_t *template_arithmetic(struct eval *e, char sign, json_t *a, json_t *b, size_t at);
bool template_compare(struct eval *e, const char *sign, const json_t *a, const json_t *b,
                      size_t at);
bool template_contains(struct eval *e, const json_t *holder, const json_t *item, size_t at);
json_t *template_format(struct eval *e, const json_t *format, const json_t *arguments, size_t at);
json_t *template_filter(struct eval *e, struct token name, json_t *value, json_t **argument,
                        int arguments);
/// printer.NAME: new reference or NULL.
json_t *template_object(struct eval *e, const char *name);

// expressions: from the current token to behind them
json_t *template_expression(struct eval *e);

#endif
