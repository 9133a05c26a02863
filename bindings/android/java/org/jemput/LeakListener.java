package org.jemput;

/** Told what an app forgot, and what went wrong where nobody waits for it. On a thread of jemput's own; see {@link Jemput#onLeak}. */
public interface LeakListener {
    /**
     * Something was collected that had not been closed. It is closed now.
     *
     * @param kind "Store", "Cursor", "Statement" or "Subscription"
     * @param where it was made; null unless {@link Jemput#traceLeaks} is on
     */
    void leaked(String kind, Throwable where);

    /**
     * A listener threw, or its executor refused; the subscription goes on.
     *
     * @param what in one sentence
     * @param cause what was thrown
     */
    void trouble(String what, Throwable cause);
}
