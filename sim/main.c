// plr-sim: runs scenarios on a simulated printer. See docs/man/plr-sim.1.
// SPDX-License-Identifier: MIT
#include "core/lab/cli/cli.h"
#include "core/lab/report/report.h"
#include "core/plr/base.h"
#include "sim/run/verbs.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

_Noreturn void plr_panic(const char *file, int line, const char *what)
{
    fprintf(stderr,
            "plr-sim: %s:%d: assertion failed: %s\nplr-sim: this is a bug; please report it with "
            "the run ID\n",
            file, line, what);
    _exit(LAB_EXIT_BUG);
}

/// A failed assert() of the simulator ends as plr_panic does.
static void on_abort(int signal)
{
    (void)signal;
    _exit(LAB_EXIT_BUG);
}

static void on_interrupt(int signal)
{
    (void)signal;
    lab_write_abandon(); // reports are renamed into place when whole: nothing half-written stays
    _exit(LAB_EXIT_INTERRUPTED);
}

int main(int argc, char **argv)
{
    const struct lab_cli_program *program = lab_cli_sim();
    struct lab_cli cli;
    char message[256];

    signal(SIGABRT, on_abort);
    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);
    signal(SIGPIPE, SIG_IGN);
    int bad =
        lab_cli_parse(program, argc, (const char *const *)argv, &cli, message, sizeof message);
    int code;
    if (bad) {
        fprintf(stderr, "plr-sim: %s\nTry 'plr-sim --help'.\n", message);
        code = LAB_EXIT_USAGE;
    } else if (cli.help) {
        lab_cli_help(program, cli.verb_named ? cli.verb : -1, stdout);
        code = LAB_EXIT_PASS;
    } else if (cli.version) {
        printf("%s %s\n", program->name, program->version);
        code = LAB_EXIT_PASS;
    } else {
        code = verb_execute(&cli);
    }
    lab_cli_free(&cli);
    if (fflush(stdout) != 0 && code == LAB_EXIT_PASS)
        code = LAB_EXIT_INFRA;
    return code;
}
