// Devices under test: what a simulated printer can use for power-loss recovery.
// SPDX-License-Identifier: MIT
//
// A DUT acts through the firmware's port, like code in a real printer. The oracle never asks it anything; what it says of itself (phase,
// result, reason) goes into reports and triggers only.
#ifndef SIM_DUT_H
#define SIM_DUT_H

#include "core/plr/plr.h"
#include "sim/dut/naive.h"

struct sim;

/// DUT "resume": the core up to a machine that knows where it stands, then a file made by plr-resume.
struct operator_dut {
    struct plr core;
    bool printing; ///< the made file runs
    bool failed;   ///< it could not be made
};

/// DUT "macros": the core, and a user's own restart macro.
struct user_dut {
    struct plr core;
    bool running; ///< the macro runs
    bool failed;  ///< it could not be run, or the core could not go on behind it
};

/// State of any DUT: plain data inside the world.
struct dut_state {
    union {
        struct plr core;
        struct naive naive;
        struct operator_dut operated; ///< begins with a core
        struct user_dut user;         ///< the same
    } u;
};

struct dut {
    const char *name;
    /// Power-on. Clears all state and looks into the memory.
    int (*boot)(struct sim *sim);
    int (*job_begin)(struct sim *sim);
    int (*job_end)(struct sim *sim);
    void (*line)(struct sim *sim, uint64_t offset, const char *text, size_t len);
    /// A line from the console took effect while the job runs; NULL when the DUT does not hear of it.
    void (*console)(struct sim *sim, const char *text);
    void (*homed)(struct sim *sim, uint32_t axes, const int64_t machine_nm[PLR_AXES]);
    int (*power_fail)(struct sim *sim);
    /// The drivers' status was read: are they well, or were they without power since? False when the device does nothing about it, for
    /// the firmware to shut down; NULL: it never does.
    bool (*drivers)(struct sim *sim, bool well);
    int (*command)(struct sim *sim, const char *text, size_t len);
    /// The user cancels the job; NULL when the DUT knows no such thing.
    int (*cancel)(struct sim *sim);
    /// As plr_poll.
    int64_t (*poll)(struct sim *sim);
    enum plr_phase (*phase)(const struct sim *sim);
    enum plr_result (*result)(const struct sim *sim);
    enum plr_reason (*reason)(const struct sim *sim);
    /// Saves made since boot: counts for the report.
    void (*saves)(const struct sim *sim, int64_t *full, int64_t *ticks);
    /// Hash of what it knows of the job, as behind the last line that it was told of: the state that it would write into its memory
    /// next, without ages, sequence numbers and measured heights. NULL: it keeps nothing that could be compared.
    uint64_t (*knows)(const struct sim *sim);
    /// The newest full state of a running job that its memory holds. False when there is none; NULL as above.
    bool (*kept)(struct sim *sim, struct plr_state *state);
};

/// What the device knows of the job; 0 when it keeps nothing that could be compared.
uint64_t dut_knows(const struct sim *sim);

/// Give the device a command and keep its answer in `out` (null-terminated, cut off when `room` is too small).
/// Returns the command's own result.
int dut_ask(struct sim *sim, const char *command, char *out, size_t room);

/// Room for any answer of a device, bytes.
#define DUT_ANSWER 4096

/// Give the device a command and show people its answer, or what is wrong with it: lines of the report's notes.
/// Returns the command's own result.
int dut_tell(struct sim *sim, const char *command, size_t len);

/// The device asks for consent now: what it answers to PLR_QUERY_SAVED_STATE JSON=1 goes to sim->kept_state, if somebody wants it.
void dut_keep_state(struct sim *sim);

/// What devices built on the core share with it as it is; as the members of the same names.
int dut_core_job_begin(struct sim *sim);
int dut_core_job_end(struct sim *sim);
void dut_core_line(struct sim *sim, uint64_t offset, const char *text, size_t len);
void dut_core_console(struct sim *sim, const char *text);
void dut_core_homed(struct sim *sim, uint32_t axes, const int64_t machine_nm[PLR_AXES]);
int dut_core_cancel(struct sim *sim);
void dut_core_saves(const struct sim *sim, int64_t *full, int64_t *ticks);
uint64_t dut_core_knows(const struct sim *sim);
bool dut_core_kept(struct sim *sim, struct plr_state *state);

extern const struct dut dut_core, dut_naive, dut_resume, dut_macros;

#endif
