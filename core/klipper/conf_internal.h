// How the reader of Klipper's configuration files is made: the tree it fills, a line, a file.
// SPDX-License-Identifier: MIT
#ifndef KLIPPER_CONF_INTERNAL_H
#define KLIPPER_CONF_INTERNAL_H

#include <stdarg.h>

#include "core/klipper/conf.h"

struct conf_chunk;

struct conf_file {
    char *path; ///< owned by the chunks
    char *text; ///< owned
    size_t size;
    bool open; ///< being read: an include of it is a loop
};

struct klipper_conf {
    struct conf_file file[KLIPPER_FILES];
    int32_t files;
    int nodes;
    uint32_t hash;
    struct conf_chunk *chunks; ///< memory of all that the tree holds
    struct klipper_section *first, *last;
};

/// What a reader knows between two lines.
struct conf_reader {
    struct klipper_conf *conf;
    struct lab_error *err;
    int32_t file;
    int depth;
    bool from_memory;
    bool saved; ///< inside the SAVE_CONFIG block
    struct klipper_section *section;
    struct klipper_option *option;
    int indent; ///< of the line that began the option
    // the option's value so far
    char *value;
    size_t size, room;
    struct klipper_mark *line;
    int32_t lines, lines_room;
};
/// A line of a file: `text` to `end` is what counts, `begin` is where it stands in the file.
struct conf_line {
    const char *begin;
    const char *text, *end;
    int32_t number;
};

// --- conf.c: the tree --------------------------------------------------------------------------------

/// Zeroed memory that lives as long as the tree. NULL: there is none.
void *conf_take(struct klipper_conf *conf, size_t size);
/// The text, terminated, in such memory.
char *conf_copy(struct klipper_conf *conf, const char *text, size_t size);

/// Complain about a place of a file. Returns LAB_EINVAL.
int conf_fail(const struct klipper_conf *conf, struct lab_error *err, struct klipper_mark mark,
              const char *token, const char *format, va_list args)
    __attribute__((format(printf, 5, 0)));

/// Returns LAB_ENOMEM, and says so.
int conf_no_memory(struct conf_reader *r);

// --- conf_line.c: what a line says -------------------------------------------------------------------

/// A carriage return before the line feed counts as a blank: it goes with those at the line's end.
bool conf_is_blank(char c);
struct klipper_mark conf_mark(const struct conf_reader *r, const struct conf_line *line,
                              const char *at);
/// Complain about the place `at` of a line. Returns LAB_EINVAL.
__attribute__((format(printf, 5, 6))) int conf_odd(struct conf_reader *r,
                                                   const struct conf_line *line, const char *at,
                                                   const char *token, const char *format, ...);
/// Take comments off: from the first '#'; from a ';' that begins the line or stands behind a blank. Then take the blanks off
/// both ends. Returns whether there was a ';' comment: only Klipper's own '#' leaves an empty line behind.
bool conf_trim(struct conf_line *line);

/// These return LAB_OK, or what was complained of. A section begins, or goes on, whose name ends at `close`:
int conf_begin_section(struct conf_reader *r, const struct conf_line *line, const char *close);
/// ... "option: value" begins:
int conf_begin_option(struct conf_reader *r, const struct conf_line *line);
/// ... a further line of its value, "" for an empty one:
int conf_add_line(struct conf_reader *r, const char *text, size_t size, struct klipper_mark mark);
/// ... it is over, and its value goes to the tree, but for empty lines at its end.
int conf_end_option(struct conf_reader *r);

#endif
