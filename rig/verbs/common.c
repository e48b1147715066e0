// What the verbs share: the bench file, complaints, signals.
// SPDX-License-Identifier: MIT
#include "rig/verbs/verbs.h"
#include "rig/verbs/persist.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "rig/run/call.h"

/// A page at most: a pipe that can be written takes that much without waiting.
enum { WORDS = 2048 };

/// Returns whether it went out, whole.
static bool put(FILE *to, const char *text, size_t size)
{
    struct pollfd out = {.fd = fileno(to), .events = POLLOUT};

    if (poll(&out, 1, 0) != 1 || !(out.revents & POLLOUT))
        return false;
    fflush(to); // what was printed before comes first
    return write(out.fd, text, size) == (ssize_t)size;
}

bool verb_tell(FILE *to, const char *format, ...)
{
    char text[WORDS];
    va_list arguments;

    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    size = size < WORDS ? size : WORDS - 1;
    return size >= 0 && put(to, text, (size_t)size);
}

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
    struct lab_error err = {0};
    int bad = bench_load(out, options->bench ? options->bench : "bench.yaml", &err);

    if (bad)
        return rig_complain(&err, LAB_EXIT_USAGE);
    if (options->arm && rig_dies_on(out, "")) {
        fprintf(stderr, "plr-rig: nothing is armed here: %s\n", rig_dies_on_says);
        return LAB_EXIT_INFRA;
    }
    return 0;
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
