/* lease.c — see lease.h. */
#include "lease.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"

static char name[128];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void name_make(void)
{
    char host[80] = "";

    gethostname(host, sizeof host - 1);
    snprintf(name, sizeof name, "%s:%ld:%llx", host, (long)getpid(), (unsigned long long)now_ms()); /* a process number may come again */
}

const char *lease_holder(void)
{
    pthread_once(&once, name_make);
    return name;
}

/* Does a process of this machine hold it that is not there any more? */
static bool holder_is_dead(const char *holder)
{
    const char *own = lease_holder();
    size_t host = (size_t)(strchr(own, ':') - own) + 1;
    long pid = strncmp(holder, own, host) == 0 ? strtol(holder + host, NULL, 10) : 0;

    return pid > 0 && strcmp(holder, own) != 0 && (pid == (long)getpid() || (kill((pid_t)pid, 0) == -1 && errno == ESRCH));
}

/* From a process that was killed, at once. */
static int lease_inherit(struct office *office, int64_t space, const char *holder, int64_t now, bool *held, struct trouble *why)
{
    char other[160] = "";
    struct sqlite3_stmt *stmt;

    if (base_prepare(office->db, &stmt, "SELECT holder FROM lease WHERE space = ?1", why))
        return -1;
    base_bind(stmt, "i", space);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        snprintf(other, sizeof other, "%s", (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    if (!holder_is_dead(other))
        return 0;
    if (base_do(office->db, "UPDATE lease SET holder = ?2, until_ms = ?3 WHERE space = ?1 AND holder = ?4", why, NULL, NULL, "itit", space, holder,
                now + LEASE_MS, other))
        return -1;
    *held = sqlite3_changes(office->db) > 0;
    return 0;
}

int lease_take(struct office *office, int64_t space, const char *holder, int64_t now, bool *held, struct trouble *why)
{
    *held = false;
    if (base_do(office->db, "INSERT INTO lease(space, holder, until_ms) VALUES(?1, ?2, ?4) ON CONFLICT(space) DO UPDATE SET "
                "holder = excluded.holder, until_ms = excluded.until_ms WHERE lease.holder = excluded.holder OR lease.until_ms < ?3",
                why, NULL, NULL, "itii", space, holder, now, now + LEASE_MS))
        return -1;
    *held = sqlite3_changes(office->db) > 0;
    return *held ? 0 : lease_inherit(office, space, holder, now, held, why);
}

int leases_drop(struct office *office, const char *holder, struct trouble *why)
{
    return base_do(office->db, "DELETE FROM lease WHERE holder = ?1", why, NULL, NULL, "t", holder);
}
