// The `rig` object of a report, and what people read of it.
// SPDX-License-Identifier: MIT
#include "core/lab/report/rig.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "core/lab/report/format.h"

// --- latencies ----------------------------------------------------------------------------------------------------

static struct lab_rig_spread spread(const struct lab_report_rig *rig,
                                    int64_t (*of)(const struct lab_rig_cut *))
{
    struct lab_rig_spread out = {0};
    int64_t sum = 0, count = 0;

    for (size_t n = 0; n < rig->cuts; n++) {
        int64_t us = of(&rig->cut[n]);
        if (us < 0)
            continue;
        out.min_us = !count || us < out.min_us ? us : out.min_us;
        out.max_us = !count || us > out.max_us ? us : out.max_us;
        sum += us;
        count++;
    }
    out.known = count > 0;
    out.mean_us = count ? lab_round_div(sum, count) : 0;
    return out;
}

static int64_t to_line(const struct lab_rig_cut *cut)
{
    return cut->line_us < 0 ? -1 : cut->line_us - cut->command_us;
}

static int64_t to_sense(const struct lab_rig_cut *cut)
{
    if (cut->line_us < 0 || cut->sense_us < 0)
        return -1;
    return cut->sense_us > cut->line_us ? cut->sense_us - cut->line_us
                                        : 0; // within the line's doubt
}

struct lab_rig_spread lab_rig_line_latency(const struct lab_report_rig *rig)
{
    return spread(rig, to_line);
}

struct lab_rig_spread lab_rig_sense_latency(const struct lab_report_rig *rig)
{
    return spread(rig, to_sense);
}

// --- JSON ---------------------------------------------------------------------------------------------------------

static void put(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static json_t *instant(int64_t us)
{
    return report_integer(us >= 0, us);
}

static json_t *length(int64_t nm)
{
    return report_integer(nm != INT64_MIN, lab_round_div(nm, 1000));
}

static json_t *asked(const struct lab_rig_cut *cut)
{
    json_t *object = json_object();

    put(object, "trigger", report_string(cut->trigger));
    put(object, "file_offset", instant(cut->asked_offset));
    put(object, "line", report_integer(cut->asked_line > 0, cut->asked_line));
    put(object, "layer", instant(cut->asked_layer));
    put(object, "z_um", length(cut->asked_z_nm));
    put(object, "into_job_us", instant(cut->asked_us));
    return object;
}

static json_t *relays(const struct lab_rig_cut *cut)
{
    json_t *array = json_array();

    for (size_t n = 0; n < cut->relays; n++) {
        const struct lab_rig_cut_relay *relay = &cut->relay[n];
        int64_t gone = relay->sense_us >= 0 ? relay->sense_us : relay->line_us;
        int64_t back = relay->back_sense_us >= 0 ? relay->back_sense_us : relay->back_line_us;
        json_t *one = json_object();
        put(one, "name", report_string(relay->name));
        put(one, "line_us", instant(relay->line_us));
        put(one, "sense_us", instant(relay->sense_us));
        put(one, "back_line_us", instant(relay->back_line_us));
        put(one, "back_sense_us", instant(relay->back_sense_us));
        put(one, "off_us", instant(gone < 0 || back < 0 ? -1 : back - gone));
        json_array_append_new(array, one);
    }
    return array;
}

static json_t *made(const struct lab_rig_cut *cut)
{
    static const char *const axes[] = {"x_um", "y_um", "z_um", "e_um"};
    json_t *object = json_object();

    put(object, "file_offset", instant(cut->offset));
    put(object, "layer", instant(cut->layer));
    for (int i = 0; i < 4; i++)
        put(object, axes[i], length(cut->at_nm[i]));
    put(object, "into_job_us", instant(cut->into_job_us));
    put(object, "marker", json_boolean(cut->marked));
    return object;
}

static int64_t resumed_offset(const struct lab_rig_cut *cut)
{
    return cut->resumed_us < 0 ? -1 : cut->resumed_offset;
}

static json_t *cut_json(const struct lab_rig_cut *cut)
{
    const struct {
        const char *key;
        int64_t us;
    } times[] = {{"status_us", cut->status_us},
                 {"due_us", cut->due_us},
                 {"command_us", cut->command_us},
                 {"line_us", cut->line_us},
                 {"line_doubt_us", cut->line_us < 0 ? -1 : cut->line_doubt_us},
                 {"sense_us", cut->sense_us},
                 {"line_latency_us", to_line(cut)},
                 {"sense_latency_us", to_sense(cut)},
                 {"spread_us", cut->spread_us},
                 {"off_us", cut->off_us},
                 {"back_line_us", cut->back_line_us},
                 {"back_sense_us", cut->back_sense_us},
                 {"ready_us", cut->ready_us},
                 {"told_us", cut->told_us},
                 {"resumed_us", cut->resumed_us},
                 {"resumed_doubt_us", cut->resumed_us < 0 ? -1 : cut->resumed_doubt_us}};
    json_t *object = json_object();

    put(object, "asked", asked(cut));
    put(object, "relays", relays(cut));
    put(object, "made", made(cut));
    for (size_t n = 0; n < sizeof times / sizeof *times; n++)
        put(object, times[n].key, instant(times[n].us));
    put(object, "resumed_offset", instant(resumed_offset(cut)));
    put(object, "resumed_layer", instant(cut->resumed_us < 0 ? -1 : cut->resumed_layer));
    return object;
}

static json_t *spread_json(struct lab_rig_spread spread)
{
    json_t *object = json_object();

    put(object, "min_us", report_integer(spread.known, spread.min_us));
    put(object, "mean_us", report_integer(spread.known, spread.mean_us));
    put(object, "max_us", report_integer(spread.known, spread.max_us));
    return object;
}

static json_t *edges(const struct lab_report_rig *rig)
{
    json_t *array = json_array();

    for (size_t n = 0; n < rig->edges; n++) {
        const struct lab_rig_edge *edge = &rig->edge[n];
        json_t *one = json_object();
        put(one, "at_us", json_integer((json_int_t)edge->at_us));
        put(one, "what", json_string(edge->relay ? "relay" : "sense"));
        put(one, "name", report_string(edge->name));
        put(one, "on", json_boolean(edge->on));
        json_array_append_new(array, one);
    }
    return array;
}

static json_t *states(const struct lab_report_rig *rig)
{
    json_t *array = json_array();

    for (size_t n = 0; n < rig->states; n++) {
        json_t *one = json_object();
        put(one, "state", report_string(rig->state[n].state));
        put(one, "at_us", instant(rig->state[n].at_us));
        json_array_append_new(array, one);
    }
    return array;
}

static json_t *words(const struct lab_report_rig *rig)
{
    json_t *array = json_array();

    for (size_t n = 0; n < rig->words; n++) {
        const struct lab_rig_word *word = &rig->word[n];
        json_t *one = json_object();
        put(one, "key", report_string(word->key));
        put(one, "line", report_string(word->line));
        put(one, "due_us", instant(word->due_us));
        put(one, "said_us", instant(word->said_us));
        put(one, "done_us", instant(word->done_us));
        json_array_append_new(array, one);
    }
    return array;
}

static json_t *gauges(const struct lab_report_rig *rig)
{
    json_t *array = json_array();

    for (size_t n = 0; n < rig->gauges; n++) {
        const struct lab_rig_gauge *gauge = &rig->gauge[n];
        json_t *one = json_object();
        put(one, "name", report_string(gauge->name));
        put(one, "measures", report_string(gauge->measures));
        put(one, "before_um", length(gauge->before_nm));
        put(one, "after_um", length(gauge->after_nm));
        put(one, "low_um", length(gauge->low_nm));
        put(one, "high_um", length(gauge->high_nm));
        put(one, "uncertainty_um", length(gauge->uncertainty_nm));
        put(one, "relative", json_boolean(gauge->relative));
        put(one, "independent", json_boolean(gauge->independent));
        put(one, "why", gauge->why ? report_string(gauge->why) : json_null());
        json_array_append_new(array, one);
    }
    return array;
}

static json_t *touched_json(const struct lab_rig_touched *touched)
{
    json_t *object = json_object();

    if (!touched->touch_nm) {
        json_decref(object);
        return json_null();
    }
    put(object, "touch_um", length(touched->touch_nm));
    put(object, "touches", json_integer((json_int_t)touched->touches));
    put(object, "late_touches", json_integer((json_int_t)touched->late_touches));
    put(object, "looks", json_integer((json_int_t)touched->looks));
    put(object, "look_latency_us", instant(touched->look_us));
    put(object, "edge_latency_us", instant(touched->edge_us));
    return object;
}

json_t *report_rig_json(const struct lab_report_rig *rig)
{
    json_t *object = json_object(), *cuts = json_array(), *latency = json_object();

    put(object, "bench", report_string(rig->bench));
    put(object, "fault", report_string(rig->fault));
    put(object, "why", report_string(rig->why));
    put(object, "all_off", json_boolean(!rig->unsafe));
    put(object, "states", states(rig));
    for (size_t n = 0; n < rig->cuts; n++)
        json_array_append_new(cuts, cut_json(&rig->cut[n]));
    put(object, "cuts", cuts);
    put(latency, "command_to_line", spread_json(lab_rig_line_latency(rig)));
    put(latency, "line_to_sense", spread_json(lab_rig_sense_latency(rig)));
    put(object, "latency", latency);
    put(object, "edges", edges(rig));
    put(object, "edges_lost", json_integer((json_int_t)rig->edges_lost));
    put(object, "skipped", report_strings(rig->skipped, rig->skips));
    put(object, "said", words(rig));
    put(object, "gauges", gauges(rig));
    put(object, "touched", touched_json(&rig->touched));
    return object;
}

// --- text ---------------------------------------------------------------------------------------------------------

/// "a", then ", b": what a line is made of.
__attribute__((format(printf, 2, 3))) static void list(char out[REPORT_PLACE], const char *format,
                                                       ...)
{
    size_t at = strlen(out);
    va_list args;

    if (at)
        at += (size_t)snprintf(out + at, REPORT_PLACE - at, ", ");
    va_start(args, format);
    vsnprintf(out + at, REPORT_PLACE - at, format, args);
    va_end(args);
}

void report_place(int64_t offset, int32_t layer, int64_t z_nm, int64_t us, char out[REPORT_PLACE])
{
    out[0] = '\0';
    if (layer >= 0)
        list(out, "layer %" PRId32, layer);
    if (offset >= 0)
        list(out, "byte %" PRId64, offset);
    if (z_nm != INT64_MIN)
        list(out, "z %s mm", report_mm(z_nm).text);
    if (us >= 0)
        list(out, "%s into the job", report_clock(us).text);
}

static void place(FILE *out, const char *what, int64_t offset, int32_t layer, int64_t z_nm,
                  int64_t us)
{
    char text[REPORT_PLACE];

    report_place(offset, layer, z_nm, us, text);
    fprintf(out, "     %-14s %s\n", what, text);
}

/// A time behind another one.
static void span(FILE *out, const char *what, int64_t us, int64_t from_us, const char *note)
{
    if (us < 0 || from_us < 0)
        return;
    fprintf(out, "     %-14s %14s   %s\n", what, report_span(us - from_us).text, note);
}

static void cut_text(FILE *out, const struct lab_rig_cut *cut, size_t n)
{
    int64_t gone = cut->sense_us >= 0 ? cut->sense_us : cut->line_us;
    int64_t back = cut->back_sense_us >= 0 ? cut->back_sense_us : cut->back_line_us;

    fprintf(out, "  %zu  at %s%s\n", n + 1, report_clock(gone < 0 ? 0 : gone).text,
            cut->marked ? ", at the job's marker" : "");
    place(out, "asked for", cut->asked_offset, cut->asked_layer, cut->asked_z_nm, cut->asked_us);
    place(out, "made", cut->offset, cut->layer, cut->at_nm[2], cut->into_job_us);
    char doubt[80];
    snprintf(doubt, sizeof doubt, "behind the command, or up to %s earlier",
             report_span(cut->line_doubt_us).text);
    span(out, "relay's line", cut->line_us, cut->command_us, doubt);
    span(out, "read-back", cut->sense_us < 0 ? -1 : cut->line_us + to_sense(cut), cut->line_us,
         "behind the line");
    if (cut->relays > 1)
        span(out, "last relay off", gone < 0 ? -1 : gone + cut->spread_us, gone,
             "behind the first");
    span(out, "power back", back, gone, "behind the cut");
    span(out, "ready", cut->ready_us, back, "behind power");
    char from[80] = "behind power";
    if (resumed_offset(cut) >= 0)
        snprintf(from, sizeof from, "behind power, from byte %" PRId64, cut->resumed_offset);
    size_t used = strlen(from);
    if (resumed_offset(cut) >= 0 && cut->resumed_layer >= 0)
        snprintf(from + used, sizeof from - used, ", layer %" PRId32, cut->resumed_layer);
    span(out, "prints again", cut->resumed_us, back, from);
}

void report_rig_cuts(const struct lab_report_rig *rig, FILE *out)
{
    for (size_t n = 0; n < rig->cuts; n++)
        cut_text(out, &rig->cut[n], n);
}

void report_rig_skips(const struct lab_report_rig *rig, FILE *out)
{
    for (size_t n = 0; rig && n < rig->skips; n++)
        fprintf(out, " --skip '%s'", rig->skipped[n]);
}

static void reading(FILE *out, const char *when, int64_t nm)
{
    if (nm != INT64_MIN)
        fprintf(out, " %s %s mm,", when, report_mm(nm).text);
}

static void gauge_text(const struct lab_rig_gauge *gauge, FILE *out)
{
    bool read = gauge->before_nm != INT64_MIN || gauge->after_nm != INT64_MIN;

    fprintf(out, "  %-12s %14s:", gauge->name, gauge->measures);
    reading(out, "before", gauge->before_nm);
    reading(out, "after", gauge->after_nm);
    fprintf(out, "%s +-%s mm%s\n", read ? "" : " not read,", report_mm(gauge->uncertainty_nm).text,
            gauge->independent ? "" : ", a gauge of the recovery");
    if (!gauge->why)
        return;
    fputs("    ", out);
    report_wrap(out, 4, 4, gauge->why);
}

static void touched_text(const struct lab_rig_touched *touched, FILE *out)
{
    if (!touched->touch_nm)
        return;
    fprintf(out,
            "  %-12s %14" PRIu64 " times, each known to %" PRId64 " um; looked %" PRIu64
            " times, %s behind a step at most\n",
            "touched", touched->touches, lab_round_div(touched->touch_nm, 1000), touched->looks,
            report_span(touched->look_us).text);
    if (touched->late_touches)
        fprintf(out, "  %-12s %14" PRIu64 " touches by taps too slow for core.settle\n", "late",
                touched->late_touches);
}

void report_rig_text(const struct lab_report_rig *rig, bool colour, FILE *out)
{
    report_heading(out, colour, "Bench");
    fputs("  ", out);
    report_wrap(out, 2, 4, rig->bench);
    for (size_t n = 0; n < rig->states; n++)
        fprintf(out, "  %-12s %14s\n", rig->state[n].state, report_clock(rig->state[n].at_us).text);
    fprintf(out, "  %-12s %14zu edges\n", "lines", rig->edges + (size_t)rig->edges_lost);
    for (size_t n = 0; n < rig->words; n++)
        fprintf(out, "  %-12s %14s %s\n", rig->word[n].said_us < 0 ? "never said" : "said",
                rig->word[n].said_us < 0 ? "" : report_clock(rig->word[n].said_us).text,
                rig->word[n].line);
    for (size_t n = 0; n < rig->gauges; n++)
        gauge_text(&rig->gauge[n], out);
    touched_text(&rig->touched, out);
    for (size_t n = 0; n < rig->skips; n++)
        fprintf(out, "  %-12s %s\n", "left out", rig->skipped[n]);
    if (rig->unsafe)
        fputs("  DANGER: not everything is known to be off; pull the plug\n", out);
}
