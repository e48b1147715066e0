// The host's monotonic clock, times a factor.
// SPDX-License-Identifier: MIT
#include "sim/serve/clock.h"

#include <time.h>

int64_t clock_host_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void clock_set(struct serve_clock *clock, int64_t zero_us, int64_t speed)
{
    *clock = (struct serve_clock){.speed = speed, .host_us = clock_host_us(), .zero_us = zero_us};
}

int64_t clock_at(const struct serve_clock *clock, int64_t host_us)
{
    return clock->zero_us + (host_us - clock->host_us) * clock->speed;
}

void clock_late(struct serve_clock *clock, int64_t t_us, int64_t host_us)
{
    clock->lost_us += clock_at(clock, host_us) - t_us;
    clock->host_us = host_us;
    clock->zero_us = t_us;
}

int clock_wait_ms(const struct serve_clock *clock, int64_t t_us, int64_t host_us, int most)
{
    int64_t per_ms = 1000 * clock->speed, left_us = t_us - clock_at(clock, host_us);

    if (left_us <= 0)
        return 0;
    return left_us > most * per_ms ? most : (int)((left_us + per_ms - 1) / per_ms);
}
