// A serial line of this computer, opened raw at any speed.
// SPDX-License-Identifier: MIT
#ifndef LAB_LINK_SERIAL_H
#define LAB_LINK_SERIAL_H

#include <stdint.h>

/// Open a serial device (a pseudo-terminal is one): raw, 8N1, no flow control, never blocking, locked against others who lock. A board
/// may take the opening for a reset button. Returns a file descriptor or a negative errno: -ENOTTY it is none, -EBUSY somebody else
/// has it.
int serial_open(const char *device, int32_t baud);

#endif
