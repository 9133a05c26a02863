/* fuzz/fuzz_schema.c — schemas that an administrator might sign, or somebody in his name: CREATE TABLE, indexes, triggers and the options of
 * jemput_replicate() in any form.
 *
 * The first byte of an input says what the rest is:
 *     0   the options for a table that is there       1   what stands between the parentheses of a CREATE TABLE, which is replicated
 *     2   a trigger, behind CREATE TRIGGER, named by the option triggers=      3   an index, behind CREATE UNIQUE INDEX
 *     4   a whole schema
 * Besides, all of it goes to the reader of SQL text alone, in a block of its exact size. A schema is taken or refused with a reason. If it is taken, a row
 * can be written into its tables or is refused, and the store has no fault. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/internal.h"
#include "store/sql/text.h"
#include "store/trigger/text.h"
#include "support/crash_vfs.h"
#include "support/sim_env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_BYTES_MAX 2000
#define VALUE_BYTES_MAX 100000 /* that SQL functions may make here: printf() and zeroblob() are no concern of ours */
#define STEPS_MAX 200          /* in thousands of SQLite's, after which a statement is ended: a recursive SELECT is none either */

static struct crash_vfs *vfs;
static struct sim_env sim;
static struct crash_snapshot *fresh; /* a store without tables */
static unsigned steps;

static void make_id(uint8_t out[16], const uint8_t seed[32], uint64_t counter)
{
    memcpy(out, seed, 8);
    memcpy(out + 8, &counter, 8);
}

static int step_count(void *ctx)
{
    (void)ctx;
    return ++steps > STEPS_MAX;
}

static struct jemput_store *store_open(bool create)
{
    struct jemput_store_hooks hooks = { .make_id = make_id };
    struct jemput_store *store;
    struct jemput_error err;

    JEMPUT_ASSERT(jemput_store_open(&store, &sim.env, "a.db", create, &hooks, &err) == JEMPUT_OK);
    return store;
}

static void bounded(sqlite3 *db)
{
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX);
    sqlite3_progress_handler(db, 1000, step_count, NULL);
}

static void world_make(void)
{
    vfs = crash_vfs_new("schema");
    sim_env_init(&sim, vfs, 1);
    jemput_store_close(store_open(true));
    fresh = crash_vfs_snapshot(vfs);
}

/* --- the text --- */

static char *schema_of(unsigned what, struct jemput_bytes in)
{
    static const char table[] =
        "CREATE TABLE t(id TEXT PRIMARY KEY NOT NULL, a TEXT UNIQUE, b INTEGER CHECK(b > 0), c TEXT REFERENCES t(id), d, e);\n"
        "CREATE TABLE u(id TEXT PRIMARY KEY NOT NULL, n INTEGER);\n";
    char *text = NULL;

    if (what == 0)
        text = sqlite3_mprintf("%s SELECT jemput_replicate('t', %.*Q);", table, (int)in.len, in.data);
    else if (what == 1)
        text = sqlite3_mprintf("CREATE TABLE t(%.*s); SELECT jemput_replicate('t');", (int)in.len, in.data);
    else if (what == 2)
        text = sqlite3_mprintf("%s CREATE TRIGGER g %.*s; SELECT jemput_replicate('u'); SELECT jemput_replicate('t', 'triggers=g');", table,
                               (int)in.len, in.data);
    else if (what == 3)
        text = sqlite3_mprintf("%s CREATE UNIQUE INDEX x %.*s; SELECT jemput_replicate('t');", table, (int)in.len, in.data);
    else
        text = sqlite3_mprintf("%.*s", (int)in.len, in.data);
    JEMPUT_ASSERT(text);
    return text;
}

/* Every token lies in the text, and reading comes to an end. */
static void tokens_read(struct jemput_bytes in)
{
    struct sql_scan s = sql_scan_range((const char *)in.data, (const char *)in.data + in.len), part;
    const char *at = s.at;

    for (struct sql_token t = sql_next(&s); t.kind != SQL_END; t = sql_next(&s)) {
        JEMPUT_ASSERT(t.text >= at && t.len > 0 && t.text + t.len <= s.end && s.at == t.text + t.len);
        at = s.at;
    }
    JEMPUT_ASSERT(s.at == s.end);
    s = sql_scan_range((const char *)in.data, s.end);
    while (sql_next_part(&s, ',', &part))
        JEMPUT_ASSERT(part.at >= (const char *)in.data && part.at <= part.end && part.end <= s.end);
}

static void create_texts_read(const char *create)
{
    struct sql_token table, conflict;
    struct trigger_text text;

    (void)sql_index_of(create);
    (void)table_text_undoes_more(create);
    (void)trigger_text_raises_otherwise(create);
    if (trigger_text_read(&text, create))
        while (trigger_text_next_write(&text.body, &table, &conflict))
            continue;
}

/* --- the store --- */

/* A trigger that names what is not there is taken, as SQLite takes it, and told by the check for as long as that is so. */
static void problem_count(void *ctx, const char *what)
{
    if (strstr(what, "cannot run when rows are merged"))
        return;
    fprintf(stderr, "%s\n", what);
    ++*(unsigned *)ctx;
}

static void rows_write(struct jemput_store *store)
{
    sqlite3 *app = jemput_store_app(store);

    bounded(app);
    for (uint32_t id = 1; id <= jemput_store_table_count(store); id++) {
        const struct jemput_table *table = jemput_store_table(store, id);
        struct jemput_buf sql = JEMPUT_BUF_INIT(1 << 16);

        JEMPUT_ASSERT(table);
        jemput_buf_append_str(&sql, "INSERT INTO ");
        jemput_buf_identifier(&sql, table->name);
        for (uint8_t i = 0; i < table->key_count; i++) {
            jemput_buf_append_str(&sql, i ? ", " : "(");
            jemput_buf_identifier(&sql, table->columns[table->key_columns[i]].name);
        }
        for (uint8_t i = 0; i < table->key_count; i++)
            jemput_buf_append_str(&sql, i ? ", 7" : ") VALUES(7");
        jemput_buf_append(&sql, ")", 2);
        (void)sqlite3_exec(app, (const char *)sql.data, NULL, NULL, NULL); /* it may have a constraint that 7 does not hold to */
        jemput_buf_release(&sql);
    }
}

static void schema_try(const char *text)
{
    struct jemput_store *store;
    struct jemput_error err;
    unsigned faults = 0;
    uint64_t problems;
    enum jemput_status st;

    crash_vfs_restore(vfs, fresh);
    store = store_open(false);
    bounded(store->db);
    JEMPUT_ASSERT(jemput_store_begin(store, 0, &err) == JEMPUT_OK);
    st = jemput_store_schema_run(store, jemput_bytes_str(text), 1, &err);
    if (!st)
        st = jemput_store_commit(store, &err);
    else
        jemput_store_rollback(store);
    if (st == JEMPUT_NOMEM || st == JEMPUT_IO || st == JEMPUT_MISUSE)
        fprintf(stderr, "%s: %s\n", jemput_status_name(st), err.text);
    JEMPUT_ASSERT(st == JEMPUT_OK || (st != JEMPUT_NOMEM && st != JEMPUT_IO && st != JEMPUT_MISUSE && err.text[0]));
    if (!st) {
        rows_write(store);
        steps = 0;
        sqlite3_progress_handler(store->db, 0, NULL, NULL);
        st = jemput_store_check(store, problem_count, &faults, &problems, &err);
        if (st)
            fprintf(stderr, "check: %s: %s\n", jemput_status_name(st), err.text);
        JEMPUT_ASSERT(st == JEMPUT_OK);
        JEMPUT_ASSERT(faults == 0);
    }
    jemput_store_close(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;

    if (size < 1 || size > TEXT_BYTES_MAX || data[0] > 4 || memchr(data + 1, 0, size - 1))
        return 0;
    if (!vfs)
        world_make();
    tokens_read(jemput_bytes_of(data + 1, size - 1));
    text = schema_of(data[0], jemput_bytes_of(data + 1, size - 1));
    create_texts_read(text);
    steps = 0;
    schema_try(text);
    sqlite3_free(text);
    return 0;
}
