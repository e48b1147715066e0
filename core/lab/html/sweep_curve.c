// Measures against the instant of the cut: one large chart of the height error, small ones of what else varies.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/html/page.h"
#include "core/lab/html/svg.h"
#include "core/lab/html/sweep.h"
#include "core/lab/html/thin.h"
#include "core/lab/report/format.h"

enum { COLUMNS = 600, COLUMNS_SMALL = 240, SMALL_CHARTS = 6, ALIKE_US = 1000000, LARGE = 10000 };

/// A chart in the making.
struct curve {
    const struct lab_sweep_report *report;
    enum lab_measure measure;
    bool by_number; ///< all cuts are at one instant: against their number instead
    struct svg_chart chart;
    struct thin thin;
    size_t *keep, kept;
    struct svg_point *point; ///< of those kept that passed and have a value
    size_t points;
};

bool sweep_page_limit(const struct lab_curve *curve, enum lab_measure measure, int64_t *limit)
{
    const struct lab_limit *set = curve->scenario ? &curve->scenario->expect[measure] : NULL;

    *limit = set && set->set ? set->max : 0;
    return (set && set->set) || measure == LAB_DIVE || measure == LAB_COLLISIONS;
}

static int64_t x_of(const struct curve *c, size_t n, const struct lab_curve_cut *cut)
{
    return c->by_number ? (int64_t)n + 1 : cut->into_job_us;
}

static bool has(const struct lab_curve_cut *cut, enum lab_measure measure)
{
    return (cut->known >> measure) & 1u;
}

/// Is it marked as failed? Where the error in height is shown, whatever it failed by; else by this measure.
static bool failed(const struct curve *c, const struct lab_curve_cut *cut)
{
    bool any = cut->outcome == LAB_FAIL || cut->outcome == LAB_ERROR;

    return c->measure == LAB_Z_OFFSET_ERROR || !has(cut, c->measure)
               ? any
               : cut->failed >> c->measure & 1u;
}

/// Do many cuts share their instant, as those of one recovery do?
static bool are_alike(const struct lab_curve *curve)
{
    struct lab_curve_cut cut;
    size_t fired = 0, apart = 0;
    int64_t last = INT64_MIN;

    for (size_t n = 0; n < curve->count; n++) {
        if (!curve->cut(curve->ctx, n, &cut))
            continue;
        apart += cut.into_job_us != last;
        last = cut.into_job_us;
        fired++;
    }
    return 2 * apart < fired;
}

// --- ranges --------------------------------------------------------------------------------------------------

static void ranges(struct curve *c)
{
    const struct lab_curve *curve = c->report->curve;
    const char *unit = lab_measure_info(c->measure)->unit;
    struct lab_curve_cut cut;
    int64_t limit, largest = 0;

    c->chart.x = c->by_number ? axis_of("", 1) : axis_of_clock();
    c->chart.y = axis_of(page_unit(unit), 1);
    for (size_t n = 0; n < curve->count; n++) {
        if (!curve->cut(curve->ctx, n, &cut))
            continue;
        axis_include(&c->chart.x, x_of(c, n, &cut));
        if (!has(&cut, c->measure))
            continue;
        axis_include(&c->chart.y, cut.value[c->measure]);
        int64_t size = llabs(cut.value[c->measure]);
        largest = size > largest ? size : largest;
    }
    if (largest >= LARGE && (strcmp(unit, "ms") == 0 || strcmp(unit, "um") == 0)) {
        c->chart.y.unit = unit[0] == 'm' ? "s" : "mm";
        c->chart.y.unit_size = 1000;
    }
    axis_include(&c->chart.y, 0);
    // a limit far above everything would press the curve flat: the table of measures has it
    if (sweep_page_limit(curve, c->measure, &limit) && limit <= 4 * largest) {
        axis_include(&c->chart.y, limit);
        if (c->chart.y.min < 0)
            axis_include(&c->chart.y, -limit);
    }
    axis_fit_inside(&c->chart.x, 10);
    axis_fit(&c->chart.y, c->chart.height > 200 ? 6 : 3);
}

static int choose(struct curve *c, size_t columns)
{
    const struct lab_curve *curve = c->report->curve;
    struct lab_curve_cut cut;

    c->thin.columns = columns;
    c->thin.column = calloc(columns, sizeof *c->thin.column);
    c->keep = calloc(3 * columns, sizeof *c->keep);
    c->point = calloc(3 * columns, sizeof *c->point);
    if (!c->thin.column || !c->keep || !c->point)
        return -ENOMEM;
    for (size_t n = 0; n < curve->count; n++)
        if (curve->cut(curve->ctx, n, &cut))
            thin_add(&c->thin, n, axis_place(&c->chart.x, x_of(c, n, &cut)), has(&cut, c->measure),
                     cut.value[c->measure], failed(c, &cut));
    c->kept = thin_kept(&c->thin, c->keep);
    return 0;
}

// --- drawing ----------------------------------------------------------------------------------------------------

static void limits(const struct curve *c)
{
    int64_t limit;
    char label[PAGE_AMOUNT + 16], value[PAGE_AMOUNT];
    bool known = sweep_page_limit(c->report->curve, c->measure, &limit);

    if (!known || limit > c->chart.y.max)
        return;
    page_amount(limit, lab_measure_info(c->measure)->unit, value); // the axis may be much coarser
    snprintf(label, sizeof label, "dashed: limit %s", value);
    svg_head(&c->chart, label);
    svg_limit(&c->chart, limit, "", false);
    if (c->chart.y.min <= -limit && limit)
        svg_limit(&c->chart, -limit, "", false);
}

/// Dots of what passed first, signs above them.
static void draw(struct curve *c)
{
    const struct lab_curve *curve = c->report->curve;
    struct lab_curve_cut cut;

    for (size_t i = 0; i < c->kept; i++) {
        curve->cut(curve->ctx, c->keep[i], &cut);
        if (has(&cut, c->measure) && !failed(c, &cut))
            c->point[c->points++] =
                (struct svg_point){x_of(c, c->keep[i], &cut), cut.value[c->measure]};
    }
    svg_dots(&c->chart, SVG_BLUE, c->point, c->points);
    for (size_t i = 0; i < c->kept; i++) {
        curve->cut(curve->ctx, c->keep[i], &cut);
        int64_t x = x_of(c, c->keep[i], &cut);
        if (!has(&cut, c->measure))
            svg_tick(&c->chart, x, failed(c, &cut));
        else if (failed(c, &cut))
            svg_cross(&c->chart, (struct svg_point){x, cut.value[c->measure]});
    }
}

static void rows(const struct curve *c)
{
    static const char *const columns[] = {"cut", "at", "value", "outcome", NULL};
    const struct lab_curve *curve = c->report->curve;
    FILE *out = c->chart.out;
    struct lab_curve_cut cut;

    svg_table(&c->chart, columns, c->kept);
    for (size_t i = 0; i < c->kept; i++) {
        char value[AXIS_TEXT];
        curve->cut(curve->ctx, c->keep[i], &cut);
        bool known = has(&cut, c->measure);
        int64_t y = known ? cut.value[c->measure] : c->chart.y.min;
        axis_value(&c->chart.y, y, c->chart.y.unit_size == 1 ? 0 : 3, value);
        svg_row(&c->chart, (struct svg_point){x_of(c, c->keep[i], &cut), y});
        fputs("<th scope=\"row\">", out);
        page_text(out, cut.word);
        fprintf(out, "</th><td>%s</td><td>", report_clock(cut.into_job_us).text);
        if (known)
            fprintf(out, "%s %s", value, c->chart.y.unit);
        else
            page_text(out, lab_result_name(cut.result));
        fprintf(out, "</td><td>%s</td></tr>\n", lab_outcome_name(cut.outcome));
    }
    svg_table_end(&c->chart);
}

static void legend(const struct curve *c)
{
    svg_legend(c->chart.out);
    svg_legend_sign(c->chart.out, "dot", "passed", "passed");
    svg_legend_sign(c->chart.out, "cross", "failed", "failed");
    svg_legend_sign(c->chart.out, "tick", "none", "no value (at the lower edge)");
    svg_legend_end(c->chart.out);
}

/// One chart. Returns 0 or -ENOMEM.
static int one(const struct lab_sweep_report *report, enum lab_measure measure, bool by_number,
               bool large, FILE *out)
{
    char id[40], title[LAB_REPORT_TEAR * 2], name[LAB_REPORT_TEAR * 2], note[240] = "";
    struct curve c = {.report = report, .measure = measure, .by_number = by_number};

    snprintf(id, sizeof id, "c%d", (int)measure);
    snprintf(title, sizeof title, "%s", page_measure(measure, name));
    c.chart = (struct svg_chart){
        .out = out,
        .id = id,
        .title = title,
        .about = "A dot for each cut; crosses failed. Dashed lines are limits of a single run.",
        .x_name = by_number ? "number of the cut" : "time into the job, h:min",
        .y_name = name,
        .height = large ? 300 : 150};
    ranges(&c);
    int bad = choose(&c, large ? COLUMNS : COLUMNS_SMALL);
    if (!bad) {
        svg_open(&c.chart);
        if (large)
            legend(&c);
        svg_begin(&c.chart);
        limits(&c);
        draw(&c);
        svg_end(&c.chart);
        rows(&c);
        if (c.kept < c.thin.points)
            snprintf(
                note, sizeof note,
                "Of %s cuts %s are drawn: the lowest, the highest and the first failed of each of "
                "%zu columns.",
                report_grouped((int64_t)c.thin.points).text, report_grouped((int64_t)c.kept).text,
                c.thin.columns);
        svg_finish(&c.chart, note[0] ? note : NULL);
    }
    free(c.thin.column);
    free(c.keep);
    free(c.point);
    return bad;
}

/// Is there something to be seen?
static bool varies(const struct lab_sweep_report *r, enum lab_measure measure)
{
    const struct lab_population *p = r->population;

    return measure != LAB_Z_OFFSET_ERROR && p->tallies[measure] > 1;
}

int sweep_page_curves(const struct lab_sweep_report *r, FILE *out)
{
    bool by_number = are_alike(r->curve);
    int bad = 0, small = 0;

    page_section(out, "curve",
                 by_number ? "Error against the cut" : "Error against the instant of the cut");
    if (r->population->measure[LAB_Z_OFFSET_ERROR].count)
        bad = one(r, LAB_Z_OFFSET_ERROR, by_number, true, out);
    fputs("<div class=\"grid2\">\n", out);
    for (int n = 0; n < LAB_MEASURES && !bad && small < SMALL_CHARTS; n++) {
        if (!varies(r, (enum lab_measure)n))
            continue;
        bad = one(r, (enum lab_measure)n, by_number, false, out);
        small++;
    }
    fputs("</div>\n", out);
    if (!small)
        fputs("<p class=\"note\">All other measures are the same in every run.</p>\n", out);
    page_section_end(out);
    return bad;
}
