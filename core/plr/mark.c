// The word of coverage marks, and what they are called: host builds only.
// SPDX-License-Identifier: MIT
#include "core/plr/mark.h"

#ifdef PLR_MARKS_KEPT

_Static_assert(PLR_MARKS <= 64, "one bit each");

uint64_t plr_marks;

const char *plr_mark_name(int mark)
{
    static const char *const names[PLR_MARKS] = {
#define MARK(name, about) [PLR_MARK_##name] = #name,
        PLR_MARK_LIST(MARK)
#undef MARK
    };
    return names[mark];
}

#endif
