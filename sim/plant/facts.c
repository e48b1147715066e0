// plant_facts: figures of the plant as it stands, one a line, for ci/validate to set beside measurements.
// SPDX-License-Identifier: MIT
//
//   plant_facts PRINTER.yaml figures                       name value
//   plant_facts PRINTER.yaml run ROOM_C HEAT_S COOL_S      t_s bed_c chamber_c bed_parts_c, once a minute; the bed at 105 C, then off,
//                                                          the nozzle at 100 C throughout, as in the measured runs
//   plant_facts PRINTER.yaml budget                        term sigma_alone_um sigma_with_it_off_um, of Z after calibrate and resume
//   plant_facts PRINTER.yaml hotend ROOM_C                 t_s sensor_c, once a second, from cold at full power to 100 C
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/doc/doc.h"
#include "core/plr/base.h"
#include "sim/plant/parts.h"

static const int64_t second = 1000000;

_Noreturn void plr_panic(const char *file, int line, const char *what)
{
    (void)fprintf(stderr, "%s:%d: %s\n", file, line, what);
    abort();
}

static void thermal_run(const struct plant_model *model, double room, int heat_s, int cool_s)
{
    struct plant plant;
    plant_init(&plant, model, (int64_t)(room * 1e3));
    plant_heat_target(&plant, PLANT_BED, 105000);
    plant_heat_target(&plant, PLANT_NOZZLE, 100000);
    for (int t = 0; t <= heat_s + cool_s; t += 60) {
        plant_heat_advance(&plant, model, t * second);
        if (t >= heat_s) {
            plant_heat_target(&plant, PLANT_BED, 0);
        }
        printf("%d %.2f %.2f %.2f\n", t, plant.heat.mat, plant.heat.chamber, plant.heat.bed_parts);
    }
}

static void hotend_run(const struct plant_model *model, double room)
{
    struct plant plant;
    plant_init(&plant, model, (int64_t)(room * 1e3));
    plant_heat_target(&plant, PLANT_NOZZLE, 100000);
    for (int t = 0; t <= 60; t++) {
        plant_heat_advance(&plant, model, t * second);
        printf("%d %.2f\n", t, plant.heat.sensor);
    }
}

static void gantry_figures(const struct plant_model *model)
{
    struct plant plant;
    struct balance balance;
    struct plant_pose pose = {{150000000, 150000000}, {50000000, 50000000, 50000000, 50000000}};
    plant_init(&plant, model, INT64_MIN);
    balance_set(&balance, &plant, model, &pose, PLANT_NO_SURFACE);
    double mean = (model->load[0] + model->load[1] + model->load[2] + model->load[3]) / 4;
    printf("stretch_um %.1f\n", mean / model->stiffness * 1e6);
    printf("first_mode_hz %.1f\n", full_ring_hz(&balance, model));
    printf("rear_front_load %.2f\n", model->load[1] / model->load[0]);
    printf("twist_n_per_mm %.3f\n", model->twist * 1e-3);
}

// Outages in the air over many seeds: does the rear go first?
static void sag_figures(struct plant_model *model)
{
    int rear_lower = 0, any = 0, print_in_air = 0;
    enum { RUNS = 2000 };
    for (int k = 0; k < RUNS; k++) {
        struct plant plant;
        struct plant_fall fall;
        struct plant_scene scene = {
            {{150000000, 150000000}, {60000000, 60000000, 60000000, 60000000}},
            PLANT_NO_SURFACE,
            false,
            {0}};
        model->seed = (uint64_t)k;
        plant_init(&plant, model, INT64_MIN);
        plant_drivers_lost(&plant, model, &scene, 1, &fall);
        int64_t fell[4], most = 0;
        for (int i = 0; i < 4; i++) {
            fell[i] = fall.before_nm[i] - fall.after_nm[i];
            most = fell[i] > most ? fell[i] : most;
        }
        if (most > 40000) {
            any++;
            rear_lower += fell[1] + fell[2] > fell[0] + fell[3] ? 1 : 0;
        }
        print_in_air += most > 300000 ? 1 : 0;
    }
    printf("sag_any_percent %.1f\n", 100.0 * any / (double)RUNS);
    printf("sag_rear_lower_percent %.1f\n", 100.0 * rear_lower / (any > 0 ? any : 1));
    printf("sag_over_a_layer_percent %.1f\n", 100.0 * print_in_air / (double)RUNS);
}

static void heat_figures(const struct plant_model *model)
{
    struct plant plant;
    plant_init(&plant, model, 25000);
    plant.heat.hotend = plant.heat.sensor = 240;
    int64_t t = plant_heat_when(&plant, model, 1, -100000, 60000, 1000 * second);
    printf("hotend_240_to_60_s %.0f\n", (double)t / 1e6);
    plant_init(&plant, model, 25000);
    plant_soak(&plant, model, 105000, 240000);
    printf("chamber_soaked_c %.1f\n", plant.heat.chamber);
    int64_t mw[PLANT_HEATERS];
    plant_heat_draw(&plant, model, mw);
    printf("bed_steady_w %.0f\n", (double)mw[PLANT_BED] * 1e-3);
}

// One touch of corner i from a millimetre below its nominal height: the counter at the edge, nm.
static int64_t touch(struct plant *plant, const struct plant_model *model, int i)
{
    struct plant_probe probe;
    int64_t z = model->switch_nm - 1000000;
    struct plant_pose pose = {{150000000, 290000000}, {z, z, z, z}};
    plant_settle(plant, model, &pose, &pose, PLANT_NO_SURFACE);
    (void)plant_z_probe(plant, model, &pose, 1u << i, 5000000, 1000000, 1u << i, &probe);
    return probe.motor_nm[i];
}

static void visit(struct plant *plant, const struct plant_model *model,
                  double middle[PLANT_CORNERS])
{
    plant_visit_begin(plant, model);
    for (int i = 0; i < model->motors; i++) {
        int64_t a = touch(plant, model, i), b = touch(plant, model, i), c = touch(plant, model, i);
        int64_t low = a < b ? a : b, high = a < b ? b : a;
        middle[i] = (double)(c < low ? low : c > high ? high : c);
    }
}

// A soaked printer with 15 mm of part: calibrated, off for 90 s, warm again, homed again. By how much is the nozzle off over the
// part in the middle of the bed?
static double z_error(struct plant_model *model, uint64_t seed)
{
    struct plant plant;
    double first[PLANT_CORNERS], again[PLANT_CORNERS], weight[PLANT_CORNERS], error = 0;
    struct plant_scene scene = {
        .pose = {{150000000, 150000000}, {20000000, 20000000, 20000000, 20000000}},
        .surface_nm = PLANT_NO_SURFACE};
    model->seed = seed;
    plant_init(&plant, model, INT64_MIN);
    plant_soak(&plant, model, 105000, 240000);
    plant_reference(&plant);
    visit(&plant, model, first);
    plant_heat_advance(&plant, model, 600 * second);
    int64_t before = plant_heat_z(&plant, model);
    plant_outage(&plant, model, &scene, seed + 1, 690 * second, NULL);
    plant_heat_power(&plant, true, true);
    plant_heat_target(&plant, PLANT_BED, 105000);
    plant_heat_target(&plant, PLANT_NOZZLE, 240000);
    plant_heat_advance(&plant, model, 900 * second);
    memset(plant.slip_nm, 0, sizeof plant.slip_nm);
    plant.energised = 0x8f;
    visit(&plant, model, again);
    plant_weights(model, 150000000, 150000000, weight);
    for (int i = 0; i < model->motors; i++) {
        error += weight[i] * (again[i] - first[i]);
    }
    return error + (double)(plant_heat_z(&plant, model) - before) +
           (double)plant_part_shrink(&plant, 15000000);
}

static double z_sigma(struct plant_model *model, uint32_t off, double *mean)
{
    enum { SEEDS = 400 };
    double sum = 0, square = 0;
    model->noise_off = off;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        double e = z_error(model, seed) * 1e-3;
        sum += e;
        square += e * e;
    }
    *mean = sum / (double)SEEDS;
    return sqrt(square / (double)SEEDS - *mean * *mean);
}

static void budget(struct plant_model *model)
{
    static const char *const name[] = {"switch", "step", "belt", "heat", "nozzle", "part", "level"};
    const uint32_t none = (1u << LAB_NOISE_TERMS) - 1u;
    model->gantry = LAB_QUASISTATIC;
    model->printer.z_plus.false_ppm = 0; // a gross early touch is for the median, not for a sigma
    double mean;
    for (unsigned term = 0; term < sizeof name / sizeof name[0]; term++) {
        double alone = z_sigma(model, none & ~(1u << term), &mean);
        printf("%s %.1f %.1f\n", name[term], alone, z_sigma(model, 1u << term, &mean));
    }
    double all = z_sigma(model, 0, &mean);
    printf("all %.1f %.1f\n", all, mean);
}

int main(int argc, char **argv)
{
    struct lab_printer printer;
    struct lab_sim sim = {.gantry = LAB_FULL};
    struct plant_model model;
    struct lab_error error = {0};
    if (argc < 3 || lab_printer_load(argv[1], &printer, NULL, &error) != 0) {
        (void)fprintf(stderr, "usage: plant_facts PRINTER.yaml figures|budget|run|hotend ...\n");
        return 2;
    }
    if (plant_model_init(&model, &printer, lab_material_find("ABS"), &sim, 1) != 0) {
        (void)fprintf(stderr, "plant_facts: this printer cannot be\n");
        return 2;
    }
    if (strcmp(argv[2], "run") == 0 && argc == 6) {
        thermal_run(&model, strtod(argv[3], NULL), atoi(argv[4]), atoi(argv[5]));
    } else if (strcmp(argv[2], "hotend") == 0 && argc == 4) {
        hotend_run(&model, strtod(argv[3], NULL));
    } else if (strcmp(argv[2], "budget") == 0) {
        budget(&model);
    } else {
        gantry_figures(&model);
        model.gantry = LAB_QUASISTATIC;
        sag_figures(&model);
        heat_figures(&model);
    }
    return 0;
}
