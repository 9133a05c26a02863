package org.jemput;

/**
 * A point within a transaction that one can go back to: {@link Tx#savepoint}. Not released when it is closed, everything since then is undone.
 *
 * <pre>{@code
 * try (Savepoint s = tx.savepoint()) {
 *     tx.exec("INSERT …");
 *     s.release();
 * }
 * }</pre>
 */
public final class Savepoint implements AutoCloseable {
    private final Tx tx;
    private final int depth;

    Savepoint(Tx tx, int depth) {
        this.tx = tx;
        this.depth = depth;
    }

    /** Keeps what was done since then, as a part of the transaction. Savepoints made after this one go with it. */
    public void release() {
        if (!tx.hasSavepoint(this, depth))
            throw JemputException.misuse("the savepoint has ended");
        tx.savepointEnd(depth, true);
    }

    /** Undoes what was done since then, unless it was released. */
    @Override
    public void close() {
        if (tx.hasSavepoint(this, depth))
            tx.savepointEnd(depth, false);
    }
}
