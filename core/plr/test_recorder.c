// The recorder: when it saves, what it saves, and that nothing about it stops a print.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/plr/fake.h"
#include "core/plr/internal.h"

#include <stdio.h>
#include <string.h>

#define SECOND UINT64_C(1000000)

static struct plr plr;
static struct fake fake;
static struct plr_config config;

static int setup(void **unused)
{
    (void)unused;
    config = fake_config();
    fake_init(&fake, &plr);
    return 0;
}

/// The job runs at this line.
static void print_at(int line, int32_t ppm)
{
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, line, ppm);
}

static struct plr other;
static struct fake copy;

/// What a boot would restore now, with another core on a copy of the memory.
static const struct plr *look(void)
{
    copy = fake;
    copy.plr = &other;
    fake_power_on(&copy);
    assert_int_equal(fake_boot(&copy, &config), 0);
    return &other;
}

/// ... and with the ticks behind it, where the print would go on.
static const struct plr_state *look_on(void)
{
    (void)look();
    assert_int_equal(plr_catch_up(&other, &fake_port, &copy), 0);
    return &other.state;
}

static void save(void)
{
    assert_int_equal(fake_command(&fake, "PLR_SAVE_PRINT_STATE"), 0);
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
}

static void test_interval(void **unused)
{
    (void)unused;
    print_at(20, 250000);
    assert_int_equal(plr_poll(&plr, &fake_port, &fake), 30 * SECOND); // it says when
    (void)fake_run(&fake, 30 * SECOND - 1);
    assert_int_equal(plr.saves, 0);
    (void)fake_run(&fake, 2);
    assert_int_equal(plr.saves, 1);
    (void)fake_run(&fake, 60 * SECOND);
    assert_int_equal(plr.saves, 3);
    const struct plr *seen = look();
    assert_int_equal(seen->phase, PLR_PHASE_CONSENT);
    assert_int_equal(seen->state.progress.file_offset, fake_offset(&fake, 20));
    assert_int_equal(seen->state.progress.fraction_ppm, 250000);
    assert_int_equal(seen->state.print_us, 90 * SECOND);
    assert_memory_equal(&seen->state.modal, &fake.modal, sizeof fake.modal);
}

static void test_no_interval(void **unused)
{
    (void)unused;
    config.save_interval_us = 0;
    print_at(20, 0);
    assert_int_equal(plr_poll(&plr, &fake_port, &fake), 3600 * SECOND);
    (void)fake_run(&fake, 7200 * SECOND);
    assert_int_equal(plr.saves, 0);
}

/// Ticks fill the time between saves; without a save they would mean nothing.
static void test_ticks(void **unused)
{
    (void)unused;
    config.tick_interval_us = SECOND;
    print_at(20, 0);
    for (int second = 0; second < 30; second++) // called earlier than asked for
        (void)fake_run(&fake, SECOND);
    assert_int_equal(plr.ticks, 0);
    (void)fake_run(&fake, 30 * SECOND);
    assert_int_equal(plr.saves, 1);
    assert_int_equal(plr.ticks, 29); // the thirtieth second is a save
    (void)fake_run(&fake, 30 * SECOND);
    assert_int_equal(plr.saves, 2);
    assert_int_equal(plr.ticks, 58);
}

static void test_layers(void **unused)
{
    (void)unused;
    config.save_interval_us = 0;
    config.save_on_layer = true;
    print_at(7, 0);
    (void)fake_run(&fake, SECOND);
    assert_int_equal(plr.saves, 0); // the mark's Z is not known yet
    fake_print_to(&fake, 10, 0);
    (void)fake_run(&fake, SECOND);
    assert_int_equal(plr.saves, 1);
    fake_print_to(&fake, 17, 0);
    (void)fake_run(&fake, SECOND);
    assert_int_equal(plr.saves, 1);
    fake_print_to(&fake, 20, 0);
    (void)fake_run(&fake, SECOND);
    assert_int_equal(plr.saves, 2);
    assert_int_equal(look()->state.modal.layer.number, 1);
}

static void test_layers_off(void **unused)
{
    (void)unused;
    config.save_interval_us = 0;
    print_at(20, 0);
    (void)fake_run(&fake, SECOND);
    assert_int_equal(plr.saves, 0);
}

/// A delay of n stores the state that was collected n saves ago; before there are n, the oldest. The size changes nothing of it.
static void test_delay(void **unused)
{
    (void)unused;
    for (uint8_t delay = 0; delay <= 4; delay++) {
        for (uint8_t size = delay ? (uint8_t)(delay + 1) : 2; size <= 20; size++) {
            (void)setup(NULL);
            config.save_delay = delay;
            config.history_size = size;
            print_at(10, 0);
            for (int saved = 1; saved <= 30; saved++) {
                fake.fraction_ppm = 1000 * saved;
                save();
                assert_int_equal(plr.saves, saved);
            }
            fake_print_to(&fake, 11, 0); // else nothing was extruded yet
            for (int saved = 1; saved <= 6; saved++) {
                fake.fraction_ppm = 1000 * saved;
                save();
            }
            assert_int_equal(look()->state.progress.file_offset, fake_offset(&fake, 11));
            assert_int_equal(look()->state.progress.fraction_ppm, 1000 * (6 - delay));
        }
    }
}

/// A young print is saved from its first save on.
static void test_delay_of_a_young_print(void **unused)
{
    (void)unused;
    config.save_delay = 4;
    config.history_size = 6;
    print_at(10, 0);
    fake_print_to(&fake, 11, 0);
    for (int saved = 1; saved <= 7; saved++) {
        fake.fraction_ppm = 1000 * saved;
        save();
        assert_int_equal(plr.saves, saved);
    }
    assert_int_equal(look()->state.progress.fraction_ppm, 3000);
}

static void test_on_command(void **unused)
{
    (void)unused;
    config.on_command = true;
    print_at(20, 0);
    (void)fake_run(&fake, 100 * SECOND);
    assert_int_equal(plr.saves, 0);
    plr.after.flags |= PLR_MODAL_PLR_ENABLED; // as a macro outside the file does
    fake_print_to(&fake, 21, 0);
    (void)fake_run(&fake, 100 * SECOND);
    assert_true(plr.saves > 0);
}

/// A file that names the commands is obeyed even where recording is automatic.
static void test_file_commands(void **unused)
{
    static const char text[] = "G90\nM83\nPLR_ENABLE\nG1 X10 Y0 Z0.2 E1 F1800\nG1 X20 E1\n"
                               "PLR_DISABLE\nG1 X30 E1\nG1 X40 E1\n";

    (void)unused;
    strcpy(fake.text, text);
    fake.size = sizeof text - 1;
    print_at(1, 0);
    (void)fake_run(&fake, 31 * SECOND);
    assert_int_equal(plr.saves, 1); // not named so far
    fake_print_to(&fake, 4, 0);
    (void)fake_run(&fake, 30 * SECOND);
    assert_int_equal(plr.saves, 2);
    fake_print_to(&fake, 7, 0);
    assert_int_equal(plr_poll(&plr, &fake_port, &fake), SECOND);
    (void)fake_run(&fake, 300 * SECOND);
    assert_int_equal(plr.saves, 2);
    assert_int_equal(look()->state.progress.file_offset, fake_offset(&fake, 4));
}

static void test_manual(void **unused)
{
    (void)unused;
    config.save_interval_us = 0;
    print_at(20, 0);
    assert_int_equal(plr_poll(&plr, &fake_port, &fake), 3600 * SECOND);
    save();
    assert_int_equal(plr.saves, 1);
    for (int on = 0; on < 2; on++) { // a layer mark is obeyed as save_on_layer says
        plr.config.save_on_layer = on;
        assert_int_equal(
            fake_command(&fake, "PLR_SAVE_PRINT_STATE_WITH_LAYER LAYER=3 LAYER_HEIGHT=0.8"), 0);
        (void)plr_poll(&plr, &fake_port, &fake);
        assert_int_equal(plr.saves, 1 + on);
    }
}

/// Execution has gone on to a line the core was not told yet: it waits rather than save a mixture.
static void test_lines_on_their_way(void **unused)
{
    (void)unused;
    print_at(20, 0);
    uint64_t told = fake.line_at;
    fake.line_at = fake_offset(&fake, 21);
    assert_int_equal(fake_command(&fake, "PLR_SAVE_PRINT_STATE"), 0);
    assert_int_equal(plr_poll(&plr, &fake_port, &fake), PLR_US_PER_MS);
    assert_int_equal(plr.saves, 0);
    fake.line_at = told;
    fake_print_to(&fake, 21, 0);
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    assert_int_equal(plr.saves, 1);
    assert_int_equal(look()->state.progress.file_offset, fake_offset(&fake, 21));
}

/// A memory that fails stops nothing, and the recorder tries again when it is due, not before.
static void test_memory_fails(void **unused)
{
    (void)unused;
    print_at(20, 0);
    fake.fail = FAKE_NV_PROG;
    fake.fail_error = PLR_EIO;
    fake.fail_times = UINT32_MAX;
    (void)fake_run(&fake, 100 * SECOND);
    assert_int_equal(fake.now_us, 101 * SECOND); // time went on: no endless "at once"
    assert_int_equal(plr.phase, PLR_PHASE_PRINTING);
    assert_int_equal(plr.result, PLR_RESULT_PENDING);
    assert_int_equal(plr.saves, 0);
    assert_true(fake_count(&fake, FAKE_LOG) >= 3);
    assert_int_equal(fake_count(&fake, FAKE_HEATERS_OFF), 0);
    fake.fail_times = 0;
    (void)fake_run(&fake, 60 * SECOND);
    assert_true(plr.saves >= 1);
    assert_int_equal(look()->phase, PLR_PHASE_CONSENT);
}

static void test_job_file_fails(void **unused)
{
    (void)unused;
    print_at(20, 0);
    fake.missing = true; // a stick that was pulled; the firmware prints what it has
    (void)fake_run(&fake, 40 * SECOND);
    assert_int_equal(fake.now_us, 41 * SECOND);
    assert_int_equal(plr.phase, PLR_PHASE_PRINTING);
    assert_int_equal(plr.saves, 0);
}

/// Blocks too small for the reserve: saves go on all the same, without wearing the blocks out.
static void test_small_blocks(void **unused)
{
    (void)unused;
    fake.geometry.prog_size = 256;
    fake.geometry.erase_size = 4096;
    print_at(20, 0);
    for (int second = 0; second < 35; second++)
        (void)fake_run(&fake, SECOND); // a firmware may call earlier than asked
    assert_int_equal(fake.now_us, 36 * SECOND);
    assert_int_equal(plr.saves, 1);
    assert_true(fake.erases < 4);
}

/// Whenever power fails, the records of that path find erased room.
static void test_reserve(void **unused)
{
    static struct plr plr_then;
    static struct fake fake_then;

    (void)unused;
    config.tick_interval_us = SECOND;
    config.lift_cycles = 4;
    print_at(20, 0);
    for (int second = 0; second < 400; second++) {
        (void)fake_run(&fake, SECOND);
        plr_then = plr;
        fake_then = fake;
        uint32_t erases = fake.erases;
        assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
        assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
        assert_int_equal(fake.erases, erases);
        plr = plr_then;
        fake = fake_then;
    }
    assert_true(fake.erases > 3); // the ring went round all the same
}

/// A line the firmware refuses leaves the state as it was.
static void test_bad_lines(void **unused)
{
    (void)unused;
    print_at(20, 0);
    struct plr_modal before = plr.after;
    plr_line(&plr, 5000, "G1 X1.2.3", 9);
    assert_memory_equal(&plr.after, &before, sizeof before);
    assert_memory_equal(&plr.modal, &before, sizeof before);
    plr_line(&plr, 5010, "G1 X99999", 9);
    assert_memory_equal(&plr.after, &before, sizeof before);
}

static void test_homed(void **unused)
{
    static const int64_t home[PLR_AXES] = {-5000000, 7000000, 1, 2};
    int64_t machine[PLR_AXES];

    (void)unused;
    print_at(3, 0);
    plr_homed(&plr, 1u << PLR_X | 1u << PLR_Y, home);
    plr_modal_machine(&plr.after, machine);
    assert_int_equal(machine[PLR_X], -5000000);
    assert_int_equal(machine[PLR_Y], 7000000);
    assert_int_equal(machine[PLR_Z], 0);
}

// --- when a due save waits ----------------------------------------------------------------------------

/// Not in travels and retractions; two seconds are the longest it waits; what a person asks for waits for nothing.
static void test_stability(void **unused)
{
    (void)unused;
    config.stability_check = true;
    print_at(20, 250000);
    assert_true(plr.laying);
    (void)fake_run(&fake, 30 * SECOND + 1);
    assert_int_equal(plr.saves, 1); // laying filament: at once
    plr.laying = false;             // a travel begins
    (void)fake_run(&fake, 30 * SECOND);
    assert_int_equal(plr.saves, 1);
    assert_int_equal(plr.postpones, 1);
    plr.laying = true;
    (void)fake_run(&fake, 20000);
    assert_int_equal(plr.saves, 2);
    plr.laying = false; // a very long one
    (void)fake_run(&fake, 31 * SECOND);
    assert_int_equal(plr.saves, 2);
    (void)fake_run(&fake, 2 * SECOND);
    assert_int_equal(plr.saves, 3);
    save();
    assert_int_equal(plr.saves, 4);
}

/// A save that would outlast the planned motion waits until the queue is long enough; how slow the memory is shows before
/// anything moves.
static void test_load_guard(void **unused)
{
    (void)unused;
    config.load_guard = true;
    fake.prog_us = 5000;
    print_at(20, 250000);
    assert_true(plr.save_took_us >= 5000);
    fake.queued_us = (int32_t)(2 * plr.save_took_us) - 1;
    (void)fake_run(&fake, 31 * SECOND);
    assert_int_equal(plr.saves, 0);
    assert_int_equal(plr.postpones, 1);
    fake.queued_us = (int32_t)(2 * plr.save_took_us);
    (void)fake_run(&fake, 20000);
    assert_int_equal(plr.saves, 1);
    fake.queued_us = 2 * 5000 - 1; // what was measured of late counts
    (void)fake_run(&fake, 2 * 33 * SECOND);
    assert_int_equal(plr.saves, 3);
    assert_int_equal(plr.postpones, 3);
}

/// A write that met a block to be made first says nothing of how long writes take.
static void test_slow_because_of_a_block(void **unused)
{
    (void)unused;
    fake.prog_us = 5000;
    print_at(20, 250000);
    fake_power_on(&fake);
    assert_int_equal(fake_boot(&fake, &config), 0);
    uint32_t erases = fake.erases;
    assert_int_equal(fake_begin(&fake), 0);
    assert_int_equal(fake.erases, erases + 1); // nothing is added behind what an earlier boot wrote
    assert_int_equal(plr.save_took_us, 0);
}

/// A tick is short where the memory is slow by the byte.
static void test_load_guard_of_ticks(void **unused)
{
    (void)unused;
    config.load_guard = true;
    config.tick_interval_us = SECOND;
    fake.geometry.prog_size = 32;
    fake.prog_us = 5000;
    print_at(20, 250000);
    fake.queued_us = INT32_MAX;
    (void)fake_run(&fake, 31 * SECOND);
    assert_int_equal(plr.saves, 1);
    fake.queued_us = (int32_t)plr.save_took_us; // half of what a save wants
    uint64_t ticks = plr.ticks, postpones = plr.postpones;
    (void)fake_run(&fake, 10 * SECOND);
    assert_int_equal(plr.ticks, ticks + 10);
    assert_int_equal(plr.postpones, postpones);
}

/// A delayed save takes a tick with it, the place of now, but only when there is time for both.
static void test_load_guard_of_both(void **unused)
{
    (void)unused;
    config.load_guard = true;
    config.save_delay = 1;
    config.tick_interval_us = 100 * SECOND;
    fake.prog_us = 5000;
    print_at(20, 250000);
    fake.queued_us = INT32_MAX;
    save();
    for (int spare = 0; spare < 2; spare++) {
        uint64_t saves = plr.saves, ticks = plr.ticks;
        fake_wait(&fake, 20 * SECOND);
        fake.queued_us = spare ? INT32_MAX : (int32_t)(2 * plr.save_took_us);
        save();
        assert_int_equal(plr.saves, saves + 1);
        assert_int_equal(plr.ticks, ticks + (uint64_t)spare);
    }
}

/// Where there is no time for both a delayed save goes alone. It is no new place: the block that follows is made behind a tick.
static void test_delayed_save_before_a_block(void **unused)
{
    (void)unused;
    config.load_guard = true;
    config.save_delay = 1;
    config.tick_interval_us = 100 * SECOND;
    fake.prog_us = 5000;
    print_at(20, 250000);
    save();
    uint64_t ticks = plr.ticks;
    uint32_t erases = fake.erases;
    fake_wait(&fake, 20 * SECOND);
    while (!plr_journal_short(&plr.journal, 4, PLR_STATE_BYTES)) {
        fake.queued_us = (int32_t)(2 * plr.save_took_us);
        save();
    }
    assert_int_equal(plr.ticks, ticks);
    while (fake.erases == erases && fake.now_us < 90 * SECOND)
        (void)fake_run(&fake, 10000);
    assert_int_equal(fake.erases, erases + 1);
    assert_int_equal(plr.ticks, ticks + 1);
}

/// A state of now is a new place: the block behind it needs no tick.
static void test_save_before_a_block(void **unused)
{
    (void)unused;
    config.tick_interval_us = 100 * SECOND;
    print_at(20, 250000);
    for (uint32_t erases = fake.erases; fake.erases < erases + 2;) {
        fake_wait(&fake, 20 * SECOND);
        save();
        assert_int_equal(plr.ticks, 0);
    }
}

/// Only a block that was made says how long one takes.
static void test_block_given_up(void **unused)
{
    (void)unused;
    fake.prog_us = 5000;
    print_at(20, 250000);
    plr.take_took_us = 1000000;
    while (!plr_journal_short(&plr.journal, 4, PLR_STATE_BYTES)) {
        fake.fail = FAKE_NV_ERASE;
        fake.fail_error = PLR_ECANCELED;
        fake.fail_times = 1;
        save();
    }
    assert_int_equal(fake.fail_times, 0); // the reserve was asked for, and not made
    assert_int_equal(plr.take_took_us, 1000000);
    (void)fake_run(&fake, 31 * SECOND);
    assert_false(plr_journal_short(&plr.journal, 4, PLR_STATE_BYTES));
    assert_int_equal(plr.take_took_us, 875000); // faded
    (void)setup(NULL);
    config.tick_interval_us = 100 * SECOND;
    print_at(20, 250000);
    save();
    fake_wait(&fake, 20 * SECOND);
    plr.take_took_us = 1000000;
    plr.journal.dirty_tail = true; // the tick before the block makes it itself
    uint32_t erases = fake.erases;
    (void)fake_run(&fake, 1);
    assert_int_equal(fake.erases, erases + 1);
    assert_int_equal(plr.take_took_us, 1000000);
}

/// An append that makes the block itself ends the waiting for one: the next waits anew.
static void test_block_by_an_append(void **unused)
{
    (void)unused;
    config.load_guard = true;
    fake.prog_us = 1000;
    fake.queued_us = 1;
    print_at(20, 250000);
    for (uint32_t erases = fake.erases; fake.erases == erases;) {
        save();
        if (fake.erases == erases && plr_journal_short(&plr.journal, 2, PLR_STATE_BYTES))
            assert_true(plr.take_due_us > 0);
    }
    assert_false(plr_journal_short(&plr.journal, 4, PLR_STATE_BYTES));
    assert_int_equal(plr.take_due_us, 0);
}

/// How long the room for `records` was missing before the memory took a new block, us; 0: it never was.
static uint64_t block_waited(uint32_t records, int line, int32_t ppm)
{
    uint64_t since = 0;

    print_at(line, ppm);
    for (uint32_t erases = fake.erases; fake.erases == erases;) {
        (void)fake_run(&fake, 10000);
        if (!since && plr_journal_short(&plr.journal, records, PLR_STATE_BYTES))
            since = fake.now_us;
        assert_true(fake.now_us < 1000 * SECOND);
    }
    return since ? fake.now_us - since : 0;
}

/// A new block waits, too: as long as a power failure finds room, and two seconds more.
static void test_load_guard_of_blocks(void **unused)
{
    (void)unused;
    for (int machine = 0; machine < 3; machine++) {
        (void)setup(NULL);
        config.load_guard = true;
        config.lift_cycles = machine == 1 ? 4 : 0; // then the pair around a lift must fit, too
        config.tick_interval_us = SECOND;
        fake.prog_us = 5000;
        fake.queued_us = machine == 2 ? INT32_MAX : 1;
        uint64_t waited = block_waited(machine == 0 ? 2 : 4, 20, 250000);
        assert_true(machine == 2 ? !waited : waited >= 2 * SECOND && waited < 2 * SECOND + 100000);
        assert_true(plr.take_took_us >= 3 * 5000);
    }
}

/// A layer that may begin while a new block is made is waited for. When the block is made, nothing was marked for longer than that takes.
static void test_block_waits_for_a_layer(void **unused)
{
    static const struct {
        uint64_t prog_us;
        int line;
        int32_t ppm;
        bool waits;
    } cases[] = {
        {1000, 12, 999000, false}, // a quarter of a second until it may begin: made before
        {8000, 12, 999000, true},  // not so fast
        {20000, 20, 0, false},     // it has
    };

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)setup(NULL);
        config.tick_interval_us = 700000;
        fake.prog_us = cases[i].prog_us;
        uint64_t waited = block_waited(2, cases[i].line, cases[i].ppm);
        if (cases[i].waits)
            assert_true(waited >= 2 * SECOND && waited < 2 * SECOND + 300000);
        else
            assert_int_equal(waited, 0);
        assert_true(fake.now_us - plr.ticked_us < plr.take_took_us + 200000);
    }
    config.tick_interval_us = 0; // its beginning is marked without ticks, too
    assert_true(block_waited(2, 12, 999000) >= 2 * SECOND);
    (void)setup(NULL); // the running line begins a layer itself, and no other comes
    strcpy(fake.text, "G90\nM83\nG1 Z0.2 F600\nG1 X10 E1 F600\nG1 Z0.4\nG1 X70 E1\n");
    fake.size = strlen(fake.text);
    config.tick_interval_us = 700000;
    fake.prog_us = 8000;
    assert_int_equal(block_waited(2, 5, 999000), 0);
}

/// A layer's beginning is marked before filament of it is laid, from above what lies there, whatever makes the save wait.
static void test_layer_marked(void **unused)
{
    static const char begin[] = "G90\nM83\n;LAYER_CHANGE\n;Z:0.2\nG1 X10 Y0 Z0.2 F6000\n"
                                "G1 X20 E1 F1800\n;LAYER_CHANGE\n;Z:0.4\n";
    static const struct {
        const char *tail;
        int line; ///< that is marked
    } cases[] = {
        {"G1 Z0.4 F600\nG1 X30 F6000\nG1 X40 E1 F1800\nG1 X50 E1\n", 9},
        {"G1 Z0.6 F600\nG1 X30 F6000\nG1 Z0.4\nG1 X40 E1 F1800\n", 9}, // in a hop
        {"G1 Z0.6 F600\nG1 Z0.4\nG1 X30 F6000\nG1 X40 E1\n", 10},
        {"G1 X30 F6000\nG1 E-1 F1800\nG1 Z0.4\nG1 X40 E1\n", 11},
        {"G1 X30 Z0.4 F6000\nG1 E1 F1800\nG1 X40 E1\nG1 X50 E1\n", 9},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)setup(NULL);
        config.save_on_layer = config.stability_check = true;
        config.tick_interval_us = 100 * SECOND;
        fake.size = (uint64_t)snprintf(fake.text, sizeof fake.text, "%s%s", begin, cases[i].tail);
        print_at(5, 500000);
        save();
        for (int line = 6; line <= 11; line++) {
            fake_print_to(&fake, line, 0);
            assert_int_equal(plr_layer_due(&plr), line == cases[i].line);
            assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
            assert_int_equal(plr.ticks, line >= cases[i].line);
            assert_false(plr_layer_due(&plr));
        }
    }
}

/// Without ticks nothing else would say for a long time that a layer began: its mark waits for nothing.
static void test_layer_marked_without_ticks(void **unused)
{
    (void)unused;
    strcpy(fake.text, "G90\nM83\n;LAYER_CHANGE\n;Z:0.2\nG1 X10 Y0 Z0.2 F6000\nG1 X20 E1 F1800\n"
                      ";LAYER_CHANGE\n;Z:0.4\nG1 Z0.4 F600\nG1 X30 F6000\nG1 X40 E1 F1800\n");
    fake.size = strlen(fake.text);
    config.tick_interval_us = 0;
    config.save_on_layer = false;
    config.save_delay = 1; // the state stored next would be one from the layer below
    config.load_guard = config.stability_check = true;
    print_at(5, 500000);
    save();
    fake.queued_us = 1;
    fake_print_to(&fake, 9, 0);
    assert_true(plr_layer_due(&plr));
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    assert_int_equal(plr.ticks, 1);
    (void)fake_run(&fake, 10 * SECOND); // and no other comes
    assert_int_equal(plr.ticks, 1);
}

/// The core starts anew, and the firmware brings the machine to the newest place by itself.
static void resume(void)
{
    fake_power_on(&fake);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
    assert_int_equal(plr_resume_here(&plr, &fake_port, &fake), 0);
    fake.running = false; // it tells the line that it begins with
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    assert_int_equal(plr.saves, 1);
}

/// A print taken up between a layer's last filament and the next layer's mark knows how high that filament lies.
static void test_layer_marked_after_resume(void **unused)
{
    static const struct {
        const char *text;
        int line; ///< that is marked
    } cases[] = {
        {"G90\nM83\nG1 X10 Y0 Z0.2 F6000\nG1 X20 E1 F1800\nG1 X10 F6000\n;LAYER_CHANGE\n;Z:0.4\n"
         "G1 X30 F6000\nG1 Z0.4\nG1 X40\nG1 X50 E1 F1800\n",
         9},
        {"G90\nM83\nG1 X10 Y0 Z0.2 F6000\nG1 X20 E1 F1800\nG1 Z0.4 F600\n;LAYER_CHANGE\n;Z:0.4\n"
         "G1 X30 F6000\nG1 X40\nG1 X50 E1 F1800\n",
         6}, // it was taken up in a hop
        {"G90\nM83\nG1 X90 Y90 Z30 E1 F6000\nG1 X10 Y0 Z0.2\nG1 X20 E1 "
         "F1800\n;LAYER_CHANGE\n;Z:0.4\n"
         "G1 Z0.4 F600\nG1 X40\nG1 X50 E1 F1800\n",
         8}, // beside a finished neighbour
    };

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)setup(NULL);
        config.tick_interval_us = 100 * SECOND;
        strcpy(fake.text, cases[i].text);
        fake.size = strlen(fake.text);
        print_at(5, 0);
        save();
        resume();
        for (int line = 5; line <= 9; line++) {
            fake_print_to(&fake, line, 0);
            assert_int_equal(plr_layer_due(&plr), line == cases[i].line);
            assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
            assert_int_equal(plr.ticks, line >= cases[i].line);
        }
    }
}

/// A record made from under the layer that begins is not its mark, whatever it was made for.
static void test_record_under_a_layer(void **unused)
{
    (void)unused;
    for (int full = 0; full < 2; full++) {
        (void)setup(NULL);
        config.save_interval_us = 0;
        config.tick_interval_us = SECOND;
        print_at(10, 500000);
        save();
        fake_print_to(&fake, 18, 0);
        assert_false(plr_layer_due(&plr));
        uint64_t ticks = plr.ticks;
        if (full)
            save();
        else
            (void)fake_run(&fake, 2 * SECOND);
        assert_true(full || plr.ticks > ticks);
        fake_print_to(&fake, 20, 0);
        assert_true(plr_layer_due(&plr));
        assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
        assert_false(plr_layer_due(&plr));
    }
}

/// The layer's mark is a new place: the delayed save behind it needs no tick of its own.
static void test_layer_marked_before_delayed_save(void **unused)
{
    (void)unused;
    config.save_on_layer = true;
    config.save_delay = 1;
    config.tick_interval_us = 100 * SECOND;
    fake.prog_us = 1000;
    print_at(10, 500000);
    save();
    uint64_t saves = plr.saves, ticks = plr.ticks;
    fake_wait(&fake, 20 * SECOND);
    fake_print_to(&fake, 20, 0);
    assert_true(plr_layer_due(&plr));
    (void)fake_run(&fake, SECOND);
    assert_int_equal(plr.saves, saves + 1);
    assert_int_equal(plr.ticks, ticks + 1);
}

/// What a console set is in every state of a place behind it: a tick that would lead there without it waits for a full state, even
/// when that one has to wait, or is of an older place.
static void test_console_before_ticks(void **unused)
{
    static const struct {
        bool layer, stability;
        uint8_t delay;
        int32_t queued_us;
    } cases[] = {
        {false, false, 0, INT32_MAX}, {false, false, 2, INT32_MAX}, {true, false, 2, INT32_MAX},
        {false, true, 0, 1000},       {true, true, 2, 1000},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)setup(NULL);
        config.tick_interval_us = SECOND / 2;
        config.save_delay = cases[i].delay;
        config.save_on_layer = cases[i].layer;
        config.load_guard = config.stability_check = cases[i].stability;
        fake.prog_us = 1000;
        print_at(10, 500000);
        save();
        fake.queued_us = cases[i].queued_us;
        (void)fake_run(&fake, 20 * SECOND);
        fake_console(&fake, "M220 S60");
        for (int line = 11; line <= 20; line++) {
            fake_print_to(&fake, line, 0);
            for (int step = 0; step < 20; step++) {
                (void)fake_run(&fake, SECOND / 10);
                const struct plr_state *state = look_on();
                if (state->progress.file_offset > fake_offset(&fake, 10))
                    assert_int_equal(state->modal.feed_ppm, 600000);
            }
        }
        assert_true(look_on()->progress.file_offset > fake_offset(&fake, 15));
    }
}

/// Of what a console says only that which changes something is worth a state, and where nothing is saved by itself nothing is.
static void test_console_saves(void **unused)
{
    (void)unused;
    print_at(20, 250000);
    fake_console(&fake, "M117 hello");
    fake_console(&fake, "M220 S100");
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    assert_int_equal(plr.saves, 0);
    fake_console(&fake, "M220 S60");
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    assert_int_equal(plr.saves, 1);
    (void)setup(NULL);
    config.save_interval_us = 0;
    print_at(20, 250000);
    fake_console(&fake, "M220 S60");
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    assert_int_equal(plr.saves, 0);
}

/// The machine has no time: the interval doubles with every save that had to be forced, and comes back.
static void test_adaptive_interval(void **unused)
{
    (void)unused;
    config.load_guard = config.adaptive_interval = true;
    fake.prog_us = 5000;
    print_at(20, 250000);
    (void)fake_run(&fake, 30 * SECOND + 1);
    fake.queued_us = 1000;
    for (uint32_t step = 0; step < 5; step++) {
        uint64_t before = fake.now_us, saves = plr.saves;
        while (plr.saves == saves)
            (void)fake_run(&fake, SECOND);
        uint64_t wanted = 30 * SECOND << (step < 3 ? step : 3);
        assert_true(fake.now_us - before >= wanted && fake.now_us - before < wanted + 4 * SECOND);
    }
    fake.queued_us = INT32_MAX;
    for (int times = 0; times < 4; times++)
        (void)fake_run(&fake, 240 * SECOND);
    assert_int_equal(plr.stretch, 0);
}

/// With debug_mode every decision says why, to the log and to the console.
static void test_debug_mode(void **unused)
{
    (void)unused;
    config.stability_check = config.debug_mode = true;
    print_at(20, 250000);
    plr.laying = false;
    fake.answered = 0;
    (void)fake_run(&fake, 30 * SECOND + 1);
    assert_string_equal(fake.answer, "// plr: a save waits: no filament is being laid\n");
    assert_string_equal(fake.last_log, "a save waits: no filament is being laid");
    plr.laying = true;
    fake.answered = 0;
    (void)fake_run(&fake, 20000);
    assert_non_null(strstr(fake.answer, "// plr: saves the state; layer: 1\n"));
    config.debug_mode = false;
    (void)setup(NULL);
    print_at(20, 250000);
    save();
    assert_int_equal(fake.answered, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_interval),
        TEST(test_no_interval),
        TEST(test_ticks),
        TEST(test_layers),
        TEST(test_layers_off),
        TEST(test_delay),
        TEST(test_delay_of_a_young_print),
        TEST(test_on_command),
        TEST(test_file_commands),
        TEST(test_manual),
        TEST(test_memory_fails),
        TEST(test_lines_on_their_way),
        TEST(test_job_file_fails),
        TEST(test_small_blocks),
        TEST(test_reserve),
        TEST(test_bad_lines),
        TEST(test_homed),
        TEST(test_stability),
        TEST(test_load_guard),
        TEST(test_slow_because_of_a_block),
        TEST(test_load_guard_of_ticks),
        TEST(test_load_guard_of_blocks),
        TEST(test_load_guard_of_both),
        TEST(test_delayed_save_before_a_block),
        TEST(test_save_before_a_block),
        TEST(test_block_given_up),
        TEST(test_block_by_an_append),
        TEST(test_block_waits_for_a_layer),
        TEST(test_layer_marked),
        TEST(test_layer_marked_without_ticks),
        TEST(test_layer_marked_after_resume),
        TEST(test_layer_marked_before_delayed_save),
        TEST(test_record_under_a_layer),
        TEST(test_console_before_ticks),
        TEST(test_console_saves),
        TEST(test_adaptive_interval),
        TEST(test_debug_mode),
    };
    return cmocka_run_group_tests_name("recorder", tests, NULL, NULL);
}
