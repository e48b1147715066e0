// plr-sim compare: what got worse between two reports.
// SPDX-License-Identifier: MIT
#include "sim/run/verbs.h"

#include <stdlib.h>

#include "core/lab/compare/compare.h"
#include "core/lab/merge/merge.h"

/// "5" or "5,2": percent, units. NULL: as they are when nobody says. Returns whether it is that.
static bool read_tolerance(const char *text, struct lab_compare_tolerance *out)
{
    char *end;

    *out = (struct lab_compare_tolerance){.units = 2, .percent = 5};
    if (!text)
        return true;
    if (text[0] < '0' || text[0] > '9')
        return false;
    out->percent = strtol(text, &end, 10);
    if (*end == ',' && end[1] >= '0' && end[1] <= '9')
        out->units = strtol(end + 1, &end, 10);
    return !*end && out->percent <= 1000 && out->units <= 1000000000;
}

static int report(const struct lab_cli *cli, const struct lab_comparison *comparison)
{
    FILE *out = verb_people(cli);
    int code = comparison->count[LAB_CHANGE_WORSE] ? LAB_EXIT_FAIL : LAB_EXIT_PASS;

    if (!cli->quiet)
        lab_compare_text(comparison, lab_cli_colour(cli->color, out), out);
    if (cli->json)
        code = verb_worse(code, verb_written(cli->json, lab_compare_json(comparison, cli->json)));
    return code;
}

int verb_compare(const struct lab_cli *cli)
{
    struct lab_compare_tolerance tolerance;
    struct lab_comparison comparison = {0};
    struct lab_error err = {0};
    json_t *root[2] = {NULL, NULL};
    int bad = 0;

    if (!read_tolerance(cli->tolerance, &tolerance)) {
        fprintf(stderr, "plr-sim: --tolerance wants P or P,N (percent, units), not '%.40s'\n",
                cli->tolerance);
        return LAB_EXIT_USAGE;
    }
    if (!verb_reports_fit(cli))
        return LAB_EXIT_USAGE;
    for (int i = 0; i < 2 && !bad; i++)
        bad = lab_json_read(&root[i], cli->operand[i], &err);
    if (!bad)
        bad = lab_compare(&comparison, cli->operand[0], root[0], cli->operand[1], root[1],
                          &tolerance, &err);
    int code = bad ? verb_complain(&err, bad) : report(cli, &comparison);
    lab_compare_free(&comparison);
    json_decref(root[0]);
    json_decref(root[1]);
    return code;
}
