// A point along an arc, in integers: CORDIC, so that every computer finds the same nanometre.
// SPDX-License-Identifier: MIT
#include "core/resume/resume.h"

#include <assert.h>

// Angles are in 2^-60 of a turn; lengths are in 2^-8 nm while they turn.
#define TURN       (INT64_C(1) << 60)
#define STEPS      40
#define SCALE      256
#define GAIN_SHIFT 30
#define GAIN       INT64_C(652032874) ///< 2^30 divided by what the steps lengthen a vector

static const int64_t step_angle[STEPS] = {INT64_C(144115188075855872),
                                          INT64_C(85076163258429568),
                                          INT64_C(44951908161305064),
                                          INT64_C(22818290470345124),
                                          INT64_C(11453424468330928),
                                          INT64_C(5732295643252264),
                                          INT64_C(2866847280169571),
                                          INT64_C(1433511120421931),
                                          INT64_C(716766496754740),
                                          INT64_C(358384615492276),
                                          INT64_C(179192478636968),
                                          INT64_C(89596260679883),
                                          INT64_C(44798133010118),
                                          INT64_C(22399066838831),
                                          INT64_C(11199533461137),
                                          INT64_C(5599766735784),
                                          INT64_C(2799883368544),
                                          INT64_C(1399941684353),
                                          INT64_C(699970842187),
                                          INT64_C(349985421095),
                                          INT64_C(174992710548),
                                          INT64_C(87496355274),
                                          INT64_C(43748177637),
                                          INT64_C(21874088818),
                                          INT64_C(10937044409),
                                          INT64_C(5468522205),
                                          INT64_C(2734261102),
                                          INT64_C(1367130551),
                                          INT64_C(683565276),
                                          INT64_C(341782638),
                                          INT64_C(170891319),
                                          INT64_C(85445659),
                                          INT64_C(42722830),
                                          INT64_C(21361415),
                                          INT64_C(10680707),
                                          INT64_C(5340354),
                                          INT64_C(2670177),
                                          INT64_C(1335088),
                                          INT64_C(667544),
                                          INT64_C(333772)};

/// `v` / 2^n, rounded down also below zero.
static int64_t halved(int64_t v, int n)
{
    return v < 0 ? ~(~v >> n) : v >> n;
}

/// One step of turning (x, y) by the n-th angle, to the left or to the right.
static void turn_step(int64_t v[2], int n, bool left)
{
    int64_t x = halved(v[0], n), y = halved(v[1], n);

    v[0] += left ? -y : y;
    v[1] += left ? x : -x;
}

/// Direction of a vector, 0 <= angle < TURN.
static int64_t angle_of(const int64_t from[2])
{
    int64_t v[2] = {from[0] * SCALE, from[1] * SCALE}, angle = 0;

    if (v[0] < 0) { // steps reach a good quarter to either side
        v[0] = -v[0];
        v[1] = -v[1];
        angle = TURN / 2;
    }
    for (int n = 0; n < STEPS; n++) {
        bool left = v[1] < 0;
        turn_step(v, n, left);
        angle += left ? -step_angle[n] : step_angle[n];
    }
    return angle < 0 ? angle + TURN : angle;
}

static int64_t descale(int64_t v)
{
    int64_t whole = v / (INT64_C(1) << GAIN_SHIFT), rest = v % (INT64_C(1) << GAIN_SHIFT);
    int64_t scaled = whole * GAIN + rest * GAIN / (INT64_C(1) << GAIN_SHIFT);

    return (scaled < 0 ? scaled - SCALE / 2 : scaled + SCALE / 2) / SCALE;
}

/// Turn a vector by an angle, 0 <= angle < TURN.
static void turn(const int64_t from[2], int64_t angle, int64_t to[2])
{
    int64_t v[2] = {from[0] * SCALE, from[1] * SCALE};

    if (angle >= TURN / 4 && angle < 3 * (TURN / 4)) {
        v[0] = -v[0];
        v[1] = -v[1];
        angle -= TURN / 2;
    } else if (angle >= 3 * (TURN / 4)) {
        angle -= TURN;
    }
    for (int n = 0; n < STEPS; n++) {
        bool left = angle >= 0;
        turn_step(v, n, left);
        angle += left ? -step_angle[n] : step_angle[n];
    }
    to[0] = descale(v[0]);
    to[1] = descale(v[1]);
}

void resume_arc_point(const int64_t from[2], const int64_t to[2], bool clockwise, int32_t ppm,
                      int64_t point[2])
{
    assert(ppm >= 0 && ppm <= PLR_PPM);
    bool full = from[0] == to[0] && from[1] == to[1];
    int64_t sweep = angle_of(to) - angle_of(from);

    if (clockwise)
        sweep = -sweep;
    if (sweep < 0)
        sweep += TURN;
    if (full)
        sweep = TURN;
    int64_t part = sweep / PLR_PPM * ppm + sweep % PLR_PPM * ppm / PLR_PPM;
    turn(from, clockwise ? (TURN - part) % TURN : part % TURN, point);
}
