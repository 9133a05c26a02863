/* What the way through JNI costs: the same work as bench.c, by the binding and, where its jar is there, by Xerial's JDBC driver with an SQLite of its
 * own. Each line: who, what, microseconds of the best of several rounds.
 *
 *   Bench LIBRARY FOLDER */

import java.io.File;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;

import org.jemput.Config;
import org.jemput.Cursor;
import org.jemput.Jemput;
import org.jemput.Store;

public final class Bench {
    static final int INSERTS = 20_000, QUERIES = 200, OPENS = 20, ROUNDS = 7;
    static final String SCHEMA = "CREATE TABLE warga(id INTEGER PRIMARY KEY, nama TEXT, umur INTEGER); SELECT jemput_replicate('warga', 'key=app');";
    static final String LOCAL = "CREATE TABLE lokal(id INTEGER PRIMARY KEY, nama TEXT, umur INTEGER)";
    private static long sink; // so that nothing is left out as of no use

    private Bench() {
    }

    interface Job {
        void run(int round) throws SQLException;
    }

    private static void measure(String who, String what, int times, Job job) throws SQLException {
        double best = Double.MAX_VALUE;

        for (int round = 0; round < ROUNDS; round++) {
            long begun = System.nanoTime();

            job.run(round);
            best = Math.min(best, (System.nanoTime() - begun) / 1000.0 / times);
        }
        System.out.printf(Locale.ROOT, "%s %s %.3f%n", who, what, best);
    }

    private static void insert(Store store, String table, int round) {
        String sql = "INSERT INTO " + table + "(id, nama, umur) VALUES(?, ?, ?)";

        store.<Void, RuntimeException>write(tx -> {
            for (int i = 0; i < INSERTS; i++)
                tx.exec(sql, (long) round * INSERTS + i, "Siti Aminah", i % 90);
            return null;
        });
    }

    private static void binding(File folder) throws SQLException {
        Config config = Config.of(new File(folder, "java.db"));

        try (Store store = Jemput.create(config, SCHEMA, null)) {
            store.script(LOCAL);
            measure("java", "insert-local", INSERTS, round -> insert(store, "lokal", round));
            measure("java", "insert-replicated", INSERTS, round -> insert(store, "warga", round));
            measure("java", "query-1000", QUERIES, round -> {
                for (int i = 0; i < QUERIES; i++) {
                    try (Cursor at = store.query("SELECT id, nama, umur FROM lokal WHERE id >= ? LIMIT 1000", i * 100)) {
                        while (at.next())
                            sink += at.getLong(0) + at.getString(1).length() + at.getLong(2);
                    }
                }
            });
        }
        measure("java", "open", OPENS, round -> {
            for (int i = 0; i < OPENS; i++)
                Jemput.open(config).close();
        });
    }

    private static void jdbc(File folder) throws SQLException {
        try (Connection db = DriverManager.getConnection("jdbc:sqlite:" + new File(folder, "jdbc.db"))) {
            for (String sql : new String[] {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", LOCAL}) {
                try (Statement statement = db.createStatement()) {
                    statement.execute(sql);
                }
            }
            db.setAutoCommit(false);
            measure("jdbc", "insert-local", INSERTS, round -> {
                try (PreparedStatement put = db.prepareStatement("INSERT INTO lokal(id, nama, umur) VALUES(?, ?, ?)")) {
                    for (int i = 0; i < INSERTS; i++) {
                        put.setLong(1, (long) round * INSERTS + i);
                        put.setString(2, "Siti Aminah");
                        put.setInt(3, i % 90);
                        put.executeUpdate();
                    }
                }
                db.commit();
            });
            measure("jdbc", "query-1000", QUERIES, round -> {
                try (PreparedStatement ask = db.prepareStatement("SELECT id, nama, umur FROM lokal WHERE id >= ? LIMIT 1000")) {
                    for (int i = 0; i < QUERIES; i++) {
                        ask.setInt(1, i * 100);
                        try (ResultSet at = ask.executeQuery()) {
                            while (at.next())
                                sink += at.getLong(1) + at.getString(2).length() + at.getLong(3);
                        }
                    }
                }
            });
        }
    }

    public static void main(String[] args) throws SQLException {
        File folder = new File(args[1]);

        Jemput.load(new File(args[0]), folder);
        binding(folder);
        try {
            Class.forName("org.sqlite.JDBC");
        } catch (ClassNotFoundException e) {
            return;
        }
        jdbc(folder);
        if (sink == 42)
            System.out.println();
    }
}
