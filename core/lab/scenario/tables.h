// The tables of scenario and printer files.
// SPDX-License-Identifier: MIT
//
// Private to this folder. table.c holds the rows of scenarios, printer_table.c those of printers, plr_table.c the options both share.
#ifndef LAB_TABLES_H
#define LAB_TABLES_H

#include "core/lab/scenario/scenario.h"
#include "core/lab/table/table.h"

extern const struct lab_table lab_scenario_table, lab_printer_table, lab_plr_table;
extern const struct lab_table lab_power_trigger_table, lab_disturb_trigger_table;
extern const struct lab_word lab_phase_words[], lab_measure_words[], lab_reason_words[];

/// Take the options that a Klipper configuration has, and check that it goes with the printer. `node` names the file and is
/// blamed when it is not there. *hash becomes what it was with the configuration's bytes added. Returns 0 or a negative status.
int lab_plr_from_config(struct lab_bind *bind, const struct lab_node *node, const char *path,
                        const struct lab_printer *printer, struct lab_plr *plr, uint32_t *hash);

#endif
