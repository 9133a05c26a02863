/* What was collected without having been closed: told once, and closed. Nothing here runs in a finalizer. */
package org.jemput;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;

final class Leaks {
    private static final ReferenceQueue<Object> QUEUE = new ReferenceQueue<Object>();
    private static final Set<Watched> OPEN = Collections.synchronizedSet(new HashSet<Watched>());
    private static boolean started;
    private static volatile boolean traced;
    private static volatile LeakListener listener = new LeakListener() {
        @Override
        public void leaked(String kind, Throwable where) {
            System.err.println("jemput: a " + kind + " was not closed" + (where == null ? "; Jemput.traceLeaks(true) tells where it was made" : ""));
            if (where != null)
                where.printStackTrace();
        }

        @Override
        public void trouble(String what, Throwable cause) {
            System.err.println("jemput: " + what);
            if (cause != null)
                cause.printStackTrace();
        }
    };

    private Leaks() {
    }

    /** Closes what is left of it. Must not reach what is watched. */
    interface Closer {
        /** False: something else had closed it already, such as its store. */
        boolean close();
    }

    /** One that is open. */
    static final class Watched extends PhantomReference<Object> {
        private final String kind;
        private final Closer closer;
        private final Throwable where;

        private Watched(Object object, String kind, Closer closer) {
            super(object, QUEUE);
            this.kind = kind;
            this.closer = closer;
            where = traced ? new Throwable("made here") : null;
        }

        /** Closed as it should be. */
        void done() {
            if (OPEN.remove(this))
                clear();
        }
    }

    static Watched watch(Object object, String kind, Closer closer) {
        Watched w = new Watched(object, kind, closer);

        OPEN.add(w);
        start();
        return w;
    }

    static void trace(boolean on) {
        traced = on;
    }

    static void listen(LeakListener l) {
        listener = l;
    }

    static void trouble(String what, Throwable cause) {
        try {
            listener.trouble(what, cause);
        } catch (RuntimeException e) {
            e.printStackTrace(); // who is told of trouble and makes some: there is nobody else to tell
        }
    }

    private static synchronized void start() {
        if (started)
            return;
        started = true;
        Thread t = new Thread("jemput-leaks") {
            @Override
            public void run() {
                for (;;)
                    take();
            }
        };

        t.setDaemon(true);
        t.start();
    }

    private static void take() {
        try {
            Watched w = (Watched) QUEUE.remove();

            if (OPEN.remove(w) && w.closer.close())
                listener.leaked(w.kind, w.where);
        } catch (InterruptedException e) {
            return; // nobody interrupts it on purpose
        } catch (Throwable e) { // of the app's listener; the thread goes on
            trouble("what was forgotten could not be closed, or told", e);
        }
    }
}
