package org.jemput;

/** How far this device's transactions have come: the three states that an officer sees. */
public final class Counts {
    /** "Di tablet ini": saved, not sealed yet. */
    public final long onDevice;
    /** "Menunggu sinyal": sealed, perhaps sent, without central's receipt. */
    public final long waiting;
    /** "Diterima pusat": covered by a signed receipt. */
    public final long received;

    Counts(Packed in) {
        onDevice = in.i64();
        waiting = in.i64();
        received = in.i64();
    }

    /**
     * What central has not confirmed yet.
     *
     * @return transactions
     */
    public long pending() {
        return onDevice + waiting;
    }

    /**
     * All that this device has written.
     *
     * @return transactions
     */
    public long all() {
        return onDevice + waiting + received;
    }
}
