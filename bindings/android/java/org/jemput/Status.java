package org.jemput;

/** What a store knows of itself and its work. */
public final class Status {
    /** The space that it belongs to: 64 hexadecimal digits. */
    public final String space;
    /** This device's log: 32 hexadecimal digits. */
    public final String writer;
    /** Its public key: 64 hexadecimal digits. Who lets a device in compares the first of them: an invitation may have been copied. */
    public final String key;
    /** Such as "petugas"; "" = not let in yet, suspended, or revoked. */
    public final String roles;
    /** The region that it may write in; "" = all. */
    public final String scope;
    /** The hub that is remembered; "" = none. */
    public final String hub;
    /** This device's number. */
    public final int device;
    /** It is in the roster, as known here. */
    public final boolean admitted;
    /** Its key was revoked or given up, as known here: what it writes from there on counts nowhere. */
    public final boolean revoked;
    /** The store is encrypted. */
    public final boolean sealed;
    /** Version of the roster. */
    public final int rosterVersion;
    /** Version of the schema. */
    public final int schemaVersion;
    /** How far this device's work has come. */
    public final Counts own;
    /** Changes of rows that are not sealed yet. */
    public final long pendingChanges;
    /** Rows that the replicated tables show. */
    public final long rows;
    /** Rows in conflict. */
    public final long conflicts;
    /** Rows that a constraint keeps out of their table. */
    public final long held;
    /** Logs known here. */
    public final long logs;
    /** Of those, that failed a check and stand stopped. */
    public final long logsStopped;
    /** Segments that are kept unread, for want of a key. */
    public final long unread;
    /** When a sync was complete last; 0 = never. Never goes back. */
    public final long lastSyncMs;
    /** Claimed time of central's newest segment here; 0 = none. */
    public final long lastReceiptMs;
    /** Of so many logs the hub had less than this device had seen there, when that was so last; 0 = never. */
    public final long hubBehind;
    /** And when. */
    public final long hubBehindMs;
    /** What signed times say of this clock: above 0 it is ahead, below 0 behind; 0 = nothing. Nothing is lost by it. */
    public final long clockErrorMs;
    /** Other devices' logs that claim a time more than a day ahead of this clock. */
    public final long logsAhead;

    Status(Packed in) {
        space = in.text();
        writer = in.text();
        key = in.text();
        roles = in.text();
        scope = in.text();
        hub = in.text();
        device = in.i32();
        admitted = in.flag();
        revoked = in.flag();
        sealed = in.flag();
        rosterVersion = in.i32();
        schemaVersion = in.i32();
        own = new Counts(in);
        pendingChanges = in.i64();
        rows = in.i64();
        conflicts = in.i64();
        held = in.i64();
        logs = in.i64();
        logsStopped = in.i64();
        unread = in.i64();
        lastSyncMs = in.i64();
        lastReceiptMs = in.i64();
        hubBehind = in.i64();
        hubBehindMs = in.i64();
        clockErrorMs = in.i64();
        logsAhead = in.i64();
    }
}
