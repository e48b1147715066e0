// A bench in the hands of a verb that may have power on for as long as it likes: its lock, its lines, its computer's watchdog, its warnings.
// SPDX-License-Identifier: MIT
#ifndef RIG_HOLD_H
#define RIG_HOLD_H

#include "rig/lines/lines.h"
#include "rig/run/dog.h"
#include "rig/run/lock.h"

/// Zero-initialise, open, close.
struct rig_hold {
    const struct bench *bench;
    struct lines *lines;
    struct run_lock lock;
    struct run_dog dog;
};

/// Take a bench, with everything off; `who` others read who ask why they cannot. With `armed` the computer's watchdog is opened, too, when
/// the bench names it (it wants to be kicked from then on), and the LED goes on: power may come any time. Where nobody knows that everything
/// is off that watchdog is left to bite. Returns 0; or an exit code, having complained: then nothing is held.
int rig_hold_open(struct rig_hold *hold, const struct bench *bench, const char *who, bool armed);

/// Take in what the lines do until then, and be alive for those who watch us. Returns 0 when all is well; or an exit code, having complained:
/// the lines or the watchdog are gone, an alarm of the lines, somebody ends us.
int rig_hold_watch(struct rig_hold *hold, int64_t until_us);

/// The same for as long as one likes, in slices: a signal is heard at once.
int rig_hold_watch_until(struct rig_hold *hold, int64_t end_us);

/// Sound the beeper for half a second before power comes, when the bench has one. Returns as rig_hold_watch.
int rig_hold_warn(struct rig_hold *hold);

/// Everything off, now. Returns 0, or an exit code, having complained and called for help: nobody can vouch for it.
int rig_hold_off(struct rig_hold *hold);

/// Let go. With `safe` (everything is known to be off) the watchdog is told that this was meant; else it bites.
void rig_hold_close(struct rig_hold *hold, bool safe);

#endif
