// Defects on purpose: what careless file handling does to a store. Only the test build holds them.
// SPDX-License-Identifier: MIT
#ifndef LAB_STORE_DEFECT_H
#define LAB_STORE_DEFECT_H

#include <stdbool.h>

// X(enum, what it does wrong)
#define STORE_DEFECT_LIST(X)                                                              \
    X(NO_SYNC, "a sync is not asked for")                                                 \
    X(NO_FILE_SYNC, "a new file is renamed without having been synced")                   \
    X(NO_DIR_SYNC, "a directory is never synced")                                         \
    X(NO_OPEN_SYNC, "what a killed predecessor left in the cache is taken for stored")    \
    X(SYNC_ERROR_IGNORED, "an error of a sync is ignored")                                \
    X(SYNC_TRIED_AGAIN, "a failed sync is asked for again, and believed the second time") \
    X(SHORT_WRITE_IGNORED, "a short write is taken for a whole one")                      \
    X(MADE_IN_PLACE, "a new file is made under its own name, truncated first")            \
    X(COMMIT_FIRST, "a new file takes the old one's place before the records are in it")  \
    X(NOT_FORGOTTEN, "what is read back comes from the cache, not from the device")       \
    X(OLD_FD_KEPT, "goes on when the directory of a replaced file could not be synced")   \
    X(NOT_LOCKED, "two may have it open")

enum store_defect {
    STORE_DEFECT_NONE,
#define STORE_DEFECT_ENUM(name, about) STORE_DEFECT_##name,
    STORE_DEFECT_LIST(STORE_DEFECT_ENUM)
#undef STORE_DEFECT_ENUM
        STORE_DEFECTS_COUNT
};

#ifdef STORE_DEFECTS
extern enum store_defect store_defect; ///< the one that is switched on
#define STORE_DEFECT(name) (store_defect == STORE_DEFECT_##name)
#else
#define STORE_DEFECT(name) false
#endif

#endif
