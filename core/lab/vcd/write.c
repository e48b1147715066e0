// A trace as a value change dump.
// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/doc/units.h"
#include "core/lab/vcd/internal.h"

// --- windows ---------------------------------------------------------------------------------------------------

static int around(const struct lab_trace *trace, int64_t number, struct lab_vcd_window *out,
                  struct lab_error *err)
{
    if (number < 1 || (uint64_t)number > trace->cuts) {
        lab_error_at_file(err, NULL, "there is no cut %" PRId64 ": the trace has %zu", number,
                          trace->cuts);
        return LAB_EINVAL;
    }
    const struct lab_trace_cut *cut = &trace->cut[number - 1];
    int64_t dark = cut->logic_us > cut->mains_us ? cut->logic_us : cut->mains_us;
    out->from_us = cut->mains_us - LAB_VCD_AROUND_US;
    out->to_us = dark + LAB_VCD_AROUND_US;
    return 0;
}

static int stretch(const char *text, struct lab_vcd_window *out, struct lab_error *err)
{
    const char *dots = strstr(text, "..");
    char from[32];

    if (dots && dots > text && (size_t)(dots - text) < sizeof from) {
        memcpy(from, text, (size_t)(dots - text));
        from[dots - text] = '\0';
        if (!lab_quantity_parse(from, LAB_TIME, &out->from_us, NULL) &&
            !lab_quantity_parse(dots + 2, LAB_TIME, &out->to_us, NULL) && out->from_us >= 0 &&
            out->from_us < out->to_us)
            return 0;
    }
    lab_error_at_file(err, NULL,
                      "a window is cut, cut:N or FROM..TO with units (2231s..2232.5s), not '%.40s'",
                      text);
    return LAB_EINVAL;
}

int lab_vcd_window(const char *text, const struct lab_trace *trace, struct lab_vcd_window *out,
                   struct lab_error *err)
{
    char *end;

    *out = (struct lab_vcd_window){.from_us = 1, .to_us = 0, .whole = !text[0]};
    if (!text[0])
        return trace->cuts ? around(trace, 1, out, err) : 0;
    if (!strcmp(text, "cut"))
        return around(trace, 1, out, err);
    if (strncmp(text, "cut:", 4) != 0)
        return stretch(text, out, err);
    int64_t number = strtoll(text + 4, &end, 10);
    return around(trace, *end || end == text + 4 ? 0 : number, out, err);
}

// --- collecting ------------------------------------------------------------------------------------------------

int vcd_signal(struct vcd *vcd, const char *name, enum vcd_kind kind)
{
    struct vcd_signal *signal = &vcd->signal[vcd->signals];

    signal->kind = kind;
    snprintf(signal->name, sizeof signal->name, "%.*s", LAB_TRACE_KEY - 1, name);
    for (char *c = signal->name; *c; c++) // a name of a bench may hold anything
        if (*c <= ' ' || *c > '~' || *c == '$')
            *c = '_';
    return vcd->signals++;
}

void vcd_change(struct vcd *vcd, int signal, int64_t t_us, int64_t value)
{
    if (vcd->error)
        return;
    if (vcd->changes == vcd->room) {
        size_t room = vcd->room ? vcd->room * 2 : 1 << 12;
        struct vcd_change *grown =
            room > VCD_CHANGES_MAX ? NULL : realloc(vcd->change, room * sizeof *grown);
        if (!grown) {
            vcd->error = room > VCD_CHANGES_MAX ? LAB_EFBIG : LAB_ENOMEM;
            return;
        }
        vcd->change = grown;
        vcd->room = room;
    }
    vcd->change[vcd->changes] =
        (struct vcd_change){t_us, value, (uint32_t)vcd->changes, (uint16_t)signal};
    vcd->changes++;
}

static void add_power(struct vcd *vcd)
{
    static const char *const names[] = {"mains", "power_fail", "rail_24v", "logic", "firmware"};
    const struct lab_trace *t = vcd->trace;
    int first = vcd->signals, motors;
    bool inside = lab_trace_sees_inside(t);

    for (int i = 0; i < 5; i++)
        (void)vcd_signal(vcd, names[i], VCD_WIRE);
    motors = vcd_signal(vcd, "motors_xy", VCD_WIRE);
    (void)vcd_signal(vcd, "motors_z", VCD_WIRE);
    for (size_t i = 0; i < t->powers; i++) {
        const struct lab_trace_power *p = &t->power[i];
        for (int k = 0; k < 5; k++)
            if (inside || 1u << k != LAB_TRACE_FAIL)
                vcd_change(vcd, first + k, p->t_us, (p->bits >> k) & 1);
        if (!inside) // nobody knows: x to the end
            continue;
        vcd_change(vcd, motors, p->t_us, (p->motors >> 7) & 1);
        vcd_change(vcd, motors + 1, p->t_us, (p->motors & 0x7f) != 0);
    }
}

/// Relays and inputs of a bench are called anything: "mains", as the supply itself.
static void add_lines(struct vcd *vcd)
{
    static const char *const before[] = {
        [LAB_TRACE_ENDSTOP] = "", [LAB_TRACE_RELAY] = "relay_", [LAB_TRACE_INPUT] = "sense_"};
    const struct lab_trace *t = vcd->trace;
    int first = vcd->signals;
    char name[2 * LAB_TRACE_KEY];

    for (size_t i = 0; i < t->lines; i++) {
        snprintf(name, sizeof name, "%s%s", before[t->line[i].role], t->line[i].name);
        (void)vcd_signal(vcd, name[0] ? name : "line", VCD_WIRE);
    }
    for (size_t i = 0; i < t->level_count; i++)
        for (int k = 0; k < (int)t->lines; k++)
            vcd_change(vcd, first + k, t->levels[i].t_us, (t->levels[i].bits >> k) & 1);
}

static void add_memory(struct vcd *vcd)
{
    const struct lab_trace *t = vcd->trace;
    int busy = vcd_signal(vcd, "nv_busy", VCD_WIRE);

    vcd_change(vcd, busy, INT64_MIN, 0);
    for (size_t i = 0; i < t->nvs; i++) {
        vcd_change(vcd, busy, t->nv[i].t_us, 1);
        vcd_change(vcd, busy, t->nv[i].t_us + t->nv[i].duration_us, 0);
    }
}

/// Words. sigrok (libsigrok 0.5) skips them, value and code apart: so their codes must not look like values, and the first do not.
static void add_phases(struct vcd *vcd)
{
    const struct lab_trace *t = vcd->trace;
    int phase = vcd_signal(vcd, "phase", VCD_PHASE);
    int state = vcd_signal(vcd, "state", VCD_STATE);

    for (size_t i = 0; i < t->phases; i++)
        vcd_change(vcd, t->phase[i].domain == LAB_TRACE_PHASE ? phase : state, t->phase[i].t_us,
                   t->phase[i].value);
}

static void add_heat(struct vcd *vcd)
{
    static const char *const names[LAB_TRACE_HEATS] = {"nozzle", "bed", "chamber"};
    const struct lab_trace *t = vcd->trace;
    char name[LAB_TRACE_KEY];
    int target[LAB_TRACE_HEATS], heater[LAB_TRACE_HEATS];

    for (int h = 0; h < LAB_TRACE_HEATS; h++) {
        snprintf(name, sizeof name, "%s_c", names[h]);
        int signal = vcd_signal(vcd, name, VCD_MILLI);
        for (size_t i = 0; i < t->heats[h]; i++)
            vcd_change(vcd, signal, t->heat[h][i].t_us, t->heat[h][i].mc);
        snprintf(name, sizeof name, "%s_target_c", names[h]);
        target[h] = vcd_signal(vcd, name, VCD_MILLI);
        snprintf(name, sizeof name, "%s_heater", names[h]);
        heater[h] = vcd_signal(vcd, name, VCD_WIRE);
    }
    for (size_t i = 0; i < t->targets; i++) {
        const struct lab_trace_target *to = &t->target[i];
        vcd_change(vcd, target[to->heat], to->t_us, to->mc);
        vcd_change(vcd, heater[to->heat], to->t_us, to->mc > 0);
    }
}

static void add_places(struct vcd *vcd)
{
    static const char *const names[] = {"x_mm",     "y_mm",     "z_mm",    "e_mm",
                                        "tip_x_mm", "tip_y_mm", "tip_z_mm"};
    const struct lab_trace *t = vcd->trace;
    int first = vcd->signals;

    for (int i = 0; i < 7; i++)
        (void)vcd_signal(vcd, names[i], VCD_MICRO);
    for (size_t i = 0; i < t->motions; i++) {
        const struct lab_trace_motion *m = &t->motion[i];
        for (int k = 0; k < 4; k++) {
            vcd_change(vcd, first + k, m->t_us, m->from_nm[k]);
            vcd_change(vcd, first + k, m->t_us + m->duration_us, m->to_nm[k]);
        }
        for (int k = 0; k < 3 && m->true_known; k++) {
            vcd_change(vcd, first + 4 + k, m->t_us, m->true_from_nm[k]);
            vcd_change(vcd, first + 4 + k, m->t_us + m->duration_us, m->true_to_nm[k]);
        }
    }
}

static void add_corners(struct vcd *vcd)
{
    static const char *const names[] = {"fl", "rl", "rr", "fr"};
    const struct lab_trace *t = vcd->trace;
    int first = vcd->signals;
    char name[LAB_TRACE_KEY];

    for (int k = 0; k < LAB_TRACE_CORNERS; k++) {
        snprintf(name, sizeof name, "corner_%s_mm", names[k]);
        (void)vcd_signal(vcd, name, VCD_MICRO);
    }
    for (size_t i = 0; i < t->corner_count; i++)
        for (int k = 0; k < LAB_TRACE_CORNERS; k++)
            vcd_change(vcd, first + k, t->corners[i].t_us + t->corners[i].duration_us,
                       t->corners[i].true_nm[k]);
    for (size_t i = 0; i < t->motions && t->corner_count; i++) { // the job takes them along
        const struct lab_trace_motion *m = &t->motion[i];
        struct lab_trace_state state;
        if (m->kind != LAB_TRACE_MOVE || m->from_nm[2] == m->to_nm[2])
            continue;
        lab_trace_at(t, m->t_us + m->duration_us, &state);
        for (int k = 0; k < LAB_TRACE_CORNERS && state.corners_known; k++)
            vcd_change(vcd, first + k, state.t_us, state.corner_nm[k]);
    }
}

static void add_layers(struct vcd *vcd)
{
    const struct lab_trace *t = vcd->trace;
    int layer = vcd_signal(vcd, "layer", VCD_COUNT);

    for (size_t i = 0; i < t->layers; i++)
        vcd_change(vcd, layer, t->layer[i].t_us, t->layer[i].number);
}

// --- printing --------------------------------------------------------------------------------------------------

/// Of one signal at one instant the last that was said.
static int by_time(const void *a, const void *b)
{
    const struct vcd_change *x = a, *y = b;

    if (x->t_us != y->t_us)
        return x->t_us < y->t_us ? -1 : 1;
    if (x->signal != y->signal)
        return x->signal < y->signal ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/// Identifiers: one or two printable characters.
static const char *code(int signal, char out[3])
{
    out[0] = (char)('!' + signal % 94);
    out[1] = out[2] = '\0';
    if (signal >= 94)
        out[1] = (char)('!' + signal / 94 - 1);
    return out;
}

static void print_fixed(FILE *out, int64_t value, int64_t unit, int digits)
{
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    fprintf(out, "r%s%" PRIu64 ".%0*" PRIu64, value < 0 ? "-" : "", size / (uint64_t)unit, digits,
            size % (uint64_t)unit);
}

/// A word without blanks; gtkwave takes no others.
static void print_word(FILE *out, const struct vcd *vcd, enum lab_trace_domain domain,
                       int64_t value)
{
    const char *word = lab_trace_word(vcd->trace, domain, value);

    fputc('s', out);
    if (!word[0])
        fprintf(out, "%" PRId64, value);
    for (; *word; word++)
        fputc(*word <= ' ' || *word > '~' ? '_' : *word, out);
}

static void print_value(FILE *out, const struct vcd *vcd, int signal, int64_t value)
{
    enum vcd_kind kind = vcd->signal[signal].kind;
    char id[3];

    (void)code(signal, id);
    if (kind == VCD_WIRE) {
        fprintf(out, "%c%s\n", value == LAB_TRACE_UNKNOWN ? 'x' : value ? '1' : '0', id);
        return;
    }
    if (value == LAB_TRACE_UNKNOWN) {
        if (kind == VCD_PHASE || kind == VCD_STATE)
            fprintf(out, "snone %s\n", id);
        return; // a real has no x: it is not told until it is known
    }
    if (kind == VCD_MICRO)
        print_fixed(out, value, 1000000, 6);
    else if (kind == VCD_MILLI)
        print_fixed(out, value, 1000, 3);
    else if (kind == VCD_COUNT) {
        fprintf(out, "r%" PRId64, value);
    } else
        print_word(out, vcd, kind == VCD_PHASE ? LAB_TRACE_PHASE : LAB_TRACE_STATE, value);
    fprintf(out, " %s\n", id);
}

static void print_head(FILE *out, const struct vcd *vcd)
{
    static const char *const types[] = {
        [VCD_WIRE] = "wire 1",   [VCD_MICRO] = "real 64",  [VCD_MILLI] = "real 64",
        [VCD_COUNT] = "real 64", [VCD_PHASE] = "string 1", [VCD_STATE] = "string 1"};
    const struct lab_trace_meta *meta = &vcd->trace->meta;
    char id[3];

    fprintf(out, "$version %s $end\n$comment run %s $end\n$timescale 1 us $end\n",
            meta->program[0] ? meta->program : "plr", meta->id[0] ? meta->id : "without an ID");
    fputs("$scope module plr $end\n", out);
    for (int i = 0; i < vcd->signals; i++)
        fprintf(out, "$var %s %s %s $end\n", types[vcd->signal[i].kind], code(i, id),
                vcd->signal[i].name);
    fputs("$upscope $end\n$enddefinitions $end\n", out);
}

/// What everything is when the dump begins, then what changes. Nothing is said twice.
static void print_changes(FILE *out, const struct vcd *vcd, int64_t from_us, int64_t to_us)
{
    int64_t now[VCD_SIGNALS], told_us = from_us;
    size_t i = 0;

    for (int k = 0; k < vcd->signals; k++)
        now[k] = LAB_TRACE_UNKNOWN;
    for (; i < vcd->changes && vcd->change[i].t_us <= from_us; i++)
        now[vcd->change[i].signal] = vcd->change[i].value;
    fprintf(out, "#%" PRId64 "\n$dumpvars\n", from_us);
    for (int k = 0; k < vcd->signals; k++)
        print_value(out, vcd, k, now[k]);
    fputs("$end\n", out);
    for (; i < vcd->changes && vcd->change[i].t_us <= to_us; i++) {
        const struct vcd_change *c = &vcd->change[i];
        bool again = i + 1 < vcd->changes && c[1].t_us == c->t_us && c[1].signal == c->signal;
        if (again || now[c->signal] == c->value)
            continue;
        if (c->t_us != told_us)
            fprintf(out, "#%" PRId64 "\n", c->t_us);
        told_us = c->t_us;
        now[c->signal] = c->value;
        print_value(out, vcd, c->signal, c->value);
    }
    if (told_us != to_us)
        fprintf(out, "#%" PRId64 "\n", to_us);
}

int lab_vcd_write(const struct lab_trace *trace, const struct lab_vcd_window *window, FILE *out)
{
    struct vcd vcd = {.trace = trace, .window = *window};
    int64_t from_us = window->whole ? trace->meta.begin_us : window->from_us;
    int64_t to_us = window->whole ? trace->end_us : window->to_us;

    from_us = from_us < 0 ? 0 : from_us;
    to_us = to_us < from_us ? from_us : to_us;
    add_phases(&vcd); // first: see there
    add_power(&vcd);
    add_lines(&vcd);
    add_memory(&vcd);
    add_layers(&vcd);
    add_heat(&vcd);
    add_places(&vcd);
    add_corners(&vcd);
    vcd_steps(&vcd);
    if (!vcd.error) {
        if (vcd.changes)
            qsort(vcd.change, vcd.changes, sizeof *vcd.change, by_time);
        print_head(out, &vcd);
        print_changes(out, &vcd, from_us, to_us);
        vcd.error = ferror(out) ? LAB_EIO : 0;
    }
    free(vcd.change);
    return vcd.error;
}
