package org.jemput;

import java.io.OutputStream;

/**
 * What goes into a bundle: without more said, what central is not known to have, and no attachments. See {@link Store#exportBundle}.
 *
 * <pre>{@code
 * store.exportBundle(Bundling.to(out).attachments(0), cancel, null);
 * }</pre>
 */
public final class Bundling {
    final OutputStream out;
    boolean full;
    String device;
    long attachmentBytes = -1;

    private Bundling(OutputStream out) {
        this.out = out;
    }

    /**
     * A bundle.
     *
     * @param out where to; not closed. What a call that failed has written is no bundle
     * @return to be filled
     */
    public static Bundling to(OutputStream out) {
        if (out == null)
            throw JemputException.misuse("a stream to write to is needed");
        return new Bundling(out);
    }

    /**
     * All that is here.
     *
     * @return this
     */
    public Bundling full() {
        full = true;
        return this;
    }

    /**
     * What one device is not known to have.
     *
     * @param which its number, or how its log begins
     * @return this
     */
    public Bundling forDevice(String which) {
        device = which;
        return this;
    }

    /**
     * With attachments that no receipt of central's is known for; of any, in a full one or one for a device. They stand behind all text.
     *
     * @param bytesMax as many as have so many bytes together, the urgent and small ones first, at least one; 0 = all
     * @return this
     */
    public Bundling attachments(long bytesMax) {
        if (bytesMax < 0)
            throw JemputException.misuse("0 bytes are all, and less there is not");
        attachmentBytes = bytesMax;
        return this;
    }
}
