// Fuzz target: any bytes as a template expand or are refused with a place; nothing else, and within the bounds.
// SPDX-License-Identifier: MIT
//
// Seeds: fixtures/klipper/templates.
#include <stdlib.h>
#include <string.h>

#include "core/klipper/macro.h"
#include "core/plr/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *object(void *ctx, const char *name)
{
    return json_incref(json_object_get(ctx, name));
}

static void respond(void *ctx, const char *text)
{
    (void)ctx;
    PLR_ASSERT(strlen(text) <= KLIPPER_TEXT);
}

static void unknown(void *ctx, const struct klipper_unknown *what)
{
    (void)ctx;
    PLR_ASSERT(!strncmp(what->name, "printer", 7) && what->line > 0);
}

static void expand(const char *text, size_t size)
{
    static char out[4096];
    struct klipper_template_error err;
    json_t *tree =
        json_loads("{\"a\": {\"b\": [1, 2.5, \"x\"], \"c\": {\"d\": 5, \"e\": null}}}", 0, NULL);
    json_t *names = json_loads("{\"params\": {\"X\": \"1\"}, \"n\": 7, \"l\": [3, 1]}", 0, NULL);
    const struct klipper_host host = {object, respond, unknown, tree};
    const int n = klipper_template_expand(text, size, names, &host, out, sizeof out, &err);
    PLR_ASSERT((n < 0) == (err.message[0] != '\0' || err.raised));
    PLR_ASSERT(n < 0 || strlen(out) <= (size_t)n);
    PLR_ASSERT(n < (int)sizeof out);
    // what runs has also read well
    PLR_ASSERT(n < 0 || klipper_template_check(text, size, &err) == LAB_OK);
    json_decref(names);
    json_decref(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct klipper_template_error err;
    char *text = malloc(size + 1);
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    // a configuration holds UTF-8 without null bytes; what is not is refused before a template is made of it
    bool plain = memchr(text, '\0', size) == NULL;
    for (size_t i = 0, step = 0; plain && i < size; i += step) {
        step = lab_utf8(text + i, size - i);
        plain = step > 0;
    }
    if (plain) {
        expand(text, size);
        json_decref(klipper_template_value(text, size, &err));
        json_decref(klipper_params(text, NULL, NULL, NULL));
    }
    free(text);
    return 0;
}
