// Tests of what an operator does: time, speed, jumps, zoom and pan, without a window.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "sim/view/made.h"
#include "sim/view/play.h"

static struct lab_trace trace;
static struct story story;
static struct play play;

static int set_up(void **state)
{
    (void)state;
    made_trace(&trace);
    assert_int_equal(story_open(&story, &trace), 0);
    play_open(&play, &story);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    story_close(&story);
    lab_trace_free(&trace);
    return 0;
}

static enum play_wish key(int32_t code)
{
    return play_input(&play, &(struct play_input){.kind = PLAY_KEY, .key = code});
}

static void mouse(enum play_input_kind kind, int32_t x, int32_t y, int32_t turns, bool shift)
{
    const struct play_input in = {.kind = kind, .x = x, .y = y, .turns = turns, .shift = shift};

    assert_int_equal(play_input(&play, &in), PLAY_NOTHING);
}

static void time_runs_at_every_speed(void **state)
{
    (void)state;
    int64_t last = 0;

    assert_int_equal(play_speed_permille(0), 100);
    assert_int_equal(play_speed_permille(PLAY_SPEEDS - 1), 10000000);
    for (int32_t i = 0; i < PLAY_SPEEDS; i++) {
        assert_true(play_speed_permille(i) > last);
        last = play_speed_permille(i);
    }
    // real time at first, and standing still
    play_tick(&play, 1000000);
    assert_int_equal(play.now_us, 0);
    key(' ');
    assert_true(play.running);
    play_tick(&play, 1000000);
    assert_int_equal(play.now_us, 1000000);
    key(']');
    play_tick(&play, 1000000);
    assert_int_equal(play.now_us, 3000000);
    key('1');
    for (int i = 0; i < 20; i++)
        key('[');
    assert_int_equal(play.speed, 0);
    // nothing of an instant is lost, however it is cut up
    for (int i = 0; i < 1001; i++)
        play_tick(&play, 1);
    assert_int_equal(play.now_us, 3000100);
    for (int i = 0; i < 20; i++)
        key(PLAY_KEY_UP);
    play_tick(&play, 1000000);
    assert_int_equal(play.now_us, story.end_us);
    assert_false(play.running);
    // at the end, play begins again
    key(' ');
    assert_true(play.running);
    assert_int_equal(play.now_us, story.begin_us);
}

/// What was asked for is what is played, and keys go on from there.
static void any_speed_can_be_asked_for(void **state)
{
    (void)state;
    static const struct {
        int64_t asked_permille, faster, slower;
    } speed[] = {{30000, 50000, 20000},
                 {20000, 50000, 10000},
                 {7000, 10000, 5000},
                 {10000000, 10000000, 5000000},
                 {9999000, 10000000, 5000000}};

    for (size_t i = 0; i < sizeof speed / sizeof *speed; i++) {
        for (int way = 0; way < 2; way++) {
            play_seek(&play, 0);
            play.exact_permille = speed[i].asked_permille;
            play.running = true;
            play_tick(&play, 1000);
            play.running = false;
            assert_int_equal(play.now_us, speed[i].asked_permille);
            key(way ? '[' : ']');
            assert_int_equal(play_permille(&play), way ? speed[i].slower : speed[i].faster);
        }
    }
    play.exact_permille = 30000;
    key('1');
    assert_int_equal(play_permille(&play), 1000);
}

static void a_single_step_is_a_frame(void **state)
{
    (void)state;
    key(' ');
    key('.');
    assert_false(play.running);
    assert_int_equal(play.now_us, 1000000 / 60);
    key('.');
    key(',');
    assert_int_equal(play.now_us, 1000000 / 60);
    key(',');
    key(',');
    assert_int_equal(play.now_us, 0);
}

static void events_come_one_by_one(void **state)
{
    (void)state;
    int64_t last = -1;
    int steps = 0;

    // forwards over all, backwards over all: the same instants
    for (; play.now_us != last; steps++) {
        last = play.now_us;
        key(PLAY_KEY_RIGHT);
    }
    assert_int_equal(last, trace.event[trace.events - 1].t_us);
    int back = 0;
    for (last = -1; play.now_us != last; back++) {
        last = play.now_us;
        key(PLAY_KEY_LEFT);
    }
    assert_int_equal(steps, back);
    assert_int_equal(last, trace.event[0].t_us);
}

static void writes_cuts_and_returns_are_found(void **state)
{
    (void)state;
    key('n');
    assert_int_equal(play.now_us, trace.nv[1].t_us);
    key('N');
    assert_int_equal(play.now_us, trace.nv[0].t_us);
    key('c');
    assert_int_equal(play.now_us, trace.cut[0].mains_us);
    key('c'); // the only one: again
    assert_int_equal(play.now_us, trace.cut[0].mains_us);
    key('b');
    assert_int_equal(play.now_us, trace.cut[0].back_us);
    key('r');
    assert_int_equal(play.now_us, trace.cut[0].first_extrusion_us);
    key('C');
    assert_int_equal(play.now_us, trace.cut[0].mains_us);
    key(PLAY_KEY_END);
    assert_int_equal(play.now_us, story.end_us);
    key(PLAY_KEY_HOME);
    assert_int_equal(play.now_us, story.begin_us);
}

static void charts_always_show_now(void **state)
{
    (void)state;
    key(' ');
    for (int i = 0; i < 12; i++) {
        key(']');
        for (int k = 0; k < 50; k++) {
            play_tick(&play, 16667);
            assert_in_range(play.now_us - play.from_us, 0, play.span_us);
        }
        if (!play.running)
            key(' ');
    }
    // the scene of the cut is shown as a whole
    key('c');
    assert_int_equal(play.from_us, story.scene_us);
    assert_int_equal(play.span_us, story.scene_end_us - story.scene_us);
}

static void the_mouse_scrubs(void **state)
{
    (void)state;
    const struct canvas_rect *run = &play.layout.run, *time = &play.layout.time;

    mouse(PLAY_PRESS, run->x + run->w / 2, run->y + 2, 0, false);
    assert_in_range(play.now_us - story.end_us / 2 + 100000, 0, 200000);
    mouse(PLAY_MOVE, run->x + run->w + 500, run->y - 300, 0, false);
    assert_int_equal(play.now_us, story.end_us);
    mouse(PLAY_RELEASE, run->x, run->y, 0, false);
    mouse(PLAY_MOVE, run->x, run->y, 0, false);
    assert_int_equal(play.now_us, story.end_us);
    key('c');
    mouse(PLAY_PRESS, time->x + time->w / 4, time->y + 5, 0, false);
    assert_in_range(play.now_us - play.from_us - play.span_us / 4 + 100000, 0, 200000);
    int64_t from = play.from_us;
    mouse(PLAY_RELEASE, 0, 0, 0, false);
    mouse(PLAY_PRESS, time->x + 100, time->y + 5, 0, true);
    mouse(PLAY_MOVE, time->x + 150, time->y + 5, 0, true);
    assert_int_equal(play.from_us, from - 50 * play.span_us / time->w);
}

static void zoom_keeps_its_place(void **state)
{
    (void)state;
    const struct canvas_rect *time = &play.layout.time;
    int32_t x = time->x + time->w / 3;

    key('c');
    int64_t fixed = play.from_us + (int64_t)(x - time->x) * play.span_us / time->w,
            span = play.span_us;
    mouse(PLAY_WHEEL, x, time->y + 3, 4, false);
    assert_true(play.span_us < span / 2);
    assert_in_range(play.from_us + (int64_t)(x - time->x) * play.span_us / time->w - fixed + 2, 0,
                    4);
    // no end of it
    mouse(PLAY_WHEEL, x, time->y + 3, 100, false);
    assert_true(play.span_us >= 2000);
    mouse(PLAY_WHEEL, x, time->y + 3, -200, false);
    assert_true(play.span_us <= (story.end_us - story.begin_us) * 11 / 10 + 2000);
    key('0');
    assert_int_equal(play.span_us, span);
}

static void drawings_zoom_and_pan(void **state)
{
    (void)state;
    struct canvas_rect top = play.layout.panel[VIEW_TOP];
    int64_t fit = look_fit_nm(&story, VIEW_TOP, top);

    mouse(PLAY_WHEEL, top.x + 9, top.y + 60, 3, false);
    assert_int_equal(play.top.zoom, 3);
    assert_int_equal(play.side.zoom, 0);
    mouse(PLAY_PRESS, top.x + 50, top.y + 90, 0, false);
    mouse(PLAY_MOVE, top.x + 60, top.y + 70, 0, false);
    mouse(PLAY_RELEASE, top.x + 60, top.y + 70, 0, false);
    int64_t nm = look_nm_per_px(&play.top, fit);
    assert_int_equal(play.top.pan_nm[0], -10 * nm);
    assert_int_equal(play.top.pan_nm[1], -20 * nm);
    // it was clicked, so keys are its own
    key('+');
    assert_int_equal(play.top.zoom, 4);
    key('0');
    assert_int_equal(play.top.zoom, 0);
    assert_int_equal(play.top.pan_nm[0], 0);
    key(PLAY_KEY_TAB);
    key(PLAY_KEY_TAB);
    key('-');
    assert_int_equal(play.side.zoom, -1);
    for (int i = 0; i < 99; i++)
        key('+');
    assert_true(look_nm_per_px(&play.side, fit) >= 500);
}

static void a_place_is_where_it_should_be(void **state)
{
    (void)state;
    struct canvas_rect rect = {100, 50, 301, 201};
    struct look look = {0};
    const int64_t nozzle[3] = {60000000, 61000000, 5000000};
    struct look_map map = look_make(&story, VIEW_TOP, &look, rect, nozzle);
    struct canvas_point at = look_place(&map, nozzle[0], nozzle[1]);

    assert_int_equal(at.x, 100 * 256 + 301 * 128);
    assert_int_equal(at.y, 50 * 256 + 201 * 128);
    // to the right and upwards
    struct canvas_point more =
        look_place(&map, nozzle[0] + 10 * map.nm_per_px, nozzle[1] + 10 * map.nm_per_px);
    assert_int_equal(more.x - at.x, 2560);
    assert_int_equal(more.y - at.y, -2560);
}

static void wishes_are_handed_on(void **state)
{
    (void)state;
    assert_int_equal(key('s'), PLAY_SHOT);
    assert_int_equal(key('h'), PLAY_NOTHING);
    assert_true(play.help);
    assert_int_equal(key(PLAY_KEY_ESCAPE), PLAY_NOTHING);
    assert_false(play.help);
    assert_int_equal(key(PLAY_KEY_ESCAPE), PLAY_QUIT);
    assert_int_equal(key('q'), PLAY_QUIT);
    assert_int_equal(key('f'), PLAY_NOTHING);
    assert_true(play.follow);
    assert_int_equal(key('Z'), PLAY_NOTHING);
}

static void instants_have_names(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int expected;
    } bad[] = {{"cut:2", -ENOENT},      {"cut:0", -ENOENT},     {"cut:", -EINVAL},
               {"cut:x", -EINVAL},      {"cuts", -EINVAL},      {"event:", -EINVAL},
               {"nv:99999", -ENOENT},   {"90", -EINVAL},        {"-3s", -EINVAL},
               {"", -EINVAL},           {"0:60:00", -EINVAL},   {"0:00:60", -EINVAL},
               {"0:1", -EINVAL},        {"0:00:01.5", -EINVAL}, {"0:00:01.500x", -EINVAL},
               {"event:99999", -ENOENT}};
    int64_t t_us;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(play_find(&story, bad[i].text, &t_us), bad[i].expected);
    assert_int_equal(play_find(&story, "cut", &t_us), 0);
    assert_int_equal(t_us, trace.cut[0].mains_us);
    assert_int_equal(play_find(&story, "cut:1", &t_us), 0);
    assert_int_equal(t_us, trace.cut[0].mains_us);
    assert_int_equal(play_find(&story, "resume", &t_us), 0);
    assert_int_equal(t_us, trace.cut[0].first_extrusion_us);
    assert_int_equal(play_find(&story, "end", &t_us), 0);
    assert_int_equal(t_us, story.end_us);
    assert_int_equal(play_find(&story, "event:7", &t_us), 0);
    assert_int_equal(t_us, trace.event[7].t_us);
    assert_int_equal(play_find(&story, "nv:3", &t_us), 0);
    assert_int_equal(t_us, trace.nv[3].t_us);
    assert_int_equal(play_find(&story, "12.5s", &t_us), 0);
    assert_int_equal(t_us, 12500000);
    assert_int_equal(play_find(&story, "0:00:12.345", &t_us), 0);
    assert_int_equal(t_us, 12345000);
    // nobody is shown an instant that he did not ask for
    assert_int_equal(play_find(&story, "9h", &t_us), -ENOENT);
    char last[32];
    snprintf(last, sizeof last, "%lldus", (long long)story.end_us);
    assert_int_equal(play_find(&story, last, &t_us), 0);
    assert_int_equal(t_us, story.end_us);
    snprintf(last, sizeof last, "%lldus", (long long)story.end_us + 1);
    assert_int_equal(play_find(&story, last, &t_us), -ENOENT);
    // nor one before the first; of which a clock tells no more than the ms
    story.begin_us = 51755406;
    assert_int_equal(play_find(&story, "0s", &t_us), -ENOENT);
    assert_int_equal(play_find(&story, "0:00:51.754", &t_us), -ENOENT);
    assert_int_equal(play_find(&story, "0:00:51.755", &t_us), 0);
    assert_int_equal(t_us, story.begin_us);
}

static void panels_neither_overlap_nor_leave_the_picture(void **state)
{
    (void)state;
    static const int32_t size[][3] = {{1440, 900, 100}, {960, 600, 100},   {960, 1159, 100},
                                      {720, 1160, 100}, {1000, 1500, 100}, {2880, 1800, 200},
                                      {3840, 2160, 300}};

    for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
        struct layout l;
        layout_make(&l, size[i][0], size[i][1], size[i][2]);
        for (int p = 0; p < VIEW_PANELS; p++) {
            const struct canvas_rect *r = &l.panel[p];
            assert_true(r->w > 0 && r->h > 0 && r->x >= 0 && r->y >= 0);
            assert_true(r->x + r->w <= l.width && r->y + r->h <= l.height);
            assert_int_equal(layout_hit(&l, r->x, r->y), p);
            assert_int_equal(layout_hit(&l, r->x + r->w - 1, r->y + r->h - 1), p);
            for (int q = 0; q < p; q++) {
                const struct canvas_rect *o = &l.panel[q];
                assert_true(r->x >= o->x + o->w || o->x >= r->x + r->w || r->y >= o->y + o->h ||
                            o->y >= r->y + r->h);
            }
        }
        assert_int_equal(layout_hit(&l, 0, 0), VIEW_PANELS);
    }
}

static void a_story_knows_its_layers(void **state)
{
    (void)state;
    // the layer that was cut is two: before and after
    assert_int_equal(story.layers, MADE_LAYERS + 1);
    assert_int_equal(story.layer[MADE_CUT_LAYER].cut, -1);
    assert_int_equal(story.layer[MADE_CUT_LAYER + 1].cut, 0);
    // what is laid while the axes brake belongs to before
    assert_true(trace.deposit[story.layer[MADE_CUT_LAYER].end - 1].t_us > trace.cut[0].mains_us);
    for (size_t i = 0; i < story.layers; i++)
        for (size_t k = story.layer[i].first; k < story.layer[i].end; k++)
            assert_int_equal(story_layer_of(&story, k + 1), (int64_t)i);
    assert_int_equal(story_layer_of(&story, 0), -1);
    // what is below a place, against a search through all
    for (size_t count = 0; count <= trace.deposits; count += 7) {
        for (int64_t x = 48000000; x <= 72000000; x += 1700000) {
            int64_t top = LAB_TRACE_UNKNOWN, y = 58500000;
            for (size_t k = 0; k < count; k++) {
                const struct lab_trace_deposit *d = &trace.deposit[k];
                int64_t low = d->from_nm[0] < d->to_nm[0] ? d->from_nm[0] : d->to_nm[0];
                int64_t high = d->from_nm[0] < d->to_nm[0] ? d->to_nm[0] : d->from_nm[0];
                bool upright = low == high && low - x <= 300000 && x - low <= 300000;
                bool flat = d->from_nm[1] == d->to_nm[1] && d->from_nm[1] - y <= 300000 &&
                            y - d->from_nm[1] <= 300000 && x >= low && x <= high;
                if ((upright || flat) && d->to_nm[2] > top)
                    top = d->to_nm[2];
            }
            assert_int_equal(story_top_nm(&story, count, x, y, 300000), top);
        }
    }
}

/// Path along X in a layer of its own, and the stretches that are seen of it, in mm.
static void objects_beside_each_other_are_seen_apart(void **state)
{
    (void)state;
    static const struct {
        int64_t path_mm[12][2];
        int stretches;
        int64_t seen_mm[STORY_STRETCHES][2];
    } row[] = {
        {{{0, 10}, {10, 0}, {210, 200}}, 2, {{0, 10}, {200, 210}}},
        {{{200, 210}, {0, 10}, {100, 110}}, 3, {{0, 10}, {100, 110}, {200, 210}}},
        {{{0, 10}, {11, 20}, {22, 30}}, 2, {{0, 20}, {22, 30}}},
        {{{0, 10}, {20, 30}, {9, 21}}, 1, {{0, 30}}},
        {{{0, 1}, {10, 11}, {20, 21}, {30, 31}, {40, 41}, {50, 51}, {55, 56}, {70, 71}, {90, 91}},
         8,
         {{0, 1}, {10, 11}, {20, 21}, {30, 31}, {40, 41}, {50, 56}, {70, 71}, {90, 91}}}};

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct lab_trace_deposit piece[12] = {0};
        struct lab_trace made = {.deposit = piece};
        struct story told;
        for (; row[i].path_mm[made.deposits][1] || row[i].path_mm[made.deposits][0];
             made.deposits++) {
            piece[made.deposits].from_nm[0] = row[i].path_mm[made.deposits][0] * 1000000;
            piece[made.deposits].to_nm[0] = row[i].path_mm[made.deposits][1] * 1000000;
        }
        assert_int_equal(story_open(&told, &made), 0);
        assert_int_equal(told.layers, 1);
        assert_int_equal(told.layer[0].stretches, row[i].stretches);
        for (int k = 0; k < row[i].stretches; k++) {
            assert_int_equal(told.layer[0].stretch[k].low_nm, row[i].seen_mm[k][0] * 1000000);
            assert_int_equal(told.layer[0].stretch[k].high_nm, row[i].seen_mm[k][1] * 1000000);
        }
        story_close(&told);
    }
}

/// A spiral vase: path that rises all the time, a layer a turn. `job`: the job says where layers begin.
static void make_spiral(struct story *told, bool job)
{
    int64_t z_nm = 0;

    for (size_t i = 0; i < trace.deposits; i++) {
        if (!story_lies(&trace.deposit[i]))
            continue;
        trace.deposit[i].from_nm[2] = z_nm;
        trace.deposit[i].to_nm[2] = z_nm += MADE_Z_NM / 16;
    }
    trace.layers = job ? trace.layers : 0;
    assert_int_equal(story_open(told, &trace), 0);
}

static void a_spiral_is_laid_in_turns(void **state)
{
    (void)state;
    struct story told;

    make_spiral(&told, true);
    assert_int_equal(told.layers, MADE_LAYERS + 1);
    for (size_t i = 0; i < told.layers; i++) {
        const struct story_layer *layer = &told.layer[i];
        assert_int_equal(layer->bead_nm, MADE_Z_NM);
        assert_int_equal(layer->job, i < MADE_CUT_LAYER + 1 ? i + 1 : i);
        assert_int_equal(i && story_same_layer(layer, layer - 1), i == MADE_CUT_LAYER + 1);
    }
    story_close(&told);
    // where nobody says it, height does
    make_spiral(&told, false);
    assert_true(told.layers > 4 * MADE_LAYERS);
    assert_false(story_same_layer(&told.layer[0], &told.layer[1]));
    story_close(&told);
}

/// A jump in height begins a part of a layer, also within one of the job.
static void a_jump_is_no_spiral(void **state)
{
    (void)state;
    struct story told;
    size_t from = story.layer[2].first + 3;

    for (size_t i = from; i < story.layer[2].end; i++)
        trace.deposit[i].from_nm[2] = trace.deposit[i].to_nm[2] += 31000;
    assert_int_equal(story_open(&told, &trace), 0);
    assert_int_equal(told.layers, MADE_LAYERS + 2);
    assert_int_equal(told.layer[3].first, from);
    assert_true(story_same_layer(&told.layer[2], &told.layer[3]));
    assert_int_equal(told.layer[3].bead_nm, MADE_Z_NM);
    story_close(&told);
}

static void what_hangs_from_the_nozzle_is_no_path(void **state)
{
    (void)state;
    static const struct {
        int64_t way_nm[3];
        bool lies;
    } piece[] = {{{0, 0, 0}, false},      {{0, 0, 5000000}, false}, {{0, 0, -1}, false},
                 {{1000, 0, 0}, true},    {{0, -1000, 1000}, true}, {{600, -600, 1200}, true},
                 {{1000, 0, 2000}, false}};
    size_t hanging = 0;

    for (size_t i = 0; i < sizeof piece / sizeof *piece; i++) {
        struct lab_trace_deposit d = {.from_nm = {7, 8, 9}};
        for (int axis = 0; axis < 3; axis++)
            d.to_nm[axis] = d.from_nm[axis] + piece[i].way_nm[axis];
        assert_int_equal(story_lies(&d), piece[i].lies);
    }
    // the purge of the made recovery, 190 mm up: in no layer's box, and nothing to stand on
    for (size_t i = 0; i < trace.deposits; i++) {
        const struct lab_trace_deposit *d = &trace.deposit[i];
        if (story_lies(d))
            continue;
        hanging++;
        assert_true(d->to_nm[2] > 190000000);
        assert_true(story_top_nm(&story, i + 1, d->to_nm[0], d->to_nm[1], 300000) < 2000000);
    }
    assert_int_equal(hanging, 2);
    for (size_t i = 0; i < story.layers; i++)
        assert_true(story.layer[i].high_nm[2] <= MADE_LAYERS * MADE_Z_NM);
}

/// Pieces of half a millimetre along X, one after the other; `at` says where one of them is moved to.
static size_t stroke_of(int moved, const int64_t by_nm[3], size_t count)
{
    struct lab_trace_deposit piece[12] = {0};
    struct lab_trace made = {.deposit = piece, .deposits = 12};
    struct story told = {.trace = &made};

    for (int i = 0; i < 12; i++) {
        piece[i].from_nm[0] = i * 500000 + (i >= moved ? by_nm[0] : 0);
        for (int axis = 1; axis < 3; axis++)
            piece[i].from_nm[axis] = i >= moved ? by_nm[axis] : 0;
        for (int axis = 0; axis < 3; axis++)
            piece[i].to_nm[axis] = piece[i].from_nm[axis] + (axis ? 0 : 500000);
    }
    // and a drop that fell somewhere else
    for (int axis = 0; axis < 3; axis++)
        piece[3].from_nm[axis] = piece[3].to_nm[axis] = 90000000;
    piece[4].from_nm[0] -= 500000;
    return story_before_stroke(&told, count);
}

static void a_stroke_goes_back_over_what_follows_on_each_other(void **state)
{
    (void)state;
    static const struct {
        int moved;
        int64_t by_nm[3];
        size_t count, before;
    } stroke[] = {{12, {0, 0, 0}, 0, 0},        // nothing yet
                  {12, {0, 0, 0}, 1, 0},        // the first
                  {12, {0, 0, 0}, 4, 4},        // not laid as path
                  {12, {0, 0, 0}, 5, 0},        // over the drop
                  {12, {0, 0, 0}, 12, 7},       // four pieces, two millimetres, before the newest
                  {10, {300000, 0, 0}, 12, 7},  // still near
                  {10, {301000, 0, 0}, 12, 10}, // a travel
                  {10, {0, 301000, 0}, 12, 10}, {10, {0, 0, 30000}, 12, 7},
                  {10, {0, 0, 31000}, 12, 10}, // on another layer
                  {10, {0, 0, -31000}, 12, 10}, {11, {0, 0, 800000}, 12, 11}};

    for (size_t i = 0; i < sizeof stroke / sizeof *stroke; i++)
        assert_int_equal(stroke_of(stroke[i].moved, stroke[i].by_nm, stroke[i].count),
                         stroke[i].before);
}

static void beads_are_as_thick_as_the_job_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < story.layers; i++)
        assert_int_equal(story.layer[i].bead_nm, MADE_Z_NM);
    // the print goes on 0.8 mm too high: its beads are no thicker for it; and 80 um too low: they are squeezed
    static const int64_t off[] = {800000, -80000};
    for (int i = 0; i < 2; i++) {
        struct story other;
        for (size_t k = story.layer[MADE_CUT_LAYER + 1].first; k < trace.deposits; k++) {
            trace.deposit[k].from_nm[2] += off[i] - (i ? off[0] : 0);
            trace.deposit[k].to_nm[2] += off[i] - (i ? off[0] : 0);
        }
        assert_int_equal(story_open(&other, &trace), 0);
        assert_int_equal(other.layer[MADE_CUT_LAYER + 1].bead_nm,
                         i ? MADE_Z_NM + off[i] : MADE_Z_NM);
        story_close(&other);
    }
    // and without a word of the job they fill what is below them, up to a point
    struct story plain;
    trace.layers = 0;
    assert_int_equal(story_open(&plain, &trace), 0);
    assert_int_equal(plain.layer[0].bead_nm, MADE_Z_NM);
    assert_int_equal(plain.layer[1].bead_nm, MADE_Z_NM);
    story_close(&plain);
}

static void a_story_knows_its_steps(void **state)
{
    (void)state;
    const struct lab_trace_cut *cut = &trace.cut[0];

    assert_int_equal(story.steps, 7); // resume begins where the print goes on: no stretch
    for (int i = 0; i < story.steps; i++) {
        assert_int_equal(story.step[i].row, i);
        assert_true(story.step[i].begin_us >= cut->back_us);
        assert_int_equal(story.step[i].end_us, i + 1 < story.steps ? story.step[i + 1].begin_us
                                                                   : cut->first_extrusion_us);
    }
    assert_true(story.scene_us < cut->mains_us && story.scene_end_us > cut->first_extrusion_us);
    // z error: when 30 mm of path were laid again; contact: when power is back; the rest at the end
    assert_in_range(story.known_us[0] - cut->first_extrusion_us, 2 * MADE_MOVE_US,
                    3 * MADE_MOVE_US);
    assert_int_equal(story.known_us[3], cut->back_us);
    assert_int_equal(story.known_us[4], cut->first_extrusion_us);
    assert_int_equal(story.known_us[5], story.end_us);
    // a simulated run says when its first piece ends, which counts all the same
    int64_t known_us = story.known_us[0];
    story_close(&story);
    trace.cut[0].first_extrusion_us += MADE_MOVE_US;
    assert_int_equal(story_open(&story, &trace), 0);
    assert_int_equal(story.known_us[0], known_us);
}

int main(void)
{
#define HERE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        HERE(time_runs_at_every_speed),
        HERE(any_speed_can_be_asked_for),
        HERE(a_single_step_is_a_frame),
        HERE(events_come_one_by_one),
        HERE(writes_cuts_and_returns_are_found),
        HERE(charts_always_show_now),
        HERE(the_mouse_scrubs),
        HERE(zoom_keeps_its_place),
        HERE(drawings_zoom_and_pan),
        HERE(a_place_is_where_it_should_be),
        HERE(wishes_are_handed_on),
        HERE(instants_have_names),
        HERE(panels_neither_overlap_nor_leave_the_picture),
        HERE(a_story_knows_its_layers),
        HERE(objects_beside_each_other_are_seen_apart),
        HERE(a_spiral_is_laid_in_turns),
        HERE(a_jump_is_no_spiral),
        HERE(what_hangs_from_the_nozzle_is_no_path),
        HERE(a_stroke_goes_back_over_what_follows_on_each_other),
        HERE(beads_are_as_thick_as_the_job_says),
        HERE(a_story_knows_its_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
