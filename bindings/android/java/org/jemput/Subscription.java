package org.jemput;

/** A listener at work: {@link Store#observe}. To be kept, and closed; it ends with its store. Any thread. */
public final class Subscription implements AutoCloseable {
    private final Watchers watchers;
    private final Watchers.Watcher watcher;
    private final Leaks.Watched watched;

    Subscription(Watchers watchers, Watchers.Watcher watcher) {
        this.watchers = watchers;
        this.watcher = watcher;
        watched = Leaks.watch(this, "Subscription", Watchers.closer(watchers, watcher.id));
    }

    /**
     * Whether it is at work.
     *
     * @return false: it, or its store, was closed
     */
    public boolean isOpen() {
        return watcher.isOpen();
    }

    /** Ends it: no call begins any more. One that has begun on another thread goes on to its end. As often as one likes. */
    @Override
    public void close() {
        watched.done();
        watchers.remove(watcher.id);
    }
}
