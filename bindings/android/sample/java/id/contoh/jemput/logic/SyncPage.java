/* What the sync screen says: the three states, what is going on, and what is in the way. One button, always safe to press. */
package id.contoh.jemput.logic;

import java.util.TimeZone;

import org.jemput.AttachmentCounts;
import org.jemput.Blocking;
import org.jemput.JemputException;
import org.jemput.Phase;
import org.jemput.Progress;
import org.jemput.Status;
import org.jemput.SyncReport;

public final class SyncPage {
    private final TimeZone zone;
    private Status status;
    private long photos; // added here, and not received by central
    private Progress progress;
    private Blocking blocking;
    private String error;
    private boolean running;

    public SyncPage(TimeZone zone) {
        this.zone = zone;
    }

    /** How things stand: at opening, after each change, after each sync. */
    public void status(Status now, AttachmentCounts attachments) {
        status = now;
        photos = attachments.unsent + attachments.partly;
    }

    public void started() {
        running = true;
        progress = null;
        blocking = null;
        error = null;
    }

    /** What came of the last one has been read: the next look begins without it. */
    public void seen() {
        if (running)
            return;
        blocking = null;
        error = null;
    }

    public void progress(Progress now) {
        progress = now;
    }

    public void ended(SyncReport report) {
        running = false;
        blocking = report.blocking();
    }

    public void failed(JemputException e) {
        running = false;
        blocking = e.report() == null ? null : e.report().blocking();
        error = blocking == null || blocking.kind == Blocking.Kind.NOTHING ? Words.error(e) : null;
    }

    /** By what is no error of the engine's. */
    public void failed() {
        running = false;
        blocking = null;
        error = Words.UNKNOWN;
    }

    public boolean isRunning() {
        return running;
    }

    /** On the one button. */
    public String button() {
        return running ? "Hentikan dulu" : "Kirim dan ambil";
    }

    /** The line in large type. Photos go after the text, and may take hours: a tablet that is handed back too early has lost them. */
    public String headline() {
        if (running)
            return progress == null ? "Menghubungi pusat…" : phase(progress.phase) + portion();
        if (status == null)
            return "";
        if (status.own.pending() == 0 && photos > 0)
            return "Tulisan sudah diterima pusat. " + photos + " foto belum.";
        if (status.own.pending() == 0)
            return status.own.received == 0 ? "Belum ada pekerjaan di tablet ini." : "Semua pekerjaan sudah diterima pusat.";
        return status.own.pending() + " pekerjaan" + (photos > 0 ? " dan " + photos + " foto" : "")
            + " belum diterima pusat. Semuanya tersimpan di tablet ini.";
    }

    private String portion() {
        return progress.total > 0 ? " " + progress.done + " dari " + progress.total : "";
    }

    private static String phase(Phase phase) {
        switch (phase) {
        case SEAL: return "Menyegel pekerjaan";
        case SEND: return "Mengirim";
        case FETCH: return "Mengambil";
        case MERGE: return "Menggabungkan";
        case RECEIPT: return "Mencatat tanda terima";
        default: return "Memeriksa";
        }
    }

    /** The three states, a line each. */
    public String[] states() {
        return status == null ? new String[0] : Words.states(status.own);
    }

    /** What is in the way and what to do about it; null: nothing is. */
    public String advice() {
        if (error != null)
            return error;
        return blocking == null || blocking.kind == Blocking.Kind.NOTHING ? null : blocking.text;
    }

    /** When all was sent and fetched last. */
    public String last() {
        if (status == null || status.lastSyncMs == 0)
            return "Belum pernah lengkap.";
        return "Terakhir lengkap: " + Words.moment(status.lastSyncMs, zone) + ".";
    }

    /** What there is to decide or to look at, for the badges of the first screen; null: nothing. held: Kept.count(). */
    public String attention(int held) {
        if (status == null || status.conflicts + held == 0)
            return null;
        String conflicts = status.conflicts > 0 ? status.conflicts + " perbedaan" : "";
        return conflicts + (status.conflicts > 0 && held > 0 ? ", " : "") + (held > 0 ? held + " ditahan" : "");
    }
}
