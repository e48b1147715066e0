// plr-rig's verbs: each returns an exit code, having said what there is to say.
// SPDX-License-Identifier: MIT
#ifndef RIG_VERBS_H
#define RIG_VERBS_H

#include <stdio.h>

#include "core/lab/scenario/scenario.h"
#include "rig/lines/lines.h"
#include "rig/options.h"
#include "rig/verbs/tell.h"

int rig_probe(const struct rig_options *options);
int rig_check(const struct rig_options *options);
int rig_relay(const struct rig_options *options);
int rig_run(const struct rig_options *options);
int rig_calibrate(const struct rig_options *options);
int rig_serve(const struct rig_options *options);
int rig_watch(const struct rig_options *options);
int rig_explain(const struct rig_options *options);
int rig_schema(const struct rig_options *options);

struct run_queue;

/// One run, dry or for real, whose cuts count in the queue's spreads (NULL: no queue); a queue of them. Of the verb run.
int rig_run_once(const struct rig_options *options, struct run_queue *queue);
int rig_run_queue(const struct rig_options *options);

/// Complain on stderr, where nobody is waited for either. Returns `code`.
int rig_complain(const struct lab_error *err, int code);

/// Nobody can vouch that everything is off (-EIO of lines): complain, and call whoever is to be called. Returns LAB_EXIT_INFRA.
int rig_not_off(const struct bench *bench, const struct lab_error *err);

/// Load the bench file that was named, or bench.yaml. Returns 0, or an exit code, having complained: also when something is to be armed
/// that could not be made safe (bench_can_cut_all), or on a computer that would leave it on (persist.h).
int rig_load(const struct rig_options *options, struct bench *out);

/// Would what `option` asks for (`path`, NULL it was not given) be written over something that is read: the bench file, the scenario, its printer's,
/// job's or configuration's? Returns 0, or -EINVAL with err filled.
int rig_reads_stay(const struct bench *bench, const struct lab_scenario *scenario,
                   const char *option, const char *path, struct lab_error *err);

/// What a sense says, in a word: "there", "PRESSED". Static.
const char *rig_sense_says(const struct bench_sense *sense, bool on);

/// The exit code for a negative status of files or lines.
int rig_exit(int bad);

/// Has somebody asked us to end (SIGINT, SIGTERM, SIGHUP, SIGQUIT, Ctrl-Z)? From the first call on these signals only set a mark, and a
/// closed pipe or a terminal in other hands neither ends nor stops us.
bool rig_interrupted(void);

#endif
