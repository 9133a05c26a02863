// page/pages/ganda.js — are these two one person? Side by side, what would move is shown before anything is done, and it can be parted again.
import { html, useState } from '../html.js';
import { Dialog } from '../dialog.js';
import { Reason, useSend } from '../form.js';
import { Box, Chip, Page, TroubleBox, Wait } from '../parts.js';
import { Refused } from '../results.js';
import { Table } from '../table.js';
import { useLoad } from '../load.js';
import { useKeys } from '../keys.js';
import { useQueue } from '../queue.js';
import { path, post } from '../api.js';
import { columnWord, columnsOf, useCodes, Value } from '../codes.js';
import { equal } from '../decide.js';
import { awaitCentral, may, notify } from '../state.js';
import { said, t } from '../text.js';
import { to } from '../router.js';
import { Moves } from './pindahan.js';
import { Part } from './tarik.js';

const empty = (v) => v === null || v === undefined || v === '';

/** Both rows by column; what differs first. */
function Compare({ data, keep, setKeep }) {
  const columns = [...new Set([...columnsOf(data.row_a), ...columnsOf(data.row_b)])].filter((c) => !empty(data.row_a[c]) || !empty(data.row_b[c]));
  const kind = (c) => (equal(data.row_a[c], data.row_b[c]) ? 2 : empty(data.row_a[c]) || empty(data.row_b[c]) ? 1 : 0);
  const lines = columns.map((c) => ({ c, kind: kind(c) })).sort((x, y) => x.kind - y.kind);
  const marks = [['warn', 'bad', 'twins.differs'], ['', 'half', 'twins.one'], ['ok', 'ok', 'twins.same']];
  const head = (which, row) => html`${may('approve') || may('devices')
    ? html`<label class="check"><input type="radio" name="keep" checked=${keep === which} onChange=${() => setKeep(which)} /><span>
    ${t('twins.keep', { title: row.title })}</span></label>` : row.title}`;
  const value = (row) => (x) => html`<${Value} value=${data[row][x.c]} column=${x.c} from=${data} />`;
  return html`<${Table} plain caption=${t('twins.compare')} rows=${lines} rowKey=${(x) => x.c} columns=${[
    { head: t('twins.field'), first: true, cell: (x) => columnWord(x.c) },
    { head: head('a', data.a), cell: value('row_a') }, { head: head('b', data.b), cell: value('row_b') },
    { head: t('twins.alike'), cell: (x) => html`<${Chip} kind=${marks[x.kind][0]} icon=${marks[x.kind][1]}>${t(marks[x.kind][2])}</${Chip}>` }]} />
    <p class="small muted">${t('twins.applications', { a: data.applications_a, b: data.applications_b })}</p>`;
}

/** First what would be done; then, on another press, it is done. */
function UniteDialog({ data, keep, reason, close, done }) {
  const [moves, setMoves] = useState(null);
  const body = { space: data.space, tbl: data.tbl, keep: data[keep].key, gone: data[keep === 'a' ? 'b' : 'a'].key, reason };
  const [look, , lookError] = useSend(async () => setMoves((await post('/api/twins/unite', { ...body, look: true })).moves));
  const [send, busy, error] = useSend(async () => {
    const answer = await post('/api/twins/unite', { ...body, look: false });
    awaitCentral(data.space, data.tbl, body.gone, answer.n);
    notify(t('unite.done', { title: data[keep].title }), 'ok', { href: location.hash, text: t('notice.back') });
    done();
  });
  useState(() => { look(); });
  return html`<${Dialog} title=${t('unite.title')} close=${close} wide><div class="stack"><p>
    ${t('unite.text', { keep: data[keep].title, gone: data[keep === 'a' ? 'b' : 'a'].title })}</p>
    ${lookError ? html`<${TroubleBox} error=${lookError} />` : !moves ? html`<${Wait} text=${t('unite.looking')} />`
      : html`<${Moves} moves=${moves} data=${data} />`}
    <${Box} title=${t('unite.back')}><p>${t('unite.back.text')}</p></${Box}>
    ${error && html`<${TroubleBox} error=${error} />`}
    <div class="dialog-foot row row-end"><button type="button" onClick=${close}>${t('cancel')}</button>
      <button type="button" class="button-main" disabled=${busy || !moves} onClick=${() => send()}>${busy ? t('sending') : t('unite.send')}</button>
        </div></div></${Dialog}>`;
}

function Decide({ data, keep, done }) {
  const [reason, setReason] = useState('');
  const [wrong, setWrong] = useState('');
  const [uniting, setUniting] = useState(false);
  const [refused, setRefused] = useState(null);
  const [two, busy, error] = useSend(async () => {
    const answer = await post('/api/twins/two', { space: data.space, a: data.a.key, b: data.b.key, reason });
    const result = answer.items[0];
    setRefused(result.result === 'ok' ? null : result);
    if (result.result !== 'ok')
      return;
    awaitCentral(data.space, data.tbl, data.b.key, result.n);
    notify(t('twins.two.done'));
    done();
  });
  const withReason = (f) => () => (reason.trim() ? f() : setWrong(t('reason.needed')));
  const person = data.tbl === 'orang';
  const unites = may('approve') || may('devices');
  const unite = withReason(() => setUniting(true));
  useKeys({ 'ctrl+Enter': () => unites && unite() });
  return html`<section class="panel stack decide" aria-labelledby="decide"><h2 id="decide">${t('twins.decide')}</h2>
    ${!person && html`<${Box}><p>${t('twins.household')}</p></${Box}>`}
    <${Reason} value=${reason} set=${(v) => { setReason(v); setWrong(''); }} wrong=${wrong} suggestions=${[t('reason.same'), t('reason.other')]} />
    ${refused && html`<${Refused} result=${refused} />`}
    ${error && html`<${TroubleBox} error=${error} />`}
    <div class="row">${unites && html`<button type="button" class="button-main" onClick=${unite}>${t('unite.look')} <kbd>Ctrl ⏎</kbd></button>`}
      ${person && html`<button type="button" disabled=${busy} onClick=${withReason(() => two())}>${t('twins.two')}</button>`}</div>
    <p class="small muted">${t('twins.hint')}</p>
    ${uniting && html`<${UniteDialog} data=${data} keep=${keep} reason=${reason} close=${() => setUniting(false)} done=${done} />`}</section>`;
}

export function Ganda({ space, tbl, a, b }) {
  useCodes(); // words for codes are drawn when they are there
  const list = useLoad(path('twins', space, tbl, a, b));
  const queue = useQueue();
  const [keep, setKeep] = useState('a');
  const data = list.data;
  const go = (where) => where && (() => { location.hash = where; });
  useKeys({ j: go(queue.next), k: go(queue.before) });
  const done = () => (queue.next ? go(queue.next)() : (location.hash = to('rekonsiliasi', { jenis: 'ganda' })));
  return html`<${Page} title=${data ? `${data.a.title} ↔ ${data.b.title}` : t('reconcile.ganda')}
    crumbs=${{ href: to('rekonsiliasi', { jenis: 'ganda' }), text: t('reconcile.ganda') }}
    lead=${data && t('twins.lead', { score: data.score })}
    actions=${queue.at >= 0 && html`<span class="small muted">${t('queue.at', { at: queue.at + 1, n: queue.n })}</span>
      ${queue.next && html`<a class="button button-small" href=${queue.next}>${t('next')} <kbd>J</kbd></a>`}`}>
    ${list.error && list.error.status === 404 ? html`<${Part} ...${{ space, tbl, a, b }} />`
      : list.error ? html`<${TroubleBox} error=${list.error} again=${list.reload} />` : !data ? html`<${Wait} />` : html`<div class="stack">
      <ul class="row bare" aria-label=${t('twins.why')}>${data.reasons.map((r) => html`<li><${Chip} kind=${r.against ? 'warn' : 'accent'}
        icon=${r.against ? 'bad' : 'ok'}>${said(r, 'text')}</${Chip}></li>`)}</ul>
      <${Compare} data=${data} keep=${keep} setKeep=${setKeep} />
      ${may('decide') && html`<${Decide} data=${data} keep=${keep} done=${done} />`}</div>`}
  </${Page}>`;
}
