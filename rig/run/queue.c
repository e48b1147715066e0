// The state of a queue.
// SPDX-License-Identifier: MIT
#include "rig/run/queue.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/plr/gcode/gcode.h"

static const char schema[] = "plr-queue/1";

// --- the file -----------------------------------------------------------------------------------------------------

static int64_t number(const json_t *root, const char *key)
{
    const json_t *value = json_object_get(root, key);

    return json_is_integer(value) ? (int64_t)json_integer_value(value) : -1;
}

static const char *text(const json_t *root, const char *key)
{
    const char *value = json_string_value(json_object_get(root, key));

    return value ? value : "";
}

/// A queue from before there were spreads has none.
static struct run_spread spread(const json_t *root, const char *key)
{
    const json_t *from = json_object_get(root, key);
    struct run_spread out = {number(from, "count"), number(from, "min_us"), number(from, "max_us"),
                             number(from, "sum_us")};

    return out.count > 0 ? out : (struct run_spread){0};
}

static json_t *spread_json(const struct run_spread *from)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "count", (json_int_t)from->count, "min_us",
                     (json_int_t)from->min_us, "max_us", (json_int_t)from->max_us, "sum_us",
                     (json_int_t)from->sum_us);
}

void run_spread_add(struct run_spread *out, int64_t us)
{
    if (us < 0)
        return;
    out->min_us = !out->count || us < out->min_us ? us : out->min_us;
    out->max_us = us > out->max_us ? us : out->max_us;
    out->sum_us += us;
    out->count++;
}

static int take(struct run_queue *queue, const json_t *root, const char *path,
                struct lab_error *err)
{
    int64_t done = number(root, "done"), passed = number(root, "passed"),
            failed = number(root, "failed");

    if (strcmp(text(root, "schema"), schema) != 0 || done < 0 || passed < 0 || failed < 0 ||
        passed + failed != done) {
        lab_error_at_file(err, path, "this is no queue of plr-rig");
        return -EINVAL;
    }
    if (strcmp(text(root, "what"), queue->what) != 0) {
        lab_error_at_file(
            err, path,
            "this is a queue of other runs (%.150s, and not %.150s): let it end, name "
            "another file with --state, or remove it",
            text(root, "what"), queue->what);
        return -EINVAL;
    }
    queue->done = done;
    queue->passed = passed;
    queue->failed = failed;
    queue->line = spread(root, "command_to_line");
    queue->sense = spread(root, "line_to_sense");
    return 0;
}

int run_queue_open(struct run_queue *queue, const char *path, struct lab_error *err)
{
    json_error_t why;

    queue->done = queue->passed = queue->failed = 0;
    queue->line = queue->sense = (struct run_spread){0};
    if (access(path, F_OK) != 0)
        return errno == ENOENT ? 0 : -errno;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    if (!root) {
        lab_error_at_file(err, path, "this is no queue of plr-rig: %s", why.text);
        return -EINVAL;
    }
    int bad = take(queue, root, path, err);
    json_decref(root);
    return bad;
}

/// The folder's own entry has to be there after a power cut, too: the rig's computer may hang on the same mains.
static int sync_folder(const char *path)
{
    char folder[512];
    const char *slash = strrchr(path, '/');

    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int bad = fd < 0 || fsync(fd) ? -errno : 0;
    if (fd >= 0)
        close(fd);
    return bad;
}

static int write_whole(const char *path, const json_t *root)
{
    FILE *out = fopen(path, "w");

    if (!out)
        return -errno;
    int bad = json_dumpf(root, out, JSON_INDENT(2)) || fputc('\n', out) < 0 || fflush(out) ||
                      fsync(fileno(out))
                  ? -EIO
                  : 0;
    return fclose(out) || bad ? -EIO : 0;
}

int run_queue_save(const struct run_queue *queue, const char *path)
{
    char fresh[512];
    json_t *root =
        json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:o}", "schema", schema, "what", queue->what,
                  "repeat", (json_int_t)queue->repeat, "done", (json_int_t)queue->done, "passed",
                  (json_int_t)queue->passed, "failed", (json_int_t)queue->failed, "command_to_line",
                  spread_json(&queue->line), "line_to_sense", spread_json(&queue->sense));

    if (!root)
        return -ENOMEM;
    snprintf(fresh, sizeof fresh, "%.500s.new", path);
    int bad = write_whole(fresh, root);
    json_decref(root);
    if (!bad && rename(fresh, path))
        bad = -errno;
    return bad ? bad : sync_folder(path);
}

// --- places -------------------------------------------------------------------------------------------------------

/// Where extruding begins and ends in the file.
static void extent(const struct lab_job *job, int64_t *first, int64_t *last)
{
    struct plr_modal modal;
    struct plr_action action;
    struct plr_gcode_line line;
    uint64_t next;

    *first = *last = 0;
    plr_modal_init(&modal);
    for (uint64_t at = 0; at < job->size; at = next) {
        size_t size = lab_job_line(job, at, &next);
        if (plr_gcode_lex(job->data + at, size, &line) || plr_modal_apply(&modal, &line, &action))
            continue;
        if (!action.extrudes || modal.layer.number < 0)
            continue;
        *first = *first ? *first : (int64_t)at;
        *last = (int64_t)at;
    }
}

int64_t run_queue_place(const struct lab_job *job, int64_t n)
{
    // multiples of the golden ratio fall into the largest gap that those before have left
    uint64_t share = (uint64_t)(n + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    int64_t first, last;

    extent(job, &first, &last);
    return first + (int64_t)((uint64_t)(last - first) * share >> 32);
}
