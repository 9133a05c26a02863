/* One exchange on one HttpURLConnection, on a worker's thread. The JDK's and Android's differ in what they do unasked; so redirections, caches, gzip
 * and repetition are done here, or turned off. */
package org.jemput;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpRetryException;
import java.net.HttpURLConnection;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.net.URLConnection;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

final class UrlExchange {
    private static final int BUFFERED_BYTES_MAX = 64 << 10; // more is streamed, so that it is seen to move on a slow link
    private static final int REPEATED_BYTES_MAX = 256 << 10; // more was on its way to somebody: the engine knows how to go on
    private static final int PIECE_BYTES = 16 << 10;
    private static final int PASSED_OVER_BYTES_MAX = 64 << 10;

    private final Piped x;
    private final Transport transport;
    private final Sockets sockets;
    private final HttpAnswer answer = new HttpAnswer(0);
    private HttpURLConnection c;
    private long sent;
    private long received;
    private boolean answered;

    UrlExchange(Piped x, Transport transport, Sockets sockets) {
        this.x = x;
        this.transport = transport;
        this.sockets = sockets;
    }

    HttpURLConnection open() throws IOException {
        URL url = new URL(x.url);
        URLConnection made = transport.opener == null ? url.openConnection() : transport.opener.open(url);

        if (!(made instanceof HttpURLConnection))
            throw new IllegalArgumentException("no address for HTTP");
        c = (HttpURLConnection) made;
        if (c instanceof HttpsURLConnection)
            ((HttpsURLConnection) c).setSSLSocketFactory(sockets);
        c.setInstanceFollowRedirects(false);
        c.setUseCaches(false);
        c.setConnectTimeout(x.connectMs);
        c.setReadTimeout(x.readMs);
        return c;
    }

    /** Whether it failed as a kept connection does that the server has closed: what was sent is lost on the way, or was not read. */
    boolean mayBegin(IOException e) {
        boolean other = e instanceof SocketTimeoutException || e instanceof ConnectException || e instanceof SSLHandshakeException;
        boolean cut = e instanceof EOFException || e instanceof SocketException || e instanceof SSLException
            || e.getMessage() != null && e.getMessage().startsWith("Unexpected end of file");

        return !answered && sent < REPEATED_BYTES_MAX && cut && !other && Trust.code(e) == Code.OFFLINE;
    }

    void run() throws IOException {
        ask();
        c.connect();
        Trust.check(c, transport.pins);
        if (x.post)
            send();
        x.sent();
        int status = status();

        answered = true;
        head(status);
        if (status == 200)
            take();
        else
            passOver();
        answer.moved(sent, received);
    }

    private void ask() throws IOException {
        c.setRequestProperty("Accept-Encoding", "gzip");
        c.setRequestProperty("Accept", "*/*"); // else the JDK says something of its own; a header below replaces it
        for (String line : x.headers) {
            int colon = line.indexOf(':');

            if (colon > 0)
                c.setRequestProperty(line.substring(0, colon), line.substring(colon + 1).trim());
            sent += line.length() + 2;
        }
        sent += x.url.length() + 16;
        if (!x.post)
            return;
        c.setRequestMethod("POST");
        c.setDoOutput(true);
        if (x.bodyBytes > BUFFERED_BYTES_MAX)
            c.setFixedLengthStreamingMode(x.bodyBytes);
    }

    /* A server that answers before it has read all of it breaks the pipe: its answer counts, if there is one. */
    private void send() throws IOException {
        try {
            OutputStream out = c.getOutputStream();

            for (byte[] piece = x.takeBody(); piece != null; piece = x.takeBody()) {
                out.write(piece);
                sent += piece.length;
                x.moved(piece.length);
            }
            out.close();
        } catch (SocketException e) {
            if (mayBegin(e))
                throw e;
            status();
        }
    }

    private int status() throws IOException {
        try {
            return c.getResponseCode();
        } catch (HttpRetryException e) {
            return e.responseCode();
        }
    }

    private void head(int status) throws IOException {
        String asked = null;
        int retryS = 0;

        if (status < 0)
            throw new IOException("what came is no HTTP");
        for (Map.Entry<String, List<String>> field : c.getHeaderFields().entrySet()) {
            for (String value : field.getValue()) {
                if ("WWW-Authenticate".equalsIgnoreCase(field.getKey()) && value.startsWith("Jemput"))
                    asked = value;
                received += value.length() + (field.getKey() == null ? 2 : field.getKey().length() + 4);
            }
        }
        try {
            String retry = c.getHeaderField("Retry-After");

            retryS = retry == null ? 0 : Integer.parseInt(retry.trim());
        } catch (NumberFormatException e) {
            retryS = 0; // a date, or nonsense: not said
        }
        answer.head(status, c.getContentType(), c.getHeaderField("Location"), retryS, asked);
        answer.moved(sent, received);
        x.moved(received);
        x.head(answer);
    }

    /** Counts what comes over the wire, and notices an end that comes too early. */
    private final class Wire extends FilterInputStream {
        private final long length; // -1: the end is told otherwise
        private long count;

        Wire(InputStream in, long length) {
            super(in);
            this.length = length;
        }

        private int counted(int got) throws IOException {
            if (got < 0 && length >= 0 && count < length)
                throw new EOFException("the answer was cut off");
            if (got > 0) {
                count += got;
                received += got;
                x.moved(got);
            }
            return got;
        }

        @Override
        public int read() throws IOException {
            int b = in.read();

            counted(b < 0 ? -1 : 1);
            return b;
        }

        @Override
        public int read(byte[] out, int from, int length) throws IOException {
            return counted(in.read(out, from, length));
        }
    }

    private void take() throws IOException {
        String encoding = c.getContentEncoding();
        long length = c.getHeaderField("Content-Length") == null ? -1 : c.getHeaderFieldLong("Content-Length", -1);
        Wire wire = new Wire(c.getInputStream(), length);
        InputStream in = "gzip".equalsIgnoreCase(encoding) ? new GZIPInputStream(wire, PIECE_BYTES) : wire;
        byte[] piece = new byte[PIECE_BYTES];

        for (int got = in.read(piece); got >= 0; got = in.read(piece)) {
            if (got > 0)
                x.put(Arrays.copyOf(piece, got));
        }
        while (wire.read(piece, 0, piece.length) >= 0)
            continue; // behind a gzip: so that the connection can be kept
        in.close();
    }

    private void passOver() throws IOException {
        InputStream in = c.getErrorStream();
        byte[] piece = new byte[PIECE_BYTES];
        int left = PASSED_OVER_BYTES_MAX;

        try {
            if (in == null)
                in = c.getInputStream();
            while (left > 0) {
                int got = in.read(piece);

                if (got < 0) {
                    in.close();
                    return;
                }
                left -= got;
                received += got;
                x.moved(got);
            }
            c.disconnect();
        } catch (IOException e) {
            c.disconnect(); // the status is there: that is what counts
        }
    }
}
