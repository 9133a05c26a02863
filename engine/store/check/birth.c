/* store/check/birth.c — is each birth (birth.h) that of a row which is there? A birth is a number without a key: so the keys that are there are asked
 * for theirs, and what is left over names no row. */
#include <stdlib.h>

#include "store/apply/birth.h"
#include "store/apply/birth_block.h"
#include "store/check/check.h"

static int id_compare(const void *left, const void *right)
{
    const struct jemput_birth_mark *a = left, *b = right;

    return a->id < b->id ? -1 : a->id > b->id;
}

static enum jemput_status mark_add(struct jemput_birth_marks *marks, uint64_t id, struct jemput_error *err)
{
    if (marks->count == marks->room) {
        size_t room = marks->room ? marks->room * 2 : 1024;
        struct jemput_birth_mark *grown = jemput_realloc(marks->of, room * sizeof *grown);

        if (!grown)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for births");
        marks->of = grown;
        marks->room = room;
    }
    marks->of[marks->count++] = (struct jemput_birth_mark){ .id = id };
    return JEMPUT_OK;
}

static enum jemput_status version_look(struct jemput_store *store, uint64_t version, uint64_t place, struct jemput_tally *t, struct jemput_error *err)
{
    const struct jemput_cause *cause;
    enum jemput_status st = version < JEMPUT_VERSION_PLACES ? JEMPUT_NOTFOUND
                                                            : jemput_causes_segment(store, (int64_t)(version / JEMPUT_VERSION_PLACES), &cause, err);

    if (!st && version % JEMPUT_VERSION_PLACES < cause->txn_count)
        return JEMPUT_OK;
    if (st && st != JEMPUT_NOTFOUND && st != JEMPUT_CORRUPT)
        return st;
    return jemput_tally_add(t, "jemput_birth",
                            st == JEMPUT_CORRUPT ? "a birth names a segment that is damaged" : "a birth names a segment that is not there",
                            (struct jemput_bytes){ 0 }, place, err);
}

/* `least`: no id of the block may be below it; moves on. */
static enum jemput_status block_look(struct jemput_store *store, struct jemput_birth_marks *out, sqlite3_stmt *stmt, uint64_t *least, uint64_t *place,
                                     struct jemput_tally *t, struct jemput_error *err)
{
    uint64_t first = (uint64_t)sqlite3_column_int64(stmt, 0);
    bool below = first < *least;
    struct jemput_birth_block b;
    enum jemput_status st = JEMPUT_OK;

    jemput_birth_block_open(&b, first, jemput_bytes_of(sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1)));
    while (!st && jemput_birth_block_next(&b)) {
        jemput_causes_trim(store);
        below = below || b.id < *least;
        *least = b.id + 1;
        st = mark_add(out, b.id, err);
        if (!st)
            st = version_look(store, b.version, ++*place, t, err);
    }
    return st || !(b.damaged || below) ? st : jemput_tally_add(t, "jemput_birth", "births are damaged", (struct jemput_bytes){ 0 }, 0, err);
}

enum jemput_status jemput_birth_marks_read(struct jemput_store *store, struct jemput_birth_marks *out, struct jemput_tally *t,
                                           struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    uint64_t place = 0, least = 0;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, store->db, "SELECT id, births FROM jemput_birth ORDER BY id", 0, err);
    int rc = SQLITE_DONE;

    if (st)
        return st;
    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        st = block_look(store, out, stmt, &least, &place, t, err);
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "read births");
    sqlite3_finalize(stmt);
    if (!st && out->count)
        qsort(out->of, out->count, sizeof *out->of, id_compare);
    return st;
}

enum jemput_status jemput_birth_mark(struct jemput_store *store, struct jemput_birth_marks *marks, const struct jemput_applier *a,
                                     struct jemput_bytes key, struct jemput_error *err)
{
    struct jemput_birth_mark wanted, *found;
    enum jemput_status st = marks->count ? jemput_birth_id(store, a, key, &wanted.id, err) : JEMPUT_OK;

    if (st || !marks->count)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    found = bsearch(&wanted, marks->of, marks->count, sizeof *marks->of, id_compare);
    if (found)
        found->met = true;
    return JEMPUT_OK;
}

enum jemput_status jemput_birth_marks_tell(struct jemput_store *store, struct jemput_birth_marks *marks, struct jemput_tally *t,
                                           struct jemput_error *err)
{
    bool beginning = false; /* births may be there before their rows */
    enum jemput_status st = jemput_store_frontier_held(store, &beginning, err);

    for (size_t i = 0; !st && !beginning && i < marks->count; i++)
        if (!marks->of[i].met)
            st = jemput_tally_add(t, "jemput_birth", "a row that merging shows is missing", (struct jemput_bytes){ 0 }, 0, err);
    return st;
}

void jemput_birth_marks_release(struct jemput_birth_marks *marks)
{
    jemput_free(marks->of);
    *marks = (struct jemput_birth_marks){ 0 };
}
