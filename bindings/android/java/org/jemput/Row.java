package org.jemput;

/**
 * Makes a value of a row.
 *
 * @param <T> what it makes
 */
public interface Row<T> {
    /**
     * Makes it.
     *
     * @param at the cursor, on that row; not to be moved or kept
     * @return what the caller gets
     */
    T map(Cursor at);
}
