// Filters: value|float, value|round(2), value|default('x').
// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "core/klipper/template_internal.h"
#include "core/klipper/value.h"

/// A filter's call.
struct call {
    struct eval *e;
    struct token name;
    json_t *value;
    json_t *const *argument;
    int arguments;
};

static json_t *fail_call(const struct call *c, const char *message)
{
    template_fail(c->e, c->name.at, c->name.size, "%s", message);
    return NULL;
}

/// A text as a number, as Python's float() takes it but for inf, nan and underscores.
static bool text_number(const json_t *value, double *number)
{
    const char *text = json_string_value(value);
    const char *rest = NULL;
    int64_t ignored = 0;
    if (text == NULL || klipper_number_begin(text, 0, &ignored, &rest) == KLIPPER_NUMBER_NONE ||
        *rest != '\0') {
        return false;
    }
    *number = strtod(text, NULL);
    return true;
}

static bool any_number(const json_t *value, double *number)
{
    if (json_is_boolean(value)) {
        *number = json_is_true(value) ? 1 : 0;
        return true;
    }
    return template_number(value, number) || text_number(value, number);
}

static json_t *to_float(const struct call *c)
{
    double number = 0;
    if (!any_number(c->value, &number) && c->arguments > 0) {
        return json_incref(c->argument[0]);
    }
    return template_real(c->e, number, c->name.at);
}

static json_t *to_int(const struct call *c)
{
    double number = 0;
    int64_t whole = 0;
    const char *text = json_string_value(c->value);
    if (json_is_integer(c->value)) {
        return json_incref(c->value);
    }
    if (text != NULL && klipper_whole(text, &whole) == KLIPPER_NUMBER_OK) {
        return json_integer(whole);
    }
    if (!any_number(c->value, &number) && c->arguments > 0) {
        return json_incref(c->argument[0]);
    }
    if (!(number > -9e18 && number < 9e18)) {
        return fail_call(c, "too large a number");
    }
    return json_integer((json_int_t)number);
}

/// Python's round: to the nearest, what lies halfway to the even digit, of the number as it really is.
static json_t *to_rounded(const struct call *c)
{
    double number = 0;
    char text[400];
    json_int_t digits = c->arguments > 0 ? json_integer_value(c->argument[0]) : 0;
    if (c->arguments > 0 && !json_is_integer(c->argument[0])) {
        return fail_call(c, "round takes a whole number of digits");
    }
    if (digits < 0 || digits > 15) {
        return fail_call(c, "round takes 0 to 15 digits");
    }
    if (json_is_integer(c->value)) {
        return json_incref(c->value);
    }
    if (!template_number(c->value, &number)) {
        return fail_call(c, "round takes a number");
    }
    snprintf(text, sizeof text, "%.*f", (int)digits, number);
    return template_real(c->e, strtod(text, NULL), c->name.at);
}

static json_t *to_absolute(const struct call *c)
{
    if (json_is_integer(c->value) && json_integer_value(c->value) > INT64_MIN) {
        const json_int_t value = json_integer_value(c->value);
        return json_integer(value < 0 ? -value : value);
    }
    if (json_is_real(c->value)) {
        const double value = json_real_value(c->value);
        return template_real(c->e, value < 0 ? -value : value, c->name.at);
    }
    return fail_call(c, "abs takes a number");
}

static json_t *to_case(const struct call *c, char first, char last, int shift)
{
    json_t *text = template_string(c->e, c->value, c->name.at);
    if (text == NULL) {
        return NULL;
    }
    char *copy = strdup(json_string_value(text));
    json_t *made = NULL;
    for (char *p = copy; p != NULL && *p != '\0'; p++) {
        *p = *p >= first && *p <= last ? (char)(*p + shift) : *p;
    }
    if (copy != NULL) {
        made = template_new_string(c->e, copy, strlen(copy), c->name.at);
    }
    free(copy);
    json_decref(text);
    return made;
}

static json_t *to_lower(const struct call *c)
{
    return to_case(c, 'A', 'Z', 'a' - 'A');
}

static json_t *to_upper(const struct call *c)
{
    return to_case(c, 'a', 'z', 'A' - 'a');
}

static json_t *to_length(const struct call *c)
{
    if (json_is_array(c->value)) {
        return json_integer((json_int_t)json_array_size(c->value));
    }
    if (json_is_object(c->value) && c->value != c->e->printer) {
        return json_integer((json_int_t)json_object_size(c->value));
    }
    if (!json_is_string(c->value)) {
        return fail_call(c, "length takes a text, a list or a map");
    }
    json_int_t n = 0;
    for (const char *p = json_string_value(c->value); *p != '\0'; p++) {
        n += ((unsigned char)*p & 0xc0) != 0x80;
    }
    return json_integer(n);
}

static json_t *extreme(const struct call *c, const char *sign)
{
    json_t *best = NULL;
    if (!json_is_array(c->value)) {
        return fail_call(c, "min and max take a list");
    }
    for (size_t i = 0; i < json_array_size(c->value) && !c->e->failed; i++) {
        json_t *item = json_array_get(c->value, i);
        if (best == NULL || template_compare(c->e, sign, item, best, c->name.at)) {
            best = item;
        }
    }
    return json_incref(best);
}

static json_t *to_least(const struct call *c)
{
    return extreme(c, "<");
}

static json_t *to_most(const struct call *c)
{
    return extreme(c, ">");
}

static json_t *to_default(const struct call *c)
{
    const bool any = c->arguments > 1 && template_truth(c->e, c->argument[1]);
    const bool use = c->value == NULL || (any && !template_truth(c->e, c->value));
    if (c->arguments == 0) {
        return c->value != NULL ? json_incref(c->value) : json_string("");
    }
    return json_incref(use ? c->argument[0] : c->value);
}

static json_t *to_text(const struct call *c)
{
    return template_string(c->e, c->value, c->name.at);
}

static const struct filter {
    const char *name;
    json_t *(*apply)(const struct call *c);
    int most;       ///< arguments
    bool undefined; ///< takes what is undefined
} filters[] = {
    {"float", to_float, 1, false},   {"int", to_int, 1, false},
    {"round", to_rounded, 1, false}, {"abs", to_absolute, 0, false},
    {"lower", to_lower, 0, false},   {"upper", to_upper, 0, false},
    {"length", to_length, 0, false}, {"min", to_least, 0, false},
    {"max", to_most, 0, false},      {"default", to_default, 2, true},
    {"string", to_text, 0, true},
};

static const struct filter *find(const struct eval *e, struct token name)
{
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        if (template_same(e, name, filters[i].name)) {
            return &filters[i];
        }
    }
    return NULL;
}

json_t *template_filter(struct eval *e, struct token name, json_t *value, json_t **argument,
                        int arguments)
{
    const struct filter *filter = find(e, name);
    const struct call call = {e, name, value, argument, arguments};
    char text[64];
    template_copy(e, name, text, sizeof text);
    if (filter == NULL) {
        template_fail(e, name.at, name.size,
                      "'%s' is not among the filters here: float int round abs lower upper length "
                      "min max default string",
                      text);
        return NULL;
    }
    if (arguments > filter->most) {
        template_fail(e, name.at, name.size, "'%s' takes at most %d values", text, filter->most);
        return NULL;
    }
    if (!e->live) {
        return NULL;
    }
    if (value == NULL && !filter->undefined) {
        char missing[64];
        template_copy(e, e->missing, missing, sizeof missing);
        template_fail(e, name.at, name.size, "'%s' is undefined", missing);
        return NULL;
    }
    return filter->apply(&call);
}
