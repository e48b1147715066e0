// The canonical form of a document: what is hashed, so that spelling does not matter and meaning
// does. SPDX-License-Identifier: MIT
#include "core/lab/doc/internal.h"

#include <inttypes.h>
#include <string.h>

struct emit {
    void (*sink)(void *ctx, const void *data, size_t size);
    void *ctx;
};

static void put(const struct emit *e, const char *tag, const char *text)
{
    e->sink(e->ctx, tag, strlen(tag));
    e->sink(e->ctx, text, strlen(text));
    e->sink(e->ctx, "\n", 1);
}

static void emit_node(const struct emit *e, const struct lab_node *node, const char *without);

/// The child with the smallest key above `above` (NULL: of all). Maps are small; this needs no
/// memory.
static const struct lab_node *next_key(const struct lab_node *map, const char *above)
{
    const struct lab_node *best = NULL;
    for (const struct lab_node *child = map->first; child != NULL; child = child->next) {
        if ((above == NULL || strcmp(child->key, above) > 0) &&
            (best == NULL || strcmp(child->key, best->key) < 0)) {
            best = child;
        }
    }
    return best;
}

static void emit_map(const struct emit *e, const struct lab_node *map, const char *without)
{
    put(e, "{", "");
    const char *above = NULL;
    for (const struct lab_node *child; (child = next_key(map, above)) != NULL; above = child->key) {
        if (without == NULL || strcmp(child->key, without) != 0) {
            put(e, ":", child->key);
            emit_node(e, child, NULL);
        }
    }
    put(e, "}", "");
}

static void emit_node(const struct emit *e, const struct lab_node *node, const char *without)
{
    if (node->kind == LAB_MAP) {
        emit_map(e, node, without);
    } else if (node->kind == LAB_LIST) {
        put(e, "[", "");
        for (const struct lab_node *child = node->first; child != NULL; child = child->next) {
            emit_node(e, child, NULL);
        }
        put(e, "]", "");
    } else if (node->bound) {
        char number[32];
        snprintf(number, sizeof number, "%" PRId64, node->value);
        put(e, "#", number);
    } else {
        put(e, "'", node->text);
    }
}

void lab_doc_canonical(const struct lab_doc *doc, const char *without,
                       void (*sink)(void *ctx, const void *data, size_t size), void *ctx)
{
    const struct emit e = {sink, ctx};
    emit_node(&e, doc->root, without);
}
