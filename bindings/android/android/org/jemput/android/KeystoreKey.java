package org.jemput.android;

import android.annotation.TargetApi;
import android.os.Build;
import android.security.keystore.KeyGenParameterSpec;
import android.security.keystore.KeyPermanentlyInvalidatedException;
import android.security.keystore.KeyProperties;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.ProviderException;
import java.security.UnrecoverableKeyException;
import java.util.Arrays;

import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

import org.jemput.KeyWrapper;

/**
 * The store's key, wrapped by an AES-256-GCM key of Android's Keystore that never leaves it: in StrongBox where there is one, else in the trusted
 * environment, else as the system keeps it.
 *
 * <p>When Android gives that key up (the screen lock was removed, the app's data came from another device), unwrapping fails and the store stays
 * locked: the recovery code opens it, then {@code store.setPin(null, pin, wrapper)} or {@code store.setKey(wrapper)} makes a new one. With a PIN
 * beside it ({@code Secret.pinAndKey}), what is copied from the tablet is of no use without both.
 */
public final class KeystoreKey implements KeyWrapper {
    private static final String STORE = "AndroidKeyStore";
    private static final String CIPHER = "AES/GCM/NoPadding";
    private static final int TAG_BITS = 128;
    private static final int NONCE_BYTES = 12; // what Android's Keystore makes for GCM

    private final String alias;
    private final boolean whileUnlocked;

    /**
     * A key by its name in the Keystore; it is made when it is first needed.
     *
     * @param alias its name, one a store
     * @param whileUnlocked true: from Android 9 on the key works only while the screen is unlocked, so that nothing syncs in a locked pocket
     */
    public KeystoreKey(String alias, boolean whileUnlocked) {
        this.alias = alias;
        this.whileUnlocked = whileUnlocked;
    }

    @Override
    public byte[] wrap(byte[] key32) throws GeneralSecurityException {
        Cipher cipher = sealing();
        byte[] nonce = cipher.getIV();
        if (nonce.length != NONCE_BYTES)
            throw new GeneralSecurityException("the Keystore made a nonce of " + nonce.length + " bytes");
        byte[] sealed = cipher.doFinal(key32);
        byte[] out = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
        System.arraycopy(sealed, 0, out, NONCE_BYTES, sealed.length);
        return out;
    }

    /* A key that Android has given up stays under its name, and does nothing any more; nor does what it has wrapped: a new one takes its place. */
    private Cipher sealing() throws GeneralSecurityException {
        SecretKey key = find();
        Cipher cipher = Cipher.getInstance(CIPHER);
        try {
            cipher.init(Cipher.ENCRYPT_MODE, key == null ? make() : key);
        } catch (KeyPermanentlyInvalidatedException e) {
            cipher = Cipher.getInstance(CIPHER);
            cipher.init(Cipher.ENCRYPT_MODE, make());
        }
        return cipher;
    }

    @Override
    public byte[] unwrap(byte[] wrapped) throws GeneralSecurityException {
        SecretKey key = find();
        if (key == null)
            throw new UnrecoverableKeyException("the Keystore has no key '" + alias + "': it was given up, or the file came from elsewhere");
        if (wrapped.length <= NONCE_BYTES)
            throw new GeneralSecurityException("the wrapped key is cut off");
        Cipher cipher = Cipher.getInstance(CIPHER);
        cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, wrapped, 0, NONCE_BYTES));
        return cipher.doFinal(wrapped, NONCE_BYTES, wrapped.length - NONCE_BYTES);
    }

    private SecretKey find() throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(STORE);
        try {
            store.load(null);
        } catch (IOException e) {
            throw new GeneralSecurityException("the Keystore cannot be read", e);
        }
        return (SecretKey) store.getKey(alias, null);
    }

    private SecretKey make() throws GeneralSecurityException {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
            try {
                return generate(true);
            } catch (ProviderException e) {
                return generate(false); // most tablets have none, and some a broken one; the trusted environment is the next best
            }
        }
        return generate(false);
    }

    @TargetApi(Build.VERSION_CODES.P)
    private SecretKey generate(boolean strongBox) throws GeneralSecurityException {
        KeyGenParameterSpec.Builder spec =
            new KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_ENCRYPT | KeyProperties.PURPOSE_DECRYPT)
                .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                .setKeySize(256);
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
            spec.setUnlockedDeviceRequired(whileUnlocked);
            spec.setIsStrongBoxBacked(strongBox);
        }
        KeyGenerator generator = KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, STORE);
        generator.init(spec.build());
        return generator.generateKey();
    }
}
