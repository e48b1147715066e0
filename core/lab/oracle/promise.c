// What a configuration promises: how old the newest record of a place may be when logic dies without warning.
// SPDX-License-Identifier: MIT
//
// The rule, with the options that it comes from (docs/SWEEPS.md, "What a sweep says", has it in words):
//
//   tick_interval         a place is written so often; twice that with a save_delay, whose full saves put the tick off
//   save_interval         without ticks: so often, and save_delay saves later
//   save_on_layer         without either: where a layer begins, and save_delay layers later
//   adaptive_interval     makes intervals up to eight times as long
//   stability_check,
//   load_guard            let a write wait, for two seconds at most
//
// and the memory itself may be busy twice: with what came before a record, and with the record that the cut falls into. A device that
// writes more seldom than that is not forgiven what it loses by it, however old its newest record is.
#include "core/lab/oracle/internal.h"

enum { WAIT_US = 2000000, STRETCH = 8, LAYER_STEP_NM = 30000 };

/// How long a record that is due may take until it stands.
static int64_t late_us(const struct lab_plr *plr, const struct lab_truth_cut *cut)
{
    return 2 * cut->memory_us + (plr->stability_check || plr->load_guard ? WAIT_US : 0);
}

/// The longest time between places; 0 when no interval is promised.
static int64_t interval_us(const struct lab_plr *plr)
{
    int64_t delay = plr->save_delay > 0 ? plr->save_delay : 0, longest = 0;

    if (plr->tick_interval_us > 0)
        longest = plr->tick_interval_us * (delay ? 2 : 1);
    else if (plr->save_interval_us > 0)
        longest = plr->save_interval_us * (1 + delay);
    return plr->adaptive_interval ? longest * STRETCH : longest;
}

/// The first entry of the layer whose beginning must have been written by then; 0 when the print is younger.
static size_t layer(const struct lab_plr *plr, const struct lab_truth *run,
                    const struct lab_truth_cut *cut)
{
    const struct lab_deposit *entry = run->ledger.entry;
    int64_t due_us = cut->logic_us - late_us(plr, cut), more = plr->save_delay;

    for (size_t n = cut->ledger_at; n-- > 1;) {
        bool begins = entry[n].from_nm[2] - entry[n - 1].to_nm[2] > LAYER_STEP_NM;
        if (begins && entry[n].t_us <= due_us && more-- <= 0)
            return n;
    }
    return 0;
}

size_t oracle_promised(const struct lab_truth *run, const struct lab_plr *plr,
                       const struct lab_truth_cut *cut)
{
    int64_t longest = interval_us(plr);
    size_t n = cut->ledger_at;

    if (plr->record || cut->logic_us < 0) // who records on command alone has promised nothing
        return 0;
    if (!longest)
        return plr->save_on_layer > 0 ? layer(plr, run, cut) : 0;
    int64_t since_us = cut->logic_us - longest - late_us(plr, cut);
    while (n > 0 && run->ledger.entry[n - 1].t_us + run->ledger.entry[n - 1].dt_us >= since_us)
        n--;
    return n;
}
