/* The ways into a sealed store: opened by a secret, and changed. */
package org.jemput;

import java.io.File;

final class Ways {
    private Ways() {
    }

    /** A call that takes a secret. */
    interface Opening {
        long open(Secret.Ready secret);
    }

    /**
     * The call with the secret, its key unwrapped. Where a change of the key was cut off, it is the new key that opens, or the old one. make: the
     * store is being made, so a key is, too, if there is none.
     */
    static long open(File store, Secret secret, boolean make, Opening opening) {
        Secret.Ready ready;

        try {
            ready = Secret.ready(secret, store, make);
        } catch (JemputException e) {
            return openWithout(store, secret, make, opening, e);
        }
        try {
            return opening.open(ready);
        } catch (JemputException e) {
            byte[] key = e.status() != Code.DENIED || secret == null || secret.wrapper == null ? null
                : WrappedKey.of(store).getFresh(secret.wrapper);

            if (key == null)
                throw e;
            return openFresh(store, secret.ready(key), opening);
        } finally {
            ready.wipe();
        }
    }

    /* The key in its place cannot be had: a store's first one, perhaps, whose coming was cut off, or that of a platform that has lost it since. */
    private static long openWithout(File store, Secret secret, boolean make, Opening opening, JemputException why) {
        byte[] key = null;

        if (make || secret.wrapper == null)
            throw why;
        try {
            key = WrappedKey.of(store).getFresh(secret.wrapper);
        } catch (JemputException e) {
            throw why;
        }
        if (key == null)
            throw why;
        Secret.Ready ready = secret.ready(key);

        try {
            return openFresh(store, ready, opening);
        } catch (JemputException e) {
            throw ready.pin == null ? why : e; // of a PIN it is the PIN that may be wrong
        }
    }

    private static long openFresh(File store, Secret.Ready ready, Opening opening) {
        try {
            long handle = opening.open(ready);

            WrappedKey.of(store).use();
            return handle;
        } finally {
            ready.wipe();
        }
    }

    static Sealing sealing(File store) {
        return new Sealing(new Packed(Native.sealing(Utf8.plain(store.getPath(), "the store's path"))));
    }

    /** Wrong tries count, as at any other opening. */
    static void check(File store, char[] pin, KeyWrapper wrapper) {
        boolean both = sealing(store).pinNeedsKey;

        if (both && wrapper == null)
            throw JemputException.misuse("the PIN needs the platform's key beside it: how is it unwrapped?");
        Secret secret = both ? Secret.pinAndKey(pin, wrapper) : Secret.pin(pin);

        try {
            check(store, secret);
        } finally {
            secret.close();
        }
    }

    static void check(final File store, Secret secret) {
        Native.close(open(store, secret, false, new Opening() {
            @Override
            public long open(Secret.Ready s) {
                return Native.open(Utf8.plain(store.getPath(), "the store's path"), s.pin, s.key, s.recovery);
            }
        }));
    }

    /** wrapper null: the PIN is enough. */
    static void setPin(long desk, File store, char[] pin, KeyWrapper wrapper) {
        byte[] text = pin == null ? null : Utf8.secret(pin, "a PIN");
        byte[] key = null;

        try {
            key = wrapper == null ? null : keyOrNull(store, wrapper);
            if (wrapper != null && key == null)
                setPinByNewKey(desk, store, text, wrapper);
            else
                Native.pinSet(desk, text, key);
        } finally {
            Utf8.wipe(text);
            Utf8.wipe(key);
        }
    }

    /* Null: the platform does not give it any more, nor one whose coming was cut off. */
    private static byte[] keyOrNull(File store, KeyWrapper wrapper) {
        WrappedKey file = WrappedKey.of(store);
        byte[] key;

        try {
            return file.get(wrapper, true);
        } catch (JemputException e) {
            if (e.status() != Code.LOCKED)
                throw e;
        }
        try {
            key = file.getFresh(wrapper);
        } catch (JemputException e) {
            return null;
        }
        if (key != null)
            file.use();
        return key;
    }

    /* What the lost one opened, nothing opens any more: so the new one takes its place wherever it was needed. */
    private static void setPinByNewKey(long desk, File store, byte[] pin, KeyWrapper wrapper) {
        WrappedKey file = WrappedKey.of(store);
        byte[] key = file.make(wrapper);
        boolean taken = false;

        try {
            Native.pinSet(desk, pin, key);
            taken = true;
            if (sealing(store).key)
                Native.keySet(desk, key);
        } finally {
            Utf8.wipe(key);
            if (!taken)
                file.forgetFresh();
        }
        file.use();
    }

    /** wrapper null: no key is a way in any more. */
    static void setKey(long desk, File store, KeyWrapper wrapper) {
        WrappedKey file = WrappedKey.of(store);
        byte[] key = null;

        if (wrapper == null) {
            Native.keySet(desk, null);
            return;
        }
        boolean shared = sealing(store).pinNeedsKey; // the PIN needs the one that is there

        try {
            key = shared ? keyOrNull(store, wrapper) : file.make(wrapper);
            if (key == null)
                throw new JemputException(Code.LOCKED, "the PIN needs a key that the platform does not give: setPin() first, which makes a new one");
            put(desk, key, shared ? null : file);
        } finally {
            Utf8.wipe(key);
        }
    }

    /* fresh: whose new key it is. It goes if the store did not take it, and only then. */
    private static void put(long desk, byte[] key, WrappedKey fresh) {
        boolean taken = false;

        try {
            Native.keySet(desk, key);
            taken = true;
        } finally {
            if (!taken && fresh != null)
                fresh.forgetFresh();
        }
        if (fresh != null)
            fresh.use();
    }
}
