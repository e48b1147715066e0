// The states of a run on a bench, and what leads from one to the next. Pure: facts go in, what to do comes out.
// SPDX-License-Identifier: MIT
//
//   off -> self_test -> armed -> printing -> cut -> waiting -> recovering -+-> measuring -> safe
//                                   ^                                      |
//                                   +--------------------------------------+   and from each of them: safe
//
// Nothing here touches a line or a link, so that every state can be tried with every fault. Safe is never left.
#ifndef RIG_RUN_STATE_H
#define RIG_RUN_STATE_H

#include "core/lab/link/link.h"
#include "core/lab/scenario/scenario.h"

enum run_state {
    RUN_OFF,        ///< nothing was done yet
    RUN_SELF_TEST,  ///< are the lines there, is everything off?
    RUN_ARMED,      ///< power comes on, the printer becomes ready, all of it is cool
    RUN_PRINTING,   ///< the job is said to the printer, and it prints
    RUN_CUT,        ///< the relays open
    RUN_WAITING,    ///< without power
    RUN_RECOVERING, ///< power is back, and the print is to be brought back
    RUN_MEASURING,  ///< gauges are read, and everything cools
    RUN_SAFE,       ///< everything is off, for good
    RUN_STATES
};

/// Why a run cannot go on. None of these is a failed recovery.
enum run_fault {
    RUN_FINE,
    RUN_ALARM,      ///< emergency stop, door, power that came or went by itself
    RUN_LINES_GONE, ///< a chip was taken away
    RUN_STUCK,      ///< a relay that did not follow
    RUN_TOO_HOT,    ///< a heater above its limit
    RUN_LOST_HOT,   ///< the link is lost, and something was hot
    RUN_LOST,       ///< the link is lost, and nothing was
    RUN_TOO_LONG,   ///< the longest run
    RUN_NOT_COOL,   ///< it did not cool down in time
    RUN_NOT_READY,  ///< the printer did not become ready, or did not begin to print
    RUN_PRINTER, ///< the printer gave up before anything was cut, or refused what a disturbance says
    RUN_OTHER_JOB, ///< what it prints under the job's name is another file
    RUN_WATCHDOG,  ///< the computer's own watchdog cannot be kicked
    RUN_LIVED,     ///< without power the printer went on printing: the cut did not reach it
    /// A gauge that cannot be read before the print; behind it the printer halted before all were read.
    RUN_GAUGE,
    RUN_CORE,        ///< dut: core, and its memory, its lines or its talk with the printer failed
    RUN_INTERRUPTED, ///< somebody asked us to end
    RUN_FAULTS
};

/// What is known at an instant.
struct run_facts {
    int64_t now_us;
    enum run_fault fault; ///< the guard's
    bool tested;          ///< every line is held, and every relay was found off
    bool on;              ///< every relay is on, and its read-back says so
    int64_t cut_us;       ///< power went at this cut; LINK_UNKNOWN not yet
    enum link_state link;
    /// Every heater that the link tells is below the bench's limit, and not to be heated.
    bool cool;
    bool due;      ///< the instant of the next cut is there
    bool refused;  ///< the printer refused what was said to it last
    bool given_up; ///< a calibration was refused: that is its result
    bool nothing;  ///< the core has nothing to bring back
    bool measured; ///< every gauge was read, of those to be read now
};

/// What is to be done now. Each is asked for once.
enum run_act {
    RUN_NOTHING,
    RUN_TEST,    ///< hold the lines, everything off
    RUN_POWER,   ///< switch on, in the right order, as soon as the relays' times allow
    RUN_PRINT,   ///< say the job
    RUN_OPEN,    ///< the cut
    RUN_CLOSE,   ///< power back
    RUN_RESTART, ///< the printer has shut itself down for want of power: say what wakes it
    RUN_RESUME,  ///< say what brings the print back
    RUN_MEASURE, ///< read the gauges: before the print those that compare, behind it all
    RUN_COOL,    ///< heaters off
    RUN_ALL_OFF  ///< everything off, whatever the rules
};

/// What the states go by.
struct run_script {
    int cuts;
    int64_t off_for_us[LAB_POWER_MAX];
    bool restarts, resumes; ///< there is something to say then
    int64_t ready_us, recovery_us, cooldown_us;
};

/// Where a run stands. Zero it to begin.
struct run_machine {
    const struct run_script *script;
    enum run_state state;
    int64_t since_us; ///< it is in this state
    int64_t step_us;  ///< what it waits for now has been waited for since then
    int cut;          ///< cuts made and come back from
    bool acted, compared, begun, restarted, resumed;
    /// Armed: it was ready, with power; behind an outage: it was heard to boot (since it was woken).
    bool up;
    int64_t cut_us;
    enum run_fault fault; ///< why it went to safe; RUN_FINE: at the end of the run
    bool judged;          ///< `result` says what became of the print
    enum lab_result result;
    bool never_cut; ///< the job was over, and cuts were left
};

/// Take the next step. Returns what is to be done.
enum run_act run_step(struct run_machine *machine, const struct run_facts *facts);

/// Is somebody expected at the link now? (Not while the power is off, nor before the printer was ready again.)
bool run_expects_link(const struct run_machine *machine);

const char *run_state_name(enum run_state state); ///< "self_test"; static
const char *run_fault_name(enum run_fault fault); ///< "link_lost_hot"; static

#endif
