// Tests of comparing: each change alone, on which side it is counted, and what cannot be compared.
// SPDX-License-Identifier: MIT
#include "core/lab/compare/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// Both as plr-sim writes them, as far as comparing looks.
static const char run_text[] =
    "{'schema': 'plr-run/1', 'version': '0.1.0', 'scenario': 'a', 'seed': 1, 'set': ['x=1'],"
    " 'hashes': {'doc': '01', 'printer': '02', 'job': '03'}, 'dut': 'core', 'gantry': 'full',"
    " 'result': 'resumed', 'reason': '', 'outcome': 'pass', 'other_state': false, 'measures': {"
    "  'z_offset_error_um': {'value': -18, 'outcome': 'pass'},"
    "  'time_to_resume_ms': {'value': 150000, 'outcome': 'pass'},"
    "  'outage_contact_um': {'value': 100, 'outcome': 'pass'},"
    "  'nv_wear_years': {'value': 40, 'outcome': 'marginal'},"
    "  'dive_um': {'value': null, 'outcome': 'not_applicable'}}}";

static const char sweep_text[] =
    "{'schema': 'plr-sweep/1', 'scenario': 'a', 'every': 'move', 'tear': null, 'from': 0, 'seed': "
    "7,"
    " 'hashes': {'doc': '01', 'printer': '02', 'job': '03'}, 'outcome': 'fail', 'runs': 100,"
    " 'of': null, 'covers': [[0,100]],"
    " 'results': {'resumed': 90, 'refused': 10, 'nothing_to_resume': 0, 'never_finished': 0},"
    " 'outcomes': {'pass': 95, 'marginal': 3, 'fail': 2, 'error': 0},"
    " 'population': {'z_offset_error_um': {'p50': 3, 'p95': 20, 'max': 40, 'outcome': 'pass'}},"
    " 'classes': ["
    "  {'measure': 'dive_um', 'result': 'resumed', 'reason': '', 'outcome': 'fail', 'count': 2,"
    "   'id': 'a@11111111#s1:m7'}],"
    " 'failures': [{'id': 'a@11111111#s1:m7+x=1', 'measure': 'dive_um'},"
    "  {'id': 'a@11111111#s1:m9+x=1', 'measure': 'dive_um'}],"
    " 'other_state': 2, 'differs': 0, 'not_made': 0}";

/// The text with the first `from` turned into `to`, as JSON.
static json_t *with(const char *text, const char *from, const char *to)
{
    char out[4096];
    const char *at = strstr(text, from);

    assert_non_null(at);
    snprintf(out, sizeof out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    for (char *c = out; *c; c++)
        if (*c == '\'')
            *c = '"';
    json_t *root = json_loads(out, 0, NULL);
    assert_non_null(root);
    return root;
}

struct change {
    const char *from, *to;     ///< in the text
    enum lab_change_kind kind; ///< LAB_CHANGE_KINDS: nothing is said
    const char *what, *text;
};

/// The change is said in these words, and nothing else is; the other way round it is the opposite.
static void check(const char *text, const struct change *change)
{
    static const struct lab_compare_tolerance tolerance = {.units = 2, .percent = 5};
    static const enum lab_change_kind opposite[] = {LAB_CHANGE_BETTER, LAB_CHANGE_WORSE,
                                                    LAB_CHANGE_OTHER, LAB_CHANGE_KINDS};
    json_t *old = with(text, "'", "'"), *now = with(text, change->from, change->to);

    for (int turned = 0; turned < 2; turned++) {
        struct lab_error err = {0};
        struct lab_comparison c;
        enum lab_change_kind kind = turned ? opposite[change->kind] : change->kind;
        assert_int_equal(
            lab_compare(&c, "old", turned ? now : old, "new", turned ? old : now, &tolerance, &err),
            0);
        bool found = kind == LAB_CHANGE_KINDS && c.changes == 0;
        for (size_t n = 0; n < c.changes; n++)
            found = found || (c.change[n].kind == kind && !strcmp(c.change[n].what, change->what) &&
                              (turned || !strcmp(c.change[n].text, change->text)));
        if (!found || c.changes > 1) {
            lab_compare_text(&c, false, stderr);
            fail_msg("%s -> %s: not said as %s: %s", change->from, change->to, change->what,
                     change->text);
        }
        lab_compare_free(&c);
    }
    json_decref(old);
    json_decref(now);
}

static void each_change_of_a_run_is_said(void **state)
{
    (void)state;
    static const struct change changes[] = {
        {"'", "'", LAB_CHANGE_KINDS, "", ""},
        {"'outcome': 'pass', 'o", "'outcome': 'fail', 'o", LAB_CHANGE_WORSE, "outcome",
         "fail, was pass"},
        {"-18, 'outcome': 'pass'", "-18, 'outcome': 'marginal'", LAB_CHANGE_WORSE,
         "z_offset_error_um.outcome", "marginal, was pass"},
        {"'other_state': false", "'other_state': true", LAB_CHANGE_WORSE, "other_state",
         "true, was false"},
        {"'other_state': false", "'other_state': null", LAB_CHANGE_KINDS, "", ""},
        {"-18", "20", LAB_CHANGE_KINDS, "", ""},
        {"-18", "21", LAB_CHANGE_WORSE, "z_offset_error_um.value", "21, was -18 (tolerance 2)"},
        {"150000", "157000", LAB_CHANGE_KINDS, "", ""},
        {"150000", "158000", LAB_CHANGE_WORSE, "time_to_resume_ms.value",
         "158000, was 150000 (tolerance 7500)"},
        {"100, ", "300, ", LAB_CHANGE_OTHER, "outage_contact_um.value",
         "300, was 100 (tolerance 5)"},
        {"40", "30", LAB_CHANGE_WORSE, "nv_wear_years.value", "30, was 40 (tolerance 2)"},
        {"'marginal'", "'error'", LAB_CHANGE_WORSE, "nv_wear_years.outcome", "error, was marginal"},
        {"'not_applicable'", "'pass'", LAB_CHANGE_OTHER, "dive_um.outcome",
         "pass, was not_applicable"},
        {"'resumed', 'reason': ''", "'refused', 'reason': 'bed_cold: so'", LAB_CHANGE_WORSE,
         "result", "refused: bed_cold: so, was resumed"},
        {"'0.1.0'", "'0.2.0'", LAB_CHANGE_OTHER, "version", "0.2.0, was 0.1.0"},
        {"'01'", "'11'", LAB_CHANGE_OTHER, "hashes.doc", "11, was 01"},
        {"'02'", "'12'", LAB_CHANGE_OTHER, "hashes.printer", "12, was 02"},
        {"'03'", "'13'", LAB_CHANGE_OTHER, "hashes.job", "13, was 03"},
        {"'core'", "'naive'", LAB_CHANGE_OTHER, "dut", "naive, was core"},
        {"'seed': 1", "'seed': 2", LAB_CHANGE_OTHER, "seed", "2, was 1"},
        {"'x=1'", "'x=2','y'", LAB_CHANGE_OTHER, "set", "[\"x=2\",\"y\"], was [\"x=1\"]"},
        {"'version': '0.1.0', ", "", LAB_CHANGE_KINDS, "", ""}, // an older version said less
        {"'value': -18,", "'value': null,", LAB_CHANGE_WORSE, "z_offset_error_um",
         "not known, was known"},
        {"'value': 100,", "'value': null,", LAB_CHANGE_OTHER, "outage_contact_um",
         "not known, was known"},
    };
    for (size_t n = 0; n < sizeof changes / sizeof *changes; n++)
        check(run_text, &changes[n]);
}

static void each_change_of_a_sweep_is_said(void **state)
{
    (void)state;
    static const struct change changes[] = {
        {"'", "'", LAB_CHANGE_KINDS, "", ""},
        {"'outcome': 'fail', 'runs'", "'outcome': 'error', 'runs'", LAB_CHANGE_WORSE, "outcome",
         "error, was fail"},
        {"'runs': 100", "'runs': 101", LAB_CHANGE_OTHER, "runs", "101, was 100"},
        {"'other_state': 2", "'other_state': 3", LAB_CHANGE_WORSE, "other_state", "3, was 2"},
        {"'differs': 0", "'differs': 1", LAB_CHANGE_WORSE, "differs", "1, was 0"},
        {"'not_made': 0", "'not_made': 1", LAB_CHANGE_WORSE, "not_made", "1, was 0"},
        {"[[0,100]]", "[[0,99]]", LAB_CHANGE_OTHER, "covers", "[[0,99]], was [[0,100]]"},
        {"'refused': 10", "'refused': 11", LAB_CHANGE_OTHER, "results.refused", "11, was 10"},
        {"'resumed': 90", "'resumed': 89", LAB_CHANGE_WORSE, "results.resumed", "89, was 90"},
        {"'p95': 20, 'max': 40", "'p95': null, 'max': null", LAB_CHANGE_WORSE, "z_offset_error_um",
         "not known, was known"},
        {"'never_finished': 0", "'never_finished': 1", LAB_CHANGE_WORSE, "results.never_finished",
         "1, was 0"},
        {"'marginal': 3", "'marginal': 5", LAB_CHANGE_WORSE, "outcomes.marginal", "5, was 3"},
        {"'fail': 2", "'fail': 3", LAB_CHANGE_WORSE, "outcomes.fail", "3, was 2"},
        {"'p95': 20", "'p95': 23", LAB_CHANGE_WORSE, "z_offset_error_um.p95",
         "23, was 20 (tolerance 2)"},
        {"'max': 40", "'max': 43", LAB_CHANGE_WORSE, "z_offset_error_um.max",
         "43, was 40 (tolerance 2)"},
        {"'max': 40, 'outcome': 'pass'", "'max': 40, 'outcome': 'fail'", LAB_CHANGE_WORSE,
         "z_offset_error_um.outcome", "fail, was pass"},
        {"'classes': [",
         "'classes': [{'measure': 'result', 'result': 'refused', 'reason': 'bed_cold', 'outcome':"
         " 'fail', 'count': 1, 'id': 'a@22222222#s1:m8'},",
         LAB_CHANGE_WORSE, "class", "new: fail: result refused, bed_cold, 1 x, a@22222222#s1:m8"},
        {"'count': 2,", // another class for each of its words
         "'count': 2, 'id': 'a@1#s1:m7'}, {'measure': 'dive_um', 'result': 'resumed', 'reason': "
         "'x',"
         " 'outcome': 'fail', 'count': 1,",
         LAB_CHANGE_WORSE, "class", "new: fail: dive_um resumed, x, 1 x, a@11111111#s1:m7"},
        {"'count': 2,",
         "'count': 2, 'id': 'a@1#s1:m7'}, {'measure': 'dive_um', 'result': 'refused', 'reason': '',"
         " 'outcome': 'fail', 'count': 1,",
         LAB_CHANGE_WORSE, "class", "new: fail: dive_um refused, 1 x, a@11111111#s1:m7"},
        {"'count': 2,",
         "'count': 2, 'id': 'a@1#s1:m7'}, {'measure': 'dive_um', 'result': 'resumed', 'reason': '',"
         " 'outcome': 'error', 'count': 1,",
         LAB_CHANGE_WORSE, "class", "new: error: dive_um resumed, 1 x, a@11111111#s1:m7"},
        {"'failures': [", "'failures': [{'id': 'a@22222222#s1:m8+x=1', 'measure': 'result'},",
         LAB_CHANGE_WORSE, "failure", "fails now: a@22222222#s1:m8+x=1 (result)"},
        // the same place with another hash, for a file has changed
        {"a@11111111#s1:m7+x=1", "a@22222222#s1:m7+x=2", LAB_CHANGE_KINDS, "", ""},
    };
    for (size_t n = 0; n < sizeof changes / sizeof *changes; n++)
        check(sweep_text, &changes[n]);
}

static void many_new_failures_are_counted(void **state)
{
    (void)state;
    static const struct lab_compare_tolerance tolerance = {2, 5};
    char list[1024] = "'failures': [";
    for (int n = 0; n < 12; n++) {
        char one[64];
        snprintf(one, sizeof one, "{'id': 'a@2#s1:m%d', 'measure': 'dive_um'},", 50 + n);
        strcat(list, one);
    }
    struct lab_error err = {0};
    struct lab_comparison c;
    json_t *old = with(sweep_text, "'", "'"), *now = with(sweep_text, "'failures': [", list);
    assert_int_equal(lab_compare(&c, "old", old, "new", now, &tolerance, &err), 0);
    assert_int_equal(c.count[LAB_CHANGE_WORSE], 6);
    assert_string_equal(c.change[5].text, "and 7 more");
    lab_compare_free(&c);
    json_decref(old);
    json_decref(now);
}

/// How many changes of this kind and name there are when the text of a sweep is changed so.
static size_t count_of(const char *from, const char *to, bool turned, enum lab_change_kind kind,
                       const char *what)
{
    static const struct lab_compare_tolerance tolerance = {2, 5};
    json_t *old = with(sweep_text, "'", "'"), *now = with(sweep_text, from, to);
    struct lab_error err = {0};
    struct lab_comparison c;
    size_t count = 0;

    assert_int_equal(
        lab_compare(&c, "old", turned ? now : old, "new", turned ? old : now, &tolerance, &err), 0);
    for (size_t n = 0; n < c.changes; n++)
        count += c.change[n].kind == kind && strcmp(c.change[n].what, what) == 0;
    lab_compare_free(&c);
    json_decref(old);
    json_decref(now);
    return count;
}

static void a_resume_that_is_lost_is_worse_but_for_a_failure_less(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        enum lab_change_kind kind;
    } changes[] = {
        {"'resumed': 90, 'refused': 10", "'resumed': 80, 'refused': 20", LAB_CHANGE_WORSE},
        {"'runs': 100, 'of': null, 'covers': [[0,100]], 'results': {'resumed': 90",
         "'runs': 99, 'of': null, 'covers': [[0,99]], 'results': {'resumed': 80", LAB_CHANGE_OTHER},
        {"'resumed': 90, 'refused': 10, 'nothing_to_resume': 0, 'never_finished': 0},"
         " 'outcomes': {'pass': 95, 'marginal': 3, 'fail': 2",
         "'resumed': 89, 'refused': 11, 'nothing_to_resume': 0, 'never_finished': 0},"
         " 'outcomes': {'pass': 96, 'marginal': 3, 'fail': 1",
         LAB_CHANGE_OTHER},
    };
    for (size_t n = 0; n < sizeof changes / sizeof *changes; n++)
        assert_int_equal(
            count_of(changes[n].from, changes[n].to, false, changes[n].kind, "results.resumed"), 1);
    assert_int_equal(
        count_of(changes[0].from, changes[0].to, true, LAB_CHANGE_BETTER, "results.resumed"), 1);
}

/// What the older version did not measure is not compared; what only the newer one lacks is.
static void a_measure_that_is_gone_is_worse(void **state)
{
    (void)state;
    static const char from[] = "'population': {",
                      to[] = "'population': {'dive_um': {'p95': 3, 'max': 4, 'outcome': 'pass'},";
    assert_int_equal(count_of(from, to, true, LAB_CHANGE_WORSE, "dive_um"), 1);
    assert_int_equal(count_of(from, to, false, LAB_CHANGE_BETTER, "dive_um"), 0);
}

static void what_is_no_whole_report_is_refused(void **state)
{
    (void)state;
    static const struct lab_compare_tolerance tolerance = {2, 5};
    static const struct {
        const char *text, *from, *to, *says;
    } changes[] = {
        {sweep_text, "'outcome': 'fail', 'runs'", "'runs'", "there is no 'outcome'"},
        {sweep_text, "'runs': 100", "'runs': '100'", "'runs' is not a whole number"},
        {sweep_text, "'covers': [[0,100]],", "", "there is no 'covers'"},
        {sweep_text, "'results': {", "'results': null, 'x': {", "'results' is not an object"},
        {sweep_text, "'resumed': 90, ", "", "there is no 'results.resumed'"},
        {sweep_text, "'outcomes'", "'other'", "there is no 'outcomes'"},
        {sweep_text, "'marginal': 3, ", "", "there is no 'outcomes.marginal'"},
        {sweep_text, "'population': {", "'population': [], 'x': {",
         "'population' is not an object"},
        {sweep_text, "'population': {", "'population': {}, 'x': {", "'population' has no measure"},
        {sweep_text, "'p95': 20, ", "", "there is no 'population.z_offset_error_um.p95'"},
        {sweep_text, "'max': 40", "'max': 'x'", "error_um.max' is not a whole number or null"},
        {sweep_text, "'classes'", "'other'", "there is no 'classes'"},
        {sweep_text, "'count': 2", "'count': null", "'classes[0].count' is not a whole number"},
        {sweep_text, "'failures'", "'other'", "there is no 'failures'"},
        {sweep_text, "'failures': [", "'failures': [7, ", "there is no 'failures[0].id'"},
        {run_text, "'outcome': 'pass', 'o", "'o", "there is no 'outcome'"},
        {run_text, "'result': 'resumed', ", "", "there is no 'result'"},
        {run_text, "'measures': {", "'measures': 1, 'x': {", "'measures' is not an object"},
        {run_text, "'value': -18, ", "", "there is no 'measures.z_offset_error_um.value'"},
    };
    for (size_t n = 0; n < sizeof changes / sizeof *changes; n++) {
        json_t *good = with(changes[n].text, "'", "'");
        json_t *bad = with(changes[n].text, changes[n].from, changes[n].to);
        for (int turned = 0; turned < 2; turned++) {
            struct lab_error err = {0};
            struct lab_comparison c;
            assert_int_equal(lab_compare(&c, "old", turned ? bad : good, "new", turned ? good : bad,
                                         &tolerance, &err),
                             LAB_EINVAL);
            assert_string_equal(err.file, turned ? "old" : "new");
            if (!strstr(err.message, changes[n].says))
                fail_msg("'%s' does not say '%s'", err.message, changes[n].says);
            lab_compare_free(&c);
        }
        json_decref(good);
        json_decref(bad);
    }
}

static void a_part_is_compared_with_the_same_part(void **state)
{
    (void)state;
    static const struct lab_compare_tolerance tolerance = {2, 5};
    static const char *const places[] = {
        "'of': 100, 'covers': [[0,100]]", "'of': 100, 'covers': [[0,50]]",
        "'of': 100, 'covers': [[50,100]]", "'of': 100, 'covers': [[0,20],[30,100]]",
        "'of': 90, 'covers': [[0,90]]"};
    enum { PLACES = sizeof places / sizeof *places, LAST = PLACES - 1 };

    for (int a = 0; a < PLACES; a++)
        for (int b = 0; b < PLACES; b++) {
            struct lab_error err = {0};
            struct lab_comparison c;
            json_t *old = with(sweep_text, "'of': null, 'covers': [[0,100]]", places[a]);
            json_t *now = with(sweep_text, "'of': null, 'covers': [[0,100]]", places[b]);
            bool whole = (a == 0 || a == LAST) && (b == 0 || b == LAST);
            int bad = lab_compare(&c, "old", old, "new", now, &tolerance, &err);
            assert_int_equal(bad, whole || a == b ? 0 : LAB_EINVAL);
            if (bad) {
                assert_string_equal(err.file, b == 0 || b == LAST ? "old" : "new");
                assert_non_null(strstr(err.message, "holds a part of its sweep only"));
            }
            lab_compare_free(&c);
            json_decref(old);
            json_decref(now);
        }
}

static void what_cannot_be_compared_is_refused(void **state)
{
    (void)state;
    static const struct lab_compare_tolerance tolerance = {2, 5};
    static const struct {
        const char *from, *to, *says;
    } changes[] = {
        {"'plr-sweep/1'", "'plr-sweep/2'", "schema is 'plr-sweep/2'"},
        {"'plr-sweep/1'", "'plr-run/1'", "'schema' is plr-run/1, was plr-sweep/1"},
        {"'scenario': 'a'", "'scenario': 'b'",
         "cannot be compared with old: 'scenario' is b, was a"},
        {"'every': 'move'", "'every': 'layer'", "'every' is layer, was move"},
        {"'seed': 7", "'seed': 8", "'seed' is 8, was 7"},
        {"'tear': null", "'tear': 'all'", "'tear' is all, was null"},
        {"'schema': 'plr-sweep/1',", "", "schema is 'nothing'"},
    };
    json_t *old = with(sweep_text, "'", "'");
    for (size_t n = 0; n < sizeof changes / sizeof *changes; n++) {
        struct lab_error err = {0};
        struct lab_comparison c;
        json_t *now = with(sweep_text, changes[n].from, changes[n].to);
        assert_int_equal(lab_compare(&c, "old", old, "new", now, &tolerance, &err), LAB_EINVAL);
        assert_string_equal(err.file, "new");
        if (!strstr(err.message, changes[n].says))
            fail_msg("'%s' does not say '%s'", err.message, changes[n].says);
        lab_compare_free(&c);
        json_decref(now);
    }
    json_decref(old);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_of_a_run_is_said),
        cmocka_unit_test(each_change_of_a_sweep_is_said),
        cmocka_unit_test(many_new_failures_are_counted),
        cmocka_unit_test(a_resume_that_is_lost_is_worse_but_for_a_failure_less),
        cmocka_unit_test(a_measure_that_is_gone_is_worse),
        cmocka_unit_test(what_is_no_whole_report_is_refused),
        cmocka_unit_test(a_part_is_compared_with_the_same_part),
        cmocka_unit_test(what_cannot_be_compared_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
