/* What C holds to by itself: threads call native methods on the same handles in no order, without the locks of the classes above, close what others
 * use, and throw out of what is called back. Only JemputException comes of it, and nothing hangs. */
package org.jemput;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class MemoryTest {
    private static final int THREADS = 4;
    private static final int CALLS = Integer.getInteger("jemput.calls", 4000);
    private static final int STORES = 3;
    private static final int STATEMENTS = 8;
    private static final String SCHEMA = "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nama TEXT); SELECT jemput_replicate('orang');"
        + "CREATE TABLE lokal(a INTEGER PRIMARY KEY, b); CREATE TABLE berkas(id BLOB PRIMARY KEY NOT NULL, owner_table TEXT NOT NULL,"
        + "owner_key BLOB NOT NULL, kind TEXT NOT NULL, mime TEXT NOT NULL, size INTEGER NOT NULL, content BLOB NOT NULL, urgent INTEGER,"
        + "received BLOB); SELECT jemput_replicate('berkas', 'attachments=0')";
    private static final String[] SQL = {"SELECT * FROM orang", "SELECT a, b FROM lokal WHERE a > ?", "INSERT INTO lokal(b) VALUES(?)",
        "DELETE FROM lokal", "INSERT OR REPLACE INTO orang VALUES('x', ?)", "SELECT * FROM jemput_conflict", "SELEC", "UPDATE orang SET nama = ?",
        "SELECT 1; SELECT 2"};

    /** Thrown out of upcalls; has to come out of the native method. */
    private static final class Thrown extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    @TempDir
    Path folder;
    private final byte[] key = utf8("0123456789abcdef0123456789ABCDEF");
    private byte[] hub;
    private long store;

    private static byte[] utf8(String s) {
        return Utf8.bytes(s);
    }

    private static byte[] value(Object v) {
        return new Packer().value(v).take();
    }

    @BeforeEach
    void found() {
        hub = utf8(folder.resolve("hub").toString());
        Native.hubInit(hub);
        store = Native.found(utf8(folder.resolve("a.db").toString()), utf8(SCHEMA), null, null, key);
    }

    @AfterEach
    void close() {
        Native.close(store);
    }

    private static void refused(Code code, Executable call) {
        assertEquals(code, assertThrows(JemputException.class, call).status());
    }

    /* --- one thread --- */

    @Test
    void a_handle_of_another_kind_or_one_that_is_nearly_right_is_refused() {
        long closed = Native.beside(store);
        long statement = Native.prepare(store, utf8("SELECT 1"), 0);

        Native.close(closed);
        Native.close(closed);
        for (long h : new long[] {closed, 0, -1, Long.MAX_VALUE, Long.MIN_VALUE, statement, store + 1, store ^ 1L << 40}) {
            refused(Code.MISUSE, () -> Native.seal(h));
            refused(Code.MISUSE, () -> Native.prepare(h, utf8("SELECT 1"), 0));
            refused(Code.MISUSE, () -> Native.sync(h, hub, null, null, 0, false, null, null));
        }
        for (long h : new long[] {store, closed, 0, -1, statement + 1}) {
            refused(Code.MISUSE, () -> Native.run(h, null));
            refused(Code.MISUSE, () -> Native.window(h, new byte[8], 1));
            Native.finish(h);
            Native.reset(h);
        }
        assertEquals(Native.WINDOW_END | 1, Native.window(statement, new byte[64], 9));
    }

    @Test
    void a_statement_outlives_its_store_as_a_handle_alone() {
        long other = Native.beside(store);
        long statement = Native.prepare(other, utf8("SELECT 1"), 0);

        Native.close(other);
        refused(Code.MISUSE, () -> Native.run(statement, null));
        Native.reset(statement);
        Native.finish(statement);
        refused(Code.MISUSE, () -> Native.run(statement, null));
    }

    @Test
    void a_row_that_does_not_fit_waits_until_there_is_room() {
        Native.script(store, utf8("INSERT INTO lokal VALUES(1, 'a'), (2, '" + new String(new char[1000]).replace('\0', 'b') + "'), (3, 'c')"));
        long statement = Native.prepare(store, utf8("SELECT b FROM lokal ORDER BY a"), Native.PREPARE_READS);

        assertEquals(1, Native.window(statement, new byte[500], 9));
        assertEquals(-1005, Native.window(statement, new byte[500], 9));
        assertEquals(-1005, Native.window(statement, new byte[1004], 9));
        assertEquals(1, Native.window(statement, new byte[1005], 9));
        assertEquals(Native.WINDOW_END | 1, Native.window(statement, new byte[6], 9));
        assertEquals(1, Native.window(statement, new byte[500], 1)); // from the beginning: the end has reset it
        Native.finish(statement);
    }

    @Test
    void rows_that_changed_are_counted_of_this_statement_alone() {
        long insert = Native.prepare(store, utf8("INSERT INTO lokal(b) VALUES(?)"), 0);
        long update = Native.prepare(store, utf8("UPDATE lokal SET b = 1 WHERE a > ?"), 0);
        long select = Native.prepare(store, utf8("SELECT ?"), 0);

        assertEquals(1, Native.run(insert, value("x")));
        assertEquals(1, Native.run(insert, value("y")));
        assertEquals(0, Native.run(select, value("y")));
        assertEquals(0, Native.run(update, value(5)));
        assertEquals(2, Native.run(update, value(0)));
        refused(Code.MISUSE, () -> Native.run(insert, new Packer().values(1, 2).take()));
        refused(Code.MISUSE, () -> Native.run(insert, new byte[] {3, 9, 0, 0, 0, 1}));
        refused(Code.MISUSE, () -> Native.bind(insert, 2, value(1)));
        refused(Code.MISUSE, () -> Native.bind(insert, 0, value(1)));
        Native.bind(insert, 1, value("z"));
        assertEquals(1, Native.run(insert, null));
    }

    @Test
    void what_is_called_back_may_not_use_the_handle_and_comes_out_if_it_throws() {
        List<Integer> told = new ArrayList<>();
        Upcall back = new Upcall() {
            @Override
            boolean item(int kind, byte[] packed) {
                told.add(kind);
                refused(Code.MISUSE, () -> Native.seal(store));
                refused(Code.MISUSE, () -> Native.lock(store));
                refused(Code.MISUSE, () -> Native.sync(store, hub, null, null, 0, false, null, null));
                Native.script(store, utf8("INSERT INTO lokal(b) VALUES(1)")); // the app's connection may be used
                long beside = Native.beside(store);

                Native.info(beside);
                Native.close(beside);
                if (told.size() == 2)
                    throw new Thrown();
                return true;
            }
        };

        Native.script(store, utf8("INSERT INTO orang VALUES('a', 'b')"));
        assertThrows(Thrown.class, () -> Native.sync(store, hub, null, null, 0, false, null, back));
        assertEquals(2, told.size());
        assertEquals(0, new Packed(Native.sync(store, hub, null, null, 0, false, null, null)).i32());
    }

    @Test
    void changes_are_told_once_and_outlive_the_handle_that_made_them() {
        long sink = Native.sinkNew();
        long other = Native.beside(store);

        Native.observe(store, sink, 11);
        Native.observe(other, sink, 12);
        assertNull(Native.sinkWait(sink, 0));
        Native.script(store, utf8("INSERT INTO lokal(b) VALUES(1); INSERT INTO orang VALUES('a', 'b'); BEGIN; DELETE FROM orang; ROLLBACK"));
        Native.script(other, utf8("UPDATE lokal SET b = 2"));
        Native.close(other);
        Packed in = new Packed(Native.sinkWait(sink, 5000));

        assertEquals(2, in.i32());
        for (int i = 0; i < 2; i++) {
            int tag = in.i32();

            assertEquals(1, in.i32());
            List<String> tables = in.texts(in.i32());

            assertEquals(tag == 11 ? 2 : 1, tables.size());
            assertTrue(tables.contains("lokal"));
        }
        assertNull(Native.sinkWait(sink, 0));
        Native.observe(store, 0, 0);
        Native.script(store, utf8("DELETE FROM lokal"));
        assertNull(Native.sinkWait(sink, 0));
        Native.sinkClose(sink);
        Native.sinkClose(sink);
        assertNull(Native.sinkWait(sink, 60000)); // at once
        refused(Code.MISUSE, () -> Native.observe(store, sink, 1));
    }

    @Test
    void a_locked_store_keeps_its_handle_and_its_observer() {
        long sink = Native.sinkNew();
        long statement = Native.prepare(store, utf8("SELECT 1"), 0);

        Native.observe(store, sink, 5);
        refused(Code.BUSY, () -> Native.lock(store));
        Native.finish(statement);
        Native.lock(store);
        refused(Code.LOCKED, () -> Native.script(store, utf8("SELECT 1")));
        refused(Code.LOCKED, () -> Native.prepare(store, utf8("SELECT 1"), 0));
        refused(Code.LOCKED, () -> Native.beside(store));
        refused(Code.DENIED, () -> Native.unlock(store, null, new byte[32], null));
        refused(Code.MISUSE, () -> Native.unlock(store, null, new byte[31], null));
        Native.interrupt(store);
        Native.unlock(store, null, key, null);
        Native.script(store, utf8("INSERT INTO lokal(b) VALUES(1)"));
        assertEquals(1, new Packed(Native.sinkWait(sink, 5000)).i32());
        Native.sinkClose(sink);
    }

    @Test
    void a_stream_that_gives_more_than_it_was_asked_for_is_not_believed() {
        byte[] row = new Packer().i32(1).value("a").take();
        BundleSource source = (at, out, len) -> len + 1;
        InputStream lies = new InputStream() {
            @Override
            public int read() {
                return 0;
            }

            @Override
            public int read(byte[] out, int at, int len) {
                return len + 1;
            }
        };

        Native.script(store, utf8("INSERT INTO orang VALUES('a', 'b')"));
        assertThrows(JemputException.class, () -> Native.attach(store, utf8("orang"), row, utf8("foto"), utf8("text/plain"), lies, 0));
        refused(Code.MISUSE, () -> Native.bundleShow(null, source, null));
        assertEquals(Code.MISUSE.number(), new Packed(Native.bundleTake(store, null, source, null)).i32());
    }

    @Test
    void texts_with_a_nul_are_misuse_where_they_are_names_and_values_like_others() {
        refused(Code.MISUSE, () -> Native.script(store, utf8("SELECT 1\0")));
        refused(Code.MISUSE, () -> Native.prepare(store, utf8("SELECT\0 1"), 0));
        refused(Code.MISUSE, () -> Native.hubInit(utf8("a\0b")));
        refused(Code.MISUSE, () -> Native.open(null, null, null, null));
        long statement = Native.prepare(store, utf8("SELECT ?1, length(?1), typeof(?1)"), 0);
        byte[] out = new byte[64];

        Native.bind(statement, 1, value("a\0\ud83d\ude00"));
        assertEquals(Native.WINDOW_END | 1, Native.window(statement, out, 2));
        assertArrayEquals(new byte[] {3, 6, 0, 0, 0, 'a', 0, (byte) 0xf0, (byte) 0x9f, (byte) 0x98, (byte) 0x80}, Arrays.copyOf(out, 11));
    }

    /* --- many threads --- */

    private final AtomicLongArray stores = new AtomicLongArray(STORES);
    private final AtomicLongArray statements = new AtomicLongArray(STATEMENTS);
    private final AtomicInteger went = new AtomicInteger();
    private final ConcurrentLinkedQueue<Throwable> wrong = new ConcurrentLinkedQueue<>();

    private final class Player implements Runnable {
        private final Random random;
        private final long sink;
        private final byte[] window = new byte[300];

        Player(long seed, long sink) {
            random = new Random(seed);
            this.sink = sink;
        }

        private boolean rarely() {
            return random.nextInt(50) == 0;
        }

        private Upcall back(long on) {
            return new Upcall() {
                @Override
                boolean item(int kind, byte[] packed) {
                    if (rarely())
                        throw new Thrown();
                    if (rarely())
                        assertThrows(JemputException.class, () -> Native.seal(on));
                    if (rarely())
                        Native.close(on);
                    return !rarely();
                }
            };
        }

        private void onStore(int what, long s) {
            switch (what) {
            case 0: Native.script(s, utf8("INSERT INTO lokal(b) VALUES(" + random.nextInt() + ")")); break;
            case 1: Native.script(s, utf8("BEGIN IMMEDIATE; INSERT OR REPLACE INTO orang VALUES('" + random.nextInt(9) + "', 'b'); COMMIT")); break;
            case 2: Native.info(s); break;
            case 3: if (Native.inTransaction(s)) Native.script(s, utf8("ROLLBACK")); break; // an interrupted one stays open, and others wait
            case 4: Native.interrupt(s); break;
            case 5: Native.tablesRead(s, utf8(SQL[random.nextInt(SQL.length)])); break;
            case 6: Native.observe(s, random.nextBoolean() ? sink : 0, random.nextInt(9)); break;
            case 7: Native.list(s, 1 + random.nextInt(5), back(s)); break;
            case 8: Native.cancel(s); break;
            case 9: if (rarely()) Native.seal(s); break;
            case 10: if (rarely()) Native.sync(s, hub, null, null, 2000, false, null, back(s)); break;
            case 11: if (rarely()) Native.lock(s); break;
            case 12: Native.unlock(s, null, key, null); break;
            default: if (rarely()) Native.stateHash(s); break;
            }
        }

        private void onStatement(int what, long st) {
            switch (what) {
            case 0: Native.run(st, null); break;
            case 1: Native.run(st, value(random.nextInt())); break;
            case 2: Native.window(st, window, random.nextInt(20)); break;
            case 3: Native.bind(st, 1, value("x" + random.nextInt())); break;
            case 4: Native.bind(st, 1, null); break;
            case 5: Native.reset(st); break;
            case 6: Native.shape(st); break;
            default: Native.parameter(st, utf8("?1")); break;
            }
        }

        private void turn() {
            int place = random.nextInt(STORES);
            int at = random.nextInt(STATEMENTS);

            switch (random.nextInt(8)) {
            case 0:
                if (rarely())
                    Native.close(stores.getAndSet(place, Native.beside(store)));
                break;
            case 1:
                Native.finish(statements.getAndSet(at, Native.prepare(stores.get(place), utf8(SQL[random.nextInt(SQL.length)]), random.nextInt(4))));
                break;
            case 2:
                Native.finish(statements.get(at));
                break;
            case 3:
                Native.sinkWait(sink, random.nextInt(2));
                break;
            case 4:
            case 5:
                onStore(random.nextInt(14), stores.get(place));
                break;
            default:
                onStatement(random.nextInt(8), statements.get(at));
                break;
            }
        }

        @Override
        public void run() {
            for (int i = 0; i < CALLS; i++) {
                try {
                    turn();
                    went.incrementAndGet();
                } catch (JemputException | Thrown e) {
                    // either is allowed at any time: others have closed what is used here
                } catch (Throwable t) {
                    wrong.add(t);
                }
            }
        }
    }

    private static String stacks() {
        StringBuilder all = new StringBuilder();

        for (Map.Entry<Thread, StackTraceElement[]> t : Thread.getAllStackTraces().entrySet())
            all.append(t.getKey()).append(Arrays.toString(t.getValue())).append('\n');
        return all.toString();
    }

    @Test
    void threads_without_any_lock_of_javas_get_exceptions_and_nothing_worse() throws InterruptedException {
        long seed = Long.getLong("jemput.seed", 1);
        long sink = Native.sinkNew();
        List<Thread> threads = new ArrayList<>();

        for (int i = 0; i < STORES; i++)
            stores.set(i, Native.beside(store));
        for (int i = 0; i < THREADS; i++)
            threads.add(new Thread(new Player(seed + i, sink)));
        for (Thread t : threads)
            t.start();
        for (Thread t : threads) {
            t.join(90000);
            assertTrue(!t.isAlive(), MemoryTest::stacks);
        }
        for (int i = 0; i < STATEMENTS; i++)
            Native.finish(statements.get(i));
        for (int i = 0; i < STORES; i++)
            Native.close(stores.get(i));
        Native.sinkClose(sink);
        for (Throwable t : wrong)
            throw new AssertionError("seed " + seed, t);
        assertTrue(went.get() > CALLS, () -> went.get() + " calls went through; the others met what was closed, locked or wrong");
        assertEquals(0, new Packed(Native.verify(store, null)).i32());
    }
}
