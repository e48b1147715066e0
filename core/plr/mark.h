// Coverage marks: rare paths of the core that a set of sweeps must have taken at least once.
// SPDX-License-Identifier: MIT
//
// PLR_MARK(name) notes that its place was passed. Where PLR_MARKS_KEPT is not defined, as in a firmware, it is nothing at all. Host builds
// define it: then it sets a bit in plr_marks, one word for the program, which whoever simulates clears and reads. No decision of
// the core may hang on it. A place that only a broken memory or machine reaches (one that answers with errors) has no mark.
//
// To add one: a line in the list, PLR_MARK at its place, and a sweep in ci/sweep that comes by.
#ifndef PLR_MARK_H
#define PLR_MARK_H

#include <stdint.h>

// X(name, what is done there)
#define PLR_MARK_JOURNAL(X)                                                                \
    X(torn_record, "mount ends at a record that was cut short")                            \
    X(half_block, "mount passes over a block whose making was cut short")                  \
    X(older_block, "mount prefers the block before one that only its mark speaks for")     \
    X(record_taken_back, "a last record that read well at mount does not when it is used") \
    X(carried_rotten,                                                                      \
      "a record that read well at mount does not when it is carried to a new block")       \
    X(block_by_append, "a record finds no room and takes a new block itself")              \
    X(block_by_reserve, "a new block is taken while there is time, for power failures to come")

#define PLR_MARK_RECORDER(X)                                                                 \
    X(save_waits_for_queue, "a save waits: the motion queue would run dry under it")         \
    X(save_waits_for_travel, "a save waits: stability_check wants filament to be laid")      \
    X(save_waited_enough, "a save that waited its two seconds is written all the same")      \
    X(block_waits, "a new block waits: the motion queue would run dry under it")             \
    X(block_waits_for_layer, "a new block waits: a layer may begin while it is made")        \
    X(layer_marked, "a tick says that a layer begins, before filament of it is laid")        \
    X(console_kept, "a full state keeps what a console set, before any tick from behind it") \
    X(saves_rarer, "adaptive_interval makes saves rarer")                                    \
    X(history_young, "a delayed save stores its oldest state: there are not enough yet")     \
    X(tick_before_save, "a delayed save is preceded by the tick that would be due soon")     \
    X(lines_late, "a save waits: the running line is still on its way to the recorder")

#define PLR_MARK_POWERFAIL(X)                                                                      \
    X(fail_braking, "the record of a power failure is whole that is written while it brakes")      \
    X(fail_blind, "the drivers had let go and nobody was told: the last good look at them counts") \
    X(fail_final, "the record after the stop is whole")                                            \
    X(fail_lifted, "the record after the lift in the hold-up is whole")                            \
    X(fail_reads_on, "braking ends in a later line: its modal state is read from the file")        \
    X(fail_in_recovery, "power fails in a recovery: nothing is written over the job's place")      \
    X(back_in_time, "the supply comes back and the motors still stand")                            \
    X(back_too_late, "the supply comes back, but the motors had let go")                           \
    X(cancelled, "a job is cancelled and waits for consent")

#define PLR_MARK_RESTORE(X)                                                                     \
    X(from_save, "goes on from the newest full save")                                           \
    X(from_braking,                                                                             \
      "goes on from the record written while braking: the supply did not last to the stop")     \
    X(from_final, "goes on from the record after the stop")                                     \
    X(fail_is_old, "a power failure's record is there, of an earlier cut than the newest save") \
    X(from_tick, "a progress tick is newer than the state")                                     \
    X(tick_is_old, "the progress tick is older than the state")                                 \
    X(nothing_saved, "nothing to resume: no state of this job")                                 \
    X(nothing_extruded, "nothing to resume: no filament was laid")                              \
    X(first_line, "only the line that was running had laid any filament")                       \
    X(resumes_in_move, "goes on in the middle of a move")

#define PLR_MARK_GATE(X)                                                      \
    X(file_missing, "the gate stays closed: the job file is gone")            \
    X(file_changed, "the gate stays closed: the job file is another one")     \
    X(bed_cold, "the gate stays closed: the bed is below the part's release") \
    X(calibration_missing, "the gate stays closed: there is no calibration")

#define PLR_MARK_RECOVERY(X)                                                                    \
    X(tried_before, "a recovery of this state was begun before")                                \
    X(warms_then_lifts, "the nozzle is frozen in: it is warmed, then lifted")                   \
    X(lifts_cold, "the nozzle was left clear of the part: it lifts on cold")                    \
    X(held_up, "the lift of the hold-up is believed to have lasted")                            \
    X(z_between, "refused: Z stood half-way between two electrical cycles of a motor")          \
    X(z_lost, "refused: power went while a Z moved that nothing can measure")                   \
    X(z_unsure, "refused: an untold cut may have come after a Z move that nothing can measure") \
    X(too_old, "refused: a layer may lie above the place of the newest record")                 \
    X(left_at_switch, "a corner is on its z_plus switch before the lift")                       \
    X(false_touch_in_lift, "a z_plus switch fires far below its place, and the lift goes on")   \
    X(waits_for_soak, "the chamber is not as warm as at calibration: it waits")                 \
    X(resumes_in_place, "goes on where it stands, nothing homed")

#define PLR_MARK_ZHOME(X)                                                                    \
    X(switch_closed_first, "a z_plus switch is closed where homing begins: it backs off")    \
    X(switch_stuck, "refused: a z_plus switch stays closed")                                 \
    X(switch_dead, "refused: no z_plus switch fires at all")                                 \
    X(false_first_touch, "the first touch does not come again where it was: ignored")        \
    X(false_sample, "a touch of a sample comes too early: taken again")                      \
    X(false_in_gather, "a corner's touch on its way up alone is false: ignored")             \
    X(samples_disagree, "the samples of a corner do not agree: all are taken again")         \
    X(release_hangs, "a z_plus switch opens late: its corner hangs, or its touch was false") \
    X(verify_again, "the verification pass sees too much: once more")                        \
    X(max_adjustment, "refused: a corner fell further than max_adjustment")

// the simulator's own: what the core cannot know
#define PLR_MARK_WORLD(X) X(erase_cut_again, "power goes in an erase, and in one of what follows")

#define PLR_MARK_LIST(X)  \
    PLR_MARK_JOURNAL(X)   \
    PLR_MARK_RECORDER(X)  \
    PLR_MARK_POWERFAIL(X) \
    PLR_MARK_RESTORE(X)   \
    PLR_MARK_GATE(X)      \
    PLR_MARK_RECOVERY(X)  \
    PLR_MARK_ZHOME(X)     \
    PLR_MARK_WORLD(X)

enum plr_mark {
#define PLR_MARK_ENUM(name, about) PLR_MARK_##name,
    PLR_MARK_LIST(PLR_MARK_ENUM)
#undef PLR_MARK_ENUM
        PLR_MARKS
};

#ifdef PLR_MARKS_KEPT
/// Bit per enum plr_mark.
extern uint64_t plr_marks;
/// A mark's name; static.
const char *plr_mark_name(int mark);
#define PLR_MARK(name) ((void)(plr_marks |= UINT64_C(1) << PLR_MARK_##name))
#else
#define PLR_MARK(name) ((void)0)
#endif

#endif
