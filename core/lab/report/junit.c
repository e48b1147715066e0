// Runs as JUnit XML: a suite for each run, a case for its result and for each measure.
// SPDX-License-Identifier: MIT
#include "core/lab/report/format.h"

#include <assert.h>
#include <inttypes.h>

struct runs {
    const struct lab_report *const *report;
    size_t count;
};

struct tally {
    int tests, failures, errors, skipped;
};

static void count(struct tally *tally, enum lab_outcome outcome)
{
    tally->tests++;
    tally->failures += outcome == LAB_FAIL;
    tally->errors += outcome == LAB_ERROR;
    tally->skipped += outcome == LAB_NOT_APPLICABLE;
}

// The result as a case of its own: an error of the harness, a wrong result, or fine.
static enum lab_outcome result_outcome(const struct lab_verdict *verdict)
{
    if (verdict->outcome == LAB_ERROR)
        return LAB_ERROR;
    return verdict->result_ok ? LAB_PASS : LAB_FAIL;
}

static struct tally tally_run(const struct lab_verdict *verdict)
{
    struct tally tally = {0};
    count(&tally, result_outcome(verdict));
    if (verdict->state != LAB_STATE_UNSEEN)
        count(&tally, verdict->state == LAB_STATE_OTHER ? LAB_FAIL : LAB_PASS);
    for (int n = 0; n < LAB_MEASURES; n++)
        count(&tally, verdict->measure[n].outcome);
    return tally;
}

static void attribute(FILE *out, const char *name, const char *value)
{
    fprintf(out, " %s=\"", name);
    report_xml(out, value ? value : "");
    fputc('"', out);
}

static void property(FILE *out, const char *name, const char *value)
{
    fputs("      <property", out);
    attribute(out, "name", name);
    attribute(out, "value", value);
    fputs("/>\n", out);
}

static void open_case(FILE *out, const struct lab_report *report, const char *name)
{
    fputs("    <testcase", out);
    attribute(out, "classname", report->scenario_name);
    attribute(out, "name", name);
}

static void result_case(FILE *out, const struct lab_report *report)
{
    const struct lab_verdict *verdict = report->verdict;
    enum lab_outcome outcome = result_outcome(verdict);
    open_case(out, report, "result");
    if (outcome == LAB_PASS) {
        fputs("/>\n", out);
        return;
    }
    fprintf(out, ">\n      <%s", outcome == LAB_ERROR ? "error" : "failure");
    attribute(out, "message", verdict->why[0] ? verdict->why : report->reason);
    fputs(">", out);
    report_xml(out, report->id ? report->id : "");
    fprintf(out, "</%s>\n    </testcase>\n", outcome == LAB_ERROR ? "error" : "failure");
}

/// The state in which the job went on, where somebody could compare.
static void state_case(FILE *out, const struct lab_report *report)
{
    enum lab_state state = report->verdict->state;

    if (state == LAB_STATE_UNSEEN)
        return;
    open_case(out, report, lab_failed_word(LAB_FAILED_STATE));
    if (state == LAB_STATE_SAME) {
        fputs("/>\n", out);
        return;
    }
    fputs(">\n      <failure message=\"it goes on in another state than the uninterrupted print "
          "had there\">",
          out);
    report_xml(out, report->id ? report->id : "");
    fputs("</failure>\n    </testcase>\n", out);
}

static void measure_case(FILE *out, const struct lab_report *report, int measure)
{
    const struct lab_measured *m = &report->verdict->measure[measure];
    const struct lab_measure_info *info = lab_measure_info((enum lab_measure)measure);
    open_case(out, report, info->key);
    if (m->outcome == LAB_NOT_APPLICABLE) {
        fputs(">\n      <skipped message=\"not applicable\"/>\n    </testcase>\n", out);
        return;
    }
    struct report_field value = report_number(m->known, m->value);
    struct report_field limit = report_number(m->limited, m->limit);
    if (m->outcome == LAB_FAIL) {
        fprintf(out, ">\n      <failure message=\"%s %s, limit %s\">", value.text, info->unit,
                limit.text);
        report_xml(out, report->id ? report->id : "");
        fputs("</failure>\n    </testcase>\n", out);
        return;
    }
    fprintf(out, ">\n      <system-out>%s %s, limit %s, %s</system-out>\n    </testcase>\n",
            value.text, info->unit, limit.text, lab_outcome_name(m->outcome));
}

static void suite(FILE *out, const struct lab_report *report)
{
    struct tally tally = tally_run(report->verdict);
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, report->seed);
    fputs("  <testsuite", out);
    attribute(out, "name", report->id);
    fprintf(out, " tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\"", tally.tests,
            tally.failures, tally.errors, tally.skipped);
    if (report->host.present)
        fprintf(out, " time=\"%" PRId64 ".%03" PRId64 "\"", report->host.wall_ms / 1000,
                report->host.wall_ms % 1000);
    fputs(">\n    <properties>\n", out);
    property(out, "id", report->id);
    property(out, "seed", seed);
    property(out, "dut", report->dut);
    property(out, "gantry", report->gantry);
    property(out, "result", lab_result_name(report->verdict->result));
    property(out, "outcome", lab_outcome_name(report->verdict->outcome));
    fputs("    </properties>\n", out);
    result_case(out, report);
    state_case(out, report);
    for (int n = 0; n < LAB_MEASURES; n++)
        measure_case(out, report, n);
    fputs("  </testsuite>\n", out);
}

static int make(const void *ctx, FILE *out)
{
    const struct runs *runs = ctx;
    struct tally all = {0};
    for (size_t n = 0; n < runs->count; n++) {
        struct tally one = tally_run(runs->report[n]->verdict);
        all.tests += one.tests;
        all.failures += one.failures;
        all.errors += one.errors;
        all.skipped += one.skipped;
    }
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
    fprintf(out, "<testsuites tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\">\n",
            all.tests, all.failures, all.errors, all.skipped);
    for (size_t n = 0; n < runs->count; n++)
        suite(out, runs->report[n]);
    fputs("</testsuites>\n", out);
    return ferror(out) ? -5 : 0;
}

int lab_report_junit(const struct lab_report *const *report, size_t count, const char *path)
{
    assert((report || count == 0) && path);
    struct runs runs = {report, count};
    return lab_write_file(path, make, &runs);
}
