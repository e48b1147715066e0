// The memory in which a printer keeps its state: kinds with declared geometry, timing and guarantees.
// SPDX-License-Identifier: MIT
//
// The device only stores and says how long an operation takes; what time does meanwhile, and whether power lasts, is the world's.
// When it did not last, tear.c leaves what such a device can leave of an operation; PHYSICS.md section 8 says why.
#ifndef SIM_NV_H
#define SIM_NV_H

#include "core/lab/scenario/scenario.h"
#include "core/plr/journal/journal.h"

enum {
    SIM_NV_BYTES = 65536,
    SIM_NV_BLOCKS = 64,
    SIM_NV_PAGE = 32,
    SIM_NV_PAGES = SIM_NV_BYTES / SIM_NV_PAGE,
    SIM_NV_PARTS = 64, ///< of the bytes, as far as nv_copy looks
    SIM_NV_PART = SIM_NV_BYTES / SIM_NV_PARTS,
    SIM_NV_SECTOR = 512, ///< a card's
    SIM_NV_HELD = 10,    ///< sectors that a file system holds back at most: then it writes
    SIM_NV_SHAKY = 2, ///< places with cells in between that are followed; a third settles the first
    SIM_NV_CELLS = 256 ///< bytes of one: the largest page of a kind that has them
};

/// Timing of a kind. Sources: reference physics section 8 (docs/PHYSICS.md).
struct nv_timing {
    int64_t prog_fixed_us; ///< per program call
    int64_t prog_unit_us;  ///< per prog_size unit
    int64_t byte_ns;       ///< bus time per byte
    int64_t erase_us;      ///< per block; 0: written like data (FRAM, EEPROM)
    int64_t sync_us;
    int64_t give_up_us; ///< an erase can be given up within this; 0: it cannot
};

/// A place with cells that a cut left between old and new: each reads by chance, until it is erased or written again.
struct nv_shaky {
    uint32_t at, size; ///< bytes of the device; size 0: none
    uint64_t draw;
    uint8_t cells[SIM_NV_CELLS]; ///< bit set: in between
};

/// What a file system has taken and not yet written to its card.
struct nv_held {
    uint64_t erased; ///< bit per block
    uint32_t count;
    uint32_t sector[SIM_NV_HELD];
    uint8_t bytes[SIM_NV_HELD][SIM_NV_SECTOR];
};

/// Where the last operation lay in which the power went, and whether anybody has read there since somebody set that to false.
struct nv_wound {
    uint32_t from, to; ///< bytes of the device
    bool read;
};

/// An operation in which the power went.
struct nv_cut {
    struct lab_tear tear;
    uint32_t done; ///< LAB_TEAR_DEVICE: bytes that the device had done by then
    uint64_t draw; ///< on which all hangs that is left to chance
};

/// Plain data; copied with a world.
struct nv_device {
    enum lab_nv_kind kind;
    struct plr_nv_geometry geometry;
    struct nv_timing timing;
    uint64_t part
        [SIM_NV_PARTS]; ///< each write gives what it touches a new number: parts of equal numbers are equal
    uint64_t programmed; ///< bytes since start
    struct nv_wound wound;
    uint32_t wear[SIM_NV_BLOCKS];     ///< erases of each block
    uint32_t page_wear[SIM_NV_PAGES]; ///< EEPROM: writes of each page, an erase is one too
    uint32_t operations;              ///< programs and erases since start: numbers for cuts
    uint64_t reads;                   ///< of cells in between: no two are alike
    struct nv_shaky shaky[SIM_NV_SHAKY];
    struct nv_held held; ///< SD: the newest content of its sectors; `bytes` has what is on the card
    uint8_t bytes[SIM_NV_BYTES];
};

/// A new, erased device. `size` 0 is the kind's default. Returns 0 or -22 (too small or too large).
int nv_init(struct nv_device *nv, enum lab_nv_kind kind, int64_t size);

/// A copy, as by memcpy, at the cost of what is in use and differs. `to` is a device, or all zero.
void nv_copy(struct nv_device *to, const struct nv_device *from);

/// Are these copies of one device, the same but for bytes of one wound, and for how many were programmed there?
bool nv_same_but_wound(const struct nv_device *a, const struct nv_device *b);

/// How long an operation takes.
int64_t nv_prog_us(const struct nv_device *nv, uint32_t size);
int64_t nv_erase_us(const struct nv_device *nv);
/// Longest time for which a device waits for it in one piece, and nobody fills the motion queue: a new block that is made and filled. Generous.
int64_t nv_longest_us(const struct nv_device *nv);

/// Is this access inside the device and aligned?
bool nv_valid(const struct nv_device *nv, uint32_t block, uint32_t offset, uint32_t size,
              bool program);

/// The operation takes effect, whole.
void nv_prog(struct nv_device *nv, uint32_t block, uint32_t offset, const void *data,
             uint32_t size);
void nv_erase(struct nv_device *nv, uint32_t block);
/// Reading changes nothing but the number of reads, where cells are in between.
void nv_read(struct nv_device *nv, uint32_t block, uint32_t offset, void *data, uint32_t size);
/// What was held back is on the memory.
void nv_sync(struct nv_device *nv);

/// The ways in which a cut can leave an operation on such a device, as bits of enum lab_tear_kind. LAB_TEAR_DEVICE, which all know,
/// is not among them.
uint32_t nv_tears(enum lab_nv_kind kind, bool erase);

/// Can an operation of `size` bytes be left like that? A prefix must not be longer than the operation.
bool nv_can_tear(enum lab_nv_kind kind, bool erase, uint32_t size, const struct lab_tear *tear);

/// The power goes inside the operation, which leaves it as `cut` says; nv_can_tear must hold. What an SD card's file system held
/// back is then on the card or lost.
void nv_prog_torn(struct nv_device *nv, uint32_t block, uint32_t offset, const void *data,
                  uint32_t size, const struct nv_cut *cut);
void nv_erase_torn(struct nv_device *nv, uint32_t block, const struct nv_cut *cut);

/// Hash of all that is stored, cells in between among it; what is held back is not.
uint64_t nv_hash(const struct nv_device *nv);

/// Share of the declared endurance that the hardest-worn block has used (of an EEPROM, whose cells wear by every write: the
/// hardest-worn page), 1e-9; 0 when unlimited.
int64_t nv_wear_ppb(const struct nv_device *nv);

#endif
