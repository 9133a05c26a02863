package org.jemput.sqlite;

import androidx.sqlite.SQLiteConnection;
import androidx.sqlite.SQLiteDriver;

import org.jemput.Store;

/**
 * An open store behind {@code androidx.sqlite}: for code that was written for Room or SQLDelight and should read, and write rows, in a jemput store.
 *
 * <p>All its connections share the store: queries run on the store's reading connections, transactions on its writing one, one at a time. The schema
 * of the space is the office's: DDL on replicated tables is refused. Writes of a merge are not this driver's: tell the library above of them with
 * {@code store.observe(…)}, Room's with {@code invalidationTracker.refreshAsync()}.
 *
 * <pre>{@code
 * Room.databaseBuilder(context, Lists.class, "jemput.db").setDriver(new JemputDriver(store, context.getDatabasePath("jemput.db").getPath()))
 * }</pre>
 */
public final class JemputDriver implements SQLiteDriver {
    private final Store store;
    private final String file;

    /**
     * A driver for one store.
     *
     * @param store open; it is not closed by this
     * @param file the name by which {@link #open} is called: no other is opened
     */
    public JemputDriver(Store store, String file) {
        this.store = store;
        this.file = file;
    }

    /** False: who uses it may open several connections; each is for one thread at a time. */
    @Override
    public boolean hasConnectionPool() {
        return false;
    }

    @Override
    public SQLiteConnection open(String fileName) {
        if (!file.equals(fileName))
            throw new IllegalArgumentException("this driver opens its store alone, and not " + fileName);
        return new JemputConnection(store);
    }
}
