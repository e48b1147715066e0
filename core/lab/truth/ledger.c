// The deposit ledger: an append-only array, and integer lengths.
// SPDX-License-Identifier: MIT
#include "core/lab/truth/truth.h"

#include "core/lab/truth/bulk.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { FIRST_ROOM = 1024 };

void lab_ledger_free(struct lab_ledger *ledger)
{
    assert(ledger);
    lab_bulk_free(ledger->entry, ledger->room * sizeof *ledger->entry);
    *ledger = (struct lab_ledger){0};
}

static int grow(struct lab_ledger *ledger)
{
    size_t room = ledger->room ? ledger->room * 2 : FIRST_ROOM;
    if (room > SIZE_MAX / sizeof *ledger->entry)
        return -12;
    struct lab_deposit *entry =
        lab_bulk_resize(ledger->entry, ledger->room * sizeof *entry, room * sizeof *entry);
    if (!entry)
        return -12;
    ledger->entry = entry;
    ledger->room = room;
    return 0;
}

int lab_ledger_append(struct lab_ledger *ledger, const struct lab_deposit *deposit)
{
    assert(ledger && deposit && ledger->count <= ledger->room);
    struct lab_deposit copy = *deposit; // `deposit` may lie inside the array that moves
    if (ledger->count == ledger->room && grow(ledger))
        return -12;
    ledger->entry[ledger->count++] = copy;
    return 0;
}

int64_t lab_deposit_length(const struct lab_deposit *deposit)
{
    assert(deposit);
    int64_t delta[3];
    for (int axis = 0; axis < 3; axis++)
        delta[axis] = (int64_t)deposit->to_nm[axis] - deposit->from_nm[axis];
    return lab_length_nm(delta, 3);
}

// Square root, rounded to the nearest. The processor's root of the square as a double is off by little; integers settle it.
static uint64_t root(uint64_t square)
{
    uint64_t guess = (uint64_t)sqrt((double)square);
    while (guess * guess > square)
        guess--;
    while (square - guess * guess > 2 * guess)
        guess++;
    return guess + (square - guess * guess > guess);
}

int64_t lab_length_xy(int64_t x_nm, int64_t y_nm)
{
    const int64_t delta[2] = {x_nm, y_nm}, room = 2400000000;

    if (x_nm > room || x_nm < -room || y_nm > room || y_nm < -room)
        return lab_length_nm(delta, 2);
    return (int64_t)root((uint64_t)(x_nm * x_nm) + (uint64_t)(y_nm * y_nm));
}

int64_t lab_length_nm(const int64_t *delta, int axes)
{
    assert(delta && axes > 0 && axes <= 3);
    uint64_t largest = 0, square = 0;
    for (int axis = 0; axis < axes; axis++) {
        uint64_t size = (uint64_t)(delta[axis] < 0 ? -delta[axis] : delta[axis]);
        largest = size > largest ? size : largest;
    }
    // beyond 2.4 m three squares no longer fit: give up low bits
    unsigned shift = 0;
    while ((largest >> shift) > 2400000000u)
        shift++;
    for (int axis = 0; axis < axes; axis++) {
        uint64_t size = (uint64_t)(delta[axis] < 0 ? -delta[axis] : delta[axis]) >> shift;
        square += size * size;
    }
    return (int64_t)(root(square) << shift);
}
