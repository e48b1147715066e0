// `--set key=value`: replaces a node of the tree.
// SPDX-License-Identifier: MIT
#include "core/lab/doc/internal.h"

#include <string.h>

struct path {
    struct lab_doc *doc;
    const struct lab_source *source;
    size_t at; ///< bytes into the text
    struct lab_error *err;
};

static struct lab_mark here(const struct path *p, size_t at)
{
    struct lab_mark mark = {p->source->file, 1, 1};
    for (size_t i = 0; i < at; i++) {
        mark.column += ((unsigned char)p->source->text[i] & 0xc0) != 0x80;
    }
    return mark;
}

static int odd(const struct path *p, const char *message)
{
    return lab_doc_fail(p->doc, p->err, here(p, p->at), NULL, "%s", message);
}

static bool key_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

static struct lab_node *new_node(struct path *p, struct lab_mark mark)
{
    struct lab_node *node = lab_doc_alloc(p->doc, sizeof *node);
    if (node == NULL) {
        lab_error_at_file(p->err, p->source->name, "out of memory");
        return NULL;
    }
    node->kind = LAB_SCALAR;
    node->text = "";
    node->plain = true;
    node->mark = mark;
    return node;
}

static void append(struct lab_node *parent, struct lab_node *node)
{
    struct lab_node **end = &parent->first;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = node;
}

/// An empty value on the way becomes a map or a list; a filled one of another kind is in the way.
static int become(struct path *p, struct lab_node *node, enum lab_node_kind kind)
{
    if (node->kind == LAB_SCALAR && node->text[0] == '\0') {
        node->kind = kind;
    }
    return node->kind == kind
               ? LAB_OK
               : odd(p, kind == LAB_MAP ? "the key before is not a map, it has no keys of its own"
                                        : "the key before is not a list");
}

/// `name`: step into a map.
static int step_key(struct path *p, struct lab_node **node)
{
    const char *text = p->source->text;
    size_t end = p->at;
    while (key_character(text[end])) {
        end++;
    }
    if (end == p->at) {
        return odd(p, "expected a key, as in key=value or list[0].key=value");
    }
    if (become(p, *node, LAB_MAP) != LAB_OK) {
        return LAB_EINVAL;
    }
    char *key = lab_doc_copy(p->doc, text + p->at, end - p->at);
    struct lab_node *child = key != NULL ? lab_node_find(*node, key) : NULL;
    if (child == NULL) {
        child = new_node(p, here(p, p->at));
        if (child == NULL || key == NULL) {
            return LAB_ENOMEM;
        }
        child->key = key;
        child->key_mark = here(p, p->at);
        append(*node, child);
    }
    p->at = end;
    *node = child;
    return LAB_OK;
}

/// `[3]`: step into a list; the index behind the last makes a new element.
static int step_index(struct path *p, struct lab_node **node)
{
    const char *text = p->source->text;
    size_t end = p->at + 1;
    size_t index = 0;
    while (text[end] >= '0' && text[end] <= '9' && index < LAB_DOC_NODES) {
        index = index * 10 + (size_t)(text[end++] - '0');
    }
    if (end == p->at + 1 || text[end] != ']') {
        return odd(p, "expected a number in brackets, as in power[0]");
    }
    if (become(p, *node, LAB_LIST) != LAB_OK) {
        return LAB_EINVAL;
    }
    const size_t count = lab_node_count(*node);
    if (index > count) {
        return lab_doc_fail(p->doc, p->err, here(p, p->at), NULL,
                            "index %zu is out of range: the list has %zu element%s", index, count,
                            count == 1 ? "" : "s");
    }
    if (index == count) {
        struct lab_node *element = new_node(p, here(p, p->at));
        if (element == NULL) {
            return LAB_ENOMEM;
        }
        append(*node, element);
    }
    struct lab_node *child = (*node)->first;
    while (index-- > 0) {
        child = child->next;
    }
    p->at = end + 1;
    *node = child;
    return LAB_OK;
}

static int walk(struct path *p, struct lab_node **node)
{
    int status = step_key(p, node);
    while (status == LAB_OK && p->source->text[p->at] != '=') {
        const char next = p->source->text[p->at];
        if (next == '[') {
            status = step_index(p, node);
        } else if (next == '.') {
            p->at++;
            status = step_key(p, node);
        } else {
            status = odd(p, next == '\0' ? "expected '=' and a value after the key"
                                         : "expected '.', '[' or '='");
        }
    }
    return status;
}

/// Put the new value in place of the old, keeping key and place in the parent.
static void replace(struct lab_node *node, const struct lab_node *value)
{
    const struct lab_node old = *node;
    *node = *value;
    node->key = old.key;
    node->key_mark = old.key_mark;
    node->next = old.next;
}

int lab_doc_set(struct lab_doc *doc, int32_t n, const char *text, size_t skip,
                struct lab_error *err)
{
    const struct lab_source *source = lab_doc_source(doc, n, "--set", text, strlen(text));
    if (source == NULL) {
        lab_error_at_file(err, "--set", "out of memory");
        return LAB_ENOMEM;
    }
    struct path p = {doc, source, skip, err};
    struct lab_node *node = doc->root;
    int status = lab_text_check(doc, source, 0, err);
    if (status == LAB_OK) {
        status = walk(&p, &node);
    }
    if (status != LAB_OK) {
        return status;
    }
    const size_t from = p.at + 1;
    const struct lab_mark mark = here(&p, from);
    struct lab_node *value = NULL;
    status = lab_yaml_parse(doc, source, from, mark.column - 1, &value, err);
    if (status == LAB_OK && value == NULL) {
        value = new_node(&p, mark);
        status = value == NULL ? LAB_ENOMEM : LAB_OK;
    }
    if (status == LAB_OK) {
        replace(node, value);
    }
    return status;
}
