// Interrupts while there is work of which a part is worth a report.
// SPDX-License-Identifier: MIT
#ifndef SIM_INTERRUPT_H
#define SIM_INTERRUPT_H

#include <stdbool.h>

/// From now on the first SIGINT or SIGTERM asks for an end instead of being one. Another one ends the program as before.
void interrupt_begin(void);

/// As before interrupt_begin.
void interrupt_end(void);

/// Has one come since interrupt_begin?
bool interrupt_came(void);

/// In a process that works for another one: the interrupts are that one's to hear, who ends this one.
void interrupt_leave_to_parent(void);

#endif
