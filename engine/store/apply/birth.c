/* store/apply/birth.c — births: see birth.h. They are written many at once, in the order of their ids, so that each block is met once. */
#include "store/apply/birth.h"

#include <string.h>

#include "store/apply/apply.h"
#include "store/apply/birth_block.h"
#include "store/file/layout.h"

#define HIDDEN_MAX (128u * 1024)

static struct jemput_births *births_of(struct jemput_store *store)
{
    return store->appliers->births;
}

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for births");
}

/* --- ids --- */

/* The hash's key is this store's own, made with the first birth. JEMPUT_NOTFOUND: there is none yet. */
static enum jemput_status births_key(struct jemput_store *store, struct jemput_error *err)
{
    struct jemput_births *births = births_of(store);
    struct jemput_buf key = JEMPUT_BUF_INIT(sizeof births->key);
    enum jemput_status st;

    if (births->keyed)
        return JEMPUT_OK;
    st = jemput_store_fact_get(store, JEMPUT_FACT_BIRTH_KEY, &key, err);
    if (!st && key.len != sizeof births->key)
        st = jemput_fail(err, JEMPUT_CORRUPT, "the fact '" JEMPUT_FACT_BIRTH_KEY "' is damaged");
    if (!st)
        memcpy(births->key, key.data, sizeof births->key);
    jemput_buf_release(&key);
    births->keyed = !st;
    return st;
}

enum jemput_status jemput_birth_key_make(struct jemput_store *store, struct jemput_error *err)
{
    struct jemput_births *births = births_of(store);
    enum jemput_status st = births_key(store, err);

    if (st != JEMPUT_NOTFOUND)
        return st;
    store->env->random(store->env, births->key, sizeof births->key);
    st = jemput_store_fact_put(store, JEMPUT_FACT_BIRTH_KEY, jemput_bytes_of(births->key, sizeof births->key), err);
    births->keyed = !st;
    return st;
}

/* FNV-1a: where the caller gave no hash that resists an enemy. */
static uint64_t plain_hash(const uint8_t key[16], struct jemput_bytes in)
{
    uint64_t hash = 0xcbf29ce484222325u ^ key[0];

    for (size_t i = 0; i < in.len; i++)
        hash = (hash ^ in.data[i]) * 0x100000001b3u;
    return hash ^ hash >> 32;
}

uint64_t jemput_birth_hash(const struct jemput_store *store, const uint8_t key[16], struct jemput_bytes in)
{
    return store->hooks.short_hash ? store->hooks.short_hash(key, in) : plain_hash(key, in);
}

enum jemput_status jemput_birth_key(struct jemput_store *store, uint8_t key[16], struct jemput_error *err)
{
    enum jemput_status st = births_key(store, err);

    if (!st)
        memcpy(key, births_of(store)->key, sizeof births_of(store)->key);
    return st;
}

/* Never 0. The key has been read or made. */
static enum jemput_status birth_id(struct jemput_store *store, const struct jemput_applier *a, struct jemput_bytes key, uint64_t *out,
                                   struct jemput_error *err)
{
    uint8_t named[4 + JEMPUT_KEY_BYTES_MAX];

    if (key.len > JEMPUT_KEY_BYTES_MAX)
        return jemput_fail(err, JEMPUT_CORRUPT, "table '%s': a key of %zu bytes", a->table->name, key.len);
    for (unsigned i = 0; i < 4; i++)
        named[i] = (uint8_t)(a->table->id >> 8 * i);
    if (key.len)
        memcpy(named + 4, key.data, key.len);
    *out = jemput_birth_hash(store, births_of(store)->key, jemput_bytes_of(named, 4 + key.len)) >> (64 - JEMPUT_BIRTH_ID_BITS);
    if (*out == 0)
        *out = 1;
    return JEMPUT_OK;
}

enum jemput_status jemput_birth_id(struct jemput_store *store, const struct jemput_applier *a, struct jemput_bytes key, uint64_t *out,
                                   struct jemput_error *err)
{
    enum jemput_status st = births_key(store, err);

    return st ? st : birth_id(store, a, key, out, err);
}

/* --- what is known and not shown --- */

static uint64_t *hidden_place(const struct jemput_births *births, uint64_t id)
{
    uint32_t place = (uint32_t)(id ^ id >> 32) & (births->hidden_room - 1);

    while (births->hidden[place] && births->hidden[place] != id)
        place = (place + 1) & (births->hidden_room - 1);
    return &births->hidden[place];
}

static enum jemput_status hidden_grow(struct jemput_births *births, struct jemput_error *err)
{
    uint64_t *old = births->hidden;
    uint32_t old_room = births->hidden_room, room = old_room ? old_room * 2 : 64;
    uint64_t *grown = jemput_alloc_zero(room, sizeof *grown);

    if (!grown)
        return nomem(err);
    births->hidden = grown;
    births->hidden_room = room;
    for (uint32_t i = 0; i < old_room; i++)
        if (old[i])
            *hidden_place(births, old[i]) = old[i];
    jemput_free(old);
    return JEMPUT_OK;
}

static enum jemput_status hidden_add(struct jemput_births *births, uint64_t id, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    uint64_t *place;

    if (births->all_hidden)
        return JEMPUT_OK;
    if (births->hidden_count >= HIDDEN_MAX) {
        births->all_hidden = true;
        return JEMPUT_OK;
    }
    if (births->hidden_count >= births->hidden_room / 2)
        st = hidden_grow(births, err);
    if (st)
        return st;
    place = hidden_place(births, id);
    births->hidden_count += *place == 0;
    *place = id;
    return JEMPUT_OK;
}

static enum jemput_status hidden_load(struct jemput_store *store, struct jemput_error *err)
{
    struct jemput_births *births = births_of(store);
    enum jemput_status st = jemput_birth_key_make(store, err);
    sqlite3_stmt *stmt;
    int rc = SQLITE_DONE;

    if (st)
        return st;
    stmt = jemput_store_statement(store, "SELECT tbl, key FROM jemput_row WHERE state IS NOT NULL AND state & 6", err);
    if (!stmt)
        return err->status;
    while (!st && !births->all_hidden && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct jemput_applier *a;
        uint64_t id;

        st = jemput_applier_of(store, (uint32_t)sqlite3_column_int64(stmt, 0), &a, err);
        if (!st)
            st = birth_id(store, a, jemput_bytes_of(sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1)), &id, err);
        if (!st)
            st = hidden_add(births, id, err);
    }
    sqlite3_reset(stmt);
    if (!st && !births->all_hidden && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "read hidden rows");
    births->loaded = !st;
    return st;
}

void jemput_births_stale(struct jemput_births *births)
{
    if (births->hidden)
        memset(births->hidden, 0, births->hidden_room * sizeof *births->hidden);
    births->hidden_count = 0;
    births->loaded = births->all_hidden = false;
}

bool jemput_key_is_kept(const struct jemput_applier *a, struct jemput_bytes key)
{
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    struct jemput_error ignored;

    if (jemput_key_read(values, a->table->key_count, key, &ignored))
        return false;
    for (uint8_t i = 0; i < a->table->key_count; i++) {
        bool number = values[i].type == JEMPUT_INTEGER || values[i].type == JEMPUT_REAL;

        if ((number && a->key_keeps[i] == JEMPUT_KEEPS_NO_NUMBER) || (values[i].type == JEMPUT_TEXT && a->key_keeps[i] == JEMPUT_KEEPS_NO_TEXT))
            return false;
    }
    return true;
}

enum jemput_status jemput_birth_may_be_hidden(struct jemput_store *store, const struct jemput_applier *a, struct jemput_bytes key, bool *out,
                                              struct jemput_error *err)
{
    struct jemput_births *births = births_of(store);
    uint64_t id;
    enum jemput_status st = births->loaded ? JEMPUT_OK : hidden_load(store, err);

    *out = births->all_hidden || !jemput_key_is_kept(a, key);
    if (st || *out || births->hidden_count == 0)
        return st;
    st = birth_id(store, a, key, &id, err);
    if (!st)
        *out = *hidden_place(births, id) == id;
    return st;
}

enum jemput_status jemput_birth_hide(struct jemput_store *store, const struct jemput_applier *a, struct jemput_bytes key, struct jemput_error *err)
{
    uint64_t id;
    enum jemput_status st;

    if (!births_of(store)->loaded)
        return JEMPUT_OK;
    st = birth_id(store, a, key, &id, err);
    return st ? st : hidden_add(births_of(store), id, err);
}

/* --- noting and finding --- */

static uint64_t *noted_word(struct jemput_births *births, uint64_t id)
{
    return &births->noted[id >> 6 & (JEMPUT_NOTED_WORDS - 1)];
}

static uint64_t noted_bit(uint64_t id)
{
    return UINT64_C(1) << (id & 63);
}

enum jemput_status jemput_birth_note(struct jemput_store *store, const struct jemput_applier *a, const struct jemput_change *insert, uint64_t version,
                                     struct jemput_error *err)
{
    struct jemput_births *births = births_of(store);
    struct jemput_entry birth = { .version = version, .change = insert };
    enum jemput_status st = jemput_birth_key_make(store, err);

    if (!st)
        st = birth_id(store, a, insert->key, &birth.number, err);
    if (!st && births->count == births->room) {
        uint32_t room = births->room ? births->room * 2 : 256;
        struct jemput_entry *grown = jemput_realloc(births->of, (size_t)2 * room * sizeof *grown);

        if (!grown)
            return nomem(err);
        births->of = grown;
        births->room = room;
    }
    if (!st) {
        births->of[births->count++] = birth;
        *noted_word(births, birth.number) |= noted_bit(birth.number);
        jemput_feed_note(store, a->table->id, insert->key);
    }
    return st;
}

enum jemput_status jemput_birth_find(struct jemput_store *store, const struct jemput_applier *a, struct jemput_bytes key, uint64_t *version,
                                     struct jemput_error *err)
{
    struct jemput_births *births = births_of(store);
    uint64_t id = 0;
    bool noted;
    enum jemput_status st = births_key(store, err);

    *version = 0;
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    st = birth_id(store, a, key, &id, err);
    noted = !st && *noted_word(births, id) & noted_bit(id);
    for (uint32_t i = births->count; noted && i-- > 0;) /* mostly the last: changes come in the order of keys */
        if (births->of[i].number == id && births->of[i].change->table == a->table->id && jemput_bytes_equal(births->of[i].change->key, key)) {
            *version = births->of[i].version;
            return JEMPUT_OK;
        }
    return st ? st : jemput_birth_blocks_find(store, id, version, err);
}

/* --- writing --- */

enum jemput_status jemput_birth_drop(struct jemput_store *store, const struct jemput_applier *a, struct jemput_bytes key, uint64_t version,
                                     struct jemput_error *err)
{
    uint64_t id;
    enum jemput_status st = births_key(store, err);

    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    JEMPUT_ASSERT(births_of(store)->count == 0);
    st = birth_id(store, a, key, &id, err);
    return st ? st : jemput_birth_blocks_drop(store, id, version, err);
}

enum jemput_status jemput_births_flush(struct jemput_store *store, struct jemput_error *err)
{
    struct jemput_births *births = births_of(store);
    enum jemput_status st;

    if (births->count)
        jemput_entries_sort(births->of, births->of + births->count, births->count);
    st = jemput_birth_blocks_put(store, births->of, births->count, err);
    births->count = 0;
    memset(births->noted, 0, sizeof births->noted);
    return st;
}

void jemput_births_release(struct jemput_births *births)
{
    jemput_free(births->of);
    jemput_free(births->hidden);
}
