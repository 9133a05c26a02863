package org.jemput;

/** Told after a commit that something has changed: see {@link Store#observe}. */
public interface ChangeListener {
    /**
     * Called on the executor that was given, never twice at once. What changes meanwhile comes together in the next call.
     *
     * @param change what has changed
     */
    void changed(Change change);

    /** The store was closed: nothing is told any more, and no call of {@link #changed} runs or comes. Not called when the subscription was closed. */
    default void ended() {
    }
}
