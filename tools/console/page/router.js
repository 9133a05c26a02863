// page/router.js — addresses behind #: the server sees none of them, and Back works.
import { cell } from './state.js';

/** "#/rekonsiliasi/bentrok/1/orang/0f3a?hard=1" -> { parts: [...], query: {...} } */
export function parse(hash) {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?');
  const parts = path.split('/').filter(Boolean).map((p) => {
    try {
      return decodeURIComponent(p);
    } catch (e) {
      return p;
    }
  });
  return { parts, query: Object.fromEntries(new URLSearchParams(query)) };
}

/** The address of parts and query; empty values of the query are left out. */
export function to(parts, query = {}) {
  const kept = Object.entries(query).filter(([, v]) => v !== '' && v !== null && v !== undefined && v !== false);
  const tail = kept.length ? '?' + new URLSearchParams(kept) : '';
  return '#/' + [].concat(parts).map(encodeURIComponent).join('/') + tail;
}

export const route = cell(parse(location.hash), { kept: true });
addEventListener('hashchange', () => route.set(parse(location.hash)));

export function go(parts, query) {
  location.hash = to(parts, query);
}

/** Another query of the same page, without a step in the browser's history: filters. */
export function refine(query) {
  history.replaceState(null, '', to(route.get().parts, query));
  route.set(parse(location.hash));
}
