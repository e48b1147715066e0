// What the files of this folder share: the document behind the handle.
// SPDX-License-Identifier: MIT
#ifndef LAB_DOC_INTERNAL_H
#define LAB_DOC_INTERNAL_H

#include "core/lab/doc/doc.h"

/// A text that nodes come from: the document, or one --set.
struct lab_source {
    struct lab_source *next;
    int32_t file; ///< as in struct lab_mark
    char *name;
    char *text;
    size_t size;
};

struct lab_chunk {
    struct lab_chunk *next;
    size_t used, room;
    max_align_t data[];
};

struct lab_doc {
    struct lab_source *sources;
    struct lab_chunk *chunks; ///< nodes and their strings; freed all at once
    struct lab_node *root;
    int nodes;
};

/// Memory that lives as long as the document, zeroed; NULL when there is none.
void *lab_doc_alloc(struct lab_doc *doc, size_t size);
char *lab_doc_copy(struct lab_doc *doc, const char *text, size_t size);

/// Add a source; text is copied. Returns it or NULL.
struct lab_source *lab_doc_source(struct lab_doc *doc, int32_t file, const char *name,
                                  const char *text, size_t size);

/// Is this text that YAML can hold: not empty, UTF-8, no control characters? Returns 0 or
/// LAB_EINVAL.
int lab_text_check(const struct lab_doc *doc, const struct lab_source *source, size_t from,
                   struct lab_error *err);

/// Parse source->text from byte `from` on into *root (NULL for a document without content); that
/// byte stands in line 1, after `shift` characters.
int lab_yaml_parse(struct lab_doc *doc, const struct lab_source *source, size_t from, int shift,
                   struct lab_node **root, struct lab_error *err);

#endif
