package org.jemput;

/** What a sync, or the taking of a bundle, has reached. Also of one that failed: {@link JemputException#report}. */
public final class SyncReport {
    /** Both directions were finished: nothing is left to do until something new is written. */
    public final boolean complete;
    /** This device's transactions that central has not confirmed; -1 = not known. */
    public final long pending;
    /** This device's transactions that central has confirmed; -1 = not known. */
    public final long delivered;
    /** Claimed time of central's newest receipt here; 0 = none, -1 = not known. */
    public final long receiptsThrough;
    /** When a sync was complete last; 0 = never, -1 = not known: the store was closed or locked before it told. Never goes back. */
    public final long lastSynced;
    /** Segments that were sent. */
    public final long segmentsSent;
    /** Segments that were fetched. */
    public final long segmentsFetched;
    /** Bytes that were sent. */
    public final long bytesSent;
    /** Bytes that were fetched. */
    public final long bytesReceived;
    /** Rows of other devices that were merged. */
    public final long rowsMerged;
    /** Transactions of other devices that were merged. */
    public final long transactionsMerged;
    /** Rows that came into conflict on the way. */
    public final long conflictsNew;
    /** Times that a row came to be held on the way. */
    public final long heldNew;
    /** Segments that are kept unread, for want of a key. */
    public final long unread;
    /** Logs with a segment that failed a check. */
    public final long logsStopped;
    /** Logs of which the hub had less than this device had seen there. */
    public final long logsBehind;
    /** Devices that were newly let in. */
    public final long devicesAdmitted;
    /** The longest that merging kept others from writing, in milliseconds. */
    public final long lockMsMax;
    /** The hub wants to be left alone so many seconds; 0 = not said. */
    public final int retryAfterS;
    /** Central's state is another than this store's, although both have merged the same. */
    public final boolean statesDiffer;
    /** Pieces of attachments that were sent. */
    public final long attachmentChunksSent;
    /** Pieces of attachments that were fetched. */
    public final long attachmentChunksFetched;
    /** Bytes of attachments that were sent. */
    public final long attachmentBytesSent;
    /** Attachments that are whole here now and were not before. */
    public final long attachmentsFetched;
    /** Attachments that wait for central's receipt, or were asked for and have not come. */
    public final long attachmentsWaiting;
    /** Why attachments did not get through; {@link Code#OK} = they did. */
    public final Code attachmentStatus;
    /** The same in words; "" = nothing stood in the way. */
    public final String attachmentText;

    private final Blocking blocking;

    private SyncReport(Facts f, Status now, long lastKnown, Blocking blocking) {
        complete = f.complete;
        pending = now == null ? -1 : now.own.pending();
        delivered = now == null ? -1 : now.own.received;
        receiptsThrough = now == null ? -1 : now.lastReceiptMs;
        lastSynced = now == null ? lastKnown : now.lastSyncMs;
        segmentsSent = f.counts[0];
        segmentsFetched = f.counts[1];
        bytesSent = f.counts[2];
        bytesReceived = f.counts[3];
        unread = f.counts[4];
        transactionsMerged = f.counts[5];
        rowsMerged = f.counts[6];
        conflictsNew = f.counts[7];
        heldNew = f.counts[8];
        devicesAdmitted = f.counts[9];
        lockMsMax = f.counts[10];
        logsBehind = f.counts[11];
        statesDiffer = f.statesDiffer;
        logsStopped = f.logsStopped;
        retryAfterS = f.retryAfterS;
        attachmentChunksSent = f.attachments[0];
        attachmentBytesSent = f.attachments[1];
        attachmentChunksFetched = f.attachments[2];
        attachmentsFetched = f.attachments[3];
        attachmentsWaiting = f.attachments[4];
        attachmentStatus = Code.of(f.attachmentStatus);
        attachmentText = f.attachmentText;
        this.blocking = blocking;
    }

    /** struct jemput_sync_report, as it was packed. */
    static final class Facts {
        final long[] counts;
        final boolean statesDiffer;
        final long logsStopped;
        final int retryAfterS;
        final long[] attachments;
        final int attachmentStatus;
        final String attachmentText;
        final boolean complete;

        Facts(Packed in) {
            counts = longs(in, 12);
            in.i32(); // whether states were compared
            statesDiffer = in.flag();
            logsStopped = in.i64();
            retryAfterS = in.i32();
            attachments = longs(in, 5);
            attachmentStatus = in.i32();
            attachmentText = in.text();
            complete = in.flag();
        }

        private static long[] longs(Packed in, int count) {
            long[] all = new long[count];

            for (int i = 0; i < count; i++)
                all[i] = in.i64();
            return all;
        }
    }

    /** error null: it went well. now null: the store does not say, and lastKnown is when a sync was complete last, as far as it had told. */
    static SyncReport of(Facts f, JemputException error, Status now, long lastKnown, String language) {
        return new SyncReport(f, now, lastKnown, error == null ? blocking(f, now, language) : blocking(error, f, now, language));
    }

    /**
     * What stands in the way, if anything does: the first thing to do something about.
     *
     * @return never null
     */
    public Blocking blocking() {
        return blocking;
    }

    private static Blocking blocking(JemputException error, Facts f, Status now, String language) {
        String text = error.advice(language);

        switch (error.status()) {
        case OFFLINE:
            return new Blocking(Blocking.Kind.SIGNAL, "", text);
        case BUSY:
            return new Blocking(Blocking.Kind.HUB_BUSY, f.retryAfterS > 0 ? Integer.toString(f.retryAfterS) : "", text);
        case UNTRUSTED:
            return new Blocking(Blocking.Kind.TRUST, error.getMessage(), text);
        case FULL:
            return new Blocking(Blocking.Kind.SPACE, error.getMessage(), text);
        case DENIED:
            return new Blocking(now != null && now.admitted ? Blocking.Kind.CREDENTIALS : Blocking.Kind.NOT_ADMITTED, error.getMessage(), text);
        default:
            return new Blocking(Blocking.Kind.OTHER, error.getMessage(), text);
        }
    }

    private static Blocking blocking(Facts f, Status now, String language) {
        boolean english = "en".equals(language);

        if (f.attachmentStatus != 0)
            return new Blocking(Blocking.Kind.ATTACHMENT, f.attachmentText, new JemputException(f.attachmentStatus, 0, null).advice(language));
        if (now != null && !now.admitted)
            return new Blocking(Blocking.Kind.NOT_ADMITTED, "", english
                ? "This device is not let in yet. Its work is kept here, and goes out as soon as it is. Ask the office to let it in."
                : "Perangkat ini belum didaftarkan kantor. Pekerjaannya tersimpan di sini, dan terkirim begitu didaftarkan. Minta kantor mendaftarkannya.");
        if (f.logsStopped > 0)
            return new Blocking(Blocking.Kind.LOG_STOPPED, Long.toString(f.logsStopped), english
                ? "The work of another device failed a check and is kept aside. All else is safe. Tell the office."
                : "Pekerjaan perangkat lain tidak lolos pemeriksaan dan disisihkan. Yang lain aman. Beri tahu kantor.");
        if (f.counts[4] > 0)
            return new Blocking(Blocking.Kind.KEY, Long.toString(f.counts[4]), english
                ? "Some of what came cannot be read here: the key to it is missing. Nothing is lost. Sync again when the office has synced."
                : "Sebagian yang datang belum terbaca di sini: kuncinya belum ada. Tidak ada yang hilang. Sinkronkan lagi setelah kantor menyinkronkan.");
        return new Blocking(Blocking.Kind.NOTHING, "", "");
    }
}
