// Lines that nobody reads do not stop whoever says them.
// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // posix_openpt, ptsname_r
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig/verbs/tell.h"

enum { MANY = 20000 }; // more than any of them holds

static struct rig_teller teller;

/// Say so many lines that nobody reads. One who waits is ended by the alarm, and the test with it.
static void say_to_nobody(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    rig_teller_open(&teller, fd);
    alarm(20);
    for (int n = 0; n < MANY; n++)
        rig_tell(&teller, 1234567, "printing");
    alarm(0);
    assert_in_range(teller.dropped, 1, MANY - 1); // some were taken, and not all
    assert_int_equal(fcntl(fd, F_GETFL), flags);
}

/// Somebody reads again: the next line says what is missing.
static void read_again(int from)
{
    static char text[1 << 21];
    char want[120];
    size_t used = 0;

    assert_int_equal(teller.untold, teller.dropped);
    assert_int_equal(fcntl(from, F_SETFL, O_NONBLOCK), 0);
    for (ssize_t n = 1; n > 0; used += n > 0 ? (size_t)n : 0)
        n = read(from, text + used, sizeof text - 1 - used);
    assert_memory_equal(text, "       1.234 s  printing\n", 25);
    rig_tell(&teller, 61000000, "power is off");
    rig_tell(&teller, 62000000, "waiting");
    ssize_t n = read(from, text, sizeof text - 1);
    assert_true(n > 0);
    text[n] = '\0';
    snprintf(want, sizeof want,
             "(%llu lines are missing: nobody read them in time)\n      61.000 s  power is off\n",
             (unsigned long long)teller.dropped);
    assert_memory_equal(text, want, strlen(want));
    assert_int_equal(teller.untold, 0);
    rig_teller_close(&teller);
}

static void a_full_pipe_is_not_waited_for(void **state)
{
    int end[2];

    (void)state;
    assert_int_equal(pipe(end), 0);
    say_to_nobody(end[1]);
    read_again(end[0]);
    close(end[0]);
    close(end[1]);
}

/// What systemd gives a service.
static void a_full_socket_is_not_waited_for(void **state)
{
    int end[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, end), 0);
    say_to_nobody(end[1]);
    read_again(end[0]);
    close(end[0]);
    close(end[1]);
}

/// A connection that hangs, or Ctrl-S.
static void a_stopped_terminal_is_not_waited_for(void **state)
{
    char name[64];
    int cable = posix_openpt(O_RDWR | O_NOCTTY);

    (void)state;
    assert_true(cable >= 0);
    assert_int_equal(grantpt(cable) || unlockpt(cable), 0);
    assert_int_equal(ptsname_r(cable, name, sizeof name), 0);
    int terminal = open(name, O_RDWR | O_NOCTTY);
    assert_true(terminal >= 0);
    say_to_nobody(terminal);
    rig_teller_close(&teller);
    close(terminal);
    close(cable);
}

/// A pipe that cannot be opened once more: whether it takes a line is asked before each.
static void a_pipe_in_others_hands_is_not_waited_for(void **state)
{
    int end[2];

    (void)state;
    assert_int_equal(pipe(end), 0);
    rig_teller_open(&teller, end[1]);
    close(teller.own);
    teller.own = -1;
    alarm(20);
    for (int n = 0; n < MANY; n++)
        rig_tell(&teller, 1234567, "printing");
    alarm(0);
    assert_in_range(teller.dropped, 1, MANY - 1);
    read_again(end[0]);
    close(end[0]);
    close(end[1]);
}

static void a_file_gets_every_line(void **state)
{
    char text[200];
    FILE *file = tmpfile();

    (void)state;
    assert_non_null(file);
    assert_int_equal(write(fileno(file), "before\n", 7), 7);
    rig_teller_open(&teller, fileno(file));
    rig_tell(&teller, 0, "self_test");
    assert_int_equal(write(fileno(file), "between\n", 8), 8);
    rig_tell(&teller, 3600000000, "safe");
    rig_teller_close(&teller);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    assert_string_equal(text, "before\n       0.000 s  self_test\nbetween\n    3600.000 s  safe\n");
    assert_int_equal(teller.dropped, 0);
    fclose(file);
}

static void the_end_of_a_long_line_is_left_out(void **state)
{
    char what[4000], text[4000];
    int end[2];

    (void)state;
    memset(what, 'x', sizeof what - 1);
    what[sizeof what - 1] = '\0';
    assert_int_equal(pipe(end), 0);
    rig_teller_open(&teller, end[1]);
    rig_tell(&teller, 0, what);
    assert_int_equal(read(end[0], text, sizeof text), 2017);
    assert_int_equal(text[2015], 'x');
    assert_int_equal(text[2016], '\n');
    rig_teller_close(&teller);
    rig_teller_open(&teller, -1);
    rig_tell(&teller, 0, what); // nowhere
    assert_int_equal(teller.dropped, 0);
    close(end[0]);
    close(end[1]);
}

/// All verbs' words go the same way: so often, on a stderr that nobody reads. In a process of its own, whose stderr that is.
static int child_tells(int to)
{
    int dropped = 0;

    dup2(to, STDERR_FILENO);
    alarm(20);
    fputs("printed\n", stderr);
    for (int n = 0; n < MANY; n++)
        dropped += !verb_tell(stderr, "plr-rig: %s is on\n", "mains");
    return dropped > 0 && dropped < MANY && rig_teller_of(stderr)->dropped == (uint64_t)dropped ? 0
                                                                                                : 1;
}

static void verbs_do_not_wait_either(void **state)
{
    char text[200];
    int end[2], status;

    (void)state;
    assert_int_equal(pipe(end), 0);
    pid_t child = fork();
    if (child == 0)
        _exit(child_tells(end[1]));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(read(end[0], text, sizeof text), sizeof text);
    assert_memory_equal(text, "printed\nplr-rig: mains is on\nplr-rig: mains is on\n", 50);
    close(end[0]);
    close(end[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_pipe_is_not_waited_for),
        cmocka_unit_test(a_full_socket_is_not_waited_for),
        cmocka_unit_test(a_stopped_terminal_is_not_waited_for),
        cmocka_unit_test(a_pipe_in_others_hands_is_not_waited_for),
        cmocka_unit_test(a_file_gets_every_line),
        cmocka_unit_test(the_end_of_a_long_line_is_left_out),
        cmocka_unit_test(verbs_do_not_wait_either),
    };
    return cmocka_run_group_tests_name("tell", tests, NULL, NULL);
}
