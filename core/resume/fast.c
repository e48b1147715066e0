// Plain moves without the lexer: "G1 X1.25 Y3 E.02" in millimetres and absolute coordinates, the nine lines of ten.
// SPDX-License-Identifier: MIT
//
// A run is lines on one height of a print that has begun. There X, Y and F matter only where the run ends, so they are not read before;
// E is added up. A line is known by its shape (shape.h), one comparison of 32 bytes; whatever has none ends the run and is left to the
// lexer, so that this file need not know what it means. That both ways lead to the same state, bit by bit, is a property test.
// Alone the number of moves in the layer (layer.moves) is not kept by a run; nothing that is said again depends on it.
#include "core/resume/line.h"
#include "core/resume/resume.h"

#include <assert.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define COUNTED_NM INT64_C(500000000000000) ///< filament up to which a line more stays countable
#define BASE_MAX_NM \
    INT64_C(        \
        1000000000) ///< G92 shift and offset in a run: with three digits nothing leaves the machine

// --- comments --------------------------------------------------------------------------------------------

/// A comment that is neither a layer mark (LAYER, CHANGE_LAYER, Z:, Z_HEIGHT:) nor about a thumbnail. RESUME_PAD.
static inline bool idle_comment(const char *text, size_t size)
{
    size_t at = 1;

    while (at < size && (text[at] == ' ' || text[at] == '\t'))
        at++;
    char c = text[at], large = (char)(c & ~0x20);
    return at >= size ||
           !((large == 'L') | (large == 'C') | (large == 'Z') | (c == 't' && text[at + 1] == 'h'));
}

size_t resume_fast_comment(const char *text, size_t room)
{
    if (text[0] != ';' || !idle_comment(text, room))
        return 0;
    return resume_line(text, room);
}

// --- filament --------------------------------------------------------------------------------------------

/// What changes in a run.
struct run {
    int64_t e_nm, owed_nm;
    int64_t lines;
    int64_t f; ///< place of the last F's number; negative: there was none
};

/// Filament with the flow factor, as the modal state counts it.
static inline int64_t flowed(int64_t e_nm, int32_t ppm)
{
    if (ppm == PLR_PPM)
        return e_nm;
    int64_t rest = e_nm % PLR_PPM * ppm;

    return e_nm / PLR_PPM * ppm + (rest < 0 ? rest - PLR_PPM / 2 : rest + PLR_PPM / 2) / PLR_PPM;
}

/// Apply the value of an E that is absolute, or that is not pushed as it stands.
static void push(struct run *run, const struct plr_modal *modal, int64_t value)
{
    int64_t by = modal->flags & PLR_MODAL_REL_E ? value : value - run->e_nm;

    run->e_nm += by;
    by = run->owed_nm - flowed(by, modal->flow_ppm);
    run->owed_nm = by < 0 ? 0 : by > INT32_MAX ? INT32_MAX : by;
}

// --- runs --------------------------------------------------------------------------------------------

static inline bool small(int64_t base_nm)
{
    return base_nm <= BASE_MAX_NM && base_nm >= -BASE_MAX_NM;
}

bool resume_fast_steady(const struct plr_modal *m)
{
    int64_t base[3];

    for (int i = PLR_X; i <= PLR_Z; i++)
        base[i] = m->g92_nm[i] + m->offset_nm[i];
    return m->reached_z_nm == m->at_nm[PLR_Z] + base[PLR_Z] &&
           !(m->flags & (PLR_MODAL_INCH | PLR_MODAL_REL_XYZ)) && m->flags & PLR_MODAL_EXTRUDED &&
           m->tallest_nm >= m->reached_z_nm && plr_layer_stays(m, m->at_nm[PLR_Z]) &&
           small(base[PLR_X]) && small(base[PLR_Y]) && small(base[PLR_Z]) &&
           (uint64_t)(m->at_nm[PLR_E] + m->g92_nm[PLR_E] + COUNTED_NM) <= 2 * COUNTED_NM;
}

#if defined(__x86_64__)
#define AHEAD 512 // bytes: what is looked at soon is to be near by then
#define AVX2  __attribute__((target("avx2,bmi,bmi2")))

/// Thirty-two bytes of text and what follows from them alone.
struct window {
    __m256i zeroed; ///< with 0 for each digit, but for the one behind G
    uint32_t size;  ///< of the line with its line feed, 33 when that is not here
    uint32_t place; ///< where its shape is kept
};

AVX2 static inline __m256i every(int i)
{
    return _mm256_load_si256((const __m256i *)(const void *)shape_bytes[i]);
}

AVX2 static inline struct window look(const char *text)
{
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)text);
    __m256i digits = _mm256_cmpgt_epi8(every(1), _mm256_add_epi8(v, every(0)));
    __m256i feeds = _mm256_cmpeq_epi8(v, every(3));
    uint32_t size = _tzcnt_u32((uint32_t)_mm256_movemask_epi8(feeds)) + 1;
    uint32_t where = _bzhi_u32((uint32_t)_mm256_movemask_epi8(digits), size);

    return (struct window){
        .zeroed = _mm256_andnot_si256(_mm256_and_si256(digits, every(2)), v),
        .size = size,
        .place = where * UINT32_C(2654435769) >> (32 - SHAPE_BITS),
    };
}

/// Is the line of this shape?
AVX2 static inline bool is_of(const struct window *window, const struct shape *shape)
{
    __m256i text = _mm256_loadu_si256((const __m256i *)(const void *)shape->text);
    uint32_t same = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(window->zeroed, text));

    // text of nulls alone is like a shape that is not known yet
    return window->size <= SHAPE_TEXT && !_bzhi_u32(~same, window->size);
}

/// E of a line of this shape, in micro-units; 0 when it has none.
AVX2 static inline int64_t read_e(const char *text, const struct shape *shape)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(text + shape->e));
    __m128i layout = _mm_loadu_si128((const __m128i *)(const void *)shape->layout);
    __m128i low = _mm256_castsi256_si128(every(2));
    __m128i digits = _mm_shuffle_epi8(_mm_and_si128(v, low), layout);
    __m128i two = _mm_maddubs_epi16(digits, _mm_set1_epi16(1 << 8 | 10));
    __m128i four = _mm_madd_epi16(two, _mm_set1_epi32(1 << 16 | 100));
    __m128i eight = _mm_madd_epi16(_mm_packus_epi32(four, four), _mm_set1_epi32(1 << 16 | 10000));
    uint64_t parts = (uint64_t)_mm_cvtsi128_si64(eight); // what is before the dot, and behind it
    int64_t value = (int64_t)((parts & UINT32_MAX) * 1000000 + (parts >> 32));

    return (value ^ shape->e_sign) - shape->e_sign;
}

/// Lines of a run, from the beginning of `text` on. Returns their bytes.
AVX2 static size_t take_lines(struct run *run, const struct plr_modal *modal, struct shape *shapes,
                              const char *text, size_t room)
{
    const bool plain = modal->flags & PLR_MODAL_REL_E && modal->flow_ppm == PLR_PPM;
    const int64_t e_min = -COUNTED_NM - modal->g92_nm[PLR_E];
    const char *at = text, *end = text + room;
    struct run now = *run; // in registers

    while (end - at >= SHAPE_TEXT && (uint64_t)(now.e_nm - e_min) <= 2 * COUNTED_NM) {
        _mm_prefetch(at + AHEAD, _MM_HINT_T0);
        struct window window = look(at);
        struct shape *shape = &shapes[window.place];
        if (__builtin_expect(!is_of(&window, shape), 0)) {
            size_t comment = resume_fast_comment(at, (size_t)(end - at));
            now.lines += comment != 0;
            at += comment;
            if (!comment && !shape_learn(shape, at, window.size))
                break;
            continue;
        }
        int64_t value = read_e(at, shape);
        if (plain) {
            now.e_nm += value;
            now.owed_nm -= value;
            now.owed_nm = now.owed_nm < 0 ? 0 : now.owed_nm > INT32_MAX ? INT32_MAX : now.owed_nm;
        } else if (shape->e) {
            push(&now, modal, value);
        }
        int64_t f = at - text + shape->f;
        now.f = f > now.f ? f : now.f;
        now.lines++;
        at += window.size;
    }
    *run = now;
    return (size_t)(at - text);
}

static bool can_run(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2");
}
#else
static size_t take_lines(struct run *run, const struct plr_modal *modal, struct shape *shapes,
                         const char *text, size_t room)
{
    (void)run;
    (void)modal;
    (void)shapes;
    (void)text;
    (void)room;
    return 0;
}

static bool can_run(void)
{
    return false;
}
#endif

// --- where a run ends ----------------------------------------------------------------------------------

/// Where the line begins that ends before `end`.
static size_t line_before(const char *text, size_t end)
{
    size_t start = end - 1;

    while (start && text[start - 1] != '\n')
        start--;
    return start;
}

/// The number behind the last of this letter in a line that was found sound; false when there is none, and in comments.
static bool number_in(const char *line, size_t size, char letter, int64_t *micro)
{
    size_t at = line[0] == ';' ? 0 : size;

    while (at && line[at - 1] != letter)
        at--;
    return at && plr_gcode_number(line + at, size - at, micro) > 0;
}

/// X, Y and G0 or G1 behind lines that were found sound: looked for from their end.
static void take_place(struct plr_modal *modal, const char *text, size_t size)
{
    bool x = false, y = false, motion = false;

    for (size_t start, end = size; end && !(x && y && motion); end = start) {
        start = line_before(text, end);
        x = x || number_in(text + start, end - start, 'X', &modal->at_nm[PLR_X]);
        y = y || number_in(text + start, end - start, 'Y', &modal->at_nm[PLR_Y]);
        if (!motion && text[start] != ';')
            modal->motion = (uint8_t)(text[start + 1] - '0');
        motion = motion || text[start] != ';';
    }
}

static void set_feed(struct plr_modal *modal, int64_t micro_min)
{
    int64_t feed = (micro_min + 30) / 60;

    modal->feed_nm_s = feed > INT32_MAX ? INT32_MAX : feed < 1 ? 1 : (int32_t)feed;
}

/// The last F that is positive. The last one's number is at `f`; negative: there is none.
static void take_feed(struct plr_modal *modal, const char *text, size_t size, int64_t f)
{
    int64_t micro = 0;

    if (f < 0)
        return;
    if (plr_gcode_number(text + f, size - (size_t)f, &micro) > 0 && micro > 0)
        set_feed(modal, micro);
    for (size_t start, end = size; end && micro <= 0; end = start) {
        start = line_before(text, end);
        if (number_in(text + start, end - start, 'F', &micro) && micro > 0)
            set_feed(modal, micro);
    }
}

size_t resume_fast_run(struct plr_modal *modal, struct shape *shapes, const char *text, size_t room,
                       int64_t *lines)
{
    struct run run = {.e_nm = modal->at_nm[PLR_E], .owed_nm = modal->retract_nm, .f = -1};

    assert(resume_fast_steady(modal));
    size_t size = can_run() ? take_lines(&run, modal, shapes, text, room) : 0;
    if (!size)
        return 0;
    take_place(modal, text, size);
    take_feed(modal, text, size, run.f);
    modal->at_nm[PLR_E] = run.e_nm;
    modal->retract_nm = (int32_t)run.owed_nm;
    *lines += run.lines;
    return size;
}
