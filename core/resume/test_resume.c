// The text that plr-resume writes: read by a second interpreter it leads to where the job itself would be, at any offset.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/resume/resume.h"
#include "core/resume/second.h"

enum { OFFSETS = 1000, TAIL_LINES = 60 };

static const char *const fixtures[] = {
    "fixtures/gcode/tower_voron24.gcode",      "fixtures/gcode/plate_absolute.gcode",
    "fixtures/gcode/objects_sequential.gcode", "fixtures/gcode/vase_spiral.gcode",
    "fixtures/gcode/ender3_cube.gcode",        "fixtures/gcode/trident_bracket.gcode",
    "fixtures/gcode/unusual_modes.gcode",
};
enum { FIXTURES = sizeof fixtures / sizeof *fixtures };

static char *read_all(const char *path, size_t *size)
{
    FILE *in = fopen(path, "rb");
    char *text = malloc(1u << 21);

    assert_non_null(in);
    assert_non_null(text);
    *size = fread(text, 1, 1u << 21, in);
    fclose(in);
    return text;
}

static uint64_t random_state;

static uint64_t draw(uint64_t below)
{
    random_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = random_state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static size_t line_end(const char *text, size_t size, size_t at)
{
    const char *end = memchr(text + at, '\n', size - at);
    return end ? (size_t)(end - text) + 1 : size;
}

static void near_nm(int64_t a, int64_t b, int64_t within, const char *what, const char *id)
{
    int64_t off = a - b;
    if (off < -within || off > within)
        fail_msg("%s: %s is %lld, should be %lld", id, what, (long long)a, (long long)b);
}

/// Two machines are in the same state, as far as what comes depends on it.
static void same(const struct second *made, const struct second *job, int64_t within,
                 const char *id)
{
    for (int i = 0; i < 3; i++) {
        near_nm(made->nozzle[i], job->nozzle[i], within, "nozzle", id);
        near_nm(made->at[i], job->at[i], within, "believed position", id);
    }
    near_nm(made->at[3], job->at[3], 0, "E", id);
    near_nm(made->feed, job->feed, 0, "feed", id);
    near_nm(made->speed, job->speed, 0, "M220", id);
    near_nm(made->flow, job->flow, 0, "M221", id);
    near_nm(made->owed, job->owed, 2, "retraction", id);
    near_nm(made->bed, job->bed, 0, "bed", id);
    near_nm(made->accel, job->accel, 0, "acceleration", id);
    near_nm(made->advance, job->advance, 0, "pressure advance", id);
    for (int i = 0; i < 4; i++) {
        near_nm(made->hot[i], job->hot[i], 0, "nozzle target", id);
        near_nm(made->fan[i], job->fan[i], 0, "fan", id);
    }
    near_nm(made->tool, job->tool, 0, "tool", id);
    near_nm(made->plane, job->plane, 0, "plane", id);
    near_nm(made->inch, job->inch, 0, "inch", id);
    near_nm(made->relative, job->relative, 0, "G91", id);
    near_nm(made->relative_e, job->relative_e, 0, "M83", id);
    near_nm(made->retracted, job->retracted, 0, "G10", id);
}

/// What is compared at one offset.
struct place {
    const char *text;
    size_t size, begin, end; ///< of the running line
    struct second before, behind;
    enum resume_dialect dialect;
    int32_t ppm; ///< 0: from the line's start
    char id[160];
};

/// The first `lines` of the tail do the same in both.
static void same_tail(const struct place *p, struct second made, struct second job, size_t at)
{
    for (int n = 0; n < TAIL_LINES && at < p->size; n++) {
        size_t end = line_end(p->text, p->size, at);
        second_line(&made, p->text + at, end - at);
        second_line(&job, p->text + at, end - at);
        near_nm(made.pushed, job.pushed, 0, "filament of a later line", p->id);
        at = end;
    }
    same(&made, &job, 0, p->id);
}

static double squared(double a, double b)
{
    return a * a + b * b;
}

/// The place in mid-move lies where `ppm` of it are done.
static void check_point(const struct place *p, const int64_t go[3])
{
    const struct second *b = &p->behind;
    int64_t ppm = p->ppm;

    if (!b->arc) {
        for (int i = 0; i < 3; i++)
            near_nm(go[i], b->from[i] + (b->nozzle[i] - b->from[i]) * ppm / 1000000, 2, "mid-move",
                    p->id);
        return;
    }
    if (!((b->has >> ('I' - 'A')) & 3u) || b->plane != 17)
        return; // the form with R is checked by the test of arcs
    int64_t unit = b->inch ? 25400000 : 1000000;
    double ci = (double)b->from[0] + (double)b->words['I' - 'A'] * 1e-6 * (double)unit;
    double cj = (double)b->from[1] + (double)b->words['J' - 'A'] * 1e-6 * (double)unit;
    double r0 = squared((double)b->from[0] - ci, (double)b->from[1] - cj);
    double r1 = squared((double)go[0] - ci, (double)go[1] - cj);
    if (r1 > r0 * 1.00001 || r1 < r0 * 0.99999)
        fail_msg("%s: the place in mid-arc is not on the arc", p->id);
}

/// Run the text in the second interpreter, from where the nozzle stood when power failed.
static void check_text(const struct place *p, const struct resume_made *made)
{
    static const char rest_mark[] = "; the rest of the move";
    struct second s;
    int64_t stand[3], pushed = 0;
    bool in_rest = false;

    second_init(&s);
    for (int i = 0; i < 3; i++)
        stand[i] =
            p->before.nozzle[i] +
            (p->behind.moved ? (p->behind.nozzle[i] - p->before.nozzle[i]) * p->ppm / 1000000 : 0);
    memcpy(s.nozzle, stand, sizeof stand);
    for (size_t at = 0, end; at < made->size; at = end) {
        end = line_end(made->text, made->size, at);
        bool mark = end - at > sizeof rest_mark &&
                    !memcmp(made->text + at, rest_mark, sizeof rest_mark - 1);
        if (mark)
            check_point(p, s.nozzle);
        in_rest |= mark;
        second_line(&s, made->text + at, end - at);
        if (in_rest && s.moved)
            pushed += s.pushed;
    }
    assert_false(s.homed_z);
    if (made->tail_at == p->begin) {
        same(&s, &p->before, 0, p->id);
        same_tail(p, s, p->before, made->tail_at);
        return;
    }
    near_nm(pushed, p->behind.pushed - p->behind.pushed * p->ppm / 1000000, 3, "rest of filament",
            p->id);
    same(&s, &p->behind, 0, p->id);
    same_tail(p, s, p->behind, made->tail_at);
}

static void check_place(struct place *p, const char *name)
{
    struct resume_source job;
    struct resume_state state = {.ours = true, .tool = -1, .layer = -1};
    struct resume_request request;
    struct resume_made *made = malloc(sizeof *made);
    struct lab_error err;

    lab_error_clear(&err);
    resume_source_use(&job, name, p->text, p->size);
    resume_request_init(&request);
    request.dialect = p->dialect;
    request.z_from = RESUME_Z_KEPT;
    request.place = p->ppm ? RESUME_BY_STATE : RESUME_AT_BYTE;
    request.split_move = p->ppm != 0;
    request.state = p->ppm ? &state : NULL;
    request.byte = state.file_position = p->begin + draw(p->end - p->begin);
    state.fraction_ppm = p->ppm;
    int error = resume_make(&request, &job, made, &err);
    bool hot = p->before.hot[p->before.tool] > 0;
    if (!(p->ppm ? p->behind : p->before).printed || !hot) {
        if (error != LAB_EINVAL)
            fail_msg("%s: nothing printed yet, or all is over: must be refused", p->id);
    } else if (error) {
        fail_msg("%s: %s", p->id, err.message);
    } else {
        check_text(p, made);
    }
    resume_made_free(made);
    free(made);
}

/// The very first line that prints: what a state knows of it goes on in the middle, a mere place is refused.
static void check_first(const char *path, enum resume_dialect dialect)
{
    size_t size;
    char *text = read_all(path, &size);
    struct place p = {.text = text, .size = size, .dialect = dialect};

    second_init(&p.before);
    second_init(&p.behind);
    while (!p.behind.printed) {
        p.before = p.behind;
        p.begin = p.end;
        p.end = line_end(text, size, p.begin);
        assert_true(p.end > p.begin);
        second_line(&p.behind, text + p.begin, p.end - p.begin);
    }
    for (p.ppm = 0; p.ppm < PLR_PPM; p.ppm += 249999) {
        snprintf(p.id, sizeof p.id, "%s:%zu+%d, the first", path, p.begin, (int)p.ppm);
        check_place(&p, path);
    }
    free(text);
}

static void test_first_line(void **state)
{
    (void)state;
    random_state = 21;
    for (int i = 0; i < FIXTURES; i++)
        for (int dialect = 0; dialect < RESUME_DIALECTS; dialect++)
            check_first(fixtures[i], (enum resume_dialect)dialect);
}

static void check_fixture(const char *path)
{
    size_t size;
    char *text = read_all(path, &size);
    uint64_t offset[OFFSETS];
    struct place p = {.text = text, .size = size};
    int32_t number = 0;

    for (int i = 0; i < OFFSETS; i++)
        offset[i] = draw(size);
    qsort(offset, OFFSETS, sizeof *offset, by_value);
    second_init(&p.before);
    for (int i = 0; i < OFFSETS; i++) {
        while ((p.end = line_end(text, size, p.begin)) <= offset[i]) {
            second_line(&p.before, text + p.begin, p.end - p.begin);
            p.begin = p.end;
        }
        p.behind = p.before;
        second_line(&p.behind, text + p.begin, p.end - p.begin);
        p.dialect = (enum resume_dialect)(number++ % RESUME_DIALECTS);
        bool moves =
            p.behind.moved &&
            (memcmp(p.behind.nozzle, p.behind.from, sizeof p.behind.from) || p.behind.pushed);
        p.ppm = moves && draw(2) ? (int32_t)(1 + draw(999999)) : 0;
        snprintf(p.id, sizeof p.id, "%s:%llu+%d %s", path, (unsigned long long)offset[i],
                 (int)p.ppm, resume_dialect_name(p.dialect));
        check_place(&p, path);
    }
    free(text);
}

static void test_any_offset(void **state)
{
    (void)state;
    random_state = 20;
    for (int i = 0; i < FIXTURES; i++)
        check_fixture(fixtures[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_offset),
        cmocka_unit_test(test_first_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
