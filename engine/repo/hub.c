/* repo/hub.c — a hub, in a folder or behind an address: which of the two does what is asked. */
#include "repo/hub.h"

#include <string.h>

#include "repo/bundle.h"
#include "repo/remote.h"

bool jemput_hub_is_address(const char *name)
{
    return strncmp(name, "https://", 8) == 0 || strncmp(name, "http://", 7) == 0;
}

bool jemput_hub_is_remote(const struct jemput_hub *hub)
{
    return hub->remote != NULL;
}

static enum jemput_status remote_open(struct jemput_remote *remote, const struct jemput_hub_address *address, struct jemput_error *err)
{
    enum jemput_status st;

    remote->store = address->store;
    remote->env = address->env;
    if (address->authorization) {
        remote->authorization = jemput_strdup(address->authorization);
        if (!remote->authorization)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory");
    }
    st = jemput_smart_open(&remote->smart, remote->http, address->url, remote->authorization, err);
    remote->smart.deadline_ms = address->deadline_ms;
    remote->smart.stall_ms = address->stall_ms;
    remote->smart.answer_ms = address->answer_ms;
    remote->smart.cancelled = address->cancelled;
    remote->smart.cancelled_ctx = address->cancelled_ctx;
    remote->smart.signer = address->signer;
    remote->smart.shallow = !address->store; /* in memory a log's past has no place */
    return st;
}

enum jemput_status jemput_hub_open_address(struct jemput_hub **out, const struct jemput_hub_address *address, struct jemput_error *err)
{
    struct jemput_hub *hub = jemput_alloc_zero(1, sizeof *hub);
    enum jemput_status st = JEMPUT_OK;

    *out = NULL;
    if (hub)
        hub->remote = jemput_alloc_zero(1, sizeof *hub->remote);
    if (!hub || !hub->remote) {
        address->http->close(address->http);
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory");
    } else {
        hub->remote->http = address->http;
        hub->source.remote = hub->remote;
        st = remote_open(hub->remote, address, err);
    }
    if (st) {
        jemput_hub_close(hub);
        return jemput_wrap(err, "open hub");
    }
    *out = hub;
    return JEMPUT_OK;
}

enum jemput_status jemput_hub_open_bundle(struct jemput_hub **out, const struct jemput_hub_carried *carried, struct jemput_error *err)
{
    struct jemput_hub *hub = jemput_alloc_zero(1, sizeof *hub);

    *out = hub;
    if (!hub)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory");
    hub->carried = carried;
    return JEMPUT_OK;
}

void jemput_hub_close(struct jemput_hub *hub)
{
    if (!hub)
        return;
    jemput_source_release(&hub->source);
    jemput_remote_close(hub->remote);
    jemput_free(hub->path);
    jemput_free(hub);
}

struct jemput_source *jemput_hub_source(struct jemput_hub *hub)
{
    return hub->carried ? hub->carried->source : &hub->source;
}

struct jemput_hub_traffic jemput_hub_traffic(const struct jemput_hub *hub)
{
    const struct jemput_smart *smart = hub->remote ? &hub->remote->smart : NULL;

    if (!smart)
        return (struct jemput_hub_traffic){ 0 };
    return (struct jemput_hub_traffic){ smart->bytes_sent, smart->bytes_received, smart->exchanges, smart->wait_s,
                                         smart->status == 429 || smart->status == 503 };
}

static enum jemput_status carried_refs(const struct jemput_hub_carried *c, const char *prefix, jemput_ref_fn each, void *ctx, unsigned *skipped,
                                       struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *skipped = 0;
    for (unsigned i = 0; !st && i < c->ref_count; i++)
        if (strncmp(c->refs[i].name, prefix, strlen(prefix)) == 0)
            st = each(ctx, c->refs[i].name, &c->refs[i].oid, err);
    return st;
}

static enum jemput_status carried_ref(const struct jemput_hub_carried *c, const char *name, struct jemput_oid *out, struct jemput_error *err)
{
    for (unsigned i = 0; i < c->ref_count; i++)
        if (strcmp(c->refs[i].name, name) == 0) {
            *out = c->refs[i].oid;
            return JEMPUT_OK;
        }
    return jemput_fail(err, JEMPUT_NOTFOUND, "no branch '%s'", name);
}

enum jemput_status jemput_hub_refs(struct jemput_hub *hub, const char *prefix, jemput_ref_fn each, void *ctx, unsigned *skipped,
                                   struct jemput_error *err)
{
    if (hub->carried)
        return carried_refs(hub->carried, prefix, each, ctx, skipped, err);
    if (!hub->remote)
        return jemput_folder_refs(hub, prefix, each, ctx, skipped, err);
    return jemput_remote_refs(hub->remote, &prefix, 1, each, ctx, skipped, err);
}

enum jemput_status jemput_hub_refs_of(struct jemput_hub *hub, const char *const *prefixes, unsigned prefix_count, jemput_ref_fn each, void *ctx,
                                      unsigned *skipped, struct jemput_error *err)
{
    JEMPUT_ASSERT(hub->remote);
    return jemput_remote_refs(hub->remote, prefixes, prefix_count, each, ctx, skipped, err);
}

enum jemput_status jemput_hub_ref(struct jemput_hub *hub, const char *name, struct jemput_oid *out, struct jemput_error *err)
{
    if (hub->carried)
        return carried_ref(hub->carried, name, out, err);
    return hub->remote ? jemput_remote_ref(hub->remote, name, out, err) : jemput_folder_ref(hub, name, out, err);
}

static enum jemput_status haves_put(struct jemput_remote *remote, const struct jemput_oid *haves, unsigned have_count, struct jemput_error *err)
{
    struct jemput_oid *copy = jemput_alloc(have_count ? have_count * sizeof *copy : 1);

    if (!copy)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u commits", have_count);
    if (have_count)
        memcpy(copy, haves, have_count * sizeof *copy);
    jemput_free((void *)remote->haves);
    remote->haves = copy;
    remote->have_count = have_count;
    return JEMPUT_OK;
}

enum jemput_status jemput_hub_refs_new(struct jemput_hub *hub, const char *const *names, const struct jemput_oid *tips, unsigned count,
                                       jemput_ref_fn each, void *ctx, struct jemput_error *err)
{
    enum jemput_status st;

    JEMPUT_ASSERT(hub->remote && count);
    st = haves_put(hub->remote, tips, count, err);
    return st ? st : jemput_remote_refs_new(hub->remote, names, count, each, ctx, err);
}

bool jemput_hub_is_nameless(const struct jemput_hub *hub)
{
    return hub->remote && hub->remote->smart.nameless;
}

enum jemput_status jemput_hub_bring(struct jemput_hub *hub, const struct jemput_oid *tips, unsigned tip_count, const struct jemput_oid *haves,
                                    unsigned have_count, struct jemput_error *err)
{
    enum jemput_status st;

    if (!hub->remote || tip_count == 0)
        return JEMPUT_OK;
    st = haves_put(hub->remote, haves, have_count, err);
    return st ? st : jemput_remote_bring(hub->remote, tips, tip_count, err);
}

enum jemput_status jemput_hub_bring_start(struct jemput_hub *hub, const struct jemput_oid *tip, uint64_t bytes_max, bool *whole,
                                          struct jemput_error *err)
{
    enum jemput_status st;

    JEMPUT_ASSERT(hub->remote);
    st = haves_put(hub->remote, NULL, 0, err);
    return st ? st : jemput_remote_bring_start(hub->remote, tip, bytes_max, whole, err);
}

void jemput_hub_bound(struct jemput_hub *hub, uint64_t bytes_max, unsigned asks_max)
{
    if (hub->remote)
        jemput_remote_bound(hub->remote, bytes_max, asks_max);
}

bool jemput_hub_objects_failed(const struct jemput_hub *hub, enum jemput_status st)
{
    const struct jemput_smart *smart = hub->remote ? &hub->remote->smart : NULL;

    return st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT || (st == JEMPUT_NOTFOUND && smart && smart->status == 200) ||
           (st == JEMPUT_OFFLINE && smart && smart->unfinished);
}

enum jemput_status jemput_hub_bring_blobs(struct jemput_hub *hub, const struct jemput_oid *blobs, unsigned count, struct jemput_error *err)
{
    return hub->remote && count ? jemput_remote_bring_objects(hub->remote, blobs, count, err) : JEMPUT_OK;
}

bool jemput_hub_may_have(const struct jemput_hub *hub, const struct jemput_oid *oid)
{
    return !hub->carried || jemput_bundle_has(hub->carried->bundle, oid);
}

enum jemput_status jemput_hub_push(struct jemput_hub *hub, struct jemput_repo *repo, const char *ref, const struct jemput_oid *expected,
                                   const struct jemput_oid *commits, unsigned commit_count, uint64_t *bytes, struct jemput_error *err)
{
    enum jemput_status st;

    if (commit_count == 0 || strncmp(ref, "refs/heads/", 11) != 0 || !jemput_ref_name_valid(ref))
        return jemput_fail(err, JEMPUT_MISUSE, "push: no commits, or '%s' is not a branch", ref);
    if (hub->carried)
        return jemput_fail(err, JEMPUT_DENIED, "push '%s': a bundle is only read", ref);
    st = hub->remote ? jemput_remote_push(hub->remote, repo, ref, expected, commits, commit_count, bytes, err)
                     : jemput_folder_push(hub, repo, ref, expected, commits, commit_count, bytes, err);
    return st ? jemput_wrap(err, "push '%s'", ref) : JEMPUT_OK;
}
