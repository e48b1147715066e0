// Tests of waveforms: what is written is what the trace says, and a captured signal becomes the outages that are in it.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/lab/doc/test_corpus.h"
#include "core/lab/vcd/vcd.h"

// --- out -------------------------------------------------------------------------------------------------------

/// Mains go for a second amid a move of X from 0 to 1 mm; then one Z motor goes up 0.1 mm alone.
static struct lab_trace_power power[] = {{0, LAB_TRACE_MAINS | LAB_TRACE_RAIL, 0x8f},
                                         {1500000, LAB_TRACE_RAIL, 0x8f},
                                         {2500000, LAB_TRACE_MAINS, 0}};
static struct lab_trace_motion motion[] = {{.t_us = 1000000,
                                            .duration_us = 1000000,
                                            .from_nm = {0, 5000000, 200000, 0},
                                            .to_nm = {1000000, 5000000, 200000, -2500},
                                            .true_known = true,
                                            .true_from_nm = {0, 5000000, 199500},
                                            .true_to_nm = {1000000, 5000000, 199500}}};
static struct lab_trace_corners corners[] = {
    {.believed_nm = {200000, 200000, 200000, 200000}, .true_nm = {1, 2, 3, LAB_TRACE_UNKNOWN}},
    {.t_us = 3000000, .duration_us = 100000, .believed_nm = {200000, 300000, 200000, 200000}}};
static struct lab_trace_phase phases[] = {{0, LAB_TRACE_PHASE, 1},
                                          {1600000, LAB_TRACE_PHASE, 2},
                                          {1700000, LAB_TRACE_PHASE, 1},
                                          {1700000, LAB_TRACE_PHASE, 2}};
static struct lab_trace_name names[] = {{LAB_TRACE_PHASE, 1, "printing"},
                                        {LAB_TRACE_PHASE, 2, "so so"}};
static struct lab_trace_nv nvs[] = {{1600000, 300, 0, 0, 8, LAB_TRACE_NV_DONE}};
static struct lab_trace_levels levels[] = {{0, 0}, {3050000, 2}};
static struct lab_trace_cut cut = {.mains_us = 1500000, .logic_us = 1600000};

static void make(struct lab_trace *t)
{
    *t = (struct lab_trace){.power = power,
                            .powers = 3,
                            .motion = motion,
                            .motions = 1,
                            .corners = corners,
                            .corner_count = 2,
                            .phase = phases,
                            .phases = 4,
                            .name = names,
                            .names = 2,
                            .nv = nvs,
                            .nvs = 1,
                            .levels = levels,
                            .level_count = 2,
                            .cut = &cut,
                            .cuts = 1,
                            .lines = 2,
                            .end_us = 4000000,
                            .whole = true};
    t->meta.z_motors = 2;
    t->meta.xy_step_nm = 10000;
    t->meta.z_step_nm = 1000;
    strcpy(t->line[0].name, "mains"); // a relay of that name is another signal
    t->line[0].role = LAB_TRACE_RELAY;
    strcpy(t->line[1].name, "odd name$");
}

static char *written(const struct lab_trace *t, const char *window)
{
    static char text[1 << 20];
    struct lab_vcd_window w;
    struct lab_error err = {0};
    FILE *out = tmpfile();

    assert_non_null(out);
    assert_int_equal(lab_vcd_window(window, t, &w, &err), 0);
    assert_int_equal(lab_vcd_write(t, &w, out), 0);
    rewind(out);
    text[fread(text, 1, sizeof text - 1, out)] = '\0';
    fclose(out);
    return text;
}

/// Outages of any wire in what was written: a wire is "on" until it says otherwise.
static void captured(const char *text, const char *signal, bool low_is_on,
                     struct lab_vcd_script *out)
{
    const struct lab_vcd_ask ask = {.signal = signal, .low_is_on = low_is_on};
    struct lab_error err = {0};

    if (lab_vcd_read("out.vcd", text, strlen(text), &ask, out, &err)) {
        lab_error_print(stderr, &err);
        fail();
    }
}

static void contains(const char *text, const char *what)
{
    if (!strstr(text, what))
        fail_msg("'%s' is not in\n%s", what, text);
}

static void what_is_written_can_be_read(void **state)
{
    struct lab_vcd_script *s = malloc(sizeof *s);
    struct lab_trace t;

    (void)state;
    assert_non_null(s);
    make(&t);
    const char *text = written(&t, "");
    captured(text, "mains", false, s);
    assert_int_equal(s->outages, 1);
    assert_int_equal(s->outage[0].t_us, 1500000);
    assert_int_equal(s->outage[0].off_us, 1000000);
    assert_int_equal(s->length_us, 4000000);
    captured(text, "plr.rail_24v", false, s);
    assert_int_equal(s->outage[0].t_us, 2500000);
    assert_int_equal(s->outage[0].off_us, -1);
    captured(text, "nv_busy", true, s);
    assert_int_equal(s->outages, 1);
    assert_int_equal(s->outage[0].off_us, 300);
    captured(text, "odd_name_", true, s);
    assert_int_equal(s->outage[0].t_us, 3050000);
    contains(text, "sprinting !");
    contains(text, "#1600000\nsso_so !");
    assert_null(
        strstr(strstr(text, "sprinting") + 1, "sprinting")); // there and back in no time is nothing
    contains(text, "r5.000000 ");
    contains(text, "r-0.002500 ");
    contains(text, "r0.199500 ");
    free(s);
}

/// A simulation knows the inside of its machine; a bench does not, and neither do its waveforms.
static void what_nobody_measured_is_x(void **state)
{
    struct lab_trace t;

    (void)state;
    make(&t);
    for (int rig = 0; rig < 2; rig++) {
        t.meta.source = rig ? LAB_TRACE_RIG : LAB_TRACE_SIM;
        const char *text = written(&t, "");
        static const char *const signals[] = {"power_fail", "motors_xy", "motors_z"};
        for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
            char var[64], value[8];
            const char *at = strstr(text, signals[i]);
            assert_non_null(at);
            while (at[-1] != '\n')
                at--;
            snprintf(var, sizeof var, "%.40s", at); // $var wire 1 CODE name
            for (int known = 0; known < 2; known++) {
                snprintf(value, sizeof value, "\n%c%c\n", known ? '0' : 'x', var[12]);
                assert_int_equal(strstr(text, value) != NULL, known != rig);
            }
        }
    }
}

struct counted {
    const char *window, *signal;
    size_t pulses;
    int64_t first_us;
};

/// A motor that goes so far makes so many steps, each seen once; windows show those that are in them.
static void steps_are_the_way(void **state)
{
    static const struct counted cases[] = {
        {"", "stepper_x_step", 100, 510000},             // 1 s around the cut holds all of it
        {"0s..4s", "stepper_x_step", 100, 1010000},      // 1 mm in steps of 10 um
        {"0s..4s", "stepper_y_step", 0, 0},              // Y stands
        {"0s..4s", "stepper_z_step", 0, 0},              //
        {"0s..4s", "stepper_z1_step", 100, 3001000},     // 0.1 mm in steps of 1 um, alone
        {"1200ms..1300ms", "stepper_x_step", 10, 10000}, // the window's own time
        {"cut", "stepper_x_step", 100, 510000},
    };
    struct lab_vcd_script *s = malloc(sizeof *s);
    struct lab_trace t;

    (void)state;
    assert_non_null(s);
    make(&t);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        captured(written(&t, cases[i].window), cases[i].signal, true, s);
        if (s->outages != cases[i].pulses)
            fail_msg("%s of '%s': %zu pulses", cases[i].signal, cases[i].window, s->outages);
        if (s->outages && cases[i].window[0])
            assert_in_range(s->outage[0].t_us - cases[i].first_us + 1, 0, 2);
        for (size_t k = 1; k < s->outages; k++)
            assert_in_range(s->outage[k].t_us - s->outage[k - 1].t_us, 900, 10100);
    }
    t.meta.core_xy = 1; // both belts turn when X moves
    captured(written(&t, "0s..4s"), "stepper_y_step", true, s);
    assert_int_equal(s->outages, 100);
    t.meta.core_xy = 0;
    motion[0].to_nm[0] = -1000000; // and back again
    captured(written(&t, "0s..4s"), "stepper_x_step", true, s);
    assert_int_equal(s->outages, 100);
    captured(written(&t, "0s..4s"), "stepper_x_dir", true, s);
    assert_int_equal(s->outages, 1);
    motion[0].to_nm[2] = 250000; // the job takes all Z motors along
    captured(written(&t, "0s..2500ms"), "stepper_z_step", true, s);
    assert_int_equal(s->outages, 50);
    captured(written(&t, "0s..2500ms"), "stepper_z1_step", true, s);
    assert_int_equal(s->outages, 50);
    motion[0].to_nm[2] = 200000;
    motion[0].from_nm[0] = -500000; // through zero: no step is left out there, and none comes twice
    motion[0].to_nm[0] = 500000;
    captured(written(&t, "0s..4s"), "stepper_x_step", true, s);
    assert_int_equal(s->outages, 100);
    for (size_t k = 1; k < s->outages; k++)
        assert_in_range(s->outage[k].t_us - s->outage[k - 1].t_us, 9900, 10100);
    motion[0].from_nm[0] = 0;
    motion[0].to_nm[0] = 1000000;
    free(s);
}

static void windows_are_read_or_refused(void **state)
{
    static const char *const bad[] = {"cut:2",  "cut:0", "cut:",    "cut:1x",  "1s",     "..2s",
                                      "2s..1s", "1..2",  "1s..2mm", "-1s..2s", "1s..1s", "cuts"};
    struct lab_vcd_window w;
    struct lab_trace t;

    (void)state;
    make(&t);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct lab_error err = {0};
        if (lab_vcd_window(bad[i], &t, &w, &err) != LAB_EINVAL || !lab_error_set(&err))
            fail_msg("'%s' was taken", bad[i]);
    }
    struct lab_error err = {0};
    assert_int_equal(lab_vcd_window("cut:1", &t, &w, &err), 0);
    assert_int_equal(w.from_us, 500000);
    assert_int_equal(w.to_us, 2600000);
    t.cuts = 0; // an uncut run has no pulses
    assert_int_equal(lab_vcd_window("", &t, &w, &err), 0);
    assert_true(w.whole && w.from_us > w.to_us);
}

// --- in --------------------------------------------------------------------------------------------------------

#define HEAD(scale)                                                                 \
    "$timescale " scale " $end $var wire 1 ! mains $end $var wire 1 \" other $end " \
    "$enddefinitions $end\n"

struct capture {
    const char *text;
    struct lab_vcd_ask ask;
    size_t outages;
    struct lab_vcd_outage outage[3];
};

static const struct capture captures[] = {
    {HEAD("1 us") "#0 1! #100 0! #250 1! #400", {"mains", false, 0, 0}, 1, {{100, 150}}},
    {HEAD("1us") "#0 1! #100 0! #250 1! #400", {"mains", false, 0, 0}, 1, {{100, 150}}},
    {HEAD("10 ns") "#0 1! #1000 0! #2549 1!", {"mains", false, 0, 0}, 1, {{10, 15}}},
    {HEAD("1 ms") "#7 1! #100 0! #250 1!", {"mains", false, 0, 0}, 1, {{93000, 150000}}},
    {HEAD("1 s") "#0 $dumpvars 1! 0\" $end #1 0! #2 1! #3 0! #5 1!",
     {"mains", false, 0, 0},
     2,
     {{1000000, 1000000}, {3000000, 2000000}}},
    // what stands before the first mark is so at that mark
    {HEAD("1 us") "$dumpvars 0! $end #1000000 1\" #1500000 1! #4000000",
     {"mains", false, 0, 0},
     1,
     {{0, 500000}}},
    {HEAD("1 us") "0! 1! #1000000 #1500000 0! #1500001 1!",
     {"mains", false, 0, 0},
     1,
     {{500000, 1}}},
    {HEAD("1 us") "0! #7", {"mains", false, 0, 0}, 1, {{0, -1}}},
    {HEAD("1 us") "#0 x! #5 1! #100 0! #200", {"mains", false, 0, 0}, 1, {{100, -1}}},
    {HEAD("1 us") "#0 0! #100 1!", {"mains", false, 0, 0}, 1, {{0, 100}}},
    {HEAD("1 us") "#0 0! #100 1! #300 0! #400", {"mains", true, 0, 0}, 1, {{100, 200}}},
    {HEAD("1 us") "#0 b1 ! #100 b0 ! #300 b00001 ! #400", {"mains", false, 0, 0}, 1, {{100, 200}}},
    {HEAD("1 us") "#0 1! 1\" #100 0\" #300 1\" #400", {"mains", false, 0, 0}, 0, {{0, 0}}},
    {HEAD("1 us") "#0 1! #100 0! #100 1! #400", {"mains", false, 0, 0}, 0, {{0, 0}}},
    // shorter than 50 are none, also near one that counts and at the end; of those that count nearer than 50 are one
    {HEAD("1 us") "#0 1! #100 0! #149 1! #400", {"mains", false, 50, 0}, 0, {{0, 0}}},
    {HEAD("1 us") "#0 1! #100 0! #150 1! #400", {"mains", false, 50, 0}, 1, {{100, 50}}},
    {HEAD("1 us") "#0 1! #100 0! #200 1! #249 0! #260 1! #400",
     {"mains", false, 50, 0},
     1,
     {{100, 100}}},
    {HEAD("1 us") "#0 1! #100 0! #200 1! #249 0! #299 1! #400",
     {"mains", false, 50, 0},
     1,
     {{100, 199}}},
    {HEAD("1 us") "#0 1! #100 0! #200 1! #249 0! #400", {"mains", false, 50, 0}, 1, {{100, -1}}},
    {HEAD("1 us") "#0 1! #100 0! #200 1! #351 0! #400", {"mains", false, 50, 0}, 1, {{100, 100}}},
    {HEAD("1 us") "#0 1! #100 0! #200 1! #350 0! #400",
     {"mains", false, 50, 0},
     2,
     {{100, 100}, {350, -1}}},
    {HEAD("1 us") "#0 1! #100 0! #200 1! #250 0! #300 1! #400",
     {"mains", false, 50, 0},
     2,
     {{100, 100}, {250, 50}}},
    // sections of other tools; nobody looked for a while
    {"$attrbegin misc 07 \"\" 4 $end " HEAD("1 us") "#0 1! #100 0! #250 1! #400",
     {"mains", false, 0, 0},
     1,
     {{100, 150}}},
    {HEAD("1 us") "#0 1! #100 0! #200 $dumpoff x! x\" $end #240 $dumpon 0! $end #250 1! #400",
     {"mains", false, 0, 0},
     1,
     {{100, 150}}},
    // long ones in short ticks: 100 s and 40 s of them, and all ticks there are
    {HEAD("1 ns") "#0 1! #60000000499 0! #100000000000 1! #140000000500",
     {"mains", false, 0, 0},
     1,
     {{60000000, 40000000}}},
    {HEAD("1 ps") "#0 1! #60000000000000 0! #100000000000000 1!",
     {"mains", false, 0, 0},
     1,
     {{60000000, 40000000}}},
    {HEAD("100 fs") "#0 1! #10000000000000000000 0! #18446744073709551615 1!",
     {"mains", false, 0, 0},
     1,
     {{INT64_C(1000000000000), INT64_C(844674407371)}}},
    {"$timescale 1 us $end $var wire 1 ! only $end $enddefinitions $end #0 1! #4 0! #9 1!",
     {NULL, false, 0, 0},
     1,
     {{4, 5}}},
    {"$timescale 1 us $end $var wire 1 ! a $end $var wire 1 ! a $end $enddefinitions $end #0 "
     "1! #4 0! #9 1!",
     {"a", false, 0, 0},
     1,
     {{4, 5}}},
};

static void captures_become_outages(void **state)
{
    struct lab_vcd_script *s = malloc(sizeof *s);

    (void)state;
    assert_non_null(s);
    for (size_t i = 0; i < sizeof captures / sizeof *captures; i++) {
        const struct capture *c = &captures[i];
        struct lab_error err = {0};
        if (lab_vcd_read("c.vcd", c->text, strlen(c->text), &c->ask, s, &err)) {
            lab_error_print(stderr, &err);
            fail_msg("case %zu is refused", i);
        }
        if (s->outages != c->outages)
            fail_msg("case %zu: %zu outages", i, s->outages);
        for (size_t k = 0; k < s->outages; k++)
            if (s->outage[k].t_us != c->outage[k].t_us ||
                s->outage[k].off_us != c->outage[k].off_us)
                fail_msg("case %zu: outage %zu at %lld for %lld", i, k,
                         (long long)s->outage[k].t_us, (long long)s->outage[k].off_us);
    }
    free(s);
}

/// An AC sense: low for 1 ms in each 10, and for good from 1.009 to 1.5 s.
static char *ac_capture(bool ends_low)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int t_us = 0;

    assert_non_null(out);
    fputs(HEAD("1 us") "#0 1!\n", out);
    while (t_us < 3000000) {
        t_us += 9000;
        fprintf(out, "#%d 0!\n", t_us);
        t_us = t_us == 1009000 ? 1500000 : t_us + 1000;
        fprintf(out, "#%d 1!\n", t_us);
    }
    fprintf(out, ends_low ? "#%d 0! #%d\n" : "#%d #%d\n", t_us + 9000, t_us + 9500);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void an_ac_sense_drops_all_the_time(void **state)
{
    const struct lab_vcd_ask ask = {.signal = "mains", .debounce_us = 5000};
    struct lab_vcd_script *s = malloc(sizeof *s);

    (void)state;
    assert_non_null(s);
    for (int ends_low = 0; ends_low < 2; ends_low++) {
        struct lab_error err = {0};
        char *text = ac_capture(ends_low);
        assert_int_equal(lab_vcd_read("ac.vcd", text, strlen(text), &ask, s, &err), 0);
        assert_int_equal(s->outages, 1);
        assert_int_equal(s->outage[0].t_us, 1009000);
        assert_int_equal(s->outage[0].off_us, 491000);
        free(text);
    }
    free(s);
}

/// Off for a second, with 10 us of chatter each 2 ms; then a clean 100 ms at 5 s.
static char *chatter_capture(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    fputs(HEAD("1 us") "#0 1!\n", out);
    for (int i = 0; i < 500; i++)
        fprintf(out, "#%d 0! #%d 1!\n", 1000000 + i * 2000, 1000000 + i * 2000 + 1990);
    fputs("#5000000 0! #5100000 1! #6000000\n", out);
    assert_int_equal(fclose(out), 0);
    return text;
}

/// What is too short to count is counted, and an outage that hides in it is pointed at.
static void what_is_left_out_is_told(void **state)
{
    struct lab_vcd_ask ask = {.signal = "mains", .debounce_us = 20000};
    struct lab_vcd_script *s = malloc(sizeof *s);
    struct lab_error err = {0};
    char *text = chatter_capture();

    (void)state;
    assert_non_null(s);
    assert_int_equal(lab_vcd_read("c.vcd", text, strlen(text), &ask, s, &err), 0);
    assert_int_equal(s->outages, 1);
    assert_int_equal(s->outage[0].t_us, 5000000);
    assert_int_equal(s->dropped.count, 500);
    assert_int_equal(s->dropped.off_us, 500 * 1990);
    assert_in_range(s->dropped.dense_us, 800000, 1100000);
    assert_int_equal(s->dropped.longest_us, 1990);
    // what is advised shows it
    ask.debounce_us = s->dropped.longest_us;
    assert_int_equal(lab_vcd_read("c.vcd", text, strlen(text), &ask, s, &err), 0);
    assert_int_equal(s->outages, 2);
    assert_int_equal(s->outage[0].t_us, 1000000);
    assert_int_equal(s->outage[0].off_us, 999990);
    assert_int_equal(s->dropped.count, 0);
    free(text);
    // zero crossings are told, and are no outage
    ask.debounce_us = 5000;
    text = ac_capture(false);
    assert_int_equal(lab_vcd_read("c.vcd", text, strlen(text), &ask, s, &err), 0);
    assert_in_range(s->dropped.count, 200, 300);
    assert_int_equal(s->dropped.off_us, (int64_t)s->dropped.count * 1000);
    assert_int_equal(s->dropped.dense_us, -1);
    free(text);
    // what lies between two parts of one outage is not left out
    static const char joined[] =
        HEAD("1 us") "#0 1! #30000 0! #60000 1! #61000 0! #62000 1! #63000 0! #90000 1! #99000";
    ask.debounce_us = 20000;
    assert_int_equal(lab_vcd_read("c.vcd", joined, sizeof joined - 1, &ask, s, &err), 0);
    assert_int_equal(s->outages, 1);
    assert_int_equal(s->dropped.count, 0);
    free(s);
}

/// A capture may end in the dark: 10 s off, on for 1 ms, and off again.
#define ENDS_OFF HEAD("1 us") "#0 1! #1000000 0! #11000000 1! #11001000 0! #11010000"

static const struct {
    struct lab_vcd_ask ask;
    size_t outages;
    int64_t off_us; ///< the last of them
    size_t dropped;
    bool at_end;
} ends[] = {
    {{.debounce_us = 20000}, 1, 10000000, 1, true},
    {{.debounce_us = 20000, .off_for_us = 60000000}, 1, 70001000, 0, false}, // one with that before
    {{.debounce_us = 20000, .off_for_us = 10000}, 1, 10000000, 1, true},
    {{.debounce_us = 900, .off_for_us = 60000000}, 2, 60000000, 0, false},
    {{.debounce_us = 0, .off_for_us = 9000}, 2, 9000, 0, false},
    {{.debounce_us = 900}, 2, -1, 0, false},
};

static void an_end_in_the_dark_lasts_as_long_as_is_said(void **state)
{
    static const char short_one[] = HEAD("1 us") "#0 1! #1000000 0!";
    struct lab_vcd_script *s = malloc(sizeof *s);
    struct lab_error err = {0};

    (void)state;
    assert_non_null(s);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct lab_vcd_ask ask = ends[i].ask;
        ask.signal = "mains";
        assert_int_equal(lab_vcd_read("c.vcd", ENDS_OFF, sizeof ENDS_OFF - 1, &ask, s, &err), 0);
        assert_true(s->ends_off);
        assert_int_equal(s->outages, ends[i].outages);
        assert_int_equal(s->outage[s->outages - 1].off_us, ends[i].off_us);
        assert_int_equal(s->dropped.count, ends[i].dropped);
        assert_int_equal(s->dropped.at_end, ends[i].at_end);
    }
    // it goes at the very last instant: told, although nothing is seen of it
    struct lab_vcd_ask ask = {.signal = "mains", .debounce_us = 20000};
    assert_int_equal(lab_vcd_read("c.vcd", short_one, sizeof short_one - 1, &ask, s, &err), 0);
    assert_int_equal(s->outages, 0);
    assert_int_equal(s->dropped.count, 1);
    assert_int_equal(s->dropped.off_us, 0);
    ask.off_for_us = 1000;
    assert_int_equal(lab_vcd_read("c.vcd", ENDS_OFF, sizeof ENDS_OFF - 1, &ask, s, &err),
                     LAB_EINVAL);
    assert_non_null(strstr(err.message, "mains has been off for 9ms: --off-for 1ms is less"));
    free(s);
}

static void one_must_be_named(void **state)
{
    static const char text[] = HEAD("1 us") "#0 1!";
    struct lab_vcd_script *s = malloc(sizeof *s);
    struct lab_error err = {0};

    (void)state;
    assert_non_null(s);
    const struct lab_vcd_ask ask = {0};
    assert_int_equal(lab_vcd_read("c.vcd", text, strlen(text), &ask, s, &err), LAB_EINVAL);
    assert_non_null(strstr(err.message, "one must be named: mains, other"));
    free(s);
}

static int read_case(const char *path, struct lab_error *err)
{
    static struct lab_vcd_script script;
    static char text[1 << 16];
    const struct lab_vcd_ask ask = {.signal = "mains"};
    FILE *in = fopen(path, "rb");

    assert_non_null(in);
    size_t size = fread(text, 1, sizeof text, in);
    fclose(in);
    return lab_vcd_read(path, text, size, &ask, &script, err);
}

static void the_corpus_is_refused(void **state)
{
    (void)state;
    corpus_is_refused("fixtures/invalid/vcd", "input.vcd", read_case, 30);
}

static int printed(const struct lab_vcd_script *s, int64_t begin_us, char *text, size_t room,
                   struct lab_error *err)
{
    FILE *out = tmpfile();

    assert_non_null(out);
    int bad = lab_vcd_print(s, "c.vcd", begin_us, out, err);
    rewind(out);
    text[fread(text, 1, room - 1, out)] = '\0';
    fclose(out);
    return bad;
}

static void a_script_is_what_a_scenario_takes(void **state)
{
    struct lab_vcd_script *s = calloc(1, sizeof *s);
    struct lab_error err = {0};
    char text[1024];

    (void)state;
    assert_non_null(s);
    strcpy(s->signal, "mains");
    assert_int_equal(printed(s, 0, text, sizeof text, &err), LAB_EINVAL);
    assert_non_null(strstr(err.message, "never goes off"));
    s->outages = 2;
    s->outage[0] = (struct lab_vcd_outage){1500, 20000};
    s->outage[1] = (struct lab_vcd_outage){2000000, -1};
    s->length_us = 3000000;
    lab_error_clear(&err);
    assert_int_equal(printed(s, 1000000, text, sizeof text, &err), LAB_EINVAL);
    assert_non_null(strstr(err.message, "--off-for"));
    assert_string_equal(text, "");
    lab_error_clear(&err);
    s->outage[1].off_us = 90000000;
    assert_int_equal(printed(s, 1000000, text, sizeof text, &err), 0);
    assert_string_equal(text, "# mains in c.vcd, a capture of 3.000 s\npower:\n"
                              "  - at: {time: 1001500us}  # 0:00:01.002\n    off_for: 20ms\n"
                              "  - at: {time: 3s}\n    off_for: 90s\n");
    s->dropped = (struct lab_vcd_dropped){.count = 500, .off_us = 995000, .dense_us = -1};
    s->debounce_us = 20000;
    assert_int_equal(printed(s, 1000000, text, sizeof text, &err), 0);
    assert_non_null(
        strstr(text, "of 3.000 s\n# left out: 500 times off for less than 20ms, 995ms in all\n"
                     "power:\n"));
    s->dropped = (struct lab_vcd_dropped){.count = 1, .off_us = 9000, .dense_us = -1};
    assert_int_equal(printed(s, 1000000, text, sizeof text, &err), 0);
    assert_non_null(strstr(text, "# left out: once off for less than 20ms, for 9ms\n"));
    s->outage[0].off_us = 200;
    assert_int_equal(printed(s, 1000000, text, sizeof text, &err), LAB_EINVAL);
    assert_non_null(strstr(err.message, "at 1500us mains is off for 200us"));
    assert_non_null(strstr(err.message, "--debounce 1ms leaves"));
    lab_error_clear(&err);
    s->outages = 0;
    assert_int_equal(printed(s, 0, text, sizeof text, &err), LAB_EINVAL);
    assert_non_null(strstr(err.message, "never goes off for 20ms or longer"));
    lab_error_clear(&err);
    s->outages = 9;
    assert_int_equal(printed(s, 0, text, sizeof text, &err), LAB_EINVAL);
    assert_non_null(strstr(err.message, "goes off 9 times"));
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_can_be_read),
        cmocka_unit_test(what_nobody_measured_is_x),
        cmocka_unit_test(steps_are_the_way),
        cmocka_unit_test(windows_are_read_or_refused),
        cmocka_unit_test(captures_become_outages),
        cmocka_unit_test(an_ac_sense_drops_all_the_time),
        cmocka_unit_test(what_is_left_out_is_told),
        cmocka_unit_test(an_end_in_the_dark_lasts_as_long_as_is_said),
        cmocka_unit_test(one_must_be_named),
        cmocka_unit_test(the_corpus_is_refused),
        cmocka_unit_test(a_script_is_what_a_scenario_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
