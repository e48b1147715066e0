// Many runs of one scenario: a table for people, JUnit.
// SPDX-License-Identifier: MIT
#include "core/lab/report/format.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "core/lab/report/stand.h"

enum { FAILURES_SHOWN = 20 };

const struct lab_sweep_number *lab_sweep_numbers(size_t *count)
{
    static const struct lab_sweep_number numbers[] = {
        {"cuts", offsetof(struct lab_sweep_facts, cuts)},
        {"never_fired", offsetof(struct lab_sweep_facts, never_fired)},
        {"to_end", offsetof(struct lab_sweep_facts, to_end)},
        {"differs", offsetof(struct lab_sweep_facts, differs)},
        {"other_state", offsetof(struct lab_sweep_facts, other_state)},
    };
    *count = sizeof numbers / sizeof *numbers;
    return numbers;
}

int64_t lab_sweep_missing(const struct lab_sweep_report *report)
{
    int64_t missing = report->of;

    for (size_t n = 0; n < report->covers; n++)
        missing -= report->cover[n].end - report->cover[n].first;
    return report->of < 0 ? 0 : missing;
}

// --- text ---------------------------------------------------------------------------------------------

static void text_counts(const struct lab_population *p, FILE *out)
{
    fprintf(out, "  %-10s", "results");
    for (int n = 0; n < LAB_RESULT_ANY; n++)
        if (p->results[n])
            fprintf(out, "  %" PRId64 " %s", p->results[n], lab_result_name((enum lab_result)n));
    if (p->not_made)
        fprintf(out, "  %" PRId64 " could not be made", p->not_made);
    fprintf(out, "\n  %-10s", "outcomes");
    for (int n = 0; n < LAB_NOT_APPLICABLE; n++)
        if (p->outcomes[n])
            fprintf(out, "  %" PRId64 " %s", p->outcomes[n], lab_outcome_name((enum lab_outcome)n));
    fputc('\n', out);
}

static void text_sweep(const struct lab_sweep_facts *sweep, FILE *out)
{
    fprintf(out, "  %-10s  every %s, %" PRId64 " different memories recovered from\n", "cuts",
            sweep->every, sweep->unique_states);
    fprintf(out, "  %-10s  %" PRId64 " by the window, %" PRId64 " printed to the end", "judged",
            sweep->cuts - sweep->to_end, sweep->to_end);
    if (sweep->differs)
        fprintf(out, ", of which %" PRId64 " DIFFER from their window", sweep->differs);
    if (sweep->other_state)
        fprintf(out,
                "; %" PRId64 " WENT ON IN ANOTHER STATE than the uninterrupted print had there",
                sweep->other_state);
    if (sweep->never_fired)
        fprintf(out, "; %" PRId64 " place%s never reached", sweep->never_fired,
                sweep->never_fired == 1 ? "" : "s");
    fputc('\n', out);
    if (sweep->full)
        report_full_text(sweep->full, out);
}

bool lab_sweep_marked(const struct lab_sweep_facts *sweep)
{
    for (int n = 0; n < PLR_MARKS; n++)
        if (sweep->marks[n])
            return true;
    return false;
}

/// Which places are not there, as far as a line goes.
static void text_missing(const struct lab_sweep_report *report, FILE *out)
{
    enum { SHOWN = 6 };
    int64_t missing = lab_sweep_missing(report), from = 0;
    int shown = 0;

    if (!missing)
        return;
    fprintf(out, "  %-10s  %" PRId64 " of %" PRId64 " %s not in it:", "NOT WHOLE", missing,
            report->of, missing == 1 ? "is" : "are");
    for (size_t n = 0; n <= report->covers && shown <= SHOWN; n++) {
        int64_t to = n < report->covers ? report->cover[n].first : report->of;
        if (to > from && ++shown > SHOWN)
            fputs(" ...", out);
        else if (to == from + 1)
            fprintf(out, " %" PRId64, from);
        else if (to > from)
            fprintf(out, " %" PRId64 "..%" PRId64, from, to - 1);
        from = n < report->covers ? report->cover[n].end : from;
    }
    fputc('\n', out);
}

/// Marks that cuts came by, or that none did, some to a line.
static void text_marks(const struct lab_sweep_facts *sweep, bool reached, FILE *out)
{
    int column = 0, count = 0;

    for (int n = 0; n < PLR_MARKS; n++)
        count += (sweep->marks[n] != 0) == reached;
    fprintf(out, "  %s %d of %d", reached ? "reached" : "never reached", count, PLR_MARKS);
    for (int n = 0; n < PLR_MARKS; n++) {
        if ((sweep->marks[n] != 0) != reached)
            continue;
        fputs(column++ % 4 ? "  " : "\n    ", out);
        fputs(plr_mark_name(n), out);
        if (reached)
            fprintf(out, " %" PRId64, sweep->marks[n]);
    }
    fputc('\n', out);
}

/// One measure: its percentiles beside their limit, and how many runs are over that of a single run. `sum` NULL: nobody counted them.
static void text_measure(const struct lab_sweep_report *report, enum lab_measure measure,
                         const struct report_sum *sum, bool colour, FILE *out)
{
    const struct lab_population_measure *m = &report->population->measure[measure];
    bool known = m->count > 0;
    int64_t limit;
    bool limited = report_limit(report, measure, &limit);

    fprintf(out, "  %-26s %6" PRId64, lab_measure_info(measure)->key, m->count);
    fprintf(out, " %9s", report_measure(measure, known, m->p50, false).text);
    fprintf(out, " %9s", report_measure(measure, known, m->p95, false).text);
    fprintf(out, " %9s", report_measure(measure, known, m->max, false).text);
    fprintf(out, " %9s", report_number(m->limited, m->limit).text);
    fprintf(out, " %9s", report_number(limited, limit).text);
    fprintf(out, " %7s  ", report_number(limited && sum, sum ? sum->over : 0).text);
    report_outcome(out, colour, sum && sum->over ? LAB_FAIL : m->outcome, 0);
    if (sum && sum->raised)
        fprintf(out, "  (without warning up to %" PRId64 ")", sum->raised);
    fputc('\n', out);
}

static void text_measures(const struct lab_sweep_report *report, bool colour, FILE *out)
{
    struct report_sum sum[LAB_MEASURES];
    bool counted = report_sums(report, sum);

    report_heading(out, colour, "Population, of |value|");
    fprintf(out, "  %-26s %6s %9s %9s %9s %9s %9s %7s  %s\n", "measure", "runs", "p50", "p95",
            "max", "limit p95", "limit run", "over it", "outcome");
    for (int n = 0; n < LAB_MEASURES; n++)
        text_measure(report, (enum lab_measure)n, counted ? &sum[n] : NULL, colour, out);
}

/// The worst case of each measure with its ID; measures that share one stand beside each other. What was 0 at worst is left out.
static void text_worst(const struct lab_population *p, bool colour, FILE *out)
{
    bool said[LAB_MEASURES] = {false}, headed = false;

    for (int n = 0; n < LAB_MEASURES; n++)
        said[n] = !p->worst[n].known || (!p->worst[n].value && n != LAB_NV_WEAR_YEARS);
    for (int n = 0; n < LAB_MEASURES; n++) {
        if (said[n])
            continue;
        if (!headed)
            report_heading(out, colour, "Worst cases (an ID replays its run)");
        headed = true;
        fprintf(out, "  %s\n    ", p->worst[n].id);
        for (int same = n, listed = 0; same < LAB_MEASURES; same++) {
            const struct lab_worst *worst = &p->worst[same];
            if (said[same] || strcmp(worst->id, p->worst[n].id) != 0)
                continue;
            said[same] = true;
            fprintf(out, "%s%s %s", listed++ ? ", " : "",
                    lab_measure_info((enum lab_measure)same)->key,
                    report_measure((enum lab_measure)same, true, worst->value, false).text);
        }
        fputc('\n', out);
    }
}

static void text_classes(const struct lab_population *p, bool colour, FILE *out)
{
    if (!p->kinds)
        return;
    report_heading(out, colour, "Failing classes (of each the shortest ID)");
    for (size_t n = 0; n < p->kinds; n++) {
        const struct lab_failure_class *kind = &p->kind[n];
        fputs("  ", out);
        report_outcome(out, colour, kind->outcome, 5);
        fprintf(out, " %7" PRId64 " x  %s", kind->count, lab_failed_word(kind->measure));
        if (kind->result != LAB_RESULT_ANY)
            fprintf(out, ": %s%s%s", lab_result_name(kind->result), kind->reason[0] ? ", " : "",
                    kind->reason);
        fprintf(out, "\n                   %s\n", kind->id);
    }
}

static void text_failures(const struct lab_population *p, bool colour, FILE *out)
{
    if (!p->failures)
        return;
    report_heading(out, colour, "Failures (an ID replays its run)");
    for (size_t n = 0; n < p->failures && n < FAILURES_SHOWN; n++) {
        const struct lab_failure *f = &p->failure[n];
        fputs("  ", out);
        report_outcome(out, colour, f->outcome, 5);
        fprintf(out, "  %s: %s", f->id, lab_failed_word(f->measure));
        if (f->known)
            fprintf(out, " %" PRId64, f->value);
        fputc('\n', out);
    }
    if (p->failures > FAILURES_SHOWN)
        fprintf(out, "  and %zu more\n", p->failures - FAILURES_SHOWN);
}

int lab_sweep_text(const struct lab_sweep_report *report, unsigned look, FILE *out)
{
    assert(report && report->population && out);
    bool colour = look & LAB_TEXT_COLOUR;
    const struct lab_population *p = report->population;
    fprintf(out, "%s\n", report->id && report->id[0] ? report->id : report->scenario_name);
    fprintf(out, "  %" PRId64 " %s%s", p->runs, report->sweep ? "cut" : "run",
            p->runs == 1 ? "" : "s");
    if (report->seeded)
        fprintf(out, " of seed %" PRIu64, report->seed);
    fprintf(out, ", dut %s, gantry %s\n", report->dut, report->gantry);
    if (report->sweep)
        text_sweep(report->sweep, out);
    if (report->interrupted)
        fprintf(out, "  %-10s  by a signal: this is what had been done by then\n", "INTERRUPTED");
    text_missing(report, out);
    text_counts(p, out);
    if (report->curve)
        report_curve(report->curve, look, out);
    text_measures(report, colour, out);
    text_worst(p, colour, out);
    if (report->sweep && lab_sweep_marked(report->sweep)) {
        report_heading(out, colour, "Marks of the core (cuts that came by)");
        text_marks(report->sweep, true, out);
        text_marks(report->sweep, false, out);
    }
    text_classes(p, colour, out);
    text_failures(p, colour, out);
    report_heading(out, colour, "Verdict");
    fputs("  ", out);
    report_outcome(out, colour, p->outcome, 0);
    if (report->host.present) {
        fprintf(out, "  %s of wall time", report_span(report->host.wall_ms * 1000).text);
        if (report->host.cuts_per_second >= 0)
            fprintf(out, ", %s cuts/s", report_grouped(report->host.cuts_per_second).text);
    }
    fputc('\n', out);
    return ferror(out) ? -5 : 0;
}

// --- JUnit --------------------------------------------------------------------------------------------

static void open_case(FILE *out, const struct lab_sweep_report *report, const char *name)
{
    fputs("    <testcase classname=\"", out);
    report_xml(out, report->scenario_name);
    fputs("\" name=\"", out);
    report_xml(out, name);
    fputs("\"", out);
}

static void measure_case(FILE *out, const struct lab_sweep_report *report, int measure)
{
    const struct lab_population_measure *m = &report->population->measure[measure];
    const struct lab_measure_info *info = lab_measure_info((enum lab_measure)measure);
    open_case(out, report, info->key);
    if (m->outcome == LAB_NOT_APPLICABLE)
        fputs(">\n      <skipped message=\"not applicable\"/>\n    </testcase>\n", out);
    else if (m->outcome == LAB_FAIL)
        fprintf(out,
                ">\n      <failure message=\"p95 %" PRId64 " %s, limit %" PRId64
                "\"/>\n    </testcase>\n",
                m->p95, info->unit, m->limit);
    else
        fputs("/>\n", out);
}

static void run_case(FILE *out, const struct lab_sweep_report *report, const struct lab_failure *f)
{
    const char *kind = f->outcome == LAB_ERROR ? "error" : "failure";
    open_case(out, report, f->id);
    fprintf(out, ">\n      <%s message=\"%s%s%s\"/>\n    </testcase>\n", kind,
            lab_failed_word(f->measure), f->known ? " " : "",
            f->known ? report_number(true, f->value).text : "");
}

static int make_junit(const void *ctx, FILE *out)
{
    const struct lab_sweep_report *report = ctx;
    const struct lab_population *p = report->population;
    size_t failed = 0, skipped = 0, errors = 0;
    for (int n = 0; n < LAB_MEASURES; n++) {
        failed += p->measure[n].outcome == LAB_FAIL;
        skipped += p->measure[n].outcome == LAB_NOT_APPLICABLE;
    }
    for (size_t n = 0; n < p->failures; n++)
        errors += p->failure[n].outcome == LAB_ERROR;
    failed += p->failures - errors;
    errors += report->interrupted;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"", out);
    report_xml(out, report->id && report->id[0] ? report->id : report->scenario_name);
    fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n",
            p->failures + LAB_MEASURES + report->interrupted, failed, errors, skipped);
    if (report->interrupted) { // a part is not to be taken for the whole
        open_case(out, report, "interrupted");
        fputs(">\n      <error message=\"by a signal, before all had been done\"/>\n    "
              "</testcase>\n",
              out);
    }
    for (int n = 0; n < LAB_MEASURES; n++)
        measure_case(out, report, n);
    for (size_t n = 0; n < p->failures; n++)
        run_case(out, report, &p->failure[n]);
    fputs("  </testsuite>\n</testsuites>\n", out);
    return ferror(out) ? -5 : 0;
}

int lab_sweep_junit(const struct lab_sweep_report *report, const char *path)
{
    assert(report && report->population && path);
    return lab_write_file(path, make_junit, report);
}
