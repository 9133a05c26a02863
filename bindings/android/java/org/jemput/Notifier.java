/* The one thread that waits for what the engine says has changed, of all stores, and hands it to their listeners' executors. */
package org.jemput;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

final class Notifier {
    private static final int LOOK_MS = 30000; // so often spare connections are looked for

    private static final Map<Integer, WeakReference<Watchers>> STORES = new HashMap<Integer, WeakReference<Watchers>>();
    private static final List<WeakReference<Readers>> READERS = new ArrayList<WeakReference<Readers>>();
    private static int tags;
    private static long sink;

    private Notifier() {
    }

    static synchronized long sink() {
        if (sink != 0)
            return sink;
        sink = Native.sinkNew();
        Thread t = new Thread("jemput-changes") {
            @Override
            public void run() {
                for (;;)
                    take(sink);
            }
        };

        t.setDaemon(true);
        t.start();
        return sink;
    }

    static synchronized int register(Watchers watchers) {
        STORES.put(++tags, new WeakReference<Watchers>(watchers));
        return tags;
    }

    static synchronized void remove(int tag) {
        STORES.remove(tag);
    }

    static synchronized void trim(Readers readers) {
        READERS.add(new WeakReference<Readers>(readers));
    }

    private static synchronized Watchers watchers(int tag) {
        WeakReference<Watchers> w = STORES.get(tag);

        return w == null ? null : w.get();
    }

    private static void take(long from) {
        try {
            byte[] message = Native.sinkWait(from, LOOK_MS);

            if (message == null)
                trim();
            else
                tell(new Packed(message));
        } catch (Throwable e) { // of a listener that is called here; this thread is for all of them
            Leaks.trouble("changes could not be told", e);
        }
    }

    private static void tell(Packed in) {
        for (int left = in.i32(); left > 0; left--) {
            int tag = in.i32();
            int what = in.i32();
            List<String> tables = in.texts(in.i32());
            Watchers w = watchers(tag);

            if (w != null)
                w.moved(what, tables);
        }
    }

    private static void trim() {
        List<Readers> all = new ArrayList<Readers>();

        synchronized (Notifier.class) {
            for (Iterator<WeakReference<Watchers>> i = STORES.values().iterator(); i.hasNext();) {
                if (i.next().get() == null)
                    i.remove();
            }
            for (Iterator<WeakReference<Readers>> i = READERS.iterator(); i.hasNext();) {
                Readers r = i.next().get();

                if (r == null)
                    i.remove();
                else
                    all.add(r);
            }
        }
        for (Readers r : all)
            r.trim();
    }
}
