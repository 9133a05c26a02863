package org.jemput.android;

import android.content.Context;

import java.io.File;

import org.jemput.Config;
import org.jemput.Jemput;

/**
 * Where an app keeps its store: in the folder that Android leaves out of backups. A store that came back from a backup would be a second copy of this
 * device; jemput survives that, but the office has to look at it.
 */
public final class Places {
    private Places() {
    }

    /**
     * Loads the library, with the app's cache folder for SQLite's temporary files. {@link #config} does it, too.
     *
     * @param context of the app
     */
    public static void load(Context context) {
        Jemput.load(null, context.getCacheDir());
    }

    /**
     * The file of a store.
     *
     * @param context of the app
     * @param name such as "jemput.db"
     * @return in {@link Context#getNoBackupFilesDir()}
     */
    public static File file(Context context, String name) {
        return new File(context.getNoBackupFilesDir(), name);
    }

    /**
     * How a store there is opened.
     *
     * @param context of the app
     * @param name such as "jemput.db"
     * @return to be given a secret, and then to {@link Jemput#open}
     */
    public static Config config(Context context, String name) {
        load(context);
        return Config.of(file(context, name));
    }
}
