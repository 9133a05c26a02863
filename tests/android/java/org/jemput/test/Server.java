/* An HTTP server that does exactly what it is told, right or wrong, on loopback. */
package org.jemput.test;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

final class Server implements AutoCloseable {
    /** What it does with a request. The connection is closed if it gives false. */
    interface Script {
        boolean answer(Request request, OutputStream out) throws Exception;
    }

    static final class Request {
        String line;
        final Map<String, String> headers = new HashMap<>();
        int body;
    }

    final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
    private final ServerSocket listener;
    private final Script script;
    private final CountDownLatch over = new CountDownLatch(1);
    private final List<Socket> open = Collections.synchronizedList(new ArrayList<>());

    Server(Script script) throws IOException {
        this.script = script;
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    private static void start(Runnable r) {
        Thread t = new Thread(r);

        t.setDaemon(true);
        t.start();
    }

    String url() {
        return "http://127.0.0.1:" + listener.getLocalPort() + "/ruang.git";
    }

    int connections() {
        return open.size();
    }

    /** For scripts that hang: until the server is closed. */
    boolean hang() throws InterruptedException {
        over.await();
        return false;
    }

    static void say(OutputStream out, String head, byte[] body) throws IOException {
        out.write(head.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        out.write(body);
        out.flush();
    }

    private void accept() {
        try {
            for (;;) {
                Socket s = listener.accept();

                open.add(s);
                start(() -> serve(s));
            }
        } catch (IOException e) {
            return; // closed
        }
    }

    private void serve(Socket s) {
        try (Socket socket = s) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            boolean more = true;

            while (more) {
                Request r = read(in);

                if (r == null)
                    return;
                requests.add(r);
                more = script.answer(r, socket.getOutputStream());
            }
        } catch (Exception e) {
            return; // the client went away, or the script is over
        }
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();

        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0)
                return null;
            if (b != '\r')
                text.write(b);
        }
        return text.toString(StandardCharsets.ISO_8859_1);
    }

    private static Request read(InputStream in) throws IOException {
        Request r = new Request();

        r.line = line(in);
        if (r.line == null)
            return null;
        for (String h = line(in); h != null && !h.isEmpty(); h = line(in))
            r.headers.put(h.substring(0, h.indexOf(':')).toLowerCase(Locale.ROOT), h.substring(h.indexOf(':') + 1).trim());
        int left = Integer.parseInt(r.headers.getOrDefault("content-length", "0"));

        for (byte[] piece = new byte[8192]; left > 0;) {
            int got = in.read(piece, 0, Math.min(left, piece.length));

            if (got < 0)
                return null;
            left -= got;
            r.body += got;
        }
        return r;
    }

    @Override
    public void close() throws IOException {
        over.countDown();
        listener.close();
        for (Socket s : open.toArray(new Socket[0]))
            s.close();
    }
}
