// Sixty-four bytes from the beginning of a line on as bit masks: which byte is what, and which lines are plain moves.
// SPDX-License-Identifier: MIT
//
// Bit n is byte n. A sum of masks carries from bit to bit: that tells what follows what without looking at single bytes.
#ifndef RESUME_BLOCK_H
#define RESUME_BLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))

struct block {
    uint64_t feed, blank, digit, dot, minus; ///< line feed, blank, 0 to 9, dot, minus
    uint64_t head;                           ///< G with 0 or 1 behind it
    uint64_t xy, e, f;                       ///< letters
};

/// Bits below the lowest one of a mask; all when there is none.
ALWAYS_INLINE uint64_t block_below(uint64_t mask)
{
    return ~mask & (mask - 1);
}

/// Place of the lowest bit of a mask that has one.
ALWAYS_INLINE unsigned block_lowest(uint64_t mask)
{
    return (unsigned)__builtin_ctzll(mask);
}

/// Bytes that a block shares with the one before it, so that what a byte may follow is seen without a thought of blocks.
#define BLOCK_BACK 8
#define BLOCK_LAST (UINT64_C(1) << 63)

/// Where a block stands in a stretch of lines.
struct block_place {
    uint64_t first;  ///< bit 0 when a line begins there of which no block before it knows
    uint64_t fresh;  ///< bits that no block before it had
    uint64_t e_open; ///< the lowest fresh bit when the line that goes on there has an E already
};

/// What is wrong with the lines of a block, as fresh bits inside the lines that it is wrong with, or 0. A line must be "G0" or "G1" and
/// words of X, Y, E, F, with E once at most; a blank before each and nowhere else; behind each a number that ends in a digit, of at most
/// six digits on either side of the dot, of X and Y three before it. So no number is beyond what the lexer takes, and X and Y leave no
/// machine.
ALWAYS_INLINE uint64_t block_wrong(const struct block *b, const struct block_place *place)
{
    uint64_t begin = b->feed << 1 | place->first, letters = b->xy | b->e | b->f;
    uint64_t end = b->feed | b->blank;
    uint64_t right =
        b->head | letters | b->digit | b->dot | (b->minus & letters << 1) | (end & b->digit << 1);
    uint64_t line = (b->head ^ begin) | (begin << 2 & ~b->blank) | (letters ^ b->blank << 1);
    uint64_t behind = ((b->dot << 1) + b->digit) & ~b->digit; // what stands behind decimals
    uint64_t e = b->e & place->fresh, stop = b->feed & place->fresh;
    uint64_t twice = ((e << 1 | place->e_open) + ~(e | stop)) & e;
    uint64_t two = b->digit & b->digit << 1, four = two & two << 2, seven = four & four << 3;
    uint64_t xy_minus = 3 * b->xy; // and the place of a minus behind it

    return (~right | line | (behind & ~end) | twice | seven | (four & xy_minus << 4)) &
           place->fresh;
}

/// Read the numbers behind the letters at text + word[0 .. count - 1] in lines that block_wrong found nothing wrong with, in micro-units.
/// Seventeen bytes behind each letter must be readable, and three more of `word` and `value` be writable.
typedef void block_reader(const char *text, uint32_t *word, unsigned count, int64_t *value);

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

/// The value of `count` (0 to 7) digits, the first in the lowest byte. What is behind them does not matter.
ALWAYS_INLINE int64_t block_digits(uint64_t text, unsigned count)
{
    text = text << (56 - 8 * count) << 8 & UINT64_C(0x0f0f0f0f0f0f0f0f);
    text = (text * 2561) >> 8;
    text = ((text & UINT64_C(0x00ff00ff00ff00ff)) * 6553601) >> 16;
    return (int64_t)(((text & UINT64_C(0x0000ffff0000ffff)) * UINT64_C(42949672960001)) >> 32);
}

/// How many digits stand here, of a number that was found sound: what ends them has no bit 4. Seven at most.
ALWAYS_INLINE unsigned block_count_digits(uint64_t text)
{
    return block_lowest((~text & UINT64_C(0x1010101010101010)) | BLOCK_LAST) / 8;
}

ALWAYS_INLINE int64_t block_number_any(const char *text)
{
    static const int32_t scale[8] = {1000000, 100000, 10000, 1000, 100, 10, 1, 0};
    bool negative = text[0] == '-';
    const char *dot = text + negative;
    uint64_t before = block_load8(dot);
    unsigned whole = block_count_digits(before);
    dot += whole;
    uint64_t behind = block_load8(dot + 1);
    unsigned decimals = block_count_digits(behind) & (0u - (*dot == '.'));
    int64_t value =
        block_digits(before, whole) * scale[0] + block_digits(behind, decimals) * scale[decimals];

    return negative ? -value : value;
}

ALWAYS_INLINE void block_read_any(const char *text, uint32_t *word, unsigned count, int64_t *value)
{
    for (unsigned i = 0; i < count; i++)
        value[i] = block_number_any(text + word[i] + 1);
}

#if defined(__x86_64__)
ALWAYS_INLINE uint64_t block_bits16(__m128i is, unsigned at)
{
    return (uint64_t)(uint32_t)_mm_movemask_epi8(is) << at;
}

/// Bytes up to the first line feed and with it, when it is among the first 32; else 0.
ALWAYS_INLINE size_t block_line(const char *text)
{
    const __m128i feed = _mm_set1_epi8('\n');
    const __m128i *from = (const __m128i *)(const void *)text;
    uint64_t feeds = block_bits16(_mm_cmpeq_epi8(_mm_loadu_si128(from), feed), 0) |
                     block_bits16(_mm_cmpeq_epi8(_mm_loadu_si128(from + 1), feed), 16);

    return feeds ? block_lowest(feeds) + 1 : 0;
}

/// Sixteen bytes into bits at .. at + 15.
ALWAYS_INLINE void block_add16(struct block *b, const char *text, unsigned at)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(text + at));
    __m128i next = _mm_loadu_si128((const __m128i *)(const void *)(text + at + 1));
    __m128i d = _mm_sub_epi8(v, _mm_set1_epi8('0')), one = _mm_set1_epi8(1);
    __m128i head = _mm_and_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('G')),
                                 _mm_cmpeq_epi8(_mm_or_si128(next, one), _mm_set1_epi8('1')));

    b->feed |= block_bits16(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n')), at);
    b->blank |= block_bits16(_mm_cmpeq_epi8(v, _mm_set1_epi8(' ')), at);
    b->digit |= block_bits16(_mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8(9)), d), at);
    b->dot |= block_bits16(_mm_cmpeq_epi8(v, _mm_set1_epi8('.')), at);
    b->minus |= block_bits16(_mm_cmpeq_epi8(v, _mm_set1_epi8('-')), at);
    b->head |= block_bits16(head, at);
    b->xy |= block_bits16(_mm_cmpeq_epi8(_mm_or_si128(v, one), _mm_set1_epi8('Y')), at);
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

/// G with 0 or 1 behind it, as bytes.
BLOCK_AVX2 ALWAYS_INLINE __m256i block_head32(__m256i v, const char *next)
{
    __m256i odd =
        _mm256_or_si256(_mm256_loadu_si256((const __m256i *)(const void *)next), block_every(9));

    return _mm256_and_si256(_mm256_cmpeq_epi8(v, block_every(4)),
                            _mm256_cmpeq_epi8(odd, block_every(8)));
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
        .e = block_equal64(v, 5),
        .f = block_equal64(v, 6),
        .xy = block_equal64(odd, 7),
        .head = block_bits64(block_head32(v[0], text + 1), block_head32(v[1], text + 33)),
        .digit = block_bits64(_mm256_cmpgt_epi8(block_every(11), d[0]),
                              _mm256_cmpgt_epi8(block_every(11), d[1])),
    };
}

/// How to lay out a number of `whole` characters before its dot, a minus among them, and `size` in all, by whole * 16 + size: eight
/// digits before the dot, then six behind it as eight.
extern const signed char block_layout[8 * 16][16];

/// Two lanes of sixteen bytes.
BLOCK_AVX2 ALWAYS_INLINE __m256i block_pair(const void *low, const void *high)
{
    __m128i first = _mm_loadu_si128((const __m128i *)low);

    return _mm256_inserti128_si256(_mm256_castsi128_si256(first),
                                   _mm_loadu_si128((const __m128i *)high), 1);
}

/// Two numbers as digits: of each four sums of four, from the highest on. What is negative has *minus set in its lane.
BLOCK_AVX2 ALWAYS_INLINE __m256i block_two_avx2(const char *one, const char *other, __m256i *minus)
{
    __m256i text = block_pair(one, other), digits = _mm256_sub_epi8(text, _mm256_set1_epi8('0'));
    __m256i no_digit = _mm256_cmpeq_epi8(_mm256_max_epu8(digits, _mm256_set1_epi8(10)), digits);
    __m256i sign = _mm256_cmpeq_epi8(text, _mm256_set1_epi8('-')); // counts as a 0
    __m256i dot = _mm256_cmpeq_epi8(text, _mm256_set1_epi8('.'));
    __m256i behind = _mm256_andnot_si256(sign, no_digit);
    uint32_t whole = (uint32_t)_mm256_movemask_epi8(behind);
    uint32_t size = (uint32_t)_mm256_movemask_epi8(_mm256_andnot_si256(dot, behind));
    __m256i layout = block_pair( // each ends within its sixteen bytes
        block_layout[_tzcnt_u32(whole) * 16 + _tzcnt_u32(size)],
        block_layout[_tzcnt_u32(whole >> 16) * 16 + _tzcnt_u32(size >> 16)]);

    *minus = _mm256_shuffle_epi8(sign, _mm256_setzero_si256()); // its first byte everywhere
    digits = _mm256_shuffle_epi8(_mm256_andnot_si256(no_digit, digits), layout);
    digits = _mm256_maddubs_epi16(digits, _mm256_set1_epi16(1 << 8 | 10));
    return _mm256_madd_epi16(digits, _mm256_set1_epi32(1 << 16 | 100));
}

/// Four at once. Where there are fewer, the last is read again.
BLOCK_AVX2 ALWAYS_INLINE void block_read_avx2(const char *text, uint32_t *word, unsigned count,
                                              int64_t *value)
{
    text++;
    if (count)
        word[count] = word[count + 1] = word[count + 2] = word[count - 1];
    for (unsigned i = 0; i < count; i += 4) {
        __m256i minus[2];
        __m256i even = block_two_avx2(text + word[i], text + word[i + 2], &minus[0]);
        __m256i odd = block_two_avx2(text + word[i + 1], text + word[i + 3], &minus[1]);
        __m256i four =
            _mm256_madd_epi16(_mm256_packus_epi32(even, odd), _mm256_set1_epi32(1 << 16 | 10000));
        __m256i sign = _mm256_unpacklo_epi64(minus[0], minus[1]);
        four = _mm256_add_epi64(_mm256_mul_epu32(four, _mm256_set1_epi64x(1000000)),
                                _mm256_srli_epi64(four, 32));
        four = _mm256_sub_epi64(_mm256_xor_si256(four, sign), sign);
        _mm256_storeu_si256((__m256i *)(void *)(value + i), four);
    }
}
#else
ALWAYS_INLINE size_t block_line(const char *text)
{
    const char *feed = memchr(text, '\n', 32);

    return feed ? (size_t)(feed - text) + 1 : 0;
}

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
        b->head |= c == 'G' && (text[i + 1] | 1) == '1' ? bit : 0;
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
