// The verbs of plr-sim.
// SPDX-License-Identifier: MIT
#ifndef SIM_RUN_VERBS_H
#define SIM_RUN_VERBS_H

#include "core/lab/cli/cli.h"
#include "sim/run/run.h"

/// Do what was asked for. Returns the exit code.
int verb_execute(const struct lab_cli *cli);

// --- shared by the files that make verbs ---------------------------------------------------------------------

/// Where words for people go: to stderr as soon as stdout carries JSON, XML or CSV.
FILE *verb_people(const struct lab_cli *cli);
/// How text for people looks on this stream (LAB_TEXT bits).
unsigned verb_look(const struct lab_cli *cli, FILE *out);
/// Say what is wrong. Returns the exit code.
int verb_complain(const struct lab_error *err, int bad);
/// One exit code that is worse wins: bug, infrastructure, usage, part, liveness, fail, pass.
int verb_worse(int a, int b);
/// Could what `option` asks for be written to `path`? Asked before any work; says why not. Returns the exit code: pass or usage.
int verb_writable(const char *option, const char *path);
/// Say that a report could not be written, if so: a place that was good before the work failed meanwhile, as a full disk does. Returns the exit code.
int verb_written(const char *path, int bad);
/// Are the reports' places fit to be written, and one for each? Says what is not.
bool verb_reports_fit(const struct lab_cli *cli);
/// Would something be written over a file that the scenario was read from? Returns 0, or -EINVAL with err filled.
int verb_reads_stay(const struct lab_cli *cli, const struct lab_scenario *scenario,
                    struct lab_error *err);
/// Wall time since the program began and the like.
void verb_host(const struct lab_cli *cli, struct lab_report_host *host);
/// The exit code for many runs: pass, fail, liveness; a bug where a window and a whole print, or both
/// gantries, contradict each other.
int verb_sweep_code(const struct lab_sweep_report *report);
/// Tell people of many runs: the report, or with --quiet a line with outcome and ID.
void verb_tell_sweep(const struct lab_cli *cli, const struct lab_sweep_report *report);
/// The head of a report on many runs.
void verb_population(const struct lab_input *input, struct lab_sweep_report *report);

/// sweep/verb.c, verb_merge.c, verb_compare.c, verb_diff.c
int verb_sweep(const struct lab_cli *cli);
int verb_merge(const struct lab_cli *cli);
int verb_compare(const struct lab_cli *cli);
int verb_diff(const struct lab_cli *cli);

/// verb_seeds.c: one scenario with many seeds. Returns the exit code.
int verb_seeds(const struct lab_cli *cli, const struct lab_input *input);

/// verb_trace.c
int verb_vcd(const struct lab_cli *cli);
int verb_power_script(const struct lab_cli *cli);
/// run_execute, with what --trace and --vcd ask for. `code`: the exit code of writing that. `shown`, all zero, holds the trace when it is
/// to be looked at (verb_views) or made a page; its bytes are the caller's. Returns as run_execute.
int verb_execute_traced(const struct lab_cli *cli, struct run *run, const struct lab_input *input,
                        struct run_bytes *shown, int *code, struct lab_error *err);

/// swarm/verb.c
int verb_swarm(const struct lab_cli *cli);

/// view/verb.c
int verb_view(const struct lab_cli *cli);
/// Is a run to be shown? verb_view_check: are the options for that good? Says what is not; returns the exit code.
bool verb_views(const struct lab_cli *cli);
int verb_view_check(const struct lab_cli *cli);
/// Show a trace that is in memory; `name` for messages. Returns the exit code.
int verb_view_trace(const struct lab_cli *cli, const char *name, const void *bytes, size_t size);

/// serve/verb.c
int verb_serve(const struct lab_cli *cli);

#endif
