package org.jemput;

/** What {@link Store#importBundle} did. */
public final class BundleTaken {
    /** What the file says of itself. */
    public final BundleInfo file;
    /** What a sync would report; nothing was sent. */
    public final SyncReport sync;
    /** Segments that are newly kept for others. */
    public final long carried;
    /** Logs that go on from what is not here. */
    public final long logsLacking;
    /** Logs of devices that are not let in. */
    public final long logsWaiting;
    /** Logs that failed a check. */
    public final long logsRefused;
    /** This very bundle was taken whole before. */
    public final boolean takenBefore;

    /** As {@link SyncReport#of}. */
    BundleTaken(Packed in, JemputException error, Status now, long lastKnown, String language) {
        file = new BundleInfo(in);
        SyncReport.Facts facts = new SyncReport.Facts(in);
        carried = in.i64();
        logsLacking = in.i64();
        logsWaiting = in.i64();
        logsRefused = in.i64();
        takenBefore = in.flag();
        sync = SyncReport.of(facts, error, now, lastKnown, language);
    }
}
