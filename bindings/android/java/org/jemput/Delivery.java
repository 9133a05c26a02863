package org.jemput;

/** How far one write of a row has come. */
public final class Delivery {
    /** "di tablet ini", "menunggu sinyal" or "diterima pusat": words that stay, and may be compared with. */
    public final String state;
    /** The row's newest write. */
    public final boolean newest;
    /** This device's. */
    public final boolean own;
    /** When, by its writer's clock. */
    public final long claimedMs;
    /** Whose it is: "tablet 07". */
    public final String label;
    /** Where it is; 0 = not sealed yet. */
    public final long segment;

    /** A line of jemput_delivery(), its columns in this order. */
    Delivery(Cursor at) {
        state = at.getString(0);
        newest = at.getLong(1) != 0;
        own = at.getLong(2) != 0;
        claimedMs = at.getLong(3);
        label = at.getString(4);
        segment = at.getLong(5);
    }
}
