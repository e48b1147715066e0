// What the verbs share: the bench file, complaints, signals.
// SPDX-License-Identifier: MIT
#include "rig/verbs/verbs.h"
#include "rig/verbs/persist.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/lab/report/report.h"
#include "rig/run/call.h"

enum { WORDS = 2048 }; // as much as can be said at once

int rig_complain(const struct lab_error *err, int code)
{
    char text[WORDS] = "";
    FILE *out = err->file[0] ? fmemopen(text, sizeof text, "w") : NULL;

    if (out) {
        lab_error_print(out, err);
        fclose(out);
        (void)verb_tell(stderr, "%s", text);
    } else {
        (void)verb_tell(stderr, "plr-rig: %s\n", err->message[0] ? err->message : "out of memory");
    }
    return code;
}

int rig_not_off(const struct bench *bench, const struct lab_error *err)
{
    run_call_somebody(bench->alarm_cmd, err->message);
    return rig_complain(err, LAB_EXIT_INFRA);
}

int rig_load(const struct rig_options *options, struct bench *out)
{
    char why[RIG_PERSIST_WHY], what[BENCH_WHY];
    struct lab_error err = {0};
    int bad = bench_load(out, options->bench ? options->bench : "bench.yaml", &err);

    if (bad)
        return rig_complain(&err, LAB_EXIT_USAGE);
    if (options->arm && !bench_can_cut_all(out, what)) {
        lab_error_at_file(&err, out->path, "nothing is armed here: %s", what);
        return rig_complain(&err, LAB_EXIT_USAGE);
    }
    if (options->arm && rig_dies_on(out, "", why)) {
        (void)verb_tell(stderr, "plr-rig: nothing is armed here: %s\n", why);
        return LAB_EXIT_INFRA;
    }
    return 0;
}

/// Is this one of the files that a bench keeps beside its own: the core's memory, the relays' cycles, the locks?
static bool is_kept(const struct bench *bench, const char *path)
{
    static const char *const behind[] = {".plr", ".plr.lock", ".cycles", ".lock"};
    char kept[4096];
    bool is = false;

    for (size_t n = 0; n < sizeof behind / sizeof *behind; n++) {
        snprintf(kept, sizeof kept, "%s%s", bench->path, behind[n]);
        is = is || lab_write_same(path, kept);
    }
    return is;
}

int rig_reads_stay(const struct bench *bench, const struct lab_scenario *scenario,
                   const char *option, const char *path, struct lab_error *err)
{
    if (!path || !strcmp(path, "-"))
        return 0;
    const char *over =
        lab_write_same(path, bench->path) ? bench->path : lab_write_over(scenario, path);
    if (over)
        lab_error_at_file(err, over, "%s would be written over it, and it is read", option);
    else if (is_kept(bench, path))
        lab_error_at_file(err, path, "%s would be written over what the bench keeps there", option);
    return err->message[0] ? -EINVAL : 0;
}

int rig_exit(int bad)
{
    return bad == 0 ? LAB_EXIT_PASS : bad == -EINVAL ? LAB_EXIT_USAGE : LAB_EXIT_INFRA;
}

// --- signals ------------------------------------------------------------------------------------------------------

static volatile sig_atomic_t asked;

static void ask(int signal_number)
{
    (void)signal_number;
    asked = 1;
}

bool rig_interrupted(void)
{
    static bool installed;
    static const int end[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
    static const int ignore[] = {SIGPIPE, SIGTTIN, SIGTTOU}; // no reason to die, or to stand still
    const struct sigaction mark = {.sa_handler = ask}, none = {.sa_handler = SIG_IGN};

    for (size_t i = 0; !installed && i < sizeof end / sizeof *end; i++)
        sigaction(end[i], &mark, NULL);
    for (size_t i = 0; !installed && i < sizeof ignore / sizeof *ignore; i++)
        sigaction(ignore[i], &none, NULL);
    installed = true;
    return asked;
}
