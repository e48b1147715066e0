// The instant of a cut, and the time from there to the print's going on, as charts out of the trace.
// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/html/page.h"
#include "core/lab/html/run.h"
#include "core/lab/report/format.h"

enum { MS = 1000, SHORT_US = 400000 };

static const int64_t second_us = 1000000;

// --- what lines show -------------------------------------------------------------------------------------------

static int64_t z_true(const struct lab_trace_state *s, const struct run_line *line)
{
    return s->true_known ? s->true_nm[2] - line->base : LAB_TRACE_UNKNOWN;
}

static int64_t z_believed(const struct lab_trace_state *s, const struct run_line *line)
{
    return s->belief_nm[2] == LAB_TRACE_UNKNOWN ? LAB_TRACE_UNKNOWN : s->belief_nm[2] - line->base;
}

/// True height minus believed, where the firmware knows its height at all.
static int64_t z_error(const struct lab_trace_state *s, const struct run_line *line)
{
    int64_t is = z_true(s, line), said = z_believed(s, line);

    if (is == LAB_TRACE_UNKNOWN || said == LAB_TRACE_UNKNOWN || s->lost)
        return LAB_TRACE_UNKNOWN;
    return is - said;
}

/// How far a corner stands above the mean of all four.
static int64_t corner(const struct lab_trace_state *s, const struct run_line *line)
{
    int64_t sum = 0;

    for (int n = 0; n < LAB_TRACE_CORNERS; n++) {
        if (!s->corners_known || s->corner_nm[n] == LAB_TRACE_UNKNOWN)
            return LAB_TRACE_UNKNOWN;
        sum += s->corner_nm[n];
    }
    return s->corner_nm[line->which] - sum / LAB_TRACE_CORNERS;
}

static int64_t heat(const struct lab_trace_state *s, const struct run_line *line)
{
    return s->heat_mc[line->which];
}

static int64_t target(const struct lab_trace_state *s, const struct run_line *line)
{
    return s->power & LAB_TRACE_ALIVE ? s->target_mc[line->which] : LAB_TRACE_UNKNOWN;
}

static int64_t way(const struct lab_trace_state *s, const struct run_line *line)
{
    (void)line;
    if (s->motion < 0)
        return LAB_TRACE_UNKNOWN;
    return s->belief_nm[line->which] == LAB_TRACE_UNKNOWN ? LAB_TRACE_UNKNOWN
                                                          : s->belief_nm[line->which] - line->base;
}

// --- lanes ---------------------------------------------------------------------------------------------------------

/// A lane for a bit of the supply: on while it is set.
static void power_lane(struct run_lanes *l, const struct lab_trace *trace, const char *name,
                       uint32_t bit, enum svg_look look)
{
    size_t lane = run_lanes_named(l, name);

    for (size_t n = 0; n < trace->powers; n++) {
        int64_t from = trace->power[n].t_us,
                to = n + 1 < trace->powers ? trace->power[n + 1].t_us : trace->end_us;
        if (!(trace->power[n].bits & bit))
            continue;
        while (n + 1 < trace->powers && (trace->power[n + 1].bits & bit)) {
            n++;
            to = n + 1 < trace->powers ? trace->power[n + 1].t_us : trace->end_us;
        }
        if (to >= l->from_us && from <= l->to_us)
            run_lanes_add(l, lane, from, to, look);
    }
}

static void nv_lane(struct run_lanes *l, const struct lab_trace *trace)
{
    size_t lane = run_lanes_named(l, "memory writes");

    for (size_t n = 0; n < trace->nvs; n++) {
        const struct lab_trace_nv *nv = &trace->nv[n];
        bool done = nv->end == LAB_TRACE_NV_DONE;
        if (nv->t_us + nv->duration_us >= l->from_us && nv->t_us <= l->to_us)
            run_lanes_add(l, done ? lane : run_lanes_named(l, "torn, given up"), nv->t_us,
                          nv->t_us + nv->duration_us, done ? SVG_GREEN : SVG_ORANGE);
    }
}

/// When the firmware died behind this instant, or `to_us`.
static int64_t died_us(const struct lab_trace *trace, int64_t from_us, int64_t to_us)
{
    for (size_t n = 0; n < trace->powers; n++)
        if (trace->power[n].t_us >= from_us && !(trace->power[n].bits & LAB_TRACE_ALIVE))
            return trace->power[n].t_us < to_us ? trace->power[n].t_us : to_us;
    return to_us;
}

static void phase_lanes(struct run_lanes *l, const struct lab_trace *trace, int64_t mains_us)
{
    for (size_t n = 0; n < trace->phases; n++) {
        const struct lab_trace_phase *p = &trace->phase[n];
        int64_t to = n + 1 < trace->phases ? trace->phase[n + 1].t_us : trace->end_us;
        const char *word = lab_trace_word(trace, p->domain, p->value);
        to = died_us(trace, p->t_us, to);
        if (to < l->from_us || p->t_us > l->to_us || p->t_us < mains_us || !word[0] ||
            strcmp(word, "idle") == 0)
            continue;
        size_t lane = run_lanes_named(l, word);
        if (lane < RUN_LANES)
            run_lanes_add(l, lane, p->t_us, to, SVG_PURPLE);
    }
}

// --- the instant of the cut --------------------------------------------------------------------------------------

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/// Until everything is dark, or still.
static int64_t dark_us(const struct lab_truth_cut *t)
{
    return later(later(t->logic_us, t->drivers_us), later(t->stopped_us, t->detected_us));
}

static void cut_lanes(const struct run_page *page, size_t n, int64_t from_us, int64_t to_us)
{
    char id[RUN_ID];
    bool sees = lab_trace_sees_inside(page->trace);
    struct run_lanes *l = calloc(1, sizeof *l);

    if (!l)
        return;
    snprintf(id, sizeof id, "cut%zu-p", n);
    l->zero_us = page->report->cut[n].truth.mains_us;
    l->from_us = from_us;
    l->to_us = to_us;
    l->svg = (struct svg_chart){
        .out = page->out,
        .id = id,
        .title = "Supply, signal and memory",
        .about = sees ? "When mains, the 24 V rail and the controller lived, when "
                        "the power-fail input said failing, and when the memory was "
                        "written."
                      : "When mains and what else the bench reads back had power.",
        .x_name = "after mains failed",
        .y_name = ""};
    power_lane(l, page->trace, "mains", LAB_TRACE_MAINS, SVG_BLUE);
    if (sees)
        power_lane(l, page->trace, "PLR signal", LAB_TRACE_FAIL, SVG_ORANGE);
    power_lane(l, page->trace, "24 V, drivers", LAB_TRACE_RAIL, SVG_BLUE);
    power_lane(l, page->trace, "controller", LAB_TRACE_LOGIC, SVG_BLUE);
    nv_lane(l, page->trace);
    run_lanes_draw(l);
    free(l);
}

int run_page_cut(const struct run_page *page, size_t n)
{
    const struct lab_truth_cut *t = &page->report->cut[n].truth;
    int64_t dark = dark_us(t), took = dark > t->mains_us ? dark - t->mains_us : 100 * MS;
    int64_t from_us = t->mains_us - took / 5, to_us = t->mains_us + took + took / 4;
    char id[3][RUN_ID];
    struct lab_trace_state at;

    if (t->back_us >= 0 && t->back_us - t->mains_us < SHORT_US) // a flicker: all of it
        to_us = later(to_us, t->back_us + (t->back_us - t->mains_us) / 4);
    lab_trace_at(page->trace, t->mains_us, &at);
    for (int i = 0; i < 3; i++)
        snprintf(id[i], sizeof id[i], "cut%zu-%d", n, i);
    const struct run_instant instants[] = {{t->stopped_us, "stands"}};
    struct run_line moved[] = {{"x", SVG_BLUE, way, 0, at.belief_nm[0]},
                               {"y", SVG_ORANGE, way, 1, at.belief_nm[1]}};
    struct run_line height[] = {{"true", SVG_BLUE, z_true, 0, at.belief_nm[2]},
                                {"believed", SVG_ORANGE, z_believed, 0, at.belief_nm[2]}};
    struct run_chart chart = {
        .id = id[0],
        .title = "Way of the head",
        .about = "X and Y from where the head was when mains failed: it brakes on the "
                 "path.",
        .x_name = "after mains failed",
        .y_name = "since the cut",
        .y = axis_of("mm", 1000000),
        .from_us = from_us,
        .to_us = to_us,
        .zero_us = t->mains_us,
        .height = 170,
        .line = moved,
        .lines = 2,
        .instant = instants,
        .instants = 1};

    cut_lanes(page, n, from_us, to_us);
    fputs("<div class=\"grid2\">\n", page->out);
    int bad = run_page_lines(page, &chart);
    chart.id = id[1];
    chart.title = "Height of the nozzle";
    chart.about =
        "True height and the firmware's. Zero is where the firmware believed the nozzle to "
        "be when mains failed: by how much that was wrong already lies between the lines.";
    chart.y_name = "above the belief at the cut";
    chart.note = true;
    chart.y = axis_of("\xc2\xb5m", 1000);
    chart.line = height;
    bad = bad ? bad : run_page_lines(page, &chart);
    fputs("</div>\n", page->out);
    return bad;
}

// --- outage and recovery -------------------------------------------------------------------------------------------

/// When it all ended: the first filament, the next cut, or the end of the run.
static int64_t end_us(const struct run_page *page, size_t n)
{
    const struct lab_truth_cut *t = &page->report->cut[n].truth;

    if (t->first_extrusion_us >= 0)
        return t->first_extrusion_us + 5 * second_us;
    if (n + 1 < page->report->cuts)
        return page->report->cut[n + 1].truth.mains_us;
    for (size_t i = page->report->steps; i-- > 0;)
        if (page->report->step[i].cut == (int32_t)n)
            return t->back_us + page->report->step[i].start_us + page->report->step[i].duration_us +
                   second_us;
    return t->back_us + 10 * second_us;
}

static void recovery_lanes(const struct run_page *page, size_t n, const struct run_chart *like)
{
    char id[RUN_ID];
    struct run_lanes *l = calloc(1, sizeof *l);

    if (!l)
        return;
    snprintf(id, sizeof id, "rec%zu-p", n);
    l->zero_us = like->zero_us;
    l->from_us = like->from_us;
    l->to_us = like->to_us;
    l->svg = (struct svg_chart){
        .out = page->out,
        .id = id,
        .title = "Supply, memory and steps of the recovery",
        .about = "When mains and controller lived, when the memory was written, and "
                 "how long each step of the recovery took.",
        .x_name = like->x_name,
        .y_name = ""};
    power_lane(l, page->trace, "mains", LAB_TRACE_MAINS, SVG_BLUE);
    power_lane(l, page->trace, "controller", LAB_TRACE_ALIVE, SVG_BLUE);
    nv_lane(l, page->trace);
    phase_lanes(l, page->trace, page->report->cut[n].truth.mains_us);
    run_lanes_draw(l);
    free(l);
}

static const struct run_line temperatures[] = {
    {"nozzle", SVG_ORANGE, heat, LAB_TRACE_NOZZLE, 0},
    {"nozzle's target", SVG_GREY, target, LAB_TRACE_NOZZLE, 0},
    {"bed", SVG_BLUE, heat, LAB_TRACE_BED, 0},
    {"chamber", SVG_PURPLE, heat, LAB_TRACE_CHAMBER, 0}};
static const struct run_line heights[] = {{"true", SVG_BLUE, z_true, 0, 0},
                                          {"believed", SVG_ORANGE, z_believed, 0, 0}};
static const struct run_line errors[] = {{"error", SVG_BLUE, z_error, 0, 0}};
static const struct run_line corners[] = {{"front left", SVG_BLUE, corner, 0, 0},
                                          {"rear left", SVG_ORANGE, corner, 1, 0},
                                          {"rear right", SVG_GREEN, corner, 2, 0},
                                          {"front right", SVG_PURPLE, corner, 3, 0}};

/// The frame of all charts from the cut, or after a long night from the power's return, to where the print goes on.
static struct run_chart frame(const struct run_page *page, size_t n)
{
    const struct lab_truth_cut *t = &page->report->cut[n].truth;
    int64_t to_us = end_us(page, n), back = t->back_us, took = to_us - back;
    bool night = back - t->mains_us > 3 * took; // that would press the recovery flat

    return (struct run_chart){.x_name = night ? "after power was back" : "after mains failed",
                              .from_us = night ? back - took / 4
                                               : t->mains_us - (to_us - t->mains_us) / 40,
                              .to_us = to_us,
                              .zero_us = night ? back : t->mains_us};
}

static int temperature_chart(const struct run_page *page, struct run_chart chart, const char *id)
{
    chart.id = id;
    chart.title = "Temperatures";
    chart.about = "As the sensors showed them, and the nozzle's target.";
    chart.y_name = "temperature";
    chart.y = axis_of("\xc2\xb0"
                      "C",
                      1000);
    chart.height = 200;
    chart.line = temperatures;
    chart.lines = sizeof temperatures / sizeof *temperatures;
    return run_page_lines(page, &chart);
}

static int height_chart(const struct run_page *page, struct run_chart chart, const char *id)
{
    chart.id = id;
    chart.title = "Height of the nozzle above the bed";
    chart.about =
        "True and as the firmware believes. Before Z is homed its belief is worth little.";
    chart.y_name = "height";
    chart.y = axis_of("mm", 1000000);
    chart.height = 200;
    chart.line = heights;
    chart.lines = sizeof heights / sizeof *heights;
    return run_page_lines(page, &chart);
}

static int error_chart(const struct run_page *page, struct run_chart chart, const char *id)
{
    chart.id = id;
    chart.title = "Z error: true height minus believed";
    chart.about = "Not drawn from where the firmware starts until it has homed Z: until then it "
                  "does not know its height.";
    chart.y_name = "error";
    chart.y = axis_of("\xc2\xb5m", 1000);
    chart.height = 200;
    chart.line = errors;
    chart.lines = 1;
    chart.note = true;
    return run_page_lines(page, &chart);
}

/// How far the highest corner stands above the lowest, as text.
static void apart(const int32_t nm[LAB_TRUTH_CORNERS], char out[PAGE_AMOUNT])
{
    int64_t low = INT64_MAX, high = INT64_MIN;

    for (size_t n = 0; n < LAB_TRUTH_CORNERS; n++) {
        low = nm[n] < low ? nm[n] : low;
        high = nm[n] > high ? nm[n] : high;
    }
    if (low == INT32_MIN)
        snprintf(out, PAGE_AMOUNT, "unknown");
    else
        page_amount(report_apart_um(low, high), "um", out);
}

/// The same at an instant of the trace.
static void apart_at(const struct run_page *page, int64_t t_us, char out[PAGE_AMOUNT])
{
    int32_t nm[LAB_TRUTH_CORNERS];
    struct lab_trace_state state;

    lab_trace_at(page->trace, t_us, &state);
    for (size_t n = 0; n < LAB_TRUTH_CORNERS; n++) {
        int64_t above = corner(&state, &corners[n]);
        nm[n] = above == LAB_TRACE_UNKNOWN ? INT32_MIN : (int32_t)above;
    }
    apart(nm, out);
}

static int corner_chart(const struct run_page *page, struct run_chart chart, size_t n,
                        const char *id)
{
    const struct lab_truth_cut *t = &page->report->cut[n].truth;
    char about[400], before[PAGE_AMOUNT], back[PAGE_AMOUNT], end[PAGE_AMOUNT];

    apart(t->corner_before_nm, before); // the instants and heights of the table of corners above
    apart(t->corner_after_nm, back);
    apart_at(page, chart.to_us, end);
    snprintf(
        about, sizeof about,
        "How the gantry (or the bed) is tilted and twisted. Highest corner above the lowest: %s "
        "at standstill, %s when power was back, %s at the end of the chart.",
        before, back, end);
    chart.id = id;
    chart.title = "Corners above the mean of all four";
    chart.about = about;
    chart.note = true;
    chart.y_name = "above the mean";
    chart.y = axis_of("\xc2\xb5m", 1000);
    chart.height = 200;
    chart.line = corners;
    chart.lines = LAB_TRACE_CORNERS;
    return run_page_lines(page, &chart);
}

int run_page_recovery(const struct run_page *page, size_t n)
{
    const struct lab_truth_cut *t = &page->report->cut[n].truth;
    const struct run_instant instants[] = {{t->back_us, "power back"},
                                           {t->first_extrusion_us, "prints"}};
    struct run_chart chart = frame(page, n);
    char id[4][RUN_ID];

    chart.instant = instants;
    chart.instants = sizeof instants / sizeof *instants;
    for (int i = 0; i < 4; i++)
        snprintf(id[i], sizeof id[i], "rec%zu-%d", n, i);
    recovery_lanes(page, n, &chart);
    int bad = temperature_chart(page, chart, id[0]);
    fputs("<div class=\"grid2\">\n", page->out);
    bad = bad ? bad : height_chart(page, chart, id[1]);
    bad = bad ? bad : error_chart(page, chart, id[2]);
    fputs("</div>\n", page->out);
    return bad ? bad : corner_chart(page, chart, n, id[3]);
}
