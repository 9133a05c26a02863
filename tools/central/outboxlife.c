/* outboxlife.c — what the office had seen, by the token that its line has: in which life of the store that number was given (pgtarget.h, PG_LIFE). */
#include "outbox.h"

#include <stdlib.h>

#include "pgtarget.h"

static int first_row(void *ctx, const struct jemput_feed_row *row)
{
    (void)ctx;
    (void)row;
    return 1;
}

/* Does the store still know the moment that PostgreSQL shows? Else the next batch is a whole one, and nothing that was seen there counts here. */
static int life_check(struct target *postgres, const struct space *space, struct jemput *jemput, long long *life, struct trouble *why)
{
    struct jemput_feed_reading reading = { 0 };
    struct jemput_feed_mark mark;
    struct jemput_error err;
    uint32_t version;

    if (pgtarget_mark(postgres, space, &mark, &version, why))
        return -1;
    if (jemput_feed_read(jemput, &mark, first_row, NULL, &reading, &err))
        return trouble_engine(why, "read the feed", &err);
    if (reading.whole)
        *life = -1;
    return 0;
}

int outbox_life(struct target *postgres, const struct space *space, struct jemput *jemput, int id, long long *life, struct trouble *why)
{
    PGconn *db = pgtarget_connection(postgres, why);
    char number[16];
    const char *const values[] = { number };
    PGresult *result;

    snprintf(number, sizeof number, "%d", id);
    result = db ? pg_ask(db, "SELECT count(*) FROM jemput.batch WHERE space = $1::integer AND whole", 1, values, why) : NULL;
    if (!result)
        return -1;
    *life = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return life_check(postgres, space, jemput, life, why);
}

bool outbox_token(long long life, long long token, char own[OUTBOX_TOKEN_BYTES])
{
    long long lives = strtoll(PG_LIFE, NULL, 10);

    snprintf(own, OUTBOX_TOKEN_BYTES, "%lld", token % lives);
    return token / lives == life;
}
