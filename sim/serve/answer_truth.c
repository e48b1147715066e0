// Verbs of the control socket that tell what truly is: what no firmware and no switch knows.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "sim/serve/answers.h"

json_t *answer_pose(struct serve *s, const char *rest)
{
    struct printer_look look;
    int64_t off[3];
    json_t *out = answer_good();

    (void)rest;
    printer_look(&s->printer, &look);
    answer_put(out, "commanded_nm", answer_numbers(look.machine_nm, 3));
    answer_put(out, "tip_nm", answer_numbers(look.tip_nm, 3));
    answer_put(out, "part_nm", answer_numbers(look.part_nm, 3));
    answer_put(out, "corner_nm", answer_numbers(look.corner_nm, LAB_CORNERS));
    for (int i = 0; i < 3; i++)
        off[i] = look.tip_nm[i] - look.machine_nm[i];
    answer_number(out, "z_offset_nm", off[2]);
    answer_put(out, "xy_offset_nm", answer_numbers(off, 2));
    return out;
}

static json_t *deposit_of(const struct lab_deposit *d)
{
    json_t *out = json_object();
    int64_t from[3], to[3];

    for (int i = 0; i < 3; i++) {
        from[i] = d->from_nm[i];
        to[i] = d->to_nm[i];
    }
    answer_number(out, "t_us", d->t_us);
    answer_number(out, "dt_us", d->dt_us);
    answer_put(out, "from_nm", answer_numbers(from, 3));
    answer_put(out, "to_nm", answer_numbers(to, 3));
    answer_number(out, "e_nm", d->e_nm);
    answer_number(out, "deficit_nm", d->deficit_nm);
    return out;
}

json_t *answer_deposit(struct serve *s, const char *rest)
{
    const struct lab_ledger *ledger = &s->printer.sim->truth.ledger;
    json_t *out = answer_good();
    size_t at = ledger->count - 1;
    int64_t number;

    if (answer_quantity(&rest, LAB_COUNT, &number) && number >= 0)
        at = (size_t)number;
    answer_number(out, "count", (int64_t)ledger->count);
    answer_put(out, "deposit", at < ledger->count ? deposit_of(&ledger->entry[at]) : json_null());
    return out;
}

static json_t *cut_of(const struct lab_truth_cut *cut)
{
    json_t *out = json_object();
    int64_t before[LAB_CORNERS], after[LAB_CORNERS], shift[2];

    for (int i = 0; i < LAB_CORNERS; i++) {
        before[i] = cut->corner_before_nm[i];
        after[i] = cut->corner_after_nm[i];
    }
    for (int i = 0; i < 2; i++)
        shift[i] = cut->part_shift_nm[i];
    answer_number(out, "mains_us", cut->mains_us);
    answer_number(out, "detected_us", cut->detected_us);
    answer_number(out, "stopped_us", cut->stopped_us);
    answer_number(out, "drivers_us", cut->drivers_us);
    answer_number(out, "logic_us", cut->logic_us);
    answer_number(out, "back_us", cut->back_us);
    answer_number(out, "first_extrusion_us", cut->first_extrusion_us);
    answer_number(out, "ledger_at", (int64_t)cut->ledger_at);
    answer_put(out, "stop_nm", answer_numbers(cut->stop_nm, 3));
    answer_put(out, "corner_before_nm", answer_numbers(before, LAB_CORNERS));
    answer_put(out, "corner_after_nm", answer_numbers(after, LAB_CORNERS));
    answer_number(out, "overrun_nm", cut->overrun_nm);
    answer_put(out, "heat_mc", json_pack("[i,i,i]", cut->bed_mc, cut->nozzle_mc, cut->chamber_mc));
    answer_put(out, "part_shift_nm", answer_numbers(shift, 2));
    answer_put(out, "part_released", json_boolean(cut->part_released));
    return out;
}

json_t *answer_truth(struct serve *s, const char *rest)
{
    const struct sim *sim = s->printer.sim;
    const struct lab_truth *t = &sim->truth;
    int64_t start[LAB_CORNERS], end[LAB_CORNERS];
    json_t *out = answer_pose(s, rest), *cuts = json_array();

    for (int i = 0; i < t->cuts; i++)
        json_array_append_new(cuts, cut_of(&t->cut[i]));
    for (int i = 0; i < LAB_CORNERS; i++) {
        start[i] = t->corner_start_nm[i];
        end[i] = t->corner_end_nm[i];
    }
    answer_put(out, "cuts", cuts);
    answer_put(out, "corner_start_nm", answer_numbers(start, LAB_CORNERS));
    answer_put(out, "corner_end_nm", answer_numbers(end, LAB_CORNERS));
    answer_number(out, "dive_nm", t->dive_nm);
    answer_put(out, "collisions",
               json_pack("[i,i,i]", t->collisions_part, t->collisions_bed, t->collisions_frame));
    answer_number(out, "outage_contact_nm", t->outage_contact_nm);
    answer_number(out, "hot_dwell_us", t->hot_dwell_us);
    answer_number(out, "on_us", t->on_us);
    answer_number(out, "filament_nm", t->filament_nm);
    answer_number(out, "deposits", (int64_t)t->ledger.count);
    answer_number(out, "knock_nm", sim->world.plant.knock_nm);
    answer_put(out, "completed", json_boolean(sim->world.firmware.job_done));
    return out;
}
