// The parts of plr-resume: saved states and what is wrong with them, arcs, settings and objects, layers, writing, the man page.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/plr/journal/journal.h"
#include "core/resume/options.h"
#include "core/resume/resume.h"

static const char head[] =
    "M140 S60\nM104 S210\nG28\nM83\nG1 Z.2 F600\nG1 X10 Y10 F6000\nG1 X20 E1 F1200\n";

static char *made_text(const char *job, const struct resume_request *request, struct lab_error *err)
{
    struct resume_source source;
    struct resume_made *made = malloc(sizeof *made);

    assert_non_null(made);
    lab_error_clear(err);
    resume_source_use(&source, "job.gcode", job, strlen(job));
    char *text = resume_make(request, &source, made, err) ? NULL : made->text;
    free(made);
    return text;
}

/// The text for the last line of head + `job`.
static char *text_of(const char *job, enum resume_dialect dialect)
{
    char all[4096];
    struct resume_request request;
    struct lab_error err;

    resume_request_init(&request);
    request.dialect = dialect;
    request.place = RESUME_AT_BYTE;
    snprintf(all, sizeof all, "%s%s", head, job);
    request.byte = strlen(all) - 1;
    char *text = made_text(all, &request, &err);
    if (!text)
        fail_msg("%s: %s", job, err.message);
    return text;
}

// --- what is said again ----------------------------------------------------------------------------

struct said {
    const char *job; ///< lines behind the head; the last is the running one
    enum resume_dialect dialect;
    const char *want, *never; ///< in the text; NULL: nothing
};

static void test_said(void **state)
{
    static const struct said cases[] = {
        {"SET_PRESSURE_ADVANCE ADVANCE=0.05 ; why\nG1 X1", RESUME_KLIPPER,
         "\nSET_PRESSURE_ADVANCE ADVANCE=0.05\n", "why"},
        {"M900 K.2\nM900 K.3\nG1 X1", RESUME_MARLIN, "\nM900 K.3\n", "M900 K.2"},
        {"M572 D0 S.03\nG1 X1", RESUME_RRF, "\nM572 D0 S.03\n", NULL},
        {"N3 M201 X500*110\nG1 X1", RESUME_MARLIN, "\nM201 X500\n", NULL},
        {"M204 P800 T900\nM204 P700 T900\nG1 X1", RESUME_MARLIN, "\nM204 P700 T900\n", "P800"},
        {"SET_VELOCITY_LIMIT ACCEL=500\nSET_VELOCITY_LIMIT VELOCITY=90\nG1 X1", RESUME_KLIPPER,
         "ACCEL=500\nSET_VELOCITY_LIMIT VELOCITY=90\n", NULL},
        {"SET_FAN_SPEED FAN=a SPEED=.5\nSET_FAN_SPEED FAN=b SPEED=1\nG1 X1", RESUME_KLIPPER,
         "FAN=a SPEED=.5\nSET_FAN_SPEED FAN=b SPEED=1\n", NULL},
        {"EXCLUDE_OBJECT_DEFINE NAME=a\nEXCLUDE_OBJECT NAME=a\nEXCLUDE_OBJECT_START NAME=b\nG1 X1",
         RESUME_KLIPPER, "DEFINE NAME=a\nEXCLUDE_OBJECT NAME=a\n", NULL},
        {"EXCLUDE_OBJECT NAME=a\nEXCLUDE_OBJECT NAME=b\nEXCLUDE_OBJECT NAME=a RESET=1\nG1 X1",
         RESUME_KLIPPER,
         "\nEXCLUDE_OBJECT NAME=a\nEXCLUDE_OBJECT NAME=b\nEXCLUDE_OBJECT NAME=a RESET=1\n", NULL},
        {"EXCLUDE_OBJECT NAME=a\nEXCLUDE_OBJECT RESET=1\nG1 X1", RESUME_KLIPPER, NULL, "NAME=a"},
        {"M486 P1\nM486 P2\nM486 U1\nG1 X1", RESUME_RRF, "\nM486 P1\nM486 P2\nM486 U1\n", NULL},
        {"EXCLUDE_OBJECT_START NAME=b\nG1 X1", RESUME_KLIPPER, "\nEXCLUDE_OBJECT_START NAME=b\n",
         NULL},
        {"EXCLUDE_OBJECT_START NAME=b\nEXCLUDE_OBJECT_END NAME=b\nG1 X1", RESUME_KLIPPER, NULL,
         "OBJECT_START"},
        {"M486 T2\nM486 S0 A\"x\"\nM486 P1\nM486 S1\nG1 X1", RESUME_RRF,
         "\nM486 T2\nM486 S0 A\"x\"\nM486 P1\n", NULL},
        {"G20\nM201 X20\nG21\nG1 X1", RESUME_MARLIN, "\nG20\nM201 X20\nG21\n", NULL},
        {"M106 S128\nM106 P2 S255\nG1 X1", RESUME_MARLIN, "\nM106 P2 S255\n", NULL},
        {"M106 S128\nG1 X1", RESUME_MARLIN, "\nM106 S128\n", NULL},
        {"SET_GCODE_OFFSET Z=.05 MOVE=1\nG1 X1", RESUME_KLIPPER,
         "\nSET_GCODE_OFFSET X=0 Y=0 Z=0.05\n", NULL},
        {"M290 Z.05\nG1 X1", RESUME_MARLIN, "G92 X20 Y10 Z0.2\n", "M290"},
        {"BED_MESH_PROFILE LOAD=pei\nG1 X1", RESUME_KLIPPER, "\nBED_MESH_PROFILE LOAD=\"pei\"\n",
         NULL},
        {"G10\nG1 X1", RESUME_MARLIN, "\nG10\n", NULL},
        {"T1\nM104 S200\nG1 X1", RESUME_KLIPPER,
         "\nM104 T0 S210\nM104 S200\nTEMPERATURE_WAIT SENSOR=extruder1 MINIMUM=198\n", NULL},
        {"G1 E-2\nG1 X1", RESUME_MARLIN, "\nG1 E-2 F1800\n", "G1 E0"},
        {"G1 X1\r\nG1 X2", RESUME_KLIPPER, "\n", NULL},
        {"PLR_ENABLE\nG1 X1", RESUME_KLIPPER, "\nPLR_ENABLE\n", NULL},
        {"G1 X1", RESUME_KLIPPER, "\nG28 X Y\n", "G28\n"},
        {"G1 X1", RESUME_MARLIN, "\nG28 R0 X Y\n", "KINEMATIC"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = text_of(cases[i].job, cases[i].dialect);
        if (cases[i].want && !strstr(text, cases[i].want))
            fail_msg("case %zu: no '%s' in:\n%s", i, cases[i].want, text);
        if (cases[i].never && strstr(text, cases[i].never))
            fail_msg("case %zu: '%s' in:\n%s", i, cases[i].never, text);
        free(text);
    }
}

/// A file that says SET_KINEMATIC_POSITION says what that needs, and no other does.
static void test_force_move(void **state)
{
    char all[512];
    struct resume_request request;
    struct lab_error err;

    (void)state;
    snprintf(all, sizeof all, "%sG1 X30 E1\n", head);
    for (int dialect = 0; dialect < RESUME_DIALECTS; dialect++)
        for (int z = RESUME_Z_DEFAULT; z <= RESUME_Z_MACHINE; z++) {
            resume_request_init(&request);
            request.place = RESUME_AT_BYTE;
            request.byte = strlen(head);
            request.dialect = (enum resume_dialect)dialect;
            request.z_from = (enum resume_z)z;
            char *text = made_text(all, &request, &err);
            assert_non_null(text);
            bool says = strstr(text, "[force_move] with enable_force_move: True") != NULL;
            bool uses = strstr(text, "\nSET_KINEMATIC_POSITION") != NULL;
            if (says != uses || uses != (dialect == RESUME_KLIPPER && z != RESUME_Z_MACHINE))
                fail_msg("%s, Z from %s: %s", resume_dialect_name(request.dialect),
                         resume_z_name((enum resume_z)z), text);
            free(text);
        }
}

/// Nothing goes down or sideways before the nozzle is warm and lifted, and nothing is hot before it is clear.
static void test_order(void **state)
{
    static const char *const order[] = {"M140 S60", "M104 S126",  "M109 S126",        "G92 X20",
                                        "G1 Z10.2", "G28 R0 X Y", "M190 S60",         "M104 S210",
                                        "G1 E15",   "G1 E-0.8",   "G1 X20 Y10 F6000", "G1 Z0.2",
                                        "G1 E0.8"};
    char *text = text_of("G1 X1", RESUME_MARLIN);
    const char *at = text;

    (void)state;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const char *found = strstr(at, order[i]);
        if (!found)
            fail_msg("'%s' does not come where it should:\n%s", order[i], text);
        at = found;
    }
    free(text);
}

/// The nozzle is believed to stand where it stopped, offset and part of the move included, and the offset counts once.
static void test_stand(void **state)
{
    char all[512];
    struct resume_state *s = calloc(1, sizeof *s);
    struct resume_request request;
    struct lab_error err;

    (void)state;
    snprintf(all, sizeof all, "%sSET_GCODE_OFFSET Z=.05 MOVE=1\nG1 X30 E1\n", head);
    resume_request_init(&request);
    *s = (struct resume_state){.ours = true, .tool = -1, .layer = -1, .fraction_ppm = 500000};
    s->file_position = strlen(all) - 5;
    request.state = s;
    request.split_move = true;
    request.z_from = RESUME_Z_KEPT;
    char *text = made_text(all, &request, &err);
    assert_non_null(text);
    assert_non_null(strstr(text, "SET_KINEMATIC_POSITION X=25 Y=10 Z=0.25\n"));
    assert_non_null(strstr(text, "SET_GCODE_OFFSET X=0 Y=0 Z=0.05\nG1 Z10.2 F600\n"));
    assert_non_null(strstr(text, "\nG1 X30 E0.5 F1200\n"));
    free(text);
    free(s);
}

static void test_thumbnail_and_crlf(void **state)
{
    static const char job[] =
        "; thumbnail begin 16x16 8\r\n; AAAA\r\n; thumbnail end\r\nM104 S210\r\nM83\r\n"
        "G1 X5 E1\r\nG1 X9 E1\r\n";
    struct resume_request request;
    struct lab_error err;

    (void)state;
    resume_request_init(&request);
    request.place = RESUME_AT_BYTE;
    request.byte = sizeof job - 4;
    char *text = made_text(job, &request, &err);
    assert_non_null(text);
    assert_non_null(strstr(text, "; thumbnail begin 16x16 8\r\n; AAAA\r\n; thumbnail end\r\n"));
    for (const char *feed = text; (feed = strchr(feed, '\n')) != NULL; feed++)
        assert_int_equal(feed[-1], '\r');
    free(text);
}

struct card {
    const char *given, *saved; ///< path typed; current_file of the state, NULL none
    const char *want;          ///< what M23 takes
    bool warns;
};

/// The file that goes on is the one that was given, with its folder: not a namesake at the top of the card.
static void test_in_place_folder(void **state)
{
    static const struct card cases[] = {
        {"sub/t.gcode", NULL, "sub/t.gcode", false},
        {"./a b/t.gcode", NULL, "a b/t.gcode", false},
        {"t.gcode", NULL, "t.gcode", false},
        {"/home/pi/printer_data/gcodes/sub/t.gcode", NULL, "sub/t.gcode", false},
        {"/tmp/t.gcode", NULL, "t.gcode", true},
        {"../gcodes/t.gcode", NULL, "t.gcode", true},
        {"/tmp/t.gcode", "sub/t.gcode", "sub/t.gcode", false},
        {"sub/t.gcode", "t.gcode", "sub/t.gcode", false},
        {"sub/t.gcode", "sub/other.gcode", "sub/t.gcode", false},
        // 47 bytes are the end of a longer name
        {"sub/t.gcode", "ng/345678901234567890123456789012345678/t.gcode", "sub/t.gcode", false},
    };
    char all[512], want[128];
    struct resume_state *s = calloc(1, sizeof *s);
    struct resume_request request;
    struct resume_source job;
    struct resume_made *made = malloc(sizeof *made);
    struct lab_error err;

    (void)state;
    assert_non_null(made);
    int size = snprintf(all, sizeof all, "%sG1 X30 E1\n", head);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        resume_request_init(&request);
        request.in_place = true;
        *s = (struct resume_state){.ours = true, .tool = -1, .layer = -1};
        s->file_position = strlen(head);
        s->has_name = cases[i].saved != NULL;
        snprintf(s->name, sizeof s->name, "%s", cases[i].saved ? cases[i].saved : "");
        request.state = s;
        resume_source_use(&job, cases[i].given, all, (size_t)size);
        lab_error_clear(&err);
        assert_int_equal(resume_make(&request, &job, made, &err), 0);
        snprintf(want, sizeof want, "\nM23 %s\n", cases[i].want);
        if (!strstr(made->text, want) ||
            (strstr(made->text, "; ! M23 takes") != NULL) != cases[i].warns)
            fail_msg("case %zu: %s", i, made->text);
        resume_made_free(made);
    }
    free(made);
    free(s);
}

static void test_in_place(void **state)
{
    char all[512];
    struct resume_request request;
    struct lab_error err;

    (void)state;
    snprintf(all, sizeof all, "%sG1 X30 E1\n", head);
    resume_request_init(&request);
    request.place = RESUME_AT_BYTE;
    request.byte = strlen(head);
    request.in_place = true;
    char *text = made_text(all, &request, &err), want[64];
    snprintf(want, sizeof want, "\nM26 S%zu\nM24", strlen(head));
    assert_non_null(text);
    assert_non_null(strstr(text, "\nM23 job.gcode\n"));
    assert_non_null(strstr(text, want));
    free(text);
    request.dialect = RESUME_MARLIN;
    assert_null(made_text(all, &request, &err));
    assert_non_null(strstr(err.message, "--in-place"));
}

// --- saved states ----------------------------------------------------------------------------------

struct bad_state {
    const char *text;
    int line, column;
    const char *says;
};

static void test_bad_states(void **state)
{
    static const struct bad_state cases[] = {
        {"{", 1, 1, "no JSON"},
        {"[]", 1, 1, "object"},
        {"{}", 1, 1, "file_progress.position"},
        {"{\"file_progress\": 3}", 1, 2, "must be an object"},
        {"{\n  \"file_progress\": {\"position\": -1}}", 2, 21, "'file_progress.position'"},
        {"{\"position\": {\"x\": \"1\"},\n \"file_progress\": {\"position\": 1}}", 1, 15,
         "'position.x' must be a number"},
        {"{\"schema\": \"plr-state/9\", \"file_progress\": {\"position\": 1}}", 1, 2,
         "plr-state/1"},
        {"{\"file_progress\": {\"position\": 1}, \"hotend_temp\": 1e9}", 1, 36, "between"},
        {"{\"file_progress\": {\"position\": 1},\n\"window\": {\"offset\": 0, \"size\": 4, "
         "\"crc32c\": \"12\"}}",
         2, 36, "eight hexadecimal"},
        {"{\"file_progress\": {\"position\": 1, \"fraction_ppm\": 1000001}}", 1, 35,
         "fraction_ppm"},
        {"{\"active_extruder\": \"extruder9\", \"file_progress\": {\"position\": 1}}", 1, 2,
         "active_extruder"},
        {"{\"excluded_objects\": [1], \"file_progress\": {\"position\": 1}}", 1, 2,
         "list of names"},
    };
    struct resume_state *s = malloc(sizeof *s);
    struct lab_error err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lab_error_clear(&err);
        int error = resume_state_parse(s, "s.json", cases[i].text, strlen(cases[i].text), &err);
        if (error != LAB_EINVAL || !strstr(err.message, cases[i].says) ||
            err.line != cases[i].line || err.column != cases[i].column)
            fail_msg("case %zu: %d, %d:%d: %s", i, error, err.line, err.column, err.message);
    }
    free(s);
}

static void test_plugin_state(void **state)
{
    static const char text[] =
        "{\"position\": {\"x\": 150.0, \"y\": 150.0, \"z\": 0.2}, \"xyz_offsets\": {\"x\": 0.0, "
        "\"y\": 0.0, "
        "\"z\": 0.1}, \"fan_speeds\": {\"fan\": 0.5}, \"layer\": 1, \"layer_height\": 0.2, "
        "\"file_progress\": {\"position\": 10000, \"total_size\": 100000, \"progress_pct\": 10.0}, "
        "\"active_extruder\": \"extruder\", \"hotend_temp\": 240.0, \"bed_temp\": 110.0, "
        "\"current_file\": \"benchy.gcode\", \"something\": [1, {\"position\": 3}]}";
    struct resume_state *s = malloc(sizeof *s);
    struct lab_error err;

    (void)state;
    lab_error_clear(&err);
    assert_int_equal(resume_state_parse(s, "s.json", text, sizeof text - 1, &err), 0);
    assert_false(s->ours);
    assert_int_equal(s->file_position, 10000);
    assert_int_equal(s->total_size, 100000);
    assert_int_equal(s->offset_nm[2], 100000);
    assert_int_equal(s->position_nm[0], 150000000);
    assert_int_equal(s->hotend_mc, 240000);
    assert_int_equal(s->bed_mc, 110000);
    assert_int_equal(s->fan_ppm, 500000);
    assert_int_equal(s->layer, 1);
    assert_int_equal(s->tool, 0);
    assert_string_equal(s->name, "benchy.gcode");
    free(s);
}

/// The part fan's speed is that of our own state, and of the job when the plugin saved it.
static void test_fan_of_state(void **state)
{
    char all[512];
    struct resume_state *s = calloc(1, sizeof *s);
    struct resume_request request;
    struct lab_error err;

    (void)state;
    snprintf(all, sizeof all, "%sM106 S128\nG1 X30 E1\n", head);
    *s = (struct resume_state){.tool = -1, .layer = -1, .has_fan = true, .fan_ppm = 200000};
    s->file_position = strlen(all) - 5;
    for (int ours = 0; ours < 2; ours++) {
        resume_request_init(&request);
        request.state = s;
        s->ours = ours;
        char *text = made_text(all, &request, &err);
        assert_non_null(text);
        assert_non_null(strstr(text, ours ? "\nM106 S51\n" : "\nM106 S128\n"));
        free(text);
    }
    free(s);
}

/// Saved objects are excluded, whatever the file says of them; more than were saved is a warning.
static void test_excluded_by_state(void **state)
{
    static const char saved[] =
        "{\"schema\": \"plr-state/1\", \"file_progress\": {\"position\": %zu},\n"
        "\"excluded_objects\": [\"a\", \"two words\"], \"excluded_objects_full\": %s}";
    char all[512], json[256];
    struct resume_state *s = calloc(1, sizeof *s);
    struct resume_request request;
    struct lab_error err;

    (void)state;
    snprintf(all, sizeof all, "%sEXCLUDE_OBJECT NAME=taken_back\nG1 X30 E1\n", head);
    for (int full = 0; full < 2; full++) {
        snprintf(json, sizeof json, saved, strlen(all) - 5, full ? "true" : "false");
        assert_int_equal(resume_state_parse(s, "s.json", json, strlen(json), &err), 0);
        resume_request_init(&request);
        request.state = s;
        char *text = made_text(all, &request, &err);
        assert_non_null(text);
        assert_non_null(
            strstr(text, "\nEXCLUDE_OBJECT NAME=a\nEXCLUDE_OBJECT NAME=\"two words\"\n"));
        assert_null(strstr(text, "taken_back"));
        assert_int_equal(strstr(text, "; ! more objects were excluded") != NULL, full);
        free(text);
        request.dialect = RESUME_RRF;
        text = made_text(all, &request, &err);
        assert_null(strstr(text, "\nM486 P"));
        assert_non_null(strstr(text, "; ! 2 of the excluded objects WILL BE PRINTED"));
        assert_non_null(strstr(text, "; ! excluded, but nothing here can say so: two words\n"));
        free(text);
    }
    free(s);
}

struct cancelled {
    const char *job, *names; ///< lines behind the head; names as in the state
    enum resume_dialect dialect;
    const char *want, *never;
};

/// A saved name is said as the job tells its objects apart; one that it does not know is never taken for another.
static void test_excluded_number(void **state)
{
#define TWO  "M486 T2\nM486 S0 A\"cube\"\nM486 S1 A\"a cone\"\nM486 S-1\n"
#define MANY "WILL BE PRINTED"
    static const struct cancelled cases[] = {
        {TWO, "\"a cone\"", RESUME_RRF, "\nM486 P1\n", MANY},
        {TWO, "\"CUBE\"", RESUME_MARLIN, "\nM486 P0\n", MANY},
        {TWO, "\"1\"", RESUME_MARLIN, "\nM486 P1\nM486 S-1\n", MANY},
        {TWO, "\"1\"", RESUME_KLIPPER, "\nM486 P1\nM486 S-1\n", "EXCLUDE_OBJECT"},
        {TWO, "\"2\"", RESUME_RRF, MANY ", the first is 2", "M486 P"},
        {TWO, "\"cubes\", \"cub\", \"cube\"", RESUME_RRF, "2 of the excluded objects " MANY,
         "M486 P1"},
        {"M486 S0\nM486 Aone\nM486 S3\nM486 Atwo words\nM486 S-1\n", "\"two words\"", RESUME_MARLIN,
         "\nM486 S3\nM486 Atwo words\nM486 P3\nM486 S-1\n", MANY},
        {"M486 T2\nEXCLUDE_OBJECT_DEFINE NAME=a\nEXCLUDE_OBJECT_DEFINE NAME=b\n", "\"B\"",
         RESUME_MARLIN, "\nM486 P1\n", MANY},
        {"EXCLUDE_OBJECT_DEFINE NAME=a\n", "\"a\"", RESUME_RRF, "this job has no M486", "M486 P0"},
        {"EXCLUDE_OBJECT_DEFINE NAME=a\n", "\"A\"", RESUME_KLIPPER, "\nEXCLUDE_OBJECT NAME=A\n",
         "not defined"},
        {"EXCLUDE_OBJECT_DEFINE NAME=a\n", "\"b\"", RESUME_KLIPPER,
         "; ! 1 of the excluded objects are not defined in this job, the first is b", MANY},
    };
    char all[1024], json[256];
    struct resume_state *s = calloc(1, sizeof *s);
    struct resume_request request;
    struct lab_error err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(all, sizeof all, "%s%sG1 X30 E1\n", head, cases[i].job);
        snprintf(json, sizeof json,
                 "{\"schema\": \"plr-state/1\", \"file_progress\": {\"position\": %zu}, "
                 "\"excluded_objects\": [%s]}",
                 strlen(all) - 5, cases[i].names);
        assert_int_equal(resume_state_parse(s, "s.json", json, strlen(json), &err), 0);
        resume_request_init(&request);
        request.dialect = cases[i].dialect;
        request.state = s;
        char *text = made_text(all, &request, &err);
        assert_non_null(text);
        if (!strstr(text, cases[i].want) || strstr(text, cases[i].never))
            fail_msg("case %zu: no '%s', or '%s', in:\n%s", i, cases[i].want, cases[i].never, text);
        free(text);
    }
    free(s);
}

/// Size and window of the file are looked at, and --any-file passes both.
static void test_identity(void **state)
{
    char all[512];
    struct resume_state *s = calloc(1, sizeof *s);
    struct resume_request request;
    struct lab_error err;

    (void)state;
    snprintf(all, sizeof all, "%sG1 X30 E1\n", head);
    size_t size = strlen(all);
    resume_request_init(&request);
    request.state = s;
    *s = (struct resume_state){.ours = true,
                               .has_size = true,
                               .total_size = size,
                               .has_window = true,
                               .window_at = 5,
                               .window_size = 20,
                               .tool = -1,
                               .layer = -1,
                               .file_position = strlen(head)};
    s->window_crc = plr_crc32c(0, all + 5, 20);
    char *text = made_text(all, &request, &err);
    assert_non_null(text);
    free(text);
    all[17] ^= 1;
    assert_null(made_text(all, &request, &err));
    assert_non_null(strstr(err.message, "bytes 5 to 24"));
    request.any_file = true;
    text = made_text(all, &request, &err);
    assert_non_null(text);
    free(text);
    request.any_file = false;
    s->total_size++;
    assert_null(made_text(all, &request, &err));
    assert_non_null(strstr(err.message, "bytes, the saved state says"));
    free(s);
}

// --- layers, arcs, files -------------------------------------------------------------------------------

/// The layer that is reported is the one that was asked for: the one that runs from there on.
static void test_layer_said(void **state)
{
    struct resume_source job;
    struct resume_request request;
    struct resume_made *made = malloc(sizeof *made);
    struct lab_error err;

    (void)state;
    assert_non_null(made);
    lab_error_clear(&err);
    assert_int_equal(resume_source_open(&job, "fixtures/gcode/tower_voron24.gcode", &err), 0);
    resume_request_init(&request);
    request.dialect = RESUME_KLIPPER;
    request.place = RESUME_AT_LAYER;
    for (request.layer = 1; request.layer < 150; request.layer += 20) {
        assert_int_equal(resume_make(&request, &job, made, &err), 0);
        assert_int_equal(made->layer, request.layer);
        resume_made_free(made);
    }
    resume_source_close(&job);
    free(made);
}

static void test_layers(void **state)
{
    static const char job[] =
        "M83\nG1 X1 Y1 Z.2\nG1 X9 E1\n;LAYER_CHANGE\n;Z:.2\nG1 X1 E1\n;LAYER_CHANGE\n;Z:.4\n"
        "G1 Z.4\nG1 X5 E1\n;LAYER_CHANGE\n;Z:.2\nG1 X1 E1\n";
    struct resume_source source;
    struct resume_layers l;
    struct lab_error err;

    (void)state;
    lab_error_clear(&err);
    resume_source_use(&source, "j", job, sizeof job - 1);
    assert_int_equal(resume_find(&source, 1, 0, &l, &err), 0);
    assert_true(l.found);
    assert_memory_equal(job + l.at, ";Z:.4", 5);
    assert_int_equal(l.first, 0);
    assert_int_equal(l.last, 2);
    assert_int_equal(resume_find(&source, 7, 0, &l, &err), 0);
    assert_false(l.found);
    assert_int_equal(resume_find(&source, -1, 0, &l, &err), 0);
    assert_int_equal(l.number, 0); // of the marks: what moved before them was no layer
    assert_memory_equal(job + l.at, ";Z:.2", 5);
    // complete up to 0.2: the next layer, also when it was not measured well
    for (int64_t z_nm = 101000; z_nm < 300000; z_nm += 1000) {
        assert_int_equal(resume_find(&source, -1, z_nm, &l, &err), 0);
        assert_int_equal(l.number, 1);
        assert_int_equal(l.times, 1);
    }
    assert_int_equal(resume_find(&source, -1, 99000, &l, &err), 0);
    assert_int_equal(l.number, 0);
    assert_int_equal(resume_find(&source, -1, 301000, &l, &err), 0);
    assert_false(l.found);
    assert_int_equal(l.high_nm, 400000);
}

/// A measured part is complete up to that height: its last layer is not printed twice, and the head says so.
static void test_measured_height(void **state)
{
    static const char job[] = "M104 S210\nM83\nG1 X1 Y1 Z.2 F600\nG1 X9 E1\nG1 Z.4\nG1 X5 E1\n"
                              "G1 Z.6\nG1 X9 E1\n";
    struct resume_request request;
    struct lab_error err;

    (void)state;
    resume_request_init(&request);
    request.place = RESUME_AT_Z;
    request.z_nm = 380000;
    char *text = made_text(job, &request, &err);
    assert_non_null(text);
    assert_non_null(strstr(text, "layer 2, Z 0.6 mm"));
    assert_non_null(strstr(text, "; - the part is complete up to Z 0.4 mm, the layer nearest to "
                                 "--at-z 0.38; that layer is not printed again\n"));
    free(text);
    request.z_nm = 600000;
    assert_null(made_text(job, &request, &err));
    assert_non_null(strstr(err.message, "lacks no layer"));
}

static const double two_pi = 6.283185307179586;

static void test_arcs(void **state)
{
    (void)state;
    for (int n = 0; n < 20000; n++) {
        double a = n * 0.7137, b = n * 1.9171, r = 1e4 + (n % 97) * 3e6;
        int64_t from[2] = {llround(r * cos(a)), llround(r * sin(a))}, point[2];
        int64_t to[2] = {n % 5 ? llround(r * cos(b)) : from[0],
                         n % 5 ? llround(r * sin(b)) : from[1]};
        bool clockwise = n & 1;
        int32_t ppm = (int32_t)((int64_t)n * 7919 % 1000001);
        double start = atan2((double)from[1], (double)from[0]);
        double sweep = atan2((double)to[1], (double)to[0]) - start;
        if (clockwise)
            sweep = -sweep;
        while (sweep < 0)
            sweep += two_pi;
        if (from[0] == to[0] && from[1] == to[1])
            sweep = two_pi;
        double end = start + (clockwise ? -sweep : sweep) * ppm * 1e-6;
        double radius = hypot((double)from[0], (double)from[1]);
        resume_arc_point(from, to, clockwise, ppm, point);
        double off =
            hypot((double)point[0] - radius * cos(end), (double)point[1] - radius * sin(end));
        if (off > 5)
            fail_msg("arc %d is off by %.1f nm", n, off);
    }
}

static void test_write(void **state)
{
    char folder[] = "/tmp/test_resume.XXXXXX", path[128], job_path[128];
    struct resume_made made = {.text = (char *)(uintptr_t) "head\n", .size = 5, .tail_at = 3};
    struct resume_source job;
    struct lab_error err;
    char back[64] = "";

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out.gcode", folder);
    snprintf(job_path, sizeof job_path, "%s/caf\xc3\xa9 job.gcode", folder);
    FILE *file = fopen(job_path, "w");
    assert_non_null(file);
    fputs("G1 X1\nG1 X2\n", file);
    fclose(file);
    lab_error_clear(&err);
    assert_int_equal(resume_source_open(&job, job_path, &err), 0);
    assert_int_equal(resume_write(&made, &job, path, &err), 0);
    file = fopen(path, "r");
    assert_non_null(file);
    back[fread(back, 1, sizeof back - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(back, "head\nX1\nG1 X2\n");
    assert_int_equal(resume_write(&made, &job, job_path, &err), LAB_EINVAL); // never the job
    assert_non_null(strstr(err.message, "the job itself"));
    job.size++; // it shrank meanwhile: nothing is left behind
    lab_error_clear(&err);
    unlink(path);
    assert_int_not_equal(resume_write(&made, &job, path, &err), 0);
    assert_int_not_equal(access(path, F_OK), 0);
    resume_source_close(&job);
    unlink(job_path);
    assert_int_equal(rmdir(folder), 0); // no temporary file either
}

/// What is no regular file is written into and stays what it is; a link stays a link.
static void test_write_special(void **state)
{
    static const char place[] = "/tmp/test_special.XXXXXX";
    char folder[sizeof place], pipe_path[64], link_path[64], target[64], back[32] = "";
    struct resume_made made = {.text = (char *)(uintptr_t) "head\n", .size = 5, .tail_at = 0};
    struct resume_source job;
    struct lab_error err;
    struct stat about;

    (void)state;
    memcpy(folder, place, sizeof place);
    assert_non_null(mkdtemp(folder));
    snprintf(pipe_path, sizeof pipe_path, "%s/pipe", folder);
    snprintf(link_path, sizeof link_path, "%s/link", folder);
    snprintf(target, sizeof target, "%s/target", folder);
    resume_source_use(&job, "j", "G1 X1\n", 6);
    lab_error_clear(&err);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    int reader = open(pipe_path, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    assert_int_equal(resume_write(&made, &job, pipe_path, &err), 0);
    assert_int_equal(read(reader, back, sizeof back), 11);
    assert_string_equal(back, "head\nG1 X1\n");
    close(reader);
    assert_int_equal(lstat(pipe_path, &about), 0);
    assert_true(S_ISFIFO(about.st_mode));
    fclose(fopen(target, "w"));
    assert_int_equal(symlink("target", link_path), 0);
    assert_int_equal(resume_write(&made, &job, link_path, &err), 0);
    assert_int_equal(lstat(link_path, &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    assert_int_equal(stat(target, &about), 0);
    assert_int_equal(about.st_size, 11);
    assert_int_equal(resume_write(&made, &job, folder, &err), -EISDIR);
    unlink(link_path);
    unlink(target);
    unlink(pipe_path);
    assert_int_equal(rmdir(folder), 0);
}

// --- the command line ------------------------------------------------------------------------------

/// The committed page is what the tables say; PLR_UPDATE_GOLDEN=1 writes it anew.
static void test_man(void **state)
{
    static const char path[] = "docs/man/plr-resume.1";
    char *made = NULL, *committed = calloc(1, 1 << 16);
    size_t size = 0;
    FILE *memory = open_memstream(&made, &size);

    (void)state;
    assert_non_null(memory);
    assert_non_null(committed);
    lab_cli_man(resume_program(), memory);
    fclose(memory);
    if (getenv("PLR_UPDATE_GOLDEN")) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        fputs(made, out);
        fclose(out);
    }
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    assert_true(fread(committed, 1, (1 << 16) - 1, in) > 0);
    fclose(in);
    assert_string_equal(made, committed);
    free(made);
    free(committed);
}

/// The completion offers every option.
static void test_completion(void **state)
{
    const struct lab_cli_program *program = resume_program();
    char text[8192] = "", want[64];
    FILE *in = fopen("docs/completion/plr-resume.bash", "r");

    (void)state;
    assert_non_null(in);
    text[fread(text, 1, sizeof text - 1, in)] = '\0';
    fclose(in);
    for (int n = 0; n < program->options; n++) {
        snprintf(want, sizeof want, "--%s", program->option[n].name);
        if (!strstr(text, want))
            fail_msg("the completion does not know %s", want);
    }
}

struct line {
    const char *words[8];
    const char *says; ///< NULL: fine
};

static void test_options(void **state)
{
    static const struct line lines[] = {
        {{"--at-byte", "5", "j", "--dialect", "rrf", "-oO"}, NULL},
        {{"s", "j", "--dialect=marlin", "-oO", "--split-move", "--z-from", "kept"}, NULL},
        {{"--at-z", "5.2", "j", "--dialect=marlin", "-oO", "--z-from", "at:5.2"}, NULL},
        {{"j", "--dialect", "rrf", "-oO"}, "where to go on"},
        {{"s", "j", "--at-byte=1", "--dialect", "rrf", "-oO"}, "only one"},
        {{"s", "j", "-oO"}, "--dialect is missing"},
        {{"s", "j", "--dialect", "rrf"}, "-o FILE"},
        {{"s", "j", "--dialect", "marln", "-oO"}, "did you mean 'marlin'"},
        {{"--at-layer", "-1", "j", "--dialect", "rrf", "-oO"}, "--at-layer wants"},
        {{"--at-byte", "99999999999999999999", "j", "--dialect", "rrf", "-oO"}, "too large"},
        {{"--at-layer", "1", "j", "--dialect", "rrf", "-oO", "--split-move"}, "--split-move"},
        {{"s", "j", "--dialect", "rrf", "-oO", "--z-from", "up"}, "--z-from"},
        {{"s", "j", "--dialect", "rrf", "-oO", "--hotend", "900"}, "--hotend"},
        {{"s", "j", "--dialect", "rrf", "-oO", "--prime-at", "5"}, "--prime-at"},
        {{"s", "j", "--dialect", "rrf", "-oO", "--lift=1x"}, "--lift"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const char *argv[10] = {"plr-resume"};
        struct resume_options o;
        struct resume_request request;
        struct lab_error err;
        char message[256];
        int argc = 1;
        for (int n = 0; n < 8 && lines[i].words[n]; n++)
            argv[argc++] = lines[i].words[n];
        lab_error_clear(&err);
        assert_int_equal(
            lab_cli_parse(resume_program(), argc, argv, &o.cli, message, sizeof message), 0);
        int error = resume_options_take(&o, &request, &err);
        if (lines[i].says ? !error || !strstr(err.message, lines[i].says) : error)
            fail_msg("line %zu: %d: %s", i, error, err.message);
        lab_cli_free(&o.cli);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_said),
        cmocka_unit_test(test_force_move),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_stand),
        cmocka_unit_test(test_thumbnail_and_crlf),
        cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_in_place_folder),
        cmocka_unit_test(test_bad_states),
        cmocka_unit_test(test_plugin_state),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_fan_of_state),
        cmocka_unit_test(test_excluded_by_state),
        cmocka_unit_test(test_excluded_number),
        cmocka_unit_test(test_layer_said),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_measured_height),
        cmocka_unit_test(test_arcs),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_write_special),
        cmocka_unit_test(test_man),
        cmocka_unit_test(test_completion),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
