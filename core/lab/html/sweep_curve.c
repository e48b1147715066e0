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
    bool
        by_number; ///< all cuts are at one instant, or runs differ by their seed: against their number instead
    bool limited;
    int64_t limit; ///< the usual one of a run
    struct svg_chart chart;
    struct thin thin;
    size_t *keep, kept;
    struct svg_point *point; ///< room for those kept
};

static int64_t x_of(const struct curve *c, size_t n, const struct lab_curve_cut *cut)
{
    return c->by_number ? (int64_t)n + 1 : cut->into_job_us;
}

static bool has(const struct lab_curve_cut *cut, enum lab_measure measure)
{
    return (cut->known >> measure) & 1u;
}

static bool run_failed(const struct lab_curve_cut *cut)
{
    return cut->outcome == LAB_FAIL || cut->outcome == LAB_ERROR;
}

/// Of two cuts in one column the one that is to be seen rather: over this limit, or failed without a value.
static bool failed(const struct curve *c, const struct lab_curve_cut *cut)
{
    return has(cut, c->measure) ? report_stand(cut, c->measure) == STAND_OVER : run_failed(cut);
}

/// Was it judged by a larger limit than the usual one, which would have failed it?
static bool own_limit(const struct curve *c, const struct lab_curve_cut *cut)
{
    return c->limited && report_stand(cut, c->measure) >= STAND_PASSED &&
           cut->limit[c->measure] > c->limit && llabs(cut->value[c->measure]) > c->limit;
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
    int64_t largest = 0;

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
        if (own_limit(c, &cut) && cut.limit[c->measure] <= 4 * size)
            axis_include(&c->chart.y, cut.limit[c->measure]);
    }
    if (largest >= LARGE && (strcmp(unit, "ms") == 0 || strcmp(unit, "um") == 0)) {
        c->chart.y.unit = unit[0] == 'm' ? "s" : "mm";
        c->chart.y.unit_size = 1000;
    }
    axis_include(&c->chart.y, 0);
    // a limit far above everything would press the curve flat: the table of measures has it
    if (c->limited && c->limit <= 4 * largest) {
        axis_include(&c->chart.y, c->limit);
        if (c->chart.y.min < 0)
            axis_include(&c->chart.y, -c->limit);
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
    char label[PAGE_AMOUNT + 16], value[PAGE_AMOUNT];

    if (!c->limited || c->limit > c->chart.y.max)
        return;
    page_amount(c->limit, lab_measure_info(c->measure)->unit,
                value); // the axis may be much coarser
    snprintf(label, sizeof label, "dashed: limit %s", value);
    svg_head(&c->chart, label);
    svg_limit(&c->chart, c->limit, "", false);
    if (c->chart.y.min <= -c->limit && c->limit)
        svg_limit(&c->chart, -c->limit, "", false);
}

/// What a cut is drawn as.
enum sign { DOT, DIAMOND, RING, CROSS, TICK, EDGE, DASH, SIGNS };

static const struct {
    const char *sign, *css, *text;
    const char *unlimited; ///< the same where the measure has no limit
} signs[SIGNS] = {
    [DOT] = {"dot", "passed", "this measure passed", "the run passed; this measure has no limit"},
    [DIAMOND] = {"diamond", "other", "this measure passed, the run failed by something else",
                 "the run failed; this measure has no limit"},
    [RING] = {"ring", "unjudged", "not judged: nothing to resume", "nothing to resume"},
    [CROSS] = {"cross", "failed", "this measure failed", ""},
    [TICK] = {"tick", "none", "no value (at the lower edge)", "no value (at the lower edge)"},
    [EDGE] = {"cross", "failed", "no value, and the run failed (at the lower edge)",
              "no value, and the run failed (at the lower edge)"},
    [DASH] = {"dash", "own", "a cut's own limit: it came without warning", ""},
};

static enum sign sign_of(const struct curve *c, const struct lab_curve_cut *cut)
{
    switch (report_stand(cut, c->measure)) {
    case STAND_NONE: return run_failed(cut) ? EDGE : TICK;
    case STAND_UNJUDGED: return RING;
    case STAND_OVER: return CROSS;
    case STAND_PASSED: break;
    }
    return run_failed(cut) ? DIAMOND : DOT;
}

/// What there are many of, as one path each: dots of what passed, and limits of their own.
static void draw_many(const struct curve *c)
{
    const struct lab_curve *curve = c->report->curve;
    struct lab_curve_cut cut;
    size_t dots = 0, own = 0;

    for (size_t i = 0; i < c->kept; i++) {
        curve->cut(curve->ctx, c->keep[i], &cut);
        if (own_limit(c, &cut) && cut.limit[c->measure] <= c->chart.y.max)
            c->point[own++] = (struct svg_point){x_of(c, c->keep[i], &cut), cut.limit[c->measure]};
    }
    svg_dashes(&c->chart, c->point, own);
    for (size_t i = 0; i < c->kept; i++) {
        curve->cut(curve->ctx, c->keep[i], &cut);
        if (sign_of(c, &cut) == DOT)
            c->point[dots++] = (struct svg_point){x_of(c, c->keep[i], &cut), cut.value[c->measure]};
    }
    svg_dots(&c->chart, SVG_BLUE, c->point, dots);
}

/// Dots first, signs above them.
static void draw(const struct curve *c)
{
    const struct lab_curve *curve = c->report->curve;
    struct lab_curve_cut cut;

    draw_many(c);
    for (size_t i = 0; i < c->kept; i++) {
        curve->cut(curve->ctx, c->keep[i], &cut);
        enum sign sign = sign_of(c, &cut);
        int64_t x = x_of(c, c->keep[i], &cut);
        if (sign == TICK || sign == EDGE)
            svg_tick(&c->chart, x, sign == EDGE);
        else if (sign != DOT)
            svg_sign(&c->chart, signs[sign].sign, signs[sign].css,
                     (struct svg_point){x, cut.value[c->measure]});
    }
}

/// The signs that are there, each with its words.
static void legend(const struct curve *c)
{
    const struct lab_curve *curve = c->report->curve;
    struct lab_curve_cut cut;
    bool there[SIGNS] = {false};

    for (size_t i = 0; i < c->kept; i++) {
        curve->cut(curve->ctx, c->keep[i], &cut);
        there[sign_of(c, &cut)] = true;
        there[DASH] = there[DASH] || own_limit(c, &cut);
    }
    svg_legend(c->chart.out);
    for (int n = 0; n < SIGNS; n++)
        if (there[n])
            svg_legend_sign(c->chart.out, signs[n].sign, signs[n].css,
                            c->limited ? signs[n].text : signs[n].unlimited);
    svg_legend_end(c->chart.out);
}

/// How a cut stands in this measure, in words, and how the run does where that is not the same.
static void stands(const struct curve *c, const struct lab_curve_cut *cut)
{
    static const char *const words[] = {"", "not judged; ", "pass", "fail"};
    enum report_stand stand = report_stand(cut, c->measure);
    bool same = (stand == STAND_PASSED && cut->outcome == LAB_PASS) ||
                (stand == STAND_OVER && cut->outcome == LAB_FAIL);
    char own[PAGE_AMOUNT];

    fputs(words[stand], c->chart.out);
    if (own_limit(c, cut)) {
        page_amount(cut->limit[c->measure], lab_measure_info(c->measure)->unit, own);
        fprintf(c->chart.out, ", its limit %s", own);
    }
    if (!same)
        fprintf(c->chart.out, "%srun %s", stand >= STAND_PASSED ? "; " : "",
                lab_outcome_name(cut->outcome));
}

static void rows(const struct curve *c)
{
    const char *columns[] = {"", "at", "value", "outcome", NULL};
    const struct lab_curve *curve = c->report->curve;
    FILE *out = c->chart.out;
    struct lab_curve_cut cut;

    columns[0] = curve->of;
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
        fputs("</td><td>", out);
        stands(c, &cut);
        fputs("</td></tr>\n", out);
    }
    svg_table_end(&c->chart);
}

/// One chart. Returns 0 or -ENOMEM.
static int one(const struct lab_sweep_report *report, enum lab_measure measure, bool by_number,
               bool large, FILE *out)
{
    char id[40], title[LAB_REPORT_TEAR * 2], name[LAB_REPORT_TEAR * 2], note[240] = "";
    char about[160], number[32];
    const char *of = report->curve->of;
    struct curve c = {.report = report, .measure = measure, .by_number = by_number};

    snprintf(id, sizeof id, "c%d", (int)measure);
    snprintf(title, sizeof title, "%s", page_measure(measure, name));
    snprintf(number, sizeof number, "number of the %s", of);
    snprintf(about, sizeof about,
             "A sign for each %s: how it stands in this measure, by its own limit. Dashed lines "
             "are the usual limits of a single run.",
             of);
    c.chart = (struct svg_chart){.out = out,
                                 .id = id,
                                 .title = title,
                                 .about = about,
                                 .x_name = by_number ? number : "time into the job, h:min",
                                 .y_name = name,
                                 .height = large ? 300 : 150};
    c.limited = report_limit(report, measure, &c.limit);
    ranges(&c);
    int bad = choose(&c, large ? COLUMNS : COLUMNS_SMALL);
    if (!bad) {
        svg_open(&c.chart);
        legend(&c);
        svg_begin(&c.chart);
        limits(&c);
        draw(&c);
        svg_end(&c.chart);
        rows(&c);
        if (c.kept < c.thin.points)
            snprintf(
                note, sizeof note,
                "Of %s %ss %s are drawn: the lowest, the highest and the first failed of each of "
                "%zu columns.",
                report_grouped((int64_t)c.thin.points).text, of,
                report_grouped((int64_t)c.kept).text, c.thin.columns);
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
    bool by_number = !r->sweep || are_alike(r->curve);
    int bad = 0, small = 0;

    page_section(out, "curve",
                 !r->sweep   ? "Error of each run"
                 : by_number ? "Error against the cut"
                             : "Error against the instant of the cut");
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
