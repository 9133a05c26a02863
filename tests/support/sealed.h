/* support/sealed.h — run a test program over sealed stores: with JEMPUT_TEST_SEALED in the environment each store of its fleets is sealed under a key,
 * and the program must not notice. */
#ifndef TESTS_SUPPORT_SEALED_H
#define TESTS_SUPPORT_SEALED_H

#include <jemput/jemput.h>
#include <stdlib.h>

/* By a platform's key: a PIN is slow on purpose. */
static inline const struct jemput_secret *sealed_secret(void)
{
    static const unsigned char key[JEMPUT_SECRET_KEY] = { 16, 74, 99 };
    static const struct jemput_secret secret = { .key = key };

    return &secret;
}

static inline const struct jemput_secret *test_secret(void)
{
    return getenv("JEMPUT_TEST_SEALED") ? sealed_secret() : NULL;
}

#endif
