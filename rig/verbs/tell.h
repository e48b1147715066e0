// Lines for people while a bench is armed: said at once or not at all, for whoever waits for a reader hears no emergency stop.
// SPDX-License-Identifier: MIT
#ifndef RIG_TELL_H
#define RIG_TELL_H

#include <stdint.h>

/// Where they are said. Zero-initialise, open, close.
struct rig_teller {
    int fd;           ///< said there; -1 nowhere
    int own;          ///< the same place in our own hands, where nothing blocks; -1 there is none
    uint64_t dropped; ///< lines that nobody took, all in all
    uint64_t untold;  ///< of them, those that nobody was told of yet
};

/// Say lines at `fd`, which stays the caller's and stays as it is (its flags are other programs', too); -1: nowhere.
void rig_teller_open(struct rig_teller *teller, int fd);

/// A line with its time. Never waits: one that a full pipe, a stopped terminal or a hung connection does not take is dropped, and the next
/// that is taken says how many. `teller` is a struct rig_teller; at_us is not negative; the end of an over-long line is left out.
void rig_tell(void *teller, int64_t at_us, const char *what);

void rig_teller_close(struct rig_teller *teller);

#endif
