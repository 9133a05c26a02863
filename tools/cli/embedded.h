/* embedded.h — files that the program carries with it (made by ../shared/embed.py): of schema/adminduk, and audit.sh. */
#ifndef JEMPUT_CLI_EMBEDDED_H
#define JEMPUT_CLI_EMBEDDED_H

extern const char embedded_schema[]; /* schema and data: what a new space is founded with */
extern const char embedded_audit[];  /* audit.sh: checks a hub by stock tools */

#endif
