// Many runs of one scenario as JSON plr-sweep/1. Nothing is lost that a merged report would need.
// SPDX-License-Identifier: MIT
#include "core/lab/report/format.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static json_t *population(const struct lab_population *p)
{
    json_t *object = json_object();
    for (int n = 0; n < LAB_MEASURES; n++) {
        const struct lab_population_measure *m = &p->measure[n];
        bool known = m->count > 0;
        json_t *one = json_object();
        json_object_set_new(one, "runs", json_integer((json_int_t)m->count));
        json_object_set_new(one, "p50", report_integer(known, m->p50));
        json_object_set_new(one, "p95", report_integer(known, m->p95));
        json_object_set_new(one, "max", report_integer(known, m->max));
        json_object_set_new(one, "limit", report_integer(m->limited, m->limit));
        json_object_set_new(one, "warn", report_integer(m->warned, m->warn));
        json_object_set_new(one, "outcome", json_string(lab_outcome_name(m->outcome)));
        json_object_set_new(object, lab_measure_info((enum lab_measure)n)->key, one);
    }
    return object;
}

static json_t *failures(const struct lab_population *p)
{
    json_t *array = json_array();
    for (size_t n = 0; n < p->failures; n++) {
        const struct lab_failure *f = &p->failure[n];
        json_t *one = json_object();
        json_object_set_new(one, "id", report_string(f->id));
        json_object_set_new(one, "at", json_integer((json_int_t)f->at));
        json_object_set_new(one, "outcome", json_string(lab_outcome_name(f->outcome)));
        json_object_set_new(one, "measure", json_string(lab_failed_word(f->measure)));
        json_object_set_new(one, "value", report_integer(f->known, f->value));
        json_array_append_new(array, one);
    }
    return array;
}

static json_t *classes(const struct lab_population *p)
{
    json_t *array = json_array();
    for (size_t n = 0; n < p->kinds; n++) {
        const struct lab_failure_class *kind = &p->kind[n];
        json_t *one = json_object();
        json_object_set_new(one, "measure", json_string(lab_failed_word(kind->measure)));
        json_object_set_new(one, "result", json_string(lab_result_name(kind->result)));
        json_object_set_new(one, "reason", report_string(kind->reason));
        json_object_set_new(one, "outcome", json_string(lab_outcome_name(kind->outcome)));
        json_object_set_new(one, "count", json_integer((json_int_t)kind->count));
        json_object_set_new(one, "id", report_string(kind->id));
        json_object_set_new(one, "at", json_integer((json_int_t)kind->at));
        json_array_append_new(array, one);
    }
    return array;
}

static json_t *pair(int64_t a, int64_t b)
{
    return json_pack("[I, I]", (json_int_t)a, (json_int_t)b);
}

/// What percentiles are made of; those of many reports too.
static json_t *tallies(const struct lab_population *p)
{
    json_t *object = json_object();
    for (int measure = 0; measure < LAB_MEASURES; measure++) {
        json_t *rows = json_array();
        for (size_t n = 0; n < p->tallies[measure]; n++)
            json_array_append_new(rows,
                                  pair(p->tally[measure][n].value, p->tally[measure][n].count));
        json_object_set_new(object, lab_measure_info((enum lab_measure)measure)->key, rows);
    }
    return object;
}

static json_t *worst(const struct lab_population *p)
{
    json_t *object = json_object();
    for (int n = 0; n < LAB_MEASURES; n++) {
        json_t *one = json_object();
        if (!p->worst[n].known) {
            json_decref(one);
            continue;
        }
        json_object_set_new(one, "value", json_integer((json_int_t)p->worst[n].value));
        json_object_set_new(one, "id", report_string(p->worst[n].id));
        json_object_set_new(one, "at", json_integer((json_int_t)p->worst[n].at));
        json_object_set_new(object, lab_measure_info((enum lab_measure)n)->key, one);
    }
    return object;
}

static void put_asked(json_t *root, const struct lab_sweep_facts *sweep)
{
    char list[12];
    snprintf(list, sizeof list, "%08" PRIx32, sweep->list);
    json_object_set_new(root, "every", report_string(sweep->every));
    json_object_set_new(root, "tear", sweep->tear ? report_string(sweep->tear) : json_null());
    json_object_set_new(root, "depth", json_integer((json_int_t)sweep->depth));
    json_object_set_new(root, "every2", sweep->every2 ? report_string(sweep->every2) : json_null());
    json_object_set_new(root, "from", json_integer((json_int_t)sweep->from));
    json_object_set_new(root, "to", report_integer(sweep->to != INT64_MAX, sweep->to));
    json_object_set_new(root, "list", json_string(list));
}

static void put_facts(json_t *root, const struct lab_sweep_facts *sweep)
{
    size_t count;
    const struct lab_sweep_number *number = lab_sweep_numbers(&count);
    for (size_t n = 0; n < count; n++) {
        int64_t value;
        memcpy(&value, (const char *)sweep + number[n].offset, sizeof value);
        json_object_set_new(root, number[n].key, json_integer((json_int_t)value));
    }
    json_object_set_new(root, "unique_states", json_integer((json_int_t)sweep->unique_states));
    json_t *marks = json_object(); // those that no cut came by, too
    for (int n = 0; n < PLR_MARKS; n++)
        json_object_set_new(marks, plr_mark_name(n), json_integer((json_int_t)sweep->marks[n]));
    json_object_set_new(root, "marks", marks);
    if (sweep->full)
        json_object_set_new(root, "full", report_full_json(sweep->full));
}

static json_t *states(const struct lab_sweep_facts *sweep)
{
    json_t *array = json_array();
    for (int64_t n = 0; n < sweep->unique_states; n++) {
        char text[20];
        snprintf(text, sizeof text, "%016" PRIx64, sweep->state[n]);
        json_array_append_new(array, json_string(text));
    }
    return array;
}

static json_t *covers(const struct lab_sweep_report *report)
{
    json_t *array = json_array();
    for (size_t n = 0; n < report->covers; n++)
        json_array_append_new(array, pair(report->cover[n].first, report->cover[n].end));
    return array;
}

static json_t *counts(const int64_t *count, int n, const char *(*name)(int))
{
    json_t *object = json_object();
    for (int i = 0; i < n; i++)
        json_object_set_new(object, name(i), json_integer((json_int_t)count[i]));
    return object;
}

static const char *result_name(int n)
{
    return lab_result_name((enum lab_result)n);
}

static const char *outcome_name(int n)
{
    return lab_outcome_name((enum lab_outcome)n);
}

/// What reports that are merged have in common.
static void put_head(json_t *root, const struct lab_sweep_report *report)
{
    json_object_set_new(root, "schema", json_string("plr-sweep/1"));
    json_object_set_new(root, "version", report_string(report->version));
    json_object_set_new(root, "id", report_string(report->id));
    json_object_set_new(root, "scenario", report_string(report->scenario_name));
    json_object_set_new(root, "set", report_strings(report->set, report->sets));
    json_object_set_new(root, "hashes",
                        report_hashes(report->hash_doc, report->hash_printer, report->hash_job,
                                      report->hash_config));
    if (report->seeded)
        json_object_set_new(root, "seed", report_seed(report->seed));
    json_object_set_new(root, "dut", report_string(report->dut));
    json_object_set_new(root, "gantry", report_string(report->gantry));
    if (report->sweep)
        put_asked(root, report->sweep);
    json_object_set_new(root, "of", report_integer(report->of >= 0, report->of));
}

json_t *report_sweep(const struct lab_sweep_report *report)
{
    const struct lab_population *p = report->population;
    json_t *root = json_object();
    put_head(root, report);
    json_object_set_new(root, "covers", covers(report));
    if (report->interrupted)
        json_object_set_new(root, "interrupted", json_true());
    json_object_set_new(root, "outcome", json_string(lab_outcome_name(p->outcome)));
    json_object_set_new(root, "runs", json_integer((json_int_t)p->runs));
    if (p->not_made) // only what a swarm draws may turn out not to be possible
        json_object_set_new(root, "not_made", json_integer((json_int_t)p->not_made));
    if (report->sweep)
        put_facts(root, report->sweep);
    json_object_set_new(root, "results", counts(p->results, LAB_RESULT_ANY, result_name));
    json_object_set_new(root, "outcomes", counts(p->outcomes, LAB_NOT_APPLICABLE, outcome_name));
    json_object_set_new(root, "population", population(p));
    json_object_set_new(root, "classes", classes(p));
    json_object_set_new(root, "failures", failures(p));
    json_object_set_new(root, "worst", worst(p));
    json_object_set_new(root, "tally", tallies(p));
    if (report->sweep)
        json_object_set_new(root, "states", states(report->sweep));
    if (report->host.present)
        json_object_set_new(root, "host", report_host(&report->host, true));
    return root;
}

static int make_json(const void *ctx, FILE *out)
{
    return report_dump_rows(report_sweep(ctx), out);
}

int lab_sweep_json(const struct lab_sweep_report *report, const char *path)
{
    assert(report && report->population && path);
    return lab_write_file(path, make_json, report);
}
