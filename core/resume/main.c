// plr-resume: a file that prints the rest of a print that was cut off.
// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/resume/options.h"

_Noreturn void plr_panic(const char *file, int line, const char *what)
{
    fprintf(stderr, "plr-resume: %s:%d: assertion failed: %s\n", file, line, what);
    exit(LAB_EXIT_BUG);
}

static int exit_of(int error)
{
    return error == LAB_ENOMEM || error == LAB_EIO ? LAB_EXIT_INFRA : LAB_EXIT_USAGE;
}

static int complain(const struct lab_error *err, int code)
{
    if (err->file[0])
        lab_error_print(stderr, err);
    else
        fprintf(stderr, "plr-resume: %s\n", err->message[0] ? err->message : "out of memory");
    return code;
}

static void tell(const struct resume_request *request, const struct resume_made *made,
                 const struct resume_options *o)
{
    FILE *to = stderr;

    fprintf(to, "%s: goes on at byte %" PRIu64 " (line %" PRId64 ", layer %d)", o->out,
            made->line_at, made->line_number, (int)made->layer);
    if (made->fraction_ppm)
        fprintf(to, ", %" PRId32 ".%" PRId32 " %% into the line", made->fraction_ppm / 10000,
                made->fraction_ppm / 1000 % 10);
    fprintf(to, "; Z from: %s%s\n", resume_z_name(made->z_from),
            request->in_place ? "; in place" : "");
    for (int32_t i = 0; i < made->warnings; i++)
        fprintf(to, "warning: %s\n", made->warning[i]);
}

static int write_out(const struct resume_made *made, const struct resume_source *job,
                     const struct resume_options *o, const struct resume_request *request,
                     struct lab_error *err)
{
    if (!strcmp(o->out, "-"))
        return fwrite(made->text, 1, made->size, stdout) == made->size && !fflush(stdout) ? 0
                                                                                          : LAB_EIO;
    struct resume_source none = *job;
    if (request->in_place) { // the job itself goes on: nothing of it is copied
        struct resume_made alone = *made;
        alone.tail_at = job->size;
        return resume_write(&alone, &none, o->out, err);
    }
    return resume_write(made, job, o->out, err);
}

static int write_report(const struct resume_request *request, const struct resume_source *job,
                        const struct resume_made *made, const struct resume_options *o,
                        struct lab_error *err)
{
    bool standard = !strcmp(o->cli.json, "-");
    FILE *out = standard ? stdout : fopen(o->cli.json, "w");
    int error = out ? resume_report(request, job, made, o->out, out) : LAB_EIO;

    if (out && !standard && fclose(out))
        error = LAB_EIO;
    if (error)
        lab_error_at_file(err, o->cli.json, "the report cannot be written");
    return error;
}

/// What is read is never written to, by whatever name. Returns 0 or LAB_EINVAL.
static int spare_inputs(const struct resume_options *o, struct lab_error *err)
{
    const char *const written[] = {o->out, o->cli.json};

    for (size_t n = 0; n < 2; n++)
        for (size_t i = 0; written[n] && i < o->cli.operands; i++)
            if (resume_same_file(written[n], o->cli.operand[i])) {
                lab_error_at_file(err, written[n], "is the %s itself: it is never written to",
                                  i + 1 < o->cli.operands ? "saved state" : "job");
                return LAB_EINVAL;
            }
    if (o->cli.json && strcmp(o->out, "-") != 0 && resume_same_file(o->out, o->cli.json)) {
        lab_error_at_file(err, o->out, "is where the report goes: -o and --json must differ");
        return LAB_EINVAL;
    }
    return 0;
}

static int run(const struct resume_options *o, struct lab_error *err)
{
    struct resume_state *state = malloc(sizeof *state);
    struct resume_made *made = calloc(1, sizeof *made);
    struct resume_source job = {.fd = -1};
    struct resume_request request;
    size_t last = o->cli.operands - 1;

    int error = state && made ? resume_options_take(o, &request, err) : LAB_ENOMEM;
    if (!error)
        error = spare_inputs(o, err);
    if (!error && last == 1) {
        error = resume_state_load(state, o->cli.operand[0], err);
        request.state = state;
    }
    if (!error)
        error = resume_source_open(&job, o->cli.operand[last], err);
    if (!error)
        error = resume_make(&request, &job, made, err);
    int code = exit_of(error);
    if (!error) {
        error = write_out(made, &job, o, &request, err);
        if (!error && o->cli.json)
            error = write_report(&request, &job, made, o, err);
        code = error == LAB_EINVAL ? LAB_EXIT_USAGE : LAB_EXIT_INFRA;
    }
    if (!error && !o->cli.quiet)
        tell(&request, made, o);
    resume_source_close(&job);
    if (made)
        resume_made_free(made);
    free(made);
    free(state);
    return error ? complain(err, code) : LAB_EXIT_PASS;
}

int main(int argc, char **argv)
{
    const struct lab_cli_program *program = resume_program();
    struct resume_options options;
    struct lab_error err;
    char message[512];
    int code = LAB_EXIT_PASS;

    lab_error_clear(&err);
    int error = lab_cli_parse(program, argc, (const char *const *)argv, &options.cli, message,
                              sizeof message);
    if (error) {
        fprintf(stderr, "plr-resume: %s\nTry plr-resume --help.\n",
                error == LAB_ENOMEM ? "out of memory" : message);
        code = error == LAB_ENOMEM ? LAB_EXIT_INFRA : LAB_EXIT_USAGE;
    } else if (options.cli.help) {
        lab_cli_help(program, -1, stdout);
    } else if (options.cli.version) {
        printf("%s %s\n", program->name, program->version);
    } else {
        code = run(&options, &err);
    }
    lab_cli_free(&options.cli);
    return code;
}
