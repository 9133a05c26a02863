/* The thread of a UrlBridge that waits for the network: one exchange after another, until it is left behind in one, or finished. */
package org.jemput;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.util.concurrent.atomic.AtomicInteger;

import javax.net.ssl.HttpsURLConnection;

final class UrlWorker implements Runnable {
    private static final int LEFT_MAX = 8;
    private static final AtomicInteger LEFT = new AtomicInteger(); // behind, and not yet at their end

    private final Transport transport;
    private final Sockets sockets;
    private Piped next;
    private boolean finished;
    private boolean left;
    private volatile HttpURLConnection connection;

    private UrlWorker(Transport transport) {
        this.transport = transport;
        sockets = new Sockets(transport.sockets == null ? HttpsURLConnection.getDefaultSSLSocketFactory() : transport.sockets);
    }

    /** Null: too many were left behind. */
    static UrlWorker start(Transport transport) {
        if (LEFT.get() >= LEFT_MAX)
            return null;
        UrlWorker w = new UrlWorker(transport);

        daemon("jemput-http", w);
        return w;
    }

    private static void daemon(String name, Runnable r) {
        Thread t = new Thread(r, name);

        t.setDaemon(true);
        t.start();
    }

    /* --- the thread that syncs --- */

    synchronized void begin(Piped x) {
        next = x;
        notifyAll();
    }

    synchronized void finish() {
        finished = true;
        notifyAll();
    }

    /**
     * Nobody waits for it any more. Closing a connection may itself wait for the read that hangs in it (the JDK's disconnect() does): that is for
     * another thread.
     */
    void leave() {
        synchronized (this) {
            finished = true;
            left = true;
            LEFT.incrementAndGet();
            notifyAll();
        }
        daemon("jemput-http-close", new Runnable() {
            @Override
            public void run() {
                HttpURLConnection c = connection;

                sockets.close();
                if (c != null)
                    c.disconnect();
            }
        });
    }

    /* --- its own --- */

    private synchronized Piped take() {
        while (next == null && !finished) {
            try {
                wait();
            } catch (InterruptedException e) {
                return null; // nobody interrupts it on purpose
            }
        }
        Piped x = next;

        next = null;
        return x;
    }

    @Override
    public void run() {
        for (Piped x = take(); x != null; x = take())
            exchange(x);
        synchronized (this) {
            if (left)
                LEFT.decrementAndGet();
            left = false;
        }
        sockets.close();
    }

    private void exchange(Piped x) {
        Throwable failure = null;

        try {
            exchangeTwice(x);
        } catch (Throwable e) { // whatever it is: somebody waits to be told
            failure = e;
        }
        connection = null;
        x.end(failure);
    }

    /* A kept connection that the server has closed meanwhile shows by an end before the first byte of an answer: once more, on another. */
    private void exchangeTwice(Piped x) throws IOException {
        UrlExchange first = new UrlExchange(x, transport, sockets);

        try {
            run(first);
        } catch (IOException e) {
            if (!first.mayBegin(e) || x.isAbandoned())
                throw e;
            x.rewind();
            run(new UrlExchange(x, transport, sockets));
        }
    }

    private void run(UrlExchange e) throws IOException {
        connection = e.open();
        e.run();
    }
}
