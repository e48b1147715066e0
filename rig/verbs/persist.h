// Does what is on stay on when plr-rig dies?
// SPDX-License-Identifier: MIT
#ifndef RIG_PERSIST_H
#define RIG_PERSIST_H

#include <stdbool.h>

#include "rig/bench/bench.h"

enum { RIG_PERSIST_WHY = 400 };

/// Would a relay of this bench stay on behind a killed plr-rig? Then nothing may be armed: a printer would be left on. None would where
/// the bench has a watchdog line, whose relay drops. Else each relay has to go off with its owner: its line is of a chip whose driver is
/// known to let go of its outputs (a Raspberry Pi's, when it is not told to keep them; gpio-sim), or the bench file says fails_off, or a
/// relay in front of it goes off. A command is no owner. `root` is "" but for tests: what stands before /sys. Returns whether one would
/// stay on; `why` says which, and what helps.
bool rig_dies_on(const struct bench *bench, const char *root, char why[RIG_PERSIST_WHY]);

#endif
