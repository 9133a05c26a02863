/* The PIN: chosen, given, given wrongly. */
package id.contoh.jemput.logic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;

import org.jemput.JemputException;
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
}
