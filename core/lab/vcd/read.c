// A captured signal out of a value change dump.
// SPDX-License-Identifier: MIT
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/doc/units.h"
#include "core/lab/vcd/vcd.h"

enum { SCOPES = 16, NAME = LAB_TRACE_TEXT, CODE = 16, SLOTS = 10 };

/// A century: sums of a few such times, and the same in nanoseconds, still fit.
static const uint64_t LAST_US = UINT64_C(100) * 365 * 86400 * 1000000;

/// A word of the dump.
struct token {
    const char *at;
    size_t size;
    int line, column;
};

struct reader {
    const char *name, *text;
    size_t size, at;
    int line, column;
    struct token token;
    struct lab_error *err;
    const struct lab_vcd_ask *ask;
    struct lab_vcd_script *out;
    // definitions
    char scope[SCOPES][LAB_TRACE_KEY];
    int depth;
    char code[CODE];  ///< of the signal that is meant, "" not found yet
    int matches;      ///< signals that are
    char near[NAME];  ///< another signal of one bit: the first
    const char *best; ///< what was probably meant
    int distance;
    char best_name[LAB_TRACE_KEY];
    uint64_t scale, divide; ///< ticks to us
    bool scaled;            ///< somebody said so
    // values
    int64_t now_us;
    uint64_t tick;
    bool begun, off, known;
    bool unseen; ///< amid $dumpoff, which calls everything x
    int64_t first_us, off_us;
    // what is too short to count
    struct lab_vcd_dropped
        dropped; ///< since the newest outage: none of it is left out when it becomes one with the next
    int64_t slot_us[SLOTS]; ///< off time of the last debounce times
    int64_t slot;           ///< the newest of them, counted from the capture's begin
};

__attribute__((format(printf, 2, 3))) static int complain(struct reader *r, const char *format, ...)
{
    char word[64];
    size_t size = r->token.size < sizeof word - 1 ? r->token.size : sizeof word - 1;
    const struct lab_place place = {r->name,       r->text,         r->size,
                                    r->token.line, r->token.column, size ? word : NULL};
    va_list args;

    memcpy(word, r->token.at ? r->token.at : "", size);
    word[size] = '\0';
    va_start(args, format);
    lab_error_at(r->err, &place, format, args);
    va_end(args);
    return LAB_EINVAL;
}

// --- words -----------------------------------------------------------------------------------------------------

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

static void skip(struct reader *r)
{
    while (r->at < r->size && blank(r->text[r->at])) {
        bool line = r->text[r->at++] == '\n';
        r->line += line;
        r->column = line ? 1 : r->column + 1;
    }
}

/// The next word. False at the end.
static bool next(struct reader *r)
{
    skip(r);
    size_t from = r->at;
    r->token = (struct token){r->text + from, 0, r->line, r->column};
    while (r->at < r->size && !blank(r->text[r->at])) {
        r->column += ((unsigned char)r->text[r->at] & 0xc0) != 0x80;
        r->at++;
    }
    r->token.size = r->at - from;
    return r->token.size > 0;
}

static bool is(const struct reader *r, const char *word)
{
    return r->token.size == strlen(word) && !memcmp(r->token.at, word, r->token.size);
}

static int want(struct reader *r, const char *what)
{
    return next(r) ? 0 : complain(r, "the file ends where %s should be", what);
}

/// A word that begins a section.
static bool is_keyword(const struct reader *r)
{
    static const char *const words[] = {"$date",  "$version", "$timescale",
                                        "$scope", "$upscope", "$enddefinitions",
                                        "$var",   "$comment", "$dumpvars"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is(r, words[i]))
            return true;
    return false;
}

static int to_end(struct reader *r)
{
    while (next(r)) {
        if (is(r, "$end"))
            return 0;
        if (is_keyword(r)) // what it says would be passed over
            return complain(r, "an $end is missing before this");
    }
    return complain(r, "the file ends before an $end");
}

static void copy(const struct token *token, char *out, size_t room)
{
    size_t size = token->size < room - 1 ? token->size : room - 1;

    memcpy(out, token->at, size);
    out[size] = '\0';
}

// --- definitions -----------------------------------------------------------------------------------------------

/// "1 us", "10ns": how many microseconds a tick is, as scale / divide.
static int timescale(struct reader *r)
{
    static const struct {
        const char *unit;
        uint64_t scale, divide;
    } units[] = {{"s", 1000000, 1}, {"ms", 1000, 1},    {"us", 1, 1},
                 {"ns", 1, 1000},   {"ps", 1, 1000000}, {"fs", 1, 1000000000}};
    char text[16];

    int bad = want(r, "a time");
    if (bad)
        return bad;
    struct token first = r->token;
    copy(&r->token, text, sizeof text);
    char *end;
    unsigned long count = strtoul(text, &end, 10);
    if (!*end) {
        bad = want(r, "the unit of the timescale");
        if (bad)
            return bad;
        copy(&r->token, text, sizeof text);
        end = text;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (!strcmp(end, units[i].unit) && (count == 1 || count == 10 || count == 100)) {
            r->scale = units[i].scale * count;
            r->divide = units[i].divide;
            r->scaled = true;
            return to_end(r);
        }
    r->token = first;
    return complain(r, "a timescale is 1, 10 or 100 of s, ms, us, ns, ps, fs");
}

static int scope(struct reader *r)
{
    int bad = want(r, "a kind of scope");
    if (!bad)
        bad = want(r, "a scope's name");
    if (bad)
        return bad;
    if (r->depth == SCOPES)
        return complain(r, "scopes are nested deeper than %d", SCOPES);
    copy(&r->token, r->scope[r->depth++], LAB_TRACE_KEY);
    return to_end(r);
}

static void full_name(const struct reader *r, const char *name, char out[NAME])
{
    size_t n = 0;

    for (int i = 0; i < r->depth && n < NAME; i++)
        n += (size_t)snprintf(out + n, NAME - n, "%s.", r->scope[i]);
    if (n < NAME)
        snprintf(out + n, NAME - n, "%s", name);
}

/// Is this the signal that is asked for? Any of one bit when none is named.
static int offer(struct reader *r, const char *name, const char *id, bool bit)
{
    char full[NAME];
    const char *asked = r->ask->signal;

    full_name(r, name, full);
    bool meant = asked ? !strcmp(asked, name) || !strcmp(asked, full) : bit;
    if (!meant) {
        const char *was = r->best;
        if (asked && bit)
            lab_nearest(asked, name, &r->best, &r->distance);
        if (r->best != was) {
            snprintf(r->best_name, sizeof r->best_name, "%s", name);
            r->best = r->best_name;
        }
        return 0;
    }
    if (!bit)
        return complain(r, "the signal '%.80s' is no wire of one bit", name);
    if (r->matches && !strcmp(r->code, id))
        return 0; // the same wire under another name
    if (r->matches++ == 0) {
        snprintf(r->code, sizeof r->code, "%s", id);
        snprintf(r->out->signal, sizeof r->out->signal, "%s", full);
        return 0;
    }
    if (asked)
        return complain(r, "there are two signals '%.80s': %.80s and %.80s", asked, r->out->signal,
                        full);
    return complain(r, "there is more than one signal, so one must be named: %.80s, %.80s ...",
                    r->out->signal, full);
}

static int variable(struct reader *r)
{
    char kind[16], width[16], id[CODE], name[LAB_TRACE_KEY];
    struct token token;

    int bad = want(r, "a kind of signal");
    copy(&r->token, kind, sizeof kind);
    if (!bad)
        bad = want(r, "a signal's width");
    copy(&r->token, width, sizeof width);
    if (!bad)
        bad = want(r, "a signal's code");
    if (!bad && r->token.size >= CODE)
        bad = complain(r, "a signal's code is longer than %d characters", CODE - 1);
    copy(&r->token, id, sizeof id);
    if (!bad)
        bad = want(r, "a signal's name");
    if (bad)
        return bad;
    token = r->token;
    copy(&r->token, name, sizeof name);
    bool bit = !strcmp(width, "1") && strcmp(kind, "real") != 0 && strcmp(kind, "string") != 0;
    bad = offer(r, name, id, bit);
    if (bad)
        return bad;
    r->token = token;
    return to_end(r);
}

static int nothing_found(struct reader *r)
{
    const char *asked = r->ask->signal;

    if (!asked)
        return complain(r, "there is no signal of one bit");
    int bad = complain(r, "there is no signal '%.80s'", asked);
    lab_error_suggest(r->err, r->best);
    return bad;
}

/// One of the words that begin with '$'.
static int section(struct reader *r, bool *defined)
{
    if (is(r, "$timescale"))
        return timescale(r);
    if (is(r, "$scope"))
        return scope(r);
    if (is(r, "$var"))
        return variable(r);
    if (is(r, "$upscope")) {
        if (!r->depth)
            return complain(r, "no scope is open here");
        r->depth--;
        return to_end(r);
    }
    *defined = is(r, "$enddefinitions");
    if (*defined && !r->matches)
        return nothing_found(r);
    if (*defined && !r->scaled)
        return complain(r, "there is no $timescale before this: how long is a tick?");
    if (r->token.at[0] == '$' && !is(r, "$end"))
        return to_end(r); // $date, $version, $comment, and what other tools add: $attrbegin
    return complain(r, "a definition begins with $var, $scope, $timescale ...");
}

static int definitions(struct reader *r)
{
    bool defined = false;
    int bad = 0;

    while (!bad && !defined) {
        if (!next(r))
            return complain(r, "this is no value change dump: it has no $enddefinitions");
        bad = section(r, &defined);
    }
    return bad;
}

// --- values ----------------------------------------------------------------------------------------------------

/// The instant of a tick to the nearest microsecond; -1 beyond LAST_US.
static int64_t tick_us(const struct reader *r, uint64_t tick)
{
    uint64_t whole = tick / r->divide, rest = tick % r->divide;

    if (whole > LAST_US / r->scale)
        return -1;
    return (int64_t)(whole * r->scale + (rest * r->scale + r->divide / 2) / r->divide);
}

static int time_mark(struct reader *r)
{
    uint64_t tick = 0;

    for (size_t i = 1; i < r->token.size; i++) {
        unsigned digit = (unsigned)(r->token.at[i] - '0');
        if (digit > 9 || tick > (UINT64_MAX - digit) / 10)
            return complain(r, "a time is a number");
        tick = tick * 10 + digit;
    }
    if (r->token.size < 2)
        return complain(r, "a time is a number");
    int64_t now_us = tick_us(r, tick);
    if (now_us < 0)
        return complain(r, "a time is beyond all captures");
    if (r->begun && tick < r->tick)
        return complain(r, "time goes back");
    r->tick = tick;
    r->now_us = now_us;
    if (!r->begun)
        r->first_us = r->off_us = r->now_us; // what was before is so now
    r->begun = true;
    return 0;
}

/// Off time in the debounce time number `slot`. Says whether more than half of the last ten is off now.
static bool dense_with(struct reader *r, int64_t slot, int64_t off_us)
{
    int64_t sum = 0, forgotten = slot - r->slot < SLOTS ? slot - r->slot : SLOTS;

    for (int64_t i = 1; i <= forgotten; i++)
        r->slot_us[(r->slot + i) % SLOTS] = 0;
    r->slot = slot;
    r->slot_us[slot % SLOTS] += off_us;
    for (int i = 0; i < SLOTS; i++)
        sum += r->slot_us[i];
    return sum > r->ask->debounce_us * SLOTS / 2;
}

/// A stretch that is too short to count.
static void drop(struct reader *r, int64_t length_us)
{
    struct lab_vcd_dropped *d = &r->dropped;
    int64_t from = r->off_us - r->first_us, to = from + length_us;

    d->count++;
    d->off_us += to - from;
    d->longest_us = to - from > d->longest_us ? to - from : d->longest_us;
    // it is shorter than a slot, and lies in one or two
    int64_t slot = from / r->ask->debounce_us, end = (slot + 1) * r->ask->debounce_us;
    bool dense = dense_with(r, slot, (to < end ? to : end) - from);
    if (to > end)
        dense = dense_with(r, slot + 1, to - end) || dense;
    if (dense && d->dense_us < 0)
        d->dense_us = (slot < SLOTS ? 0 : slot - SLOTS + 1) * r->ask->debounce_us;
}

/// What is too short since the newest outage is (`out`: not) left out.
static void settle(struct reader *r, bool out)
{
    struct lab_vcd_dropped *all = &r->out->dropped, *d = &r->dropped;

    if (out) {
        all->count += d->count;
        all->off_us += d->off_us;
        all->at_end = d->at_end;
        if (d->dense_us >= 0 && all->dense_us < 0) {
            all->dense_us = d->dense_us;
            all->longest_us = d->longest_us;
        }
    }
    *d = (struct lab_vcd_dropped){.dense_us = -1};
}

/// An outage that counts: with the one before it, when power was back for less than it takes to count.
/// `length_us` -1: to the end of the capture, and longer.
static int add_outage(struct reader *r, int64_t length_us)
{
    struct lab_vcd_script *s = r->out;
    struct lab_vcd_outage *last = s->outages ? &s->outage[s->outages - 1] : NULL;
    int64_t t_us = r->off_us - r->first_us, back_us = last ? t_us - last->t_us - last->off_us : 0;

    bool joins = last && (back_us < r->ask->debounce_us || !back_us);
    settle(r, !joins);
    if (joins) {
        length_us += length_us < 0 ? 0 : t_us - last->t_us;
        t_us = last->t_us;
        s->outages--;
    }
    if (s->outages == LAB_VCD_OUTAGES_MAX)
        return complain(r, "there are more than %d outages in this capture", LAB_VCD_OUTAGES_MAX);
    s->outage[s->outages++] = (struct lab_vcd_outage){t_us, length_us};
    return 0;
}

static int went_on(struct reader *r)
{
    int64_t off_us = r->now_us - r->off_us;

    r->off = false;
    if (off_us >= r->ask->debounce_us && off_us)
        return add_outage(r, off_us);
    if (off_us)
        drop(r, off_us);
    return 0;
}

static int level(struct reader *r, char value)
{
    if (value == 'x' || value == 'X' || value == 'z' || value == 'Z') {
        if (!r->known || r->unseen)
            return 0; // nobody has looked yet, or looks: it counts as it was
        return complain(r, "the signal is neither 0 nor 1 here");
    }
    bool on = (value == '1') != r->ask->low_is_on;
    r->known = true;
    if (on == !r->off)
        return 0;
    if (on)
        return went_on(r);
    r->off = true;
    r->off_us = r->now_us;
    return 0;
}

static bool one_of(const char *set, char c)
{
    return c && strchr(set, c);
}

static bool names(const struct reader *r, const char *id, size_t size)
{
    return size == strlen(r->code) && !memcmp(id, r->code, size);
}

/// "b0101 !", "r1.5 !", "sword !".
static int wide(struct reader *r)
{
    struct token value = r->token;

    int bad = want(r, "a signal's code");
    if (bad || !names(r, r->token.at, r->token.size))
        return bad;
    bool bit = (value.at[0] == 'b' || value.at[0] == 'B') && value.size > 1;
    for (size_t i = 1; i + 1 < value.size && bit; i++)
        bit = value.at[i] == '0';
    r->token = value;
    if (!bit || !one_of("01xXzZ", value.at[value.size - 1]))
        return complain(r, "this is no value of one bit");
    return level(r, value.at[value.size - 1]);
}

static int change(struct reader *r)
{
    char first = r->token.at[0];

    if (first == '#')
        return time_mark(r);
    if (first == '$') {
        if (is(r, "$comment"))
            return to_end(r);
        r->unseen = is(r, "$dumpoff");
        if (is(r, "$dumpvars") || is(r, "$dumpall") || is(r, "$dumpon") || is(r, "$dumpoff") ||
            is(r, "$end"))
            return 0;
        return complain(r, "only values, times, $dump... and $comment stand here");
    }
    if (one_of("bBrRsS", first))
        return wide(r);
    if (!one_of("01xXzZ", first) || r->token.size < 2)
        return complain(r, "a value is 0, 1, x or z and a signal's code");
    return names(r, r->token.at + 1, r->token.size - 1) ? level(r, first) : 0;
}

/// Power is away when the capture ends: for as long as the caller knows, else for what is seen of it.
static int ends_off(struct reader *r)
{
    int64_t seen_us = r->now_us - r->off_us, off_for_us = r->ask->off_for_us;
    char seen[32], said[32];

    if (off_for_us && off_for_us < seen_us) {
        lab_quantity_print(seen, sizeof seen, LAB_TIME, seen_us);
        lab_quantity_print(said, sizeof said, LAB_TIME, off_for_us);
        lab_error_at_file(r->err, r->name,
                          "the capture ends when %s has been off for %s: --off-for %s is less",
                          r->out->signal, seen, said);
        return LAB_EINVAL;
    }
    int64_t length_us = off_for_us ? off_for_us : seen_us;
    if (length_us >= r->ask->debounce_us)
        return add_outage(r, off_for_us ? off_for_us : -1);
    drop(r, length_us);
    r->dropped.at_end = true;
    return 0;
}

static int finish(struct reader *r)
{
    struct lab_vcd_script *s = r->out;

    s->length_us = r->now_us - r->first_us;
    s->debounce_us = r->ask->debounce_us;
    s->ends_off = r->off;
    int bad = r->off ? ends_off(r) : 0;
    settle(r, true);
    return bad;
}

int lab_vcd_read(const char *name, const char *text, size_t size, const struct lab_vcd_ask *ask,
                 struct lab_vcd_script *out, struct lab_error *err)
{
    struct reader r = {.name = name,
                       .text = text,
                       .size = size,
                       .line = 1,
                       .column = 1,
                       .err = err,
                       .ask = ask,
                       .out = out,
                       .distance = 3,
                       .scale = 1,
                       .divide = 1};

    memset(out, 0, sizeof *out);
    out->dropped.dense_us = r.dropped.dense_us = -1;
    int bad = definitions(&r);
    while (!bad && next(&r))
        bad = change(&r);
    return bad ? bad : finish(&r);
}
