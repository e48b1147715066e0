// Klipper's configuration files: sections and options that remember where each stood, and good complaints about them.
// SPDX-License-Identifier: MIT
//
// What Klipper reads is read: `[section]`, `option: value` and `option = value`, option names in any case, `#` comments
// anywhere in a line, `;` comments at its begin or behind a blank, values continued on indented lines, `[include PATH]`
// with `*`, `?` and `[...]` relative to the including file, sections and options given again (the later value wins), the
// SAVE_CONFIG block at the end of the main file. Besides: CRLF, a byte order mark. Refused, with a mark: text that is not
// UTF-8, binary files, include loops, more than KLIPPER_FILES files or KLIPPER_DEPTH deep, files over KLIPPER_BYTES, more than
// KLIPPER_NODES sections and options.
#ifndef KLIPPER_CONF_H
#define KLIPPER_CONF_H

#include "core/lab/doc/error.h"

enum { KLIPPER_FILES = 64, KLIPPER_DEPTH = 16, KLIPPER_BYTES = 1 << 20, KLIPPER_NODES = 8000 };

/// Where a token stands. Line 0: nowhere.
struct klipper_mark {
    int32_t file;         ///< number of the file, klipper_conf_file tells its path
    int32_t line, column; ///< 1-based, columns in characters
};

struct klipper_option {
    const char *name;  ///< in lower case
    const char *value; ///< its lines joined by line feeds, each without indent and comments
    struct klipper_mark name_mark; ///< of the name
    struct klipper_mark mark;      ///< of the value's first character; of the name when it is empty
    const struct klipper_mark *line; ///< where each line of the value begins
    int32_t lines;
    struct klipper_option *next;
};

struct klipper_section {
    const char *name;         ///< "stepper_z", "gcode_macro START_PRINT"; case matters
    struct klipper_mark mark; ///< of its first header
    struct klipper_option *first;
    struct klipper_section *next;
};

struct klipper_conf;

/// Read a file and what it includes. On success *out is the caller's, to be closed. Returns 0 or a negative enum lab_status
/// with `err` (may be NULL) filled.
int klipper_conf_open(struct klipper_conf **out, const char *path, struct lab_error *err);

/// The same from memory; `name` stands for the path in messages. An include is refused. The text is copied.
int klipper_conf_parse(struct klipper_conf **out, const char *name, const char *text, size_t size,
                       struct lab_error *err);

/// Free all of it. NULL is allowed.
void klipper_conf_close(struct klipper_conf *conf);

/// The first section; the others follow by `next`, in the order of their first headers.
const struct klipper_section *klipper_conf_first(const struct klipper_conf *conf);

/// A section by name, NULL when there is none.
const struct klipper_section *klipper_conf_section(const struct klipper_conf *conf,
                                                   const char *name);

/// An option of a section (may be NULL) by its lower-case name, NULL when there is none.
const struct klipper_option *klipper_section_find(const struct klipper_section *section,
                                                  const char *option);

/// Both at once.
const struct klipper_option *klipper_conf_find(const struct klipper_conf *conf, const char *section,
                                               const char *option);

/// Path of a file that was read, as it was opened; NULL behind the last.
const char *klipper_conf_file(const struct klipper_conf *conf, int32_t file);

/// CRC-32C over the bytes of all files in the order they were read.
uint32_t klipper_conf_hash(const struct klipper_conf *conf);

/// Complain about a place. `token` may be NULL. First error wins. Returns LAB_EINVAL, for a return statement.
__attribute__((format(printf, 5, 6))) int
klipper_conf_fail(const struct klipper_conf *conf, struct lab_error *err, struct klipper_mark mark,
                  const char *token, const char *format, ...);

#endif
