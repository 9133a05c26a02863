/* One exchange under way, between the thread that syncs, which alone may call the engine, and a worker, which alone waits for the network. Holds
 * bytes of Java's only: a worker that hangs can be left behind. */
package org.jemput;

import java.io.IOException;
import java.util.ArrayDeque;

final class Piped {
    private static final int BODY_MAX = 4;
    private static final int ANSWER_MAX = 8;
    private static final int MOVED_BYTES = 64; // fewer are as good as nothing: one that drips would be waited for all day

    final String url;
    final String[] headers;
    final boolean post;
    final long bodyBytes;
    final int connectMs;
    final int readMs;
    private final ArrayDeque<byte[]> body = new ArrayDeque<byte[]>();
    private final ArrayDeque<byte[]> answer = new ArrayDeque<byte[]>();
    private boolean bodyEnded;
    private boolean rewinding; // the worker begins again
    private boolean sent;      // all of the request
    private HttpAnswer head;
    private Throwable failure;
    private boolean done;
    private boolean abandoned;
    private long moved;
    private long movedMs = Courier.now();
    private long told; // of moved, when movedMs was set

    Piped(String url, String[] headers, boolean post, long bodyBytes, int connectMs, int readMs) {
        this.url = url;
        this.headers = headers;
        this.post = post;
        this.bodyBytes = bodyBytes;
        this.connectMs = connectMs;
        this.readMs = readMs;
        bodyEnded = !post;
    }

    /* --- the thread that syncs --- */

    /** Waits until there is something to do, or a while. */
    synchronized void await(int ms) throws InterruptedException {
        if (!done && answer.isEmpty() && !rewinding && !wantsBody())
            wait(ms);
    }

    synchronized boolean wantsBody() {
        return !bodyEnded && !rewinding && body.size() < BODY_MAX;
    }

    /** Null: that was the last. */
    synchronized void putBody(byte[] piece) {
        if (piece == null)
            bodyEnded = true;
        else
            body.add(piece);
        notifyAll();
    }

    /** Whether the body is to be given again; then from its beginning. */
    synchronized boolean takeRewind() {
        boolean was = rewinding;

        rewinding = false;
        if (was) {
            body.clear();
            bodyEnded = !post;
            notifyAll();
        }
        return was;
    }

    synchronized byte[] takeAnswer() {
        byte[] piece = answer.poll();

        notifyAll();
        return piece;
    }

    synchronized boolean isDone() {
        return done && answer.isEmpty();
    }

    synchronized Throwable failure() {
        return failure;
    }

    synchronized HttpAnswer head() {
        return head;
    }

    /** Whether the server has the whole request, and has not begun to answer. */
    synchronized boolean serverWorks() {
        return sent && head == null;
    }

    synchronized long movedMs() {
        return movedMs;
    }

    /** Nobody waits for the worker any more. */
    synchronized void abandon() {
        abandoned = true;
        body.clear();
        answer.clear();
        notifyAll();
    }

    /* --- the worker; each of these fails when nobody waits any more --- */

    private void hold() throws IOException {
        try {
            wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted");
        }
    }

    private void check() throws IOException {
        if (abandoned)
            throw new IOException("nobody waits for it any more");
    }

    synchronized boolean isAbandoned() {
        return abandoned;
    }

    /** Null: its end. */
    synchronized byte[] takeBody() throws IOException {
        check();
        while (body.isEmpty() && !bodyEnded) {
            hold();
            check();
        }
        byte[] piece = body.poll();

        notifyAll();
        return piece;
    }

    synchronized void rewind() throws IOException {
        check();
        rewinding = true;
        sent = false;
        notifyAll();
        while (rewinding) {
            hold();
            check();
        }
    }

    synchronized void sent() {
        sent = true;
    }

    synchronized void head(HttpAnswer came) throws IOException {
        check();
        head = came;
    }

    synchronized void put(byte[] piece) throws IOException {
        check();
        while (answer.size() >= ANSWER_MAX) {
            hold();
            check();
        }
        answer.add(piece);
        notifyAll();
    }

    synchronized void moved(long bytes) {
        moved += bytes;
        if (moved >= told + MOVED_BYTES) {
            told = moved;
            movedMs = Courier.now();
        }
    }

    /** e null: the answer came whole. */
    synchronized void end(Throwable e) {
        failure = e;
        done = true;
        notifyAll();
    }
}
