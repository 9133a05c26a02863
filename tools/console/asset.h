/* asset.h — the page's files, as page/embed.py writes them into the program. */
#ifndef JEMPUT_CONSOLE_ASSET_H
#define JEMPUT_CONSOLE_ASSET_H

#include <stddef.h>

struct asset {
    const char *path, *type; /* "/assets/main-1A2B.js", "text/javascript; charset=utf-8" */
    const unsigned char *bytes;
    size_t size;
    const unsigned char *gz; /* the same, by gzip; NULL = it would not be smaller */
    size_t gz_size;
    int immutable; /* its name says what is in it */
};
extern const struct asset assets[];
extern const size_t asset_count;

/* NULL: there is none. */
const struct asset *asset_find(const char *path);

#endif
