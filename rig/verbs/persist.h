// Does what is on stay on when plr-rig dies?
// SPDX-License-Identifier: MIT
#ifndef RIG_PERSIST_H
#define RIG_PERSIST_H

#include <stdbool.h>

#include "rig/bench/bench.h"

/// Does this kernel leave outputs as they are when their owner dies? Raspberry Pi's drivers do, unless told otherwise
/// (dtparam=strict_gpiod). `root` is "" but for tests: what stands before /sys.
bool rig_outputs_persist(const char *root);

/// ... and has the bench no watchdog line either, whose relay would drop? Then nothing may be armed: killed, plr-rig would leave a
/// printer on.
bool rig_dies_on(const struct bench *bench, const char *root);

/// That, in words.
extern const char rig_dies_on_says[];

#endif
