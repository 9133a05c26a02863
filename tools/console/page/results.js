// page/results.js — what became of each of several rows: a decision on many is many decisions, and one that failed does not hide among those that
// went.
import { html } from './html.js';
import { Chip } from './parts.js';
import { Table } from './table.js';
import { said, t } from './text.js';

const KINDS = { ok: ['ok', 'ok'], changed: ['warn', 'warn'], denied: ['bad', 'bad'], failed: ['bad', 'warn'] };

export const ResultChip = ({ result }) => html`<${Chip} kind=${KINDS[result][0]} icon=${KINDS[result][1]}>${t('result.' + result)}</${Chip}>`;

/** names[i]: what item i is called. */
export function Results({ items, names }) {
  const columns = [
    { head: t('row'), first: true, cell: (r) => names[r.i] },
    { head: t('result'), cell: (r) => html`<${ResultChip} result=${r.result} />` },
    { head: t('result.text'), cell: (r) => said(r, 'text') },
  ];
  const done = items.filter((r) => r.result === 'ok').length;
  return html`<div class="stack-tight" role="status"><p><strong>${t('results.n', { done, n: items.length })}</strong></p>
    <${Table} caption=${t('results')} columns=${columns} rows=${items} rowKey=${(r) => r.i} /></div>`;
}
