// Sweeps over parameters: a row for each combination of values.
// SPDX-License-Identifier: MIT
#include "core/lab/report/format.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/// Measures that a row shows: p95 and the worst.
static const enum lab_measure shown[] = {LAB_Z_OFFSET_ERROR, LAB_SEAM_GAP, LAB_SEAM_OVERLAP,
                                         LAB_STATE_AGE};
enum { SHOWN = sizeof shown / sizeof *shown, WIDE = 22, NARROW = 12 };

/// The value that a row has for the key.
static const char *value_of(const struct lab_sweep_report *row, const char *key)
{
    size_t length = strlen(key);

    for (size_t i = row->sets; i-- > 0;)
        if (!strncmp(row->set[i], key, length) && row->set[i][length] == '=')
            return row->set[i] + length + 1;
    return "";
}

/// "p95 / max", or "-".
static void p95_and_max(const struct lab_population_measure *m, FILE *out)
{
    char text[64];

    snprintf(text, sizeof text, "%" PRId64 " / %" PRId64, m->p95, m->max);
    fprintf(out, " %*s", WIDE, m->count ? text : "-");
}

static void text_row(const struct lab_axes_report *report, const struct lab_sweep_report *row,
                     bool colour, FILE *out)
{
    const struct lab_population *p = row->population;

    for (size_t i = 0; i < report->keys; i++)
        fprintf(out, " %*s", WIDE, value_of(row, report->key[i]));
    fprintf(out, " %*" PRId64 " %*" PRId64 " %*" PRId64, NARROW, p->runs, NARROW,
            p->results[LAB_RESUMED], NARROW, p->outcomes[LAB_FAIL]);
    for (int i = 0; i < SHOWN; i++)
        p95_and_max(&p->measure[shown[i]], out);
    fputs("  ", out);
    report_outcome(out, colour, p->outcome, 0);
    fputc('\n', out);
}

int lab_axes_text(const struct lab_axes_report *report, bool colour, FILE *out)
{
    assert(report && report->rows && out);
    fprintf(out, "%s: p95 and worst of each measure\n", report->row[0]->scenario_name);
    for (size_t i = 0; i < report->keys; i++)
        fprintf(out, " %*s", WIDE, report->key[i]);
    fprintf(out, " %*s %*s %*s", NARROW, "cuts", NARROW, "resumed", NARROW, "failed");
    for (int i = 0; i < SHOWN; i++)
        fprintf(out, " %*s", WIDE, lab_measure_info(shown[i])->key);
    fputs("  outcome\n", out);
    for (size_t i = 0; i < report->rows; i++)
        text_row(report, report->row[i], colour, out);
    return ferror(out) ? -5 : 0;
}

static int make_json(const void *ctx, FILE *out)
{
    const struct lab_axes_report *report = ctx;
    json_t *root = json_object(), *sweeps = json_array();

    json_object_set_new(root, "schema", json_string("plr-sweep-axes/1"));
    json_object_set_new(root, "axes", report_strings(report->key, report->keys));
    for (size_t i = 0; i < report->rows; i++)
        json_array_append_new(sweeps, report_sweep(report->row[i]));
    json_object_set_new(root, "sweeps", sweeps);
    return report_dump(root, out);
}

int lab_axes_json(const struct lab_axes_report *report, const char *path)
{
    assert(report && report->rows && path);
    return lab_write_file(path, make_json, report);
}
