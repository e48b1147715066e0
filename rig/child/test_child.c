// What a command inherits: its output, its argument, and no ignored signals.
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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rig/child/child.h"

/// Its status; what it said is in `said`.
static int ran(const char *text, const char *argument, char said[64])
{
    int end[2], status;

    assert_int_equal(pipe(end), 0);
    pid_t child = fork();
    if (child == 0)
        child_shell(text, argument, end[1]);
    close(end[1]);
    ssize_t size = read(end[0], said, 63);
    said[size > 0 ? size : 0] = '\0';
    close(end[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void signals_are_as_usual(void **state)
{
    static const struct {
        const char *name;
        int number;
    } row[] = {{"PIPE", SIGPIPE}, {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU}};
    char said[64], text[64];

    (void)state;
    for (size_t n = 0; n < sizeof row / sizeof *row; n++) {
        signal(row[n].number, SIG_IGN);
        // a stopped one says nothing: ask the kernel which signals it ignores
        strcpy(text, "exec sed -n 's/^SigIgn:.*\\(.\\{8\\}\\)$/\\1/p' /proc/self/status");
        int status = ran(text, NULL, said);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        assert_string_equal(said, "00000000\n");
        signal(row[n].number, SIG_DFL);
    }
}

static void it_has_a_group_and_an_argument(void **state)
{
    char said[64];
    (void)state;
    int status = ran("echo \"$1\"; [ $(cut -d' ' -f5 /proc/$$/stat) -eq $$ ]", "a b; c", said);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_string_equal(said, "a b; c\n");
    status = ran("exit 3", NULL, said);
    assert_int_equal(WEXITSTATUS(status), 3);
}

static int beats;

static void beat(void)
{
    beats++;
}

/// A command that hangs is ended in its time, and nothing of it goes on.
static void one_that_hangs_is_ended_with_its_children(void **state)
{
    char path[] = "/tmp/plr_child_XXXXXX", text[128];
    struct timespec begun, over;

    (void)state;
    assert_int_equal(child_run("exit 3", NULL, 5000000, NULL), 3);
    assert_int_equal(child_run("kill -TERM $$", NULL, 5000000, NULL), -EIO);
    assert_int_equal(child_run("[ \"$1\" = 'a b' ]", "a b", 5000000, NULL), 0);
    int file = mkstemp(path);
    assert_true(file >= 0);
    snprintf(text, sizeof text, "(sleep 1; echo late > %s) & sleep 1000", path);
    beats = 0;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    assert_int_equal(child_run(text, NULL, 200000, beat), -ETIMEDOUT);
    clock_gettime(CLOCK_MONOTONIC, &over);
    assert_true(over.tv_sec - begun.tv_sec < 30);
    assert_true(beats > 2);
    nanosleep(&(struct timespec){1, 300000000}, NULL);
    assert_int_equal(lseek(file, 0, SEEK_END), 0); // its child was ended, too
    close(file);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_are_as_usual),
        cmocka_unit_test(it_has_a_group_and_an_argument),
        cmocka_unit_test(one_that_hangs_is_ended_with_its_children),
    };
    return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
