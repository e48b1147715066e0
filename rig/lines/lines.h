// All lines of a bench, held together: relays switched by their rules and read back, inputs debounced with the kernel's times.
// SPDX-License-Identifier: MIT
//
// Opening a bench switches every relay off, and letting go of it does so again. When the process is killed, what its outputs do hangs on
// the kernel (a Raspberry Pi's may keep them): then wiring must take the power away, by the watchdog's relay. Times are microseconds of
// CLOCK_MONOTONIC. Power is logical: a relay that is on lets its domain have power, whatever its contact and its line's polarity.
#ifndef RIG_LINES_H
#define RIG_LINES_H

#include "rig/bench/bench.h"

enum {
    LINES_EDGES = 256,
    LINES_COMMAND_S =
        15, ///< a relay's command takes no longer, and one that switches off is run twice
    LINES_FOLLOW_S = 6, ///< switching_time and a debounce: a read-back follows within, or never
    LINES_ASK_S = 5,    ///< get_cmd takes no longer, and is asked again for so long
    /// The longest that lines_all_off takes, whatever fails; and what is left of lines_switch once somebody ends it.
    LINES_OFF_S = 2 * LINES_COMMAND_S + 2 * LINES_ASK_S
};

/// A change of an input or a relay's line, as it happened; for reports.
struct lines_edge {
    int64_t at_us;
    bool relay; ///< a relay's line was driven (by then); else an input changed (bounces are kept)
    int32_t index; ///< of the bench's relay or sense
    bool on;
};

/// How a relay followed.
struct lines_switched {
    /// Its line was driven at the latest: behind the call; of a command, it had ended.
    int64_t line_us;
    /// Its read-back followed: the first edge; -1 it has none, or was off already.
    int64_t sense_us;
    int64_t line_doubt_us; ///< and not so much earlier: before the call
};

struct lines;

/// What is called every 10 ms while a relay's command runs, for each may take 15 s: watchdogs are kicked there. When it returns false, a
/// command that switches on is ended; one that switches off never is.
typedef bool lines_meanwhile(void *ctx);

/// Request every line of the bench, all relays off, and wait until their read-backs say so. Returns 0, or a negative errno with err
/// filled: what is not there, who holds it; -EIO when nobody can vouch that everything is off (a contact is stuck, a chip does not answer). Where
/// relays have cycles_per_hour, those of the hour before are read from a file beside the bench's (cycles.h), and each that comes is added to it.
/// `meanwhile` may be NULL.
int lines_open(struct lines **out, const struct bench *bench, lines_meanwhile *meanwhile, void *ctx,
               struct lab_error *err);

/// All off when that was not tried since a relay was driven, then let go. NULL is fine.
void lines_close(struct lines *lines);

/// For how long yet may this relay not be switched there (least times, cycles in an hour, of whichever process)? 0 when it may.
int64_t lines_wait_us(const struct lines *lines, int32_t relay, bool on);

/// Switch a relay and wait until its read-back follows. Returns 0; -EAGAIN when its rules forbid it now; -EIO when power was there
/// before, or the read-back did not follow within the switching time; -ECANCELED when an emergency stop or a door came between, -EINTR when
/// it was not to go on (lines_meanwhile); or another negative errno; err says what. A relay that did not go on as it should is switched
/// off again. An off_cmd that fails is run once more.
int lines_switch(struct lines *lines, int32_t relay, bool on, struct lines_switched *out,
                 struct lab_error *err);

/// Switch several relays off together (a bit each), as lines_switch one: the rules of all are looked at before any goes (with `at_once` nobody
/// looks: a contact's least time is no reason to leave power on that somebody wants off); lines go in one call (of
/// one chip, with the same polarity and bias, at the same instant), commands behind them all at once; then all read-backs are waited for. `out`
/// has an entry for each relay of the bench. Returns as lines_switch, of the first that has something to say.
int lines_switch_off(struct lines *lines, uint32_t relays, bool at_once,
                     struct lines_switched out[BENCH_RELAYS], struct lab_error *err);

/// Everything off, now, whatever the rules: lines at once, commands all at the same time. Returns 0 when every read-back says so; else -EIO with err filled: then only
/// somebody's hand at the plug helps, or a safety relay that drops: the watchdog's line is kicked no more, whatever comes.
int lines_all_off(struct lines *lines, struct lab_error *err);

/// Take in what the inputs do until `until_us` (0: what is there), kicking the watchdog's line by its period meanwhile. Returns 1 at once when
/// an input says something else (lines_sense), 0 at the end, or a negative errno: -ENODEV when a chip is gone. Signals do not end it.
int lines_listen(struct lines *lines, int64_t until_us);

/// The same, and it ends as soon as the file descriptor `fd` can be read (-1: none) or a signal comes.
int lines_listen_beside(struct lines *lines, int fd, int64_t until_us);

/// For who cannot go back to his loop for a while: a moment of it, 10 ms, or until `fd` can be read (-1: none). Watchdogs are kicked, also by what
/// lines_open was given as `meanwhile`; and where an emergency stop or a door acts, every relay that hangs on a line goes off at once.
void lines_pass(struct lines *lines, int fd);

/// What an input says, debounced; since when (its first edge; may be NULL).
bool lines_sense(const struct lines *lines, int32_t sense, int64_t *since_us);

/// Is a relay driven on?
bool lines_relay(const struct lines *lines, int32_t relay);

/// Why nothing may be on now: an emergency stop or a door that is active, or was since the bench was opened; a read-back that does not come to rest; a
/// relay whose power came or went by itself. (Behind a relay
/// that is off, or was just switched on, no power is missed: bench_feeds.) Returns false when nothing is wrong.
bool lines_alarm(const struct lines *lines, char *why, size_t room);

/// The beeper, the LED. Nothing when the bench has none. Return 0 or a negative errno.
int lines_beep(struct lines *lines, bool on);
int lines_led(struct lines *lines, bool on);

/// The newest edges, oldest first. Returns how many of at most `room`; *lost those that were before.
size_t lines_edges(const struct lines *lines, struct lines_edge *out, size_t room, uint64_t *lost);

int64_t lines_now_us(void);

#endif
