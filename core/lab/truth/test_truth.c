// The ledger: grows, copies, measures.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "core/lab/truth/bulk.h"
#include "core/lab/truth/truth.h"

static void test_append(void **state)
{
    (void)state;
    struct lab_ledger ledger = {0};
    for (int n = 0; n < 5000; n++) {
        struct lab_deposit d = {.t_us = n, .e_nm = 2 * n};
        assert_int_equal(lab_ledger_append(&ledger, &d), 0);
    }
    assert_int_equal(ledger.count, 5000);
    assert_true(ledger.room >= 5000);
    for (int n = 0; n < 5000; n++) {
        assert_int_equal(ledger.entry[n].t_us, n);
        assert_int_equal(ledger.entry[n].e_nm, 2 * n);
    }
    lab_ledger_free(&ledger);
    assert_null(ledger.entry);
    assert_int_equal(ledger.count, 0);
    lab_ledger_free(&ledger);
}

static void test_append_of_itself(void **state)
{
    (void)state;
    struct lab_ledger ledger = {0};
    struct lab_deposit d = {.e_nm = 7};
    assert_int_equal(lab_ledger_append(&ledger, &d), 0);
    for (int n = 0; n < 3000; n++) // the array moves under the argument
        assert_int_equal(lab_ledger_append(&ledger, &ledger.entry[0]), 0);
    assert_int_equal(ledger.entry[3000].e_nm, 7);
    lab_ledger_free(&ledger);
}

static void test_length(void **state)
{
    (void)state;
    struct lab_deposit d = {.from_nm = {1000, 2000, 3000}, .to_nm = {1000 + 2, 2000 + 3, 3000 - 6}};
    assert_int_equal(lab_deposit_length(&d), 7);
    d = (struct lab_deposit){.to_nm = {300000000, -400000000, 0}};
    assert_int_equal(lab_deposit_length(&d), 500000000);
    d = (struct lab_deposit){.to_nm = {1, 1, 0}}; // 1.41
    assert_int_equal(lab_deposit_length(&d), 1);
    d = (struct lab_deposit){.to_nm = {2, 2, 2}}; // 3.46
    assert_int_equal(lab_deposit_length(&d), 3);
    d = (struct lab_deposit){.to_nm = {3, 2, 0}}; // 3.61
    assert_int_equal(lab_deposit_length(&d), 4);
    assert_int_equal(lab_deposit_length(&(struct lab_deposit){0}), 0);
}

static void test_length_extremes(void **state)
{
    (void)state;
    struct lab_deposit d = {.from_nm = {INT32_MIN, INT32_MIN, INT32_MIN},
                            .to_nm = {INT32_MAX, INT32_MAX, INT32_MAX}};
    int64_t length = lab_deposit_length(&d); // sqrt(3) * (2^32 - 1)
    assert_true(length > 7439101570 - 10 && length < 7439101573 + 10);
    for (int64_t n = 1; n < 2000000000; n = n * 3 + 1) {
        int64_t delta[2] = {n, 0};
        assert_int_equal(lab_length_nm(delta, 2), n);
        assert_int_equal(lab_length_nm(delta, 1), n);
    }
}

static void test_bulk_keeps_its_bytes(void **state)
{
    (void)state;
    size_t sizes[] = {1000,
                      LAB_BULK_FILE - 1,
                      LAB_BULK_FILE,
                      3 * (size_t)LAB_BULK_FILE,
                      2 * (size_t)LAB_BULK_FILE,
                      4096};
    unsigned char *block = NULL;
    size_t size = 0;
    for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
        unsigned char *next = lab_bulk_resize(block, size, sizes[n]);
        assert_non_null(next);
        size_t kept = size < sizes[n] ? size : sizes[n];
        for (size_t i = 0; i < kept; i += 997)
            assert_int_equal(next[i], i % 251);
        for (size_t i = 0; i < sizes[n]; i++)
            next[i] = (unsigned char)(i % 251);
        block = next;
        size = sizes[n];
    }
    lab_bulk_free(block, size);
    lab_bulk_free(NULL, 0);
}

static void test_bulk_without_a_disk(void **state)
{
    (void)state;
    setenv("TMPDIR", "/nonexistent", 1);
    char *small = lab_bulk_resize(NULL, 0, 16);
    assert_non_null(small);
    small[0] = 'x';
    assert_null(lab_bulk_resize(small, 16, LAB_BULK_FILE));
    assert_int_equal(small[0], 'x'); // the old block is still there
    lab_bulk_free(small, 16);
    unsetenv("TMPDIR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_append_of_itself),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_length_extremes),
        cmocka_unit_test(test_bulk_keeps_its_bytes),
        cmocka_unit_test(test_bulk_without_a_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
