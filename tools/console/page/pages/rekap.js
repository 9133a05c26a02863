// page/pages/rekap.js — the month in numbers, what may be published, files to take away with a reason, and a list to bring in.
import { html, useState } from '../html.js';
import { FormDialog } from '../dialog.js';
import { Field, Reason, Select, useSend } from '../form.js';
import { Icon } from '../icon.js';
import { Box, Empty, Page, TroubleBox, Wait } from '../parts.js';
import { Table } from '../table.js';
import { useLoad } from '../load.js';
import { download } from '../api.js';
import { useCodes } from '../codes.js';
import { may, notify } from '../state.js';
import { month, number, percent, t, today } from '../text.js';
import { refine } from '../router.js';
import { Import } from './impor.js';

/** What can be taken away: name, forms, who may, what narrows it. */
const EXPORTS = [
  ['recap', ['csv', 'xlsx'], 'export', 'month kel'], ['public', ['csv'], '', 'month'], ['applications', ['csv', 'xlsx'], 'export', 'month kel'],
  ['register', ['html'], 'export', 'days kel'], ['visits', ['csv', 'geojson'], 'export', 'month kel'],
  ['persons', ['csv', 'xlsx'], 'unmasked', 'kel'], ['looks', ['csv', 'json'], 'looks', 'days'],
];
const allowed = (right) => !right || may(right) || (right === 'unmasked' && may('export') && (may('approve') || may('devices')));

function Services({ data }) {
  const columns = [
    { head: t('service'), first: true, cell: (s) => s.service },
    { head: t('recap.n'), num: true, cell: (s) => number(s.n) },
    { head: t('recap.share'), num: true, cell: (s) => percent(Number(s.percent)) },
    { head: t('recap.bar'), cell: (s) => html`<span class="bar" aria-hidden="true"><span style=${{ width: s.percent + '%' }}></span></span>` },
  ];
  return html`<section class="stack" aria-labelledby="services"><h2 id="services">${t('recap.services')}</h2>
    <${Table} plain caption=${t('recap.services')} columns=${columns} rows=${data.services} rowKey=${(s) => s.service}
      foot=${[t('total'), number(data.total), data.total ? percent(100) : '', '']} /></section>`;
}

function ByKelurahan({ data }) {
  const names = data.services.map((s) => s.service);
  const columns = [{ head: t('kelurahan'), first: true, cell: (k) => k.nama || t('today.nowhere') },
    ...names.map((name) => ({ head: name, num: true, cell: (k) => number((k.services.find((s) => s.service === name) || { n: 0 }).n) })),
    { head: t('total'), num: true, cell: (k) => html`<strong>${number(k.total)}</strong>` }];
  return html`<section class="stack" aria-labelledby="kelurahan"><h2 id="kelurahan">${t('recap.kelurahan')}</h2><${Table}
    caption=${t('recap.kelurahan')} columns=${columns} rows=${data.kelurahan} rowKey=${(k) => k.kode} /></section>`;
}

function Public({ table }) {
  const cell = (n) => (n === null ? html`<span class="suppressed" title=${t('suppressed')}>${t('suppressed.short')}</span>` : number(n));
  const columns = [{ head: t('kelurahan'), first: true, cell: (r) => r.nama },
    ...table.columns.map((name, i) => ({ head: name, num: true, cell: (r) => cell(r.cells[i]) })),
    { head: t('total'), num: true, cell: (r) => cell(r.total) }];
  return html`<section class="stack" aria-labelledby="public"><h2 id="public">${t('recap.public')}</h2><p class="muted">
    ${t('recap.public.text', { least: table.least })}</p>
    <${Table} plain caption=${t('recap.public')} columns=${columns} rows=${table.rows} rowKey=${(r) => r.kode}
      foot=${[t('total'), ...table.totals.map(cell), cell(table.total)]} /></section>`;
}

const REASON_MAX = 300; // it travels in a header

function ExportDialog({ what, form, by, values, close }) {
  const days = by.includes('days');
  const [reason, setReason] = useState('');
  const [from, setFrom] = useState(today());
  const [till, setTill] = useState(today());
  const [send, busy, error] = useSend(async () => {
    const part = { ...Object.fromEntries(Object.entries(values).filter(([name]) => by.includes(name))), ...(days && { from, to: till }) };
    const name = await download(`/api/export/${what}.${form}`, part, reason);
    notify(t('export.done', { name }));
    close();
  });
  return html`<${FormDialog} title=${t('export.title', { what: t('export.' + what), form: form.toUpperCase() })} close=${close} send=${send}
    busy=${busy} ready=${Boolean(reason.trim())} sendText=${t('export.send')}>
    <p>${t('export.hint.' + what)}</p>${form === 'csv' && html`<p class="small muted">${t('export.hint.csv')}</p>`}
    ${days && html`<div class="columns"><${Field} label=${t('from')} type="date" value=${from} set=${setFrom} /><${Field} label=${t('till')}
      type="date" value=${till} set=${setTill} /></div>`}
    <${Box}><p>${t('export.logged')}</p></${Box}><${Reason} value=${reason} set=${setReason} maxlength=${REASON_MAX} />
    ${error && html`<${TroubleBox} error=${error} />`}</${FormDialog}>`;
}

/** What may be published is offered where it is shown: for one whole month that is over. */
function Exports({ values, published }) {
  const [open, setOpen] = useState(null);
  return html`<section class="panel stack no-print" aria-labelledby="exports"><h2 id="exports">${t('exports')}</h2><ul class="bare exports">
    ${EXPORTS.filter(([what, , right]) => allowed(right) && (what !== 'public' || published)).map(([what, forms, , by]) =>
    html`<li key=${what} class="row row-apart">
    <span class="grow"><strong>${t('export.' + what)}</strong><span class="table-sub">${t('export.hint.' + what)}</span></span>
    <span class="row">${forms.map((form) => html`<button type="button" class="button-small"
      aria-label=${t('export.button', { what: t('export.' + what), form: form.toUpperCase() })} onClick=${() => setOpen({ what, form, by })}>
      <${Icon} name="down" />${form.toUpperCase()}</button>`)}</span></li>`)}</ul>
    ${open && html`<${ExportDialog} ...${open} values=${values} close=${() => setOpen(null)} />`}</section>`;
}

export default function Rekap({ query }) {
  const codes = useCodes();
  const list = useLoad('/api/recap', { month: query.bulan, kel: query.kel });
  const data = list.data;
  const change = (name) => (value) => refine({ ...query, [name]: value });
  const shown = query.bulan ? month(query.bulan) : t('recap.all');
  return html`<${Page} title=${t('recap.title')} lead=${shown} actions=${data
    && html`<button type="button" onClick=${() => print()}><${Icon} name="print" />${t('print')}</button>`}>
    <div class="filters no-print" role="group" aria-label=${t('filters')}>
      <${Select} label=${t('month')} any=${t('recap.all')} value=${query.bulan || ''} set=${change('bulan')}
        options=${(data ? data.months : []).map((m) => [m, month(m)])} />
      <${Select} label=${t('kelurahan')} any=${t('any')} value=${query.kel || ''} set=${change('kel')}
        options=${codes.kelurahan.map((k) => [k.kode, k.nama])} /></div>
    ${list.error ? html`<${TroubleBox} error=${list.error} again=${list.reload} />` : !data ? html`<${Wait} />` : html`<div class="stack-wide">
      ${data.total === 0 ? html`<div class="table-wrap"><${Empty} icon="chart" title=${t('recap.none')} text=${t('recap.none.text')} /></div>`
        : html`${data.services.length > 0 && html`<${Services} data=${data} /><${ByKelurahan} data=${data} />`}
          ${data.public ? html`<${Public} table=${data.public} />`
            : html`<${Box} title=${t('recap.public')}><p>${t('recap.public.which')}</p></${Box}>`}`}
      <${Exports} values=${{ month: query.bulan, kel: query.kel }} published=${Boolean(data.public)} />
      ${(may('approve') || may('devices')) && html`<${Import} />`}</div>`}
  </${Page}>`;
}
