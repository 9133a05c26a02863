/* api/state/state_hash.c — one hash over all that was merged: two devices that have merged the same have the same one
 * (schema/formats/state-hash.md). */
#include "api/facts.h"
#include "api/judge/judge.h"
#include "api/state/state_hash.h"
#include "api/view/view.h"

#include "store/state/walk.h"

#define SEAL_TRIES 8 /* an app that commits again and again between sealing and looking */

static void hash_more(void *hashing, struct jemput_bytes bytes)
{
    jemput_hashing_add(hashing, bytes);
}

enum jemput_status engine_state_hash(struct jemput_store *store, char hex[65], struct jemput_error *err)
{
    struct jemput_hashing hashing;
    uint8_t hash[JEMPUT_HASH256_BYTES];
    int64_t due = 0;
    enum jemput_status st = jemput_store_number_get(store, FACT_REBUILD_DUE, 0, &due, err);

    if (!st && due)
        st = jemput_fail(err, JEMPUT_BUSY, "what counts has changed, and the tables do not follow yet: a sync, or jemput_rebuild(), does it");
    if (st)
        return st;
    jemput_hashing_begin(&hashing);
    st = jemput_store_state_walk(store, hash_more, &hashing, err);
    if (st)
        return st;
    jemput_hashing_end(&hashing, hash);
    jemput_hex_encode(hex, hash, sizeof hash);
    return JEMPUT_OK;
}

enum jemput_status engine_state_hash_app(void *engine, char hex[65], struct jemput_error *err)
{
    struct jemput *look;
    enum jemput_status st = view_look(engine, &look, err);

    if (st)
        return st;
    st = engine_state_hash(look->store, hex, err);
    jemput_store_look_end(look->store);
    return st;
}

static enum jemput_status rebuild_if_due(struct jemput *j, struct jemput_error *err)
{
    struct jemput_rebuild_report report;
    int64_t due;
    enum jemput_status st = engine_rebuild_due(j, &due, err);

    return st || !(due || j->rebuild_owed) ? st : jemput_rebuild(j, NULL, &report, err);
}

enum jemput_status jemput_state_hash(struct jemput *j, char hex[65], struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_BUSY;

    if (engine_awake(j, err))
        return err->status;
    for (unsigned tries = 0; st == JEMPUT_BUSY && tries < SEAL_TRIES; tries++) {
        st = jemput_seal(j, NULL, err);
        if (!st)
            st = rebuild_if_due(j, err);
        if (st)
            break; /* the lock has been waited for: that is no reason to try again */
        st = engine_state_hash(j->store, hex, err);
    }
    return st ? jemput_wrap(err, "state hash") : JEMPUT_OK;
}
