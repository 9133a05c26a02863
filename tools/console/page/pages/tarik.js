// page/pages/tarik.js — the way back: a decision that was the last one on a row, or two rows that were made one. The address of what was decided
// leads
// here as soon as there is nothing left to decide.
import { html, useState } from '../html.js';
import { FormDialog } from '../dialog.js';
import { Go, Reason, useSend } from '../form.js';
import { Box, TroubleBox, Wait, When } from '../parts.js';
import { Refused } from '../results.js';
import { path, post } from '../api.js';
import { columnWord, tableWord, valueText } from '../codes.js';
import { useLoad } from '../load.js';
import { awaitCentral, may, notify } from '../state.js';
import { t } from '../text.js';
import { Moves } from './pindahan.js';

/** The last decision on a row, as it is shown here, taken back: what became of it. */
async function undo(last, reason) {
  const { space, tbl, key, seen } = last;
  const result = (await post('/api/decisions/undo', { space, tbl, key, seen, reason })).items[0];
  if (result.result === 'ok')
    awaitCentral(space, tbl, key, result.n);
  return result;
}

/** Who decided what, when and why; and what the row would have again. */
function Last({ last }) {
  if (last.way === 'none' || last.way === 'merged')
    return html`<${Box} kind="warn" title=${t('undo.way.' + last.way)} />`;
  return html`<div class="stack"><p>${tableWord(last.tbl)}${' '}<strong>${last.title}</strong></p><p>
    <strong>${last.label || t('undo.somebody')}</strong> · <${When} ms=${last.claimed_ms} claimed />
    ${last.reason && html`<br />${t('note.given', { note: last.reason })}`}</p>
    ${last.way === 'set' ? html`<ul class="bare">${last.columns.map((c) => html`<li key=${c.column}>${columnWord(c.column)}:${' '}
      ${last.row && html`<del>${valueText(last.row[c.column], c.column, last) || t('none.filled')}</del> → `}
      <ins>${valueText(c.value, c.column, last) || t('none.filled')}</ins></li>`)}</ul>` : html`<p>${t('undo.way.' + last.way)}</p>`}
    ${last.later > 0 && html`<${Box} kind="warn" title=${t('undo.over', { n: last.later })}><p>${t('undo.over.text')}</p></${Box}>`}</div>`;
}

const canGoBack = (last) => Boolean(last) && last.way !== 'none' && last.way !== 'merged';

/** What is sent is what was shown; when something has come since, it is shown anew and sent on another press. */
function useUndo(where, reason, done) {
  const list = useLoad(path('decisions', where.space, where.tbl, where.key));
  const [refused, setRefused] = useState(null);
  const [movedOn, setMovedOn] = useState(false);
  const [send, busy, error] = useSend(async () => {
    const result = await undo(list.data, reason);
    setMovedOn(result.result === 'changed');
    setRefused(result.result === 'ok' || result.result === 'changed' ? null : result);
    if (result.result === 'changed')
      list.reload();
    if (result.result === 'ok')
      done(list.data);
  });
  const told = html`${list.error ? html`<${TroubleBox} error=${list.error} again=${list.reload} />` : !list.data ? html`<${Wait} />`
    : html`<${Last} last=${list.data} />`}
    ${movedOn && html`<${Box} kind="warn" title=${t('conflict.changed')} alert><p>${t('conflict.changed.text')}</p></${Box}>`}
    ${refused && html`<${Refused} result=${refused} />`}
    ${error && html`<${TroubleBox} error=${error} />`}`;
  return { told, send, busy, ready: canGoBack(list.data) };
}

/** First what taking back means for a row that is still open; then, on another press, it is done. */
export function UndoDialog({ data, reason, close, done }) {
  const back = useUndo(data, reason, () => { notify(t('decide.undone', { title: data.title })); done(); });
  return html`<${FormDialog} title=${t('decide.undo')} close=${close} send=${back.send} busy=${back.busy} ready=${back.ready}
    sendText=${t('decide.undo')}><p>${t('undo.text')}</p>${back.told}</${FormDialog}>`;
}

/** Nothing is open in this row: what the last decision replaced can be put back. */
export function UndoDecision({ space, tbl, rowKey }) {
  const [reason, setReason] = useState('');
  const where = { space: Number(space), tbl, key: rowKey };
  const back = useUndo(where, reason, (last) => notify(t('decide.undone', { title: last.title || tableWord(tbl) })));
  return html`<div class="stack narrow"><${Box} kind="ok" title=${t('undo.closed')}><p>${t('undo.closed.text')}</p></${Box}>
    ${may('decide') && html`<section class="panel stack"><h2>${t('decide.undo')}</h2><p>${t('undo.text')}</p>${back.told}
      ${back.ready && html`<${Reason} value=${reason} set=${setReason} />
      <div class="row"><${Go} missing=${reason.trim() ? '' : t('reason.needed')} act=${back.send} busy=${back.busy}>
        ${back.busy ? t('sending') : t('decide.undo')}</${Go}></div>`}
    </section>`}</div>`;
}

/** These two are no pair any more: if they were made one, they can be parted again. Which of them went is found by asking. */
export function Part({ space, tbl, a, b }) {
  const [reason, setReason] = useState('');
  const [found, setFound] = useState(null); // { gone, moves }
  const body = (gone, look) => ({ space: Number(space), tbl, gone, reason, look });
  const [look, looking, lookError] = useSend(async () => {
    for (const gone of [b, a]) {
      try {
        setFound({ gone, moves: (await post('/api/twins/part', body(gone, true))).moves });
        return;
      } catch (e) {
        if (gone === a)
          throw e;
      }
    }
  });
  const [send, busy, error] = useSend(async () => {
    const answer = await post('/api/twins/part', body(found.gone, false));
    awaitCentral(Number(space), tbl, found.gone, answer.n);
    notify(t('part.done'));
    setFound(null);
  });
  return html`<div class="stack narrow"><${Box} kind="ok" title=${t('part.closed')}><p>${t('part.closed.text')}</p></${Box}>
    ${(may('approve') || may('devices')) && html`<section class="panel stack"><h2>${t('part.title')}</h2><p>${t('part.text')}</p>
      <${Reason} value=${reason} set=${setReason} />
      ${lookError && html`<${TroubleBox} error=${lookError} />`}${error && html`<${TroubleBox} error=${error} />`}
      ${found && html`<${Moves} moves=${found.moves} data=${{}} />`}
      <div class="row">${found ? html`<button type="button" class="button-main" disabled=${busy} onClick=${() => send()}>
        ${busy ? t('sending') : t('part.send')}</button>`
        : html`<${Go} missing=${reason.trim() ? '' : t('reason.needed')} act=${look} busy=${looking}>${looking ? t('wait') : t('part.look')}</${Go}>`}
          </div></section>`}</div>`;
}
