// The frame of a page.
// SPDX-License-Identifier: MIT
#include "core/lab/html/page.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/html/axis.h"
#include "core/lab/html/embedded.h"
#include "core/lab/report/format.h"

void page_text(FILE *out, const char *text)
{
    report_xml(out, text ? text : "");
}

/// Signs that charts of all kinds use: of a failure, of a run without a value; hatches.
static void signs(FILE *out)
{
    fputs(
        "<svg class=\"signs\" aria-hidden=\"true\" focusable=\"false\" width=\"0\" "
        "height=\"0\"><defs>\n"
        "<path id=\"cross\" d=\"M-4-4 4 4M-4 4 4-4\"/><path id=\"tick\" d=\"M0-7V0\"/>"
        "<circle id=\"dot\" r=\"3\"/><circle id=\"ring\" r=\"3.2\"/>"
        "<path id=\"diamond\" d=\"M0-4.5 4.5 0 0 4.5-4.5 0Z\"/><path id=\"dash\" d=\"M-6 0H6\"/>\n"
        "<pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
        "patternTransform=\"rotate(45)\"><path d=\"M0 0V6\" class=\"hatching\"/></pattern>\n"
        "</defs></svg>\n",
        out);
}

void page_begin(FILE *out, const char *title, const char *version)
{
    fputs(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
        "style-src "
        "'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"",
        out);
    page_text(out, version);
    fputs("\">\n<link rel=\"icon\" href=\"data:,\">\n<title>", out);
    page_text(out, title);
    fputs("</title>\n<style>\n", out);
    fwrite(page_css, 1, page_css_size, out);
    fputs("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n",
          out);
    signs(out);
    fputs("<main id=\"main\" tabindex=\"-1\">\n", out);
}

void page_end(FILE *out, const char *program, const char *version)
{
    fprintf(out, "</main>\n<footer><p>Made by %s ", program);
    page_text(out, version);
    fputs(". The page is whole: it loads nothing, and says the same without its "
          "script.</p></footer>\n"
          "<script>\n",
          out);
    fwrite(page_js, 1, page_js_size, out);
    fputs("</script>\n</body>\n</html>\n", out);
}

void page_section(FILE *out, const char *id, const char *title)
{
    fprintf(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", id, id, title);
}

void page_section_end(FILE *out)
{
    fputs("</section>\n", out);
}

void page_outcome(FILE *out, enum lab_outcome outcome)
{
    static const struct {
        const char *name, *sign, *word;
    } is[LAB_OUTCOMES] = {{"pass", "\xe2\x9c\x93", "pass"},
                          {"marginal", "\xe2\x96\xb2", "marginal"},
                          {"fail", "\xe2\x9c\x95", "fail"},
                          {"error", "\xe2\x9c\x95", "error"},
                          {"na", "\xe2\x80\x93", "not applicable"}};
    assert((unsigned)outcome < LAB_OUTCOMES);
    fprintf(out, "<span class=\"outcome %s\"><span aria-hidden=\"true\">%s</span> %s</span>",
            is[outcome].name, is[outcome].sign, is[outcome].word);
}

void page_command(FILE *out, const char *program, const char *id)
{
    page_command_words(out, (const char *const[]){program, id, NULL});
}

void page_command_words(FILE *out, const char *const *word)
{
    fputs("<p class=\"command\"><code>", out);
    for (size_t n = 0; word[n]; n++) {
        bool option = word[n][0] == '-'; // no line ends in its dashes
        fputs(n ? " " : "", out);
        fputs(option ? "<span>" : "", out);
        page_text(out, word[n]);
        fputs(option ? "</span>" : "", out);
    }
    fputs("</code></p>\n", out);
}

// --- figures, tables, pairs -----------------------------------------------------------------------------------

void page_cards(FILE *out)
{
    fputs("<dl class=\"cards\">\n", out);
}

void page_card(FILE *out, const char *label, const char *value, const char *note)
{
    fprintf(out, "<div><dt>%s</dt><dd>%s", label, value);
    if (note)
        fprintf(out, " <small>%s</small>", note);
    fputs("</dd></div>\n", out);
}

void page_cards_end(FILE *out)
{
    fputs("</dl>\n", out);
}

void page_table(FILE *out, const char *caption, const char *const *columns, unsigned numbers)
{
    page_table_as(out, "", caption, columns, numbers);
}

void page_table_as(FILE *out, const char *css, const char *caption, const char *const *columns,
                   unsigned numbers)
{
    fprintf(out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n"
            "<table class=\"wide%s%s\">\n<caption><span>%s</span></caption>\n<thead><tr>",
            caption, css[0] ? " " : "", css, caption);
    for (unsigned n = 0; columns[n]; n++)
        fprintf(out, "<th scope=\"col\"%s>%s</th>", numbers >> n & 1u ? " class=\"n\"" : "",
                columns[n]);
    fputs("</tr></thead>\n<tbody>\n", out);
}

void page_table_end(FILE *out)
{
    fputs("</tbody>\n</table>\n</div>\n", out);
}

static void number(FILE *out, const char *label, const char *text)
{
    fputs("<td class=\"n\"", out);
    if (label)
        fprintf(out, " data-label=\"%s\"", label);
    bool minus = text[0] == '-'; // the sign that charts have
    fprintf(out, ">%s%s</td>", minus ? "\xe2\x88\x92" : "", text + minus);
}

void page_number(FILE *out, const char *label, bool known, int64_t value)
{
    number(out, label, known ? report_grouped(value).text : "\xe2\x80\x93");
}

void page_value(FILE *out, const char *label, enum lab_measure measure, bool known, int64_t value)
{
    number(out, label, known ? report_measure(measure, true, value, true).text : "\xe2\x80\x93");
}

void page_pairs(FILE *out)
{
    fputs("<dl class=\"pairs\">\n", out);
}

void page_pair(FILE *out, const char *name, const char *value)
{
    fprintf(out, "<div><dt>%s</dt><dd>", name);
    page_text(out, value && value[0] ? value : "\xe2\x80\x93");
    fputs("</dd></div>\n", out);
}

void page_pairs_end(FILE *out)
{
    fputs("</dl>\n", out);
}

// --- words ----------------------------------------------------------------------------------------------------

const char *page_unit(const char *unit)
{
    return strcmp(unit, "um") == 0 ? "\xc2\xb5m" : unit;
}

void page_degrees(int64_t mc, char out[PAGE_AMOUNT])
{
    const struct axis degrees = axis_of("", 1000);
    char number[AXIS_TEXT];

    axis_value(&degrees, mc, 1, number);
    if (mc == INT32_MIN)
        snprintf(out, PAGE_AMOUNT, "unknown");
    else
        snprintf(out, PAGE_AMOUNT,
                 "%s\xc2\xa0\xc2\xb0"
                 "C",
                 number);
}

void page_amount(int64_t value, const char *unit, char out[PAGE_AMOUNT])
{
    bool um = strcmp(unit, "um") == 0;
    char number[AXIS_TEXT];
    const struct axis large = axis_of("", 1000), small = axis_of("", 1);

    if ((um || strcmp(unit, "ms") == 0) && llabs(value) >= 10000) {
        axis_value(&large, value, 1, number);
        unit = um ? "mm" : "s";
    } else {
        axis_value(&small, value, 0, number);
    }
    snprintf(out, PAGE_AMOUNT, "%s%s%s", number, unit[0] ? "\xc2\xa0" : "", page_unit(unit));
}

const char *page_measure(enum lab_measure measure, char out[LAB_REPORT_TEAR * 2])
{
    const char *name = lab_measure_info(measure)->name, *unit = lab_measure_info(measure)->unit;
    size_t n = 0, tail = strlen(unit) + 1;

    for (; name[n] && n < LAB_REPORT_TEAR * 2 - 1; n++)
        out[n] = name[n] == '_' ? ' ' : name[n];
    out[n] = '\0';
    if (n > tail && out[n - tail] == ' ' && strcmp(out + n - tail + 1, unit) == 0)
        out[n - tail] = '\0'; // the unit stands beside it
    out[0] = (char)toupper((unsigned char)out[0]);
    if (strncmp(out, "Nv ", 3) == 0)
        out[1] = 'V';
    return out;
}

void page_host(FILE *out, const struct lab_report_host *host, bool sweep)
{
    if (!host->present)
        return;
    fputs("<!-- host: figures of this computer -->\n<p class=\"host\">This computer needed ", out);
    fputs(report_span(host->wall_ms * 1000).text, out);
    if (sweep && host->cuts_per_second >= 0)
        fprintf(out, ", %s cuts a second", report_grouped(host->cuts_per_second).text);
    if (host->max_rss_kib >= 0)
        fprintf(out, ", and %s KiB of memory at most", report_grouped(host->max_rss_kib).text);
    fputs(".</p>\n<!-- host end -->\n", out);
}
