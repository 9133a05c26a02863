/* Work on a stick, for where there is no signal at all: what the file is called, and what came of it. */
package id.contoh.jemput.logic;

import org.jemput.BundleMade;
import org.jemput.BundleTaken;
import org.jemput.Code;
import org.jemput.JemputException;
import org.jemput.Status;

public final class Usb {
    public static final String MIME = "application/octet-stream";

    private Usb() {
    }

    /** Such as jemput-tablet-07-2026-11-26.bundle: no personal data in a name. */
    public static String fileName(Status status, String day) {
        return "jemput-tablet-" + (status.device < 10 ? "0" : "") + status.device + "-" + day + ".bundle";
    }

    /** Nobody needs to carry it. */
    public static boolean isEmpty(BundleMade made) {
        return made.segments == 0 && made.attachmentChunks == 0;
    }

    /** removed: its file is gone, as it should be of an empty one. */
    public static String made(BundleMade made, boolean removed) {
        if (isEmpty(made))
            return "Tidak ada yang baru sejak tanda terima pusat." + (removed ? "" : " Berkas yang tadi dibuat kosong: boleh dihapus.");
        String what = made.segments == 0 ? "foto" : made.segments + " bagian" + (made.attachmentChunks == 0 ? "" : " dan foto");
        return "Berkas jadi: " + what + ", " + Words.size(made.bytes) + ". Bawa ke kantor. Pekerjaan tetap ada di tablet ini sampai tanda terima pusat "
            + "datang." + (made.attachmentsLeft == 0 ? "" : " " + made.attachmentsLeft + " foto belum muat: buat satu berkas lagi nanti.");
    }

    /** Why there is no file, or nothing has come in. out: it was to be written. */
    public static String failed(boolean out, Throwable e) {
        String what = out ? "Berkas belum jadi: tidak ada yang perlu dibawa ke kantor." : "Berkas belum selesai dimasukkan.";
        return what + " " + why(out, e) + " Pekerjaan tetap aman di tablet ini. Coba sekali lagi.";
    }

    private static String why(boolean out, Throwable e) {
        if (!(e instanceof JemputException))
            return "USB atau kartu tidak dapat " + (out ? "ditulis." : "dibaca.");
        JemputException known = (JemputException) e;
        boolean stopped = known.status() == Code.CANCELLED || known.status() == Code.LOCKED || known.status() == Code.MISUSE;
        return stopped ? "Prosesnya dihentikan, atau tablet terkunci di tengah jalan." : known.what(Words.LANGUAGE);
    }

    public static String taken(BundleTaken taken) {
        if (taken.takenBefore)
            return "Berkas ini sudah pernah dimasukkan. Tidak ada yang berubah.";
        StringBuilder s = new StringBuilder("Berkas dimasukkan: " + taken.sync.rowsMerged + " baris baru.");
        if (taken.carried > 0)
            s.append(" Titipan untuk perangkat lain ikut disimpan.");
        if (taken.logsLacking > 0)
            s.append(" Sebagian belum dapat dipakai: bagian sebelumnya belum datang.");
        if (taken.logsRefused > 0)
            s.append(" Sebagian rusak dan tidak dimasukkan: minta berkas baru.");
        return s.toString();
    }
}
