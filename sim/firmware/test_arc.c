// Tests of arcs cut into chords, begun in the middle as a resumed line is.
// SPDX-License-Identifier: MIT
#include "sim/test_sim.h"

#include <math.h>

enum { BLOCKS = 512 };

static struct stage stage;
static struct sim *sim;

static int set_up(void **state)
{
    (void)state;
    stage_set(&stage);
    sim = stage_open(&stage, 1, true);
    sim->world.firmware.ahead.plane = 17;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stage_close(sim);
    return 0;
}

/// Three quarters of a circle of 10 mm about (100, 100), rising by 1 mm; and a full one, and a small one.
static const struct plr_action arcs[] = {
    {.kind = PLR_ACT_ARC,
     .extrudes = true,
     .feed_nm_s = 50000000,
     .from_nm = {110000000, 100000000, 5000000, 0},
     .to_nm = {100000000, 90000000, 6000000, 3000000},
     .centre_nm = {100000000, 100000000},
     .e_nm = 3000000},
    {.kind = PLR_ACT_ARC,
     .clockwise = true,
     .extrudes = true,
     .feed_nm_s = 50000000,
     .from_nm = {110000000, 100000000, 5000000, 0},
     .to_nm = {110000000, 100000000, 5000000, 4000001},
     .centre_nm = {100000000, 100000000},
     .e_nm = 4000001},
    {.kind = PLR_ACT_ARC,
     .extrudes = true,
     .feed_nm_s = 50000000,
     .from_nm = {101000000, 100000000, 5000000, 0},
     .to_nm = {100000000, 101000000, 5000000, 50000},
     .centre_nm = {100000000, 100000000},
     .e_nm = 50000},
};

/// All blocks of an arc begun at `ppm`; returns their number.
static int chords(const struct plr_action *arc, int32_t ppm, struct sim_block out[BLOCKS])
{
    struct firmware *fw = &sim->world.firmware;
    int n = 0;

    planner_init(&fw->planner, SIM_QUEUE, 5.0);
    firmware_arc_begin(sim, arc, 77, ppm);
    while (fw->arc.active) {
        firmware_arc_feed(sim);
        for (int32_t i = 0; i < fw->planner.count; i++) {
            assert_true(n < BLOCKS);
            out[n++] = *planner_at(&fw->planner, i);
        }
        planner_init(&fw->planner, SIM_QUEUE, 5.0);
    }
    return n;
}

/// The point of the whole arc's chords at `ppm`.
static void on_chords(const struct sim_block *whole, int n, int32_t ppm, double at[4])
{
    int i = 0;
    while (i + 1 < n && whole[i].line_to_ppm < ppm)
        i++;
    double part = (double)(ppm - whole[i].line_from_ppm) /
                  (double)(whole[i].line_to_ppm - whole[i].line_from_ppm);
    for (int a = 0; a < 4; a++)
        at[a] =
            (double)whole[i].from_nm[a] + (double)(whole[i].to_nm[a] - whole[i].from_nm[a]) * part;
}

static void assert_near_point(const int64_t got[4], const double wanted[4], double within,
                              int32_t ppm)
{
    for (int a = 0; a < 4; a++)
        if (fabs((double)got[a] - wanted[a]) > within)
            fail_msg("axis %d at %d ppm: %lld, not %.0f", a, (int)ppm, (long long)got[a],
                     wanted[a]);
}

/// The rest of an arc is what is left of the whole one: it begins on the chord, leaves out no chord and no filament.
static void check_rest(const struct plr_action *arc, const struct sim_block *whole, int n,
                       int32_t ppm)
{
    static struct sim_block rest[BLOCKS];
    int64_t point[4], e_nm = 0;
    double wanted[4];
    const double ppm_nm = 70.0; // a millionth of the longest arc is 63 nm

    int m = chords(arc, ppm, rest);
    assert_in_range(m, 1, n);
    on_chords(whole, n, ppm, wanted);
    firmware_arc_point(sim, arc, ppm, point);
    assert_near_point(point, wanted, ppm_nm, ppm);
    assert_near_point(rest[0].from_nm, wanted, ppm_nm, ppm);
    assert_in_range(rest[0].line_from_ppm, ppm, ppm + 20); // less than what is worth a block
    assert_memory_equal(rest[m - 1].to_nm, arc->to_nm, sizeof arc->to_nm);
    assert_int_equal(rest[m - 1].line_to_ppm, PLR_PPM);
    for (int i = 0; i < m; i++) {
        e_nm += rest[i].e_nm;
        assert_int_equal(rest[i].line, 77);
        assert_int_equal(rest[i].first_of_line, i == 0);
        if (i > 0) { // from the second on they are the whole arc's
            assert_memory_equal(rest[i].from_nm, whole[n - m + i].from_nm, sizeof point);
            assert_memory_equal(rest[i].to_nm, whole[n - m + i].to_nm, sizeof point);
            assert_int_equal(rest[i].e_nm, whole[n - m + i].e_nm);
        }
    }
    int64_t left = arc->e_nm - arc->e_nm * rest[0].line_from_ppm / PLR_PPM;
    assert_in_range(e_nm, left - 1, left + 1);
}

static void an_arc_begun_in_its_middle_is_the_rest_of_it(void **state)
{
    (void)state;
    static struct sim_block whole[BLOCKS];
    for (size_t i = 0; i < sizeof arcs / sizeof *arcs; i++) {
        int n = chords(&arcs[i], 0, whole);
        assert_true(n > 2);
        for (int k = 0; k < n; k++) // round about every end of a chord
            for (int32_t d = -3; d <= 3; d++) {
                int32_t ppm = whole[k].line_from_ppm + d;
                if (ppm >= 0)
                    check_rest(&arcs[i], whole, n, ppm);
            }
        for (int32_t ppm = 0; ppm < PLR_PPM - 100; ppm += 7919)
            check_rest(&arcs[i], whole, n, ppm);
    }
}

static void an_arc_that_was_done_leaves_nothing(void **state)
{
    (void)state;
    static struct sim_block none[BLOCKS];
    int64_t point[4];
    assert_int_equal(chords(&arcs[0], PLR_PPM, none), 0);
    firmware_arc_point(sim, &arcs[0], PLR_PPM, point);
    assert_memory_equal(point, arcs[0].to_nm, sizeof point);
}

/// Asking for a point does not disturb the arc that is being fed.
static void a_question_changes_no_arc(void **state)
{
    (void)state;
    struct arc *arc = &sim->world.firmware.arc;
    int64_t point[4];
    firmware_arc_begin(sim, &arcs[0], 5, 250000);
    struct arc before = *arc;
    firmware_arc_point(sim, &arcs[2], 600000, point);
    assert_memory_equal(&before, arc, sizeof before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arc_begun_in_its_middle_is_the_rest_of_it),
        cmocka_unit_test(an_arc_that_was_done_leaves_nothing),
        cmocka_unit_test(a_question_changes_no_arc),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
