/* cache.c — see cache.h. */
#include "cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

enum { PLACES = 32, ANSWER_BYTES_MAX = 1024 * 1024 };

struct kept {
    uint8_t key[CACHE_KEY_BYTES];
    char *data;
    size_t len;
    uint64_t used;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct kept all[PLACES];
static uint64_t uses;

static void text_take(crypto_generichash_state *state, const char *text)
{
    crypto_generichash_update(state, (const uint8_t *)text, strlen(text) + 1);
}

/* Every batch that moved rows has a number. */
static bool version_take(const struct request *q, crypto_generichash_state *state)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;
    bool good = false;

    if (base_prepare(q->reader->office.db, &stmt,
                     "SELECT coalesce(group_concat(space || ':' || number), '') FROM (SELECT space, max(number) AS number FROM batch GROUP BY space)",
                     &why))
        return false;
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        text_take(state, (const char *)sqlite3_column_text(stmt, 0));
        good = true;
    }
    sqlite3_finalize(stmt);
    return good;
}

static void reach_take(crypto_generichash_state *state, const struct reach *reach)
{
    char text[64];

    for (unsigned i = 0; i < reach->count; i++) {
        snprintf(text, sizeof text, "%lld %u", (long long)reach->of[i].standing.space, reach->of[i].roles);
        text_take(state, text);
        text_take(state, reach->of[i].standing.scope);
    }
}

void cache_reach(const struct reach *reach, uint8_t key[CACHE_KEY_BYTES])
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, CACHE_KEY_BYTES);
    reach_take(&state, reach);
    crypto_generichash_final(&state, key, CACHE_KEY_BYTES);
}

bool cache_key(const struct request *q, uint8_t key[CACHE_KEY_BYTES])
{
    crypto_generichash_state state;
    time_t now = time(NULL);
    struct tm here;
    char text[64];

    crypto_generichash_init(&state, NULL, 0, CACHE_KEY_BYTES);
    text_take(&state, q->route->path);
    for (unsigned i = 0; i < q->part_count; i++)
        text_take(&state, q->parts[i]);
    for (unsigned i = 0; i < q->parameter_count; i++) {
        text_take(&state, q->parameters[i].name);
        text_take(&state, q->parameters[i].value);
    }
    reach_take(&state, &q->reach);
    localtime_r(&now, &here);
    strftime(text, sizeof text, "%Y-%m-%d", &here);
    text_take(&state, text);
    if (!version_take(q, &state))
        return false;
    crypto_generichash_final(&state, key, CACHE_KEY_BYTES);
    return true;
}

static struct kept *find(const uint8_t key[CACHE_KEY_BYTES])
{
    for (unsigned i = 0; i < PLACES; i++)
        if (all[i].data && memcmp(all[i].key, key, CACHE_KEY_BYTES) == 0)
            return &all[i];
    return NULL;
}

bool cache_answer(struct request *q, const uint8_t key[CACHE_KEY_BYTES])
{
    struct kept *k;
    bool found = false;

    pthread_mutex_lock(&mutex);
    k = find(key);
    if (k && answer_open(&q->answer)) {
        found = fwrite(k->data, 1, k->len, q->answer.memory) == k->len;
        k->used = ++uses;
    }
    pthread_mutex_unlock(&mutex);
    return found;
}

void cache_keep(const struct request *q, const uint8_t key[CACHE_KEY_BYTES])
{
    char *copy = q->answer.len && q->answer.len <= ANSWER_BYTES_MAX ? malloc(q->answer.len) : NULL;
    struct kept *place = &all[0];

    if (!copy)
        return;
    memcpy(copy, q->answer.data, q->answer.len);
    pthread_mutex_lock(&mutex);
    for (unsigned i = 1; i < PLACES; i++)
        if (all[i].used < place->used)
            place = &all[i];
    if (find(key))
        place = find(key);
    free(place->data);
    *place = (struct kept){ .data = copy, .len = q->answer.len, .used = ++uses };
    memcpy(place->key, key, CACHE_KEY_BYTES);
    pthread_mutex_unlock(&mutex);
}

void cache_clear(void)
{
    for (unsigned i = 0; i < PLACES; i++) {
        free(all[i].data);
        all[i] = (struct kept){ .data = NULL };
    }
}
