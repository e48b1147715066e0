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
                   "switch one relay by hand, and before it those that stand in front of it (all "
                   "others are off), "
                   "or look at its read-back",
                   2, 2},
    [RIG_RUN] = {"run", "SCENARIO|ID",
                 "print a job, cut its power as a scenario says, and see what comes back; without "
                 "--arm say what would be done, and switch nothing",
                 1, 1},
    [RIG_CALIBRATE] =
        {"calibrate", "SCENARIO|ID",
         "measure the z_plus endstops against the empty bed, for a bench whose prints "
         "the core on this computer brings back (dut: core)",
         1, 1},
    [RIG_WATCH] = {"watch", "",
                   "what the inputs say and what the printer tells, live; a line for each change "
                   "where there is no terminal",
                   0, 0},
    [RIG_SERVE] = {"serve", "",
                   "let other programs of a lab switch the relays, as labgrid and pdudaemon do", 0,
                   0},
    [RIG_EXPLAIN] = {"explain", "[KEY]", "what a key of a bench file means", 0, 1},
    [RIG_SCHEMA] = {"schema", "", "JSON schema of bench files, for editors", 0, 0},
};

enum {
    ALL = BIT(RIG_VERBS) - 1,
    SWITCH = BIT(RIG_RELAY) | BIT(RIG_RUN) | BIT(RIG_CALIBRATE) | BIT(RIG_SERVE),
    LINES = BIT(RIG_CHECK) | BIT(RIG_WATCH) | SWITCH
};

static const struct lab_cli_option options[] = {
    {"bench", 'b', "FILE", "The bench file; bench.yaml if not said.", LAB_CLI_TEXT,
     offsetof(struct rig_options, bench), LINES},
    {"arm", 0, NULL, "Really switch power on. Without it nothing ever is.", LAB_CLI_FLAG,
     offsetof(struct rig_options, arm), SWITCH},
    {"for", 0, "TIME",
     "Off again after this time; else at Ctrl-C. Power is on only while plr-rig runs.\n"
     "watch: look for so long.",
     LAB_CLI_TEXT, offsetof(struct rig_options, hold), BIT(RIG_RELAY) | BIT(RIG_WATCH)},
    {"listen", 0, "ADDRESS:PORT",
     "Where to listen; 127.0.0.1:16421 if not said. Elsewhere than on this computer only with a "
     "token.",
     LAB_CLI_TEXT, offsetof(struct rig_options, listen), BIT(RIG_SERVE)},
    {"token-file", 0, "FILE",
     "Whoever asks must know the first line of this file (Authorization: Bearer).", LAB_CLI_TEXT,
     offsetof(struct rig_options, token), BIT(RIG_SERVE)},
    {"skip", 0, "KEY",
     "Leave out a cut, a disturbance or a domain of a cut, e.g. disturb[0] or power[1] or "
     "power[0].domains.24v; an index left out means any; may be repeated.",
     LAB_CLI_LIST, offsetof(struct lab_cli, skip), BIT(RIG_RUN)},
    {"set", 0, "KEY=VALUE", "Change the scenario, e.g. power[0].at.layer=7; may be repeated.",
     LAB_CLI_LIST, offsetof(struct lab_cli, set), BIT(RIG_RUN) | BIT(RIG_CALIBRATE)},
    {"json", 0, "FILE", "Write the report as JSON; - is stdout (the text goes to stderr then).",
     LAB_CLI_TEXT, offsetof(struct lab_cli, json), BIT(RIG_RUN)},
    {"junit", 0, "FILE", "Write the report as JUnit XML; - is stdout.", LAB_CLI_TEXT,
     offsetof(struct lab_cli, junit), BIT(RIG_RUN)},
    {"html", 0, "FILE", "Write the report as a page for a browser: one file that loads nothing.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, html), BIT(RIG_RUN)},
    {"trace", 0, "FILE",
     "Record what happens, for plr-sim's diff and views (docs/TRACE.md); what is a second old is "
     "there whatever becomes of this computer.",
     LAB_CLI_TEXT, offsetof(struct rig_options, trace), BIT(RIG_RUN)},
    {"vcd", 0, "FILE", "Write what happened as waveforms, for GTKWave and sigrok; - is stdout.",
     LAB_CLI_TEXT, offsetof(struct rig_options, vcd), BIT(RIG_RUN)},
    {"lava", 0, NULL,
     "Print signals for LAVA, which watches this console: result and measures as test cases.",
     LAB_CLI_FLAG, offsetof(struct rig_options, lava), BIT(RIG_RUN)},
    {"repeat", 0, "N",
     "A queue of N runs. How far it is stands in a file: whatever ends it, the same command goes "
     "on. Reports get the run's number before their extension.",
     LAB_CLI_COUNT, offsetof(struct rig_options, repeat), BIT(RIG_RUN)},
    {"vary", 0, "at",
     "Cut each run of a queue elsewhere: spread evenly over the print, instead of the scenario's "
     "first at.",
     LAB_CLI_TEXT, offsetof(struct rig_options, vary), BIT(RIG_RUN)},
    {"stop-after", 0, "K", "End a queue after so many failures.", LAB_CLI_COUNT,
     offsetof(struct lab_cli, stop_after), BIT(RIG_RUN)},
    {"state", 0, "FILE", "The queue's file; beside the bench file if not said.", LAB_CLI_TEXT,
     offsetof(struct lab_cli, state), BIT(RIG_RUN)},
    {"root", 0, "DIR", "Find scenarios and IDs under DIR instead of the current folder.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, root), BIT(RIG_RUN) | BIT(RIG_CALIBRATE)},
    {"color", 0, "WHEN", "auto (the default), always or never.", LAB_CLI_COLOR,
     offsetof(struct lab_cli, color), BIT(RIG_RUN)},
    {"output", 'o', "FILE", "Write the proposed bench file; - is stdout.", LAB_CLI_TEXT,
     offsetof(struct lab_cli, output), BIT(RIG_PROBE)},
    {"quiet", 'q', NULL, "Say nothing but errors.", LAB_CLI_FLAG, offsetof(struct lab_cli, quiet),
     ALL},
    {"help", 'h', NULL, "Print this and end.", LAB_CLI_FLAG, offsetof(struct lab_cli, help), ALL},
    {"version", 'V', NULL, "Print the version and end.", LAB_CLI_FLAG,
     offsetof(struct lab_cli, version), ALL},
};

static const char *const examples[] = {
    "plr-rig probe -o bench.yaml",
    "What lines there are, and a bench file to begin with.",
    "plr-rig check --bench bench.yaml",
    "Is every line there, and everything off?",
    "plr-rig relay psu on --arm --for 10s",
    "Ten seconds of 24 V, to see that the contact follows.",
    "plr-rig run scenarios/voron24_cut.yaml",
    "Where the cut will fall, and by which relay.",
    "plr-rig run scenarios/voron24_cut.yaml --arm --json out.json",
    "Print, cut, recover, measure; the report as JSON, too.",
    "plr-rig run mine.yaml --arm --trace run.trace --vcd run.vcd",
    "The same taken down: relays, inputs, places, temperatures; and as waveforms.",
    "plr-rig run mine.yaml --arm --repeat 50 --vary at --stop-after 3 --json out.json --quiet",
    "Fifty prints, each cut elsewhere, unattended.",
    "plr-rig calibrate scenarios/voron24_cut.yaml --arm",
    "Once, with an empty bed: where the endstops are, for dut: core.",
    "plr-rig serve --arm --bench bench.yaml",
    "labgrid: model rest, host http://127.0.0.1:16421/relay/{index}/value. pdudaemon: port 16421.",
};

static const char notes[] = "Nothing is switched on without --arm, and when plr-rig ends it "
                            "switches everything off. Killed (kill -9, a crash) it cannot: a "
                            "Raspberry Pi may keep its outputs then. Only a watchdog relay helps "
                            "there (docs/BENCHFILE.md).\n"
                            "Exit status: 0 as it should be (run: pass or marginal), 1 the "
                            "recovery failed, 2 wrong use, a bad file or a cut that never fires, "
                            "3 bench, printer or link are not as they should be, 4 the printer "
                            "never went on, 5 a bug, 130 interrupted.";

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
