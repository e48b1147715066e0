// What was made, as JSON for programs.
// SPDX-License-Identifier: MIT
#include <jansson.h>

#include "core/resume/resume.h"

static json_t *point(const int64_t nm[3])
{
    return json_pack("{s:I,s:I,s:I}", "x_um", (json_int_t)(nm[0] / 1000), "y_um",
                     (json_int_t)(nm[1] / 1000), "z_um", (json_int_t)(nm[2] / 1000));
}

/// A text that may hold bytes that are no UTF-8: those become '?'.
static json_t *text(const char *from)
{
    char clean[1024];
    size_t n = 0, len = 0;

    while (from[len] && len < sizeof clean - 1)
        len++;
    for (size_t i = 0; i < len;) {
        size_t step = lab_utf8(from + i, len - i);
        if (!step)
            clean[n++] = '?';
        for (size_t k = 0; k < step; k++)
            clean[n++] = from[i + k];
        i += step ? step : 1;
    }
    return json_stringn(clean, n);
}

int resume_report(const struct resume_request *request, const struct resume_source *job,
                  const struct resume_made *made, const char *out_path, FILE *out)
{
    json_t *warnings = json_array();
    bool tail = !request->in_place && made->tail_at < job->size;

    for (int32_t i = 0; i < made->warnings; i++)
        json_array_append_new(warnings, text(made->warning[i]));
    json_t *root = json_pack(
        "{s:s,s:s,s:o,s:I,s:o,s:I,s:I,s:i,s:i,s:b,s:b,s:o,s:I,s:I,s:I,s:I,s:o}", "schema",
        "plr-resume/1", "dialect", resume_dialect_name(request->dialect), "job", text(job->name),
        "job_size", (json_int_t)job->size, "out", text(out_path), "line_offset",
        (json_int_t)made->line_at, "line", (json_int_t)made->line_number, "fraction_ppm",
        (int)made->fraction_ppm, "layer", (int)made->layer, "split_move",
        (int)(made->tail_at != made->line_at), "in_place", (int)request->in_place, "position",
        point(made->stop_nm), "text_bytes", (json_int_t)made->size, "tail_offset",
        (json_int_t)made->tail_at, "tail_bytes", (json_int_t)(tail ? job->size - made->tail_at : 0),
        "lines_lexed", (json_int_t)made->lexed, "warnings", warnings);
    if (!root)
        return LAB_ENOMEM;
    json_object_set_new(root, "z_from", json_string(resume_z_name(made->z_from)));
    int bad = json_dumpf(root, out, JSON_INDENT(2) | JSON_SORT_KEYS);
    json_decref(root);
    return bad || fputc('\n', out) == EOF || fflush(out) ? LAB_EIO : 0;
}
