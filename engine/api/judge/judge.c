/* api/judge/judge.c — the transactions of one segment, judged. See judge.h. */
#include "api/judge/judge.h"

#include <string.h>

#include "api/forget/erase.h"
#include "api/roster/roster.h"
#include "api/schema/schema.h"

enum jemput_status engine_schema_seen(struct jemput_store *store, const struct jemput_segment *segment, uint32_t schema_version,
                                      struct jemput_error *err)
{
    uint32_t before = 1;
    enum jemput_status st = jemput_store_schema_seen(store, segment, &before, err);

    return st ? st : jemput_store_schema_seen_put(store, segment->id, before > schema_version ? before : schema_version, err);
}

/* Another one in the place of the transaction. Copied when the first is, so that what was decoded stays as it is: it may be merged once more. */
static enum jemput_status txn_put(const struct jemput_txn *txns, uint32_t count, uint32_t at, const struct jemput_txn *put, struct jemput_txn **copy,
                                  struct jemput_arena *arena, struct jemput_error *err)
{
    if (!*copy) {
        *copy = jemput_arena_array(arena, count, sizeof **copy);
        if (!*copy)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for transactions");
        memcpy(*copy, txns, count * sizeof **copy);
    }
    (*copy)[at] = *put;
    return JEMPUT_OK;
}

/* What the whole segment is refused for; 0 = nothing. An older policy would bind less than the one that its writer had seen. */
static enum jemput_status segment_judge(const struct judging *q, const struct jemput_rights *rights, unsigned *reason, struct jemput_error *err)
{
    uint32_t before = 1;
    bool older = false;
    enum jemput_status st = jemput_store_schema_seen(q->store, q->segment, &before, err);

    if (!st && !rights->is_void)
        st = engine_schema_outdated(q, &older, err);
    *reason = rights->is_void ? JUDGED_VOID : q->schema_version < before || older ? JUDGED_SCHEMA : 0;
    return st;
}

/* One of them: *txn comes out as it is to be merged. */
static enum jemput_status txn_judge(struct judging *q, const struct jemput_rights *rights, unsigned whole, uint64_t version,
                                    struct jemput_txn *txn, bool *refused, struct jemput_arena *arena, struct jemput_error *err)
{
    struct judged judged = { .reason = whole, .column = JEMPUT_REFUSAL_NO_COLUMN };
    struct jemput_txn as_written = *txn;
    bool fits = true;
    enum jemput_status st = whole ? JEMPUT_OK : engine_schema_fits(q, &as_written, txn, &fits, arena, err);

    if (!st && !fits)
        judged.reason = JUDGED_SCHEMA;
    if (!st && !judged.reason)
        st = judge_txn(q->j, q->store, rights, q->schema_version, txn, &judged, err);
    *refused = judged.reason != 0;
    if (st || !*refused)
        return st ? st : judged_let(q->j, q->store, rights, version, txn, &q->grown, err);
    st = judged_refuse(q->j, q->store, rights, q->schema_version, version, txn, &judged, err);
    txn->change_count = 0;
    return st;
}

enum jemput_status engine_judge(struct judging *q, const struct jemput_txn *txns, uint32_t count, const struct jemput_txn **out,
                                struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_txn *copy = NULL;
    struct jemput_rights rights;
    unsigned whole = 0;
    bool forgotten = false, any = false, awaited = false;
    enum jemput_status st = engine_forgotten_drop(q->j, txns, count, &txns, &forgotten, arena, err);

    q->grown = (struct grown){ .arena = arena };
    if (!st && forgotten && q->store == q->j->store)
        st = engine_forgotten_edit_note(q->j, err);
    if (!st && forgotten && q->own) /* the app has written it anew: it leaves the tables when those are computed anew */
        st = engine_rebuild_note(q->j, err);
    if (!st)
        st = book_refresh(q->j, err);
    if (!st)
        st = engine_rights_at(q->j, &q->j->roster, q->segment, &rights, arena, err);
    if (!st)
        st = segment_judge(q, &rights, &whole, err);
    for (uint32_t i = 0; !st && i < count; i++) {
        struct jemput_txn txn = txns[i];
        bool refused = false;

        st = txn_judge(q, &rights, whole, (uint64_t)q->segment->id * JEMPUT_SEGMENT_TXNS_MAX + i, &txn, &refused, arena, err);
        if (!st && (refused || txn.changes != txns[i].changes))
            st = txn_put(txns, count, i, &txn, &copy, arena, err);
        any |= refused;
    }
    if (!st && q->own)
        st = engine_judge_awaited(q, &awaited, err);
    if (!st && q->own && (any || awaited)) /* rows leave the tables, or come into them, when those are computed anew */
        st = engine_rebuild_note(q->j, err);
    *out = copy ? copy : txns;
    return st;
}

/* --- an act, before it is sealed --- */

static const struct jemput_change *change_of(const struct jemput_txn *txn, const struct judged *judged)
{
    for (uint32_t i = 0; i < txn->change_count; i++)
        if (txn->changes[i].table == judged->table && jemput_bytes_equal(txn->changes[i].key, judged->key))
            return &txn->changes[i];
    return NULL;
}

static enum jemput_status act_refuse(struct jemput *j, const struct jemput_rights *rights, const struct jemput_txn *txn, const struct judged *judged,
                                     struct jemput_error *err)
{
    const struct jemput_policy_answer answer = { (enum jemput_policy_fault)judged->reason,
        judged->column == JEMPUT_REFUSAL_NO_COLUMN ? 0 : judged->column };
    struct jemput_buf text = JEMPUT_BUF_INIT(512);
    const struct jemput_change *change = change_of(txn, judged);
    enum jemput_status st;

    jemput_policy_say(&text, &answer, rights->roles, jemput_store_table(j->store, judged->table), change ? change->op : JEMPUT_OP_UPDATE);
    st = jemput_fail(err, JEMPUT_DENIED, "policy: %.*s", (int)text.len, text.data ? (const char *)text.data : "");
    jemput_buf_release(&text);
    return st;
}

enum jemput_status engine_judge_act(struct jemput *j, const struct jemput_txn *txn, struct jemput_error *err)
{
    struct jemput_segment next = { .writer = j->writer, .number = INT64_MAX, .own = true };
    struct jemput_arena arena = { 0 };
    struct jemput_rights rights;
    struct judged judged = { 0 };
    enum jemput_status st = book_refresh(j, err);

    memset(next.hash.bytes, 0xff, sizeof next.hash.bytes); /* nobody has it */
    if (!st)
        st = engine_rights_at(j, &j->roster, &next, &rights, &arena, err);
    if (!st && rights.is_void)
        st = jemput_fail(err, JEMPUT_DENIED, "what this device signs does not count any more: it was revoked");
    if (!st)
        st = judge_txn(j, j->store, &rights, j->roster.schema_version, txn, &judged, err);
    if (!st && judged.reason)
        st = act_refuse(j, &rights, txn, &judged, err);
    jemput_arena_release(&arena);
    return st;
}
