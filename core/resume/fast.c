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
    const char *feed; ///< the last line with an F, or NULL
};

// --- runs --------------------------------------------------------------------------------------------

static inline bool small(int64_t base_nm)
{
    return base_nm <= BASE_MAX_NM && base_nm >= -BASE_MAX_NM;
}

static inline bool countable(int64_t filament_nm)
{
    return (uint64_t)filament_nm + COUNTED_NM <= 2 * COUNTED_NM;
}

bool resume_fast_near(const struct plr_modal *m)
{
    return !(m->flags & (PLR_MODAL_INCH | PLR_MODAL_REL_XYZ)) &&
           small(m->g92_nm[PLR_X] + m->offset_nm[PLR_X]) &&
           small(m->g92_nm[PLR_Y] + m->offset_nm[PLR_Y]) && countable(m->g92_nm[PLR_E]) &&
           countable(m->at_nm[PLR_E] + m->g92_nm[PLR_E]);
}

bool resume_fast_steady(const struct plr_modal *m)
{
    return plr_modal_is_level(m) && resume_fast_near(m);
}

#if defined(__x86_64__)
#define AHEAD  512  // bytes: what is looked at soon is to be near by then
#define BLOCK  4096 // bytes: whatever E says in so many of them stays countable
#define AVX2   __attribute__((target("avx2,bmi,bmi2")))
#define INLINE AVX2 static inline __attribute__((always_inline))

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

/// Half a line of text, and what follows from it alone.
struct window {
    __m256i text;    ///< as a shape has it
    uint32_t feeds;  ///< line feeds, a bit for each byte
    uint32_t digits; ///< digits; behind G only a 0 is one
};

/// `first`: this is where the line begins.
INLINE struct window look(const char *text, bool first)
{
    // each digit becomes the highest one, but the one behind G stays
    const __m256i digit = _mm256_set1_epi8(SHAPE_DIGIT);
    const __m256i highest = first ? _mm256_insert_epi8(digit, -128, 1) : digit;
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)text);
    __m256i moved = _mm256_max_epi8(_mm256_add_epi8(v, _mm256_set1_epi8(SHAPE_MOVED)), highest);

    return (struct window){
        .text = moved,
        .feeds = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('\n'))),
        .digits = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(moved, highest)),
    };
}

/// Where this differs from that half of a shape, a bit for each byte.
INLINE uint32_t differs(const struct window *window, const struct shape *shape, int half)
{
    __m256i text = _mm256_loadu_si256((const __m256i *)(const void *)shape->text[half]);
    uint32_t same = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(window->text, text));

    return ~same & shape->inside[half];
}

/// Where the shape of a line is kept.
INLINE struct shape *place_of(struct shape *shapes, uint32_t digits)
{
    return &shapes[digits * UINT32_C(2654435769) >> (32 - SHAPE_BITS)];
}

/// A line as far as it was looked at.
struct looked {
    struct shape *shape; ///< its own, or where that would be kept
    uint32_t size;       ///< with its line feed; more than SHAPE_TEXT: that is not here
    bool known;
};

/// The line at `at`, when it is no longer than half a shape.
INLINE struct looked look_short(struct shape *shapes, const char *at)
{
    struct window window = look(at, true);
    uint32_t size = _tzcnt_u32(window.feeds);
    struct shape *shape = place_of(shapes, _bzhi_u32(window.digits, size));

    return (struct looked){shape, size + 1, !differs(&window, shape, 0)};
}

/// The line at `at`, when it is longer than that.
INLINE struct looked look_long(struct shape *shapes, const char *at)
{
    struct window low = look(at, true), high = look(at + SHAPE_HALF, false);
    uint32_t size = _tzcnt_u32(high.feeds);
    uint32_t where = _bzhi_u32(high.digits, size);
    struct shape *shape = place_of(shapes, low.digits + where * UINT32_C(40503));

    bool known = at[0] == 'G' && differs(&low, shape, 0) == 1 && !differs(&high, shape, 1);

    return (struct looked){shape, SHAPE_HALF + size + 1, known};
}

/// E of a line of this shape, four digits each: two parts of what is before the dot, two of what is behind it; 0 when it has none.
INLINE __m128i read_e(const char *text, const struct shape *shape)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(text + shape->e));
    __m128i layout = _mm_loadu_si128((const __m128i *)(const void *)shape->layout);
    __m128i weight = _mm_loadu_si128((const __m128i *)(const void *)shape->weight);
    __m128i digits = _mm_shuffle_epi8(_mm_and_si128(v, _mm_set1_epi8(15)), layout);

    return _mm_madd_epi16(_mm_maddubs_epi16(digits, weight), _mm_set1_epi32(1 << 16 | 100));
}

/// Such parts in micro-units.
INLINE int64_t whole_e(__m128i parts)
{
    __m128i two = _mm_madd_epi16(_mm_packs_epi32(parts, parts), _mm_set1_epi32(1 << 16 | 10000));
    int64_t both = _mm_cvtsi128_si64(two); // what is before the dot, and behind it

    return (int64_t)(int32_t)both * 1000000 + (both >> 32);
}

/// The sum of parts of many lines in micro-units.
INLINE int64_t whole_sum(__m128i parts)
{
    int32_t part[4];

    _mm_storeu_si128((__m128i *)(void *)part, parts);
    return (INT64_C(10000) * part[0] + part[1]) * 1000000 + INT64_C(10000) * part[2] + part[3];
}

/// Push filament as it stands, all of it in the same direction.
INLINE void push_plain(struct run *run, int64_t by_nm)
{
    int64_t owed_nm = run->owed_nm - by_nm;

    run->e_nm += by_nm;
    run->owed_nm = owed_nm < 0 ? 0 : owed_nm > INT32_MAX ? INT32_MAX : owed_nm;
}

/// Lines of known shapes that begin from `at` to `last` and end before `end`. Returns the first that is none. `plain`: E is pushed as it stands.
INLINE const char *take_known(struct run *run, const struct plr_modal *modal, struct shape *shapes,
                              const char *at, const char *last, const char *end, bool plain)
{
    struct run now = *run; // in registers
    __m128i sum = _mm_setzero_si128();

    while (at <= last) {
        _mm_prefetch(at + AHEAD, _MM_HINT_T0);
        struct looked line = look_short(shapes, at);
        if (__builtin_expect(!line.known, 0)) {
            if (line.size <= SHAPE_HALF)
                break;
            line = look_long(shapes, at);
            if (!line.known || at + line.size > end)
                break;
        }
        __m128i parts = read_e(at, line.shape);
        if (!plain) {
            if (line.shape->e)
                push(&now, modal, whole_e(parts));
        } else if (__builtin_expect(line.shape->backward, 0)) {
            push_plain(&now, whole_sum(sum));
            push_plain(&now, whole_e(parts));
            sum = _mm_setzero_si128();
        } else {
            sum = _mm_add_epi32(sum, parts);
        }
        now.feed = line.shape->has_f ? at : now.feed;
        now.lines++;
        at += line.size;
    }
    push_plain(&now, whole_sum(sum));
    *run = now;
    return at;
}

/// A line of a shape that is not known yet, which is learnt. False: it has none.
AVX2 static bool learn(struct shape *shapes, const char *at, size_t room)
{
    struct looked line = look_short(shapes, at);

    if (line.size > SHAPE_HALF)
        line = look_long(shapes, at);
    return line.size <= room && shape_learn(line.shape, at, line.size);
}

/// Lines of a run, from the beginning of `text` on. Returns their bytes.
AVX2 static size_t take_lines(struct run *run, const struct plr_modal *modal, struct shape *shapes,
                              const char *text, size_t room)
{
    const bool plain = modal->flags & PLR_MODAL_REL_E && modal->flow_ppm == PLR_PPM;
    const char *at = text, *end = text + room;

    while (end - at >= SHAPE_HALF && countable(run->e_nm + modal->g92_nm[PLR_E])) {
        const char *last = end - at - SHAPE_HALF < BLOCK ? end - SHAPE_HALF : at + BLOCK;
        at = plain ? take_known(run, modal, shapes, at, last, end, true)
                   : take_known(run, modal, shapes, at, last, end, false);
        if (at > last)
            continue;
        size_t comment = resume_fast_comment(at, (size_t)(end - at));
        run->lines += comment != 0;
        at += comment;
        if (!comment && !learn(shapes, at, (size_t)(end - at)))
            break;
    }
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

/// The number behind this letter in a line that was found sound; false when there is none, and in comments.
static bool number_in(const char *line, size_t size, char letter, int64_t *micro)
{
    const char *at = line[0] == ';' ? NULL : memchr(line, letter, size);

    return at && plr_gcode_number(at + 1, size - (size_t)(at + 1 - line), micro) > 0;
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

/// The last F that is positive, in a line up to `last`, which has one, too; NULL: none has.
static void take_feed(struct plr_modal *modal, const char *text, const char *last)
{
    int64_t micro = 0;

    if (!last)
        return;
    for (size_t start, end = (size_t)(last - text) + resume_line(last, SHAPE_TEXT);
         end && micro <= 0; end = start) {
        start = line_before(text, end);
        if (number_in(text + start, end - start, 'F', &micro) && micro > 0)
            set_feed(modal, micro);
    }
}

size_t resume_fast_run(struct plr_modal *modal, struct shape *shapes, const char *text, size_t room,
                       int64_t *lines)
{
    struct run run = {.e_nm = modal->at_nm[PLR_E], .owed_nm = modal->retract_nm};

    assert(resume_fast_steady(modal));
    size_t size = can_run() ? take_lines(&run, modal, shapes, text, room) : 0;
    if (!size)
        return 0;
    take_place(modal, text, size);
    take_feed(modal, text, run.feed);
    modal->at_nm[PLR_E] = run.e_nm;
    modal->retract_nm = (int32_t)run.owed_nm;
    *lines += run.lines;
    return size;
}
