// Lines for people while a bench is armed: said at once or not at all, for whoever waits for a reader hears no emergency stop.
// SPDX-License-Identifier: MIT
//
// Everything that plr-rig says while something may be on goes this way. Reports, and what a verb says when all is over, do not.
#ifndef RIG_TELL_H
#define RIG_TELL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/// Where they are said. Zero-initialise, open, close.
struct rig_teller {
    int fd;           ///< said there; -1 nowhere
    int own;          ///< the same place in our own hands, where nothing blocks; -1 there is none
    uint64_t dropped; ///< lines that nobody took, all in all
    uint64_t untold;  ///< of them, those that nobody was told of yet
};

/// Say lines at `fd`, which stays the caller's and stays as it is (its flags are other programs', too); -1: nowhere.
void rig_teller_open(struct rig_teller *teller, int fd);

/// The one of stdout or stderr, open as long as the program runs; of another stream it is that of stderr.
struct rig_teller *rig_teller_of(const FILE *stream);

/// Say something of at most 2,047 bytes, whole lines. Never waits: what a full pipe, a stopped terminal or a hung connection does not take is
/// dropped, and the next that is taken says how many. Returns false when it was dropped; said nowhere, it was said.
bool rig_teller_say(struct rig_teller *teller, const char *text);

/// A line with its time, the same way. `teller` is a struct rig_teller; at_us is not negative.
void rig_tell(void *teller, int64_t at_us, const char *what);

/// Say something on stdout or stderr, the same way, behind what was printed there. Returns false when it was dropped.
__attribute__((format(printf, 2, 3))) bool verb_tell(FILE *to, const char *format, ...);

void rig_teller_close(struct rig_teller *teller);

#endif
