// Tests of the served printer: that it is the machine of a run however time is dealt out to it, and whoever looks at it.
// SPDX-License-Identifier: MIT
#include "sim/serve/answers.h"
#include "sim/serve/test_served.h"

/// The scenario's own run, cut by its own script.
static void own_run(struct run *run, struct lab_input *input, const char *const *sets, size_t n)
{
    struct lab_error err = {0};

    if (run_load(input, served_scenario, NULL, sets, n, NULL, &err) ||
        run_execute(run, input, input->scenario.seed, &err)) {
        lab_error_print(stderr, &err);
        fail();
    }
}

/// Who cuts, and how a host wakes and looks.
struct hand {
    int64_t grain_us;
    const char *looks; ///< asked for every seven seconds
    uint32_t domain;
    const char *armed; ///< the cut as armed before; NULL: by hand at its instant
    /// A write that died in the dark ends before the outage is worked out here, and behind it there.
    bool any_trace;
};

static void begin_and_cut(const struct hand *hand, int64_t cut_us)
{
    asserts("M23 unusual_modes.gcode", "File selected");
    asserts("M24", "ok");
    if (hand->armed)
        assert_int_equal(printer_arm(&printer, hand->armed), 0);
    for (int64_t t_us = printer.t_us; *hand->looks && t_us < cut_us; t_us += 7000003) {
        live_in(t_us, hand->grain_us);
        (void)ask(hand->looks);
    }
    live_in(cut_us, hand->grain_us);
    if (!hand->armed)
        assert_int_equal(printer_power(&printer, hand->domain, false), 0);
}

/// The printer of that run, cut, fed and told at the same instants by a hand outside.
static void same_by_hand(const struct run *own, const struct hand *hand)
{
    const struct lab_truth_cut *cut = &own->cut->truth.cut[0];
    int64_t shift_us = own->cut->job_begin_us - printer.t_us;

    begin_and_cut(hand, cut->mains_us - shift_us);
    live_in(cut->back_us - shift_us, hand->grain_us);
    assert_int_not_equal(printer.lost, 0);
    assert_int_equal(printer_power(&printer, printer.lost, true), 0);
    live_in(cut->back_us - shift_us + printer.sim->model.printer.boot_us + 2 * PLR_US_PER_S,
            hand->grain_us);
    asserts("PLR_RESUME_PRINT", "ok");
    for (int n = 0; n < 10000 && !printer.sim->world.firmware.job_done; n++)
        live_in(printer.t_us + PLR_US_PER_S, hand->grain_us);
    assert_true(printer.sim->world.firmware.job_done);
}

/// Looking passes no time in the world, and heats nothing.
static void a_look_moves_nothing(void **state)
{
    struct printer_look look;

    (void)state;
    for (int n = 0; n < 100; n++) {
        live(printer.t_us + 77777);
        struct plant plant = printer.sim->world.plant;
        int64_t world_us = printer.sim->world.now_us;
        printer_look(&printer, &look);
        assert_int_equal(printer.sim->world.now_us, world_us);
        assert_memory_equal(&plant, &printer.sim->world.plant, sizeof plant);
    }
}

static void is_the_run_of_its_own(const char *const *sets, size_t n, const struct hand *hand)
{
    struct lab_input *input = calloc(1, sizeof *input);
    struct run *own = calloc(1, sizeof *own);

    open_with(sets, n);
    own_run(own, input, sets, n);
    same_by_hand(own, hand);
    assert_int_equal(printer.sim->truth.cuts, own->cut->truth.cuts);
    assert_true(same_ledger(&printer.sim->truth.ledger, &own->cut->truth.ledger));
    assert_int_equal(nv_hash(&printer.sim->nv), nv_hash(&own->cut->nv));
    assert_int_equal(printer.sim->world.events, own->cut->world.events);
    assert_int_equal(printer.sim->truth.hot_dwell_us, own->cut->truth.hot_dwell_us);
    if (!hand->any_trace)
        assert_int_equal(printer.sim->world.hash, own->cut->world.hash);
    assert_int_equal(printer.run.twin->world.hash, own->twin->world.hash);
    run_free(own);
    lab_input_close(input);
    free(own);
    free(input);
    close_printer(NULL);
}

static const struct hand usual = {
    .grain_us = PLR_US_PER_S, .looks = "", .domain = LAB_DOMAIN_MAINS};

static void whoever_cuts_the_run_is_the_same(void **state)
{
    (void)state;
    is_the_run_of_its_own(served_sets, 1, &usual);
}

static void however_often_the_host_wakes(void **state)
{
    struct hand often = usual;

    (void)state;
    often.grain_us = 1711;
    is_the_run_of_its_own(served_sets, 1, &often);
}

static void whoever_looks(void **state)
{
    struct hand curious = usual;

    (void)state;
    curious.grain_us = 100003;
    curious.looks = "M155 S1\nM27 S3\nM105\nM114\nM115";
    is_the_run_of_its_own(served_sets, 1, &curious);
}

static void a_cut_that_was_armed(void **state)
{
    struct hand armed = usual;
    const char *const sets[] = {served_sets[0], "power[0].at={layer: 4, move: 3}"};

    (void)state;
    armed.armed = "l4.3";
    is_the_run_of_its_own(sets, 2, &armed);
}

/// An instant in the midst of a memory write, as it comes up behind `after_us` of the job.
static int64_t in_a_write(const char *const *sets, size_t n, int64_t after_us)
{
    int64_t ahead_us = 0;

    open_with(sets, n);
    asserts("M23 unusual_modes.gcode", "selected");
    asserts("M24", "ok");
    int64_t begun_us = printer.t_us;
    live_in(begun_us + after_us, PLR_US_PER_S);
    while (!printer.ahead || ahead_us < 2000) {
        live(printer.t_us + 500);
        ahead_us = printer.sim->world.now_us - printer.shift_us - printer.t_us;
    }
    int64_t at_us = printer.t_us + ahead_us / 2 - begun_us;
    close_printer(NULL);
    return at_us;
}

/// Slow memories: cuts fall into their writes, which are torn then.
static void cuts_into_memory_writes(void **state)
{
    static const char *const kinds[] = {"sim.nv.kind=eeprom", "sim.nv.kind=sd", "sim.nv.kind=nor"};
    struct hand dark = usual;
    char at[64];

    (void)state;
    dark.any_trace = true;
    for (int n = 0; n < 3 * 4; n++) {
        const char *sets[] = {served_sets[0], kinds[n % 3], at};
        int64_t at_us = in_a_write(sets, 2, 262000000 + n * 1100000);
        snprintf(at, sizeof at, "power[0].at={time: %lldus}", (long long)at_us);
        dark.domain = n % 2 ? LAB_DOMAIN_MAINS : LAB_DOMAIN_LOGIC; // without a hold-up it is torn
        const char *all[] = {sets[0], sets[1], at,
                             n % 2 ? "power[0].domains=[mains]" : "power[0].domains=[logic]"};
        is_the_run_of_its_own(all, 4, &dark);
    }
}

static void the_controllers_own_supply_goes(void **state)
{
    struct hand logic = usual;
    const char *const sets[] = {served_sets[0], "power[0].domains=[logic]"};

    (void)state;
    logic.domain = LAB_DOMAIN_LOGIC;
    is_the_run_of_its_own(sets, 2, &logic);
    logic.domain = LAB_DOMAIN_24V; // this machine's controller has no other
    is_the_run_of_its_own(sets, 2, &logic);
}

// --- power --------------------------------------------------------------------------------------------------------

static void rails(bool mains, bool rail, bool logic)
{
    struct printer_rails now;

    printer_rails(&printer, &now);
    if (now.mains != mains || now.rail != rail || now.logic != logic)
        fail_msg("mains %d, rail %d, logic %d", now.mains, now.rail, now.logic);
}

static void without_a_job_it_stands_still(void **state)
{
    int64_t world_us = printer.sim->world.now_us;

    (void)state;
    assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, false), 0);
    rails(true, true, true);
    assert_false(printer_alive(&printer));
    live_in(3600 * (int64_t)PLR_US_PER_S, PLR_US_PER_S);
    rails(false, false, false);
    assert_int_equal(printer.sim->world.now_us, world_us);
    assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, true), 0);
    live_in(printer.t_us + printer.sim->model.printer.boot_us - 1, 1000);
    assert_false(printer_alive(&printer));
    (void)said();
    live_in(printer.t_us + 1, 1);
    assert_true(printer_alive(&printer));
    assert_non_null(strstr(said(), "start\n"));
    assert_int_equal(printer.sim->truth.cuts, 0);
    rails(true, true, true);
}

static void a_dip_without_a_job_is_bridged(void **state)
{
    (void)state;
    live(PLR_US_PER_S);
    assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, false), 0);
    live(printer.t_us + 10000);
    rails(false, true, true); // detected after 5 ms
    assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, true), 0);
    assert_true(printer_alive(&printer));
    assert_int_equal(printer.boots, 1);
}

static void senses_fall_one_by_one(void **state)
{
    struct printer_rails now;

    (void)state;
    asserts("M23 unusual_modes.gcode", "selected");
    asserts("M24", "ok");
    live_in(200 * PLR_US_PER_S, PLR_US_PER_S);
    assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, false), 0);
    printer_rails(&printer, &now);
    assert_int_equal(now.next_us, printer.t_us + 5000);
    live(printer.t_us + 4999);
    rails(true, true, true);
    live(printer.t_us + 1);
    rails(false, true, true);
    live(printer.t_us + PLR_US_PER_S);
    rails(false, false, false);
    const struct lab_truth_cut *cut = &printer.sim->truth.cut[0];
    assert_true(cut->drivers_us > cut->mains_us + 16000 && cut->logic_us > cut->drivers_us);
}

static void a_run_holds_eight_cuts(void **state)
{
    (void)state;
    asserts("M23 unusual_modes.gcode", "selected");
    asserts("M24", "ok");
    for (int n = 0; n < LAB_POWER_MAX; n++) {
        live_in(printer.t_us + 30 * PLR_US_PER_S, PLR_US_PER_S);
        assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, false), 0);
        live(printer.t_us + PLR_US_PER_S);
        assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, true), 0);
    }
    live_in(printer.t_us + 30 * PLR_US_PER_S, PLR_US_PER_S);
    assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, false), -E2BIG);
    assert_int_equal(printer.lost, 0);
    assert_int_equal(printer_arm(&printer, "l5"), -E2BIG);
}

static void what_cannot_be_armed(void **state)
{
    static const char *const bad[] = {"", "x5", "l", "w7.lost_unsynced", "pnophase.1"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(printer_arm(&printer, bad[i]), -EINVAL);
}

/// A machine that was let cool before its job is judged by itself, not by one that was soaked.
static void who_has_cooled_is_its_own_twin(void **state)
{
    const struct sim *soaked = printer.run.twin;

    (void)state;
    asserts("M23 unusual_modes.gcode", "selected");
    asserts("M24", "ok");
    assert_ptr_equal(printer.run.twin, soaked); // it had only just begun to live
    assert_int_equal(printer_again(&printer), 0);
    live_in(PLR_US_PER_S, PLR_US_PER_S);
    asserts("M140 S0", "ok");
    live_in(1800 * PLR_US_PER_S, PLR_US_PER_S);
    asserts("M23 unusual_modes.gcode", "selected");
    asserts("M24", "ok");
    const struct sim *cooled = printer.run.twin;
    assert_ptr_not_equal(cooled, soaked);
    assert_int_equal(cooled->truth.cuts, 0);
    assert_true(cooled->truth.completed);
    assert_true(cooled->job_begin_us > 1800 * PLR_US_PER_S);
    live_in(6000 * (int64_t)PLR_US_PER_S, PLR_US_PER_S);
    assert_true(printer.sim->world.firmware.job_done); // undisturbed it is that twin
    assert_int_equal(printer.sim->truth.ledger.count, cooled->truth.ledger.count);
    for (size_t n = 0; n < cooled->truth.ledger.count; n++) {
        const struct lab_deposit *mine = &printer.sim->truth.ledger.entry[n];
        const struct lab_deposit *its = &cooled->truth.ledger.entry[n];
        assert_memory_equal(mine->from_nm, its->from_nm, sizeof mine->from_nm);
        assert_memory_equal(mine->to_nm, its->to_nm, sizeof mine->to_nm);
    }
    assert_int_equal(printer_again(&printer), 0);
    live_in(PLR_US_PER_S, PLR_US_PER_S);
    asserts("M23 unusual_modes.gcode", "selected");
    asserts("M24", "ok");
    assert_true(printer.run.twin->job_begin_us < 60 * PLR_US_PER_S); // a new one, soaked again
}

/// A hundred micrometres that no switch and no counter knows of: the print goes on so much too high, and the device finds nothing.
static void a_knock_is_in_the_truth_alone(void **state)
{
    struct printer_look was, is;

    (void)state;
    printer_look(&printer, &was);
    printer_knock(&printer, 100000);
    printer_look(&printer, &is);
    assert_int_equal(is.tip_nm[2] - was.tip_nm[2], 100000);
    assert_memory_equal(is.corner_nm, was.corner_nm, sizeof is.corner_nm);
    assert_memory_equal(is.machine_nm, was.machine_nm, sizeof is.machine_nm);
    assert_int_equal(printer_again(&printer), 0);
    live(printer.t_us);
    printer_look(&printer, &is);
    assert_int_equal(is.tip_nm[2], was.tip_nm[2]);
}

/// An outage in the middle of a print, in which corners fall and a hand pushes the head; power is back.
static void befall(const int64_t sag_nm[LAB_CORNERS], const int64_t hand_nm[2])
{
    asserts("M23 unusual_modes.gcode", "selected");
    asserts("M24", "ok");
    live_in(270 * PLR_US_PER_S, PLR_US_PER_S);
    assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, false), 0);
    live(printer.t_us + 10 * PLR_US_PER_S);
    assert_int_equal(printer_sag(&printer, sag_nm), 0);
    assert_int_equal(printer_nudge(&printer, hand_nm), 0);
    assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, true), 0);
}

/// What befalls it in an outage, and what a new machine keeps of that: nothing.
static void corners_fall_as_asked(void **state)
{
    const int64_t sag_nm[LAB_CORNERS] = {0, 1500000, 700000, 0}, hand_nm[2] = {4000000, 0};
    const int disturbs = printer.input->scenario.disturb_count;

    (void)state;
    befall(sag_nm, hand_nm);
    live(printer.t_us + PLR_US_PER_S);
    const struct lab_truth_cut *cut = &printer.sim->truth.cut[0];
    // each within what detents and the others' pull add
    for (int i = 0; i < LAB_CORNERS; i++)
        assert_in_range(cut->corner_before_nm[i] - cut->corner_after_nm[i] - sag_nm[i] + 800000, 0,
                        1600000);
    assert_true(labs((long)printer.sim->world.plant.slip_ab_nm[0]) > 1000000);
    assert_int_equal(printer.input->scenario.disturb_count, disturbs + 2);
    assert_int_equal(printer_again(&printer), 0);
    assert_int_equal(printer.input->scenario.disturb_count, disturbs);
    assert_int_equal(printer.sim->truth.cuts, 0);
}

/// The control socket takes nothing that no hand and no gantry of this machine can do.
static void what_befalls_it_stays_within_the_machine(void **state)
{
    static const struct {
        json_t *(*verb)(struct serve *, const char *);
        const char *rest;
        bool taken;
    } row[] = {
        {answer_nudge, "4mm -4mm", true},         {answer_nudge, "300mm -300mm", true},
        {answer_nudge, "300.001mm 0mm", false},   {answer_nudge, "0mm -300.001mm", false},
        {answer_nudge, "99999m 0mm", false},      {answer_sag, "0mm 0.8mm 0.6mm 260mm", true},
        {answer_sag, "0mm 0mm 0mm 9999m", false}, {answer_sag, "260.001mm 0mm 0mm 0mm", false},
        {answer_sag, "-1um 0mm 0mm 0mm", false}};
    struct serve *serve = calloc(1, sizeof *serve);

    (void)state;
    assert_non_null(serve);
    serve->printer = printer;
    assert_int_equal(printer.sim->model.printer.travel_nm[0], 300000000);
    assert_int_equal(printer.sim->model.printer.travel_nm[2], 260000000);
    for (size_t n = 0; n < sizeof row / sizeof *row; n++) {
        int held = printer.input->scenario.disturb_count;
        json_t *answer = row[n].verb(serve, row[n].rest);
        if (json_is_true(json_object_get(answer, "ok")) != row[n].taken)
            fail_msg("%s was%s taken", row[n].rest, row[n].taken ? " not" : "");
        assert_int_equal(printer.input->scenario.disturb_count, held + row[n].taken);
        json_decref(answer);
    }
    free(serve);
}

/// And as far as it may be: the printer lives on.
static void the_farthest_that_befalls_it_is_lived_through(void **state)
{
    const int64_t sag_nm[LAB_CORNERS] = {0, 0, 0, 260000000}, hand_nm[2] = {300000000, -300000000};

    (void)state;
    befall(sag_nm, hand_nm);
    live(printer.t_us + 10 * PLR_US_PER_S);
    asserts("PLR_RESUME_PRINT", "ok"); // whatever becomes of that, it ends
    live_in(printer.t_us + 600 * PLR_US_PER_S, PLR_US_PER_S);
    assert_true(printer_alive(&printer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_cuts_the_run_is_the_same),
        cmocka_unit_test(however_often_the_host_wakes),
        cmocka_unit_test(whoever_looks),
        cmocka_unit_test(a_cut_that_was_armed),
        cmocka_unit_test(cuts_into_memory_writes),
        cmocka_unit_test(the_controllers_own_supply_goes),
        cmocka_unit_test_setup_teardown(without_a_job_it_stands_still, open_printer, close_printer),
        cmocka_unit_test_setup_teardown(a_dip_without_a_job_is_bridged, open_printer,
                                        close_printer),
        cmocka_unit_test_setup_teardown(senses_fall_one_by_one, open_printer, close_printer),
        cmocka_unit_test_setup_teardown(a_run_holds_eight_cuts, open_printer, close_printer),
        cmocka_unit_test_setup_teardown(what_cannot_be_armed, open_printer, close_printer),
        cmocka_unit_test_setup_teardown(a_look_moves_nothing, open_printer, close_printer),
        cmocka_unit_test_setup_teardown(corners_fall_as_asked, open_printer, close_printer),
        cmocka_unit_test_setup_teardown(the_farthest_that_befalls_it_is_lived_through, open_printer,
                                        close_printer),
        cmocka_unit_test_setup_teardown(what_befalls_it_stays_within_the_machine, open_printer,
                                        close_printer),
        cmocka_unit_test_setup_teardown(who_has_cooled_is_its_own_twin, open_printer,
                                        close_printer),
        cmocka_unit_test_setup_teardown(a_knock_is_in_the_truth_alone, open_printer, close_printer),
    };
    return cmocka_run_group_tests_name("serve", tests, NULL, NULL);
}
