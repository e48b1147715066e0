// plr-rig: cuts the power of real printers.
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>

#include "core/plr/base.h"
#include "rig/verbs/verbs.h"

/// What is left of the process goes at once: an owner that is gone holds no line.
_Noreturn void plr_panic(const char *file, int line, const char *what)
{
    fprintf(stderr, "plr-rig: %s:%d: bug: %s\n", file, line, what);
    _Exit(LAB_EXIT_BUG);
}

static int (*const verbs[RIG_VERBS])(const struct rig_options *) = {
    [RIG_CALIBRATE] = rig_calibrate, [RIG_PROBE] = rig_probe,     [RIG_CHECK] = rig_check,
    [RIG_RELAY] = rig_relay,         [RIG_RUN] = rig_run,         [RIG_WATCH] = rig_watch,
    [RIG_SERVE] = rig_serve,         [RIG_EXPLAIN] = rig_explain, [RIG_SCHEMA] = rig_schema};

int main(int argc, char **argv)
{
    const struct lab_cli_program *program = rig_program();
    struct rig_options options;
    char message[400];
    int code = LAB_EXIT_PASS;

    int bad = lab_cli_parse(program, argc, (const char *const *)argv, &options.cli, message,
                            sizeof message);
    if (bad) {
        fprintf(stderr, "plr-rig: %s\nTry 'plr-rig --help'.\n",
                bad == -22 ? message : "out of memory");
        code = bad == -22 ? LAB_EXIT_USAGE : LAB_EXIT_INFRA;
    } else if (options.cli.help) {
        lab_cli_help(program, options.cli.verb_named ? options.cli.verb : -1, stdout);
    } else if (options.cli.version) {
        printf("plr-rig %s\n", program->version);
    } else if (!options.cli.verb_named) {
        lab_cli_help(program, -1, stderr);
        code = LAB_EXIT_USAGE;
    } else {
        code = verbs[options.cli.verb](&options);
    }
    lab_cli_free(&options.cli);
    return code;
}
