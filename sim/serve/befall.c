// What befalls a served printer: sag, a hand, a knock, a bad switch, and a new beginning.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>

#include "sim/serve/inside.h"

/// A disturbance of the outage at hand, or of the next; NULL: a scenario holds no more.
static struct lab_disturb *in_outage(struct printer *p, enum lab_disturb_kind kind)
{
    struct lab_scenario *scenario = &p->input->scenario;
    const struct world *w = &p->sim->world;

    if (scenario->disturb_count == LAB_DISTURB_MAX)
        return NULL;
    struct lab_disturb *d = &scenario->disturb[scenario->disturb_count++];
    *d = (struct lab_disturb){.kind = kind};
    d->at.kind = LAB_AT_OUTAGE;
    d->at.value = w->outage + (w->plant.supply.mains ? 1 : 0);
    return d;
}

int printer_sag(struct printer *p, const int64_t corner_nm[LAB_CORNERS])
{
    struct lab_disturb *d = in_outage(p, LAB_DISTURB_SAG);

    if (!d)
        return -E2BIG;
    memcpy(d->corner_nm, corner_nm, sizeof d->corner_nm);
    return 0;
}

int printer_nudge(struct printer *p, const int64_t xy_nm[2])
{
    struct lab_disturb *d = in_outage(p, LAB_DISTURB_NUDGE);

    if (!d)
        return -E2BIG;
    memcpy(d->xy_nm, xy_nm, sizeof d->xy_nm);
    return 0;
}

/// Something is done to the machine itself. Without power the outage is worked out when it ends, so time is left alone.
static void handle(struct printer *p)
{
    if (printer_alive(p))
        printer_touch(p);
    p->sim->world.track_us = -1;
}

void printer_knock(struct printer *p, int64_t up_nm)
{
    handle(p);
    plant_knock(&p->sim->world.plant, up_nm);
}

void printer_endstop(struct printer *p, int32_t which, enum lab_endstop_mode mode)
{
    const struct lab_disturb d = {.kind = LAB_DISTURB_ENDSTOP, .which = which, .mode = mode};

    handle(p);
    plant_disturb(&p->sim->world.plant, &p->sim->model, &d);
}

int printer_again(struct printer *p)
{
    if (!p->lost) {
        p->off = p->starting = false;
        p->boots++;
        return printer_fresh(p);
    }
    p->off = true; // it will be new when its power comes
    return printer_fresh(p);
}
