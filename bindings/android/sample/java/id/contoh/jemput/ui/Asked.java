/* What another app was asked for: a photo, a place for a file. Android may end this process meanwhile, so it is kept with the activity, by the screen
 * that it was for; and what comes back waits until the PIN was given. */
package id.contoh.jemput.ui;

import android.content.Intent;
import android.os.Bundle;

final class Asked {
    /* One number a question in the whole app: what comes back names nothing else. */
    static final int INVITATION = 1, CAMERA = 2, BUNDLE_OUT = 3, BUNDLE_IN = 4;

    final int request;
    /** What the screen is about; null: nothing in particular. */
    final byte[] key;
    private boolean come, ok;
    private Intent data;

    Asked(int request, byte[] key) {
        this.request = request;
        this.key = key;
    }

    /** As it was kept; null: nothing was asked for. */
    static Asked of(Bundle saved) {
        int request = saved == null ? 0 : saved.getInt("asked");
        if (request == 0)
            return null;
        Asked a = new Asked(request, saved.getByteArray("asked.key"));
        a.come = saved.getBoolean("asked.come");
        a.ok = saved.getBoolean("asked.ok");
        a.data = saved.getParcelable("asked.data");
        return a;
    }

    void keep(Bundle out) {
        out.putInt("asked", request);
        out.putByteArray("asked.key", key);
        out.putBoolean("asked.come", come);
        out.putBoolean("asked.ok", ok);
        out.putParcelable("asked.data", data);
    }

    /** It has come back. */
    void come(boolean good, Intent what) {
        come = true;
        ok = good;
        data = what;
    }

    boolean hasCome() {
        return come;
    }

    /** To the screen that it is for. */
    void give(Screen to) {
        to.result(request, ok, data);
    }

    /** That screen, where it is not there any more. */
    Screen screen(MainActivity activity) {
        switch (request) {
        case CAMERA: return new PhotoScreen(activity, key);
        case INVITATION: return new PinScreen(activity);
        default: return new UsbScreen(activity);
        }
    }
}
