// page/pages/hilang.js — a tablet is lost: one question a step. What happened; from where on nothing of it counts; what that does, before it is done;
// then
// a new tablet takes its place.
import { html, useEffect, useRef, useState } from '../html.js';
import { Go, Select, useSend } from '../form.js';
import { Icon } from '../icon.js';
import { Ago, Box, Chip, Facts, Page, TroubleBox, Wait } from '../parts.js';
import { List } from '../table.js';
import { usePages, useWhole } from '../load.js';
import { path, post } from '../api.js';
import { moment, t } from '../text.js';
import { to } from '../router.js';
import { State } from './perangkat.js';
import { Invitation, useInvite } from './undang.js';
import { actDone, Report } from './tindakan.js';

const STEPS = ['what', 'cut', 'sure', 'next'];
const REASONS = ['lost', 'stolen', 'leaked', 'left'];

/** Where one is; a new step begins at its heading, for eyes and ears. */
function Steps({ at }) {
  const list = useRef(null);
  const before = useRef(at);
  useEffect(() => {
    const head = list.current.parentNode.querySelector('h2');
    if (before.current !== at && head) {
      head.tabIndex = -1;
      head.focus({ preventScroll: true });
      list.current.scrollIntoView({ block: 'start' });
    }
    before.current = at;
  }, [at]);
  return html`<ol ref=${list} class="steps bare no-print" aria-label=${t('lost.steps')}>
    ${STEPS.map((s, i) => html`<li class=${i < at ? 'done' : undefined} aria-current=${i === at ? 'step' : undefined}>${t('lost.step.' + s)}</li>`)}
    </ol>`;
}

function What({ device, reason, setReason, next }) {
  return html`<section class="panel stack"><h2>${t('lost.what')}</h2>
    <${Facts} of=${[[t('device'), device.label], [t('state'), html`<${State} device=${device} />`],
      [t('last.seen'), html`<${Ago} ms=${device.last_seen_ms} />`], [t('device.unsent'), String(device.unsent)],
      [t('device.program'), device.version]]} />
    <fieldset class="stack-tight"><legend class="label">${t('lost.reason')}</legend>
      ${REASONS.map((r) => html`<label class="check check-card" key=${r}><input type="radio" name="reason" checked=${reason === r}
        onChange=${() => setReason(r)} /><span>${t('lost.' + r)}<span class="table-sub">${t('lost.' + r + '.hint')}</span></span></label>`)}
        </fieldset>
    <${Box} title=${t('lost.sealed')}><p>${t('lost.sealed.text')}</p></${Box}>
    <div class="row"><${Go} missing=${reason ? '' : t('lost.reason.needed')} act=${next}><span>${t('go.on')}</span><${Icon} name="next" />
      </${Go}></div></section>`;
}

/** From the device's segments, under whichever of its keys: what central has signed for is safe to keep; what came later may be a thief's. A number
 * is given once a key: its commit says which segment is meant. */
function Cut({ cuts, cut, setCut, next, back }) {
  const safe = cuts.items.find((c) => c.by_central || c.receipt);
  const columns = [
    { head: t('cut.last'), first: true, cell: (c) => html`<label class="check"><input type="radio" name="cut" checked=${cut === c.commit}
      onChange=${() => setCut(c.commit)} /><span>${t('history.segment', { n: String(c.number) })}</span></label>`,
      sub: (c) => (safe && c.commit === safe.commit ? t('cut.suggested') : null) },
    { head: t('cut.claimed'), cell: (c) => moment(c.claimed_ms) },
    { head: t('cut.txns'), num: true, cell: (c) => c.txns },
    { head: t('cut.receipt'), cell: (c) => (c.receipt || c.by_central ? html`<${Chip} kind="ok" icon="ok">${t('cut.received')}</${Chip}>`
      : html`<${Chip} kind="warn" icon="clock">${t('cut.not.received')}</${Chip}>`) },
  ];
  return html`<section class="panel stack"><h2>${t('cut.title')}</h2><p>${t('cut.text')}</p>
    ${cuts.items.length === 0 ? html`<${Box} title=${t('cut.none')}><p>${t('cut.none.text')}</p></${Box}>`
      : html`<${List} list=${cuts} caption=${t('cut.title')} columns=${columns} rowKey=${(c) => c.commit} />`}
    ${!safe && cuts.more && html`<${Box} kind="warn" title=${t('cut.further')}><p>${t('cut.further.text')}</p></${Box}>`}
    <div class="row"><button type="button" onClick=${back}><${Icon} name="back" />${t('go.back')}</button>
      <${Go} missing=${cuts.items.length > 0 && cut === null ? t('cut.needed') : ''} act=${next}><span>${t('cut.look')}</span>
        <${Icon} name="next" /></${Go}></div></section>`;
}

function Sure({ device, body, back, done }) {
  const [report, setReport] = useState(null);
  const [look, , lookError] = useSend(async () => setReport(await post('/api/devices/act', { ...body, look: true })));
  const [send, busy, error] = useSend(async () => {
    const result = await post('/api/devices/act', { ...body, look: false });
    actDone(result, t('lost.done', { label: device.label }));
    done();
  });
  useState(() => { look(); });
  return html`<section class="panel stack"><h2>${t('sure.title', { label: device.label })}</h2>
    ${lookError ? html`<${TroubleBox} error=${lookError} again=${look} />` : !report ? html`<${Wait} text=${t('sure.looking')} />`
      : html`<p>${t('sure.text')}</p><${Report} report=${report} />
      <${Box} kind="warn" title=${t('sure.final')}><p>${t('sure.final.text')}</p></${Box}>`}
    ${error && html`<${TroubleBox} error=${error} />`}
    <div class="row"><button type="button" onClick=${back}><${Icon} name="back" />${t('go.back')}</button>
      <button type="button" class="button-bad button-main" disabled=${busy || !report} onClick=${() => send()}><${Icon} name="lock" />
        ${busy ? t('sending') : t('sure.send', { label: device.label })}</button></div></section>`;
}

/** The new tablet: an invitation, and when it is in, that it goes on for the old one. */
function Next({ device, list, rights }) {
  const invite = useInvite({ space: device.space, ...rights });
  const submit = (e) => { e.preventDefault(); if (invite.ready) invite.send(); };
  const [other, setOther] = useState('');
  const [replaced, setReplaced] = useState(false);
  const news = list.data ? list.data.items.filter((d) => d.space === device.space && d.state === 'active' && d.number > device.number
    && !d.carries_on_for) : [];
  const [send, busy, error] = useSend(async () => {
    const report = await post('/api/devices/act', { space: device.space, kind: 'succeed', device: device.number, other: Number(other), look: false });
    actDone(report, t('replace.done'));
    setReplaced(true);
  });
  return html`<section class="panel stack"><h2>${t('replace.title')}</h2><p>${t('replace.text')}</p>
    ${invite.made ? html`<${Invitation} made=${invite.made} />` : html`<form class="stack" onSubmit=${submit}>
      ${invite.fields}<${Go} type="submit" missing=${invite.ready ? '' : t('form.missing')} act=${() => {}} busy=${invite.busy}>${invite.busy
        ? t('sending') : t('invite.make')}</${Go}></form>`}</section>
    <section class="panel stack"><h2>${t('replace.second')}</h2>
    ${replaced ? html`<${Box} kind="ok" title=${t('replace.done')}><p>${t('replace.done.text')}</p></${Box}>`
      : html`<p>${t('replace.second.text', { label: device.label })}</p>
      <div class="row row-top"><div class="grow"><${Select} label=${t('replace.which')} any=${t('choose')} value=${other} set=${setOther}
        options=${news.map((d) => [d.number, d.label])} /></div></div>
      ${error && html`<${TroubleBox} error=${error} />`}
      <div class="row"><button type="button" onClick=${list.reload}>${t('replace.again')}</button><${Go}
        missing=${other ? '' : t('replace.needed')} act=${send} busy=${busy}>${busy ? t('sending') : t('replace.send')}</${Go}></div>`}
    <p><a href=${to('perangkat')}>${t('replace.later')}</a></p></section>`;
}

export function Hilang({ space, number }) {
  const list = useWhole('/api/devices', { space });
  const cuts = usePages(path('devices', space, number, 'cuts'));
  const [at, setAt] = useState(0);
  const [reason, setReason] = useState('');
  const [cut, setCut] = useState(null);
  const keys = list.data ? list.data.items.filter((d) => d.space === space && d.number === number) : [];
  const device = keys.find((d) => d.state !== 'rotated') || keys[0];
  const suggested = cuts.items && cuts.items.find((c) => c.receipt || c.by_central);
  const chosen = cut === null && suggested ? suggested.commit : cut;
  const rights = useRef(null); // as it had them: revoked, it has none
  if (device && device.roles)
    rights.current = { roles: device.roles, scope: device.scope };
  const last = cuts.items && cuts.items.find((c) => c.roles);
  const trouble = list.error || cuts.error;
  const gone = device && device.state === 'revoked';
  const step = gone ? 3 : at;
  return html`<${Page} title=${t('lost.title', { label: device ? device.label : '' })} lead=${t('lost.lead')}
    crumbs=${{ href: to('perangkat'), text: t('nav.perangkat') }}>
    ${trouble ? html`<${TroubleBox} error=${trouble} again=${() => { list.reload(); cuts.reload(); }} />` : !list.data || !cuts.items
      ? html`<${Wait} />` : !device ? html`<${Box} kind="warn" title=${t('lost.unknown')} />`
      : html`<div class="stack narrow"><${Steps} at=${step} />
        ${step === 0 && html`<${What} device=${device} reason=${reason} setReason=${setReason} next=${() => setAt(1)} />`}
        ${step === 1 && html`<${Cut} cuts=${cuts} cut=${chosen} setCut=${setCut} next=${() => setAt(2)} back=${() => setAt(0)} />`}
        ${step === 2 && html`<${Sure} device=${device} body=${{ space, kind: 'revoke', device: number, reason,
          ...(chosen === null ? {} : { after: chosen }) }} back=${() => setAt(1)} done=${() => { setAt(3); list.reload(); }} />`}
        ${step === 3 && html`<${Next} device=${device} list=${list}
          rights=${rights.current || { roles: last ? last.roles : '' }} />`}</div>`}
  </${Page}>`;
}
