// The command line: what parses, what is refused and how, help, man page, completion, exit codes.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/cli/cli.h"
#include "core/lab/oracle/oracle.h"

enum { WORDS = 12 };

static struct lab_cli cli;
static char message[200];

// Words up to the first NULL.
static int parse(const char *const words[WORDS])
{
    const char *argv[WORDS + 1] = {"plr-sim"};
    int argc = 1;
    for (int n = 0; n < WORDS && words[n]; n++)
        argv[argc++] = words[n];
    lab_cli_free(&cli);
    return lab_cli_parse(lab_cli_sim(), argc, argv, &cli, message, sizeof message);
}

#define PARSE(...) parse((const char *const[WORDS]){__VA_ARGS__})

static void test_run(void **state)
{
    (void)state;
    assert_int_equal(PARSE("a.yaml"), 0);
    assert_int_equal(cli.verb, LAB_VERB_RUN);
    assert_int_equal(cli.operands, 1);
    assert_string_equal(cli.operand[0], "a.yaml");
    assert_false(cli.has_seed);
    assert_int_equal(PARSE("run", "a.yaml", "--seed", "7", "--seeds=20", "--set", "dut=naive",
                           "--set=power[0].at={layer: 20}", "--json", "-"),
                     0);
    assert_true(cli.verb_named && cli.has_seed);
    assert_int_equal(cli.seed, 7);
    assert_int_equal(cli.seeds, 20);
    assert_int_equal(cli.sets, 2);
    assert_string_equal(cli.set[0], "dut=naive");
    assert_string_equal(cli.set[1], "power[0].at={layer: 20}");
    assert_string_equal(cli.json, "-");
    assert_int_equal(PARSE("a@1234abcd#s1:w137.prefix3+dut=naive", "--no-host", "--dry-run", "-q",
                           "--color=never", "--root", "/tmp", "--junit", "x.xml"),
                     0);
    assert_true(cli.no_host && cli.dry_run && cli.quiet);
    assert_int_equal(cli.color, LAB_COLOR_NEVER);
    assert_string_equal(cli.root, "/tmp");
    assert_string_equal(cli.junit, "x.xml");
    assert_int_equal(PARSE("a.yaml", "--seed", "18446744073709551615"), 0);
    assert_true(cli.seed == UINT64_MAX);
}

static void test_verbs(void **state)
{
    (void)state;
    assert_int_equal(PARSE("check", "a.yaml", "b.yaml"), 0);
    assert_int_equal(cli.verb, LAB_VERB_CHECK);
    assert_int_equal(cli.operands, 2);
    assert_int_equal(PARSE("list"), 0);
    assert_int_equal(cli.verb, LAB_VERB_LIST);
    assert_int_equal(PARSE("explain", "power"), 0);
    assert_int_equal(PARSE("explain"), 0);
    assert_int_equal(cli.verb, LAB_VERB_EXPLAIN);
    assert_int_equal(PARSE("--quiet", "schema"), 0);
    assert_int_equal(cli.verb, LAB_VERB_SCHEMA);
    assert_int_equal(PARSE("--", "list"), 0); // a file of that name
    assert_int_equal(cli.verb, LAB_VERB_RUN);
    assert_string_equal(cli.operand[0], "list");
    assert_int_equal(PARSE("--", "--odd.yaml"), 0);
    assert_string_equal(cli.operand[0], "--odd.yaml");
    assert_int_equal(PARSE("-hV"), 0);
    assert_true(cli.help && cli.version);
    assert_int_equal(PARSE("check", "--help"), 0);
    assert_int_equal(cli.verb, LAB_VERB_CHECK);
}

static void refused(int error, const char *why)
{
    assert_int_equal(error, -22);
    assert_string_equal(message, why);
}

static void test_refused(void **state)
{
    (void)state;
    refused(PARSE(NULL), "'run' wants SCENARIO|ID...");
    refused(PARSE("a.yaml", "--wombat"), "unknown option '--wombat'");
    refused(PARSE("a.yaml", "--sed", "1"), "unknown option '--sed', did you mean '--seed'?");
    refused(PARSE("a.yaml", "--nohost"), "unknown option '--nohost', did you mean '--no-host'?");
    refused(PARSE("a.yaml", "--jsno=x"), "unknown option '--jsno', did you mean '--json'?");
    refused(PARSE("a.yaml", "-z"), "unknown option '-z'");
    refused(PARSE("a.yaml", "--seed"), "--seed wants N");
    refused(PARSE("a.yaml", "--seed", "x"), "--seed wants a whole number, not 'x'");
    refused(PARSE("a.yaml", "--seed", "-1"), "--seed wants a whole number, not '-1'");
    refused(PARSE("a.yaml", "--seed="), "--seed wants a whole number, not ''");
    refused(PARSE("a.yaml", "--seed", "18446744073709551616"),
            "--seed: 18446744073709551616 is too large");
    refused(PARSE("a.yaml", "--seeds", "0"), "--seeds wants at least 1");
    refused(PARSE("a.yaml", "--json="), "--json wants FILE, not an empty text");
    refused(PARSE("a.yaml", "--quiet=1"), "--quiet takes no value");
    refused(PARSE("a.yaml", "--color", "red"), "--color wants auto, always or never, not 'red'");
    refused(PARSE("chekc", "a.yaml"), "unknown verb 'chekc', did you mean 'check'?");
    refused(PARSE("list", "x"), "'list': one word too many: 'x'");
    refused(PARSE("check"), "'check' wants FILE...");
    refused(PARSE("check", "a.yaml", "--seed", "0"), "'check' takes no --seed");
    refused(PARSE("schema", "--json", "x"), "'schema' takes no --json");
    refused(PARSE("explain", "power", "--set", "a=b"), "'explain' takes no --set");
    refused(PARSE("a.yaml", "--x\ny\033[31m"), "unknown option '--x?y?[31m'");
}

static void test_nearest(void **state)
{
    (void)state;
    static const char *const words[] = {"layer", "lift", "bed_gate", "hold_up"};
    assert_string_equal(lab_cli_nearest("layr", words, 4), "layer");
    assert_string_equal(lab_cli_nearest("lyaer", words, 4), "layer");
    assert_string_equal(lab_cli_nearest("holdup", words, 4), "hold_up");
    assert_null(lab_cli_nearest("zzz", words, 4));
    assert_null(lab_cli_nearest("", words, 4));
    assert_null(lab_cli_nearest("a", words, 0));
    char endless[300];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = 0;
    assert_null(lab_cli_nearest(endless, words, 4));
}

// What a writer prints, as a string that the caller frees.
static char *printed(void (*print)(FILE *out))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    print(out);
    fclose(out);
    return text;
}

static void print_help(FILE *out)
{
    lab_cli_help(lab_cli_sim(), -1, out);
}

static void print_man(FILE *out)
{
    lab_cli_man(lab_cli_sim(), out);
}

static char *read_file(const char *path)
{
    FILE *in = fopen(path, "r");
    if (!in)
        return NULL;
    char *text = calloc(1, 65536);
    size_t size = fread(text, 1, 65535, in);
    text[size] = 0;
    fclose(in);
    return text;
}

static void test_help(void **state)
{
    (void)state;
    char *help = printed(print_help);
    const struct lab_cli_program *program = lab_cli_sim();
    for (int n = 0; n < program->options; n++) {
        char option[40];
        snprintf(option, sizeof option, "--%s ", program->option[n].name);
        assert_non_null(strstr(help, option));
    }
    for (int n = 0; n < program->verbs; n++)
        assert_non_null(strstr(help, program->verb[n].name));
    assert_non_null(strstr(help, "Examples:"));
    for (const char *line = help; *line;) {
        size_t length = strcspn(line, "\n");
        assert_true(length < 80);
        assert_true(length == 0 || line[length - 1] != ' ');
        line += length + 1;
    }
    free(help);
}

static void print_merge_help(FILE *out)
{
    lab_cli_help(lab_cli_sim(), LAB_VERB_MERGE, out);
}

static void print_run_help(FILE *out)
{
    lab_cli_help(lab_cli_sim(), LAB_VERB_RUN, out);
}

static void print_list_help(FILE *out)
{
    lab_cli_help(lab_cli_sim(), LAB_VERB_LIST, out);
}

// A verb's help has its own examples; one without any has none.
static void test_examples(void **state)
{
    (void)state;
    char *merge = printed(print_merge_help), *run = printed(print_run_help);
    char *list = printed(print_list_help);
    assert_non_null(strstr(merge, "  plr-sim merge part"));
    assert_null(strstr(merge, "  plr-sim sweep"));
    assert_non_null(strstr(run, "  plr-sim scenarios/voron24_cut.yaml --seeds"));
    assert_null(strstr(run, "  plr-sim merge"));
    assert_null(strstr(list, "Examples:"));
    free(merge);
    free(run);
    free(list);
}

static void print_view_help(FILE *out)
{
    lab_cli_help(lab_cli_sim(), LAB_VERB_VIEW, out);
}

static void print_script_help(FILE *out)
{
    lab_cli_help(lab_cli_sim(), LAB_VERB_POWER_SCRIPT, out);
}

// What reads a file and runs nothing finds no scenarios, and has no outcome to tell.
static void test_no_idle_options(void **state)
{
    (void)state;
    static const char *const verbs[] = {"view", "diff", "vcd", "power-script"};
    char *view = printed(print_view_help), *script = printed(print_script_help);

    assert_null(strstr(view, "--root"));
    assert_non_null(strstr(view, "Say less"));
    assert_null(strstr(script, "--root"));
    assert_null(strstr(script, "--quiet"));
    for (size_t n = 0; n < sizeof verbs / sizeof *verbs; n++)
        assert_int_equal(PARSE(verbs[n], "a", "--root", "/tmp"), -22);
    free(view);
    free(script);
}

// The committed page is what the tables say; PLR_UPDATE_GOLDEN=1 writes it anew.
static void test_man(void **state)
{
    (void)state;
    char *made = printed(print_man);
    if (getenv("PLR_UPDATE_GOLDEN")) {
        FILE *out = fopen("docs/man/plr-sim.1", "w");
        assert_non_null(out);
        fputs(made, out);
        fclose(out);
    }
    char *committed = read_file("docs/man/plr-sim.1");
    assert_non_null(committed);
    assert_string_equal(made, committed);
    free(committed);
    free(made);
}

// The line of the completion that begins with `name`= offers exactly the options of a verb.
static void offers(const char *text, const char *name, int verb)
{
    char want[512] = {0}, line[64];
    const struct lab_cli_program *program = lab_cli_sim();
    size_t at = (size_t)snprintf(want, sizeof want, "local %s=\"", name);
    for (int n = 0; n < program->options; n++)
        if (program->option[n].verbs & 1u << verb) {
            snprintf(line, sizeof line, "--%s ", program->option[n].name);
            at += (size_t)snprintf(want + at, sizeof want - at, "%s", line);
        }
    want[at - 1] = '"';
    if (!strstr(text, want))
        fail_msg("docs/completion/plr-sim.bash lacks: %s", want);
}

static void test_completion(void **state)
{
    (void)state;
    char *text = read_file("docs/completion/plr-sim.bash");
    assert_non_null(text);
    const struct lab_cli_program *program = lab_cli_sim();
    char verbs[200] = "local verbs=\"";
    for (int n = 0; n < program->verbs; n++) {
        strcat(verbs, program->verb[n].name);
        strcat(verbs, n + 1 < program->verbs ? " " : "\"");
    }
    assert_non_null(strstr(text, verbs));
    offers(text, "run", LAB_VERB_RUN);
    offers(text, "check", LAB_VERB_CHECK);
    offers(text, "sweep", LAB_VERB_SWEEP);
    offers(text, "swarm", LAB_VERB_SWARM);
    offers(text, "merge", LAB_VERB_MERGE);
    offers(text, "compare", LAB_VERB_COMPARE);
    offers(text, "diff", LAB_VERB_DIFF);
    offers(text, "vcd", LAB_VERB_VCD);
    offers(text, "power_script", LAB_VERB_POWER_SCRIPT);
    offers(text, "view", LAB_VERB_VIEW);
    offers(text, "serve", LAB_VERB_SERVE);
    offers(text, "plain", LAB_VERB_LIST);
    offers(text, "printer", LAB_VERB_PRINTER);
    free(text);
}

static void test_colour(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    unsetenv("NO_COLOR");
    unsetenv("CLICOLOR_FORCE");
    setenv("TERM", "xterm", 1);
    assert_true(lab_cli_colour(LAB_COLOR_ALWAYS, file));
    assert_false(lab_cli_colour(LAB_COLOR_NEVER, file));
    assert_false(lab_cli_colour(LAB_COLOR_AUTO, file)); // no terminal
    setenv("CLICOLOR_FORCE", "0", 1);
    assert_false(lab_cli_colour(LAB_COLOR_AUTO, file));
    setenv("CLICOLOR_FORCE", "1", 1);
    assert_true(lab_cli_colour(LAB_COLOR_AUTO, file));
    setenv("NO_COLOR", "", 1);
    assert_true(lab_cli_colour(LAB_COLOR_AUTO, file));
    setenv("NO_COLOR", "1", 1);
    assert_false(lab_cli_colour(LAB_COLOR_AUTO, file));
    unsetenv("NO_COLOR");
    unsetenv("CLICOLOR_FORCE");
    setenv("TERM", "dumb", 1);
    assert_false(lab_cli_colour(LAB_COLOR_AUTO, file));
    fclose(file);
}

static void test_blocks(void **state)
{
    (void)state;
    static const struct {
        const char *all, *ctype, *lang, *term;
        bool blocks;
    } cases[] = {{"", "", "", "xterm", false},
                 {"", "", "C", "xterm", false},
                 {"", "", "de_DE.UTF-8", "xterm", true},
                 {"", "", "en_GB.utf8", "xterm", true},
                 {"C", "", "de_DE.UTF-8", "xterm", false},
                 {"", "C.UTF-8", "C", "xterm", true},
                 {"", "", "de_DE.ISO-8859-1", "xterm", false},
                 {"", "", "de_DE.UTF-8", "dumb", false}};
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        setenv("LC_ALL", cases[n].all, 1);
        setenv("LC_CTYPE", cases[n].ctype, 1);
        setenv("LANG", cases[n].lang, 1);
        setenv("TERM", cases[n].term, 1);
        assert_int_equal(lab_cli_blocks(), cases[n].blocks);
    }
    FILE *file = tmpfile();
    assert_int_equal(lab_cli_columns(file), 0);
    fclose(file);
}

static void print_progress(FILE *out)
{
    struct lab_progress progress;
    lab_progress_begin(&progress, out, false, "run");
    assert_false(progress.terminal);
    for (int64_t n = 0; n <= 5000000000; n += 100000000)
        lab_progress_step(&progress, n, 5000000000, n > 4000000000 ? "recovery" : "");
    lab_progress_step(&progress, 1, 0, "");
    lab_progress_end(&progress);
    lab_progress_begin(&progress, out, true, "quiet");
    lab_progress_step(&progress, 1, 2, "");
    lab_progress_end(&progress);
    // as on a terminal
    lab_progress_begin(&progress, out, false, "bar");
    progress.terminal = true;
    lab_progress_step(&progress, 1, 2, "print");
    lab_progress_step(&progress, 2, 4, "print");
    lab_progress_end(&progress);
}

static void test_progress(void **state)
{
    (void)state;
    char *text = printed(print_progress);
    assert_string_equal(text, "run: 10 %\nrun: 20 %\nrun: 30 %\nrun: 40 %\nrun: 50 %\nrun: 60 %\n"
                              "run: 70 %\nrun: 80 %\nrun: 90 %, recovery\nrun: 100 %, recovery\n"
                              "\rbar [############............]  50 %  print\033[K\r\033[K");
    free(text);
}

static void test_exit(void **state)
{
    (void)state;
    assert_int_equal(lab_cli_exit(LAB_PASS, LAB_RESUMED, true), 0);
    assert_int_equal(lab_cli_exit(LAB_MARGINAL, LAB_RESUMED, true), 0);
    assert_int_equal(lab_cli_exit(LAB_FAIL, LAB_RESUMED, true), 1);
    assert_int_equal(lab_cli_exit(LAB_FAIL, LAB_REFUSED, false), 1);
    assert_int_equal(lab_cli_exit(LAB_ERROR, LAB_RESUMED, true), 3);
    assert_int_equal(lab_cli_exit(LAB_FAIL, LAB_NEVER_FINISHED, false), 4);
    assert_int_equal(lab_cli_exit(LAB_PASS, LAB_NEVER_FINISHED, true), 0);
}

static int end(void **state)
{
    (void)state;
    lab_cli_free(&cli);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run),        cmocka_unit_test(test_verbs),
        cmocka_unit_test(test_refused),    cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_help),       cmocka_unit_test(test_man),
        cmocka_unit_test(test_examples),   cmocka_unit_test(test_no_idle_options),
        cmocka_unit_test(test_completion), cmocka_unit_test(test_colour),
        cmocka_unit_test(test_blocks),     cmocka_unit_test(test_progress),
        cmocka_unit_test(test_exit),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
