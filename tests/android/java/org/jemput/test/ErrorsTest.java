/* Errors: codes, words for people, and what the binding says that the engine does not know of. */
package org.jemput.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;

import org.jemput.Code;
import org.jemput.JemputException;
import org.jemput.Secret;
import org.junit.jupiter.api.Test;

class ErrorsTest {
    @Test
    void codes_have_the_engines_numbers_and_unknown_ones_are_other() {
        Set<Integer> seen = new HashSet<>();

        for (Code c : Code.values()) {
            assertTrue(seen.add(c.number()));
            if (c != Code.OTHER)
                assertEquals(c, Code.of(c.number()));
        }
        assertEquals(17, seen.size());
        for (int i = 0; i <= 15; i++)
            assertNotEquals(Code.OTHER, Code.of(i));
        assertEquals(Code.OTHER, Code.of(16));
        assertEquals(Code.OTHER, Code.of(-1));
    }

    @Test
    void every_error_has_words_in_both_languages() {
        EnumSet<Code> retryable = EnumSet.noneOf(Code.class);

        for (Code c : EnumSet.complementOf(EnumSet.of(Code.OK, Code.OTHER))) {
            JemputException e = of(c);

            for (String language : new String[] {"id", "en", null, "fr"}) {
                assertTrue(e.what(language).length() > 5, c.name());
                assertTrue(e.safe(language).length() > 5, c.name());
                assertTrue(e.todo(language).length() > 5, c.name());
                assertEquals(e.what(language) + " " + e.safe(language) + " " + e.todo(language), e.advice(language));
            }
            assertEquals(e.what("id"), e.what(null));
            assertNotEquals(e.what("id"), e.what("en"));
            if (e.isRetryable())
                retryable.add(c);
            assertEquals(c != Code.CORRUPT, e.isDataSafe(), c.name());
        }
        assertTrue(retryable.containsAll(EnumSet.of(Code.IO, Code.NOMEM, Code.BUSY, Code.FULL, Code.OFFLINE)), retryable.toString());
        assertFalse(retryable.contains(Code.MISUSE));
        assertFalse(retryable.contains(Code.DENIED));
    }

    private static JemputException of(Code code) {
        return org.jemput.Made.exception(code.number());
    }

    @Test
    void a_number_that_is_not_known_is_kept() {
        JemputException e = org.jemput.Made.exception(99);

        assertEquals(99, e.code());
        assertEquals(Code.OTHER, e.status());
        assertFalse(e.isDataSafe());
        assertFalse(e.isRetryable());
        assertTrue(e.advice("id").length() > 5);
    }

    @Test
    void an_app_without_its_library_is_told_so_by_an_exception_that_has_words() throws Exception {
        ProcessBuilder program = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "-cp", System.getProperty("java.class.path"),
            "-Xshare:auto", "-XX:TieredStopAtLevel=1", Unloaded.class.getName());

        program.environment().remove("LD_LIBRARY_PATH"); // it names where the library lies
        Process p = program.redirectErrorStream(true).start();
        String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertEquals(0, p.waitFor(), said);
        assertEquals("MISUSE false true Aplikasi ini tidak dapat memuat mesin datanya. Data di perangkat ini tidak disentuh."
            + " Perbarui aplikasinya, dan jangan menghapusnya: datanya ikut terhapus. Beri tahu kantor.|The app cannot load its data engine.\n"
            + "MISUSE The data on this device was not touched.|Perbarui aplikasinya, dan jangan menghapusnya: datanya ikut terhapus. Beri tahu kantor.\n",
            said);
    }

    @Test
    void secrets_do_not_show_themselves() {
        try (Secret pin = Secret.pin("135790".toCharArray())) {
            assertFalse(pin.toString().contains("135790"));
        }
    }
}
