/* api/look/explain_txn.c — what is in a segment, transaction by transaction or record by record, what became of it here, and by which rule. */
#include "api/look/explain.h"

#include <string.h>

#include "api/judge/refused.h"
#include "store/schema/policy.h"

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory to explain a segment");
}

/* --- transactions --- */

static enum jemput_status columns_tell(struct explaining *x, const struct jemput_table *table, const struct jemput_change *change,
                                       struct jemput_explained_change *out, struct jemput_error *err)
{
    const char **columns = jemput_arena_array(&x->arena, change->cell_count, sizeof *columns);

    if (!columns)
        return nomem(err);
    for (uint16_t i = 0; i < change->cell_count; i++)
        columns[i] = change->cells[i].column < table->column_count ? table->columns[change->cells[i].column].name : "?";
    out->column_count = change->cell_count;
    out->columns = columns;
    return JEMPUT_OK;
}

static enum jemput_status change_tell(struct explaining *x, const struct jemput_change *change, struct jemput_explained_change *out,
                                      struct jemput_error *err)
{
    static const char ops[] = { [JEMPUT_OP_INSERT] = 'I', [JEMPUT_OP_UPDATE] = 'U', [JEMPUT_OP_DELETE] = 'D', [JEMPUT_OP_DECIDE] = 'K' };
    const struct jemput_table *table = jemput_store_table(x->j->store, change->table);
    struct jemput_row_look row;
    enum jemput_status st;

    *out = (struct jemput_explained_change){ .op = ops[change->op], .table = "?" };
    if (!table)
        return JEMPUT_OK;
    out->table = table->name;
    st = look_key(table, change->key, &out->key, &x->arena, err);
    out->key_count = st ? 0 : table->key_count;
    if (!st)
        st = columns_tell(x, table, change, out, err);
    if (!st)
        st = jemput_store_row_look(x->j->store, table, change->key, &row, &x->arena, err);
    out->held = !st && row.held;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status txn_tell(struct explaining *x, const struct jemput_txn *txn, uint32_t place, struct jemput_explained_txn *out,
                                   struct jemput_error *err)
{
    struct jemput_explained_change *changes = jemput_arena_array(&x->arena, txn->change_count, sizeof *changes);
    enum jemput_status st = changes ? explain_text(x, txn->note, &out->note, err) : nomem(err);

    out->place = place + 1;
    out->claimed_ms = jemput_stamp_ms(txn->stamp);
    out->fate = x->rights.is_void ? JEMPUT_FATE_VOID : JEMPUT_FATE_COUNTS;
    for (uint32_t i = 0; !st && i < txn->change_count; i++)
        st = change_tell(x, &txn->changes[i], &changes[i], err);
    out->change_count = txn->change_count;
    out->changes = changes;
    return st;
}

/* The refused ones among them, and who has adopted those. */
static enum jemput_status refused_tell(void *ctx, const struct refused_told *told, struct jemput_error *err)
{
    struct explaining *x = ctx;
    uint32_t place = (uint32_t)(told->entry.version % JEMPUT_SEGMENT_TXNS_MAX);
    struct jemput_explained_txn *txn;
    struct look_origin by;

    if (told->segment.id != x->segment.id || place >= x->out.txn_count)
        return JEMPUT_OK;
    txn = (struct jemput_explained_txn *)&x->out.txns[place];
    txn->fate = told->entry.reason == JEMPUT_REFUSED_VOID ? JEMPUT_FATE_VOID : JEMPUT_FATE_REFUSED;
    txn->why_id = told->why_id;
    txn->why_en = told->why_en;
    if (!told->adopted)
        return JEMPUT_OK;
    txn->adopted = 1;
    look_origin(x->j, &told->by.writer, told->by_stamp, told->by.number, false, &by);
    txn->by = by.origin;
    return explain_text(x, jemput_bytes_str(by.roles), &txn->by.roles, err);
}

/* --- the policy's rules that bear on it --- */

static bool touches(const struct jemput_txn *txns, uint32_t count, uint32_t table)
{
    for (uint32_t t = 0; t < count; t++)
        for (uint32_t c = 0; c < txns[t].change_count; c++)
            if (!table || txns[t].changes[c].table == table)
                return true;
    return false;
}

static enum jemput_status rule_text(struct explaining *x, const struct jemput_policy_call *call, const char **out, struct jemput_error *err)
{
    const struct jemput_table *table = call->table ? jemput_store_table(x->j->store, call->table) : NULL;
    struct jemput_buf text = JEMPUT_BUF_INIT((size_t)64 * 1024);
    enum jemput_status st;

    jemput_buf_printf(&text, "jemput_policy('%s', '%.*s', '%.*s')", table ? table->name : "*", (int)call->roles.len, (const char *)call->roles.data,
                      (int)call->rules.len, (const char *)call->rules.data);
    st = jemput_buf_check(&text, "rule", err);
    if (!st)
        st = explain_text(x, jemput_buf_bytes(&text), out, err);
    jemput_buf_release(&text);
    return st;
}

static enum jemput_status rules_tell(struct explaining *x, const struct jemput_txn *txns, uint32_t count, struct jemput_error *err)
{
    struct jemput_policy_calls calls = { .serial = -1 };
    const char **rules;
    enum jemput_status st = jemput_store_policy_calls(x->j->store, &calls, err);

    rules = st ? NULL : jemput_arena_array(&x->arena, calls.count, sizeof *rules);
    if (!st && !rules)
        st = nomem(err);
    for (uint32_t i = 0; !st && i < calls.count; i++) {
        const struct jemput_policy_call *call = &calls.of[i];

        if (call->since <= x->read.header.schema_version && (jemput_roles_parse(call->roles) & x->rights.roles) && touches(txns, count, call->table))
            st = rule_text(x, call, &rules[x->out.rule_count++], err);
    }
    x->out.rules = rules;
    jemput_arena_release(&calls.arena);
    return st;
}

static enum jemput_status txns_tell(struct explaining *x, struct jemput_error *err)
{
    struct jemput_explained_txn *out;
    struct jemput_txn *txns;
    uint32_t count = 0;
    bool unread = false;
    enum jemput_status st = engine_txns_read(x->j, &x->read.header, &x->read.commit, &txns, &count, &unread, &x->arena, err);

    out = st ? NULL : jemput_arena_array(&x->arena, count, sizeof *out);
    if (!st && !out)
        st = nomem(err);
    for (uint32_t i = 0; !st && i < count; i++)
        st = txn_tell(x, &txns[i], i, &out[i], err);
    if (st)
        return st;
    x->out.txns = out;
    x->out.txn_count = count;
    st = refused_each(x->j, refused_tell, x, err);
    return st ? st : rules_tell(x, txns, count, err);
}

/* --- records --- */

static void record_fate(const struct explaining *x, uint32_t place, struct jemput_explained_record *out)
{
    const struct jemput_roster *r = &x->j->roster;

    out->why = jemput_roster_refusal(r, &x->segment.hash, place);
    out->fate = out->why ? JEMPUT_FATE_REFUSED : JEMPUT_FATE_COUNTS;
    for (uint32_t i = 0; i < r->waiting_count; i++)
        if (r->waiting[i].place == place && jemput_hash_equal(&r->waiting[i].segment, &x->segment.hash)) {
            out->fate = JEMPUT_FATE_WAITS;
            out->why = NULL;
        }
}

static enum jemput_status records_tell(struct explaining *x, struct jemput_error *err)
{
    struct jemput_explained_record *out;
    struct jemput_record *records;
    uint32_t count;
    enum jemput_status st = jemput_records_read(&records, &count, x->read.commit.payload, &x->arena, err);

    out = st ? NULL : jemput_arena_array(&x->arena, count, sizeof *out);
    if (!st && !out)
        st = nomem(err);
    for (uint32_t i = 0; !st && i < count; i++) {
        record_fate(x, i, &out[i]);
        st = explain_text(x, records[i].word, &out[i].kind, err);
        if (!st)
            st = explain_text(x, records[i].text, &out[i].text, err);
    }
    x->out.records = out;
    x->out.record_count = st ? 0 : count;
    return st;
}

enum jemput_status explain_contents(struct explaining *x, struct jemput_error *err)
{
    return x->segment.control ? records_tell(x, err) : txns_tell(x, err);
}
