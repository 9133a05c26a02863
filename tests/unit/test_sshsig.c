/* unit/test_sshsig.c — SSH signatures: byte for byte those of ssh-keygen, and nothing but our one form is taken.
 * Golden vectors: see unit/vectors.h (JEMPUT_VECTORS). Tests against ssh-keygen are skipped where there is none. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "support/fault_alloc.h"
#include "vectors.h"

#define ROOM 8192

static void key_of(struct jemput_keypair *key, uint8_t first)
{
    uint8_t seed[32];

    for (unsigned i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)(first + i);
    jemput_keypair_from_seed(key, seed);
}

static void sign(struct jemput_buf *out, struct jemput_bytes text, const struct jemput_keypair *key)
{
    *out = (struct jemput_buf)JEMPUT_BUF_INIT(ROOM);
    jemput_sshsig_sign(out, text, key);
    assert_int_equal(out->failed, JEMPUT_OK);
}

static enum jemput_status verify(struct jemput_bytes armor, struct jemput_bytes text, uint8_t public_key[32])
{
    struct jemput_error err = { JEMPUT_OK, "" };
    uint8_t untouched[32];
    enum jemput_status st;

    memset(public_key, 0x77, 32);
    memset(untouched, 0x77, 32);
    st = jemput_sshsig_verify(public_key, armor, text, &err);
    if (st) {
        assert_int_equal(err.status, st);
        assert_true(err.text[0] != '\0');
        assert_memory_equal(public_key, untouched, 32);
    }
    return st;
}

static void armor_and_key_are_those_of_the_vectors(void **state)
{
    struct jemput_bytes text = vector_load("identity-sshsig-text.txt"), armor = vector_load("identity-sshsig-armor.txt");
    struct jemput_bytes line = vector_load("identity-sshsig-key.txt");
    struct jemput_buf out, ssh_key = JEMPUT_BUF_INIT(ROOM);
    struct jemput_keypair key;
    uint8_t found[32];

    (void)state;
    key_of(&key, 0);
    sign(&out, text, &key);
    assert_int_equal(armor.len, JEMPUT_SSHSIG_BYTES);
    assert_int_equal(out.len, armor.len);
    assert_memory_equal(out.data, armor.data, armor.len);
    assert_int_equal(verify(armor, text, found), JEMPUT_OK);
    assert_memory_equal(found, key.public_key, 32);
    jemput_ssh_public_key(&ssh_key, key.public_key);
    assert_true(jemput_bytes_equal(jemput_buf_bytes(&ssh_key), line));
    jemput_buf_release(&ssh_key);
    jemput_buf_release(&out);
    vector_free(text);
    vector_free(armor);
    vector_free(line);
}

static void texts_of_all_lengths_sign_and_verify(void **state)
{
    struct jemput_keypair key;
    uint8_t text[300], found[32];

    (void)state;
    key_of(&key, 9);
    memset(text, 'x', sizeof text);
    for (size_t len = 0; len <= sizeof text; len += 7) {
        struct jemput_buf out;

        sign(&out, jemput_bytes_of(text, len), &key);
        assert_int_equal(out.len, JEMPUT_SSHSIG_BYTES);
        assert_int_equal(verify(jemput_buf_bytes(&out), jemput_bytes_of(text, len), found), JEMPUT_OK);
        assert_memory_equal(found, key.public_key, 32);
        if (len)
            assert_int_equal(verify(jemput_buf_bytes(&out), jemput_bytes_of(text, len - 1), found), JEMPUT_CORRUPT);
        jemput_buf_release(&out);
    }
}

static void every_flipped_bit_and_every_cut_is_refused(void **state)
{
    struct jemput_bytes text = vector_load("identity-sshsig-text.txt"), armor = vector_load("identity-sshsig-armor.txt");
    uint8_t bad[JEMPUT_SSHSIG_BYTES], found[32];

    (void)state;
    for (size_t bit = 0; bit < 8 * armor.len; bit++) {
        memcpy(bad, armor.data, armor.len);
        bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(verify(jemput_bytes_of(bad, armor.len), text, found), JEMPUT_CORRUPT);
    }
    for (size_t len = 0; len < armor.len; len++) {
        uint8_t *cut = malloc(len ? len : 1); /* exact, so that a read past the end is seen */

        assert_non_null(cut);
        memcpy(cut, armor.data, len);
        assert_int_equal(verify(jemput_bytes_of(cut, len), text, found), JEMPUT_CORRUPT);
        free(cut);
    }
    for (size_t bit = 0; bit < 8 * text.len; bit++) {
        uint8_t changed[512];

        assert_true(text.len <= sizeof changed);
        memcpy(changed, text.data, text.len);
        changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(verify(armor, jemput_bytes_of(changed, text.len), found), JEMPUT_CORRUPT);
    }
    vector_free(text);
    vector_free(armor);
}

/* --- other forms, built here from their parts --- */

static void base64_append(struct jemput_buf *out, struct jemput_bytes in, unsigned columns, const char *line_end)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned column = 0;

    for (size_t i = 0; i < in.len; i += 3) {
        uint32_t v = (uint32_t)in.data[i] << 16;
        char four[4];

        v |= i + 1 < in.len ? (uint32_t)in.data[i + 1] << 8 : 0;
        v |= i + 2 < in.len ? in.data[i + 2] : 0;
        for (unsigned d = 0; d < 4; d++)
            four[d] = i + d > in.len ? '=' : digits[v >> (18 - 6 * d) & 63];
        for (unsigned d = 0; d < 4; d++) {
            jemput_buf_u8(out, (uint8_t)four[d]);
            if (++column == columns) {
                jemput_buf_append_str(out, line_end);
                column = 0;
            }
        }
    }
    if (column)
        jemput_buf_append_str(out, line_end);
}

static void ssh_string(struct jemput_buf *out, const void *data, size_t len)
{
    jemput_buf_u32be(out, (uint32_t)len);
    jemput_buf_append(out, data, len);
}

static void ssh_text(struct jemput_buf *out, const char *text)
{
    ssh_string(out, text, strlen(text));
}

static void ssh_pair(struct jemput_buf *out, const char *type, const uint8_t *value, size_t len)
{
    jemput_buf_u32be(out, (uint32_t)(4 + strlen(type) + 4 + len));
    ssh_text(out, type);
    ssh_string(out, value, len);
}

struct form {
    const char *name, *namespace, *reserved, *hash, *key_type;
    uint32_t version;
    unsigned columns;
    const char *line_end, *tail;
    bool ours;
};
#define TAIL "-----END SSH SIGNATURE-----"
static const struct form FORMS[] = {
    { "ours", "git", "", "sha512", "ssh-ed25519", 1, 70, "\n", TAIL, true },
    { "newline at the end", "git", "", "sha512", "ssh-ed25519", 1, 70, "\n", TAIL "\n", false },
    { "76 columns", "git", "", "sha512", "ssh-ed25519", 1, 76, "\n", TAIL, false },
    { "69 columns", "git", "", "sha512", "ssh-ed25519", 1, 69, "\n", TAIL, false },
    { "71 columns", "git", "", "sha512", "ssh-ed25519", 1, 71, "\n", TAIL, false },
    { "one line", "git", "", "sha512", "ssh-ed25519", 1, 0, "\n", TAIL, false },
    { "CRLF", "git", "", "sha512", "ssh-ed25519", 1, 70, "\r\n", TAIL, false },
    { "CR", "git", "", "sha512", "ssh-ed25519", 1, 70, "\r", TAIL, false },
    { "namespace file", "file", "", "sha512", "ssh-ed25519", 1, 70, "\n", TAIL, false },
    { "namespace gIt", "gIt", "", "sha512", "ssh-ed25519", 1, 70, "\n", TAIL, false },
    { "reserved filled", "git", "r", "sha512", "ssh-ed25519", 1, 70, "\n", TAIL, false },
    { "sha256", "git", "", "sha256", "ssh-ed25519", 1, 70, "\n", TAIL, false },
    { "version 2", "git", "", "sha512", "ssh-ed25519", 2, 70, "\n", TAIL, false },
    { "version 0", "git", "", "sha512", "ssh-ed25519", 0, 70, "\n", TAIL, false },
    { "other key type", "git", "", "sha512", "ssh-ed25518", 1, 70, "\n", TAIL, false },
};

/* The armor of a blob in this form with the key and signature of a good armor. The signature is right only for our own form, which is the first
 * that a verifier without checks of form would take as well: so each other one must be refused before or by the signature check. */
static void form_build(struct jemput_buf *out, const struct form *f, const uint8_t key[32], const uint8_t signature[64])
{
    struct jemput_buf blob = JEMPUT_BUF_INIT(ROOM);

    jemput_buf_append_str(&blob, "SSHSIG");
    jemput_buf_u32be(&blob, f->version);
    ssh_pair(&blob, f->key_type, key, 32);
    ssh_text(&blob, f->namespace);
    ssh_text(&blob, f->reserved);
    ssh_text(&blob, f->hash);
    ssh_pair(&blob, f->key_type, signature, 64);
    jemput_buf_append_str(out, "-----BEGIN SSH SIGNATURE-----\n");
    base64_append(out, jemput_buf_bytes(&blob), f->columns, f->line_end);
    jemput_buf_append_str(out, f->tail);
    assert_int_equal(out->failed, JEMPUT_OK);
    jemput_buf_release(&blob);
}

static unsigned base64_value(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c - 65u : c >= 'a' && c <= 'z' ? c - 97u + 26u : c >= '0' && c <= '9' ? c - 48u + 52u : c == '+' ? 62 : 63;
}

/* The signature of an armor: the last 64 of its 173 bytes. */
static void armor_signature(uint8_t signature[64], struct jemput_bytes armor)
{
    uint8_t blob[176];
    size_t len = 0, digits = 0;
    uint32_t bits = 0;

    for (size_t i = 30; i < armor.len && armor.data[i] != '='; i++) {
        if (armor.data[i] == '\n')
            continue;
        bits = bits << 6 | base64_value(armor.data[i]);
        if (++digits % 4 == 0) {
            blob[len++] = (uint8_t)(bits >> 16);
            blob[len++] = (uint8_t)(bits >> 8);
            blob[len++] = (uint8_t)bits;
        }
    }
    blob[len++] = (uint8_t)(bits >> 10); /* three digits are left: two bytes */
    blob[len++] = (uint8_t)(bits >> 2);
    assert_int_equal(len, 173);
    memcpy(signature, blob + 173 - 64, 64);
}

static void only_our_form_is_taken(void **state)
{
    struct jemput_bytes text = jemput_bytes_str("contoh\n");
    struct jemput_keypair key;
    struct jemput_buf good;
    uint8_t signature[64], found[32];

    (void)state;
    key_of(&key, 0);
    sign(&good, text, &key);
    armor_signature(signature, jemput_buf_bytes(&good));
    for (size_t i = 0; i < sizeof FORMS / sizeof FORMS[0]; i++) {
        struct jemput_buf armor = JEMPUT_BUF_INIT(ROOM);

        form_build(&armor, &FORMS[i], key.public_key, signature);
        if (verify(jemput_buf_bytes(&armor), text, found) != (FORMS[i].ours ? JEMPUT_OK : JEMPUT_CORRUPT))
            fail_msg("form '%s'", FORMS[i].name);
        jemput_buf_release(&armor);
    }
    jemput_buf_release(&good);
}

static void malleable_signature_and_weak_key_are_refused(void **state)
{
    static const uint8_t order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10 };
    struct jemput_bytes text = jemput_bytes_str("contoh\n");
    struct jemput_buf good, armor = JEMPUT_BUF_INIT(ROOM);
    struct jemput_keypair key;
    uint8_t signature[64], found[32], identity[32] = { 1 };
    unsigned carry = 0;

    (void)state;
    key_of(&key, 0);
    sign(&good, text, &key);
    armor_signature(signature, jemput_buf_bytes(&good));
    for (unsigned i = 0; i < 32; i++) {
        carry += signature[32 + i] + order[i];
        signature[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    form_build(&armor, &FORMS[0], key.public_key, signature);
    assert_int_equal(verify(jemput_buf_bytes(&armor), text, found), JEMPUT_CORRUPT);

    memset(signature, 0, sizeof signature); /* R = the identity, S = 0 under the key "identity": true for every text by the plain equation */
    signature[0] = 1;
    jemput_buf_clear(&armor);
    form_build(&armor, &FORMS[0], identity, signature);
    assert_int_equal(verify(jemput_buf_bytes(&armor), text, found), JEMPUT_CORRUPT);
    jemput_buf_release(&armor);
    jemput_buf_release(&good);
}

/* The last base64 digit before '=' carries two bits that belong to no byte: set, they would be a second text of the same signature. */
static void loose_bits_of_base64_are_refused(void **state)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct jemput_bytes text = jemput_bytes_str("contoh\n");
    struct jemput_keypair key;
    struct jemput_buf armor;
    uint8_t found[32], *last;
    unsigned value;

    (void)state;
    key_of(&key, 0);
    sign(&armor, text, &key);
    last = memchr(armor.data + 30, '=', armor.len - 30);
    assert_non_null(last--);
    value = base64_value(*last);
    assert_int_equal(value & 3, 0);
    for (unsigned loose = 1; loose < 4; loose++) {
        *last = (uint8_t)digits[value | loose];
        assert_int_equal(verify(jemput_buf_bytes(&armor), text, found), JEMPUT_CORRUPT);
    }
    *last = (uint8_t)digits[value];
    assert_int_equal(verify(jemput_buf_bytes(&armor), text, found), JEMPUT_OK);
    jemput_buf_release(&armor);
}

static void running_out_of_memory_or_room_leaves_nothing(void **state)
{
    struct fault_alloc mem;
    struct jemput_keypair key;
    struct jemput_buf small = JEMPUT_BUF_INIT(JEMPUT_SSHSIG_BYTES - 1);

    (void)state;
    key_of(&key, 0);
    fault_alloc_install(&mem);
    for (uint64_t n = 0;; n++) {
        struct jemput_buf out = JEMPUT_BUF_INIT(ROOM);

        fault_alloc_arm(&mem, n, false);
        jemput_sshsig_sign(&out, jemput_bytes_str("contoh\n"), &key);
        fault_alloc_disarm(&mem);
        assert_int_equal(out.failed, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
        assert_int_equal(out.len, mem.failures ? 0 : JEMPUT_SSHSIG_BYTES);
        jemput_buf_release(&out);
        assert_int_equal(mem.live_blocks, 0);
        if (!mem.failures)
            break;
    }
    jemput_sshsig_sign(&small, jemput_bytes_str("contoh\n"), &key);
    assert_int_equal(small.failed, JEMPUT_LIMIT);
    assert_int_equal(small.len, 0);
    jemput_buf_release(&small);
    fault_alloc_uninstall(&mem);
}

/* --- against ssh-keygen --- */

static void file_write(const char *folder, const char *name, struct jemput_bytes content)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(content.data, 1, content.len, file), content.len);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0); /* ssh-keygen refuses keys that others can read */
}

/* openssh-key-v1, no passphrase. */
static void private_key_write(const char *folder, const struct jemput_keypair *key)
{
    struct jemput_buf blob = JEMPUT_BUF_INIT(ROOM), secret = JEMPUT_BUF_INIT(ROOM), text = JEMPUT_BUF_INIT(ROOM);

    jemput_buf_u32be(&secret, 0x01020304);
    jemput_buf_u32be(&secret, 0x01020304);
    ssh_text(&secret, "ssh-ed25519");
    ssh_string(&secret, key->public_key, 32);
    ssh_string(&secret, key->secret_key, 64);
    ssh_text(&secret, "contoh");
    for (uint8_t pad = 1; secret.len % 8; pad++)
        jemput_buf_u8(&secret, pad);
    jemput_buf_append(&blob, "openssh-key-v1", 15);
    ssh_text(&blob, "none");
    ssh_text(&blob, "none");
    ssh_text(&blob, "");
    jemput_buf_u32be(&blob, 1);
    jemput_buf_u32be(&blob, 4 + 11 + 4 + 32);
    ssh_text(&blob, "ssh-ed25519");
    ssh_string(&blob, key->public_key, 32);
    ssh_string(&blob, secret.data, secret.len);
    jemput_buf_append_str(&text, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
    base64_append(&text, jemput_buf_bytes(&blob), 70, "\n");
    jemput_buf_append_str(&text, "-----END OPENSSH PRIVATE KEY-----\n");
    file_write(folder, "key", jemput_buf_bytes(&text));
    jemput_buf_release(&text);
    jemput_buf_release(&secret);
    jemput_buf_release(&blob);
}

static int run(const char *folder, const char *command)
{
    char line[1024];

    snprintf(line, sizeof line, "cd '%s' && %s >out 2>&1", folder, command);
    return system(line);
}

static void ssh_keygen_signs_and_verifies_the_same_bytes(void **state)
{
    const char *parent = getenv("TMPDIR");
    char folder[256], path[300];
    struct jemput_keypair key;
    struct jemput_buf allowed = JEMPUT_BUF_INIT(ROOM);

    (void)state;
    if (system("command -v ssh-keygen >/dev/null 2>&1") != 0)
        skip();
    snprintf(folder, sizeof folder, "%s/jemput-sshsig-XXXXXX", parent && *parent ? parent : ".");
    assert_non_null(mkdtemp(folder));
    for (uint8_t round = 0; round < 5; round++) {
        uint8_t content[1000], found[32];
        struct jemput_bytes text = jemput_bytes_of(content, round * 200u); /* from the empty text on */
        struct jemput_buf armor;
        uint8_t theirs[JEMPUT_SSHSIG_BYTES + 8];
        size_t len;
        FILE *file;

        key_of(&key, (uint8_t)(50 * round));
        memset(content, 'a' + round, sizeof content);
        private_key_write(folder, &key);
        file_write(folder, "text", text);
        run(folder, "rm -f text.sig");
        assert_int_equal(run(folder, "ssh-keygen -Y sign -n git -f key text"), 0);
        snprintf(path, sizeof path, "%s/text.sig", folder);
        file = fopen(path, "rb");
        assert_non_null(file);
        len = fread(theirs, 1, sizeof theirs, file);
        fclose(file);

        sign(&armor, text, &key);
        assert_int_equal(len, armor.len + 1); /* its file ends in a newline, a commit's header does not */
        assert_memory_equal(theirs, armor.data, armor.len);
        assert_int_equal(theirs[armor.len], '\n');
        assert_int_equal(verify(jemput_bytes_of(theirs, len - 1), text, found), JEMPUT_OK);
        assert_memory_equal(found, key.public_key, 32);

        jemput_buf_clear(&allowed);
        jemput_buf_append_str(&allowed, "contoh namespaces=\"git\" ");
        jemput_ssh_public_key(&allowed, key.public_key);
        jemput_buf_u8(&allowed, '\n');
        file_write(folder, "allowed", jemput_buf_bytes(&allowed));
        file_write(folder, "ours.sig", jemput_buf_bytes(&armor));
        assert_int_equal(run(folder, "ssh-keygen -Y verify -n git -f allowed -I contoh -s ours.sig < text"), 0);
        content[0] ^= 1;
        file_write(folder, "text", jemput_bytes_of(content, text.len ? text.len : 1));
        assert_int_not_equal(run(folder, "ssh-keygen -Y verify -n git -f allowed -I contoh -s ours.sig < text"), 0);
        jemput_buf_release(&armor);
    }
    assert_int_equal(run(folder, "rm -f key text text.sig allowed ours.sig"), 0);
    snprintf(path, sizeof path, "%s/out", folder);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
    jemput_buf_release(&allowed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(armor_and_key_are_those_of_the_vectors),
        cmocka_unit_test(texts_of_all_lengths_sign_and_verify),
        cmocka_unit_test(every_flipped_bit_and_every_cut_is_refused),
        cmocka_unit_test(only_our_form_is_taken),
        cmocka_unit_test(malleable_signature_and_weak_key_are_refused),
        cmocka_unit_test(loose_bits_of_base64_are_refused),
        cmocka_unit_test(running_out_of_memory_or_room_leaves_nothing),
        cmocka_unit_test(ssh_keygen_signs_and_verifies_the_same_bytes),
    };

    return cmocka_run_group_tests_name("sshsig", tests, NULL, NULL);
}
