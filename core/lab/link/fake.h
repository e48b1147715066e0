// Printers for the tests of links: what they do is one, and each kind of link has a fake that speaks for it.
// SPDX-License-Identifier: MIT
//
// A fake is stepped by the test in the test's own time; it never blocks. It owns the far end of the wire and counts bytes, so that a test
// knows when everything said was heard.
#ifndef LAB_LINK_FAKE_H
#define LAB_LINK_FAKE_H

#include "core/lab/link/link.h"

enum fake_job { FAKE_NO_JOB, FAKE_RUNS, FAKE_PAUSED, FAKE_ENDED, FAKE_STOPPED, FAKE_FAILED };

/// What the printer is and does, whoever speaks for it.
struct fake_printer {
    int64_t now_us;
    bool logic;  ///< the microcontroller runs
    bool halted; ///< it has shut itself down
    bool one_z;  ///< one motor can be moved alone
    char halt_why[LINK_LINE];
    enum fake_job job;
    char file[64];
    int64_t file_at, file_size; ///< 1000 bytes in a second
    int64_t job_us;             ///< since it began
    int64_t at_nm[4];           ///< 10 mm/s in X while the job runs
    int32_t nozzle_mc, nozzle_target_mc, bed_mc, bed_target_mc;
    char last[LINK_LINE];    ///< the last command carried out that changes something
    int commands;            ///< how many of those
    char console[LINK_LINE]; ///< to be said; "" = nothing
    /// A test's own machine, which carries out everything in place of fake_do; NULL none. Returns as that.
    int (*carry_out)(void *machine, const char *command, char words[LINK_LINE]);
    void *machine;
};

/// Carry out a command: FORCE_MOVE, M23, M24, M25, SDCARD_PRINT_FILE, SAY words, REFUSE words, M112, and what is taken and does nothing. Returns 0, -EIO
/// with the printer's words, or -ENOSYS: unknown.
int fake_do(struct fake_printer *printer, const char *command, char words[LINK_LINE]);

/// Let time pass. A job runs as long as `moves`.
void fake_pass(struct fake_printer *printer, int64_t now_us, bool moves);

/// Shut down with these words.
void fake_halt(struct fake_printer *printer, const char *why);

struct fake {
    const struct fake_ops *ops;
    struct fake_printer printer;
    char address[LINK_ADDRESS];
    uint64_t in, out; ///< bytes of this connection
    bool elsewhere;   ///< its wire is no file descriptor of the link's
    void *own;
};

struct fake_ops {
    enum link_kind kind;
    const char *name; ///< "moonraker by socket"
    void (*open)(struct fake *fake);
    void (*close)(struct fake *fake);
    /// Hear, let time pass, say.
    void (*step)(struct fake *fake, int64_t now_us);
    /// The wire is pulled out, and put in again. What the printer does goes on.
    void (*plug)(struct fake *fake, bool in);
    /// The microcontroller loses its power, and gets it back.
    void (*power)(struct fake *fake, bool on);
};

extern const struct fake_ops fake_marlin, fake_klipper, fake_moonraker, fake_moonraker_ws;

/// What a fake of Marlin does wrong.
struct fake_marlin_faults {
    int bad_lines;     ///< so many lines are read wrong (and asked for again)
    int no_ok;         ///< so many oks are swallowed
    bool resend_no_ok; ///< no ok behind "Resend:"
    bool advanced_ok;  ///< ok N5 P15 B3
    bool says_wait;    ///< "wait" each second, nothing in the queue
    bool no_heat_report;
    bool old_card;  ///< before 2.1.2: a file that is chosen or paused is not told
    bool deaf;      ///< it hears, and says nothing
    char noise[64]; ///< said once, as it is
    size_t noise_size;
    int64_t busy_until_us; ///< the command at work takes until then
    int dumb_busy;         ///< ... and no "busy:" is said
};

struct fake_marlin_faults *fake_marlin_faults(struct fake *fake);

/// Lines that it took, in the order of their numbers; text ends with '\n' each.
const char *fake_marlin_log(const struct fake *fake);

#endif
