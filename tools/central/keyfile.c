/* keyfile.c — see keyfile.h. */
#include "keyfile.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

int keyfile_read(unsigned char key[KEYFILE_BYTES], const char *path, struct trouble *why)
{
    char text[2 * KEYFILE_BYTES + 2] = "";
    FILE *f = fopen(path, "re");
    size_t len = 0;

    if (!f)
        return trouble_set(why, TROUBLE_BROKEN, "%s: %s", path, strerror(errno));
    setvbuf(f, NULL, _IONBF, 0); /* no copy of it stays in a buffer */
    len = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    if (len != 2 * KEYFILE_BYTES || sodium_hex2bin(key, KEYFILE_BYTES, text, len, NULL, &len, NULL) || len != KEYFILE_BYTES)
        trouble_set(why, TROUBLE_BROKEN, "%s: not 64 hexadecimal digits", path);
    else
        why->kind = TROUBLE_NONE;
    sodium_memzero(text, sizeof text);
    return why->kind ? -1 : 0;
}
