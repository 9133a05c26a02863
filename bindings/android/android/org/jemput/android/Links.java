package org.jemput.android;

import android.content.Context;
import android.net.ConnectivityManager;
import android.net.Network;
import android.net.NetworkCapabilities;
import android.net.NetworkRequest;

import java.util.LinkedList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import org.jemput.Opener;

/**
 * Tells an app when a network comes and goes, so that it syncs when the signal returns. Also networks without internet: the hub may be the box that
 * makes the hotspot. Needs the permission ACCESS_NETWORK_STATE.
 */
public final class Links implements AutoCloseable {
    /** What an app does about it: most give {@code SyncWatch} an event and do what it says. */
    public interface Listener {
        /**
         * A link came, or the newest one went.
         *
         * @param up true: there is one
         * @param network the newest of those that are there; null if up is false
         */
        void link(boolean up, Network network);
    }

    private final ConnectivityManager manager;
    private final Executor executor;
    private final Listener listener;
    private final ConnectivityManager.NetworkCallback callback = new ConnectivityManager.NetworkCallback() {
        private final LinkedList<Network> up = new LinkedList<>(); // the newest one first; on Android's one thread for this

        @Override
        public void onAvailable(Network network) {
            up.remove(network);
            up.addFirst(network);
            tell(true, network);
        }

        /* Android says nothing of those that stay: the one before is the newest again. */
        @Override
        public void onLost(Network network) {
            boolean newest = network.equals(up.peekFirst());

            up.remove(network);
            if (newest)
                tell(!up.isEmpty(), up.peekFirst());
        }
    };
    private volatile boolean closed;

    private Links(Context context, Executor executor, Listener listener) {
        this.manager = (ConnectivityManager) context.getSystemService(Context.CONNECTIVITY_SERVICE);
        this.executor = executor;
        this.listener = listener;
    }

    /**
     * Begins to listen. The first call comes at once if there is a link already.
     *
     * @param context of the app
     * @param executor runs the calls: the app's worker thread
     * @param listener what to call
     * @return to be closed
     */
    public static Links watch(Context context, Executor executor, Listener listener) {
        Links links = new Links(context, executor, listener);
        NetworkRequest any = new NetworkRequest.Builder()
            .addTransportType(NetworkCapabilities.TRANSPORT_CELLULAR)
            .addTransportType(NetworkCapabilities.TRANSPORT_WIFI)
            .addTransportType(NetworkCapabilities.TRANSPORT_ETHERNET)
            .build();
        links.manager.registerNetworkCallback(any, links.callback);
        return links;
    }

    /**
     * Connections over one network, also if Android prefers another because that one has internet: {@code Transport.https(url).over(…)}.
     *
     * @param network which
     * @return opens an address there
     */
    public static Opener over(Network network) {
        return network::openConnection;
    }

    /* On a thread of Android's: what is thrown here ends the app. */
    private void tell(boolean up, Network network) {
        if (closed)
            return;
        try {
            executor.execute(() -> {
                if (!closed)
                    listener.link(up, network);
            });
        } catch (RejectedExecutionException e) {
            return; // it was shut down before this was closed: nobody wants to hear of it any more
        }
    }

    /** No call begins after this. Any thread, as often as one likes. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            manager.unregisterNetworkCallback(callback);
        }
    }
}
