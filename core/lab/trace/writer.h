// Writing a trace as a run goes on: append-only, in blocks that each can be read by themselves.
// SPDX-License-Identifier: MIT
//
// Each call puts one record; times may go back a little (a temperature's point is known only when its curve bends), each kind by
// itself must not. A block is given to `put` when it is full, or by lab_trace_flush; what was given is safe from whatever becomes of
// the writer. The first error of `put` is kept: nothing is written behind it, and lab_trace_end returns it. But -EAGAIN says that it had no
// room just now: that block is lost, and counted, and the writer goes on.
#ifndef LAB_TRACE_WRITER_H
#define LAB_TRACE_WRITER_H

#include "core/lab/trace/trace.h"

enum { LAB_TRACE_BLOCK = 1 << 15, LAB_TRACE_RECORD_MAX = 1 << 12 };

/// What the next records are told against; of a block.
struct lab_trace_context {
    int64_t t_us;
    int64_t event, payload[LAB_TRACE_EVENT_KINDS][4];
    /// Of the motion before: its end, truth less belief there, part less truth.
    int64_t to_nm[4], off_nm[3], part_nm[3];
    int64_t end_us, cruise_um_s, v1_um_s;
    int64_t lay[3], lay_end_us; ///< of the twin's deposit before
    int64_t believed_nm[LAB_TRACE_CORNERS], lag_nm[LAB_TRACE_CORNERS];
    int64_t heat_mc[LAB_TRACE_HEATS];
    int64_t place_nm[4], file_at;
    uint32_t levels;
};

struct lab_trace_writer {
    int (*put)(void *ctx, const void *bytes, size_t size);
    void *ctx;
    int error;     ///< the first
    uint64_t lost; ///< blocks that `put` had no room for
    struct lab_trace_context last;
    size_t used;
    uint8_t block[LAB_TRACE_BLOCK + LAB_TRACE_RECORD_MAX];
};

/// Begin: the file's head. `put` returns 0 or a negative errno.
void lab_trace_begin(struct lab_trace_writer *writer,
                     int (*put)(void *ctx, const void *bytes, size_t size), void *ctx);
/// What is known of machine and run. Once, first.
void lab_trace_put_meta(struct lab_trace_writer *writer, const struct lab_trace_meta *meta);
/// The next line (enum lab_trace_line_role), numbered from 0.
void lab_trace_put_line(struct lab_trace_writer *writer, const struct lab_trace_line *line);
void lab_trace_put_name(struct lab_trace_writer *writer, enum lab_trace_domain domain,
                        int64_t value, const char *text);

void lab_trace_put_event(struct lab_trace_writer *writer, const struct lab_trace_event *event);
void lab_trace_put_power(struct lab_trace_writer *writer, const struct lab_trace_power *power);
void lab_trace_put_phase(struct lab_trace_writer *writer, const struct lab_trace_phase *phase);
/// A motion, and what it laid (NULL: nothing; only places, filament and deficit are looked at).
void lab_trace_put_motion(struct lab_trace_writer *writer, const struct lab_trace_motion *motion,
                          const struct lab_trace_deposit *laid);
void lab_trace_put_corners(struct lab_trace_writer *writer,
                           const struct lab_trace_corners *corners);
void lab_trace_put_temperature(struct lab_trace_writer *writer, enum lab_trace_heat heat,
                               const struct lab_trace_temperature *point);
void lab_trace_put_target(struct lab_trace_writer *writer, const struct lab_trace_target *target);
void lab_trace_put_levels(struct lab_trace_writer *writer, const struct lab_trace_levels *levels);
void lab_trace_put_nv(struct lab_trace_writer *writer, const struct lab_trace_nv *nv);
void lab_trace_put_place(struct lab_trace_writer *writer, const struct lab_trace_place *place);
void lab_trace_put_note(struct lab_trace_writer *writer, int64_t t_us, const char *text);

// What is made of a run, at its end.
void lab_trace_put_cut(struct lab_trace_writer *writer, const struct lab_trace_cut *cut);
void lab_trace_put_twin(struct lab_trace_writer *writer, const struct lab_trace_deposit *deposit);
void lab_trace_put_measure(struct lab_trace_writer *writer,
                           const struct lab_trace_measure *measure);
void lab_trace_put_verdict(struct lab_trace_writer *writer,
                           const struct lab_trace_verdict *verdict);

/// What was written so far reaches `put`. Returns 0 or the first error.
int lab_trace_flush(struct lab_trace_writer *writer);
/// The trace is whole. `end_us`: when the run ended. Returns 0 or the first error.
int lab_trace_end(struct lab_trace_writer *writer, int64_t end_us);

#endif
