/* Tests of store/check/check.c, check/log.c, check/pending.c and compare.c: a good store has no problems, and each kind of damage that a plain SQLite
 * connection can do to it is found, named, counted, and told without saying what a row holds. */
#include "merge_world.h"
#include "store/replace/compare.h"

#define NIK_1 "3273995208800001"
#define NIK_2 "3273995208800002"
#define NAME "Siti Rahmawati"

enum { PEOPLE = 40 };

/* Local ids as delivered: 1 the base, 2 and 3 concurrent edits of k1, 4 a row that is held, 5 merges all, 6 waits for a head that has not come. */
static void make_history(struct world *w)
{
    int base = world_segment(w, 1, -1), at, unknown;
    struct jemput_txn *txn = world_txn(w, base, 100);

    world_insert_keluarga(w, txn, "k1", "16", "Jl. Melati");
    world_insert_keluarga(w, txn, "k2", "17", "Jl. Mawar");
    world_insert_orang(w, txn, "p1", NIK_1, NAME, 30, "k1", NULL);
    world_insert_orang(w, txn, "p2", NIK_2, NAME, 31, "k1", NULL);
    txn = world_txn(w, base, 101);
    for (int i = 0; i < PEOPLE; i++) {
        char key[8];

        snprintf(key, sizeof key, "q%02d", i);
        world_insert_orang(w, txn, key, NULL, NAME, i, "k2", NULL);
    }
    for (uint8_t writer = 2; writer <= 3; writer++) {
        at = world_segment(w, writer, -1);
        world_merged(w, at, base, false);
        world_update(w, world_txn(w, at, 200 + writer), KELUARGA, "k1", K_ALAMAT, writer == 2 ? "Jl. Kenanga" : "Jl. Dahlia");
    }
    at = world_segment(w, 4, -1);
    world_merged(w, at, base, false);
    world_insert_orang(w, world_txn(w, at, 300), "p3", NIK_1, NAME, 32, "k1", NULL);
    at = world_segment(w, 1, base);
    for (int i = 1; i < 4; i++)
        world_merged(w, at, i, false);
    world_delete(w, world_txn(w, at, 400), ORANG, "p2");
    unknown = world_segment(w, 6, -1);
    w->count--; /* never delivered */
    w->segments[w->count + 1] = w->segments[unknown];
    w->segments[w->count + 1].meta.hash.bytes[2] = 1;
    at = world_segment(w, 5, -1);
    world_merged(w, at, at + 1, true);
    world_update(w, world_txn(w, at, 500), KELUARGA, "k2", K_ALAMAT, "Jl. Anggrek");
}

static void deliver_all(struct world *w, struct world_store *s)
{
    int order[WORLD_SEGMENTS_MAX];

    for (int i = 0; i < w->count; i++)
        order[i] = i;
    world_deliver(w, s, order, w->count);
}

/* --- a store, damaged --- */

struct patient {
    struct world w;
    struct world_store s;
    struct crash_snapshot *good, *pending; /* without and with pending transactions */
};

static void patient_open(struct patient *p)
{
    struct jemput_store_hooks hooks = { .make_id = world_make_id };
    struct jemput_error err;

    WORLD_OK(jemput_store_open(&p->s.store, &p->s.sim.env, "a.db", false, &hooks, &err));
}

static void patient_close(struct patient *p)
{
    jemput_store_close(p->s.store);
    p->s.store = NULL;
}

static void patient_init(struct patient *p)
{
    static const char work[] = "INSERT INTO orang VALUES('r1', NULL, 'Wati', 5, 'k1', NULL);"
                               "UPDATE keluarga SET alamat = 'Jl. Cempaka' WHERE id = 'k1';"
                               "UPDATE keluarga SET alamat = 'Jl. Teratai' WHERE id = 'k1';"
                               "DELETE FROM orang WHERE id = 'q00';";

    world_init(&p->w, 1);
    make_history(&p->w);
    world_open(&p->s, "patient", world_schema);
    deliver_all(&p->w, &p->s);
    patient_close(p);
    p->good = crash_vfs_snapshot(p->s.vfs);
    patient_open(p);
    assert_int_equal(sqlite3_exec(jemput_store_app(p->s.store), work, NULL, NULL, NULL), SQLITE_OK);
    patient_close(p);
    p->pending = crash_vfs_snapshot(p->s.vfs);
}

static void patient_release(struct patient *p)
{
    crash_snapshot_free(p->good);
    crash_snapshot_free(p->pending);
    crash_vfs_free(p->s.vfs);
    world_release(&p->w);
}

/* What anyone with the file and a plain SQLite can do. */
static void patient_damage(const char *sql)
{
    sqlite3 *db;
    char *text = NULL;

    assert_int_equal(sqlite3_open_v2("a.db", &db, SQLITE_OPEN_READWRITE, "patient"), SQLITE_OK);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1, NULL);
    if (sqlite3_exec(db, sql, NULL, NULL, &text))
        fail_msg("%s\n  %s", sql, text);
    if (!sqlite3_total_changes(db) && !strstr(sql, "DROP") && !strstr(sql, "CREATE"))
        fail_msg("no damage was done: %s", sql);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void tell(void *ctx, const char *what)
{
    struct jemput_buf *text = ctx;

    if (strstr(what, NIK_1) || strstr(what, NIK_2) || strstr(what, NAME) || strstr(what, "Jl. "))
        fail_msg("personal data: %s", what);
    jemput_buf_printf(text, "%s\n", what);
}

static unsigned lines_of(const char *text)
{
    unsigned lines = 0;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void expect_told(struct jemput_buf *told, uint64_t problems, const char *sql, const char *wanted)
{
    jemput_buf_u8(told, 0);
    if (strcmp((const char *)told->data, wanted) != 0)
        fail_msg("%s\n-- expected:\n%s-- found:\n%s", sql, wanted, (const char *)told->data);
    assert_int_equal(problems, lines_of(wanted));
    jemput_buf_release(told);
}

/* Damage the store and check it. */
static void expect_found(struct patient *p, const struct crash_snapshot *from, const char *sql, const char *wanted)
{
    struct jemput_buf told = JEMPUT_BUF_INIT(1 << 20);
    struct jemput_error err;
    uint64_t problems = 0, silent = 99;

    crash_vfs_restore(p->s.vfs, from);
    if (sql)
        patient_damage(sql);
    patient_open(p);
    WORLD_OK(jemput_store_check(p->s.store, tell, &told, &problems, &err));
    WORLD_OK(jemput_store_check(p->s.store, NULL, NULL, &silent, &err));
    assert_int_equal(problems, silent);
    expect_told(&told, problems, sql ? sql : "nothing", wanted);
    patient_close(p);
}

/* Damage the store and compare it with a replay of its logs. */
static void expect_compare(struct patient *p, const char *sql, const char *wanted)
{
    struct jemput_buf told = JEMPUT_BUF_INIT(1 << 20);
    struct world_store replay = { 0 };
    struct jemput_error err;
    uint64_t problems = 0;

    crash_vfs_restore(p->s.vfs, p->good);
    if (sql)
        patient_damage(sql);
    patient_open(p);
    WORLD_OK(jemput_store_open_scratch(&replay.store, p->s.store, false, &err));
    WORLD_OK(jemput_store_begin(replay.store, 0, &err));
    WORLD_OK(jemput_store_schema_run(replay.store, jemput_bytes_str(world_schema), 1, &err));
    WORLD_OK(jemput_store_commit(replay.store, &err));
    deliver_all(&p->w, &replay);
    WORLD_OK(jemput_store_compare(p->s.store, replay.store, tell, &told, &problems, &err));
    expect_told(&told, problems, sql ? sql : "nothing", wanted);
    jemput_store_close(replay.store);
    patient_close(p);
}

struct damage {
    const char *sql, *wanted;
};

static void expect_all(const struct damage *damages, size_t count, bool pending)
{
    struct patient p;

    patient_init(&p);
    for (size_t i = 0; i < count; i++)
        expect_found(&p, pending ? p.pending : p.good, damages[i].sql, damages[i].wanted);
    patient_release(&p);
}

#define EXPECT_ALL(damages, pending) expect_all(damages, sizeof(damages) / sizeof(damages)[0], pending)

/* --- tests --- */

static void a_good_store_has_no_problems(void **state)
{
    struct patient p;

    (void)state;
    patient_init(&p);
    expect_found(&p, p.good, NULL, "");
    expect_found(&p, p.pending, NULL, "");
    expect_compare(&p, NULL, "");
    patient_release(&p);
}

/* While the store is open: opening it makes triggers anew. */
static void missing_or_changed_triggers_are_found(void **state)
{
    static const struct damage damages[] = {
        { "DROP TRIGGER jemput_update_orang", "table 'orang': its capture triggers are missing or changed\n" },
        { "UPDATE sqlite_schema SET sql = replace(sql, 'BEFORE', 'AFTER') WHERE name = 'jemput_delete_keluarga'; PRAGMA schema_version = 999",
          "table 'keluarga': its capture triggers are missing or changed\n" },
    };
    struct patient p;

    (void)state;
    patient_init(&p);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct jemput_buf told = JEMPUT_BUF_INIT(1 << 20);
        struct jemput_error err;
        uint64_t problems = 0;

        crash_vfs_restore(p.s.vfs, p.good);
        patient_open(&p);
        patient_damage(damages[i].sql);
        WORLD_OK(jemput_store_check(p.s.store, tell, &told, &problems, &err));
        expect_told(&told, problems, damages[i].sql, damages[i].wanted);
        patient_close(&p);
    }
    patient_release(&p);
}

static void a_row_removed_or_brought_back_behind_capture_is_found(void **state)
{
    static const struct damage damages[] = {
        { "DELETE FROM orang WHERE id = 'p1'", "table 'jemput_birth': a row that merging shows is missing\n" },
        { "DELETE FROM orang", "table 'jemput_birth': a row that merging shows is missing (41 times)\n" },
        { "INSERT INTO orang VALUES('p2', NULL, 'x', 1, NULL, NULL)",
          "table 'orang': a row is there that merging does not show (row 1 in key order)\n" },
        { "DELETE FROM keluarga WHERE id = 'k1'", "table 'keluarga': a row that merging shows is missing (row 1 in key order)\n" },
    };

    (void)state;
    EXPECT_ALL(damages, false);
}

static void an_altered_merge_state_is_found(void **state)
{
    static const struct damage damages[] = {
        { "UPDATE jemput_row SET state = NULL WHERE state & 1",
          "table 'keluarga': the marks of a row's merge state are not those of its writes (2 times, first: row 1 in key order)\n" },
        { "UPDATE jemput_row SET state = 1 WHERE state & 4",
          "table 'orang': a row that merging shows is missing (row 1 in key order)\n" },
        { "UPDATE jemput_row SET state = NULL WHERE state & 4",
          "table 'orang': a row that merging shows is missing (row 1 in key order)\n" },
        { "UPDATE jemput_row SET detail = zeroblob(9) WHERE tbl = 1 AND detail IS NOT NULL",
          "table 'keluarga': the merge state of a row is damaged (2 times, first: row 1 in key order)\n" },
        { "UPDATE jemput_row SET detail = substr(detail, 1, length(detail) - 1) WHERE state & 2",
          "table 'orang': the merge state of a row is damaged (row 2 in key order)\n" },
        { "UPDATE jemput_birth SET births = x'1305063000'", /* version 99 * 4096 */
          "table 'jemput_birth': a birth names a segment that is not there (row 1)\n"
          "table 'jemput_birth': a row that merging shows is missing\n" },
        { "UPDATE jemput_birth SET births = x'12051007'", /* version 4096 + 7 */
          "table 'jemput_birth': a birth names a segment that is not there (row 1)\n"
          "table 'jemput_birth': a row that merging shows is missing\n" },
        { "UPDATE jemput_birth SET births = births || x'01'", "table 'jemput_birth': births are damaged\n" },
        { "UPDATE jemput_birth SET births = births || x'8000808001'", "table 'jemput_birth': births are damaged\n" },
        { "UPDATE jemput_birth SET births = births || x'ffffffffffff3f808001'", "table 'jemput_birth': births are damaged\n" },
        { "INSERT INTO jemput_birth SELECT 1, births FROM jemput_birth", "table 'jemput_birth': births are damaged\n"
          "table 'jemput_birth': a row that merging shows is missing (44 times)\n" },
        { "UPDATE jemput_birth SET id = id + 1", "table 'jemput_birth': a row that merging shows is missing (44 times)\n" },
        { "UPDATE jemput_row SET tbl = 3 WHERE tbl = 1", "table 'jemput_row': an entry names no row that can be (2 times, first: row 1)\n" },
        { "DELETE FROM jemput_withheld", "table 'orang': a held row has no reason (row 2 in key order)\n" },
        { "INSERT INTO jemput_withheld VALUES(2, x'03027031', 0, '', NULL, NULL)",
          "table 'jemput_withheld': a row is listed as held that is not\n" },
    };

    (void)state;
    EXPECT_ALL(damages, false);
}

static void an_altered_pending_transaction_is_found(void **state)
{
    static const struct damage damages[] = {
        { "UPDATE jemput_pending SET record = substr(record, 1, length(record) - 1)",
          "table 'jemput_pending': a pending transaction is damaged (4 times, first: row 1)\n"
          "table 'jemput_birth': a row that merging shows is missing\n" },
        { "UPDATE jemput_pending SET changes = 2 WHERE stamp = (SELECT max(stamp) FROM jemput_pending)",
          "table 'jemput_pending': a pending transaction has another number of changes inside (row 4)\n" },
        { "UPDATE jemput_pending SET stamp = stamp + 1 WHERE stamp = (SELECT max(stamp) FROM jemput_pending)",
          "table 'jemput_pending': a pending transaction has another stamp inside (row 4)\n" },
        { "UPDATE jemput_pending SET context = 99",
          "table 'jemput_pending': the context of a pending transaction is missing or damaged (4 times, first: row 1)\n" },
        { "UPDATE jemput_pending SET run = 99, run_next = 1",
          "table 'jemput_pending': the run of ids of a pending transaction is missing (4 times, first: row 1)\n" },
        { "DELETE FROM jemput_pending WHERE stamp = (SELECT max(stamp) FROM jemput_pending)",
          "table 'jemput_birth': a row that merging shows is missing\n" },
        { "UPDATE keluarga SET alamat = 'Jl. Lain' WHERE id = 'k1'", "table 'keluarga': a row is not what a pending transaction made of it\n" },
        { "DELETE FROM orang WHERE id = 'r1'", "table 'orang': a row is not what a pending transaction made of it\n" },
        { "INSERT INTO orang VALUES('q00', NULL, 'x', 1, NULL, NULL)", "table 'orang': a row is not what a pending transaction made of it\n" },
    };

    (void)state;
    EXPECT_ALL(damages, true);
}

static void what_is_lost_of_the_logs_is_found(void **state)
{
    static const struct damage damages[] = {
        { "DELETE FROM jemput_segment WHERE id = 5",
          "table 'jemput_line': a line's newest segment is missing, or is not its newest (row 1)\n"
          "table 'orang': the merge state of a row names a segment that is not there (row 1 in key order)\n" },
        { "DELETE FROM jemput_segment WHERE id = 1",
          "table 'jemput_segment': the segment before a segment is missing (row 5)\n"
          "table 'jemput_birth': a birth names a segment that is not there (44 times, first: row 1)\n"
          "table 'keluarga': the merge state of a row names a segment that is not there (2 times, first: row 1 in key order)\n"
          "table 'orang': the merge state of a row names a segment that is not there (row 1 in key order)\n" },
        { "DELETE FROM jemput_line WHERE id = 2",
          "table 'jemput_segment': a segment's line is missing (row 2)\n"
          "table 'jemput_context': a context is damaged, or names what is not there (6 times, first: row 3)\n" },
        { "UPDATE jemput_line SET last_number = 1, last = 1 WHERE id = 1",
          "table 'jemput_line': a line's newest segment is missing, or is not its newest (row 1)\n"
          "table 'jemput_context': a context is damaged, or names what is not there (2 times, first: row 7)\n" },
        { "UPDATE jemput_line SET fork_of = 1, fork_number = 9 WHERE id = 3",
          "table 'jemput_line': the line that a line forks off is missing (row 3)\n" },
        { "DELETE FROM jemput_context WHERE id = (SELECT context FROM jemput_segment WHERE id = 5)",
          "table 'jemput_segment': a segment's context is missing (row 5)\n"
          "table 'jemput_segment': a segment's frontier is missing (row 5)\n" },
        { "DELETE FROM jemput_context WHERE id = (SELECT value FROM jemput_fact WHERE name = 'frontier')",
          "table 'jemput_fact': the frontier is missing\n" },
        { "UPDATE jemput_context SET lines = x'0100' WHERE id = (SELECT context FROM jemput_segment WHERE id = 5)",
          "table 'jemput_context': a context is damaged, or names what is not there (row 6)\n" },
        { "UPDATE jemput_segment SET stamps = x'64' WHERE id = 1", "table 'jemput_segment': a segment's entry is damaged (row 1)\n"
          "table 'jemput_birth': a birth names a segment that is damaged (44 times, first: row 1)\n"
          "table 'keluarga': the merge state of a row is damaged (2 times, first: row 1 in key order)\n"
          "table 'orang': the merge state of a row is damaged (row 1 in key order)\n" },
        { "UPDATE jemput_segment SET heads = NULL WHERE id = 6",
          "table 'jemput_segment': a segment that is not whole has lost the heads it waits for (row 6)\n" },
        { "DELETE FROM jemput_segment WHERE id = 6; UPDATE jemput_row SET version = 4096, detail = NULL, state = NULL WHERE tbl = 1",
          "table 'jemput_line': a line's newest segment is missing, or is not its newest (row 5)\n"
          "table 'jemput_unresolved': a segment that waits for another is missing\n"
          "table 'jemput_early': a row is noted to be judged again for a segment that waits for nothing\n" },
        { "INSERT INTO jemput_early(segment, tbl, key) SELECT 1, 1, key FROM jemput_row LIMIT 2",
          "table 'jemput_early': a row is noted to be judged again for a segment that waits for nothing (2 times)\n" },
    };

    (void)state;
    EXPECT_ALL(damages, false);
}

/* SQLite's own findings are told as they are, but not by the hundred. */
static void a_damaged_file_is_found_in_a_few_lines(void **state)
{
    struct patient p;
    struct jemput_buf told = JEMPUT_BUF_INIT(1 << 20);
    struct jemput_error err;
    uint64_t problems = 0;

    (void)state;
    patient_init(&p);
    crash_vfs_restore(p.s.vfs, p.good);
    patient_damage("UPDATE sqlite_schema SET sql = 'CREATE INDEX orang_keluarga ON orang(nama)' WHERE name = 'orang_keluarga'");
    patient_open(&p);
    WORLD_OK(jemput_store_check(p.s.store, tell, &told, &problems, &err));
    jemput_buf_u8(&told, 0);
    assert_int_equal(problems, 5);
    assert_int_equal(lines_of((const char *)told.data), 5);
    assert_non_null(strstr((const char *)told.data, "file: row 1 missing from index orang_keluarga\n"));
    assert_non_null(strstr((const char *)told.data, "and perhaps more\n"));
    jemput_buf_release(&told);
    patient_close(&p);
    patient_release(&p);
}

static void what_differs_from_the_logs_is_found_by_replaying_them(void **state)
{
    static const struct damage damages[] = {
        { "UPDATE orang SET nik = '3273995208800009' WHERE id = 'p1'",
          "table 'orang': a row is here with other values than in the logs (row 1 in key order)\n" },
        { "UPDATE orang SET umur = umur + 1",
          "table 'orang': a row is here with other values than in the logs (41 times, first: row 1 in key order)\n" },
        { "DELETE FROM orang WHERE id LIKE 'q%'", "table 'orang': a row is in the logs and not here (40 times, first: row 2 in key order)\n" },
        { "INSERT INTO keluarga VALUES('k9', NULL, NULL)", "table 'keluarga': a row is here and not in the logs (row 3 in key order)\n" },
        { "UPDATE jemput_row SET state = NULL WHERE state & 1",
          "table 'jemput_row': a row has a conflict, is held or deleted in the logs and not here (2 times, first: row 1)\n" },
        { "INSERT INTO jemput_row VALUES(2, x'03027031', 4096, 1, NULL)",
          "table 'jemput_row': a row has a conflict, is held or deleted here and not in the logs (row 3)\n" },
        { "UPDATE jemput_row SET state = 3 WHERE state & 2", "table 'jemput_row': a row's conflict or deletion is another in the logs (row 4)\n" },
        { "UPDATE jemput_context SET lines = substr(lines, 1, 2) WHERE id = (SELECT context FROM jemput_segment WHERE id = 5)",
          "table 'jemput_segment': what a segment had seen is another in the logs (row 5)\n" },
    };
    struct patient p;

    (void)state;
    patient_init(&p);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++)
        expect_compare(&p, damages[i].sql, damages[i].wanted);
    patient_release(&p);
}

/* Random ids are told, so that an administrator finds the row; a number kept as a blob is not. */
static void only_random_ids_are_told(void **state)
{
    static const char plain[] = "CREATE TABLE t(id BLOB PRIMARY KEY NOT NULL); SELECT jemput_replicate('t');";
    static const char *const wanted[] = {
        "table 't': a row that merging shows is missing (key x'00ff102030405060708090a0b0c0d0e0')\n",
        "table 't': a row that merging shows is missing (row 1 in key order)\n",
    };
    static const uint8_t ids[2][17] = { "\x00\xff\x10\x20\x30\x40\x50\x60\x70\x80\x90\xa0\xb0\xc0\xd0\xe0", NIK_1 };

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct jemput_value id = { .type = JEMPUT_BLOB, .bytes = { ids[i], 16 } };
        struct jemput_buf told = JEMPUT_BUF_INIT(4096), key = JEMPUT_BUF_INIT(64);
        struct jemput_change change = { .table = 1, .op = JEMPUT_OP_INSERT };
        struct jemput_error err;
        const int order[] = { 0 };
        uint64_t problems = 0;
        struct patient p;
        char hex[64], sql[256];

        world_init(&p.w, 2);
        WORLD_OK(jemput_key_write(&key, &id, 1, &err));
        change.key = jemput_buf_bytes(&key);
        *world_change(&p.w, world_txn(&p.w, world_segment(&p.w, 1, -1), 100), 1, JEMPUT_OP_INSERT, "k") = change;
        world_open(&p.s, "patient", plain);
        world_deliver(&p.w, &p.s, order, 1);
        patient_close(&p);
        jemput_hex_encode(hex, key.data, key.len);
        snprintf(sql, sizeof sql, "INSERT INTO jemput_row(tbl, key, version) VALUES(1, x'%s', 4096); DELETE FROM t", hex);
        patient_damage(sql);
        patient_open(&p);
        WORLD_OK(jemput_store_check(p.s.store, tell, &told, &problems, &err));
        expect_told(&told, problems, "DELETE", wanted[i]);
        world_close(&p.s);
        world_release(&p.w);
        jemput_buf_release(&key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_store_has_no_problems),
        cmocka_unit_test(missing_or_changed_triggers_are_found),
        cmocka_unit_test(a_row_removed_or_brought_back_behind_capture_is_found),
        cmocka_unit_test(an_altered_merge_state_is_found),
        cmocka_unit_test(an_altered_pending_transaction_is_found),
        cmocka_unit_test(what_is_lost_of_the_logs_is_found),
        cmocka_unit_test(a_damaged_file_is_found_in_a_few_lines),
        cmocka_unit_test(what_differs_from_the_logs_is_found_by_replaying_them),
        cmocka_unit_test(only_random_ids_are_told),
    };

    world_weak_hashes = false;
    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
