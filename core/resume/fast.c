// Plain moves without the lexer: "G1 X1.25 Y3 E.02" in millimetres and absolute coordinates, the nine lines of ten.
// SPDX-License-Identifier: MIT
//
// What a line is made of is found for all its bytes at once, as bit masks; numbers of up to eight digits are read eight
// digits at a time. Whatever is not plain is left to the lexer, so that this file need not know what it means. That both
// ways lead to the same state, bit by bit, is a property test.
//
// Two gaits. resume_fast_move takes one move with all that it changes. resume_fast_run takes a run of moves on one height of a
// print that has begun: there X and Y only matter where the run ends, so they are looked at and not read; E is added up.
// Alone the number of moves in the layer (layer.moves) is not kept by the run; nothing that is said again depends on it.
#include "core/resume/resume.h"

#include <assert.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define XYZ_MAX_NM INT64_C(2000000000)
#define E_MAX_NM   INT64_C(1000000000000000)
#define SAME_Z_NM  1000
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

#if defined(__SSE2__)
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

/// The words of a move that are there.
struct words {
    int64_t at_nm[PLR_AXES]; ///< where it leads, in the file's coordinates
    int64_t feed_micro;      ///< 0: none
};

static inline bool take_words(const struct plr_modal *modal, const char *text,
                              const struct shape *shape, uint64_t letters, unsigned end,
                              struct words *words)
{
    bool relative_e = modal->flags & PLR_MODAL_REL_E;

    for (uint64_t rest = letters & (letters - 1); rest;) { // without the G
        unsigned at = lowest(rest);
        rest &= rest - 1;
        unsigned to = rest ? lowest(rest) - 1 : end;
        int64_t value;
        if (!number(text, shape, at + 1, to, &value))
            return false;
        switch (text[at]) {
        case 'X': words->at_nm[PLR_X] = value; break;
        case 'Y': words->at_nm[PLR_Y] = value; break;
        case 'Z': words->at_nm[PLR_Z] = value; break;
        case 'E': words->at_nm[PLR_E] = relative_e ? modal->at_nm[PLR_E] + value : value; break;
        case 'F': words->feed_micro = value; break;
        default: return false;
        }
    }
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

static inline int64_t machine_of(const struct plr_modal *modal, const int64_t at_nm[PLR_AXES],
                                 int axis)
{
    return at_nm[axis] + modal->g92_nm[axis] + (axis < PLR_E ? modal->offset_nm[axis] : 0);
}

/// Take the move, if nothing about it is special.
static inline bool take(struct plr_modal *modal, uint8_t motion, const struct words *words)
{
    const int64_t *at = words->at_nm;
    int64_t machine_z = machine_of(modal, at, PLR_Z), e = machine_of(modal, at, PLR_E);

    for (int i = PLR_X; i <= PLR_Z; i++) {
        int64_t machine = machine_of(modal, at, i);
        if (machine < -XYZ_MAX_NM || machine > XYZ_MAX_NM)
            return false;
    }
    if (e < -E_MAX_NM || e > E_MAX_NM)
        return false;
    int64_t pushed = flowed(at[PLR_E] - modal->at_nm[PLR_E], modal->flow_ppm);
    bool flat = at[PLR_X] != modal->at_nm[PLR_X] || at[PLR_Y] != modal->at_nm[PLR_Y];
    bool extrudes = pushed > 0 && (flat || at[PLR_Z] != modal->at_nm[PLR_Z]);
    if (extrudes && !within_layer(modal, at[PLR_Z]))
        return false;
    modal->motion = motion;
    if (words->feed_micro > 0) {
        int64_t feed = (words->feed_micro + 30) / 60;
        modal->feed_nm_s = feed > INT32_MAX ? INT32_MAX : feed < 1 ? 1 : (int32_t)feed;
    }
    int64_t owed = modal->retract_nm - pushed;
    modal->retract_nm = owed < 0 ? 0 : owed > INT32_MAX ? INT32_MAX : (int32_t)owed;
    memcpy(modal->at_nm, at, sizeof modal->at_nm);
    if (!extrudes)
        return true;
    if (flat)
        modal->flags |= PLR_MODAL_EXTRUDED;
    modal->reached_z_nm = (int32_t)machine_z;
    if (modal->reached_z_nm > modal->tallest_nm)
        modal->tallest_nm = modal->reached_z_nm;
    if (modal->layer.moves < INT32_MAX)
        modal->layer.moves++;
    return true;
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

size_t resume_fast_move(struct plr_modal *modal, const char *text, size_t room)
{
    struct shape shape;
    struct words words = {.feed_micro = 0};

    if (text[0] != 'G' || (text[1] != '1' && text[1] != '0') || text[2] != ' ' ||
        modal->flags & (PLR_MODAL_INCH | PLR_MODAL_REL_XYZ) || !shape_of(text, &shape) ||
        shape.end >= room)
        return 0;
    unsigned end;
    uint64_t letters = letters_of(text, &shape, &end);
    if (!letters)
        return 0;
    memcpy(words.at_nm, modal->at_nm, sizeof words.at_nm);
    if (!take_words(modal, text, &shape, letters, end, &words))
        return 0;
    return take(modal, (uint8_t)(text[1] - '0'), &words) ? shape.end + 1 : 0;
}

// --- runs --------------------------------------------------------------------------------------------

/// What changes in a run.
struct run {
    int64_t e_nm;
    int32_t owed_nm, feed_nm_s;
    const char *last[2]; ///< lines of the last X and Y, NULL: none yet
    uint8_t motion;
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

/// Numbers of at most eight characters and three digits before the dot: what is read, and what is wrong with it.
static inline int64_t short_number(const char *text, const struct shape *shape, unsigned from,
                                   unsigned to, bool read, uint64_t *bad)
{
    static const uint32_t scale[8] = {1000000, 100000, 10000, 1000, 100, 10, 1, 0};
    unsigned negative = (unsigned)(shape->minus >> from) & 1u, start = from + negative,
             size = to - start;

    if (size > 8) {
        *bad = 1;
        return 0;
    }
    uint64_t above = UINT64_C(1) << size, dots = (shape->dot >> start) & (above - 1);
    unsigned whole = lowest(dots | above), digits = size - (dots != 0);
    *bad |= (dots & (dots - 1)) | (digits == 0) | (whole > 3);
    if (!read)
        return 0;
    *bad |= digits - whole > 6;
    uint64_t chunk = load8(text + start), before = (UINT64_C(1) << (8 * (whole & 7u))) - 1;
    chunk = (chunk & before) | ((chunk >> 8) & ~before);
    int64_t value =
        (int64_t)(eight_digits(chunk << ((64 - 8 * digits) & 63u)) * scale[(digits - whole) & 7u]);
    return negative ? -value : value;
}

static inline void push_e(struct run *run, const struct plr_modal *modal, int64_t value)
{
    int64_t by = modal->flags & PLR_MODAL_REL_E ? value : value - run->e_nm;
    int64_t owed = run->owed_nm - flowed(by, modal->flow_ppm);

    run->e_nm += by;
    run->owed_nm = owed < 0 ? 0 : owed > INT32_MAX ? INT32_MAX : (int32_t)owed;
}

static inline void take_feed(struct run *run, int64_t micro)
{
    int64_t feed = (micro + 30) / 60;

    if (micro > 0)
        run->feed_nm_s = feed > INT32_MAX ? INT32_MAX : feed < 1 ? 1 : (int32_t)feed;
}

/// One line of a run; its bytes, or 0 when the run ends before it. Nothing is changed then.
static inline size_t run_line(struct run *run, const struct plr_modal *modal, const char *text,
                              size_t room)
{
    struct shape shape;
    unsigned end;
    int64_t e = 0, feed = 0;
    uint64_t bad = 0, seen_e = 0, seen_f = 0;
    bool x = false, y = false;

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
        if (letter == 'X') {
            x = true;
            (void)short_number(text, &shape, at, to, false, &bad);
        } else if (letter == 'Y') {
            y = true;
            (void)short_number(text, &shape, at, to, false, &bad);
        } else if (letter == 'E') {
            bad |= seen_e;
            seen_e = 1;
            e = short_number(text, &shape, at, to, true, &bad);
        } else if (letter == 'F') { // seldom, and longer
            bad |= seen_f;
            seen_f = 1;
            bad |= !number(text, &shape, at, to, &feed);
        } else {
            return 0;
        }
    }
    if (bad)
        return 0;
    run->last[0] = x ? text : run->last[0];
    run->last[1] = y ? text : run->last[1];
    if (seen_e)
        push_e(run, modal, e);
    if (seen_f)
        take_feed(run, feed);
    run->motion = (uint8_t)(text[1] - '0');
    return shape.end + 1;
}

// --- lines of X, Y, E: nearly all of a print -----------------------------------------------------------

/// Which bytes are what, with the three letters told apart.
struct letters {
    struct shape shape;
    uint64_t x, y, e;
};

#if defined(__SSE2__)
static inline uint64_t quick16(const char *text, unsigned at, struct letters *l)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(text + at));

    l->x |= mask16(_mm_cmpeq_epi8(v, _mm_set1_epi8('X'))) << at;
    l->y |= mask16(_mm_cmpeq_epi8(v, _mm_set1_epi8('Y'))) << at;
    l->e |= mask16(_mm_cmpeq_epi8(v, _mm_set1_epi8('E'))) << at;
    return classify16(text, at, &l->shape);
}
#else
static inline uint64_t quick16(const char *text, unsigned at, struct letters *l)
{
    for (unsigned i = at; i < at + 16; i++) {
        uint64_t bit = UINT64_C(1) << i;
        l->x |= text[i] == 'X' ? bit : 0;
        l->y |= text[i] == 'Y' ? bit : 0;
        l->e |= text[i] == 'E' ? bit : 0;
    }
    return classify16(text, at, &l->shape);
}
#endif

/// Are all numbers of the line (behind `letters`, up to `end`) sound, and those before `e` of three digits before the dot at
/// most? All of them at once: a carry that starts behind a dot and runs through what is neither dot nor letter lands on the
/// next of either, which must not be a dot.
static inline bool sound_numbers(const struct shape *s, uint64_t letters, uint64_t e, unsigned end)
{
    uint64_t line = (UINT64_C(1) << end) - 1, dot = s->dot & line, digit = s->digit & line;
    uint64_t marks = dot | letters, between = line & ~marks;
    uint64_t begin = letters << 1;
    uint64_t first =
        (begin & ~s->minus) | ((begin & s->minus) << 1); // of the number without its sign
    uint64_t before = first & (e - 1), second = ((before & digit) << 1) & digit;
    uint64_t fourth = ((((second << 1) & digit) << 1) & digit);

    return !(((dot << 1) + between) & dot) && !(first & ~(digit | dot)) &&
           !(((first & dot) << 1) & ~digit) && !fourth && !(s->minus & line & ~begin);
}

/// A number of at most eight characters that is known to be sound. False: it is longer.
static inline bool sound_number(const char *text, const struct shape *shape, unsigned from,
                                unsigned to, int64_t *micro)
{
    static const uint32_t scale[8] = {1000000, 100000, 10000, 1000, 100, 10, 1, 0};
    unsigned negative = text[from] == '-', start = from + negative, size = to - start;
    uint64_t chunk = load8(text + start);
    uint64_t dots = shape->dot >> start & 0xff;

    if (size > 8 || (size == 8 && !dots))
        return false;
    unsigned whole = lowest(dots | (UINT64_C(1) << size)), digits = size - (whole < size);
    uint64_t before = (UINT64_C(1) << (8 * whole)) - 1;
    if (digits - whole > 6)
        return false;
    chunk = (chunk & before) | ((chunk >> 8) & ~before);
    int64_t value = (int64_t)(eight_digits(chunk << (64 - 8 * digits)) * scale[digits - whole]);
    *micro = negative ? -value : value;
    return true;
}

/// A line "G1 X Y E" in any order with E last: its bytes, or 0 when it is not one.
static inline size_t run_quick(struct run *run, const struct plr_modal *modal, const char *text,
                               size_t room)
{
    struct letters l = {0};

    if (text[0] != 'G' || (text[1] != '1' && text[1] != '0') || text[2] != ' ')
        return 0;
    uint64_t feeds = quick16(text, 0, &l) | quick16(text, 16, &l);
    if (!feeds)
        return 0;
    unsigned end = lowest(feeds);
    uint64_t line = (UINT64_C(1) << end) - 1, e = l.e & line;
    uint64_t letters = ((l.x | l.y | l.e) & line) | 1u;
    if (end >= room || text[end - 1] == ' ' || (letters ^ e) >= e ||
        e & (e - 1) || // E is there, once, behind the others
        letters != (((l.shape.blank << 1) | 1u) & line) ||
        ((letters | l.shape.blank | l.shape.digit | l.shape.dot | l.shape.minus) & line) != line ||
        !sound_numbers(&l.shape, letters, e, end))
        return 0;
    int64_t value;
    if (!sound_number(text, &l.shape, lowest(e) + 1, end, &value))
        return 0;
    run->last[0] = l.x & line ? text : run->last[0];
    run->last[1] = l.y & line ? text : run->last[1];
    push_e(run, modal, value);
    run->motion = (uint8_t)(text[1] - '0');
    return end + 1;
}

/// The last number behind this letter in a line that was found sound.
static int64_t last_number(const char *line, char letter)
{
    int64_t value = 0;

    for (const char *at = line; *at != '\n'; at++)
        if (*at == letter) {
            const char *end = ++at;
            while (*end == '-' || *end == '.' || (*end >= '0' && *end <= '9'))
                end++;
            (void)plr_gcode_number(at, (size_t)(end - at), &value);
            at = end - 1;
        }
    return value;
}

size_t resume_fast_run(struct plr_modal *modal, const char *text, size_t room, int64_t *lines)
{
    struct run run = {.e_nm = modal->at_nm[PLR_E],
                      .owed_nm = modal->retract_nm,
                      .feed_nm_s = modal->feed_nm_s,
                      .motion = modal->motion};
    size_t at = 0;

    if (text[0] != 'G' || !steady(modal))
        return 0;
    for (; at < room; ++*lines) {
        size_t step = run_quick(&run, modal, text + at, room - at);
        if (!step)
            step = run_line(&run, modal, text + at, room - at);
        if (!step)
            break;
        at += step;
    }
    for (int i = 0; i < 2; i++)
        if (run.last[i])
            modal->at_nm[i] = last_number(run.last[i], (char)('X' + i));
    modal->at_nm[PLR_E] = run.e_nm;
    modal->retract_nm = run.owed_nm;
    modal->feed_nm_s = run.feed_nm_s;
    modal->motion = run.motion;
    return at;
}
