// Tests of the world: plain data that can be copied, a trace that notices everything, and an oracle that asks nobody.
// SPDX-License-Identifier: MIT
#include "sim/test_sim.h"

#include <inttypes.h>

_Static_assert(sizeof(struct world) <= 256 * 1024,
               "a world must stay small enough to be copied in microseconds");

static struct stage stage;
static struct sim *twin, *cut; ///< the stage's runs of seed 1, finished; read-only

static int set_up(void **state)
{
    (void)state;
    stage_set(&stage);
    twin = stage_open(&stage, 1, true);
    cut = stage_open(&stage, 1, false);
    run_on(twin);
    run_on(cut);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stage_close(twin);
    stage_close(cut);
    return 0;
}

static void the_stage_is_worth_looking_at(void **state)
{
    (void)state;
    assert_true(twin->world.firmware.job_done && cut->world.firmware.job_done);
    assert_int_equal(cut->truth.cuts, 1);
    assert_int_equal(twin->truth.cuts, 0);
    assert_int_equal(twin->truth.ledger.count, STAGE_LAYERS * STAGE_LINES);
    assert_true(cut->truth.ledger.count > twin->truth.ledger.count);
    assert_int_equal(cut->dut->result(cut), PLR_RESULT_RESUMED);
}

// --- plain data ------------------------------------------------------------------------------------------

/// gcc can tell padding from members, clang (up to 19) cannot.
#if defined(__has_builtin)
#define CAN_CLEAR_PADDING __has_builtin(__builtin_clear_padding)
#else
#define CAN_CLEAR_PADDING 0
#endif

static const uint64_t shadow_bytes = (uint64_t)1 << 38;

/// Is this number an address of something mapped into this process? (Below 4 GiB numbers are numbers.)
static bool is_address(uint64_t word)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    bool found = false;
    char line[512];

    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        uint64_t from, to;
        if (sscanf(line, "%" SCNx64 "-%" SCNx64, &from, &to) != 2 || to - from > shadow_bytes)
            continue; // a sanitizer's shadow covers half of all numbers
        found |= word >= from && word < to;
    }
    fclose(maps);
    return found && word >> 32;
}

/// Fail when any eight bytes of the world are an address. What the stack left in its padding is no part of it.
static void search_addresses(struct world world)
{
#if CAN_CLEAR_PADDING
    __builtin_clear_padding(&world);
#endif
    for (size_t at = 0; at + sizeof(uint64_t) <= sizeof world; at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, (const char *)&world + at, sizeof word);
        if (word >> 32 && is_address(word)) {
            print_error("an address stands in byte %zu of the world\n", at);
            fail();
        }
    }
}

/// Looked at while everything is in use: printing, in the recovery, after it.
static void a_world_holds_no_pointers(void **state)
{
    (void)state;
    if (!CAN_CLEAR_PADDING)
        skip();
    struct sim *sim = stage_open(&stage, 1, false);
    const int64_t looks[] = {cut->truth.cut[0].mains_us - 100000,
                             step_begin(cut, PLR_PHASE_HOME_Z0, 1) + 100000,
                             step_begin(cut, PLR_PHASE_RESUME, 1) + 300000};
    for (size_t look = 0; look < sizeof looks / sizeof *looks; look++) {
        run_until(sim, looks[look]);
        search_addresses(sim->world);
    }
    stage_close(sim);
}

static void running_in_pieces_changes_nothing(void **state)
{
    (void)state;
    struct sim *sim = stage_open(&stage, 1, false);
    while (!sim->world.firmware.job_done)
        run_until(sim, sim->world.now_us + 7000003);
    assert_true(run_on(sim) == cut->world.hash);
    assert_true(same_ledger(&sim->truth.ledger, &cut->truth.ledger));
    stage_close(sim);
}

/// What a branch takes along: world, memory, ledger up to the world's length, the notes of the run.
static void graft(struct sim *to, const struct sim *from)
{
    struct lab_ledger own = to->truth.ledger;

    to->world = from->world;
    to->nv = from->nv;
    to->truth = from->truth;
    to->truth.ledger = own;
    to->truth.ledger.count = 0;
    for (size_t i = 0; i < from->world.ledger; i++)
        assert_int_equal(lab_ledger_append(&to->truth.ledger, &from->truth.ledger.entry[i]), 0);
    memcpy(to->step, from->step, sizeof to->step);
    memcpy(to->cut, from->cut, sizeof to->cut);
    to->steps = from->steps;
    to->begun = from->begun;
    to->job_begin_us = from->job_begin_us;
    to->nv_write_us = from->nv_write_us;
    surface_clear(&to->surface);
}

/// Copied in mid-recovery into another machine, the first one burnt: both branches run on as the whole run did.
static void a_copy_in_mid_recovery_runs_on_the_same(void **state)
{
    (void)state;
    const enum plr_phase phases[] = {PLR_PHASE_LIFT, PLR_PHASE_HOME_Z0, PLR_PHASE_VERIFY};
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        struct sim *first = stage_open(&stage, 1, false), *branch[2];
        run_until(first, step_begin(cut, phases[i], 1) + 1234);
        assert_int_equal(first->world.phase, phases[i]);
        for (int b = 0; b < 2; b++) {
            branch[b] = stage_open(&stage, 99 + (uint64_t)b,
                                   false); // of other noise, until it is overwritten
            branch[b]->model = cut->model;
            graft(branch[b], first);
        }
        sim_close(first);
        memset(first, 0xee, sizeof *first);
        free(first);
        for (int b = 0; b < 2; b++) {
            assert_true(run_on(branch[b]) == cut->world.hash);
            assert_true(same_ledger(&branch[b]->truth.ledger, &cut->truth.ledger));
            stage_close(branch[b]);
        }
    }
}

/// Going back in the same machine: the ledger is cut to the world's length.
static void a_world_put_back_runs_on_the_same(void **state)
{
    (void)state;
    static struct sim keep;
    struct sim *sim = stage_open(&stage, 1, false);

    run_until(sim, step_begin(cut, PLR_PHASE_LEVEL, 1) + 5000);
    keep = *sim;
    assert_true(run_on(sim) == cut->world.hash);
    struct lab_ledger ledger = sim->truth.ledger;
    struct surface surface = sim->surface;
    *sim = keep;
    sim->surface = surface;
    sim->truth.ledger = ledger;
    sim->truth.ledger.count = sim->world.ledger;
    surface_clear(&sim->surface);
    assert_true(run_on(sim) == cut->world.hash);
    assert_true(same_ledger(&sim->truth.ledger, &cut->truth.ledger));
    stage_close(sim);
}

// --- the oracle asks nobody ---------------------------------------------------------------------------------

static void corrupt_modal(struct plr_modal *modal)
{
    for (int i = 0; i < 3; i++)
        modal->g92_nm[i] += 100000;
    modal->layer.z_nm += 100000;
    modal->reached_z_nm += 100000;
}

/// The core (and what the firmware keeps for it) believes everything 0.1 mm elsewhere: the part does not care.
static void a_corrupted_belief_changes_no_deposit(void **state)
{
    (void)state;
    struct sim *sim = stage_open(&stage, 1, true);

    run_until(sim, twin->print_begin_us + 1000000);
    struct plr *core = &sim->world.dut.u.core;
    corrupt_modal(&core->modal);
    corrupt_modal(&core->after);
    corrupt_modal(&sim->world.firmware.exec);
    run_on(sim);
    assert_true(sim->world.hash != twin->world.hash); // it was there, and was saved
    assert_true(same_ledger(&sim->truth.ledger, &twin->truth.ledger));
    stage_close(sim);
}

static void judge(const struct sim *sim, struct lab_verdict *verdict)
{
    assert_int_equal(
        lab_judge(&sim->truth, &twin->truth, &stage.scenario, LAB_RESUMED, NULL, verdict), 0);
}

/// Whatever firmware and core believe when the run is over, the verdict is the same.
static void a_verdict_does_not_ask_the_device(void **state)
{
    (void)state;
    struct sim *sim = stage_open(&stage, 1, false);
    struct lab_verdict honest, lied;

    run_on(sim);
    judge(sim, &honest);
    memset(&sim->world.dut, 0x5a, sizeof sim->world.dut);
    memset(&sim->world.firmware, 0x5a, sizeof sim->world.firmware);
    judge(sim, &lied);
    assert_int_equal(honest.outcome, lied.outcome);
    assert_memory_equal(honest.cut, lied.cut, sizeof honest.cut);
    for (int m = 0; m < LAB_MEASURES; m++)
        assert_int_equal(honest.measure[m].value, lied.measure[m].value);
    stage_close(sim);
}

/// The stage's cut, with the plant changed in the instant of resuming.
static void judge_changed(void (*change)(struct plant *), struct lab_verdict *verdict)
{
    struct sim *sim = stage_open(&stage, 1, false);

    run_until(sim, step_begin(cut, PLR_PHASE_RESUME, 1) - 1);
    change(&sim->world.plant);
    sim->world.track_us = -1;
    run_on(sim);
    judge(sim, verdict);
    stage_close(sim);
}

static void no_change(struct plant *plant)
{
    (void)plant;
}

static void raise_all(struct plant *plant)
{
    for (int i = 0; i < PLANT_CORNERS; i++)
        plant->slip_nm[i] += 100000;
}

static void raise_front(struct plant *plant)
{
    plant->slip_nm[0] += 100000;
    plant->slip_nm[3] += 100000;
}

static void shift_x(struct plant *plant)
{
    plant->home_nm[0] += 100000;
    plant->sideways_nm[0] += 100000;
}

static void a_plant_changed_by_100_um_is_measured_as_100_um(void **state)
{
    (void)state;
    struct lab_verdict as_is, raised, tilted, shifted;
    judge_changed(no_change, &as_is);
    judge_changed(raise_all, &raised);
    judge_changed(raise_front, &tilted);
    judge_changed(shift_x, &shifted);

    int64_t z = as_is.measure[LAB_Z_OFFSET_ERROR].value;
    assert_in_range(raised.measure[LAB_Z_OFFSET_ERROR].value - z, 99, 101);
    assert_in_range(raised.cut[0].z_error_nm - as_is.cut[0].z_error_nm, 99000, 101000);
    assert_true(llabs(raised.cut[0].shift_nm[0] - as_is.cut[0].shift_nm[0]) < 1000);
    assert_in_range(shifted.cut[0].shift_nm[0] - as_is.cut[0].shift_nm[0], 99000, 101000);
    assert_true(llabs(shifted.cut[0].shift_nm[1] - as_is.cut[0].shift_nm[1]) < 1000);
    assert_true(llabs(shifted.cut[0].z_error_nm - as_is.cut[0].z_error_nm) < 1000);
    // the part stands in the middle: half of what the front rises
    assert_in_range(tilted.cut[0].z_error_nm - as_is.cut[0].z_error_nm, 40000, 60000);
    assert_int_equal(raised.outcome, LAB_FAIL);
    assert_int_equal(as_is.outcome, LAB_PASS);
}

static void lower_all(struct plant *plant)
{
    for (int i = 0; i < PLANT_CORNERS; i++)
        plant->slip_nm[i] -= 300000;
}

/// Commanded into the printed part: the depth is the dive, and every such move is a collision.
static void a_plant_lowered_into_the_part_is_a_dive(void **state)
{
    (void)state;
    struct lab_verdict as_is, lowered;
    judge_changed(no_change, &as_is);
    judge_changed(lower_all, &lowered);
    int64_t z = lowered.measure[LAB_Z_OFFSET_ERROR].value;
    assert_in_range(as_is.measure[LAB_Z_OFFSET_ERROR].value - z, 299, 301);
    // it goes on where a line has just been laid, so all of it is depth; give or take the error that is there anyway
    assert_in_range(lowered.measure[LAB_DIVE].value, 240, 360);
    assert_true(lowered.measure[LAB_COLLISIONS].value > 0);
    assert_int_equal(as_is.measure[LAB_DIVE].value + as_is.measure[LAB_COLLISIONS].value, 0);
    assert_int_equal(lowered.outcome, LAB_FAIL);
}

/// Lowered two layers after the resume by one and a half, into what was printed since: nobody had looked at that before.
static void what_was_printed_since_is_in_the_way_too(void **state)
{
    (void)state;
    struct sim *sim = stage_open(&stage, 1, false);
    struct lab_verdict verdict;

    run_until(sim, step_begin(cut, PLR_PHASE_RESUME, 1));
    int32_t layer = sim->world.firmware.exec.layer.number;
    while (sim->world.firmware.exec.layer.number < layer + 2 && sim_step(sim))
        ;
    assert_false(sim->world.finished);
    assert_int_equal(sim->truth.dive_nm, 0);
    lower_all(&sim->world.plant);
    sim->world.track_us = -1;
    run_on(sim);
    judge(sim, &verdict);
    assert_in_range(verdict.measure[LAB_DIVE].value, 240, 360);
    assert_true(verdict.measure[LAB_COLLISIONS].value > 0);
    stage_close(sim);
}

/// Print a minute on behind the resume, in slices; with `looks`, somebody looks at heat in each, as events do.
static struct sim *printed_on(bool looks)
{
    struct sim *sim = stage_open(&stage, 1, false);
    int64_t begin = step_begin(cut, PLR_PHASE_RESUME, 1);

    run_until(sim, begin);
    sim->world.plant.heat.part_high += 30; // a small part that cools as a large one does
    sim->world.plant.part.cte *= 50;
    for (int n = 1; n < 600; n++) {
        run_until(sim, begin + n * 100000);
        if (looks)
            world_heat(sim);
    }
    return sim;
}

/// When heat is brought up to date must not show in what is printed, to the nanometre: a window sees fewer events than a whole print.
static void who_looks_at_heat_changes_no_deposit(void **state)
{
    struct sim *rarely = printed_on(false), *often = printed_on(true);
    const struct lab_ledger *a = &rarely->truth.ledger, *b = &often->truth.ledger;

    (void)state;
    assert_int_equal(a->count, b->count);
    assert_true(a->count > 50);
    for (size_t n = 0; n < a->count; n++)
        assert_memory_equal(&a->entry[n], &b->entry[n], LAB_DEPOSIT_BYTES);
    stage_close(rarely);
    stage_close(often);
}

/// Filament along the path, without what is purged in place.
static int64_t filament_of_path(const struct sim *sim)
{
    int64_t sum = 0;
    for (size_t i = 0; i < sim->truth.ledger.count; i++) {
        const struct lab_deposit *d = &sim->truth.ledger.entry[i];
        if (d->from_nm[0] != d->to_nm[0] || d->from_nm[1] != d->to_nm[1])
            sum += d->e_nm;
    }
    return sum;
}

/// A move resumed in its middle takes the rest of its filament only.
static void a_resumed_print_takes_no_more_filament(void **state)
{
    (void)state;
    assert_int_equal(filament_of_path(twin), INT64_C(1600000) * STAGE_LAYERS * STAGE_LINES);
    assert_true(llabs(filament_of_path(cut) - filament_of_path(twin)) <=
                1000); // the overlap is a micrometre or so
}

// --- the trace notices everything ----------------------------------------------------------------------------------

static void a_replay_repeats_to_the_bit(void **state)
{
    (void)state;
    struct sim *sim = stage_open(&stage, 1, false);
    assert_true(run_on(sim) == cut->world.hash);
    assert_int_equal(sim->world.events, cut->world.events);
    assert_true(same_ledger(&sim->truth.ledger, &cut->truth.ledger));
    assert_memory_equal(sim->nv.bytes, cut->nv.bytes, sizeof sim->nv.bytes);
    stage_close(sim);
}

/// Each by its least unit.
static void the_least_change_of_any_input_changes_the_trace(void **state)
{
    (void)state;
    static struct stage other;
    int64_t *const changed[] = {
        &other.scenario.power[0].off_for_us,
        &other.scenario.power[0].at.after_us,
        &other.scenario.sim.detect_us,
        &other.scenario.printer.corner_n_m,
        &other.scenario.printer.hotend_mw_k,
        &other.scenario.printer.accel_um_s2,
        &other.scenario.printer.motor_angle_nm,
        &other.scenario.printer.nozzle_growth_nm_k,
        &other.scenario.plr.save_interval_us,
        &other.scenario.printer.advance_us,
        &other.scenario.printer.toolhead_mass_mg,
    };
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) {
        other = stage;
        other.job.data = other.text;
        ++*changed[i];
        if (stage_hash(&other, 1) == cut->world.hash) {
            print_error("change %zu was not noticed\n", i);
            fail();
        }
    }
    assert_true(stage_hash(&stage, 2) != cut->world.hash);
}

static void one_changed_byte_of_the_job_changes_the_trace(void **state)
{
    (void)state;
    static struct stage other;
    other = stage;
    other.job.data = other.text;
    char *digit = strstr(other.text, "X170 Y154 E1.6");
    assert_non_null(digit);
    digit[13] = '7';
    assert_true(stage_hash(&other, 1) != cut->world.hash);
}

/// Any bit of the memory, also of the part of it that is not in use, flipped while the power is off.
static void one_flipped_bit_of_the_memory_changes_the_trace(void **state)
{
    (void)state;
    const struct lab_truth_cut *c = &cut->truth.cut[0];
    const size_t in_use = (size_t)cut->nv.geometry.block_count * cut->nv.geometry.erase_size;
    for (size_t at = 3; at < in_use; at += in_use / 7) {
        struct sim *sim = stage_open(&stage, 1, false);
        run_until(sim, (c->logic_us + c->back_us) / 2);
        assert_true(sim->world.in_outage);
        sim->nv.bytes[at] ^= 0x10;
        if (run_on(sim) == cut->world.hash) {
            print_error("a bit of byte %zu was not noticed\n", at);
            fail();
        }
        stage_close(sim);
    }
}

// --- noise -------------------------------------------------------------------------------------------------------------

/// A cut of the same print a few moves later; returns how many corners fell otherwise than after the stage's cut.
static int fell_otherwise(int moves_later)
{
    static struct stage other;
    const struct lab_truth_cut *b = &cut->truth.cut[0];
    int otherwise = 0;

    other = stage;
    other.job.data = other.text;
    other.scenario.power[0].at.move += moves_later;
    struct sim *sim = stage_open(&other, 1, false);
    run_on(sim);
    const struct lab_truth_cut *a = &sim->truth.cut[0];
    assert_true(sim->world.plant.noise.cut != cut->world.plant.noise.cut);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        int32_t fell = a->corner_after_nm[i] - a->corner_before_nm[i] -
                       (b->corner_after_nm[i] - b->corner_before_nm[i]);
        otherwise += fell > 2000 || fell < -2000;
        assert_true(sim->world.plant.visit_nm[i] != cut->world.plant.visit_nm[i]);
    }
    stage_close(sim);
    return otherwise;
}

static void two_cuts_of_one_print_see_different_noise(void **state)
{
    (void)state;
    int otherwise = 0;
    for (int later = 1; later <= 5; later++) // most corners hold in most outages
        otherwise += fell_otherwise(later);
    assert_true(otherwise >= 2);
}

/// Until the cut both saw the same machine. (Braking splits the last move in two.)
static void the_same_print_until_then(void **state)
{
    (void)state;
    size_t before = cut->truth.cut[0].ledger_at;
    assert_true(before > 30 && before < twin->truth.ledger.count);
    for (size_t i = 0; i + 2 < before; i++)
        assert_true(same_deposit(&cut->truth.ledger.entry[i], &twin->truth.ledger.entry[i]));
}

/// A start macro may ask for a bed that no heater reaches: the job is given up, and time comes to its end.
static void a_start_that_never_gets_warm_is_given_up(void **state)
{
    (void)state;
    static struct stage hot;
    struct lab_error err = {0};

    hot = stage;
    snprintf(hot.text, sizeof hot.text,
             "; filament_type = ABS\nprint_start EXTRUDER=240 BED=900\nG1 X150 Y150 E1 F3000\n");
    assert_int_equal(
        lab_job_use(&hot.job, "hot.gcode", hot.text, strlen(hot.text), &hot.scenario.printer, &err),
        0);
    struct sim *sim = stage_open(&hot, 1, true);
    run_on(sim);
    assert_true(sim->world.stop_requested);
    assert_false(sim->world.firmware.job_done);
    stage_close(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stage_is_worth_looking_at),
        cmocka_unit_test(a_world_holds_no_pointers),
        cmocka_unit_test(running_in_pieces_changes_nothing),
        cmocka_unit_test(a_copy_in_mid_recovery_runs_on_the_same),
        cmocka_unit_test(a_world_put_back_runs_on_the_same),
        cmocka_unit_test(a_corrupted_belief_changes_no_deposit),
        cmocka_unit_test(a_verdict_does_not_ask_the_device),
        cmocka_unit_test(a_plant_changed_by_100_um_is_measured_as_100_um),
        cmocka_unit_test(a_plant_lowered_into_the_part_is_a_dive),
        cmocka_unit_test(what_was_printed_since_is_in_the_way_too),
        cmocka_unit_test(who_looks_at_heat_changes_no_deposit),
        cmocka_unit_test(a_resumed_print_takes_no_more_filament),
        cmocka_unit_test(a_replay_repeats_to_the_bit),
        cmocka_unit_test(the_least_change_of_any_input_changes_the_trace),
        cmocka_unit_test(one_changed_byte_of_the_job_changes_the_trace),
        cmocka_unit_test(one_flipped_bit_of_the_memory_changes_the_trace),
        cmocka_unit_test(two_cuts_of_one_print_see_different_noise),
        cmocka_unit_test(the_same_print_until_then),
        cmocka_unit_test(a_start_that_never_gets_warm_is_given_up),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
