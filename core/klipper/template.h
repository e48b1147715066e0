// Templates of G-code macros: a small subset of what Klipper's own take, enough for the macros of the plugin's guide.
// SPDX-License-Identifier: MIT
//
//   text          as it stands; a tag's dash ({%- -%} {- -}) eats the blanks and line feeds beside it
//   {EXPRESSION}  its value as text; nothing for what is undefined
//   {% set NAME = EXPRESSION %}   in a loop: for this turn of it
//   {% if E %} {% elif E %} {% else %} {% endif %}
//   {% for NAME in LIST %} {% for NAME, NAME in MAP.items() %} {% endfor %}
//   expressions   numbers, 'text' "text", true false none, (tuples), [lists], NAME, a.b a['b'] a[0],
//                 or and not, == != < <= > >= in, not in, is [not] defined|undefined|none|string|number,
//                 + - * / // %, ~ (joins texts), "%s %d %.1f%%" % (a, b), A if B else C
//   filters       |float |int |round(n) |abs |lower |upper |length |min |max |default(x) |string
//   functions     action_respond_info(text), action_raise_error(text)
//
// Numbers are integers of 64 bits and IEEE doubles, printed as Python prints them; only + - * / are used on doubles, which are
// exactly rounded, so that results do not hang on a library. Values are jansson's. Every template ends: steps, nesting and
// sizes are bounded. docs/KLIPPER.md says the same for users.
#ifndef KLIPPER_TEMPLATE_H
#define KLIPPER_TEMPLATE_H

#include <jansson.h>

#include "core/lab/doc/error.h"

enum {
    KLIPPER_STEPS = 200000, ///< tokens read, loops counted
    KLIPPER_NESTING = 32,   ///< tags in tags; brackets in brackets
    KLIPPER_TEXT = 65536,   ///< bytes of a text
    KLIPPER_LIST = 4096     ///< entries of a list that the template makes
};

/// Something of `printer` that nobody here knows, where its value is printed or kept: it counts as nothing.
struct klipper_unknown {
    const char *name; ///< as it is written: printer.toolhead.max_velocity
    const char *file; ///< NULL from klipper_template_expand
    int line;         ///< 1-based, in the file or else in the template
};

/// What a template sees of the machine. No function may be NULL.
struct klipper_host {
    /// `printer.NAME`: a new reference that becomes the template's, or NULL when there is no such object. Asked once for
    /// each name and expansion.
    json_t *(*object)(void *ctx, const char *name);
    /// action_respond_info.
    void (*respond)(void *ctx, const char *text);
    /// Told each time; it changes nothing.
    void (*unknown)(void *ctx, const struct klipper_unknown *unknown);
    void *ctx;
};

struct klipper_template_error {
    int line, column;  ///< 1-based, in the template; columns in characters
    char token[64];    ///< "" none
    char message[256]; ///< "" no error
    bool raised;       ///< action_raise_error: the message is the macro's own
};

/// Expand a template of `size` bytes (UTF-8) into `out` of `room` bytes, null-terminated. `names` is a JSON object with what
/// can be named besides `printer` (params, rawparams, a macro's variables); it is not changed. Returns the length; or
/// LAB_EINVAL, LAB_EFBIG (`out` is too small), LAB_ENOMEM with `err` filled.
int klipper_template_expand(const char *text, size_t size, json_t *names,
                            const struct klipper_host *host, char *out, size_t room,
                            struct klipper_template_error *err);

/// Does the template read well? All of it is looked at, also branches never taken; nothing is evaluated. Returns 0 or LAB_EINVAL.
int klipper_template_check(const char *text, size_t size, struct klipper_template_error *err);

/// The value of a lone expression ("['a', 1.5]", a macro's variable_NAME): a new reference, or NULL with `err` filled.
json_t *klipper_template_value(const char *text, size_t size, struct klipper_template_error *err);

/// The text of a number as Python prints it: 150.0, 1e+16, 0.1. `room` of 32 always does.
void klipper_double_print(char *out, size_t room, double value);

#endif
