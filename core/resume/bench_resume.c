// How fast a job is scanned and its rest written on this computer: rows of the Markdown table that ci/bench prints. Judges nothing.
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "core/resume/resume.h"

enum { ROUNDS = 7, MEGABYTES = 100 };

_Noreturn void plr_panic(const char *file, int line, const char *what)
{
    fprintf(stderr, "bench_resume: %s:%d: assertion failed: %s\n", file, line, what);
    abort();
}

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double now_s(void)
{
    return seconds(CLOCK_MONOTONIC);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/// The job again and again until it is MEGABYTES long.
static void repeat(const char *path, const char *to)
{
    static char text[1 << 21];
    FILE *in = fopen(path, "rb"), *out = fopen(to, "wb");
    size_t size = in ? fread(text, 1, sizeof text, in) : 0, done = 0;

    if (!size || !out) {
        fprintf(stderr, "bench_resume: cannot read %s or write %s\n", path, to);
        exit(2);
    }
    for (; done < (size_t)MEGABYTES * 1000000; done += size)
        fwrite(text, 1, size, out);
    fclose(in);
    fclose(out);
}

static void scans(const char *path, bool careful)
{
    double rate[ROUNDS],
        alone = 0.0; // by this program's own time on the processor, whoever else wants it
    struct resume_source source;
    struct lab_error err;
    struct resume_scan *scan = malloc(sizeof *scan);

    lab_error_clear(&err);
    if (!scan || resume_source_open(&source, path, &err))
        exit(2);
    for (int i = -1; i < ROUNDS; i++) { // the first warms the page cache
        double begin = now_s(), own = seconds(CLOCK_THREAD_CPUTIME_ID);
        resume_scan_begin(scan);
        scan->careful = careful;
        if (resume_scan_run(scan, &source, UINT64_MAX, &err))
            exit(3);
        if (i < 0)
            continue;
        rate[i] = (double)source.size * 1e-6 / (now_s() - begin);
        own = (double)source.size * 1e-6 / (seconds(CLOCK_THREAD_CPUTIME_ID) - own);
        alone = own > alone ? own : alone;
    }
    qsort(rate, ROUNDS, sizeof *rate, by_size);
    printf(
        "| plr-resume, %s | %.0f MB/s | aim %s; one core, warm page cache, %.0f MB, %.1f bytes a "
        "line, %.1f %% of the lines lexed; best %.0f, by processor time %.0f |\n",
        careful ? "full scan with the recorder's lexer" : "scan", rate[ROUNDS / 2],
        careful ? "400" : "1,000", (double)source.size * 1e-6,
        (double)source.size / (double)scan->lines,
        100.0 * (double)scan->lexed / (double)scan->lines, rate[ROUNDS - 1], alone);
    resume_source_close(&source);
    free(scan);
}

static void whole(const char *path, const char *to)
{
    double took[ROUNDS];
    struct resume_made *made = malloc(sizeof *made);
    struct resume_source source;
    struct resume_request request;
    struct lab_error err;

    lab_error_clear(&err);
    if (!made || resume_source_open(&source, path, &err))
        exit(2);
    resume_request_init(&request);
    request.dialect = RESUME_KLIPPER;
    request.place = RESUME_AT_BYTE;
    request.byte = source.size / 2;
    for (int i = 0; i < ROUNDS; i++) {
        double begin = now_s();
        if (resume_make(&request, &source, made, &err) || resume_write(made, &source, to, &err)) {
            lab_error_print(stderr, &err);
            exit(3);
        }
        took[i] = now_s() - begin;
        resume_made_free(made);
    }
    qsort(took, ROUNDS, sizeof *took, by_size);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf(
        "| plr-resume, whole: half of it scanned, half copied, synced | %.0f ms | the plugin's own "
        "generator: 650 ms for 100 MB; %ld MiB resident at most |\n",
        took[ROUNDS / 2] * 1e3, usage.ru_maxrss / 1024);
    resume_source_close(&source);
    free(made);
}

int main(int argc, char **argv)
{
    char large[512], out[512];
    const char *job = argc > 1 ? argv[1] : "fixtures/gcode/tower_voron24.gcode";
    const char *folder = argc > 2 ? argv[2] : ".";

    snprintf(large, sizeof large, "%s/bench_resume.gcode", folder);
    snprintf(out, sizeof out, "%s/bench_resume.out.gcode", folder);
    repeat(job, large);
    scans(large, true);
    scans(large, false);
    whole(large, out);
    unlink(large);
    unlink(out);
    return 0;
}
