// Options of plr-resume as they are typed, and the request that they make.
// SPDX-License-Identifier: MIT
#ifndef RESUME_OPTIONS_H
#define RESUME_OPTIONS_H

#include "core/lab/cli/cli.h"
#include "core/resume/resume.h"

/// What was typed. Strings point into argv.
struct resume_options {
    struct lab_cli cli;
    const char *dialect, *out, *at_byte, *at_layer, *at_z, *z_from;
    const char *lift, *prime, *prime_at, *hotend, *bed, *soften;
    bool split_move, in_place, any_file, careful;
};

/// plr-resume's tables.
const struct lab_cli_program *resume_program(void);

/// Turn options into a request (without its state). Returns 0 or LAB_EINVAL with a sentence that names the option.
int resume_options_take(const struct resume_options *options, struct resume_request *request,
                        struct lab_error *err);

#endif
