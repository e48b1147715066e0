// Hotend, bed and chamber as a network of heat capacities, stepped on an absolute grid, with their heaters' controllers.
// SPDX-License-Identifier: MIT
//
// mat (thermistor, heater) - plate - chamber - room; block - chamber; block -> sensor. The split of the bed into mat and plate is what
// makes the measured fall of 8 K in the first two minutes after power-off; one lump cannot (docs/PHYSICS.md).
#include <string.h>

#include "sim/math/math.h"
#include "sim/plant/parts.h"

enum { GRID_US = PLANT_GRID_US, COLD_STEPS = 4 };

static const double step_s = 0.25;
// Shares of the bed, fitted to the cooling of D1 (fixtures/measured): heater mat's share of the heat capacity, coupling of mat and
// plate relative to the bed's loss, and the share of that loss which leaves from the mat.
static const double mat_capacity = 0.2265;
static const double mat_coupling = 7.56;
static const double mat_loss = 0.096;
// A closed printer's own part in the bed's lag is `bed_lag_us`. The part: plastic walls of 2 mm near the bed, a hollow
// body above [E, 60-300 s and 200-1200 s].
static const double part_low_s = 120.0;
static const double part_high_s = 400.0;
// Controllers: W/K and W/(K s). Saturating PI; the hotend with the exact loss fed forward, as Klipper's and Marlin's MPC do.
static const double bed_p = 60.0, bed_i = 0.4;
static const double hotend_p = 1.2, hotend_i = 0.01;

// The bed's two lumps from its total loss and capacity.
static void bed_of(struct plant_heat_model *b, const struct lab_printer *p)
{
    double capacity = (double)p->bed_mj_k * 1e-3, loss = (double)p->bed_mw_k * 1e-3;
    b->bed_w_k = loss;
    b->bed_w = (double)p->bed_mw * 1e-3;
    b->mat_k_w = step_s / (capacity * mat_capacity);
    b->plate_k_w = step_s / (capacity * (1 - mat_capacity));
    b->couple = loss * mat_coupling;
    b->from_mat = loss * mat_loss;
    double through =
        loss - b->from_mat; // what reaches the air through the plate in the steady state
    b->from_plate = through * b->couple / (b->couple - through);
}

// Share of a difference that a lag makes up for in one step.
static double share_of(double seconds)
{
    return seconds <= step_s ? 1 : step_s / seconds;
}

void heat_power_up(struct plant *plant, const struct plant_model *model)
{
    plant->heat.bias = (double)model->printer.nozzle_sigma_mc * 1e-3 *
                       noise_draw_normal(&plant->noise, NOISE_NOZZLE);
}

void heat_init(struct plant *plant, const struct plant_model *model, int64_t room_mc)
{
    struct plant_heat *h = &plant->heat;
    memset(h, 0, sizeof *h);
    h->room = (double)(room_mc == INT64_MIN ? model->printer.ambient_mc : room_mc) * 1e-3;
    h->hotend = h->sensor = h->mat = h->plate = h->chamber = h->room;
    h->bed_parts = h->part_low = h->part_high = h->room;
    h->mains = h->rail = true;
    heat_power_up(plant, model);
}

static inline double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

// Heater power in W for one grid step; the integrator stops where the output saturates.
static inline double control(double *sum, double feed, double error, double p, double i,
                             double most)
{
    double out = feed + p * error + *sum;
    if (out > 0 && out < most) {
        *sum += i * error * step_s;
    }
    return clamp(out, 0, most);
}

static inline double bed_power(struct plant_heat *h, const struct plant_heat_model *m)
{
    if (!h->mains || h->target_mc[PLANT_BED] <= 0) {
        h->bed_sum = 0;
        return 0;
    }
    double target = (double)h->target_mc[PLANT_BED] * 1e-3;
    double feed = m->bed_w_k * (target - h->chamber);
    return control(&h->bed_sum, feed, target - h->mat, bed_p, bed_i, m->bed_w);
}

static inline double hotend_power(struct plant_heat *h, const struct plant_heat_model *m)
{
    if (!h->rail || h->target_mc[PLANT_NOZZLE] <= 0) {
        h->hotend_sum = 0;
        return 0;
    }
    double target = (double)h->target_mc[PLANT_NOZZLE] * 1e-3;
    double feed = m->hotend_w_k * (target - h->chamber);
    return control(&h->hotend_sum, feed, target - h->sensor, hotend_p, hotend_i, m->hotend_w);
}

static double lag(double x, double toward, double share)
{
    return x + (toward - x) * share;
}

static inline __attribute__((always_inline)) void step(struct plant_heat *h,
                                                       const struct plant_heat_model *m)
{
    double hot = hotend_power(h, m), bed = bed_power(h, m);
    double hot_loss = m->hotend_w_k * (h->hotend - h->chamber);
    double flow = m->couple * (h->mat - h->plate);
    double mat_out = m->from_mat * (h->mat - h->chamber);
    double plate_out = m->from_plate * (h->plate - h->chamber);
    double room_out = m->chamber_w_k * (h->chamber - h->room);
    h->sensor = lag(h->sensor, h->hotend, m->sensor_share);
    h->hotend += (hot - hot_loss) * m->hotend_k_w;
    h->mat += (bed - flow - mat_out) * m->mat_k_w;
    h->plate += (flow - plate_out) * m->plate_k_w;
    h->chamber += (mat_out + plate_out + hot_loss - room_out) * m->chamber_k_w;
    h->bed_parts = lag(h->bed_parts, h->mat, m->bed_parts_share);
    h->part_low = lag(h->part_low, h->plate, m->part_low_share);
    h->part_high = lag(h->part_high, h->chamber, m->part_high_share);
    h->used_j += step_s * (hot + bed);
}

static void states_of(const struct plant_heat *h, double state[PLANT_HEAT_STATES])
{
    const double now[] = {h->hotend,  h->sensor,    h->mat,      h->plate,
                          h->chamber, h->bed_parts, h->part_low, h->part_high};
    memcpy(state, now, sizeof now);
}

// Without heaters a step is linear in states and room, and so are many: what becomes of each of them alone.
static void set_cold(struct plant_heat_model *m)
{
    for (int from = 0; from <= PLANT_HEAT_STATES; from++) {
        double unit[PLANT_HEAT_STATES + 1] = {0}, state[PLANT_HEAT_STATES];
        unit[from] = 1;
        struct plant_heat h = {.hotend = unit[0],
                               .sensor = unit[1],
                               .mat = unit[2],
                               .plate = unit[3],
                               .chamber = unit[4],
                               .bed_parts = unit[5],
                               .part_low = unit[6],
                               .part_high = unit[7],
                               .room = unit[8]};
        for (int n = 0; n < COLD_STEPS; n++) {
            step(&h, m);
        }
        states_of(&h, state);
        for (int to = 0; to < PLANT_HEAT_STATES; to++) {
            m->cold[from][to] = state[to];
        }
    }
}

void heat_model_init(struct plant_heat_model *model, const struct lab_printer *p,
                     const struct lab_material *material)
{
    bed_of(model, p);
    model->hotend_w = (double)p->hotend_mw * 1e-3;
    model->hotend_k_w = step_s / ((double)p->hotend_mj_k * 1e-3);
    model->chamber_k_w = step_s / ((double)p->chamber_mj_k * 1e-3);
    model->hotend_w_k = (double)p->hotend_mw_k * 1e-3;
    model->chamber_w_k = (double)p->chamber_mw_k * 1e-3;
    model->sensor_share = share_of((double)p->sensor_lag_us * 1e-6);
    model->bed_parts_share = share_of((double)p->bed_lag_us * 1e-6);
    model->part_low_share = share_of(part_low_s);
    model->part_high_share = share_of(part_high_s);
    model->soften = (double)material->soften_mc * 1e-3;
    model->melt = (double)material->melt_mc * 1e-3;
    set_cold(model);
}

// Does the part let go of a cold bed, or a nozzle freeze into it or come free?
static inline bool part_changes(const struct plant *plant, const struct plant_heat_model *m)
{
    const struct plant_part *part = &plant->part;
    bool cold = part->cut && !part->released && plant->heat.plate * 1e3 < (double)part->release_mc;
    bool hot = plant->heat.hotend >= m->soften;
    return cold || (part->bonded ? hot : part->resting && !hot);
}

// Many steps of a machine without power. False when one of them leads over a threshold: then they must be taken one by one. (Block
// and plate only cool, but for a plate that its mat still warms; so what is crossed is seen at the end.)
static bool cool(struct plant *plant, const struct plant_heat_model *m)
{
    struct plant_heat *h = &plant->heat;
    const struct plant_heat before = *h;
    double was[PLANT_HEAT_STATES], is[PLANT_HEAT_STATES];
    states_of(h, was);
    for (int to = 0; to < PLANT_HEAT_STATES; to++) {
        is[to] = m->cold[PLANT_HEAT_STATES][to] * h->room;
    }
    for (int from = 0; from < PLANT_HEAT_STATES; from++) {
        for (int to = 0; to < PLANT_HEAT_STATES; to++) {
            is[to] += m->cold[from][to] * was[from];
        }
    }
    h->hotend = is[0], h->sensor = is[1], h->mat = is[2], h->plate = is[3];
    h->chamber = is[4], h->bed_parts = is[5], h->part_low = is[6], h->part_high = is[7];
    h->bed_sum = h->hotend_sum = 0;
    h->grid += COLD_STEPS;
    if (part_changes(plant, m) || (before.hotend >= m->melt && h->hotend < m->melt)) {
        *h = before;
        return false;
    }
    return true;
}

void plant_heat_steps(struct plant *plant, const struct plant_model *model, int64_t t_us)
{
    struct plant_heat *h = &plant->heat;
    const struct plant_heat_model *m = &model->heat;
    while ((h->grid + 1) * GRID_US <= t_us) {
        bool off = !h->mains && !h->rail;
        if (off && (h->grid + COLD_STEPS) * GRID_US <= t_us && cool(plant, m)) {
            continue;
        }
        double was = h->hotend;
        step(h, m);
        h->grid++;
        if (part_changes(plant, m)) {
            part_step(plant, model);
        }
        if (was >= m->melt && h->hotend < m->melt) {
            filament_freeze(plant, model);
        }
    }
}

void plant_heat_target(struct plant *plant, enum plant_heater heater, int32_t target_mc)
{
    plant->heat.target_mc[heater] = target_mc;
}

void plant_heat_power(struct plant *plant, bool mains, bool rail)
{
    plant->heat.mains = mains;
    plant->heat.rail = rail;
}

static int32_t milli(double degc)
{
    return (int32_t)sim_round(degc * 1e3);
}

int32_t plant_heat_read(const struct plant *plant, int heater)
{
    const struct plant_heat *h = &plant->heat;
    return milli(heater == 0 ? h->mat : heater > 0 ? h->sensor : h->chamber);
}

int32_t plant_heat_true(const struct plant *plant, int heater)
{
    const struct plant_heat *h = &plant->heat;
    return milli(heater == 0 ? h->plate : heater > 0 ? h->hotend + h->bias : h->chamber);
}

int64_t plant_heat_when(const struct plant *plant, const struct plant_model *model, int heater,
                        int32_t low_mc, int32_t high_mc, int64_t until_us)
{
    struct plant copy = *plant;
    int64_t t = copy.heat.t_us;
    for (;;) {
        int32_t now = plant_heat_read(&copy, heater);
        if (now >= low_mc && now <= high_mc) {
            return t;
        }
        t = (copy.heat.grid + 1) * GRID_US;
        if (t > until_us) {
            return -1;
        }
        plant_heat_advance(&copy, model, t);
    }
}

void plant_heat_draw(const struct plant *plant, const struct plant_model *model,
                     int64_t mw[PLANT_HEATERS])
{
    struct plant_heat copy = plant->heat;
    mw[PLANT_BED] = sim_round(bed_power(&copy, &model->heat) * 1e3);
    mw[PLANT_NOZZLE] = sim_round(hotend_power(&copy, &model->heat) * 1e3);
}

void plant_soak(struct plant *plant, const struct plant_model *model, int32_t bed_mc,
                int32_t nozzle_mc)
{
    struct plant_heat *h = &plant->heat;
    const struct lab_printer *p = &model->printer;
    const struct plant_heat_model *b = &model->heat;
    double loss = (double)p->bed_mw_k * 1e-3, room = (double)p->chamber_mw_k * 1e-3;
    double hot = (double)p->hotend_mw_k * 1e-3;
    double mat = bed_mc > 0 ? (double)bed_mc * 1e-3 : h->room;
    double block = nozzle_mc > 0 ? (double)nozzle_mc * 1e-3 : h->room;
    double air = (loss * mat + hot * block + room * h->room) / (loss + hot + room);
    h->mat = bed_mc > 0 ? mat : air;
    h->hotend = h->sensor = nozzle_mc > 0 ? block : air;
    h->chamber = h->part_high = air;
    h->plate = (b->couple * h->mat + b->from_plate * air) / (b->couple + b->from_plate);
    h->part_low = h->plate;
    h->bed_parts = h->mat;
    h->target_mc[PLANT_BED] = bed_mc;
    h->target_mc[PLANT_NOZZLE] = nozzle_mc;
    h->bed_sum = h->hotend_sum = 0;
}

int64_t plant_heat_z(const struct plant *plant, const struct plant_model *model)
{
    return sim_round(gantry_tip(plant, model));
}
