// page/state.js — what is known while the page is open. Nothing of it is kept anywhere: only language and theme stay in the browser.
import { useEffect, useState } from './html.js';
import { stillOpen } from './decide.js';

const forgotten = []; // what goes when somebody signs out: the next one may be somebody else

/** A value that tells those who use it when it changes. kept: true for what is nobody's, such as the language. */
export function cell(value, options = {}) {
  const followers = new Set();
  const first = value;
  const self = {
    get: () => value,
    set(next) {
      value = next;
      followers.forEach((f) => f(next));
    },
    follow(f) {
      followers.add(f);
      return () => followers.delete(f);
    },
    use() {
      const [, redraw] = useState(0);
      const seen = value; // as it is drawn now; it may change before the effect follows it
      useEffect(() => {
        const stop = self.follow(() => redraw((n) => n + 1));
        if (seen !== value)
          redraw((n) => n + 1);
        return stop;
      }, []);
      return value;
    },
  };
  if (!options.kept)
    forgotten.push(() => self.set(first));
  return self;
}

export const session = cell(null, { kept: true });   // what GET /api/session answered; null: nobody is signed in
export const notices = cell([], { kept: true });     // [{n, kind, text, link}]: told to everybody, and read out
export const moved = cell({ n: 0, spaces: {}, batches: {} }); // by space: the newest numbers that central has told of; n: how often that was news
export const live = cell(false, { kept: true });     // are we being told?
export const counts = cell(null);    // of the lists that wait, as told last
export const stranger = cell(null);  // the name of somebody else who has signed in beside this page: nothing of it goes out in that name

session.follow((known) => {
  if (!known)
    forgotten.forEach((f) => f());
});

/** The server's clock: ages are told by it, not by the browser's. */
let skew_ms = 0;
export const now = () => Date.now() + skew_ms;
export const setNow = (ms) => { skew_ms = ms - Date.now(); };

/** What was signed here, and is not merged by central yet: `space/tbl/key` -> { space, n, at_ms } (api.md, "Writes wait for central"). */
export const awaited = cell({});
const nameOf = (space, tbl, key) => [space, tbl, key].join('/');
export const awaitCentral = (space, tbl, key, n) => awaited.set({ ...awaited.get(), [nameOf(space, tbl, key)]: { space, n, at_ms: now() } });
export function useAwaited() {
  const all = awaited.use();
  const { spaces } = moved.use();
  const { open, late_ms } = stillOpen(all, spaces, now());
  return { n: open.length, late_ms, has: (space, tbl, key) => open.includes(nameOf(space, tbl, key)) };
}

let notice_number = 0;
const NOTICE_MS = 8000;

/** Say something that is over: kind 'ok', 'warn', 'bad'; link: { href, text }. A bad one stays until it is closed. */
export function notify(text, kind = 'ok', link = null) {
  const n = ++notice_number;
  notices.set([...notices.get().slice(-2), { n, kind, text, link }]);
  if (kind !== 'bad')
    setTimeout(() => closeNotice(n), NOTICE_MS);
}
export const closeNotice = (n) => notices.set(notices.get().filter((x) => x.n !== n));

/** May this account do that? See `may` in api.md. */
export const may = (what) => Boolean(session.get() && session.get().may[what]);
/** Logs, forks and refusals of whole spaces: for all but those who work for one kelurahan. */
export const operators = () => may('approve') || may('devices') || may('operate');

/** What the browser keeps: two words. A browser that forbids it keeps nothing, and all else works. */
export const kept = {
  get(name) {
    try {
      return localStorage.getItem(name);
    } catch (e) {
      return null;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(name, value);
    } catch (e) { /* kept for this visit only */ }
  },
};
