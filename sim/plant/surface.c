// Height map of what is printed, from the ledger: what lies under the nozzle.
// SPDX-License-Identifier: MIT
#include "sim/math/math.h"
#include "sim/plant/parts.h"

#include <assert.h>
#include <stdlib.h>

enum {
    CELL_NM = 500000,       // 0.5 mm: about one bead
    TIP_NM = 500000,        // radius of the flat around a 0.4 mm orifice: 0.5 mm
    FIRST_LAYER_NM = 450000 // the thickest usual first layer
};

int surface_init(struct surface *surface, const struct lab_printer *printer)
{
    *surface = (struct surface){.x0_nm = -20000000, .y0_nm = -20000000};
    surface->nx = (int32_t)((printer->travel_nm[0] + 40000000) / CELL_NM + 1);
    surface->ny = (int32_t)((printer->travel_nm[1] + 40000000) / CELL_NM + 1);
    surface->top_nm = malloc((size_t)surface->nx * (size_t)surface->ny * sizeof *surface->top_nm);
    if (surface->top_nm == NULL) {
        return -12;
    }
    surface_clear(surface);
    return 0;
}

void surface_free(struct surface *surface)
{
    free(surface->top_nm);
    free(surface->change);
    *surface = (struct surface){0};
}

void surface_clear(struct surface *surface)
{
    size_t count = (size_t)surface->nx * (size_t)surface->ny;
    for (size_t i = 0; i < count; i++) {
        surface->top_nm[i] = PLANT_NO_SURFACE;
    }
    surface->cells = 0;
    surface->sum_nm[0] = surface->sum_nm[1] = 0;
    surface->highest_nm = 0;
    surface->entries = 0;
}

static int32_t *cell_at(const struct surface *s, int64_t x_nm, int64_t y_nm)
{
    if (x_nm < s->x0_nm || y_nm < s->y0_nm) {
        return NULL;
    }
    int64_t i = (x_nm - s->x0_nm) / CELL_NM, j = (y_nm - s->y0_nm) / CELL_NM;
    return i < s->nx && j < s->ny ? &s->top_nm[j * s->nx + i] : NULL;
}

// Without memory for it a branch could not be undone, and every later one would be wrong: better none.
static void remember(struct surface *s, const int32_t *top)
{
    if (s->changes == s->change_room) {
        s->change_room = s->change_room ? 2 * s->change_room : 1024;
        s->change = realloc(s->change, s->change_room * sizeof *s->change);
        assert(s->change != NULL);
    }
    s->change[s->changes++] = (struct surface_change){(int32_t)(top - s->top_nm), *top};
}

void surface_mark(struct surface *surface)
{
    surface->marked = true;
}

void surface_back(struct surface *surface, const struct surface *then)
{
    struct surface now = *surface;
    while (now.changes > then->changes) {
        const struct surface_change *change = &now.change[--now.changes];
        now.top_nm[change->cell] = change->was_nm;
    }
    *surface = *then;
    surface->change = now.change;
    surface->change_room = now.change_room;
}

static void raise_cell(struct surface *s, int64_t x_nm, int64_t y_nm, int32_t z_nm)
{
    int32_t *top = cell_at(s, x_nm, y_nm);
    if (top == NULL || *top >= z_nm) {
        return;
    }
    if (*top == PLANT_NO_SURFACE && z_nm <= FIRST_LAYER_NM) {
        s->cells++;
        s->sum_nm[0] += x_nm;
        s->sum_nm[1] += y_nm;
    }
    if (s->marked) {
        remember(s, top);
    }
    *top = z_nm;
}

// Points along a segment no further apart than half a cell, both ends among them.
static int64_t points(const int64_t from_nm[3], const int64_t to_nm[3])
{
    int64_t dx = llabs(to_nm[0] - from_nm[0]), dy = llabs(to_nm[1] - from_nm[1]);
    int64_t dz = llabs(to_nm[2] - from_nm[2]);
    int64_t longest = dx > dy ? dx : dy;
    longest = dz > longest ? dz : longest;
    return longest / (CELL_NM / 2) + 1;
}

// Steps along a segment in fixed point: one division for each axis and segment, none for each point.
enum { STEP_ONE = 1 << 20 };

struct stride {
    int64_t from[3], step[3];
};

static struct stride stride_of(const int64_t from_nm[3], const int64_t to_nm[3], int64_t count)
{
    struct stride s;
    for (int axis = 0; axis < 3; axis++) {
        s.from[axis] = from_nm[axis];
        s.step[axis] = (to_nm[axis] - from_nm[axis]) * STEP_ONE / count;
    }
    return s;
}

static void point_at(const struct stride *s, int64_t k, int64_t at_nm[3])
{
    for (int axis = 0; axis < 3; axis++) {
        at_nm[axis] = s->from[axis] + s->step[axis] * k / STEP_ONE;
    }
}

// A push in place (prime, purge) makes a string or a blob, not a surface.
static bool in_place(const struct lab_deposit *d)
{
    return d->from_nm[0] == d->to_nm[0] && d->from_nm[1] == d->to_nm[1];
}

void surface_announce(struct surface *surface, const struct lab_deposit *d)
{
    int64_t higher = d->from_nm[2] > d->to_nm[2] ? d->from_nm[2] : d->to_nm[2];
    if (!in_place(d) && higher > surface->highest_nm) {
        surface->highest_nm = higher;
    }
}

void surface_add(struct surface *surface, const struct lab_deposit *deposit)
{
    int64_t from[3], to[3], at[3];
    if (in_place(deposit)) {
        return;
    }
    for (int axis = 0; axis < 3; axis++) {
        from[axis] = deposit->from_nm[axis];
        to[axis] = deposit->to_nm[axis];
    }
    int64_t count = points(from, to);
    struct stride s = stride_of(from, to, count);
    for (int64_t k = 0; k <= count; k++) {
        point_at(&s, k, at);
        raise_cell(surface, at[0], at[1], (int32_t)at[2]);
    }
    surface_announce(surface, deposit);
}

void surface_take(struct surface *surface, const struct lab_ledger *ledger, size_t count)
{
    for (; surface->entries < count && surface->entries < ledger->count; surface->entries++) {
        surface_add(surface, &ledger->entry[surface->entries]);
    }
}

enum { ACROSS = 5 }; // places a quarter of the tip's width apart, from one rim to the other

// Under the tip: centre, rim at four quarters, and between (0.7 of the radius).
static const uint8_t place[][2] = {{2, 2}, {4, 2}, {0, 2}, {2, 4}, {2, 0},
                                   {3, 3}, {3, 1}, {1, 3}, {1, 1}};
enum { PLACES = sizeof place / sizeof *place };

// Where all of the tip is on the map: `half_x` and `half_y` are half cells from the map's edges to its rim.
static int32_t top_inside(const struct surface *s, int32_t half_x, int32_t half_y)
{
    const int32_t *row[ACROSS];
    int32_t column[ACROSS], top = PLANT_NO_SURFACE;
    for (int k = 0; k < ACROSS; k++) {
        row[k] = &s->top_nm[(half_y + k) / 2 * s->nx];
        column[k] = (half_x + k) / 2;
    }
    for (int k = 0; k < PLACES; k++) {
        int32_t here = row[place[k][1]][column[place[k][0]]];
        top = here > top ? here : top;
    }
    return top;
}

// Where some of it is not.
static int32_t top_at_edge(const struct surface *s, int64_t x_nm, int64_t y_nm)
{
    int32_t top = PLANT_NO_SURFACE;
    for (int k = 0; k < PLACES; k++) {
        const int32_t *cell =
            cell_at(s, x_nm + place[k][0] * (TIP_NM / 2), y_nm + place[k][1] * (TIP_NM / 2));
        top = cell != NULL && *cell > top ? *cell : top;
    }
    return top;
}

int64_t surface_top(const struct surface *surface, int64_t x_nm, int64_t y_nm)
{
    _Static_assert((int)TIP_NM == (int)CELL_NM, "places are half a cell apart");
    int64_t x = x_nm - TIP_NM, y = y_nm - TIP_NM;
    int64_t from_x = x - surface->x0_nm, from_y = y - surface->y0_nm;
    int64_t half_x = from_x / (CELL_NM / 2), half_y = from_y / (CELL_NM / 2);
    bool inside = from_x >= 0 && from_y >= 0 && (half_x + ACROSS - 1) / 2 < surface->nx &&
                  (half_y + ACROSS - 1) / 2 < surface->ny;
    return inside ? top_inside(surface, (int32_t)half_x, (int32_t)half_y)
                  : top_at_edge(surface, x, y);
}

int64_t surface_under(const struct surface *surface, const struct plant *plant,
                      const struct plant_model *model, const int64_t tip_nm[3])
{
    const int64_t x_nm = tip_nm[0], y_nm = tip_nm[1];
    int64_t part[3];
    plant_part_from_machine(plant, tip_nm, part);
    int64_t top = surface_top(surface, part[0], part[1]);
    if (top != PLANT_NO_SURFACE) {
        return top - plant_part_shrink(plant, top);
    }
    bool on_bed = x_nm >= 0 && y_nm >= 0 && x_nm <= model->printer.travel_nm[0] &&
                  y_nm <= model->printer.travel_nm[1];
    return on_bed ? 0 : PLANT_NO_SURFACE;
}

void surface_footprint(const struct surface *surface, int64_t centre_nm[2], int64_t *area_mm2)
{
    int64_t cells = surface->cells > 0 ? surface->cells : 1;
    centre_nm[0] = surface->sum_nm[0] / cells;
    centre_nm[1] = surface->sum_nm[1] / cells;
    *area_mm2 = surface->cells / 4;
}

enum { DIVE_TOLERANCE_NM = 50000, BED_TOLERANCE_NM = 50000, FRAME_TOLERANCE_NM = 1000000 };

static bool beyond_frame(const struct plant_model *model, const int64_t at_nm[3])
{
    const struct lab_printer *p = &model->printer;
    for (int axis = 0; axis < 2; axis++) {
        if (at_nm[axis] < -FRAME_TOLERANCE_NM ||
            at_nm[axis] > p->travel_nm[axis] + FRAME_TOLERANCE_NM) {
            return true;
        }
    }
    return at_nm[2] > model->switch_nm + p->hard_stop_nm + FRAME_TOLERANCE_NM;
}

bool surface_near(const struct surface *surface, const struct plant_way *way)
{
    const int64_t *from = way->part_from_nm, *to = way->part_to_nm;
    int64_t lower = from[2] < to[2] ? from[2] : to[2];
    return surface->highest_nm - lower > DIVE_TOLERANCE_NM;
}

// How deep a point of the part's frame lies below what is printed there.
static int64_t depth(const struct surface *surface, const int64_t at_nm[3])
{
    int64_t top = surface_top(surface, at_nm[0], at_nm[1]);
    return top != PLANT_NO_SURFACE && top > at_nm[2] ? top - at_nm[2] : 0;
}

int64_t surface_deepest(const struct surface *surface, const struct plant_way *way)
{
    const int64_t *from = way->part_from_nm, *to = way->part_to_nm;
    int64_t dive = 0, at[3];
    if (!surface_near(surface, way)) {
        return 0;
    }
    if (from[0] == to[0] && from[1] == to[1]) { // straight up or down: the lower end
        return depth(surface, from[2] < to[2] ? from : to);
    }
    int64_t count = points(from, to);
    struct stride s = stride_of(from, to, count);
    for (int64_t k = 0; k <= count; k++) {
        point_at(&s, k, at);
        int64_t here = depth(surface, at);
        dive = here > dive ? here : dive;
    }
    return dive;
}

bool plant_point_free(const struct plant_model *model, const struct surface *surface,
                      const int64_t tip_nm[3], const int64_t part_nm[3])
{
    return surface->highest_nm - part_nm[2] <= DIVE_TOLERANCE_NM &&
           -tip_nm[2] <= BED_TOLERANCE_NM && !beyond_frame(model, tip_nm);
}

void plant_contact_check(struct plant *plant, const struct plant_model *model,
                         const struct surface *surface, const struct plant_way *way,
                         int64_t already_nm, struct plant_contact *contact)
{
    const int64_t *from = way->from_nm, *to = way->to_nm;
    int64_t bed = -(from[2] < to[2] ? from[2] : to[2]);
    *contact = (struct plant_contact){0};
    int64_t dive = surface_deepest(surface, way);
    if (beyond_frame(model, from) || beyond_frame(model, to)) {
        contact->hits |= PLANT_HIT_FRAME; // straight ways: the ends are the extremes
    }
    if (bed > BED_TOLERANCE_NM && bed > already_nm) {
        contact->hits |= PLANT_HIT_BED;
        contact->bed_nm = bed;
    }
    if (dive > DIVE_TOLERANCE_NM && dive > already_nm) {
        const int64_t sideways[2] = {to[0] - from[0], to[1] - from[1]};
        contact->hits |= PLANT_HIT_PART;
        contact->dive_nm = dive;
        part_hit(plant, model, to[2], sideways, dive);
    }
}
