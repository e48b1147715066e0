// Asking a device: a command whose answer is caught instead of shown.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "sim/world/world.h"

int dut_ask(struct sim *sim, const char *command, char *out, size_t room)
{
    sim->answer = out;
    sim->answer_room = room;
    out[0] = 0;
    int error = sim->dut->command(sim, command, strlen(command));
    sim->answer = NULL;
    return error;
}
