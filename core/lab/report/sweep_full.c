// What the full gantry says of a sweep in balance: how far apart the two are.
// SPDX-License-Identifier: MIT
#include "core/lab/report/format.h"

#include <inttypes.h>
#include <stdlib.h>

void lab_sweep_full_free(struct lab_sweep_full *full)
{
    for (int n = 0; n < LAB_MEASURES; n++)
        free((void *)full->apart[n].id);
    *full = (struct lab_sweep_full){0};
}

void report_full_text(const struct lab_sweep_full *full, FILE *out)
{
    int most = -1;

    fprintf(out, "  %-10s  %" PRId64 " cut%s again with the full gantry", "full", full->cuts,
            full->cuts == 1 ? "" : "s");
    if (full->otherwise)
        fprintf(out, ", %" PRId64 " END OTHERWISE", full->otherwise);
    if (full->too_far)
        fprintf(out, ", %" PRId64 " TOO FAR APART", full->too_far);
    for (int n = 0; n < LAB_MEASURES; n++) {
        if (!full->apart[n].known || !full->apart[n].value)
            continue;
        fprintf(out, "%s%s %+" PRId64, most < 0 ? "; at most: " : ", ",
                lab_measure_info((enum lab_measure)n)->key, full->apart[n].value);
        most = n;
    }
    fputs(most < 0 && full->cuts ? "; all measures the same\n" : "\n", out);
}

json_t *report_full_json(const struct lab_sweep_full *full)
{
    json_t *root = json_object(), *apart = json_object();

    json_object_set_new(root, "every", json_integer((json_int_t)full->every));
    json_object_set_new(root, "cuts", json_integer((json_int_t)full->cuts));
    json_object_set_new(root, "otherwise", json_integer((json_int_t)full->otherwise));
    json_object_set_new(root, "too_far", json_integer((json_int_t)full->too_far));
    for (int n = 0; n < LAB_MEASURES; n++) {
        const struct lab_worst *worst = &full->apart[n];
        if (!worst->known)
            continue;
        json_t *one = json_object();
        json_object_set_new(one, "value", json_integer((json_int_t)worst->value));
        json_object_set_new(one, "id", report_string(worst->id));
        json_object_set_new(one, "at", json_integer((json_int_t)worst->at));
        json_object_set_new(apart, lab_measure_info((enum lab_measure)n)->key, one);
    }
    json_object_set_new(root, "apart", apart);
    return root;
}
