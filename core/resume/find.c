// Where layers begin, by the rule of the recorder: marks if the file has any, else the Z of what is extruded.
// SPDX-License-Identifier: MIT
#include "core/resume/resume.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

// Heights that people type have been rounded.
#define SAME_Z_NM 1000

struct search {
    struct resume_layers *layers;
    int32_t number;
    int64_t z_nm;
    bool marked;
    bool above; ///< the layer before was already above the height asked for
};

static void forget(struct search *search)
{
    *search->layers = (struct resume_layers){.first = INT32_MAX, .last = INT32_MIN};
    search->above = false;
}

/// Is this layer still to be printed on a part of that height? The height is measured: the layer it is nearest to is complete.
static bool is_above(const struct plr_layer *layer, int64_t z_nm)
{
    int64_t half = layer->height_nm / 2;
    return layer->z_nm - z_nm > (half > SAME_Z_NM ? half : SAME_Z_NM);
}

static void begin(const struct resume_scan *scan, void *ctx)
{
    struct search *search = ctx;
    struct resume_layers *l = search->layers;
    const struct plr_layer *layer = &scan->modal.layer;

    if (!search->marked && scan->modal.flags & PLR_MODAL_MARKED) {
        forget(search); // what moved before the first mark was no layer
        search->marked = true;
    }
    l->low_nm = l->first > l->last || layer->z_nm < l->low_nm ? layer->z_nm : l->low_nm;
    l->high_nm = l->first > l->last || layer->z_nm > l->high_nm ? layer->z_nm : l->high_nm;
    l->first = layer->number < l->first ? layer->number : l->first;
    l->last = layer->number > l->last ? layer->number : l->last;
    bool above = is_above(layer, search->z_nm);
    bool wanted = search->number >= 0 ? layer->number == search->number : above && !search->above;
    search->above = above;
    if (!wanted)
        return;
    l->times++;
    if (l->found)
        return;
    l->found = true;
    l->at = scan->at;
    l->number = layer->number;
    l->z_nm = layer->z_nm;
}

int resume_find(const struct resume_source *source, int32_t number, int64_t z_nm,
                struct resume_layers *layers, struct lab_error *err)
{
    struct resume_scan *scan = malloc(sizeof *scan);
    struct search search = {.layers = layers, .number = number, .z_nm = z_nm};

    assert(source && layers);
    if (!scan)
        return LAB_ENOMEM;
    forget(&search);
    resume_scan_begin(scan);
    scan->layer = begin;
    scan->layer_ctx = &search;
    int error = resume_scan_run(scan, source, UINT64_MAX, err);
    free(scan);
    return error;
}
