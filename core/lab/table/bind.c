// Reads a document by a table into a struct, and complains well.
// SPDX-License-Identifier: MIT
#include "core/lab/table/table.h"

#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

int lab_bind_fail(struct lab_bind *bind, const struct lab_node *node, const char *format, ...)
{
    char message[400];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    const char *token = node->kind == LAB_SCALAR && node->text[0] != '\0' ? node->text : NULL;
    return lab_doc_fail(bind->doc, bind->err, node->mark, token, "%s", message);
}

int lab_bind_fail_key(struct lab_bind *bind, const struct lab_node *node, const char *format, ...)
{
    char message[400];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    const bool keyed = node->key != NULL;
    return lab_doc_fail(bind->doc, bind->err, keyed ? node->key_mark : node->mark, node->key, "%s",
                        message);
}

static void store(void *at, size_t size, int64_t value)
{
    if (size == 8) {
        memcpy(at, &value, 8);
    } else if (size == 4) {
        const int32_t narrow = (int32_t)value;
        memcpy(at, &narrow, 4);
    } else {
        *(uint8_t *)at = (uint8_t)value;
    }
}

void lab_field_set(const struct lab_field *field, void *base, int64_t value)
{
    store((char *)base + field->offset, field->size, value);
}

int64_t lab_field_get(const struct lab_field *field, const void *base, size_t index)
{
    const char *at = (const char *)base + field->offset + index * field->size;
    int64_t value = 0;
    int32_t narrow;
    if (field->size == 8) {
        memcpy(&value, at, 8);
    } else if (field->size == 4) {
        memcpy(&narrow, at, 4);
        value = narrow;
    } else {
        value = *(const uint8_t *)at;
    }
    return value;
}

const char *lab_word_text(const struct lab_word *words, int64_t value)
{
    while (words->text != NULL && words->value != value) {
        words++;
    }
    return words->text;
}

int lab_word_counted(const struct lab_word *words, int64_t counted, const char *text,
                     int64_t *value, int32_t *number)
{
    int64_t read = 0;

    for (; words->text != NULL; words++) {
        const size_t length = strlen(words->text);
        const char *rest = text + length;
        if (strncmp(text, words->text, length) != 0) {
            continue;
        }
        if (words->value == counted && *rest >= '0' && *rest <= '9') {
            for (; *rest >= '0' && *rest <= '9' && read <= INT32_MAX; rest++) {
                read = read * 10 + (*rest - '0');
            }
        } else if (words->value == counted) {
            return LAB_EINVAL;
        }
        *value = words->value;
        *number = (int32_t)read;
        return *rest == '\0' && read <= INT32_MAX ? LAB_OK : LAB_EINVAL;
    }
    return LAB_EINVAL;
}

const struct lab_field *lab_table_find(const struct lab_table *table, const char *key,
                                       const char **best)
{
    int distance = 3;
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->fields[i].key, key) == 0) {
            return &table->fields[i];
        }
        if (best != NULL) {
            lab_nearest(key, table->fields[i].key, best, &distance);
        }
    }
    return NULL;
}

static void join_words(const struct lab_word *words, char *out, size_t room)
{
    size_t at = 0;
    out[0] = '\0';
    for (; words->text != NULL && at < room; words++) {
        const int n = snprintf(out + at, room - at, "%s%s", at > 0 ? ", " : "", words->text);
        at += n > 0 ? (size_t)n : 0;
    }
}

/// A key with nothing behind it.
static int need_value(struct lab_bind *bind, const struct lab_node *node)
{
    if (node->kind == LAB_SCALAR && node->text[0] == '\0' && node->plain) {
        return lab_bind_fail_key(bind, node, "'%s' has no value",
                                 node->key != NULL ? node->key : "an entry");
    }
    return LAB_OK;
}

static int need_scalar(struct lab_bind *bind, const struct lab_node *node)
{
    if (node->kind != LAB_SCALAR) {
        return lab_bind_fail(bind, node, "'%s' takes a single value, not a %s",
                             node->key != NULL ? node->key : "this",
                             node->kind == LAB_MAP ? "map" : "list");
    }
    return need_value(bind, node);
}

static int read_word(struct lab_bind *bind, const struct lab_word *words, struct lab_node *node,
                     int64_t *value)
{
    if (need_scalar(bind, node) != LAB_OK) {
        return LAB_EINVAL;
    }
    const char *best = NULL;
    int distance = 3;
    for (const struct lab_word *word = words; word->text != NULL; word++) {
        if (strcmp(word->text, node->text) == 0) {
            *value = word->value;
            return LAB_OK;
        }
        lab_nearest(node->text, word->text, &best, &distance);
    }
    char list[330];
    join_words(words, list, sizeof list);
    lab_bind_fail(bind, node, "'%s' is none of: %s", node->text, list);
    lab_error_suggest(bind->err, best);
    return LAB_EINVAL;
}

static int unit_problem(struct lab_bind *bind, const struct lab_node *node,
                        enum lab_quantity_status status, enum lab_unit unit, size_t unit_at)
{
    char list[64];
    lab_unit_list(list, sizeof list, unit);
    switch (status) {
    case LAB_Q_NO_UNIT: return lab_bind_fail(bind, node, "'%s' needs a unit: %s", node->text, list);
    case LAB_Q_UNKNOWN_UNIT:
        return lab_bind_fail(bind, node, "'%s' is no unit; a %s is in %s", node->text + unit_at,
                             lab_unit_name(unit), list);
    case LAB_Q_WRONG_UNIT:
        return lab_bind_fail(bind, node, "'%s' is a %s; this is a %s, in %s", node->text,
                             lab_unit_name(lab_unit_of(node->text + unit_at)), lab_unit_name(unit),
                             list);
    case LAB_Q_NEEDS_NO_UNIT:
        return lab_bind_fail(bind, node, "'%s': this is a count, it has no unit", node->text);
    case LAB_Q_TOO_FINE:
        if (unit == LAB_COUNT) {
            break;
        }
        return lab_bind_fail(bind, node, "'%s' is finer than this program counts", node->text);
    case LAB_Q_OVERFLOW: return lab_bind_fail(bind, node, "'%s' is too large a number", node->text);
    case LAB_Q_NOT_A_NUMBER:
    case LAB_Q_OK: break;
    }
    if (unit == LAB_COUNT) {
        return lab_bind_fail(bind, node, "'%s' is not a whole number", node->text);
    }
    char example[40];
    lab_quantity_print(example, sizeof example, unit, 0);
    return lab_bind_fail(bind, node, "'%s' is not a %s like 1.5%s", node->text, lab_unit_name(unit),
                         example + 1);
}

static int out_of_range(struct lab_bind *bind, const struct lab_field *field,
                        const struct lab_node *node)
{
    char low[40];
    char high[40];
    lab_quantity_print(low, sizeof low, field->unit, field->min);
    lab_quantity_print(high, sizeof high, field->unit, field->max);
    if (field->max >= LAB_NO_LIMIT) {
        lab_bind_fail(bind, node, "'%s' is out of range: at least %s", node->text, low);
    } else {
        lab_bind_fail(bind, node, "'%s' is out of range: %s to %s", node->text, low, high);
    }
    return LAB_ERANGE;
}

/// A quantity within the field's range, divided by its scale.
static int read_quantity(struct lab_bind *bind, const struct lab_field *field,
                         struct lab_node *node, int64_t *value)
{
    if (need_scalar(bind, node) != LAB_OK) {
        return LAB_EINVAL;
    }
    int64_t base = 0;
    size_t unit_at = 0;
    const enum lab_quantity_status status =
        lab_quantity_parse(node->text, field->unit, &base, &unit_at);
    if (status != LAB_Q_OK) {
        return unit_problem(bind, node, status, field->unit, unit_at);
    }
    if (base < field->min || base > field->max) {
        return out_of_range(bind, field, node);
    }
    const int64_t scale = field->scale > 0 ? field->scale : 1;
    if (base % scale != 0) {
        char step[40];
        lab_quantity_print(step, sizeof step, field->unit, scale);
        return lab_bind_fail(bind, node, "'%s' is finer than this is counted: in steps of %s",
                             node->text, step);
    }
    node->bound = true;
    node->value = base;
    *value = base / scale;
    return LAB_OK;
}

static const struct lab_word bool_words[] = {
    {"true", 1, NULL}, {"false", 0, NULL}, {"on", 1, NULL}, {"off", 0, NULL}, {NULL, 0, NULL}};

static int read_bool(struct lab_bind *bind, struct lab_node *node, int64_t *value)
{
    const int status = read_word(bind, bool_words, node, value);
    if (status == LAB_OK) {
        node->bound = true;
        node->value = *value;
    }
    return status;
}

static int bind_text(struct lab_bind *bind, const struct lab_field *field,
                     const struct lab_node *node, char *at)
{
    if (need_scalar(bind, node) != LAB_OK) {
        return LAB_EINVAL;
    }
    const size_t length = strlen(node->text);
    if (length >= field->count) {
        return lab_bind_fail(bind, node, "the text is too long: at most %d bytes",
                             field->count - 1);
    }
    if (length == 0) {
        return lab_bind_fail(bind, node, "'%s' is empty", field->key);
    }
    memcpy(at, node->text, length + 1);
    return LAB_OK;
}

static int bind_bit(struct lab_bind *bind, const struct lab_field *field, struct lab_node *node,
                    void *at)
{
    int64_t on = 0;
    const int status = read_bool(bind, node, &on);
    if (status == LAB_OK) {
        uint32_t mask;
        memcpy(&mask, at, sizeof mask);
        const uint32_t bit = UINT32_C(1) << field->fallback;
        mask = on ? mask & ~bit : mask | bit;
        memcpy(at, &mask, sizeof mask);
    }
    return status;
}

static int need_list(struct lab_bind *bind, const struct lab_field *field,
                     const struct lab_node *node, size_t most)
{
    if (need_value(bind, node) != LAB_OK) {
        return LAB_EINVAL;
    }
    if (node->kind != LAB_LIST) {
        return lab_bind_fail(bind, node, "'%s' is a list: [...]", field->key);
    }
    const size_t n = lab_node_count(node);
    if (n > most) {
        const struct lab_node *extra = node->first;
        for (size_t i = 0; i < most; i++) {
            extra = extra->next;
        }
        return lab_bind_fail(bind, extra, "too many entries in '%s': %zu, at most %zu", field->key,
                             n, most);
    }
    if (n < field->least) {
        return lab_bind_fail(bind, node, "too few entries in '%s': %zu, at least %d", field->key, n,
                             field->least);
    }
    return LAB_OK;
}

static int bind_flags(struct lab_bind *bind, const struct lab_field *field,
                      const struct lab_node *node, void *at)
{
    int64_t all = 0;
    int status = need_list(bind, field, node, 32);
    for (struct lab_node *child = node->first; status == LAB_OK && child != NULL;
         child = child->next) {
        int64_t bit = 0;
        status = read_word(bind, field->words, child, &bit);
        all |= field->numbered ? INT64_C(1) << bit : bit;
    }
    store(at, field->size, all);
    return status;
}

static int bind_vector(struct lab_bind *bind, const struct lab_field *field,
                       const struct lab_node *node, char *at)
{
    int status = need_list(bind, field, node, field->count);
    for (struct lab_node *child = node->first; status == LAB_OK && child != NULL;
         child = child->next) {
        int64_t value = 0;
        status = read_quantity(bind, field, child, &value);
        store(at, field->size, value);
        at += field->size;
    }
    return status;
}

static int bind_list(struct lab_bind *bind, const struct lab_field *field,
                     const struct lab_node *node, char *out)
{
    int status = need_list(bind, field, node, field->count);
    int32_t n = 0;
    for (struct lab_node *child = node->first; status == LAB_OK && child != NULL;
         child = child->next) {
        char *element = out + field->offset + (size_t)n * field->table->size;
        memset(element, 0, field->table->size);
        lab_bind_defaults(field->table, element);
        status = lab_bind_table(bind, field->table, child, element);
        n++;
    }
    memcpy(out + field->offset2, &n, sizeof n);
    return status;
}

static int bind_limit(struct lab_bind *bind, const struct lab_field *field, struct lab_node *node,
                      void *at)
{
    struct lab_limit limit = {.set = true};
    int status = LAB_OK;
    if (node->kind != LAB_MAP) {
        status = read_quantity(bind, field, node, &limit.max);
        memcpy(at, &limit, sizeof limit);
        return status;
    }
    const char *bound = field->lower_is_bad ? "min" : "max";
    struct lab_node *max = NULL;
    for (struct lab_node *child = node->first; status == LAB_OK && child != NULL;
         child = child->next) {
        if (strcmp(child->key, bound) == 0) {
            max = child;
            status = read_quantity(bind, field, child, &limit.max);
        } else if (strcmp(child->key, "warn") == 0) {
            limit.has_warn = true;
            status = read_quantity(bind, field, child, &limit.warn);
        } else {
            status =
                lab_bind_fail_key(bind, child, "unknown key '%s' in '%s': %s and warn are known",
                                  child->key, field->key, bound);
        }
    }
    if (status == LAB_OK && max == NULL) {
        status = lab_bind_fail(bind, node, "'%s' needs %s", field->key, bound);
    }
    const bool crossed = field->lower_is_bad ? limit.warn < limit.max : limit.warn > limit.max;
    if (status == LAB_OK && limit.has_warn && crossed) {
        status = lab_bind_fail(bind, node, "'%s': warn lies beyond %s and would never be seen",
                               field->key, bound);
    }
    memcpy(at, &limit, sizeof limit);
    return status;
}

static int bind_gate(struct lab_bind *bind, const struct lab_field *field, struct lab_node *node,
                     char *out)
{
    int64_t value = field->least;
    int status = need_scalar(bind, node);
    if (status != LAB_OK) {
        return status;
    }
    const char first = node->text[0];
    if ((first >= '0' && first <= '9') || first == '-' || first == '+' || first == '.') {
        int64_t given = 0;
        status = read_quantity(bind, field, node, &given);
        memcpy(out + field->offset2, &given, sizeof given);
    } else {
        status = read_word(bind, field->words, node, &value);
    }
    store(out + field->offset, field->size, value);
    return status;
}

static int bind_counted(struct lab_bind *bind, const struct lab_field *field, struct lab_node *node,
                        char *out)
{
    int64_t value;
    int32_t number;
    if (need_scalar(bind, node) != LAB_OK) {
        return LAB_EINVAL;
    }
    if (lab_word_counted(field->words, field->least, node->text, &value, &number) == LAB_OK) {
        store(out + field->offset, field->size, value);
        memcpy(out + field->offset2, &number, sizeof number);
        return LAB_OK;
    }
    const char *best = NULL;
    int distance = 3;
    for (const struct lab_word *word = field->words; word->text != NULL; word++) {
        lab_nearest(node->text, word->text, &best, &distance);
    }
    char list[200];
    join_words(field->words, list, sizeof list);
    const char *counted = lab_word_text(field->words, field->least);
    lab_bind_fail(bind, node, "'%s' is none of: %s; %s has a number behind it, like %s3",
                  node->text, list, counted, counted);
    lab_error_suggest(bind->err, best);
    return LAB_EINVAL;
}

static int bind_field(struct lab_bind *bind, const struct lab_field *field, struct lab_node *node,
                      char *out)
{
    char *at = out + field->offset;
    int64_t value = 0;
    int status = LAB_OK;
    switch (field->kind) {
    case LAB_F_TEXT: return bind_text(bind, field, node, at);
    case LAB_F_BIT: return bind_bit(bind, field, node, at);
    case LAB_F_FLAGS: return bind_flags(bind, field, node, at);
    case LAB_F_VECTOR: return bind_vector(bind, field, node, at);
    case LAB_F_TABLE: return lab_bind_table(bind, field->table, node, at);
    case LAB_F_LIST: return bind_list(bind, field, node, out);
    case LAB_F_LIMIT: return bind_limit(bind, field, node, at);
    case LAB_F_GATE: return bind_gate(bind, field, node, out);
    case LAB_F_COUNTED: return bind_counted(bind, field, node, out);
    case LAB_F_QUANTITY: status = read_quantity(bind, field, node, &value); break;
    case LAB_F_WORD: status = read_word(bind, field->words, node, &value); break;
    case LAB_F_BOOL: status = read_bool(bind, node, &value); break;
    }
    if (status == LAB_OK) {
        store(at, field->size, value);
    }
    return status;
}

static int unknown_key(struct lab_bind *bind, const struct lab_table *table,
                       const struct lab_node *child)
{
    const char *best = NULL;
    lab_table_find(table, child->key, &best);
    lab_bind_fail_key(bind, child, "unknown key '%s'", child->key);
    lab_error_suggest(bind->err, best);
    return LAB_EINVAL;
}

static int bind_fields(struct lab_bind *bind, const struct lab_table *table, struct lab_node *node,
                       void *out)
{
    int status = LAB_OK;
    for (struct lab_node *child = node->first; status == LAB_OK && child != NULL;
         child = child->next) {
        const struct lab_field *field = lab_table_find(table, child->key, NULL);
        status =
            field == NULL ? unknown_key(bind, table, child) : bind_field(bind, field, child, out);
    }
    for (size_t i = 0; status == LAB_OK && i < table->count; i++) {
        if (table->fields[i].required && lab_node_find(node, table->fields[i].key) == NULL) {
            status = lab_bind_fail(bind, node, "'%s' is missing: %s", table->fields[i].key,
                                   table->fields[i].about);
        }
    }
    return status;
}

int lab_bind_table(struct lab_bind *bind, const struct lab_table *table, struct lab_node *node,
                   void *out)
{
    if (need_value(bind, node) != LAB_OK) {
        return LAB_EINVAL;
    }
    if (node->kind != LAB_MAP && node->key == NULL) {
        return lab_bind_fail(bind, node, "an entry here is a map of keys and values");
    }
    if (node->kind != LAB_MAP) {
        return lab_bind_fail(bind, node, "'%s' is a map of keys and values", node->key);
    }
    int64_t scratch[64] = {0};
    void *in = out;
    if (table->scratch > 0) {
        in = scratch;
        lab_bind_defaults(table, in);
    }
    int status = bind_fields(bind, table, node, in);
    if (status == LAB_OK && table->finish != NULL) {
        status = table->finish(bind, node, in, out);
    }
    return status;
}

static void default_of(const struct lab_field *field, char *out)
{
    char *at = out + field->offset;
    const size_t vector = field->kind == LAB_F_VECTOR ? field->count : 1;
    switch (field->kind) {
    case LAB_F_QUANTITY:
    case LAB_F_WORD:
    case LAB_F_BOOL:
    case LAB_F_FLAGS:
    case LAB_F_GATE:
    case LAB_F_VECTOR:
        for (size_t i = 0; i < vector; i++) {
            const int64_t value = field->fallbacks != NULL ? field->fallbacks[i] : field->fallback;
            store(at + i * field->size, field->size, value);
        }
        break;
    case LAB_F_TABLE:
        if (field->table->scratch == 0) {
            lab_bind_defaults(field->table, at);
        }
        break;
    case LAB_F_TEXT:
    case LAB_F_BIT:
    case LAB_F_LIST:
    case LAB_F_COUNTED:
    case LAB_F_LIMIT: break; // zero is "nothing said"
    }
}

void lab_bind_defaults(const struct lab_table *table, void *out)
{
    for (size_t i = 0; i < table->count; i++) {
        if (!table->fields[i].inherited) {
            default_of(&table->fields[i], out);
        }
    }
}
