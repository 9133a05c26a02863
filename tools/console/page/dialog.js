// page/dialog.js — one question in front of the page. The focus stays in it and goes back to where it came from; Escape is "no".
import { classes, html, useLayoutEffect, useRef, useState } from './html.js';
import { Icon } from './icon.js';
import { t } from './text.js';

let last = 0;

export function Dialog({ title, close, wide, children }) {
  const box = useRef(null);
  const id = useRef('dialog-' + ++last);
  useLayoutEffect(() => {
    const from = document.activeElement;
    const first = box.current.querySelector('[data-first], input, textarea, select');
    if (box.current.showModal)
      box.current.showModal();
    else
      box.current.setAttribute('open', ''); // an old browser: a box on the page, and the keys below
    if (first)
      first.focus();
    return () => from && from.isConnected && from.focus();
  }, []);
  const key = (e) => {
    if (e.key !== 'Escape')
      return;
    e.preventDefault();
    e.stopPropagation();
    close();
  };
  return html`<dialog ref=${box} class=${classes(wide && 'wide')} aria-labelledby=${id.current} onCancel=${(e) => { e.preventDefault(); close(); }}
    onKeyDown=${key}>
    <div class="dialog-body"><div class="dialog-head"><h2 id=${id.current}>${title}</h2>
      <button type="button" class="button-icon" aria-label=${t('close')} onClick=${close}><${Icon} name="close" /></button></div>
    ${children}</div></dialog>`;
}

/** A form in a dialog: what to do on send, and two buttons. */
export function FormDialog({ title, close, send, sendText, busy, bad, children, wide, ready = true }) {
  const [tried, setTried] = useState(false);
  const submit = (e) => {
    e.preventDefault();
    setTried(!ready);
    if (!busy && ready)
      send();
  };
  return html`<${Dialog} title=${title} close=${close} wide=${wide}>
    <form class="stack" noValidate onSubmit=${submit}>
      ${children}
      ${tried && !ready && html`<p class="wrong" role="alert">${t('form.missing')}</p>`}
      <div class="dialog-foot row row-end"><button type="button" onClick=${close}>${t('cancel')}</button>
        <button type="submit" class=${classes('button-main', bad && 'button-bad')} disabled=${busy}>${busy ? t('sending') : sendText}
          </button></div>
    </form></${Dialog}>`;
}
