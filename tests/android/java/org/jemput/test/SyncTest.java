/* Syncs through a folder, and what people see of them. */
package org.jemput.test;

import static org.jemput.test.World.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jemput.Blocking;
import org.jemput.Bundling;
import org.jemput.Cancel;
import org.jemput.Code;
import org.jemput.Conflict;
import org.jemput.Decision;
import org.jemput.Delivery;
import org.jemput.Device;
import org.jemput.Edit;
import org.jemput.Held;
import org.jemput.JemputException;
import org.jemput.Key;
import org.jemput.Phase;
import org.jemput.Status;
import org.jemput.Store;
import org.jemput.SyncReport;
import org.jemput.Transport;
import org.junit.jupiter.api.Test;

class SyncTest extends OfficeAndTablet {
    @Test
    void work_goes_from_device_to_device_and_its_states_are_told() {
        byte[] id = person(tablet, "Siti \uD83D\uDE00\0x");
        Key key = Key.of("orang", (Object) id);

        assertEquals("di tablet ini", tablet.delivery(key).get(0).state);
        assertEquals(1, tablet.status().own.onDevice);
        SyncReport sent = sync(tablet);

        assertTrue(sent.complete);
        assertEquals(1, sent.pending);
        assertEquals(1, sent.segmentsSent);
        assertTrue(sent.bytesSent > 0);
        assertEquals(Blocking.Kind.NOTHING, sent.blocking().kind);
        assertEquals("menunggu sinyal", tablet.delivery(key).get(0).state);
        SyncReport came = sync(office);

        assertEquals(1, came.rowsMerged);
        assertEquals("Siti \uD83D\uDE00\0x", office.one("SELECT nama FROM orang WHERE id = ?", at -> at.getString(0), id), "NUL and all");
        SyncReport done = sync(tablet);

        assertEquals(0, done.pending);
        assertEquals(1, done.delivered);
        assertTrue(done.lastSynced >= sent.lastSynced);
        assertTrue(done.receiptsThrough > 0);
        Delivery d = tablet.delivery(key).get(0);

        assertEquals("diterima pusat", d.state);
        assertTrue(d.own);
        assertTrue(d.newest);
        Status s = tablet.status();

        assertEquals("petugas", s.roles);
        assertTrue(s.admitted);
        assertEquals(world.hub.getPath(), s.hub);
        assertEquals(office.stateHash(), tablet.stateHash());
        assertTrue(tablet.verify(null, null).isEmpty());
        assertEquals(2, office.devices().size());
        Device device = tablet.devices().get(1);

        assertTrue(device.self);
        assertEquals("petugas", device.roles);
    }

    @Test
    void what_one_connection_knows_of_devices_is_not_older_than_what_came_in_by_another() {
        Key key = Key.of("orang", (Object) person(tablet, "Siti"));

        for (int i = 0; i < 3; i++) {
            assertEquals(i + 2, tablet.devices().size());
            assertEquals(0, tablet.attachments().counts().here);
            try (Store next = world.tablet("lagi" + i)) {
                person(next, "Orang");
                settle(next, office, tablet);
            }
            assertEquals(0, tablet.attachments().counts().here);
            assertEquals(i + 3, tablet.devices().size());
            assertEquals(1, tablet.history(key).size());
            assertEquals(office.status().rosterVersion, tablet.status().rosterVersion);
        }
        assertEquals(office.stateHash(), tablet.stateHash());
    }

    @Test
    void a_conflict_is_seen_decided_and_closed_everywhere() {
        byte[] id = person(tablet, "Sity");
        Key key = Key.of("orang", (Object) id);

        settle(tablet, office);
        tablet.exec("UPDATE orang SET nama = 'Siti' WHERE id = ?", id);
        office.exec("UPDATE orang SET nama = 'Sitti' WHERE id = ?", id);
        settle(tablet, office);
        List<Conflict> all = tablet.conflicts();
        Conflict c = all.get(0);

        assertEquals(1, all.size());
        assertEquals(1, tablet.status().conflicts);
        assertEquals("orang", c.table);
        assertArrayEquals(id, (byte[]) c.key.get(0));
        assertEquals(Arrays.asList("nama"), c.columns);
        assertEquals(2, c.sides.size());
        int shown = c.sides.get(0).shown ? 0 : 1;
        Object kept = c.sides.get(shown).values.get(0);
        Object other = c.sides.get(1 - shown).values.get(0);

        assertEquals(kept, tablet.one("SELECT nama FROM orang", at -> at.getString(0)));
        refused(Code.MISUSE, () -> tablet.resolve(Decision.of(c.row()).set("nama", kept).hide("nama", other)));
        refused(Code.DENIED, () -> tablet.resolve(Decision.of(c.row()).set("nama", kept).because("tanpa melihat")));
        refused(Code.NOTFOUND, () -> tablet.resolve(Decision.of(c.row()).set("nomor", 1).because("kolom lain")));
        tablet.resolve(Decision.of(c.row()).set("nama", "Siti Aminah").hide("nama", other).hide("nama", kept).because("KK lama dilihat"));
        assertTrue(tablet.conflicts().isEmpty());
        settle(tablet, office);
        assertTrue(office.conflicts().isEmpty());
        List<Edit> history = office.history(key);
        Edit last = history.get(history.size() - 1);

        assertEquals(Edit.Op.INSERT, history.get(0).op);
        assertEquals(Edit.Op.DECISION, last.op);
        assertEquals("KK lama dilihat", last.note);
        assertEquals("Siti Aminah", last.values.get(0));
        assertEquals("Siti Aminah", office.one("SELECT nama FROM orang", at -> at.getString(0)));
        assertEquals(office.stateHash(), tablet.stateHash());
    }

    @Test
    void a_row_that_a_constraint_keeps_out_is_held() {
        tablet.exec("INSERT INTO unik VALUES('a', 'sama', 1)");
        office.exec("INSERT INTO unik VALUES('b', 'sama', 2)");
        settle(tablet, office);
        Held h = office.held().get(0);

        assertEquals("unik", h.table);
        assertTrue(h.reason.contains("UNIQUE"), h.reason);
        assertEquals("sama", h.values.get(h.columns.indexOf("kode")));
        assertEquals(1, office.status().held);
        boolean[] seen = new boolean[1];

        office.conflicts(c -> {
            seen[0] = true;
            return false;
        });
        assertFalse(seen[0]);
        assertTrue(office.cases().stream().allMatch(k -> k.what("en") != null));
        assertTrue(office.refused().isEmpty());
    }

    @Test
    void a_listener_sees_progress_may_write_and_may_not_sync() {
        for (int i = 0; i < 20; i++)
            person(tablet, "Orang " + i);
        List<Phase> phases = new ArrayList<>();

        tablet.sync(null, 0, null, p -> {
            phases.add(p.phase);
            refused(Code.MISUSE, () -> sync(tablet));
            refused(Code.MISUSE, () -> tablet.exportBundle(Bundling.to(new ByteArrayOutputStream()), null, null));
            refused(Code.MISUSE, tablet::lock);
            assertTrue(tablet.status().rows >= 20);
            tablet.exec("INSERT INTO nomor(kode) VALUES(?)", "k" + phases.size());
            return true;
        });
        assertTrue(phases.contains(Phase.SEND), phases.toString());
        refused(Code.MISUSE, () -> tablet.write(tx -> sync(tablet)));
    }

    @Test
    void what_a_listener_throws_comes_out_and_nothing_is_lost() {
        person(tablet, "Siti");
        Error thrown = new AssertionError("dari pendengar");

        assertSame(thrown, assertThrows(AssertionError.class, () -> tablet.sync(null, 0, null, p -> {
            throw thrown;
        })));
        refused(Code.CANCELLED, () -> tablet.sync(null, 0, null, p -> false));
        SyncReport r = sync(tablet);

        assertTrue(r.complete);
    }

    @Test
    void a_token_a_deadline_and_an_interrupt_end_a_sync() {
        for (int i = 0; i < 50; i++)
            person(tablet, "Orang " + i);
        Cancel before = new Cancel();

        before.cancel();
        assertTrue(before.isCancelled());
        assertFalse(refused(Code.CANCELLED, () -> tablet.sync(null, 1, before, null)).isRetryable());
        Cancel during = new Cancel();
        JemputException e = refused(Code.CANCELLED, () -> tablet.sync(null, 0, during, p -> {
            during.cancel();
            return true;
        }));

        assertNotNull(e.report());
        assertFalse(e.report().complete);
        assertFalse(e.isRetryable(), "somebody wanted that");
        assertEquals(50, e.report().pending);
        JemputException late = refused(Code.CANCELLED, () -> tablet.sync(null, 1, null, p -> {
            long from = System.nanoTime();

            while (System.nanoTime() - from < 20_000_000)
                Thread.yield();
            return true;
        }));

        assertTrue(late.isRetryable(), "nobody wanted that");
        assertFalse(refused(Code.CANCELLED, () -> tablet.sync(null, 60_000, null, p -> false)).isRetryable());
        Thread.currentThread().interrupt();
        refused(Code.CANCELLED, () -> sync(tablet));
        assertTrue(Thread.interrupted(), "it is still told");
        refused(Code.CANCELLED, () -> tablet.sync(null, 0, null, p -> {
            Thread.currentThread().interrupt();
            return true;
        }));
        assertTrue(Thread.interrupted());
        assertTrue(sync(tablet).complete);
    }

    @Test
    void a_second_sync_waits_for_the_first_until_its_deadline() throws Exception {
        person(tablet, "Siti");
        Thread[] other = new Thread[1];
        JemputException[] waited = new JemputException[1];

        tablet.sync(null, 0, null, p -> {
            if (other[0] == null) {
                other[0] = new Thread(() -> waited[0] = refused(Code.CANCELLED, () -> tablet.sync(null, 100, null, null)));
                other[0].start();
                join(other[0]);
            }
            return true;
        });
        assertTrue(waited[0].isRetryable());
    }

    private static void join(Thread t) {
        try {
            t.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_hub_that_is_not_there_is_told_as_such() {
        JemputException e = refused(Code.NOTFOUND, () -> tablet.sync(Transport.folder(folder.resolve("tiada").toFile()), 0, null, null));

        assertNotNull(e.report());
        assertTrue(world.hub.renameTo(folder.resolve("pergi").toFile()));
        JemputException gone = refused(Code.OFFLINE, () -> sync(tablet));

        assertEquals(Blocking.Kind.SIGNAL, gone.report().blocking().kind);
        assertTrue(gone.isRetryable());
        assertTrue(gone.isDataSafe());
        assertEquals(gone.advice("id"), gone.report().blocking().text);
        assertTrue(folder.resolve("pergi").toFile().renameTo(world.hub));
        assertTrue(sync(tablet).complete);
    }

    @Test
    void closing_while_a_sync_runs_ends_it() throws Exception {
        for (int i = 0; i < 50; i++)
            person(tablet, "Orang " + i);
        Thread[] closer = new Thread[1];
        long synced = tablet.status().lastSyncMs;
        JemputException cut = assertThrows(JemputException.class, () -> tablet.sync(null, 0, null, p -> {
            if (closer[0] == null) {
                closer[0] = new Thread(tablet::close);
                closer[0].start();
                while (tablet.isOpen())
                    Thread.yield();
            }
            return true;
        }));

        assertTrue(synced > 0);
        assertEquals(synced, cut.report().lastSynced, "it is known though the store does not say any more");
        assertEquals(-1, cut.report().pending);
        closer[0].join(5000);
        assertFalse(closer[0].isAlive());
        try (Store again = org.jemput.Jemput.open(org.jemput.Config.of(world.file("satu")))) {
            again.sync(null, 0, null, p -> {
                again.close();
                return true;
            });
        } catch (JemputException e) {
            assertTrue(e.status() == Code.MISUSE || e.status() == Code.CANCELLED, e.toString());
        }
        tablet = org.jemput.Jemput.open(org.jemput.Config.of(world.file("satu")));
        assertTrue(sync(tablet).complete);
    }

    @Test
    void an_invitation_lets_one_device_in() {
        byte[] invitation = office.invite("petugas", "", world.hub.getPath(), System.currentTimeMillis() + 60_000);

        sync(office);
        String line = office.inviteShort(invitation);

        assertTrue(line.matches("[0-9A-Z$%*+./: -]+"), line);
        try (Store two = org.jemput.Jemput.join(org.jemput.Config.of(world.file("dua")), line.getBytes(), Transport.folder(world.hub))) {
            sync(two);
            sync(office);
            sync(two);
            assertTrue(two.status().admitted);
        }
        refused(Code.DENIED, () -> tablet.invite("petugas", "", null, Long.MAX_VALUE));
        refused(Code.MISUSE, () -> office.invite("raja", "", null, Long.MAX_VALUE));
        File other = world.file("tiga");

        refused(Code.CORRUPT, () -> org.jemput.Jemput.join(org.jemput.Config.of(other), "bukan undangan".getBytes(), null));
        assertNull(org.jemput.Jemput.sealing(other).sealed ? other : null);
    }
}
