// Bench files: what hangs on which line of the rig's computer, how to talk to the printer, what measures, and what must never be exceeded.
// SPDX-License-Identifier: MIT
//
// One table in C (table.c) drives the loader, its messages, the schema, `plr-rig explain` and docs/BENCHFILE.md.
#ifndef RIG_BENCH_H
#define RIG_BENCH_H

#include "core/lab/doc/doc.h"
#include "core/lab/table/table.h"
#include "rig/gpio/gpio.h"

enum {
    BENCH_NAME = 24,    ///< bytes of a name, with the null
    BENCH_ADDRESS = 80, ///< of a line's address
    BENCH_COMMAND = 256,
    BENCH_RELAYS = 8,
    BENCH_SENSES = 16,
    BENCH_GAUGES = 8,
    BENCH_WHY = 320,
    BENCH_NONE = -1 ///< an index: no such thing
};

/// A line as a bench file names it.
struct bench_line {
    char address[BENCH_ADDRESS]; ///< "GPIO17", "pinctrl-rp1/17"; "" none
    bool active_low;
    uint8_t bias; ///< enum gpio_bias
};

enum bench_domain { BENCH_MAINS, BENCH_24V, BENCH_LOGIC, BENCH_HOST, BENCH_DOMAINS };

enum bench_role {
    BENCH_CUT,      ///< makes the cuts of a scenario: fast, its instant is known
    BENCH_ISOLATION ///< takes the power away for good; may be slow, may be somebody else's
};

enum bench_contact { BENCH_NORMALLY_OPEN, BENCH_NORMALLY_CLOSED };

enum bench_feed { BENCH_FEEDS_DOMAIN, BENCH_FEEDS_EVERYTHING };

/// A relay: a line of this computer, or a pair of commands.
struct bench_relay {
    char name[BENCH_NAME];
    uint8_t domain;  ///< enum bench_domain
    uint8_t role;    ///< enum bench_role
    uint8_t feeds;   ///< enum bench_feed: what of the printer goes off with it
    uint8_t contact; ///< enum bench_contact: de-energised is printer off only with normally_open
    struct bench_line line;
    char on_cmd[BENCH_COMMAND], off_cmd[BENCH_COMMAND], get_cmd[BENCH_COMMAND]; ///< "" none
    int64_t switching_us; ///< from the line's edge to the contact's at most
    int64_t min_on_us, min_off_us;
    int32_t cycles_per_hour;    ///< 0 no limit
    char read_back[BENCH_NAME]; ///< the sense that shows what its contact does; "" none
    int32_t sense;              ///< its index, BENCH_NONE
    bool fails_off;             ///< the operator saw it go off behind a killed plr-rig
};

enum bench_sense_kind {
    BENCH_POWER,  ///< a supply is there
    BENCH_Z_PLUS, ///< tap of a z_plus endstop
    BENCH_ESTOP,
    BENCH_DOOR,
    BENCH_SENSE_KINDS
};

/// An input.
struct bench_sense {
    char name[BENCH_NAME];
    uint8_t kind;           ///< enum bench_sense_kind
    uint8_t domain;         ///< BENCH_POWER: whose
    int32_t motor;          ///< BENCH_Z_PLUS: 0 to 3
    struct bench_line line; ///< of e-stop and door active is "press it" and "open"
    int64_t debounce_us;
};

enum bench_link_kind { BENCH_LINK_NONE, BENCH_KLIPPER, BENCH_MOONRAKER, BENCH_MARLIN };

/// How to talk to the printer.
struct bench_link {
    uint8_t kind;                    ///< enum bench_link_kind
    char address[BENCH_ADDRESS * 2]; ///< a Unix socket, ws://127.0.0.1:7125, a serial device
    int32_t baud;
    int64_t silence_us; ///< quiet for longer: the link is lost
};

enum bench_gauge_kind { BENCH_GAUGE_CMD, BENCH_GAUGE_SERIAL, BENCH_GAUGE_LINK, BENCH_GAUGE_PROMPT };

/// Something that measures what the oracle wants to know.
struct bench_gauge {
    char name[BENCH_NAME];
    uint8_t kind;               ///< enum bench_gauge_kind
    uint8_t measure;            ///< BENCH_Z_OFFSET...
    char source[BENCH_COMMAND]; ///< a command, a serial device, a G-code line, a question
    char place[BENCH_COMMAND];  ///< G-code before each reading, "" none
    char request[16];           ///< sent to a serial device to make it talk, "" it talks by itself
    int32_t baud;               ///< of a serial device
    int32_t corner;             ///< BENCH_CORNER: 0 to 3
    int64_t scale_nm;           ///< of a reading without a unit
    int64_t low_nm, high_nm;    ///< readings outside are a fault of the gauge
    int64_t uncertainty_nm;
    int64_t time_us;  ///< a reading takes no longer
    bool independent; ///< the recovery itself did not use it
    bool relative;    ///< counts from its reading before the cut
};

enum bench_measure { BENCH_Z_OFFSET, BENCH_LAYER_SHIFT, BENCH_CORNER };

/// What is watched while anything is on.
struct bench_limits {
    int32_t nozzle_mc, bed_mc, chamber_mc;
    int32_t other_mc;      ///< of heaters that are none of these
    int64_t heat_us;       ///< while something is hot, temperatures are told at least so often
    int64_t run_us;        ///< longest run
    int32_t cool_below_mc; ///< before and after a run all heaters are below it
    int64_t cooldown_us;   ///< and it takes no longer than this
    /// Power is on: the printer is ready within; it is told to print: it prints within.
    int64_t ready_us;
    int64_t recovery_us; ///< it is told to go on: it prints again within
};

enum bench_dut { BENCH_DUT_PRINTER, BENCH_DUT_CORE };

/// `dut: core`: the core on this computer.
struct bench_core {
    char store[160];                     ///< file of its memory, "" beside the bench file
    char calibrate_gcode[BENCH_COMMAND]; ///< said before its switches are measured
    int64_t step_nm;                     ///< of a touch that measures
    int64_t settle_us; ///< between a step's end and the look, beside the taps' debounce
};

struct bench_watchdog {
    struct bench_line line; ///< toggled; an external safety relay drops without it
    int64_t period_us;
    char device[GPIO_PATH]; ///< "/dev/watchdog", "" none
};

struct bench {
    char path[256]; ///< of the file, for messages
    char about[160];
    struct bench_relay relay[BENCH_RELAYS];
    int32_t relays;
    struct bench_sense sense[BENCH_SENSES];
    int32_t senses;
    struct bench_gauge gauge[BENCH_GAUGES];
    int32_t gauges;
    struct bench_line beeper, led;
    struct bench_watchdog watchdog;
    struct bench_link link;
    struct bench_limits limits;
    uint8_t dut; ///< enum bench_dut: who brings a print back
    struct bench_core core;
    char resume_gcode
        [BENCH_COMMAND]; ///< said to a printer that is ready after an outage; "" it goes on by itself
    char restart_gcode
        [BENCH_COMMAND]; ///< said to one that has shut itself down, once power is there; "" nothing
    char alarm_cmd[BENCH_COMMAND]; ///< run on a fault, with the sentence as its argument; "" none
};

extern const struct lab_table bench_table;

/// Read a bench file. Returns 0 or a negative status with err filled: file:line:column and what would be right.
int bench_load(struct bench *out, const char *path, struct lab_error *err);

/// The same from memory.
int bench_parse(struct bench *out, const char *name, const char *text, size_t size,
                struct lab_error *err);

/// Index of a relay by name, BENCH_NONE when there is none.
int32_t bench_relay(const struct bench *bench, const char *name);

/// Can this bench make a printer safe: is there a relay that takes the mains away, or one through which all of its power goes? If not, `why` says
/// so, and what would help.
bool bench_can_cut_all(const struct bench *bench, char why[BENCH_WHY]);

/// Does power come to relay `to` through relay `from`? (Isolation stands in front of what cuts, the mains in front of all, and what feeds
/// everything in front of other domains.)
bool bench_feeds(const struct bench *bench, int32_t from, int32_t to);

/// "24v", "z_offset"; static.
const char *bench_domain_name(enum bench_domain domain);
const char *bench_measure_name(enum bench_measure measure);

#endif
