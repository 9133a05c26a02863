// page/pages/pindahan.js — what making two rows one moves, or parting them again: one line for each thing.
import { html } from '../html.js';
import { Table } from '../table.js';
import { columnWord, tableWord, valueText } from '../codes.js';
import { said, t } from '../text.js';

function what(m, data) {
  if (m.kind === 'held') return html`${said(m, 'reason')}<span class="table-sub mono">${m.value}</span>`;
  if (!m.column) return null;
  if (m.kind !== 'left') return html`${columnWord(m.column)}: ${valueText(m.value, m.column, data)}`;
  return html`${columnWord(m.column)}: ${valueText(m.before, m.column, data)}
    <span class="table-sub">${t('move.left.other', { value: valueText(m.value, m.column, data) })}</span>`;
}

export function Moves({ moves, data }) {
  const columns = [
    { head: t('move.kind'), first: true, cell: (m) => t('move.' + m.kind) },
    { head: t('row'), cell: (m) => html`${m.title || tableWord(m.tbl)}<span class="table-sub">${tableWord(m.tbl)}</span>` },
    { head: t('move.what'), cell: (m) => what(m, data) },
  ];
  return html`<${Table} caption=${t('moves')} columns=${columns} rows=${moves} rowKey=${(m) => m.kind + m.tbl + m.key + m.column} />`;
}
