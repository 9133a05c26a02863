/* change/fits.h — can a table hold a change as it is? Asked of each change of another device before it is merged.
 *
 * What a writer seals it has read from its table, so every value is of a form in which its column keeps it. Another one (the text '7' in a column of
 * numbers) would be something else in the table than in the log, and what two stores merged would depend on which of them wrote it into the table. */
#ifndef JEMPUT_CHANGE_FITS_H
#define JEMPUT_CHANGE_FITS_H

#include "change/change.h"
#include "change/table.h"

/* Would a column of this affinity give the value back as it was put in? A REAL with an integer value is an INTEGER in a key (change/key.h). */
bool jemput_value_is_kept(const struct jemput_value *v, enum jemput_affinity affinity, bool of_key);
/* Is the key one of the table's; is each cell of a column that merges, with a value that the column keeps? Columns may be
 * missing: they came later. */
bool jemput_change_fits(const struct jemput_change *change, const struct jemput_table *table);

#endif
