/* Eight threads that call anything at any moment on the same stores: only JemputException comes of it, nothing hangs, and the stores are whole. In a
 * JVM of its own; -Djemput.seed=N -Djemput.calls=N. */
package org.jemput.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

import org.jemput.Attaching;
import org.jemput.Bundling;
import org.jemput.Cancel;
import org.jemput.Code;
import org.jemput.Config;
import org.jemput.Cursor;
import org.jemput.Jemput;
import org.jemput.JemputException;
import org.jemput.Key;
import org.jemput.KeyWrapper;
import org.jemput.LeakListener;
import org.jemput.Query;
import org.jemput.Savepoint;
import org.jemput.Secret;
import org.jemput.Statement;
import org.jemput.Store;
import org.jemput.Subscription;
import org.jemput.Transport;
import org.jemput.Tx;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RandomAlone {
    private static final Set<Code> POSSIBLE = EnumSet.of(Code.MISUSE, Code.IO, Code.BUSY, Code.DENIED, Code.CANCELLED, Code.LOCKED);
    private static final int THREADS = 8;
    private static final int STORES = 3;
    private static final int HANG_S = 60;
    private static final String LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) "
        + "SELECT i, printf('%050d', i) FROM n";

    @TempDir
    Path folder;
    private final long seed = Long.getLong("jemput.seed", System.nanoTime());
    private final int calls = Integer.getInteger("jemput.calls", 60_000);
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicReferenceArray<Store> stores = new AtomicReferenceArray<>(STORES);
    private final Map<Code, Integer> codes = Collections.synchronizedMap(new EnumMap<>(Code.class));
    private final List<Throwable> wrong = Collections.synchronizedList(new ArrayList<>());
    private final List<Thread> threads = new ArrayList<>();
    private final ExecutorService listeners = Executors.newFixedThreadPool(2);

    /** Thrown by our own callbacks. */
    private static final class Ours extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static final KeyWrapper WRAPPER = new KeyWrapper() {
        @Override
        public byte[] wrap(byte[] key) {
            return key.clone();
        }

        @Override
        public byte[] unwrap(byte[] wrapped) {
            return wrapped.clone();
        }
    };

    private File file(int i) {
        return folder.resolve(i + ".db").toFile();
    }

    private Store open(int i) {
        try (Secret key = Secret.key(WRAPPER)) {
            return Jemput.open(Config.of(file(i)).secret(key).readers(12));
        }
    }

    private void found(File hub) {
        try (Secret key = Secret.key(WRAPPER)) {
            stores.set(0, Jemput.create(Config.of(file(0)).secret(key).readers(12), World.SCHEMA, null));
            for (int i = 1; i < STORES; i++) {
                byte[] invitation = stores.get(0).invite("petugas", "", hub.getPath(), System.currentTimeMillis() + 3_600_000);

                stores.set(i, Jemput.join(Config.of(file(i)).secret(key).readers(12), invitation, null));
            }
        }
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < STORES; i++)
                stores.get(i).sync(Transport.folder(hub), 0, null, null);
        }
    }

    /** One thread: its own randomness, and what it has left half done. */
    private final class Caller implements Runnable {
        private final Random random;
        private final List<Cursor> cursors = new ArrayList<>();
        private final List<Subscription> subscriptions = new ArrayList<>();
        private Tx oldTx;
        private Statement oldStatement;

        Caller(int number) {
            random = new Random(seed * 31 + number);
        }

        @Override
        public void run() {
            while (done.incrementAndGet() <= calls && wrong.isEmpty()) {
                try {
                    call(random.nextInt(STORES));
                } catch (JemputException e) {
                    codes.merge(e.status(), 1, Integer::sum);
                    if (!POSSIBLE.contains(e.status()))
                        wrong.add(e);
                } catch (Ours e) {
                    codes.merge(Code.OTHER, 1, Integer::sum);
                } catch (Throwable e) {
                    wrong.add(e);
                }
                Thread.interrupted();
            }
            for (Cursor c : cursors)
                c.close();
            for (Subscription s : subscriptions)
                s.close();
        }

        private boolean one(int in) {
            return random.nextInt(in) == 0;
        }

        private void call(int i) throws IOException {
            Store s = stores.get(i);
            int what = random.nextInt(1000);

            if (what < 4)
                reopen(i, s);
            else if (what < 8)
                lock(s);
            else if (what < 14)
                sync(s);
            else if (what < 24)
                travel(s);
            else if (what < 80)
                look(s);
            else if (what < 110)
                observe(s);
            else if (what < 130)
                afterwards(s);
            else if (what < 420)
                write(s);
            else
                read(s);
        }

        private void reopen(int i, Store s) {
            if (one(2)) {
                s.close();
                s.close();
            }
            if (!s.isOpen()) {
                Store made = open(i);

                if (!stores.compareAndSet(i, s, made))
                    made.close();
            }
        }

        private void lock(Store s) {
            try (Secret key = Secret.key(WRAPPER)) {
                if (one(3))
                    s.lock();
                s.unlock(key);
            }
        }

        private void sync(Store s) {
            Cancel cancel = new Cancel();
            int at = random.nextInt(12);
            int[] step = new int[1];

            if (one(5))
                cancel.cancel();
            s.sync(null, one(4) ? 1 + random.nextInt(20) : 0, one(2) ? cancel : null, p -> {
                if (step[0]++ < at)
                    return true;
                if (one(4))
                    throw new Ours();
                if (one(4))
                    threads.get(random.nextInt(THREADS)).interrupt();
                if (one(4))
                    s.exec("INSERT INTO nomor(kode, jumlah) VALUES('x', 1) ON CONFLICT(kode) DO UPDATE SET jumlah = jumlah + 1");
                if (one(8))
                    s.close();
                cancel.cancel();
                return !one(3);
            });
        }

        /* Mostly: what takes long is not to be all that is done. */
        private Cancel cancelled() {
            Cancel c = new Cancel();

            if (!one(50))
                c.cancel();
            return c;
        }

        private void travel(Store s) {
            switch (random.nextInt(7)) {
            case 5:
                s.verify(cancelled(), p -> !one(20));
                break;
            case 6:
                s.rebuild(cancelled(), p -> !one(20));
                break;
            case 0:
                s.exportBundle(Bundling.to(new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        if (one(2))
                            throw new Ours();
                        throw new IOException("x");
                    }
                }).full().attachments(one(2) ? 0 : 1000), null, null);
                break;
            case 1:
                takeNothing(s);
                break;
            case 2:
                byte[] row = s.one("SELECT id FROM orang LIMIT 1", at -> at.getBytes(0));

                if (row != null)
                    s.attachments().add(Attaching.of(Key.of("orang", (Object) row), new ByteArrayInputStream(new byte[random.nextInt(3000)])));
                break;
            case 3:
                s.attachments().all(a -> {
                    if (one(90))
                        s.close();
                    if (one(9))
                        throw new Ours();
                    return !one(9);
                });
                break;
            default:
                s.seal();
            }
        }

        /* No bundle: that is what CORRUPT says here. */
        private void takeNothing(Store s) {
            try {
                s.importBundle((at, out, n) -> {
                    if (one(2))
                        throw new Ours();
                    return 0;
                }, null, null);
            } catch (JemputException e) {
                if (e.status() != Code.CORRUPT)
                    throw e;
            }
        }

        private void look(Store s) {
            switch (random.nextInt(10)) {
            case 0:
                s.conflicts(c -> {
                    if (one(3))
                        s.status();
                    if (one(9))
                        throw new Ours();
                    return !one(5);
                });
                break;
            case 1:
                s.held();
                break;
            case 2:
                if (one(20)) // it reads all logs, which grow with every call
                    s.history(Key.of("unik", "u7"));
                break;
            case 3:
                s.delivery(Key.of("unik", "u7"));
                break;
            case 4:
                s.attachments().counts();
                break;
            case 5:
                s.cases();
                break;
            case 6:
                s.devices();
                break;
            case 7:
                s.refused();
                break;
            default:
                s.status();
            }
        }

        private void observe(Store s) {
            if (subscriptions.size() > 4)
                subscriptions.remove(random.nextInt(subscriptions.size())).close();
            else if (one(2))
                subscriptions.add(s.observe(one(5) ? Runnable::run : listeners, c -> {
                    if (c.number() % 7 == 0)
                        throw new Ours();
                    if (c.number() % 5 == 0)
                        s.query("SELECT count(*) FROM orang").close();
                }, one(2) ? new String[0] : new String[] {"orang"}));
            else
                subscriptions.add(s.observe(Query.of("SELECT * FROM nomor"), listeners, c -> { }));
        }

        /* What has ended is used once more. */
        private void afterwards(Store s) {
            if (oldTx != null && one(2))
                oldTx.exec("DELETE FROM nomor");
            if (oldStatement != null && one(2))
                oldStatement.run();
            if (!cursors.isEmpty())
                cursors.get(0).close();
            if (one(10))
                threads.get(random.nextInt(THREADS)).interrupt();
            s.exec(one(2) ? "KELIRU" : "INSERT INTO unik VALUES(NULL, NULL, NULL)");
        }

        private void write(Store s) {
            if (one(2)) {
                s.exec("INSERT INTO orang(id, nama, lahir) VALUES(jemput_id(), ?, ?)", "n" + random.nextInt(), random.nextInt(9));
                return;
            }
            s.write(tx -> {
                oldTx = tx;
                tx.exec("INSERT INTO nomor(kode, jumlah) VALUES('x', 1) ON CONFLICT(kode) DO UPDATE SET jumlah = jumlah + 1");
                try (Savepoint p = tx.savepoint()) {
                    tx.exec("INSERT OR IGNORE INTO unik VALUES(?, ?, 1)", "u" + random.nextInt(50), "k" + random.nextInt(50));
                    if (one(2))
                        p.release();
                }
                if (one(4)) {
                    oldStatement = tx.prepare("UPDATE orang SET lahir = ? WHERE lahir = ?");
                    oldStatement.bindAll(random.nextInt(9), 10).run();
                }
                if (one(4))
                    tx.query("SELECT * FROM orang").next();
                if (one(6))
                    s.write(in -> in.exec("DELETE FROM unik WHERE id = ?", "u" + random.nextInt(50)));
                if (one(12))
                    throw new Ours();
                if (one(600))
                    s.close();
                return null;
            });
        }

        private void read(Store s) {
            if (cursors.size() > 2)
                cursors.remove(random.nextInt(cursors.size())).close();
            if (!cursors.isEmpty() && one(2)) {
                Cursor c = cursors.get(random.nextInt(cursors.size()));

                for (int left = random.nextInt(2000); left > 0 && c.next(); left--)
                    c.getString(1);
                return;
            }
            if (one(20)) {
                cursors.add(s.query(LONG));
                return;
            }
            s.one("SELECT nama, lahir FROM orang WHERE lahir = ? LIMIT 3", at -> at.getString(0) + at.getLong(1), random.nextInt(9));
        }
    }

    /* Hanging is when no call ends any more, however many there are to make. */
    private void watch() throws InterruptedException {
        long since = System.nanoTime();
        int seen = 0;

        for (Thread t : threads) {
            while (t.isAlive() && System.nanoTime() - since < HANG_S * 1_000_000_000L) {
                t.join(1000);
                if (done.get() != seen)
                    since = System.nanoTime();
                seen = done.get();
            }
            if (!t.isAlive())
                continue;
            System.out.println("it hangs: seed " + seed);
            Thread.getAllStackTraces().forEach((thread, stack) -> {
                System.out.println(thread);
                for (StackTraceElement at : stack)
                    System.out.println("    " + at);
            });
            Runtime.getRuntime().halt(1);
        }
    }

    @Test
    void anything_at_any_moment() throws Exception {
        File hub = folder.resolve("hub").toFile();

        System.out.println("seed " + seed + ", " + calls + " calls");
        Jemput.onLeak(new LeakListener() {
            @Override
            public void leaked(String kind, Throwable where) {
                codes.merge(Code.OK, 1, Integer::sum);
            }

            @Override
            public void trouble(String what, Throwable cause) {
                if (!(cause instanceof Ours) && !(cause instanceof JemputException))
                    wrong.add(cause);
            }
        });
        Jemput.makeHub(hub);
        found(hub);
        for (int i = 0; i < THREADS; i++)
            threads.add(new Thread(new Caller(i), "caller " + i));
        for (Thread t : threads)
            t.start();
        watch();
        listeners.shutdown();
        System.out.println(codes);
        for (int i = 0; i < STORES; i++)
            stores.get(i).close();
        for (Throwable e : wrong)
            e.printStackTrace(System.out);
        assertTrue(wrong.isEmpty(), "seed " + seed + ": " + wrong);
        for (int i = 0; i < STORES; i++) {
            try (Store s = open(i)) {
                assertEquals(Collections.emptyList(), s.verify(null, null), "seed " + seed);
            }
        }
        assertTrue(codes.getOrDefault(Code.MISUSE, 0) > 0 && codes.getOrDefault(Code.CANCELLED, 0) > 0, codes.toString());
    }
}
