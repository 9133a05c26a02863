package org.jemput;

/** What went wrong, in one word: {@code enum jemput_status} of the engine. Numbers are stable and never used again. */
public enum Code {
    /** Nothing went wrong. */
    OK(0),
    /** The call or its arguments are wrong; nothing was done. */
    MISUSE(1),
    /** Disk or system refused; may work later. */
    IO(2),
    /** Out of memory; may work later. */
    NOMEM(3),
    /** Something else holds the store or the hub; may work later. */
    BUSY(4),
    /** No space left; may work later. */
    FULL(5),
    /** The hub cannot be reached; may work later. */
    OFFLINE(6),
    /** Above a named limit. */
    LIMIT(7),
    /** A file, a log or what another sent is damaged, or not what it claims to be. */
    CORRUPT(8),
    /** The rules do not allow it: not enrolled, wrong role, wrong space, expired, a constraint. */
    DENIED(9),
    /** No such store, table, row, hub or branch. */
    NOTFOUND(10),
    /** Already there; nothing was overwritten. */
    EXISTS(11),
    /** Cancelled, or the deadline passed; may be started again. */
    CANCELLED(12),
    /** Made by a newer version of jemput: kept and forwarded, not applied. */
    UPGRADE(13),
    /** The store is sealed and locked, or it is too early for another PIN. */
    LOCKED(14),
    /** The way to the hub is not safe; nothing was sent. */
    UNTRUSTED(15),
    /** A number that this version of the binding does not know: {@link JemputException#code()} has it. */
    OTHER(-1);

    private final int number;

    Code(int number) {
        this.number = number;
    }

    /**
     * The engine's number.
     *
     * @return 0 … 15; -1 for {@link #OTHER}
     */
    public int number() {
        return number;
    }

    /**
     * The code of a number.
     *
     * @param number as the engine gives it
     * @return {@link #OTHER} if it is not known here
     */
    public static Code of(int number) {
        for (Code c : values()) {
            if (c.number == number && c != OTHER)
                return c;
        }
        return OTHER;
    }
}
