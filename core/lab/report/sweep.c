// Many runs of one scenario: a table for people, JSON plr-sweep/1, JUnit.
// SPDX-License-Identifier: MIT
#include "core/lab/report/format.h"

#include <assert.h>
#include <inttypes.h>

enum { FAILURES_SHOWN = 20 };

// --- text ---------------------------------------------------------------------------------------------

static void text_counts(const struct lab_population *p, FILE *out)
{
    fprintf(out, "  %-10s", "results");
    for (int n = 0; n < LAB_RESULT_ANY; n++)
        if (p->results[n])
            fprintf(out, "  %" PRId64 " %s", p->results[n], lab_result_name((enum lab_result)n));
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
    if (sweep->never_fired)
        fprintf(out, "; %" PRId64 " places never reached", sweep->never_fired);
    fputc('\n', out);
    if (sweep->full)
        report_full_text(sweep->full, out);
}

static void text_measures(const struct lab_population *p, bool colour, FILE *out)
{
    report_heading(out, colour, "Population, of |value|");
    fprintf(out, "  %-28s %6s %10s %10s %10s %10s  %s\n", "measure", "runs", "p50", "p95", "max",
            "limit p95", "outcome");
    for (int n = 0; n < LAB_MEASURES; n++) {
        const struct lab_population_measure *m = &p->measure[n];
        const struct lab_measure_info *info = lab_measure_info((enum lab_measure)n);
        bool known = m->count > 0;
        fprintf(out, "  %-28s %6zu %10s %10s %10s %10s  ", info->key, m->count,
                report_number(known, m->p50).text, report_number(known, m->p95).text,
                report_number(known, m->max).text, report_number(m->limited, m->limit).text);
        report_outcome(out, colour, m->outcome, 0);
        fputc('\n', out);
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
        fprintf(out, "  %s: %s", f->id,
                f->measure < 0 ? "result" : lab_measure_info((enum lab_measure)f->measure)->key);
        if (f->known)
            fprintf(out, " %" PRId64, f->value);
        fputc('\n', out);
    }
    if (p->failures > FAILURES_SHOWN)
        fprintf(out, "  and %zu more\n", p->failures - FAILURES_SHOWN);
}

int lab_sweep_text(const struct lab_sweep_report *report, bool colour, FILE *out)
{
    assert(report && report->population && out);
    const struct lab_population *p = report->population;
    fprintf(out, "%s\n", report->id && report->id[0] ? report->id : report->scenario_name);
    fprintf(out, "  %" PRId64 " %s, dut %s, gantry %s\n", p->runs, report->sweep ? "cuts" : "runs",
            report->dut, report->gantry);
    if (report->sweep)
        text_sweep(report->sweep, out);
    text_counts(p, out);
    text_measures(p, colour, out);
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

// --- JSON ---------------------------------------------------------------------------------------------

static json_t *population(const struct lab_population *p)
{
    json_t *object = json_object();
    for (int n = 0; n < LAB_MEASURES; n++) {
        const struct lab_population_measure *m = &p->measure[n];
        bool known = m->count > 0;
        json_t *one = json_object();
        json_object_set_new(one, "runs", json_integer((json_int_t)m->count));
        json_object_set_new(one, "p50", report_integer(known, m->p50));
        json_object_set_new(one, "p95", report_integer(known, m->p95));
        json_object_set_new(one, "max", report_integer(known, m->max));
        json_object_set_new(one, "limit", report_integer(m->limited, m->limit));
        json_object_set_new(one, "warn", report_integer(m->warned, m->warn));
        json_object_set_new(one, "outcome", json_string(lab_outcome_name(m->outcome)));
        json_object_set_new(object, lab_measure_info((enum lab_measure)n)->key, one);
    }
    return object;
}

static json_t *failures(const struct lab_population *p)
{
    json_t *array = json_array();
    for (size_t n = 0; n < p->failures; n++) {
        const struct lab_failure *f = &p->failure[n];
        json_t *one = json_object();
        json_object_set_new(one, "id", report_string(f->id));
        json_object_set_new(one, "outcome", json_string(lab_outcome_name(f->outcome)));
        json_object_set_new(one, "measure",
                            json_string(f->measure < 0
                                            ? "result"
                                            : lab_measure_info((enum lab_measure)f->measure)->key));
        json_object_set_new(one, "value", report_integer(f->known, f->value));
        json_array_append_new(array, one);
    }
    return array;
}

static json_t *worst(const struct lab_population *p)
{
    json_t *object = json_object();
    for (int n = 0; n < LAB_MEASURES; n++) {
        json_t *one = json_object();
        if (!p->worst[n].known) {
            json_decref(one);
            continue;
        }
        json_object_set_new(one, "value", json_integer((json_int_t)p->worst[n].value));
        json_object_set_new(one, "id", report_string(p->worst[n].id));
        json_object_set_new(object, lab_measure_info((enum lab_measure)n)->key, one);
    }
    return object;
}

static void sweep_facts(json_t *root, const struct lab_sweep_facts *sweep)
{
    json_object_set_new(root, "every", report_string(sweep->every));
    json_object_set_new(root, "cuts", json_integer((json_int_t)sweep->cuts));
    json_object_set_new(root, "never_fired", json_integer((json_int_t)sweep->never_fired));
    json_object_set_new(root, "to_end", json_integer((json_int_t)sweep->to_end));
    json_object_set_new(root, "differs", json_integer((json_int_t)sweep->differs));
    json_object_set_new(root, "unique_states", json_integer((json_int_t)sweep->unique_states));
    if (sweep->full)
        json_object_set_new(root, "full", report_full_json(sweep->full));
}

static json_t *counts(const int64_t *count, int n, const char *(*name)(int))
{
    json_t *object = json_object();
    for (int i = 0; i < n; i++)
        json_object_set_new(object, name(i), json_integer((json_int_t)count[i]));
    return object;
}

static const char *result_name(int n)
{
    return lab_result_name((enum lab_result)n);
}

static const char *outcome_name(int n)
{
    return lab_outcome_name((enum lab_outcome)n);
}

static int make_json(const void *ctx, FILE *out)
{
    const struct lab_sweep_report *report = ctx;
    const struct lab_population *p = report->population;
    json_t *root = json_object();
    json_object_set_new(root, "schema", json_string("plr-sweep/1"));
    json_object_set_new(root, "id", report_string(report->id));
    json_object_set_new(root, "scenario", report_string(report->scenario_name));
    json_object_set_new(root, "set", report_strings(report->set, report->sets));
    json_object_set_new(root, "hashes",
                        report_hashes(report->hash_doc, report->hash_printer, report->hash_job,
                                      report->hash_config));
    json_object_set_new(root, "dut", report_string(report->dut));
    json_object_set_new(root, "gantry", report_string(report->gantry));
    json_object_set_new(root, "outcome", json_string(lab_outcome_name(p->outcome)));
    json_object_set_new(root, "runs", json_integer((json_int_t)p->runs));
    if (report->sweep)
        sweep_facts(root, report->sweep);
    json_object_set_new(root, "results", counts(p->results, LAB_RESULT_ANY, result_name));
    json_object_set_new(root, "outcomes", counts(p->outcomes, LAB_NOT_APPLICABLE, outcome_name));
    json_object_set_new(root, "population", population(p));
    json_object_set_new(root, "failures", failures(p));
    json_object_set_new(root, "worst", worst(p));
    if (report->host.present)
        json_object_set_new(root, "host", report_host(&report->host, true));
    return report_dump(root, out);
}

int lab_sweep_json(const struct lab_sweep_report *report, const char *path)
{
    assert(report && report->population && path);
    return lab_write_file(path, make_json, report);
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
    const char *what =
        f->measure < 0 ? "result" : lab_measure_info((enum lab_measure)f->measure)->key;
    const char *kind = f->outcome == LAB_ERROR ? "error" : "failure";
    open_case(out, report, f->id);
    fprintf(out, ">\n      <%s message=\"%s %s\"/>\n    </testcase>\n", kind, what,
            report_number(f->known, f->value).text);
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
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"", out);
    report_xml(out, report->id && report->id[0] ? report->id : report->scenario_name);
    fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n",
            p->failures + LAB_MEASURES, failed, errors, skipped);
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
