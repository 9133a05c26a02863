/* At the limits: what a COMMIT accepts is sealed, sent and merged, whatever it is made of; and no number of devices is too many for central. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/roster/roster.h"
#include "api/seal/seal.h"
#include "bad.h"
#include "forge.h"

#define CENTRAL 0
#define TABLET 1

/* --- transactions --- */

#define WIDE_COLUMNS 500

/* warga: narrow; luas: many columns, each a group of its own, most of them NULL. */
static char *limits_schema(void)
{
    sqlite3_str *s = sqlite3_str_new(NULL);
    char *text, *copy;

    sqlite3_str_appendall(s, "CREATE TABLE warga(id INTEGER PRIMARY KEY NOT NULL, isi, lain); SELECT jemput_replicate('warga', 'key=app');");
    sqlite3_str_appendall(s, "CREATE TABLE luas(id INTEGER PRIMARY KEY NOT NULL");
    for (int i = 0; i < WIDE_COLUMNS; i++)
        sqlite3_str_appendf(s, ", c%d", i);
    sqlite3_str_appendall(s, "); SELECT jemput_replicate('luas', 'key=app');");
    text = sqlite3_str_finish(s);
    copy = strdup(text);
    sqlite3_free(text);
    return copy;
}

static void limits_begin(struct fleet *f, uint64_t seed)
{
    char *schema = limits_schema();

    fleet_init(f, 2, CENTRAL, schema, seed);
    free(schema);
}

/* What a transaction is made of: rows with `count` times the same expression. Of `many` rows it is too large. */
static const struct content {
    const char *what, *into, *value;
    int count, many;
} contents[] = {
    { "large random blobs", "warga(id, isi)", "randomblob(1048576)", 1, 8 },
    { "small random blobs", "warga(id, isi)", "randomblob(1000)", 1, 8450 },
    { "random numbers", "luas", "random()", WIDE_COLUMNS, 1750 },
    { "nearly nothing but rows", "luas(id)", "", 0, 2200 },
};

static int commit_try(struct fleet *f, const struct content *c, int rows)
{
    sqlite3_str *s = sqlite3_str_new(NULL);
    char *sql;
    int rc;

    sqlite3_str_appendf(s, "INSERT INTO %s SELECT value", c->into);
    for (int i = 0; i < c->count; i++)
        sqlite3_str_appendf(s, ", %s", c->value);
    sqlite3_str_appendf(s, " FROM (WITH RECURSIVE g(value) AS (VALUES(1) UNION ALL SELECT value + 1 FROM g WHERE value < %d) SELECT value FROM g)",
                        rows);
    sql = sqlite3_str_finish(s);
    rc = fleet_try(f, TABLET, sql);
    sqlite3_free(sql);
    return rc;
}

/* The largest of it that a COMMIT takes, to within a sixteenth. */
static void commit_the_most(struct fleet *f, const struct content *c)
{
    unsigned refused = 0;

    for (int rows = c->many; rows > 0 && commit_try(f, c, rows) != SQLITE_OK; rows -= rows / 16 + 1, refused++)
        if (!strstr(sqlite3_errmsg(f->devices[TABLET].sql), "commit in smaller parts, and keep photos and other files as attachments"))
            fail_msg("%s: %s", c->what, sqlite3_errmsg(f->devices[TABLET].sql));
    if (refused < 1 || refused > 2)
        fail_msg("%s: %u were refused before one was taken", c->what, refused);
}

static void expect_arrived(struct fleet *f, const char *query)
{
    char *sent;

    fleet_sync(f, TABLET, 0);
    fleet_sync(f, CENTRAL, 0);
    fleet_sync(f, TABLET, 0);
    assert_int_equal(bad_info(f, TABLET).own.on_device + bad_info(f, TABLET).own.waiting, 0);
    assert_int_equal(bad_info(f, CENTRAL).logs_stopped, 0);
    sent = fleet_rows(f, TABLET, query);
    fleet_expect(f, CENTRAL, query, sent);
    free(sent);
}

static void the_largest_transaction_that_commits_arrives_whatever_it_is_made_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        struct fleet f;

        limits_begin(&f, 300 + i);
        commit_the_most(&f, &contents[i]);
        expect_arrived(&f, "SELECT count(*), sum(length(isi)), (SELECT count(*) FROM luas), (SELECT total(c7) FROM luas) FROM warga");
        fleet_release(&f);
    }
}

/* Each by itself is small, and so are their records; what they unfold to is not. */
static void many_ordinary_transactions_that_are_heavy_together_arrive(void **state)
{
    static const struct content light = { "rows of NULLs", "luas(id)", "", 0, 0 };
    struct fleet f;

    (void)state;
    limits_begin(&f, 310);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(commit_try(&f, &light, 300), SQLITE_OK);
        fleet_sql(&f, TABLET, "UPDATE luas SET id = id + %d WHERE id <= 300", 1000 * (i + 1));
    }
    expect_arrived(&f, "SELECT count(*), sum(id) FROM luas");
    fleet_release(&f);
}

/* What a transaction can write is bounded, what others write beside it is not known to it: a row holds it all. */
static void devices_that_fill_one_row_at_the_same_time_lose_nothing(void **state)
{
    enum { DEVICES = 6 };
    struct fleet f;

    (void)state;
    fleet_init(&f, DEVICES, CENTRAL, "CREATE TABLE w(id TEXT PRIMARY KEY NOT NULL, a, b, c, d, e, f, g); SELECT jemput_replicate('w')", 311);
    fleet_sql(&f, CENTRAL, "INSERT INTO w(id) VALUES('k')");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < DEVICES; i++)
        fleet_sql(&f, i, "UPDATE w SET a = x, b = x, c = x, d = x, e = x, f = x, g = x FROM (SELECT replace(hex(zeroblob(524288)), '0', '%u') x)", i);
    for (unsigned i = DEVICES; i-- > 0;)
        fleet_sync(&f, i, 0);
    assert_int_equal(bad_info(&f, CENTRAL).logs_stopped, 0);
    assert_int_equal(bad_info(&f, CENTRAL).conflicts, 1);
    fleet_expect(&f, CENTRAL, "SELECT length(a) + length(g) FROM w", "2097152\n");
    fleet_release(&f);
}

/* A row that grew beyond what one transaction can write can still be deleted. */
/* More columns have no key and no FOREIGN KEY, and a UNIQUE has as many as it likes. */
static void rows_with_the_widest_keys_and_references_arrive_and_are_held_as_any(void **state)
{
    static const char *const schema =
        "CREATE TABLE induk(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, nama TEXT,"
        " PRIMARY KEY(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16)) WITHOUT ROWID; SELECT jemput_replicate('induk');"
        "CREATE TABLE anak(id TEXT PRIMARY KEY, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15, b16, b17,"
        " UNIQUE(b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15, b16, b17),"
        " FOREIGN KEY(b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15, b16) REFERENCES induk); SELECT jemput_replicate('anak');";
    struct fleet f;
    char *held;

    (void)state;
    fleet_init(&f, 2, CENTRAL, schema, 360);
    fleet_sql(&f, CENTRAL, "INSERT INTO induk VALUES(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 'Siti Contoh')");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 2; i++)
        fleet_sql(&f, i, "INSERT INTO anak VALUES('%u', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)", i);
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 2; i++) {
        fleet_expect(&f, i, "SELECT count(*), sum(b17), (SELECT nama FROM induk) FROM anak", "1|17|Siti Contoh\n");
        held = fleet_held(&f, i);
        assert_non_null(strstr(held, "anak"));
        free(held);
        fleet_verify(&f, i);
    }
    fleet_release(&f);
}

static void a_row_larger_than_a_transaction_can_be_deleted(void **state)
{
    struct fleet f;

    (void)state;
    limits_begin(&f, 312);
    fleet_sql(&f, TABLET, "INSERT INTO luas(id) VALUES(1)");
    for (int i = 0; i < 10; i++)
        fleet_sql(&f, TABLET, "UPDATE luas SET c%d = randomblob(1000000)", i);
    fleet_sql(&f, TABLET, "DELETE FROM luas");
    expect_arrived(&f, "SELECT count(*) FROM luas");
    fleet_release(&f);
}

/* --- devices --- */

/* More than the registers of two headers name; that many enrolments are more than one control segment may hold. */
#define WRITERS 1100
#define ENROLLED (JEMPUT_RECORDS_MAX + 100)

static struct jemput_keypair writer_key(unsigned i)
{
    uint8_t seed[32] = { (uint8_t)i, (uint8_t)(i >> 8), 77 };
    struct jemput_keypair key;

    jemput_keypair_from_seed(&key, seed);
    return key;
}

static void enrol_all(struct fleet *f)
{
    struct jemput *j = f->devices[CENTRAL].jemput;
    struct jemput_record *records = calloc(ENROLLED, sizeof *records);
    struct jemput_error err;

    for (unsigned i = 0; i < ENROLLED; i++) {
        struct jemput_keypair key = writer_key(i);

        records[i] =
            (struct jemput_record){ .kind = JEMPUT_RECORD_ENROL, .as.enrol = { .epoch = 1, .device_number = 100 + i, .roles = JEMPUT_ROLE_PETUGAS } };
        memcpy(records[i].as.enrol.public_key, key.public_key, sizeof key.public_key);
    }
    assert_int_equal(jemput_store_begin(j->store, 0, &err), JEMPUT_OK);
    if (engine_seal_control(j, records, ENROLLED, &err) || jemput_store_commit(j->store, &err) || engine_roster_refresh(j, &err))
        fail_msg("enrol: %s", err.text);
    free(records);
}

/* The first segments of the writers `from` … `to` - 1 come to the hub. */
static void writers_write(struct fleet *f, unsigned from, unsigned to)
{
    struct jemput *j = f->devices[CENTRAL].jemput;
    char hub[300], ref[LOG_REF_BYTES];

    snprintf(hub, sizeof hub, "%s", fleet_hub(f, 0));
    for (unsigned i = from; i < to; i++) {
        struct jemput_keypair key = writer_key(i);
        struct forge_segment first;
        struct jemput_oid oid;

        forge_first(&first, j, &key);
        engine_log_ref(ref, &first.header.writer, 0);
        oid = forge_sign(hub, &first, &key, NULL);
        forge_ref(hub, ref, &oid);
    }
}

static uint64_t logs_known(struct fleet *f, unsigned device)
{
    return bad_info(f, device).logs;
}

static void central_merges_more_logs_than_a_header_names_and_one_branch_brings_them_all(void **state)
{
    struct fleet f;
    char *token;

    (void)state;
    limits_begin(&f, 320);
    enrol_all(&f);
    writers_write(&f, 0, WRITERS);
    fleet_sync(&f, CENTRAL, 0);
    assert_int_equal(logs_known(&f, CENTRAL), WRITERS + 2);
    fleet_sync(&f, TABLET, 0);
    assert_int_equal(logs_known(&f, TABLET), WRITERS + 2);

    fleet_sql(&f, CENTRAL, "INSERT INTO warga VALUES(1, 'semula', '')");
    fleet_settle(&f, 0);
    token = fleet_rows(&f, CENTRAL, "SELECT jemput_token()"); /* somebody opens a form under all these heads */
    fleet_sql(&f, TABLET, "UPDATE warga SET isi = 'tablet'");
    fleet_settle(&f, 0);
    fleet_sql(&f, CENTRAL, "BEGIN; SELECT jemput_under(%s); UPDATE warga SET isi = 'formulir'; COMMIT", token);
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        assert_int_equal(bad_info(&f, i).conflicts, 1); /* the form had not seen the tablet's write */
        assert_int_equal(bad_info(&f, i).logs_stopped, 0);
        assert_int_equal(bad_info(&f, i).own.on_device + bad_info(&f, i).own.waiting, 0);
        fleet_expect(&f, i, "SELECT isi FROM warga", "formulir\n");
        fleet_verify(&f, i);
    }
    free(token);
    fleet_release(&f);
}

/* --- schemas --- */

/* The statement, and spaces up to this length; owned by the caller. */
static char *padded(const char *sql, size_t len)
{
    char *text = malloc(len + 1);

    memset(text, ' ', len);
    memcpy(text, sql, strlen(sql));
    text[len] = '\0';
    return text;
}

static void a_schema_of_a_new_space_has_so_many_bytes_at_most(void **state)
{
    (void)state;
    for (unsigned over = 0; over < 2; over++) {
        char *schema = padded("CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL); SELECT jemput_replicate('warga');", JEMPUT_SCHEMA_BYTES_MAX + over);
        struct crash_vfs *vfs = crash_vfs_new("schema-bytes");
        struct jemput *jemput = NULL;
        struct jemput_error err;
        struct sim_env sim;

        sim_env_init(&sim, vfs, 1);
        assert_int_equal(jemput_init(&jemput, "device.db", schema, "admin", &sim.env, &err), over ? JEMPUT_LIMIT : JEMPUT_OK);
        jemput_close(jemput);
        crash_vfs_free(vfs);
        free(schema);
    }
}

static void a_migration_has_so_many_bytes_at_most_and_reaches_the_others(void **state)
{
    struct fleet f;

    (void)state;
    limits_begin(&f, 21);
    for (unsigned over = 0; over < 2; over++) {
        char *migration = padded(over ? "ALTER TABLE warga ADD COLUMN dua" : "ALTER TABLE warga ADD COLUMN satu", JEMPUT_SCHEMA_BYTES_MAX + over);
        char *sql = sqlite3_mprintf("SELECT jemput_migrate(%Q)", migration);

        assert_int_equal(fleet_try(&f, CENTRAL, sql) == SQLITE_OK, !over);
        sqlite3_free(sql);
        free(migration);
    }
    assert_non_null(strstr(sqlite3_errmsg(f.devices[CENTRAL].sql), "a migration has more than 1048576 bytes"));
    fleet_settle(&f, 0);
    fleet_expect(&f, TABLET, "SELECT group_concat(name) FROM pragma_table_info('warga')", "id,isi,lain,satu\n");
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_schema_of_a_new_space_has_so_many_bytes_at_most),
        cmocka_unit_test(a_migration_has_so_many_bytes_at_most_and_reaches_the_others),
        cmocka_unit_test(the_largest_transaction_that_commits_arrives_whatever_it_is_made_of),
        cmocka_unit_test(many_ordinary_transactions_that_are_heavy_together_arrive),
        cmocka_unit_test(devices_that_fill_one_row_at_the_same_time_lose_nothing),
        cmocka_unit_test(rows_with_the_widest_keys_and_references_arrive_and_are_held_as_any),
        cmocka_unit_test(a_row_larger_than_a_transaction_can_be_deleted),
        cmocka_unit_test(central_merges_more_logs_than_a_header_names_and_one_branch_brings_them_all),
    };

    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
