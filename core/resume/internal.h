// What the files of plr-resume share; nobody else includes it.
// SPDX-License-Identifier: MIT
#ifndef RESUME_INTERNAL_H
#define RESUME_INTERNAL_H

#include "core/lab/doc/units.h"
#include "core/resume/resume.h"

/// How an object that the state excludes is cancelled: 0 and above is its number (M486 P).
enum { RESUME_CANCEL_NAME = -1, RESUME_CANCEL_NOT = -2 };

/// Everything the text is made from. Positions are in the file's coordinates without its G92 shifts: the machine's, less
/// the offset (SET_GCODE_OFFSET, babysteps).
struct plan {
    const struct resume_request *request;
    const struct resume_source *job;
    const struct resume_scan *scan;
    struct resume_made *made;
    struct plr_modal modal; ///< in force for the first line of the tail
    bool split;             ///< the rest of the running move is in the text
    struct plr_action move; ///< then: the move
    uint8_t move_plane;
    int64_t go_nm[PLR_AXES];  ///< where the print goes on; E as the file counts
    int64_t end_nm[PLR_AXES]; ///< where the running move ends
    int64_t centre_nm[2];     ///< of an arc, from go_nm
    int64_t stand_nm[3];      ///< where the nozzle stands now, as far as it is known
    int64_t travel_z_nm;      ///< clear of everything that is printed
    int64_t offset_nm[3];
    int64_t owed_nm; ///< filament drawn back at the place where the print goes on
    int32_t hot_mc, bed_mc, soften_mc;
    enum resume_z z_from;
    const char *sd_path;                  ///< the job as the printer's M23 finds it, for in_place
    int32_t cancel[RESUME_CANCELLED_MAX]; ///< beside the state's `cancelled`
};

/// Fill plan->cancel from the lines that define objects; warns of those that the job does not know. Returns 0 or LAB_ENOMEM.
int resume_choose_objects(struct plan *plan);

/// Write the text. Returns 0, LAB_ENOMEM or LAB_EIO.
int resume_text(const struct plan *plan);

/// Add a warning.
__attribute__((format(printf, 2, 3))) void resume_warn(struct resume_made *made, const char *format,
                                                       ...);

#endif
