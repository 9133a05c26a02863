package org.jemput;

/** What a value is, as SQLite keeps it. */
public enum Type {
    /** No value. */
    NULL(0),
    /** A whole number of 64 bits. */
    INTEGER(1),
    /** A floating point number of 64 bits. */
    REAL(2),
    /** Text. */
    TEXT(3),
    /** Bytes. */
    BLOB(4);

    private final int number;

    Type(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    static Type of(int number) {
        return values()[number];
    }
}
