/* A server that is at work is waited for longer than a link that has gone. */
package org.jemput;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.net.InetAddress;
import java.net.ServerSocket;

import org.junit.jupiter.api.Test;

class SilenceTest {
    private static final long STALL_MS = 20_000;
    private static final long ANSWER_MS = 660_000;
    private static final String STALLED = "nothing moved for 20 s";

    /** What is said of it at last, asked for a while: a look takes a moment. */
    private static String said(Silence silence, long nowMs, boolean serverWorks) throws InterruptedException {
        String said = null;

        for (int i = 0; i < 200 && said == null; i++) {
            said = silence.isTooLong(nowMs, 0, serverWorks);
            Thread.sleep(5);
        }
        return said;
    }

    private static Silence silence(ServerSocket to) {
        return new Silence(STALL_MS, ANSWER_MS, new Way("http://127.0.0.1:" + to.getLocalPort() + "/x", 3000));
    }

    @Test
    void a_server_at_work_is_waited_for_while_the_way_to_it_is_there() throws Exception {
        try (ServerSocket there = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            Silence silence = silence(there);

            assertNull(silence.isTooLong(STALL_MS - 1, 0, false));
            assertEquals(STALLED, silence.isTooLong(STALL_MS, 0, false), "it does not have the request yet");
            assertNull(said(silence, STALL_MS, true));
            assertNull(said(silence, ANSWER_MS - 1, true));
            assertEquals("no answer within 660 s", said(silence, ANSWER_MS, true));
        }
    }

    @Test
    void a_way_that_has_gone_is_given_up_as_before() throws Exception {
        ServerSocket gone = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        Silence silence = silence(gone);

        assertNull(said(silence, STALL_MS, true));
        gone.close();
        assertEquals(STALLED, said(silence, 2 * STALL_MS, true));
        assertEquals(STALLED, new Silence(STALL_MS, ANSWER_MS, null).isTooLong(STALL_MS, 0, true), "where it cannot be told");
        assertEquals(STALLED, new Silence(STALL_MS, 0, new Way("http://127.0.0.1:1/x", 3000)).isTooLong(STALL_MS, 0, true));
        assertNull(new Silence(0, ANSWER_MS, null).isTooLong(ANSWER_MS, 0, true), "no limit");
    }
}
