// page/live.js — the server tells us when a space has moved: counts and lists follow without anybody pressing anything.
import { useEffect, useRef, useState } from './html.js';
import { sameAccount } from './api.js';
import { counts, live, moved, session } from './state.js';

const AGAIN_MS = 5000;
let source = null, again = null;

/** A tab that nobody sees does not listen: browsers allow a server few connections, and tablets have small batteries. */
document.addEventListener('visibilitychange', () => {
  if (document.hidden)
    stop();
  else if (session.get()) // somebody else may have signed in meanwhile: then it is not for this page that we would listen
    sameAccount().then(start, (e) => (e.code === 'OTHER_ACCOUNT' ? undefined : e.code === 'SIGNED_OUT' ? session.set(null) : start()));
});

function listen() {
  source = new EventSource('/api/events');
  source.onopen = () => live.set(true);
  source.onerror = () => {
    live.set(false);
    if (source.readyState === EventSource.CLOSED) { // it will not try again by itself
      clearTimeout(again);
      again = setTimeout(start, AGAIN_MS);
    }
  };
  source.addEventListener('moved', (e) => {
    const { space, n, batch } = JSON.parse(e.data);
    const before = moved.get();
    const news = before.batches[space] !== undefined && before.batches[space] !== batch; // the first one says how it stands
    moved.set({ n: before.n + news, spaces: { ...before.spaces, [space]: n }, batches: { ...before.batches, [space]: batch } });
  });
  source.addEventListener('counts', (e) => counts.set(JSON.parse(e.data)));
  source.addEventListener('unsent', (e) => {
    const { spaces } = JSON.parse(e.data), known = session.get();
    if (known)
      session.set({ ...known, spaces: known.spaces.map((s) => ({ ...s, unsent: spaces.includes(s.id) })) });
  });
  source.addEventListener('audit', (e) => audits.forEach((f) => f(JSON.parse(e.data))));
  source.addEventListener('signed-out', () => session.set(null));
}

export function start() {
  stop();
  if (session.get() && !session.get().new_pin)
    listen();
}

export function stop() {
  clearTimeout(again);
  if (source)
    source.close();
  source = null;
  live.set(false);
}

const audits = new Set(); // who waits for the end of a check
export function useAudits(f) {
  const latest = useRef(f);
  latest.current = f;
  useEffect(() => {
    const tell = (job) => latest.current(job);
    audits.add(tell);
    return () => audits.delete(tell);
  }, []);
}

/** Has a space moved since this page read its data? Reset by calling the second value. */
export function useMoved() {
  const now = moved.use();
  const [seen, setSeen] = useState(now.n);
  return [now.n > seen, () => setSeen(moved.get().n)];
}
