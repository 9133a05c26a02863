package org.jemput.sqlite;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;

import org.jemput.Savepoint;
import org.jemput.Store;
import org.jemput.Tx;

/**
 * A transaction whose statements come one by one, from whatever thread: coroutines change theirs between two statements. The store's own
 * {@code write()} belongs to one thread, so the transaction has one, which does what it is handed until it is told to end.
 */
final class Transaction {
    /** Something done inside, on the transaction's thread. */
    interface Step<T> {
        T run(Tx tx);
    }

    private static final class Named {
        final String name;
        final Savepoint point;

        Named(String name, Savepoint point) {
            this.name = name;
            this.point = point;
        }
    }

    /* Thrown inside write() so that it rolls back; nobody outside sees it. */
    private static final class Undo extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static final int LOOK_MS = 50;

    private final Store store;
    private final SynchronousQueue<Callable<Boolean>> steps = new SynchronousQueue<>(); // false: that was the last one, undo; null: keep
    private final SynchronousQueue<Object> answers = new SynchronousQueue<>();
    private final List<Named> points = new ArrayList<>();
    private Tx tx;
    private volatile boolean abandoned; // the store was closed: nobody waits for a transaction that nobody ends

    private Transaction(Store store) {
        this.store = store;
    }

    /** Waits until the store's writing connection is free. */
    static Transaction begin(Store store) {
        Transaction t = new Transaction(store);
        Thread thread = new Thread(t::live, "jemput transaction");
        thread.setDaemon(true);
        thread.start();
        t.take();
        return t;
    }

    private void live() {
        Object end = Boolean.TRUE;
        try {
            store.write(inside -> {
                tx = inside;
                answer(Boolean.TRUE); // it has begun
                while (true) {
                    Boolean more = step();
                    if (more == null)
                        return null;
                    if (!more)
                        throw new Undo();
                }
            });
        } catch (Undo e) {
            end = Boolean.TRUE;
        } catch (RuntimeException | Error e) {
            end = e;
        }
        if (!abandoned)
            answer(end);
    }

    private Boolean step() {
        while (true) {
            try {
                tx.waits(true);
                Callable<Boolean> next = steps.poll(LOOK_MS, TimeUnit.MILLISECONDS);
                if (next != null) {
                    tx.waits(false);
                    return next.call();
                }
                if (!store.isOpen()) {
                    abandoned = true;
                    return false;
                }
            } catch (InterruptedException e) {
                continue; // nobody interrupts this thread: it ends when it is told to
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void answer(Object what) {
        boolean given = false;
        while (!given) {
            try {
                answers.put(what);
                given = true;
            } catch (InterruptedException e) {
                given = false;
            }
        }
    }

    /* Waits for an answer, whatever interrupts: a step that is running cannot be left alone. */
    private Object take() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    Object got = answers.take();
                    if (got instanceof RuntimeException)
                        throw (RuntimeException) got;
                    if (got instanceof Error)
                        throw (Error) got;
                    return got;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted)
                Thread.currentThread().interrupt();
        }
    }

    private void hand(Callable<Boolean> step) {
        boolean interrupted = false, handed = false;
        while (!handed) {
            try {
                handed = steps.offer(step, LOOK_MS, TimeUnit.MILLISECONDS);
                if (!handed && abandoned)
                    throw new IllegalStateException("the store was closed, and the transaction undone");
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted)
            Thread.currentThread().interrupt();
    }

    /** It was undone, because the store was closed. */
    boolean isAbandoned() {
        return abandoned;
    }

    /** An error is the caller's; the transaction goes on, as SQLite's does. */
    @SuppressWarnings("unchecked")
    <T> T run(Step<T> step) {
        hand(() -> {
            Object got;
            try {
                got = new Object[] {step.run(tx)};
            } catch (RuntimeException | Error e) {
                got = e;
            }
            answer(got);
            return true;
        });
        return (T) ((Object[]) take())[0];
    }

    void savepoint(String name) {
        run(inside -> points.add(new Named(name, inside.savepoint())));
    }

    void release(String name) {
        run(inside -> {
            int at = find(name);
            points.get(at).point.release();
            points.subList(at, points.size()).clear();
            return null;
        });
    }

    /* SQLite keeps the savepoint after ROLLBACK TO: so does this, by a new one of the name. */
    void rollbackTo(String name) {
        run(inside -> {
            int at = find(name);
            points.get(at).point.close();
            points.subList(at, points.size()).clear();
            return points.add(new Named(name, inside.savepoint()));
        });
    }

    private int find(String name) {
        for (int i = points.size() - 1; i >= 0; i--) {
            if (points.get(i).name.equalsIgnoreCase(name))
                return i;
        }
        throw new IllegalStateException("no such savepoint: " + name);
    }

    /** Commits, or undoes. An error of COMMIT is thrown here; the transaction is undone then. */
    void end(boolean keep) {
        hand(() -> keep ? null : false);
        take();
    }
}
