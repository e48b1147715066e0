// Tests of cuts: each kind of trigger falls exactly where it says, and a cut inside a write kills there.
// SPDX-License-Identifier: MIT
#include "sim/test_sim.h"

static struct stage stage;
static struct sim *twin; ///< of seed 1, finished

static int set_up(void **state)
{
    (void)state;
    stage_set(&stage);
    twin = stage_open(&stage, 1, true);
    run_on(twin);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stage_close(twin);
    return 0;
}

/// A run of the stage cut by this trigger, to its end.
static struct sim *cut_at(struct lab_trigger at)
{
    stage.scenario.power[0].at = at;
    struct sim *sim = stage_open(&stage, 1, false);
    run_on(sim);
    assert_true(sim->truth.cuts >= 1);
    assert_int_equal(sim->power_fired_us[0], sim->truth.cut[0].mains_us);
    if (!sim->world.firmware.job_done || sim->truth.dive_nm) {
        print_error("cut at kind %d, value %lld: result %d, %s, dive %lld nm\n", at.kind,
                    (long long)at.value, sim->dut->result(sim),
                    plr_reason_text(sim->dut->reason(sim)), (long long)sim->truth.dive_nm);
        for (int i = 0; i < sim->notes; i++)
            print_error("  %s\n", sim->note[i]);
        fail();
    }
    return sim;
}

/// The undisturbed print, stopped at an instant.
static struct sim *print_until(int64_t us)
{
    struct sim *sim = stage_open(&stage, 1, true);
    run_until(sim, us);
    return sim;
}

/// File offset of the n-th line (0-based) that begins with `prefix` and, when `has` is not NULL, holds it, from offset `from`.
static int64_t find_line(int64_t from, const char *prefix, const char *has, int n)
{
    for (const char *line = stage.text + from; *line; line = strchr(line, '\n') + 1) {
        const char *end = strchr(line, '\n');
        const char *found = has ? strstr(line, has) : line;
        if (!strncmp(line, prefix, strlen(prefix)) && found && found < end && n-- == 0)
            return line - stage.text;
    }
    fail_msg("no such line");
    return -1;
}

static int64_t layer_at(int layer)
{
    return find_line(0, ";LAYER_CHANGE", NULL, layer);
}

/// Where the undisturbed print is in that instant, by the firmware itself.
static void assert_place(const struct sim *sim, int64_t offset, int32_t ppm)
{
    const struct sim_cut *cut = &sim->cut[0];
    struct sim *other = print_until(sim->truth.cut[0].mains_us);
    struct plr_progress progress;

    firmware_progress(other, &progress);
    assert_int_equal(cut->file_offset, offset);
    assert_int_equal(progress.file_offset, offset);
    assert_int_equal(progress.fraction_ppm, cut->fraction_ppm);
    assert_true(abs(cut->fraction_ppm - ppm) <=
                60); // a microsecond at 30 mm/s of 0.8 mm are 37 ppm
    stage_close(other);
}

static void by_layer_move_and_fraction(void **state)
{
    (void)state;
    static const int32_t fractions[] = {0, 1000, 250000, 500000, 999000};
    for (size_t i = 0; i < sizeof fractions / sizeof *fractions; i++) {
        struct sim *sim = cut_at((struct lab_trigger){
            .kind = LAB_AT_LAYER, .layer = 2, .move = 6, .fraction_ppm = fractions[i]});
        assert_place(sim, find_line(layer_at(2), "G1 X", "E", 6), fractions[i]);
        assert_int_equal(sim->cut[0].layer, 2);
        assert_string_equal(sim->cut[0].during, "print");
        stage_close(sim);
    }
}

static void by_travel_and_by_retraction(void **state)
{
    (void)state;
    struct sim *sim = cut_at((struct lab_trigger){
        .kind = LAB_AT_LAYER, .layer = 3, .travel = true, .fraction_ppm = 500000});
    assert_place(sim, find_line(layer_at(3), "G1 X130 Y130 F9000", NULL, 0), 500000);
    assert_string_equal(sim->cut[0].during, "travel");
    stage_close(sim);
    sim = cut_at((struct lab_trigger){
        .kind = LAB_AT_LAYER, .layer = 3, .retract = true, .fraction_ppm = 500000});
    assert_place(sim, find_line(layer_at(3), "G1 E-.8", NULL, 0), 500000);
    assert_string_equal(sim->cut[0].during, "retract");
    stage_close(sim);
}

static void by_height_byte_and_number(void **state)
{
    (void)state;
    struct sim *sim =
        cut_at((struct lab_trigger){.kind = LAB_AT_Z, .value = 700000, .fraction_ppm = 500000});
    assert_place(sim, find_line(layer_at(3), "G1 X", "E", 0), 500000);
    stage_close(sim);
    int64_t line = find_line(layer_at(4), "G1 X", "E", 3);
    for (int64_t byte = line; byte <= line + 5; byte += 5) {
        sim = cut_at(
            (struct lab_trigger){.kind = LAB_AT_FILE, .value = byte, .fraction_ppm = 250000});
        assert_place(sim, line, 250000);
        stage_close(sim);
    }
    // moves count from the priming push on: E2, and in each layer a retraction, Z, XY, return, the lines
    sim = cut_at(
        (struct lab_trigger){.kind = LAB_AT_MOVE, .value = 1 + 14 + 4 + 2, .fraction_ppm = 750000});
    assert_place(sim, find_line(layer_at(1), "G1 X", "E", 2), 750000);
    stage_close(sim);
}

/// Filament pushed up to the cut, by the plant's own count.
static void by_filament(void **state)
{
    (void)state;
    const int64_t wanted =
        2000000 + 16 * 1600000 + 700000; // priming, a layer and six lines, a part of the next
    struct sim *sim = cut_at((struct lab_trigger){.kind = LAB_AT_FILAMENT, .value = wanted});
    struct sim *other = print_until(sim->truth.cut[0].mains_us);
    int64_t whole = other->truth.filament_nm;
    firmware_freeze(other); // books the running block up to now
    assert_true(whole < wanted);
    assert_true(llabs(other->truth.filament_nm - wanted) <= 10);
    stage_close(other);
    stage_close(sim);
}

static void by_time(void **state)
{
    (void)state;
    static const int64_t times[] = {0, 1000000, 30000000, 100000001};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        stage.scenario.power[0].at =
            (struct lab_trigger){.kind = LAB_AT_TIME, .value = times[i], .after_us = 17};
        struct sim *sim = stage_open(&stage, 1, false);
        run_on(sim);
        assert_int_equal(sim->truth.cut[0].mains_us, sim->job_begin_us + times[i] + 17);
        stage_close(sim);
    }
}

static void a_delay_is_added_to_the_microsecond(void **state)
{
    (void)state;
    struct lab_trigger at = {.kind = LAB_AT_LAYER, .layer = 2, .move = 6, .fraction_ppm = 500000};
    struct sim *sim = cut_at(at);
    at.after_us = 123457;
    struct sim *later = cut_at(at);
    assert_int_equal(later->truth.cut[0].mains_us, sim->truth.cut[0].mains_us + 123457);
    stage_close(sim);
    stage_close(later);
}

/// The event is there in that microsecond, and not in the one before.
static void by_event(void **state)
{
    (void)state;
    struct sim *begun = print_until(twin->print_begin_us);
    int64_t first = (int64_t)begun->world.events;
    int seen = 0;
    stage_close(begun);
    for (int64_t n = first + 20; n < first + 60;
         n += 8) { // the first lines of a print are nothing to resume
        struct sim *sim = cut_at((struct lab_trigger){.kind = LAB_AT_EVENT, .value = n});
        struct sim *before = print_until(sim->truth.cut[0].mains_us - 1),
                   *then = print_until(sim->truth.cut[0].mains_us);
        // a pause does not fall inside a call of the memory: then the print has gone on a little
        if (before->world.now_us < sim->truth.cut[0].mains_us) {
            assert_true((int64_t)before->world.events <= n);
            seen++;
        }
        assert_true((int64_t)then->world.events > n);
        assert_int_equal(sim->cut[0].event, n + 1);
        stage_close(sim);
        stage_close(before);
        stage_close(then);
    }
    assert_true(seen >= 2);
}

/// A second cut inside the recovery from the first.
static void by_phase(void **state)
{
    (void)state;
    static struct stage other;
    other = stage;
    other.job.data = other.text;
    other.scenario.power[0].at =
        (struct lab_trigger){.kind = LAB_AT_LAYER, .layer = 3, .move = 4, .fraction_ppm = 500000};
    other.scenario.power[1] = other.scenario.power[0];
    other.scenario.power[1].off_for_us = 20000000;
    other.scenario.power_count = 2;
    for (int phase = PLR_PHASE_LIFT; phase <= PLR_PHASE_APPROACH; phase++) {
        if (phase == PLR_PHASE_WARM) // the nozzle may be warm still: such a phase lasts no time
            continue;
        other.scenario.power[1].at =
            (struct lab_trigger){.kind = LAB_AT_PHASE, .phase = (uint8_t)phase, .after_us = 4321};
        struct sim *sim = stage_open(&other, 1, false);
        run_on(sim);
        assert_int_equal(sim->truth.cuts, 2);
        assert_int_equal(sim->truth.cut[1].mains_us,
                         step_begin(sim, (enum plr_phase)phase, 1) + 4321);
        assert_true(sim->world.firmware.job_done);
        assert_int_equal(sim->truth.collisions_part + sim->truth.collisions_bed, 0);
        stage_close(sim);
    }
}

/// `count: 2` waits for the phase to come again.
static void by_the_second_time_of_a_phase(void **state)
{
    (void)state;
    static struct stage other;
    other = stage;
    other.job.data = other.text;
    for (int i = 0; i < 3; i++)
        other.scenario.power[i] = stage.scenario.power[0];
    other.scenario.power[0].at =
        (struct lab_trigger){.kind = LAB_AT_LAYER, .layer = 3, .move = 4, .fraction_ppm = 500000};
    other.scenario.power[1].at =
        (struct lab_trigger){.kind = LAB_AT_PHASE, .phase = PLR_PHASE_HOME_XY, .after_us = 1000};
    other.scenario.power[2].at = (struct lab_trigger){
        .kind = LAB_AT_PHASE, .phase = PLR_PHASE_HOME_XY, .count = 3, .after_us = 2000};
    other.scenario.power_count = 3;
    struct sim *sim = stage_open(&other, 1, false);
    run_on(sim);
    assert_int_equal(sim->truth.cuts, 2); // it comes twice only
    assert_int_equal(sim->power_fired_us[2], -1);
    stage_close(sim);
    other.scenario.power[2].at.count = 2;
    sim = stage_open(&other, 1, false);
    run_on(sim);
    assert_int_equal(sim->truth.cuts, 3);
    assert_int_equal(sim->truth.cut[2].mains_us, step_begin(sim, PLR_PHASE_HOME_XY, 2) + 2000);
    stage_close(sim);
}

// --- dips that the supply bridges ----------------------------------------------------------------------------------

/// Two entries: layer 2 for `us`, then layer 4 for a minute. Run to the end.
static struct sim *dip_and_cut(int64_t us, int entries)
{
    stage_set(&stage);
    stage.scenario.power[0] = (struct lab_power){
        .at = {.kind = LAB_AT_LAYER, .layer = 2, .move = 3, .fraction_ppm = 500000},
        .off_for_us = us,
        .domains = LAB_DOMAIN_MAINS};
    stage.scenario.power[1] = stage.scenario.power[0];
    stage.scenario.power[1].at.layer = 4;
    stage.scenario.power[1].off_for_us = 60000000;
    stage.scenario.power_count = entries;
    struct sim *sim = stage_open(&stage, 1, false);
    run_on(sim);
    return sim;
}

/// Shorter than the detection: nobody knows of it, and the print is the twin's, to the last deposit.
static void a_dip_is_no_outage(void **state)
{
    (void)state;
    stage_set(&stage);
    const int64_t detect = stage.scenario.sim.detect_us;
    assert_int_equal(detect, 5000);
    for (int64_t us = 1; us <= detect + 1; us += us == 1 ? detect - 2 : 2) { // 1, 4999, 5001
        struct sim *sim = dip_and_cut(us, 1);
        bool dip = us < detect;
        assert_int_equal(sim->truth.cuts, !dip);
        assert_int_equal(sim->world.dips, dip);
        assert_int_equal(sim->world.outage, !dip);
        assert_true(sim->power_fired_us[0] > 0);
        assert_true(sim->world.firmware.job_done);
        if (dip) {
            assert_non_null(strstr(sim->note[0], "the supply rode through"));
            assert_int_equal(sim->truth.ledger.count, twin->truth.ledger.count);
            assert_memory_equal(sim->truth.ledger.entry[sim->truth.ledger.count - 1].to_nm,
                                twin->truth.ledger.entry[twin->truth.ledger.count - 1].to_nm,
                                sizeof twin->truth.ledger.entry->to_nm);
            assert_int_equal(sim->truth.hot_dwell_us, 0);
        }
        stage_close(sim);
    }
}

/// The input is not there: the supply's own hold-up is the limit.
static void a_dip_that_nobody_is_told_of(void **state)
{
    (void)state;
    stage_set(&stage);
    stage.scenario.plr.power_fail_input = 0;
    struct lab_plr plr = stage.scenario.plr;
    struct sim *sim = dip_and_cut(8000, 1);
    assert_int_equal(sim->truth.cuts, 1); // told, and it braked
    stage_close(sim);
    stage_set(&stage);
    stage.scenario.plr = plr;
    stage.scenario.power[0].off_for_us = 8000;
    sim = stage_open(&stage, 1, false);
    run_on(sim);
    assert_int_equal(sim->truth.cuts, 0);
    assert_int_equal(sim->world.dips, 1);
    stage_close(sim);
}

/// What comes after a dip is as if it had not been: the first outage is the first, and falls as it would have fallen.
static void a_dip_changes_no_later_outage(void **state)
{
    (void)state;
    struct sim *after = dip_and_cut(3000, 2), *alone;

    stage.scenario.power[0] = stage.scenario.power[1];
    stage.scenario.power_count = 1;
    alone = stage_open(&stage, 1, false);
    run_on(alone);
    assert_int_equal(after->truth.cuts, 1);
    assert_int_equal(alone->truth.cuts, 1);
    assert_int_equal(after->world.outage, 1);
    assert_memory_equal(after->truth.cut[0].corner_after_nm, alone->truth.cut[0].corner_after_nm,
                        sizeof alone->truth.cut[0].corner_after_nm);
    assert_int_equal(after->world.plant.noise.cut, alone->world.plant.noise.cut);
    stage_close(after);
    stage_close(alone);
    stage_set(&stage);
}

/// A recovery goes on through a dip with the noise of its own outage, whether the board knows of dips or not.
static void a_dip_in_a_recovery(void **state)
{
    (void)state;
    for (int told = 0; told < 2; told++) {
        struct sim *runs[2];
        for (int entries = 1; entries <= 2; entries++) {
            stage_set(&stage);
            stage.scenario.plr.power_fail_input = told;
            stage.scenario.power[1] = (struct lab_power){
                .at = {.kind = LAB_AT_PHASE, .phase = PLR_PHASE_HOME_Z1, .count = 1},
                .off_for_us = told ? 3000 : 8000,
                .domains = LAB_DOMAIN_MAINS};
            stage.scenario.power_count = entries;
            runs[entries - 1] = stage_open(&stage, 1, false);
            run_on(runs[entries - 1]);
            assert_true(runs[entries - 1]->world.firmware.job_done);
            assert_int_equal(runs[entries - 1]->truth.cuts, 1);
        }
        assert_int_equal(runs[0]->world.dips, 0);
        assert_int_equal(runs[1]->world.dips, 1);
        assert_memory_equal(runs[0]->truth.corner_end_nm, runs[1]->truth.corner_end_nm,
                            sizeof runs[0]->truth.corner_end_nm);
        stage_close(runs[0]);
        stage_close(runs[1]);
    }
    stage_set(&stage);
}

// --- where cuts would fall ---------------------------------------------------------------------------------------

static void the_twin_tells_where_a_cut_will_fall(void **state)
{
    (void)state;
    const struct lab_trigger triggers[] = {
        {.kind = LAB_AT_LAYER, .layer = 2, .move = 6, .fraction_ppm = 300000},
        {.kind = LAB_AT_Z, .value = 700000, .fraction_ppm = 500000},
        {.kind = LAB_AT_MOVE, .value = 40, .fraction_ppm = 500000},
        {.kind = LAB_AT_MOVE, .value = 40, .fraction_ppm = 500000, .after_us = 1500000},
        {.kind = LAB_AT_TIME, .value = 100000000},
        {.kind = LAB_AT_TIME, .value = 110000000},
    };
    for (size_t i = 0; i < sizeof triggers / sizeof *triggers; i++) {
        struct sim *sim = cut_at(triggers[i]), *dry = stage_open(&stage, 1, true);
        run_on(dry);
        assert_int_equal(dry->power_fired_us[0], sim->truth.cut[0].mains_us);
        assert_int_equal(dry->power_at[0].file_offset, sim->cut[0].file_offset);
        assert_int_equal(dry->power_at[0].layer, sim->cut[0].layer);
        assert_int_equal(dry->power_at[0].fraction_ppm, sim->cut[0].fraction_ppm);
        assert_string_equal(dry->power_at[0].during, sim->cut[0].during);
        stage_close(sim);
        stage_close(dry);
    }
}

static void a_cut_that_is_not_reached_does_not_fire(void **state)
{
    (void)state;
    const struct lab_trigger triggers[] = {
        {.kind = LAB_AT_LAYER, .layer = STAGE_LAYERS},
        {.kind = LAB_AT_LAYER, .layer = 2, .move = STAGE_LINES},
        {.kind = LAB_AT_Z, .value = 1200001},
        {.kind = LAB_AT_FILAMENT, .value = 1000000000},
        {.kind = LAB_AT_FILE, .value = 1000000},
        {.kind = LAB_AT_MOVE, .value = 1000},
        {.kind = LAB_AT_EVENT, .value = 1000000},
        {.kind = LAB_AT_NV_WRITE, .value = 1000000},
        {.kind = LAB_AT_PHASE, .phase = PLR_PHASE_LIFT},
    };
    for (size_t i = 0; i < sizeof triggers / sizeof *triggers; i++) {
        stage.scenario.power[0].at = triggers[i];
        struct sim *sim = stage_open(&stage, 1, false);
        run_on(sim);
        assert_int_equal(sim->truth.cuts, 0);
        assert_int_equal(sim->power_fired_us[0], -1);
        assert_true(same_ledger(&sim->truth.ledger, &twin->truth.ledger));
        stage_close(sim);
    }
}

// --- cuts inside a write ----------------------------------------------------------------------------------------------

/// The undisturbed print's memory before or after its n-th operation.
static struct sim *print_to_write(uint32_t operations)
{
    struct sim *sim = print_until(twin->print_begin_us);
    while (sim->nv.operations < operations)
        run_until(sim, sim->world.now_us + 200);
    run_until(sim, sim->world.now_us + 5000);
    return sim;
}

static struct sim *killed_at_write(uint32_t n)
{
    stage.scenario.power[0].at = (struct lab_trigger){.kind = LAB_AT_NV_WRITE, .value = n};
    struct sim *sim = stage_open(&stage, 1, false);
    run_until(sim, twin->print_begin_us);
    while (!sim->truth.cuts)
        run_until(sim, sim->world.now_us + 1000);
    return sim;
}

/// Nothing outlives it: no hold-up, no brake, no warning.
static void a_cut_inside_a_write_kills_there(void **state)
{
    (void)state;
    struct sim *begun = print_until(twin->print_begin_us + 20000000); // two states are held back
    uint32_t n = begun->nv.operations;
    stage_close(begun);
    struct sim *sim = killed_at_write(n);
    const struct lab_truth_cut *c = &sim->truth.cut[0];
    assert_int_equal(sim->nv.operations, n + 1);
    assert_false(sim->world.firmware.alive || sim->world.plant.supply.logic ||
                 sim->world.plant.supply.rail);
    assert_int_equal(c->detected_us, -1);
    assert_int_equal(c->stopped_us, c->mains_us);
    assert_int_equal(c->drivers_us, c->mains_us);
    assert_int_equal(c->logic_us, c->mains_us);
    assert_int_equal(c->back_us, -1);
    run_on(sim);
    if (!sim->world.firmware.job_done)
        fail_msg("result %d: %s", sim->dut->result(sim), plr_reason_text(sim->dut->reason(sim)));
    assert_int_equal(sim->truth.dive_nm, 0);
    assert_int_equal(sim->truth.cut[0].back_us,
                     sim->truth.cut[0].mains_us + stage.scenario.power[0].off_for_us);
    stage_close(sim);
}

/// The first half is new, the rest is as it was.
static void a_cut_inside_a_write_tears_it(void **state)
{
    (void)state;
    struct sim *begun = print_until(twin->print_begin_us + 20000000); // two states are held back
    uint32_t n = begun->nv.operations, torn = 0;
    stage_close(begun);
    for (uint32_t at = n; at < n + 8; at++) {
        struct sim *before = print_to_write(at), *after = print_to_write(at + 1),
                   *sim = killed_at_write(at);
        int64_t last_new = -1, first_old = -1;
        bool one = before->nv.operations == at && after->nv.operations == at + 1;
        for (int64_t i = 0; one && i < SIM_NV_BYTES; i++) {
            uint8_t old = before->nv.bytes[i], whole = after->nv.bytes[i], is = sim->nv.bytes[i];
            assert_true(is == old || is == whole);
            if (old != whole && is == whole)
                last_new = i;
            if (old != whole && is == old && first_old < 0)
                first_old = i;
        }
        if (one && after->nv.programmed - before->nv.programmed > 8) {
            assert_true(last_new >= 0 && first_old > last_new);
            uint64_t size = after->nv.programmed - before->nv.programmed,
                     done = sim->nv.programmed - before->nv.programmed;
            assert_in_range(done, size / 2 - 4, size / 2);
            torn++;
        }
        stage_close(before);
        stage_close(after);
        stage_close(sim);
    }
    assert_true(torn >= 1);
}

/// Bytes in which two memories differ.
static int64_t differing(const struct sim *a, const struct sim *b)
{
    int64_t count = 0;

    for (int64_t i = 0; i < SIM_NV_BYTES; i++)
        count += a->nv.bytes[i] != b->nv.bytes[i];
    return count;
}

/// None, three bytes or all of it, as the script says; and the run knows which it was.
static void the_script_says_what_a_cut_leaves(void **state)
{
    (void)state;
    struct lab_power *power = &stage.scenario.power[0];
    struct sim *begun = print_until(twin->print_begin_us + 20000000);
    uint32_t n = begun->nv.operations, seen = 0;
    stage_close(begun);
    for (uint32_t at = n; at < n + 8; at++) {
        struct sim *before = print_to_write(at), *after = print_to_write(at + 1);
        bool one = before->nv.operations == at && after->nv.operations == at + 1;
        bool program = after->nv.programmed - before->nv.programmed > 8;
        power->tear = (struct lab_tear){.kind = LAB_TEAR_NONE};
        struct sim *none = killed_at_write(at);
        power->tear = (struct lab_tear){.kind = LAB_TEAR_COMPLETE};
        struct sim *complete = killed_at_write(at);
        power->tear = (struct lab_tear){.kind = LAB_TEAR_PREFIX, .bytes = 3};
        struct sim *prefix = killed_at_write(at);
        power->tear = (struct lab_tear){0};
        if (one && program) {
            assert_int_equal(differing(none, before), 0);
            assert_int_equal(differing(complete, after), 0);
            assert_in_range(differing(prefix, before), 1, 3);
            assert_int_equal(prefix->nv.programmed - before->nv.programmed, 3);
            assert_true(prefix->cut[0].torn.set && !prefix->cut[0].torn.erase);
            assert_int_equal(prefix->cut[0].torn.tear.bytes, 3);
            assert_int_equal(prefix->cut[0].torn.size,
                             after->nv.programmed - before->nv.programmed);
            seen++;
        }
        struct sim *const all[] = {before, after, none, complete, prefix};
        for (int i = 0; i < 5; i++)
            stage_close(all[i]);
    }
    assert_true(seen >= 1);
}

/// Power that goes inside the save of a power failure ends that outage's hold-up; it is no outage of its own.
static void a_tear_in_the_hold_up_is_the_same_outage(void **state)
{
    (void)state;
    static struct stage other;
    other = stage;
    other.job.data = other.text;
    struct lab_power *power = other.scenario.power;
    power[0].at =
        (struct lab_trigger){.kind = LAB_AT_LAYER, .layer = 3, .move = 4, .fraction_ppm = 500000};
    power[1] = power[0];
    power[1].at = (struct lab_trigger){.kind = LAB_AT_NV_WRITE};
    power[1].tear = (struct lab_tear){.kind = LAB_TEAR_NONE};
    other.scenario.power_count = 2;
    struct sim *sim = stage_open(&other, 1, false);
    run_on(sim);
    const struct lab_truth_cut *c = &sim->truth.cut[0];
    assert_int_equal(sim->truth.cuts, 1);
    assert_int_equal(sim->world.outage, 1);
    assert_true(sim->cut[0].torn.set);
    assert_int_equal(c->detected_us, c->mains_us + 5000);
    assert_true(c->stopped_us >= c->detected_us && c->logic_us >= c->stopped_us);
    assert_int_equal(c->back_us, c->logic_us + power[1].off_for_us);
    assert_int_equal(sim->cut[0].fail_bytes, 0);
    assert_true(sim->world.firmware.job_done);
    stage_close(sim);
}

/// Wherever a write of the print is cut, the print goes on from the last commit, and never dives.
static void every_write_of_a_while_may_be_cut(void **state)
{
    (void)state;
    struct sim *begun = print_until(twin->print_begin_us + 20000000);
    int64_t n = begun->nv.operations;
    uint64_t noise = 0;
    int others = 0;
    stage_close(begun);
    for (int64_t at = n; at < n + 16; at++) {
        struct sim *sim = cut_at((struct lab_trigger){.kind = LAB_AT_NV_WRITE, .value = at});
        struct lab_verdict verdict;
        others += sim->world.plant.noise.cut !=
                  noise; // each outage draws its own; writes of one save are one place
        noise = sim->world.plant.noise.cut;
        assert_int_equal(
            lab_judge(&sim->truth, &twin->truth, &stage.scenario, LAB_RESUMED, NULL, &verdict), 0);
        assert_int_equal(verdict.measure[LAB_SEAM_GAP].value, 0);
        assert_int_equal(verdict.measure[LAB_COLLISIONS].value, 0);
        assert_true(llabs(verdict.measure[LAB_Z_OFFSET_ERROR].value) <= 60);
        stage_close(sim);
    }
    assert_true(others >= 6);
}

// --- power as it goes ----------------------------------------------------------------------------------------------------

static void mains_go_and_come_when_the_script_says(void **state)
{
    (void)state;
    struct sim *sim = cut_at(
        (struct lab_trigger){.kind = LAB_AT_LAYER, .layer = 3, .move = 4, .fraction_ppm = 500000});
    const struct lab_truth_cut *c = &sim->truth.cut[0];
    assert_int_equal(c->detected_us, c->mains_us + 5000);
    assert_true(c->stopped_us > c->detected_us && c->stopped_us < c->drivers_us);
    assert_true(c->drivers_us < c->logic_us && c->logic_us < c->back_us);
    assert_int_equal(c->back_us, c->mains_us + 90000000);
    assert_true(c->first_extrusion_us > c->back_us);
    // time with mains on is all time but the outage
    assert_int_equal(sim->truth.on_us, sim->world.now_us - sim->job_begin_us - 90000000);
    stage_close(sim);
}

/// The controller alone loses its supply: a reset without warning, the mains stay.
static void the_controller_alone_may_lose_power(void **state)
{
    (void)state;
    static struct stage other;
    other = stage;
    other.job.data = other.text;
    other.scenario.power[0].at =
        (struct lab_trigger){.kind = LAB_AT_LAYER, .layer = 3, .move = 4, .fraction_ppm = 500000};
    other.scenario.power[0].domains = LAB_DOMAIN_LOGIC;
    other.scenario.power[0].off_for_us = 1000000;
    struct sim *sim = stage_open(&other, 1, false);
    run_on(sim);
    assert_int_equal(sim->truth.cut[0].detected_us, -1);
    assert_int_equal(sim->truth.cut[0].logic_us, sim->truth.cut[0].mains_us);
    assert_true(sim->world.firmware.job_done);
    stage_close(sim);
}

/// A controller that dies before the operator has answered: time passes in the steps of what happens, not by the microsecond.
static void nobody_answers_a_dead_controller(void **state)
{
    (void)state;
    static struct stage other;
    other = stage;
    other.job.data = other.text;
    other.scenario.power_count = 2;
    other.scenario.power[1] = (struct lab_power){
        .at = {.kind = LAB_AT_PHASE, .phase = PLR_PHASE_CONSENT, .count = 1, .after_us = 1000000},
        .off_for_us = 30000000,
        .domains = LAB_DOMAIN_LOGIC};
    struct sim *sim = stage_open(&other, 1, false);
    int64_t steps = 0;
    while (sim_step(sim) && steps < 1000000)
        steps++;
    assert_int_equal(sim->truth.cuts, 2);
    assert_true(sim->world.firmware.job_done);
    assert_true(steps < 100000);
    stage_close(sim);
}

/// Mains that come back and go again within the seconds of a boot: the controller boots when they are back to stay.
static void nobody_boots_in_the_dark(void **state)
{
    (void)state;
    static struct stage other;
    other = stage;
    other.job.data = other.text;
    other.scenario.power_count = 2;
    other.scenario.power[1] = (struct lab_power){
        .at = {.kind = LAB_AT_TIME}, .off_for_us = 40000000, .domains = LAB_DOMAIN_MAINS};
    struct sim *sim = stage_open(&other, 1, false);
    run_on(sim);
    assert_int_equal(sim->truth.cuts, 2);
    assert_int_equal(sim->truth.cut[1].mains_us, sim->truth.cut[0].back_us);
    assert_true(sim->steps > 0);
    assert_true(sim->step[0].begin_us >= sim->truth.cut[1].back_us + sim->model.printer.boot_us);
    assert_true(sim->world.firmware.job_done);
    stage_close(sim);
}

/// A job that is cancelled and resumed in the same moment, while the memory is busy: the answer waits for the question.
static void a_job_resumed_at_once_goes_on(void **state)
{
    (void)state;
    static struct stage other;
    for (int slow = 0; slow < 2; slow++) {
        for (int64_t off_us = 1000; off_us < 500000; off_us *= 3) {
            other = stage;
            other.job.data = other.text;
            other.scenario.sim.nv.kind = LAB_NV_NOR;
            other.scenario.sim.nv.sync_us = slow ? 163000 : -1;
            other.scenario.power_count = 0;
            other.scenario.disturb_count = 1;
            other.scenario.disturb[0] =
                (struct lab_disturb){.kind = LAB_DISTURB_CANCEL, .off_for_us = off_us};
            other.scenario.disturb[0].at = (struct lab_trigger){
                .kind = LAB_AT_LAYER, .layer = 3, .move = 4, .fraction_ppm = 500000};
            struct sim *sim = stage_open(&other, 1, false);
            run_on(sim);
            assert_true(sim->world.firmware.job_done);
            assert_true(sim->truth.cut[0].back_us < sim->world.now_us);
            stage_close(sim);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_layer_move_and_fraction),
        cmocka_unit_test(by_travel_and_by_retraction),
        cmocka_unit_test(by_height_byte_and_number),
        cmocka_unit_test(by_filament),
        cmocka_unit_test(by_time),
        cmocka_unit_test(a_delay_is_added_to_the_microsecond),
        cmocka_unit_test(by_event),
        cmocka_unit_test(by_phase),
        cmocka_unit_test(by_the_second_time_of_a_phase),
        cmocka_unit_test(the_twin_tells_where_a_cut_will_fall),
        cmocka_unit_test(a_cut_that_is_not_reached_does_not_fire),
        cmocka_unit_test(a_cut_inside_a_write_kills_there),
        cmocka_unit_test(a_cut_inside_a_write_tears_it),
        cmocka_unit_test(the_script_says_what_a_cut_leaves),
        cmocka_unit_test(a_tear_in_the_hold_up_is_the_same_outage),
        cmocka_unit_test(every_write_of_a_while_may_be_cut),
        cmocka_unit_test(mains_go_and_come_when_the_script_says),
        cmocka_unit_test(the_controller_alone_may_lose_power),
        cmocka_unit_test(a_dip_is_no_outage),
        cmocka_unit_test(a_dip_that_nobody_is_told_of),
        cmocka_unit_test(a_dip_changes_no_later_outage),
        cmocka_unit_test(a_dip_in_a_recovery),
        cmocka_unit_test(nobody_answers_a_dead_controller),
        cmocka_unit_test(nobody_boots_in_the_dark),
        cmocka_unit_test(a_job_resumed_at_once_goes_on),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
