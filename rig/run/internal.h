// A run from inside.
// SPDX-License-Identifier: MIT
#ifndef RIG_RUN_INTERNAL_H
#define RIG_RUN_INTERNAL_H

#include "rig/gauge/gauge.h"
#include "rig/host/host.h"
#include "rig/run/dog.h"
#include "rig/run/run.h"

/// Something to be said to the printer, and how that stands.
struct run_saying {
    const char *gcode; ///< NULL nothing
    bool print;        ///< `gcode` is the name of a job
    bool said;         ///< the link has taken it
    bool refused;
};

/// Gauges, read one after the other.
struct run_gauging {
    bool at_work;   ///< there may be more to be read
    bool after;     ///< behind the print; else before it, those that compare
    bool under_way; ///< `gauge` is being read
    int32_t next;   ///< of the bench's gauges
    struct gauge gauge;
};

struct engine {
    const struct run_ask *ask;
    const struct bench *bench;
    struct run_record *record;
    struct lines *lines;
    struct link *link;
    struct host *host; ///< with dut: core, else NULL
    enum host_state core_was;
    int64_t core_wait_us; ///< until it next has something to do
    bool core_begun;      ///< it records
    struct run_dog dog;
    struct run_machine machine;
    struct run_guard guard;
    struct run_saying saying;
    int word_asked; ///< 1 + the line of the console that is to be answered; 0 none
    /// The printer was last heard not to print since the cut; LINK_UNKNOWN it was not heard.
    int64_t unlike_us;
    struct run_gauging gauging;
    struct run_facts facts;
    uint32_t wanted;       ///< relays that should be on
    int64_t power_from_us; ///< no relay goes on before: people are warned first
    bool switching;        ///< relays are not yet as wanted
    bool powered;          ///< a relay went on in this run: the printer has lived, and may be hot
    int32_t rests;         ///< 1 + the relay whose long rest people were told of; 0 none
    bool stopping;         ///< the printer is to be told to stop, as soon as no relay waits for it
    int64_t powered_us;    ///< all on since then; INT64_MAX they are not
    int64_t due_us;        ///< of the next cut; INT64_MAX its place was not reached
    bool marked;
    char heat_gcode[160];                      ///< all heaters off
    char why[RUN_WHY];                         ///< of a relay that is stuck
    int lines_bad, link_bad;                   ///< negative errno
    bool stuck, gauge_bad, core_bad, word_bad; ///< `why` says it
};

/// Do what a step asked for.
void engine_do(struct engine *engine, enum run_act act);
/// Bring the next relay to where it is wanted, as its times allow.
void engine_switch(struct engine *engine);
/// Say what is to be said, and hear the answer.
void engine_say(struct engine *engine);
/// The printer, or the core, will not: no print comes back.
void engine_refused(struct engine *engine, const char *words);
/// Say to the console what is due.
void engine_words(struct engine *engine);
/// With dut: core, open what it needs. Returns 0 or a negative errno with err filled.
int engine_core_open(struct engine *engine, struct lab_error *err);
/// Let it do what is due.
void engine_core(struct engine *engine);
/// What the states are to take the printer for: a calibration is its job.
enum link_state engine_core_link(const struct engine *engine, enum link_state state);
/// Is it at work, and has something to do soon, as after a step of Z?
bool engine_core_looks(const struct engine *engine);
/// Begin to read gauges: those that compare before the print, all behind it.
void engine_gauge(struct engine *engine);
/// Go on reading. Never waits.
void engine_gauging(struct engine *engine);
/// Tell the printer to stop (its heaters go off with that), when that is to be done and was not. Never waits for long.
void engine_stop(struct engine *engine);
/// Everything off, and behind a fault the printer told to stop; then whoever is to be called in a fault is called.
void engine_off(struct engine *engine);
/// The run cannot begin, and nobody can vouch that everything is off: it ends as unsafe, and whoever is to be called is called.
void engine_not_off(struct engine *engine, const struct lab_error *err);
/// Tell people.
__attribute__((format(printf, 2, 3))) void engine_tell(struct engine *engine, const char *format,
                                                       ...);
/// The cut that is under way, or was last.
struct run_cut_record *engine_cut(struct engine *engine);

#endif
