/* Whether the way to a server that is silent is still there. What the kernel knows of a connection Java does not tell; another one to the same server,
 * opened and closed again, does. By a thread of its own, for a connection that cannot be made hangs.
 *
 * What it cannot tell: a connection that something on the way has forgotten, while others can be made. That one is waited for as a server at work is;
 * the kernel would notice, if Java let anybody ask it to look (its keep-alive waits two hours, and how long is no option of Java 8's). */
package org.jemput;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;

final class Way {
    private final String url;
    private final int connectMs;
    private Look look;
    private long nextMs;

    Way(String url, int connectMs) {
        this.url = url;
        this.connectMs = connectMs;
    }

    /** One try. */
    private static final class Look implements Runnable {
        private final String url;
        private final int connectMs;
        private volatile boolean done;
        private volatile boolean good;

        Look(String url, int connectMs) {
            this.url = url;
            this.connectMs = connectMs;
        }

        @Override
        public void run() {
            Socket s = new Socket();

            try {
                URI to = URI.create(url);
                int port = to.getPort() >= 0 ? to.getPort() : "https".equals(to.getScheme()) ? 443 : 80;

                s.connect(new InetSocketAddress(to.getHost(), port), connectMs);
                good = true;
            } catch (IOException | RuntimeException e) {
                good = false; // also behind a proxy: what cannot be told counts as gone
            } finally {
                done = true;
                close(s);
            }
        }

        private static void close(Socket s) {
            try {
                s.close();
            } catch (IOException e) {
                return; // it is of no more use
            }
        }
    }

    /** Looked at from a moment on, and again each so many ms. While a look is under way, it is taken to be there. */
    boolean isThere(long nowMs, long fromMs, long eachMs) {
        if (look == null && nowMs >= Math.max(fromMs, nextMs)) {
            look = new Look(url, connectMs);
            Thread t = new Thread(look, "jemput-http-way");

            t.setDaemon(true);
            t.start();
        }
        if (look == null || !look.done)
            return true;
        boolean there = look.good;

        if (there)
            look = null; // a way that has gone stays so
        nextMs = nowMs + eachMs;
        return there;
    }
}
