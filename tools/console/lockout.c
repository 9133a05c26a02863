/* lockout.c — see lockout.h. */
#include "lockout.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define FIRST_MS 30000
#define MOST_MS 3600000
#define FORGET_MS 86400000

void lockout_place(char out[PLACE_BYTES], const char *address)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t bytes[16];

    if (inet_pton(AF_INET, address, bytes) == 1) {
        bytes[3] = 0;
        snprintf(out, PLACE_BYTES, "%s/24", inet_ntop(AF_INET, bytes, text, sizeof text));
    } else if (inet_pton(AF_INET6, address, bytes) == 1) {
        memset(bytes + 8, 0, 8);
        snprintf(out, PLACE_BYTES, "%s/64", inet_ntop(AF_INET6, bytes, text, sizeof text));
    } else {
        snprintf(out, PLACE_BYTES, "%s", address[0] ? address : "-");
    }
}

unsigned lockout_wait_s(const struct lockout *l, int64_t now_ms)
{
    int64_t left = l->until_ms - now_ms;

    if (left <= 0)
        return 0;
    return (unsigned)(((left < MOST_MS ? left : MOST_MS) + 999) / 1000);
}

void lockout_wrong(struct lockout *l, uint32_t free, int64_t now_ms)
{
    int64_t wait = FIRST_MS;

    if (now_ms - l->at_ms > FORGET_MS)
        *l = (struct lockout){ 0 };
    l->at_ms = now_ms;
    if (l->wrong < UINT32_MAX)
        l->wrong++;
    if (l->wrong < free)
        return;
    for (uint32_t more = l->wrong - free; more > 0 && wait < MOST_MS; more--)
        wait *= 2;
    l->until_ms = now_ms + (wait < MOST_MS ? wait : MOST_MS);
}
