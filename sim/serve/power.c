// The served printer's power: domains that a hand outside switches, and what senses beside the machine tell of them.
// SPDX-License-Identifier: MIT
#include <errno.h>

#include "core/lab/scenario/cut.h"
#include "sim/serve/inside.h"

static struct lab_scenario *script(struct printer *p)
{
    return &p->input->scenario;
}

/// The entry of the script that is the next to be cut, with nobody knowing its end; NULL: there is no room.
static struct lab_power *next_entry(struct printer *p, uint32_t domains)
{
    int32_t next = p->sim->world.power_next;

    if (next >= LAB_POWER_MAX || p->sim->truth.cuts == LAB_TRUTH_CUTS)
        return NULL;
    script(p)->power_count = next + 1;
    script(p)->power[next] = (struct lab_power){.off_for_us = -1, .domains = domains};
    return &script(p)->power[next];
}

/// Nothing is printed: the world stands still as it is, and the supply empties itself.
static void switch_off(struct printer *p, bool at_once)
{
    const struct plant_supply *s = &p->sim->world.plant.supply;
    int64_t hold_us =
        s->load_mw > 0 ? (int64_t)(s->energy_j * 1e9 / (double)s->load_mw) : INT32_MAX;

    p->off = true;
    p->starting = false;
    p->rail_until_us = p->t_us + (at_once ? 0 : hold_us);
    p->logic_until_us = p->rail_until_us + (at_once ? 0 : p->sim->model.printer.logic_hold_us);
}

static int switch_on(struct printer *p)
{
    p->off = false;
    if (p->t_us < p->rail_until_us) { // the capacitors have bridged it
        p->shift_us = p->sim->world.now_us - p->t_us;
        return 0;
    }
    p->starting = true;
    p->starts_us = p->t_us + p->sim->model.printer.boot_us;
    return printer_fresh(p);
}

static int cut(struct printer *p, uint32_t domain)
{
    struct world *w = &p->sim->world;
    const uint32_t cuts = domain == LAB_DOMAIN_MAINS ? domain : LAB_DOMAIN_LOGIC;

    if (!w->plant.supply.logic) // dark already
        return 0;
    printer_undo(p);
    if (!next_entry(p, cuts))
        return -E2BIG;
    w->mains_off_us = printer_now(p);
    p->sim->power_fired_us[w->power_next++] = w->mains_off_us;
    return 0;
}

static int power_lost(struct printer *p, uint32_t domain)
{
    const struct sim *sim = p->sim;

    if (domain == LAB_DOMAIN_MAINS)
        p->lost_us = p->t_us;
    if (sim->begun && !sim->world.firmware.job_done && !p->off && !p->starting)
        return cut(p, domain);
    if (!p->off)
        switch_off(p, domain != LAB_DOMAIN_MAINS);
    return 0;
}

static int power_back(struct printer *p)
{
    if (p->off)
        return switch_on(p);
    if (p->starting)
        return 0;
    world_return(p->sim, printer_now(p));
    return 0;
}

int printer_power(struct printer *p, uint32_t domain, bool on)
{
    uint32_t lost = on ? p->lost & ~domain : p->lost | domain;

    if (domain == LAB_DOMAIN_HOST || lost == p->lost)
        return 0;
    int bad = on ? 0 : power_lost(p, domain);
    if (bad)
        return bad;
    p->lost = lost;
    return on && !lost ? power_back(p) : 0;
}

void printer_settle(struct printer *p)
{
    p->rail_until_us = p->logic_until_us = p->t_us;
    p->lost_us = p->t_us - p->sim->model.printer.detect_us;
}

int printer_arm(struct printer *p, const char *text)
{
    struct world *w = &p->sim->world;
    struct lab_power parsed = {0};

    if (lab_cut_parse(text, &parsed) ||
        (parsed.at.kind == LAB_AT_NV_WRITE &&
         !nv_can_tear(p->sim->nv.kind, false, INT32_MAX, &parsed.tear)))
        return -EINVAL;
    struct lab_power *entry = next_entry(p, LAB_DOMAIN_MAINS);
    if (!entry)
        return -E2BIG;
    entry->at = parsed.at;
    entry->tear = parsed.tear;
    if (p->sim->begun && entry->at.kind == LAB_AT_TIME) {
        int64_t at_us = p->sim->job_begin_us + entry->at.value;
        w->mains_off_us = at_us > w->now_us ? at_us : w->now_us;
        p->sim->power_fired_us[w->power_next++] = w->mains_off_us;
    }
    return 0;
}

static void earlier(int64_t *at_us, int64_t other_us, int64_t now_us)
{
    if (other_us > now_us && other_us < *at_us)
        *at_us = other_us;
}

void printer_rails(const struct printer *p, struct printer_rails *out)
{
    const struct plant_supply *s = &p->sim->world.plant.supply;
    int64_t seen_us =
        !(p->lost & LAB_DOMAIN_MAINS) ? INT64_MAX : p->lost_us + p->sim->model.printer.detect_us;

    *out = (struct printer_rails){.mains = p->t_us < seen_us, .next_us = INT64_MAX};
    earlier(&out->next_us, seen_us, p->t_us);
    if (p->off) {
        out->rail = p->t_us < p->rail_until_us;
        out->logic = p->t_us < p->logic_until_us;
        earlier(&out->next_us, p->rail_until_us, p->t_us);
        earlier(&out->next_us, p->logic_until_us, p->t_us);
    } else {
        out->rail = s->rail;
        out->logic = s->logic;
    }
    out->z_plus = firmware_switches(p->sim, printer_now(p));
}
