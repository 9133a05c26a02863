/* api/judge/txn.c — one transaction, judged; and what follows from it. See judge.h. */
#include "api/judge/judge.h"

/* --- regions --- */

struct looking { /* at the regions of rows */
    struct jemput_store *store;
    struct jemput_bytes scope;
    enum jemput_policy_region found;
    enum jemput_status st; /* the first that went wrong */
    struct jemput_error *err;
};

static bool region_see(void *ctx, struct jemput_bytes region)
{
    struct looking *l = ctx;

    l->found = jemput_scope_covers(l->scope, region) ? JEMPUT_REGION_WITHIN : JEMPUT_REGION_OUTSIDE;
    return l->found != JEMPUT_REGION_WITHIN;
}

static enum jemput_policy_region regions_within(void *ctx, const struct jemput_change *change, uint16_t column, struct jemput_bytes scope)
{
    struct looking *l = ctx;

    l->scope = scope;
    l->found = JEMPUT_REGION_UNKNOWN;
    if (!l->st)
        l->st = jemput_store_regions_of(l->store, change->table, change->key, column, region_see, l, l->err);
    return l->found;
}

/* --- the verdict --- */

static enum jemput_status change_judge(struct jemput *j, struct looking *looking, const struct jemput_rights *rights, uint32_t schema_version,
                                       const struct jemput_change *change, struct judged *out, struct jemput_error *err)
{
    const struct jemput_policy_regions regions = { regions_within, looking };
    struct jemput_policy_answer answer = { 0 };
    struct book_table of;
    enum jemput_status st = book_table(j, change->table, &of, err);

    if (st)
        return st;
    if (of.policy)
        answer = jemput_policy_judge(of.policy, schema_version, rights->roles, rights->scope, of.table, change, &regions);
    else if (!(rights->roles & ~(unsigned)JEMPUT_ROLE_KOMINFO))
        answer.fault = JEMPUT_POLICY_NO_ROLE;
    if (looking->st)
        return looking->st;
    *out = (struct judged){ .reason = answer.fault, .table = change->table, .key = change->key, .column = JEMPUT_REFUSAL_NO_COLUMN };
    if (answer.fault >= JEMPUT_POLICY_NO_COLUMN)
        out->column = answer.column;
    out->for_region = change->op != JEMPUT_OP_INSERT && (answer.fault == JEMPUT_POLICY_OUTSIDE || answer.fault == JEMPUT_POLICY_REGION_UNKNOWN);
    return JEMPUT_OK;
}

/* Of several faults the first that no knowledge of rows will mend; else the first. */
enum jemput_status judge_txn(struct jemput *j, struct jemput_store *store, const struct jemput_rights *rights, uint32_t schema_version,
                             const struct jemput_txn *txn, struct judged *out, struct jemput_error *err)
{
    struct looking looking = { .store = store, .err = err };
    enum jemput_status st = JEMPUT_OK;

    *out = (struct judged){ .column = JEMPUT_REFUSAL_NO_COLUMN };
    for (uint32_t i = 0; !st && i < txn->change_count; i++) {
        struct judged of;

        st = change_judge(j, &looking, rights, schema_version, &txn->changes[i], &of, err);
        if (st || !of.reason)
            continue;
        if (!of.for_region) {
            *out = of;
            return JEMPUT_OK;
        }
        if (!out->reason)
            *out = of;
    }
    return st;
}

enum jemput_status judged_refuse(struct jemput *j, struct jemput_store *store, const struct jemput_rights *rights, uint32_t schema_version,
                                 uint64_t version, const struct jemput_txn *txn, const struct judged *judged, struct jemput_error *err)
{
    const struct jemput_refused_txn refusal = { version, judged->reason, judged->table, judged->key, judged->column };
    struct looking looking = { .store = store, .err = err };
    enum jemput_status st = jemput_store_refusal_put(store, &refusal, err);

    for (uint32_t i = 0; !st && judged->for_region && i < txn->change_count; i++) {
        struct judged of;

        st = change_judge(j, &looking, rights, schema_version, &txn->changes[i], &of, err);
        if (!st && of.for_region)
            st = jemput_store_refusal_wait(store, version, of.table, of.key, err);
    }
    return st;
}

/* --- one that counts --- */

static enum jemput_status grown_add(struct grown *grown, const struct jemput_change *change, struct jemput_error *err)
{
    struct grown_row *rows = jemput_arena_room(grown->arena, grown->rows, grown->count, &grown->room, sizeof *rows);

    if (!rows)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for rows");
    grown->rows = rows;
    grown->rows[grown->count] = (struct grown_row){ change->table, jemput_arena_copy(grown->arena, change->key) };
    if (!grown->rows[grown->count].key.data)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for rows");
    grown->count++;
    return JEMPUT_OK;
}

static enum jemput_status change_regions(struct jemput *j, struct jemput_store *store, const struct jemput_change *change, struct grown *grown,
                                         struct jemput_error *err)
{
    struct book_table of;
    bool news = false;
    enum jemput_status st = book_table(j, change->table, &of, err);

    for (uint16_t s = 0; !st && s < of.scope_count; s++)
        for (uint16_t c = 0; !st && c < change->cell_count; c++)
            if (change->cells[c].column == of.scopes[s] && change->cells[c].value.type == JEMPUT_TEXT)
                st = jemput_store_region_add(store, change->table, change->key, of.scopes[s], change->cells[c].value.bytes, &news, err);
    return st || !news ? st : grown_add(grown, change, err);
}

enum jemput_status judged_let(struct jemput *j, struct jemput_store *store, const struct jemput_rights *rights, uint64_t version,
                              const struct jemput_txn *txn, struct grown *grown, struct jemput_error *err)
{
    struct jemput_hash hash;
    uint32_t place;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < txn->change_count; i++)
        st = change_regions(j, store, &txn->changes[i], grown, err);
    if (!st && txn->change_count && rights->roles & (JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT) && adopt_note_read(txn->note, &hash, &place))
        st = jemput_store_adoption_put(store, &hash, place, version, err);
    return st;
}
