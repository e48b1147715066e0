// plr-rig's verbs and options.
// SPDX-License-Identifier: MIT
#include "rig/options.h"

#include "core/lab/doc/version.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define BIT(verb)    (1u << (verb))

static const struct lab_cli_verb verbs[RIG_VERBS] = {
    [RIG_PROBE] = {"probe", "", "list GPIO chips and lines, and propose a bench file (-o)", 0, 0},
    [RIG_CHECK] =
        {"check", "",
         "self-test of a bench: everything is switched off, every line and read-back looked at", 0,
         0},
    [RIG_RELAY] = {"relay", "NAME on|off|get",
                   "switch one relay by hand (all others are off), or look at its read-back", 2, 2},
    [RIG_EXPLAIN] = {"explain", "[KEY]", "what a key of a bench file means", 0, 1},
    [RIG_SCHEMA] = {"schema", "", "JSON schema of bench files, for editors", 0, 0},
};

enum { ALL = BIT(RIG_VERBS) - 1, LINES = BIT(RIG_CHECK) | BIT(RIG_RELAY) };

static const struct lab_cli_option options[] = {
    {"bench", 'b', "FILE", "The bench file; bench.yaml if not said.", LAB_CLI_TEXT,
     offsetof(struct rig_options, bench), LINES},
    {"arm", 0, NULL, "Really switch power on. Without it nothing ever is.", LAB_CLI_FLAG,
     offsetof(struct rig_options, arm), BIT(RIG_RELAY)},
    {"for", 0, "TIME",
     "Off again after this time; else at Ctrl-C. Power is on only while plr-rig runs.",
     LAB_CLI_TEXT, offsetof(struct rig_options, hold), BIT(RIG_RELAY)},
    {"output", 'o', "FILE", "Write the proposed bench file; - is stdout.", LAB_CLI_TEXT,
     offsetof(struct lab_cli, output), BIT(RIG_PROBE)},
    {"quiet", 'q', NULL, "Say nothing but errors.", LAB_CLI_FLAG, offsetof(struct lab_cli, quiet),
     ALL},
    {"help", 'h', NULL, "Print this and end.", LAB_CLI_FLAG, offsetof(struct lab_cli, help), ALL},
    {"version", 'V', NULL, "Print the version and end.", LAB_CLI_FLAG,
     offsetof(struct lab_cli, version), ALL},
};

static const char *const examples[] = {
    "plr-rig probe -o bench.yaml",          "What lines there are, and a bench file to begin with.",
    "plr-rig check --bench bench.yaml",     "Is every line there, and everything off?",
    "plr-rig relay psu on --arm --for 10s", "Ten seconds of 24 V, to see that the contact follows.",
};

static const char notes[] = "Nothing is switched on without --arm, and when plr-rig ends it "
                            "switches everything off. Killed (kill -9, a crash) it cannot: a "
                            "Raspberry Pi may keep its outputs then. Only a watchdog relay helps "
                            "there (docs/BENCHFILE.md).\n"
                            "Exit status: 0 as it should be, 2 wrong use or a bad file, 3 the "
                            "bench is not as it should be, 5 a bug, 130 interrupted.";

const struct lab_cli_program *rig_program(void)
{
    static const struct lab_cli_program program = {
        .name = "plr-rig",
        .version = LAB_VERSION,
        .about = "cut the power of a real printer, and see what its recovery makes of it",
        .verb = verbs,
        .verbs = COUNT(verbs),
        .option = options,
        .options = COUNT(options),
        .notes = notes,
        .example = examples,
        .examples = COUNT(examples) / 2,
        .size = sizeof(struct rig_options),
    };
    return &program;
}
