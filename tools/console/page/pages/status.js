// page/pages/status.js — move applications to their next step: one or many, with a reason; the result is told row by row.
import { html, useState } from '../html.js';
import { Dialog, FormDialog } from '../dialog.js';
import { Field, Reason, Select, useSend } from '../form.js';
import { Box, TroubleBox } from '../parts.js';
import { postMany, Results } from '../results.js';
import { awaitCentral } from '../state.js';
import { t } from '../text.js';

/** The steps that every one of the items may take. */
function commonSteps(items, codes) {
  const next = (status) => (codes.status.find((s) => s.kode === status) || { berikut: [] }).berikut;
  const common = items.map((a) => next(a.status)).reduce((a, b) => a.filter((x) => b.includes(x)));
  const label = (kode) => (codes.status.find((s) => s.kode === kode) || { label: kode }).label;
  return common.filter((kode) => kode !== 'KEMBALI').map((kode) => [kode, label(kode)]);
}

/** items: as in the list. close(true) when something was sent. */
export function StatusDialog({ items, codes, steps, close }) {
  const choices = steps ? steps.filter((s) => s.to !== 'KEMBALI').map((s) => [s.to, s.label]) : commonSteps(items, codes);
  const [step, setStep] = useState(choices.length === 1 ? choices[0][0] : '');
  const [reason, setReason] = useState('');
  const [receiver, setReceiver] = useState('');
  const [results, setResults] = useState(null);
  const [send, busy, error] = useSend(async () => {
    const penerima = step === 'DISERAHKAN' ? { penerima: receiver } : {};
    const told = await postMany('/api/applications/status', { to: step, reason,
      items: items.map((a) => ({ space: a.space, id: a.id, from: a.status, ...penerima })) });
    told.forEach((r) => r.result === 'ok' && awaitCentral(items[r.i].space, 'permohonan', items[r.i].id, r.n));
    setResults(told);
  });
  const title = t('status.move', { n: items.length });
  if (results)
    return html`<${Dialog} title=${title} close=${() => close(true)} wide><${Results} items=${results}
      names=${items.map((a) => a.code || a.applicant || a.id)} />
      ${results.some((r) => r.result === 'ok') && html`<p class="small muted">${t('awaits.text')}</p>`}<div class="dialog-foot row row-end"><button
        type="button" class="button-main" data-first
        onClick=${() => close(true)}>${t('done')}</button></div></${Dialog}>`;
  if (!choices.length)
    return html`<${Dialog} title=${title} close=${() => close(false)}><${Box} kind="warn" title=${t('status.none')}><p>${t('status.none.text')}</p>
      </${Box}></${Dialog}>`;
  const ready = step && reason.trim() && (step !== 'DISERAHKAN' || receiver.trim());
  return html`<${FormDialog} title=${title} close=${() => close(false)} send=${send} busy=${busy} ready=${Boolean(ready)}
    sendText=${t('status.send', { n: items.length })}>
    <${Select} label=${t('status.to')} any=${t('choose')} value=${step} set=${setStep} options=${choices} />
    ${step === 'DISERAHKAN' && html`<${Field} label=${t('col.penerima')} value=${receiver} set=${setReceiver} maxlength="120" />`}
    <${Reason} value=${reason} set=${setReason} />
    ${items.length > 1 && html`<details><summary>${t('status.which', { n: items.length })}</summary><ul>
      ${items.map((a) => html`<li>${a.code} · ${a.applicant}</li>`)}</ul></details>`}
    ${error && html`<${TroubleBox} error=${error} />`}</${FormDialog}>`;
}
