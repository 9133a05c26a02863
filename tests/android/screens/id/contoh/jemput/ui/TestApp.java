/* The sample app where there is no Android: the library comes from the JVM's path, and no Keystore wraps the key. */
package id.contoh.jemput.ui;

import java.io.File;

import org.jemput.Jemput;
import org.jemput.KeyWrapper;

public class TestApp extends App {
    @Override
    void loadLibrary() {
        Jemput.load(new File(System.getProperty("jemput.library")), null);
    }

    @Override
    KeyWrapper wrapper() {
        return null;
    }
}
