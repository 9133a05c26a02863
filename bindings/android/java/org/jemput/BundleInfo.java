package org.jemput;

/** What a bundle says of itself, and whether that holds. */
public final class BundleInfo {
    /** The space that it is of; "" = nothing whole in it says so. */
    public final String space;
    /** What holds of its manifest. */
    public final Manifest manifest;
    /** The log of the device that made it; "" without a good manifest, as all down to sinceNumber. */
    public final String carrier;
    /** Its key, as "ssh-ed25519 …". */
    public final String carrierKey;
    /** By that device's clock. */
    public final long madeMs;
    /** For whom. */
    public final String madeFor;
    /** Central's log, if what its segment sinceNumber covers is left out. */
    public final String since;
    /** See since. */
    public final long sinceNumber;
    /** Of the file. */
    public final long bytes;
    /** Whole ones in it. */
    public final long segments;
    /** That the manifest names, or that are damaged. */
    public final long segmentsLost;
    /** Whole chunks of attachments, */
    public final long attachmentChunks;
    /** and their sealed bytes. */
    public final long attachmentBytes;
    /** Chunks that the manifest counts, and that are not whole. */
    public final long attachmentChunksLost;
    /** Commits that whoever takes it must have. */
    public final long bases;
    /** Places where something was lost. */
    public final int damaged;
    /** Blocks of 64 KiB that the manifest vouches for. */
    public final int blocks;
    /** Of those, damaged. */
    public final int blocksDamaged;
    /** Where the first of those is. */
    public final long damagedAt;

    BundleInfo(Packed in) {
        space = in.text();
        manifest = Manifest.of(in.i32());
        carrier = in.text();
        carrierKey = in.text();
        madeMs = in.i64();
        madeFor = in.text();
        since = in.text();
        sinceNumber = in.i64();
        bytes = in.i64();
        segments = in.i64();
        segmentsLost = in.i64();
        attachmentChunks = in.i64();
        attachmentBytes = in.i64();
        attachmentChunksLost = in.i64();
        bases = in.i64();
        damaged = in.i32();
        blocks = in.i32();
        blocksDamaged = in.i32();
        damagedAt = in.i64();
    }

    /** Whether a bundle's manifest holds. */
    public enum Manifest {
        /** Whole, and signed. */
        GOOD,
        /** There is none: made by another program, or cut off. */
        NONE,
        /** Not whole, or not signed by the key that it says. */
        DAMAGED;

        static Manifest of(int number) {
            return values()[Math.max(0, Math.min(number, 2))];
        }
    }
}
