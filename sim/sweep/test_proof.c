// Sweeps that doubt themselves: a window that is wrong is found out, one that cannot see is not asked, and the list is what was asked for.
// SPDX-License-Identifier: MIT
#include "sim/sweep/line.h"
#include "sim/sweep/test_rig.h"

/// A copy of the twin's path that lies so much lower: what windows compare with, and whole prints do not.
static struct lab_truth lowered(const struct lab_truth *twin, int32_t by_nm)
{
    struct lab_truth out = *twin;

    out.ledger = (struct lab_ledger){0};
    for (size_t i = 0; i < twin->ledger.count; i++) {
        struct lab_deposit deposit = twin->ledger.entry[i];
        deposit.from_nm[2] -= by_nm;
        deposit.to_nm[2] -= by_nm;
        assert_int_equal(lab_ledger_append(&out.ledger, &deposit), 0);
    }
    return out;
}

/// How many of the sample, one in `every`, contradict windows that are wrong by so little that no verdict turns red.
static size_t contradicted(int32_t by_nm, int64_t every)
{
    struct rig *rig = rig_open(SWEEP_MOVE, 1, LAB_DUT_CORE);
    struct lab_truth low = lowered(&rig->run.twin->truth, by_nm);
    struct lab_twin *twin = rig->work.window.twin, *wrong = lab_twin_open(&low);
    size_t differs = 0;

    assert_non_null(wrong);
    rig->work.window.twin = wrong;
    rig->request.proof_every = every;
    sweep_all(rig);
    for (size_t i = 0; i < rig->totals.count; i++) {
        const struct sweep_result *result = &rig->totals.result[i];
        assert_int_equal(result->outcome, LAB_PASS);
        assert_true(!result->differs || (int64_t)result->index % every == 0);
        differs += result->differs;
    }
    rig->work.window.twin = twin;
    lab_twin_close(wrong);
    lab_ledger_free(&low.ledger);
    rig_close(rig);
    return differs;
}

/// A window that acquits with other numbers than the whole print has is a contradiction: found in each one of the sample, and
/// nowhere else.
static void a_window_that_is_wrong_is_found_out(void **state)
{
    (void)state;
    assert_int_equal(contradicted(0, 1), 0);
    size_t all = contradicted(15000, 1);
    assert_true(all > 20);
    assert_in_range(contradicted(15000, 3), all / 3 - 4, all / 3 + 4);
}

static void the_sample_is_printed_to_its_end(void **state)
{
    (void)state;
    struct rig *rig = rig_open(SWEEP_MOVE, 1, LAB_DUT_CORE);
    size_t sampled = 0, by_window = 0;

    rig->request.proof_every = 5;
    sweep_all(rig);
    for (size_t i = 0; i < rig->totals.count; i++) {
        const struct sweep_result *result = &rig->totals.result[i];
        bool sample = result->index % 5 == 0;
        assert_true(result->to_end || !sample);
        sampled += sample;
        by_window += !result->to_end;
    }
    assert_true(sampled > 10 && by_window > sampled);
    rig_close(rig);
}

enum { LATE_LAYER = STAGE_LAYERS - 1 };

/// The cuts of the first two layers, after which something is still to come: how many were judged by a window.
static size_t windows_before(struct rig *rig)
{
    size_t by_window = 0;

    rig->request.to = 2 * (STAGE_LINES + 4);
    rig_begin(rig);
    sweep_all(rig);
    assert_true(rig->totals.count > STAGE_LINES);
    for (size_t i = 0; i < rig->totals.count; i++)
        by_window += !rig->totals.result[i].to_end;
    rig_close(rig);
    return by_window;
}

/// A disturbance in the last layer, or a limit on what the memory costs until then, is behind every window of the first two.
static void a_window_does_not_acquit_of_what_lies_behind_it(void **state)
{
    (void)state;
    assert_true(windows_before(rig_make(SWEEP_MOVE, 1)) > STAGE_LINES);
    struct rig *rig = rig_make(SWEEP_MOVE, 1);
    rig->input.scenario.disturb_count = 1;
    rig->input.scenario.disturb[0] = (struct lab_disturb){
        .at = {.kind = LAB_AT_LAYER, .layer = LATE_LAYER, .fraction_ppm = 500000, .count = 1},
        .kind = LAB_DISTURB_SLIP,
        .amount_nm = 1000};
    assert_int_equal(windows_before(rig), 0);
    rig = rig_make(SWEEP_MOVE, 1);
    rig->input.scenario.expect[LAB_PRINT_STALL] = (struct lab_limit){.set = true, .max = 1000};
    assert_int_equal(windows_before(rig), 0);
}

/// What is listed of a write of so many bytes, when nobody asks for tears: prefixes.
static void listed(const struct rig *rig, uint32_t size, const int32_t *want, size_t count)
{
    const struct sim_trail_write write = {.number = 7, .size = size};
    struct sweep_list list = {0};

    assert_int_equal(sweep_list_write(&list, &rig->request, &rig->input.scenario, NULL, &write), 0);
    assert_int_equal(list.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(list.cut[i].power[0].tear.kind, LAB_TEAR_PREFIX);
        assert_int_equal(list.cut[i].power[0].tear.bytes, want[i]);
        assert_int_equal(list.cut[i].power[0].at.value, 7);
    }
    sweep_list_free(&list);
}

static void three_prefixes_or_each(void **state)
{
    (void)state;
    struct rig *rig = rig_make(SWEEP_NV_WRITE, 1);

    rig->input.scenario.sim.nv.kind = LAB_NV_FRAM;
    listed(rig, 100, (const int32_t[]){1, 50, 99}, 3);
    listed(rig, 5, (const int32_t[]){1, 2, 4}, 3);
    listed(rig, 3, (const int32_t[]){1, 2}, 2); // half is one byte
    listed(rig, 2, (const int32_t[]){1}, 1);
    listed(rig, 1, NULL, 0);
    rig->request.tears = 1u << LAB_TEAR_PREFIX;
    rig->request.every_prefix = true;
    listed(rig, 5, (const int32_t[]){1, 2, 3, 4}, 4);
    free(rig);
}

/// Both layers behind each resume are cut; whole prints say the same, and each replays as its ID.
static void prints_that_go_on_are_cut_again(void **state)
{
    (void)state;
    struct rig *rig = rig_make(SWEEP_LAYER, 1);
    size_t again = 0;

    rig->request.every2 = SWEEP_AGAIN_LAYER;
    rig->request.proof_every = 2;
    rig_begin(rig);
    sweep_all(rig);
    sweep_totals_sort(&rig->totals);
    for (size_t i = 0; i < rig->totals.count; i++) {
        const struct sweep_result *result = &rig->totals.result[i];
        const struct sweep_cut cut = sweep_cut_of(&rig->work.list, &rig->input.scenario, result);
        assert_true(result->fired && !result->differs && !result->other_state);
        assert_int_equal(result->result, LAB_RESUMED);
        assert_int_equal(result->outcome, LAB_PASS);
        if (!result->order)
            continue;
        again++;
        assert_int_equal(cut.power[1].at.kind, LAB_AT_LAYER);
        assert_int_equal(cut.power[1].at.layer, cut.power[0].at.layer + (int32_t)result->order);
    }
    // the last layer has none behind it, the one before it one
    assert_int_equal(again, 2 * rig->totals.firsts - 3);
    rig_close(rig);
}

/// What the recovery does with filament that was drawn back shows nowhere in the path: it is the state that the job goes on in.
static void filament_that_was_drawn_back_is_a_state(void **state)
{
    (void)state;
    struct rig *rig = rig_open(SWEEP_MOVE, 1, LAB_DUT_CORE);
    struct sweep_line line;
    struct lab_scenario uncut;
    const struct sweep_cut *cut = &rig->work.list.cut[rig->work.list.count / 2];

    assert_int_equal(sweep_line_open(&line, &rig->run), 0);
    assert_int_equal(sweep_line_print(&line, &uncut), 0);
    assert_true(sweep_line_pass(&line, cut));
    static const int32_t pushed_nm[] = {-11, -1, 0, 1, 11}; // a few nanometres are rounding
    for (size_t n = 0; n < sizeof pushed_nm / sizeof *pushed_nm; n++) {
        assert_int_equal(sweep_line_branch(&line, cut), 0);
        line.branch->hold = true;
        while (!line.branch->held && sim_step(line.branch))
            ;
        assert_true(line.branch->held);
        line.branch->filament_high_nm += pushed_nm[n];
        assert_int_equal(run_same_state(&rig->work.window.same, line.branch),
                         abs(pushed_nm[n]) < 11);
        sweep_line_back(&line);
    }
    sweep_line_print_end(&line);
    sweep_line_close(&line);
    rig_close(rig);
}

/// A handful of cuts of the small job, with that gantry.
static struct rig *swept(enum lab_gantry gantry)
{
    struct rig *rig = rig_make(SWEEP_MS, PLR_TEST_THIN > 1 ? 15000 : 4000);

    rig->input.scenario.sim.gantry = gantry;
    rig->input.scenario.sim.noise_off = (1u << LAB_NOISE_TERMS) - 1u;
    rig_begin(rig);
    sweep_all(rig);
    sweep_totals_sort(&rig->totals);
    return rig;
}

/// The same cuts with dynamics in windows and without a break, noise off (what a swing changes is also how often a switch is touched,
/// and so which draw is whose): as near each other as docs/PERFORMANCE.md says.
static void windows_of_dynamics_are_enough(void **state)
{
    (void)state;
    struct rig *windows = swept(LAB_FULL), *whole = swept(LAB_WHOLE);
    size_t resumed = 0;

    assert_int_equal(windows->totals.count, whole->totals.count);
    for (size_t i = 0; i < whole->totals.count; i++) {
        const struct sweep_result *a = &windows->totals.result[i], *b = &whole->totals.result[i];
        assert_int_equal(a->outcome, b->outcome);
        assert_int_equal(a->result, b->result);
        if (b->result != LAB_RESUMED)
            continue;
        resumed++;
        assert_true(llabs(a->value[LAB_Z_OFFSET_ERROR] - b->value[LAB_Z_OFFSET_ERROR]) <= 2);
        assert_true(llabs(a->value[LAB_GANTRY_TILT] - b->value[LAB_GANTRY_TILT]) <= 2);
        assert_int_equal(a->value[LAB_DIVE], b->value[LAB_DIVE]);
        assert_int_equal(a->value[LAB_COLLISIONS], b->value[LAB_COLLISIONS]);
    }
    assert_true(resumed >= 3);
    rig_close(windows);
    rig_close(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_that_is_wrong_is_found_out),
        cmocka_unit_test(the_sample_is_printed_to_its_end),
        cmocka_unit_test(a_window_does_not_acquit_of_what_lies_behind_it),
        cmocka_unit_test(three_prefixes_or_each),
        cmocka_unit_test(prints_that_go_on_are_cut_again),
        cmocka_unit_test(windows_of_dynamics_are_enough),
        cmocka_unit_test(filament_that_was_drawn_back_is_a_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
