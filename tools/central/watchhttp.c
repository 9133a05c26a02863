/* watchhttp.c — see watchhttp.h. One thread of libmicrohttpd's, one request after the other; a Host that is not loopback's is refused, so that no
 * web page of somebody else's can ask (DNS rebinding). */
#include "watchhttp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>

#include "base.h"
#include "metric.h"
#include "option.h"
#include "pool.h"

#define CONNECTIONS_MAX 16
#define IDLE_S 10
#define BACKUP_LATE_MS (14 * 86400000ll)
#define FREE_PERCENT 5
#define FAILING_MS 900000

struct watchhttp {
    struct MHD_Daemon *daemon;
    struct office office; /* open for reading; of the daemon's thread */
    char host_port[64];
};

/* --- is it well? --- */

static bool disk_room(const struct office *office)
{
    struct statvfs st;

    return statvfs(office->folder, &st) != 0 || st.f_blocks == 0 || st.f_bavail * 100 / st.f_blocks >= FREE_PERCENT;
}

/* A connection of its own tries to begin a write. Busy is well: somebody else writes. */
static bool base_writable(const struct office *office)
{
    struct office own;
    struct trouble why;
    bool good = false;

    if (office_open(&own, office->folder, false, &why) == 0) {
        int rc;

        sqlite3_busy_timeout(own.db, 0);
        rc = sqlite3_exec(own.db, "BEGIN IMMEDIATE; ROLLBACK", NULL, NULL, NULL);
        good = rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY;
    }
    office_close(&own);
    return good;
}

/* Also of a space that has come to no copy at all, where copies are asked for. How old it is says its first batch, which is kept; where an earlier
 * version let that go, there were more than a thousand. */
static bool backups_late(struct office *office)
{
    int64_t late = 0;
    struct trouble why;

    return base_do(office->db,
                   "SELECT count(*) FROM space s WHERE left_ms IS NULL AND coalesce(backup_ms, 0) < ?1 AND (checkpoint_ms IS NOT NULL OR"
                   " (?2 AND (SELECT min(at_ms) < ?1 OR min(number) > 1 FROM batch WHERE space = s.id)))",
                   &why, NULL, &late, "ii", now_ms() - BACKUP_LATE_MS, (int64_t)pool_copies()) == 0 &&
           late > 0;
}

static bool target_failing(struct office *office)
{
    int64_t failing = 0;
    struct trouble why;

    return base_do(office->db, "SELECT count(*) FROM target_ WHERE failing_ms < ?1", &why, NULL, &failing, "i", now_ms() - FAILING_MS) == 0 &&
           failing > 0;
}

bool watch_healthy(struct office *office, char *why, size_t room)
{
    struct pool_health h;
    const char *reason = NULL;

    pool_health(&h);
    if (h.down)
        reason = "a worker cannot start";
    else if (h.stuck)
        reason = "a round stands still";
    else if (h.waiting)
        reason = "a space has been waiting for its turn for more than 5 minutes: more --workers are needed";
    else if (h.failing)
        reason = "a space has been failing for more than 15 minutes";
    else if (target_failing(office))
        reason = "PostgreSQL has not followed for more than 15 minutes";
    else if (metric_outbox_stands_ms() > FAILING_MS)
        reason = "changes of the office's in PostgreSQL have not been taken for more than 15 minutes";
    else if (!disk_room(office))
        reason = "less than 5 % of the disk is free";
    else if (!base_writable(office))
        reason = "central.db cannot be written";
    else if (backups_late(office))
        reason = "no copy has been made for 14 days";
    snprintf(why, room, "%s", reason ? reason : "");
    return !reason;
}

/* --- answers --- */

static enum MHD_Result answer(struct MHD_Connection *c, unsigned status, const char *type, const char *text)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result rc;

    if (!r)
        return MHD_NO;
    MHD_add_response_header(r, "Content-Type", type);
    MHD_add_response_header(r, "Cache-Control", "no-store");
    rc = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return rc;
}

static enum MHD_Result answer_health(struct watchhttp *w, struct MHD_Connection *c)
{
    char why[128], text[512];
    struct pool_health h;
    bool good = watch_healthy(&w->office, why, sizeof why);

    pool_health(&h);
    if (good)
        snprintf(text, sizeof text, "{\"ok\":true,\"spaces\":%u}\n", h.spaces);
    else
        snprintf(text, sizeof text, "{\"ok\":false,\"reasons\":[\"%s\"],\"spaces\":%u,\"failing\":%u,\"stuck\":%u}\n", why, h.spaces, h.failing,
                 h.stuck);
    return answer(c, good ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, "application/json", text);
}

static enum MHD_Result answer_metrics(struct watchhttp *w, struct MHD_Connection *c)
{
    struct buffer text = { 0 };
    enum MHD_Result rc;

    metric_write(&text, &w->office);
    rc = answer(c, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", buffer_string(&text));
    buffer_release(&text);
    return rc;
}

static bool host_ours(const struct watchhttp *w, struct MHD_Connection *c)
{
    const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host");
    const char *port = strrchr(w->host_port, ':');
    char local[80];

    snprintf(local, sizeof local, "localhost%s", port ? port : "");
    return host && (strcmp(host, w->host_port) == 0 || strcmp(host, local) == 0);
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *c, const char *url, const char *method, const char *version, const char *data,
                              size_t *len, void **state)
{
    struct watchhttp *w = ctx;

    (void)version;
    (void)data;
    (void)state;
    if (*len) { /* a body that nobody asked for */
        *len = 0;
        return MHD_YES;
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
        return answer(c, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain", "GET\n");
    if (!host_ours(w, c))
        return answer(c, MHD_HTTP_MISDIRECTED_REQUEST, "text/plain", "Host?\n");
    if (strcmp(url, "/metrics") == 0)
        return answer_metrics(w, c);
    if (strcmp(url, "/healthz") == 0)
        return answer_health(w, c);
    return answer(c, MHD_HTTP_NOT_FOUND, "text/plain", "/metrics /healthz\n");
}

/* Numbers alone: a name might lead elsewhere. */
static bool address_read(const char *host_port, struct sockaddr_in *out)
{
    const char *colon = strrchr(host_port, ':');
    char host[32];
    long port;

    if (!colon || (size_t)(colon - host_port) >= sizeof host || !number_read(colon + 1, 1, 65535, &port))
        return false;
    snprintf(host, sizeof host, "%.*s", (int)(colon - host_port), host_port);
    *out = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    return inet_pton(AF_INET, host, &out->sin_addr) == 1 && ntohl(out->sin_addr.s_addr) >> 24 == 127;
}

struct watchhttp *watchhttp_start(const char *host_port, const char *folder)
{
    struct sockaddr_in where;
    struct watchhttp *w;
    struct trouble why;

    if (!address_read(host_port, &where) || strlen(host_port) >= sizeof w->host_port) {
        problem(T("--listen %s: sebutkan 127.0.0.1:PORT", "--listen %s: give 127.0.0.1:PORT"), host_port);
        return NULL;
    }
    w = memory_resize(NULL, 1, sizeof *w);
    *w = (struct watchhttp){ .daemon = NULL };
    strcpy(w->host_port, host_port);
    if (office_open(&w->office, folder, true, &why)) {
        problem("%s", why.text);
    } else {
        w->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, handle, w, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&where,
                                     MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
                                     MHD_OPTION_END);
        if (!w->daemon)
            problem("--listen %s: %s", host_port, strerror(errno));
    }
    if (w->daemon)
        return w;
    watchhttp_stop(w);
    return NULL;
}

void watchhttp_stop(struct watchhttp *w)
{
    if (w && w->daemon)
        MHD_stop_daemon(w->daemon);
    if (w)
        office_close(&w->office);
    free(w);
}
