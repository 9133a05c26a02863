/* The listeners of a store: what has changed is gathered for each, and told to one call at a time. Does not know its store. */
package org.jemput;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;

final class Watchers {
    static final int LOCAL = 1; // as in Native.sinkWait()
    static final int MERGED = 2;
    private static final int ALL = 4; // any table may have changed

    private final Map<Integer, Watcher> open = new HashMap<Integer, Watcher>();
    private final int tag;
    private boolean ended;
    private int last;
    private long number;

    Watchers() {
        tag = Notifier.register(this);
    }

    /** From now on what is committed through this handle is told. The caller holds the link's lock. */
    void observe(Link link) {
        Native.observe(link.handle(), Notifier.sink(), tag);
    }

    /** tables null: all. */
    Subscription add(Executor executor, ChangeListener listener, Set<String> tables) {
        Watcher w;

        if (executor == null || listener == null)
            throw JemputException.misuse("an executor and a listener are needed");
        synchronized (this) {
            if (ended)
                throw Link.closed();
            w = new Watcher(++last, executor, listener, tables);
            open.put(w.id, w);
        }
        return new Subscription(this, w);
    }

    /** False: it had ended already. */
    boolean remove(int id) {
        Watcher w;

        synchronized (this) {
            w = open.remove(id);
        }
        if (w != null)
            w.end();
        return w != null;
    }

    static Leaks.Closer closer(Watchers of, final int id) {
        final WeakReference<Watchers> watchers = new WeakReference<Watchers>(of);

        return new Leaks.Closer() {
            @Override
            public boolean close() {
                Watchers w = watchers.get();

                return w != null && w.remove(id);
            }
        };
    }

    /** On the notifier's thread, or the one that unlocks. */
    void moved(int what, List<String> tables) {
        List<Watcher> all;
        long n;

        synchronized (this) {
            all = new ArrayList<Watcher>(open.values());
            n = ++number;
        }
        for (Watcher w : all)
            w.moved(what, tables, n);
    }

    /** What could not be read while the store was locked can be, from now on; and the day's last changes may not have been. */
    void unlocked() {
        moved(LOCAL | MERGED | ALL, Collections.<String>emptyList());
    }

    void end() {
        List<Watcher> all;

        synchronized (this) {
            ended = true;
            all = new ArrayList<Watcher>(open.values());
            open.clear();
        }
        Notifier.remove(tag);
        for (Watcher w : all)
            w.over();
    }

    static String folded(String table) {
        return table.toLowerCase(Locale.ROOT);
    }

    /** One listener. */
    static final class Watcher implements Runnable {
        final int id;
        private final Executor executor;
        private final ChangeListener listener;
        private final Set<String> names;  // as they were given; null = all
        private final Set<String> wanted; // folded
        private final boolean views;      // of jemput's: any change may be one of theirs
        private Set<String> tables = new LinkedHashSet<String>();
        private int what;
        private long number;
        private boolean posted; // a call is on its way, or under way
        private boolean ended;
        private boolean last;   // the end is told when that call has returned

        Watcher(int id, Executor executor, ChangeListener listener, Set<String> names) {
            boolean view = false;

            this.id = id;
            this.executor = executor;
            this.listener = listener;
            this.names = names;
            wanted = new HashSet<String>();
            if (names != null) {
                for (String name : names) {
                    view = view || folded(name).startsWith("jemput_");
                    wanted.add(folded(name));
                }
            }
            views = view;
        }

        synchronized boolean isOpen() {
            return !ended;
        }

        synchronized void end() {
            ended = true;
        }

        /* The store is closed: the last thing that is told. */
        private void over() {
            synchronized (this) {
                ended = true;
                last = posted;
                if (last)
                    return;
            }
            tellEnd();
        }

        private void tellEnd() {
            try {
                executor.execute(new Runnable() {
                    @Override
                    public void run() {
                        listener.ended();
                    }
                });
            } catch (RuntimeException e) {
                Leaks.trouble("an executor did not take the last call of a listener", e);
            } catch (Error e) { // of the listener, called here by the executor: a store is closed all the same
                Leaks.trouble("a listener threw", e);
            }
        }

        private void moved(int kind, List<String> moved, long n) {
            synchronized (this) {
                if (ended || !gather(kind, moved))
                    return;
                what |= kind & (LOCAL | MERGED);
                number = n;
                if (posted)
                    return;
                posted = true;
            }
            post();
        }

        /** Whether it is of any interest. */
        private boolean gather(int kind, List<String> moved) {
            boolean all = (kind & ALL) != 0;
            boolean mine = names == null || views || all;

            for (String table : moved) {
                if (names != null && !wanted.contains(folded(table)))
                    continue;
                tables.add(table);
                mine = true;
            }
            if (all && names != null)
                tables.addAll(names);
            return mine;
        }

        private void post() {
            try {
                executor.execute(this);
            } catch (RuntimeException e) {
                boolean over;

                synchronized (this) {
                    posted = false; // what has changed is told with the next change
                    over = last;
                }
                Leaks.trouble("an executor did not take the call of a listener", e);
                if (over)
                    tellEnd();
            } catch (Error e) { // of the listener, called here by the executor: others are still to be told
                Leaks.trouble("a listener threw", e);
            }
        }

        private synchronized Change take() {
            if (ended)
                return null;
            Change c = new Change(Collections.unmodifiableSet(tables), (what & MERGED) != 0, (what & LOCAL) != 0, number);

            tables = new LinkedHashSet<String>();
            what = 0;
            return c;
        }

        @Override
        public void run() {
            Change change = take();

            try {
                if (change != null)
                    listener.changed(change);
            } catch (RuntimeException e) {
                Leaks.trouble("a listener threw", e);
            } finally {
                again();
            }
        }

        private void again() {
            boolean more, over;

            synchronized (this) {
                more = what != 0 && !ended;
                over = last;
                posted = more;
            }
            if (more)
                post();
            else if (over)
                tellEnd();
        }
    }
}
