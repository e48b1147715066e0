// The frame of a page: head, style, sections, words that all pages share. Written front to back to a stream.
// SPDX-License-Identifier: MIT
//
// What comes from outside (names, IDs, reasons) goes through page_text, which escapes it; all else is our own markup. A page asks for
// nothing: style and script are inside, and a policy in its head forbids the browser to load anything.
#ifndef LAB_HTML_PAGE_H
#define LAB_HTML_PAGE_H

#include <stdio.h>

#include "core/lab/report/report.h"

/// Doctype to the beginning of <main>. `title` is escaped, `version` the program's.
void page_begin(FILE *out, const char *title, const char *version);
/// Footer, script, end. `program` made it.
void page_end(FILE *out, const char *program, const char *version);

/// Text or an attribute's value; what is no UTF-8 becomes '?', NULL nothing.
void page_text(FILE *out, const char *text);

/// A section with a heading of level 2. `id` and `title` are our own words.
void page_section(FILE *out, const char *id, const char *title);
void page_section_end(FILE *out);

/// Sign and word of an outcome.
void page_outcome(FILE *out, enum lab_outcome outcome);

/// What is to be typed to run `id` again, with a button to copy it (made by the script): "plr-sim ID".
void page_command(FILE *out, const char *program, const char *id);

/// The same of any words, NULL-terminated, escaped: the caller knows that a shell takes each for one.
void page_command_words(FILE *out, const char *const *word);

/// The figures at the top. Between page_cards and page_cards_end; `value` and `note` are our own words, `note` may be NULL.
void page_cards(FILE *out);
void page_card(FILE *out, const char *label, const char *value, const char *note);
void page_cards_end(FILE *out);

/// A table that may be wider than a phone, so that it scrolls by itself. `caption` and `columns` (NULL-terminated) are our own words;
/// `numbers`: bit per column whose cells are numbers.
void page_table(FILE *out, const char *caption, const char *const *columns, unsigned numbers);
/// The same in a look of its own: "stack" sets a row's cells over each other on narrow screens.
void page_table_as(FILE *out, const char *css, const char *caption, const char *const *columns,
                   unsigned numbers);
void page_table_end(FILE *out);

/// A cell with a number, or a dash. `label` (NULL none) is what stands above it where rows are stacked: the column's head.
void page_number(FILE *out, const char *label, bool known, int64_t value);
/// The same of a measure: less than a year is not nothing.
void page_value(FILE *out, const char *label, enum lab_measure measure, bool known, int64_t value);

/// Pairs of words, as the page's small print. Between page_pairs and page_pairs_end; the value is escaped.
void page_pairs(FILE *out);
void page_pair(FILE *out, const char *name, const char *value);
void page_pairs_end(FILE *out);

/// A unit as people write it: "um" is "µm". Static.
const char *page_unit(const char *unit);

enum { PAGE_AMOUNT = 64 };
/// A temperature in m-degC: "94.4 °C".
void page_degrees(int64_t mc, char out[PAGE_AMOUNT]);

/// A value with its unit, in a larger one from five digits on: "17 µm", "142.9 mm", "155.2 s".
void page_amount(int64_t value, const char *unit, char out[PAGE_AMOUNT]);

/// What a measure's value is called for people: "Z offset error". Static or in `out`.
const char *page_measure(enum lab_measure measure, char out[LAB_REPORT_TEAR * 2]);

/// The host's figures, in the one place of a page that two runs of one command do not share.
void page_host(FILE *out, const struct lab_report_host *host, bool sweep);

#endif
