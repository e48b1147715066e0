// The clock by which a served printer lives: the host's monotonic one, times a factor.
// SPDX-License-Identifier: MIT
#ifndef SIM_SERVE_CLOCK_H
#define SIM_SERVE_CLOCK_H

#include <stdint.h>

struct serve_clock {
    int64_t speed;   ///< printer microseconds for each of the host's
    int64_t host_us; ///< when it was set, ...
    int64_t zero_us; ///< ... and to what
    int64_t lost_us; ///< the printer's time that this computer was too slow for
};

/// The host's monotonic time.
int64_t clock_host_us(void);

/// From now on it is `zero_us`, and runs `speed` times as fast as the host's.
void clock_set(struct serve_clock *clock, int64_t zero_us, int64_t speed);

/// The printer's time at this time of the host.
int64_t clock_at(const struct serve_clock *clock, int64_t host_us);

/// The printer has only come so far: it lives on from there, and nothing is made up for.
void clock_late(struct serve_clock *clock, int64_t t_us, int64_t host_us);

/// Milliseconds of the host until the printer's `t_us`, rounded up; at most `most`.
int clock_wait_ms(const struct serve_clock *clock, int64_t t_us, int64_t host_us, int most);

#endif
