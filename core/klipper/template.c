// Expands templates: text and tags, conditions and loops.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/klipper/template_internal.h"

/// What ended a run of text and tags.
enum stop { STOP_END, STOP_ELIF, STOP_ELSE, STOP_ENDIF, STOP_ENDFOR };

static enum stop run(struct eval *e);

// --- text -------------------------------------------------------------------------------------------

static void put(struct eval *e, const char *text, size_t size)
{
    if (!e->live || e->failed) {
        return;
    }
    if (size >= e->room - e->used) {
        template_fail(e, e->now.at, 0, "the macro expands to more than %zu bytes", e->room - 1);
        e->status = LAB_EFBIG;
        return;
    }
    memcpy(e->out + e->used, text, size);
    e->used += size;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Text up to the next tag, whose dash and the last one's eat blanks.
static void text_run(struct eval *e)
{
    size_t begin = e->now.at;
    size_t end = begin;
    while (end < e->size && e->text[end] != '{') {
        end++;
    }
    e->now.at = end;
    while (e->eat && begin < end && is_blank(e->text[begin])) {
        begin++;
    }
    e->eat = false;
    const size_t dash = end + 1 + (end + 1 < e->size && e->text[end + 1] == '%');
    while (dash < e->size && e->text[dash] == '-' && end > begin && is_blank(e->text[end - 1])) {
        end--;
    }
    put(e, e->text + begin, end - begin);
}

/// Step into the tag that begins here, onto its first token.
static void open_tag(struct eval *e)
{
    e->tag = e->now.at;
    e->statement = e->now.at + 1 < e->size && e->text[e->now.at + 1] == '%';
    e->now.at += e->statement ? 2 : 1;
    e->now.at += e->now.at < e->size && e->text[e->now.at] == '-';
    template_next(e);
}

static void close_tag(struct eval *e)
{
    const struct token token = e->now.token;
    if (e->failed) {
        return;
    }
    if (token.kind != TOKEN_CLOSE) {
        template_odd(e, "expected the end of the tag here");
        return;
    }
    e->eat = e->text[token.at] == '-';
}

// --- tags -------------------------------------------------------------------------------------------

/// The value of a tag that prints or keeps it. The host is told of what it does not know.
static json_t *value_of(struct eval *e)
{
    char name[128];
    int line = 1;
    e->unknown.size = 0;
    json_t *value = template_expression(e);
    close_tag(e);
    if (value != NULL || e->unknown.size == 0 || !e->live || e->failed) {
        return value;
    }
    for (size_t i = 0; i < e->unknown.at; i++) {
        line += e->text[i] == '\n';
    }
    template_copy(e, e->unknown, name, sizeof name);
    e->host->unknown(e->host->ctx, &(struct klipper_unknown){name, NULL, line});
    return NULL;
}

static void value_tag(struct eval *e)
{
    const size_t at = e->now.token.at;
    json_t *value = value_of(e);
    json_t *text = e->live && !e->failed ? template_string(e, value, at) : NULL;
    if (text != NULL) {
        put(e, json_string_value(text), json_string_length(text));
    }
    json_decref(text);
    json_decref(value);
}

static struct token take_name(struct eval *e)
{
    const struct token name = e->now.token;
    if (name.kind != TOKEN_NAME) {
        template_odd(e, "expected a name here");
    }
    template_next(e);
    return name;
}

static void assign(struct eval *e, struct token name, json_t *value)
{
    char text[128];
    if (name.size >= sizeof text) {
        template_fail(e, name.at, name.size, "too long a name");
    }
    if (!e->live || e->failed) {
        return;
    }
    template_copy(e, name, text, sizeof text);
    json_t *frame = e->frame[e->frames - 1];
    if (value != NULL) {
        json_object_set(frame, text, value);
    } else {
        json_object_del(frame, text);
    }
}

static void set_tag(struct eval *e)
{
    const struct token name = take_name(e);
    template_expect(e, "=");
    json_t *value = value_of(e);
    assign(e, name, value);
    json_decref(value);
}

/// {% if C %} or {% elif C %}, up to the next tag of the same if.
static enum stop branch(struct eval *e, bool live, bool *taken)
{
    e->live = live && !*taken;
    json_t *condition = template_expression(e);
    close_tag(e);
    const bool truth = e->live && template_truth(e, condition);
    json_decref(condition);
    e->live = truth;
    *taken = *taken || truth;
    return run(e);
}

static void if_tag(struct eval *e)
{
    const bool live = e->live;
    const size_t tag = e->tag;
    bool taken = false;
    enum stop stop = branch(e, live, &taken);
    while (stop == STOP_ELIF && !e->failed) {
        stop = branch(e, live, &taken);
    }
    if (stop == STOP_ELSE && !e->failed) {
        close_tag(e);
        e->live = live && !taken;
        stop = run(e);
    }
    if (stop != STOP_ENDIF) {
        template_fail(e, tag, 2, "this if has no endif");
    }
    close_tag(e);
    e->live = live;
}

static void bind_targets(struct eval *e, const struct token *name, int names, const json_t *item)
{
    if (names == 1) {
        assign(e, name[0], (json_t *)item);
        return;
    }
    if (!json_is_array(item) || json_array_size(item) != 2) {
        template_fail(e, name[0].at, name[0].size, "two names need a list of pairs, as of items()");
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        assign(e, name[i], json_array_get(item, i));
    }
}

/// The body once for an item (NULL: only read it).
static void turn(struct eval *e, const struct token *name, int names, const json_t *item,
                 size_t tag)
{
    const bool live = e->live;
    e->live = live && item != NULL;
    e->frame[e->frames++] = json_object();
    if (item != NULL) {
        bind_targets(e, name, names, item);
    }
    if (run(e) != STOP_ENDFOR) {
        template_fail(e, tag, 2, "this for has no endfor");
    }
    close_tag(e);
    json_decref(e->frame[--e->frames]);
    e->live = live;
}

/// What a for goes through: a list, or the keys of a map.
static json_t *list_of(struct eval *e, json_t *value, size_t at)
{
    if (!e->live || e->failed || json_is_array(value)) {
        return value;
    }
    json_t *made = NULL;
    if (json_is_object(value) && value != e->printer) {
        const char *key = NULL;
        json_t *ignored = NULL;
        made = json_array();
        json_object_foreach(value, key, ignored)
        {
            json_array_append_new(made, json_string(key));
        }
    } else {
        template_fail(e, at, 1, "a for goes through a list or a map");
    }
    json_decref(value);
    return made;
}

static void for_tag(struct eval *e)
{
    struct token name[2];
    const size_t tag = e->tag;
    int names = 1;
    name[0] = take_name(e);
    if (template_take(e, ",")) {
        name[names++] = take_name(e);
    }
    template_expect(e, "in");
    const size_t at = e->now.token.at;
    json_t *list = list_of(e, template_expression(e), at);
    close_tag(e);
    const struct cursor body = e->now;
    const bool eat = e->eat;
    const size_t n = json_array_size(list);
    if (n == 0) {
        turn(e, name, names, NULL, tag);
    }
    for (size_t i = 0; i < n && !e->failed; i++) {
        e->now = body;
        e->eat = eat;
        e->steps++;
        turn(e, name, names, json_array_get(list, i), tag);
    }
    json_decref(list);
}

/// A tag. Returns STOP_END, or what it ends.
static enum stop statement(struct eval *e)
{
    static const struct {
        const char *word;
        enum stop stop;
    } ends[] = {
        {"elif", STOP_ELIF}, {"else", STOP_ELSE}, {"endif", STOP_ENDIF}, {"endfor", STOP_ENDFOR}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (template_take(e, ends[i].word)) {
            return ends[i].stop;
        }
    }
    if (template_take(e, "set")) {
        set_tag(e);
    } else if (template_take(e, "if")) {
        if_tag(e);
    } else if (template_take(e, "for")) {
        for_tag(e);
    } else {
        template_odd(e, "expected set, if, elif, else, endif, for or endfor here");
    }
    return STOP_END;
}

/// Text and tags up to the end, or to a tag that ends an if or a for: then its word is taken.
static enum stop run(struct eval *e)
{
    enum stop stop = STOP_END;
    if (e->depth >= KLIPPER_NESTING) {
        template_fail(e, e->tag, 2, "nested more than %d deep", KLIPPER_NESTING);
        return STOP_END;
    }
    e->depth++;
    while (!e->failed && stop == STOP_END) {
        text_run(e);
        if (e->now.at >= e->size || e->failed) {
            break;
        }
        open_tag(e);
        if (e->failed) {
            break;
        }
        if (e->statement) {
            stop = statement(e);
        } else {
            value_tag(e);
        }
    }
    e->depth--;
    return stop;
}

// --- the whole --------------------------------------------------------------------------------------

static json_t *no_object(void *ctx, const char *name)
{
    (void)ctx;
    (void)name;
    return NULL;
}

static void no_answer(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
}

static void no_matter(void *ctx, const struct klipper_unknown *unknown)
{
    (void)ctx;
    (void)unknown;
}

static const struct klipper_host nobody = {no_object, no_answer, no_matter, NULL};

static void begin(struct eval *e)
{
    memset(e->err, 0, sizeof *e->err);
    e->printer = json_object();
    e->objects = json_object();
    e->frame[0] = json_object();
    e->frames = 1;
    if (e->printer == NULL || e->objects == NULL || e->frame[0] == NULL) {
        template_fail(e, 0, 0, "out of memory");
        e->status = LAB_ENOMEM;
    }
}

static int end(struct eval *e)
{
    json_decref(e->printer);
    json_decref(e->objects);
    json_decref(e->frame[0]);
    return e->failed ? e->status : LAB_OK;
}

static int expand(struct eval *e)
{
    static const char *const words[] = {"", "elif", "else", "endif", "endfor"};
    begin(e);
    const enum stop stop = run(e);
    if (stop != STOP_END) {
        template_fail(e, e->tag, 2, "%s without its %s", words[stop],
                      stop == STOP_ENDFOR ? "for" : "if");
    }
    return end(e);
}

int klipper_template_expand(const char *text, size_t size, json_t *names,
                            const struct klipper_host *host, char *out, size_t room,
                            struct klipper_template_error *err)
{
    struct eval e = {.text = text,
                     .size = size,
                     .live = true,
                     .names = names,
                     .host = host,
                     .out = out,
                     .room = room,
                     .err = err};
    const int status = room > 0 ? expand(&e) : LAB_EFBIG;
    if (room > 0) {
        out[e.used] = '\0';
    }
    return status == LAB_OK ? (int)e.used : status;
}

int klipper_template_check(const char *text, size_t size, struct klipper_template_error *err)
{
    struct eval e = {.text = text, .size = size, .host = &nobody, .err = err};
    return expand(&e);
}

json_t *klipper_template_value(const char *text, size_t size, struct klipper_template_error *err)
{
    // as a tag that the end of the text closes
    char tag[KLIPPER_TEXT / 16];
    if (size + 2 > sizeof tag) {
        memset(err, 0, sizeof *err);
        snprintf(err->message, sizeof err->message, "too long a value");
        return NULL;
    }
    memcpy(tag, text, size);
    tag[size] = '}';
    struct eval e = {.text = tag, .size = size + 1, .live = true, .host = &nobody, .err = err};
    begin(&e);
    template_next(&e);
    json_t *value = template_expression(&e);
    if (!e.failed && (e.now.token.kind != TOKEN_CLOSE || e.now.at != e.size)) {
        template_odd(&e, "expected the end of the value here");
    }
    if (!e.failed && value == NULL) {
        template_fail(&e, 0, size, "this is not a value");
    }
    if (end(&e) != LAB_OK) {
        json_decref(value);
        value = NULL;
    }
    return value;
}
