/* What travels otherwise: bundles on a stick, and attachments beside the rows. */
package org.jemput.test;

import static org.jemput.test.World.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.jemput.Attaching;
import org.jemput.Attachment;
import org.jemput.BundleLog;
import org.jemput.BundleMade;
import org.jemput.BundleSource;
import org.jemput.BundleTaken;
import org.jemput.Bundling;
import org.jemput.Cancel;
import org.jemput.Change;
import org.jemput.Code;
import org.jemput.JemputException;
import org.jemput.Key;
import org.jemput.Subscription;
import org.jemput.Transport;
import org.junit.jupiter.api.Test;

class TravelTest extends OfficeAndTablet {
    private static BundleSource source(byte[] bytes) {
        return (offset, out, length) -> {
            int got = (int) Math.max(0, Math.min(length, bytes.length - offset));

            if (got > 0)
                System.arraycopy(bytes, (int) offset, out, 0, got);
            return got;
        };
    }

    @Test
    void a_bundle_carries_work_where_there_is_no_signal() {
        byte[] id = person(tablet, "Siti");
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        assertEquals(1, tablet.exportBundle(Bundling.to(out), null, p -> true).own);
        byte[] bytes = out.toByteArray();
        List<BundleLog> logs = new ArrayList<>();

        assertEquals(org.jemput.BundleInfo.Manifest.GOOD, org.jemput.Jemput.show(source(bytes), logs::add).manifest);
        assertEquals(1, logs.size());
        assertEquals(BundleLog.Fate.SHOWN, logs.get(0).fate);
        BundleTaken taken = office.importBundle(source(bytes), null, null);

        assertEquals(1, taken.sync.rowsMerged);
        assertEquals(bytes.length, taken.file.bytes);
        assertEquals("Siti", office.one("SELECT nama FROM orang WHERE id = ?", at -> at.getString(0), id));
        assertTrue(office.importBundle(source(bytes), null, null).takenBefore);
        IOException pulled = new IOException("dicabut");
        JemputException e = refused(Code.IO, () -> office.importBundle((at, to, n) -> {
            throw pulled;
        }, null, null));

        assertSame(pulled, e.getCause());
        refused(Code.CORRUPT, () -> office.importBundle(source(new byte[100]), null, null));
        refused(Code.IO, () -> office.exportBundle(Bundling.to(new java.io.OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw pulled;
            }
        }).full(), null, null));
        refused(Code.NOTFOUND, () -> office.exportBundle(Bundling.to(out).forDevice("ffff"), null, null));
        Cancel cancelled = new Cancel();

        cancelled.cancel();
        refused(Code.CANCELLED, () -> office.exportBundle(Bundling.to(out).full(), cancelled, null));
    }

    @Test
    void an_attachment_goes_with_its_row() throws Exception {
        byte[] id = person(tablet, "Siti");
        Key key = Key.of("orang", (Object) id);
        byte[] photo = new byte[700_000];

        new java.util.Random(7).nextBytes(photo);
        BlockingQueue<Change> told = new LinkedBlockingQueue<>();
        Subscription s = tablet.observe(Runnable::run, told::add, "berkas");
        Attaching adding = Attaching.of(key, new ByteArrayInputStream(photo)).kind("kk-lama").mime("image/heic").urgent();
        byte[] made = tablet.attachments().add(adding);

        assertEquals(Attaching.Location.NOT_LOOKED_AT, adding.location());
        assertEquals(Collections.singleton("berkas"), told.poll(5, TimeUnit.SECONDS).tables());
        s.close();
        Attachment a = tablet.attachments().of(key).get(0);

        assertArrayEquals(made, a.id);
        assertEquals("kk-lama", a.kind);
        assertEquals(photo.length, a.bytes);
        assertTrue(a.urgent && a.own && a.here);
        assertEquals(Attachment.State.UNSENT, a.state);
        assertEquals(1, tablet.attachments().counts().unsent);
        settle(tablet, office);
        ByteArrayOutputStream copy = new ByteArrayOutputStream();

        office.attachments().copy(made, copy);
        assertArrayEquals(photo, copy.toByteArray());
        try (InputStream in = office.attachments().open(made)) {
            assertArrayEquals(photo, in.readAllBytes());
            assertEquals(-1, in.read());
        }
        settle(tablet, office);
        assertEquals(Attachment.State.RECEIVED, tablet.attachments().of(key).get(0).state);
        assertEquals(0, tablet.attachments().purge(0).attachments, "nothing is backed up yet");
        tablet.attachments().ask(made);
        tablet.attachments().remove(made);
        assertTrue(tablet.attachments().of(key).isEmpty());
        refused(Code.NOTFOUND, () -> tablet.attachments().open(new byte[16]).read());
        refused(Code.MISUSE, () -> tablet.attachments().copy(new byte[3], copy));
    }

    @Test
    void a_bundle_carries_attachments_if_it_is_to_and_as_many_as_there_is_room_for() throws Exception {
        Key key = Key.of("orang", (Object) person(tablet, "Siti"));
        byte[] photo = new byte[50_000];

        new java.util.Random(8).nextBytes(photo);
        byte[] made = tablet.attachments().add(Attaching.of(key, new ByteArrayInputStream(photo)).urgent());

        tablet.attachments().add(Attaching.of(key, new ByteArrayInputStream(photo)));
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        ByteArrayOutputStream one = new ByteArrayOutputStream();

        assertEquals(0, tablet.exportBundle(Bundling.to(text).full(), null, null).attachments);
        BundleMade with = tablet.exportBundle(Bundling.to(one).full().attachments(60_000), null, null);

        assertEquals(1, with.attachments);
        assertEquals(1, with.attachmentsLeft);
        assertEquals(one.size(), with.bytes);
        assertTrue(one.size() - text.size() > photo.length && with.attachmentBytes > photo.length, with.attachmentBytes + " bytes");
        assertEquals(with.attachmentChunks, org.jemput.Jemput.show(source(one.toByteArray()), null).attachmentChunks);
        office.importBundle(source(one.toByteArray()), null, null);
        ByteArrayOutputStream copy = new ByteArrayOutputStream();

        office.attachments().copy(made, copy);
        assertArrayEquals(photo, copy.toByteArray());
        refused(Code.MISUSE, () -> Bundling.to(text).attachments(-1));
        refused(Code.MISUSE, () -> Bundling.to(null));
    }

    @Test
    void a_hub_found_in_the_room_is_given_nothing_before_it_has_shown_this_space_and_is_not_remembered() {
        java.io.File empty = folder.resolve("lain").toFile();

        org.jemput.Jemput.makeHub(empty);
        person(tablet, "Siti");
        assertThrows(JemputException.class, () -> tablet.sync(Transport.folder(empty).inRoom(), 0, null, null));
        assertEquals(1, tablet.status().own.onDevice + tablet.status().own.waiting);
        tablet.sync(Transport.folder(world.hub).inRoom(), 0, null, null);
        assertEquals(world.hub.getPath(), tablet.status().hub);
        settle(office, tablet);
        assertEquals(0, tablet.status().own.onDevice + tablet.status().own.waiting);
    }

    @Test
    void an_attachment_and_other_rows_are_written_together_or_not_at_all() {
        byte[] id = person(tablet, "Siti");
        Key key = Key.of("orang", (Object) id);

        assertThrows(IllegalStateException.class, () -> tablet.attachments().add(Attaching.of(key, new ByteArrayInputStream(new byte[10])), tx -> {
            tx.exec("INSERT INTO nomor(kode) VALUES('a')");
            throw new IllegalStateException();
        }));
        assertTrue(tablet.attachments().of(key).isEmpty());
        assertEquals("ya", tablet.attachments().add(Attaching.of(key, new ByteArrayInputStream(new byte[10])), tx -> {
            tx.exec("INSERT INTO nomor(kode) VALUES('b')");
            return "ya";
        }));
        int[] seen = new int[1];

        tablet.attachments().all(a -> ++seen[0] < 5);
        assertEquals(1, seen[0]);
        IOException broken = new IOException("kamera");
        InputStream camera = new InputStream() {
            @Override
            public int read() throws IOException {
                throw broken;
            }
        };

        assertSame(broken, refused(Code.IO, () -> tablet.attachments().add(Attaching.of(key, camera))).getCause());
        refused(Code.NOTFOUND, () -> tablet.attachments().add(Attaching.of(Key.of("orang", new byte[16]), new ByteArrayInputStream(new byte[1]))));
        refused(Code.MISUSE, () -> tablet.write(tx -> tablet.attachments().add(Attaching.of(key, camera))));
    }

    @Test
    void a_slow_camera_keeps_nobody_from_writing() throws Exception {
        Key key = Key.of("orang", (Object) person(tablet, "Siti"));
        boolean[] wrote = new boolean[1];

        tablet.attachments().add(Attaching.of(key, new InputStream() {
            private int left = 40_000;

            @Override
            public int read() {
                if (left == 20_000) {
                    Thread t = new Thread(() -> wrote[0] = tablet.exec("INSERT INTO nomor(kode) VALUES('tulis')") == 1);

                    t.start();
                    join(t);
                }
                return left-- > 0 ? 7 : -1;
            }
        }));
        assertTrue(wrote[0]);
        assertEquals(1, tablet.attachments().of(key).size());
    }

    private static void join(Thread t) {
        try {
            t.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
