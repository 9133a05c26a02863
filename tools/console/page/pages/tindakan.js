// page/pages/tindakan.js — acts on a device that can be changed again: other rights, a suspension, letting in; and signing what waits for more
// signatures.
// Each is looked at first: the server says what it would do before it does it.
import { html, useState } from '../html.js';
import { Dialog, FormDialog } from '../dialog.js';
import { useSend } from '../form.js';
import { Box, Facts, TroubleBox, Wait } from '../parts.js';
import { useLoad } from '../load.js';
import { path, post } from '../api.js';
import { notify } from '../state.js';
import { moment, t, tOr } from '../text.js';
import { useRights } from './hak.js';

/** What an act does, in numbers: what stays and what falls, and whether more must sign. */
export function Report({ report }) {
  return html`<div class="stack-tight"><${Facts} of=${[
    [t('report.stay'), t('report.n', { segments: report.segments_stay, txns: report.txns_stay })],
    [t('report.fall'), report.segments_fall || report.txns_fall ? html`<strong class="fall">
      ${t('report.n', { segments: report.segments_fall, txns: report.txns_fall })}</strong>` : t('report.nothing')]]} />
    ${report.needed > report.signers && html`<${Box} kind="warn" title=${t('report.more', { n: report.needed - report.signers })}><p>
      ${t('report.more.text')}</p></${Box}>`}
    ${!report.done && html`<${Box} title=${t('report.already')} />`}</div>`;
}

export const actDone = (report, words) => notify(report.needed > report.signers ? t('act.waits') : words, report.needed > report.signers ? 'warn'
  : 'ok');

/** One that is suspended has no roles: it had those of what it has last written. */
export function ChangeDialog({ device, admit, close }) {
  const last = useLoad(device.state === 'suspended' ? path('devices', device.space, device.number, 'cuts') : null);
  const cut = last.data && last.data.items.find((c) => c.roles);
  if (last.loading)
    return html`<${Dialog} title=${t('device.change.title', { label: device.label })} close=${() => close(false)}><${Wait} /></${Dialog}>`;
  const given = { roles: device.roles || (cut ? cut.roles : ''), scope: device.roles || !admit ? device.scope : null };
  return html`<${ChangeForm} ...${{ device, admit, close, given }} />`;
}

function ChangeForm({ device, admit, close, given }) {
  const { fields, ready, roles, scope } = useRights(given);
  const [way, setWay] = useState(device.state === 'suspended' ? 'resume' : 'change');
  const body = { space: device.space, device: admit ? device.key : device.number };
  const rights = way === 'suspend' ? { roles: 'none' } : { roles, scope };
  const [send, busy, error] = useSend(async () => {
    const report = await post('/api/devices/act', { ...body, kind: admit ? 'admit' : 'change', ...rights, look: false });
    actDone(report, t('act.done', { label: device.label }));
    close(true);
  });
  const option = (name, text, hint) => html`<label class="check check-card"><input type="radio" name="way" checked=${way === name}
    onChange=${() => setWay(name)} /><span>${text}<span class="table-sub">${hint}</span></span></label>`;
  return html`<${FormDialog} title=${t(admit ? 'device.admit.title' : 'device.change.title', { label: device.label })} close=${() => close(false)}
    send=${send} busy=${busy} ready=${way === 'suspend' || ready} sendText=${t(admit ? 'device.admit' : 'decide.send')}>
    ${admit && html`<${Box} kind="warn" title=${t('device.admit.sure')}><p>${t('device.admit.text')}</p><p class="small mono">
      ${device.key.slice(0, 16)}…</p></${Box}>`}
    ${!admit && html`<fieldset class="stack-tight"><legend class="unseen">${t('device.change')}</legend>
      ${option(device.state === 'suspended' ? 'resume' : 'change', t(device.state === 'suspended' ? 'device.resume' : 'device.rights'),
        t('device.rights.hint'))}
      ${device.state !== 'suspended' && option('suspend', t('device.suspend'), t('device.suspend.hint'))}</fieldset>`}
    ${way !== 'suspend' && fields}
    ${error && html`<${TroubleBox} error=${error} />`}</${FormDialog}>`;
}

export function ApproveDialog({ act, close }) {
  const [send, busy, error] = useSend(async () => {
    const report = await post('/api/devices/act', { space: act.space, kind: 'approve', device: act.act, look: false });
    actDone(report, t('approve.done'));
    close(true);
  });
  return html`<${Dialog} title=${t('waiting.title', { kind: tOr('waiting.' + act.kind, act.kind), device: String(act.device) })}
    close=${() => close(false)}><div class="stack">
    <p>${t('approve.text')}</p>
    <${Facts} of=${[[t('approve.about'), t('device.number', { n: String(act.device) })], [t('approve.by'), t('device.number', { n: String(act.by) })],
      [t('approve.when'), moment(act.claimed_ms)],
      [t('approve.signed'), t('approve.of', { signers: act.signers, needed: act.needed })]]} />
    ${error && html`<${TroubleBox} error=${error} />`}
    <div class="dialog-foot row row-end"><button type="button" onClick=${() => close(false)}>${t('cancel')}</button><button type="button"
      class="button-main" data-first disabled=${busy} onClick=${() => send()}>${busy ? t('sending') : t('approve.sign')}</button></div></div>
      </${Dialog}>`;
}
