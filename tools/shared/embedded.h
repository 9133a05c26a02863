/* embedded.h — what the library carries with it of schema/adminduk/import (made by embed.py). */
#ifndef JEMPUT_SHARED_EMBEDDED_H
#define JEMPUT_SHARED_EMBEDDED_H

extern const char embedded_layout_permohonan[]; /* layout-permohonan.csv */
extern const char embedded_layout_opensid[];    /* layout-opensid.csv */

#endif
