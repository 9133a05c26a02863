/* Rows that are one thing, rights that are narrowed, and the store as a whole: checked, computed anew, trimmed. */
package org.jemput.test;

import static org.jemput.test.World.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

import org.jemput.Cancel;
import org.jemput.Code;
import org.jemput.Config;
import org.jemput.Edit;
import org.jemput.Jemput;
import org.jemput.Key;
import org.jemput.Merging;
import org.jemput.Move;
import org.jemput.Phase;
import org.jemput.Rebuilt;
import org.jemput.Store;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeTest {
    private static final String SCHEMA = "CREATE TABLE orang(nik TEXT PRIMARY KEY NOT NULL, nama TEXT, lahir TEXT, kunjungan INTEGER NOT NULL DEFAULT 0);"
        + "SELECT jemput_replicate('orang', 'sum=kunjungan');"
        + "CREATE TABLE surat(no INTEGER PRIMARY KEY, orang TEXT REFERENCES orang(nik)); SELECT jemput_replicate('surat', 'key=app');"
        + "SELECT jemput_policy('orang', 'admin', 'insert; update; delete'); SELECT jemput_policy('surat', 'admin,pusat', 'insert; update; delete')";
    @TempDir
    Path folder;
    private Store store;

    @BeforeEach
    void a_store() {
        store = Jemput.create(Config.of(folder.resolve("a.db").toFile()), SCHEMA, "admin,pusat");
        store.exec("INSERT INTO orang VALUES('1', 'Siti', NULL, 2), ('2', 'Sitti', '1990-01-02', 3)");
        store.exec("INSERT INTO surat VALUES(7, '2')");
    }

    @AfterEach
    void the_end() {
        store.close();
    }

    private String seen() {
        return store.one("SELECT (SELECT group_concat(nik || nama || ifnull(lahir, '-') || kunjungan) FROM orang) || (SELECT orang FROM surat)",
            at -> at.getString(0));
    }

    @Test
    void two_rows_become_one_and_two_again() {
        Key keep = Key.of("orang", "1");
        Key gone = Key.of("orang", "2");
        List<Move> would = store.mergeRows(Merging.of(keep, gone).because("NIK sama").look());

        assertEquals("1Siti-2,2Sitti1990-01-0232", seen());
        List<Move> done = store.mergeRows(Merging.of(keep, gone).because("NIK sama"));

        assertEquals("1Siti1990-01-0251", seen());
        assertEquals(would.size(), done.size());
        for (Move m : done)
            told(m);
        assertTrue(done.size() >= 4, done.size() + " moves");
        List<Edit> edits = store.history(gone);

        assertEquals(Edit.Op.DELETE, edits.get(edits.size() - 1).op);
        assertEquals(Collections.singletonList("1"), edits.get(edits.size() - 1).successor);
        store.mergeRows(Merging.undo(gone).because("dua orang"));
        assertEquals("1Siti-2,2Sitti1990-01-0232", seen());
        refused(Code.MISUSE, () -> store.mergeRows(Merging.of(keep, gone)));
        refused(Code.MISUSE, () -> store.mergeRows(Merging.undo(gone).because("lagi")));
        refused(Code.NOTFOUND, () -> store.mergeRows(Merging.of(keep, Key.of("orang", "3")).because("x")));
        refused(Code.MISUSE, () -> Merging.of(keep, Key.of("surat", 7)));
        refused(Code.MISUSE, () -> store.mergeRows(Merging.of(keep, Key.of("orang", "1", "2")).because("x")));
        refused(Code.MISUSE, () -> store.write(tx -> store.mergeRows(Merging.undo(gone).because("x"))));
    }

    private static void told(Move m) {
        switch (m.kind) {
        case VALUE:
            assertEquals("lahir", m.column);
            assertEquals(Collections.singletonList("1990-01-02"), m.values);
            break;
        case COUNT:
            assertEquals("kunjungan", m.column);
            assertEquals(Collections.singletonList(3L), m.values);
            break;
        case REFERENCE:
            assertEquals(Collections.singletonList(7L), m.row.values);
            assertEquals("2", m.before);
            assertEquals(Collections.singletonList("1"), m.values);
            break;
        case LEFT:
            assertEquals("nama", m.column);
            assertEquals("Siti", m.before);
            assertEquals(Collections.singletonList("Sitti"), m.values);
            break;
        default:
            assertEquals(Move.Kind.ROW, m.kind);
            assertNull(m.column);
            assertEquals(Collections.singletonList("2"), m.row.values);
            assertEquals(Collections.singletonList("1"), m.values);
        }
    }

    @Test
    void rights_can_be_narrowed_and_given_back() {
        store.actAs("pusat", null);
        refused(Code.DENIED, () -> store.exec("INSERT INTO orang VALUES('3', 'Budi', NULL, 0)"));
        assertEquals(1, store.exec("INSERT INTO surat VALUES(8, '1')"));
        store.actAs(null, null);
        assertEquals(1, store.exec("INSERT INTO orang VALUES('3', 'Budi', NULL, 0)"));
        refused(Code.DENIED, () -> store.actAs("petugas", null));
        refused(Code.MISUSE, () -> store.actAs("kepala", null));
        refused(Code.MISUSE, () -> store.write(tx -> {
            store.actAs("pusat", null);
            return null;
        }));
    }

    @Test
    void checking_and_computing_anew_tell_how_far_they_are_and_can_be_ended() {
        long[] last = new long[2];

        assertEquals(Collections.emptyList(), store.verify(null, p -> {
            assertEquals(Phase.REPLAY, p.phase);
            last[0] = p.done;
            last[1] = p.total;
            return true;
        }));
        assertTrue(last[0] > 0 && last[0] == last[1], last[0] + " of " + last[1]);
        refused(Code.CANCELLED, () -> store.verify(null, p -> false));
        Cancel cancel = new Cancel();

        refused(Code.CANCELLED, () -> store.verify(cancel, p -> {
            cancel.cancel();
            return true;
        }));
        refused(Code.CANCELLED, () -> store.rebuild(cancel, null));
        Thread.currentThread().interrupt();
        refused(Code.CANCELLED, () -> store.verify(null, null));
        assertTrue(Thread.interrupted());
        Rebuilt rebuilt = store.rebuild(null, p -> true);

        assertEquals(Collections.emptyList(), rebuilt.differences);
        assertEquals(0, rebuilt.rowsPut + rebuilt.rowsRemoved);
        assertTrue(rebuilt.segments > 0);
        assertEquals(store.stateHash(), rebuilt.stateHash);
        refused(Code.CANCELLED, () -> store.rebuild(null, p -> false));
        assertEquals(rebuilt.stateHash, store.stateHash());
        refused(Code.NOTFOUND, store::trim);
        assertArrayEquals(new Object[] {}, store.verify(null, null).toArray());
    }
}
