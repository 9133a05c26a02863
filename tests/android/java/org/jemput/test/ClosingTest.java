/* Closing a store while an attachment is added on another thread: its stream may be slow, or hang. */
package org.jemput.test;

import static org.jemput.test.World.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import org.jemput.Attaching;
import org.jemput.Code;
import org.jemput.Config;
import org.jemput.Jemput;
import org.jemput.JemputException;
import org.jemput.Key;
import org.jemput.Store;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClosingTest {
    private static final long SOON_S = 30;

    @TempDir
    Path folder;
    private Store store;

    /** A few bytes, the last of them when they are let go. */
    private static final class Slow extends InputStream {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch go = new CountDownLatch(1);
        private int left = 100;

        @Override
        public int read() {
            begun.countDown();
            try {
                assertTrue(go.await(SOON_S, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return left-- > 0 ? 7 : -1;
        }
    }

    private Config config() {
        return Config.of(folder.resolve("a.db").toFile());
    }

    @BeforeEach
    void a_store_with_a_row() {
        store = Jemput.create(config(), World.SCHEMA, null);
        store.exec("INSERT INTO orang(id) VALUES(x'01')");
    }

    private static Attaching of(InputStream in) {
        return Attaching.of(Key.of("orang", new byte[] {1}), in).kind("foto").mime("image/png");
    }

    private CompletableFuture<byte[]> adding(Slow in) throws InterruptedException {
        CompletableFuture<byte[]> added = CompletableFuture.supplyAsync(() -> store.attachments().add(of(in)));

        assertTrue(in.begun.await(SOON_S, TimeUnit.SECONDS));
        return added;
    }

    private long kept() {
        try (Store again = Jemput.open(config())) {
            return again.one("SELECT count(*) FROM berkas", at -> at.getLong(0));
        }
    }

    @Test
    void a_store_is_closed_after_what_is_being_added_and_that_is_kept() throws Exception {
        Slow in = new Slow();
        CompletableFuture<byte[]> added = adding(in);
        CompletableFuture<Boolean> closed = CompletableFuture.supplyAsync(() -> {
            store.close();
            return added.isDone();
        });

        Thread.sleep(200);
        assertFalse(closed.isDone(), "something is still written");
        in.go.countDown();
        added.get(SOON_S, TimeUnit.SECONDS);
        closed.get(SOON_S, TimeUnit.SECONDS);
        assertEquals(1, kept());
    }

    @Test
    void of_a_stream_that_hangs_nothing_is_kept_and_nobody_waits_for_ever() throws Exception {
        Slow in = new Slow();
        CompletableFuture<byte[]> added = adding(in);

        store.close();
        assertFalse(added.isDone());
        in.go.countDown();
        ExecutionException e = assertThrows(ExecutionException.class, () -> added.get(SOON_S, TimeUnit.SECONDS));

        assertEquals(Code.MISUSE, ((JemputException) e.getCause()).status());
        assertEquals(0, kept());
    }

    @Test
    void a_stream_that_closes_its_store_does_not_wait_for_itself() {
        long begun = System.nanoTime();

        refused(Code.MISUSE, () -> store.attachments().add(of(new InputStream() {
            @Override
            public int read() {
                store.close();
                return 7;
            }
        })));
        assertTrue(System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(4));
        assertEquals(0, kept());
    }
}
