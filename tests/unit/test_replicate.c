/* Tests of jemput_replicate(): which tables can be replicated, what the others are told, and what guards a replicated table afterwards. */
#include "base/limits.h"
#include "store_world.h"

#define FAMILY                                                                                                                                       \
    "CREATE TABLE p(x, y, PRIMARY KEY(x, y)); CREATE TABLE q(id TEXT PRIMARY KEY);"                                                                  \
    "CREATE TABLE t(id TEXT PRIMARY KEY REFERENCES q, a REFERENCES q(id), b, c, FOREIGN KEY(b, c) REFERENCES p(x, y))"
#define PARENT "CREATE TABLE p(x, y, z, PRIMARY KEY(x, y)); SELECT jemput_replicate('p'); "
#define PARENTS "SELECT jemput_replicate('p'); SELECT jemput_replicate('q')"
#define FICKLE "which is not the same on each device and each time, and so would be the rows that it holds back: let it ask the row alone"
#define ID_REMEDY "id BLOB PRIMARY KEY NOT NULL DEFAULT (jemput_id())"

/* A connection of plain SQLite to the same file: it knows nothing of the engine. */
static sqlite3 *plain_open(struct store_world *w)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open_v2("store.db", &db, SQLITE_OPEN_READWRITE, crash_vfs_name(w->vfs)), SQLITE_OK);
    return db;
}

/* The call's error, whole. */
static void assert_refused(sqlite3 *app, const char *call, int code, const char *text)
{
    int rc = sqlite3_exec(app, call, NULL, NULL, NULL);

    if ((rc & 0xff) != code || strcmp(sqlite3_errmsg(app), text) != 0)
        fail_msg("%s\n  gives %d '%s'\n  instead of %d '%s'", call, rc, sqlite3_errmsg(app), code, text);
}

static int64_t schema_version(sqlite3 *db)
{
    return sql_int(db, "PRAGMA schema_version");
}

/* The oldest migration made here as "version:sql", or "" if there is none. Then it counts as sealed. */
static void assert_migration(struct store_world *w, const char *wanted)
{
    struct jemput_arena arena = { 0 };
    struct jemput_bytes sql = { 0 };
    struct jemput_error err;
    uint32_t version = 0;
    char text[4096] = "";

    assert_int_equal(jemput_store_begin(w->store, 0, &err), JEMPUT_OK);
    if (jemput_store_migration_next(w->store, &arena, &sql, &version, &err))
        fail_msg("migration: %s", err.text);
    if (sql.len) {
        snprintf(text, sizeof text, "%u:%.*s", (unsigned)version, (int)sql.len, (const char *)sql.data);
        assert_int_equal(jemput_store_migration_sealed(w->store, version, &err), JEMPUT_OK);
    }
    assert_int_equal(jemput_store_commit(w->store, &err), JEMPUT_OK);
    jemput_arena_release(&arena);
    assert_string_equal(text, wanted);
}

/* --- what can be replicated --- */

static const struct {
    const char *create, *options, *insert, *pending;
} accepted[] = {
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "", "INSERT INTO t VALUES('k', 1)", "I t 'k' a=1" },
    { "CREATE TABLE t(id BLOB PRIMARY KEY NOT NULL, a)", "", "INSERT INTO t VALUES(x'0a00', 1)", "I t x0a00 a=1" },
    { "CREATE TABLE t(a, id BLOB PRIMARY KEY NOT NULL DEFAULT (jemput_id()))", "", "INSERT INTO t(id, a) VALUES(x'01', 1)", "I t x01 a=1" },
    { "CREATE TABLE t(id PRIMARY KEY, a)", "", "INSERT INTO t VALUES(1.5, 1)", "I t 1.5 a=1" },
    { "CREATE TABLE t(id INTEGER PRIMARY KEY, a)", "key=app", "INSERT INTO t VALUES(7, 1)", "I t 7 a=1" },
    { "CREATE TABLE t(id INTEGER, a, PRIMARY KEY(id))", "key=app", "INSERT INTO t VALUES(-7, 1)", "I t -7 a=1" },
    { "CREATE TABLE t(id INT PRIMARY KEY, a)", "", "INSERT INTO t VALUES(7, 1)", "I t 7 a=1" },            /* no alias of the rowid */
    { "CREATE TABLE t(id INTEGER PRIMARY KEY DESC, a)", "", "INSERT INTO t VALUES(7, 1)", "I t 7 a=1" },   /* nor this, by an old quirk */
    { "CREATE TABLE t(id INTEGER PRIMARY KEY, a) WITHOUT ROWID", "", "INSERT INTO t VALUES(7, 1)", "I t 7 a=1" },
    { "CREATE TABLE t(id INTEGER NOT NULL, a, PRIMARY KEY(id)) WITHOUT ROWID", "", "INSERT INTO t VALUES(7, 1)", "I t 7 a=1" },
    { "CREATE TABLE t(a, k TEXT, b, j INT, PRIMARY KEY(j, k))", "", "INSERT INTO t VALUES(1, 'k', 2, 3)", "I t 3 'k' a=1 b=2" },
    { "CREATE TABLE t(a, k TEXT, j BLOB, PRIMARY KEY(k, j)) WITHOUT ROWID", "", "INSERT INTO t VALUES(1, 'k', x'')", "I t 'k' x a=1" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY)", "", "INSERT INTO t VALUES('k')", "I t 'k'" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a INT) STRICT", "", "INSERT INTO t VALUES('k', 1)", "I t 'k' a=1" },
    { "CREATE TABLE T(Id TEXT PRIMARY KEY, \"A\" INT)", "", "INSERT INTO t VALUES('k', 1)", "I T 'k' A=1" },
    { "CREATE TABLE \"t\"([id] TEXT PRIMARY KEY /* ) */, a -- , b\n)", "", "INSERT INTO t VALUES('k', 1)", "I t 'k' a=1" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, AUTOINCREMENT_ TEXT DEFAULT 'AUTOINCREMENT')", "", "INSERT INTO t(id) VALUES('k')",
      "I t 'k' a=NULL AUTOINCREMENT_='AUTOINCREMENT'" },
    { "CREATE TABLE t(k1,k2,k3,k4,k5,k6,k7,k8,k9,k10,k11,k12,k13,k14,k15,k16, PRIMARY KEY(k1,k2,k3,k4,k5,k6,k7,k8,k9,k10,k11,k12,k13,k14,k15,k16))",
      "",
      "INSERT INTO t VALUES(1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16)", "I t 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16" },
};

static void a_table_whose_key_the_app_supplies_can_be_replicated(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        struct store_world w;
        char call[256];

        world_new(&w, NULL);
        sql_ok(w.app, accepted[i].create);
        snprintf(call, sizeof call, "SELECT jemput_replicate('t', '%s')", accepted[i].options);
        sql_ok(w.app, call);
        sql_ok(w.app, accepted[i].insert);
        assert_pending(&w, accepted[i].pending);
        sql_ok(w.app, "DELETE FROM t");
        assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_pending"), 1);
        world_release(&w);
    }
}

/* --- what cannot, and what is said then --- */

static const struct {
    const char *create, *call;
    int code;
    const char *text;
} refused[] = {
    { "CREATE TABLE t(a)", "t", SQLITE_AUTH, "table 't': it has no PRIMARY KEY, and a bare rowid would mix rows of different devices: add "
      "" ID_REMEDY },
    { "CREATE TABLE t(a UNIQUE NOT NULL)", "t", SQLITE_AUTH,
      "table 't': it has no PRIMARY KEY, and a bare rowid would mix rows of different devices: add " ID_REMEDY },
    { "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a)", "t", SQLITE_AUTH,
      "table 't': AUTOINCREMENT gives the same number to different rows on different devices: use " ID_REMEDY },
    { "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a)", "t', 'key=app", SQLITE_AUTH,
      "table 't': AUTOINCREMENT gives the same number to different rows on different devices: use " ID_REMEDY },
    { "CREATE TABLE t(id INTEGER PRIMARY KEY, a)", "t", SQLITE_AUTH,
      "table 't': INTEGER PRIMARY KEY is numbered by each device for itself: use " ID_REMEDY ", or option key=app if the app supplies every key" },
    { "CREATE TABLE t(a, id INTEGER, PRIMARY KEY(id))", "t", SQLITE_AUTH,
      "table 't': INTEGER PRIMARY KEY is numbered by each device for itself: use " ID_REMEDY ", or option key=app if the app supplies every key" },
    { "CREATE VIEW t AS SELECT 1 AS id", "t", SQLITE_AUTH, "table 't': it is a view: replicate the tables below it" },
    { "CREATE VIRTUAL TABLE t USING fts5(a)", "t", SQLITE_AUTH,
      "table 't': it is a virtual table: replicate an ordinary table and keep the virtual one in step with triggers" },
    { "CREATE VIRTUAL TABLE t USING fts5(a)", "t_config", SQLITE_AUTH,
      "table 't_config': it belongs to a virtual table: replicate an ordinary table and keep the virtual one in step with triggers" },
    { "CREATE TEMP TABLE t(id TEXT PRIMARY KEY)", "t", SQLITE_ERROR, "table 't': there is no such table (a TEMP table cannot be replicated)" },
    { "ATTACH ':memory:' AS lain; CREATE TABLE lain.t(id TEXT PRIMARY KEY)", "t", SQLITE_ERROR,
      "table 't': there is no such table (a TEMP table cannot be replicated)" },
    { "SELECT 1", "t", SQLITE_ERROR, "table 't': there is no such table (a TEMP table cannot be replicated)" },
    { "CREATE TABLE u(id TEXT PRIMARY KEY); CREATE INDEX t ON u(id)", "t", SQLITE_ERROR,
      "table 't': there is no such table (a TEMP table cannot be replicated)" },
    { "SELECT 1", "jemput_fact", SQLITE_AUTH, "table 'jemput_fact': names beginning with jemput_ or sqlite_ are not the app's: rename the table" },
    { "SELECT 1", "sqlite_schema", SQLITE_AUTH, "table 'sqlite_schema': names beginning with jemput_ or sqlite_ are not the app's: rename the "
      "table" },
    { "CREATE TABLE \"a b\"(id TEXT PRIMARY KEY)", "a b", SQLITE_AUTH,
      "table 'a b': a name must be made of letters, digits and _, not begin with a digit, and have at most 63 bytes: rename it" },
    { "SELECT 1", "", SQLITE_AUTH, "table '': a name must be made of letters, digits and _, not begin with a digit, and have at most 63 bytes: "
      "rename it" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, \"no. kk\" TEXT)", "t", SQLITE_AUTH,
      "table 't': a column's name must be made of letters, digits and _, and have at most 63 bytes: rename it" },
    { "CREATE TABLE t(id TEXT COLLATE NOCASE PRIMARY KEY, a)", "t", SQLITE_AUTH,
      "table 't': a column of the primary key has a COLLATE other than BINARY: rows that are one here may be two elsewhere; remove it from the key" },
    { "CREATE TABLE t(id TEXT, a, PRIMARY KEY(a, id COLLATE RTRIM)) WITHOUT ROWID", "t", SQLITE_AUTH,
      "table 't': a column of the primary key has a COLLATE other than BINARY: rows that are one here may be two elsewhere; remove it from the key" },
    { "CREATE TABLE t(k1,k2,k3,k4,k5,k6,k7,k8,k9,k10,k11,k12,k13,k14,k15,k16,k17,"
      " PRIMARY KEY(k1,k2,k3,k4,k5,k6,k7,k8,k9,k10,k11,k12,k13,k14,k15,k16,k17))",
      "t", SQLITE_AUTH, "table 't': the primary key has more than 16 columns: use one jemput_id() and a UNIQUE index" },
    /* options */
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b AS (a))", "t', 'color=red", SQLITE_AUTH,
      "table 't': option 'color' does not exist; there are group, identity, before, key, rank, sum, once, parent, triggers and attachments" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'identity", SQLITE_AUTH, "table 't': option 'identity': write name=value" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', '=a", SQLITE_AUTH, "table 't': option '=': write name=value" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'identity=", SQLITE_AUTH, "table 't': option identity: the name of a column is missing" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'group=a,", SQLITE_AUTH, "table 't': option group: the name of a column is missing" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'before=,a", SQLITE_AUTH, "table 't': option before: the name of a column is missing" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'sum=", SQLITE_AUTH, "table 't': option sum: the name of a column is missing" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'identity=zzz", SQLITE_AUTH, "table 't': option identity: the table has no column 'zzz'" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'group=a,id", SQLITE_AUTH, "table 't': option group: column 'id' is of the key, which never "
      "changes" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b AS (a))", "t', 'before=b", SQLITE_AUTH, "table 't': option before: column 'b' is generated" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b)", "t', 'group=a b", SQLITE_AUTH, "table 't': option group: 'b' was not expected" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'key=app", SQLITE_AUTH, "table 't': option key: key=app is for INTEGER PRIMARY KEY only: "
      "leave it out" },
    { "CREATE TABLE t(id INTEGER PRIMARY KEY, a)", "t', 'key=auto", SQLITE_AUTH, "table 't': option key: only key=app exists" },
    { "CREATE TABLE t(id INTEGER PRIMARY KEY, a)", "t', 'key=app now", SQLITE_AUTH, "table 't': option key: 'now' was not expected" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'rank=a", SQLITE_AUTH, "table 't': option rank: write rank=column:LOW<MIDDLE<HIGH" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'rank=a:x", SQLITE_AUTH, "table 't': option rank: write rank=column:LOW<MIDDLE<HIGH" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'rank=a:x<", SQLITE_AUTH, "table 't': option rank: a value is missing" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'rank=a:x<y<", SQLITE_AUTH, "table 't': option rank: a value is missing" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'rank=a:x<y,b:x<y", SQLITE_AUTH, "table 't': option rank: write rank=column:LOW<MIDDLE<HIGH" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'rank=a:x<y<x", SQLITE_AUTH, "table 't': option rank: value 'x' is named twice" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'rank=a:1<''x''<''1''", SQLITE_AUTH, "table 't': option rank: value '1' is named twice" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'rank=a:x<\"y\"", SQLITE_AUTH,
      "table 't': option rank: \"y\" is not a value: write a word, a number, or 'text'" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'rank=a:x<x''61''", SQLITE_AUTH,
      "table 't': option rank: x'61' is not a value: write a word, a number, or 'text'" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'rank=a:x<''y", SQLITE_AUTH,
      "table 't': option rank: 'y is not a value: write a word, a number, or 'text'" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'rank=zzz:x<y", SQLITE_AUTH, "table 't': option rank: the table has no column 'zzz'" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'sum=a,a", SQLITE_AUTH, "table 't': option sum: ',' was not expected" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'sum=id", SQLITE_AUTH, "table 't': option sum: column 'id' is of the key, which never changes" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'once=a; sum=a", SQLITE_AUTH,
      "table 't': option sum: column 'a' has a rule already: give it one" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'rank=a:x<y; rank=a:x<y", SQLITE_AUTH,
      "table 't': option rank: column 'a' has a rule already: give it one" },
    /* options that contradict the schema or each other */
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b)", "t', 'sum=a; group=a,b", SQLITE_AUTH,
      "table 't': option sum: column 'a' is tied to 'b' by option group, but a counter merges by itself: leave out the option, or the tie" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, CHECK(a <= b))", "t', 'sum=b", SQLITE_AUTH,
      "table 't': option sum: column 'b' is tied to 'a' by CHECK a <= b, but a counter merges by itself: leave out the option, or the tie" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, UNIQUE(a, b))", "t', 'once=b", SQLITE_AUTH,
      "table 't': option once: column 'b' is tied to 'a' by UNIQUE t.a, t.b, but a fact merges by itself: leave out the option, or the tie" },
    { "CREATE TABLE p(x, y, PRIMARY KEY(x, y)); CREATE TABLE t(id TEXT PRIMARY KEY, a, b, FOREIGN KEY(a, b) REFERENCES p)", "t', 'once=a",
      SQLITE_AUTH, "table 't': option once: column 'a' is tied to 'b' by FOREIGN KEY p, but a fact merges by itself: leave out the option, or the tie" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b)", "t', 'identity=a; sum=a", SQLITE_AUTH,
      "table 't': option sum: column 'a' is identity as well, but a counter leaves no conflict to a person: leave out one of the two options" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b)", "t', 'once=b; identity=a,b", SQLITE_AUTH,
      "table 't': option once: column 'b' is identity as well, but a fact leaves no conflict to a person: leave out one of the two options" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b)", "t', 'rank=b:x<y; group=a,b; identity=a", SQLITE_AUTH,
      "table 't': option rank: column 'b' is in one group with 'a', which is identity, but a rank leaves no conflict to a person: leave out one of the "
      "two options" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b)", "t', 'rank=a:x<y; group=a,b; rank=b:x<y", SQLITE_AUTH,
      "table 't': option rank: columns 'a' and 'b' are in one group, which one alone can rank: leave out one of them" },
    /* option parent */
    { FAMILY, "t', 'parent=", SQLITE_AUTH, "table 't': option parent: the name of a column is missing" },
    { FAMILY, "t', 'parent=zzz:hold", SQLITE_AUTH, "table 't': option parent: the table has no column 'zzz'" },
    { FAMILY, "t', 'parent=a", SQLITE_AUTH, "table 't': option parent: write parent=column:restore, parent=column:cascade or parent=column:hold" },
    { FAMILY, "t', 'parent=a:keep", SQLITE_AUTH, "table 't': option parent: write parent=column:restore, parent=column:cascade or parent=column:hold" },
    { FAMILY, "t', 'parent=a:hold b", SQLITE_AUTH, "table 't': option parent: 'b' was not expected" },
    { FAMILY, "t', 'parent=b:hold", SQLITE_AUTH, "table 't': option parent: the table has no FOREIGN KEY (b): name the columns of one, in its order" },
    { FAMILY, "t', 'parent=c,b:hold", SQLITE_AUTH,
      "table 't': option parent: the table has no FOREIGN KEY (c, b): name the columns of one, in its order" },
    { FAMILY, "t', 'parent=b,c:hold; parent=a:restore; parent=b,c:hold", SQLITE_AUTH, "table 't': option parent: FOREIGN KEY (b, c) is named twice" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'parent=a:hold", SQLITE_AUTH,
      "table 't': option parent: the table has no FOREIGN KEY (a): name the columns of one, in its order" },
    /* option triggers */
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'triggers=", SQLITE_AUTH, "table 't': option triggers: the name of a trigger is missing" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'triggers=x,", SQLITE_AUTH, "table 't': option triggers: the name of a trigger is missing" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'triggers=x y", SQLITE_AUTH, "table 't': option triggers: 'y' was not expected" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'triggers=x,y; triggers=X", SQLITE_AUTH, "table 't': option triggers: 'X' is named twice" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'triggers=jemput_insert_t", SQLITE_AUTH,
      "table 't': option triggers: names beginning with jemput_ are not the app's" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a)", "t', 'triggers=[a-b]", SQLITE_AUTH,
      "table 't': option triggers: a name must be made of letters, digits and _, not begin with a digit, and have at most 63 bytes: rename the trigger" },
    /* option attachments */
    { "CREATE TABLE t(id BLOB PRIMARY KEY NOT NULL, owner_table, owner_key, kind, mime, size, content, urgent, received)",
      "t', 'attachments=5;attachments=6", SQLITE_AUTH, "table 't': option attachments: it is given twice: leave one out" },
    /* what could never be written, or is something else each time */
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a REAL NOT NULL DEFAULT 0)", "t', 'sum=a", SQLITE_AUTH,
      "table 't': option sum: column 'a' is declared REAL, which keeps no whole numbers: declare it INTEGER" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, n INT, a VARCHAR(8) NOT NULL DEFAULT 0)", "t', 'sum=n;sum=a", SQLITE_AUTH,
      "table 't': option sum: column 'a' is declared VARCHAR(8), which keeps no whole numbers: declare it INTEGER" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a INT CHECK(a > 0), b CHECK(b <> random() % 2))", "t", SQLITE_AUTH,
      "table 't': CHECK b <> random() % 2 asks random, " FICKLE },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a VARCHAR(8) DEFAULT (1), CONSTRAINT kini CHECK(a > 1 AND (a > coalesce(\"Changes\"(), 1))))", "t",
      SQLITE_AUTH, "table 't': CHECK kini asks \"Changes\", " FICKLE },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a CONSTRAINT ada NOT NULL, CHECK(a < Current_Timestamp))", "t", SQLITE_AUTH,
      "table 't': CHECK a < Current_Timestamp asks Current_Timestamp, " FICKLE },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a CHECK(a <> jemput_id()))", "t", SQLITE_AUTH,
      "table 't': CHECK a <> jemput_id() asks jemput_id, " FICKLE },
    /* rows that are there */
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a DEFAULT 'belum')", "t', 'once=a", SQLITE_AUTH,
      "table 't': option once: column 'a' has DEFAULT 'belum', which would be every row's fact from the start: leave the DEFAULT out" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, n DEFAULT 7, a INTEGER NOT NULL DEFAULT -1)", "t', 'sum=n; once=a", SQLITE_AUTH,
      "table 't': option once: column 'a' has DEFAULT -1, which would be every row's fact from the start: leave the DEFAULT out" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a DEFAULT (FALSE))", "t', 'once=a", SQLITE_AUTH,
      "table 't': option once: column 'a' has DEFAULT FALSE, which would be every row's fact from the start: leave the DEFAULT out" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a INTEGER NOT NULL REFERENCES t(id))", "t', 'sum=a", SQLITE_AUTH,
      "option sum: column 't.a' is a counter, and a FOREIGN KEY: nobody chooses what the total of several devices names; leave out one of the two" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a INTEGER NOT NULL UNIQUE, b INTEGER REFERENCES t(A))", "t', 'sum=a", SQLITE_AUTH,
      "option sum: 't.b' names rows of 't' by 'A', which is a counter: its total changes when devices merge, and what names it does not follow; "
      "leave out the option, or name the row by its key" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a); INSERT INTO t VALUES('k', 1), ('l', NULL)", "t', 'sum=a", SQLITE_AUTH,
      "table 't': counter column 'a' must hold an integer" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a); INSERT INTO t VALUES('k', 1.0), ('l', 2)", "t', 'sum=a", SQLITE_AUTH,
      "table 't': counter column 'a' must hold an integer" },
};

static void a_check_asks_its_row_whatever_the_columns_are_called(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, NULL);
    sql_ok(w.app, "CREATE TABLE t(id TEXT PRIMARY KEY, changes INT DEFAULT (random()), \"random\" NUMERIC NOT NULL DEFAULT 0, n NOT NULL DEFAULT 0,"
                  " CHECK(changes > 0 AND abs(changes) IN (1, 2) AND date(id) IS NOT 'random()' /* random() */),"
                  " CHECK(\"random\" LIKE '%' AND length([random]) < 9)); SELECT jemput_replicate('t', 'sum=n')");
    sql_ok(w.app, "INSERT INTO t(id, changes) VALUES('k', 2)");
    assert_pending(&w, "I t 'k' changes=2 random=0 n=+0");
    world_release(&w);
}

static void what_stands_in_a_log_is_left_even_if_nobody_would_write_it_today(void **state)
{
    struct store_world w;
    struct jemput_error err;

    (void)state;
    world_new(&w, NULL);
    assert_int_equal(jemput_store_begin(w.store, 0, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_schema_rerun(w.store, jemput_bytes_str("CREATE TABLE t(id TEXT PRIMARY KEY, n REAL, a CHECK(a <> random()));"
                                                                         "SELECT jemput_replicate('t', 'sum=n')"), 1, &err),
                     JEMPUT_OK);
    assert_int_equal(jemput_store_commit(w.store, &err), JEMPUT_OK);
    sql_ok(w.app, "SELECT jemput_migrate('ALTER TABLE t ADD COLUMN x')");
    world_release(&w);
}

static void every_other_table_is_refused_with_what_to_do_instead(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct store_world w;
        char call[512], text[1024];
        int64_t before;

        world_new(&w, NULL);
        if (strstr(refused[i].create, "fts5") && !sqlite3_compileoption_used("ENABLE_FTS5")) {
            world_release(&w);
            continue;
        }
        sql_ok(w.app, refused[i].create);
        before = schema_version(w.app);
        snprintf(call, sizeof call, "SELECT jemput_replicate('%s')", refused[i].call);
        snprintf(text, sizeof text, "jemput_replicate: %s", refused[i].text);
        assert_refused(w.app, call, refused[i].code, text);
        assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_table"), 0);
        assert_int_equal(schema_version(w.app), before); /* and nothing is left behind */
        assert_migration(&w, "");
        world_release(&w);
    }
}

static void a_table_of_too_many_columns_is_refused(void **state)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(1 << 20);
    struct store_world w;

    (void)state;
    world_new(&w, NULL);
    jemput_buf_append_str(&sql, "CREATE TABLE t(id TEXT PRIMARY KEY");
    for (int i = 0; i < 511; i++)
        jemput_buf_printf(&sql, ", c%d", i);
    jemput_buf_append(&sql, ")", 2);
    sql_ok(w.app, (const char *)sql.data);
    sql_ok(w.app, "SELECT jemput_replicate('t')");
    sql_ok(w.app, "INSERT INTO t(id, c510) VALUES('k', 5)");
    assert_int_equal(sql_int(w.app, "SELECT changes FROM jemput_pending"), 1);
    jemput_buf_clear(&sql);
    jemput_buf_append_str(&sql, "CREATE TABLE u(id TEXT PRIMARY KEY");
    for (int i = 0; i < 512; i++)
        jemput_buf_printf(&sql, ", c%d", i);
    jemput_buf_append(&sql, ")", 2);
    sql_ok(w.app, (const char *)sql.data);
    assert_refused(w.app, "SELECT jemput_replicate('u')", SQLITE_AUTH, "jemput_replicate: table 'u': it has more than 512 columns: split the table");
    jemput_buf_release(&sql);
    world_release(&w);
}

static void keys_and_foreign_keys_may_have_16_columns_and_no_more(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, NULL);
    for (unsigned count = 16; count <= 17; count++) {
        char names[128] = "", made[512] = "", sql[2048];

        for (unsigned i = 0; i < count; i++) {
            snprintf(names + strlen(names), sizeof names - strlen(names), "%sc%u", i ? ", " : "", i);
            snprintf(made + strlen(made), sizeof made - strlen(made), "%sc%u TEXT NOT NULL", i ? ", " : "", i);
        }
        snprintf(sql, sizeof sql, "CREATE TABLE k%u(%s, PRIMARY KEY(%s)) WITHOUT ROWID; CREATE TABLE induk%u(id TEXT PRIMARY KEY, %s, UNIQUE(%s));"
                 "SELECT jemput_replicate('induk%u'); CREATE TABLE anak%u(id TEXT PRIMARY KEY, %s, FOREIGN KEY(%s) REFERENCES induk%u(%s))",
                 count, made, names, count, made, names, count, count, made, names, count, names);
        sql_ok(w.app, sql);
    }
    sql_ok(w.app, "SELECT jemput_replicate('k16'), jemput_replicate('anak16')");
    assert_refused(w.app, "SELECT jemput_replicate('k17')", SQLITE_AUTH,
                   "jemput_replicate: table 'k17': the primary key has more than 16 columns: use one jemput_id() and a UNIQUE index");
    assert_refused(w.app, "SELECT jemput_replicate('anak17')", SQLITE_AUTH,
                   "jemput_replicate: table 'anak17': a FOREIGN KEY has more than 16 columns: refer to one jemput_id()");
    world_release(&w);
}

static void names_may_have_63_bytes_and_no_more(void **state)
{
    char name[JEMPUT_NAME_BYTES_MAX + 2], sql[512];
    struct store_world w;

    (void)state;
    world_new(&w, NULL);
    memset(name, 'n', sizeof name);
    name[JEMPUT_NAME_BYTES_MAX] = '\0';
    snprintf(sql, sizeof sql, "CREATE TABLE %s(id TEXT PRIMARY KEY); SELECT jemput_replicate('%s'); INSERT INTO %s VALUES(1)", name, name, name);
    sql_ok(w.app, sql);
    name[JEMPUT_NAME_BYTES_MAX] = 'n';
    name[JEMPUT_NAME_BYTES_MAX + 1] = '\0';
    snprintf(sql, sizeof sql, "CREATE TABLE %s(id TEXT PRIMARY KEY)", name);
    sql_ok(w.app, sql);
    snprintf(sql, sizeof sql, "SELECT jemput_replicate('%s')", name);
    sql_fails(w.app, sql, SQLITE_AUTH, "have at most 63 bytes: rename it");
    world_release(&w);
}

static void arguments_that_are_not_text_are_refused(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, NULL);
    sql_ok(w.app, "CREATE TABLE t(id TEXT PRIMARY KEY)");
    assert_refused(w.app, "SELECT jemput_replicate(NULL)", SQLITE_ERROR, "jemput_replicate: table and options must be text");
    assert_refused(w.app, "SELECT jemput_replicate('t', NULL)", SQLITE_ERROR, "jemput_replicate: table and options must be text");
    sql_fails(w.app, "SELECT jemput_replicate()", SQLITE_ERROR, "wrong number of arguments");
    world_release(&w);
}

static void a_call_inside_of_a_writing_statement_is_refused(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, NULL);
    sql_ok(w.app, "CREATE TABLE t(id TEXT PRIMARY KEY); CREATE TABLE u(a)");
    sql_fails(w.app, "INSERT INTO u SELECT jemput_replicate('t')", SQLITE_BUSY, "jemput_replicate: call it in a SELECT of its own");
    sql_fails(w.app, "CREATE TRIGGER tr AFTER INSERT ON u BEGIN SELECT jemput_replicate('t'); END; INSERT INTO u VALUES(1)", SQLITE_ERROR,
              "unsafe use of jemput_replicate()");
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_table"), 0);
    world_release(&w);
}

static void a_device_that_may_not_change_the_schema_is_told_so(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, NULL);
    sql_ok(w.app, "CREATE TABLE t(id TEXT PRIMARY KEY)");
    w.migrate_answer = JEMPUT_DENIED;
    assert_refused(w.app, "SELECT jemput_replicate('t')", SQLITE_AUTH, "jemput_replicate: only an administrator");
    assert_refused(w.app, "SELECT jemput_migrate('SELECT 1')", SQLITE_AUTH, "jemput_migrate: only an administrator");
    world_close(&w);
    w.hooks.may_migrate = NULL;
    world_open(&w, false);
    assert_refused(w.app, "SELECT jemput_replicate('t')", SQLITE_AUTH,
                   "jemput_replicate: this device may not change the schema: ask an administrator's device");
    world_release(&w);
}

/* --- calling it again, taking it back --- */

static void calling_it_again_changes_nothing(void **state)
{
    struct store_world w;
    int64_t before;

    (void)state;
    world_new(&w, NULL);
    sql_ok(w.app, "CREATE TABLE t(id TEXT PRIMARY KEY, a, b); SELECT jemput_replicate('t', 'group=a,b')");
    sql_ok(w.app, "INSERT INTO t VALUES('k', 1, 2)");
    before = schema_version(w.app);
    sql_ok(w.app, "SELECT jemput_replicate('t', 'group=a,b'); SELECT jemput_replicate('T', 'group=a,b')");
    assert_int_equal(schema_version(w.app), before);
    assert_refused(w.app, "SELECT jemput_replicate('t')", SQLITE_AUTH, "jemput_replicate: table 't' is replicated with other options, which "
                   "cannot change");
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_table"), 1);
    assert_migration(&w, "1:CREATE TABLE t(id TEXT PRIMARY KEY, a, b);\nSELECT jemput_replicate('t', 'group=a,b');\n");
    assert_migration(&w, "");
    assert_pending(&w, "I t 'k' a=1 b=2");
    w.migrate_answer = JEMPUT_DENIED; /* nor does it need a permission then */
    sql_ok(w.app, "SELECT jemput_replicate('t', 'group=a,b')");
    world_release(&w);
}

static void the_migration_holds_what_makes_the_same_table_elsewhere(void **state)
{
    struct store_world w, other;
    struct jemput_arena arena = { 0 };
    struct jemput_bytes sql = { 0 };
    struct jemput_error err;
    uint32_t version = 0;
    char text[2048];

    (void)state;
    world_new(&w, NULL);
    sql_ok(w.app, "CREATE TABLE orang(id TEXT PRIMARY KEY, nik TEXT UNIQUE, nama TEXT, besar AS (upper(nama)));"
                  "CREATE INDEX orang_nama ON orang(nama) WHERE nama IS NOT NULL;"
                  "CREATE TRIGGER orang_catat AFTER INSERT ON orang BEGIN UPDATE orang SET nama = 'x;y' WHERE 0; END;"
                  "SELECT jemput_replicate('ORANG', 'identity=nik')");
    assert_int_equal(jemput_store_migration_next(w.store, &arena, &sql, &version, &err), JEMPUT_OK);
    assert_int_equal(version, 1);
    snprintf(text, sizeof text, "%.*s", (int)sql.len, (const char *)sql.data);
    jemput_arena_release(&arena);
    world_release(&w);
    world_new(&other, text);
    sql_ok(other.app, "INSERT INTO orang(id, nik, nama) VALUES('k', '1674', 'Siti')");
    assert_sql_text(other.app, "SELECT besar FROM orang", "SITI");
    assert_int_equal(sql_int(other.app, "SELECT count(*) FROM sqlite_schema WHERE name IN ('orang_nama', 'orang_catat')"), 2);
    assert_pending(&other, "I orang 'k' nik='1674' nama='Siti'");
    assert_true(jemput_store_table_named(other.store, "orang")->columns[1].identity);
    world_release(&other);
}

static void rows_that_are_there_are_inserted_by_the_transaction_that_replicates(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, NULL);
    sql_ok(w.app, "CREATE TABLE t(id TEXT PRIMARY KEY, a); INSERT INTO t VALUES('k', 1), ('l', 2)");
    sql_ok(w.app, "BEGIN; SELECT jemput_replicate('t'); UPDATE t SET a = 3 WHERE id = 'k'; DELETE FROM t WHERE id = 'l'; INSERT INTO t "
           "VALUES('m', 4); COMMIT");
    assert_pending(&w, "I t 'k' a=3; I t 'm' a=4");
    world_release(&w);
}

static void rows_of_a_schema_are_its_own_and_are_not_captured(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, "CREATE TABLE kode(id TEXT PRIMARY KEY, nama TEXT); INSERT INTO kode VALUES('16', 'Sumatera Selatan'); SELECT "
              "jemput_replicate('kode')");
    assert_pending(&w, "");
    assert_migration(&w, "");
    sql_ok(w.app, "UPDATE kode SET nama = 'Sumsel'");
    assert_pending(&w, "U kode '16' nama='Sumsel'");
    world_release(&w);
}

static void a_row_that_is_there_without_a_key_stops_it_and_harms_nothing(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, NULL);
    sql_ok(w.app, "CREATE TABLE t(j INT, k INT, a, PRIMARY KEY(j, k)); INSERT INTO t VALUES(1, 1, 'x'), (2, NULL, 'y')");
    sql_fails(w.app, "SELECT jemput_replicate('t')", SQLITE_AUTH, "jemput_replicate: table 't': rows that are there: ");
    sql_ok(w.app, "BEGIN; INSERT INTO t VALUES(3, 3, 'z')");
    sql_fails(w.app, "SELECT jemput_replicate('t')", SQLITE_AUTH, "jemput_replicate: table 't': rows that are there: ");
    sql_ok(w.app, "INSERT INTO t VALUES(4, 4, 'z'); COMMIT");
    assert_pending(&w, "");
    sql_ok(w.app, "DELETE FROM t WHERE k IS NULL; SELECT jemput_replicate('t')");
    assert_pending(&w, "I t 1 1 a='x'; I t 3 3 a='z'; I t 4 4 a='z'");
    world_release(&w);
}

static void a_schemas_own_rows_have_keys_too(void **state)
{
    static const struct {
        const char *sql, *text;
    } bad[] = {
        { "CREATE TABLE t(id TEXT PRIMARY KEY, a); INSERT INTO t VALUES('k', 1), (NULL, 2); SELECT jemput_replicate('t')", "column 1 is NULL" },
        { "CREATE TABLE t(j, k, PRIMARY KEY(j, k)); INSERT INTO t VALUES('k', 2.0); SELECT jemput_replicate('t')",
          "the key's column 'k' cannot hold 2.0: write the INTEGER 2" },
    };
    struct store_world w;
    struct jemput_error err;

    (void)state;
    world_new(&w, NULL);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(jemput_store_begin(w.store, 0, &err), JEMPUT_OK);
        assert_int_equal(jemput_store_schema_run(w.store, jemput_bytes_str(bad[i].sql), 1, &err), JEMPUT_CORRUPT);
        if (!strstr(err.text, bad[i].text))
            fail_msg("%s\n  gives '%s' instead of '%s'", bad[i].sql, err.text, bad[i].text);
        jemput_store_rollback(w.store);
    }
    world_release(&w);
}

static void a_rollback_takes_it_back(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, NULL);
    sql_ok(w.app, "CREATE TABLE t(id TEXT PRIMARY KEY, a); INSERT INTO t VALUES('k', 1)");
    sql_ok(w.app, "BEGIN; SELECT jemput_replicate('t'); INSERT INTO t VALUES('l', 2); ROLLBACK");
    sql_ok(w.app, "INSERT INTO t VALUES('l', 2); ALTER TABLE t ADD COLUMN b; UPDATE t SET b = 1");
    assert_pending(&w, "");
    sql_ok(w.app, "SELECT jemput_replicate('t')");
    assert_pending(&w, "I t 'k' a=1 b=1; I t 'l' a=2 b=1");
    world_release(&w);
}

static void a_rollback_to_a_savepoint_takes_it_back(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, NULL);
    sql_ok(w.app, "CREATE TABLE t(id TEXT PRIMARY KEY, a); CREATE TABLE u(j INT, k INT, a, PRIMARY KEY(j, k)); INSERT INTO t VALUES('k', 1)");
    sql_ok(w.app, "BEGIN; SAVEPOINT s; SELECT jemput_replicate('t'); INSERT INTO t VALUES('l', 2); ROLLBACK TO s; INSERT INTO t VALUES('l', 3); "
           "COMMIT");
    assert_pending(&w, "");
    /* the number that was free again goes to another table of another shape */
    sql_ok(w.app, "BEGIN; SAVEPOINT s; SELECT jemput_replicate('t'); UPDATE t SET a = 4; ROLLBACK TO s;"
                  "SELECT jemput_replicate('u'); INSERT INTO u VALUES(1, 2, 3); COMMIT");
    assert_pending(&w, "I u 1 2 a=3");
    sql_ok(w.app, "SELECT jemput_replicate('t')");
    assert_pending(&w, "I t 'k' a=1; I t 'l' a=3");
    world_release(&w);
}

static void a_temporary_table_of_the_same_name_does_not_stand_in_the_way(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, NULL);
    sql_ok(w.app, "CREATE TABLE t(id TEXT PRIMARY KEY, a); CREATE TEMP TABLE t(x); SELECT jemput_replicate('t')");
    sql_ok(w.app, "INSERT INTO t VALUES(1); INSERT INTO main.t VALUES('k', 1); DROP TABLE temp.t; INSERT INTO t VALUES('l', 2)");
    assert_pending(&w, "I t 'k' a=1 | I t 'l' a=2");
    world_release(&w);
}

/* --- groups --- */

static const struct {
    const char *create, *options;
    const char *groups; /* of the columns: a digit, or - for none */
} grouped[] = {
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c)", "", "-012" },
    { "CREATE TABLE t(a, id TEXT PRIMARY KEY, b, c)", "group=c,a", "0-10" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c, d)", "group=a,b;group=c,d", "-0011" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c, d)", " group = a , b ; group = b , d ;", "-0010" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c, CHECK(a < c))", "", "-010" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a CHECK(a < b), b, c)", "", "-001" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a CHECK(a <> id), b)", "", "-01" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c, s AS (a || b), CHECK(s <> c))", "", "-000-" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c, CONSTRAINT aturan CHECK(\"a\" IS NULL OR [c] IS NULL))", "", "-010" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c, CHECK(a IN ('b', 'c')))", "", "-012" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, lower, b, CHECK(lower(b) <> 'x'))", "", "-01" }, /* called, not named */
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, CHECK(t.a < t.b))", "", "-00" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, \"text\", CHECK(CAST(a AS text) <> 'x'))", "", "-01" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, nocase, CHECK(a COLLATE nocase <> 'x'))", "", "-01" },
    /* a generated column stands for what it is made from, however often */
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c, s AS (a || a), r AS (s || s || b), CHECK(r <> s))", "", "-001--" },
    /* UNIQUE */
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c, UNIQUE(c, a))", "", "-010" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a UNIQUE, b, c, UNIQUE(id, c))", "", "-012" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c, UNIQUE(id, c, b))", "", "-011" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c); CREATE UNIQUE INDEX i ON t(a, c)", "", "-010" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c); CREATE INDEX i ON t(a, c)", "", "-012" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c, d); CREATE UNIQUE INDEX i ON t(b, c) WHERE a > d", "", "-0112" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c); CREATE UNIQUE INDEX i ON t(lower(b), c DESC)", "", "-011" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c); CREATE UNIQUE INDEX i ON t(b COLLATE NOCASE, c)", "", "-011" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c); CREATE UNIQUE INDEX i ON t(ifnull(b, c /* ) a */))", "", "-011" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c, s AS (a || b) STORED, UNIQUE(s, c))", "", "-000-" },
    { "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c, s AS (a || b)); CREATE UNIQUE INDEX i ON t(s)", "", "-001-" },
    { "CREATE TABLE t(id TEXT, k TEXT, a, b, PRIMARY KEY(id, k), UNIQUE(k, b))", "", "--01" },
    /* FOREIGN KEY */
    { FAMILY "; " PARENTS, "", "-011" },
    { PARENT "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c, FOREIGN KEY(c, id) REFERENCES p(x, y))", "", "-012" },
    { PARENT "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c, FOREIGN KEY(c, id, a) REFERENCES p(x, y, z))", "", "-010" },
    /* all of them, in one */
    { PARENT "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c, d, e, f, UNIQUE(f, e), FOREIGN KEY(e, d) REFERENCES p(x, y), CHECK(d + c))", "group=a,c", "-010000" },
};

static void columns_that_one_constraint_or_one_option_names_form_a_group(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof grouped / sizeof grouped[0]; i++) {
        const struct jemput_table *t;
        struct store_world w;
        char sql[512], got[16] = "";

        snprintf(sql, sizeof sql, "%s; SELECT jemput_replicate('t', '%s')", grouped[i].create, grouped[i].options);
        world_new(&w, sql);
        t = jemput_store_table_named(w.store, "t");
        assert_non_null(t);
        for (uint16_t c = 0; c < t->column_count; c++)
            got[c] = t->columns[c].group == JEMPUT_GROUP_NONE ? '-' : (char)('0' + t->columns[c].group);
        if (strcmp(got, grouped[i].groups) != 0)
            fail_msg("%s\n  gives groups %s instead of %s", sql, got, grouped[i].groups);
        for (uint16_t g = 0; g < t->group_count; g++)
            for (uint16_t c = 0; c < t->groups[g].column_count; c++)
                assert_int_equal(t->columns[t->groups[g].columns[c]].group, g);
        world_release(&w);
    }
}

static void options_mark_columns(void **state)
{
    const struct jemput_table *t;
    struct store_world w;

    (void)state;
    world_new(&w, "CREATE TABLE t(id TEXT PRIMARY KEY, nik, nama, status, jumlah, selesai);"
                  "SELECT jemput_replicate('t', 'identity=nik,nama; before=status; rank=status:DRAFT<PROSES<''SELESAI''; sum=jumlah; once=selesai')");
    t = jemput_store_table_named(w.store, "T");
    assert_true(t->columns[1].identity && t->columns[2].identity && !t->columns[3].identity);
    assert_true(t->columns[3].carries_before && !t->columns[1].carries_before);
    assert_int_equal(t->columns[1].rule, JEMPUT_RULE_LATEST);
    assert_int_equal(t->columns[3].rule, JEMPUT_RULE_RANK);
    assert_int_equal(t->columns[4].rule, JEMPUT_RULE_SUM);
    assert_int_equal(t->columns[5].rule, JEMPUT_RULE_ONCE);
    assert_true(t->has_identity && t->merges_values);
    assert_int_equal(t->orphan_rule_count + t->trigger_count, 0);
    world_release(&w);
    world_new(&w, "CREATE TABLE t(id TEXT PRIMARY KEY, status); SELECT jemput_replicate('t', 'rank=status:A<B')");
    t = jemput_store_table_named(w.store, "t");
    assert_false(t->has_identity || t->merges_values);
    world_release(&w);
    world_new(&w, "CREATE TABLE t(id TEXT PRIMARY KEY, a); CREATE TABLE u(id TEXT PRIMARY KEY, a); SELECT jemput_replicate('t', 'once=a');"
                  "SELECT jemput_replicate('u', 'sum=a')");
    assert_true(jemput_store_table_named(w.store, "t")->merges_values && jemput_store_table_named(w.store, "u")->merges_values);
    world_release(&w);
}

static void a_fact_may_have_a_default_that_is_computed_or_none_and_other_rules_any(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, NULL);
    sql_ok(w.app, "CREATE TABLE t(id TEXT PRIMARY KEY, a DEFAULT CURRENT_TIMESTAMP, b DEFAULT NULL, c DEFAULT (hex(jemput_id())), d DEFAULT (1 + 1),"
           " n INTEGER DEFAULT 7, s TEXT DEFAULT 'x')");
    sql_ok(w.app, "SELECT jemput_replicate('t', 'once=a; once=b; once=c; once=d; sum=n; rank=s:x<y')");
    sql_ok(w.app, "INSERT INTO t(id) VALUES('k'); UPDATE t SET b = 1, n = n + 1");
    assert_sql_text(w.app, "SELECT b || '|' || length(c) || '|' || d || '|' || n || '|' || s FROM t", "1|32|2|8|x");
    sql_fails(w.app, "UPDATE t SET a = 'lain'", SQLITE_AUTH, "column 'a' is set once and holds a value already");
    world_release(&w);
}

static void a_rank_keeps_its_values_in_their_order(void **state)
{
    static const char *const wanted[] = { "DRAFT", "2", "-3", "0.5", "it's; <so>", "", "\xc3\xa9" };
    const struct jemput_column *c;
    struct store_world w;

    (void)state;
    world_new(&w, "CREATE TABLE t(id TEXT PRIMARY KEY, a, b);"
                  "SELECT jemput_replicate('t', 'group=a,b; rank=b: DRAFT < 2 < -3 < 0.5 < ''it''''s; <so>'' < '''' < \xc3\xa9 ; before=b')");
    c = &jemput_store_table_named(w.store, "t")->columns[2];
    assert_int_equal(c->rank_count, sizeof wanted / sizeof wanted[0]);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_true(jemput_bytes_equal(c->ranks[i], jemput_bytes_str(wanted[i])));
    assert_true(c->carries_before); /* what follows a quoted ; is read */
    world_release(&w);
}

/* The call with `count` values, or triggers. */
static void replicate_many(struct store_world *w, const char *option, char between, int count, const char *refusal)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(1 << 16);

    jemput_buf_printf(&sql, "SELECT jemput_replicate('t', '%s", option);
    for (int i = 0; i < count; i++)
        jemput_buf_printf(&sql, "%cn%d", i ? between : ' ', i);
    jemput_buf_append(&sql, "')", 3);
    if (refusal)
        assert_refused(w->app, (const char *)sql.data, SQLITE_AUTH, refusal);
    else
        sql_ok(w->app, (const char *)sql.data);
    jemput_buf_release(&sql);
}

static void lists_of_options_have_64_entries_and_no_more(void **state)
{
    struct store_world w;
    struct jemput_error err;
    const struct jemput_table *t;

    (void)state;
    world_new(&w, NULL);
    sql_ok(w.app, "CREATE TABLE t(id TEXT PRIMARY KEY, a)");
    replicate_many(&w, "rank=a:", '<', JEMPUT_RANKS_MAX + 1, "jemput_replicate: table 't': option rank: there are more than 64 values");
    replicate_many(&w, "triggers=", ',', JEMPUT_TRIGGERS_MAX + 1, "jemput_replicate: table 't': option triggers: there are more than 64");
    replicate_many(&w, "triggers=x; rank=a:", '<', JEMPUT_RANKS_MAX, NULL);
    assert_int_equal(jemput_store_begin(w.store, 0, &err), JEMPUT_OK);
    t = jemput_store_table_named(w.store, "t");
    assert_int_equal(t->columns[1].rank_count, JEMPUT_RANKS_MAX);
    assert_int_equal(t->trigger_count, 1);
    jemput_store_rollback(w.store);
    world_release(&w);
    world_new(&w, NULL);
    sql_ok(w.app, "CREATE TABLE t(id TEXT PRIMARY KEY, a)");
    replicate_many(&w, "triggers=", ',', JEMPUT_TRIGGERS_MAX, NULL);
    assert_int_equal(jemput_store_begin(w.store, 0, &err), JEMPUT_OK);
    t = jemput_store_table_named(w.store, "t");
    assert_int_equal(t->trigger_count, JEMPUT_TRIGGERS_MAX);
    assert_string_equal(t->triggers[63], "n63");
    jemput_store_rollback(w.store);
    world_release(&w);
}

static void what_becomes_of_orphans_is_declared_by_foreign_key(void **state)
{
    const struct jemput_table *t;
    struct store_world w;

    (void)state;
    world_new(&w, FAMILY "; " PARENTS "; SELECT jemput_replicate('t', 'parent=b,C:cascade; parent=id:HOLD; parent=a:restore')");
    t = jemput_store_table_named(w.store, "t");
    assert_int_equal(t->orphan_rule_count, 3);
    assert_int_equal(t->orphan_rules[0].orphan, JEMPUT_ORPHAN_CASCADE);
    assert_int_equal(t->orphan_rules[0].column_count, 2);
    assert_int_equal(t->orphan_rules[0].columns[0], 2);
    assert_int_equal(t->orphan_rules[0].columns[1], 3);
    assert_int_equal(t->orphan_rules[1].orphan, JEMPUT_ORPHAN_HOLD);
    assert_int_equal(t->orphan_rules[1].column_count, 1);
    assert_int_equal(t->orphan_rules[1].columns[0], 0); /* a key column may be a foreign key, too */
    assert_int_equal(t->orphan_rules[2].orphan, JEMPUT_ORPHAN_RESTORE);
    assert_int_equal(t->orphan_rules[2].columns[0], 1);
    world_release(&w);
}

static void a_change_of_one_column_carries_its_whole_group(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c, d); SELECT jemput_replicate('t', 'group=a,c; before=d,c')");
    sql_ok(w.app, "INSERT INTO t VALUES('k', 1, 2, 3, 4)");
    sql_ok(w.app, "UPDATE t SET a = 9");
    sql_ok(w.app, "UPDATE t SET d = 8, b = 2");
    assert_pending(&w, "I t 'k' a=1 b=2 c=3 d=4 | U t 'k' a=9 c=3->3 | U t 'k' d=4->8");
    world_release(&w);
}

/* --- a connection without the engine --- */

static void plain_sqlite_reads_everything_and_writes_no_replicated_table(void **state)
{
    static const char *const writes[] = {
        "INSERT INTO t VALUES('x', 1)",
        "INSERT INTO t DEFAULT VALUES",
        "INSERT OR IGNORE INTO t VALUES('k', 1)",
        "REPLACE INTO t VALUES('k', 1)",
        "INSERT INTO t VALUES('k', 1) ON CONFLICT(id) DO UPDATE SET a = 2",
        "UPDATE t SET a = 2",
        "UPDATE t SET a = 2 WHERE 0",
        "DELETE FROM t",
        "DELETE FROM t WHERE id = 'zzz'",
        "INSERT INTO anak VALUES(1, 'k')",
        "DELETE FROM biasa", /* an app's trigger on it writes a replicated table */
    };
    struct store_world w;
    sqlite3 *plain;

    (void)state;
    world_new(&w, "CREATE TABLE t(id TEXT PRIMARY KEY, a); CREATE TABLE anak(n INT, t TEXT REFERENCES t(id), PRIMARY KEY(n, t)) WITHOUT ROWID;"
                  "SELECT jemput_replicate('t'); SELECT jemput_replicate('anak')");
    sql_ok(w.app, "CREATE TABLE biasa(a); CREATE VIEW lihat AS SELECT id, a, n FROM t LEFT JOIN anak ON anak.t = id;"
                  "CREATE TRIGGER biasa_hapus AFTER DELETE ON biasa BEGIN DELETE FROM anak; END;"
                  "INSERT INTO t VALUES('k', 1); INSERT INTO anak VALUES(5, 'k'); INSERT INTO biasa VALUES(1)");
    plain = plain_open(&w);
    assert_sql_text(plain, "SELECT id || a || n FROM lihat", "k15");
    assert_int_equal(sql_int(plain, "SELECT count(*) FROM jemput_pending"), 2);
    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++)
        assert_refused(plain, writes[i], SQLITE_ERROR, "no such module: jemput_capture (write replicated tables through jemput)");
    assert_sql_text(plain, "PRAGMA integrity_check", "ok");
    sql_ok(plain, "INSERT INTO biasa VALUES(2)"); /* what is not replicated is as free as ever */
    sqlite3_close(plain);
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM biasa"), 2);
    assert_pending(&w, "I t 'k' a=1 | I anak 5 'k'");
    world_release(&w);
}

static void a_store_that_is_attached_can_be_read_and_not_written(void **state)
{
    struct store_world w;
    const uint8_t *file;
    size_t len;

    (void)state;
    world_new(&w, "CREATE TABLE t(id TEXT PRIMARY KEY, a); SELECT jemput_replicate('t')");
    sql_ok(w.app, "INSERT INTO t VALUES('k', 1)");
    assert_pending(&w, "I t 'k' a=1");
    world_close(&w);
    file = crash_vfs_file(w.vfs, "store.db", &len);
    crash_vfs_put(w.vfs, "lain.db", file, len);
    world_open(&w, false);
    sql_ok(w.app, "ATTACH 'lain.db' AS lain");
    assert_int_equal(sql_int(w.app, "SELECT a FROM lain.t"), 1);
    sql_fails(w.app, "INSERT INTO lain.t VALUES('l', 2)", SQLITE_AUTH, "jemput: this store is attached: open it by itself to write into it");
    sql_fails(w.app, "UPDATE lain.t SET a = 2", SQLITE_AUTH, "jemput: this store is attached: open it by itself to write into it");
    sql_ok(w.app, "INSERT INTO t VALUES('l', 2)");
    assert_pending(&w, "I t 'l' a=2");
    world_release(&w);
}

/* --- schema changes outside of jemput_migrate() --- */

static void schema_changes_of_a_replicated_table_go_through_jemput_migrate(void **state)
{
    static const char *const forbidden[] = {
        "DROP TABLE t",
        "ALTER TABLE t ADD COLUMN c",
        "ALTER TABLE t RENAME TO s",
        "ALTER TABLE t RENAME COLUMN a TO z",
        "ALTER TABLE t DROP COLUMN b",
        "CREATE INDEX t_a ON t(a)",
        "CREATE UNIQUE INDEX t_a ON t(a)",
        "DROP INDEX t_b",
        "DROP TRIGGER jemput_insert_t",
        "DROP TRIGGER jemput_update_t",
        "DROP TRIGGER jemput_delete_t",
        "DROP TRIGGER jemput_inserted_t",
        "DROP TABLE jemput_capture_t",
        "CREATE TRIGGER jemput_x AFTER INSERT ON t BEGIN SELECT 1; END",
        "CREATE TEMP TRIGGER jemput_x AFTER INSERT ON t BEGIN SELECT 1; END",
        "CREATE TABLE jemput_x(a)",
        "CREATE VIEW jemput_x AS SELECT 1",
        "DROP TABLE jemput_pending",
        "ALTER TABLE jemput_pending ADD COLUMN c",
        "CREATE INDEX i ON jemput_pending(changes)",
        "DELETE FROM jemput_pending",
        "UPDATE jemput_fact SET value = 1",
        "INSERT INTO jemput_capture_t(op) VALUES(1)",
        "PRAGMA user_version = 7",
        "PRAGMA application_id = 7",
        "PRAGMA schema_version = 7",
        "PRAGMA ignore_check_constraints = ON",
    };
    struct store_world w;

    (void)state;
    world_new(&w, "CREATE TABLE t(id TEXT PRIMARY KEY, a, b); CREATE INDEX t_b ON t(b); SELECT jemput_replicate('t')");
    sql_ok(w.app, "INSERT INTO t VALUES('k', 1, 2)");
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
        int64_t before = schema_version(w.app);

        sql_fails(w.app, forbidden[i], SQLITE_AUTH, "not authorized");
        assert_int_equal(schema_version(w.app), before);
    }
    /* the app's triggers are its own matter: what they do is not */
    sql_ok(w.app, "CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM jemput_pending; END");
    sql_fails(w.app, "INSERT INTO t VALUES('y', 1, 1)", SQLITE_AUTH, "not authorized");
    sql_ok(w.app, "DROP TRIGGER x");
    sql_fails(w.app, "UPDATE sqlite_schema SET sql = ''", SQLITE_ERROR, "may not be modified");
    sql_ok(w.app, "UPDATE t SET a = 2");
    assert_pending(&w, "I t 'k' a=1 b=2 | U t 'k' a=2");
    world_release(&w);
}

static void another_connection_knows_a_table_that_was_replicated_after_it_opened(void **state)
{
    struct store_world w;
    struct jemput_store *second;
    struct jemput_error err;

    (void)state;
    world_new(&w, NULL);
    sql_ok(w.app, "CREATE TABLE t(id TEXT PRIMARY KEY, a); CREATE INDEX t_a ON t(a)");
    assert_int_equal(jemput_store_open(&second, &w.sim.env, "store.db", false, &w.hooks, &err), JEMPUT_OK);
    sql_ok(w.app, "SELECT jemput_replicate('t')");
    sql_fails(jemput_store_app(second), "ALTER TABLE t ADD COLUMN c", SQLITE_AUTH, "not authorized");
    sql_fails(jemput_store_app(second), "DROP INDEX t_a", SQLITE_AUTH, "not authorized");
    sql_fails(jemput_store_app(second), "DROP TABLE t", SQLITE_AUTH, "not authorized");
    sql_ok(jemput_store_app(second), "INSERT INTO t VALUES('k', 1)");
    sql_ok(w.app, "SELECT jemput_migrate('ALTER TABLE t ADD COLUMN c')");
    sql_ok(jemput_store_app(second), "UPDATE t SET c = 5");
    sql_fails(jemput_store_app(second), "DROP TABLE t", SQLITE_AUTH, "not authorized");
    jemput_store_close(second);
    assert_pending(&w, "I t 'k' a=1 | U t 'k' c=5");
    world_release(&w);
}

static void tables_that_are_not_replicated_change_as_ever(void **state)
{
    static const char *const allowed[] = {
        "CREATE TABLE u(id INTEGER PRIMARY KEY AUTOINCREMENT, a)", "ALTER TABLE u ADD COLUMN b", "CREATE INDEX u_b ON u(b)",
        "ALTER TABLE u RENAME COLUMN b TO c", "ALTER TABLE u RENAME TO v", "DROP INDEX u_b", "DROP TABLE v",
        "CREATE TRIGGER punya_app AFTER INSERT ON t BEGIN SELECT 1; END", "DROP TRIGGER punya_app",
        "CREATE TEMP TABLE t(x)", "ALTER TABLE temp.t ADD COLUMN y", "CREATE INDEX temp.t_x ON t(x)", "DROP TABLE temp.t",
        "ATTACH ':memory:' AS lain", "CREATE TABLE lain.t(x)", "CREATE INDEX lain.t_x ON t(x)", "ALTER TABLE lain.t ADD COLUMN y",
        "ALTER TABLE lain.t RENAME TO s", "DROP TABLE lain.s", "DETACH lain",
        "PRAGMA cache_size = 100", "VACUUM", "VACUUM INTO 'salinan.db'", "ANALYZE", "REINDEX", "ATTACH 'salinan.db' AS salinan", "DETACH salinan",
    };
    struct store_world w;

    (void)state;
    world_new(&w, "CREATE TABLE t(id TEXT PRIMARY KEY, a); SELECT jemput_replicate('t')");
    sql_ok(w.app, "INSERT INTO t VALUES('k', 1)");
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        sql_ok(w.app, allowed[i]);
    sql_ok(w.app, "INSERT INTO t VALUES('l', 1)");
    assert_pending(&w, "I t 'k' a=1 | I t 'l' a=1");
    world_release(&w);
}

/* --- jemput_migrate() --- */

static void a_migration_adds_columns_indexes_and_tables(void **state)
{
    struct store_world w;

    (void)state;
    world_new(&w, "CREATE TABLE t(id TEXT PRIMARY KEY, a); SELECT jemput_replicate('t')");
    sql_ok(w.app, "INSERT INTO t VALUES('k', 1)");
    sql_ok(w.app, "SELECT jemput_migrate('ALTER TABLE t ADD COLUMN b TEXT DEFAULT ''baru''; CREATE UNIQUE INDEX t_b ON t(b) WHERE b <> ''baru''; "
                  "CREATE TABLE u(id INTEGER PRIMARY KEY, x); SELECT jemput_replicate(''u'', ''key=app'')')");
    sql_ok(w.app, "INSERT INTO t VALUES('l', 2, 'y'); INSERT INTO u VALUES(1, 2); REPLACE INTO t VALUES('m', 3, 'y'); UPDATE t SET b = 'z' WHERE "
           "id = 'k'");
    assert_migration(&w, "2:ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'baru'; CREATE UNIQUE INDEX t_b ON t(b) WHERE b <> 'baru'; "
                         "CREATE TABLE u(id INTEGER PRIMARY KEY, x); SELECT jemput_replicate('u', 'key=app')");
    assert_migration(&w, "");
    assert_pending(&w, "I t 'k' a=1 | I t 'l' a=2 b='y' | I u 1 x=2 | D t 'l'; I t 'm' a=3 b='y' | U t 'k' b='z'");
    world_release(&w);
}

static void apps_function(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    (void)argc;
    sqlite3_result_value(context, argv[0]);
}

static int apps_collation(void *ctx, int a_len, const void *a, int b_len, const void *b)
{
    (void)ctx, (void)a, (void)b;
    return a_len - b_len;
}

static void a_migration_that_needs_what_only_this_app_has_is_refused(void **state)
{
    static const struct {
        const char *sql, *text;
    } bad[] = {
        { "SELECT jemput_migrate('CREATE TABLE u(id TEXT PRIMARY KEY, a CHECK(ours(a)))')", "no other device could make 'u': no such function: ours" },
        { "SELECT jemput_migrate('CREATE TABLE u(id TEXT PRIMARY KEY, a COLLATE theirs UNIQUE)')",
          "no other device could make 'u': no such collation sequence: theirs" },
        { "SELECT jemput_migrate('ALTER TABLE t ADD COLUMN c AS (ours(a))')", "no other device could make 't': no such function: ours" },
        { "SELECT jemput_migrate('CREATE INDEX i ON t(ours(a))')", "no other device could make 'i': no such function: ours" },
        { "SELECT jemput_replicate('own')", "jemput_replicate: no other device could make 'own': no such function: ours" },
    };
    struct store_world w;

    (void)state;
    world_new(&w, "CREATE TABLE t(id TEXT PRIMARY KEY, a, b); SELECT jemput_replicate('t')");
    assert_int_equal(sqlite3_create_function(w.app, "ours", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL, apps_function, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_create_collation(w.app, "theirs", SQLITE_UTF8, NULL, apps_collation), SQLITE_OK);
    sql_ok(w.app, "CREATE TABLE own(id TEXT PRIMARY KEY, a CHECK(ours(a)))");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        sql_fails(w.app, bad[i].sql, SQLITE_AUTH, bad[i].text);
    assert_migration(&w, "");
    sql_ok(w.app, "SELECT jemput_migrate('CREATE TABLE u(id BLOB PRIMARY KEY DEFAULT (jemput_id()), a CHECK(abs(a) > 0)); CREATE INDEX i ON u(lower(a)); "
                  "CREATE VIRTUAL TABLE f USING fts5(x)')");
    sql_ok(w.app, "INSERT INTO own VALUES('k', 1)");
    world_release(&w);
}

static void a_migration_that_would_change_what_is_there_is_refused_whole(void **state)
{
    static const struct {
        const char *sql, *text;
    } bad[] = {
        { "CREATE TABLE u(id TEXT PRIMARY KEY); ALTER TABLE t DROP COLUMN b", "error in trigger jemput_inserted_t after drop column" },
        { "ALTER TABLE t RENAME COLUMN b TO z", "jemput_migrate: table 't': columns can be added at the end; those that are there must stay as they are" },
        { "ALTER TABLE t RENAME TO s", "error in trigger jemput_insert_t after rename" },
        { "DROP TABLE t", "line 1: SQL: not authorized" },
        { "CREATE TABLE u(id TEXT PRIMARY KEY);\n\nDROP TABLE t", "line 3: SQL: not authorized" },
        { "CREATE TABLE u(a);\nCREATE TABLE u(a)", "line 2: SQL: table u already exists" },
        { "INSERT INTO t VALUES(''x'', 1, 1)", "line 1: SQL: not authorized" },
        { "BEGIN", "line 1: SQL: not authorized" },
        { "COMMIT", "line 1: SQL: not authorized" },
        { "SAVEPOINT a", "line 1: SQL: not authorized" },
        { "ATTACH ''x'' AS x", "line 1: SQL: " },
        { "PRAGMA user_version = 9", "line 1: SQL: not authorized" },
        { "SELECT jemput_replicate(''nichts'')", "line 1: SQL: jemput_replicate: table 'nichts': there is no such table" },
        { "SELECT", "line 1: SQL: incomplete input" },
    };
    struct store_world w;

    (void)state;
    world_new(&w, "CREATE TABLE t(id TEXT PRIMARY KEY, a, b); SELECT jemput_replicate('t')");
    sql_ok(w.app, "INSERT INTO t VALUES('k', 1, 2)");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char *sql = sqlite3_mprintf("SELECT jemput_migrate('%s')", bad[i].sql);
        char *before = sql_text(w.app, "SELECT group_concat(name || coalesce(sql, '')) FROM sqlite_schema"), *after;
        int rc = sqlite3_exec(w.app, sql, NULL, NULL, NULL);

        if (!rc || !strstr(sqlite3_errmsg(w.app), bad[i].text))
            fail_msg("%s\n  gives %d '%s' instead of '%s'", sql, rc, sqlite3_errmsg(w.app), bad[i].text);
        after = sql_text(w.app, "SELECT group_concat(name || coalesce(sql, '')) FROM sqlite_schema");
        assert_string_equal(before, after);
        assert_true(sqlite3_get_autocommit(w.app));
        free(before);
        free(after);
        sqlite3_free(sql);
    }
    assert_refused(w.app, "BEGIN; UPDATE t SET a = 5; SELECT jemput_migrate('SELECT 1')", SQLITE_ERROR,
                   "jemput_migrate: this transaction has changed rows: commit it first");
    sql_ok(w.app, "COMMIT");
    assert_refused(w.app, "SELECT jemput_migrate(NULL)", SQLITE_ERROR, "jemput_migrate: the SQL is missing");
    assert_migration(&w, "");
    assert_pending(&w, "I t 'k' a=1 b=2 | U t 'k' a=5");
    world_release(&w);
}

static void a_migration_can_tie_new_columns_and_nothing_that_is_there(void **state)
{
    static const struct {
        const char *sql, *text; /* NULL = it is allowed */
    } made[] = {
        { "CREATE UNIQUE INDEX i ON t(a, b)",
          "table 't': columns 'a' and 'b' would merge together from now on (UNIQUE t.a, t.b), unlike in what is written already: only new columns can "
          "still be tied, to each other" },
        { "CREATE UNIQUE INDEX i ON t(lower(b), c) WHERE a > 0",
          "table 't': columns 'b' and 'c' would merge together from now on (UNIQUE index 'i'), unlike in what is written already: only new columns can "
          "still be tied, to each other" },
        { "ALTER TABLE t ADD COLUMN x CHECK(x <> a)",
          "table 't': columns 'a' and 'x' would merge together from now on (CHECK x <> a), unlike in what is written already: only new columns can still "
          "be tied, to each other" },
        { "ALTER TABLE t ADD COLUMN x CHECK(x <> random())", "table 't': CHECK x <> random() asks random, " FICKLE },
        { "CREATE TABLE u(id TEXT PRIMARY KEY,\n a CHECK(a <> random()));\n SELECT jemput_replicate(''u'')",
          "line 3: SQL: jemput_replicate: table 'u': CHECK a <> random() asks random, " FICKLE },
        { "CREATE UNIQUE INDEX i ON t(a, n)",
          "table 't': option sum: column 'n' is tied to 'a' by UNIQUE t.a, t.n, but a counter merges by itself: leave out the option, or the tie" },
        { "DROP INDEX tied", "table 't': columns 'd' and 'e' would merge apart from now on, unlike in what is written already: keep what ties them (UNIQUE "
          "t.d, t.e)" },
        { "CREATE UNIQUE INDEX i ON t(d, e) WHERE a > 0", NULL },
        { "CREATE UNIQUE INDEX i ON t(a)", NULL },
        { "CREATE UNIQUE INDEX i ON t(id, a)", NULL },
        { "CREATE INDEX i ON t(a, b)", NULL },
        { "ALTER TABLE t ADD COLUMN x INT CHECK(x > 0)", NULL },
        { "ALTER TABLE t ADD COLUMN x; ALTER TABLE t ADD COLUMN y; CREATE UNIQUE INDEX i ON t(x, y)", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        struct store_world w;
        char sql[512], text[512];

        world_new(&w, "CREATE TABLE t(id TEXT PRIMARY KEY, a, b, c, d, e, n INT NOT NULL DEFAULT 0); CREATE UNIQUE INDEX tied ON t(d, e);"
                      "SELECT jemput_replicate('t', 'sum=n')");
        sql_ok(w.app, "INSERT INTO t(id, a) VALUES('k', 1)");
        snprintf(sql, sizeof sql, "SELECT jemput_migrate('%s')", made[i].sql);
        snprintf(text, sizeof text, "jemput_migrate: %s", made[i].text ? made[i].text : "");
        if (made[i].text)
            assert_refused(w.app, sql, SQLITE_AUTH, text);
        else
            sql_ok(w.app, sql);
        sql_ok(w.app, "UPDATE t SET a = 2");
        assert_pending(&w, "I t 'k' a=1 b=NULL c=NULL d=NULL e=NULL n=+0 | U t 'k' a=2");
        world_release(&w);
    }
}

static void an_index_made_after_the_table_was_replicated_counts_from_the_start(void **state)
{
    const struct jemput_table *t;
    struct store_world w;

    (void)state;
    world_new(&w, "CREATE TABLE t(id TEXT PRIMARY KEY, a, b); SELECT jemput_replicate('t'); CREATE UNIQUE INDEX i ON t(a, b)");
    t = jemput_store_table_named(w.store, "t");
    assert_int_equal(t->columns[1].group, t->columns[2].group);
    sql_ok(w.app, "SELECT jemput_migrate('CREATE TABLE u(id TEXT PRIMARY KEY, a); SELECT jemput_replicate(''u''); CREATE UNIQUE INDEX j ON u(a)')");
    sql_ok(w.app, "INSERT INTO t VALUES('k', 1, 2); INSERT INTO u VALUES('k', 1); REPLACE INTO t VALUES('l', 1, 2); REPLACE INTO u VALUES('l', 1)");
    assert_pending(&w, "I t 'k' a=1 b=2 | I u 'k' a=1 | D t 'k'; I t 'l' a=1 b=2 | D u 'k'; I u 'l' a=1");
    world_release(&w);
}

static void a_schema_that_fails_says_in_which_line(void **state)
{
    struct store_world w;
    struct jemput_error err;

    (void)state;
    world_new(&w, NULL);
    assert_int_equal(jemput_store_begin(w.store, 0, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_schema_run(w.store, jemput_bytes_str("CREATE TABLE t(a);\n\nSELECT jemput_replicate('t')"), 1, &err),
                     JEMPUT_CORRUPT);
    assert_string_equal(err.text, "schema: line 3: SQL: jemput_replicate: table 't': it has no PRIMARY KEY, and a bare rowid would mix rows of "
                        "different "
                                  "devices: add " ID_REMEDY);
    jemput_store_rollback(w.store);
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM sqlite_schema WHERE name = 't'"), 0);
    assert_int_equal(jemput_store_begin(w.store, 0, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_schema_run(w.store, jemput_bytes_str("CREATE TABLE t(id TEXT PRIMARY KEY,\n a,\n b);\n-- sebab;\n"
                                                                       "SELECT\n jemput_replicate('t',\n 'group=a,b;\n sum=b');\nSELECT 1"), 1, &err),
                     JEMPUT_CORRUPT);
    assert_string_equal(err.text, "schema: line 5: SQL: jemput_replicate: table 't': option sum: column 'b' is tied to 'a' by option group, but a counter "
                                  "merges by itself: leave out the option, or the tie");
    jemput_store_rollback(w.store);
    assert_int_equal(jemput_store_begin(w.store, 0, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_schema_run(w.store, jemput_bytes_str("CREATE TABLE t(id TEXT PRIMARY KEY,\n a REAL);\n\n"
                                                                       "SELECT jemput_replicate('t', 'sum=a')"), 1, &err),
                     JEMPUT_CORRUPT);
    assert_string_equal(err.text, "schema: line 4: SQL: jemput_replicate: table 't': option sum: column 'a' is declared REAL, which keeps no whole "
                                  "numbers: declare it INTEGER");
    jemput_store_rollback(w.store);
    assert_int_equal(jemput_store_begin(w.store, 0, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_schema_run(w.store, jemput_bytes_of("SELECT 1;\0;", 11), 1, &err), JEMPUT_CORRUPT);
    assert_string_equal(err.text, "schema: there is a NUL in the SQL");
    assert_int_equal(jemput_store_schema_run(w.store, jemput_bytes_str("CREATE TABLE t(id BLOB PRIMARY KEY, a); INSERT INTO t VALUES(jemput_id(), "
                                                                       "1)"), 1, &err),
                     JEMPUT_CORRUPT);
    assert_non_null(strstr(err.text, "jemput_id: what a schema does must be the same on every device"));
    jemput_store_rollback(w.store);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_whose_key_the_app_supplies_can_be_replicated),
        cmocka_unit_test(every_other_table_is_refused_with_what_to_do_instead),
        cmocka_unit_test(a_check_asks_its_row_whatever_the_columns_are_called),
        cmocka_unit_test(what_stands_in_a_log_is_left_even_if_nobody_would_write_it_today),
        cmocka_unit_test(a_table_of_too_many_columns_is_refused),
        cmocka_unit_test(keys_and_foreign_keys_may_have_16_columns_and_no_more),
        cmocka_unit_test(names_may_have_63_bytes_and_no_more),
        cmocka_unit_test(arguments_that_are_not_text_are_refused),
        cmocka_unit_test(a_call_inside_of_a_writing_statement_is_refused),
        cmocka_unit_test(a_device_that_may_not_change_the_schema_is_told_so),
        cmocka_unit_test(calling_it_again_changes_nothing),
        cmocka_unit_test(the_migration_holds_what_makes_the_same_table_elsewhere),
        cmocka_unit_test(rows_that_are_there_are_inserted_by_the_transaction_that_replicates),
        cmocka_unit_test(rows_of_a_schema_are_its_own_and_are_not_captured),
        cmocka_unit_test(a_row_that_is_there_without_a_key_stops_it_and_harms_nothing),
        cmocka_unit_test(a_schemas_own_rows_have_keys_too),
        cmocka_unit_test(a_rollback_takes_it_back),
        cmocka_unit_test(a_rollback_to_a_savepoint_takes_it_back),
        cmocka_unit_test(a_temporary_table_of_the_same_name_does_not_stand_in_the_way),
        cmocka_unit_test(columns_that_one_constraint_or_one_option_names_form_a_group),
        cmocka_unit_test(options_mark_columns),
        cmocka_unit_test(a_fact_may_have_a_default_that_is_computed_or_none_and_other_rules_any),
        cmocka_unit_test(a_rank_keeps_its_values_in_their_order),
        cmocka_unit_test(lists_of_options_have_64_entries_and_no_more),
        cmocka_unit_test(what_becomes_of_orphans_is_declared_by_foreign_key),
        cmocka_unit_test(a_change_of_one_column_carries_its_whole_group),
        cmocka_unit_test(plain_sqlite_reads_everything_and_writes_no_replicated_table),
        cmocka_unit_test(a_store_that_is_attached_can_be_read_and_not_written),
        cmocka_unit_test(schema_changes_of_a_replicated_table_go_through_jemput_migrate),
        cmocka_unit_test(another_connection_knows_a_table_that_was_replicated_after_it_opened),
        cmocka_unit_test(tables_that_are_not_replicated_change_as_ever),
        cmocka_unit_test(a_migration_adds_columns_indexes_and_tables),
        cmocka_unit_test(a_migration_that_needs_what_only_this_app_has_is_refused),
        cmocka_unit_test(a_migration_that_would_change_what_is_there_is_refused_whole),
        cmocka_unit_test(a_migration_can_tie_new_columns_and_nothing_that_is_there),
        cmocka_unit_test(an_index_made_after_the_table_was_replicated_counts_from_the_start),
        cmocka_unit_test(a_schema_that_fails_says_in_which_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
