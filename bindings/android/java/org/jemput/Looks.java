/* What people see of a store: each of these reads on a connection of its own, and never waits for a write or a sync. */
package org.jemput;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

abstract class Looks extends Opened {
    private volatile long lastSyncMs = -1;

    Looks(Config config, long handle) {
        super(config, handle);
    }

    /** Makes one thing of a message. */
    private interface Maker<T> {
        T of(Packed in);
    }

    private interface Call {
        void run(long handle, Upcall up);
    }

    /* Runs on a reader. */
    private void reading(Call call, Upcall up) {
        alive();
        Link link = readers.take();

        try {
            link.enter();
            try {
                call.run(link.handle(), up);
            } finally {
                link.leave();
            }
        } catch (JemputException e) {
            throw isOpen() ? e : Link.closed();
        } finally {
            readers.give(link);
        }
    }

    private <T> void each(Call call, final Maker<T> maker, final Each<T> each) {
        reading(call, new Upcall() {
            @Override
            boolean item(int kind, byte[] packed) {
                return each.item(maker.of(new Packed(packed)));
            }
        });
    }

    private <T> List<T> list(Call call, Maker<T> maker) {
        final List<T> all = new ArrayList<T>();

        each(call, maker, new Each<T>() {
            @Override
            public boolean item(T t) {
                return all.add(t);
            }
        });
        return Collections.unmodifiableList(all);
    }

    private static Call listing(final int what) {
        return new Call() {
            @Override
            public void run(long handle, Upcall up) {
                Native.list(handle, what, up);
            }
        };
    }

    private static final Maker<Conflict> CONFLICT = new Maker<Conflict>() {
        @Override
        public Conflict of(Packed in) {
            return new Conflict(in);
        }
    };

    /**
     * What the store knows of itself and its work. Cheap, also while a sync runs.
     *
     * @return as of now
     */
    public final Status status() {
        final Status[] out = new Status[1];

        reading(new Call() {
            @Override
            public void run(long handle, Upcall up) {
                out[0] = new Status(new Packed(Native.info(handle)));
            }
        }, null);
        synced(out[0].lastSyncMs);
        return out[0];
    }

    private synchronized void synced(long ms) {
        lastSyncMs = Math.max(lastSyncMs, ms);
    }

    /** When a sync was complete last, as far as status() has told; -1 = it was never asked. */
    final long lastSyncMs() {
        return lastSyncMs;
    }

    /**
     * Every open conflict, in the order of tables and keys.
     *
     * @return with all their sides
     */
    public final List<Conflict> conflicts() {
        return list(listing(Native.LIST_CONFLICTS), CONFLICT);
    }

    /**
     * The same, one after another. A connection is held meanwhile.
     *
     * @param each told each; false ends it
     */
    public final void conflicts(Each<Conflict> each) {
        each(listing(Native.LIST_CONFLICTS), CONFLICT, each);
    }

    /**
     * Every row that a constraint keeps out of its table.
     *
     * @return with the constraint's words
     */
    public final List<Held> held() {
        return list(listing(Native.LIST_HELD), new Maker<Held>() {
            @Override
            public Held of(Packed in) {
                return new Held(in);
            }
        });
    }

    /**
     * Who changed what in a row, oldest first. Reads the signed logs: for one row, not for lists.
     *
     * @param row which
     * @return all its edits, from all devices
     */
    public final List<Edit> history(final Key row) {
        return list(new Call() {
            @Override
            public void run(long handle, Upcall up) {
                Native.history(handle, row.packedTable(), row.packed(), up);
            }
        }, new Maker<Edit>() {
            @Override
            public Edit of(Packed in) {
                return new Edit(in);
            }
        });
    }

    /**
     * Every transaction that counts nowhere, and why.
     *
     * @return in the order in which they came here
     */
    public final List<Refused> refused() {
        return list(listing(Native.LIST_REFUSED), new Maker<Refused>() {
            @Override
            public Refused of(Packed in) {
                return new Refused(in);
            }
        });
    }

    /**
     * Everything that a person should know of, or decide.
     *
     * @return kind by kind
     */
    public final List<Case> cases() {
        return list(listing(Native.LIST_CASES), new Maker<Case>() {
            @Override
            public Case of(Packed in) {
                return new Case(in);
            }
        });
    }

    /**
     * Every device of the space as known here, then those that ask to be let in.
     *
     * @return by number
     */
    public final List<Device> devices() {
        return list(listing(Native.LIST_DEVICES), new Maker<Device>() {
            @Override
            public Device of(Packed in) {
                return new Device(in);
            }
        });
    }

    final List<Attachment> attachmentsOf(final Key row) {
        return list(attachmentCall(row), ATTACHMENT);
    }

    final void attachmentsOf(Key row, Each<Attachment> each) {
        each(attachmentCall(row), ATTACHMENT, each);
    }

    private static Call attachmentCall(final Key row) {
        return new Call() {
            @Override
            public void run(long handle, Upcall up) {
                Native.attachments(handle, row == null ? null : row.packedTable(), row == null ? null : row.packed(), up);
            }
        };
    }

    private static final Maker<Attachment> ATTACHMENT = new Maker<Attachment>() {
        @Override
        public Attachment of(Packed in) {
            return new Attachment(in);
        }
    };

    final int attachmentPart(final byte[] id, final long at, final byte[] out, final int length) {
        final int[] got = new int[1];

        reading(new Call() {
            @Override
            public void run(long handle, Upcall up) {
                got[0] = Native.attachmentPart(handle, id, at, out, length);
            }
        }, null);
        return got[0];
    }

    final AttachmentCounts attachmentCounts() {
        final AttachmentCounts[] out = new AttachmentCounts[1];

        reading(new Call() {
            @Override
            public void run(long handle, Upcall up) {
                out[0] = new AttachmentCounts(new Packed(Native.attachmentCount(handle)));
            }
        }, null);
        return out[0];
    }

    final java.util.Set<String> tablesRead(final String sql) {
        final java.util.Set<String> tables = new java.util.HashSet<String>();

        reading(new Call() {
            @Override
            public void run(long handle, Upcall up) {
                Packed in = new Packed(Native.tablesRead(handle, Utf8.plain(sql, "SQL")));

                tables.addAll(in.texts(in.i32()));
            }
        }, null);
        return tables;
    }
}
