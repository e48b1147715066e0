// The shape of reports: which keys comparing cannot do without, and what kind of value each has.
// SPDX-License-Identifier: MIT
#include "core/lab/compare/shape.h"

#include <stddef.h>
#include <string.h>

enum kind { TEXT, NUMBER, NUMBER_OR_NULL, OBJECT, ARRAY };

/// What stands at a key.
struct key {
    const char *key;
    enum kind kind;
};

/// Some keys, ended by one without a name.
static const struct key run_keys[] = {
    {"outcome", TEXT},
    {"result", TEXT},
    {"measures", OBJECT},
    {NULL, TEXT},
};
static const struct key sweep_keys[] = {
    {"outcome", TEXT},    {"runs", NUMBER},       {"results", OBJECT},
    {"outcomes", OBJECT}, {"population", OBJECT}, {"classes", ARRAY},
    {"failures", ARRAY},  {"covers", ARRAY},      {NULL, TEXT},
};
static const struct key result_keys[] = {
    {"resumed", NUMBER},        {"refused", NUMBER}, {"nothing_to_resume", NUMBER},
    {"never_finished", NUMBER}, {NULL, TEXT},
};
static const struct key outcome_keys[] = {
    {"pass", NUMBER}, {"marginal", NUMBER}, {"fail", NUMBER}, {"error", NUMBER}, {NULL, TEXT},
};
static const struct key value_keys[] = {{"value", NUMBER_OR_NULL}, {"outcome", TEXT}, {NULL, TEXT}};
static const struct key population_keys[] = {
    {"p95", NUMBER_OR_NULL}, {"max", NUMBER_OR_NULL}, {"outcome", TEXT}, {NULL, TEXT}};
static const struct key class_keys[] = {
    {"measure", TEXT}, {"result", TEXT}, {"reason", TEXT}, {"outcome", TEXT},
    {"count", NUMBER}, {"id", TEXT},     {NULL, TEXT},
};
static const struct key failure_keys[] = {{"id", TEXT}, {"measure", TEXT}, {NULL, TEXT}};

static bool is(const json_t *value, enum kind kind)
{
    switch (kind) {
    case TEXT: return json_is_string(value);
    case NUMBER: return json_is_integer(value);
    case NUMBER_OR_NULL: return json_is_integer(value) || json_is_null(value);
    case OBJECT: return json_is_object(value);
    case ARRAY: return json_is_array(value);
    }
    return false;
}

/// All keys of an object that stands at `in` of the report; "" is the report itself.
static int check_keys(const json_t *object, const struct key *keys, const char *in,
                      const char *name, struct lab_error *err)
{
    static const char *const word[] = {"a text", "a whole number", "a whole number or null",
                                       "an object", "an array"};
    const char *dot = *in ? "." : "";

    for (const struct key *key = keys; key->key; key++) {
        const json_t *value = json_object_get(object, key->key);
        if (is(value, key->kind))
            continue;
        if (!value)
            lab_error_at_file(err, name, "there is no '%.80s%s%s', which such reports have", in,
                              dot, key->key);
        else
            lab_error_at_file(err, name, "'%.80s%s%s' is not %s", in, dot, key->key,
                              word[key->kind]);
        return LAB_EINVAL;
    }
    return 0;
}

/// All measures that are there, at least one.
static int check_measures(const json_t *root, const char *in, const struct key *keys,
                          const char *name, struct lab_error *err)
{
    const json_t *measures = json_object_get(root, in), *one;
    const char *key;
    char where[96];
    int bad = 0;

    json_object_foreach((json_t *)measures, key, one)
    {
        snprintf(where, sizeof where, "%s.%.60s", in, key);
        bad = bad ? bad : check_keys(one, keys, where, name, err);
    }
    if (json_object_size(measures))
        return bad;
    lab_error_at_file(err, name, "'%s' has no measure", in);
    return LAB_EINVAL;
}

static int check_list(const json_t *root, const char *in, const struct key *keys, const char *name,
                      struct lab_error *err)
{
    const json_t *one;
    char where[96];
    size_t n;
    int bad = 0;

    json_array_foreach(json_object_get(root, in), n, one)
    {
        snprintf(where, sizeof where, "%s[%zu]", in, n);
        bad = bad ? bad : check_keys(one, keys, where, name, err);
    }
    return bad;
}

static int check_sweep(const json_t *root, const char *name, struct lab_error *err)
{
    int bad = check_keys(root, sweep_keys, "", name, err);

    if (!bad)
        bad = check_keys(json_object_get(root, "results"), result_keys, "results", name, err);
    if (!bad)
        bad = check_keys(json_object_get(root, "outcomes"), outcome_keys, "outcomes", name, err);
    if (!bad)
        bad = check_measures(root, "population", population_keys, name, err);
    if (!bad)
        bad = check_list(root, "classes", class_keys, name, err);
    return bad ? bad : check_list(root, "failures", failure_keys, name, err);
}

int shape_check(const json_t *root, const char *name, bool sweep, struct lab_error *err)
{
    if (sweep)
        return check_sweep(root, name, err);
    int bad = check_keys(root, run_keys, "", name, err);
    return bad ? bad : check_measures(root, "measures", value_keys, name, err);
}

bool shape_is_part(const json_t *root)
{
    const json_t *of = json_object_get(root, "of"), *covers = json_object_get(root, "covers");
    const json_t *first = json_array_get(covers, 0);

    if (!json_is_integer(of) || json_integer_value(of) == 0)
        return false;
    return json_integer_value(json_array_get(first, 0)) != 0 ||
           json_integer_value(json_array_get(first, 1)) != json_integer_value(of);
}
