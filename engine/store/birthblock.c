/* store/birthblock.c — births in blocks: see birthblock.h, and jemput_birth in schema/formats/store.md. A block that gets too full for a page is cut
 * into equal parts. */
#include "store/birthblock.h"

#include <string.h>

#define BLOCK_BYTES_MAX 2000 /* two or three fill a page well */
#define BIRTH_BYTES 9        /* mostly one takes less */
#define BIRTH_BYTES_MAX 20   /* two varints */
#define READ_BYTES_MAX ((size_t)1024 * 1024)

/* --- reading --- */

static bool varint_read(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
    uint64_t value = 0;

    for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
        uint8_t byte = *(*at)++;

        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = value;
            return byte || !shift; /* the shortest form */
        }
    }
    return false;
}

void jemput_birth_block_open(struct jemput_birth_block *b, uint64_t first, struct jemput_bytes births)
{
    *b = (struct jemput_birth_block){ .at = births.data, .end = births.data ? births.data + births.len : NULL, .id = first };
}

bool jemput_birth_block_next(struct jemput_birth_block *b)
{
    uint64_t more;

    if (b->at == b->end)
        return false;
    b->damaged = !varint_read(&b->at, b->end, &more) || !varint_read(&b->at, b->end, &b->version) || more >> JEMPUT_BIRTH_ID_BITS;
    b->id += b->damaged ? 0 : more;
    b->damaged = b->damaged || b->id >> JEMPUT_BIRTH_ID_BITS;
    if (b->damaged)
        b->at = b->end;
    return !b->damaged;
}

static enum jemput_status damaged(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_CORRUPT, "births are damaged");
}

/* The block that an id belongs to. *found false: there is none yet. The statement stands on it, and is the caller's to reset. NULL = err is set. */
static sqlite3_stmt *block_find(struct jemput_store *store, uint64_t id, bool *found, struct jemput_birth_block *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT id, births FROM jemput_birth WHERE id <= ? ORDER BY id DESC LIMIT 1", err);
    int rc;

    if (!stmt)
        return NULL;
    sqlite3_bind_int64(stmt, 1, (int64_t)id);
    rc = sqlite3_step(stmt);
    *found = rc == SQLITE_ROW;
    if (*found)
        jemput_birth_block_open(out, (uint64_t)sqlite3_column_int64(stmt, 0),
                                jemput_bytes_of(sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1)));
    if (rc == SQLITE_ROW || rc == SQLITE_DONE)
        return stmt;
    (void)jemput_sqlite_fail(store->db, rc, err, "look for a birth");
    sqlite3_reset(stmt);
    return NULL;
}

enum jemput_status jemput_birth_blocks_find(struct jemput_store *store, uint64_t id, uint64_t *version, struct jemput_error *err)
{
    struct jemput_birth_block b = { .at = NULL };
    bool found;
    sqlite3_stmt *stmt = block_find(store, id, &found, &b, err);

    *version = 0;
    if (!stmt)
        return err->status;
    while (found && *version == 0 && jemput_birth_block_next(&b) && b.id <= id) {
        if (b.id == id)
            *version = b.version;
    }
    sqlite3_reset(stmt);
    return b.damaged ? damaged(err) : JEMPUT_OK;
}

/* --- writing --- */

struct writing { /* one block, with what comes into it */
    struct jemput_store *store;
    uint64_t block;          /* id of the part at hand */
    uint64_t id, version;    /* put in last */
    bool any;
    size_t len, target;      /* so long a part is to be */
    uint8_t bytes[BLOCK_BYTES_MAX + BIRTH_BYTES_MAX];
};

static void varint_write(struct writing *w, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        w->bytes[w->len++] = (uint8_t)(value | 0x80);
    w->bytes[w->len++] = (uint8_t)value;
}

static enum jemput_status part_put(struct writing *w, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(w->store, "INSERT OR REPLACE INTO jemput_birth(id, births) VALUES(?, ?)", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, (int64_t)w->block);
    sqlite3_bind_blob(stmt, 2, w->bytes, (int)w->len, SQLITE_STATIC);
    return jemput_store_step_done(w->store, stmt, err);
}

static enum jemput_status birth_put(struct writing *w, uint64_t id, uint64_t version, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    if (w->len >= w->target) {
        st = part_put(w, err);
        w->block = w->id = id;
        w->len = 0;
    }
    varint_write(w, id - w->id);
    varint_write(w, version);
    w->id = id;
    w->version = version;
    w->any = true;
    return st;
}

/* "Two rows of one hash are no harm": if another version stands there, this row gets an entry with its whole key. Two rows that one transaction made
 * may share theirs. */
static enum jemput_status birth_settle(struct writing *w, const struct jemput_entry *birth, struct jemput_error *err)
{
    sqlite3_stmt *stmt = w->store->appliers->row_new;

    if (w->version == birth->version)
        return JEMPUT_OK;
    sqlite3_bind_int64(stmt, 1, birth->change->table);
    sqlite3_bind_blob64(stmt, 2, birth->change->key.data, birth->change->key.len, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 3, (int64_t)birth->version);
    return jemput_store_step_done(w->store, stmt, err);
}

/* The births that are there, and those that come, in the order of their ids. */
static enum jemput_status block_merge(struct writing *w, struct jemput_birth_block *old, const struct jemput_entry *births, uint32_t count,
                                      struct jemput_error *err)
{
    bool more = jemput_birth_block_next(old);
    uint32_t done = 0;
    enum jemput_status st = JEMPUT_OK;

    while (!st && (more || done < count)) {
        if (more && (done == count || old->id <= births[done].number)) {
            st = birth_put(w, old->id, old->version, err);
            more = jemput_birth_block_next(old);
        } else if (w->any && births[done].number == w->id) {
            st = birth_settle(w, &births[done++], err);
        } else {
            st = birth_put(w, births[done].number, births[done].version, err);
            done++;
        }
    }
    if (!st && old->damaged)
        st = damaged(err);
    return st ? st : part_put(w, err);
}

/* How many of the births belong to this block: those below the next one. */
static enum jemput_status block_share(struct jemput_store *store, const struct jemput_entry *births, uint32_t count, uint32_t *out,
                                      struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT id FROM jemput_birth WHERE id > ? ORDER BY id LIMIT 1", err);
    uint64_t next = UINT64_MAX;
    int rc;

    *out = 0;
    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, (int64_t)births[0].number);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        next = (uint64_t)sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    while (*out < count && births[*out].number < next)
        (*out)++;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "look for births");
}

/* *share: so many of the births have been put in. `scratch` keeps what the block has while it is written anew. */
static enum jemput_status block_put(struct jemput_store *store, const struct jemput_entry *births, uint32_t count, uint32_t *share,
                                    struct jemput_buf *scratch, struct jemput_error *err)
{
    struct writing w = { .store = store };
    struct jemput_birth_block old = { .at = NULL };
    bool found;
    size_t total, parts;
    sqlite3_stmt *stmt = block_find(store, births[0].number, &found, &old, err);
    enum jemput_status st;

    if (!stmt)
        return err->status;
    jemput_buf_clear(scratch);
    jemput_buf_append(scratch, old.at, (size_t)(old.end - old.at));
    w.block = w.id = old.id;
    sqlite3_reset(stmt);
    st = jemput_buf_check(scratch, "births", err);
    if (!st)
        st = block_share(store, births, count, share, err);
    if (st)
        return st;
    jemput_birth_block_open(&old, w.block, jemput_buf_bytes(scratch));
    total = scratch->len + (size_t)*share * BIRTH_BYTES;
    parts = (total + BLOCK_BYTES_MAX - 1) / BLOCK_BYTES_MAX;
    w.target = total / parts;
    if (parts == 1)
        w.target = BLOCK_BYTES_MAX;
    return block_merge(&w, &old, births, *share, err);
}

enum jemput_status jemput_birth_blocks_put(struct jemput_store *store, const struct jemput_entry *births, uint32_t count, struct jemput_error *err)
{
    struct jemput_buf scratch = JEMPUT_BUF_INIT(READ_BYTES_MAX);
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t done = 0, share; !st && done < count; done += share)
        st = block_put(store, births + done, count - done, &share, &scratch, err);
    jemput_buf_release(&scratch);
    return st;
}
