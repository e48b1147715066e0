// Tests of the picture: how much is covered, what the clip keeps out, and that every compiler draws the same.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/view/canvas.h"
#include "sim/view/font.h"
#include "sim/view/png.h"

static struct canvas canvas;

static int set_up(void **state)
{
    (void)state;
    return canvas_open(&canvas, 64, 48);
}

static int tear_down(void **state)
{
    (void)state;
    canvas_close(&canvas);
    return 0;
}

static struct canvas_point at(int64_t x, int64_t y)
{
    return (struct canvas_point){x, y};
}

/// What white on black has covered, in 1/255 of a pixel.
static int64_t ink(void)
{
    int64_t sum = 0;

    for (int32_t i = 0; i < canvas.width * canvas.height; i++)
        sum += canvas.pixel[i] & 255;
    return sum;
}

static void expect_ink(int64_t pixels_permille, int64_t tolerance_permille)
{
    int64_t have = ink() * 1000 / 255;

    if (llabs(have - pixels_permille) > tolerance_permille)
        fail_msg("covers %lld, not %lld thousandths of a pixel", (long long)have,
                 (long long)pixels_permille);
}

static void wipe(void)
{
    canvas_fill(&canvas, (struct canvas_rect){0, 0, 64, 48}, 0xff000000u);
}

static uint64_t hash_of(const struct canvas *c)
{
    uint64_t hash = 14695981039346656037ull;

    for (int64_t i = 0; i < (int64_t)c->width * c->height; i++)
        hash = (hash ^ c->pixel[i]) * 1099511628211ull;
    return hash;
}

static void a_line_covers_length_times_width(void **state)
{
    (void)state;
    static const struct {
        int64_t x0, y0, x1, y1;
        int32_t width;
    } rows[] = {{2560, 2560, 12800, 2560, 256},  {2560, 2500, 12800, 2560, 512},
                {2560, 2560, 9000, 9000, 384},   {3000, 11000, 3100, 1000, 300},
                {12800, 2560, 2560, 8000, 1024}, {2560, 2560, 12800, 6000, 128}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t dx = rows[i].x1 - rows[i].x0, dy = rows[i].y1 - rows[i].y0;
        int64_t length = canvas_root((uint64_t)(dx * dx + dy * dy));
        int64_t ends = 785 * rows[i].width / 256 * rows[i].width / 256; // two half discs
        wipe();
        canvas_line(&canvas, at(rows[i].x0, rows[i].y0), at(rows[i].x1, rows[i].y1), rows[i].width,
                    0xffffffffu);
        int64_t wanted = length * rows[i].width / 256 * 1000 / 256 + ends;
        expect_ink(wanted, wanted / 20);
    }
}

static void circles_cover_their_area(void **state)
{
    (void)state;
    canvas_disc(&canvas, at(32 * 256, 24 * 256 + 77), 10 * 256, 0xffffffffu);
    expect_ink(314159, 600);
    wipe();
    canvas_ring(&canvas, at(32 * 256, 24 * 256), 10 * 256, 2 * 256, 0xffffffffu);
    expect_ink(125664, 800);
}

static void polygons_cover_their_area(void **state)
{
    (void)state;
    const struct canvas_point triangle[] = {at(2600, 2600), at(12900, 3000), at(6000, 9900)};
    canvas_polygon(&canvas, triangle, 3, 0xffffffffu);
    int64_t twice = (triangle[1].x - triangle[0].x) * (triangle[2].y - triangle[0].y) -
                    (triangle[2].x - triangle[0].x) * (triangle[1].y - triangle[0].y);
    expect_ink(twice / 2 * 1000 / 65536, twice / 2 / 65536 * 4);
    // a square in a square the other way round is a hole, and so is one the same way round
    const struct canvas_point hole[] = {
        at(2560, 2560), at(7680, 2560), at(7680, 7680), at(2560, 7680), at(2560, 2560),
        at(3840, 3840), at(6400, 3840), at(6400, 6400), at(3840, 6400), at(3840, 3840)};
    wipe();
    canvas_polygon(&canvas, hole, 10, 0xffffffffu);
    expect_ink(300000, 0);
    // too many corners, too few
    wipe();
    canvas_polygon(&canvas, hole, 2, 0xffffffffu);
    canvas_polygon(&canvas, hole, CANVAS_POLYGON_POINTS + 1, 0xffffffffu);
    assert_int_equal(ink(), 0);
}

static void alpha_mixes(void **state)
{
    (void)state;
    canvas_fill(&canvas, (struct canvas_rect){0, 0, 64, 48}, 0xff204060u);
    canvas_fill(&canvas, (struct canvas_rect){0, 0, 1, 1}, 0x80ffffffu);
    canvas_fill(&canvas, (struct canvas_rect){1, 0, 1, 1}, 0x00ffffffu);
    canvas_fill(&canvas, (struct canvas_rect){2, 0, 1, 1}, 0xffa1b2c3u);
    assert_int_equal(canvas.pixel[0], 0xff90a0b0u);
    assert_int_equal(canvas.pixel[1], 0xff204060u);
    assert_int_equal(canvas.pixel[2], 0xffa1b2c3u);
}

/// Everything drawn with a clip is what is drawn without one, inside it; and nothing is outside it.
static void draw_all(void)
{
    const struct canvas_point fan[] = {at(-5000, 3000), at(30000, 1000), at(9000, 20000)};

    canvas_polygon(&canvas, fan, 3, 0x60ff8000u);
    canvas_line(&canvas, at(-90000, -40000), at(100000, 60000), 900, 0xff80ff00u);
    canvas_line(&canvas, at(1000, 12000), at(16000, -2000), 300, 0xc00080ffu);
    canvas_disc(&canvas, at(8000, 6000), 3000, 0x80ffffffu);
    canvas_ring(&canvas, at(16000, 12000), 4000, 600, 0xffff00ffu);
    canvas_frame(&canvas, (struct canvas_rect){-3, 5, 40, 80}, 3, 0xa0ffff00u);
}

static void the_clip_is_kept(void **state)
{
    (void)state;
    enum { SIZE = 64 * 48 };
    uint32_t whole[SIZE];

    draw_all();
    memcpy(whole, canvas.pixel, sizeof whole);
    for (int32_t seed = 0; seed < 40; seed++) {
        struct canvas_rect rect = {seed * 7 % 50 - 5, seed * 11 % 40 - 5, seed * 5 % 30,
                                   seed * 3 % 25};
        wipe();
        struct canvas_rect before = canvas_clip(&canvas, rect);
        draw_all();
        canvas_unclip(&canvas, before);
        for (int32_t i = 0; i < SIZE; i++) {
            int32_t x = i % 64, y = i / 64;
            bool inside = x >= rect.x && x < rect.x + rect.w && y >= rect.y && y < rect.y + rect.h;
            uint32_t wanted = inside ? whole[i] : 0xff000000u;
            // a line that is cut at another place may round otherwise, by no more than this
            for (int32_t shift = 0; shift < 24; shift += 8)
                assert_in_range((canvas.pixel[i] >> shift & 255) - (wanted >> shift & 255) + 3, 0,
                                6);
        }
    }
}

static void copies_go_where_they_should(void **state)
{
    (void)state;
    struct canvas other;

    assert_int_equal(canvas_open(&other, 64, 48), 0);
    draw_all();
    canvas_copy(&other, 3, -2, &canvas, (struct canvas_rect){10, 10, 100, 20});
    for (int32_t y = 0; y < 48; y++) {
        for (int32_t x = 0; x < 64; x++) {
            bool inside = x >= 3 && x < 57 && y < 18;
            assert_int_equal(other.pixel[y * 64 + x],
                             inside ? canvas.pixel[(y + 12) * 64 + x + 7] : 0xff000000u);
        }
    }
    canvas_close(&other);
}

static void far_away_is_nothing(void **state)
{
    (void)state;
    canvas_line(&canvas, at(INT64_MIN, 0), at(INT64_MIN, INT64_MAX), 256, 0xffffffffu);
    canvas_disc(&canvas, at(1ll << 40, 0), 256, 0xffffffffu);
    canvas_dashes(&canvas, at(1ll << 50, 3), at(1ll << 51, 3), 256, 256, 256, 0xffffffffu);
    assert_int_equal(ink(), 0);
    canvas_line(&canvas, at(-(1ll << 40), 24 * 256), at(1ll << 40, 24 * 256), 512, 0xffffffffu);
    expect_ink(128000, 0);
}

static void dashes_leave_gaps(void **state)
{
    (void)state;
    canvas_dashes(&canvas, at(1280, 2688), at(14080, 2688), 256, 1280, 1280, 0xffffffffu);
    expect_ink(25000 + 5 * 785, 1500);
}

static void sizes_are_checked(void **state)
{
    (void)state;
    struct canvas none;

    assert_int_equal(canvas_open(&none, 0, 5), -EINVAL);
    assert_int_equal(canvas_open(&none, 5, CANVAS_SIDE_MAX + 1), -EINVAL);
    canvas_close(&none);
    for (uint64_t root = 0; root < 70000; root += 13) {
        assert_int_equal(canvas_root(root * root), root);
        assert_int_equal(canvas_root(root * root + 2 * root), root);
    }
    assert_int_equal(canvas_root(UINT64_MAX), UINT32_MAX);
}

// --- text -----------------------------------------------------------------------------------------------------

static const char all_text[] = "The quick brown fox jumps over the lazy dog, 0123456789 \xc2\xb5m";

static void text_is_as_wide_as_said(void **state)
{
    (void)state;
    static const int32_t scales[] = {50, 100, 125, 150, 200, 300, 400};
    struct font *font;

    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        assert_int_equal(font_open(&font, scales[i]), 0);
        for (enum font_style style = 0; style < FONT_STYLES; style++) {
            int32_t width = font_width(font, style, all_text);
            assert_int_equal(font_draw(font, &canvas, 7, 20, style, 0xffffffffu, all_text) - 7,
                             width);
            assert_true(font_line(font, style) > font_capital(font, style));
            // figures stand below one another
            for (char c = '1'; c <= '9'; c++)
                assert_int_equal(font_width(font, style, (char[]){c, '\0'}),
                                 font_width(font, style, "0"));
        }
        font_close(font);
    }
    assert_int_equal(font_open(&font, 49), -EINVAL);
    assert_int_equal(font_open(&font, 401), -EINVAL);
}

/// Every glyph is to be seen, and none looks like another.
static void every_glyph_is_its_own(void **state)
{
    (void)state;
    struct font *font;
    uint64_t seen[128];
    int count = 0;

    assert_int_equal(font_open(&font, 100), 0);
    for (unsigned code = '!'; code < 0x100; code++) {
        char text[3] = {(char)code, '\0', '\0'};
        if (code > '~' && code != 0xb0 && code != 0xb1 && code != 0xb5 && code != 0xd7)
            continue;
        if (code > '~') {
            text[0] = (char)(0xc0 | code >> 6);
            text[1] = (char)(0x80 | (code & 0x3f));
        }
        wipe();
        font_draw(font, &canvas, 20, 20, FONT_TEXT, 0xffffffffu, text);
        uint64_t hash = hash_of(&canvas);
        assert_true(ink() > 255);
        for (int i = 0; i < count; i++)
            assert_true(seen[i] != hash);
        seen[count++] = hash;
    }
    // what is not there is a box, and broken UTF-8 does not run away
    wipe();
    font_draw(font, &canvas, 20, 20, FONT_TEXT, 0xffffffffu, "\xe2\x82\xac\xc2");
    assert_true(ink() > 255);
    font_close(font);
}

/// Known bytes: the same with every compiler and every optimisation.
static void pixels_are_the_same_everywhere(void **state)
{
    (void)state;
    struct font *font;
    uint64_t shapes, text;

    draw_all();
    shapes = hash_of(&canvas);
    wipe();
    assert_int_equal(font_open(&font, 100), 0);
    font_draw(font, &canvas, 1, 20, FONT_TEXT, 0xffe69f00u, all_text);
    font_draw(font, &canvas, 1, 40, FONT_TITLE, 0xff56b4e9u, "Qg@%&");
    font_close(font);
    text = hash_of(&canvas);
    if (shapes != 0x58a8479e4e74d5b8ull || text != 0x2268074d74482fb6ull)
        fail_msg("shapes hash to 0x%llx, text to 0x%llx", (unsigned long long)shapes,
                 (unsigned long long)text);
}

// --- files ----------------------------------------------------------------------------------------------------

static void a_png_is_read_as_written(void **state)
{
    (void)state;
    char path[] = "/tmp/test_canvas_XXXXXX";
    struct canvas back;
    int file = mkstemp(path);

    assert_true(file >= 0);
    close(file);
    if (!png_can()) {
        assert_int_equal(png_write_canvas(path, &canvas), -ENOTSUP);
        assert_int_equal(png_read_canvas(path, &back), -ENOTSUP);
        unlink(path);
        skip();
    }
    draw_all();
    assert_int_equal(png_read_canvas(path, &back), -EBADMSG);
    assert_int_equal(png_write_canvas(path, &canvas), 0);
    assert_int_equal(png_read_canvas(path, &back), 0);
    assert_int_equal(back.width, 64);
    assert_int_equal(back.height, 48);
    assert_memory_equal(back.pixel, canvas.pixel, 64 * 48 * sizeof *back.pixel);
    canvas_close(&back);
    unlink(path);
    assert_int_equal(png_write_canvas("/nowhere/at/all.png", &canvas), -ENOENT);
}

/// A full disk is told as what it is, and libpng says nothing itself.
static void a_full_disk_is_told(void **state)
{
    struct canvas noise;

    (void)state;
    if (access("/dev/full", W_OK) || !png_can())
        skip();
    assert_int_equal(canvas_open(&noise, 300, 200), 0);
    for (int i = 0; i < 300 * 200; i++)
        noise.pixel[i] = 0xff000000u | (uint32_t)i * 2654435761u; // more than a buffer
    assert_int_equal(png_write_canvas("/dev/full", &noise), -ENOSPC);
    canvas_close(&noise);
}

int main(void)
{
#define HERE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        HERE(a_line_covers_length_times_width),
        HERE(circles_cover_their_area),
        HERE(polygons_cover_their_area),
        HERE(alpha_mixes),
        HERE(the_clip_is_kept),
        HERE(copies_go_where_they_should),
        HERE(far_away_is_nothing),
        HERE(dashes_leave_gaps),
        HERE(sizes_are_checked),
        HERE(text_is_as_wide_as_said),
        HERE(every_glyph_is_its_own),
        HERE(pixels_are_the_same_everywhere),
        HERE(a_png_is_read_as_written),
        cmocka_unit_test(a_full_disk_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
