/* siak.h — a person as OpenSID's sheet "Data Penduduk" has it: 43 columns (schema/adminduk/import/layout-opensid.csv). */
#ifndef JEMPUT_CENTRAL_SIAK_H
#define JEMPUT_CENTRAL_SIAK_H

enum { SIAK_COLUMNS = 43 };

/* Persons of space ?1 (0 = all) and kelurahan ?2 (NULL = all) that reach(space, kel) allows, a row each; the columns are called as the sheet's.
 * Codes are ours turned back where OpenSID's list is another one; words that were in no list stay as they were written; unknown NIK "0", dusun,
 * rt, rw "-". */
extern const char siak_sql[];

#endif
