// Klipper's configuration format: what a text means, where its parts stand, includes, and any text at all.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/klipper/conf.h"
#include "core/klipper/value.h"

static struct klipper_conf *parse(const char *text)
{
    struct klipper_conf *conf = NULL;
    struct lab_error err = {0};
    if (klipper_conf_parse(&conf, "made.cfg", text, strlen(text), &err) != LAB_OK) {
        fail_msg("'%s': %d:%d %s", text, err.line, err.column, err.message);
    }
    return conf;
}

/// The whole as "[section] option=value; ...", line feeds as '|'.
static void show(const struct klipper_conf *conf, char *out, size_t room)
{
    size_t used = 0;
    out[0] = '\0';
    for (const struct klipper_section *s = klipper_conf_first(conf); s != NULL; s = s->next) {
        used += (size_t)snprintf(out + used, room - used, "[%s]", s->name);
        for (const struct klipper_option *o = s->first; o != NULL; o = o->next) {
            used += (size_t)snprintf(out + used, room - used, " %s=%s;", o->name, o->value);
        }
    }
    for (char *p = out; *p != '\0'; p++) {
        *p = *p == '\n' ? '|' : *p;
    }
}

static void what_a_text_means(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"\n\n# nothing\n ; here\n", ""},
        {"[a]\n", "[a]"},
        {"[a]\nx: 1\n", "[a] x=1;"},
        {"[a]\nx:1", "[a] x=1;"},
        {"[a]\nx = 1\ny=2\n", "[a] x=1; y=2;"},
        {"[a]\nx  :  1  \n", "[a] x=1;"},
        {"[a]\nx: a=b:c\n", "[a] x=a=b:c;"},
        {"[a]\nx y: 1\n", "[a] x y=1;"},
        {"[a]\nX_Y: Abc\n", "[a] x_y=Abc;"},
        {"[A b C]\nx: 1\n", "[A b C] x=1;"},
        {"[a] # c\nx: 1 # c\ny: 2 ; c\nz: 3;4\n", "[a] x=1; y=2; z=3;4;"},
        {"[a]\nx: 1#2\n#y: 3\n  # c\n;z: 4\n", "[a] x=1;"},
        {"[a]\nx: ;1\n", "[a] x=;"},
        {"[a]\nx:\n", "[a] x=;"},
        {"[a]\nx:\n  1\n  2\n", "[a] x=|1|2;"},
        {"[a]\nx: 1\n  2\n\ty: 3\n", "[a] x=1|2|y: 3;"},
        {"[a]\nx:\n  1\n\n  2\n\n\ny: 3\n", "[a] x=|1||2; y=3;"},
        {"[a]\nx:\n  1\n  # c\n  2 ; c\n# c\n  3\n", "[a] x=|1||2||3;"},
        {"[a]\nx:\n  1\n  ; c\n  2\n", "[a] x=|1|2;"},
        {"[a]\nx:\n    1\n  2\n      3\n", "[a] x=|1|2|3;"},
        {"[a]\n  x: 1\n  y: 2\n    z\n", "[a] x=1; y=2|z;"},
        {"[a]\nx: 1\n[b]\ny: 2\n[a]\nz: 3\n", "[a] x=1; z=3;[b] y=2;"},
        {"[a]\nx: 1\nx: 2\n", "[a] x=2;"},
        {"[a]\nx:\n  1\n  2\n[a]\nX = 5\n", "[a] x=5;"},
        {"[a]\r\nx: 1\r\n  2\r\n\r\ny: 3\r\n", "[a] x=1|2; y=3;"},
        {"\xef\xbb\xbf[a]\nx: 1\n", "[a] x=1;"},
        {"[a]\nx: \xc3\xbc \xe2\x88\x9e\n", "[a] x=\xc3\xbc \xe2\x88\x9e;"},
        {"[a]\nx: {% if y == 'z' %}\n", "[a] x={% if y == 'z' %};"},
        {"[gcode_macro a]\ngcode:\n  G28 ; home\n  M117 a;b\n",
         "[gcode_macro a] gcode=|G28|M117 a;b;"},
        {"[a]b\nx: 1\n", "[a] x=1;"},
        {"[a]\nx: 1\n"
         "#*# <---------------------- SAVE_CONFIG ---------------------->\n"
         "#*# DO NOT EDIT THIS BLOCK OR BELOW. The contents are auto-generated.\n"
         "#*#\n#*# [a]\n#*# y = 2\n#*# x = 3\n#*# [b mesh]\n#*# p =\n#*# \t1, 2\n#*# \t3, 4\n\n",
         "[a] x=3; y=2;[b mesh] p=|1, 2|3, 4;"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[400];
        struct klipper_conf *conf = parse(cases[i][0]);
        show(conf, out, sizeof out);
        assert_string_equal(out, cases[i][1]);
        klipper_conf_close(conf);
    }
}

static void where_things_stand(void **state)
{
    (void)state;
    struct klipper_conf *conf = parse("# c\n[one]\n\xc3\xbc\xc3\xbc : 5 # c\n  x:\n\n     a\n   # "
                                      "c\n     \xc3\xbc {b}\n[two]\ny:\n");
    const struct klipper_option *o = klipper_conf_find(conf, "one", "\xc3\xbc\xc3\xbc");
    assert_non_null(o);
    assert_int_equal(o->name_mark.line, 3);
    assert_int_equal(o->name_mark.column, 1);
    // what is indented goes on with the value
    assert_string_equal(o->value, "5\nx:\n\na\n\n\xc3\xbc {b}");
    assert_int_equal(o->lines, 6);
    static const int lines[] = {3, 4, 5, 6, 7, 8};
    static const int columns[] = {6, 3, 1, 6, 4, 6};
    for (int i = 0; i < 6; i++) {
        assert_int_equal(o->line[i].line, lines[i]);
        assert_int_equal(o->line[i].column, columns[i]);
    }
    o = klipper_conf_find(conf, "two", "y");
    assert_int_equal(o->mark.line, 10);
    assert_int_equal(o->mark.column, 1);
    assert_int_equal(klipper_conf_section(conf, "two")->mark.line, 9);
    assert_null(klipper_conf_find(conf, "two", "Y"));
    assert_null(klipper_conf_find(conf, "three", "y"));
    assert_null(klipper_conf_section(conf, "One"));
    klipper_conf_close(conf);
}

static void put(const char *folder, const char *name, const char *text)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void includes(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_conf_XXXXXX";
    char path[300];
    char out[400];
    struct lab_error err = {0};
    struct klipper_conf *conf = NULL;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/sub", folder);
    assert_int_equal(mkdir(path, 0777), 0);
    put(folder, "printer.cfg",
        "[a]\nx: 1\ny: 1\n[include sub/*.cfg]\n[include none/*.cfg]\n[a]\ny: 4\n[include  "
        "twice.cfg ] # c\n"
        "[include twice.cfg]\n");
    put(folder, "sub/2.cfg", "[a]\nx: 3\n[include ../third.cfg]\n");
    put(folder, "sub/1.cfg", "[a]\nx: 2\ny: 2\n");
    put(folder, "third.cfg", "[c]\nz: 5\n");
    put(folder, "twice.cfg", "[d]\nw: 6\n");
    snprintf(path, sizeof path, "%s/printer.cfg", folder);
    assert_int_equal(klipper_conf_open(&conf, path, &err), LAB_OK);
    show(conf, out, sizeof out);
    assert_string_equal(out, "[a] x=3; y=4;[c] z=5;[d] w=6;");
    const struct klipper_option *z = klipper_conf_find(conf, "c", "z");
    assert_int_equal(z->mark.file, 3);
    assert_true(strstr(klipper_conf_file(conf, 3), "/sub/../third.cfg") != NULL);
    assert_null(klipper_conf_file(conf, 6));
    const uint32_t hash = klipper_conf_hash(conf);
    klipper_conf_close(conf);
    // every byte of every file counts, comments too
    put(folder, "third.cfg", "[c]\nz: 5\n# a comment\n");
    assert_int_equal(klipper_conf_open(&conf, path, &err), LAB_OK);
    assert_int_not_equal(klipper_conf_hash(conf), hash);
    klipper_conf_close(conf);
    // a chain that is too deep
    for (int i = 0; i < 20; i++) {
        char name[40];
        char text[60];
        snprintf(name, sizeof name, "deep%d.cfg", i);
        snprintf(text, sizeof text, "[include deep%d.cfg]\n", i + 1);
        put(folder, name, text);
    }
    snprintf(path, sizeof path, "%s/deep0.cfg", folder);
    assert_int_equal(klipper_conf_open(&conf, path, &err), LAB_EINVAL);
    assert_string_equal(err.message, "includes are nested more than 16 deep");
    // too many of them
    for (int i = 0; i < 70; i++) {
        char name[40];
        snprintf(name, sizeof name, "sub/many%d.cfg", i);
        put(folder, name, "");
    }
    snprintf(path, sizeof path, "%s/printer.cfg", folder);
    lab_error_clear(&err);
    assert_int_equal(klipper_conf_open(&conf, path, &err), LAB_EINVAL);
    assert_string_equal(err.message, "more than 64 files");
    assert_null(conf);
    snprintf(path, sizeof path, "rm -r %s", folder);
    assert_int_equal(system(path), 0);
}

static void files_that_cannot_be_read(void **state)
{
    (void)state;
    struct klipper_conf *conf = NULL;
    struct lab_error err = {0};
    assert_int_equal(klipper_conf_open(&conf, "fixtures/klipper", &err), LAB_EISDIR);
    lab_error_clear(&err);
    assert_int_equal(klipper_conf_open(&conf, "fixtures/klipper/none.cfg", &err), LAB_ENOENT);
    assert_string_equal(err.file, "fixtures/klipper/none.cfg");
    lab_error_clear(&err);
    const char text[] = "[include a.cfg]\n";
    assert_int_equal(klipper_conf_parse(&conf, "m", text, sizeof text - 1, &err), LAB_EINVAL);
    assert_string_equal(err.message, "an include needs a file to stand in");
    static char large[KLIPPER_BYTES + 2];
    memset(large, '\n', sizeof large);
    assert_int_equal(klipper_conf_parse(&conf, "m", large, KLIPPER_BYTES + 1, NULL), LAB_EFBIG);
    assert_int_equal(klipper_conf_parse(&conf, "m", large, KLIPPER_BYTES, NULL), LAB_OK);
    klipper_conf_close(conf);
    size_t n = 0;
    for (int i = 0; i <= KLIPPER_NODES; i++) {
        n += (size_t)snprintf(large + n, sizeof large - n, "[%d]\n", i);
    }
    lab_error_clear(&err);
    assert_int_equal(klipper_conf_parse(&conf, "m", large, n, &err), LAB_EINVAL);
    assert_int_equal(err.line, KLIPPER_NODES + 1);
    klipper_conf_close(NULL);
}

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

/// Any text either loads, and every mark then points at what it names; or it is refused with a place.
static void any_text(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "[a]", "[b c]", "x", ": ", "= ", "\n",       "\n  ", " ;",   "#",           "\r\n",
        "1.5", "{y}",   "]", "[",  "\t", "\xc3\xbc", "\xff", "#*# ", "[include z]", ""};
    uint64_t seed = 7;
    int loaded = 0;
    for (int round = 0; round < 20000; round++) {
        char text[200] = "";
        struct klipper_conf *conf = NULL;
        struct lab_error err = {0};
        const int n = (int)(next(&seed) % 16);
        for (int i = 0; i < n; i++) {
            strcat(text, pieces[next(&seed) % (round % 2 ? 13 : 20)]);
        }
        const int status = klipper_conf_parse(&conf, "m", text, strlen(text), &err);
        assert_int_equal(status == LAB_OK, !lab_error_set(&err));
        assert_int_equal(status == LAB_OK, conf != NULL);
        if (status != LAB_OK) {
            assert_true(err.line >= 1 && err.column >= 1);
            continue;
        }
        loaded++;
        for (const struct klipper_section *s = klipper_conf_first(conf); s != NULL; s = s->next) {
            for (const struct klipper_option *o = s->first; o != NULL; o = o->next) {
                assert_true(o->name[0] != '\0' && o->value != NULL);
                assert_true(o->name_mark.line >= 1 && o->name_mark.column >= 1);
                assert_int_equal(o->line[0].line, o->name_mark.line);
                int feeds = 0;
                for (const char *p = o->value; *p != '\0'; p++) {
                    feeds += *p == '\n';
                }
                assert_int_equal(o->lines, feeds + 1);
            }
        }
        klipper_conf_close(conf);
    }
    assert_true(loaded > 1000);
}

// --- values ---------------------------------------------------------------------------------------------

static void numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int decimals;
        int64_t value;
    } good[] = {{"0", 6, 0},
                {"30", 6, 30000000},
                {"0.05", 6, 50000},
                {"-0.3", 6, -300000},
                {" 1.0 ", 6, 1000000},
                {".5", 6, 500000},
                {"5.", 6, 5000000},
                {"+2", 6, 2000000},
                {"1e2", 6, 100000000},
                {"1.5E-3", 6, 1500},
                {"0.0000004", 6, 0},
                {"0.0000005", 6, 1},
                {"-0.0000005", 6, -1},
                {"22.6789511", 6, 22678951},
                {"1e-400", 6, 0},
                {"0e999", 6, 0},
                {"9223372036854775807", 0, INT64_MAX},
                {"3.00000000000000000000000000001", 6, 3000000},
                {"100000000000000000000e-14", 6, 1000000000000}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t value = 1;
        assert_int_equal(klipper_number(good[i].text, good[i].decimals, &value), KLIPPER_NUMBER_OK);
        assert_true(value == good[i].value);
    }
    static const char *const none[] = {"",    " ",   "-",     ".",   "e5", "1,5", "1 2", "0x10",
                                       "inf", "nan", "1_000", "--1", "1e", "1e+", "5mm"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        int64_t value = 1;
        assert_int_equal(klipper_number(none[i], 6, &value), KLIPPER_NUMBER_NONE);
        assert_int_equal(value, 1);
    }
    static const char *const large[] = {"1e300", "9223372036854775808",
                                        "99999999999999999999999999", "1e19"};
    for (size_t i = 0; i < sizeof large / sizeof large[0]; i++) {
        int64_t value = 1;
        assert_int_equal(klipper_number(large[i], 0, &value), KLIPPER_NUMBER_LARGE);
    }
}

/// What is printed is read as the same.
static void numbers_come_back(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int i = 0; i < 20000; i++) {
        const int64_t value = (int64_t)(next(&seed) << 31 | next(&seed)) >> (next(&seed) % 60);
        const int64_t signed_value = i % 2 ? value : -value;
        const int decimals = (int)(next(&seed) % 10);
        char text[40];
        int64_t back = 0;
        klipper_number_print(text, sizeof text, signed_value, decimals);
        assert_int_equal(klipper_number(text, decimals, &back), KLIPPER_NUMBER_OK);
        assert_true(back == signed_value);
    }
}

static void switches_and_lists(void **state)
{
    (void)state;
    bool on = false;
    assert_true(klipper_switch("True", &on) && on);
    assert_true(klipper_switch("no", &on) && !on);
    assert_true(klipper_switch("ON", &on) && on);
    assert_true(klipper_switch("0", &on) && !on);
    assert_false(klipper_switch("", &on));
    assert_false(klipper_switch("tru", &on));
    assert_false(klipper_switch("truee", &on));
    int64_t values[3];
    assert_int_equal(klipper_numbers("-60, 370", 6, values, 3), 2);
    assert_true(values[0] == -60000000 && values[1] == 370000000);
    assert_int_equal(klipper_numbers("1", 0, values, 3), 1);
    assert_int_equal(klipper_numbers("1,2,3,4", 0, values, 3), -1);
    assert_int_equal(klipper_numbers("1,", 0, values, 3), -1);
    assert_int_equal(klipper_numbers("1 2", 0, values, 3), -1);
    assert_int_equal(klipper_numbers("", 0, values, 3), -1);
    int64_t whole = 0;
    assert_int_equal(klipper_whole("12", &whole), KLIPPER_NUMBER_OK);
    assert_int_equal(klipper_whole("12.0", &whole), KLIPPER_NUMBER_NONE);
    assert_int_equal(klipper_whole("1e1", &whole), KLIPPER_NUMBER_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_text_means), cmocka_unit_test(where_things_stand),
        cmocka_unit_test(includes),          cmocka_unit_test(files_that_cannot_be_read),
        cmocka_unit_test(any_text),          cmocka_unit_test(numbers),
        cmocka_unit_test(numbers_come_back), cmocka_unit_test(switches_and_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
