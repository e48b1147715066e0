// The part of cmocka that the core's tests use, for a machine without an operating system.
// SPDX-License-Identifier: MIT
//
// The tests include <cmocka.h> and are compiled as they are; on the target this file comes first on the include path.
// cmocka itself could be built with newlib, but its releases differ between distributions (1.1.5 in Debian 12, 1.1.7 in 13),
// Debian ships it for the host only, and it wants signals, a heap of its own and XML reports for what is here two screens.
// A test that uses more of cmocka does not compile here: then this file grows.
#ifndef CMOCKA_H
#define CMOCKA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int (*CMFixtureFunction)(void **state);
typedef void (*CMUnitTestFunction)(void **state);

struct CMUnitTest {
    const char *name;
    CMUnitTestFunction test_func;
    CMFixtureFunction setup_func, teardown_func;
    void *initial_state;
};

#define cmocka_unit_test(f)     \
    {                           \
#f, f, NULL, NULL, NULL \
    }
#define cmocka_unit_test_setup(f, setup) \
    {                                    \
#f, f, setup, NULL, NULL         \
    }
#define cmocka_unit_test_teardown(f, teardown) \
    {                                          \
#f, f, NULL, teardown, NULL            \
    }
#define cmocka_unit_test_setup_teardown(f, setup, teardown) \
    {                                                       \
#f, f, setup, teardown, NULL                        \
    }

/// Run the tests and print one line of counts. Returns how many failed, as cmocka does.
#define cmocka_run_group_tests_name(name, tests, setup, teardown) \
    shim_run(name, tests, sizeof(tests) / sizeof *(tests), setup, teardown)
#define cmocka_run_group_tests(tests, setup, teardown) \
    cmocka_run_group_tests_name(#tests, tests, setup, teardown)
int shim_run(const char *group, const struct CMUnitTest *tests, size_t count,
             CMFixtureFunction setup, CMFixtureFunction teardown);

/// The test is over: it failed here.
_Noreturn void shim_fail(const char *file, int line, const char *what);
_Noreturn void shim_fail_values(const char *file, int line, const char *what, uintmax_t left,
                                uintmax_t right);

// Values are compared as cmocka does it: widened to 64 bits each by its own type.
#define shim_compare(a, op, b)                                                       \
    do {                                                                             \
        uintmax_t shim_a = (uintmax_t)(a), shim_b = (uintmax_t)(b);                  \
        if (!(shim_a op shim_b))                                                     \
            shim_fail_values(__FILE__, __LINE__, #a " " #op " " #b, shim_a, shim_b); \
    } while (0)
#define shim_check(condition, text)              \
    do {                                         \
        if (!(condition))                        \
            shim_fail(__FILE__, __LINE__, text); \
    } while (0)

#define assert_true(c)             shim_check(c, #c)
#define assert_false(c)            shim_check(!(c), "not " #c)
#define assert_non_null(p)         shim_check((p) != NULL, #p " is not NULL")
#define assert_null(p)             shim_check((p) == NULL, #p " is NULL")
#define assert_ptr_equal(a, b)     shim_check((a) == (b), #a " == " #b)
#define assert_int_equal(a, b)     shim_compare(a, ==, b)
#define assert_int_not_equal(a, b) shim_compare(a, !=, b)
#define assert_in_range(v, least, most) \
    do {                                \
        shim_compare(v, >=, least);     \
        shim_compare(v, <=, most);      \
    } while (0)
#define assert_memory_equal(a, b, size) \
    shim_check(memcmp((a), (b), (size)) == 0, "same bytes: " #a ", " #b)
#define assert_memory_not_equal(a, b, size) \
    shim_check(memcmp((a), (b), (size)) != 0, "other bytes: " #a ", " #b)
#define assert_string_equal(a, b)     shim_check(strcmp((a), (b)) == 0, #a " is the text " #b)
#define assert_string_not_equal(a, b) shim_check(strcmp((a), (b)) != 0, #a " is not the text " #b)
#define fail()                        shim_fail(__FILE__, __LINE__, "fail()")
#define fail_msg(...)                              \
    do {                                           \
        print_error(__VA_ARGS__);                  \
        shim_fail(__FILE__, __LINE__, "fail_msg"); \
    } while (0)

void print_message(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#include <string.h>

#endif
