/* Hubs behind an address that answer wrongly, slowly, or not at all. */
package org.jemput.test;

import static org.jemput.test.World.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jemput.Blocking;
import org.jemput.Cancel;
import org.jemput.Code;
import org.jemput.Config;
import org.jemput.Jemput;
import org.jemput.JemputException;
import org.jemput.Store;
import org.jemput.Transport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpTest {
    private static final long SOON_MS = 300;
    private static final byte[] NONE = {};
    private static final String HANGING = "HTTP/1.1 200 OK\nContent-Type: application/x-git-upload-pack-result\nContent-Length: 100\n\n0";

    @TempDir
    Path folder;
    private Store store;

    @BeforeEach
    void a_store() {
        store = Jemput.create(Config.of(folder.resolve("a.db").toFile()), World.SCHEMA, null);
        store.exec("INSERT INTO orang(id) VALUES(jemput_id())");
    }

    @AfterEach
    void the_end() {
        store.close();
    }

    private JemputException failed(Code code, Server server) {
        return refused(code, () -> store.sync(Transport.https(server.url()), 0, null, null));
    }

    private static Server answering(String head, byte[] body) throws IOException {
        return new Server((r, out) -> {
            Server.say(out, head, body);
            return true;
        });
    }

    /** Milliseconds. */
    private interface Timed {
        long run() throws Exception;
    }

    /** The best of three: a machine may be busy with something else for a moment. */
    private static void soon(long limitMs, Timed timed) throws Exception {
        long took = timed.run();

        for (int i = 1; i < 3 && took >= limitMs; i++)
            took = timed.run();
        assertTrue(took < limitMs, took + " ms");
    }

    /** How long a sync took until it ended, after `end` was run. */
    private long endedBy(Server server, Cancel cancel, Runnable end) throws Exception {
        JemputException[] e = new JemputException[1];
        Thread t = new Thread(() -> e[0] = refused(Code.CANCELLED, () -> store.sync(Transport.https(server.url()), 0, cancel, null)));

        server.requests.clear();
        t.start();
        while (server.requests.isEmpty())
            Thread.sleep(5);
        Thread.sleep(60);
        long begun = System.nanoTime();

        if (end == null)
            t.interrupt();
        else
            end.run();
        t.join(5000);
        assertFalse(t.isAlive());
        assertNotNull(e[0].report());
        return (System.nanoTime() - begun) / 1_000_000;
    }

    @Test
    void a_read_that_hangs_ends_at_once_when_it_is_cancelled_or_interrupted() throws Exception {
        for (String head : new String[] {"", HANGING}) {
            Server[] self = new Server[1];

            try (Server server = new Server((r, out) -> {
                Server.say(out, head, NONE);
                return self[0].hang();
            })) {
                self[0] = server;
                soon(SOON_MS, () -> {
                    Cancel cancel = new Cancel();

                    return endedBy(server, cancel, cancel::cancel);
                });
                soon(SOON_MS, () -> endedBy(server, null, null));
            }
        }
        assertEquals(1, store.status().own.pending(), "and the store goes on");
    }

    @Test
    void a_deadline_holds_although_nothing_moves() throws Exception {
        Server[] self = new Server[1];

        try (Server server = new Server((r, out) -> self[0].hang())) {
            self[0] = server;
            soon(200 + SOON_MS, () -> {
                long begun = System.nanoTime();

                refused(Code.CANCELLED, () -> store.sync(Transport.https(server.url()), 200, null, null));
                long took = (System.nanoTime() - begun) / 1_000_000;

                assertTrue(took >= 190, took + " ms");
                return took;
            });
        }
    }

    @Test
    void connections_that_hang_are_left_behind_but_not_any_number_of_them() throws Exception {
        Server[] self = new Server[1];
        Cancel[] cancel = new Cancel[1];
        Transport there;

        try (Server server = new Server((r, out) -> {
            Server.say(out, HANGING, NONE);
            Thread.sleep(100); // so that it is read in the middle of the answer, where the JDK's disconnect() is of no help
            cancel[0].cancel();
            return self[0].hang();
        })) {
            self[0] = server;
            there = Transport.https(server.url());
            Code last = Code.CANCELLED;

            for (int i = 0; i < 12 && last == Code.CANCELLED; i++) {
                cancel[0] = new Cancel();
                last = assertThrows(JemputException.class, () -> store.sync(there, 0, cancel[0], null)).status();
            }
            assertEquals(Code.OFFLINE, last);
            assertTrue(server.requests.size() <= 8);
        }
        for (int i = 0; i < 50 && refused(Code.OFFLINE, () -> store.sync(there, 0, null, null)).getMessage().contains("too many"); i++)
            Thread.sleep(50);
        assertFalse(refused(Code.OFFLINE, () -> store.sync(there, 0, null, null)).getMessage().contains("too many"), "they have ended by now");
    }

    @Test
    void a_store_can_be_closed_while_the_hub_hangs() throws Exception {
        Server[] self = new Server[1];

        try (Server server = new Server((r, out) -> self[0].hang())) {
            self[0] = server;
            JemputException[] e = new JemputException[1];
            Thread t = new Thread(() -> e[0] = assertThrows(JemputException.class, () -> store.sync(Transport.https(server.url()), 0, null, null)));

            t.start();
            while (server.requests.isEmpty())
                Thread.sleep(5);
            long begun = System.nanoTime();

            store.close();
            assertTrue((System.nanoTime() - begun) / 1_000_000 < 5 * SOON_MS);
            t.join(1000);
            assertFalse(t.isAlive());
        }
    }

    @Test
    void a_redirection_is_told_and_not_followed() throws Exception {
        try (Server other = answering("HTTP/1.1 200 OK\nContent-Length: 0\n\n", NONE);
            Server server = answering("HTTP/1.1 302 Found\nLocation: " + other.url() + "\nContent-Length: 0\n\n", NONE)) {
            assertEquals(Blocking.Kind.TRUST, failed(Code.UNTRUSTED, server).report().blocking().kind);
            assertTrue(other.requests.isEmpty());
        }
    }

    @Test
    void a_hub_that_wants_to_be_left_alone_says_for_how_long() throws Exception {
        try (Server server = answering("HTTP/1.1 503 Later\nRetry-After: 7\nContent-Length: 3\n\nabc", NONE)) {
            JemputException e = failed(Code.BUSY, server);

            assertEquals(7, e.report().retryAfterS);
            assertEquals("7", e.report().blocking().item);
        }
        try (Server server = answering("HTTP/1.1 503 Later\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT\nContent-Length: 0\n\n", NONE)) {
            assertEquals(0, failed(Code.BUSY, server).report().retryAfterS);
        }
    }

    @Test
    void an_answer_that_is_cut_off_is_no_answer() throws Exception {
        for (String head : new String[] {"HTTP/1.1 200 OK\nContent-Length: 100\n\n0123456789",
            "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n20\nabc",
            "HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: 30\n\n\u001f\u008b\u0008", "HTTP/1.1 2", "HTTP"}) {
            try (Server server = new Server((r, out) -> {
                Server.say(out, head, NONE);
                return false;
            })) {
                failed(Code.OFFLINE, server);
            }
        }
    }

    @Test
    void a_kept_connection_that_was_closed_meanwhile_is_made_anew() throws Exception {
        int[] seen = new int[1];

        try (Server server = new Server((r, out) -> {
            seen[0]++;
            if (seen[0] == 1)
                return false; // closed without a word
            Server.say(out, "HTTP/1.1 503 Later\nRetry-After: 9\nContent-Length: 0\n\n", NONE);
            return true;
        })) {
            assertEquals(9, failed(Code.BUSY, server).report().retryAfterS);
        }
        try (Server server = new Server((r, out) -> false)) {
            failed(Code.OFFLINE, server);
            assertTrue(server.requests.size() <= 4, "but not for ever: " + server.requests.size());
        }
    }

    @Test
    void what_is_no_hub_is_told_as_such() throws Exception {
        try (Server server = answering("HTTP/1.1 404 No\nContent-Length: 0\n\n", NONE)) {
            failed(Code.NOTFOUND, server);
        }
        try (Server server = answering("HTTP/1.1 200 OK\nContent-Type: text/html; charset=utf-8\nContent-Length: 6\n\n<html>", NONE)) {
            failed(Code.OFFLINE, server); // a page to sign in at, perhaps
        }
        try (Server server = answering("HTTP/1.1 500 Rusak\nContent-Length: 200000\n\n", new byte[200_000])) {
            assertTrue(failed(failedCode(server), server).isDataSafe());
        }
        try (Server server = answering("SMTP ready\n\n", NONE)) {
            failed(Code.OFFLINE, server);
        }
        refused(Code.OFFLINE, () -> store.sync(Transport.https("http://127.0.0.1:1/x"), 0, null, null));
        refused(Code.MISUSE, () -> Transport.https("ftp://127.0.0.1/x"));
        refused(Code.MISUSE, () -> Transport.https(null));
    }

    private Code failedCode(Server server) {
        return assertThrows(JemputException.class, () -> store.sync(Transport.https(server.url()), 0, null, null)).status();
    }

    @Test
    void passwords_and_tokens_are_shown_to_this_machine_only() throws Exception {
        try (Server server = answering("HTTP/1.1 401 No\nWWW-Authenticate: Basic realm=\"x\"\nContent-Length: 4\n\nluar", NONE)) {
            assertEquals(Blocking.Kind.CREDENTIALS,
                refused(Code.DENIED, () -> store.sync(Transport.https(server.url()).password("siti", "r\u00e9".toCharArray()), 0, null, null))
                    .report().blocking().kind);
            String basic = server.requests.get(0).headers.get("authorization");

            assertEquals("Basic " + java.util.Base64.getEncoder().encodeToString("siti:r\u00e9".getBytes(StandardCharsets.UTF_8)), basic);
            server.requests.clear();
            refused(Code.DENIED, () -> store.sync(Transport.https(server.url()).token("abc".toCharArray()), 0, null, null));
            assertEquals("Bearer abc", server.requests.get(0).headers.get("authorization"));
            assertEquals("gzip", server.requests.get(0).headers.get("accept-encoding"));
        }
        refused(Code.UNTRUSTED, () -> store.sync(Transport.https("http://hub.invalid/x").token("abc".toCharArray()), 0, null, null));
    }

    @Test
    void a_hub_that_asks_for_jemputs_own_token_gets_one() throws Exception {
        String head = "HTTP/1.1 401 No\nWWW-Authenticate: Basic realm=x\nWWW-Authenticate: Jemput now=1800000000\nContent-Length: 0\n\n";

        try (Server server = answering(head, NONE)) {
            failed(Code.DENIED, server);
            assertTrue(server.requests.stream().anyMatch(r -> r.headers.getOrDefault("authorization", "").startsWith("Jemput ")));
        }
    }

    @Test
    void an_app_may_open_connections_and_make_exchanges_itself() throws Exception {
        try (Server server = answering("HTTP/1.1 404 No\nContent-Length: 0\n\n", NONE)) {
            List<String> opened = new ArrayList<>();

            refused(Code.NOTFOUND, () -> store.sync(Transport.https(server.url()).over(url -> {
                opened.add(url.getPath());
                return url.openConnection();
            }), 0, null, null));
            assertEquals(1, opened.size());
        }
        refused(Code.OFFLINE, () -> store.sync(Transport.https("http://127.0.0.1/x").over(url -> {
            throw new IOException("tak ada jaringan");
        }), 0, null, null));
        refused(Code.MISUSE, () -> store.sync(Transport.https("http://127.0.0.1/x").over(url -> (URLConnection) null), 0, null, null));
        RuntimeException thrown = new IllegalStateException("rusak");

        assertSame(thrown, assertThrows(IllegalStateException.class, () -> store.sync(Transport.https("https://hub.invalid/x").exchange((in, out) -> {
            throw thrown;
        }), 0, null, null)));
        refused(Code.OFFLINE, () -> store.sync(Transport.https("https://hub.invalid/x").exchange((in, out) -> {
            throw new IOException("tak ada jaringan");
        }), 0, null, null));
        refused(Code.MISUSE, () -> store.sync(Transport.https("https://hub.invalid/x").exchange((in, out) -> 77), 0, null, null));
        refused(Code.BUSY, () -> store.sync(Transport.https("https://hub.invalid/x").exchange((in, out) -> {
            assertTrue(in.url().startsWith("https://hub.invalid/x/"));
            assertTrue(in.isPost());
            assertTrue(in.bodyBytes() > 0 && in.body(new byte[1 << 20]) == in.bodyBytes() && in.body(new byte[9]) == 0);
            in.rewind();
            assertTrue(in.body(new byte[4]) == 4);
            assertFalse(in.isCancelled());
            assertTrue(in.stallMs() > 0 && in.answerMs() > in.stallMs());
            out.head(503, null, null, 3, null);
            out.moved(10, 20);
            return 0;
        }), 0, null, null));
    }

    @Test
    void certificates_and_pins_that_are_none_are_misuse() {
        refused(Code.MISUSE, () -> Transport.https("https://x.invalid").pin("sha1//abc"));
        refused(Code.MISUSE, () -> Transport.https("https://x.invalid").authorities(new ByteArrayInputStream(new byte[0])));
        refused(Code.MISUSE, () -> Transport.https("https://x.invalid").authorities(new ByteArrayInputStream("bukan".getBytes())));
        assertNull(Jemput.sealing(folder.resolve("x").toFile()).sealed ? "" : null);
    }
}
