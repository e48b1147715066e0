// Run IDs: `NAME@HASH8#sSEED[:CUT...][+KEY=VALUE...]`, one shell-safe word that replays a run.
// SPDX-License-Identifier: MIT
//
//   voron24_cut@1f3c9a02#s42+power%5B0%5D.at.layer=7
//
// NAME is the scenario's file name without .yaml, HASH8 the CRC of what the run depends on, KEY=VALUE the --set overrides in
// their order. What is not a letter, digit, '.', '_', '-', '/' is percent-encoded. CUT (cut.h) is one of a sweep's: cuts in an ID take
// the place of the scenario's own; how long the power stays away is still the scenario's to say.
#ifndef LAB_ID_H
#define LAB_ID_H

#include "core/lab/scenario/cut.h"

enum { LAB_ID_CUTS = LAB_POWER_MAX, LAB_ID_SETS = 32, LAB_ID_BYTES = 4096 };

struct lab_id {
    char name[64];
    uint32_t hash;
    uint64_t seed;
    int cuts;
    char cut[LAB_ID_CUTS][LAB_CUT_BYTES]; ///< as written, without the colon
    int sets;
    char set[LAB_ID_SETS][512]; ///< decoded "key=value"
};

/// Does this look like an ID rather than like a file name? (`@`, eight hex digits, `#s`)
bool lab_id_is(const char *text);

/// Was this meant as an ID, even if it is none? An '@' (or "#s" and a digit) that no path needs: what follows goes neither on to
/// a folder nor to `.yaml`. A caller who finds no file of that name says with lab_id_parse what is wrong.
bool lab_id_meant(const char *text);

/// Read an ID. Returns 0, or LAB_EINVAL with err telling the column.
int lab_id_parse(const char *text, struct lab_id *out, struct lab_error *err);

/// Write an ID. Returns its length, or LAB_EFBIG when `room` does not do.
int lab_id_print(const struct lab_id *id, char *out, size_t room);

/// The ID of a run. Returns 0, or LAB_EFBIG when there are too many sets, or too long ones, for an ID.
int lab_id_make(struct lab_id *out, const struct lab_scenario *scenario, const struct lab_set *sets,
                size_t n, uint32_t job_hash);

/// What HASH8 is made of: CRC-32C over scenario, printer and job, and over the Klipper configuration when there is one.
uint32_t lab_id_hash(const struct lab_scenario *scenario, uint32_t job);

/// Does the scenario still have the hash of its ID? `scenario` and `job` are as they are now. Returns 0, or LAB_EINVAL with an
/// error that names both hashes and those of now: an ID does not hold those of then, but the reports of its run do.
int lab_id_check(const struct lab_id *id, const struct lab_scenario *scenario, uint32_t job,
                 struct lab_error *err);

/// The path of scenarios/**/NAME.yaml below `root` (NULL: the current folder). Returns 0, LAB_ENOENT with a suggestion, or
/// LAB_EINVAL when two files have that name.
int lab_id_find_scenario(const char *root, const char *name, char *out, size_t room,
                         struct lab_error *err);

/// File name without folder and extension.
void lab_scenario_stem(const char *path, char *out, size_t room);

/// CRC-32C of a file's bytes. Returns 0 or LAB_EIO with err filled.
int lab_file_hash(const char *path, uint32_t *crc, struct lab_error *err);

#endif
