/* One screen: it draws what the logic says. */
package id.contoh.jemput.ui;

import android.content.Intent;

import org.jemput.Store;

abstract class Screen {
    final MainActivity activity;

    Screen(MainActivity activity) {
        this.activity = activity;
    }

    final Store store() {
        return activity.store();
    }

    abstract String title();

    /** Puts its views on an empty page. */
    abstract void draw(Page page);

    /** The way back; true: it was one within this screen. */
    boolean back() {
        return false;
    }

    /** Another screen is shown from now on. */
    void left() {
    }

    /** Nothing below it is shown before it lets one in. */
    boolean bars() {
        return false;
    }

    /** Whether what was asked for is for this screen. */
    boolean takes(int request, byte[] key) {
        return false;
    }

    /** What was asked for has come; ok false: the person changed their mind. */
    void result(int request, boolean ok, Intent data) {
    }
}
