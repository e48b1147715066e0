// Reports against golden files; JSON read back; XML well-formed; files whole or absent.
// SPDX-License-Identifier: MIT
#define _XOPEN_SOURCE 700
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/lab/report/format.h"
#include "core/lab/report/report.h"

#define GOLDEN "core/lab/report/golden/"

static char folder[64];

static char *read_file(const char *path)
{
    FILE *in = fopen(path, "r");
    if (!in)
        return NULL;
    char *text = calloc(1, 262144);
    assert_non_null(text);
    assert_true(fread(text, 1, 262143, in) > 0);
    fclose(in);
    return text;
}

// Same as the committed file? PLR_UPDATE_GOLDEN=1 writes that anew.
static void golden(const char *name, const char *made)
{
    char path[128];
    snprintf(path, sizeof path, GOLDEN "%s", name);
    if (getenv("PLR_UPDATE_GOLDEN")) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        fputs(made, out);
        fclose(out);
    }
    char *want = read_file(path);
    assert_non_null(want);
    assert_string_equal(made, want);
    free(want);
}

// --- a report with everything in it ------------------------------------------------------------------------

static struct lab_verdict verdict;
static struct lab_twin_facts facts = {.slicer = {.has_filament = true,
                                                 .has_time = true,
                                                 .filament_nm = 9249790000,
                                                 .time_ms = 4828000},
                                      .filament_nm = 9249000000,
                                      .time_ms = 4700000,
                                      .filament_error_ppm = -85,
                                      .time_error_ppm = -26512,
                                      .path_nm = 250123456789,
                                      .deposits = 35100};

static const struct lab_report_cut cuts[] = {
    {.truth = {.mains_us = 2112345678,
               .detected_us = 2112350678,
               .stopped_us = 2112372801,
               .drivers_us = 2112460001,
               .logic_us = 2112470001,
               .back_us = 2202345678,
               .stop_nm = {120123456, 88000499, 12400000},
               .corner_before_nm = {12400000, 12401000, 12399500, 12400250},
               .corner_after_nm = {12388000, 12250000, -5600500, 12400250},
               .overrun_nm = 0,
               .bed_mc = 98765,
               .nozzle_mc = 41200,
               .chamber_mc = INT32_MIN,
               .first_extrusion_us = 2502345678},
     .into_job_us = 2060887678,
     .event = 123456,
     .layer = 61,
     .line = 14321,
     .file_offset = 456789,
     .move_fraction_ppm = 503999,
     .during = "print"},
    {.truth = {.mains_us = 2402345678,
               .detected_us = -1,
               .stopped_us = 2402400000,
               .drivers_us = 2402345999,
               .logic_us = -1,
               .back_us = 2402425678,
               .overrun_nm = 6700000,
               .corner_before_nm = {INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN},
               .corner_after_nm = {INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN},
               .bed_mc = 99000,
               .nozzle_mc = 140000,
               .chamber_mc = 45000,
               .part_released = true,
               .part_shift_nm = {1200000, -300000},
               .first_extrusion_us = -1},
     .into_job_us = -1,
     .event = 125000,
     .layer = -1,
     .file_offset = -1,
     .during = "home_z0",
     .torn = true,
     .torn_size = 390,
     .tear = "prefix3"}};

static const struct lab_report_step steps[] = {
    {.cut = 0, .phase = "boot", .start_us = 0, .duration_us = 1200000, .note = ""},
    {.cut = 0,
     .phase = "heat",
     .start_us = 1200000,
     .duration_us = 185000000,
     .note = "bed to 105.0 C, nozzle to 180.0 C, both clear of the part, waited for the chamber",
     .bouts = 2},
    {.cut = 1, .phase = "home_z0", .start_us = 30000, .duration_us = 900, .note = "touch"}};

static const struct lab_report_save saves_made[] = {
    {.what = "layer", .count = 62, .bytes = 12345, .age_us = 5432100},
    {.what = "power_fail", .count = 1, .bytes = 512, .age_us = -1}};

static const struct lab_report_unknown unknown[] = {{"SET_PRINT_STATS_INFO", 1234}, {"G<29>", 1}};
static const char *const sets[] = {"power[0].at={layer: 61, move: 30}", "job=na\xefve\"&'<.gcode"};
static const char *const notes_made[] = {
    "calibrated soaked; a sentence that is much longer than a line of the report may be, so that "
    "it "
    "has to be broken at a blank somewhere near its hundredth column"};

static void set(enum lab_measure measure, int64_t value, int64_t min, int64_t max, int64_t p95,
                enum lab_outcome outcome)
{
    verdict.measure[measure] = (struct lab_measured){
        .known = true, .value = value, .min = min, .max = max, .p95 = p95, .outcome = outcome};
}

static void fill_verdict(void)
{
    verdict = (struct lab_verdict){.outcome = LAB_FAIL,
                                   .result = LAB_RESUMED,
                                   .result_ok = true,
                                   .why = "z_offset_error_um is -812, limit 60",
                                   .cuts = 2};
    for (int n = 0; n < LAB_MEASURES; n++)
        verdict.measure[n].outcome = LAB_NOT_APPLICABLE;
    set(LAB_Z_OFFSET_ERROR, -812, -840, -799, 836, LAB_FAIL);
    verdict.measure[LAB_Z_OFFSET_ERROR].limited = verdict.measure[LAB_Z_OFFSET_ERROR].warned = true;
    verdict.measure[LAB_Z_OFFSET_ERROR].limit = 60;
    verdict.measure[LAB_Z_OFFSET_ERROR].warn = 40;
    set(LAB_LAYER_SHIFT, 44, 40, 51, 50, LAB_MARGINAL);
    verdict.measure[LAB_LAYER_SHIFT].limited = verdict.measure[LAB_LAYER_SHIFT].warned = true;
    verdict.measure[LAB_LAYER_SHIFT].limit = 50;
    verdict.measure[LAB_LAYER_SHIFT].warn = 40;
    set(LAB_NV_WEAR_YEARS, INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX, LAB_PASS);
    verdict.cut[0] = (struct lab_aligned){.matched = true,
                                          .profiled = true,
                                          .cut_at_nm = 100123456789,
                                          .resumed_at_nm = 100121000000,
                                          .z_error_nm = -812345,
                                          .shift_nm = {30000, -32000},
                                          .first_path_nm = 1700000000,
                                          .stray_filament_nm = 15000000,
                                          .state_age_us = 30000};
    for (int n = 0; n < LAB_PROFILE; n++)
        verdict.cut[0].profile_nm[n] = n < 90 ? -800000 - n * n * 10 : INT32_MIN;
}

static struct lab_report everything(void)
{
    fill_verdict();
    return (struct lab_report){
        .version = "0.1.0",
        .id = "voron24_cut@0badcafe#s1+job=x",
        .about = "Mains lost in mid-layer of a tower.",
        .printer = "Voron 2.4, 300 mm",
        .job = "tower_voron24.gcode",
        .material = "ABS",
        .scenario_name = "voron24_cut",
        .seed = 1,
        .set = sets,
        .sets = 2,
        .hash_doc = 0x0badcafe,
        .hash_printer = 0xa1,
        .hash_job = 0xffffffff,
        .dut = "naive",
        .gantry = "full",
        .reason = "",
        .verdict = &verdict,
        .trace_hash = 0x0123456789abcdef,
        .marks = 1u << PLR_MARK_torn_record | 1u << PLR_MARK_older_block,
        .sim_ms = 4905432,
        .moves = 36884,
        .cut = cuts,
        .cuts = 2,
        .step = steps,
        .steps = 3,
        .save = saves_made,
        .saves = 2,
        .unknown = unknown,
        .unknowns = 2,
        .unknown_more = 1234,
        .unknown_more_lines = 5678,
        .note = notes_made,
        .notes = 1,
        .twin = &facts,
        .host = {.present = true, .wall_ms = 431, .max_rss_kib = 40960, .cuts_per_second = -1}};
}

static char *text_of(const struct lab_report *report, unsigned look)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(lab_report_text(report, look, out), 0);
    fclose(out);
    return text;
}

// --- text -----------------------------------------------------------------------------------------------------

static void test_text(void **state)
{
    (void)state;
    struct lab_report report = everything();
    char *text = text_of(&report, false);
    golden("run.txt", text);
    assert_null(strchr(text, '\033'));
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        if (length > 100)
            fail_msg("too wide: %.*s", (int)length, line);
        line += length + 1;
    }
    free(text);
}

// Without colour nothing is missing.
static void test_colour(void **state)
{
    (void)state;
    struct lab_report report = everything();
    char *plain = text_of(&report, false), *colour = text_of(&report, true), *to = colour;
    assert_non_null(strstr(colour, "\033[1;31mFAIL"));
    for (const char *from = colour; *from;) {
        if (*from == '\033')
            from += strcspn(from, "m") + 1;
        else
            *to++ = *from++;
    }
    *to = 0;
    assert_string_equal(plain, colour);
    free(plain);
    free(colour);
}

// --- small charts --------------------------------------------------------------------------------------------------

static char *chart_of(unsigned look, const int64_t *value, size_t count, int64_t low, int64_t high)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    report_chart(out, look, value, count, low, high);
    fclose(out);
    return text;
}

static void check_chart(unsigned look, int64_t low, int64_t high, const char *want)
{
    static const int64_t value[] = {-5, 0, 1, 3, INT64_MIN, 4, 7, 9};
    char *text = chart_of(look, value, sizeof value / sizeof *value, low, high);
    assert_string_equal(text, want);
    free(text);
}

static void test_chart(void **state)
{
    (void)state;
    check_chart(0, 0, 7, "__.= +##");
    check_chart(LAB_TEXT_BLOCKS, 0, 7, "▁▁▂▄ ▅██");
    check_chart(0, 7, 7, "____ __#"); // no range: only what is above it is drawn high
    assert_int_equal(report_chart_columns(0), REPORT_CHART);
    assert_int_equal(report_chart_columns(LAB_TEXT_COLOUR | LAB_TEXT_CHART(20)), 20);
    assert_int_equal(report_chart_columns(LAB_TEXT_CHART(200)), REPORT_CHART);
}

/// The profile in a run's report: in ASCII, in blocks, and in a narrow terminal.
static void test_profile(void **state)
{
    (void)state;
    struct lab_report report = everything();
    report.sets = 0; // one of them is no ASCII
    char *plain = text_of(&report, 0), *wide = text_of(&report, LAB_TEXT_BLOCKS);
    char *narrow = text_of(&report, LAB_TEXT_CHART(16));

    assert_non_null(strstr(plain, "     height error   ####"));
    assert_non_null(strstr(wide, "     height error   ████"));
    assert_non_null(strstr(wide, "▁     -877 to -800 um\n"));
    assert_non_null(strstr(narrow, "     height error   ####***xx+==-._  -871 to -800 um\n"));
    for (const char *at = plain; *at; at++)
        assert_true((unsigned char)*at < 0x80);
    free(plain);
    free(wide);
    free(narrow);
}

static void test_text_of_little(void **state)
{
    (void)state;
    struct lab_report report = everything();
    verdict = (struct lab_verdict){.outcome = LAB_PASS, .result = LAB_REFUSED, .result_ok = true};
    report.cuts = report.steps = report.saves = report.unknowns = report.notes = report.sets = 0;
    report.unknown_more = report.unknown_more_lines = 0;
    report.twin = NULL;
    report.host.present = false;
    report.reason = "The bed is colder than its gate.";
    char *text = text_of(&report, false);
    golden("refused.txt", text);
    free(text);
}

// --- JSON ------------------------------------------------------------------------------------------------------

static void in_folder(char path[128], const char *name)
{
    snprintf(path, 128, "%s/%s", folder, name);
}

static void no_reals(const json_t *value)
{
    assert_false(json_is_real(value));
    const char *key;
    size_t n;
    json_t *inner;
    if (json_is_object(value))
        json_object_foreach((json_t *)(uintptr_t)value, key, inner) no_reals(inner);
    if (json_is_array(value))
        json_array_foreach(value, n, inner) no_reals(inner);
}

static json_t *load(const char *path)
{
    json_error_t error;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    no_reals(root);
    return root;
}

static void test_json(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "schema", "id",      "scenario",   "seed",   "set",   "hashes", "dut",  "gantry",  "result",
        "reason", "outcome", "trace_hash", "sim_ms", "moves", "host",   "cuts", "measures"};
    char path[128];
    in_folder(path, "run.json");
    struct lab_report report = everything();
    assert_int_equal(lab_report_json(&report, path), 0);
    char *text = read_file(path);
    golden("run.json", text);
    free(text);
    json_t *root = load(path);
    for (size_t n = 0; n < sizeof keys / sizeof *keys; n++)
        assert_non_null(json_object_get(root, keys[n]));
    json_t *measures = json_object_get(root, "measures");
    assert_int_equal(json_object_size(measures), LAB_MEASURES);
    json_t *z = json_object_get(measures, "z_offset_error_um");
    assert_int_equal(json_integer_value(json_object_get(z, "value")), -812);
    assert_int_equal(json_integer_value(json_object_get(z, "limit")), 60);
    assert_string_equal(json_string_value(json_object_get(z, "outcome")), "fail");
    assert_true(json_is_null(json_object_get(json_object_get(measures, "dive_um"), "value")));
    json_t *cut = json_array_get(json_object_get(root, "cuts"), 1);
    assert_true(json_is_null(json_object_get(cut, "detected_us")));
    assert_string_equal(json_string_value(json_object_get(cut, "during")), "home_z0");
    json_decref(root);
}

static void test_json_no_host(void **state)
{
    (void)state;
    char path[128];
    in_folder(path, "no_host.json");
    struct lab_report report = everything();
    report.host.present = false;
    report.seed = UINT64_MAX;
    assert_int_equal(lab_report_json(&report, path), 0);
    json_t *root = load(path);
    assert_null(json_object_get(root, "host"));
    assert_string_equal(json_string_value(json_object_get(root, "seed")), "18446744073709551615");
    json_decref(root);
}

// --- files -----------------------------------------------------------------------------------------------------

static int make_half(const void *ctx, FILE *out)
{
    fputs("half", out);
    return ctx ? *(const int *)ctx : 0;
}

static int make_much(const void *ctx, FILE *out)
{
    (void)ctx;
    for (int n = 0; n < 100000 && !ferror(out); n++)
        fputs("much", out);
    return ferror(out) ? -EIO : 0;
}

static void test_full_disk(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK))
        skip();
    assert_int_equal(lab_write_file("/dev/full", make_half, NULL), -ENOSPC);
    assert_int_equal(lab_write_file("/dev/full", make_much, NULL), -ENOSPC);
    int broken = -EIO; // that is no full disk
    assert_int_equal(lab_write_file("/dev/null", make_half, &broken), -EIO);
}

static void test_files(void **state)
{
    (void)state;
    char path[128], link[128];
    int broken = -5;
    in_folder(path, "whole");
    in_folder(link, "link");
    assert_int_equal(lab_write_file(path, make_half, &broken), -5);
    assert_int_equal(access(path, F_OK), -1); // nothing appeared
    assert_int_equal(lab_write_file(path, make_half, NULL), 0);
    struct stat about;
    mode_t mask = umask(022);
    umask(mask);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0666 & ~mask);
    assert_int_equal(symlink("whole", link), 0);
    assert_int_equal(lab_write_file(link, make_half, NULL), 0);
    assert_int_equal(lstat(link, &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    assert_int_equal(lab_write_file(folder, make_half, NULL), -EISDIR);
    assert_int_equal(lab_write_file("/nowhere/at/all", make_half, NULL), -ENOENT);
    // the same file by its name, by a link, by a way around; also before it is there
    char around[160], beside[160];
    snprintf(around, sizeof around, "%s/./../%s/whole", folder, strrchr(folder, '/') + 1);
    assert_true(lab_write_same(path, path) && lab_write_same(path, link) &&
                lab_write_same(path, around));
    in_folder(beside, "later");
    snprintf(around, sizeof around, "%s/./later", folder);
    assert_true(lab_write_same(beside, around));
    assert_false(lab_write_same(path, beside));
    // a link to what is not there yet leads there, and stays a link
    char ahead[160], loop[160];
    in_folder(ahead, "ahead");
    in_folder(loop, "loop");
    assert_int_equal(symlink("later", ahead), 0);
    assert_int_equal(symlink("loop", loop), 0);
    assert_true(lab_write_same(beside, ahead));
    assert_false(lab_write_same(path, ahead));
    assert_int_equal(lab_write_check(ahead), 0);
    assert_int_equal(lab_write_check(loop), -ELOOP);
    assert_int_equal(lab_write_file(ahead, make_half, NULL), 0);
    assert_int_equal(lstat(ahead, &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    assert_int_equal(lstat(beside, &about), 0);
    assert_true(S_ISREG(about.st_mode) && !unlink(beside));
    assert_true(!unlink(ahead) && !symlink("no/such/folder", ahead));
    assert_int_equal(lab_write_check(ahead), -ENOENT);
    assert_int_equal(lab_write_file(ahead, make_half, NULL), -ENOENT);
    assert_true(!unlink(ahead) && !unlink(loop));
    assert_false(lab_write_same("/nowhere/a", "/nowhere/./a"));
    assert_false(
        lab_write_same("/dev/null", "/dev/../dev/null")); // as many as like may write there
    assert_int_equal(lab_write_check(path), 0);
    assert_int_equal(lab_write_check(link), 0);
    assert_int_equal(lab_write_check("-"), 0);
    assert_int_equal(lab_write_check("beside_me"), access(".", W_OK | X_OK) ? -errno : 0);
    assert_int_equal(lab_write_check("/dev/null"), 0);
    assert_int_equal(lab_write_check(folder), -EISDIR);
    assert_int_equal(lab_write_check("/nowhere/at/all"), -ENOENT);
    assert_int_equal(lab_write_check("/nowhere/"), -ENOENT);
    assert_int_equal(lab_write_check("/dev/null/a"), -ENOTDIR);
    assert_int_equal(lab_write_file("/dev/null", make_half, NULL), 0);
    assert_int_equal(stat("/dev/null", &about), 0);
    assert_true(S_ISCHR(about.st_mode));
    assert_int_equal(lab_write_file("/dev/full", make_half, NULL), -ENOSPC);
    struct lab_report report = everything();
    assert_int_equal(lab_report_json(&report, "/dev/full"), -ENOSPC);
}

// --- XML -------------------------------------------------------------------------------------------------------

// One tag: past its name, attributes and closing. Returns 1 open, -1 close, 0 empty.
static int tag(const char **at, char name[32])
{
    int kind = 1;
    const char *p = *at + 1;
    if (*p == '/') {
        kind = -1;
        p++;
    }
    size_t length = strspn(p, "abcdefghijklmnopqrstuvwxyz-");
    assert_in_range(length, 1, 31);
    snprintf(name, 32, "%.*s", (int)length, p);
    p += length;
    while (*p == ' ') {
        p += 1 + strspn(p + 1, "abcdefghijklmnopqrstuvwxyz");
        assert_true(p[0] == '=' && p[1] == '"');
        size_t value = strcspn(p + 2, "\"<");
        assert_int_equal(p[2 + value], '"');
        p += 3 + value;
    }
    if (*p == '/') {
        kind = 0;
        p++;
    }
    assert_int_equal(*p, '>');
    *at = p + 1;
    return kind;
}

// Well-formed, as far as our writers go: nesting, quotes, entities.
static void well_formed(const char *xml)
{
    char stack[8][32], name[32];
    int depth = 0;
    static const char head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    assert_memory_equal(xml, head, sizeof head - 1);
    for (const char *at = xml + sizeof head - 1; *at;) {
        if (*at == '&')
            assert_in_range(strcspn(at, ";"), 2, 5);
        if (*at != '<') {
            at++;
            continue;
        }
        int kind = tag(&at, name);
        assert_true(depth < 8);
        if (kind > 0)
            memcpy(stack[depth++], name, sizeof name);
        if (kind < 0)
            assert_string_equal(stack[--depth], name);
    }
    assert_int_equal(depth, 0);
}

static void test_junit(void **state)
{
    (void)state;
    char path[128];
    in_folder(path, "run.xml");
    struct lab_report report = everything(), other = report;
    struct lab_verdict wrong = {
        .outcome = LAB_FAIL, .result = LAB_REFUSED, .why = "result is refused, expected resumed"};
    other.id = "bad\x01\xff<&>\"'\xc3\xa4\xed\xa0\x80@1";
    other.verdict = &wrong;
    other.host.present = false;
    const struct lab_report *const both[] = {&report, &other};
    assert_int_equal(lab_report_junit(both, 2, path), 0);
    char *xml = read_file(path);
    well_formed(xml);
    golden("run.xml", xml);
    assert_non_null(strstr(xml, "bad??&lt;&amp;&gt;&quot;&apos;\xc3\xa4???@1"));
    free(xml);
}

/// What a gauge read comes with its uncertainty; what the oracle worked out has none.
static void test_gauged(void **state)
{
    (void)state;
    char path[128];
    struct lab_report report = everything();
    struct lab_verdict read = *report.verdict;
    struct lab_measured *offset = &read.measure[LAB_Z_OFFSET_ERROR];

    offset->gauged = true;
    offset->uncertainty = 7;
    report.verdict = &read;
    in_folder(path, "gauged.json");
    assert_int_equal(lab_report_json(&report, path), 0);
    json_t *root = load(path), *all = json_object_get(root, "measures");
    json_t *one = json_object_get(all, "z_offset_error_um");
    assert_int_equal(json_integer_value(json_object_get(one, "uncertainty")), 7);
    assert_true(json_is_false(json_object_get(one, "independent")));
    assert_null(json_object_get(json_object_get(all, "dive_um"), "uncertainty"));
    json_decref(root);
    assert_int_equal(unlink(path), 0);

    char *text = text_of(&report, false);
    assert_non_null(strstr(text, " +-7, gauge of the recovery\n"));
    free(text);
}

// --- a real printer ----------------------------------------------------------------------------------------------

static const struct lab_rig_state rig_states[] = {{"off", 0},
                                                  {"armed", 2100000},
                                                  {"printing", 64000123},
                                                  {"cut", 2243627859},
                                                  {"safe", 5000000000}};
static const struct lab_rig_edge rig_edges[] = {{2600000, "mains", true, true},
                                                {2611234, "ac", false, true}};
static const struct lab_rig_cut_relay rig_relays[] = {
    {"mains", 2243627103, 2243635103, 2333627103, 2333639103},
    {"psu", 2243627103, 2243636603, 2333800000, -1}};
static const struct lab_rig_cut rig_cuts[] = {
    {.trigger = "layer",
     .asked_offset = 413574,
     .asked_line = 15510,
     .asked_z_nm = 12400000,
     .asked_us = -1,
     .asked_layer = 61,
     .offset = 413590,
     .at_nm = {100000000, -1500, 12400000, INT64_MIN},
     .into_job_us = 2179627859,
     .layer = -1,
     .status_us = 2243620000,
     .due_us = 2243627000,
     .command_us = 2243627100,
     .line_us = 2243627103,
     .line_doubt_us = 2,
     .sense_us = 2243635103,
     .back_line_us = 2333627103,
     .back_sense_us = 2333639103,
     .off_us = 90004000,
     .spread_us = 1500,
     .relay = rig_relays,
     .relays = 2,
     .ready_us = 2353639103,
     .told_us = 2353639200,
     .resumed_us = 2453639200,
     .resumed_doubt_us = 250000,
     .resumed_offset = 412950,
     .resumed_layer = 61},
    {.trigger = "time",
     .marked = true,
     .asked_offset = -1,
     .asked_z_nm = INT64_MIN,
     .asked_us = 3000000000,
     .asked_layer = -1,
     .offset = -1,
     .at_nm = {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN},
     .into_job_us = 3000000100,
     .layer = 70,
     .status_us = 3064000000,
     .due_us = 3064000100,
     .command_us = 3064000200,
     .line_us = 3064000210,
     .sense_us = -1,
     .back_line_us = -1,
     .back_sense_us = -1,
     .off_us = -1,
     .spread_us = 0,
     .ready_us = -1,
     .told_us = -1,
     .resumed_us = -1}};
static const struct lab_rig_word rig_words[] = {
    {"disturb[0]", "M221 S95", 80000000, 80012000, 80100000},
    {"disturb[2]", "EXCLUDE_OBJECT NAME=a", -1, -1, -1}};
static const struct lab_rig_gauge rig_gauges[] = {
    {"dial", "z_offset", true, true, 1250000, 1257000, -10000000, 10000000, 5000, NULL},
    {"probe", "corner", false, false, INT64_MIN, INT64_MIN, 0, 350000000, 20000,
     "gauge 'probe': it said no number"}};
static const char *const rig_skipped[] = {"disturb[0]"};

/// A run on a bench that was ended by a fault behind its second cut.
static void test_rig(void **state)
{
    const struct lab_report_rig rig = {.bench = "Voron 2.4 in the workshop",
                                       .fault = "relay_stuck",
                                       .why = "relay 'mains' did not follow",
                                       .unsafe = true,
                                       .state = rig_states,
                                       .states = 5,
                                       .cut = rig_cuts,
                                       .cuts = 2,
                                       .edge = rig_edges,
                                       .edges = 2,
                                       .edges_lost = 7,
                                       .skipped = rig_skipped,
                                       .skips = 1,
                                       .word = rig_words,
                                       .words = 2,
                                       .gauge = rig_gauges,
                                       .gauges = 2,
                                       .touched = {.touch_nm = 20000,
                                                   .looks = 3321,
                                                   .touches = 48,
                                                   .late_touches = 2,
                                                   .look_us = 10321,
                                                   .edge_us = 4100}};
    struct lab_report report = everything();
    struct lab_verdict broken = {
        .outcome = LAB_ERROR, .result = LAB_RESULT_ANY, .why = "relay 'mains' did not follow"};
    char path[128];

    (void)state;
    for (int n = 0; n < LAB_MEASURES; n++)
        broken.measure[n].outcome = LAB_NOT_APPLICABLE;
    report.rig = &rig;
    report.verdict = &broken;
    report.twin = NULL;
    report.dut = "printer";
    report.gantry = "real";
    char *text = text_of(&report, false);
    golden("rig.txt", text);
    free(text);
    in_folder(path, "rig.json");
    assert_int_equal(lab_report_json(&report, path), 0);
    json_t *root = load(path);
    assert_string_equal(json_string_value(json_object_get(root, "result")), "unknown");
    text = json_dumps(json_object_get(root, "rig"), JSON_INDENT(2));
    golden("rig.json", text);
    free(text);
    json_decref(root);
    assert_int_equal(unlink(path), 0);
    struct lab_report_rig calm = rig; // no fault, but a gauge that could not be read
    calm.fault = calm.why = "";
    broken.result = LAB_RESUMED;
    report.rig = &calm;
    assert_string_equal(report_result(&report), "resumed");
    struct lab_rig_spread line = lab_rig_line_latency(&rig), sense = lab_rig_sense_latency(&rig);
    assert_true(line.known && line.min_us == 3 && line.max_us == 10 && line.mean_us == 7);
    assert_true(sense.known && sense.min_us == 8000 && sense.max_us == 8000);
}

// --- LAVA ---------------------------------------------------------------------------------------------------------

/// What LAVA reads off a console, by its own rules: "<LAVA_SIGNAL_", a word, a blank, no '>' up to the end; of a test case pairs.
static void lava_reads(const char *text, int cases, const char *result)
{
    char line[256], id[64], word[16];
    int found = 0;

    while (sscanf(text, "%255[^\n]", line) == 1) {
        assert_memory_equal(line, "<LAVA_SIGNAL_", 13);
        assert_int_equal(line[strlen(line) - 1], '>');
        assert_ptr_equal(strchr(line, '>'), line + strlen(line) - 1);
        if (!strncmp(line + 13, "TESTCASE ", 9)) {
            int pairs = 0;
            line[strlen(line) - 1] = '\0';
            assert_int_equal(sscanf(line + 22, "TEST_CASE_ID=%63s RESULT=%15s", id, word), 2);
            for (char *pair = strtok(line + 22, " "); pair; pair = strtok(NULL, " "), pairs++)
                assert_ptr_equal(strchr(pair, '='), strrchr(pair, '='));
            assert_true(pairs == 2 || pairs == 4);
            if (!strcmp(id, "result"))
                assert_string_equal(word, result);
            found++;
        }
        text += strcspn(text, "\n") + 1;
    }
    assert_int_equal(found, cases);
}

static void test_lava(void **state)
{
    struct lab_report report = everything();
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    lab_report_lava_begin("my cut#1=2>", out);
    lab_report_lava(report.verdict, out);
    fclose(out);
    golden("lava.txt", text);
    lava_reads(text, 1 + LAB_MEASURES, report.verdict->result_ok ? "pass" : "fail");
    free(text);
    struct lab_verdict broken = {.outcome = LAB_ERROR, .result_ok = true};
    for (int n = 0; n < LAB_MEASURES; n++)
        broken.measure[n].outcome = LAB_NOT_APPLICABLE;
    const struct lab_verdict *none[] = {&broken, NULL};
    for (int n = 0; n < 2; n++) { // trouble of a bench is no failure
        out = open_memstream(&text, &size);
        lab_report_lava(none[n], out);
        fclose(out);
        lava_reads(text, none[n] ? 1 + LAB_MEASURES : 1, "unknown");
        assert_null(strstr(text, "=fail"));
        assert_null(strstr(text, "MEASUREMENT"));
        free(text);
    }
}

// --- many runs ---------------------------------------------------------------------------------------------------

/// Forty runs of which two fail, judged.
static void forty_runs(struct lab_population *population)
{
    static struct lab_scenario scenario;
    scenario.expect_p95[LAB_Z_OFFSET_ERROR] = (struct lab_limit){.set = true, .max = 25};
    scenario.expect_p95[LAB_NV_WEAR_YEARS] = (struct lab_limit){.set = true, .max = 10};
    for (int n = 1; n <= 40; n++) {
        fill_verdict();
        set(LAB_Z_OFFSET_ERROR, n % 2 ? n : -n, n, n, n, n > 38 ? LAB_FAIL : LAB_PASS);
        set(LAB_NV_WEAR_YEARS, 100 + n, n, n, n, LAB_PASS);
        verdict.outcome = n > 38 ? LAB_FAIL : LAB_PASS;
        if (n == 40) {
            verdict.result = LAB_REFUSED;
            verdict.result_ok = false;
        }
        char id[40];
        snprintf(id, sizeof id, "voron24_cut@0badcafe#s%d", n);
        const struct lab_population_run run = {n, id, n == 40 ? "bed_cold: the bed is cold" : ""};
        assert_int_equal(lab_population_add(population, &run, &verdict), 0);
    }
    lab_population_judge(population, &scenario);
}

/// JSON, JUnit and text of a sweep are what somebody has looked at.
static void sweep_goldens(const struct lab_sweep_report *report)
{
    char path[128];
    in_folder(path, "sweep.json");
    assert_int_equal(lab_sweep_json(report, path), 0);
    char *made = read_file(path);
    golden("sweep.json", made);
    free(made);
    json_decref(load(path));
    in_folder(path, "sweep.xml");
    assert_int_equal(lab_sweep_junit(report, path), 0);
    made = read_file(path);
    well_formed(made);
    golden("sweep.xml", made);
    free(made);
    size_t size;
    FILE *out = open_memstream(&made, &size);
    assert_int_equal(lab_sweep_text(report, false, out), 0);
    fclose(out);
    golden("sweep.txt", made);
    free(made);
}

static void test_sweep(void **state)
{
    (void)state;
    struct lab_population population = {0};
    forty_runs(&population);
    const struct lab_population_measure *z = &population.measure[LAB_Z_OFFSET_ERROR];
    assert_int_equal(z->p50, 20);
    assert_int_equal(z->p95, 38);
    assert_int_equal(z->max, 40);
    assert_int_equal(z->outcome, LAB_FAIL);
    assert_int_equal(population.measure[LAB_NV_WEAR_YEARS].p95, 103); // the bad end is the low one
    assert_int_equal(population.measure[LAB_NV_WEAR_YEARS].max, 101);
    assert_int_equal(population.measure[LAB_NV_WEAR_YEARS].outcome, LAB_PASS);
    assert_int_equal(population.measure[LAB_DIVE].outcome, LAB_NOT_APPLICABLE);
    assert_int_equal(population.failures, 2);
    assert_int_equal(population.failure[0].measure, LAB_Z_OFFSET_ERROR);
    assert_int_equal(population.failure[0].value, 39);
    assert_int_equal(population.failure[1].measure, -1);
    assert_int_equal(population.kinds, 2);
    static const uint64_t states[] = {1, 0xffffffffffffffffu};
    static const struct lab_cover covers[] = {{1, 31}, {40, 50}};
    static const struct lab_sweep_facts sweep = {.every = "nv_write",
                                                 .tear = "prefix:all",
                                                 .depth = 2,
                                                 .every2 = "phase",
                                                 .from = 7,
                                                 .to = INT64_MAX,
                                                 .list = 0xc0ffee,
                                                 .cuts = 40,
                                                 .to_end = 3,
                                                 .other_state = 1,
                                                 .marks = {[PLR_MARK_held_up] = 4},
                                                 .unique_states = 2,
                                                 .state = states};
    struct lab_sweep_report report = {.version = "0.1.0",
                                      .scenario_name = "voron24_cut",
                                      .id = "voron24_cut@0badcafe#s1..40",
                                      .dut = "core",
                                      .gantry = "quasistatic",
                                      .set = sets,
                                      .sets = 1,
                                      .population = &population,
                                      .sweep = &sweep,
                                      .cover = covers,
                                      .covers = 2,
                                      .of = 60,
                                      .host = {.present = true,
                                               .wall_ms = 12345,
                                               .max_rss_kib = -1,
                                               .jobs = 2,
                                               .cuts_per_second = 1234}};
    sweep_goldens(&report);
    lab_population_free(&population);
}

/// Marks that no cut came by are said, too.
static void test_sweep_marks(void **state)
{
    (void)state;
    struct lab_population population = {0};
    struct lab_sweep_facts sweep = {.every = "move", .cuts = 9};
    struct lab_sweep_report report = {
        .id = "", .dut = "core", .gantry = "full", .population = &population, .sweep = &sweep};
    char path[128], *made;
    size_t size;

    report.scenario_name = "voron24_cut";
    sweep.marks[PLR_MARK_held_up] = 7;
    in_folder(path, "marks.json");
    assert_int_equal(lab_sweep_json(&report, path), 0);
    json_t *root = load(path), *marks = json_object_get(root, "marks");
    assert_int_equal(json_object_size(marks), PLR_MARKS);
    assert_int_equal(json_integer_value(json_object_get(marks, "held_up")), 7);
    assert_int_equal(json_integer_value(json_object_get(marks, "z_lost")), 0);
    json_decref(root);
    FILE *out = open_memstream(&made, &size);
    assert_int_equal(lab_sweep_text(&report, false, out), 0);
    fclose(out);
    assert_non_null(strstr(made, "reached 1 of"));
    assert_non_null(strstr(made, "held_up 7\n"));
    assert_non_null(strstr(strstr(made, "never reached"), "z_lost"));
    free(made);
}

static bool curve_cut(const void *ctx, size_t n, struct lab_curve_cut *out)
{
    const bool *failed = ctx;

    *out = (struct lab_curve_cut){.known = 1u << LAB_Z_OFFSET_ERROR,
                                  .outcome = *failed && n == 130 ? LAB_FAIL : LAB_PASS};
    out->value[LAB_Z_OFFSET_ERROR] = n % 2 ? -1 : n < 100 ? -7 : 70; // the worst of a part counts
    return n / 10 != 15; // some places were never reached
}

/// A sweep's line: the worst of each of 64 parts, and what failed below it.
static void test_curve(void **state)
{
    (void)state;
    bool failed = false;
    const struct lab_curve curve = {.of = "cut", .count = 200, .cut = curve_cut, .ctx = &failed};
    char *made[2];
    size_t size;

    for (int n = 0; n < 2; n++) {
        failed = n;
        FILE *out = open_memstream(&made[n], &size);
        report_curve(&curve, 0, out);
        fclose(out);
    }
    assert_string_equal(made[0], "  z error     ................................################   "
                                 "#############  to 70 um, by cut\n");
    assert_int_equal(strncmp(made[0], made[1], strlen(made[0])), 0);
    assert_string_equal(made[1] + strlen(made[0]),
                        "  failed                                               ^"
                        "                      \n");
    free(made[0]);
    free(made[1]);
}

static bool limited_cut(const void *ctx, size_t n, struct lab_curve_cut *out)
{
    (void)ctx;
    *out = (struct lab_curve_cut){.known = 1u << LAB_Z_OFFSET_ERROR | 1u << LAB_SEAM_OVERLAP};
    out->judged = out->known;
    out->value[LAB_Z_OFFSET_ERROR] = n < 3 ? 70 : 7;
    out->failed = n < 3 ? 1u << LAB_Z_OFFSET_ERROR : 0;
    out->limit[LAB_SEAM_OVERLAP] = n ? 100 : 3615;
    return true;
}

/// The limit that the scenario sets for each run stands beside that of the 95 %, with how many runs are over it.
static void test_limits_of_runs(void **state)
{
    (void)state;
    static struct lab_scenario scenario = {
        .expect[LAB_Z_OFFSET_ERROR] = {.set = true, .max = 60},
        .expect[LAB_SEAM_OVERLAP] = {.set = true, .max = 100},
        .expect_p95[LAB_Z_OFFSET_ERROR] = {.set = true, .max = 90}};
    const struct lab_curve curve = {.of = "run", .count = 9, .cut = limited_cut};
    struct lab_population population = {0};
    struct lab_sweep_report report = {.scenario_name = "x",
                                      .scenario = &scenario,
                                      .dut = "core",
                                      .gantry = "full",
                                      .population = &population,
                                      .curve = &curve,
                                      .of = -1};
    char *made;
    size_t size;

    for (int m = 0; m < 2; m++)
        assert_int_equal(lab_population_tally(&population,
                                              m ? LAB_SEAM_OVERLAP : LAB_Z_OFFSET_ERROR,
                                              (struct lab_tally){m ? 0 : 70, 9}),
                         0);
    lab_population_judge(&population, &scenario);
    FILE *out = open_memstream(&made, &size);
    assert_int_equal(lab_sweep_text(&report, 0, out), 0);
    fclose(out);
    assert_non_null(strstr(made, "  z_offset_error_um               9        70        70        "
                                 "70        90        60       3  FAIL\n"));
    assert_non_null(strstr(made, "  seam_overlap_um                 9         0         0         "
                                 "0         -       100       0  PASS  (without warning up to "
                                 "3615)\n"));
    free(made);
    lab_population_free(&population);
}

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/test_report.XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    static const char *const names[] = {"run.json", "no_host.json", "whole",     "link",
                                        "run.xml",  "sweep.json",   "sweep.xml", "marks.json"};
    char path[128];
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        in_folder(path, names[n]);
        unlink(path);
    }
    return rmdir(folder); // fails when a temporary file was left behind
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_colour),
        cmocka_unit_test(test_text_of_little),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_no_host),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_gauged),
        cmocka_unit_test(test_rig),
        cmocka_unit_test(test_lava),
        cmocka_unit_test(test_junit),
        cmocka_unit_test(test_sweep),
        cmocka_unit_test(test_sweep_marks),
        cmocka_unit_test(test_chart),
        cmocka_unit_test(test_profile),
        cmocka_unit_test(test_curve),
        cmocka_unit_test(test_limits_of_runs),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
