// The page of a sweep: many runs of one scenario.
// SPDX-License-Identifier: MIT
#include "core/lab/html/html.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "core/lab/html/axis.h"
#include "core/lab/html/page.h"
#include "core/lab/html/sweep.h"
#include "core/lab/report/format.h"

enum { CLASSES_SHOWN = 60, FAILURES_SHOWN = 100 };

// --- head --------------------------------------------------------------------------------------------------

static void said_by(const struct lab_sweep_report *r, FILE *out)
{
    const struct lab_population *p = r->population;

    fprintf(out, "<p>%s %s", report_grouped(p->runs).text, r->sweep ? "cut" : "run");
    fputs(p->runs == 1 ? ": " : "s: ", out);
    for (int n = 0, said = 0; n < LAB_RESULT_ANY; n++) {
        if (!p->results[n])
            continue;
        fprintf(out, "%s%s ", said++ ? ", " : "", report_grouped(p->results[n]).text);
        for (const char *c = lab_result_name((enum lab_result)n); *c; c++)
            fputc(*c == '_' ? ' ' : *c, out);
    }
    fputs("</p>", out);
    if (r->sweep && r->sweep->differs)
        fprintf(out, "<p>%s judged otherwise by their window than by the whole print.</p>",
                report_grouped(r->sweep->differs).text);
    if (r->sweep && r->sweep->other_state)
        fprintf(out, "<p>%s went on in another state than the uninterrupted print had there.</p>",
                report_grouped(r->sweep->other_state).text);
    if (r->interrupted)
        fputs("<p>Interrupted by a signal: this is what had been done by then.</p>", out);
    int64_t missing = lab_sweep_missing(r);
    if (missing)
        fprintf(out, "<p>Not whole: %s of %s are not in it.</p>", report_grouped(missing).text,
                report_grouped(r->of).text);
}

static void head(const struct lab_sweep_report *r, FILE *out)
{
    enum lab_outcome outcome = r->population->outcome;

    fprintf(out, "<header class=\"head\">\n<p class=\"kind\">%s</p>\n<h1>",
            r->sweep ? "Sweep: the power cut everywhere" : "Many runs of one scenario");
    page_text(out, r->scenario_name);
    fputs("</h1>\n", out);
    if (r->scenario && r->scenario->about[0]) {
        fputs("<p class=\"about\">", out);
        page_text(out, r->scenario->about);
        fputs("</p>\n", out);
    }
    fprintf(out, "<div class=\"verdict %s\">", lab_outcome_name(outcome));
    page_outcome(out, outcome);
    said_by(r, out);
    fputs("</div>\n", out);
}

static void card_count(FILE *out, const char *label, int64_t count, const char *note)
{
    page_card(out, label, report_grouped(count).text, note);
}

static void card_measure(const struct lab_sweep_report *r, enum lab_measure measure, FILE *out)
{
    const struct lab_population_measure *m = &r->population->measure[measure];
    const char *unit = lab_measure_info(measure)->unit;
    char name[LAB_REPORT_TEAR * 2], value[PAGE_AMOUNT], worst[PAGE_AMOUNT], note[96];

    if (!m->count)
        return;
    page_amount(m->p95, unit, value);
    page_amount(m->max, unit, worst);
    snprintf(note, sizeof note, "95 %% of runs; worst %s", worst);
    page_card(out, page_measure(measure, name), value, note);
}

static void cards(const struct lab_sweep_report *r, FILE *out)
{
    const struct lab_population *p = r->population;

    page_cards(out);
    card_count(out, "Passed", p->outcomes[LAB_PASS], NULL);
    if (p->outcomes[LAB_MARGINAL])
        card_count(out, "Marginal", p->outcomes[LAB_MARGINAL], "between warning and limit");
    card_count(out, "Failed", p->outcomes[LAB_FAIL] + p->outcomes[LAB_ERROR],
               p->kinds ? "see the failing classes" : NULL);
    card_measure(r, LAB_Z_OFFSET_ERROR, out);
    card_measure(r, LAB_SEAM_GAP, out);
    card_measure(r, LAB_SEAM_OVERLAP, out);
    if (r->sweep)
        card_count(out, "Memories", r->sweep->unique_states, "different ones recovered from");
    page_cards_end(out);
}

// --- failures --------------------------------------------------------------------------------------------------

static void failed_what(FILE *out, int measure)
{
    static const char *const words[] = {"Result", "State where the job goes on",
                                        "Window and whole print", "Could not be made"};
    char name[LAB_REPORT_TEAR * 2];

    fputs(measure < 0 ? words[-1 - measure] : page_measure((enum lab_measure)measure, name), out);
}

/// A class is named by what failed first; a run may be over several limits.
static void all_over(const struct lab_sweep_report *r, FILE *out)
{
    struct report_sum sum[LAB_MEASURES];
    char name[LAB_REPORT_TEAR * 2];
    int said = 0;

    if (!report_sums(r, sum))
        return;
    for (int n = 0; n < LAB_MEASURES; n++)
        if (sum[n].over)
            fprintf(out, "%s %s %s",
                    said++ ? "," : "<p>Runs over the limit of each measure, some of several:",
                    page_measure((enum lab_measure)n, name), report_grouped(sum[n].over).text);
    fputs(said ? ".</p>\n" : "", out);
}

static void classes(const struct lab_sweep_report *r, FILE *out)
{
    const struct lab_population *p = r->population;

    page_section(out, "classes", "Failing classes");
    if (!p->kinds) {
        fputs("<p>No run failed.</p>\n", out);
        page_section_end(out);
        return;
    }
    fputs("<p>Most frequent first; each with the shortest run that fails like this, to be run "
          "alone with a "
          "whole report.</p>\n",
          out);
    all_over(r, out);
    for (size_t n = 0; n < p->kinds && n < CLASSES_SHOWN; n++) {
        const struct lab_failure_class *kind = &p->kind[n];
        fputs("<h3>", out);
        page_outcome(out, kind->outcome);
        fprintf(out, " %s &times; ", report_grouped(kind->count).text);
        failed_what(out, kind->measure);
        fputs(" <small>(", out);
        page_text(out, lab_result_name(kind->result));
        if (kind->reason[0])
            fputs(": ", out);
        page_text(out, kind->reason);
        fputs(")</small></h3>\n", out);
        page_command(out, "plr-sim", kind->id);
    }
    if (p->kinds > CLASSES_SHOWN)
        fprintf(out, "<p class=\"note\">And %zu more classes: they are in the JSON report.</p>\n",
                p->kinds - CLASSES_SHOWN);
    page_section_end(out);
}

static void failures(const struct lab_population *p, FILE *out)
{
    static const char *const columns[] = {"outcome", "measure", "value", "ID", NULL};

    if (!p->failures)
        return;
    page_section(out, "failures", "Failures");
    page_table_as(out, "stack failures", "Each ID replays its run", columns, 0x4u);
    for (size_t n = 0; n < p->failures && n < FAILURES_SHOWN; n++) {
        const struct lab_failure *f = &p->failure[n];
        fputs("<tr><td>", out);
        page_outcome(out, f->outcome);
        fputs("</td><th scope=\"row\">", out);
        failed_what(out, f->measure);
        fputs("</th>", out);
        page_number(out, NULL, f->known, f->value);
        fputs("<td class=\"id\"><code>", out);
        page_text(out, f->id);
        fputs("</code></td></tr>\n", out);
    }
    page_table_end(out);
    if (p->failures > FAILURES_SHOWN)
        fprintf(out, "<p class=\"note\">And %s more: they are in the JSON report.</p>\n",
                report_grouped((int64_t)(p->failures - FAILURES_SHOWN)).text);
    page_section_end(out);
}

// --- how it was made --------------------------------------------------------------------------------------------

static void marks(const struct lab_sweep_facts *sweep, bool reached, FILE *out)
{
    int count = 0;

    for (int n = 0; n < PLR_MARKS; n++)
        count += (sweep->marks[n] != 0) == reached;
    fprintf(out, "<details><summary>%d of %d rare paths of the core were %s</summary>\n<p>", count,
            PLR_MARKS, reached ? "taken" : "never taken");
    for (int n = 0, said = 0; n < PLR_MARKS; n++) {
        if ((sweep->marks[n] != 0) != reached)
            continue;
        fprintf(out, "%s<code>%s</code>", said++ ? ", " : "", plr_mark_name(n));
        if (reached)
            fprintf(out, " %s", report_grouped(sweep->marks[n]).text);
    }
    fputs("</p></details>\n", out);
}

static void pair_count(FILE *out, const char *name, int64_t count)
{
    page_pair(out, name, report_grouped(count).text);
}

static void facts(const struct lab_sweep_facts *sweep, FILE *out)
{
    page_pair(out, "Cut at every", sweep->every);
    if (sweep->tear)
        page_pair(out, "Writes torn", sweep->tear);
    if (sweep->every2)
        page_pair(out, "Cut again at", sweep->every2);
    pair_count(out, "Judged by window", sweep->cuts - sweep->to_end);
    pair_count(out, "Printed to the end", sweep->to_end);
    if (sweep->never_fired)
        pair_count(out, "Never reached", sweep->never_fired);
    if (sweep->full)
        pair_count(out, "Again, full gantry", sweep->full->cuts);
}

static void hash_pair(FILE *out, const char *name, uint32_t hash)
{
    char text[16];

    if (!hash)
        return;
    snprintf(text, sizeof text, "%08" PRIx32, hash);
    page_pair(out, name, text);
}

static void made(const struct lab_sweep_report *r, FILE *out)
{
    page_section(out, "made", "How it was made");
    page_pairs(out);
    page_pair(out, "Device under test", r->dut);
    page_pair(out, "Gantry", r->gantry);
    if (r->sweep)
        facts(r->sweep, out);
    for (size_t n = 0; n < r->sets; n++)
        page_pair(out, "Set", r->set[n]);
    hash_pair(out, "Hash of scenario", r->hash_doc);
    hash_pair(out, "Hash of printer", r->hash_printer);
    hash_pair(out, "Hash of job", r->hash_job);
    hash_pair(out, "Hash of config", r->hash_config);
    page_pairs_end(out);
    if (r->sweep && lab_sweep_marked(r->sweep)) {
        marks(r->sweep, true, out);
        marks(r->sweep, false, out);
    }
    page_host(out, &r->host, true);
    page_section_end(out);
}

// --- all of it ---------------------------------------------------------------------------------------------------

int lab_html_sweep_out(const struct lab_sweep_report *r, FILE *out)
{
    char title[160];

    assert(r && r->population && out);
    snprintf(title, sizeof title, "%s: %s", r->scenario_name,
             lab_outcome_name(r->population->outcome));
    page_begin(out, title, r->version);
    head(r, out);
    sweep_page_again(r, out);
    cards(r, out);
    fputs("</header>\n", out);
    int bad = 0;
    if (r->curve && r->curve->count) {
        bad = sweep_page_curves(r, out);
        if (r->sweep)
            sweep_page_heat(r, out);
    } else if (r->sweep) {
        fputs("<p class=\"note\">This report was merged from others and does not hold its cuts one "
              "by one: the "
              "curve is on the pages of its parts, or in what --csv writes.</p>\n",
              out);
    }
    sweep_page_measures(r, out);
    classes(r, out);
    failures(r->population, out);
    made(r, out);
    page_end(out, "plr-sim", r->version);
    return bad ? bad : ferror(out) ? -5 : 0;
}

static int make(const void *ctx, FILE *out)
{
    return lab_html_sweep_out(ctx, out);
}

int lab_html_sweep(const struct lab_sweep_report *report, const char *path)
{
    return lab_write_file(path, make, report);
}
