// Z by steps: a small move, then a look at the switches, for no link can stop a motor at an edge.
// SPDX-License-Identifier: MIT
//
// How long a step is, and how far beyond its switch a corner can come:
//
//   slow touches, which measure            config.step_nm
//   all other watched moves                NEAR_NM: less than what the core takes for a false touch
//   all motors up, far below the switches  up to FAR_NM, and never more than half the overtravel that the machine has
//
// Corners fall while their motors are off, and never rise: what is believed is never too low, unless a recovery before this one was cut on
// its way to the switches. Then there are no far steps.
#include "rig/host/internal.h"

#include <errno.h>
#include <string.h>

#define NEAR_NM       100000
#define FAR_NM        (5 * PLR_NM_PER_MM)
#define AT_ONCE       8                   // of a turn: a step takes three
#define FAR_MARGIN_NM (5 * PLR_NM_PER_MM) // below the nominal place of the switches

int host_switches(struct host *host, uint32_t *closed)
{
    *closed = 0;
    if (lines_listen(host->lines, 0) < 0) {
        host_failed(host, -EPIPE, "the lines of the bench are gone");
        return -EIO;
    }
    for (int i = 0; i < host->plr.config.z_motors; i++)
        *closed |= (uint32_t)lines_sense(host->lines, host->config.sense[i], NULL) << i;
    return 0;
}

static uint32_t all(const struct host *host)
{
    return (1u << host->plr.config.z_motors) - 1u;
}

/// Was a recovery cut on its way to the switches? Then Z may be higher than believed.
static bool height_unknown(const struct host *host)
{
    return host->plr.lifted == PLR_LIFTED_HOMING || host->plr.lifted == PLR_LIFTED_TOP;
}

/// How far all motors may go up without a look, by what is believed.
static int32_t far_step(const struct host *host)
{
    const struct plr_config *c = &host->plr.config;
    int32_t room = INT32_MAX, most = c->z_overtravel_nm / 2;

    if (host->z.motors != all(host) || host->z.left_nm < 0 || height_unknown(host))
        return 0;
    for (int i = 0; i < c->z_motors; i++) {
        int32_t below = c->z_position_nm - FAR_MARGIN_NM - host->z.at_nm[i];
        room = below < room ? below : room;
    }
    most = most < FAR_NM ? most : FAR_NM;
    return room < most ? room : most;
}

/// The next step, with its sign.
static int32_t next_step(const struct host *host)
{
    const struct host_z *z = &host->z;
    int64_t size = host->config.step_nm, way = z->left_nm < 0 ? -(int64_t)z->left_nm : z->left_nm;

    if (!z->watch)
        return z->left_nm;
    if (z->speed_nm_s > host->plr.config.slow_homing_nm_s) {
        int32_t far_nm = far_step(host);
        size = size > NEAR_NM ? size : NEAR_NM;
        size = far_nm > size ? far_nm : size;
    }
    size = size < way ? size : way;
    return (int32_t)(z->left_nm < 0 ? -size : size);
}

int host_z_move(struct host *host, uint32_t motors, int32_t delta_nm, int32_t speed_nm_s,
                uint32_t watch)
{
    struct host_z *z = &host->z;

    if (z->active)
        return PLR_EBUSY;
    z->motors = motors & all(host);
    z->watch = watch & all(host);
    z->left_nm = delta_nm;
    z->speed_nm_s = speed_nm_s;
    z->triggered = 0;
    z->stage = HOST_Z_STEP;
    z->active = z->motors && delta_nm;
    return z->watch ? host_switches(host, &z->closed) : 0;
}

void host_z_adopt(struct host *host)
{
    host->adopt_us = INT64_MAX;
}

static void adopt(struct host *host)
{
    int64_t at_nm[PLR_AXES];

    if (host->adopt_us == INT64_MAX)
        host->adopt_us = lines_now_us();
    if (link_confirmed(host->link, at_nm, NULL) <= host->adopt_us)
        return;
    for (int i = 0; i < PLR_Z_MAX; i++)
        host->z.at_nm[i] = (int32_t)at_nm[PLR_Z];
    host->adopt_us = 0;
}

void host_z_known(struct host *host)
{
    if (host->z.astray)
        host_say(host, "SET_KINEMATIC_POSITION Z=%s", HOST_MM(host->z.at_nm[0]));
    host->z.astray = false;
}

/// All together is an ordinary move; a motor alone is the link's own.
static void begin_step(struct host *host)
{
    struct host_z *z = &host->z;

    z->step_nm = next_step(host);
    z->begun_us = lines_now_us();
    z->ended_us = LINK_UNKNOWN;
    z->motor = 0;
    z->stage = HOST_Z_MOTORS;
    if (z->motors != all(host))
        return;
    host_z_known(host);
    host_say(host, "G91");
    host_say(host, "G1 Z%s F%s", HOST_MM(z->step_nm), HOST_F(z->speed_nm_s));
    host_say(host, "G90");
    host_say(host, "M400");
    z->motor = PLR_Z_MAX;
}

/// The next motor of this step. False: all of them were told.
static bool next_motor(struct host *host)
{
    struct host_z *z = &host->z;

    while (z->motor < PLR_Z_MAX && !((z->motors >> z->motor) & 1u))
        z->motor++;
    if (z->motor >= PLR_Z_MAX)
        return false;
    int bad = link_move_z(host->link, z->motor, z->step_nm, z->speed_nm_s);
    if (bad == -EBUSY)
        return true;
    if (bad) {
        host_failed(host, bad,
                    bad == -ENOTSUP ? "this link moves no Z motor alone" : strerror(-bad));
        return true;
    }
    host->talk.asked = z->astray = true;
    z->motor++;
    host_say(host, "M400"); // some printers answer when a move is planned
    return true;
}

/// The step is made, and stands.
static void end_step(struct host *host)
{
    struct host_z *z = &host->z;

    for (int i = 0; i < PLR_Z_MAX; i++)
        if ((z->motors >> i) & 1u)
            z->at_nm[i] += z->step_nm;
    z->left_nm -= z->step_nm;
    z->ended_us = lines_now_us();
    z->stage = HOST_Z_LOOK;
}

/// A slow touch counts as made in the step behind which it was seen. Where a tap is slow, or the printer says too early that it stands,
/// that may be the step behind it: such taps tell of some switch before its step began, and of others late behind its end.
static void note_touches(struct host *host)
{
    const struct host_z *z = &host->z;
    struct host_result *result = &host->result;
    int64_t since_us;

    if (z->speed_nm_s > host->plr.config.slow_homing_nm_s)
        return;
    for (int i = 0; i < host->plr.config.z_motors; i++) {
        if (!(z->triggered >> i & 1u))
            continue;
        result->touches++;
        (void)lines_sense(host->lines, host->config.sense[i], &since_us);
        if (since_us - z->ended_us > result->edge_us)
            result->edge_us = since_us - z->ended_us;
        if (since_us >= z->begun_us && since_us - z->ended_us <= host->config.slack_us / 2)
            continue;
        result->late_touches++;
        result->touch_nm = (int64_t)2 * host->config.step_nm;
    }
}

static void look(struct host *host)
{
    struct host_z *z = &host->z;
    struct host_result *result = &host->result;
    int64_t late_us = lines_now_us() - z->ended_us;
    uint32_t closed;

    // without a watch, too: whoever looks next must not see what was before
    if (late_us < host->config.settle_us || host_switches(host, &closed))
        return;
    result->steps += z->watch != 0;
    result->late_us = late_us > result->late_us ? late_us : result->late_us;
    z->triggered = closed & ~z->closed & z->watch;
    note_touches(host);
    z->closed = closed;
    z->stage = HOST_Z_STEP;
    z->active = !z->triggered && z->left_nm;
}

/// Go on, when nothing else is under way.
static void turn(struct host *host)
{
    struct host_z *z = &host->z;

    if (z->active && z->stage == HOST_Z_LOOK)
        look(host);
    if (!z->active || z->stage == HOST_Z_LOOK)
        return;
    if (z->stage == HOST_Z_STEP)
        begin_step(host);
    else if (!next_motor(host))
        end_step(host);
}

void host_work(struct host *host)
{
    for (int i = 0; i < AT_ONCE && !host->lost && host_talk_turn(host) && host->z.active; i++)
        turn(host);
    if (host->adopt_us && !host->talk.size && !host->talk.asked)
        adopt(host);
}
