package org.jemput;

import java.io.File;
import java.util.concurrent.Executor;

/** Which store to open, and how. */
public final class Config {
    private static final int READERS = 4;

    final File store;
    Secret secret;
    String language = "id";
    Executor callbacks;
    boolean restricted;
    int readers = READERS;

    private Config(File store) {
        this.store = store;
    }

    /**
     * The file that holds everything. On Android: in {@code getNoBackupFilesDir()}, never on a card.
     *
     * @param store the file
     * @return to be filled
     */
    public static Config of(File store) {
        if (store == null)
            throw JemputException.misuse("a store is a file");
        return new Config(store.getAbsoluteFile());
    }

    /**
     * What a sealed store opens by, or is sealed by when it is made.
     *
     * @param s the caller's, to be closed afterwards; null = a plain store
     * @return this
     */
    public Config secret(Secret s) {
        secret = s;
        return this;
    }

    /**
     * The language of words for people.
     *
     * @param idOrEn "id", which is the default, or "en"
     * @return this
     */
    public Config language(String idOrEn) {
        language = "en".equals(idOrEn) ? "en" : "id";
        return this;
    }

    /**
     * Where listeners are called if they are given no executor of their own.
     *
     * @param e such as the main thread's
     * @return this
     */
    public Config callbacks(Executor e) {
        callbacks = e;
        return this;
    }

    /**
     * SQL reads and writes rows and does nothing else: no DDL, ATTACH, or PRAGMA that changes anything. For SQL that is not the app's own.
     *
     * @return this
     */
    public Config restricted() {
        restricted = true;
        return this;
    }

    /**
     * How many connections may read at once.
     *
     * @param most 1 to 16; 4 if nothing is said
     * @return this
     */
    public Config readers(int most) {
        if (most < 1 || most > 16)
            throw JemputException.misuse("1 to 16 connections can read");
        readers = most;
        return this;
    }

    byte[] path() {
        return Utf8.plain(store.getPath(), "the store's path");
    }
}
