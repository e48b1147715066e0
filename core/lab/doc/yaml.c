// YAML to tree: the only file that knows libfyaml.
// SPDX-License-Identifier: MIT
//
// Its event stream is used rather than its documents: keys keep marks of their own, and anchors,
// tags and depth are refused at the token where they appear.
#include "core/lab/doc/internal.h"

#include <libfyaml.h>
#include <string.h>

enum { ODD_MAX = 3 };

struct parse {
    struct lab_doc *doc;
    const struct lab_source *source;
    size_t from; ///< where the parsed text begins in the source
    int shift;   ///< characters before it in line 1
    struct fy_parser *fyp;
    struct lab_error *err;
    int status;
    int documents;
    struct lab_node *root;
    struct level {
        struct lab_node *node, *last;
        const char *key; ///< read, its value still to come
        struct lab_mark key_mark;
    } level[LAB_DOC_DEPTH];
    int depth;
};

static void no_output(struct fy_diag *diag, void *user, const char *text, size_t size)
{
    (void)diag;
    (void)user;
    (void)text;
    (void)size;
}

static struct lab_mark mark_at(const struct parse *p, const struct fy_mark *at)
{
    struct lab_mark mark = {p->source->file, 1, 1};
    if (at != NULL) {
        mark.line = at->line + 1;
        mark.column = at->column + 1;
    }
    mark.column += mark.line == 1 ? p->shift : 0;
    return mark;
}

static struct lab_mark event_mark(const struct parse *p, struct fy_event *event)
{
    return mark_at(p, fy_event_start_mark(event));
}

static int refuse(struct parse *p, struct lab_mark mark, const char *token, const char *message)
{
    p->status = lab_doc_fail(p->doc, p->err, mark, token, "%s", message);
    return p->status;
}

static int no_memory(struct parse *p)
{
    lab_error_at_file(p->err, p->source->name, "out of memory");
    p->status = LAB_ENOMEM;
    return p->status;
}

/// Anchors and tags are refused where they stand.
static int check_decoration(struct parse *p, struct fy_token *anchor, struct fy_token *tag)
{
    if (anchor != NULL) {
        return refuse(p, mark_at(p, fy_token_start_mark(anchor)), NULL,
                      "anchors (&) are not supported: write the value out");
    }
    if (tag != NULL) {
        return refuse(p, mark_at(p, fy_token_start_mark(tag)), NULL,
                      "tags (!) are not supported: the key says what a value is");
    }
    return LAB_OK;
}

static int check_key(struct parse *p, const char *key, struct lab_mark mark)
{
    if (strcmp(key, "<<") == 0) {
        return refuse(p, mark, key, "merge keys (<<) are not supported: write the values out");
    }
    const struct level *level = &p->level[p->depth - 1];
    const struct lab_node *twin = lab_node_find(level->node, key);
    if (twin != NULL) {
        p->status = lab_doc_fail(p->doc, p->err, mark, key, "duplicate key '%s', first in line %d",
                                 key, twin->key_mark.line);
        return p->status;
    }
    return LAB_OK;
}

/// Hang a new node where the stream stands.
static int attach(struct parse *p, struct lab_node *node)
{
    if (++p->doc->nodes > LAB_DOC_NODES) {
        return refuse(p, node->mark, NULL, "the document is too large");
    }
    if (p->depth == 0) {
        p->root = node;
        return LAB_OK;
    }
    struct level *level = &p->level[p->depth - 1];
    if (level->node->kind == LAB_MAP) {
        if (level->key == NULL) {
            return refuse(p, node->mark, NULL, "a key must be plain text");
        }
        node->key = level->key;
        node->key_mark = level->key_mark;
        level->key = NULL;
    }
    *(level->last == NULL ? &level->node->first : &level->last->next) = node;
    level->last = node;
    return LAB_OK;
}

static int open_level(struct parse *p, struct fy_event *event, enum lab_node_kind kind)
{
    const struct lab_mark mark = event_mark(p, event);
    struct lab_node *node = lab_doc_alloc(p->doc, sizeof *node);
    if (node == NULL) {
        return no_memory(p);
    }
    node->kind = kind;
    node->mark = mark;
    if (p->depth == LAB_DOC_DEPTH) {
        return refuse(p, mark, NULL, "nested too deeply");
    }
    if (attach(p, node) != LAB_OK) {
        return p->status;
    }
    p->level[p->depth++] = (struct level){.node = node};
    return LAB_OK;
}

/// A token as it stands in the source; size 0 when it has no place there.
static const char *as_written(const struct parse *p, struct fy_token *token, size_t *size)
{
    const struct fy_mark *begin = fy_token_start_mark(token);
    const struct fy_mark *end = fy_token_end_mark(token);
    const size_t room = p->source->size - p->from;
    *size = 0;
    if (begin != NULL && end != NULL && end->input_pos <= room &&
        begin->input_pos < end->input_pos) {
        *size = end->input_pos - begin->input_pos;
        return p->source->text + p->from + begin->input_pos;
    }
    return "";
}

/// The text of a scalar without quotes: its lines, trimmed, with one blank between. YAML would keep some line breaks; no
/// value of ours has any.
static char *join_lines(struct parse *p, const char *raw, size_t size)
{
    char *out = lab_doc_alloc(p->doc, size + 1);
    size_t n = 0;
    for (size_t i = 0; out != NULL && i < size;) {
        size_t run = strcspn(raw + i, " \t\r\n");
        run = run < size - i ? run : size - i;
        memcpy(out + n, raw + i, run);
        n += run;
        i += run;
        run = strspn(raw + i, " \t\r\n");
        run = run < size - i ? run : size - i;
        // white space with a line break in it is one blank, and none at the ends
        const bool breaks = memchr(raw + i, '\n', run) != NULL;
        if (n > 0 && i + run < size) {
            memcpy(out + n, breaks ? " " : raw + i, breaks ? 1 : run);
            n += breaks ? 1 : run;
        }
        i += run;
    }
    return out;
}

/// The text of a quoted scalar, by the library. It (0.7.12) loses memory on a text of more than eight pieces, and each quote,
/// escape or line break in it makes two.
static char *unquote(struct parse *p, struct fy_token *token, struct lab_mark mark)
{
    size_t size = 0;
    int odd = 0;
    const char *raw = as_written(p, token, &size);
    for (size_t i = 0; i < size; i++) {
        odd += raw[i] == '\n' || raw[i] == '\\' || raw[i] == '\'';
    }
    if (odd > ODD_MAX) {
        refuse(p, mark, NULL,
               "too many quotes, escapes or lines in a quoted text; write it as `key: >-` and "
               "lines below");
        return NULL;
    }
    const char *text = fy_token_get_text(token, &size);
    if (text != NULL && memchr(text, '\0', size) != NULL) {
        refuse(p, mark, NULL, "a null character in a text");
        return NULL;
    }
    return text != NULL ? lab_doc_copy(p->doc, text, size) : NULL;
}

/// Copy a token's text. NULL with the status set when it is refused or there is no memory.
static char *token_text(struct parse *p, struct fy_token *token, struct lab_mark mark)
{
    char *copy = NULL;
    size_t size = 0;
    const enum fy_scalar_style style = token != NULL ? fy_token_scalar_style(token) : FYSS_PLAIN;
    if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) {
        copy = unquote(p, token, mark);
    } else {
        const char *raw = token != NULL ? as_written(p, token, &size) : "";
        copy = join_lines(p, raw, size);
    }
    if (copy == NULL && p->status == LAB_OK) {
        no_memory(p);
    }
    return copy;
}

static int scalar(struct parse *p, struct fy_event *event)
{
    const struct lab_mark mark = event_mark(p, event);
    struct fy_token *token = event->scalar.value;
    char *text = token_text(p, token, mark);
    if (text == NULL) {
        return p->status;
    }
    struct level *level = p->depth > 0 ? &p->level[p->depth - 1] : NULL;
    const bool in_map = level != NULL && level->node->kind == LAB_MAP;
    if (in_map && level->key == NULL) {
        level->key = text;
        level->key_mark = mark;
        return check_key(p, text, mark);
    }
    struct lab_node *node = lab_doc_alloc(p->doc, sizeof *node);
    if (node == NULL) {
        return no_memory(p);
    }
    node->kind = LAB_SCALAR;
    node->text = text;
    node->plain = token == NULL || fy_token_scalar_style(token) == FYSS_PLAIN;
    // nothing at all stands nowhere: its key is what can be pointed at
    node->mark = node->plain && text[0] == '\0' && in_map ? level->key_mark : mark;
    return attach(p, node);
}

static int document_start(struct parse *p, struct fy_event *event)
{
    if (++p->documents > 1) {
        return refuse(p, event_mark(p, event), NULL, "a second document: one file holds one");
    }
    return LAB_OK;
}

static int take(struct parse *p, struct fy_event *event)
{
    if (event->type == FYET_SCALAR) {
        check_decoration(p, event->scalar.anchor, event->scalar.tag);
        return p->status != LAB_OK ? p->status : scalar(p, event);
    }
    if (event->type == FYET_MAPPING_START) {
        check_decoration(p, event->mapping_start.anchor, event->mapping_start.tag);
        return p->status != LAB_OK ? p->status : open_level(p, event, LAB_MAP);
    }
    if (event->type == FYET_SEQUENCE_START) {
        check_decoration(p, event->sequence_start.anchor, event->sequence_start.tag);
        return p->status != LAB_OK ? p->status : open_level(p, event, LAB_LIST);
    }
    if (event->type == FYET_MAPPING_END || event->type == FYET_SEQUENCE_END) {
        p->depth--;
    }
    if (event->type == FYET_ALIAS) {
        return refuse(p, event_mark(p, event), NULL,
                      "aliases (*) are not supported: write the value out");
    }
    return event->type == FYET_DOCUMENT_START ? document_start(p, event) : LAB_OK;
}

/// The library places what is missing at the end behind the last line; a caret needs a line to stand under.
static struct lab_mark inside(const struct parse *p, struct lab_mark mark)
{
    struct lab_mark end = {p->source->file, 1, 1};
    struct lab_mark filled = end;
    for (size_t i = 0; i < p->source->size; i++) {
        const unsigned char byte = (unsigned char)p->source->text[i];
        end.line += byte == '\n';
        end.column = byte == '\n' ? 1 : end.column + ((byte & 0xc0) != 0x80);
        if (byte != '\n' && byte != '\r' && byte != ' ') {
            filled = end;
        }
    }
    return mark.line > filled.line ? filled : mark;
}

/// Move the library's first complaint into our record.
static void syntax_error(struct parse *p, struct fy_diag *diag)
{
    void *iterator = NULL;
    const struct fy_diag_error *found = fy_diag_errors_iterate(diag, &iterator);
    struct lab_mark mark = {p->source->file, 1, 1 + p->shift};
    if (found == NULL) {
        refuse(p, mark, NULL, "this is not YAML");
        return;
    }
    mark.line = found->line > 0 ? found->line : 1;
    mark.column = (found->column > 0 ? found->column : 1) + (mark.line == 1 ? p->shift : 0);
    const char *what = found->msg != NULL ? found->msg : "not understood";
    // the commonest slip of all: a colon in a sentence
    const bool colon = strstr(what, "nested block mapping") != NULL;
    char message[160];
    snprintf(message, sizeof message, "YAML syntax: %s%s", what,
             colon ? " (a text with ': ' in it needs quotes)" : "");
    refuse(p, inside(p, mark), NULL, message);
}

static void run(struct parse *p, struct fy_diag *diag)
{
    struct fy_event *event;
    while (p->status == LAB_OK && (event = fy_parser_parse(p->fyp)) != NULL) {
        const bool end = event->type == FYET_STREAM_END;
        take(p, event);
        fy_parser_event_free(p->fyp, event);
        if (end) {
            return;
        }
    }
    if (p->status == LAB_OK) {
        syntax_error(p, diag);
    }
}

int lab_yaml_parse(struct lab_doc *doc, const struct lab_source *source, size_t from, int shift,
                   struct lab_node **root, struct lab_error *err)
{
    struct parse p = {.doc = doc, .source = source, .from = from, .shift = shift, .err = err};
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag_cfg.output_fn = no_output;
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    if (diag == NULL) {
        return no_memory(&p);
    }
    fy_diag_set_collect_errors(diag, true);
    const struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag};
    p.fyp = fy_parser_create(&cfg);
    if (p.fyp == NULL ||
        fy_parser_set_string(p.fyp, source->text + from, source->size - from) != 0) {
        no_memory(&p);
    } else {
        run(&p, diag);
    }
    fy_parser_destroy(p.fyp);
    fy_diag_destroy(diag);
    *root = p.root;
    return p.status;
}
