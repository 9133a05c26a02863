/* support/memory_scan.h — all memory of this process that can be written, searched for a secret, as whoever gets a core dump would. */
#ifndef TESTS_SUPPORT_MEMORY_SCAN_H
#define TESTS_SUPPORT_MEMORY_SCAN_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MEMORY_SCAN_SHADOW_BYTES (1ull << 28) /* a mapping as large as this is a sanitizer's own */
#define MEMORY_SCAN_PART_BYTES (1u << 16)

/* What is looked for, each byte turned: as it is, it would be found in the very question. */
static inline void memory_scan_turn(uint8_t *out, const void *secret, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t) ~((const uint8_t *)secret)[i];
}

/* So many times in what `from` to `to` holds; `part` is a buffer for it, which is not searched itself. */
static inline unsigned memory_scan_range(FILE *memory, unsigned long long from, unsigned long long to, uint8_t *part, const uint8_t *mask, size_t len)
{
    unsigned found = 0;

    for (unsigned long long at = from; at < to; at += MEMORY_SCAN_PART_BYTES - len) {
        size_t want = to - at < MEMORY_SCAN_PART_BYTES ? (size_t)(to - at) : MEMORY_SCAN_PART_BYTES;
        size_t got = fseeko(memory, (off_t)at, SEEK_SET) == 0 ? fread(part, 1, want, memory) : 0;

        for (const uint8_t *hit = part; got >= len && (hit = memchr(hit, mask[0] ^ 0xff, (size_t)(part + got - len + 1 - hit))) != NULL; hit++) {
            uintptr_t place = (uintptr_t)at + (uintptr_t)(hit - part);
            size_t k = 0;

            while (k < len && (hit[k] ^ mask[k]) == 0xff)
                k++;
            found += k == len && !(place >= (uintptr_t)part && place < (uintptr_t)part + MEMORY_SCAN_PART_BYTES);
        }
    }
    return found;
}

/* How often it is in memory; -1 = this system does not let one look. `mask` as memory_scan_turn makes it. */
static inline int memory_scan(const uint8_t *mask, size_t len)
{
    static uint8_t part[MEMORY_SCAN_PART_BYTES];
    FILE *maps = fopen("/proc/self/maps", "r"), *memory = fopen("/proc/self/mem", "r");
    char line[512];
    int found = maps && memory ? 0 : -1;

    if (memory)
        setvbuf(memory, NULL, _IONBF, 0);
    while (found >= 0 && fgets(line, sizeof line, maps)) {
        unsigned long long from, to;
        char read, write;

        if (sscanf(line, "%llx-%llx %c%c", &from, &to, &read, &write) == 4 && read == 'r' && write == 'w' && to - from <= MEMORY_SCAN_SHADOW_BYTES)
            found += (int)memory_scan_range(memory, from, to, part, mask, len);
    }
    memset(part, 0, sizeof part);
    if (maps)
        fclose(maps);
    if (memory)
        fclose(memory);
    return found;
}

#endif
