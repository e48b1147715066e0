// The state machine of a run on a bench.
// SPDX-License-Identifier: MIT
#include "rig/run/state.h"

#include <assert.h>

const char *run_state_name(enum run_state state)
{
    static const char *const names[RUN_STATES] = {"off",        "self_test", "armed",
                                                  "printing",   "cut",       "waiting",
                                                  "recovering", "measuring", "safe"};
    assert((unsigned)state < RUN_STATES);
    return names[state];
}

const char *run_fault_name(enum run_fault fault)
{
    static const char *const names[RUN_FAULTS] = {
        "",          "alarm",    "lines_gone", "relay_stuck", "too_hot",    "link_lost_hot",
        "link_lost", "too_long", "not_cool",   "not_ready",   "printer",    "other_job",
        "watchdog",  "lived_on", "gauge",      "core",        "interrupted"};
    assert((unsigned)fault < RUN_FAULTS);
    return names[fault];
}

static enum run_act enter(struct run_machine *m, const struct run_facts *f, enum run_state state,
                          enum run_act act)
{
    m->state = state;
    m->since_us = m->step_us = f->now_us;
    m->acted = m->begun = m->restarted = m->resumed = m->compared = m->up = false;
    return act;
}

static enum run_act give_up(struct run_machine *m, const struct run_facts *f, enum run_fault fault)
{
    m->fault = fault;
    return enter(m, f, RUN_SAFE, RUN_ALL_OFF);
}

/// The print is over, one way or the other.
static enum run_act over(struct run_machine *m, const struct run_facts *f, enum lab_result result)
{
    m->judged = true;
    m->result = result;
    return enter(m, f, RUN_MEASURING, RUN_MEASURE);
}

static bool late(const struct run_machine *m, const struct run_facts *f, int64_t most_us)
{
    return f->now_us - m->step_us > most_us;
}

/// Something to be done once in a state; what is waited for next begins now.
static enum run_act once(struct run_machine *m, const struct run_facts *f, bool *done,
                         enum run_act act)
{
    *done = true;
    m->step_us = f->now_us;
    return act;
}

// --- one function for each state ----------------------------------------------------------------------------------

static enum run_act armed(struct run_machine *m, const struct run_facts *f)
{
    if (!f->on) { // the relays have their own times: the guard says when one is stuck
        m->step_us = f->now_us;
        return RUN_NOTHING;
    }
    if (f->link == LINK_FAULT && m->up)
        return give_up(m, f, RUN_PRINTER);
    if (f->link == LINK_FAULT && m->script->restarts && !m->restarted)
        return once(m, f, &m->restarted, RUN_RESTART);
    if (f->link != LINK_READY && f->link != LINK_DONE && f->link != LINK_CANCELLED)
        return late(m, f, m->script->ready_us) ? give_up(m, f, RUN_NOT_READY) : RUN_NOTHING;
    m->up = true;
    if (!m->acted && !f->cool)
        return once(m, f, &m->acted, RUN_COOL);
    if (!f->cool)
        return late(m, f, m->script->cooldown_us) ? give_up(m, f, RUN_NOT_COOL) : RUN_NOTHING;
    if (!m->compared)
        return once(m, f, &m->compared, RUN_MEASURE);
    return f->measured ? enter(m, f, RUN_PRINTING, RUN_PRINT) : RUN_NOTHING;
}

/// A print that has been cut is the recovery's; one that has not is nobody's fault but the printer's.
static enum run_act lost_print(struct run_machine *m, const struct run_facts *f)
{
    return m->cut > 0 ? over(m, f, LAB_NEVER_FINISHED) : give_up(m, f, RUN_PRINTER);
}

static enum run_act ended(struct run_machine *m, const struct run_facts *f)
{
    m->never_cut = m->cut < m->script->cuts;
    return over(m, f, LAB_RESUMED);
}

static enum run_act printing(struct run_machine *m, const struct run_facts *f)
{
    bool runs = f->link == LINK_PRINTING || f->link == LINK_PAUSED;

    if (runs)
        m->begun = true;
    if (f->given_up)
        return over(m, f, LAB_REFUSED);
    if (f->due && m->cut < m->script->cuts && m->begun)
        return enter(m, f, RUN_CUT, RUN_OPEN);
    if (runs)
        return RUN_NOTHING;
    if (f->link == LINK_FAULT || (!m->begun && f->refused))
        return lost_print(m, f);
    if (!m->begun) // what it says of the job before is no news
        return late(m, f, m->script->ready_us) ? give_up(m, f, RUN_NOT_READY) : RUN_NOTHING;
    if (f->link == LINK_DONE)
        return ended(m, f);
    if (f->link == LINK_CANCELLED || f->link == LINK_READY)
        return lost_print(m, f);
    return RUN_NOTHING; // the link's own affair: the guard knows when it is lost
}

static enum run_act waiting(struct run_machine *m, const struct run_facts *f)
{
    if (!m->acted && f->now_us >= m->cut_us + m->script->off_for_us[m->cut])
        return once(m, f, &m->acted, RUN_CLOSE);
    if (m->acted && f->on)
        return enter(m, f, RUN_RECOVERING, RUN_NOTHING);
    return RUN_NOTHING;
}

/// Ready, and told to go on: it does, or refuses, or neither.
static enum run_act told(struct run_machine *m, const struct run_facts *f)
{
    if (f->link == LINK_FAULT || (m->resumed && f->refused))
        return over(m, f, f->nothing ? LAB_NOTHING_TO_RESUME : LAB_REFUSED);
    if (late(m, f, m->script->recovery_us))
        return over(m, f, LAB_NEVER_FINISHED);
    return RUN_NOTHING;
}

static enum run_act recovering(struct run_machine *m, const struct run_facts *f)
{
    if (f->link == LINK_PRINTING || (f->link == LINK_DONE && m->acted)) {
        m->cut++;
        (void)enter(m, f, RUN_PRINTING, RUN_NOTHING);
        m->begun = true;
        return RUN_NOTHING;
    }
    if (m->acted)
        return told(m, f);
    if (f->link == LINK_FAULT && m->script->restarts && !m->restarted) {
        m->up = false;
        return once(m, f, &m->restarted, RUN_RESTART);
    }
    if (f->link == LINK_FAULT &&
        m->up) // what a host still says of the outage is no news, and has the bound of a printer that boots
        return give_up(m, f, RUN_NOT_READY);
    m->up = m->up || f->link == LINK_STARTING;
    bool ready = f->link == LINK_READY || f->link == LINK_PAUSED || f->link == LINK_CANCELLED;
    if (!ready)
        return late(m, f, m->script->ready_us) ? give_up(m, f, RUN_NOT_READY) : RUN_NOTHING;
    m->resumed = m->script->resumes;
    return once(m, f, &m->acted, m->script->resumes ? RUN_RESUME : RUN_NOTHING);
}

static enum run_act measuring(struct run_machine *m, const struct run_facts *f)
{
    bool told = f->measured || m->result != LAB_RESUMED; // there is nothing more to be read

    if (f->link == LINK_FAULT) // it takes no word to cool down by; what became of the print stays
        return told ? enter(m, f, RUN_SAFE, RUN_ALL_OFF) : give_up(m, f, RUN_GAUGE);
    if (!f->measured) {
        m->step_us = f->now_us;
        return RUN_NOTHING;
    }
    if (!m->acted)
        return once(m, f, &m->acted, RUN_COOL);
    if (f->cool || f->link == LINK_LOST) // lost while something is hot is the guard's
        return enter(m, f, RUN_SAFE, RUN_ALL_OFF);
    return late(m, f, m->script->cooldown_us) ? give_up(m, f, RUN_NOT_COOL) : RUN_NOTHING;
}

enum run_act run_step(struct run_machine *m, const struct run_facts *f)
{
    if (m->state == RUN_SAFE)
        return RUN_NOTHING;
    if (f->fault != RUN_FINE)
        return give_up(m, f, f->fault);
    switch (m->state) {
    case RUN_OFF: return enter(m, f, RUN_SELF_TEST, RUN_TEST);
    case RUN_SELF_TEST: return f->tested ? enter(m, f, RUN_ARMED, RUN_POWER) : RUN_NOTHING;
    case RUN_ARMED: return armed(m, f);
    case RUN_PRINTING: return printing(m, f);
    case RUN_CUT:
        if (f->cut_us == LINK_UNKNOWN)
            return RUN_NOTHING;
        m->cut_us = f->cut_us;
        return enter(m, f, RUN_WAITING, RUN_NOTHING);
    case RUN_WAITING: return waiting(m, f);
    case RUN_RECOVERING: return recovering(m, f);
    case RUN_MEASURING: return measuring(m, f);
    case RUN_SAFE:
    case RUN_STATES: break;
    }
    return RUN_NOTHING;
}

bool run_expects_link(const struct run_machine *m)
{
    switch (m->state) {
    case RUN_ARMED: return m->up;
    case RUN_RECOVERING: return m->acted;
    case RUN_PRINTING: return true;
    case RUN_MEASURING: return true;
    case RUN_OFF:
    case RUN_SELF_TEST:
    case RUN_CUT:
    case RUN_WAITING:
    case RUN_SAFE:
    case RUN_STATES: break;
    }
    return false;
}
