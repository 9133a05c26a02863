/* api/http.c — the client that the program has given for HTTP. */
#include "env/env.h"

static jemput_http_open_fn client_open;
static void *client_ctx;

static enum jemput_status http_open(struct jemput_env *env, struct jemput_http **out, struct jemput_error *err)
{
    (void)env;
    return client_open(client_ctx, out, err);
}

void jemput_http_use(jemput_http_open_fn open, void *ctx)
{
    client_open = open;
    client_ctx = ctx;
    jemput_env_posix()->http_open = open ? http_open : NULL;
}
