package org.jemput;

/**
 * When to sync by itself: what happens goes in, what is to be done comes out. It owns no thread, timer or clock; a JobService, a Worker and a test
 * drive the same one. Not a clock but a state starts a sync: there is work that the hub has not got, and the link is up. What fails is tried again
 * later and later; a person who asks is obeyed at once.
 */
public final class SyncWatch {
    private static final int WATCH = 16;
    private static final int DO = 5;
    private static final int PHOTOS_WAIT_S = 900; // that text waits at most where a hub wants no more attachments for so long

    private final long[] watch = new long[WATCH];

    /** One that knows of nothing yet. */
    public SyncWatch() {
        Jemput.load();
    }

    /** Something that has happened. */
    public static final class Event {
        private static final int TIME = 1;
        private static final int LINK = 2;
        private static final int QUEUE = 3;
        private static final int ASKED = 4;
        private static final int DONE = 5;
        private static final int STOP = 6;

        private final long[] fields = new long[9];

        private Event(int kind) {
            fields[0] = kind;
        }

        private Event with(int field, long value) {
            fields[field] = value;
            return this;
        }

        /**
         * The moment has come that was asked for, or any other.
         *
         * @return to be given to step()
         */
        public static Event time() {
            return new Event(TIME);
        }

        /**
         * How the link is now; also when the device has come to another network.
         *
         * @param up there is one
         * @param saving the device saves its battery, or the link is dear
         * @return to be given to step()
         */
        public static Event link(boolean up, boolean saving) {
            return new Event(LINK).with(4, up ? 1 : 0).with(5, saving ? 1 : 0);
        }

        /**
         * Whether there is work that the hub has not got: after each change of it, or more often.
         *
         * @param waiting there is: {@link Outbox#waits}
         * @return to be given to step()
         */
        public static Event queue(boolean waiting) {
            return new Event(QUEUE).with(6, waiting ? 1 : 0);
        }

        /**
         * A person wants a sync now.
         *
         * @return to be given to step()
         */
        public static Event asked() {
            return new Event(ASKED);
        }

        /**
         * The sync that was begun has ended.
         *
         * @param error null = well, attachments too ({@link #doneWell} says it where they may be held up); what is no JemputException may mend by itself, as memory does that had run out
         * @param waiting there is work that the hub has not got: {@link Outbox#waits}
         * @return to be given to step()
         */
        public static Event done(Throwable error, boolean waiting) {
            JemputException known = error instanceof JemputException ? (JemputException) error : null;
            int code = known != null ? known.code() : error == null ? 0 : Code.NOMEM.number();
            long wait = known == null || known.report() == null ? 0 : known.report().retryAfterS;

            return new Event(DONE).with(6, waiting ? 1 : 0).with(7, code).with(8, wait);
        }

        /**
         * The sync that was begun has ended well; attachments, which go after the text, may have been held up.
         *
         * @param report what it reached
         * @param waiting there is work that the hub has not got: {@link Outbox#waits}
         * @return to be given to step()
         */
        public static Event doneWell(SyncReport report, boolean waiting) {
            int code = report.attachmentStatus == Code.OTHER ? Code.MISUSE.number() : report.attachmentStatus.number();

            return new Event(DONE).with(6, waiting ? 1 : 0).with(7, code).with(8, Math.min(report.retryAfterS, PHOTOS_WAIT_S));
        }

        /**
         * Nothing is begun any more.
         *
         * @return to be given to step()
         */
        public static Event stop() {
            return new Event(STOP);
        }
    }

    /** What is to be done now. */
    public static final class Do {
        /** Begin a sync, and tell of its end by {@link Event#done}. */
        public final boolean sync;
        /** End the one that runs. */
        public final boolean cancel;
        /** Come back then at the latest, by the clock of step(); {@link Long#MAX_VALUE} = by an event only. */
        public final long wakeMs;
        /** What to tell people. */
        public final Told told;
        /** It is another than before. */
        public final boolean changed;

        private Do(long[] fields) {
            sync = fields[0] != 0;
            cancel = fields[1] != 0;
            wakeMs = fields[2] < 0 ? Long.MAX_VALUE : fields[2];
            told = Told.of((int) fields[3]);
            changed = fields[4] != 0;
        }
    }

    /** The three states, for people. */
    public enum Told {
        /** Nothing waits. */
        ALL_SENT,
        /** Work waits for a signal, or for the next attempt. */
        WAITING,
        /** A sync runs. */
        SYNCING;

        static Told of(int number) {
            return values()[Math.max(1, Math.min(number, 3)) - 1];
        }
    }

    /**
     * One step.
     *
     * @param event what has happened
     * @param nowMs by a clock that goes on while the device sleeps: Android's {@code SystemClock.elapsedRealtime()}
     * @param wallMs milliseconds since 1970
     * @param random another one each time, so that a thousand devices do not come back in one second
     * @return what is to be done
     */
    public synchronized Do step(Event event, long nowMs, long wallMs, int random) {
        long[] todo = new long[DO];

        event.with(1, nowMs).with(2, wallMs).with(3, random & 0xffffffffL);
        Native.watchStep(watch, event.fields, todo);
        return new Do(todo);
    }

    /**
     * When a sync went well last, as far as this has been told.
     *
     * @return wall time; 0 = never
     */
    public synchronized long lastSyncedMs() {
        return watch[14];
    }

    /**
     * What to tell people now.
     *
     * @return one of the three states
     */
    public synchronized Told told() {
        return Told.of((int) watch[15]);
    }
}
