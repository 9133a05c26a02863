/* identity/hubtoken.c — tokens for hubs, written and read. */
#include "identity/hubtoken.h"

#include <string.h>

#include "crypto/base64.h"

#define TOKEN_FORM 1
#define TOKEN_CONTEXT "jemput hub"
#define PLAIN_BYTES (1 + 32 + 8)
#define JOIN_BYTES (32 + 4 + 4 + 64)
#define TOKEN_BYTES_MAX (PLAIN_BYTES + JOIN_BYTES + JEMPUT_SIGNATURE_BYTES)

bool jemput_hub_address_write(char out[JEMPUT_HUB_ADDRESS_MAX], const char *url)
{
    bool tls = strncmp(url, "https://", 8) == 0;
    const char *own_port = tls ? ":443" : ":80", *host = tls ? url + 8 : strncmp(url, "http://", 7) == 0 ? url + 7 : NULL;
    size_t host_len, len = 0, path_len;

    if (!host)
        return false;
    host_len = strcspn(host, "/");
    path_len = strlen(host + host_len);
    while (path_len && host[host_len + path_len - 1] == '/')
        path_len--;
    if (host_len == 0 || host_len + path_len >= JEMPUT_HUB_ADDRESS_MAX)
        return false;
    for (size_t i = 0; i < host_len; i++) {
        if (host[i] == '%') /* "[fe80::1%25wlan0]": the network that it is reached by is nothing that the hub knows of */
            i += strcspn(host + i, "]/");
        if (i < host_len)
            out[len++] = host[i] >= 'A' && host[i] <= 'Z' ? (char)(host[i] + 'a' - 'A') : host[i];
    }
    out[len] = '\0';
    if (len > strlen(own_port) && strcmp(out + len - strlen(own_port), own_port) == 0)
        len -= strlen(own_port);
    memcpy(out + len, host + host_len, path_len);
    out[len + path_len] = '\0';
    return true;
}

/* The address, a zero byte, and what the token holds before its signature. */
static void signed_text(struct jemput_buf *out, const char *address, struct jemput_bytes plain)
{
    jemput_buf_append_str(out, address);
    jemput_buf_u8(out, 0);
    jemput_buf_append_bytes(out, plain);
}

static void u32le(struct jemput_buf *out, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        jemput_buf_u8(out, (uint8_t)(v >> 8 * i));
}

static uint32_t read_u32le(struct jemput_reader *r)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < 4; i++)
        v |= (uint32_t)jemput_read_u8(r) << 8 * i;
    return v;
}

static void token_plain(struct jemput_buf *out, const struct jemput_hub_token *token, const struct jemput_keypair *key)
{
    jemput_buf_u8(out, TOKEN_FORM);
    jemput_buf_append(out, key->public_key, sizeof key->public_key);
    jemput_buf_u64le(out, (uint64_t)token->time_s);
    if (!token->joins)
        return;
    jemput_buf_append(out, token->join.invite_key, sizeof token->join.invite_key);
    u32le(out, token->join.epoch);
    u32le(out, token->join.device_number);
    jemput_buf_append(out, token->join.signature, sizeof token->join.signature);
}

enum jemput_status jemput_hub_token_write(char out[JEMPUT_HUB_TOKEN_TEXT_MAX], const struct jemput_hub_token *token, const char *address,
                                          const struct jemput_keypair *key, struct jemput_error *err)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(TOKEN_BYTES_MAX), text = JEMPUT_BUF_INIT(JEMPUT_SIGN_BYTES_MAX),
                      armor = JEMPUT_BUF_INIT(JEMPUT_HUB_TOKEN_TEXT_MAX);
    uint8_t signature[JEMPUT_SIGNATURE_BYTES];
    enum jemput_status st;

    token_plain(&bytes, token, key);
    signed_text(&text, address, jemput_buf_bytes(&bytes));
    st = jemput_buf_check(&text, "token", err);
    if (!st) {
        jemput_sign(signature, TOKEN_CONTEXT, jemput_buf_bytes(&text), key);
        jemput_buf_append(&bytes, signature, sizeof signature);
        jemput_base64_append(&armor, jemput_buf_bytes(&bytes));
        jemput_buf_u8(&armor, 0);
        st = jemput_buf_check(&bytes, "token", err);
    }
    if (!st)
        st = jemput_buf_check(&armor, "token", err);
    if (!st)
        memcpy(out, armor.data, armor.len);
    jemput_buf_release(&bytes);
    jemput_buf_release(&text);
    jemput_buf_release(&armor);
    return st;
}

static enum jemput_status token_parse(struct jemput_hub_token *t, struct jemput_bytes plain, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = plain };
    uint8_t form = jemput_read_u8(&r);

    jemput_read_raw(&r, t->public_key, sizeof t->public_key);
    t->time_s = (int64_t)jemput_read_u64le(&r);
    t->joins = r.rest.len > 0;
    if (t->joins) {
        jemput_read_raw(&r, t->join.invite_key, sizeof t->join.invite_key);
        t->join.epoch = read_u32le(&r);
        t->join.device_number = read_u32le(&r);
        jemput_read_raw(&r, t->join.signature, sizeof t->join.signature);
        memcpy(t->join.public_key, t->public_key, sizeof t->join.public_key);
    }
    if (form > TOKEN_FORM)
        return jemput_fail(err, JEMPUT_UPGRADE, "a token of a newer form");
    if (form != TOKEN_FORM || r.overrun || r.rest.len || t->time_s < 0 || (t->joins && t->join.epoch == 0))
        return jemput_fail(err, JEMPUT_CORRUPT, "no token");
    return JEMPUT_OK;
}

enum jemput_status jemput_hub_token_read(struct jemput_hub_token *out, struct jemput_bytes text, const char *address, struct jemput_error *err)
{
    struct jemput_hub_token t = { .time_s = 0 };
    struct jemput_buf said = JEMPUT_BUF_INIT(JEMPUT_SIGN_BYTES_MAX);
    uint8_t bytes[TOKEN_BYTES_MAX];
    size_t len;
    enum jemput_status st;

    if (!jemput_base64_read(bytes, sizeof bytes, &len, text) || len <= JEMPUT_SIGNATURE_BYTES)
        return jemput_fail(err, JEMPUT_CORRUPT, "no token");
    len -= JEMPUT_SIGNATURE_BYTES;
    st = token_parse(&t, jemput_bytes_of(bytes, len), err);
    if (st)
        return st;
    signed_text(&said, address, jemput_bytes_of(bytes, len));
    st = jemput_buf_check(&said, "token", err);
    if (!st && !jemput_sign_verify(bytes + len, TOKEN_CONTEXT, jemput_buf_bytes(&said), t.public_key))
        st = jemput_fail(err, JEMPUT_CORRUPT, "a token that its key has not signed for '%s'", address);
    jemput_buf_release(&said);
    if (!st)
        *out = t;
    return st;
}
