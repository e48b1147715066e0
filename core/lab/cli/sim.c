// The command line of plr-sim: its verbs, its options, its exit codes.
// SPDX-License-Identifier: MIT
#include "core/lab/cli/cli.h"

#include <assert.h>

#include "core/lab/doc/version.h"
#include "core/lab/oracle/oracle.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum {
    RUN = 1u << LAB_VERB_RUN,
    CHECK = 1u << LAB_VERB_CHECK,
    PRINTER = 1u << LAB_VERB_PRINTER,
    SWEEP = 1u << LAB_VERB_SWEEP,
    SWARM = 1u << LAB_VERB_SWARM,
    MERGE = 1u << LAB_VERB_MERGE,
    COMPARE = 1u << LAB_VERB_COMPARE,
    DIFF = 1u << LAB_VERB_DIFF,
    VCD = 1u << LAB_VERB_VCD,
    POWER_SCRIPT = 1u << LAB_VERB_POWER_SCRIPT,
    SERVE = 1u << LAB_VERB_SERVE,
    VIEW = 1u << LAB_VERB_VIEW,
    ALL = (1u << LAB_VERBS) - 1,
    OF_FILES = DIFF | VCD | POWER_SCRIPT | VIEW, ///< they read what is named, and look for nothing
};

static const struct lab_cli_verb verbs[LAB_VERBS] = {
    [LAB_VERB_RUN] = {"run", "SCENARIO|ID...",
                      "Run scenarios, or replay runs by their IDs. The verb may be left out.", 1,
                      SIZE_MAX},
    [LAB_VERB_CHECK] = {"check", "FILE...", "Read scenario or printer files and say what is wrong.",
                        1, SIZE_MAX},
    [LAB_VERB_LIST] = {"list", "", "List the scenarios under scenarios/ with a line each.", 0, 0},
    [LAB_VERB_SCHEMA] = {"schema", "", "Print the JSON schema of scenario files.", 0, 0},
    [LAB_VERB_EXPLAIN] = {"explain", "[KEY...]",
                          "Explain keys of scenario and printer files; without one, list them.", 0,
                          SIZE_MAX},
    [LAB_VERB_SWEEP] = {"sweep", "SCENARIO",
                        "Cut the power at every event of a kind, recover, measure.", 1, 1},
    [LAB_VERB_SWARM] = {"swarm", "",
                        "Run random prints on random printers with random cuts and faults.", 0, 0},
    [LAB_VERB_MERGE] = {"merge", "REPORT.json...",
                        "Put the reports of a sweep's shards together: the same bytes as a report "
                        "on the whole, but for host figures.",
                        1, SIZE_MAX},
    [LAB_VERB_COMPARE] =
        {"compare", "OLD.json NEW.json",
         "Say what got worse, better or merely changed between two reports on runs "
         "or sweeps; exit status 1 when anything got worse.",
         2, 2},
    [LAB_VERB_DIFF] = {"diff", "A.trace B.trace",
                       "Say where two traces part: the first event, the first measure; exit "
                       "status 1 when they do.",
                       2, 2},
    [LAB_VERB_VCD] = {"vcd", "FILE.trace", "Write a trace as waveforms, for GTKWave and sigrok.", 1,
                      1},
    [LAB_VERB_POWER_SCRIPT] =
        {"power-script", "CAPTURE.vcd",
         "Print a captured signal, mains on a logic analyser, as a scenario's power script.", 1, 1},
    [LAB_VERB_SERVE] =
        {"serve", "SCENARIO|ID",
         "Be the scenario's printer, in real time, on a serial line: others print on "
         "it and cut its power.",
         1, 1},
    [LAB_VERB_VIEW] = {"view", "TRACE",
                       "Show a recorded run: in a window, as a picture or as the frames of a film.",
                       1, 1},
    [LAB_VERB_PRINTER] = {"printer", "", "Write a printer file from a Klipper configuration.", 0,
                          0},
};

static const struct lab_cli_option options[] = {
    {"seed", 0, "N", "Seed of all noise, instead of the scenario's.\nswarm: what is drawn.",
     LAB_CLI_U64, offsetof(struct lab_cli, seed), RUN | SWEEP | SWARM | SERVE},
    {"seeds", 0, "N", "Run with N seeds, from --seed on, and judge the population too.",
     LAB_CLI_COUNT, offsetof(struct lab_cli, seeds), RUN},
    {"set", 0, "KEY=VALUE",
     "Change the scenario, e.g. power[0].at.layer=7 or job=FILE; may be repeated.", LAB_CLI_LIST,
     offsetof(struct lab_cli, set), RUN | CHECK | SWEEP | SWARM | SERVE},
    {"json", 0, "FILE", "Write the report as JSON; - is stdout (the text goes to stderr then).",
     LAB_CLI_TEXT, offsetof(struct lab_cli, json), RUN | SWEEP | SWARM | MERGE | COMPARE | DIFF},
    {"junit", 0, "FILE", "Write the report as JUnit XML; - is stdout.", LAB_CLI_TEXT,
     offsetof(struct lab_cli, junit), RUN | SWEEP | SWARM | MERGE},
    {"html", 0, "FILE",
     "Write the report as a page for a browser: one file that loads nothing; - is stdout.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, html), RUN | SWEEP | MERGE},
    {"state", 0, "FILE",
     "Write what the device answers to PLR_QUERY_SAVED_STATE JSON=1 when it asks for consent after "
     "the last power return: for plr-resume; - is stdout.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, state), RUN},
    {"trace", 0, "FILE", "Record what happens, for diff and views (docs/TRACE.md); - is stdout.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, trace), RUN},
    {"vcd", 0, "FILE", "Write what happens as waveforms, for GTKWave and sigrok; - is stdout.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, vcd), RUN},
    {"window", 0, "WHICH",
     "With --vcd: only cut or cut:N, a second around it, or FROM..TO, times since the run began "
     "(2231s..2232.5s); step pulses are there. Not given: all, with pulses around the first cut.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, window), RUN | VCD},
    {"signal", 0, "NAME",
     "The signal of the capture, with or without its scopes; not given: the only one of one bit.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, signal), POWER_SCRIPT},
    {"low-is-on", 0, NULL, "The signal is 1 while power is missing.", LAB_CLI_FLAG,
     offsetof(struct lab_cli, low_is_on), POWER_SCRIPT},
    {"debounce", 0, "TIME",
     "Outages shorter than this are none, and such as are nearer to each other are one. What is "
     "left out is told.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, debounce), POWER_SCRIPT},
    {"begin", 0, "TIME", "So long after the job began the capture begins; 0s when not given.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, begin), POWER_SCRIPT},
    {"off-for", 0, "TIME", "How long the last outage is, from its beginning, when the capture ends in it.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, off_for), POWER_SCRIPT},
    {"no-host", 0, NULL, "Leave out what depends on this computer: for byte comparisons.",
     LAB_CLI_FLAG, offsetof(struct lab_cli, no_host), RUN | SWEEP | SWARM | MERGE},
    {"dry-run", 0, NULL, "Say where every cut will fall, and run nothing.", LAB_CLI_FLAG,
     offsetof(struct lab_cli, dry_run), RUN},
    {"every", 0, "WHAT",
     "Where to cut: nv_write, move, layer, phase (of the recovery from the scenario's own cut), "
     "event:N or ms:N.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, every), SWEEP},
    {"depth", 0, "1|2", "2: cut once more, inside each recovery or behind it.", LAB_CLI_COUNT,
     offsetof(struct lab_cli, depth), SWEEP},
    {"every2", 0, "WHAT,...",
     "Where --depth 2 cuts again: phase, nv_write (of the recovery; both when not given), layer "
     "(of "
     "the print that goes on, the next two).",
     LAB_CLI_TEXT, offsetof(struct lab_cli, every2), SWEEP},
    {"tear", 0, "KIND,...",
     "What cuts inside memory writes leave: none, prefix, some_bits, ...; prefix:all each length; "
     "all: whatever the memory can do.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, tear), SWEEP},
    {"axes", 0, "KEY=V,V;...",
     "A sweep for each combination of these values of keys, e.g. hold-up and latency: "
     "'sim.supply.hold_up=0ms,9ms;sim.supply.detect=2ms'.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, axes), SWEEP},
    {"runs", 0, "N", "How many runs to draw, numbered from 0; 100 when not given.", LAB_CLI_COUNT,
     offsetof(struct lab_cli, runs), SWARM},
    {"to", 0, "E", "Only cuts up to this event number.\nswarm: only runs up to this number.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, to), SWEEP | SWARM},
    {"shard", 0, "I/N", "Only the I-th of N equal parts, 1/N to N/N; merge puts them together.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, shard), SWEEP},
    {"jobs", 'j', "N", "Processes at work; as many as processors when not given.", LAB_CLI_COUNT,
     offsetof(struct lab_cli, jobs), SWEEP | SWARM},
    {"stop-after", 0, "N", "End after so many failures.", LAB_CLI_COUNT,
     offsetof(struct lab_cli, stop_after), SWEEP | SWARM},
    {"full", 0, "N",
     "Make one cut in N, and every failure, again with the full dynamics of the gantry (not second "
     "cuts of --depth 2); heights further apart than 2 um, or tilts than 4 microsteps, end with 5.",
     LAB_CLI_COUNT, offsetof(struct lab_cli, full), SWEEP},
    {"csv", 0, "FILE",
     "Write the curve: every cut's instant and measures; - is stdout.\nswarm: a line for each run.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, csv), SWEEP | SWARM},
    {"tolerance", 0, "P[,N]",
     "How far a number may move before it counts: the larger of P percent of what it was and N "
     "units "
     "of its measure (5,2 when not given).",
     LAB_CLI_TEXT, offsetof(struct lab_cli, tolerance), COMPARE},
    {"pty", 0, "PATH", "The serial line: a link to a pseudo-terminal, made here.", LAB_CLI_TEXT,
     offsetof(struct lab_cli, pty), SERVE},
    {"control", 0, "SOCK", "The control socket: a line in, a line of JSON out.", LAB_CLI_TEXT,
     offsetof(struct lab_cli, control), SERVE},
    {"gpio", 0, "MAP",
     "Lines of a simulated GPIO chip: FOLDER,mains=17,ac=5,z_plus0=!20,... feed the printer and "
     "are "
     "driven by it (docs/SERVE.md).",
     LAB_CLI_TEXT, offsetof(struct lab_cli, gpio), SERVE},
    {"view", 0, NULL, "Show the run in a window when it is done (docs/VIEW.md).", LAB_CLI_FLAG,
     offsetof(struct lab_cli, view), RUN},
    {"screenshot", 0, "FILE", "Write a picture (PNG) of the run at --at; needs no display.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, screenshot), RUN | VIEW},
    {"record", 0, "DIR",
     "Write the frames of a film, 25 for each of its seconds, from --at (or just before the first "
     "cut) to where the print goes on.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, record), RUN | VIEW},
    {"at", 0, "WHEN",
     "The instant to show: a time (90s, 0:37:11.383), cut, cut:2, resume, end, event:N or nv:N.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, at), RUN | VIEW},
    {"size", 0, "WxH", "Size of window and pictures in pixels; 1440x900, scaled, when not given.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, size), RUN | VIEW},
    {"scale", 0, "PERCENT", "Size of text and lines, 50 to 400; a window asks its display.",
     LAB_CLI_COUNT, offsetof(struct lab_cli, scale), RUN | VIEW},
    {"speed", 0, "N",
     "Live N times as fast as the clock on the wall.\nview: begin at this speed; a film has 10.",
     LAB_CLI_COUNT, offsetof(struct lab_cli, speed), SERVE | RUN | VIEW},
    {"root", 0, "DIR", "Find scenarios and IDs under DIR instead of the current folder.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, root), ALL & ~OF_FILES},
    {"from", 0, "FILE|E",
     "printer: the Klipper configuration (printer.cfg) to read.\nsweep: only cuts from this event "
     "number on.\nswarm: only runs from this number on.",
     LAB_CLI_TEXT, offsetof(struct lab_cli, from), PRINTER | SWEEP | SWARM},
    {"output", 'o', "FILE", "Write to FILE instead of stdout.", LAB_CLI_TEXT,
     offsetof(struct lab_cli, output), PRINTER | VCD | POWER_SCRIPT},
    {"quiet", 'q', NULL,
     "Say less: no progress, no text report; of a run a line with outcome and ID.", LAB_CLI_FLAG,
     offsetof(struct lab_cli, quiet), ALL & ~POWER_SCRIPT},
    {"color", 0, "WHEN", "auto (the default), always or never.", LAB_CLI_COLOR,
     offsetof(struct lab_cli, color), ALL},
    {"plain", 0, NULL, "Only ASCII in the text, whatever the locale can.", LAB_CLI_FLAG,
     offsetof(struct lab_cli, plain), RUN | SWEEP},
    {"help", 'h', NULL, "Print this, or the help of a verb, and end.", LAB_CLI_FLAG,
     offsetof(struct lab_cli, help), ALL},
    {"version", 'V', NULL, "Print the version and end.", LAB_CLI_FLAG,
     offsetof(struct lab_cli, version), ALL},
};

static const char *const examples[] = {
    "plr-sim scenarios/voron24_cut.yaml",
    "Cut a Voron's power in mid-print, recover, measure, report.",
    "plr-sim scenarios/voron24_cut.yaml --seeds 200 --json out.json",
    "The same with 200 seeds; percentiles of every measure.",
    "plr-sim sweep scenarios/voron24_cut.yaml --every layer --jobs 2",
    "The same print cut once in every layer.",
    "plr-sim sweep mine.yaml --every move --shard 1/8 --json part1.json",
    "The first eighth of all moves; other computers make the others.",
    "plr-sim merge part1.json part2.json --json whole.json",
    "Two parts in one report; exit code 6 when others are missing.",
    "plr-sim merge part*.json --junit sweep.xml --quiet",
    "All parts, for a CI server.",
    "plr-sim compare release.json today.json",
    "What got worse since the release, in words and exit code.",
    "plr-sim compare a.json b.json --tolerance 0,0 --json -",
    "Every number that moved at all, for another program.",
    "plr-sim scenarios/voron24_cut.yaml --trace a.trace",
    "Record all that happens in a run.",
    "plr-sim diff a.trace b.trace",
    "Where two runs part, in words and exit code.",
    "plr-sim diff before.trace after.trace --json -",
    "The same for another program.",
    "plr-sim vcd a.trace --window cut -o cut.vcd",
    "The seconds around the first cut as waveforms, with step pulses.",
    "plr-sim vcd a.trace --window 2231s..2231.5s -o steps.vcd",
    "Any half second of it.",
    "plr-sim power-script dip.vcd --signal mains --begin 30min",
    "A captured mains dip as a scenario's `power:`, half an hour into the job.",
    "plr-sim power-script ac.vcd --signal D0 --debounce 20ms --off-for 90s",
    "From an AC sense that drops at each zero crossing, and an end not seen.",
    "plr-sim swarm --runs 1000 --seed 7 --jobs 2",
    "A thousand random prints with random cuts and faults.",
    "plr-sim swarm --runs 1000 --seed 7 --set dut=naive --stop-after 5",
    "The same with a device that is known to be wrong: it must fail.",
    "plr-sim serve scenarios/voron24_cut.yaml --pty /tmp/tty --control /tmp/ctl",
    "The Voron of that scenario, for whatever talks to a serial printer.",
    "plr-sim serve scenarios/voron24_cut.yaml --pty p --control c --speed 60",
    "The same, an hour of printing in a minute.",
    "plr-sim scenarios/voron24_cut.yaml --view",
    "Run it, then see it: space plays, c jumps to the cut, h is help.",
    "plr-sim view run.trace --screenshot cut.png --at cut",
    "A picture of a recorded run, without a display.",
    "plr-sim view run.trace --record film --speed 20",
    "Frames of a film of the recovery, twenty times as fast.",
    "plr-sim printer --from printer.cfg -o mine.yaml",
    "Your own machine as a printer file, for --set printer=mine.yaml.",
};

static const char notes[] =
    "Exit status: 0 pass or marginal, 1 fail, 2 wrong use or a bad file, 3 infrastructure, "
    "4 never finished, 5 a bug, 6 parts of a sweep are missing from a merge, 130 interrupted.\n"
    "Colour: --color, else NO_COLOR, CLICOLOR_FORCE, TERM=dumb, else only on a terminal.";

const struct lab_cli_program *lab_cli_sim(void)
{
    static const struct lab_cli_program program = {
        .name = "plr-sim",
        .version = LAB_VERSION,
        .about = "cut the power of a simulated 3D printer and measure its recovery",
        .verb = verbs,
        .verbs = COUNT(verbs),
        .option = options,
        .options = COUNT(options),
        .notes = notes,
        .example = examples,
        .examples = COUNT(examples) / 2,
    };
    return &program;
}

int lab_cli_exit(int outcome, int result, bool result_ok)
{
    assert(outcome >= 0 && outcome < LAB_NOT_APPLICABLE);
    if (outcome == LAB_ERROR)
        return LAB_EXIT_INFRA;
    if (result == LAB_NEVER_FINISHED && !result_ok)
        return LAB_EXIT_LIVENESS;
    return outcome == LAB_FAIL ? LAB_EXIT_FAIL : LAB_EXIT_PASS;
}
