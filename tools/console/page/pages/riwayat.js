// page/pages/riwayat.js — every write to an application, with who signed it and how far its time can be believed. Dear to find: read when asked for.
import { html, useState } from '../html.js';
import { Icon } from '../icon.js';
import { Table } from '../table.js';
import { Chip, TroubleBox, Trust, Wait, When } from '../parts.js';
import { useLoad } from '../load.js';
import { path } from '../api.js';
import { columnWord, tableWord, useCodes, valueText } from '../codes.js';
import { may, now } from '../state.js';
import { moment, span, t } from '../text.js';
import { StatusDialog } from './status.js';

const OPS = { I: 'history.insert', U: 'history.update', D: 'history.delete' };

function Write({ w, from }) {
  return html`<li><div class="row row-apart"><strong>${t(OPS[w.op] || 'history.update', { tbl: tableWord(w.tbl) })}${w.title ? `: ${w.title}` : ''}
      </strong>
      <span class="row">${w.signed ? html`<${Chip} kind="ok" icon="ok">${t('history.signed')}</${Chip}>`
        : html`<${Chip} kind="warn" icon="warn">${t('history.unsigned')}</${Chip}>`}
        ${w.received ? html`<${Chip} kind="ok" icon="inbox">${t('history.received')}</${Chip}>`
          : html`<${Chip} icon="clock">${t('history.waits')}</${Chip}>`}</span></div>
    <p class="small muted">${w.label} · <${When} ms=${w.claimed_ms} claimed />
      ${w.segment ? ' · ' + t('history.segment', { n: String(w.segment) }) : ''}</p>
    <${Trust} trust=${w.trust} from=${w.not_before_ms} till=${w.not_after_ms} />
    ${w.columns.length > 0 && html`<ul class="bare">${w.columns.map((c) => html`<li>
      ${columnWord(c.column)}: ${c.before !== null && c.before !== undefined ? html`<del>${valueText(c.before, c.column, from)}</del> → ` : ''}
      <ins>${valueText(c.value, c.column, from) || t('none.filled')}</ins></li>`)}</ul>`}
    ${w.note && html`<p>${t('note.given', { note: w.note })}</p>`}</li>`;
}

/** The steps that it has taken: when, by whom, and how long it stayed, by the clocks of those who wrote. */
function steps(items) {
  const taken = items.flatMap((w) => w.columns.filter((c) => w.tbl === 'permohonan'
    && c.column === 'status').map((c) => ({ ...w, status: c.value })));
  return taken.sort((a, b) => a.claimed_ms - b.claimed_ms).map((s, i, all) => ({ ...s, till_ms: i + 1 < all.length ? all[i + 1].claimed_ms
    : now() }));
}

/** The status that the last step led away from; '' where there was none, or where it stands is not what that step wrote. */
export function before(items, status) {
  const taken = steps(items);
  const [last, back] = [taken[taken.length - 1], taken[taken.length - 2]];
  return last && back && last.status === status && back.status !== status ? back.status : '';
}

function Steps({ items, from, codes }) {
  const label = (status) => (codes.status.find((s) => s.kode === status) || { label: valueText(status, 'status', from) }).label;
  const columns = [
    { head: t('status'), first: true, cell: (s) => label(s.status) },
    { head: t('since'), cell: (s) => moment(s.claimed_ms) }, { head: t('steps.by'), cell: (s) => s.label },
    { head: t('steps.stay'), num: true, cell: (s) => span((s.till_ms - s.claimed_ms) / 3600e3) },
  ];
  return html`<h3>${t('steps')}</h3><${Table} caption=${t('steps')} columns=${columns} rows=${steps(items)}
    rowKey=${(s) => s.claimed_ms + s.status} />`;
}

/** A step that was wrong is taken back by a step to where it came from: the policy says who may. */
function TakeBack({ items, item, codes, done }) {
  const [open, setOpen] = useState(false);
  const to = before(items, item.status);
  if (!to || !may('decide'))
    return null;
  const label = (codes.status.find((s) => s.kode === to) || { label: to }).label;
  return html`<div class="row no-print"><button type="button" onClick=${() => setOpen(true)}>${t('steps.back', { to: label })}</button></div>
    ${open && html`<${StatusDialog} items=${[item]} codes=${codes} steps=${[{ to, label }]} close=${(sent) => { setOpen(false); if (sent) done(); }}
      />`}`;
}

export function History({ space, id, from, item, done }) {
  const codes = useCodes();
  const [wanted, want] = useState(false);
  const list = useLoad(wanted ? path('applications', space, id, 'history') : null);
  return html`<section class="panel stack" aria-labelledby="history"><div class="row row-apart"><h2 id="history">${t('history')}</h2>
    ${!wanted && html`<button type="button" class="no-print" onClick=${() => want(true)}><${Icon} name="shield" />${t('history.read')}</button>`}
      </div>
    ${!wanted ? html`<p class="muted">${t('history.hint')}</p>` : list.error ? html`<${TroubleBox} error=${list.error} again=${list.reload} />`
      : !list.data ? html`<${Wait} text=${t('history.reading')} />`
      : html`<${Steps} items=${list.data.items} from=${from} codes=${codes} />
        <${TakeBack} items=${list.data.items} item=${item} codes=${codes} done=${done} />
        <h3>${t('steps.writes')}</h3><ol class="history bare">
        ${[...list.data.items].sort((x, y) => x.claimed_ms - y.claimed_ms).map((w) => html`<${Write} w=${w} from=${from} />`)}</ol>`}</section>`;
}
