/* The first screen: letting this tablet in with an invitation, choosing a PIN, and opening with it. */
package id.contoh.jemput.logic;

import java.io.File;

import org.jemput.Code;
import org.jemput.Config;
import org.jemput.Jemput;
import org.jemput.JemputException;
import org.jemput.KeyWrapper;
import org.jemput.Sealing;
import org.jemput.Secret;
import org.jemput.Store;

public final class Login {
    /** Fewer digits than this are guessed too soon, should somebody copy the file and the key with it. */
    public static final int PIN_LEAST = 6;

    private final File file;
    private final KeyWrapper wrapper;

    /** wrapper: the platform's key store, asked for beside the PIN; null where there is none (tests). */
    public Login(File file, KeyWrapper wrapper) {
        this.file = file;
        this.wrapper = wrapper;
    }

    /** False: this tablet has no store yet and needs an invitation. */
    public boolean joined() {
        return file.exists();
    }

    /** Why these digits are not good enough as a new PIN; null: they are. */
    public static String weak(char[] pin) {
        if (pin.length < PIN_LEAST)
            return "PIN paling sedikit " + PIN_LEAST + " angka.";
        boolean same = true, up = true, down = true;
        for (int i = 0; i < pin.length; i++) {
            if (pin[i] < '0' || pin[i] > '9')
                return "PIN hanya angka.";
            int step = i == 0 ? 0 : pin[i] - pin[i - 1];
            same &= i == 0 || step == 0;
            up &= i == 0 || step == 1;
            down &= i == 0 || step == -1;
        }
        return same || up || down ? "PIN ini terlalu mudah ditebak. Pilih angka yang lain." : null;
    }

    /** Lets this tablet in: the store is made, sealed by the PIN. Works without a signal; the office's data comes with the first sync. */
    public Store join(byte[] invitation, char[] pin) {
        try (Secret secret = secret(pin)) {
            return Jemput.join(Config.of(file).secret(secret), invitation, null);
        }
    }

    public Store open(char[] pin) {
        try (Secret secret = secret(pin)) {
            return Jemput.open(Config.of(file).secret(secret));
        }
    }

    /** One that was locked while its officer was away. */
    public void unlock(Store store, char[] pin) {
        try (Secret secret = secret(pin)) {
            store.unlock(secret);
        }
    }

    /** Why a recovery code does not open this tablet; null: it does. */
    public String refusal(String code) {
        try {
            open(code).close();
            return null;
        } catch (JemputException e) {
            if (e.status() == Code.MISUSE)
                return "Kode ini salah ketik. Periksa tulisan di kertas.";
            if (e.status() == Code.DENIED)
                return "Kode ini bukan milik tablet ini, atau sudah diganti dengan yang lebih baru.";
            return e.status() == Code.LOCKED ? "Tablet ini belum punya kode pemulihan. Tanyakan ke kantor. Data tetap aman." : Words.error(e);
        }
    }

    /** By the recovery code: the PIN is forgotten, or Android has given its key up. {@link #renew} after it. */
    public Store open(String code) {
        try (Secret secret = Secret.recovery(code)) {
            return Jemput.open(Config.of(file).secret(secret));
        }
    }

    public void unlock(Store store, String code) {
        try (Secret secret = Secret.recovery(code)) {
            store.unlock(secret);
        }
    }

    /** The PIN from now on. The code has been told to somebody, so another is wanted. */
    public void renew(Store store, char[] pin) {
        Recovery.forget(store);
        store.setPin(null, pin, wrapper);
    }

    private Secret secret(char[] pin) {
        return wrapper == null ? Secret.pin(pin) : Secret.pinAndKey(pin, wrapper);
    }

    /** How long the officer has to wait before another PIN is looked at; 0: not at all. */
    public long waitSeconds() {
        Sealing how = Jemput.sealing(file);
        return (how.waitMs + 999) / 1000;
    }

    /** What to say when open() or join() has failed. */
    public String said(JemputException e) {
        if (e.status() == Code.DENIED && joined()) {
            long wait = waitSeconds();
            return wait > 0 ? "PIN salah. Tunggu " + wait + " detik, lalu coba lagi. Data tetap aman." : "PIN salah. Coba lagi. Data tetap aman.";
        }
        if (e.status() == Code.LOCKED && joined() && waitSeconds() > 0)
            return "Terlalu sering salah. Tunggu " + waitSeconds() + " detik, lalu coba lagi. Data tetap aman.";
        return Words.error(e);
    }
}
