/* Exchanges by a client of the app's own, on the thread that syncs. */
package org.jemput;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

final class AppBridge extends HttpBridge {
    private final HttpExchange exchange;
    private final Transport.Stop stop;

    AppBridge(HttpExchange exchange, Transport.Stop stop) {
        this.exchange = exchange;
        this.stop = stop;
    }

    @Override
    byte[] exchange(long call, byte[] url, byte[][] headers, boolean post, long bodyBytes, long deadlineMs, long stallMs, long answerMs) {
        HttpAnswer answer = new HttpAnswer(call);

        try {
            return answer.packed(exchange.run(new Asked(call, url, headers, post, bodyBytes, new long[] {deadlineMs, stallMs, answerMs}), answer), null);
        } catch (IOException e) {
            return answer.packed(Trust.code(e).number(), Trust.text(e));
        }
    }

    @Override
    void close() {
        // the client is the app's
    }

    private final class Asked implements HttpExchange.Request {
        private final long call;
        private final String url;
        private final List<String> headers = new ArrayList<String>();
        private final boolean post;
        private final long bodyBytes;
        private final long[] limits; // deadline, stall, answer

        Asked(long call, byte[] url, byte[][] headers, boolean post, long bodyBytes, long[] limits) {
            this.call = call;
            this.url = Utf8.text(url);
            for (byte[] h : headers)
                this.headers.add(Utf8.text(h));
            this.post = post;
            this.bodyBytes = bodyBytes;
            this.limits = limits;
        }

        @Override
        public String url() {
            return url;
        }

        @Override
        public List<String> headers() {
            return Collections.unmodifiableList(headers);
        }

        @Override
        public boolean isPost() {
            return post;
        }

        @Override
        public long bodyBytes() {
            return bodyBytes;
        }

        @Override
        public int body(byte[] out) {
            return Native.httpBody(call, out, out.length);
        }

        @Override
        public void rewind() {
            Native.httpRewind(call);
        }

        @Override
        public long deadlineMs() {
            return limits[0];
        }

        @Override
        public long stallMs() {
            return limits[1];
        }

        @Override
        public long answerMs() {
            return limits[2];
        }

        @Override
        public boolean isCancelled() {
            return stop != null && stop.isStopped() || Native.httpCancelled(call);
        }
    }
}
