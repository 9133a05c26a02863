package org.jemput;

/** What a sync, or a bundle, is doing. */
public enum Phase {
    /** Own work is signed. */
    SEAL,
    /** It is sent. */
    SEND,
    /** Others' work is fetched, */
    FETCH,
    /** and merged. */
    MERGE,
    /** Central writes what it has received. */
    RECEIPT,
    /** Work is merged anew. */
    REPLAY,
    /** Tables are compared. */
    COMPARE,
    /** One that this version does not know. */
    OTHER;

    static Phase of(int number) {
        return number < 1 || number > 7 ? OTHER : values()[number - 1];
    }
}
