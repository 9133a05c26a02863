/* fuzz/fuzz_load.c — the items of a checkpoint, as central might sign them that lies or is broken: each its length and so many bytes, loaded into a store that
 * has the schema alone.
 *
 * They are taken or refused. What was taken and is no contradiction in itself (a row that is both shown and deleted is told as damage when it is written down) is a
 * state like any other: it can be loaded again, and comes out as the same bytes. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "store/dump/dump.h"
#include "store/dump/load.h"
#include "support/crash_vfs.h"
#include "support/sim_env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ITEMS_BYTES_MAX ((size_t)4 << 20)
#define INPUT_BYTES_MAX 20000

static const char schema[] =
    "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE, alamat TEXT, bantuan INTEGER NOT NULL DEFAULT 0, dicetak TEXT);"
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, nama TEXT NOT NULL, umur INTEGER CHECK(umur >= 0),"
    " keluarga TEXT REFERENCES keluarga(id), no_kk TEXT REFERENCES keluarga(no_kk));"
    "CREATE TABLE surat(id TEXT PRIMARY KEY NOT NULL, orang TEXT REFERENCES orang(id), isi TEXT);"
    "CREATE INDEX orang_keluarga ON orang(keluarga); CREATE INDEX orang_kk ON orang(no_kk); CREATE INDEX surat_orang ON surat(orang);"
    "SELECT jemput_replicate('keluarga', 'sum=bantuan; once=dicetak'); SELECT jemput_replicate('orang');"
    "SELECT jemput_replicate('surat', 'parent=orang:cascade');";

static struct jemput_store *stores[2]; /* with the schema alone: whatever is loaded is rolled back again */

static void make_id(uint8_t out[16], const uint8_t seed[32], uint64_t counter)
{
    memcpy(out, seed, 8);
    memcpy(out + 8, &counter, 8);
}

static void must(enum jemput_status st, const struct jemput_error *err)
{
    if (st)
        fprintf(stderr, "%s: %s\n", jemput_status_name(st), err->text);
    JEMPUT_ASSERT(st == JEMPUT_OK);
}

static void store_open(unsigned which)
{
    static struct sim_env sims[2];
    struct jemput_store_hooks hooks = { .make_id = make_id };
    struct jemput_error err;

    sim_env_init(&sims[which], crash_vfs_new(which ? "again" : "load"), 1);
    must(jemput_store_open(&stores[which], &sims[which].env, "a.db", true, &hooks, &err), &err);
    must(jemput_store_begin(stores[which], 0, &err), &err);
    must(jemput_store_schema_run(stores[which], jemput_bytes_str(schema), 1, &err), &err);
    must(jemput_store_commit(stores[which], &err), &err);
}

static enum jemput_status load(struct jemput_store *store, struct jemput_bytes items, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = items };
    struct jemput_loading *l;
    enum jemput_status st = jemput_load_begin(&l, store, NULL, true, err);

    while (!st && r.rest.len) {
        struct jemput_bytes item = jemput_read_sized(&r);

        st = r.overrun ? jemput_fail(err, JEMPUT_CORRUPT, "cut off") : jemput_load_item(l, item, err);
    }
    if (!st)
        st = jemput_load_end(l, err);
    jemput_load_free(l);
    return st;
}

static enum jemput_status item_add(void *ctx, struct jemput_bytes item, struct jemput_error *err)
{
    jemput_buf_sized(ctx, item);
    return jemput_buf_check(ctx, "items", err);
}

static enum jemput_status dump(struct jemput_buf *out, struct jemput_store *store)
{
    struct jemput_dumping *d;
    struct jemput_error err;
    enum jemput_status st = jemput_dump_begin(&d, store, item_add, out, &err);

    if (!st)
        st = jemput_dump_register(d, &err);
    if (!st)
        st = jemput_dump_state(d, &err);
    jemput_dump_free(d);
    JEMPUT_ASSERT(st == JEMPUT_OK || st == JEMPUT_CORRUPT);
    return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jemput_buf once = JEMPUT_BUF_INIT(ITEMS_BYTES_MAX), twice = JEMPUT_BUF_INIT(ITEMS_BYTES_MAX);
    struct jemput_error err;
    enum jemput_status st;

    if (size > INPUT_BYTES_MAX)
        return 0;
    for (unsigned i = 0; i < 2; i++) {
        if (!stores[i])
            store_open(i);
        must(jemput_store_begin(stores[i], 0, &err), &err);
    }
    st = load(stores[0], jemput_bytes_of(data, size), &err);
    JEMPUT_ASSERT(st == JEMPUT_OK || st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT || st == JEMPUT_UPGRADE);
    if (!st && !dump(&once, stores[0])) {
        must(load(stores[1], jemput_buf_bytes(&once), &err), &err);
        must(dump(&twice, stores[1]), &err);
        JEMPUT_ASSERT(jemput_bytes_equal(jemput_buf_bytes(&once), jemput_buf_bytes(&twice)));
    }
    for (unsigned i = 0; i < 2; i++)
        jemput_store_rollback(stores[i]);
    jemput_buf_release(&once);
    jemput_buf_release(&twice);
    return 0;
}
