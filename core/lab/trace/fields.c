// What is known of machine and run, under which keys.
// SPDX-License-Identifier: MIT
#include "core/lab/trace/format.h"

#define TEXT(name)                                                     \
    {                                                                  \
        .key = #name, .offset = offsetof(struct lab_trace_meta, name), \
        .room = sizeof((struct lab_trace_meta){0}.name)                \
    }
#define NUMBER(its_key, name, low, high, may_be_unknown)                                          \
    {                                                                                             \
        .key = its_key, .offset = offsetof(struct lab_trace_meta, name), .min = low, .max = high, \
        .unknown = may_be_unknown                                                                 \
    }
#define POST(its_key, name) \
    NUMBER(its_key, name, -LAB_TRACE_PLACE_LIMIT_NM, LAB_TRACE_PLACE_LIMIT_NM, false)
#define SIZE(its_key, name) NUMBER(its_key, name, 0, LAB_TRACE_PLACE_LIMIT_NM, false)
#define ENDSTOP(its_key, name) \
    NUMBER(its_key, name, -LAB_TRACE_PLACE_LIMIT_NM, LAB_TRACE_PLACE_LIMIT_NM, true)

const struct trace_field trace_fields[] = {
    TEXT(id),
    TEXT(scenario),
    TEXT(about),
    TEXT(printer),
    TEXT(job),
    TEXT(dut),
    TEXT(material),
    TEXT(program),
    POST("post_fl_x_nm", post_nm[0][0]),
    POST("post_fl_y_nm", post_nm[0][1]),
    POST("post_rl_x_nm", post_nm[1][0]),
    POST("post_rl_y_nm", post_nm[1][1]),
    POST("post_rr_x_nm", post_nm[2][0]),
    POST("post_rr_y_nm", post_nm[2][1]),
    POST("post_fr_x_nm", post_nm[3][0]),
    POST("post_fr_y_nm", post_nm[3][1]),
    NUMBER("z_motors", z_motors, 0, LAB_TRACE_CORNERS, false),
    NUMBER("z_drive", z_drive, 0, 2, false),
    SIZE("travel_x_nm", travel_nm[0]),
    SIZE("travel_y_nm", travel_nm[1]),
    SIZE("travel_z_nm", travel_nm[2]),
    ENDSTOP("endstop_x_nm", xy_endstop_nm[0]),
    ENDSTOP("endstop_y_nm", xy_endstop_nm[1]),
    ENDSTOP("endstop_z_nm", z_endstop_nm),
    SIZE("xy_step_nm", xy_step_nm),
    SIZE("z_step_nm", z_step_nm),
    NUMBER("core_xy", core_xy, 0, 1, false),
    NUMBER("begin_us", begin_us, -TRACE_TIME_LIMIT_US, TRACE_TIME_LIMIT_US, false),
};
const size_t trace_field_count = sizeof trace_fields / sizeof *trace_fields;
