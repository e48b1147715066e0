// G and M codes: a table from code to handler, sorted by code.
// SPDX-License-Identifier: MIT
#include "core/plr/gcode/internal.h"

#define FLOW_MAX_PPM 10000000 ///< ten times what the file says: more is a typing error
#define FEED_MIN_PPM 10000

struct code {
    int32_t code;
    plr_modal_handler *handler;
};

static int unknown(struct plr_action *action)
{
    action->kind = PLR_ACT_UNKNOWN;
    return 0;
}

/// Understood, and nothing that a resumed move depends on.
static int ignore(struct plr_modal *modal, const struct plr_gcode_line *line,
                  struct plr_action *action)
{
    (void)modal;
    (void)line;
    (void)action;
    return 0;
}

// --- G ---------------------------------------------------------------------------------------

static int dwell(struct plr_modal *modal, const struct plr_gcode_line *line,
                 struct plr_action *action)
{
    int64_t us = plr_gcode_has(line, 'S') ? line->value['S' - 'A']
                                          : plr_div_round(plr_gcode_get(line, 'P', 0), 1000);

    (void)modal;
    action->kind = PLR_ACT_DWELL;
    action->time_us = us > 0 ? us : 0;
    return 0;
}

static int firmware_retract(struct plr_modal *modal, const struct plr_gcode_line *line,
                            struct plr_action *action)
{
    // G10 with a tool or table number sets offsets or temperatures of RepRapFirmware
    if (plr_gcode_has(line, 'P') || plr_gcode_has(line, 'L'))
        return unknown(action);
    if (line->code == 10)
        modal->flags |= PLR_MODAL_RETRACTED;
    else
        modal->flags &= ~(uint32_t)PLR_MODAL_RETRACTED;
    action->kind = PLR_ACT_RETRACT;
    return 0;
}

static int plane(struct plr_modal *modal, const struct plr_gcode_line *line,
                 struct plr_action *action)
{
    (void)action;
    modal->plane = (uint8_t)line->code;
    return 0;
}

static void set_flag(struct plr_modal *modal, uint32_t flag, bool on)
{
    modal->flags = on ? modal->flags | flag : modal->flags & ~flag;
}

static int unit(struct plr_modal *modal, const struct plr_gcode_line *line,
                struct plr_action *action)
{
    (void)action;
    set_flag(modal, PLR_MODAL_INCH, line->code == 20);
    return 0;
}

static int axis_mode(struct plr_modal *modal, const struct plr_gcode_line *line,
                     struct plr_action *action)
{
    (void)action;
    set_flag(modal, PLR_MODAL_REL_XYZ, line->code == 91);
    return 0;
}

static int home(struct plr_modal *modal, const struct plr_gcode_line *line,
                struct plr_action *action)
{
    uint32_t axes = line->present >> ('X' - 'A') & 7u;

    action->kind = PLR_ACT_HOME;
    action->axes = axes ? axes : 7u;
    for (int i = PLR_X; i <= PLR_Z; i++) {
        if (!((action->axes >> i) & 1u))
            continue;
        modal->at_nm[i] += modal->g92_nm[i]; // homing forgets what G92 shifted
        modal->g92_nm[i] = 0;
    }
    return 0;
}

/// G92: the machine stands still, the file's coordinates move. Bare G92 makes all of them zero.
static int set_position(struct plr_modal *modal, const struct plr_gcode_line *line,
                        struct plr_action *action)
{
    static const char letters[PLR_AXES] = {'X', 'Y', 'Z', 'E'};
    bool bare = true;

    if (line->sub > 1)
        return unknown(action);
    for (int i = 0; i < PLR_AXES; i++)
        bare = bare && !plr_gcode_has(line, letters[i]);
    for (int i = 0; i < PLR_AXES; i++) {
        int64_t at = plr_modal_length(modal, plr_gcode_get(line, letters[i], 0));
        if (line->sub == 1) { // back to machine coordinates; E has none
            at = i == PLR_E ? modal->at_nm[i] : modal->at_nm[i] + modal->g92_nm[i];
        } else if (!bare && !plr_gcode_has(line, letters[i])) {
            continue;
        }
        modal->g92_nm[i] += modal->at_nm[i] - at;
        modal->at_nm[i] = at;
    }
    return 0;
}

static const struct code g_codes[] = {
    {0, plr_modal_motion},
    {1, plr_modal_motion},
    {2, plr_modal_motion},
    {3, plr_modal_motion},
    {4, dwell},
    {10, firmware_retract},
    {11, firmware_retract},
    {17, plane},
    {18, plane},
    {19, plane},
    {20, unit},
    {21, unit},
    {28, home},
    {29, ignore},
    {90, axis_mode},
    {91, axis_mode},
    {92, set_position},
};

// --- M ---------------------------------------------------------------------------------------

static int end(struct plr_modal *modal, const struct plr_gcode_line *line,
               struct plr_action *action)
{
    (void)modal;
    (void)line;
    action->kind = PLR_ACT_END;
    return 0;
}

static int e_mode(struct plr_modal *modal, const struct plr_gcode_line *line,
                  struct plr_action *action)
{
    (void)action;
    set_flag(modal, PLR_MODAL_REL_E, line->code == 83);
    return 0;
}

/// Set `heater` from S or R and, for the codes that wait, wait.
static int heat(struct plr_modal *modal, const struct plr_gcode_line *line,
                struct plr_action *action, int heater, bool wait)
{
    bool cool = wait && plr_gcode_has(line, 'R') && !plr_gcode_has(line, 'S');

    if (plr_gcode_has(line, 'S') || cool)
        plr_modal_heat(modal, heater, line->value[(cool ? 'R' : 'S') - 'A']);
    if (wait)
        plr_modal_wait(modal, heater, cool, action);
    return 0;
}

static int nozzle(struct plr_modal *modal, const struct plr_gcode_line *line,
                  struct plr_action *action)
{
    int64_t tool = plr_gcode_get(line, 'T', (int64_t)modal->tool * 1000000) / 1000000;

    if (tool < 0 || tool >= PLR_TOOL_MAX)
        return unknown(action);
    return heat(modal, line, action, 1 + (int)tool, line->code == 109);
}

static int bed(struct plr_modal *modal, const struct plr_gcode_line *line,
               struct plr_action *action)
{
    return heat(modal, line, action, 0, line->code == 190);
}

static int chamber(struct plr_modal *modal, const struct plr_gcode_line *line,
                   struct plr_action *action)
{
    return heat(modal, line, action, -1, line->code == 191);
}

static int fan(struct plr_modal *modal, const struct plr_gcode_line *line,
               struct plr_action *action)
{
    int64_t index = plr_gcode_get(line, 'P', 0) / 1000000;
    int64_t speed = line->code == 107 ? 0 : plr_gcode_get(line, 'S', 255 * INT64_C(1000000));

    (void)action;
    if (index >= 0 && index < PLR_FAN_MAX)
        modal->fan_ppm[index] =
            (int32_t)plr_clamp(plr_div_round(plr_clamp(speed, 0, 255000000), 255), 0, PLR_PPM);
    return 0;
}

/// S, or the smaller of P and T, or P alone. T alone is about travel, which is not kept apart.
static int acceleration(struct plr_modal *modal, const struct plr_gcode_line *line,
                        struct plr_action *action)
{
    int64_t value = plr_gcode_get(line, 'P', 0);

    (void)action;
    if (plr_gcode_has(line, 'P') && plr_gcode_has(line, 'T') && line->value['T' - 'A'] < value)
        value = line->value['T' - 'A'];
    value = plr_modal_length(modal, plr_gcode_get(line, 'S', value));
    if (value > 0)
        modal->accel_um_s2 = (int32_t)plr_clamp(plr_div_round(value, 1000), 1, INT32_MAX);
    return 0;
}

static int factor(struct plr_modal *modal, const struct plr_gcode_line *line,
                  struct plr_action *action)
{
    (void)action;
    if (!plr_gcode_has(line, 'S'))
        return 0;
    int64_t ppm = plr_div_round(line->value['S' - 'A'], 100);
    if (line->code == 220)
        modal->feed_ppm = (int32_t)plr_clamp(ppm, FEED_MIN_PPM, FLOW_MAX_PPM);
    else
        modal->flow_ppm = (int32_t)plr_clamp(ppm, 0, FLOW_MAX_PPM);
    return 0;
}

/// Babystepping moves the machine and leaves the file's coordinates.
static int babystep(struct plr_modal *modal, const struct plr_gcode_line *line,
                    struct plr_action *action)
{
    int64_t offset[3];

    for (int i = 0; i < 3; i++)
        offset[i] =
            modal->offset_nm[i] + plr_modal_length(modal, plr_gcode_get(line, (char)('X' + i), 0));
    if (!plr_gcode_has(line, 'Z'))
        offset[PLR_Z] += plr_modal_length(modal, plr_gcode_get(line, 'S', 0));
    return plr_modal_shift(modal, offset, true, action);
}

static int sync(struct plr_modal *modal, const struct plr_gcode_line *line,
                struct plr_action *action)
{
    (void)modal;
    (void)line;
    action->kind = PLR_ACT_SYNC;
    return 0;
}

/// M900 K: linear advance, in seconds.
static int advance(struct plr_modal *modal, const struct plr_gcode_line *line,
                   struct plr_action *action)
{
    (void)action;
    if (plr_gcode_has(line, 'K'))
        modal->advance_us = (int32_t)plr_clamp(line->value['K' - 'A'], 0, INT32_MAX);
    return 0;
}

/// Volumetric extrusion changes what E means; switching it off is harmless.
static int volumetric(struct plr_modal *modal, const struct plr_gcode_line *line,
                      struct plr_action *action)
{
    (void)modal;
    bool on = plr_gcode_get(line, plr_gcode_has(line, 'S') ? 'S' : 'D', 0) != 0;

    return on ? unknown(action) : 0;
}

static int object(struct plr_modal *modal, const struct plr_gcode_line *line,
                  struct plr_action *action)
{
    return plr_modal_object(modal, line, action);
}

static const struct code m_codes[] = {
    {2, end},          {17, ignore},   {18, ignore},    {20, ignore},        {21, ignore},
    {22, ignore},      {23, ignore},   {24, ignore},    {25, ignore},        {26, ignore},
    {27, ignore},      {30, end},      {31, ignore},    {73, ignore},        {75, ignore},
    {76, ignore},      {77, ignore},   {82, e_mode},    {83, e_mode},        {84, ignore},
    {104, nozzle},     {105, ignore},  {106, fan},      {107, fan},          {109, nozzle},
    {110, ignore},     {114, ignore},  {115, ignore},   {117, ignore},       {118, ignore},
    {140, bed},        {141, chamber}, {155, ignore},   {190, bed},          {191, chamber},
    {200, volumetric}, {201, ignore},  {203, ignore},   {204, acceleration}, {205, ignore},
    {220, factor},     {221, factor},  {290, babystep}, {300, ignore},       {400, sync},
    {413, ignore},     {486, object},  {862, ignore},   {900, advance},
};

static int dispatch(const struct code *codes, size_t count, struct plr_modal *modal,
                    const struct plr_gcode_line *line, struct plr_action *action)
{
    size_t low = 0, high = count;

    PLR_ASSERT(count);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (codes[middle].code < line->code)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == count || codes[low].code != line->code)
        return unknown(action);
    return codes[low].handler(modal, line, action);
}

int plr_modal_g(struct plr_modal *modal, const struct plr_gcode_line *line,
                struct plr_action *action)
{
    if (line->sub && line->code != 92)
        return unknown(action);
    if (line->code <= 3) // nine lines of ten
        return plr_modal_motion(modal, line, action);
    return dispatch(g_codes, sizeof g_codes / sizeof *g_codes, modal, line, action);
}

int plr_modal_m(struct plr_modal *modal, const struct plr_gcode_line *line,
                struct plr_action *action)
{
    if (line->sub && line->code != 862)
        return unknown(action);
    return dispatch(m_codes, sizeof m_codes / sizeof *m_codes, modal, line, action);
}
