package org.jemput;

import java.io.File;

/**
 * Where everything begins: the library, and stores that are made, joined and opened.
 *
 * <pre>{@code
 * try (Store store = Jemput.open(Config.of(new File(context.getNoBackupFilesDir(), "lapangan.db")))) {
 *     store.exec("INSERT INTO catatan(id, isi) VALUES(jemput_id(), ?)", "halo");
 * }
 * }</pre>
 */
public final class Jemput {
    private static final String LIBRARY = "jemput-android";
    private static boolean loaded;
    private static byte[] folder;   // for temporary files; null: the system's
    private static boolean started; // SQLite: it is told only then, for it begins with the engine's memory

    private Jemput() {
    }

    /** Loads the library from the app. Not needed: the first call that needs it does it. */
    public static void load() {
        load(null, null);
    }

    /**
     * Loads the library, once; a further call only names the folder.
     *
     * @param library its file; null = {@code libjemput-android.so} of the app
     * @param temporary the folder for SQLite's temporary files from now on, such as {@code getCacheDir()}; null = as it is: the system's, at first
     */
    public static synchronized void load(File library, File temporary) {
        if (!loaded)
            loadNow(library);
        loaded = true;
        if (temporary != null)
            folder = Utf8.plain(temporary.getAbsolutePath(), "a folder");
        if (started && folder != null)
            Native.temporary(folder);
    }

    private static synchronized void started() {
        started = true;
        if (folder != null)
            Native.temporary(folder);
    }

    private static void loadNow(File library) {
        try {
            if (library == null)
                System.loadLibrary(LIBRARY);
            else
                System.load(library.getAbsolutePath());
        } catch (UnsatisfiedLinkError e) {
            throw new JemputException(Code.MISUSE, "the library of jemput is not there for " + System.getProperty("os.arch") + ": "
                + (library == null ? System.mapLibraryName(LIBRARY) + " in " + System.getProperty("java.library.path") : library.getPath()), e);
        }
        if (Native.abi() != Native.ABI)
            throw JemputException.misuse("the library of jemput is another version than its classes: " + Native.abi() + ", not " + Native.ABI);
    }

    /**
     * The engine's version.
     *
     * @return such as "0.1.0"
     */
    public static String version() {
        load();
        return Utf8.text(Native.version());
    }

    /**
     * Opens a store that is there. It never makes one: {@link Code#NOTFOUND} says that it is lost.
     *
     * @param c which, and how
     * @return to be closed
     */
    public static Store open(final Config c) {
        load();
        final byte[] path = c.path();

        return opened(c, Ways.open(c.store, c.secret, false, new Ways.Opening() {
            @Override
            public long open(Secret.Ready s) {
                return Native.open(path, s.pin, s.key, s.recovery);
            }
        }));
    }

    private static Store opened(Config c, long handle) {
        boolean good = false;

        try {
            started();
            if (c.restricted)
                Native.restrict(handle);
            Store store = new Store(c, handle);

            good = true;
            return store;
        } finally {
            if (!good)
                Native.close(handle);
        }
    }

    /**
     * Makes a new space and its first store, whose device is the administrator: for offices, samples and tests. Tablets {@link #join}.
     *
     * @param c where, and by what it is sealed
     * @param schema SQL that every store of the space begins with: {@code CREATE TABLE …; SELECT jemput_replicate('…');}
     * @param roles "admin,pusat" or "admin"; null = the first
     * @return to be closed
     */
    public static Store create(final Config c, String schema, String roles) {
        load();
        final byte[] path = c.path();
        final byte[] sql = Utf8.plain(schema, "the schema");
        final byte[] as = Utf8.plainOrNull(roles, "roles");

        return opened(c, Ways.open(c.store, c.secret, true, new Ways.Opening() {
            @Override
            public long open(Secret.Ready s) {
                return Native.found(path, sql, as, s.pin, s.key);
            }
        }));
    }

    /**
     * Makes a store from an invitation: it works offline at once, and asks to be let in at its first sync.
     *
     * @param c where, and by what it is sealed
     * @param invitation the file's text, or a short one
     * @param hub how the hub is reached, which a short invitation needs at once; null = as the invitation says
     * @return to be closed
     */
    public static Store join(final Config c, byte[] invitation, Transport hub) {
        if (invitation == null)
            throw JemputException.misuse("an invitation is needed");
        load();
        final byte[] path = c.path();
        final byte[] text = invitation.clone();
        final byte[] at = hub == null ? null : hub.hub();
        final HttpBridge http = (hub == null ? Transport.remembered() : hub).bridge(null);

        try {
            return pinned(hub, opened(c, Ways.open(c.store, c.secret, true, new Ways.Opening() {
                @Override
                public long open(Secret.Ready s) {
                    return Native.join(path, text, at, s.pin, s.key, s.recovery, http);
                }
            })));
        } finally {
            Utf8.wipe(text);
        }
    }

    /* With the pins of its hub noted; or it is not open. */
    private static Store pinned(Transport hub, Store store) {
        boolean good = false;

        try {
            if (hub != null && hub.hub() != null)
                new Pins(store, store.desk).with(hub);
            good = true;
            return store;
        } finally {
            if (!good)
                store.close();
        }
    }

    /**
     * Whether a store is sealed, and by what it opens. Needs no secret.
     *
     * @param store its file
     * @return all false: it is not sealed, or not there
     */
    public static Sealing sealing(File store) {
        load();
        return Ways.sealing(store.getAbsoluteFile());
    }

    /**
     * Seals a plain store, unseals a sealed one, or gives a sealed one a new data key. Nobody may have it open.
     *
     * @param store its file
     * @param from by what it opens now; null = it is plain
     * @param to by what it is to open; null = it becomes plain
     * @return the recovery code, told this once; null if it became plain
     */
    public static String protect(File store, Secret from, Secret to) {
        load();
        File file = store.getAbsoluteFile();
        Secret.Ready old = Secret.ready(from, file, false);
        Secret.Ready next = null;

        try {
            next = Secret.ready(to, file, true);
            byte[] path = Utf8.plain(file.getPath(), "the store's path");
            byte[] code = Native.protect(path, old.pin, old.key, old.recovery, next.pin, next.key, to == null);

            return code == null ? null : Utf8.text(code);
        } finally {
            old.wipe();
            if (next != null)
                next.wipe();
        }
    }

    /**
     * Makes an empty hub in a folder: for samples, tests, and sticks. One that is there stays as it is.
     *
     * @param folder a bare git repository afterwards
     */
    public static void makeHub(File folder) {
        load();
        Native.hubInit(Utf8.plain(folder.getAbsolutePath(), "a folder"));
    }

    /**
     * What is in a bundle, without a store.
     *
     * @param in the bundle
     * @param each told each log in it; may be null
     * @return what it says of itself, and whether that holds
     */
    public static BundleInfo show(BundleSource in, final Each<BundleLog> each) {
        if (in == null)
            throw JemputException.misuse("a bundle to read is needed");
        load();
        return new BundleInfo(new Packed(Native.bundleShow(null, in, new Upcall() {
            @Override
            boolean item(int kind, byte[] packed) {
                return each == null || each.item(new BundleLog(new Packed(packed)));
            }
        })));
    }

    /**
     * Who is told of what was not closed, and of listeners that throw. If nobody is: a line on the error stream.
     *
     * @param l for the whole process
     */
    public static void onLeak(LeakListener l) {
        if (l == null)
            throw JemputException.misuse("a listener is needed");
        Leaks.listen(l);
    }

    /**
     * Whether leaks tell where what was forgotten was made. Costs a stack trace each time: for debugging.
     *
     * @param on from now on
     */
    public static void traceLeaks(boolean on) {
        Leaks.trace(on);
    }
}
