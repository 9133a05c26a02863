package org.jemput;

/**
 * Told one thing after another.
 *
 * @param <T> what is told
 */
public interface Each<T> {
    /**
     * The next one.
     *
     * @param t the caller's, to keep
     * @return false = no more of them
     */
    boolean item(T t);
}
