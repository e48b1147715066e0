// A run as JSON, schema plr-run/1: integers only, keys in a fixed order, fields are added but never renamed.
// SPDX-License-Identifier: MIT
#include "core/lab/report/format.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

// jansson tolerates NULL values and objects; what is lost to a full memory shows in the last check.
static void put(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static void put_integer(json_t *object, const char *key, int64_t value)
{
    put(object, key, json_integer((json_int_t)value));
}

// An instant; -1 is "never".
static void put_instant(json_t *object, const char *key, int64_t us)
{
    put(object, key, report_integer(us >= 0, us));
}

static json_t *corners(const int32_t nm[LAB_TRUTH_CORNERS])
{
    json_t *array = json_array();
    for (int n = 0; n < LAB_TRUTH_CORNERS; n++)
        json_array_append_new(array,
                              report_integer(nm[n] != INT32_MIN, lab_round_div(nm[n], 1000)));
    return array;
}

static json_t *alignment(const struct lab_aligned *aligned)
{
    json_t *object = json_object();
    bool matched = aligned->matched;
    put(object, "matched", json_boolean(matched));
    put(object, "cut_at_um",
        report_integer(aligned->cut_at_nm >= 0, lab_round_div(aligned->cut_at_nm, 1000)));
    put(object, "resumed_at_um",
        report_integer(matched, lab_round_div(aligned->resumed_at_nm, 1000)));
    put(object, "first_path_um",
        report_integer(matched, lab_round_div(aligned->first_path_nm, 1000)));
    put(object, "z_error_um", report_integer(matched, lab_round_div(aligned->z_error_nm, 1000)));
    put(object, "shift_x_um", report_integer(matched, lab_round_div(aligned->shift_nm[0], 1000)));
    put(object, "shift_y_um", report_integer(matched, lab_round_div(aligned->shift_nm[1], 1000)));
    put_integer(object, "stray_path_um", lab_round_div(aligned->stray_path_nm, 1000));
    put_integer(object, "stray_filament_um", lab_round_div(aligned->stray_filament_nm, 1000));
    return object;
}

/// The operation of the memory that the cut was scripted to fall into; null when it was not.
static json_t *torn(const struct lab_report_cut *c)
{
    if (!c->torn)
        return json_null();
    json_t *object = json_object();
    put(object, "operation", report_string(c->torn_erase ? "erase" : "program"));
    put_integer(object, "bytes", c->torn_size);
    put(object, "tear", report_string(c->tear[0] ? c->tear : "half"));
    return object;
}

static json_t *cut(const struct lab_report_cut *c, const struct lab_aligned *aligned)
{
    json_t *object = json_object();
    put_instant(object, "mains_us", c->truth.mains_us);
    put_instant(object, "into_job_us", c->into_job_us);
    put_instant(object, "detected_us", c->truth.detected_us);
    put_instant(object, "stopped_us", c->truth.stopped_us);
    put_integer(object, "event", (int64_t)c->event);
    put_integer(object, "layer", c->layer);
    put(object, "line", report_integer(c->line > 0, c->line));
    put(object, "file_offset", report_integer(c->file_offset >= 0, c->file_offset));
    put_integer(object, "move_fraction_ppm", c->move_fraction_ppm);
    put(object, "during", report_string(c->during));
    put(object, "torn", torn(c));
    put_instant(object, "drivers_us", c->truth.drivers_us);
    put_instant(object, "logic_us", c->truth.logic_us);
    put_instant(object, "back_us", c->truth.back_us);
    put_instant(object, "first_extrusion_us", c->truth.first_extrusion_us);
    put_integer(object, "overrun_um", lab_round_div(c->truth.overrun_nm, 1000));
    put(object, "corner_before_um", corners(c->truth.corner_before_nm));
    put(object, "corner_after_um", corners(c->truth.corner_after_nm));
    put(object, "bed_mc", report_integer(c->truth.bed_mc != INT32_MIN, c->truth.bed_mc));
    put(object, "nozzle_mc", report_integer(c->truth.nozzle_mc != INT32_MIN, c->truth.nozzle_mc));
    put(object, "chamber_mc",
        report_integer(c->truth.chamber_mc != INT32_MIN, c->truth.chamber_mc));
    put(object, "part_released", json_boolean(c->truth.part_released));
    if (aligned)
        put(object, "alignment", alignment(aligned));
    return object;
}

static json_t *measures(const struct lab_verdict *verdict)
{
    json_t *object = json_object();
    for (int n = 0; n < LAB_MEASURES; n++) {
        const struct lab_measured *m = &verdict->measure[n];
        json_t *one = json_object();
        put(one, "value", report_integer(m->known, m->value));
        put(one, "min", report_integer(m->known, m->min));
        put(one, "max", report_integer(m->known, m->max));
        put(one, "p95", report_integer(m->known, m->p95));
        put(one, "limit", report_integer(m->limited, m->limit));
        put(one, "warn", report_integer(m->warned, m->warn));
        put(one, "outcome", json_string(lab_outcome_name(m->outcome)));
        if (m->gauged) {
            put_integer(one, "uncertainty", m->uncertainty);
            put(one, "independent", json_boolean(m->independent));
        }
        put(object, lab_measure_info((enum lab_measure)n)->key, one);
    }
    return object;
}

static json_t *marks(uint64_t passed)
{
    json_t *array = json_array();
    for (int n = 0; n < PLR_MARKS; n++)
        if (passed >> n & 1u)
            json_array_append_new(array, json_string(plr_mark_name(n)));
    return array;
}

static json_t *recovery(const struct lab_report *report)
{
    json_t *array = json_array();
    for (size_t n = 0; n < report->steps; n++) {
        const struct lab_report_step *step = &report->step[n];
        json_t *one = json_object();
        put_integer(one, "cut", step->cut);
        put(one, "phase", report_string(step->phase));
        put_integer(one, "start_us", step->start_us);
        put_integer(one, "duration_us", step->duration_us);
        put(one, "note", report_string(step->note));
        json_array_append_new(array, one);
    }
    return array;
}

static json_t *saves(const struct lab_report *report)
{
    json_t *array = json_array();
    for (size_t n = 0; n < report->saves; n++) {
        const struct lab_report_save *save = &report->save[n];
        json_t *one = json_object();
        put(one, "what", report_string(save->what));
        put_integer(one, "count", save->count);
        put(one, "bytes", report_integer(save->bytes >= 0, save->bytes));
        put(one, "age_us", report_integer(save->age_us >= 0, save->age_us));
        json_array_append_new(array, one);
    }
    return array;
}

static json_t *unknown_commands(const struct lab_report *report)
{
    json_t *array = json_array();
    for (size_t n = 0; n < report->unknowns; n++) {
        json_t *one = json_object();
        put(one, "name", report_string(report->unknown[n].name));
        put_integer(one, "count", report->unknown[n].count);
        json_array_append_new(array, one);
    }
    return array;
}

static json_t *twin(const struct lab_twin_facts *facts)
{
    json_t *object = json_object();
    bool filament = facts->slicer.has_filament, time = facts->slicer.has_time;
    put_integer(object, "deposits", (int64_t)facts->deposits);
    put_integer(object, "path_um", lab_round_div(facts->path_nm, 1000));
    put_integer(object, "filament_um", lab_round_div(facts->filament_nm, 1000));
    put_integer(object, "time_ms", facts->time_ms);
    put(object, "slicer_filament_um",
        report_integer(filament, lab_round_div(facts->slicer.filament_nm, 1000)));
    put(object, "slicer_time_ms", report_integer(time, facts->slicer.time_ms));
    put(object, "filament_error_ppm", report_integer(filament, facts->filament_error_ppm));
    put(object, "time_error_ppm", report_integer(time, facts->time_error_ppm));
    return object;
}

static void put_head(json_t *root, const struct lab_report *report)
{
    const struct lab_verdict *verdict = report->verdict;
    char hash[20];
    put(root, "schema", json_string("plr-run/1"));
    put(root, "version", report_string(report->version));
    put(root, "id", report_string(report->id));
    put(root, "scenario", report_string(report->scenario_name));
    put(root, "seed", report_seed(report->seed));
    put(root, "set", report_strings(report->set, report->sets));
    put(root, "hashes",
        report_hashes(report->hash_doc, report->hash_printer, report->hash_job,
                      report->hash_config));
    put(root, "dut", report_string(report->dut));
    put(root, "gantry", report_string(report->gantry));
    put(root, "result", json_string(report_result(report)));
    put(root, "reason", report_string(report->reason));
    put(root, "outcome", json_string(lab_outcome_name(verdict->outcome)));
    put(root, "why", report_string(verdict->why));
    put(root, "other_state",
        verdict->state == LAB_STATE_UNSEEN ? json_null()
                                           : json_boolean(verdict->state == LAB_STATE_OTHER));
    snprintf(hash, sizeof hash, "%016" PRIx64, report->trace_hash);
    put(root, "trace_hash", json_string(hash));
    put(root, "marks", marks(report->marks));
    put_integer(root, "sim_ms", report->sim_ms);
    put_integer(root, "moves", report->moves);
}

static int make(const void *ctx, FILE *out)
{
    const struct lab_report *report = ctx;
    json_t *root = json_object();
    put_head(root, report);
    json_t *cuts = json_array();
    for (size_t n = 0; n < report->cuts; n++) {
        bool aligned = n < (size_t)report->verdict->cuts;
        json_array_append_new(cuts,
                              cut(&report->cut[n], aligned ? &report->verdict->cut[n] : NULL));
    }
    put(root, "cuts", cuts);
    put(root, "measures", measures(report->verdict));
    put(root, "recovery", recovery(report));
    put(root, "saves", saves(report));
    put(root, "unknown_commands", unknown_commands(report));
    put_integer(root, "unknown_commands_more", report->unknown_more);
    put_integer(root, "unknown_commands_more_lines", report->unknown_more_lines);
    put(root, "notes", report_strings(report->note, report->notes));
    if (report->twin)
        put(root, "twin", twin(report->twin));
    if (report->rig)
        put(root, "rig", report_rig_json(report->rig));
    if (report->host.present)
        put(root, "host", report_host(&report->host, false));
    return report_dump(root, out);
}

int lab_report_json(const struct lab_report *report, const char *path)
{
    assert(report && report->verdict && path);
    return lab_write_file(path, make, report);
}

int lab_report_json_out(const struct lab_report *report, FILE *out)
{
    assert(report && report->verdict && out);
    return make(report, out);
}
