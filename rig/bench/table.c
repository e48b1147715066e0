// The rows of bench files.
// SPDX-License-Identifier: MIT
#include "rig/bench/bench.h"

#include <errno.h>
#include <string.h>

#include "core/lab/link/ws.h"

#define AT(struct_, member) \
    .size = (uint16_t)sizeof(((struct_ *)0)->member), .offset = offsetof(struct_, member)
#define TEXT(struct_, key_, member, required_, about_)                                      \
    {                                                                                       \
        .key = key_, .kind = LAB_F_TEXT, .count = (uint16_t)sizeof(((struct_ *)0)->member), \
        .offset = offsetof(struct_, member), .required = required_, .about = about_         \
    }
#define WORD(struct_, key_, member, required_, default_, words_, about_)             \
    {                                                                                \
        .key = key_, .kind = LAB_F_WORD, AT(struct_, member), .required = required_, \
        .fallback = default_, .words = words_, .about = about_                       \
    }
#define Q(struct_, key_, unit_, member, default_, min_, max_, about_)            \
    {                                                                            \
        .key = key_, .kind = LAB_F_QUANTITY, .unit = unit_, AT(struct_, member), \
        .fallback = default_, .min = min_, .max = max_, .about = about_          \
    }
#define SWITCH(struct_, key_, member, about_)                                 \
    {                                                                         \
        .key = key_, .kind = LAB_F_BOOL, AT(struct_, member), .about = about_ \
    }
#define LINE(struct_, member)                                                            \
    TEXT(struct_, "line", member.address, false,                                         \
         "GPIO line: NAME, LABEL/OFFSET or LABEL/NAME, as in GPIO17 or pinctrl-rp1/17"), \
        SWITCH(struct_, "active_low", member.active_low, "on is 0 V"),                   \
        WORD(struct_, "bias", member.bias, false, GPIO_BIAS_AS_IS, bias_words,           \
             "the line's own resistor")
#define MAP(key_, table_)                                                             \
    {                                                                                 \
        .key = key_, .kind = LAB_F_TABLE, .table = &(table_), .about = about_##table_ \
    }
#define LIST(key_, member, count_member, most_, table_)                                            \
    {                                                                                              \
        .key = key_, .kind = LAB_F_LIST, .count = most_, .offset = offsetof(struct bench, member), \
        .offset2 = offsetof(struct bench, count_member), .table = &(table_),                       \
        .about = about_##table_                                                                    \
    }
#define TABLE(name_, rows_, size_, finish_, about_text_)                            \
    static const char about_##name_[] = about_text_;                                \
    static const struct lab_table name_ = {.about = about_##name_,                  \
                                           .fields = rows_,                         \
                                           .count = sizeof rows_ / sizeof rows_[0], \
                                           .size = size_,                           \
                                           .finish = finish_}

static const struct lab_word bias_words[] = {
    {"as_is", GPIO_BIAS_AS_IS, "as the board has it"},
    {"off", GPIO_BIAS_OFF, "none"},
    {"up", GPIO_BIAS_UP, "pulled up"},
    {"down", GPIO_BIAS_DOWN, "pulled down"},
    {NULL, 0, NULL},
};
static const struct lab_word domain_words[] = {
    {"mains", BENCH_MAINS, "everything that hangs on the mains"},
    {"24v", BENCH_24V, "motors, heaters, fans"},
    {"logic", BENCH_LOGIC, "the printer's board, and USB's 5 V to it"},
    {"host", BENCH_HOST, "the host computer of the printer"},
    {NULL, 0, NULL},
};
static const struct lab_word role_words[] = {
    {"cut", BENCH_CUT, "makes the cuts of scenarios: the instant counts"},
    {"isolation", BENCH_ISOLATION, "takes the power away for good; never makes a scenario's cut"},
    {NULL, 0, NULL},
};
static const struct lab_word feed_words[] = {
    {"domain", BENCH_FEEDS_DOMAIN, "what hangs on its domain"},
    {"everything", BENCH_FEEDS_EVERYTHING,
     "all of the printer's power, though its domain is not the mains: as of one with a 24 V supply "
     "of its own and no heater on the mains"},
    {NULL, 0, NULL},
};
static const struct lab_word contact_words[] = {
    {"normally_open", BENCH_NORMALLY_OPEN, "without current in its coil the printer is off"},
    {"normally_closed", BENCH_NORMALLY_CLOSED, "without current in its coil the printer is on"},
    {NULL, 0, NULL},
};
static const struct lab_word sense_words[] = {
    {"power", BENCH_POWER,
     "the supply of `domain` is there: AC present, 24 V good, a relay's contact"},
    {"z_plus", BENCH_Z_PLUS, "tap of the z_plus endstop of `motor`"},
    {"estop", BENCH_ESTOP, "the emergency stop is pressed"},
    {"door", BENCH_DOOR, "the enclosure is open"},
    {NULL, 0, NULL},
};
static const struct lab_word link_words[] = {
    {"none", BENCH_LINK_NONE, "no link: relays by hand alone"},
    {"klipper", BENCH_KLIPPER, "Klipper's API socket"},
    {"moonraker", BENCH_MOONRAKER, "Moonraker, by its Unix socket or by WebSocket"},
    {"marlin", BENCH_MARLIN, "a serial line as Marlin speaks it"},
    {NULL, 0, NULL},
};
static const struct lab_word gauge_words[] = {
    {"cmd", BENCH_GAUGE_CMD, "a command that prints a reading"},
    {"serial", BENCH_GAUGE_SERIAL, "a serial device that sends readings, a line each"},
    {"link", BENCH_GAUGE_LINK, "the printer's own probe: a line of G-code through the link"},
    {"prompt", BENCH_GAUGE_PROMPT, "a person who types what he reads"},
    {NULL, 0, NULL},
};
static const struct lab_word measure_words[] = {
    {"z_offset", BENCH_Z_OFFSET, "height of the nozzle over the part"},
    {"layer_shift", BENCH_LAYER_SHIFT, "shift of the resumed layer in XY"},
    {"corner", BENCH_CORNER, "height of a corner of the gantry"},
    {NULL, 0, NULL},
};

static const struct lab_word dut_words[] = {
    {"printer", BENCH_DUT_PRINTER, "the printer's own power-loss recovery"},
    {"core", BENCH_DUT_CORE,
     "the core on this computer, through the link and the taps of the z_plus endstops"},
    {NULL, 0, NULL},
};

// --- relays -------------------------------------------------------------------------------------------------------

static int finish_relay(struct lab_bind *bind, const struct lab_node *node, const void *in,
                        void *out)
{
    struct bench_relay *relay = out;
    (void)in;

    bool commands = relay->on_cmd[0] && relay->off_cmd[0];
    if (!relay->line.address[0] && !commands)
        return lab_bind_fail(bind, node, "relay '%s' needs a line, or on_cmd and off_cmd",
                             relay->name);
    if (relay->line.address[0] && (relay->on_cmd[0] || relay->off_cmd[0] || relay->get_cmd[0]))
        return lab_bind_fail(
            bind, node, "relay '%s' has a line and commands: one of them switches it", relay->name);
    if (commands && relay->role == BENCH_CUT)
        return lab_bind_fail(
            bind, node,
            "relay '%s' is switched by commands, and nobody knows when they act: its role "
            "can only be isolation",
            relay->name);
    if (relay->feeds == BENCH_FEEDS_EVERYTHING &&
        (relay->domain == BENCH_LOGIC || relay->domain == BENCH_HOST))
        return lab_bind_fail(bind, lab_node_find(node, "feeds"),
                             "'%s' switches %s, which is a part of the printer: not everything",
                             relay->name, bench_domain_name((enum bench_domain)relay->domain));
    if (relay->fails_off && relay->contact == BENCH_NORMALLY_CLOSED)
        return lab_bind_fail(bind, lab_node_find(node, "fails_off"),
                             "without current in its coil '%s' gives power: it cannot fail off",
                             relay->name);
    return LAB_OK;
}

static const struct lab_field relay_rows[] = {
    TEXT(struct bench_relay, "name", name, true, "what reports and `plr-rig relay` call it"),
    WORD(struct bench_relay, "domain", domain, true, 0, domain_words, "what it switches"),
    WORD(struct bench_relay, "role", role, true, 0, role_words, "what it is for"),
    WORD(struct bench_relay, "feeds", feeds, false, BENCH_FEEDS_DOMAIN, feed_words,
         "what goes off with it for sure: nothing is armed without a relay of the mains, or one "
         "that "
         "feeds everything"),
    WORD(struct bench_relay, "contact", contact, false, BENCH_NORMALLY_OPEN, contact_words,
         "which of its contacts the load hangs on"),
    LINE(struct bench_relay, line),
    TEXT(struct bench_relay, "on_cmd", on_cmd, false,
         "instead of a line: a command that switches it on"),
    TEXT(struct bench_relay, "off_cmd", off_cmd, false, "and one that switches it off"),
    TEXT(struct bench_relay, "get_cmd", get_cmd, false,
         "and one that ends with 0 when it is on, 1 when off; without read_back it is asked behind "
         "each switching, for up to 5 s"),
    Q(struct bench_relay, "switching_time", LAB_TIME, switching_us, 20 * US_MS, 0, 5 * US_S,
      "from the line's edge to the contact's at most: later is a stuck relay"),
    Q(struct bench_relay, "min_on", LAB_TIME, min_on_us, US_S, 0, US_H, "shortest time on"),
    Q(struct bench_relay, "min_off", LAB_TIME, min_off_us, US_S, 0, US_H,
      "shortest time off: a supply's inrush limiter must cool"),
    Q(struct bench_relay, "cycles_per_hour", LAB_COUNT, cycles_per_hour, 120, 0, 1000,
      "most times on in an hour; 0 no limit"),
    TEXT(struct bench_relay, "read_back", read_back, false,
         "name of the sense that shows what its contact does"),
    SWITCH(
        struct bench_relay, "fails_off", fails_off,
        "somebody saw it go off behind `kill -9` without a watchdog line: needed where the kernel "
        "keeps outputs, and for commands"),
};
TABLE(relays, relay_rows, sizeof(struct bench_relay), finish_relay,
      "a relay, contactor or switched outlet");

// --- senses -------------------------------------------------------------------------------------------------------

static int finish_sense(struct lab_bind *bind, const struct lab_node *node, const void *in,
                        void *out)
{
    struct bench_sense *sense = out;
    const struct lab_node *motor = lab_node_find(node, "motor"),
                          *domain = lab_node_find(node, "domain");
    (void)in;

    if (!sense->line.address[0])
        return lab_bind_fail(bind, node, "sense '%s' needs a line", sense->name);
    if (!motor != (sense->kind != BENCH_Z_PLUS))
        return lab_bind_fail(bind, motor ? motor : node,
                             "'motor' goes with kind: z_plus, and that needs it");
    if (!domain != (sense->kind != BENCH_POWER))
        return lab_bind_fail(bind, domain ? domain : node,
                             "'domain' goes with kind: power, and that needs it");
    return LAB_OK;
}

static const struct lab_field sense_rows[] = {
    TEXT(struct bench_sense, "name", name, true, "what reports call it"),
    WORD(struct bench_sense, "kind", kind, true, 0, sense_words, "what it tells"),
    WORD(struct bench_sense, "domain", domain, false, BENCH_MAINS, domain_words, "power: whose"),
    Q(struct bench_sense, "motor", LAB_COUNT, motor, 0, 0, 3,
      "z_plus: of stepper_z (0) to stepper_z3 (3)"),
    LINE(struct bench_sense, line),
    Q(struct bench_sense, "debounce", LAB_TIME, debounce_us, 5 * US_MS, 0, US_S,
      "a change counts when it has lasted so long; its instant is that of its first edge. An estop "
      "or a door acts after 1 ms, and is released so"),
};
TABLE(senses, sense_rows, sizeof(struct bench_sense), finish_sense, "an input");

// --- gauges -------------------------------------------------------------------------------------------------------

static int finish_gauge(struct lab_bind *bind, const struct lab_node *node, const void *in,
                        void *out)
{
    struct bench_gauge *gauge = out;
    const struct lab_node *corner = lab_node_find(node, "corner");
    (void)in;

    if (!corner != (gauge->measure != BENCH_CORNER))
        return lab_bind_fail(bind, corner ? corner : node,
                             "'corner' goes with measures: corner, and that needs it");
    return gauge->low_nm < gauge->high_nm
               ? LAB_OK
               : lab_bind_fail(bind, node, "gauge '%s': 'low' is not below 'high'", gauge->name);
}

static const struct lab_field gauge_rows[] = {
    TEXT(struct bench_gauge, "name", name, true, "what reports call it"),
    WORD(struct bench_gauge, "kind", kind, true, 0, gauge_words, "how it is read"),
    WORD(struct bench_gauge, "measures", measure, true, 0, measure_words, "what its reading is"),
    TEXT(struct bench_gauge, "source", source, true,
         "the command, device, line of G-code or question"),
    TEXT(struct bench_gauge, "place", place, false,
         "G-code sent to the printer before each reading: to where the gauge reaches what it "
         "measures"),
    TEXT(struct bench_gauge, "request", request, false,
         "serial: what makes the device say its reading; without it, it talks by itself, and what "
         "comes up to its first line's end is thrown away"),
    Q(struct bench_gauge, "baud", LAB_COUNT, baud, 9600, 1200, 115200, "serial: its speed"),
    Q(struct bench_gauge, "corner", LAB_COUNT, corner, 0, 0, 3,
      "corner: of stepper_z (0) to stepper_z3 (3)"),
    Q(struct bench_gauge, "scale", LAB_LENGTH, scale_nm, NM_MM, 1, 1000 * NM_MM,
      "what a reading of 1 without a unit means: 50um for the lines of a vernier"),
    Q(struct bench_gauge, "low", LAB_LENGTH, low_nm, -10 * NM_MM, -1000 * NM_MM, 1000 * NM_MM,
      "a reading below is a fault of the gauge"),
    Q(struct bench_gauge, "high", LAB_LENGTH, high_nm, 10 * NM_MM, -1000 * NM_MM, 1000 * NM_MM,
      "a reading above is a fault of the gauge"),
    Q(struct bench_gauge, "uncertainty", LAB_LENGTH, uncertainty_nm, 20 * NM_UM, 0, 10 * NM_MM,
      "half-width of its 95 % interval: a verdict within it of a limit is marginal"),
    Q(struct bench_gauge, "time", LAB_TIME, time_us, 60 * US_S, US_S, US_H,
      "a reading takes no longer; a person may need more"),
    SWITCH(struct bench_gauge, "relative", relative,
           "what counts is its reading after the recovery minus the one before the cut"),
    SWITCH(struct bench_gauge, "independent", independent,
           "the recovery did not use it: only then can it pass z_offset_error"),
};
TABLE(gauges, gauge_rows, sizeof(struct bench_gauge), finish_gauge,
      "something that measures the printed part or the gantry");

// --- the rest -----------------------------------------------------------------------------------------------------

static const struct lab_field beeper_rows[] = {LINE(struct bench, beeper)};
TABLE(beeper, beeper_rows, 0, NULL, "sounds before power comes on and at faults");
static const struct lab_field led_rows[] = {LINE(struct bench, led)};
TABLE(led, led_rows, 0, NULL, "on while the rig is armed");

static const struct lab_field watchdog_rows[] = {
    LINE(struct bench, watchdog.line),
    Q(struct bench, "period", LAB_TIME, watchdog.period_us, 100 * US_MS, 5 * US_MS, 10 * US_S,
      "between two changes of the line"),
    TEXT(struct bench, "device", watchdog.device, false, "the computer's own, as /dev/watchdog"),
};
TABLE(watchdog, watchdog_rows, 0, NULL,
      "a line that changes while the rig lives: an external safety relay drops without it");

static const struct lab_field link_rows[] = {
    WORD(struct bench, "kind", link.kind, true, 0, link_words, "what the printer speaks"),
    TEXT(struct bench, "address", link.address, false,
         "a Unix socket, ws://ADDRESS:PORT/websocket with a number for an address, or a serial "
         "device"),
    Q(struct bench, "baud", LAB_COUNT, link.baud, 115200, 1200, 4000000, "of a serial device"),
    Q(struct bench, "silence", LAB_TIME, link.silence_us, 5 * US_S, 100 * US_MS, 10 * 60 * US_S,
      "no answer for so long and the link is lost: mains are cut when anything is hot"),
};
TABLE(link_table, link_rows, 0, NULL, "how to talk to the printer");

static const struct lab_field limit_rows[] = {
    Q(struct bench, "nozzle", LAB_TEMPERATURE, limits.nozzle_mc, 290000, 0, 500000,
      "hotter is a fault, of any extruder"),
    Q(struct bench, "bed", LAB_TEMPERATURE, limits.bed_mc, 125000, 0, 200000, "hotter is a fault"),
    Q(struct bench, "chamber", LAB_TEMPERATURE, limits.chamber_mc, 75000, 0, 150000,
      "hotter is a fault"),
    Q(struct bench, "other", LAB_TEMPERATURE, limits.other_mc, 125000, 0, 500000,
      "hotter is a fault, of any other heater that the printer tells of"),
    Q(struct bench, "heat_age", LAB_TIME, limits.heat_us, 60 * US_S, US_S, US_H,
      "no temperature told for so long while something is hot, and the link counts as lost"),
    Q(struct bench, "run_time", LAB_TIME, limits.run_us, 8 * US_H, US_S, 72 * US_H,
      "a run takes no longer"),
    Q(struct bench, "cool_below", LAB_TEMPERATURE, limits.cool_below_mc, 50000, 0, 200000,
      "before and after a run every heater is below"),
    Q(struct bench, "cooldown", LAB_TIME, limits.cooldown_us, US_H, US_S, 10 * US_H,
      "it takes no longer until that is so"),
    Q(struct bench, "ready", LAB_TIME, limits.ready_us, 120 * US_S, US_S, US_H,
      "power is on, and the printer is ready no later; it is told to print, and prints no later"),
    Q(struct bench, "recovery", LAB_TIME, limits.recovery_us, US_H / 2, US_S, 10 * US_H,
      "told to go on after an outage it prints again no later: else it never does"),
};
TABLE(limits, limit_rows, 0, NULL, "what is watched while anything is on");

static const struct lab_field core_rows[] = {
    TEXT(struct bench, "store", core.store, false,
         "file of its memory; relative to the current folder. Not said: this file's name and .plr"),
    TEXT(struct bench, "calibrate_gcode", core.calibrate_gcode, false,
         "said before the endstops are measured: homes X, Y and Z, warms as for a print. Not said: "
         "G28"),
    Q(struct bench, "step", LAB_LENGTH, core.step_nm, 10 * NM_UM, NM_UM, 200 * NM_UM,
      "of Z before each look at the endstops, in touches that measure: they are known to it"),
    Q(struct bench, "settle", LAB_TIME, core.settle_us, 5 * US_MS, 0, US_S,
      "from a step's end to the look, beside the taps' own debounce"),
};
TABLE(core, core_rows, 0, NULL, "with dut: core, how it works");

static int finish_bench(struct lab_bind *bind, const struct lab_node *node, const void *in,
                        void *out);

static const struct lab_field rows[] = {
    TEXT(struct bench, "about", about, true, "which printer, where, in a sentence"),
    LIST("relays", relay, relays, BENCH_RELAYS, relays),
    LIST("senses", sense, senses, BENCH_SENSES, senses),
    LIST("gauges", gauge, gauges, BENCH_GAUGES, gauges),
    MAP("beeper", beeper),
    MAP("led", led),
    MAP("watchdog", watchdog),
    {.key = "link",
     .kind = LAB_F_TABLE,
     .required = true,
     .table = &link_table,
     .about = about_link_table},
    MAP("limits", limits),
    WORD(struct bench, "dut", dut, false, BENCH_DUT_PRINTER, dut_words,
         "who brings the print back"),
    MAP("core", core),
    TEXT(struct bench, "resume_gcode", resume_gcode, false,
         "said to the printer when it is ready after an outage; not said: it goes on by itself"),
    TEXT(struct bench, "restart_gcode", restart_gcode, false,
         "said once to a printer that has shut itself down when power is there (again), as "
         "FIRMWARE_RESTART"),
    TEXT(struct bench, "alarm_cmd", alarm_cmd, false,
         "run at a fault, with a sentence about it behind it: a message, a webhook"),
};
const struct lab_table bench_table = {
    .about = "a bench: what hangs on which line, and what must never be exceeded",
    .fields = rows,
    .count = sizeof rows / sizeof rows[0],
    .finish = finish_bench};

const char *bench_domain_name(enum bench_domain domain)
{
    return lab_word_text(domain_words, domain);
}

const char *bench_measure_name(enum bench_measure measure)
{
    return lab_word_text(measure_words, measure);
}

// --- what rows cannot say -----------------------------------------------------------------------------------------

/// The n-th entry of a list of the document.
static const struct lab_node *entry(const struct lab_node *root, const char *list, int32_t n)
{
    const struct lab_node *node = lab_node_find(root, list);

    for (node = node ? node->first : NULL; node && n > 0; n--)
        node = node->next;
    return node;
}

/// Names are said once: relays, senses and gauges share them, for a report tells them apart by nothing else.
static int names_differ(struct lab_bind *bind, const struct lab_node *root,
                        const struct bench *bench)
{
    const char *name[BENCH_RELAYS + BENCH_SENSES + BENCH_GAUGES];
    int32_t count = 0;
    const struct lab_node *at[BENCH_RELAYS + BENCH_SENSES + BENCH_GAUGES];

    for (int32_t i = 0; i < bench->relays; i++, count++)
        name[count] = bench->relay[i].name, at[count] = entry(root, "relays", i);
    for (int32_t i = 0; i < bench->senses; i++, count++)
        name[count] = bench->sense[i].name, at[count] = entry(root, "senses", i);
    for (int32_t i = 0; i < bench->gauges; i++, count++)
        name[count] = bench->gauge[i].name, at[count] = entry(root, "gauges", i);
    for (int32_t i = 0; i < count; i++)
        for (int32_t n = 0; n < i; n++)
            if (!strcmp(name[i], name[n]))
                return lab_bind_fail(bind, lab_node_find(at[i], "name"),
                                     "'%s' is the name of something else here", name[i]);
    return LAB_OK;
}

/// A layer's shift has two axes, and a corner one height.
static int gauges_differ(struct lab_bind *bind, const struct lab_node *root,
                         const struct bench *bench)
{
    int32_t shifts = 0, corners = 0;

    for (int32_t i = 0; i < bench->gauges; i++) {
        const struct bench_gauge *gauge = &bench->gauge[i];
        shifts += gauge->measure == BENCH_LAYER_SHIFT;
        if (gauge->measure == BENCH_LAYER_SHIFT && shifts > 2)
            return lab_bind_fail(bind, entry(root, "gauges", i),
                                 "two gauges at most measure layer_shift: one for each axis");
        if (gauge->measure != BENCH_CORNER)
            continue;
        if (corners >> gauge->corner & 1)
            return lab_bind_fail(bind, lab_node_find(entry(root, "gauges", i), "corner"),
                                 "another gauge measures corner %d already", (int)gauge->corner);
        corners |= 1 << gauge->corner;
    }
    return LAB_OK;
}

static int find_read_backs(struct lab_bind *bind, const struct lab_node *root, struct bench *bench)
{
    for (int32_t i = 0; i < bench->relays; i++) {
        struct bench_relay *relay = &bench->relay[i];
        const char *best = NULL;
        int distance = 3;
        relay->sense = BENCH_NONE;
        for (int32_t n = 0; n < bench->senses; n++) {
            lab_nearest(relay->read_back, bench->sense[n].name, &best, &distance);
            if (!strcmp(relay->read_back, bench->sense[n].name))
                relay->sense = n;
        }
        const struct lab_node *said = lab_node_find(entry(root, "relays", i), "read_back");
        if (said && relay->sense == BENCH_NONE) {
            lab_bind_fail(bind, said, "there is no sense '%s'", relay->read_back);
            lab_error_suggest(bind->err, best);
            return LAB_EINVAL;
        }
        if (said && bench->sense[relay->sense].kind != BENCH_POWER)
            return lab_bind_fail(bind, said,
                                 "'%s' shows no power: a read-back is a sense of kind power",
                                 relay->read_back);
        if (!said && !relay->get_cmd[0])
            return lab_bind_fail(
                bind, entry(root, "relays", i),
                "relay '%s' needs read_back%s: every output of the rig is read back", relay->name,
                relay->line.address[0] ? "" : " or get_cmd");
    }
    return LAB_OK;
}

/// What stands in front of a relay that feeds everything feeds everything, too.
static int everything_is_fed_in_order(struct lab_bind *bind, const struct lab_node *root,
                                      const struct bench *bench)
{
    for (int32_t i = 0; i < bench->relays; i++)
        for (int32_t n = 0; n < bench->relays; n++) {
            const struct bench_relay *relay = &bench->relay[i], *front = &bench->relay[n];
            if (relay->feeds == BENCH_FEEDS_EVERYTHING && front->domain == relay->domain &&
                bench_feeds(bench, n, i) && front->domain != BENCH_MAINS &&
                front->feeds != BENCH_FEEDS_EVERYTHING)
                return lab_bind_fail(bind, lab_node_find(entry(root, "relays", i), "feeds"),
                                     "'%s' stands in front of '%s', and does not say that it feeds "
                                     "everything",
                                     front->name, relay->name);
        }
    return LAB_OK;
}

/// A normally closed contact gives power back when nobody holds its coil: then another relay must have taken it away for good.
static int closed_contacts_are_isolated(struct lab_bind *bind, const struct lab_node *root,
                                        const struct bench *bench)
{
    bool isolated = false;

    for (int32_t i = 0; i < bench->relays; i++) {
        const struct bench_relay *relay = &bench->relay[i];
        isolated = isolated || (relay->role == BENCH_ISOLATION && relay->domain == BENCH_MAINS &&
                                relay->contact == BENCH_NORMALLY_OPEN && relay->line.address[0]);
    }
    for (int32_t i = 0; i < bench->relays && !isolated; i++)
        if (bench->relay[i].contact == BENCH_NORMALLY_CLOSED)
            return lab_bind_fail(
                bind, lab_node_find(entry(root, "relays", i), "contact"),
                "without current in its coil '%s' gives power: it needs a normally "
                "open isolation relay of the mains on a line before it",
                bench->relay[i].name);
    return LAB_OK;
}

/// Addresses are compared as they are written; that two spellings are one line is seen when they are requested.
static int lines_differ(struct lab_bind *bind, const struct lab_node *root,
                        const struct bench *bench)
{
    const struct bench_line *line[BENCH_RELAYS + BENCH_SENSES + 3];
    const struct lab_node *at[BENCH_RELAYS + BENCH_SENSES + 3];
    int32_t count = 0;

    for (int32_t i = 0; i < bench->relays; i++, count++)
        line[count] = &bench->relay[i].line, at[count] = entry(root, "relays", i);
    for (int32_t i = 0; i < bench->senses; i++, count++)
        line[count] = &bench->sense[i].line, at[count] = entry(root, "senses", i);
    line[count] = &bench->beeper, at[count++] = lab_node_find(root, "beeper");
    line[count] = &bench->led, at[count++] = lab_node_find(root, "led");
    line[count] = &bench->watchdog.line, at[count++] = lab_node_find(root, "watchdog");
    for (int32_t i = 0; i < count; i++)
        for (int32_t n = 0; n < i; n++)
            if (line[i]->address[0] && !strcmp(line[i]->address, line[n]->address))
                return lab_bind_fail(bind, lab_node_find(at[i], "line"), "line %s is taken already",
                                     line[i]->address);
    return LAB_OK;
}

/// What is to be said to the printer needs somebody who says it.
static int says_through_a_link(struct lab_bind *bind, const struct lab_node *root,
                               const struct bench *bench)
{
    static const char *const keys[] = {"resume_gcode", "restart_gcode"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (lab_node_find(root, keys[i]) && bench->link.kind == BENCH_LINK_NONE)
            return lab_bind_fail_key(bind, lab_node_find(root, keys[i]),
                                     "'%s' is said through a link, and there is none", keys[i]);
    return LAB_OK;
}

/// The core sees by the taps of the endstops, and moves through a link.
static int core_has_what_it_needs(struct lab_bind *bind, const struct lab_node *root,
                                  const struct bench *bench)
{
    bool tapped = false;

    if (bench->dut != BENCH_DUT_CORE)
        return lab_node_find(root, "core") ? lab_bind_fail_key(bind, lab_node_find(root, "core"),
                                                               "'core' goes with dut: core")
                                           : LAB_OK;
    for (int32_t i = 0; i < bench->senses; i++)
        tapped = tapped || bench->sense[i].kind == BENCH_Z_PLUS;
    if (!tapped || bench->link.kind == BENCH_LINK_NONE)
        return lab_bind_fail(bind, lab_node_find(root, "dut"),
                             "the core needs a link, and a sense of kind z_plus for each Z motor");
    if (bench->resume_gcode[0])
        return lab_bind_fail_key(bind, lab_node_find(root, "resume_gcode"),
                                 "with dut: core nothing is to be said: the core does it");
    return LAB_OK;
}

/// Nobody looks a name up while an emergency stop may come.
static int address_is_one(struct lab_bind *bind, const struct lab_node *root,
                          const struct bench *bench)
{
    const struct lab_node *at = lab_node_find(lab_node_find(root, "link"), "address");
    const char *address = bench->link.address;
    struct ws_address ws;

    if (bench->link.kind != BENCH_MOONRAKER || !strstr(address, "://"))
        return LAB_OK;
    int bad = ws_parse(address, &ws);
    if (bad == -EDESTADDRREQ)
        return lab_bind_fail(bind, at,
                             "'%s' is a name: looking it up would keep the emergency stop waiting. "
                             "Write its address, as in ws://127.0.0.1:7125",
                             ws.host);
    return bad ? lab_bind_fail(bind, at, "%s is not ws://ADDRESS:PORT/websocket", address) : LAB_OK;
}

static int finish_bench(struct lab_bind *bind, const struct lab_node *node, const void *in,
                        void *out)
{
    struct bench *bench = out;
    (void)in;
    int bad = names_differ(bind, node, bench);

    bad = bad ? bad : gauges_differ(bind, node, bench);
    bad = bad ? bad : find_read_backs(bind, node, bench);
    bad = bad ? bad : everything_is_fed_in_order(bind, node, bench);
    bad = bad ? bad : closed_contacts_are_isolated(bind, node, bench);
    bad = bad ? bad : lines_differ(bind, node, bench);
    if (!bad && bench->link.kind != BENCH_LINK_NONE && !bench->link.address[0])
        return lab_bind_fail(bind, lab_node_find(node, "link"), "the link needs an address");
    bad = bad ? bad : address_is_one(bind, node, bench);
    bad = bad ? bad : says_through_a_link(bind, node, bench);
    return bad ? bad : core_has_what_it_needs(bind, node, bench);
}
