// G2 and G3: the centre of an arc, in integers.
// SPDX-License-Identifier: MIT
#include "core/plr/gcode/internal.h"

// Squares of machine coordinates in nanometres do not fit into 64 bits; in units of four they do.
#define UNIT_NM       4
#define RADIUS_MAX_NM INT64_C(10000000000)
// A slicer rounds to micrometres: the two radii of a real arc differ by less than that.
#define MISMATCH_NM     INT64_C(50000)
#define MISMATCH_MAX_NM INT64_C(500000)
#define MISMATCH_PART   1000
// How much shorter than half the chord a stated radius may be, and be meant as a half circle.
#define SHORT_NM 10000

/// The plane's two axes, in the order in which clockwise is clockwise.
static void plane_axes(const struct plr_modal *modal, enum plr_axis axes[2], char letters[2])
{
    static const char centre[3] = {'I', 'J', 'K'};

    PLR_ASSERT(modal->plane >= 17 && modal->plane <= 19);
    axes[0] = modal->plane == 17 ? PLR_X : modal->plane == 18 ? PLR_Z : PLR_Y;
    axes[1] = modal->plane == 17 ? PLR_Y : modal->plane == 18 ? PLR_X : PLR_Z;
    letters[0] = centre[axes[0]];
    letters[1] = centre[axes[1]];
}

static int64_t distance_nm(int64_t a_nm, int64_t b_nm)
{
    int64_t a = a_nm / UNIT_NM, b = b_nm / UNIT_NM;

    return (int64_t)plr_isqrt((uint64_t)(a * a) + (uint64_t)(b * b)) * UNIT_NM;
}

static int64_t magnitude(int64_t value)
{
    return value < 0 ? -value : value;
}

/// Centre by offsets from the start (I, J, K). Both ends must lie on the circle.
static int from_offsets(const struct plr_modal *modal, const struct plr_gcode_line *line,
                        const char letters[2], const int64_t chord_nm[2], int64_t centre_nm[2])
{
    int64_t offset[2];

    for (int i = 0; i < 2; i++) {
        offset[i] = plr_modal_length(modal, plr_gcode_get(line, letters[i], 0));
        if (magnitude(offset[i]) > RADIUS_MAX_NM / 2)
            return PLR_EINVAL;
        centre_nm[i] += offset[i];
    }
    int64_t start = distance_nm(offset[0], offset[1]);
    int64_t end = distance_nm(chord_nm[0] - offset[0], chord_nm[1] - offset[1]);
    int64_t wrong = magnitude(end - start);
    if (!start || wrong > MISMATCH_MAX_NM || (wrong > MISMATCH_NM && wrong > start / MISMATCH_PART))
        return PLR_EINVAL;
    return 0;
}

/// Centre by radius: on the right of the chord for a clockwise arc of less than half a circle.
static int from_radius(int64_t radius_nm, bool clockwise, const int64_t chord_nm[2],
                       int64_t centre_nm[2])
{
    int64_t chord = distance_nm(chord_nm[0], chord_nm[1]) / UNIT_NM;
    int64_t radius = magnitude(radius_nm) / UNIT_NM;

    if (!chord || !radius || radius_nm > RADIUS_MAX_NM || radius_nm < -RADIUS_MAX_NM ||
        chord > 2 * radius + SHORT_NM / UNIT_NM)
        return PLR_EINVAL;
    int64_t rest = radius * radius - (chord / 2) * (chord / 2);
    int64_t height = rest > 0 ? (int64_t)plr_isqrt((uint64_t)rest) : 0;
    if (clockwise != (radius_nm < 0))
        height = -height;
    // left of (a, b) is (-b, a)
    int64_t a = chord_nm[0] / UNIT_NM, b = chord_nm[1] / UNIT_NM;
    centre_nm[0] += chord_nm[0] / 2 + plr_div_round(-b * height, chord) * UNIT_NM;
    centre_nm[1] += chord_nm[1] / 2 + plr_div_round(a * height, chord) * UNIT_NM;
    return 0;
}

int plr_arc_centre(const struct plr_modal *modal, const struct plr_gcode_line *line,
                   struct plr_action *action, const int64_t to_nm[PLR_AXES])
{
    enum plr_axis axes[2];
    char letters[2];
    int64_t chord[2];

    plane_axes(modal, axes, letters);
    for (int i = 0; i < 2; i++) {
        action->centre_nm[i] = action->from_nm[axes[i]];
        chord[i] = to_nm[axes[i]] - action->from_nm[axes[i]];
    }
    if (plr_gcode_has(line, letters[0]) || plr_gcode_has(line, letters[1]))
        return from_offsets(modal, line, letters, chord, action->centre_nm);
    if (!plr_gcode_has(line, 'R'))
        return PLR_EINVAL;
    int64_t radius = plr_modal_length(modal, line->value['R' - 'A']);
    return from_radius(radius, action->clockwise, chord, action->centre_nm);
}
