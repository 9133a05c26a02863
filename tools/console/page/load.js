// page/load.js — data of a page while it comes: at first nothing, then it, or why not; later loads keep what is shown until they are there.
import { useCallback, useEffect, useRef, useState } from './html.js';
import { get } from './api.js';

/** Load `where` with `values`; again when either changes, or by reload(). where = null: nothing yet. */
export function useLoad(where, values, headers, ask = get) {
  const [state, setState] = useState({ data: null, error: null, loading: Boolean(where) });
  const [turn, setTurn] = useState(0);
  const key = JSON.stringify([where, values, headers]);
  const shown = useRef(null);
  useEffect(() => {
    if (!where)
      return undefined;
    const stop = new AbortController();
    const same = shown.current === where;
    setState((s) => ({ data: same ? s.data : null, error: null, loading: true }));
    ask(where, values, stop.signal, headers).then((data) => {
      shown.current = where;
      setState({ data, error: null, loading: false });
    }, (error) => {
      if (error.name !== 'AbortError')
        setState((s) => ({ data: same ? s.data : null, error, loading: false }));
    });
    return () => stop.abort();
  }, [key, turn]);
  return { ...state, reload: useCallback(() => setTurn((n) => n + 1), []) };
}

const LIMIT_MAX = 100, PAGES_MAX = 100;

async function whole(where, values, signal, headers) {
  const first = await get(where, { ...values, limit: LIMIT_MAX }, signal, headers);
  const items = [...first.items];
  let { after } = first;
  for (let n = 1; after && n < PAGES_MAX; n++) {
    const next = await get(where, { ...values, limit: LIMIT_MAX, after }, signal, headers);
    items.push(...next.items);
    after = next.after;
  }
  return { ...first, items, after };
}

/** A list as a whole, one page after the other: where somebody looks for one line of it, and a part would mislead. */
export const useWhole = (where, values) => useLoad(where, values, undefined, whole);

/** A list that is read page by page: items so far, more() for the next ones. */
export function usePages(where, values, headers) {
  const first = useLoad(where, { ...values, limit: 50 }, headers);
  const [rest, setRest] = useState({ of: null, items: [], after: null, loading: false, error: null });
  const mine = rest.of === first.data ? rest : { of: first.data, items: [], after: null, loading: false, error: null };
  const last = mine.items.length ? mine : first.data || {};
  const after = mine.after !== null || mine.items.length ? mine.after : last.after;
  async function more() {
    setRest({ ...mine, loading: true, error: null });
    try {
      const next = await get(where, { ...values, limit: 50, after }, undefined, headers);
      setRest({ of: first.data, items: [...mine.items, ...next.items], after: next.after || null, loading: false, error: null });
    } catch (error) {
      setRest({ ...mine, loading: false, error });
    }
  }
  return {
    items: first.data ? [...first.data.items, ...mine.items] : null,
    data: first.data, total: first.data ? first.data.total : undefined,
    loading: first.loading, error: first.error, reload: first.reload,
    more: first.data && after ? more : null, moreLoading: mine.loading, moreError: mine.error,
  };
}
