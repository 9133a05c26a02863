// page/pages/tarik.js — the way back: a decision that was the last one on a row, or two rows that were made one. The address of what was decided
// leads
// here as soon as there is nothing left to decide.
import { html, useState } from '../html.js';
import { Go, Reason, useSend } from '../form.js';
import { Box, TroubleBox } from '../parts.js';
import { post } from '../api.js';
import { tableWord } from '../codes.js';
import { awaitCentral, may, notify } from '../state.js';
import { said, t } from '../text.js';
import { Moves } from './pindahan.js';

/** Nothing is open in this row: what the last decision replaced can be put back. */
export function UndoDecision({ space, tbl, rowKey }) {
  const [reason, setReason] = useState('');
  const [refused, setRefused] = useState(null);
  const [send, busy, error] = useSend(async () => {
    const answer = await post('/api/decisions/undo', { space: Number(space), tbl, key: rowKey, reason });
    const result = answer.items[0];
    setRefused(result.result === 'ok' ? null : result);
    if (result.result !== 'ok')
      return;
    awaitCentral(Number(space), tbl, rowKey, result.n);
    notify(t('decide.undone', { title: tableWord(tbl) }));
  });
  return html`<div class="stack narrow"><${Box} kind="ok" title=${t('undo.closed')}><p>${t('undo.closed.text')}</p></${Box}>
    ${may('decide') && html`<section class="panel stack"><h2>${t('decide.undo')}</h2><p>${t('undo.text')}</p>
      <${Reason} value=${reason} set=${setReason} />
      ${refused && html`<${Box} kind="bad" title=${t('result.' + refused.result)} alert><p>${said(refused, 'text')}</p></${Box}>`}
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
