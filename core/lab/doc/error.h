// A caller-owned record of one complaint: where, which token, what is wrong, what was probably
// meant. SPDX-License-Identifier: MIT
//
// Allocates nothing. The first error wins: a record that already holds a message is left alone, so
// that a caller may go on and still report the cause rather than its consequences.
#ifndef LAB_ERROR_H
#define LAB_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/// Negative and numerically equal to Linux errno, as everywhere in this project.
enum lab_status {
    LAB_OK = 0,
    LAB_ENOENT = -2,  ///< no such file
    LAB_EIO = -5,     ///< the file cannot be read
    LAB_ENOMEM = -12, ///< out of memory
    LAB_EISDIR = -21, ///< a directory, not a file
    LAB_EINVAL = -22, ///< the text makes no sense
    LAB_EFBIG = -27,  ///< too large
    LAB_ERANGE = -34  ///< a value outside its range
};

struct lab_error {
    char file[256];      ///< as the user gave it, cut from the left when too long; "" = none
    int line, column;    ///< 1-based, columns in characters; 0 = the whole file
    int width;           ///< characters of the token, at least 1 when line > 0
    char token[64];      ///< the offending token, "" = none
    char source[256];    ///< the source line, or a window of it; control characters as '?'
    int caret;           ///< characters in `source` before the token
    char message[400];   ///< lower-case sentence without full stop; "" = no error
    char suggestion[64]; ///< what was probably meant, "" = nothing near
};

/// Zero means "no error yet".
void lab_error_clear(struct lab_error *err);

/// Is there an error in it?
bool lab_error_set(const struct lab_error *err);

/// Fill in a message without a place. `file` may be NULL. `err` may be NULL; a record that holds an
/// error stays as it is.
__attribute__((format(printf, 3, 4))) void
lab_error_at_file(struct lab_error *err, const char *file, const char *format, ...);

/// Fill in everything: `text` of `size` bytes is the whole source (NULL: no excerpt), line and
/// column are 1-based. `token` may be NULL. Same rules as above.
struct lab_place {
    const char *file;
    const char *text;
    size_t size;
    int line, column;
    const char *token;
};
__attribute__((format(printf, 3, 0))) void lab_error_at(struct lab_error *err,
                                                        const struct lab_place *place,
                                                        const char *format, va_list args);

/// Say what was probably meant (`word` may be NULL: nothing). Only for the error set last.
void lab_error_suggest(struct lab_error *err, const char *word);

/// The candidate nearest to `word` if it is at most two edits away (insert, delete, replace) and
/// shorter than the word; keep `best` and `distance` between calls. Start with NULL and 3.
void lab_nearest(const char *word, const char *candidate, const char **best, int *distance);

/// Number of edits between two words, at most `limit` + 1.
int lab_edit_distance(const char *a, const char *b, int limit);

/// `file:line:col: error: message`, the source line, a caret under the token, `did you mean ...`.
void lab_error_print(FILE *out, const struct lab_error *err);

/// Bytes of the valid UTF-8 sequence at `at`, 1 to 4; 0 when it is none. `left` > 0 bytes may be
/// read.
size_t lab_utf8(const char *at, size_t left);

#endif
