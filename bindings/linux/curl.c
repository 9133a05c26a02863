/* linux/curl.c — HTTP exchanges through libcurl, driven step by step so that a cancel or a stall is noticed within a tenth of a second. */
#include <jemput/curl.h>

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>

#define POLL_MS 50
#define MOVED_BYTES 32 /* fewer are as good as nothing. Git at work says that it is still there with 5 bytes in 5 s: 60 in a minute's stall_ms */
#define SLOW_STALLS 16 /* after so many times stall_ms the whole exchange must have moved */
#define SLOW_BYTES 3840 /* so many bytes in each of them, 64 a second: one that drips would be waited for all day */
#define KEEP_IDLE_S 20L /* a quiet connection is looked after so often, while a server is at work */
#define PAGE_BYTES_MAX (256 * 1024) /* of an answer whose body nobody wants */

struct curl_http {
    struct jemput_http http;
    CURLM *multi;
    CURL *easy;
    char *ca_file, *pin;
    char why[CURL_ERROR_SIZE];
};

/* One exchange under way. */
struct exchange {
    struct curl_http *c;
    const struct jemput_http_request *request;
    struct jemput_http_answer *answer;
    unsigned part;      /* of the body, and how far into it */
    size_t part_offset;
    enum jemput_status taken; /* what `take` said */
    struct jemput_error *err;
    curl_off_t moved;         /* bytes in both directions so far, and when they were that many */
    uint64_t moved_ms;
    curl_off_t up, both;      /* bytes sent, and in both directions, as told last */
    bool answers;             /* the answer's head has begun to come */
    size_t passed;            /* bytes of a body that nobody wants */
};

static enum jemput_status __attribute__((format(printf, 3, 4))) fail(struct jemput_error *err, enum jemput_status status, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    err->status = status;
    vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    return status;
}

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* --- what libcurl calls --- */

static size_t body_read(char *out, size_t size, size_t count, void *ctx)
{
    struct exchange *x = ctx;
    size_t room = size * count, done = 0;

    while (done < room && x->part < x->request->body_count) {
        struct jemput_http_part part = x->request->body[x->part];
        size_t take = part.len - x->part_offset;

        if (take > room - done)
            take = room - done;
        if (take)
            memcpy(out + done, (const char *)part.data + x->part_offset, take);
        done += take;
        x->part_offset += take;
        if (x->part_offset == part.len) {
            x->part++;
            x->part_offset = 0;
        }
    }
    return done;
}

/* A kept connection was closed by the server meanwhile: libcurl begins again on another. */
static int body_rewind(void *ctx, curl_off_t offset, int origin)
{
    struct exchange *x = ctx;

    if (origin != SEEK_SET || offset != 0)
        return CURL_SEEKFUNC_CANTSEEK;
    x->part = 0;
    x->part_offset = 0;
    return CURL_SEEKFUNC_OK;
}

static size_t answer_write(char *data, size_t size, size_t count, void *ctx)
{
    struct exchange *x = ctx;
    long status = 0;

    curl_easy_getinfo(x->c->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
        x->passed += size * count;
        return x->passed > PAGE_BYTES_MAX ? 0 : size * count;
    }
    x->taken = x->request->take(x->request->take_ctx, data, size * count, x->err);
    return x->taken ? 0 : size * count;
}

static size_t head_note(char *line, size_t size, size_t count, void *ctx)
{
    struct exchange *x = ctx;

    (void)line;
    if (!x->answers)
        x->moved_ms = now_ms();
    x->answers = true;
    return size * count;
}

/* What was sent may still be on its way when libcurl has handed it over: the kernel tells a link that is gone from a server that is at work. */
static int socket_set(void *ctx, curl_socket_t fd, curlsocktype purpose)
{
    const struct exchange *x = ctx;
    unsigned stall_ms = x->request->stall_ms < 3600000 ? (unsigned)x->request->stall_ms : 3600000;

    if (purpose == CURLSOCKTYPE_IPCXN)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &stall_ms, sizeof stall_ms);
    return CURL_SOCKOPT_OK;
}

static int moved_note(void *ctx, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
    struct exchange *x = ctx;

    (void)down_total, (void)up_total;
    x->up = up;
    x->both = down + up;
    if (down + up >= x->moved + MOVED_BYTES) {
        x->moved = down + up;
        x->moved_ms = now_ms();
    }
    return 0;
}

/* --- setting up --- */

static struct curl_slist *headers_of(const struct jemput_http_request *request)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:"); /* no waiting for "100 Continue" */

    for (unsigned i = 0; list && i < request->header_count; i++) {
        struct curl_slist *longer = curl_slist_append(list, request->headers[i]);

        if (!longer) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    return list;
}

static curl_off_t body_bytes(const struct jemput_http_request *request)
{
    curl_off_t bytes = 0;

    for (unsigned i = 0; i < request->body_count; i++)
        bytes += (curl_off_t)request->body[i].len;
    return bytes;
}

static CURLcode easy_set_client(struct curl_http *c)
{
    CURLcode rc = curl_easy_setopt(c->easy, CURLOPT_PROTOCOLS_STR, "http,https");

    if (!rc)
        rc = curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->why);
    if (!rc)
        rc = curl_easy_setopt(c->easy, CURLOPT_NOSIGNAL, 1L);
    if (!rc)
        rc = curl_easy_setopt(c->easy, CURLOPT_QUICK_EXIT, 1L); /* a name that is looked up still does not hold up a cancel */
    if (!rc)
        rc = curl_easy_setopt(c->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    if (!rc)
        rc = curl_easy_setopt(c->easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    if (!rc && c->ca_file)
        rc = curl_easy_setopt(c->easy, CURLOPT_CAINFO, c->ca_file);
    if (!rc && c->pin)
        rc = curl_easy_setopt(c->easy, CURLOPT_PINNEDPUBLICKEY, c->pin);
    return rc;
}

static CURLcode easy_set_calls(struct exchange *x)
{
    CURL *easy = x->c->easy;
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, answer_write);

    if (!rc)
        rc = curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
    if (!rc)
        rc = curl_easy_setopt(easy, CURLOPT_READFUNCTION, body_read);
    if (!rc)
        rc = curl_easy_setopt(easy, CURLOPT_READDATA, x);
    if (!rc)
        rc = curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, body_rewind);
    if (!rc)
        rc = curl_easy_setopt(easy, CURLOPT_SEEKDATA, x);
    if (!rc)
        rc = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, head_note);
    if (!rc)
        rc = curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
    if (!rc)
        rc = curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, socket_set);
    if (!rc)
        rc = curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, x);
    if (!rc)
        rc = curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    if (!rc)
        rc = curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, KEEP_IDLE_S);
    if (!rc)
        rc = curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, KEEP_IDLE_S);
    if (!rc)
        rc = curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, moved_note);
    if (!rc)
        rc = curl_easy_setopt(easy, CURLOPT_XFERINFODATA, x);
    return rc ? rc : curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
}

static CURLcode easy_set(struct exchange *x, struct curl_slist *headers)
{
    CURL *easy = x->c->easy;
    CURLcode rc;

    curl_easy_reset(easy); /* keeps connections */
    rc = easy_set_client(x->c);
    if (!rc)
        rc = easy_set_calls(x);
    if (!rc)
        rc = curl_easy_setopt(easy, CURLOPT_URL, x->request->url);
    if (!rc)
        rc = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    if (!rc && x->request->post)
        rc = curl_easy_setopt(easy, CURLOPT_POST, 1L);
    if (!rc && x->request->post)
        rc = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, body_bytes(x->request));
    return rc;
}

/* --- carrying it out --- */

/* The server has all that it was sent, and has not begun to answer. */
static bool server_works(struct exchange *x)
{
    long request_bytes = 0;

    curl_easy_getinfo(x->c->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
    return !x->answers && request_bytes > 0 && x->up >= body_bytes(x->request);
}

/* Is it to be given up: nothing moves, or all of it so slowly that it never ends? */
static enum jemput_status pace_look(struct exchange *x, uint64_t start_ms, uint64_t now)
{
    uint64_t stall_ms = x->request->stall_ms, took_ms = now - start_ms;

    if (!stall_ms)
        return JEMPUT_OK;
    if (x->request->answer_ms > stall_ms && server_works(x))
        return now - x->moved_ms < x->request->answer_ms
                   ? JEMPUT_OK
                   : fail(x->err, JEMPUT_OFFLINE, "no answer within %llu s", (unsigned long long)(x->request->answer_ms / 1000));
    if (now - x->moved_ms >= stall_ms)
        return fail(x->err, JEMPUT_OFFLINE, "nothing moved for %llu s", (unsigned long long)(stall_ms / 1000));
    if (took_ms >= SLOW_STALLS * stall_ms && (uint64_t)x->both < took_ms / stall_ms * SLOW_BYTES)
        return fail(x->err, JEMPUT_OFFLINE, "%llu bytes in %llu s: too slow to come to an end", (unsigned long long)x->both,
                    (unsigned long long)(took_ms / 1000));
    return JEMPUT_OK;
}

/* *over = the exchange is done, *result says how. Else it goes on, unless that is over: cancelled, stalled, too long. */
static enum jemput_status exchange_step(struct exchange *x, uint64_t start_ms, bool *over, CURLcode *result)
{
    const struct jemput_http_request *request = x->request;
    int running = 0, left;
    CURLMsg *message;
    CURLMcode rc = curl_multi_perform(x->c->multi, &running);
    uint64_t now = now_ms();

    while ((message = curl_multi_info_read(x->c->multi, &left)) != NULL)
        if (message->msg == CURLMSG_DONE) {
            *over = true;
            *result = message->data.result;
            return JEMPUT_OK;
        }
    if (rc == CURLM_OUT_OF_MEMORY)
        return fail(x->err, JEMPUT_NOMEM, "no memory");
    if (rc != CURLM_OK)
        return fail(x->err, JEMPUT_IO, "%s", curl_multi_strerror(rc));
    if (request->cancelled && request->cancelled(request->cancelled_ctx))
        return fail(x->err, JEMPUT_CANCELLED, "cancelled");
    if (request->deadline_ms && now - start_ms >= request->deadline_ms)
        return fail(x->err, JEMPUT_OFFLINE, "no answer within %llu s", (unsigned long long)(request->deadline_ms / 1000));
    if (pace_look(x, start_ms, now))
        return x->err->status;
    rc = curl_multi_poll(x->c->multi, NULL, 0, POLL_MS, NULL);
    return rc == CURLM_OK ? JEMPUT_OK : fail(x->err, JEMPUT_IO, "%s", curl_multi_strerror(rc));
}

static enum jemput_status result_status(struct exchange *x, CURLcode result)
{
    const char *why = x->c->why[0] ? x->c->why : curl_easy_strerror(result);

    if (x->taken)
        return x->taken;
    if (x->passed > PAGE_BYTES_MAX) /* its status is all that counts */
        return JEMPUT_OK;
    switch (result) {
    case CURLE_OK:
        return JEMPUT_OK;
    case CURLE_OUT_OF_MEMORY:
        return fail(x->err, JEMPUT_NOMEM, "no memory");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_SSL_CACERT_BADFILE:
        return fail(x->err, JEMPUT_MISUSE, "%s", why);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        return fail(x->err, JEMPUT_UNTRUSTED, "the server does not prove that it is the one: %s", why);
    default:
        return fail(x->err, JEMPUT_OFFLINE, "%s", why);
    }
}

static void text_copy(char *out, size_t room, const char *text, const char *end_at)
{
    size_t len = text ? strcspn(text, end_at) : 0;

    if (len >= room)
        len = 0;
    if (len)
        memcpy(out, text, len);
    out[len] = '\0';
}

static void answer_fill(struct exchange *x)
{
    CURL *easy = x->c->easy;
    struct jemput_http_answer *a = x->answer;
    struct curl_header *location = NULL, *asked = NULL;
    curl_off_t up = 0, down = 0, retry = 0;
    long status = 0, request_bytes = 0, header_bytes = 0;
    char *type = NULL;

    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry);
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_bytes);
    curl_easy_getinfo(easy, CURLINFO_HEADER_SIZE, &header_bytes);
    curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &up);
    curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
    a->status = (unsigned)status;
    text_copy(a->content_type, sizeof a->content_type, type, "; ");
    if (curl_easy_header(easy, "Location", 0, CURLH_HEADER, -1, &location) == CURLHE_OK)
        text_copy(a->location, sizeof a->location, location->value, "");
    for (size_t i = 0; !a->authenticate[0] && curl_easy_header(easy, "WWW-Authenticate", i, CURLH_HEADER, -1, &asked) == CURLHE_OK; i++)
        if (strncmp(asked->value, "Jemput", 6) == 0)
            text_copy(a->authenticate, sizeof a->authenticate, asked->value, "");
    a->retry_after_s = retry > 0 && retry < 86400 ? (uint32_t)retry : 0;
    a->bytes_sent = (uint64_t)request_bytes + (uint64_t)up;
    a->bytes_received = (uint64_t)header_bytes + (uint64_t)down;
}

static enum jemput_status exchange_run(struct exchange *x)
{
    uint64_t start_ms = now_ms();
    CURLcode result = CURLE_OK;
    bool over = false;
    enum jemput_status st = JEMPUT_OK;

    x->moved_ms = start_ms;
    if (curl_multi_add_handle(x->c->multi, x->c->easy) != CURLM_OK)
        return fail(x->err, JEMPUT_NOMEM, "no memory");
    while (!st && !over)
        st = exchange_step(x, start_ms, &over, &result);
    answer_fill(x);
    curl_multi_remove_handle(x->c->multi, x->c->easy);
    return st ? st : result_status(x, result);
}

/* A server that has gone away would end the program while TLS writes to it: the signal waits, and is taken back. */
static enum jemput_status exchange_quietly(struct exchange *x)
{
    const struct timespec at_once = { 0 };
    sigset_t pipe, before, pending;
    enum jemput_status st;
    bool was_pending;

    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    st = exchange_run(x);
    while (!was_pending && sigtimedwait(&pipe, NULL, &at_once) == -1 && errno == EINTR)
        ;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return st;
}

static enum jemput_status curl_exchange(struct jemput_http *http, const struct jemput_http_request *request, struct jemput_http_answer *answer,
                                        struct jemput_error *err)
{
    struct curl_http *c = (struct curl_http *)http;
    struct exchange x = { .c = c, .request = request, .answer = answer, .err = err };
    struct curl_slist *headers = headers_of(request);
    CURLcode rc;
    enum jemput_status st;

    if (!headers)
        return fail(err, JEMPUT_NOMEM, "no memory");
    c->why[0] = '\0';
    rc = easy_set(&x, headers);
    st = rc ? fail(err, rc == CURLE_OUT_OF_MEMORY ? JEMPUT_NOMEM : JEMPUT_MISUSE, "%s", curl_easy_strerror(rc)) : exchange_quietly(&x);
    curl_slist_free_all(headers);
    return st;
}

static void curl_close(struct jemput_http *http)
{
    struct curl_http *c = (struct curl_http *)http;

    if (c->multi)
        curl_multi_cleanup(c->multi);
    if (c->easy)
        curl_easy_cleanup(c->easy);
    free(c->ca_file);
    free(c->pin);
    free(c);
}

static const struct jemput_curl_options systems = { NULL, NULL };

enum jemput_status jemput_curl_open(struct jemput_http **out, const struct jemput_curl_options *options, struct jemput_error *err)
{
    struct curl_http *c;
    CURLcode rc = curl_global_init(CURL_GLOBAL_DEFAULT);

    if (rc)
        return fail(err, JEMPUT_NOMEM, "%s", curl_easy_strerror(rc));
    options = options ? options : &systems;
    c = calloc(1, sizeof *c);
    if (!c)
        return fail(err, JEMPUT_NOMEM, "no memory");
    c->http = (struct jemput_http){ .exchange = curl_exchange, .close = curl_close };
    c->multi = curl_multi_init();
    c->easy = curl_easy_init();
    c->ca_file = options->ca_file ? strdup(options->ca_file) : NULL;
    c->pin = options->pin ? strdup(options->pin) : NULL;
    if (!c->multi || !c->easy || !c->ca_file != !options->ca_file || !c->pin != !options->pin) {
        curl_close(&c->http);
        return fail(err, JEMPUT_NOMEM, "no memory");
    }
    rc = easy_set_client(c);
    if (rc) {
        enum jemput_status st = fail(err, rc == CURLE_OUT_OF_MEMORY ? JEMPUT_NOMEM : JEMPUT_MISUSE, "%s", curl_easy_strerror(rc));

        curl_close(&c->http);
        return st;
    }
    *out = &c->http;
    return JEMPUT_OK;
}

/* --- for the process --- */

static struct jemput_curl_options process_options;

static enum jemput_status process_open(void *ctx, struct jemput_http **out, struct jemput_error *err)
{
    return jemput_curl_open(out, ctx, err);
}

enum jemput_status jemput_curl_use(const struct jemput_curl_options *options, struct jemput_error *err)
{
    char *ca_file, *pin;

    options = options ? options : &systems;
    ca_file = options->ca_file ? strdup(options->ca_file) : NULL;
    pin = options->pin ? strdup(options->pin) : NULL;
    if (!ca_file != !options->ca_file || !pin != !options->pin) {
        free(ca_file);
        free(pin);
        return fail(err, JEMPUT_NOMEM, "no memory");
    }
    process_options = (struct jemput_curl_options){ ca_file, pin }; /* for the life of the process */
    jemput_http_use(process_open, &process_options);
    return JEMPUT_OK;
}
