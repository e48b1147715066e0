// Charts as inline SVG.
// SPDX-License-Identifier: MIT
#include "core/lab/html/svg.h"

#include <inttypes.h>
#include <string.h>

#include "core/lab/html/page.h"

static const char *const look_name[SVG_LOOKS] = {"blue", "orange", "green", "purple", "grey"};

enum { LABELS_WIDE = 6 }; // with more ticks than that every second label goes on a narrow screen

/// A place as "12.34%".
static void percent(FILE *out, int64_t place)
{
    fprintf(out, "%" PRId64 ".%02" PRId64 "%%", place / 100, place % 100);
}

static int64_t x_of(const struct svg_chart *c, int64_t x)
{
    return axis_place(&c->x, x);
}

static int64_t y_of(const struct svg_chart *c, int64_t y)
{
    return AXIS_SPAN - axis_place(&c->y, y);
}

// --- frame ------------------------------------------------------------------------------------------------

static void y_axis(const struct svg_chart *c)
{
    char label[AXIS_TEXT];

    for (int64_t y = axis_first(&c->y); y <= c->y.max; y += c->y.step) {
        axis_label(&c->y, y, label);
        fputs("<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"", c->out);
        percent(c->out, y_of(c, y));
        fputs("\" y2=\"", c->out);
        percent(c->out, y_of(c, y));
        fputs("\"/><text class=\"y\" x=\"0\" dx=\"-6\" dy=\"4\" y=\"", c->out);
        percent(c->out, y_of(c, y));
        fprintf(c->out, "\">%s</text>\n", label);
    }
}

static void x_axis(const struct svg_chart *c)
{
    char label[AXIS_TEXT];
    int64_t first = axis_first(&c->x), ticks = (c->x.max - first) / c->x.step + 1;

    for (int64_t n = 0; n < ticks; n++) {
        int64_t x = first + n * c->x.step;
        axis_label(&c->x, x, label);
        fputs("<line class=\"grid\" y1=\"0\" y2=\"100%\" x1=\"", c->out);
        percent(c->out, x_of(c, x));
        fputs("\" x2=\"", c->out);
        percent(c->out, x_of(c, x));
        fprintf(c->out, "\"/><text class=\"x%s\" y=\"100%%\" dy=\"16\" x=\"",
                ticks > LABELS_WIDE && n % 2 ? " odd" : "");
        percent(c->out, x_of(c, x));
        fprintf(c->out, "\">%s</text>\n", label);
    }
}

static void names(const struct svg_chart *c)
{
    const char *x_unit = c->x.unit, *y_unit = c->y.unit;

    fprintf(c->out, "<text class=\"name\" x=\"100%%\" y=\"100%%\" dy=\"34\">%s%s%s</text>\n",
            c->x_name, x_unit[0] ? ", " : "", x_unit);
    if (c->lane)
        return;
    fprintf(c->out,
            "<text class=\"name left\" x=\"0\" dx=\"-44\" y=\"0\" dy=\"-10\">%s%s%s</text>\n",
            c->y_name, y_unit[0] ? ", " : "", y_unit);
}

void svg_open(const struct svg_chart *c)
{
    fprintf(c->out, "<figure>\n<figcaption>%s</figcaption>\n", c->title);
}

static size_t lanes(const struct svg_chart *c)
{
    size_t count = 0;

    while (c->lane[count])
        count++;
    return count;
}

/// Middle of a lane.
static int64_t lane_y(const struct svg_chart *c, size_t lane)
{
    return ((int64_t)lane * 2 + 1) * AXIS_SPAN / (2 * (int64_t)lanes(c));
}

static void lane_names(const struct svg_chart *c)
{
    for (size_t n = 0; c->lane[n]; n++) {
        fputs("<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"", c->out);
        percent(c->out, lane_y(c, n));
        fputs("\" y2=\"", c->out);
        percent(c->out, lane_y(c, n));
        fputs("\"/><text class=\"y\" x=\"0\" dx=\"-6\" dy=\"4\" y=\"", c->out);
        percent(c->out, lane_y(c, n));
        fputs("\">", c->out);
        page_text(c->out, c->lane[n]);
        fputs("</text>\n", c->out);
    }
}

/// How large: so many px high, or as wide as there is room and as high as the scales say.
static void size(const struct svg_chart *c)
{
    if (c->height)
        fprintf(c->out, "height:%dpx", c->height);
    else
        fprintf(c->out, "aspect-ratio:%" PRId64 "/%" PRId64, (c->x.max - c->x.min) / 1000,
                (c->y.max - c->y.min) / 1000);
}

void svg_begin(const struct svg_chart *c)
{
    fprintf(c->out, "<div class=\"chart%s\" id=\"%s\" style=\"",
            c->lane     ? " lanes"
            : c->height ? ""
                        : " plane",
            c->id);
    size(c);
    fprintf(c->out,
            "\">"
            "<svg role=\"img\" aria-labelledby=\"%s-t %s-d\" width=\"100%%\" height=\"100%%\">"
            "<title id=\"%s-t\">%s</title><desc id=\"%s-d\">%s</desc>\n",
            c->id, c->id, c->id, c->title, c->id, c->about);
    if (c->lane)
        lane_names(c);
    else
        y_axis(c);
    x_axis(c);
    names(c);
    fputs("<rect class=\"frame\" width=\"100%\" height=\"100%\"/>\n", c->out);
}

void svg_end(const struct svg_chart *c)
{
    fputs("</svg></div>\n", c->out);
}

void svg_finish(const struct svg_chart *c, const char *note)
{
    if (note)
        fprintf(c->out, "<p class=\"note\">%s</p>\n", note);
    fputs("</figure>\n", c->out);
}

// --- what is stretched -------------------------------------------------------------------------------------

static void stretched(const struct svg_chart *c, const char *css, enum svg_look look)
{
    fprintf(c->out,
            "<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" width=\"100%%\" "
            "height=\"100%%\"><path class=\"%s %s\" d=\"",
            AXIS_SPAN, AXIS_SPAN, css, look_name[look]);
}

static void stretched_end(const struct svg_chart *c)
{
    fputs("\"/></svg>\n", c->out);
}

void svg_line(const struct svg_chart *c, enum svg_look look, const struct svg_point *point,
              size_t count)
{
    stretched(c, "line", look);
    for (size_t n = 0; n < count; n++)
        fprintf(c->out, "%s%" PRId64 " %" PRId64, n ? n % 16 ? " " : "\n" : "M",
                x_of(c, point[n].x), y_of(c, point[n].y));
    stretched_end(c);
}

void svg_steps(const struct svg_chart *c, enum svg_look look, const struct svg_point *point,
               size_t count)
{
    stretched(c, "line", look);
    for (size_t n = 0; n < count; n++)
        if (n)
            fprintf(c->out, "%sH%" PRId64 "V%" PRId64, n % 16 ? "" : "\n", x_of(c, point[n].x),
                    y_of(c, point[n].y));
        else
            fprintf(c->out, "M%" PRId64 " %" PRId64, x_of(c, point[n].x), y_of(c, point[n].y));
    stretched_end(c);
}

void svg_dots(const struct svg_chart *c, enum svg_look look, const struct svg_point *point,
              size_t count)
{
    stretched(c, "dots", look); // a round cap stays round whatever is stretched
    for (size_t n = 0; n < count; n++)
        fprintf(c->out, "%sM%" PRId64 " %" PRId64 "h0", n % 16 ? "" : "\n", x_of(c, point[n].x),
                y_of(c, point[n].y));
    stretched_end(c);
}

void svg_dashes(const struct svg_chart *c, const struct svg_point *point, size_t count)
{
    enum { LONG = AXIS_SPAN / 80 };

    if (!count)
        return;
    stretched(c, "dashes", SVG_ORANGE);
    for (size_t n = 0; n < count; n++)
        fprintf(c->out, "%sM%" PRId64 " %" PRId64 "h%d", n % 16 ? "" : "\n",
                x_of(c, point[n].x) - LONG / 2, y_of(c, point[n].y), LONG);
    stretched_end(c);
}

// --- what is not ---------------------------------------------------------------------------------------------

static void sign_at(const struct svg_chart *c, const char *sign, const char *css, int64_t x,
                    int64_t y)
{
    fprintf(c->out, "<use href=\"#%s\" class=\"%s\" x=\"", sign, css);
    percent(c->out, x);
    fputs("\" y=\"", c->out);
    percent(c->out, y);
    fputs("\"/>\n", c->out);
}

void svg_sign(const struct svg_chart *c, const char *sign, const char *css, struct svg_point point)
{
    sign_at(c, sign, css, x_of(c, point.x), y_of(c, point.y));
}

void svg_tick(const struct svg_chart *c, int64_t x, bool failed)
{
    sign_at(c, failed ? "cross" : "tick", failed ? "failed" : "none", x_of(c, x), AXIS_SPAN);
}

void svg_limit(const struct svg_chart *c, int64_t y, const char *label, bool warning)
{
    fprintf(c->out, "<line class=\"%s\" x1=\"0\" x2=\"100%%\" y1=\"", warning ? "warn" : "limit");
    percent(c->out, y_of(c, y));
    fputs("\" y2=\"", c->out);
    percent(c->out, y_of(c, y));
    fputs("\"/>", c->out);
    if (label[0]) {
        fprintf(c->out, "<text class=\"at\" x=\"100%%\" dx=\"-4\" dy=\"%d\" y=\"",
                y_of(c, y) < 800 ? 13 : -4);
        percent(c->out, y_of(c, y));
        fprintf(c->out, "\">%s</text>", label);
    }
    fputc('\n', c->out);
}

void svg_head(const struct svg_chart *c, const char *text)
{
    fprintf(c->out, "<text class=\"at\" x=\"100%%\" y=\"0\" dy=\"-10\">%s</text>\n", text);
}

void svg_instant(const struct svg_chart *c, int64_t x, const char *label)
{
    int64_t at = x_of(c, x);

    fputs("<line class=\"instant\" y1=\"0\" y2=\"100%\" x1=\"", c->out);
    percent(c->out, at);
    fputs("\" x2=\"", c->out);
    percent(c->out, at);
    fprintf(c->out, "\"/><text class=\"at%s\" dx=\"%d\" y=\"0\" dy=\"13\" x=\"",
            at < AXIS_SPAN / 2 ? " begin" : "", at < AXIS_SPAN / 2 ? 4 : -4);
    percent(c->out, at);
    fprintf(c->out, "\">%s</text>\n", label);
}

void svg_span(const struct svg_chart *c, int64_t from_x, int64_t to_x, bool hatched)
{
    fprintf(c->out, "<rect class=\"%s\" y=\"0\" height=\"100%%\" x=\"",
            hatched ? "hatched" : "span");
    percent(c->out, x_of(c, from_x));
    fputs("\" width=\"", c->out);
    percent(c->out, x_of(c, to_x) - x_of(c, from_x));
    fputs("\"/>\n", c->out);
}

// --- lanes, planes --------------------------------------------------------------------------------------------

void svg_lane(const struct svg_chart *c, size_t lane, int64_t from_x, int64_t to_x,
              enum svg_look look)
{
    int64_t tall = AXIS_SPAN * 7 / 10 / (int64_t)lanes(c), from = x_of(c, from_x),
            wide = x_of(c, to_x) - from;

    fprintf(c->out, "<rect class=\"on %s\" x=\"", look_name[look]);
    percent(c->out, from);
    fputs("\" y=\"", c->out);
    percent(c->out, lane_y(c, lane) - tall / 2);
    fputs("\" width=\"", c->out);
    percent(c->out, wide > 12 ? wide : 12); // what is short is seen, too
    fputs("\" height=\"", c->out);
    percent(c->out, tall);
    fputs("\"/>\n", c->out);
}

struct svg_point svg_lane_point(const struct svg_chart *c, size_t lane, int64_t x)
{
    return (struct svg_point){x, AXIS_SPAN - lane_y(c, lane)};
}

void svg_word(const struct svg_chart *c, struct svg_point point, const char *text)
{
    int64_t x = x_of(c, point.x);

    fprintf(c->out, "<text class=\"at%s\" dx=\"%d\" dy=\"-7\" x=\"",
            x < AXIS_SPAN / 2 ? " begin" : "", x < AXIS_SPAN / 2 ? 6 : -6);
    percent(c->out, x);
    fputs("\" y=\"", c->out);
    percent(c->out, y_of(c, point.y));
    fprintf(c->out, "\">%s</text>\n", text);
}

void svg_path(const struct svg_chart *c, const char *css)
{
    fprintf(c->out,
            "<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" width=\"100%%\" "
            "height=\"100%%\"><path class=\"line %s\" d=\"",
            AXIS_SPAN, AXIS_SPAN, css);
}

void svg_path_to(const struct svg_chart *c, struct svg_point point, bool lifted)
{
    fprintf(c->out, "%s%" PRId64 " %" PRId64, lifted ? "\nM" : "L", x_of(c, point.x),
            y_of(c, point.y));
}

void svg_path_end(const struct svg_chart *c)
{
    stretched_end(c);
}

// --- legend, table ---------------------------------------------------------------------------------------------

void svg_legend(FILE *out)
{
    fputs("<ul class=\"legend\">", out);
}

void svg_legend_line(FILE *out, enum svg_look look, const char *text)
{
    fprintf(
        out,
        "<li><svg class=\"key\" aria-hidden=\"true\" width=\"26\" height=\"10\"><path class=\"line "
        "%s\" d=\"M0 5H26\"/></svg>%s</li>",
        look_name[look], text);
}

void svg_legend_sign(FILE *out, const char *sign, const char *css, const char *text)
{
    fprintf(
        out,
        "<li><svg class=\"key\" aria-hidden=\"true\" width=\"12\" height=\"10\"><use href=\"#%s\" "
        "class=\"%s\" x=\"6\" y=\"%d\"/></svg>%s</li>",
        sign, css, strcmp(sign, "tick") == 0 ? 9 : 5, text); // a tick stands on its foot
}

void svg_legend_end(FILE *out)
{
    fputs("</ul>\n", out);
}

void svg_table(const struct svg_chart *c, const char *const *columns, size_t rows)
{
    fprintf(c->out,
            "<details class=\"data\"><summary>%zu values of this chart as a table</summary>\n"
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Values: %s\">"
            "<table data-chart=\"%s\"%s><thead><tr>",
            rows, c->title, c->id, c->height ? "" : " data-plane");
    for (size_t n = 0; columns[n]; n++)
        fprintf(c->out, "<th scope=\"col\">%s</th>", columns[n]);
    fputs("</tr></thead><tbody>\n", c->out);
}

void svg_row(const struct svg_chart *c, struct svg_point point)
{
    int64_t y = c->lane ? AXIS_SPAN - point.y : y_of(c, point.y);

    fprintf(c->out, "<tr data-p=\"%" PRId64 " %" PRId64 "\">", x_of(c, point.x), y);
}

void svg_table_end(const struct svg_chart *c)
{
    fputs("</tbody></table></div></details>\n", c->out);
}
