// Objects: which one is printed, and which are excluded, in the words of Klipper, Marlin and RepRapFirmware.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/plr/gcode/gcode.h"

#include <stdio.h>
#include <string.h>

static struct plr_modal modal;
static struct plr_objects objects;

static int setup(void **unused)
{
    (void)unused;
    plr_modal_init(&modal);
    memset(&objects, 0, sizeof objects);
    return 0;
}

/// Apply the lines of `text` to state and list; the list's answer to the last of them.
static int run(const char *text)
{
    int said = 0;

    while (*text) {
        struct plr_gcode_line line;
        struct plr_action action;
        size_t len = strcspn(text, "\n");
        if (plr_gcode_lex(text, len, &line) || plr_modal_apply(&modal, &line, &action))
            fail_msg("'%.*s' is refused", (int)len, text);
        assert_int_equal(action.kind, PLR_ACT_NONE);
        said = plr_objects_apply(&objects, &line);
        text += len + (text[len] == '\n');
    }
    return said;
}

static const char *list(void)
{
    static char text[PLR_OBJECTS_BYTES + 1];

    text[0] = 0;
    for (const char *name = NULL; (name = plr_objects_next(&objects, name)) != NULL;) {
        strcat(text, text[0] ? "," : "");
        strcat(text, name);
    }
    return text;
}

#define S "EXCLUDE_OBJECT_START NAME="
#define X "EXCLUDE_OBJECT NAME="

static const struct {
    const char *lines, *excluded, *current;
    int said;
} cases[] = {
    {"EXCLUDE_OBJECT_DEFINE NAME=a CENTER=1,2", "", "", 0},
    {S "a", "", "a", 0},
    {S "a\nEXCLUDE_OBJECT_END NAME=a", "", "", 0},
    {S "a\nEXCLUDE_OBJECT_END", "", "", 0},
    {S "a\nEXCLUDE_OBJECT_END NAME=b", "", "", 0}, // Klipper complains and ends it all the same
    {S "a\nEXCLUDE_OBJECT_START", "", "a", 0},
    {S "a\n" S "b", "", "b", 0},
    {X "a", "a", "", 1},
    {X "a\n" X "b\n" X "c", "a,b,c", "", 1},
    {X "a\n" X "A", "a", "", 0},
    {X "\"two words\"", "two words", "", 1},
    {X "Gr\xc3\xb6\xc3\x9f"
       "e",
     "Gr\xc3\xb6\xc3\x9f"
     "e",
     "", 1},
    {"exclude_object name=a", "a", "", 1},
    {S "a\nEXCLUDE_OBJECT CURRENT=1", "a", "a", 1},
    {S "a\nEXCLUDE_OBJECT NAME=b CURRENT=1", "b", "a", 1},
    {"EXCLUDE_OBJECT CURRENT=1", "", "", 0},
    {S "a\nEXCLUDE_OBJECT_END\nEXCLUDE_OBJECT CURRENT=1", "", "", 0},
    {"EXCLUDE_OBJECT", "", "", 0},
    {"EXCLUDE_OBJECT NAME=", "", "", 0},
    {X "a\n" X "b\n" X "c\n" X "b RESET=1", "a,c", "", 1},
    {X "a\n" X "bb\n" X "BB RESET=1\n" X "c", "a,c", "", 1},
    {X "a\n" X "b RESET=1", "a", "", 0},
    {X "a\n" X "b\nEXCLUDE_OBJECT RESET=1", "", "", 1},
    {"EXCLUDE_OBJECT RESET=1", "", "", 0},
    {X "a\n" S "b\nEXCLUDE_OBJECT_DEFINE RESET=1", "", "", 1},
    {"M486 T5", "", "", 0},
    {"M486 S3", "", "3", 0},
    {"M486 S3 A\"S4 P5\"", "", "3", 0},
    {"M486 S3\nM486 S-1", "", "", 0},
    {"M486 P2", "2", "", 1},
    {"M486 P2\nM486 P12\nM486 U2", "12", "", 1},
    {"M486 S7\nM486 C", "7", "7", 1},
    {"M486 C", "", "", 0},
    {"M486 P2\nM486 T5", "", "", 1},
    {"m486 s1\nm486 p1", "1", "1", 1},
    {"M486", "", "", 0},
    {"M486 S1 P4", "4", "1", 1},
};

static void each_line_does_its_own(void **unused)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)setup(unused);
        int said = run(cases[i].lines);
        const char *current = cases[i].current;
        uint32_t object = current[0] ? plr_object_hash(current, strlen(current)) : 0;
        if (said != cases[i].said || strcmp(list(), cases[i].excluded) ||
            strcmp(objects.current, current) || modal.object != object)
            fail_msg("'%s': %d, excluded '%s', current '%s'", cases[i].lines, said, list(),
                     objects.current);
    }
}

static void only_what_is_excluded_is_excluded(void **unused)
{
    (void)unused;
    assert_false(plr_objects_has(&objects, 0));
    run(X "Part_1\n" X "part_11");
    assert_true(plr_objects_has(&objects, plr_object_hash("part_1", 6)));
    assert_true(plr_objects_has(&objects, plr_object_hash("PART_11", 7)));
    assert_false(plr_objects_has(&objects, plr_object_hash("part_", 5)));
    assert_false(plr_objects_has(&objects, plr_object_hash("part_111", 8)));
    assert_false(plr_objects_has(&objects, 0));
    assert_false(objects.numbered);
    run("M486 P1");
    assert_true(objects.numbered);
}

/// What finds no room is said, and what was there stays.
static void no_room_is_said(void **unused)
{
    char line[128], name[PLR_OBJECT_NAME + 1];
    int kept = 0;

    (void)unused;
    memset(name, 'n', sizeof name);
    name[PLR_OBJECT_NAME] = 0;
    snprintf(line, sizeof line, X "%s", name);
    assert_int_equal(run(line), PLR_ENOSPC); // a byte too long
    assert_true(objects.full);
    assert_string_equal(list(), "");
    assert_int_equal(run("EXCLUDE_OBJECT RESET=1"), 1);
    assert_false(objects.full);
    while (kept < 100) {
        snprintf(line, sizeof line, X "%063d", kept);
        if (run(line) != 1)
            break;
        kept++;
    }
    assert_int_equal(kept, 7);
    assert_true(objects.full);
    assert_int_equal(objects.len, sizeof objects.names); // just full
    snprintf(line, sizeof line, X "%063d", 3);
    assert_int_equal(run(line), 0);
    strcat(line, " RESET=1");
    assert_int_equal(run(line), 1);
    assert_int_equal(run(X "0123456789012345678901234567890"), 1);
    assert_int_equal(run(X "01234567890123456789012345678901"), PLR_ENOSPC); // a byte too many
    assert_int_equal(run(X "1123456789012345678901234567890"), 1);
    assert_int_equal(objects.len, sizeof objects.names);
    assert_true(plr_objects_has(&objects, plr_object_hash("1123456789012345678901234567890", 31)));
    assert_true(objects.full);
}

/// Random excluding and readmitting, against a list that needs no bytes.
static void as_a_plain_list(void **unused)
{
    bool there[12] = {false};
    uint32_t seed = 1;
    char line[64];

    (void)unused;
    for (int n = 0; n < 20000 / PLR_TEST_THIN; n++) {
        seed = seed * 1664525u + 1013904223u;
        unsigned which = (seed >> 8) % 12;
        bool out = (seed >> 20) & 1u;
        // names of 1 to 12 letters
        snprintf(line, sizeof line, X "%.*s%s", (int)which + 1, "abcdefghijkl",
                 out ? "" : " RESET=1");
        assert_int_equal(run(line), there[which] != out);
        there[which] = out;
        uint32_t len = 0;
        for (unsigned i = 0; i < 12; i++) {
            assert_int_equal(plr_objects_has(&objects, plr_object_hash("abcdefghijkl", i + 1)),
                             there[i]);
            len += there[i] ? i + 2 : 0;
        }
        assert_int_equal(objects.len, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_line_does_its_own, setup),
        cmocka_unit_test_setup(only_what_is_excluded_is_excluded, setup),
        cmocka_unit_test_setup(no_room_is_said, setup),
        cmocka_unit_test_setup(as_a_plain_list, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
