// plr-rig explain, plr-rig schema: what a bench file may say.
// SPDX-License-Identifier: MIT
#include "rig/verbs/verbs.h"

#include <stdio.h>

int rig_explain(const struct rig_options *options)
{
    struct lab_error err = {0};
    const char *key = options->cli.operands ? options->cli.operand[0] : "";

    return lab_table_explain(stdout, &bench_table, "a bench file", "plr-rig explain", key, &err)
               ? rig_complain(&err, LAB_EXIT_USAGE)
               : LAB_EXIT_PASS;
}

int rig_schema(const struct rig_options *options)
{
    (void)options;
    lab_table_schema(stdout, &bench_table, "plr bench");
    return LAB_EXIT_PASS;
}
