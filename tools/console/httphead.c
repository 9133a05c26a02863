/* httphead.c — what the head of a request says, and whether it may come in. */
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "exchange.h"

#define BODY_BYTES_MAX (64u * 1024)

/* Of our cookies the one that this server sets. */
static void cookie_take(struct request *q, struct MHD_Connection *c)
{
    const char *name = strncmp(http_console->address, "https://", 8) == 0 ? "__Host-jemput" : "jemput";
    const char *value = MHD_lookup_connection_value(c, MHD_COOKIE_KIND, name);

    if (value && strlen(value) == SESSION_NAME_BYTES - 1)
        snprintf(q->cookie, sizeof q->cookie, "%s", value);
}

static enum MHD_Result parameter_take(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct exchange *x = ctx;
    struct request *q = &x->job.request;
    const char *taken = q->parameter_count == PARAMETERS_MAX ? NULL : texts_take(&x->values, value ? value : "", value ? strlen(value) : 0);

    (void)kind;
    if (!taken) {
        x->wrong = true;
        return MHD_NO;
    }
    q->parameters[q->parameter_count++] = (struct parameter){ name, taken };
    return MHD_YES;
}

static bool header_text(char out[HEADER_TEXT_BYTES], struct MHD_Connection *c, const char *name)
{
    const char *value = exchange_header(c, name);

    out[0] = '\0';
    return !value || text_decode(out, HEADER_TEXT_BYTES, value, strlen(value));
}

void exchange_address(struct request *q, struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const char *forwarded = http_console->address[0] ? exchange_header(c, "X-Real-IP") : NULL;

    if (forwarded && strlen(forwarded) < sizeof q->address && strspn(forwarded, "0123456789abcdefABCDEF.:") == strlen(forwarded))
        snprintf(q->address, sizeof q->address, "%s", forwarded);
    else if (!info ||
             getnameinfo(info->client_addr, info->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in),
                         q->address, sizeof q->address, NULL, 0, NI_NUMERICHOST))
        q->address[0] = '\0';
}

/* What stands in the place of each "{}", decoded in x->path. */
static bool parts_take(struct exchange *x, const char *url)
{
    struct request *q = &x->job.request;
    const char *pattern = q->route->path;

    while (*pattern) {
        size_t len;

        if (pattern[0] != '{') {
            pattern++;
            url++;
            continue;
        }
        len = strcspn(url, "/");
        if (q->part_count == PARTS_MAX || (q->parts[q->part_count] = texts_take(&x->path, url, len)) == NULL)
            return false;
        q->part_count++;
        url += len;
        pattern += 2;
    }
    return true;
}

size_t exchange_body_max(const struct request *q)
{
    return q->route && (q->route->flags & ROUTE_CSV) ? CSV_BYTES_MAX : BODY_BYTES_MAX;
}

bool exchange_refuse(struct exchange *x, unsigned status, const char *code, const char *id, const char *en)
{
    const struct answer_words words = { id, en, NULL, NULL, NULL, NULL };

    x->refused = true;
    answer_error(&x->job.request.answer, status, code, &words);
    answer_close(&x->job.request.answer);
    return false;
}

static bool type_good(struct exchange *x)
{
    const char *type = exchange_header(x->connection, "Content-Type");
    const char *wanted = x->job.request.route->flags & ROUTE_CSV ? "text/csv" : "application/json";
    size_t len = strlen(wanted);

    return type && strncasecmp(type, wanted, len) == 0 && (type[len] == '\0' || type[len] == ';');
}

/* A body that may be large is for those alone who are signed in; whether they may is the route's business. */
static bool sender_judge(struct exchange *x)
{
    struct request *q = &x->job.request;
    bool good = !(q->route->flags & ROUTE_CSV) || request_sender(q);

    session_release(q->session);
    q->session = NULL; /* the route finds it again: it may end while the body comes in */
    x->refused = !good;
    answer_close(&q->answer);
    return good;
}

static bool write_judge(struct exchange *x)
{
    const char *length = exchange_header(x->connection, "Content-Length");

    if (!guard_origin(http_console, exchange_header(x->connection, "Origin"), exchange_header(x->connection, "Sec-Fetch-Site")))
        return exchange_refuse(x, 403, "ORIGIN", "Permintaan ini tidak datang dari halaman konsol.",
                               "This request does not come from the console's page.");
    if (!type_good(x))
        return exchange_refuse(x, 415, "TYPE", "Jenis isi permintaan ini keliru.", "The Content-Type is another than what this route takes.");
    if (length && strtoull(length, NULL, 10) > exchange_body_max(&x->job.request))
        return exchange_refuse(x, 413, "JEMPUT_LIMIT", "Terlalu besar.", "Too large.");
    return sender_judge(x);
}

static bool route_judge(struct exchange *x, const char *url, const char *method)
{
    struct request *q = &x->job.request;
    bool other;

    q->route = route_find(method, url, &other);
    if (!q->route)
        return other ? exchange_refuse(x, 405, "METHOD", "Cara itu tidak ada di sini.", "There is no such method here.")
                     : exchange_refuse(x, 404, "JEMPUT_NOTFOUND", "Tidak ada di sini.", "There is no such thing here.");
    MHD_get_connection_values(x->connection, MHD_GET_ARGUMENT_KIND, parameter_take, x);
    if (x->wrong || !parts_take(x, url) || !header_text(q->q, x->connection, "X-Jemput-Q") ||
        !header_text(q->reason, x->connection, "X-Jemput-Reason"))
        return exchange_refuse(x, 400, "JEMPUT_MISUSE", "Permintaan ini tidak dapat dipahami.", "The path or a header is too long, or wrong.");
    cookie_take(q, x->connection);
    if (exchange_header(x->connection, "X-Jemput-Token"))
        snprintf(q->token, sizeof q->token, "%s", exchange_header(x->connection, "X-Jemput-Token"));
    if (exchange_header(x->connection, "X-Jemput-Account"))
        snprintf(q->made_for, sizeof q->made_for, "%s", exchange_header(x->connection, "X-Jemput-Account"));
    return strcmp(method, "GET") == 0 || write_judge(x);
}

bool exchange_judge(struct exchange *x, const char *url, const char *method)
{
    if (!guard_host(http_console, exchange_header(x->connection, "Host")))
        return exchange_refuse(x, 421, "HOST", "Nama server ini lain.", "This server has another name.");
    x->head = strcmp(method, "HEAD") == 0;
    if (strncmp(url, "/api/", 5) == 0)
        return route_judge(x, url, method);
    if (strcmp(method, "GET") != 0 && !x->head)
        return exchange_refuse(x, 405, "METHOD", "Cara itu tidak ada di sini.", "There is no such method here.");
    x->asset = asset_find(url);
    return x->asset || exchange_refuse(x, 404, "JEMPUT_NOTFOUND", "Tidak ada di sini.", "There is no such thing here.");
}
