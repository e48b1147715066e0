// A comparison for people and as JSON plr-compare/1.
// SPDX-License-Identifier: MIT
#include "core/lab/compare/compare.h"
#include "core/lab/report/format.h"

#include <assert.h>

static const char *const kinds[LAB_CHANGE_KINDS] = {
    [LAB_CHANGE_WORSE] = "worse", [LAB_CHANGE_BETTER] = "better", [LAB_CHANGE_OTHER] = "changed"};

/// The word for all of it: worse as soon as anything is.
static const char *sum(const struct lab_comparison *c)
{
    for (int kind = 0; kind < LAB_CHANGE_KINDS; kind++)
        if (c->count[kind])
            return kinds[kind];
    return "same";
}

int lab_compare_text(const struct lab_comparison *c, bool colour, FILE *out)
{
    static const char *const heading[LAB_CHANGE_KINDS] = {"Worse", "Better", "Changed"};

    assert(c && out);
    fprintf(out, "%s, compared with %s\n", c->new_name, c->old_name);
    for (int kind = 0; kind < LAB_CHANGE_KINDS; kind++) {
        if (!c->count[kind])
            continue;
        report_heading(out, colour, heading[kind]);
        for (size_t n = 0; n < c->changes; n++)
            if ((int)c->change[n].kind == kind)
                fprintf(out, "  %-32s  %s\n", c->change[n].what, c->change[n].text);
    }
    report_heading(out, colour, "Verdict");
    if (!c->changes)
        fputs("  SAME   nothing that is compared differs\n", out);
    else
        fprintf(out, "  %s  %zu worse, %zu better, %zu changed\n",
                c->count[LAB_CHANGE_WORSE] ? "WORSE" : "FINE ", c->count[LAB_CHANGE_WORSE],
                c->count[LAB_CHANGE_BETTER], c->count[LAB_CHANGE_OTHER]);
    return ferror(out) ? -5 : 0;
}

static json_t *changes(const struct lab_comparison *c, int kind)
{
    json_t *array = json_array();

    for (size_t n = 0; n < c->changes; n++)
        if ((int)c->change[n].kind == kind)
            json_array_append_new(array,
                                  json_pack("{s:o, s:o}", "what", report_string(c->change[n].what),
                                            "text", report_string(c->change[n].text)));
    return array;
}

static int make_json(const void *ctx, FILE *out)
{
    const struct lab_comparison *c = ctx;
    json_t *root =
        json_pack("{s:s, s:o, s:o, s:s}", "schema", "plr-compare/1", "old",
                  report_string(c->old_name), "new", report_string(c->new_name), "verdict", sum(c));

    for (int kind = 0; kind < LAB_CHANGE_KINDS && root; kind++)
        json_object_set_new(root, kinds[kind], changes(c, kind));
    return report_dump(root, out);
}

int lab_compare_json(const struct lab_comparison *c, const char *path)
{
    assert(c && path);
    return lab_write_file(path, make_json, c);
}
