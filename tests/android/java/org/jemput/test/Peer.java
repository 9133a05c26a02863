/* A device in a process of its own, told what to do line by line; each line is answered by one: "ok …" or "err CODE text". */
package org.jemput.test;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.jemput.Attaching;
import org.jemput.Attachment;
import org.jemput.Blocking;
import org.jemput.Cancel;
import org.jemput.Config;
import org.jemput.Jemput;
import org.jemput.JemputException;
import org.jemput.Key;
import org.jemput.Store;
import org.jemput.SyncReport;
import org.jemput.Transport;

public final class Peer {
    private final Random random;
    private final String name;
    private Store store;
    private int made;

    private Peer(String name) {
        this.name = name;
        random = new Random(name.hashCode());
    }

    /** "-": the one that is remembered; a folder; or an address. Behind it "ca=FILE", "pin=…" and "token=…" may stand. */
    private static Transport transport(String[] words) throws Exception {
        if (words.length < 2 || words.length == 2 && words[1].equals("-"))
            return null;
        Transport t = words[1].equals("-") ? Transport.remembered()
            : words[1].startsWith("http") ? Transport.https(words[1]) : Transport.folder(new File(words[1]));

        for (int i = 2; i < words.length; i++) {
            String value = words[i].substring(words[i].indexOf('=') + 1);

            if (words[i].startsWith("pin=")) {
                t.pin(value);
            } else if (words[i].startsWith("token=")) {
                t.token(value.toCharArray());
            } else {
                try (InputStream pem = new FileInputStream(value)) {
                    t.authorities(pem);
                }
            }
        }
        return t;
    }

    private String sync(String[] words) throws Exception {
        SyncReport r = store.sync(transport(words), 60_000, null, null);
        Blocking b = r.blocking();

        return r.complete + " pending=" + r.pending + " sent=" + r.bytesSent + " received=" + r.bytesReceived + " merged=" + r.rowsMerged + " photos="
            + r.attachmentsWaiting + " blocking=" + b.kind + " " + b.item;
    }

    /** Cancels after a moment; how many milliseconds later it ended. */
    private String hang(String[] words) throws Exception {
        Cancel cancel = new Cancel();
        long[] at = new long[1];
        Thread t = new Thread(() -> {
            try {
                Thread.sleep(400);
            } catch (InterruptedException e) {
                return;
            }
            at[0] = System.nanoTime();
            cancel.cancel();
        });

        t.start();
        try {
            store.sync(transport(words), 0, cancel, null);
        } catch (JemputException e) {
            t.join();
            return (System.nanoTime() - at[0]) / 1_000_000 + " " + e.status();
        }
        return "";
    }

    private String add(int count) {
        store.write(tx -> {
            for (int i = 0; i < count; i++) {
                StringBuilder text = new StringBuilder(name + made++ + " ");

                for (int j = random.nextInt(20); j > 0; j--)
                    text.appendCodePoint(new int[] {'a', '\0', 0xe9, 0x6f22, 0x1f600, '\''}[random.nextInt(6)]);
                tx.exec("INSERT INTO orang(id, nama, lahir, catatan) VALUES(?, ?, ?, ?)", tx.newId(), text, random.nextLong(), random.nextDouble());
            }
            return null;
        });
        return "" + count;
    }

    /** Rows that all of them write, so that they conflict. */
    private String edit(int count) {
        for (int i = 0; i < count; i++) {
            String id = "bersama" + random.nextInt(5);

            if (store.exec("UPDATE unik SET umur = ? WHERE id = ?", random.nextInt(90), id) == 0)
                store.exec("INSERT OR IGNORE INTO unik(id, kode, umur) VALUES(?, ?, ?)", id, random.nextBoolean() ? null : "k" + random.nextInt(3),
                    random.nextInt(90));
            store.exec("INSERT INTO nomor(kode, jumlah) VALUES('x', 1) ON CONFLICT(kode) DO UPDATE SET jumlah = jumlah + 1");
        }
        return "" + count;
    }

    private String photo(int bytes) {
        byte[] photo = new byte[bytes];
        byte[] row = store.one("SELECT id FROM orang ORDER BY id LIMIT 1", at -> at.getBytes(0));

        random.nextBytes(photo);
        store.attachments().add(Attaching.of(Key.of("orang", (Object) row), new ByteArrayInputStream(photo)).kind("foto"));
        return "" + java.util.Arrays.hashCode(photo);
    }

    /** Hashes of all photos that can be read, in order. */
    private String photos() throws Exception {
        List<String> all = new ArrayList<>();
        List<Attachment> known = new ArrayList<>();

        store.attachments().all(known::add);
        for (Attachment a : known) {
            if (!a.here)
                continue;
            try (InputStream in = store.attachments().open(a.id)) {
                all.add("" + java.util.Arrays.hashCode(in.readAllBytes()));
            }
        }
        java.util.Collections.sort(all);
        return String.join(",", all);
    }

    private String ask() {
        List<Attachment> known = new ArrayList<>();

        store.attachments().all(known::add);
        for (Attachment a : known) {
            if (!a.here)
                store.attachments().ask(a.id);
        }
        return "" + known.size();
    }

    private String run(String line) throws Exception {
        String[] words = line.split(" ");

        switch (words[0]) {
        case "join":
            store = Jemput.join(Config.of(new File(words[1])), Files.readAllBytes(new File(words[2]).toPath()), null);
            return "";
        case "short":
            return store.inviteShort(Files.readAllBytes(new File(words[1]).toPath()));
        case "open":
            store = Jemput.open(Config.of(new File(words[1])));
            return "";
        case "close":
            store.close();
            return "";
        case "sync":
            return sync(words);
        case "hang":
            return hang(words);
        case "add":
            return add(Integer.parseInt(words[1]));
        case "edit":
            return edit(Integer.parseInt(words[1]));
        case "photo":
            return photo(Integer.parseInt(words[1]));
        case "photos":
            return photos();
        case "ask":
            return ask();
        case "hash":
            return store.stateHash();
        case "status":
            return Told.status(store);
        case "conflicts":
            return Told.conflicts(store);
        case "history":
            return Told.history(store, Key.of(words[1], words[2]));
        case "verify":
            return store.verify(null, null).toString();
        case "counts":
            return store.<String>one("SELECT (SELECT count(*) FROM orang) || ' ' || (SELECT jumlah FROM nomor)", at -> at.getString(0));
        default:
            throw new IllegalArgumentException(line);
        }
    }

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Peer peer = new Peer(args[0]);

        Jemput.load(new File(System.getProperty("jemput.library")), new File(System.getProperty("java.io.tmpdir")));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String answer;

            try {
                answer = "ok " + peer.run(line);
            } catch (JemputException e) {
                answer = "err " + e.status() + " " + e.getMessage();
            }
            System.out.println(answer.trim());
        }
        if (peer.store != null)
            peer.store.close();
    }
}
