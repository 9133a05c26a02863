/* api/sync/hub_open.c — the hub of a sync: a folder, or an address with the credentials for it. */
#include "api/facts.h"
#include "api/media/media.h"
#include "api/sync/http.h"

#include <string.h>

#include "crypto/base64.h"
#include "crypto/crypto.h"

#define SECRET_BYTES_MAX 1024
#define STALL_MS 60000 /* nothing moves for so long: the link is gone */
#define ANSWER_MS 660000 /* so long may a hub be at work before it answers: `jemput hub` gives git 600 s */
#define INCOMING_BYTES_MAX (INT64_C(256) * 1024 * 1024) /* kept from one sync to the next, of logs that wait or were cut */

/* "Authorization: …" of what was given, or was remembered for this hub. Empty = none. */
static enum jemput_status authorization_make(struct jemput_buf *out, struct jemput_bytes user, struct jemput_bytes secret, struct jemput_error *err)
{
    struct jemput_buf pair = JEMPUT_BUF_INIT(2 * SECRET_BYTES_MAX);
    enum jemput_status st;

    if (secret.len == 0)
        return JEMPUT_OK;
    jemput_buf_append_str(out, user.len ? "Authorization: Basic " : "Authorization: Bearer ");
    if (user.len) {
        jemput_buf_append_bytes(&pair, user);
        jemput_buf_u8(&pair, ':');
        jemput_buf_append_bytes(&pair, secret);
        jemput_base64_append(out, jemput_buf_bytes(&pair));
    } else {
        jemput_buf_append_bytes(out, secret);
    }
    jemput_buf_u8(out, 0);
    st = jemput_buf_check(&pair, "credentials", err);
    if (!st)
        st = jemput_buf_check(out, "credentials", err);
    if (pair.data)
        jemput_wipe(pair.data, pair.len);
    jemput_buf_release(&pair);
    return st;
}

/* What was remembered for this very hub: no other is told, whichever hub is remembered by now. */
static enum jemput_status credentials_remembered(struct jemput *j, const char *hub, struct jemput_buf *user, struct jemput_buf *secret,
                                                 struct jemput_error *err)
{
    struct jemput_buf known = JEMPUT_BUF_INIT(RUN_HUB_BYTES_MAX);
    enum jemput_status st = jemput_store_fact_get(j->store, FACT_HUB_SECRET_OF, &known, err);
    bool same = !st && jemput_bytes_equal(jemput_buf_bytes(&known), jemput_bytes_str(hub));

    jemput_buf_release(&known);
    if (same)
        st = jemput_store_fact_get(j->store, FACT_HUB_SECRET, secret, err);
    if (!st && same)
        st = jemput_store_fact_get(j->store, FACT_HUB_USER, user, err);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status credentials(struct run *r, const char *hub, struct jemput_buf *authorization, struct jemput_error *err)
{
    struct jemput_buf user = JEMPUT_BUF_INIT(SECRET_BYTES_MAX), secret = JEMPUT_BUF_INIT(SECRET_BYTES_MAX);
    enum jemput_status st = JEMPUT_OK;

    if (r->options->hub_secret) {
        jemput_buf_append_str(&secret, r->options->hub_secret);
        jemput_buf_append_str(&user, r->options->hub_user ? r->options->hub_user : "");
        st = jemput_buf_check(&secret, "credentials", err);
        if (!st)
            st = jemput_buf_check(&user, "credentials", err); /* else a password would go as a token */
    } else {
        st = credentials_remembered(r->of ? r->of : r->j, hub, &user, &secret, err);
    }
    if (!st)
        st = authorization_make(authorization, jemput_buf_bytes(&user), jemput_buf_bytes(&secret), err);
    if (secret.data)
        jemput_wipe(secret.data, secret.len);
    jemput_buf_release(&user);
    jemput_buf_release(&secret);
    return st;
}

enum jemput_status run_credentials_put(struct run *r, const char *hub, struct jemput_error *err)
{
    const char *user = r->options->hub_user ? r->options->hub_user : "";
    enum jemput_status st = jemput_store_fact_put(r->j->store, FACT_HUB_SECRET, jemput_bytes_str(r->options->hub_secret), err);

    if (!st)
        st = jemput_store_fact_put(r->j->store, FACT_HUB_USER, jemput_bytes_str(user), err);
    return st ? st : jemput_store_fact_put(r->j->store, FACT_HUB_SECRET_OF, jemput_bytes_str(hub), err);
}

/* Left by a hub that sends what is of no use: not kept for ever, nor where it takes the room for the officer's own work. A branch of attachments that
 * was cut on its way is kept whatever it takes: it would begin anew each time. */
static enum jemput_status incoming_bound(struct jemput *j, struct jemput_error *err)
{
    struct jemput_error unsaid;
    uint64_t room = UINT64_MAX;
    int64_t bytes, coming = 0;
    enum jemput_status st = jemput_store_incoming_bytes(j->store, &bytes, err);

    if (!st)
        st = jemput_store_number_get(j->store, FACT_MEDIA_COMING, 0, &coming, err);
    if (st || coming || !bytes)
        return st;
    if (j->env->room && j->env->room(j->env, j->path, &room, &unsaid))
        room = UINT64_MAX;
    return bytes > INCOMING_BYTES_MAX || room < JEMPUT_HUB_ROOM_BYTES_MIN ? run_incoming_clear(j->store, err) : JEMPUT_OK;
}

enum jemput_status run_incoming_clear(struct jemput_store *store, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_begin(store, ENGINE_LOCK_WAIT_MS, err);

    if (!st)
        st = jemput_store_incoming_clear(store, err);
    if (!st)
        st = jemput_store_commit(store, err);
    if (st)
        jemput_store_rollback(store);
    return st;
}

enum jemput_status run_hub_open(struct run *r, const char *hub, struct jemput_error *err)
{
    struct jemput_buf authorization = JEMPUT_BUF_INIT(4 * SECRET_BYTES_MAX);
    struct jemput_hub_address address = { .url = hub, .store = r->j->store, .env = r->j->env, .stall_ms = STALL_MS,
                                          .answer_ms = ANSWER_MS, .cancelled = run_is_stopped, .cancelled_ctx = r };
    enum jemput_status st;

    jemput_store_heed(r->j->store, run_is_stopped, r);
    if (!jemput_hub_is_address(hub))
        return jemput_hub_open_folder(&r->hub, r->j->env, hub, err);
    st = incoming_bound(r->j, err);
    if (!st)
        st = credentials(r, hub, &authorization, err);
    if (!st)
        st = engine_signer_make(&r->signer, r->of ? r->of : r->j, hub, err);
    if (!st)
        st = engine_http_open(r->of ? r->of->env : r->j->env, r->options->http, &r->lent, &address.http, err);
    address.signer = &r->signer.smart;
    address.authorization = authorization.len ? (const char *)authorization.data : NULL;
    if (!st)
        st = jemput_hub_open_address(&r->hub, &address, err);
    if (authorization.data)
        jemput_wipe(authorization.data, authorization.len);
    jemput_buf_release(&authorization);
    return st;
}
