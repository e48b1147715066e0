// The excluded objects on the memory: told at once, found at every boot of this job, and of no other.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/plr/fake.h"

#include <string.h>

static struct plr plr;
static struct fake fake;
static struct plr_config config;

static int setup(void **unused)
{
    (void)unused;
    config = fake_config();
    fake_init(&fake, &plr);
    return 0;
}

static void print_at(int line)
{
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, line, 300000);
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
}

static const char *names(const struct plr_objects *objects)
{
    static char text[PLR_OBJECTS_BYTES + 1];

    text[0] = 0;
    for (const char *name = NULL; (name = plr_objects_next(objects, name)) != NULL;) {
        strcat(text, name);
        strcat(text, ",");
    }
    return text;
}

/// What a boot would know now.
static const char *known(void)
{
    static struct plr other;
    static struct fake copy;

    copy = fake;
    copy.plr = &other;
    fake_power_on(&copy);
    assert_int_equal(fake_boot(&copy, &config), 0);
    return names(&other.objects);
}

/// The next poll writes it: neither interval nor history nor save delay hold it back, and nothing is written twice.
static void stored_at_the_next_poll(void **unused)
{
    (void)unused;
    config.save_delay = 2;
    config.save_interval_us = 300000000;
    print_at(20);
    uint64_t before = fake.programmed;
    fake_console(&fake, "EXCLUDE_OBJECT NAME=part_A.stl");
    assert_string_equal(known(), "");
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    assert_string_equal(known(), "part_A.stl,");
    assert_in_range(fake.programmed - before, 8 + 11 + 12, 8 + 11 + 12 + 32);
    before = fake.programmed;
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    fake_console(&fake, "EXCLUDE_OBJECT NAME=PART_A.STL");
    fake_console(&fake, "M117 hello");
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    assert_int_equal(fake.programmed, before);
    fake_console(&fake, "EXCLUDE_OBJECT NAME=b");
    fake_console(&fake, "EXCLUDE_OBJECT NAME=part_a.stl RESET=1");
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    assert_string_equal(known(), "b,");
}

/// A power failure before that poll: behind the state's own record.
static void stored_when_power_fails(void **unused)
{
    (void)unused;
    print_at(20);
    fake_console(&fake, "M486 P12");
    fake.supply_bad = true;
    assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    fake_power_on(&fake);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_string_equal(names(&plr.objects), "12,");
    assert_true(plr.objects.numbered);
}

/// The next job has objects of its own, and does not carry the last one's along.
static void of_one_job_only(void **unused)
{
    (void)unused;
    print_at(20);
    fake_console(&fake, "EXCLUDE_OBJECT NAME=a");
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    assert_int_equal(plr_job_end(&plr, &fake_port, &fake), 0);
    fake_power_on(&fake);
    print_at(20);
    assert_string_equal(names(&plr.objects), "");
    assert_string_equal(known(), "");
    assert_int_equal(plr.journal.live[PLR_RECORD_OBJECTS].size, 8);
    assert_int_equal(plr_job_end(&plr, &fake_port, &fake), 0);
    fake_console(&fake, "EXCLUDE_OBJECT NAME=b"); // no job runs
    assert_string_equal(names(&plr.objects), "");
}

/// A cut in the next job before anything was written of it: the list is still the first one's, and then it is given up.
static void not_of_a_job_that_was_cut(void **unused)
{
    (void)unused;
    print_at(20);
    fake_console(&fake, "EXCLUDE_OBJECT NAME=a");
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    assert_int_equal(plr_job_end(&plr, &fake_port, &fake), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_power_on(&fake);
    print_at(20);
    assert_int_equal(plr.journal.live[PLR_RECORD_OBJECTS].size, 8);
}

/// The same without a boot between.
static void of_one_job_only_in_one_session(void **unused)
{
    (void)unused;
    print_at(20);
    fake_console(&fake, "EXCLUDE_OBJECT NAME=a");
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    assert_int_equal(plr_job_end(&plr, &fake_port, &fake), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, 20, 300000);
    assert_string_equal(names(&plr.objects), "");
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    assert_int_equal(plr.journal.live[PLR_RECORD_OBJECTS].size, 8);
}

/// Name after name, until there is no room: that is told, saved and answered.
static void no_room_is_told(void **unused)
{
    char line[96] =
        "EXCLUDE_OBJECT NAME=012345678901234567890123456789012345678901234567890123456789-";

    (void)unused;
    print_at(20);
    for (char c = 'a'; c <= 'h'; c++) {
        line[strlen(line) - 1] = c;
        fake_console(&fake, line);
    }
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    assert_true(strstr(fake.last_log, "no room for the name") != NULL);
    assert_int_equal(fake_command(&fake, "PLR_QUERY_SAVED_STATE"), 0);
    fake.supply_bad = true;
    assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    fake_power_on(&fake);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_true(plr.objects.full);
    assert_int_equal(plr.objects.len, 7 * 62);
    fake.answered = 0;
    assert_int_equal(fake_command(&fake, "PLR_QUERY_SAVED_STATE"), 0);
    assert_non_null(strstr(fake.answer, "789g; NOT ALL: there was no room for more\n"));
    fake.answered = 0;
    assert_int_equal(fake_command(&fake, "PLR_QUERY_SAVED_STATE JSON=1"), 0);
    assert_non_null(strstr(fake.answer, "789a\",\"0123"));
    assert_non_null(strstr(fake.answer, "789g\"],\"excluded_objects_full\":true,"));
}

/// A memory that fails does not stop the print, and the list is tried again.
static void a_failing_memory_is_tried_again(void **unused)
{
    (void)unused;
    print_at(20);
    fake_console(&fake, "EXCLUDE_OBJECT NAME=a");
    fake.fail = FAKE_NV_PROG;
    fake.fail_error = PLR_EIO;
    fake.fail_times = 100;
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    assert_int_equal(plr.phase, PLR_PHASE_PRINTING);
    fake.fail_times = 0;
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    assert_string_equal(known(), "a,");
}

/// A record that checks and makes no sense is no list.
static void nonsense_is_no_list(void **unused)
{
    static const struct {
        const char *bytes;
        uint32_t size;
        bool good;
    } records[] = {
        {"\1\0\0\0\1\0\0\0ab\0c\0", 13, true},
        {"\1\0\0\0\1\0\0\0", 8, true},
        {"\2\0\0\0\1\0\0\0ab\0c\0", 13, false},
        {"\1\0\0\0\1\0\0\0ab\0c", 12, false},
        {"\1\0\0\0\1\0\0\0ab\0\0", 12, false},
        {"\1\0\0\0\1\0\0\0\0", 9, false},
        {"\1\0\0\0\1\0\0", 7, false},
        {"\1\0\0\0\2\0\0\0ab\0c\0", 13, false},
        {"\1\0\0\0\1\0\0\0"
         "0123456789012345678901234567890123456789012345678901234567890123\0",
         73, false},
    };

    (void)unused;
    print_at(20);
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        assert_true(plr_journal_append(&plr.journal, &fake_port.nv, &fake, PLR_RECORD_OBJECTS,
                                       records[i].bytes, records[i].size) > 0);
        assert_string_equal(known(), records[i].good && records[i].size > 8 ? "ab,c," : "");
    }
}

/// A line that sets something is in the next state that is stored, whatever save_delay says; one that moves is not for here.
static void what_the_console_sets_holds(void **unused)
{
    (void)unused;
    config.save_delay = 2;
    print_at(18);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(fake_command(&fake, "PLR_SAVE_PRINT_STATE"), 0);
        assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    }
    struct plr_modal before = plr.modal, after = plr.after;
    fake_console(&fake, "G1 X1");
    fake_console(&fake, "G28");
    fake_console(&fake, "G1 Xnan");
    assert_int_equal(plr.modal.at_nm[0], before.at_nm[0]);
    assert_int_equal(plr.after.at_nm[0], after.at_nm[0]);
    fake_console(&fake, "M290 Z0.1");
    assert_int_equal(plr.modal.offset_nm[2], before.offset_nm[2] + 100000);
    assert_int_equal(plr.modal.at_nm[2], before.at_nm[2]);
    assert_int_equal(plr.after.offset_nm[2], after.offset_nm[2] + 100000);
    fake_console(&fake, "M221 S87");
    assert_int_equal(plr.modal.flow_ppm, 870000);
    assert_int_equal(plr.after.flow_ppm, 870000);
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    fake_power_on(&fake);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr.state.modal.flow_ppm, 870000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(stored_at_the_next_poll, setup),
        cmocka_unit_test_setup(stored_when_power_fails, setup),
        cmocka_unit_test_setup(of_one_job_only, setup),
        cmocka_unit_test_setup(not_of_a_job_that_was_cut, setup),
        cmocka_unit_test_setup(of_one_job_only_in_one_session, setup),
        cmocka_unit_test_setup(no_room_is_told, setup),
        cmocka_unit_test_setup(a_failing_memory_is_tried_again, setup),
        cmocka_unit_test_setup(nonsense_is_no_list, setup),
        cmocka_unit_test_setup(what_the_console_sets_holds, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
