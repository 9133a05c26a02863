/* api/look/look.c — what people see: state of the store, conflicts, held rows, logs, stopped logs, signers. */
#include "api/look/look.h"

#include <stdio.h>
#include <string.h>

#include "api/checkpoint/checkpoint.h"
#include "api/facts.h"
#include "api/fork/resume.h"
#include "api/handle/moment.h"
#include "api/roster/roster.h"
#include "api/seal/evidence.h"
#include "api/seal/receipt.h"
#include "change/key.h"
#include "store/causes/own_writer.h"
#include "store/keys/epoch.h"
#include "store/object/aside.h"

static void look_roles(char *out, size_t size, unsigned roles)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(256);

    jemput_roles_write(&text, roles);
    snprintf(out, size, "%.*s", (int)text.len, text.data ? (const char *)text.data : "");
    jemput_buf_release(&text);
}

void look_datum(struct jemput_datum *out, const struct jemput_value *value)
{
    *out = (struct jemput_datum){ .type = (enum jemput_type)value->type };
    switch (value->type) {
    case JEMPUT_NULL:
        break;
    case JEMPUT_INTEGER:
        out->integer = value->integer;
        break;
    case JEMPUT_REAL:
        out->real = value->real;
        break;
    case JEMPUT_TEXT:
    case JEMPUT_BLOB:
        out->data = value->bytes.data;
        out->len = value->bytes.len;
        break;
    }
}

void look_value(struct jemput_value *out, const struct jemput_datum *datum)
{
    *out = (struct jemput_value){ .type = (enum jemput_value_type)datum->type };
    switch (datum->type) {
    case JEMPUT_TYPE_NULL:
        break;
    case JEMPUT_TYPE_INTEGER:
        out->integer = datum->integer;
        break;
    case JEMPUT_TYPE_REAL:
        out->real = datum->real;
        if (out->real != out->real) /* NaN: SQLite has NULL for it */
            out->type = JEMPUT_NULL;
        break;
    case JEMPUT_TYPE_TEXT:
    case JEMPUT_TYPE_BLOB:
        out->bytes = jemput_bytes_of(datum->data, datum->len);
        break;
    }
}

enum jemput_status look_key_write(const struct jemput_table *table, const struct jemput_datum *key, unsigned key_count, struct jemput_buf *out,
                                  struct jemput_error *err)
{
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    enum jemput_status st;

    if (key_count != table->key_count)
        return jemput_fail(err, JEMPUT_MISUSE, "table %s has %u key columns, %u values were given", table->name, (unsigned)table->key_count,
                           key_count);
    for (unsigned i = 0; i < key_count; i++)
        look_value(&values[i], &key[i]);
    st = jemput_key_write(out, values, key_count, err);
    return st ? st : jemput_buf_check(out, "key", err);
}

enum jemput_status look_key(const struct jemput_table *table, struct jemput_bytes key, const struct jemput_datum **out, struct jemput_arena *arena,
                            struct jemput_error *err)
{
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    struct jemput_datum *datums = jemput_arena_array(arena, table->key_count, sizeof *datums);
    enum jemput_status st = datums ? jemput_key_read(values, table->key_count, key, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory for a key");

    for (uint8_t i = 0; !st && i < table->key_count; i++)
        look_datum(&datums[i], &values[i]);
    if (!st)
        *out = datums;
    return st;
}

void look_origin(struct jemput *j, const struct jemput_writer *writer, jemput_stamp stamp, uint64_t segment, bool received, struct look_origin *out)
{
    const struct jemput_member *m = jemput_roster_member(&j->roster, writer);

    memset(out, 0, sizeof *out);
    jemput_hex_encode(out->origin.writer, writer->id, sizeof writer->id);
    out->origin.device_number = m ? m->device_number : 0;
    if (m)
        look_roles(out->roles, sizeof out->roles, m->roles);
    out->origin.roles = out->roles;
    out->origin.claimed_ms = jemput_stamp_ms(stamp);
    out->origin.segment = segment;
    out->origin.receipt = received;
}

enum jemput_status look_stopped(enum jemput_status st)
{
    return st == JEMPUT_CANCELLED ? JEMPUT_OK : st;
}

enum jemput_status look_received(struct jemput *j, const struct jemput_writer *writer, uint64_t number, int64_t id, bool *received,
                                 struct jemput_error *err)
{
    const struct jemput_member *central = engine_central(j);
    struct jemput_segment newest;
    uint64_t covered = 0;
    enum jemput_status st;

    *received = false;
    if (!central)
        return JEMPUT_OK;
    if (jemput_writer_compare(&central->writer, writer) == 0) {
        *received = true;
        return JEMPUT_OK;
    }
    st = engine_receipt_segment(j, &central->writer, &newest, err);
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    if (id) /* of a writer with several branches, the number does not say which */
        return jemput_store_frontier_has(j->store, newest.id, id, received, err);
    st = jemput_store_frontier_covers(j->store, newest.id, writer, &covered, err);
    *received = !st && number <= covered;
    return st;
}

/* --- state --- */

static enum jemput_status info_own(struct jemput *j, struct jemput_info *out, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_pending_count(j->store, &out->own.on_device, &out->pending_changes, err);

    return st ? st : engine_own_count(j, &out->own.waiting, &out->own.received, err);
}

static enum jemput_status info_unsent(struct jemput *j, struct jemput_info *out, struct jemput_error *err)
{
    struct jemput_segment last;
    int64_t had = 0;
    enum jemput_status st = jemput_store_own_last(j->store, &j->writer, &last, err);

    out->unsent = 0;
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    st = jemput_store_number_get(j->store, FACT_HUB_HAD, 0, &had, err);
    out->unsent = last.number > (uint64_t)had ? last.number - (uint64_t)had : 0;
    return st;
}

static enum jemput_status count_aside(void *ctx, const char *ref, const uint8_t commit[20], enum jemput_status status, const char *reason,
                                      int64_t seen_ms, struct jemput_error *err)
{
    (void)ref, (void)commit, (void)status, (void)reason, (void)seen_ms, (void)err;
    ++*(uint64_t *)ctx;
    return JEMPUT_OK;
}

static enum jemput_status info_facts(struct jemput *j, struct jemput_info *out, struct jemput_error *err)
{
    struct jemput_buf hub = JEMPUT_BUF_INIT(sizeof out->hub - 1);
    int64_t number;
    enum jemput_status st = jemput_store_fact_get(j->store, FACT_HUB, &hub, err);

    if (!st)
        memcpy(out->hub, hub.data ? hub.data : (const uint8_t *)"", hub.len);
    jemput_buf_release(&hub);
    if (st && st != JEMPUT_NOTFOUND)
        return st;
    st = jemput_store_number_get(j->store, FACT_DEVICE_NUMBER, 0, &number, err);
    out->device_number = (uint32_t)number;
    if (!st)
        st = jemput_store_number_get(j->store, FACT_LAST_SYNC_MS, 0, &out->last_sync_ms, err);
    if (!st)
        st = jemput_store_number_get(j->store, FACT_RECEIPT_MS, 0, &out->last_receipt_ms, err);
    if (!st)
        st = jemput_store_number_get(j->store, FACT_HUB_BEHIND, 0, &number, err);
    out->hub_behind = (uint64_t)number;
    if (!st)
        st = jemput_store_number_get(j->store, FACT_HUB_BEHIND_MS, 0, &out->hub_behind_ms, err);
    return st;
}

static void info_roster(struct jemput *j, struct jemput_info *out)
{
    const struct jemput_member *me = jemput_roster_member(&j->roster, &j->writer);

    jemput_hex_encode(out->space, j->space.id, sizeof j->space.id);
    jemput_hex_encode(out->writer, j->writer.id, sizeof j->writer.id);
    jemput_hex_encode(out->key, j->key.public_key, sizeof j->key.public_key);
    out->admitted = me != NULL;
    if (me) {
        out->revoked = me->standing == JEMPUT_STANDING_REVOKED || me->standing == JEMPUT_STANDING_ROTATED;
        look_roles(out->roles, sizeof out->roles, me->roles);
        snprintf(out->scope, sizeof out->scope, "%.*s", (int)me->scope.len, me->scope.data ? (const char *)me->scope.data : "");
    }
    out->roster_version = j->roster.version;
    out->schema_version = j->roster.schema_version;
}

enum jemput_status jemput_info_get(struct jemput *j, struct jemput_info *out, struct jemput_error *err)
{
    struct jemput_info info;
    struct jemput_store_counts counts;
    struct jemput_context heads;
    struct jemput_arena arena = { 0 };
    bool mine = false;
    enum jemput_status st = engine_awake(j, err);

    if (st)
        return st;
    memset(&info, 0, sizeof info);
    st = engine_moment(j, &mine, err);
    if (!st)
        st = engine_roster_refresh(j, err);
    info_roster(j, &info);
    if (!st)
        st = info_facts(j, &info, err);
    if (!st)
        st = info_own(j, &info, err);
    if (!st)
        st = info_unsent(j, &info, err);
    if (!st)
        st = jemput_store_counts(j->store, &counts, err);
    if (!st)
        st = jemput_store_heads(j->store, &heads, &arena, err);
    if (!st)
        st = jemput_store_asides_each(j->store, count_aside, &info.logs_stopped, err);
    if (!st)
        st = engine_clock_evidence(j, &info.clock_error_ms, &info.logs_ahead, err);
    if (!st)
        st = jemput_store_unread_count(j->store, &info.segments_unread, err);
    if (!st) {
        info.sealed = jemput_store_is_sealed(j->store);
        info.rows = counts.rows;
        info.conflicts = counts.conflicts;
        info.held = counts.held;
        info.logs = heads.count;
        *out = info;
    }
    engine_moment_end(j, mine);
    jemput_arena_release(&arena);
    return st ? jemput_wrap(err, "state") : JEMPUT_OK;
}

/* --- conflicts and held rows --- */

struct conflict_look {
    struct jemput *j;
    jemput_conflict_cb each;
    void *ctx;
};

static enum jemput_status conflict_sides(struct conflict_look *look, const struct jemput_row_conflict *c, struct jemput_conflict_side *sides,
                                         struct look_origin *origins, struct jemput_arena *arena, struct jemput_error *err)
{
    uint16_t columns = c->group ? c->group->column_count : 0;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < c->sibling_count; i++) {
        const struct jemput_sibling *s = &c->siblings[i];
        struct jemput_datum *values = jemput_arena_array(arena, columns, sizeof *values);
        struct jemput_segment segment;
        jemput_stamp stamp;
        bool received;

        if (!values)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for a conflict");
        for (uint16_t k = 0; s->values && k < columns; k++)
            look_datum(&values[k], &s->values[k]);
        sides[i] = (struct jemput_conflict_side){ .shown = s->shown, .deleted = s->deleted, .values = values };
        sides[i].origin = (struct jemput_origin){ .roles = "", .receipt = 1 };
        if (!s->stamp) /* it came with the schema: nobody's */
            continue;
        st = jemput_store_version_find(look->j->store, s->version, &segment, &stamp, err);
        if (!st)
            st = look_received(look->j, &s->writer, segment.number, segment.id, &received, err);
        if (st)
            break;
        look_origin(look->j, &s->writer, s->stamp, segment.number, received, &origins[i]);
        origins[i].origin.roles = origins[i].roles;
        sides[i].origin = origins[i].origin;
    }
    return st;
}

static enum jemput_status conflict_one(void *ctx, const struct jemput_row_conflict *c, struct jemput_error *err)
{
    struct conflict_look *look = ctx;
    struct jemput_arena arena = { 0 };
    struct jemput_value key_values[JEMPUT_KEY_COLUMNS_MAX];
    struct jemput_datum key[JEMPUT_KEY_COLUMNS_MAX];
    struct jemput_conflict out = { .table = c->table->name, .key_count = c->table->key_count, .key = key, .identity = c->identity,
        .side_count = c->sibling_count };
    struct jemput_conflict_side *sides = jemput_arena_array(&arena, c->sibling_count, sizeof *sides);
    struct look_origin *origins = jemput_arena_array(&arena, c->sibling_count, sizeof *origins);
    const char **columns = jemput_arena_array(&arena, c->group ? c->group->column_count : 0, sizeof *columns);
    enum jemput_status st = JEMPUT_OK;

    if (!sides || !origins || !columns)
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a conflict");
    if (!st)
        st = jemput_key_read(key_values, c->table->key_count, c->key, err);
    if (!st)
        st = conflict_sides(look, c, sides, origins, &arena, err);
    if (!st) {
        for (unsigned i = 0; i < c->table->key_count; i++)
            look_datum(&key[i], &key_values[i]);
        for (uint16_t i = 0; c->group && i < c->group->column_count; i++)
            columns[out.column_count++] = c->table->columns[c->group->columns[i]].name;
        out.columns = columns;
        out.sides = sides;
        if (look->each(look->ctx, &out))
            st = jemput_fail(err, JEMPUT_CANCELLED, "stopped");
    }
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status look_conflict(struct jemput *j, const struct jemput_row_conflict *conflict, jemput_conflict_cb each, void *ctx,
                                 struct jemput_error *err)
{
    struct conflict_look look = { .j = j, .each = each, .ctx = ctx };

    return conflict_one(&look, conflict, err);
}

enum jemput_status jemput_conflicts(struct jemput *j, jemput_conflict_cb each, void *ctx, struct jemput_error *err)
{
    struct conflict_look look = { .j = j, .each = each, .ctx = ctx };
    bool mine = false;
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = engine_moment(j, &mine, err);
    if (!st)
        st = jemput_store_conflicts_each(j->store, conflict_one, &look, err);
    engine_moment_end(j, mine);
    return look_stopped(st);
}

struct held_look {
    jemput_held_row_cb each;
    void *ctx;
};

static enum jemput_status held_one(void *ctx, const struct jemput_row_held *h, struct jemput_error *err)
{
    struct held_look *look = ctx;
    struct jemput_arena arena = { 0 };
    struct jemput_held_row out = { .table = h->table->name, .reason = h->reason, .column_count = h->table->column_count };
    struct jemput_datum *values = jemput_arena_array(&arena, h->table->column_count, sizeof *values);
    const char **columns = jemput_arena_array(&arena, h->table->column_count, sizeof *columns);
    enum jemput_status st = values && columns ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a held row");

    for (uint16_t i = 0; !st && i < h->table->column_count; i++) {
        columns[i] = h->table->columns[i].name;
        look_datum(&values[i], &h->values[i]);
    }
    out.columns = columns;
    out.values = values;
    if (!st && look->each(look->ctx, &out))
        st = jemput_fail(err, JEMPUT_CANCELLED, "stopped");
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status look_held(const struct jemput_row_held *held, jemput_held_row_cb each, void *ctx, struct jemput_error *err)
{
    struct held_look look = { .each = each, .ctx = ctx };

    return held_one(&look, held, err);
}

enum jemput_status jemput_held_rows(struct jemput *j, jemput_held_row_cb each, void *ctx, struct jemput_error *err)
{
    struct held_look look = { .each = each, .ctx = ctx };
    bool mine = false;
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = engine_moment(j, &mine, err);
    if (!st)
        st = jemput_store_held_each(j->store, held_one, &look, err);
    if (!st)
        st = jemput_store_unborn_each(j->store, held_one, &look, err);
    engine_moment_end(j, mine);
    return look_stopped(st);
}

/* --- logs --- */

struct log_look {
    struct jemput *j;
    jemput_segment_cb each;
    void *ctx;
};

static enum jemput_status log_segment(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct log_look *look = ctx;
    struct jemput_segment_info out = { .number = segment->number, .control = segment->control, .txns = segment->txn_count,
        .unread = segment->unread };
    struct look_origin origin;
    struct jemput_arena arena = { 0 };
    struct jemput_commit commit;
    struct jemput_oid oid;
    bool received;
    int kind;
    size_t size = 0;
    enum jemput_status st = look_received(look->j, &segment->writer, segment->number, segment->id, &received, err);

    memcpy(oid.id, segment->commit, sizeof oid.id);
    if (!st)
        st = jemput_source_commit(jemput_repo_source(look->j->repo), &oid, false, &commit, &arena, err);
    if (!st)
        st = jemput_store_object_get(look->j->store, commit.payload_oid.id, &kind, &size, NULL, err);
    jemput_arena_release(&arena);
    out.cut_off = engine_is_cut_off(look->j, segment, st);
    if (st && !out.cut_off)
        return st;
    look_origin(look->j, &segment->writer, segment->stamp, segment->number, received, &origin);
    out.origin = origin.origin;
    out.payload_bytes = size;
    jemput_hex_encode(out.commit, segment->commit, sizeof segment->commit);
    return look->each(look->ctx, &out) ? jemput_fail(err, JEMPUT_CANCELLED, "stopped") : JEMPUT_OK;
}

enum jemput_status jemput_log(struct jemput *j, jemput_segment_cb each, void *ctx, struct jemput_error *err)
{
    struct log_look look = { .j = j, .each = each, .ctx = ctx };
    bool mine = false;
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = engine_moment(j, &mine, err);
    if (!st)
        st = jemput_store_segments_each(j->store, NULL, 0, log_segment, &look, err);
    engine_moment_end(j, mine);
    return look_stopped(st);
}

struct aside_look {
    jemput_aside_cb each;
    void *ctx;
};

static enum jemput_status aside_one(void *ctx, const char *ref, const uint8_t commit[20], enum jemput_status status, const char *reason,
                                    int64_t seen_ms, struct jemput_error *err)
{
    struct aside_look *look = ctx;
    struct jemput_aside out = { .status = status, .reason = reason, .seen_ms = seen_ms };

    snprintf(out.ref, sizeof out.ref, "%s", ref);
    jemput_hex_encode(out.commit, commit, 20);
    return look->each(look->ctx, &out) ? jemput_fail(err, JEMPUT_CANCELLED, "stopped") : JEMPUT_OK;
}

enum jemput_status jemput_aside_each(struct jemput *j, jemput_aside_cb each, void *ctx, struct jemput_error *err)
{
    struct aside_look look = { .each = each, .ctx = ctx };
    bool mine = false;
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = engine_moment(j, &mine, err);
    if (!st)
        st = jemput_store_asides_each(j->store, aside_one, &look, err);
    engine_moment_end(j, mine);
    return look_stopped(st);
}

/* --- signers --- */

enum jemput_status look_signers(const struct jemput_roster *roster, char **out, size_t *out_len, struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(16 * 1024 * 1024);
    char hex[2 * JEMPUT_WRITER_BYTES + 1];
    enum jemput_status st;

    for (uint32_t i = 0; i < roster->member_count; i++) {
        const struct jemput_member *m = &roster->members[i];

        jemput_hex_encode(hex, m->writer.id, sizeof m->writer.id);
        jemput_buf_printf(&text, "%s namespaces=\"git\" ", hex);
        jemput_ssh_public_key(&text, m->public_key);
        jemput_buf_u8(&text, '\n');
    }
    jemput_buf_u8(&text, 0);
    st = jemput_buf_check(&text, "signers", err);
    if (st) {
        jemput_buf_release(&text);
        return st;
    }
    *out = (char *)text.data;
    *out_len = text.len - 1;
    return JEMPUT_OK;
}

enum jemput_status jemput_signers(struct jemput *j, char **out, size_t *out_len, struct jemput_error *err)
{
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = engine_roster_refresh(j, err);
    return st ? st : look_signers(&j->roster, out, out_len, err);
}
