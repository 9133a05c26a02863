// page/pages/wilayah.js — where we were and where not: a tile for each RT, the same as a table, who was reached, and outreach.
import { html, useState } from '../html.js';
import { Field } from '../form.js';
import { Icon } from '../icon.js';
import { Chip, Empty, Facts, Page, TroubleBox, Wait } from '../parts.js';
import { Table } from '../table.js';
import { Bars } from '../chart.js';
import { Legend, Tiles } from '../tile.js';
import { useLoad } from '../load.js';
import { path } from '../api.js';
import { rtRw } from '../codes.js';
import { day, number, t, tOr } from '../text.js';
import { refine, to } from '../router.js';

const GAP_DAYS = 90;
const bands = (ages) => ages.map((a) => ({ name: a.band, n: a.n }));
/** A count that may be left out, for who is not of the office. */
const counted = (n) => (n === null ? html`<span class="muted">${t('withheld')}</span>` : number(n));
const words = (list) => list.map((d) => ({ name: tOr('disability.' + d.kode, d.label), n: d.n }));

/** The ages, or disabilities, of several kelurahan together. null stays null, of all or of one: a sum with a hidden part would tell it. */
function together(kelurahan, member, key) {
  if (kelurahan.some((k) => k[member] === null))
    return null;
  const sums = new Map();
  kelurahan.forEach((k) => k[member].forEach((x) => {
    const before = sums.get(x[key]);
    sums.set(x[key], { ...x, n: before && before.n === null ? null : x.n === null ? null : (before ? before.n : 0) + x.n });
  }));
  return [...sums.values()];
}

function Reached({ ages, disability }) {
  return html`<section class="panel stack" aria-labelledby="reached"><h2 id="reached">${t('reached')}</h2><div class="columns columns-wide">
    ${ages && ages.length > 0 ? html`<${Bars} caption=${t('ages')} items=${bands(ages)} unit=${t('persons')} />`
      : html`<p class="muted">${t(ages ? 'reached.none' : 'reached.hidden')}</p>`}
    ${disability.length > 0 && html`<${Bars} caption=${t('disabilities')} items=${words(disability)} unit=${t('persons')} />`}</div></section>`;
}

/** Has anything of it been written down? */
const known = (k) => k.households > 0 || k.applications > 0 || k.visits > 0 || k.rounds > 0 || k.rts.length > 0;

function Blocks({ data }) {
  const kecamatan = new Map();
  data.kelurahan.forEach((k) => {
    if (!kecamatan.has(k.kecamatan))
      kecamatan.set(k.kecamatan, { name: k.kecamatan_nama || k.kecamatan, list: [] });
    kecamatan.get(k.kecamatan).list.push(k);
  });
  return html`<section class="panel stack" aria-labelledby="map"><div class="row row-apart"><h2 id="map">${t('map')}</h2><${Legend}
    days=${data.gap_days} /></div>
    ${[...kecamatan].map(([code, c]) => html`<div key=${code} class="stack-tight"><h3>${t('kecamatan', { name: c.name })}</h3>
      ${c.list.some(known) && html`<ul class="blocks bare">${c.list.filter(known).map((k) => html`<li key=${k.kode} class="block">
        <a href=${to(['wilayah', k.kode])}>${k.nama}</a><span class="table-sub">
          ${k.rts.length ? t('block.rts', { n: k.rts.length, gaps: k.rts.filter((x) => x.gap).length }) : t('block.none')}</span>
        ${k.rts.length > 0 && html`<${Tiles} rts=${k.rts} name=${k.nama} />`}</li>`)}</ul>`}
      ${!c.list.every(known) && html`<p class="small muted">${t('block.empty',
        { list: c.list.filter((k) => !known(k)).map((k) => k.nama).join(', ') })}</p>`}
      </div>`)}</section>`;
}

function Gap({ query }) {
  return html`<div class="filters"><${Field} label=${t('gap.days')} type="number" min="1" max="3650" value=${query.hari || GAP_DAYS}
    set=${(v) => refine({ ...query, hari: v === String(GAP_DAYS) ? '' : v })} /></div>`;
}

function Regions({ query }) {
  const [all, setAll] = useState(false);
  const list = useLoad('/api/regions', { gap: query.hari });
  const data = list.data;
  const columns = [
    { head: t('kelurahan'), first: true, cell: (k) => k.nama, sub: (k) => k.kecamatan_nama },
    { head: t('households'), num: true, cell: (k) => counted(k.households) },
    { head: t('persons'), num: true, cell: (k) => counted(k.persons) },
    { head: t('nav.permohonan'), num: true, cell: (k) => counted(k.applications) },
    { head: t('visits'), num: true, cell: (k) => number(k.visits) },
    { head: t('last.visit'), cell: (k) => (k.last_visit ? day(k.last_visit) : null) },
    { head: t('gap.rts'), num: true, cell: (k) => (k.rt_gap ? html`<${Chip} kind="warn" icon="warn">${t('gap.of', { n: k.rt_gap, of: k.rt })}
      </${Chip}>` : k.rt ? t('gap.of', { n: 0, of: k.rt }) : null) },
    { head: t('outreach'), cell: (k) => (k.rounds ? html`${t('outreach.rounds', { n: k.rounds, attended: k.attended })}<span class="table-sub">
      ${day(k.last_outreach)}</span>` : null) },
  ];
  const rows = data && (all || !data.kelurahan.some(known) ? data.kelurahan : data.kelurahan.filter(known));
  return html`<${Page} title=${t('regions.title')} lead=${t('regions.lead')} actions=${data
    && html`<button type="button" onClick=${() => print()}><${Icon} name="print" />${t('print')}</button>`}>
    ${list.error ? html`<${TroubleBox} error=${list.error} again=${list.reload} />` : !data ? html`<${Wait} />` : data.kelurahan.length === 0
      ? html`<div class="table-wrap"><${Empty} icon="map" title=${t('regions.none')} text=${t('regions.none.text')} /></div>`
      : html`<div class="stack">
      <${Gap} query=${query} /><${Blocks} data=${data} />
      <section class="stack" aria-labelledby="table"><h2 id="table">${t('regions.table')}</h2><${Table} caption=${t('regions.table')}
        columns=${columns} rows=${rows} rowKey=${(k) => k.kode} rowHref=${(k) => to(['wilayah', k.kode])} />
        ${rows.length < data.kelurahan.length && html`<p class="no-print"><button type="button" class="button-small" onClick=${() => setAll(true)}>
          ${t('regions.all', { n: data.kelurahan.length - rows.length })}</button></p>`}</section>
      <${Reached} ages=${together(data.kelurahan, 'ages', 'band')} disability=${together(data.kelurahan, 'disability', 'kode')} /></div>`}
  </${Page}>`;
}

function Region({ kel, query }) {
  const list = useLoad(path('regions', kel), { gap: query.hari });
  const data = list.data;
  const rts = [
    { head: t('rt.rw.name'), first: true, cell: (x) => html`<span class="nowrap">${rtRw(x) || t('tile.unknown')}</span>` },
    { head: t('households'), num: true, cell: (x) => counted(x.households) }, { head: t('persons'), num: true, cell: (x) => counted(x.persons) },
    { head: t('nav.permohonan'), num: true, cell: (x) => counted(x.applications) }, { head: t('visits'), num: true, cell: (x) => number(x.visits) },
    { head: t('last.visit'), cell: (x) => (x.last_visit ? html`${day(x.last_visit)}<span class="table-sub">${t('days.ago', { n: x.days_since_visit })}
      </span>` : t('ago.never')) },
    { head: t('gap'), cell: (x) => (x.gap ? html`<${Chip} kind="warn" icon="warn">${t('gap.yes')}</${Chip}>`
      : html`<${Chip} kind="ok" icon="ok">${t('gap.no')}</${Chip}>`) },
    { head: t('last.outreach'), cell: (x) => (x.last_outreach ? day(x.last_outreach) : null) },
  ];
  const outreach = [
    { head: t('date'), first: true, cell: (o) => day(o.tanggal), sub: (o) => o.putaran && t('outreach.round', { n: o.putaran }) },
    { head: t('place'), cell: (o) => html`${o.tempat}${o.rw && html`<span class="table-sub">${rtRw(o)}</span>`}` },
    { head: t('outreach.topic'), cell: (o) => o.topik }, { head: t('outreach.whom'), cell: (o) => o.sasaran },
    { head: t('outreach.attended'), num: true, cell: (o) => o.jumlah_hadir }, { head: t('col.petugas'), cell: (o) => o.petugas },
  ];
  return html`<${Page} title=${data ? data.nama : t('kelurahan')} lead=${data && data.kode} crumbs=${{ href: to('wilayah'), text: t('nav.wilayah') }}
    actions=${data && html`<button type="button" onClick=${() => print()}><${Icon} name="print" />${t('print')}</button>`}>
    ${list.error ? html`<${TroubleBox} error=${list.error} again=${list.reload} />` : !data ? html`<${Wait} />`
      : html`<div class="stack"><${Gap} query=${query} />
      <section class="panel stack" aria-labelledby="map"><div class="row row-apart"><h2 id="map">${t('map')}</h2><${Legend} days=${data.gap_days} />
        </div>${data.rt.length ? html`<${Tiles} rts=${data.rt} name=${data.nama} />` : html`<p class="muted">${t('block.none')}</p>`}</section>
      <section class="stack" aria-labelledby="rts"><h2 id="rts">${t('rts')}</h2><${Table} caption=${t('rts')} columns=${rts} rows=${data.rt}
        rowKey=${(x) => x.rw + '/' + x.rt} /></section>
      <${Reached} ages=${data.ages} disability=${data.disability} />
      <section class="stack" aria-labelledby="outreach"><h2 id="outreach">${t('outreach')}</h2>
        ${data.outreach.length ? html`<${Table} caption=${t('outreach')} columns=${outreach} rows=${data.outreach}
        rowKey=${(o) => o.tanggal + o.tempat} />` : html`<div class="table-wrap"><${Empty} icon="person" title=${t('outreach.none')}
        text=${t('outreach.none.text')} /></div>`}</section>
      ${data.results.length > 0 && html`<section class="panel stack" aria-labelledby="results"><h2 id="results">${t('visit.results')}</h2><${Facts}
        of=${data.results.map((r) => [r.label, number(r.n)])} /></section>`}</div>`}
  </${Page}>`;
}

export default function Wilayah({ parts, query }) {
  return parts.length === 1 ? html`<${Region} kel=${parts[0]} query=${query} />` : html`<${Regions} query=${query} />`;
}
