// Documents by tables: each key of a file with type, unit, place in a struct, default, range, source.
// SPDX-License-Identifier: MIT
//
// A kind of file (scenario, printer, bench) is a table in C. bind.c reads a document by it and complains well; schema.c, explain.c
// and reference.c print it for editors and people. A new key is one more row.
#ifndef LAB_TABLE_H
#define LAB_TABLE_H

#include "core/lab/doc/doc.h"
#include "core/lab/doc/units.h"
#include "core/lab/table/limit.h"

#define LAB_UNSAID   INT64_MIN                 ///< as a default: nobody said it
#define LAB_NO_LIMIT INT64_C(1000000000000000) ///< as a maximum: none worth telling

// base units, for rows
#define NM_UM       INT64_C(1000)
#define NM_MM       INT64_C(1000000)
#define US_MS       INT64_C(1000)
#define US_S        INT64_C(1000000)
#define US_H        INT64_C(3600000000)
#define PPM_PERCENT INT64_C(10000)

enum lab_field_kind {
    LAB_F_TEXT,     ///< `count` bytes with the null
    LAB_F_QUANTITY, ///< integer in base units / `scale`
    LAB_F_WORD,     ///< one of `words`
    LAB_F_BOOL,     ///< true/on, false/off
    LAB_F_BIT,      ///< on: bit `fallback` of a mask is clear, off: it is set
    LAB_F_FLAGS,    ///< list of `words`, or-ed
    LAB_F_VECTOR,   ///< list of `least` to `count` quantities
    LAB_F_TABLE,    ///< map, bound by `table`
    LAB_F_LIST,    ///< list of at most `count` maps, bound by `table`; its length goes to `offset2`
    LAB_F_LIMIT,   ///< a quantity (the limit) or {max, warn}; a struct lab_limit
    LAB_F_COUNTED, ///< one of `words`; that of value `least` has a number right behind it, which goes to `offset2` (int32_t)
    LAB_F_GATE ///< one of `words`, or a quantity: then the word's place gets `least` and `offset2` the value
};

struct lab_word {
    const char *text;
    int64_t value;
    const char *about; ///< may be NULL
};

struct lab_table;

struct lab_field {
    const char *key;
    enum lab_field_kind kind;
    enum lab_unit unit;
    uint16_t size; ///< bytes of the integer: 1, 4, 8
    uint16_t count, least;
    bool required;
    bool lower_is_bad; ///< LAB_F_LIMIT: a minimum
    bool numbered;     ///< LAB_F_FLAGS: a word's value is the number of its bit
    bool inherited;    ///< has its value from elsewhere: no default of its own
    size_t offset, offset2;
    int64_t fallback;         ///< default, in what is stored
    const int64_t *fallbacks; ///< LAB_F_VECTOR: defaults of its elements when they differ
    int64_t min, max, scale;  ///< range in base units; scale 0 = 1
    const struct lab_word *words;
    const struct lab_table *table;
    /// LAB_F_TEXT: the name of a file that this table binds; NULL none.
    const struct lab_table *file;
    char mark;          ///< K D M S C E, 0 = none (scenario)
    const char *source; ///< may be NULL
    const char *about;  ///< one line
};

struct lab_bind;

struct lab_table {
    const char *about;
    bool sourced; ///< its rows have marks and sources
    const struct lab_field *fields;
    size_t count;
    size_t size; ///< of an element of a list
    /// When not 0: bound into that many zeroed bytes, and `finish` makes the element from them.
    size_t scratch;
    /// Checks what rows cannot say (combinations). `in` is the scratch or the struct itself. Returns 0 or LAB_EINVAL.
    int (*finish)(struct lab_bind *bind, const struct lab_node *node, const void *in, void *out);
};

/// A document being read.
struct lab_bind {
    const struct lab_doc *doc;
    struct lab_error *err;
};

/// Every field of `table` (and of its tables) gets its default, but for inherited ones.
void lab_bind_defaults(const struct lab_table *table, void *out);

/// Read a map by a table into `out`. Fields that are absent stay as they are. Returns 0 or a negative status with err filled.
int lab_bind_table(struct lab_bind *bind, const struct lab_table *table, struct lab_node *node,
                   void *out);

/// Complain about a node's value or about a key of it.
__attribute__((format(printf, 3, 4))) int
lab_bind_fail(struct lab_bind *bind, const struct lab_node *node, const char *format, ...);
__attribute__((format(printf, 3, 4))) int
lab_bind_fail_key(struct lab_bind *bind, const struct lab_node *node, const char *format, ...);

/// Read and write integers of any size; and a word's text or NULL.
int64_t lab_field_get(const struct lab_field *field, const void *base, size_t index);
void lab_field_set(const struct lab_field *field, void *base, int64_t value);
const char *lab_word_text(const struct lab_word *words, int64_t value);

/// Read a word; that of value `counted` with a number right behind it ("prefix3"). Returns 0, or LAB_EINVAL.
int lab_word_counted(const struct lab_word *words, int64_t counted, const char *text,
                     int64_t *value, int32_t *number);

/// The row of a key in a table, or NULL; `best` (may be NULL) gets the nearest key.
const struct lab_field *lab_table_find(const struct lab_table *table, const char *key,
                                       const char **best);

/// Type and range of a row for people, e.g. "length, 0um to 5mm"; and its default ("" when there is none).
void lab_field_type_text(const struct lab_field *field, char *out, size_t room);
void lab_field_default_text(const struct lab_field *field, char *out, size_t room);

/// What a mark letter stands for; "" for none.
const char *lab_mark_text(char mark);

/// The table as a JSON schema (draft-07), for editors; always the same bytes.
void lab_table_schema(FILE *out, const struct lab_table *table, const char *title);

/// What a key means, what it takes, where its number comes from; of the whole for the empty key. `whole` is what the table is
/// called ("a scenario"), `command` what lists all keys. Returns 0, or LAB_ENOENT with err filled: with a suggestion, when there is one.
int lab_table_explain(FILE *out, const struct lab_table *table, const char *whole,
                      const char *command, const char *key, struct lab_error *err);

/// The table as Markdown, and what hangs below it.
void lab_table_reference(FILE *out, const struct lab_table *table, const char *title);
/// A list of words as Markdown.
void lab_words_reference(FILE *out, const char *title, const struct lab_word *words);

#endif
