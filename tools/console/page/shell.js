// page/shell.js — what is around every page: where one can go, who is signed in, what is told, and the PIN that some acts want once more.
import { classes, html, useEffect, useRef, useState } from './html.js';
import { Dialog, FormDialog } from './dialog.js';
import { Field, useSend } from './form.js';
import { Icon, Sign } from './icon.js';
import { signOut, useIdle } from './idle.js';
import { hour, language, roleList, setLanguage, t } from './text.js';
import { onRenewal, post } from './api.js';
import { letters } from './keys.js';
import { Box, TroubleBox } from './parts.js';
import { closeNotice, counts, kept, live, notices, session, stranger, useAwaited } from './state.js';
import { route, to } from './router.js';

const PLACES = [
  { name: 'hari-ini', icon: 'today' },
  { name: 'permohonan', icon: 'file', may: 'persons' },
  { name: 'rekonsiliasi', icon: 'reconcile', may: 'persons', count: (c) => c.conflicts + c.held + c.twins },
  { name: 'perangkat', icon: 'tablet', count: (c) => c.clocks },
  { name: 'wilayah', icon: 'map' },
  { name: 'rekap', icon: 'chart' },
  { name: 'audit', icon: 'shield', count: (c) => c.forks },
  { name: 'akun', icon: 'person' },
];

function Nav({ leave }) {
  const here = route.use().parts[0] || 'hari-ini';
  const waiting = counts.use();
  const { may } = session.get();
  return html`<nav class="nav" aria-label=${t('nav')}><ul class="bare">${PLACES.filter((p) => !p.may || may[p.may]).map((p) => {
    const n = waiting && p.count ? p.count(waiting) : 0;
    return html`<li><a href=${to(p.name)} aria-current=${here === p.name ? 'page' : undefined} onClick=${leave}><${Icon} name=${p.icon} />
      ${t('nav.' + p.name)}
      ${n > 0 && html`<span class="count"><span aria-hidden="true">${n}</span><span class="unseen">${t('nav.waiting', { n })}</span></span>`}</a>
        </li>`;
  })}</ul></nav>`;
}

export function Switches() {
  const [dark, setDark] = useState(document.documentElement.dataset.theme === 'dark');
  const flip = () => {
    document.documentElement.dataset.theme = dark ? 'light' : 'dark';
    kept.set('jemput-theme', dark ? 'light' : 'dark');
    setDark(!dark);
  };
  const acting = letters.use();
  const other = language.use() === 'id' ? 'en' : 'id';
  const change = () => setLanguage(other).then(() => kept.set('jemput-language', other));
  return html`<div class="row">
    <button type="button" class="button-quiet button-small" lang=${other} onClick=${change}>${t('language.' + other)}</button>
    <button type="button" class="button-quiet button-small" aria-pressed=${dark ? 'true' : 'false'} onClick=${flip}><${Icon}
      name=${dark ? 'sun' : 'moon'} />${t(dark ? 'theme.light' : 'theme.dark')}</button>
    ${session.get() && html`<button type="button" class="button-quiet button-small" onClick=${() => letters.set(!acting)}>
      ${t(acting ? 'keys.off' : 'keys.on')}</button>`}</div>`;
}

function Live() {
  const on = live.use();
  if (session.get() && session.get().new_pin)
    return null; // nothing is listened to yet
  return html`<span class=${classes('live', !on && 'live-off')} role="status">${t(on ? 'live' : 'live.off')}</span>`;
}

/** Which roles, and where: by name where there are few. */
function roles(spaces) {
  const by = new Map();
  spaces.forEach((s) => by.set(roleList(s.roles), [...(by.get(roleList(s.roles)) || []), s.name]));
  return [...by].map(([r, names]) => (names.length > 2 ? t('who.many', { roles: r, n: names.length })
    : t('who.some', { roles: r, names: names.join(', ') }))).join(' · ');
}

const AWAITED_LOOK_MS = 15e3;

function Side({ open, leave }) {
  const known = session.use();
  const awaiting = useAwaited(), unsent = known.spaces.filter((s) => s.unsent).map((s) => s.name);
  const [, look] = useState(0);
  useEffect(() => {
    const clock = setInterval(() => look((n) => n + 1), AWAITED_LOOK_MS);
    return () => clearInterval(clock);
  }, []);
  return html`<div class=${classes('side', open && 'side-open')} id="side">
    <a class="brand" href=${to('hari-ini')}><${Sign} /><span>jemput<small>${t('brand')}</small></span></a>
    ${known.new_pin ? null : html`<${Nav} leave=${leave} />`}
    <div class="side-end">
      ${awaiting.n > 0 && html`<p class="who" role="status"><${Icon} name="wait" turning /> ${t('awaiting', { n: awaiting.n })}</p>`}
      ${awaiting.late_ms && html`<p class="who" role="alert"><${Icon} name="warn" /> ${t('awaiting.late', { time: hour(awaiting.late_ms) })}</p>`}
      ${unsent.length > 0 && html`<p class="who" role="alert"><${Icon} name="warn" /> ${t('unsent', { names: unsent.join(', ') })}</p>`}
      <div class="who"><strong>${known.name}</strong><span class="muted">${roles(known.spaces)}</span></div>
      <div class="row row-apart"><${Live} /><button type="button" class="button-quiet button-small" onClick=${signOut}><${Icon} name="out" />
        ${t('sign.out')}</button></div>
      <${Switches} />
    </div></div>`;
}

export function Notices() {
  const all = notices.use();
  return html`<div class="notices" role="status" aria-live="polite">${all.map((n) => html`<div key=${n.n} class=${'notice notice-' + n.kind}>
    <${Icon} name=${n.kind === 'ok' ? 'ok' : n.kind} /><span>${n.text}${n.link && html` <a href=${n.link.href}>${n.link.text}</a>`}</span>
    <button type="button" class="button-icon" aria-label=${t('close')} onClick=${() => closeNotice(n.n)}><${Icon} name="close" /></button></div>`)}
      </div>`;
}

/** The PIN once more, for acts that cannot be taken back: whoever asked goes on when it was right. */
function Renewal() {
  const [asking, setAsking] = useState(null); // resolves with whether it was given
  const [pin, setPin] = useState('');
  useEffect(() => onRenewal(() => new Promise((done) => { setPin(''); setAsking(() => done); })), []);
  const [send, busy, error, clear] = useSend(async () => {
    session.set(await post('/api/session/renew', { pin }));
    asking(true);
    setAsking(null);
  });
  if (!asking)
    return null;
  const close = () => { asking(false); setAsking(null); clear(); };
  return html`<${FormDialog} title=${t('renew.title')} close=${close} send=${send} sendText=${t('renew.go')} busy=${busy} ready=${pin !== ''}>
    <p>${t('renew.text')}</p>
    <${Field} label=${t('sign.pin')} type="password" autocomplete="current-password" value=${pin} set=${setPin} />
    ${error && html`<${TroubleBox} error=${error} />`}</${FormDialog}>`;
}

function IdleWarning() {
  const left = useIdle();
  const told = useRef(null); // read out once, not at every turn of the clock
  if (told.current === null || left === null)
    told.current = left;
  const [hidden, hide] = useState(false);
  useEffect(() => { if (left === null) hide(false); }, [left]);
  if (left === null || hidden)
    return null;
  return html`<${Dialog} title=${t('idle.title')} close=${() => hide(true)}><p class="unseen" role="alert">
    ${t('idle.text', { n: told.current })}</p><p aria-hidden="true">${t('idle.text', { n: left })}</p>
    <div class="dialog-foot row row-end"><button type="button" onClick=${signOut}>${t('sign.out')}</button>
      <button type="button" class="button-main" data-first onClick=${() => hide(true)}>${t('idle.stay')}</button></div></${Dialog}>`;
}

/** Somebody else has signed in beside this page: it stays as it is, for its own person to copy from, and sends nothing. */
function Stranger() {
  const name = stranger.use();
  const { name: own } = session.get();
  return name && html`<div class="main-inner no-print" style=${{ marginBottom: '1rem' }}><${Box} kind="warn" title=${t('stranger', { name })} alert>
    <p>${t('stranger.text', { name, own })}</p>
    <button type="button" class="button-small" onClick=${() => location.reload()}>${t('stranger.go', { name })}</button></${Box}></div>`;
}

export function Shell({ children }) {
  const [open, setOpen] = useState(false);
  const skip = (e) => {
    e.preventDefault();
    const head = document.querySelector('h1');
    if (head)
      head.focus();
  };
  return html`<div class="shell"><a class="skip" href="#main" onClick=${skip}>${t('skip')}</a>
    <div class="top"><a class="brand" href=${to('hari-ini')}><${Sign} /><span>jemput</span></a><${Live} />
      <button type="button" class="button-icon" aria-expanded=${open ? 'true' : 'false'} aria-controls="side" aria-label=${t('menu')}
        onClick=${() => setOpen(!open)}>
        <${Icon} name=${open ? 'close' : 'menu'} /></button></div>
    <${Side} open=${open} leave=${() => setOpen(false)} />
    <main class="main" id="main"><${Notices} /><${Stranger} />${children}</main></div><${Renewal} /><${IdleWarning} />`;
}
