// From a record to a report.
// SPDX-License-Identifier: MIT
#include "rig/run/fill.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/lab/cli/cli.h"
#include "core/lab/doc/version.h"
#include "core/plr/gcode/gcode.h"
#include "rig/run/onward.h"

static int64_t since(const struct run_record *record, int64_t at_us)
{
    return at_us < 0 ? -1 : at_us - record->begun_us;
}

// --- the bench's own part -----------------------------------------------------------------------------------------

/// It told where it goes on, and that is a place of this file. (Some write the rest of a print into a file of its own.)
static bool goes_on_in(const struct lab_job *job, const struct run_cut_record *cut)
{
    return cut->placed_us >= 0 &&
           (cut->resumed_size <= 0 || cut->resumed_size == (int64_t)job->size);
}

static void fill_rig_cut(const struct run_plan *plan, const struct lab_job *job,
                         const struct run_record *record, const struct run_cut_record *from,
                         struct lab_rig_cut *to)
{
    const struct run_target *target = &plan->cut[from->cut].target;

    *to = (struct lab_rig_cut){.trigger = run_trigger_name(target->kind),
                               .asked_offset = target->byte,
                               .asked_line = target->mark ? target->mark : target->line,
                               .asked_z_nm = target->z_nm,
                               .asked_us = target->time_us < 0 ? -1 : target->time_us,
                               .asked_layer = target->layer,
                               .marked = from->marked,
                               .offset = from->file_at == LINK_UNKNOWN ? -1 : from->file_at,
                               .into_job_us = from->job_us,
                               .layer = from->layer,
                               .status_us = since(record, from->status_us),
                               .due_us = since(record, from->due_us),
                               .command_us = since(record, from->command_us),
                               .line_us = since(record, from->line_us),
                               .line_doubt_us = from->line_doubt_us,
                               .sense_us = since(record, from->sense_us),
                               .back_line_us = since(record, from->back_line_us),
                               .back_sense_us = since(record, from->back_sense_us),
                               .off_us = from->off_us,
                               .spread_us = from->spread_us,
                               .ready_us = since(record, from->ready_us),
                               .told_us = since(record, from->asked_us),
                               .resumed_us = since(record, from->resumed_us),
                               .resumed_doubt_us = from->resumed_doubt_us,
                               .resumed_offset = -1,
                               .resumed_layer = from->resumed_layer};
    if (goes_on_in(job, from)) {
        int64_t line;
        to->resumed_offset = from->resumed_at;
        run_place(job, from->resumed_at, &to->resumed_layer, &line);
    }
    memcpy(to->at_nm, from->at_nm, sizeof to->at_nm);
}

/// Each relay of a cut.
static void fill_cut_relays(struct run_told *told, const struct bench *bench,
                            const struct run_record *record, int n)
{
    struct lab_rig_cut *to = &told->rig_cut[n];

    to->relay = told->cut_relay[n];
    for (int32_t i = 0; i < bench->relays; i++) {
        const struct run_relay_record *from = &record->cut[n].relay[i];
        if (from->line_us < 0)
            continue;
        told->cut_relay[n][to->relays++] = (struct lab_rig_cut_relay){
            bench->relay[i].name, since(record, from->line_us), since(record, from->sense_us),
            since(record, from->back_line_us), since(record, from->back_sense_us)};
    }
}

static void fill_edges(struct run_told *told, const struct bench *bench,
                       const struct run_record *record)
{
    for (size_t n = 0; n < record->edges; n++) {
        const struct lines_edge *edge = &record->edge[n];
        const char *name =
            edge->relay ? bench->relay[edge->index].name : bench->sense[edge->index].name;
        told->edge[n] =
            (struct lab_rig_edge){edge->at_us - record->begun_us, name, edge->relay, edge->on};
    }
}

static int64_t once(const struct run_record *record, int64_t at_us)
{
    return at_us ? at_us - record->begun_us : -1;
}

static void fill_words(struct run_told *told, const struct run_plan *plan,
                       const struct run_record *record)
{
    for (int n = 0; n < plan->words; n++) {
        const struct run_word_record *word = &record->word[n];
        snprintf(told->word_key[n], sizeof told->word_key[n], "disturb[%d]", plan->word[n].entry);
        told->word[n] =
            (struct lab_rig_word){told->word_key[n], plan->word[n].line, once(record, word->due_us),
                                  once(record, word->said_us), once(record, word->done_us)};
    }
}

static void fill_gauges(struct run_told *told, const struct bench *bench,
                        const struct run_record *record)
{
    const struct gauge_readings *read = &record->readings;

    for (int32_t n = 0; n < bench->gauges; n++) {
        const struct bench_gauge *rule = &bench->gauge[n];
        told->gauge[n] = (struct lab_rig_gauge){
            .name = rule->name,
            .measures = bench_measure_name((enum bench_measure)rule->measure),
            .independent = rule->independent,
            .relative = rule->relative,
            .before_nm = read->before_known[n] ? read->before_nm[n] : INT64_MIN,
            .after_nm = read->after_known[n] ? read->after_nm[n] : INT64_MIN,
            .low_nm = rule->low_nm,
            .high_nm = rule->high_nm,
            .uncertainty_nm = rule->uncertainty_nm,
            .why = read->why[n][0] ? read->why[n] : NULL};
    }
}

static void fill_rig(struct run_told *told, const struct bench *bench, const struct run_plan *plan,
                     const struct lab_job *job, const struct run_record *record)
{
    for (int n = 0; n < record->times; n++)
        told->state[n] = (struct lab_rig_state){run_state_name(record->time[n].state),
                                                since(record, record->time[n].at_us)};
    for (int n = 0; n < record->cuts; n++)
        fill_rig_cut(plan, job, record, &record->cut[n], &told->rig_cut[n]);
    fill_edges(told, bench, record);
    for (int n = 0; n < record->cuts; n++)
        fill_cut_relays(told, bench, record, n);
    for (int n = 0; n < plan->skips; n++)
        told->skipped[n] = plan->skipped[n];
    fill_words(told, plan, record);
    fill_gauges(told, bench, record);
    told->rig = (struct lab_report_rig){.bench = bench->about,
                                        .fault = run_fault_name(record->fault),
                                        .why = record->why,
                                        .unsafe = record->unsafe,
                                        .state = told->state,
                                        .states = (size_t)record->times,
                                        .cut = told->rig_cut,
                                        .cuts = (size_t)record->cuts,
                                        .edge = told->edge,
                                        .edges = record->edges,
                                        .edges_lost = record->edges_lost,
                                        .skipped = told->skipped,
                                        .skips = (size_t)plan->skips,
                                        .word = told->word,
                                        .words = (size_t)plan->words,
                                        .gauge = told->gauge,
                                        .gauges = (size_t)bench->gauges,
                                        .touched = record->touched};
}

// --- what simulated runs have, too --------------------------------------------------------------------------------

static void fill_cut(struct run_told *told, const struct lab_input *input,
                     const struct run_record *record, int n)
{
    const struct run_cut_record *from = &record->cut[n];
    struct lab_report_cut *to = &told->cut[n];
    int64_t line = 0;

    *to = (struct lab_report_cut){.truth = told->truth.cut[n],
                                  .into_job_us = from->job_us,
                                  .layer = from->layer,
                                  .file_offset = -1,
                                  .during = "print"};
    if (from->file_at == LINK_UNKNOWN)
        return;
    to->file_offset = from->file_at;
    run_place(&input->job, from->file_at, &to->layer, &line);
    to->line = (int32_t)line;
}

/// What a run has to say beside its plan.
struct notes {
    struct run_told *told;
    size_t notes;
    int said;
};

__attribute__((format(printf, 2, 3))) static void note(struct notes *notes, const char *format, ...)
{
    char *text = notes->told->said[notes->said++];
    va_list args;

    va_start(args, format);
    vsnprintf(text, RUN_NOTE, format, args);
    va_end(args);
    notes->told->note[notes->notes++] = text;
}

/// An outage that was none to the printer; a place that nobody could look at.
static void note_cut(struct notes *notes, const struct lab_job *job, int n,
                     const struct run_cut_record *cut)
{
    if (cut->untold)
        note(notes,
             "cut %d: the printer was never told to go on, and no reset was heard: its supply may "
             "have bridged the %lld ms",
             n + 1, (long long)(cut->off_us / 1000));
    if (cut->resumed_us < 0)
        return;
    if (cut->placed_us < 0 || cut->file_at == LINK_UNKNOWN)
        note(notes,
             "cut %d: the printer did not tell its place in the file: nobody could look whether it "
             "went on where it was cut",
             n + 1);
    else if (!goes_on_in(job, cut))
        note(notes,
             "cut %d: it went on with a file of %lld bytes, which is not the job's: nobody could "
             "look whether that is where it was cut",
             n + 1, (long long)cut->resumed_size);
}

/// Returns how many.
static size_t fill_notes(struct run_told *told, const struct bench *bench,
                         const struct lab_input *input, const struct run_plan *plan,
                         const struct run_record *record)
{
    struct notes notes = {.told = told};

    for (int n = 0; n < plan->notes; n++)
        told->note[notes.notes++] = plan->note[n];
    if (bench->dut != BENCH_DUT_CORE && record->job_begun_us >= 0 &&
        record->job_size == LINK_UNKNOWN)
        note(&notes, "the printer did not tell how large its file is: nobody could look whether it "
                     "is the scenario's job");
    for (int n = 0; n < record->cuts; n++)
        note_cut(&notes, &input->job, n, &record->cut[n]);
    return notes.notes;
}

/// Did somebody look where it went on behind this cut?
static bool looked(const struct lab_job *job, const struct run_cut_record *cut)
{
    return cut->file_at != LINK_UNKNOWN && goes_on_in(job, cut);
}

/// What it printed, or may have, up to an instant behind going on.
static int64_t unheard_us(const struct run_cut_record *cut, int64_t until_us)
{
    int64_t to_cut_us = cut->line_us > cut->status_us ? cut->line_us - cut->status_us : 0;
    int64_t told_us = until_us > cut->resumed_us ? until_us - cut->resumed_us : 0;

    return to_cut_us + cut->resumed_doubt_us + told_us;
}

/// Does the scenario leave out objects of the job? How long its rest takes nobody knows then.
static bool excludes(const struct run_plan *plan)
{
    struct plr_gcode_line line;

    for (int n = 0; n < plan->words; n++) {
        const char *text = plan->word[n].line;
        if (!plr_gcode_lex(text, strlen(text), &line) &&
            (plr_gcode_is(&line, "EXCLUDE_OBJECT") ||
             (line.kind == PLR_GCODE_CODE && line.letter == 'M' && line.code == 486)))
            return true;
    }
    return false;
}

/// Did it go on somewhere else behind this cut, or was it done too soon? Then it is not this print that did.
static bool misplaced(const struct lab_job *job, const struct run_plan *plan,
                      const struct run_cut_record *cut, char why[RUN_ONWARD])
{
    struct run_onward told = {.cut_at = cut->file_at, .at = cut->resumed_at, .ahead = cut->ahead};

    if (cut->resumed_us < 0 || cut->file_at == LINK_UNKNOWN)
        return false;
    told.unheard_us = unheard_us(cut, cut->placed_us);
    if (looked(job, cut) && run_misplaced(job, &told, why))
        return true;
    told.unheard_us = unheard_us(cut, cut->done_us);
    return cut->done_us >= 0 && !excludes(plan) && run_done_too_soon(job, &told, why);
}

/// Is there an outage that may have been none, or one behind which nobody could look where the print went on?
static bool any_unseen(const struct lab_job *job, const struct run_record *record)
{
    for (int n = 0; n < record->cuts; n++) {
        const struct run_cut_record *cut = &record->cut[n];
        if (cut->untold || (cut->resumed_us >= 0 && !looked(job, cut)))
            return true;
    }
    return false;
}

/// A print that went on elsewhere did not come back, whatever else is well with it.
static void judge_places(const struct lab_job *job, const struct run_plan *plan,
                         const struct run_record *record, struct lab_verdict *verdict)
{
    char why[RUN_ONWARD], cut[24] = "";

    for (int n = 0; n < record->cuts && verdict->result == LAB_RESUMED; n++) {
        if (!misplaced(job, plan, &record->cut[n], why))
            continue;
        if (record->cuts > 1)
            snprintf(cut, sizeof cut, "cut %d: ", n + 1);
        verdict->result_ok = false;
        verdict->outcome = LAB_FAIL;
        snprintf(verdict->why, sizeof verdict->why, "%s%.130s", cut, why);
        return;
    }
}

/// What became of the print: one that began anew as it is to has brought nothing back.
static enum lab_result result_of(const struct lab_input *input, const struct run_record *record)
{
    const struct run_cut_record *last = record->cuts ? &record->cut[record->cuts - 1] : NULL;
    bool anew = record->result == LAB_RESUMED &&
                input->scenario.expect_result == LAB_NOTHING_TO_RESUME && last &&
                looked(&input->job, last) && run_begins_anew(&input->job, last->resumed_at);

    return anew ? LAB_NOTHING_TO_RESUME : record->result;
}

/// Why nothing is measured that should have been; NULL all is.
static const char *lost_gauge(const struct run_record *record)
{
    if (record->fault == RUN_GAUGE && record->judged)
        return record->why; // the printer halted before
    for (int32_t n = 0; n < BENCH_GAUGES; n++)
        if (record->readings.why[n][0])
            return record->readings.why[n];
    return NULL;
}

/// Why this is no verdict at all; NULL it is one.
static const char *broken(const struct run_record *record)
{
    if (record->fault != RUN_FINE && !(record->fault == RUN_GAUGE && record->judged))
        return record->why;
    return record->never_cut ? "a cut never fired" : NULL;
}

/// What was measured counts, whatever could not be: a limit that is broken stays broken. Otherwise nobody can say that all are kept.
/// A fault of the bench, also one in the cooldown behind it, discards the verdict: it is an error, and what was measured stands in the report.
static void judge(struct run_told *told, const struct lab_input *input, const struct run_plan *plan,
                  const struct run_record *record)
{
    struct lab_verdict *verdict = &told->verdict;

    if (record->judged && !record->unsafe && !record->never_cut) {
        lab_judge_gauged(&told->truth, &input->scenario, result_of(input, record), record->reason,
                         verdict);
        if (verdict->outcome == LAB_PASS && any_unseen(&input->job, record))
            verdict->outcome = LAB_MARGINAL;
        judge_places(&input->job, plan, record, verdict);
    } else {
        *verdict = (struct lab_verdict){.outcome = LAB_ERROR, .result = LAB_RESULT_ANY};
        for (int n = 0; n < LAB_MEASURES; n++)
            verdict->measure[n].outcome = LAB_NOT_APPLICABLE;
    }
    const char *lost = lost_gauge(record), *why = broken(record);
    if (why || (lost && verdict->outcome != LAB_FAIL)) {
        verdict->outcome = LAB_ERROR;
        snprintf(verdict->why, sizeof verdict->why, "%.159s", why ? why : lost);
    }
}

int run_tell(struct run_told *told, const struct bench *bench, const struct lab_input *input,
             const struct run_plan *plan, const struct run_record *record,
             struct lab_report *report)
{
    char cut[LAB_ID_CUTS][LAB_CUT_BYTES];

    memset(told, 0, sizeof *told);
    memcpy(cut, input->cut, sizeof cut);
    run_truth(record, bench, &told->truth);
    judge(told, input, plan, record);
    fill_rig(told, bench, plan, &input->job, record);
    for (int n = 0; n < record->cuts; n++)
        fill_cut(told, input, record, n);
    size_t notes = fill_notes(told, bench, input, plan, record);
    const struct lab_scenario *scenario = &input->scenario;
    *report = (struct lab_report){.version = LAB_VERSION,
                                  .id = told->id,
                                  .about = scenario->about,
                                  .printer = scenario->printer.name,
                                  .job = input->job.name,
                                  .material = input->material->name,
                                  .scenario = scenario,
                                  .scenario_name = input->stem,
                                  .seed = scenario->seed,
                                  .set = input->set_list,
                                  .sets = input->sets,
                                  .hash_doc = scenario->hash_doc,
                                  .hash_printer = scenario->hash_printer,
                                  .hash_job = input->job.hash,
                                  .hash_config = scenario->hash_config,
                                  .dut = bench->dut == BENCH_DUT_CORE ? "core" : "printer",
                                  .gantry = "real",
                                  .reason = record->reason,
                                  .verdict = &told->verdict,
                                  .sim_ms = record->on_us / 1000,
                                  .cut = told->cut,
                                  .cuts = (size_t)record->cuts,
                                  .note = told->note,
                                  .notes = notes,
                                  .truth = &told->truth,
                                  .rig = &told->rig};
    return lab_input_id(input, scenario->seed, cut, input->cuts, told->id);
}

int run_exit(const struct run_told *told, const struct run_record *record)
{
    const struct lab_verdict *verdict = &told->verdict;

    if (record->unsafe)
        return LAB_EXIT_INFRA;
    if (record->fault == RUN_INTERRUPTED)
        return LAB_EXIT_INTERRUPTED;
    if (record->fault == RUN_FINE && record->never_cut)
        return LAB_EXIT_USAGE;
    return lab_cli_exit((int)verdict->outcome, (int)verdict->result, verdict->result_ok);
}
