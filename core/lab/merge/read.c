// Reading a report on many runs: every key into the place from which it was written, then written again to compare.
// SPDX-License-Identifier: MIT
#include "core/lab/merge/internal.h"
#include "core/lab/report/format.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/// Beyond this a number of runs is none; sums of them stay far within 64 bits.
#define MOST_RUNS  INT64_C(1000000000000000)
#define MOST_VALUE INT64_C(1000000000000000000)

// What is missing or of another kind reads as nothing: writing it again shows that it was not right.

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static int64_t within(int64_t number, int64_t least, int64_t most)
{
    return number < least || number > most ? least : number;
}

static int64_t number_of(const json_t *object, const char *key, int64_t least, int64_t most)
{
    return within(json_integer_value(json_object_get(object, key)), least, most);
}

static int64_t count_of(const json_t *object, const char *key)
{
    return number_of(object, key, 0, MOST_RUNS);
}

/// A number, or null: `none`.
static int64_t maybe(const json_t *object, const char *key, int64_t none)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? within(json_integer_value(value), 0, INT64_MAX) : none;
}

static uint64_t hex_of(const char *text)
{
    return text && strlen(text) <= 16 ? strtoull(text, NULL, 16) : 0;
}

/// A swarm's seed: a string when it is beyond 63 bits.
static uint64_t seed_of(const json_t *value)
{
    const char *text = json_string_value(value);
    return text ? strtoull(text, NULL, 10) : (uint64_t)json_integer_value(value);
}

static enum lab_outcome outcome_of(const json_t *object)
{
    const char *word = text_of(object, "outcome");
    for (int n = 0; n < LAB_NOT_APPLICABLE; n++)
        if (strcmp(word, lab_outcome_name((enum lab_outcome)n)) == 0)
            return (enum lab_outcome)n;
    return LAB_PASS;
}

static enum lab_result result_of(const json_t *object)
{
    const char *word = text_of(object, "result");
    for (int n = 0; n <= LAB_RESULT_ANY; n++)
        if (strcmp(word, lab_result_name((enum lab_result)n)) == 0)
            return (enum lab_result)n;
    return LAB_RESUMED;
}

// --- the population -------------------------------------------------------------------------------------------

static void read_counts(struct lab_population *p, const json_t *root)
{
    p->runs = p->not_made = count_of(root, "not_made");
    for (int n = 0; n < LAB_RESULT_ANY; n++) {
        p->results[n] =
            count_of(json_object_get(root, "results"), lab_result_name((enum lab_result)n));
        p->runs += p->results[n];
    }
    for (int n = 0; n < LAB_NOT_APPLICABLE; n++)
        p->outcomes[n] =
            count_of(json_object_get(root, "outcomes"), lab_outcome_name((enum lab_outcome)n));
}

static int read_failures(struct lab_population *p, const json_t *root)
{
    const json_t *one;
    size_t n;
    int bad = 0;

    json_array_foreach(json_object_get(root, "failures"), n, one)
    {
        const json_t *value = json_object_get(one, "value");
        const struct lab_failure failure = {.id = text_of(one, "id"),
                                            .at = number_of(one, "at", 0, INT64_MAX),
                                            .outcome = outcome_of(one),
                                            .measure = lab_failed_of(text_of(one, "measure")),
                                            .known = json_is_integer(value),
                                            .value = json_integer_value(value)};
        bad = bad ? bad : lab_population_failure(p, &failure);
    }
    return bad;
}

static int read_classes(struct lab_population *p, const json_t *root)
{
    const json_t *one;
    size_t n;
    int bad = 0;

    json_array_foreach(json_object_get(root, "classes"), n, one)
    {
        struct lab_failure_class kind = {.outcome = outcome_of(one),
                                         .measure = lab_failed_of(text_of(one, "measure")),
                                         .result = result_of(one),
                                         .count = count_of(one, "count"),
                                         .at = number_of(one, "at", 0, INT64_MAX),
                                         .id = text_of(one, "id")};
        snprintf(kind.reason, sizeof kind.reason, "%s", text_of(one, "reason"));
        bad = bad ? bad : lab_population_kind(p, &kind);
    }
    return bad;
}

static int read_tally(struct lab_population *p, int measure, const json_t *rows)
{
    const json_t *row;
    size_t n;
    int64_t sum = 0;
    int bad = 0;

    json_array_foreach(rows, n, row)
    {
        struct lab_tally tally = {
            within(json_integer_value(json_array_get(row, 0)), 0, MOST_VALUE),
            within(json_integer_value(json_array_get(row, 1)), 0, MOST_RUNS - sum)};
        sum += tally.count;
        bad = bad ? bad : lab_population_tally(p, measure, tally);
    }
    return bad;
}

static int read_measures(struct lab_population *p, const json_t *root)
{
    int bad = 0;

    for (int n = 0; n < LAB_MEASURES && !bad; n++) {
        const char *key = lab_measure_info((enum lab_measure)n)->key;
        const json_t *stats = json_object_get(json_object_get(root, "population"), key);
        const json_t *worst = json_object_get(json_object_get(root, "worst"), key);
        struct lab_population_measure *m = &p->measure[n];
        m->limited = json_is_integer(json_object_get(stats, "limit"));
        m->limit = json_integer_value(json_object_get(stats, "limit"));
        m->warned = json_is_integer(json_object_get(stats, "warn"));
        m->warn = json_integer_value(json_object_get(stats, "warn"));
        const struct lab_worst as = {.known = worst != NULL,
                                     .value = number_of(worst, "value", -MOST_VALUE, MOST_VALUE),
                                     .at = number_of(worst, "at", 0, INT64_MAX),
                                     .id = text_of(worst, "id")};
        bad = lab_population_worst(p, n, &as);
        if (!bad)
            bad = read_tally(p, n, json_object_get(json_object_get(root, "tally"), key));
    }
    return bad;
}

// --- what the full gantry said ----------------------------------------------------------------------------------

static int read_full(struct lab_sweep_full *full, const json_t *from)
{
    int bad = 0;

    *full = (struct lab_sweep_full){.every = count_of(from, "every"),
                                    .cuts = count_of(from, "cuts"),
                                    .otherwise = count_of(from, "otherwise"),
                                    .too_far = count_of(from, "too_far")};
    for (int n = 0; n < LAB_MEASURES && !bad; n++) {
        const json_t *apart = json_object_get(json_object_get(from, "apart"),
                                              lab_measure_info((enum lab_measure)n)->key);
        const struct lab_worst as = {.known = apart != NULL,
                                     .value = number_of(apart, "value", -MOST_VALUE, MOST_VALUE),
                                     .at = number_of(apart, "at", 0, INT64_MAX),
                                     .id = text_of(apart, "id")};
        bad = lab_worst_keep(&full->apart[n], &as, false);
    }
    return bad;
}

// --- facts, places, head ----------------------------------------------------------------------------------------

static int read_facts(struct lab_sweep_file *file)
{
    const json_t *root = file->root, *states = json_object_get(root, "states"), *one;
    const json_t *tear = json_object_get(root, "tear"), *every2 = json_object_get(root, "every2");
    struct lab_sweep_facts *facts = &file->facts;
    size_t n;

    *facts = (struct lab_sweep_facts){.every = text_of(root, "every"),
                                      .tear = json_string_value(tear),
                                      .depth = count_of(root, "depth"),
                                      .every2 = json_string_value(every2),
                                      .from = number_of(root, "from", 0, INT64_MAX),
                                      .to = maybe(root, "to", INT64_MAX),
                                      .list = (uint32_t)hex_of(text_of(root, "list")),
                                      .unique_states = (int64_t)json_array_size(states)};
    const struct lab_sweep_number *number = lab_sweep_numbers(&n);
    while (n-- > 0) {
        int64_t value = count_of(root, number[n].key);
        memcpy((char *)facts + number[n].offset, &value, sizeof value);
    }
    const json_t *marks = json_object_get(root, "marks");
    for (int mark = 0; mark < PLR_MARKS; mark++)
        facts->marks[mark] = count_of(marks, plr_mark_name(mark));
    file->state = calloc(json_array_size(states) + 1, sizeof *file->state);
    if (!file->state)
        return LAB_ENOMEM;
    json_array_foreach(states, n, one)
    {
        file->state[n] = hex_of(json_string_value(one));
    }
    facts->state = file->state;
    file->report.sweep = facts;
    if (!json_object_get(root, "full"))
        return 0;
    facts->full = &file->full;
    return read_full(&file->full, json_object_get(root, "full"));
}

static int read_covers(struct lab_sweep_file *file)
{
    const json_t *covers = json_object_get(file->root, "covers"), *one;
    int64_t of = maybe(file->root, "of", -1), free_from = 0;
    size_t n;

    file->report.of = of;
    file->report.covers = json_array_size(covers);
    file->report.cover = file->cover = calloc(file->report.covers + 1, sizeof *file->cover);
    if (!file->cover)
        return LAB_ENOMEM;
    json_array_foreach(covers, n, one)
    {
        struct lab_cover cover = {json_integer_value(json_array_get(one, 0)),
                                  json_integer_value(json_array_get(one, 1))};
        if (cover.first < free_from || cover.end <= cover.first || (of >= 0 && cover.end > of))
            continue;
        file->cover[n] = cover;
        free_from = cover.end;
    }
    return 0;
}

static int read_sets(struct lab_sweep_file *file)
{
    const json_t *sets = json_object_get(file->root, "set"), *one;
    size_t n;

    file->set = calloc(json_array_size(sets) + 1, sizeof *file->set);
    if (!file->set)
        return LAB_ENOMEM;
    json_array_foreach(sets, n, one)
    {
        file->set[n] = json_is_string(one) ? json_string_value(one) : "";
    }
    file->report.set = file->set;
    file->report.sets = json_array_size(sets);
    return 0;
}

static void read_host(struct lab_report_host *host, const json_t *from)
{
    *host = (struct lab_report_host){.present = json_is_object(from),
                                     .wall_ms = count_of(from, "wall_ms"),
                                     .max_rss_kib = maybe(from, "max_rss_kib", -1),
                                     .jobs = count_of(from, "jobs"),
                                     .cuts_per_second = maybe(from, "cuts_per_second", -1)};
}

static int read_all(struct lab_sweep_file *file)
{
    const json_t *root = file->root, *hashes = json_object_get(root, "hashes");

    file->report =
        (struct lab_sweep_report){.version = text_of(root, "version"),
                                  .scenario_name = text_of(root, "scenario"),
                                  .id = text_of(root, "id"),
                                  .dut = text_of(root, "dut"),
                                  .gantry = text_of(root, "gantry"),
                                  .hash_doc = (uint32_t)hex_of(text_of(hashes, "doc")),
                                  .hash_printer = (uint32_t)hex_of(text_of(hashes, "printer")),
                                  .hash_job = (uint32_t)hex_of(text_of(hashes, "job")),
                                  .hash_config = (uint32_t)hex_of(text_of(hashes, "config")),
                                  .seeded = json_object_get(root, "seed") != NULL,
                                  .seed = seed_of(json_object_get(root, "seed")),
                                  .interrupted = json_is_true(json_object_get(root, "interrupted")),
                                  .population = &file->population};
    read_counts(&file->population, root);
    read_host(&file->report.host, json_object_get(root, "host"));
    int bad = read_failures(&file->population, root);
    if (!bad)
        bad = read_classes(&file->population, root);
    if (!bad)
        bad = read_measures(&file->population, root);
    if (!bad && json_object_get(root, "every"))
        bad = read_facts(file);
    if (!bad)
        bad = read_covers(file);
    if (!bad)
        bad = read_sets(file);
    if (!bad)
        lab_population_judge(&file->population, NULL);
    return bad;
}

// --- was it one of ours? ------------------------------------------------------------------------------------------

/// The first key that is not as it would be written.
static int compare(const struct lab_sweep_file *file, json_t *again, struct lab_error *err)
{
    const char *key;
    const json_t *value;

    json_object_foreach(again, key, value)
    {
        const json_t *read = json_object_get(file->root, key);
        if (read && json_equal(read, value))
            continue;
        lab_error_at_file(err, file->name,
                          read ? "'%s' does not fit what else the report says"
                               : "there is no '%s', which reports of many runs have",
                          key);
        return LAB_EINVAL;
    }
    json_object_foreach(file->root, key, value)
    {
        if (json_object_get(again, key))
            continue;
        lab_error_at_file(err, file->name, "'%.60s' is unknown: written by another version?", key);
        return LAB_EINVAL;
    }
    return 0;
}

/// What is not written from each other, but must add up.
static int add_up(const struct lab_sweep_file *file, struct lab_error *err)
{
    const struct lab_population *p = &file->population;
    int64_t runs = 0, failed = p->outcomes[LAB_FAIL] + p->outcomes[LAB_ERROR], of_kinds = 0;

    for (int n = 0; n < LAB_NOT_APPLICABLE; n++)
        runs += p->outcomes[n];
    for (size_t n = 0; n < p->kinds; n++)
        of_kinds += p->kind[n].count <= failed ? p->kind[n].count : failed + 1;
    if (runs == p->runs && failed == (int64_t)p->failures && failed == of_kinds)
        return 0;
    lab_error_at_file(err, file->name,
                      "%" PRId64 " runs by result, %" PRId64 " by outcome; %" PRId64
                      " failed, %zu are listed, %" PRId64 " in classes: it does not add up",
                      p->runs, runs, failed, p->failures, of_kinds);
    return LAB_EINVAL;
}

static int read_root(struct lab_sweep_file *file, struct lab_error *err)
{
    const char *schema = json_string_value(json_object_get(file->root, "schema"));

    if (!schema || strcmp(schema, "plr-sweep/1") != 0) {
        lab_error_at_file(err, file->name, "schema is '%.40s', not plr-sweep/1",
                          schema ? schema : "nothing");
        return LAB_EINVAL;
    }
    int bad = read_all(file);
    json_t *again = bad ? NULL : report_sweep(&file->report);
    if (!bad)
        bad = again ? compare(file, again, err) : LAB_ENOMEM;
    json_decref(again);
    if (!bad)
        bad = add_up(file, err);
    return bad;
}

int lab_sweep_parse(struct lab_sweep_file *file, const char *name, const char *text, size_t size,
                    struct lab_error *err)
{
    memset(file, 0, sizeof *file);
    file->name = name;
    int bad = json_parse(&file->root, name, text, size, err);
    return bad ? bad : read_root(file, err);
}

int lab_sweep_read(struct lab_sweep_file *file, const char *path, struct lab_error *err)
{
    memset(file, 0, sizeof *file);
    file->name = path;
    int bad = lab_json_read(&file->root, path, err);
    return bad ? bad : read_root(file, err);
}

void lab_sweep_file_free(struct lab_sweep_file *file)
{
    json_decref(file->root);
    lab_population_free(&file->population);
    lab_sweep_full_free(&file->full);
    free(file->set);
    free(file->state);
    free(file->cover);
    memset(file, 0, sizeof *file);
}
