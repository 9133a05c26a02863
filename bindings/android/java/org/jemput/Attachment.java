package org.jemput;

import java.util.List;

/** An attachment of a row: a photo of a document, as a rule. */
public final class Attachment {
    /** Names it: 16 bytes. */
    public final byte[] id;
    /** The row that it belongs to. */
    public final String table;
    /** That row's key; empty: its table is not known here. */
    public final List<Object> key;
    /** Such as "kk-lama". */
    public final String kind;
    /** Such as "image/jpeg". */
    public final String mime;
    /** How large it is. */
    public final long bytes;
    /** It is sent before those that are not. */
    public final boolean urgent;
    /** How far it has come. */
    public final State state;
    /** So many pieces it has, */
    public final int parts;
    /** and of these the hub has so many (where it was made), or are here (elsewhere). */
    public final int partsDone;
    /** It was added on this device. */
    public final boolean own;
    /** It can be read. */
    public final boolean here;
    /** It was asked for, and has not come. */
    public final boolean asked;

    Attachment(Packed in) {
        id = in.blob();
        table = in.text();
        key = in.values(in.i32());
        kind = in.text();
        mime = in.text();
        bytes = in.i64();
        urgent = in.flag();
        state = State.of(in.i32());
        parts = in.i32();
        partsDone = in.i32();
        own = in.flag();
        here = in.flag();
        asked = in.flag();
    }

    /** How far an attachment has come. */
    public enum State {
        /** "Belum dikirim". */
        UNSENT,
        /** "Sebagian"; with all parts: it waits for central's receipt. */
        PARTLY,
        /** "Diterima": central has signed that it has all of it. */
        RECEIVED;

        static State of(int number) {
            return values()[Math.max(1, Math.min(number, 3)) - 1];
        }
    }
}
