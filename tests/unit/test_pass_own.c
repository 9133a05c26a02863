/* Tests of the pass on devices that write: plain SQL on three stores, captured, sealed and exchanged in any order. What capture made of the deletes,
 * and what sealing noted of them, must lead to what the definition gives for the segments (pass_naive.h), on each of them. */
#include "pass_expect.h"

enum { DEVICES = 3, FOREIGN_KEYS_OFF = 4 /* in every so many histories */ };

struct team {
    struct world w;
    struct p_schema schema;
    struct world_store devices[DEVICES];
    int last[DEVICES];     /* newest own segment; -1 = none */
    uint64_t has[DEVICES]; /* segments merged, the own ones included: a bit each */
};

/* schema NULL: a random one. */
static void team_init(struct team *t, uint64_t seed, const char *schema)
{
    memset(t, 0, sizeof *t);
    world_init(&t->w, seed);
    if (!schema)
        p_schema_make(&t->schema, &t->w);
    for (int d = 0; d < DEVICES; d++) {
        char name[8];

        snprintf(name, sizeof name, "team%d", d);
        world_open(&t->devices[d], name, schema ? schema : t->schema.sql);
        t->last[d] = -1;
    }
}

static void team_release(struct team *t)
{
    for (int d = 0; d < DEVICES; d++)
        world_close(&t->devices[d]);
    world_release(&t->w);
}

/* --- writing --- */

static void sql_value(struct world *w, struct jemput_buf *sql, const struct p_column *c, bool may_be_null)
{
    static const char *const texts[] = { "'a'", "'A'", "'b'", "'c'", "'1'" };

    if (may_be_null && p_one_in(w, 2))
        jemput_buf_append_str(sql, "NULL");
    else if (c->number)
        jemput_buf_printf(sql, "%d", (int)world_random(w, 3));
    else
        jemput_buf_append_str(sql, texts[world_random(w, 5)]);
}

/* Mostly what some row of a parent has, where the column names one. */
static void sql_cell(struct world *w, struct jemput_buf *sql, const struct p_schema *s, const struct p_table *t, int column)
{
    const struct p_table *parent = NULL;
    int target = 0;

    for (int l = 0; l < t->link_count; l++) {
        for (int i = 0; i < t->links[l].count; i++) {
            if (t->links[l].columns[i] == column) {
                parent = &s->tables[t->links[l].parent];
                target = t->links[l].targets[i];
            }
        }
    }
    if (parent && !p_one_in(w, 3))
        jemput_buf_printf(sql, "(SELECT %s FROM %s LIMIT 1 OFFSET %u)", parent->columns[target].name, parent->name, world_random(w, 3));
    else
        sql_value(w, sql, &t->columns[column], column >= t->key_count && !t->columns[column].not_null);
}

/* One of the rows that are there. */
static void sql_where(struct world *w, struct jemput_buf *sql, const struct p_table *t)
{
    jemput_buf_printf(sql, " WHERE k0 IN (SELECT k0 FROM %s LIMIT 1 OFFSET %u)", t->name, world_random(w, 4));
}

/* A statement that may fail, as an officer's may. */
static void statement(struct world *w, const struct p_schema *s, sqlite3 *db)
{
    const struct p_table *t = &s->tables[world_random(w, (uint32_t)s->table_count)];
    struct jemput_buf sql = JEMPUT_BUF_INIT(4096);
    uint32_t what = world_random(w, 8);
    int column = t->key_count + (int)world_random(w, (uint32_t)(t->column_count - t->key_count));

    if (what < 4) {
        jemput_buf_printf(&sql, "INSERT INTO %s VALUES(", t->name);
        for (int i = 0; i < t->column_count; i++) {
            jemput_buf_append_str(&sql, i ? ", " : "");
            sql_cell(w, &sql, s, t, i);
        }
        jemput_buf_append_str(&sql, ")");
    } else if (what < 6) {
        jemput_buf_printf(&sql, "UPDATE %s SET %s = ", t->name, t->columns[column].name);
        sql_cell(w, &sql, s, t, column);
        sql_where(w, &sql, t);
    } else {
        jemput_buf_printf(&sql, "DELETE FROM %s", t->name);
        sql_where(w, &sql, t);
    }
    jemput_buf_u8(&sql, 0);
    sqlite3_exec(db, (const char *)sql.data, NULL, NULL, NULL);
    jemput_buf_release(&sql);
}

static void work(struct team *t, int d)
{
    sqlite3 *db = jemput_store_app(t->devices[d].store);
    bool together = p_one_in(&t->w, 3);

    if (together)
        sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
    for (uint32_t i = world_random(&t->w, 5) + 1; i > 0; i--)
        statement(&t->w, &t->schema, db);
    if (together && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    t->devices[d].sim.wall_ms += 1 + world_random(&t->w, 50);
}

/* --- exchanging --- */

/* All that is pending becomes one segment; it has seen what the device had merged. */
static void seal(struct team *t, int d)
{
    struct world_store *s = &t->devices[d];
    struct jemput_pending p;
    struct jemput_error err;
    bool forked;
    int64_t id;
    int at;

    WORLD_OK(jemput_store_begin(s->store, 1000, &err));
    WORLD_OK(jemput_store_pending_read(s->store, 1 << 20, &p, &t->w.arena, &err));
    assert_false(p.more);
    if (p.txn_count) {
        at = world_segment(&t->w, (uint8_t)(d + 1), t->last[d]);
        for (int k = 0; k < at; k++) {
            bool newest = t->has[d] >> k & 1 && t->w.segments[k].meta.writer.id[0] != d + 1;

            for (int later = k + 1; later < at; later++)
                newest = newest && !(t->has[d] >> later & 1 && t->w.segments[later].meta.writer.id[0] == t->w.segments[k].meta.writer.id[0]);
            if (newest)
                world_merged(&t->w, at, k, false);
        }
        assert_in_range(p.txn_count, 1, WORLD_TXNS_MAX);
        for (uint32_t i = 0; i < p.txn_count; i++) {
            t->w.segments[at].txns[i] = p.txns[i];
            t->w.segments[at].stamps[i] = p.txns[i].stamp;
        }
        t->w.segments[at].meta.txn_count = p.txn_count;
        t->w.segments[at].meta.own = true;
        WORLD_OK(world_add(&t->w, s, at, &id, &forked, &err));
        t->w.segments[at].meta.own = false;
        WORLD_OK(jemput_store_pending_sealed(s->store, p.last_seq, &err));
        WORLD_OK(jemput_store_apply_own(s->store, id, p.txns, p.txn_count, &err));
        t->last[d] = at;
        t->has[d] |= (uint64_t)1 << at;
    }
    WORLD_OK(jemput_store_commit(s->store, &err));
}

/* What the one has and the other has not; what it has pending is sealed first, as the engine does. */
static void fetch(struct team *t, int from, int to)
{
    struct jemput_error err;

    seal(t, from);
    seal(t, to);
    WORLD_OK(jemput_store_begin(t->devices[to].store, 1000, &err));
    for (int k = 0; k < t->w.count; k++) {
        if (!(t->has[from] >> k & 1) || t->has[to] >> k & 1)
            continue;
        WORLD_OK(world_try(&t->w, &t->devices[to], k, &err));
        t->has[to] |= (uint64_t)1 << k;
    }
    WORLD_OK(jemput_store_commit(t->devices[to].store, &err));
}

static void one_team(uint64_t seed, int *restored)
{
    struct team t;
    struct naive n;
    char *expected;

    pass_seed = seed;
    team_init(&t, seed, NULL);
    for (int d = 0; seed % FOREIGN_KEYS_OFF == 0 && d < DEVICES; d++)
        assert_int_equal(sqlite3_exec(jemput_store_app(t.devices[d].store), "PRAGMA foreign_keys = OFF", NULL, NULL, NULL), SQLITE_OK);
    for (int step = 0; step < 40; step++) {
        int d = step < 8 ? 0 : (int)world_random(&t.w, DEVICES);

        if (t.w.count < 40 && (step < 8 || world_random(&t.w, 3)))
            work(&t, d);
        else
            fetch(&t, d, (d + 1 + (int)world_random(&t.w, DEVICES - 1)) % DEVICES);
        if (step == 8) /* rows that all know */
            for (int to = 1; to < DEVICES; to++)
                fetch(&t, 0, to);
    }
    for (int round = 0; round < 2; round++)
        for (int d = 0; d < DEVICES; d++)
            fetch(&t, d, (d + 1) % DEVICES);
    naive_compute(&n, &t.w, &t.schema, &t.devices[0]);
    expected = naive_dump(&n);
    naive_release(&n);
    *restored += strstr(expected, "restored ") != NULL;
    for (int d = 0; d < DEVICES; d++)
        pass_expect_naive(&t.devices[d], &t.schema, expected, "on a device");
    free(expected);
    team_release(&t);
}

static void devices_that_write_end_with_what_the_definition_gives(void **state)
{
    const char *many = getenv("JEMPUT_TEST_HISTORIES"), *from = many ? strchr(many, '+') : NULL;
    uint64_t seeds = many ? strtoull(many, NULL, 10) : getenv("JEMPUT_FAULT_STEP") ? 60 : 200, first = from ? strtoull(from + 1, NULL, 10) : 1;
    int restored = 0;

    (void)state;
    for (uint64_t seed = first; seed < first + seeds; seed++)
        one_team(seed, &restored);
    print_message("%llu teams: %d with rows that came back\n", (unsigned long long)seeds, restored);
    if (seeds >= 200)
        assert_true((uint64_t)restored > seeds / 8); /* else these histories try nothing */
}

/* --- scenes --- */

static void write_sql(struct team *t, int d, const char *sql)
{
    sqlite3 *db = jemput_store_app(t->devices[d].store);

    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static const char family_schema[] =
    "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT, alamat TEXT);"
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, keluarga TEXT REFERENCES keluarga(id) ON DELETE CASCADE);"
    "SELECT jemput_replicate('keluarga'); SELECT jemput_replicate('orang');";

/* The first device has deleted the family and given p1's number to p3; the second has added p2 to it; the third knows of all. */
static void family_comes_back(struct team *t)
{
    team_init(t, 1, family_schema);
    write_sql(t, 0, "INSERT INTO keluarga VALUES('k1', '16', 'Melati'); INSERT INTO orang VALUES('p1', 'A', 'k1')");
    fetch(t, 0, 1);
    fetch(t, 0, 2);
    write_sql(t, 0, "DELETE FROM keluarga; INSERT INTO orang VALUES('p3', 'A', NULL)");
    write_sql(t, 1, "INSERT INTO orang VALUES('p2', 'B', 'k1')");
    fetch(t, 0, 2);
    fetch(t, 1, 2);
    pass_expect(&t->devices[2], "keluarga k1 16 Melati\norang p2 B k1\norang p3 A -\nrestored keluarga k1\n", "when all has come");
}

static void an_edit_of_what_came_back_still_lets_in_what_had_no_room(void **state)
{
    struct team t;

    (void)state;
    family_comes_back(&t);
    write_sql(&t, 2, "UPDATE keluarga SET alamat = 'Mawar'");
    seal(&t, 2);
    pass_expect(&t.devices[2], "keluarga k1 16 Mawar\norang p2 B k1\norang p3 A -\n", "when the family was edited");
    write_sql(&t, 2, "DELETE FROM orang WHERE id = 'p3'");
    seal(&t, 2);
    pass_expect(&t.devices[2], "keluarga k1 16 Mawar\norang p1 A k1\norang p2 B k1\nrestored orang p1\n", "when there is room");
    team_release(&t);
}

static void what_came_back_is_deleted_like_any_row(void **state)
{
    struct team t;

    (void)state;
    family_comes_back(&t);
    write_sql(&t, 2, "DELETE FROM keluarga");
    seal(&t, 2);
    pass_expect(&t.devices[2], "orang p3 A -\n", "at the one who deleted it");
    fetch(&t, 2, 1);
    pass_expect(&t.devices[1], "orang p3 A -\n", "at the other");
    team_release(&t);
}

static void what_came_back_goes_when_the_app_deletes_the_child(void **state)
{
    struct team t;

    (void)state;
    family_comes_back(&t);
    write_sql(&t, 2, "DELETE FROM orang WHERE id = 'p2'");
    seal(&t, 2);
    pass_expect(&t.devices[2], "orang p3 A -\n", "where the child was deleted");
    team_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_edit_of_what_came_back_still_lets_in_what_had_no_room),
        cmocka_unit_test(what_came_back_is_deleted_like_any_row),
        cmocka_unit_test(what_came_back_goes_when_the_app_deletes_the_child),
        cmocka_unit_test(devices_that_write_end_with_what_the_definition_gives),
    };

    return cmocka_run_group_tests_name("pass_own", tests, NULL, NULL);
}
