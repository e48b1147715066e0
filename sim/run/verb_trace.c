// Traces of runs: written as they go, made waveforms; and a captured waveform made a power script.
// SPDX-License-Identifier: MIT
#include "sim/run/verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/lab/doc/units.h"
#include "core/lab/trace/trace.h"
#include "core/lab/vcd/vcd.h"

// --- while it runs -----------------------------------------------------------------------------------------------

/// Where the pieces of a trace go: into a file as they come, so that a run which ends badly leaves what led there; into memory for
/// what is made of them.
struct sink {
    FILE *file;             ///< NULL none
    struct run_bytes *kept; ///< NULL none
    size_t pieces;          ///< put so far: the first is the head
};

static int put(void *ctx, const void *bytes, size_t size)
{
    struct sink *sink = ctx;
    int bad = sink->kept ? run_bytes_put(sink->kept, bytes, size) : 0;

    sink->pieces++;
    errno = 0;
    if (sink->file && fwrite(bytes, 1, size, sink->file) != size)
        bad = errno ? -errno : -EIO;
    return bad;
}

/// A window that is nonsense is told before the run. Which cuts there are only the run tells.
static int check_window(const struct lab_cli *cli, struct lab_error *err)
{
    struct lab_trace_cut cut = {0};
    const struct lab_trace any = {.cut = &cut, .cuts = 1};
    struct lab_vcd_window window;

    if (!cli->window || !strncmp(cli->window, "cut:", 4))
        return 0;
    return lab_vcd_window(cli->window, &any, &window, err);
}

struct waves {
    const struct lab_trace *trace;
    struct lab_vcd_window window;
};

static int print_waves(const void *ctx, FILE *out)
{
    const struct waves *waves = ctx;
    return lab_vcd_write(waves->trace, &waves->window, out);
}

/// Returns the exit code.
static int write_waves(const struct lab_cli *cli, const struct lab_trace *trace, const char *path)
{
    struct waves waves = {.trace = trace};
    struct lab_error err = {0};

    int bad = lab_vcd_window(cli->window ? cli->window : "", trace, &waves.window, &err);
    if (bad)
        return verb_complain(&err, bad);
    bad = lab_write_file(path, print_waves, &waves);
    if (bad != LAB_EFBIG)
        return verb_written(path, bad);
    fprintf(stderr, "plr-sim: %s: not written: the window holds more than 16 million changes\n",
            path);
    return LAB_EXIT_USAGE;
}

static int open_trace(const char *path, FILE **out)
{
    if (!path)
        return 0;
    *out = strcmp(path, "-") != 0 ? fopen(path, "wb") : stdout;
    return *out ? 0 : -errno;
}

static int close_trace(FILE *out)
{
    int bad = out && fflush(out) ? -errno : 0;

    if (out && out != stdout && fclose(out) && !bad)
        bad = -errno;
    return bad;
}

/// A run that was refused before anything happened leaves no trace; what is no plain file is nobody's to remove.
static void remove_trace(const char *path)
{
    struct stat what;

    if (path && strcmp(path, "-") != 0 && !lstat(path, &what) && S_ISREG(what.st_mode))
        unlink(path);
}

/// What was asked for besides the trace's file is made from the bytes of it. Returns the exit code.
static int make_waves(const struct lab_cli *cli, const struct run_bytes *bytes)
{
    struct lab_trace *trace = calloc(1, sizeof *trace);
    struct lab_error err = {0};

    int bad = trace ? lab_trace_read("trace", bytes->bytes, bytes->size, trace, &err) : LAB_ENOMEM;
    int code = bad ? verb_complain(&err, bad) : write_waves(cli, trace, cli->vcd);
    if (trace)
        lab_trace_free(trace);
    free(trace);
    return code;
}

int verb_execute_traced(const struct lab_cli *cli, struct run *run, const struct lab_input *input,
                        struct run_bytes *shown, int *code, struct lab_error *err)
{
    struct sink sink = {.kept = cli->vcd || cli->html || verb_views(cli) ? shown : NULL};
    struct run_sink to = {.put = put, .ctx = &sink};

    *code = LAB_EXIT_PASS;
    if (!cli->trace && !sink.kept)
        return run_execute(run, input, input->scenario.seed, err);
    int bad = check_window(cli, err);
    if (!bad)
        bad = open_trace(cli->trace, &sink.file);
    if (bad)
        return bad;
    bad = run_execute_traced(run, input, input->scenario.seed, &to, err);
    int closed = close_trace(sink.file);
    if (bad && sink.pieces <= 1)
        remove_trace(cli->trace);
    if (!bad && (to.error || closed))
        *code = verb_written(cli->trace ? cli->trace : "the trace", to.error ? to.error : closed);
    else if (!bad && cli->vcd)
        *code = make_waves(cli, shown);
    return bad;
}

// --- afterwards ----------------------------------------------------------------------------------------------------

int verb_vcd(const struct lab_cli *cli)
{
    struct lab_trace *trace = calloc(1, sizeof *trace);
    struct lab_error err = {0};

    if (!trace)
        return verb_complain(&err, LAB_ENOMEM);
    int code = cli->output ? verb_writable("--output", cli->output) : LAB_EXIT_PASS;
    if (code != LAB_EXIT_PASS) {
        free(trace);
        return code;
    }
    int bad = lab_trace_read_file(cli->operand[0], trace, &err);
    if (!bad && trace->torn[0] && !cli->quiet)
        fprintf(stderr, "plr-sim: %s%s: %s\n", cli->operand[0], trace->whole ? "" : " is torn",
                trace->torn);
    code =
        bad ? verb_complain(&err, bad) : write_waves(cli, trace, cli->output ? cli->output : "-");
    lab_trace_free(trace);
    free(trace);
    return code;
}

// --- a capture -----------------------------------------------------------------------------------------------------

static int slurp(const char *path, char **text, size_t *size, struct lab_error *err)
{
    struct run_bytes bytes = {0};
    uint8_t piece[1 << 14];
    FILE *in = strcmp(path, "-") != 0 ? fopen(path, "rb") : stdin;
    int bad = in ? 0 : -errno;
    size_t got;

    while (!bad && (got = fread(piece, 1, sizeof piece, in)) > 0)
        bad = run_bytes_put(&bytes, piece, got);
    if (!bad && ferror(in))
        bad = -errno;
    if (in && in != stdin)
        fclose(in);
    if (bad)
        lab_error_at_file(err, path, "cannot be read: %s", strerror(-bad));
    *text = (char *)bytes.bytes;
    *size = bytes.size;
    return bad;
}

/// A time of an option. Returns 0, or -EINVAL having said what is wrong.
static int time_of(const char *option, const char *text, int64_t *value_us)
{
    if (!text || (!lab_quantity_parse(text, LAB_TIME, value_us, NULL) && *value_us >= 0))
        return 0;
    fprintf(stderr, "plr-sim: --%s wants a time with its unit (20ms, 90s), not '%.40s'\n", option,
            text);
    return -EINVAL;
}

struct capture {
    const char *name;
    struct lab_vcd_script *script;
    int64_t begin_us;
    struct lab_error *err;
};

static int print_script(const void *ctx, FILE *out)
{
    const struct capture *s = ctx;
    return lab_vcd_print(s->script, s->name, s->begin_us, out, s->err);
}

/// Nobody should believe that a capture holds no more than what is printed of it.
static void tell_dropped(const struct capture *s, int64_t off_for_us)
{
    const struct lab_vcd_dropped *d = &s->script->dropped;
    char left_out[128], all[32], from[32], less[32];

    if (!lab_vcd_left_out(s->script, left_out, sizeof left_out))
        return;
    fprintf(stderr, "plr-sim: %s: %s\n", s->name, left_out);
    if (d->at_end && !off_for_us)
        fprintf(stderr,
                "plr-sim: %s: the capture ends in %s: when that is an outage, --off-for says for "
                "how long\n",
                s->name, d->count > 1 ? "the last of them" : "it");
    if (d->dense_us < 0)
        return;
    lab_quantity_print(all, sizeof all, LAB_TIME, 10 * s->script->debounce_us);
    lab_quantity_print(from, sizeof from, LAB_TIME, d->dense_us);
    lab_quantity_print(less, sizeof less, LAB_TIME, d->longest_us);
    fprintf(stderr,
            "plr-sim: %s: they take more than half of the %s from %s on, as in an outage with "
            "chatter: try --debounce %s or less\n",
            s->name, all, from, less);
}

int verb_power_script(const struct lab_cli *cli)
{
    const char *path = cli->output ? cli->output : "-";
    struct lab_error err = {0};
    struct lab_vcd_ask ask = {.signal = cli->signal, .low_is_on = cli->low_is_on};
    struct capture script = {.name = cli->operand[0], .err = &err};
    char *text = NULL;
    size_t size = 0;

    if (time_of("debounce", cli->debounce, &ask.debounce_us) ||
        time_of("begin", cli->begin, &script.begin_us) ||
        time_of("off-for", cli->off_for, &ask.off_for_us))
        return LAB_EXIT_USAGE;
    if (cli->off_for && (ask.off_for_us < LAB_OFF_MIN_US || ask.off_for_us > LAB_OFF_MAX_US)) {
        fputs("plr-sim: --off-for is 1ms to 8760h, as in a scenario\n", stderr);
        return LAB_EXIT_USAGE;
    }
    script.script = calloc(1, sizeof *script.script);
    int bad = script.script ? slurp(script.name, &text, &size, &err) : LAB_ENOMEM;
    if (!bad)
        bad = lab_vcd_read(script.name, text, size, &ask, script.script, &err);
    if (!bad) {
        tell_dropped(&script, ask.off_for_us);
        if (ask.off_for_us && !script.script->ends_off)
            fprintf(stderr,
                    "plr-sim: %s: power is on when the capture ends: --off-for says nothing\n",
                    script.name);
        bad = lab_write_file(path, print_script, &script);
    }
    free(text);
    free(script.script);
    if (lab_error_set(&err) || bad == LAB_ENOMEM)
        return verb_complain(&err, bad);
    return verb_written(path, bad);
}
