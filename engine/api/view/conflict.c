/* api/view/conflict.c — jemput_conflict: each side of each open conflict, with what all sides had seen before they parted, and why each was written.
 *
 * The merge state tells the sides. The value before them, and the notes, stand in the logs alone: those are gone through once, and only if the
 * statement asks for them. What is pending here on a row in conflict is what its table shows: then the shown side is told as this device's. */
#include <stdlib.h>
#include <string.h>

#include "api/checkpoint/checkpoint.h"
#include "api/view/view.h"
#include "log/payload.h"

struct side {
    uint64_t version;
    struct jemput_writer writer;
    jemput_stamp stamp;
    int64_t segment_id; /* 0: pending here, or it came with the schema */
    uint64_t segment;
    bool shown, deleted;
    struct jemput_value value, note;
};

struct conflict {
    struct conflict *next_of_row; /* further ones of the same row */
    const struct jemput_table *table;
    struct jemput_bytes row_key;
    const struct jemput_group *group; /* NULL: an edit against a delete */
    struct jemput_value key, grp, base;
    bool hard, base_known;
    jemput_stamp base_stamp; /* of the write that `base` was taken from; 0 = none yet */
    struct jemput_hash base_segment;
    uint32_t side_count;
    struct side *sides;
};

struct conflicts {
    struct view *v;
    uint32_t count, room;
    struct conflict **of; /* in table and key order */
    uint32_t row_count;
    struct conflict **rows;    /* the first of each row: ascending by table number and key */
    int64_t last_segment;      /* no side is in a later one */
    struct jemput_arena arena; /* of one segment */
};

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for conflicts");
}

/* --- taking them --- */

static enum jemput_status side_take(struct conflicts *all, struct conflict *c, struct side *out, const struct jemput_sibling *s,
                                    struct jemput_error *err)
{
    struct jemput_arena *keep = &all->v->keep;
    struct jemput_segment segment;
    jemput_stamp stamp;
    enum jemput_status st = view_values(&out->value, c->table, c->group, s->values, keep, err);

    out->version = s->version;
    out->writer = s->writer;
    out->stamp = s->stamp;
    out->shown = s->shown;
    out->deleted = s->deleted;
    if (st || !s->stamp)
        return st;
    st = jemput_store_version_find(all->v->j->store, s->version, &segment, &stamp, err);
    out->segment_id = segment.id;
    out->segment = segment.number;
    if (!st && segment.id > all->last_segment)
        all->last_segment = segment.id;
    return st;
}

static enum jemput_status conflict_list(struct conflicts *all, struct conflict *c, struct jemput_error *err)
{
    if (all->count == all->room) {
        uint32_t room = all->room ? 2 * all->room : 64;
        struct conflict **grown = jemput_arena_array(&all->v->keep, room, sizeof *grown);
        struct conflict **rows = jemput_arena_array(&all->v->keep, room, sizeof *rows);

        if (!grown || !rows)
            return nomem(err);
        if (all->count)
            memcpy(grown, all->of, all->count * sizeof *grown);
        if (all->row_count)
            memcpy(rows, all->rows, all->row_count * sizeof *rows);
        all->of = grown;
        all->rows = rows;
        all->room = room;
    }
    if (all->count && all->of[all->count - 1]->table == c->table && jemput_bytes_equal(all->of[all->count - 1]->row_key, c->row_key))
        all->of[all->count - 1]->next_of_row = c;
    else
        all->rows[all->row_count++] = c;
    all->of[all->count++] = c;
    return JEMPUT_OK;
}

static enum jemput_status conflict_take(void *ctx, const struct jemput_row_conflict *found, struct jemput_error *err)
{
    struct conflicts *all = ctx;
    struct jemput_arena *keep = &all->v->keep;
    struct conflict *c = jemput_arena_alloc(keep, sizeof *c);
    enum jemput_status st;

    if (!c)
        return nomem(err);
    c->table = found->table;
    c->group = found->group;
    c->hard = found->identity;
    c->row_key = jemput_arena_copy(keep, found->key);
    c->sides = jemput_arena_array(keep, found->sibling_count, sizeof *c->sides);
    if (!c->row_key.data || !c->sides)
        return nomem(err);
    st = view_key(&c->key, c->table, found->key, keep, err);
    if (!st)
        st = view_group(&c->grp, c->table, c->group, keep, err);
    for (; !st && c->side_count < found->sibling_count; c->side_count++)
        st = side_take(all, c, &c->sides[c->side_count], &found->siblings[c->side_count], err);
    if (!st && keep->total_bytes > JEMPUT_LOOK_BYTES_MAX)
        st = jemput_fail(err, JEMPUT_LIMIT, "the conflicts are more than %d MiB at once: jemput_conflicts() of jemput.h tells them one by one",
                         JEMPUT_LOOK_BYTES_MAX / (1024 * 1024));
    return st ? st : conflict_list(all, c, err);
}

/* --- what the logs know besides --- */

static int row_compare(const void *left, const void *right)
{
    const struct conflict *a = *(struct conflict *const *)left, *b = *(struct conflict *const *)right;

    if (a->table->id != b->table->id)
        return a->table->id < b->table->id ? -1 : 1;
    return jemput_bytes_compare(a->row_key, b->row_key);
}

/* The first conflict of a row; NULL = it has none. */
static struct conflict *row_find(const struct conflicts *all, const struct jemput_change *change)
{
    struct jemput_table table = { .id = change->table };
    struct conflict wanted = { .table = &table, .row_key = change->key }, *at = &wanted, **found;

    found = all->row_count ? bsearch(&at, all->rows, all->row_count, sizeof *all->rows, row_compare) : NULL;
    return found ? *found : NULL;
}

/* The cells of a change that a conflict is about, in the group's order; false: it does not write the group. */
static bool change_touches(const struct conflict *c, const struct jemput_change *change, struct jemput_value *out)
{
    bool touches = false;

    for (uint16_t i = 0; i < c->group->column_count; i++) {
        out[i] = view_null();
        for (uint16_t k = 0; k < change->cell_count; k++)
            if (change->cells[k].column == c->group->columns[i]) {
                out[i] = change->cells[k].value;
                touches = true;
            }
    }
    return touches;
}

/* Had each side seen this segment? That of a side itself the others had not, or they would have seen the side. */
static enum jemput_status sides_saw(struct conflicts *all, const struct conflict *c, const struct jemput_segment *segment, bool *out,
                                    struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *out = true;
    for (uint32_t i = 0; !st && *out && i < c->side_count; i++) {
        int64_t side = c->sides[i].segment_id;

        *out = false;
        if (side && side != segment->id)
            st = jemput_store_segment_saw(all->v->j->store, side, segment->id, out, err);
    }
    return st;
}

/* The last in the order of stamps, so that every replica tells the same. */
static enum jemput_status base_see(struct conflicts *all, struct conflict *c, const struct jemput_segment *segment, const struct jemput_txn *txn,
                                   const struct jemput_change *change, struct jemput_error *err)
{
    struct jemput_value *values = c->group ? jemput_arena_array(&all->arena, c->group->column_count, sizeof *values) : NULL;
    bool removed = change->op == JEMPUT_OP_DELETE, saw;
    enum jemput_status st;

    if (!c->group || txn->stamp < c->base_stamp)
        return JEMPUT_OK;
    if (!values)
        return nomem(err);
    if ((!removed && !change_touches(c, change, values)) ||
        (txn->stamp == c->base_stamp && memcmp(segment->hash.bytes, c->base_segment.bytes, sizeof segment->hash.bytes) < 0))
        return JEMPUT_OK;
    st = sides_saw(all, c, segment, &saw, err);
    if (st || !saw)
        return st;
    c->base_stamp = txn->stamp;
    c->base_segment = segment->hash;
    c->base_known = !removed;
    c->base = view_null();
    return removed ? JEMPUT_OK : view_values(&c->base, c->table, c->group, values, &all->v->keep, err);
}

static enum jemput_status note_see(struct conflicts *all, struct conflict *c, const struct jemput_segment *segment, uint32_t place,
                                   const struct jemput_txn *txn, struct jemput_error *err)
{
    struct jemput_value note = { .type = JEMPUT_TEXT, .bytes = txn->note };

    for (uint32_t i = 0; i < c->side_count && txn->note.len; i++)
        if (c->sides[i].segment_id == segment->id && c->sides[i].version % JEMPUT_SEGMENT_TXNS_MAX == place &&
            !jemput_value_copy(&c->sides[i].note, &note, &all->v->keep))
            return nomem(err);
    return JEMPUT_OK;
}

static enum jemput_status txn_see(struct conflicts *all, const struct jemput_segment *segment, uint32_t place, const struct jemput_txn *txn,
                                  struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < txn->change_count; i++)
        for (struct conflict *c = row_find(all, &txn->changes[i]); !st && c; c = c->next_of_row) {
            st = base_see(all, c, segment, txn, &txn->changes[i], err);
            if (!st)
                st = note_see(all, c, segment, place, txn, err);
        }
    return st;
}

static enum jemput_status segment_see(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct conflicts *all = ctx;
    struct jemput_commit commit;
    struct jemput_header header;
    struct jemput_txn *txns;
    struct jemput_oid oid;
    uint32_t count = 0;
    bool unread = false;
    enum jemput_status st;

    if (segment->control || segment->unread || segment->id > all->last_segment)
        return JEMPUT_OK;
    jemput_arena_clear(&all->arena);
    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = jemput_source_commit(jemput_repo_source(all->v->j->repo), &oid, true, &commit, &all->arena, err);
    if (engine_is_cut_off(all->v->j, segment, st))
        return JEMPUT_OK; /* notes and places of before the checkpoint are not here any more */
    if (!st)
        st = jemput_header_read(&header, commit.message, &all->arena, err);
    if (!st)
        st = engine_txns_read(all->v->j, &header, &commit, &txns, &count, &unread, &all->arena, err);
    for (uint32_t i = 0; !st && !unread && i < count; i++)
        st = txn_see(all, segment, i, &txns[i], err);
    return st;
}

/* --- what waits here --- */

static enum jemput_status pending_see(void *ctx, const struct jemput_txn *txn, struct jemput_error *err)
{
    struct conflicts *all = ctx;
    struct jemput_value note = { .type = JEMPUT_TEXT, .bytes = txn->note }, scratch[JEMPUT_COLUMNS_MAX];

    for (uint32_t i = 0; i < txn->change_count; i++) {
        const struct jemput_change *change = &txn->changes[i];
        bool removed = change->op == JEMPUT_OP_DELETE;

        for (struct conflict *c = row_find(all, change); c; c = c->next_of_row)
            for (uint32_t k = 0; k < c->side_count; k++) {
                struct side *s = &c->sides[k];

                if (!s->shown || s->deleted || (!removed && (!c->group || !change_touches(c, change, scratch))))
                    continue;
                s->writer = all->v->j->writer;
                s->stamp = txn->stamp;
                s->segment_id = 0;
                s->deleted = removed;
                s->note = view_null();
                if (txn->note.len && !jemput_value_copy(&s->note, &note, &all->v->keep))
                    return nomem(err);
            }
    }
    return JEMPUT_OK;
}

/* --- telling --- */

/* Since when there were two: the time that the second of the sides claims. */
static int64_t since_ms(const struct conflict *c)
{
    jemput_stamp first = UINT64_MAX, second = UINT64_MAX;

    for (uint32_t i = 0; i < c->side_count; i++) {
        jemput_stamp stamp = c->sides[i].stamp;

        if (stamp < first) {
            second = first;
            first = stamp;
        } else if (stamp < second)
            second = stamp;
    }
    return second == UINT64_MAX ? 0 : jemput_stamp_ms(second);
}

static enum jemput_status side_tell(struct view *v, const struct conflict *c, uint32_t number, struct jemput_error *err)
{
    const struct side *s = &c->sides[number];
    struct jemput_value cells[CONFLICT_CELLS];
    enum jemput_status st = view_who(v, &cells[CONFLICT_WHO], &s->writer, err);

    if (!st)
        st = view_trust(v, &cells[CONFLICT_TRUST], s->stamp, s->segment_id, err);
    cells[CONFLICT_TBL] = view_text(c->table->name);
    cells[CONFLICT_KEY] = c->key;
    cells[CONFLICT_GRP] = c->grp;
    cells[CONFLICT_SIDE] = view_integer(number + 1);
    cells[CONFLICT_SHOWN] = view_integer(s->shown);
    cells[CONFLICT_DELETED] = view_integer(s->deleted);
    cells[CONFLICT_VALUE] = s->deleted ? view_null() : s->value;
    cells[CONFLICT_CLAIMED] = view_ms(s->stamp ? jemput_stamp_ms(s->stamp) : 0);
    cells[CONFLICT_BASE] = c->base;
    cells[CONFLICT_BASE_KNOWN] = view_integer(c->base_known);
    cells[CONFLICT_HARD] = view_integer(c->hard);
    cells[CONFLICT_SINCE] = view_ms(since_ms(c));
    cells[CONFLICT_SEGMENT] = s->segment_id ? view_integer((int64_t)s->segment) : view_null();
    cells[CONFLICT_NOTE] = s->note;
    return st ? st : view_add(v, cells, err);
}

enum jemput_status view_conflicts(struct view *v, const struct jemput_value *values, struct jemput_error *err)
{
    struct conflicts all = { .v = v };
    const struct jemput_table *table;
    struct jemput_bytes key;
    enum jemput_status st = view_row_asked(v, values, &table, &key, err);

    if (!st && table)
        st = jemput_store_conflicts_of(v->j->store, table, key, conflict_take, &all, err);
    else if (!st)
        st = jemput_store_conflicts_each(v->j->store, conflict_take, &all, err);
    if (all.row_count)
        qsort(all.rows, all.row_count, sizeof *all.rows, row_compare);
    if (!st && all.count &&
        (jemput_rows_want(v->rows, CONFLICT_BASE) || jemput_rows_want(v->rows, CONFLICT_BASE_KNOWN) || jemput_rows_want(v->rows, CONFLICT_NOTE)))
        st = jemput_store_segments_each(v->j->store, NULL, 0, segment_see, &all, err);
    if (!st && all.count)
        st = jemput_store_pending_each(v->j->store, pending_see, &all, err);
    for (uint32_t i = 0; !st && i < all.count; i++)
        for (uint32_t k = 0; !st && k < all.of[i]->side_count; k++)
            st = side_tell(v, all.of[i], k, err);
    jemput_arena_release(&all.arena);
    return st;
}
