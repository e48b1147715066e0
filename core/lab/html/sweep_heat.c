// Measures by what was cut: a row for each phase of the recoveries that were cut again, else for each tenth of the print.
// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/html/page.h"
#include "core/lab/html/svg.h"
#include "core/lab/html/sweep.h"
#include "core/lab/report/format.h"
#include "core/plr/plr.h"

enum { GROUPS = 32, TENTHS = 10, SHADES = 5 };

/// The cut that is worst in a measure: of those over their limit, else of those judged, else of those with a value.
struct worst {
    enum report_stand stand;
    int64_t value; ///< |value|, the largest
    int64_t limit; ///< its own
};

/// Cuts that belong together.
struct group {
    char name[48];
    int64_t cuts, failed, unresumed;
    struct worst worst[LAB_MEASURES];
};

struct heat {
    struct group group[GROUPS];
    size_t groups;
    bool phases;
    int64_t from_us, to_us;
};

static const enum lab_measure columns[] = {LAB_Z_OFFSET_ERROR, LAB_LAYER_SHIFT, LAB_SEAM_GAP,
                                           LAB_SEAM_OVERLAP,   LAB_GANTRY_TILT, LAB_DIVE,
                                           LAB_HOT_DWELL,      LAB_STATE_AGE,   LAB_TIME_TO_RESUME};
enum { COLUMNS = sizeof columns / sizeof *columns };

// --- groups --------------------------------------------------------------------------------------------------

static void look(const struct lab_curve *curve, struct heat *heat)
{
    struct lab_curve_cut cut;

    heat->from_us = INT64_MAX;
    heat->to_us = INT64_MIN;
    for (size_t n = 0; n < curve->count; n++) {
        if (!curve->cut(curve->ctx, n, &cut))
            continue;
        heat->phases = heat->phases || cut.within;
        heat->from_us = cut.into_job_us < heat->from_us ? cut.into_job_us : heat->from_us;
        heat->to_us = cut.into_job_us > heat->to_us ? cut.into_job_us : heat->to_us;
    }
}

static struct group *named(struct heat *heat, const char *name)
{
    for (size_t n = 0; n < heat->groups; n++)
        if (strcmp(heat->group[n].name, name) == 0)
            return &heat->group[n];
    if (heat->groups == GROUPS)
        return &heat->group[GROUPS - 1];
    struct group *fresh = &heat->group[heat->groups++];
    snprintf(fresh->name, sizeof fresh->name, "%s", name);
    return fresh;
}

static void tenth_name(const struct heat *heat, int64_t tenth, char name[48])
{
    int64_t width = (heat->to_us - heat->from_us) / TENTHS;

    snprintf(name, 48, "%.7s to %.7s", report_clock(heat->from_us + tenth * width).text,
             report_clock(heat->from_us + (tenth + 1) * width).text);
}

static struct group *group_of(struct heat *heat, const struct lab_curve_cut *cut)
{
    char name[48];

    if (heat->phases)
        return named(heat, cut->within ? cut->within : "the print");
    struct axis axis = {.min = heat->from_us, .max = heat->to_us + 1, .unit_size = 1};
    tenth_name(heat, axis_place(&axis, cut->into_job_us) * TENTHS / (AXIS_SPAN + 1), name);
    return named(heat, name);
}

/// Phases in the order of a recovery; what is none of them first, as it came.
static int rank(const struct group *group)
{
    for (int n = 0; n < PLR_PHASES; n++)
        if (strcmp(plr_phase_name((enum plr_phase)n), group->name) == 0)
            return n + 1;
    return 0;
}

static void sort(struct heat *heat)
{
    for (size_t n = 1; n < heat->groups; n++)
        for (size_t i = n; i > 0 && rank(&heat->group[i - 1]) > rank(&heat->group[i]); i--) {
            struct group kept = heat->group[i];
            heat->group[i] = heat->group[i - 1];
            heat->group[i - 1] = kept;
        }
}

static void count(struct group *group, const struct lab_curve_cut *cut)
{
    group->cuts++;
    group->failed += cut->outcome == LAB_FAIL || cut->outcome == LAB_ERROR;
    group->unresumed += cut->result != LAB_RESUMED;
    for (int n = 0; n < LAB_MEASURES; n++) {
        const struct worst is = {report_stand(cut, (enum lab_measure)n), llabs(cut->value[n]),
                                 cut->limit[n]};
        struct worst *was = &group->worst[n];
        if (is.stand > was->stand || (is.stand == was->stand && is.value > was->value))
            *was = is;
    }
}

// --- cells ------------------------------------------------------------------------------------------------------

/// Nearer to its limit, stronger.
static int shade(const struct worst *w, bool limited)
{
    struct axis axis = {.min = 0, .max = w->limit > 0 ? w->limit : 1, .unit_size = 1};
    return limited ? (int)(axis_place(&axis, w->value) * SHADES / (AXIS_SPAN + 1)) : 0;
}

static void cell(const struct lab_sweep_report *r, const struct group *group,
                 enum lab_measure measure, FILE *out)
{
    const struct worst *w = &group->worst[measure];
    int64_t limit;
    bool limited = report_limit(r, measure, &limit), own = limited && w->limit > limit;

    if (w->stand == STAND_NONE) {
        fputs("<td class=\"plain\">\xe2\x80\x93</td>", out);
        return;
    }
    if (w->stand == STAND_UNJUDGED) {
        fprintf(out, "<td class=\"plain\">%s<small>not judged</small></td>",
                report_grouped(w->value).text);
        return;
    }
    if (w->stand == STAND_OVER)
        fprintf(out,
                "<td class=\"over\"><span aria-hidden=\"true\">\xe2\x9c\x95 </span>%s<small> "
                "over</small>",
                report_grouped(w->value).text);
    else
        fprintf(out, "<td class=\"h%d\">%s", shade(w, limited), report_grouped(w->value).text);
    if (own)
        fprintf(out, "<small>its limit %s</small>", report_grouped(w->limit).text);
    fputs("</td>", out);
}

static void heading(FILE *out, const struct lab_sweep_report *r, enum lab_measure measure)
{
    char name[LAB_REPORT_TEAR * 2];
    int64_t limit;
    const char *unit = page_unit(lab_measure_info(measure)->unit);

    fprintf(out, "<th scope=\"col\">%s <small>%s", page_measure(measure, name), unit);
    if (report_limit(r, measure, &limit))
        fprintf(out, ", limit %s", report_grouped(limit).text);
    fputs("</small></th>", out);
}

static void row(const struct lab_sweep_report *r, const struct group *group, FILE *out)
{
    fputs("<tr><th scope=\"row\">", out);
    page_text(out, group->name);
    fprintf(out, "</th><td class=\"plain\">%s</td>", report_grouped(group->cuts).text);
    fprintf(out, "<td class=\"plain\">%s</td>", report_grouped(group->unresumed).text);
    fprintf(out, "<td class=\"%s\">%s</td>", group->failed ? "over" : "plain",
            report_grouped(group->failed).text);
    for (int n = 0; n < COLUMNS; n++)
        cell(r, group, columns[n], out);
    fputs("</tr>\n", out);
}

/// Was any cut shown by a limit of its own, or without one?
static void intro(const struct lab_sweep_report *r, const struct heat *heat, FILE *out)
{
    bool own = false, unjudged = false;

    for (size_t n = 0; n < heat->groups * COLUMNS; n++) {
        const struct worst *w = &heat->group[n / COLUMNS].worst[columns[n % COLUMNS]];
        int64_t limit;
        unjudged = unjudged || w->stand == STAND_UNJUDGED;
        own = own || (w->stand >= STAND_PASSED && report_limit(r, columns[n % COLUMNS], &limit) &&
                      w->limit > limit);
    }
    fputs("<p>Worst absolute value of each measure; the stronger the tint, the nearer to its limit "
          "(without one: the faintest). What is over its limit is framed and says so.",
          out);
    if (own)
        fputs(
            " Where power went without warning, path that nobody could know of may be laid twice: "
            "such a cut has a larger limit of its own, which stands with it.",
            out);
    if (unjudged)
        fputs(" Not judged: there was nothing to resume.", out);
    fputs("</p>\n", out);
}

static void table(const struct lab_sweep_report *r, const struct heat *heat, const char *title,
                  FILE *out)
{
    fprintf(out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n<table "
            "class=\"wide heat\">"
            "<thead><tr><th scope=\"col\">%s</th><th scope=\"col\">cuts</th><th scope=\"col\">not "
            "resumed</th>"
            "<th scope=\"col\">failed</th>",
            title, heat->phases ? "cut in" : "cut at");
    for (int n = 0; n < COLUMNS; n++)
        heading(out, r, columns[n]);
    fputs("</tr></thead><tbody>\n", out);
    for (size_t n = 0; n < heat->groups; n++)
        row(r, &heat->group[n], out);
    fputs("</tbody></table></div>\n", out);
}

void sweep_page_heat(const struct lab_sweep_report *r, FILE *out)
{
    const struct lab_curve *curve = r->curve;
    struct lab_curve_cut cut;
    struct heat *heat = calloc(1, sizeof *heat);

    if (!heat)
        return;
    look(curve, heat);
    for (size_t n = 0; n < curve->count; n++)
        if (curve->cut(curve->ctx, n, &cut))
            count(group_of(heat, &cut), &cut);
    sort(heat);
    const char *title =
        heat->phases ? "By phase of the recovery that was cut" : "By place in the print";
    page_section(out, "heat", title);
    intro(r, heat, out);
    table(r, heat, title, out);
    page_section_end(out);
    free(heat);
}
