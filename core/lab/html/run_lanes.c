// Lanes over time: what was on when, one below the other, and the same as a table.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/lab/html/page.h"
#include "core/lab/html/run.h"

enum { LANE_PX = 22 };

size_t run_lanes_named(struct run_lanes *l, const char *name)
{
    for (size_t n = 0; n < l->count; n++)
        if (strcmp(l->name[n], name) == 0)
            return n;
    if (l->count == RUN_LANES)
        return RUN_LANES;
    l->name[l->count] = name;
    return l->count++;
}

void run_lanes_add(struct run_lanes *l, size_t lane, int64_t from_us, int64_t to_us,
                   enum svg_look look)
{
    from_us = from_us < l->from_us ? l->from_us : from_us;
    to_us = to_us > l->to_us ? l->to_us : to_us;
    if (to_us < from_us || lane >= RUN_LANES)
        return;
    if (l->spans == sizeof l->span / sizeof *l->span) {
        l->left_out++;
        return;
    }
    l->span[l->spans].lane = lane;
    l->span[l->spans].from_us = from_us;
    l->span[l->spans].to_us = to_us;
    l->span[l->spans++].look = look;
}

void run_lanes_draw(struct run_lanes *l)
{
    static const char *const columns[] = {"what", "from", "to", NULL};
    char from[AXIS_TEXT], to[AXIS_TEXT];

    l->svg.lane = l->name;
    l->svg.height = (int)l->count * LANE_PX;
    l->svg.x = axis_of_time(l->from_us - l->zero_us, l->to_us - l->zero_us);
    axis_fit_inside(&l->svg.x, 10);
    l->svg.y = axis_of("", 1);
    l->svg.y.min = 0;
    l->svg.y.max = AXIS_SPAN;
    svg_open(&l->svg);
    svg_begin(&l->svg);
    for (size_t n = 0; n < l->spans; n++)
        svg_lane(&l->svg, l->span[n].lane, l->span[n].from_us - l->zero_us,
                 l->span[n].to_us - l->zero_us, l->span[n].look);
    svg_end(&l->svg);
    svg_table(&l->svg, columns, l->spans);
    for (size_t n = 0; n < l->spans; n++) {
        svg_row(&l->svg, svg_lane_point(&l->svg, l->span[n].lane, l->span[n].from_us - l->zero_us));
        axis_value(&l->svg.x, l->span[n].from_us - l->zero_us, 2, from);
        axis_value(&l->svg.x, l->span[n].to_us - l->zero_us, 2, to);
        fputs("<th scope=\"row\">", l->svg.out);
        page_text(l->svg.out, l->name[l->span[n].lane]);
        fprintf(l->svg.out, "</th><td>%s %s</td><td>%s %s</td></tr>\n", from, l->svg.x.unit, to,
                l->svg.x.unit);
    }
    svg_table_end(&l->svg);
    svg_finish(&l->svg,
               l->left_out ? "More than 256 stretches: the later ones are not drawn." : NULL);
}
