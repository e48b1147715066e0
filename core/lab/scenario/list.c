// Finds scenarios: scenarios/**/*.yaml below a folder, in the order of their paths.
// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/lab/scenario/id.h"
#include "core/lab/scenario/scenario.h"

enum { DEPTH = 8, PATH_BYTES = 1024 };

struct paths {
    char **path;
    size_t count, room;
};

static int add(struct paths *paths, const char *path)
{
    if (paths->count == paths->room) {
        const size_t room = paths->room > 0 ? paths->room * 2 : 64;
        char **grown = realloc(paths->path, room * sizeof *grown);
        if (grown == NULL) {
            return LAB_ENOMEM;
        }
        paths->path = grown;
        paths->room = room;
    }
    char *copy = strdup(path);
    if (copy == NULL) {
        return LAB_ENOMEM;
    }
    paths->path[paths->count++] = copy;
    return LAB_OK;
}

static bool is_yaml(const char *name)
{
    const size_t length = strlen(name);
    return length > 5 && strcmp(name + length - 5, ".yaml") == 0;
}

static int walk(struct paths *paths, const char *folder, int depth)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return depth == 0 ? LAB_ENOENT : LAB_OK;
    }
    int status = LAB_OK;
    for (struct dirent *entry; status == LAB_OK && (entry = readdir(dir)) != NULL;) {
        char path[PATH_BYTES];
        struct stat info;
        const int n = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] == '.' || n < 0 || n >= PATH_BYTES || stat(path, &info) != 0) {
            continue;
        }
        if (S_ISDIR(info.st_mode) && depth < DEPTH) {
            status = walk(paths, path, depth + 1);
        } else if (S_ISREG(info.st_mode) && is_yaml(entry->d_name)) {
            status = add(paths, path);
        }
    }
    closedir(dir);
    return status;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void release(struct paths *paths)
{
    for (size_t i = 0; i < paths->count; i++) {
        free(paths->path[i]);
    }
    free(paths->path);
}

static int collect(const char *root, struct paths *paths)
{
    char folder[PATH_BYTES];
    const bool here = root == NULL || root[0] == '\0' || strcmp(root, ".") == 0;
    const int n =
        snprintf(folder, sizeof folder, "%s%sscenarios", here ? "" : root, here ? "" : "/");
    if (n < 0 || n >= PATH_BYTES) {
        return LAB_EINVAL;
    }
    const int status = walk(paths, folder, 0);
    if (paths->count > 0) {
        qsort(paths->path, paths->count, sizeof paths->path[0], by_text);
    }
    return status;
}

static int tell(const char *path,
                int (*each)(void *ctx, const char *path, const char *name, const char *about),
                void *ctx)
{
    struct lab_doc *doc = NULL;
    struct lab_error err = {0};
    const char *text[2] = {NULL, NULL};
    if (lab_doc_open(&doc, path, &err) == LAB_OK) {
        static const char *const keys[2] = {"name", "about"};
        for (int i = 0; i < 2; i++) {
            const struct lab_node *node = lab_node_find(lab_doc_root(doc), keys[i]);
            text[i] = node != NULL && node->kind == LAB_SCALAR ? node->text : NULL;
        }
    }
    char stem[64];
    lab_scenario_stem(path, stem, sizeof stem);
    const int result = each(ctx, path,
                            text[0] != NULL   ? text[0]
                            : text[1] != NULL ? stem
                                              : NULL,
                            text[1]);
    lab_doc_close(doc);
    return result;
}

int lab_scenario_list(const char *root,
                      int (*each)(void *ctx, const char *path, const char *name, const char *about),
                      void *ctx)
{
    struct paths paths = {0};
    int status = collect(root, &paths);
    for (size_t i = 0; status == LAB_OK && i < paths.count; i++) {
        status = tell(paths.path[i], each, ctx);
    }
    release(&paths);
    return status;
}

void lab_scenario_stem(const char *path, char *out, size_t room)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    const size_t length = dot != NULL && dot > base ? (size_t)(dot - base) : strlen(base);
    snprintf(out, room, "%.*s", (int)(length < room ? length : room - 1), base);
}

static int choose(const struct paths *paths, const char *name, char *out, size_t room,
                  struct lab_error *err)
{
    const char *found = NULL;
    const char *best = NULL;
    char stem[64];
    char near[64];
    int distance = 3;
    for (size_t i = 0; i < paths->count; i++) {
        lab_scenario_stem(paths->path[i], stem, sizeof stem);
        const int before = distance;
        lab_nearest(name, stem, &best, &distance);
        if (distance < before) {
            memcpy(near, stem, sizeof near);
            best = near;
        }
        if (strcmp(stem, name) != 0) {
            continue;
        }
        if (found != NULL) {
            lab_error_at_file(err, NULL, "two scenarios are called '%s': %s and %s", name, found,
                              paths->path[i]);
            return LAB_EINVAL;
        }
        found = paths->path[i];
    }
    if (found == NULL) {
        lab_error_at_file(err, NULL, "there is no scenarios/**/%s.yaml here (see --root)", name);
        lab_error_suggest(err, best);
        return LAB_ENOENT;
    }
    const int n = snprintf(out, room, "%s", found);
    return n >= 0 && (size_t)n < room ? LAB_OK : LAB_EINVAL;
}

int lab_id_find_scenario(const char *root, const char *name, char *out, size_t room,
                         struct lab_error *err)
{
    struct paths paths = {0};
    int status = collect(root, &paths);
    if (status == LAB_OK) {
        status = choose(&paths, name, out, room, err);
    } else {
        lab_error_at_file(err, root, "there is no folder 'scenarios' here (see --root)");
    }
    release(&paths);
    return status;
}
