/* By hand where there is no signal: a file on a stick or card to the office, and one back. */
package id.contoh.jemput.ui;

import android.content.Intent;
import android.net.Uri;

import id.contoh.jemput.logic.Usb;

final class UsbScreen extends Screen {
    private final UsbRun run;

    UsbScreen(MainActivity activity) {
        super(activity);
        run = activity.app().session().usb();
    }

    @Override
    String title() {
        return "Kirim lewat USB";
    }

    @Override
    void draw(Page page) {
        run.shownBy(activity::draw);
        page.text("Untuk tempat tanpa sinyal: simpan pekerjaan ke USB atau kartu, bawa ke kantor, lalu masukkan berkas dari kantor.");
        if (run.isRunning()) {
            page.big("Berkas sedang dikerjakan. Jangan cabut USB atau kartu. Layar lain boleh dibuka.");
            page.main("Hentikan", run::stop);
            return;
        }
        page.main("Simpan ke berkas", () -> activity.work(() -> Usb.fileName(store().status(), App.today()), name ->
            activity.ask(new Intent(Intent.ACTION_CREATE_DOCUMENT).addCategory(Intent.CATEGORY_OPENABLE).setType(Usb.MIME)
                .putExtra(Intent.EXTRA_TITLE, name), Asked.BUNDLE_OUT, null)));
        page.main("Masukkan berkas", () -> activity.ask(
            new Intent(Intent.ACTION_OPEN_DOCUMENT).addCategory(Intent.CATEGORY_OPENABLE).setType("*/*"), Asked.BUNDLE_IN, null));
        if (run.said() != null)
            page.big(run.said());
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
        if (request == Asked.BUNDLE_OUT)
            run.write(document);
        else
            run.read(document);
    }

    @Override
    boolean back() {
        run.seen();
        return false;
    }

    @Override
    void left() {
        run.shownBy(null);
    }
}
