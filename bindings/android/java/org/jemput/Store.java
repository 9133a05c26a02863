package org.jemput;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * An open store: an SQLite database whose tables are kept the same on all devices of a space.
 *
 * <p>Any thread may call anything. Writes come one after another, queries run beside them and beside each other, and nobody waits for a sync:
 *
 * <pre>{@code
 * byte[] id = store.write(tx -> {
 *     byte[] made = tx.newId();
 *     tx.exec("INSERT INTO orang(id, nama) VALUES(?, ?)", made, "Siti");
 *     return made;
 * });
 * SyncReport r = store.sync(Transport.https("https://hub.example/ruang"), 60_000, null, null);
 * }</pre>
 *
 * <p>Every call throws {@link JemputException}, and {@link Code#MISUSE} after {@link #close}.
 */
public final class Store extends Doors {
    private final Executor callbacks;
    private Tx current; // under the desk's lock: what this thread writes
    private final Attachments attachments = new Attachments(this);

    Store(Config config, long handle) {
        super(config, handle);
        callbacks = config.callbacks;
    }

    /* --- data --- */

    /**
     * Does work in one transaction: when it returns, all of it is kept, and when it throws, nothing. It waits for other writes, and for the short
     * moments in which a sync merges. Called inside another write, on the same thread, it is a part of that, which can be undone by itself.
     *
     * @param work what to do; in one go: no network, no person that is waited for
     * @param <T> what it gives
     * @param <E> what it throws besides
     * @return what the work gave
     * @throws E of the work
     */
    public <T, E extends Exception> T write(Work<T, E> work) throws E {
        return writing("BEGIN IMMEDIATE", null, work);
    }

    /** first: what is done in it before all else; null: nothing. */
    <T, E extends Exception> T writing(String begin, Work<Void, RuntimeException> first, Work<T, E> work) throws E {
        desk.enter();
        try {
            if (current != null)
                return nested(work);
            command(begin);
            T result = within(first, work);

            commit();
            return result;
        } finally {
            desk.leave();
        }
    }

    final boolean isWriting() {
        return desk.lock.isHeldByCurrentThread();
    }

    private <T, E extends Exception> T nested(Work<T, E> work) throws E {
        Savepoint point = current.savepoint();

        try {
            T result = work.run(current);

            point.release();
            return result;
        } finally {
            point.close();
        }
    }

    private <T, E extends Exception> T within(Work<Void, RuntimeException> first, Work<T, E> work) throws E {
        Tx tx = new Tx(this, desk);
        boolean good = false;

        current = tx;
        try {
            if (first != null)
                first.run(tx);
            T result = work.run(tx);

            tx.checkWhole();
            good = true;
            return result;
        } finally {
            current = null;
            try {
                tx.end();
            } finally {
                if (!good)
                    rollback();
            }
        }
    }

    private void command(String sql) {
        Prepared st = desk.prepared(sql, false);

        try {
            st.run(new Object[0]);
        } finally {
            st.done();
        }
    }

    private void commit() {
        boolean good = false;

        try {
            command("COMMIT");
            good = true;
        } finally {
            if (!good)
                rollback();
        }
    }

    /* After an error, which is what the caller is told: a second one is of no use to him. */
    private void rollback() {
        try {
            if (desk.peek() != 0 && Native.inTransaction(desk.peek()))
                command("ROLLBACK");
        } catch (JemputException e) {
            Leaks.trouble("a transaction could not be rolled back; closing the store does it", e);
        }
    }

    /**
     * Runs one statement in a transaction of its own, or inside {@link #write} as a part of that.
     *
     * @param sql with '?' for values
     * @param args the values: null, numbers, text, Boolean or byte[]
     * @return rows changed
     */
    public long exec(String sql, Object... args) {
        desk.enter();
        try {
            if (current != null)
                return current.exec(sql, args);
            Keywords.refuseTransactions(sql);
            Prepared st = desk.prepared(sql, false);

            try {
                return st.run(args);
            } finally {
                st.done();
            }
        } finally {
            desk.leave();
        }
    }

    /**
     * Runs several statements, separated by ';'. Each is a transaction of its own, unless the script begins one; it must end it.
     *
     * @param sql the statements; no values
     */
    public void script(String sql) {
        byte[] text = Utf8.plain(sql, "SQL");

        desk.enter();
        try {
            if (current != null)
                throw JemputException.misuse("a script is not for inside write()");
            boolean open = true;

            try {
                Native.script(desk.handle(), text);
                open = Native.inTransaction(desk.handle());
            } finally {
                if (open)
                    rollback();
            }
            if (open)
                throw JemputException.misuse("the script began a transaction and did not end it: it was rolled back");
        } finally {
            desk.leave();
        }
    }

    /**
     * Asks. What it sees is one moment of what is committed: inside {@link #write}, ask {@link Tx#query} to see what was written so far.
     *
     * @param sql a statement that reads, with '?' for values
     * @param args the values
     * @return its rows, to be closed
     */
    public Cursor query(String sql, Object... args) {
        return query(null, sql, args);
    }

    /** cancel: what ends it, also in the middle of a scan; null: nothing but its end. */
    Cursor query(Cancel cancel, String sql, Object[] args) {
        alive();
        Link reader = readers.take();
        boolean given = false;

        try {
            reader.enter();
            try {
                Prepared st = reader.prepared(sql, true);
                byte[] values = valuesOf(st, args);

                given = true; // the rows give it back
                Rows rows = new Rows(reader, st, values, readers, cancel);

                if (rows.isOpen())
                    readers.hold(reader);
                return new Cursor(this, rows);
            } finally {
                reader.leave();
            }
        } catch (JemputException e) {
            throw isOpen() ? e : Link.closed();
        } finally {
            if (!given)
                readers.give(reader);
        }
    }

    private static byte[] valuesOf(Prepared st, Object[] args) {
        byte[] values = null;

        try {
            values = st.values(args);
        } finally {
            if (values == null)
                st.done();
        }
        return values;
    }

    /**
     * The first row of a query.
     *
     * @param sql a statement that reads, with '?' for values
     * @param map makes the result
     * @param args the values
     * @param <T> of the result
     * @return null if there is no row
     */
    public <T> T one(String sql, Row<T> map, Object... args) {
        Cursor at = query(sql, args);

        try {
            return at.next() ? map.map(at) : null;
        } finally {
            at.close();
        }
    }

    /**
     * What this device has merged so far: taken when a form is opened, for {@link Tx#under} when it is saved.
     *
     * @return a number
     */
    public long token() {
        return one("SELECT jemput_token()", new Row<Long>() {
            @Override
            public Long map(Cursor at) {
                return at.getLong(0);
            }
        });
    }

    /**
     * How far a row's writes have come, oldest first: this device's, and another's if that is the newest.
     *
     * @param row which
     * @return one for each
     */
    public List<Delivery> delivery(Key row) {
        java.util.ArrayList<Delivery> all = new java.util.ArrayList<Delivery>();
        Cursor at = query("SELECT state, newest, own, claimed_ms, label, segment FROM jemput_delivery(?, ?)", row.table, row.parameter());

        try {
            while (at.next())
                all.add(new Delivery(at));
        } finally {
            at.close();
        }
        return java.util.Collections.unmodifiableList(all);
    }

    /**
     * Tells a listener after commits, this app's and those of merging, which tables have changed; after {@link #unlock}, that any may have.
     *
     * @param executor where it is called; null = {@link Config#callbacks}
     * @param listener told once for all that has changed meanwhile
     * @param tables of interest; none = all. A view of jemput's, such as jemput_conflict, counts as changed with any change
     * @return to be kept, and closed
     */
    public Subscription observe(Executor executor, ChangeListener listener, String... tables) {
        return observe(executor, listener, tables.length == 0 ? null : new HashSet<String>(Arrays.asList(tables)));
    }

    /**
     * The same for the tables that a query reads, views looked through.
     *
     * @param query it is not run
     * @param executor see above
     * @param listener see above
     * @return to be kept, and closed
     */
    public Subscription observe(Query query, Executor executor, ChangeListener listener) {
        return observe(executor, listener, tablesRead(query.sql));
    }

    private Subscription observe(Executor executor, ChangeListener listener, Set<String> tables) {
        alive();
        Subscription s = watchers.add(executor == null ? callbacks : executor, listener, tables);
        boolean good = false;

        try {
            observeDesk();
            good = true;
        } finally {
            if (!good)
                s.close();
        }
        return s;
    }

    /* --- sync --- */

    /**
     * Sends this device's work, fetches the others', merges. It blocks for as long as it takes, and may be interrupted; everybody else goes on
     * reading and writing meanwhile. Safe at any moment, to be cut off at any point, and to be begun again. One at a time: a second one waits.
     *
     * @param transport the hub; null = the one that is remembered
     * @param deadlineMs at most so long; 0 = no limit
     * @param cancel ends it; may be null
     * @param listener told how far it has come; may be null
     * @return what it reached
     * @throws JemputException with {@link JemputException#report}
     */
    public SyncReport sync(Transport transport, long deadlineMs, Cancel cancel, SyncListener listener) {
        return new Travels(this).sync(transport, deadlineMs, cancel, listener);
    }

    /**
     * Signs what is pending, now. A sync does it by itself.
     *
     * @return how many segments were made
     */
    public int seal() {
        desk.enter();
        try {
            return Native.seal(desk.handle());
        } finally {
            desk.leave();
        }
    }

    /**
     * Carries out what a person decided: an ordinary signed write, which closes the conflict on every device. {@link Code#DENIED} also if the
     * conflict holds a value that the decision does not name: one may have come in since. Not inside {@link #write}.
     *
     * @param decision with its reason
     */
    public void resolve(Decision decision) {
        byte[] packed = decision.packed();

        desk.enter();
        try {
            if (current != null)
                throw JemputException.misuse("a decision is a write of its own: not inside write()");
            Native.decide(desk.handle(), packed);
        } finally {
            desk.leave();
        }
    }

    /**
     * Makes two rows one, or parts them again: an ordinary signed write. The row that stays gets the values that it lacks; rows that name the other
     * one name it from then on, here and on every device. Not inside {@link #write}.
     *
     * @param merging which rows, with a reason
     * @return what was done, row by row; of one that only looks, what would be
     */
    public List<Move> mergeRows(Merging merging) {
        final List<Move> all = new java.util.ArrayList<Move>();
        byte[] packed = merging.packed();

        desk.enter();
        try {
            if (current != null)
                throw JemputException.misuse("merging rows is a write of its own: not inside write()");
            Native.mergeRows(desk.handle(), packed, new Upcall() {
                @Override
                boolean item(int kind, byte[] move) {
                    return all.add(new Move(new Packed(move)));
                }
            });
        } finally {
            desk.leave();
        }
        return java.util.Collections.unmodifiableList(all);
    }

    /**
     * From now on writes are judged as if this device had fewer rights: on a tablet that several people use, of whom each may do less than it. The
     * log still names the device; say who it was by {@link Tx#note}. {@link #resolve} and {@link #mergeRows} are not narrowed by it.
     *
     * @param roles such as "petugas"; null = the device's own again
     * @param scope the region, "16.74.05.1003"; null = the device's own
     */
    public void actAs(String roles, String scope) {
        desk.enter();
        try {
            if (current != null)
                throw JemputException.misuse("who writes does not change inside write()");
            Native.actAs(desk.handle(), Utf8.plainOrNull(roles, "roles"), Utf8.plainOrNull(scope, "a scope"));
        } finally {
            desk.leave();
        }
    }

    /**
     * Photos and other files beside the rows.
     *
     * @return of this store
     */
    public Attachments attachments() {
        return attachments;
    }

    /**
     * Writes a bundle: what others lack, in one file, for a stick that somebody carries.
     *
     * @param bundling where to, and what
     * @param cancel ends it; may be null
     * @param listener told how far it has come; may be null
     * @return what is in it
     */
    public BundleMade exportBundle(Bundling bundling, Cancel cancel, SyncListener listener) {
        return new Travels(this).exportBundle(bundling, cancel, listener);
    }

    /**
     * Takes in what a bundle carries, with the same checks as of what a hub shows. Safe to be repeated.
     *
     * @param in the bundle
     * @param cancel ends it; may be null
     * @param listener told how far it has come; may be null
     * @return what became of it
     * @throws JemputException with {@link JemputException#report}
     */
    public BundleTaken importBundle(BundleSource in, Cancel cancel, SyncListener listener) {
        return new Travels(this).importBundle(in, cancel, listener);
    }

    /**
     * Checks everything: the file, each signature, and that the tables are what the signed logs give. May take long, and may be interrupted.
     *
     * @param cancel ends it; may be null
     * @param listener told how far it has come; may be null
     * @return what does not hold, in English; none = all is well
     */
    public List<String> verify(Cancel cancel, SyncListener listener) {
        return new Travels(this).verify(cancel, listener);
    }

    /**
     * Computes everything that was merged anew from the signed logs, and puts that in place of what the tables hold: what to do when {@link #verify}
     * has found them damaged and the logs whole. It may be interrupted: then the rows are as they were, or, in a store that
     * has just been let in, as far as they have come. Work that is pending is kept.
     *
     * @param cancel ends it; may be null
     * @param listener told how far it has come; may be null
     * @return what was put right
     */
    public Rebuilt rebuild(Cancel cancel, SyncListener listener) {
        return new Travels(this).rebuild(cancel, listener);
    }

    /**
     * Lets go of old data that central has signed for and has backed up, and gives its room back. Now and then, when the tablet is charged.
     * {@link Code#NOTFOUND}, {@link Code#DENIED}: there is nothing to let go yet.
     *
     * @return what went
     */
    public Trimmed trim() {
        return new Travels(this).trim();
    }

    /**
     * One hash over all that was merged: devices that have merged the same have the same one. Signs what is pending first.
     *
     * @return 64 hexadecimal digits
     */
    public String stateHash() {
        desk.enter();
        try {
            return Utf8.text(Native.stateHash(desk.handle()));
        } finally {
            desk.leave();
        }
    }
}
