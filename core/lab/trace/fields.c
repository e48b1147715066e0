// What is known of machine and run, under which keys.
// SPDX-License-Identifier: MIT
#include "core/lab/trace/format.h"

#define TEXT(name)                                                                            \
    {                                                                                         \
#name, offsetof(struct lab_trace_meta, name), sizeof((struct lab_trace_meta){0}.name) \
    }
#define NUMBER(name)                                    \
    {                                                   \
#name, offsetof(struct lab_trace_meta, name), 0 \
    }
#define NUMBER_AT(key, name)                          \
    {                                                 \
        key, offsetof(struct lab_trace_meta, name), 0 \
    }

const struct trace_field trace_fields[] = {
    TEXT(id),
    TEXT(scenario),
    TEXT(about),
    TEXT(printer),
    TEXT(job),
    TEXT(dut),
    TEXT(material),
    TEXT(program),
    NUMBER_AT("post_fl_x_nm", post_nm[0][0]),
    NUMBER_AT("post_fl_y_nm", post_nm[0][1]),
    NUMBER_AT("post_rl_x_nm", post_nm[1][0]),
    NUMBER_AT("post_rl_y_nm", post_nm[1][1]),
    NUMBER_AT("post_rr_x_nm", post_nm[2][0]),
    NUMBER_AT("post_rr_y_nm", post_nm[2][1]),
    NUMBER_AT("post_fr_x_nm", post_nm[3][0]),
    NUMBER_AT("post_fr_y_nm", post_nm[3][1]),
    NUMBER(z_motors),
    NUMBER(z_drive),
    NUMBER_AT("travel_x_nm", travel_nm[0]),
    NUMBER_AT("travel_y_nm", travel_nm[1]),
    NUMBER_AT("travel_z_nm", travel_nm[2]),
    NUMBER_AT("endstop_x_nm", xy_endstop_nm[0]),
    NUMBER_AT("endstop_y_nm", xy_endstop_nm[1]),
    NUMBER_AT("endstop_z_nm", z_endstop_nm),
    NUMBER(xy_step_nm),
    NUMBER(z_step_nm),
    NUMBER(core_xy),
    NUMBER(begin_us),
};
const size_t trace_field_count = sizeof trace_fields / sizeof *trace_fields;
