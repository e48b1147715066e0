// Tests of comparing traces: each kind alone, what a tear hides, and the words.
// SPDX-License-Identifier: MIT
#include "core/lab/diff/diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

/// A trace with a record of each kind. Nothing of it is on the heap.
struct small {
    struct lab_trace_event event[2];
    struct lab_trace_power power;
    struct lab_trace_phase phase;
    struct lab_trace_motion motion;
    struct lab_trace_corners corners;
    struct lab_trace_temperature heat[LAB_TRACE_HEATS];
    struct lab_trace_target target;
    struct lab_trace_levels levels;
    struct lab_trace_nv nv;
    struct lab_trace_deposit deposit;
    struct lab_trace_place place;
    struct lab_trace_measure measure[3];
    struct lab_trace_name name;
    struct lab_trace trace;
};

static void make(struct small *s)
{
    memset(s, 0, sizeof *s);
    s->event[0] =
        (struct lab_trace_event){.t_us = 1000, .number = 7, .kind = LAB_TRACE_EVENT_JOB, .a = 1};
    s->event[1] = (struct lab_trace_event){
        .t_us = 2500000, .number = 8, .a = 1500000, .b = 2000000, .c = 200000, .d = 30000};
    s->power.t_us = s->phase.t_us = s->motion.t_us = s->corners.t_us = 1000;
    s->target.t_us = s->levels.t_us = s->nv.t_us = s->deposit.t_us = 1000;
    s->motion.true_known = true;
    s->measure[0] = (struct lab_trace_measure){
        .key = "z_offset_error_um", .unit = "um", .outcome = "pass", .known = true, .value = 2};
    s->measure[1] = (struct lab_trace_measure){
        .key = "dive_um", .unit = "um", .outcome = "pass", .known = true};
    s->measure[2] = (struct lab_trace_measure){.key = "layer_shift_um",
                                               .unit = "um",
                                               .outcome = "pass",
                                               .known = true,
                                               .limited = true,
                                               .warned = true,
                                               .limit = 60,
                                               .warn = 40};
    s->name = (struct lab_trace_name){LAB_TRACE_EVENT, LAB_TRACE_EVENT_MOVE, "move"};
    struct lab_trace *t = &s->trace;
    t->event = s->event;
    t->events = 2;
    t->measures = 3;
    t->power = &s->power;
    t->phase = &s->phase;
    t->motion = &s->motion;
    t->corners = &s->corners;
    t->target = &s->target;
    t->levels = &s->levels;
    t->nv = &s->nv;
    t->deposit = &s->deposit;
    t->place = &s->place;
    t->places = 1;
    t->measure = s->measure;
    t->name = &s->name;
    t->powers = t->phases = t->motions = t->corner_count = t->targets = t->level_count = 1;
    t->nvs = t->deposits = t->names = 1;
    for (int i = 0; i < LAB_TRACE_HEATS; i++) {
        t->heat[i] = &s->heat[i];
        t->heats[i] = 1;
    }
    t->verdict = (struct lab_trace_verdict){.known = true, .outcome = "pass", .result = "resumed"};
    t->whole = true;
}

#define CHANGES(X)                                   \
    X(EVENTS, event[1].d = 1)                        \
    X(EVENTS, event[1].kind = LAB_TRACE_EVENT_LAYER) \
    X(EVENTS, event[1].number = 9)                   \
    X(EVENTS, event[0].t_us = 999)                   \
    X(EVENTS, trace.events = 1)                      \
    X(POWER, power.bits = 1)                         \
    X(POWER, power.motors = 1)                       \
    X(PHASES, phase.value = 1)                       \
    X(MOTIONS, motion.to_nm[3] = 1)                  \
    X(MOTIONS, motion.up_us = 1)                     \
    X(MOTIONS, motion.cruise_um_s = 1)               \
    X(PLACES, motion.true_to_nm[2] = 1)              \
    X(PLACES, motion.true_from_nm[0] = 1)            \
    X(PLACES, motion.true_known = false)             \
    X(CORNERS, corners.true_nm[3] = 1)               \
    X(NOZZLE, heat[LAB_TRACE_NOZZLE].mc = 1)         \
    X(BED, heat[LAB_TRACE_BED].mc = 1)               \
    X(CHAMBER, heat[LAB_TRACE_CHAMBER].t_us = 1)     \
    X(TARGETS, target.mc = 1)                        \
    X(LINES, levels.bits = 1)                        \
    X(MEMORY, nv.end = LAB_TRACE_NV_TORN)            \
    X(MEMORY, trace.nvs = 0)                         \
    X(DEPOSITS, deposit.deficit_nm = 1)              \
    X(PROVED, place.at_nm[0] = 1)                    \
    X(MEASURES, measure[1].value = 1)                \
    X(MEASURES, measure[0].known = false)            \
    X(MEASURES, measure[0].p95 = 3)                  \
    X(MEASURES, measure[0].limited = true)           \
    X(MEASURES, measure[2].limit = 50)               \
    X(MEASURES, measure[2].warn = 30)                \
    X(VERDICT, trace.verdict.trace_hash = 1)         \
    X(VERDICT, trace.verdict.known = false)

/// Each change is seen, in its kind and in no other, whichever side it is on.
static void each_change_is_seen(void **state)
{
    struct small *a = malloc(sizeof *a), *b = malloc(sizeof *b);
    struct lab_diff d;

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
#define TRY(which, change)                                                                  \
    make(a);                                                                                \
    make(b);                                                                                \
    lab_diff(&d, "a", &a->trace, "b", &b->trace);                                           \
    assert_true(d.same && !d.differs);                                                      \
    b->change;                                                                              \
    for (int turn = 0; turn < 2; turn++) {                                                  \
        lab_diff(&d, "a", turn ? &b->trace : &a->trace, "b", turn ? &a->trace : &b->trace); \
        assert_true(!d.same && d.differs);                                                  \
        for (int i = 0; i < LAB_DIFF_KINDS; i++)                                            \
            if (d.place[i].differs != (i == LAB_DIFF_##which))                              \
                fail_msg("%s: %s", #change, lab_diff_word((enum lab_diff_kind)i));          \
    }
    CHANGES(TRY)
    free(a);
    free(b);
}

static void a_tear_hides_what_is_behind_it(void **state)
{
    struct small a, b;
    struct lab_diff d;

    (void)state;
    make(&a);
    make(&b);
    b.trace.whole = false;
    b.trace.events = 1;
    b.trace.measures = 0;
    b.trace.verdict.known = false;
    lab_diff(&d, "a", &a.trace, "b", &b.trace);
    assert_false(d.differs);
    assert_false(d.same);
    b.event[0].a = 2;
    lab_diff(&d, "a", &a.trace, "b", &b.trace);
    assert_true(d.differs && d.place[LAB_DIFF_EVENTS].index == 0);
}

static void words(const struct lab_diff *d, char *out, size_t room)
{
    FILE *file = tmpfile();

    assert_non_null(file);
    assert_int_equal(lab_diff_text(d, false, file), 0);
    rewind(file);
    out[fread(out, 1, room - 1, file)] = '\0';
    fclose(file);
}

static void it_is_said_in_words(void **state)
{
    struct small a, b;
    struct lab_diff d;
    char text[4096];

    (void)state;
    make(&a);
    make(&b);
    b.event[1].t_us = 2600000;
    b.measure[0].value = 7;
    lab_diff(&d, "x.trace", &a.trace, "y.trace", &b.trace);
    words(&d, text, sizeof text);
    static const char *const want[] = {
        "A  0:00:02.500  event 8  move: to x 1.500 y 2.000 z 0.200 mm, 0.030 mm of filament",
        "B  0:00:02.600  event 8  move",
        "       B is 100.000 ms later\n",
        "A  z_offset_error_um 2 um: pass",
        "B  z_offset_error_um 7 um: pass",
        "1 differ",
        "DIFFERENT  from 0:00:02.500 on: events"};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        if (!strstr(text, want[i]))
            fail_msg("'%s' is not in\n%s", want[i], text);
    // what no words tell apart is told in numbers
    b.event[1].t_us = 2500000;
    b.event[0].b = 7;
    lab_diff(&d, "x.trace", &a.trace, "y.trace", &b.trace);
    words(&d, text, sizeof text);
    assert_non_null(strstr(text, "at the same microsecond, with 1 7 0 0 for 1 0 0 0\n"));
    b.event[0].b = 0;
    b.event[1].t_us = 2600000;
    b.power.t_us = 900; // that is what parts first, though events come first on the page
    lab_diff(&d, "x.trace", &a.trace, "y.trace", &b.trace);
    words(&d, text, sizeof text);
    assert_non_null(strstr(text, "DIFFERENT  from 0:00:00.001 on: power"));
}

/// The same a little later, under other numbers: as another seed or another device has it. Then something else.
static void what_was_done_is_compared_whatever_the_instant(void **state)
{
    struct small a, b;
    struct lab_diff d;

    (void)state;
    make(&a);
    make(&b);
    for (int i = 0; i < 2; i++) {
        b.event[i].t_us += 5000;
        b.event[i].number += 40;
    }
    lab_diff(&d, "a", &a.trace, "b", &b.trace);
    assert_true(d.differs && d.course_first == -1);
    assert_int_equal(d.course[LAB_TRACE_EVENT_MOVE].alike, 1);
    assert_int_equal(d.course[LAB_TRACE_EVENT_JOB].alike, 1);
    b.event[1].c += 1;
    lab_diff(&d, "a", &a.trace, "b", &b.trace);
    assert_int_equal(d.course_first, LAB_TRACE_EVENT_MOVE);
    assert_true(d.course[LAB_TRACE_EVENT_MOVE].differs && !d.course[LAB_TRACE_EVENT_JOB].differs);
    assert_int_equal(d.course[LAB_TRACE_EVENT_MOVE].alike, 0);
    assert_int_equal(d.course[LAB_TRACE_EVENT_MOVE].index[1], 1);
    // what a torn one would have done nobody knows; a whole one has done nothing more
    b.event[1] = a.event[1];
    b.trace.events = 1;
    lab_diff(&d, "a", &a.trace, "b", &b.trace);
    assert_int_equal(d.course_first, LAB_TRACE_EVENT_MOVE);
    assert_int_equal(d.course[LAB_TRACE_EVENT_MOVE].index[1], -1);
    b.trace.whole = false;
    lab_diff(&d, "a", &a.trace, "b", &b.trace);
    assert_int_equal(d.course_first, -1);
}

static void what_counts_as_done_hangs_on_the_kind(void **state)
{
    struct small a, b;
    struct lab_diff d;
    static const struct {
        int kind;
        int64_t b[4];
        bool differs;
    } doing[] = {
        {LAB_TRACE_EVENT_SWITCH, {1, 9, 9, 9}, false}, {LAB_TRACE_EVENT_SWITCH, {2, 2, 3, 4}, true},
        {LAB_TRACE_EVENT_NV, {1, 2, 3, 5}, true},      {LAB_TRACE_EVENT_PHASE, {7, 2, 0, 0}, false},
        {LAB_TRACE_EVENT_PHASE, {1, 2, 0, 0}, true},   {LAB_TRACE_EVENT_PHASE, {7, 3, 0, 0}, true}};

    (void)state;
    for (size_t i = 0; i < sizeof doing / sizeof *doing; i++) {
        make(&a);
        make(&b);
        a.name = (struct lab_trace_name){LAB_TRACE_PHASE, 1, "lift"};
        b.name = (struct lab_trace_name){LAB_TRACE_PHASE, 7, "lift"};
        a.event[1] = (struct lab_trace_event){2500000, 8, doing[i].kind, 1, 2, 3, 4};
        b.event[1] = (struct lab_trace_event){
            2500000, 8, doing[i].kind, doing[i].b[0], doing[i].b[1], doing[i].b[2], doing[i].b[3]};
        lab_diff(&d, "a", &a.trace, "b", &b.trace);
        assert_int_equal(d.course[doing[i].kind].differs, doing[i].differs);
    }
}

static void a_last_digit_is_no_measurable_difference(void **state)
{
    struct small a, b;
    struct lab_diff d;

    (void)state;
    make(&a);
    make(&b);
    lab_diff(&d, "a", &a.trace, "b", &b.trace);
    static const int64_t off[] = {0, 1, -1, 2, -2, INT64_MAX - 2};
    for (size_t i = 0; i < sizeof off / sizeof *off; i++) {
        b.measure[0].value = a.measure[0].value + off[i];
        assert_int_equal(lab_diff_measurable(&d, 0), i > 2);
    }
    b.measure[0] = a.measure[0];
    b.measure[0].outcome[0] = 'f';
    assert_true(lab_diff_measurable(&d, 0));
    b.measure[0] = a.measure[0];
    b.measure[0].known = false;
    assert_true(lab_diff_measurable(&d, 0));
    assert_false(lab_diff_measurable(&d, 2));
    b.measure[2].limit++;
    assert_true(lab_diff_measurable(&d, 2));
    assert_false(lab_diff_measurable(&d, 3));
}

/// A measure that one trace has alone is a difference, and so is another limit.
static void measures_are_counted(void **state)
{
    struct small a, b;
    struct lab_diff d;
    char text[8192];

    (void)state;
    for (int swapped = 0; swapped < 2; swapped++) {
        make(&a);
        make(&b);
        b.trace.measures--;
        const struct lab_trace *t[] = {&a.trace, &b.trace};
        lab_diff(&d, "x", t[swapped], "y", t[!swapped]);
        assert_true(d.differs && !d.same);
        words(&d, text, sizeof text);
        assert_non_null(strstr(text, "1 differs, by more than the last digit\n    "));
        assert_non_null(strstr(text, swapped ? "    B  layer_shift_um" : "    A  layer_shift_um"));
    }
    make(&b);
    b.measure[2].limit = 50;
    lab_diff(&d, "x", &a.trace, "y", &b.trace);
    assert_false(d.same);
    words(&d, text, sizeof text);
    assert_non_null(strstr(text, "    A  layer_shift_um 0 um: pass, limit 60 um, warning 40 um"));
    assert_non_null(strstr(text, "    B  layer_shift_um 0 um: pass, limit 50 um, warning 40 um"));
}

static void times_are_told_from_the_cut(void **state)
{
    struct small a, b;
    struct lab_diff d;
    char text[8192];
    struct lab_trace_cut cut[2] = {
        {.mains_us = 2000000, .logic_us = 2100000, .back_us = 2400000, .first_extrusion_us = -1}};

    (void)state;
    make(&a);
    make(&b);
    cut[1] = cut[0];
    cut[1].mains_us += 3000;
    cut[1].back_us += 250000;
    a.trace.cut = &cut[0];
    b.trace.cut = &cut[1];
    a.trace.cuts = b.trace.cuts = 1;
    a.trace.end_us = b.trace.end_us = 9000000;
    b.event[1].d = 31000;
    b.measure[0].value = 3;
    b.measure[1].value = 2;
    assert_int_equal(lab_diff_since(&a.trace, 1999999).cut, -1);
    assert_int_equal(lab_diff_since(&a.trace, 1999999).us, 1998999);
    assert_int_equal(lab_diff_since(&a.trace, 2000000).cut, 0);
    assert_int_equal(lab_diff_since(&a.trace, 2000007).us, 7);
    lab_diff(&d, "x.trace", &a.trace, "y.trace", &b.trace);
    words(&d, text, sizeof text);
    static const char *const want[] = {
        "first parts move: 0 alike. Then\n",
        "    A  0.500000 s after cut 1: to x 1.500 y 2.000 z 0.200 mm, 0.030 mm of filament\n",
        "    B  0.497000 s after cut 1: to x 1.500 y 2.000 z 0.200 mm, 0.031 mm of filament\n",
        "  job's begin to cut 1        0:00:01.999  0:00:02.002       +0.003 s\n",
        "  cut 1 to power back         0:00:00.400  0:00:00.647       +0.247 s\n",
        "  power back to prints on               -            -              -\n",
        "2 differ, 1 of them by more than the last digit. The first\n    A  dive_um 0 um",
        "something else is done from 0.500000 s after cut 1 (A) on: move"};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        if (!strstr(text, want[i]))
            fail_msg("'%s' is not in\n%s", want[i], text);
}

/// What differs by less than a micrometre is named, in as many digits as it takes, and is no headline before what differs by more.
static void little_is_no_headline(void **state)
{
    struct small a, b;
    struct lab_diff d;
    char text[8192];

    (void)state;
    make(&a);
    make(&b);
    a.event[0] = b.event[0] = (struct lab_trace_event){
        1500000, 7, LAB_TRACE_EVENT_MOVE, 1, 212524271, 0, 0}; // outside the job: of Z
    a.event[1].kind = b.event[1].kind = LAB_TRACE_EVENT_SWITCH;
    a.event[1].a = b.event[1].a = 4;
    b.event[0].b -= 1;
    b.motion.true_to_nm[2] += 999;
    lab_diff(&d, "x", &a.trace, "y", &b.trace);
    assert_true(d.differs && d.place[LAB_DIFF_PLACES].little && d.place[LAB_DIFF_EVENTS].little);
    assert_true(d.course[LAB_TRACE_EVENT_MOVE].differs && !d.course[LAB_TRACE_EVENT_MOVE].much);
    assert_int_equal(d.course_first, LAB_TRACE_EVENT_MOVE);
    words(&d, text, sizeof text);
    assert_non_null(strstr(text, "outside the job, 212.524271 mm of Z\n"));
    assert_non_null(strstr(text, "outside the job, 212.524270 mm of Z\n"));
    assert_non_null(strstr(text, "first parts move: 0 alike, then by less than 1 um\n"));
    assert_non_null(strstr(text, "1 alike or such, to the end\n"));
    assert_non_null(strstr(text, "on, by less than 1 um: "));
    // something larger follows
    a.name = (struct lab_trace_name){LAB_TRACE_EVENT, LAB_TRACE_EVENT_SWITCH, "switch"};
    b.event[1].a = 5;
    lab_diff(&d, "x", &a.trace, "y", &b.trace);
    assert_int_equal(d.course_first, LAB_TRACE_EVENT_SWITCH);
    words(&d, text, sizeof text);
    assert_non_null(strstr(text, "first parts switch: 0 alike. Then\n"));
    assert_non_null(strstr(text, ": Z2, counters of three motors at 2.000, 0.200 and 0.030 mm\n"));
    assert_non_null(
        strstr(text, ": Z0 Z2, counters of three motors at 2.000, 0.200 and 0.030 mm\n"));
    assert_non_null(strstr(text, "  DIFFERENT  from 0:00:02.500 on: events\n"));
    assert_non_null(strstr(text, "             by less than 1 um from 0:00:01.500 on: events\n") ||
                    strstr(text, "             by less than 1 um from 0:00:00.001 on: places\n"));
    // a micrometre is not little
    b.event[1].a = 4;
    b.event[0].b = a.event[0].b - 1000;
    lab_diff(&d, "x", &a.trace, "y", &b.trace);
    assert_true(d.course[LAB_TRACE_EVENT_MOVE].much && !d.place[LAB_DIFF_EVENTS].little);
}

static void json_is_what_was_found(void **state)
{
    static const char path[] = "test_diff.json.tmp";
    struct small a, b;
    struct lab_diff d;

    (void)state;
    make(&a);
    make(&b);
    b.event[1].d = 5;
    b.power.bits = 3;
    lab_diff(&d, "x", &a.trace, "y", &b.trace);
    assert_int_equal(lab_diff_json(&d, path), 0);
    json_t *root = json_load_file(path, 0, NULL);
    unlink(path);
    assert_non_null(root);
    assert_true(json_is_false(json_object_get(root, "same")));
    const json_t *b_event = json_object_get(json_object_get(root, "event"), "b");
    assert_int_equal(json_integer_value(json_array_get(json_object_get(b_event, "payload"), 3)), 5);
    assert_true(json_is_null(json_object_get(root, "measure")));
    const json_t *others = json_object_get(root, "first_us");
    assert_int_equal(json_integer_value(json_object_get(others, "power")), 1000);
    assert_true(json_is_null(json_object_get(others, "corners")));
    const json_t *course = json_object_get(json_object_get(root, "courses"), "move");
    assert_true(json_is_true(json_object_get(course, "first")));
    assert_int_equal(json_integer_value(json_object_get(course, "alike")), 0);
    assert_int_equal(json_object_size(json_object_get(root, "courses")), 1);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_is_seen),
        cmocka_unit_test(a_tear_hides_what_is_behind_it),
        cmocka_unit_test(it_is_said_in_words),
        cmocka_unit_test(what_was_done_is_compared_whatever_the_instant),
        cmocka_unit_test(what_counts_as_done_hangs_on_the_kind),
        cmocka_unit_test(a_last_digit_is_no_measurable_difference),
        cmocka_unit_test(measures_are_counted),
        cmocka_unit_test(times_are_told_from_the_cut),
        cmocka_unit_test(little_is_no_headline),
        cmocka_unit_test(json_is_what_was_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
