// page/parts.js — what every page is put together from: its head, waiting, nothing there, trouble, chips, facts.
import { classes, html, useEffect, useRef } from './html.js';
import { Icon } from './icon.js';
import { ago, moment, range, said, t, tOr } from './text.js';

let drawn = false; // the first page of a visit does not take the focus from where the browser has it

/** A page: its heading gets the focus when somebody comes to it, so that a screen reader begins there. */
export function Page({ title, lead, actions, crumbs, children }) {
  const head = useRef(null);
  useEffect(() => { document.title = `${title} · jemput`; }, [title]);
  useEffect(() => {
    if (drawn) {
      head.current.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    drawn = true;
  }, []);
  return html`<div class="main-inner">
    <header class="page-head">
      ${crumbs && html`<nav class="crumbs" aria-label=${t('crumbs')}><a href=${crumbs.href}><${Icon} name="back" /> ${crumbs.text}</a></nav>`}
      <div class="row row-apart"><div class="grow"><h1 ref=${head} tabindex="-1">${title}</h1>${lead && html`<p class="lead">${lead}</p>`}</div>
        ${actions && html`<div class="row no-print">${actions}</div>`}</div>
    </header>${children}</div>`;
}

export function Wait({ text }) {
  return html`<div class="wait" role="status"><${Icon} name="wait" turning /><span>${text || t('wait')}</span></div>`;
}

/** Nothing there: why that is so, and what comes next. */
export function Empty({ icon = 'inbox', title, text, children }) {
  return html`<div class="empty"><${Icon} name=${icon} /><strong>${title}</strong>${text && html`<p>${text}</p>`}${children}</div>`;
}

/** A note in the flow of a page: kind 'info', 'ok', 'warn', 'bad'. */
export function Box({ kind = 'info', title, children, alert }) {
  const icon = { info: 'info', ok: 'ok', warn: 'warn', bad: 'bad' }[kind];
  return html`<div class=${classes('box', kind !== 'info' && 'box-' + kind)} role=${alert ? 'alert' : undefined}><${Icon} name=${icon} />
    <div>${title && html`<h3>${title}</h3>`}${children}</div></div>`;
}

/** What the server's log says of it, as it stands there: for whoever runs the server. */
export function Logged({ text }) {
  return html`<p class="small muted">${t('space.trouble.detail')} <span class="mono" lang="en">${text}</span></p>`;
}

/** What went wrong, in three answers: what happened, is the data safe, what to do. */
export function troubleWords(error) {
  const body = error.body || {};
  const own = tOr(`trouble.${error.code}.text`, null) ? error.code : 'other';
  const part = (name) => said(body, name) || t(`trouble.${own}.${name}`);
  return { text: part('text'), safe: part('safe'), todo: part('todo') };
}

export function TroubleBox({ error, again }) {
  const words = troubleWords(error);
  return html`<${Box} kind="bad" title=${words.text} alert>
    <dl><dt>${t('trouble.safe')}</dt><dd>${words.safe}</dd><dt>${t('trouble.todo')}</dt><dd>${words.todo}</dd></dl>
    <div class="row" style=${{ marginTop: '.5rem' }}>
      ${again && html`<button type="button" class="button-small" onClick=${again}>${t('again')}</button>`}
      <span class="small muted mono">${error.code}</span></div></${Box}>`;
}

export function Chip({ kind, icon, children, title }) {
  return html`<span class=${classes('chip', kind && 'chip-' + kind)} title=${title}>${icon && html`<${Icon} name=${icon} />`}${children}</span>`;
}

const TRUST = { dibatasi: ['ok', 'ok'], wajar: ['', 'half'], meragukan: ['warn', 'warn'] };

/** When, as somebody's clock claimed, and how far that can be believed: in words and with a sign, not by colour alone. */
export function Trust({ trust, from, till }) {
  const [kind, icon] = TRUST[trust] || ['', 'info'];
  const bounds = from && till ? t('trust.bounded', { range: range(from, till) }) : from ? t('trust.after', { from: moment(from) })
    : till ? t('trust.before', { till: moment(till) }) : t('trust.unbounded');
  return html`<span class="trust"><${Chip} kind=${kind} icon=${icon}>${tOr('trust.' + trust, trust)}</${Chip}>
    <span class="table-sub">${bounds}</span></span>`;
}

export function When({ ms, claimed }) {
  return html`<span class="nowrap" title=${claimed ? t('claimed') : undefined}>${moment(ms)}</span>`;
}
export const Ago = ({ ms }) => html`<span title=${moment(ms)}>${ago(ms)}</span>`;

/** Names and values, one below the other; those without a value are left out. */
export function Facts({ of }) {
  const there = of.filter((f) => f && f[1] !== null && f[1] !== undefined && f[1] !== '');
  return html`<dl class="facts">${there.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

export function Tabs({ label, items }) {
  return html`<nav class="tabs no-print" aria-label=${label}>${items.map((i) => html`<a href=${i.href} aria-current=${i.here ? 'page' : undefined}>
    ${i.text}
    ${i.count > 0 && html`<span class="count">${i.count}</span>`}</a>`)}</nav>`;
}

/** A list that has moved since it was read: told, not redrawn under somebody's hand. */
export function MovedNote({ moved, reload }) {
  return moved ? html`<div class="row small" role="status"><${Icon} name="info" /><span>${t('moved')}</span>
    <button type="button" class="button-quiet button-small" onClick=${reload}>${t('reload')}</button></div>` : null;
}
