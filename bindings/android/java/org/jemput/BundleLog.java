package org.jemput;

/** Segments of one log in a bundle. */
public final class BundleLog {
    /** The log; "" = what the space begins with. */
    public final String writer;
    /** Which branch of it. */
    public final int generation;
    /** Number of the first segment that is whole, */
    public final long first;
    /** and of the last one. */
    public final long last;
    /** What became of it. */
    public final Fate fate;
    /** So many were not here before. */
    public final long fresh;
    /** If it was refused: the code, */
    public final int status;
    /** and why, English; null = it was not. */
    public final String why;

    BundleLog(Packed in) {
        writer = in.text();
        generation = in.i32();
        first = in.i64();
        last = in.i64();
        fate = Fate.of(in.i32());
        fresh = in.i64();
        status = in.i32();
        why = in.text();
    }

    /** What became of a log in a bundle. */
    public enum Fate {
        /** Merged, or all of it was known. */
        TAKEN,
        /** Kept, to be handed on. */
        CARRIED,
        /** Its device is not let in. */
        WAITS,
        /** It goes on from what is not here. */
        LACKS,
        /** A check failed. */
        REFUSED,
        /** {@link Jemput#show} alone. */
        SHOWN;

        static Fate of(int number) {
            return values()[Math.max(1, Math.min(number, 6)) - 1];
        }
    }
}
