// Fuzzing saved states as JSON: any bytes are refused with a message, or are a state within its bounds that a small job goes on from.
// SPDX-License-Identifier: MIT
#include "core/resume/resume.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char job_text[] =
    "G21\nG90\nM83\nM140 S60\nM104 S210\n;LAYER_CHANGE\n;Z:.2\nG1 Z.2 F600\nG1 X10 Y10 F9000\n"
    "G1 X60 Y10 E2\nG1 X60 Y60 E2\n;LAYER_CHANGE\n;Z:.4\nG1 Z.4\nG1 X10 Y60 E2\nG2 X60 Y10 I25 "
    "J-25 E3\n"
    "G1 X10 Y10 E2\n";

static void check(bool holds)
{
    if (!holds)
        abort();
}

/// What resume.h says of a state.
static void within(const struct resume_state *s)
{
    check(memchr(s->name, '\0', sizeof s->name) != NULL);
    check(s->fraction_ppm >= 0 && s->fraction_ppm <= PLR_PPM);
    check(s->tool >= -1 && s->tool < PLR_TOOL_MAX && s->layer >= -1);
    check(s->cancels >= 0 && s->cancels <= RESUME_CANCELLED_MAX);
    for (int32_t i = 0; i < s->cancels; i++)
        check(s->cancelled[i][0] && memchr(s->cancelled[i], '\0', sizeof s->cancelled[i]) != NULL);
    check(!s->has_window || s->window_size > 0);
}

/// The text for the rest of the job, for each firmware: made, or refused with a message.
static void make(const struct resume_state *state)
{
    static struct resume_made made;
    struct resume_source job;
    struct resume_request request;

    resume_source_use(&job, "job.gcode", job_text, sizeof job_text - 1);
    resume_request_init(&request);
    request.place = RESUME_BY_STATE;
    request.state = state;
    request.any_file = true;
    for (int dialect = 0; dialect < RESUME_DIALECTS; dialect++) {
        struct lab_error err = {0};
        request.dialect = (enum resume_dialect)dialect;
        request.split_move = dialect > 0;
        const int status = resume_make(&request, &job, &made, &err);
        check((status == 0) == !lab_error_set(&err));
        check(status < 0 || (made.size > 0 && made.tail_at <= job.size));
        resume_made_free(&made);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct resume_state state;
    struct lab_error err = {0};
    // exactly as long, so that the sanitizer sees every byte too far
    char *text = malloc(size ? size : 1);

    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    const int status = resume_state_parse(&state, "state.json", text, size, &err);
    check((status == 0) == !lab_error_set(&err));
    if (!status) {
        within(&state);
        make(&state);
    }
    free(text);
    return 0;
}
