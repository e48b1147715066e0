// What a test of a link stands on: a link and a fake printer, turned together in the test's own time.
// SPDX-License-Identifier: MIT
#ifndef LAB_LINK_BED_H
#define LAB_LINK_BED_H

#include "core/lab/link/fake.h"
#include "core/lab/link/internal.h"

enum { BED_STEP_US = 20000, BED_SILENCE_US = 4000000 };

struct bed {
    struct fake fake;
    struct link *link;
    int64_t now_us;
};

/// The one that all of a program's tests stand on, one after the other.
extern struct bed bed;

/// A printer with power, plugged in, and a link to it; nobody has said anything yet.
void bed_open(const struct fake_ops *kind);

void bed_close(void);

/// Turn both for so long. All that one of them says is heard by the other in the same step, however slow this computer is.
void bed_run(int64_t for_us);

/// Turn both until the link is in this state. Returns after how long; fails the test after `at_most_us`.
int64_t bed_until(enum link_state state, int64_t at_most_us);

/// Turn until G-code is answered, at most a minute. Returns as link_answer.
int bed_answer(char why[LINK_LINE]);

int bed_answer_within(char why[LINK_LINE], int64_t at_most_us);

/// Does this come on the console within so long?
bool bed_hears(const char *line, int64_t within_us);

/// For cmocka: the kind of fake is the test's initial state. Ready: the link has found its printer, and that is ready.
int bed_set_up(void **state);
int bed_set_up_ready(void **state);
int bed_tear_down(void **state);

#endif
