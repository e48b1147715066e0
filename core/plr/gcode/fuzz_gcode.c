// Fuzzing the G-code path: any bytes as a file, line by line through lexer and modal state.
// SPDX-License-Identifier: MIT
#include "core/plr/plr.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/// The list of excluded objects hangs together: its names fill it, and each is excluded.
static void hangs_together(const struct plr_objects *objects)
{
    const char *name = NULL, *end = objects->names;

    while ((name = plr_objects_next(objects, name)) != NULL) {
        if (name != end || !*name || !plr_objects_has(objects, plr_object_hash(name, strlen(name))))
            abort();
        end = name + strlen(name) + 1;
    }
    if (end != objects->names + objects->len || strlen(objects->current) >= PLR_OBJECT_NAME)
        abort();
}

/// One line; what it does must leave a state that could be saved and brought back.
static void feed(struct plr_modal *modal, struct plr_objects *objects, const char *text, size_t len)
{
    struct plr_gcode_line line;
    struct plr_action action;
    struct plr_modal before = *modal;

    int error = plr_gcode_lex(text, len, &line);
    if (error && line.fault_at + line.fault_len > len)
        abort();
    if (plr_modal_apply(modal, &line, &action) && memcmp(&before, modal, sizeof before))
        abort();
    (void)plr_objects_apply(objects, &line);
    hangs_together(objects);
    struct plr_state state = {.modal = *modal, .job = {.size = 1}};
    if (plr_state_check(&state))
        abort();
}

/// The whole text by plr_gcode_follow_moves, and by plr_gcode_follow where that stops, leads to the same state.
static void follow(const char *text, size_t size, bool to_level, const struct plr_modal *wanted)
{
    struct plr_modal modal;
    struct plr_gcode_line line;
    int64_t lines = 0;

    plr_modal_init(&modal);
    for (size_t at = 0; at < size;) {
        size_t step = plr_gcode_follow_moves(&modal, text + at, size - at, to_level, &lines);
        if (!step) {
            const char *end = memchr(text + at, '\n', size - at);
            size_t len = end ? (size_t)(end - text) - at : size - at;
            (void)plr_gcode_follow(&modal, text + at, len, &line);
            step = len + 1;
        }
        at += step;
    }
    if (memcmp(&modal, wanted, sizeof modal) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plr_modal modal;
    struct plr_objects objects = {0};

    plr_modal_init(&modal);
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t len = end ? (size_t)(end - data) - at : size - at;
        char *line =
            malloc(len ? len : 1); // exactly as long, so that the sanitizer sees every byte too far
        if (!line)
            abort();
        memcpy(line, data + at, len);
        feed(&modal, &objects, line, len);
        free(line);
        at += len + 1;
    }
    follow((const char *)data, size, false, &modal);
    follow((const char *)data, size, true, &modal);
    return 0;
}
