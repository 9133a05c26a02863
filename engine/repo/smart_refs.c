/* repo/smart_refs.c — what branches a git server has: asked for by name (version 2), or picked from the list of all (version 0). */
#include "repo/smart.h"

#include <stdio.h>
#include <string.h>

#define REQUEST_BYTES_MAX ((size_t)64 * 1024)
#define REFS_MAX (256u * 1024)

struct refs_read {
    const char *const *prefixes;
    unsigned prefix_count;
    jemput_ref_fn each;
    void *ctx;
    unsigned count, skipped;
    unsigned flushes; /* of an advertisement: the service's name stands before the first */
    bool ended;
};

static bool ref_wanted(const struct refs_read *r, const char *name)
{
    for (unsigned i = 0; i < r->prefix_count; i++)
        if (strncmp(name, r->prefixes[i], strlen(r->prefixes[i])) == 0)
            return true;
    return false;
}

/* "<id> <name>", in an advertisement with a NUL and capabilities behind the first name. */
static enum jemput_status ref_see(struct refs_read *r, struct jemput_bytes line, struct jemput_error *err)
{
    struct jemput_oid oid;
    struct jemput_bytes rest;
    char name[JEMPUT_REF_NAME_BYTES_MAX + 1];
    size_t len;

    if (++r->count > REFS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "more than %u branches", REFS_MAX);
    if (!jemput_pkt_oid(line, oid.id, &rest))
        return jemput_fail(err, JEMPUT_CORRUPT, "there is no branch in the list");
    for (len = 0; len < rest.len && rest.data[len] && rest.data[len] != ' ';)
        len++;
    if (len >= sizeof name) {
        r->skipped++;
        return JEMPUT_OK;
    }
    memcpy(name, rest.data, len);
    name[len] = '\0';
    if (!ref_wanted(r, name))
        return JEMPUT_OK;
    if (!jemput_ref_name_valid(name)) {
        r->skipped++;
        return JEMPUT_OK;
    }
    return r->each(r->ctx, name, &oid, err);
}

/* --- version 2 --- */

static enum jemput_status listed_see(void *ctx, enum jemput_pkt kind, struct jemput_bytes line, struct jemput_error *err)
{
    struct refs_read *r = ctx;

    if (r->ended)
        return jemput_fail(err, JEMPUT_CORRUPT, "more lines after the list of branches");
    if (kind == JEMPUT_PKT_LINE)
        return ref_see(r, line, err);
    r->ended = kind == JEMPUT_PKT_FLUSH;
    return r->ended ? JEMPUT_OK : jemput_fail(err, JEMPUT_CORRUPT, "a list of branches in pieces");
}

static enum jemput_status refs_list(struct jemput_smart *smart, struct refs_read *r, struct jemput_error *err)
{
    struct jemput_buf body = JEMPUT_BUF_INIT(REQUEST_BYTES_MAX);
    struct jemput_http_part part;
    enum jemput_status st;

    jemput_pkt_write(&body, "command=ls-refs\n");
    jemput_pkt_write(&body, "object-format=sha1\n");
    jemput_pkt_mark(&body, JEMPUT_PKT_DELIM);
    for (unsigned i = 0; i < r->prefix_count; i++)
        jemput_pkt_write(&body, "ref-prefix %s\n", r->prefixes[i]);
    jemput_pkt_mark(&body, JEMPUT_PKT_FLUSH);
    st = jemput_buf_check(&body, "list of branches", err);
    part = (struct jemput_http_part){ body.data, body.len };
    if (!st)
        st = jemput_smart_exchange(smart, &(struct jemput_smart_call){ .service = "git-upload-pack", .version2 = true, .body = &part, .body_count = 1,
                                                                      .each = listed_see, .ctx = r }, NULL, err);
    if (!st && !r->ended)
        st = jemput_fail(err, JEMPUT_OFFLINE, "the list of branches is cut");
    jemput_buf_release(&body);
    return st;
}

/* --- version 0 --- */

static enum jemput_status advertised_see(void *ctx, enum jemput_pkt kind, struct jemput_bytes line, struct jemput_error *err)
{
    struct refs_read *r = ctx;

    if (kind == JEMPUT_PKT_FLUSH) {
        r->flushes++;
        return JEMPUT_OK;
    }
    if (kind != JEMPUT_PKT_LINE || r->flushes > 1)
        return jemput_fail(err, JEMPUT_CORRUPT, "not a list of branches");
    if (r->flushes == 0)
        return jemput_pkt_starts(line, "# service=") ? JEMPUT_OK : jemput_fail(err, JEMPUT_CORRUPT, "not a list of branches");
    return jemput_pkt_starts(line, "shallow ") ? JEMPUT_OK : ref_see(r, line, err); /* where its history begins: repo/roots.h */
}

static enum jemput_status refs_advertised(struct jemput_smart *smart, struct refs_read *r, struct jemput_error *err)
{
    enum jemput_status st = jemput_smart_exchange(smart, &(struct jemput_smart_call){ .service = "git-upload-pack", .advertise = true,
                                                                                    .each = advertised_see, .ctx = r }, NULL, err);

    if (!st && r->flushes != 2)
        st = jemput_fail(err, JEMPUT_OFFLINE, "the list of branches is cut");
    return st;
}

/* A server that knows no version 2 takes the question for a request of version 0: it fails, or answers with nothing that is a list. */
static bool plain_suspected(const struct jemput_smart *smart, enum jemput_status st)
{
    bool failed = st == JEMPUT_CORRUPT || st == JEMPUT_OFFLINE || st == JEMPUT_DENIED;

    return failed && (smart->status == 200 || smart->status == 400 || smart->status == 500);
}

enum jemput_status jemput_smart_refs(struct jemput_smart *smart, const char *const *prefixes, unsigned prefix_count, jemput_ref_fn each, void *ctx,
                                     unsigned *skipped, struct jemput_error *err)
{
    struct refs_read r = { .prefixes = prefixes, .prefix_count = prefix_count, .each = each, .ctx = ctx };
    enum jemput_status st = JEMPUT_OK;

    JEMPUT_ASSERT(prefix_count >= 1 && prefix_count <= 64);
    if (!smart->plain)
        st = refs_list(smart, &r, err);
    if (smart->plain || (plain_suspected(smart, st) && r.count == 0)) {
        struct jemput_error first = *err;
        enum jemput_status why = st;

        st = refs_advertised(smart, &r, err);
        if (st && why) {
            *err = first;
            st = why;
        } else if (!st) {
            smart->plain = true;
        }
    }
    *skipped = r.skipped;
    return st ? jemput_wrap(err, "list branches") : JEMPUT_OK;
}
