/* Cursors: windows, moments, and how many there can be. */
package org.jemput.test;

import static org.jemput.test.World.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

import org.jemput.Code;
import org.jemput.Config;
import org.jemput.Cursor;
import org.jemput.Jemput;
import org.jemput.Store;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CursorTest {
    private static final String NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        + "SELECT i, printf('%0200d', i) AS s FROM n";

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

    /* Files that are open and have no name any more. */
    private static boolean hasTemporary(Path in) throws Exception {
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Paths.get("/proc/self/fd"))) {
            for (Path fd : open) {
                if (Files.isSymbolicLink(fd) && Files.readSymbolicLink(fd).startsWith(in))
                    return true;
            }
        }
        return false;
    }

    @Test
    void temporary_files_are_where_they_were_last_told_to_be() throws Exception {
        Path place = Files.createDirectory(folder.resolve("sementara"));
        String sorted = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)"
            + " SELECT hex(randomblob(200)) AS s FROM n ORDER BY s";

        try {
            try (Cursor at = store.query(sorted)) {
                assertTrue(at.next());
                assertFalse(hasTemporary(place));
            }
            Jemput.load(null, place.toFile()); // the library has been there for long
            try (Cursor at = store.query(sorted)) {
                assertTrue(at.next());
                assertTrue(hasTemporary(place));
            }
        } finally {
            Jemput.load(null, new File(System.getProperty("java.io.tmpdir")));
        }
    }

    private static long residentKib() throws Exception {
        for (String line : Files.readAllLines(Paths.get("/proc/self/status"))) {
            if (line.startsWith("VmRSS:"))
                return Long.parseLong(line.replaceAll("\\D", ""));
        }
        return 0;
    }

    @Test
    void two_hundred_thousand_rows_take_no_more_memory_than_a_window() throws Exception {
        long rows = Long.getLong("jemput.rows", 200_000);
        long sum = 0;
        long before = 0;
        store.one(NUMBERS, at -> at.getString(1), 1); // what the first query of all needs
        long none = residentKib();

        try (Cursor at = store.query(NUMBERS, rows)) {
            while (at.next()) {
                sum += at.getLong(0);
                if (at.getLong(0) == 20_000)
                    before = residentKib();
                if (at.getLong(0) == rows)
                    assertEquals(200, at.getString(1).length());
            }
        }
        assertEquals(rows * (rows + 1) / 2, sum);
        assertTrue(before < none + 24 * 1024, "from " + none + " to " + before + " KiB: what has not been asked for yet was read");
        assertTrue(residentKib() < before + 24 * 1024, "from " + before + " to " + residentKib() + " KiB");
    }

    @Test
    void values_larger_than_a_window_come_whole() {
        byte[] large = new byte[300_000];

        for (int i = 0; i < large.length; i++)
            large[i] = (byte) (i * 31 >> 3);
        store.write(tx -> {
            for (int i = 0; i < 5; i++)
                tx.exec("INSERT INTO lokal VALUES(?, ?)", i, i % 2 == 0 ? large : "kecil");
            return null;
        });
        List<Integer> sizes = new ArrayList<>();

        try (Cursor at = store.query("SELECT b FROM lokal ORDER BY a")) {
            while (at.next()) {
                sizes.add(at.getBytes(0).length);
                if (at.getBytes(0).length > 10)
                    org.junit.jupiter.api.Assertions.assertArrayEquals(large, at.getBytes(0));
            }
        }
        assertEquals(java.util.Arrays.asList(300_000, 5, 300_000, 5, 300_000), sizes);
    }

    @Test
    void every_number_of_rows_around_the_ends_of_windows_is_counted_right() {
        for (int rows = 0; rows < 700; rows += rows < 60 ? 1 : 17) {
            int seen = 0;

            try (Cursor at = store.query(NUMBERS.replace("SELECT i, printf", "SELECT i, i, i, printf") + " WHERE i <= ?2", 700, rows)) {
                while (at.next())
                    assertEquals(++seen, at.getInt(0));
            }
            assertEquals(rows, seen);
        }
    }

    @Test
    void a_cursor_shows_one_moment_and_a_new_query_the_newest() {
        store.exec("INSERT INTO lokal " + NUMBERS, 2000);
        try (Cursor at = store.query("SELECT a FROM lokal ORDER BY a")) {
            long seen = 0;

            assertTrue(at.next());
            for (int i = 0; i < 20; i++) {
                store.exec("DELETE FROM lokal WHERE a = ?", 2000 - i);
                assertEquals(1999 - i, store.<Long>one("SELECT count(*) FROM lokal", c -> c.getLong(0)), "each query sees the newest");
            }
            for (seen = 1; at.next(); seen++)
                continue;
            assertEquals(2000, seen, "the cursor goes on with its moment");
        }
    }

    @Test
    void a_cursor_that_was_closed_early_leaves_no_moment_behind() {
        store.close();
        store = Jemput.open(Config.of(folder.resolve("a.db").toFile()).readers(1));
        store.exec("INSERT INTO lokal " + NUMBERS, 2000);
        for (int i = 0; i < 3; i++) {
            try (Cursor at = store.query("SELECT a, b FROM lokal")) {
                assertTrue(at.next());
            }
            store.exec("INSERT INTO lokal VALUES(0, 0)");
            assertEquals(2001 + i, store.<Long>one("SELECT count(*) FROM lokal", c -> c.getLong(0)));
        }
    }

    @Test
    void too_many_open_cursors_are_refused_and_short_ones_hold_nothing() {
        List<Cursor> open = new ArrayList<>();

        for (int i = 0; i < 20; i++)
            open.add(store.query("SELECT 1")); // not read, and short: none of them is open
        for (int i = 0; i < 4; i++) {
            Cursor at = store.query(NUMBERS, 100_000);

            assertTrue(at.next());
            open.add(at);
        }
        assertTrue(refused(Code.BUSY, () -> store.query("SELECT 1")).getMessage().contains("4 cursors are open"));
        open.get(21).close();
        assertEquals(1, store.<Long>one("SELECT 1", c -> c.getLong(0)));
        for (Cursor at : open)
            at.close();
    }

    @Test
    void who_waits_for_himself_is_told_at_once() {
        store.close();
        store = Jemput.open(Config.of(folder.resolve("a.db").toFile()).readers(1));
        store.exec("INSERT INTO unik VALUES('a', 'x', 1)");
        long begun = System.nanoTime();

        store.history(org.jemput.Key.of("unik", "a"));
        store.cases();
        store.attachments().all(a -> true);
        try (Cursor at = store.query(NUMBERS, 100_000)) {
            refused(Code.BUSY, store::status);
        }
        assertTrue(System.nanoTime() - begun < 2_000_000_000L);
    }

    @Test
    void a_reader_that_waits_gets_what_another_thread_closes() throws Exception {
        store.close();
        store = Jemput.open(Config.of(folder.resolve("a.db").toFile()).readers(1));
        Cursor at = store.query(NUMBERS, 100_000);
        CountDownLatch begun = new CountDownLatch(1);
        Thread t = new Thread(() -> {
            begun.countDown();
            store.one("SELECT 1", c -> c.getLong(0));
        });

        t.start();
        begun.await();
        Thread.sleep(50);
        assertTrue(t.isAlive());
        at.close();
        t.join(3000);
        assertFalse(t.isAlive());
    }

    @Test
    void reading_does_not_wait_for_writing() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch seen = new CountDownLatch(1);
        Thread t = new Thread(() -> store.write(tx -> {
            tx.exec("INSERT INTO lokal VALUES(1, 1)");
            inside.countDown();
            try {
                return seen.await(5, java.util.concurrent.TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                return false;
            }
        }));

        t.start();
        inside.await();
        assertEquals(0, store.<Long>one("SELECT count(*) FROM lokal", c -> c.getLong(0)));
        assertEquals(0, store.status().own.received);
        seen.countDown();
        t.join();
    }

    @Test
    void a_migration_between_two_queries_is_seen_by_a_statement_that_was_kept() {
        for (int i = 0; i < 3; i++)
            assertEquals(2, columns());
        store.script("ALTER TABLE lokal ADD COLUMN c");
        assertEquals(3, columns());
        store.exec("INSERT INTO lokal(a, c) VALUES(1, 'tiga')");
        try (Cursor at = store.query("SELECT * FROM lokal")) {
            assertTrue(at.next());
            assertEquals("tiga", at.getString(at.index("c")));
        }
    }

    private int columns() {
        try (Cursor at = store.query("SELECT * FROM lokal")) {
            return at.columns();
        }
    }
}
