// Where a job is by what its printer proved, and what of it is stored.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "rig/host/gantry.h"

#define MM   INT64_C(1000000)
#define END  gantry_line(29)
#define NO_E INT64_MIN

static struct host_config config;
static struct host *host;

static int setup(void **unused)
{
    struct lab_error err = {0};

    (void)unused;
    gantry_begin();
    gantry_config(&config);
    if (host_open(&host, &config, gantry_lines, gantry_link, &err))
        return -1;
    return host_print(host);
}

static int teardown(void **unused)
{
    (void)unused;
    host_close(host);
    gantry_end();
    return 0;
}

/// The printer proves a place, and has read up to the line `read`.
static void prove(int64_t x, int64_t y, int64_t z_um, int64_t e_um, int read)
{
    gantry_prove(x * MM, y * MM, z_um * 1000, e_um == NO_E ? LINK_UNKNOWN : e_um * 1000,
                 (int64_t)gantry_line(read));
    (void)host_turn(host);
}

static void is_at(int line, int32_t ppm)
{
    assert_int_equal(host_result(host)->place, gantry_line(line));
    assert_in_range(host_result(host)->place_ppm, ppm - 1000 < 0 ? 0 : ppm - 1000, ppm + 1000);
}

static void the_running_line_is_found_not_the_one_read(void **unused)
{
    (void)unused;
    prove(105, 100, 200, 0, 25); // half a job was read ahead, and E is of before the line
    is_at(10, 250000);
    assert_int_equal(host->plr.line_offset, gantry_line(10));
    prove(120, 110, 200, 1500, 28);
    is_at(11, 500000);
}

/// A loop ends where it began: the filament tells which it is, and where no filament is told it is the earlier one.
static void a_loops_end_is_told_by_its_filament(void **unused)
{
    (void)unused;
    prove(100, 100, 200, 0, 28);
    is_at(9, 1000000);
    prove(100, 100, 200, 3950, 28);
    is_at(13, 1000000);
}

static void without_filament_the_earlier_place_counts(void **unused)
{
    (void)unused;
    gantry_prove(100 * MM, 100 * MM, 200000, 0, (int64_t)END);
    gantry.confirmed_nm[PLR_E] = LINK_UNKNOWN;
    (void)host_turn(host);
    is_at(9, 1000000);
}

/// M221 and a printer that tells filament behind it: no line agrees, and the first on whose path it lies is taken.
static void filament_that_agrees_nowhere_is_not_believed(void **unused)
{
    (void)unused;
    prove(100, 100, 200, 77000, 28); // the loop's beginning, and its end
    is_at(9, 1000000);
    prove(120, 110, 200, 77000, 28);
    is_at(11, 500000);
}

static void what_lies_nowhere_on_the_path_tells_nothing(void **unused)
{
    (void)unused;
    prove(105, 100, 200, 0, 25);
    prove(105, 101, 200, 1000, 25); // a millimetre beside it
    is_at(10, 250000);
    prove(110, 100, 2200, 1000, 25); // a pause lifts
    is_at(10, 250000);
}

static void it_never_goes_back(void **unused)
{
    (void)unused;
    prove(110, 100, 200, 500, 25);
    is_at(10, 500000);
    prove(108, 100, 200, 500, 25);
    is_at(10, 500000);
    prove(100, 110, 200, 3500, 25);
    is_at(13, 500000);
    prove(110, 100, 200, 500, 25);
    is_at(13, 500000);
}

static void it_never_goes_beyond_what_was_read(void **unused)
{
    (void)unused;
    gantry_prove(70 * MM, 60 * MM, 400000, 1500000, -1);
    (void)host_turn(host);
    is_at(0, 0);
    gantry.confirmed_file = LINK_UNKNOWN;
    gantry.confirmed_us++;
    (void)host_turn(host);
    is_at(0, 0);
}

static void behind_what_was_read_nothing_is_looked_for(void **unused)
{
    static char text[8192] = "G90\nG1 X10 Y0 Z0.2 F600\n";

    (void)unused;
    while (strlen(text) < 6000)
        strcat(text, "; nothing\n");
    strcat(text, "G1 X20 Y0 E1\n");
    gantry_job(text);
    assert_int_equal(host_print(host), 0);
    gantry_prove(15 * MM, 0, 200000, LINK_UNKNOWN, 100);
    (void)host_turn(host);
    is_at(0, 0);
    gantry_prove(15 * MM, 0, 200000, LINK_UNKNOWN, 6020);
    (void)host_turn(host);
    assert_in_range(host_result(host)->place, 6000, 6020);
}

static void an_arc_is_known_by_its_ends(void **unused)
{
    (void)unused;
    prove(70, 70, 400, 2000, 29);
    is_at(25, 1000000);
    prove(60, 60, 400, 2500, 29);
    is_at(27, 0);
}

static void what_was_proved_before_the_job_is_not_the_jobs(void **unused)
{
    (void)unused;
    gantry_prove(110 * MM, 100 * MM, 200000, 500000, (int64_t)END);
    gantry.confirmed_us = host->since_us;
    (void)host_turn(host);
    is_at(0, 0);
}

/// What is told and not proved is kept by the link; what is proved no more is stored no more.
static void a_place_told_after_the_board_died_is_never_recorded(void **unused)
{
    struct plr_state state;

    (void)unused;
    prove(110, 100, 200, 500, 25);
    gantry.now_us += 6000000;
    (void)host_turn(host); // a save is due
    uint64_t saves = host_result(host)->saves;
    assert_true(saves > 0);
    // its host tells on, of a board that is dead
    gantry.status.at_nm[0] = 120 * MM;
    gantry.status.at_nm[1] = 110 * MM;
    gantry.status.at_nm[2] = 200000;
    gantry.status.file_at = (int64_t)END;
    for (int i = 0; i < 100; i++) {
        gantry.now_us += 250000;
        (void)host_turn(host);
    }
    gantry.status.state = LINK_LOST;
    for (int i = 0; i < 100; i++) {
        gantry.now_us += 250000;
        (void)host_turn(host);
    }
    host_dark(host);
    assert_int_equal(plr_boot(&host->plr, &host->store.geometry, &host_port, host), 0);
    assert_int_equal(host->plr.phase, PLR_PHASE_CONSENT);
    state = host->plr.state;
    assert_int_equal(state.progress.file_offset, gantry_line(10));
    assert_int_equal(state.progress.fraction_ppm, 500000);
    assert_int_equal(state.progress.machine_nm[PLR_X], 110 * MM);
    assert_int_equal(state.progress.z_motor_nm[2], 200000);
}

static void while_nobody_is_there_nothing_is_stored(void **unused)
{
    (void)unused;
    prove(110, 100, 200, 500, 25);
    gantry.status.state = LINK_LOST;
    uint64_t writes = host->store.counts.writes;
    for (int i = 0; i < 400; i++) {
        gantry.now_us += 250000;
        (void)host_turn(host);
    }
    assert_int_equal(host->store.counts.writes, writes);
}

/// Every line is told once, in order: the modal state is what a reader of the whole file has.
static void the_core_follows_every_line(void **unused)
{
    struct plr_modal modal;
    struct plr_gcode_line line;
    struct plr_action action;
    uint64_t next;

    (void)unused;
    prove(60, 50, 400, 500, 28);
    is_at(23, 500000);
    plr_modal_init(&modal);
    for (uint64_t at = 0; at < gantry_line(23); at = next) {
        size_t len = lab_job_line(config.job, at, &next);
        assert_int_equal(plr_gcode_lex(config.job->data + at, len, &line), 0);
        assert_int_equal(plr_modal_apply(&modal, &line, &action), 0);
    }
    assert_memory_equal(&host->plr.modal, &modal, sizeof modal);
    assert_int_equal(host->plr.modal.flow_ppm, 950000);
    assert_int_equal(host->plr.modal.layer.number, 1);
}

static void a_job_that_is_done_is_not_offered_again(void **unused)
{
    (void)unused;
    prove(60, 50, 400, 500, 28);
    gantry.now_us += 6000000;
    (void)host_turn(host);
    gantry.status.state = LINK_DONE;
    (void)host_turn(host);
    assert_int_equal(host_result(host)->state, HOST_IDLE);
    host_recover(host);
    assert_int_equal(host_result(host)->state, HOST_NOTHING);
    assert_int_equal(host_result(host)->reason, PLR_REASON_ENDED);
}

// --- where a layer begins -----------------------------------------------------------------------------------------

/// Line 5 takes two seconds, then Z rises, and line 9 lies above it.
static const char two_layers[] =
    "G90\nM83\n;LAYER_CHANGE\n;Z:0.2\nG1 X0 Y0 Z0.2 F6000\nG1 X60 E2 F1800\n"
    ";LAYER_CHANGE\n;Z:0.4\nG1 Z0.4 F600\nG1 X0 E2 F1800\n";

/// In line 5, and that is stored: so far, its first millimetres.
static void in_the_first_layer(bool save_on_layer)
{
    gantry_job(two_layers);
    host->plr.config.save_on_layer = save_on_layer;
    assert_int_equal(host_print(host), 0);
    gantry.status.state = LINK_PRINTING;
    gantry.now_us += 40000000;
    prove(1, 0, 200, NO_E, 5);
    assert_true(host->plr.saves > 0);
}

/// The printer has come to this place of line 5, and read so far.
static void half_a_second_before_its_end(int read)
{
    gantry.status.file_at = (int64_t)gantry_line(read);
    gantry_prove(45 * MM, 0, 200000, LINK_UNKNOWN, gantry.status.file_at);
    (void)host_turn(host);
    is_at(5, 750000);
}

/// Turn after turn, for so long. Returns when it left line 5; -1 it did not.
static int64_t left_after_us(int64_t for_us)
{
    int64_t begun_us = gantry.now_us;

    while (gantry.now_us - begun_us < for_us) {
        gantry.now_us += 20000;
        (void)host_turn(host);
        if (host_result(host)->place != gantry_line(5))
            return gantry.now_us - begun_us;
    }
    return -1;
}

/// A record says that the layer has begun: a mark, and with save_on_layer a whole state, to which a print would go back that is cut now.
static void is_stored(int line, bool save_on_layer, bool marked)
{
    assert_false(host->plr.layer_begun);
    assert_true(host->plr.ticks >= marked);
    if (!save_on_layer)
        return;
    host_dark(host);
    assert_int_equal(plr_boot(&host->plr, &host->store.geometry, &host_port, host), 0);
    assert_int_equal(host->plr.phase, PLR_PHASE_CONSENT);
    assert_int_equal(host->plr.state.progress.file_offset, gantry_line(line));
}

static void a_layers_beginning_is_stored_before_it_may_begin(void **unused)
{
    (void)unused;
    for (int save_on_layer = 0; save_on_layer < 2; save_on_layer++) {
        in_the_first_layer(save_on_layer);
        half_a_second_before_its_end(9);
        gantry.status.file_at++; // the line is read
        int64_t left_us = left_after_us(3000000);
        assert_in_range(left_us, 430000, 500000); // no machine is there before 500 ms
        is_at(9, 0);
        is_stored(9, save_on_layer, true);
    }
}

/// What was expected too early stays, until it is proved.
static void an_expected_place_waits_for_its_proof(void **unused)
{
    (void)unused;
    in_the_first_layer(true);
    half_a_second_before_its_end(9);
    gantry.status.file_at++;
    assert_true(left_after_us(3000000) > 0);
    prove(58, 0, 200, NO_E, 9);
    is_at(9, 0);
    prove(30, 0, 400, NO_E, 9);
    is_at(9, 500000);
}

static void no_layer_is_expected_without_reason(void **unused)
{
    (void)unused;
    in_the_first_layer(true);
    half_a_second_before_its_end(9); // it has not read the line
    assert_int_equal(left_after_us(3000000), -1);
    half_a_second_before_its_end(9);
    gantry.status.file_at++;
    prove(200, 200, 9000, NO_E, 9); // it is elsewhere: a pause, a macro
    assert_int_equal(left_after_us(3000000), -1);
    half_a_second_before_its_end(9);
    gantry.status.file_at++;
    gantry.status.state = LINK_PAUSED;
    assert_int_equal(left_after_us(3000000), -1);
    gantry.status.state = LINK_PRINTING;
    half_a_second_before_its_end(9);
    gantry.status.file_at++;
    gantry.now_us += 2000000; // nothing was heard for too long
    assert_int_equal(left_after_us(3000000), -1);
}

/// A layer that was begun unheard is stored in the turn that hears of it.
static void a_layer_that_was_passed_is_stored_at_once(void **unused)
{
    (void)unused;
    for (int save_on_layer = 0; save_on_layer < 2; save_on_layer++) {
        in_the_first_layer(save_on_layer);
        prove(2, 0, 200, NO_E, 9); // what is due by time was just written
        prove(30, 0, 400, NO_E, 9);
        is_at(9, 500000);
        is_stored(9, true, false);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(the_running_line_is_found_not_the_one_read),
        T(a_loops_end_is_told_by_its_filament),
        T(without_filament_the_earlier_place_counts),
        T(filament_that_agrees_nowhere_is_not_believed),
        T(what_lies_nowhere_on_the_path_tells_nothing),
        T(it_never_goes_back),
        T(it_never_goes_beyond_what_was_read),
        T(behind_what_was_read_nothing_is_looked_for),
        T(an_arc_is_known_by_its_ends),
        T(what_was_proved_before_the_job_is_not_the_jobs),
        T(a_place_told_after_the_board_died_is_never_recorded),
        T(while_nobody_is_there_nothing_is_stored),
        T(the_core_follows_every_line),
        T(a_job_that_is_done_is_not_offered_again),
        T(a_layers_beginning_is_stored_before_it_may_begin),
        T(an_expected_place_waits_for_its_proof),
        T(no_layer_is_expected_without_reason),
        T(a_layer_that_was_passed_is_stored_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
