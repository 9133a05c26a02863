// page/form.js — fields with their labels, hints and what is wrong with them; and what one does with a form: send it once, show trouble.
import { html, useRef, useState } from './html.js';
import { t } from './text.js';

let last = 0;
export function useId(prefix) {
  const id = useRef(null);
  if (!id.current)
    id.current = `${prefix}-${++last}`;
  return id.current;
}

/** A label and its control; hint and what is wrong are read with it. `as`: 'input', 'textarea', 'select'. */
export function Field({ label, hint, wrong, as = 'input', value, set, children, wide, ...rest }) {
  const id = useId('field');
  const told = [hint && id + '-hint', wrong && id + '-wrong'].filter(Boolean).join(' ') || undefined;
  const props = { id, value, onInput: (e) => set(e.target.value), 'aria-describedby': told, 'aria-invalid': wrong ? 'true' : undefined, ...rest };
  const type = as === 'input' && !rest.type ? { type: 'text' } : {};
  const control = as === 'select' ? html`<select ...${props}>${children}</select>` : as === 'textarea' ? html`<textarea ...${props} />`
    : html`<input ...${type} ...${props} />`;
  return html`<div class=${'field' + (wide ? ' wide' : '')}><label for=${id}>${label}</label>${control}
    ${hint && html`<p class="hint" id=${id + '-hint'}>${hint}</p>`}${wrong && html`<p class="wrong" id=${id + '-wrong'}>${wrong}</p>`}</div>`;
}

export function Select({ options, any, ...rest }) {
  return html`<${Field} as="select" ...${rest}>${any !== undefined && html`<option value="">${any}</option>`}
    ${options.map(([value, text]) => html`<option value=${value} selected=${String(value) === String(rest.value)}>${text}</option>`)}</${Field}>`;
}

/** Why: kept with the decision, signed, read later by those who ask. */
export function Reason({ value, set, wrong, suggestions = [], ...rest }) {
  return html`<div class="stack-tight"><${Field} as="textarea" label=${t('reason')} hint=${t('reason.hint')} value=${value} set=${set} wrong=${wrong}
    rows="2" maxlength="900" required ...${rest} />
    ${suggestions.length > 0 && html`<div class="row" role="group" aria-label=${t('reason.often')}>
      ${suggestions.map((s) => html`<button type="button" class="button-small" onClick=${() => set(s)}>${s}</button>`)}</div>`}</div>`;
}

export function Check({ label, checked, set, ...rest }) {
  return html`<label class="check"><input type="checkbox" checked=${checked} onChange=${(e) => set(e.target.checked)} ...${rest} /><span>${label}
    </span></label>`;
}

/** A button that may be pressed at any time: while something is missing, it says what. missing: words, or '' when all is there. */
export function Go({ missing, act, busy, children, kind = 'button-main', ...rest }) {
  const [tried, setTried] = useState(false);
  const id = useId('missing');
  const press = () => {
    setTried(Boolean(missing));
    if (!missing)
      act();
  };
  return html`<span class="go"><button type="button" class=${kind} disabled=${busy} onClick=${press} aria-describedby=${tried && missing ? id
    : undefined}
    ...${rest}>${children}</button>${tried && missing && html`<span class="wrong" id=${id} role="alert">${missing}</span>`}</span>`;
}

/** Send once at a time: [send(...), busy, error, clear]. */
export function useSend(work) {
  const [state, set] = useState({ busy: false, error: null });
  const going = useRef(false);
  async function send(...values) {
    if (going.current)
      return undefined;
    going.current = true;
    set({ busy: true, error: null });
    try {
      const result = await work(...values);
      set({ busy: false, error: null });
      return result;
    } catch (error) {
      set({ busy: false, error });
      return undefined;
    } finally {
      going.current = false;
    }
  }
  return [send, state.busy, state.error, () => set({ busy: false, error: null })];
}

const PHONE = '(max-width: 42rem)';

/** What narrows a list down; on a phone it is folded away, so that the list is what one sees. on: how many are in use. */
export function Fold({ on = 0, children }) {
  const [open] = useState(() => on > 0 || !matchMedia(PHONE).matches);
  return html`<details class="fold no-print" open=${open}><summary>${on ? t('filters.on', { n: on }) : t('filters')}</summary>
    <div class="filters" role="group" aria-label=${t('filters')}>${children}</div></details>`;
}

/** Chosen lines of a list. */
export function usePick() {
  const [chosen, set] = useState(new Set());
  return {
    chosen, clear: () => set(new Set()), all: (keys) => set(new Set(keys)),
    toggle(key) {
      const next = new Set(chosen);
      if (!next.delete(key))
        next.add(key);
      set(next);
    },
  };
}
