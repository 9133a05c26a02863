// page/decide.js — from what a person chose to what is sent: pure, so that it can be tested without a browser.

/** Values are equal as the engine has it: by type and content. */
export const equal = (a, b) => JSON.stringify(a === undefined ? null : a) === JSON.stringify(b === undefined ? null : b);

export const shownSide = (group) => group.sides.find((s) => s.shown);

/** The values that a choice gives the group's columns. choice: { side } or { own: { column: text } }. */
export function chosenValues(group, choice) {
  if (choice.own) {
    const values = {};
    group.columns.forEach((c) => { values[c] = choice.own[c] === '' || choice.own[c] === undefined ? null : choice.own[c]; });
    return values;
  }
  return group.sides.find((s) => s.side === choice.side).value;
}

/** One decision about a row: what it sets, and every value of the closed groups that it decides against (the engine wants each named). */
export function decision(detail, choices) {
  const set = {}, hide = [];
  detail.groups.forEach((group, i) => {
    if (!choices[i])
      return;
    const values = chosenValues(group, choices[i]);
    const shown = shownSide(group);
    group.columns.forEach((column) => {
      set[column] = values[column] === undefined ? null : values[column];
      group.sides.forEach((side) => {
        const value = side.value ? side.value[column] : undefined;
        const named = hide.some((h) => h.column === column && equal(h.value, value));
        if (side.value && !named && !equal(value, set[column]) && !(shown && shown.value && equal(value, shown.value[column])))
          hide.push({ column, value: value === undefined ? null : value });
      });
    });
  });
  return { space: detail.space, tbl: detail.tbl, key: detail.key, seen: detail.seen, set, hide };
}

const LATE_MS = 120e3;

/** Of what was signed here, `space/tbl/key` -> { space, n, at_ms }: the names of what central has not told of yet, and since when the oldest of it
 *  waits where that is longer than it ever should; spaces: the newest number that central has told of. */
export function stillOpen(awaited, spaces, now_ms) {
  const open = Object.entries(awaited).filter(([, w]) => !(spaces[w.space] >= w.n));
  const oldest_ms = Math.min(...open.map(([, w]) => w.at_ms));
  return { open: open.map(([name]) => name), late_ms: now_ms - oldest_ms > LATE_MS ? oldest_ms : null };
}

/** "Deleted and changed at once": there are no columns to choose between, only whether the row is to be there. */
export const isDeletion = (group) => group.columns.length === 0 || group.sides.some((s) => s.deleted);
