// Verdict: measures against limits, result against what was expected.
// SPDX-License-Identifier: MIT
#include "core/lab/oracle/internal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *lab_outcome_name(enum lab_outcome outcome)
{
    static const char *const name[LAB_OUTCOMES] = {"pass", "marginal", "fail", "error",
                                                   "not_applicable"};
    assert((unsigned)outcome < LAB_OUTCOMES);
    return name[outcome];
}

const char *lab_result_name(enum lab_result result)
{
    static const char *const name[] = {"resumed", "refused", "nothing_to_resume", "never_finished",
                                       "any"};
    assert((unsigned)result <= LAB_RESULT_ANY);
    return name[result];
}

// First thing that is not as expected wins.
__attribute__((format(printf, 2, 3))) static void because(struct lab_verdict *verdict,
                                                          const char *format, ...)
{
    if (verdict->why[0])
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(verdict->why, sizeof verdict->why, format, arguments);
    va_end(arguments);
}

static void worsen(struct lab_verdict *verdict, enum lab_outcome outcome)
{
    if (outcome != LAB_NOT_APPLICABLE && outcome > verdict->outcome)
        verdict->outcome = outcome;
}

// Had no path been extruded when the first cut came (or, without warning, the last save)? Then there is nothing to bring back.
static bool untouched(const struct lab_truth *run)
{
    size_t before = run->cuts > 0 ? run->cut[0].ledger_at : 0;
    if (run->gauged)
        return false; // nobody looked
    int64_t saved = run->cuts > 0 ? run->cut[0].committed_us : -1;
    for (size_t n = 0; n < before; n++) {
        const struct lab_deposit *d = &run->ledger.entry[n];
        if (saved >= 0 && d->t_us >= saved)
            break;
        if (d->from_nm[0] != d->to_nm[0] || d->from_nm[1] != d->to_nm[1])
            return false;
    }
    return run->cuts > 0;
}

/// Is this a refusal that will do as well? `reason` begins with its word.
static bool may_refuse(const struct lab_scenario *scenario, enum lab_result result,
                       const char *reason)
{
    size_t length = reason ? strcspn(reason, ":") : 0;

    for (int code = 0; code < 32 && result == LAB_REFUSED; code++) {
        const char *word = lab_reason_word(code);
        if ((scenario->expect_or_refused >> code & 1u) && word && strlen(word) == length &&
            !strncmp(reason, word, length))
            return true;
    }
    return false;
}

static void judge_result(struct lab_verdict *verdict, const struct lab_scenario *scenario,
                         const struct lab_truth *run, const char *reason)
{
    verdict->result_ok = true;
    bool nothing = verdict->result == LAB_NOTHING_TO_RESUME &&
                   scenario->expect_result == LAB_RESUMED && untouched(run);
    if (nothing || may_refuse(scenario, verdict->result, reason))
        return; // however the scenario goes on about resumed prints
    if (scenario->expect_result != LAB_RESULT_ANY && scenario->expect_result != verdict->result) {
        verdict->result_ok = false;
        because(verdict, "result is %s, expected %s", lab_result_name(verdict->result),
                lab_result_name(scenario->expect_result));
    } else if (scenario->expect_reason[0] &&
               !strstr(reason ? reason : "", scenario->expect_reason)) {
        verdict->result_ok = false;
        because(verdict, "reason is \"%.40s\", expected \"%.40s\"", reason ? reason : "",
                scenario->expect_reason);
    }
    worsen(verdict, verdict->result_ok ? LAB_PASS : LAB_FAIL);
}

// Measures that must be 0 whatever a scenario says nothing about.
static bool zero_by_default(enum lab_measure measure)
{
    return measure == LAB_DIVE || measure == LAB_COLLISIONS;
}

bool lab_limit_of(const struct lab_scenario *scenario, enum lab_measure measure, int64_t *limit)
{
    const struct lab_limit *set = &scenario->expect[measure];

    *limit = set->set ? set->max : 0;
    return measure != LAB_OUTAGE_CONTACT && // no fault of the DUT
           (set->set || zero_by_default(measure));
}

// Measures that only an alignment can give.
static bool needs_alignment(enum lab_measure measure)
{
    return measure <= LAB_FLOW_DEFICIT || measure == LAB_STATE_AGE;
}

static enum lab_outcome against(const struct lab_measured *m, bool lower_is_bad)
{
    int64_t size = m->value < 0 ? -m->value : m->value;
    if (m->limited && (lower_is_bad ? size < m->limit : size > m->limit))
        return LAB_FAIL;
    if (m->warned && (lower_is_bad ? size < m->warn : size > m->warn))
        return LAB_MARGINAL;
    return LAB_PASS;
}

// Path (or filament) that nobody could know of when logic died without warning: what was extruded since the newest record that
// was whole by then began to be written, and a hundredth for the instant at which its place was read. That newest record is the device's
// own doing, so no more counts than could lie behind it as the device is configured.
static int64_t allowance(const struct lab_truth *run, const struct lab_plr *plr, bool filament)
{
    int64_t all = 0; // coverage, too, is of the whole run
    for (int i = 0; i < run->cuts && i < LAB_TRUTH_CUTS; i++) {
        const struct lab_truth_cut *cut = &run->cut[i];
        size_t first = oracle_promised(run, plr, cut);
        int64_t sum = 0;
        for (size_t n = cut->ledger_at; n-- > first && cut->committed_us >= 0;) {
            const struct lab_deposit *d = &run->ledger.entry[n];
            if (d->t_us + d->dt_us < cut->committed_us)
                break;
            sum += filament ? d->e_nm : lab_deposit_length(d);
        }
        sum += sum / 100;
        all += sum;
    }
    return lab_round_div(all, 1000);
}

void lab_judge_state(struct lab_verdict *verdict, enum lab_state state)
{
    verdict->state = state;
    if (state != LAB_STATE_OTHER)
        return;
    because(verdict, "it goes on in another state than the uninterrupted print had there");
    worsen(verdict, LAB_FAIL);
}

void lab_judge_contradicted(struct lab_verdict *verdict)
{
    verdict->contradicted = true;
    because(verdict, "another way of judging this run came to something else");
    worsen(verdict, LAB_ERROR);
}

/// Was the path at its end before every cut?
static bool nothing_left(const struct lab_verdict *verdict)
{
    for (int n = 0; n < verdict->cuts; n++)
        if (!verdict->cut[n].nothing_left)
            return false;
    return true;
}

static void judge_measure(struct lab_verdict *verdict, const struct lab_scenario *scenario,
                          const struct lab_truth *run, enum lab_measure measure)
{
    struct lab_measured *m = &verdict->measure[measure];
    const struct lab_limit *limit = &scenario->expect[measure];
    const struct lab_measure_info *info = lab_measure_info(measure);
    m->limited = lab_limit_of(scenario, measure, &m->limit);
    if (m->limited && (measure == LAB_SEAM_OVERLAP || measure == LAB_SEAM_OVERLAP_FILAMENT)) {
        int64_t allowed = allowance(run, &scenario->plr, measure == LAB_SEAM_OVERLAP_FILAMENT);
        m->limit = allowed > m->limit ? allowed : m->limit;
    }
    m->warned = m->limited && limit->set && limit->has_warn;
    m->warn = limit->warn;
    if (verdict->result == LAB_NOTHING_TO_RESUME && !zero_by_default(measure)) {
        m->outcome = LAB_NOT_APPLICABLE; // nothing was brought back that could stand wrong
    } else if (m->known) {
        m->outcome = against(m, info->lower_is_bad);
        if (m->gauged)
            m->outcome = oracle_gauged_outcome(measure, m, m->outcome);
        if (m->outcome == LAB_FAIL)
            because(verdict, "%s is %" PRId64 ", limit %" PRId64, info->key, m->value, m->limit);
    } else if (m->limited && verdict->result == LAB_RESUMED && !run->gauged &&
               !nothing_left(verdict) && needs_alignment(measure)) {
        // a limit that nothing was measured for must not pass in silence
        m->outcome = LAB_FAIL;
        because(verdict, "%s is unknown: the resumed path is nowhere in the twin", info->key);
    } else {
        m->outcome = LAB_NOT_APPLICABLE;
    }
    worsen(verdict, m->outcome);
}

/// Everything but the measures that come from the path.
static void judge_rest(const struct lab_truth *run, const struct lab_scenario *scenario,
                       const char *reason, struct lab_verdict *out)
{
    oracle_measure_facts(run, out);
    judge_result(out, scenario, run, reason);
    for (int measure = 0; measure < LAB_MEASURES; measure++)
        judge_measure(out, scenario, run, (enum lab_measure)measure);
}

static struct lab_verdict verdict_of(const struct lab_truth *run, enum lab_result result)
{
    return (struct lab_verdict){.result = result,
                                .cuts = run->cuts < LAB_TRUTH_CUTS ? run->cuts : LAB_TRUTH_CUTS};
}

/// Judge by a path of the twin, which is freed.
static int judge(const struct lab_truth *run, struct oracle_path *twin,
                 const struct lab_scenario *scenario, enum lab_result result, const char *reason,
                 bool spread, struct lab_verdict *out)
{
    assert(run && scenario && out && result < LAB_RESULT_ANY);
    *out = verdict_of(run, result);
    struct oracle_align align;
    int error = oracle_align_make(&align, run, twin);
    if (!error)
        error = oracle_measure_path(&align, run, spread, out);
    oracle_align_free(&align);
    if (error) {
        *out = (struct lab_verdict){.outcome = LAB_ERROR, .result = result};
        return error;
    }
    judge_rest(run, scenario, reason, out);
    return 0;
}

void lab_judge_gauged(const struct lab_truth *run, const struct lab_scenario *scenario,
                      enum lab_result result, const char *reason, struct lab_verdict *out)
{
    assert(run && run->gauged && scenario && out && result < LAB_RESULT_ANY);
    *out = verdict_of(run, result);
    oracle_measure_gauged(run, out);
    judge_rest(run, scenario, reason, out);
}

int lab_judge(const struct lab_truth *run, const struct lab_truth *twin,
              const struct lab_scenario *scenario, enum lab_result result, const char *reason,
              struct lab_verdict *out)
{
    struct oracle_path path;

    assert(twin);
    if (oracle_path_init(&path, &twin->ledger)) {
        *out = (struct lab_verdict){.outcome = LAB_ERROR, .result = result};
        return -12;
    }
    return judge(run, &path, scenario, result, reason, true, out);
}

struct lab_twin {
    struct oracle_path path;
};

struct lab_twin *lab_twin_open(const struct lab_truth *twin)
{
    struct lab_twin *out = malloc(sizeof *out);

    if (out && oracle_path_init(&out->path, &twin->ledger)) {
        free(out);
        return NULL;
    }
    return out;
}

void lab_twin_close(struct lab_twin *twin)
{
    if (twin)
        oracle_path_free(&twin->path);
    free(twin);
}

int lab_judge_stretch(const struct lab_truth *run, const struct lab_twin *twin, size_t first,
                      size_t end, const struct lab_scenario *scenario, struct lab_verdict *out)
{
    struct oracle_path part;

    oracle_path_part(&part, &twin->path, first, end);
    return judge(run, &part, scenario, LAB_RESUMED, "", false, out);
}
