/* What waits to be sent: not what waits for a receipt. */
package org.jemput.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;

import org.jemput.Attaching;
import org.jemput.Code;
import org.jemput.Config;
import org.jemput.JemputException;
import org.jemput.Key;
import org.jemput.Outbox;
import org.jemput.Secret;
import org.jemput.Store;
import org.jemput.SyncReport;
import org.jemput.SyncWatch;
import org.jemput.SyncWatch.Event;
import org.jemput.Transport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutboxTest {
    private static final long DAY_MS = 24 * 3600 * 1000;
    private static final long HALF_AN_HOUR_MS = 30 * 60 * 1000;
    private static final int SYNCS_MOST = 120; // a look at the hub every quarter of an hour at the earliest: 96

    @TempDir
    Path folder;

    private static void write(Store s) {
        s.exec("INSERT INTO orang(id, nama) VALUES(jemput_id(), 'Siti Contoh')");
    }

    @Test
    void what_the_hub_has_does_not_wait_though_its_receipt_has_not_come() {
        try (World w = new World(folder); Store tablet = w.tablet("satu")) {
            Outbox out = new Outbox(tablet);

            assertFalse(out.waits(), "all has its receipt");
            write(tablet);
            assertTrue(out.waits());
            assertThrows(JemputException.class, () -> out.sync(Transport.folder(folder.resolve("tiada").toFile()), 0, null, null));
            assertTrue(out.waits(), "a sync that failed sends nothing for certain");
            out.sync(w.to(), 0, null, null);
            assertFalse(out.waits());
            assertEquals(1, tablet.status().own.pending(), "the receipt has not come");
            assertTrue(new Outbox(tablet).waits(), "in a new process it is not known");
            write(tablet);
            assertTrue(out.waits());
            out.sync(w.to(), 0, null, progress -> {
                if (tablet.status().own.all() < 3)
                    write(tablet);
                return true;
            });
            assertTrue(out.waits(), "what is written during a sync, the hub may not have");
            out.sync(w.to(), 0, null, null);
            w.office.sync(w.to(), 0, null, null);
            out.sync(w.to(), 0, null, null);
            assertFalse(out.waits());
            assertEquals(0, tablet.status().own.pending());
        }
    }

    @Test
    void a_day_without_a_receipt_costs_a_look_at_the_hub_now_and_then() {
        SyncWatch watch = new SyncWatch();
        int syncs = 0;

        try (World w = new World(folder); Store tablet = w.tablet("satu")) {
            Outbox out = new Outbox(tablet);
            long now = 1_000_000, end = now + DAY_MS;

            write(tablet);
            SyncWatch.Do todo = watch.step(Event.queue(out.waits()), now, now, 7);
            todo = watch.step(Event.link(true, false), now, now, 7);
            while (now < end && syncs <= SYNCS_MOST) {
                if (todo.sync) {
                    out.sync(w.to(), 0, null, null);
                    syncs++;
                    todo = watch.step(Event.done(null, out.waits()), now, now, syncs);
                } else {
                    now = Math.max(now + 1, todo.wakeMs);
                    todo = watch.step(Event.time(), now, now, syncs);
                }
            }
            assertEquals(1, tablet.status().own.waiting);
        }
        assertTrue(syncs >= 2 && syncs <= SYNCS_MOST, syncs + " syncs in a day");
    }

    /* A file where their branches would be: the hub takes text, and no photos. */
    @Test
    void photos_that_the_hub_does_not_take_wait_and_are_tried_again_rarely() throws Exception {
        try (World w = new World(folder); Store tablet = w.tablet("satu")) {
            Outbox out = new Outbox(tablet);
            SyncWatch watch = new SyncWatch();
            byte[] row = tablet.write(tx -> {
                byte[] id = tx.newId();

                tx.exec("INSERT INTO orang(id) VALUES(?)", id);
                return id;
            });

            Path no = w.hub.toPath().resolve("refs/heads/media");

            Files.createFile(no);
            tablet.attachments().add(Attaching.of(Key.of("orang", (Object) row), new ByteArrayInputStream(new byte[3000])).kind("foto"));
            watch.step(Event.queue(out.waits()), 1000, 1000, 7);
            assertTrue(watch.step(Event.link(true, false), 1000, 1000, 7).sync);
            SyncReport report = out.sync(w.to(), 0, null, null);

            assertTrue(report.attachmentStatus != Code.OK);
            assertFalse(out.textWaits());
            assertTrue(out.waits());
            SyncWatch.Do todo = watch.step(Event.doneWell(report, out.waits()), 2000, 2000, -1);

            assertEquals(SyncWatch.Told.WAITING, todo.told);
            assertTrue(todo.wakeMs > HALF_AN_HOUR_MS, "a hub that refuses will hardly take them in a minute: " + todo.wakeMs);
            write(tablet);
            assertTrue(out.textWaits());
            Files.delete(no);
            report = out.sync(w.to(), 0, null, null);
            assertEquals(Code.OK, report.attachmentStatus);
            assertFalse(out.waits(), "the receipt has not come, and nothing waits to go");
        }
    }

    @Test
    void a_store_that_cannot_be_asked_has_work_that_waits() {
        try (Secret pin = Secret.pin("112233".toCharArray());
            Store s = org.jemput.Jemput.create(Config.of(folder.resolve("a.db").toFile()).secret(pin), World.SCHEMA, null)) {
            Outbox out = new Outbox(s);

            assertFalse(out.waits());
            s.lock();
            assertTrue(out.waits());
            s.unlock(pin);
            assertFalse(out.waits());
            s.close();
            assertTrue(out.waits());
        }
    }

    @Test
    void what_is_no_error_of_the_engine_is_tried_again_as_memory_that_had_run_out() {
        SyncWatch watch = new SyncWatch();

        assertTrue(watch.step(Event.asked(), 1000, 1000, 1).sync);
        SyncWatch.Do todo = watch.step(Event.done(new OutOfMemoryError(), true), 1000, 1000, 1);

        assertFalse(todo.sync);
        assertEquals(SyncWatch.Told.WAITING, todo.told);
        watch.step(Event.link(true, false), 1000, 1000, 1);
        assertTrue(watch.step(Event.time(), 7000, 7000, 1).sync, "soon, and not in an hour");
    }
}
