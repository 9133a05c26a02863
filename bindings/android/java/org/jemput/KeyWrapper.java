package org.jemput;

import java.security.GeneralSecurityException;

/** Keeps a store's key safe by means of the platform, such as Android's Keystore. It is asked when a store is made, opened and unlocked. */
public interface KeyWrapper {
    /**
     * Encrypts a key.
     *
     * @param key 32 bytes; wiped by the caller afterwards
     * @return what {@link #unwrap} makes the key of; kept in a file beside the store
     * @throws GeneralSecurityException the platform refused
     */
    byte[] wrap(byte[] key) throws GeneralSecurityException;

    /**
     * Decrypts it.
     *
     * @param wrapped what {@link #wrap} gave
     * @return 32 bytes; wiped by the caller afterwards
     * @throws GeneralSecurityException the platform refused, or has lost its own key: the recovery code is the way in then
     */
    byte[] unwrap(byte[] wrapped) throws GeneralSecurityException;
}
