package org.jemput;

import java.util.Set;

/** What has changed since the last call of a listener: see {@link Store#observe}. */
public final class Change {
    private final Set<String> tables;
    private final boolean merged;
    private final boolean local;
    private final long number;

    Change(Set<String> tables, boolean merged, boolean local, long number) {
        this.tables = tables;
        this.merged = merged;
        this.local = local;
        this.number = number;
    }

    /**
     * The tables that were written, of those that were asked for.
     *
     * @return names as the schema has them; empty: any of them, or a view of jemput's that was asked for
     */
    public Set<String> tables() {
        return tables;
    }

    /**
     * Whether it came from elsewhere.
     *
     * @return true: a sync, a bundle or a decision was among it
     */
    public boolean merged() {
        return merged;
    }

    /**
     * Whether this app wrote it.
     *
     * @return true: a transaction of this app was among it
     */
    public boolean local() {
        return local;
    }

    /**
     * A number that grows with each change of the store.
     *
     * @return of the newest that this is about
     */
    public long number() {
        return number;
    }
}
