/* What is listed is of one moment, whatever is written while somebody reads it. */
package id.contoh.jemput.logic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.TimeZone;

import org.jemput.Store;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MomentTest {
    @Test
    void conflicts_that_are_decided_while_they_are_listed_are_listed_all_the_same(@TempDir Path folder) throws Exception {
        try (Office office = new Office(folder)) {
            Store one = office.tablet("satu"), two = office.tablet("dua");
            byte[][] home = {Office.household(one, "Ani Contoh", "Budi Contoh")[0], Office.household(one, "Citra Contoh", "Dodi Contoh")[0]};
            office.round(one, two);
            for (byte[] id : home) {
                one.exec("UPDATE keluarga SET alamat = 'Jalan Satu' WHERE id = ?", id);
                two.exec("UPDATE keluarga SET alamat = 'Jalan Dua' WHERE id = ?", id);
            }
            office.round(one, two);
            Set<String> told = new HashSet<>();
            one.conflicts(c -> {
                for (Choice open : Choice.open(one, TimeZone.getTimeZone("GMT+7"))) // the first call decides them all
                    assertNull(open.choose(0, "ditanya di rumah"));
                told.add(c.row().json());
                return true;
            });
            assertEquals(2, told.size());
            assertEquals(0, one.conflicts().size());
        }
    }
}
