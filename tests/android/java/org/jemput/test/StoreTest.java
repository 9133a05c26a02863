/* Data: transactions, queries, values, and what goes wrong with them. */
package org.jemput.test;

import static org.jemput.test.World.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;

import org.jemput.Code;
import org.jemput.Config;
import org.jemput.Cursor;
import org.jemput.Jemput;
import org.jemput.JemputException;
import org.jemput.Savepoint;
import org.jemput.Statement;
import org.jemput.Store;
import org.jemput.Tx;
import org.jemput.Type;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {
    @TempDir
    Path folder;
    private Store store;

    @BeforeEach
    void a_store() {
        store = Jemput.create(Config.of(folder.resolve("a.db").toFile()), World.SCHEMA + "CREATE TABLE lokal(a, b);", null);
    }

    @AfterEach
    void the_end() {
        store.close();
    }

    private long count(String table) {
        return store.one("SELECT count(*) FROM " + table, at -> at.getLong(0));
    }

    @Test
    void what_is_not_there_is_not_found_and_what_is_there_is_not_overwritten() {
        refused(Code.NOTFOUND, () -> Jemput.open(Config.of(folder.resolve("b.db").toFile())));
        refused(Code.EXISTS, () -> Jemput.create(Config.of(folder.resolve("a.db").toFile()), "", null));
        assertTrue(Jemput.version().matches("\\d+\\.\\d+\\.\\d+"), Jemput.version());
    }

    @Test
    void a_write_gives_what_its_work_gives_and_keeps_all_of_it() throws Exception {
        byte[] id = store.write(tx -> {
            byte[] made = tx.newId();

            assertEquals(1, tx.exec("INSERT INTO orang(id, nama) VALUES(?, ?)", made, "Siti"));
            assertEquals("Siti", tx.one("SELECT nama FROM orang", at -> at.getString(0)));
            assertEquals(0, count("orang"), "others do not see it yet");
            return made;
        });

        assertEquals(16, id.length);
        assertEquals(1, count("orang"));
        assertArrayEquals(id, store.one("SELECT id FROM orang", at -> at.getBytes(0)));
    }

    @Test
    void a_work_that_throws_leaves_nothing_and_what_it_threw_comes_out() {
        Exception thrown = new java.io.IOException("habis");

        assertSame(thrown, assertThrows(java.io.IOException.class, () -> store.write(tx -> {
            tx.exec("INSERT INTO orang(id, nama) VALUES(jemput_id(), 'x')");
            throw thrown;
        })));
        assertThrows(StackOverflowError.class, () -> store.write(tx -> {
            tx.exec("INSERT INTO orang(id, nama) VALUES(jemput_id(), 'x')");
            throw new StackOverflowError();
        }));
        assertEquals(0, count("orang"));
        assertEquals(1, store.exec("INSERT INTO orang(id) VALUES(jemput_id())"), "and the store goes on");
    }

    @Test
    void a_write_within_a_write_is_undone_by_itself() {
        store.write(tx -> {
            store.exec("INSERT INTO lokal VALUES(1, 'luar')");
            assertThrows(IllegalStateException.class, () -> store.write(in -> {
                in.exec("INSERT INTO lokal VALUES(2, 'dalam')");
                throw new IllegalStateException();
            }));
            store.write(in -> in.exec("INSERT INTO lokal VALUES(3, 'dalam')"));
            return null;
        });
        assertEquals("1,3", store.one("SELECT group_concat(a) FROM lokal", at -> at.getString(0)));
    }

    @Test
    void savepoints_go_back_to_where_they_were_made() {
        store.write(tx -> {
            try (Savepoint outer = tx.savepoint()) {
                tx.exec("INSERT INTO lokal VALUES(1, 0)");
                try (Savepoint inner = tx.savepoint()) {
                    tx.exec("INSERT INTO lokal VALUES(2, 0)");
                }
                try (Savepoint inner = tx.savepoint()) {
                    tx.exec("INSERT INTO lokal VALUES(3, 0)");
                    inner.release();
                }
                outer.release();
                refused(Code.MISUSE, outer::release);
            }
            Savepoint first = tx.savepoint();
            Savepoint second = tx.savepoint();

            tx.exec("INSERT INTO lokal VALUES(4, 0)");
            first.close();
            second.close();
            refused(Code.MISUSE, second::release);
            return null;
        });
        assertEquals("1,3", store.one("SELECT group_concat(a) FROM lokal", at -> at.getString(0)));
    }

    @Test
    void errors_of_sql_have_a_code_and_sqlites_own() {
        store.exec("INSERT INTO unik VALUES('a', 'k', 1)");
        JemputException e = refused(Code.DENIED, () -> store.exec("INSERT INTO unik VALUES('b', 'k', 1)"));

        assertEquals(2067, e.sqliteCode());
        assertFalse(e.isRetryable());
        assertTrue(e.isDataSafe());
        assertEquals(275, refused(Code.DENIED, () -> store.exec("INSERT INTO unik VALUES('b', 'l', -1)")).sqliteCode());
        refused(Code.MISUSE, () -> store.exec("INSERT INTO tiada VALUES(1)"));
        refused(Code.MISUSE, () -> store.exec("INSER"));
        refused(Code.MISUSE, () -> store.exec(""));
        refused(Code.MISUSE, () -> store.exec(null));
        refused(Code.MISUSE, () -> store.exec("DELETE FROM lokal; DELETE FROM orang"));
        refused(Code.MISUSE, () -> store.exec("INSERT INTO lokal VALUES(?, ?)", 1));
        refused(Code.MISUSE, () -> store.exec("INSERT INTO lokal VALUES(1, 2)", 1));
        refused(Code.MISUSE, () -> store.exec("INSERT INTO lokal VALUES(?, 0)", new Object()));
        refused(Code.LIMIT, () -> store.exec("INSERT INTO orang(id, nama) VALUES(jemput_id(), ?)", new String(new char[2 << 20]).replace('\0', 'x')));
        refused(Code.DENIED, () -> store.exec("INSERT INTO orang(id) VALUES(NULL)"));
        assertEquals(0, count("orang"));
    }

    @Test
    void transactions_are_not_begun_or_ended_by_sql() {
        for (String sql : new String[] {"BEGIN", " begin immediate", "/* x */ COMMIT", "-- y\nROLLBACK", "SAVEPOINT a", ";RELEASE a", "END"}) {
            refused(Code.MISUSE, () -> store.exec(sql));
            refused(Code.MISUSE, () -> store.write(tx -> tx.exec(sql)));
            refused(Code.MISUSE, () -> store.query(sql));
        }
        store.exec("INSERT INTO lokal VALUES(0, 0)");
        assertEquals(1, count("lokal"), "no reader stays behind");
        store.exec("DELETE FROM lokal");
        refused(Code.MISUSE, () -> store.script("BEGIN; INSERT INTO lokal VALUES(1, 1)"));
        assertEquals(0, count("lokal"));
        store.script("BEGIN; INSERT INTO lokal VALUES(1, 1); COMMIT; INSERT INTO lokal VALUES(2, 1)");
        assertEquals(2, count("lokal"));
        refused(Code.MISUSE, () -> store.script("BEGIN; INSERT INTO lokal VALUES(3, 1); KELIRU"));
        assertEquals(2, count("lokal"));
        refused(Code.MISUSE, () -> store.write(tx -> {
            store.script("DELETE FROM lokal");
            return null;
        }));
    }

    @Test
    void an_error_that_undid_the_transaction_cannot_be_passed_over() {
        store.script("CREATE TRIGGER lokal_t BEFORE INSERT ON lokal WHEN new.a = 13 BEGIN SELECT RAISE(ROLLBACK, 'tiga belas'); END");
        JemputException e = assertThrows(JemputException.class, () -> store.write(tx -> {
            tx.exec("INSERT INTO lokal VALUES(1, 1)");
            assertThrows(JemputException.class, () -> tx.exec("INSERT INTO lokal VALUES(13, 1)"));
            refused(Code.MISUSE, () -> tx.exec("INSERT INTO lokal VALUES(2, 1)"));
            return null;
        }));

        assertTrue(e.getMessage().contains("tiga belas"), e.getMessage());
        assertEquals(0, count("lokal"), "what came after it was not committed by itself");
    }

    @Test
    void a_tx_is_for_its_write_and_its_thread_only() throws Exception {
        Tx[] kept = new Tx[1];
        JemputException[] other = new JemputException[1];
        Cursor[] open = new Cursor[1];
        Statement[] statement = new Statement[1];

        store.write(tx -> {
            kept[0] = tx;
            Thread t = new Thread(() -> other[0] = refused(Code.MISUSE, () -> tx.exec("DELETE FROM lokal")));

            t.start();
            t.join();
            open[0] = tx.query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n");
            assertTrue(open[0].next());
            statement[0] = tx.prepare("SELECT 1");
            return null;
        });
        assertEquals(Code.MISUSE, other[0].status());
        refused(Code.MISUSE, () -> kept[0].exec("DELETE FROM lokal"));
        refused(Code.MISUSE, () -> {
            while (open[0].next())
                continue;
        });
        assertFalse(open[0].next());
        refused(Code.MISUSE, () -> statement[0].run());
        statement[0].close();
    }

    @Test
    void statements_are_run_again_with_other_values() {
        store.write(tx -> {
            try (Statement st = tx.prepare("INSERT INTO lokal VALUES(:a, ?2)")) {
                assertFalse(st.reads());
                assertEquals(1, st.bind("a", 1).bind(2, "x").run());
                assertEquals(1, st.bind(":a", 2).run());
                refused(Code.MISUSE, () -> st.bind("c", 1));
                refused(Code.MISUSE, () -> st.bind(3, 1));
                refused(Code.MISUSE, () -> st.bindAll(1));
                st.clear();
                st.run();
            }
            try (Statement st = tx.prepare("SELECT a, b FROM lokal WHERE a >= ? ORDER BY a")) {
                assertTrue(st.reads());
                Cursor first = st.bindAll(1).query();

                assertTrue(first.next());
                Cursor second = st.bindAll(2).query();

                assertTrue(second.next());
                assertEquals(2, second.getLong(0));
                assertEquals("x", second.getString(1));
                assertFalse(second.next());
                assertTrue(st.bindAll(1).query().next(), "it was not ended with its cursor");
            }
            return null;
        });
        assertEquals(1, store.<Long>one("SELECT count(*) FROM lokal WHERE a IS NULL AND b IS NULL", at -> at.getLong(0)));
    }

    @Test
    void a_query_does_not_write() {
        refused(Code.MISUSE, () -> store.query("INSERT INTO lokal VALUES(1, 1)"));
        refused(Code.MISUSE, () -> store.query("DELETE FROM lokal RETURNING a"));
        assertThrows(JemputException.class, () -> store.query("SELECT jemput_migrate('CREATE TABLE baru(a TEXT PRIMARY KEY)')"));
        assertThrows(JemputException.class, () -> store.query("PRAGMA user_version=7"));
        assertThrows(JemputException.class, () -> store.query("ATTACH 'x.db' AS x"));
        assertThrows(JemputException.class, () -> store.query("SELECT jemput_serial('orang')"));
        assertEquals("1", store.write(tx -> tx.one("INSERT INTO lokal VALUES(1, 1) RETURNING a", at -> at.getString(0))), "a Tx's may");
    }

    @Test
    void values_come_back_as_they_went_in() {
        Object[] in = {null, 1L, Long.MIN_VALUE, 1.5, -0.0, Double.POSITIVE_INFINITY, "", "Siti Aminah", "\0a\0", "Ö 漢 \uD83D\uDE00", new byte[0],
            new byte[] {0, 1, (byte) 255}};

        for (Object v : in) {
            Object out = store.write(tx -> {
                tx.exec("DELETE FROM lokal");
                tx.exec("INSERT INTO lokal VALUES(?, typeof(?1))", v);
                return tx.one("SELECT a FROM lokal", at -> at.get(0));
            });

            if (v instanceof byte[])
                assertArrayEquals((byte[]) v, (byte[]) out);
            else
                assertEquals(v, out);
        }
        assertEquals(Arrays.asList(1L, 7L, 2.5, null), store.one("SELECT ?, ?, ?, ?", at ->
            Arrays.asList(at.get(0), at.get(1), at.get(2), at.get(3)), true, (short) 7, 2.5f, Double.NaN));
    }

    @Test
    void half_a_surrogate_pair_is_refused_and_other_text_is_sqlites() {
        for (String bad : new String[] {"\uD83D", "a\uDE00b", "\uDE00\uD83D", "x\uD83D\uD83D\uDE00"}) {
            refused(Code.MISUSE, () -> store.exec("INSERT INTO lokal VALUES(?, 0)", bad));
            refused(Code.MISUSE, () -> store.exec("INSERT INTO lokal VALUES('" + bad + "', 0)"));
        }
        refused(Code.MISUSE, () -> store.exec("INSERT INTO lokal VALUES('\0', 0)"));
        assertEquals(4, store.<Long>one("SELECT length(CAST(? AS BLOB))", at -> at.getLong(0), "\uD83D\uDE00"));
        store.query("SELECT CAST(x'41ff42' AS TEXT)").close();
        assertEquals("A\uFFFDB", store.one("SELECT CAST(x'41ff42' AS TEXT)", at -> at.getString(0)));
        assertArrayEquals(new byte[] {0x41, (byte) 0xff, 0x42}, store.one("SELECT CAST(x'41ff42' AS TEXT)", at -> at.getBytes(0)));
    }

    @Test
    void columns_have_names_and_types_and_nothing_beyond_them() {
        assertEquals("7x", store.one("SELECT NULL, 7, NULL, 'x', NULL", at -> at.getLong(1) + at.getString(3)));
        try (Cursor at = store.query("SELECT 1 AS Satu, 'x' AS dua, NULL AS dua")) {
            assertEquals(3, at.columns());
            assertEquals("Satu", at.name(0));
            assertEquals(0, at.index("satu"));
            assertEquals(1, at.index("dua"));
            refused(Code.MISUSE, () -> at.index("tiga"));
            refused(Code.MISUSE, () -> at.getLong(0));
            assertTrue(at.next());
            assertEquals(Type.INTEGER, at.type(0));
            assertEquals(Type.NULL, at.type(2));
            assertTrue(at.isNull(2));
            assertEquals(0, at.getLong(2));
            assertNull(at.getString(2));
            assertNull(at.getBytes(2));
            refused(Code.MISUSE, () -> at.getLong(3));
            refused(Code.MISUSE, () -> at.getLong(-1));
            assertFalse(at.next());
            refused(Code.MISUSE, () -> at.getLong(0));
            assertFalse(at.next());
        }
        assertNull(store.one("SELECT 1 WHERE 0", at -> at.getLong(0)));
    }

    @Test
    void a_restricted_store_runs_rows_only() {
        store.close();
        try (Store s = Jemput.open(Config.of(folder.resolve("a.db").toFile()).restricted())) {
            s.exec("INSERT INTO lokal VALUES(1, 1)");
            assertEquals(1, s.<Long>one("SELECT count(*) FROM lokal", at -> at.getLong(0)));
            refused(Code.DENIED, () -> s.exec("CREATE TABLE x(a)"));
            refused(Code.DENIED, () -> s.exec("ATTACH 'x.db' AS x"));
            assertThrows(JemputException.class, () -> s.query("SELECT jemput_migrate('CREATE TABLE baru(a TEXT PRIMARY KEY)')"));
        }
    }

    @Test
    void after_close_everything_is_misuse_and_close_is_nothing() {
        Cursor open = store.query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n");

        assertTrue(open.next());
        store.close();
        store.close();
        assertFalse(store.isOpen());
        refused(Code.MISUSE, () -> store.exec("DELETE FROM lokal"));
        refused(Code.MISUSE, () -> store.query("SELECT 1"));
        refused(Code.MISUSE, () -> store.write(tx -> null));
        refused(Code.MISUSE, store::status);
        refused(Code.MISUSE, store::conflicts);
        refused(Code.MISUSE, store::seal);
        refused(Code.MISUSE, () -> store.sync(null, 0, null, null));
        refused(Code.MISUSE, () -> store.observe(Runnable::run, c -> { }));
        refused(Code.MISUSE, store::lock);
        refused(Code.MISUSE, () -> store.verify(null, null));
        refused(Code.MISUSE, () -> store.attachments().counts());
        refused(Code.MISUSE, () -> {
            while (open.next())
                continue;
        });
        open.close();
    }

    @Test
    void closing_inside_a_write_keeps_nothing_of_it() {
        refused(Code.MISUSE, () -> store.write(tx -> {
            tx.exec("INSERT INTO lokal VALUES(1, 1)");
            store.close();
            refused(Code.MISUSE, () -> tx.exec("INSERT INTO lokal VALUES(2, 1)"));
            return null;
        }));
        try (Store s = Jemput.open(Config.of(folder.resolve("a.db").toFile()))) {
            assertEquals(0, s.<Long>one("SELECT count(*) FROM lokal", at -> at.getLong(0)));
        }
    }

    @Test
    void notes_tokens_and_receipt_codes() {
        long token = store.token();
        String serial = store.write(tx -> {
            tx.note("percobaan");
            tx.under(tx.token());
            tx.exec("INSERT INTO orang(id) VALUES(jemput_id())");
            assertSame(store, tx.store());
            return tx.serial("orang");
        });

        assertTrue(token >= 0);
        assertTrue(serial.matches("\\d\\d-\\d{6}-[0-9A-Z]"), serial);
        refused(Code.MISUSE, () -> store.write(tx -> {
            tx.note("a\0b");
            return null;
        }));
    }
}
