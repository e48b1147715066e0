// plr-sim serve: a simulated printer in real time, behind a serial line, a control socket and GPIO lines. docs/SERVE.md.
// SPDX-License-Identifier: MIT
#ifndef SIM_SERVE_SERVE_H
#define SIM_SERVE_SERVE_H

#include "sim/serve/clock.h"
#include "sim/serve/control.h"
#include "sim/serve/gpio.h"
#include "sim/serve/marlin.h"
#include "sim/serve/pty.h"

enum { SERVE_SPEED_MOST = 100000 };

struct serve {
    struct printer printer;
    struct marlin marlin;
    struct serve_clock clock;
    struct serve_pty pty;
    struct control control;
    struct gpio gpio;
    bool quit;
    int relay[GPIO_RELAYS]; ///< what was last seen of each: 1 on, 0 off, -1 not yet
    bool refused;           ///< a relay cut once more than a run holds
    char heard[1024];       ///< from the line, not taken yet
    size_t heard_size;
    bool line_up;   ///< somebody has the line open
    bool spoken_to; ///< ... and something to be read
    bool asked;     ///< somebody is at the control socket
};

/// Live and listen until `quit` or a signal. Returns the exit code.
int serve_loop(struct serve *serve);

/// Bring the printer to the clock's time at this time of the host; what it says lies in the marlin then.
void serve_live(struct serve *serve, int64_t host_us);

/// Look at the rig's relays, if it is time: what a relay feeds that has switched gets or loses its power now.
void serve_relays(struct serve *serve, int64_t host_us);

/// Drive the rig's senses as they are now, and say what they are.
void serve_senses(struct serve *serve, struct printer_rails *rails);

/// What a line of the control socket is answered with (answers.c).
char *serve_answer(void *serve, const char *line);

#endif
