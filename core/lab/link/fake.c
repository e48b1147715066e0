// The printer behind the fakes.
// SPDX-License-Identifier: MIT
#include "core/lab/link/fake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *behind(const char *command, const char *word)
{
    size_t n = strlen(word);
    return strncmp(command, word, n) || (command[n] && command[n] != ' ')
               ? NULL
               : command + n + strspn(command + n, " ");
}

static int load(struct fake_printer *printer, const char *file, char words[LINK_LINE])
{
    if (strcmp(file, "cube.gcode") != 0) {
        snprintf(words, LINK_LINE, "open failed, File: %s.", file);
        return -EIO;
    }
    snprintf(printer->file, sizeof printer->file, "%s", file);
    printer->file_at = printer->job_us = 0;
    printer->file_size = 20000;
    printer->job = FAKE_NO_JOB;
    return 0;
}

static int print_file(struct fake_printer *printer, const char *quoted, char words[LINK_LINE])
{
    char file[64];
    int bad;

    if (sscanf(quoted, "FILENAME=\"%63[^\"]\"", file) != 1) {
        snprintf(words, LINK_LINE, "a file without its name");
        return -EIO;
    }
    bad = load(printer, file, words);
    if (!bad)
        printer->job = FAKE_RUNS;
    return bad;
}

/// Its first line is read at once.
static int start(struct fake_printer *printer)
{
    enum { FIRST_LINE = 20 };

    printer->job = FAKE_RUNS;
    printer->file_at = printer->file_at > FIRST_LINE ? printer->file_at : FIRST_LINE;
    return 0;
}

int fake_do(struct fake_printer *printer, const char *command, char words[LINK_LINE])
{
    static const char *const known[] = {"G0",   "G1",   "G28",  "G90", "G91",
                                        "M104", "M140", "M113", "M155"};
    const char *rest;

    words[0] = 0;
    snprintf(printer->last, sizeof printer->last, "%s", command);
    printer->commands++;
    if (printer->carry_out)
        return printer->carry_out(printer->machine, command, words);
    if ((rest = behind(command, "REFUSE"))) {
        snprintf(words, LINK_LINE, "%s", rest);
        return -EIO;
    }
    if ((rest = behind(command, "SAY"))) {
        snprintf(printer->console, sizeof printer->console, "%s", rest);
        return 0;
    }
    if ((rest = behind(command, "M23")))
        return load(printer, rest, words);
    if ((rest = behind(command, "SDCARD_PRINT_FILE")))
        return print_file(printer, rest, words);
    if ((rest = behind(command, "M26")) && *rest == 'S')
        return printer->file_at = atoi(rest + 1), 0;
    if (behind(command, "M24"))
        return start(printer);
    if (behind(command, "M25"))
        return printer->job = FAKE_PAUSED, 0;
    if (behind(command, "FORCE_MOVE"))
        return printer->one_z ? 0 : -ENOSYS;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (behind(command, known[i]))
            return 0;
    return -ENOSYS;
}

void fake_pass(struct fake_printer *printer, int64_t now_us, bool moves)
{
    int64_t dt = now_us - printer->now_us;

    printer->now_us = now_us;
    if (printer->job != FAKE_RUNS || !moves || printer->halted)
        return;
    printer->job_us += dt;
    printer->file_at += dt / 1000;
    printer->at_nm[0] += dt * 10;
    if (printer->file_at >= printer->file_size) {
        printer->file_at = printer->file_size;
        printer->job = FAKE_ENDED;
    }
}

void fake_halt(struct fake_printer *printer, const char *why)
{
    printer->halted = true;
    printer->nozzle_target_mc = printer->bed_target_mc = 0;
    snprintf(printer->halt_why, sizeof printer->halt_why, "%s", why);
}
