// page/pages/permohonan.js — find an application: by name, number or receipt; by where it stands; and move several on at once.
import { html, useState } from '../html.js';
import { Check, Field, Fold, Select, usePick } from '../form.js';
import { Icon } from '../icon.js';
import { Box, Chip, Empty, MovedNote, Page } from '../parts.js';
import { List } from '../table.js';
import { usePages } from '../load.js';
import { searchable, typed } from '../asking.js';
import { useMoved } from '../live.js';
import { kelName, listWord, rtRw, useCodes } from '../codes.js';
import { cell, may, session, useAwaited } from '../state.js';
import { day, said, span, t } from '../text.js';
import { refine, to } from '../router.js';
import { StatusDialog } from './status.js';
import Satu from './satu.js';

const searched = cell(''); // a name or a number: kept in memory alone, never in an address

/** Where it stands, and what is special about it, as chips with words. */
export function StatusChips({ item }) {
  return html`<span class="row"><${Chip} kind=${item.status === 'KEMBALI' || item.status === 'TOLAK' ? 'warn' : 'accent'}>${item.status_label}
    </${Chip}>
    ${item.late && html`<${Chip} kind="bad" icon="clock">${t('late')}</${Chip}>`}
    ${item.conflict && html`<${Chip} kind="warn" icon="reconcile">${t('conflict')}</${Chip}>`}</span>`;
}

function Search({ done }) {
  const [q, setQ] = useState(searched.get());
  const [short, setShort] = useState(false);
  const submit = (e) => {
    e.preventDefault();
    const little = q.trim() !== '' && !searchable(q);
    setShort(little);
    if (little)
      return;
    searched.set(q.trim());
    done();
  };
  return html`<form role="search" class="panel search" onSubmit=${submit}><label class="label" for="q">${t('search.label')}</label>
    <div class="with-button"><input id="q" type="search" value=${q} onInput=${(e) => setQ(e.target.value)} autocomplete="off" spellcheck="false"
      aria-describedby=${short ? 'q-short q-hint' : 'q-hint'} aria-invalid=${short ? 'true' : undefined} placeholder=${t('search.placeholder')} />
      <button type="submit" class="button-main"><${Icon} name="search" />${t('search.go')}</button></div>
    ${short && html`<p class="wrong" id="q-short" role="alert">${t('search.short')}</p>`}
    <p class="small muted" id="q-hint">${t('search.hint')}</p></form>`;
}

function Filters({ query, codes }) {
  const change = (name) => (value) => refine({ ...query, [name]: value });
  const { spaces } = session.get();
  return html`<${Fold} on=${Object.keys(query).length}>
    <${Select} label=${t('status')} any=${t('any')} value=${query.status || ''} set=${change('status')}
      options=${codes.status.map((s) => [s.kode, s.label])} />
    <${Select} label=${t('service')} any=${t('any')} value=${query.layanan || ''} set=${change('layanan')}
      options=${(codes.lists.layanan || []).map((l) => [l.kode, l.label])} />
    <${Select} label=${t('kelurahan')} any=${t('any')} value=${query.kel || ''} set=${change('kel')}
      options=${codes.kelurahan.map((k) => [k.kode, k.nama])} />
    ${spaces.length > 1 && html`<${Select} label=${t('space')} any=${t('any')} value=${query.ruang || ''} set=${change('ruang')}
      options=${spaces.map((s) => [s.id, s.name])} />`}
    <${Field} label=${t('from')} type="date" value=${query.dari || ''} set=${change('dari')} />
    <${Field} label=${t('till')} type="date" value=${query.sampai || ''} set=${change('sampai')} />
    <${Check} label=${t('late.only')} checked=${Boolean(query.lewat)} set=${(on) => refine({ ...query, lewat: on ? 1 : '' })} />
  </${Fold}>`;
}

const keyOf = (a) => a.space + '/' + a.id;

function columnsFor(codes, awaited) {
  return [
    { head: t('receipt'), first: true, cell: (a) => html`<span class="nowrap">${a.code || t('receipt.none')}</span>`, sub: (a) => day(a.date) },
    { head: t('applicant'), cell: (a) => a.applicant && html`${a.applicant}<span class="table-sub nowrap">${a.nik_masked}</span>` },
    { head: t('service'), cell: (a) => html`${listWord(codes, 'layanan', a.service)}${a.variant
      && html`<span class="table-sub">${listWord(codes, 'varian_layanan', a.variant)}</span>`}` },
    { head: t('kelurahan'), cell: (a) => html`${kelName(codes, a.kel)}${(a.rt || a.rw) && html`<span class="table-sub nowrap">${rtRw(a)}</span>`}` },
    { head: t('status'), cell: (a) => html`<div class="wide-cell"><${StatusChips} item=${a} />
      ${awaited.has(a.space, 'permohonan', a.id) && html`<${Chip} icon="wait">${t('awaits')}</${Chip}>`}</div>` },
    { head: t('age.step'), cell: (a) => html`${span(a.step_age_h)}<span class="table-sub nowrap">${t('age.visit', { ago: span(a.since_visit_h) })}
      </span>${a.since_complete_h !== null && html`<span class="table-sub nowrap">${t('age.complete', { ago: span(a.since_complete_h) })}</span>`}` },
  ];
}

function Applications({ query }) {
  const codes = useCodes();
  const q = searched.use();
  const [moved, seen] = useMoved();
  const pick = usePick();
  const awaited = useAwaited();
  const [moving, setMoving] = useState(false);
  const list = usePages('/api/applications', { space: query.ruang, status: query.status, layanan: query.layanan, kel: query.kel, overdue: query.lewat,
    from: query.dari, to: query.sampai },
    q ? { 'X-Jemput-Q': typed(q) } : undefined);
  const chosen = (list.items || []).filter((a) => pick.chosen.has(keyOf(a)));
  const filtered = q || Object.keys(query).length;
  const clear = () => { searched.set(''); refine({}); };
  const reload = () => { seen(); pick.clear(); list.reload(); };
  return html`<${Page} title=${t('nav.permohonan')} lead=${t('applications.lead')}>
    <div class="stack"><${Search} key=${q} done=${pick.clear} /><${Filters} query=${query} codes=${codes} />
    ${filtered ? html`<p class="row small"><span>${q ? t('search.shown', { q }) : t('search.filtered')}</span><button type="button"
      class="button-quiet button-small" onClick=${clear}>${t('search.clear')}</button></p>` : null}
    <${MovedNote} moved=${moved} reload=${reload} />
    ${list.data && list.data.held.length > 0 && html`<${Box} kind="warn" title=${t('applications.held', { n: list.data.held.length })}>
      <p>${t('applications.held.text')}</p><ul class="bare">${list.data.held.map((h) => html`<li key=${h.key}>
        <a href=${to(['rekonsiliasi', 'tahan', h.space, h.tbl, h.key])}>${h.title}</a> · ${said(h, 'reason')}</li>`)}</ul></${Box}>`}
    <${List} list=${list} caption=${t('nav.permohonan')} columns=${columnsFor(codes, awaited)} rowKey=${keyOf}
      rowHref=${(a) => to(['permohonan', a.space, a.id])}
      pick=${may('decide') ? { ...pick, name: (a) => a.code || a.applicant || a.id } : undefined}
      empty=${html`<${Empty} icon="search" title=${t(filtered ? 'applications.none.found' : 'applications.none')}
        text=${t(filtered ? 'applications.none.found.text' : 'applications.none.text')}>
        ${filtered ? html`<button type="button" onClick=${clear}>${t('search.clear')}</button>` : null}</${Empty}>`} />
    ${chosen.length > 0 && html`<div class="bulk no-print" role="region" aria-label=${t('bulk')}><strong>${t('bulk.n', { n: chosen.length })}</strong>
      <button type="button" class="button-main" onClick=${() => setMoving(true)}>${t('bulk.status')}</button>
      <button type="button" class="button-quiet" onClick=${pick.clear}>${t('bulk.clear')}</button></div>`}
    ${moving && html`<${StatusDialog} items=${chosen} codes=${codes} close=${(done) => { setMoving(false); if (done) reload(); }} />`}</div>
  </${Page}>`;
}

export default function Permohonan({ parts, query }) {
  return parts.length === 2 ? html`<${Satu} space=${parts[0]} id=${parts[1]} />` : html`<${Applications} query=${query} />`;
}
