/* Numbers as text and text as numbers: SQLite is the judge. */
package org.jemput;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NumbersTest {
    private static final String[] TEXTS = {"", " ", "-", "+", "12", " 12abc", "-7", "+7.9", "1e3", "1e", "1e+", ".5", "5.", "-.5e2x", "0x10", "abc",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "1e19", "-1e19", "99999999999999999999",
        "\t\n 42", "4 2", "1.5e300", "nan", "inf", "\u0661", "12\0 13"};

    private static List<Double> doubles() {
        List<Double> all = new ArrayList<>();
        Random random = new Random(11);

        for (double d : new double[] {0, -0.0, 1, -1, 0.1, 1e14, 1e15, 1e16, 123456789012345678.0, 1e-4, 1e-5, 0.00012345, 1.5, 1e100, 1e-300,
            4.9e-324, Double.MAX_VALUE, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 100, 12345.678, 1.0 / 3, 9.3e18, -9.3e18, 2147483648.0})
            all.add(d);
        for (int i = 0; i < 300; i++)
            all.add((random.nextInt(2_000_001) - 1_000_000) / Math.pow(10, random.nextInt(12)));
        return all;
    }

    @Test
    void doubles_and_texts_become_what_sqlite_makes_of_them(@TempDir Path folder) {
        try (Store s = Jemput.create(Config.of(folder.resolve("a.db").toFile()), "", null)) {
            for (double d : doubles()) {
                try (Cursor at = s.query("SELECT ?1, CAST(?1 AS TEXT), CAST(?1 AS INTEGER), CAST(CAST(?1 AS TEXT) AS REAL)", d)) {
                    at.next();
                    assertEquals(at.getString(1), at.getString(0));
                    assertEquals(at.getLong(2), at.getLong(0), Double.toString(d));
                    assertEquals(at.getDouble(3), at.getDouble(1), Math.abs(d) * 1e-14);
                    assertArrayEquals(at.getBytes(1), at.getBytes(0));
                }
            }
            for (String text : TEXTS) {
                try (Cursor at = s.query("SELECT ?1, CAST(?1 AS INTEGER), CAST(?1 AS REAL), CAST(?1 AS BLOB)", text)) {
                    at.next();
                    assertEquals(at.getLong(1), at.getLong(0), text);
                    assertEquals(at.getDouble(2) + 0.0, at.getDouble(0) + 0.0, text); // -0.0 is 0.0
                    assertEquals((int) at.getLong(1), at.getInt(0), text);
                    assertEquals(at.getLong(1), at.getLong(3), text);
                }
            }
        }
    }

    @Test
    void keys_are_json_as_the_views_want_it(@TempDir Path folder) {
        assertEquals("[\"3374\",2]", Key.of("t", "3374", 2).json());
        assertEquals("[\"x'0fff'\",\"t'x'0f\",\"t't'\",\"a\\\"\\\\\\u000a\",1.5,null]",
            Key.of("t", new byte[] {15, -1}, "x'0f", "t'", "a\"\\\n", 1.5, null).json());
        assertEquals("x", Key.of("t", "x").parameter());
        String schema = "CREATE TABLE t(a BLOB NOT NULL, b TEXT NOT NULL, c INTEGER NOT NULL, d, PRIMARY KEY(a, b, c));"
            + "SELECT jemput_replicate('t');";

        try (Store s = Jemput.create(Config.of(folder.resolve("a.db").toFile()), schema, null)) {
            Key key = Key.of("t", new byte[] {0, 7}, "x'\uD83D\uDE00\"", 5);

            s.exec("INSERT INTO t VALUES(?, ?, ?, 'isi')", key.values.toArray());
            assertEquals(1, s.delivery(key).size());
            assertEquals("isi", s.history(key).get(0).values.get(s.history(key).get(0).columns.indexOf("d")));
        }
    }

    @Test
    void base64_is_as_everybody_writes_it() {
        Random random = new Random(3);

        for (int i = 0; i < 50; i++) {
            byte[] bytes = new byte[i];

            random.nextBytes(bytes);
            assertEquals(java.util.Base64.getEncoder().encodeToString(bytes), Hex.base64(bytes));
        }
    }
}
