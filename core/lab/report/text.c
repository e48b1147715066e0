// A run as a lab protocol: what was cut where, what was saved, what the outage did, how it came back, how well.
// SPDX-License-Identifier: MIT
#include "core/lab/report/format.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static const char *word(const char *text)
{
    return text && text[0] ? text : "-";
}

static void head(const struct lab_report *r, bool colour, FILE *out)
{
    fprintf(out, colour ? "\033[1m%s\033[0m\n" : "%s\n", word(r->id));
    if (r->about && r->about[0]) {
        fputs("  ", out);
        report_wrap(out, 2, 2, r->about);
    }
    fprintf(out, "  %-9s %s\n  %-9s %s\n", "printer", word(r->printer), "job", word(r->job));
    fprintf(out, "  %-9s material %s, dut %s, gantry %s, seed %" PRIu64 "\n", "setup",
            word(r->material), word(r->dut), word(r->gantry), r->seed);
    fprintf(out, "  %-9s doc %08" PRIx32 ", printer %08" PRIx32 ", job %08" PRIx32, "hashes",
            r->hash_doc, r->hash_printer, r->hash_job);
    if (r->hash_config != 0)
        fprintf(out, ", config %08" PRIx32, r->hash_config);
    fputc('\n', out);
    for (size_t n = 0; n < r->sets; n++) {
        fprintf(out, "  %-9s ", "set");
        report_wrap(out, 12, 12, r->set[n]);
    }
}

// --- cuts -----------------------------------------------------------------------------------------------

static void instant(FILE *out, const char *what, int64_t us, int64_t from_us)
{
    fprintf(out, "     %-14s ", what);
    if (us < 0)
        fprintf(out, "%14s", "never");
    else
        fprintf(out, "%14s", report_span(us - from_us).text);
}

static void corner_row(FILE *out, const char *what, const int32_t nm[LAB_TRUTH_CORNERS])
{
    fprintf(out, "     %-14s", what);
    for (int n = 0; n < LAB_TRUTH_CORNERS; n++)
        fprintf(out, " %10s", nm[n] == INT32_MIN ? "unknown" : report_mm(nm[n]).text);
    fputs(" mm\n", out);
}

static void sag_row(FILE *out, const struct lab_truth_cut *t)
{
    fprintf(out, "     %-14s", "outage moved");
    for (int n = 0; n < LAB_TRUTH_CORNERS; n++) {
        bool known = t->corner_before_nm[n] != INT32_MIN && t->corner_after_nm[n] != INT32_MIN;
        int64_t moved = report_apart_um(t->corner_before_nm[n], t->corner_after_nm[n]);
        fprintf(out, " %10s", known ? report_grouped(moved).text : "unknown");
    }
    fputs(" um\n", out);
}

static void corners(FILE *out, const struct lab_truth_cut *t)
{
    fprintf(out, "     %-14s %10s %10s %10s %10s\n", "true corners", "FL", "RL", "RR", "FR");
    corner_row(out, "at standstill", t->corner_before_nm);
    corner_row(out, "at power back", t->corner_after_nm);
    sag_row(out, t);
}

static void where(FILE *out, const struct lab_report_cut *c, size_t n)
{
    fprintf(out, "  %zu  at %s during %s", n + 1, report_clock(c->truth.mains_us).text,
            word(c->during));
    if (c->layer >= 0)
        fprintf(out, ", layer %" PRId32, c->layer);
    if (c->line > 0)
        fprintf(out, ", line %" PRId32, c->line);
    if (c->file_offset >= 0)
        fprintf(out, ", byte %" PRId64, c->file_offset);
    fprintf(out, ", event %" PRIu64 "\n", c->event);
    if (c->torn)
        fprintf(out, "     %-14s inside %s of %" PRIu32 " bytes, which left: %s\n", "memory",
                c->torn_erase ? "an erase" : "a program", c->torn_size,
                c->tear[0] ? c->tear : "the first half");
    if (c->into_job_us >= 0) {
        int64_t ms = lab_round_div(c->into_job_us, 1000);
        fprintf(out, "     %-14s %10" PRId64 ".%03" PRId64 " s\n", "into the job", ms / 1000,
                ms % 1000);
    }
    fprintf(out, "     %-14s %12" PRId32 ".%" PRId32 " %%\n", "move done",
            c->move_fraction_ppm / 10000, c->move_fraction_ppm / 1000 % 10);
}

static void resumed(FILE *out, const struct lab_aligned *a)
{
    if (!a->matched) {
        fputs(a->nothing_left
                  ? "     path           all of the twin's was extruded before this cut\n"
                  : "     path           nothing of the twin's path was extruded after this cut\n",
              out);
        return;
    }
    int64_t delta = a->resumed_at_nm - a->cut_at_nm;
    fprintf(out, "     %-14s %11s mm into the job's path, ", "resumed",
            report_mm(a->resumed_at_nm).text);
    if (lab_round_div(delta, 1000) == 0)
        fputs("at the cut\n", out);
    else
        fprintf(out, "%s mm %s the cut\n", report_mm(delta < 0 ? -delta : delta).text,
                delta < 0 ? "before" : "behind");
    if (a->stray_filament_nm || a->stray_path_nm)
        fprintf(out, "     %-14s %11s mm of filament beside the part's path\n", "purged",
                report_mm(a->stray_filament_nm).text);
}

/// The height error along the first resumed path, as a line.
static void profile(FILE *out, unsigned look, const struct lab_aligned *a)
{
    int64_t value[REPORT_CHART], low = INT64_MAX, high = INT64_MIN;
    size_t columns = report_chart_columns(look);

    for (size_t n = 0; n < columns; n++) {
        int32_t nm = a->profile_nm[n * LAB_PROFILE / columns];
        value[n] = nm == INT32_MIN ? INT64_MIN : nm;
        low = nm != INT32_MIN && nm < low ? nm : low;
        high = nm != INT32_MIN && nm > high ? nm : high;
    }
    if (low > high)
        return;
    fprintf(out, "     %-14s ", "height error");
    report_chart(out, look, value, columns, low, high);
    fprintf(out, " %" PRId64 " to %" PRId64 " um\n", lab_round_div(low, 1000),
            lab_round_div(high, 1000));
}

static void cut(FILE *out, unsigned look, const struct lab_report *r, size_t n)
{
    const struct lab_report_cut *c = &r->cut[n];
    const struct lab_truth_cut *t = &c->truth;
    where(out, c, n);
    instant(out, "detected", t->detected_us, t->mains_us);
    fputc('\n', out);
    instant(out, "stood still", t->stopped_us, t->mains_us);
    fprintf(out, "   x %s  y %s  z %s mm\n", report_mm(t->stop_nm[0]).text,
            report_mm(t->stop_nm[1]).text, report_mm(t->stop_nm[2]).text);
    instant(out, "drivers dark", t->drivers_us, t->mains_us);
    if (t->overrun_nm > 0)
        fprintf(out, "   %s mm of path ran on without drivers", report_mm(t->overrun_nm).text);
    fputc('\n', out);
    instant(out, "logic dark", t->logic_us, t->mains_us);
    fputc('\n', out);
    instant(out, "power back", t->back_us, t->mains_us);
    fprintf(out, "   bed %s, nozzle %s, chamber %s\n", report_degrees(t->bed_mc).text,
            report_degrees(t->nozzle_mc).text, report_degrees(t->chamber_mc).text);
    if (t->part_released)
        fprintf(out, "     %-14s the part let go of the bed: moved %" PRId64 ", %" PRId64 " um\n",
                "part", lab_round_div(t->part_shift_nm[0], 1000),
                lab_round_div(t->part_shift_nm[1], 1000));
    corners(out, t);
    if (n < (size_t)r->verdict->cuts)
        resumed(out, &r->verdict->cut[n]);
    if (n < (size_t)r->verdict->cuts && r->verdict->cut[n].profiled)
        profile(out, look, &r->verdict->cut[n]);
}

// --- saves, recovery, measures ----------------------------------------------------------------------------

static void saves(FILE *out, bool colour, const struct lab_report *r)
{
    report_heading(out, colour, "Saves");
    if (!r->saves)
        fputs("  none\n", out);
    for (size_t n = 0; n < r->saves; n++) {
        const struct lab_report_save *s = &r->save[n];
        fprintf(out, "  %-14s %8s saves", word(s->what), report_grouped(s->count).text);
        if (s->bytes >= 0)
            fprintf(out, " %12s bytes", report_grouped(s->bytes).text);
        if (s->age_us >= 0)
            fprintf(out, "   newest %s old at standstill", report_span(s->age_us).text);
        fputc('\n', out);
    }
}

static void recovery(FILE *out, bool colour, const struct lab_report *r)
{
    report_heading(out, colour, "Recovery");
    if (!r->steps)
        fputs("  none\n", out);
    int32_t cut_before = -1;
    for (size_t n = 0; n < r->steps; n++) {
        const struct lab_report_step *s = &r->step[n];
        if (s->cut != cut_before && r->cuts > 1)
            fprintf(out, "  after cut %" PRId32 "\n", s->cut + 1);
        cut_before = s->cut;
        int column = fprintf(out, "  %-10s from %13s  takes %13s", word(s->phase),
                             report_span(s->start_us).text, report_span(s->duration_us).text);
        if (s->bouts > 1)
            column += fprintf(out, "  in %" PRId32 " parts", s->bouts);
        if (s->note && s->note[0]) {
            fputs("  ", out);
            report_wrap(out, column + 2, column + 2, s->note);
        } else {
            fputc('\n', out);
        }
    }
}

static void measure(FILE *out, bool colour, const struct lab_verdict *verdict, int n)
{
    const struct lab_measured *m = &verdict->measure[n];
    const struct lab_measure_info *info = lab_measure_info((enum lab_measure)n);
    fprintf(out, "  %-25s %10s %10s %10s %10s %8s %8s  ", info->key,
            report_measure((enum lab_measure)n, m->known, m->value, false).text, report_measure((enum lab_measure)n, m->known, m->min, false).text,
            report_measure((enum lab_measure)n, m->known, m->max, false).text, report_measure((enum lab_measure)n, m->known, m->p95, false).text,
            report_number(m->limited, m->limit).text, report_number(m->warned, m->warn).text);
    report_outcome(out, colour, m->outcome, 0);
    if (m->gauged)
        fprintf(out, " +-%s%s", report_number(true, m->uncertainty).text,
                m->independent ? "" : ", gauge of the recovery");
    fputc('\n', out);
}

static void measures(FILE *out, bool colour, const struct lab_report *r)
{
    report_heading(out, colour, "Measures");
    fprintf(out, "  %-25s %10s %10s %10s %10s %8s %8s  %s\n", "", "value", "min", "max", "p95",
            "limit", "warn", "outcome");
    for (int n = 0; n < LAB_MEASURES; n++)
        measure(out, colour, r->verdict, n);
}

// --- notes and verdict ---------------------------------------------------------------------------------------

static void percent(FILE *out, int64_t ppm)
{
    int64_t hundredths = lab_round_div(ppm, 100), size = hundredths < 0 ? -hundredths : hundredths;
    fprintf(out, "%s%" PRId64 ".%02" PRId64 " %%", hundredths < 0 ? "-" : "+", size / 100,
            size % 100);
}

static void twin(FILE *out, const struct lab_twin_facts *facts)
{
    fprintf(out, "  twin: %s mm of filament", report_mm(facts->filament_nm).text);
    if (facts->slicer.has_filament) {
        fputs(" (", out);
        percent(out, facts->filament_error_ppm);
        fputs(" of the slicer's)", out);
    }
    fprintf(out, ", printed in %s", report_span(facts->time_ms * 1000).text);
    if (facts->slicer.has_time) {
        fputs(" (", out);
        percent(out, facts->time_error_ppm);
        fputc(')', out);
    }
    fputc('\n', out);
}

static void notes(FILE *out, bool colour, const struct lab_report *r)
{
    if (!r->notes && !r->unknowns && !r->twin)
        return;
    report_heading(out, colour, "Notes");
    if (r->twin)
        twin(out, r->twin);
    for (size_t n = 0; n < r->notes; n++) {
        fputs("  ", out);
        report_wrap(out, 2, 4, r->note[n]);
    }
    for (size_t n = 0; n < r->unknowns; n++)
        fprintf(out, "  unknown command %s, %s, did nothing\n", word(r->unknown[n].name),
                report_times(r->unknown[n].count).text);
    if (r->unknown_more)
        fprintf(out, "  and %s%s more unknown commands, %s lines of them, did nothing\n",
                report_grouped(r->unknown_more).text, r->unknown_more_capped ? " or" : "",
                report_grouped(r->unknown_more_lines).text);
}

/// How a simulated run ran.
static void simulated(const struct lab_report *r, FILE *out)
{
    fprintf(out, "  %-8s  %s moves in %s of mains-on time, trace %016" PRIx64 "\n", "ran",
            report_grouped(r->moves).text, report_span(r->sim_ms * 1000).text, r->trace_hash);
    if (r->host.present) {
        int64_t wall_ms = r->host.wall_ms > 0 ? r->host.wall_ms : 1;
        fprintf(out, "  %-8s  %s of wall time: %s times real time\n", "speed",
                report_span(wall_ms * 1000).text, report_grouped(r->sim_ms / wall_ms).text);
    }
}

static void verdict(FILE *out, bool colour, const struct lab_report *r)
{
    const struct lab_verdict *v = r->verdict;
    report_heading(out, colour, "Verdict");
    fputs("  ", out);
    report_outcome(out, colour, v->outcome, 8);
    fprintf(out, "  %s", report_result(r));
    if (r->reason && r->reason[0]) {
        fputs(": ", out);
        report_wrap(out, 14 + (int)strlen(report_result(r)), 12, r->reason);
    } else {
        fputc('\n', out);
    }
    if (v->why[0]) {
        fprintf(out, "  %-8s  ", "because");
        report_wrap(out, 12, 12, v->why);
    }
    if (r->rig)
        fprintf(out, "  %-8s  %s with power on\n", "ran", report_span(r->sim_ms * 1000).text);
    else
        simulated(r, out);
    fprintf(out, "  %-8s  %s %s", "again", r->rig ? "plr-rig run" : "plr-sim", word(r->id));
    report_rig_skips(r->rig, out);
    fputc('\n', out);
}

static void cuts(const struct lab_report *r, unsigned look, FILE *out)
{
    if (r->rig)
        report_rig_cuts(r->rig, out);
    for (size_t n = 0; n < r->cuts && !r->rig; n++)
        cut(out, look, r, n);
}

int lab_report_text(const struct lab_report *report, unsigned look, FILE *out)
{
    assert(report && report->verdict && out);
    bool colour = look & LAB_TEXT_COLOUR;
    head(report, colour, out);
    report_heading(out, colour, "Cuts");
    if (!report->cuts)
        fputs("  none\n", out);
    cuts(report, look, out);
    if (report->rig)
        report_rig_text(report->rig, colour, out);
    else
        saves(out, colour, report);
    if (!report->rig)
        recovery(out, colour, report);
    measures(out, colour, report);
    notes(out, colour, report);
    verdict(out, colour, report);
    return ferror(out) ? -5 : 0;
}
