// page/pages/lupakan.js — the right to be forgotten: a person, or an application, erased on every device. First what names it; then the PIN once
// more; there is no way back, and it says so.
import { html, useState } from '../html.js';
import { FormDialog } from '../dialog.js';
import { Check, Reason, Select, useSend } from '../form.js';
import { Box, TroubleBox } from '../parts.js';
import { post } from '../api.js';
import { columnWord, tableWord } from '../codes.js';
import { awaitCentral, notify } from '../state.js';
import { t } from '../text.js';

/** choices: [[tbl, key, what it is called]]. */
export function ForgetDialog({ space, choices, close }) {
  const [at, setAt] = useState('0');
  const [basis, setBasis] = useState('');
  const [named, setNamed] = useState(null);
  const [sure, setSure] = useState(false);
  const [tbl, key, title] = choices[Number(at)];
  const body = { space, tbl, key, reason: basis };
  const [look, looking, lookError] = useSend(async () => setNamed((await post('/api/forget', { ...body, look: true })).named_by));
  const [send, busy, error] = useSend(async () => {
    const told = await post('/api/forget', { ...body, look: false });
    awaitCentral(space, tbl, key, told.n);
    notify(t('forget.done', { title }));
    close(true);
  });
  return html`<${FormDialog} title=${t('forget.title')} close=${() => close(false)} send=${named ? send : look} busy=${busy || looking}
    bad=${Boolean(named)} ready=${Boolean(basis.trim() && (!named || sure))} sendText=${t(named ? 'forget.send' : 'forget.look')}>
    <${Select} label=${t('forget.what')} value=${at} set=${(v) => { setAt(v); setNamed(null); setSure(false); }}
      options=${choices.map((c, i) => [String(i), `${tableWord(c[0])}: ${c[2]}`])} />
    <${Reason} label=${t('forget.basis')} hint=${t('forget.basis.hint')} maxlength="300" value=${basis}
      set=${(v) => { setBasis(v); setNamed(null); setSure(false); }} />
    ${named && html`<${Box} kind="bad" title=${t('forget.over')}><p>${t('forget.over.text')}</p>${named.length > 0 && html`<p>${t('forget.named')}</p>
      <ul>${named.map((n) => html`<li>${tableWord(n.tbl)} (${columnWord(n.column)}): ${n.n}</li>`)}</ul>`}</${Box}>
      <${Check} label=${t('forget.sure', { title })} checked=${sure} set=${setSure} />`}
    ${(lookError || error) && html`<${TroubleBox} error=${lookError || error} />`}</${FormDialog}>`;
}
