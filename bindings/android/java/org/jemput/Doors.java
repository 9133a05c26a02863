/* Who comes in: other devices by invitation, this one's people by PIN, key and recovery code. */
package org.jemput;

abstract class Doors extends Looks {
    Doors(Config config, long handle) {
        super(config, handle);
    }

    /**
     * Invites one device, as an administrator.
     *
     * @param roles such as "petugas"
     * @param scope the region that it may write in; "" = all
     * @param hub where it syncs; null = told at its sync
     * @param expires when it admits nobody any more, in milliseconds since 1970
     * @return the text of a file, as secret as a key
     */
    public final byte[] invite(String roles, String scope, String hub, long expires) {
        desk.enter();
        try {
            return Native.invite(desk.handle(), Utf8.plain(roles, "roles"), Utf8.plain(scope, "a scope"), Utf8.plainOrNull(hub, "a hub"), expires);
        } finally {
            desk.leave();
        }
    }

    /**
     * The short form of an invitation, for a QR code: as secret. The store must have synced since it was made.
     *
     * @param invitation what {@link #invite} gave
     * @return some 300 capital letters and digits
     */
    public final String inviteShort(byte[] invitation) {
        if (invitation == null)
            throw JemputException.misuse("an invitation is needed");
        desk.enter();
        try {
            return Utf8.text(Native.inviteShort(desk.handle(), invitation));
        } finally {
            desk.leave();
        }
    }

    /**
     * Opens a locked store again. Of one that is not locked the secret is tried all the same, and a wrong PIN counted: whoever asks for the PIN by
     * this call lets nobody in by another.
     *
     * @param secret the caller's, to be closed afterwards
     */
    public final void unlock(Secret secret) {
        if (isUnlockedBy(secret))
            watchers.unlocked(); // not under the lock: a listener may be called here
    }

    private boolean isUnlockedBy(Secret secret) {
        desk.enter();
        try {
            if (!isLocked()) {
                Ways.check(file, secret);
                return false;
            }
            Ways.open(file, secret, false, new Ways.Opening() {
                @Override
                public long open(Secret.Ready s) {
                    Native.unlock(desk.handle(), s.pin, s.key, s.recovery);
                    return 0;
                }
            });
            unlocked();
            return true;
        } finally {
            desk.leave();
        }
    }

    /**
     * Changes the PIN of a sealed store.
     *
     * @param old the one that holds now, which is tried, and counted if it is wrong; null = do not ask for it
     * @param pin the new one; null = none any more
     * @param wrapper the platform's key, needed beside the PIN; null = the PIN is enough. One that the platform has lost (the store was opened by the
     *     recovery code) is replaced by a new one
     */
    public final void setPin(char[] old, char[] pin, KeyWrapper wrapper) {
        desk.enter();
        try {
            if (old != null)
                Ways.check(file, old, wrapper);
            Ways.setPin(desk.handle(), file, pin, wrapper);
        } finally {
            desk.leave();
        }
    }

    /**
     * Lets the platform's key open a sealed store by itself, by a new key.
     *
     * @param wrapper how it is kept; null = it does not open it any more
     */
    public final void setKey(KeyWrapper wrapper) {
        desk.enter();
        try {
            Ways.setKey(desk.handle(), file, wrapper);
        } finally {
            desk.leave();
        }
    }

    /**
     * Makes a recovery code, to be written down; the one before is void.
     *
     * @return told this once
     */
    public final String newRecoveryCode() {
        desk.enter();
        try {
            return Utf8.text(Native.recoveryMake(desk.handle()));
        } finally {
            desk.leave();
        }
    }
}
