// page/codes.js — words for codes and pick lists, fetched once a visit; and how a value of a row is shown.
import { html, useEffect } from './html.js';
import { get } from './api.js';
import { cell } from './state.js';
import { day, t, tOr } from './text.js';

const NOTHING = { kelurahan: [], status: [], lists: {}, columns: {} };
const codes = cell(null); // of this account: its kelurahan
const asked = cell(false);

export function useCodes() {
  const there = codes.use();
  useEffect(() => {
    if (asked.get())
      return;
    asked.set(true);
    get('/api/codes').then((c) => codes.set(c), () => asked.set(false));
  }, []);
  return there || NOTHING;
}

export const kelName = (all, kode) => {
  const found = all.kelurahan.find((k) => k.kode === kode);
  return found ? found.nama : kode;
};
export const listWord = (all, list, kode) => {
  const found = (all.lists[list] || []).find((c) => c.kode === kode);
  return found ? found.label : kode;
};

/** RT and RW, as far as they were written down. */
export const rtRw = (x) => [x.rt && t('rt', x), x.rw && t('rw', x)].filter(Boolean).join(' ');

/** What people call a table, and a column of it. A column that a newer schema adds shows its own name. */
export const tableWord = (tbl) => tOr('tbl.' + tbl, tbl);
export const columnWord = (column) => tOr('col.' + column, column);

const DATE = /^\d{4}-\d\d-\d\d$/;

/** The word of a code in a column that has a list, whichever table it is in; '' where there is none. */
function codeWord(column, value) {
  const all = codes.get();
  const list = all && Object.values(all.columns).map((c) => c[column]).find(Boolean);
  if (list === 'alur_status')
    return (all.status.find((s) => s.kode === value) || { label: '' }).label;
  const found = list && (all.lists[list] || []).find((c) => c.kode === String(value));
  return found ? found.label : '';
}

/** A value of a row as text: a code with its word, a key that names another row with that row's name. */
export function valueText(value, column, from = {}) {
  if (value === null || value === undefined || value === '')
    return '';
  if (typeof value === 'object' && value.blob !== undefined)
    return (from.names && from.names[value.blob]) || value.blob.slice(0, 8) + '…';
  const label = (from.labels && from.labels[column] && from.labels[column][value]) || codeWord(column, value);
  if (label)
    return label;
  return DATE.test(value) ? day(value) : String(value);
}

export function Value({ value, column, from }) {
  const text = valueText(value, column, from);
  return text === '' ? html`<span class="muted">${t('none.filled')}</span>` : html`<span>${text}</span>`;
}

/** Rows as they may be shown in full: without their own key. */
export const columnsOf = (row) => Object.keys(row || {}).filter((c) => c !== 'id');
