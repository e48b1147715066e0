// YAML documents with marks: a small tree that remembers where each token stood, and good
// complaints about it. SPDX-License-Identifier: MIT
//
// The YAML library (libfyaml) is behind this header, in doc.c alone. Accepted is a plain subset:
// one document, maps with text keys, lists, scalars. Refused, with a mark: syntax errors, duplicate
// keys, anchors, aliases, merge keys, tags, nesting beyond LAB_DOC_DEPTH, more than LAB_DOC_NODES
// nodes, files over LAB_DOC_BYTES, text that is not UTF-8, binary garbage, empty files,
// directories. Scalars stay text: units.h reads numbers, nothing guesses types.
#ifndef LAB_DOC_H
#define LAB_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lab/doc/error.h"

enum { LAB_DOC_DEPTH = 16, LAB_DOC_NODES = 4000, LAB_DOC_BYTES = 1 << 20 };

/// Where a token stands. Plain data, fit to be copied into anything.
struct lab_mark {
    int32_t file;         ///< 0 the document itself, n the n-th --set (1-based)
    int32_t line, column; ///< 1-based, columns in characters; line 0: nowhere (a default)
};

enum lab_node_kind { LAB_SCALAR, LAB_LIST, LAB_MAP };

/// A node of the tree. Read-only outside this folder but for `bound` and `value`. Owned by its
/// document.
struct lab_node {
    enum lab_node_kind kind;
    struct lab_mark mark;     ///< of the value
    struct lab_mark key_mark; ///< of the key (in a map)
    const char *key;          ///< in a map; NULL elsewhere
    const char *text;         ///< scalar, null-terminated, never NULL in a scalar
    bool plain;               ///< scalar without quotes
    bool bound; ///< a reader found a number: `value` in base units stands for the text when hashing
    int64_t value;
    struct lab_node *first, *next; ///< children; sibling
};

struct lab_doc;

/// Read and parse a file. On success *out is the caller's, to be closed. Returns 0 or an enum
/// lab_status with `err` filled.
int lab_doc_open(struct lab_doc **out, const char *path, struct lab_error *err);

/// The same from memory; `name` stands for the path in messages. The text is copied.
int lab_doc_parse(struct lab_doc **out, const char *name, const char *text, size_t size,
                  struct lab_error *err);

/// Free the document and its nodes. NULL is allowed.
void lab_doc_close(struct lab_doc *doc);

/// The root: always a map.
struct lab_node *lab_doc_root(const struct lab_doc *doc);

/// Apply `key=value` (the n-th `--set`, n >= 1): the key is a path like `power[0].at.layer`, the
/// value is YAML and replaces the node; maps on the way are made, a list grows by one at its end.
/// The path begins `skip` bytes into `text`. Whether the keys mean anything is for the binder to
/// say. Returns 0 or an enum lab_status with `err` filled.
int lab_doc_set(struct lab_doc *doc, int32_t n, const char *text, size_t skip,
                struct lab_error *err);

/// The child of a map by key, NULL when there is none or `map` is no map.
struct lab_node *lab_node_find(const struct lab_node *map, const char *key);

/// Number of children.
size_t lab_node_count(const struct lab_node *node);

/// Complain about a place in the document. `token` may be NULL. First error wins. Returns
/// LAB_EINVAL, for a return statement.
__attribute__((format(printf, 5, 6))) int lab_doc_fail(const struct lab_doc *doc,
                                                       struct lab_error *err, struct lab_mark mark,
                                                       const char *token, const char *format, ...);

/// Feed the canonical form (keys sorted, numbers in base units, one token a line) to `sink`,
/// leaving out the root's key `without` (NULL: nothing). Two documents that say the same give the
/// same bytes.
void lab_doc_canonical(const struct lab_doc *doc, const char *without,
                       void (*sink)(void *ctx, const void *data, size_t size), void *ctx);

#endif
