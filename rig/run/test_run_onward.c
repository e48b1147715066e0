// Where a print goes on: what is taken for the same print, and what cannot be it.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "rig/run/onward.h"
#include "rig/run/walk.h"

enum { LAYERS = 12, ROOM = 65536 };

/// A job of layers: each a square of 40 mm at 40 mm/s, four seconds of its sides, so often round.
static char text[ROOM];
static struct lab_job job;
static int64_t begins[LAYERS + 1];
static char why[RUN_ONWARD];

static void add(const char *line)
{
    size_t used = strlen(text);

    assert_true(used + strlen(line) + 2 < ROOM);
    snprintf(text + used, sizeof text - used, "%s\n", line);
}

static void write_job(int rounds)
{
    char line[80];

    text[0] = '\0';
    add("M82");
    for (int layer = 0; layer < LAYERS; layer++) {
        begins[layer] = (int64_t)strlen(text);
        add(";LAYER_CHANGE");
        snprintf(line, sizeof line, "G1 Z%.1f F600", 0.2 * (layer + 1));
        add(line);
        add("G92 E0");
        for (int n = 0; n < rounds; n++) {
            snprintf(line, sizeof line, "G1 X40 Y0 E%d F2400\nG1 X40 Y40 E%d\nG1 X0 Y40 E%d",
                     4 * n + 1, 4 * n + 2, 4 * n + 3);
            add(line);
            snprintf(line, sizeof line, "G1 X0 Y0 E%d", 4 * n + 4);
            add(line);
        }
    }
    begins[LAYERS] = (int64_t)strlen(text);
    job = (struct lab_job){.data = text, .size = strlen(text), .name = "squares.gcode"};
}

/// As a Klipper tells it, and as a Marlin does.
static const struct link_ahead by_time = {2000000, 2}, by_blocks = {2000000, 64};
static struct link_ahead ahead;

static struct run_onward told(int64_t cut_at, int64_t at, int64_t unheard_us)
{
    return (struct run_onward){cut_at, at, unheard_us, ahead};
}

static bool wrong(int64_t cut_at, int64_t at, int64_t unheard_us)
{
    const struct run_onward said = told(cut_at, at, unheard_us);

    return run_misplaced(&job, &said, why);
}

static int begin(void **state)
{
    (void)state;
    ahead = by_time;
    write_job(8); // 32 s a layer
    return 0;
}

static void what_begins_anew_is_no_print_that_came_back(void **state)
{
    (void)state;
    assert_true(wrong(begins[5] + 100, 0, 0));
    char want[RUN_ONWARD];
    snprintf(want, sizeof want,
             "it went on at byte 0, layer 0: %lld bytes and 5 layers before the cut",
             (long long)begins[5] + 100);
    assert_string_equal(why, want);
    assert_true(wrong(begins[5] + 100, 0, INT64_C(3600000000))); // time makes no print go back
}

static void the_layer_below_may_be_begun_again(void **state)
{
    (void)state;
    int64_t cut = begins[5] + 100;
    assert_false(wrong(cut, cut, 0));
    assert_false(wrong(cut, begins[5], 0));
    assert_false(wrong(cut, begins[4], 0));
    assert_true(wrong(cut, begins[4] - 1, 0));
    assert_non_null(strstr(why, "and 2 layers before the cut"));
    assert_false(wrong(begins[0] + 50, 0, 0));
    assert_false(wrong(begins[1] + 50, begins[0], 0));
    assert_false(wrong(0, 0, 0));
}

/// A layer of four seconds and shorter: what a printer has read ahead is more than that.
static void what_it_has_read_ahead_is_nobodys_fault(void **state)
{
    (void)state;
    write_job(1); // 4 s
    int64_t cut = begins[8];
    assert_false(wrong(cut, begins[7], 0));
    assert_true(wrong(cut, begins[5], 0));
    for (size_t n = 0; n < sizeof begins / sizeof *begins; n++)
        assert_true(begins[n] <= (int64_t)job.size);
    text[0] = '\0'; // a spiral: each line a layer by its height, each of a second
    for (int n = 0; n < 400; n++) {
        char line[80];
        snprintf(line, sizeof line, "G1 X%d Z%.2f E%d F2400", n % 2 * 40, 0.2 + 0.1 * n, n);
        add(line);
    }
    job.size = strlen(text);
    int64_t middle = (int64_t)job.size / 2;
    assert_false(wrong(middle, middle - 50, 0)); // two lines, each a second
    assert_false(wrong(middle, middle + 50, 0));
    assert_true(wrong(middle, middle - 200, 0));
    assert_true(wrong(middle, middle + 200, 0));
    begin(state);
}

static void who_is_merely_further_on_is_not_accused(void **state)
{
    (void)state;
    int64_t cut = begins[3] + 100;
    assert_false(wrong(cut, begins[5], 0)); // the end of the layer above
    assert_true(wrong(cut, begins[7] + 100, 0));
    assert_non_null(strstr(why, " bytes and 4 layers behind the cut"));
    // layers 5 and 6 take 64 s at least: 16 s four times as fast
    assert_false(wrong(cut, begins[7], 17000000));
    assert_true(wrong(cut, begins[7], 14000000));
    assert_false(wrong(cut, (int64_t)job.size, INT64_MAX));
}

/// A printer of 64 blocks may have read three layers of a thin tower, a minute of it, that it has not printed: so has a healthy one.
static void a_planner_counts_blocks_not_seconds(void **state)
{
    (void)state;
    write_job(5); // 20 moves and 20 s a layer
    assert_true(wrong(begins[9], begins[7] - 1, 0));
    ahead = by_blocks;
    assert_false(wrong(begins[9], begins[4], 0)); // the layer below the one it was in
    assert_true(wrong(begins[9], begins[4] - 1, 0));
    assert_false(wrong(begins[3] + 50, begins[8], 0)); // layer 4, and 64 moves that it has read
    assert_true(wrong(begins[3] + 50, begins[8] + 200, 0));
    begin(state);
}

/// With a start that homes and heats, and a line to purge.
static void write_first_layer(void)
{
    write_job(8);
    static char rest[ROOM];
    snprintf(rest, sizeof rest, "%s", text);
    text[0] = '\0';
    add("; made by hand");
    add("M190 S60");
    add("G28");
    add("M109 S210");
    begins[0] = (int64_t)strlen(text);
    snprintf(text + begins[0], sizeof text - (size_t)begins[0], "%s", rest);
    job.size = strlen(text);
}

static void what_lies_on_the_bed_is_not_begun_anew(void **state)
{
    (void)state;
    write_first_layer();
    int64_t cut = begins[0] + 150; // ten sides of the first layer
    assert_true(wrong(cut, 0, 0));
    assert_non_null(strstr(why, "it went on at byte 0, layer 0: "));
    assert_non_null(strstr(why, " bytes and 0 layers before the cut"));
    assert_true(wrong(cut, begins[0] - 1, 0));
    assert_false(wrong(cut, begins[0], 0));    // the first layer once more
    assert_false(wrong(begins[0] + 60, 0, 0)); // it had read a side, and printed none for certain
    assert_false(wrong(begins[0], 0, 0));
    ahead = by_blocks; // all of these were read, and may not be printed
    assert_false(wrong(cut, 0, 0));
    assert_true(run_begins_anew(&job, 0));
    assert_true(run_begins_anew(&job, begins[0] + 34));
    assert_false(run_begins_anew(&job, begins[0] + 60));
    begin(state);
}

static bool too_soon(int64_t cut_at, int64_t within_us)
{
    const struct run_onward said = told(cut_at, 0, within_us);

    return run_done_too_soon(&job, &said, why);
}

/// Layers 5 to 11 take 224 s; of the interrupted one and the next nothing is said: 160 s, 40 s four times as fast.
static void done_is_what_has_been_printed(void **state)
{
    char want[RUN_ONWARD];

    (void)state;
    assert_true(too_soon(begins[5] + 50, 0));
    assert_true(too_soon(begins[5] + 50, 39000000));
    snprintf(want, sizeof want,
             "it was done within 39 s of going on: %lld bytes and 6 layers behind the cut",
             (long long)job.size - begins[5] - 50);
    assert_string_equal(why, want);
    assert_false(too_soon(begins[5] + 50, 41000000));
    assert_false(too_soon(begins[10] + 50, 0)); // the end of the job: two layers
    assert_false(too_soon((int64_t)job.size, 0));
}

static void the_walk_is_the_jobs_own(void **state)
{
    struct run_walk walk;
    struct plr_action action;
    bool known;
    int64_t lines = 0;

    (void)state;
    run_walk_begin(&walk);
    while (run_walk_line(&walk, &job, &action, &known)) {
        assert_true(known);
        lines++;
    }
    assert_int_equal(walk.line, lines);
    assert_int_equal(walk.at, job.size);
    assert_int_equal(walk.modal.layer.number, LAYERS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_begins_anew_is_no_print_that_came_back),
        cmocka_unit_test(the_layer_below_may_be_begun_again),
        cmocka_unit_test(what_it_has_read_ahead_is_nobodys_fault),
        cmocka_unit_test(who_is_merely_further_on_is_not_accused),
        cmocka_unit_test(a_planner_counts_blocks_not_seconds),
        cmocka_unit_test(what_lies_on_the_bed_is_not_begun_anew),
        cmocka_unit_test(done_is_what_has_been_printed),
        cmocka_unit_test(the_walk_is_the_jobs_own),
    };
    return cmocka_run_group_tests_name("onward", tests, begin, NULL);
}
