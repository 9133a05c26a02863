/* Tests of store/trigger/merge.c, trigger/look.c, trigger/text.c and trigger/fail.c: what a device keeps for itself beside a replicated table stays in
 * step with merged rows if its triggers are declared; nothing that such a trigger does changes a merge. */
#include "merge_world.h"
#include "store/check/check.h"
#include "store/trigger/merge.h"
#include "store/trigger/text.h"
#include "support/fault_alloc.h"

static struct fault_alloc mem; /* of the whole program */

static const char SCHEMA[] = "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE, alamat TEXT);"
                             "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, nama TEXT NOT NULL, umur INTEGER CHECK(umur >= 0),"
                             " keluarga TEXT REFERENCES keluarga(id), induk TEXT REFERENCES orang(id));"
                             "SELECT jemput_replicate('keluarga', 'triggers=catat_keluarga');"
                             "SELECT jemput_replicate('orang', 'triggers=masuk,keluar,pindah,cari_masuk,cari_keluar,cari_ubah,biasa');";

/* What one device keeps for itself: how many people a household has, and a full-text index. */
static const char LOCAL[] =
    "CREATE TABLE hitung(keluarga TEXT PRIMARY KEY, n INTEGER NOT NULL);"
    "CREATE TRIGGER masuk AFTER INSERT ON orang WHEN NEW.keluarga IS NOT NULL BEGIN"
    " INSERT INTO hitung VALUES(NEW.keluarga, 1) ON CONFLICT DO UPDATE SET n = n + 1; END;"
    "CREATE TRIGGER keluar AFTER DELETE ON orang BEGIN"
    " UPDATE hitung SET n = n - 1 WHERE keluarga = OLD.keluarga; DELETE FROM hitung WHERE n = 0; END;"
    "CREATE TRIGGER pindah BEFORE UPDATE OF keluarga ON orang WHEN NEW.keluarga IS NOT OLD.keluarga /* moves */ BEGIN"
    " UPDATE hitung SET n = n - 1 WHERE keluarga = OLD.keluarga;"
    " INSERT INTO hitung SELECT NEW.keluarga, 1 WHERE NEW.keluarga NOTNULL ON CONFLICT DO UPDATE SET n = n + 1; DELETE FROM hitung WHERE n = 0; END;"
    "CREATE VIRTUAL TABLE cari USING fts5(nama, content = orang);"
    "CREATE TRIGGER IF NOT EXISTS main.cari_masuk AFTER INSERT ON orang BEGIN INSERT INTO cari(rowid, nama) VALUES(NEW.rowid, NEW.nama); END;"
    "CREATE TRIGGER cari_keluar AFTER DELETE ON \"orang\" FOR EACH ROW BEGIN INSERT INTO cari(cari, rowid, nama) VALUES('delete', OLD.rowid, "
    "OLD.nama); "
    "END;"
    "CREATE TRIGGER cari_ubah AFTER UPDATE OF nama ON main.orang BEGIN INSERT INTO cari(cari, rowid, nama) VALUES('delete', OLD.rowid, OLD.nama);"
    " INSERT INTO cari(rowid, nama) VALUES(NEW.rowid, NEW.nama); END;"
    "CREATE TABLE tidak(a); CREATE TRIGGER tak_disebut AFTER INSERT ON orang BEGIN INSERT INTO tidak VALUES(NEW.id); END;";

static void sql_ok(struct world_store *s, const char *sql)
{
    sqlite3 *db = jemput_store_app(s->store);

    if (sqlite3_exec(db, sql, NULL, NULL, NULL))
        fail_msg("%s\n  %s", sql, sqlite3_errmsg(db));
}

static void sql_refused(struct world_store *s, const char *sql, const char *text)
{
    sqlite3 *db = jemput_store_app(s->store);
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL) & 0xff;

    if (rc != SQLITE_AUTH || strcmp(sqlite3_errmsg(db), text) != 0)
        fail_msg("%s\n  gives %d '%s'\n  instead of    '%s'", sql, rc, sqlite3_errmsg(db), text);
}

static void expect_text_of(sqlite3 *db, const char *sql, const char *wanted)
{
    sqlite3_stmt *stmt;
    const char *text;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) || sqlite3_step(stmt) != SQLITE_ROW)
        fail_msg("%s\n  %s", sql, sqlite3_errmsg(db));
    text = (const char *)sqlite3_column_text(stmt, 0);
    if (strcmp(text ? text : "NULL", wanted) != 0)
        fail_msg("%s\n  gives    %s\n  instead of %s", sql, text ? text : "NULL", wanted);
    sqlite3_finalize(stmt);
}

static void expect_text(struct world_store *s, const char *sql, const char *wanted)
{
    expect_text_of(jemput_store_app(s->store), sql, wanted);
}

static void reopen(struct world_store *s)
{
    static const struct jemput_store_hooks hooks = { .make_id = world_make_id };
    struct jemput_error err;

    jemput_store_close(s->store);
    WORLD_OK(jemput_store_open(&s->store, &s->sim.env, "a.db", false, &hooks, &err));
}

static void expect_problem(void *ctx, const char *what)
{
    struct jemput_buf *out = ctx;

    jemput_buf_printf(out, "%s\n", what);
}

/* What verify tells, a line each. */
static void expect_problems(struct world_store *s, const char *wanted)
{
    struct jemput_buf told = JEMPUT_BUF_INIT(1 << 16);
    struct jemput_error err;
    uint64_t problems = 0;

    WORLD_OK(jemput_store_check(s->store, expect_problem, &told, &problems, &err));
    jemput_buf_u8(&told, 0);
    assert_string_equal((const char *)told.data, wanted);
    jemput_buf_release(&told);
}

/* Is what the device keeps for itself what its tables give? */
static void expect_in_step(struct world_store *s)
{
    expect_text(s,
                "SELECT (SELECT group_concat(keluarga || n) FROM (SELECT * FROM hitung ORDER BY keluarga)) IS (SELECT group_concat(keluarga || n) "
                "FROM (SELECT keluarga, count(*) AS n FROM orang WHERE keluarga NOTNULL GROUP BY keluarga ORDER BY keluarga))",
                "1");
    sql_ok(s, "INSERT INTO cari(cari, rank) VALUES('integrity-check', 1)");
    expect_text(s,
                "SELECT (SELECT group_concat(rowid) FROM (SELECT rowid FROM cari WHERE cari MATCH 'ani' ORDER BY rowid)) IS "
                "(SELECT group_concat(rowid) FROM (SELECT rowid FROM orang WHERE ' ' || nama || ' ' LIKE '% ani %' ORDER BY rowid))",
                "1");
}

/* --- a history with all that can happen to a row --- */

static struct jemput_txn *txn_alone(struct world *w, uint8_t writer, int seen, jemput_stamp stamp)
{
    int at = world_segment(w, writer, -1);

    for (int i = 0; i < seen; i++)
        world_merged(w, at, i, false);
    return world_txn(w, at, stamp);
}

static void make_history(struct world *w)
{
    struct jemput_txn *txn = txn_alone(w, 1, 0, 100);

    world_insert_keluarga(w, txn, "k1", "11", "Jl. Melati");
    world_insert_keluarga(w, txn, "k2", "12", "Jl. Mawar");
    world_insert_orang(w, txn, "a", "1", "Ani", 30, "k1", NULL);
    world_insert_orang(w, txn, "b", "2", "Budi", 30, "k1", NULL);
    world_insert_orang(w, txn, "c", "3", "Cici Ani", 30, NULL, NULL);
    txn = txn_alone(w, 2, 1, 200);
    world_update(w, txn, ORANG, "a", O_KELUARGA, "k2");
    world_update(w, txn, ORANG, "b", O_NAMA, "Ani Budi");
    txn = txn_alone(w, 3, 1, 201);
    world_update(w, txn, ORANG, "a", O_NAMA, "Bani");
    world_insert_orang(w, txn, "d", "4", "Dani", 30, "k3", NULL);    /* held until k3 comes */
    world_insert_orang(w, txn, "e", "1", "Eka Ani", 30, "k1", NULL); /* held until a goes */
    txn = txn_alone(w, 4, 1, 202);
    world_insert_keluarga(w, txn, "k3", "13", "Jl. Anggrek");
    world_update(w, txn, ORANG, "c", O_KELUARGA, "k1");
    txn = txn_alone(w, 5, 3, 300);
    world_delete(w, txn, ORANG, "a");
    txn = txn_alone(w, 6, 3, 301);
    world_delete(w, txn, ORANG, "b");
    world_update(w, txn, ORANG, "e", O_NAMA, "Ekani");
    txn = txn_alone(w, 7, 4, 302);
    world_update(w, txn, ORANG, "b", O_KELUARGA, "k3"); /* wins over the delete: b comes back */
    txn = txn_alone(w, 8, 1, 150);
    world_insert_keluarga(w, txn, "k0", "12", "Jl. Kenanga"); /* is held by k2 */
    world_insert_orang(w, txn, "f", "9", "Fani", 30, "k0", NULL);
    txn = txn_alone(w, 9, 7, 400);
    world_delete(w, txn, ORANG, "c");
}

static void what_a_device_keeps_stays_in_step_whatever_is_merged_in_whatever_order(void **state)
{
    int order[WORLD_SEGMENTS_MAX];
    char *first = NULL;
    struct world w;

    (void)state;
    world_init(&w, 1);
    make_history(&w);
    for (int i = 0; i < w.count; i++)
        order[i] = i;
    for (int round = 0; round < 40; round++) {
        struct world_store s, without;
        char *with_text, *without_text;

        world_open(&s, "with", SCHEMA);
        world_open(&without, "without", SCHEMA);
        sql_ok(&s, LOCAL);
        for (int i = 0; i < w.count; i += 1 + round % 3) {
            int count = w.count - i < 1 + round % 3 ? w.count - i : 1 + round % 3;

            world_deliver(&w, &s, order + i, count);
            expect_in_step(&s);
            if (round % 5 == 4 && i == 4)
                reopen(&s);
        }
        world_deliver(&w, &without, order, w.count);
        with_text = world_dump(&s);
        without_text = world_dump(&without);
        assert_string_equal(with_text, without_text); /* the merge is the same without them */
        if (!first)
            first = strdup(with_text);
        assert_string_equal(with_text, first);
        expect_text(&s, "SELECT count(*) FROM tidak", "0"); /* what is not declared does not run */
        expect_problems(&s, "");
        free(with_text);
        free(without_text);
        world_close(&s);
        world_close(&without);
        world_shuffle(&w, order);
    }
    assert_non_null(strstr(first, "held orang"));
    free(first);
    world_release(&w);
}

static void the_apps_own_writes_run_them_as_ever(void **state)
{
    struct world_store s;
    struct world w;
    int order[1] = { 0 };

    (void)state;
    world_init(&w, 1);
    make_history(&w);
    world_open(&s, "own", SCHEMA);
    sql_ok(&s, LOCAL);
    world_deliver(&w, &s, order, 1);
    sql_ok(&s, "INSERT INTO orang VALUES('z', '99', 'Zani', 1, 'k1', NULL); UPDATE orang SET keluarga = 'k2', nama = 'Ani Z' WHERE id = 'a';"
               "DELETE FROM orang WHERE id = 'b'");
    expect_in_step(&s);
    expect_text(&s, "SELECT group_concat(a) FROM tidak", "z");
    expect_text(&s, "SELECT count(*) FROM temp.sqlite_schema WHERE type = 'trigger'", "0"); /* the app's connection has no copies */
    world_close(&s);
    world_release(&w);
}

/* --- which triggers there are --- */

/* Merge one more person, known to nobody. */
static void merge_one(struct world *w, struct world_store *s, const char *key)
{
    int at = world_segment(w, (uint8_t)(100 + w->count), -1);

    world_insert_orang(w, world_txn(w, at, 1000), key, NULL, "Ani", 1, NULL, NULL);
    world_deliver(w, s, &at, 1);
}

static void triggers_may_come_change_and_go(void **state)
{
    struct world_store s;
    struct world w;

    (void)state;
    world_init(&w, 1);
    world_open(&s, "later", SCHEMA);
    merge_one(&w, &s, "a");
    sql_ok(&s, "CREATE TABLE jejak(a); CREATE TRIGGER biasa AFTER INSERT ON orang BEGIN INSERT INTO jejak VALUES(NEW.id); END");
    merge_one(&w, &s, "b");
    expect_text(&s, "SELECT group_concat(a) FROM jejak", "b");
    sql_ok(&s, "DROP TRIGGER biasa; CREATE TRIGGER biasa BEFORE INSERT ON orang WHEN (NEW.id <> 'd') -- but d\n BEGIN INSERT INTO jejak "
               "VALUES(upper(NEW.id)); "
               "END");
    merge_one(&w, &s, "c");
    merge_one(&w, &s, "d");
    expect_text(&s, "SELECT group_concat(a) FROM jejak", "b,C");
    reopen(&s);
    merge_one(&w, &s, "e");
    sql_ok(&s, "DROP TRIGGER biasa");
    merge_one(&w, &s, "f");
    expect_text(&s, "SELECT group_concat(a) FROM jejak", "b,C,E");
    expect_problems(&s, "");
    world_close(&s);
    world_release(&w);
}

static void a_rollback_leaves_them_in_place(void **state)
{
    struct jemput_error err;
    struct world_store s;
    struct world w;

    (void)state;
    world_init(&w, 1);
    world_open(&s, "rollback", SCHEMA);
    for (int i = 0; i < 3; i++) {
        sql_ok(&s, i ? "DROP TRIGGER biasa; CREATE TRIGGER biasa AFTER INSERT ON orang BEGIN INSERT INTO jejak VALUES(NEW.id || 2); END"
                     : "CREATE TABLE jejak(a); CREATE TRIGGER biasa AFTER INSERT ON orang BEGIN INSERT INTO jejak VALUES(NEW.id); END");
        WORLD_OK(jemput_store_begin(s.store, 0, &err)); /* makes the copies, inside of what is taken back */
        jemput_store_rollback(s.store);
        if (i == 1)
            expect_problems(&s, ""); /* so does this, and a rollback of its own */
        merge_one(&w, &s, i == 0 ? "a" : i == 1 ? "b" : "c");
    }
    expect_text(&s, "SELECT group_concat(a) FROM jejak", "a,b2,c2");
    world_close(&s);
    world_release(&w);
}

static void a_migration_of_another_device_brings_its_triggers(void **state)
{
    static const char MIGRATION[] = "CREATE TABLE jejak(a); CREATE TRIGGER biasa AFTER INSERT ON orang BEGIN INSERT INTO jejak VALUES(NEW.id); END;"
                                    "CREATE TABLE baru(id TEXT PRIMARY KEY); CREATE TRIGGER baru_masuk AFTER INSERT ON baru BEGIN INSERT INTO jejak "
                                    "VALUES('baru'); END; SELECT jemput_replicate('baru', 'triggers=baru_masuk')";
    struct jemput_error err;
    struct world_store s;
    struct world w;
    int at;

    (void)state;
    world_init(&w, 1);
    world_open(&s, "migration", SCHEMA);
    at = world_segment(&w, 1, -1);
    world_change(&w, world_txn(&w, at, 10), 3, JEMPUT_OP_INSERT, "x");
    WORLD_OK(jemput_store_begin(s.store, 0, &err));
    WORLD_OK(jemput_store_schema_run(s.store, jemput_bytes_str(MIGRATION), 2, &err));
    WORLD_OK(world_try(&w, &s, at, &err)); /* in the same transaction */
    WORLD_OK(jemput_store_commit(s.store, &err));
    merge_one(&w, &s, "a");
    expect_text(&s, "SELECT group_concat(a) FROM jejak", "baru,a");
    world_close(&s);
    world_release(&w);
}

static void triggers_that_they_fire_in_turn_do_not_run(void **state)
{
    struct world_store s;
    struct world w;

    (void)state;
    world_init(&w, 1);
    world_open(&s, "turn", SCHEMA);
    sql_ok(&s, "CREATE TABLE jejak(a); CREATE TABLE dua(a); CREATE TRIGGER lanjut AFTER INSERT ON jejak BEGIN INSERT INTO dua VALUES(NEW.a); END;"
               "CREATE TRIGGER biasa AFTER INSERT ON orang BEGIN INSERT INTO jejak VALUES(NEW.id); END");
    merge_one(&w, &s, "a");
    expect_text(&s, "SELECT (SELECT count(*) FROM jejak) || (SELECT count(*) FROM dua)", "10");
    world_close(&s);
    world_release(&w);
}

/* --- what they may not do --- */

#define MAY_KEEP "which is replicated; it may write what each device keeps for itself"

static const struct {
    const char *body; /* of a trigger `biasa` on orang */
    const char *text;
} forbidden[] = {
    { "INSERT INTO keluarga(id) VALUES(NEW.id)", "writes table 'keluarga', " MAY_KEEP },
    { "INSERT INTO 'Keluarga'(id) VALUES(NEW.id)", "writes table 'Keluarga', " MAY_KEEP },
    { "INSERT OR IGNORE INTO [keluarga](id) VALUES(NEW.id)", "writes table 'keluarga', " MAY_KEEP },
    { "REPLACE INTO keluarga(id) VALUES(NEW.id)", "writes table 'keluarga', " MAY_KEEP },
    { "SELECT 1; /* ; */ UPDATE keluarga SET alamat = CASE WHEN 1 THEN ';' END", "writes table 'keluarga', " MAY_KEEP },
    { "UPDATE OR REPLACE \"keluarga\" SET alamat = 1", "writes table 'keluarga', " MAY_KEEP },
    { "INSERT INTO jejak VALUES(1); DELETE FROM keluarga", "writes table 'keluarga', " MAY_KEEP },
    { "UPDATE orang SET umur = umur", "writes table 'orang', " MAY_KEEP },
    { "DELETE FROM jemput_fact", "writes 'jemput_fact', which is not the app's" },
    { "INSERT INTO Jemput_Capture_orang(op) VALUES(1)", "writes 'Jemput_Capture_orang', which is not the app's" },
    { "INSERT OR ROLLBACK INTO jejak VALUES(1)", "has OR ROLLBACK or OR FAIL: that could undo a merge" },
    { "UPDATE OR FAIL jejak SET a = 1", "has OR ROLLBACK or OR FAIL: that could undo a merge" },
    { "SELECT raise(IGNORE)", "has a RAISE other than ABORT: that could undo a merge" },
    { "SELECT CASE WHEN NEW.umur > 7 THEN RAISE ( ROLLBACK, 'tua') END", "has a RAISE other than ABORT: that could undo a merge" },
    { "SELECT RAISE(FAIL, 'tua')", "has a RAISE other than ABORT: that could undo a merge" },
    { "INSERT INTO ketat VALUES(1)", "writes table 'ketat', which has ON CONFLICT ROLLBACK or FAIL: that could undo a merge" },
};

#define TABLES "CREATE TABLE jejak(a); CREATE TABLE ketat(a UNIQUE ON CONFLICT ROLLBACK); CREATE TABLE keluarga(id TEXT PRIMARY KEY, alamat);"

static void one_that_writes_what_is_replicated_is_refused_when_it_is_declared(void **state)
{
    static const struct jemput_store_hooks hooks = { .make_id = world_make_id };

    (void)state;
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
        struct jemput_error err;
        struct world_store s = { 0 };
        char sql[2048], text[512];

        s.vfs = crash_vfs_new("refused");
        sim_env_init(&s.sim, s.vfs, 1);
        WORLD_OK(jemput_store_open(&s.store, &s.sim.env, "a.db", true, &hooks, &err));
        snprintf(sql, sizeof sql,
                 TABLES "\nCREATE TABLE orang(id TEXT PRIMARY KEY, umur);\nSELECT jemput_replicate('keluarga');"
                        "CREATE TRIGGER biasa AFTER INSERT ON orang BEGIN %s; END;\n\n SELECT jemput_replicate('orang', 'triggers=biasa')",
                 forbidden[i].body);
        snprintf(text, sizeof text, "schema: line 5: SQL: jemput_replicate: table 'orang': option triggers: 'biasa' %s", forbidden[i].text);
        WORLD_OK(jemput_store_begin(s.store, 0, &err));
        assert_int_equal(jemput_store_schema_run(s.store, jemput_bytes_str(sql), 1, &err), JEMPUT_CORRUPT);
        assert_string_equal(err.text, text);
        jemput_store_rollback(s.store);

        /* made after it was declared, further down in the schema */
        snprintf(sql, sizeof sql,
                 TABLES "\nCREATE TABLE orang(id TEXT PRIMARY KEY, umur);\nSELECT jemput_replicate('keluarga');"
                        "SELECT jemput_replicate('orang', 'triggers=biasa');\n\n\nCREATE TRIGGER biasa AFTER UPDATE ON orang BEGIN %s; END;",
                 forbidden[i].body);
        snprintf(text, sizeof text, "schema: line 6: table 'orang': option triggers: 'biasa' %s", forbidden[i].text);
        WORLD_OK(jemput_store_begin(s.store, 0, &err));
        assert_int_equal(jemput_store_schema_run(s.store, jemput_bytes_str(sql), 1, &err), JEMPUT_CORRUPT);
        assert_string_equal(err.text, text);
        jemput_store_rollback(s.store);
        world_close(&s);
    }
}

static enum jemput_status may_migrate(void *ctx, struct jemput_error *err)
{
    (void)ctx, (void)err;
    return JEMPUT_OK;
}

static void one_that_the_app_makes_later_is_refused_by_the_next_commit(void **state)
{
    static const char SETUP[] = "CREATE TABLE ketat(a UNIQUE ON CONFLICT ROLLBACK); CREATE TABLE jejak(a)";

    (void)state;
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
        struct world_store s;
        char sql[1024], text[512];

        world_open(&s, "commit", SCHEMA);
        sql_ok(&s, SETUP);
        snprintf(sql, sizeof sql, "CREATE TRIGGER biasa AFTER DELETE ON orang BEGIN %s; END", forbidden[i].body);
        for (char *at = strstr(sql, "NEW."); at; at = strstr(sql, "NEW."))
            memcpy(at, "OLD.", 4);
        sql_ok(&s, sql);
        snprintf(text, sizeof text, "jemput: table 'orang': option triggers: 'biasa' %s", forbidden[i].text);
        sql_refused(&s, "INSERT INTO keluarga(id) VALUES('k')", text);
        sql_refused(&s, "INSERT INTO keluarga(id) VALUES('k')", text);
        sql_ok(&s, "DROP TRIGGER biasa; INSERT INTO keluarga(id) VALUES('k')");
        sql_ok(&s, "CREATE TRIGGER biasa AFTER DELETE ON orang BEGIN INSERT INTO jejak VALUES(1); END; INSERT INTO keluarga(id) VALUES('l')");
        expect_text(&s, "SELECT count(*) FROM jemput_pending", "2");
        world_close(&s);
    }
}

static void a_migration_here_that_makes_one_wrong_is_refused(void **state)
{
    static const struct jemput_store_hooks hooks = { .make_id = world_make_id, .may_migrate = may_migrate };
    struct jemput_error err;
    struct world_store s;

    (void)state;
    world_open(&s, "migrate", SCHEMA);
    jemput_store_close(s.store);
    WORLD_OK(jemput_store_open(&s.store, &s.sim.env, "a.db", false, &hooks, &err));
    sql_refused(&s, "SELECT jemput_migrate('\nCREATE TRIGGER biasa AFTER DELETE ON orang BEGIN DELETE FROM keluarga; END')",
                "jemput_migrate: line 2: table 'orang': option triggers: 'biasa' writes table 'keluarga', " MAY_KEEP);
    expect_text(&s, "SELECT count(*) FROM sqlite_schema WHERE name = 'biasa'", "0");
    sql_ok(&s, "CREATE TABLE catatan(id TEXT PRIMARY KEY); CREATE TRIGGER biasa AFTER DELETE ON orang BEGIN DELETE FROM catatan; END");
    sql_refused(&s, "SELECT jemput_replicate('catatan')",
                "jemput_replicate: table 'orang': option triggers: 'biasa' writes table 'catatan', " MAY_KEEP);
    expect_text(&s, "SELECT count(*) FROM jemput_table", "2");
    sql_refused(&s, "CREATE TABLE lain(id TEXT PRIMARY KEY); SELECT jemput_replicate('lain', 'triggers=biasa')",
                "jemput_replicate: table 'lain': option triggers: 'biasa' is one of table 'orang'");
    world_close(&s);
}

/* A device cannot refuse what others have agreed on: its own trigger no longer runs for merged rows, and verify says so. */
static void a_migration_from_elsewhere_is_never_refused_for_a_local_trigger(void **state)
{
    struct jemput_error err;
    struct world_store s;
    struct world w;

    (void)state;
    world_init(&w, 1);
    world_open(&s, "elsewhere", SCHEMA);
    sql_ok(&s, "CREATE TABLE catatan(id TEXT PRIMARY KEY); CREATE TRIGGER biasa AFTER INSERT ON orang BEGIN INSERT INTO catatan VALUES(NEW.id); END");
    merge_one(&w, &s, "a");
    sql_ok(&s, "INSERT INTO orang(id, nama) VALUES('o', 'Oki')"); /* the trigger is as it should be */
    WORLD_OK(jemput_store_begin(s.store, 0, &err));
    WORLD_OK(jemput_store_schema_run(s.store, jemput_bytes_str("SELECT jemput_replicate('catatan')"), 2, &err));
    WORLD_OK(jemput_store_commit(s.store, &err));
    merge_one(&w, &s, "b");
    expect_text(&s, "SELECT group_concat(id) FROM catatan", "a,o");
    expect_problems(&s, "table 'orang': trigger 'biasa' writes table 'catatan', " MAY_KEEP "; merged rows do not run it\n");
    sql_ok(&s, "INSERT INTO orang(id, nama) VALUES('c', 'Cici')"); /* and the app goes on */
    expect_text(&s, "SELECT group_concat(id) FROM catatan", "a,o,c");
    world_close(&s);
    world_release(&w);
}

/* --- failures --- */

static void one_that_fails_lets_the_row_in_and_is_told_once(void **state)
{
    static const struct {
        const char *body, *reason;
    } failing[] = {
        { "SELECT RAISE(ABORT, 'nama rahasia')", "RAISE" },
        { "INSERT INTO unik VALUES(1)", "UNIQUE constraint failed: unik.a" },
        { "INSERT INTO unik VALUES(2); INSERT INTO unik VALUES(NULL)", "NOT NULL constraint failed: unik.a" },
        { "INSERT INTO unik VALUES(abs(-9223372036854775807 - 1))", "SQL logic error" },
        { "INSERT INTO unik VALUES(jemput_id())", "SQL logic error" },
        { "INSERT INTO unik VALUES(zeroblob(1000000000))", "string or blob too big" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof failing / sizeof failing[0]; i++) {
        struct world_store s;
        struct world w;
        char sql[512], told[512];

        world_init(&w, 1);
        world_open(&s, "failing", SCHEMA);
        sql_ok(&s, "CREATE TABLE unik(a UNIQUE NOT NULL); INSERT INTO unik VALUES(1)");
        snprintf(sql, sizeof sql, "CREATE TRIGGER biasa AFTER INSERT ON orang WHEN NEW.id <> 'c' BEGIN %s; END", failing[i].body);
        sql_ok(&s, sql);
        sql_ok(&s, LOCAL); /* others go on: but not for the row whose statement failed */
        merge_one(&w, &s, "a");
        merge_one(&w, &s, "b");
        merge_one(&w, &s, "c");
        expect_text(&s, "SELECT group_concat(id) FROM (SELECT id FROM orang ORDER BY id)", "a,b,c");
        expect_text(&s, "SELECT group_concat(a) FROM unik", "1"); /* nothing of it stays */
        expect_text(&s, "SELECT count(*) FROM cari WHERE cari MATCH 'ani'", "1");
        snprintf(
            told, sizeof told,
            "table 'orang': trigger 'biasa' has failed (%s), and merged rows were written without it: correct it, create it again, and rebuild what it "
            "keeps\n",
            failing[i].reason);
        expect_problems(&s, told);
        reopen(&s);
        expect_problems(&s, told);
        sql_ok(&s, "DROP TRIGGER biasa");
        expect_problems(&s, "");
        sql_ok(&s, sql); /* the same again */
        expect_problems(&s, told);
        sql_ok(&s, "DROP TRIGGER biasa; CREATE TRIGGER biasa AFTER INSERT ON orang BEGIN INSERT OR REPLACE INTO unik VALUES(NEW.id); END");
        expect_problems(&s, "");
        merge_one(&w, &s, "d");
        expect_text(&s, "SELECT group_concat(a) FROM unik", "1,d");
        world_close(&s);
        world_release(&w);
    }
}

/* Deletes and updates write the row without it as well; and two that fail are two findings. */
static void each_kind_of_write_goes_on_without_one_that_fails(void **state)
{
    struct world_store s, plain;
    char *with_text, *plain_text;
    int order[WORLD_SEGMENTS_MAX];
    struct world w;

    (void)state;
    world_init(&w, 1);
    make_history(&w);
    for (int i = 0; i < w.count; i++)
        order[i] = i;
    for (int round = 0; round < 10; round++) {
        world_open(&s, "fails", SCHEMA);
        world_open(&plain, "plain", SCHEMA);
        sql_ok(&s, "CREATE TRIGGER masuk BEFORE INSERT ON orang BEGIN SELECT RAISE(ABORT, 'a'); END;"
                   "CREATE TRIGGER pindah AFTER UPDATE ON orang BEGIN SELECT RAISE(ABORT, 'b'); END;"
                   "CREATE TRIGGER keluar AFTER DELETE ON orang BEGIN SELECT RAISE(ABORT, 'c'); END");
        world_deliver(&w, &s, order, w.count);
        world_deliver(&w, &plain, order, w.count);
        with_text = world_dump(&s);
        plain_text = world_dump(&plain);
        assert_string_equal(with_text, plain_text); /* no row is held because of them, and none is lost */
        expect_text_of(s.store->db, "SELECT count(*) FROM jemput_fact WHERE name = 'failed triggers'", "1");
        free(with_text);
        free(plain_text);
        world_close(&s);
        world_close(&plain);
        world_shuffle(&w, order);
    }
    world_release(&w);
}

/* Without a constraint in it, a statement of SQLite's that fails half way keeps what it has done. */
static void what_one_that_fails_has_done_is_taken_back(void **state)
{
    struct world_store s;
    struct world w;
    struct jemput_txn *txn;
    int at;

    (void)state;
    world_init(&w, 1);
    world_open(&s, "half", SCHEMA);
    sql_ok(&s, "CREATE TABLE polos(a); CREATE TRIGGER keluar AFTER DELETE ON orang BEGIN INSERT INTO polos VALUES(OLD.id);"
               " SELECT abs(-9223372036854775807 - length(OLD.nama)); END");
    at = world_segment(&w, 1, -1);
    txn = world_txn(&w, at, 10);
    world_insert_orang(&w, txn, "a", NULL, "A", 1, NULL, NULL);
    world_insert_orang(&w, txn, "b", NULL, "BB", 1, NULL, NULL);
    world_deliver(&w, &s, &at, 1);
    at = world_segment(&w, 1, at);
    txn = world_txn(&w, at, 20);
    world_delete(&w, txn, ORANG, "a");
    world_delete(&w, txn, ORANG, "b");
    world_deliver(&w, &s, &at, 1);
    expect_text(&s, "SELECT count(*) FROM orang", "0");
    expect_text(&s, "SELECT group_concat(a) FROM polos", "b"); /* -9223372036854775807 - 2 is a REAL */
    world_close(&s);
    world_release(&w);
}

static void one_that_cannot_be_copied_is_told_and_stops_nothing(void **state)
{
    struct world_store s;
    struct world w;

    (void)state;
    world_init(&w, 1);
    world_open(&s, "copied", SCHEMA);
    sql_ok(&s, "CREATE TABLE jejak(a); CREATE TRIGGER biasa AFTER INSERT ON orang BEGIN INSERT INTO tidak_ada VALUES(1); END;"
               "CREATE TRIGGER masuk AFTER INSERT ON orang BEGIN INSERT INTO jejak VALUES(NEW.id); END;"
               "CREATE TRIGGER pindah AFTER UPDATE OF nama ON orang BEGIN INSERT INTO jejak VALUES(fungsi_app(NEW.id)); END");
    merge_one(&w, &s, "a");
    expect_text(&s, "SELECT group_concat(a) FROM jejak", "a");
    expect_problems(&s, "table 'orang': trigger 'pindah' cannot run when rows are merged: no such function: fungsi_app; merged rows do not run it\n"
                        "table 'orang': trigger 'biasa' cannot run when rows are merged: no such table: tidak_ada; merged rows do not run it\n");
    sql_ok(&s, "CREATE TABLE tidak_ada(a); DROP TRIGGER pindah");
    expect_problems(&s, "");
    merge_one(&w, &s, "b");
    expect_text(&s, "SELECT count(*) FROM tidak_ada", "1");
    world_close(&s);
    world_release(&w);
}

/* What a constraint of the row's own refuses is held as ever, with its reason, and no trigger has run for it. */
static void a_row_that_its_own_constraint_refuses_is_held(void **state)
{
    struct world_store s;
    struct world w;
    struct jemput_txn *txn;
    int order[2] = { 0, 1 };

    (void)state;
    world_init(&w, 1);
    txn = txn_alone(&w, 1, 0, 10);
    world_insert_orang(&w, txn, "a", "1", "Ani", 1, NULL, NULL);
    txn = txn_alone(&w, 2, 0, 20);
    world_insert_orang(&w, txn, "b", "1", "Ani", 1, NULL, NULL);
    world_insert_orang(&w, txn, "c", "2", "Ani", -1, NULL, NULL);
    world_open(&s, "held", SCHEMA);
    sql_ok(&s, "CREATE TABLE jejak(a); CREATE TRIGGER biasa BEFORE INSERT ON orang BEGIN INSERT INTO jejak VALUES(NEW.id); END");
    world_deliver(&w, &s, order, 2);
    world_expect(&s, "orang a 1 Ani 1 - -\n"
                     "held orang (UNIQUE orang.nik) b 1 Ani 1 - -\n"
                     "held orang (CHECK umur >= 0) c 2 Ani -1 - -\n");
    expect_text(&s, "SELECT group_concat(a) FROM jejak", "a");
    expect_problems(&s, "");
    world_close(&s);
    world_release(&w);
}

static void damage_in_what_is_noted_is_found(void **state)
{
    struct world_store s;
    struct world w;
    sqlite3 *db = NULL;

    (void)state;
    world_init(&w, 1);
    world_open(&s, "damage", SCHEMA);
    sql_ok(&s, "CREATE TRIGGER biasa AFTER INSERT ON orang BEGIN SELECT RAISE(ABORT, 'x'); END");
    merge_one(&w, &s, "a");
    assert_int_equal(sqlite3_open_v2("a.db", &db, SQLITE_OPEN_READWRITE, crash_vfs_name(s.vfs)), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE jemput_fact SET value = substr(value, 1, 9) WHERE name = 'failed triggers'", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    expect_problems(&s, "table 'jemput_fact': what is noted of failed triggers is damaged\n");
    merge_one(&w, &s, "b"); /* and it is written anew */
    expect_problems(
        &s, "table 'orang': trigger 'biasa' has failed (RAISE), and merged rows were written without it: correct it, create it again, and rebuild "
            "what it keeps\n");
    world_close(&s);
    world_release(&w);
}

/* --- text --- */

static void the_text_of_a_trigger_is_read_as_sqlite_reads_it(void **state)
{
    static const struct {
        const char *create, *event, *condition, *writes;
    } texts[] = {
        { "CREATE TRIGGER x INSERT ON t BEGIN SELECT 1; END", "INSERT", NULL, "" },
        { "CREATE TRIGGER insert_ AFTER DELETE ON t FOR EACH ROW BEGIN DELETE FROM u; END", "AFTER DELETE", NULL, "u" },
        { "CREATE TRIGGER \"delete\" BEFORE UPDATE OF \"on\", b ON \"begin\" WHEN OLD.begin > (SELECT begin FROM x) BEGIN UPDATE u SET a = 1; END",
          "BEFORE UPDATE OF \"on\", b", "OLD.begin > (SELECT begin FROM x)", "u" },
        { "CREATE TRIGGER begin AFTER UPDATE ON main.begin WHEN CASE WHEN 1 THEN 'BEGIN' END BEGIN INSERT INTO u SELECT 'UPDATE v'; REPLACE INTO w "
          "VALUES(1)"
          "; WITH z AS (SELECT 1) SELECT * FROM z; INSERT OR ABORT INTO y VALUES(1); END",
          "AFTER UPDATE", "CASE WHEN 1 THEN 'BEGIN' END", "u w y" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct jemput_buf writes = JEMPUT_BUF_INIT(256);
        struct sql_token table, conflict;
        struct trigger_text text;

        assert_true(trigger_text_read(&text, texts[i].create));
        assert_true(jemput_bytes_equal(sql_trimmed(text.event_text), jemput_bytes_str(texts[i].event)));
        assert_int_equal(text.condition.at == NULL, texts[i].condition == NULL);
        if (texts[i].condition)
            assert_true(jemput_bytes_equal(sql_trimmed(text.condition), jemput_bytes_str(texts[i].condition)));
        while (trigger_text_next_write(&text.body, &table, &conflict)) {
            if (writes.len)
                jemput_buf_append_str(&writes, " ");
            jemput_buf_append_bytes(&writes, sql_unquoted(&table));
        }
        assert_true(jemput_bytes_equal(jemput_buf_bytes(&writes), jemput_bytes_str(texts[i].writes)));
        jemput_buf_release(&writes);
    }
    assert_false(trigger_text_read(&(struct trigger_text){ 0 }, "CREATE TABLE t(a)"));
}

/* --- trouble --- */

static void each_allocation_that_fails_leaves_all_or_nothing(void **state)
{
    static const struct jemput_store_hooks hooks = { .make_id = world_make_id };
    struct jemput_error err;
    struct world_store s;
    struct world w;
    const uint8_t *file;
    uint8_t *copy;
    uint64_t n = 0, failed = 0;
    size_t len;

    (void)state;
    world_init(&w, 1);
    make_history(&w);
    world_open(&s, "alloc", SCHEMA);
    sql_ok(&s, LOCAL);
    sql_ok(&s, "CREATE TRIGGER biasa AFTER UPDATE ON orang BEGIN SELECT RAISE(ABORT, 'x'); END");
    jemput_store_close(s.store);
    file = crash_vfs_file(s.vfs, "a.db", &len);
    copy = malloc(len);
    assert_non_null(copy);
    memcpy(copy, file, len);
    for (;; n += 1 + n / 100) {
        enum jemput_status st;

        crash_vfs_put(s.vfs, "a.db", copy, len);
        memset(&err, 0, sizeof err);
        fault_alloc_arm(&mem, n, false);
        st = jemput_store_open(&s.store, &s.sim.env, "a.db", false, &hooks, &err);
        if (!st)
            st = jemput_store_begin(s.store, 1000, &err);
        for (int i = 0; !st && i < w.count; i++)
            st = world_try(&w, &s, i, &err);
        if (!st)
            st = jemput_store_commit(s.store, &err);
        fault_alloc_disarm(&mem);
        if (st && st != JEMPUT_NOMEM)
            fail_msg("allocation %llu: %s: %s", (unsigned long long)n, jemput_status_name(st), err.text);
        failed += st != JEMPUT_OK;
        if (st && s.store) { /* the same again, on the same handle */
            jemput_store_rollback(s.store);
            expect_text(&s, "SELECT count(*) FROM orang", "0");
            expect_text(&s, "SELECT count(*) FROM hitung", "0");
            for (int i = 0; i < w.count; i++)
                world_deliver(&w, &s, &i, 1);
        }
        if (s.store) {
            expect_problems(
                &s, "table 'orang': trigger 'biasa' has failed (RAISE), and merged rows were written without it: correct it, create it again, and "
                    "rebuild what it keeps\n");
            jemput_store_close(s.store);
            s.store = NULL;
        }
        if (!mem.failures)
            break;
    }
    print_message("%llu allocations, %llu of them failed one by one\n", (unsigned long long)n, (unsigned long long)failed);
    assert_true(failed > 100);
    free(copy);
    crash_vfs_free(s.vfs);
    world_release(&w);
}

static int memory_watch(void **state)
{
    (void)state;
    fault_alloc_install(&mem);
    jemput_sqlite_start();
    return 0;
}

static int memory_end(void **state)
{
    (void)state;
    sqlite3_shutdown();
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_device_keeps_stays_in_step_whatever_is_merged_in_whatever_order),
        cmocka_unit_test(the_apps_own_writes_run_them_as_ever),
        cmocka_unit_test(triggers_may_come_change_and_go),
        cmocka_unit_test(a_rollback_leaves_them_in_place),
        cmocka_unit_test(a_migration_of_another_device_brings_its_triggers),
        cmocka_unit_test(triggers_that_they_fire_in_turn_do_not_run),
        cmocka_unit_test(one_that_writes_what_is_replicated_is_refused_when_it_is_declared),
        cmocka_unit_test(one_that_the_app_makes_later_is_refused_by_the_next_commit),
        cmocka_unit_test(a_migration_here_that_makes_one_wrong_is_refused),
        cmocka_unit_test(a_migration_from_elsewhere_is_never_refused_for_a_local_trigger),
        cmocka_unit_test(one_that_fails_lets_the_row_in_and_is_told_once),
        cmocka_unit_test(each_kind_of_write_goes_on_without_one_that_fails),
        cmocka_unit_test(what_one_that_fails_has_done_is_taken_back),
        cmocka_unit_test(one_that_cannot_be_copied_is_told_and_stops_nothing),
        cmocka_unit_test(a_row_that_its_own_constraint_refuses_is_held),
        cmocka_unit_test(damage_in_what_is_noted_is_found),
        cmocka_unit_test(the_text_of_a_trigger_is_read_as_sqlite_reads_it),
        cmocka_unit_test(each_allocation_that_fails_leaves_all_or_nothing),
    };

    world_weak_hashes = false; /* stores are opened again without it */
    return cmocka_run_group_tests_name("merge_trigger", tests, memory_watch, memory_end);
}
