/* What Android's Keystore does for a key of AES, as a provider of this JVM: it makes keys under names, and gives them up. */
package org.jemput.android;

import android.security.keystore.KeyGenParameterSpec;
import android.security.keystore.KeyPermanentlyInvalidatedException;

import java.io.InputStream;
import java.io.OutputStream;
import java.security.AlgorithmParameters;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.KeyStoreSpi;
import java.security.Provider;
import java.security.ProviderException;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Map;

import javax.crypto.CipherSpi;
import javax.crypto.KeyGeneratorSpi;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

final class Keystore extends Provider {
    private static final long serialVersionUID = 1;

    private final Map<String, SecretKey> keys = new HashMap<>();
    int made;
    boolean strongBoxBroken; // there is one, and it does not work

    Keystore() {
        super("AndroidKeyStore", "1", "a Keystore for tests");
        putService(new Made("KeyStore", "AndroidKeyStore"));
        putService(new Made("KeyGenerator", "AES"));
        putService(new Made("Cipher", "AES/GCM/NoPadding"));
    }

    void giveUp(String alias) {
        keys.put(alias, new GivenUp());
    }

    private static final class GivenUp implements SecretKey {
        private static final long serialVersionUID = 1;

        @Override
        public String getAlgorithm() {
            return "AES";
        }

        @Override
        public String getFormat() {
            return null;
        }

        @Override
        public byte[] getEncoded() {
            return null;
        }
    }

    private final class Made extends Service {
        Made(String type, String algorithm) {
            super(Keystore.this, type, algorithm, Made.class.getName(), null, null);
        }

        @Override
        public Object newInstance(Object parameter) {
            return getType().equals("KeyStore") ? new Names() : getType().equals("Cipher") ? new NoCipher() : new Maker();
        }

        /* Keys that live are the JVM's own cipher's. */
        @Override
        public boolean supportsParameter(Object parameter) {
            return !getType().equals("Cipher") || parameter instanceof GivenUp;
        }
    }

    private final class Maker extends KeyGeneratorSpi {
        private String alias;
        private boolean strongBox;

        @Override
        protected void engineInit(AlgorithmParameterSpec parameters, SecureRandom random) {
            alias = ((KeyGenParameterSpec) parameters).getKeystoreAlias();
            strongBox = ((KeyGenParameterSpec) parameters).isStrongBoxBacked();
        }

        @Override
        protected void engineInit(SecureRandom random) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected void engineInit(int bits, SecureRandom random) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected SecretKey engineGenerateKey() {
            byte[] bytes = new byte[32];

            if (strongBox && strongBoxBroken)
                throw new ProviderException("the StrongBox does not answer");
            new SecureRandom().nextBytes(bytes);
            made++;
            keys.put(alias, new SecretKeySpec(bytes, "AES"));
            return keys.get(alias);
        }
    }

    private static final class NoCipher extends CipherSpi {
        @Override
        protected void engineInit(int mode, java.security.Key key, SecureRandom random) throws InvalidKeyException {
            throw new KeyPermanentlyInvalidatedException();
        }

        @Override
        protected void engineInit(int mode, java.security.Key key, AlgorithmParameterSpec parameters, SecureRandom random) throws InvalidKeyException {
            throw new KeyPermanentlyInvalidatedException();
        }

        @Override
        protected void engineInit(int mode, java.security.Key key, AlgorithmParameters parameters, SecureRandom random) throws InvalidKeyException {
            throw new KeyPermanentlyInvalidatedException();
        }

        @Override
        protected void engineSetMode(String mode) {
        }

        @Override
        protected void engineSetPadding(String padding) {
        }

        @Override
        protected int engineGetBlockSize() {
            return 16;
        }

        @Override
        protected int engineGetOutputSize(int length) {
            return length;
        }

        @Override
        protected byte[] engineGetIV() {
            return null;
        }

        @Override
        protected AlgorithmParameters engineGetParameters() {
            return null;
        }

        @Override
        protected byte[] engineUpdate(byte[] in, int from, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected int engineUpdate(byte[] in, int from, int length, byte[] out, int at) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected byte[] engineDoFinal(byte[] in, int from, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected int engineDoFinal(byte[] in, int from, int length, byte[] out, int at) {
            throw new UnsupportedOperationException();
        }
    }

    /** What a key store of the JVM has to answer; only the keys are asked for. */
    private final class Names extends KeyStoreSpi {
        @Override
        public Key engineGetKey(String alias, char[] password) {
            return keys.get(alias);
        }

        @Override
        public void engineLoad(InputStream in, char[] password) {
        }

        @Override
        public boolean engineContainsAlias(String alias) {
            return keys.containsKey(alias);
        }

        @Override
        public boolean engineIsKeyEntry(String alias) {
            return keys.containsKey(alias);
        }

        @Override
        public int engineSize() {
            return keys.size();
        }

        @Override
        public Enumeration<String> engineAliases() {
            return Collections.enumeration(keys.keySet());
        }

        @Override
        public void engineDeleteEntry(String alias) {
            keys.remove(alias);
        }

        @Override
        public Certificate[] engineGetCertificateChain(String alias) {
            return null;
        }

        @Override
        public Certificate engineGetCertificate(String alias) {
            return null;
        }

        @Override
        public Date engineGetCreationDate(String alias) {
            return null;
        }

        @Override
        public void engineSetKeyEntry(String alias, Key key, char[] password, Certificate[] chain) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void engineSetKeyEntry(String alias, byte[] key, Certificate[] chain) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void engineSetCertificateEntry(String alias, Certificate certificate) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean engineIsCertificateEntry(String alias) {
            return false;
        }

        @Override
        public String engineGetCertificateAlias(Certificate certificate) {
            return null;
        }

        @Override
        public void engineStore(OutputStream out, char[] password) {
            throw new UnsupportedOperationException();
        }
    }
}
