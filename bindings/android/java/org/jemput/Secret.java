package org.jemput;

import java.io.File;

/**
 * What a sealed store opens by: a PIN, a key that the platform keeps, both together, or the recovery code. Close it when it was used: that wipes it.
 * Neither the store nor its configuration keeps the PIN.
 */
public final class Secret implements AutoCloseable {
    final KeyWrapper wrapper;
    private final byte[] pin;
    private final byte[] recovery;
    private boolean closed;

    private Secret(byte[] pin, KeyWrapper wrapper, byte[] recovery) {
        this.pin = pin;
        this.wrapper = wrapper;
        this.recovery = recovery;
    }

    /**
     * By a PIN.
     *
     * @param pin 4 to 256 bytes of UTF-8; copied, not wiped
     * @return to be closed
     */
    public static Secret pin(char[] pin) {
        return new Secret(Utf8.secret(pin, "a PIN"), null, null);
    }

    /**
     * By a key that the platform keeps.
     *
     * @param wrapper how it keeps it
     * @return to be closed
     */
    public static Secret key(KeyWrapper wrapper) {
        if (wrapper == null)
            throw JemputException.misuse("a wrapper is needed");
        return new Secret(null, wrapper, null);
    }

    /**
     * By both together.
     *
     * @param pin see {@link #pin}
     * @param wrapper see {@link #key}
     * @return to be closed
     */
    public static Secret pinAndKey(char[] pin, KeyWrapper wrapper) {
        if (wrapper == null)
            throw JemputException.misuse("a wrapper is needed");
        return new Secret(Utf8.secret(pin, "a PIN"), wrapper, null);
    }

    /**
     * By the recovery code that was written down.
     *
     * @param code as it was told, with or without its dashes
     * @return to be closed
     */
    public static Secret recovery(String code) {
        return new Secret(null, null, Utf8.plain(code, "a recovery code"));
    }

    /** For calls into the library; wipe() it. */
    static final class Ready {
        final byte[] pin;
        final byte[] key;
        final byte[] recovery;

        private Ready(byte[] pin, byte[] key, byte[] recovery) {
            this.pin = pin;
            this.key = key;
            this.recovery = recovery;
        }

        void wipe() {
            Utf8.wipe(pin);
            Utf8.wipe(key);
            Utf8.wipe(recovery);
        }
    }

    /** None given. */
    static Ready none() {
        return new Ready(null, null, null);
    }

    /** The key is unwrapped; make: one is made if there is none beside the store. */
    static Ready ready(Secret of, File store, boolean make) {
        if (of == null)
            return none();
        return of.ready(of.wrapper == null ? null : WrappedKey.of(store).get(of.wrapper, make));
    }

    /** By a key that is given; it becomes the result's. */
    synchronized Ready ready(byte[] key) {
        if (closed)
            throw JemputException.misuse("the secret was closed");
        return new Ready(pin == null ? null : pin.clone(), key, recovery == null ? null : recovery.clone());
    }

    /** Wipes it. As often as one likes. */
    @Override
    public synchronized void close() {
        closed = true;
        Utf8.wipe(pin);
        Utf8.wipe(recovery);
    }
}
