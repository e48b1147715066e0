// Each fault in every state of a run on a bench that is not there, and what watches over runs.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rig/run/bed.h"
#include "rig/run/call.h"
#include "rig/run/fill.h"
#include "rig/run/lock.h"

// --- faults, in every state ---------------------------------------------------------------------------------------

static void press(void)
{
    world.sense[BED_STOP] = true;
}
static void open_door(void)
{
    world.sense[BED_DOOR] = true;
}
static void take_chip(void)
{
    world.gone = -ENODEV;
}
static void overheat(void)
{
    world.nozzle_mc = 260000;
    world.printing = false;
    world.saved = true;
}
static void silence(void)
{
    world.silent = true;
}

static void forget_heat(void)
{
    world.no_heat = true;
}
static void break_link(void)
{
    world.link_error = -EBADF;
}
static void stay_open(void)
{
    world.contact[0] = DOUBLE_OPEN;
}
static void shut_down(void)
{
    world.fault = true;
    world.printing = false;
}
static void sleep_long(void)
{
    world.now_us += INT64_C(7200000000);
}

// --- the same behind its first "ready", and hot: it heats first, and that happens 15 s later ---

static void (*then)(void);

static void heat(void)
{
    world.nozzle_mc = 60000;
    bed.event.happen = then;
    bed.event.at_us = world.now_us + 15000000;
}
static void heat_and_silence(void)
{
    then = silence;
    heat();
}
static void heat_and_shut_down(void)
{
    then = shut_down;
    heat();
}
static void heat_and_break(void)
{
    then = break_link;
    heat();
}

static const char *const all_states[] = {"self_test", "armed",      "printing", "cut",
                                         "waiting",   "recovering", "measuring"};
enum {
    ALL_STATES = 7,
    IN_TEST = 1,
    IN_ARMED = 2,
    IN_PRINT = 4,
    IN_CUT = 8,
    IN_WAIT = 16,
    IN_RECOVERY = 32,
    IN_MEASURE = 64,
    ANYWHERE = 127
};

/// What happens, where it makes a difference, and which fault it is there.
static const struct {
    const char *name;
    void (*happen)(void);
    unsigned where;
    enum run_fault fault;
} faults[] = {
    {"e-stop", press, ANYWHERE, RUN_ALARM},
    {"door", open_door, ANYWHERE, RUN_ALARM},
    {"chip gone", take_chip, ANYWHERE, RUN_LINES_GONE},
    {"somebody's Ctrl-C", bed_interrupt, ANYWHERE, RUN_INTERRUPTED},
    {"run time", sleep_long, ANYWHERE, RUN_TOO_LONG},
    {"link lost while hot", silence, IN_PRINT, RUN_LOST_HOT},
    {"no temperature told any more", forget_heat, IN_PRINT, RUN_LOST_HOT},
    {"contact does not close", stay_open, IN_TEST | IN_WAIT, RUN_STUCK},
    {"contact welded", bed_weld, IN_ARMED | IN_PRINT, RUN_STUCK},
    {"contact welded, found in the end", bed_weld, IN_RECOVERY | IN_MEASURE, RUN_STUCK},
    {"too hot", overheat, IN_ARMED | IN_PRINT | IN_RECOVERY | IN_MEASURE, RUN_TOO_HOT},
    {"hot, and lost", heat_and_silence, IN_ARMED | IN_RECOVERY | IN_MEASURE, RUN_LOST_HOT},
    {"hot, and no way to it", heat_and_break, IN_ARMED | IN_RECOVERY | IN_MEASURE, RUN_LOST_HOT},
    {"printer's own fault", shut_down, IN_PRINT, RUN_PRINTER},
    {"hot, and its own fault", heat_and_shut_down, IN_ARMED, RUN_PRINTER},
    {"hot, and its own fault", heat_and_shut_down, IN_RECOVERY | IN_MEASURE, RUN_FINE}, // judged
};

/// Is a printer that is hot and halted, or lost, switched off when that is heard?
static void is_off_soon(void)
{
    const struct run_time *last = &bed.record.time[bed.record.times - 1];

    if (then && world.nozzle_mc == 60000)
        assert_in_range(last->at_us - bed.event.at_us, 0, 200000);
}

/// Behind a fault the printer is told to stop, once, with no relay on any more; unless it had no power yet, or nobody is there to be told.
static void is_told_to_stop(int s, bool wrong)
{
    bool lived = 1 << s != IN_TEST, lost = world.status.state == LINK_LOST;

    assert_int_equal(world.stops, wrong && lived && !lost);
    assert_false(world.stopped_on);
}

static void press_on_a_weld(void)
{
    bed_weld();
    press();
}

static void every_fault_in_every_state_leaves_it_off(void **state)
{
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++)
        for (int s = 0; s < ALL_STATES; s++) {
            if (!(faults[f].where >> s & 1u))
                continue;
            bed_begin(state);
            world.nozzle_mc = 49000; // not so cool that it would be over before anything happens
            bed.event.state = all_states[s];
            bed.event.after_us = s == 6 ? 0 : faults[f].where == ANYWHERE ? 1 : 10000000;
            then = NULL;
            bed.event.happen = faults[f].happen;
            assert_int_equal(bed_go(), 0);
            if (bed.record.fault != faults[f].fault)
                fail_msg("%s in %s ended with '%s' (%s)", faults[f].name, all_states[s],
                         run_fault_name(bed.record.fault), bed.record.why);
            bool welded = faults[f].happen == bed_weld, gone = faults[f].happen == take_chip;
            assert_int_equal(bed.record.unsafe, welded || gone);
            assert_int_equal(bed.record.why[0] != 0, faults[f].fault != RUN_FINE);
            bool ends = faults[f].fault && !(welded && s == 5); // that is found behind the verdict
            assert_false(ends && bed.record.judged && s < 6);
            is_off_soon();
            is_told_to_stop(s, faults[f].fault || welded);
            if (!welded)
                bed_is_off();
        }
}

/// Where a relay does not go off, the printer's own stop is all that is left: that goes out, also by a line that is full just then.
static void a_printer_that_keeps_its_power_is_told_to_stop(void **state)
{
    for (int full = 0; full < 2; full++) {
        bed_begin(state);
        world.stop_waits = full;
        bed.event.state = "printing";
        bed.event.after_us = 10000000;
        bed.event.happen = press_on_a_weld;
        assert_int_equal(bed_go(), 0);
        assert_int_equal(bed.record.fault, RUN_ALARM);
        assert_true(bed.record.unsafe);
        assert_int_equal(world.stops, 1);
        assert_false(world.stopped_on); // relays first
    }
}

/// A good run ends without it: a printer that was told to stop may want a hand to wake it.
static void a_good_run_stops_no_printer(void **state)
{
    (void)state;
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_FINE);
    assert_int_equal(world.stops, 0);
}

/// A stop that is heard in the very turn in which a relay is to go on: that relay stays open.
static void no_relay_closes_behind_a_stop(void **state)
{
    static const enum run_state pressed_in[] = {RUN_ARMED, RUN_WAITING};
    int64_t on_us[4] = {0};
    int ons = 0;

    assert_int_equal(bed_go(), 0);
    for (size_t n = 0; n < bed.record.edges; n++)
        if (bed.record.edge[n].relay && bed.record.edge[n].on)
            on_us[ons++] = bed.record.edge[n].at_us;
    assert_int_equal(ons, 2); // at the beginning, and behind the cut
    for (int i = 0; i < ons; i++) {
        int seen = 0;
        bed_begin(state);
        world.stop_us = on_us[i];
        assert_int_equal(bed_go(), 0);
        assert_int_equal(bed.record.fault, RUN_ALARM);
        assert_int_equal(bed.record.time[bed.record.times - 2].state, pressed_in[i]);
        for (size_t n = 0; n < bed.record.edges; n++)
            seen += bed.record.edge[n].relay && bed.record.edge[n].on;
        assert_int_equal(seen, i);
        bed_is_off();
    }
}

/// Nobody is missed at the link of a printer that has no power.
static void silence_is_expected_without_power(void **state)
{
    static const char *const dark[] = {"cut", "waiting"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        bed_begin(state);
        bed.event.state = dark[i];
        bed.event.happen = silence;
        assert_int_equal(bed_go(), 0);
        assert_int_equal(bed.record.fault, RUN_NOT_READY); // it stays silent, and that has a bound
        bed_is_off();
    }
}

/// A controller with power of its own that prints on, in the air: nothing was cut that a recovery could answer for.
static void a_printer_that_prints_on_was_not_cut(void **state)
{
    (void)state;
    world.lives = true;
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_LIVED);
    assert_false(bed.record.judged);
    assert_string_equal(bed.record.why,
                        "the printer prints on 4 s into the outage: its controller has power of "
                        "its own (by USB?), and nobody told it");
    bed_is_off();
    bed_begin(state); // shorter than it takes to hear that: it shows when power is back
    world.lives = true;
    bed.plan.script.off_for_us[0] = 3000000;
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_LIVED);
    assert_false(bed.record.judged);
    assert_non_null(strstr(bed.record.why, "the printer prints as if power had not been away"));
    bed_is_off();
}

/// As short as a supply may bridge it: it may well have noticed nothing. That is no pass, and said.
static void an_outage_that_a_supply_bridges_passes_nothing(void **state)
{
    static struct run_told told;
    static struct lab_report report;

    for (int bridged = 0; bridged < 2; bridged++) {
        bed_begin(state);
        world.lives = true;
        bed.bench.relay[0].min_off_us = 0;
        bed.plan.script.off_for_us[0] = bridged ? 450000 : 520000;
        assert_int_equal(bed_go(), 0);
        assert_int_equal(bed.record.fault, bridged ? RUN_FINE : RUN_LIVED);
        bed_is_off();
    }
    assert_int_equal(bed.record.result, LAB_RESUMED);
    assert_in_range(bed.record.cut[0].resumed_doubt_us, 0, 50000); // not since before the print
    assert_int_equal(run_tell(&told, &bed.bench, &bed.input, &bed.plan, &bed.record, &report), 0);
    assert_int_equal(told.verdict.outcome, LAB_MARGINAL);
    assert_int_equal(report.notes, bed.plan.notes + 1);
    assert_non_null(strstr(report.note[bed.plan.notes], "was never told to go on"));
    bed_begin(state); // one that was reset, and told
    assert_int_equal(bed_go(), 0);
    assert_int_equal(run_tell(&told, &bed.bench, &bed.input, &bed.plan, &bed.record, &report), 0);
    assert_int_equal(told.verdict.outcome, LAB_PASS);
    assert_int_equal(report.notes, bed.plan.notes);
}

static void pause_printing(void)
{
    world.printing = false;
    world.saved = true;
}

/// One that was told, and waits to go on, is what a bench without the domain logic wants.
static void a_printer_that_was_told_may_live_on(void **state)
{
    (void)state;
    world.lives = true;
    bed.event.state = "waiting";
    bed.event.happen = pause_printing;
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_FINE);
    assert_int_equal(bed.record.result, LAB_RESUMED);
}

static void kill_mcu(void)
{
    world.dead_mcu = true;
    world.boot_us = 0;
    world.printing = true;
    world.notice_us = 0;
    world.lives = true; // what its host says
}

/// A host that says "printing" for a microcontroller that has not lived since is no print that came back.
static void a_host_without_its_microcontroller_has_not_resumed(void **state)
{
    (void)state;
    bed.event.state = "waiting";
    bed.event.happen = kill_mcu;
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.cut[0].resumed_us, -1);
    assert_int_equal(bed.record.fault, RUN_NOT_READY);
    bed_is_off();
}

static void a_hot_printer_is_not_told_to_print(void **state)
{
    (void)state;
    world.nozzle_mc = 180000;
    world.status.others = 3;
    world.status.other[0] = (struct link_other){"T0", {180000, 0}};
    world.status.other[1] = (struct link_other){"T1", {25000, 200000}};
    world.status.other[2] = (struct link_other){"T2", {25000, 40000}};
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_NOT_COOL);
    assert_string_equal(world.said[0], "M104 S0\nM140 S0\nM104 T1 S0\nM104 T2 S0");
    assert_int_equal(world.words, 1);
    bed_is_off();
}

// --- those around it ----------------------------------------------------------------------------------------------

static void the_dog_is_kicked_and_let_go(void **state)
{
    char text[8192];

    (void)state;
    strcpy(bed.bench.watchdog.device, bed.dog);
    assert_int_equal(bed_go(), -ENOENT); // a watchdog that is not there is none
    assert_non_null(strstr(bed.err.message, "watchdog.device"));
    FILE *file = fopen(bed.dog, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(bed_go(), 0);
    size_t n = bed_read(bed.dog, text, sizeof text);
    int64_t seconds = (bed.record.end_us - bed.record.begun_us) / 1000000;
    assert_in_range(n, seconds - 10, seconds + 2);
    assert_int_equal(strspn(text, "k"), n - 1);
    assert_int_equal(text[n - 1], 'V');
}

/// Somebody who cannot vouch that everything is off lets the computer be reset.
static void the_dog_is_left_to_bite_when_it_is_not_safe(void **state)
{
    char text[8192];

    (void)state;
    fclose(fopen(bed.dog, "w"));
    strcpy(bed.bench.watchdog.device, bed.dog);
    bed.event.state = "printing";
    bed.event.happen = bed_weld;
    assert_int_equal(bed_go(), 0);
    assert_true(bed.record.unsafe);
    size_t n = bed_read(bed.dog, text, sizeof text);
    assert_int_equal(strspn(text, "k"), n);
}

static void the_dog_is_kicked_while_a_command_switches(void **state)
{
    static char text[100000];

    (void)state;
    strcpy(bed.bench.watchdog.device, bed.dog);
    fclose(fopen(bed.dog, "w"));
    world.command_us = 12000000;
    assert_int_equal(bed_go(), 0);
    size_t kicks = bed_read(bed.dog, text, sizeof text);
    int64_t took_s = (bed.record.end_us - bed.record.begun_us) / 1000000;
    assert_true(took_s > 24);
    assert_in_range(kicks, took_s - 10, took_s + 2);
}

static void somebody_may_end_a_command_that_switches_on(void **state)
{
    (void)state;
    world.command_us = 12000000;
    bed.event.state = "armed";
    bed.event.after_us = 2000000; // half a second of warning, then the command
    bed.event.happen = bed_interrupt;
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_INTERRUPTED);
    assert_int_equal(bed.record.edges, 0);
    assert_in_range(bed.record.end_us - bed.record.begun_us, 1500000, 4000000);
    bed_is_off();
}

static void weld_and_interrupt(void)
{
    bed_weld();
    bed_interrupt();
}

static void weld_and_press(void)
{
    bed_weld();
    press();
}

static void somebody_is_called_in_a_fault(void **state)
{
    char text[400];

    (void)state;
    snprintf(bed.bench.alarm_cmd, sizeof bed.bench.alarm_cmd, "printf '%%s|' >%s", bed.alarm_file);
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed_read(bed.alarm_file, text, sizeof text), 0); // not without one
    bed_begin(state);
    snprintf(bed.bench.alarm_cmd, sizeof bed.bench.alarm_cmd, "printf '%%s|' >%s", bed.alarm_file);
    bed.event.state = "printing";
    bed.event.happen = press;
    assert_int_equal(bed_go(), 0);
    bed_read(bed.alarm_file, text, sizeof text);
    assert_string_equal(text, "stop is pressed|");
    bed_begin(state);
    snprintf(bed.bench.alarm_cmd, sizeof bed.bench.alarm_cmd, "printf '%%s|' >%s", bed.alarm_file);
    bed.event.state = "printing";
    bed.event.happen = bed_interrupt;
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed_read(bed.alarm_file, text, sizeof text), 0); // he knows
    static const struct {                                             // but not that it is not off
        const char *state;
        void (*happen)(void);
        const char *says;
    } rows[] = {{"measuring", bed_weld, "not everything is off; pull the plug|"},
                {"printing", weld_and_interrupt,
                 "not everything is off; pull the plug (and before: somebody ended the run)|"},
                {"printing", weld_and_press,
                 "not everything is off; pull the plug (and before: stop is pressed)|"}};
    for (size_t n = 0; n < sizeof rows / sizeof *rows; n++) {
        bed_begin(state);
        snprintf(bed.bench.alarm_cmd, sizeof bed.bench.alarm_cmd, "printf '%%s|' >%s",
                 bed.alarm_file);
        bed.event.state = rows[n].state;
        bed.event.happen = rows[n].happen;
        assert_int_equal(bed_go(), 0);
        bed_read(bed.alarm_file, text, sizeof text);
        assert_string_equal(text, rows[n].says);
    }
}

/// A contact that was welded before the run began: everybody hears of it who does in a run.
static void what_is_on_at_the_beginning_is_danger(void **state)
{
    char text[400];

    (void)state;
    fclose(fopen(bed.dog, "w"));
    strcpy(bed.bench.watchdog.device, bed.dog);
    snprintf(bed.bench.alarm_cmd, sizeof bed.bench.alarm_cmd, "printf '%%s|' >%s", bed.alarm_file);
    bed_weld();
    assert_int_equal(bed_go(), 0);
    assert_true(bed.record.unsafe);
    assert_int_equal(bed.record.fault, RUN_STUCK);
    assert_string_equal(bed.record.why, "not everything is off; pull the plug");
    assert_int_equal(bed.record.times, 2);
    bed_is_off();
    assert_int_equal(world.words, 0);
    assert_int_equal(bed_read(bed.dog, text, sizeof text), 0); // it bites
    bed_read(bed.alarm_file, text, sizeof text);
    assert_string_equal(text, "not everything is off; pull the plug|");
}

/// Where the run cannot begin and what was switched off is on: the same.
static void an_off_that_fails_before_it_began_is_danger(void **state)
{
    static const struct {
        int gone, no_link;
        bool welds;
        const char *why;
    } cases[] = {{-ENODEV, 0, false, "not everything is off; pull the plug"},
                 {0, -ENOENT, true, "not everything is off; pull the plug"}};
    char text[400], want[100];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bed_begin(state);
        fclose(fopen(bed.dog, "w"));
        strcpy(bed.bench.watchdog.device, bed.dog);
        snprintf(bed.bench.alarm_cmd, sizeof bed.bench.alarm_cmd, "printf '%%s|' >%s",
                 bed.alarm_file);
        world.gone = cases[i].gone;
        world.no_link = cases[i].no_link;
        world.welds = cases[i].welds;
        assert_int_equal(bed_go(), 0);
        assert_true(bed.record.unsafe);
        assert_int_equal(bed.record.fault, RUN_STUCK);
        assert_string_equal(bed.record.why, cases[i].why);
        assert_int_equal(bed_read(bed.dog, text, sizeof text), 0); // it bites
        bed_read(bed.alarm_file, text, sizeof text);
        snprintf(want, sizeof want, "%s|", cases[i].why);
        assert_string_equal(text, want);
    }
}

/// With everything off it may go, and so may the watchdog.
static void what_cannot_begin_is_let_go(void **state)
{
    char text[400];

    (void)state;
    fclose(fopen(bed.dog, "w"));
    strcpy(bed.bench.watchdog.device, bed.dog);
    world.no_link = -ENOENT;
    assert_int_equal(bed_go(), -ENOENT);
    assert_false(bed.record.unsafe);
    assert_string_equal(bed.err.message, "no link");
    bed_read(bed.dog, text, sizeof text);
    assert_string_equal(text, "V");
}

/// Nobody waits for longer than ten seconds, nor for its children.
static void who_is_called_has_ten_seconds(void **state)
{
    struct timespec begun, ended;
    char text[400];

    (void)state;
    // its child waits for a file and not for a time: a computer that stands still for a while would let it act before it is killed
    snprintf(
        bed.bench.alarm_cmd, sizeof bed.bench.alarm_cmd,
        "(trap '' TERM; until [ -e %.60s ]; do sleep 0.1; done; echo late >%.60s) & sleep 300; :",
        bed.dog, bed.alarm_file);
    bed.event.state = "printing";
    bed.event.happen = press;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    assert_int_equal(bed_go(), 0);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    assert_in_range(ended.tv_sec - begun.tv_sec, RUN_CALL_S - 1, 3 * RUN_CALL_S);
    fclose(fopen(bed.dog, "w"));
    nanosleep(&(struct timespec){2, 0}, NULL);
    assert_int_equal(bed_read(bed.alarm_file, text, sizeof text), 0);
    bed_is_off();
}

/// In a group of its own, and nothing of it gets into what is written to stdout.
static void who_is_called_stands_apart(void **state)
{
    char text[400];

    (void)state;
    snprintf(bed.bench.alarm_cmd, sizeof bed.bench.alarm_cmd,
             "[ \"$(cut -d' ' -f5 /proc/$$/stat)\" = $$ ] && [ /proc/self/fd/1 -ef "
             "/proc/self/fd/2 ] && echo >%s apart",
             bed.alarm_file);
    bed.event.state = "printing";
    bed.event.happen = press;
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    FILE *nowhere = fopen("/dev/null", "w");
    assert_true(kept >= 0 && nowhere && dup2(fileno(nowhere), STDOUT_FILENO) >= 0);
    int bad = bed_go();
    dup2(kept, STDOUT_FILENO);
    close(kept);
    fclose(nowhere);
    assert_int_equal(bad, 0);
    bed_read(bed.alarm_file, text, sizeof text);
    assert_string_equal(text, "apart stop is pressed\n");
}

/// A link to a bench is that bench.
static void not_by_another_name(const char *want)
{
    struct bench linked = bed.bench;
    struct lab_error err = {0};
    struct run_lock lock;

    snprintf(linked.path, sizeof linked.path, "%s.link", bed.path);
    FILE *file = fopen(bed.path, "w"); // a name that leads nowhere is nobody's
    assert_non_null(file);
    fclose(file);
    assert_int_equal(symlink(bed.path, linked.path), 0);
    int bad = run_lock(&lock, &linked, "somebody", &err);
    unlink(linked.path);
    unlink(bed.path);
    assert_int_equal(bad, -EBUSY);
    assert_string_equal(err.message, want);
    assert_int_equal(lock.file, -1);
}

static void one_run_at_a_time(void **state)
{
    int ready[2];
    char byte;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct lab_error own = {0};
        struct run_lock lock;
        if (run_lock(&lock, &bed.bench, "the tower, since noon", &own) ||
            write(ready[1], "x", 1) != 1)
            _exit(1);
        pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(bed_go(), -EBUSY);
    char want[100];
    snprintf(want, sizeof want, "another run has this bench: process %ld, the tower, since noon",
             (long)child);
    assert_string_equal(bed.err.message, want);
    assert_false(world.relay[0]);
    not_by_another_name(want);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(ready[0]);
    close(ready[1]);
    assert_int_equal(bed_go(), 0); // a lock goes with its owner
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_fault_in_every_state_leaves_it_off, bed_begin),
        cmocka_unit_test_setup(a_printer_that_keeps_its_power_is_told_to_stop, bed_begin),
        cmocka_unit_test_setup(a_good_run_stops_no_printer, bed_begin),
        cmocka_unit_test_setup(no_relay_closes_behind_a_stop, bed_begin),
        cmocka_unit_test_setup(silence_is_expected_without_power, bed_begin),
        cmocka_unit_test_setup(a_printer_that_prints_on_was_not_cut, bed_begin),
        cmocka_unit_test_setup(an_outage_that_a_supply_bridges_passes_nothing, bed_begin),
        cmocka_unit_test_setup(a_printer_that_was_told_may_live_on, bed_begin),
        cmocka_unit_test_setup(a_host_without_its_microcontroller_has_not_resumed, bed_begin),
        cmocka_unit_test_setup(a_hot_printer_is_not_told_to_print, bed_begin),
        cmocka_unit_test_setup(the_dog_is_kicked_and_let_go, bed_begin),
        cmocka_unit_test_setup(the_dog_is_left_to_bite_when_it_is_not_safe, bed_begin),
        cmocka_unit_test_setup(the_dog_is_kicked_while_a_command_switches, bed_begin),
        cmocka_unit_test_setup(somebody_may_end_a_command_that_switches_on, bed_begin),
        cmocka_unit_test_setup(somebody_is_called_in_a_fault, bed_begin),
        cmocka_unit_test_setup(what_is_on_at_the_beginning_is_danger, bed_begin),
        cmocka_unit_test_setup(an_off_that_fails_before_it_began_is_danger, bed_begin),
        cmocka_unit_test_setup(what_cannot_begin_is_let_go, bed_begin),
        cmocka_unit_test_setup(who_is_called_has_ten_seconds, bed_begin),
        cmocka_unit_test_setup(who_is_called_stands_apart, bed_begin),
        cmocka_unit_test_setup(one_run_at_a_time, bed_begin),
    };
    return cmocka_run_group_tests_name("run, faults", tests, bed_open, bed_close);
}
