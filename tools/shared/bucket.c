/* bucket.c — a token bucket for each device: so many requests a minute or bytes a day, a minute's or a day's worth at once. A table of fixed size;
 * whoever was not heard of for longest gives up the place. Strangers choose the names they come by, so a name's place is a keyed hash of it, with a key
 * of this run: else they could choose such as push another's bucket out. */
#include "bucket.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <time.h>

#define SLOTS 32768u /* a power of two */
#define NEIGHBOURS 8u

struct bucket {
    uint64_t who; /* 0 = free */
    int64_t full_ms; /* when it is full again: what was taken lies before that */
};

static struct bucket buckets[SLOTS];
static unsigned char key[crypto_shorthash_KEYBYTES];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint64_t name_of(const char *who)
{
    unsigned char bytes[crypto_shorthash_BYTES];
    uint64_t h;

    crypto_shorthash(bytes, (const unsigned char *)who, strlen(who), key);
    memcpy(&h, bytes, sizeof h);
    return h ? h : 1;
}

static struct bucket *bucket_of(uint64_t who)
{
    struct bucket *oldest = NULL;

    for (uint64_t i = 0; i < NEIGHBOURS; i++) {
        struct bucket *b = &buckets[(who + i) & (SLOTS - 1)];

        if (b->who == who)
            return b;
        if (!oldest || b->full_ms < oldest->full_ms)
            oldest = b;
    }
    *oldest = (struct bucket){ .who = who };
    return oldest;
}

static int64_t takes_of(uint64_t count, uint64_t of, int64_t span_ms)
{
    return count >= of ? span_ms : (int64_t)((double)count / (double)of * (double)span_ms);
}

bool buckets_begin(void)
{
    if (sodium_init() < 0)
        return false;
    crypto_shorthash_keygen(key);
    return true;
}

static unsigned bucket_look(const char *who, uint64_t count, uint64_t of, int64_t span_ms, bool takes)
{
    int64_t now = now_ms(), takes_ms = takes_of(count, of, span_ms), wait;
    struct bucket *b;

    pthread_mutex_lock(&mutex);
    b = bucket_of(name_of(who));
    if (b->full_ms < now)
        b->full_ms = now;
    wait = b->full_ms + takes_ms - now - span_ms;
    if (wait <= 0 && takes)
        b->full_ms += takes_ms;
    pthread_mutex_unlock(&mutex);
    return wait <= 0 ? 0 : (unsigned)(wait / 1000) + 1;
}

unsigned bucket_take(const char *who, uint64_t count, uint64_t of, int64_t span_ms)
{
    return bucket_look(who, count, of, span_ms, true);
}

unsigned bucket_wait(const char *who, uint64_t count, uint64_t of, int64_t span_ms)
{
    return bucket_look(who, count, of, span_ms, false);
}

void bucket_give(const char *who, uint64_t count, uint64_t of, int64_t span_ms)
{
    pthread_mutex_lock(&mutex);
    bucket_of(name_of(who))->full_ms -= takes_of(count, of, span_ms);
    pthread_mutex_unlock(&mutex);
}
