/* The driver for androidx.sqlite, used as Room uses one: statements that come one by one, from changing threads, on several connections. */
package org.jemput.sqlite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import androidx.sqlite.SQLiteConnection;
import androidx.sqlite.SQLiteStatement;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.jemput.Code;
import org.jemput.Config;
import org.jemput.Jemput;
import org.jemput.JemputException;
import org.jemput.Store;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DriverTest {
    private static final String SCHEMA = "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT, umur INTEGER, berat REAL, foto BLOB);"
        + "SELECT jemput_replicate('warga', '')";

    @TempDir
    Path folder;
    private Store store;
    private SQLiteConnection one;
    private SQLiteConnection two;

    @BeforeEach
    void a_store() {
        Jemput.load(new File(System.getProperty("jemput.library")), null);
        store = Jemput.create(Config.of(folder.resolve("jemput.db").toFile()), SCHEMA, "admin,pusat");
        JemputDriver driver = new JemputDriver(store, "jemput.db");
        assertThrows(IllegalArgumentException.class, () -> driver.open("lain.db"));
        assertFalse(driver.hasConnectionPool());
        one = driver.open("jemput.db");
        two = driver.open("jemput.db");
    }

    @AfterEach
    void the_end() {
        one.close();
        two.close();
        store.close();
    }

    private static void run(SQLiteConnection c, String sql, Object... values) {
        try (SQLiteStatement st = c.prepare(sql)) {
            for (int i = 0; i < values.length; i++)
                st.bindText(i + 1, (String) values[i]);
            while (st.step()) {
                continue;
            }
        }
    }

    private static long number(SQLiteConnection c, String sql) {
        try (SQLiteStatement st = c.prepare(sql)) {
            assertTrue(st.step());
            return st.getLong(0);
        }
    }

    @Test
    void a_write_of_the_stores_own_does_not_hang_where_a_transaction_waits_for_its_next_statement() {
        run(one, "BEGIN IMMEDIATE");
        run(one, "INSERT INTO warga(id) VALUES('a')");
        JemputException e = assertThrows(JemputException.class, () -> store.exec("INSERT INTO warga(id) VALUES('b')"));
        assertEquals(Code.BUSY, e.status(), e.getMessage());
        assertTrue(e.isRetryable() && e.isDataSafe());
        run(one, "INSERT INTO warga(id) VALUES('c')");
        run(one, "COMMIT");
        store.exec("INSERT INTO warga(id) VALUES('b')");
        assertEquals(3, number(two, "SELECT count(*) FROM warga"));
    }

    @Test
    void a_write_waits_as_long_as_a_transaction_goes_on() throws Exception {
        run(one, "BEGIN IMMEDIATE");
        CompletableFuture<Long> other = CompletableFuture.supplyAsync(() -> store.exec("INSERT INTO warga(id) VALUES('b')"));
        for (int i = 0; i < 13; i++) {
            Thread.sleep(500);
            run(one, "INSERT INTO warga(id) VALUES('a" + i + "')");
        }
        run(one, "COMMIT");
        assertEquals(1, other.get(5, TimeUnit.SECONDS));
    }

    @Test
    void values_of_every_type_come_back_as_they_were_bound() {
        try (SQLiteStatement st = one.prepare("INSERT INTO warga VALUES(?, ?, ?, ?, ?)")) {
            st.bindText(1, "a");
            st.bindText(2, "Ani \uD83D\uDE00\u0000!");
            st.bindInt(3, 42);
            st.bindFloat(4, 1.5f);
            st.bindBlob(5, new byte[] {0, -1});
            assertEquals(0, st.getColumnCount());
            assertFalse(st.step());
            st.reset();
            st.clearBindings();
            st.bindText(1, "b");
            st.bindNull(2);
            st.bindBoolean(3, true);
            st.bindDouble(4, -0.25);
            assertFalse(st.step());
        }
        try (SQLiteStatement st = two.prepare("SELECT * FROM warga ORDER BY id")) {
            assertEquals(Arrays.asList("id", "nama", "umur", "berat", "foto"), st.getColumnNames());
            assertEquals("berat", st.getColumnName(3));
            assertTrue(st.step());
            assertEquals("Ani \uD83D\uDE00\u0000!", st.getText(1));
            assertEquals(42, st.getInt(2));
            assertEquals(1.5f, st.getFloat(3));
            assertArrayEquals(new byte[] {0, -1}, st.getBlob(4));
            assertEquals(1, st.getColumnType(2));
            assertEquals(2, st.getColumnType(3));
            assertEquals(3, st.getColumnType(1));
            assertEquals(4, st.getColumnType(4));
            assertTrue(st.step());
            assertTrue(st.isNull(1) && st.isNull(4));
            assertEquals(5, st.getColumnType(1));
            assertTrue(st.getBoolean(2));
            assertEquals(-0.25, st.getDouble(3));
            assertFalse(st.step());
            assertThrows(RuntimeException.class, () -> st.getLong(2));
        }
    }

    @Test
    void text_that_is_asked_for_as_a_number_is_the_one_that_sqlite_makes_of_it() {
        String sql = "SELECT '9007199254740993', '12abc', ' -3.5e1x', '99999999999999999999', 'x', CAST('12abc' AS INTEGER)";

        for (boolean inside : new boolean[] {false, true}) { // rows come one by one, or all at once
            if (inside)
                run(one, "BEGIN");
            try (SQLiteStatement st = one.prepare(sql)) {
                assertTrue(st.step());
                assertEquals(9007199254740993L, st.getLong(0));
                assertEquals(st.getLong(5), st.getLong(1));
                assertEquals(12.0, st.getDouble(1));
                assertEquals(-3, st.getLong(2));
                assertEquals(-35.0, st.getDouble(2));
                assertEquals(Long.MAX_VALUE, st.getLong(3));
                assertEquals(0, st.getLong(4));
                assertEquals(0.0, st.getDouble(4));
            }
            if (inside)
                run(one, "END");
        }
    }

    @Test
    void a_transaction_is_seen_by_others_when_it_is_committed_and_not_when_it_is_undone() throws Exception {
        run(one, "BEGIN IMMEDIATE TRANSACTION");
        assertTrue(one.inTransaction());
        run(one, "INSERT INTO warga(id, nama) VALUES(?, ?)", "a", "Ani");
        // Coroutines go on elsewhere.
        CompletableFuture.runAsync(() -> run(one, "INSERT INTO warga(id) VALUES('b')")).get(10, TimeUnit.SECONDS);
        assertEquals(2, number(one, "SELECT count(*) FROM warga"));
        assertEquals(1, number(one, "SELECT changes()"));
        assertEquals(0, number(two, "SELECT count(*) FROM warga"));
        run(one, "END TRANSACTION");
        assertFalse(one.inTransaction());
        assertEquals(2, number(two, "SELECT count(*) FROM warga"));
        run(one, "BEGIN");
        run(one, "DELETE FROM warga");
        run(one, "ROLLBACK TRANSACTION");
        assertEquals(2, number(two, "SELECT count(*) FROM warga"));
    }

    @Test
    void savepoints_undo_what_came_after_them() {
        run(one, "BEGIN");
        run(one, "INSERT INTO warga(id) VALUES('a')");
        run(one, "SAVEPOINT '1'");
        run(one, "INSERT INTO warga(id) VALUES('b')");
        run(one, "ROLLBACK TRANSACTION TO SAVEPOINT '1'");
        run(one, "INSERT INTO warga(id) VALUES('c')");
        run(one, "RELEASE SAVEPOINT '1'");
        assertThrows(IllegalStateException.class, () -> run(one, "RELEASE SAVEPOINT '2'"));
        run(one, "COMMIT");
        try (SQLiteStatement st = two.prepare("SELECT group_concat(id) FROM (SELECT id FROM warga ORDER BY id)")) {
            assertTrue(st.step());
            assertEquals("a,c", st.getText(0));
        }
    }

    @Test
    void an_error_inside_a_transaction_leaves_it_to_whoever_began_it() {
        run(one, "BEGIN");
        run(one, "INSERT INTO warga(id) VALUES('a')");
        JemputException e = assertThrows(JemputException.class, () -> run(one, "INSERT INTO warga(id) VALUES('a')"));
        assertTrue(e.sqliteCode() != 0, e.toString());
        assertTrue(one.inTransaction());
        run(one, "COMMIT");
        assertEquals(1, number(two, "SELECT count(*) FROM warga"));
        assertThrows(IllegalStateException.class, () -> run(one, "COMMIT"));
    }

    @Test
    void a_second_writer_waits_for_the_first_and_a_closed_connection_lets_go() throws Exception {
        run(one, "BEGIN");
        run(one, "INSERT INTO warga(id) VALUES('a')");
        CompletableFuture<Void> second = CompletableFuture.runAsync(() -> run(two, "INSERT INTO warga(id) VALUES('b')"));
        Thread.sleep(100);
        assertFalse(second.isDone());
        assertEquals(0, number(two, "SELECT count(*) FROM warga"), "who reads does not wait");
        one.close();
        second.get(10, TimeUnit.SECONDS);
        assertEquals(1, number(two, "SELECT count(*) FROM warga"));
        assertThrows(IllegalStateException.class, () -> one.prepare("SELECT 1"));
    }

    @Test
    void a_step_that_failed_fails_again_and_runs_when_it_may() {
        run(one, "INSERT INTO warga(id) VALUES('a')");
        try (SQLiteStatement st = one.prepare("INSERT INTO warga(id) VALUES(?)")) {
            st.bindText(1, "a");
            assertThrows(JemputException.class, st::step);
            assertThrows(JemputException.class, st::step, "nothing was written, and that is no end of rows");
            run(one, "DELETE FROM warga");
            assertFalse(st.step());
        }
        assertEquals(1, number(two, "SELECT count(*) FROM warga"));
        try (SQLiteStatement st = one.prepare("SELECT abs(nama) FROM (SELECT 1 AS nama UNION ALL SELECT -9223372036854775808)")) {
            assertThrows(JemputException.class, () -> {
                st.step();
                st.step();
            });
            assertThrows(JemputException.class, () -> {
                st.step();
                st.step();
            });
        }
    }

    @Test
    void parameters_that_were_never_bound_are_null() {
        String[][] table = {{"INSERT INTO warga(id, nama) VALUES(?, ?)", "2"}, {"SELECT ?3, ?", "4"}, {"SELECT :a, :b, :a, @a, $a", "4"},
            {"SELECT '?', \"?\", `?`, [?], '''?', ? -- ?", "1"}, {"SELECT /* ? */ ?1 /* ?", "1"}, {"SELECT a?1", "1"}, {"SELECT 1", "0"},
            {"SELECT x$a, ?", "1"}, {"", "0"}, {"SELECT ':a', 5.?", "1"}};
        for (String[] row : table)
            assertEquals(Integer.parseInt(row[1]), Parameters.count(row[0]), row[0]);
        try (SQLiteStatement st = one.prepare("INSERT INTO warga(id, nama, umur) VALUES(?, ?, ?)")) {
            st.bindText(1, "a");
            assertFalse(st.step());
        }
        try (SQLiteStatement st = one.prepare("SELECT :a IS NULL, ?2 IS NULL, nama IS NULL FROM warga WHERE id = ?1")) {
            st.bindText(1, "a");
            assertTrue(st.step());
            assertFalse(st.getBoolean(0));
            assertTrue(st.getBoolean(1) && st.getBoolean(2));
        }
        run(one, "BEGIN");
        try (SQLiteStatement st = one.prepare("UPDATE warga SET nama = ? WHERE id IS NOT ?")) {
            assertFalse(st.step());
        }
        run(one, "COMMIT");
    }

    @Test
    void a_transaction_that_nobody_ends_is_undone_by_closing_the_store() throws Exception {
        run(one, "BEGIN");
        run(one, "INSERT INTO warga(id) VALUES('a')");
        CompletableFuture.runAsync(store::close).get(10, TimeUnit.SECONDS);
        assertThrows(IllegalStateException.class, () -> run(one, "INSERT INTO warga(id) VALUES('b')"));
        one.close();
        store = Jemput.open(Config.of(folder.resolve("jemput.db").toFile()));
        one = new JemputDriver(store, "jemput.db").open("jemput.db");
        assertEquals(0, number(one, "SELECT count(*) FROM warga"));
    }

    @Test
    void what_writes_and_gives_rows_writes_and_gives_rows() {
        try (SQLiteStatement st = one.prepare("WITH neu(id) AS (VALUES('a'), ('b')) INSERT INTO warga(id) SELECT id FROM neu RETURNING id")) {
            assertTrue(st.step());
            assertTrue(st.step());
            assertFalse(st.step());
        }
        assertEquals(2, number(two, "SELECT count(*) FROM warga"));
    }

    @Test
    void tables_of_the_apps_own_may_be_made_and_those_of_the_space_not_changed() {
        run(one, "CREATE TABLE room_master_table(id INTEGER PRIMARY KEY, identity_hash TEXT)");
        run(one, "INSERT OR REPLACE INTO room_master_table VALUES(42, 'x')");
        assertEquals(42, number(one, "SELECT last_insert_rowid()"));
        assertThrows(JemputException.class, () -> run(one, "ALTER TABLE warga ADD COLUMN baru TEXT"));
        assertThrows(JemputException.class, () -> run(one, "DROP TABLE warga"));
        run(one, "PRAGMA synchronous = OFF");
        assertEquals(2, number(one, "PRAGMA synchronous"));
        try (SQLiteStatement st = one.prepare("PRAGMA journal_mode = DELETE")) {
            assertTrue(st.step());
            assertEquals("wal", st.getText(0));
        }
    }
}
