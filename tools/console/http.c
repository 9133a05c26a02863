/* http.c — HTTP for the console: taking requests in, the page's files, sending answers. libmicrohttpd calls this from one thread.
 *
 * A request is judged by its head alone (host, route, size, kind), its body taken in whole, and then it is a job. */
#include "http.h"

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "exchange.h"
#include "listen.h"
#include "stream.h"

#define CONNECTIONS 256u
#define CONNECTIONS_AN_ADDRESS 64u
#define CONNECTION_BYTES (32u * 1024)
#define IDLE_S 30u
#define STOP_MS 3000
#define STOP_LOOK_MS 20

const struct console *http_console;
static atomic_uint under_way;

/* --- answers --- */

const char *exchange_header(struct MHD_Connection *c, const char *name)
{
    return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static void headers_add(struct MHD_Response *r, bool sandbox)
{
    MHD_add_response_header(
        r, "Content-Security-Policy",
        sandbox ? "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
                : "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; "
                  "form-action 'self'; frame-ancestors 'none'");
    MHD_add_response_header(r, "X-Frame-Options", "DENY");
    MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(r, "Cross-Origin-Opener-Policy", "same-origin");
    MHD_add_response_header(r, "Cross-Origin-Resource-Policy", "same-origin");
    MHD_add_response_header(r, "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    if (strncmp(http_console->address, "https://", 8) == 0)
        MHD_add_response_header(r, "Strict-Transport-Security", "max-age=31536000");
}

static enum MHD_Result send_off(struct exchange *x, unsigned status, struct MHD_Response *r)
{
    enum MHD_Result rc;

    if (!r)
        return MHD_NO;
    rc = MHD_queue_response(x->connection, status, r);
    MHD_destroy_response(r);
    return rc;
}

static bool takes_gzip(struct MHD_Connection *c)
{
    const char *value = exchange_header(c, "Accept-Encoding");

    return value && strstr(value, "gzip") != NULL;
}

static enum MHD_Result answer_asset(struct exchange *x)
{
    const struct asset *a = x->asset;
    bool gzip = a->gz && takes_gzip(x->connection);
    struct MHD_Response *r = MHD_create_response_from_buffer(gzip ? a->gz_size : a->size, (void *)(gzip ? a->gz : a->bytes), MHD_RESPMEM_PERSISTENT);

    if (!r)
        return MHD_NO;
    headers_add(r, false);
    MHD_add_response_header(r, "Content-Type", a->type);
    MHD_add_response_header(r, "Cache-Control", a->immutable ? "public, max-age=31536000, immutable" : "no-store");
    MHD_add_response_header(r, "Vary", "Accept-Encoding");
    if (gzip)
        MHD_add_response_header(r, "Content-Encoding", "gzip");
    return send_off(x, MHD_HTTP_OK, r);
}

static void disposition_add(struct MHD_Response *r, const struct answer *a)
{
    char text[160];

    if (!a->file_name[0])
        return;
    snprintf(text, sizeof text, "attachment; filename=\"%s\"", a->file_name);
    MHD_add_response_header(r, "Content-Disposition", text);
}

static enum MHD_Result answer_send(struct exchange *x)
{
    struct answer *a = &x->job.request.answer;
    struct MHD_Response *r;
    char number[24];
    bool json = a->type && strcmp(a->type, "application/json") == 0;

    if (a->fd > 0) {
        r = MHD_create_response_from_fd64(a->len, a->fd);
        a->fd = 0; /* microhttpd closes it */
    } else {
        r = MHD_create_response_from_buffer(a->len, a->data, MHD_RESPMEM_MUST_FREE);
        a->data = NULL;
    }
    if (!r)
        return MHD_NO;
    headers_add(r, !json);
    MHD_add_response_header(r, "Cache-Control", "no-store");
    if (a->len)
        MHD_add_response_header(r, "Content-Type", a->type ? a->type : "text/plain");
    if (a->cookie[0])
        MHD_add_response_header(r, "Set-Cookie", a->cookie);
    disposition_add(r, a);
    if (a->retry_s) {
        snprintf(number, sizeof number, "%u", a->retry_s);
        MHD_add_response_header(r, "Retry-After", number);
    }
    return send_off(x, a->status ? a->status : 500, r);
}

/* Too much at once: of this account, or of all. */
static void refuse_for_now(struct answer *a, bool of_one)
{
    const struct answer_words words = { "Terlalu banyak permintaan akun ini sekaligus.", "Too many requests of this account at once.", NULL, NULL,
                                        "Tunggu sebentar.", "Wait a little." };

    if (of_one)
        answer_error(a, 429, "WAIT", &words);
    else
        answer_status(a, JEMPUT_BUSY);
    a->retry_s = of_one ? 1 : a->retry_s;
    answer_close(a);
}

static enum MHD_Result answer_stream(struct exchange *x)
{
    struct request *q = &x->job.request;
    bool of_one = false;
    struct MHD_Response *r = stream_answer(x->connection, q->session, &of_one);

    if (!r) {
        q->answer.stream = false;
        refuse_for_now(&q->answer, of_one);
        return answer_send(x);
    }
    q->session = NULL; /* the stream's */
    headers_add(r, false);
    MHD_add_response_header(r, "Content-Type", "text/event-stream");
    MHD_add_response_header(r, "Cache-Control", "no-store");
    MHD_add_response_header(r, "X-Accel-Buffering", "no"); /* nginx */
    return send_off(x, MHD_HTTP_OK, r);
}

/* --- a request --- */

static struct exchange *exchange_new(struct MHD_Connection *c, const char *url, const char *method)
{
    struct exchange *x = calloc(1, sizeof *x);

    if (!x)
        return NULL;
    atomic_fetch_add(&under_way, 1);
    x->connection = c;
    x->job.request.console = http_console;
    exchange_address(&x->job.request, c);
    exchange_judge(x, url, method);
    return x;
}

static void job_done(struct job *job)
{
    struct exchange *x = (struct exchange *)((char *)job - offsetof(struct exchange, job));

    MHD_resume_connection(x->connection);
}

static enum MHD_Result exchange_work(struct exchange *x)
{
    enum job_place place;

    x->worked = true;
    x->job.done = job_done;
    MHD_suspend_connection(x->connection);
    place = jobs_add(&x->job);
    if (place == JOB_TAKEN)
        return MHD_YES;
    refuse_for_now(&x->job.request.answer, place == JOB_TOO_MANY);
    MHD_resume_connection(x->connection);
    return MHD_YES;
}

static enum MHD_Result body_take(struct exchange *x, const char *data, size_t len)
{
    struct request *q = &x->job.request;
    char *more;

    if (x->refused || !q->route || strcmp(q->route->method, "GET") == 0) {
        x->dropped += len;
        return x->dropped > CSV_BYTES_MAX ? MHD_NO : MHD_YES;
    }
    if (q->len + len > exchange_body_max(q)) {
        exchange_refuse(x, 413, "JEMPUT_LIMIT", "Terlalu besar.", "Too large.");
        return MHD_YES;
    }
    more = realloc(q->data, q->len + len + 1);
    if (!more)
        return MHD_NO;
    q->data = more;
    memcpy(more + q->len, data, len);
    q->len += len;
    more[q->len] = '\0';
    return MHD_YES;
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *c, const char *url, const char *method, const char *version, const char *data,
                              size_t *len, void **state)
{
    struct exchange *x = *state;

    (void)ctx;
    (void)version;
    if (!x) {
        *state = x = exchange_new(c, url, method);
        return x ? MHD_YES : MHD_NO;
    }
    if (*len) {
        enum MHD_Result rc = body_take(x, data, *len);

        *len = 0;
        return rc;
    }
    if (x->asset)
        return answer_asset(x);
    if (!x->refused && !x->worked)
        return exchange_work(x);
    return x->job.request.answer.stream ? answer_stream(x) : answer_send(x);
}

static void exchange_end(void *ctx, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code)
{
    struct exchange *x = *state;
    struct request *q;

    (void)ctx;
    (void)c;
    (void)code;
    if (!x)
        return;
    q = &x->job.request;
    session_release(q->session);
    answer_release(&q->answer);
    if (q->data)
        sodium_memzero(q->data, q->len);
    free(q->data);
    free(x);
    *state = NULL;
    atomic_fetch_sub(&under_way, 1);
}

/* As they are: parts of a path are decoded one by one, so that a "%2F" in a key ends no part. */
static size_t unescape_not(void *ctx, struct MHD_Connection *c, char *text)
{
    (void)ctx;
    (void)c;
    return strlen(text);
}

struct MHD_Daemon *http_start(const struct console *c)
{
    char why[LISTEN_WHY_BYTES];
    int fd = socket_listen(c->listen, why);
    struct MHD_Daemon *daemon;

    if (fd == -1)
        return problem("--listen %s: %s", c->listen, why), NULL;
    http_console = c;
    daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
                         MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT, c->address[0] ? 0u : CONNECTIONS_AN_ADDRESS,
                         MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
                         MHD_OPTION_NOTIFY_COMPLETED, exchange_end, NULL, MHD_OPTION_UNESCAPE_CALLBACK, unescape_not, NULL, MHD_OPTION_END);
    if (!daemon) {
        problem("--listen %s: %s", c->listen, T("server tidak dapat dimulai", "the server cannot start"));
        close(fd);
    }
    return daemon;
}

void http_stop(struct MHD_Daemon *daemon)
{
    const struct timespec a_while = { .tv_nsec = STOP_LOOK_MS * 1000000L };
    MHD_socket fd = MHD_quiesce_daemon(daemon);

    for (int waited = 0; waited < STOP_MS && atomic_load(&under_way); waited += STOP_LOOK_MS)
        nanosleep(&a_while, NULL);
    MHD_stop_daemon(daemon);
    if (fd != MHD_INVALID_SOCKET)
        close(fd);
}
