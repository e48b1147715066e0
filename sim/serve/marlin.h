// The served printer's side of the serial line: what a Marlin-like firmware hears and says. No terminal in here: bytes in, bytes out.
// SPDX-License-Identifier: MIT
//
// Which commands, and what they answer: docs/SERVE.md. An `ok` comes when a command is done, or for a move when it is begun; until
// then further lines wait, and "echo:busy: processing" says that somebody lives. Nothing is said while the firmware is dead.
#ifndef SIM_SERVE_MARLIN_H
#define SIM_SERVE_MARLIN_H

#include "sim/serve/frame.h"
#include "sim/serve/printer.h"

enum { MARLIN_LINES = 16, MARLIN_LINE = FRAME_BYTES + 8, MARLIN_OUT = 32768 };

/// What the command at hand waits for before its `ok`.
enum marlin_wait {
    MARLIN_READY,
    MARLIN_TURN,   ///< until what runs has ended: then it is its turn
    MARLIN_SCRIPT, ///< until it is done
    MARLIN_HEAT,   ///< the same, and temperatures are told meanwhile
    MARLIN_GATE,   ///< until the PLR has begun or refused
    MARLIN_LEVEL   ///< until the PLR has homed Z
};

/// Something said every so often; 0: not.
struct marlin_every {
    int64_t every_us, next_us;
};

struct marlin {
    struct printer *printer;
    // lines that have come, and are not done yet
    char line[MARLIN_LINES][MARLIN_LINE];
    int first, lines;
    char coming[MARLIN_LINE]; ///< the one that is being received
    size_t come;
    int64_t last;              ///< number of the last good line
    char command[FRAME_BYTES]; ///< at hand
    enum marlin_wait wait;
    int64_t began_us;                          ///< waiting
    struct marlin_every busy, temperature, sd; ///< M113, M155, M27 S
    int64_t told_us;                           ///< temperatures, while waiting for one
    // the file
    bool selected;
    bool open;     ///< and nothing of it was read yet: M24 is to come
    uint64_t seek; ///< M26
    // the printer as last seen, to tell what changes
    uint64_t boots;
    bool printing, halted;
    enum plr_phase phase;
    enum plr_result result;
    bool deaf, mute; ///< faults: it hears nothing, says nothing
    // what it has said and nobody has taken yet; what finds no room is lost, as on a wire
    char out[MARLIN_OUT];
    size_t said;
};

/// Begin to speak for a printer, which the caller keeps. It says what a firmware says when it begins to run.
void marlin_open(struct marlin *marlin, struct printer *printer);

/// Bytes come in. Does what can be done at once. Returns how many it took: the rest must wait until lines before are done.
size_t marlin_hear(struct marlin *marlin, const char *bytes, size_t size);
/// The printer's time went on.
void marlin_turn(struct marlin *marlin);
/// The printer's time at which the next turn is due; INT64_MAX: when something happens.
int64_t marlin_due(const struct marlin *marlin);

// --- shared by the files that make it ---------------------------------------------------------------------------

/// Say something; a line feed is part of it.
__attribute__((format(printf, 2, 3))) void marlin_say(struct marlin *marlin, const char *format,
                                                      ...);
/// Do the command at hand (commands.c). Returns what its `ok` waits for, or a negative number: it said its own.
int marlin_do(struct marlin *marlin);
/// "T:200.00 /200.00 B:60.00 /60.00 C:... @:0 B@:0", without line feed.
void marlin_temperatures(struct marlin *marlin);
/// What M27 says.
void marlin_sd(struct marlin *marlin);
/// M112.
void marlin_halt(struct marlin *marlin);

#endif
