// Finding what differs between two reports.
// SPDX-License-Identifier: MIT
#include "core/lab/compare/compare.h"
#include "core/lab/compare/shape.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { IDS_SHOWN = 5, SHOWN = 100 };

/// Both reports, and where differences go.
struct pair {
    const json_t *was, *is;
    struct lab_compare_tolerance tolerance;
    struct lab_comparison *out;
    bool no_memory;
};

__attribute__((format(printf, 4, 5))) static void note(struct pair *p, enum lab_change_kind kind,
                                                       const char *what, const char *format, ...)
{
    struct lab_comparison *out = p->out;
    va_list arguments;

    if (out->changes == out->room) {
        size_t room = out->room ? 2 * out->room : 16;
        struct lab_change *more = realloc(out->change, room * sizeof *more);
        p->no_memory = p->no_memory || !more;
        if (!more)
            return;
        out->change = more;
        out->room = room;
    }
    struct lab_change *change = &out->change[out->changes++];
    out->count[kind]++;
    change->kind = kind;
    snprintf(change->what, sizeof change->what, "%s", what);
    va_start(arguments, format);
    vsnprintf(change->text, sizeof change->text, format, arguments);
    va_end(arguments);
}

// --- values -------------------------------------------------------------------------------------------------------

/// A value in a few characters: words without quotes.
struct shown {
    char text[SHOWN];
};

static struct shown show(const json_t *value)
{
    struct shown out;
    char *text =
        json_is_string(value) || !value ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    const char *word = text ? text : json_is_string(value) ? json_string_value(value) : "nothing";
    snprintf(out.text, sizeof out.text, "%s", *word ? word : "nothing");
    free(text);
    return out;
}

static const char *word_of(const json_t *object, const char *key)
{
    const char *word = json_string_value(json_object_get(object, key));
    return word ? word : "";
}

/// From good to bad; -1 what is not on that scale: not_applicable, or a word of another version.
static int badness(const char *outcome)
{
    for (int n = LAB_PASS; n <= LAB_ERROR; n++)
        if (strcmp(outcome, lab_outcome_name((enum lab_outcome)n)) == 0)
            return n;
    return -1;
}

static enum lab_change_kind direction(int64_t was, int64_t is)
{
    return is > was ? LAB_CHANGE_WORSE : is < was ? LAB_CHANGE_BETTER : LAB_CHANGE_OTHER;
}

/// A verdict that is another one now. Returns which way it went.
static enum lab_change_kind verdict(struct pair *p, const char *what, const json_t *was,
                                    const json_t *is)
{
    const char *old = word_of(was, "outcome"), *now = word_of(is, "outcome");
    int from = badness(old), to = badness(now);
    enum lab_change_kind kind = from < 0 || to < 0 ? LAB_CHANGE_OTHER : direction(from, to);

    if (strcmp(old, now) != 0)
        note(p, kind, what, "%s, was %s", now, old);
    return kind;
}

/// What may differ without being better or worse.
static void mention(struct pair *p, const json_t *was, const json_t *is, const char *key,
                    const char *what)
{
    const json_t *old = json_object_get(was, key), *now = json_object_get(is, key);

    if (old && now && !json_equal(old, now))
        note(p, LAB_CHANGE_OTHER, what, "%s, was %s", show(now).text, show(old).text);
}

// --- measures -----------------------------------------------------------------------------------------------------

static const struct lab_measure_info *info_of(const char *key, bool *judged)
{
    *judged = true;
    for (int n = 0; n < LAB_MEASURES; n++) {
        const struct lab_measure_info *info = lab_measure_info((enum lab_measure)n);
        if (strcmp(info->key, key) != 0)
            continue;
        *judged = n != LAB_OUTAGE_CONTACT;
        return info;
    }
    return NULL;
}

static int64_t size_of(const json_t *number)
{
    int64_t value = json_integer_value(number);
    return value == INT64_MIN ? INT64_MAX : llabs(value);
}

/// A number of a measure that moved by more than the tolerance, by its size.
static void number(struct pair *p, const char *measure, const char *which, const json_t *was,
                   const json_t *is)
{
    const json_t *old = json_object_get(was, which), *now = json_object_get(is, which);
    bool judged;
    const struct lab_measure_info *info = info_of(measure, &judged);
    char what[64];

    if (!json_is_integer(old) || !json_is_integer(now))
        return;
    int64_t a = size_of(old), b = size_of(now), apart = a > b ? a - b : b - a;
    int64_t most = a / 100 * p->tolerance.percent + a % 100 * p->tolerance.percent / 100;
    most = most > p->tolerance.units ? most : p->tolerance.units;
    if (apart <= most)
        return;
    snprintf(what, sizeof what, "%s.%s", measure, which);
    enum lab_change_kind kind = info && info->lower_is_bad ? direction(b, a) : direction(a, b);
    note(p, judged ? kind : LAB_CHANGE_OTHER, what,
         "%" PRId64 ", was %" PRId64 " (tolerance %" PRId64 ")", (int64_t)json_integer_value(now),
         (int64_t)json_integer_value(old), most);
}

/// Is any of these numbers of a measure there?
static bool is_known(const json_t *measure, const char *const *which, size_t count)
{
    bool known = false;

    for (size_t n = 0; n < count; n++)
        known = known || json_is_integer(json_object_get(measure, which[n]));
    return known;
}

/// A measure that only one of the two knows. Returns whether that is so.
static bool lost(struct pair *p, const char *key, const json_t *was, const json_t *is,
                 const char *const *which, size_t count)
{
    bool knew = is_known(was, which, count), knows = is_known(is, which, count), judged;

    if (knew == knows)
        return false;
    info_of(key, &judged);
    note(p, judged ? direction(knows, knew) : LAB_CHANGE_OTHER, key, "%s, was %s",
         !is     ? "not there"
         : knows ? "known"
                 : "not known",
         knew ? "known" : "not known");
    return true;
}

static void measures(struct pair *p, const char *in, const char *const *which, size_t count)
{
    const json_t *is, *now = json_object_get(p->is, in);
    json_t *was, *old = json_object_get(p->was, in);
    const char *key;
    char what[64];

    json_object_foreach(old, key, was)
    {
        is = json_object_get(now, key);
        if (is) {
            snprintf(what, sizeof what, "%s.outcome", key);
            verdict(p, what, was, is);
        }
        if (lost(p, key, was, is, which, count))
            continue;
        for (size_t n = 0; n < count; n++)
            number(p, key, which[n], was, is);
    }
}

// --- a run --------------------------------------------------------------------------------------------------------

/// The state in which the job went on: reports of older versions do not say.
static void state(struct pair *p)
{
    const json_t *was = json_object_get(p->was, "other_state");
    const json_t *is = json_object_get(p->is, "other_state");

    if (json_is_boolean(was) && json_is_boolean(is) && !json_equal(was, is))
        note(p, direction(json_is_true(was), json_is_true(is)), "other_state", "%s, was %s",
             show(is).text, show(was).text);
}

static void compare_runs(struct pair *p)
{
    static const char *const value[] = {"value"};
    enum lab_change_kind verdict_kind = verdict(p, "outcome", p->was, p->is);

    mention(p, p->was, p->is, "seed", "seed");
    const char *old = word_of(p->was, "result"), *now = word_of(p->is, "result");
    const char *why = word_of(p->was, "reason"), *why_now = word_of(p->is, "reason");
    bool resumed_once = strcmp(old, "resumed") == 0, resumes = strcmp(now, "resumed") == 0;
    // a refusal that the scenario accepts is as good a verdict, and yet the print is lost
    enum lab_change_kind kind =
        verdict_kind == LAB_CHANGE_OTHER ? direction(resumes, resumed_once) : verdict_kind;
    if (strcmp(old, now) != 0 || strcmp(why, why_now) != 0)
        note(p, kind, "result", "%s%s%.80s, was %s%s%.80s", now, *why_now ? ": " : "", why_now, old,
             *why ? ": " : "", why);
    state(p);
    measures(p, "measures", value, 1);
}

// --- a sweep ------------------------------------------------------------------------------------------------------

/// A number of runs: more is worse, or neither.
static void count(struct pair *p, const char *in, const char *key, bool bad)
{
    const json_t *was = in ? json_object_get(p->was, in) : p->was;
    const json_t *is = in ? json_object_get(p->is, in) : p->is;
    const json_t *old = json_object_get(was, key), *now = json_object_get(is, key);
    char what[64];

    if (!json_is_integer(old) || !json_is_integer(now) || json_equal(old, now))
        return;
    snprintf(what, sizeof what, "%s%s%s", in ? in : "", in ? "." : "", key);
    int64_t a = json_integer_value(old), b = json_integer_value(now);
    note(p, bad ? direction(a, b) : LAB_CHANGE_OTHER, what, "%" PRId64 ", was %" PRId64, b, a);
}

/// Runs that did not pass.
static int64_t not_passed(const json_t *report)
{
    static const char *const words[] = {"marginal", "fail", "error"};
    int64_t sum = 0;

    for (size_t n = 0; n < sizeof words / sizeof *words; n++)
        sum += json_integer_value(json_object_get(json_object_get(report, "outcomes"), words[n]));
    return sum;
}

/// Did runs of `a` that resumed end otherwise in `b`, and for nothing? To refuse what would have failed is worth it, and with
/// fewer runs fewer resume.
static bool resumes_lost(const json_t *a, const json_t *b)
{
    const json_t *before = json_object_get(json_object_get(a, "results"), "resumed");
    const json_t *after = json_object_get(json_object_get(b, "results"), "resumed");

    return json_integer_value(after) < json_integer_value(before) &&
           json_integer_value(json_object_get(b, "runs")) >=
               json_integer_value(json_object_get(a, "runs")) &&
           not_passed(b) >= not_passed(a);
}

static void resumed(struct pair *p)
{
    const json_t *was = json_object_get(json_object_get(p->was, "results"), "resumed");
    const json_t *is = json_object_get(json_object_get(p->is, "results"), "resumed");

    if (!json_equal(was, is))
        note(p, direction(resumes_lost(p->is, p->was), resumes_lost(p->was, p->is)),
             "results.resumed", "%" PRId64 ", was %" PRId64, (int64_t)json_integer_value(is),
             (int64_t)json_integer_value(was));
}

static void counts(struct pair *p)
{
    static const struct {
        const char *in, *key;
        bool bad;
    } all[] = {
        {NULL, "runs", false},
        {"results", "refused", false},
        {"results", "nothing_to_resume", false},
        {"results", "never_finished", true},
        {"outcomes", "marginal", true},
        {"outcomes", "fail", true},
        {"outcomes", "error", true},
        {NULL, "other_state", true},
        {NULL, "differs", true},
        {NULL, "not_made", true},
        {NULL, "never_fired", false},
    };
    for (size_t n = 0; n < sizeof all / sizeof *all; n++)
        count(p, all[n].in, all[n].key, all[n].bad);
}

/// The same class in the other report, or NULL.
static const json_t *class_in(const json_t *classes, const json_t *like)
{
    static const char *const keys[] = {"measure", "result", "reason", "outcome"};
    const json_t *one;
    size_t n;

    json_array_foreach(classes, n, one)
    {
        bool same = true;
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            same = same && strcmp(word_of(one, keys[k]), word_of(like, keys[k])) == 0;
        if (same)
            return one;
    }
    return NULL;
}

static struct shown class_name(const json_t *class)
{
    struct shown out;
    const char *reason = word_of(class, "reason");
    snprintf(out.text, sizeof out.text, "%s: %s %s%s%s", word_of(class, "outcome"),
             word_of(class, "measure"), word_of(class, "result"), *reason ? ", " : "", reason);
    return out;
}

/// Failing classes that the other report does not have.
static void classes_only_in(struct pair *p, const json_t *these, const json_t *others,
                            enum lab_change_kind kind)
{
    const json_t *one;
    size_t n;

    json_array_foreach(these, n, one)
    {
        if (!class_in(others, one))
            note(p, kind, "class", "%s %s, %" PRId64 " x, %s",
                 kind == LAB_CHANGE_WORSE ? "new:" : "gone:", class_name(one).text,
                 (int64_t)json_integer_value(json_object_get(one, "count")), word_of(one, "id"));
    }
}

/// Where the power went and with which seed: what of an ID stays when files change.
static struct shown place_of(const json_t *failure)
{
    struct shown out;
    const char *id = strchr(word_of(failure, "id"), '#');
    snprintf(out.text, sizeof out.text, "%.*s", id ? (int)strcspn(id, "+") : 0, id ? id : "");
    return out;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct shown *)a)->text, ((const struct shown *)b)->text);
}

/// Failures of these that the others do not have: the first few by ID, and how many.
static void failures_only_in(struct pair *p, const json_t *these, const json_t *others,
                             enum lab_change_kind kind)
{
    size_t count = json_array_size(others), only = 0, n;
    struct shown *place = calloc(count + 1, sizeof *place);
    const json_t *one;

    p->no_memory = p->no_memory || !place;
    if (!place)
        return;
    json_array_foreach(others, n, one)
    {
        place[n] = place_of(one);
    }
    qsort(place, count, sizeof *place, by_text);
    json_array_foreach(these, n, one)
    {
        struct shown key = place_of(one);
        if (bsearch(&key, place, count, sizeof *place, by_text))
            continue;
        if (++only <= IDS_SHOWN)
            note(p, kind, "failure", "%s %s (%s)",
                 kind == LAB_CHANGE_WORSE ? "fails now:" : "fails no more:", word_of(one, "id"),
                 word_of(one, "measure"));
    }
    if (only > IDS_SHOWN)
        note(p, kind, "failure", "and %zu more", only - IDS_SHOWN);
    free(place);
}

static void compare_sweeps(struct pair *p)
{
    static const char *const statistics[] = {"p95", "max"};
    const json_t *was = json_object_get(p->was, "classes"), *is = json_object_get(p->is, "classes");

    verdict(p, "outcome", p->was, p->is);
    mention(p, p->was, p->is, "covers", "covers");
    resumed(p);
    counts(p);
    measures(p, "population", statistics, 2);
    classes_only_in(p, is, was, LAB_CHANGE_WORSE);
    classes_only_in(p, was, is, LAB_CHANGE_BETTER);
    was = json_object_get(p->was, "failures");
    is = json_object_get(p->is, "failures");
    failures_only_in(p, is, was, LAB_CHANGE_WORSE);
    failures_only_in(p, was, is, LAB_CHANGE_BETTER);
}

// --- both ---------------------------------------------------------------------------------------------------------

/// Parts of a sweep only with the same part.
static int check_places(struct pair *p, struct lab_error *err)
{
    const json_t *was = json_object_get(p->was, "covers"), *is = json_object_get(p->is, "covers");
    bool now = shape_is_part(p->is);

    if ((!now && !shape_is_part(p->was)) || json_equal(was, is))
        return 0;
    lab_error_at_file(err, now ? p->out->new_name : p->out->old_name,
                      "holds a part of its sweep only: 'covers' of %.100s is %s, of %.100s %s; "
                      "merge the parts first",
                      p->out->new_name, show(is).text, p->out->old_name, show(was).text);
    return LAB_EINVAL;
}

/// Can these two be compared at all?
static int check(struct pair *p, bool *sweeps, struct lab_error *err)
{
    static const char *const same[] = {"schema", "scenario", "every", "tear", "depth",
                                       "every2", "from",     "to",    "seed"};

    const char *schema = word_of(p->is, "schema");

    *sweeps = strcmp(schema, "plr-sweep/1") == 0;
    if (!*sweeps && strcmp(schema, "plr-run/1") != 0) {
        lab_error_at_file(err, p->out->new_name, "schema is '%.40s': no report of a run or a sweep",
                          *schema ? schema : "nothing");
        return LAB_EINVAL;
    }
    for (size_t n = 0; n < sizeof same / sizeof *same; n++) {
        const json_t *was = json_object_get(p->was, same[n]), *is = json_object_get(p->is, same[n]);
        if (n >= 2 && (!was || !is)) // an older version said less
            continue;
        if (!*sweeps && strcmp(same[n], "seed") == 0) // a run's noise; a swarm's is what it printed
            continue;
        if (was && is && json_equal(was, is))
            continue;
        lab_error_at_file(err, p->out->new_name,
                          "cannot be compared with %.100s: '%s' is %s, was %s", p->out->old_name,
                          same[n], show(is).text, show(was).text);
        return LAB_EINVAL;
    }
    int bad = shape_check(p->is, p->out->new_name, *sweeps, err);
    if (!bad)
        bad = shape_check(p->was, p->out->old_name, *sweeps, err);
    return bad || !*sweeps ? bad : check_places(p, err);
}

static void compare_heads(struct pair *p)
{
    static const char *const files[] = {"doc", "printer", "job", "config"};
    static const char *const head[] = {"version", "set", "dut", "gantry"};
    const json_t *was = json_object_get(p->was, "hashes"), *is = json_object_get(p->is, "hashes");
    char what[64];

    for (size_t n = 0; n < sizeof head / sizeof *head; n++)
        mention(p, p->was, p->is, head[n], head[n]);
    for (size_t n = 0; n < sizeof files / sizeof *files; n++) {
        snprintf(what, sizeof what, "hashes.%s", files[n]);
        mention(p, was, is, files[n], what);
    }
}

int lab_compare(struct lab_comparison *out, const char *old_name, const json_t *old_root,
                const char *new_name, const json_t *new_root,
                const struct lab_compare_tolerance *tolerance, struct lab_error *err)
{
    assert(out && old_root && new_root && tolerance);
    struct pair p = {.was = old_root, .is = new_root, .tolerance = *tolerance, .out = out};
    bool sweeps;

    *out = (struct lab_comparison){.old_name = old_name, .new_name = new_name};
    int bad = check(&p, &sweeps, err);
    if (bad)
        return bad;
    compare_heads(&p);
    if (sweeps)
        compare_sweeps(&p);
    else
        compare_runs(&p);
    return p.no_memory ? LAB_ENOMEM : 0;
}

void lab_compare_free(struct lab_comparison *comparison)
{
    free(comparison->change);
    *comparison = (struct lab_comparison){0};
}
