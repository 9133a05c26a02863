/* By hand where there is no signal: a file on a stick or card to the office, and one back. */
package id.contoh.jemput.ui;

import android.content.Intent;
import android.net.Uri;

import java.io.IOException;

import org.jemput.BundleMade;
import org.jemput.android.Documents;

import id.contoh.jemput.logic.Usb;

final class UsbScreen extends Screen {
    private String said;

    UsbScreen(MainActivity activity) {
        super(activity);
    }

    @Override
    String title() {
        return "Kirim lewat USB";
    }

    @Override
    void draw(Page page) {
        page.text("Untuk tempat tanpa sinyal: simpan pekerjaan ke USB atau kartu, bawa ke kantor, lalu masukkan berkas dari kantor.");
        page.main("Simpan ke berkas", () -> activity.work(() -> Usb.fileName(store().status(), App.today()), name ->
            activity.ask(new Intent(Intent.ACTION_CREATE_DOCUMENT).addCategory(Intent.CATEGORY_OPENABLE).setType(Usb.MIME)
                .putExtra(Intent.EXTRA_TITLE, name), Asked.BUNDLE_OUT, null)));
        page.main("Masukkan berkas", () -> activity.ask(
            new Intent(Intent.ACTION_OPEN_DOCUMENT).addCategory(Intent.CATEGORY_OPENABLE).setType("*/*"), Asked.BUNDLE_IN, null));
        if (said != null)
            page.big(said);
    }

    @Override
    boolean takes(int request, byte[] key) {
        return request == Asked.BUNDLE_OUT || request == Asked.BUNDLE_IN;
    }

    @Override
    void result(int request, boolean ok, Intent data) {
        if (!ok || data == null || data.getData() == null)
            return;
        Uri document = data.getData();
        activity.work(() -> request == Asked.BUNDLE_OUT ? write(document) : read(document), words -> {
            said = words;
            activity.draw();
        });
    }

    private String read(Uri document) throws IOException {
        return Usb.taken(Documents.read(activity, document, store(), null, null));
    }

    private String write(Uri document) throws IOException {
        BundleMade made = Documents.write(activity, document, store(), false, null, null);
        return Usb.made(made, Usb.isEmpty(made) && Documents.remove(activity, document));
    }
}
