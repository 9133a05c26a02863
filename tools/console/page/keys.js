// page/keys.js — keys of a page. Letters count only where nobody is writing; those with Ctrl always.
import { useEffect, useRef } from './html.js';
import { cell } from './state.js';

const writing = (e) => e.target.closest && e.target.closest('input:not([type="radio"]):not([type="checkbox"]), textarea, select, dialog');

/** Do letters and digits alone act? Who speaks to the computer, or whose hand trembles, switches them off (for this visit). */
export const letters = cell(true, { kept: true });

/** keys: { j: f, 'ctrl+Enter': f } */
export function useKeys(keys) {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const press = (e) => {
      if (e.altKey || e.defaultPrevented || document.querySelector('dialog[open]'))
        return;
      const held = e.ctrlKey || e.metaKey;
      const act = latest.current[(held ? 'ctrl+' : '') + e.key];
      if (!act || (!held && (writing(e) || !letters.get())))
        return;
      e.preventDefault();
      act();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
