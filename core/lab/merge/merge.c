// Putting reports together: same head, different places; counts add up, lists are joined, the worst stays.
// SPDX-License-Identifier: MIT
#include "core/lab/merge/internal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/// What parts of one sweep have in common; the first that differs is named.
static const char *const head[] = {"version", "scenario", "hashes", "set",  "id",    "seed",
                                   "dut",     "gantry",   "every",  "tear", "depth", "every2",
                                   "from",    "to",       "list",   "of"};

/// A value in a few characters.
static void show(const json_t *value, char out[120])
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    snprintf(out, 120, "%.119s", text ? text : "nothing");
    free(text);
}

static int differ(const struct lab_sweep_file *a, const struct lab_sweep_file *b, const char *what,
                  const json_t *of_a, const json_t *of_b, struct lab_error *err)
{
    char one[120], other[120];

    show(of_a, one);
    show(of_b, other);
    lab_error_at_file(err, b->name, "is no part of the same as %.100s: '%s' is %s, there %s",
                      a->name, what, other, one);
    return LAB_EINVAL;
}

static bool equal(const json_t *a, const json_t *b)
{
    return a && b ? json_equal(a, b) : a == b;
}

/// Are both parts of one sweep?
static int check_head(const struct lab_sweep_file *a, const struct lab_sweep_file *b,
                      struct lab_error *err)
{
    static const char *const limits[] = {"limit", "warn"};

    for (size_t n = 0; n < sizeof head / sizeof *head; n++) {
        const json_t *x = json_object_get(a->root, head[n]), *y = json_object_get(b->root, head[n]);
        if (!equal(x, y))
            return differ(a, b, head[n], x, y, err);
    }
    const json_t *full = json_object_get(json_object_get(a->root, "full"), "every");
    const json_t *other = json_object_get(json_object_get(b->root, "full"), "every");
    if (!equal(full, other))
        return differ(a, b, "full.every", full, other, err);
    for (int n = 0; n < LAB_MEASURES; n++) {
        const char *key = lab_measure_info((enum lab_measure)n)->key;
        const json_t *p = json_object_get(json_object_get(a->root, "population"), key);
        const json_t *q = json_object_get(json_object_get(b->root, "population"), key);
        for (int i = 0; i < 2; i++)
            if (!equal(json_object_get(p, limits[i]), json_object_get(q, limits[i])))
                return differ(a, b, key, p, q, err);
    }
    return 0;
}

// --- lists ------------------------------------------------------------------------------------------------------

/// Room for `more` entries. Returns the array, moved or not, or NULL.
static void *room_for(void *array, size_t count, size_t more, size_t *room, size_t size)
{
    if (array && count + more <= *room)
        return array;
    size_t wanted = 2 * (count + more) + 16;
    void *moved = realloc(array, wanted * size);
    if (moved)
        *room = wanted;
    return moved;
}

static int add_parts(struct lab_merge *merge, const struct lab_sweep_file *file)
{
    size_t more = file->report.covers;
    struct lab_merge_part *part =
        room_for(merge->part, merge->parts, more, &merge->part_room, sizeof *part);

    if (!part)
        return LAB_ENOMEM;
    merge->part = part;
    for (size_t n = 0; n < more; n++)
        part[merge->parts++] = (struct lab_merge_part){file->report.cover[n], file->name};
    return 0;
}

static int add_states(struct lab_merge *merge, const struct lab_sweep_file *file)
{
    size_t more = (size_t)file->facts.unique_states;
    uint64_t *state =
        room_for(merge->state, merge->states, more, &merge->state_room, sizeof *state);

    if (!state)
        return LAB_ENOMEM;
    merge->state = state;
    if (more)
        memcpy(state + merge->states, file->state, more * sizeof *state);
    merge->states += more;
    return 0;
}

static void add_facts(struct lab_sweep_facts *to, const struct lab_sweep_facts *from)
{
    size_t count;
    const struct lab_sweep_number *number = lab_sweep_numbers(&count);

    for (size_t n = 0; n < count; n++) {
        int64_t a, b;
        memcpy(&a, (const char *)to + number[n].offset, sizeof a);
        memcpy(&b, (const char *)from + number[n].offset, sizeof b);
        a += b;
        memcpy((char *)to + number[n].offset, &a, sizeof a);
    }
    for (int n = 0; n < PLR_MARKS; n++)
        to->marks[n] += from->marks[n];
}

static int add_full(struct lab_sweep_full *to, const struct lab_sweep_full *from)
{
    int bad = 0;

    to->cuts += from->cuts;
    to->otherwise += from->otherwise;
    to->too_far += from->too_far;
    for (int n = 0; n < LAB_MEASURES && !bad; n++)
        bad = lab_worst_keep(&to->apart[n], &from->apart[n], false);
    return bad;
}

/// They worked beside each other: processes and speeds add up, the slowest decides when all was done.
static void add_host(struct lab_report_host *to, const struct lab_report_host *from)
{
    if (!from->present)
        return;
    if (!to->present) {
        *to = *from;
        return;
    }
    to->wall_ms = from->wall_ms > to->wall_ms ? from->wall_ms : to->wall_ms;
    to->max_rss_kib = from->max_rss_kib > to->max_rss_kib ? from->max_rss_kib : to->max_rss_kib;
    to->jobs += from->jobs;
    if (from->cuts_per_second >= 0)
        to->cuts_per_second =
            from->cuts_per_second + (to->cuts_per_second > 0 ? to->cuts_per_second : 0);
}

// --- adding -------------------------------------------------------------------------------------------------------

/// The first: its head is that of the whole.
static void begin(struct lab_sweep_file *whole, struct lab_sweep_file *file)
{
    *whole = *file;
    memset(file, 0, sizeof *file);
    whole->report.population = &whole->population;
    if (whole->report.sweep)
        whole->report.sweep = &whole->facts;
    if (whole->facts.full)
        whole->facts.full = &whole->full;
}

int lab_merge_add(struct lab_merge *merge, struct lab_sweep_file *file, struct lab_error *err)
{
    assert(merge && file && file->root);
    struct lab_sweep_file *whole = &merge->whole;

    if (!file->report.covers && file->population.runs) {
        lab_error_at_file(err, file->name, "does not say which runs it holds");
        return LAB_EINVAL;
    }
    int bad = whole->root ? check_head(whole, file, err) : 0;
    if (!bad)
        bad = add_parts(merge, file);
    if (!bad)
        bad = add_states(merge, file);
    if (bad)
        return bad;
    if (!whole->root) {
        begin(whole, file);
        return 0;
    }
    add_facts(&whole->facts, &file->facts);
    add_host(&whole->report.host, &file->report.host);
    bad = add_full(&whole->full, &file->full);
    return bad ? bad : lab_population_merge(&whole->population, &file->population);
}

// --- the end --------------------------------------------------------------------------------------------------------

static int by_place(const void *a, const void *b)
{
    const struct lab_merge_part *x = a, *y = b;
    return (x->cover.first > y->cover.first) - (x->cover.first < y->cover.first);
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/// Stretches without a gap, or the first place that is there twice.
static int join_parts(struct lab_merge *merge, struct lab_error *err)
{
    const struct lab_merge_part *part = merge->part;
    struct lab_sweep_file *whole = &merge->whole;
    size_t covers = 0;

    struct lab_cover *cover = calloc(merge->parts + 1, sizeof *cover);
    if (!cover)
        return LAB_ENOMEM;
    free(whole->cover);
    whole->report.cover = whole->cover = cover;
    qsort(merge->part, merge->parts, sizeof *part, by_place);
    for (size_t n = 0; n < merge->parts; n++) {
        if (n && part[n].cover.first < part[n - 1].cover.end) {
            lab_error_at_file(err, part[n].name, "has %s %" PRId64 ", and so has %.150s",
                              whole->report.sweep ? "the cut" : "the run", part[n].cover.first,
                              part[n - 1].name);
            return LAB_EINVAL;
        }
        if (n && part[n].cover.first == cover[covers - 1].end)
            cover[covers - 1].end = part[n].cover.end;
        else
            cover[covers++] = part[n].cover;
    }
    whole->report.covers = covers;
    return 0;
}

static void join_states(struct lab_merge *merge)
{
    size_t kept = 0;

    qsort(merge->state, merge->states, sizeof *merge->state, by_number);
    for (size_t n = 0; n < merge->states; n++)
        if (!kept || merge->state[kept - 1] != merge->state[n])
            merge->state[kept++] = merge->state[n];
    merge->states = kept;
    merge->whole.facts.state = merge->state;
    merge->whole.facts.unique_states = (int64_t)kept;
}

int lab_merge_end(struct lab_merge *merge, struct lab_error *err)
{
    assert(merge && merge->whole.root);
    int bad = join_parts(merge, err);

    if (bad)
        return bad;
    join_states(merge);
    merge->whole.report.interrupted = false; // what is missing for it, the places say
    lab_population_judge(&merge->whole.population, NULL);
    return 0;
}

void lab_merge_free(struct lab_merge *merge)
{
    if (merge->whole.root)
        lab_sweep_file_free(&merge->whole);
    free(merge->part);
    free(merge->state);
    memset(merge, 0, sizeof *merge);
}
