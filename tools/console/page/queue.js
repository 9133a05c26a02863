// page/queue.js — the list that somebody is working through: from one to the next without going back to it.
import { cell } from './state.js';

export const queue = cell([]); // addresses, in the order of the list

/** Neighbours of this page in the list; null where there is none. */
export function useQueue() {
  const all = queue.use();
  const at = all.indexOf(location.hash.split('?')[0]);
  return { at, n: all.length, before: at > 0 ? all[at - 1] : null, next: at >= 0 && at + 1 < all.length ? all[at + 1] : null };
}
