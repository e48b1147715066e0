// What a bench adds to a run's page: states, cuts as they were asked for and made, relays and inputs around each.
// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/html/page.h"
#include "core/lab/html/run.h"
#include "core/lab/report/format.h"

enum { CUTS_SHOWN = 12, STATES_SHOWN = 200, AROUND_US = 300000 };

static void pair_span(FILE *out, const char *name, int64_t us, int64_t from_us)
{
    if (us >= 0 && from_us >= 0)
        page_pair(out, name, report_span(us - from_us).text);
}

static void place(FILE *out, const char *name, int64_t offset, int32_t layer, int64_t z_nm,
                  int64_t us)
{
    char text[REPORT_PLACE];

    report_place(offset, layer, z_nm, us, text);
    page_pair(out, name, text);
}

/// Each relay and input, on from one of its edges to the next.
static void lines(const struct lab_report_rig *rig, struct run_lanes *l)
{
    for (size_t n = 0; n < rig->edges; n++) {
        const struct lab_rig_edge *edge = &rig->edge[n];
        size_t lane = run_lanes_named(l, edge->name);
        int64_t to_us = l->to_us;
        for (size_t i = n + 1; i < rig->edges && edge->on; i++)
            if (strcmp(rig->edge[i].name, edge->name) == 0) {
                to_us = rig->edge[i].at_us;
                break;
            }
        if (edge->on && edge->at_us <= l->to_us && to_us >= l->from_us)
            run_lanes_add(l, lane, edge->at_us, to_us, edge->relay ? SVG_BLUE : SVG_ORANGE);
    }
}

static void cut_lanes(const struct run_page *page, size_t n)
{
    const struct lab_rig_cut *cut = &page->report->rig->cut[n];
    int64_t back = cut->back_sense_us >= 0 ? cut->back_sense_us : cut->back_line_us;
    struct run_lanes *l = calloc(1, sizeof *l);
    char id[RUN_ID];

    if (!l)
        return;
    snprintf(id, sizeof id, "rig%zu", n);
    l->zero_us = cut->line_us;
    l->from_us = (cut->command_us >= 0 ? cut->command_us : cut->line_us) - AROUND_US;
    l->to_us = (back >= 0 ? back : cut->line_us + cut->off_us) + AROUND_US;
    l->svg = (struct svg_chart){.out = page->out,
                                .id = id,
                                .title = "Relays and inputs",
                                .about = "When each relay's line was driven and each input was on, "
                                         "around the outage.",
                                .x_name = "after the relay's line",
                                .y_name = ""};
    lines(page->report->rig, l);
    if (l->spans)
        run_lanes_draw(l);
    free(l);
}

static void cut(const struct run_page *page, size_t n)
{
    const struct lab_rig_cut *c = &page->report->rig->cut[n];
    int64_t gone = c->sense_us >= 0 ? c->sense_us : c->line_us;
    int64_t back = c->back_sense_us >= 0 ? c->back_sense_us : c->back_line_us;
    FILE *out = page->out;

    fprintf(out, "<h3>Cut %zu%s</h3>\n", n + 1, c->marked ? ", at the job's marker" : "");
    page_pairs(out);
    page_pair(out, "Trigger", c->trigger);
    place(out, "Asked for", c->asked_offset, c->asked_layer, c->asked_z_nm, c->asked_us);
    place(out, "Made", c->offset, c->layer, c->at_nm[2], c->into_job_us);
    pair_span(out, "Relay's line after", c->line_us, c->command_us);
    pair_span(out, "Read back after", c->sense_us, c->line_us);
    if (c->relays > 1)
        pair_span(out, "Last relay off after the first", gone < 0 ? -1 : gone + c->spread_us, gone);
    pair_span(out, "Power back after", back, gone);
    pair_span(out, "Ready after that", c->ready_us, back);
    pair_span(out, "Prints after that", c->resumed_us, back);
    if (c->resumed_us >= 0 && c->resumed_offset >= 0)
        place(out, "Prints from", c->resumed_offset, c->resumed_layer, INT64_MIN, -1);
    page_pairs_end(out);
    if (c->line_us >= 0)
        cut_lanes(page, n);
}

static void states(const struct lab_report_rig *rig, FILE *out)
{
    static const char *const columns[] = {"state", "since the run began", NULL};

    page_table(out, "States of the bench", columns, 0x2u);
    for (size_t n = 0; n < rig->states && n < STATES_SHOWN; n++) {
        fputs("<tr><th scope=\"row\">", out);
        page_text(out, rig->state[n].state);
        fprintf(out, "</th><td class=\"n\">%s</td></tr>\n", report_clock(rig->state[n].at_us).text);
    }
    page_table_end(out);
    if (rig->states > STATES_SHOWN)
        fprintf(out, "<p class=\"note\">And %zu more: they are in the JSON report.</p>\n",
                rig->states - STATES_SHOWN);
}

void run_page_rig(const struct run_page *page)
{
    const struct lab_report_rig *rig = page->report->rig;
    FILE *out = page->out;

    page_section(out, "bench", "The bench");
    page_pairs(out);
    page_pair(out, "Bench", rig->bench);
    if (rig->fault && rig->fault[0]) {
        page_pair(out, "Fault", rig->fault);
        page_pair(out, "Why", rig->why);
    }
    page_pair(out, "Edges", report_grouped((int64_t)(rig->edges + rig->edges_lost)).text);
    if (rig->touched.touch_nm)
        page_pair(out, "Touches", report_grouped((int64_t)rig->touched.touches).text);
    for (size_t n = 0; n < rig->words; n++)
        page_pair(out, rig->word[n].said_us < 0 ? "Never said" : "Said", rig->word[n].line);
    for (size_t n = 0; n < rig->skips; n++)
        page_pair(out, "Left out", rig->skipped[n]);
    page_pairs_end(out);
    for (size_t n = 0; n < rig->cuts && n < CUTS_SHOWN; n++)
        cut(page, n);
    if (rig->cuts > CUTS_SHOWN)
        fprintf(out, "<p class=\"note\">And %zu more cuts: they are in the JSON report.</p>\n",
                rig->cuts - CUTS_SHOWN);
    states(rig, out);
    page_section_end(out);
}
