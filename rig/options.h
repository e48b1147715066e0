// The command line of plr-rig.
// SPDX-License-Identifier: MIT
#ifndef RIG_OPTIONS_H
#define RIG_OPTIONS_H

#include "core/lab/cli/cli.h"

enum rig_verb {
    RIG_PROBE,
    RIG_CHECK,
    RIG_RELAY,
    RIG_RUN,
    RIG_CALIBRATE,
    RIG_WATCH,
    RIG_SERVE,
    RIG_EXPLAIN,
    RIG_SCHEMA,
    RIG_VERBS
};

/// What was typed. Strings point into argv.
struct rig_options {
    struct lab_cli cli;
    const char *bench;       ///< NULL: bench.yaml
    const char *hold;        ///< a time, NULL not said
    const char *listen;      ///< NULL: loopback
    const char *token;       ///< file, NULL none
    const char *vary;        ///< "at", NULL nothing
    int64_t repeat;          ///< so many runs; 0 not said
    int64_t number;          ///< of a queue's runs, from 1; 0 no queue. Not typed
    const char *trace, *vcd; ///< files, NULL none
    bool arm, lava;
};

/// plr-rig's tables.
const struct lab_cli_program *rig_program(void);

#endif
