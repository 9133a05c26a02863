/* embedded.h — what the program carries with it of schema/adminduk (made by tools/shared/embed.py). */
#ifndef JEMPUT_BENCH_EMBEDDED_H
#define JEMPUT_BENCH_EMBEDDED_H

extern const char embedded_schema[]; /* schema and data */

#endif
