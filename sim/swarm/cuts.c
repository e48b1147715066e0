// The second draw of a swarm's run: when the power goes and for how long, and what else goes wrong.
// SPDX-License-Identifier: MIT
#include "sim/swarm/swarm.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/// What the twin met.
struct print {
    int64_t moves, layers, ms; ///< of the job
    int64_t writes;            ///< programs and erases while it ran
    const struct sim_trail_write *write;
    enum lab_nv_kind memory;
    int motors;
};

__attribute__((format(printf, 3, 4))) static void append(char *out, size_t room, const char *format,
                                                         ...)
{
    size_t at = strlen(out);
    va_list args;

    va_start(args, format);
    int n = vsnprintf(out + at, room - at, format, args);
    va_end(args);
    assert(n >= 0 && (size_t)n < room - at);
}

// --- cuts -------------------------------------------------------------------------------------------------------

static void off_for(const struct swarm_draw *draw, int i, char *entry)
{
    int64_t ms = swarm_spread(draw, "off", i, 1000, 90000);

    if (swarm_has(draw, SWARM_FLICKER) && swarm_chance(draw, "flicker", i, 600))
        ms = swarm_spread(draw, "flicker for", i, 1, 600);
    else if (swarm_has(draw, SWARM_LONG) && swarm_chance(draw, "long", i, 600))
        ms = 1000 * swarm_spread(draw, "long for", i, 90, 12 * 3600);
    append(entry, SWARM_ENTRY, ", off_for: %" PRId64 "ms", ms);
}

/// A way in which both programs and erases of this memory can be left; `size` 0: it is not known how long the operation is.
static void tear(const struct swarm_draw *draw, const struct print *print, int i,
                 const struct sim_trail_write *write, char *entry)
{
    static const char *const words[] = {
        [LAB_TEAR_NONE] = "none",           [LAB_TEAR_PREFIX] = "prefix",
        [LAB_TEAR_SOME_BITS] = "some_bits", [LAB_TEAR_MOST_BITS] = "most_bits",
        [LAB_TEAR_COMPLETE] = "complete",   [LAB_TEAR_METASTABLE] = "metastable",
        [LAB_TEAR_GARBAGE] = "garbage",     [LAB_TEAR_LOST_UNSYNCED] = "lost_unsynced"};
    uint32_t can = write ? nv_tears(print->memory, write->erase)
                         : nv_tears(print->memory, false) & nv_tears(print->memory, true);
    int kind = (int)swarm_between(draw, "tear", i, LAB_TEAR_DEVICE, LAB_TEARS - 1);

    if (kind == LAB_TEAR_DEVICE || !(can >> kind & 1u))
        return; // the device's own way
    append(entry, SWARM_ENTRY, ", tear: %s", words[kind]);
    if (kind == LAB_TEAR_PREFIX)
        append(entry, SWARM_ENTRY, "%" PRId64,
               swarm_between(draw, "prefix", i, 0, write ? write->size : 1));
}

/// Inside a write. One in a recovery has no number yet that anybody knows: one that has passed stands for the next.
static void at_write(const struct swarm_draw *draw, const struct print *print, int i, char *entry)
{
    const struct sim_trail_write *write =
        &print->write[swarm_between(draw, "write", i, 0, print->writes - 1)];

    append(entry, SWARM_ENTRY, "{at: {nv_write: %" PRId64 "}", write->number);
    tear(draw, print, i, i == 0 ? write : NULL, entry);
}

static void at_place(const struct swarm_draw *draw, const struct print *print, int i, char *entry)
{
    int64_t layer = swarm_between(draw, "layer", i, 0, print->layers - 1);
    int64_t nth = swarm_between(draw, "nth", i, 0, 3);

    switch (swarm_between(draw, "place", i, 0, 9)) {
    case 0: append(entry, SWARM_ENTRY, "{at: {layer: %" PRId64 "}", layer); break;
    case 1:
        append(entry, SWARM_ENTRY, "{at: {layer: %" PRId64 ", travel: %" PRId64 "}", layer, nth);
        break;
    case 2:
        append(entry, SWARM_ENTRY, "{at: {layer: %" PRId64 ", retract: %" PRId64 "}", layer, nth);
        break;
    case 3:
    case 4:
    case 5:
        append(entry, SWARM_ENTRY, "{at: {time: %" PRId64 "ms}",
               swarm_between(draw, "time", i, 0, print->ms - 1));
        break;
    default:
        append(entry, SWARM_ENTRY, "{at: {move: %" PRId64 ", fraction: %" PRId64 "%%}",
               swarm_between(draw, "move", i, 0, print->moves - 1),
               swarm_between(draw, "fraction", i, 0, 100));
    }
}

/// In the middle of a recovery.
static void at_phase(const struct swarm_draw *draw, int i, char *entry)
{
    enum plr_phase phase =
        (enum plr_phase)swarm_between(draw, "phase", i, PLR_PHASE_BOOT, PLR_PHASE_RESUME);

    append(entry, SWARM_ENTRY, "{at: {phase: %s", plr_phase_name(phase));
    if (swarm_chance(draw, "phase after", i, 700))
        append(entry, SWARM_ENTRY, ", after: %" PRId64 "ms",
               swarm_spread(draw, "after", i, 1, 8000));
    append(entry, SWARM_ENTRY, "}");
}

static void draw_cut(struct swarm_draw *draw, const struct print *print, int i)
{
    char *entry = draw->cut[i];

    entry[0] = '\0';
    if (print->writes && swarm_has(draw, SWARM_TORN) && swarm_chance(draw, "torn", i, 600))
        at_write(draw, print, i, entry);
    else if (i > 0 && swarm_chance(draw, "in recovery", i, 700))
        at_phase(draw, i, entry);
    else
        at_place(draw, print, i, entry);
    off_for(draw, i, entry);
    if (swarm_has(draw, SWARM_LOGIC) && swarm_chance(draw, "reset", i, 600))
        append(entry, SWARM_ENTRY, ", domains: [logic]");
    append(entry, SWARM_ENTRY, "}");
}

// --- disturbances -----------------------------------------------------------------------------------------------

static char *new_disturbance(struct swarm_draw *draw, enum swarm_fault fault)
{
    if (!swarm_has(draw, fault) || draw->disturbs == SWARM_DISTURBS)
        return NULL;
    char *entry = draw->disturb[draw->disturbs++];
    entry[0] = '\0';
    return entry;
}

static void in_outage(struct swarm_draw *draw, enum swarm_fault fault, char *entry)
{
    append(entry, SWARM_ENTRY, "{at: {outage: %" PRId64 "}, kind: %s",
           swarm_between(draw, "outage", (int)fault, 1, draw->cuts), swarm_fault_word(fault));
}

static void sag(struct swarm_draw *draw, const struct print *print)
{
    char *entry = draw->switches ? new_disturbance(draw, SWARM_SAG) : NULL;

    if (!entry)
        return;
    in_outage(draw, SWARM_SAG, entry);
    append(entry, SWARM_ENTRY, ", corners: [");
    for (int i = 0; i < print->motors; i++)
        append(entry, SWARM_ENTRY, "%s%" PRId64 "um", i ? ", " : "",
               swarm_chance(draw, "falls", i, 500) ? swarm_spread(draw, "fall", i, 10, 20000) : 0);
    append(entry, SWARM_ENTRY, "]}");
}

static void nudge(struct swarm_draw *draw)
{
    char *entry = new_disturbance(draw, SWARM_NUDGE);

    if (!entry)
        return;
    in_outage(draw, SWARM_NUDGE, entry);
    append(entry, SWARM_ENTRY, ", xy: [%" PRId64 "mm, %" PRId64 "mm]}",
           swarm_between(draw, "nudge", 0, -40, 40), swarm_between(draw, "nudge", 1, -40, 40));
}

/// What a switch or a corner does: from an outage on, or from a phase of a recovery that measures Z after it.
static char *of_corner(struct swarm_draw *draw, const struct print *print, enum swarm_fault fault)
{
    char *entry = draw->switches ? new_disturbance(draw, fault) : NULL;
    int i = (int)fault;

    if (!entry)
        return NULL;
    if (swarm_chance(draw, "in outage", i, 700))
        in_outage(draw, fault, entry);
    else
        append(entry, SWARM_ENTRY, "{at: {phase: %s}, kind: %s",
               plr_phase_name((enum plr_phase)swarm_between(draw, "from phase", i, PLR_PHASE_HEAT,
                                                            PLR_PHASE_VERIFY)),
               swarm_fault_word(fault));
    append(entry, SWARM_ENTRY, ", which: %" PRId64,
           swarm_between(draw, "which", i, 0, print->motors - 1));
    return entry;
}

static void corners(struct swarm_draw *draw, const struct print *print)
{
    static const char *const modes[] = {"dead", "stuck", "false"};
    char *entry = of_corner(draw, print, SWARM_ENDSTOP);

    if (entry)
        append(entry, SWARM_ENTRY, ", mode: %s}", modes[swarm_between(draw, "mode", 0, 0, 2)]);
    entry = of_corner(draw, print, SWARM_BIND);
    if (entry)
        append(entry, SWARM_ENTRY, ", amount: %" PRId64 "um}",
               swarm_spread(draw, "lag", 0, 5, 2000));
    entry = of_corner(draw, print, SWARM_SLIP);
    if (entry)
        append(entry, SWARM_ENTRY, ", amount: %" PRId64 "um}",
               swarm_spread(draw, "slips", 0, 10, 3000));
}

static void of_part_and_file(struct swarm_draw *draw)
{
    static const char *const modes[] = {"edited", "truncated", "gone"};
    char *entry = new_disturbance(draw, SWARM_RELEASE);

    if (entry) {
        in_outage(draw, SWARM_RELEASE, entry);
        append(entry, SWARM_ENTRY, ", xy: [%" PRId64 "um, %" PRId64 "um]}",
               swarm_between(draw, "release", 0, -3000, 3000),
               swarm_between(draw, "release", 1, -3000, 3000));
    }
    entry = new_disturbance(draw, SWARM_FILE);
    if (entry) {
        in_outage(draw, SWARM_FILE, entry);
        append(entry, SWARM_ENTRY, ", mode: %s}", modes[swarm_between(draw, "file", 0, 0, 2)]);
    }
}

/// What the user does while it prints.
static void of_user(struct swarm_draw *draw, const struct print *print)
{
    static const char *const lines[] = {"M221 S93",
                                        "M220 S130",
                                        "M106 S90",
                                        "M106 S255",
                                        "M220 S60",

                                        "PLR_QUERY_SAVED_STATE",
                                        "PLR_SAVE_PRINT_STATE"};
    char *entry = new_disturbance(draw, SWARM_CANCEL);

    if (entry)
        append(entry, SWARM_ENTRY,
               "{at: {move: %" PRId64 "}, kind: cancel, off_for: %" PRId64 "ms}",
               swarm_between(draw, "cancel", 0, 0, print->moves - 1),
               swarm_spread(draw, "cancelled for", 0, 1, 600000));
    entry = new_disturbance(draw, SWARM_CONSOLE);
    if (entry)
        append(
            entry, SWARM_ENTRY, "{at: {move: %" PRId64 "}, kind: console, line: \"%s\"}",
            swarm_between(draw, "console", 0, 0, print->moves - 1),
            lines[swarm_between(draw, "line", 0, 0, (int64_t)(sizeof lines / sizeof *lines) - 1)]);
}

void swarm_draw_events(struct swarm_draw *draw, const struct run *twin,
                       const struct sim_trail *trail)
{
    const struct sim *sim = twin->twin;
    const struct sim_span *span = &sim->span;
    struct print print = {.moves = sim->world.firmware.move_lines,
                          .layers = span->layer_last + 1,
                          .ms = (sim->job_end_us - sim->job_begin_us) / 1000,
                          .memory = twin->input->scenario.sim.nv.kind,
                          .motors = twin->input->scenario.printer.z_motors};
    size_t first = 0;

    while (first < trail->writes && trail->write[first].number < span->nv_first)
        first++;
    print.write = trail->write + first;
    while (first < trail->writes && trail->write[first].number < span->nv_last) {
        print.writes++;
        first++;
    }
    assert(print.moves > 0 && print.layers > 0 && print.ms > 0);
    draw->cuts =
        swarm_has(draw, SWARM_RECUT) ? (int)swarm_between(draw, "cuts", 0, 2, SWARM_CUTS) : 1;
    for (int i = 0; i < draw->cuts; i++)
        draw_cut(draw, &print, i);
    sag(draw, &print);
    nudge(draw);
    corners(draw, &print);
    of_part_and_file(draw);
    of_user(draw, &print);
}
