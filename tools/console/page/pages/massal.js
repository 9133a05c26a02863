// page/pages/massal.js — several conflicts at once, where what is shown is right: each is looked at first, shown in a list, and told one by one.
import { html, useEffect, useState } from '../html.js';
import { Dialog, FormDialog } from '../dialog.js';
import { Reason, useSend } from '../form.js';
import { Box, TroubleBox, Wait } from '../parts.js';
import { Table } from '../table.js';
import { postMany, Results } from '../results.js';
import { get, path } from '../api.js';
import { columnWord, tableWord, valueText } from '../codes.js';
import { decision, isDeletion, shownSide } from '../decide.js';
import { awaitCentral } from '../state.js';
import { t } from '../text.js';

/** The details of all chosen rows, one after the other: each look is written down. */
function useDetails(rows) {
  const [state, set] = useState({ details: null, error: null });
  useEffect(() => {
    const stop = new AbortController();
    (async () => {
      const details = [];
      for (const r of rows)
        details.push(await get(path('conflicts', r.space, r.tbl, r.key), {}, stop.signal));
      return details;
    })().then((details) => set({ details, error: null }), (error) => error.name !== 'AbortError' && set({ details: null, error }));
    return () => stop.abort();
  }, []);
  return state;
}

const shownChoices = (d) => d.groups.map((g) => (shownSide(g) ? { side: shownSide(g).side } : undefined));
const may = (d) => !d.groups.some(isDeletion) && d.groups.every(shownSide);

function Preview({ details }) {
  const columns = [
    { head: t('row'), first: true, cell: (d) => d.title || tableWord(d.tbl), sub: (d) => tableWord(d.tbl) },
    { head: t('bulk.stays'), cell: (d) => html`<ul class="bare">${d.groups.flatMap((g) => g.columns.map((c) => html`<li>${columnWord(c)}: <strong>
      ${valueText(shownSide(g).value[c], c, d) || t('none.filled')}</strong></li>`))}</ul>` },
    { head: t('bulk.goes'), cell: (d) => html`<ul class="bare">${decision(d,
      shownChoices(d)).hide.map((h) => html`<li>${columnWord(h.column)}: ${valueText(h.value, h.column, d) || t('none.filled')}</li>`)}</ul>` },
  ];
  return html`<${Table} caption=${t('bulk.preview')} columns=${columns} rows=${details} rowKey=${(d) => d.space + d.key} />`;
}

export function BulkDialog({ rows, close }) {
  const { details, error: trouble } = useDetails(rows);
  const [reason, setReason] = useState('');
  const [results, setResults] = useState(null);
  const fit = (details || []).filter(may);
  const [send, busy, error] = useSend(async () => {
    const told = await postMany('/api/decisions', { reason, items: fit.map((d) => decision(d, shownChoices(d))) });
    told.forEach((r) => r.result === 'ok' && awaitCentral(fit[r.i].space, fit[r.i].tbl, fit[r.i].key, r.n));
    setResults(told);
  });
  const title = t('bulk.title', { n: rows.length });
  if (results)
    return html`<${Dialog} title=${title} close=${() => close(true)} wide><${Results} items=${results}
      names=${fit.map((d) => d.title || tableWord(d.tbl))} />
      ${results.some((r) => r.result === 'ok') && html`<p class="small muted">${t('awaits.text')}</p>`}<div class="dialog-foot row row-end"><button
        type="button" class="button-main" data-first
        onClick=${() => close(true)}>${t('done')}</button></div></${Dialog}>`;
  return html`<${FormDialog} title=${title} close=${() => close(false)} wide send=${send} busy=${busy} ready=${Boolean(fit.length && reason.trim())}
    sendText=${t('bulk.send', { n: fit.length })}>
    <p>${t('bulk.text')}</p>
    ${trouble ? html`<${TroubleBox} error=${trouble} />` : !details ? html`<${Wait} />` : html`<${Preview} details=${fit} />
      ${fit.length < details.length && html`<${Box} kind="warn" title=${t('bulk.left', { n: details.length - fit.length })}><p>${t('bulk.left.text')}
        </p></${Box}>`}`}
    <${Reason} value=${reason} set=${setReason} />
    ${error && html`<${TroubleBox} error=${error} />`}</${FormDialog}>`;
}
