/* support/git_link.c — see git_link.h. */
#include "git_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX ((size_t)64 * 1024 * 1024)

static void body_gather(struct jemput_buf *body, const struct jemput_http_request *request)
{
    for (unsigned i = 0; i < request->body_count; i++)
        jemput_buf_append(body, request->body[i].data, request->body[i].len);
    if (body->failed)
        abort();
}

/* What comes of it before the server has anything to do with it. */
static enum jemput_status fault_before(const struct git_link *l, enum git_link_fault fault, struct jemput_http_answer *answer, size_t body_len,
                                       bool *over, struct jemput_error *err)
{
    *over = true;
    if (l->body_max && body_len > l->body_max) {
        answer->status = 413;
        return JEMPUT_OK;
    }
    switch (fault) {
    case GIT_LINK_CUT_UP:
    case GIT_LINK_DIES:
        return jemput_fail(err, JEMPUT_OFFLINE, "Recv failure: Connection reset by peer");
    case GIT_LINK_NO_NAME:
        return jemput_fail(err, JEMPUT_OFFLINE, "Could not resolve host: hub");
    case GIT_LINK_STALLED:
        return jemput_fail(err, JEMPUT_OFFLINE, "nothing moved for 60 s");
    case GIT_LINK_UNPROVEN:
        return jemput_fail(err, JEMPUT_UNTRUSTED, "the server does not prove that it is the one: certificate has expired");
    case GIT_LINK_STATUS:
        answer->status = (unsigned)l->fault_byte;
        return JEMPUT_OK;
    default:
        *over = false;
        return JEMPUT_OK;
    }
}

static void carry_out(struct git_link *l, enum git_link_fault fault, bool push, struct jemput_bytes body, struct jemput_buf *out)
{
    struct git_refusal refusal = { .unpack = fault == GIT_LINK_UNPACK_FAILS ? "unpack-objects abnormal exit" : NULL,
                                   .ref = fault == GIT_LINK_READ_ONLY ? "pre-receive hook declined" : NULL };

    if (fault == GIT_LINK_PORTAL)
        jemput_buf_append_str(out, "<html><body>Selamat datang di Wi-Fi kami</body></html>");
    else if (push)
        git_answer_receive(l->storage, body, &refusal, out);
    else
        git_answer_upload(l->storage, body, out);
    if (out->failed)
        abort();
}

static enum jemput_status answer_give(const struct git_link *l, enum git_link_fault fault, const struct jemput_http_request *request,
                                      struct jemput_http_answer *answer, struct jemput_bytes body, struct jemput_error *err)
{
    size_t byte = l->fault_byte_wraps && body.len ? l->fault_byte % body.len : l->fault_byte;
    bool cut = fault == GIT_LINK_CUT_DOWN && byte < body.len;
    size_t len = cut ? byte : body.len;
    enum jemput_status st = JEMPUT_OK;

    answer->status = 200;
    answer->bytes_received = len;
    if (fault == GIT_LINK_SILENT)
        return jemput_fail(err, JEMPUT_OFFLINE, "Empty reply from server");
    if (len)
        st = request->take(request->take_ctx, body.data, len, err);
    return !st && cut ? jemput_fail(err, JEMPUT_OFFLINE, "transfer closed with outstanding read data remaining") : st;
}

/* The server's part. over: there is no answer to be given, but a status, or a link that is gone. */
static enum jemput_status server_answer(struct git_link *l, enum git_link_fault fault, const struct jemput_http_request *request,
                                struct jemput_http_answer *answer, struct jemput_buf *out, bool *over, struct jemput_error *err)
{
    bool push = strstr(request->url, "/git-receive-pack") != NULL;
    struct jemput_buf body = JEMPUT_BUF_INIT(BODY_MAX);
    enum jemput_status st;

    body_gather(&body, request);
    st = fault_before(l, fault, answer, body.len, over, err);
    if (!*over)
        carry_out(l, fault, push, jemput_buf_bytes(&body), out);
    if (fault == GIT_LINK_PORTAL)
        snprintf(answer->content_type, sizeof answer->content_type, "text/html");
    else
        snprintf(answer->content_type, sizeof answer->content_type, "application/x-git-%s-pack-result", push ? "receive" : "upload");
    answer->bytes_sent = body.len;
    if (push)
        l->pack_bytes += fault == GIT_LINK_CUT_UP && l->fault_byte < body.len ? l->fault_byte : body.len;
    if (l->exchanges < 32) {
        l->up[l->exchanges] = body.len;
        l->down[l->exchanges] = out->len;
    }
    jemput_buf_release(&body);
    return st;
}

static enum jemput_status posted(struct git_link *l, enum git_link_fault fault, const struct jemput_http_request *request,
                                 struct jemput_http_answer *answer, struct jemput_error *err)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(BODY_MAX);
    enum jemput_status st;
    bool over;

    if (l->serve)
        l->serve(l, true);
    st = server_answer(l, fault, request, answer, &out, &over, err);
    if (l->serve)
        l->serve(l, false);
    if (!over)
        st = answer_give(l, fault, request, answer, jemput_buf_bytes(&out), err);
    jemput_buf_release(&out);
    return st;
}

static bool is_cancelled(const struct jemput_http_request *request)
{
    return request->cancelled && request->cancelled(request->cancelled_ctx);
}

/* A refusal waits for a push. */
static bool fault_is_due(const struct git_link *l, const struct jemput_http_request *request)
{
    bool refusal = l->fault == GIT_LINK_READ_ONLY || l->fault == GIT_LINK_UNPACK_FAILS;

    if (l->fault == GIT_LINK_WELL || l->exchanges < l->fault_at)
        return false;
    if (refusal)
        return strstr(request->url, "/git-receive-pack") != NULL;
    return l->exchanges == l->fault_at || l->fault_lasts;
}

static enum jemput_status link_exchange(struct jemput_http *http, const struct jemput_http_request *request, struct jemput_http_answer *answer,
                                        struct jemput_error *err)
{
    struct git_link *l = (struct git_link *)http;
    bool now = fault_is_due(l, request);
    enum jemput_status st = JEMPUT_OK;

    if (is_cancelled(request))
        return jemput_fail(err, JEMPUT_CANCELLED, "cancelled");
    if (request->post)
        st = posted(l, now ? l->fault : GIT_LINK_WELL, request, answer, err);
    else
        answer->status = 404; /* the list of version 0: this server has none */
    l->failed += now;
    if (now && !l->fault_lasts)
        l->fault = GIT_LINK_WELL;
    l->exchanges++;
    return !st && is_cancelled(request) ? jemput_fail(err, JEMPUT_CANCELLED, "cancelled") : st;
}

static void link_close(struct jemput_http *http)
{
    (void)http;
}

void git_link_open(struct git_link *l, struct git_storage *storage)
{
    *l = (struct git_link){ .http = { .exchange = link_exchange, .close = link_close }, .storage = storage };
}

void git_link_count(struct git_link *l)
{
    l->exchanges = l->failed = 0;
    l->pack_bytes = 0;
    memset(l->up, 0, sizeof l->up);
    memset(l->down, 0, sizeof l->down);
}
