// The text before the rest of the job: warm, lift, home, prime clear of the part, come from above, say every mode again.
// SPDX-License-Identifier: MIT
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/resume/internal.h"

#define TRAVEL_MM_MIN 6000
#define Z_MM_MIN      600
#define PRIME_MM_MIN  300
#define RETRACT_NM    800000 ///< drawn back on the way to the part, at least
#define THUMBNAIL_MAX 1048576

struct out {
    const struct plan *plan;
    FILE *file;
    const char *eol;
};

#define MM(nm) (lab_micro(nm).s)

__attribute__((format(printf, 2, 3))) static void say(struct out *out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(out->file, format, args);
    va_end(args);
    fputs(out->eol, out->file);
}

/// A piece of the job as it stands there.
static void say_span(struct out *out, struct resume_span span)
{
    const struct resume_source *job = out->plan->job;
    char piece[4096];

    for (uint64_t at = span.at, end = span.at + span.size; at < end;) {
        size_t want = end - at < sizeof piece ? (size_t)(end - at) : sizeof piece;
        int64_t got = job->read(job, at, piece, want);
        if (got <= 0)
            return; // it was readable a moment ago; the tail will say so
        fwrite(piece, 1, (size_t)got, out->file);
        at += (uint64_t)got;
    }
}

static bool klipper(const struct out *out)
{
    return out->plan->request->dialect == RESUME_KLIPPER;
}

/// A fan's speed in 255ths, with no more decimals than it takes to mean the same.
static struct lab_decimal fan_speed(int32_t ppm)
{
    int64_t exact = (int64_t)ppm * 255;

    for (int64_t step = 1000000; step > 1; step /= 10) {
        int64_t micro = (exact + step / 2) / step * step;
        if ((micro + 127) / 255 == ppm && micro <= 255000000)
            return lab_micro(micro);
    }
    return lab_micro(exact);
}

/// Milli-degrees as degrees.
#define DEGREES(mc) (lab_micro((int64_t)(mc)*1000).s)

// --- the head ------------------------------------------------------------------------------------

/// How Z is known again, for the reader of the file.
static const char *z_story(const struct plan *plan)
{
    switch (plan->z_from) {
    case RESUME_Z_PLUS:
        return plan->request->dialect == RESUME_KLIPPER
                   ? "PLR_Z_HOME MODE=RESUME must be there: every Z motor finds its z_plus endstop"
                   : "G28 Z must home UPWARDS, away from the bed; if yours homes down, STOP: use "
                     "--z-from";
    case RESUME_Z_KEPT:
        return "Z is believed to stand where it stood when power failed: screws that hold, nobody "
               "moved it";
    case RESUME_Z_AT:
        return "the nozzle must stand at the height given with --z-from when this begins";
    case RESUME_Z_MACHINE:
        return "Z must be homed before this begins, and the nozzle clear of the part";
    case RESUME_Z_DEFAULT: break;
    }
    return "";
}

static void head(struct out *out)
{
    const struct plan *p = out->plan;
    const struct resume_made *made = p->made;

    say(out, "; plr-resume: goes on with %s", resume_source_base(p->job));
    say(out, "; at byte %" PRIu64 " (line %" PRId64 "), layer %d, Z %s mm%s", made->line_at,
        made->line_number, made->layer, MM(p->go_nm[PLR_Z]),
        p->split ? "; the rest of the running move first" : "");
    if (p->split)
        say(out, "; %s %% of that line were done before the cut and are not repeated",
            lab_micro((int64_t)made->fraction_ppm * 100).s);
    say(out, "; for %s; read it through before you print it. What it takes for granted:",
        resume_dialect_name(p->request->dialect));
    say(out, "; - the part still holds to the bed");
    say(out, "; - homing X and Y does not need Z and does not lower it");
    say(out, "; - %s", z_story(p));
    if (klipper(out) && p->z_from != RESUME_Z_MACHINE)
        say(out,
            "; - printer.cfg has [force_move] with enable_force_move: True, else Klipper does not "
            "know SET_KINEMATIC_POSITION and stops there: warm, nothing moved");
    if (p->request->place == RESUME_AT_Z)
        say(out,
            "; - the part is complete up to Z %s mm, the layer nearest to --at-z %s; that layer is "
            "not printed again",
            MM(p->scan->modal.layer.z_nm), MM(p->request->z_nm));
    if (p->request->in_place)
        say(out, "; - seen from the folder of the virtual SD card, the job is %s", p->sd_path);
    for (int32_t i = 0; i < made->warnings; i++)
        say(out, "; ! %s", made->warning[i]);
    if (p->scan->notes.thumbnail.size && p->scan->notes.thumbnail.size < THUMBNAIL_MAX &&
        !p->request->in_place) {
        say_span(out, p->scan->notes.thumbnail);
        say(out, "; thumbnail end");
    }
    if (p->request->in_place)
        say(out, "M23 %s", p->sd_path);
    if (klipper(out) && p->modal.flags & PLR_MODAL_PLR_NAMED)
        say(out, "PLR_DISABLE ; nothing of this is to be recorded as the print");
}

// --- warm, lift, home ----------------------------------------------------------------------------

static void modes(struct out *out)
{
    say(out, "; modes of this text; those of the job come at its end");
    say(out, "G21");
    say(out, "G90");
    say(out, "M83");
    say(out, "M220 S100");
    say(out, "M221 S100");
}

static void choose_tool(struct out *out)
{
    if (out->plan->modal.tool)
        say(out, "T%d", out->plan->modal.tool);
}

/// Heat the nozzle in use and wait until it is that warm.
static void nozzle(struct out *out, int32_t mc)
{
    int tool = out->plan->modal.tool;
    char index[8] = "";

    if (tool)
        snprintf(index, sizeof index, "%d", tool);
    say(out, "M104 S%s", DEGREES(mc));
    if (klipper(out)) // M109 would also wait for it to cool
        say(out, "TEMPERATURE_WAIT SENSOR=extruder%s MINIMUM=%s", index,
            lab_micro((int64_t)mc * 1000 - 2000000).s);
    else
        say(out, "M109 S%s", DEGREES(mc));
}

/// Tell the machine where it stands, so that it may lift; XY are homed before they move.
static void believe(struct out *out)
{
    const struct plan *p = out->plan;
    const int64_t *at = p->stand_nm;

    if (klipper(out)) {
        say(out, "SET_KINEMATIC_POSITION X=%s Y=%s Z=%s", MM(at[0] + p->offset_nm[0]),
            MM(at[1] + p->offset_nm[1]), MM(at[2] + p->offset_nm[2]));
        return;
    }
    // offset and babysteps are in this height already: they must not be said again
    say(out, "G92 X%s Y%s Z%s", MM(at[0]), MM(at[1]), MM(at[2]));
}

static void offsets(struct out *out)
{
    const int64_t *o = out->plan->offset_nm;

    if (!o[0] && !o[1] && !o[2])
        return;
    say(out, "; offset and babysteps, once");
    if (klipper(out))
        say(out, "SET_GCODE_OFFSET X=%s Y=%s Z=%s", MM(o[0]), MM(o[1]), MM(o[2]));
    else if (out->plan->z_from == RESUME_Z_PLUS || out->plan->z_from == RESUME_Z_MACHINE)
        say(out, "M290 X%s Y%s Z%s", MM(o[0]), MM(o[1]), MM(o[2]));
    else
        say(out, "; (Z as it was left holds the babysteps: not said again)");
}

static void lift(struct out *out)
{
    const struct plan *p = out->plan;

    say(out, "; the bed first: a part that cools lets go");
    say(out, "M140 S%s", DEGREES(p->bed_mc));
    if (p->modal.chamber_mc)
        say(out, "M141 S%s", DEGREES(p->modal.chamber_mc));
    choose_tool(out);
    if (p->z_from == RESUME_Z_MACHINE)
        return;
    say(out, "; the nozzle stands on the part: warm enough to let go, too cold to ooze");
    nozzle(out, p->soften_mc);
    say(out, "; up, before anything else moves");
    believe(out);
    if (klipper(out))
        offsets(out);
    say(out, "G1 Z%s F%d", MM(p->travel_z_nm), Z_MM_MIN);
}

static void home(struct out *out)
{
    const struct plan *p = out->plan;

    if (p->z_from == RESUME_Z_MACHINE) {
        say(out, "; clear of everything that is printed");
        if (klipper(out))
            offsets(out);
        say(out, "G1 Z%s F%d", MM(p->travel_z_nm), Z_MM_MIN);
    }
    say(out, "; X and Y only: Z is never homed into the part");
    say(out, p->request->dialect == RESUME_MARLIN ? "G28 R0 X Y" : "G28 X Y");
    if (p->z_from == RESUME_Z_PLUS) {
        say(out, "; Z from the endstops at the top");
        say(out, klipper(out) ? "PLR_Z_HOME MODE=RESUME" : "G28 Z");
    }
    if (!klipper(out))
        offsets(out);
    if (p->modal.mesh[0])
        say(out, "BED_MESH_PROFILE LOAD=\"%s\"", p->modal.mesh);
    say(out, "M190 S%s", DEGREES(p->bed_mc));
}

// --- what the job had set ------------------------------------------------------------------------

static void settings(struct out *out)
{
    const struct plan *p = out->plan;
    const struct resume_notes *notes = &p->scan->notes;
    bool inch = false;

    if (notes->kepts)
        say(out, "; limits, pressure advance and the like, as the job said them");
    for (int32_t i = 0; i < notes->kepts; i++) {
        if (notes->kept[i].inch != inch)
            say(out, inch ? "G21" : "G20");
        inch = notes->kept[i].inch;
        say_span(out, notes->kept[i].span);
        say(out, "%s", "");
    }
    if (inch)
        say(out, "G21");
    const struct resume_state *state = p->request->state;
    if (!state || !state->has_advance)
        return;
    struct lab_decimal advance = lab_micro(state->advance_us);
    if (klipper(out))
        say(out, "SET_PRESSURE_ADVANCE ADVANCE=%s", advance.s);
    else if (p->request->dialect == RESUME_MARLIN)
        say(out, "M900 K%s", advance.s);
    else
        say(out, "M572 D%d S%s", p->modal.tool, advance.s);
}

static void cancelled_by_state(struct out *out)
{
    const struct resume_state *state = out->plan->request->state;

    for (int32_t i = 0; state && i < state->cancels; i++) {
        const char *name = state->cancelled[i], *quote = strchr(name, ' ') ? "\"" : "";
        int32_t number = out->plan->cancel[i];
        if (number == RESUME_CANCEL_NAME)
            say(out, "EXCLUDE_OBJECT NAME=%s%s%s", quote, name, quote);
        else if (number == RESUME_CANCEL_NOT)
            say(out, "; ! excluded, but nothing here can say so: %s", name);
        else
            say(out, "M486 P%" PRId32, number);
    }
}

/// Saying a number again (M486 S) makes that object the running one: what comes now belongs to none.
static void no_object(struct out *out)
{
    const struct resume_notes *notes = &out->plan->scan->notes;

    for (int32_t i = 0; i < notes->objects; i++) {
        char letter = '\0';
        (void)out->plan->job->read(out->plan->job, notes->object[i].at, &letter, 1);
        if (letter == 'M' || letter == 'm') {
            say(out, "M486 S-1");
            return;
        }
    }
}

static void objects(struct out *out)
{
    const struct resume_notes *notes = &out->plan->scan->notes;

    if (notes->objects)
        say(out, "; objects of the job; what was cancelled stays cancelled");
    for (int32_t i = 0; i < notes->objects; i++) {
        say_span(out, notes->object[i]);
        say(out, "%s", "");
    }
    const struct resume_state *state = out->plan->request->state;
    // a list that was saved is the whole list, what was taken back is not in it
    for (int32_t i = 0; i < notes->cancels && !(state && state->has_cancelled); i++) {
        say_span(out, notes->cancelled[i]);
        say(out, "%s", "");
    }
    cancelled_by_state(out);
    no_object(out);
}

/// The part's own fan; others were said again with the settings.
static void fan(struct out *out)
{
    int32_t ppm = out->plan->modal.fan_ppm[0];

    if (ppm)
        say(out, "M106 S%s", fan_speed(ppm).s);
    else
        say(out, "M107");
}

// --- prime, approach, go on ------------------------------------------------------------------------

static int64_t drawn_back(const struct plan *p)
{
    return p->owed_nm > RETRACT_NM ? p->owed_nm : RETRACT_NM;
}

static void prime(struct out *out)
{
    const struct plan *p = out->plan;

    if (p->z_from == RESUME_Z_PLUS)
        say(out, "G1 Z%s F%d", MM(p->travel_z_nm), Z_MM_MIN);
    if (p->request->has_prime_at)
        say(out, "G1 X%s Y%s F%d", MM(p->request->prime_at_nm[0]), MM(p->request->prime_at_nm[1]),
            TRAVEL_MM_MIN);
    say(out, "; hot only here, away from the part; take off what hangs from the nozzle");
    for (int i = 0; i < PLR_TOOL_MAX; i++)
        if (i != p->modal.tool && p->modal.nozzle_mc[i])
            say(out, "M104 T%d S%s", i, DEGREES(p->modal.nozzle_mc[i]));
    nozzle(out, p->hot_mc);
    if (p->request->prime_nm)
        say(out, "G1 E%s F%d", MM(p->request->prime_nm), PRIME_MM_MIN);
    say(out, "G1 E-%s F1800", MM(drawn_back(p)));
}

static void approach(struct out *out)
{
    const struct plan *p = out->plan;
    int64_t back = drawn_back(p) - p->owed_nm;

    say(out, "; to the place at a safe height, then down from above");
    say(out, "G1 X%s Y%s F%d", MM(p->go_nm[0]), MM(p->go_nm[1]), TRAVEL_MM_MIN);
    say(out, "G1 Z%s F%d", MM(p->go_nm[2]), Z_MM_MIN);
    if (back)
        say(out, "G1 E%s F1800", MM(back));
}

/// The rest of the running move, absolute in XYZ, relative in E.
static void rest_of_move(struct out *out)
{
    const struct plan *p = out->plan;
    static const char centre[3][3] = {"IJ", "KI", "JK"}; // G17, G18, G19
    static const char axis[3] = {'X', 'Y', 'Z'};
    bool arc = p->move.kind == PLR_ACT_ARC;

    if (!p->split)
        return;
    say(out, "; the rest of the move that ran when power failed");
    if (arc && p->move_plane != 17)
        say(out, "G%d", p->move_plane);
    fputs(arc ? (p->move.clockwise ? "G2" : "G3") : "G1", out->file);
    for (int i = 0; i < 3; i++)
        if (arc || p->end_nm[i] != p->go_nm[i])
            fprintf(out->file, " %c%s", axis[i], MM(p->end_nm[i]));
    for (int i = 0; i < 2 && arc; i++)
        fprintf(out->file, " %c%s", centre[p->move_plane - 17][i], MM(p->centre_nm[i]));
    if (p->end_nm[PLR_E] != p->go_nm[PLR_E])
        fprintf(out->file, " E%s", MM(p->end_nm[PLR_E] - p->go_nm[PLR_E]));
    say(out, " F%s", lab_micro((int64_t)p->modal.feed_nm_s * 60).s);
    if (arc && p->move_plane != 17)
        say(out, "G17");
}

/// Layer marks, so that whoever counts layers goes on counting.
static void layer_marks(struct out *out)
{
    const struct plr_layer *l = &out->plan->modal.layer;

    if (!(out->plan->modal.flags & PLR_MODAL_MARKED))
        return;
    if (l->number > 0 && l->height_nm != l->z_nm) { // so that its thickness is known, too
        say(out, ";LAYER:%d", l->number - 1);
        say(out, ";Z:%s", MM((int64_t)l->z_nm - l->height_nm));
    }
    if (l->number >= 0) {
        say(out, ";LAYER:%d", l->number);
        say(out, ";Z:%s", MM(l->z_nm));
    }
    if (l->pending && l->stated >= 0)
        say(out, ";LAYER:%d", l->stated);
    else if (l->pending)
        say(out, ";LAYER_CHANGE");
}

static void job_modes(struct out *out)
{
    static const char axis[3] = {'X', 'Y', 'Z'};
    const struct plan *p = out->plan;
    const struct plr_modal *m = &p->modal;

    say(out, "; the job's own modes and coordinates");
    if (m->flags & PLR_MODAL_RETRACTED)
        say(out, "G10");
    for (int i = 0; i < 3; i++)
        if (m->g92_nm[i])
            say(out, "G92 %c%s", axis[i], MM(m->at_nm[i]));
    say(out, "G92 E%s", MM(m->at_nm[PLR_E]));
    say(out, "G%d F%s", m->motion == 0 ? 0 : 1, lab_micro((int64_t)m->feed_nm_s * 60).s);
    if (m->plane != 17)
        say(out, "G%d", m->plane);
    if (m->flags & PLR_MODAL_INCH)
        say(out, "G20");
    if (m->flags & PLR_MODAL_REL_XYZ)
        say(out, "G91");
    say(out, m->flags & PLR_MODAL_REL_E ? "M83" : "M82");
    if (p->scan->notes.current.size) {
        say_span(out, p->scan->notes.current);
        say(out, "%s", "");
    }
    if (klipper(out) && m->flags & PLR_MODAL_PLR_ENABLED)
        say(out, "PLR_ENABLE");
}

static void factors(struct out *out)
{
    const struct plr_modal *m = &out->plan->modal;

    if (m->feed_ppm != PLR_PPM)
        say(out, "M220 S%s", lab_micro((int64_t)m->feed_ppm * 100).s);
    if (m->flow_ppm != PLR_PPM)
        say(out, "M221 S%s", lab_micro((int64_t)m->flow_ppm * 100).s);
}

static void end(struct out *out)
{
    const struct plan *p = out->plan;

    if (!p->request->in_place) {
        say(out, "; --- from here on the job itself, byte %" PRIu64 " to its end ---",
            p->made->tail_at);
        return;
    }
    say(out, "M26 S%" PRIu64, p->made->tail_at);
    say(out, "M24 ; the file itself goes on from there");
}

int resume_text(const struct plan *plan)
{
    struct resume_made *made = plan->made;
    FILE *file = open_memstream(&made->text, &made->size);
    struct out out = {plan, file, plan->scan->crlf ? "\r\n" : "\n"};

    if (!file)
        return LAB_ENOMEM;
    head(&out);
    modes(&out);
    lift(&out);
    home(&out);
    objects(&out);
    settings(&out);
    prime(&out);
    approach(&out);
    fan(&out);
    layer_marks(&out);
    factors(&out);
    rest_of_move(&out);
    job_modes(&out);
    end(&out);
    bool bad = ferror(file);
    return fclose(file) || bad ? LAB_ENOMEM : 0;
}
