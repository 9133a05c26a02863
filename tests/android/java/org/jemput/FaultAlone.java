/* Each allocation fails once in native methods: NOMEM comes of it as an exception, or the call gets through; never a crash, a lock that stays taken,
 * or memory that is lost. In a JVM of its own, with the copy of the library that can do so (fault.c). */
package org.jemput;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.Arrays;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultAlone {
    private static final int STEP = Integer.getInteger("jemput.step", 5); // of calls that allocate much, every so many-th
    private static final String SCHEMA = "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nama TEXT); SELECT jemput_replicate('orang');"
        + "CREATE TABLE lokal(a INTEGER PRIMARY KEY, b); CREATE TABLE berkas(id BLOB PRIMARY KEY NOT NULL, owner_table TEXT NOT NULL,"
        + "owner_key BLOB NOT NULL, kind TEXT NOT NULL, mime TEXT NOT NULL, size INTEGER NOT NULL, content BLOB NOT NULL, urgent INTEGER,"
        + "received BLOB);"
        + "SELECT jemput_replicate('berkas', 'attachments=0')";

    static native void arm(long nth);

    static native boolean disarm();

    static native long blocks();

    private interface Call {
        void go();
    }

    private static final class Threw extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    @TempDir
    Path folder;
    private final byte[] key = utf8("0123456789abcdef0123456789ABCDEF");
    private long store;

    private static byte[] utf8(String s) {
        return Utf8.bytes(s);
    }

    private byte[] path(String name) {
        return utf8(folder.resolve(name).toString());
    }

    @BeforeEach
    void found() {
        store = Native.found(path("a.db"), utf8(SCHEMA), null, null, key);
        Native.script(store, utf8("INSERT INTO orang VALUES('a', 'b'); INSERT INTO lokal VALUES(1, zeroblob(3000)), (2, 'x')"));
    }

    /** Nothing is left of a failure: the same memory is in use afterwards, but for a block or two that the engine keeps for the next time. */
    private void loop(int step, Call call) {
        long more = growing(step, call);

        assertTrue(more < 3, () -> more + " blocks that nobody gives back");
    }

    /** Of a call that writes, so that SQLite keeps more pages: how many more blocks. */
    private long growing(int step, Call call) {
        int failed = 0;
        boolean met = true;

        call.go(); // what is made once
        long blocks = blocks();

        for (int n = 0; met; n += step) {
            arm(n);
            try {
                call.go();
                met = disarm();
            } catch (JemputException e) {
                met = disarm();
                assertTrue(met, () -> "without a reason: " + e);
                assertEquals(Code.NOMEM, e.status(), e.getMessage());
                failed++;
            } finally {
                disarm();
            }
            Native.inTransaction(store); // it can be used
        }
        assertTrue(failed > 0, "no allocation failed");
        call.go();
        return blocks() - blocks;
    }

    /** What came of sync and bundles, which do not throw for it. */
    private static void outcome(byte[] packed) {
        Packed in = new Packed(packed);
        int code = in.i32();

        if (code != 0)
            throw new JemputException(Code.of(code), in.text());
    }

    private final Upcall counted = new Upcall() {
        @Override
        boolean item(int kind, byte[] packed) {
            return true;
        }
    };

    private static byte[] choice() {
        return new Packer().text(utf8("orang")).i32(1).value("a").i32(1).text(utf8("nama")).value("c").i32(0).i32(0).i32(0).text(utf8("sebab"))
            .take();
    }

    @Test
    void statements() {
        loop(1, () -> Native.finish(Native.prepare(store, utf8("SELECT * FROM lokal WHERE a > ?"), Native.PREPARE_KEEP)));
        long select = Native.prepare(store, utf8("SELECT * FROM lokal WHERE a > ?"), 0);
        long insert = Native.prepare(store, utf8("INSERT OR REPLACE INTO orang VALUES(?, ?)"), 0);
        byte[] values = new Packer().values("k", "v").take();
        byte[] out = new byte[5000];

        loop(1, () -> Native.shape(select));
        loop(1, () -> Native.parameter(select, utf8("?1")));
        loop(1, () -> Native.bind(select, 1, new Packer().values("12345").take()));
        loop(1, () -> Native.run(insert, values));
        Native.bind(select, 1, new Packer().values(0).take());
        loop(1, () -> {
            Native.reset(select);
            assertEquals(Native.WINDOW_END | 2, Native.window(select, out, 9));
        });
        loop(1, () -> Native.script(store, utf8("INSERT OR REPLACE INTO lokal VALUES(2, 'x')")));
        loop(1, () -> Native.tablesRead(store, utf8("SELECT * FROM lokal, orang")));
    }

    @Test
    void scratch_that_cannot_grow_loses_no_row() {
        long select = Native.prepare(store, utf8("SELECT b FROM lokal ORDER BY a"), 0);
        byte[] out = new byte[9000];

        arm(0); // the first window of this store
        try {
            Native.window(select, out, 9);
        } catch (JemputException e) {
            assertEquals(Code.NOMEM, e.status());
        }
        disarm();
        assertEquals(Native.WINDOW_END | 2, Native.window(select, out, 9));
        assertEquals(4, out[0]);
        Native.finish(select);
    }

    @Test
    void a_store_that_is_closed_takes_its_statements_and_its_observer_along() {
        long sink = Native.sinkNew();
        long blocks = 0;

        for (int i = 0; i < 3; i++) {
            long other = Native.beside(store);

            Native.observe(other, sink, i);
            for (int k = 0; k < 5; k++)
                Native.window(Native.prepare(other, utf8("SELECT * FROM lokal"), 0), new byte[5000], 1);
            Native.close(other);
            if (i == 0)
                blocks = blocks();
        }
        assertEquals(blocks, blocks());
    }

    @Test
    void changes() {
        loop(1, () -> Native.sinkClose(Native.sinkNew()));
        long sink = Native.sinkNew();

        growing(1, () -> {
            Native.observe(store, sink, 1);
            Native.observe(store, 0, 0);
        });
        Native.observe(store, sink, 3);
        for (int n = 0; n < 60; n++) {
            arm(n); // noting a change: what there is no memory for is told as "any table"
            try {
                Native.script(store, utf8("UPDATE lokal SET b = " + n + " WHERE a = 2"));
                disarm();
                byte[] told = Native.sinkWait(sink, 1000);
                int at = n;

                assertNotNull(told, () -> "nothing was told when allocation " + at + " had failed");
                Packed in = new Packed(told);

                assertEquals(1, in.i32());
                assertEquals(3, in.i32());
                int what = in.i32();

                assertTrue((what & 4) != 0 || in.texts(in.i32()).contains("lokal"));
            } catch (JemputException e) {
                disarm();
                assertEquals(Code.NOMEM, e.status());
                Native.sinkWait(sink, 0);
            }
        }
        boolean met = true;

        for (int n = 0; met; n++) {
            int at = n;

            Native.script(store, utf8("UPDATE lokal SET b = random() WHERE a = 2"));
            arm(n);
            try {
                assertNotNull(Native.sinkWait(sink, 1000), () -> "nothing was told at allocation " + at);
            } catch (JemputException e) {
                assertEquals(Code.NOMEM, e.status());
                met = disarm();
                assertNotNull(Native.sinkWait(sink, 0), "what could not be told is told later");
                continue;
            }
            met = disarm();
        }
        Native.sinkClose(sink);
    }

    @Test
    void a_statement_whose_columns_cannot_be_told_is_given_back() {
        Link link = new Link(store);

        loop(1, () -> new Prepared(link, "SELECT * FROM lokal WHERE a > ?", Prepared.ONCE, true).finish());
    }

    @Test
    void opening_and_what_needs_no_store() {
        loop(1, () -> Native.hubInit(path("hub")));
        loop(1, () -> Native.sealing(path("a.db")));
        loop(1, () -> Native.temporary(path("tmp")));
        loop(STEP * 31, () -> Native.close(Native.open(path("a.db"), null, key, null)));
        loop(STEP * 31, () -> Native.close(Native.beside(store)));
        loop(STEP * 31, () -> {
            Native.lock(store);
            try {
                Native.unlock(store, null, key, null);
            } finally {
                disarm();
                Native.unlock(store, null, key, null);
            }
        });
    }

    @Test
    void looks_and_acts() {
        loop(STEP, () -> Native.info(store));
        loop(STEP, () -> Native.list(store, Native.LIST_DEVICES, counted));
        loop(STEP, () -> Native.history(store, utf8("orang"), new Packer().i32(1).value("a").take(), counted));
        loop(STEP, () -> Native.attachmentCount(store));
        growing(STEP, () -> Native.attach(store, utf8("orang"), new Packer().i32(1).value("a").take(), utf8("foto"), utf8("text/plain"),
            new ByteArrayInputStream(new byte[20000]), 0));
        loop(STEP, () -> Native.attachments(store, null, null, counted));
        byte[] photo = Arrays.copyOf(Native.attach(store, utf8("orang"), new Packer().i32(1).value("a").take(), utf8("foto"), utf8("text/plain"),
            new ByteArrayInputStream(new byte[9]), 0), 16);

        loop(STEP, () -> assertEquals(9, Native.attachmentPart(store, photo, 0, new byte[20], 20)));
        growing(STEP, () -> Native.decide(store, choice()));
        growing(STEP * 3, () -> Native.invite(store, utf8("petugas"), null, null, 4000000000000L));
        growing(STEP * 3, () -> {
            Native.script(store, utf8("INSERT OR REPLACE INTO orang VALUES('x', random())"));
            Native.seal(store);
        });
    }

    @Test
    void sync_and_bundles() {
        byte[] hub = path("hub");

        Native.hubInit(hub);
        growing(STEP * 13, () -> outcome(Native.sync(store, hub, null, null, 0, false, null, counted)));
        loop(STEP * 13, () -> Native.bundleMake(store, path("bundle.tmp"), new ByteArrayOutputStream(), true, null, 0, counted));
        HttpBridge none = new HttpBridge() {
            @Override
            byte[] exchange(long call, byte[] url, byte[][] headers, boolean post, long bodyBytes, long deadlineMs, long stallMs,
                long answerMs) {
                assertTrue(Arrays.equals(url, 0, 20, utf8("http://localhost:9/a"), 0, 20));
                throw new Threw();
            }

            @Override
            void close() {
            }
        };

        loop(STEP * 3, () -> {
            try {
                Native.sync(store, utf8("http://localhost:9/a"), null, null, 0, false, none, counted);
            } catch (Threw e) {
                return; // it goes before every status
            }
        });
    }
}
