/* Tests of store/sql/function.c and serial.c: jemput_id(), jemput_serial() and jemput_note(). Format of receipt codes: schema/formats/serial.md. */
#include "crypto/crypto.h"
#include "store/sql/serial.h"
#include "store_world.h"
#include "vectors.h"

static const char SCHEMA[] = "CREATE TABLE t(id BLOB PRIMARY KEY NOT NULL DEFAULT (jemput_id()), a); CREATE TABLE u(id TEXT PRIMARY KEY, a);"
                             "SELECT jemput_replicate('t'); SELECT jemput_replicate('u')";

static void begin(struct store_world *w)
{
    world_init(w);
    w->hooks.make_id = jemput_hash_id; /* the real one */
    world_open(w, true);
    world_schema(w, SCHEMA);
}

static void device_number(struct store_world *w, int64_t number)
{
    struct jemput_error err;

    assert_int_equal(jemput_store_begin(w->store, 0, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_number_put(w->store, "device number", number, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(w->store, &err), JEMPUT_OK);
}

static struct jemput_store *second_open(struct store_world *w)
{
    struct jemput_store *second = NULL;
    struct jemput_error err;

    if (jemput_store_open(&second, &w->sim.env, "store.db", false, &w->hooks, &err))
        fail_msg("second handle: %s", err.text);
    return second;
}

/* --- jemput_id() --- */

static void an_id_is_a_blob_of_16_bytes(void **state)
{
    struct store_world w;

    (void)state;
    begin(&w);
    assert_sql_text(w.app, "SELECT typeof(jemput_id()) || length(jemput_id())", "blob16");
    sql_ok(w.app, "INSERT INTO t(a) VALUES(1), (2)");
    assert_sql_text(w.app, "SELECT group_concat(DISTINCT typeof(id) || length(id)) || count(DISTINCT id) FROM t", "blob162");
    sql_fails(w.app, "SELECT jemput_id(1)", SQLITE_ERROR, "wrong number of arguments");
    world_release(&w);
}

/* The app must end its statements first. One that did not gets an error, and nothing of the store is touched. */
static void a_statement_that_outlives_the_store_fails(void **state)
{
    static const char *const sql[] = { "SELECT jemput_id()", "SELECT jemput_migrate('CREATE TABLE x(a)')", "INSERT INTO t(a) VALUES(1)" };
    sqlite3_stmt *stmts[sizeof sql / sizeof sql[0]];
    struct store_world w;

    (void)state;
    begin(&w);
    for (size_t i = 0; i < sizeof sql / sizeof sql[0]; i++)
        assert_int_equal(sqlite3_prepare_v2(w.app, sql[i], -1, &stmts[i], NULL), SQLITE_OK);
    world_close(&w);
    for (size_t i = 0; i < sizeof sql / sizeof sql[0]; i++) {
        int rc = sqlite3_step(stmts[i]);

        if (rc == SQLITE_ROW || rc == SQLITE_DONE)
            fail_msg("%s gives %d", sql[i], rc);
        sqlite3_finalize(stmts[i]);
    }
    world_release(&w);
}

static void a_hundred_thousand_ids_are_all_different(void **state)
{
    struct store_world w;
    struct jemput_store *second;

    (void)state;
    begin(&w);
    second = second_open(&w);
    sql_ok(w.app, "CREATE TABLE semua(id BLOB)");
    sql_ok(w.app, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) INSERT INTO semua SELECT jemput_id() FROM n");
    sql_ok(jemput_store_app(second), "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000) INSERT INTO semua SELECT "
           "jemput_id() FROM n");
    world_close(&w);
    world_open(&w, false); /* another opening, another seed */
    sql_ok(w.app, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000) INSERT INTO semua SELECT jemput_id() FROM n");
    assert_int_equal(sql_int(w.app, "SELECT count(DISTINCT id) FROM semua"), 100000);
    jemput_store_close(second);
    world_release(&w);
}

/* Each id differs from the one before in about half of its bits, in every byte, in both directions of order. */
static void one_id_says_nothing_of_the_next(void **state)
{
    enum { COUNT = 4000 };
    unsigned flips[128] = { 0 }, rising = 0, of_byte[16][256] = { { 0 } };
    uint8_t last[16] = { 0 };
    struct store_world w;
    sqlite3_stmt *stmt;

    (void)state;
    begin(&w);
    assert_int_equal(sqlite3_prepare_v2(w.app, "SELECT jemput_id()", -1, &stmt, NULL), SQLITE_OK);
    for (unsigned n = 0; n < COUNT; n++) {
        uint8_t id[16];

        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        memcpy(id, sqlite3_column_blob(stmt, 0), 16);
        sqlite3_reset(stmt);
        for (unsigned bit = 0; n && bit < 128; bit++)
            flips[bit] += ((id[bit / 8] ^ last[bit / 8]) >> (bit % 8)) & 1;
        for (unsigned i = 0; i < 16; i++)
            of_byte[i][id[i]]++;
        rising += n && memcmp(id, last, 16) > 0;
        memcpy(last, id, 16);
    }
    sqlite3_finalize(stmt);
    for (unsigned bit = 0; bit < 128; bit++) /* 6 standard deviations: 190 of 2000 */
        assert_in_range(flips[bit], COUNT / 2 - 190, COUNT / 2 + 190);
    for (unsigned i = 0; i < 16; i++)
        for (unsigned v = 0; v < 256; v++)
            assert_true(of_byte[i][v] < 60); /* 16 are expected */
    assert_in_range(rising, COUNT / 2 - 190, COUNT / 2 + 190);
    world_release(&w);
}

/* What sealing needs to send one seed in place of all ids (schema/formats/identity.md, "Id run"). */
static void the_ids_of_pending_rows_can_be_made_again_from_their_run(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_pending p;
    struct jemput_error err;
    struct store_world w;
    uint32_t found = 0;

    (void)state;
    begin(&w);
    for (int i = 0; i < 30; i++)
        sql_ok(w.app, i % 3 ? "INSERT INTO t(a) VALUES(1), (2)" : "BEGIN; INSERT INTO t(a) VALUES(9); ROLLBACK"); /* ids of a rollback are skipped */
    assert_int_equal(jemput_store_pending_read(w.store, 1 << 20, &p, &arena, &err), JEMPUT_OK);
    assert_int_equal(p.txn_count, 20);
    assert_int_equal(p.run_count, 1);
    assert_int_equal(p.runs[0].first, 0);
    assert_int_equal(p.runs[0].count, 50);
    for (uint32_t i = 0; i < p.txn_count; i++)
        for (uint32_t k = 0; k < p.txns[i].change_count; k++)
            for (uint64_t n = p.runs[0].first; n < p.runs[0].first + p.runs[0].count; n++) {
                uint8_t id[16];

                jemput_hash_id(id, p.runs[0].seed, n);
                found += memcmp(id, p.txns[i].changes[k].key.data + 2, 16) == 0;
            }
    assert_int_equal(found, 40);
    jemput_arena_release(&arena);
    world_release(&w);
}

static void a_run_goes_on_after_sealing_and_looks_back_a_little(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_pending p;
    struct jemput_error err;
    struct store_world w;
    uint8_t seed[32], id[16];

    (void)state;
    begin(&w);
    sql_ok(w.app, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) INSERT INTO t(a) SELECT i FROM n");
    assert_int_equal(jemput_store_begin(w.store, 0, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_pending_read(w.store, 1, &p, &arena, &err), JEMPUT_OK);
    memcpy(seed, p.runs[0].seed, sizeof seed);
    assert_int_equal(jemput_store_pending_sealed(w.store, p.last_seq, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(w.store, &err), JEMPUT_OK);
    sql_ok(w.app, "INSERT INTO t(a) VALUES(1)");
    assert_int_equal(jemput_store_pending_read(w.store, 1, &p, &arena, &err), JEMPUT_OK);
    assert_int_equal(p.run_count, 1);
    assert_memory_equal(p.runs[0].seed, seed, sizeof seed);
    assert_int_equal(p.runs[0].first, 400 - 256); /* a form may have taken its id long before it was saved */
    assert_int_equal(p.runs[0].first + p.runs[0].count, 401);
    jemput_hash_id(id, seed, 400);
    assert_memory_equal(p.txns[0].changes[0].key.data + 2, id, 16);
    jemput_arena_release(&arena);
    world_close(&w);
    world_open(&w, false);
    sql_ok(w.app, "INSERT INTO t(a) VALUES(1)");
    assert_int_equal(jemput_store_pending_read(w.store, 1 << 20, &p, &arena, &err), JEMPUT_OK);
    assert_int_equal(p.run_count, 2);
    assert_memory_not_equal(p.runs[0].seed, p.runs[1].seed, sizeof seed);
    jemput_arena_release(&arena);
    world_release(&w);
}

/* --- jemput_serial() --- */

static void serials_are_written_as_the_vectors_say(void **state)
{
    struct jemput_bytes file = vector_load("serial-codes.txt"), rest = file;
    char line[256];
    unsigned count = 0;

    (void)state;
    for (; vector_line(&rest, line, sizeof line); count++) {
        unsigned long long device, number;
        char code[64], got[JEMPUT_SERIAL_TEXT_BYTES];

        assert_int_equal(sscanf(line, "%llu %llu %63s", &device, &number, code), 3);
        jemput_serial_write(got, device, number);
        assert_string_equal(got, code);
        assert_int_equal(jemput_serial_letter(code), code[strlen(code) - 1]);
    }
    assert_int_equal(count, 18);
    vector_free(file);
}

static void serials_of_the_vectors_with_a_mistake_are_found_wrong(void **state)
{
    struct jemput_bytes file = vector_load("serial-wrong.txt"), rest = file;
    char line[256];
    unsigned count = 0;

    (void)state;
    for (; vector_line(&rest, line, sizeof line); count++)
        assert_int_not_equal(jemput_serial_letter(line), line[strlen(line) - 1]);
    assert_int_equal(count, 6);
    vector_free(file);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Every wrong digit and every two neighbours exchanged, the hyphen between them skipped. */
static void mistakes_in(const char *code)
{
    size_t len = strlen(code) - 1; /* without the letter */
    char wrong[64];

    for (size_t i = 0; i < len; i++) {
        size_t next = i + 1;

        if (!is_digit(code[i]))
            continue;
        for (char d = '0'; d <= '9'; d++) {
            strcpy(wrong, code);
            wrong[i] = d;
            if (d != code[i] && jemput_serial_letter(wrong) == code[len])
                fail_msg("%s is taken for %s", wrong, code);
        }
        while (next < len && !is_digit(code[next]))
            next++;
        if (next >= len || code[next] == code[i])
            continue;
        strcpy(wrong, code);
        wrong[i] = code[next];
        wrong[next] = code[i];
        if (jemput_serial_letter(wrong) == code[len])
            fail_msg("%s is taken for %s", wrong, code);
    }
}

static void the_letter_finds_every_wrong_digit_and_every_two_exchanged(void **state)
{
    char code[JEMPUT_SERIAL_TEXT_BYTES];
    uint64_t rng = 3;

    (void)state;
    for (uint64_t n = 0; n < 20000; n++) {
        uint64_t device = n < 10000 ? 1 + n % 99 : crash_rng_next(&rng) >> (crash_rng_next(&rng) % 64);
        uint64_t number = n < 10000 ? n : crash_rng_next(&rng) >> (crash_rng_next(&rng) % 64);

        jemput_serial_write(code, device, number);
        mistakes_in(code);
    }
}

static void serials_count_for_each_table_and_carry_the_device(void **state)
{
    struct store_world w;

    (void)state;
    begin(&w);
    device_number(&w, 7);
    assert_sql_text(w.app, "SELECT jemput_serial('t')", "07-000001-N");
    assert_sql_text(w.app, "SELECT jemput_serial('u')", "07-000001-N");
    assert_sql_text(w.app, "SELECT substr(jemput_serial('T'), 1, 9)", "07-000002"); /* table names have no case */
    assert_sql_text(w.app, "SELECT group_concat(substr(jemput_serial('t'), 4, 6)) FROM (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3)",
                    "000003,000004,000005");
    sql_ok(w.app, "INSERT INTO u VALUES(jemput_serial('u'), 1)");
    assert_int_equal(sqlite3_changes(w.app), 1);
    assert_sql_text(w.app, "SELECT id FROM u", "07-000002-P");
    assert_pending(&w, "I u '07-000002-P' a=1");
    device_number(&w, 123);
    assert_sql_text(w.app, "SELECT substr(jemput_serial('u'), 1, 10)", "123-000003");
    world_release(&w);
}

static void a_serial_can_be_a_default(void **state)
{
    struct store_world w;

    (void)state;
    begin(&w);
    device_number(&w, 42);
    sql_ok(w.app, "CREATE TABLE permohonan(id BLOB PRIMARY KEY NOT NULL DEFAULT (jemput_id()), kode TEXT UNIQUE DEFAULT "
           "(jemput_serial('permohonan')), a);"
                  "SELECT jemput_replicate('permohonan'); INSERT INTO permohonan(a) VALUES(1), (2)");
    assert_sql_text(w.app, "SELECT group_concat(substr(kode, 1, 9)) FROM permohonan", "42-000001,42-000002");
    world_release(&w);
}

static void a_rollback_takes_serials_back_and_a_commit_never_gives_one_twice(void **state)
{
    struct store_world w;

    (void)state;
    begin(&w);
    device_number(&w, 7);
    sql_ok(w.app, "BEGIN; SELECT jemput_serial('t'); SELECT jemput_serial('t'); ROLLBACK");
    assert_sql_text(w.app, "SELECT substr(jemput_serial('t'), 4, 6)", "000001");
    sql_ok(w.app, "BEGIN; SELECT jemput_serial('t'); SAVEPOINT s; SELECT jemput_serial('t'); ROLLBACK TO s; COMMIT");
    assert_sql_text(w.app, "SELECT substr(jemput_serial('t'), 4, 6)", "000003");
    sim_env_power_cut(&w.sim, 1); /* and it is in the file, not in memory */
    world_close(&w);
    world_open(&w, false);
    assert_sql_text(w.app, "SELECT substr(jemput_serial('t'), 4, 6)", "000004");
    world_release(&w);
}

static void two_connections_never_give_the_same_serial(void **state)
{
    enum { STEPS = 600 };
    struct store_world w;
    struct jemput_store *second;
    sqlite3 *apps[2];
    bool given[2][STEPS] = { { false } }, seen[STEPS + 1] = { false };
    unsigned committed = 0, busy = 0;
    uint64_t rng = 11;

    (void)state;
    begin(&w);
    device_number(&w, 7);
    second = second_open(&w);
    apps[0] = w.app;
    apps[1] = jemput_store_app(second);
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned which = crash_rng_next(&rng) >> 63;
        sqlite3_stmt *stmt;
        unsigned action = (unsigned)(crash_rng_next(&rng) % 8);

        sqlite3_busy_timeout(apps[which], 0);
        if (action >= 3) {
            if (sqlite3_get_autocommit(apps[which]))
                sql_ok(apps[which], "BEGIN");
            assert_int_equal(sqlite3_prepare_v2(apps[which], "SELECT jemput_serial('t')", -1, &stmt, NULL), SQLITE_OK);
            if (sqlite3_step(stmt) == SQLITE_ROW)
                given[which][atoi((const char *)sqlite3_column_text(stmt, 0) + 3)] = true;
            else
                busy++;
            sqlite3_finalize(stmt);
            continue;
        }
        if (!sqlite3_get_autocommit(apps[which]))
            sql_ok(apps[which], action < 2 ? "COMMIT" : "ROLLBACK");
        for (unsigned n = 0; n < STEPS; n++) {
            if (given[which][n] && action < 2) {
                if (seen[n])
                    fail_msg("number %u was given twice", n);
                seen[n] = true;
                committed++;
            }
            given[which][n] = false;
        }
    }
    assert_true(committed > 50 && busy > 50);
    for (unsigned n = 1; n <= committed; n++) /* and none is left out, as nobody else counts */
        assert_true(seen[n]);
    jemput_store_close(second);
    world_release(&w);
}

static void a_serial_needs_a_device_number_and_a_table(void **state)
{
    struct store_world w;

    (void)state;
    begin(&w);
    sql_fails(w.app, "SELECT jemput_serial('t')", SQLITE_AUTH, "jemput_serial: this device has no number yet");
    device_number(&w, 7);
    sql_fails(w.app, "SELECT jemput_serial(NULL)", SQLITE_ERROR, "jemput_serial: the table's name is missing");
    sql_fails(w.app, "SELECT jemput_serial('')", SQLITE_ERROR, "jemput_serial: the table's name is missing");
    assert_sql_text(w.app, "SELECT substr(jemput_serial('t'), 4, 6)", "000001");
    world_release(&w);
}

/* --- jemput_note() --- */

/* Notes of all pending transactions, oldest first, "a|b|"; then they are forgotten. */
static void assert_notes(struct store_world *w, const char *wanted)
{
    struct jemput_arena arena = { 0 };
    struct jemput_buf text = JEMPUT_BUF_INIT(1 << 16);
    struct jemput_pending p;
    struct jemput_error err;

    assert_int_equal(jemput_store_begin(w->store, 0, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_pending_read(w->store, 1 << 20, &p, &arena, &err), JEMPUT_OK);
    for (uint32_t i = 0; i < p.txn_count; i++) {
        jemput_buf_append_bytes(&text, p.txns[i].note);
        jemput_buf_u8(&text, '|');
    }
    jemput_buf_u8(&text, 0);
    if (p.txn_count)
        assert_int_equal(jemput_store_pending_sealed(w->store, p.last_seq, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(w->store, &err), JEMPUT_OK);
    assert_string_equal((const char *)text.data, wanted);
    jemput_buf_release(&text);
    jemput_arena_release(&arena);
}

static void a_note_is_attached_to_its_transaction_alone(void **state)
{
    struct store_world w;
    struct jemput_store *second;

    (void)state;
    begin(&w);
    second = second_open(&w);
    sql_ok(w.app, "BEGIN; SELECT jemput_note('salah ketik'); INSERT INTO u VALUES(1, 1); COMMIT; INSERT INTO u VALUES(2, 1)");
    sql_ok(w.app, "BEGIN; INSERT INTO u VALUES(3, 1); SELECT jemput_note('pertama'); SELECT jemput_note('kedua'); COMMIT");
    sql_ok(w.app, "BEGIN; SELECT jemput_note('dibatalkan'); INSERT INTO u VALUES(4, 1); ROLLBACK; INSERT INTO u VALUES(4, 1)");
    sql_ok(w.app, "BEGIN; SELECT jemput_note('kosong'); COMMIT; INSERT INTO u VALUES(5, 1)");
    sql_ok(w.app, "BEGIN; SELECT jemput_note('hapus'); SELECT jemput_note(NULL); INSERT INTO u VALUES(6, 1); COMMIT");
    sql_ok(w.app, "BEGIN; SELECT jemput_note('punya pertama')");
    sql_ok(jemput_store_app(second), "INSERT INTO u VALUES(7, 1)");
    sql_ok(w.app, "COMMIT");
    sql_ok(w.app, "SAVEPOINT s; SELECT jemput_note('catatan'); INSERT INTO u VALUES(8, 1); RELEASE s");
    assert_notes(&w, "salah ketik||kedua|||||catatan|");
    sql_ok(w.app, "BEGIN");
    assert_sql_text(w.app, "SELECT jemput_note('gema')", "gema");
    jemput_store_close(second);
    world_release(&w);
}

static void a_note_has_at_most_1024_bytes(void **state)
{
    struct store_world w;

    (void)state;
    begin(&w);
    sql_ok(w.app, "BEGIN; SELECT jemput_note(hex(zeroblob(512))); INSERT INTO u VALUES(1, 1); COMMIT");
    sql_fails(w.app, "BEGIN; SELECT jemput_note(hex(zeroblob(512)) || 'x')", SQLITE_TOOBIG, "jemput_note: 1025 bytes are more than 1024");
    sql_ok(w.app, "INSERT INTO u VALUES(2, 1); COMMIT");
    assert_int_equal(sql_int(w.app, "SELECT count(*) FROM jemput_pending"), 2);
    world_release(&w);
}

static void a_note_outside_of_a_transaction_is_refused(void **state)
{
    struct store_world w;

    (void)state;
    begin(&w);
    sql_fails(w.app, "SELECT jemput_note('x')", SQLITE_ERROR, "jemput_note: call it between BEGIN and COMMIT: it concerns one transaction");
    sql_ok(w.app, "INSERT INTO u VALUES(1, 1)");
    sql_fails(w.app, "UPDATE u SET a = jemput_note('x')", SQLITE_ERROR, "jemput_note: call it between BEGIN and COMMIT");
    assert_notes(&w, "|");
    world_release(&w);
}

static void a_note_leaves_changes_and_last_insert_rowid_alone(void **state)
{
    struct store_world w;

    (void)state;
    begin(&w);
    sql_ok(w.app, "INSERT INTO u VALUES(1, 1), (2, 2), (3, 3); BEGIN; SELECT jemput_note('x')");
    assert_int_equal(sqlite3_changes(w.app), 3);
    assert_int_equal(sqlite3_last_insert_rowid(w.app), 3);
    sql_ok(w.app, "COMMIT");
    assert_int_equal(sqlite3_changes(w.app), 3);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_a_blob_of_16_bytes),
        cmocka_unit_test(a_statement_that_outlives_the_store_fails),
        cmocka_unit_test(a_hundred_thousand_ids_are_all_different),
        cmocka_unit_test(one_id_says_nothing_of_the_next),
        cmocka_unit_test(the_ids_of_pending_rows_can_be_made_again_from_their_run),
        cmocka_unit_test(a_run_goes_on_after_sealing_and_looks_back_a_little),
        cmocka_unit_test(serials_are_written_as_the_vectors_say),
        cmocka_unit_test(serials_of_the_vectors_with_a_mistake_are_found_wrong),
        cmocka_unit_test(the_letter_finds_every_wrong_digit_and_every_two_exchanged),
        cmocka_unit_test(serials_count_for_each_table_and_carry_the_device),
        cmocka_unit_test(a_serial_can_be_a_default),
        cmocka_unit_test(a_rollback_takes_serials_back_and_a_commit_never_gives_one_twice),
        cmocka_unit_test(two_connections_never_give_the_same_serial),
        cmocka_unit_test(a_serial_needs_a_device_number_and_a_table),
        cmocka_unit_test(a_note_is_attached_to_its_transaction_alone),
        cmocka_unit_test(a_note_has_at_most_1024_bytes),
        cmocka_unit_test(a_note_outside_of_a_transaction_is_refused),
        cmocka_unit_test(a_note_leaves_changes_and_last_insert_rowid_alone),
    };
    struct jemput_error err;

    if (jemput_crypto_init(&err))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
