// Sixty-four bytes from the beginning of a line on as bit masks: which byte is what, and which lines are plain moves.
// SPDX-License-Identifier: MIT
//
// Bit n is byte n. A sum of masks carries from bit to bit: that tells what follows what without looking at single bytes.
#ifndef RESUME_BLOCK_H
#define RESUME_BLOCK_H

#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))

struct block {
    uint64_t feed, blank, digit, dot, minus; ///< line feed, blank, 0 to 9, dot, minus
    uint64_t bit;                            ///< 0 and 1
    uint64_t g, xy, e, f;                    ///< letters
};

/// Bits below the lowest one of a mask; all when there is none.
ALWAYS_INLINE uint64_t block_below(uint64_t mask)
{
    return ~mask & (mask - 1);
}

/// All bits up to the highest one of a mask; none when it has none.
ALWAYS_INLINE uint64_t block_lines(uint64_t feeds)
{
    return feeds ? ~UINT64_C(0) >> __builtin_clzll(feeds) : 0;
}

/// Place of the lowest bit of a mask that has one.
ALWAYS_INLINE unsigned block_lowest(uint64_t mask)
{
    return (unsigned)__builtin_ctzll(mask);
}

/// What is wrong with the lines of a block, as bits inside the lines that it is wrong with, or 0. A line must be "G0" or "G1" and words
/// of X, Y, E, F, with E and F once at most; a blank before each and nowhere else; behind each a number of at most six digits on
/// either side of the dot, of X and Y three before it. So no number is beyond what the lexer takes, and X and Y leave no machine.
ALWAYS_INLINE uint64_t block_wrong(const struct block *b)
{
    uint64_t begin = b->feed << 1 | 1, letters = b->xy | b->e | b->f, number = b->digit | b->dot;
    uint64_t head = (begin ^ b->g) | (begin << 1 & ~b->bit) | (begin << 2 & ~b->blank);
    uint64_t alien = ~(number | b->minus | b->blank | b->feed | letters | b->g);
    uint64_t words = (letters ^ b->blank << 1) | (b->minus & ~(letters << 1));
    uint64_t empty =
        ((b->blank | b->feed) & ~(number << 1)) |
        ((b->dot & ~(b->digit << 1)) << 1 & ~b->digit); // no digit before or behind a dot
    uint64_t twice = (((b->e << 1) + ~(b->e | b->feed)) & b->e) |
                     (((b->f << 1) + ~(b->f | b->feed)) & b->f) |
                     (((b->dot << 1) + ~(b->dot | letters | b->feed)) & b->dot);
    uint64_t two = b->digit & b->digit << 1, four = two & two << 2, seven = four & four << 3;
    uint64_t before_xy = b->xy | (b->xy << 1 & b->minus);

    return head | alien | words | empty | twice | seven | (four & before_xy << 4);
}

/// Read a number that block_wrong found nothing wrong with, in micro-units: `whole` digits stand before its dot, `size` characters are all
/// of it. Sixteen bytes from `text` on must be readable.
typedef int64_t block_reader(const char *text, unsigned whole, unsigned size);

/// Eight bytes, the first in the lowest byte whatever this computer's order.
ALWAYS_INLINE uint64_t block_load8(const char *text)
{
    uint64_t v;

    memcpy(&v, text, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

/// The value of `count` (1 to 8) digits, the first in the lowest byte. What is behind them does not matter.
ALWAYS_INLINE int64_t block_digits(uint64_t text, unsigned count)
{
    text = text << (64 - 8 * count) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    text = (text * 2561) >> 8;
    text = ((text & UINT64_C(0x00ff00ff00ff00ff)) * 6553601) >> 16;
    return (int64_t)(((text & UINT64_C(0x0000ffff0000ffff)) * UINT64_C(42949672960001)) >> 32);
}

ALWAYS_INLINE int64_t block_number_any(const char *text, unsigned whole, unsigned size)
{
    static const int32_t scale[7] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    unsigned behind = size - whole - (whole < size);
    int64_t value = whole ? block_digits(block_load8(text), whole) * scale[0] : 0;

    return behind ? value + block_digits(block_load8(text + whole + 1), behind) * scale[behind]
                  : value;
}

#if defined(__x86_64__)
ALWAYS_INLINE uint64_t block_bits16(__m128i is, unsigned at)
{
    return (uint64_t)(uint32_t)_mm_movemask_epi8(is) << at;
}

/// Sixteen bytes into bits at .. at + 15.
ALWAYS_INLINE void block_add16(struct block *b, const char *text, unsigned at)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(text + at));
    __m128i d = _mm_sub_epi8(v, _mm_set1_epi8('0')), odd = _mm_or_si128(v, _mm_set1_epi8(1));

    b->feed |= block_bits16(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n')), at);
    b->blank |= block_bits16(_mm_cmpeq_epi8(v, _mm_set1_epi8(' ')), at);
    b->digit |= block_bits16(_mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8(9)), d), at);
    b->dot |= block_bits16(_mm_cmpeq_epi8(v, _mm_set1_epi8('.')), at);
    b->minus |= block_bits16(_mm_cmpeq_epi8(v, _mm_set1_epi8('-')), at);
    b->bit |= block_bits16(_mm_cmpeq_epi8(odd, _mm_set1_epi8('1')), at);
    b->g |= block_bits16(_mm_cmpeq_epi8(v, _mm_set1_epi8('G')), at);
    b->xy |= block_bits16(_mm_cmpeq_epi8(odd, _mm_set1_epi8('Y')), at);
    b->e |= block_bits16(_mm_cmpeq_epi8(v, _mm_set1_epi8('E')), at);
    b->f |= block_bits16(_mm_cmpeq_epi8(v, _mm_set1_epi8('F')), at);
}

/// What to look for, 32 times each. In a file of its own, for the compiler would make them anew for each block.
extern const char block_bytes[12][32];

#define BLOCK_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))

BLOCK_AVX2 ALWAYS_INLINE uint64_t block_bits64(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high)
                                                     << 32;
}

BLOCK_AVX2 ALWAYS_INLINE __m256i block_every(int i)
{
    return _mm256_load_si256((const __m256i *)(const void *)block_bytes[i]);
}

BLOCK_AVX2 ALWAYS_INLINE uint64_t block_equal64(const __m256i v[2], int i)
{
    return block_bits64(_mm256_cmpeq_epi8(v[0], block_every(i)),
                        _mm256_cmpeq_epi8(v[1], block_every(i)));
}

/// The block at `text`.
BLOCK_AVX2 ALWAYS_INLINE struct block block_avx2(const char *text)
{
    const __m256i *from = (const __m256i *)(const void *)text;
    const __m256i v[2] = {_mm256_loadu_si256(from), _mm256_loadu_si256(from + 1)};
    const __m256i odd[2] = {_mm256_or_si256(v[0], block_every(9)),
                            _mm256_or_si256(v[1], block_every(9))};
    const __m256i d[2] = {_mm256_add_epi8(v[0], block_every(10)),
                          _mm256_add_epi8(v[1], block_every(10))};

    return (struct block){
        .feed = block_equal64(v, 0),
        .blank = block_equal64(v, 1),
        .dot = block_equal64(v, 2),
        .minus = block_equal64(v, 3),
        .g = block_equal64(v, 4),
        .e = block_equal64(v, 5),
        .f = block_equal64(v, 6),
        .xy = block_equal64(odd, 7),
        .bit = block_equal64(odd, 8),
        .digit = block_bits64(_mm256_cmpgt_epi8(block_every(11), d[0]),
                              _mm256_cmpgt_epi8(block_every(11), d[1])),
    };
}
/// How to lay out a number of `whole` digits before its dot and `size` characters in all, by whole * 16 + size: eight digits before
/// the dot, then six behind it as eight.
extern const signed char block_layout[7 * 16][16];

BLOCK_AVX2 ALWAYS_INLINE int64_t block_number_avx2(const char *text, unsigned whole, unsigned size)
{
    const __m128i *layout = (const __m128i *)(const void *)block_layout[whole * 16 + size];
    __m128i v =
        _mm_and_si128(_mm_loadu_si128((const __m128i *)(const void *)text), _mm_set1_epi8(0x0f));

    v = _mm_shuffle_epi8(v, _mm_load_si128(layout));
    v = _mm_maddubs_epi16(v, _mm_set1_epi16(1 << 8 | 10));
    v = _mm_madd_epi16(v, _mm_set1_epi32(1 << 16 | 100));
    v = _mm_packus_epi32(v, v);
    v = _mm_madd_epi16(v, _mm_set1_epi32(1 << 16 | 10000));
    uint64_t both = (uint64_t)_mm_cvtsi128_si64(v);
    return (int64_t)((both & UINT32_MAX) * 1000000 + (both >> 32));
}
#else
ALWAYS_INLINE void block_add16(struct block *b, const char *text, unsigned at)
{
    for (unsigned i = at; i < at + 16; i++) {
        uint64_t bit = UINT64_C(1) << i;
        char c = text[i];
        b->feed |= c == '\n' ? bit : 0;
        b->blank |= c == ' ' ? bit : 0;
        b->digit |= c >= '0' && c <= '9' ? bit : 0;
        b->dot |= c == '.' ? bit : 0;
        b->minus |= c == '-' ? bit : 0;
        b->bit |= c == '0' || c == '1' ? bit : 0;
        b->g |= c == 'G' ? bit : 0;
        b->xy |= c == 'X' || c == 'Y' ? bit : 0;
        b->e |= c == 'E' ? bit : 0;
        b->f |= c == 'F' ? bit : 0;
    }
}
#endif

/// The same with what every computer of this sort can do.
ALWAYS_INLINE struct block block_any(const char *text)
{
    struct block b = {0};

    for (unsigned at = 0; at < 64; at += 16)
        block_add16(&b, text, at);
    return b;
}

#endif
