// The page of a run: what was cut, what the outage did, how it came back, how well.
// SPDX-License-Identifier: MIT
#include "core/lab/html/run.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/html/html.h"
#include "core/lab/html/page.h"
#include "core/lab/report/format.h"

enum { CUTS_SHOWN = 4, NOTES_SHOWN = 60 };

// --- head --------------------------------------------------------------------------------------------------------

/// What was left out of it is no part of its ID.
static void again(const struct lab_report *r, FILE *out)
{
    char *text = NULL;
    size_t size;
    FILE *command = open_memstream(&text, &size);

    if (command) {
        fputs(r->id ? r->id : "", command);
        report_rig_skips(r->rig, command);
        fclose(command);
        page_command(out, r->rig ? "plr-rig run" : "plr-sim", text);
    }
    free(text);
}

static void words(FILE *out, const char *text)
{
    for (; *text; text++)
        fputc(*text == '_' ? ' ' : *text, out);
}

static void head(const struct lab_report *r, FILE *out)
{
    const struct lab_verdict *v = r->verdict;

    fputs("<header class=\"head\">\n<p class=\"kind\">", out);
    fputs(r->rig ? "Run on a real printer" : "Run: power lost, print brought back", out);
    fputs("</p>\n<h1>", out);
    page_text(out, r->scenario_name ? r->scenario_name : r->id);
    fputs("</h1>\n", out);
    if (r->about && r->about[0]) {
        fputs("<p class=\"about\">", out);
        page_text(out, r->about);
        fputs("</p>\n", out);
    }
    fprintf(out, "<div class=\"verdict %s\">", lab_outcome_name(v->outcome));
    page_outcome(out, v->outcome);
    fputs("<p>", out);
    words(out, report_result(r));
    if (r->reason && r->reason[0])
        fputs(": ", out);
    page_text(out, r->reason);
    fputs("</p>", out);
    if (v->why[0]) {
        fputs("<p>Because ", out);
        page_text(out, v->why);
        fputs(".</p>", out);
    }
    fputs("</div>\n", out);
    if (r->rig && r->rig->unsafe)
        fputs("<div class=\"verdict fail\"><p><strong>Danger: not everything is known to be off. "
              "Pull "
              "the plug.</strong></p></div>\n",
              out);
    fputs("<p class=\"label\">The same run again</p>\n", out);
    again(r, out);
}

static void card(const struct lab_report *r, enum lab_measure measure, FILE *out)
{
    const struct lab_measured *m = &r->verdict->measure[measure];
    const char *unit = lab_measure_info(measure)->unit;
    char name[LAB_REPORT_TEAR * 2], value[PAGE_AMOUNT], limit[PAGE_AMOUNT], note[96];

    if (!m->known)
        return;
    page_amount(m->value, unit, value);
    page_amount(m->limit, unit, limit);
    snprintf(note, sizeof note, "limit %s", limit);
    page_card(out, page_measure(measure, name), value, m->limited ? note : NULL);
}

static void cards(const struct lab_report *r, FILE *out)
{
    static const enum lab_measure shown[] = {LAB_Z_OFFSET_ERROR, LAB_LAYER_SHIFT, LAB_SEAM_GAP,
                                             LAB_SEAM_OVERLAP,   LAB_GANTRY_TILT, LAB_STATE_AGE,
                                             LAB_TIME_TO_RESUME};
    page_cards(out);
    for (size_t n = 0; n < sizeof shown / sizeof *shown; n++)
        card(r, shown[n], out);
    page_cards_end(out);
}

// --- measures ------------------------------------------------------------------------------------------------------

static void measure_row(const struct lab_report *r, enum lab_measure measure, FILE *out)
{
    const struct lab_measured *m = &r->verdict->measure[measure];
    const struct lab_measure_info *info = lab_measure_info(measure);
    char name[LAB_REPORT_TEAR * 2];
    const char *css = m->outcome == LAB_FAIL       ? " class=\"fail\""
                      : m->outcome == LAB_MARGINAL ? " class=\"marginal\""
                                                   : "";

    fprintf(out, "<tr%s><th scope=\"row\">%s", css, page_measure(measure, name));
    if (info->unit[0])
        fprintf(out, " <small>%s</small>", page_unit(info->unit));
    fputs("</th>", out);
    page_value(out, NULL, measure, m->known, m->value);
    page_number(out, NULL, m->limited, m->limit);
    fputs("<td>", out);
    if (m->known && !m->limited && m->outcome == LAB_PASS)
        fputs("<span class=\"outcome na\">no limit</span>", out);
    else
        page_outcome(out, m->outcome);
    fputs("</td>", out);
    page_number(out, NULL, m->warned, m->warn);
    page_value(out, NULL, measure, m->known, m->min);
    page_value(out, NULL, measure, m->known, m->max);
    page_value(out, NULL, measure, m->known, m->p95);
    if (m->gauged)
        fprintf(out, "<td>&plusmn;%s%s</td>", report_grouped(m->uncertainty).text,
                m->independent ? "" : ", gauge of the recovery");
    fputs("</tr>\n", out);
}

static void measures(const struct lab_report *r, FILE *out)
{
    static const char *const columns[] = {"measure",  "value",   "limit", "outcome", "warning",
                                          "smallest", "largest", "95 %",  NULL,      NULL};
    const char *with[10];
    bool gauged = false;

    memcpy(with, columns, sizeof with);
    for (int n = 0; n < LAB_MEASURES; n++)
        gauged = gauged || r->verdict->measure[n].gauged;
    with[8] = gauged ? "uncertainty" : NULL;
    page_section(out, "measures", "Measures");
    page_table(out, "All measures with their limits", with, 0xf6u);
    for (int n = 0; n < LAB_MEASURES; n++)
        measure_row(r, (enum lab_measure)n, out);
    page_table_end(out);
    fputs("<details><summary>What each measure is</summary>\n<dl class=\"pairs\">\n", out);
    for (int n = 0; n < LAB_MEASURES; n++) {
        char name[LAB_REPORT_TEAR * 2];
        page_pair(out, page_measure((enum lab_measure)n, name),
                  lab_measure_info((enum lab_measure)n)->about);
    }
    fputs("</dl></details>\n", out);
    page_section_end(out);
}

// --- cuts -----------------------------------------------------------------------------------------------------------

static void degrees(FILE *out, const char *name, int64_t mc)
{
    char text[PAGE_AMOUNT];

    page_degrees(mc, text);
    page_pair(out, name, text);
}

static void after(FILE *out, const char *name, int64_t us, const struct lab_truth_cut *t)
{
    page_pair(out, name, us < 0 ? "never" : report_span(us - t->mains_us).text);
}

static void where(const struct lab_report_cut *c, FILE *out)
{
    char text[160];

    page_pair(out, "Time of the run", report_clock(c->truth.mains_us).text);
    if (c->into_job_us >= 0)
        page_pair(out, "Into the job", report_clock(c->into_job_us).text);
    page_pair(out, "During", c->during);
    if (c->layer >= 0) {
        snprintf(text, sizeof text, "%" PRId32, c->layer);
        page_pair(out, "Layer", text);
    }
    if (c->line > 0) {
        snprintf(text, sizeof text, "%" PRId32 ", %" PRId32 ".%" PRId32 " %% of its move", c->line,
                 c->move_fraction_ppm / 10000, c->move_fraction_ppm / 1000 % 10);
        page_pair(out, "Line of the file", text);
    }
    if (c->torn) {
        snprintf(text, sizeof text, "inside %s of %" PRIu32 " bytes, which left: %s",
                 c->torn_erase ? "an erase" : "a program", c->torn_size,
                 c->tear[0] ? c->tear : "the first half");
        page_pair(out, "Memory", text);
    }
}

static void did(const struct lab_report *r, size_t n, FILE *out)
{
    const struct lab_truth_cut *t = &r->cut[n].truth;
    const struct lab_aligned *a = &r->verdict->cut[n];
    char text[120];

    after(out, "Detected after", t->detected_us, t);
    after(out, "Stood still after", t->stopped_us, t);
    after(out, "Drivers dark after", t->drivers_us, t);
    after(out, "Logic dark after", t->logic_us, t);
    after(out, "Power back after", t->back_us, t);
    degrees(out, "Bed then", t->bed_mc);
    degrees(out, "Nozzle then", t->nozzle_mc);
    degrees(out, "Chamber then", t->chamber_mc);
    if (t->overrun_nm > 0) {
        snprintf(text, sizeof text, "%s mm of path", report_mm(t->overrun_nm).text);
        page_pair(out, "Coasted", text);
    }
    if (n < (size_t)r->verdict->cuts && a->matched) {
        int64_t delta = a->resumed_at_nm - a->cut_at_nm;
        snprintf(text, sizeof text, "%s mm %s", report_mm(delta < 0 ? -delta : delta).text,
                 delta < 0 ? "before the cut: that twice" : "behind the cut: a gap");
        if (lab_round_div(delta, 1000) == 0)
            snprintf(text, sizeof text, "at the cut");
        page_pair(out, "Went on", text);
    }
}

static void corner_row(FILE *out, const char *name, const int32_t nm[LAB_TRUTH_CORNERS])
{
    fprintf(out, "<tr><th scope=\"row\">%s</th>", name);
    for (int n = 0; n < LAB_TRUTH_CORNERS; n++)
        fprintf(out, "<td class=\"n\">%s</td>",
                nm[n] == INT32_MIN ? "\xe2\x80\x93" : report_mm(nm[n]).text);
    fputs("</tr>\n", out);
}

static void corners(const struct lab_truth_cut *t, FILE *out)
{
    static const char *const columns[] = {"mm",         "front left",  "rear left",
                                          "rear right", "front right", NULL};

    page_table_as(out, "tight", "True heights of the corners, and what the outage did to them",
                  columns, 0x1eu);
    corner_row(out, "at standstill", t->corner_before_nm);
    corner_row(out, "when power was back", t->corner_after_nm);
    fputs("<tr><th scope=\"row\">moved, \xc2\xb5m</th>", out);
    for (int n = 0; n < LAB_TRUTH_CORNERS; n++) {
        bool known = t->corner_before_nm[n] != INT32_MIN && t->corner_after_nm[n] != INT32_MIN;
        page_number(out, NULL, known,
                    report_apart_um(t->corner_before_nm[n], t->corner_after_nm[n]));
    }
    fputs("</tr>\n", out);
    page_table_end(out);
}

// --- steps ------------------------------------------------------------------------------------------------------------

static void step_piece(const struct lab_report_bout *bout, const struct axis *axis, FILE *out)
{
    int64_t from = axis_place(axis, bout->start_us),
            wide = axis_place(axis, bout->start_us + bout->duration_us) - from;

    wide = wide < 60 ? 60 : wide;
    from = from + wide > AXIS_SPAN ? AXIS_SPAN - wide : from;
    fprintf(out,
            "<rect class=\"fill\" y=\"15%%\" height=\"70%%\" x=\"%" PRId64 ".%02" PRId64
            "%%\" width=\"%" PRId64 ".%02" PRId64 "%%\"/>",
            from / 100, from % 100, wide / 100, wide % 100);
}

/// A bar for when a step took place in the whole recovery, in as many pieces; its numbers stand beside it.
static void step_bar(const struct lab_report_step *s, int64_t end_us, FILE *out)
{
    const struct axis axis = {.min = 0, .max = end_us > 0 ? end_us : 1, .unit_size = 1};
    const struct lab_report_bout once = {s->start_us, s->duration_us};

    fputs("<td><svg class=\"bar\" aria-hidden=\"true\"><rect class=\"track\" y=\"45%\" "
          "height=\"10%\" width=\"100%\"/>",
          out);
    if (!s->bouts)
        step_piece(&once, &axis, out);
    for (int32_t n = 0; n < s->bouts && n < LAB_REPORT_BOUTS; n++)
        step_piece(&s->bout[n], &axis, out);
    fputs("</svg></td>", out);
}

/// When the last of it was over.
static int64_t step_end(const struct lab_report_step *s)
{
    int32_t bouts = s->bouts < LAB_REPORT_BOUTS ? s->bouts : LAB_REPORT_BOUTS;

    return bouts > 0 ? s->bout[bouts - 1].start_us + s->bout[bouts - 1].duration_us
                     : s->start_us + s->duration_us;
}

/// Steps after one cut.
struct steps {
    size_t count;
    int64_t end_us; ///< of the last, since power was back
    int64_t
        next_us; ///< when the next cut took mains away, since power was back; INT64_MAX there is none
    bool noted; ///< there is something to be said of one
};

/// Was it still going on when the next cut ended it?
static bool was_ended(const struct steps *all, const struct lab_report_step *s)
{
    return step_end(s) == all->end_us && all->end_us >= all->next_us;
}

static struct steps look_at(const struct lab_report *r, size_t cut)
{
    struct steps all = {.next_us = INT64_MAX};

    if (cut + 1 < r->cuts)
        all.next_us = r->cut[cut + 1].truth.mains_us - r->cut[cut].truth.back_us;
    for (size_t n = 0; n < r->steps; n++) {
        const struct lab_report_step *s = &r->step[n];
        if (s->cut != (int32_t)cut)
            continue;
        all.count++;
        all.end_us = step_end(s) > all.end_us ? step_end(s) : all.end_us;
        all.noted = all.noted || s->note[0];
    }
    all.noted = all.noted || all.end_us >= all.next_us;
    return all;
}

static void step_row(const struct lab_report_step *s, const struct steps *all, size_t cut,
                     FILE *out)
{
    fputs("<tr><th scope=\"row\">", out);
    page_text(out, s->phase);
    fprintf(out, "</th><td class=\"n\">%s</td>", report_span(s->start_us).text);
    fprintf(out, "<td class=\"n\">%s", report_span(s->duration_us).text);
    if (s->bouts > 1)
        fprintf(out, " in %" PRId32 " parts", s->bouts);
    fputs("</td>", out);
    step_bar(s, all->end_us, out);
    if (all->noted) {
        fputs("<td class=\"wrap\">", out);
        page_text(out, s->note);
        if (was_ended(all, s))
            fprintf(out, "%sended by cut %zu", s->note[0] ? "; " : "", cut + 2);
        fputs("</td>", out);
    }
    fputs("</tr>\n", out);
}

static void steps(const struct lab_report *r, size_t cut, FILE *out)
{
    const struct steps all = look_at(r, cut);
    const char *const columns[] = {
        "step", "begins after", "takes", "when", all.noted ? "note" : NULL, NULL};

    if (!all.count) {
        fputs("<p>There was no recovery after it.</p>\n", out);
        return;
    }
    page_table_as(out, "stack steps", "Steps of the recovery, from when power was back", columns,
                  0x6u);
    for (size_t n = 0; n < r->steps; n++)
        if (r->step[n].cut == (int32_t)cut)
            step_row(&r->step[n], &all, cut, out);
    page_table_end(out);
}

/// A cut, its outage, its recovery, its seam.
static int cut(const struct run_page *page, size_t n)
{
    const struct lab_report *r = page->report;
    FILE *out = page->out;
    char id[24], title[64];
    int bad = 0;

    snprintf(id, sizeof id, "cut%zu", n);
    if (r->cuts > 1)
        snprintf(title, sizeof title, "Cut %zu of %zu", n + 1, r->cuts);
    else
        snprintf(title, sizeof title, "The cut");
    page_section(out, id, title);
    page_pairs(out);
    where(&r->cut[n], out);
    did(r, n, out);
    page_pairs_end(out);
    if (page->trace)
        bad = run_page_cut(page, n);
    fputs("<h3>What the outage did</h3>\n", out);
    corners(&r->cut[n].truth, out);
    fputs("<h3>The recovery</h3>\n", out);
    steps(r, n, out);
    if (page->trace && !bad)
        bad = run_page_recovery(page, n);
    if (n < (size_t)r->verdict->cuts && r->verdict->cut[n].profiled && r->truth) {
        fputs("<h3>The seam</h3>\n<div class=\"grid2\">\n", out);
        bad = bad ? bad : run_page_seam(page, n);
        fputs("</div>\n", out);
    }
    page_section_end(out);
    return bad;
}

// --- saves, notes, how it was made --------------------------------------------------------------------------------------

static void saves(const struct lab_report *r, FILE *out)
{
    static const char *const columns[] = {"kind", "saves", "bytes",
                                          "age of the newest at standstill", NULL};

    if (!r->saves)
        return;
    page_section(out, "saves", "Saves");
    page_table(out, "What the device under test wrote before the first cut", columns, 0xeu);
    for (size_t n = 0; n < r->saves; n++) {
        const struct lab_report_save *s = &r->save[n];
        fputs("<tr><th scope=\"row\">", out);
        page_text(out, s->what);
        fputs("</th>", out);
        page_number(out, NULL, true, s->count);
        page_number(out, NULL, s->bytes >= 0, s->bytes);
        fprintf(out, "<td class=\"n\">%s</td></tr>\n",
                s->age_us >= 0 ? report_span(s->age_us).text : "\xe2\x80\x93");
    }
    page_table_end(out);
    page_section_end(out);
}

static void notes(const struct lab_report *r, FILE *out)
{
    if (!r->notes && !r->unknowns)
        return;
    page_section(out, "notes", "Notes");
    fputs("<ul>\n", out);
    for (size_t n = 0; n < r->notes && n < NOTES_SHOWN; n++) {
        fputs("<li>", out);
        page_text(out, r->note[n]);
        fputs("</li>\n", out);
    }
    for (size_t n = 0; n < r->unknowns; n++) {
        fputs("<li>Unknown command <code>", out);
        page_text(out, r->unknown[n].name);
        fprintf(out, "</code>, %s, did nothing</li>\n",
                report_times(r->unknown[n].count).text);
    }
    fputs("</ul>\n", out);
    page_section_end(out);
}

static void hash_pair(FILE *out, const char *name, uint32_t hash)
{
    char text[16];

    snprintf(text, sizeof text, "%08" PRIx32, hash);
    page_pair(out, name, text);
}

static void made(const struct lab_report *r, FILE *out)
{
    char text[40];

    page_section(out, "made", "How it was made");
    page_pairs(out);
    page_pair(out, "Printer", r->printer);
    page_pair(out, "Job", r->job);
    page_pair(out, "Material", r->material);
    page_pair(out, "Device under test", r->dut);
    page_pair(out, "Gantry", r->gantry);
    snprintf(text, sizeof text, "%" PRIu64, r->seed);
    page_pair(out, "Seed", text);
    for (size_t n = 0; n < r->sets; n++)
        page_pair(out, "Set", r->set[n]);
    hash_pair(out, "Hash of scenario", r->hash_doc);
    hash_pair(out, "Hash of printer", r->hash_printer);
    hash_pair(out, "Hash of job", r->hash_job);
    if (r->hash_config)
        hash_pair(out, "Hash of config", r->hash_config);
    page_pair(out, "Moves", report_grouped(r->moves).text);
    page_pair(out, "Mains on for", report_span(r->sim_ms * 1000).text);
    snprintf(text, sizeof text, "%016" PRIx64, r->trace_hash);
    if (!r->rig)
        page_pair(out, "Hash of the run", text);
    page_pairs_end(out);
    page_host(out, &r->host, false);
    page_section_end(out);
}

// --- all of it -----------------------------------------------------------------------------------------------------------

int lab_html_run_out(const struct lab_report *r, const struct lab_trace *trace, FILE *out)
{
    const struct run_page page = {out, r, trace};
    char title[200];
    int bad = 0;

    assert(r && r->verdict && out);
    snprintf(title, sizeof title, "%s: %s", r->scenario_name ? r->scenario_name : "run",
             lab_outcome_name(r->verdict->outcome));
    page_begin(out, title, r->version);
    head(r, out);
    cards(r, out);
    fputs("</header>\n", out);
    measures(r, out);
    if (r->rig)
        run_page_rig(&page);
    for (size_t n = 0; n < r->cuts && n < CUTS_SHOWN && !bad && !r->rig; n++)
        bad = cut(&page, n);
    if (r->cuts > CUTS_SHOWN && !r->rig)
        fprintf(out, "<p class=\"note\">And %zu more cuts: they are in the JSON report.</p>\n",
                r->cuts - CUTS_SHOWN);
    saves(r, out);
    notes(r, out);
    made(r, out);
    page_end(out, r->rig ? "plr-rig" : "plr-sim", r->version);
    return bad ? bad : ferror(out) ? -5 : 0;
}

struct asked {
    const struct lab_report *report;
    const struct lab_trace *trace;
};

static int make(const void *ctx, FILE *out)
{
    const struct asked *asked = ctx;
    return lab_html_run_out(asked->report, asked->trace, out);
}

int lab_html_run(const struct lab_report *report, const struct lab_trace *trace, const char *path)
{
    const struct asked asked = {report, trace};
    return lab_write_file(path, make, &asked);
}
