/* look.c — the one chain of looks.db that all threads of the server write to; and what an act is asked to do, before it is done. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "route.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, reading_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct looks *looks, *reading; /* whoever reads long keeps nobody from being written down */
static struct accounts *accounts;

int look_start(const struct console *c, struct trouble *why)
{
    char path[PATH_BYTES];

    snprintf(path, sizeof path, "%s/looks.db", c->folder);
    return looks_open(&looks, path, why) || looks_open(&reading, path, why) ? -1 : 0;
}

void look_stop(void)
{
    looks_close(looks);
    looks_close(reading);
    looks = reading = NULL;
}

int look_write(const struct look *look, struct trouble *why)
{
    int rc;

    pthread_mutex_lock(&mutex);
    rc = looks_add(looks, look, why);
    pthread_mutex_unlock(&mutex);
    return rc;
}

struct looks *look_lock(void)
{
    pthread_mutex_lock(&reading_mutex);
    return reading;
}

void look_unlock(void)
{
    pthread_mutex_unlock(&reading_mutex);
}

struct accounts *request_accounts(void)
{
    return accounts;
}

void request_accounts_set(struct accounts *a)
{
    accounts = a;
}

/* --- what was asked --- */

/* The row that an object names, whatever a route calls its key. */
static const char *key_of(const struct json_t *body)
{
    static const char *const names[] = { "key", "id", "gone", "a" };
    const char *key = NULL;

    for (size_t i = 0; i < sizeof names / sizeof names[0] && !key; i++)
        key = body_text(body, names[i], -(int)(sizeof((struct request *)NULL)->look_key - 1));
    return key;
}

static void words_note(struct request *q)
{
    static const char *const names[] = { "act", "account", "kind", "device", "other", "roles", "scope", "after", "since", "session", "to" };
    char word[64];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text = body_word(q->body, names[i], word);

        if (text && text[0])
            look_note(q, " %s=%.63s", names[i], text);
    }
    if (body_flag(q->body, "look"))
        look_note(q, " look");
}

/* All of them by their keys; the space is theirs if they have one alone. */
static void items_note(struct request *q, const struct json_t *items, size_t count)
{
    int64_t space = 0, first = 0;
    bool one = true;

    for (size_t i = 0; i < count; i++) {
        const struct json_t *item = body_at(items, i);
        const char *tbl = item ? body_text(item, "tbl", -79) : NULL, *key = item ? key_of(item) : NULL;

        if (!item || !body_number(item, "space", 1, INT32_MAX, &space))
            continue;
        first = i == 0 ? space : first;
        one &= space == first;
        look_note(q, "; %lld %s %s", (long long)space, tbl ? tbl : "", key ? key : "");
    }
    q->look.space = one ? first : 0;
    q->look.count = (int64_t)count;
}

void look_asked(struct request *q)
{
    const char *layout = parameter(q, "layout"), *space = parameter(q, "space");
    const struct json_t *items;
    int64_t number;
    size_t count;

    look_note(q, "asked");
    if (!q->body) { /* an import: parameters */
        q->look.space = space ? strtoll(space, NULL, 10) : 0;
        look_note(q, " %s%s", layout ? layout : "auto", parameter(q, "dry") && parameter(q, "dry")[0] == '1' ? " dry" : "");
        return;
    }
    q->look.reason = body_text(q->body, "reason", -1024);
    words_note(q);
    items = body_list(q->body, "items", &count);
    if (count) {
        items_note(q, items, count);
    } else {
        const char *tbl = body_text(q->body, "tbl", -79);

        look_row(q, body_number(q->body, "space", 1, INT32_MAX, &number) ? number : 0, tbl ? tbl : "", key_of(q->body));
    }
}
