// Talking to a printer that is somebody else's: Klipper's API socket, Moonraker, or a Marlin-like serial line, behind one interface.
// SPDX-License-Identifier: MIT
//
// A link is polled: nothing happens but in link_turn. What the printer says is kept in one `struct link_status`; a field that this
// printer never tells stays unknown, and unknown is never a number. Times are microseconds of CLOCK_MONOTONIC, lengths nanometres,
// temperatures milli-degC. Losing the printer is no error of the caller's: the link says so (LINK_LOST) and looks for it again.
#ifndef LAB_LINK_H
#define LAB_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lab/doc/error.h"

enum {
    LINK_ADDRESS = 160,
    LINK_FILE = 256,
    LINK_LINE = 256,
    LINK_HEATER = 40,
    LINK_OTHERS = 16 ///< further heaters that are kept
};

#define LINK_UNKNOWN        INT64_MIN ///< of a length, a place or a time
#define LINK_NO_TEMPERATURE INT32_MIN

enum link_kind { LINK_KLIPPER, LINK_MOONRAKER, LINK_MARLIN };

/// Klipper tells once a second what its microcontroller has said: of that, less than 2.5 s is no silence, whatever silence_us is.
struct link_config {
    enum link_kind kind;
    char address[LINK_ADDRESS]; ///< a Unix socket, ws://ADDRESS:PORT/websocket, a serial device
    int32_t baud;               ///< of a serial line
    int64_t silence_us;         ///< quiet for longer: the printer is lost
};

enum link_state {
    LINK_LOST,     ///< nobody there, or silent for too long
    LINK_STARTING, ///< somebody is there, and not ready yet
    LINK_READY,    ///< ready, no job
    LINK_PRINTING,
    LINK_PAUSED,
    LINK_DONE, ///< the last job was printed to its end
    LINK_CANCELLED,
    LINK_FAULT ///< it has shut itself down, or the job ended with an error
};

/// What a printer can be asked for.
enum link_ability {
    LINK_CAN_ONE_Z = 1u << 0, ///< move one Z motor alone
    LINK_CAN_SET_Z = 1u << 1, ///< be told how high it is, without moving: SET_KINEMATIC_POSITION Z=
    LINK_CAN_SEEK = 1u << 2,  ///< go on with a file from a byte: M23, M26 S, M24
    LINK_CAN_CONFIRM = 1u << 3, ///< prove that its microcontroller lives, apart from its host
    LINK_TELLS_FILE = 1u << 4,  ///< where in the file it is
    LINK_TELLS_LAYER = 1u << 5
};

/// How far ahead of the nozzle the place in the file is that a printer tells, at most: moves of so long in all, or so many of them, whichever
/// reaches further. By what firmwares come with: Klipper plans two seconds, and the move that ends them; Marlin counts blocks, of which big
/// boards have 32, and 32 lines before these.
struct link_ahead {
    int64_t us;
    int32_t moves;
};

struct link_heater {
    int32_t now_mc, target_mc; ///< LINK_NO_TEMPERATURE: it has none, or does not tell
};

/// One more heater, by the printer's name for it: "extruder1", "heater_generic dryer"; of Marlin "T0", "T1" where it has several tools.
struct link_other {
    char name[LINK_HEATER];
    struct link_heater heat;
};

struct link_status {
    enum link_state state;
    int64_t at_us;    ///< when the newest of this was heard
    int64_t alive_us; ///< newest proof that the microcontroller lived; LINK_UNKNOWN none
    char why
        [LINK_LINE]; ///< of LINK_LOST and LINK_FAULT, in the printer's words where it has some; else ""
    char file[LINK_FILE];
    int64_t file_at, file_size; ///< bytes; the next line to be read, which is ahead of the nozzle
    struct link_ahead ahead;    ///< by so much; of its kind, and always known
    int32_t layer;              ///< the first is 0; -1 unknown
    int64_t job_us;             ///< since the job began
    int64_t at_nm[4];           ///< X, Y, Z, E as G-code has them
    bool homed[3];
    struct link_heater nozzle, bed, chamber;
    struct link_other other[LINK_OTHERS]; ///< all others that it tells of
    int32_t others;
    int64_t heat_us; ///< when a temperature was told last; LINK_UNKNOWN none was
    char chamber_heater
        [LINK_HEATER]; ///< by this name Klipper's SET_HEATER_TEMPERATURE knows it; "" it has none, or speaks as Marlin
};

struct link;

/// Begin to talk to a printer; it need not be there yet. Returns 0, or a negative errno with err filled when the address cannot be one
/// (-EINVAL) or this program was built without what it takes (-ENOTSUP).
int link_open(struct link **out, const struct link_config *config, struct lab_error *err);

/// Hang up. Says nothing to the printer: a job goes on. NULL is fine.
void link_close(struct link *link);

/// Hear what there is to hear and say what there is to say, until `until_us` (0: what can be done at once). Returns 1 at once when
/// something is new, 0 at the end, or a negative errno when this computer has no way to go on. A signal does not end it.
int link_turn(struct link *link, int64_t until_us);

/// For who waits for other things, too: the instant up to which link_turn has nothing to do unless *fd can be read (-1: there is none). 0: turn
/// it as often as that can be done.
int64_t link_rest_us(const struct link *link, int *fd);

/// What is known. Lives as long as the link; changes in link_turn only.
const struct link_status *link_status(const struct link *link);

/// Bits of enum link_ability that this printer is known to have, as far as it has been asked.
uint32_t link_abilities(const struct link *link);

/// The newest position that is known to have been reached: the microcontroller proved alive after it was told (where the link can
/// tell: LINK_CAN_CONFIRM). Returns its time, LINK_UNKNOWN when there is none; `file_at` may be NULL. Klipper says how far its plans
/// are ahead of the nozzle, and this waits for them. Marlin does not, and may tell where its queue ends: there it is the newest that
/// it told while it lived, some moves ahead. After a reset, positions of before stay until the printer tells another.
int64_t link_confirmed(const struct link *link, int64_t at_nm[4], int64_t *file_at);

/// When the nozzle was there, by what the printer says of its plans: since then it has gone on, unheard. LINK_UNKNOWN when there is none.
int64_t link_reached_us(const struct link *link);

/// Start G-code, one or more lines. Returns 0, -EBUSY while another still runs, -ENOTCONN when nobody is there, -E2BIG.
int link_gcode(struct link *link, const char *text);

/// How that stands: 1 it runs, 0 done (or nothing was asked yet), or a negative errno with the printer's words in `why` (-EIO it refused;
/// -EPIPE it was lost meanwhile, and nobody knows). Done is what the printer says: moves may still be
/// queued. A command that it does not know is a refusal.
int link_answer(const struct link *link, char *why, size_t room);

/// Start a job that lies on the printer, from its beginning. Returns as link_gcode, and -EINVAL for a name that would be a command; the
/// answer comes by link_answer.
int link_print(struct link *link, const char *file);

/// Move one Z motor alone (0-3), + is away from the bed. Returns as link_gcode, -ENOTSUP when this printer cannot, -EINVAL for a motor or
/// a speed that cannot be.
int link_move_z(struct link *link, int motor, int64_t delta_nm, int64_t speed_nm_s);

/// Stop everything now, out of turn. Returns 0 when that was said, -EAGAIN when it goes out first in the next turn (the line is full),
/// -ENOTCONN and the like when it cannot be said: then only the power can be cut.
int link_stop(struct link *link);

/// The next line that the printer said to its console and that nobody took yet, without its end. False when there is none. The newest
/// 64 are kept.
bool link_said(struct link *link, char line[LINK_LINE]);

const char *link_kind_name(enum link_kind kind);    ///< "klipper"; static
const char *link_state_name(enum link_state state); ///< "printing"; static

#endif
