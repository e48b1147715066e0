// Percentiles of each measure beside its limits: that of the 95 %, and that of each single run.
// SPDX-License-Identifier: MIT
#include <inttypes.h>

#include "core/lab/html/axis.h"
#include "core/lab/html/page.h"
#include "core/lab/html/sweep.h"
#include "core/lab/report/format.h"

static int64_t share(int64_t value, int64_t most)
{
    struct axis axis = {.min = 0, .max = most > 0 ? most : 1, .unit_size = 1};
    return axis_place(&axis, value < 0 ? -value : value);
}

static void at_x(FILE *out, const char *css, int64_t place)
{
    fprintf(out,
            "<line class=\"%s\" y1=\"0\" y2=\"100%%\" x1=\"%" PRId64 ".%02" PRId64
            "%%\" x2=\"%" PRId64 ".%02" PRId64 "%%\"/>",
            css, place / 100, place % 100, place / 100, place % 100);
}

/// Median, 95 % and worst beside the limit. What it shows stands in the row as numbers, too.
static void bar(const struct lab_population_measure *m, FILE *out)
{
    int64_t most = m->max > m->p95 ? m->max : m->p95, p95;

    most = m->limited && m->limit > most ? m->limit : most;
    p95 = share(m->p95, most);
    fputs("<svg class=\"bar\" aria-hidden=\"true\"><rect class=\"track\" y=\"35%\" height=\"30%\" "
          "width=\"100%\"/>",
          out);
    fprintf(out,
            "<rect class=\"fill\" y=\"20%%\" height=\"60%%\" width=\"%" PRId64 ".%02" PRId64
            "%%\"/>",
            p95 / 100, p95 % 100);
    at_x(out, "mid", share(m->p50, most));
    at_x(out, "most", share(m->max, most));
    if (m->limited)
        at_x(out, "limit", share(m->limit, most));
    fputs("</svg>", out);
}

// --- the limit of a single run ---------------------------------------------------------------------------------

static const char *over_or_under(enum lab_measure measure)
{
    return lab_measure_info(measure)->lower_is_bad ? "under" : "over";
}

/// Runs have been counted one by one.
static void counted_limit(enum lab_measure measure, int64_t limit, const struct report_sum *sum,
                          FILE *out)
{
    const char *unit = lab_measure_info(measure)->unit;
    char amount[PAGE_AMOUNT], raised[PAGE_AMOUNT];

    page_amount(limit, unit, amount);
    page_amount(sum->raised, unit, raised);
    fprintf(out, "<span class=\"outcome %s\">%s %s %s</span>", sum->over ? "fail" : "na",
            sum->over ? report_grouped(sum->over).text : "none", over_or_under(measure),
            sum->raised ? "its own limit" : amount);
    if (sum->lost)
        fprintf(out, "<small class=\"own\">%s of them unknown</small>",
                report_grouped(sum->lost).text);
    if (sum->raised)
        fprintf(out, "<small class=\"own\">%s, up to %s where power went without warning</small>",
                amount, raised);
}

/// Values of runs in which nothing was to be resumed are in the percentiles all the same.
static void unjudged(enum lab_measure measure, const struct report_sum *sum, FILE *out)
{
    char worst[PAGE_AMOUNT];

    if (!sum->unjudged)
        return;
    fprintf(out, "<small class=\"own\">%s not judged: nothing to resume",
            report_grouped(sum->unjudged).text);
    page_amount(sum->worst, lab_measure_info(measure)->unit, worst);
    if (sum->judged)
        fprintf(out, "; worst of the judged %s", worst);
    fputs("</small>", out);
}

/// The limit of each single run, which stands beside that of the 95 %, or alone. `sum` NULL: not counted.
static void single_limit(const struct lab_sweep_report *r, enum lab_measure measure,
                         const struct report_sum *sum, FILE *out)
{
    const struct lab_population_measure *m = &r->population->measure[measure];
    int64_t limit;

    if (sum && report_limit(r, measure, &limit)) {
        fputs(m->limited ? "<br>" : "", out);
        counted_limit(measure, limit, sum, out);
        unjudged(measure, sum, out);
    } else if (!m->limited) {
        fprintf(out, "<span class=\"outcome na\">%s</span>",
                r->scenario ? "no limit" : "limit not known here");
    }
}

// --- the table ---------------------------------------------------------------------------------------------------

static void row(const struct lab_sweep_report *r, enum lab_measure measure,
                const struct report_sum *sum, FILE *out)
{
    const struct lab_population_measure *m = &r->population->measure[measure];
    const struct lab_worst *worst = &r->population->worst[measure];
    const struct lab_measure_info *info = lab_measure_info(measure);
    char name[LAB_REPORT_TEAR * 2];

    bool fails = m->outcome == LAB_FAIL || (sum && sum->over);
    fprintf(out, "<tr%s><th scope=\"row\">%s", fails ? " class=\"fail\"" : "",
            page_measure(measure, name));
    if (info->unit[0])
        fprintf(out, " <small>%s</small>", page_unit(info->unit));
    fputs("</th><td class=\"said\">", out);
    if (m->limited)
        page_outcome(out, m->outcome);
    single_limit(r, measure, sum, out);
    fputs("</td>", out);
    page_number(out, "runs", true, m->count);
    page_value(out, "median", measure, true, m->p50);
    page_value(out, "95 %", measure, true, m->p95);
    page_value(out, "worst", measure, true, m->max);
    page_number(out, "limit of 95 %", m->limited, m->limit);
    fputs("<td class=\"bars\">", out);
    bar(m, out);
    fputs("</td><td class=\"id\"><code>", out);
    page_text(out, worst->known ? worst->id : "");
    fputs("</code></td></tr>\n", out);
}

static void known_nowhere(const struct lab_population *p, FILE *out)
{
    char name[LAB_REPORT_TEAR * 2];
    int said = 0;

    for (int n = 0; n < LAB_MEASURES; n++)
        if (!p->measure[n].count)
            fprintf(out, "%s %s", said++ ? "," : "<p class=\"note\">Known in no run:",
                    page_measure((enum lab_measure)n, name));
    fputs(said ? ".</p>\n" : "", out);
}

static void intro(const struct lab_sweep_report *r, bool counted, FILE *out)
{
    fputs("<p>Of absolute values over all runs in which they were known. Bars end at 95 %; the "
          "notch in them is the median, the solid line the worst, the dashed one the limit.",
          out);
    if (counted)
        fputs(" What says how many are over tells of the limit of a single run.", out);
    else if (!r->scenario)
        fputs(
            " This report was merged from others, which hold the limits of the 95 % and not those "
            "of a single run: the scenario has those.",
            out);
    fputs("</p>\n", out);
}

void sweep_page_measures(const struct lab_sweep_report *r, FILE *out)
{
    static const char *const columns[] = {
        "measure",          "outcome",         "runs", "median", "95 %", "worst", "limit of 95 %",
        "beside the limit", "ID of the worst", NULL};
    struct report_sum sum[LAB_MEASURES];
    bool counted = report_sums(r, sum);

    page_section(out, "measures", "Measures");
    intro(r, counted, out);
    page_table_as(out, "stack percentiles", "Percentiles of all measures", columns, 0x7cu);
    for (int n = 0; n < LAB_MEASURES; n++)
        if (r->population->measure[n].count)
            row(r, (enum lab_measure)n, counted ? &sum[n] : NULL, out);
    page_table_end(out);
    known_nowhere(r->population, out);
    page_section_end(out);
}
