package org.jemput;

/** Who made a write. */
public final class Origin {
    /** The log that it is in: 32 hexadecimal digits. */
    public final String writer;
    /** The number of its device in the roster; 0 = unknown. */
    public final int device;
    /** What that device is, such as "petugas"; null = unknown. */
    public final String roles;
    /** The writer's clock: claimed, never trusted. */
    public final long claimedMs;
    /** Number of its segment in the writer's log; 0 = it waits on this device. */
    public final long segment;
    /** Central's receipt covers it, as far as is known here. */
    public final boolean receipt;

    static Origin read(Packed in) {
        return new Origin(in);
    }

    private Origin(Packed in) {
        writer = in.text();
        device = in.i32();
        roles = in.text();
        claimedMs = in.i64();
        segment = in.i64();
        receipt = in.flag();
    }
}
