// Values of templates: truth, text, arithmetic, comparison.
// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "core/klipper/template_internal.h"

static const char *kind_of(const struct eval *e, const json_t *value)
{
    if (value == NULL) {
        return "something undefined";
    }
    if (value == e->printer) {
        return "the printer";
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT: return "a map";
    case JSON_ARRAY: return "a list";
    case JSON_STRING: return "a text";
    case JSON_INTEGER:
    case JSON_REAL: return "a number";
    case JSON_TRUE:
    case JSON_FALSE: return "true or false";
    case JSON_NULL: break;
    }
    return "none";
}

bool template_truth(const struct eval *e, const json_t *value)
{
    if (value == NULL || json_is_null(value) || json_is_false(value)) {
        return false;
    }
    if (json_is_integer(value)) {
        return json_integer_value(value) != 0;
    }
    if (json_is_real(value)) {
        return json_real_value(value) < 0 || json_real_value(value) > 0;
    }
    if (json_is_string(value)) {
        return json_string_length(value) > 0;
    }
    if (json_is_array(value)) {
        return json_array_size(value) > 0;
    }
    return value == e->printer || !json_is_object(value) || json_object_size(value) > 0;
}

bool template_number(const json_t *value, double *number)
{
    if (json_is_integer(value)) {
        *number = (double)json_integer_value(value);
    } else if (json_is_real(value)) {
        *number = json_real_value(value);
    } else {
        return false;
    }
    return true;
}

json_t *template_real(struct eval *e, double value, size_t at)
{
    json_t *made = json_real(value);
    if (made == NULL) {
        template_fail(e, at, 0, "this number is not finite");
    }
    return made;
}

json_t *template_new_string(struct eval *e, const char *text, size_t size, size_t at)
{
    if (size > KLIPPER_TEXT) {
        template_fail(e, at, 0, "a text of more than %d bytes", KLIPPER_TEXT);
        return NULL;
    }
    json_t *made = json_stringn(text, size);
    if (made == NULL) {
        template_fail(e, at, 0, "this text is not UTF-8");
    }
    return made;
}

// --- text -------------------------------------------------------------------------------------------

void klipper_double_print(char *out, size_t room, double value)
{
    char text[40];
    int digits = 0;
    do { // the shortest that reads back as the same
        snprintf(text, sizeof text, "%.*e", digits, value);
    } while (strtod(text, NULL) != value && ++digits < 17);
    const char *exponent_at = strchr(text, 'e');
    const int exponent = exponent_at != NULL ? atoi(exponent_at + 1) : 0;
    if (exponent < -4 || exponent >= 16) {
        snprintf(out, room, "%s", text);
    } else {
        const int behind = digits > exponent ? digits - exponent : 0;
        snprintf(out, room, "%.*f", behind > 0 ? behind : 1, value);
    }
}

json_t *template_string(struct eval *e, const json_t *value, size_t at)
{
    char text[48] = "";
    if (value != NULL && (value == e->printer || json_is_object(value) || json_is_array(value))) {
        template_fail(e, at, 0, "%s cannot be written as text", kind_of(e, value));
        return NULL;
    }
    if (json_is_string(value)) {
        return json_incref((json_t *)value);
    }
    if (json_is_integer(value)) {
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else if (json_is_real(value)) {
        klipper_double_print(text, sizeof text, json_real_value(value));
    } else if (value != NULL) {
        snprintf(text, sizeof text, "%s",
                 json_is_true(value)    ? "True"
                 : json_is_false(value) ? "False"
                                        : "None");
    }
    return template_new_string(e, text, strlen(text), at);
}

// --- arithmetic -------------------------------------------------------------------------------------

static json_t *overflow(struct eval *e, size_t at)
{
    template_fail(e, at, 1, "the result is too large a number");
    return NULL;
}

/// Division that rounds down, and its remainder with the divisor's sign, as Python has them.
static json_t *divide_whole(struct eval *e, char sign, int64_t a, int64_t b, size_t at)
{
    if (b == 0) {
        template_fail(e, at, 1, "division by zero");
        return NULL;
    }
    if (b == -1) { // INT64_MIN / -1 does not fit
        return sign == '%' ? json_integer(0) : a == INT64_MIN ? overflow(e, at) : json_integer(-a);
    }
    const bool down = a % b != 0 && (a < 0) != (b < 0);
    return json_integer(sign == '%' ? a % b + (down ? b : 0) : a / b - down);
}

static json_t *integers(struct eval *e, char sign, int64_t a, int64_t b, size_t at)
{
    int64_t result = 0;
    bool large = false;
    switch (sign) {
    case '+': large = __builtin_add_overflow(a, b, &result); break;
    case '-': large = __builtin_sub_overflow(a, b, &result); break;
    case '*': large = __builtin_mul_overflow(a, b, &result); break;
    default: return divide_whole(e, sign, a, b, at);
    }
    return large ? overflow(e, at) : json_integer(result);
}

static json_t *reals(struct eval *e, char sign, double a, double b, size_t at)
{
    switch (sign) {
    case '+': return template_real(e, a + b, at);
    case '-': return template_real(e, a - b, at);
    case '*': return template_real(e, a * b, at);
    case '/': break;
    default: template_fail(e, at, 1, "this takes whole numbers only; |int makes one"); return NULL;
    }
    if (!(b < 0) && !(b > 0)) {
        template_fail(e, at, 1, "division by zero");
        return NULL;
    }
    return template_real(e, a / b, at);
}

static json_t *join(struct eval *e, const json_t *a, const json_t *b, size_t at)
{
    const size_t n = json_string_length(a);
    const size_t m = json_string_length(b);
    char *text = malloc(n + m + 1);
    if (text == NULL) {
        template_fail(e, at, 0, "out of memory");
        return NULL;
    }
    memcpy(text, json_string_value(a), n);
    memcpy(text + n, json_string_value(b), m);
    json_t *made = template_new_string(e, text, n + m, at);
    free(text);
    return made;
}

static json_t *join_any(struct eval *e, const json_t *a, const json_t *b, size_t at)
{
    json_t *left = template_string(e, a, at);
    json_t *right = e->failed ? NULL : template_string(e, b, at);
    json_t *made = e->failed ? NULL : join(e, left, right, at);
    json_decref(left);
    json_decref(right);
    return made;
}

static json_t *compute(struct eval *e, char sign, const json_t *a, const json_t *b, size_t at)
{
    double x = 0;
    double y = 0;
    if (sign == '~') {
        return join_any(e, a, b, at);
    }
    if (sign == '%' && json_is_string(a)) {
        return template_format(e, a, b, at);
    }
    if (sign == '+' && json_is_string(a) && json_is_string(b)) {
        return join(e, a, b, at);
    }
    if (sign != '/' && json_is_integer(a) && json_is_integer(b)) {
        return integers(e, sign, json_integer_value(a), json_integer_value(b), at);
    }
    if (template_number(a, &x) && template_number(b, &y)) {
        return reals(e, sign, x, y, at);
    }
    if (a == NULL || b == NULL) {
        char name[64];
        template_copy(e, e->missing, name, sizeof name);
        template_fail(e, at, 1, "'%s' is undefined", name);
        return NULL;
    }
    template_fail(e, at, 1, "'%c' does not go with %s and %s", sign == 'd' ? '/' : sign,
                  kind_of(e, a), kind_of(e, b));
    return NULL;
}

json_t *template_arithmetic(struct eval *e, char sign, json_t *a, json_t *b, size_t at)
{
    json_t *made = e->live && !e->failed ? compute(e, sign, a, b, at) : NULL;
    json_decref(a);
    json_decref(b);
    return made;
}

// --- comparison -------------------------------------------------------------------------------------

static bool equal(const json_t *a, const json_t *b)
{
    double x = 0;
    double y = 0;
    if (template_number(a, &x) && template_number(b, &y)) {
        return json_is_integer(a) && json_is_integer(b)
                   ? json_integer_value(a) == json_integer_value(b)
                   : !(x < y) && !(x > y);
    }
    return a == b || (a != NULL && b != NULL && json_equal(a, b));
}

static int order(struct eval *e, const json_t *a, const json_t *b, size_t at)
{
    double x = 0;
    double y = 0;
    if (template_number(a, &x) && template_number(b, &y)) {
        return (x > y) - (x < y);
    }
    if (json_is_string(a) && json_is_string(b)) {
        return strcmp(json_string_value(a), json_string_value(b));
    }
    template_fail(e, at, 1, "%s and %s have no order", kind_of(e, a), kind_of(e, b));
    return 0;
}

bool template_compare(struct eval *e, const char *sign, const json_t *a, const json_t *b, size_t at)
{
    if (sign[0] == '=' || sign[0] == '!') {
        return equal(a, b) == (sign[0] == '=');
    }
    const int way = order(e, a, b, at);
    const bool strict = sign[1] == '\0';
    return sign[0] == '<' ? way < 0 || (!strict && way == 0) : way > 0 || (!strict && way == 0);
}

bool template_contains(struct eval *e, const json_t *holder, const json_t *item, size_t at)
{
    const char *text = json_string_value(item);
    if (holder == e->printer && text != NULL) {
        json_t *object = template_object(e, text);
        json_decref(object);
        return object != NULL;
    }
    if (json_is_object(holder)) {
        return text != NULL && json_object_get(holder, text) != NULL;
    }
    if (json_is_string(holder) && text != NULL) {
        return strstr(json_string_value(holder), text) != NULL;
    }
    for (size_t i = 0; i < json_array_size(holder); i++) {
        if (equal(json_array_get(holder, i), item)) {
            return true;
        }
    }
    if (!json_is_array(holder)) {
        template_fail(e, at, 2, "nothing is in %s", kind_of(e, holder));
    }
    return false;
}

json_t *template_object(struct eval *e, const char *name)
{
    json_t *known = json_object_get(e->objects, name);
    if (known == NULL) {
        known = e->host->object(e->host->ctx, name);
        if (known == NULL) {
            return NULL;
        }
        json_object_set_new(e->objects, name, known);
    }
    return json_incref(known);
}
