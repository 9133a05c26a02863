// page/keys.js — keys of a page. Letters count only where nobody is writing; those with Ctrl always.
import { useEffect, useRef } from './html.js';

const writing = (e) => e.target.closest && e.target.closest('input:not([type="radio"]):not([type="checkbox"]), textarea, select, dialog');

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
      if (!act || (!held && writing(e)))
        return;
      e.preventDefault();
      act();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
