// How reports write numbers, words and headings; shared by run and sweep.
// SPDX-License-Identifier: MIT
#include "core/lab/report/format.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 1, 2))) static struct report_field field(const char *format, ...)
{
    struct report_field out;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out.text, sizeof out.text, format, arguments);
    va_end(arguments);
    return out;
}

static int64_t size_of(int64_t n)
{
    return n < 0 ? -n : n;
}

// "1.234" of `n` in units of 10^-digits
static struct report_field decimal(int64_t n, int64_t scale, int digits, const char *unit)
{
    int64_t size = size_of(n);
    return field("%s%" PRId64 ".%0*" PRId64 "%s", n < 0 ? "-" : "", size / scale, digits,
                 size % scale, unit);
}

struct report_field report_mm(int64_t nm)
{
    return decimal(lab_round_div(nm, 1000), 1000, 3, "");
}

int64_t report_apart_um(int64_t from_nm, int64_t to_nm)
{
    return lab_round_div(to_nm, 1000) - lab_round_div(from_nm, 1000);
}

struct report_field report_grouped(int64_t n)
{
    char digits[24];
    struct report_field out = {{0}};
    snprintf(digits, sizeof digits, "%" PRId64, size_of(n));
    size_t length = strlen(digits), at = 0;
    if (n < 0)
        out.text[at++] = '-';
    for (size_t i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            out.text[at++] = ',';
        out.text[at++] = digits[i];
    }
    return out;
}

struct report_field report_clock(int64_t us)
{
    if (us < 0)
        return field("never");
    int64_t ms = lab_round_div(us, 1000);
    return field("%" PRId64 ":%02" PRId64 ":%02" PRId64 ".%03" PRId64, ms / 3600000,
                 ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
}

struct report_field report_times(int64_t n)
{
    return n == 1 ? field("once") : field("%s times", report_grouped(n).text);
}

struct report_field report_span(int64_t us)
{
    if (size_of(us) < 1000000)
        return decimal(us, 1000, 3, " ms");
    if (size_of(us) < 120000000)
        return decimal(lab_round_div(us, 1000), 1000, 3, " s");
    int64_t s = lab_round_div(us, 1000000);
    if (size_of(s) < 7200)
        return field("%" PRId64 " min %02" PRId64 " s", s / 60, size_of(s % 60));
    return field("%" PRId64 " h %02" PRId64 " min", s / 3600, size_of(s / 60 % 60));
}

struct report_field report_degrees(int64_t mc)
{
    if (mc == INT32_MIN)
        return field("unknown");
    return decimal(lab_round_div(mc, 100), 10, 1, " C");
}

struct report_field report_number(bool known, int64_t n)
{
    return known ? field("%" PRId64, n) : field("-");
}

struct report_field report_measure(enum lab_measure measure, bool known, int64_t n, bool grouped)
{
    if (known && measure == LAB_NV_WEAR_YEARS && n == 0)
        return field("under 1");
    return known && grouped ? report_grouped(n) : report_number(known, n);
}

void report_wrap(FILE *out, int column, int indent, const char *text)
{
    bool first = true;
    while (*text) {
        text += strspn(text, " \n");
        int length = (int)strcspn(text, " \n");
        if (!length)
            break;
        if (!first && column + 1 + length > REPORT_COLUMNS) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", length, text);
        column += length;
        text += length;
        first = false;
    }
    fputc('\n', out);
}

void report_heading(FILE *out, bool colour, const char *text)
{
    fprintf(out, colour ? "\n\033[1m%s\033[0m\n" : "\n%s\n", text);
}

void report_outcome(FILE *out, bool colour, enum lab_outcome outcome, int width)
{
    static const char *const word[LAB_OUTCOMES] = {"PASS", "MARGINAL", "FAIL", "ERROR", "n/a"};
    static const char *const code[LAB_OUTCOMES] = {"32", "33", "1;31", "1;31", "2"};
    assert((unsigned)outcome < LAB_OUTCOMES);
    if (colour)
        fprintf(out, "\033[%sm%-*s\033[0m", code[outcome], width, word[outcome]);
    else
        fprintf(out, "%-*s", width, word[outcome]);
}

json_t *report_string(const char *text)
{
    json_t *value = json_string(text ? text : "");
    if (value || !text)
        return value;
    size_t length = strlen(text);
    char *copy = malloc(length + 1);
    if (!copy)
        return NULL;
    for (size_t n = 0; n <= length; n++)
        copy[n] = (unsigned char)text[n] < 0x80 ? text[n] : '?';
    value = json_string(copy);
    free(copy);
    return value;
}

json_t *report_integer(bool known, int64_t n)
{
    return known ? json_integer((json_int_t)n) : json_null();
}

json_t *report_seed(uint64_t seed)
{
    char text[24];
    if (seed <= INT64_MAX)
        return json_integer((json_int_t)seed);
    snprintf(text, sizeof text, "%" PRIu64, seed);
    return json_string(text);
}

json_t *report_strings(const char *const *text, size_t count)
{
    json_t *array = json_array();
    for (size_t n = 0; n < count; n++)
        json_array_append_new(array, report_string(text[n]));
    return array;
}

static json_t *hex(uint32_t hash)
{
    return json_string(field("%08" PRIx32, hash).text);
}

json_t *report_hashes(uint32_t doc, uint32_t printer, uint32_t job, uint32_t config)
{
    json_t *object =
        json_pack("{s:o, s:o, s:o}", "doc", hex(doc), "printer", hex(printer), "job", hex(job));
    if (config != 0)
        json_object_set_new(object, "config", hex(config));
    return object;
}

json_t *report_host(const struct lab_report_host *host, bool sweep)
{
    json_t *object = json_pack("{s:I}", "wall_ms", (json_int_t)host->wall_ms);
    json_object_set_new(object, "max_rss_kib",
                        report_integer(host->max_rss_kib >= 0, host->max_rss_kib));
    if (sweep) {
        json_object_set_new(object, "jobs", report_integer(true, host->jobs));
        json_object_set_new(object, "cuts_per_second",
                            report_integer(host->cuts_per_second >= 0, host->cuts_per_second));
    }
    return object;
}

int report_dump(json_t *root, FILE *out)
{
    if (!root)
        return -12;
    errno = 0;
    int error = json_dumpf(root, out, JSON_INDENT(2)) ? (errno ? -errno : -EIO) : 0;
    json_decref(root);
    fputc('\n', out);
    return error;
}

static void indent(FILE *out, int depth)
{
    fprintf(out, "\n%*s", 2 * depth, "");
}

static void dump_rows(const json_t *value, int depth, FILE *out);

static void dump_object(const json_t *object, int depth, FILE *out)
{
    const char *between = "", *key;
    json_t *value;

    fputc('{', out);
    json_object_foreach((json_t *)object, key, value)
    {
        fputs(between, out);
        indent(out, depth + 1);
        fprintf(out, "\"%s\": ", key); // our own words
        dump_rows(value, depth + 1, out);
        between = ",";
    }
    indent(out, depth);
    fputc('}', out);
}

static void dump_array(const json_t *array, int depth, FILE *out)
{
    fputc('[', out);
    for (size_t n = 0; n < json_array_size(array); n++) {
        fputs(n ? "," : "", out);
        indent(out, depth + 1);
        dump_rows(json_array_get(array, n), depth + 1, out);
    }
    indent(out, depth);
    fputc(']', out);
}

static void dump_rows(const json_t *value, int depth, FILE *out)
{
    if (json_is_object(value) && json_object_size(value))
        dump_object(value, depth, out);
    else if (json_array_size(value) && !json_is_array(json_array_get(value, 0)))
        dump_array(value, depth, out);
    else
        json_dumpf(value, out, JSON_COMPACT | JSON_ENCODE_ANY);
}

int report_dump_rows(json_t *root, FILE *out)
{
    if (!root)
        return -12;
    errno = 0;
    dump_rows(root, 0, out);
    json_decref(root);
    fputc('\n', out);
    return ferror(out) ? (errno ? -errno : -EIO) : 0;
}

// Length of a well-formed UTF-8 character that XML allows, 0 when there is none.
static size_t utf8_length(const unsigned char *at)
{
    if (at[0] >= 0x20 && at[0] < 0x7f)
        return 1;
    size_t length = at[0] >= 0xc2 && at[0] < 0xe0   ? 2
                    : at[0] >= 0xe0 && at[0] < 0xf0 ? 3
                    : at[0] >= 0xf0 && at[0] < 0xf5 ? 4
                                                    : 0;
    for (size_t n = 1; n < length; n++)
        if ((at[n] & 0xc0) != 0x80)
            return 0;
    // overlong forms, surrogates, U+FFFE and U+FFFF, beyond U+10FFFF
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f) ||
        (at[0] == 0xef && at[1] == 0xbf && at[2] > 0xbd))
        return 0;
    return length;
}

void report_xml(FILE *out, const char *text)
{
    static const struct {
        char from;
        const char *to;
    } escape[] = {{'&', "&amp;"},   {'<', "&lt;"},   {'>', "&gt;"}, {'"', "&quot;"},
                  {'\'', "&apos;"}, {'\n', "&#10;"}, {'\t', "&#9;"}};
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        size_t n = 0;
        while (n < sizeof escape / sizeof *escape && escape[n].from != (char)*at)
            n++;
        size_t length = utf8_length(at);
        if (n < sizeof escape / sizeof *escape)
            fputs(escape[n].to, out);
        else if (length)
            fwrite(at, 1, length, out);
        else
            fputc('?', out);
        at += length ? length : 1;
    }
}

const char *report_result(const struct lab_report *report)
{
    const struct lab_verdict *verdict = report->verdict;

    // a bench that only could not measure has seen it
    bool seen = report->rig && !report->rig->fault[0] && verdict->result != LAB_RESULT_ANY;
    return verdict->outcome == LAB_ERROR && !seen ? "unknown" : lab_result_name(verdict->result);
}
