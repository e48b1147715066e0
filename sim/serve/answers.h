// What the files that make the control socket's answers share.
// SPDX-License-Identifier: MIT
#ifndef SIM_SERVE_ANSWERS_H
#define SIM_SERVE_ANSWERS_H

#include <jansson.h>

#include "core/lab/doc/units.h"
#include "sim/serve/inside.h"
#include "sim/serve/serve.h"

/// {"ok": true}, {"ok": false, "error": ...}, and the one of these that a returned value means. The caller's.
json_t *answer_good(void);
json_t *answer_bad(const char *why);
json_t *answer_done(int error);

/// Fill in; takes the value.
void answer_put(json_t *to, const char *key, json_t *value);
void answer_number(json_t *to, const char *key, int64_t value);
json_t *answer_numbers(const int64_t *values, int count);

/// The next word as a quantity; `text` goes on to the next.
bool answer_quantity(const char **text, enum lab_unit unit, int64_t *value);

// One for each verb; `rest` is what stands behind it.
json_t *answer_cutinfo(struct serve *serve, const char *rest);
json_t *answer_io(struct serve *serve, const char *rest);
json_t *answer_arm_e(struct serve *serve, const char *rest);
json_t *answer_arm_t(struct serve *serve, const char *rest);
json_t *answer_arm_event(struct serve *serve, const char *rest);
json_t *answer_cut(struct serve *serve, const char *rest);
json_t *answer_poweron(struct serve *serve, const char *rest);
json_t *answer_cool(struct serve *serve, const char *rest);
json_t *answer_sag(struct serve *serve, const char *rest);
json_t *answer_nudge(struct serve *serve, const char *rest);
json_t *answer_pose(struct serve *serve, const char *rest);
json_t *answer_deposit(struct serve *serve, const char *rest);
json_t *answer_truth(struct serve *serve, const char *rest);
json_t *answer_mute(struct serve *serve, const char *rest);
json_t *answer_fault(struct serve *serve, const char *rest);
json_t *answer_speed(struct serve *serve, const char *rest);
json_t *answer_again(struct serve *serve, const char *rest);

#endif
