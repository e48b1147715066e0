// Text and JSON for whoever gave a command, without stdio: a small buffer that empties through the port.
// SPDX-License-Identifier: MIT
#ifndef PLR_ANSWER_H
#define PLR_ANSWER_H

#include "core/plr/plr.h"

/// An answer on its way. Begin with plr_answer_begin, end with plr_answer_end.
struct plr_answer {
    const struct plr_port *port;
    void *ctx;
    uint32_t len;
    bool first; ///< JSON: no comma is due yet
    char text[96];
};

void plr_answer_begin(struct plr_answer *answer, const struct plr_port *port, void *ctx);
/// Hand over what is left.
void plr_answer_end(struct plr_answer *answer);

/// Text as it is.
void plr_answer_text(struct plr_answer *answer, const char *text);
/// A whole number.
void plr_answer_number(struct plr_answer *answer, int64_t value);
/// value / 10^digits with at least one and at most `digits` decimals, trailing zeros dropped: 150000000 nm with 6 is "150.0".
void plr_answer_decimal(struct plr_answer *answer, int64_t value, int digits);
/// `value` as eight hexadecimal digits.
void plr_answer_hex(struct plr_answer *answer, uint32_t value);

/// JSON: the key of the next value, with the comma and the quotes it needs.
void plr_answer_key(struct plr_answer *answer, const char *key);
/// JSON: an object begins (after a key, or at the top) and ends.
void plr_answer_open(struct plr_answer *answer);
void plr_answer_close(struct plr_answer *answer);
/// JSON: a list of strings begins (after a key) and ends; one of its strings.
void plr_answer_list(struct plr_answer *answer, bool begins);
void plr_answer_item(struct plr_answer *answer, const char *text);
/// JSON: a quoted string; quotes, backslashes and control characters are escaped.
void plr_answer_string(struct plr_answer *answer, const char *text);

#endif
