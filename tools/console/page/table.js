// page/table.js — lists as tables. A phone shows each line as a card; roles are named, since a table drawn as blocks would lose them for screen
// readers.
import { classes, html } from './html.js';
import { t } from './text.js';
import { Empty, TroubleBox, Wait } from './parts.js';

/** columns: [{ head, cell(row), num, first }]: `first` is what the line is called, its link. pick: { chosen: Set, toggle(key), all(keys) }. */
export function Table({ caption, columns, rows, rowKey, rowHref, pick, foot, plain }) {
  const keys = pick && rows.filter(pick.may || (() => true)).map(rowKey);
  const every = pick && keys.length > 0 && keys.every((k) => pick.chosen.has(k));
  const scrolls = plain ? { tabIndex: 0, role: 'region', 'aria-label': caption } : {}; // its columns stay columns on a phone
  return html`<div class="table-wrap" ...${scrolls}><table class=${plain ? undefined : 'cards'} role="table">
    <caption class="unseen">${caption}</caption>
    <thead role="rowgroup"><tr role="row">
      ${pick && html`<th scope="col" class="pick" role="columnheader"><input type="checkbox" aria-label=${t('pick.all')} checked=${every}
        onChange=${() => pick.all(every ? [] : keys)} /></th>`}
      ${columns.map((c) => html`<th scope="col" role="columnheader" class=${c.num ? 'table-num' : undefined}>${c.head}</th>`)}</tr></thead>
    <tbody role="rowgroup">${rows.map((row) => html`<${Line} key=${rowKey(row)}
      ...${{ row, columns, pick, id: rowKey(row), href: rowHref && rowHref(row) }} />`)}</tbody>
    ${foot && html`<tfoot role="rowgroup"><tr role="row">${foot.map((f, i) => (i === 0 ? html`<th scope="row" role="rowheader">${f}</th>`
      : html`<td role="cell" class=${classes(columns[i].num && 'table-num', f === '' && 'void')} data-label=${columns[i].head}><span>${f}</span>
      </td>`))}</tr></tfoot>`}
  </table></div>`;
}

function Line({ row, columns, pick, id, href }) {
  const chosen = pick && pick.chosen.has(id);
  const open = href && ((e) => {
    if (!e.target.closest('a, button, input, label, select') && !String(getSelection()))
      location.hash = href;
  });
  return html`<tr role="row" class=${classes(href && 'clickable', chosen && 'chosen', pick && 'has-pick')} onClick=${open}>
    ${pick && html`<td class="pick" role="cell">${(!pick.may || pick.may(row))
      && html`<input type="checkbox" aria-label=${t('pick.one', { name: pick.name(row) })} checked=${chosen} onChange=${() => pick.toggle(id)} />`}
      </td>`}
    ${columns.map((c) => {
      const value = c.cell(row);
      if (c.first)
        return html`<th scope="row" role="rowheader">${href ? html`<a href=${href}>${value}</a>` : value}${c.sub
          && html`<span class="table-sub">${c.sub(row)}</span>`}</th>`;
      const nothing = value === null || value === undefined || value === '';
      return html`<td role="cell" class=${classes(c.num && 'table-num', nothing && 'void')} data-label=${c.head}><span>
        ${nothing ? html`<span class="muted">${t('none')}</span>` : value}</span></td>`;
    })}</tr>`;
}

/** A list from the server, page by page: waiting, trouble, nothing, lines, more. */
export function List({ list, empty, ...table }) {
  if (list.error)
    return html`<${TroubleBox} error=${list.error} again=${list.reload} />`;
  if (!list.items)
    return html`<${Wait} />`;
  if (!list.items.length && !list.more)
    return html`<div class="table-wrap">${empty || html`<${Empty} title=${t('empty')} />`}</div>`;
  return html`<div aria-busy=${list.loading ? 'true' : undefined}>
    ${list.items.length ? html`<${Table} rows=${list.items} ...${table} />`
      : html`<div class="table-wrap"><${Empty} icon="search" title=${t('further')} text=${t('further.text')} /></div>`}
    ${list.moreError && html`<${TroubleBox} error=${list.moreError} again=${list.more} />`}
    ${list.more && html`<div class="table-more no-print"><button type="button" onClick=${list.more} disabled=${list.moreLoading}>
      ${list.moreLoading ? t('wait') : t('more')}</button></div>`}
    <p class="small muted unprinted" role="status">${list.total ? t('list.of', { n: list.items.length, total: list.total })
      : t('list.n', { n: list.items.length })}</p></div>`;
}
