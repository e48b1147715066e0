// Saved states: what is encoded comes back field by field, and what makes no sense is refused.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/plr/plr.h"

#include <string.h>

/// A state in which every field differs from its neighbours and from zero.
static struct plr_state sample(void)
{
    struct plr_state state;

    memset(&state, 0, sizeof state);
    struct plr_modal *modal = &state.modal;
    plr_modal_init(modal);
    for (int i = 0; i < PLR_AXES; i++) {
        modal->at_nm[i] = INT64_C(123456789) * (i + 1) * (i % 2 ? -1 : 1);
        modal->g92_nm[i] = -(i + 11) * INT64_C(1000003);
        modal->nozzle_mc[i] = 200000 + i;
        modal->fan_ppm[i] = 250000 * i + 7;
        state.progress.machine_nm[i] = (i + 1) * INT64_C(-98765432);
        state.progress.z_motor_nm[i] = 300000000 + i * 17;
        state.progress.z_phase_nm[i] = 1000 + i;
    }
    for (int i = 0; i < 3; i++)
        modal->offset_nm[i] = -50000 + i;
    modal->feed_nm_s = 123456789;
    modal->feed_ppm = 950001;
    modal->flow_ppm = 1040001;
    modal->accel_um_s2 = 3000001;
    modal->velocity_um_s = 250001;
    modal->corner_um_s = -1;
    modal->advance_us = 45001;
    modal->bed_mc = 105001;
    modal->chamber_mc = 50001;
    modal->reached_z_nm = 30000001;
    modal->tallest_nm = 45000001;
    modal->retract_nm = 800001;
    modal->flags = PLR_MODAL_REL_E | PLR_MODAL_EXTRUDED | PLR_MODAL_MARKED;
    modal->tool = 3;
    modal->motion = 2;
    modal->plane = 18;
    strcpy(modal->mesh, "sixteen_letters_");
    modal->layer = (struct plr_layer){149, -1, 30000000, 200001, 12, true};
    state.progress.file_offset = 1000;
    state.progress.fraction_ppm = 999999;
    state.progress.feed_nm_s = 54321;
    state.session = 0xdeadbeef;
    state.flags = PLR_STATE_BRAKING | PLR_STATE_LIFTING;
    state.print_us = UINT64_C(0x0102030405060708);
    state.job.size = 990256;
    state.job.name_hash = 0x12345678;
    strcpy(state.job.name, "a/path/of/forty-seven/characters/in/all/x.gcode");
    state.window_at = 900;
    state.window_size = 512;
    state.window_crc = 0xcafe0001;
    return state;
}

static void test_round_trip(void **unused)
{
    uint8_t bytes[PLR_STATE_BYTES], again[PLR_STATE_BYTES];
    struct plr_state state = sample(), back;

    (void)unused;
    assert_int_equal(strlen(state.job.name), 47);
    assert_int_equal(plr_state_check(&state), 0);
    uint32_t size = plr_state_encode(&state, bytes);
    assert_true(size <= PLR_STATE_BYTES);
    memset(&back, 0x55, sizeof back);
    assert_int_equal(plr_state_decode(&back, bytes, size), 0);
    assert_int_equal(plr_state_check(&back), 0);
    assert_memory_equal(back.modal.at_nm, state.modal.at_nm, sizeof state.modal.at_nm);
    assert_memory_equal(back.progress.machine_nm, state.progress.machine_nm,
                        sizeof state.progress.machine_nm);
    assert_int_equal(back.modal.plane, 18);
    assert_int_equal(back.modal.corner_um_s, -1);
    assert_true(back.modal.layer.pending);
    assert_string_equal(back.job.name, state.job.name);
    assert_int_equal(back.print_us, state.print_us);
    assert_int_equal(plr_state_encode(&back, again), size);
    assert_memory_equal(again, bytes, size);
}

/// Flip a bit of any saved byte, and what is decoded and saved again has it flipped: no byte is dead, none is read twice.
/// But for texts (their end hides what follows) and the one flag that is a byte.
static void test_every_byte_counts(void **unused)
{
    uint8_t bytes[PLR_STATE_BYTES], again[PLR_STATE_BYTES];
    struct plr_state state = sample(), back;
    uint32_t size = plr_state_encode(&state, bytes), same = 0;

    (void)unused;
    for (uint32_t at = 4; at < size; at++) {
        bytes[at] ^= 1;
        if (plr_state_decode(&back, bytes, size) == 0) {
            (void)plr_state_encode(&back, again);
            same += !memcmp(again, bytes, size);
        }
        bytes[at] ^= 1;
    }
    assert_int_equal(same, size - 4 - 2); // the two that end mesh and name
}

/// Bytes do not depend on the machine: the beginning of a known state.
static void test_bytes(void **unused)
{
    static const uint8_t wanted[] = {0x03, 0x00, 0x7d, 0x01, 0x15, 0xcd, 0x5b, 0x07, 0x00, 0x00,
                                     0x00, 0x00, 0xd6, 0x65, 0x48, 0xf1, 0xff, 0xff, 0xff, 0xff};
    uint8_t bytes[PLR_STATE_BYTES];
    struct plr_state state = sample();

    (void)unused;
    assert_int_equal(plr_state_encode(&state, bytes), 0x17d);
    assert_memory_equal(bytes, wanted, sizeof wanted);
}

static void test_refuses(void **unused)
{
    uint8_t bytes[PLR_STATE_BYTES + 1] = {0};
    struct plr_state state = sample(), back;
    uint32_t size = plr_state_encode(&state, bytes);

    (void)unused;
    assert_int_equal(plr_state_decode(&back, bytes, size - 1), PLR_EBADMSG);
    assert_int_equal(plr_state_decode(&back, bytes, size + 1), PLR_EBADMSG);
    assert_int_equal(plr_state_decode(&back, bytes, 0), PLR_EBADMSG);
    bytes[0]++;
    assert_int_equal(plr_state_decode(&back, bytes, size), PLR_EBADMSG);
    bytes[0]--;
    bytes[2]++;
    assert_int_equal(plr_state_decode(&back, bytes, size), PLR_EBADMSG);
    bytes[2]--;
    assert_int_equal(plr_state_decode(&back, bytes, size), 0);
}

#define IMPLAUSIBLE(assignment)                                 \
    do {                                                        \
        struct plr_state state = sample();                      \
        assignment;                                             \
        assert_int_equal(plr_state_check(&state), PLR_EBADMSG); \
    } while (0)

static void test_check(void **unused)
{
    (void)unused;
    IMPLAUSIBLE(state.progress.fraction_ppm = -1);
    IMPLAUSIBLE(state.progress.fraction_ppm = PLR_PPM + 1);
    IMPLAUSIBLE(state.progress.file_offset = state.job.size);
    IMPLAUSIBLE(state.progress.machine_nm[PLR_Z] = INT64_C(2000000001));
    IMPLAUSIBLE(state.progress.z_motor_nm[2] = INT32_MIN);
    IMPLAUSIBLE(state.progress.z_phase_nm[0] = -1);
    IMPLAUSIBLE(state.progress.feed_nm_s = -1);
    IMPLAUSIBLE(state.modal.at_nm[PLR_X] = INT64_C(3000000000));
    IMPLAUSIBLE(state.modal.at_nm[PLR_E] = INT64_MAX);
    IMPLAUSIBLE(state.modal.g92_nm[PLR_X] = INT64_MIN);
    IMPLAUSIBLE(state.modal.feed_nm_s = 0);
    IMPLAUSIBLE(state.modal.feed_ppm = 0);
    IMPLAUSIBLE(state.modal.flow_ppm = -1);
    IMPLAUSIBLE(state.modal.nozzle_mc[1] = 1000001);
    IMPLAUSIBLE(state.modal.bed_mc = -1);
    IMPLAUSIBLE(state.modal.fan_ppm[3] = PLR_PPM + 1);
    IMPLAUSIBLE(state.modal.tool = PLR_TOOL_MAX);
    IMPLAUSIBLE(state.modal.motion = 4);
    IMPLAUSIBLE(state.modal.plane = 16);
    IMPLAUSIBLE(state.modal.flags = 1u << 31);
    IMPLAUSIBLE(state.modal.retract_nm = -1);
    IMPLAUSIBLE(state.modal.layer.number = -2);
    IMPLAUSIBLE(state.modal.mesh[16] = 'x');
    IMPLAUSIBLE(state.flags = 1u << 30);
    IMPLAUSIBLE(state.window_at = state.job.size + 1);
    IMPLAUSIBLE(state.window_size = (uint32_t)state.job.size);
    IMPLAUSIBLE(state.job.name[47] = 'x');
    struct plr_state zero;
    memset(&zero, 0, sizeof zero);
    assert_int_equal(plr_state_check(&zero), PLR_EBADMSG);
}

/// Any bytes of the right length: decoded or refused, never more.
static void test_random_bytes(void **unused)
{
    uint8_t bytes[PLR_STATE_BYTES];
    struct plr_state state = sample(), back;
    uint32_t size = plr_state_encode(&state, bytes);
    uint64_t seed = 3;

    (void)unused;
    for (int i = 0; i < 20000 / PLR_TEST_THIN; i++) {
        for (uint32_t at = 4; at < size; at++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            bytes[at] = (uint8_t)(seed >> 33);
        }
        if (plr_state_decode(&back, bytes, size) == 0)
            (void)plr_state_check(&back);
    }
}

static void test_calibration(void **unused)
{
    struct plr_calibration calibration = {.trigger_nm = {400000001, 400000002, -3, 4},
                                          .nozzle_mc = 150001,
                                          .bed_mc = 60001,
                                          .chamber_mc = INT32_MIN,
                                          .config_hash = 77,
                                          .z_motors = 4};
    struct plr_calibration back;
    uint8_t bytes[64];

    (void)unused;
    uint32_t size = plr_calibration_encode(&calibration, bytes);
    assert_true(size <= sizeof bytes);
    assert_int_equal(plr_calibration_decode(&back, bytes, size), 0);
    assert_memory_equal(back.trigger_nm, calibration.trigger_nm, sizeof back.trigger_nm);
    assert_int_equal(back.nozzle_mc, 150001);
    assert_int_equal(back.bed_mc, 60001);
    assert_int_equal(back.chamber_mc, INT32_MIN);
    assert_int_equal(back.config_hash, 77);
    assert_int_equal(back.z_motors, 4);
    assert_int_equal(plr_calibration_decode(&back, bytes, size - 1), PLR_EBADMSG);
    bytes[0] = 9;
    assert_int_equal(plr_calibration_decode(&back, bytes, size), PLR_EBADMSG);
    bytes[0] = 1;
    calibration.z_motors = 5;
    size = plr_calibration_encode(&calibration, bytes);
    assert_int_equal(plr_calibration_decode(&back, bytes, size), PLR_EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),  cmocka_unit_test(test_every_byte_counts),
        cmocka_unit_test(test_bytes),       cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_check),       cmocka_unit_test(test_random_bytes),
        cmocka_unit_test(test_calibration),
    };
    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
