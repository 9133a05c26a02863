/* ask_audit.c — GET /api/audit: state hashes, forks, who saw what, one segment; and checking a space's store in the background. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "act.h"
#include "auditjob.h"
#include "list.h"
#include "whys.h"

/* --- states --- */

static const char states_sql[] =
    "SELECT s.id, s.name, s.hex, s.state_hash, s.schema_version, s.synced_ms, s.projected_ms, b.central_segment, b.commit_hex, b.number,"
    " (SELECT n FROM count_ WHERE space = s.id AND name = 'rows'), (SELECT n FROM count_ WHERE space = s.id AND name = 'conflicts'),"
    " (SELECT n FROM count_ WHERE space = s.id AND name = 'held'), coalesce(s.error, '') FROM space s LEFT JOIN batch b ON b.space = s.id AND "
    "b.number ="
    " (SELECT max(number) FROM batch WHERE space = s.id) WHERE may(s.id) ORDER BY s.id";

static void number_json(struct json *j, const char *name, struct sqlite3_stmt *stmt, int column)
{
    json_number_or_null(j, name, sqlite3_column_type(stmt, column) != SQLITE_NULL, sqlite3_column_int64(stmt, column));
}

static void state_item(struct json *j, struct sqlite3_stmt *stmt)
{
    json_object(j, NULL);
    json_integer(j, "id", sqlite3_column_int64(stmt, 0));
    json_column(j, "name", stmt, 1);
    json_column(j, "hex", stmt, 2);
    json_column_or_null(j, "state_hash", stmt, 3);
    number_json(j, "schema_version", stmt, 4);
    number_json(j, "synced_ms", stmt, 5);
    number_json(j, "projected_ms", stmt, 6);
    number_json(j, "central_segment", stmt, 7);
    json_column_or_null(j, "commit", stmt, 8);
    number_json(j, "batch", stmt, 9);
    number_json(j, "rows", stmt, 10);
    number_json(j, "conflicts", stmt, 11);
    number_json(j, "held", stmt, 12);
    json_space_error(j, stmt, 13);
    audit_last_json(j, "audit", sqlite3_column_int64(stmt, 0));
    json_end_object(j);
}

bool ask_states(struct request *q)
{
    struct json *j = &q->answer.json;
    struct sqlite3_stmt *stmt;
    struct trouble why;

    if (base_prepare(q->reader->office.db, &stmt, states_sql, &why))
        return answer_trouble(&q->answer, &why);
    answer_open(&q->answer);
    json_object(j, NULL);
    json_array(j, "spaces");
    while (sqlite3_step(stmt) == SQLITE_ROW)
        state_item(j, stmt);
    json_end_array(j);
    json_end_object(j);
    sqlite3_finalize(stmt);
    return true;
}

/* --- forks --- */

/* Is it of a device within the account's scope? Of what nobody knows any more, who may see the whole space. */
static bool writer_reached(struct request *q, int64_t space, const char *writer)
{
    bool found = false;
    struct trouble why;

    return reach_has(&q->reach, space, "") ||
           (base_do(q->reader->office.db, "SELECT 1 FROM device_ WHERE space = ?1 AND writer = ?2 AND reach(space, scope)", &why, &found, NULL, "it",
                    space, writer) == 0 &&
            found);
}

struct forks {
    struct request *q;
    int64_t space;
};

static int fork_tell(void *ctx, const struct jemput_fork *fork)
{
    struct forks *f = ctx;
    struct json *j = &f->q->answer.json;
    char label[64];

    if (!writer_reached(f->q, f->space, fork->writer))
        return 0;
    device_label(f->q, f->space, fork->device_number, label, sizeof label);
    json_object(j, NULL);
    json_integer(j, "space", f->space);
    json_integer(j, "device", fork->device_number);
    json_text(j, "label", label);
    json_text(j, "writer", fork->writer);
    json_count(j, "number", fork->number);
    json_bool(j, "resumed", fork->resumed);
    json_text(j, "signer", fork->signer);
    json_array(j, "sides");
    for (int i = 0; i < 2; i++) {
        const struct jemput_fork_side *s = &fork->sides[i];

        json_object(j, NULL);
        json_text(j, "commit", s->commit);
        json_text(j, "segment", s->segment);
        json_integer(j, "claimed_ms", s->claimed_ms);
        json_count(j, "last", s->last);
        json_text_of(j, "text", s->text ? s->text : "", s->text ? s->text_len : 0);
        json_text_of(j, "signature", s->signature ? s->signature : "", s->signature ? s->signature_len : 0);
        json_end_object(j);
    }
    json_end_array(j);
    json_end_object(j);
    return 0;
}

bool ask_forks(struct request *q)
{
    const struct reach_space *only;
    struct json *j = &q->answer.json;
    struct jemput_error err;

    if (!parameter_space(q, &only) || !answer_open(&q->answer))
        return false;
    json_object(j, NULL);
    json_array(j, "items");
    for (unsigned i = 0; i < q->reach.count; i++) {
        struct forks f = { q, q->reach.of[i].standing.space };
        struct jemput *store = only && only->standing.space != f.space ? NULL : central_store(q, f.space);

        if (store && jemput_forks(store, fork_tell, &f, &err))
            fprintf(stderr, "jemput console: %s\n", err.text);
        jemput_close(store);
    }
    json_end_array(j);
    json_end_object(j);
    return true;
}

/* --- one segment --- */

static const char *fate_word(enum jemput_fate fate)
{
    static const char *const words[] = { "", "counts", "refused", "void", "unread", "waits", "cut_off" };

    return words[fate];
}

struct explaining {
    struct request *q;
    const struct reach_space *space;
    bool rows;    /* the account may see persons there */
    bool beyond; /* it is of a device beyond the account's scope */
};

static void change_json(struct explaining *e, const struct jemput_explained_change *c)
{
    struct json *j = &e->q->answer.json;
    char op[2] = { c->op, '\0' };

    json_object(j, NULL);
    json_text(j, "op", op);
    json_text(j, "tbl", c->table);
    if (c->key_count == 1 && c->key->type == JEMPUT_TYPE_BLOB)
        json_hex(j, "key", c->key->data, c->key->len);
    else if (c->key_count == 1)
        json_datum(j, "key", c->key);
    else
        json_text(j, "key", "");
    json_array(j, "columns");
    for (unsigned i = 0; i < c->column_count; i++)
        json_text(j, NULL, c->columns[i]);
    json_end_array(j);
    json_bool(j, "held", c->held);
    json_end_object(j);
}

static void txns_json(struct explaining *e, const struct jemput_explained *x)
{
    struct json *j = &e->q->answer.json;

    json_array(j, "txns");
    for (unsigned i = 0; i < x->txn_count; i++) {
        const struct jemput_explained_txn *t = &x->txns[i];

        json_object(j, NULL);
        json_count(j, "place", t->place);
        json_integer(j, "claimed_ms", t->claimed_ms);
        json_text(j, "note", e->rows ? t->note : "");
        json_text(j, "fate", fate_word(t->fate));
        json_text_or_null(j, "why_id", t->why_id);
        json_text_or_null(j, "why_en", t->why_en);
        json_bool(j, "adopted", t->adopted);
        json_array(j, "changes");
        for (unsigned k = 0; e->rows && k < t->change_count; k++)
            change_json(e, &t->changes[k]);
        json_end_array(j);
        json_end_object(j);
    }
    json_end_array(j);
}

static void records_json(struct json *j, const struct jemput_explained *x)
{
    json_array(j, "records");
    for (unsigned i = 0; i < x->record_count; i++) {
        json_object(j, NULL);
        json_text(j, "kind", x->records[i].kind);
        json_text(j, "text", x->records[i].text);
        json_text(j, "fate", fate_word(x->records[i].fate));
        json_text_or_null(j, "why", x->records[i].why);
        json_end_object(j);
    }
    json_end_array(j);
    json_array(j, "rules");
    for (unsigned i = 0; i < x->rule_count; i++)
        json_text(j, NULL, x->rules[i]);
    json_end_array(j);
}

static int segment_tell(void *ctx, const struct jemput_explained *x)
{
    struct explaining *e = ctx;
    struct json *j = &e->q->answer.json;

    e->beyond = !writer_reached(e->q, e->space->standing.space, x->info.origin.writer);
    if (e->beyond)
        return 1;
    json_object(j, NULL);
    json_integer(j, "space", e->space->standing.space);
    json_integer(j, "device", x->info.origin.device_number);
    json_text(j, "label", x->label);
    json_text(j, "writer", x->info.origin.writer);
    json_count(j, "number", x->info.number);
    json_text(j, "commit", x->info.commit);
    json_text(j, "segment", x->segment);
    json_text(j, "previous", x->previous);
    json_bool(j, "control", x->info.control);
    json_integer(j, "claimed_ms", x->info.origin.claimed_ms);
    json_text(j, "signer", x->signer);
    json_text(j, "roles", x->roles);
    json_text(j, "scope", x->scope);
    json_count(j, "roster_version", x->roster_version);
    json_count(j, "schema_version", x->schema_version);
    json_count(j, "key_epoch", x->key_epoch);
    json_count(j, "payload_bytes", x->info.payload_bytes);
    json_text(j, "fate", fate_word(x->fate));
    json_text_or_null(j, "cut", x->cut_kind);
    json_number_or_null(j, "after_ms", x->after_ms != 0, x->after_ms);
    json_number_or_null(j, "before_ms", x->before_ms != 0, x->before_ms);
    json_array(j, "heads");
    for (unsigned i = 0; i < x->head_count; i++) {
        json_object(j, NULL);
        json_text(j, "label", x->heads[i].label);
        json_count(j, "number", x->heads[i].number);
        json_bool(j, "known", x->heads[i].known);
        json_end_object(j);
    }
    json_end_array(j);
    txns_json(e, x);
    records_json(j, x);
    json_end_object(j);
    return 0;
}

bool ask_segment(struct request *q)
{
    const struct reach_space *space = request_space(q, q->parts[0]);
    struct explaining e = { .q = q, .space = space };
    struct jemput_error err;
    struct jemput *store;
    enum jemput_status st;

    if (!space)
        return false;
    e.rows = (space->roles & (ROLE_VERIFIKATOR | ROLE_ADMIN)) && !space->standing.scope[0];
    store = central_store(q, space->standing.space);
    if (!store || !answer_open(&q->answer))
        return jemput_close(store), answer_status(&q->answer, JEMPUT_IO);
    st = jemput_log_explain(store, q->parts[1], segment_tell, &e, &err);
    jemput_close(store);
    look_row(q, space->standing.space, "", q->parts[1]);
    if (e.beyond)
        return answer_not_found(&q->answer);
    return !st || (st == JEMPUT_NOTFOUND ? answer_not_found(&q->answer) : answer_engine(&q->answer, &err));
}
