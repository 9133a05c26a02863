/* The golden vectors of schema/formats, read by Java that was written from the documents alone: what an app or a server in Java would have to do to
 * read a log, check a signature, or show itself to a hub. A third reader, beside the engine's own and tests/formats/decode.py. */
package org.jemput.test;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class VectorsTest {
    /* Why not, and which. The engine's unit tests read every one. */
    private static final String[][] LEFT = {
        {"sealed by what a JDK has not (XChaCha20, BLAKE2b with a key, Argon2id): a second reader is in tests/formats", "media-content.txt",
            "sealing-box.txt", "sealing-payload.txt", "sealing-seal.txt", "vault-recovery.txt", "vault-slots.txt", "vault-store.txt",
            "root-key-pin.txt", "root-key-plain.txt"},
        {"records that no tablet's app is about", "control-acts.txt", "control-approve.txt", "control-keeping.txt", "control-keyring.txt",
            "control-standing.txt"},
        {"made by hubs, for hubs", "roster-file.txt"},
        {"never leaves a store", "row-state-refused.txt", "row-state-rules-refused.txt", "row-state-rules.txt", "row-state-states.txt",
            "state-hash-example.txt", "state-hash-refused.txt"},
        {"a form beside one that is read here", "bundle-manifest-2.txt", "bundle-manifest.txt", "invitation-least.txt", "invitation-short.txt",
            "pending-marks.txt"}};
    private static final Set<String> READ = new TreeSet<>();

    private static byte[] file(String name) throws IOException {
        READ.add(name);
        return Files.readAllBytes(Paths.get(System.getenv("JEMPUT_VECTORS"), name));
    }

    @AfterAll
    static void every_vector_is_read_or_it_is_said_why_not() throws IOException {
        Set<String> left = new TreeSet<>();

        try (Stream<Path> all = Files.list(Paths.get(System.getenv("JEMPUT_VECTORS")))) {
            all.forEach(file -> left.add(file.getFileName().toString()));
        }
        left.removeAll(READ);
        Set<String> said = new TreeSet<>();
        for (String[] why : LEFT)
            said.addAll(Arrays.asList(why).subList(1, why.length));
        assertEquals(said, left);
    }

    /** Lines without comments, in words. */
    private static List<String[]> table(String name) throws IOException {
        List<String[]> rows = new ArrayList<>();

        for (String line : new String(file(name), StandardCharsets.UTF_8).split("\n"))
            if (!line.isEmpty() && !line.startsWith("#"))
                rows.add(line.split(" "));
        assertFalse(rows.isEmpty(), name);
        return rows;
    }

    private static byte[] hex(String text) {
        byte[] out = new byte[text.equals("-") ? 0 : text.length() / 2];

        for (int i = 0; i < out.length; i++)
            out[i] = (byte) Integer.parseInt(text.substring(2 * i, 2 * i + 2), 16);
        return out;
    }

    private static String hex(byte[] bytes) {
        StringBuilder out = new StringBuilder();

        for (byte b : bytes)
            out.append(String.format("%02x", b));
        return out.toString();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        for (byte[] part : parts)
            out.write(part, 0, part.length);
        return out.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] little(int size, long value) {
        return Arrays.copyOf(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array(), size);
    }

    private static byte[] hash256(byte[] in) {
        return Blake2b.hash(32, new byte[0], in);
    }

    // --- serial.md ---

    private static String serial(long device, long number) {
        String first = String.format("%02d", device), second = String.format("%06d", number), digits = first + second;
        int sum = 0, weight = 1;

        for (int i = digits.length() - 1; i >= 0; i--, weight = weight * 2 % 23)
            sum = (sum + (digits.charAt(i) - '0') * weight) % 23;
        return first + "-" + second + "-" + "ABCDEFGHJKLMNPRSTUVWXYZ".charAt(sum);
    }

    @Test
    void receipt_codes_have_the_letters_of_their_digits() throws IOException {
        for (String[] row : table("serial-codes.txt"))
            assertEquals(row[2], serial(Long.parseLong(row[0]), Long.parseLong(row[1])));
        for (String[] row : table("serial-wrong.txt")) {
            String[] parts = row[0].split("-");

            assertNotEquals(row[0], serial(Long.parseLong(parts[0]), Long.parseLong(parts[1])));
        }
    }

    // --- identity.md ---

    @Test
    void hashes_are_blake2b() throws IOException {
        for (String[] row : table("identity-hash.txt")) {
            byte[] in = hex(row[2]);

            if (row[0].equals("hash256"))
                assertEquals(row[3], hex(Blake2b.hash(32, hex(row[1]), in)));
            else if (row[0].equals("id"))
                assertEquals(row[3], hex(Blake2b.hash(16, hex(row[1]), in)));
        }
    }

    @Test
    void writer_ids_bind_space_key_and_epoch() throws IOException {
        for (String[] row : table("identity-writer.txt")) {
            byte[] in = join(ascii("jemput writer\0"), hex(row[0]), hex(row[1]), little(4, Long.parseLong(row[2])));

            assertEquals(row[3], hex(Arrays.copyOf(hash256(in), 16)));
        }
    }

    @Test
    void signatures_hold_or_do_not_as_the_table_says() throws Exception {
        int valid = 0, refused = 0;

        for (String[] row : table("identity-ed25519.txt")) {
            boolean holds = Ed25519.verify(hex(row[3]), hex(row[4]), hex(row[5]));

            assertEquals(row[1].equals("valid"), holds, row[0] + " " + row[2]);
            valid += holds ? 1 : 0;
            refused += holds ? 0 : 1;
        }
        assertTrue(valid > 50 && refused > 50);
    }

    @Test
    void plain_signatures_are_over_context_and_message() throws Exception {
        for (String[] row : table("identity-sign.txt")) {
            byte[] signed = join(ascii(row[2] + "\0"), hex(row[3]));

            assertEquals(row[4], hex(Ed25519.sign(hex(row[0]), signed)));
            assertTrue(Ed25519.verify(hex(row[1]), signed, hex(row[4])));
        }
    }

    private static byte[] str(byte[] bytes) {
        return join(ByteBuffer.allocate(4).putInt(bytes.length).array(), bytes);
    }

    @Test
    void commits_are_signed_as_openssh_does_it() throws Exception {
        byte[] seed = new byte[32], text = file("identity-sshsig-text.txt"), digest = MessageDigest.getInstance("SHA-512").digest(text);
        byte[] key = Base64.getDecoder().decode(new String(file("identity-sshsig-key.txt"), StandardCharsets.US_ASCII).trim().split(" ")[1]);
        byte[] context = join(str(ascii("git")), str(new byte[0]), str(ascii("sha512")));

        for (int i = 0; i < 32; i++)
            seed[i] = (byte) i;
        byte[] signature = Ed25519.sign(seed, join(ascii("SSHSIG"), context, str(digest)));
        byte[] blob = join(ascii("SSHSIG"), new byte[] {0, 0, 0, 1}, str(key), context, str(join(str(ascii("ssh-ed25519")), str(signature))));
        assertEquals(173, blob.length);
        String armor = "-----BEGIN SSH SIGNATURE-----\n" + Base64.getEncoder().encodeToString(blob).replaceAll("(.{70}|.+$)", "$1\n")
            + "-----END SSH SIGNATURE-----";
        assertEquals(armor, new String(file("identity-sshsig-armor.txt"), StandardCharsets.US_ASCII).trim());
    }

    // --- hub-token.md ---

    private static byte[] object(String kind, byte[] content) throws Exception {
        MessageDigest sha1 = MessageDigest.getInstance("SHA-1");

        sha1.update((kind + " " + content.length + "\0").getBytes(StandardCharsets.US_ASCII));
        return sha1.digest(content);
    }

    @Test
    void a_segment_is_three_objects_as_git_names_them() throws Exception {
        for (String[] row : table("commit-ids.txt")) {
            byte[] blob = object("blob", row[1].equals("-") ? new byte[0] : hex(row[1]));
            ByteArrayOutputStream tree = new ByteArrayOutputStream();

            tree.write("100644 segment\0".getBytes(StandardCharsets.US_ASCII));
            tree.write(blob);
            assertArrayEquals(hex(row[2]), blob, row[0]);
            assertArrayEquals(hex(row[3]), object("tree", tree.toByteArray()), row[0]);
            assertArrayEquals(hex(row[4]), object("commit", file(row[0])), row[0]);
        }
    }

    @Test
    void tokens_for_hubs_are_made_of_address_time_and_key() throws Exception {
        for (String[] row : table("hub-token.txt")) {
            byte[] seed = hex(row[0]), key = Ed25519.publicKey(seed);
            byte[] token = join(new byte[] {1}, key, little(8, Long.parseLong(row[2])), hex(row[3]));
            byte[] signature = Ed25519.sign(seed, join(ascii("jemput hub\0"), ascii(row[1] + "\0"), token));

            assertEquals(row[4], Base64.getEncoder().encodeToString(join(token, signature)));
        }
    }

    // --- header.md ---

    private static final String HASH = "[0-9a-f]{64}", ID = "[0-9a-f]{32}", NUMBER = "(?:0|[1-9][0-9]{0,18})";
    private static final String HEAD = "(?:through )?" + ID + " " + NUMBER + " " + HASH;
    private static final Pattern HEADER = Pattern.compile("jemput segment 1 (control|data)\n\nspace (" + HASH + ")\nwriter (" + ID + ") epoch "
        + NUMBER + " generation " + NUMBER + " number (" + NUMBER + ")\nprevious (" + HASH + ")\nstamp (" + NUMBER + ")\n((?:merged " + HEAD + "\n)*)"
        + "(under none\n|(?:under " + HEAD + "\n)*)((?:state " + HASH + "\n)?)roster " + NUMBER + " policy " + NUMBER + " schema " + NUMBER
        + "\ncodec ([012]) key-epoch " + NUMBER + "\npayload (" + NUMBER + ") (" + HASH + ")\n");

    /** Heads ascend by writer, number, hash. */
    private static void assertAscending(String lines) {
        String before = "";

        for (String line : lines.split("\n")) {
            String[] words = line.replace("through ", "").split(" ");
            String now = words.length < 4 ? "" : words[1] + String.format("%019d", Long.parseLong(words[2])) + words[3];

            assertTrue(now.compareTo(before) >= 0, lines);
            before = now;
        }
    }

    @Test
    void headers_read_as_the_document_says_and_their_hash_names_them() throws IOException {
        String genesis = null;

        for (String[] row : table("header-hashes.txt")) {
            byte[] bytes = file("header-" + row[0] + ".txt");
            Matcher header = HEADER.matcher(new String(bytes, StandardCharsets.US_ASCII));

            assertTrue(header.matches(), row[0]);
            assertEquals(row[1], hex(hash256(bytes)));
            assertAscending(header.group(7));
            assertAscending(header.group(8));
            genesis = row[0].equals("genesis") ? row[1] : genesis;
        }
        Matcher first = HEADER.matcher(new String(file("header-control.txt"), StandardCharsets.US_ASCII));
        assertTrue(first.matches());
        assertEquals(genesis, first.group(2)); // the space is what the genesis segment is called,
        assertEquals(genesis, first.group(5)); // and what the first segment of a log goes on
    }

    // --- pending.md ---

    @Test
    void keys_of_rows_have_one_form() throws IOException {
        for (String[] row : table("key-values.txt")) {
            Bytes in = new Bytes(hex(row[0]));
            ByteArrayOutputStream again = new ByteArrayOutputStream();

            for (int i = 1; i < row.length; i++) {
                Object given = keyValue(row[i]);

                Bytes.writeValue(again, given);
                Object read = in.value();
                if (given instanceof byte[])
                    assertArrayEquals((byte[]) given, (byte[]) read);
                else
                    assertEquals(given, read);
            }
            assertTrue(in.atEnd());
            assertEquals(row[0], hex(again.toByteArray()));
        }
    }

    /** A REAL that is an integer of at most 2^53 in size is that integer. */
    private static Object keyValue(String text) {
        String body = text.substring(2);

        switch (text.charAt(0)) {
        case 'i':
            return Long.parseLong(body);
        case 'r':
            double real = Double.longBitsToDouble(Long.parseUnsignedLong(body, 16));
            return Math.rint(real) == real && Math.abs(real) <= 0x1p53 ? (Object) (long) real : (Object) real;
        case 't':
            return new String(hex(body), StandardCharsets.UTF_8);
        default:
            return hex(body);
        }
    }

    @Test
    void a_pending_record_reads_as_the_worked_example_says() throws IOException {
        Bytes in = new Bytes(hex(table("pending-example.txt").get(0)[0]));

        assertEquals((0x019cb13b9d00L << 16) + 1, in.u64());
        assertEquals(0x1122334455667788L, in.u64());
        assertEquals(300, in.varint());
        assertEquals("salah ketik", new String(in.sized(), StandardCharsets.UTF_8));
        assertEquals(Arrays.asList("table 7 op 1 key 0402abcd: 1 NULL, 2 NULL, 3 SITI, 12 0.5",
            "table 9 op 2 key 0154: 4 LENGKAP was DRAF, 5 delta -3", "table 9 op 3 key 0156:"), in.changes());
        assertTrue(in.atEnd());
    }

    // --- payload.md ---

    @Test
    void payloads_give_the_transactions_that_stand_beside_them() throws Exception {
        byte[] dictionary = file("dictionary-1.txt");
        int payloads = 0, records = 0;

        for (String name : new String[] {"example", "field", "kinds", "codings", "marks"}) {
            List<String> found = new ArrayList<>(), wanted = new ArrayList<>();

            for (String[] row : table("payload-" + name + ".txt")) {
                if (row[0].equals("record")) {
                    wanted.add(row[1]);
                    continue;
                }
                for (byte[] record : Payload.records(hex(row[1]), dictionary))
                    found.add(hex(record));
                payloads++;
            }
            assertEquals(wanted, found, name);
            records += wanted.size();
        }
        assertTrue(payloads > 10 && records > 60, payloads + " payloads, " + records + " records");
    }

    @Test
    void a_payload_that_is_cut_is_none() throws Exception {
        byte[] whole = hex(table("payload-example.txt").get(0)[1]), dictionary = file("dictionary-1.txt");

        for (int i = 0; i < whole.length - 1; i++) { // the last byte may decide nothing: the header has the length, and the hash
            byte[] cut = Arrays.copyOf(whole, i);

            assertThrows(Exception.class, () -> Payload.records(cut, dictionary), i + " bytes");
        }
        assertThrows(Exception.class, () -> Payload.records(Arrays.copyOf(whole, whole.length + 5), dictionary)); // of which the last can be no end
    }

    // --- checkpoint.md ---

    @Test
    void items_of_a_checkpoint_say_what_stands_beside_them() throws Exception {
        Items items = new Items(file("dictionary-1.txt"));
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        List<String> found = new ArrayList<>(), wanted = new ArrayList<>();

        stream.writeBytes(ascii("jemput checkpoint 3\n"));
        for (String line : new String(file("checkpoint-items.txt"), StandardCharsets.UTF_8).split("\n")) {
            if (line.startsWith("item ")) {
                byte[] item = hex(line.substring(5));

                found.add(items.read(item));
                Bytes.writeVarint(stream, item.length);
                stream.writeBytes(item);
            } else if (!line.startsWith("#")) {
                wanted.add(line);
            }
        }
        assertTrue(items.ended());
        found.add("stream " + stream.size() + " " + hex(hash256(stream.toByteArray())));
        assertEquals(wanted, found);
        assertTrue(found.size() > 20);
    }

    // --- control.md, invitation.md ---

    @Test
    void the_genesis_names_the_space_and_its_administrators() throws IOException {
        Lines payload = new Lines(file("control-genesis.txt"));

        Lines record = new Lines(payload.block("record genesis"));
        assertTrue(payload.atEnd());
        assertEquals("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf", record.value("nonce"));
        assertEquals("1", record.value("threshold"));
        assertEquals("2", record.value("admins"));
        for (int device = 1; device <= 2; device++) {
            assertTrue(record.value("key").matches(HASH));
            assertEquals(String.valueOf(device), record.value("device"));
            assertEquals(device == 1 ? "admin" : "pusat", record.value("roles"));
        }
        assertTrue(new String(record.block("sql"), StandardCharsets.UTF_8).startsWith("CREATE TABLE warga("));
        record.newline();
        assertTrue(record.atEnd());
    }

    @Test
    void an_invitation_holds_together() throws IOException, GeneralSecurityException {
        byte[] all = file("invitation-full.txt");
        int end = all.length - "checksum ".length() - 64 - 1;
        Lines in = new Lines(all);

        assertEquals("1", in.value("jemput invitation"));
        assertTrue(in.line().startsWith("Rahasia: "));
        assertTrue(in.line().startsWith("Secret: "));
        String space = in.value("space");
        assertEquals("7", in.value("device"));
        assertEquals("petugas", in.value("roles"));
        assertEquals("16.74.05.1003", in.value("scope"));
        assertEquals("1767225600000", in.value("expires"));
        assertEquals(32, Ed25519.publicKey(hex(in.value("seed"))).length);
        assertEquals("/media/usb/ruang contoh.git", in.value("hub"));
        for (int readers = Integer.parseInt(in.value("readers")); readers > 0; readers--) {
            assertTrue(in.value("reader").matches(ID));
            assertTrue(in.value("key").matches(HASH));
        }
        byte[] genesis = in.block("genesis-header");
        in.newline();
        assertEquals(space, hex(hash256(genesis)));
        assertArrayEquals(file("control-genesis-header.txt"), genesis);
        assertArrayEquals(file("control-genesis.txt"), in.block("genesis-payload"));
        in.newline();
        for (int migrations = Integer.parseInt(in.value("migrations")); migrations > 0; migrations--) {
            assertTrue(in.block("migration").length > 0);
            in.newline();
        }
        assertEquals(hex(hash256(Arrays.copyOf(all, end))), in.value("checksum"));
        assertTrue(in.atEnd());
    }
}
