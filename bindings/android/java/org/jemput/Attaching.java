package org.jemput;

import java.io.InputStream;

/** An attachment to be added: see {@link Attachments#add}. */
public final class Attaching {
    final Key row;
    final InputStream in;
    String kind;
    String mime;
    int flags;
    Location location;

    private Attaching(Key row, InputStream in) {
        this.row = row;
        this.in = in;
    }

    /**
     * Begins one.
     *
     * @param row the row that it belongs to; committed
     * @param in its bytes; read to the end, and not closed
     * @return to be filled
     */
    public static Attaching of(Key row, InputStream in) {
        if (row == null || in == null)
            throw JemputException.misuse("an attachment is bytes of a row");
        return new Attaching(row, in);
    }

    /**
     * What it shows.
     *
     * @param of such as "kk-lama"; at most 63 bytes
     * @return this
     */
    public Attaching kind(String of) {
        kind = of;
        return this;
    }

    /**
     * What kind of file it is.
     *
     * @param type such as "image/jpeg"; at most 63 bytes
     * @return this
     */
    public Attaching mime(String type) {
        mime = type;
        return this;
    }

    /**
     * It is to be sent before those that are not urgent.
     *
     * @return this
     */
    public Attaching urgent() {
        flags |= Native.ATTACH_URGENT;
        return this;
    }

    /**
     * A JPEG stays as it is. Without this, what it says of where it was taken, and by what, is left out. Other files always stay as they are: see
     * {@link #location()}.
     *
     * @return this
     */
    public Attaching keepLocation() {
        flags |= Native.ATTACH_KEEP_LOCATION;
        return this;
    }

    /**
     * What became of the place in it. Only JPEGs are looked into: phones write where they were into HEIC, PNG, WebP, video and PDF files, too.
     *
     * @return null before it was added
     */
    public Location location() {
        return location;
    }

    /** What became of the place in an attachment. */
    public enum Location {
        /** A JPEG, whatever type was said: it does not say where it was taken, now. */
        LEFT_OUT,
        /** No JPEG: it is as it was, and may say where it was made. */
        NOT_LOOKED_AT,
        /** It is as it was: {@link Attaching#keepLocation}. */
        KEPT
    }
}
