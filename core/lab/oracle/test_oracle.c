// The oracle on ledgers whose truth is known: what was put in must come out.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/oracle/made.h"
#include "core/lab/oracle/oracle.h"
#include "core/plr/plr.h"

#define UM       INT64_C(1000)
#define MM       INT64_C(1000000)
#define FLOW_PPM 37000

/// A job, its twin's truth and a run that is being made.
struct lab {
    struct lab_truth twin, run;
    struct lab_scenario scenario;
    struct lab_verdict verdict;
    int64_t t_us;
};

static struct lab *lab_new(void)
{
    struct lab *lab = calloc(1, sizeof *lab);
    assert_non_null(lab);
    lab->run.completed = lab->twin.completed = true;
    lab->scenario.expect_result = LAB_RESUMED;
    return lab;
}

static void lab_end(struct lab *lab)
{
    lab_ledger_free(&lab->twin.ledger);
    lab_ledger_free(&lab->run.ledger);
    free(lab);
}

static void add(struct lab *lab, struct made_piece piece)
{
    piece.t_us = lab->t_us;
    if (!piece.seed)
        piece.seed = 4711;
    lab->t_us = made_cut(&lab->run.ledger, &lab->twin.ledger, &piece);
}

/// The power goes here and is back after 90 s.
static struct lab_truth_cut *cut(struct lab *lab)
{
    struct lab_truth_cut *c = &lab->run.cut[lab->run.cuts++];
    *c = (struct lab_truth_cut){.mains_us = lab->t_us - 20000,
                                .detected_us = lab->t_us - 10000,
                                .stopped_us = lab->t_us,
                                .drivers_us = lab->t_us + 20000,
                                .logic_us = lab->t_us + 40000,
                                .back_us = lab->t_us + 90000000,
                                .first_extrusion_us = lab->t_us + 290000000,
                                .ledger_at = lab->run.ledger.count};
    lab->t_us += 290000000;
    return c;
}

static void judge(struct lab *lab)
{
    assert_int_equal(
        lab_judge(&lab->run, &lab->twin, &lab->scenario, LAB_RESUMED, "", &lab->verdict), 0);
}

static int64_t value(const struct lab *lab, enum lab_measure measure)
{
    assert_true(lab->verdict.measure[measure].known);
    return lab->verdict.measure[measure].value;
}

#define assert_near(a, b, tolerance) \
    assert_in_range((uint64_t)((a) - (b) + (tolerance)), 0, 2 * (tolerance))

static void expect(const struct lab *lab, int64_t z, int64_t shift, int64_t gap, int64_t overlap)
{
    assert_int_equal(value(lab, LAB_Z_OFFSET_ERROR), z);
    assert_int_equal(value(lab, LAB_LAYER_SHIFT), shift);
    assert_near(value(lab, LAB_SEAM_GAP), gap, 1);
    assert_near(value(lab, LAB_SEAM_OVERLAP), overlap, 1);
    assert_near(value(lab, LAB_SEAM_OVERLAP_FILAMENT), overlap * FLOW_PPM / 1000000, 1);
}

/// Cut a job at `cut_s`, go on at `resume_s`, displaced.
static void cut_and_resume(struct lab *lab, int64_t cut_s, int64_t resume_s, struct made_piece how)
{
    add(lab, (struct made_piece){.to_s = cut_s});
    cut(lab);
    how.from_s = resume_s;
    how.to_s = how.to_s ? how.to_s : -1;
    add(lab, how);
    judge(lab);
}

// A layer of made_tower: 4 * 20 + 4 * 18 + 10 * (16 + 1.6) mm.
static const int64_t LAYER = 328 * MM;
static const int64_t CUT =
    17 * 328 * MM + 33 * MM + 500000; // in mid-move of the second side of a square

static struct lab *tower(void)
{
    struct lab *lab = lab_new();
    made_tower(&lab->twin.ledger, 40);
    assert_int_equal(made_path(&lab->twin.ledger), 40 * LAYER);
    return lab;
}

static void test_uncut(void **state)
{
    (void)state;
    struct lab *lab = tower();
    add(lab, (struct made_piece){.to_s = -1});
    judge(lab);
    for (int n = 0; n <= LAB_FLOW_DEFICIT;
         n++) { // that nothing is missing, and nothing twice, can be told
        bool seam = n >= LAB_SEAM_GAP && n <= LAB_SEAM_OVERLAP_FILAMENT;
        assert_int_equal(lab->verdict.measure[n].known, seam);
        assert_int_equal(lab->verdict.measure[n].outcome, seam ? LAB_PASS : LAB_NOT_APPLICABLE);
        assert_int_equal(lab->verdict.measure[n].value, 0);
    }
    assert_int_equal(lab->verdict.outcome, LAB_PASS);
    lab_end(lab);
}

static void test_perfect(void **state)
{
    (void)state;
    struct lab *lab = tower();
    cut_and_resume(lab, CUT, CUT, (struct made_piece){0});
    expect(lab, 0, 0, 0, 0);
    assert_int_equal(value(lab, LAB_STATE_AGE), 0);
    assert_int_equal(value(lab, LAB_TIME_TO_RESUME), 200000);
    assert_int_equal(lab->verdict.outcome, LAB_PASS);
    assert_true(lab->verdict.cut[0].matched);
    assert_near(lab->verdict.cut[0].resumed_at_nm, CUT, 200);
    assert_near(lab->verdict.cut[0].cut_at_nm, CUT, 200);
    assert_near(lab->verdict.cut[0].first_path_nm, 18 * LAYER - CUT, 200);
    assert_int_equal(lab->verdict.cut[0].stray_path_nm, 0);
    lab_end(lab);
}

static void test_too_high(void **state)
{
    (void)state;
    struct lab *lab = tower();
    cut_and_resume(lab, CUT, CUT, (struct made_piece){.shift = {0, 0, 100 * UM}});
    expect(lab, 100, 0, 0, 0);
    const struct lab_measured *z = &lab->verdict.measure[LAB_Z_OFFSET_ERROR];
    assert_int_equal(z->min, 100);
    assert_int_equal(z->max, 100);
    assert_int_equal(z->p95, 100);
    lab_end(lab);
}

static void test_too_low(void **state)
{
    (void)state;
    struct lab *lab = tower();
    cut_and_resume(lab, CUT, CUT, (struct made_piece){.shift = {0, 0, -2345678}});
    expect(lab, -2346, 0, 0, 0);
    assert_int_equal(lab->verdict.measure[LAB_Z_OFFSET_ERROR].p95, 2346);
    lab_end(lab);
}

static void test_shift(void **state)
{
    (void)state;
    struct lab *lab = tower();
    cut_and_resume(lab, CUT, CUT, (struct made_piece){.shift = {300 * UM, -400 * UM, 0}});
    expect(lab, 0, 500, 0, 0);
    assert_int_equal(lab->verdict.cut[0].shift_nm[0], 300 * UM);
    assert_int_equal(lab->verdict.cut[0].shift_nm[1], -400 * UM);
    assert_int_equal(lab->verdict.measure[LAB_LAYER_SHIFT].max, 500);
    assert_int_equal(lab->verdict.measure[LAB_LAYER_SHIFT].p95, 500);
    lab_end(lab);
}

static void test_large_shift(void **state)
{
    (void)state;
    struct lab *lab = tower();
    cut_and_resume(lab, CUT, CUT, (struct made_piece){.shift = {5 * MM, 12 * MM, 3 * MM}});
    expect(lab, 3000, 13000, 0, 0);
    lab_end(lab);
}

// Gaps and overlaps of known length, in mid-move and over several moves.
static void test_seam(void **state)
{
    (void)state;
    static const int64_t lengths[] = {51 * UM, 100 * UM, 1234567, 7 * MM, 47 * MM, 500 * MM};
    for (size_t n = 0; n < sizeof lengths / sizeof *lengths; n++)
        for (int sign = -1; sign <= 1; sign += 2) {
            struct lab *lab = tower();
            cut_and_resume(lab, CUT, CUT + sign * lengths[n],
                           (struct made_piece){.shift = {0, 300 * UM, 50 * UM}});
            int64_t um = lab_round_div(lengths[n], 1000);
            expect(lab, 50, 300, sign > 0 ? um : 0, sign < 0 ? um : 0);
            lab_end(lab);
        }
}

static void test_resolution(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        struct lab *lab = tower();
        cut_and_resume(lab, CUT, CUT + sign * 49 * UM, (struct made_piece){0});
        expect(lab, 0, 0, 0, 0);
        lab_end(lab);
    }
}

static void test_resume_at_vertex(void **state)
{
    (void)state;
    struct lab *lab = tower();
    cut_and_resume(lab, 17 * LAYER + 40 * MM, 17 * LAYER + 20 * MM,
                   (struct made_piece){.shift = {0, 0, 10 * UM}});
    expect(lab, 10, 0, 0, 20000);
    lab_end(lab);
}

static void test_three_layers_earlier(void **state)
{
    (void)state;
    struct lab *lab = tower();
    cut_and_resume(lab, CUT, CUT - 3 * LAYER, (struct made_piece){.shift = {0, 0, 600 * UM}});
    expect(lab, 600, 0, 0, 3 * LAYER / UM);
    assert_true(value(lab, LAB_STATE_AGE) > 3000);
    lab_end(lab);
}

static void test_layers_later(void **state)
{
    (void)state;
    struct lab *lab = tower();
    cut_and_resume(lab, CUT, CUT + 2 * LAYER, (struct made_piece){0});
    expect(lab, 0, 0, 2 * LAYER / UM, 0);
    assert_int_equal(value(lab, LAB_STATE_AGE), 0);
    lab_end(lab);
}

// Not printed to the end, nothing tells the layers apart: the nearest to the cut is meant.
static void test_not_finished(void **state)
{
    (void)state;
    struct lab *lab = tower();
    lab->run.completed = false;
    cut_and_resume(lab, CUT, CUT - 3 * LAYER - 5 * MM,
                   (struct made_piece){.to_s = CUT + 2 * LAYER, .shift = {200 * UM, 0, 600 * UM}});
    // found one layer image up: 5 mm before the cut, three layers too low as printed
    assert_near(value(lab, LAB_SEAM_OVERLAP), 5000, 1);
    assert_int_equal(value(lab, LAB_LAYER_SHIFT), 200);
    assert_int_equal(value(lab, LAB_Z_OFFSET_ERROR), 0);
    assert_int_equal(value(lab, LAB_SEAM_GAP), 0);
    lab_end(lab);
}

// Neighbouring lines of an infill look alike; a small displacement is the likelier story.
static void test_not_finished_in_infill(void **state)
{
    (void)state;
    struct lab *lab = tower();
    lab->run.completed = false;
    int64_t at = 17 * LAYER + 152 * MM + 5 * 17600 * UM + 3 * MM;
    cut_and_resume(lab, at, at - 35200 * UM,
                   (struct made_piece){.to_s = at + 30 * MM, .shift = {100 * UM, 0, 0}});
    expect(lab, 0, 100, 0, 35200);
    lab_end(lab);
}

static void test_age(void **state)
{
    (void)state;
    struct lab *lab = tower();
    cut_and_resume(lab, CUT, CUT - 10 * MM, (struct made_piece){0}); // 10 mm at 100 mm/s, same move
    assert_near(value(lab, LAB_STATE_AGE), 100, 1);
    lab_end(lab);
}

static void test_spiral(void **state)
{
    (void)state;
    struct lab *lab = lab_new();
    made_spiral(&lab->twin.ledger, 30, 90);
    int64_t turn = made_path(&lab->twin.ledger) / 30, at = 11 * turn + 77 * MM + 700 * UM;
    cut_and_resume(lab, at, at - 2 * MM,
                   (struct made_piece){.shift = {-300 * UM, 400 * UM, 40 * UM}});
    expect(lab, 40, 500, 0, 2000);
    assert_int_equal(lab->verdict.cut[0].first_path_nm, 50 * MM);
    // parts shorter than the samples are known, too
    assert_int_equal(lab->verdict.cut[0].profile_path_nm, 50 * MM);
    for (int n = 0; n < LAB_PROFILE; n++)
        assert_int_not_equal(lab->verdict.cut[0].profile_nm[n], INT32_MIN);
    assert_int_equal(lab->verdict.measure[LAB_Z_OFFSET_ERROR].max, 40);
    lab_end(lab);
}

static void test_spiral_not_finished(void **state)
{
    (void)state;
    struct lab *lab = lab_new();
    made_spiral(&lab->twin.ledger, 30, 90);
    lab->run.completed = false;
    int64_t turn = made_path(&lab->twin.ledger) / 30, at = 11 * turn + 77 * MM + 700 * UM;
    cut_and_resume(lab, at, at - 7 * MM,
                   (struct made_piece){.to_s = at + 300 * MM, .shift = {30 * UM, 40 * UM, 0}});
    expect(lab, 0, 50, 0, 7000);
    lab_end(lab);
}

// The resume lies 120 um behind a travel: a cut is no vertex, though a travel leads there in the twin.
static void test_resume_just_behind_travel(void **state)
{
    (void)state;
    struct lab *lab = tower();
    lab->run.completed = false;
    cut_and_resume(lab, CUT, 17 * LAYER + 120 * UM,
                   (struct made_piece){.to_s = CUT + LAYER, .shift = {-400 * UM, 0, 0}});
    expect(lab, 0, 400, 0, 33500 - 120);
    lab_end(lab);
}

// A shift along the path: one vertex further the displacement would be none, but the circle turns.
static void test_spiral_shifted_along(void **state)
{
    (void)state;
    struct lab *lab = lab_new();
    made_spiral(&lab->twin.ledger, 20, 360);
    lab->run.completed = false;
    int64_t turn = made_path(&lab->twin.ledger) / 20, at = 11 * turn + 200 * UM;
    cut_and_resume(lab, at, at - 300 * UM,
                   (struct made_piece){.to_s = at + 400 * MM, .shift = {0, 523 * UM, 0}});
    expect(lab, 0, 523, 0, 300);
    lab_end(lab);
}

// Filament is only measured, within 2 %: the travels keep run and twin together.
static void test_noisy_filament(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct lab *lab = tower();
        add(lab, (struct made_piece){.to_s = CUT});
        cut(lab);
        add(lab, (struct made_piece){.from_s = CUT - 5 * MM, .to_s = -1, .noise = 5 * UM});
        uint64_t random = seed;
        for (size_t n = 0; n < lab->run.ledger.count; n++) {
            int32_t *e = &lab->run.ledger.entry[n].e_nm;
            *e += (int32_t)(*e * (made_random(&random, 40001) - 20000) / 1000000);
        }
        judge(lab);
        assert_near(value(lab, LAB_Z_OFFSET_ERROR), 0, 2);
        assert_true(value(lab, LAB_LAYER_SHIFT) <= 60);
        assert_near(value(lab, LAB_SEAM_OVERLAP), 5000, 500);
        assert_int_equal(value(lab, LAB_SEAM_GAP), 0);
        lab_end(lab);
    }
}

enum { DASHES = 200, DASHES_OF_LAYER = 20 };
static const int64_t DASH = 10 * MM;

// Dash `n`: all run the same way, so that only the travels between them tell where one ends.
static void dash_begin(struct made_pen *pen, int n)
{
    pen->at[2] = 300000 + n / DASHES_OF_LAYER * 200000;
    made_travel(pen, (n % 5) * 15 * MM, (n % DASHES_OF_LAYER) * 3 * MM);
}

static struct lab *dashes(void)
{
    struct lab *lab = lab_new();
    struct made_pen pen = {.ledger = &lab->twin.ledger, .flow_ppm = FLOW_PPM};
    for (int n = 0; n < DASHES; n++) {
        dash_begin(&pen, n);
        made_draw(&pen, pen.at[0] + DASH, pen.at[1]);
    }
    return lab;
}

// The rest of the dashes from the middle of dash `from`, in halves whose filament was measured 1.9 % too large.
static void dashes_on(struct lab *lab, int from)
{
    struct made_pen pen = {
        .ledger = &lab->run.ledger, .flow_ppm = FLOW_PPM, .t_us = lab->t_us, .at = {0}};
    for (int n = from; n < DASHES; n++) {
        dash_begin(&pen, n);
        int64_t begin = pen.at[0];
        if (n == from)
            made_travel(&pen, begin + DASH / 2, pen.at[1]);
        else
            made_draw(&pen, begin + DASH / 2, pen.at[1]);
        made_draw(&pen, begin + DASH, pen.at[1]);
        pen.flow_ppm = FLOW_PPM * 1019 / 1000; // from the second on
    }
}

// Where both travel next nothing else can be meant than the same end, whatever the filament says: errors do not add up.
static void test_travels_hold_together(void **state)
{
    (void)state;
    struct lab *lab = dashes();
    const int at = 101;
    add(lab, (struct made_piece){.to_s = at * DASH + DASH / 2});
    cut(lab);
    dashes_on(lab, at);
    judge(lab);
    assert_int_equal(value(lab, LAB_SEAM_GAP), 0);
    assert_int_equal(value(lab, LAB_SEAM_OVERLAP), 0);
    assert_true(value(lab, LAB_LAYER_SHIFT) <= 60); // inside a dash filament is the ruler
    assert_near(lab->verdict.cut[0].resumed_at_nm, at * DASH + DASH / 2, 200);
    lab_end(lab);
}

// A travel is a vertex, even where the path goes on in the same direction behind it.
static void test_travels_are_vertices(void **state)
{
    (void)state;
    struct lab *lab = dashes();
    lab->run.completed = false;
    int64_t at = 101 * DASH + 7 * MM;
    cut_and_resume(lab, at, at - 5 * MM,
                   (struct made_piece){.to_s = at + 45 * DASH, .shift = {30 * UM, 40 * UM, 0}});
    expect(lab, 0, 50, 0, 5000);
    lab_end(lab);
}

// Two gaps, each too short to count, are not one that does.
static void test_gaps_apart_do_not_add_up(void **state)
{
    (void)state;
    struct lab *lab = tower();
    add(lab, (struct made_piece){.to_s = CUT});
    cut(lab);
    add(lab, (struct made_piece){.from_s = CUT + 40 * UM, .to_s = CUT + LAYER});
    cut(lab);
    add(lab, (struct made_piece){.from_s = CUT + LAYER + 40 * UM, .to_s = -1});
    judge(lab);
    expect(lab, 0, 0, 0, 0);
    lab_end(lab);
}

// One object after another: Z goes down again, and both look alike.
static void test_objects(void **state)
{
    (void)state;
    for (int finished = 0; finished < 2; finished++) {
        struct lab *lab = lab_new();
        made_objects(&lab->twin.ledger, 12);
        lab->run.completed = finished;
        int64_t half = made_path(&lab->twin.ledger) / 2;
        cut_and_resume(
            lab, half + 300 * UM, half - 1 * MM,
            (struct made_piece){.to_s = half + 700 * MM, .shift = {0, 50 * UM, 20 * UM}});
        if (finished) // the caller says so, but the end is missing: shape and nearness decide
            assert_true(value(lab, LAB_SEAM_GAP) > 0);
        else
            assert_int_equal(value(lab, LAB_SEAM_GAP), 0);
        assert_near(value(lab, LAB_SEAM_OVERLAP), 1300, 1);
        assert_int_equal(value(lab, LAB_Z_OFFSET_ERROR), 20);
        assert_int_equal(value(lab, LAB_LAYER_SHIFT), 50);
        lab_end(lab);
    }
}

// After the resume an arc is cut into other chords than in the twin.
static void test_other_chords(void **state)
{
    (void)state;
    struct lab *lab = lab_new();
    struct lab_ledger other = {0};
    made_arcs(&lab->twin.ledger, 20, 64);
    made_arcs(&other, 20, 360);
    int64_t layer = made_path(&lab->twin.ledger) / 20, other_layer = made_path(&other) / 20;
    struct made_piece before = {.to_s = 9 * layer + 65 * MM},
                      after = {.from_s = 9 * other_layer + 65 * MM,
                               .to_s = -1,
                               .shift = {0, 0, 33 * UM}};
    lab->t_us = made_cut(&lab->run.ledger, &lab->twin.ledger, &before);
    cut(lab);
    after.t_us = lab->t_us;
    made_cut(&lab->run.ledger, &other, &after);
    judge(lab);
    assert_int_equal(value(lab, LAB_Z_OFFSET_ERROR), 33);
    assert_true(value(lab, LAB_LAYER_SHIFT) <= 15); // sagitta of the chords: 12 um
    assert_int_equal(value(lab, LAB_SEAM_GAP), 0);
    assert_int_equal(value(lab, LAB_SEAM_OVERLAP), 0);
    lab_ledger_free(&other);
    lab_end(lab);
}

static void purge(struct lab *lab, int lines)
{
    struct made_pen pen = {.ledger = &lab->run.ledger, .flow_ppm = 90000, .t_us = lab->t_us};
    pen.at[2] = 300000;
    made_travel(&pen, 5 * MM, 5 * MM);
    made_push(&pen, 7 * MM);
    for (int n = 0; n < lines; n++)
        made_draw(&pen, n % 2 ? 5 * MM : 65 * MM, (5 + n / 2) * MM);
    lab->t_us = pen.t_us;
}

static void test_purge(void **state)
{
    (void)state;
    for (int finished = 0; finished < 2; finished++)
        for (int lines = 0; lines < 20; lines += 3) {
            struct lab *lab = tower();
            lab->run.completed = finished;
            add(lab, (struct made_piece){.to_s = CUT});
            cut(lab);
            purge(lab, lines);
            add(lab, (struct made_piece){.from_s = CUT - 3 * MM,
                                         .to_s = finished ? -1 : CUT + LAYER,
                                         .shift = {0, 100 * UM, 15 * UM}});
            judge(lab);
            expect(lab, 15, 100, 0, 3000);
            if (lines > 1)
                assert_true(lab->verdict.cut[0].stray_path_nm >= 60 * MM);
            assert_true(lab->verdict.cut[0].stray_filament_nm >= 7 * MM);
            lab_end(lab);
        }
}

static void test_two_cuts(void **state)
{
    (void)state;
    struct lab *lab = tower();
    add(lab, (struct made_piece){.to_s = CUT});
    cut(lab);
    add(lab,
        (struct made_piece){.from_s = CUT - 2 * MM, .to_s = CUT + LAYER, .shift = {0, 0, 30 * UM}});
    cut(lab);
    add(lab, (struct made_piece){
                 .from_s = CUT + LAYER + 1 * MM, .to_s = -1, .shift = {60 * UM, 0, -70 * UM}});
    judge(lab);
    expect(lab, -70, 60, 1000, 2000);
    assert_int_equal(lab->verdict.cut[0].z_error_nm, 30 * UM);
    assert_int_equal(lab->verdict.cut[1].z_error_nm, -70 * UM);
    lab_end(lab);
}

// A piece cut at both ends out of one long line: it lies where it lies, not where that line begins.
static void test_piece_of_a_line(void **state)
{
    (void)state;
    struct lab *lab = tower();
    add(lab, (struct made_piece){.to_s = 17 * LAYER + 4 * MM});
    cut(lab);
    add(lab, (struct made_piece){.from_s = 17 * LAYER + 4 * MM, .to_s = 17 * LAYER + 12 * MM});
    cut(lab);
    add(lab, (struct made_piece){.from_s = 17 * LAYER + 4 * MM - 10 * UM, .to_s = -1});
    judge(lab);
    expect(lab, 0, 0, 0, 8010);
    assert_true(value(lab, LAB_STATE_AGE) <
                10000); // of the piece before, whose place this is to the resolution
    lab_end(lab);
}

// Power fails twice before anything is extruded again; and a piece shorter than a move.
static void test_short_pieces(void **state)
{
    (void)state;
    struct lab *lab = tower();
    add(lab, (struct made_piece){.to_s = CUT});
    cut(lab);
    cut(lab)->first_extrusion_us = -1;
    add(lab, (struct made_piece){.from_s = CUT, .to_s = CUT + 2 * MM, .shift = {0, 0, 20 * UM}});
    cut(lab);
    add(lab, (struct made_piece){.from_s = CUT + 2 * MM, .to_s = -1, .shift = {0, 0, 10 * UM}});
    judge(lab);
    assert_false(lab->verdict.cut[0].matched);
    assert_true(lab->verdict.cut[1].matched);
    assert_near(lab->verdict.cut[1].first_path_nm, 2 * MM, 200);
    expect(lab, 20, 0, 0, 0);
    lab_end(lab);
}

// A quarter of a millimetre between two cuts, in deposits so small that their ends' noise turns them: it lies where it lies on its
// line, not displaced from the vertex before it.
static void test_a_crumb(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct lab *lab = lab_new();
        made_spiral(&lab->twin.ledger, 30, 90);
        int64_t chord = made_path(&lab->twin.ledger) / 30 / 90, at = 11 * 90 * chord + 287 * UM;
        add(lab, (struct made_piece){.to_s = at});
        cut(lab);
        add(lab,
            (struct made_piece){
                .from_s = at, .to_s = at + 259 * UM, .noise = 8 * UM, .split = 3, .seed = seed});
        cut(lab);
        add(lab, (struct made_piece){.from_s = at + 259 * UM, .to_s = -1});
        judge(lab);
        assert_true(lab->verdict.cut[0].matched);
        assert_true(value(lab, LAB_LAYER_SHIFT) <= 20);
        lab_end(lab);
    }
}

// A cut in a recovery finds a machine that does not print: the state's age counts to where the print stopped, not over the outage.
static void test_age_over_two_cuts(void **state)
{
    (void)state;
    int64_t age[2];
    for (int twice = 0; twice < 2; twice++) {
        struct lab *lab = tower();
        add(lab, (struct made_piece){.to_s = CUT});
        cut(lab);
        if (twice)
            cut(lab);
        add(lab, (struct made_piece){.from_s = CUT - 20 * MM, .to_s = -1});
        judge(lab);
        age[twice] = value(lab, LAB_STATE_AGE);
        lab_end(lab);
    }
    assert_true(age[0] > 100);
    assert_int_equal(age[0], age[1]);
}

// A refusal for one of the reasons that will do as well passes; for another it does not.
static void test_or_refused(void **state)
{
    (void)state;
    struct lab *lab = tower();
    lab->run.completed = false;
    add(lab, (struct made_piece){.to_s = CUT});
    cut(lab)->first_extrusion_us = -1;
    lab->scenario.expect_result = LAB_RESUMED;
    lab->scenario.expect_or_refused = 1u << PLR_REASON_BED_COLD | 1u << PLR_REASON_VERIFY;
    static const struct {
        const char *reason;
        enum lab_result result;
        bool pass;
    } cases[] = {{"bed_cold: the bed was below its gate", LAB_REFUSED, true},
                 {"verify: passes differ", LAB_REFUSED, true},
                 {"binding: a corner hangs", LAB_REFUSED, false},
                 {"bed: no reason's word", LAB_REFUSED, false},
                 {NULL, LAB_REFUSED, false},
                 {"bed_cold: the bed was below its gate", LAB_NEVER_FINISHED, false}};
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        assert_int_equal(lab_judge(&lab->run, &lab->twin, &lab->scenario, cases[n].result,
                                   cases[n].reason, &lab->verdict),
                         0);
        assert_int_equal(lab->verdict.result_ok, cases[n].pass);
        assert_int_equal(lab->verdict.outcome, cases[n].pass ? LAB_PASS : LAB_FAIL);
    }
    lab_end(lab);
}

static void test_never_resumed(void **state)
{
    (void)state;
    struct lab *lab = tower();
    lab->run.completed = false;
    add(lab, (struct made_piece){.to_s = CUT});
    cut(lab)->first_extrusion_us = -1;
    lab->scenario.expect[LAB_Z_OFFSET_ERROR] = (struct lab_limit){.set = true, .max = 60};
    lab->scenario.expect_result = LAB_REFUSED;
    snprintf(lab->scenario.expect_reason, sizeof lab->scenario.expect_reason, "bed");
    assert_int_equal(lab_judge(&lab->run, &lab->twin, &lab->scenario, LAB_REFUSED,
                               "the bed is cold", &lab->verdict),
                     0);
    assert_int_equal(lab->verdict.outcome, LAB_PASS);
    assert_int_equal(lab->verdict.measure[LAB_Z_OFFSET_ERROR].outcome, LAB_NOT_APPLICABLE);
    assert_int_equal(lab->verdict.measure[LAB_TIME_TO_RESUME].outcome, LAB_NOT_APPLICABLE);
    assert_int_equal(lab->verdict.measure[LAB_GANTRY_TILT].outcome, LAB_PASS);
    assert_int_equal(
        lab_judge(&lab->run, &lab->twin, &lab->scenario, LAB_REFUSED, "no room", &lab->verdict), 0);
    assert_int_equal(lab->verdict.outcome, LAB_FAIL);
    assert_string_equal(lab->verdict.why, "reason is \"no room\", expected \"bed\"");
    // a run that says it resumed, but is nowhere in the twin, does not pass its limits
    lab->scenario.expect_result = LAB_RESUMED;
    lab->scenario.expect_reason[0] = 0;
    judge(lab);
    assert_int_equal(lab->verdict.outcome, LAB_FAIL);
    assert_false(lab->verdict.measure[LAB_Z_OFFSET_ERROR].known);
    assert_int_equal(lab->verdict.measure[LAB_Z_OFFSET_ERROR].outcome, LAB_FAIL);
    lab_end(lab);
}

/// Cut in what comes behind the last path (a retraction, the end macro): nothing can stand wrong, and nothing is missing. The same
/// with path left, or given up, still fails.
static void test_cut_behind_the_path(void **state)
{
    (void)state;
    static const struct {
        int64_t short_nm;
        bool completed, pass;
    } cases[] = {{0, true, true},
                 {40 * UM, true, true}, // less than a gap is
                 {60 * UM, true, false},
                 {5 * MM, true, false},
                 {0, false, false}};

    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        struct lab *lab = tower();
        lab->run.completed = cases[n].completed;
        add(lab, (struct made_piece){.to_s = 40 * LAYER - cases[n].short_nm});
        cut(lab)->first_extrusion_us = -1;
        purge(lab, 4);
        lab->scenario.expect[LAB_Z_OFFSET_ERROR] = (struct lab_limit){.set = true, .max = 60};
        lab->scenario.expect[LAB_SEAM_GAP] = (struct lab_limit){.set = true, .max = 0};
        judge(lab);
        assert_int_equal(lab->verdict.outcome, cases[n].pass ? LAB_PASS : LAB_FAIL);
        assert_int_equal(lab->verdict.cut[0].nothing_left, cases[n].pass);
        assert_int_equal(lab->verdict.measure[LAB_Z_OFFSET_ERROR].outcome,
                         cases[n].pass ? LAB_NOT_APPLICABLE : LAB_FAIL);
        assert_int_equal(lab->verdict.measure[LAB_SEAM_GAP].known, cases[n].pass);
        lab_end(lab);
    }
}

static void test_empty(void **state)
{
    (void)state;
    struct lab *lab = lab_new();
    judge(lab);
    assert_int_equal(lab->verdict.outcome, LAB_PASS);
    cut(lab);
    judge(lab);
    assert_false(lab->verdict.cut[0].matched);
    made_tower(&lab->twin.ledger, 2);
    judge(lab);
    assert_false(lab->verdict.measure[LAB_SEAM_GAP].known);
    purge(lab, 4); // a run without its twin's path
    judge(lab);
    assert_int_equal(lab->verdict.cut[0].matched, false);
    lab_ledger_free(&lab->twin.ledger);
    judge(lab);
    lab_end(lab);
}

static int64_t path_of(const struct lab_deposit *d)
{
    int64_t way[2] = {d->to_nm[0] - d->from_nm[0], d->to_nm[1] - d->from_nm[1]};
    return lab_length_nm(way, 2);
}

/// The twin's deposit with which a layer's path begins, and the path before it.
static size_t layer_begin(const struct lab *lab, int32_t z_nm, int64_t *path)
{
    const struct lab_deposit *entry = lab->twin.ledger.entry;
    size_t j = 0;
    for (*path = 0; entry[j].to_nm[2] < z_nm || !path_of(&entry[j]); j++)
        *path += path_of(&entry[j]);
    return j;
}

/// Displacement along the first resumed layer: that of each move's middle times its path.
static void weighed(const struct lab *lab, size_t j, int64_t layer, int64_t mean[3])
{
    size_t i = lab->run.cut[0].ledger_at;
    double sum[3] = {0};

    for (int64_t path = 0; path < layer; i++, j++) {
        const struct lab_deposit *r = &lab->run.ledger.entry[i], *t = &lab->twin.ledger.entry[j];
        int64_t length = path_of(t);
        for (int axis = 0; axis < 3; axis++) {
            int64_t q0 = r->from_nm[axis] - t->from_nm[axis];
            int64_t q1 = r->to_nm[axis] - t->to_nm[axis];
            sum[axis] += (double)((q0 + q1) * length) * 0.5;
        }
        path += length;
    }
    for (int axis = 0; axis < 3; axis++)
        mean[axis] = (int64_t)(sum[axis] / (double)layer + (sum[axis] < 0 ? -0.5 : 0.5));
}

/// To the nanometre, with a spread and without; lengths are no whole millimetres.
static void test_means(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct lab *lab = lab_new();
        struct lab_verdict values;
        int64_t mean[3], from;
        made_shapes(&lab->twin.ledger, 12, seed);
        size_t begin = layer_begin(lab, lab->twin.ledger.entry[0].to_nm[2] * 8, &from);
        cut_and_resume(lab, from, from,
                       (struct made_piece){.noise = 1 + (int64_t)(seed % 7) * 3,
                                           .seed = seed,
                                           .shift = {3, -4, (int64_t)seed * 1000 - 20000}});
        weighed(lab, begin, lab->verdict.cut[0].first_path_nm, mean);
        assert_true(lab->verdict.cut[0].first_path_nm > 10 * MM);
        assert_int_equal(lab->verdict.cut[0].shift_nm[0], mean[0]);
        assert_int_equal(lab->verdict.cut[0].shift_nm[1], mean[1]);
        assert_int_equal(lab->verdict.cut[0].z_error_nm, mean[2]);
        struct lab_twin *twin = lab_twin_open(&lab->twin);
        assert_int_equal(
            lab_judge_stretch(&lab->run, twin, 0, lab->twin.ledger.count, &lab->scenario, &values),
            0);
        lab_twin_close(twin);
        for (int n = 0; n < LAB_MEASURES; n++) {
            assert_int_equal(values.measure[n].known, lab->verdict.measure[n].known);
            assert_int_equal(values.measure[n].value, lab->verdict.measure[n].value);
            assert_int_equal(values.measure[n].outcome, lab->verdict.measure[n].outcome);
        }
        lab_end(lab);
    }
}

static void test_noise(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct lab *lab = tower();
        cut_and_resume(lab, CUT, CUT - 4 * MM,
                       (struct made_piece){
                           .noise = 5 * UM, .seed = seed, .shift = {300 * UM, 400 * UM, -80 * UM}});
        assert_near(value(lab, LAB_Z_OFFSET_ERROR), -80, 2);
        assert_near(value(lab, LAB_LAYER_SHIFT), 500, 2);
        assert_int_equal(value(lab, LAB_SEAM_GAP), 0);
        assert_near(value(lab, LAB_SEAM_OVERLAP), 4000, 1);
        assert_true(lab->verdict.measure[LAB_Z_OFFSET_ERROR].max <= -75);
        assert_true(lab->verdict.measure[LAB_Z_OFFSET_ERROR].min >= -85);
        lab_end(lab);
    }
}

// The part has shrunk about its centre: in its own frame the machine's moves are too long.
static void test_shrunk(void **state)
{
    (void)state;
    struct lab *lab = tower();
    cut_and_resume(lab, CUT, CUT - 8 * MM,
                   (struct made_piece){.scale_ppm = 6000, .centre = {110 * MM, 110 * MM}});
    assert_int_equal(value(lab, LAB_Z_OFFSET_ERROR), 0);
    assert_near(value(lab, LAB_SEAM_OVERLAP), 8000, 1);
    assert_int_equal(value(lab, LAB_SEAM_GAP), 0);
    assert_true(lab->verdict.measure[LAB_LAYER_SHIFT].max <= 86);
    assert_true(lab->verdict.measure[LAB_LAYER_SHIFT].max >= 80);
    lab_end(lab);
}

// A flow factor that was not restored: filament is no ruler then.
static void test_other_flow(void **state)
{
    (void)state;
    struct lab *lab = tower();
    cut_and_resume(lab, CUT, CUT - 8 * MM,
                   (struct made_piece){.flow_ppm = 950000, .shift = {0, 30 * UM, 20 * UM}});
    expect(lab, 20, 30, 0, 8000);
    lab_end(lab);
}

// E was absolute and wrong: the first deposit is a blob.
static void test_blob(void **state)
{
    (void)state;
    struct lab *lab = tower();
    add(lab, (struct made_piece){.to_s = CUT});
    cut(lab);
    size_t first = lab->run.ledger.count;
    add(lab, (struct made_piece){.from_s = CUT - 2 * MM, .to_s = -1});
    lab->run.ledger.entry[first].e_nm += 5 * MM;
    judge(lab);
    expect(lab, 0, 0, 0, 2000);
    lab_end(lab);
}

// The axes lose steps in the middle of the resumed piece: still the same path.
static void test_shift_later(void **state)
{
    (void)state;
    struct lab *lab = tower();
    add(lab, (struct made_piece){.to_s = CUT});
    cut(lab);
    add(lab, (struct made_piece){.from_s = CUT, .to_s = 17 * LAYER + 200 * MM});
    add(lab,
        (struct made_piece){.from_s = 17 * LAYER + 200 * MM, .to_s = -1, .shift = {3 * MM, 0, 0}});
    judge(lab);
    assert_int_equal(value(lab, LAB_SEAM_GAP), 0);
    assert_int_equal(value(lab, LAB_SEAM_OVERLAP), 0);
    assert_int_equal(lab->verdict.measure[LAB_LAYER_SHIFT].max, 3000);
    assert_near(value(lab, LAB_LAYER_SHIFT), 3000 * 128 / (328 - 33), 30);
    lab_end(lab);
}

static void test_height_step(void **state)
{
    (void)state;
    struct lab *lab = tower();
    // half a layer good, half 100 um high: the mean is weighted by path
    add(lab, (struct made_piece){.to_s = 17 * LAYER});
    cut(lab);
    add(lab, (struct made_piece){.from_s = 17 * LAYER, .to_s = 17 * LAYER + 164 * MM});
    add(lab, (struct made_piece){
                 .from_s = 17 * LAYER + 164 * MM, .to_s = -1, .shift = {0, 0, 100 * UM}});
    judge(lab);
    assert_int_equal(value(lab, LAB_Z_OFFSET_ERROR), 50);
    assert_int_equal(lab->verdict.measure[LAB_Z_OFFSET_ERROR].min, 0);
    assert_int_equal(lab->verdict.measure[LAB_Z_OFFSET_ERROR].max, 100);
    assert_int_equal(lab->verdict.measure[LAB_Z_OFFSET_ERROR].p95, 100);
    const struct lab_aligned *aligned = &lab->verdict.cut[0]; // and the profile shows the step
    assert_true(aligned->profiled);
    assert_int_equal(aligned->profile_nm[0], 0);
    assert_int_equal(aligned->profile_nm[LAB_PROFILE / 2 - 2], 0);
    assert_int_equal(aligned->profile_nm[LAB_PROFILE / 2 + 2], 100 * UM);
    assert_int_equal(aligned->profile_nm[LAB_PROFILE - 1], 100 * UM);
    lab_end(lab);
}

// Less than 10 mm left of the layer: the next one counts too.
static void test_end_of_layer(void **state)
{
    (void)state;
    struct lab *lab = tower();
    cut_and_resume(lab, 18 * LAYER - 9 * MM, 18 * LAYER - 9 * MM,
                   (struct made_piece){.shift = {0, 0, 12 * UM}});
    expect(lab, 12, 0, 0, 0);
    assert_near(lab->verdict.cut[0].first_path_nm, LAYER + 9 * MM, 200);
    lab_end(lab);
    lab = tower();
    cut_and_resume(lab, 18 * LAYER - 11 * MM, 18 * LAYER - 11 * MM, (struct made_piece){0});
    assert_near(lab->verdict.cut[0].first_path_nm, 11 * MM, 200);
    lab_end(lab);
    lab = tower(); // the last layer has no next
    cut_and_resume(lab, 40 * LAYER - 1 * MM, 40 * LAYER - 2 * MM,
                   (struct made_piece){.shift = {0, 0, 12 * UM}});
    expect(lab, 12, 0, 0, 1000);
    lab_end(lab);
}

static void test_first_layer(void **state)
{
    (void)state;
    struct lab *lab = tower();
    cut_and_resume(lab, 3 * MM, 1 * MM, (struct made_piece){.shift = {0, 0, 12 * UM}});
    expect(lab, 12, 0, 0, 2000);
    lab_end(lab);
    lab = tower(); // before anything was extruded
    cut(lab);
    add(lab, (struct made_piece){.to_s = -1, .shift = {0, 0, 12 * UM}});
    judge(lab);
    expect(lab, 12, 0, 0, 0);
    lab_end(lab);
}

static void test_flow_deficit(void **state)
{
    (void)state;
    struct lab *lab = tower();
    add(lab, (struct made_piece){.to_s = CUT});
    cut(lab);
    size_t first = lab->run.ledger.count;
    add(lab, (struct made_piece){.from_s = CUT, .to_s = -1});
    lab->run.ledger.entry[first].deficit_nm = 30 * UM;
    lab->run.ledger.entry[first + 1].deficit_nm = 12 * UM;
    lab->run.ledger.entry[lab->run.ledger.count - 1].deficit_nm = 900 * UM; // long after
    judge(lab);
    assert_int_equal(value(lab, LAB_FLOW_DEFICIT), 42);
    lab_end(lab);
}

// Property: the same path, split otherwise, at any cut, measures the same.
static void test_random_splits(void **state)
{
    (void)state;
    uint64_t seed = 20261121;
    for (int round = 0; round < 300; round++) {
        struct lab *plain = lab_new(), *split = lab_new();
        int kind = round % 3;
        if (kind == 0)
            made_shapes(&plain->twin.ledger, 8, seed);
        else if (kind == 1)
            made_tower(&plain->twin.ledger, 8);
        else
            made_arcs(&plain->twin.ledger, 8, 60);
        struct made_piece all = {.to_s = -1, .split = round % 2 ? 4 : 0, .seed = seed};
        made_cut(&split->twin.ledger, &plain->twin.ledger, &all);
        int64_t total = made_path(&plain->twin.ledger);
        int64_t at = made_random(&seed, total - 40 * MM) + 20 * MM,
                back = made_random(&seed, 15 * MM);
        struct made_piece how = {.shift = {made_random(&seed, 2 * MM) - MM,
                                           made_random(&seed, 2 * MM) - MM,
                                           made_random(&seed, MM)}};
        cut_and_resume(plain, at, at - back, how);
        how.split = 4;
        how.seed = seed;
        cut_and_resume(split, at, at - back, how);
        for (int n = 0; n <= LAB_SEAM_OVERLAP_FILAMENT; n++) {
            int64_t x = value(plain, (enum lab_measure)n), y = value(split, (enum lab_measure)n);
            if (llabs(x - y) > 1)
                fail_msg("round %d kind %d at %lld back %lld: measure %d is %lld, split %lld",
                         round, kind, (long long)at, (long long)back, n, (long long)x,
                         (long long)y);
        }
        int64_t overlap = back < 50 * UM ? 0 : lab_round_div(back, 1000);
        assert_near(value(plain, LAB_SEAM_OVERLAP), overlap, 1);
        assert_near(value(plain, LAB_Z_OFFSET_ERROR), lab_round_div(how.shift[2], 1000), 1);
        assert_int_equal(value(plain, LAB_SEAM_GAP), 0);
        lab_end(plain);
        lab_end(split);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uncut),
        cmocka_unit_test(test_perfect),
        cmocka_unit_test(test_too_high),
        cmocka_unit_test(test_too_low),
        cmocka_unit_test(test_shift),
        cmocka_unit_test(test_large_shift),
        cmocka_unit_test(test_seam),
        cmocka_unit_test(test_resolution),
        cmocka_unit_test(test_resume_at_vertex),
        cmocka_unit_test(test_three_layers_earlier),
        cmocka_unit_test(test_layers_later),
        cmocka_unit_test(test_not_finished),
        cmocka_unit_test(test_not_finished_in_infill),
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_spiral),
        cmocka_unit_test(test_spiral_not_finished),
        cmocka_unit_test(test_resume_just_behind_travel),
        cmocka_unit_test(test_spiral_shifted_along),
        cmocka_unit_test(test_noisy_filament),
        cmocka_unit_test(test_travels_hold_together),
        cmocka_unit_test(test_travels_are_vertices),
        cmocka_unit_test(test_gaps_apart_do_not_add_up),
        cmocka_unit_test(test_objects),
        cmocka_unit_test(test_other_chords),
        cmocka_unit_test(test_purge),
        cmocka_unit_test(test_two_cuts),
        cmocka_unit_test(test_piece_of_a_line),
        cmocka_unit_test(test_age_over_two_cuts),
        cmocka_unit_test(test_or_refused),
        cmocka_unit_test(test_short_pieces),
        cmocka_unit_test(test_a_crumb),
        cmocka_unit_test(test_never_resumed),
        cmocka_unit_test(test_cut_behind_the_path),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_means),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_shrunk),
        cmocka_unit_test(test_other_flow),
        cmocka_unit_test(test_blob),
        cmocka_unit_test(test_shift_later),
        cmocka_unit_test(test_height_step),
        cmocka_unit_test(test_end_of_layer),
        cmocka_unit_test(test_first_layer),
        cmocka_unit_test(test_flow_deficit),
        cmocka_unit_test(test_random_splits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
