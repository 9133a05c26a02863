/* store/apply/birth_block.c — births in blocks: see apply/birth_block.h, and jemput_birth in schema/formats/store.md. A block that gets too long is
 * cut into equal parts. */
#include "store/apply/birth_block.h"

#include <string.h>

#define BLOCK_BYTES_MAX 960 /* four fill a page */
#define VERSION_BYTES_MAX 8
#define WORK_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* --- numbers --- */

static inline uint64_t number_get(const uint8_t *at, unsigned bytes)
{
    uint64_t value = 0;

    while (bytes--)
        value = value << 8 | *at++;
    return value;
}

static inline uint8_t *number_put(uint8_t *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = bytes; i-- > 0; value >>= 8)
        at[i] = (uint8_t)value;
    return at + bytes;
}

static unsigned number_bytes(uint64_t value)
{
    unsigned bytes = 1;

    while (bytes < 8 && value >> 8 * bytes)
        bytes++;
    return bytes;
}

/* --- reading --- */

static unsigned birth_bytes(const struct jemput_birth_block *b)
{
    return b->id_bytes + b->version_bytes;
}

static uint64_t birth_id(const struct jemput_birth_block *b, uint32_t at)
{
    return b->first + number_get(b->of + (size_t)at * birth_bytes(b), b->id_bytes);
}

static uint64_t birth_version(const struct jemput_birth_block *b, uint32_t at)
{
    return number_get(b->of + (size_t)at * birth_bytes(b) + b->id_bytes, b->version_bytes);
}

void jemput_birth_block_open(struct jemput_birth_block *b, uint64_t first, struct jemput_bytes births)
{
    *b = (struct jemput_birth_block){ .first = first, .id_bytes = 1, .version_bytes = 1 };
    if (births.len == 0)
        return;
    b->id_bytes = births.data[0] >> 4;
    b->version_bytes = births.data[0] & 15;
    b->damaged = b->id_bytes < 1 || b->id_bytes > JEMPUT_BIRTH_ID_BITS / 8 || b->version_bytes < 1 || b->version_bytes > VERSION_BYTES_MAX ||
                 (births.len - 1) % birth_bytes(b);
    if (b->damaged)
        return;
    b->of = births.data + 1;
    b->count = (uint32_t)((births.len - 1) / birth_bytes(b));
}

bool jemput_birth_block_next(struct jemput_birth_block *b)
{
    uint64_t id;

    if (b->damaged || b->at == b->count)
        return false;
    id = birth_id(b, b->at);
    b->damaged = id >> JEMPUT_BIRTH_ID_BITS || (b->at && id <= b->id);
    if (b->damaged)
        return false;
    b->id = id;
    b->version = birth_version(b, b->at++);
    return true;
}

/* The first birth from `at` on that is not below the id. */
static uint32_t block_search(const struct jemput_birth_block *b, uint32_t at, uint64_t id)
{
    uint32_t end = b->count;

    while (at < end) {
        uint32_t middle = at + (end - at) / 2;

        if (birth_id(b, middle) < id)
            at = middle + 1;
        else
            end = middle;
    }
    return at;
}

static enum jemput_status damaged(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_CORRUPT, "births are damaged");
}

/* --- blocks in the file --- */

struct found {
    struct jemput_birth_block block; /* borrows from the statement; without births if there is none */
    uint64_t next;                   /* the id of the block behind it; UINT64_MAX = none */
};

/* The block that an id belongs to. The statement stands on it, and is the caller's to reset. NULL = err is set. */
static sqlite3_stmt *block_find(struct jemput_store *store, uint64_t id, struct found *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "SELECT b.id, b.births, (SELECT n.id FROM jemput_birth n WHERE n.id > b.id ORDER BY n.id LIMIT 1) "
                                                "FROM jemput_birth b WHERE b.id <= ? ORDER BY b.id DESC LIMIT 1",
                                                err);
    int rc;

    if (!stmt)
        return NULL;
    out->next = UINT64_MAX;
    jemput_birth_block_open(&out->block, 0, (struct jemput_bytes){ 0 });
    sqlite3_bind_int64(stmt, 1, (int64_t)id);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        jemput_birth_block_open(&out->block, (uint64_t)sqlite3_column_int64(stmt, 0),
                                jemput_bytes_of(sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1)));
        if (sqlite3_column_type(stmt, 2) != SQLITE_NULL)
            out->next = (uint64_t)sqlite3_column_int64(stmt, 2);
    }
    if (out->block.damaged)
        (void)damaged(err);
    else if (rc == SQLITE_ROW || rc == SQLITE_DONE)
        return stmt;
    else
        (void)jemput_sqlite_fail(store->db, rc, err, "look for a birth");
    sqlite3_reset(stmt);
    return NULL;
}

enum jemput_status jemput_birth_blocks_find(struct jemput_store *store, uint64_t id, uint64_t *version, struct jemput_error *err)
{
    struct found found;
    sqlite3_stmt *stmt = block_find(store, id, &found, err);
    uint32_t at;

    *version = 0;
    if (!stmt)
        return err->status;
    at = block_search(&found.block, 0, id);
    if (at < found.block.count && birth_id(&found.block, at) == id)
        *version = birth_version(&found.block, at);
    sqlite3_reset(stmt);
    return JEMPUT_OK;
}

static enum jemput_status block_write(struct jemput_store *store, uint64_t first, const struct jemput_buf *births, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "INSERT OR REPLACE INTO jemput_birth(id, births) VALUES(?, ?)", err);

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, (int64_t)first);
    sqlite3_bind_blob64(stmt, 2, births->data, births->len, SQLITE_STATIC);
    return jemput_store_step_done(store, stmt, err);
}

/* --- writing --- */

struct writing {
    struct jemput_store *store;
    struct jemput_buf old, made, part; /* what the block has; that and what comes; what goes into one block */
};

/* Begin a block of that many births in `out`, and say where they go. NULL = no memory; jemput_buf_check says so. */
static uint8_t *block_make(struct jemput_buf *out, uint64_t count, unsigned id_bytes, unsigned version_bytes)
{
    size_t bytes = 1 + (size_t)count * (id_bytes + version_bytes);

    jemput_buf_clear(out);
    if (!jemput_buf_reserve(out, bytes))
        return NULL;
    out->data[0] = (uint8_t)(id_bytes << 4 | version_bytes);
    return out->data + 1;
}

/* Births of a block, from one to before another, as those of a block that begins at `first` and has that width. */
static uint8_t *births_recode(uint8_t *at, const struct jemput_birth_block *b, uint32_t from, uint32_t to, uint64_t first, unsigned id_bytes,
                              unsigned version_bytes)
{
    for (uint32_t i = from; i < to; i++)
        at = number_put(number_put(at, birth_id(b, i) - first, id_bytes), birth_version(b, i), version_bytes);
    return at;
}

/* The same where first and width are the block's own. */
static uint8_t *births_copy(uint8_t *at, const struct jemput_birth_block *b, uint32_t from, uint32_t to)
{
    size_t bytes = (size_t)(to - from) * birth_bytes(b);

    if (bytes)
        memcpy(at, b->of + (size_t)from * birth_bytes(b), bytes);
    return at + bytes;
}

/* What the block has goes to w->old, in a width that takes what comes, too. */
static enum jemput_status block_take(struct writing *w, struct jemput_birth_block *b, const struct jemput_entry *births, uint32_t share,
                                     struct jemput_error *err)
{
    unsigned id_bytes = number_bytes(births[share - 1].number - b->first), version_bytes = b->version_bytes;
    uint8_t *at;

    for (uint32_t i = 0; i < share; i++)
        if (births[i].version >> 8 * (version_bytes - 1) >> 8)
            version_bytes = number_bytes(births[i].version);
    if (id_bytes < b->id_bytes)
        id_bytes = b->id_bytes;
    at = block_make(&w->old, b->count, id_bytes, version_bytes);
    if (!at)
        return jemput_buf_check(&w->old, "births", err);
    if (id_bytes == b->id_bytes && version_bytes == b->version_bytes)
        at = births_copy(at, b, 0, b->count);
    else
        at = births_recode(at, b, 0, b->count, b->first, id_bytes, version_bytes);
    w->old.len = (size_t)(at - w->old.data);
    jemput_birth_block_open(b, b->first, jemput_buf_bytes(&w->old));
    return JEMPUT_OK;
}

/* "Two rows of one hash are no harm": if another version stands there, this row gets an entry with its whole key. Two rows that one transaction made
 * may share theirs. */
static enum jemput_status birth_settle(struct jemput_store *store, uint64_t version, const struct jemput_entry *birth, struct jemput_error *err)
{
    sqlite3_stmt *stmt = store->appliers->row_new;

    if (version == birth->version)
        return JEMPUT_OK;
    sqlite3_bind_int64(stmt, 1, birth->change->table);
    sqlite3_bind_blob64(stmt, 2, birth->change->key.data, birth->change->key.len, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 3, (int64_t)birth->version);
    return jemput_store_step_done(store, stmt, err);
}

/* The births that are there, and those that come, in the order of their ids: into w->made. */
static enum jemput_status block_merge(struct writing *w, const struct jemput_birth_block *b, const struct jemput_entry *births, uint32_t share,
                                      struct jemput_error *err)
{
    const struct jemput_entry *last = NULL;
    uint8_t *at = block_make(&w->made, (uint64_t)b->count + share, b->id_bytes, b->version_bytes);
    uint32_t done = 0;
    enum jemput_status st = at ? JEMPUT_OK : jemput_buf_check(&w->made, "births", err);

    for (uint32_t i = 0; !st && i < share; i++) {
        uint32_t place = block_search(b, done, births[i].number);

        at = births_copy(at, b, done, place);
        done = place;
        if (place < b->count && birth_id(b, place) == births[i].number) {
            st = birth_settle(w->store, birth_version(b, place), &births[i], err);
        } else if (last && last->number == births[i].number) {
            st = birth_settle(w->store, last->version, &births[i], err);
        } else {
            last = &births[i];
            at = number_put(number_put(at, last->number - b->first, b->id_bytes), last->version, b->version_bytes);
        }
    }
    if (!st)
        w->made.len = (size_t)(births_copy(at, b, done, b->count) - w->made.data);
    return st;
}

/* w->made goes into the file, in as many blocks as it takes. */
static enum jemput_status parts_write(struct writing *w, uint64_t first, struct jemput_error *err)
{
    struct jemput_birth_block b;
    uint64_t most, parts;
    enum jemput_status st = JEMPUT_OK;

    jemput_birth_block_open(&b, first, jemput_buf_bytes(&w->made));
    most = (BLOCK_BYTES_MAX - 1) / birth_bytes(&b);
    parts = (b.count + most - 1) / most;
    if (parts <= 1)
        return block_write(w->store, first, &w->made, err);
    for (uint64_t part = 0; !st && part < parts; part++) {
        uint32_t from = (uint32_t)(b.count * part / parts), to = (uint32_t)(b.count * (part + 1) / parts);
        uint64_t start = part ? birth_id(&b, from) : first;
        unsigned id_bytes = number_bytes(birth_id(&b, to - 1) - start);
        uint8_t *at = block_make(&w->part, to - from, id_bytes, b.version_bytes);

        if (!at)
            return jemput_buf_check(&w->part, "births", err);
        w->part.len = (size_t)(births_recode(at, &b, from, to, start, id_bytes, b.version_bytes) - w->part.data);
        st = block_write(w->store, start, &w->part, err);
    }
    return st;
}

static enum jemput_status birth_drop(struct writing *w, const struct jemput_birth_block *b, uint32_t place, struct jemput_error *err)
{
    uint8_t *at = block_make(&w->made, b->count, b->id_bytes, b->version_bytes);

    if (!at)
        return jemput_buf_check(&w->made, "births", err);
    at = births_copy(births_copy(at, b, 0, place), b, place + 1, b->count);
    w->made.len = (size_t)(at - w->made.data);
    return JEMPUT_OK;
}

enum jemput_status jemput_birth_blocks_drop(struct jemput_store *store, uint64_t id, uint64_t version, struct jemput_error *err)
{
    struct writing w = { .store = store, .made = JEMPUT_BUF_INIT(WORK_BYTES_MAX) };
    struct found found;
    sqlite3_stmt *stmt = block_find(store, id, &found, err);
    enum jemput_status st = JEMPUT_OK;
    uint32_t place;
    bool there;

    if (!stmt)
        return err->status;
    place = block_search(&found.block, 0, id);
    there = place < found.block.count && birth_id(&found.block, place) == id && birth_version(&found.block, place) == version;
    if (there)
        st = birth_drop(&w, &found.block, place, err);
    sqlite3_reset(stmt);
    if (!st && there)
        st = block_write(store, found.block.first, &w.made, err);
    jemput_buf_release(&w.made);
    return st;
}

/* *share: so many of the births have been put in, those that belong to one block. */
static enum jemput_status block_put(struct writing *w, const struct jemput_entry *births, uint32_t count, uint32_t *share, struct jemput_error *err)
{
    struct found found;
    sqlite3_stmt *stmt = block_find(w->store, births[0].number, &found, err);
    enum jemput_status st;

    if (!stmt)
        return err->status;
    for (*share = 1; *share < count && births[*share].number < found.next;)
        ++*share;
    st = block_take(w, &found.block, births, *share, err);
    sqlite3_reset(stmt);
    if (!st)
        st = block_merge(w, &found.block, births, *share, err);
    return st ? st : parts_write(w, found.block.first, err);
}

enum jemput_status jemput_birth_blocks_put(struct jemput_store *store, const struct jemput_entry *births, uint32_t count, struct jemput_error *err)
{
    struct writing w = { .store = store, .old = JEMPUT_BUF_INIT(WORK_BYTES_MAX), .made = JEMPUT_BUF_INIT(WORK_BYTES_MAX),
        .part = JEMPUT_BUF_INIT(WORK_BYTES_MAX) };
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t done = 0, share; !st && done < count; done += share)
        st = block_put(&w, births + done, count - done, &share, err);
    jemput_buf_release(&w.old);
    jemput_buf_release(&w.made);
    jemput_buf_release(&w.part);
    return st;
}
