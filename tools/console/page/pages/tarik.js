// page/pages/tarik.js — the way back: a decision that was the last one on a row, or two rows that were made one. The address of what was decided
// leads
// here as soon as there is nothing left to decide.
import { html, useState } from '../html.js';
import { FormDialog } from '../dialog.js';
import { Go, Reason, useSend } from '../form.js';
import { Box, TroubleBox } from '../parts.js';
import { Refused } from '../results.js';
import { get, path, post } from '../api.js';
import { tableWord } from '../codes.js';
import { awaitCentral, may, notify } from '../state.js';
import { t } from '../text.js';
import { Moves } from './pindahan.js';

/** The last decision on a row taken back: what became of it, or null where the row is not as it was seen here any more; seen = null: it had nothing
 *  that is open. */
async function undo({ space, tbl, key, seen, reason }) {
  const now = await get(path('conflicts', space, tbl, key)).catch((e) => {
    if (e.status !== 404)
      throw e;
    return { seen: null };
  });
  if (now.seen !== seen)
    return null;
  const result = (await post('/api/decisions/undo', { space, tbl, key, reason })).items[0];
  if (result.result === 'ok')
    awaitCentral(space, tbl, key, result.n);
  return result;
}

/** First what taking back means for a row that is still open; then, on another press, it is done. */
export function UndoDialog({ data, reason, close, done, changed }) {
  const [refused, setRefused] = useState(null);
  const [send, busy, error] = useSend(async () => {
    const result = await undo({ ...data, reason });
    if (!result)
      return changed();
    if (result.result !== 'ok')
      return setRefused(result);
    notify(t('decide.undone', { title: data.title }));
    return done();
  });
  return html`<${FormDialog} title=${t('decide.undo')} close=${close} send=${send} busy=${busy} sendText=${t('decide.undo')}>
    <p>${t('undo.text')}</p><${Box} kind="warn" title=${t('undo.over')}><p>${t('undo.over.text')}</p></${Box}>
    ${refused && html`<${Refused} result=${refused} />`}
    ${error && html`<${TroubleBox} error=${error} />`}</${FormDialog}>`;
}

/** Nothing is open in this row: what the last decision replaced can be put back. */
export function UndoDecision({ space, tbl, rowKey, seen }) {
  const [reason, setReason] = useState('');
  const [refused, setRefused] = useState(null);
  const [movedOn, setMovedOn] = useState(false);
  const [send, busy, error] = useSend(async () => {
    const result = await undo({ space: Number(space), tbl, key: rowKey, seen, reason });
    setMovedOn(!result);
    setRefused(result && result.result !== 'ok' ? result : null);
    if (result && result.result === 'ok')
      notify(t('decide.undone', { title: tableWord(tbl) }));
  });
  return html`<div class="stack narrow"><${Box} kind="ok" title=${t('undo.closed')}><p>${t('undo.closed.text')}</p></${Box}>
    ${may('decide') && html`<section class="panel stack"><h2>${t('decide.undo')}</h2><p>${t('undo.text')}</p>
      <${Box} kind="warn" title=${t('undo.over')}><p>${t('undo.over.text')}</p></${Box}>
      <${Reason} value=${reason} set=${setReason} />
      ${movedOn && html`<${Box} kind="warn" title=${t('conflict.changed')} alert><p>${t('conflict.changed.text')}</p></${Box}>`}
      ${refused && html`<${Refused} result=${refused} />`}
      ${error && html`<${TroubleBox} error=${error} />`}
      <div class="row"><${Go} missing=${reason.trim() ? '' : t('reason.needed')} act=${send} busy=${busy}>
        ${busy ? t('sending') : t('decide.undo')}</${Go}></div>
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
