// Documents: reads files, checks that they are text, owns the tree.
// SPDX-License-Identifier: MIT
#include "core/lab/doc/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK = 16384 };

void *lab_doc_alloc(struct lab_doc *doc, size_t size)
{
    const size_t unit = sizeof(max_align_t);
    const size_t rounded = (size + unit - 1) / unit * unit;
    struct lab_chunk *chunk = doc->chunks;
    if (chunk == NULL || chunk->room - chunk->used < rounded) {
        const size_t room = rounded > CHUNK ? rounded : CHUNK;
        chunk = calloc(1, sizeof *chunk + room);
        if (chunk == NULL) {
            return NULL;
        }
        chunk->room = room;
        chunk->next = doc->chunks;
        doc->chunks = chunk;
    }
    void *memory = (char *)chunk->data + chunk->used;
    chunk->used += rounded;
    return memory;
}

char *lab_doc_copy(struct lab_doc *doc, const char *text, size_t size)
{
    char *copy = lab_doc_alloc(doc, size + 1);
    if (copy != NULL && size > 0) {
        memcpy(copy, text, size);
    }
    return copy;
}

struct lab_source *lab_doc_source(struct lab_doc *doc, int32_t file, const char *name,
                                  const char *text, size_t size)
{
    struct lab_source *source = lab_doc_alloc(doc, sizeof *source);
    if (source == NULL) {
        return NULL;
    }
    source->file = file;
    source->name = lab_doc_copy(doc, name, strlen(name));
    source->text = lab_doc_copy(doc, text, size);
    source->size = size;
    if (source->name == NULL || source->text == NULL) {
        return NULL;
    }
    source->next = doc->sources;
    doc->sources = source;
    return source;
}

static const struct lab_source *source_of(const struct lab_doc *doc, int32_t file)
{
    const struct lab_source *source = doc->sources;
    while (source != NULL && source->file != file) {
        source = source->next;
    }
    return source;
}

int lab_doc_fail(const struct lab_doc *doc, struct lab_error *err, struct lab_mark mark,
                 const char *token, const char *format, ...)
{
    const struct lab_source *source = source_of(doc, mark.file);
    const struct lab_place place = {
        .file = source != NULL ? source->name : NULL,
        .text = source != NULL ? source->text : NULL,
        .size = source != NULL ? source->size : 0,
        .line = mark.line,
        .column = mark.column,
        .token = token,
    };
    va_list args;
    va_start(args, format);
    lab_error_at(err, &place, format, args);
    va_end(args);
    return LAB_EINVAL;
}

static int bad_byte(const struct lab_doc *doc, const struct lab_source *source, size_t at,
                    struct lab_error *err)
{
    struct lab_mark mark = {source->file, 1, 1};
    for (size_t i = 0; i < at;) {
        const size_t step = lab_utf8(source->text + i, source->size - i);
        mark.column = source->text[i] == '\n' ? 1 : mark.column + 1;
        mark.line += source->text[i] == '\n';
        i += step == 0 ? 1 : step;
    }
    const unsigned char byte = (unsigned char)source->text[at];
    if (byte >= 0x80) {
        return lab_doc_fail(doc, err, mark, NULL, "byte 0x%02x is not UTF-8 text", byte);
    }
    if (byte == 0) {
        return lab_doc_fail(doc, err, mark, NULL,
                            "byte 0x00: this is a binary file, not YAML text");
    }
    return lab_doc_fail(doc, err, mark, NULL,
                        "byte 0x%02x is a control character: this is no YAML text", byte);
}

int lab_text_check(const struct lab_doc *doc, const struct lab_source *source, size_t from,
                   struct lab_error *err)
{
    for (size_t i = from; i < source->size;) {
        const unsigned char byte = (unsigned char)source->text[i];
        const size_t step = lab_utf8(source->text + i, source->size - i);
        const bool control = byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t';
        if (step == 0 || control || byte == 0x7f) {
            return bad_byte(doc, source, i, err);
        }
        i += step;
    }
    return LAB_OK;
}

static int parse_root(struct lab_doc *doc, const char *name, const char *text, size_t size,
                      struct lab_error *err)
{
    const struct lab_source *source = lab_doc_source(doc, 0, name, text, size);
    if (source == NULL) {
        lab_error_at_file(err, name, "out of memory");
        return LAB_ENOMEM;
    }
    if (size == 0) {
        lab_error_at_file(err, name, "the file is empty");
        return LAB_EINVAL;
    }
    int status = lab_text_check(doc, source, 0, err);
    if (status == LAB_OK) {
        status = lab_yaml_parse(doc, source, 0, 0, &doc->root, err);
    }
    if (status != LAB_OK) {
        return status;
    }
    if (doc->root == NULL || (doc->root->kind == LAB_SCALAR && doc->root->text[0] == '\0')) {
        lab_error_at_file(err, name, "the file holds no YAML, only comments or blanks");
        return LAB_EINVAL;
    }
    if (doc->root->kind != LAB_MAP) {
        return lab_doc_fail(doc, err, doc->root->mark, doc->root->text,
                            "expected a map of keys and values");
    }
    return LAB_OK;
}

int lab_doc_parse(struct lab_doc **out, const char *name, const char *text, size_t size,
                  struct lab_error *err)
{
    *out = NULL;
    if (size > LAB_DOC_BYTES) {
        lab_error_at_file(err, name, "larger than %d bytes: this cannot be meant", LAB_DOC_BYTES);
        return LAB_EFBIG;
    }
    struct lab_doc *doc = calloc(1, sizeof *doc);
    if (doc == NULL) {
        lab_error_at_file(err, name, "out of memory");
        return LAB_ENOMEM;
    }
    const int status = parse_root(doc, name, text, size, err);
    if (status != LAB_OK) {
        lab_doc_close(doc);
        return status;
    }
    *out = doc;
    return LAB_OK;
}

static int cannot_open(const char *path, struct lab_error *err)
{
    const int reason = errno;
    if (reason == ENOENT || reason == ENOTDIR) {
        lab_error_at_file(err, path, "no such file");
        return LAB_ENOENT;
    }
    lab_error_at_file(err, path, "cannot be opened: %s", strerror(reason));
    return LAB_EIO;
}

int lab_doc_open(struct lab_doc **out, const char *path, struct lab_error *err)
{
    *out = NULL;
    struct stat info;
    if (stat(path, &info) != 0) {
        return cannot_open(path, err);
    }
    if (S_ISDIR(info.st_mode)) {
        lab_error_at_file(err, path, "is a directory, not a file");
        return LAB_EISDIR;
    }
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return cannot_open(path, err);
    }
    char *text = malloc(LAB_DOC_BYTES + 1);
    const size_t size = text != NULL ? fread(text, 1, LAB_DOC_BYTES + 1, file) : 0;
    const bool broken = ferror(file) != 0;
    fclose(file);
    int status = LAB_EIO;
    if (text == NULL || broken) {
        lab_error_at_file(err, path, text == NULL ? "out of memory" : "cannot be read");
    } else {
        status = lab_doc_parse(out, path, text, size, err);
    }
    free(text);
    return status;
}

void lab_doc_close(struct lab_doc *doc)
{
    if (doc == NULL) {
        return;
    }
    while (doc->chunks != NULL) {
        struct lab_chunk *chunk = doc->chunks;
        doc->chunks = chunk->next;
        free(chunk);
    }
    free(doc);
}

struct lab_node *lab_doc_root(const struct lab_doc *doc)
{
    return doc->root;
}

struct lab_node *lab_node_find(const struct lab_node *map, const char *key)
{
    struct lab_node *child = map->kind == LAB_MAP ? map->first : NULL;
    while (child != NULL && strcmp(child->key, key) != 0) {
        child = child->next;
    }
    return child;
}

size_t lab_node_count(const struct lab_node *node)
{
    size_t n = 0;
    for (const struct lab_node *child = node->first; child != NULL; child = child->next) {
        n++;
    }
    return n;
}
