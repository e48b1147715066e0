// Charts over a run's time: the trace asked at equal steps, drawn as lines, told as a table.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>

#include "core/lab/html/page.h"
#include "core/lab/html/run.h"

enum { SAMPLES = 400, ROWS = 100, LINES_MAX = 6 };

struct sampled {
    int64_t t_us;
    int64_t value[LINES_MAX];
};

static void sample(const struct run_page *page, const struct run_chart *chart, struct sampled *out)
{
    int64_t range = chart->to_us - chart->from_us;

    for (int n = 0; n < SAMPLES; n++) {
        struct lab_trace_state state;
        out[n].t_us =
            chart->from_us + range / (SAMPLES - 1) * n + range % (SAMPLES - 1) * n / (SAMPLES - 1);
        lab_trace_at(page->trace, out[n].t_us, &state);
        for (size_t i = 0; i < chart->lines; i++)
            out[n].value[i] = chart->line[i].of(&state, &chart->line[i]);
    }
}

static void fit(const struct run_chart *chart, const struct sampled *sample, struct axis *y)
{
    for (int n = 0; n < SAMPLES; n++)
        for (size_t i = 0; i < chart->lines; i++)
            if (sample[n].value[i] != LAB_TRACE_UNKNOWN)
                axis_include(y, sample[n].value[i]);
    axis_fit(y, chart->height > 150 ? 5 : 3);
}

/// A line, in pieces where nothing is known in between.
static void draw(const struct svg_chart *svg, const struct run_chart *chart,
                 const struct sampled *sample, size_t which)
{
    struct svg_point point[SAMPLES];
    size_t count = 0;

    for (int n = 0; n <= SAMPLES; n++) {
        bool known = n < SAMPLES && sample[n].value[which] != LAB_TRACE_UNKNOWN;
        if (known)
            point[count++] =
                (struct svg_point){sample[n].t_us - chart->zero_us, sample[n].value[which]};
        else if (count) {
            svg_line(svg, chart->line[which].look, point, count);
            count = 0;
        }
    }
}

static void rows(const struct svg_chart *svg, const struct run_chart *chart,
                 const struct sampled *sample)
{
    const char *columns[LINES_MAX + 2] = {"time"};
    int digits = svg->y.unit_size < 1000 ? 0 : svg->y.unit_size == 1000 ? 1 : 3;
    char text[AXIS_TEXT];

    for (size_t i = 0; i < chart->lines; i++)
        columns[i + 1] = chart->line[i].name;
    svg_table(svg, columns, ROWS);
    for (int n = 0; n < SAMPLES; n += SAMPLES / ROWS) {
        int64_t first = sample[n].value[0] == LAB_TRACE_UNKNOWN ? svg->y.min : sample[n].value[0];
        svg_row(svg, (struct svg_point){sample[n].t_us - chart->zero_us, first});
        axis_value(&svg->x, sample[n].t_us - chart->zero_us, 1, text);
        fprintf(svg->out, "<th scope=\"row\">%s %s</th>", text, svg->x.unit);
        for (size_t i = 0; i < chart->lines; i++) {
            if (sample[n].value[i] == LAB_TRACE_UNKNOWN) {
                fputs("<td>\xe2\x80\x93</td>", svg->out);
                continue;
            }
            axis_value(&svg->y, sample[n].value[i], digits, text);
            fprintf(svg->out, "<td>%s %s</td>", text, svg->y.unit);
        }
        fputs("</tr>\n", svg->out);
    }
    svg_table_end(svg);
}

int run_page_lines(const struct run_page *page, const struct run_chart *chart)
{
    struct sampled *sampled = calloc(SAMPLES, sizeof *sampled);
    struct svg_chart svg = {.out = page->out,
                            .id = chart->id,
                            .title = chart->title,
                            .about = chart->about,
                            .x_name = chart->x_name,
                            .y_name = chart->y_name,
                            .y = chart->y,
                            .height = chart->height};

    if (!sampled)
        return -ENOMEM;
    sample(page, chart, sampled);
    fit(chart, sampled, &svg.y);
    svg.x = axis_of_time(chart->from_us - chart->zero_us, chart->to_us - chart->zero_us);
    axis_fit_inside(&svg.x, 10);
    svg_open(&svg);
    if (chart->lines > 1) {
        svg_legend(page->out);
        for (size_t i = 0; i < chart->lines; i++)
            svg_legend_line(page->out, chart->line[i].look, chart->line[i].name);
        svg_legend_end(page->out);
    }
    svg_begin(&svg);
    for (size_t i = 0; i < chart->lines; i++)
        draw(&svg, chart, sampled, i);
    for (size_t i = 0; i < chart->instants; i++)
        if (chart->instant[i].t_us >= chart->from_us && chart->instant[i].t_us <= chart->to_us)
            svg_instant(&svg, chart->instant[i].t_us - chart->zero_us, chart->instant[i].text);
    svg_end(&svg);
    rows(&svg, chart, sampled);
    svg_finish(&svg, chart->note ? chart->about : NULL);
    free(sampled);
    return 0;
}
