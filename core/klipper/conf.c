// Klipper's configuration files as a tree of sections and options: its memory, and how things are found in it.
// SPDX-License-Identifier: MIT
#include "core/klipper/conf_internal.h"

#include <stdlib.h>
#include <string.h>

struct conf_chunk {
    struct conf_chunk *next;
    size_t used, room;
    max_align_t data[];
};

// --- memory -----------------------------------------------------------------------------------------

void *conf_take(struct klipper_conf *conf, size_t size)
{
    enum { ROOM = 16384 };
    const size_t unit = sizeof(max_align_t);
    const size_t need = (size + unit - 1) / unit * unit;
    if (conf->chunks == NULL || conf->chunks->room - conf->chunks->used < need) {
        const size_t room = need > ROOM ? need : ROOM;
        struct conf_chunk *chunk = calloc(1, sizeof *chunk + room);
        if (chunk == NULL) {
            return NULL;
        }
        chunk->room = room;
        chunk->next = conf->chunks;
        conf->chunks = chunk;
    }
    void *at = (char *)conf->chunks->data + conf->chunks->used;
    conf->chunks->used += need;
    return at;
}

char *conf_copy(struct klipper_conf *conf, const char *text, size_t size)
{
    char *at = conf_take(conf, size + 1);
    if (at != NULL) {
        memcpy(at, text, size);
        at[size] = '\0';
    }
    return at;
}

int conf_no_memory(struct conf_reader *r)
{
    lab_error_at_file(r->err, klipper_conf_file(r->conf, r->file), "out of memory");
    return LAB_ENOMEM;
}

void klipper_conf_close(struct klipper_conf *conf)
{
    if (conf == NULL) {
        return;
    }
    for (int32_t i = 0; i < conf->files; i++) {
        free(conf->file[i].text);
    }
    for (struct conf_chunk *chunk = conf->chunks; chunk != NULL;) {
        struct conf_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    free(conf);
}

// --- looking things up --------------------------------------------------------------------------------

const struct klipper_section *klipper_conf_first(const struct klipper_conf *conf)
{
    return conf->first;
}

const struct klipper_section *klipper_conf_section(const struct klipper_conf *conf,
                                                   const char *name)
{
    const struct klipper_section *section = conf->first;
    while (section != NULL && strcmp(section->name, name) != 0) {
        section = section->next;
    }
    return section;
}

const struct klipper_option *klipper_section_find(const struct klipper_section *section,
                                                  const char *option)
{
    const struct klipper_option *found = section != NULL ? section->first : NULL;
    while (found != NULL && strcmp(found->name, option) != 0) {
        found = found->next;
    }
    return found;
}

const struct klipper_option *klipper_conf_find(const struct klipper_conf *conf, const char *section,
                                               const char *option)
{
    return klipper_section_find(klipper_conf_section(conf, section), option);
}

const char *klipper_conf_file(const struct klipper_conf *conf, int32_t file)
{
    return file >= 0 && file < conf->files ? conf->file[file].path : NULL;
}

uint32_t klipper_conf_hash(const struct klipper_conf *conf)
{
    return conf->hash;
}

int conf_fail(const struct klipper_conf *conf, struct lab_error *err, struct klipper_mark mark,
              const char *token, const char *format, va_list args)
{
    const struct conf_file *file = &conf->file[mark.file];
    const struct lab_place place = {.file = file->path,
                                    .text = file->text,
                                    .size = file->size,
                                    .line = mark.line,
                                    .column = mark.column,
                                    .token = token};
    lab_error_at(err, &place, format, args);
    return LAB_EINVAL;
}

int klipper_conf_fail(const struct klipper_conf *conf, struct lab_error *err,
                      struct klipper_mark mark, const char *token, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int status = conf_fail(conf, err, mark, token, format, args);
    va_end(args);
    return status;
}
