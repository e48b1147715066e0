// Where a line ends.
// SPDX-License-Identifier: MIT
#ifndef RESUME_LINE_H
#define RESUME_LINE_H

#include <stddef.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Bytes of the line that begins here, its line feed among them; 0 when there is none in `size` bytes. 32 bytes must be readable.
static inline size_t resume_line(const char *text, size_t size)
{
#if defined(__SSE2__)
    const __m128i feed = _mm_set1_epi8('\n');
    __m128i low = _mm_loadu_si128((const __m128i *)(const void *)text);
    __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(text + 16));
    unsigned feeds = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(low, feed)) |
                     (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(high, feed)) << 16;

    if (feeds && size >= 32) // nearly always
        return (size_t)__builtin_ctz(feeds) + 1;
#endif
    const char *end = memchr(text, '\n', size);

    return end ? (size_t)(end - text) + 1 : 0;
}

#endif
