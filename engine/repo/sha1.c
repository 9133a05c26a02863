/* repo/sha1.c — SHA-1 as in FIPS 180-4, section 6.1: a checksum of git's file formats, never a reason for trust. */
#include "repo/sha1.h"

#include <string.h>

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

static void block_add(uint32_t h[5], const uint8_t *block)
{
    uint32_t w[80];
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

    for (unsigned t = 0; t < 16; t++)
        w[t] = load_be(block + 4 * t);
    for (unsigned t = 16; t < 80; t++)
        w[t] = rotate_left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
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
    for (size_t at = 0; at < len; at += BLOCK_BYTES)
        block_add(h, tail + at);
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
        block_add(run->h, run->block);
        piece.data += BLOCK_BYTES - waiting;
        piece.len -= BLOCK_BYTES - waiting;
        waiting = 0;
    }
    while (waiting == 0 && piece.len >= BLOCK_BYTES) {
        block_add(run->h, piece.data);
        piece.data += BLOCK_BYTES;
        piece.len -= BLOCK_BYTES;
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
