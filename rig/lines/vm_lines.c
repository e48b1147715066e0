// The lines of a bench on the kernel's simulated chip, with contacts that follow, stick, weld or chatter. Run by ci/gpio-vm.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rig/gpio/sim_chip.h"
#include "rig/lines/lines.h"

enum { MAINS = 17, PSU = 27, AC = 5, DC = 6, STOP = 24, DOOR = 25, DOG = 16 };

static const char text[] =
    "about: in a guest\n"
    "relays:\n"
    "  - {name: mains, domain: mains, role: isolation, line: GPIO17, read_back: ac,\n"
    "     switching_time: 300ms, min_on: 0s, min_off: 0s, cycles_per_hour: 4}\n"
    "  - {name: psu, domain: 24v, role: cut, contact: normally_closed, line: GPIO27, read_back: "
    "dc,\n"
    "     switching_time: 300ms, min_on: 200ms, min_off: 100ms}\n"
    "senses:\n"
    "  - {name: ac, kind: power, domain: mains, line: GPIO5, debounce: 40ms}\n"
    "  - {name: dc, kind: power, domain: 24v, line: GPIO6, active_low: true, debounce: 40ms}\n"
    "  - {name: stop, kind: estop, line: GPIO24, debounce: 40ms}\n"
    "  - {name: door, kind: door, line: GPIO25, debounce: 40ms}\n"
    "watchdog: {line: GPIO16}\n"
    "link: {kind: none}\n";

enum contact { FOLLOWS, OPEN, WELDED, BOUNCES };

/// What stands between relay lines and senses: a process of its own, for a contact does not wait for the rig.
struct wiring {
    volatile int mains, psu; ///< enum contact
    volatile int end;
};

static struct sim_chip chip;
static struct wiring *wiring;
static pid_t wirer;
static struct bench bench;
static struct lines *lines;
static struct lab_error err;

static void nap(int ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

/// Power behind a contact, given the power that its coil's line asks for.
static bool behind(int contact, bool asked)
{
    return contact == WELDED || (contact != OPEN && asked);
}

static void put(uint32_t line, bool level, bool bounces)
{
    static int now[64]; // 1 low, 2 high, 0 not known

    if (now[line] == level + 1)
        return;
    now[line] = level + 1;
    for (int i = 0; bounces && i < 3; i++) {
        sim_chip_pull(&chip, line, level);
        nap(10);
        sim_chip_pull(&chip, line, !level);
        nap(10);
    }
    sim_chip_pull(&chip, line, level);
}

static void wire(void)
{
    while (!wiring->end) {
        bool ac = behind(wiring->mains, sim_chip_level(&chip, MAINS) == 1);
        bool dc = ac && behind(wiring->psu, sim_chip_level(&chip, PSU) != 1); // normally closed
        put(AC, ac, wiring->mains == BOUNCES);
        put(DC, !dc, wiring->psu == BOUNCES);
        nap(2);
    }
    _exit(0);
}

static int begin(void **state)
{
    char path[] = "/run/wiringXXXXXX";
    int fd = mkstemp(path);

    (void)state;
    if (fd < 0 || unlink(path) || ftruncate(fd, sizeof *wiring))
        return 1;
    wiring = mmap(NULL, sizeof *wiring, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (wiring == MAP_FAILED || !sim_chip_make(&chip, "header", "pinctrl-bcm2711", 28, "GPIO") ||
        bench_parse(&bench, "/run/guest.yaml", text, sizeof text - 1, &err))
        return 1;
    wirer = fork();
    if (wirer == 0)
        wire();
    return 0;
}

static int end(void **state)
{
    (void)state;
    wiring->end = 1;
    waitpid(wirer, NULL, 0);
    sim_chip_remove(&chip);
    return 0;
}

static int calm(void **state)
{
    (void)state;
    lines_close(lines);
    lines = NULL;
    wiring->mains = wiring->psu = FOLLOWS;
    unlink("/run/guest.yaml.cycles");
    sim_chip_pull(&chip, STOP, false);
    lab_error_clear(&err);
    nap(30);
    return 0;
}

static void opened(void)
{
    if (lines_open(&lines, &bench, NULL, NULL, &err))
        fail_msg("%s", err.message);
}

static void let_go(void)
{
    lines_close(lines);
    lines = NULL;
}

/// Listen for as long, whatever is said meanwhile.
static void listen_for(int64_t us)
{
    int64_t end = lines_now_us() + us;

    while (lines_now_us() < end)
        assert_true(lines_listen(lines, end) >= 0);
}

static void switched(int32_t relay, bool on, struct lines_switched *out)
{
    listen_for(lines_wait_us(lines, relay, on));
    if (lines_switch(lines, relay, on, out, &err))
        fail_msg("%s", err.message);
}

static void said(const char *words)
{
    if (!strstr(err.message, words))
        fail_msg("'%s' does not say '%s'", err.message, words);
    lab_error_clear(&err);
}

static volatile sig_atomic_t signals;

static void heard_signal(int number)
{
    (void)number;
    signals++;
}

/// Is this word in that file?
static bool says(const char *path, const char *word)
{
    char line[32] = "";
    FILE *file = fopen(path, "r");

    if (file && !fgets(line, sizeof line, file))
        line[0] = '\0';
    if (file)
        fclose(file);
    return !strncmp(line, word, strlen(word));
}

// --- as it should be ----------------------------------------------------------------------------------------------

static void all_is_off_until_it_is_switched_on(void **state)
{
    struct lines_switched done;

    (void)state;
    opened();
    assert_int_equal(sim_chip_level(&chip, MAINS), 0);
    assert_int_equal(sim_chip_level(&chip, PSU), 1); // a normally closed contact is held open
    switched(0, true, &done);
    assert_true(done.sense_us >= done.line_us);
    assert_true(lines_sense(lines, 0, NULL));
    assert_false(lines_sense(lines, 1, NULL));
    switched(1, true, &done);
    assert_true(lines_sense(lines, 1, NULL));
    assert_int_equal(lines_all_off(lines, &err), 0);
    assert_false(lines_relay(lines, 0));
    assert_int_equal(sim_chip_level(&chip, MAINS), 0);
    assert_int_equal(sim_chip_level(&chip, PSU), 1);
}

static void letting_go_switches_off(void **state)
{
    struct lines_switched done;

    (void)state;
    opened();
    switched(0, true, &done);
    lines_close(lines);
    lines = NULL;
    nap(20);
    assert_int_equal(sim_chip_level(&chip, MAINS), 0);
    assert_int_equal(sim_chip_level(&chip, AC), 0);
}

/// The line of a process that was killed falls to its pull, which is off.
static void a_killed_rig_leaves_the_mains_off(void **state)
{
    int ready[2];
    char byte;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct lines_switched done;
        if (lines_open(&lines, &bench, NULL, NULL, &err) ||
            lines_switch(lines, 0, true, &done, &err) || write(ready[1], "x", 1) != 1)
            _exit(1);
        pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(sim_chip_level(&chip, AC), 1);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    nap(20);
    assert_int_equal(sim_chip_level(&chip, MAINS), 0);
    assert_int_equal(sim_chip_level(&chip, AC), 0);
    close(ready[0]);
    close(ready[1]);
}

static void bounces_are_kept_and_count_once(void **state)
{
    struct lines_edge edge[LINES_EDGES];
    struct lines_switched done;
    uint64_t lost;
    int edges = 0;

    (void)state;
    opened();
    wiring->mains = BOUNCES;
    switched(0, true, &done);
    size_t count = lines_edges(lines, edge, LINES_EDGES, &lost);
    for (size_t i = 0; i < count; i++) {
        if (edge[i].relay || edge[i].index != 0)
            continue;
        if (!edges++)
            assert_int_equal(edge[i].at_us, done.sense_us); // the first one dates it
    }
    print_message("%d edges for one change\n", edges);
    assert_true(edges >= 3);
    assert_int_equal(lost, 0);
}

static void senses_are_debounced(void **state)
{
    int64_t since, before;

    (void)state;
    opened();
    sim_chip_pull(&chip, STOP, true);
    sim_chip_pull(&chip, STOP, false);
    listen_for(100000);
    assert_false(lines_sense(lines, 2, NULL)); // shorter than its debounce time
    before = lines_now_us();
    sim_chip_pull(&chip, STOP, true);
    listen_for(100000);
    assert_true(lines_sense(lines, 2, &since));
    assert_in_range(since, before, lines_now_us() - 40000);
}

static void the_watchdog_is_kicked_by_its_period(void **state)
{
    int changes = 0, last = -1;

    (void)state;
    opened();
    for (int n = 0; n < 200; n++) {
        listen_for(5000);
        int now = sim_chip_level(&chip, DOG);
        changes += now != last;
        last = now;
    }
    assert_in_range(changes, 8, 12); // one second
}

/// A line that chatters for as long as it likes neither keeps anybody there nor hides the emergency stop.
static void chatter_hides_nothing(void **state)
{
    (void)state;
    opened();
    pid_t child = fork();
    while (child == 0) { // until it is killed
        sim_chip_pull(&chip, DOOR, true);
        nap(1);
        sim_chip_pull(&chip, DOOR, false);
        nap(1);
    }
    nap(20);
    sim_chip_pull(&chip, STOP, true);
    int64_t end = lines_now_us() + 300000;
    while (!lines_sense(lines, 2, NULL) && lines_now_us() < end)
        assert_true(lines_listen(lines, end) >= 0);
    bool heard = lines_sense(lines, 2, NULL), late = lines_now_us() > end + 100000;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    sim_chip_pull(&chip, DOOR, false);
    assert_true(heard);
    assert_false(late);
    char why[120];
    assert_true(lines_alarm(lines, why, sizeof why));
    assert_string_equal(why, "stop is pressed");
}

/// Until it is killed.
static void chatter(void)
{
    for (int n = 0;; n = (n + 7) % 21) {
        sim_chip_pull(&chip, STOP, true);
        nap(10 + n);
        sim_chip_pull(&chip, STOP, false);
        nap(30 - n);
    }
}

/// Nor does its own: a button that makes and breaks each 10 to 30 ms was pressed.
static void a_stop_that_chatters_is_heard(void **state)
{
    char why[120] = "";

    (void)state;
    opened();
    pid_t child = fork();
    if (child == 0)
        chatter();
    int64_t begun = lines_now_us();
    while (!lines_alarm(lines, why, sizeof why) && lines_now_us() - begun < 1000000)
        assert_true(lines_listen(lines, lines_now_us() + 20000) >= 0);
    int64_t took_us = lines_now_us() - begun;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    sim_chip_pull(&chip, STOP, false);
    assert_string_equal(why, "stop is pressed");
    assert_in_range(took_us, 0, 100000);
    listen_for(200000);
    assert_false(lines_sense(lines, 2, NULL));
    assert_true(lines_alarm(lines, why, sizeof why)); // nobody who looks away misses it
    assert_string_equal(why, "stop was pressed");
}

/// The mains' read-back makes and breaks until somebody ends that.
static pid_t chatter_begins(void)
{
    pid_t child = fork();

    while (child == 0) {
        sim_chip_pull(&chip, AC, false);
        nap(15);
        sim_chip_pull(&chip, AC, true);
        nap(15);
    }
    return child;
}

static void chatter_ends(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

/// A read-back that never rests says nothing, neither on nor off.
static void a_read_back_that_never_rests_is_a_fault(void **state)
{
    struct lines_switched done;
    char why[120] = "";

    (void)state;
    opened();
    switched(0, true, &done);
    pid_t child = chatter_begins();
    listen_for(700000);
    assert_false(lines_alarm(lines, why, sizeof why)); // contacts bounce
    listen_for(400000);
    assert_true(lines_alarm(lines, why, sizeof why));
    assert_string_equal(why, "ac does not come to rest: nobody knows what mains does");
    lines_close(lines);
    lines = NULL;
    chatter_ends(child); // it has our lines, too
    child = chatter_begins();
    nap(20);
    assert_int_equal(lines_open(&lines, &bench, NULL, NULL, &err),
                     -EIO); // whatever the first look saw
    said("relay 'mains' was switched off, and ac did not follow");
    chatter_ends(child);
    sim_chip_pull(&chip, AC, false);
}

/// More edges than the kernel keeps for a reader: what the line says in the end is known. (This kernel keeps the newest, so that the look at the
/// lines themselves has no part in it; test_lines_chip has one that loses the last.)
static void a_flood_of_edges_leaves_the_truth(void **state)
{
    (void)state;
    opened();
    for (int pulls = 1000; pulls <= 1001; pulls++) {
        for (int n = 1; n <= pulls; n++) {
            sim_chip_pull(&chip, DOOR, n % 2);
            nap(1); // each one is an edge
        }
        listen_for(300000);
        assert_int_equal(lines_sense(lines, 3, NULL), pulls % 2);
    }
    sim_chip_pull(&chip, DOOR, false);
}

// --- rules --------------------------------------------------------------------------------------------------------

static void least_times_are_kept(void **state)
{
    struct lines_switched done;

    (void)state;
    opened();
    switched(0, true, &done);
    switched(1, true, &done);
    assert_true(lines_wait_us(lines, 1, false) > 0);
    assert_int_equal(lines_switch(lines, 1, false, &done, &err), -EAGAIN);
    said("relay 'psu' may not be switched off for another");
    assert_true(lines_relay(lines, 1));
    switched(1, false, &done);
    assert_int_equal(lines_switch(lines, 1, true, &done, &err), -EAGAIN);
    said("may not be switched on");
    // but everything goes off at any time
    switched(1, true, &done);
    assert_int_equal(lines_all_off(lines, &err), 0);
}

static void cycles_are_counted(void **state)
{
    struct lines_switched done;

    (void)state;
    opened();
    for (int n = 0; n < 4; n++) {
        switched(0, true, &done);
        switched(0, false, &done);
    }
    int64_t wait = lines_wait_us(lines, 0, true);
    assert_in_range(wait, INT64_C(3590000000), INT64_C(3600000000));
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), -EAGAIN);
    // also by who comes next
    said("(cycles_per_hour)");
    let_go();
    opened();
    assert_in_range(lines_wait_us(lines, 0, true), INT64_C(3590000000), wait);
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), -EAGAIN);
}

/// What cannot be kept cannot be counted.
static void cycles_that_cannot_be_kept_are_none(void **state)
{
    struct lines_switched done;

    (void)state;
    opened();
    assert_int_equal(mkdir("/run/guest.yaml.cycles", 0755), 0);
    int bad = lines_switch(lines, 0, true, &done, &err);
    assert_int_equal(rmdir("/run/guest.yaml.cycles"), 0);
    assert_int_equal(bad, -EISDIR);
    said("that relay 'mains' goes on cannot be kept");
    assert_int_equal(sim_chip_level(&chip, MAINS), 0);
}

// --- as it should not be ------------------------------------------------------------------------------------------

static void a_contact_that_stays_open_is_seen(void **state)
{
    struct lines_switched done;

    (void)state;
    opened();
    wiring->mains = OPEN;
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), -EIO);
    said("relay 'mains' was switched on, and ac did not follow within 300 ms");
    assert_int_equal(done.sense_us, -1);
    assert_false(lines_relay(lines, 0)); // and it was taken back
    assert_int_equal(sim_chip_level(&chip, MAINS), 0);
}

static void a_welded_contact_is_seen(void **state)
{
    struct lines_switched done;

    (void)state;
    opened();
    switched(0, true, &done);
    wiring->mains = WELDED;
    assert_int_equal(lines_switch(lines, 0, false, &done, &err), -EIO);
    said("the contact may be welded");
    assert_int_equal(lines_all_off(lines, &err), -EIO);
    said("relay 'mains' was switched off, and ac did not follow");
}

/// How often the watchdog's line changes while we listen for 300 ms.
static int kicks(void)
{
    int changes = 0, last = sim_chip_level(&chip, DOG);

    for (int n = 0; n < 60; n++) {
        listen_for(5000);
        int now = sim_chip_level(&chip, DOG);
        changes += now != last;
        last = now;
    }
    return changes;
}

/// Who cannot switch it off lets the safety relay drop, and does not close it again when the power is gone by that.
static void a_welded_contact_stops_the_watchdog(void **state)
{
    struct lines_switched done;

    (void)state;
    opened();
    switched(0, true, &done);
    assert_true(kicks() > 1);
    wiring->mains = WELDED;
    assert_int_equal(lines_all_off(lines, &err), -EIO);
    assert_int_equal(kicks(), 0);
    wiring->mains = FOLLOWS;
    listen_for(100000);
    assert_int_equal(lines_all_off(lines, &err), 0);
    assert_int_equal(kicks(), 0);
}

static void a_bench_that_is_on_is_not_opened(void **state)
{
    (void)state;
    wiring->mains = WELDED;
    nap(50);
    assert_int_equal(lines_open(&lines, &bench, NULL, NULL, &err), -EIO);
    said("relay 'mains' was switched off, and ac did not follow");
}

/// Power that was there before comes from somewhere else.
static void power_that_was_there_before_is_seen(void **state)
{
    struct lines_switched done;

    (void)state;
    opened();
    wiring->mains = WELDED;
    listen_for(100000);
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), -EIO);
    said("relay 'mains' is off, and ac says that power is there");
    assert_int_equal(sim_chip_level(&chip, MAINS), 0);
    char why[120];
    assert_true(lines_alarm(lines, why, sizeof why));
    assert_string_equal(why, "mains is switched off, and ac says on");
}

static void power_that_goes_by_itself_is_seen(void **state)
{
    struct lines_switched done;
    char why[120];

    (void)state;
    opened();
    switched(0, true, &done);
    assert_false(lines_alarm(lines, why, sizeof why));
    wiring->mains = OPEN;
    listen_for(100000);
    assert_true(lines_alarm(lines, why, sizeof why));
    assert_string_equal(why, "mains is switched on, and ac says off");
}

/// Nobody misses power behind a relay that is off, nor right behind one that was just switched on; later somebody does.
static void power_is_missed_only_where_it_comes(void **state)
{
    struct lines_switched done;
    char why[120];

    (void)state;
    opened();
    switched(0, true, &done);
    switched(1, true, &done);
    listen_for(700000);
    assert_false(lines_alarm(lines, why, sizeof why));
    switched(0, false, &done); // takes psu's power with it
    listen_for(900000);
    assert_false(lines_sense(lines, 1, NULL));
    assert_true(lines_relay(lines, 1));
    assert_false(lines_alarm(lines, why, sizeof why));
    wiring->psu = OPEN;
    switched(0, true, &done);
    listen_for(300000);
    assert_false(lines_alarm(lines, why, sizeof why)); // a supply takes its time
    listen_for(500000);
    assert_true(lines_alarm(lines, why, sizeof why));
    assert_string_equal(why, "psu is switched on, and dc says off");
}

/// A contact that follows behind its switching time, but before debouncing gives up, is late all the same.
static void a_late_contact_is_stuck(void **state)
{
    struct bench slow = bench;
    struct lines_switched done;

    (void)state;
    slow.relay[0].switching_us = 60000;
    slow.sense[0].debounce_us = 400000;
    if (lines_open(&lines, &slow, NULL, NULL, &err))
        fail_msg("%s", err.message);
    wiring->mains = OPEN;
    pid_t child = fork();
    if (child == 0) {
        nap(250);
        wiring->mains = FOLLOWS;
        _exit(0);
    }
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), -EIO);
    waitpid(child, NULL, 0);
    said("did not follow within 60 ms");
    assert_false(lines_relay(lines, 0));
    lines_close(lines); // it points to the bench of this function
    lines = NULL;
}

/// The same where the rig itself was held up, and all is well by the time it looks: the kernel's time of the edge tells.
static void a_late_contact_is_stuck_though_nobody_saw_it(void **state)
{
    struct lines_switched done;
    pid_t parent = getpid();

    (void)state;
    opened();
    wiring->mains = OPEN;
    pid_t child = fork();
    if (child == 0) {
        nap(20);
        kill(parent, SIGSTOP);
        nap(500);
        wiring->mains = FOLLOWS;
        nap(500);
        kill(parent, SIGCONT);
        _exit(0);
    }
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), -EIO);
    waitpid(child, NULL, 0);
    said("did not follow within 300 ms");
    assert_false(lines_relay(lines, 0));
}

/// Nothing can be said of a relay whose read-back went, and it is not said to be off.
static void a_read_back_that_goes_is_no_off(void **state)
{
    struct sim_chip expander;
    struct bench other = bench;

    (void)state;
    assert_true(sim_chip_make(&expander, "expander", "usb-expander", 4, "EXP"));
    strcpy(other.sense[0].line.address, "EXP1");
    if (lines_open(&lines, &other, NULL, NULL, &err))
        fail_msg("%s", err.message);
    sim_chip_remove(&expander);
    assert_true(lines_listen(lines, lines_now_us() + 200000) < 0);
    struct lines_switched done;
    assert_true(lines_switch(lines, 0, true, &done, &err) < 0);
    said("relay 'mains' cannot be switched on");
    assert_false(lines_relay(lines, 0));
    assert_int_equal(sim_chip_level(&chip, MAINS), 0);
    lines_close(lines);
    lines = NULL;
}

/// The same while the relay is on: off is asked for, and cannot be vouched for.
static void a_read_back_that_goes_while_on_is_no_off(void **state)
{
    struct sim_chip expander;
    struct bench other = bench;
    struct lines_switched done;

    (void)state;
    assert_true(sim_chip_make(&expander, "expander", "usb-expander", 4, "EXP"));
    strcpy(other.sense[0].line.address, "EXP1");
    other.relay[0].switching_us = 2000000;
    if (lines_open(&lines, &other, NULL, NULL, &err))
        fail_msg("%s", err.message);
    pid_t child = fork();
    while (child == 0) { // the contact follows: its sense is on the other chip
        sim_chip_pull(&expander, 1, sim_chip_level(&chip, MAINS) == 1);
        nap(10);
    }
    switched(0, true, &done);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    sim_chip_remove(&expander);
    assert_int_equal(lines_all_off(lines, &err), -EIO);
    said("nothing can tell whether it is");
    assert_int_equal(sim_chip_level(&chip, MAINS), 0);
    lines_close(lines);
    lines = NULL;
}

static void signals_do_not_end_listening(void **state)
{
    struct lines_switched done;
    pid_t parent = getpid();

    (void)state;
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = heard_signal}, NULL);
    opened();
    pid_t child = fork();
    for (int n = 0; child == 0 && n < 100; n++) {
        kill(parent, SIGUSR1);
        nap(5);
    }
    if (child == 0)
        _exit(0);
    switched(0, true, &done);
    switched(0, false, &done);
    assert_int_equal(lines_all_off(lines, &err), 0);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    assert_true(signals > 10);
}

static void commands_switch_too(void **state)
{
    static const char commanded[] =
        "about: in a guest\nlink: {kind: none}\nrelays:\n"
        "  - {name: outlet, domain: mains, role: isolation, min_on: 0s, min_off: 0s,\n"
        "     on_cmd: echo on > /run/outlet, off_cmd: echo off > /run/outlet,\n"
        "     get_cmd: grep -q on /run/outlet}\n"
        "  - {name: broken, domain: host, role: isolation, min_on: 0s, min_off: 0s,\n"
        "     on_cmd: echo half > /run/broken; exit 3, off_cmd: echo off > /run/broken,\n"
        "     get_cmd: grep -q half /run/broken}\n";
    struct bench other;
    struct lines_switched done;

    (void)state;
    assert_int_equal(bench_parse(&other, "/run/outlet.yaml", commanded, sizeof commanded - 1, &err),
                     0);
    assert_int_equal(lines_open(&lines, &other, NULL, NULL, &err), 0);
    assert_true(says("/run/outlet", "off"));
    switched(0, true, &done);
    assert_true(says("/run/outlet", "on"));
    assert_int_equal(lines_switch(lines, 1, true, &done, &err), -EIO);
    said("relay 'broken' cannot be switched on");
    assert_true(says("/run/broken", "off")); // it may have acted
    lines_close(lines);
    lines = NULL;
    assert_true(says("/run/outlet", "off"));
}

// --- commands -----------------------------------------------------------------------------------------------------

/// A bench with the emergency stop and one outlet, whose state stands in /run/slow.
static void commanded(struct bench *out, const char *on_cmd, const char *off_cmd)
{
    char own[800];

    snprintf(own, sizeof own,
             "about: in a guest\nlink: {kind: none}\nsenses:\n"
             "  - {name: stop, kind: estop, line: GPIO24, debounce: 40ms}\nrelays:\n"
             "  - {name: outlet, domain: mains, role: isolation, min_on: 0s, min_off: 0s,\n"
             "     on_cmd: '%s',\n     off_cmd: '%s', get_cmd: grep -q on /run/slow}\n",
             on_cmd, off_cmd);
    if (bench_parse(out, "/run/outlet.yaml", own, strlen(own), &err) ||
        lines_open(&lines, out, NULL, NULL, &err))
        fail_msg("%s", err.message);
}

/// What it started must not switch on behind the off that follows.
static void a_command_is_ended_with_its_children(void **state)
{
    struct bench other;
    struct lines_switched done;

    (void)state;
    commanded(&other, "(sleep 17; echo on > /run/slow) & sleep 30", "echo off > /run/slow");
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), -ETIMEDOUT);
    said("cannot be switched on");
    listen_for(4000000);
    assert_true(says("/run/slow", "off"));
    let_go();
    commanded(&other, "(sleep 1; echo on > /run/slow) & exit 1", "echo off > /run/slow");
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), -EIO);
    said("cannot be switched on");
    listen_for(2000000);
    assert_true(says("/run/slow", "off"));
    let_go();
}

static void a_stop_ends_the_command_that_switches_on(void **state)
{
    struct bench other;
    struct lines_switched done;

    (void)state;
    commanded(&other, "sleep 5; echo on > /run/slow", "echo off > /run/slow");
    pid_t child = fork();
    if (child == 0) {
        nap(500);
        sim_chip_pull(&chip, STOP, true);
        _exit(0);
    }
    int64_t begun = lines_now_us();
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), -ECANCELED);
    assert_true(lines_now_us() - begun < 2000000);
    said("relay 'outlet' was not left on: stop is pressed");
    waitpid(child, NULL, 0);
    assert_true(says("/run/slow", "off"));
    listen_for(6000000);
    assert_true(says("/run/slow", "off"));
    let_go();
}

/// Nor is a read-back waited for any longer.
static void a_stop_ends_the_wait_for_a_read_back(void **state)
{
    struct bench slow = bench;
    struct lines_switched done;

    (void)state;
    slow.relay[0].switching_us = 3000000;
    if (lines_open(&lines, &slow, NULL, NULL, &err))
        fail_msg("%s", err.message);
    wiring->mains = OPEN;
    pid_t child = fork();
    if (child == 0) {
        nap(300);
        sim_chip_pull(&chip, STOP, true);
        _exit(0);
    }
    int64_t begun = lines_now_us();
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), -ECANCELED);
    assert_true(lines_now_us() - begun < 1000000);
    said("relay 'mains' was not left on: stop is pressed");
    waitpid(child, NULL, 0);
    assert_int_equal(sim_chip_level(&chip, MAINS), 0);
    let_go();
}

static void an_off_that_fails_is_said_again(void **state)
{
    struct bench other;
    struct lines_switched done;

    (void)state;
    commanded(&other, "echo on > /run/slow",
              "[ ! -e /run/deaf ] || { rm /run/deaf; exit 1; }; echo off > /run/slow");
    switched(0, true, &done);
    fclose(fopen("/run/deaf", "w"));
    switched(0, false, &done);
    assert_true(says("/run/slow", "off"));
    let_go();
}

/// Eight outlets that do not answer are given up together, each tried twice; and letting go does not try them again.
static void dead_outlets_are_given_up_together(void **state)
{
    char own[2000] = "about: in a guest\nlink: {kind: none}\nrelays:\n";
    struct bench other;

    (void)state;
    for (int i = 0; i < BENCH_RELAYS; i++)
        snprintf(own + strlen(own), sizeof own - strlen(own),
                 "  - {name: outlet%d, domain: mains, role: isolation, on_cmd: 'true',\n"
                 "     off_cmd: 'echo %d >>/run/tried; [ ! -e /run/deaf ] || sleep 1000',\n"
                 "     get_cmd: 'false'}\n",
                 i, i);
    if (bench_parse(&other, "/run/outlet.yaml", own, strlen(own), &err) ||
        lines_open(&lines, &other, NULL, NULL, &err))
        fail_msg("%s", err.message);
    remove("/run/tried");
    fclose(fopen("/run/deaf", "w"));
    int64_t begun = lines_now_us();
    assert_int_equal(lines_all_off(lines, &err), -EIO);
    said("not every relay could be switched off");
    let_go();
    assert_in_range(lines_now_us() - begun, 29000000, 33000000);
    remove("/run/deaf");
    FILE *tried = fopen("/run/tried", "r");
    int lines_tried = 0;
    for (int c; (c = fgetc(tried)) != EOF;)
        lines_tried += c == '\n';
    fclose(tried);
    assert_int_equal(lines_tried, 2 * BENCH_RELAYS);
}

/// A command that ended well has switched nothing, as long as the outlet does not say so.
static void an_outlet_that_stays_on_is_no_off(void **state)
{
    struct bench other;
    struct lines_switched done;

    (void)state;
    commanded(&other, "echo on > /run/slow", "[ -e /run/deaf ] || echo off > /run/slow");
    switched(0, true, &done);
    fclose(fopen("/run/deaf", "w"));
    assert_int_equal(lines_switch(lines, 0, false, &done, &err), -EIO);
    said("relay 'outlet' was switched off, and get_cmd says otherwise after 5 s: pull the plug");
    assert_int_equal(lines_all_off(lines, &err), -EIO);
    said("get_cmd says otherwise");
    remove("/run/deaf");
    assert_int_equal(lines_all_off(lines, &err), 0);
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), 0);
    remove("/run/slow"); // grep ends with 2: nobody knows
    fclose(fopen("/run/deaf", "w"));
    assert_int_equal(lines_all_off(lines, &err), -EIO);
    said("relay 'outlet' was switched off, and nothing can tell whether it is");
    remove("/run/deaf");
    let_go();
}

static void an_outlet_that_does_not_go_on_is_seen(void **state)
{
    struct bench other;
    struct lines_switched done;

    (void)state;
    commanded(&other, "true", "echo off > /run/slow");
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), -EIO);
    said("relay 'outlet' was switched on, and get_cmd says otherwise after 5 s");
    assert_false(lines_relay(lines, 0));
    let_go();
}

static void an_outlet_may_take_its_time(void **state)
{
    struct bench other;
    struct lines_switched done;

    (void)state;
    commanded(&other, "(sleep 2; echo on > /run/slow) &", "(sleep 2; echo off > /run/slow) &");
    switched(0, true, &done);
    assert_true(says("/run/slow", "on"));
    switched(0, false, &done);
    assert_true(says("/run/slow", "off"));
    let_go();
}

/// What hangs on lines does not wait for a command that is on its way to switch another one off.
static void a_stop_waits_for_no_command(void **state)
{
    static const char own[] =
        "about: in a guest\nlink: {kind: none}\nsenses:\n"
        "  - {name: stop, kind: estop, line: GPIO24, debounce: 40ms}\n"
        "  - {name: ac, kind: power, domain: mains, line: GPIO5, debounce: 40ms}\n"
        "relays:\n"
        "  - {name: mains, domain: mains, role: isolation, line: GPIO17, read_back: ac,\n"
        "     switching_time: 300ms, min_on: 0s, min_off: 0s}\n"
        "  - {name: outlet, domain: host, role: isolation, min_on: 0s, min_off: 0s,\n"
        "     on_cmd: echo on > /run/slow, off_cmd: sleep 4; echo off > /run/slow,\n"
        "     get_cmd: grep -q on /run/slow}\n";
    struct lines_edge edge[LINES_EDGES];
    struct lines_switched done;
    struct bench other;
    uint64_t lost;

    (void)state;
    assert_int_equal(bench_parse(&other, "/run/outlet.yaml", own, sizeof own - 1, &err), 0);
    assert_int_equal(lines_open(&lines, &other, NULL, NULL, &err), 0);
    switched(0, true, &done);
    switched(1, true, &done);
    pid_t child = fork();
    if (child == 0) {
        nap(500);
        sim_chip_pull(&chip, STOP, true);
        _exit(0);
    }
    int64_t begun = lines_now_us();
    switched(1, false, &done);
    waitpid(child, NULL, 0);
    assert_true(says("/run/slow", "off"));
    size_t count = lines_edges(lines, edge, LINES_EDGES, &lost);
    bool dropped = false;
    for (size_t i = 0; i < count; i++)
        dropped = dropped || (edge[i].relay && edge[i].index == 0 && !edge[i].on &&
                              edge[i].at_us - begun < 1500000);
    assert_true(dropped);
    assert_false(lines_relay(lines, 0));
    let_go();
}

static bool goes_on(void *ctx)
{
    return --*(int *)ctx > 0;
}

static void somebody_is_called_while_commands_run(void **state)
{
    struct bench other;
    struct lines_switched done;
    int calls = 1000;

    (void)state;
    commanded(&other, "sleep 2; echo on > /run/slow", "sleep 2; echo off > /run/slow");
    lines_close(lines);
    assert_int_equal(lines_open(&lines, &other, goes_on, &calls, &err), 0);
    calls = 1000;
    switched(0, true, &done);
    assert_in_range(1000 - calls, 50, 250);
    calls = 20; // not to go on: that does not end what switches off
    remove("/run/slow");
    switched(0, false, &done);
    assert_true(says("/run/slow", "off"));
    calls = 20;
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), -EINTR);
    said("cannot be switched on");
    let_go();
}

/// A group of their own: a terminal's Ctrl-C does not reach them. Their words do not get among ours.
static void commands_stand_apart(void **state)
{
    struct bench other;
    struct lines_switched done;
    char words[100] = "";

    (void)state;
    commanded(&other,
              "echo on > /run/slow; echo words; [ \"$(cut -d\" \" -f5 /proc/$$/stat)\" = $$ ]",
              "echo off > /run/slow");
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    FILE *out = fopen("/run/stdout", "w+");
    assert_true(kept >= 0 && out && dup2(fileno(out), STDOUT_FILENO) >= 0);
    int bad = lines_switch(lines, 0, true, &done, &err);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    rewind(out);
    assert_null(fgets(words, sizeof words, out));
    fclose(out);
    assert_int_equal(bad, 0);
    let_go();
}

static void two_spellings_are_one_line(void **state)
{
    struct bench other = bench;

    (void)state;
    strcpy(other.sense[1].line.address, "pinctrl-bcm2711/5");
    assert_int_equal(lines_open(&lines, &other, NULL, NULL, &err), -EEXIST);
    said("line pinctrl-bcm2711/5: it is GPIO5, which is taken already");
}

static void two_rigs_do_not_share_a_bench(void **state)
{
    struct lines *second;

    (void)state;
    opened();
    assert_int_equal(lines_open(&second, &bench, NULL, NULL, &err), -EBUSY);
    said("line GPIO17 is held by plr-rig");
}

static void a_line_that_is_not_there_is_named(void **state)
{
    struct bench other = bench;

    (void)state;
    strcpy(other.sense[1].line.address, "GPIO99");
    assert_int_equal(lines_open(&lines, &other, NULL, NULL, &err), -ENOENT);
    said("line GPIO99: no GPIO chip here has a line 'GPIO99'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(all_is_off_until_it_is_switched_on, calm),
        cmocka_unit_test_teardown(letting_go_switches_off, calm),
        cmocka_unit_test_teardown(a_killed_rig_leaves_the_mains_off, calm),
        cmocka_unit_test_teardown(bounces_are_kept_and_count_once, calm),
        cmocka_unit_test_teardown(senses_are_debounced, calm),
        cmocka_unit_test_teardown(the_watchdog_is_kicked_by_its_period, calm),
        cmocka_unit_test_teardown(chatter_hides_nothing, calm),
        cmocka_unit_test_teardown(a_stop_that_chatters_is_heard, calm),
        cmocka_unit_test_teardown(a_read_back_that_never_rests_is_a_fault, calm),
        cmocka_unit_test_teardown(a_flood_of_edges_leaves_the_truth, calm),
        cmocka_unit_test_teardown(least_times_are_kept, calm),
        cmocka_unit_test_teardown(cycles_are_counted, calm),
        cmocka_unit_test_teardown(cycles_that_cannot_be_kept_are_none, calm),
        cmocka_unit_test_teardown(a_contact_that_stays_open_is_seen, calm),
        cmocka_unit_test_teardown(a_welded_contact_is_seen, calm),
        cmocka_unit_test_teardown(a_welded_contact_stops_the_watchdog, calm),
        cmocka_unit_test_teardown(a_bench_that_is_on_is_not_opened, calm),
        cmocka_unit_test_teardown(power_that_was_there_before_is_seen, calm),
        cmocka_unit_test_teardown(power_that_goes_by_itself_is_seen, calm),
        cmocka_unit_test_teardown(power_is_missed_only_where_it_comes, calm),
        cmocka_unit_test_teardown(a_late_contact_is_stuck, calm),
        cmocka_unit_test_teardown(a_late_contact_is_stuck_though_nobody_saw_it, calm),
        cmocka_unit_test_teardown(a_read_back_that_goes_is_no_off, calm),
        cmocka_unit_test_teardown(a_read_back_that_goes_while_on_is_no_off, calm),
        cmocka_unit_test_teardown(signals_do_not_end_listening, calm),
        cmocka_unit_test_teardown(commands_switch_too, calm),
        cmocka_unit_test_teardown(a_command_is_ended_with_its_children, calm),
        cmocka_unit_test_teardown(a_stop_ends_the_command_that_switches_on, calm),
        cmocka_unit_test_teardown(a_stop_ends_the_wait_for_a_read_back, calm),
        cmocka_unit_test_teardown(an_off_that_fails_is_said_again, calm),
        cmocka_unit_test_teardown(dead_outlets_are_given_up_together, calm),
        cmocka_unit_test_teardown(an_outlet_that_stays_on_is_no_off, calm),
        cmocka_unit_test_teardown(an_outlet_that_does_not_go_on_is_seen, calm),
        cmocka_unit_test_teardown(an_outlet_may_take_its_time, calm),
        cmocka_unit_test_teardown(a_stop_waits_for_no_command, calm),
        cmocka_unit_test_teardown(somebody_is_called_while_commands_run, calm),
        cmocka_unit_test_teardown(commands_stand_apart, calm),
        cmocka_unit_test_teardown(two_spellings_are_one_line, calm),
        cmocka_unit_test_teardown(two_rigs_do_not_share_a_bench, calm),
        cmocka_unit_test_teardown(a_line_that_is_not_there_is_named, calm),
    };
    return cmocka_run_group_tests_name("lines", tests, begin, end);
}
