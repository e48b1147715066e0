// Runs a group of tests on the board: each to its end or to its first failed assertion.
// SPDX-License-Identifier: MIT
#include "ci/mcu_board/cmocka.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include "ci/mcu_board/board.h"

static jmp_buf out; // of the test that runs

_Noreturn void shim_fail(const char *file, int line, const char *what)
{
    printf("%s:%d: failed: %s\n", file, line, what);
    longjmp(out, 1);
}

_Noreturn void shim_fail_values(const char *file, int line, const char *what, uintmax_t left,
                                uintmax_t right)
{
    printf("%s:%d: failed: %s: %" PRIdMAX ", %" PRIdMAX "\n", file, line, what, (intmax_t)left,
           (intmax_t)right);
    longjmp(out, 1);
}

void print_message(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vprintf(format, list);
    va_end(list);
}

void print_error(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    putchar('\n');
}

static bool passes(const struct CMUnitTest *test, void *state)
{
    if (setjmp(out))
        return false;
    if (test->setup_func && test->setup_func(&state))
        shim_fail(test->name, 0, "its setup");
    test->test_func(&state);
    if (test->teardown_func && test->teardown_func(&state))
        shim_fail(test->name, 0, "its teardown");
    return true;
}

/// Is the test left out of this run? ci/mcu passes the names.
static bool left_out(const char *name)
{
    const char *words = board_arguments();
    size_t size = strlen(name);

    for (const char *at = strstr(words, name); at; at = strstr(at + size, name))
        if ((at == words || at[-1] == ' ') && (at[size] == ' ' || !at[size]))
            return true;
    return false;
}

int shim_run(const char *group, const struct CMUnitTest *tests, size_t count,
             CMFixtureFunction setup, CMFixtureFunction teardown)
{
    int passed = 0, failed = 0, skipped = 0;
    void *state = NULL;

    if (setup && setup(&state))
        board_exit(2);
    for (size_t i = 0; i < count; i++) {
        if (left_out(tests[i].name)) {
            printf("left out: %s\n", tests[i].name);
            skipped++;
            continue;
        }
        uint64_t begin = board_instructions();
        bool good = passes(&tests[i], tests[i].initial_state ? tests[i].initial_state : state);
        printf("%s: %s, %" PRIu64 " instructions\n", good ? "passed" : "FAILED", tests[i].name,
               board_instructions() - begin);
        passed += good;
        failed += !good;
    }
    if (teardown && teardown(&state))
        board_exit(2);
    printf("group %s %d %d %d %" PRIu64 "\n", group, passed, failed, skipped, board_instructions());
    return failed;
}
