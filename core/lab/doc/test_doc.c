// Documents: marks, refusals, sets, canonical form, and how an error looks when printed.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/doc/doc.h"

static struct lab_doc *parse(const char *text)
{
    struct lab_doc *doc = NULL;
    struct lab_error err = {0};
    if (lab_doc_parse(&doc, "test.yaml", text, strlen(text), &err) != LAB_OK) {
        fail_msg("%d:%d %s", err.line, err.column, err.message);
    }
    return doc;
}

/// Expect a refusal at a place, with a message that begins so.
static void refuse(const char *text, size_t size, int line, int column, const char *message)
{
    struct lab_doc *doc = NULL;
    struct lab_error err = {0};
    assert_true(lab_doc_parse(&doc, "test.yaml", text, size, &err) < 0);
    assert_null(doc);
    if (err.line != line || err.column != column ||
        strncmp(err.message, message, strlen(message)) != 0) {
        fail_msg("got %d:%d '%s', not %d:%d '%s'", err.line, err.column, err.message, line, column,
                 message);
    }
}

static void keys_and_values_have_marks(void **state)
{
    (void)state;
    struct lab_doc *doc = parse("a: 1\nb:\n  c: [x, 'y z']\n");
    const struct lab_node *root = lab_doc_root(doc);
    const struct lab_node *c = lab_node_find(lab_node_find(root, "b"), "c");
    assert_int_equal(root->kind, LAB_MAP);
    assert_int_equal(lab_node_find(root, "a")->mark.column, 4);
    assert_int_equal(c->kind, LAB_LIST);
    assert_int_equal(c->key_mark.line, 3);
    assert_int_equal(c->key_mark.column, 3);
    assert_int_equal(lab_node_count(c), 2);
    assert_string_equal(c->first->next->text, "y z");
    assert_false(c->first->next->plain);
    assert_int_equal(c->first->next->mark.column, 11); // behind the quote
    assert_null(lab_node_find(root, "d"));
    assert_null(lab_node_find(c, "x"));
    lab_doc_close(doc);
    lab_doc_close(NULL);
}

static void columns_count_characters(void **state)
{
    (void)state;
    const char text[] = "b: 1\n\"\xc3\xa4\xe2\x82\xac\": {a: 1, a: 2}\n";
    refuse(text, sizeof text - 1, 2, 14, "duplicate key 'a', first in line 2");
}

static void refuses_what_yaml_can_but_we_do_not_want(void **state)
{
    (void)state;
    const char *const cases[][2] = {
        {"a: &x 1\n", "anchors"}, {"a: &x [1]\n", "anchors"}, {"a: &x {b: 1}\n", "anchors"},
        {"a: !int 1\n", "tags"},  {"a: *x\n", "aliases"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lab_doc *doc = NULL;
        struct lab_error err = {0};
        assert_true(lab_doc_parse(&doc, "t", cases[i][0], strlen(cases[i][0]), &err) < 0);
        assert_int_equal(err.line, 1);
        assert_int_equal(strncmp(err.message, cases[i][1], strlen(cases[i][1])), 0);
    }
    const char merge[] = "a: 1\n<<: {b: 1}\n";
    refuse(merge, sizeof merge - 1, 2, 1, "merge keys");
    const char complex[] = "? [a]\n: 1\n";
    refuse(complex, sizeof complex - 1, 1, 3, "a key must be plain text");
    const char second[] = "a: 1\n---\nb: 1\n";
    refuse(second, sizeof second - 1, 2, 1, "a second document");
}

static void refuses_what_is_no_text(void **state)
{
    (void)state;
    refuse("", 0, 0, 0, "the file is empty");
    refuse("# only\n", 7, 0, 0, "the file holds no YAML");
    refuse("a: b\0c\n", 7, 1, 5, "byte 0x00: this is a binary file");
    refuse("a: \xff\n", 5, 1, 4, "byte 0xff is not UTF-8");
    refuse("a: \xc0\x80\n", 6, 1, 4, "byte 0xc0 is not UTF-8");
    refuse("a: 1\nb: \xed\xa0\x80", 11, 2, 4, "byte 0xed is not UTF-8");
    refuse("a: \"\\0\"\n", 8, 1, 5, "a null character");
    refuse("just a text\n", 12, 1, 1, "expected a map");
    refuse("[1, 2]\n", 7, 1, 1, "expected a map");
}

static void refuses_deep_and_large(void **state)
{
    (void)state;
    static char deep[200000];
    memset(deep, '[', sizeof deep);
    memcpy(deep, "a: ", 3);
    refuse(deep, sizeof deep, 1, 19, "nested too deeply");
    const size_t size = (size_t)LAB_DOC_BYTES + 1;
    char *large = malloc(size);
    assert_non_null(large);
    memset(large, 'a', size);
    refuse(large, size, 0, 0, "larger than");
    // a short line for each node
    size_t at = (size_t)snprintf(large, size, "a:\n");
    for (int i = 0; i <= LAB_DOC_NODES; i++) {
        at += (size_t)snprintf(large + at, size - at, "- x\n");
    }
    struct lab_doc *doc = NULL;
    struct lab_error err = {0};
    assert_true(lab_doc_parse(&doc, "t", large, at, &err) < 0);
    assert_string_equal(err.message, "the document is too large");
    free(large);
}

static void texts_in_every_style(void **state)
{
    (void)state;
    struct lab_doc *doc =
        parse("a: 'it''s'\nb: \"tab\\tand \\u20ac\"\nc: >-\n  two\n  lines\n\n  more  blanks\n"
              "# comment\nd: |\n  kept\n    not\n\ne: plain\n  goes on  # comment\nf: ''\n"
              "g: {h: in\n  flow}\ni:\nj: >-\n  1\n  2\n  3\n  4\n  5\n  6\n  7\n  8\n  9\n");
    const struct lab_node *root = lab_doc_root(doc);
    assert_string_equal(lab_node_find(root, "a")->text, "it's");
    assert_string_equal(lab_node_find(root, "b")->text, "tab\tand \xe2\x82\xac");
    assert_string_equal(lab_node_find(root, "c")->text, "two lines more  blanks");
    assert_string_equal(lab_node_find(root, "d")->text, "kept not");
    assert_string_equal(lab_node_find(root, "e")->text, "plain goes on");
    assert_string_equal(lab_node_find(root, "f")->text, "");
    assert_string_equal(lab_node_find(lab_node_find(root, "g"), "h")->text, "in flow");
    assert_string_equal(lab_node_find(root, "i")->text, "");
    assert_string_equal(lab_node_find(root, "j")->text, "1 2 3 4 5 6 7 8 9");
    lab_doc_close(doc);
    const char quotes[] = "a: 'four '''' of them'''''\n";
    refuse(quotes, sizeof quotes - 1, 1, 5, "too many quotes");
}

static void files(void **state)
{
    (void)state;
    struct lab_doc *doc = NULL;
    struct lab_error err = {0};
    assert_int_equal(lab_doc_open(&doc, "nowhere/none.yaml", &err), LAB_ENOENT);
    assert_string_equal(err.message, "no such file");
    lab_error_clear(&err);
    assert_int_equal(lab_doc_open(&doc, "core", &err), LAB_EISDIR);
    lab_error_clear(&err);
    assert_int_equal(lab_doc_open(&doc, "scenarios/voron24_cut.yaml", &err), LAB_OK);
    assert_string_equal(lab_node_find(lab_doc_root(doc), "name")->text, "voron24_cut");
    lab_doc_close(doc);
    // no record of the error is asked for: that must do too
    assert_int_equal(lab_doc_open(&doc, "nowhere", NULL), LAB_ENOENT);
}

static void sets_replace_and_make(void **state)
{
    (void)state;
    struct lab_doc *doc = parse("a: {b: 1, c: 2}\nl:\n  - {x: 1}\n");
    struct lab_error err = {0};
    assert_int_equal(lab_doc_set(doc, 1, "a.b=7", 0, &err), LAB_OK);
    assert_int_equal(lab_doc_set(doc, 2, "l[0].x={deep: [1, 2]}", 0, &err), LAB_OK);
    assert_int_equal(lab_doc_set(doc, 3, "l[1].x=9", 0, &err), LAB_OK);
    assert_int_equal(lab_doc_set(doc, 4, "new.map.key=text with = and blanks", 0, &err), LAB_OK);
    assert_int_equal(lab_doc_set(doc, 5, "skipped.empty=", 8, &err), LAB_OK);
    const struct lab_node *root = lab_doc_root(doc);
    const struct lab_node *b = lab_node_find(lab_node_find(root, "a"), "b");
    assert_string_equal(b->text, "7");
    assert_int_equal(b->mark.file, 1);
    assert_int_equal(b->mark.column, 5);
    assert_int_equal(b->key_mark.file, 0);
    assert_string_equal(b->next->text, "2");
    const struct lab_node *list = lab_node_find(root, "l");
    assert_int_equal(lab_node_count(list), 2);
    assert_int_equal(lab_node_find(lab_node_find(list->first, "x"), "deep")->kind, LAB_LIST);
    const struct lab_node *key =
        lab_node_find(lab_node_find(lab_node_find(root, "new"), "map"), "key");
    assert_string_equal(key->text, "text with = and blanks");
    assert_string_equal(lab_node_find(root, "empty")->text, "");
    lab_doc_close(doc);
}

static void bad_sets_say_where(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int column;
        const char *message;
    } cases[] = {
        {"a", 2, "expected '=' and a value"},
        {"=1", 1, "expected a key"},
        {"a..b=1", 3, "expected a key"},
        {"a b=1", 2, "expected '.', '[' or '='"},
        {"a[=1", 2, "expected a number in brackets"},
        {"a[1=1", 2, "expected a number in brackets"},
        {"l[5]=1", 2, "index 5 is out of range: the list has 1 element"},
        {"s.x=1", 3, "the key before is not a map"},
        {"s[0]=1", 2, "the key before is not a list"},
        {"l.x=1", 3, "the key before is not a map"},
        {"s={a: 1, a: 2}", 10, "duplicate key 'a'"},
        {"s=&x 1", 4, "anchors"},
        {"s=[1", 0, "YAML syntax"}, // the library chooses where
        {"s=\xff", 3, "byte 0xff is not UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lab_doc *doc = parse("a: {b: 1}\nl: [1]\ns: text\n");
        struct lab_error err = {0};
        assert_true(lab_doc_set(doc, 1, cases[i].text, 0, &err) < 0);
        if ((cases[i].column > 0 && err.column != cases[i].column) ||
            strstr(err.message, cases[i].message) == NULL) {
            fail_msg("'%s': got %d '%s'", cases[i].text, err.column, err.message);
        }
        assert_string_equal(err.file, "--set");
        lab_doc_close(doc);
    }
}

static void collect(void *ctx, const void *data, size_t size)
{
    char *out = ctx;
    strncat(out, data, size);
}

static void canonical_form_forgets_spelling(void **state)
{
    (void)state;
    char one[500] = "";
    char two[500] = "";
    struct lab_doc *doc = parse("b: [1, 'x']\na: {z: 1, y: 2}\nseed: 4\n");
    lab_doc_canonical(doc, "seed", collect, one);
    lab_doc_close(doc);
    doc = parse("# other words\na:\n  y: 2\n  z: \"1\"\nseed: 5\nb:\n- 1\n- x\n");
    lab_doc_canonical(doc, "seed", collect, two);
    assert_string_equal(one, two);
    two[0] = '\0';
    lab_doc_canonical(doc, NULL, collect, two);
    assert_string_not_equal(one, two);
    struct lab_node *z = lab_node_find(lab_node_find(lab_doc_root(doc), "a"), "z");
    z->bound = true;
    z->value = -12;
    two[0] = '\0';
    lab_doc_canonical(doc, "seed", collect, two);
    assert_non_null(strstr(two, "#-12\n"));
    lab_doc_close(doc);
}

static void print_to(char *out, size_t size, const struct lab_error *err)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    lab_error_print(file, err);
    rewind(file);
    out[fread(out, 1, size - 1, file)] = '\0';
    fclose(file);
}

static void an_error_shows_line_and_caret(void **state)
{
    (void)state;
    char text[2000];
    struct lab_doc *doc = parse("first: 1\nkey: valeu\n");
    struct lab_error err = {0};
    const struct lab_node *key = lab_node_find(lab_doc_root(doc), "key");
    lab_doc_fail(doc, &err, key->mark, key->text, "'%s' is no value", key->text);
    lab_error_suggest(&err, "value");
    lab_error_suggest(&err, "another");
    lab_doc_fail(doc, &err, key->mark, NULL, "the second does not count");
    print_to(text, sizeof text, &err);
    assert_string_equal(text,
                        "test.yaml:2:6: error: 'valeu' is no value\n  key: valeu\n       ^~~~~\n"
                        "  did you mean `value`?\n");
    lab_doc_close(doc);
    lab_error_clear(&err);
    lab_error_at_file(&err, "some.file", "went wrong");
    print_to(text, sizeof text, &err);
    assert_string_equal(text, "some.file: error: went wrong\n");
}

static void long_lines_and_paths_are_windowed(void **state)
{
    (void)state;
    char text[1200] = "k: '";
    memset(text + 4, 'x', 900);
    strcpy(text + 904, "', k: \x1b[31m\n");
    struct lab_error err = {0};
    char path[600];
    memset(path, 'p', sizeof path);
    strcpy(path + 500, "/end.yaml");
    struct lab_doc *doc = NULL;
    assert_true(lab_doc_parse(&doc, path, text, strlen(text), &err) < 0);
    assert_int_equal(strncmp(err.file, "...", 3), 0);
    assert_non_null(strstr(err.file, "/end.yaml"));
    assert_true(err.caret < 200);
    assert_null(strchr(err.source, 0x1b));
}

static void nearest_words(void **state)
{
    (void)state;
    assert_int_equal(lab_edit_distance("layer", "layer", 2), 0);
    assert_int_equal(lab_edit_distance("layre", "layer", 2), 2);
    assert_int_equal(lab_edit_distance("laye", "layer", 2), 1);
    assert_int_equal(lab_edit_distance("", "layer", 2), 3);
    assert_int_equal(lab_edit_distance("abcdefgh", "12345678", 2), 3);
    const char *best = NULL;
    int distance = 3;
    lab_nearest("xy", "z", &best, &distance);
    assert_null(best);
    lab_nearest("powr", "power", &best, &distance);
    lab_nearest("powr", "tower", &best, &distance);
    assert_string_equal(best, "power");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_values_have_marks),
        cmocka_unit_test(columns_count_characters),
        cmocka_unit_test(refuses_what_yaml_can_but_we_do_not_want),
        cmocka_unit_test(refuses_what_is_no_text),
        cmocka_unit_test(refuses_deep_and_large),
        cmocka_unit_test(texts_in_every_style),
        cmocka_unit_test(files),
        cmocka_unit_test(sets_replace_and_make),
        cmocka_unit_test(bad_sets_say_where),
        cmocka_unit_test(canonical_form_forgets_spelling),
        cmocka_unit_test(an_error_shows_line_and_caret),
        cmocka_unit_test(long_lines_and_paths_are_windowed),
        cmocka_unit_test(nearest_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
