/* The first screen: the PIN; on a new tablet first the invitation, then a PIN of one's own, twice. */
package id.contoh.jemput.ui;

import android.content.Intent;
import android.widget.EditText;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

import org.jemput.JemputException;

import id.contoh.jemput.logic.Login;

final class PinScreen extends Screen {
    private static final int INVITATION_BYTES_MAX = 2 * 1024 * 1024; // the schema is in it

    private final Login login;
    private final Session session;
    private byte[] invitation;
    private boolean forgotten; // the PIN
    private String code;       // that opens in its place: a new PIN is chosen
    private char[] first;
    private String said;

    PinScreen(MainActivity activity) {
        super(activity);
        login = activity.app().login();
        session = activity.app().session();
    }

    @Override
    String title() {
        if (login.joined() && code == null)
            return forgotten ? "Kode pemulihan" : "Masukkan PIN";
        return code == null && invitation == null ? "Tablet baru" : first == null ? "Pilih PIN" : "Ulangi PIN";
    }

    private boolean chooses() {
        return !login.joined() || code != null;
    }

    @Override
    void draw(Page page) {
        if (!login.joined() && invitation == null) {
            page.text("Tablet ini belum terdaftar. Minta berkas undangan dari kantor, lalu pilih berkasnya.");
            page.main("Pilih berkas undangan", () -> activity.ask(
                new Intent(Intent.ACTION_OPEN_DOCUMENT).addCategory(Intent.CATEGORY_OPENABLE).setType("*/*"), Asked.INVITATION, null));
            page.trouble(said);
            return;
        }
        if (forgotten && code == null) {
            ask(page);
            return;
        }
        if (chooses() && first == null)
            page.text("Paling sedikit " + Login.PIN_LEAST + " angka. Hanya Anda yang tahu: tanpa PIN atau kode pemulihan, data di tablet"
                + " tidak dapat dibuka.");
        if (activity.isWaitingToGoOn())
            page.text("Setelah PIN, foto atau berkas tadi dilanjutkan.");
        EditText field = page.field("PIN", Page.SECRET_DIGITS, "");
        page.main("Lanjut", () -> {
            char[] pin = new char[field.length()];
            field.getText().getChars(0, pin.length, pin, 0);
            field.setText("");
            given(page, pin);
        });
        if (login.joined() && !forgotten)
            page.other("Lupa PIN, atau ditolak terus", () -> {
                forgotten = true;
                activity.draw();
            });
        page.trouble(said);
        said = null;
        field.requestFocus();
    }

    /* For the recovery code, which is tried at once: nobody chooses a PIN for nothing. */
    private void ask(Page page) {
        page.text("Kode pemulihan ditulis di kertas ketika tablet ini didaftarkan, dan disimpan di kantor. Dengan kode itu PIN baru dapat dipilih."
            + " Data tetap aman.");
        EditText field = page.field("Kode pemulihan", Page.CODE, "");
        page.main("Lanjut", () -> {
            String typed = field.getText().toString();
            activity.work(() -> login.refusal(typed), words -> {
                if (words == null)
                    code = typed;
                said = words;
                activity.draw();
            });
        });
        page.other("Kembali ke PIN", this::back);
        page.trouble(said);
        said = null;
        field.requestFocus();
    }

    private void given(Page page, char[] pin) {
        if (!chooses()) {
            open(pin, () -> session.open(login, pin));
        } else if (first == null) {
            String weak = Login.weak(pin);
            if (weak == null)
                first = pin;
            said = weak;
            activity.draw();
        } else if (!Arrays.equals(first, pin)) {
            Arrays.fill(first, '0');
            first = null;
            said = "Kedua PIN tidak sama. Pilih sekali lagi.";
            activity.draw();
        } else {
            Arrays.fill(first, '0');
            String by = code;
            open(pin, () -> {
                if (by != null)
                    session.recover(login, by, pin);
                else
                    session.opened(login.join(invitation, pin));
            });
        }
    }

    private void open(char[] pin, Runnable how) {
        activity.work(() -> {
            try {
                how.run();
                return null;
            } catch (JemputException e) {
                return login.said(e);
            } finally {
                Arrays.fill(pin, '0');
            }
        }, words -> {
            first = null;
            said = words;
            if (words == null)
                activity.letIn();
            else
                activity.draw();
        });
    }

    @Override
    boolean bars() {
        return true;
    }

    @Override
    boolean takes(int request, byte[] key) {
        return request == Asked.INVITATION;
    }

    @Override
    boolean back() {
        if (first == null && invitation == null && !forgotten)
            return false;
        if (first == null) {
            invitation = null;
            code = null;
            forgotten = false;
        }
        first = null;
        activity.draw();
        return true;
    }

    @Override
    void result(int request, boolean ok, Intent data) {
        if (!ok || data == null || data.getData() == null || login.joined())
            return;
        activity.work(() -> {
            try (InputStream in = activity.getContentResolver().openInputStream(data.getData())) {
                return read(in);
            }
        }, bytes -> {
            invitation = bytes;
            said = bytes == null ? "Berkas ini bukan undangan." : null;
            activity.draw();
        });
    }

    private static byte[] read(InputStream in) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] piece = new byte[4096];
        for (int n = in == null ? -1 : in.read(piece); n >= 0; n = in.read(piece)) {
            all.write(piece, 0, n);
            if (all.size() > INVITATION_BYTES_MAX)
                return null;
        }
        return all.size() == 0 ? null : all.toByteArray();
    }
}
