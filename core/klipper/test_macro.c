// Macros: the guide's own expand unchanged to fixtures/klipper/golden; parameters; variables; places of complaints.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/klipper/macro.h"

// what a saved state looks like in the guide, and what the macros ask the machine besides
static const char machine[] =
    "{\"save_variables\": {\"variables\": {\"resume_meta_info\": {"
    "  \"position\": {\"x\": 150.0, \"y\": 150.0, \"z\": 0.2},"
    "  \"fan_speeds\": {\"fan\": 0.5, \"exhaust\": 0.25, \"gone\": 1.0}, \"layer\": 1,"
    "  \"hotend_temp\": 240.0, \"bed_temp\": 110.0, \"active_extruder\": \"extruder\"}}},"
    " \"configfile\": {\"config\": {\"stepper_x\": {\"position_max\": \"350\"},"
    "                          \"stepper_y\": {\"position_max\": \"355\"}}},"
    " \"toolhead\": {\"extruder\": \"extruder\"}, \"exhaust\": {}}";

static char said[2000];

static json_t *object(void *ctx, const char *name)
{
    return json_incref(json_object_get(ctx, name));
}

static void respond(void *ctx, const char *text)
{
    (void)ctx;
    snprintf(said + strlen(said), sizeof said - strlen(said), "// %s\n", text);
}

static struct klipper_conf *conf;
static struct klipper_macros *macros;

static void open_text(const char *text)
{
    struct lab_error err = {0};
    assert_int_equal(klipper_conf_parse(&conf, "made.cfg", text, strlen(text), &err), LAB_OK);
    assert_int_equal(klipper_macros_open(&macros, conf, &err), LAB_OK);
}

static void close_all(void)
{
    klipper_macros_close(macros);
    klipper_conf_close(conf);
}

static void unknown(void *ctx, const struct klipper_unknown *what)
{
    (void)ctx;
    snprintf(said + strlen(said), sizeof said - strlen(said), "%s %s:%d|", what->name, what->file,
             what->line);
}

static int expand(const char *line, const char *tree_text, char *out, size_t room,
                  struct lab_error *err)
{
    json_t *tree = json_loads(tree_text, 0, NULL);
    assert_non_null(tree);
    const struct klipper_host host = {object, respond, unknown, tree};
    const struct klipper_macro *macro = klipper_macro_find(macros, line, strcspn(line, " "));
    said[0] = '\0';
    lab_error_clear(err);
    assert_non_null(macro);
    const int n = klipper_macro_expand(macros, macro, line, &host, out, room, err);
    json_decref(tree);
    return n;
}

/// Lines without the blank ones, as a firmware runs them; then what was said.
static void tidy(const char *text, char *out, size_t room)
{
    size_t used = 0;
    for (const char *p = text; *p != '\0'; p += strcspn(p, "\n"), p += *p != '\0') {
        p += strspn(p, " ");
        const int n = (int)strcspn(p, "\n");
        if (n > 0) {
            used += (size_t)snprintf(out + used, room - used, "%.*s\n", n, p);
        }
    }
    snprintf(out + used, room - used, "%s", said);
}

/// The committed file equals what came out. PLR_UPDATE=1 writes it instead.
static void same(const char *name, const char *made)
{
    char path[200];
    char kept[4000];
    snprintf(path, sizeof path, "fixtures/klipper/golden/%s.gcode", name);
    FILE *file = fopen(path, getenv("PLR_UPDATE") != NULL ? "w+" : "r");
    assert_non_null(file);
    if (getenv("PLR_UPDATE") != NULL) {
        fputs(made, file);
        rewind(file);
    }
    kept[fread(kept, 1, sizeof kept - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(kept, made);
}

static void the_unknown_is_told_with_its_line(void **state)
{
    (void)state;
    struct lab_error err = {0};
    char out[100];
    open_text("[gcode_macro A]\ngcode:\n  G28\n  G1 F{printer.toolhead.max_velocity}\n");
    assert_true(expand("A", machine, out, sizeof out, &err) > 0);
    assert_string_equal(said, "printer.toolhead.max_velocity made.cfg:4|");
    close_all();
}

static void the_guides_macros_expand_unchanged(void **state)
{
    (void)state;
    static const char *const names[] = {"_PLR_RESUME_PRINT_START",  "_PLR_RESUME_READY",
                                        "_PLR_BEFORE_RESUME_GCODE", "RESTORE_FAN_SPEEDS",
                                        "_PLR_CUSTOM_RESUME",       "START_PRINT"};
    struct lab_error err = {0};
    assert_int_equal(klipper_conf_open(&conf, "fixtures/klipper/guide/macros.cfg", &err), LAB_OK);
    assert_int_equal(klipper_macros_open(&macros, conf, &err), LAB_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char out[4000];
        char lines[4000];
        char again[4000];
        assert_non_null(klipper_macros_at(macros, i));
        assert_int_equal(klipper_macro_check(macros, klipper_macros_at(macros, i), &err), LAB_OK);
        if (expand(names[i], machine, out, sizeof out, &err) < 0) {
            fail_msg("%s:%d:%d %s", err.file, err.line, err.column, err.message);
        }
        tidy(out, lines, sizeof lines);
        same(names[i], lines);
        assert_true(expand(names[i], machine, again, sizeof again, &err) >= 0);
        assert_string_equal(out, again);
    }
    assert_null(klipper_macros_at(macros, sizeof names / sizeof names[0]));
    close_all();
}

/// What the guide's macros say when nothing was saved.
static void fans_without_a_saved_state(void **state)
{
    (void)state;
    struct lab_error err = {0};
    char out[4000];
    assert_int_equal(klipper_conf_open(&conf, "fixtures/klipper/guide/printer.cfg", &err), LAB_OK);
    assert_int_equal(klipper_macros_open(&macros, conf, &err), LAB_OK);
    assert_true(expand("RESTORE_FAN_SPEEDS", "{\"save_variables\": {\"variables\": {}}}", out,
                       sizeof out, &err) >= 0);
    assert_string_equal(said, "// No saved state found in variables\n");
    assert_true(expand("restore_fan_speeds",
                       "{\"save_variables\": {\"variables\": {\"resume_meta_info\": {}}}}", out,
                       sizeof out, &err) >= 0);
    assert_string_equal(said, "// No fan speed data found in saved state\n");
    // a state that is not there has no position: refused where it is asked for
    assert_true(expand("_PLR_RESUME_PRINT_START", "{\"save_variables\": {\"variables\": {}}}", out,
                       sizeof out, &err) < 0);
    assert_string_equal(err.file, "fixtures/klipper/guide/macros.cfg");
    assert_int_equal(err.line, 11);
    assert_int_equal(err.column, 22);
    assert_string_equal(err.message, "'resume_info' is undefined");
    close_all();
}

static void parameters(void **state)
{
    (void)state;
    static const struct {
        const char *line, *params, *raw;
    } cases[] = {
        {"A", "{}", ""},
        {"  A  ", "{}", ""},
        {"A x=1 Y=2 ; c", "{\"X\":\"1\",\"Y\":\"2\"}", "x=1 Y=2"},
        {"A NAME=\"a b\" V='it' E=", "{\"NAME\":\"a b\",\"V\":\"it\",\"E\":\"\"}",
         "NAME=\"a b\" V='it' E="},
        {"A X=1=2 # c", "{\"X\":\"1=2\"}", "X=1=2"},
        {"M109 S200 T1", "{\"S\":\"200\",\"T\":\"1\"}", "S200 T1"},
        {"G1 X1.5Y-2 E.3*55", "{\"X\":\"1.5\",\"Y\":\"-2\",\"E\":\".3\"}", "X1.5Y-2 E.3"},
        {"M117 On, we\xc3\xbc 5 go!", "{\"ON\":\",\",\"WE\":\"\xc3\xbc 5\",\"GO\":\"!\"}",
         "On, we\xc3\xbc 5 go!"},
        {"M117 =3", "{}", "=3"},
        {"G28 X Y", "{\"X\":\"\",\"Y\":\"\"}", "X Y"},
        {"A X=1 X=2", "{\"X\":\"2\"}", "X=1 X=2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *raw = NULL;
        size_t raw_len = 0;
        json_t *params = klipper_params(cases[i].line, &raw, &raw_len, NULL);
        char *text = json_dumps(params, JSON_COMPACT);
        assert_string_equal(text, cases[i].params);
        assert_int_equal(raw_len, strlen(cases[i].raw));
        assert_memory_equal(raw, cases[i].raw, raw_len);
        free(text);
        json_decref(params);
    }
    static const char *const odd[] = {"A B", "A =1", "A X=\"1", "A X=1 2"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        const char *at = NULL;
        assert_null(klipper_params(odd[i], NULL, NULL, &at));
        assert_non_null(at);
    }
}

static void variables_and_parameters_reach_the_template(void **state)
{
    (void)state;
    struct lab_error err = {0};
    char out[200];
    open_text("[gcode_macro Start]\nvariable_a: 5\nvariable_l: ['x', 'y']\nvariable_t: 'q'\n"
              "description: what it does\nrename_existing: OLD\n"
              "gcode:\n  {a + 1} {l[1]} {t} {params.BED|default(60)|int} {rawparams}\n"
              "[gcode_macro M600]\ngcode: {params.S}{params.X}\n"
              "[gcode_macro M]\nvariable_b: {1}\ngcode: {b}\n");
    assert_int_equal(expand("start bed=70", "{}", out, sizeof out, &err), 16);
    assert_string_equal(out, "\n6 y q 70 bed=70");
    close_all();
}

static void complaints_tell_the_place(void **state)
{
    (void)state;
    struct lab_error err = {0};
    char out[200];
    open_text("# one\n[gcode_macro A]\ngcode:\n    G28\n    # gone\n    M117 {nothing.x} ; y\n"
              "[gcode_macro B]\ngcode: { action_raise_error(\"Bed is cold\") }\n"
              "[gcode_macro C]\nvariable_v: x y\ngcode: {v}\n"
              "[gcode_macro D]\ngcode:\n  {% if 0 %}\n  {1 +}\n  {% endif %}\n");
    assert_int_equal(expand("A", "{}", out, sizeof out, &err), LAB_EINVAL);
    assert_int_equal(err.line, 6);
    assert_int_equal(err.column, 19);
    assert_string_equal(err.source, "    M117 {nothing.x} ; y");
    assert_int_equal(expand("B", "{}", out, sizeof out, &err), LAB_EINVAL);
    assert_string_equal(err.message, "action_raise_error: Bed is cold");
    assert_int_equal(err.line, 8);
    assert_int_equal(err.column, 10);
    assert_int_equal(expand("C", "{}", out, sizeof out, &err), LAB_EINVAL);
    assert_int_equal(err.line, 10);
    assert_int_equal(err.column, 15);
    assert_int_equal(expand("C X", "{}", out, sizeof out, &err), LAB_EINVAL);
    assert_string_equal(err.message, "C takes KEY=VALUE, not 'X'");
    lab_error_clear(&err);
    assert_int_equal(klipper_macro_check(macros, klipper_macro_find(macros, "D", 1), &err),
                     LAB_EINVAL);
    assert_int_equal(err.line, 15);
    assert_int_equal(err.column, 7);
    assert_null(klipper_macro_find(macros, "E", 1));
    assert_null(klipper_macro_find(macros, "", 0));
    close_all();
}

static void a_table_that_cannot_be(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line;
    } cases[] = {{"[gcode_macro]\ngcode: x\n", 1},
                 {"[gcode_macro a b]\ngcode: x\n", 1},
                 {"[mcu]\n[gcode_macro a]\ndescription: x\n", 2},
                 {"[gcode_macro a]\ngcode: x\n[gcode_macro A]\ngcode: y\n", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lab_error err = {0};
        assert_int_equal(
            klipper_conf_parse(&conf, "made.cfg", cases[i].text, strlen(cases[i].text), &err),
            LAB_OK);
        assert_int_equal(klipper_macros_open(&macros, conf, &err), LAB_EINVAL);
        assert_null(macros);
        assert_int_equal(err.line, cases[i].line);
        klipper_conf_close(conf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_guides_macros_expand_unchanged),
        cmocka_unit_test(the_unknown_is_told_with_its_line),
        cmocka_unit_test(fans_without_a_saved_state),
        cmocka_unit_test(parameters),
        cmocka_unit_test(variables_and_parameters_reach_the_template),
        cmocka_unit_test(complaints_tell_the_place),
        cmocka_unit_test(a_table_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
