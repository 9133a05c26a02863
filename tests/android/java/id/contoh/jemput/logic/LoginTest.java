/* The PIN: chosen, given, given wrongly. */
package id.contoh.jemput.logic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;

import org.jemput.JemputException;
import org.jemput.KeyWrapper;
import org.jemput.Store;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoginTest {
    @Test
    void pins_that_anybody_guesses_are_refused() {
        for (String bad : new String[] {"", "12345", "111111", "123456", "987654", "12a456"})
            assertNotNull(Login.weak(bad.toCharArray()), bad);
        for (String good : new String[] {"802715", "112233", "1234568"})
            assertNull(Login.weak(good.toCharArray()), good);
    }

    @Test
    void a_tablet_joins_with_a_pin_and_opens_with_no_other(@TempDir Path folder) throws Exception {
        try (Office office = new Office(folder)) {
            Login login = new Login(folder.resolve("tablet.db").toFile(), null);
            assertFalse(login.joined());
            login.join(office.invitation("petugas"), "802715".toCharArray()).close();
            assertTrue(login.joined());
            JemputException e = assertThrows(JemputException.class, () -> login.open("802716".toCharArray()));
            assertEquals("PIN salah. Coba lagi. Data tetap aman.", login.said(e));
            assertEquals(0, login.waitSeconds());
        }
    }

    /** A Keystore that Android empties when the screen lock is taken away. */
    private static final class Keystore implements KeyWrapper {
        private byte mask = 0x5a;

        private byte[] masked(byte[] in) {
            byte[] out = in.clone();
            for (int i = 0; i < out.length; i++)
                out[i] ^= mask;
            return out;
        }

        @Override
        public byte[] wrap(byte[] key) {
            byte[] out = Arrays.copyOf(masked(key), key.length + 1);
            out[key.length] = mask;
            return out;
        }

        @Override
        public byte[] unwrap(byte[] wrapped) throws GeneralSecurityException {
            if (wrapped[wrapped.length - 1] != mask)
                throw new GeneralSecurityException("the key is gone");
            return masked(Arrays.copyOf(wrapped, wrapped.length - 1));
        }
    }

    @Test
    void the_recovery_code_opens_what_neither_pin_nor_key_opens_any_more_and_nothing_is_lost(@TempDir Path folder) throws Exception {
        Keystore keystore = new Keystore();
        try (Office office = new Office(folder)) {
            Login login = new Login(folder.resolve("tablet.db").toFile(), keystore);
            Recovery first, code;
            try (Store tablet = login.join(office.invitation("petugas"), "802715".toCharArray())) {
                assertFalse(Recovery.isWritten(tablet), "one that has just joined has none");
                first = new Recovery(tablet);
                assertNotNull(first.confirm(""));
                assertNotNull(first.confirm(first.code.substring(0, 4)));
                assertFalse(Recovery.isWritten(tablet));
                code = new Recovery(tablet);
                String last = code.code.substring(code.code.length() - 4);
                assertNull(code.confirm(" " + last.toLowerCase().replace('0', 'o').replace('1', 'l') + " "));
                assertTrue(Recovery.isWritten(tablet));
                Household.found(tablet, "Budi Contoh", "Jalan Melati 7", "3", "1", Office.REGION);
            }
            keystore.mask = 0x33;
            JemputException e = assertThrows(JemputException.class, () -> login.open("802715".toCharArray()));
            assertTrue(login.said(e).contains("kode pemulihan"), login.said(e));

            assertEquals("Kode ini salah ketik. Periksa tulisan di kertas.", login.refusal("7Q2M-K0V4"));
            assertEquals("Kode ini bukan milik tablet ini, atau sudah diganti dengan yang lebih baru.", login.refusal(first.code));
            assertNull(login.refusal(code.code));
            try (Store tablet = login.open(code.code)) {
                login.renew(tablet, "531942".toCharArray());
                assertFalse(Recovery.isWritten(tablet), "it was told to somebody: another is wanted");
            }
            try (Store tablet = login.open("531942".toCharArray())) {
                assertEquals("Budi Contoh", tablet.one("SELECT nama_kepala FROM keluarga", at -> at.getString(0)));
            }
        }
    }
}
