// Saved states as bytes: encode, decode, and whether one makes sense. docs/JOURNAL.md has the layout.
// SPDX-License-Identifier: MIT
#include "core/plr/plr.h"

#include <string.h>

#define STATE_VERSION       3u
#define CALIBRATION_VERSION 2u

// Bytes of all fields; an assertion in the encoders holds them together.
#define STATE_LENGTH       381u
#define CALIBRATION_LENGTH 60u

#define XYZ_MAX_NM  INT64_C(2000000000)
#define FACTOR_MAX  10000000
#define HEAT_MAX_MC 1000000

/// One walk over the fields serves both ways, so that they cannot drift apart.
struct codec {
    uint8_t *out;      ///< encoding: where the next byte goes
    const uint8_t *in; ///< decoding: where it comes from
    uint32_t at, size;
};

/// Move `bytes` bytes, the least significant first: of `value` onto the medium, or from there as the result.
static uint64_t number(struct codec *codec, uint64_t value, uint32_t bytes)
{
    uint64_t result = 0;

    PLR_ASSERT(codec->at + bytes <= codec->size);
    for (uint32_t i = 0; i < bytes; i++, codec->at++) {
        if (codec->out)
            codec->out[codec->at] = (uint8_t)(value >> (8 * i));
        else
            result |= (uint64_t)codec->in[codec->at] << (8 * i);
    }
    return codec->out ? value : result;
}

// Encoding must not write to the fields, not even their own value: the state may be in read-only memory.

static void put_u8(struct codec *codec, uint8_t *value)
{
    uint64_t moved = number(codec, *value, 1);
    if (!codec->out)
        *value = (uint8_t)moved;
}

static void put_u32(struct codec *codec, uint32_t *value)
{
    uint64_t moved = number(codec, *value, 4);
    if (!codec->out)
        *value = (uint32_t)moved;
}

static void put_u64(struct codec *codec, uint64_t *value)
{
    uint64_t moved = number(codec, *value, 8);
    if (!codec->out)
        *value = moved;
}

static void put_i32s(struct codec *codec, int32_t *values, int count)
{
    for (int i = 0; i < count; i++) {
        uint64_t moved = number(codec, (uint32_t)values[i], 4);
        if (!codec->out)
            values[i] = (int32_t)(uint32_t)moved;
    }
}

static void put_i32(struct codec *codec, int32_t *value)
{
    put_i32s(codec, value, 1);
}

static void put_i64s(struct codec *codec, int64_t *values, int count)
{
    for (int i = 0; i < count; i++) {
        uint64_t moved = number(codec, (uint64_t)values[i], 8);
        if (!codec->out)
            values[i] = (int64_t)moved;
    }
}

/// Text of a fixed width; what is behind its end is written as zeros.
static void put_text(struct codec *codec, char *text, uint32_t width)
{
    bool ended = false;

    for (uint32_t i = 0; i < width; i++) {
        ended = ended || (codec->out && !text[i]);
        char c = (char)(uint8_t)number(codec, ended ? 0 : (uint8_t)text[i], 1);
        if (!codec->out)
            text[i] = c;
    }
}

static void put_layer(struct codec *codec, struct plr_layer *layer)
{
    uint8_t pending = layer->pending;

    put_i32(codec, &layer->number);
    put_i32(codec, &layer->stated);
    put_i32(codec, &layer->z_nm);
    put_i32(codec, &layer->height_nm);
    put_i32(codec, &layer->moves);
    put_u8(codec, &pending);
    if (!codec->out)
        layer->pending = pending != 0;
}

static void put_modal(struct codec *codec, struct plr_modal *modal)
{
    put_i64s(codec, modal->at_nm, PLR_AXES);
    put_i64s(codec, modal->g92_nm, PLR_AXES);
    put_i32s(codec, modal->offset_nm, 3);
    put_i32(codec, &modal->feed_nm_s);
    put_i32(codec, &modal->feed_ppm);
    put_i32(codec, &modal->flow_ppm);
    put_i32(codec, &modal->accel_um_s2);
    put_i32(codec, &modal->velocity_um_s);
    put_i32(codec, &modal->corner_um_s);
    put_i32(codec, &modal->advance_us);
    put_i32s(codec, modal->nozzle_mc, PLR_TOOL_MAX);
    put_i32(codec, &modal->bed_mc);
    put_i32(codec, &modal->chamber_mc);
    put_i32s(codec, modal->fan_ppm, PLR_FAN_MAX);
    put_i32(codec, &modal->reached_z_nm);
    put_i32(codec, &modal->tallest_nm);
    put_i32(codec, &modal->retract_nm);
    put_u32(codec, &modal->flags);
    put_u32(codec, &modal->object);
    put_u8(codec, &modal->tool);
    put_u8(codec, &modal->motion);
    put_u8(codec, &modal->plane);
    put_text(codec, modal->mesh, sizeof modal->mesh);
    put_layer(codec, &modal->layer);
}

static void put_progress(struct codec *codec, struct plr_progress *progress)
{
    put_u64(codec, &progress->file_offset);
    put_i32(codec, &progress->fraction_ppm);
    put_i64s(codec, progress->machine_nm, PLR_AXES);
    put_i32s(codec, progress->z_motor_nm, PLR_Z_MAX);
    put_i32s(codec, progress->z_phase_nm, PLR_Z_MAX);
    put_i32(codec, &progress->feed_nm_s);
}

/// Version, then the length of all, then every field. Returns false when version or length are not ours.
static bool put_state(struct codec *codec, struct plr_state *state, uint32_t length)
{
    uint64_t version = number(codec, STATE_VERSION, 1);

    (void)number(codec, 0, 1);
    if (version != STATE_VERSION || number(codec, length, 2) != length)
        return false;
    put_modal(codec, &state->modal);
    put_progress(codec, &state->progress);
    put_u32(codec, &state->session);
    put_u32(codec, &state->flags);
    put_u64(codec, &state->print_us);
    put_u64(codec, &state->job.size);
    put_u32(codec, &state->job.name_hash);
    put_text(codec, state->job.name, sizeof state->job.name);
    put_u64(codec, &state->window_at);
    put_u32(codec, &state->window_size);
    put_u32(codec, &state->window_crc);
    return true;
}

uint32_t plr_state_encode(const struct plr_state *state, uint8_t out[PLR_STATE_BYTES])
{
    struct codec codec = {.out = out, .size = PLR_STATE_BYTES};
    union {
        const struct plr_state *in;
        struct plr_state *walked; // only decoding writes to it
    } either = {.in = state};

    PLR_ASSERT(state && out);
    bool done = put_state(&codec, either.walked, STATE_LENGTH);
    PLR_ASSERT(done && codec.at == STATE_LENGTH);
    return codec.at;
}

int plr_state_decode(struct plr_state *state, const uint8_t *data, uint32_t size)
{
    struct codec codec = {.in = data, .size = size};

    PLR_ASSERT(state && data);
    memset(state, 0, sizeof *state);
    if (size != STATE_LENGTH || !put_state(&codec, state, STATE_LENGTH))
        return PLR_EBADMSG;
    if (state->modal.mesh[sizeof state->modal.mesh - 1] ||
        state->job.name[sizeof state->job.name - 1])
        return PLR_EBADMSG;
    return 0;
}

static void put_calibration(struct codec *codec, struct plr_calibration *calibration)
{
    put_u8(codec, &calibration->z_motors);
    put_i32s(codec, calibration->trigger_nm, PLR_Z_MAX);
    put_i32s(codec, calibration->release_nm, PLR_Z_MAX);
    put_i32(codec, &calibration->nozzle_mc);
    put_i32(codec, &calibration->bed_mc);
    put_i32(codec, &calibration->chamber_mc);
    put_u32(codec, &calibration->config_hash);
    put_u64(codec, &calibration->made_s);
}

uint32_t plr_calibration_encode(const struct plr_calibration *calibration, uint8_t out[64])
{
    struct codec codec = {.out = out, .size = 64};
    struct plr_calibration copy = *calibration;

    (void)number(&codec, CALIBRATION_VERSION, 1);
    (void)number(&codec, CALIBRATION_LENGTH, 2);
    put_calibration(&codec, &copy);
    PLR_ASSERT(codec.at == CALIBRATION_LENGTH);
    return codec.at;
}

int plr_calibration_decode(struct plr_calibration *calibration, const uint8_t *data, uint32_t size)
{
    struct codec codec = {.in = data, .size = size};

    PLR_ASSERT(calibration && data);
    memset(calibration, 0, sizeof *calibration);
    if (size != CALIBRATION_LENGTH || number(&codec, 0, 1) != CALIBRATION_VERSION ||
        number(&codec, 0, 2) != CALIBRATION_LENGTH)
        return PLR_EBADMSG;
    put_calibration(&codec, calibration);
    if (calibration->z_motors < 1 || calibration->z_motors > PLR_Z_MAX)
        return PLR_EBADMSG;
    return 0;
}

// --- plausibility ----------------------------------------------------------------------------

static bool within(int64_t value, int64_t low, int64_t high)
{
    return value >= low && value <= high;
}

static bool all_within(const int32_t *values, int count, int32_t low, int32_t high)
{
    for (int i = 0; i < count; i++)
        if (!within(values[i], low, high))
            return false;
    return true;
}

static bool on_machine(const int64_t machine_nm[PLR_AXES])
{
    for (int i = PLR_X; i <= PLR_Z; i++)
        if (!within(machine_nm[i], -XYZ_MAX_NM, XYZ_MAX_NM))
            return false;
    return true;
}

static bool layer_plausible(const struct plr_layer *layer)
{
    return layer->number >= -1 && layer->stated >= -1 && layer->moves >= 0 &&
           within(layer->z_nm, -XYZ_MAX_NM, XYZ_MAX_NM) &&
           within(layer->height_nm, -XYZ_MAX_NM, XYZ_MAX_NM);
}

static bool heat_plausible(const struct plr_modal *modal)
{
    return all_within(modal->nozzle_mc, PLR_TOOL_MAX, 0, HEAT_MAX_MC) &&
           within(modal->bed_mc, 0, HEAT_MAX_MC) && within(modal->chamber_mc, 0, HEAT_MAX_MC) &&
           all_within(modal->fan_ppm, PLR_FAN_MAX, 0, PLR_PPM);
}

static bool modal_plausible(const struct plr_modal *modal)
{
    const uint32_t flags = (PLR_MODAL_MARKED << 1) - 1u;

    for (int i = 0; i < PLR_AXES; i++) // before the sums below
        if (!within(modal->at_nm[i], -INT64_MAX / 4, INT64_MAX / 4) ||
            !within(modal->g92_nm[i], -INT64_MAX / 4, INT64_MAX / 4))
            return false;
    int64_t machine[PLR_AXES];
    plr_modal_machine(modal, machine);
    return on_machine(machine) && modal->feed_nm_s > 0 && within(modal->feed_ppm, 1, FACTOR_MAX) &&
           within(modal->flow_ppm, 0, FACTOR_MAX) && modal->accel_um_s2 >= 0 &&
           modal->velocity_um_s >= 0 && modal->corner_um_s >= -1 && modal->advance_us >= 0 &&
           within(modal->reached_z_nm, -XYZ_MAX_NM, XYZ_MAX_NM) &&
           within(modal->tallest_nm, -XYZ_MAX_NM, XYZ_MAX_NM) && modal->retract_nm >= 0 &&
           !(modal->flags & ~flags) && modal->tool < PLR_TOOL_MAX && modal->motion <= 3 &&
           within(modal->plane, 17, 19) && !modal->mesh[sizeof modal->mesh - 1] &&
           heat_plausible(modal) && layer_plausible(&modal->layer);
}

int plr_state_check(const struct plr_state *state)
{
    const struct plr_progress *progress = &state->progress;
    const uint32_t flags = (PLR_STATE_BLIND << 1) - 1u;

    PLR_ASSERT(state);
    bool good =
        modal_plausible(&state->modal) && within(progress->fraction_ppm, 0, PLR_PPM) &&
        on_machine(progress->machine_nm) && progress->feed_nm_s >= 0 &&
        all_within(progress->z_motor_nm, PLR_Z_MAX, (int32_t)-XYZ_MAX_NM, (int32_t)XYZ_MAX_NM) &&
        all_within(progress->z_phase_nm, PLR_Z_MAX, 0, INT32_MAX) &&
        progress->file_offset < state->job.size && !(state->flags & ~flags) &&
        state->window_at <= state->job.size &&
        state->window_size <= state->job.size - state->window_at &&
        !state->job.name[sizeof state->job.name - 1];
    return good ? 0 : PLR_EBADMSG;
}
