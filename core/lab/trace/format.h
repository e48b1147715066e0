// The bytes of a trace, shared by writer and reader. docs/TRACE.md says the same in words.
// SPDX-License-Identifier: MIT
#ifndef LAB_TRACE_FORMAT_H
#define LAB_TRACE_FORMAT_H

#include "core/lab/trace/trace.h"

enum {
    TRACE_VERSION = 1,
    TRACE_HEAD = 12,       ///< "PLRTRACE", version u16, zero u16
    TRACE_BLOCK_HEAD = 12, ///< "PLRB", size u32, CRC-32C u32 of what follows
    TRACE_BLOCK_MAX = 1 << 20,
    TRACE_SKIPPED = 0x40 ///< kinds from here on begin with their size: an older reader skips them
};

#define TRACE_MAGIC       "PLRTRACE"
#define TRACE_BLOCK_MAGIC "PLRB"

/// Kinds of records: the first byte of each.
enum trace_record {
    TRACE_TEXT = 0x01,   ///< key, text
    TRACE_NUMBER = 0x02, ///< key, number
    TRACE_LINE = 0x03,
    TRACE_NAME = 0x04,
    TRACE_EVENT = 0x10,
    TRACE_POWER = 0x11,
    TRACE_PHASE = 0x12,
    TRACE_MOTION = 0x13,
    TRACE_CORNERS = 0x14,
    TRACE_HEAT = 0x15,
    TRACE_TARGET = 0x16,
    TRACE_LEVELS = 0x17,
    TRACE_NV = 0x18,
    TRACE_NOTE = 0x19,
    TRACE_PLACE = 0x1a,
    TRACE_CUT = 0x30,
    TRACE_TWIN = 0x31,
    TRACE_MEASURE = 0x32,
    TRACE_VERDICT = 0x33,
    TRACE_END = 0x3f
};

/// Flags of a motion: what need not be said.
enum trace_motion_flag {
    MOTION_KIND = 7,        ///< mask: enum lab_trace_motion_kind
    MOTION_BEGINS = 8,      ///< when the motion before ended
    MOTION_FROM = 16,       ///< where that ended
    MOTION_SPEED = 32,      ///< as fast as that ended
    MOTION_EVENT = 64,      ///< to where the newest event of a move said
    MOTION_TRUE = 128,      ///< truth is known
    MOTION_TRUE_FROM = 256, ///< it begins as far from belief as it ended
    MOTION_LAID = 512,      ///< with a deposit
    MOTION_PART = 1024,     ///< which is not simply at the true place
    MOTION_CRUISE = 2048,   ///< as fast in between as that before
    MOTION_FLAGS = 4096     ///< all are less
};

/// What arithmetic on a trace can bear, and that of those who draw it: a time goes times the pixels of a picture, a place in um is squared.
#define TRACE_TIME_LIMIT_US (INT64_C(1) << 48) ///< nine years
#define TRACE_SPAN_LIMIT_US (INT64_C(1) << 38) ///< three days
#define TRACE_LENGTH_LIMIT_NM \
    (INT64_C(1) << 42) ///< four kilometres: of filament, and of what a printer claims
#define TRACE_NUMBER_LIMIT \
    (INT64_C(1) << 50) ///< anything else that is counted or measured; a path in nm

/// A field of what is known of machine and run: under its key, a text or a number.
struct trace_field {
    const char *key;
    size_t offset;
    size_t room; ///< bytes of a text; 0: an int64_t, which is
    int64_t min, max;
    bool unknown; ///< or LAB_TRACE_UNKNOWN
};
extern const struct trace_field trace_fields[];
extern const size_t trace_field_count;

static inline uint64_t trace_zigzag(int64_t value)
{
    return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}
static inline int64_t trace_unzigzag(uint64_t word)
{
    return (int64_t)((word >> 1) ^ (word & 1 ? UINT64_MAX : 0));
}
/// Difference and sum that wrap: any two numbers have one.
static inline int64_t trace_less(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}
static inline int64_t trace_plus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

#endif
