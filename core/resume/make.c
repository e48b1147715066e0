// From a request to the text: find the place, check that it is the same job, know where everything stands.
// SPDX-License-Identifier: MIT
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/plr/journal/journal.h"
#include "core/plr/plr.h"
#include "core/resume/internal.h"

#define STATE_NAME_CUT (sizeof((struct plr_job *)0)->name - 1)
#define STATE_FAR_NM   (5 * (int64_t)PLR_NM_PER_MM) ///< saved and scanned position may differ so much

void resume_request_init(struct resume_request *request)
{
    *request = (struct resume_request){
        .lift_nm = 10 * (int64_t)PLR_NM_PER_MM,
        .prime_nm = 15 * (int64_t)PLR_NM_PER_MM,
        .layer = -1,
        .hotend_mc = -1,
        .bed_mc = -1,
        .soften_mc = -1,
    };
}

const char *resume_dialect_name(enum resume_dialect dialect)
{
    static const char *const names[RESUME_DIALECTS] = {"klipper", "marlin", "rrf"};
    return names[dialect];
}

const char *resume_z_name(enum resume_z z)
{
    static const char *const names[] = {"default", "plus", "kept", "at", "machine"};
    return names[z];
}

void resume_warn(struct resume_made *made, const char *format, ...)
{
    va_list args;

    if (made->warnings == RESUME_WARNINGS_MAX)
        return;
    char *text = made->warning[made->warnings++];
    va_start(args, format);
    vsnprintf(text, RESUME_WARNING, format, args);
    va_end(args);
    for (char *c = text; *c; c++) // one line of a comment, whatever a name holds
        if ((unsigned char)*c < ' ')
            *c = '?';
}

// --- is it the same file? ------------------------------------------------------------------------

static int check_window(const struct plan *p, const struct resume_state *s, struct lab_error *err)
{
    char *window = malloc(s->window_size);

    if (!window)
        return LAB_ENOMEM;
    int64_t got = p->job->read(p->job, s->window_at, window, s->window_size);
    uint32_t crc = got > 0 ? plr_crc32c(0, window, (size_t)got) : 0;
    free(window);
    if (got == (int64_t)s->window_size && crc == s->window_crc)
        return 0;
    lab_error_at_file(
        err, p->job->name,
        "is not the file that was printed: bytes %" PRIu64 " to %" PRIu64
        " differ from the saved state's (CRC-32C %08x, not %08x); --any-file takes it "
        "all the same",
        s->window_at, s->window_at + s->window_size - 1, (unsigned)crc, (unsigned)s->window_crc);
    return LAB_EINVAL;
}

static void check_name(const struct plan *p, const struct resume_state *s)
{
    const char *slash = strrchr(s->name, '/'), *base = resume_source_base(p->job);

    if (s->has_name && strcmp(slash ? slash + 1 : s->name, base) != 0)
        resume_warn(p->made, "the state was saved for %s, this file is called %s", s->name, base);
}

static int check_identity(const struct plan *p, struct lab_error *err)
{
    const struct resume_state *s = p->request->state;

    check_name(p, s);
    if (p->request->any_file)
        return 0;
    if (s->has_size && s->total_size != p->job->size) {
        lab_error_at_file(err, p->job->name,
                          "is not the file that was printed: it has %" PRIu64
                          " bytes, the saved state says %" PRIu64
                          "; --any-file takes it all the same",
                          p->job->size, s->total_size);
        return LAB_EINVAL;
    }
    if (s->has_window)
        return check_window(p, s, err);
    resume_warn(p->made, "only size and name of the file could be checked, not what is in it");
    return 0;
}

/// The path that M23 takes: seen from the virtual SD card's folder. A state that names a folder has it from there; else the
/// path as given is, and an absolute one behind the folder's usual name.
static void choose_sd_path(struct plan *p)
{
    static const char usual[] = "/gcodes/";
    const struct resume_state *s = p->request->state;
    const char *given = p->job->name, *base = resume_source_base(p->job);
    const char *slash = s && s->has_name ? strrchr(s->name, '/') : NULL;
    // our own states keep only the end of a long name
    bool whole = slash && s->name[0] != '/' && (!s->ours || strlen(s->name) < STATE_NAME_CUT);

    if (whole && !strcmp(slash + 1, base)) {
        p->sd_path = s->name;
        return;
    }
    while (!strncmp(given, "./", 2))
        given += 2;
    const char *behind = *given == '/' ? strstr(given, usual) : NULL;
    p->sd_path = behind ? behind + sizeof usual - 1 : given;
    if ((behind || *given != '/') && strncmp(p->sd_path, "../", 3) != 0)
        return;
    p->sd_path = base;
    resume_warn(p->made,
                "M23 takes the job from the top of the virtual SD card: its folder there is "
                "not known. If it lies deeper, give its path as seen from there");
}

// --- the place ---------------------------------------------------------------------------------------

static int find_layer(struct plan *p, uint64_t *byte, struct lab_error *err)
{
    const struct resume_request *r = p->request;
    struct resume_layers found;
    bool by_number = r->place == RESUME_AT_LAYER;
    int error = resume_find(p->job, by_number ? r->layer : -1, r->z_nm, &found, err);

    if (error)
        return error;
    if (!found.found && found.first > found.last)
        lab_error_at_file(err, p->job->name, "has no layers: nothing is extruded in it");
    else if (!found.found && by_number)
        lab_error_at_file(err, p->job->name, "there is no layer %d: they go from %d to %d",
                          r->layer, found.first, found.last);
    else if (!found.found)
        lab_error_at_file(
            err, p->job->name,
            "a part that is complete up to Z %s mm lacks no layer: they go from %s to %s mm",
            lab_micro(r->z_nm).s, lab_micro(found.low_nm).s, lab_micro(found.high_nm).s);
    if (!found.found)
        return LAB_EINVAL;
    if (found.times > 1)
        resume_warn(p->made,
                    "%s comes %d times (objects one after another?); this is the first: --at-byte "
                    "chooses another",
                    by_number ? "this layer number" : "this height", (int)found.times);
    *byte = found.at;
    return 0;
}

static int find_place(struct plan *p, uint64_t *byte, struct lab_error *err)
{
    const struct resume_request *r = p->request;

    if (r->place == RESUME_AT_LAYER || r->place == RESUME_AT_Z)
        return find_layer(p, byte, err);
    *byte = r->place == RESUME_BY_STATE ? r->state->file_position : r->byte;
    if (*byte < p->job->size)
        return 0;
    lab_error_at_file(err, p->job->name,
                      "byte %" PRIu64 " is beyond the file: it has %" PRIu64 " bytes", *byte,
                      p->job->size);
    return LAB_EINVAL;
}

/// The running line: what it does, and the state behind it. *size is its bytes.
static int read_move(const struct plan *p, struct plr_modal *after, struct plr_action *action,
                     size_t *size)
{
    char *text = malloc(RESUME_LINE_MAX);
    struct plr_gcode_line line;

    if (!text)
        return LAB_ENOMEM;
    int64_t got = p->job->read(p->job, p->scan->at, text, RESUME_LINE_MAX);
    const char *end = got > 0 ? memchr(text, '\n', (size_t)got) : NULL;
    *size = end ? (size_t)(end - text) + 1 : got > 0 ? (size_t)got : 0;
    *after = p->scan->modal;
    int error = plr_gcode_lex(text, *size, &line);
    if (!error)
        error = plr_modal_apply(after, &line, action);
    if (error)
        action->kind = PLR_ACT_NONE;
    free(text);
    return got < 0 ? LAB_EIO : 0;
}

static int64_t share(int64_t from, int64_t to, int32_t ppm)
{
    int64_t way = to - from;
    return from + way / PLR_PPM * ppm + way % PLR_PPM * ppm / PLR_PPM;
}

/// Where `ppm` of the running move is, in machine coordinates (E as the file counts it).
static void point_of(const struct plr_action *action, uint8_t plane, int32_t ppm,
                     int64_t point[PLR_AXES])
{
    static const int axes[3][2] = {{0, 1}, {2, 0}, {1, 2}}; // G17, G18, G19
    const int *axis = axes[plane - 17];
    int64_t from[2], to[2], at[2];

    for (int i = 0; i < PLR_AXES; i++)
        point[i] = share(action->from_nm[i], action->to_nm[i], ppm);
    if (action->kind != PLR_ACT_ARC)
        return;
    for (int i = 0; i < 2; i++) {
        from[i] = action->from_nm[axis[i]] - action->centre_nm[i];
        to[i] = action->to_nm[axis[i]] - action->centre_nm[i];
    }
    resume_arc_point(from, to, action->clockwise, ppm, at);
    for (int i = 0; i < 2; i++)
        point[axis[i]] = action->centre_nm[i] + at[i];
}

/// The running move is cut in two: its rest goes into the text.
static void split(struct plan *p, const struct plr_modal *after, const struct plr_action *action,
                  int32_t ppm)
{
    static const int axes[3][2] = {{0, 1}, {2, 0}, {1, 2}};
    const struct plr_modal *before = &p->scan->modal;
    int64_t point[PLR_AXES];

    point_of(action, before->plane, ppm, point);
    p->split = true;
    p->move = *action;
    p->move_plane = before->plane;
    for (int i = 0; i < PLR_AXES; i++) {
        int64_t offset = i < PLR_E ? before->offset_nm[i] : 0;
        p->go_nm[i] = point[i] - offset;
        p->end_nm[i] = action->to_nm[i] - offset;
    }
    for (int i = 0; i < 2; i++)
        p->centre_nm[i] = action->centre_nm[i] - point[axes[before->plane - 17][i]];
    int64_t owed = before->retract_nm - share(0, action->e_nm, ppm);
    p->owed_nm = owed > 0 ? owed : 0;
    p->modal = *after;
}

/// Was something printed before the place? Of the very first extruding line only a state knows how much.
static bool printed(const struct plr_modal *before, const struct plr_modal *after, int32_t ppm)
{
    return ((ppm ? after : before)->flags & PLR_MODAL_EXTRUDED) != 0;
}

/// Where the print goes on.
static int choose_move(struct plan *p, struct lab_error *err)
{
    const struct resume_request *r = p->request;
    const struct plr_modal *before = &p->scan->modal;
    int32_t ppm = r->place == RESUME_BY_STATE ? r->state->fraction_ppm : 0;
    struct plr_modal after;
    struct plr_action action;
    size_t size;
    int64_t point[PLR_AXES];

    int error = read_move(p, &after, &action, &size);
    if (error)
        return error;
    if (!printed(before, &after, ppm)) {
        lab_error_at_file(err, p->job->name,
                          "nothing is printed before byte %" PRIu64
                          ": print the job from its start",
                          p->scan->stop);
        return LAB_EINVAL;
    }
    bool moves = action.kind == PLR_ACT_MOVE || action.kind == PLR_ACT_ARC;
    p->modal = *before;
    p->made->layer = after.layer.number; // which the running line may begin
    p->owed_nm = before->retract_nm;
    plr_modal_machine(before, p->go_nm);
    for (int i = 0; i < 3; i++)
        p->go_nm[i] -= before->offset_nm[i];
    memcpy(p->stand_nm, p->go_nm, sizeof p->stand_nm);
    p->made->tail_at = p->scan->at;
    if (!moves || !ppm)
        return 0;
    point_of(&action, before->plane, ppm, point); // it stands there, whoever repeats the line
    for (int i = 0; i < 3; i++)
        p->stand_nm[i] = point[i] - before->offset_nm[i];
    if (!r->split_move)
        return 0;
    split(p, &after, &action, ppm);
    p->made->fraction_ppm = ppm;
    p->made->tail_at = p->scan->at + size;
    return 0;
}

// --- what the saved state knows better -----------------------------------------------------------------

static void take_state(struct plan *p)
{
    const struct resume_state *s = p->request->state;
    struct plr_modal *m = &p->modal;

    for (int i = 0; i < 3; i++)
        p->offset_nm[i] = p->scan->modal.offset_nm[i];
    if (!s)
        return;
    for (int i = 0; i < 3 && s->has_offsets; i++)
        p->offset_nm[i] = s->offset_nm[i];
    m->feed_ppm = s->has_speed ? (int32_t)s->speed_ppm : m->feed_ppm;
    m->flow_ppm = s->has_flow ? (int32_t)s->flow_ppm : m->flow_ppm;
    if (s->ours && s->has_fan)
        m->fan_ppm[0] = (int32_t)s->fan_ppm;
    if (s->tool >= 0 && s->tool != m->tool)
        resume_warn(p->made,
                    "the saved state says extruder %d, the file tool %d: the file is taken",
                    s->tool, m->tool);
    if (s->layer >= 0 && s->layer != p->made->layer)
        resume_warn(p->made, "the saved state says layer %" PRId64 ", the file %d", s->layer,
                    p->made->layer);
    if (!s->ours)
        resume_warn(p->made, "the state is of a host that reads ahead: its place may be a line or "
                             "more beyond the nozzle's; look at the part");
    if (s->cancels_full)
        resume_warn(p->made, "more objects were excluded than the printer could keep: add them to "
                             "this file, or they are printed again");
    for (int i = 0; i < 3 && s->has_position; i++) {
        int64_t off = s->position_nm[i] - p->stand_nm[i] - p->offset_nm[i];
        if (off > STATE_FAR_NM || off < -STATE_FAR_NM) {
            resume_warn(p->made, "the saved position's %c is %s mm away from the file's", "XYZ"[i],
                        lab_micro(off).s);
            break;
        }
    }
}

/// A target: asked for, else of our own state, else of the file, else what the plugin measured, rounded.
static int32_t target(int32_t asked, const struct resume_state *s, bool has, int64_t saved_mc,
                      int32_t file_mc)
{
    if (asked >= 0)
        return asked;
    if (s && s->ours && has)
        return (int32_t)saved_mc;
    if (file_mc > 0)
        return file_mc;
    return s && has ? (int32_t)((saved_mc + 500) / 1000 * 1000) : 0;
}

static int choose_heat(struct plan *p, struct lab_error *err)
{
    const struct resume_request *r = p->request;
    const struct resume_state *s = r->state;
    const struct plr_modal *m = &p->modal;

    p->hot_mc =
        target(r->hotend_mc, s, s && s->has_hotend, s ? s->hotend_mc : 0, m->nozzle_mc[m->tool]);
    p->bed_mc = target(r->bed_mc, s, s && s->has_bed, s ? s->bed_mc : 0, m->bed_mc);
    p->soften_mc = r->soften_mc >= 0 ? r->soften_mc : p->hot_mc / 10 * 6;
    if (p->hot_mc > 0) {
        p->modal.nozzle_mc[m->tool] = p->hot_mc;
        p->modal.bed_mc = p->bed_mc;
        if (!p->bed_mc)
            resume_warn(p->made, "no bed temperature is known: the bed stays cold (--bed C)");
        return 0;
    }
    lab_error_at_file(err, p->job->name,
                      "the nozzle has no target at byte %" PRIu64
                      ": the job has ended there, or its start macro hides it (--hotend C)",
                      p->scan->at);
    return LAB_EINVAL;
}

// --- Z ---------------------------------------------------------------------------------------------------

/// Only the place is known, and screws hold Z: the nozzle is taken to stand in the layer that is printed again, one above what
/// lies below it. Who knows better says so.
static void suppose_height(struct plan *p, int64_t top_nm)
{
    p->stand_nm[PLR_Z] = top_nm + p->scan->modal.layer.height_nm;
    resume_warn(p->made,
                "nothing says how high the nozzle stands: Z %.3f mm is supposed, the layer of this "
                "place; if it stands elsewhere, say --z-from at:MM",
                (double)p->stand_nm[PLR_Z] * 1e-6);
}

static void choose_z(struct plan *p)
{
    const struct resume_request *r = p->request;
    bool vague = r->place == RESUME_AT_LAYER || r->place == RESUME_AT_Z;
    int64_t top = (int64_t)p->scan->modal.tallest_nm - p->scan->modal.offset_nm[PLR_Z];

    p->z_from = r->z_from;
    if (p->z_from == RESUME_Z_DEFAULT)
        p->z_from = r->dialect == RESUME_KLIPPER ? RESUME_Z_PLUS : RESUME_Z_KEPT;
    if (p->z_from == RESUME_Z_AT)
        p->stand_nm[PLR_Z] = r->z_at_nm - p->offset_nm[PLR_Z];
    else if (vague && p->z_from == RESUME_Z_KEPT)
        suppose_height(p, top);
    else if (vague)
        p->stand_nm[PLR_Z] = top; // only a belief for the lift: somewhere on the part
    p->travel_z_nm = (p->stand_nm[PLR_Z] > top ? p->stand_nm[PLR_Z] : top) + r->lift_nm;
    p->made->z_from = p->z_from;
}

static int check_request(const struct resume_request *r, struct lab_error *err)
{
    if (!r->in_place || r->dialect == RESUME_KLIPPER)
        return 0;
    lab_error_at_file(err, NULL,
                      "--in-place is for klipper: the others lose their place (M23, M26) "
                      "when they home");
    return LAB_EINVAL;
}

static void fill(struct plan *p)
{
    struct resume_made *made = p->made;

    made->line_at = p->scan->at;
    made->line_number = p->scan->lines + 1;
    made->lines = p->scan->lines;
    made->lexed = p->scan->lexed;
    made->scanned = (int64_t)p->scan->at;
    for (int i = 0; i < PLR_AXES; i++)
        made->stop_nm[i] = p->go_nm[i] + (i < PLR_E ? p->offset_nm[i] : 0);
    if (p->scan->faults)
        resume_warn(made,
                    "%" PRId64 " lines cannot be read, the first at byte %" PRIu64
                    ": the machine left them out, too",
                    p->scan->faults, p->scan->fault_at);
    if (p->scan->unknown)
        resume_warn(made,
                    "%" PRId64 " lines before the place are commands that are not known here: "
                    "what they set is not said again",
                    p->scan->unknown);
    if (p->scan->notes.overflow)
        resume_warn(made,
                    "more objects or settings than there is room for: some are not said again");
}

static int plan_all(struct plan *p, struct resume_scan *scan, struct lab_error *err)
{
    uint64_t byte;
    int error = check_request(p->request, err);

    if (!error && p->request->place == RESUME_BY_STATE)
        error = check_identity(p, err);
    if (!error)
        error = find_place(p, &byte, err);
    if (!error)
        error = resume_scan_run(scan, p->job, byte, err);
    if (error)
        return error;
    error = choose_move(p, err);
    if (error)
        return error;
    take_state(p);
    error = choose_heat(p, err);
    if (error)
        return error;
    choose_z(p);
    if (p->request->in_place)
        choose_sd_path(p);
    fill(p);
    error = resume_choose_objects(p);
    return error ? error : resume_text(p);
}

int resume_make(const struct resume_request *request, const struct resume_source *job,
                struct resume_made *made, struct lab_error *err)
{
    struct resume_scan *scan = malloc(sizeof *scan);
    struct plan plan = {.request = request, .job = job, .scan = scan, .made = made};

    assert(request && job && made);
    assert(request->place != RESUME_BY_STATE || request->state);
    memset(made, 0, sizeof *made);
    if (!scan)
        return LAB_ENOMEM;
    resume_scan_begin(scan);
    scan->careful = request->careful;
    int error = plan_all(&plan, scan, err);
    free(scan);
    if (error)
        resume_made_free(made);
    return error;
}

void resume_made_free(struct resume_made *made)
{
    free(made->text);
    made->text = NULL;
    made->size = 0;
}
