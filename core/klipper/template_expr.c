// Expressions of templates, read and evaluated in one pass.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/klipper/template_internal.h"

enum { ARGUMENTS_MAX = 16 };

static json_t *alternatives(struct eval *e);
static json_t *unary(struct eval *e, bool filters);

/// Step down one bracket. Returns false when it is too deep.
static bool enter(struct eval *e)
{
    if (++e->depth > KLIPPER_NESTING) {
        template_odd(e, "nested more than %d deep", KLIPPER_NESTING);
    }
    return !e->failed;
}

/// The value must be there to be looked into.
static bool defined(struct eval *e, const json_t *value, size_t at)
{
    if (value != NULL || !e->live || e->failed) {
        return value != NULL;
    }
    char name[64];
    template_copy(e, e->missing, name, sizeof name);
    template_fail(e, at, 1, "'%s' is undefined", name);
    return false;
}

// --- lists and calls ------------------------------------------------------------------------------------

/// Values between commas up to `close`, which is taken. Returns how many.
static int arguments(struct eval *e, const char *close, json_t **out, int most)
{
    int n = 0;
    while (!e->failed && !template_is(e, close)) {
        if (n == most) {
            template_odd(e, "more than %d values", most);
            break;
        }
        out[n++] = alternatives(e);
        if (!template_is(e, close)) {
            template_expect(e, ",");
        }
    }
    template_expect(e, close);
    return n;
}

static void drop(json_t **values, int n)
{
    for (int i = 0; i < n; i++) {
        json_decref(values[i]);
    }
}

/// What stands in a list: no lists, so that none can grow without end by being put into itself.
static void append(struct eval *e, json_t *list, json_t *item, size_t at)
{
    const bool plain = item == NULL || (!json_is_array(item) && !json_is_object(item));
    if (!e->live || e->failed) {
        json_decref(item);
    } else if (!plain) {
        template_fail(e, at, 1, "a list here holds numbers and texts only");
        json_decref(item);
    } else if (json_array_size(list) == KLIPPER_LIST) {
        template_fail(e, at, 1, "a list of more than %d entries", KLIPPER_LIST);
        json_decref(item);
    } else {
        json_array_append_new(list, item != NULL ? item : json_string(""));
    }
}

/// The rest of a list or tuple up to `close`; `first` (may be NULL) is its first entry.
static json_t *list(struct eval *e, json_t *first, bool has_first, const char *close)
{
    json_t *made = json_array();
    if (has_first) {
        append(e, made, first, e->now.token.at);
    }
    while (!e->failed && !template_is(e, close)) {
        const size_t at = e->now.token.at;
        append(e, made, alternatives(e), at);
        if (!template_is(e, close)) {
            template_expect(e, ",");
        }
    }
    template_expect(e, close);
    if (e->failed || !e->live) {
        json_decref(made);
        made = NULL;
    }
    return made;
}

static json_t *parenthesis(struct eval *e)
{
    template_expect(e, "(");
    if (!enter(e)) {
        return NULL;
    }
    json_t *value = NULL;
    if (template_is(e, ")")) {
        value = list(e, NULL, false, ")");
    } else {
        value = alternatives(e);
        if (template_take(e, ",")) {
            value = list(e, value, true, ")");
        } else {
            template_expect(e, ")");
        }
    }
    e->depth--;
    return value;
}

static json_t *act(struct eval *e, struct token name, json_t *const *argument, int count)
{
    const bool raise = template_same(e, name, "action_raise_error");
    if (count != 1) {
        template_fail(e, name.at, name.size, "this takes one text");
        return NULL;
    }
    json_t *text = e->live ? template_string(e, argument[0], name.at) : NULL;
    if (text == NULL) {
        return NULL;
    }
    if (raise) {
        template_fail(e, name.at, name.size, "%s", json_string_value(text));
        e->err->raised = true;
    } else {
        e->host->respond(e->host->ctx, json_string_value(text));
    }
    json_decref(text);
    return json_string("");
}

static json_t *call(struct eval *e, struct token name)
{
    json_t *argument[ARGUMENTS_MAX];
    const bool known = template_same(e, name, "action_respond_info") ||
                       template_same(e, name, "action_raise_error");
    if (!known) {
        char text[64];
        template_copy(e, name, text, sizeof text);
        template_fail(e, name.at, name.size,
                      "no function '%s' here: action_respond_info, action_raise_error", text);
        return NULL;
    }
    template_expect(e, "(");
    const int n = enter(e) ? arguments(e, ")", argument, ARGUMENTS_MAX) : 0;
    e->depth--;
    json_t *value = e->failed ? NULL : act(e, name, argument, n);
    drop(argument, n);
    return value;
}

// --- names ----------------------------------------------------------------------------------------------

static json_t *lookup(struct eval *e, struct token name)
{
    char text[128];
    json_t *found = NULL;
    if (!e->live) {
        return NULL;
    }
    if (name.size >= sizeof text) {
        template_fail(e, name.at, name.size, "too long a name");
        return NULL;
    }
    template_copy(e, name, text, sizeof text);
    for (int i = e->frames - 1; i >= 0 && found == NULL; i--) {
        found = json_object_get(e->frame[i], text);
    }
    if (found == NULL) {
        found = json_object_get(e->names, text);
    }
    if (found == NULL && strcmp(text, "printer") == 0) {
        found = e->printer;
    }
    if (found == NULL) {
        e->missing = name;
    }
    if (found == e->printer) {
        e->chain = name.at;
    }
    return json_incref(found);
}

static json_t *name_or_word(struct eval *e)
{
    const struct token name = e->now.token;
    template_next(e);
    if (template_is(e, "(")) {
        return call(e, name);
    }
    if (template_same(e, name, "true") || template_same(e, name, "True")) {
        return json_true();
    }
    if (template_same(e, name, "false") || template_same(e, name, "False")) {
        return json_false();
    }
    if (template_same(e, name, "none") || template_same(e, name, "None")) {
        return json_null();
    }
    return lookup(e, name);
}

static json_t *primary(struct eval *e)
{
    const struct token token = e->now.token;
    if (e->failed) {
        return NULL;
    }
    if (token.kind == TOKEN_NUMBER || token.kind == TOKEN_STRING) {
        template_next(e);
        return template_literal(e, token);
    }
    if (token.kind == TOKEN_NAME) {
        return name_or_word(e);
    }
    if (template_is(e, "(")) {
        return parenthesis(e);
    }
    if (template_take(e, "[")) {
        json_t *made = enter(e) ? list(e, NULL, false, "]") : NULL;
        e->depth--;
        return made;
    }
    template_odd(e, "expected a value here");
    return NULL;
}

// --- looking into values ----------------------------------------------------------------------------------

/// MAP.items(): a list of [key, value].
static json_t *items(struct eval *e, const json_t *map, struct token name)
{
    template_expect(e, "(");
    template_expect(e, ")");
    if (!template_same(e, name, "items")) {
        char text[64];
        template_copy(e, name, text, sizeof text);
        template_fail(e, name.at, name.size, "no method '%s' here: items() alone", text);
    }
    if (!e->live || e->failed) {
        return NULL;
    }
    if (!json_is_object(map) || map == e->printer) {
        template_fail(e, name.at, name.size, "items() is of a map");
        return NULL;
    }
    json_t *made = json_array();
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)map, key, value)
    {
        json_array_append_new(made, json_pack("[sO]", key, value));
    }
    return made;
}

static json_t *attribute(struct eval *e, const json_t *holder, const char *key)
{
    if (holder == e->printer && holder != NULL) {
        return template_object(e, key);
    }
    return json_incref(json_object_get(holder, key));
}

static json_t *by_name(struct eval *e, const json_t *holder)
{
    const struct token name = e->now.token;
    char text[128];
    if (name.kind != TOKEN_NAME || name.size >= sizeof text) {
        template_odd(e, "expected a name behind the dot");
        return NULL;
    }
    template_next(e);
    if (template_is(e, "(")) {
        return items(e, holder, name);
    }
    if (!defined(e, holder, name.at)) {
        return NULL;
    }
    template_copy(e, name, text, sizeof text);
    json_t *found = attribute(e, holder, text);
    e->missing = found == NULL ? name : e->missing;
    return found;
}

static json_t *by_index(struct eval *e, const json_t *holder)
{
    const struct token token = e->now.token;
    json_t *index = enter(e) ? alternatives(e) : NULL;
    json_t *found = NULL;
    e->depth--;
    template_expect(e, "]");
    if (defined(e, holder, token.at) && !e->failed) {
        if (json_is_string(index)) {
            found = attribute(e, holder, json_string_value(index));
        } else if (json_is_integer(index) && json_is_array(holder)) {
            const json_int_t size = (json_int_t)json_array_size(holder);
            json_int_t i = json_integer_value(index);
            i += i < 0 ? size : 0;
            found = i >= 0 ? json_incref(json_array_get(holder, (size_t)i)) : NULL;
        }
        e->missing = found == NULL ? token : e->missing;
    }
    json_decref(index);
    return found;
}

/// What was looked for in the printer, from its name at `from` to the current token, is not there.
static void note_unknown(struct eval *e, size_t from)
{
    size_t end = e->now.token.at;
    while (end > from && (e->text[end - 1] == ' ' || e->text[end - 1] == '\n')) {
        end--;
    }
    e->unknown = (struct token){TOKEN_NAME, from, end - from};
}

static json_t *postfix(struct eval *e, json_t *value)
{
    const bool of_printer = value != NULL && value == e->printer;
    const size_t from = e->chain;
    while (!e->failed) {
        json_t *inner = NULL;
        if (template_take(e, ".")) {
            inner = by_name(e, value);
        } else if (template_take(e, "[")) {
            inner = by_index(e, value);
        } else {
            if (of_printer && value == NULL) {
                note_unknown(e, from);
            }
            return value;
        }
        json_decref(value);
        value = inner;
    }
    return value;
}

// --- filters and tests --------------------------------------------------------------------------------

static json_t *filter(struct eval *e, json_t *value)
{
    json_t *argument[ARGUMENTS_MAX];
    const struct token name = e->now.token;
    int n = 0;
    if (name.kind != TOKEN_NAME) {
        template_odd(e, "expected a filter behind the bar");
        return value;
    }
    template_next(e);
    if (template_take(e, "(")) {
        n = enter(e) ? arguments(e, ")", argument, ARGUMENTS_MAX) : 0;
        e->depth--;
    }
    json_t *made = e->failed ? NULL : template_filter(e, name, value, argument, n);
    drop(argument, n);
    json_decref(value);
    return made;
}

static json_t *test(struct eval *e, json_t *value)
{
    const bool negated = template_take(e, "not");
    const struct token name = e->now.token;
    bool is = false;
    if (template_same(e, name, "defined")) {
        is = value != NULL;
    } else if (template_same(e, name, "undefined")) {
        is = value == NULL;
    } else if (template_same(e, name, "none")) {
        is = json_is_null(value);
    } else if (template_same(e, name, "string")) {
        is = json_is_string(value);
    } else if (template_same(e, name, "number")) {
        is = json_is_number(value);
    } else {
        template_odd(e, "expected defined, undefined, none, string or number");
    }
    template_next(e);
    json_decref(value);
    return e->live ? json_boolean(is != negated) : NULL;
}

static json_t *filters_of(struct eval *e, json_t *value)
{
    while (!e->failed) {
        if (template_take(e, "|")) {
            value = filter(e, value);
        } else if (template_take(e, "is")) {
            value = test(e, value);
        } else {
            break;
        }
    }
    return value;
}

// --- operators ------------------------------------------------------------------------------------------

static json_t *unary(struct eval *e, bool filters)
{
    const size_t at = e->now.token.at;
    json_t *value = NULL;
    if (template_is(e, "-") || template_is(e, "+")) {
        const char sign = e->text[at];
        template_next(e);
        value = enter(e) ? unary(e, false) : NULL;
        e->depth--;
        value = template_arithmetic(e, sign, e->live ? json_integer(0) : NULL, value, at);
    } else {
        value = postfix(e, primary(e));
    }
    return filters ? filters_of(e, value) : value;
}

static bool is_one_of(const struct eval *e, const char *signs)
{
    const struct token token = e->now.token;
    return token.kind == TOKEN_SIGN &&
           ((token.size == 1 && strchr(signs, e->text[token.at]) != NULL) ||
            (template_same(e, token, "//") && strchr(signs, 'd') != NULL));
}

/// Operators of one level, from the left: "*/%d", "~", "+-" (d is //).
static json_t *level(struct eval *e, const char *const *signs)
{
    if (*signs == NULL) {
        return unary(e, true);
    }
    json_t *value = level(e, signs + 1);
    while (!e->failed && is_one_of(e, *signs)) {
        const struct token token = e->now.token;
        const char sign = token.size == 2 ? 'd' : e->text[token.at];
        template_next(e);
        value = template_arithmetic(e, sign, value, level(e, signs + 1), token.at);
    }
    return value;
}

static json_t *sum(struct eval *e)
{
    static const char *const signs[] = {"+-", "~", "*/%d", NULL};
    return level(e, signs);
}

/// ==, <, in, not in ...: which one stands here, or "".
static const char *comparison(struct eval *e)
{
    static const char *const signs[] = {"==", "!=", "<=", ">=", "<", ">", "in"};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (template_take(e, signs[i])) {
            return signs[i];
        }
    }
    if (template_take(e, "not")) {
        template_expect(e, "in");
        return "not in";
    }
    return "";
}

static json_t *compared(struct eval *e)
{
    json_t *a = sum(e);
    const size_t at = e->now.token.at;
    const char *sign = e->failed ? "" : comparison(e);
    if (sign[0] == '\0') {
        return a;
    }
    json_t *b = sum(e);
    bool is = false;
    if (e->live && !e->failed) {
        const bool contains = sign[0] == 'i' || sign[0] == 'n';
        is = contains ? template_contains(e, b, a, at) == (sign[0] == 'i')
                      : template_compare(e, sign, a, b, at);
    }
    json_decref(a);
    json_decref(b);
    if (!e->failed && comparison(e)[0] != '\0') {
        template_odd(e, "one comparison at a time: join two with 'and'");
    }
    return e->live && !e->failed ? json_boolean(is) : NULL;
}

static json_t *negated(struct eval *e)
{
    if (!template_take(e, "not")) {
        return compared(e);
    }
    json_t *value = enter(e) ? negated(e) : NULL;
    e->depth--;
    const bool truth = template_truth(e, value);
    json_decref(value);
    return e->live && !e->failed ? json_boolean(!truth) : NULL;
}

/// `and` (of negations) or `or` (of ands): the right side counts only when the left does not decide.
static json_t *junction(struct eval *e, bool any)
{
    json_t *value = any ? junction(e, false) : negated(e);
    while (!e->failed && template_take(e, any ? "or" : "and")) {
        const bool live = e->live;
        const bool decided = live && template_truth(e, value) == any;
        e->live = live && !decided;
        json_t *right = any ? junction(e, false) : negated(e);
        e->live = live;
        json_decref(decided ? right : value);
        value = decided ? value : right;
    }
    return value;
}

/// Does an `if` of its own follow this value, before the brackets or the tag close?
static bool has_condition(struct eval *e)
{
    const struct cursor from = e->now;
    int depth = 0;
    bool found = false;
    while (!e->failed && !found && e->now.token.kind != TOKEN_CLOSE) {
        depth += template_is(e, "(") || template_is(e, "[");
        depth -= template_is(e, ")") || template_is(e, "]");
        if (depth < 0 || (depth == 0 && template_is(e, ","))) {
            break;
        }
        found = depth == 0 && template_is(e, "if");
        template_next(e);
    }
    if (!e->failed) {
        e->now = from;
    }
    return found;
}

/// A if C else B: C is asked first, so A is read twice.
static json_t *conditional(struct eval *e)
{
    const bool live = e->live;
    const struct cursor from = e->now;
    e->live = false;
    json_decref(junction(e, true));
    e->live = live;
    template_expect(e, "if");
    json_t *condition = junction(e, true);
    const bool truth = template_truth(e, condition);
    json_decref(condition);
    const struct cursor behind = e->now;
    json_t *value = NULL;
    if (live && truth && !e->failed) {
        e->now = from;
        value = junction(e, true);
        if (!e->failed) {
            e->now = behind;
        }
    }
    if (template_take(e, "else")) {
        e->live = live && !truth;
        json_t *other = enter(e) ? alternatives(e) : NULL;
        e->depth--;
        e->live = live;
        value = truth ? value : other;
        if (truth) {
            json_decref(other);
        }
    }
    return value;
}

static json_t *alternatives(struct eval *e)
{
    return has_condition(e) ? conditional(e) : junction(e, true);
}

json_t *template_expression(struct eval *e)
{
    json_t *value = alternatives(e);
    if (e->failed) {
        json_decref(value);
        return NULL;
    }
    return value;
}
