/* http.c — HTTP for the hub: which requests are git's, who asks, taking in bodies, sending answers. libmicrohttpd calls this from one thread. */
#define _GNU_SOURCE
#include "serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bucket.h"
#include "listen.h"

#define PIECE_BYTES (32u * 1024)
#define CONNECTION_BYTES (16u * 1024)
#define DEVICE_REQUESTS_MAX 4 /* of one device at once: it makes one after the other, and begins anew where a link was cut */
#define BUSY_S 2
#define LATER_S 20 /* a list of devices that cannot be read is made anew meanwhile */
#define RETRY_S_MAX 86399u /* clients take a day or more for nothing said */
#define STOP_MS 5000 /* that answers may take once the hub is to end */
#define STOP_LOOK_MS 20

static const struct serve *serve;
static atomic_uint under_way; /* requests */
static struct request *all;

struct request {
    struct request *next, *before;
    struct MHD_Connection *connection;
    struct watched *watched;
    struct job job;
    const char *service;     /* "upload-pack" or "receive-pack" */
    bool advertises, worked; /* worked: git has answered */
    unsigned refused;        /* status; 0 = not */
    unsigned retry_s;
    uint64_t dropped;        /* bytes that were of no use */
    uint64_t booked;         /* bytes of the day's share, */
    char booked_of[96];      /* and whose that is */
    bool share_used;         /* refused because too little of it is left */
    char repository[PATH_BYTES];
};

/* --- answers of our own --- */

static enum MHD_Result answer_text(struct MHD_Connection *c, unsigned status, unsigned retry_s, const char *text)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result rc;
    char number[128];

    if (!r)
        return MHD_NO;
    MHD_add_response_header(r, "Content-Type", "text/plain; charset=utf-8");
    if (retry_s) {
        snprintf(number, sizeof number, "%u", retry_s);
        MHD_add_response_header(r, "Retry-After", number);
    }
    if (status == MHD_HTTP_UNAUTHORIZED) {
        snprintf(number, sizeof number, "Jemput now=%lld", (long long)time(NULL));
        MHD_add_response_header(r, "WWW-Authenticate", number);
        if (serve->users_file)
            MHD_add_response_header(r, "WWW-Authenticate", "Basic realm=\"jemput\"");
    }
    rc = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return rc;
}

static const char *words_of(unsigned status)
{
    switch (status) {
    case 401:
        return "Perlu kunci perangkat atau sandi. / Wants a device's key, or a password.\n";
    case 413:
        return "Terlalu besar. / Too large.\n";
    case 429:
    case 503:
        return "Hub sedang sibuk. / The hub has too much to do.\n";
    case 507:
        return "Penyimpanan hub penuh. / The hub has no space left.\n";
    default:
        return "Bukan repositori hub. / No repository of this hub.\n";
    }
}

/* What of the day is used up comes back with time: when, by this machine's clock. */
static enum MHD_Result answer_share_used(struct request *q)
{
    time_t when = time(NULL) + q->retry_s;
    struct tm tm;
    char clock[8] = "", text[256];

    if (localtime_r(&when, &tm))
        strftime(clock, sizeof clock, "%H:%M", &tm);
    snprintf(text, sizeof text, "Jatah kiriman perangkat ini untuk sehari sudah habis: lagi mulai pukul %s. / "
             "This device's share of a day is used up: again from %s on.\n", clock, clock);
    return answer_text(q->connection, 429, q->retry_s, text);
}

/* A refusal in git's own words, so that it reaches whoever reads them. */
static enum MHD_Result answer_refusal(struct request *q)
{
    char text[512], type[96];
    size_t len = strlen(q->job.who.why);
    struct MHD_Response *r;
    enum MHD_Result rc;

    len = (size_t)snprintf(text, sizeof text, "%s%04zxERR %s", q->advertises ? strcmp(q->service, "upload-pack") == 0
                               ? "001e# service=git-upload-pack\n0000" : "001f# service=git-receive-pack\n0000" : "", len + 8, q->job.who.why);
    r = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_COPY);
    if (!r)
        return MHD_NO;
    snprintf(type, sizeof type, "application/x-git-%s-%s", q->service, q->advertises ? "advertisement" : "result");
    MHD_add_response_header(r, "Content-Type", type);
    MHD_add_response_header(r, "Cache-Control", "no-cache");
    rc = MHD_queue_response(q->connection, MHD_HTTP_OK, r);
    MHD_destroy_response(r);
    return rc;
}

/* --- git's answers --- */

static ssize_t piece_read(void *ctx, uint64_t at, char *out, size_t room)
{
    struct request *q = ctx;
    ssize_t got = pread(q->job.answer.fd, out, room, (off_t)(q->job.offset + at));

    if (got > 0)
        watch_moved(q->watched, (size_t)got);
    return got > 0 ? got : got == 0 ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
}

/* What was asked for comes again. */
static bool git_failed(const struct request *q)
{
    return q->job.status == 507 || q->job.status == 500 || q->job.status == 503 || q->job.status == 504;
}

static enum MHD_Result answer_git(struct request *q)
{
    struct MHD_Response *r;
    enum MHD_Result rc;

    watch_state(q->watched, WATCH_ANSWER);
    if (git_failed(q))
        return answer_text(q->connection, q->job.status, q->job.status == 503 ? LATER_S : 0, words_of(q->job.status));
    r = MHD_create_response_from_callback(q->job.answer.len - q->job.offset, PIECE_BYTES, piece_read, q, NULL);
    if (!r)
        return MHD_NO;
    if (q->job.answer_type[0])
        MHD_add_response_header(r, "Content-Type", q->job.answer_type);
    MHD_add_response_header(r, "Cache-Control", "no-cache");
    rc = MHD_queue_response(q->connection, q->job.status, r);
    MHD_destroy_response(r);
    return rc;
}

/* --- a request --- */

static void header_copy(char *out, size_t room, struct MHD_Connection *c, const char *name)
{
    const char *value = MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);

    snprintf(out, room, "%s", value ? value : "");
    if (value && strlen(value) >= room)
        out[0] = '\0';
}

/* "/NAME.git/info/refs?service=git-…" and POST "/NAME.git/git-…"; nothing else is git's smart HTTP. */
static bool request_parse(struct request *q, const char *url, const char *method)
{
    const char *name = url + 1, *dot = url[0] == '/' ? strstr(name, ".git/") : NULL, *rest = dot ? dot + 5 : NULL;
    const char *service = NULL;
    char repository_name_text[NAME_MAX_BYTES + 1];

    if (!dot || !repository_name(name, (size_t)(dot - name)) || strlen(url) >= sizeof q->job.path)
        return false;
    q->advertises = strcmp(method, MHD_HTTP_METHOD_GET) == 0 && strcmp(rest, "info/refs") == 0;
    if (q->advertises)
        service = MHD_lookup_connection_value(q->connection, MHD_GET_ARGUMENT_KIND, "service");
    else if (strcmp(method, MHD_HTTP_METHOD_POST) == 0)
        service = rest;
    if (!service || (strcmp(service, "git-upload-pack") != 0 && strcmp(service, "git-receive-pack") != 0))
        return false;
    q->service = strcmp(service, "git-upload-pack") == 0 ? "upload-pack" : "receive-pack";
    snprintf(repository_name_text, sizeof repository_name_text, "%.*s", (int)(dot - name), name);
    snprintf(q->job.path, sizeof q->job.path, "%s", url);
    snprintf(q->job.method, sizeof q->job.method, "%s", method);
    if (q->advertises)
        snprintf(q->job.query, sizeof q->job.query, "service=git-%s", q->service);
    return repository_path(q->repository, serve->folder, repository_name_text) && access(q->repository, F_OK) == 0;
}

/* An address that the web server on this machine has put there, whatever its client said; from anybody else it is worth nothing. */
static bool remote_told(char *out, size_t room, struct MHD_Connection *c)
{
    const char *told = serve->behind_proxy ? MHD_lookup_connection_value(c, MHD_HEADER_KIND, "X-Real-IP") : NULL;
    struct in6_addr any;

    if (!told || (strncmp(out, "127.", 4) != 0 && strcmp(out, "::1") != 0) || strlen(told) >= room)
        return false;
    return inet_pton(AF_INET, told, &any) == 1 || inet_pton(AF_INET6, told, &any) == 1;
}

static void remote_name(char *out, size_t room, struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    out[0] = '\0';
    if (info && getnameinfo(info->client_addr, info->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in),
                            out, (socklen_t)room, NULL, 0, NI_NUMERICHOST))
        out[0] = '\0';
    if (remote_told(out, room, c))
        snprintf(out, room, "%s", MHD_lookup_connection_value(c, MHD_HEADER_KIND, "X-Real-IP"));
}

static enum gate_answer request_gate(struct request *q)
{
    const char *host = MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, "Host");
    struct gate_ask ask = { .repository = q->repository, .pushes = strcmp(q->service, "receive-pack") == 0 };
    char address[PATH_BYTES], *user, *secret = NULL;
    enum gate_answer answer;

    snprintf(address, sizeof address, "http://%.200s%s", host ? host : "", strrchr(q->repository, '/'));
    ask.address = address;
    ask.authorization = MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, "Authorization");
    user = MHD_basic_auth_get_username_password(q->connection, &secret);
    ask.user = user;
    ask.secret = secret;
    answer = gate_ask(serve, &ask, &q->job.who);
    MHD_free(user);
    MHD_free(secret);
    return answer;
}

/* Who comes from one place: of an address of IPv6 its first 64 bits, for whoever has one of a network has all of them. */
static void place_name(char *out, size_t room, const char *remote)
{
    struct in6_addr address;
    char text[INET6_ADDRSTRLEN];

    snprintf(text, sizeof text, "%.*s", (int)strcspn(remote, "%"), remote); /* without the link */
    snprintf(out, room, "%s", remote);
    if (inet_pton(AF_INET6, text, &address) != 1 || IN6_IS_ADDR_V4MAPPED(&address))
        return;
    memset(address.s6_addr + 8, 0, 8);
    if (inet_ntop(AF_INET6, &address, text, sizeof text))
        snprintf(out, room, "%s/64", text);
}

/* Whoever guesses passwords guesses slowly: a guess is counted before it is looked at, so that of too many not even the right one tells. All in
 * one house may have one address, so the name counts, too: who guesses at one keeps out nobody else. Other refusals cost little, and
 * are not counted: strangers must not keep out a device that has yet to be asked for its token. */
static enum gate_answer guess_gate(struct request *q)
{
    const char *given = MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, "Authorization");
    bool guesses = given && strncasecmp(given, "Basic ", 6) == 0;
    enum gate_answer answer;
    char who[192], place[64], *user;

    if (guesses) {
        user = MHD_basic_auth_get_username_password(q->connection, NULL);
        place_name(place, sizeof place, q->job.remote);
        snprintf(who, sizeof who, "%s %s", place, user ? user : "");
        MHD_free(user);
        q->retry_s = bucket_take(who, 1, (uint64_t)serve->rate, MINUTE_MS);
    }
    if (q->retry_s)
        return GATE_SLOWER;
    answer = request_gate(q);
    if (guesses && answer != GATE_WHO)
        bucket_give(who, 1, (uint64_t)serve->rate, MINUTE_MS);
    return answer;
}

/* Of a device, or of an invitation: not many at once, so many a minute. */
static void device_judge(struct request *q)
{
    unsigned others = 0;

    for (const struct request *other = all; other; other = other->next)
        others += other != q && !other->refused && strcmp(other->job.who.quota, q->job.who.quota) == 0;
    q->retry_s = others >= DEVICE_REQUESTS_MAX ? BUSY_S : bucket_take(q->job.who.quota, 1, (uint64_t)serve->rate, MINUTE_MS);
    if (q->retry_s)
        q->refused = 429;
}

static bool day_counts(const struct request *q)
{
    return q->job.who.key[0] && !q->advertises && strcmp(q->service, "receive-pack") == 0;
}

static uint64_t day_bytes(const struct request *q)
{
    return serve->day_bytes_max / (strcmp(q->job.who.standing, "newcomer") == 0 ? 16 : 1);
}

static void day_refuse(struct request *q, unsigned wait_s)
{
    q->retry_s = wait_s < RETRY_S_MAX ? wait_s : RETRY_S_MAX;
    q->share_used = true;
    q->refused = 429;
}

/* Before the body comes, which is not kept where neither share has room for it. */
static void day_foresee(struct request *q, uint64_t bytes)
{
    char log[96], media[96];
    unsigned of_log, of_media;

    snprintf(log, sizeof log, "%s log", q->job.who.quota);
    snprintf(media, sizeof media, "%s media", q->job.who.quota);
    of_log = bucket_wait(log, bytes, day_bytes(q), DAY_MS);
    of_media = bucket_wait(media, bytes, day_bytes(q), DAY_MS);
    if (of_log && of_media)
        day_refuse(q, of_log < of_media ? of_log : of_media);
}

/* So many bytes a day, once a push is here whole: what was cut is not counted. Attachments have their own, so that they hold up no text; a push says
 * in its first line what it is of. */
static void day_judge(struct request *q)
{
    static const char media[] = " refs/heads/media/";
    char line[256];
    unsigned wait_s;
    ssize_t len;

    if (!day_counts(q))
        return;
    len = q->job.body.fd == -1 ? 0 : pread(q->job.body.fd, line, sizeof line, 0);
    snprintf(q->booked_of, sizeof q->booked_of, "%s %s", q->job.who.quota,
             len > 0 && memmem(line, (size_t)len, media, sizeof media - 1) ? "media" : "log");
    wait_s = bucket_take(q->booked_of, q->job.body.len, day_bytes(q), DAY_MS);
    if (wait_s)
        day_refuse(q, wait_s);
    else
        q->booked = q->job.body.len;
}

/* It was not looked at, and comes again. */
static void day_give_back(struct request *q)
{
    if (q->booked)
        bucket_give(q->booked_of, q->booked, day_bytes(q), DAY_MS);
    q->booked = 0;
}

/* Who asks, how often, how much: *refused. */
static void request_judge(struct request *q)
{
    const char *length = MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, "Content-Length");
    enum gate_answer answer = guess_gate(q);

    if (answer == GATE_LATER)
        q->retry_s = LATER_S;
    if (answer == GATE_WHO)
        q->refused = 401;
    else if (answer == GATE_SLOWER)
        q->refused = 429;
    else if (answer == GATE_LATER)
        q->refused = 503;
    else if (answer == GATE_REFUSED)
        q->refused = 200;
    else if (length && strtoull(length, NULL, 10) > serve->body_bytes_max)
        q->refused = 413;
    if (!q->refused && q->job.who.key[0]) /* a password is shared by many */
        device_judge(q);
    if (!q->refused && length && day_counts(q))
        day_foresee(q, strtoull(length, NULL, 10));
}

static struct request *request_new(struct MHD_Connection *c, const char *url, const char *method)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct request *q = calloc(1, sizeof *q);

    if (!q)
        return NULL;
    q->next = all;
    if (all)
        all->before = q;
    all = q;
    atomic_fetch_add(&under_way, 1);
    q->connection = c;
    q->watched = info ? info->socket_context : NULL;
    q->job.body = q->job.answer = (struct spool)SPOOL_INIT;
    q->job.who.standing = "";
    remote_name(q->job.remote, sizeof q->job.remote, c);
    header_copy(q->job.content_type, sizeof q->job.content_type, c, "Content-Type");
    header_copy(q->job.content_encoding, sizeof q->job.content_encoding, c, "Content-Encoding");
    header_copy(q->job.git_protocol, sizeof q->job.git_protocol, c, "Git-Protocol");
    if (!request_parse(q, url, method))
        q->refused = 404;
    else
        request_judge(q);
    watch_state(q->watched, q->refused ? WATCH_HEAD : WATCH_BODY);
    return q;
}

static void job_done(struct job *job)
{
    struct request *q = (struct request *)((char *)job - offsetof(struct request, job));

    MHD_resume_connection(q->connection);
}

/* The body is whole. */
static enum MHD_Result request_work(struct request *q)
{
    watch_state(q->watched, WATCH_WORK);
    q->worked = true;
    q->job.done = job_done;
    MHD_suspend_connection(q->connection);
    if (jobs_add(&q->job))
        return MHD_YES;
    day_give_back(q);
    q->worked = false;
    q->refused = 429;
    q->retry_s = jobs_wait_s();
    MHD_resume_connection(q->connection);
    return MHD_YES;
}

/* A piece of the body. Of one that is of no use so much is taken as of any, so that whoever sends it gets to read why. */
static enum MHD_Result body_take(struct request *q, const char *data, size_t len)
{
    watch_moved(q->watched, len);
    if (!q->refused && q->job.body.len + len > serve->body_bytes_max)
        q->refused = 413;
    if (!q->refused && spool_write(&q->job.body, serve, serve->free_bytes_min, data, len))
        q->refused = 507;
    if (!q->refused)
        return MHD_YES;
    if (q->job.body.fd != -1) {
        spool_release(&q->job.body);
        watch_state(q->watched, WATCH_HEAD);
    }
    q->dropped += len;
    return q->dropped > serve->body_bytes_max ? MHD_NO : MHD_YES;
}

static enum MHD_Result request_handle(void *ctx, struct MHD_Connection *c, const char *url, const char *method, const char *version, const char *data,
                                      size_t *len, void **state)
{
    struct request *q = *state;

    (void)ctx;
    (void)version;
    if (!q) {
        *state = q = request_new(c, url, method);
        if (!q)
            return MHD_NO;
        if (q->share_used && MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Expect"))
            return answer_share_used(q); /* before it is sent; others would not hear it before they have sent all */
        if (q->refused == 413)
            return answer_text(c, 413, 0, words_of(413)); /* before it is sent */
        return MHD_YES;
    }
    if (*len) {
        enum MHD_Result rc = body_take(q, data, *len);

        *len = 0;
        return rc;
    }
    if (!q->refused && !q->worked)
        day_judge(q);
    if (q->refused == 200)
        return answer_refusal(q);
    if (q->share_used)
        return answer_share_used(q);
    if (q->refused)
        return answer_text(c, q->refused, q->retry_s, words_of(q->refused));
    if (!q->worked)
        return request_work(q);
    if (git_failed(q))
        day_give_back(q);
    return answer_git(q);
}

static void request_end(void *ctx, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code)
{
    struct request *q = *state;

    (void)ctx;
    (void)c;
    (void)code;
    if (!q)
        return;
    watch_state(q->watched, WATCH_HEAD);
    spool_release(&q->job.body);
    spool_release(&q->job.answer);
    if (q->before)
        q->before->next = q->next;
    else
        all = q->next;
    if (q->next)
        q->next->before = q->before;
    free(q);
    atomic_fetch_sub(&under_way, 1);
    *state = NULL;
}

static void connection_note(void *ctx, struct MHD_Connection *c, void **socket_context, enum MHD_ConnectionNotificationCode code)
{
    (void)ctx;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);

        *socket_context = info ? watch_add(info->connect_fd) : NULL;
    } else {
        watch_remove(*socket_context);
        *socket_context = NULL;
    }
}

/* --- the server --- */

struct MHD_Daemon *http_start(const struct serve *s, const struct http_listen *where)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (where->cert ? MHD_USE_TLS : 0);
    struct MHD_OptionItem options[12];
    struct MHD_Daemon *daemon;
    char why[LISTEN_WHY_BYTES];
    int fd = socket_listen(where->host_port, why);
    unsigned n = 0;

    if (fd == -1)
        return problem("--listen %s: %s", where->host_port, why), NULL;
    serve = s;
    options[n++] = (struct MHD_OptionItem){ MHD_OPTION_LISTEN_SOCKET, fd, NULL };
    options[n++] = (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_LIMIT, (intptr_t)s->connections, NULL };
    options[n++] = (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)s->idle_s, NULL };
    options[n++] = (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES, NULL };
    options[n++] = (struct MHD_OptionItem){ MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)request_end, NULL };
    options[n++] = (struct MHD_OptionItem){ MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)connection_note, NULL };
    if (where->cert) {
        options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)where->cert };
        options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)where->key };
    }
    options[n] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
    daemon = MHD_start_daemon(flags, 0, NULL, NULL, request_handle, NULL, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    if (!daemon) {
        problem("--listen %s: %s", where->host_port, T("server tidak dapat dimulai (sertifikat?)", "the server cannot start (its certificate?)"));
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
