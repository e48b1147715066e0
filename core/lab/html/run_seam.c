// The first resumed path: from above, by how much too high or too low it lies, and its height along it.
// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdlib.h>

#include "core/lab/html/page.h"
#include "core/lab/html/run.h"
#include "core/lab/report/format.h"

enum {
    BEFORE_MOST = 20000,
    UM = 1000,
    MM = 1000000,
    SEEN_NM = 50000,
    VERTICES = 5000,
    WIDTH = 2000
};

/// How a stretch lies; the order of the classes in the legend.
enum lie { LOW2, LOW1, LEVEL, HIGH1, HIGH2, UNMEASURED, LIES };
static const char *const lie_css[LIES] = {"low2", "low1", "level", "high1", "high2", "unmeasured"};

/// What of the ledger is drawn.
struct seam {
    const struct run_page *page;
    size_t number; ///< of the cut
    const struct lab_aligned *aligned;
    const struct lab_deposit *deposit;
    size_t before, cut, first,
        end; ///< entries: of the layer before the cut, of the first resumed path
    int64_t limit_nm;
    struct svg_chart svg;
    int64_t apart_nm; ///< vertices nearer to each other are left out
};

int64_t run_page_limit(const struct run_page *page)
{
    const struct lab_measured *z = &page->report->verdict->measure[LAB_Z_OFFSET_ERROR];
    return z->limited && z->limit > 0 ? z->limit : 60;
}

static int64_t length_of(const struct lab_deposit *d)
{
    return lab_length_xy((int64_t)d->to_nm[0] - d->from_nm[0],
                         (int64_t)d->to_nm[1] - d->from_nm[1]);
}

// --- what is looked at ----------------------------------------------------------------------------------------------

/// The entries of the layer in which the cut lies, as far as it was laid before.
static size_t layer_before(const struct seam *s)
{
    size_t n = s->cut;

    while (n > 0 && s->cut - n < BEFORE_MOST &&
           llabs((int64_t)s->deposit[n - 1].to_nm[2] - s->deposit[s->cut - 1].to_nm[2]) < 30 * UM)
        n--;
    return n;
}

/// Find the first resumed path in the ledger. Returns false when there is none.
static bool find(struct seam *s, size_t n)
{
    const struct lab_report *r = s->page->report;
    const struct lab_truth_cut *t = &r->cut[n].truth;
    size_t count = r->truth->ledger.count;
    int64_t path = -s->aligned->first_entry_nm;

    if (!s->aligned->matched || t->ledger_at == 0 || !s->aligned->first_path_nm)
        return false;
    s->cut = t->ledger_at;
    s->before = layer_before(s);
    s->first = s->aligned->first_entry;
    for (s->end = s->first; s->end < count && path < s->aligned->first_path_nm; s->end++)
        path += length_of(&s->deposit[s->end]);
    return s->end > s->first;
}

static int64_t part_length(const struct seam *s)
{
    return s->aligned->profile_path_nm / LAB_PROFILE + 1;
}

/// The part in which a place of the path lies; LAB_PROFILE behind all.
static int part_at(const struct seam *s, int64_t path_nm)
{
    int64_t part = path_nm < 0 ? 0 : path_nm / part_length(s);
    return part < LAB_PROFILE ? (int)part : LAB_PROFILE;
}

static enum lie lie_of(const struct seam *s, int64_t error_nm)
{
    int64_t size = llabs(error_nm);

    if (error_nm == INT32_MIN)
        return UNMEASURED;
    if (size <= s->limit_nm / 6)
        return LEVEL;
    if (error_nm > 0)
        return size > s->limit_nm ? HIGH2 : HIGH1;
    return size > s->limit_nm ? LOW2 : LOW1;
}

static enum lie lie_of_part(const struct seam *s, int part)
{
    return part < LAB_PROFILE ? lie_of(s, s->aligned->profile_nm[part]) : UNMEASURED;
}

static struct svg_point point_of(const int32_t nm[3])
{
    return (struct svg_point){nm[0], nm[1]};
}

/// The point of an entry so far along it.
static struct svg_point point_along(const struct lab_deposit *d, int64_t along_nm)
{
    struct svg_point from = point_of(d->from_nm), to = point_of(d->to_nm);
    int64_t length = length_of(d);

    if (along_nm <= 0 || !length)
        return from;
    if (along_nm >= length)
        return to;
    return (struct svg_point){from.x + lab_round_div((to.x - from.x) * along_nm, length),
                              from.y + lab_round_div((to.y - from.y) * along_nm, length)};
}

// --- from above ----------------------------------------------------------------------------------------------------

static void include(struct seam *s, size_t from, size_t to)
{
    for (size_t n = from; n < to; n++) {
        if (!length_of(&s->deposit[n]))
            continue;
        axis_include(&s->svg.x, s->deposit[n].from_nm[0]);
        axis_include(&s->svg.x, s->deposit[n].to_nm[0]);
        axis_include(&s->svg.y, s->deposit[n].from_nm[1]);
        axis_include(&s->svg.y, s->deposit[n].to_nm[1]);
    }
}

/// Both ranges: with room around, and none much smaller than the other.
static void frame(struct seam *s)
{
    int64_t wide = s->svg.x.max - s->svg.x.min, high = s->svg.y.max - s->svg.y.min;
    int64_t large = wide > high ? wide : high, room = large / 16 + MM / 10;

    if (wide < large / 3) {
        s->svg.x.min -= (large / 3 - wide) / 2;
        s->svg.x.max += (large / 3 - wide) / 2;
    }
    if (high < large / 3) {
        s->svg.y.min -= (large / 3 - high) / 2;
        s->svg.y.max += (large / 3 - high) / 2;
    }
    s->svg.x.min -= room;
    s->svg.x.max += room;
    s->svg.y.min -= room;
    s->svg.y.max += room;
    axis_fit_inside(&s->svg.x, 6);
    axis_fit_inside(&s->svg.y, 6);
}

/// Draws pieces of path that follow each other as one line, and leaves out vertices that nobody could tell apart.
struct pen {
    const struct seam *seam;
    bool down;
    struct svg_point at, drawn; ///< end of the last piece, of what was drawn of it
};

static void pen_up(struct pen *pen)
{
    if (pen->down && (pen->at.x != pen->drawn.x || pen->at.y != pen->drawn.y))
        svg_path_to(&pen->seam->svg, pen->at, false);
    pen->down = false;
}

static void pen_piece(struct pen *pen, struct svg_point from, struct svg_point to)
{
    if (!pen->down || from.x != pen->at.x || from.y != pen->at.y) {
        pen_up(pen);
        svg_path_to(&pen->seam->svg, from, true);
        pen->drawn = from;
        pen->down = true;
    }
    pen->at = to;
    if (lab_length_xy(to.x - pen->drawn.x, to.y - pen->drawn.y) < pen->seam->apart_nm)
        return;
    svg_path_to(&pen->seam->svg, to, false);
    pen->drawn = to;
}

/// The layer before the cut.
static void path_before(const struct seam *s)
{
    struct pen pen = {.seam = s};

    svg_path(&s->svg, "path");
    for (size_t n = s->before; n < s->cut; n++)
        if (length_of(&s->deposit[n]))
            pen_piece(&pen, point_of(s->deposit[n].from_nm), point_of(s->deposit[n].to_nm));
    pen_up(&pen);
    svg_path_end(&s->svg);
}

/// Those stretches of an entry that lie like this: it may go through several parts. It begins at `at_nm` of the path.
static void stretches(struct pen *pen, const struct lab_deposit *d, int64_t at_nm, enum lie lie)
{
    const struct seam *s = pen->seam;
    int64_t from_nm = at_nm < 0 ? 0 : at_nm, end_nm = at_nm + length_of(d);

    while (from_nm < end_nm) {
        int part = part_at(s, from_nm);
        int64_t to_nm = part < LAB_PROFILE ? part_length(s) * (part + 1) : end_nm;
        to_nm = to_nm < end_nm ? to_nm : end_nm;
        if (lie_of_part(s, part) == lie)
            pen_piece(pen, point_along(d, from_nm - at_nm), point_along(d, to_nm - at_nm));
        from_nm = to_nm;
    }
}

/// The stretches of the first resumed path that lie like this.
static void path_after(const struct seam *s, enum lie lie)
{
    struct pen pen = {.seam = s};
    int64_t at_nm = -s->aligned->first_entry_nm;

    svg_path(&s->svg, lie_css[lie]);
    for (size_t n = s->first; n < s->end; n++) {
        stretches(&pen, &s->deposit[n], at_nm, lie);
        at_nm += length_of(&s->deposit[n]);
    }
    pen_up(&pen);
    svg_path_end(&s->svg);
}

/// So far apart vertices must be: of what is seen at all, and so that there are not too many.
static int64_t apart(const struct seam *s)
{
    int64_t wide = s->svg.x.max - s->svg.x.min, path_nm = 0;

    for (size_t n = s->before; n < s->cut; n++)
        path_nm += length_of(&s->deposit[n]);
    path_nm += s->aligned->first_path_nm;
    return wide / WIDTH > path_nm / VERTICES ? wide / WIDTH : path_nm / VERTICES;
}

/// What was laid twice: the first resumed path as far as the cut.
static void twice(const struct seam *s)
{
    int64_t left = s->aligned->cut_at_nm - s->aligned->resumed_at_nm + s->aligned->first_entry_nm;
    struct pen pen = {.seam = s};

    svg_path(&s->svg, "twice");
    for (size_t n = s->first; n < s->end && left > 0; n++) {
        int64_t length = length_of(&s->deposit[n]);
        if (length)
            pen_piece(&pen, point_of(s->deposit[n].from_nm), point_of(s->deposit[n].to_nm));
        left -= length;
    }
    pen_up(&pen);
    svg_path_end(&s->svg);
}

/// What was never laid: the uncut print's path from the cut to where the print went on.
static void gap(const struct seam *s)
{
    const struct lab_trace *trace = s->page->trace;
    const struct lab_trace_cut *cut =
        trace && s->number < trace->cuts ? &trace->cut[s->number] : NULL;
    int64_t at = cut ? cut->twin_at_nm : 0;
    struct pen pen = {.seam = s};

    svg_path(&s->svg, "gap");
    for (int64_t n = 0; cut && n < cut->twin_count; n++) {
        const struct lab_trace_deposit *d = &trace->twin[cut->twin_from + n];
        int64_t length = lab_length_xy(d->to_nm[0] - d->from_nm[0], d->to_nm[1] - d->from_nm[1]);
        if (length && at + length > s->aligned->cut_at_nm && at < s->aligned->resumed_at_nm)
            pen_piece(&pen, (struct svg_point){d->from_nm[0], d->from_nm[1]},
                      (struct svg_point){d->to_nm[0], d->to_nm[1]});
        at += length;
    }
    pen_up(&pen);
    svg_path_end(&s->svg);
}

static void key(FILE *out, const char *css, const char *text)
{
    fprintf(
        out,
        "<li><svg class=\"key\" aria-hidden=\"true\" width=\"30\" height=\"10\"><path class=\"line "
        "%s\" d=\"M0 5H30\"/></svg>%s</li>",
        css, text);
}

static bool unmeasured(const struct seam *s)
{
    for (int n = 0; n < LAB_PROFILE; n++)
        if (s->aligned->profile_nm[n] == INT32_MIN)
            return true;
    return false;
}

static void legend(const struct seam *s)
{
    FILE *out = s->svg.out;
    int64_t limit = s->limit_nm / UM, little = limit / 6;
    char text[80];

    svg_legend(out);
    snprintf(text, sizeof text, "more than %" PRId64 " \xc2\xb5m too high: a gap below", limit);
    key(out, lie_css[HIGH2], text);
    snprintf(text, sizeof text, "%" PRId64 " to %" PRId64 " \xc2\xb5m too high", little, limit);
    key(out, lie_css[HIGH1], text);
    snprintf(text, sizeof text, "within %" PRId64 " \xc2\xb5m", little);
    key(out, lie_css[LEVEL], text);
    snprintf(text, sizeof text, "%" PRId64 " to %" PRId64 " \xc2\xb5m too low", little, limit);
    key(out, lie_css[LOW1], text);
    snprintf(text, sizeof text, "more than %" PRId64 " \xc2\xb5m too low: pressed together", limit);
    key(out, lie_css[LOW2], text);
    if (unmeasured(s))
        key(out, lie_css[UNMEASURED], "not measured");
    key(out, "path", "laid before the cut");
    int64_t off = s->aligned->resumed_at_nm - s->aligned->cut_at_nm;
    if (off <= -SEEN_NM) {
        snprintf(text, sizeof text, "laid twice: %s mm", report_mm(-off).text);
        key(out, "twice", text);
    }
    if (off >= SEEN_NM) {
        snprintf(text, sizeof text, "never laid: %s mm", report_mm(off).text);
        key(out, "gap", text);
    }
    svg_legend_end(out);
}

/// Where a place of the first resumed path is.
static struct svg_point place_at(const struct seam *s, int64_t path_nm)
{
    int64_t at = -s->aligned->first_entry_nm;
    size_t n = s->first;

    for (; n + 1 < s->end && at + length_of(&s->deposit[n]) <= path_nm; n++)
        at += length_of(&s->deposit[n]);
    return point_along(&s->deposit[n], path_nm - at);
}

static int64_t part_place(const struct seam *s, int part)
{
    return part_length(s) * part;
}

static void rows(const struct seam *s)
{
    static const char *const columns[] = {"along the path", "x", "y", "too high by", NULL};

    svg_table(&s->svg, columns, LAB_PROFILE);
    for (int n = 0; n < LAB_PROFILE; n++) {
        struct svg_point at = place_at(s, part_place(s, n));
        int64_t error = s->aligned->profile_nm[n];
        char text[AXIS_TEXT];
        const struct axis um = axis_of("", UM);
        svg_row(&s->svg, at);
        axis_value(&um, error, 1, text);
        fprintf(s->svg.out, "<th scope=\"row\">%s mm</th><td>%s mm</td>",
                report_mm(part_place(s, n)).text, report_mm(at.x).text);
        fprintf(s->svg.out, "<td>%s mm</td><td>%s</td></tr>\n", report_mm(at.y).text,
                error == INT32_MIN ? "\xe2\x80\x93" : text);
    }
    svg_table_end(&s->svg);
}

/// Words at the places that matter: the cut, the resume, the highest and the lowest part.
static void words(const struct seam *s)
{
    int low = -1, high = -1;
    char text[64], number[AXIS_TEXT];
    const struct axis um = axis_of("", UM);

    for (int n = 0; n < LAB_PROFILE; n++) {
        int64_t error = s->aligned->profile_nm[n];
        if (error == INT32_MIN)
            continue;
        low = low < 0 || error < s->aligned->profile_nm[low] ? n : low;
        high = high < 0 || error > s->aligned->profile_nm[high] ? n : high;
    }
    struct svg_point cut = point_of(s->deposit[s->cut - 1].to_nm);
    svg_sign(&s->svg, "cross", "failed", cut);
    svg_word(&s->svg, cut, "cut");
    for (int n = 0; n < 2 && high >= 0; n++) {
        int part = n ? low : high;
        struct svg_point at = place_at(s, part_place(s, part) + part_length(s) / 2);
        axis_value(&um, s->aligned->profile_nm[part], 0, number);
        snprintf(text, sizeof text, "%s %s%s \xc2\xb5m", n ? "lowest" : "highest",
                 s->aligned->profile_nm[part] > 0 ? "+" : "", number);
        if (low != high || !n)
            svg_word(&s->svg, at, text);
    }
}

static void above(struct seam *s, size_t n)
{
    char id[RUN_ID];

    snprintf(id, sizeof id, "seam%zu", n);
    s->svg = (struct svg_chart){
        .out = s->page->out,
        .id = id,
        .title = "The seam from above",
        .about = "The layer of the cut, and the first resumed path by how much too "
                 "high or too low it lies: kinds of lines tell it as well as colours.",
        .x_name = "x",
        .y_name = "y",
        .x = axis_of("mm", MM),
        .y = axis_of("mm", MM)};
    include(s, s->before, s->cut);
    include(s, s->first, s->end);
    frame(s);
    s->apart_nm = apart(s);
    svg_open(&s->svg);
    legend(s);
    svg_begin(&s->svg);
    path_before(s);
    if (s->aligned->resumed_at_nm <= s->aligned->cut_at_nm - SEEN_NM)
        twice(s);
    if (s->aligned->resumed_at_nm >= s->aligned->cut_at_nm + SEEN_NM)
        gap(s);
    for (int lie = 0; lie < LIES; lie++)
        path_after(s, (enum lie)lie);
    words(s);
    svg_end(&s->svg);
    rows(s);
    svg_finish(&s->svg, NULL);
}

// --- along the path --------------------------------------------------------------------------------------------------

static void fit_along(const struct seam *s, struct svg_chart *svg)
{
    int64_t most = 0;

    axis_include(&svg->x, 0);
    axis_include(&svg->x, s->aligned->profile_path_nm);
    axis_include(&svg->y, 0);
    for (int n = 0; n < LAB_PROFILE; n++) {
        int64_t error = s->aligned->profile_nm[n];
        if (error == INT32_MIN)
            continue;
        axis_include(&svg->y, error);
        most = llabs(error) > most ? llabs(error) : most;
    }
    if (s->limit_nm <= 4 * most) {
        axis_include(&svg->y, s->limit_nm);
        axis_include(&svg->y, -s->limit_nm);
    }
    axis_fit_inside(&svg->x, 8);
    axis_fit(&svg->y, 5);
}

/// The line, with a break where nothing is known.
static void along_line(const struct seam *s, const struct svg_chart *svg)
{
    struct svg_point point[LAB_PROFILE + 1];
    size_t count = 0;

    for (int n = 0; n <= LAB_PROFILE; n++) {
        bool known = n < LAB_PROFILE && s->aligned->profile_nm[n] != INT32_MIN;
        if (count && !known) { // to the end of the part before
            point[count] = (struct svg_point){part_place(s, n), point[count - 1].y};
            svg_steps(svg, SVG_BLUE, point, count + 1);
            count = 0;
        }
        if (known)
            point[count++] = (struct svg_point){part_place(s, n), s->aligned->profile_nm[n]};
    }
}

/// A row for each part, at its middle.
static void along_rows(const struct seam *s, const struct svg_chart *svg)
{
    static const char *const columns[] = {"along the path", "too high by", NULL};
    const struct axis um = axis_of("", UM);
    char text[AXIS_TEXT];

    svg_table(svg, columns, LAB_PROFILE);
    for (int n = 0; n < LAB_PROFILE; n++) {
        int64_t error = s->aligned->profile_nm[n];
        bool known = error != INT32_MIN;
        svg_row(svg, (struct svg_point){part_place(s, n) + part_length(s) / 2,
                                        known ? error : svg->y.min});
        axis_value(&um, error, 1, text);
        fprintf(svg->out, "<th scope=\"row\">%s to %s mm</th><td>%s%s</td></tr>\n",
                report_mm(part_place(s, n)).text, report_mm(part_place(s, n + 1)).text,
                known ? text : "not measured", known ? "\xc2\xa0\xc2\xb5m" : "");
    }
    svg_table_end(svg);
}

static void along(const struct seam *s, size_t n)
{
    char id[RUN_ID];
    struct svg_chart svg = {
        .out = s->page->out,
        .id = id,
        .title = "Height error along the first resumed path",
        .about = "Mean of each of 96 equal parts, from where the print went on. Above zero "
                 "it lies too high.",
        .x_name = "along the path",
        .y_name = "too high by",
        .x = axis_of("mm", MM),
        .y = axis_of("\xc2\xb5m", UM),
        .height = 220};

    snprintf(id, sizeof id, "along%zu", n);
    fit_along(s, &svg);
    svg_open(&svg);
    svg_begin(&svg);
    if (s->limit_nm <= svg.y.max) {
        svg_limit(&svg, s->limit_nm, "limit", false);
        svg_limit(&svg, -s->limit_nm, "", false);
    }
    along_line(s, &svg);
    svg_end(&svg);
    along_rows(s, &svg);
    svg_finish(&svg, NULL);
}

int run_page_seam(const struct run_page *page, size_t n)
{
    struct seam s = {.page = page,
                     .number = n,
                     .aligned = &page->report->verdict->cut[n],
                     .deposit = page->report->truth ? page->report->truth->ledger.entry : NULL,
                     .limit_nm = run_page_limit(page) * UM};

    if (!s.deposit || !s.aligned->profiled || !find(&s, n))
        return 0;
    above(&s, n);
    along(&s, n);
    return 0;
}
