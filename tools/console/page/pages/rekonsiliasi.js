// page/pages/rekonsiliasi.js — what people must decide: conflicts, suspected duplicates, held rows; each a queue to work through.
import { html, useEffect, useState } from '../html.js';
import { Check, Fold, Select, usePick } from '../form.js';
import { Ago, Chip, Empty, MovedNote, Page, Tabs } from '../parts.js';
import { List } from '../table.js';
import { usePages } from '../load.js';
import { useMoved } from '../live.js';
import { columnWord, kelName, tableWord, useCodes } from '../codes.js';
import { counts, may, session, useAwaited } from '../state.js';
import { queue } from '../queue.js';
import { said, t } from '../text.js';
import { refine, to } from '../router.js';
import { Bentrok } from './bentrok.js';
import { Ganda } from './ganda.js';
import { Tahan } from './tahan.js';
import { BulkDialog } from './massal.js';

const TABLES = ['orang', 'keluarga', 'permohonan', 'kunjungan', 'lampiran', 'berkas', 'catatan'];

/** One line a row: its cell groups together, since they are decided together. */
function byRow(items) {
  const rows = new Map();
  items.forEach((c) => {
    const key = `${c.space}/${c.tbl}/${c.key}`;
    const row = rows.get(key);
    if (row) {
      row.groups.push(c.grp);
      row.hard = row.hard || c.hard;
      row.since_ms = Math.min(row.since_ms, c.since_ms);
    } else {
      rows.set(key, { ...c, id: key, groups: [c.grp] });
    }
  });
  return [...rows.values()];
}

function Filters({ query, codes, hard, tables, table }) {
  const change = (name) => (value) => refine({ ...query, [name]: value });
  const { spaces } = session.get();
  return html`<${Fold} on=${Object.keys(query).filter((k) => k !== 'jenis').length}>
    ${spaces.length > 1 && html`<${Select} label=${t('space')} any=${t('any')} value=${query.ruang || ''} set=${change('ruang')}
      options=${spaces.map((s) => [s.id, s.name])} />`}
    <${Select} label=${t('table')} any=${table ? undefined : t('any')} value=${query.tabel || table || ''} set=${change('tabel')}
      options=${tables.map((x) => [x, tableWord(x)])} />
    ${codes && html`<${Select} label=${t('kelurahan')} any=${t('any')} value=${query.kel || ''} set=${change('kel')}
      options=${codes.kelurahan.map((k) => [k.kode, k.nama])} />`}
    ${hard && html`<${Check} label=${t('conflict.hard.only')} checked=${Boolean(query.berat)}
      set=${(on) => refine({ ...query, berat: on ? 1 : '' })} />`}</${Fold}>`;
}

function useQueueOf(rows, href) {
  useEffect(() => { if (rows) queue.set(rows.map(href)); }, [rows && rows.map(href).join()]);
}

function Conflicts({ query }) {
  const codes = useCodes();
  const awaited = useAwaited();
  const pick = usePick();
  const [moved, seen] = useMoved();
  const [bulk, setBulk] = useState(false);
  const list = usePages('/api/conflicts', { space: query.ruang, tbl: query.tabel, kel: query.kel, hard: query.berat });
  const rows = list.items && byRow(list.items);
  const href = (c) => to(['rekonsiliasi', 'bentrok', c.space, c.tbl, c.key]);
  useQueueOf(rows, href);
  const reload = () => { seen(); pick.clear(); list.reload(); };
  const columns = [
    { head: t('conflict.what'), first: true, cell: (c) => c.title || tableWord(c.tbl), sub: (c) => tableWord(c.tbl) },
    { head: t('conflict.columns'), cell: (c) => html`<span class="row">
      <span>${c.groups.map((g) => (g ? g.split(',').map(columnWord).join(', ') : t('conflict.deletion'))).join(' · ')}</span>
      ${c.hard && html`<${Chip} kind="bad" icon="lock">${t('conflict.hard')}</${Chip}>`}${awaited.has(c.space, c.tbl, c.key)
        && html`<${Chip} icon="wait">${t('awaits')}</${Chip}>`}</span>` },
    { head: t('conflict.sides'), num: true, cell: (c) => c.sides },
    { head: t('kelurahan'), cell: (c) => kelName(codes, c.kel) },
    { head: t('since'), cell: (c) => html`<${Ago} ms=${c.since_ms} />` },
  ];
  const chosen = (rows || []).filter((c) => pick.chosen.has(c.id));
  return html`<div class="stack"><${Filters} query=${query} codes=${codes} hard tables=${TABLES} /><${MovedNote} moved=${moved} reload=${reload} />
    <${List} list=${{ ...list, items: rows, total: undefined }} caption=${t('conflicts')} columns=${columns} rowKey=${(c) => c.id} rowHref=${href}
      pick=${may('decide') ? { ...pick, name: (c) => c.title || c.key } : undefined}
      empty=${html`<${Empty} icon="ok" title=${t('conflicts.none')} text=${t('conflicts.none.text')} />`} />
    ${chosen.length > 0 && html`<div class="bulk no-print" role="region" aria-label=${t('bulk')}><strong>${t('bulk.n', { n: chosen.length })}</strong>
      <button type="button" class="button-main" onClick=${() => setBulk(true)}>${t('bulk.keep')}</button><button type="button" class="button-quiet"
        onClick=${pick.clear}>${t('bulk.clear')}</button></div>`}
    ${bulk && html`<${BulkDialog} rows=${chosen} close=${(done) => { setBulk(false); if (done) reload(); }} />`}</div>`;
}

/** Persons wait for a decision, and are counted; households are looked through by whoever wants to: that two are two is said of persons alone. */
function Twins({ query }) {
  const [moved, seen] = useMoved();
  const list = usePages('/api/twins', { space: query.ruang, tbl: query.tabel || 'orang' });
  const href = (d) => to(['rekonsiliasi', 'ganda', d.space, d.tbl, d.a.key, d.b.key]);
  useQueueOf(list.items, href);
  const columns = [
    { head: t('twins.pair'), first: true, cell: (d) => `${d.a.title} ↔ ${d.b.title}`,
      sub: (d) => [d.a.number_masked, d.b.number_masked].filter(Boolean).join(' ↔ ') },
    { head: t('twins.score'), num: true, cell: (d) => d.score },
    { head: t('twins.why'), cell: (d) => html`<span class="row">${d.reasons.map((r) => html`<${Chip} kind=${r.against ? 'warn' : 'accent'}
      icon=${r.against ? 'bad' : 'ok'}>${said(r, 'text')}</${Chip}>`)}</span>` },
  ];
  return html`<div class="stack"><${Filters} query=${query} tables=${['orang', 'keluarga']} table="orang" /><${MovedNote} moved=${moved}
    reload=${() => { seen(); list.reload(); }} />
    <${List} list=${list} caption=${t('twins')} columns=${columns} rowKey=${(d) => d.space + d.a.key + d.b.key} rowHref=${href}
      empty=${html`<${Empty} icon="ok" title=${t('twins.none')} text=${t('twins.none.text')} />`} /></div>`;
}

function Held({ query }) {
  const codes = useCodes();
  const [moved, seen] = useMoved();
  const list = usePages('/api/held', { space: query.ruang, tbl: query.tabel, kel: query.kel });
  const href = (h) => to(['rekonsiliasi', 'tahan', h.space, h.tbl, h.key]);
  useQueueOf(list.items, href);
  const columns = [
    { head: t('conflict.what'), first: true, cell: (h) => h.title || tableWord(h.tbl), sub: (h) => tableWord(h.tbl) },
    { head: t('held.why'), cell: (h) => html`${said(h, 'reason')}<span class="table-sub mono">${h.reason}</span>` },
    { head: t('held.against'), cell: (h) => h.against && (h.against.title || tableWord(h.against.tbl)) },
    { head: t('device'), cell: (h) => h.label },
    { head: t('since'), cell: (h) => html`<${Ago} ms=${h.since_ms} />` },
  ];
  return html`<div class="stack"><${Filters} query=${query} codes=${codes} tables=${TABLES} /><${MovedNote} moved=${moved}
    reload=${() => { seen(); list.reload(); }} />
    <${List} list=${list} caption=${t('held.list')} columns=${columns} rowKey=${(h) => h.space + h.tbl + h.key} rowHref=${href}
      empty=${html`<${Empty} icon="ok" title=${t('held.none')} text=${t('held.none.text')} />`} /></div>`;
}

const LISTS = { bentrok: Conflicts, ganda: Twins, tahan: Held };

export default function Rekonsiliasi({ parts, query }) {
  const waiting = counts.use() || {};
  if (parts[0] === 'bentrok' && parts.length === 4)
    return html`<${Bentrok} space=${parts[1]} tbl=${parts[2]} conflictKey=${parts[3]} />`;
  if (parts[0] === 'ganda' && parts.length === 5)
    return html`<${Ganda} space=${parts[1]} tbl=${parts[2]} a=${parts[3]} b=${parts[4]} />`;
  if (parts[0] === 'tahan' && parts.length === 4)
    return html`<${Tahan} space=${parts[1]} tbl=${parts[2]} rowKey=${parts[3]} />`;
  const kind = LISTS[query.jenis] ? query.jenis : 'bentrok';
  const n = { bentrok: waiting.conflicts, ganda: waiting.twins, tahan: waiting.held };
  return html`<${Page} title=${t('nav.rekonsiliasi')} lead=${t('reconcile.lead.' + kind)}>
    <${Tabs} label=${t('reconcile.kinds')} items=${Object.keys(LISTS).map((k) => ({ href: to('rekonsiliasi', k === 'bentrok' ? {} : { jenis: k }),
      text: t('reconcile.' + k), here: k === kind, count: n[k] }))} />
    <${LISTS[kind]} key=${kind} query=${query} /></${Page}>`;
}
