// Tests of traces: what is written is read again, a torn file is read up to the tear, and a state is what its records say.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/lab/trace/curve.h"
#include "core/lab/trace/format.h"
#include "core/lab/trace/model.h"
#include "core/lab/trace/writer.h"
#include "core/plr/journal/journal.h"

// --- bytes in memory -----------------------------------------------------------------------------------------

struct bytes {
    uint8_t *at;
    size_t size, room;
};

static int put(void *ctx, const void *bytes, size_t size)
{
    struct bytes *to = ctx;

    if (to->size + size > to->room) {
        to->room = 2 * (to->size + size);
        to->at = realloc(to->at, to->room);
        assert_non_null(to->at);
    }
    memcpy(to->at + to->size, bytes, size);
    to->size += size;
    return 0;
}

static struct lab_trace *read_bytes(const void *bytes, size_t size, int want)
{
    struct lab_trace *trace = malloc(sizeof *trace);
    struct lab_error err = {0};

    assert_non_null(trace);
    int bad = lab_trace_read("t.trace", bytes, size, trace, &err);
    if (bad != want)
        lab_error_print(stderr, &err);
    assert_int_equal(bad, want);
    assert_int_equal(lab_error_set(&err), want != 0);
    return trace;
}

static void drop(struct lab_trace *trace)
{
    lab_trace_free(trace);
    free(trace);
}

// --- random traces -------------------------------------------------------------------------------------------

static uint64_t seed;

static uint64_t draw(uint64_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 20) % below;
}

/// Small numbers often, large ones now and then, of either sign.
static int64_t odd(void)
{
    int64_t value = (int64_t)draw(draw(4) ? 1000 : (uint64_t)1 << 33);
    return draw(2) ? value : -value;
}

static int64_t later(int64_t *t_us)
{
    return *t_us += (int64_t)draw(draw(3) ? 5000 : 90000000);
}

static void random_motions(struct lab_trace *t)
{
    int64_t now = -5000;
    struct lab_trace_motion m = {0};

    for (size_t i = 0, n = draw(300); i < n; i++) {
        if (draw(4))
            memcpy(m.from_nm, m.to_nm, sizeof m.from_nm);
        else
            m.from_nm[draw(4)] = odd();
        m.t_us = draw(2) ? m.t_us + m.duration_us : later(&now);
        m.t_us = m.t_us < now ? now : m.t_us;
        now = m.t_us;
        m.kind = (enum lab_trace_motion_kind)draw(LAB_TRACE_MOTIONS);
        m.duration_us = draw(5) ? (int64_t)draw(3000000) : 0;
        m.up_us = (int64_t)draw((uint64_t)m.duration_us + 1);
        m.down_us = (int64_t)draw((uint64_t)(m.duration_us - m.up_us) + 1);
        m.v0_um_s = draw(2) ? m.v1_um_s : (int64_t)draw(500000);
        m.cruise_um_s = draw(2) ? m.cruise_um_s : (int64_t)draw(500000);
        m.v1_um_s = (int64_t)draw(500000);
        for (int k = 0; k < 4; k++)
            m.to_nm[k] = draw(3) ? m.from_nm[k] + (int64_t)draw(100) : odd();
        bool was = m.true_known;
        m.true_known = draw(5);
        for (int k = 0; k < 3; k++) {
            m.true_from_nm[k] = !m.true_known ? 0 : was && draw(2) ? m.true_to_nm[k] : odd();
            m.true_to_nm[k] = m.true_known ? m.to_nm[k] + (int64_t)draw(50) : 0;
        }
        if (draw(2)) {
            struct lab_trace_deposit d = {m.t_us, m.duration_us, {0},       {0},
                                          odd(),  odd(),         (int64_t)i};
            for (int k = 0; k < 3; k++) {
                d.from_nm[k] = draw(2) && m.true_known ? m.true_from_nm[k] : odd();
                d.to_nm[k] = m.true_known ? m.true_to_nm[k] : odd();
            }
            assert_int_equal(TRACE_ADD(t->deposit, t->deposits, t->deposit_room, d), 0);
        }
        assert_int_equal(TRACE_ADD(t->motion, t->motions, t->motion_room, m), 0);
        if (m.t_us + m.duration_us > t->end_us)
            t->end_us = m.t_us + m.duration_us;
    }
}

#define MANY(array, count, room, ...)                              \
    do {                                                           \
        int64_t now = -1000;                                       \
        for (size_t i = 0, n = draw(40); i < n; i++) {             \
            __VA_ARGS__                                            \
            assert_int_equal(TRACE_ADD(array, count, room, r), 0); \
        }                                                          \
        t->end_us = now > t->end_us ? now : t->end_us;             \
    } while (0)

static void word_of(char *to, size_t room)
{
    size_t n = draw(room);

    for (size_t i = 0; i < n; i++)
        to[i] = (char)('a' + draw(26));
    to[n] = '\0';
}

static void random_streams(struct lab_trace *t)
{
    int64_t number = -1;

    MANY(t->event, t->events, t->event_room, struct lab_trace_event r = {.t_us = later(&now)};
         r.kind = (int32_t)draw(LAB_TRACE_EVENT_KINDS); number += draw(5) ? 1 : (int64_t)draw(9);
         r.number = number; r.a = odd(); r.b = odd(); r.c = odd(); r.d = odd(););
    MANY(t->power, t->powers, t->power_room,
         struct lab_trace_power r = {later(&now), (uint32_t)draw(32), (uint32_t)draw(256)};);
    MANY(t->phase, t->phases, t->phase_room,
         struct lab_trace_phase r = {later(&now), (enum lab_trace_domain)draw(2), odd()};);
    MANY(
        t->corners, t->corner_count, t->corners_room,
        struct lab_trace_corners r = {.t_us = later(&now)};
        r.duration_us = draw(2) ? (int64_t)draw(90000) : 0; now += r.duration_us;
        for (int k = 0; k < 4; k++) {
            r.believed_nm[k] = odd();
            r.true_nm[k] = draw(4) ? odd() : LAB_TRACE_UNKNOWN;
        });
    for (int h = 0; h < LAB_TRACE_HEATS; h++)
        MANY(t->heat[h], t->heats[h], t->heat_room[h],
             struct lab_trace_temperature r = {later(&now), odd()};);
    MANY(t->target, t->targets, t->target_room,
         struct lab_trace_target r = {later(&now), (enum lab_trace_heat)draw(3), odd()};);
    MANY(t->levels, t->level_count, t->levels_room,
         struct lab_trace_levels r = {later(&now), (uint32_t)draw(UINT64_C(1) << 32)};);
    MANY(t->nv, t->nvs, t->nv_room,
         struct lab_trace_nv r = {later(&now), (int64_t)draw(900), (int64_t)draw(9),
                                  (int64_t)draw(9) - 1, (int64_t)draw(99),
                                  (enum lab_trace_nv_end)draw(3)};);
    MANY(t->place, t->places, t->place_room,
         struct lab_trace_place r = {later(&now), {odd(), odd(), odd(), odd()}, odd()};);
    MANY(t->note, t->notes, t->note_room, struct lab_trace_note r = {.t_us = later(&now)};
         word_of(r.text, sizeof r.text););
}

static void random_ends(struct lab_trace *t)
{
    for (size_t i = 0, n = draw(9); i < n; i++) {
        struct lab_trace_cut cut;
        int64_t field[sizeof cut / sizeof(int64_t)];
        for (size_t k = 0; k < sizeof field / sizeof *field; k++)
            field[k] = odd();
        memcpy(&cut, field, sizeof cut);
        cut.twin_from = cut.twin_count = 0;
        assert_int_equal(TRACE_ADD(t->cut, t->cuts, t->cut_room, cut), 0);
    }
    for (size_t i = 0, n = draw(90); i < n; i++) {
        struct lab_trace_deposit d = {
            odd(), (int64_t)draw(999), {odd(), odd(), odd()}, {odd(), odd(), odd()}, odd(), odd(),
            -1};
        assert_int_equal(TRACE_ADD(t->twin, t->twins, t->twin_room, d), 0);
    }
    for (size_t i = 0, n = draw(17); i < n; i++) {
        struct lab_trace_measure m = {.known = draw(2),
                                      .limited = draw(2),
                                      .warned = draw(2),
                                      .value = odd(),
                                      .min = odd(),
                                      .max = odd(),
                                      .p95 = odd(),
                                      .limit = odd(),
                                      .warn = odd()};
        word_of(m.key, sizeof m.key);
        word_of(m.unit, sizeof m.unit);
        word_of(m.outcome, sizeof m.outcome);
        assert_int_equal(TRACE_ADD(t->measure, t->measures, t->measure_room, m), 0);
    }
    struct lab_trace_verdict *v = &t->verdict;
    v->known = draw(2);
    if (!v->known)
        return;
    word_of(v->outcome, sizeof v->outcome);
    word_of(v->reason, sizeof v->reason);
    word_of(v->why, sizeof v->why);
    v->trace_hash = draw(UINT64_C(1) << 40) << 20;
}

static struct lab_trace *random_trace(uint64_t number)
{
    struct lab_trace *t = calloc(1, sizeof *t);

    assert_non_null(t);
    seed = number;
    t->end_us = -5000;
    t->meta.source = (enum lab_trace_source)draw(2);
    t->meta.z_endstop_nm = draw(2) ? LAB_TRACE_UNKNOWN : odd();
    t->meta.travel_nm[1] = llabs(odd());
    t->meta.post_nm[3][1] = odd();
    word_of(t->meta.id, sizeof t->meta.id);
    word_of(t->meta.printer, sizeof t->meta.printer);
    for (t->lines = 0; t->lines < draw(LAB_TRACE_LINES_MAX + 1); t->lines++) {
        t->line[t->lines].role = (enum lab_trace_line_role)draw(3);
        word_of(t->line[t->lines].name, LAB_TRACE_KEY);
    }
    for (size_t i = 0, n = draw(20); i < n; i++) {
        struct lab_trace_name name = {(enum lab_trace_domain)draw(3), odd(), ""};
        word_of(name.text, sizeof name.text);
        assert_int_equal(TRACE_ADD(t->name, t->names, t->name_room, name), 0);
    }
    random_motions(t);
    random_streams(t);
    random_ends(t);
    t->whole = draw(4);
    return t;
}

// --- sameness ----------------------------------------------------------------------------------------------------

#define SAME(field) assert_true(a->field == b->field)
#define SAME_BYTES(array, count)                                                  \
    do {                                                                          \
        assert_int_equal(a->count, b->count);                                     \
        if (a->count)                                                             \
            assert_memory_equal(a->array, b->array, a->count * sizeof *a->array); \
    } while (0)

static void same_motions(const struct lab_trace *a, const struct lab_trace *b)
{
    SAME(motions);
    for (size_t i = 0; i < a->motions; i++) {
        SAME(motion[i].t_us);
        SAME(motion[i].duration_us);
        SAME(motion[i].up_us);
        SAME(motion[i].down_us);
        SAME(motion[i].v0_um_s);
        SAME(motion[i].cruise_um_s);
        SAME(motion[i].v1_um_s);
        SAME(motion[i].kind);
        SAME(motion[i].true_known);
        assert_memory_equal(a->motion[i].from_nm, b->motion[i].from_nm, sizeof a->motion->from_nm);
        assert_memory_equal(a->motion[i].to_nm, b->motion[i].to_nm, sizeof a->motion->to_nm);
        for (int k = 0; k < 3 && a->motion[i].true_known; k++) {
            SAME(motion[i].true_from_nm[k]);
            SAME(motion[i].true_to_nm[k]);
        }
    }
}

static void same_numbers(const struct lab_trace *a, const struct lab_trace *b)
{
    SAME(events);
    for (size_t i = 0; i < a->events; i++) {
        SAME(event[i].t_us);
        SAME(event[i].number);
        SAME(event[i].kind);
        SAME(event[i].a);
        SAME(event[i].b);
        SAME(event[i].c);
        SAME(event[i].d);
    }
    SAME(phases);
    for (size_t i = 0; i < a->phases; i++) {
        SAME(phase[i].t_us);
        SAME(phase[i].domain);
        SAME(phase[i].value);
    }
    SAME(targets);
    for (size_t i = 0; i < a->targets; i++) {
        SAME(target[i].t_us);
        SAME(target[i].heat);
        SAME(target[i].mc);
    }
    SAME(nvs);
    for (size_t i = 0; i < a->nvs; i++) {
        SAME(nv[i].t_us);
        SAME(nv[i].duration_us);
        SAME(nv[i].block);
        SAME(nv[i].offset);
        SAME(nv[i].size);
        SAME(nv[i].end);
    }
    SAME(level_count);
    for (size_t i = 0; i < a->level_count; i++) {
        SAME(levels[i].t_us);
        SAME(levels[i].bits);
    }
}

static void same_words(const struct lab_trace *a, const struct lab_trace *b)
{
    SAME(meta.source);
    assert_memory_equal(a->meta.post_nm, b->meta.post_nm, sizeof a->meta.post_nm);
    SAME(meta.z_endstop_nm);
    SAME(meta.travel_nm[1]);
    assert_string_equal(a->meta.id, b->meta.id);
    assert_string_equal(a->meta.printer, b->meta.printer);
    SAME(lines);
    for (size_t i = 0; i < a->lines; i++) {
        SAME(line[i].role);
        assert_string_equal(a->line[i].name, b->line[i].name);
    }
    SAME(names);
    for (size_t i = 0; i < a->names; i++) {
        SAME(name[i].domain);
        SAME(name[i].value);
        assert_string_equal(a->name[i].text, b->name[i].text);
    }
    SAME(notes);
    for (size_t i = 0; i < a->notes; i++) {
        SAME(note[i].t_us);
        assert_string_equal(a->note[i].text, b->note[i].text);
    }
    SAME(measures);
    for (size_t i = 0; i < a->measures; i++) {
        assert_string_equal(a->measure[i].key, b->measure[i].key);
        SAME(measure[i].known);
        SAME(measure[i].limited);
        SAME(measure[i].warned);
        SAME(measure[i].value);
        SAME(measure[i].p95);
        SAME(measure[i].warn);
    }
    SAME(verdict.known);
    SAME(verdict.trace_hash);
    assert_string_equal(a->verdict.why, b->verdict.why);
}

static void same(const struct lab_trace *a, const struct lab_trace *b)
{
    same_words(a, b);
    same_motions(a, b);
    same_numbers(a, b);
    SAME_BYTES(power, powers);
    SAME_BYTES(corners, corner_count);
    for (int h = 0; h < LAB_TRACE_HEATS; h++)
        SAME_BYTES(heat[h], heats[h]);
    SAME_BYTES(deposit, deposits);
    SAME_BYTES(place, places);
    SAME_BYTES(twin, twins);
    assert_int_equal(a->cuts, b->cuts - b->cuts_made);
    if (a->cuts)
        assert_memory_equal(a->cut, b->cut, a->cuts * sizeof *a->cut);
    assert_true(!b->whole || !b->cuts_made);
    SAME(whole);
    assert_true(!a->whole || a->end_us == b->end_us);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 400; i++) {
        struct lab_trace *t = random_trace(i);
        struct bytes bytes = {0};
        assert_int_equal(lab_trace_write(t, put, &bytes), 0);
        struct lab_trace *back = read_bytes(bytes.at, bytes.size, 0);
        same(t, back);
        assert_int_equal(back->torn[0] == '\0', back->whole);
        drop(t);
        drop(back);
        free(bytes.at);
    }
}

// --- torn and spoilt ---------------------------------------------------------------------------------------------

enum { FILE_HEAD = TRACE_HEAD + TRACE_BLOCK_HEAD };

/// A file of these records, in one block. Returns what reading it says.
static int read_records(const uint8_t *records, size_t size, struct lab_trace *trace,
                        struct lab_error *err)
{
    uint8_t file[FILE_HEAD + 256] = TRACE_MAGIC, *block = file + TRACE_HEAD;
    uint32_t crc = plr_crc32c(0, records, size);

    assert_in_range(size, 1, 255);
    file[8] = TRACE_VERSION;
    memcpy(block, TRACE_BLOCK_MAGIC, 4);
    block[4] = (uint8_t)size;
    for (int k = 0; k < 4; k++)
        block[8 + k] = (uint8_t)(crc >> (8 * k));
    memcpy(file + FILE_HEAD, records, size);
    return lab_trace_read("bad.trace", file, FILE_HEAD + size, trace, err);
}

/// Cut anywhere, a trace is what its whole blocks say. Nothing in it is later than in the whole one, and nothing is made up.
static void a_torn_trace_is_read_up_to_the_tear(void **state)
{
    struct lab_trace *t = random_trace(11);
    struct bytes bytes = {0};
    size_t most = 0;

    (void)state;
    t->whole = true;
    assert_int_equal(lab_trace_write(t, put, &bytes), 0);
    for (size_t size = TRACE_HEAD; size < bytes.size; size += 1 + size / 97) {
        struct lab_trace *part = read_bytes(bytes.at, size, 0);
        assert_false(part->whole);
        assert_true(part->torn[0]);
        assert_true(part->motions >= most && part->motions <= t->motions);
        most = part->motions;
        if (part->motions)
            assert_int_equal(part->motion[part->motions - 1].t_us,
                             t->motion[part->motions - 1].t_us);
        drop(part);
    }
    for (size_t size = 0; size < TRACE_HEAD; size++)
        drop(read_bytes(bytes.at, size, LAB_EINVAL));
    drop(t);
    free(bytes.at);
}

/// What follows a trace's end is none of it, and is told: in its last block, or behind that.
static void what_follows_the_end_is_told(void **state)
{
    static const uint8_t records[] = {TRACE_END, 0, TRACE_NOTE, 0, 0};
    struct lab_trace *t = random_trace(3);
    struct bytes bytes = {0};
    struct lab_trace trace;
    struct lab_error err = {0};

    (void)state;
    t->whole = true;
    assert_int_equal(lab_trace_write(t, put, &bytes), 0);
    assert_int_equal(put(&bytes, "JUNKJUNK", 8), 0);
    struct lab_trace *back = read_bytes(bytes.at, bytes.size, 0);
    assert_true(back->whole);
    assert_string_equal(back->torn, "8 bytes behind its end");
    drop(back);
    drop(t);
    free(bytes.at);
    assert_int_equal(read_records(records, sizeof records, &trace, &err), 0);
    assert_true(trace.whole);
    assert_string_equal(trace.torn, "3 bytes behind its end");
    lab_trace_free(&trace);
    assert_int_equal(read_records(records, 2, &trace, &err), 0);
    assert_string_equal(trace.torn, "");
    lab_trace_free(&trace);
}

/// Two outages in records of supply: one that the machine survived while it went on, one in the dark, which the trace does not outlive.
static void a_torn_trace_has_its_cuts_all_the_same(void **state)
{
    enum { ON = 29, DARK = 0 }; // mains, rail, logic, alive
    static struct lab_trace_power power[] = {
        {0, ON, 15},         {1000, ON & ~1, 15},       {1050, ON, 15},
        {5000, ON & ~1, 15}, {5005, (ON & ~1) | 2, 15}, {5100, 24, 0},
        {5200, DARK, 0}};
    static struct lab_trace_motion motion[] = {
        {.t_us = 0, .duration_us = 4000, .to_nm = {4000, 0, 200}},
        {.t_us = 4000, .duration_us = 1040, .from_nm = {4000, 0, 200}, .to_nm = {5040, 0, 200}},
        {.t_us = 5200, .kind = LAB_TRACE_JUMP, .from_nm = {5040, 0, 200}, .to_nm = {5040, 0, 200}}};
    static struct lab_trace_event event[] = {
        {.t_us = 0, .number = 7, .kind = LAB_TRACE_EVENT_LAYER, .a = 3},
        {.t_us = 5000, .number = 8},
        {.t_us = 5000, .number = 9, .kind = LAB_TRACE_EVENT_SUPPLY, .a = 1}};
    struct lab_trace t = {
        .power = power, .powers = 7, .motion = motion, .motions = 3, .event = event, .events = 3};
    struct bytes bytes = {0};

    (void)state;
    assert_int_equal(lab_trace_write(&t, put, &bytes), 0);
    struct lab_trace *torn = read_bytes(bytes.at, bytes.size, 0);
    assert_int_equal(torn->cuts, 2);
    assert_int_equal(torn->cuts_made, 2);
    const struct lab_trace_cut *cut = torn->cut;
    assert_int_equal(cut[0].mains_us, 1000);
    assert_int_equal(cut[0].back_us, 1050);
    assert_true(cut[0].stopped_us < 0 && cut[0].drivers_us < 0 && cut[0].detected_us < 0);
    assert_int_equal(cut[1].mains_us, 5000);
    assert_int_equal(cut[1].detected_us, 5005);
    assert_int_equal(cut[1].stopped_us, 5040);
    assert_int_equal(cut[1].drivers_us, 5100);
    assert_int_equal(cut[1].logic_us, 5200);
    assert_true(cut[1].back_us < 0 && cut[1].first_extrusion_us < 0);
    assert_int_equal(cut[1].event, 9);
    assert_int_equal(cut[1].layer, 3);
    assert_int_equal(cut[1].stop_nm[0], 5040);
    drop(torn);
    bytes.size = 0;
    t.whole = true; // that one has said all it knows of cuts
    assert_int_equal(lab_trace_write(&t, put, &bytes), 0);
    struct lab_trace *whole = read_bytes(bytes.at, bytes.size, 0);
    assert_int_equal(whole->cuts, 0);
    drop(whole);
    free(bytes.at);
}

/// A flipped bit is seen, whichever it is: the block that holds it is not believed.
static void a_flipped_bit_is_seen(void **state)
{
    struct lab_trace *t = random_trace(5);
    struct bytes bytes = {0};

    (void)state;
    t->whole = true;
    assert_int_equal(lab_trace_write(t, put, &bytes), 0);
    for (size_t i = TRACE_HEAD; i < bytes.size; i += 1 + i / 50) {
        bytes.at[i] ^= (uint8_t)(1u << (i % 8));
        struct lab_trace *back = read_bytes(bytes.at, bytes.size, 0);
        assert_false(back->whole);
        drop(back);
        bytes.at[i] ^= (uint8_t)(1u << (i % 8));
    }
    drop(t);
    free(bytes.at);
}

struct reject {
    const char *what; ///< is in the message
    uint8_t record[24];
    size_t size;
};

/// Nonsense behind a good checksum is refused, and the message says what it is.
static void nonsense_is_refused(void **state)
{
    static const struct reject rejects[] = {
        {"no such kind of record", {0x2a}, 1},
        {"no such kind of record", {0x00}, 1},
        {"ends in its midst", {TRACE_POWER}, 1},
        {"ends in its midst", {TRACE_POWER, 0x80}, 2},
        {"ends in its midst", {0x41, 9, 1}, 3},
        {"too many bytes", {TRACE_POWER, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1}, 12},
        {"too many bytes", {TRACE_POWER, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2}, 11},
        {"no such power bits", {TRACE_POWER, 0, 128, 128, 128, 128, 16}, 7},
        {"an event is of no such kind", {TRACE_EVENT, 0, 9}, 3},
        {"there is no such sensor", {TRACE_HEAT, 0, 3, 0}, 4},
        {"there is no such heater", {TRACE_TARGET, 0, 3, 0}, 4},
        {"can have no such end", {TRACE_NV, 0, 0, 0, 0, 0, 3}, 7},
        {"a phase is of no such kind", {TRACE_PHASE, 0, 2, 0}, 4},
        {"a motion is of no such kind", {TRACE_MOTION, 7}, 2},
        {"flags of a later version", {TRACE_MOTION, 128, 64}, 3},
        {"longer than it lasts", {TRACE_MOTION, 8 + 16 + 32 + 64, 2, 2, 1, 0, 0, 0}, 8},
        {"a speed is negative", {TRACE_MOTION, 8 + 16 + 64, 0, 0, 0, 1, 0, 0, 0}, 9},
        {"a line has no such role", {TRACE_LINE, 3, 0}, 3},
        {"a text is too long", {TRACE_LINE, 0, 48}, 3},
        {"a text holds a zero byte", {TRACE_LINE, 0, 1, 0}, 4},
        {"a name is of no such kind", {TRACE_NAME, 3, 0, 0}, 4},
        {"earlier than the one of its kind", {TRACE_POWER, 4, 0, 0, TRACE_POWER, 1, 0, 0}, 8},
        {"beyond four kilometres", {TRACE_HEAT, 0, 0, 128, 128, 128, 128, 128, 128, 4}, 10},
        {"none that it can be",
         {TRACE_NUMBER, 8,    'b',  'e',  'g',  'i',  'n',  '_',  'u',  's',
          0xff,         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
         20},
        {"none that it can be",
         {TRACE_NUMBER, 11,   't',  'r',  'a',  'v',  'e',  'l',  '_',  'x',  '_', 'n',
          'm',          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
         23},
        {"none that it can be", {TRACE_NUMBER, 8, 'z', '_', 'm', 'o', 't', 'o', 'r', 's', 10}, 11},
        {"none that it can be", {TRACE_NUMBER, 8, 'z', '_', 'm', 'o', 't', 'o', 'r', 's', 1}, 11},
        {"none that it can be",
         {TRACE_NUMBER, 9, 'z', '_', 's', 't', 'e', 'p', '_', 'n', 'm', 1},
         12},
        {"none that it can be",
         {TRACE_NUMBER, 11, 't', 'r', 'a', 'v', 'e', 'l', '_', 'z', '_', 'n', 'm', 0x82, 0x80, 0x80,
          0x80, 0x80, 1},
         19},
        {"beyond nine years", {TRACE_END, 0x82, 128, 128, 128, 128, 128, 128, 1}, 9},
        {"beyond 17 metres",
         {TRACE_CORNERS, 0, 0, 0x82, 128, 128, 128, 128, 1, 0, 0, 0, 0, 0, 0, 0},
         16},
        {"more than 16 MiB", {TRACE_NV, 0, 0, 0, 0, 0x82, 128, 128, 16, 0}, 10},
        {"less than nothing", {TRACE_NV, 0, 0, 0, 0, 1, 0}, 7},
        {"a number is too large",
         {TRACE_MEASURE, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
         15},
        {"of a cut is too large",
         {TRACE_CUT, 8, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          1},
         19},
        {"longer than three days", {TRACE_NV, 0, 128, 128, 128, 128, 128, 64}, 8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rejects / sizeof *rejects; i++) {
        const struct reject *reject = &rejects[i];
        struct lab_trace trace;
        struct lab_error err = {0};
        int bad = read_records(reject->record, reject->size, &trace, &err);
        if (bad != LAB_EINVAL || !strstr(err.message, reject->what))
            fail_msg("case %zu: %d '%s', expected '%s'", i, bad, err.message, reject->what);
        lab_trace_free(&trace);
    }
}

static void more_cuts_than_a_run_can_have_are_refused(void **state)
{
    uint8_t records[2 * (LAB_TRACE_CUTS_MAX + 1)];
    struct lab_trace trace;
    struct lab_error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof records; i++)
        records[i] = i % 2 ? 0 : TRACE_CUT;
    assert_int_equal(read_records(records, sizeof records - 2, &trace, &err), 0);
    assert_int_equal(trace.cuts, LAB_TRACE_CUTS_MAX);
    lab_trace_free(&trace);
    assert_int_equal(read_records(records, sizeof records, &trace, &err), LAB_EINVAL);
    assert_non_null(strstr(err.message, "more than 64 cuts"));
    lab_trace_free(&trace);
}

/// A cut that points to a twin which is not there has none.
static void a_twin_that_is_not_there_is_none(void **state)
{
    uint8_t records[2 + sizeof(struct lab_trace_cut) / 8] = {TRACE_CUT, sizeof records - 2};
    struct lab_trace trace;
    struct lab_error err = {0};

    (void)state;
    records[2 + offsetof(struct lab_trace_cut, twin_count) / 8] = 14;
    assert_int_equal(read_records(records, sizeof records, &trace, &err), 0);
    assert_int_equal(trace.cuts, 1);
    assert_int_equal(trace.cut[0].twin_count, 0);
    lab_trace_free(&trace);
}

static void a_later_version_is_refused(void **state)
{
    static const uint8_t head[TRACE_HEAD] = "PLRTRACE\2";
    struct lab_trace trace;
    struct lab_error err = {0};

    (void)state;
    assert_int_equal(lab_trace_read("new.trace", head, sizeof head, &trace, &err), LAB_EINVAL);
    assert_non_null(strstr(err.message, "version 2"));
    lab_trace_free(&trace);
}

// --- the page ------------------------------------------------------------------------------------------------

/// The example of docs/TRACE.md.
static void write_example(struct bytes *bytes)
{
    static const struct lab_trace_event event = {1000000, 0,    LAB_TRACE_EVENT_MOVE, 1000000, 0,
                                                 200000,  40000};
    static const struct lab_trace_motion motion = {.t_us = 1000000,
                                                   .duration_us = 20000,
                                                   .up_us = 2000,
                                                   .down_us = 2000,
                                                   .cruise_um_s = 55556,
                                                   .from_nm = {0, 0, 200000, 0},
                                                   .to_nm = {1000000, 0, 200000, 40000},
                                                   .true_known = true,
                                                   .true_from_nm = {0, 0, 200150},
                                                   .true_to_nm = {1000000, 0, 200152}};
    static const struct lab_trace_deposit laid = {
        .from_nm = {0, 0, 200150}, .to_nm = {1000000, 0, 200152}, .e_nm = 40000, .deficit_nm = 120};
    static struct lab_trace_writer to;

    lab_trace_begin(&to, put, bytes);
    lab_trace_put_event(&to, &event);
    lab_trace_put_temperature(&to, LAB_TRACE_BED, &(struct lab_trace_temperature){1000000, 105000});
    lab_trace_put_motion(&to, &motion, &laid);
    assert_int_equal(lab_trace_end(&to, 1020000), 0);
}

/// Bytes of the page's table: rows between "```hex" and "```", hexadecimal up to two blanks.
static size_t page_bytes(uint8_t *out, size_t room)
{
    char row[256];
    bool within = false;
    size_t n = 0;
    FILE *page = fopen("docs/TRACE.md", "r");

    assert_non_null(page);
    while (fgets(row, sizeof row, page)) {
        char *at = row, *end;
        if (!strncmp(row, "```", 3))
            within = !within && !strncmp(row, "```hex", 6);
        else if (within)
            for (; n < room && !(at > row && at[0] == ' ' && at[1] == ' '); at = end) {
                out[n] = (uint8_t)strtoul(at, &end, 16);
                if (end == at)
                    break;
                n++;
            }
    }
    fclose(page);
    return n;
}

static void the_page_shows_these_bytes(void **state)
{
    uint8_t page[256];
    struct bytes bytes = {0};

    (void)state;
    write_example(&bytes);
    if (getenv("PLR_SHOW")) // to make the page's rows from
        for (size_t i = 0; i < bytes.size; i++)
            printf("%02x%s", bytes.at[i], i % 16 == 15 ? "\n" : " ");
    size_t size = page_bytes(page, sizeof page);
    assert_int_equal(size, bytes.size);
    assert_memory_equal(page, bytes.at, size);
    drop(read_bytes(bytes.at, bytes.size, 0));
    free(bytes.at);
}

// --- curves --------------------------------------------------------------------------------------------------

/// Points at random distances that wander, jump and stand: what is kept tells each of them to within the tolerance, with far fewer.
static void a_curve_is_told_by_its_bends(void **state)
{
    enum { POINTS = 2000, TOLERANCE = 250 };
    static struct lab_trace_temperature point[POINTS], kept[POINTS + 2];
    size_t count = 0, at = 0;

    (void)state;
    seed = 3;
    for (int round = 0; round < 20; round++) {
        struct lab_trace_curve curve = {0};
        int64_t t_us = 0, slope = 0, mc = 0;
        count = at = 0;
        for (size_t i = 0; i < POINTS; i++) {
            int64_t later_us = 1 + (int64_t)draw(2000000);
            t_us += later_us;
            slope = draw(40) ? slope : (int64_t)draw(3000) - 1500;
            mc += slope * later_us / 1000000;
            point[i] = (struct lab_trace_temperature){t_us, mc + (int64_t)draw(100)};
            count += lab_trace_curve_look(&curve, t_us, point[i].mc, TOLERANCE, &kept[count]);
        }
        count += lab_trace_curve_keep(&curve, &kept[count]);
        assert_false(lab_trace_curve_keep(&curve, &kept[count]));
        assert_int_equal(kept[0].t_us, point[0].t_us);
        assert_int_equal(kept[count - 1].t_us, t_us);
        assert_true(count < POINTS / 10);
        for (size_t i = 0; i < POINTS; i++) {
            while (at + 2 < count && kept[at + 1].t_us <= point[i].t_us)
                at++;
            const struct lab_trace_temperature *a = &kept[at], *b = a + 1;
            int64_t want =
                a->mc + (b->mc - a->mc) * (point[i].t_us - a->t_us) / (b->t_us - a->t_us);
            assert_in_range(want - point[i].mc + TOLERANCE + 1, 0, 2 * TOLERANCE + 2);
        }
    }
}

// --- at an instant -----------------------------------------------------------------------------------------------

static void a_share_is_that_of_a_trapezoid(void **state)
{
    // 0 to 100 mm/s in 1 s, 2 s at that, down to 50 mm/s in 1 s: 50 + 200 + 75 mm
    const struct lab_trace_motion m = {.t_us = 1000000,
                                       .duration_us = 4000000,
                                       .up_us = 1000000,
                                       .down_us = 1000000,
                                       .v0_um_s = 0,
                                       .cruise_um_s = 100000,
                                       .v1_um_s = 50000};

    (void)state;
    assert_int_equal(lab_trace_share(&m, 0), 0);
    assert_int_equal(lab_trace_share(&m, 1000000), 0);
    assert_int_equal(lab_trace_share(&m, 1500000), 12500000 / 325);
    assert_int_equal(lab_trace_share(&m, 2000000), 50000000 / 325);
    assert_int_equal(lab_trace_share(&m, 3000000), 150000000 / 325);
    assert_int_equal(lab_trace_share(&m, 4500000), 293750000 / 325);
    assert_int_equal(lab_trace_share(&m, 5000000), 1000000);
    const struct lab_trace_motion steady = {.t_us = 0, .duration_us = 3};
    assert_int_equal(lab_trace_share(&steady, 1), 333333);
}

static void a_state_is_what_its_records_say(void **state)
{
    static struct lab_trace_motion motion[] = {
        {.t_us = 100,
         .duration_us = 100,
         .from_nm = {0, 0, 200000, 0},
         .to_nm = {1000, 0, 300000, 50},
         .true_known = true,
         .true_from_nm = {7, 0, 200010},
         .true_to_nm = {1007, 0, 300020}},
        {.t_us = 300, .duration_us = 0, .kind = LAB_TRACE_JUMP, .to_nm = {5, 5, 300000, 50}},
        {.t_us = 500,
         .duration_us = 100,
         .kind = LAB_TRACE_Z,
         .from_nm = {5, 5, 300000, 50},
         .to_nm = {5, 5, 500000, 50}}};
    static struct lab_trace_corners corners[] = {
        {.t_us = 50,
         .believed_nm = {200000, 200000, 200000, 200000},
         .true_nm = {200001, 200002, 200003, LAB_TRACE_UNKNOWN}},
        {.t_us = 500,
         .duration_us = 100,
         .believed_nm = {500000, 300000, 300000, 300000},
         .true_nm = {500000, 300000, 300000, 300000}}};
    static struct lab_trace_temperature heat[] = {{100, 1000}, {200, 3000}};
    struct lab_trace t = {.motion = motion, .motions = 3, .corners = corners, .corner_count = 2};
    struct lab_trace_state s;

    (void)state;
    t.heat[LAB_TRACE_BED] = heat;
    t.heats[LAB_TRACE_BED] = 2;
    lab_trace_at(&t, 0, &s);
    assert_int_equal(s.motion, -1);
    assert_true(s.belief_nm[0] == LAB_TRACE_UNKNOWN &&
                s.heat_mc[LAB_TRACE_BED] == LAB_TRACE_UNKNOWN);
    assert_false(s.corners_known);
    lab_trace_at(&t, 150, &s);
    assert_true(s.moving && s.true_known);
    assert_int_equal(s.belief_nm[0], 500);
    assert_int_equal(s.true_nm[2], 250015);
    assert_int_equal(s.believed_nm[2], 250000); // the corners go up with the job
    assert_int_equal(s.corner_nm[1], 250002);
    assert_true(s.corner_nm[3] == LAB_TRACE_UNKNOWN);
    assert_int_equal(s.heat_mc[LAB_TRACE_BED], 2000);
    lab_trace_at(&t, 550, &s);
    assert_int_equal(s.believed_nm[0], 400000); // one alone
    assert_int_equal(s.believed_nm[1], 300000);
    assert_int_equal(s.corner_nm[0], 400000);
    lab_trace_at(&t, 9999, &s);
    assert_int_equal(s.believed_nm[0], 500000);
    assert_false(s.moving);
    assert_int_equal(s.heat_mc[LAB_TRACE_BED], 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_torn_trace_is_read_up_to_the_tear),
        cmocka_unit_test(what_follows_the_end_is_told),
        cmocka_unit_test(a_torn_trace_has_its_cuts_all_the_same),
        cmocka_unit_test(a_flipped_bit_is_seen),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(more_cuts_than_a_run_can_have_are_refused),
        cmocka_unit_test(a_twin_that_is_not_there_is_none),
        cmocka_unit_test(a_later_version_is_refused),
        cmocka_unit_test(the_page_shows_these_bytes),
        cmocka_unit_test(a_curve_is_told_by_its_bends),
        cmocka_unit_test(a_share_is_that_of_a_trapezoid),
        cmocka_unit_test(a_state_is_what_its_records_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
