/* The platform's TLS sockets, remembered: closing one ends a read that hangs in it. */
package org.jemput;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

import javax.net.ssl.SSLSocketFactory;

final class Sockets extends SSLSocketFactory {
    private static final int SEND_BYTES = 64 << 10; // what waits in the system does not move: on a slow link no minute's worth

    private final SSLSocketFactory platform;
    private final List<Socket> made = new ArrayList<Socket>();
    private boolean closed;

    Sockets(SSLSocketFactory platform) {
        this.platform = platform;
    }

    private Socket remembered(Socket s) throws IOException {
        s.setSendBufferSize(SEND_BYTES);
        synchronized (this) {
            for (Iterator<Socket> i = made.iterator(); i.hasNext();) {
                if (i.next().isClosed())
                    i.remove();
            }
            if (!closed) {
                made.add(s);
                return s;
            }
        }
        s.close();
        throw new IOException("nobody waits for it any more");
    }

    void close() {
        Socket[] all;

        synchronized (this) {
            closed = true;
            all = made.toArray(new Socket[0]);
            made.clear();
        }
        for (Socket s : all) {
            try {
                s.close();
            } catch (IOException e) {
                continue; // it is of no use any more either way
            }
        }
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return platform.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return platform.getSupportedCipherSuites();
    }

    @Override
    public Socket createSocket() throws IOException {
        return remembered(platform.createSocket());
    }

    @Override
    public Socket createSocket(Socket s, String host, int port, boolean autoClose) throws IOException {
        return remembered(platform.createSocket(s, host, port, autoClose));
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return remembered(platform.createSocket(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
        return remembered(platform.createSocket(host, port, local, localPort));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return remembered(platform.createSocket(host, port));
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
        return remembered(platform.createSocket(host, port, local, localPort));
    }
}
