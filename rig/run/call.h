// Calling a person in a fault.
// SPDX-License-Identifier: MIT
#ifndef RIG_RUN_CALL_H
#define RIG_RUN_CALL_H

enum { RUN_CALL_S = 10 };

/// Run a bench's alarm_cmd ("": there is none) with the sentence behind it. It is given RUN_CALL_S seconds, and nothing hangs on it.
void run_call_somebody(const char *command, const char *sentence);

#endif
