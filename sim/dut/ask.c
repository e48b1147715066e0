// Asking a device: a command whose answer is caught, or shown to people.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "sim/world/world.h"

static int ask(struct sim *sim, const char *command, size_t len, char *out, size_t room)
{
    char *outer = sim->answer; // a command may run while another one's answer is being caught
    size_t outer_room = sim->answer_room;

    sim->answer = out;
    sim->answer_room = room;
    out[0] = 0;
    int error = sim->dut->command(sim, command, len);
    sim->answer = outer;
    sim->answer_room = outer_room;
    return error;
}

uint64_t dut_knows(const struct sim *sim)
{
    return sim->dut->knows ? sim->dut->knows(sim) : 0;
}

int dut_ask(struct sim *sim, const char *command, char *out, size_t room)
{
    return ask(sim, command, strlen(command), out, room);
}

/// A line of an answer as notes: what is too long for one goes on in the next, behind a comma.
static void note_line(struct sim *sim, const char *text, size_t len)
{
    enum { ROOM = SIM_NOTE - 3 };

    while (len) {
        size_t n = len;
        if (n > ROOM)
            for (n = ROOM; n > ROOM / 2 && text[n - 1] != ',';)
                n--;
        world_note(sim, "  %.*s", (int)n, text);
        text += n;
        len -= n;
    }
}

int dut_tell(struct sim *sim, const char *command, size_t len)
{
    static const char debug[] = "// plr: "; // the device's log has told it already
    char told[DUT_ANSWER];

    int error = ask(sim, command, len, told, sizeof told);
    bool silent = error && !told[0];
    if (error || told[0])
        world_note(sim, "> %.*s%s%s", (int)(len < 70 ? len : 70), command, silent ? ": " : "",
                   silent ? plr_strerror(error) : "");
    for (const char *line = told; *line;) {
        size_t n = strcspn(line, "\n");
        if (strncmp(line, debug, sizeof debug - 1) != 0)
            note_line(sim, line, n);
        line += n + (line[n] != 0);
    }
    return error;
}

void dut_keep_state(struct sim *sim)
{
    uint64_t reads = sim->nv.reads; // nobody's question may change what is read later

    if (!sim->kept_state || sim->dut->phase(sim) != PLR_PHASE_CONSENT)
        return;
    if (dut_ask(sim, "PLR_QUERY_SAVED_STATE JSON=1", sim->kept_state, DUT_ANSWER))
        sim->kept_state[0] = 0;
    sim->nv.reads = reads;
}
