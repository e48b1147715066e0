// How reports write numbers, words and headings; shared by run and sweep.
// SPDX-License-Identifier: MIT
#ifndef LAB_REPORT_FORMAT_H
#define LAB_REPORT_FORMAT_H

#include <jansson.h>

#include "core/lab/report/report.h"

enum { REPORT_COLUMNS = 100, REPORT_FIELD = 40 };

/// A short text returned by value, so that calls can be nested in a printf.
struct report_field {
    char text[REPORT_FIELD];
};

struct report_field report_mm(int64_t nm);                ///< "12.400"
struct report_field report_times(int64_t n);              ///< "once", "1,234 times"
enum { REPORT_PLACE = 160 };
/// Where in a job: "layer 61, byte 413590, z 12.400 mm, 0:36:19.628 into the job". What is not known (-1, of `z_nm` INT64_MIN) is left out.
void report_place(int64_t offset, int32_t layer, int64_t z_nm, int64_t us, char out[REPORT_PLACE]);
/// From one height to another in um, as a reader finds it who takes the one from the other as they are printed.
int64_t report_apart_um(int64_t from_nm, int64_t to_nm);
struct report_field report_grouped(int64_t n);            ///< "36,884"
struct report_field report_clock(int64_t us);             ///< "1:20:28.123" since the beginning
struct report_field report_span(int64_t us);              ///< "5.000 ms", "90.0 s", "3 min 20 s"
struct report_field report_degrees(int64_t mc);           ///< "84.1 C"; "unknown" for INT32_MIN
struct report_field report_number(bool known, int64_t n); ///< "-" when not known
/// The same, grouped for pages; of years rounded to none: "under 1", for a memory that lasts for months does not last for nothing.
struct report_field report_measure(enum lab_measure measure, bool known, int64_t n, bool grouped);

/// Words of `text`, broken so that no line exceeds REPORT_COLUMNS; later lines begin at `indent`.
/// `column` is where the first word goes. Ends the line.
void report_wrap(FILE *out, int column, int indent, const char *text);

enum { REPORT_CHART = 64 }; ///< columns of a small chart, at most
/// How many of them there are.
size_t report_chart_columns(unsigned look);
/// A chart of one line: a bar for each value between `low` and `high`, a blank for INT64_MIN. No line feed.
void report_chart(FILE *out, unsigned look, const int64_t *value, size_t count, int64_t low,
                  int64_t high);

void report_heading(FILE *out, bool colour, const char *text);
/// The outcome in capitals, padded to `width`, coloured when asked.
void report_outcome(FILE *out, bool colour, enum lab_outcome outcome, int width);

/// A string that jansson takes whatever its bytes are (what is no UTF-8 becomes '?').
json_t *report_string(const char *text);
json_t *report_integer(bool known, int64_t n); ///< null when not known
json_t *report_seed(uint64_t seed); ///< a string beyond 63 bits, which no integer of JSON holds
json_t *report_strings(const char *const *text, size_t count);
json_t *report_hashes(uint32_t doc, uint32_t printer, uint32_t job, uint32_t config);
json_t *report_host(const struct lab_report_host *host, bool sweep);
/// A report on many runs as JSON; NULL: out of memory.
json_t *report_sweep(const struct lab_sweep_report *report);
/// Print with a line feed and drop `root`. Returns 0, -12 when root is NULL, -5 on a bad stream.
int report_dump(json_t *root, FILE *out);

/// The error in height against the cut, a line; one below it when cuts failed.
void report_curve(const struct lab_curve *curve, unsigned look, FILE *out);

/// What the full gantry says of a sweep: a line for people, and "full" of its JSON.
void report_full_text(const struct lab_sweep_full *full, FILE *out);
json_t *report_full_json(const struct lab_sweep_full *full);

/// The same, but rows of numbers stand on one line each: arrays of arrays without blanks.
int report_dump_rows(json_t *root, FILE *out);

/// Of a real printer: its object, its cuts, its bench.
json_t *report_rig_json(const struct lab_report_rig *rig);
void report_rig_cuts(const struct lab_report_rig *rig, FILE *out);
void report_rig_text(const struct lab_report_rig *rig, bool colour, FILE *out);
/// " --skip 'KEY'" for each key that was left out: what a run's ID does not hold, and the same run again needs. Of NULL nothing.
void report_rig_skips(const struct lab_report_rig *rig, FILE *out);

/// The result's word; "unknown" of a run that could not be judged. (A bench that had no fault, and could not measure all, knows it.)
const char *report_result(const struct lab_report *report);

/// Text and attribute values for XML; bytes that XML does not allow become '?'.
void report_xml(FILE *out, const char *text);

#endif
