// Layers: marks in comments, marks stated by the plugin's macro, and moves in files without marks.
// SPDX-License-Identifier: MIT
#include "core/plr/gcode/internal.h"

#define Z_MAX_NM INT64_C(2000000000)

bool plr_layer_begin(struct plr_layer *layer, int64_t z_nm)
{
    int32_t z = (int32_t)plr_clamp(z_nm, -Z_MAX_NM, Z_MAX_NM);
    int64_t up = (int64_t)z - layer->z_nm;
    bool same = layer->number >= 0 && up > -PLR_LAYER_SAME_NM && up < PLR_LAYER_SAME_NM;

    PLR_ASSERT(layer->number >= -1);
    if (same) {
        if (layer->stated >= 0)
            layer->number = layer->stated;
    } else {
        // lower than before is the first layer of the next object: it stands on the bed
        layer->height_nm = layer->number >= 0 && up > 0 ? (int32_t)plr_clamp(up, 0, Z_MAX_NM) : z;
        layer->number = layer->stated >= 0
                            ? layer->stated
                            : (int32_t)plr_clamp((int64_t)layer->number + 1, 0, INT32_MAX);
        layer->z_nm = z;
        layer->moves = 0;
    }
    layer->stated = -1;
    layer->pending = false;
    return !same;
}

/// The file marks its layers. What moves before the first mark began (a purge line) were none.
static void marked(struct plr_modal *modal)
{
    if (!(modal->flags & PLR_MODAL_MARKED)) {
        modal->flags |= PLR_MODAL_MARKED;
        modal->layer = (struct plr_layer){.number = -1, .stated = -1};
    }
}

bool plr_layer_mark(struct plr_modal *modal, int64_t number, int64_t z_nm)
{
    marked(modal);
    modal->layer.stated = number >= 0 ? (int32_t)plr_clamp(number, 0, INT32_MAX) : -1;
    return plr_layer_begin(&modal->layer, z_nm);
}

/// The number behind a key of `skip` bytes; blanks around it may be.
static bool number_behind(const char *text, size_t len, size_t skip, int64_t *micro)
{
    while (skip < len && plr_is_blank(text[skip]))
        skip++;
    return plr_gcode_number(text + skip, len - skip, micro) > 0;
}

bool plr_layer_comment(struct plr_modal *modal, const struct plr_gcode_line *line)
{
    const char *text = line->comment;
    size_t len = line->comment_len;
    int64_t value;

    while (len && plr_is_blank(*text)) {
        text++;
        len--;
    }
    char first = len < 2 ? '\0' : plr_upper(*text);
    if (first != 'L' && first != 'C' && first != 'Z')
        return false; // nearly all
    if (plr_text_is(text, len, "LAYER_CHANGE") || plr_text_is(text, len, "CHANGE_LAYER")) {
        marked(modal);
        modal->layer.pending = true;
        modal->layer.stated = -1;
    } else if (plr_text_begins(text, len, "LAYER:") && number_behind(text, len, 6, &value)) {
        marked(modal);
        modal->layer.pending = true;
        modal->layer.stated = value >= 0 ? (int32_t)(value / 1000000) : -1;
    } else if (modal->layer.pending &&
               ((plr_text_begins(text, len, "Z:") && number_behind(text, len, 2, &value)) ||
                (plr_text_begins(text, len, "Z_HEIGHT:") && number_behind(text, len, 9, &value)))) {
        return plr_layer_begin(&modal->layer, value);
    }
    return false;
}
