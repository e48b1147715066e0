// Tests of the picture as a whole: the same however it was come to, readable, and as it was last looked at.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/lab/trace/model.h"
#include "sim/math/math.h"
#include "sim/view/golden.h"
#include "sim/view/made.h"
#include "sim/view/paint.h"
#include "sim/view/png.h"
#include "sim/view/scene.h"
#include "sim/view/shots.h"

static struct lab_trace trace;
static struct story story;

static int set_up(void **state)
{
    (void)state;
    made_trace(&trace);
    return story_open(&story, &trace);
}

static int tear_down(void **state)
{
    (void)state;
    story_close(&story);
    lab_trace_free(&trace);
    return 0;
}

static struct scene *opened(struct play *play, int32_t width, int32_t height, int32_t scale)
{
    struct scene *scene;

    play_open(play, &story);
    play_size(play, width, height, scale);
    assert_int_equal(scene_open(&scene, &story, width, height, scale), 0);
    return scene;
}

/// Keys in a row; a tab is the key of that name.
static void press(struct play *play, const char *keys)
{
    for (const char *k = keys; *k; k++)
        play_input(play,
                   &(struct play_input){.kind = PLAY_KEY, .key = *k == '\t' ? PLAY_KEY_TAB : *k});
}

static void expect_same(const struct canvas *a, const struct canvas *b)
{
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    assert_memory_equal(a->pixel, b->pixel,
                        (size_t)a->width * (size_t)a->height * sizeof *a->pixel);
}

/// Played from the beginning, at several speeds, with what is kept between frames: as drawn at once.
static void a_frame_is_the_same_however_come_to(void **state)
{
    (void)state;
    struct play play, fresh;
    struct scene *scene = opened(&play, 1000, 640, 100), *other;

    play.running = true;
    for (int frame = 0; play.running && frame < 200; frame++) {
        play_tick(&play, 40000);
        play.speed = frame % 7 + 4;
        const struct canvas *picture = scene_draw(scene, &play);
        if (frame % 13)
            continue;
        other = opened(&fresh, 1000, 640, 100);
        fresh = play;
        expect_same(picture, scene_draw(other, &fresh));
        scene_close(other);
    }
    // back within a layer, and with the charts' end alone moved
    for (int i = 0; i < 6; i++) {
        play.now_us = 12000000 + (i % 2 ? 1500000 : -1500000) / (i + 1);
        play.span_us -= i == 4 ? play.span_us / 3 : 0;
        const struct canvas *picture = scene_draw(scene, &play);
        other = opened(&fresh, 1000, 640, 100);
        fresh = play;
        expect_same(picture, scene_draw(other, &fresh));
        scene_close(other);
    }
    // and backwards, zoomed, with the page of help in between
    static const char keys[] = "c\tf++hh.N--,c]..b0nr++-\t\t++C";
    for (const char *k = keys; *k; k++) {
        play_input(&play,
                   &(struct play_input){.kind = PLAY_KEY, .key = *k == '\t' ? PLAY_KEY_TAB : *k});
        const struct canvas *picture = scene_draw(scene, &play);
        other = opened(&fresh, 1000, 640, 100);
        fresh = play;
        expect_same(picture, scene_draw(other, &fresh));
        scene_close(other);
    }
    scene_close(scene);
}

static void every_instant_and_size_can_be_drawn(void **state)
{
    (void)state;
    static const int32_t size[][3] = {
        {960, 600, 100}, {900, 1300, 100}, {1440, 900, 150}, {2880, 1800, 300}, {480, 300, 50}};

    for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
        struct play play;
        struct scene *scene = opened(&play, size[i][0], size[i][1], size[i][2]);
        for (int64_t t = -1000000; t <= story.end_us + 1000000; t += 7000000 * PLR_TEST_THIN) {
            play_seek(&play, t);
            scene_draw(scene, &play);
        }
        scene_close(scene);
    }
    struct scene *none;
    assert_int_equal(scene_open(&none, &story, 959, 600, 100), -EINVAL);
    assert_int_equal(scene_open(&none, &story, 1440, 900, 151), -EINVAL);
    assert_int_equal(scene_open(&none, &story, 8000, 8193, 100), -EINVAL);
    assert_null(none);
}

enum { TEXTS_MAX = 512 };

/// All texts of a picture.
struct texts {
    struct {
        int32_t panel;
        struct canvas_rect box, clip;
        char text[96];
    } one[TEXTS_MAX];
    int count;
};

static void note_text(void *ctx, int32_t panel, struct canvas_rect box, struct canvas_rect clip,
                      const char *text)
{
    struct texts *all = ctx;
    int i = all->count++;

    assert_true(i < TEXTS_MAX);
    all->one[i].panel = panel;
    all->one[i].box = box;
    all->one[i].clip = clip;
    snprintf(all->one[i].text, sizeof all->one[i].text, "%s", text);
}

/// Pixels of the header in the colour of what is bad.
static int alarms(const struct canvas *picture, const struct play *play)
{
    struct canvas_rect r = play->layout.panel[VIEW_HEADER];
    int found = 0;

    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            found += (picture->pixel[(size_t)y * (size_t)picture->width + (size_t)x] & 0xffffff) ==
                     (PAINT_BAD & 0xffffff);
    return found;
}

static void a_torn_trace_is_called_so(void **state)
{
    (void)state;
    for (int torn = 0; torn < 2; torn++) {
        struct play play;
        struct scene *scene = opened(&play, 1440, 900, 100);
        trace.whole = !torn;
        play_seek(&play, trace.cut[0].mains_us - 1000000); // printing: nothing bad in that
        assert_int_equal(alarms(scene_draw(scene, &play), &play) > 20, torn);
        scene_close(scene);
    }
}

static void any_window_has_a_picture(void **state)
{
    (void)state;
    static const int32_t side[] = {0, 1, 200, 250, 399, 400, 640, 1000, 8192, 32767};
    enum { W = LAYOUT_WIDTH_MIN, H = LAYOUT_HEIGHT_MIN };
    static const struct {
        int32_t window[3], picture[3];
    } fit[] = {{{W, H, 100}, {W, H, 100}},
               {{W * 4 / 5, H * 4 / 5, 100}, {W * 4 / 5, H * 4 / 5, 80}},
               {{W * 4 / 5, H * 4 / 5, 200}, {W * 4 / 5, H * 4 / 5, 80}},
               {{W / 2, H / 2, 100}, {W / 2, H / 2, 50}},
               // too small even so: larger by sixteenths until it is enough
               {{W / 4, H / 4, 100}, {W / 2, H / 2, 50}},
               {{W / 2, H / 4, 100}, {W, H / 2, 50}},
               {{W * 2, H / 40, 100}, {8192, H / 2, 50}},
               {{9000, 900, 100}, {8192, 900, 100}}};

    for (size_t i = 0; i < sizeof fit / sizeof *fit; i++) {
        int32_t w = fit[i].window[0], h = fit[i].window[1], scale = fit[i].window[2];
        scene_fit(&w, &h, &scale);
        assert_int_equal(w, fit[i].picture[0]);
        assert_int_equal(h, fit[i].picture[1]);
        assert_int_equal(scale, fit[i].picture[2]);
    }
    for (size_t i = 0; i < sizeof side / sizeof *side; i++) {
        for (size_t k = 0; k < sizeof side / sizeof *side; k++) {
            int32_t w = side[i], h = side[k], scale = 100;
            struct scene *scene;
            scene_fit(&w, &h, &scale);
            if ((int64_t)w * h > 4000000)
                continue;
            assert_int_equal(scene_open(&scene, &story, w, h, scale), 0);
            scene_close(scene);
        }
    }
}

/// A frame of another trace, and what its panels say. The picture holds until the scene is closed.
struct shown {
    struct story story;
    struct scene *scene;
    struct play play;
    struct texts texts;
    struct paint_listener listener;
    const struct canvas *picture;
};

static void show(struct shown *shown, const struct lab_trace *of, int64_t t_us)
{
    shown->listener = (struct paint_listener){note_text, &shown->texts};
    shown->texts.count = 0;
    assert_int_equal(story_open(&shown->story, of), 0);
    play_open(&shown->play, &shown->story);
    play_size(&shown->play, 1440, 900, 100);
    assert_int_equal(scene_open(&shown->scene, &shown->story, 1440, 900, 100), 0);
    play_jump(&shown->play, t_us);
    scene_listen(shown->scene, &shown->listener);
    shown->picture = scene_draw(shown->scene, &shown->play);
}

static void hide(struct shown *shown)
{
    scene_close(shown->scene);
    story_close(&shown->story);
}

/// How many texts of a panel hold these words.
static int count_words(const struct shown *shown, enum view_panel panel, const char *words)
{
    int found = 0;

    for (int i = 0; i < shown->texts.count; i++)
        found += shown->texts.one[i].panel == (int32_t)panel &&
                 strstr(shown->texts.one[i].text, words) != NULL;
    return found;
}

static int count_colour(const struct canvas *picture, struct canvas_rect r, uint32_t colour);

/// A trace as a bench writes it: it knows what the firmware counts, and of the supply what its senses show.
static void forget_what_no_gauge_reads(void)
{
    trace.meta.source = LAB_TRACE_RIG;
    for (size_t i = 0; i < trace.motions; i++)
        trace.motion[i].true_known = false;
    for (size_t i = 0; i < trace.powers; i++) {
        trace.power[i].motors = 0;
        trace.power[i].bits &= ~(uint32_t)LAB_TRACE_FAIL;
    }
    trace.corner_count = trace.nvs = trace.deposits = trace.layers = trace.losts = trace.lines = 0;
    for (size_t i = 0; i < trace.names; i++) // its own states instead of phases
        if (trace.name[i].domain == LAB_TRACE_PHASE)
            trace.name[i].domain = LAB_TRACE_STATE;
    for (size_t i = 0; i < trace.phases; i++)
        trace.phase[i].domain = LAB_TRACE_STATE;
}

/// The magnifier's pixel above its middle.
static uint32_t in_the_nozzle(const struct shown *shown)
{
    struct canvas_rect r = shown->play.layout.panel[VIEW_LENS];

    return shown->picture->pixel[(r.y + r.h / 4) * shown->picture->width + r.x + r.w / 2];
}

static void a_bench_is_not_said_to_know(void **state)
{
    (void)state;
    static struct shown shown;
    static const char unmeasured[] = "nobody measured it";

    // what is known is said ...
    show(&shown, &trace, trace.cut[0].back_us - 1);
    struct canvas_rect lane = shown.play.layout.time;
    lane.y += lane.h * 20 / 100;
    lane.h = lane.h * 8 / 100;
    assert_true(count_colour(shown.picture, lane, PAINT_BAD) > 100);
    assert_int_equal(count_words(&shown, VIEW_CHARTS, unmeasured), 0);
    assert_int_equal(count_words(&shown, VIEW_TOP, "motor off"), 4);
    assert_int_equal(count_words(&shown, VIEW_SIDE, "counted"), 0);
    assert_true(in_the_nozzle(&shown) != PAINT_WELL);
    hide(&shown);
    // ... and what is not is not: a count is called one, and there is neither a gap nor a nozzle by it
    forget_what_no_gauge_reads();
    show(&shown, &trace, trace.cut[0].back_us - 1);
    assert_true(count_colour(shown.picture, lane, PAINT_BAD) < 60);    // the line of the cut alone
    assert_int_equal(count_words(&shown, VIEW_CHARTS, unmeasured), 3); // signal, memory, Z error
    assert_int_equal(count_words(&shown, VIEW_CHARTS, "truth"), 0);
    assert_int_equal(count_words(&shown, VIEW_TOP, "motor ?"), 4);
    assert_int_equal(count_words(&shown, VIEW_TOP, "motor o"), 0);
    assert_int_equal(count_words(&shown, VIEW_TOP, "counted x"), 1);
    assert_int_equal(count_words(&shown, VIEW_SIDE, "counted nozzle z"), 1);
    assert_int_equal(count_words(&shown, VIEW_LENS, "gap"), 0);
    assert_int_equal(count_words(&shown, VIEW_LENS, "as counted"), 1);
    assert_int_equal(in_the_nozzle(&shown), PAINT_WELL); // an outline, and no more
    hide(&shown);
    // its states are the recovery's steps, up to where it saw the printer print again
    show(&shown, &trace, trace.end_us);
    assert_int_equal(count_words(&shown, VIEW_STEPS, "nothing was recovered"), 0);
    assert_int_equal(count_words(&shown, VIEW_STEPS, "home_z0"), 1);
    hide(&shown);
    trace.phases = 0;
    show(&shown, &trace, trace.end_us);
    assert_int_equal(count_words(&shown, VIEW_STEPS, "nobody told its steps"), 1);
    hide(&shown);
}

/// Pixels of the four drawings, below their titles, that have the colour of what somebody measured or counted.
static int drawn_places(const struct shown *shown)
{
    static const uint32_t colour[] = {PAINT_TRUTH, PAINT_BELIEF, PAINT_INK, PAINT_PART,
                                      PAINT_RESUMED};
    int count = 0;

    for (int panel = VIEW_SIDE; panel <= VIEW_TILT; panel++) {
        struct canvas_rect r = shown->play.layout.panel[panel];
        r.y += 60; // below and above the words on motors
        r.h -= 120;
        for (size_t i = 0; i < sizeof colour / sizeof *colour; i++)
            count += count_colour(shown->picture, r, colour[i]);
    }
    return count;
}

/// A trace that knows nothing but its end, and one with a count and no truth.
static void what_nobody_knows_is_not_drawn(void **state)
{
    (void)state;
    static struct shown shown;
    struct lab_trace empty = {.end_us = 5000000};

    empty.meta.z_endstop_nm = LAB_TRACE_UNKNOWN;
    memcpy(empty.meta.travel_nm, trace.meta.travel_nm, sizeof empty.meta.travel_nm);
    memcpy(empty.meta.post_nm, trace.meta.post_nm, sizeof empty.meta.post_nm);
    show(&shown, &empty, 3000000);
    assert_int_equal(drawn_places(&shown), 0);
    assert_int_equal(count_words(&shown, VIEW_LENS, "nobody knows where the nozzle is"), 1);
    assert_int_equal(count_words(&shown, VIEW_TILT, "nobody measured its corners"), 1);
    shown.play.follow = true;
    scene_draw(shown.scene, &shown.play);
    assert_int_equal(drawn_places(&shown), 0);
    hide(&shown);
    show(&shown, &trace, trace.cut[0].mains_us - 1000000);
    assert_true(drawn_places(&shown) > 1000);
    hide(&shown);
    for (size_t i = 0; i < trace.motions; i++)
        trace.motion[i].true_known = false;
    for (size_t i = 0; i < trace.corner_count; i++)
        trace.corners[i].true_nm[1] = LAB_TRACE_UNKNOWN;
    show(&shown, &trace, trace.cut[0].mains_us - 1000000);
    assert_int_equal(count_words(&shown, VIEW_LENS, "gap"), 0);
    assert_int_equal(in_the_nozzle(&shown), PAINT_WELL);
    struct canvas_rect tilt = shown.play.layout.panel[VIEW_TILT];
    tilt.y += 30; // below the words on its lines
    tilt.h -= 30;
    assert_int_equal(count_colour(shown.picture, tilt, PAINT_TRUTH), 0);
    hide(&shown);
}

/// Two parts of three layers each, one after the other.
static void make_parts(struct lab_trace *made)
{
    *made = (struct lab_trace){.end_us = 12000000};
    memcpy(made->meta.travel_nm, (int64_t[3]){300000000, 300000000, 200000000},
           sizeof made->meta.travel_nm);
    made->meta.z_endstop_nm = LAB_TRACE_UNKNOWN;
    for (int i = 0; i < 6; i++) {
        int64_t x = i < 3 ? 80000000 : 96000000, z = (i % 3 + 1) * MADE_Z_NM;
        const struct lab_trace_layer layer = {i * 2000000, i, z, made->deposits};
        const struct lab_trace_deposit d = {.t_us = layer.t_us,
                                            .duration_us = 1000000,
                                            .from_nm = {x, 100000000 + i % 3 * 1000000, z},
                                            .to_nm = {x + 4000000, 100000000 + i % 3 * 1000000, z},
                                            .e_nm = 1000,
                                            .motion = -1};
        assert_int_equal(TRACE_ADD(made->layer, made->layers, made->layer_room, layer), 0);
        assert_int_equal(TRACE_ADD(made->deposit, made->deposits, made->deposit_room, d), 0);
    }
}

/// A part that was finished is none of this layer; all parts are in the picture, also those that come later.
static void finished_parts_are_a_shade(void **state)
{
    (void)state;
    static struct shown shown;
    struct lab_trace made;

    make_parts(&made);
    for (int part = 0; part < 2; part++) {
        // the second layer is laid: what is below is a shade, and of the first part the top
        show(&shown, &made, (part * 3 + 1) * 2000000 + 1500000);
        assert_in_range(shown.story.part_low_nm[0], 79000000, 81000000);
        assert_in_range(shown.story.part_high_nm[0], 99000000, 101000000);
        struct canvas_rect half = shown.play.layout.panel[VIEW_TOP];
        half.x += 2;
        half.w = half.w / 2 - 2;
        half.y += 60; // below and above the motors
        half.h -= 120;
        struct canvas_rect other = half;
        other.x += half.w;
        assert_true(count_colour(shown.picture, part ? other : half, PAINT_TRUTH) > 20);
        assert_int_equal(count_colour(shown.picture, part ? half : other, PAINT_TRUTH), 0);
        assert_int_equal(count_colour(shown.picture, half, 0xff263645u) > 20, true);
        assert_int_equal(count_colour(shown.picture, other, 0xff263645u) > 20, part);
        hide(&shown);
    }
    lab_trace_free(&made);
}

/// Where power comes back a moment before it goes again.
static void a_cut_has_its_name(void **state)
{
    (void)state;
    static struct shown shown;
    struct lab_trace_cut again = trace.cut[0];

    trace.cut[0].back_us = trace.cut[0].mains_us + 10000000;
    trace.cut[0].first_extrusion_us = -1;
    again.mains_us = trace.cut[0].back_us + 1000000;
    assert_int_equal(TRACE_ADD(trace.cut, trace.cuts, trace.cut_room, again), 0);
    show(&shown, &trace, again.mains_us);
    assert_int_equal(count_words(&shown, VIEW_CHARTS, "CUT 1"), 1);
    assert_int_equal(count_words(&shown, VIEW_CHARTS, "CUT 2"), 1);
    hide(&shown);
}

/// The nozzle sinks by a fraction of a millimetre below the bed, and rises by hundreds.
static void an_axis_ends_near_its_curve(void **state)
{
    (void)state;
    static struct shown shown;

    for (size_t i = 0; i < trace.motions; i++)
        if (trace.motion[i].t_us == trace.cut[0].back_us)
            trace.motion[i].true_to_nm[2] = -280000;
    show(&shown, &trace, trace.cut[0].back_us);
    assert_int_equal(count_words(&shown, VIEW_CHARTS, "200 mm"), 1);
    assert_int_equal(count_words(&shown, VIEW_CHARTS, "-5"), 1);
    assert_int_equal(count_words(&shown, VIEW_CHARTS, "-100"), 0);
    hide(&shown);
}

/// A panel of two pictures of the same size is the same.
static void expect_same_panel(const struct canvas *a, const struct canvas *b,
                              const struct canvas_rect *r)
{
    for (int32_t y = r->y; y < r->y + r->h; y++) {
        size_t row = (size_t)y * (size_t)a->width + (size_t)r->x;
        assert_memory_equal(&a->pixel[row], &b->pixel[row], (size_t)r->w * sizeof *a->pixel);
    }
}

/// Filament that was pushed in one place, wherever it is said to be: the machine's panels show the same.
static void what_hangs_from_the_nozzle_is_not_drawn(void **state)
{
    (void)state;
    size_t purged = story.layer[MADE_CUT_LAYER].end - 2;
    struct lab_trace_deposit *hangs = &trace.deposit[purged], *path = &hangs[2];
    // as the newest piece (the part's frame hangs on it: of the top view alone), and half of the first path later
    const int64_t at_us[2] = {hangs->t_us + 100000, path->t_us + path->duration_us / 2};

    assert_true(!story_lies(&hangs[0]) && !story_lies(&hangs[1]) && story_lies(path));
    for (int at = 0; at < 2; at++) {
        struct play play;
        struct scene *scene[2];
        const struct canvas *picture[2];
        for (int i = 0; i < 2; i++) {
            for (int axis = 0; axis < 3; axis++)
                hangs->from_nm[axis] = hangs->to_nm[axis] =
                    (path->from_nm[axis] + path->to_nm[axis]) / 2 + (axis ? 0 : i * 1000000);
            scene[i] = opened(&play, 1100, 680, 100);
            play_jump(&play, at_us[at]);
            play_input(&play, &(struct play_input){.kind = PLAY_KEY, .key = 'f'});
            picture[i] = scene_draw(scene[i], &play);
        }
        for (int panel = at ? VIEW_SIDE : VIEW_TOP; panel <= VIEW_TOP; panel++)
            expect_same_panel(picture[0], picture[1], &play.layout.panel[panel]);
        scene_close(scene[0]);
        scene_close(scene[1]);
    }
}

/// Texts of a panel, one a line.
struct heard {
    int32_t panel;
    char text[2048];
};

static void hear(void *ctx, int32_t panel, struct canvas_rect box, struct canvas_rect clip,
                 const char *text)
{
    struct heard *heard = ctx;
    size_t at = strlen(heard->text);

    (void)box;
    (void)clip;
    if (panel == heard->panel)
        snprintf(heard->text + at, sizeof heard->text - at, "%s\n", text);
}

static void expect_said(int32_t panel, int64_t t_us, const char *expected)
{
    struct heard heard = {.panel = panel};
    const struct paint_listener listener = {hear, &heard};
    struct play play;
    struct scene *scene = opened(&play, 1100, 680, 100);

    play_jump(&play, t_us);
    scene_listen(scene, &listener);
    scene_draw(scene, &play);
    scene_close(scene);
    assert_string_equal(heard.text, expected);
}

/// Has a panel these words, whatever lines they stand in?
static bool says(int32_t panel, int64_t t_us, const char *words)
{
    struct heard heard = {.panel = panel};
    const struct paint_listener listener = {hear, &heard};
    struct play play;
    struct scene *scene = opened(&play, 1100, 680, 100);

    play_jump(&play, t_us);
    scene_listen(scene, &listener);
    scene_draw(scene, &play);
    scene_close(scene);
    for (char *c = heard.text; *c; c++)
        *c = *c == '\n' ? ' ' : *c;
    return strstr(heard.text, words);
}

static void a_refusal_has_its_reason(void **state)
{
    (void)state;
    static const char refused[] =
        "refused: bed_cold: the bed is below its gate: the part may have let go";
    struct lab_trace_verdict *verdict = &trace.verdict;

    assert_false(says(VIEW_STEPS, story.end_us, "refused"));
    snprintf(verdict->result, sizeof verdict->result, "refused");
    snprintf(verdict->reason, sizeof verdict->reason, "%s", strchr(refused, ' ') + 1);
    assert_true(says(VIEW_STEPS, story.end_us, refused));
    // when the last step ended, and not before
    assert_true(says(VIEW_STEPS, trace.cut[0].first_extrusion_us, refused));
    assert_false(says(VIEW_STEPS, trace.cut[0].first_extrusion_us - 1, "refused"));
    snprintf(verdict->why, sizeof verdict->why, "result is refused, expected resumed");
    assert_true(says(VIEW_STEPS, story.end_us, "fail: result is refused, expected resumed"));
    assert_false(says(VIEW_STEPS, story.end_us - 1, "expected resumed"));
    // also where nothing was recovered, and where nothing was cut
    trace.phases = 0;
    story_close(&story);
    assert_int_equal(story_open(&story, &trace), 0);
    assert_true(says(VIEW_STEPS, story.end_us, refused));
    trace.cuts = 0;
    assert_true(says(VIEW_STEPS, story.end_us, "expected resumed"));
    // a long one is cut off where the panel has no room
    memset(verdict->reason, 'x', sizeof verdict->reason - 1);
    for (size_t i = 8; i + 8 < sizeof verdict->reason; i += 8)
        verdict->reason[i] = ' ';
    assert_true(says(VIEW_STEPS, story.end_us, ".."));
}

/// What the scenario is about is cut off where there is no room for all of it.
static void a_long_sentence_is_cut_off(void **state)
{
    (void)state;
    char *about = trace.meta.about;

    assert_true(says(VIEW_RUN, story.end_us, about));
    memset(about, 'W', sizeof trace.meta.about - 1);
    assert_true(says(VIEW_RUN, story.end_us, "WW.."));
}

/// However low the print is: the firmware counts from 0, and millimetres are no error of its.
static void a_lost_count_says_nothing(void **state)
{
    (void)state;
    static const char lost[] = "about their mean: the count is lost";
    const struct lab_trace_cut *cut = &trace.cut[0];
    int64_t homed_us = trace.lost[0].until_us;

    assert_int_equal(trace.losts, 1);
    assert_int_equal(trace.lost[0].from_us, cut->back_us);
    assert_true(homed_us > cut->back_us + 20000000 && homed_us < cut->first_extrusion_us);
    assert_true(says(VIEW_TILT, cut->back_us, lost));
    assert_true(says(VIEW_TILT, cut->back_us, "FL +313 \xc2\xb5m"));
    assert_true(says(VIEW_TILT, homed_us - 1, lost));
    assert_false(says(VIEW_TILT, homed_us, "lost"));
    assert_false(says(VIEW_TILT, cut->back_us - 1, "lost"));
    // a firmware that homed to somewhere else is wrong by as much, and knows no better
    assert_true(says(VIEW_CHARTS, cut->back_us, "+10 \xc2\xb5m -280 \xc2\xb5m"));
    for (size_t i = 0; i < trace.motions; i++) {
        struct lab_trace_motion *m = &trace.motion[i];
        if (m->t_us <= homed_us)
            continue;
        m->true_from_nm[2] = m->from_nm[2] + 7000000;
        m->true_to_nm[2] = m->to_nm[2] + 7000000;
    }
    assert_true(says(VIEW_CHARTS, cut->back_us, "+7000 \xc2\xb5m"));
}

/// Pixels of the gantry's planes, between its texts, that differ when all corners are moved in truth, in the count, or in both.
static int moved_planes(const int64_t true_nm[4], const int64_t counted_nm[4])
{
    struct canvas_rect r;
    struct scene *scene[2];
    const struct canvas *picture[2];
    int64_t at_us = trace.cut[0].mains_us - 1;
    int count = 0;

    for (int i = 0; i < 2; i++) {
        struct play play;
        for (int k = 0; k < 4; k++) {
            trace.corners[0].believed_nm[k] = i ? counted_nm[k] : 0;
            trace.corners[0].true_nm[k] = i ? true_nm[k] : 0;
        }
        scene[i] = opened(&play, 1100, 680, 100);
        play_jump(&play, at_us);
        picture[i] = scene_draw(scene[i], &play);
        r = play.layout.panel[VIEW_TILT];
    }
    for (int32_t y = r.y + 76; y < r.y + r.h - 68; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            count += picture[0]->pixel[y * picture[0]->width + x] !=
                     picture[1]->pixel[y * picture[1]->width + x];
    scene_close(scene[0]);
    scene_close(scene[1]);
    return count;
}

static void both_planes_tilt(void **state)
{
    (void)state;
    static const int64_t level[4] = {0}, high[4] = {9000000, 9000000, 9000000, 9000000},
                         tilted[4] = {30000, -20000, -30000, 20000};

    assert_int_equal(moved_planes(high, high), 0);
    assert_true(moved_planes(tilted, level) > 500);
    // the firmware knows that it is tilted, and it is no less so
    assert_true(moved_planes(tilted, tilted) > 500);
    assert_true(moved_planes(level, tilted) > 500);
}

static int count_colour(const struct canvas *picture, struct canvas_rect r, uint32_t colour)
{
    int count = 0;

    for (int32_t y = r.y; y < r.y + r.h; y++)
        for (int32_t x = r.x; x < r.x + r.w; x++)
            count += picture->pixel[y * picture->width + x] == colour;
    return count;
}

/// What is marginal is no failure: it exits with 0. And what has no limit did not pass.
static void an_outcome_has_its_mark(void **state)
{
    (void)state;
    static const struct {
        const char *outcome;
        uint32_t colour;
    } verdict[] = {{"pass", PAINT_GOOD},
                   {"marginal", PAINT_WARN},
                   {"fail", PAINT_BAD},
                   {"error", PAINT_BAD},
                   {"not_applicable", PAINT_INK}};
    static const uint32_t colours[] = {PAINT_GOOD, PAINT_WARN, PAINT_BAD};

    trace.measures = 1;
    for (size_t i = 0; i < sizeof verdict / sizeof *verdict; i++) {
        struct play play;
        struct scene *scene = opened(&play, 1100, 680, 100);
        struct canvas_rect at[] = {play.layout.panel[VIEW_HEADER],
                                   play.layout.panel[VIEW_MEASURES]};
        at[0].x += at[0].w / 2;
        at[0].w /= 2;
        trace.measure[0].limited = i;
        snprintf(trace.verdict.outcome, sizeof trace.verdict.outcome, "%s", verdict[i].outcome);
        memcpy(trace.measure[0].outcome, trace.verdict.outcome, sizeof trace.verdict.outcome);
        play_jump(&play, story.end_us);
        const struct canvas *picture = scene_draw(scene, &play);
        for (int panel = 0; panel < 2; panel++)
            for (int k = 0; k < 3; k++)
                assert_int_equal(count_colour(picture, at[panel], colours[k]) > 0,
                                 colours[k] == verdict[i].colour && (!panel || i));
        scene_close(scene);
        assert_int_equal(says(VIEW_MEASURES, story.end_us, "none"), !i);
    }
}

/// Outside the run, and before anybody said: neither on nor off.
static void supply_is_drawn_where_it_is_known(void **state)
{
    (void)state;

    for (int64_t first_us = 0; first_us <= 20000000; first_us += 20000000) {
        struct play play;
        struct scene *scene = opened(&play, 1100, 680, 100);
        struct canvas_rect r = play.layout.time;
        play.from_us = story.begin_us - 20000000;
        play.span_us = story.end_us - story.begin_us + 40000000;
        play.now_us = story.end_us + 20000000; // nothing is to come
        trace.power[0].t_us = first_us;
        int32_t begin = (int32_t)((20000000 + first_us) * r.w / play.span_us);
        int32_t end = (int32_t)((20000000 + story.end_us) * r.w / play.span_us);
        const struct canvas *picture = scene_draw(scene, &play);
        r.h = r.h * 28 / 100;
        assert_int_equal(
            count_colour(picture, (struct canvas_rect){r.x, r.y, begin - 3, r.h}, PAINT_FAINT), 0);
        assert_int_equal(count_colour(picture,
                                      (struct canvas_rect){r.x + end + 3, r.y, r.w - end - 3, r.h},
                                      PAINT_FAINT),
                         0);
        assert_true(count_colour(picture, r, PAINT_FAINT) > 20);
        scene_close(scene);
    }
}

/// Raise all that was printed since the cut, and the nozzle with it.
static void raise_the_rest(int64_t by_nm)
{
    for (size_t i = 0; i < trace.motions; i++)
        if (trace.motion[i].t_us >= trace.cut[0].first_extrusion_us) {
            trace.motion[i].true_from_nm[2] += by_nm;
            trace.motion[i].true_to_nm[2] += by_nm;
        }
    for (size_t i = story.layer[MADE_CUT_LAYER + 1].first; i < trace.deposits; i++) {
        trace.deposit[i].from_nm[2] += by_nm;
        trace.deposit[i].to_nm[2] += by_nm;
    }
    story_close(&story);
    assert_int_equal(story_open(&story, &trace), 0);
}

/// What comes out of the nozzle is no part below it; the same print, going on too high.
static void a_gap_is_to_what_was_there_before(void **state)
{
    (void)state;
    const struct lab_trace_deposit *first = &trace.deposit[story.layer[MADE_CUT_LAYER + 1].first];
    int64_t begin_us = first->t_us, in_us = begin_us + first->duration_us / 3;
    int64_t end_us = begin_us + first->duration_us;

    expect_said(VIEW_LENS, trace.deposit[2].t_us + 1000,
                "Nozzle and part\ngap 200 \xc2\xb5m\nto the bed\n1 mm\n");
    expect_said(VIEW_LENS, in_us, "Nozzle and part\ngap 200 \xc2\xb5m\nto the part\n1 mm\n");
    // it stands on what it laid
    expect_said(VIEW_LENS, end_us, "Nozzle and part\ngap 0 \xc2\xb5m\nto the part\n1 mm\n");
    raise_the_rest(90000);
    expect_said(VIEW_LENS, in_us, "Nozzle and part\ngap 290 \xc2\xb5m\nto the part\n1 mm\n");
    raise_the_rest(20000);
    expect_said(VIEW_LENS, in_us,
                "Nozzle and part\nlaid in the air\ngap 310 \xc2\xb5m\nto the part\n1 mm\n");
    // above the outline of the same layer, and beside it
    raise_the_rest(690000);
    expect_said(VIEW_LENS, begin_us,
                "Nozzle and part\nlaid in the air\ngap 800 \xc2\xb5m\nto the part\n1 mm\n");
    expect_said(VIEW_LENS, in_us,
                "Nozzle and part\nlaid in the air\ngap 1000 \xc2\xb5m\nto the part\n1 mm\n");
}

// --- readable ---------------------------------------------------------------------------------------------------

/// Relative luminance, in millionths, by a gamma of 2.2.
static int64_t luminance(uint32_t colour)
{
    static const double weight[] = {0.0722, 0.7152, 0.2126}; // blue, green, red
    double sum = 0.0;

    for (int i = 0; i < 3; i++) {
        double c = (double)(colour >> (8 * i) & 255) / 255.0;
        sum += c > 0.0 ? weight[i] * sim_exp(2.2 * sim_log(c)) : 0.0;
    }
    return sim_round(sum * 1e6);
}

static bool within(struct canvas_rect a, struct canvas_rect b)
{
    return a.x >= b.x && a.y >= b.y && a.x + a.w <= b.x + b.w && a.y + a.h <= b.y + b.h;
}

static bool meet(struct canvas_rect a, struct canvas_rect b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/// No text of the picture touches another or is cut off. Says which do, and where; returns how many.
static int hard_to_read(const struct texts *all, const struct layout *l, const char *where)
{
    const struct canvas_rect whole = {0, 0, l->width, l->height};
    int bad = 0;

    for (int i = 0; i < all->count; i++) {
        struct canvas_rect box = all->one[i].box;
        int32_t panel = all->one[i].panel;
        box.h += 3 * l->scale / 100; // what hangs below the line
        if (!within(box, panel == VIEW_PANELS ? whole : l->panel[panel]) ||
            !within(box, all->one[i].clip)) {
            print_error("%s: panel %d: '%s' is cut off\n", where, (int)panel, all->one[i].text);
            bad++;
        }
        for (int k = 0; k < i; k++) {
            bool together = (panel == VIEW_PANELS) == (all->one[k].panel == VIEW_PANELS);
            if (!together || !meet(box, all->one[k].box))
                continue;
            print_error("%s: panel %d: '%s' lies over '%s'\n", where, (int)panel, all->one[i].text,
                        all->one[k].text);
            bad++;
        }
    }
    return bad;
}

/// As much to say as a run ever has: every measure, long names, large numbers.
static void say_more(void)
{
    static const char *const keys[] = {"seam_overlap_um", "seam_overlap_filament_um",
                                       "flow_deficit_um", "gantry_tilt_um",
                                       "dive_um",         "collisions",
                                       "hot_dwell_ms",    "state_age_ms",
                                       "print_stall_ms",  "nv_bytes_per_hour"};

    for (size_t i = 0; i < 2 * sizeof keys / sizeof *keys; i++) {
        struct lab_trace_measure m = {
            .known = true, .limited = true, .value = -1234567, .limit = 60000};
        snprintf(m.key, sizeof m.key, "%s", keys[i % 10]);
        snprintf(m.unit, sizeof m.unit, "%s", i == 9 ? "bytes_per_hour" : "um");
        snprintf(m.outcome, sizeof m.outcome, "fail");
        assert_int_equal(TRACE_ADD(trace.measure, trace.measures, trace.measure_room, m), 0);
    }
    snprintf(trace.verdict.result, sizeof trace.verdict.result, "resumed_after_refusal");
    snprintf(trace.verdict.reason, sizeof trace.verdict.reason,
             "bed_cold: the bed is below its gate: the part may have let go");
    snprintf(trace.verdict.why, sizeof trace.verdict.why,
             "seam_overlap_filament_um is -1234567, limit 60000");
    snprintf(trace.meta.id, sizeof trace.meta.id,
             "voron24_cut@fd7e6ecc#s123456789+dut=naive+cut.at=event:123456");
    snprintf(trace.meta.about, sizeof trace.meta.about,
             "Mains fail in mid-move, two fifths up a tower in ABS, and come back after a minute "
             "and a half, more or less.");
    story_close(&story);
    assert_int_equal(story_open(&story, &trace), 0);
}

/// What is heard of a window of so many pixels is what is heard of a large one: all of the legend, and no text over another.
static int hard_in_window(int32_t width, int32_t height)
{
    struct texts all = {.count = 0};
    const struct paint_listener listener = {note_text, &all};
    char where[64];
    struct play play;
    int32_t w = width, h = height, scale = 100, truth = 0;

    scene_fit(&w, &h, &scale);
    struct scene *scene = opened(&play, w, h, scale);
    play_jump(&play, trace.cut[0].back_us);
    scene_listen(scene, &listener);
    scene_draw(scene, &play);
    for (int i = 0; i < all.count; i++)
        truth += all.one[i].panel == VIEW_CHARTS && !strcmp(all.one[i].text, "truth");
    snprintf(where, sizeof where, "a window of %dx%d: %dx%d at %d %%", (int)width, (int)height,
             (int)w, (int)h, (int)scale);
    if (!truth)
        print_error("%s: the legend has no truth\n", where);
    int bad = hard_to_read(&all, &play.layout, where) + !truth;
    scene_close(scene);
    return bad;
}

/// Windows that somebody made smaller than they should be.
static int hard_in_windows(void)
{
    int bad = 0;

    for (int32_t part = 40; part < 100; part += 5)
        bad += hard_in_window(LAYOUT_WIDTH_MIN * part / 100, LAYOUT_HEIGHT_MIN * part / 100);
    return bad + hard_in_window(700, 500) + hard_in_window(500, 900) + hard_in_window(900, 400);
}

/// Width, height, percent of the screen's scale.
static const int32_t sizes[][3] = {{LAYOUT_WIDTH_MIN, LAYOUT_HEIGHT_MIN, 100},
                                   {LAYOUT_WIDTH_MIN / 2, LAYOUT_HEIGHT_MIN / 2, 50},
                                   {LAYOUT_WIDTH_MIN * 5 / 4, LAYOUT_HEIGHT_MIN * 5 / 4, 125},
                                   {LAYOUT_WIDTH_MIN * 2, LAYOUT_HEIGHT_MIN * 2, 200},
                                   {LAYOUT_WIDTH_MIN * 4, LAYOUT_HEIGHT_MIN * 4, 400},
                                   {LAYOUT_TALL_WIDTH_MIN, LAYOUT_TALL_MIN, 100},
                                   {LAYOUT_WIDTH_MIN, LAYOUT_TALL_MIN - 1, 100},
                                   {LAYOUT_WIDTH_MIN, LAYOUT_WIDTH_MIN, 100},
                                   {2000, LAYOUT_HEIGHT_MIN, 100},
                                   {1024, 768, 100},
                                   {1100, 680, 100},
                                   {1280, 720, 100},
                                   {1366, 768, 100},
                                   {1440, 900, 100},
                                   {900, 1300, 100},
                                   {1920, 1080, 100},
                                   {1920, 1200, 150},
                                   {2880, 1800, 200},
                                   {2560, 1440, 100},
                                   {3840, 2160, 100},
                                   {3840, 2160, 200},
                                   {3840, 2160, 300}};
/// What is looked at, and keys pressed there.
static const struct {
    const char *at, *keys;
} looks[] = {{"0s", ""},
             {"0:00:28.100", "\tf+++"},
             {"cut", "nnn++"},
             {"0:00:50", ""},
             {"0:01:15", "\tff"},
             {"0:01:29.200", ""},
             {"0:01:29.200", "\t\t+++"},
             {"resume", ""},
             {"resume", "h"},
             {"resume", "f\t++++++++\t++++"},
             {"0:01:15", "++++"},
             {"resume", "--------"},
             {"0:00:50", "+++++++++++++++++++++++"},
             {"end", "-----"},
             {"end", ""}};

/// The scene of that size, looked at so. Returns how much of it is hard to read.
static int hard_in_look(const int32_t size[3], size_t look)
{
    struct texts all = {.count = 0};
    const struct paint_listener listener = {note_text, &all};
    struct scene *scene;
    struct play play;
    char where[64];
    int64_t at;

    scene = opened(&play, size[0], size[1], size[2]);
    assert_int_equal(play_find(&story, looks[look].at, &at), 0);
    play_jump(&play, at);
    press(&play, looks[look].keys);
    scene_listen(scene, &listener);
    scene_draw(scene, &play);
    snprintf(where, sizeof where, "%dx%d at %d %%, %s %zu", (int)size[0], (int)size[1],
             (int)size[2], looks[look].at, look);
    int bad = hard_to_read(&all, &play.layout, where);
    scene_close(scene);
    return bad;
}

/// The larger ones take long, and slow builds: every so manieth look is taken.
static size_t stride(const int32_t size[3])
{
    int32_t pixels = size[0] * size[1];
    size_t least = pixels > 4000000 ? 6 : pixels > 1200000 ? 3 : 1;

    return least * (PLR_TEST_THIN > 1 ? 3 : 1);
}

/// At every size, at every scale of the screen, whatever is looked at.
static void no_text_lies_over_another(void **state)
{
    (void)state;
    say_more();
    int bad = hard_in_windows();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t k = 0; k < sizeof looks / sizeof *looks; k += stride(sizes[i]))
            bad += hard_in_look(sizes[i], k);
    assert_int_equal(bad, 0);
}

static void text_stands_out_from_its_ground(void **state)
{
    (void)state;
    static const uint32_t ink[] = {PAINT_INK,  PAINT_DIM, PAINT_FAINT, PAINT_TRUTH,  PAINT_BELIEF,
                                   PAINT_GOOD, PAINT_BAD, PAINT_WARN,  PAINT_MEMORY, PAINT_RESUMED};
    static const uint32_t ground[] = {PAINT_GROUND, PAINT_PANEL, PAINT_WELL};

    for (size_t i = 0; i < sizeof ink / sizeof *ink; i++)
        for (size_t k = 0; k < sizeof ground / sizeof *ground; k++)
            // (L1 + 0.05) / (L2 + 0.05) >= 4.5, what WCAG asks of small text
            assert_true((luminance(ink[i]) + 50000) * 2 >= 9 * (luminance(ground[k]) + 50000));
}

/// A colour as an eye sees it that lacks a kind of cones, in thousandths of light (after Vienot, Brettel and Mollon): red, green, blue.
static void seen(uint32_t colour, int eye, int64_t out[3])
{
    static const int64_t matrix[4][3][3] = {
        {{1000, 0, 0}, {0, 1000, 0}, {0, 0, 1000}},
        {{112, 888, 0}, {112, 888, 0}, {4, -4, 1000}},      // no red
        {{293, 707, 0}, {293, 707, 0}, {-22, 22, 1000}},    // no green
        {{1000, 152, -152}, {0, 867, 133}, {0, 867, 133}}}; // no blue
    int64_t light[3];

    for (int i = 0; i < 3; i++) {
        double c = (double)(colour >> (16 - 8 * i) & 255) / 255.0;
        light[i] = c > 0.0 ? sim_round(1e6 * sim_exp(2.2 * sim_log(c))) : 0;
    }
    for (int i = 0; i < 3; i++) {
        int64_t sum = 0;
        for (int k = 0; k < 3; k++)
            sum += matrix[eye][i][k] * light[k] / 1000;
        // back to a byte of a picture
        double share = (double)(sum < 1 ? 1 : sum > 1000000 ? 1000000 : sum) / 1e6;
        out[i] = sim_round(255.0 * sim_exp(sim_log(share) / 2.2));
    }
}

/// What lies beside each other in drawings of the part differs for every eye.
static void colours_of_the_part_are_told_apart(void **state)
{
    (void)state;
    static const uint32_t pair[][2] = {{PAINT_BELIEF, PAINT_RESUMED}, {PAINT_PART, PAINT_RESUMED},
                                       {PAINT_TRUTH, PAINT_RESUMED},  {PAINT_TRUTH, PAINT_BELIEF},
                                       {PAINT_PART, PAINT_BELIEF},    {PAINT_RESUMED, PAINT_CORE}};

    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++)
        for (int eye = 0; eye < 4; eye++) {
            int64_t a[3], b[3], away = 0;
            seen(pair[i][0], eye, a);
            seen(pair[i][1], eye, b);
            for (int k = 0; k < 3; k++)
                away += llabs(a[k] - b[k]);
            assert_true(away >= 100);
        }
}

/// As far as the edge of a line blends it with its ground.
static bool looks_like(uint32_t pixel, uint32_t colour)
{
    int32_t away = 0;

    for (int shift = 0; shift < 24; shift += 8)
        away += abs((int32_t)(pixel >> shift & 255) - (int32_t)(colour >> shift & 255));
    return away < 130;
}

/// Curves of temperatures are told apart by how much of them is left out.
static void curves_differ_by_their_dashes(void **state)
{
    (void)state;
    static const struct {
        uint32_t colour;
        int32_t least, most; ///< of 100 columns, so many are drawn
    } curve[] = {{PAINT_BAD, 95, 100}, {PAINT_WARN, 65, 90}, {PAINT_TRUTH, 20, 50}};
    struct play play;
    struct scene *scene = opened(&play, 1100, 680, 100);

    play_jump(&play, story.end_us);
    const struct canvas *picture = scene_draw(scene, &play);
    struct canvas_rect r = play.layout.time;
    for (size_t i = 0; i < sizeof curve / sizeof *curve; i++) {
        int32_t columns = 0, drawn = 0;
        for (int32_t x = r.x; x < r.x + r.w / 2; x++, columns++) {
            bool any = false;
            for (int32_t y = r.y + r.h * 3 / 4; y < r.y + r.h; y++)
                any = any || looks_like(picture->pixel[y * picture->width + x], curve[i].colour);
            drawn += any;
        }
        assert_in_range(drawn * 100 / columns, curve[i].least, curve[i].most);
    }
    scene_close(scene);
}

static void numbers_are_words(void **state)
{
    (void)state;
    char word[PAINT_WORD];
    static const struct {
        int64_t nm;
        const char *text;
    } um[] = {{297499, "+297 \xc2\xb5m"},
              {-499, "0 \xc2\xb5m"},
              {-500, "-1 \xc2\xb5m"},
              {17840000, "+17.8 mm"},
              {INT64_MIN, "-"}};
    static const struct {
        int64_t us;
        const char *text;
    } duration[] = {{-1, "-"},
                    {340000, "340 ms"},
                    {12540000, "12.5 s"},
                    {151000000, "2 min 31 s"},
                    {5100000000, "1 h 25 min"}};

    for (size_t i = 0; i < sizeof um / sizeof *um; i++) {
        paint_um(word, um[i].nm, true);
        assert_string_equal(word, um[i].text);
    }
    for (size_t i = 0; i < sizeof duration / sizeof *duration; i++) {
        paint_duration(word, duration[i].us);
        assert_string_equal(word, duration[i].text);
    }
    static const struct {
        int64_t step_us, farthest_us, us;
        const char *text, *unit;
    } time[] = {{60000000, 150000000, 60000000, "1:00", "min:s"},
                {60000000, 150000000, -120000000, "-2:00", "min:s"},
                {60000000, 150000000, 0, "0", "min:s"},
                {1800000000, 3600000000, 1800000000, "0:30:00", "h:min:s"},
                {1800000000, 5400000000, 5400000000, "1:30:00", "h:min:s"},
                {30000000, 119000000, 60000000, "60", "s"},
                {500000, 2000000, 1500000, "1.5", "s"},
                {20000, 300000000, 150020000, "150.02", "s"},
                {100000, 900000, -300000, "-300", "ms"},
                {500, 2000, 1500, "1.5", "ms"},
                {1, 10, 7, "0.007", "ms"}};
    for (size_t i = 0; i < sizeof time / sizeof *time; i++) {
        struct paint_times kind = paint_times(time[i].step_us, time[i].farthest_us);
        paint_time(word, time[i].us, &kind);
        assert_string_equal(word, time[i].text);
        assert_string_equal(kind.unit, time[i].unit);
    }
    paint_clock(word, 2231383265);
    assert_string_equal(word, "0:37:11.383");
    paint_mm(word, -12345678, 3);
    assert_string_equal(word, "-12.346");
    assert_int_equal(paint_round_step(0), 1);
    assert_int_equal(paint_round_step(3), 5);
    assert_int_equal(paint_round_step(20001), 50000);
}

// --- as it was last looked at -----------------------------------------------------------------------------------

static void expect_golden(const struct canvas *is, const char *name)
{
    char path[128], message[GOLDEN_MESSAGE];

    snprintf(path, sizeof path, "sim/view/golden/%s.png", name);
    if (getenv("PLR_UPDATE_GOLDEN")) {
        assert_int_equal(png_write_canvas(path, is), 0);
        return;
    }
    if (golden_compare(is, path, message))
        fail_msg("%s; then run this test with PLR_UPDATE_GOLDEN=1", message);
}

/// Remove what golden_compare left, and say which of the two pictures were there.
static int left_behind(const char *message)
{
    static const char *const name[] = {"actual.png", "diff.png"};
    const char *begin = strstr(message, "/tmp/plr_view_");
    char dir[21], path[64];
    int there = 0;

    assert_non_null(begin);
    snprintf(dir, sizeof dir, "%s", begin); // as long as mkdtemp makes it
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, name[i]);
        assert_true((strstr(message, path) != NULL) == !unlink(path));
        there |= strstr(message, path) ? 1 << i : 0;
    }
    assert_int_equal(rmdir(dir), 0);
    return there;
}

static void a_picture_that_differs_is_told(void **state)
{
    (void)state;
    char was[] = "/tmp/test_scene_XXXXXX", message[GOLDEN_MESSAGE];
    struct canvas is, other;

    if (!png_can())
        skip();
    int file = mkstemp(was);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(canvas_open(&is, 40, 30), 0);
    assert_int_equal(canvas_open(&other, 41, 30), 0);
    canvas_fill(&is, is.clip, 0xff405060u);
    canvas_fill(&other, other.clip, 0xff405060u);
    assert_int_equal(png_write_canvas(was, &is), 0);
    // as far as nobody sees it, and a few that are different
    for (int i = 0; i < 40 * 30; i++)
        is.pixel[i] += GOLDEN_TOLERANCE;
    for (int i = 0; i < GOLDEN_FEW; i++)
        is.pixel[100 * i] = 0xffffffffu;
    assert_int_equal(golden_compare(&is, was, message), 0);
    assert_string_equal(message, "");
    is.pixel[7] = 0xff405060u + 256 * (GOLDEN_TOLERANCE + 1);
    assert_int_equal(golden_compare(&is, was, message), -EBADMSG);
    assert_non_null(strstr(message, ": 11 pixels differ; look at /tmp/plr_view_"));
    assert_int_equal(left_behind(message), 3);
    assert_int_equal(golden_compare(&other, was, message), -EBADMSG);
    assert_non_null(strstr(message, ": 41x30 pixels, and not 40x30; look at /tmp/plr_view_"));
    assert_int_equal(left_behind(message), 1);
    assert_int_equal(unlink(was), 0);
    assert_true(golden_compare(&is, was, message) < 0);
    assert_non_null(strstr(message, "cannot be read"));
    canvas_close(&is);
    canvas_close(&other);
}

static void it_looks_as_it_did(void **state)
{
    (void)state;
    static const struct {
        const char *name, *at, *keys;
        int32_t width, height, scale;
    } picture[] = {{"follow", "0:00:28.100", "\tf+++", 1100, 680, 100},
                   {"cut", "cut", "nnn++", 1100, 680, 100},
                   {"recovery", "0:01:29.200", "", 1100, 680, 100},
                   {"end", "end", "", 700, 1100, 75},
                   {"small", "0:01:15", "", LAYOUT_WIDTH_MIN, LAYOUT_HEIGHT_MIN, 100},
                   {"help", "resume", "h", 1100, 680, 100}};

    if (!png_can())
        skip();
    for (size_t i = 0; i < sizeof picture / sizeof *picture; i++) {
        struct play play;
        struct scene *scene = opened(&play, picture[i].width, picture[i].height, picture[i].scale);
        int64_t at;
        assert_int_equal(play_find(&story, picture[i].at, &at), 0);
        play_jump(&play, at);
        press(&play, picture[i].keys);
        expect_golden(scene_draw(scene, &play), picture[i].name);
        scene_close(scene);
    }
}

static void pictures_and_films_are_written(void **state)
{
    (void)state;
    char dir[] = "/tmp/test_scene_XXXXXX", path[64], message[SHOTS_MESSAGE] = "";
    struct play play;
    struct canvas read, first;
    int32_t count, more;

    if (!png_can())
        skip();
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/one.png", dir);
    play_open(&play, &story);
    play_jump(&play, trace.cut[0].mains_us);
    assert_int_equal(shots_one(&story, &play, 960, 600, 100, path, message), 0);
    assert_int_equal(png_read_canvas(path, &read), 0);
    struct play again;
    struct scene *scene = opened(&again, 960, 600, 100);
    play_jump(&again, trace.cut[0].mains_us);
    expect_same(scene_draw(scene, &again), &read);
    unlink(path);
    // a film begins where it was told to, and has a frame for each 25th of a second
    assert_int_equal(
        shots_film(&story, &play, 960, 600, 100, dir, play.now_us + 200000, &count, message), 0);
    assert_int_equal(count, 6);
    // the frames of another one would play on behind a shorter one
    assert_int_equal(shots_film(&story, &play, 960, 600, 100, dir, 0, &more, message), -EEXIST);
    assert_int_equal(more, 0);
    assert_non_null(strstr(message, "holds frames of a film already"));
    snprintf(path, sizeof path, "%s/000001.png", dir);
    assert_int_equal(png_read_canvas(path, &first), 0);
    again.running = true;
    expect_same(scene_draw(scene, &again), &first);
    scene_close(scene);
    canvas_close(&read);
    canvas_close(&first);
    for (int i = 1; i <= count; i++) {
        snprintf(path, sizeof path, "%s/%06d.png", dir, i);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(dir), 0);
    assert_int_equal(shots_one(&story, &play, 80, 600, 100, path, message), -EINVAL);
    assert_non_null(strstr(message, "is no size"));
    assert_int_equal(shots_one(&story, &play, 960, 600, 100, "/no/where.png", message), -ENOENT);
    assert_non_null(strstr(message, "/no/where.png: cannot be written"));
    assert_int_equal(shots_film(&story, &play, 960, 600, 100, "/no/where/at", 0, &count, message),
                     -ENOENT);
}

int main(void)
{
#define HERE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        HERE(a_frame_is_the_same_however_come_to),
        HERE(every_instant_and_size_can_be_drawn),
        HERE(any_window_has_a_picture),
        HERE(what_nobody_knows_is_not_drawn),
        HERE(what_hangs_from_the_nozzle_is_not_drawn),
        HERE(a_gap_is_to_what_was_there_before),
        HERE(a_refusal_has_its_reason),
        HERE(a_long_sentence_is_cut_off),
        HERE(an_outcome_has_its_mark),
        HERE(a_lost_count_says_nothing),
        HERE(both_planes_tilt),
        HERE(supply_is_drawn_where_it_is_known),
        HERE(no_text_lies_over_another),
        HERE(a_torn_trace_is_called_so),
        HERE(text_stands_out_from_its_ground),
        HERE(colours_of_the_part_are_told_apart),
        HERE(finished_parts_are_a_shade),
        HERE(a_bench_is_not_said_to_know),
        HERE(a_cut_has_its_name),
        HERE(an_axis_ends_near_its_curve),
        HERE(numbers_are_words),
        HERE(curves_differ_by_their_dashes),
        HERE(a_picture_that_differs_is_told),
        HERE(it_looks_as_it_did),
        HERE(pictures_and_films_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
