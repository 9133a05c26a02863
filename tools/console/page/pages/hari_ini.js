// page/pages/hari_ini.js — what came in today, and what waits for somebody: each count leads to its list.
import { html, useEffect } from '../html.js';
import { Icon } from '../icon.js';
import { Ago, Box, Empty, Logged, Page, TroubleBox, Wait } from '../parts.js';
import { Table } from '../table.js';
import { useLoad } from '../load.js';
import { useMoved } from '../live.js';
import { may, operators } from '../state.js';
import { hour, longDay, moment, said, t, today } from '../text.js';
import { refine, to } from '../router.js';

const TURN_MS = 2000; // a burst of merges is followed once

/** What waits, the most pressing first: kind, where it leads, who may go there. What is for operators is shown to them alone. */
const WAITS = [
  ['forks', 'bad', to('audit', { bagian: 'cabang' }), 'operators'],
  ['hard', 'bad', to('rekonsiliasi', { berat: 1 }), 'persons'],
  ['outbox_refused', 'bad', to('audit', { bagian: 'kasus' })],
  ['overdue', 'warn', to('permohonan', { lewat: 1 }), 'persons'],
  ['conflicts', 'warn', to('rekonsiliasi'), 'persons'],
  ['held', 'warn', to('rekonsiliasi', { jenis: 'tahan' }), 'persons'],
  ['twins', 'info', to('rekonsiliasi', { jenis: 'ganda' }), 'persons'],
  ['refused', 'warn', to('audit', { bagian: 'ditolak' }), 'operators'],
  ['cases', 'warn', to('audit', { bagian: 'kasus' })],
  ['clocks', 'warn', to('perangkat', { saring: 'jam' })],
  ['stale', 'info', to('perangkat', { saring: 'diam' })],
];

function Waiting({ waits }) {
  const shown = WAITS.filter(([, , , right]) => right !== 'operators' || operators());
  const some = shown.filter(([name]) => waits[name] > 0);
  const none = shown.filter(([name]) => !waits[name]);
  return html`<section class="stack" aria-labelledby="waits"><h2 id="waits">${t('today.waits')}</h2>
    ${some.length === 0 ? html`<${Box} kind="ok" title=${t('today.waits.none')}><p>${t('today.waits.none.text')}</p></${Box}>`
      : html`<ul class="tiles bare">${some.map(([name, kind, href, right]) => {
        const inside = html`<span class="tile-n num">${waits[name]}</span><span class="tile-text"><strong>${t('today.' + name)}</strong>
          <span class="table-sub">${t('today.' + name + '.hint')}</span></span>`;
        return html`<li>${right !== 'persons' || may(right) ? html`<a class=${'tile tile-' + kind} href=${href}>${inside}<${Icon} name="next" /></a>`
          : html`<span class=${'tile tile-' + kind}>${inside}</span>`}</li>`;
      })}</ul>`}
    ${some.length > 0 && none.length > 0 && html`<p class="small muted"><${Icon}
      name="ok" /> ${t('today.nothing', { list: none.map(([n]) => t('today.' + n)).join(', ') })}</p>`}
  </section>`;
}

function Incoming({ data }) {
  const total = data.kelurahan.reduce((n, k) => n + k.new, 0);
  const columns = [
    { head: t('kelurahan'), first: true, cell: (k) => k.nama || t('today.nowhere') },
    { head: t('today.new'), num: true, cell: (k) => k.new },
    { head: t('today.by'), cell: (k) => k.by.map((b) => `${b.petugas || t('today.nobody')}: ${b.n}`).join(' · ') },
  ];
  const hidden = data.hidden && html`<${Box}><p>${t('today.hidden')}</p></${Box}>`;
  if (hidden && data.kelurahan.length === 0)
    return html`<section class="stack" aria-labelledby="new"><h2 id="new">${t('today.incoming.head')}</h2>${hidden}</section>`;
  return html`<section class="stack" aria-labelledby="new"><h2 id="new">${t('today.incoming', { n: total })}</h2>${hidden}
    ${data.kelurahan.length === 0 ? html`<div class="table-wrap"><${Empty} icon="inbox" title=${t('today.incoming.none')}
      text=${t('today.incoming.none.text')} /></div>`
      : html`<${Table} caption=${t('today.incoming', { n: total })} columns=${columns} rows=${data.kelurahan} rowKey=${(k) => k.kode}
        rowHref=${may('persons') ? (k) => (k.kode ? to('permohonan', { kel: k.kode, dari: data.date, sampai: data.date }) : null) : undefined}
        foot=${data.kelurahan.length > 1 ? [t('total'), String(total), ''] : undefined} />`}</section>`;
}

function Unsent({ data }) {
  const names = Object.fromEntries(data.spaces.map((s) => [s.id, s.name]));
  const columns = [
    { head: t('device'), first: true, cell: (u) => u.label, sub: (u) => names[u.space] },
    { head: t('today.unsent.n'), num: true, cell: (u) => u.n },
    { head: t('last.seen'), cell: (u) => html`<${Ago} ms=${u.last_seen_ms} />` },
  ];
  return html`<section class="stack" aria-labelledby="unsent"><h2 id="unsent">${t('today.unsent')}</h2>
    ${data.unsent.length === 0 ? html`<div class="table-wrap"><${Empty} icon="ok" title=${t('today.unsent.none')}
      text=${t('today.unsent.none.text')} /></div>`
      : html`<${Table} caption=${t('today.unsent')} columns=${columns} rows=${data.unsent} rowKey=${(u) => u.space + '/' + u.device} />
        <p class="small muted">${t('today.unsent.hint')}</p>`}</section>`;
}

export function Spaces({ spaces }) {
  return spaces.filter((s) => s.error).map((s) => html`<${Box} key=${s.id} kind="warn" title=${t('space.trouble', { name: s.name })}>
    <p>${said(s, 'error')} ${t('space.trouble.text', { when: moment(s.synced_ms) })}</p><${Logged} text=${s.error} /></${Box}>`);
}

const shift = (iso, days) => new Date(Date.parse(iso + 'T00:00Z') + days * 86400e3).toISOString().slice(0, 10);

export default function HariIni({ query }) {
  const date = query.tanggal || '';
  const list = useLoad('/api/today', { date: date || today() });
  const [moved, seen] = useMoved();
  useEffect(() => {
    if (!moved)
      return undefined;
    const soon = setTimeout(() => { seen(); list.reload(); }, TURN_MS);
    return () => clearTimeout(soon);
  }, [moved]);
  const shown = date || (list.data && list.data.date) || today();
  const choose = (d) => refine({ tanggal: d === today() ? '' : d });
  const actions = html`<button type="button" class="button-icon" aria-label=${t('today.before')} onClick=${() => choose(shift(shown, -1))}><${Icon}
    name="back" /></button>
    <label><span class="unseen">${t('date')}</span><input type="date" value=${shown} max=${today()} onChange=${(e) => e.target.value
      && choose(e.target.value)} /></label>
    <button type="button" class="button-icon" aria-label=${t('today.after')} disabled=${shown >= today()} onClick=${() => choose(shift(shown, 1))}>
      <${Icon} name="next" /></button>`;
  return html`<${Page} title=${date ? t('today.of') : t('nav.hari-ini')}
    lead=${longDay(shown) + (list.data ? ' · ' + t('today.asof', { time: hour(list.data.as_of_ms) }) : '')} actions=${actions}>
    ${list.error ? html`<${TroubleBox} error=${list.error} again=${list.reload} />` : !list.data ? html`<${Wait} />` : html`<div class="stack-wide">
      ${list.data.spaces.some((s) => s.error) && html`<div class="stack"><${Spaces} spaces=${list.data.spaces} /></div>`}
      <${Waiting} waits=${list.data.waits} />
      <div class="columns columns-wide"><${Incoming} data=${list.data} /><${Unsent} data=${list.data} /></div></div>`}
  </${Page}>`;
}
