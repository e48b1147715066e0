// What the files that make the served printer share among themselves.
// SPDX-License-Identifier: MIT
#ifndef SIM_SERVE_INSIDE_H
#define SIM_SERVE_INSIDE_H

#include "sim/serve/printer.h"

/// The machine as a run begins. Returns 0 or a negative errno.
int printer_fresh(struct printer *printer);

/// Its job begins: what it is judged by later is itself, uninterrupted, as it is now. Returns 0 or a negative errno.
int printer_twin(struct printer *printer);

/// The world is brought to the printer's time, where nothing is due, because something is done to it now. (A memory write that has
/// begun ends first.)
void printer_touch(struct printer *printer);

/// The world's time now.
int64_t printer_now(const struct printer *printer);

/// Power goes now: if that is within a memory write, the write has not been made yet.
void printer_undo(struct printer *printer);

#endif
