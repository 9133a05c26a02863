/* Tests of store/capture/stood.c's bound. (What is noted, and what a late form makes of it: tests/sim.) */
#include "base/limits.h"
#include "merge_world.h"
#include "store/capture/stood.h"
#include "store/internal.h"

static const char schema[] = "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nik TEXT, hp TEXT); SELECT jemput_replicate('warga', 'identity=nik');";
enum { WARGA = 1, NIK = 1, HP = 2 };

static int64_t ask(struct world_store *s, const char *sql)
{
    sqlite3_stmt *stmt;
    int64_t answer;

    assert_int_equal(sqlite3_prepare_v2(jemput_store_app(s->store), sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    answer = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return answer;
}

/* A segment of one transaction, which had seen the first one. */
static int alone(struct world *w, uint8_t writer, uint16_t column, const char *text)
{
    int at = world_segment(w, writer, -1);

    if (at)
        world_merged(w, at, 0, false);
    if (at)
        world_update(w, world_txn(w, at, 100 + writer), WARGA, "p", column, text);
    else
        world_cell(world_change(w, world_txn(w, at, 1), WARGA, JEMPUT_OP_INSERT, "p"), NIK, world_text(w, text));
    return at;
}

/* Is it noted what the conflict showed under that context? */
static void find(struct world_store *s, int64_t context, struct world *w, bool noted)
{
    struct jemput_batch b;
    struct jemput_applier *a;
    struct jemput_stood stood;
    const struct jemput_map *map;
    struct jemput_error err;

    WORLD_OK(jemput_store_begin(s->store, 1000, &err));
    WORLD_OK(jemput_batch_begin(&b, s->store, &err));
    WORLD_OK(jemput_applier_of(s->store, WARGA, &a, &err));
    WORLD_OK(jemput_causes_context(s->store, context, &map, &err));
    WORLD_OK(jemput_stood_find(&b, a, world_key(w, "p"), a->table->columns[NIK].group, map, &stood, &b.row, &err));
    assert_true((stood.values != NULL) == noted);
    jemput_batch_release(&b);
    WORLD_OK(jemput_store_commit(s->store, &err));
}

static void of_what_conflicts_showed_the_newest_notes_are_kept_and_the_oldest_go(void **state)
{
    struct world w;
    struct world_store s;
    char *fill = sqlite3_mprintf("WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO jemput_stood "
                                 "SELECT i, tbl, key, grp, until, segment, version, shown FROM n, jemput_stood WHERE id = 1",
                                 JEMPUT_STOOD_MAX);

    (void)state;
    world_init(&w, 1);
    world_open(&s, "stood", schema);
    for (uint8_t writer = 1; writer <= 4; writer++) {
        int at = alone(&w, writer, writer == 4 ? HP : NIK, (const char *[]){ "1", "2", "3", "0811" }[writer - 1]);

        world_deliver(&w, &s, &at, 1);
    }
    assert_int_equal(ask(&s, "SELECT count(*) FROM jemput_stood"), 1); /* when the fourth came into the conflict of the second and third */
    assert_int_equal(sqlite3_exec(s.store->db, fill, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(ask(&s, "SELECT count(*) FROM jemput_stood"), JEMPUT_STOOD_MAX);
    find(&s, JEMPUT_CONTEXT_EMPTY, &w, true);
    for (uint8_t more = 1; more <= 3; more++) {
        int at = alone(&w, (uint8_t)(10 + more), HP, "0812");

        world_deliver(&w, &s, &at, 1);
        assert_int_equal(ask(&s, "SELECT count(*) FROM jemput_stood"), JEMPUT_STOOD_MAX);
        assert_int_equal(ask(&s, "SELECT min(id) FROM jemput_stood"), 1 + more);
    }
    find(&s, JEMPUT_CONTEXT_EMPTY, &w, false); /* what it showed first is not known any more, and what it showed later is not taken for that */
    find(&s, ask(&s, "SELECT until FROM jemput_stood ORDER BY id DESC LIMIT 1"), &w, true);
    sqlite3_free(fill);
    world_close(&s);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_what_conflicts_showed_the_newest_notes_are_kept_and_the_oldest_go),
    };

    return cmocka_run_group_tests_name("stood", tests, NULL, NULL);
}
