// Plain moves without the lexer: "G1 X1.25 Y3 E.02" in millimetres and absolute coordinates, the nine lines of ten.
// SPDX-License-Identifier: MIT
//
// A run is lines on one height of a print that has begun. There X and Y matter only where the run ends, so they are looked at and
// not read before; E is added up, F is kept. What the lines are made of is found for 64 bytes at once, as bit masks; numbers are
// read eight digits at a time. Whatever is not plain ends the run and is left to the lexer, so that this file need not know
// what it means. That both ways lead to the same state, bit by bit, is a property test.
// Alone the number of moves in the layer (layer.moves) is not kept by a run; nothing that is said again depends on it.
#include "core/resume/resume.h"

#include <assert.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define NEVER_INLINE  static __attribute__((noinline))

#define E_MAX_NM  INT64_C(1000000000000000)
#define SAME_Z_NM 1000
#define BASE_MAX_NM \
    INT64_C(        \
        1000000000) ///< G92 shift and offset in a run: with three digits nothing leaves the machine

/// Which bytes of a line are what: bit n is byte n. The line feed is at `end`.
struct shape {
    uint64_t blank, digit, dot, minus;
    unsigned end;
};

static inline unsigned lowest(uint64_t mask)
{
    return (unsigned)__builtin_ctzll(mask);
}

#if defined(__x86_64__)
static inline uint64_t mask16(__m128i is)
{
    return (uint64_t)(uint32_t)_mm_movemask_epi8(is);
}

/// Sixteen bytes from `at` on, into bits at .. at + 15. Returns where the line feeds are.
static inline uint64_t classify16(const char *text, unsigned at, struct shape *shape)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(text + at));
    __m128i d = _mm_sub_epi8(v, _mm_set1_epi8('0'));

    shape->blank |= mask16(_mm_cmpeq_epi8(v, _mm_set1_epi8(' '))) << at;
    shape->dot |= mask16(_mm_cmpeq_epi8(v, _mm_set1_epi8('.'))) << at;
    shape->minus |= mask16(_mm_cmpeq_epi8(v, _mm_set1_epi8('-'))) << at;
    shape->digit |= mask16(_mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8(9)), d)) << at;
    return mask16(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n'))) << at;
}
#else
static inline uint64_t classify16(const char *text, unsigned at, struct shape *shape)
{
    uint64_t feeds = 0;

    for (unsigned i = at; i < at + 16; i++) {
        uint64_t bit = UINT64_C(1) << i;
        char c = text[i];
        shape->blank |= c == ' ' ? bit : 0;
        shape->dot |= c == '.' ? bit : 0;
        shape->minus |= c == '-' ? bit : 0;
        shape->digit |= c >= '0' && c <= '9' ? bit : 0;
        feeds |= c == '\n' ? bit : 0;
    }
    return feeds;
}
#endif

/// Shape of the line at `text`, if it ends within 64 bytes.
static inline bool shape_of(const char *text, struct shape *shape)
{
    *shape = (struct shape){0};
    uint64_t feeds = classify16(text, 0, shape) | classify16(text, 16, shape);

    if (!feeds)
        feeds = classify16(text, 32, shape) | classify16(text, 48, shape);
    if (!feeds)
        return false;
    shape->end = lowest(feeds);
    return true;
}

/// Up to eight digits, the first in the lowest byte; what is not used is zero and stands before them.
static inline uint64_t eight_digits(uint64_t text)
{
    text &= UINT64_C(0x0f0f0f0f0f0f0f0f);
    text = (text * 2561) >> 8;
    text = ((text & UINT64_C(0x00ff00ff00ff00ff)) * 6553601) >> 16;
    return ((text & UINT64_C(0x0000ffff0000ffff)) * UINT64_C(42949672960001)) >> 32;
}

/// Eight bytes, the first in the lowest byte whatever this computer's order.
static inline uint64_t load8(const char *text)
{
    uint64_t v;

    memcpy(&v, text, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

/// The number in bytes [from, to) of the line, in micro-units. False when it is none, or one for the lexer.
static inline bool number(const char *text, const struct shape *shape, unsigned from, unsigned to,
                          int64_t *micro)
{
    static const uint32_t scale[7] = {1000000, 100000, 10000, 1000, 100, 10, 1};

    if (from >= to)
        return false;
    bool negative = (shape->minus >> from) & 1u;
    unsigned start = from + negative, size = to - start;
    uint64_t within = size < 64 ? (UINT64_C(1) << size) - 1 : 0;
    uint64_t dots = (shape->dot >> start) & within;

    if ((shape->minus >> start) & within || dots & (dots - 1) ||
        !((shape->digit >> start) & within))
        return false;
    if (size > 8) {
        int used = plr_gcode_number(text + from, to - from, micro);
        return used == (int)(to - from);
    }
    uint64_t chunk = load8(text + start);
    unsigned decimals = 0;
    if (dots) {
        unsigned whole = lowest(dots);
        uint64_t before = (UINT64_C(1) << (8 * whole)) - 1; // the dot is taken out
        chunk = (chunk & before) | ((chunk >> 8) & ~before);
        decimals = --size - whole;
        if (decimals > 6)
            return false;
    }
    int64_t value = (int64_t)(eight_digits(chunk << (8 * (8 - size))) * scale[decimals]);
    *micro = negative ? -value : value;
    return true;
}

/// Filament with the flow factor, as the modal state counts it.
static inline int64_t flowed(int64_t e_nm, int32_t ppm)
{
    if (ppm == PLR_PPM)
        return e_nm;
    int64_t rest = e_nm % PLR_PPM * ppm;

    return e_nm / PLR_PPM * ppm + (rest < 0 ? rest - PLR_PPM / 2 : rest + PLR_PPM / 2) / PLR_PPM;
}

/// Would an extruding move at this Z of the file begin no layer? Then it is only counted.
static inline bool within_layer(const struct plr_modal *modal, int64_t z_nm)
{
    const struct plr_layer *layer = &modal->layer;

    if (layer->pending)
        return false;
    if (modal->flags & PLR_MODAL_MARKED)
        return true;
    return layer->number >= 0 && layer->stated < 0 && z_nm - layer->z_nm < SAME_Z_NM &&
           layer->z_nm - z_nm < SAME_Z_NM;
}

/// Letters of a line that is nothing but words: bit n is a letter at byte n; 0 when it is not. *end is behind the last.
static inline uint64_t letters_of(const char *text, const struct shape *shape, unsigned *end)
{
    unsigned at = shape->end - (text[shape->end - 1] == '\r');
    uint64_t below = (UINT64_C(1) << at) - 1; // a line is 63 bytes at most
    uint64_t letters = ~(shape->blank | shape->digit | shape->dot | shape->minus) & below;

    *end = at;
    // a letter begins the line and stands behind every blank, and nowhere else; a minus stands behind a letter
    bool words = letters == (((shape->blank << 1) | 1u) & below) &&
                 !(shape->minus & below & ~(letters << 1)) && !((shape->blank >> (at - 1)) & 1u);
    return words ? letters : 0;
}

// --- comments --------------------------------------------------------------------------------------------

/// A comment that is neither a layer mark (LAYER, CHANGE_LAYER, Z:, Z_HEIGHT:) nor about a thumbnail.
static bool idle_comment(const char *text, size_t size)
{
    size_t at = 1;

    while (at < size && (text[at] == ' ' || text[at] == '\t'))
        at++;
    if (at >= size)
        return true;
    switch (text[at]) {
    case 'L':
    case 'l':
    case 'C':
    case 'c':
    case 'Z':
    case 'z': return false;
    case 't': return at + 1 >= size || text[at + 1] != 'h';
    default: return true;
    }
}

size_t resume_fast_comment(const char *text, size_t room)
{
    if (text[0] != ';' || !idle_comment(text, room))
        return 0;
    const char *end = memchr(text, '\n', room);
    return end ? (size_t)(end - text) + 1 : 0;
}

// --- runs --------------------------------------------------------------------------------------------

/// What changes in a run.
struct run {
    int64_t e_nm;
    int64_t lines;
    int32_t owed_nm, feed_nm_s;
    uint8_t motion;
    const char (*sought)
        [32]; ///< what to look for, 32 times each: cheaper from memory than made anew for each line
};

/// Is this a height on which moves only change X, Y, E, F?
static bool steady(const struct plr_modal *m)
{
    int64_t machine[PLR_AXES];

    plr_modal_machine(m, machine);
    for (int i = PLR_X; i <= PLR_Z; i++) {
        int64_t base = machine[i] - m->at_nm[i];
        if (base > BASE_MAX_NM || base < -BASE_MAX_NM)
            return false;
    }
    return !(m->flags & (PLR_MODAL_INCH | PLR_MODAL_REL_XYZ)) && m->flags & PLR_MODAL_EXTRUDED &&
           m->reached_z_nm == machine[PLR_Z] && m->tallest_nm >= m->reached_z_nm &&
           within_layer(m, m->at_nm[PLR_Z]) && machine[PLR_E] < E_MAX_NM / 2 &&
           machine[PLR_E] > -E_MAX_NM / 2;
}

/// Is this a number of three digits before the dot at most? Then it need not be read.
static inline bool short_number(const struct shape *shape, unsigned from, unsigned to)
{
    unsigned start = from + ((unsigned)(shape->minus >> from) & 1u), size = to - start;

    if (size > 8)
        return false;
    uint64_t above = UINT64_C(1) << size, dots = (shape->dot >> start) & (above - 1);
    return !(dots & (dots - 1)) && size - (dots != 0) > 0 && lowest(dots | above) <= 3;
}

/// Filament of a line; false, and nothing is changed, where it might no longer be countable.
ALWAYS_INLINE bool push_e(struct run *run, const struct plr_modal *modal, int64_t value)
{
    int64_t by = modal->flags & PLR_MODAL_REL_E ? value : value - run->e_nm;
    int64_t machine = run->e_nm + by + modal->g92_nm[PLR_E];
    int64_t owed = run->owed_nm - flowed(by, modal->flow_ppm);

    if (machine > E_MAX_NM / 2 || machine < -E_MAX_NM / 2)
        return false;
    run->e_nm += by;
    run->owed_nm = owed < 0 ? 0 : owed > INT32_MAX ? INT32_MAX : (int32_t)owed;
    return true;
}

ALWAYS_INLINE void take_feed(struct run *run, int64_t micro)
{
    int64_t feed = (micro + 30) / 60;

    if (micro > 0)
        run->feed_nm_s = feed > INT32_MAX ? INT32_MAX : feed < 1 ? 1 : (int32_t)feed;
}

/// One line of a run; its bytes, or 0 when the run ends before it. Nothing is changed then.
NEVER_INLINE size_t run_line(struct run *run, const struct plr_modal *modal, const char *text,
                             size_t room)
{
    struct shape shape;
    unsigned end;
    int64_t e = 0, feed = 0;
    uint64_t bad = 0, seen_e = 0, seen_f = 0;

    if (text[0] != 'G' || (text[1] != '1' && text[1] != '0') || text[2] != ' ' ||
        !shape_of(text, &shape) || shape.end >= room)
        return 0;
    uint64_t letters = letters_of(text, &shape, &end);
    if (!letters)
        return 0;
    for (uint64_t rest = letters & (letters - 1); rest;) {
        unsigned at = lowest(rest) + 1;
        rest &= rest - 1;
        unsigned to = rest ? lowest(rest) - 1 : end;
        char letter = text[at - 1];
        if (letter == 'X' || letter == 'Y') {
            bad |= !short_number(&shape, at, to);
        } else if (letter == 'E') {
            bad |= seen_e;
            seen_e = 1;
            bad |= !number(text, &shape, at, to, &e);
        } else if (letter == 'F') { // seldom, and longer
            bad |= seen_f;
            seen_f = 1;
            bad |= !number(text, &shape, at, to, &feed);
        } else {
            return 0;
        }
    }
    if (bad || (seen_e && !push_e(run, modal, e)))
        return 0;
    if (seen_f)
        take_feed(run, feed);
    run->motion = (uint8_t)(text[1] - '0');
    return shape.end + 1;
}

// --- several lines of X, Y, E, F at once -------------------------------------------------------------------

/// Which of 64 bytes from the beginning of a line are what: bit n is byte n.
struct block {
    uint64_t feed, blank, digit, dot, minus, xy, e, f;
};

#if defined(__x86_64__)
ALWAYS_INLINE void block16(const char *text, unsigned at, struct block *b)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(text + at));
    __m128i d = _mm_sub_epi8(v, _mm_set1_epi8('0')), y = _mm_or_si128(v, _mm_set1_epi8(1));

    b->feed |= mask16(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n'))) << at;
    b->blank |= mask16(_mm_cmpeq_epi8(v, _mm_set1_epi8(' '))) << at;
    b->digit |= mask16(_mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8(9)), d)) << at;
    b->dot |= mask16(_mm_cmpeq_epi8(v, _mm_set1_epi8('.'))) << at;
    b->minus |= mask16(_mm_cmpeq_epi8(v, _mm_set1_epi8('-'))) << at;
    b->xy |= mask16(_mm_cmpeq_epi8(y, _mm_set1_epi8('Y'))) << at;
    b->e |= mask16(_mm_cmpeq_epi8(v, _mm_set1_epi8('E'))) << at;
    b->f |= mask16(_mm_cmpeq_epi8(v, _mm_set1_epi8('F'))) << at;
}
#else
static inline void block16(const char *text, unsigned at, struct block *b)
{
    for (unsigned i = at; i < at + 16; i++) {
        uint64_t bit = UINT64_C(1) << i;
        char c = text[i];
        b->feed |= c == '\n' ? bit : 0;
        b->blank |= c == ' ' ? bit : 0;
        b->digit |= c >= '0' && c <= '9' ? bit : 0;
        b->dot |= c == '.' ? bit : 0;
        b->minus |= c == '-' ? bit : 0;
        b->xy |= c == 'X' || c == 'Y' ? bit : 0;
        b->e |= c == 'E' ? bit : 0;
        b->f |= c == 'F' ? bit : 0;
    }
}
#endif

/// What is wrong with the lines of a block, as bits inside the lines that it is wrong with, or 0. A line must be "G1", X and Y as they
/// come, E, F; a blank before each of them and nowhere else; behind each a number, with X and Y of three digits before the dot at most.
/// A sum carries from bit to bit: from behind an E or F through its number, to the byte that ends it; from behind a dot to the next
/// dot, or to what ends the number.
ALWAYS_INLINE uint64_t wrong_lines(const struct block *b)
{
    uint64_t begin = b->feed << 1 | 1, letters = b->xy | b->e | b->f, number = b->digit | b->dot;
    uint64_t all = number | b->minus, lone = b->dot & ~(b->digit << 1), xy = b->xy << 1;
    uint64_t first = (xy | ((xy & b->minus) << 1)) & b->digit;
    uint64_t third = (((first << 1) & b->digit) << 1) & b->digit;

    return (letters ^ (b->blank << 1)) | ((b->blank | b->feed) & ~(number << 1)) |
           (b->minus & ~(letters << 1)) | ((lone << 1) & ~b->digit) |
           ~(all | b->blank | b->feed | letters | begin) |
           (((b->e << 1) + all) & ~all & ~(b->feed | b->f >> 1)) |
           (((b->f << 1) + all) & ~all & ~b->feed) | ((third << 1) & b->digit) |
           (((b->dot << 1) + ~(b->dot | letters | b->feed | begin)) & b->dot);
}

/// "G0 " and "G1 " begin a move.
ALWAYS_INLINE bool begins_move(const char *text)
{
    return (load8(text) & 0xfffeff) == ('G' | '0' << 8 | ' ' << 16);
}

/// `count` (1 to 8) digits.
ALWAYS_INLINE int64_t digits_of(uint64_t text, unsigned count)
{
    return (int64_t)eight_digits(text << (64 - 8 * count));
}

/// A number in bytes [from, to) that is known to be sound. False: it is longer than this can read.
ALWAYS_INLINE bool sound_number(const char *text, uint64_t dot, unsigned from, unsigned to,
                                int64_t *micro)
{
    static const int32_t scale[8] = {1000000, 100000, 10000, 1000, 100, 10, 1, 0};
    bool negative = text[from] == '-';
    unsigned start = from + negative, size = to - start;
    unsigned whole = lowest(dot >> start | UINT64_C(1) << size);
    unsigned decimals = size - whole - (whole < size);
    uint64_t chunk = load8(text + start);
    int64_t value;

    if (whole > 7 || decimals > 6)
        return false;
    if (size <= 8) {
        uint64_t before = (UINT64_C(1) << (8 * whole)) - 1;
        chunk = (chunk & before) | ((chunk >> 8) & ~before); // the dot is taken out
        value = digits_of(chunk, whole + decimals) * scale[decimals];
    } else { // filament of a whole print
        value = digits_of(chunk, whole) * scale[0] +
                digits_of(load8(text + start + whole + 1), decimals) * scale[decimals];
    }
    *micro = negative ? -value : value;
    return true;
}

/// One line of a block: its bytes are [at, end), its E and F, of which either may be 0, are bits of these. False: not taken.
ALWAYS_INLINE bool block_line(struct run *run, const struct plr_modal *modal, const char *text,
                              unsigned end, uint64_t dot, uint64_t e, uint64_t f)
{
    int64_t value, feed = 0;

    if (f && !sound_number(text, dot, lowest(f) + 1, end, &feed))
        return false;
    if (e && (!sound_number(text, dot, lowest(e) + 1, f ? lowest(f) - 1 : end, &value) ||
              !push_e(run, modal, value)))
        return false;
    if (f)
        take_feed(run, feed);
    run->lines++;
    return true;
}

/// Take the lines of a block that end at `feeds`. Returns their bytes.
ALWAYS_INLINE size_t block_lines(struct run *run, const struct plr_modal *modal, const char *text,
                                 const struct block *b, uint64_t feeds, bool with_f)
{
    struct run now = *run; // where it costs nothing
    uint64_t rest = ~UINT64_C(0);
    size_t at = 0, last = 0;

    for (; feeds; feeds &= feeds - 1) {
        uint64_t line = rest & (feeds ^ (feeds - 1));
        unsigned end = lowest(feeds);
        if (!begins_move(text + at) ||
            !block_line(&now, modal, text, end, b->dot, b->e & line, with_f ? b->f & line : 0))
            break;
        rest &= ~line;
        last = at;
        at = end + 1;
    }
    if (!at)
        return 0;
    run->e_nm = now.e_nm;
    run->owed_nm = now.owed_nm;
    run->lines = now.lines;
    if (with_f)
        run->feed_nm_s = now.feed_nm_s;
    run->motion = (uint8_t)(text[last + 1] - '0');
    return at;
}

/// Take the whole lines of a block up to the first that is anything else. Returns their bytes.
ALWAYS_INLINE size_t run_block(struct run *run, const struct plr_modal *modal, const char *text,
                               size_t room, const struct block *b)
{
    uint64_t wrong = wrong_lines(b), feeds = b->feed & ((wrong & (0 - wrong)) - 1);

    if (room < 64)
        feeds &= (UINT64_C(1) << room) - 1;
    return b->f ? block_lines(run, modal, text, b, feeds, true)
                : block_lines(run, modal, text, b, feeds, false);
}

/// Lines of a run as long as they are nothing but X, Y, E and F. Returns their bytes.
typedef size_t quick_lines(struct run *run, const struct plr_modal *modal, const char *text,
                           size_t room);

static size_t quick_any(struct run *run, const struct plr_modal *modal, const char *text,
                        size_t room)
{
    size_t at = 0, step = 1;

    for (; step && at < room; at += step) {
        struct block b = {0};
        for (unsigned i = 0; i < 64; i += 16)
            block16(text + at, i, &b);
        step = run_block(run, modal, text + at, room - at, &b);
    }
    return at;
}

#if defined(__x86_64__)
#define WITH_AVX2 __attribute__((target("avx2,bmi,bmi2")))
#define EIGHT(c)  c, c, c, c, c, c, c, c
#define THIRTY(c)                              \
    {                                          \
        EIGHT(c), EIGHT(c), EIGHT(c), EIGHT(c) \
    }

static const char sought[9][32] = {THIRTY('\n'), THIRTY(' '), THIRTY('.'), THIRTY('-'), THIRTY('Y'),
                                   THIRTY('E'),  THIRTY('0'), THIRTY(9),   THIRTY('F')};

WITH_AVX2 ALWAYS_INLINE __m256i every(const struct run *run, int i)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)run->sought[i]);
}

WITH_AVX2 ALWAYS_INLINE uint64_t bits64(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high)
                                                     << 32;
}

WITH_AVX2 ALWAYS_INLINE uint64_t bits_of(const __m256i v[2], __m256i c)
{
    return bits64(_mm256_cmpeq_epi8(v[0], c), _mm256_cmpeq_epi8(v[1], c));
}

WITH_AVX2 static size_t quick_avx2(struct run *run, const struct plr_modal *modal, const char *text,
                                   size_t room)
{
    const __m256i one = _mm256_set1_epi8(1);
    size_t at = 0, step = 1;

    for (; step && at < room; at += step) {
        const __m256i *from = (const __m256i *)(const void *)(text + at);
        const __m256i v[2] = {_mm256_loadu_si256(from), _mm256_loadu_si256(from + 1)};
        const __m256i y[2] = {_mm256_or_si256(v[0], one), _mm256_or_si256(v[1], one)};
        const __m256i d[2] = {_mm256_sub_epi8(v[0], every(run, 6)),
                              _mm256_sub_epi8(v[1], every(run, 6))};
        struct block b = {
            .feed = bits_of(v, every(run, 0)),
            .blank = bits_of(v, every(run, 1)),
            .dot = bits_of(v, every(run, 2)),
            .minus = bits_of(v, every(run, 3)),
            .xy = bits_of(y, every(run, 4)),
            .e = bits_of(v, every(run, 5)),
            .f = bits_of(v, every(run, 8)),
            .digit = bits64(_mm256_cmpeq_epi8(_mm256_min_epu8(d[0], every(run, 7)), d[0]),
                            _mm256_cmpeq_epi8(_mm256_min_epu8(d[1], every(run, 7)), d[1])),
        };
        step = run_block(run, modal, text + at, room - at, &b);
    }
    return at;
}

/// Whatever this computer is best at. The choice changes nothing but the speed.
static quick_lines *quick_here(struct run *run, bool modest)
{
    run->sought = sought;
    return !modest && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                   __builtin_cpu_supports("bmi2")
               ? quick_avx2
               : quick_any;
}
#else
static quick_lines *quick_here(struct run *run, bool modest)
{
    (void)run;
    (void)modest;
    return quick_any;
}
#endif

/// The number behind the last of this letter in a line that was found sound; false when there is none.
static bool last_number(const char *line, size_t size, char letter, int64_t *micro)
{
    size_t at = size;

    while (at && line[at - 1] != letter)
        at--;
    size_t end = at;
    while (line[end] == '-' || line[end] == '.' || (line[end] >= '0' && line[end] <= '9'))
        end++;
    return at && plr_gcode_number(line + at, end - at, micro) > 0;
}

/// Where X and Y stand behind lines that were found sound: looked for from their end.
static void take_place(struct plr_modal *modal, const char *text, size_t size)
{
    bool x = false, y = false;

    for (size_t start, end = size; end && !(x && y); end = start) {
        for (start = end - 1; start && text[start - 1] != '\n';)
            start--;
        if (text[start] == ';')
            continue;
        x = x || last_number(text + start, end - start, 'X', &modal->at_nm[PLR_X]);
        y = y || last_number(text + start, end - start, 'Y', &modal->at_nm[PLR_Y]);
    }
}

size_t resume_fast_run(struct plr_modal *modal, const char *text, size_t room, int64_t *lines,
                       bool modest)
{
    struct run run = {.e_nm = modal->at_nm[PLR_E],
                      .owed_nm = modal->retract_nm,
                      .feed_nm_s = modal->feed_nm_s,
                      .motion = modal->motion};
    size_t at = 0, step = 1;

    if (text[0] != 'G' || !steady(modal))
        return 0;
    quick_lines *quick = quick_here(&run, modest);
    while (step && at < room) {
        at += quick(&run, modal, text + at, room - at);
        if (at == room)
            break;
        step = text[at] == ';' ? resume_fast_comment(text + at, room - at)
                               : run_line(&run, modal, text + at, room - at);
        run.lines += step > 0;
        at += step;
    }
    take_place(modal, text, at);
    modal->at_nm[PLR_E] = run.e_nm;
    modal->retract_nm = run.owed_nm;
    modal->feed_nm_s = run.feed_nm_s;
    modal->motion = run.motion;
    *lines += run.lines;
    return at;
}
