// The computer's own watchdog (/dev/watchdog): it resets the computer when nobody kicks it, and relays open through that reset.
// SPDX-License-Identifier: MIT
#ifndef RIG_RUN_DOG_H
#define RIG_RUN_DOG_H

#include <stdbool.h>
#include <stdint.h>

#include "rig/bench/bench.h"

/// `fd` is -1 without one.
struct run_dog {
    int fd;
    int64_t kicked_us;
    int bad; ///< it could not be kicked: 0 or a negative errno, the first
};

/// Open that of a bench, who may have none; from now on it wants to be kicked. Returns 0, or a negative errno with err filled.
int run_dog_open(struct run_dog *dog, const struct bench *bench, int64_t now_us,
                 struct lab_error *err);

/// Kick it, once a second at most: call this only when the loop has come round and all is well. Returns dog->bad.
int run_dog_kick(struct run_dog *dog, int64_t now_us);

/// Let go of it. With `safe` it is told that this was meant (the driver's magic close); else it goes on counting, and resets the
/// computer: somebody who cannot vouch that everything is off wants that.
void run_dog_close(struct run_dog *dog, bool safe);

#endif
