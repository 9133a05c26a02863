/* rootkey.h — files of root keys: a secret one on a stick, and what of it may be known. */
#ifndef JEMPUT_CLI_ROOTKEY_H
#define JEMPUT_CLI_ROOTKEY_H

#include <stdbool.h>
#include <stddef.h>

struct rootkey {
    const char *file;
    unsigned char public_key[32], seed[32];
    char segment[65]; /* what it signed last in the space, as far as the file FILE.last beside it says; "" = nothing */
};
/* Read the file, asking for its PIN if it has one. false: reported with *code. rootkey_wipe() it. */
bool rootkey_open(struct rootkey *key, int *code);
/* The public key alone: of a root key's file, or of the public one made with it. false: reported with *code. */
bool rootkey_public(struct rootkey *key, int *code);
void rootkey_wipe(struct rootkey *key);
/* What it signed last in this space, from the file beside it; and noting that. A stick that cannot be written is told on stderr, and no failure. */
void rootkey_last_read(struct rootkey *key, const char *space);
void rootkey_last_write(const struct rootkey *key, const char *space, const char *segment);

/* A PIN from the terminal, without echo; from the first line of standard input if that is none. Asked twice if `again`. false: none, or two. */
bool rootkey_pin(char *out, size_t size, bool again);

#endif
