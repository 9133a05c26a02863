package org.jemput.test;

import java.nio.file.Path;

import org.jemput.Store;
import org.jemput.SyncReport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The scene of what travels: an office and a tablet that know each other, and a hub between them. */
abstract class OfficeAndTablet {
    @TempDir
    Path folder;
    World world;
    Store office;
    Store tablet;

    @BeforeEach
    void a_world() {
        world = new World(folder);
        office = world.office;
        tablet = world.tablet("satu");
    }

    @AfterEach
    void the_end() {
        tablet.close();
        world.close();
    }

    static byte[] person(Store s, String name) {
        return s.write(tx -> {
            byte[] id = tx.newId();

            tx.exec("INSERT INTO orang(id, nama, lahir) VALUES(?, ?, 1990)", id, name);
            return id;
        });
    }

    static SyncReport sync(Store s) {
        return s.sync(null, 0, null, null);
    }

    void settle(Store... stores) {
        for (int i = 0; i < 2; i++) {
            for (Store s : stores)
                sync(s);
        }
    }
}
