/* Photos of documents: taken with the tablet's camera, sealed in the store, and gone from the camera's file. */
package id.contoh.jemput.ui;

import android.content.Intent;
import android.provider.MediaStore;

import java.io.File;
import java.util.Arrays;
import java.util.List;

import org.jemput.Attachment;
import org.jemput.Key;
import org.jemput.android.CameraPhoto;

import id.contoh.jemput.logic.Words;

final class PhotoScreen extends Screen {
    private final byte[] application;
    private String said;

    PhotoScreen(MainActivity activity, byte[] application) {
        super(activity);
        this.application = application;
    }

    @Override
    String title() {
        return "Foto berkas";
    }

    private Key row() {
        return Key.of("permohonan", application);
    }

    @Override
    void draw(Page page) {
        page.text("Letakkan dokumen di tempat terang, dari atas, seluruhnya terlihat. Foto disegel dan dikirim setelah tulisan.");
        page.main("Ambil foto", () -> take(page));
        page.trouble(said);
        said = null;
        activity.read(() -> store().attachments().of(row()), list -> fill(page, list));
    }

    private void fill(Page page, List<Attachment> list) {
        for (Attachment a : list)
            page.quiet("Foto " + Words.size(a.bytes) + " · " + state(a.state));
        page.other("Selesai", activity::home);
    }

    private static String state(Attachment.State state) {
        return state == Attachment.State.UNSENT ? Words.ON_DEVICE : state == Attachment.State.PARTLY ? Words.WAITING : Words.RECEIVED;
    }

    private void take(Page page) {
        Intent camera = new Intent(MediaStore.ACTION_IMAGE_CAPTURE);
        camera.putExtra(MediaStore.EXTRA_OUTPUT, PhotoProvider.address(activity));
        camera.addFlags(Intent.FLAG_GRANT_WRITE_URI_PERMISSION | Intent.FLAG_GRANT_READ_URI_PERMISSION);
        if (camera.resolveActivity(activity.getPackageManager()) == null)
            page.trouble("Tablet ini tidak punya aplikasi kamera.");
        else if (!PhotoProvider.clear(activity)) // what lies there is of another application
            page.trouble("Berkas foto sebelumnya tidak dapat dihapus. Mulai ulang tablet, lalu coba lagi.");
        else
            activity.ask(camera, Asked.CAMERA, application);
    }

    @Override
    boolean takes(int request, byte[] key) {
        return request == Asked.CAMERA && Arrays.equals(key, application);
    }

    @Override
    void result(int request, boolean ok, Intent data) {
        File photo = PhotoProvider.file(activity);
        if (ok && photo.length() > 0) {
            activity.work(() -> CameraPhoto.attach(store(), row(), "dokumen", photo), id -> activity.draw());
            return;
        }
        PhotoProvider.clear(activity);
        said = ok ? "Kamera tidak menyimpan fotonya. Ambil sekali lagi." : null;
        activity.draw();
    }
}
