// thin slice
// SPDX-License-Identifier: MIT
#include "sim/sweep/sweep.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
static struct sweep_work work;
static struct run run;
static int ends, differ, fails;
static bool heard(void *ctx, const struct sweep_result *r)
{
    (void)ctx;
    char id[LAB_ID_BYTES];
    ends += r->to_end; differ += r->differs; fails += r->outcome == LAB_FAIL;
    if (getenv("Q") && !r->differs && r->outcome != LAB_FAIL && !(getenv("E") && r->to_end)) return true;
    sweep_id(&run, &work.list.cut[r->index], id);
    printf("%d%s%s %d %d r%d z %lld shift %lld gap %lld over %lld flow %lld tt %lld age %lld dive %lld %s\n", r->fired, r->to_end?"E":"", r->differs?" DIFFERS":"", r->outcome, r->result, r->reason, (long long)r->value[0], (long long)r->value[1], (long long)r->value[2], (long long)r->value[3],(long long)r->value[LAB_FLOW_DEFICIT],(long long)r->value[LAB_TIME_TO_RESUME],(long long)r->value[LAB_STATE_AGE],(long long)r->value[LAB_DIVE], id);
    return true;
}
static double now(void){ struct timespec t; clock_gettime(CLOCK_MONOTONIC,&t); return (double)t.tv_sec+1e-9*(double)t.tv_nsec;}
int main(int argc, char **argv)
{
    static struct run_input in; struct lab_error err={0};
    const char *sets[]={"sim.gantry=quasistatic", argc > 5 ? argv[5] : "sim.gantry=quasistatic"};
    if (run_load(&in, argv[1], NULL, sets, 2, NULL, &err)) { lab_error_print(stderr,&err); return 2; }
    double a=now();
    struct sweep_request rq={.every=(enum sweep_every)atoi(argv[2]), .stride=atoi(argv[3]), .to=INT64_MAX, .proof_every=atoi(argv[4])};
    if (sweep_open(&work, &rq, &run, &in, in.scenario.seed, &err)) { lab_error_print(stderr,&err); return 3; }
    double b=now();
    printf("cuts %zu\n", work.list.count);
    sweep_part(&work,0,work.list.count,heard,NULL);
    double c=now();
    printf("twin %.3f s, sweep %.3f s, %.1f cuts/s; %d to the end, %d differ, %d fail\n", b-a, c-b, (double)work.list.count/(c-b), ends, differ, fails);
}
