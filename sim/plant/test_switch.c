// Switches and homing: a thousand visits reproduce every configured sigma; edges, hysteresis, faults; the error budget.
// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/plant/test_plant.h"

enum { VISITS = 1000 };

static uint32_t only(enum lab_noise term)
{
    return all_noise_off & ~(1u << (unsigned)term);
}

struct sums {
    double n, sum, square;
};

static void take(struct sums *s, double x)
{
    s->n++;
    s->sum += x;
    s->square += x * x;
}

static double sigma(const struct sums *s)
{
    double mean = s->sum / s->n;
    return sqrt(s->square / s->n - mean * mean);
}

// Standard error of a sigma from n draws is sigma/sqrt(2n): four of them.
static void expect_sigma(const char *what, const struct sums *s, double nm)
{
    print_message("%-22s configured %6.0f nm, measured %6.0f nm\n", what, nm, sigma(s));
    assert_true(fabs(sigma(s) - nm) < 4 * nm / sqrt(2 * s->n));
}

// One touch of corner i from a millimetre below: the counter at the edge, nm.
static int64_t touch(struct plant *plant, const struct plant_model *model, int i)
{
    struct plant_probe probe;
    struct plant_pose pose = test_pose(150 * MM, 290 * MM, model->switch_nm - MM);
    plant_settle(plant, model, &pose, &pose, PLANT_NO_SURFACE);
    assert_int_equal(plant_z_probe(plant, model, &pose, 1u << i, 5 * MM, MM, 1u << i, &probe), 0);
    assert_int_equal(probe.triggered, 1u << i);
    return probe.motor_nm[i];
}

static void one_touch_has_the_switch_sigma(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    struct sums s = {0};
    test_model(&model, LAB_QUASISTATIC, only(LAB_NOISE_SWITCH), 11);
    model.printer.z_plus.false_ppm = 0;
    plant_init(&plant, &model, INT64_MIN);
    for (int k = 0; k < VISITS; k++) {
        take(&s,
             (double)touch(&plant, &model, k % 4) - (double)model.printer.z_plus.place_nm[k % 4]);
    }
    // the corners' loads differ at the park position by a constant of micrometres: compare within one corner
    struct sums one = {0};
    for (int k = 0; k < VISITS; k++) {
        take(&one, (double)touch(&plant, &model, 2));
    }
    expect_sigma("switch, one touch", &one, model.printer.z_plus.sigma_nm);
    assert_true(s.n > 0);
}

// Sigma of one corner's trigger over visits with one term on.
static void visit_term(const char *what, enum lab_noise term, double nm)
{
    struct plant_model model;
    struct plant plant;
    struct sums s = {0};
    test_model(&model, LAB_QUASISTATIC, only(term), 23);
    model.printer.z_plus.false_ppm = 0;
    plant_init(&plant, &model, INT64_MIN);
    for (int k = 0; k < VISITS; k++) {
        plant_visit_begin(&plant, &model);
        take(&s, (double)touch(&plant, &model, 1));
    }
    expect_sigma(what, &s, nm);
}

static void visits_have_their_sigmas(void **state)
{
    (void)state;
    struct plant_model model;
    test_model(&model, LAB_QUASISTATIC, 0, 1);
    const struct lab_printer *p = &model.printer;
    visit_term("step, one corner", LAB_NOISE_STEP, (double)p->motor_angle_nm);
    visit_term("belt / sqrt 2", LAB_NOISE_BELT, (double)p->belt_visit_nm / sqrt(2));
    visit_term("heat residual", LAB_NOISE_HEAT, (double)p->heat_residual_nm);
    visit_term("level x 2 / sqrt 2", LAB_NOISE_LEVEL, (double)p->level_nm * sqrt(2));
}

static void xy_and_nozzle_have_theirs(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    struct sums x = {0}, y = {0}, nozzle = {0};
    test_model(&model, LAB_QUASISTATIC, only(LAB_NOISE_XY) & ~(1u << LAB_NOISE_NOZZLE), 31);
    plant_init(&plant, &model, INT64_MIN);
    for (int k = 0; k < VISITS; k++) {
        plant_home_xy(&plant, &model);
        take(&x, (double)plant.sideways_nm[0]);
        take(&y, (double)plant.sideways_nm[1]);
        test_model(&model, LAB_QUASISTATIC, only(LAB_NOISE_NOZZLE), (uint64_t)k);
        struct plant fresh;
        plant_init(&fresh, &model, INT64_MIN);
        take(&nozzle, fresh.heat.bias * 1e3);
    }
    const struct lab_printer *p = &model.printer;
    double nm = sqrt((double)p->x_stop.sigma_nm * (double)p->x_stop.sigma_nm +
                     (double)p->xy_belt_nm * (double)p->xy_belt_nm);
    expect_sigma("x after homing", &x, nm);
    expect_sigma("y after homing", &y, nm);
    expect_sigma("nozzle reading, mK", &nozzle, (double)p->nozzle_sigma_mc);
}

// The middle of three touches of each corner, less where the switch nominally is: what a firmware would store.
static void visit(struct plant *plant, const struct plant_model *model, double stored[4])
{
    plant_visit_begin(plant, model);
    for (int i = 0; i < 4; i++) {
        int64_t a = touch(plant, model, i), b = touch(plant, model, i), c = touch(plant, model, i);
        int64_t low = a < b ? a : b, high = a < b ? b : a;
        stored[i] = (double)(c < low ? low : c > high ? high : c);
    }
}

// Calibrate, cut, resume, in one seed: by how much is the nozzle off in the middle of the bed?
static double z_error(uint64_t seed, uint32_t off)
{
    struct plant_model model;
    struct plant plant;
    double first[4], second[4], w[4], error = 0;
    test_model(&model, LAB_QUASISTATIC, off, seed);
    plant_init(&plant, &model, INT64_MIN);
    plant_soak(&plant, &model, 105000, 240000);
    plant_reference(&plant);
    visit(&plant, &model, first);
    double bias = plant.heat.bias;
    plant.noise.cut = seed + 77;
    plant.heat.bias = (double)model.printer.nozzle_sigma_mc * 1e-3 *
                      noise_draw_normal(&plant.noise, NOISE_NOZZLE);
    visit(&plant, &model, second);
    plant_weights(&model, 150 * MM, 150 * MM, w);
    for (int i = 0; i < 4; i++) {
        error += w[i] * (second[i] - first[i]);
    }
    return error + (double)model.printer.nozzle_growth_nm_k * (plant.heat.bias - bias);
}

static void budget(void **state)
{
    (void)state;
    static const char *const name[LAB_NOISE_TERMS] = {"switch", "step",  "belt", "heat", "nozzle",
                                                      "part",   "level", "xy",   "sag"};
    struct sums all = {0};
    for (uint64_t seed = 1; seed <= 600; seed++) {
        take(&all, z_error(seed, 0));
    }
    double total = sigma(&all) / 1e3;
    print_message("z sigma of calibrate + resume, all terms: %.1f um\n", total);
    assert_true(total > 8 && total < 12);
    for (unsigned term = 0; term < LAB_NOISE_TERMS; term++) {
        struct sums one = {0};
        for (uint64_t seed = 1; seed <= 300; seed++) {
            take(&one, z_error(seed, only((enum lab_noise)term)));
        }
        print_message("  %-7s alone %4.1f um\n", name[term], sigma(&one) / 1e3);
    }
}

static void hysteresis_and_level(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    struct plant_probe probe;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 3);
    model.printer.z_plus.false_ppm = 0;
    plant_init(&plant, &model, INT64_MIN);
    struct plant_pose pose = test_pose(150 * MM, 290 * MM, model.switch_nm - MM);
    assert_int_equal(plant_switches(&plant, &model), 0);
    assert_int_equal(plant_z_probe(&plant, &model, &pose, 15, 5 * MM, MM, 15, &probe), 0);
    assert_int_equal(probe.triggered, 4); // the lowest switch, RR, 240 um below nominal
    assert_int_equal(plant_switches(&plant, &model), 4);
    struct plant_pose at = pose, down = pose;
    for (int i = 0; i < 4; i++) {
        at.motor_nm[i] = probe.motor_nm[i];
        down.motor_nm[i] = at.motor_nm[i] - model.printer.z_plus.hysteresis_nm + 5 * UM;
    }
    const uint32_t latched = plant.pressed;
    const int64_t least_nm = plant.corner_nm[2] - model.printer.z_plus.hysteresis_nm;
    int64_t corner_nm[PLANT_CORNERS];
    memcpy(corner_nm, plant.corner_nm, sizeof corner_nm);
    assert_int_equal(plant_switches_at(&plant, &model, corner_nm), 4);
    corner_nm[2] = least_nm + 5 * UM;
    assert_int_equal(plant_switches_at(&plant, &model, corner_nm), 4);
    corner_nm[2] = least_nm - 5 * UM;
    assert_int_equal(plant_switches_at(&plant, &model, corner_nm), 0);
    corner_nm[0] += 5 * MM;
    assert_int_equal(plant_switches_at(&plant, &model, corner_nm), 1);
    assert_int_equal(plant.pressed, latched);
    plant.touch_nm[2] += 4 * MM; // it fired early: pressed here, and not any more when it has left
    assert_int_equal(plant_switches_at(&plant, &model, plant.corner_nm), 4);
    assert_int_equal(plant_switches_at(&plant, &model, corner_nm), 1);
    plant.touch_nm[2] -= 4 * MM;
    plant_settle(&plant, &model, &at, &down, PLANT_NO_SURFACE);
    assert_int_equal(plant_switches(&plant, &model), 4); // still within the hysteresis
    plant_settle(&plant, &model, &down, &pose, PLANT_NO_SURFACE);
    assert_int_equal(plant_switches(&plant, &model), 0);
}

static void probe_refuses(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    struct plant_probe probe;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 3);
    plant_init(&plant, &model, INT64_MIN);
    struct plant_pose pose = test_pose(150 * MM, 290 * MM, 50 * MM);
    assert_int_equal(plant_z_probe(&plant, &model, &pose, 0, MM, MM, 15, &probe), -22);
    assert_int_equal(plant_z_probe(&plant, &model, &pose, 1, 0, MM, 15, &probe), -22);
    plant.energised &= ~1u;
    assert_int_equal(plant_z_probe(&plant, &model, &pose, 1, MM, MM, 15, &probe), -1);
    plant.energised |= 1u;
    assert_int_equal(plant_z_probe(&plant, &model, &pose, 1, MM, 0, 15, &probe), 0);
    assert_int_equal(probe.triggered, 0);
    assert_int_equal(probe.travel_nm, MM);
}

static void faults(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    struct plant_probe probe;
    test_model(&model, LAB_QUASISTATIC, all_noise_off & ~(1u << LAB_NOISE_SWITCH), 3);
    model.printer.z_plus.false_ppm = 0;
    plant_init(&plant, &model, INT64_MIN);
    struct lab_disturb d = {.kind = LAB_DISTURB_ENDSTOP, .mode = LAB_ENDSTOP_DEAD, .which = 1};
    struct plant_pose pose = test_pose(150 * MM, 290 * MM, model.switch_nm - MM);
    plant_disturb(&plant, &model, &d);
    plant_z_probe(&plant, &model, &pose, 2, model.printer.hard_stop_nm + 5 * MM, MM, 2, &probe);
    assert_int_equal(probe.triggered, 0);
    assert_true(probe.stalled); // ran into the hard stop
    assert_int_equal(plant_switches(&plant, &model) & 2u, 0);
    d.mode = LAB_ENDSTOP_STUCK;
    d.which = 0;
    plant_disturb(&plant, &model, &d);
    assert_int_equal(plant_switches(&plant, &model) & 1u, 1);
    plant_z_probe(&plant, &model, &pose, 1, 8 * MM, MM, 1, &probe);
    assert_int_equal(probe.travel_nm, 0);
    d.mode = LAB_ENDSTOP_FALSE;
    d.which = 2;
    plant_disturb(&plant, &model, &d);
    int64_t a = touch(&plant, &model, 2), b = touch(&plant, &model, 2);
    assert_true(llabs(a - b) > 50 * UM);
    d.which = 9;
    plant_disturb(&plant, &model, &d); // no such corner: nothing
}

static void false_touches_are_as_rare_as_measured(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_QUASISTATIC, 0, 17);
    model.printer.z_plus.false_ppm = 19300; // D4: 11 of 570
    plant_init(&plant, &model, INT64_MIN);
    int grossly = 0;
    for (int k = 0; k < 2000; k++) {
        struct plant_probe probe;
        struct plant_pose pose = test_pose(150 * MM, 290 * MM, model.switch_nm - 6 * MM);
        plant_settle(&plant, &model, &pose, &pose, PLANT_NO_SURFACE);
        plant_z_probe(&plant, &model, &pose, 1, 9 * MM, MM, 1, &probe);
        grossly += probe.travel_nm < 3 * MM ? 1 : 0;
    }
    assert_true(grossly > 15 && grossly < 65); // 38.6 expected, sigma 6.2
}

static void bounce(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_QUASISTATIC, 0, 3);
    plant_init(&plant, &model, INT64_MIN);
    int64_t press = 0, release = 0;
    for (int k = 0; k < 200; k++) {
        int64_t p = plant_bounce_us(&plant, &model, false),
                r = plant_bounce_us(&plant, &model, true);
        press = p > press ? p : press;
        release = r > release ? r : release;
    }
    assert_true(press < 1000 && release > press && release <= model.printer.z_plus.bounce_us);
    model.printer.z_plus.kind = LAB_SWITCH_OPTICAL;
    assert_int_equal(plant_bounce_us(&plant, &model, true), 0);
}

static void chamber_moves_inductive_switches(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 3);
    model.printer.z_plus.drift_nm_k = 3500;
    model.printer.z_plus.false_ppm = 0;
    plant_init(&plant, &model, INT64_MIN);
    int64_t cold = touch(&plant, &model, 0);
    plant.heat.chamber += 10;
    assert_true(llabs(touch(&plant, &model, 0) - cold - 35 * UM) < 200); // twist takes a little
}

// Where a probe stops a watched switch is pressed, and a nanometre before none is: on straight ways, with a corner that binds, and
// where a corner that is not watched runs into its hard stop.
static void an_edge_is_the_first(void **state)
{
    (void)state;
    int edges = 0;
    for (int k = 0; k < 400; k++) {
        struct plant_model model;
        struct plant plant, before, there;
        struct plant_probe probe;
        test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
        plant_init(&plant, &model, INT64_MIN);
        int64_t top = model.switch_nm, apart = k % 4 == 3 ? 3 * MM : 400 * UM;
        struct plant_pose pose = test_pose(k * 37 % 300 * MM, k * 53 % 300 * MM, top - 5 * MM);
        for (int i = 0; i < 4; i++) {
            plant.slip_nm[i] = k * (2 * i + 3) % 29 * apart / 29;
            plant.bind_nm[i] = k % 3 == 1 && i == k % 4 ? 300 * UM : 0;
        }
        bool stopped = k % 8 == 6;
        uint32_t jammed = stopped ? 1u << k / 8 % 4 : 0;
        model.stop[k / 8 % 4] -= stopped ? (double)(model.printer.hard_stop_nm + MM) : 0;
        plant_settle(&plant, &model, &pose, &pose, PLANT_NO_SURFACE);
        before = plant;
        uint32_t moving = k % 2 == 0 ? 15u : 1u << k % 4;
        uint32_t watch = k % 4 == 3 ? 1u << k / 4 % 4 : k % 5 == 0 ? 15u : moving;
        watch &= ~jammed;
        assert_int_equal(
            plant_z_probe(&plant, &model, &pose, moving, 9 * MM, 2 * MM, watch, &probe), 0);
        assert_int_equal(probe.triggered & ~watch, 0);
        for (int early = 0; early < 2 && probe.triggered != 0; early++) {
            struct plant_pose at = pose;
            for (int i = 0; i < 4; i++) {
                at.motor_nm[i] += (moving >> i & 1u) != 0 ? probe.travel_nm - early : 0;
            }
            there = before;
            plant_settle(&there, &model, &pose, &at, PLANT_NO_SURFACE);
            assert_int_equal(there.pressed & watch, early != 0 ? 0 : probe.triggered);
        }
        edges += probe.triggered != 0 ? 1 : 0;
    }
    print_message("%d edges of 400 probes\n", edges);
    assert_true(edges > 250);
}

// Who looks ahead finds the edge that the probe then finds, as often as he looks, and leaves nothing behind but what he has drawn; another
// cut or another touch draws anew.
static void a_look_is_the_probe(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant, looked;
    struct plant_probe probe;
    int64_t travel, last = 0;
    int others = 0;
    test_model(&model, LAB_QUASISTATIC, 0, 4);
    plant_init(&plant, &model, INT64_MIN);
    struct plant_pose pose = test_pose(150 * MM, 290 * MM, model.switch_nm - MM);
    plant_settle(&plant, &model, &pose, &pose, PLANT_NO_SURFACE);
    for (int k = 0; k < 40; k++) {
        uint32_t one = 1u << k % 4;
        plant.noise.cut += k % 8 == 0 ? 1 : 0;
        looked = plant;
        assert_int_equal(plant_z_look(&looked, &model, &pose, one, 5 * MM, MM, one, &travel), 0);
        memcpy(looked.drawn, plant.drawn, sizeof plant.drawn);
        assert_memory_equal(&looked, &plant, sizeof plant);
        plant.noise.cut ^= 1u << 20; // a look before a cut is not the touch after it
        assert_int_equal(plant_z_look(&plant, &model, &pose, one, 5 * MM, MM, one, &last), 0);
        plant.noise.cut ^= 1u << 20;
        others += last != travel ? 1 : 0;
        assert_int_equal(plant_z_look(&plant, &model, &pose, one, 5 * MM, MM, one, &last), 0);
        assert_int_equal(last, travel);
        assert_int_equal(plant_z_probe(&plant, &model, &pose, one, 5 * MM, MM, one, &probe), 0);
        assert_int_equal(probe.travel_nm, travel);
        struct plant_pose there = pose;
        there.motor_nm[k % 4] = probe.motor_nm[k % 4];
        plant_settle(&plant, &model, &there, &pose, PLANT_NO_SURFACE);
    }
    assert_true(others > 35);
    assert_int_equal(plant_z_look(&plant, &model, &pose, 0, 5 * MM, MM, 1, &travel), -22);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_edge_is_the_first),
        cmocka_unit_test(a_look_is_the_probe),
        cmocka_unit_test(one_touch_has_the_switch_sigma),
        cmocka_unit_test(visits_have_their_sigmas),
        cmocka_unit_test(xy_and_nozzle_have_theirs),
        cmocka_unit_test(budget),
        cmocka_unit_test(hysteresis_and_level),
        cmocka_unit_test(probe_refuses),
        cmocka_unit_test(faults),
        cmocka_unit_test(false_touches_are_as_rare_as_measured),
        cmocka_unit_test(bounce),
        cmocka_unit_test(chamber_moves_inductive_switches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
