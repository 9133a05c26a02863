/* What was forgotten is told once, and closed. */
package org.jemput.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.jemput.Config;
import org.jemput.Cursor;
import org.jemput.Jemput;
import org.jemput.LeakListener;
import org.jemput.Secret;
import org.jemput.Store;
import org.jemput.Subscription;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeakTest {
    private static final String LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n";

    @TempDir
    Path folder;
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    @BeforeEach
    void a_listener() throws Exception {
        gc(3); // what other tests have left behind
        Jemput.onLeak(new LeakListener() {
            @Override
            public void leaked(String kind, Throwable where) {
                told.add(kind + (where == null ? "" : where.getStackTrace()[3].getMethodName()));
            }

            @Override
            public void trouble(String what, Throwable cause) {
                told.add(what + cause);
            }
        });
    }

    private static final int LOOKS = 40;

    /** The first that is told; null: nothing is, after a few collections. */
    private String gc(int looks) throws Exception {
        for (int i = 0; i < looks; i++) {
            System.gc();
            String kind = told.poll(i < 4 ? 25 : 100, TimeUnit.MILLISECONDS);

            if (kind != null)
                return kind;
        }
        return null;
    }

    private String gc() throws Exception {
        return gc(LOOKS);
    }

    private File file() {
        return folder.resolve("a.db").toFile();
    }

    @Test
    void a_cursor_that_was_forgotten_gives_its_connection_back() throws Exception {
        try (Store s = Jemput.create(Config.of(file()).readers(1), World.SCHEMA, null)) {
            forget(s);
            assertEquals("Cursor", gc());
            assertEquals(1, s.<Long>one("SELECT 1", at -> at.getLong(0)));
            assertTrue(told.isEmpty());
        }
    }

    private static void forget(Store s) {
        Cursor at = s.query(LONG);

        assertTrue(at.next());
    }

    @Test
    void a_store_that_was_forgotten_is_closed() throws Exception {
        forgetStore();
        assertEquals("Store", gc());
        try (Secret pin = Secret.pin("11223344".toCharArray())) {
            Jemput.protect(file(), null, pin); // which nobody may have open
        }
    }

    private void forgetStore() {
        Store s = Jemput.create(Config.of(file()), World.SCHEMA, null);

        s.one("SELECT 1", at -> at.getLong(0));
    }

    @Test
    void a_listener_that_knows_its_store_does_not_keep_it() throws Exception {
        forgetListener();
        List<String> kinds = new ArrayList<>();

        while (kinds.size() < 2) {
            String kind = gc();

            kinds.add(kind);
            if (kind == null || kind.equals("Store"))
                break;
        }
        assertTrue(kinds.contains("Store"), kinds.toString());
    }

    private void forgetListener() {
        Store s = Jemput.create(Config.of(file()), World.SCHEMA, null);
        Subscription[] self = new Subscription[1];

        self[0] = s.observe(Runnable::run, c -> assertNotNull(self[0] == null ? s : self[0]));
    }

    @Test
    void where_it_was_made_is_told_on_request() throws Exception {
        try (Store s = Jemput.create(Config.of(file()), World.SCHEMA, null)) {
            Jemput.traceLeaks(true);
            forget(s);
            String kind = gc();

            assertTrue(kind.startsWith("Cursor") && kind.length() > 6, kind);
        } finally {
            Jemput.traceLeaks(false);
        }
    }

    @Test
    void what_was_closed_by_something_else_is_no_leak() throws Exception {
        Cursor[] kept = new Cursor[1];

        try (Store s = Jemput.create(Config.of(file()), World.SCHEMA, null)) {
            s.write(tx -> {
                tx.prepare("SELECT 1");
                kept[0] = tx.query(LONG);
                return null;
            });
            forget(s);
            s.observe(Runnable::run, c -> { });
        }
        assertFalse(kept[0] == null);
        kept[0] = null;
        assertNull(gc(4));
    }
}
