/* api/sync/named.c — the first question of a sync where an answer is likely: what is new on the branches that were there last, asked for by their
 * names (want-ref), so that it comes in that one exchange.
 *
 * Else a sync asks where the branches end, and then for what is behind them. A question by names costs some 300 bytes more where nothing has come,
 * and saves an exchange and some 600 bytes where something has. So it is the first one after a push, or after one that was answered, of a device that
 * has nothing to send (own work goes out first, before it is known what else there is) and waits for central's receipt. It cannot show branches that
 * are new (central's next generation, a copy's log): if nothing had moved, the next sync lists again. Figures: sync/sync.h. */
#include "api/facts.h"
#include "api/sync/run.h"

#include <string.h>

#include "store/object/incoming.h"

#define NAMES_MAX 8
#define ENTRY_BYTES_MAX (JEMPUT_OID_BYTES + LOG_REF_BYTES)

struct names { /* of branches, and where they ended; borrowed from the fact's bytes */
    const char *of[NAMES_MAX];
    struct jemput_oid tips[NAMES_MAX];
    unsigned count;
};

/* Each a commit's name and the branch's, which ends with a zero byte. false: in another form, and of no use. */
static bool names_read(struct names *out, struct jemput_bytes fact)
{
    out->count = 0;
    while (fact.len > JEMPUT_OID_BYTES && out->count < NAMES_MAX) {
        const char *name = (const char *)fact.data + JEMPUT_OID_BYTES;
        const char *end = memchr(name, '\0', fact.len - JEMPUT_OID_BYTES);

        if (!end || !jemput_ref_name_valid(name))
            return false;
        memcpy(out->tips[out->count].id, fact.data, JEMPUT_OID_BYTES);
        out->of[out->count++] = name;
        fact = jemput_bytes_of(end + 1, fact.len - (size_t)(end + 1 - (const char *)fact.data));
    }
    return out->count && fact.len == 0;
}

/* --- is it time? --- */

/* All that was sealed is on the hub. */
static enum jemput_status own_sent(struct run *r, const struct names *names, bool *sent, struct jemput_error *err)
{
    struct jemput_buf commit = JEMPUT_BUF_INIT(JEMPUT_OID_BYTES);
    char ref[LOG_REF_BYTES];
    enum jemput_status st = jemput_store_fact_get(r->j->store, FACT_OWN_COMMIT, &commit, err);

    engine_log_ref(ref, &r->j->writer, r->generation);
    *sent = false;
    for (unsigned i = 0; !st && i < names->count; i++)
        *sent |= strcmp(names->of[i], ref) == 0 && commit.len == JEMPUT_OID_BYTES && memcmp(commit.data, names->tips[i].id, commit.len) == 0;
    jemput_buf_release(&commit);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status hub_takes_names(struct run *r, bool *takes, struct jemput_error *err)
{
    struct jemput_buf known = JEMPUT_BUF_INIT(RUN_HUB_BYTES_MAX), nameless = JEMPUT_BUF_INIT(RUN_HUB_BYTES_MAX);
    enum jemput_status st = jemput_store_fact_get(r->j->store, FACT_HUB, &known, err);

    if (!st)
        st = jemput_store_fact_get(r->j->store, FACT_HUB_NAMELESS, &nameless, err);
    *takes = st == JEMPUT_NOTFOUND || !jemput_bytes_equal(jemput_buf_bytes(&known), jemput_buf_bytes(&nameless));
    jemput_buf_release(&known);
    jemput_buf_release(&nameless);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status named_due(struct run *r, const struct names *names, bool *due, struct jemput_error *err)
{
    struct jemput_store *store = r->j->store;
    int64_t received = 0, coming = 0;
    uint64_t pending = 0, changes;
    bool sent = false, takes = false;
    enum jemput_status st = own_sent(r, names, &sent, err);

    if (!st)
        st = hub_takes_names(r, &takes, err);
    if (!st)
        st = jemput_store_pending_count(store, &pending, &changes, err);
    if (!st)
        st = jemput_store_number_get(store, FACT_RECEIPT, 0, &received, err);
    if (!st)
        st = jemput_store_incoming_bytes(store, &coming, err); /* of a transfer that was cut the rest alone is asked for, and by its ids */
    *due = sent && takes && !pending && r->world.own_number > (uint64_t)received && !coming;
    return st;
}

/* --- the question --- */

static bool all_read(const struct run *r)
{
    for (uint32_t i = 0; i < r->world.log_count; i++)
        if (r->states[i].state != JEMPUT_LOG_READ)
            return false;
    return true;
}

enum jemput_status run_named_ask(struct run *r, jemput_ref_fn each, struct jemput_error *err)
{
    struct jemput_buf fact = JEMPUT_BUF_INIT(NAMES_MAX * ENTRY_BYTES_MAX);
    struct names names;
    bool due = false;
    enum jemput_status st = r->trial ? JEMPUT_NOTFOUND : jemput_store_fact_get(r->j->store, FACT_NAMED, &fact, err);

    if (!st && names_read(&names, jemput_buf_bytes(&fact)))
        st = named_due(r, &names, &due, err);
    if (!st && due) {
        st = jemput_hub_refs_new(r->hub, names.of, names.tips, names.count, each, r, err);
        if (jemput_hub_objects_failed(r->hub, st))
            st = JEMPUT_NOTFOUND; /* which branch it is shows where each is asked for */
        r->named = !st;
        r->named_news = !st && !all_read(r);
    }
    jemput_buf_release(&fact);
    if (st && st != JEMPUT_NOTFOUND)
        return st;
    return r->named ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOTFOUND, "not to be asked by names");
}

/* --- what it rests on --- */

static void name_add(struct jemput_buf *out, const struct jemput_oid *tip, const char *ref)
{
    jemput_buf_append(out, tip->id, sizeof tip->id);
    jemput_buf_append(out, ref, strlen(ref) + 1);
}

enum jemput_status run_named_note(struct run *r, struct jemput_error *err)
{
    struct jemput_buf fact = JEMPUT_BUF_INIT(NAMES_MAX * ENTRY_BYTES_MAX);
    bool likely = r->named_news || r->world.sent_number > r->listed_number;
    char ref[LOG_REF_BYTES];
    enum jemput_status st = JEMPUT_OK;

    if (r->prefix_count && likely && r->hub_has_own && r->world.log_count < NAMES_MAX && all_read(r)) {
        engine_log_ref(ref, &r->j->writer, r->generation);
        name_add(&fact, &r->hub_tip, ref);
        for (uint32_t i = 0; i < r->world.log_count; i++)
            name_add(&fact, &r->logs[i].log.tip, r->logs[i].log.ref);
        st = jemput_buf_check(&fact, "names of branches", err);
    }
    if (!st)
        st = jemput_store_fact_put(r->j->store, FACT_NAMED, jemput_buf_bytes(&fact), err);
    jemput_buf_release(&fact);
    return st;
}
