/* The recovery code, to be written on paper: shown once, confirmed by its last group. It may be put off; it is asked for again at the next PIN. */
package id.contoh.jemput.ui;

import android.widget.EditText;

import id.contoh.jemput.logic.Recovery;

final class RecoveryScreen extends Screen {
    private Recovery made;

    RecoveryScreen(MainActivity activity) {
        super(activity);
    }

    @Override
    String title() {
        return "Kode pemulihan";
    }

    @Override
    void draw(Page page) {
        if (made == null)
            activity.read(() -> new Recovery(store()), code -> {
                made = code;
                fill(page);
            });
        else
            fill(page);
    }

    /** What opens the store does not stay in memory behind a lock, and a code that was told to somebody is not shown again. */
    @Override
    void left() {
        made = null;
    }

    private void fill(Page page) {
        page.text("Tulis kode ini di kertas sekarang, dan simpan kertasnya di kantor, tidak bersama tablet. Bila lupa PIN atau kunci layar tablet"
            + " dihapus, hanya kode ini yang membuka data.");
        page.big(made.code.replace('-', ' '));
        EditText field = page.field("Ketik kelompok terakhir dari kertas", Page.CODE, "");
        page.main("Sudah saya tulis", () -> {
            String typed = field.getText().toString();
            activity.work(() -> made.confirm(typed), words -> {
                page.trouble(words);
                if (words != null)
                    return;
                activity.app().session().codeIsWritten();
                activity.onBackPressed();
            });
        });
        page.quiet("Kode yang lama, bila ada, tidak berlaku lagi.");
    }
}
