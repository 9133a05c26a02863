/* Listeners: told after each commit, once for all that has changed meanwhile. */
package org.jemput.test;

import static org.jemput.test.World.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import org.jemput.Change;
import org.jemput.ChangeListener;
import org.jemput.Code;
import org.jemput.Jemput;
import org.jemput.LeakListener;
import org.jemput.Query;
import org.jemput.Store;
import org.jemput.Subscription;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObserveTest {
    private static final long QUIET_MS = 80;

    @TempDir
    Path folder;
    private final ExecutorService executor = Executors.newSingleThreadExecutor();
    private final BlockingQueue<Change> told = new LinkedBlockingQueue<>();
    private World world;
    private Store store;

    @BeforeEach
    void a_world() {
        world = new World(folder);
        store = world.office;
        store.script("CREATE TABLE lokal(a); CREATE VIEW nama_saja AS SELECT nama FROM orang");
    }

    @AfterEach
    void the_end() {
        world.close();
        executor.shutdownNow();
    }

    /** A listener whose last call fails, as a class that R8 has left out does. */
    private static ChangeListener broken() {
        return new ChangeListener() {
            @Override
            public void changed(Change change) {
            }

            @Override
            public void ended() {
                throw new NoClassDefFoundError("tiada");
            }
        };
    }

    @Test
    void an_error_of_a_listeners_last_call_keeps_no_store_open() {
        List<String> trouble = new ArrayList<>();

        Jemput.onLeak(new LeakListener() {
            @Override
            public void leaked(String what, Throwable where) {
            }

            @Override
            public void trouble(String what, Throwable why) {
                trouble.add(what + ": " + why);
            }
        });
        for (int i = 0; i < 2; i++)
            store.observe(Runnable::run, broken());
        store.close();
        assertEquals(2, trouble.size(), trouble.toString());
        refused(Code.MISUSE, () -> store.query("SELECT 1"));
    }

    private Change next() throws Exception {
        return told.poll(5, TimeUnit.SECONDS);
    }

    private void quiet() throws Exception {
        assertNull(told.poll(QUIET_MS, TimeUnit.MILLISECONDS));
    }

    @Test
    void a_commit_is_told_with_its_tables_and_a_rollback_is_not() throws Exception {
        try (Subscription s = store.observe(executor, told::add)) {
            store.write(tx -> {
                tx.exec("INSERT INTO orang(id) VALUES(jemput_id())");
                tx.exec("INSERT INTO nomor(kode) VALUES('a')");
                quiet();
                return null;
            });
            Change c = next();

            assertEquals(new HashSet<>(Arrays.asList("orang", "nomor")), c.tables());
            assertTrue(c.local());
            assertFalse(c.merged());
            store.exec("INSERT INTO lokal VALUES(1)");
            Change d = next();

            assertEquals(Collections.singleton("lokal"), d.tables());
            assertTrue(d.number() > c.number());
            try {
                store.write(tx -> {
                    tx.exec("INSERT INTO orang(id) VALUES(jemput_id())");
                    throw new IllegalStateException();
                });
            } catch (IllegalStateException e) {
                quiet();
            }
            assertTrue(s.isOpen());
        }
        store.exec("INSERT INTO lokal VALUES(1)");
        quiet();
    }

    @Test
    void only_the_tables_that_were_asked_for_count() throws Exception {
        try (Subscription s = store.observe(executor, told::add, "ORANG")) {
            store.exec("INSERT INTO nomor(kode) VALUES('a')");
            store.exec("INSERT INTO lokal VALUES(1)");
            quiet();
            store.exec("INSERT INTO orang(id) VALUES(jemput_id())");
            assertEquals(Collections.singleton("orang"), next().tables());
        }
        try (Subscription s = store.observe(Query.of("SELECT * FROM nama_saja WHERE nama = ?", "x"), executor, told::add)) {
            store.exec("INSERT INTO nomor(kode) VALUES('b')");
            quiet();
            store.exec("INSERT INTO orang(id) VALUES(jemput_id())");
            assertNotNull(next(), "a view is looked through");
        }
        refused(Code.MISUSE, () -> store.observe(Query.of("SELECT * FROM tiada"), executor, told::add));
        try (Subscription s = store.observe(executor, told::add, "jemput_delivery")) {
            store.seal();
            assertNotNull(next(), "what is sealed has come further");
        }
    }

    @Test
    void what_changes_while_the_listener_works_comes_together() throws Exception {
        Semaphore begun = new Semaphore(0);
        Semaphore go = new Semaphore(0);

        try (Subscription s = store.observe(executor, c -> {
            begun.release();
            go.acquireUninterruptibly();
            told.add(c);
        }, "lokal", "orang")) {
            store.exec("INSERT INTO lokal VALUES(1)");
            begun.acquire();
            for (int i = 0; i < 50; i++)
                store.exec(i % 2 == 0 ? "INSERT INTO lokal VALUES(1)" : "INSERT INTO orang(id) VALUES(jemput_id())");
            Thread.sleep(100);
            go.release(3);
            assertEquals(Collections.singleton("lokal"), next().tables());
            Change c = next();

            assertEquals(2, c.tables().size());
            quiet();
        }
    }

    @Test
    void a_merge_is_told_and_so_is_what_a_sync_sends() throws Exception {
        try (Store tablet = world.tablet("satu")) {
            tablet.exec("INSERT INTO orang(id, nama) VALUES(jemput_id(), 'Siti')");
            tablet.sync(null, 0, null, null);
            try (Subscription s = store.observe(executor, told::add, "orang"); Subscription t = tablet.observe(executor, told::add, "nomor")) {
                store.sync(null, 0, null, null);
                Change c = next();

                assertEquals(Collections.singleton("orang"), c.tables());
                assertTrue(c.merged());
                assertFalse(c.local());
                quiet();
            }
            try (Subscription s = tablet.observe(executor, told::add, "jemput_delivery")) {
                tablet.sync(null, 0, null, null);
                assertTrue(next().merged(), "the receipt");
            }
        }
    }

    @Test
    void a_query_in_the_listener_sees_what_it_was_told_of() throws Exception {
        BlockingQueue<Long> counts = new LinkedBlockingQueue<>();

        try (Subscription s = store.observe(executor, c -> counts.add(store.one("SELECT count(*) FROM lokal", at -> at.getLong(0))), "lokal")) {
            for (long i = 1; i <= 30; i++) {
                store.exec("INSERT INTO lokal VALUES(1)");
                assertEquals(i, counts.poll(5, TimeUnit.SECONDS));
            }
        }
    }

    @Test
    void trouble_of_a_listener_is_told_and_it_goes_on() throws Exception {
        BlockingQueue<String> trouble = new LinkedBlockingQueue<>();
        boolean[] refuse = {true};

        Jemput.onLeak(new LeakListener() {
            @Override
            public void leaked(String kind, Throwable where) {
                // not of interest here
            }

            @Override
            public void trouble(String what, Throwable cause) {
                trouble.add(what + cause);
            }
        });
        try (Subscription s = store.observe(call -> {
            if (refuse[0])
                throw new RejectedExecutionException("penuh");
            executor.execute(call);
        }, c -> {
            told.add(c);
            throw new IllegalStateException("rusak");
        })) {
            store.exec("INSERT INTO lokal VALUES(1)");
            assertTrue(trouble.poll(5, TimeUnit.SECONDS).contains("penuh"));
            refuse[0] = false;
            store.exec("INSERT INTO nomor(kode) VALUES('a')");
            assertEquals(2, next().tables().size(), "what was refused comes with the next");
            assertTrue(trouble.poll(5, TimeUnit.SECONDS).contains("rusak"));
            store.exec("INSERT INTO lokal VALUES(1)");
            assertNotNull(next());
        }
    }

    @Test
    void a_listener_that_throws_an_error_where_it_is_told_does_not_end_the_telling() throws Exception {
        try (Subscription bad = store.observe(Runnable::run, c -> {
            throw new StackOverflowError();
        }); Subscription good = store.observe(executor, told::add)) {
            for (int i = 0; i < 3; i++) {
                store.exec("INSERT INTO lokal VALUES(1)");
                assertNotNull(next());
            }
        }
    }

    @Test
    void it_ends_with_the_store_and_outlives_its_own_closing() throws Exception {
        Subscription s = store.observe(executor, told::add);
        Subscription[] self = new Subscription[1];

        self[0] = store.observe(executor, c -> {
            self[0].close();
            told.add(c);
        });
        store.exec("INSERT INTO lokal VALUES(1)");
        next();
        next();
        assertFalse(self[0].isOpen());
        refused(Code.MISUSE, () -> store.observe(null, told::add));
        store.close();
        assertFalse(s.isOpen());
        s.close();
        s.close();
    }

    @Test
    void the_end_is_told_when_the_call_before_it_has_returned() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(2);
        Semaphore inside = new Semaphore(0), go = new Semaphore(0);
        BlockingQueue<String> order = new LinkedBlockingQueue<>();

        try {
            store.observe(pool, new ChangeListener() {
                @Override
                public void changed(Change change) {
                    inside.release();
                    go.acquireUninterruptibly();
                    order.add("changed");
                }

                @Override
                public void ended() {
                    order.add("ended");
                }
            });
            store.exec("INSERT INTO lokal VALUES(1)");
            inside.acquire();
            store.close();
            assertNull(order.poll(QUIET_MS, TimeUnit.MILLISECONDS));
            go.release();
            assertEquals("changed", order.poll(5, TimeUnit.SECONDS));
            assertEquals("ended", order.poll(5, TimeUnit.SECONDS));
        } finally {
            pool.shutdownNow();
        }
    }
}
