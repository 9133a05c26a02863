/* Where the camera app may write one picture, and nobody may read any: a file of this app's cache, opened by a one-time permission. */
package id.contoh.jemput.ui;

import android.content.ContentProvider;
import android.content.ContentValues;
import android.content.Context;
import android.database.Cursor;
import android.net.Uri;
import android.os.ParcelFileDescriptor;

import java.io.File;
import java.io.FileNotFoundException;

public class PhotoProvider extends ContentProvider {
    static final String NAME = "id.contoh.jemput.foto";

    static Uri address(Context context) {
        return new Uri.Builder().scheme("content").authority(NAME).path("foto.jpg").build();
    }

    static File file(Context context) {
        return new File(context.getCacheDir(), "foto.jpg");
    }

    /** What a camera has left there is a citizen's document, and unsealed. False: it cannot be removed. */
    static boolean clear(Context context) {
        File photo = file(context);
        return !photo.exists() || photo.delete();
    }

    @Override
    public boolean onCreate() {
        return true;
    }

    @Override
    public ParcelFileDescriptor openFile(Uri uri, String mode) throws FileNotFoundException {
        if (getContext() == null || !address(getContext()).equals(uri))
            throw new FileNotFoundException(String.valueOf(uri));
        return ParcelFileDescriptor.open(file(getContext()), ParcelFileDescriptor.parseMode(mode));
    }

    @Override
    public String getType(Uri uri) {
        return "image/jpeg";
    }

    @Override
    public Cursor query(Uri uri, String[] columns, String where, String[] values, String order) {
        return null;
    }

    @Override
    public Uri insert(Uri uri, ContentValues values) {
        return null;
    }

    @Override
    public int delete(Uri uri, String where, String[] values) {
        return 0;
    }

    @Override
    public int update(Uri uri, ContentValues values, String where, String[] to) {
        return 0;
    }
}
