/* api/sync/http.c — the client for HTTP: the one that a call brings, or the one that the program has given for all. */
#include "api/engine.h"
#include "api/sync/http.h"

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

static enum jemput_status lent_exchange(struct jemput_http *http, const struct jemput_http_request *request, struct jemput_http_answer *answer,
                                        struct jemput_error *err)
{
    struct jemput_http *keeper = ((struct engine_lent *)http)->keeper;

    return keeper->exchange(keeper, request, answer, err);
}

static void lent_close(struct jemput_http *http)
{
    (void)http; /* its keeper does it */
}

enum jemput_status engine_http_open(struct jemput_env *env, struct jemput_http *keeper, struct engine_lent *lent, struct jemput_http **out,
                                    struct jemput_error *err)
{
    if (keeper) {
        *lent = (struct engine_lent){ { .exchange = lent_exchange, .close = lent_close }, keeper };
        *out = &lent->http;
        return JEMPUT_OK;
    }
    if (!env->http_open)
        return jemput_fail(err, JEMPUT_MISUSE, "this program was given no way to speak HTTP: use a folder, or a program that has (jemput/http.h)");
    return env->http_open(env, out, err);
}
