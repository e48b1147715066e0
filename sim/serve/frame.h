// A line of the serial protocol that Marlin-like firmwares speak: its number, its checksum, and the command in it. Pure.
// SPDX-License-Identifier: MIT
//
// "N12 M105*35": a host that numbers its lines wants those that were garbled again. The checksum is the XOR of all bytes before the
// star. M110 sets the number from which is counted on, and is never out of turn.
#ifndef SIM_SERVE_FRAME_H
#define SIM_SERVE_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum { FRAME_BYTES = 256 }; ///< of a line, its null included; more is a fault

enum frame_kind {
    FRAME_EMPTY,   ///< nothing in it, and nobody answers
    FRAME_COMMAND, ///< to be done
    FRAME_AGAIN,   ///< to be sent again
    FRAME_LONG     ///< not read
};

struct frame {
    enum frame_kind kind;
    int64_t last;      ///< number of the last good line, this one among them
    const char *fault; ///< of FRAME_AGAIN, as the firmware says it; static
    char text
        [FRAME_BYTES]; ///< of FRAME_COMMAND: without number, checksum, comment and blanks around
};

/// Read a line of `size` bytes without its end, when `last` was the number of the last good one. Control characters become '?'.
void frame_read(const char *line, size_t size, int64_t last, struct frame *out);

/// XOR of the bytes.
uint8_t frame_sum(const char *text, size_t size);

/// Is this line one of those that a firmware hears while it is busy: 'M112', 'M108' or 'M410'? Returns that number, 0 for others.
int frame_urgent(const char *line, size_t size);

#endif
