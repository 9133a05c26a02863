/* A small world for the sample's tests: an office with the adminduk schema, a folder as hub, and officers' tablets. */
package id.contoh.jemput.logic;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jemput.Config;
import org.jemput.Jemput;
import org.jemput.Store;
import org.jemput.Transport;

public final class Office implements AutoCloseable {
    public static final String REGION = "16.74.05.1003";
    static final String DAY = "2026-11-26";

    public final Path folder;
    public final File hub;
    public final Store store;
    private final List<Store> tablets = new ArrayList<>();

    /** The schema is the office's own, as meson has made it. */
    public Office(Path folder) throws IOException {
        this.folder = folder;
        Jemput.load(new File(System.getProperty("jemput.library")), null);
        hub = folder.resolve("hub").toFile();
        Jemput.makeHub(hub);
        String schema = new String(Files.readAllBytes(new File(System.getProperty("jemput.adminduk")).toPath()), StandardCharsets.UTF_8);
        store = Jemput.create(Config.of(folder.resolve("kantor.db").toFile()), schema, "admin,pusat");
        sync(store);
    }

    /** An invitation for an officer of the region. */
    public byte[] invitation(String role) {
        return store.invite(role, REGION, hub.getPath(), System.currentTimeMillis() + 7L * 24 * 3600 * 1000);
    }

    /** A tablet that was let in. */
    public Store tablet(String name) {
        return member(name, "petugas");
    }

    Store member(String name, String role) {
        Store s = Jemput.join(Config.of(folder.resolve(name + ".db").toFile()), invitation(role), null);
        tablets.add(s);
        round(s);
        return s;
    }

    public void sync(Store s) {
        s.sync(Transport.folder(hub), 0, null, null);
    }

    /** All that these and the office have written is everywhere. */
    public void round(Store... all) {
        for (int i = 0; i < 2; i++) {
            for (Store s : all)
                sync(s);
            sync(store);
        }
        for (Store s : all)
            sync(s);
    }

    /** A household of two with today's visit; gives {household, visit}. */
    public static byte[][] household(Store s, String head, String spouse) {
        byte[] id = Household.found(s, head, "Jalan Melati 7", "3", "1", REGION);
        s.write(tx -> tx.exec("INSERT INTO orang(id, keluarga_id, nama, shdk, tanggal_lahir) VALUES(?, ?, ?, '3', '1990-02-28')", tx.newId(), id,
            spouse));
        return new byte[][] {id, new Today(s).plan(id, DAY, "tablet 02")};
    }

    @Override
    public void close() {
        for (Store s : tablets)
            s.close();
        store.close();
    }
}
