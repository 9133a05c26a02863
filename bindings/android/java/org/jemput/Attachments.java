package org.jemput;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;

/** Photos of documents and other files beside the rows: {@link Store#attachments}. Any thread. */
public final class Attachments {
    private static final int PART_BYTES = 64 << 10;
    private static final int ID_BYTES = 16;

    private final Store store;

    Attachments(Store store) {
        this.store = store;
    }

    /**
     * Adds one. The row must be committed; a slow stream keeps nobody from writing. Not inside {@link Store#write}.
     *
     * @param a whose it is, and its bytes
     * @return its id
     */
    public byte[] add(Attaching a) {
        refuseInside();
        Link link = store.readers.other();

        try {
            link.lock.lock();
            try {
                store.watchers.observe(link);
                return attach(link, a);
            } finally {
                link.lock.unlock();
            }
        } catch (JemputException e) {
            throw store.isOpen() ? e : Link.closed();
        } finally {
            store.readers.endOther(link);
        }
    }

    private void refuseInside() {
        store.alive();
        if (store.isWriting())
            throw JemputException.misuse("an attachment is added by a transaction of its own: not inside write()");
    }

    private byte[] attach(Link link, Attaching a) {
        byte[] kind = Utf8.plainOrNull(a.kind, "a kind");
        byte[] mime = Utf8.plainOrNull(a.mime, "a type");

        byte[] told = Native.attach(link.handle(), a.row.packedTable(), a.row.packed(), kind, mime, new Whole(a.in, store.readers), a.flags);

        a.location = Attaching.Location.values()[told[ID_BYTES] - 1];
        return Arrays.copyOf(told, ID_BYTES);
    }

    /**
     * Adds one, and writes other rows in the same transaction: all of it, or nothing. The row that it belongs to must be committed before. Others
     * wait with writing until the stream is read: for a file, not for a camera.
     *
     * @param a whose it is, and its bytes
     * @param work what else is to be written
     * @param <T> what the work gives
     * @param <E> what it throws besides
     * @return what the work gave
     * @throws E of the work
     */
    public <T, E extends Exception> T add(final Attaching a, Work<T, E> work) throws E {
        refuseInside();
        return store.writing("BEGIN", new Work<Void, RuntimeException>() {
            @Override
            public Void run(Tx tx) {
                attach(store.desk, a);
                return null;
            }
        }, work);
    }

    /**
     * Those of a row.
     *
     * @param row which
     * @return in a fixed order
     */
    public List<Attachment> of(Key row) {
        if (row == null)
            throw JemputException.misuse("whose attachments?");
        return store.attachmentsOf(row);
    }

    /**
     * All there are, one after another. A connection is held meanwhile.
     *
     * @param each told each; false ends it
     */
    public void all(Each<Attachment> each) {
        store.attachmentsOf(null, each);
    }

    /**
     * The bytes of one, each piece checked before it is given. A wrong one fails when it is read first.
     *
     * @param id which
     * @return to be closed; one thread at a time
     */
    public InputStream open(byte[] id) {
        store.alive();
        return new Part(store, checked(id));
    }

    private static byte[] checked(byte[] id) {
        if (id == null || id.length != 16)
            throw JemputException.misuse("an attachment's id has 16 bytes");
        return id.clone();
    }

    /**
     * Writes the bytes of one.
     *
     * @param id which
     * @param to where to; not closed
     */
    public void copy(byte[] id, OutputStream to) {
        byte[] own = checked(id);
        byte[] part = new byte[PART_BYTES];
        long at = 0;

        try {
            for (;;) {
                int got = store.attachmentPart(own, at, part, part.length);

                if (got == 0)
                    return;
                to.write(part, 0, got);
                at += got;
            }
        } catch (IOException e) {
            throw Travels.failed("an attachment could not be written", e);
        }
    }

    /**
     * Has one fetched by the next sync, if the hub has it.
     *
     * @param id which
     */
    public void ask(byte[] id) {
        byte[] own = checked(id);

        store.desk.enter();
        try {
            Native.attachmentAsk(store.desk.handle(), own);
        } finally {
            store.desk.leave();
        }
    }

    /**
     * Deletes one, here and everywhere, as an ordinary signed write. Not inside {@link Store#write}.
     *
     * @param id which
     */
    public void remove(byte[] id) {
        byte[] own = checked(id);

        refuseInside();
        store.desk.enter();
        try {
            Native.attachmentRemove(store.desk.handle(), own);
        } finally {
            store.desk.leave();
        }
    }

    /**
     * Lets go of the bytes, here, of those that central has had for so long, and has backed up. They can be asked for again.
     *
     * @param days so long ago
     * @return what was let go
     */
    public Purged purge(int days) {
        if (days < 0)
            throw JemputException.misuse("days are not below 0");
        return new Travels(store).purge(days);
    }

    /**
     * How many there are.
     *
     * @return as of now
     */
    public AttachmentCounts counts() {
        return store.attachmentCounts();
    }

    /** What is added. close() waits for it a while; of a stream that hangs for longer nothing is kept, and nothing is written behind its back. */
    private static final class Whole extends InputStream {
        private final InputStream in;
        private final Readers readers;

        Whole(InputStream in, Readers readers) {
            this.in = in;
            this.readers = readers;
        }

        @Override
        public int read() throws IOException {
            return checked(in.read());
        }

        @Override
        public int read(byte[] out, int from, int length) throws IOException {
            return checked(in.read(out, from, length));
        }

        private int checked(int got) throws IOException {
            if (readers.hasEnded())
                throw Link.closed();
            return got;
        }
    }

    /** Read piece by piece. */
    private static final class Part extends InputStream {
        private final Store store;
        private final byte[] id;
        private byte[] part = new byte[PART_BYTES];
        private long next; // offset behind the part
        private int at;
        private int have;

        Part(Store store, byte[] id) {
            this.store = store;
            this.id = id;
        }

        private boolean fill() throws IOException {
            if (part == null)
                throw new IOException("the stream is closed");
            if (at < have)
                return true;
            at = 0;
            have = store.attachmentPart(id, next, part, part.length);
            next += have;
            return have > 0;
        }

        @Override
        public int read() throws IOException {
            return fill() ? part[at++] & 0xff : -1;
        }

        @Override
        public int read(byte[] out, int from, int length) throws IOException {
            if (from < 0 || length < 0 || length > out.length - from)
                throw new IndexOutOfBoundsException();
            if (length == 0)
                return 0;
            if (!fill())
                return -1;
            int count = Math.min(length, have - at);

            System.arraycopy(part, at, out, from, count);
            at += count;
            return count;
        }

        @Override
        public int available() {
            return part == null ? 0 : have - at;
        }

        @Override
        public void close() {
            part = null;
        }
    }
}
