/* Tests of store/feed/feed.c, feed/read.c and api/feed/feed.c on one device: a copy that is kept by the change feed alone is the store at every mark, whatever
 * fails, and whatever the store goes through. Of several devices: sim/test_follow.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "api/engine.h"
#include "feed_copy.h"
#include "store/internal.h"
#include "support/crash_vfs.h"
#include "support/fault_alloc.h"
#include "support/sim_env.h"

#define PATH "follow.db"

static struct fault_alloc mem; /* of the whole program */

static const char SCHEMA[] = "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, nama TEXT, huruf TEXT AS (upper(nama)));"
                             "CREATE TABLE berkas(kk TEXT NOT NULL, nomor INTEGER NOT NULL, isi BLOB, nilai REAL, PRIMARY KEY(kk, nomor)) WITHOUT ROWID;"
                             "CREATE TABLE kode(id TEXT PRIMARY KEY NOT NULL, arti TEXT); INSERT INTO kode VALUES('L', 'laki-laki'), ('P', 'perempuan');"
                             "SELECT jemput_replicate('orang', 'identity=nama'); SELECT jemput_replicate('berkas'); SELECT jemput_replicate('kode')";

struct one {
    struct crash_vfs *vfs;
    struct sim_env sim;
    struct jemput *j;
    struct jemput_error err;
    struct feed_copy copy, fresh;
};

static void must(const struct one *o, enum jemput_status st, const char *what)
{
    if (st)
        fail_msg("%s: %s (%s)", what, o->err.text, jemput_status_name(st));
}

static void one_init(struct one *o)
{
    const struct jemput_founding founding = { .schema = SCHEMA };

    memset(o, 0, sizeof *o);
    o->vfs = crash_vfs_new("feed");
    sim_env_init(&o->sim, o->vfs, 7);
    must(o, jemput_found(&o->j, PATH, &founding, &o->sim.env, &o->err), "found");
}

static void one_open(struct one *o)
{
    must(o, jemput_open(&o->j, PATH, &o->sim.env, &o->err), "open");
}

static void one_close(struct one *o)
{
    jemput_close(o->j);
    o->j = NULL;
}

static void one_release(struct one *o)
{
    one_close(o);
    crash_vfs_free(o->vfs);
}

static void sql(struct one *o, const char *text)
{
    if (sqlite3_exec(jemput_app(o->j), text, NULL, NULL, NULL))
        fail_msg("%s\n  %s", text, sqlite3_errmsg(jemput_app(o->j)));
}

static void seal(struct one *o)
{
    must(o, jemput_seal(o->j, NULL, &o->err), "seal");
}

static void work(struct one *o, const char *text)
{
    sql(o, text);
    seal(o);
}

static void follow(struct one *o)
{
    must(o, copy_follow(&o->copy, o->j, &o->err), "follow");
}

/* The copy is the store. */
static void expect_copy(struct one *o)
{
    o->fresh.writes = o->copy.writes;
    must(o, copy_read(&o->fresh, o->j, NULL, &o->err), "read all");
    assert_true(o->fresh.reading.whole);
    assert_string_equal(copy_text(&o->copy), copy_text(&o->fresh));
}

static void expect_follow(struct one *o, int whole, unsigned told)
{
    follow(o);
    assert_int_equal(o->copy.reading.whole, whole);
    assert_int_equal(o->copy.told, told);
    expect_copy(o);
}

static int64_t number_of(struct one *o, const char *text)
{
    struct jemput_error err;
    int64_t number = -1;

    assert_int_equal(jemput_sqlite_number(o->j->store->db, text, &number, &err), JEMPUT_OK);
    return number;
}

/* --- what is told --- */

static void a_whole_reading_tells_every_row_with_all_its_values_and_who_wrote_it(void **state)
{
    static struct one o;

    (void)state;
    one_init(&o);
    work(&o, "INSERT INTO orang(id, nik, nama) VALUES('b', '1', 'Budi'), ('a', NULL, 'Ani')");
    work(&o, "INSERT INTO berkas VALUES('k', 2, x'00ff', 0.5), ('k', 1, NULL, NULL), ('j', 3, x'', 1e300); UPDATE orang SET nama = 'Ana' WHERE id = 'a'");
    sql(&o, "INSERT INTO orang(id) VALUES('c')");
    o.copy.writes = true;
    follow(&o);
    assert_true(o.copy.reading.whole);
    assert_string_equal(copy_text(&o.copy), "berkas j,3: shown j|3||1.0000000000000001e+300; insert 1/3\n"
                                            "berkas k,1: shown k|1|~|~; insert 1/3\n"
                                            "berkas k,2: shown k|2|00ff|0.5; insert 1/3\n"
                                            "kode L: shown L|laki-laki; insert schema\n"
                                            "kode P: shown P|perempuan; insert schema\n"
                                            "orang a: shown a|~|Ana|ANA; insert 1/2, nama 1/3\n"
                                            "orang b: shown b|1|Budi|BUDI; insert 1/2\n"
                                            "orang c: shown c|~|~|~\n"); /* not sealed yet: nobody's */
    assert_int_equal(o.copy.reading.till.number, 0); /* nothing is noted */
    assert_int_equal(o.copy.reading.schema_version, 1);
    one_release(&o);
}

struct order {
    char names[512];
};

static int order_see(void *ctx, const struct jemput_feed_row *r)
{
    struct order *o = ctx;

    copy_say(o->names, r->table);
    copy_values(o->names, r->key, r->key_count, ",");
    copy_say(o->names, " ");
    return strstr(o->names, "!") != NULL;
}

static int table_see(void *ctx, const char *name, const char *options)
{
    struct order *o = ctx;

    copy_say(o->names, name);
    copy_say(o->names, "(");
    copy_say(o->names, options);
    copy_say(o->names, ") ");
    return strcmp(name, "berkas") == 0 && strstr(o->names, "stop");
}

static void tables_come_in_their_order_and_rows_in_the_order_of_their_keys(void **state)
{
    struct order order[2] = { { "" }, { "" } };
    struct jemput_feed_reading reading;
    static struct one o;
    struct order tables = { "" }, some = { "stop " };

    (void)state;
    one_init(&o);
    must(&o, jemput_feed_begin(o.j, &o.err), "begin");
    follow(&o);
    work(&o, "INSERT INTO orang(id) VALUES('b'), ('B'), ('a'), ('ab'); INSERT INTO berkas(kk, nomor) VALUES('k', 10), ('k', 9), ('j', 11)");
    must(&o, jemput_feed_read(o.j, NULL, order_see, &order[0], &reading, &o.err), "read");
    assert_string_equal(order[0].names, "orangB oranga orangab orangb berkasj,11 berkask,9 berkask,10 kodeL kodeP ");
    must(&o, jemput_feed_read(o.j, &o.copy.reading.till, order_see, &order[1], &reading, &o.err), "read");
    assert_false(reading.whole);
    assert_non_null(strstr(order[1].names, "oranga")); /* by the bytes of their keys: shorter ones first */
    assert_true(strstr(order[1].names, "orangB") < strstr(order[1].names, "oranga"));
    assert_true(strstr(order[1].names, "orangb") < strstr(order[1].names, "berkas"));
    must(&o, jemput_tables(o.j, table_see, &tables, &o.err), "tables");
    assert_string_equal(tables.names, "orang(identity=nama) berkas() kode() ");
    must(&o, jemput_tables(o.j, table_see, &some, &o.err), "tables");
    assert_string_equal(some.names, "stop orang(identity=nama) berkas() ");
    one_release(&o);
}

static int count_to_three(void *ctx, const struct jemput_feed_row *r)
{
    (void)r;
    return ++*(unsigned *)ctx == 3;
}

static void a_reading_ends_when_its_call_says_so(void **state)
{
    struct jemput_feed_reading reading;
    static struct one o;
    unsigned count = 0;

    (void)state;
    one_init(&o);
    work(&o, "INSERT INTO orang(id) VALUES('a'), ('b'), ('c'), ('d')");
    must(&o, jemput_feed_read(o.j, NULL, count_to_three, &count, &reading, &o.err), "read");
    assert_int_equal(count, 3);
    one_release(&o);
}

static int64_t cache_of(struct one *o)
{
    int64_t cache = 0;

    must(o, jemput_sqlite_number(o->j->store->db, "PRAGMA cache_size", &cache, &o->err), "look at the cache");
    return cache;
}

struct cache_look {
    struct one *o;
    int64_t expected;
    unsigned rows;
};

static int row_looks_at_the_cache(void *ctx, const struct jemput_feed_row *row)
{
    struct cache_look *look = ctx;

    (void)row;
    look->rows++;
    assert_int_equal(cache_of(look->o), look->expected);
    return 0;
}

static struct jemput_feed_mark cache_while_read(struct one *o, const struct jemput_feed_mark *since, int64_t expected, unsigned rows)
{
    struct cache_look look = { o, expected, 0 };
    struct jemput_feed_reading reading;
    int64_t before = cache_of(o);

    must(o, jemput_feed_read(o->j, since, row_looks_at_the_cache, &look, &reading, &o->err), "read");
    assert_int_equal(look.rows, rows);
    assert_int_equal(cache_of(o), before);
    return reading.till;
}

static void while_many_rows_are_read_more_pages_are_kept_and_afterwards_as_many_as_before(void **state)
{
    static const char insert[] = "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < %u) "
                                 "INSERT INTO orang(id, nama) SELECT '%c' || i, 'x' FROM n";
    struct jemput_feed_mark mark;
    char sql[256];
    static struct one o;
    int64_t small;

    (void)state;
    one_init(&o);
    small = cache_of(&o);
    assert_int_not_equal(small, -8192);
    must(&o, jemput_feed_begin(o.j, &o.err), "begin");
    mark = cache_while_read(&o, NULL, -8192, 2); /* all there are */
    snprintf(sql, sizeof sql, insert, 4095u, 'a');
    work(&o, sql);
    mark = cache_while_read(&o, &mark, small, 4095);
    snprintf(sql, sizeof sql, insert, 4096u, 'b');
    work(&o, sql);
    (void)cache_while_read(&o, &mark, -8192, 4096);
    must(&o, jemput_sqlite_exec(o.j->store->db, "PRAGMA cache_size=4000", "configure", &o.err), "configure");
    (void)cache_while_read(&o, NULL, 4000, 8193); /* it had more */
    one_release(&o);
}

static void one_row_is_told_as_it_stands_or_as_gone(void **state)
{
    const struct jemput_datum key[2] = { { .type = JEMPUT_TYPE_TEXT, .data = "k", .len = 1 }, { .type = JEMPUT_TYPE_TEXT, .data = "7", .len = 1 } };
    const struct jemput_datum null = { .type = JEMPUT_TYPE_NULL };
    static struct one o;

    (void)state;
    one_init(&o);
    work(&o, "INSERT INTO berkas VALUES('k', 7, x'ab', 1)");
    must(&o, jemput_feed_row(o.j, "BERKAS", key, 2, copy_take, &o.copy, &o.err), "row"); /* '7' is what the column makes of it */
    assert_string_equal(copy_text(&o.copy), "berkas k,7: shown k|7|ab|1\n");
    work(&o, "DELETE FROM berkas");
    must(&o, jemput_feed_row(o.j, "berkas", key, 2, copy_take, &o.copy, &o.err), "row");
    assert_string_equal(copy_text(&o.copy), "");
    assert_int_equal(o.copy.told, 2);
    assert_int_equal(jemput_feed_row(o.j, "tiada", key, 1, copy_take, &o.copy, &o.err), JEMPUT_NOTFOUND);
    assert_int_equal(jemput_feed_row(o.j, "berkas", key, 1, copy_take, &o.copy, &o.err), JEMPUT_MISUSE);
    assert_int_equal(jemput_feed_row(o.j, "orang", &null, 1, copy_take, &o.copy, &o.err), JEMPUT_MISUSE);
    assert_int_equal(o.copy.told, 2);
    one_release(&o);
}

/* --- marks --- */

static void a_reading_from_a_mark_tells_each_row_that_moved_since_once(void **state)
{
    static struct one o;

    (void)state;
    one_init(&o);
    o.copy.writes = true;
    must(&o, jemput_feed_begin(o.j, &o.err), "begin");
    must(&o, jemput_feed_begin(o.j, &o.err), "begin again");
    work(&o, "INSERT INTO orang(id, nik) VALUES('a', '1'), ('b', '2'), ('c', '3')");
    expect_follow(&o, 1, 5);
    expect_follow(&o, 0, 0);
    work(&o, "UPDATE orang SET nama = 'x' WHERE id = 'a'");
    work(&o, "UPDATE orang SET nama = 'y' WHERE id = 'a'; DELETE FROM orang WHERE id = 'b'; UPDATE kode SET arti = 'wanita' WHERE id = 'P'");
    expect_follow(&o, 0, 3);
    work(&o, "INSERT INTO orang(id, nik) VALUES('b', '9')");
    work(&o, "DELETE FROM orang WHERE id = 'b'");
    expect_follow(&o, 0, 1);
    work(&o, "UPDATE orang SET id = 'd' WHERE id = 'c'"); /* one goes, one comes */
    expect_follow(&o, 0, 2);
    assert_string_equal(copy_text(&o.copy), "kode L: shown L|laki-laki; insert schema\n"
                                            "kode P: shown P|wanita; insert schema, arti 1/4\n"
                                            "orang a: shown a|1|y|Y; insert 1/2, nama 1/4\n"
                                            "orang d: shown d|3|~|~; insert 1/7\n");
    one_release(&o);
}

static void what_was_read_before_it_was_sealed_is_told_again(void **state)
{
    static struct one o;

    (void)state;
    one_init(&o);
    o.copy.writes = true;
    must(&o, jemput_feed_begin(o.j, &o.err), "begin");
    sql(&o, "INSERT INTO orang(id) VALUES('a')");
    follow(&o);
    assert_non_null(strstr(copy_text(&o.copy), "orang a: shown a|~|~|~\n"));
    seal(&o);
    expect_follow(&o, 0, 1);
    assert_non_null(strstr(copy_text(&o.copy), "orang a: shown a|~|~|~; insert 1/2\n"));
    one_release(&o);
}

static void another_handle_of_the_store_notes_what_it_moves(void **state)
{
    static struct one o;
    struct jemput *beside;

    (void)state;
    one_init(&o);
    must(&o, jemput_beside(o.j, &beside, &o.err), "beside");
    must(&o, jemput_feed_begin(o.j, &o.err), "begin");
    follow(&o);
    assert_int_equal(sqlite3_exec(jemput_app(beside), "INSERT INTO orang(id) VALUES('a')", NULL, NULL, NULL), SQLITE_OK);
    must(&o, jemput_seal(beside, NULL, &o.err), "seal");
    expect_follow(&o, 0, 1);
    jemput_close(beside);
    one_release(&o);
}

/* Put back, and gone on another way: the number is there again, and means another block. */
static void a_store_that_was_put_back_is_read_whole(void **state)
{
    static struct one o;
    struct crash_snapshot *old;

    (void)state;
    one_init(&o);
    must(&o, jemput_feed_begin(o.j, &o.err), "begin");
    work(&o, "INSERT INTO orang(id) VALUES('a')");
    follow(&o);
    one_close(&o);
    old = crash_vfs_snapshot(o.vfs);
    one_open(&o);
    work(&o, "INSERT INTO orang(id) VALUES('b')");
    expect_follow(&o, 0, 1);
    one_close(&o);
    crash_vfs_restore(o.vfs, old);
    one_open(&o);
    expect_follow(&o, 1, 3); /* there is no such block */
    crash_snapshot_free(old);
    one_close(&o);
    old = crash_vfs_snapshot(o.vfs);
    one_open(&o);
    work(&o, "INSERT INTO orang(id) VALUES('c')");
    follow(&o);
    one_close(&o);
    crash_vfs_restore(o.vfs, old);
    sim_env_init(&o.sim, o.vfs, 8);
    one_open(&o);
    work(&o, "INSERT INTO orang(id) VALUES('d')");
    expect_follow(&o, 1, 4); /* there is one of that number */
    crash_snapshot_free(old);
    one_release(&o);
}

static void what_everybody_has_read_goes_and_names_nobody(void **state)
{
    struct jemput_feed_mark marks[3], unknown = { .number = 2, .id = { 1 } };
    static struct one o;

    (void)state;
    one_init(&o);
    must(&o, jemput_feed_begin(o.j, &o.err), "begin");
    for (unsigned i = 0; i < 3; i++) {
        work(&o, "INSERT INTO orang(id) VALUES(hex(randomblob(8)))");
        follow(&o);
        marks[i] = o.copy.reading.till;
    }
    must(&o, jemput_feed_done(o.j, &unknown, &o.err), "done");
    must(&o, jemput_feed_done(o.j, &(struct jemput_feed_mark){ 0 }, &o.err), "done");
    assert_int_equal(number_of(&o, "SELECT count(*) FROM jemput_feed WHERE number = 1 OR length(rows)"), 4); /* nothing was done */
    must(&o, jemput_feed_done(o.j, &marks[1], &o.err), "done");
    assert_int_equal(number_of(&o, "SELECT 100 * count(*) + sum(length(rows) > 0) FROM jemput_feed"), 201);
    must(&o, copy_read(&o.copy, o.j, &marks[1], &o.err), "read");
    assert_false(o.copy.reading.whole);
    assert_int_equal(o.copy.told, 1);
    must(&o, copy_read(&o.copy, o.j, &marks[0], &o.err), "read");
    assert_true(o.copy.reading.whole);
    must(&o, jemput_feed_done(o.j, &marks[2], &o.err), "done");
    assert_int_equal(number_of(&o, "SELECT 100 * count(*) + sum(length(rows) > 0) FROM jemput_feed"), 100);
    must(&o, copy_read(&o.copy, o.j, &marks[2], &o.err), "read");
    assert_false(o.copy.reading.whole);
    assert_int_equal(o.copy.told, 0);
    one_release(&o);
}

static void a_migration_is_read_whole_before_it_is_sealed_and_after(void **state)
{
    static struct one o;

    (void)state;
    one_init(&o);
    must(&o, jemput_feed_begin(o.j, &o.err), "begin");
    follow(&o);
    sql(&o, "SELECT jemput_migrate('CREATE TABLE jenis(id TEXT PRIMARY KEY NOT NULL, arti TEXT); INSERT INTO jenis VALUES(''KK'', ''kartu''); "
            "SELECT jemput_replicate(''jenis''); ALTER TABLE kode ADD COLUMN urut INTEGER')");
    expect_follow(&o, 1, 3);
    assert_int_equal(o.copy.reading.schema_version, 2);
    seal(&o);
    expect_follow(&o, 1, 3);
    expect_follow(&o, 0, 0);
    assert_non_null(strstr(copy_text(&o.copy), "jenis KK: shown KK|kartu\nkode L: shown L|laki-laki|~\n"));
    one_release(&o);
}

static void tables_that_are_computed_anew_are_read_whole_if_anything_differed(void **state)
{
    struct jemput_rebuild_report report;
    static struct one o;

    (void)state;
    one_init(&o);
    must(&o, jemput_feed_begin(o.j, &o.err), "begin");
    work(&o, "INSERT INTO orang(id, nama) VALUES('a', 'x'), ('b', 'y')");
    follow(&o);
    must(&o, jemput_rebuild(o.j, NULL, &report, &o.err), "rebuild");
    expect_follow(&o, 0, 0);
    assert_int_equal(sqlite3_exec(o.j->store->db, "UPDATE orang SET nama = 'palsu' WHERE id = 'a'", NULL, NULL, NULL), SQLITE_OK);
    must(&o, jemput_rebuild(o.j, NULL, &report, &o.err), "rebuild");
    assert_int_equal(report.rows_put, 1);
    expect_follow(&o, 1, 4);
    assert_non_null(strstr(copy_text(&o.copy), "orang a: shown a|~|x|X\n"));
    one_release(&o);
}

/* --- limits --- */

static void notes_fill(struct one *o, unsigned count)
{
    uint8_t key[32] = { 4, 30 };

    must(o, jemput_store_begin(o->j->store, 0, &o->err), "begin");
    for (unsigned i = 0; i < count; i++) {
        memcpy(key + 2, &i, sizeof i);
        jemput_feed_note(o->j->store, 1, jemput_bytes_of(key, sizeof key));
        jemput_feed_note(o->j->store, 1, jemput_bytes_of(key, sizeof key)); /* the same again takes no room */
    }
    must(o, jemput_store_commit(o->j->store, &o->err), "commit");
}

static void more_notes_than_fit_lead_to_a_whole_reading(void **state)
{
    static struct one o;

    (void)state;
    one_init(&o);
    must(&o, jemput_feed_begin(o.j, &o.err), "begin");
    follow(&o);
    notes_fill(&o, 3);
    assert_int_equal(number_of(&o, "SELECT length(rows) FROM jemput_feed ORDER BY number DESC"), 3 * 34);
    notes_fill(&o, JEMPUT_FEED_BLOCK_BYTES_MAX / 34 + 1); /* of one transaction */
    assert_int_equal(number_of(&o, "SELECT 10 * count(*) + sum(length(rows)) FROM jemput_feed"), 11); /* and what was noted before is gone */
    expect_follow(&o, 1, 2);
    for (unsigned i = 0; i * (uint64_t)JEMPUT_FEED_BLOCK_BYTES_MAX <= JEMPUT_FEED_READ_BYTES_MAX; i++) /* of one reading */
        notes_fill(&o, JEMPUT_FEED_BLOCK_BYTES_MAX / 34);
    expect_follow(&o, 1, 2);
    expect_follow(&o, 0, 0);
    one_release(&o);
}

static void blocks_that_nobody_reads_go(void **state)
{
    struct jemput_feed_mark first;
    static struct one o;

    (void)state;
    one_init(&o);
    must(&o, jemput_feed_begin(o.j, &o.err), "begin");
    work(&o, "INSERT INTO orang(id) VALUES('a')");
    follow(&o);
    first = o.copy.reading.till;
    assert_int_equal(sqlite3_exec(o.j->store->db, "UPDATE jemput_feed SET number = number + 16380", NULL, NULL, NULL), SQLITE_OK);
    for (unsigned i = 0; i < 4; i++)
        work(&o, "UPDATE orang SET nama = id || coalesce(nama, '')");
    assert_int_equal(number_of(&o, "SELECT max(number) FROM jemput_feed"), JEMPUT_FEED_BLOCKS_MAX + 2);
    assert_int_equal(number_of(&o, "SELECT count(*) FROM jemput_feed"), 6); /* all of them are of the last 16,384 */
    assert_int_equal(sqlite3_exec(o.j->store->db, "UPDATE jemput_feed SET number = 2 WHERE number = 16382", NULL, NULL, NULL), SQLITE_OK);
    work(&o, "UPDATE orang SET nama = id || coalesce(nama, '')");
    assert_int_equal(number_of(&o, "SELECT count(*) FROM jemput_feed"), 6);
    must(&o, copy_read(&o.copy, o.j, &first, &o.err), "read");
    assert_true(o.copy.reading.whole);
    one_release(&o);
}

static void a_damaged_note_leads_to_a_whole_reading(void **state)
{
    static const char *const damage[] = { "x'ff'", "x'0110'", "x'0900'", "x'80'", "x'000101'" };
    static struct one o;

    (void)state;
    one_init(&o);
    must(&o, jemput_feed_begin(o.j, &o.err), "begin");
    for (unsigned i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        char text[128];

        follow(&o);
        work(&o, "INSERT INTO orang(id) VALUES(hex(randomblob(8)))");
        snprintf(text, sizeof text, "UPDATE jemput_feed SET rows = %s WHERE number = (SELECT max(number) FROM jemput_feed)", damage[i]);
        assert_int_equal(sqlite3_exec(o.j->store->db, text, NULL, NULL, NULL), SQLITE_OK);
        expect_follow(&o, 1, 3 + i);
    }
    one_release(&o);
}

/* --- what fails --- */

/* As often as a write of the disk can be the last: the copy is read on after it, and is the store. */
static void a_block_is_there_exactly_if_what_it_tells_is(void **state)
{
    static struct one o;
    struct crash_snapshot *ready;
    struct feed_copy *before = malloc(sizeof *before);
    bool cut = true;

    (void)state;
    assert_non_null(before);
    one_init(&o);
    must(&o, jemput_feed_begin(o.j, &o.err), "begin");
    work(&o, "INSERT INTO orang(id, nik) VALUES('a', '1'), ('b', '2'), ('c', '3')");
    follow(&o);
    *before = o.copy;
    sql(&o, "UPDATE orang SET nama = 'x' WHERE id = 'a'; DELETE FROM orang WHERE id = 'b'; INSERT INTO berkas(kk, nomor) VALUES('k', 1)");
    one_close(&o);
    ready = crash_vfs_snapshot(o.vfs);
    for (uint64_t n = 0; cut; n++) {
        struct jemput_error err;

        crash_vfs_restore(o.vfs, ready);
        one_open(&o);
        crash_vfs_cut_at(o.vfs, n);
        if (jemput_seal(o.j, NULL, &err))
            assert_true(crash_vfs_is_cut(o.vfs));
        cut = crash_vfs_is_cut(o.vfs);
        one_close(&o);
        crash_vfs_cut_at(o.vfs, UINT64_MAX);
        crash_vfs_power_cut(o.vfs, n);
        one_open(&o);
        o.copy = *before;
        follow(&o);
        if (number_of(&o, "SELECT count(*) FROM jemput_pending") == 0) {
            assert_int_equal(o.copy.told, 3);
            expect_copy(&o);
        } else {
            assert_int_equal(o.copy.told, 0);
        }
        seal(&o); /* what waited is told now */
        follow(&o);
        expect_copy(&o);
        one_close(&o);
    }
    crash_snapshot_free(ready);
    free(before);
    one_release(&o);
}

/* What is tried while the nth allocation fails. */
struct attempt {
    const char *what;
    enum jemput_status (*run)(struct one *o, struct jemput_error *err);
};

static enum jemput_status try_begin(struct one *o, struct jemput_error *err)
{
    return jemput_feed_begin(o->j, err);
}

static enum jemput_status try_seal(struct one *o, struct jemput_error *err)
{
    return jemput_seal(o->j, NULL, err);
}

static enum jemput_status try_follow(struct one *o, struct jemput_error *err)
{
    struct feed_copy *copy = malloc(sizeof *copy);
    enum jemput_status st;

    assert_non_null(copy);
    *copy = o->copy;
    st = copy_follow(copy, o->j, err);
    if (!st)
        o->copy = *copy; /* a reading that failed is thrown away, as a transaction would be */
    free(copy);
    return st;
}

static enum jemput_status try_whole(struct one *o, struct jemput_error *err)
{
    return copy_read(&o->fresh, o->j, NULL, err);
}

static enum jemput_status try_row(struct one *o, struct jemput_error *err)
{
    const struct jemput_datum key = { .type = JEMPUT_TYPE_TEXT, .data = "a", .len = 1 };

    return jemput_feed_row(o->j, "orang", &key, 1, copy_take, &o->fresh, err);
}

static enum jemput_status try_done(struct one *o, struct jemput_error *err)
{
    return jemput_feed_done(o->j, &o->copy.reading.till, err);
}

static enum jemput_status try_tables(struct one *o, struct jemput_error *err)
{
    struct order tables = { "" };

    (void)o;
    return jemput_tables(o->j, table_see, &tables, err);
}

static void each_allocation_that_fails_fails_its_call_alone(void **state)
{
    static const struct attempt attempts[] = {
        { "begin", try_begin }, { "seal", try_seal }, { "follow", try_follow }, { "whole", try_whole },
        { "row", try_row },     { "done", try_done }, { "tables", try_tables },
    };
    static struct one o;
    struct crash_snapshot *ready;
    struct feed_copy *before = malloc(sizeof *before);

    (void)state;
    assert_non_null(before);
    one_init(&o);
    must(&o, jemput_feed_begin(o.j, &o.err), "begin");
    work(&o, "INSERT INTO orang(id, nik) VALUES('a', '1'), ('b', '2')");
    follow(&o);
    *before = o.copy;
    work(&o, "UPDATE orang SET nik = '3' WHERE id = 'b'");
    sql(&o, "UPDATE orang SET nama = 'x' WHERE id = 'a'; INSERT INTO orang(id) VALUES('c')");
    one_close(&o);
    ready = crash_vfs_snapshot(o.vfs);
    for (unsigned i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        bool failed = true;

        for (uint64_t n = 0; failed; n += fault_step()) {
            struct jemput_error err;
            enum jemput_status st;
            size_t live;

            crash_vfs_restore(o.vfs, ready);
            o.copy = *before;
            live = mem.live_blocks;
            one_open(&o);
            fault_alloc_arm(&mem, n, false);
            st = attempts[i].run(&o, &err);
            fault_alloc_disarm(&mem);
            failed = mem.failures > 0;
            if (st && (st != JEMPUT_NOMEM || !failed))
                fail_msg("%s, allocation %llu: %s (%s)", attempts[i].what, (unsigned long long)n, err.text, jemput_status_name(st));
            seal(&o);
            follow(&o);
            expect_copy(&o);
            one_close(&o);
            assert_int_equal(mem.live_blocks, live);
        }
    }
    crash_snapshot_free(ready);
    free(before);
    one_release(&o);
}

static int memory_begin(void **state)
{
    (void)state;
    fault_alloc_install(&mem);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_reading_tells_every_row_with_all_its_values_and_who_wrote_it),
        cmocka_unit_test(tables_come_in_their_order_and_rows_in_the_order_of_their_keys),
        cmocka_unit_test(a_reading_ends_when_its_call_says_so),
        cmocka_unit_test(while_many_rows_are_read_more_pages_are_kept_and_afterwards_as_many_as_before),
        cmocka_unit_test(one_row_is_told_as_it_stands_or_as_gone),
        cmocka_unit_test(a_reading_from_a_mark_tells_each_row_that_moved_since_once),
        cmocka_unit_test(what_was_read_before_it_was_sealed_is_told_again),
        cmocka_unit_test(another_handle_of_the_store_notes_what_it_moves),
        cmocka_unit_test(a_store_that_was_put_back_is_read_whole),
        cmocka_unit_test(what_everybody_has_read_goes_and_names_nobody),
        cmocka_unit_test(a_migration_is_read_whole_before_it_is_sealed_and_after),
        cmocka_unit_test(tables_that_are_computed_anew_are_read_whole_if_anything_differed),
        cmocka_unit_test(more_notes_than_fit_lead_to_a_whole_reading),
        cmocka_unit_test(blocks_that_nobody_reads_go),
        cmocka_unit_test(a_damaged_note_leads_to_a_whole_reading),
        cmocka_unit_test(a_block_is_there_exactly_if_what_it_tells_is),
        cmocka_unit_test(each_allocation_that_fails_fails_its_call_alone),
    };

    return cmocka_run_group_tests(tests, memory_begin, NULL);
}
