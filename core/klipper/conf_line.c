// What a line of Klipper's configuration says: comments off, a section, an option, more of its value.
// SPDX-License-Identifier: MIT
#include "core/klipper/conf_internal.h"

#include <stdlib.h>
#include <string.h>

bool conf_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f' || c == '\v' || c == '\r';
}

struct klipper_mark conf_mark(const struct conf_reader *r, const struct conf_line *line,
                              const char *at)
{
    int32_t column = 1;
    for (const char *p = line->begin; p < at; p++) {
        column += ((unsigned char)*p & 0xc0) != 0x80;
    }
    return (struct klipper_mark){r->file, line->number, column};
}

int conf_odd(struct conf_reader *r, const struct conf_line *line, const char *at, const char *token,
             const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int status = conf_fail(r->conf, r->err, conf_mark(r, line, at), token, format, args);
    va_end(args);
    return status;
}

bool conf_trim(struct conf_line *line)
{
    const char *end = line->end;
    const char *hash = memchr(line->text, '#', (size_t)(end - line->text));
    line->end = end = hash != NULL ? hash : end;
    for (const char *p = line->text; p < end; p++) {
        if (*p == ';' && (p == line->text || conf_is_blank(p[-1]))) {
            end = p;
        }
    }
    const bool comment = end != line->end;
    line->end = end;
    while (line->text < line->end && conf_is_blank(*line->text)) {
        line->text++;
    }
    while (line->end > line->text && conf_is_blank(line->end[-1])) {
        line->end--;
    }
    return comment;
}

// --- values -------------------------------------------------------------------------------------------

static bool grow_value(struct conf_reader *r, size_t size)
{
    if (r->size + size + 2 > r->room) {
        const size_t room = (r->size + size + 2) * 2;
        char *value = realloc(r->value, room);
        if (value == NULL) {
            return false;
        }
        r->value = value;
        r->room = room;
    }
    if (r->lines == r->lines_room) {
        const int32_t room = r->lines_room * 2 + 16;
        struct klipper_mark *marks = realloc(r->line, (size_t)room * sizeof *marks);
        if (marks == NULL) {
            return false;
        }
        r->line = marks;
        r->lines_room = room;
    }
    return true;
}

int conf_add_line(struct conf_reader *r, const char *text, size_t size, struct klipper_mark mark)
{
    if (!grow_value(r, size)) {
        return conf_no_memory(r);
    }
    if (r->lines > 0) {
        r->value[r->size++] = '\n';
    }
    memcpy(r->value + r->size, text, size);
    r->size += size;
    r->line[r->lines++] = mark;
    return LAB_OK;
}

int conf_end_option(struct conf_reader *r)
{
    struct klipper_option *option = r->option;
    if (option == NULL) {
        return LAB_OK;
    }
    while (r->size > 0 && r->value[r->size - 1] == '\n') {
        r->size--;
        r->lines--;
    }
    struct klipper_mark *line = conf_take(r->conf, (size_t)r->lines * sizeof *line);
    option->value = conf_copy(r->conf, r->value, r->size);
    if (line == NULL || option->value == NULL) {
        return conf_no_memory(r);
    }
    memcpy(line, r->line, (size_t)r->lines * sizeof *line);
    option->line = line;
    option->lines = r->lines;
    option->mark = r->size > 0 && r->value[0] != '\n' ? line[0] : option->name_mark;
    r->option = NULL;
    return LAB_OK;
}

// --- sections and options -------------------------------------------------------------------------------

static int count_node(struct conf_reader *r, const struct conf_line *line)
{
    if (++r->conf->nodes > KLIPPER_NODES) {
        return conf_odd(r, line, line->text, NULL, "more than %d sections and options",
                        KLIPPER_NODES);
    }
    return LAB_OK;
}

int conf_begin_section(struct conf_reader *r, const struct conf_line *line, const char *close)
{
    int status = count_node(r, line);
    char *name = conf_copy(r->conf, line->text + 1, (size_t)(close - line->text - 1));
    if (name == NULL) {
        return conf_no_memory(r);
    }
    if (status == LAB_OK && name[0] == '\0') {
        status = conf_odd(r, line, line->text, NULL, "a section needs a name");
    }
    if (status != LAB_OK) {
        return status;
    }
    r->section = (struct klipper_section *)klipper_conf_section(r->conf, name);
    if (r->section != NULL) {
        return LAB_OK;
    }
    struct klipper_section *section = conf_take(r->conf, sizeof *section);
    if (section == NULL) {
        return conf_no_memory(r);
    }
    *section = (struct klipper_section){.name = name, .mark = conf_mark(r, line, line->text)};
    if (r->conf->last != NULL) {
        r->conf->last->next = section;
    } else {
        r->conf->first = section;
    }
    r->conf->last = section;
    r->section = section;
    return LAB_OK;
}

/// The option of that name in the section: the one that is there, or a new one at its end.
static struct klipper_option *place_option(struct conf_reader *r, const char *name)
{
    struct klipper_option **at = &r->section->first;
    while (*at != NULL && strcmp((*at)->name, name) != 0) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        *at = conf_take(r->conf, sizeof **at);
    }
    return *at;
}

int conf_begin_option(struct conf_reader *r, const struct conf_line *line)
{
    const char *sign = line->text;
    while (sign < line->end && *sign != ':' && *sign != '=') {
        sign++;
    }
    const char *end = sign;
    while (end > line->text && conf_is_blank(end[-1])) {
        end--;
    }
    char *name = conf_copy(r->conf, line->text, (size_t)(end - line->text));
    if (name == NULL) {
        return conf_no_memory(r);
    }
    if (sign == line->end) {
        return conf_odd(r, line, line->text, name, "expected 'option: value', found '%s'", name);
    }
    if (name[0] == '\0') {
        return conf_odd(r, line, line->text, NULL, "an option needs a name before '%c'", *sign);
    }
    for (char *p = name; *p != '\0'; p++) {
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
    }
    const int status = count_node(r, line);
    if (status != LAB_OK) {
        return status;
    }
    struct klipper_option *option = place_option(r, name);
    if (option == NULL) {
        return conf_no_memory(r);
    }
    option->name = name;
    option->name_mark = conf_mark(r, line, line->text);
    r->option = option;
    r->size = 0;
    r->lines = 0;
    const char *value = sign + 1;
    while (value < line->end && conf_is_blank(*value)) {
        value++;
    }
    return conf_add_line(r, value, (size_t)(line->end - value), conf_mark(r, line, value));
}
