/* repo/smart.c — one exchange with a git server, and what its answers mean. */
#include "repo/smart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define URL_BYTES_MAX 2048
#define HOPS_MAX 3 /* redirections within the host */

/* --- opening --- */

static const char *url_host(const char *url)
{
    if (strncmp(url, "https://", 8) == 0)
        return url + 8;
    return strncmp(url, "http://", 7) == 0 ? url + 7 : NULL;
}

/* On this machine itself: what goes there leaves it nowhere. "127.0.0.1.example" is a name like any other. */
static bool host_is_here(const char *host)
{
    size_t len = strcspn(host, ":/");

    if (host[0] == '[')
        return strncmp(host, "[::1]", 5) == 0 && strchr(":/", host[5]); /* the text's end counts among these, too */
    if (len == 9 && strncmp(host, "localhost", 9) == 0)
        return true;
    return strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == len;
}

enum jemput_status jemput_smart_open(struct jemput_smart *out, struct jemput_http *http, const char *url, const char *authorization,
                                     struct jemput_error *err)
{
    struct jemput_smart smart = { .http = http, .authorization = authorization };
    const char *host = url_host(url);
    size_t len = strlen(url);

    if (!host || !*host || len > URL_BYTES_MAX || memchr(host, '@', strcspn(host, "/")) || strpbrk(url, " ?#\r\n"))
        return jemput_fail(err, JEMPUT_MISUSE,
                           "not an address of a hub: it is \"https://\", a name and a path; user and secret are given separately");
    if (authorization && strpbrk(authorization, "\r\n"))
        return jemput_fail(err, JEMPUT_MISUSE, "credentials with a line break");
    if (authorization && host == url + strlen("http://") && !host_is_here(host))
        return jemput_fail(err, JEMPUT_UNTRUSTED, "a password or token would go in the clear: the hub's address must begin with https://");
    smart.url = jemput_strdup(url);
    if (!smart.url)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory");
    while (len && smart.url[len - 1] == '/')
        smart.url[--len] = '\0';
    *out = smart;
    return JEMPUT_OK;
}

void jemput_smart_close(struct jemput_smart *smart)
{
    jemput_free(smart->url);
    jemput_free(smart->token);
    *smart = (struct jemput_smart){ 0 };
}

/* --- one exchange --- */

struct answer_read {
    struct jemput_pkt_reader lines;
    const struct jemput_smart_call *call;
    bool told, failed;
};

static enum jemput_status line_see(void *ctx, enum jemput_pkt kind, struct jemput_bytes line, struct jemput_error *err)
{
    struct answer_read *a = ctx;

    a->told = true;
    if (kind == JEMPUT_PKT_LINE && jemput_pkt_starts(line, "ERR "))
        return jemput_smart_said(line, err);
    return a->call->each(a->call->ctx, kind, line, err);
}

static enum jemput_status piece_take(void *ctx, const void *data, size_t len, struct jemput_error *err)
{
    struct answer_read *a = ctx;
    bool before = a->told;
    enum jemput_status st = jemput_pkt_feed(&a->lines, jemput_bytes_of(data, len), line_see, a, err);

    a->failed = st != JEMPUT_OK;
    if (st == JEMPUT_CORRUPT && !before && !a->told) /* its first bytes are none of git's */
        return jemput_fail(err, JEMPUT_OFFLINE, "something else than a hub answered: perhaps this network wants you to sign in first");
    return st;
}

/* Who may read, and is told 403 when something is to be sent, has no wrong password: the hub takes nothing from it. */
static enum jemput_status status_fail(struct jemput_smart *smart, const struct jemput_smart_call *call, const struct jemput_http_answer *answer,
                                      struct jemput_error *err)
{
    smart->wait_s = answer->retry_after_s;
    if (answer->status == 403 && strcmp(call->service, "git-receive-pack") == 0)
        return jemput_fail(err, JEMPUT_DENIED, "the hub refuses it: nothing may be sent there (403)");
    switch (answer->status) {
    case 401:
    case 403:
        return jemput_fail(err, JEMPUT_DENIED, "the hub refuses these credentials (%u)", answer->status);
    case 404:
    case 410:
        return jemput_fail(err, JEMPUT_NOTFOUND, "there is no such repository on the hub (%u)", answer->status);
    case 413:
        return jemput_fail(err, JEMPUT_LIMIT, "the hub takes no more at once (413)");
    case 429:
    case 503:
        return jemput_fail(err, JEMPUT_BUSY, "the hub has too much to do (%u): it wants to be asked again in %u s", answer->status,
                           (unsigned)answer->retry_after_s);
    case 507:
        return jemput_fail(err, JEMPUT_FULL, "the hub has no space left (507)");
    default:
        return jemput_fail(err, JEMPUT_OFFLINE, "the hub, or something before it, answered with %u", answer->status);
    }
}

/* The right kind of answer? A network's sign-in page answers everything with 200 and HTML. */
static enum jemput_status type_check(const struct jemput_smart_call *call, const struct jemput_http_answer *answer, struct jemput_error *err)
{
    char wanted[96];

    snprintf(wanted, sizeof wanted, "application/x-%s-%s", call->service, call->advertise ? "advertisement" : "result");
    if (strcmp(answer->content_type, wanted) == 0)
        return JEMPUT_OK;
    return jemput_fail(err, JEMPUT_OFFLINE, "something else than a hub answered: perhaps this network wants you to sign in first");
}

/* The host's name alone, or "[fe80::1]"; 0 = what looks like one is a user's name before another, or is none. */
static size_t host_length(const char *host)
{
    size_t len = host[0] == '[' ? strcspn(host, "]/") : strcspn(host, ":/");

    if (memchr(host, '@', strcspn(host, "/")))
        return 0;
    if (host[0] != '[')
        return len;
    return host[len] == ']' && strchr(":/", host[len + 1]) ? len + 1 : 0;
}

/* Sent elsewhere: only within the host, and never from https to http. The new address counts from now on. */
static enum jemput_status redirect_follow(struct jemput_smart *smart, const char *asked_behind, const char *location, struct jemput_error *err)
{
    const char *old_host = url_host(smart->url), *new_host = url_host(location);
    size_t host_len = host_length(old_host), behind = strlen(asked_behind), len = strlen(location);
    bool upgraded = new_host && new_host - location >= old_host - smart->url; /* https stays https */
    char *url;

    if (!new_host || !upgraded || host_len == 0 || host_length(new_host) != host_len || strncmp(old_host, new_host, host_len) != 0)
        return jemput_fail(err, JEMPUT_UNTRUSTED, "the hub, or this network, sends us to another host: not followed, nothing was sent there");
    if (len <= behind || len > URL_BYTES_MAX || strcmp(location + len - behind, asked_behind) != 0)
        return jemput_fail(err, JEMPUT_UNTRUSTED, "the hub sends us to an address that is not a repository's");
    url = jemput_strdup(location);
    if (!url)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory");
    url[len - behind] = '\0';
    jemput_free(smart->url);
    jemput_free(smart->token); /* it was for the other address */
    smart->token = NULL;
    smart->url = url;
    return JEMPUT_OK;
}

static void request_set(struct jemput_http_request *request, const char **headers, struct jemput_smart *smart, const struct jemput_smart_call *call,
                        char types[2][96])
{
    unsigned count = 0;

    if (!call->advertise) {
        snprintf(types[0], sizeof types[0], "Content-Type: application/x-%s-request", call->service);
        headers[count++] = types[0];
    }
    snprintf(types[1], sizeof types[1], "Accept: application/x-%s-%s", call->service, call->advertise ? "advertisement" : "result");
    headers[count++] = types[1];
    if (call->version2)
        headers[count++] = "Git-Protocol: version=2";
    if (smart->authorization || smart->token)
        headers[count++] = smart->authorization ? smart->authorization : smart->token;
    *request = (struct jemput_http_request){ .headers = headers, .header_count = count, .post = !call->advertise, .body = call->body,
        .body_count = call->body_count, .deadline_ms = smart->deadline_ms, .stall_ms = smart->stall_ms, .answer_ms = smart->answer_ms,
        .cancelled = smart->cancelled, .cancelled_ctx = smart->cancelled_ctx };
}

/* Once, to smart->url with `behind` added. */
static enum jemput_status exchange_once(struct jemput_smart *smart, const struct jemput_smart_call *call, const char *behind,
                                        struct jemput_http_answer *answer, bool *told, struct jemput_error *err)
{
    struct answer_read read = { .lines = JEMPUT_PKT_READER_INIT, .call = call };
    struct jemput_http_request request;
    const char *headers[4];
    char url[URL_BYTES_MAX + 96], types[2][96];
    enum jemput_status st;

    memset(answer, 0, sizeof *answer);
    snprintf(url, sizeof url, "%s%s", smart->url, behind);
    request_set(&request, headers, smart, call, types);
    request.url = url;
    request.take = piece_take;
    request.take_ctx = &read;
    st = smart->http->exchange(smart->http, &request, answer, err);
    smart->bytes_sent += answer->bytes_sent;
    smart->bytes_received += answer->bytes_received;
    smart->exchanges++;
    smart->status = st && !read.failed ? 0 : answer->status; /* a link that was cut says nothing of the server */
    if (!st && answer->status == 200)
        st = type_check(call, answer, err);
    if (!st && answer->status == 200 && !jemput_pkt_between(&read.lines))
        st = jemput_fail(err, JEMPUT_OFFLINE, "the answer is cut");
    if (told)
        *told = read.told;
    jemput_pkt_release(&read.lines);
    return st;
}

/* --- tokens --- */

static enum jemput_status token_sign(struct jemput_smart *smart, int64_t now_s, struct jemput_error *err)
{
    jemput_free(smart->token);
    smart->token = NULL;
    return smart->signer->sign(smart->signer->ctx, smart->url, now_s, &smart->token, err);
}

/* "Jemput now=1769400000": the hub's clock counts, since a tablet's may be wrong. */
static bool token_asked(const struct jemput_smart *smart, const struct jemput_http_answer *answer, int64_t *now_s)
{
    const char *now = strstr(answer->authenticate, "now=");

    if (answer->status != 401 || !smart->signer || smart->authorization || strncmp(answer->authenticate, "Jemput ", 7) != 0 || !now)
        return false;
    *now_s = strtoll(now + 4, NULL, 10);
    return *now_s >= 0;
}

/* Once, and if the hub wants a token (another one: it was for another time), once more with that. */
static enum jemput_status exchange_signed(struct jemput_smart *smart, const struct jemput_smart_call *call, const char *behind,
                                          struct jemput_http_answer *answer, bool *told, struct jemput_error *err)
{
    int64_t now_s;
    enum jemput_status st = JEMPUT_OK;

    if (smart->signer && smart->signer->up_front && !smart->token && !smart->authorization)
        st = token_sign(smart, -1, err);
    if (!st)
        st = exchange_once(smart, call, behind, answer, told, err);
    if (st || !token_asked(smart, answer, &now_s))
        return st;
    smart->signer->asked(smart->signer->ctx);
    st = token_sign(smart, now_s, err);
    return st ? st : exchange_once(smart, call, behind, answer, told, err);
}

enum jemput_status jemput_smart_exchange(struct jemput_smart *smart, const struct jemput_smart_call *call, bool *told, struct jemput_error *err)
{
    struct jemput_http_answer answer = { 0 };
    char behind[96];
    enum jemput_status st;

    smart->status = 0;
    snprintf(behind, sizeof behind, call->advertise ? "/info/refs?service=%s" : "/%s", call->service);
    for (unsigned hop = 0;; hop++) {
        st = exchange_signed(smart, call, behind, &answer, told, err);
        if (st || answer.status < 300 || answer.status > 308 || !answer.location[0] || hop == HOPS_MAX)
            break;
        st = redirect_follow(smart, behind, answer.location, err);
        if (st)
            break;
    }
    if (!st && answer.status != 200)
        st = status_fail(smart, call, &answer, err);
    return st ? jemput_wrap(err, "%s", call->service) : JEMPUT_OK;
}

/* --- words of a server --- */

void jemput_smart_words(char out[201], struct jemput_bytes words)
{
    size_t len = 0;

    words = jemput_pkt_text(words);
    while (len < 200 && len < words.len) {
        out[len] = words.data[len] >= ' ' && words.data[len] < 0x7f ? (char)words.data[len] : '?';
        len++;
    }
    out[len] = '\0';
}

enum jemput_status jemput_smart_said(struct jemput_bytes line, struct jemput_error *err)
{
    char words[201];

    jemput_smart_words(words, jemput_bytes_of(line.data + 4, line.len - 4));
    if (strstr(words, "unknown ref") || strstr(words, "not our ref") || strstr(words, "not valid"))
        return jemput_fail(err, JEMPUT_NOTFOUND, "the hub says: %s", words);
    return jemput_fail(err, JEMPUT_DENIED, "the hub says: %s", words);
}
