// plr-rig check: is every line there, is everything off, what do the inputs say?
// SPDX-License-Identifier: MIT
#include "rig/verbs/persist.h"
#include "rig/verbs/verbs.h"

#include <errno.h>
#include <stdio.h>

#include "rig/run/lock.h"
#include "rig/run/look.h"

const char *rig_sense_says(const struct bench_sense *sense, bool on)
{
    static const char *const words[BENCH_SENSE_KINDS][2] = {[BENCH_POWER] = {"dead", "there"},
                                                            [BENCH_Z_PLUS] = {"open", "triggered"},
                                                            [BENCH_ESTOP] = {"free", "PRESSED"},
                                                            [BENCH_DOOR] = {"closed", "OPEN"}};

    return words[sense->kind][on];
}

static void table(const struct bench *bench, const struct lines *lines, FILE *out)
{
    fprintf(out, "%s\n\n%-12s %-10s %-18s %s\n", bench->about, "relay", "role", "line", "state");
    for (int32_t i = 0; i < bench->relays; i++) {
        const struct bench_relay *relay = &bench->relay[i];
        fprintf(out, "%-12s %-10s %-18s off%s%s\n", relay->name,
                relay->role == BENCH_CUT ? "cut" : "isolation",
                relay->line.address[0] ? relay->line.address : "(command)",
                relay->sense == BENCH_NONE ? ", as its command says" : ", as its read-back says: ",
                relay->sense == BENCH_NONE ? "" : bench->sense[relay->sense].name);
    }
    fprintf(out, "\n%-12s %-10s %-18s %s\n", "sense", "of", "line", "says");
    for (int32_t i = 0; i < bench->senses; i++) {
        const struct bench_sense *sense = &bench->sense[i];
        char of[24] = "";
        if (sense->kind == BENCH_Z_PLUS)
            snprintf(of, sizeof of, sense->motor ? "stepper_z%d" : "stepper_z", (int)sense->motor);
        else if (sense->kind == BENCH_POWER)
            snprintf(of, sizeof of, "%s", bench_domain_name((enum bench_domain)sense->domain));
        fprintf(out, "%-12s %-10s %-18s %s\n", sense->name, of, sense->line.address,
                rig_sense_says(sense, lines_sense(lines, i, NULL)));
    }
}

/// What an operator has to see to before anything is switched on. Returns how many things.
static int obstacles(const struct bench *bench, const struct lines *lines, FILE *out)
{
    char why[RIG_PERSIST_WHY], what[BENCH_WHY];
    int people, count = run_look_gauges(bench, &people, out);

    count -= people; // said, but the service that checks has no terminal, nor needs one
    for (int32_t i = 0; i < bench->senses; i++) {
        const struct bench_sense *sense = &bench->sense[i];
        bool on = lines_sense(lines, i, NULL);
        if (!on || sense->kind == BENCH_POWER)
            continue;
        count++;
        fprintf(out, "%s is %s\n", sense->name, rig_sense_says(sense, on));
    }
    if (!bench_can_cut_all(bench, what)) {
        count++;
        fprintf(out, "%s\n", what);
    }
    if (rig_dies_on(bench, "", why)) {
        count++;
        fprintf(out, "%s\n", why);
    }
    return count;
}

int rig_check(const struct rig_options *options)
{
    static struct bench bench;
    struct lab_error err = {0};
    struct lines *lines;
    struct run_lock lock;
    int code = rig_load(options, &bench);

    if (code)
        return code;
    int bad = run_lock(&lock, &bench, "plr-rig check", &err); // it switches: everything off
    bad = bad ? bad : lines_open(&lines, &bench, NULL, NULL, &err);
    if (bad) {
        code = bad == -EIO ? rig_not_off(&bench, &err) : rig_complain(&err, rig_exit(bad));
    } else {
        if (!options->cli.quiet)
            table(&bench, lines, stdout);
        if (obstacles(&bench, lines, stderr))
            code = LAB_EXIT_INFRA;
        lines_close(lines);
    }
    run_unlock(&lock);
    return code;
}
