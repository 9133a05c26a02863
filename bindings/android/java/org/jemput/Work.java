package org.jemput;

/**
 * What is to be done within one transaction.
 *
 * @param <T> what it gives
 * @param <E> what it throws besides
 */
public interface Work<T, E extends Exception> {
    /**
     * Does it. Returning commits, throwing rolls back.
     *
     * @param tx for this call only
     * @return what {@link Store#write} gives
     * @throws E goes on to whoever called {@link Store#write}
     */
    T run(Tx tx) throws E;
}
