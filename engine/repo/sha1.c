/* repo/sha1.c — SHA-1 as in FIPS 180-4, section 6.1: a checksum of git's file formats, never a reason for trust. */
#include "repo/sha1.h"

#include <stdatomic.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

#define BLOCK_BYTES 64

static uint32_t rotate_left(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static uint32_t load_be(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Sections 4.1.1 and 4.2.1: functions and constants of the rounds, twenty of each. */
static uint32_t choose(uint32_t b, uint32_t c, uint32_t d)
{
    return (d ^ (b & (c ^ d))) + 0x5a827999u;
}

static uint32_t parity_low(uint32_t b, uint32_t c, uint32_t d)
{
    return (b ^ c ^ d) + 0x6ed9eba1u;
}

static uint32_t majority(uint32_t b, uint32_t c, uint32_t d)
{
    return ((b & c) | (d & (b | c))) + 0x8f1bbcdcu;
}

static uint32_t parity_high(uint32_t b, uint32_t c, uint32_t d)
{
    return (b ^ c ^ d) + 0xca62c1d6u;
}

/* Section 6.1.2, step 3, without moving a to e along: each round has them one place further. After five they are where they were. */
#define ROUND(mix, a, b, c, d, e, word) ((e) += rotate_left((a), 5) + mix((b), (c), (d)) + (word), (b) = rotate_left((b), 30))
#define TWENTY_ROUNDS(mix, w)                                                                                                                     \
    for (const uint32_t *word = (w); word < (w) + 20; word += 5) {                                                                                \
        ROUND(mix, a, b, c, d, e, word[0]);                                                                                                       \
        ROUND(mix, e, a, b, c, d, word[1]);                                                                                                       \
        ROUND(mix, d, e, a, b, c, word[2]);                                                                                                       \
        ROUND(mix, c, d, e, a, b, word[3]);                                                                                                       \
        ROUND(mix, b, c, d, e, a, word[4]);                                                                                                       \
    }

/* Words from 32 on by what the definition gives when it is put into itself: four of them do not depend on each other. */
static void block_add(uint32_t h[5], const uint8_t *block)
{
    uint32_t w[80];
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

    for (unsigned t = 0; t < 16; t++)
        w[t] = load_be(block + 4 * t);
    for (unsigned t = 16; t < 32; t++)
        w[t] = rotate_left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    for (unsigned t = 32; t < 80; t++)
        w[t] = rotate_left(w[t - 6] ^ w[t - 16] ^ w[t - 28] ^ w[t - 32], 2);
    TWENTY_ROUNDS(choose, w)
    TWENTY_ROUNDS(parity_low, w + 20)
    TWENTY_ROUNDS(majority, w + 40)
    TWENTY_ROUNDS(parity_high, w + 60)
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

void jemput_sha1_plain(uint32_t h[5], const uint8_t *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        block_add(h, blocks + i * BLOCK_BYTES);
}

#if defined(__x86_64__)
/* Four rounds: e has the words' addend in its highest lane; f says which of the functions. Then the words that four quads later need. */
#define FOUR_ROUNDS(i, f)                                                                                                                         \
    before = abcd;                                                                                                                                \
    e = (i) ? _mm_sha1nexte_epu32(e, w[(i) % 4]) : _mm_add_epi32(e, w[0]);                                                                        \
    abcd = _mm_sha1rnds4_epu32(abcd, e, f);                                                                                                       \
    e = before;                                                                                                                                   \
    w[(i) % 4] = _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32(w[(i) % 4], w[((i) + 1) % 4]), w[((i) + 2) % 4]), w[((i) + 3) % 4]);

__attribute__((target("sha,sse4.1"))) static void blocks_add(uint32_t h[5], const uint8_t *blocks, size_t count)
{
    const __m128i turn = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
    __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const void *)h), 0x1b), e = _mm_set_epi32((int)h[4], 0, 0, 0), before, w[4];

    for (size_t i = 0; i < count; i++) {
        __m128i abcd_was = abcd, e_was = e;

        for (unsigned k = 0; k < 4; k++)
            w[k] = _mm_shuffle_epi8(_mm_loadu_si128((const void *)(blocks + i * BLOCK_BYTES + 16 * k)), turn);
        FOUR_ROUNDS(0, 0) FOUR_ROUNDS(1, 0) FOUR_ROUNDS(2, 0) FOUR_ROUNDS(3, 0) FOUR_ROUNDS(4, 0)
        FOUR_ROUNDS(5, 1) FOUR_ROUNDS(6, 1) FOUR_ROUNDS(7, 1) FOUR_ROUNDS(8, 1) FOUR_ROUNDS(9, 1)
        FOUR_ROUNDS(10, 2) FOUR_ROUNDS(11, 2) FOUR_ROUNDS(12, 2) FOUR_ROUNDS(13, 2) FOUR_ROUNDS(14, 2)
        FOUR_ROUNDS(15, 3) FOUR_ROUNDS(16, 3) FOUR_ROUNDS(17, 3) FOUR_ROUNDS(18, 3) FOUR_ROUNDS(19, 3)
        e = _mm_sha1nexte_epu32(e, e_was);
        abcd = _mm_add_epi32(abcd, abcd_was);
    }
    _mm_storeu_si128((void *)h, _mm_shuffle_epi32(abcd, 0x1b));
    h[4] = (uint32_t)_mm_extract_epi32(e, 3);
}

/* Has the processor the instructions for it? Asked once: in a virtual machine the question costs more than the hash of an object. */
static bool processor_has_sha1(void)
{
    static atomic_int known; /* 0 = not asked yet, 1 = no, 2 = yes */
    unsigned a = 0, b = 0, c = 0, d = 0;
    int has = atomic_load_explicit(&known, memory_order_relaxed);

    if (!has) {
        has = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_1) && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) ? 2 : 1;
        atomic_store_explicit(&known, has, memory_order_relaxed);
    }
    return has == 2;
}
#else
static void blocks_add(uint32_t h[5], const uint8_t *blocks, size_t count)
{
    jemput_sha1_plain(h, blocks, count);
}

static bool processor_has_sha1(void)
{
    return false;
}
#endif

void jemput_sha1_blocks(uint32_t h[5], const uint8_t *blocks, size_t count)
{
    if (processor_has_sha1())
        blocks_add(h, blocks, count);
    else
        jemput_sha1_plain(h, blocks, count);
}

/* Section 5.1.1: a one bit, zeros, and the length in bits fill the last one or two blocks. */
static void tail_add(uint32_t h[5], struct jemput_bytes rest, uint64_t bits)
{
    uint8_t tail[2 * BLOCK_BYTES] = { 0 };
    size_t len = rest.len + 1 + 8 <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;

    if (rest.len)
        memcpy(tail, rest.data, rest.len);
    tail[rest.len] = 0x80;
    for (unsigned i = 0; i < 8; i++)
        tail[len - 1 - i] = (uint8_t)(bits >> (8 * i));
    jemput_sha1_blocks(h, tail, len / BLOCK_BYTES);
}

void jemput_sha1_begin(struct jemput_sha1_run *run)
{
    *run = (struct jemput_sha1_run){ .h = { 0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u, 0xc3d2e1f0u } };
}

void jemput_sha1_add(struct jemput_sha1_run *run, struct jemput_bytes piece)
{
    size_t waiting = run->bytes % BLOCK_BYTES;

    run->bytes += piece.len;
    if (waiting && piece.len >= BLOCK_BYTES - waiting) {
        memcpy(run->block + waiting, piece.data, BLOCK_BYTES - waiting);
        jemput_sha1_blocks(run->h, run->block, 1);
        piece.data += BLOCK_BYTES - waiting;
        piece.len -= BLOCK_BYTES - waiting;
        waiting = 0;
    }
    if (waiting == 0 && piece.len >= BLOCK_BYTES) {
        size_t whole = piece.len - piece.len % BLOCK_BYTES;

        jemput_sha1_blocks(run->h, piece.data, whole / BLOCK_BYTES);
        piece.data += whole;
        piece.len -= whole;
    }
    if (piece.len)
        memcpy(run->block + waiting, piece.data, piece.len);
}

void jemput_sha1_end(struct jemput_sha1_run *run, uint8_t out[20])
{
    tail_add(run->h, jemput_bytes_of(run->block, run->bytes % BLOCK_BYTES), run->bytes * 8);
    for (unsigned i = 0; i < 20; i++)
        out[i] = (uint8_t)(run->h[i / 4] >> (24 - 8 * (i % 4)));
}

void jemput_sha1(uint8_t out[20], struct jemput_bytes in)
{
    struct jemput_sha1_run run;

    jemput_sha1_begin(&run);
    jemput_sha1_add(&run, in);
    jemput_sha1_end(&run, out);
}
