package org.jemput;

/** How a store is sealed, and by what it opens. */
public final class Sealing {
    /** False: a plain store, or none. */
    public final boolean sealed;
    /** There is a PIN. */
    public final boolean pin;
    /** The PIN needs the platform's key beside it. */
    public final boolean pinNeedsKey;
    /** The platform's key is enough. */
    public final boolean key;
    /** There is a recovery code. */
    public final boolean recovery;
    /** Wrong PINs since the last right one. */
    public final int wrongPins;
    /** Before another PIN is tried; 0 = at once. */
    public final long waitMs;

    Sealing(Packed in) {
        sealed = in.flag();
        pin = in.flag();
        pinNeedsKey = in.flag();
        key = in.flag();
        recovery = in.flag();
        wrongPins = in.i32();
        waitMs = in.i64();
    }
}
