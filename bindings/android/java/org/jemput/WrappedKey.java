/* The platform's key of a store, encrypted by the platform, in a file beside it: "jemput key 1\n" and what the wrapper gave.
 *
 * A new key is written under a second name, put into the store, and then takes the old one's place. Cut off in between, both are there, and whichever
 * opens the store is the one. */
package org.jemput;

import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;

final class WrappedKey {
    private static final byte[] HEAD = Utf8.bytes("jemput key 1\n");
    private static final int KEY_BYTES = 32;
    private static final int FILE_BYTES_MAX = 64 << 10;

    private final File store;
    private final File file;
    private final File fresh;

    private WrappedKey(File store) {
        this.store = store;
        file = new File(store.getPath() + ".key");
        fresh = new File(store.getPath() + ".key-baru");
    }

    static WrappedKey of(File store) {
        return new WrappedKey(store);
    }

    /** The key; the caller wipes it. make: a new one if there is none, or only what is left of a store that is gone. */
    byte[] get(KeyWrapper wrapper, boolean make) {
        if (!make)
            return unwrap(wrapper, file);
        if (file.isFile()) {
            try {
                return unwrap(wrapper, file);
            } catch (JemputException e) {
                if (store.exists())
                    throw e;
            }
        }
        byte[] key = fresh.isFile() && store.exists() ? unwrap(wrapper, fresh) : make(wrapper); // the store may open by one whose coming was cut off

        use();
        return key;
    }

    /** The key that was being put into the store when that was cut off; null: there is none. */
    byte[] getFresh(KeyWrapper wrapper) {
        return fresh.isFile() ? unwrap(wrapper, fresh) : null;
    }

    /** A new key, under the second name: use() it when the store has it. */
    byte[] make(KeyWrapper wrapper) {
        byte[] key = new byte[KEY_BYTES];
        boolean good = false;

        new SecureRandom().nextBytes(key);
        byte[] lent = key.clone();

        try {
            write(wrapper.wrap(lent));
            good = true;
        } catch (GeneralSecurityException e) {
            throw refused(e);
        } catch (RuntimeException e) { // Android's Keystore has such, too: a StrongBox that is busy, say
            throw refused(e);
        } catch (IOException e) {
            throw new JemputException(Code.IO, "the key's file beside the store cannot be written", e);
        } finally {
            Utf8.wipe(lent);
            if (!good)
                Utf8.wipe(key);
        }
        return key;
    }

    private void write(byte[] wrapped) throws IOException {
        FileOutputStream out = new FileOutputStream(fresh);

        try {
            out.write(HEAD);
            out.write(wrapped);
            out.getFD().sync();
        } finally {
            out.close();
        }
    }

    void use() {
        if (!fresh.renameTo(file))
            throw new JemputException(Code.IO, "the key's file beside the store cannot be put in its place");
    }

    /** The store has another key, or none: as if nothing had been begun. */
    void forgetFresh() {
        if (fresh.exists() && !fresh.delete())
            Leaks.trouble("a file beside the store that is of no use cannot be deleted", null);
    }

    private static JemputException refused(Exception e) {
        return e instanceof JemputException ? (JemputException) e
            : new JemputException(Code.LOCKED, "the platform does not give the store's key: the recovery code opens it", e);
    }

    private byte[] unwrap(KeyWrapper wrapper, File from) {
        try {
            byte[] key = wrapper.unwrap(read(from));

            if (key == null || key.length != KEY_BYTES)
                throw new JemputException(Code.LOCKED, "what the platform gives is no key of a store: the recovery code opens it");
            return key;
        } catch (GeneralSecurityException e) {
            throw refused(e);
        } catch (RuntimeException e) {
            throw refused(e);
        } catch (IOException e) {
            throw new JemputException(Code.LOCKED, "the key's file beside the store cannot be read: the recovery code opens it", e);
        }
    }

    private static byte[] read(File from) throws IOException {
        byte[] all = new byte[(int) Math.min(from.length(), FILE_BYTES_MAX)];
        FileInputStream in = new FileInputStream(from);

        try {
            int got = 0;

            while (got < all.length) {
                int more = in.read(all, got, all.length - got);

                if (more < 0)
                    break;
                got += more;
            }
            if (got < HEAD.length || !Arrays.equals(HEAD, Arrays.copyOf(all, HEAD.length)))
                throw new IOException("it is not a wrapped key");
            return Arrays.copyOfRange(all, HEAD.length, got);
        } finally {
            in.close();
        }
    }
}
