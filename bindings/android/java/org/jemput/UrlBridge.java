/* Exchanges by the platform's HttpURLConnection. A worker waits for the network; this thread hands bytes between it and the engine, and looks twenty
 * times a second whether it is to end. Then it leaves the worker behind: what hangs in a read cannot be interrupted. */
package org.jemput;

final class UrlBridge extends HttpBridge {
    private static final int LOOK_MS = 50;
    private static final int CONNECT_MS_MAX = 15000;
    private static final int READ_MS_MAX = 60000;
    private static final int PIECE_BYTES = 16 << 10;

    private final Transport transport;
    private final Transport.Stop stop;
    private final byte[] piece = new byte[PIECE_BYTES];
    private UrlWorker worker;

    UrlBridge(Transport transport, Transport.Stop stop) {
        this.transport = transport;
        this.stop = stop;
    }

    @Override
    byte[] exchange(long call, byte[] url, byte[][] headers, boolean post, long bodyBytes, long deadlineMs, long stallMs, long answerMs) {
        String[] lines = new String[headers.length];
        int connectMs = (int) (deadlineMs == 0 ? CONNECT_MS_MAX : Math.min(deadlineMs, CONNECT_MS_MAX));
        long readMs = Math.max(stallMs == 0 ? READ_MS_MAX : Math.min(stallMs, READ_MS_MAX), answerMs);

        for (int i = 0; i < lines.length; i++)
            lines[i] = Utf8.text(headers[i]);
        if (worker == null)
            worker = UrlWorker.start(transport);
        if (worker == null)
            return new HttpAnswer(0).packed(Code.OFFLINE.number(), "too many connections hang already");
        Piped x = new Piped(Utf8.text(url), lines, post, bodyBytes, connectMs, (int) Math.min(readMs, Integer.MAX_VALUE));

        worker.begin(x);
        return pump(call, x, deadlineMs, new Silence(stallMs, answerMs, transport.opener == null ? new Way(x.url, CONNECT_MS_MAX) : null));
    }

    private byte[] pump(long call, Piped x, long deadlineMs, Silence silence) {
        long beginMs = Courier.now();

        while (!x.isDone()) {
            int refused = move(call, x);
            long now = Courier.now();

            if (refused != 0)
                return left(x, refused, null);
            if (isStopped() || Native.httpCancelled(call))
                return left(x, Code.CANCELLED.number(), "cancelled");
            if (deadlineMs != 0 && now - beginMs >= deadlineMs)
                return left(x, Code.OFFLINE.number(), "no answer within " + deadlineMs / 1000 + " s");
            String given = silence.isTooLong(now, x.movedMs(), x.serverWorks());

            if (given != null)
                return left(x, Code.OFFLINE.number(), given);
        }
        Throwable e = x.failure();
        HttpAnswer answer = x.head() == null ? new HttpAnswer(0) : x.head();

        return e == null ? answer.packed(0, null) : answer.packed(Trust.code(e).number(), Trust.text(e));
    }

    private boolean isStopped() {
        return stop == null ? Thread.currentThread().isInterrupted() : stop.isStopped();
    }

    /* What there is to do, or a short wait. Non-zero: the engine does not want the rest. */
    private int move(long call, Piped x) {
        try {
            x.await(LOOK_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // whoever asks whether it is stopped sees it
        }
        if (x.takeRewind())
            Native.httpRewind(call);
        while (x.wantsBody()) {
            int got = Native.httpBody(call, piece, piece.length);

            x.putBody(got == 0 ? null : java.util.Arrays.copyOf(piece, got));
        }
        for (byte[] came = x.takeAnswer(); came != null; came = x.takeAnswer()) {
            int refused = Native.httpTake(call, came, came.length);

            if (refused != 0)
                return refused;
        }
        return 0;
    }

    /* The next exchange gets another worker. */
    private byte[] left(Piped x, int code, String text) {
        HttpAnswer answer = x.head() == null ? new HttpAnswer(0) : x.head();

        x.abandon();
        worker.leave();
        worker = null;
        return answer.packed(code, text);
    }

    @Override
    void close() {
        if (worker != null)
            worker.finish();
        worker = null;
    }
}
