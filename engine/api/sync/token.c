/* api/sync/token.c — signing the tokens that a hub asks for. */
#include "api/facts.h"
#include "api/space/admit.h"
#include "api/sync/token.h"

#include <string.h>

#include "env/env.h"
#include "identity/hubtoken.h"

#define LINE_START "Authorization: Jemput "

/* A device that has not been let in shows its request to join with it. */
static enum jemput_status token_fill(struct engine_signer *s, struct jemput_hub_token *token, struct jemput_error *err)
{
    if (!s->j || jemput_roster_member(&s->j->roster, &s->j->writer))
        return JEMPUT_OK;
    return engine_join_own(s->j, &token->join, &token->joins, err);
}

static enum jemput_status signer_sign(void *ctx, const char *url, int64_t now_s, char **line, struct jemput_error *err)
{
    struct engine_signer *s = ctx;
    struct jemput_env *env = s->j ? s->j->env : s->env;
    struct jemput_hub_token token = { .time_s = now_s >= 0 ? now_s : env->now_ms(env) / 1000 };
    char address[JEMPUT_HUB_ADDRESS_MAX], text[JEMPUT_HUB_TOKEN_TEXT_MAX];
    enum jemput_status st;

    if (token.time_s < 0)
        token.time_s = 0; /* a clock before 1970: the hub tells the time */
    if (!jemput_hub_address_write(address, url))
        return jemput_fail(err, JEMPUT_MISUSE, "the hub's address is too long");
    st = token_fill(s, &token, err);
    if (!st)
        st = jemput_hub_token_write(text, &token, address, s->j ? &s->j->key : &s->key, err);
    if (st)
        return jemput_wrap(err, "token");
    *line = jemput_alloc(sizeof LINE_START + strlen(text));
    if (!*line)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a token");
    strcpy(*line, LINE_START);
    strcat(*line, text);
    return JEMPUT_OK;
}

static void signer_asked(void *ctx)
{
    ((struct engine_signer *)ctx)->asked = true;
}

static void signer_set(struct engine_signer *s)
{
    s->smart.sign = signer_sign;
    s->smart.asked = signer_asked;
    s->smart.ctx = s;
}

enum jemput_status engine_signer_make(struct engine_signer *out, struct jemput *j, const char *hub, struct jemput_error *err)
{
    struct jemput_buf known = JEMPUT_BUF_INIT(sizeof((struct jemput_info *)0)->hub);
    enum jemput_status st = jemput_store_fact_get(j->store, FACT_HUB_TOKEN_OF, &known, err);

    *out = (struct engine_signer){ .j = j };
    signer_set(out);
    out->smart.up_front = !st && jemput_bytes_equal(jemput_buf_bytes(&known), jemput_bytes_str(hub));
    jemput_buf_release(&known);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

void engine_signer_of_invitation(struct engine_signer *out, struct jemput_env *env, const uint8_t one_time_seed[JEMPUT_SEED_BYTES])
{
    *out = (struct engine_signer){ .env = env };
    jemput_keypair_from_seed(&out->key, one_time_seed);
    signer_set(out);
}

void engine_signer_wipe(struct engine_signer *signer)
{
    jemput_wipe(&signer->key, sizeof signer->key);
}
