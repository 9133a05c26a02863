/* look.c — the one chain of looks.db that all threads of the server write to. */
#include <pthread.h>
#include <string.h>

#include "route.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct looks *looks;
static struct accounts *accounts;

int look_start(const struct console *c, struct trouble *why)
{
    char path[PATH_BYTES];

    snprintf(path, sizeof path, "%s/looks.db", c->folder);
    return looks_open(&looks, path, why);
}

void look_stop(void)
{
    looks_close(looks);
    looks = NULL;
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
    pthread_mutex_lock(&mutex);
    return looks;
}

void look_unlock(void)
{
    pthread_mutex_unlock(&mutex);
}

struct accounts *request_accounts(void)
{
    return accounts;
}

void request_accounts_set(struct accounts *a)
{
    accounts = a;
}
