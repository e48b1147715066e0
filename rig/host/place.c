// Where the job is: what the printer proved of its nozzle, looked for on the path of the job's file.
// SPDX-License-Identifier: MIT
//
// A printer tells how far it has read its file, which is ahead of the nozzle by all that it has planned. So that number only bounds the
// search; the place is the first one of the path, from the last place on, at which the nozzle's proved position lies and filament agrees.
// First, because a place too early is printed twice, and one too late leaves a gap. What lies nowhere on the path (homing, a macro, a
// pause) tells nothing. A layer's beginning is the exception: a place too early is one below filament then, through which the nozzle would go.
#include "rig/host/internal.h"

#include <string.h>

#define NEAR_UM   30 // positions are told in hundredths of a millimetre, and steppers round
#define E_NEAR_NM 50000
#define AHEAD_US \
    1000000 // a place that was proved longer ago tells nothing of where the nozzle is now
#define EARLY_US \
    50000 // a place is told, heard, and stored again within, and no layer begins with filament
#define BEYOND 4096 // bytes behind what was read: that number may be older than the position

/// How a proved position lies to a line.
enum lies {
    LIES_NOT,
    LIES_SOMEWHERE, ///< on its path
    LIES_THERE      ///< on its path, and the filament agrees
};

bool host_place_line(const struct host *host, const struct host_place *place, const char **text,
                     size_t *len, uint64_t *next, struct plr_modal *behind,
                     struct plr_action *action)
{
    const struct lab_job *job = host->config.job;
    struct plr_gcode_line line;

    *behind = place->modal;
    memset(action, 0, sizeof *action);
    if (place->at >= job->size)
        return false;
    *len = lab_job_line(job, place->at, next);
    *text = job->data + place->at;
    if (plr_gcode_lex(*text, *len, &line) || plr_modal_apply(behind, &line, action))
        *behind = place->modal; // the printer leaves it out, too
    return true;
}

/// Where on the straight line from `a` to `b` is the point nearest to `p`, and is that near? In micrometres, so that products fit.
static bool on_segment(const int64_t a_nm[3], const int64_t b_nm[3], const int64_t p_nm[3],
                       int32_t *ppm)
{
    int64_t dot = 0, square = 0, off = 0;

    for (int i = 0; i < 3; i++) {
        int64_t way = (b_nm[i] - a_nm[i]) / 1000, to = (p_nm[i] - a_nm[i]) / 1000;
        dot += way * to;
        square += way * way;
    }
    *ppm = square && dot > 0 ? (int32_t)(dot >= square ? PLR_PPM : dot * PLR_PPM / square) : 0;
    for (int i = 0; i < 3; i++) {
        int64_t at = a_nm[i] + (b_nm[i] - a_nm[i]) / 1000 * *ppm / 1000;
        int64_t d = (p_nm[i] - at) / 1000;
        off += d * d;
    }
    return off <= NEAR_UM * NEAR_UM;
}

/// Of the filament some printers tell what it was before the running line, some where it is.
static bool filament_agrees(int64_t before_nm, int64_t behind_nm, int64_t told_nm)
{
    int64_t low = before_nm < behind_nm ? before_nm : behind_nm;
    int64_t high = before_nm < behind_nm ? behind_nm : before_nm;

    return told_nm == LINK_UNKNOWN || (told_nm >= low - E_NEAR_NM && told_nm <= high + E_NEAR_NM);
}

static enum lies lies_on(const struct plr_modal *before, const struct plr_modal *behind,
                         const struct plr_action *action, const int64_t at_nm[PLR_AXES],
                         int32_t *ppm)
{
    bool straight = action->kind == PLR_ACT_MOVE;

    // of what is no straight line only its beginning is known
    if (!on_segment(before->at_nm, straight ? behind->at_nm : before->at_nm, at_nm, ppm))
        return LIES_NOT;
    return filament_agrees(before->at_nm[PLR_E], behind->at_nm[PLR_E], at_nm[PLR_E])
               ? LIES_THERE
               : LIES_SOMEWHERE;
}

/// Machine coordinates so far into a line.
static void point(const struct plr_action *action, int32_t ppm, struct host_place *place)
{
    plr_modal_machine(&place->modal, place->machine_nm);
    if (action->kind != PLR_ACT_MOVE || !ppm)
        return;
    for (int i = 0; i < PLR_AXES; i++) {
        int64_t way = action->to_nm[i] - action->from_nm[i];
        place->machine_nm[i] =
            action->from_nm[i] + way / PLR_PPM * ppm + way % PLR_PPM * ppm / PLR_PPM;
    }
}

/// Look from the present place on. False: it lies nowhere.
static bool find(const struct host *host, const int64_t at_nm[PLR_AXES], uint64_t upto,
                 struct host_place *out)
{
    struct host_place walk = host->place;
    struct plr_modal behind;
    struct plr_action action;
    const char *text;
    size_t len;
    uint64_t next;
    bool found = false;

    while (walk.at <= upto && host_place_line(host, &walk, &text, &len, &next, &behind, &action)) {
        int32_t ppm;
        enum lies lies = lies_on(&walk.modal, &behind, &action, at_nm, &ppm);
        bool back = walk.at == host->place.at && ppm < host->place.ppm;
        if (lies == LIES_THERE || (lies == LIES_SOMEWHERE && !found)) {
            *out = walk;
            out->ppm = back ? host->place.ppm : ppm;
            point(&action, out->ppm, out);
            found = true;
        }
        if (lies == LIES_THERE)
            break;
        walk.modal = behind;
        walk.at = next;
    }
    return found;
}

/// Tell the core the lines behind the present place up to `to`, each once.
static void tell(struct host *host, const struct host_place *to)
{
    const struct lab_job *job = host->config.job;
    uint64_t at = host->place.at, next;

    while (at < to->at) {
        (void)lab_job_line(job, at, &next);
        at = next;
        size_t len = lab_job_line(job, at, &next);
        plr_line(&host->plr, at, job->data + at, len);
    }
    host->place = *to;
}

void host_place_begin(struct host *host, const struct plr_modal *modal, uint64_t at, int32_t ppm)
{
    struct host_place *place = &host->place;
    struct plr_modal behind;
    struct plr_action action;
    const char *text;
    size_t len;
    uint64_t next;

    place->modal = *modal;
    place->at = at;
    place->ppm = ppm;
    (void)host_place_line(host, place, &text, &len, &next, &behind, &action);
    point(&action, ppm, place);
}

void host_place_follow(struct host *host)
{
    struct host_place to;
    int64_t at_nm[PLR_AXES], file_at = LINK_UNKNOWN;

    int64_t at_us = link_confirmed(host->link, at_nm, &file_at);
    if (at_us == LINK_UNKNOWN || at_us <= host->since_us || file_at == LINK_UNKNOWN || file_at < 0)
        return;
    host->since_us = at_us;
    host->placed_us = LINK_UNKNOWN;
    if (!find(host, at_nm, (uint64_t)file_at + BEYOND, &to))
        return;
    host->placed_us = link_reached_us(host->link);
    tell(host, &to);
}

/// The first line behind the present place that lies above all that was laid, if the printer has read it: whose turn it is tells the core itself,
/// by a copy that goes there.
static bool find_rise(const struct host *host, uint64_t read, struct host_place *out)
{
    const struct lab_job *job = host->config.job;
    struct plr ahead = host->plr;
    struct host_place walk = host->place;
    struct plr_modal behind;
    struct plr_action action;
    const char *text;
    size_t len;
    uint64_t next, beyond;

    walk.ppm = 0;
    do {
        if (!host_place_line(host, &walk, &text, &len, &next, &behind, &action) || next >= read)
            return false;
        walk.modal = behind;
        walk.at = next;
        plr_line(&ahead, next, job->data + next, lab_job_line(job, next, &beyond));
    } while (!plr_layer_due(&ahead));
    *out = walk;
    point(&action, 0, out);
    return true;
}

void host_place_expect(struct host *host)
{
    const struct link_status *status = link_status(host->link);
    struct host_place to;

    if (host->placed_us == LINK_UNKNOWN || status->state != LINK_PRINTING || status->file_at < 0)
        return;
    int64_t gone_us = lines_now_us() - host->placed_us + EARLY_US;
    if (gone_us < 0 || gone_us > AHEAD_US)
        return;
    if (plr_layer_near(&host->plr, &host_port, host, (uint32_t)gone_us) <= 0 ||
        !find_rise(host, (uint64_t)status->file_at, &to))
        return;
    host->placed_us = LINK_UNKNOWN; // until it proves that it is there
    tell(host, &to);
}
