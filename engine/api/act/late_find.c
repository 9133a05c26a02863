/* api/act/late_find.c — which rows must be carried after (late.c), and rows that went on in each other: two people each made one of the same two rows
 * stay, not knowing of each other. Of such a circle one row comes back, and the others go on in it. */
#include "api/act/late_past.h"

#include "api/act/succeed.h"
#include "api/facts.h"
#include "api/fork/resume.h"
#include "api/roster/roster.h"

#define CIRCLE_NOTE "kedua baris saling digabung; yang satu kembali"

struct finding {
    struct jemput *j;
    struct jemput_arena arena; /* of the names */
    struct jemput_arena row;   /* of the row at hand */
    uint32_t count, room;
    struct late_name *names;
    bool circles; /* what is looked for: rows that must come back, though they may be gone; else what must go, or its count */
};

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for late writes");
}

/* --- who does it --- */

static bool follows_late(const struct jemput *j)
{
    const struct jemput_member *chosen = engine_central(j);

    for (uint32_t i = 0; !engine_central(j) && i < j->roster.member_count; i++) {
        const struct jemput_member *m = &j->roster.members[i];

        if ((m->roles & JEMPUT_ROLE_ADMIN) && !engine_superseded(j, m) && (!chosen || m->device_number < chosen->device_number))
            chosen = m;
    }
    return chosen && jemput_writer_compare(&chosen->writer, &j->writer) == 0;
}

enum jemput_status engine_late_due(struct jemput *j, bool *due, struct jemput_error *err)
{
    struct jemput_succeeded_counts counts = { 0 };
    int64_t frontier = 0, seen = 0;
    enum jemput_status st = JEMPUT_OK;

    *due = false;
    if (!follows_late(j))
        return JEMPUT_OK;
    st = jemput_store_succeeded_count(j->store, &counts, err);
    if (!st && counts.all)
        st = jemput_store_frontier(j->store, &frontier, err);
    if (!st && counts.all)
        st = jemput_store_number_get(j->store, FACT_LATE_SEEN, 0, &seen, err);
    *due = !st && counts.all && (counts.there || counts.out || frontier != seen);
    return st;
}

/* --- which rows --- */

static enum jemput_status name_add(struct finding *f, struct late_name name, struct jemput_error *err)
{
    struct late_name *names = jemput_arena_room(&f->arena, f->names, f->count, &f->room, sizeof *names);

    if (!names)
        return nomem(err);
    f->names = names;
    name.key = jemput_arena_copy(&f->arena, name.key);
    if (!name.key.data)
        return nomem(err);
    f->names[f->count++] = name;
    return JEMPUT_OK;
}

static bool name_is_known(const struct finding *f, uint32_t table, struct jemput_bytes key)
{
    for (uint32_t i = 0; i < f->count; i++)
        if (f->names[i].table == table && jemput_bytes_equal(f->names[i].key, key))
            return true;
    return false;
}

/* Of a circle of rows: the lowest of those that are there, or the lowest of all. `out` empty: the chain from `first` ends, or `first` is not of the
 * circle. */
static enum jemput_status circle_lowest(struct finding *f, const struct jemput_table *table, struct jemput_bytes first, struct jemput_bytes *out,
                                        struct jemput_error *err)
{
    struct succeed_walk walk = { first, 0, 1 };
    struct jemput_bytes key = first;
    bool lowest_there = false;

    *out = (struct jemput_bytes){ 0 };
    do {
        struct jemput_row_look look;
        bool there;
        enum jemput_status st = jemput_store_row_look(f->j->store, table, key, &look, &f->row, err);

        if (st == JEMPUT_NOTFOUND || (!st && !look.successor.len))
            break;
        if (st)
            return st;
        there = look.shown || look.held;
        if (!out->len || (there && !lowest_there) || (there == lowest_there && jemput_bytes_compare(key, *out) < 0)) {
            *out = key;
            lowest_there = there;
        }
        key = look.successor;
        if (jemput_bytes_equal(key, first))
            return JEMPUT_OK;
    } while (!succeed_circles(&walk, key));
    *out = (struct jemput_bytes){ 0 };
    return JEMPUT_OK;
}

static bool table_counts(const struct jemput_table *table)
{
    bool counts = false;

    for (uint16_t c = 0; c < table->column_count; c++)
        counts = counts || table->columns[c].rule == JEMPUT_RULE_SUM;
    return counts;
}

/* Of two people who each made the same two rows one, both moved its counts: what it has then, below 0, is carried after as well. */
static enum jemput_status succeeded_see(void *ctx, const struct jemput_table *table, struct jemput_bytes key, bool there, struct jemput_error *err)
{
    struct finding *f = ctx;
    struct late_name name = { .table = table->id, .key = key };
    struct jemput_row_look look;
    struct jemput_bytes keep, lowest;
    enum jemput_status st;

    if (!there && !f->circles && !table_counts(table))
        return JEMPUT_OK;
    jemput_arena_clear(&f->row);
    st = jemput_store_row_look(f->j->store, table, key, &look, &f->row, err);
    if (st || !look.successor.len)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st; /* its deletion came before its insert */
    if (!there && !f->circles && !late_count_left(table, look.values))
        return JEMPUT_OK;
    st = succeed_end(f->j, table, key, &keep, &f->row, err);
    if (st || !f->circles)
        return st || !keep.len ? st : name_add(f, name, err);
    if (keep.len)
        return JEMPUT_OK;
    st = circle_lowest(f, table, key, &lowest, err);
    return st || !lowest.len || !jemput_bytes_equal(lowest, key) ? st : name_add(f, name, err);
}

/* The parent that such a row waits for, if that has gone on in another. */
static enum jemput_status parent_see(struct finding *f, const struct jemput_reference *r, const struct jemput_value *child, struct jemput_error *err)
{
    struct late_name name = { .table = r->parent->id };
    struct jemput_row_look look;
    struct jemput_bytes keep;
    enum jemput_status st = jemput_store_reference_key(f->j->store, r, child, &name.key, &f->row, err);

    if (st || !name.key.len || name_is_known(f, name.table, name.key))
        return st;
    st = jemput_store_row_look(f->j->store, r->parent, name.key, &look, &f->row, err);
    if (st || !look.successor.len)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st; /* no such parent */
    st = succeed_end(f->j, r->parent, name.key, &keep, &f->row, err);
    return st || !keep.len ? st : name_add(f, name, err);
}

static enum jemput_status out_see(void *ctx, const struct jemput_table *table, struct jemput_bytes key, bool there, struct jemput_error *err)
{
    struct finding *f = ctx;
    const struct jemput_reference *references;
    struct jemput_row_look look;
    uint16_t count = 0;
    enum jemput_status st;

    (void)there;
    jemput_arena_clear(&f->row);
    st = jemput_store_references(f->j->store, table, &references, &count, &f->row, err);
    if (!st && count)
        st = jemput_store_row_look(f->j->store, table, key, &look, &f->row, err);
    for (uint16_t i = 0; !st && i < count; i++)
        st = parent_see(f, &references[i], look.values, err);
    return st;
}

/* --- a circle --- */

struct returning {
    const struct late_name *name;
    const struct jemput_table *table;
    bool unnamed; /* by the first act */
    struct edits edits;
};

static enum jemput_status return_compose(struct returning *r, struct act *act, enum edit_kind kind, struct jemput_error *err)
{
    struct edit *row;
    enum jemput_status st = act_reason(act, CIRCLE_NOTE, err);

    edits_release(&r->edits);
    if (!st)
        st = edits_row(&r->edits, r->table, r->name->key, &row, err);
    if (!st)
        st = edit_may_go(&r->edits, row, err);
    if (st)
        return st;
    row->kind = kind;
    return edits_write(&r->edits, act, err);
}

/* Nothing, if somebody has parted them since. */
static enum jemput_status compose_unname(void *ctx, struct jemput *j, struct act *act, struct jemput_error *err)
{
    struct returning *r = ctx;
    struct jemput_bytes lowest;
    struct finding f = { .j = j };
    enum jemput_status st;

    r->table = jemput_store_table(j->store, r->name->table);
    st = circle_lowest(&f, r->table, r->name->key, &lowest, err);
    r->unnamed = !st && lowest.len;
    jemput_arena_release(&f.row);
    return st || !r->unnamed ? st : return_compose(r, act, EDIT_DELETE, err);
}

static enum jemput_status compose_return(void *ctx, struct jemput *j, struct act *act, struct jemput_error *err)
{
    struct returning *r = ctx;

    (void)j;
    return r->unnamed ? return_compose(r, act, EDIT_INSERT, err) : JEMPUT_OK;
}

/* It goes on in none any more, and is there. */
static enum jemput_status circle_open(struct jemput *j, const struct late_name *name, struct jemput_error *err)
{
    const act_compose composes[] = { compose_unname, compose_return };
    struct returning r = { .name = name };
    enum jemput_status st;

    edits_begin(&r.edits, j);
    st = act_do(j, composes, sizeof composes / sizeof *composes, &r, err);
    edits_release(&r.edits);
    return st;
}

/* --- all of them --- */

/* Circles are looked for again when more was merged. */
static enum jemput_status seen_note(struct jemput *j, struct jemput_error *err)
{
    int64_t frontier = 0;
    enum jemput_status st = jemput_store_frontier(j->store, &frontier, err);

    return st ? st : jemput_store_number_put(j->store, FACT_LATE_SEEN, frontier, err);
}

/* Under the lock: shapes stay what they are. */
static enum jemput_status find(struct finding *f, bool circles, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_begin(f->j->store, ENGINE_LOCK_WAIT_MS, err);

    if (st)
        return st;
    f->circles = circles;
    f->count = 0;
    st = jemput_store_succeeded_each(f->j->store, succeeded_see, f, err);
    if (!st && !circles)
        st = jemput_store_out_each(f->j->store, out_see, f, err);
    if (!st && circles)
        st = seen_note(f->j, err);
    if (!st)
        st = jemput_store_commit(f->j->store, err);
    if (st)
        jemput_store_rollback(f->j->store);
    return st;
}

/* What cannot go stays, and can be seen; so does what cannot be told from logs that are not whole here. */
static enum jemput_status left_alone(enum jemput_status st)
{
    return st == JEMPUT_MISUSE || st == JEMPUT_LIMIT || st == JEMPUT_DENIED || st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status carry(struct finding *f, uint32_t i, struct late_past *past, struct jemput_error *err)
{
    enum jemput_status st = late_carry(f->j, &f->names[i], past, err);

    if (!past->asked || past->known)
        return left_alone(st);
    st = late_past_read(past, f->names + i, f->count - i, err);
    return st ? st : left_alone(late_carry(f->j, &f->names[i], past, err));
}

enum jemput_status engine_late_follow(struct jemput *j, const struct late_going *going, struct jemput_error *err)
{
    struct finding f = { .j = j };
    struct late_past past = { .j = j, .going = *going };
    enum jemput_status st = find(&f, true, err);

    for (uint32_t i = 0; !st && i < f.count; i++) {
        st = late_may_go_on(going, err);
        if (!st)
            st = left_alone(circle_open(j, &f.names[i], err));
    }
    if (!st)
        st = find(&f, false, err);
    for (uint32_t i = 0; !st && i < f.count; i++) {
        st = late_may_go_on(going, err);
        if (!st)
            st = carry(&f, i, &past, err);
    }
    late_past_release(&past);
    jemput_arena_release(&f.arena);
    jemput_arena_release(&f.row);
    return st ? jemput_wrap(err, "late writes") : JEMPUT_OK;
}
