// Templates: a table of expressions and tags with what they expand to, a table of what is refused and where, bounds.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/klipper/template.h"

static const char machine[] =
    "{\"toolhead\": {\"extruder\": \"extruder1\", \"position\": {\"x\": 150.0, \"z\": 0.2}},"
    " \"configfile\": {\"config\": {\"stepper_x\": {\"position_max\": \"350\"}}},"
    " \"fan_generic exhaust\": {\"speed\": 0.5}, \"empty\": {}}";

static char said[1000];
static int asked;

static json_t *object(void *ctx, const char *name)
{
    asked++;
    return json_incref(json_object_get(ctx, name));
}

static void respond(void *ctx, const char *text)
{
    (void)ctx;
    snprintf(said + strlen(said), sizeof said - strlen(said), "%s|", text);
}

static void unknown(void *ctx, const struct klipper_unknown *what)
{
    (void)ctx;
    snprintf(said + strlen(said), sizeof said - strlen(said), "%s:%d|", what->name, what->line);
}

static int expand(const char *text, char *out, size_t room, struct klipper_template_error *err)
{
    json_t *tree = json_loads(machine, 0, NULL);
    json_t *names = json_pack("{s:{s:s,s:s}, s:[i,i,i], s:i}", "params", "BED", "60", "NAME", "abc",
                              "list", 3, 1, 2, "n", 7);
    const struct klipper_host host = {object, respond, unknown, tree};
    said[0] = '\0';
    asked = 0;
    const int n = klipper_template_expand(text, strlen(text), names, &host, out, room, err);
    json_decref(names);
    json_decref(tree);
    return n;
}

struct good {
    const char *text, *result;
};

static const struct good goods[] = {
    {"", ""},
    {"G28 X Y\nG90", "G28 X Y\nG90"},
    {"X{1}Y{2.5}Z{ -3}{-4}", "X1Y2.5Z-34"}, // as in Jinja, a dash behind the brace is the tag's
    {"{1 + 2 * 3} {(1 + 2) * 3} {7 // 2} { -7 // 2} { -7 % 3} {7 - 2 - 1}", "7 9 3 -4 2 4"},
    {"{1 / 4} {6 / 3} {1.5 + 1} {0.1 + 0.2} {2.0 * 3}", "0.25 2.0 2.5 0.30000000000000004 6.0"},
    {"{1e16} {123456789012345680.0} {0.0001} {0.00001} {1.0} { -0.5}",
     "1e+16 1.2345678901234568e+17 0.0001 1e-05 1.0 -0.5"},
    {"{'a' ~ 1 ~ 2.0} {'a' + 'b'} {\"it's\"} {'q\\'q'}", "a12.0 ab it's q'q"},
    {"{true} {False} {none}", "True False None"},
    {"{1 < 2} {2 <= 2} {1 > 2} {1 == 1.0} {'a' != 'b'} {'a' < 'b'} {3 >= 4}",
     "True True False True True True False"},
    {"{not true} {not 0} {1 and 0} {0 or 'x'} {'' or 5} {1 and 'y'}", "False True 0 x 5 y"},
    {"{'b' in 'abc'} {'x' not in 'abc'} {1 in list} {9 in list} {'BED' in params}",
     "True True True False True"},
    {"{'toolhead' in printer} {'nothing' in printer} {'fan_generic exhaust' in printer}",
     "True False True"},
    {"{params.BED|int + 1} {params.BED|float} {params.NONE|default(5)} {params.BED|default(5)}",
     "61 60.0 5 60"},
    {"{'3.7'|int} {3.7|int} { -3.7|int} {'x'|int} {'x'|float} {'x'|int(4)} {' 12 '|int}",
     "3 3 -3 0 0.0 4 12"},
    {"{2.675|round(2)} {2.5|round} {3.5|round} {5|round(1)} {0.125|round(2)} {1.005|round(2)}",
     "2.67 2.0 4.0 5 0.12 1.0"},
    {"{'aB'|upper} {'aB'|lower} { -4|abs} { -4.5|abs} {'abc'|length} {list|length}",
     "AB ab 4 4.5 3 3"},
    {"{list|min} {list|max} {[2.5, 1]|min} {list[0]} {list[-1]} {params['NAME']}", "1 3 1 3 2 abc"},
    {"{''|default('x', true)} {''|default('x')} {undefined|default} {n|string ~ 'x'}", "x   7x"},
    {"{1 if n == 7 else 2} {1 if n == 8 else 2} {1 if n == 8} {(1 if n else 2) + 1}", "1 2  2"},
    {"{'a' if n == 1 else 'b' if n == 7 else 'c'}", "b"},
    {"{n is defined} {m is defined} {m is not defined} {none is none} {'a' is string} {1 is "
     "number}",
     "True False True True True True"},
    {"{printer.toolhead.position.x} {printer['toolhead']['position'].z}", "150.0 0.2"},
    {"{printer.configfile.config.stepper_x.position_max|float / 2}", "175.0"},
    {"{printer.toolhead.extruder + '_fan'}", "extruder1_fan"},
    {"{nothing}", ""},
    {"{% set x = 3 %}{x}{% set x = x + 1 %}{x}", "34"},
    {"{% if n == 7 %}a{% elif n == 8 %}b{% else %}c{% endif %}", "a"},
    {"{% if n == 1 %}a{% elif n == 7 %}b{% else %}c{% endif %}", "b"},
    {"{% if n == 1 %}a{% elif n == 2 %}b{% else %}c{% endif %}d", "cd"},
    {"{% if n == 1 %}{% if true %}a{% else %}b{% endif %}{% else %}c{% endif %}", "c"},
    {"{% if true %}a{% elif true %}b{% elif nothing.x %}c{% else %}d{% endif %}", "a"},
    {"{'ok' if true else nothing.here}", "ok"},
    {"{% if n == 7 %}{% set y = 5 %}{% endif %}{y}", "5"},
    {"{% for i in list %}{i},{% endfor %}", "3,1,2,"},
    {"{% for i in [] %}{i}{% endfor %}x", "x"},
    {"{% for k, v in params.items() %}{k}={v} {% endfor %}", "BED=60 NAME=abc "},
    {"{% for k in params %}{k} {% endfor %}", "BED NAME "},
    {"{% for i in list %}{% for j in ['a', 'b'] %}{i}{j} {% endfor %}{% endfor %}",
     "3a 3b 1a 1b 2a 2b "},
    {"{% set y = 1 %}{% for i in list %}{% set y = i %}{% endfor %}{y}", "1"},
    {"a  {%- set x = 1 -%}  \n b { - 1 } c  {- 2 -}  d", "ab -1 c2d"},
    {"{\"%s %d %.1f%% %5.2f|%-4s|%04d|%x\" % ('a', 2.9, 12.345, 3.14159, 'b', 42, 255)}",
     "a 2 12.3%  3.14|b   |0042|ff"},
    {"{\"%s\" % 'x'} {\"%d%%\" % 5} {'%+d' % 5} {'%e' % 1.0} {'%.0f' % 2.5} {'%s' % 1.0}",
     "x 5% +5 1.000000e+00 2 1.0"},
    {"{'\xc3\xbcml' ~ '\xc3\xa4ut'|length}", "\xc3\xbcml3"},
    {"{(1, 2, 3)|length} {(1,)|length} {()|length} {(1)}", "3 1 0 1"},
    {"{0 and nothing.here} {1 or nothing.here} {nothing.here if false else 'ok'}", "0 1 ok"},
    {"{'}' ~ '%}'}", "}%}"},
    {"{2 ** 0 if false else 1}", NULL},
};

static void what_expands(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof goods / sizeof goods[0]; i++) {
        char out[400];
        struct klipper_template_error err;
        const int n = expand(goods[i].text, out, sizeof out, &err);
        if (goods[i].result == NULL) {
            assert_true(n < 0);
            continue;
        }
        if (n < 0 || strcmp(out, goods[i].result) != 0) {
            fail_msg("'%s' gives %d '%s' (%d:%d %s), not '%s'", goods[i].text, n, out, err.line,
                     err.column, err.message, goods[i].result);
        }
        assert_int_equal(n, strlen(goods[i].result));
        struct klipper_template_error checked;
        assert_int_equal(klipper_template_check(goods[i].text, strlen(goods[i].text), &checked), 0);
    }
}

struct bad {
    const char *text;
    int line, column;
    const char *message;
    bool only_run; ///< reads well, fails when it runs
};

static const struct bad bads[] = {
    {"{", 1, 1, "this tag does not end", false},
    {"G28\nM109 S{x", 2, 7, "this tag does not end", false},
    {"{% if 1 %}a", 1, 1, "this if has no endif", false},
    {"a{% endif %}", 1, 2, "endif without its if", false},
    {"{% else %}", 1, 1, "else without its if", false},
    {"{% elif 1 %}", 1, 1, "elif without its if", false},
    {"{% endfor %}", 1, 1, "endfor without its for", false},
    {"{% for i in list %}{% endif %}", 1, 1, "this for has no endfor", false},
    {"{% if 1 %}{% endfor %}", 1, 1, "this if has no endif", false},
    {"{% if 1 %}{% else %}{% else %}{% endif %}", 1, 1, "this if has no endif", false},
    {"{% do x %}", 1, 4, "expected set, if, elif", false},
    {"{% set 1 = 2 %}", 1, 8, "expected a name here", false},
    {"{% set a 2 %}", 1, 10, "expected '=' here", false},
    {"{% for in list %}{% endfor %}", 1, 11, "expected 'in' here", false},
    {"{1 2}", 1, 4, "expected the end of the tag here", false},
    {"{'abc}", 1, 2, "this text does not end", false},
    {"{1 +}", 1, 5, "expected a value here", false},
    {"{(1}", 1, 4, "expected ')' here", false},
    {"{[1, 2}", 1, 7, "expected ',' here", false},
    {"{a.}", 1, 4, "expected a name behind the dot", false},
    {"{a|}", 1, 4, "expected a filter behind the bar", false},
    {"{1|sqrt}", 1, 4, "'sqrt' is not among the filters here", false},
    {"{1|round(1, 2)}", 1, 4, "'round' takes at most 1 values", false},
    {"{range(3)}", 1, 2, "no function 'range' here", false},
    {"{params.keys()}", 1, 9, "no method 'keys' here", false},
    {"{1 is even}", 1, 7, "expected defined, undefined", false},
    {"{1 < 2 < 3}", 1, 10, "one comparison at a time", false},
    {"{a ? b}", 1, 4, "this character means nothing here", false},
    {"{{'a': 1}}", 1, 2, "this character means nothing here", false},
    {"{99999999999999999999}", 1, 2, "too large a number", false},
    {"{nothing.here}", 1, 10, "'nothing' is undefined", true},
    {"{params.NONE.x}", 1, 14, "'NONE' is undefined", true},
    {"{nothing + 1}", 1, 10, "'nothing' is undefined", true},
    {"{nothing|int}", 1, 10, "'nothing' is undefined", true},
    {"{1 / 0}", 1, 4, "division by zero", true},
    {"{1 // 0}", 1, 4, "division by zero", true},
    {"{'a' + 1}", 1, 6, "'+' does not go with a text and a number", true},
    {"{'a' < 1}", 1, 6, "a text and a number have no order", true},
    {"{1 in 2}", 1, 4, "nothing is in a number", true},
    {"{params}", 1, 2, "a map cannot be written as text", true},
    {"{printer}", 1, 2, "the printer cannot be written as text", true},
    {"{[list]}", 1, 3, "a list here holds numbers and texts only", true},
    {"{'%d' % 'a'}", 1, 7, "%d takes a number", true},
    {"{'%s %s' % ('a',)}", 1, 10, "fewer values than the format takes", true},
    {"{'%s' % ('a', 'b')}", 1, 7, "more values than the format takes", true},
    {"{'%q' % 1}", 1, 7, "a % in the format without", true},
    {"{9223372036854775807 + 1}", 1, 22, "the result is too large a number", true},
    {"{1e308 * 10}", 1, 8, "this number is not finite", true},
    {"{% for i in 5 %}{% endfor %}", 1, 13, "a for goes through a list or a map", true},
    {"{% for a, b in list %}{% endfor %}", 1, 8, "two names need a list of pairs", true},
    {"{list.items()}", 1, 7, "items() is of a map", true},
    {"M117\n\n  {action_raise_error('No ' ~ n)}", 3, 4, "No 7", true},
};

static void what_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bads / sizeof bads[0]; i++) {
        const struct bad *bad = &bads[i];
        char out[400];
        struct klipper_template_error err;
        struct klipper_template_error checked;
        const int n = expand(bad->text, out, sizeof out, &err);
        if (n >= 0 || err.line != bad->line || err.column != bad->column ||
            strncmp(err.message, bad->message, strlen(bad->message)) != 0) {
            fail_msg("'%s': %d, %d:%d '%s', not %d:%d '%s'", bad->text, n, err.line, err.column,
                     err.message, bad->line, bad->column, bad->message);
        }
        const int check = klipper_template_check(bad->text, strlen(bad->text), &checked);
        assert_int_equal(check, bad->only_run ? LAB_OK : LAB_EINVAL);
        assert_int_equal(err.raised, strstr(bad->text, "raise") != NULL);
    }
}

/// What the host does not know expands to nothing, and it is told: of what is printed or kept, not of what is asked for.
static void the_unknown_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"{printer.toolhead.max_velocity}", "printer.toolhead.max_velocity:1|"},
        {"a\n{ printer['nozzle 1'] }{printer.empty.x}", "printer['nozzle 1']:2|printer.empty.x:2|"},
        {"{% set v = printer.no %}\n{v}", "printer.no:1|"},
        {"{printer.toolhead[printer.toolhead.no]|default('')}", ""},
        {"{printer.no|default(1)}{printer.no is defined}{'no' in printer}", ""},
        {"{% if printer.no %}x{% endif %}{% if false %}{printer.no}{% endif %}", ""},
        {"{params.NONE}{nothing}{none}{printer.toolhead.extruder}", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[100];
        struct klipper_template_error err;
        assert_true(expand(cases[i].text, out, sizeof out, &err) >= 0);
        assert_string_equal(said, cases[i].said);
    }
}

/// A branch that is not taken is read, but does nothing.
static void dead_branches_are_silent(void **state)
{
    (void)state;
    char out[100];
    struct klipper_template_error err;
    assert_int_equal(expand("{% if false %}{action_respond_info('a')}{action_raise_error('b')}"
                            "{1 / 0}{nothing.x}{'%d' % 'a'}{printer.toolhead}{% endif %}",
                            out, sizeof out, &err),
                     0);
    assert_string_equal(said, "");
    assert_int_equal(asked, 0);
    assert_true(expand("{% if false %}{1 +}{% endif %}", out, sizeof out, &err) < 0);
    assert_int_equal(
        expand("{action_respond_info('a')}{action_respond_info(5)}", out, sizeof out, &err), 0);
    assert_string_equal(said, "a|5|");
    // the host is asked once for each name
    assert_true(
        expand("{printer.empty is defined}{printer.empty is defined}", out, sizeof out, &err) > 0);
    assert_int_equal(asked, 1);
}

static void everything_ends(void **state)
{
    (void)state;
    static char out[70000];
    static char text[70000];
    struct klipper_template_error err;
    // output
    assert_int_equal(expand("12345678", out, 9, &err), 8);
    assert_int_equal(expand("123456789", out, 9, &err), LAB_EFBIG);
    assert_string_equal(err.message, "the macro expands to more than 8 bytes");
    assert_int_equal(expand("{n}", out, 1, &err), LAB_EFBIG);
    assert_int_equal(expand("x", out, 0, &err), LAB_EFBIG);
    // steps: five loops in each other over a list of 12
    strcpy(text, "{% set l = [1,2,3,4,5,6,7,8,9,10,11,12] %}");
    for (int i = 0; i < 6; i++) {
        strcat(text, "{% for a in l %}");
    }
    for (int i = 0; i < 6; i++) {
        strcat(text, "{% endfor %}");
    }
    assert_true(expand(text, out, sizeof out, &err) < 0);
    assert_string_equal(err.message, "this takes more than 200000 steps");
    // a text that doubles
    strcpy(text, "{% set a = 'x' %}");
    for (int i = 0; i < 17; i++) {
        strcat(text, "{% set a = a + a %}");
    }
    assert_true(expand(text, out, sizeof out, &err) < 0);
    assert_string_equal(err.message, "a text of more than 65536 bytes");
    // nesting of brackets, and of tags
    strcpy(text, "{");
    for (int i = 0; i < 40; i++) {
        strcat(text, "(");
    }
    strcat(text, "1))))))))))))))))))))))))))))))))))))))))}");
    assert_true(expand(text, out, sizeof out, &err) < 0);
    assert_string_equal(err.message, "nested more than 32 deep");
    text[0] = '\0';
    for (int i = 0; i < 40; i++) {
        strcat(text, "{% if 1 %}");
    }
    assert_true(expand(text, out, sizeof out, &err) < 0);
    assert_string_equal(err.message, "nested more than 32 deep");
    text[0] = '\0';
    for (int i = 0; i < 40; i++) {
        strcat(text, "{% for a in list %}");
    }
    assert_true(expand(text, out, sizeof out, &err) < 0);
    assert_string_equal(err.message, "nested more than 32 deep");
}

/// Any cut of a good template, and any byte changed in it, expands or is refused with a place; the check agrees with
/// the run wherever it refuses.
static void mangled_templates_are_refused_well(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (size_t i = 0; i < sizeof goods / sizeof goods[0]; i++) {
        char text[400];
        char out[2000];
        struct klipper_template_error err;
        const size_t n = strlen(goods[i].text);
        for (size_t round = 0; round < n * 4; round++) {
            memcpy(text, goods[i].text, n + 1);
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            const size_t at = (size_t)(seed >> 33) % n;
            text[at] = round % 4 == 0 ? '\0' : "{}%()[].|'\"+-*/ aif1,="[(seed >> 20) % 22];
            const int status = expand(text, out, sizeof out, &err);
            assert_int_equal(status < 0, err.message[0] != '\0');
            assert_true(status >= 0 || (err.line >= 1 && err.column >= 1));
            struct klipper_template_error checked;
            const int check = klipper_template_check(text, strlen(text), &checked);
            assert_true(check == LAB_OK || status < 0);
        }
    }
}

static void lone_values(void **state)
{
    (void)state;
    struct klipper_template_error err;
    json_t *value = klipper_template_value("[1, 'a', 2.5]", 13, &err);
    assert_int_equal(json_array_size(value), 3);
    json_decref(value);
    value = klipper_template_value(" -3 ", 4, &err);
    assert_int_equal(json_integer_value(value), -3);
    json_decref(value);
    value = klipper_template_value("None", 4, &err);
    assert_true(json_is_null(value));
    json_decref(value);
    static const char *const odd[] = {"", "nothing", "1 2", "1}", "{'a': 1}", "'a", "1 }{ 2"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        assert_null(klipper_template_value(odd[i], strlen(odd[i]), &err));
        assert_true(err.message[0] != '\0');
    }
}

static void doubles_print_as_python_does(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0.0"},
                 {-0.0, "-0.0"},
                 {100, "100.0"},
                 {1e15, "1000000000000000.0"},
                 {1e22, "1e+22"},
                 {1.5e-7, "1.5e-07"},
                 {1.0 / 3, "0.3333333333333333"},
                 {5e-324, "5e-324"},
                 {1.7976931348623157e308, "1.7976931348623157e+308"},
                 {9007199254740993.0, "9007199254740992.0"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        klipper_double_print(text, sizeof text, cases[i].value);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_expands),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(dead_branches_are_silent),
        cmocka_unit_test(the_unknown_is_told),
        cmocka_unit_test(everything_ends),
        cmocka_unit_test(mangled_templates_are_refused_well),
        cmocka_unit_test(lone_values),
        cmocka_unit_test(doubles_print_as_python_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
