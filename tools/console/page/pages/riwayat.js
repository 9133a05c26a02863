// page/pages/riwayat.js — every write to an application, with who signed it and how far its time can be believed. Dear to find: read when asked for.
import { html, useState } from '../html.js';
import { Icon } from '../icon.js';
import { Chip, TroubleBox, Trust, Wait, When } from '../parts.js';
import { useLoad } from '../load.js';
import { path } from '../api.js';
import { columnWord, tableWord, valueText } from '../codes.js';
import { t } from '../text.js';

const OPS = { I: 'history.insert', U: 'history.update', D: 'history.delete' };

function Write({ w, from }) {
  return html`<li><div class="row row-apart"><strong>${t(OPS[w.op] || 'history.update', { tbl: tableWord(w.tbl) })}</strong>
      <span class="row">${w.signed ? html`<${Chip} kind="ok" icon="ok">${t('history.signed')}</${Chip}>` : html`<${Chip} kind="warn" icon="warn">${t('history.unsigned')}</${Chip}>`}
        ${w.received ? html`<${Chip} kind="ok" icon="inbox">${t('history.received')}</${Chip}>` : html`<${Chip} icon="clock">${t('history.waits')}</${Chip}>`}</span></div>
    <p class="small muted">${w.label} (${w.roles}) · <${When} ms=${w.claimed_ms} claimed /> · ${t('history.segment', { n: String(w.segment) })} · <span class="mono">${(w.commit || '').slice(0, 10)}</span></p>
    <${Trust} trust=${w.trust} from=${w.not_before_ms} till=${w.not_after_ms} />
    ${w.columns.length > 0 && html`<ul class="bare">${w.columns.map((c) => html`<li>${columnWord(c.column)}: ${c.before !== null && c.before !== undefined ? html`<del>${valueText(c.before, c.column, from)}</del> → ` : ''}
      <ins>${valueText(c.value, c.column, from) || t('none.filled')}</ins></li>`)}</ul>`}
    ${w.note && html`<p>${t('note.given', { note: w.note })}</p>`}</li>`;
}

export function History({ space, id, from }) {
  const [wanted, want] = useState(false);
  const list = useLoad(wanted ? path('applications', space, id, 'history') : null);
  return html`<section class="panel stack" aria-labelledby="history"><div class="row row-apart"><h2 id="history">${t('history')}</h2>
    ${!wanted && html`<button type="button" class="no-print" onClick=${() => want(true)}><${Icon} name="shield" />${t('history.read')}</button>`}</div>
    ${!wanted ? html`<p class="muted">${t('history.hint')}</p>` : list.error ? html`<${TroubleBox} error=${list.error} again=${list.reload} />` : !list.data ? html`<${Wait} text=${t('history.reading')} />`
      : html`<ol class="history bare">${list.data.items.map((w) => html`<${Write} w=${w} from=${from} />`)}</ol>`}</section>`;
}
