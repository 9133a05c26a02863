// page/pages/tahan.js — a row that is kept whole but not shown, because the table would break a rule: why, against what, and the ways out.
import { html, useState } from '../html.js';
import { Field, Reason, useSend } from '../form.js';
import { Icon } from '../icon.js';
import { Box, Page, TroubleBox, Wait } from '../parts.js';
import { Refused } from '../results.js';
import { Table } from '../table.js';
import { useLoad } from '../load.js';
import { useKeys } from '../keys.js';
import { useQueue } from '../queue.js';
import { path, post } from '../api.js';
import { columnWord, columnsOf, tableWord, useCodes, Value } from '../codes.js';
import { equal } from '../decide.js';
import { awaitCentral, may, notify } from '../state.js';
import { moment, said, t } from '../text.js';
import { to } from '../router.js';

/** The row, beside the one that has what it claims. */
function Rows({ data }) {
  const both = Boolean(data.against_row);
  const names = [...new Set([...columnsOf(data.row), ...columnsOf(data.against_row)])].filter((c) => data.row[c] !== null
    || (both && data.against_row[c] !== null));
  const value = (row) => (c) => html`<${Value} value=${data[row][c]} column=${c} from=${data} />`;
  const columns = [{ head: t('twins.field'), first: true, cell: columnWord }, { head: t('held.row'), cell: value('row') }];
  if (both)
    columns.push({ head: t('held.against.row', { title: data.against.title }),
      cell: (c) => (equal(data.row[c], data.against_row[c]) ? html`<span class="muted">${t('twins.same')}</span>` : value('against_row')(c)) });
  return html`<${Table} plain caption=${t('held.compare')} columns=${columns} rows=${names} rowKey=${(c) => c} />`;
}

/** The schema's rule that a person has one open application of a kind: kept as a suspected duplicate, a second one breaks it no more. */
const ONE_OPEN = 'satu_permohonan_terbuka';

/** Where the row that stands against it is looked at; null: nowhere here. */
function otherOf({ space, tbl, key, against }) {
  if (!against || (against.tbl !== 'permohonan' && !(against.tbl === 'orang' && tbl === 'orang')))
    return null;
  return against.tbl === 'permohonan' ? to(['permohonan', space, against.key]) : to(['rekonsiliasi', 'ganda', space, tbl, key, against.key]);
}

/** Ways out: drop the row, or give one of its columns another value. */
function Ways({ data, done, changed }) {
  const [way, setWay] = useState('');
  const [column, setColumn] = useState('');
  const [value, setValue] = useState('');
  const [reason, setReason] = useState('');
  const [wrong, setWrong] = useState('');
  const [refused, setRefused] = useState(null);
  const texts = columnsOf(data.row).filter((c) => data.row[c] === null || typeof data.row[c] !== 'object');
  const [send, busy, error] = useSend(async () => {
    const item = { space: data.space, tbl: data.tbl, key: data.key, seen: data.seen };
    const answer = await post('/api/decisions', { reason, items: [way === 'drop' ? { ...item, drop: true }
      : { ...item, set: way === 'twin' ? { status: 'DUGAAN_GANDA' } : { [column]: value === '' ? null : value }, hide: [] }] });
    const result = answer.items[0];
    if (result.result === 'changed')
      return changed();
    if (result.result !== 'ok')
      return setRefused(result);
    awaitCentral(data.space, data.tbl, data.key, result.n);
    notify(t('decide.done', { title: data.title || tableWord(data.tbl) }));
    return done();
  });
  const submit = () => {
    const ready = way === 'drop' || way === 'twin' || (way === 'set' && column);
    setWrong(!ready ? t('decide.choose') : !reason.trim() ? t('reason.needed') : '');
    if (ready && reason.trim())
      send();
  };
  useKeys({ 'ctrl+Enter': submit });
  const other = otherOf(data);
  const option = (name, text, hint) => html`<label class="check check-card"><input type="radio" name="way" checked=${way === name}
    onChange=${() => setWay(name)} /><span>${text}<span class="table-sub">${hint}</span></span></label>`;
  return html`<section class="panel stack decide" aria-labelledby="decide"><h2 id="decide">${t('held.ways')}</h2>
    <fieldset class="stack-tight"><legend class="unseen">${t('held.ways')}</legend>
      ${other && html`<p><a href=${other}><${Icon} name="link" /> ${t('held.open.other', { title: data.against.title })}</a></p>`}
      ${data.reason.includes(ONE_OPEN) && option('twin', t('held.twin'), t('held.twin.hint'))}
      ${option('set', t('held.set'), t('held.set.hint'))}
      ${way === 'set' && html`<div class="columns"><${Field} as="select" label=${t('return.field')} value=${column}
        set=${(c) => { setColumn(c); setValue(data.row[c] === null ? '' : String(data.row[c])); }}>
        <option value="">${t('choose')}</option>${texts.map((c) => html`<option value=${c} selected=${c === column}>${columnWord(c)}</option>`)}
          </${Field}><${Field} label=${t('held.value')} value=${value} set=${setValue} /></div>`}
      ${option('drop', t('held.drop'), t('held.drop.hint'))}</fieldset>
    <${Reason} value=${reason} set=${(v) => { setReason(v); setWrong(''); }} wrong=${wrong} />
    ${refused && html`<${Refused} result=${refused} />`}
    ${error && html`<${TroubleBox} error=${error} />`}
    <button type="button" class="button-main" disabled=${busy} onClick=${submit}>${busy ? t('sending') : t('decide.send')} <kbd>Ctrl ⏎</kbd></button>
      </section>`;
}

export function Tahan({ space, tbl, rowKey }) {
  useCodes(); // words for codes are drawn when they are there
  const list = useLoad(path('held', space, tbl, rowKey));
  const queue = useQueue();
  const [changed, setChanged] = useState(false);
  const data = list.data;
  const go = (where) => where && (() => { location.hash = where; });
  useKeys({ j: go(queue.next), k: go(queue.before) });
  return html`<${Page} title=${data ? data.title || tableWord(tbl) : t('reconcile.tahan')}
    crumbs=${{ href: to('rekonsiliasi', { jenis: 'tahan' }), text: t('reconcile.tahan') }}
    lead=${data && t('held.lead', { tbl: tableWord(tbl), label: data.label, when: moment(data.since_ms) })}
    actions=${queue.next && html`<a class="button button-small" href=${queue.next}>${t('next')} <kbd>J</kbd></a>`}>
    ${list.error ? html`<${TroubleBox} error=${list.error} again=${list.reload} />` : !data ? html`<${Wait} />` : html`<div class="stack">
      ${changed && html`<${Box} kind="warn" title=${t('conflict.changed')} alert><p>${t('conflict.changed.text')}</p></${Box}>`}
      <${Box} kind="warn" title=${t('held.because', { reason: said(data, 'reason') })}><p>${t('held.safe')}</p><p class="small mono">${data.reason}
        </p></${Box}>
      <${Rows} data=${data} />
      ${may('decide') && html`<${Ways} data=${data} done=${() => (queue.next ? go(queue.next)()
        : (location.hash = to('rekonsiliasi', { jenis: 'tahan' })))} changed=${() => { setChanged(true); list.reload(); }} />`}</div>`}
  </${Page}>`;
}
