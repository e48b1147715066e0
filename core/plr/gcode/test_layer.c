// Layers: marks of every slicer, doubled marks, files without marks, and real slices against their own footer.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/plr/gcode/gcode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct plr_modal modal;

/// Apply the lines of `text`; tells how many of them began a layer.
static int run(const char *text)
{
    int begun = 0;

    while (*text) {
        struct plr_gcode_line line;
        struct plr_action action;
        size_t len = strcspn(text, "\n");
        if (plr_gcode_lex(text, len, &line) || plr_modal_apply(&modal, &line, &action))
            fail_msg("'%.*s' is refused", (int)len, text);
        begun += action.new_layer;
        text += len + (text[len] == '\n');
    }
    return begun;
}

static void is(int32_t number, int32_t z_um, int32_t height_um, int32_t moves)
{
    assert_int_equal(modal.layer.number, number);
    assert_int_equal(modal.layer.z_nm, z_um * 1000);
    assert_int_equal(modal.layer.height_nm, height_um * 1000);
    assert_int_equal(modal.layer.moves, moves);
}

static int setup(void **state)
{
    (void)state;
    plr_modal_init(&modal);
    return run("M83\n") != 0;
}

static void test_prusa(void **state)
{
    (void)state;
    assert_int_equal(modal.layer.number, -1);
    assert_int_equal(run(";LAYER_CHANGE\n"), 0);
    assert_int_equal(run(";Z:0.2\n"), 1);
    is(0, 200, 200, 0);
    assert_int_equal(run(";HEIGHT:0.2\nG92 E0\nG1 Z.2\n;LAYER_CHANGE\n;Z:0.2\n"
                         "PLR_SAVE_PRINT_STATE_WITH_LAYER LAYER=0 LAYER_HEIGHT=0.2\n"),
                     0); // doubled marks are one layer
    assert_int_equal(run("G1 X1 E1\nG1 X2 E1\n"), 0);
    is(0, 200, 200, 2);
    assert_int_equal(run(";LAYER_CHANGE\n;Z:0.5\nG1 Z.5\nG1 X1 E1\n"), 1);
    is(1, 500, 300, 1);
    assert_int_equal(run("G1 Z9\nG1 X2 E1\n;Z:7\n"),
                     0); // with marks, moves and stray comments begin nothing
    is(1, 500, 300, 2);
    assert_int_equal(run(";LAYER_CHANGE\n;Z:0.2\n"), 1); // the next object
    is(2, 200, 200, 0);
}

static void test_stated(void **state)
{
    (void)state;
    assert_int_equal(run("PLR_SAVE_PRINT_STATE_WITH_LAYER LAYER=1 LAYER_HEIGHT=0.2\n"), 1);
    is(1, 200, 200, 0); // counted from 1: taken as stated
    assert_int_equal(run(";LAYER_CHANGE\n;Z:0.4\n"), 1);
    is(2, 400, 200, 0);
    assert_int_equal(run("PLR_SAVE_PRINT_STATE_WITH_LAYER LAYER=12 LAYER_HEIGHT=0.4\n"), 0);
    is(12, 400, 200, 0); // a stated number wins
    assert_int_equal(run("PLR_SAVE_PRINT_STATE_WITH_LAYER LAYER_HEIGHT=0.6\n"), 1);
    is(13, 600, 200, 0);
    assert_int_equal(run("PLR_SAVE_PRINT_STATE_WITH_LAYER LAYER=20\n"), 0); // no Z: no mark
    is(13, 600, 200, 0);
    assert_int_equal(run("PLR_SAVE_PRINT_STATE_WITH_LAYER LAYER=14 LAYER_HEIGHT=0.6004\n"), 0);
    is(14, 600, 200, 0); // the same height, printed otherwise
}

static void test_cura(void **state)
{
    (void)state;
    run("G1 Z.3 X9 E5\n"); // a purge line before the first mark is no layer
    assert_int_equal(run(";LAYER:0\n"), 0);
    assert_int_equal(run("G0 X1 Y1 Z.2\nG1 E1\n"), 0);
    assert_int_equal(run("G1 X2 E1\n"), 1);
    is(0, 200, 200, 1);
    assert_int_equal(run(";LAYER:1\nG0 Z1\nG1 X3\n;LAYER:2\nG0 Z.4\nG1 X4 E1\n"), 1);
    is(2, 400, 200, 1);                               // layer 1 printed nothing
    assert_int_equal(run(";LAYER:3\nG1 X5 E1\n"), 0); // same Z: the same layer by another number
    is(3, 400, 200, 2);
    assert_int_equal(run(";LAYER:-2\nG1 Z.6 X1 E1\n"), 1); // rafts count from below zero
    is(4, 600, 200, 1);
    assert_int_equal(run("; CHANGE_LAYER\n; Z_HEIGHT: 0.8\n"), 1); // a younger slicer's spelling
    is(5, 800, 200, 0);
}

static void test_unmarked(void **state)
{
    (void)state;
    assert_int_equal(run("G1 Z.3 F600\nG1 X10\nG1 E1\n"), 0);
    assert_int_equal(run("G1 X20 E1\n"), 1);
    is(0, 300, 300, 1);
    assert_int_equal(run("G1 Z.8\nG1 X0\nG1 Z.3\nG1 X20 E1\n"), 0); // a lift and back
    is(0, 300, 300, 2);
    assert_int_equal(run("G1 Z.5\nG1 X0 E1\nG1 X1 E1\n"), 1);
    is(1, 500, 200, 2);
    assert_int_equal(run("SET_GCODE_OFFSET Z=0.1 MOVE=1\nG1 X2 E1\n"), 0); // babysteps are no layer
    is(1, 500, 200, 3);
    assert_int_equal(modal.reached_z_nm, 600000);
    assert_int_equal(run("G1 Z.3 X3 E1\n"), 1);
    is(2, 300, 300, 1);
}

/// A number in a file's footer, in micro-units.
static int64_t footer(const char *text, const char *key)
{
    const char *found = strstr(text, key);
    int64_t micro;

    assert_non_null(found);
    found += strlen(key);
    assert_true(plr_gcode_number(found, strcspn(found, "\n"), &micro) > 0);
    return micro;
}

static char *read_whole(const char *path)
{
    FILE *file = fopen(path, "rb");

    if (!file)
        return NULL;
    char *text = calloc(1, 1 << 21);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 21) - 1, file) > 0);
    (void)fclose(file);
    return text;
}

/// Real slices: nothing unknown, as many layers as were sliced, and as much filament as the slicer says: the
/// growth of the high-water mark of E from the first mark on.
static void test_slices(void **state)
{
    static const struct {
        const char *path;
        int32_t layers, last;
        int64_t ppm; ///< the vase's footer counts filament that is not in the file
    } slices[] = {
        {"fixtures/gcode/tower_voron24.gcode", 150, 149, 10},
        {"fixtures/gcode/plate_absolute.gcode", 23, 22, 10},
        {"fixtures/gcode/objects_sequential.gcode", 75, 74, 10},
        {"fixtures/gcode/ender3_cube.gcode", 50, 49, 10},
        {"fixtures/gcode/trident_bracket.gcode", 80, 79, 10},
        {"fixtures/gcode/vase_spiral.gcode", 80, 79, 4000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof slices / sizeof *slices; i++) {
        char *text = read_whole(slices[i].path);
        if (!text)
            fail_msg("%s is missing: run from the source root", slices[i].path);
        plr_modal_init(&modal);
        int64_t e = 0, high = 0, used = 0;
        int32_t begun = 0;
        for (char *at = text; *at;) {
            struct plr_gcode_line line;
            struct plr_action action;
            size_t len = strcspn(at, "\n");
            assert_int_equal(plr_gcode_lex(at, len, &line), 0);
            assert_int_equal(plr_modal_apply(&modal, &line, &action), 0);
            assert_int_not_equal(action.kind, PLR_ACT_UNKNOWN);
            bool marked = modal.flags & PLR_MODAL_MARKED;
            begun += marked && action.new_layer;
            e += action.e_nm;
            if (e > high) {
                used += marked ? e - high : 0;
                high = e;
            }
            at += len + (at[len] == '\n');
        }
        int64_t stated = footer(text, "; filament used [mm] = ");
        int64_t off = used > stated ? used - stated : stated - used;
        if (off * 1000000 > stated * slices[i].ppm || begun != slices[i].layers ||
            modal.layer.number != slices[i].last)
            fail_msg("%s: %.3f mm instead of %.3f, %d layers, last %d", slices[i].path,
                     (double)used / 1e6, (double)stated / 1e6, begun, modal.layer.number);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_prusa, setup),  cmocka_unit_test_setup(test_stated, setup),
        cmocka_unit_test_setup(test_cura, setup),   cmocka_unit_test_setup(test_unmarked, setup),
        cmocka_unit_test_setup(test_slices, setup),
    };
    return cmocka_run_group_tests_name("layer", tests, NULL, NULL);
}
