// page/pages/satu.js — one application: where it stands and since when, who it is about, papers, remarks, and every write to it.
import { html, useState } from '../html.js';
import { Icon } from '../icon.js';
import { Box, Chip, Facts, MovedNote, Page, TroubleBox, Wait } from '../parts.js';
import { Table } from '../table.js';
import { Photos } from '../photos.js';
import { ForgetDialog } from './lupakan.js';
import { History } from './riwayat.js';
import { ReturnDialog } from './kembalikan.js';
import { StatusDialog } from './status.js';
import { useLoad } from '../load.js';
import { useMoved } from '../live.js';
import { path } from '../api.js';
import { columnWord, columnsOf, kelName, listWord, rtRw, tableWord, useCodes, Value, valueText } from '../codes.js';
import { may, useAwaited } from '../state.js';
import { day, moment, span, t, tOr } from '../text.js';
import { to } from '../router.js';

/** The way of an application that goes well. */
const WAY = ['LENGKAP', 'DITERIMA', 'PERIKSA_KEL', 'PERIKSA_DINAS', 'DIPROSES', 'TTE', 'CETAK', 'SIAP_AMBIL', 'DISERAHKAN'];

function Way({ status }) {
  const at = WAY.indexOf(status);
  if (at < 0)
    return null;
  return html`<ol class="way bare" aria-label=${t('way')}>${WAY.map((s, i) => html`<li class=${i < at ? 'way-past' : i === at ? 'way-now' : ''}
    aria-current=${i === at ? 'step' : undefined}>
    <span>${t('way.' + s)}</span></li>`)}</ol>`;
}

function Clock({ name, hours, from, legal, unknown }) {
  const late = legal && hours > legal;
  return html`<div class=${'clock' + (late ? ' clock-late' : '')}><span class="clock-name">${name}</span>
    <strong class="clock-n num">${hours === null ? t('none') : span(hours)}</strong>
    <span class="small muted">${hours === null ? unknown : from}${late ? ' · ' + t('clock.over', { n: legal }) : ''}</span></div>`;
}

function Standing({ data, act }) {
  const c = data.clocks, a = data.application;
  const status = valueText(a.status, 'status', data);
  const steps = data.steps.filter((s) => s.to !== 'KEMBALI');
  return html`<section class="panel stack" aria-labelledby="standing"><div class="row row-apart"><h2 id="standing">${status}</h2>
      ${c.late && html`<${Chip} kind="bad" icon="clock">${t('late.since', { day: day(c.due) })}</${Chip}>`}</div>
    <${Way} status=${a.status} />
    ${a.alasan_status && html`<${Box} kind="warn" title=${t('status.reason')}><p>${a.alasan_status}</p></${Box}>`}
    <div class="clocks">
      <${Clock} name=${t('clock.step')} hours=${c.step_age_h} from=${t('clock.by', { when: moment(c.status_since_ms), who: c.status_by || '' })}
        unknown=${t('clock.unknown')} />
      <${Clock} name=${t('clock.visit')} hours=${c.since_visit_h} from=${day(c.visit)} unknown=${t('clock.unknown')} />
      <${Clock} name=${t('clock.complete')} hours=${c.since_complete_h} from=${day(c.complete)} legal=${c.legal_h} unknown=${t('clock.incomplete')} />
        </div>
    <p class="small muted">${t('clock.law')}</p>
    ${may('decide') && html`<div class="row no-print">
      ${steps.length > 0 && html`<button type="button" class="button-main" onClick=${() => act('status')}>
        ${steps.length === 1 ? t('status.to.one', { label: steps[0].label }) : t('status.change')}</button>`}
      ${data.steps.some((s) => s.to === 'KEMBALI') && html`<button type="button" onClick=${() => act('return')}>${t('return.button')}</button>`}
        </div>`}</section>`;
}

function Warnings({ data }) {
  return html`${data.held && html`<${Box} kind="warn" title=${t('held.this')}><p>${data.held.reason || data.held} · <a
    href=${to(['rekonsiliasi', 'tahan', data.space, 'permohonan', data.id])}>${t('held.look')}</a></p></${Box}>`}
    ${data.conflicts.length > 0 && html`<${Box} kind="warn" title=${t('conflict.this', { n: data.conflicts.length })}><ul class="bare">
      ${data.conflicts.map((c) => html`<li>
      <a href=${to(['rekonsiliasi', 'bentrok', data.space, c.tbl, c.key])}>
        ${t('conflict.in', { tbl: tableWord(c.tbl), columns: (c.grp || '').split(',').map(columnWord).join(', ') })}</a></li>`)}</ul></${Box}>`}`;
}

function Person({ data }) {
  const from = data;
  const columns = columnsOf(data.applicant).filter((c) => c !== 'keluarga_id' && data.applicant[c] !== null && data.applicant[c] !== '');
  return html`<section class="panel stack" aria-labelledby="person"><h2 id="person">${t('applicant')}</h2>
    ${data.applicant ? html`<${Facts} of=${columns.map((c) => [columnWord(c),
      html`<${Value} value=${data.applicant[c]} column=${c} from=${from} />`])} />
      ${data.elsewhere && html`<p class="small muted">${t('applicant.elsewhere')}</p>`}`
      : html`<p class="muted">${t('applicant.none')}</p>`}</section>`;
}

function Household({ data, codes }) {
  const h = data.household;
  if (!h)
    return null;
  const columns = [
    { head: t('col.nama'), first: true, cell: (m) => m.nama, sub: (m) => m.nik_masked },
    { head: t('col.shdk'), cell: (m) => listWord(codes, 'shdk', m.shdk) },
    { head: t('col.tanggal_lahir'), cell: (m) => day(m.tanggal_lahir) },
  ];
  return html`<section class="panel stack" aria-labelledby="household"><h2 id="household">${t('household')}</h2>
    <${Facts} of=${[[t('col.no_kk'), h.no_kk], [t('col.nama_kepala'), h.nama_kepala], [t('col.alamat'), h.alamat],
      [t('rt.rw.name'), rtRw(h)], [t('kelurahan'), kelName(codes, h.kode_kel)]]} />
    ${data.members.length > 0 && html`<${Table} caption=${t('members')} columns=${columns} rows=${data.members} rowKey=${(m) => m.key} />`}
      </section>`;
}

const KEADAAN = { ADA: ['ok', 'ok'], MENYUSUL: ['warn', 'clock'], PENGGANTI: ['accent', 'info'], TIDAK_PERLU: ['', 'ok'] };

function Requirements({ data }) {
  if (!data.requirements.length)
    return null;
  const columns = [
    { head: t('requirement'), first: true, cell: (r) => r.uraian || r.kode, sub: (r) => tOr('sifat.' + r.sifat, r.sifat) },
    { head: t('requirement.state'), cell: (r) => html`<${Chip} kind=${(KEADAAN[r.keadaan] || [''])[0]}
      icon=${(KEADAAN[r.keadaan] || ['', 'info'])[1]}>${tOr('keadaan.' + r.keadaan, r.keadaan || t('none'))}</${Chip}>` },
    { head: t('requirement.note'), cell: (r) => [r.pengganti, r.dari_asli === 1 && t('requirement.original')].filter(Boolean).join(' · ') },
  ];
  return html`<section class="stack" aria-labelledby="requirements"><h2 id="requirements">${t('requirements')}</h2>
    <${Table} caption=${t('requirements')} columns=${columns} rows=${data.requirements} rowKey=${(r) => r.kode} /></section>`;
}

function Changes({ data }) {
  if (!data.changes.length)
    return null;
  const columns = [
    { head: t('change.element'), first: true, cell: (c) => columnWord(c.elemen), sub: (c) => data.names[c.orang] },
    { head: t('change.was'), cell: (c) => c.semula }, { head: t('change.becomes'), cell: (c) => c.menjadi },
      { head: t('change.ground'), cell: (c) => c.dasar },
  ];
  return html`<section class="stack" aria-labelledby="changes"><h2 id="changes">${t('changes')}</h2>
    <${Table} caption=${t('changes')} columns=${columns} rows=${data.changes} rowKey=${(c) => c.elemen + c.orang} /></section>`;
}

function Events({ data }) {
  return data.events.map((e) => html`<section class="panel stack" key=${e.key}><h2>${tOr('event.' + e.jenis, e.jenis)}</h2>
    <${Facts} of=${[[t('date'), day(e.tanggal)], [t('place'), e.tempat], ...e.roles.map((r) => [tOr('role.' + r.peran, r.peran), r.nama]),
      ...Object.entries(e.row).map(([c, v]) => [columnWord(c), html`<${Value} value=${v} column=${c} from=${data} />`])]} /></section>`);
}

function Notes({ data }) {
  return html`<section class="panel stack" aria-labelledby="notes"><h2 id="notes">${t('notes')}</h2>
    ${data.notes.length === 0 ? html`<p class="muted">${t('notes.none')}</p>`
      : html`<ul class="notes bare">${data.notes.map((n) => html`<li key=${n.key}>
      <p>${n.elemen && html`<${Chip}>${columnWord(n.elemen)}</${Chip}> `}${n.isi}</p>
      <p class="small muted">${[tOr('note.' + n.jenis, n.jenis), n.oleh, n.pada && day(n.pada)].filter(Boolean).join(' · ')}</p></li>`)}</ul>`}
        </section>`;
}

export default function Satu({ space, id }) {
  const codes = useCodes();
  const list = useLoad(path('applications', space, id));
  const [moved, seen] = useMoved();
  const awaited = useAwaited();
  const [open, setOpen] = useState('');
  const reload = () => { seen(); list.reload(); };
  const data = list.data;
  const a = data && data.application;
  const item = a && { space: data.space, id: data.id, status: a.status, code: a.kode_tanda_terima, applicant: data.applicant && data.applicant.nama };
  const close = (done) => { setOpen(''); if (done) reload(); };
  const title = a ? `${a.kode_tanda_terima || t('receipt.none')} · ${data.applicant ? data.applicant.nama : ''}` : t('application');
  return html`<${Page} title=${title} crumbs=${{ href: to('permohonan'), text: t('nav.permohonan') }}
    lead=${a && `${valueText(a.layanan, 'layanan', data)}${a.varian ? ' · ' + valueText(a.varian, 'varian', data)
      : ''} · ${kelName(codes, a.kode_kel)}`}
    actions=${data && html`<button type="button" onClick=${() => print()}><${Icon} name="print" />${t('print')}</button>`}>
    ${list.error ? html`<${TroubleBox} error=${list.error} again=${list.reload} />` : !data ? html`<${Wait} />` : html`<div class="stack">
      <${MovedNote} moved=${moved} reload=${reload} />
      ${awaited.has(data.space, 'permohonan', data.id) && html`<${Box} title=${t('awaits')}><p>${t('awaits.text')}</p></${Box}>`}
      <${Warnings} data=${data} />
      <${Standing} data=${data} act=${setOpen} />
      <div class="two"><div class="stack"><${Person} data=${data} /><${Household} data=${data} codes=${codes} />
        <${Requirements} data=${data} /><${Changes} data=${data} /><${Events} data=${data} /></div>
      <div class="stack narrow-facts"><section class="panel stack" aria-labelledby="papers"><h2 id="papers">${t('photos')}</h2><${Photos}
        space=${data.space} photos=${data.photos} /></section>
        <${Notes} data=${data} /><section class="panel stack" aria-labelledby="about"><h2 id="about">${t('about')}</h2>
          <${Facts} of=${[[t('col.tanggal'), day(a.tanggal)], [t('col.petugas'), a.petugas],
            [t('col.kanal'), a.kanal && valueText(a.kanal, 'kanal', data)], [t('col.pemegang'), a.pemegang],
            [t('col.batas_waktu'), a.batas_waktu && day(a.batas_waktu)],
            [t('space'), data.space_name], [t('consent'), data.consents.map((c) => `${tOr('consent.' + c.dasar, c.dasar)}, ${tOr('cara.' + c.cara,
              c.cara || '')} ${day(c.pada)}${c.dicabut_pada ? ' · ' + t('consent.withdrawn', { day: day(c.dicabut_pada) }) : ''}`).join('; ')]]} />
              </section></div></div>
      <${History} space=${data.space} id=${data.id} from=${data} item=${item} done=${reload} />
      ${open === 'status' && html`<${StatusDialog} items=${[item]} codes=${codes} steps=${data.steps} close=${close} />`}
      ${may('devices') && html`<section class="panel stack no-print" aria-labelledby="forget"><h2 id="forget">${t('forget.title')}</h2>
        <p class="muted">${t('forget.text')}</p><div class="row"><button type="button" class="button-bad" onClick=${() => setOpen('forget')}>
          ${t('forget.look')}</button></div></section>`}
      ${open === 'forget' && html`<${ForgetDialog} space=${data.space} close=${close} choices=${[['permohonan', data.id,
        a.kode_tanda_terima || t('receipt.none')], ...(data.applicant ? [['orang', data.applicant.id.blob, data.applicant.nama]] : []),
        ...(data.household ? [['keluarga', data.household.id.blob, data.household.nama_kepala || data.household.alamat || '']] : [])]} />`}
      ${open === 'return' && html`<${ReturnDialog} application=${item} close=${close} />`}</div>`}
  </${Page}>`;
}
