// thin slice
// SPDX-License-Identifier: MIT
#include "sim/sweep/sweep.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
static const struct run *the;
static const struct sweep_list *ls;
static bool heard(void *ctx, const struct sweep_result *r)
{
    (void)ctx;
    char id[LAB_ID_BYTES];
    sweep_id(the, &ls->cut[r->index], id);
    printf("%d %d %d z %lld gap %lld tt %lld  %s\n", r->fired, r->outcome, r->result,
           (long long)r->value[0], (long long)r->value[2], (long long)r->value[LAB_TIME_TO_RESUME],
           id);
    return true;
}
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
int main(int argc, char **argv)
{
    static struct run_input in;
    static struct run run;
    struct lab_error err = {0};
    const char *sets[] = {"sim.gantry=quasistatic"};
    (void)argc;
    if (run_load(&in, argv[1], NULL, sets, 1, NULL, &err)) {
        lab_error_print(stderr, &err);
        return 2;
    }
    double a = now();
    if (run_dry(&run, &in, in.scenario.seed, &err))
        return 3;
    struct sweep_request rq = {
        .every = (enum sweep_every)atoi(argv[2]), .stride = atoi(argv[3]), .to = INT64_MAX};
    struct sweep_list list;
    sweep_list_make(&list, &rq, &run);
    the = &run;
    ls = &list;
    double b = now();
    printf("cuts %zu\n", list.count);
    sweep_part(&run, &rq, &list, 0, list.count, heard, NULL);
    double c = now();
    printf("twin %.3f s, sweep %.3f s, %.1f cuts/s\n", b - a, c - b, (double)list.count / (c - b));
}
