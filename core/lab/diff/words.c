// Where two traces part, for people and as JSON plr-diff/1.
// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/diff/diff.h"
#include "core/lab/report/format.h"

enum { WORDS = 256 };

// --- an event in words ---------------------------------------------------------------------------------------

static const char *supply_word(int64_t what)
{
    switch (what) {
    case 1: return "the mains go";
    case 2: return "the mains come back";
    case 3: return "everything dies at once";
    case 11: return "the power-fail input falls";
    case 12: return "the power-fail input rises again";
    case 13: return "the 24 V rail collapses";
    case 14: return "the controller goes dark";
    default: return "something else";
    }
}

static const char *job_word(int64_t what)
{
    return what == 1 ? "begins" : what == 2 ? "ends" : "does something else";
}

/// Words are as fine as it takes to tell two events apart.
enum fineness { ROUND, FINE };

/// Of nm, in mm: to the micrometre, or all of it.
static struct report_field mm(int64_t nm, enum fineness fine)
{
    struct report_field out = report_mm(nm);
    uint64_t size = nm < 0 ? 0 - (uint64_t)nm : (uint64_t)nm;

    if (fine)
        snprintf(out.text, sizeof out.text, "%s%" PRIu64 ".%06" PRIu64, nm < 0 ? "-" : "",
                 size / 1000000, size % 1000000);
    return out;
}

/// "Z0 Z2 XY" of a mask of motors.
static void motors_words(int64_t mask, char out[WORDS])
{
    size_t n = 0;

    out[0] = '\0';
    for (int i = 0; i < 7; i++)
        if (mask >> i & 1)
            n += (size_t)snprintf(out + n, WORDS - n, "%sZ%d", n ? " " : "", i);
    if (mask >> 7 & 1)
        snprintf(out + n, WORDS - n, "%sXY", n ? " " : "");
}

/// What a job's line or a motion outside it goes to: those have their kind and way in the same places.
static void move_words(const struct lab_trace_event *e, enum fineness fine, char out[WORDS])
{
    static const char *const kinds[] = {"",         " of Z",    " in X and Y", " of filament",
                                        " to home", " straight"};

    if (e->a >= 0 && e->a <= 5 && !e->c && !e->d)
        snprintf(out, WORDS, "outside the job, %s mm%s", mm(e->b, fine).text, kinds[e->a]);
    else
        snprintf(out, WORDS, "to x %s y %s z %s mm, %s mm of filament", mm(e->a, fine).text,
                 mm(e->b, fine).text, mm(e->c, fine).text, mm(e->d, fine).text);
}

static void switch_words(const struct lab_trace_event *e, enum fineness fine, char out[WORDS])
{
    char which[WORDS];

    motors_words(e->a, which);
    snprintf(out, WORDS, "%.40s, counters of three motors at %s, %s and %s mm",
             e->a ? which : "none", mm(e->b, fine).text, mm(e->c, fine).text, mm(e->d, fine).text);
}

static void supply_words(const struct lab_trace_event *e, char out[WORDS])
{
    char which[WORDS];

    motors_words(e->b, which);
    if (e->a == 100)
        snprintf(out, WORDS, "motors with current: %.40s", e->b ? which : "none");
    else
        snprintf(out, WORDS, "%s", supply_word(e->a));
}

static void heater_words(const struct lab_trace_event *e, enum fineness fine, char out[WORDS])
{
    const char *which = e->a ? "nozzle" : "bed";
    int64_t size = llabs(e->b);

    if (fine)
        snprintf(out, WORDS, "%s to %s%" PRId64 ".%03" PRId64 " C", which, e->b < 0 ? "-" : "",
                 size / 1000, size % 1000);
    else
        snprintf(out, WORDS, "%s to %s", which, report_degrees(e->b).text);
}

/// "first", "2nd", "11th".
static void ordinal(int64_t n, char out[32])
{
    static const char *const ends[] = {"th", "st", "nd", "rd"};
    int64_t last = n % 10, tens = n / 10 % 10;

    if (n == 1)
        snprintf(out, 32, "first");
    else
        snprintf(out, 32, "%" PRId64 "%s", n, ends[last > 0 && last < 4 && tens != 1 ? last : 0]);
}

static void phase_words(const struct lab_trace *t, const struct lab_trace_event *e, char out[WORDS])
{
    char nth[32];

    ordinal(e->b, nth);
    snprintf(out, WORDS, "%s, for the %s time", lab_trace_word(t, LAB_TRACE_PHASE, e->a), nth);
}

static void payload_words(const struct lab_trace *t, const struct lab_trace_event *e,
                          enum fineness fine, char out[WORDS])
{
    switch (e->kind) {
    case LAB_TRACE_EVENT_MOVE: move_words(e, fine, out); break;
    case LAB_TRACE_EVENT_LAYER:
        snprintf(out, WORDS, "%" PRId64 " at z %s mm", e->a, mm(e->b, fine).text);
        break;
    case LAB_TRACE_EVENT_NV:
        if (e->b < 0)
            snprintf(out, WORDS, "erases block %" PRId64, e->a);
        else
            snprintf(out, WORDS, "writes %" PRId64 " bytes at %" PRId64 " of block %" PRId64, e->c,
                     e->b, e->a);
        break;
    case LAB_TRACE_EVENT_PHASE: phase_words(t, e, out); break;
    case LAB_TRACE_EVENT_SWITCH: switch_words(e, fine, out); break;
    case LAB_TRACE_EVENT_SUPPLY: supply_words(e, out); break;
    case LAB_TRACE_EVENT_HEATER: heater_words(e, fine, out); break;
    case LAB_TRACE_EVENT_DISTURB:
        snprintf(out, WORDS, "number %" PRId64 " of the scenario's", e->a + 1);
        break;
    case LAB_TRACE_EVENT_JOB:
        if (e->a == 3)
            snprintf(out, WORDS, "goes on at byte %" PRId64, e->b);
        else
            snprintf(out, WORDS, "%s", job_word(e->a));
        break;
    default:
        snprintf(out, WORDS, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, e->a, e->b, e->c,
                 e->d);
    }
}

/// Do both read alike in such words? Index -1 is none.
static bool read_alike(const struct lab_diff *d, const int64_t index[2], enum fineness fine)
{
    char words[2][WORDS];

    if (index[0] < 0 || index[1] < 0)
        return false;
    for (int i = 0; i < 2; i++)
        payload_words(d->trace[i], &d->trace[i]->event[index[i]], fine, words[i]);
    return !strcmp(words[0], words[1]);
}

/// How fine words must be that tell two events apart.
static enum fineness fineness_of(const struct lab_diff *d, const int64_t index[2])
{
    return read_alike(d, index, ROUND) ? FINE : ROUND;
}

static bool same_payload(const struct lab_diff *d, const int64_t index[2])
{
    const struct lab_trace_event *e[2];

    for (int i = 0; i < 2; i++) {
        if (index[i] < 0)
            return false;
        e[i] = &d->trace[i]->event[index[i]];
    }
    return e[0]->kind == e[1]->kind && e[0]->a == e[1]->a && e[0]->b == e[1]->b &&
           e[0]->c == e[1]->c && e[0]->d == e[1]->d;
}

static void print_event(FILE *out, const struct lab_trace *t, size_t i, enum fineness fine,
                        const char *who)
{
    const struct lab_trace_event *e = &t->event[i];
    char words[WORDS];

    payload_words(t, e, fine, words);
    fprintf(out, "    %s  %s  event %s  %s: %s\n", who, report_clock(e->t_us).text,
            report_grouped(e->number).text, lab_trace_word(t, LAB_TRACE_EVENT, e->kind), words);
}

/// How far apart in time both are, to the microsecond; and what words cannot tell of them.
static void print_apart(const struct lab_trace_event *a, const struct lab_trace_event *b,
                        bool alike, FILE *out)
{
    int64_t by_us = b->t_us - a->t_us, us = llabs(by_us);
    const char *way = by_us < 0 ? "earlier" : "later";

    if (!us)
        fputs("       at the same microsecond", out);
    else if (us < 1000)
        fprintf(out, "       B is %" PRId64 " us %s", us, way);
    else if (us < 1000000)
        fprintf(out, "       B is %" PRId64 ".%03" PRId64 " ms %s", us / 1000, us % 1000, way);
    else
        fprintf(out, "       B is %" PRId64 ".%06" PRId64 " s %s", us / 1000000, us % 1000000, way);
    if (alike)
        fprintf(out,
                ", with %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " for %" PRId64 " %" PRId64
                " %" PRId64 " %" PRId64,
                b->a, b->b, b->c, b->d, a->a, a->b, a->c, a->d);
    fputc('\n', out);
}

// --- for people ------------------------------------------------------------------------------------------------

static const char *const who[2] = {"A", "B"};
static const char little[] = "less than 1 um";

static void print_heads(const struct lab_diff *d, FILE *out)
{
    for (int i = 0; i < 2; i++) {
        const struct lab_trace *t = d->trace[i];
        fprintf(out, "%s  %s: %s\n", who[i], d->name[i],
                t->meta.id[0] ? t->meta.id : t->meta.scenario);
        if (t->whole && t->torn[0])
            fprintf(out, "   with %s\n", t->torn);
        if (!t->whole)
            fprintf(out, "   torn: %s; known up to %s\n", t->torn, report_clock(t->end_us).text);
    }
}

static void print_events(const struct lab_diff *d, bool colour, FILE *out)
{
    const struct lab_diff_place *at = &d->place[LAB_DIFF_EVENTS];
    const struct lab_trace *t = d->trace[0];
    const int64_t index[2] = {at->in_a ? (int64_t)at->index : -1,
                              at->in_b ? (int64_t)at->index : -1};

    report_heading(out, colour, "Events");
    if (!at->differs) {
        fprintf(out, "  %s, and none differs\n", report_grouped((int64_t)at->index).text);
        return;
    }
    fprintf(out, "  %s alike", report_grouped((int64_t)at->index).text);
    if (at->index) {
        struct lab_trace_state s;
        lab_trace_at(t, t->event[at->index - 1].t_us, &s);
        const char *phase = lab_trace_word(t, LAB_TRACE_PHASE, s.phase);
        fprintf(out, ", the last in phase %s", phase[0] ? phase : "none");
        if (s.layer >= 0)
            fprintf(out, ", layer %" PRId64, t->layer[s.layer].number);
    }
    fputs(". Then\n", out);
    bool same = same_payload(d, index);
    enum fineness fine = same ? ROUND : fineness_of(d, index);
    for (int i = 0; i < 2; i++) {
        if (i ? at->in_b : at->in_a)
            print_event(out, d->trace[i], at->index, fine, who[i]);
        else
            fprintf(out, "    %s  has none\n", who[i]);
    }
    if (at->in_a && at->in_b)
        print_apart(&d->trace[0]->event[at->index], &d->trace[1]->event[at->index],
                    !same && read_alike(d, index, FINE), out);
}

// --- what both have in common is not the time ----------------------------------------------------------------------

/// "12.345 s after cut 1": a time that other seeds and devices share.
static void since_words(const struct lab_trace *t, int64_t t_us, char out[WORDS])
{
    struct lab_diff_since since = lab_diff_since(t, t_us);
    int64_t us = since.us < 0 ? -since.us : since.us;

    if (since.cut >= 0)
        snprintf(out, WORDS, "%" PRId64 ".%06" PRId64 " s after cut %" PRId64, us / 1000000,
                 us % 1000000, since.cut + 1);
    else
        snprintf(out, WORDS, "%s%s in the job", since.us < 0 ? "-" : "", report_clock(us).text);
}

static void print_doing(FILE *out, const struct lab_trace *t, int64_t index, enum fineness fine,
                        const char *name)
{
    char when[WORDS], what[WORDS];

    if (index < 0) {
        fprintf(out, "    %s  has none\n", name);
        return;
    }
    since_words(t, t->event[index].t_us, when);
    payload_words(t, &t->event[index], fine, what);
    fprintf(out, "    %s  %s: %s\n", name, when, what);
}

/// What both did there, in words that tell it apart.
static void print_both(const struct lab_diff *d, const int64_t index[2], FILE *out)
{
    enum fineness fine = fineness_of(d, index);

    for (int i = 0; i < 2; i++)
        print_doing(out, d->trace[i], index[i], fine, who[i]);
}

/// A course from where it parts: what differs by little is named, and what differs by more is shown.
static void print_course(const struct lab_diff *d, int kind, bool first, FILE *out)
{
    const struct lab_diff_course *c = &d->course[kind];
    bool begins_small = c->close > c->alike;

    fprintf(out, "  %s%s: %s alike", first ? "first parts " : "",
            lab_trace_word(d->trace[0], LAB_TRACE_EVENT, kind),
            report_grouped((int64_t)c->alike).text);
    if (begins_small) {
        fprintf(out, ", then by %s\n", little);
        print_both(d, c->index, out);
        fprintf(out, "    %s alike or such", report_grouped((int64_t)(c->close - c->alike)).text);
        fputs(c->much ? ". Then\n" : ", to the end\n", out);
    } else {
        fputs(". Then\n", out);
    }
    if (c->much)
        print_both(d, c->much_index, out);
}

static void print_courses(const struct lab_diff *d, bool colour, FILE *out)
{
    report_heading(out, colour, "What was done, whatever the instant");
    if (d->course_first < 0)
        fputs("  the same, in the same order\n", out);
    // the kind that parts first, then the others
    for (int turn = 0; turn < 1 + LAB_TRACE_EVENT_KINDS; turn++) {
        int kind = turn ? turn - 1 : d->course_first;
        if (kind < 0 || !d->course[kind].differs || (turn && kind == d->course_first))
            continue;
        print_course(d, kind, !turn, out);
    }
}

/// "+1.000 s", "-12 us": as fine as it takes not to be nothing.
static void span_words(int64_t us, char *out, size_t room)
{
    int64_t size = us < 0 ? -us : us;

    if (size > 0 && size < 1000)
        snprintf(out, room, "%+" PRId64 " us", us);
    else
        snprintf(out, room, "%s%" PRId64 ".%03" PRId64 " s", us < 0 ? "-" : "+", size / 1000000,
                 size / 1000 % 1000);
}

/// From one instant to another; "-" when one of them never was.
static void print_span(FILE *out, const char *name, const int64_t from_us[2],
                       const int64_t to_us[2])
{
    char text[3][48] = {"-", "-", "-"};
    int64_t us[2];

    for (int i = 0; i < 2; i++) {
        us[i] = from_us[i] < 0 || to_us[i] < 0 ? -1 : to_us[i] - from_us[i];
        if (us[i] >= 0)
            snprintf(text[i], sizeof text[i], "%s", report_clock(us[i]).text);
    }
    int64_t by = us[1] - us[0];
    if (us[0] >= 0 && us[1] >= 0)
        span_words(by, text[2], sizeof text[2]);
    fprintf(out, "  %-26s %12s %12s %14s\n", name, text[0], text[1], text[2]);
}

/// How long stretches of both took that every run with a cut has.
static void print_spans(const struct lab_diff *d, bool colour, FILE *out)
{
    const struct lab_trace *const *t = d->trace;

    if (!t[0]->cuts || !t[1]->cuts)
        return;
    report_heading(out, colour, "How long it took");
    fprintf(out, "  %-26s %12s %12s %14s\n", "", "A", "B", "B less A");
    int64_t begin[2], cut[2], dark[2], back[2], on[2], end[2];
    for (int i = 0; i < 2; i++) {
        const struct lab_trace_cut *c = &t[i]->cut[0];
        cut[i] = c->mains_us;
        begin[i] = cut[i] < 0 ? -1 : cut[i] - lab_diff_since(t[i], cut[i] - 1).us - 1;
        dark[i] = c->logic_us;
        back[i] = c->back_us;
        on[i] = c->first_extrusion_us;
        end[i] = t[i]->whole ? t[i]->end_us : -1;
    }
    print_span(out, "job's begin to cut 1", begin, cut);
    print_span(out, "cut 1 to dark", cut, dark);
    print_span(out, "cut 1 to power back", cut, back);
    print_span(out, "power back to prints on", back, on);
    print_span(out, "prints on to the end", on, end);
}

static void print_measure(FILE *out, const struct lab_trace *t, size_t i, const char *name)
{
    const struct lab_trace_measure *m = &t->measure[i];

    fprintf(out, "    %s  %s %s %s: %s", name, m->key, report_number(m->known, m->value).text,
            m->unit, m->outcome);
    if (m->limited)
        fprintf(out, ", limit %" PRId64 " %s", m->limit, m->unit);
    if (m->warned)
        fprintf(out, ", warning %" PRId64 " %s", m->warn, m->unit);
    fputc('\n', out);
}

static void print_count(size_t differ, size_t more, FILE *out)
{
    fprintf(out, "  %zu %s, ", differ, differ == 1 ? "differs" : "differ");
    if (more && more < differ)
        fprintf(out, "%zu of them ", more);
    fprintf(out, "by %s last digit%s%s\n", more ? "more than the" : "the", more ? "" : " alone",
            differ == 1 ? "" : ". The first");
}

static void print_measures(const struct lab_diff *d, bool colour, FILE *out)
{
    const struct lab_diff_place *at = &d->place[LAB_DIFF_MEASURES];

    report_heading(out, colour, "Measures");
    if (!at->differs) {
        bool whole = d->trace[0]->whole && d->trace[1]->whole;
        fprintf(out, "  %zu, and none differs%s\n", at->index,
                whole || at->index ? "" : ": a torn one has none");
        return;
    }
    size_t more = d->alone, i = 0;
    for (size_t k = 0; k < d->trace[0]->measures; k++)
        more += lab_diff_measurable(d, k);
    print_count(d->measures, more, out);
    while (i < d->trace[0]->measures && !lab_diff_measurable(d, i))
        i++;
    bool any = i < d->trace[0]->measures;
    for (int k = 0; k < 2; k++)
        if (any || (k ? at->in_b : at->in_a))
            print_measure(out, d->trace[k], any ? i : at->index, who[k]);
    while (++i < d->trace[0]->measures)
        if (lab_diff_measurable(d, i)) {
            const struct lab_trace_measure *a = &d->trace[0]->measure[i];
            const struct lab_trace_measure *b = &d->trace[1]->measure[i];
            fprintf(out, "  %-26s %12s %12s  %s\n", a->key, report_number(a->known, a->value).text,
                    report_number(b->known, b->value).text, a->unit);
        }
}

static void print_others(const struct lab_diff *d, bool colour, FILE *out)
{
    bool any = false;

    for (int i = LAB_DIFF_POWER; i < LAB_DIFF_MEASURES; i++) {
        const struct lab_diff_place *at = &d->place[i];
        if (!at->differs)
            continue;
        if (!any)
            report_heading(out, colour, "First record of other kinds that differs");
        any = true;
        fprintf(out, "  %-10s %s", lab_diff_word((enum lab_diff_kind)i),
                report_clock(at->t_us).text);
        if (at->little)
            fprintf(out, "  by %s, to the end", little);
        else if (at->much_us != at->t_us)
            fprintf(out, "  by %s; by more at %s", little, report_clock(at->much_us).text);
        fputc('\n', out);
    }
}

/// The kind that parts first, by little too or (`much`) by more; events where several do at once. -1: none does.
static int first(const struct lab_diff *d, bool much)
{
    int found = -1;

    for (int i = 0; i < LAB_DIFF_MEASURES; i++) {
        const struct lab_diff_place *at = &d->place[i], *best = found < 0 ? NULL : &d->place[found];
        if (!at->differs || (much && at->little))
            continue;
        if (!best || (much ? at->much_us < best->much_us : at->t_us < best->t_us))
            found = i;
    }
    return found;
}

/// Which kind parts first. What differs by little is no headline where something differs by more.
static void print_first(const struct lab_diff *d, FILE *out)
{
    int any = first(d, false), much = first(d, true);

    if (any < 0) {
        fputs("  DIFFERENT  judged otherwise, though the same happened\n", out);
        return;
    }
    const char *word = lab_diff_word((enum lab_diff_kind)any);
    if (much < 0) {
        fprintf(out, "  DIFFERENT  from %s on, by %s: %s\n", report_clock(d->place[any].t_us).text,
                little, word);
        return;
    }
    fprintf(out, "  DIFFERENT  from %s on: %s\n", report_clock(d->place[much].much_us).text,
            lab_diff_word((enum lab_diff_kind)much));
    if (d->place[any].t_us < d->place[much].much_us)
        fprintf(out, "             by %s from %s on: %s\n", little,
                report_clock(d->place[any].t_us).text, word);
}

/// Where they first do something else, in a sentence.
static void print_parting(const struct lab_diff *d, FILE *out)
{
    char when[WORDS];

    if (d->course_first < 0) {
        fputs("             in instants and places alone: what was done is the same\n", out);
        return;
    }
    const struct lab_diff_course *course = &d->course[d->course_first];
    const int64_t *index = course->much ? course->much_index : course->index;
    int side = index[0] < 0;
    since_words(d->trace[side], d->trace[side]->event[index[side]].t_us, when);
    fprintf(out, "             something else is done from %s (%s) on%s%s: %s\n", when, who[side],
            course->much ? "" : ", by ", course->much ? "" : little,
            lab_trace_word(d->trace[side], LAB_TRACE_EVENT, d->course_first));
}

int lab_diff_text(const struct lab_diff *d, bool colour, FILE *out)
{
    print_heads(d, out);
    print_events(d, colour, out);
    print_courses(d, colour, out);
    print_spans(d, colour, out);
    print_measures(d, colour, out);
    print_others(d, colour, out);
    report_heading(out, colour, "Verdict");
    if (d->same)
        fputs("  SAME       everything in both\n", out);
    else if (!d->differs)
        fputs("  UNKNOWN    the same as far as both go, and one is torn\n", out);
    else
        print_first(d, out);
    if (d->differs && first(d, false) >= 0)
        print_parting(d, out);
    return ferror(out) ? -5 : 0;
}

// --- JSON ------------------------------------------------------------------------------------------------------

static json_t *head_json(const struct lab_diff *d, int i)
{
    const struct lab_trace *t = d->trace[i];

    return json_pack("{s:o, s:o, s:b, s:I, s:I}", "file", report_string(d->name[i]), "id",
                     report_string(t->meta.id), "whole", (int)t->whole, "events",
                     (json_int_t)t->events, "end_us", (json_int_t)t->end_us);
}

static json_t *event_json(const struct lab_trace *t, size_t i, bool there)
{
    const struct lab_trace_event *e = there ? &t->event[i] : NULL;

    if (!e)
        return json_null();
    return json_pack("{s:I, s:I, s:o, s:[I,I,I,I]}", "number", (json_int_t)e->number, "t_us",
                     (json_int_t)e->t_us, "kind",
                     report_string(lab_trace_word(t, LAB_TRACE_EVENT, e->kind)), "payload",
                     (json_int_t)e->a, (json_int_t)e->b, (json_int_t)e->c, (json_int_t)e->d);
}

static json_t *measure_json(const struct lab_trace *t, size_t i, bool there)
{
    const struct lab_trace_measure *m = there ? &t->measure[i] : NULL;

    if (!m)
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "key", report_string(m->key), "value",
                     report_integer(m->known, m->value), "outcome", report_string(m->outcome));
}

static json_t *pair(const struct lab_diff *d, enum lab_diff_kind kind,
                    json_t *(*one)(const struct lab_trace *, size_t, bool))
{
    const struct lab_diff_place *at = &d->place[kind];

    if (!at->differs)
        return json_null();
    return json_pack("{s:o, s:o}", "a", one(d->trace[0], at->index, at->in_a), "b",
                     one(d->trace[1], at->index, at->in_b));
}

static json_t *courses_json(const struct lab_diff *d)
{
    json_t *all = json_object();

    for (int kind = 0; kind < LAB_TRACE_EVENT_KINDS && all; kind++) {
        const struct lab_diff_course *c = &d->course[kind];
        if (!c->differs)
            continue;
        json_t *pair[2], *much[2], *one;
        for (int i = 0; i < 2; i++) {
            pair[i] = event_json(d->trace[i], (size_t)c->index[i], c->index[i] >= 0);
            much[i] =
                event_json(d->trace[i], (size_t)c->much_index[i], c->much && c->much_index[i] >= 0);
        }
        one = json_pack("{s:I, s:b, s:o, s:o, s:I, s:b, s:o, s:o}", "alike", (json_int_t)c->alike,
                        "first", kind == d->course_first, "a", pair[0], "b", pair[1], "close",
                        (json_int_t)c->close, "much", (int)c->much, "much_a", much[0], "much_b",
                        much[1]);
        json_object_set_new(all, lab_trace_word(d->trace[0], LAB_TRACE_EVENT, kind), one);
    }
    return all;
}

static int make_json(const void *ctx, FILE *out)
{
    const struct lab_diff *d = ctx;
    json_t *others = json_object();
    json_t *root = json_pack("{s:s, s:b, s:o, s:o, s:o, s:o}", "schema", "plr-diff/1", "same",
                             (int)d->same, "a", head_json(d, 0), "b", head_json(d, 1), "event",
                             pair(d, LAB_DIFF_EVENTS, event_json), "measure",
                             pair(d, LAB_DIFF_MEASURES, measure_json));

    for (int i = LAB_DIFF_POWER; i < LAB_DIFF_MEASURES && others; i++)
        json_object_set_new(others, lab_diff_word((enum lab_diff_kind)i),
                            report_integer(d->place[i].differs, d->place[i].t_us));
    json_object_set_new(root, "first_us", others);
    json_object_set_new(root, "courses", courses_json(d));
    return report_dump(root, out);
}

int lab_diff_json(const struct lab_diff *d, const char *path)
{
    return lab_write_file(path, make_json, d);
}
