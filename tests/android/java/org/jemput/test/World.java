/* Stores for tests: an office that is central and administrator, tablets that it lets in, and a hub's folder between them. */
package org.jemput.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.File;
import java.nio.file.Path;

import org.jemput.Code;
import org.jemput.Config;
import org.jemput.Jemput;
import org.jemput.JemputException;
import org.jemput.Store;
import org.jemput.Transport;
import org.junit.jupiter.api.function.Executable;

final class World implements AutoCloseable {
    static final String SCHEMA = "CREATE TABLE orang(id BLOB PRIMARY KEY NOT NULL, nama TEXT, lahir INTEGER, catatan);\n"
        + "SELECT jemput_replicate('orang');\n"
        + "CREATE TABLE nomor(kode TEXT PRIMARY KEY NOT NULL, jumlah INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;\n"
        + "SELECT jemput_replicate('nomor', 'sum=jumlah');\n"
        + "CREATE TABLE unik(id TEXT PRIMARY KEY NOT NULL, kode TEXT UNIQUE, umur INTEGER CHECK(umur >= 0));\n"
        + "SELECT jemput_replicate('unik');\n"
        + "CREATE TABLE berkas(id BLOB PRIMARY KEY NOT NULL, owner_table TEXT NOT NULL, owner_key BLOB NOT NULL, kind TEXT NOT NULL,\n"
        + "  mime TEXT NOT NULL, size INTEGER NOT NULL, content BLOB NOT NULL, urgent INTEGER, received BLOB);\n"
        + "SELECT jemput_replicate('berkas', 'attachments=0');\n";

    final Path folder;
    final File hub;
    final Store office;

    World(Path folder) {
        this.folder = folder;
        hub = folder.resolve("hub").toFile();
        Jemput.makeHub(hub);
        office = Jemput.create(Config.of(file("kantor")), SCHEMA, null);
    }

    File file(String name) {
        return folder.resolve(name + ".db").toFile();
    }

    Transport to() {
        return Transport.folder(hub);
    }

    /** Let in, and up to date. */
    Store tablet(String name) {
        return tablet(Config.of(file(name)));
    }

    Store tablet(Config config) {
        byte[] invitation = office.invite("petugas", "", hub.getPath(), System.currentTimeMillis() + 3_600_000);
        Store tablet = Jemput.join(config, invitation, null);

        office.sync(to(), 0, null, null);
        tablet.sync(null, 0, null, null);
        office.sync(null, 0, null, null);
        tablet.sync(null, 0, null, null);
        return tablet;
    }

    static JemputException refused(Code code, Executable call) {
        JemputException e = assertThrows(JemputException.class, call);

        assertEquals(code, e.status(), e.getMessage());
        return e;
    }

    @Override
    public void close() {
        office.close();
    }
}
