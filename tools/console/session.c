/* session.c — see session.h. */
#include "session.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define IDLE_MS (SESSION_IDLE_S * INT64_C(1000))
#define WHOLE_MS (SESSION_HOURS * INT64_C(3600000))

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct session *all;
static int64_t renewed_s = SESSION_RENEWED_S;
int64_t (*session_clock)(void) = monotonic_ms;

void session_pin_again(unsigned seconds)
{
    renewed_s = seconds;
}

static void name_make(char out[SESSION_NAME_BYTES])
{
    uint8_t bytes[32];

    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(out, SESSION_NAME_BYTES, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bytes, sizeof bytes);
}

static void name_hash(uint8_t out[32], const char *cookie)
{
    crypto_generichash(out, 32, (const uint8_t *)cookie, strlen(cookie), NULL, 0);
}

static void session_name(struct session *s, char cookie[SESSION_NAME_BYTES])
{
    name_make(cookie);
    name_hash(s->hash, cookie);
    name_make(s->token);
}

static bool is_over(const struct session *s)
{
    int64_t now = session_clock();

    return s->ended || now - s->seen_at > IDLE_MS || now - s->begun_at > WHOLE_MS;
}

/* The list holds one use. */
static void let_go(struct session *s)
{
    if (--s->users > 0)
        return;
    desks_release(s->desks);
    sodium_memzero(s, sizeof *s);
    free(s);
}

static void drop_ended(void)
{
    for (struct session **at = &all; *at;) {
        struct session *s = *at;

        if (!is_over(s)) {
            at = &s->next;
            continue;
        }
        s->ended = true;
        *at = s->next;
        let_go(s);
    }
}

static void make_room(const char *account)
{
    struct session *oldest = NULL;
    unsigned count = 0;

    for (struct session *s = all; s; s = s->next)
        if (strcmp(s->account, account) == 0) {
            count++;
            if (!oldest || s->begun_at < oldest->begun_at)
                oldest = s;
        }
    if (count >= SESSIONS_AN_ACCOUNT)
        oldest->ended = true;
    drop_ended();
}

struct session *session_begin(const struct account *account, struct desks *desks, const char *address, char cookie[SESSION_NAME_BYTES])
{
    struct session *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    memcpy(s->account, account->name, sizeof s->account);
    memcpy(s->label, account->label, sizeof s->label);
    snprintf(s->address, sizeof s->address, "%s", address);
    s->desks = desks;
    s->since_ms = now_ms();
    s->users = 2;
    pthread_mutex_lock(&mutex);
    s->begun_at = s->seen_at = s->renewed_at = session_clock();
    session_name(s, cookie);
    sodium_bin2hex(s->short_name, sizeof s->short_name, s->hash, 4);
    make_room(account->name);
    s->next = all;
    all = s;
    pthread_mutex_unlock(&mutex);
    return s;
}

struct session *session_find(const char *cookie, bool asked)
{
    struct session *found = NULL;
    uint8_t hash[32];

    name_hash(hash, cookie);
    pthread_mutex_lock(&mutex);
    drop_ended();
    for (struct session *s = all; s && !found; s = s->next)
        if (sodium_memcmp(s->hash, hash, sizeof hash) == 0)
            found = s;
    if (found) {
        found->users++;
        if (asked)
            found->seen_at = session_clock();
    }
    pthread_mutex_unlock(&mutex);
    return found;
}

void session_release(struct session *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&mutex);
    let_go(s);
    pthread_mutex_unlock(&mutex);
}

void session_renew(struct session *s, char cookie[SESSION_NAME_BYTES])
{
    pthread_mutex_lock(&mutex);
    session_name(s, cookie);
    s->renewed_at = s->seen_at = session_clock();
    pthread_mutex_unlock(&mutex);
}

void session_end(struct session *s)
{
    pthread_mutex_lock(&mutex);
    s->ended = true;
    drop_ended();
    pthread_mutex_unlock(&mutex);
}

bool session_live(const struct session *s)
{
    bool live;

    pthread_mutex_lock(&mutex);
    live = !is_over(s);
    pthread_mutex_unlock(&mutex);
    return live;
}

bool session_account(const char *short_name, char account[ACCOUNT_BYTES])
{
    bool found = false;

    pthread_mutex_lock(&mutex);
    drop_ended();
    for (struct session *s = all; s && !found; s = s->next)
        if (strcmp(s->short_name, short_name) == 0) {
            memcpy(account, s->account, ACCOUNT_BYTES);
            found = true;
        }
    pthread_mutex_unlock(&mutex);
    return found;
}

bool session_end_named(const char *short_name, const char *account)
{
    bool found = false;

    pthread_mutex_lock(&mutex);
    for (struct session *s = all; s; s = s->next)
        if (strcmp(s->short_name, short_name) == 0 && (!account || strcmp(s->account, account) == 0))
            s->ended = found = true;
    drop_ended();
    pthread_mutex_unlock(&mutex);
    return found;
}

void sessions_end_account(const char *account)
{
    pthread_mutex_lock(&mutex);
    for (struct session *s = all; s; s = s->next)
        if (strcmp(s->account, account) == 0)
            s->ended = true;
    drop_ended();
    pthread_mutex_unlock(&mutex);
}

void sessions_end_others(const struct session *own)
{
    pthread_mutex_lock(&mutex);
    for (struct session *s = all; s; s = s->next)
        if (s != own && strcmp(s->account, own->account) == 0)
            s->ended = true;
    drop_ended();
    pthread_mutex_unlock(&mutex);
}

void session_token(const struct session *s, char out[SESSION_NAME_BYTES])
{
    pthread_mutex_lock(&mutex);
    memcpy(out, s->token, SESSION_NAME_BYTES);
    pthread_mutex_unlock(&mutex);
}

bool session_token_good(const struct session *s, const char *token)
{
    bool good;

    pthread_mutex_lock(&mutex);
    good = strlen(token) == strlen(s->token) && sodium_memcmp(token, s->token, strlen(token)) == 0;
    pthread_mutex_unlock(&mutex);
    return good;
}

int64_t session_ends_ms(const struct session *s)
{
    return s->since_ms + WHOLE_MS;
}

int64_t session_renewed_ms(const struct session *s)
{
    int64_t left;

    pthread_mutex_lock(&mutex);
    left = s->renewed_at + renewed_s * INT64_C(1000) - session_clock();
    pthread_mutex_unlock(&mutex);
    return left > 0 ? now_ms() + left : 0;
}

unsigned sessions_of(const char *account, struct session_told *out, unsigned max)
{
    unsigned count = 0;

    pthread_mutex_lock(&mutex);
    drop_ended();
    for (struct session *s = all; s && count < max; s = s->next) {
        if (strcmp(s->account, account) != 0)
            continue;
        out[count] = (struct session_told){ .since_ms = s->since_ms, .seen_ms = now_ms() - (session_clock() - s->seen_at) };
        memcpy(out[count].short_name, s->short_name, sizeof s->short_name);
        memcpy(out[count].address, s->address, sizeof s->address);
        count++;
    }
    pthread_mutex_unlock(&mutex);
    return count;
}

void sessions_tick(void)
{
    pthread_mutex_lock(&mutex);
    drop_ended();
    pthread_mutex_unlock(&mutex);
}

void sessions_end_all(void)
{
    pthread_mutex_lock(&mutex);
    for (struct session *s = all; s; s = s->next)
        s->ended = true;
    drop_ended();
    pthread_mutex_unlock(&mutex);
}
