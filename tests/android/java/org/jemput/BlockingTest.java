/* What stands in the way, from a report, an error and a store's state. */
package org.jemput;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;

import org.junit.jupiter.api.Test;

class BlockingTest {
    private static final int UNREAD = 4;

    private static Packer report(int field, long value, long stopped, int retryS, int attachment, boolean complete) {
        Packer out = new Packer();

        for (int i = 0; i < 12; i++)
            out.i64(i == field ? value : 0);
        out.i32(0).i32(0).i64(stopped).i32(retryS);
        for (int i = 0; i < 5; i++)
            out.i64(0);
        return out.i32(attachment).text(Utf8.bytes(attachment == 0 ? "" : "foto")).i32(complete ? 1 : 0);
    }

    private static SyncReport.Facts facts(Packer of) {
        Packed in = new Packed(of.take());
        SyncReport.Facts f = new SyncReport.Facts(in);

        assertEquals(0, in.left());
        return f;
    }

    private static Status status(boolean admitted) {
        Packer out = new Packer();

        for (int i = 0; i < 6; i++)
            out.text(Utf8.bytes("t" + i));
        out.i32(7).i32(admitted ? 1 : 0).i32(0).i32(0).i32(1).i32(1);
        for (int i = 0; i < 16; i++)
            out.i64(i);
        Packed in = new Packed(out.take());
        Status s = new Status(in);

        assertEquals(0, in.left());
        return s;
    }

    private static Blocking of(SyncReport.Facts f, Code error, boolean admitted, String language) {
        JemputException e = error == null ? null : new JemputException(error, "teks");

        return SyncReport.of(f, e, status(admitted), -1, language).blocking();
    }

    @Test
    void each_hindrance_has_its_kind_and_words() {
        SyncReport.Facts good = facts(report(-1, 0, 0, 0, 0, true));
        Object[][] table = {
            {good, null, true, Blocking.Kind.NOTHING, ""},
            {good, Code.OFFLINE, true, Blocking.Kind.SIGNAL, ""},
            {facts(report(-1, 0, 0, 40, 0, false)), Code.BUSY, true, Blocking.Kind.HUB_BUSY, "40"},
            {good, Code.BUSY, true, Blocking.Kind.HUB_BUSY, ""},
            {good, Code.UNTRUSTED, true, Blocking.Kind.TRUST, "teks"},
            {good, Code.FULL, true, Blocking.Kind.SPACE, "teks"},
            {good, Code.DENIED, true, Blocking.Kind.CREDENTIALS, "teks"},
            {good, Code.DENIED, false, Blocking.Kind.NOT_ADMITTED, "teks"},
            {good, Code.CORRUPT, true, Blocking.Kind.OTHER, "teks"},
            {good, Code.CANCELLED, true, Blocking.Kind.OTHER, "teks"},
            {good, null, false, Blocking.Kind.NOT_ADMITTED, ""},
            {facts(report(-1, 0, 0, 0, Code.OFFLINE.number(), true)), null, true, Blocking.Kind.ATTACHMENT, "foto"},
            {facts(report(-1, 0, 3, 0, 0, true)), null, true, Blocking.Kind.LOG_STOPPED, "3"},
            {facts(report(UNREAD, 5, 0, 0, 0, true)), null, true, Blocking.Kind.KEY, "5"},
        };
        Set<Blocking.Kind> kinds = new HashSet<>();

        for (Object[] row : table) {
            Blocking id = of((SyncReport.Facts) row[0], (Code) row[1], (Boolean) row[2], "id");
            Blocking en = of((SyncReport.Facts) row[0], (Code) row[1], (Boolean) row[2], "en");

            assertEquals(row[3], id.kind);
            assertEquals(row[4], id.item);
            assertEquals(row[3] == Blocking.Kind.NOTHING, id.text.isEmpty());
            assertTrue(row[3] == Blocking.Kind.NOTHING || !id.text.equals(en.text), id.text);
            kinds.add(id.kind);
        }
        assertEquals(Blocking.Kind.values().length, kinds.size(), "all of them");
    }

    @Test
    void a_store_that_does_not_answer_leaves_what_is_known() {
        SyncReport r = SyncReport.of(facts(report(0, 9, 0, 0, 0, false)), null, null, -1, "id");

        assertEquals(9, r.segmentsSent);
        assertEquals(-1, r.pending);
        assertEquals(-1, r.lastSynced, "not known, which is not never");
        assertEquals(-1, r.receiptsThrough);
        assertEquals(77, SyncReport.of(facts(report(0, 9, 0, 0, 0, false)), null, null, 77, "id").lastSynced, "it never goes back");
        assertFalse(r.complete);
        SyncReport s = SyncReport.of(facts(report(6, 2, 0, 0, 0, true)), null, status(true), 77, "id");

        assertEquals(0 + 1, s.pending);
        assertEquals(2, s.delivered);
        assertEquals(2, s.rowsMerged);
    }

    @Test
    void a_message_that_ends_too_early_is_told_and_not_read_on() {
        byte[] whole = report(-1, 0, 0, 0, 0, true).take();

        for (int len = 0; len < whole.length; len++) {
            byte[] cut = java.util.Arrays.copyOf(whole, len);
            Code code = null;

            try {
                new SyncReport.Facts(new Packed(cut));
            } catch (JemputException e) {
                code = e.status();
            }
            assertEquals(Code.CORRUPT, code);
        }
    }
}
