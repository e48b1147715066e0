// Tests of job files: walks fixtures/invalid/gcode/CASE/{input.gcode,error}, and loads what must load.
// SPDX-License-Identifier: MIT
//
// `error` is exactly what lab_error_print says: place, message, line, caret. `input.gcode` may be a directory or missing: that is then
// what is wrong. PLR_UPDATE=1 writes what is missing.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/plr/journal/journal.h"
#include "core/lab/scenario/scenario.h"
#include "core/lab/job/job.h"

static const char corpus[] = "fixtures/invalid/gcode";
static struct lab_printer printer;

static int load_printer(void **state)
{
    (void)state;
    return lab_printer_load("fixtures/printers/voron24_300.yaml", &printer, NULL, NULL);
}

// --- what must be refused ------------------------------------------------------------------------------

static size_t read_text(const char *path, char *out, size_t room)
{
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(out, 1, room - 1, file) : 0;

    out[n] = '\0';
    if (file)
        fclose(file);
    return n;
}

static void print_error_to(const struct lab_error *err, char *out, size_t room)
{
    FILE *file = fmemopen(out, room, "w");
    assert_non_null(file);
    lab_error_print(file, err);
    fclose(file);
}

/// Returns whether the case is as it should be; tells otherwise.
static bool run_case(const char *name)
{
    char input[300], error[300], expected[2000], said[2000] = "";
    struct lab_error err = {0};
    struct lab_job job;

    snprintf(input, sizeof input, "%s/%s/input.gcode", corpus, name);
    snprintf(error, sizeof error, "%s/%s/error", corpus, name);
    int status = lab_job_open(&job, input, &printer, &err);
    if (!status)
        lab_job_close(&job);
    print_error_to(&err, said, sizeof said);
    if (!read_text(error, expected, sizeof expected) && getenv("PLR_UPDATE")) {
        FILE *file = fopen(error, "w");
        assert_non_null(file);
        fputs(said, file);
        fclose(file);
        read_text(error, expected, sizeof expected);
    }
    if (status < 0 && lab_error_set(&err) && !strcmp(expected, said))
        return true;
    print_error("%s: status %d, got\n%sexpected\n%s", name, status, said, expected);
    return false;
}

static void the_corpus_is_refused(void **state)
{
    (void)state;
    DIR *dir = opendir(corpus);
    int cases = 0, wrong = 0;

    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        cases++;
        wrong += !run_case(entry->d_name);
    }
    closedir(dir);
    assert_true(cases >= 38);
    assert_int_equal(wrong, 0);
}

/// Every prefix and every single damaged byte of a good file: refused with a place or loaded, never a crash.
static void damage_is_refused_with_a_place_or_does_no_harm(void **state)
{
    (void)state;
    static const char good[] = "; filament_type = ABS\r\nM83\nG1 Z.2 F600\nG3 X10 Y10 I5 J5 "
                               "E.5\nN5 G1 X20 E1*85\nPLR_ENABLE A=1\nG1 X30 E1";
    static const unsigned char damage[] = {0, 7, '\n', '-', '.', '9', 'E', 'n', 0x80, 0xff};
    char text[sizeof good];
    struct lab_job job;

    for (size_t at = 0; at < sizeof good - 1; at++)
        for (size_t i = 0; i <= sizeof damage; i++) {
            struct lab_error err = {0};
            memcpy(text, good, sizeof good);
            text[at] = (char)(i < sizeof damage ? damage[i] : (unsigned char)text[at]);
            size_t size = i < sizeof damage ? sizeof good - 1 : at; // one more: the prefix
            if (!lab_job_use(&job, "x.gcode", text, size, &printer, &err))
                continue;
            assert_true(lab_error_set(&err));
            assert_true(err.line > 0 || strstr(err.message, "nothing is extruded"));
        }
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *path, *message;
    } cases[] = {
        {"fixtures/invalid", "the job file cannot be read: Is a directory"},
        {"fixtures/none.gcode", "the job file cannot be read: No such file or directory"},
        {"/dev/null", "the job file is empty"},
        {"CMakeLists.txt/x.gcode", "the job file cannot be read: Not a directory"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lab_error err = {0};
        struct lab_job job;
        assert_true(lab_job_open(&job, cases[i].path, &printer, &err) < 0);
        assert_string_equal(err.message, cases[i].message);
        assert_string_equal(err.file, cases[i].path);
        assert_int_equal(err.line, 0);
        assert_null(job.data);
    }
}

// --- what must load -----------------------------------------------------------------------------------------

static void use(struct lab_job *job, const char *text)
{
    struct lab_error err = {0};
    if (lab_job_use(job, "folder/test.gcode", text, strlen(text), &printer, &err)) {
        lab_error_print(stderr, &err);
        fail();
    }
}

static void the_walk_tells_what_the_file_is(void **state)
{
    (void)state;
    static const char text[] =
        "; filament_type = ABS;PLA\nM104 S240\nM190 S105\nM83\n;LAYER:0\nG1 Z.2 F600\nG1 X10 Y20 "
        "F6000\n"
        "G1 X30 E1\nG1 X20 Y25 E1\n;LAYER:1\nG1 Z.4\nM140 S100\nG1 X50 Y22 E1\nG1 E-1\n";
    struct lab_job job;
    use(&job, text);
    assert_string_equal(job.name, "test.gcode");
    assert_string_equal(job.material, "ABS");
    assert_int_equal(job.lines, 14);
    assert_int_equal(job.moves, 7);
    assert_int_equal(job.extruding_moves, 3);
    assert_int_equal(job.layers, 2);
    assert_int_equal(job.bed_mc, 105000);
    assert_int_equal(job.nozzle_mc, 240000);
    const int64_t box[2][3] = {{10000000, 20000000, 200000}, {50000000, 25000000, 400000}};
    assert_memory_equal(job.box_nm, box, sizeof box);
    assert_int_equal(job.hash, plr_crc32c(0, text, sizeof text - 1));
    assert_int_equal(job.name_hash, plr_crc32c(0, "test.gcode", 10));
}

/// Everything that a walk finds, but for the hashes and the text itself.
static void assert_same_walk(const struct lab_job *a, const struct lab_job *b)
{
    assert_int_equal(a->lines, b->lines);
    assert_int_equal(a->moves, b->moves);
    assert_int_equal(a->extruding_moves, b->extruding_moves);
    assert_int_equal(a->layers, b->layers);
    assert_memory_equal(a->box_nm, b->box_nm, sizeof a->box_nm);
    assert_string_equal(a->material, b->material);
    assert_int_equal(a->unknowns, b->unknowns);
}

static void line_ends_and_case_do_not_matter(void **state)
{
    (void)state;
    static const char unix_file[] =
        "; filament_type = PETG\nG28\nM83\nG1 X10 Y10 Z.2 F600\nG1 X20 E1\nG1 Y20 E1\n";
    static const char dos_file[] =
        "; filament_type = PETG\r\nG28\r\nM83\r\nG1 X10 Y10 Z.2 F600\r\nG1 X20 E1\r\nG1 Y20 E1\r\n";
    static const char open_file[] =
        "; filament_type = PETG\nG28\nM83\nG1 X10 Y10 Z.2 F600\nG1 X20 E1\nG1 Y20 E1";
    static const char lower_file[] =
        "; filament_type = PETG\ng28\nm83\ng1 x10 y10 z.2 f600\ng1x20e1\ng1 y20 e1\n";
    static const char numbered[] = "; filament_type = PETG\nN1 G28\nM83\nN2 G1 X10 Y10 Z.2 "
                                   "F600\nG1 X20 E1 (why not)\n  G1 Y20 E1;\n";
    struct lab_job job, other;
    use(&job, unix_file);
    const char *const others[] = {dos_file, open_file, lower_file, numbered};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        use(&other, others[i]);
        assert_same_walk(&job, &other);
    }
}

/// Arcs inside the machine whose ends alone would tell nothing, and the box they need.
static void an_arc_reaches_further_than_its_ends(void **state)
{
    (void)state;
    static const struct {
        const char *arc;
        int64_t box_mm[2][2];
    } cases[] = {
        {"G2 X120 Y100 I10 J0 E1", {{100, 100}, {120, 110}}}, // over the top
        {"G3 X120 Y100 I10 J0 E1", {{100, 90}, {120, 100}}},  // through below
        {"G2 X110 Y110 I10 J0 E1", {{100, 100}, {110, 110}}}, // a quarter
        {"G3 X110 Y110 I10 J0 E1", {{100, 90}, {120, 110}}},  // the other three
        {"G2 X100 Y100 I10 J0 E1", {{100, 90}, {120, 110}}},  // all of it
        {"G2 X104 Y108 I10 J0 E1", {{100, 100}, {104, 108}}}, // no direction passed
        {"G3 X120 Y100 R10 E1", {{100, 90}, {120, 100}}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        struct lab_job job;
        snprintf(text, sizeof text, "G28\nM83\nG1 X100 Y100 Z.2 F600\n%s\n", cases[i].arc);
        use(&job, text);
        for (int side = 0; side < 2; side++)
            for (int axis = 0; axis < 2; axis++)
                assert_int_equal(job.box_nm[side][axis], cases[i].box_mm[side][axis] * 1000000);
    }
    struct lab_job job;
    use(&job,
        "G28\nM83\nG1 X100 Y100 Z50\nG18\nG2 X120 Z50 I10 K0 E1\n"); // G18: clockwise is Z towards X
    assert_int_equal(job.box_nm[1][2] - job.box_nm[0][2], 10000000);
}

static void a_file_of_any_name_is_mapped(void **state)
{
    (void)state;
    static const char text[] = "; filament_type: PLA\nM83\nG1 X10 Y10 Z.2 F600\nG1 X20 E1\n";
    char folder[] = "/tmp/plr_job_XXXXXX", path[256];
    struct lab_error err = {0};
    struct lab_job job;

    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/T\303\274r \346\265\213\350\257\225 (1).gcode", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(lab_job_open(&job, path, &printer, &err), 0);
    assert_string_equal(job.name, "T\303\274r \346\265\213\350\257\225 (1).gcode");
    assert_int_equal(job.size, sizeof text - 1);
    assert_memory_equal(job.data, text, job.size);
    assert_string_equal(job.material, "PLA");
    lab_job_close(&job);
    assert_null(job.data);
    unlink(path);
    rmdir(folder);
}

static void unknown_codes_are_counted_and_listed_once(void **state)
{
    (void)state;
    struct lab_job job;
    use(&job, "M83\nM9999 S1\nG1 X1 Y1 E1\nFROBNICATE "
              "SPEED=3\nm9999\nfrobnicate\nM9998\nFROBNICATE\nT0\nM117 hello\n");
    assert_int_equal(job.unknowns, 3);
    assert_string_equal(job.unknown[0].name, "M9999");
    assert_int_equal(job.unknown[0].count, 2);
    assert_string_equal(job.unknown[2].name, "M9998");
    assert_int_equal(job.unknown[2].count, 1);
    assert_int_equal(job.unknown[1].count, 3); // the name's case does not matter
}

/// `names` codes, each on as many lines as its number's remainder by 3 says, and one.
static void use_unknowns(struct lab_job *job, int names)
{
    char *text = calloc((size_t)names * 3 + 2, 16);
    assert_non_null(text);
    size_t n = (size_t)sprintf(text, "M83\nG1 X1 Y1 E1\n");
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < names; i++)
            if (round <= i % 3)
                n += (size_t)sprintf(text + n, "A_NAME_%d\n", i);
    use(job, text);
    free(text);
}

static void unknown_codes_beyond_the_list_are_counted(void **state)
{
    (void)state;
    struct lab_job job;
    use_unknowns(&job, LAB_UNKNOWN_MAX);
    assert_int_equal(job.unknowns, LAB_UNKNOWN_MAX);
    assert_int_equal(job.unknown_more, 0);
    assert_int_equal(job.unknown_more_lines, 0);
    use_unknowns(&job, LAB_UNKNOWN_MAX + 1);
    assert_int_equal(job.unknown_more, 1);
    assert_int_equal(job.unknown_more_lines, LAB_UNKNOWN_MAX % 3 + 1);
    const int many = 3000; // two lines for a name on average
    use_unknowns(&job, LAB_UNKNOWN_MAX + many);
    assert_int_equal(job.unknowns, LAB_UNKNOWN_MAX);
    assert_string_equal(job.unknown[31].name, "A_NAME_31");
    assert_int_equal(job.unknown[31].count, 2);
    assert_int_equal(job.unknown_more, many);
    assert_int_equal(job.unknown_more_lines, 2 * many);
    use_unknowns(&job, LAB_UNKNOWN_MAX + LAB_UNKNOWN_NAMES + 32); // there the count of names ends
    assert_int_equal(job.unknown_more, LAB_UNKNOWN_NAMES);
    assert_int_equal(job.unknown_more_lines, 2 * (LAB_UNKNOWN_NAMES + 32));
}

static void long_unknown_names_do_no_harm(void **state)
{
    (void)state;
    static char text[4000] = "M83\nG1 X1 Y1 E1\n";
    struct lab_job job;
    for (int i = 0; i < 100; i++) {
        char line[64];
        snprintf(line, sizeof line, "A_NAME_THAT_IS_MUCH_LONGER_THAN_%d\n", i % 50);
        strcat(text, line);
    }
    use(&job, text);
    assert_true(job.unknowns <= LAB_UNKNOWN_MAX);
    for (int i = 0; i < job.unknowns; i++)
        assert_true(strlen(job.unknown[i].name) < LAB_UNKNOWN_NAME);
}

static void the_material_stands_near_either_end(void **state)
{
    (void)state;
    static char text[200000];
    static const char line[] = "G1 X10 E1\nG1 X20 E1\n", tail[] = "; filament_type = ASA-CF,PLA\n";
    struct lab_job job;
    size_t n = (size_t)snprintf(text, sizeof text, "M83\n");
    while (n + sizeof line + sizeof tail < 180000)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s", line);
    use(&job, text);
    assert_string_equal(job.material, "");
    memcpy(text + n, tail, sizeof tail);
    use(&job, text);
    assert_string_equal(job.material, "ASA-CF");
    memcpy(text + 90000, tail,
           sizeof tail - 1); // the middle is not looked at, the end wins over the beginning
    text[n] = '\0';
    use(&job, text);
    assert_string_equal(job.material, "");
    use(&job, "; filament_type:   A_NAME_OF_MORE_THAN_FIFTEEN_LETTERS\nM83\nG1 X1 E1\n");
    assert_string_equal(job.material, "A_NAME_OF_MORE_");
    use(&job, "M83\nG1 X1 E1\n; filament_type =");
    assert_string_equal(job.material, "");
}

static void lines_are_found_by_their_bytes(void **state)
{
    (void)state;
    static const char text[] = "M83\nG1 X1 E1\n\nG1 X2 E1";
    struct lab_job job;
    uint64_t next;
    use(&job, text);
    assert_int_equal(lab_job_line(&job, 0, &next), 3);
    assert_int_equal(next, 4);
    assert_int_equal(lab_job_line(&job, 13, &next), 0);
    assert_int_equal(next, 14);
    assert_int_equal(lab_job_line(&job, 14, &next), 8);
    assert_int_equal(next, sizeof text - 1);
    static const struct {
        uint64_t at;
        int line;
    } bytes[] = {{0, 1}, {3, 1}, {4, 2}, {12, 2}, {13, 3}, {14, 4}, {21, 4}};
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++)
        assert_int_equal(lab_job_line_number(&job, bytes[i].at), bytes[i].line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_corpus_is_refused),
        cmocka_unit_test(damage_is_refused_with_a_place_or_does_no_harm),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(the_walk_tells_what_the_file_is),
        cmocka_unit_test(line_ends_and_case_do_not_matter),
        cmocka_unit_test(an_arc_reaches_further_than_its_ends),
        cmocka_unit_test(a_file_of_any_name_is_mapped),
        cmocka_unit_test(unknown_codes_are_counted_and_listed_once),
        cmocka_unit_test(unknown_codes_beyond_the_list_are_counted),
        cmocka_unit_test(long_unknown_names_do_no_harm),
        cmocka_unit_test(the_material_stands_near_either_end),
        cmocka_unit_test(lines_are_found_by_their_bytes),
    };
    return cmocka_run_group_tests(tests, load_printer, NULL);
}
