// page/results.js — what became of each of several rows: a decision on many is many decisions, and one that failed does not hide among those that
// went.
import { html } from './html.js';
import { post } from './api.js';
import { Box, Chip, troubleWords } from './parts.js';
import { Table } from './table.js';
import { said, t } from './text.js';

const KINDS = { ok: ['ok', 'ok'], changed: ['warn', 'warn'], denied: ['bad', 'bad'], failed: ['bad', 'warn'], unsure: ['warn', 'warn'] };

export const ResultChip = ({ result }) => html`<${Chip} kind=${KINDS[result][0]} icon=${KINDS[result][1]}>${t('result.' + result)}</${Chip}>`;

/** One act that did not go through: what became of it, and that all of what was typed is still here. */
export const Refused = ({ result }) => html`<${Box} kind=${KINDS[result.result][0]} title=${t('result.' + result.result)} alert>
  <p>${said(result, 'text')}</p><p>${t('result.kept')}</p></${Box}>`;

const ITEMS_MAX = 100; // the server's, a request

/** Many acts: by as many requests as it takes. One that goes wrong ends it: what went before it stands and is told, and the rest was not sent. */
export async function postMany(where, body) {
  const results = [];
  for (let at = 0; at < body.items.length; at += ITEMS_MAX) {
    const items = body.items.slice(at, at + ITEMS_MAX);
    try {
      results.push(...(await post(where, { ...body, items })).items.map((r) => ({ ...r, i: r.i + at })));
    } catch (e) {
      if (!at)
        throw e;
      const { text } = troubleWords(e), rest = t('results.unsent');
      return [...results, ...body.items.slice(at).map((x, i) => (i < items.length
        ? { i: at + i, result: e.code === 'UNSURE' ? 'unsure' : 'failed', text_id: text, text_en: text }
        : { i: at + i, result: 'failed', text_id: rest, text_en: rest }))];
    }
  }
  return results;
}

/** names[i]: what item i is called. */
export function Results({ items, names }) {
  const columns = [
    { head: t('row'), first: true, cell: (r) => names[r.i] },
    { head: t('result'), cell: (r) => html`<${ResultChip} result=${r.result} />` },
    { head: t('result.text'), cell: (r) => said(r, 'text') },
  ];
  const done = items.filter((r) => r.result === 'ok').length;
  return html`<div class="stack-tight" role="status"><p><strong>${t('results.n', { done, n: items.length })}</strong></p>
    <${Table} caption=${t('results')} columns=${columns} rows=${items} rowKey=${(r) => r.i} />
    ${items.some((r) => r.result === 'unsure') && html`<${Box} kind="warn"><p>${t('trouble.UNSURE.todo')}</p></${Box}>`}
    ${items.some((r) => r.result !== 'ok' && r.result !== 'unsure') && html`<p>${t('results.rest')}</p>`}</div>`;
}
