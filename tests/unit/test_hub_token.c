/* unit/test_hub_token.c — tokens for hubs: golden vectors (hub-token.txt), what they are bound to, and every one that is damaged. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "identity/hubtoken.h"
#include "vectors.h"

static struct jemput_keypair key_of(uint8_t first)
{
    struct jemput_keypair key;
    uint8_t seed[32] = { first };

    jemput_keypair_from_seed(&key, seed);
    return key;
}

static void tokens_are_those_of_the_vectors(void **state)
{
    struct jemput_bytes file = vector_load("hub-token.txt"), rest = file;
    char line[2048], seed_hex[80], address[512], join_hex[300], text[JEMPUT_HUB_TOKEN_TEXT_MAX], want[JEMPUT_HUB_TOKEN_TEXT_MAX];
    struct jemput_error err;
    unsigned count = 0;

    (void)state;
    for (; vector_line(&rest, line, sizeof line); count++) {
        struct jemput_hub_token token = { .time_s = 0 }, read;
        struct jemput_keypair key;
        uint8_t seed[32], join[104];
        long long time_s;

        assert_int_equal(sscanf(line, "%79s %511s %lld %299s %287s", seed_hex, address, &time_s, join_hex, want), 5);
        vector_hex(seed, 32, seed_hex);
        jemput_keypair_from_seed(&key, seed);
        token.time_s = time_s;
        token.joins = strcmp(join_hex, "-") != 0;
        if (token.joins) {
            vector_hex(join, sizeof join, join_hex);
            memcpy(token.join.invite_key, join, 32);
            token.join.epoch = join[32];
            token.join.device_number = join[36];
            memcpy(token.join.signature, join + 40, 64);
        }
        assert_int_equal(jemput_hub_token_write(text, &token, address, &key, &err), JEMPUT_OK);
        assert_string_equal(text, want);
        assert_int_equal(jemput_hub_token_read(&read, jemput_bytes_str(want), address, &err), JEMPUT_OK);
        assert_memory_equal(read.public_key, key.public_key, 32);
        assert_int_equal(read.time_s, time_s);
        assert_int_equal(read.joins, token.joins);
        assert_memory_equal(read.join.invite_key, token.join.invite_key, 32);
        assert_int_equal(read.join.device_number, token.join.device_number);
    }
    assert_int_equal(count, 3);
    vector_free(file);
}

static void an_address_has_one_form(void **state)
{
    static const char *const cases[][2] = {
        { "https://Hub.Example/ruang.git", "hub.example/ruang.git" },  { "https://hub.example:443/ruang.git/", "hub.example/ruang.git" },
        { "http://hub.example:80/r.git//", "hub.example/r.git" },      { "http://hub.example:443/r.git", "hub.example:443/r.git" },
        { "https://hub.example:8443/R.git", "hub.example:8443/R.git" }, { "http://[::1]:8418/r.git", "[::1]:8418/r.git" },
        { "https://hub.example", "hub.example" },                      { "ftp://hub.example/r.git", NULL },
        { "https://", NULL },                                          { "https:///r.git", NULL },
        { "http://[fe80::1%25wlan0]:8418/r.git", "[fe80::1]:8418/r.git" }, { "http://[fe80::1%25wlan0", "[fe80::1" },
    };
    char written[JEMPUT_HUB_ADDRESS_MAX], url[JEMPUT_HUB_ADDRESS_MAX + 32];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(jemput_hub_address_write(written, cases[i][0]), cases[i][1] != NULL);
        if (cases[i][1])
            assert_string_equal(written, cases[i][1]);
    }
    for (size_t len = JEMPUT_HUB_ADDRESS_MAX - 4; len < JEMPUT_HUB_ADDRESS_MAX + 4; len++) {
        memset(url, 'a', sizeof url);
        memcpy(url, "https://", 8);
        url[8 + len] = '\0';
        assert_int_equal(jemput_hub_address_write(written, url), len < JEMPUT_HUB_ADDRESS_MAX);
    }
}

static void a_token_is_for_one_address_and_no_part_of_it_can_be_changed(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    struct jemput_hub_token token = { .time_s = 1769400000, .joins = true, .join = { .epoch = 1, .device_number = 7 } }, read;
    char text[JEMPUT_HUB_TOKEN_TEXT_MAX];
    struct jemput_keypair key = key_of(1);
    struct jemput_error err;

    (void)state;
    for (int joins = 0; joins < 2; joins++) {
        size_t len;

        token.joins = joins;
        assert_int_equal(jemput_hub_token_write(text, &token, "hub.example/r.git", &key, &err), JEMPUT_OK);
        len = strlen(text);
        assert_int_equal(jemput_hub_token_read(&read, jemput_bytes_of(text, len), "hub.example/r.git", &err), JEMPUT_OK);
        assert_int_equal(jemput_hub_token_read(&read, jemput_bytes_of(text, len), "hub.example/s.git", &err), JEMPUT_CORRUPT);
        assert_int_equal(jemput_hub_token_read(&read, jemput_bytes_of(text, len), "", &err), JEMPUT_CORRUPT);
        for (size_t cut = 0; cut < len; cut++)
            assert_int_equal(jemput_hub_token_read(&read, jemput_bytes_of(text, cut), "hub.example/r.git", &err), JEMPUT_CORRUPT);
        for (size_t i = 0; i < len; i++) {
            char was = text[i];

            text[i] = alphabet[(size_t)(strchr(alphabet, was) - alphabet + 1) % (sizeof alphabet - 1)];
            assert_int_not_equal(jemput_hub_token_read(&read, jemput_bytes_of(text, len), "hub.example/r.git", &err), JEMPUT_OK);
            text[i] = was;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_those_of_the_vectors),
        cmocka_unit_test(an_address_has_one_form),
        cmocka_unit_test(a_token_is_for_one_address_and_no_part_of_it_can_be_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
