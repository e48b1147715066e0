// plant_facts: figures of the plant as it stands, one a line, for ci/validate to set beside measurements.
// SPDX-License-Identifier: MIT
//
//   plant_facts PRINTER.yaml figures                       name value
//   plant_facts PRINTER.yaml run ROOM_C HEAT_S COOL_S      t_s bed_c chamber_c bed_parts_c, once a minute; the bed at 105 C, then off,
//                                                          the nozzle at 100 C throughout, as in the measured runs
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
    printf("sag_any_percent %.1f\n", 100.0 * any / RUNS);
    printf("sag_rear_lower_percent %.1f\n", 100.0 * rear_lower / (any > 0 ? any : 1));
    printf("sag_over_a_layer_percent %.1f\n", 100.0 * print_in_air / RUNS);
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

int main(int argc, char **argv)
{
    struct lab_printer printer;
    struct lab_sim sim = {.gantry = LAB_FULL};
    struct plant_model model;
    struct lab_error error = {0};
    if (argc < 3 || lab_printer_load(argv[1], &printer, NULL, &error) != 0) {
        (void)fprintf(stderr, "usage: plant_facts PRINTER.yaml figures|run|hotend ...\n");
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
    } else {
        gantry_figures(&model);
        model.gantry = LAB_QUASISTATIC;
        sag_figures(&model);
        heat_figures(&model);
    }
    return 0;
}
