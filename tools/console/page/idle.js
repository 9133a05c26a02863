// page/idle.js — an open page that nobody sits at: warned, then signed out. The server ends silent sessions; but lists that follow by themselves are
// not
// silent, so it is the person's keys and pointer that count here. A person who writes for long keeps the session by that.
import { useEffect, useState } from './html.js';
import { asked, get, post } from './api.js';
import { notify, now, session } from './state.js';
import { hour, t } from './text.js';

const LOOK_MS = 5000;
const QUIET_MS = 4 * 60e3;      // longest silence towards the server while somebody works here
const END_WARNED_MS = 10 * 60e3;

export async function signOut() {
  try {
    await post('/api/sign-out', {});
  } catch (e) { /* it ends by itself, too */ }
  session.set(null);
}

/** Seconds left before this page signs out, while that is near; null otherwise. */
export function useIdle() {
  const [left, setLeft] = useState(null);
  useEffect(() => {
    let touched = Date.now(), endTold = false;
    const touch = () => { touched = Date.now(); };
    const names = ['keydown', 'pointerdown', 'wheel', 'touchstart'];
    names.forEach((n) => addEventListener(n, touch, { passive: true }));
    const look = () => {
      const known = session.get();
      if (!known)
        return;
      const idle_s = (Date.now() - touched) / 1000;
      if (idle_s > known.idle_s)
        signOut().then(() => notify(t('idle.out'), 'warn'));
      setLeft(idle_s > known.warn_s ? Math.max(0, Math.round(known.idle_s - idle_s)) : null);
      if (idle_s < QUIET_MS / 1000 && Date.now() - asked() > QUIET_MS)
        get('/api/session').catch(() => {});
      if (!endTold && known.ends_ms - now() < END_WARNED_MS) {
        endTold = true;
        notify(t('idle.end', { time: hour(known.ends_ms) }), 'warn');
      }
    };
    const clock = setInterval(look, LOOK_MS);
    return () => {
      clearInterval(clock);
      names.forEach((n) => removeEventListener(n, touch));
    };
  }, []);
  return left;
}
