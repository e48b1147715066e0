// The memory in which a printer keeps its state: kinds with declared geometry, timing and guarantees.
// SPDX-License-Identifier: MIT
//
// The device only stores and says how long an operation takes; what time does meanwhile, and whether power lasts, is the world's.
#ifndef SIM_NV_H
#define SIM_NV_H

#include "core/lab/scenario/scenario.h"
#include "core/plr/journal/journal.h"

enum {
    SIM_NV_BYTES = 65536,
    SIM_NV_BLOCKS = 64,
    SIM_NV_PAGE = 32,
    SIM_NV_PAGES = SIM_NV_BYTES / SIM_NV_PAGE
};

/// Timing of a kind. Sources: reference physics section 8 (docs/PHYSICS.md).
struct nv_timing {
    int64_t prog_fixed_us; ///< per program call
    int64_t prog_unit_us;  ///< per prog_size unit
    int64_t byte_ns;       ///< bus time per byte
    int64_t erase_us;      ///< per block; 0: written like data (FRAM, EEPROM)
    int64_t sync_us;
};

/// Plain data; copied with a world.
struct nv_device {
    enum lab_nv_kind kind;
    struct plr_nv_geometry geometry;
    struct nv_timing timing;
    uint64_t programmed;              ///< bytes since start
    uint32_t wear[SIM_NV_BLOCKS];     ///< erases of each block
    uint32_t page_wear[SIM_NV_PAGES]; ///< EEPROM: writes of each page, an erase is one too
    uint32_t operations;              ///< programs and erases since start: numbers for cuts
    uint8_t bytes[SIM_NV_BYTES];
};

/// A new, erased device. `size` 0 is the kind's default. Returns 0 or -22 (too small or too large).
int nv_init(struct nv_device *nv, enum lab_nv_kind kind, int64_t size);

/// How long an operation takes.
int64_t nv_prog_us(const struct nv_device *nv, uint32_t size);
int64_t nv_erase_us(const struct nv_device *nv);

/// Is this access inside the device and aligned?
bool nv_valid(const struct nv_device *nv, uint32_t block, uint32_t offset, uint32_t size,
              bool program);

/// The operation takes effect; of a program only the first `done` bytes when power went away inside it (and of an
/// erase only the first `done` bytes are erased).
void nv_prog(struct nv_device *nv, uint32_t block, uint32_t offset, const void *data,
             uint32_t done);
void nv_erase(struct nv_device *nv, uint32_t block, uint32_t done);
void nv_read(const struct nv_device *nv, uint32_t block, uint32_t offset, void *data,
             uint32_t size);

/// Hash of all that is stored.
uint64_t nv_hash(const struct nv_device *nv);

/// Share of the declared endurance that the hardest-worn block has used (of an EEPROM, whose cells wear by every write: the
/// hardest-worn page), 1e-9; 0 when unlimited.
int64_t nv_wear_ppb(const struct nv_device *nv);

#endif
