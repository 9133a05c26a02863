/* store/causes/segment.c — the register of segments and lines. A segment is registered once its predecessor is; its contexts are resolved then
 * (resolve.c). */
#include <string.h>

#include "change/stamps.h"
#include "store/causes/causes.h"
#include "store/causes/resolve.h"

#define HEADS_BYTES_MAX ((size_t)2 * (JEMPUT_CONTEXT_HEADS_MAX * 64 + 16))

#define SEGMENT_COLUMNS "s.id, l.writer, s.number, s.hash, s.previous, s.control, s.stamp, s.oid, s.txn_count, s.own, s.frontier, " \
    "EXISTS(SELECT 1 FROM jemput_unread WHERE segment = s.id)"
#define SEGMENT_FROM " FROM jemput_segment s JOIN jemput_line l ON l.id = s.line "

static enum jemput_status segment_read(struct jemput_segment *out, sqlite3_stmt *stmt, struct jemput_error *err)
{
    struct jemput_segment s = { .id = sqlite3_column_int64(stmt, 0) };

    if (sqlite3_column_bytes(stmt, 1) != JEMPUT_WRITER_BYTES || sqlite3_column_bytes(stmt, 3) != JEMPUT_HASH_BYTES ||
        sqlite3_column_bytes(stmt, 4) != JEMPUT_HASH_BYTES || sqlite3_column_bytes(stmt, 7) != sizeof s.commit)
        return jemput_fail(err, JEMPUT_CORRUPT, "segment %lld: its entry is damaged", (long long)s.id);
    memcpy(s.writer.id, sqlite3_column_blob(stmt, 1), JEMPUT_WRITER_BYTES);
    s.number = (uint64_t)sqlite3_column_int64(stmt, 2);
    memcpy(s.hash.bytes, sqlite3_column_blob(stmt, 3), JEMPUT_HASH_BYTES);
    memcpy(s.previous.bytes, sqlite3_column_blob(stmt, 4), JEMPUT_HASH_BYTES);
    s.control = sqlite3_column_int64(stmt, 5) != 0;
    s.stamp = (jemput_stamp)sqlite3_column_int64(stmt, 6);
    memcpy(s.commit, sqlite3_column_blob(stmt, 7), sizeof s.commit);
    s.txn_count = (uint32_t)sqlite3_column_int64(stmt, 8);
    s.own = sqlite3_column_int64(stmt, 9) != 0;
    s.frontier = sqlite3_column_int64(stmt, 10);
    s.unread = sqlite3_column_int64(stmt, 11) != 0;
    *out = s;
    return JEMPUT_OK;
}

/* Step a statement that gives at most one segment, and reset it. */
static enum jemput_status segment_step(struct jemput_store *store, sqlite3_stmt *stmt, struct jemput_segment *out, struct jemput_error *err)
{
    int rc = sqlite3_step(stmt);
    enum jemput_status st;

    if (rc == SQLITE_ROW)
        st = segment_read(out, stmt, err);
    else if (rc == SQLITE_DONE)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "no such segment");
    else
        st = jemput_sqlite_fail(store->db, rc, err, "find segment");
    sqlite3_reset(stmt);
    return st;
}

enum jemput_status jemput_store_segment_find(struct jemput_store *store, const struct jemput_hash *hash, struct jemput_segment *out,
                                             struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT " SEGMENT_COLUMNS SEGMENT_FROM "WHERE s.hash = ?", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, hash->bytes, JEMPUT_HASH_BYTES, SQLITE_STATIC);
    return segment_step(store, stmt, out, err);
}

enum jemput_status jemput_store_segment_of_commit(struct jemput_store *store, const uint8_t commit[20], struct jemput_segment *out,
                                                  struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT " SEGMENT_COLUMNS SEGMENT_FROM "WHERE s.oid = ? LIMIT 1", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, commit, 20, SQLITE_STATIC);
    return segment_step(store, stmt, out, err);
}

enum jemput_status jemput_store_segment_is_last(struct jemput_store *store, int64_t id, bool *out, struct jemput_error *err)
{
    const struct jemput_cause *s;
    const struct jemput_line *line;
    enum jemput_status st = jemput_causes_segment(store, id, &s, err);

    if (!st)
        st = jemput_causes_line(store, s->line, &line, err);
    *out = !st && line->last == id;
    return st;
}

enum jemput_status jemput_store_segment_last(struct jemput_store *store, const struct jemput_writer *writer, struct jemput_segment *out,
                                             struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(
        store, "SELECT " SEGMENT_COLUMNS SEGMENT_FROM "WHERE s.id = (SELECT last FROM jemput_line WHERE writer = ? ORDER BY id LIMIT 1)", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, writer->id, JEMPUT_WRITER_BYTES, SQLITE_STATIC);
    return segment_step(store, stmt, out, err);
}

enum jemput_status jemput_store_own_last(struct jemput_store *store, const struct jemput_writer *writer, struct jemput_segment *out,
                                         struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "SELECT " SEGMENT_COLUMNS SEGMENT_FROM
                                                "WHERE s.id = (SELECT max((SELECT o.id FROM jemput_segment o WHERE o.line = l.id AND o.own "
                                                "ORDER BY o.number DESC LIMIT 1)) FROM jemput_line l WHERE l.writer = ?)",
                                                err);

    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, writer->id, JEMPUT_WRITER_BYTES, SQLITE_STATIC);
    return segment_step(store, stmt, out, err);
}

enum jemput_status jemput_store_segment_after(struct jemput_store *store, const struct jemput_segment *segment, struct jemput_segment *out,
                                              struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "SELECT " SEGMENT_COLUMNS SEGMENT_FROM
                                                "WHERE s.id = (SELECT CASE WHEN EXISTS(SELECT 1 FROM jemput_line f WHERE f.writer = ?2 AND "
                                                "f.fork_of = t.line AND f.fork_number >= t.number) THEN t.id ELSE tl.last END "
                                                "FROM jemput_segment t JOIN jemput_line tl ON tl.id = t.line WHERE t.id = ?1)",
                                                err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, segment->id);
    sqlite3_bind_blob(stmt, 2, segment->writer.id, JEMPUT_WRITER_BYTES, SQLITE_STATIC);
    return segment_step(store, stmt, out, err);
}

/* One query a segment, since `each` may use the store, and even add segments. ?1: after which id; ?2: from which number; ?3: writer. */
static enum jemput_status segments_walk(struct jemput_store *store, const char *sql, int64_t after, const struct jemput_writer *writer,
                                        uint64_t from_number, jemput_segment_fn each, void *ctx, struct jemput_error *err)
{
    struct jemput_segment segment = { .id = after };
    enum jemput_status st = JEMPUT_OK;

    while (!st) {
        sqlite3_stmt *stmt = jemput_store_statement(store, sql, err);

        if (!stmt)
            return err->status;
        sqlite3_bind_int64(stmt, 1, segment.id);
        sqlite3_bind_int64(stmt, 2, from_number > INT64_MAX ? INT64_MAX : (int64_t)from_number);
        if (writer)
            sqlite3_bind_blob(stmt, 3, writer->id, JEMPUT_WRITER_BYTES, SQLITE_STATIC);
        st = segment_step(store, stmt, &segment, err);
        if (st == JEMPUT_NOTFOUND)
            return JEMPUT_OK;
        if (!st)
            st = each(ctx, &segment, err);
    }
    return st;
}

enum jemput_status jemput_store_segments_each(struct jemput_store *store, const struct jemput_writer *writer, uint64_t from_number,
                                              jemput_segment_fn each, void *ctx, struct jemput_error *err)
{
    return segments_walk(
        store, "SELECT " SEGMENT_COLUMNS SEGMENT_FROM "WHERE s.id > ?1 AND s.number >= ?2 AND (?3 IS NULL OR l.writer = ?3) ORDER BY s.id LIMIT 1",
        0, writer, from_number, each, ctx, err);
}

enum jemput_status jemput_store_segments_after(struct jemput_store *store, int64_t after, jemput_segment_fn each, void *ctx, struct jemput_error *err)
{
    return segments_walk(store, "SELECT " SEGMENT_COLUMNS SEGMENT_FROM "WHERE s.id > ?1 AND s.number >= ?2 ORDER BY s.id LIMIT 1", after, NULL, 0,
                         each, ctx, err);
}

enum jemput_status jemput_store_records_after(struct jemput_store *store, int64_t after, jemput_segment_fn each, void *ctx, struct jemput_error *err)
{
    return segments_walk(
        store, "SELECT " SEGMENT_COLUMNS SEGMENT_FROM "WHERE s.id > ?1 AND s.number >= ?2 AND s.control AND s.txn_count ORDER BY s.id LIMIT 1", after,
        NULL, 0, each, ctx, err);
}

enum jemput_status jemput_store_segments_since(struct jemput_store *store, int64_t after, int64_t *newest, bool *records, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "SELECT max(?1, coalesce((SELECT max(id) FROM jemput_segment), 0)), "
                                                "EXISTS(SELECT 1 FROM jemput_segment WHERE id > ?1 AND control AND txn_count)",
                                                err);
    int rc;

    if (!stmt || (!store->in_txn && jemput_causes_refresh(store, err))) /* who asks goes on to ask of their past */
        return err->status;
    sqlite3_bind_int64(stmt, 1, after);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        *newest = sqlite3_column_int64(stmt, 0);
        *records = sqlite3_column_int64(stmt, 1) != 0;
    }
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "look for new segments");
}

enum jemput_status jemput_store_heads(struct jemput_store *store, struct jemput_context *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_context heads = { 0 };
    uint32_t room = 0;
    enum jemput_status st = JEMPUT_OK;
    sqlite3_stmt *stmt = jemput_store_statement(
        store, "SELECT l.writer, s.number, s.hash, (SELECT count(*) FROM jemput_line) FROM jemput_line l JOIN jemput_segment s ON s.id = l.last",
        err);
    int rc;

    if (!stmt)
        return err->status;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && !st) {
        struct jemput_head *head;

        if (!heads.heads) {
            room = (uint32_t)sqlite3_column_int64(stmt, 3);
            heads.heads = jemput_arena_array(arena, room, sizeof *heads.heads);
        }
        if (!heads.heads) {
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for heads");
        } else if (sqlite3_column_bytes(stmt, 0) != JEMPUT_WRITER_BYTES || sqlite3_column_bytes(stmt, 2) != JEMPUT_HASH_BYTES ||
                   heads.count == room) {
            st = jemput_fail(err, JEMPUT_CORRUPT, "a line's entry is damaged");
        } else {
            head = &heads.heads[heads.count++];
            memcpy(head->writer.id, sqlite3_column_blob(stmt, 0), JEMPUT_WRITER_BYTES);
            head->number = (uint64_t)sqlite3_column_int64(stmt, 1);
            memcpy(head->hash.bytes, sqlite3_column_blob(stmt, 2), JEMPUT_HASH_BYTES);
        }
    }
    sqlite3_reset(stmt);
    if (!st && rc != SQLITE_DONE)
        return jemput_sqlite_fail(store->db, rc, err, "read heads");
    if (st)
        return st;
    jemput_context_normalise(&heads);
    *out = heads;
    return JEMPUT_OK;
}

enum jemput_status jemput_store_version_find(struct jemput_store *store, uint64_t version, struct jemput_segment *segment, jemput_stamp *stamp,
                                             struct jemput_error *err)
{
    const struct jemput_cause *cause;
    uint64_t place = version % JEMPUT_VERSION_PLACES;
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_causes_segment(store, (int64_t)(version / JEMPUT_VERSION_PLACES), &cause, err);

    if (!st && place >= cause->txn_count)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "segment %lld has no transaction %llu", (long long)cause->id, (unsigned long long)place);
    if (st)
        return st;
    stmt = jemput_store_statement(store, "SELECT " SEGMENT_COLUMNS SEGMENT_FROM "WHERE s.id = ?", err);
    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, cause->id);
    st = segment_step(store, stmt, segment, err);
    if (!st)
        *stamp = cause->stamps[place];
    return st;
}

/* --- lines --- */

struct placing {      /* where a new segment goes */
    int64_t line;     /* 0 = a new one */
    int64_t wanted;   /* the number that one is to have; 0 = the next */
    int64_t previous; /* segment before it; 0 = none */
    int64_t previous_line;
    uint64_t previous_number;
    int64_t previous_frontier;
    bool previous_whole;
    bool forked;
};

/* The predecessor, if one is needed: number 1 follows the space id (or, for the genesis segment's number 0, nothing). */
static enum jemput_status placing_previous(struct jemput_store *store, struct placing *p, const struct jemput_segment *segment,
                                           struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = JEMPUT_OK;
    int rc;

    p->previous_frontier = JEMPUT_CONTEXT_EMPTY;
    p->previous_whole = true;
    if (segment->number <= 1)
        return JEMPUT_OK;
    stmt = jemput_store_statement(store,
                                  "SELECT s.id, s.line, s.number, s.frontier, s.frontier_whole, l.writer FROM jemput_segment s "
                                  "JOIN jemput_line l ON l.id = s.line WHERE s.hash = ?",
                                  err);
    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, segment->previous.bytes, JEMPUT_HASH_BYTES, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        p->previous = sqlite3_column_int64(stmt, 0);
        p->previous_line = sqlite3_column_int64(stmt, 1);
        p->previous_number = (uint64_t)sqlite3_column_int64(stmt, 2);
        p->previous_frontier = sqlite3_column_int64(stmt, 3);
        p->previous_whole = sqlite3_column_int64(stmt, 4) != 0;
        if (p->previous_number + 1 != segment->number)
            st = jemput_fail(err, JEMPUT_CORRUPT, "segment %llu follows segment %llu", (unsigned long long)segment->number,
                             (unsigned long long)p->previous_number);
        else if (sqlite3_column_bytes(stmt, 5) != JEMPUT_WRITER_BYTES ||
                 memcmp(sqlite3_column_blob(stmt, 5), segment->writer.id, JEMPUT_WRITER_BYTES) != 0)
            st = jemput_fail(err, JEMPUT_CORRUPT, "segment %llu follows one of another writer", (unsigned long long)segment->number);
    } else if (rc == SQLITE_DONE) {
        st = jemput_fail(err, JEMPUT_CORRUPT, "the segment before number %llu is not known here", (unsigned long long)segment->number);
    } else {
        st = jemput_sqlite_fail(store->db, rc, err, "find the segment before");
    }
    sqlite3_reset(stmt);
    return st;
}

/* Extend the predecessor's line if it is that line's newest, else branch off. */
static enum jemput_status placing_line(struct jemput_store *store, struct placing *p, const struct jemput_segment *segment, struct jemput_error *err)
{
    const struct jemput_line *line;
    sqlite3_stmt *stmt;
    enum jemput_status st;
    int rc;

    if (p->previous) {
        st = jemput_causes_line(store, p->previous_line, &line, err);
        if (st)
            return st;
        p->forked = line->last != p->previous;
        p->line = p->forked ? 0 : p->previous_line;
        return JEMPUT_OK;
    }
    stmt = jemput_store_statement(store, "SELECT 1 FROM jemput_line WHERE writer = ? LIMIT 1", err);
    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, segment->writer.id, JEMPUT_WRITER_BYTES, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    sqlite3_reset(stmt);
    p->forked = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "find line");
}

static enum jemput_status line_put(struct jemput_store *store, struct placing *p, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct jemput_line line = { .writer = segment->writer, .last = segment->id, .last_number = segment->number };
    sqlite3_stmt *stmt;
    enum jemput_status st;

    if (p->line) {
        stmt = jemput_store_statement(store, "UPDATE jemput_line SET last = ?, last_number = ? WHERE id = ?", err);
        if (!stmt)
            return err->status;
        sqlite3_bind_int64(stmt, 1, segment->id);
        sqlite3_bind_int64(stmt, 2, (int64_t)segment->number);
        sqlite3_bind_int64(stmt, 3, p->line);
        st = jemput_store_step_done(store, stmt, err);
        line.id = p->line;
        jemput_causes_added(store, &line);
        return st;
    }
    line.fork_of = p->previous ? p->previous_line : 0;
    line.fork_number = p->previous_number;
    stmt = jemput_store_statement(
        store, "INSERT INTO jemput_line(writer, fork_of, fork_number, last, last_number, id) VALUES(?, ?, ?, ?, ?, ?)", err);
    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, segment->writer.id, JEMPUT_WRITER_BYTES, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, line.fork_of);
    sqlite3_bind_int64(stmt, 3, (int64_t)line.fork_number);
    sqlite3_bind_int64(stmt, 4, segment->id);
    sqlite3_bind_int64(stmt, 5, (int64_t)segment->number);
    if (p->wanted)
        sqlite3_bind_int64(stmt, 6, p->wanted);
    st = jemput_store_step_done(store, stmt, err);
    p->line = line.id = sqlite3_last_insert_rowid(store->db);
    jemput_causes_added(store, &line);
    return st;
}

/* --- adding --- */

static enum jemput_status segment_insert(struct jemput_store *store, const struct jemput_segment *s, int64_t line, struct jemput_bytes heads,
                                         struct jemput_error *err)
{
    struct jemput_buf stamps = JEMPUT_BUF_INIT(JEMPUT_STAMPS_BYTES_MAX);
    sqlite3_stmt *stmt;
    enum jemput_status st;

    store->own_end_known = store->own_end_known && !s->own;
    jemput_stamps_write(&stamps, s->stamps, s->txn_count);
    st = jemput_buf_check(&stamps, "stamps", err);
    if (st)
        goto done;
    stmt = jemput_store_statement(store,
                                  "INSERT INTO jemput_segment(id, line, number, hash, previous, stamp, control, own, oid, txn_count, stamps, heads, "
                                  "frontier, context, frontier_whole, context_whole) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 1, 0, 0)",
                                  err);
    if (!stmt) {
        st = err->status;
        goto done;
    }
    sqlite3_bind_int64(stmt, 1, s->id);
    sqlite3_bind_int64(stmt, 2, line);
    sqlite3_bind_int64(stmt, 3, (int64_t)s->number);
    sqlite3_bind_blob(stmt, 4, s->hash.bytes, JEMPUT_HASH_BYTES, SQLITE_STATIC);
    sqlite3_bind_blob(stmt, 5, s->previous.bytes, JEMPUT_HASH_BYTES, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 6, (int64_t)s->stamp);
    sqlite3_bind_int64(stmt, 7, s->control);
    sqlite3_bind_int64(stmt, 8, s->own);
    sqlite3_bind_blob(stmt, 9, s->commit, sizeof s->commit, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 10, s->txn_count);
    sqlite3_bind_blob64(stmt, 11, stamps.len ? (const void *)stamps.data : "", stamps.len, SQLITE_STATIC);
    if (heads.len)
        sqlite3_bind_blob64(stmt, 12, heads.data, heads.len, SQLITE_STATIC);
    st = jemput_store_step_done(store, stmt, err);
done:
    jemput_buf_release(&stamps);
    return st;
}

static enum jemput_status segment_check(const struct jemput_segment *s, struct jemput_error *err)
{
    if (s->number > INT64_MAX || s->stamp > JEMPUT_STAMP_MAX || s->txn_count > JEMPUT_SEGMENT_TXNS_MAX)
        return jemput_fail(err, JEMPUT_CORRUPT, "a segment's number, stamp or count is out of range");
    for (uint32_t i = 0; i < s->txn_count; i++) {
        if (s->stamps[i] > JEMPUT_STAMP_MAX || (i && s->stamps[i] < s->stamps[i - 1]))
            return jemput_fail(err, JEMPUT_CORRUPT, "the stamps within a segment go back");
    }
    return JEMPUT_OK;
}

/* Place it and write its entry, whose contexts are still empty. s->id 0: it gets the next number; `line` 0: as its predecessor says. */
static enum jemput_status segment_place(struct jemput_store *store, struct jemput_segment *s, int64_t line, struct placing *p,
                                        struct jemput_bytes heads, struct jemput_error *err)
{
    const struct jemput_line *there;
    enum jemput_status st = placing_previous(store, p, s, err);

    if (!st)
        st = placing_line(store, p, s, err);
    if (!st && line == JEMPUT_LINE_NEW) {
        p->forked = true;
        p->line = 0;
    } else if (!st && line) { /* a copy of a register, in which it may have come before others of its log that are here by now */
        p->wanted = line;
        st = jemput_causes_line(store, line, &there, err);
        p->line = st ? 0 : line;
        if (st == JEMPUT_NOTFOUND)
            st = JEMPUT_OK;
    }
    if (!st && !s->id)
        st = jemput_store_look(store, "SELECT coalesce(max(id), 0) + 1 FROM jemput_segment", "number a segment", &s->id, err);
    if (!st)
        st = line_put(store, p, s, err);
    return st ? st : segment_insert(store, s, p->line, heads, err);
}

static enum jemput_status segment_add(struct jemput_store *store, struct jemput_segment *s, int64_t line, struct placing *p, struct jemput_error *err)
{
    struct jemput_buf heads = JEMPUT_BUF_INIT(HEADS_BYTES_MAX);
    enum jemput_status st;

    jemput_heads_write(&heads, s);
    st = jemput_buf_check(&heads, "heads", err);
    if (!st)
        st = segment_place(store, s, line, p, jemput_buf_bytes(&heads), err);
    if (!st)
        st = jemput_segment_resolve(store, s, p->line, p->previous_frontier, p->previous_whole, err);
    if (!st)
        st = jemput_segments_wake(store, &s->hash, p->line, s->number, err);
    jemput_buf_release(&heads);
    return st;
}

enum jemput_status jemput_segment_add_at(struct jemput_store *store, struct jemput_segment *segment, int64_t id, int64_t line, bool *forked,
                                         struct jemput_error *err)
{
    static const struct jemput_context none = { 0 };
    struct jemput_segment s = *segment, there;
    struct placing p = { 0 };
    enum jemput_status st = segment_check(&s, err);

    if (st)
        return st;
    if (!s.merged)
        s.merged = &none;
    st = jemput_store_segment_find(store, &s.hash, &there, err);
    if (!st) {
        segment->id = there.id;
        return jemput_fail(err, JEMPUT_EXISTS, "the segment is registered already");
    }
    s.id = id;
    if (st == JEMPUT_NOTFOUND)
        st = segment_add(store, &s, line, &p, err);
    if (st)
        return st;
    segment->id = s.id;
    segment->frontier = s.frontier;
    *forked = p.forked;
    return JEMPUT_OK;
}

enum jemput_status jemput_store_segment_add(struct jemput_store *store, struct jemput_segment *segment, bool *forked, struct jemput_error *err)
{
    return jemput_segment_add_at(store, segment, 0, 0, forked, err);
}

enum jemput_status jemput_segment_put(struct jemput_store *store, struct jemput_segment *segment, int64_t *line, struct jemput_bytes heads,
                                      struct jemput_error *err)
{
    struct placing p = { 0 };
    enum jemput_status st = segment_check(segment, err);

    if (!st)
        st = segment_place(store, segment, *line, &p, heads, err);
    if (!st)
        *line = p.line;
    return st;
}
