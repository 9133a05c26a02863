/* api/receipt.c — what central has said that it merged, by the one line of its log that holds now.
 *
 * A central that was restored from a backup goes on from there, and its log branches off: what the branch that was lost says is not true of central
 * any more, and work that only that one covers is waited for again. Which branch holds is what the hub shows. */
#include "api/engine.h"

#include <string.h>

/* The segment of central's that the hub showed last. JEMPUT_NOTFOUND: none was ever seen, or it is not here. */
static enum jemput_status receipt_shown(struct jemput *j, const struct jemput_writer *central, struct jemput_segment *out, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_commit commit;
    struct jemput_hash hash;
    struct jemput_oid tip;
    char ref[LOG_REF_BYTES];
    enum jemput_status st;

    engine_log_ref(ref, central, 0);
    st = jemput_store_ref_get(j->store, ref, tip.id, err);
    if (!st)
        st = jemput_source_commit(jemput_repo_source(j->repo), &tip, false, &commit, &arena, err);
    if (!st) {
        jemput_header_hash(&hash, commit.message);
        st = jemput_store_segment_find(j->store, &hash, out, err);
    }
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status engine_receipt_segment(struct jemput *j, const struct jemput_writer *central, struct jemput_segment *out, struct jemput_error *err)
{
    struct jemput_segment shown;
    enum jemput_status st = receipt_shown(j, central, &shown, err);

    if (st == JEMPUT_NOTFOUND)
        return jemput_store_segment_last(j->store, central, out, err);
    return st ? st : jemput_store_segment_after(j->store, &shown, out, err);
}

enum jemput_status engine_receipt_note(struct jemput *j, struct jemput_error *err)
{
    const struct jemput_member *central = engine_central(j);
    struct jemput_segment newest;
    uint64_t number = 0;
    enum jemput_status st;

    if (!central)
        return JEMPUT_OK;
    st = engine_receipt_segment(j, &central->writer, &newest, err);
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    if (jemput_writer_compare(&central->writer, &j->writer) == 0)
        number = newest.number;
    else
        st = jemput_store_frontier_covers(j->store, newest.id, &j->writer, &number, err);
    if (!st)
        st = jemput_store_number_put(j->store, FACT_RECEIPT, (int64_t)number, err);
    if (!st)
        st = jemput_store_number_put(j->store, FACT_RECEIPT_MS, jemput_stamp_ms(newest.stamp), err);
    return st;
}
