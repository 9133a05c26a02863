// page/pages/undang.js — let a new device in: what it may, where, and a code on the screen that its camera reads.
import { html, useEffect, useMemo, useState } from '../html.js';
import { Dialog, FormDialog } from '../dialog.js';
import { Field, Select, useSend } from '../form.js';
import { Icon } from '../icon.js';
import { Box, TroubleBox } from '../parts.js';
import { post } from '../api.js';
import { notify, session } from '../state.js';
import { moment, t } from '../text.js';
import { roleWords, useRights } from './hak.js';

const DAYS = 7;

/** A picture from the server, shown as an image: its text never becomes part of the page. */
function Code({ svg }) {
  const url = useMemo(() => URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' })), [svg]);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return html`<img class="qr" src=${url} alt=${t('invite.qr')} width="320" height="320" />`;
}

/** The invitation: a code to be read, a short text to be typed, a file for a stick. */
export function Invitation({ made }) {
  const copy = () => navigator.clipboard.writeText(made.short).then(() => notify(t('copied')), () => {});
  const save = () => {
    const url = URL.createObjectURL(new Blob([made.text], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = 'undangan.inv';
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60e3);
  };
  return html`<div class="stack"><p>${t('invite.how')}</p><div class="invite"><${Code} svg=${made.svg} />
    <div class="stack-tight grow"><p><strong>${roleWords(made.roles)}</strong></p><p class="small muted">
      ${t('invite.until', { when: moment(made.expires_ms) })}</p>
      <p class="label">${t('invite.short')}</p><p class="mono small invite-short">${made.short}</p>
      <div class="row no-print"><button type="button" class="button-small" onClick=${copy}>${t('copy')}</button><button type="button"
        class="button-small" onClick=${save}><${Icon} name="down" />${t('invite.file')}</button>
        <button type="button" class="button-small" onClick=${() => print()}><${Icon} name="print" />${t('print')}</button></div></div></div>
    <${Box} kind="warn" title=${t('invite.secret')}><p>${t('invite.secret.text')}</p></${Box}></div>`;
}

/** The form, and what came of it. given: space, roles, scope of a device whose place the new one takes. */
export function useInvite(given = {}) {
  const { spaces } = session.get();
  const [space, setSpace] = useState(given.space || spaces[0].id);
  const { fields: rights, ready, roles, scope } = useRights(given);
  const [days, setDays] = useState(DAYS);
  const [made, setMade] = useState(null);
  const [send, busy, error] = useSend(async () => setMade(await post('/api/devices/invite',
    { space: Number(space), roles, scope, days: Number(days) })));
  const fields = html`${spaces.length > 1 && !given.space && html`<${Select} label=${t('space')} value=${space} set=${setSpace}
    options=${spaces.map((s) => [s.id, s.name])} />`}
    ${rights}
    <${Field} label=${t('invite.days')} type="number" min="1" max="30" value=${days} set=${setDays} hint=${t('invite.days.hint')} />
    ${error && html`<${TroubleBox} error=${error} />`}`;
  return { fields, ready, made, send, busy };
}

export function Invite({ close }) {
  const { fields, ready, made, send, busy } = useInvite();
  if (made)
    return html`<${Dialog} title=${t('invite.made')} close=${() => close(true)} wide><${Invitation} made=${made} />
      <div class="dialog-foot row row-end"><button type="button" class="button-main" data-first onClick=${() => close(true)}>${t('done')}</button>
        </div></${Dialog}>`;
  return html`<${FormDialog} title=${t('invite')} close=${() => close(false)} send=${send} busy=${busy} ready=${ready}
    sendText=${t('invite.make')}>${fields}
    </${FormDialog}>`;
}
