// Tests of merging: any division, any order, any nesting gives the bytes of the whole; what is no part of it is refused.
// SPDX-License-Identifier: MIT
#include "core/lab/merge/merge.h"
#include "core/lab/report/format.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { RUNS = 90, PARTS = 6, ROUNDS = 40 / PLR_TEST_THIN, MUTATIONS = 1500 / PLR_TEST_THIN };

static uint64_t seed = 3;

static size_t draw(size_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (size_t)(seed >> 33) % below;
}

// --- a made-up sweep ------------------------------------------------------------------------------------------

struct run {
    struct lab_verdict verdict;
    bool fired, full;
    int64_t apart;
    uint64_t state;
    char id[48];
};

static struct run all[RUNS];

static void draw_runs(void)
{
    for (int at = 0; at < RUNS; at++) {
        struct run *run = &all[at];
        memset(run, 0, sizeof *run);
        bool failed = draw(5) == 0;
        run->fired = draw(20) != 0;
        run->full = draw(4) == 0;
        run->apart = (int64_t)draw(9) - 4;
        run->state = draw(40) * UINT64_C(0x123456789abcdef);
        run->verdict.outcome = failed ? LAB_FAIL : draw(9) ? LAB_PASS : LAB_MARGINAL;
        run->verdict.result_ok = !failed || draw(2);
        run->verdict.result = run->verdict.result_ok ? LAB_RESUMED : LAB_REFUSED;
        for (int n = 0; n < LAB_MEASURES; n++)
            run->verdict.measure[n] = (struct lab_measured){
                .known = draw(9) != 0,
                .value = (int64_t)draw(n % 2 ? 100000 : 9) - 4,
                .outcome = n == 3 || draw(2) ? run->verdict.outcome : LAB_PASS};
        snprintf(run->id, sizeof run->id, "made@0badcafe#s1:m%d+job=%%22x%%22", at);
    }
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static size_t unique(uint64_t *state, size_t count)
{
    size_t kept = 0;
    qsort(state, count, sizeof *state, by_number);
    for (size_t n = 0; n < count; n++)
        if (!kept || state[kept - 1] != state[n])
            state[kept++] = state[n];
    return kept;
}

static char *text_of(const struct lab_sweep_report *report)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(report_dump_rows(report_sweep(report), out), 0);
    fclose(out);
    return text;
}

static void add_full(struct lab_sweep_full *full, int at)
{
    const struct lab_worst apart = {true, all[at].apart, at, all[at].id};

    full->cuts++;
    full->otherwise += all[at].apart == 3;
    full->too_far += all[at].apart < -2;
    assert_int_equal(lab_worst_keep(&full->apart[LAB_DIVE], &apart, false), 0);
}

/// The report on those runs whose `part` is this one (-1: all), as text; the caller frees it.
static char *report_of(const int part[RUNS], int which)
{
    static struct lab_scenario scenario;
    static const char *const sets[] = {"job=\"x\"", "seed=1"};
    uint64_t state[RUNS];
    struct lab_cover cover[RUNS];
    struct lab_population population = {0};
    struct lab_sweep_full full = {.every = 4};
    struct lab_sweep_facts facts = {.full = &full,

                                    .every = "move",
                                    .depth = 1,
                                    .to = INT64_MAX,
                                    .list = 0xabc,
                                    .state = state};
    size_t covers = 0, states = 0;

    scenario.expect_p95[LAB_LAYER_SHIFT] = (struct lab_limit){.set = true, .max = 7};
    for (int at = 0; at < RUNS; at++) {
        if (which >= 0 && part[at] != which)
            continue;
        if (!covers || cover[covers - 1].end != at)
            cover[covers++] = (struct lab_cover){at, at};
        cover[covers - 1].end = at + 1;
        facts.never_fired += !all[at].fired;
        if (!all[at].fired)
            continue;
        facts.cuts++;
        facts.to_end += at % 3 == 0;
        facts.other_state += at % 5 == 0;
        facts.marks[at % 7] += at % 2;
        if (all[at].full)
            add_full(&full, at);
        state[states++] = all[at].state;
        const struct lab_population_run run = {at, all[at].id,
                                               all[at].verdict.result_ok ? "" : "bed_cold: so"};
        assert_int_equal(lab_population_add(&population, &run, &all[at].verdict), 0);
    }
    facts.unique_states = (int64_t)unique(state, states);
    lab_population_judge(&population, &scenario);
    const struct lab_sweep_report report = {.version = "0.1.0",
                                            .scenario_name = "made",
                                            .id = "made@0badcafe#s1+job=%22x%22",
                                            .dut = "core",
                                            .gantry = "quasistatic",
                                            .set = sets,
                                            .sets = 2,
                                            .hash_config = 7,
                                            .population = &population,
                                            .sweep = &facts,
                                            .cover = cover,
                                            .covers = covers,
                                            .seeded = true,
                                            .seed = UINT64_MAX - 1,
                                            .of = RUNS};
    char *text = text_of(&report);
    lab_population_free(&population);
    lab_sweep_full_free(&full);
    return text;
}

// --- merging texts ----------------------------------------------------------------------------------------------

/// Merge; the report as text, or NULL with `err`.
static char *merge(char *const *text, size_t count, struct lab_error *err)
{
    static const char *const name[] = {"a.json", "b.json", "c.json", "d.json", "e.json", "f.json"};
    struct lab_merge merge = {0};
    char *out = NULL;
    int bad = 0;

    for (size_t n = 0; n < count && !bad; n++) {
        struct lab_sweep_file file;
        bad = lab_sweep_parse(&file, name[n], text[n], strlen(text[n]), err);
        if (!bad)
            bad = lab_merge_add(&merge, &file, err);
        lab_sweep_file_free(&file);
    }
    if (!bad)
        bad = lab_merge_end(&merge, err);
    if (!bad)
        out = text_of(&merge.whole.report);
    assert_true(bad ? lab_error_set(err) : !lab_error_set(err));
    lab_merge_free(&merge);
    return out;
}

/// Two at random become one, until one is left.
static char *merge_in_any_order(char **text, size_t count)
{
    while (count > 1) {
        struct lab_error err = {0};
        size_t many = 2 + draw(count - 1);
        for (size_t n = 0; n < many; n++) { // those `many` to the front
            size_t other = n + draw(count - n);
            char *swap = text[n];
            text[n] = text[other];
            text[other] = swap;
        }
        char *one = merge(text, many, &err);
        if (!one)
            fail_msg("%s: %s", err.file, err.message);
        for (size_t n = 0; n < many; n++)
            free(text[n]);
        text[0] = one;
        memmove(text + 1, text + many, (count - many) * sizeof *text);
        count -= many - 1;
    }
    return text[0];
}

/// Stretches, or every run wherever it falls.
static void divide(int part[RUNS], size_t parts)
{
    bool stretches = draw(2);
    for (size_t at = 0; at < RUNS; at++)
        part[at] = (int)(stretches ? at * parts / RUNS : draw(parts));
}

static void any_division_in_any_order_is_the_whole(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        size_t parts = 1 + draw(PARTS);
        char *text[PARTS];
        int part[RUNS];
        draw_runs();
        divide(part, parts);
        for (size_t n = 0; n < parts; n++)
            text[n] = report_of(part, (int)n);
        char *whole = report_of(part, -1), *merged = merge_in_any_order(text, parts);
        assert_string_equal(merged, whole);
        free(whole);
        free(merged);
    }
}

// --- what does not belong together --------------------------------------------------------------------------------

static void refused(char *a, char *b, const char *in, const char *says)
{
    char *const text[] = {a, b};
    struct lab_error err = {0};
    char *out = merge(text, 2, &err);

    assert_null(out);
    assert_string_equal(err.file, in);
    if (!strstr(err.message, says))
        fail_msg("'%s' does not say '%s'", err.message, says);
}

/// `text` with the first `from` turned into `to`; the caller frees it.
static char *with(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    size_t size = strlen(text) + strlen(to) + 1;
    char *out = malloc(size);
    assert_true(at && out);
    snprintf(out, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
}

static void what_is_no_part_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *says;
    } changes[] = {
        {"\"0.1.0\"", "\"0.2.0\"", "'version' is \"0.2.0\", there \"0.1.0\""},
        {"\"made\"", "\"other\"", "'scenario' is \"other\", there \"made\""},
        {"#s1+", "#s2+", "'id' is \"made@0badcafe#s2"},
        {"\"doc\": \"00000000\"", "\"doc\": \"00000001\"", "'hashes' is"},
        {"\"config\": \"00000007\"", "\"config\": \"00000008\"", "'hashes' is"},
        {"18446744073709551614", "18446744073709551613", "'seed' is \"18446744073709551613\""},
        {"\"18446744073709551614\"", "7", "'seed' is 7, there \"1844"},
        {" \"seed\": \"18446744073709551614\",", "", "'seed' is nothing, there \"1844"},
        {"\"core\"", "\"naive\"", "'dut' is"},
        {"\"quasistatic\"", "\"full\"", "'gantry' is"},
        {"\"seed=1\"", "\"seed=2\"", "'set' is"},
        {"\"move\"", "\"layer\"", "'every' is \"layer\""},
        {"\"tear\": null", "\"tear\": \"all\"", "'tear' is \"all\""},
        {"\"depth\": 1", "\"depth\": 2", "'depth' is 2, there 1"},
        {"\"every2\": null", "\"every2\": \"phase\"", "'every2' is \"phase\", there null"},
        {"\"from\": 0", "\"from\": 1", "'from' is 1"},
        {"\"to\": null", "\"to\": 80", "'to' is 80"},
        {"\"list\": \"00000abc\"", "\"list\": \"00000abd\"", "'list' is"},
        {"\"every\": 4", "\"every\": 5", "'full.every' is 5, there 4"},
        {"\"of\": 90", "\"of\": 91", "'of' is 91, there 90"},
        {"\"limit\": 7", "\"limit\": 90000", "'layer_shift_um' is"},
    };
    int part[RUNS];
    draw_runs();
    for (int at = 0; at < RUNS; at++) {
        part[at] = at % 2;
        all[at].verdict.measure[LAB_LAYER_SHIFT].value = 3; // the changed limit judges it the same
    }
    char *a = report_of(part, 0), *b = report_of(part, 1);
    for (size_t n = 0; n < sizeof changes / sizeof *changes; n++) {
        char *other = with(b, changes[n].from, changes[n].to);
        refused(a, other, "b.json", changes[n].says);
        refused(a, other, "b.json", "a.json");
        free(other);
    }
    free(a);
    free(b);
}

static void what_is_there_twice_is_refused(void **state)
{
    (void)state;
    int part[RUNS], shifted[RUNS];
    draw_runs();
    for (int at = 0; at < RUNS; at++) {
        part[at] = at >= 40;
        shifted[at] = at >= 39;
    }
    char *a = report_of(part, 0), *b = report_of(shifted, 1), *c = report_of(part, 1);
    refused(a, b, "b.json", "has the cut 39, and so has a.json");
    refused(b, a, "a.json", "has the cut 39, and so has b.json");
    refused(a, a, "b.json", "has the cut 0, and so has a.json");
    char *both[] = {a, c};
    struct lab_error err = {0};
    char *whole = merge(both, 2, &err);
    assert_non_null(whole);
    refused(whole, c, "b.json", "has the cut 40, and so has a.json");
    free(a);
    free(b);
    free(c);
    free(whole);
}

/// A report without places (a sweep that was stopped in second cuts) may overlap with any.
static void what_holds_unknown_places_is_refused(void **state)
{
    (void)state;
    int part[RUNS] = {0};
    draw_runs();
    char *a = report_of(part, 0), *nowhere = with(a, "\"covers\": [[0,90]]", "\"covers\": []");
    refused(nowhere, a, "a.json", "does not say which runs it holds");
    free(a);
    free(nowhere);
}

static void what_is_missing_is_counted(void **state)
{
    (void)state;
    int part[RUNS];
    draw_runs();
    for (int at = 0; at < RUNS; at++)
        part[at] = at / 30;
    char *a = report_of(part, 0), *c = report_of(part, 2);
    char *const two[] = {c, a};
    struct lab_error err = {0};
    struct lab_sweep_file file;
    char *merged = merge(two, 2, &err), *text;
    size_t size;
    assert_non_null(merged);
    assert_int_equal(lab_sweep_parse(&file, "merged", merged, strlen(merged), &err), 0);
    assert_int_equal(lab_sweep_missing(&file.report), 30);
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(lab_sweep_text(&file.report, false, out), 0);
    fclose(out);
    assert_non_null(strstr(text, "NOT WHOLE   30 of 90 are not in it: 30..59\n"));
    free(text);
    free(merged);
    free(a);
    free(c);
    lab_sweep_file_free(&file);
}

// --- files that are not ours ----------------------------------------------------------------------------------------

static void unreadable(const char *text, const char *says)
{
    struct lab_error err = {0};
    struct lab_sweep_file file;
    assert_int_equal(lab_sweep_parse(&file, "x.json", text, strlen(text), &err), LAB_EINVAL);
    assert_string_equal(err.file, "x.json");
    if (!strstr(err.message, says))
        fail_msg("'%s' does not say '%s'", err.message, says);
    lab_sweep_file_free(&file);
}

static void what_is_no_report_is_refused(void **state)
{
    (void)state;
    int part[RUNS] = {0};
    draw_runs();
    char *good = report_of(part, -1), *changed;
    unreadable("", "no whole JSON");
    unreadable("[]", "schema is 'nothing', not plr-sweep/1");
    unreadable("{\"schema\": \"plr-run/1\"}", "schema is 'plr-run/1', not plr-sweep/1");
    unreadable("{\"schema\": \"plr-sweep/1\"}", "there is no 'version'");
    changed = with(good, "\"differs\": 0", "\"differs\": 0,\n \"stars\": {}");
    unreadable(changed, "'stars' is unknown");
    free(changed);
    static const char *const keys[][2] = {
        {"\"p95\": ", "\"p95\": 1"},
        {"\"runs\": ", "\"runs\": 1"},
        {"\"unique_states\": ", "\"unique_states\": 1"},
        {"\"count\": ", "\"count\": -"},
        {"\"tally\": {", "\"tally\": {\"x\": 1,"},
        {"\"covers\": [", "\"covers\": [[9,9],"},
        {"\"outcome\": \"fail\"", "\"outcome\": \"pass\""},
    };
    for (size_t n = 0; n < sizeof keys / sizeof *keys; n++) {
        changed = with(good, keys[n][0], keys[n][1]);
        unreadable(changed, "does not fit what else the report says");
        free(changed);
    }
    changed = with(good, "\"pass\": ", "\"pass\": 1");
    unreadable(changed, "does not add up");
    free(changed);
    good[strlen(good) / 2] = '\0';
    unreadable(good, "no whole JSON");
    free(good);
}

/// Some bytes of a report changed, taken out or doubled: read as it stands, or refused in a sentence.
static void a_damaged_report_is_never_taken_for_another(void **state)
{
    (void)state;
    int part[RUNS] = {0}, taken = 0;
    draw_runs();
    char *good = report_of(part, -1);
    size_t size = strlen(good);
    char *text = malloc(size + 1);
    assert_non_null(text);
    for (int n = 0; n < MUTATIONS; n++) {
        struct lab_error err = {0};
        struct lab_sweep_file file;
        memcpy(text, good, size + 1);
        size_t at = draw(size), length = size;
        if (n % 3 == 0)
            text[at] = "0123456789\"-,:{}[] e"[draw(20)];
        else if (n % 3 == 1)
            memmove(text + at, text + at + 1 + draw(3) % (size - at),
                    1 + size - at - 1 - (size - at > 3 ? 2 : 0));
        else
            length = at;
        text[length] = '\0';
        if (lab_sweep_parse(&file, "x.json", text, strlen(text), &err) == 0) {
            char *again = text_of(&file.report);
            json_t *a = json_loads(again, 0, NULL), *b = json_loads(text, 0, NULL);
            assert_true(json_equal(a, b));
            json_decref(a);
            json_decref(b);
            free(again);
            taken++;
        } else {
            assert_true(lab_error_set(&err));
        }
        lab_sweep_file_free(&file);
    }
    assert_in_range(taken, 1, MUTATIONS / 2); // blanks do not matter, nor other hashes
    free(text);
    free(good);
}

static void files_are_read(void **state)
{
    (void)state;
    struct lab_error err = {0};
    struct lab_sweep_file file;
    assert_int_equal(lab_sweep_read(&file, "/nowhere/a.json", &err), LAB_ENOENT);
    assert_non_null(strstr(err.message, "cannot be read: No such file"));
    lab_sweep_file_free(&file);
    lab_error_clear(&err);
    assert_int_equal(lab_sweep_read(&file, "/tmp", &err), LAB_EISDIR);
    lab_sweep_file_free(&file);
    lab_error_clear(&err);
    assert_int_equal(lab_sweep_read(&file, "core/lab/report/golden/sweep.json", &err), 0);
    assert_int_equal(file.report.host.jobs, 2);
    lab_sweep_file_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_division_in_any_order_is_the_whole),
        cmocka_unit_test(what_is_no_part_is_refused),
        cmocka_unit_test(what_is_there_twice_is_refused),
        cmocka_unit_test(what_holds_unknown_places_is_refused),
        cmocka_unit_test(what_is_missing_is_counted),
        cmocka_unit_test(what_is_no_report_is_refused),
        cmocka_unit_test(a_damaged_report_is_never_taken_for_another),
        cmocka_unit_test(files_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
