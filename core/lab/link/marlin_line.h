// Lines of Marlin's serial protocol: numbered with a checksum one way, read the other way.
// SPDX-License-Identifier: MIT
//
// Nothing here knows of a device or of time; any bytes may come in.
#ifndef LAB_LINK_MARLIN_LINE_H
#define LAB_LINK_MARLIN_LINE_H

#include "core/lab/link/link.h"

enum { MARLIN_COMMAND = 80 }; ///< bytes of a command, so that number and checksum fit Marlin's 96

/// Bytes come in, lines come out.
struct marlin_splitter {
    char line[LINK_LINE];
    size_t size;
};

/// Take a byte. True when it ended a line that is not empty: it is in `line`, zero-terminated, cut when too long. Control characters are
/// dropped, what is not ASCII becomes '?'.
bool marlin_split(struct marlin_splitter *splitter, char byte);

/// Write `N<n> <command>*<checksum>\n`. Returns its length, 0 when it does not fit.
size_t marlin_number(char *out, size_t room, uint32_t n, const char *command);

enum { MARLIN_TOOLS = 8 };

enum marlin_word {
    MARLIN_OTHER,           ///< for people
    MARLIN_START,           ///< it was reset
    MARLIN_WAIT,            ///< it has nothing to do
    MARLIN_BUSY,            ///< it is at something long
    MARLIN_RESEND,          ///< number[0]: from which line
    MARLIN_BAD_LINE,        ///< why it wants a line again; a MARLIN_RESEND follows
    MARLIN_ERROR,           ///< text: its words
    MARLIN_KILLED,          ///< it has shut itself down; text: its words
    MARLIN_TEMPERATURES,    ///< nozzle, bed, chamber
    MARLIN_POSITION,        ///< at_nm
    MARLIN_SD_PRINTING,     ///< number: byte, of how many
    MARLIN_SD_IDLE,         ///< no job
    MARLIN_FILE_OPENED,     ///< text: its name; number[0]: its size
    MARLIN_FILE_FAILED,     ///< text: its words
    MARLIN_FILE_DONE,       ///< a job was printed to its end
    MARLIN_FIRMWARE,        ///< its name and version
    MARLIN_CAP,             ///< text: an ability; number[0]: has it that?
    MARLIN_UNKNOWN_COMMAND, ///< text: the line's words
    MARLIN_ACTION           ///< text: what a host is to do: "paused", "cancel" ...
};

/// A line, read.
struct marlin_said {
    enum marlin_word word;
    bool ok;      ///< it begins with "ok"; `word` is what else it says
    int64_t ok_n; ///< of which line, where the firmware tells; else -1
    int64_t number[2];
    int64_t at_nm[4]; ///< X, Y, Z, E; LINK_UNKNOWN: not told
    struct link_heater nozzle, bed, chamber;
    struct link_heater tool[MARLIN_TOOLS]; ///< by their numbers
    const char *text;                      ///< within the line; "" = none
    size_t text_size;
};

/// Read a line as marlin_split gives it. What looks like something and is not whole is MARLIN_OTHER.
void marlin_read(const char *line, struct marlin_said *out);

#endif
