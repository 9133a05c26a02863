/* At rest: PIN, platform's key, recovery code; locked and unlocked. Each wrong and right PIN costs 64 MiB of Argon2id, so there are few. */
package org.jemput.test;

import static org.jemput.test.World.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.ProviderException;
import java.util.Collections;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.jemput.Change;
import org.jemput.Code;
import org.jemput.Config;
import org.jemput.Cursor;
import org.jemput.Jemput;
import org.jemput.JemputException;
import org.jemput.KeyWrapper;
import org.jemput.Secret;
import org.jemput.Store;
import org.jemput.Subscription;
import org.jemput.Transport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretTest {
    private static final String LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n";

    @TempDir
    Path folder;

    /** A keystore of a platform that can lose its key. */
    private static final class Platform implements KeyWrapper {
        private boolean lost;
        private boolean wrong; // it does not know what another has wrapped
        private int asked;
        private RuntimeException broken;
        private final GeneralSecurityException refusal = new GeneralSecurityException("KeyPermanentlyInvalidated");

        private byte[] turned(byte[] in) throws GeneralSecurityException {
            byte[] out = new byte[in.length];

            asked++;
            if (broken != null)
                throw broken;
            if (lost)
                throw refusal;
            for (int i = 0; i < in.length; i++)
                out[i] = (byte) (in[i] ^ 0x5a);
            return out;
        }

        @Override
        public byte[] wrap(byte[] key) throws GeneralSecurityException {
            return turned(key);
        }

        @Override
        public byte[] unwrap(byte[] wrapped) throws GeneralSecurityException {
            if (wrong && asked == 0)
                throw refusal;
            return turned(wrapped);
        }
    }

    private File file() {
        return folder.resolve("a.db").toFile();
    }

    private boolean isReadable(String text) throws Exception {
        return new String(Files.readAllBytes(file().toPath()), StandardCharsets.ISO_8859_1).contains(text);
    }

    @Test
    void a_store_by_the_platforms_key_opens_locks_and_unlocks_by_it() throws Exception {
        Platform platform = new Platform();
        BlockingQueue<Change> told = new LinkedBlockingQueue<>();

        try (Secret key = Secret.key(platform); Store s = Jemput.create(Config.of(file()).secret(key), World.SCHEMA, null)) {
            Subscription sub = s.observe(Runnable::run, told::add);

            s.exec("INSERT INTO orang(id, nama) VALUES(jemput_id(), 'RahasiaSiti')");
            assertNotNull(told.poll(5, TimeUnit.SECONDS));
            assertTrue(s.status().sealed);
            assertTrue(Jemput.sealing(file()).key);
            Cursor open = s.query(LONG);

            refused(Code.BUSY, s::lock);
            open.close();
            refused(Code.MISUSE, () -> s.write(tx -> {
                s.lock();
                return null;
            }));
            Jemput.makeHub(folder.resolve("hub").toFile());
            s.sync(Transport.folder(folder.resolve("hub").toFile()), 0, null, null);
            Thread.currentThread().interrupt();
            s.lock();
            assertTrue(Thread.interrupted(), "it is still told");
            s.lock();
            assertTrue(s.isLocked());
            for (org.junit.jupiter.api.function.Executable call : new org.junit.jupiter.api.function.Executable[] {
                () -> s.exec("DELETE FROM orang"), () -> s.query("SELECT 1"), s::status, s::seal, s::conflicts, () -> s.attachments().counts(),
                () -> s.sync(null, 0, null, null), () -> s.write(tx -> null), () -> s.script("SELECT 1"), () -> s.verify(null, null), s::stateHash})
                refused(Code.LOCKED, call);
            assertFalse(isReadable("RahasiaSiti"));
            refused(Code.LOCKED, () -> s.unlock(null));
            int before = platform.asked;

            told.clear();
            s.unlock(key);
            assertEquals(before + 1, platform.asked);
            s.unlock(key);
            platform.lost = true;
            refused(Code.LOCKED, () -> s.unlock(key));
            platform.lost = false;
            refused(Code.LOCKED, () -> s.unlock(null));
            assertFalse(s.isLocked(), "it was tried, and nothing else");
            assertEquals("RahasiaSiti", s.one("SELECT nama FROM orang", at -> at.getString(0)));
            Change unlocked = told.poll(5, TimeUnit.SECONDS);

            assertTrue(unlocked.local() && unlocked.merged(), "what could not be read meanwhile is read now");
            s.exec("INSERT INTO orang(id) VALUES(jemput_id())");
            Change written = told.poll(5, TimeUnit.SECONDS);

            while (written != null && written.tables().isEmpty()) /* each unlock() says that any may have changed */
                written = told.poll(5, TimeUnit.SECONDS);
            assertNotNull(written, "listeners outlive it");
            assertEquals(Collections.singleton("orang"), written.tables());
            assertTrue(sub.isOpen());
            assertTrue(s.sync(null, 0, null, null).complete);
        }
        refused(Code.LOCKED, () -> Jemput.open(Config.of(file())));
    }

    @Test
    void a_key_that_the_platform_lost_leaves_the_recovery_code() {
        Platform platform = new Platform();
        String code;

        try (Secret key = Secret.key(platform); Store s = Jemput.create(Config.of(file()).secret(key), World.SCHEMA, null)) {
            code = s.newRecoveryCode();
        }
        platform.lost = true;
        try (Secret key = Secret.key(platform)) {
            JemputException e = refused(Code.LOCKED, () -> Jemput.open(Config.of(file()).secret(key)));

            assertSame(platform.refusal, e.getCause());
        }
        Platform other = new Platform();

        try (Secret recovery = Secret.recovery(code); Store s = Jemput.open(Config.of(file()).secret(recovery))) {
            s.setKey(other);
        }
        try (Secret key = Secret.key(other); Store s = Jemput.open(Config.of(file()).secret(key))) {
            assertTrue(s.isOpen());
        }
    }

    @Test
    void a_keystore_that_breaks_without_a_checked_exception_is_told_as_one_that_refuses() {
        Platform platform = new Platform();

        platform.broken = new ProviderException("StrongBox is busy");
        try (Secret key = Secret.key(platform)) {
            JemputException e = refused(Code.LOCKED, () -> Jemput.create(Config.of(file()).secret(key), World.SCHEMA, null));

            assertSame(platform.broken, e.getCause());
            assertFalse(file().exists());
            platform.broken = null;
            Jemput.create(Config.of(file()).secret(key), World.SCHEMA, null).close();
            platform.broken = new IllegalStateException("the user is not there");
            assertSame(platform.broken, refused(Code.LOCKED, () -> Jemput.open(Config.of(file()).secret(key))).getCause());
        }
    }

    @Test
    void a_pin_whose_key_the_platform_lost_is_set_anew_by_the_recovery_code_with_a_new_key() {
        Platform lost = new Platform(), next = new Platform();
        String code;

        try (Secret both = Secret.pinAndKey("112233".toCharArray(), lost);
             Store s = Jemput.create(Config.of(file()).secret(both), World.SCHEMA, null)) {
            code = s.newRecoveryCode();
        }
        lost.lost = true;
        try (Secret recovery = Secret.recovery(code); Store s = Jemput.open(Config.of(file()).secret(recovery))) {
            assertTrue(refused(Code.LOCKED, () -> s.setKey(lost)).getMessage().contains("setPin()"));
            refused(Code.LOCKED, () -> s.setPin(null, "445566".toCharArray(), lost));
            assertFalse(new File(file().getPath() + ".key-baru").exists(), "nothing was begun");
            next.wrong = true;
            s.setPin(null, "445566".toCharArray(), next);
        }
        try (Secret both = Secret.pinAndKey("445566".toCharArray(), next); Store s = Jemput.open(Config.of(file()).secret(both))) {
            assertTrue(Jemput.sealing(file()).pinNeedsKey && !Jemput.sealing(file()).key);
        }
    }

    @Test
    void a_pin_that_needs_the_platforms_key_is_of_no_use_without_it() throws Exception {
        Platform platform = new Platform();
        Path key = folder.resolve("a.db.key");

        try (Secret both = Secret.pinAndKey("112233".toCharArray(), platform)) {
            try (Store s = Jemput.create(Config.of(file()).secret(both), World.SCHEMA, null)) {
                byte[] kept = Files.readAllBytes(key);

                assertTrue(Jemput.sealing(file()).pinNeedsKey);
                refused(Code.MISUSE, () -> s.setPin("112233".toCharArray(), "445566".toCharArray(), null));
                s.setKey(platform);
                org.junit.jupiter.api.Assertions.assertArrayEquals(kept, Files.readAllBytes(key), "the PIN needs the one that is there");
            }
            assertTrue(Jemput.sealing(file()).key);
            try (Secret pin = Secret.pin("112233".toCharArray())) {
                assertNotNull(assertThrows(JemputException.class, () -> Jemput.open(Config.of(file()).secret(pin))));
            }
            Jemput.open(Config.of(file()).secret(both)).close();
        }
        platform.lost = true; // another store's, which is gone
        Files.delete(file().toPath());
        Platform other = new Platform();

        other.wrong = true;
        try (Secret mine = Secret.key(other); Store s = Jemput.create(Config.of(file()).secret(mine), World.SCHEMA, null)) {
            assertTrue(s.status().sealed);
        }
    }

    @Test
    void a_change_of_the_key_that_was_cut_off_opens_by_the_old_one_or_the_new() throws Exception {
        Platform platform = new Platform();
        Path old = folder.resolve("a.db.key");
        Path fresh = folder.resolve("a.db.key-baru");
        Path kept = folder.resolve("lama");

        try (Secret key = Secret.key(platform); Store s = Jemput.create(Config.of(file()).secret(key), World.SCHEMA, null)) {
            Files.copy(old, kept);
            s.setKey(platform);
        }
        Files.copy(old, fresh); // cut off before the new one took the old one's place
        Files.copy(kept, old, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        try (Secret key = Secret.key(platform); Store s = Jemput.open(Config.of(file()).secret(key))) {
            assertFalse(Files.exists(fresh));
        }
        Files.copy(kept, fresh); // cut off before the store had it
        try (Secret key = Secret.key(platform); Store s = Jemput.open(Config.of(file()).secret(key))) {
            assertTrue(s.isOpen());
        }
        Files.write(old, "bukan".getBytes());
        try (Secret key = Secret.key(platform)) {
            refused(Code.LOCKED, () -> Jemput.open(Config.of(file()).secret(key)));
        }
    }

    @Test
    void a_stores_first_key_whose_coming_was_cut_off_opens_it() throws Exception {
        Platform platform = new Platform();
        Path place = folder.resolve("a.db.key");
        Path fresh = folder.resolve("a.db.key-baru");

        try (Secret pin = Secret.pin("112233".toCharArray()); Store s = Jemput.create(Config.of(file()).secret(pin), World.SCHEMA, null)) {
            s.setKey(platform);
        }
        Files.move(place, fresh); // the store has it, and its file is not in its place yet
        try (Secret key = Secret.key(platform)) {
            try (Store s = Jemput.open(Config.of(file()).secret(key))) {
                assertTrue(s.isOpen());
            }
            assertTrue(Files.exists(place) && !Files.exists(fresh));
            Files.move(place, fresh);
            Files.write(place, "milik platform yang hilang".getBytes());
            Jemput.open(Config.of(file()).secret(key)).close();
            Files.move(place, fresh);
            try (Secret pin = Secret.pin("112233".toCharArray()); Store s = Jemput.open(Config.of(file()).secret(pin))) {
                s.setPin(null, "445566".toCharArray(), platform); // the PIN needs a key from now on: that one
            }
            Jemput.open(Config.of(file()).secret(key)).close();
            byte[] kept = Files.readAllBytes(place);

            Files.move(place, fresh);
            Files.write(place, "milik platform yang hilang".getBytes());
            try (Secret both = Secret.pinAndKey("445566".toCharArray(), platform); Store s = Jemput.open(Config.of(file()).secret(both))) {
                Files.copy(place, fresh);
                Files.write(place, "milik platform yang hilang".getBytes());
                s.setPin(null, "445566".toCharArray(), platform);
            }
            org.junit.jupiter.api.Assertions.assertArrayEquals(kept, Files.readAllBytes(place), "none is made where one is there");
        }
    }

    @Test
    void a_pin_is_asked_for_and_changed() {
        Jemput.create(Config.of(file()), World.SCHEMA, null).close();
        String code;

        refused(Code.MISUSE, () -> Secret.pin(new char[] {'1', '\0', '2', '3'}));
        refused(Code.MISUSE, () -> Secret.pin(new char[] {'1', '\uD83D', '2', '3'}));
        try (Secret pin = Secret.pin("112233".toCharArray())) {
            code = Jemput.protect(file(), null, pin);
            pin.close();
            refused(Code.MISUSE, () -> Jemput.open(Config.of(file()).secret(pin)));
        }
        assertTrue(code.matches("[0-9A-Z-]{20,35}"), code);
        assertTrue(Jemput.sealing(file()).pin);
        try (Secret wrong = Secret.pin("999999".toCharArray())) {
            refused(Code.DENIED, () -> Jemput.open(Config.of(file()).secret(wrong)));
            assertEquals(1, Jemput.sealing(file()).wrongPins);
        }
        try (Secret recovery = Secret.recovery(code); Store s = Jemput.open(Config.of(file()).secret(recovery))) {
            refused(Code.DENIED, () -> s.setPin("000000".toCharArray(), "445566".toCharArray(), null));
            s.setPin("112233".toCharArray(), "4455\u00e966".toCharArray(), null);
        }
        try (Secret pin = Secret.pin("4455\u00e966".toCharArray())) {
            assertNull(Jemput.protect(file(), pin, null));
        }
        Jemput.open(Config.of(file())).close();
    }
}
