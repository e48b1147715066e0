// What executed motion does to the part: deposits, contact, dwell.
// SPDX-License-Identifier: MIT
#include "sim/world/world.h"

#include <string.h>

static const int64_t track_refresh_us = 1000000;
// What cooling may move a pressed nozzle between power return and its first lift.
static const int64_t drift_nm = 10000;
// Where the job runs into its own lines, a print that stands this much lower does so deeper: what tolerates it is not the contact.
static const int64_t own_nm = 50000;

/// The fast path's constants, renewed when heat had time to move anything. The part's own shrinkage is that of now, whoever else looked
/// at heat meanwhile.
static void track(struct sim *sim)
{
    struct world *w = &sim->world;

    world_heat(sim);
    if (w->track_us < 0 || w->now_us - w->track_us >= track_refresh_us) {
        plant_track(&w->track, &w->plant, &sim->model);
        w->track_us = w->now_us;
    }
}

/// Where a commanded place truly is. Call track first.
static void spot_at(const struct sim *sim, const int64_t at[3], struct sim_spot *out)
{
    const struct world *w = &sim->world;
    const struct plant_track *t = &w->track;

    memcpy(out->at_nm, at, sizeof out->at_nm);
    out->track_us = w->track_us;
    out->grid = w->plant.heat.grid;
    out->tip_nm[0] = at[0] + t->xy_nm[0];
    out->tip_nm[1] = at[1] + t->xy_nm[1];
    out->tip_nm[2] = plant_track_z(t, &sim->model, at[0], at[1], at[2]);
    out->near = plant_part_near(out->tip_nm[2]);
    plant_part_from_machine_near(&w->plant, out->tip_nm, out->near, out->part_nm);
}

/// The uncut print only: does the job run into what it has laid, a priming line for one? Looks with the constants at hand, because a
/// look must not move heat's steps.
static void watch_job(struct sim *sim, const int64_t from_nm[4], const int64_t to_nm[4])
{
    const struct plant_track *t = &sim->world.track;
    struct plant_way way;

    if (sim->world.track_us < 0)
        return;
    for (int i = 0; i < 2; i++) {
        way.from_nm[i] = from_nm[i] + t->xy_nm[i];
        way.to_nm[i] = to_nm[i] + t->xy_nm[i];
    }
    way.from_nm[2] = plant_track_z(t, &sim->model, from_nm[0], from_nm[1], from_nm[2]);
    way.to_nm[2] = plant_track_z(t, &sim->model, to_nm[0], to_nm[1], to_nm[2]);
    plant_part_from_machine(&sim->world.plant, way.from_nm, way.part_from_nm);
    plant_part_from_machine(&sim->world.plant, way.to_nm, way.part_to_nm);
    if (!surface_near(&sim->surface, &way))
        return;
    world_take(sim);
    int64_t deep = surface_deepest(&sim->surface, &way);
    if (deep > sim->own_dive_nm)
        sim->own_dive_nm = deep;
}

static void append(struct sim *sim, const struct lab_deposit *deposit)
{
    if (lab_ledger_append(&sim->truth.ledger, deposit))
        sim->world.stop_requested = true;
    sim->world.ledger = sim->truth.ledger.count;
    if (sim->held) // who holds a run looks at no layer above those laid here, and at no trace
        return;
    world_hash(sim, &deposit->t_us, LAB_DEPOSIT_BYTES);
    if (sim->world.after_power || sim->twin)
        surface_announce(&sim->surface, deposit);
}

/// As deep as the nozzle may stand without its being this motion's doing: as it stood at power return, and where the job runs into
/// its own lines by itself.
static int64_t allowed(const struct sim *sim, bool of_job)
{
    int64_t already = sim->world.already_nm ? sim->world.already_nm + drift_nm : 0;
    int64_t own = of_job && sim->own_dive_nm > 0 ? sim->own_dive_nm + own_nm : 0;

    return already > own ? already : own;
}

/// Returns whether it hit anything.
static bool contact(struct sim *sim, const struct plant_way *way, bool of_job)
{
    struct plant_contact hit;
    struct lab_truth *truth = &sim->truth;
    const int64_t *to = way->to_nm;

    if (!sim->held && surface_near(&sim->surface, way))
        world_take(sim);
    plant_contact_check(&sim->world.plant, &sim->model, &sim->surface, way, allowed(sim, of_job),
                        &hit);
    if (hit.dive_nm > truth->dive_nm)
        truth->dive_nm = hit.dive_nm;
    if (hit.hits && !truth->collisions_part && !truth->collisions_bed && !truth->collisions_frame)
        world_note(sim,
                   "first collision%s%s%s in phase %s at x %.3f y %.3f z %.3f mm, %lld um deep",
                   hit.hits & PLANT_HIT_PART ? " with the part" : "",
                   hit.hits & PLANT_HIT_BED ? " with the bed" : "",
                   hit.hits & PLANT_HIT_FRAME ? " with the frame" : "",
                   plr_phase_name((enum plr_phase)sim->world.phase), (double)to[0] * 1e-6,
                   (double)to[1] * 1e-6, (double)to[2] * 1e-6, (long long)hit.dive_nm / 1000);
    truth->collisions_part += (hit.hits & PLANT_HIT_PART) != 0;
    truth->collisions_bed += (hit.hits & PLANT_HIT_BED) != 0;
    truth->collisions_frame += (hit.hits & PLANT_HIT_FRAME) != 0;
    return hit.hits != 0;
}

static struct plant_way way_between(const struct sim_spot *a, const struct sim_spot *b)
{
    struct plant_way way;

    memcpy(way.from_nm, a->tip_nm, sizeof way.from_nm);
    memcpy(way.to_nm, b->tip_nm, sizeof way.to_nm);
    memcpy(way.part_from_nm, a->part_nm, sizeof way.part_from_nm);
    memcpy(way.part_to_nm, b->part_nm, sizeof way.part_to_nm);
    return way;
}

/// Filament that is pushed, or drawn back, between two places.
static void push(struct sim *sim, const struct sim_spot *a, const struct sim_spot *b,
                 const struct sim_piece *piece, bool moved)
{
    struct world *w = &sim->world;
    int64_t dt = (int64_t)piece->duration_us, e_nm = piece->e_nm;
    int64_t deficit = plant_filament_push_by(&w->plant, &sim->model, e_nm, dt, piece->decay);

    sim->truth.filament_nm += e_nm;
    if (sim->truth.filament_nm > sim->filament_high_nm)
        sim->filament_high_nm = sim->truth.filament_nm;
    if (e_nm < 0 || (!moved && piece->of_job) || !plant_filament_melts(&w->plant, &sim->model))
        return;
    struct lab_deposit deposit = {.t_us = (int64_t)piece->begin_us,
                                  .dt_us = (int32_t)dt,
                                  .e_nm = (int32_t)e_nm,
                                  .deficit_nm = (int32_t)deficit};
    for (int i = 0; i < 3; i++) {
        deposit.from_nm[i] = (int32_t)a->part_nm[i];
        deposit.to_nm[i] = (int32_t)b->part_nm[i];
    }
    append(sim, &deposit);
    if (sim->print_begin_us < 0)
        sim->print_begin_us = deposit.t_us;
    struct lab_truth_cut *cut = sim->truth.cuts ? &sim->truth.cut[sim->truth.cuts - 1] : NULL;
    if (cut && piece->of_job && cut->back_us >= 0 && cut->first_extrusion_us < 0)
        cut->first_extrusion_us = w->now_us;
}

/// Commanded motion after a cut: what it hits may give way, and its ends then lie elsewhere in the part.
static void meet(struct sim *sim, struct sim_spot *a, struct sim_spot *b, bool of_job)
{
    const struct plant_way way = way_between(a, b);

    if (!contact(sim, &way, of_job))
        return;
    plant_part_from_machine(&sim->world.plant, a->tip_nm, a->part_nm);
    plant_part_from_machine(&sim->world.plant, b->tip_nm, b->part_nm);
}

static bool goes(const struct sim_piece *piece)
{
    return memcmp(piece->from_nm, piece->to_nm, 3 * sizeof piece->from_nm[0]) != 0;
}

void world_deposit(struct sim *sim, const int64_t from_nm[4], const int64_t to_nm[4], int64_t e_nm,
                   double begin_us, double duration_us, bool of_job)
{
    struct world *w = &sim->world;
    struct sim_piece piece = {
        .e_nm = e_nm,
        .begin_us = begin_us,
        .duration_us = duration_us,
        .decay = plant_filament_decay(&sim->model, (int64_t)duration_us),
        .of_job = of_job,
    };
    struct sim_spot a, b;

    memcpy(piece.from_nm, from_nm, sizeof piece.from_nm);
    memcpy(piece.to_nm, to_nm, sizeof piece.to_nm);
    bool moved = goes(&piece);
    if (sim->twin && moved && of_job)
        watch_job(sim, from_nm, to_nm);
    if (e_nm || w->after_power) {
        track(sim);
        spot_at(sim, from_nm, &a);
        spot_at(sim, to_nm, &b);
        if (w->after_power && moved)
            meet(sim, &a, &b, of_job);
    }
    if (e_nm)
        push(sim, &a, &b, &piece, moved);
    else
        plant_filament_idle_by(&w->plant, &sim->model, (int64_t)duration_us, piece.decay);
}

/// A piece begins where the one before ended: what was worked out there holds, but for what track and heat have changed since.
static void begin_at(struct sim *sim, const int64_t at_nm[3], struct sim_spot *spot)
{
    const struct world *w = &sim->world;
    bool elsewhere =
        spot->track_us != w->track_us || memcmp(spot->at_nm, at_nm, sizeof spot->at_nm);

    if (!elsewhere && spot->grid == w->plant.heat.grid)
        return;
    if (elsewhere)
        spot_at(sim, at_nm, spot);
    else
        plant_part_from_machine_near(&w->plant, spot->tip_nm, spot->near, spot->part_nm);
    spot->grid = w->plant.heat.grid;
    spot->free = plant_point_free(&sim->model, &sim->surface, spot->tip_nm, spot->part_nm);
}

void world_lay(struct sim *sim, const struct sim_piece *piece)
{
    struct world *w = &sim->world;
    struct sim_spot *a = &sim->spot, b;

    track(sim); // heat first
    begin_at(sim, piece->from_nm, a);
    bool moved = goes(piece);
    if (moved) {
        spot_at(sim, piece->to_nm, &b);
        b.free = plant_point_free(&sim->model, &sim->surface, b.tip_nm, b.part_nm);
        if (!a->free || !b.free)
            meet(sim, a, &b, piece->of_job);
    } else {
        b = *a;
    }
    if (piece->e_nm)
        push(sim, a, &b, piece, moved);
    else
        plant_filament_idle_by(&w->plant, &sim->model, (int64_t)piece->duration_us, piece->decay);
    sim->spot = b;
}

void world_commanded(struct sim *sim, const int64_t from_nm[3], const struct plant_pose *to)
{
    struct world *w = &sim->world;
    int64_t tip_nm[3], delta[3];

    if (!w->after_power)
        return;
    plant_nozzle(&w->plant, &sim->model, to, tip_nm);
    for (int i = 0; i < 3; i++)
        delta[i] = tip_nm[i] - from_nm[i];
    bool held = w->plant.part.released;
    if (plant_part_pull(&w->plant, &sim->model, from_nm[2], delta) && !held) {
        world_note(sim, "a commanded motion pulled the part off the bed");
        sim->truth.collisions_part++; // no hit is worse
    }
    struct plant_way way;
    memcpy(way.from_nm, from_nm, sizeof way.from_nm);
    memcpy(way.to_nm, tip_nm, sizeof way.to_nm);
    if (world_clear(sim, from_nm[2]) && world_clear(sim, tip_nm[2])) { // any frame will do
        memcpy(way.part_from_nm, from_nm, sizeof way.part_from_nm);
        memcpy(way.part_to_nm, tip_nm, sizeof way.part_to_nm);
    } else {
        plant_part_from_machine(&w->plant, from_nm, way.part_from_nm);
        plant_part_from_machine(&w->plant, tip_nm, way.part_to_nm);
    }
    contact(sim, &way, false);
}

void world_take(struct sim *sim)
{
    surface_take(&sim->surface, &sim->truth.ledger, sim->truth.ledger.count);
}

bool world_clear(struct sim *sim, int64_t tip_nm)
{
    const int64_t margin_nm = 1000000;

    world_take(sim);
    return tip_nm > sim->surface.highest_nm + sim->surface.highest_nm / 32 + margin_nm;
}

int64_t world_surface(struct sim *sim)
{
    struct plant_pose pose;
    int64_t at[3];

    world_take(sim);
    firmware_pose(sim, &pose);
    plant_nozzle(&sim->world.plant, &sim->model, &pose, at);
    return surface_under(&sim->surface, &sim->world.plant, &sim->model, at);
}
