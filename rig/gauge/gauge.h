// Gauges: what measures the printed part or the gantry when nobody can look into a simulator.
// SPDX-License-Identifier: MIT
//
// A reading is begun and then polled, for a person takes minutes to answer and the rig must listen to its lines meanwhile. Before it,
// `place` is sent to the printer, when the bench file has one: where the gauge can reach what it measures. Readings are nanometres.
#ifndef RIG_GAUGE_H
#define RIG_GAUGE_H

#include <sys/types.h>

#include "core/lab/link/link.h"
#include "core/lab/truth/truth.h"
#include "rig/bench/bench.h"

enum { GAUGE_TEXT = 1024, GAUGE_WHY = 240 };

/// Each of the printer's lines is said, and then answered: somebody else's may be under way, and is waited for.
enum gauge_stage { GAUGE_TO_PLACE, GAUGE_PLACING, GAUGE_TO_READ, GAUGE_READING };

/// A reading under way; set up by gauge_begin, let go by gauge_end.
struct gauge {
    const struct bench_gauge *rule;
    struct link *link;
    enum gauge_stage stage;
    int64_t end_us; ///< it takes no longer
    int fd;         ///< of command, device or terminal, -1
    pid_t child;    ///< of a command, 0
    char text[GAUGE_TEXT];
    size_t len;
    bool torn; ///< what comes next, or is there, begins within a line
};

/// Can it be read at all, as far as that is known before: is its command's program there (its first word, as the shell looks it up; what only a
/// shell can read is not judged), its device, a terminal to ask at? Returns 0, or a negative errno with a sentence in `why`. Asks nobody, reads nothing.
int gauge_possible(const struct bench_gauge *rule, char why[GAUGE_WHY]);

/// Begin to read a gauge. `link` may be NULL when neither kind nor `place` needs the printer. Returns 0, or a negative errno with err
/// filled (-ENODEV no such device, -ENOTTY nobody to ask, -ENOTCONN no printer).
int gauge_begin(struct gauge *gauge, const struct bench_gauge *rule, struct link *link,
                int64_t now_us, struct lab_error *err);

/// Go on with it; never waits. The caller turns the link. Returns 1 while it is under way, 0 with *value_nm, or a negative errno with err
/// filled: -ETIMEDOUT, -EBADMSG it said no number (a person is asked again), -ERANGE outside of what it can read, -EIO it failed.
int gauge_turn(struct gauge *gauge, int64_t now_us, int64_t *value_nm, struct lab_error *err);

/// Let go of it, also in the middle.
void gauge_end(struct gauge *gauge);

/// All readings of a run: by the bench's gauges, before its first cut and at its end.
struct gauge_readings {
    bool before_known[BENCH_GAUGES], after_known[BENCH_GAUGES];
    int64_t before_nm[BENCH_GAUGES], after_nm[BENCH_GAUGES];
    char why[BENCH_GAUGES]
            [GAUGE_WHY]; ///< it could not be read at the end; "" it was, or nobody tried
};

/// What they say together. z_offset: the independent gauge that is surest, else the surest. layer_shift: one gauge, or two that read it
/// along two axes. Corners: those that were read before and after. A gauge with `relative` counts from its reading before.
void gauge_truth(const struct gauge_readings *readings, const struct bench *bench,
                 struct lab_truth *out);

/// The recovery under test found Z by touches of the rig's, made here by step and look, each known to `touch_nm` (0: it did not). That is
/// no fault of the recovery: what gauges say of its Z is known so much less. Z hangs on a touch at calibration and one behind the cut,
/// each up to that much above its switch, so on their difference; a tilt on two of these.
void gauge_truth_touched(struct lab_truth *out, int64_t touch_nm);

// --- of the room ---------------------------------------------------------------------------------------------------

/// The number of a text, in nm: with a unit behind it (nm, um, mm, cm, m) a length, else in units of `scale_nm`. A point, an exponent and a
/// sign may be there (a sign apart from it only ahead of all); what is finer than a nanometre is left out. The text holds one number, for with
/// two nobody knows which counts; so does a comma in it, and letters behind it are such a unit. Returns NULL with *value_nm, or what it is
/// instead of a number, in words.
const char *gauge_number(const char *text, int64_t scale_nm, int64_t *value_nm);

/// The same of the number behind the last "z" with '=' or ':' of a text, as printers tell what a probe found, whatever else they tell.
const char *gauge_z(const char *text, int64_t scale_nm, int64_t *value_nm);

/// Open a command's output, a serial device, or the terminal with its question asked. Return 0 or a negative errno; gauge->fd and
/// gauge->child are set.
int gauge_open_cmd(struct gauge *gauge);
int gauge_open_serial(struct gauge *gauge);
int gauge_open_prompt(struct gauge *gauge);

/// Put the question to a person once more, behind what was wrong with the answer.
void gauge_ask_again(struct gauge *gauge, const char *why);

#endif
