// page/labels.js — names below the bars of a chart: where they stand so that all can be read. Pure, so that it can be tested without a browser.

const ROWS_MAX = 3, APART = 6; // pixels

/** In how many rows the names stand, by turns, so that no two of a row run together. 0: there are too many for rows, and they are turned upright.
 *  widths: of the names, in pixels; slot: from the middle of one bar to that of the next. */
export function rowsOf(widths, slot) {
  for (let rows = 1; rows <= ROWS_MAX; rows++)
    if (widths.every((w, i) => i + rows >= widths.length || (w + widths[i + rows]) / 2 + APART <= slot * rows))
      return rows;
  return 0;
}
