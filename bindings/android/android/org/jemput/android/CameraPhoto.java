package org.jemput.android;

import android.content.ContentResolver;
import android.content.Context;
import android.net.Uri;

import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;

import org.jemput.Attaching;
import org.jemput.Key;
import org.jemput.Store;

/**
 * A photo becomes an attachment of a row: sealed in the store, and gone from where the camera had left it. The row must be committed before.
 */
public final class CameraPhoto {
    private CameraPhoto() {
    }

    /**
     * A file that the camera wrote for this app. It is removed after the photo is in the store, and stays if that failed. If it exists afterwards, the
     * photo is in the store all the same: take it for no other.
     *
     * @param store where it goes
     * @param row what it belongs to
     * @param kind such as "kk-lama"
     * @param photo the file
     * @return the attachment's id
     * @throws IOException the file cannot be read
     */
    public static byte[] attach(Store store, Key row, String kind, File photo) throws IOException {
        byte[] id;
        try (InputStream in = new FileInputStream(photo)) {
            id = store.attachments().add(Attaching.of(row, in).kind(kind).mime("image/jpeg"));
        }
        photo.delete(); // if that fails it is no failure of the photo's
        return id;
    }

    /**
     * A photo that a person picked. It stays where it is: it is not this app's.
     *
     * @param context of the app
     * @param store where it goes
     * @param row what it belongs to
     * @param kind such as "kk-lama"
     * @param photo what was picked
     * @return the attachment's id
     * @throws IOException it cannot be read
     */
    public static byte[] attach(Context context, Store store, Key row, String kind, Uri photo) throws IOException {
        ContentResolver resolver = context.getContentResolver();
        String mime = resolver.getType(photo);
        try (InputStream in = resolver.openInputStream(photo)) {
            if (in == null)
                throw new FileNotFoundException(photo.toString());
            return store.attachments().add(Attaching.of(row, in).kind(kind).mime(mime == null ? "application/octet-stream" : mime));
        }
    }
}
