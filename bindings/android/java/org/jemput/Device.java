package org.jemput;

/** A device of the space, or one that asks to be let in. */
public final class Device {
    /** Names the device: 64 hexadecimal digits. */
    public final String key;
    /** Its newest log. */
    public final String writer;
    /** "tablet 07". */
    public final String label;
    /** 1 active, 2 suspended, 3 an older key, 4 revoked, 5 asks to be let in. */
    public final int state;
    /** Of one that asks: what it waits for, English; else "". */
    public final String why;
    /** Of one that was revoked: "lost", "stolen", "leaked", "left", "forked"; else "". */
    public final String reason;
    /** Its number. */
    public final int number;
    /** Seniority of a root administrator, from 1; 0 = none. */
    public final int root;
    /** It is this device. */
    public final boolean self;
    /** "" = none now. */
    public final String roles;
    /** "" = the whole space. */
    public final String scope;
    /** Number of the device that it has replaced; 0 = none. */
    public final int carriesOnFor;
    /** Of it that are known here. */
    public final long segments;
    /** Transactions of it that are known here without central's receipt. */
    public final long unsent;
    /** Claimed time of its newest segment; 0 = none. */
    public final long lastSeenMs;
    /** Claimed time of its newest segment with a receipt; 0 = none. */
    public final long lastReceiptMs;
    /** It claims a time that cannot be. */
    public final boolean clockDoubtful;
    /** Of its newest segment; 0 = unknown. */
    public final int schemaVersion;
    /** Which of the space's keys, by turn, its newest work is sealed under; 0 = its own first one, or none is known. */
    public final int keyTurn;
    /** Of its program, as it has said last; "" = it has not. */
    public final String version;
    /** Size of its store, likewise; -1 = it has not said. */
    public final long storeMib;
    /** Room that was left on its disk, likewise. */
    public final long freeMib;
    /** Of its store that are used beside each other: 1, or more (a case "copied"); 0 = it asks to be let in. */
    public final int copies;

    Device(Packed in) {
        key = in.text();
        writer = in.text();
        label = in.text();
        state = in.i32();
        why = in.text();
        reason = in.text();
        number = in.i32();
        root = in.i32();
        self = in.flag();
        roles = in.text();
        scope = in.text();
        carriesOnFor = in.i32();
        segments = in.i64();
        unsent = in.i64();
        lastSeenMs = in.i64();
        lastReceiptMs = in.i64();
        clockDoubtful = in.flag();
        schemaVersion = in.i32();
        keyTurn = in.i32();
        version = in.text();
        storeMib = in.i64();
        freeMib = in.i64();
        copies = in.i32();
    }
}
