package org.jemput.android;

import android.content.ContentResolver;
import android.content.Context;
import android.net.Uri;
import android.os.ParcelFileDescriptor;
import android.provider.DocumentsContract;

import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

import org.jemput.BundleMade;
import org.jemput.BundleSource;
import org.jemput.BundleTaken;
import org.jemput.Bundling;
import org.jemput.Cancel;
import org.jemput.Store;
import org.jemput.SyncListener;

/**
 * Bundles on a stick, a card or wherever the Storage Access Framework reaches: documents that a person picked (ACTION_CREATE_DOCUMENT,
 * ACTION_OPEN_DOCUMENT). No permission is needed.
 */
public final class Documents {
    private static final int PIECE = 64 * 1024;

    private Documents() {
    }

    /**
     * Writes a bundle into a document, attachments included. When this returns, it is on the medium.
     *
     * @param context of the app
     * @param to the document
     * @param store what goes out
     * @param full true: everything, not only what central has not confirmed
     * @param cancel stops it; may be null
     * @param listener hears of its progress; may be null
     * @return what is in it
     * @throws IOException the document cannot be written
     */
    public static BundleMade write(Context context, Uri to, Store store, boolean full, Cancel cancel, SyncListener listener) throws IOException {
        ParcelFileDescriptor file = open(context.getContentResolver(), to, "wt");
        try (FileOutputStream out = new ParcelFileDescriptor.AutoCloseOutputStream(file)) {
            Bundling bundling = Bundling.to(out).attachments(0);
            BundleMade made = store.exportBundle(full ? bundling.full() : bundling, cancel, listener);
            if (!isPipe(file)) // of a pipe there is nothing to wait for: its other end writes
                out.getFD().sync();
            return made;
        }
    }

    /**
     * Removes a document that turned out to be of no use: one that was created for a bundle with nothing in it.
     *
     * @param context of the app
     * @param document it
     * @return false: who keeps it does not let anybody
     */
    public static boolean remove(Context context, Uri document) {
        try {
            return DocumentsContract.deleteDocument(context.getContentResolver(), document);
        } catch (FileNotFoundException | RuntimeException e) {
            return false;
        }
    }

    /**
     * Takes a bundle in from a document.
     *
     * @param context of the app
     * @param from the document
     * @param store where it goes
     * @param cancel stops it; may be null
     * @param listener hears of its progress; may be null
     * @return what came of it
     * @throws IOException the document cannot be read
     */
    public static BundleTaken read(Context context, Uri from, Store store, Cancel cancel, SyncListener listener) throws IOException {
        ParcelFileDescriptor file = open(context.getContentResolver(), from, "r");
        try (FileInputStream in = new ParcelFileDescriptor.AutoCloseInputStream(file)) {
            return isPipe(file) ? spooled(context, in, store, cancel, listener) : store.importBundle(source(in.getChannel()), cancel, listener);
        }
    }

    private static ParcelFileDescriptor open(ContentResolver resolver, Uri uri, String mode) throws IOException {
        ParcelFileDescriptor file = resolver.openFileDescriptor(uri, mode);
        if (file == null)
            throw new FileNotFoundException(uri.toString());
        return file;
    }

    private static boolean isPipe(ParcelFileDescriptor file) {
        return file.getStatSize() < 0;
    }

    /* Bundles are read by places; a provider that gives a pipe is read into a file first. */
    private static BundleTaken spooled(Context context, InputStream pipe, Store store, Cancel cancel, SyncListener listener) throws IOException {
        File spool = File.createTempFile("bundle", null, context.getCacheDir());
        try {
            try (OutputStream out = new FileOutputStream(spool)) {
                byte[] piece = new byte[PIECE];
                for (int n = pipe.read(piece); n >= 0; n = pipe.read(piece))
                    out.write(piece, 0, n);
            }
            try (FileInputStream in = new FileInputStream(spool)) {
                return store.importBundle(source(in.getChannel()), cancel, listener);
            }
        } finally {
            if (!spool.delete())
                spool.deleteOnExit();
        }
    }

    private static BundleSource source(FileChannel channel) {
        return (offset, out, length) -> {
            ByteBuffer into = ByteBuffer.wrap(out, 0, length);
            while (into.hasRemaining()) {
                int n = channel.read(into, offset + into.position());
                if (n < 0)
                    break;
            }
            return into.position();
        };
    }
}
