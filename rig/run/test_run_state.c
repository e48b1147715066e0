// The state machine: a good run, every state with every fault, and what must hold whatever is heard.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "rig/run/state.h"

static const struct run_script script = {.cuts = 2,
                                         .off_for_us = {90000000, 5000000},
                                         .restarts = true,
                                         .resumes = true,
                                         .ready_us = 60000000,
                                         .recovery_us = 600000000,
                                         .cooldown_us = 3600000000};

#define S INT64_C(1000000)

static struct run_machine machine;
static struct run_facts facts;

static void begin(void)
{
    machine = (struct run_machine){.script = &script};
    facts = (struct run_facts){.now_us = 7 * S, .cut_us = LINK_UNKNOWN};
}

static void expect(const char *when, enum run_act act, enum run_state state)
{
    enum run_act did = run_step(&machine, &facts);

    if (did != act || machine.state != state)
        fail_msg("%s: did %d in %s, not %d in %s", when, (int)did, run_state_name(machine.state),
                 (int)act, run_state_name(state));
}

/// Up to a print that runs.
static void print(void)
{
    begin();
    expect("begin", RUN_TEST, RUN_SELF_TEST);
    expect("not yet tested", RUN_NOTHING, RUN_SELF_TEST);
    facts.tested = true;
    expect("tested", RUN_POWER, RUN_ARMED);
    facts.now_us += 3600 * S; // a relay's least time off has no limit but the guard's
    expect("not yet on", RUN_NOTHING, RUN_ARMED);
    facts.on = true;
    facts.now_us += 60 * S;
    expect("booting", RUN_NOTHING, RUN_ARMED);
    facts.link = LINK_READY;
    expect("ready, hot", RUN_COOL, RUN_ARMED);
    expect("cooling", RUN_NOTHING, RUN_ARMED);
    facts.cool = true;
    expect("cool", RUN_MEASURE, RUN_ARMED);
    expect("gauges that compare", RUN_NOTHING, RUN_ARMED);
    facts.measured = true;
    expect("compared", RUN_PRINT, RUN_PRINTING);
    facts.measured = false;
    expect("told", RUN_NOTHING, RUN_PRINTING);
    facts.due = true;
    expect("due, but it does not print", RUN_NOTHING, RUN_PRINTING);
    facts.due = facts.cool = false;
    facts.link = LINK_PRINTING;
    expect("prints", RUN_NOTHING, RUN_PRINTING);
}

static void cut(int64_t off_for_us)
{
    facts.due = true;
    expect("due", RUN_OPEN, RUN_CUT);
    facts.on = facts.due = false;
    expect("not yet open", RUN_NOTHING, RUN_CUT);
    facts.cut_us = facts.now_us;
    facts.link = LINK_LOST;
    expect("open", RUN_NOTHING, RUN_WAITING);
    facts.now_us += off_for_us - 1;
    expect("still off", RUN_NOTHING, RUN_WAITING);
    facts.now_us++;
    expect("long enough", RUN_CLOSE, RUN_WAITING);
    expect("least times", RUN_NOTHING, RUN_WAITING);
    facts.on = true;
    expect("on", RUN_NOTHING, RUN_RECOVERING);
    facts.cut_us = LINK_UNKNOWN;
}

static void resume(void)
{
    expect("booting", RUN_NOTHING, RUN_RECOVERING);
    facts.link = LINK_READY;
    expect("ready", RUN_RESUME, RUN_RECOVERING);
    facts.now_us += 500 * S;
    expect("homing", RUN_NOTHING, RUN_RECOVERING);
    facts.link = LINK_PRINTING;
    expect("prints again", RUN_NOTHING, RUN_PRINTING);
}

static void finish(enum lab_result result)
{
    assert_int_equal(machine.state, RUN_MEASURING);
    assert_true(machine.judged);
    assert_int_equal(machine.result, result);
    expect("gauges", RUN_NOTHING, RUN_MEASURING);
    facts.measured = true;
    expect("measured", RUN_COOL, RUN_MEASURING);
    expect("cooling", RUN_NOTHING, RUN_MEASURING);
    facts.cool = true;
    expect("cool", RUN_ALL_OFF, RUN_SAFE);
    assert_int_equal(machine.fault, RUN_FINE);
    expect("for good", RUN_NOTHING, RUN_SAFE);
}

/// A printer that halted takes no word to cool down by, and its temperatures may be of long ago.
static void halted(enum lab_result result)
{
    assert_int_equal(facts.link, LINK_FAULT);
    facts.measured = true;
    expect("halted", RUN_ALL_OFF, RUN_SAFE);
    assert_int_equal(machine.fault, RUN_FINE);
    assert_true(machine.judged);
    assert_int_equal(machine.result, result);
}

// --- good and bad ends --------------------------------------------------------------------------------------------

static void a_good_run(void **state)
{
    (void)state;
    print();
    cut(90 * S);
    resume();
    cut(5 * S);
    resume();
    facts.due = true; // there is no third one
    expect("prints", RUN_NOTHING, RUN_PRINTING);
    facts.due = false;
    facts.link = LINK_DONE;
    expect("done", RUN_MEASURE, RUN_MEASURING);
    finish(LAB_RESUMED);
    assert_false(machine.never_cut);
    assert_int_equal(machine.cut, 2);
}

static void a_cut_that_never_came_is_told(void **state)
{
    (void)state;
    print();
    facts.link = LINK_DONE;
    expect("done", RUN_MEASURE, RUN_MEASURING);
    assert_true(machine.never_cut);
    finish(LAB_RESUMED);
}

static void what_the_printer_said_before_is_no_news(void **state)
{
    (void)state;
    print();
    begin();
    facts = (struct run_facts){.now_us = S,
                               .tested = true,
                               .on = true,
                               .link = LINK_DONE,
                               .cool = true,
                               .cut_us = LINK_UNKNOWN};
    expect("begin", RUN_TEST, RUN_SELF_TEST);
    expect("tested", RUN_POWER, RUN_ARMED);
    expect("ready", RUN_MEASURE, RUN_ARMED);
    facts.measured = true;
    expect("compared", RUN_PRINT, RUN_PRINTING);
    expect("done: the job before", RUN_NOTHING, RUN_PRINTING);
    facts.now_us += 60 * S + 1;
    expect("does not begin", RUN_ALL_OFF, RUN_SAFE);
    assert_int_equal(machine.fault, RUN_NOT_READY);
}

static void a_refusal_is_a_result(void **state)
{
    (void)state;
    print();
    cut(90 * S);
    facts.refused = true; // an answer of long ago
    facts.link = LINK_READY;
    expect("ready", RUN_RESUME, RUN_RECOVERING);
    expect("refused", RUN_MEASURE, RUN_MEASURING);
    finish(LAB_REFUSED);
}

/// A printer that goes on by itself was told nothing that it could refuse.
static void nobody_told_it_so_it_refused_nothing(void **state)
{
    static struct run_script quiet;

    (void)state;
    quiet = script;
    quiet.resumes = false;
    print();
    cut(90 * S);
    machine.script = &quiet;
    facts.link = LINK_READY;
    expect("ready", RUN_NOTHING, RUN_RECOVERING);
    facts.refused = true;
    expect("an answer of long ago", RUN_NOTHING, RUN_RECOVERING);
    facts.link = LINK_PRINTING;
    expect("by itself", RUN_NOTHING, RUN_PRINTING);
}

static void a_printer_that_stops_over_its_recovery_refused(void **state)
{
    (void)state;
    print();
    cut(90 * S);
    facts.link = LINK_READY;
    expect("ready", RUN_RESUME, RUN_RECOVERING);
    facts.link = LINK_FAULT;
    expect("homing failed", RUN_MEASURE, RUN_MEASURING);
    halted(LAB_REFUSED);
}

/// One that refused, and halts while it cools.
static void a_halted_printer_is_off_at_once_and_judged(void **state)
{
    (void)state;
    print();
    cut(90 * S);
    facts.link = LINK_READY;
    expect("ready", RUN_RESUME, RUN_RECOVERING);
    facts.refused = true;
    expect("refused", RUN_MEASURE, RUN_MEASURING);
    facts.measured = true;
    expect("measured", RUN_COOL, RUN_MEASURING);
    facts.link = LINK_FAULT;
    halted(LAB_REFUSED);
}

/// One that goes on by itself and halts over it stays under power no longer than one that was told.
static void a_printer_that_halts_over_its_own_recovery_is_off_at_once(void **state)
{
    static struct run_script quiet;

    (void)state;
    quiet = script;
    quiet.resumes = false;
    print();
    cut(90 * S);
    machine.script = &quiet;
    facts.link = LINK_READY;
    expect("ready", RUN_NOTHING, RUN_RECOVERING);
    facts.link = LINK_FAULT;
    expect("homing failed", RUN_MEASURE, RUN_MEASURING);
    facts.measured = false;
    expect("off", RUN_ALL_OFF, RUN_SAFE);
    assert_int_equal(machine.fault, RUN_FINE);
    assert_int_equal(machine.result, LAB_REFUSED);
}

/// Nor does one that halts on its way up, behind whatever its host still said of the outage.
static void a_printer_that_halts_on_its_way_up_is_off_at_once(void **state)
{
    static struct run_script quiet;

    (void)state;
    for (int restarts = 0; restarts < 2; restarts++) {
        quiet = script;
        quiet.restarts = restarts;
        print();
        cut(90 * S);
        machine.script = &quiet;
        facts.link = LINK_FAULT;
        if (restarts)
            expect("woken", RUN_RESTART, RUN_RECOVERING);
        expect("said of the outage", RUN_NOTHING, RUN_RECOVERING);
        facts.link = LINK_STARTING;
        expect("on its way", RUN_NOTHING, RUN_RECOVERING);
        facts.link = LINK_LOST;
        expect("between two statuses", RUN_NOTHING, RUN_RECOVERING);
        facts.link = LINK_FAULT;
        expect("halted", RUN_ALL_OFF, RUN_SAFE);
        assert_int_equal(machine.fault, RUN_NOT_READY);
        assert_false(machine.judged);
    }
}

/// No gauge is read on a halted printer that has power: that it came back stays, and nobody has measured how.
static void a_printer_that_halts_while_it_is_measured_is_off_at_once(void **state)
{
    (void)state;
    print();
    cut(90 * S);
    resume();
    facts.due = false;
    facts.link = LINK_DONE;
    expect("done", RUN_MEASURE, RUN_MEASURING);
    facts.measured = false;
    expect("gauges", RUN_NOTHING, RUN_MEASURING);
    facts.link = LINK_FAULT;
    expect("halted", RUN_ALL_OFF, RUN_SAFE);
    assert_int_equal(machine.fault, RUN_GAUGE);
    assert_true(machine.judged);
}

static void a_printer_that_never_goes_on_has_a_bound(void **state)
{
    (void)state;
    print();
    cut(90 * S);
    facts.link = LINK_READY;
    expect("ready", RUN_RESUME, RUN_RECOVERING);
    facts.now_us += 600 * S;
    expect("waiting", RUN_NOTHING, RUN_RECOVERING);
    facts.now_us++;
    expect("never", RUN_MEASURE, RUN_MEASURING);
    finish(LAB_NEVER_FINISHED);
}

static void a_printer_that_never_comes_back_is_no_failed_recovery(void **state)
{
    (void)state;
    print();
    cut(90 * S);
    facts.now_us += 60 * S + 1;
    expect("silent", RUN_ALL_OFF, RUN_SAFE);
    assert_int_equal(machine.fault, RUN_NOT_READY);
    assert_false(machine.judged);
}

static void a_printer_that_shut_itself_down_is_woken(void **state)
{
    (void)state;
    print();
    cut(90 * S);
    facts.link = LINK_FAULT;
    facts.now_us += 59 * S;
    expect("lost its controller", RUN_RESTART, RUN_RECOVERING);
    facts.now_us += 59 * S;
    expect("waking up", RUN_NOTHING, RUN_RECOVERING);
    facts.link = LINK_READY;
    expect("ready", RUN_RESUME, RUN_RECOVERING);
}

/// A host that was up before its microcontroller had power has given up on it.
static void it_is_woken_before_the_first_print_too(void **state)
{
    (void)state;
    begin();
    facts = (struct run_facts){
        .now_us = S, .tested = true, .on = true, .link = LINK_FAULT, .cut_us = LINK_UNKNOWN};
    expect("begin", RUN_TEST, RUN_SELF_TEST);
    expect("tested", RUN_POWER, RUN_ARMED);
    expect("given up", RUN_RESTART, RUN_ARMED);
    expect("once", RUN_NOTHING, RUN_ARMED);
    facts.now_us += 60 * S + 1;
    expect("for good", RUN_ALL_OFF, RUN_SAFE);
    assert_int_equal(machine.fault, RUN_NOT_READY);
}

static void a_print_that_ends_behind_its_recovery_never_finished(void **state)
{
    (void)state;
    static const enum link_state ends[] = {LINK_FAULT, LINK_CANCELLED, LINK_READY};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        print();
        facts.link = ends[i];
        expect("before a cut", RUN_ALL_OFF, RUN_SAFE);
        assert_int_equal(machine.fault, RUN_PRINTER);
        print();
        cut(90 * S);
        resume();
        facts.link = ends[i];
        expect("behind one", RUN_MEASURE, RUN_MEASURING);
        (ends[i] == LINK_FAULT ? halted : finish)(LAB_NEVER_FINISHED);
    }
}

static void a_job_that_is_refused_is_the_printers_affair(void **state)
{
    (void)state;
    begin();
    facts = (struct run_facts){.now_us = S,
                               .tested = true,
                               .on = true,
                               .link = LINK_READY,
                               .cool = true,
                               .cut_us = LINK_UNKNOWN};
    expect("begin", RUN_TEST, RUN_SELF_TEST);
    expect("tested", RUN_POWER, RUN_ARMED);
    expect("ready", RUN_MEASURE, RUN_ARMED);
    facts.measured = true;
    expect("compared", RUN_PRINT, RUN_PRINTING);
    facts.refused = true;
    expect("no such file", RUN_ALL_OFF, RUN_SAFE);
    assert_int_equal(machine.fault, RUN_PRINTER);
}

static void what_stays_hot_has_a_bound(void **state)
{
    (void)state;
    print();
    facts.link = LINK_DONE;
    expect("done", RUN_MEASURE, RUN_MEASURING);
    facts.measured = true;
    expect("measured", RUN_COOL, RUN_MEASURING);
    facts.now_us += 3600 * S + 1;
    expect("still hot", RUN_ALL_OFF, RUN_SAFE);
    assert_int_equal(machine.fault, RUN_NOT_COOL);
    assert_true(machine.judged); // what became of the print is known all the same
}

// --- every state, every fault -------------------------------------------------------------------------------------

/// Bring the machine to a state, as a run does.
static void reach(enum run_state to)
{
    begin();
    if (to >= RUN_SELF_TEST)
        expect("begin", RUN_TEST, RUN_SELF_TEST);
    facts.tested = to >= RUN_ARMED;
    if (to == RUN_ARMED)
        expect("tested", RUN_POWER, RUN_ARMED);
    if (to >= RUN_PRINTING)
        print();
    if (to == RUN_CUT || to == RUN_WAITING) {
        facts.due = true;
        expect("due", RUN_OPEN, RUN_CUT);
        facts.cut_us = to == RUN_WAITING ? facts.now_us : LINK_UNKNOWN;
        expect("cut", RUN_NOTHING, to);
    }
    if (to == RUN_RECOVERING)
        cut(90 * S);
    if (to >= RUN_MEASURING) {
        facts.link = LINK_DONE;
        expect("done", RUN_MEASURE, RUN_MEASURING);
    }
    if (to == RUN_SAFE)
        finish(LAB_RESUMED);
}

static void every_fault_of_every_state_goes_to_safe(void **state)
{
    (void)state;
    for (int from = RUN_OFF; from < RUN_SAFE; from++)
        for (int fault = RUN_FINE + 1; fault < RUN_FAULTS; fault++)
            for (int more = 0; more < 64; more++) { // whatever else is heard in that instant
                reach((enum run_state)from);
                facts.fault = (enum run_fault)fault;
                facts.tested = more & 1, facts.on = more & 2, facts.due = more & 4;
                facts.cool = more & 8, facts.refused = more & 16, facts.measured = more & 32;
                expect(run_fault_name((enum run_fault)fault), RUN_ALL_OFF, RUN_SAFE);
                assert_int_equal(machine.fault, fault);
                facts.fault = RUN_FINE;
                expect("never left", RUN_NOTHING, RUN_SAFE);
            }
}

static void safe_is_never_left(void **state)
{
    (void)state;
    for (int fault = RUN_FINE; fault < RUN_FAULTS; fault++) {
        reach(RUN_SAFE);
        facts.fault = (enum run_fault)fault;
        expect("safe", RUN_NOTHING, RUN_SAFE);
        assert_int_equal(machine.fault, RUN_FINE);
    }
}

// --- whatever is heard --------------------------------------------------------------------------------------------

static uint32_t draw_state;

static uint32_t draw(uint32_t below)
{
    draw_state = draw_state * 1664525u + 1013904223u;
    return (draw_state >> 8) % below;
}

static void draw_facts(void)
{
    facts.now_us += draw(4) ? draw(1000000) : (int64_t)draw(200) * S;
    facts.link = (enum link_state)draw(LINK_FAULT + 1);
    facts.tested = draw(2);
    facts.on = draw(2);
    facts.cool = draw(2);
    facts.due = draw(2);
    facts.refused = !draw(8);
    facts.measured = draw(2);
    facts.cut_us = draw(2) ? facts.now_us : LINK_UNKNOWN;
    facts.fault = draw(60) ? RUN_FINE : (enum run_fault)(1 + draw(RUN_FAULTS - 1));
}

/// Power is cut only while it is on, comes back only when it was away for long enough, and in the end everything is off, once.
static void power_goes_by_the_rules_whatever_is_heard(void **state)
{
    int reached[RUN_STATES] = {0};

    (void)state;
    for (uint32_t seed = 1; seed <= 20000; seed++) {
        int64_t opened_us = 0;
        int asked[RUN_ALL_OFF + 1] = {0};
        bool on = false, open = false;
        draw_state = seed * 2654435761u;
        begin();
        for (int n = 0; n < 200; n++) {
            draw_facts();
            enum run_act act = run_step(&machine, &facts);
            reached[machine.state]++;
            asked[act]++;
            if (act == RUN_POWER || act == RUN_CLOSE)
                on = true;
            if (act == RUN_OPEN) {
                assert_true(on && !open);
                open = true;
            }
            if (machine.state == RUN_WAITING && act == RUN_NOTHING && open && !asked[RUN_ALL_OFF])
                opened_us = machine.cut_us;
            if (act == RUN_CLOSE) {
                assert_true(open);
                assert_true(facts.now_us - opened_us >= script.off_for_us[machine.cut]);
                open = false;
            }
            assert_true((machine.state == RUN_SAFE) == (asked[RUN_ALL_OFF] == 1));
        }
        assert_true(asked[RUN_ALL_OFF] <= 1 && asked[RUN_PRINT] <= 1 && asked[RUN_POWER] <= 1);
        assert_true(asked[RUN_OPEN] <= script.cuts && asked[RUN_CLOSE] <= asked[RUN_OPEN]);
        assert_true(asked[RUN_RESUME] <= asked[RUN_CLOSE] && asked[RUN_MEASURE] <= 2);
    }
    for (int n = RUN_SELF_TEST; n < RUN_STATES; n++)
        assert_true(reached[n] > 100);
}

/// The link is somebody's to be there only where a run can tell that it should.
static void a_link_is_expected_where_there_should_be_one(void **state)
{
    static const bool expected[RUN_STATES] = {[RUN_PRINTING] = true, [RUN_MEASURING] = true};

    (void)state;
    for (int to = RUN_OFF; to < RUN_STATES; to++) {
        reach((enum run_state)to);
        assert_int_equal(run_expects_link(&machine), expected[to]);
    }
    reach(RUN_RECOVERING);
    facts.link = LINK_READY;
    expect("ready", RUN_RESUME, RUN_RECOVERING);
    assert_true(run_expects_link(&machine));
    for (int cool = 0; cool < 2; cool++) { // it may be cool at once: then gauges are read
        reach(RUN_ARMED);
        facts.link = LINK_READY;
        facts.cool = cool;
        expect("not on", RUN_NOTHING, RUN_ARMED);
        assert_false(run_expects_link(&machine)); // what a host says whose printer has no power yet
        facts.on = true;
        expect("ready", cool ? RUN_MEASURE : RUN_COOL, RUN_ARMED);
        assert_true(run_expects_link(&machine));
        facts.link = LINK_LOST;
        expect("silent", RUN_NOTHING, RUN_ARMED);
        assert_true(run_expects_link(&machine));
    }
}

/// Nobody wakes a printer that was ready, and halted.
static void a_printer_that_halts_before_its_print_is_off_at_once(void **state)
{
    (void)state;
    reach(RUN_ARMED);
    facts.on = true;
    facts.link = LINK_READY;
    expect("ready", RUN_COOL, RUN_ARMED);
    facts.link = LINK_FAULT;
    expect("halted", RUN_ALL_OFF, RUN_SAFE);
    assert_int_equal(machine.fault, RUN_PRINTER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_run),
        cmocka_unit_test(a_cut_that_never_came_is_told),
        cmocka_unit_test(what_the_printer_said_before_is_no_news),
        cmocka_unit_test(a_refusal_is_a_result),
        cmocka_unit_test(nobody_told_it_so_it_refused_nothing),
        cmocka_unit_test(a_printer_that_stops_over_its_recovery_refused),
        cmocka_unit_test(a_printer_that_halts_over_its_own_recovery_is_off_at_once),
        cmocka_unit_test(a_printer_that_halts_on_its_way_up_is_off_at_once),
        cmocka_unit_test(a_printer_that_halts_while_it_is_measured_is_off_at_once),
        cmocka_unit_test(a_printer_that_never_goes_on_has_a_bound),
        cmocka_unit_test(a_printer_that_never_comes_back_is_no_failed_recovery),
        cmocka_unit_test(a_printer_that_shut_itself_down_is_woken),
        cmocka_unit_test(it_is_woken_before_the_first_print_too),
        cmocka_unit_test(a_print_that_ends_behind_its_recovery_never_finished),
        cmocka_unit_test(a_job_that_is_refused_is_the_printers_affair),
        cmocka_unit_test(a_halted_printer_is_off_at_once_and_judged),
        cmocka_unit_test(what_stays_hot_has_a_bound),
        cmocka_unit_test(every_fault_of_every_state_goes_to_safe),
        cmocka_unit_test(safe_is_never_left),
        cmocka_unit_test(power_goes_by_the_rules_whatever_is_heard),
        cmocka_unit_test(a_link_is_expected_where_there_should_be_one),
        cmocka_unit_test(a_printer_that_halts_before_its_print_is_off_at_once),
    };
    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
