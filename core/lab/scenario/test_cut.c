// Cuts of run IDs: read and written back the same, nonsense refused.
// SPDX-License-Identifier: MIT
#include "core/lab/scenario/cut.h"
#include "core/plr/plr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void cuts_read_and_write_back(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "l61",           "l61.30",           "m0",           "m36123",       "w137",
        "w137.none",     "w137.prefix3",     "w0.some_bits", "w1.most_bits", "w1.complete",
        "w1.metastable", "w1.lost_unsynced", "w1.garbage",   "e55",          "t1234567",
        "pverify.1",     "phome_z0.12"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct lab_power cut = {.off_for_us = 7, .domains = LAB_DOMAIN_MAINS};
        char back[LAB_CUT_BYTES];
        assert_int_equal(lab_cut_parse(texts[i], &cut), LAB_OK);
        assert_int_equal(cut.off_for_us, 7);
        assert_int_equal(cut.domains, LAB_DOMAIN_MAINS);
        assert_int_equal(lab_cut_print(&cut, back), (int)strlen(texts[i]));
        assert_string_equal(back, texts[i]);
    }
}

static void a_cut_means_what_the_scenario_key_means(void **state)
{
    (void)state;
    struct lab_power cut;
    assert_int_equal(lab_cut_parse("l61.30", &cut), LAB_OK);
    assert_int_equal(cut.at.kind, LAB_AT_LAYER);
    assert_int_equal(cut.at.layer, 61);
    assert_int_equal(cut.at.move, 30);
    assert_int_equal(cut.at.fraction_ppm, 500000);
    assert_int_equal(lab_cut_parse("w7.prefix12", &cut), LAB_OK);
    assert_int_equal(cut.at.kind, LAB_AT_NV_WRITE);
    assert_int_equal(cut.at.value, 7);
    assert_int_equal(cut.tear.kind, LAB_TEAR_PREFIX);
    assert_int_equal(cut.tear.bytes, 12);
    assert_int_equal(lab_cut_parse("pheat.2", &cut), LAB_OK);
    assert_int_equal(cut.at.phase, PLR_PHASE_HEAT);
    assert_int_equal(cut.at.count, 2);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "x1",
                                        "l",
                                        "l1.",
                                        "l1.x",
                                        "m1.2",
                                        "m-1",
                                        "w1.",
                                        "w1.prefix",
                                        "w1.prefixx",
                                        "w1.torn",
                                        "w1.nonesuch",
                                        "e1.none",
                                        "pverify",
                                        "pverify.0",
                                        "pverif.1",
                                        "p.1",
                                        "pverify.1x",
                                        "m9999999999999999999",
                                        "l99999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct lab_power cut;
        if (lab_cut_parse(texts[i], &cut) == LAB_OK)
            fail_msg("'%s' was taken", texts[i]);
    }
}

static void an_instant_without_a_word_has_none(void **state)
{
    (void)state;
    struct lab_power cut = {.at = {.kind = LAB_AT_Z}};
    char out[LAB_CUT_BYTES];
    assert_true(lab_cut_print(&cut, out) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_read_and_write_back),
        cmocka_unit_test(a_cut_means_what_the_scenario_key_means),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(an_instant_without_a_word_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
