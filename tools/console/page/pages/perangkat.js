// page/pages/perangkat.js — who writes: each device's state, when it was last heard of, what it has not sent, its program, key and room; invite,
// change, suspend, let in; and the way to the wizard for one that is lost.
import { html, useState } from '../html.js';
import { Fold, Select } from '../form.js';
import { Icon } from '../icon.js';
import { Ago, Box, Chip, Empty, MovedNote, Page } from '../parts.js';
import { List } from '../table.js';
import { usePages, useWhole } from '../load.js';
import { useMoved } from '../live.js';
import { kelName, useCodes } from '../codes.js';
import { may, now, session } from '../state.js';
import { ago, mib, moment, roleList, t, tOr } from '../text.js';
import { refine, to } from '../router.js';
import { Invite } from './undang.js';
import { ApproveDialog, ChangeDialog } from './tindakan.js';
import { Hilang } from './hilang.js';

const STALE_MS = 3 * 86400e3;
const FULL_MIB = 512; // a day's photos, twice
const STATES = { active: ['ok', 'ok'], suspended: ['warn', 'lock'], rotated: ['', 'clock'], revoked: ['bad', 'bad'], asks: ['warn', 'info'] };

export function State({ device }) {
  const [kind, icon] = STATES[device.state] || ['', 'info'];
  return html`<${Chip} kind=${kind} icon=${icon}>${tOr('state.' + device.state, device.state)}</${Chip}>
    ${device.reason && html` <span class="small muted">${tOr('lost.' + device.reason, device.reason)}</span>`}`;
}

const isFull = (d) => d.free_mib !== null && d.free_mib < FULL_MIB;

const FILTERS = {
  jam: (d) => d.clock_doubtful,
  diam: (d) => d.state === 'active' && now() - d.last_seen_ms > STALE_MS,
  menunggu: (d) => d.state === 'asks',
  penuh: (d) => isFull(d),
  aktif: (d) => d.state === 'active' || d.state === 'suspended',
};

function acts(device, open) {
  if (!may('devices') || device.self)
    return null;
  if (device.state === 'asks')
    return html`<button type="button" class="button-small button-main" onClick=${() => open('admit', device)}>${t('device.admit')}</button>`;
  if (device.state !== 'active' && device.state !== 'suspended')
    return null;
  return html`<span class="row"><button type="button" class="button-small" onClick=${() => open('change', device)}>${t('device.change')}</button>
    <a class="button button-small button-bad" href=${to(['perangkat', 'hilang', device.space, device.number])}>${t('device.lost')}</a></span>`;
}

function columnsFor(codes, spaces, open) {
  const columns = [
    { head: t('device'), first: true, cell: (d) => d.label, sub: (d) => html`${[spaces[d.space], d.number
      ? t('device.number', { n: String(d.number) }) : '', d.self ? t('device.self') : ''].filter(Boolean).join(' · ')}` },
    { head: t('state'), cell: (d) => html`<${State} device=${d} />${d.why && html`<span class="table-sub">${tOr('why.' + d.why, d.why)}</span>`}` },
    { head: t('roles'), cell: (d) => html`${roleList(d.roles) || html`<span class="muted">${t('roles.none')}</span>`}${d.scope
      && html`<span class="table-sub">${kelName(codes, d.scope)}</span>`}` },
    { head: t('last.seen'), cell: (d) => html`<${Ago} ms=${d.last_seen_ms} /><span class="table-sub">
      ${t('device.received', { ago: ago(d.last_receipt_ms) })}</span>${d.clock_doubtful
      && html`<span class="table-sub"><${Chip} kind="warn" icon="clock">${t('device.clock')}</${Chip}></span>`}` },
    { head: t('device.unsent'), num: true, cell: (d) => d.unsent },
    { head: t('device.room'), cell: (d) => d.free_mib !== null && html`<span class="nowrap">${t('device.free', { size: mib(d.free_mib) })}</span>
      <span class="table-sub">${t('device.store', { size: mib(d.store_mib) })}</span>${isFull(d)
      && html`<span class="table-sub"><${Chip} kind="warn" icon="warn">${t('device.full')}</${Chip}></span>`}` },
    { head: t('device.program'), cell: (d) => html`<span class="nowrap">${d.version || t('none')}</span><span class="table-sub nowrap">${
      t('device.schema', { n: String(d.schema_version) })}</span>${d.key_turn > 0 && html`<span class="table-sub">${t('device.key',
      { n: String(d.key_turn), of: String(d.key_turns) })}</span>`}` },
  ];
  return may('devices') ? [...columns, { head: t('acts'), cell: (d) => acts(d, open) }] : columns;
}

function Waiting({ waiting, open }) {
  return waiting.map((w) => html`<${Box} key=${w.act} kind="warn" title=${t('waiting.title',
    { kind: tOr('waiting.' + w.kind, w.kind), device: String(w.device) })}>
    <p>${t('waiting.text', { signers: w.signers, needed: w.needed, when: moment(w.claimed_ms) })}</p>
    ${may('devices') && html`<button type="button" class="button-small" onClick=${() => open('approve', w)}>${t('waiting.look')}</button>`}
      </${Box}>`);
}

function Devices({ query }) {
  const codes = useCodes();
  const [moved, seen] = useMoved();
  const [act, setAct] = useState(null); // [what, whom]
  const known = session.get();
  const spaces = Object.fromEntries(known.spaces.map((s) => [s.id, s.name]));
  const filter = FILTERS[query.saring];
  const pages = usePages(filter ? null : '/api/devices', { space: query.ruang });
  const all = useWhole(filter ? '/api/devices' : null, { space: query.ruang }); // those that are looked for may be far down
  const list = filter ? { ...all, items: all.data && all.data.items } : pages;
  const items = list.items && (filter ? list.items.filter(filter) : list.items);
  const open = (what, whom) => setAct([what, whom]);
  const reload = () => { seen(); list.reload(); };
  const close = (done) => { setAct(null); if (done) reload(); };
  const change = (name) => (value) => refine({ ...query, [name]: value });
  return html`<${Page} title=${t('nav.perangkat')} lead=${t('devices.lead')}
    actions=${may('devices') && html`<button type="button" class="button-main" onClick=${() => open('invite')}><${Icon} name="plus" />${t('invite')}
      </button>`}>
    <div class="stack">${list.data && list.data.waiting.length > 0 && html`<${Waiting} waiting=${list.data.waiting} open=${open} />`}
      <${Fold} on=${Object.keys(query).length}>
        ${known.spaces.length > 1 && html`<${Select} label=${t('space')} any=${t('any')} value=${query.ruang || ''} set=${change('ruang')}
          options=${known.spaces.map((s) => [s.id, s.name])} />`}
        <${Select} label=${t('devices.show')} any=${t('any')} value=${query.saring || ''} set=${change('saring')}
          options=${Object.keys(FILTERS).map((f) => [f, t('devices.' + f)])} /></${Fold}>
      <${MovedNote} moved=${moved} reload=${reload} />
      <${List} list=${{ ...list, items, total: query.saring ? undefined : list.total }} caption=${t('nav.perangkat')}
        columns=${columnsFor(codes, spaces, open)} rowKey=${(d) => d.space + d.key}
        empty=${html`<${Empty} icon="tablet" title=${t(query.saring ? 'devices.none.here' : 'devices.none')} text=${t('devices.none.text')} />`} />
      <p class="small muted">${t('devices.told')}</p></div>
    ${act && act[0] === 'invite' && html`<${Invite} close=${close} />`}
    ${act && (act[0] === 'change' || act[0] === 'admit') && html`<${ChangeDialog} device=${act[1]} admit=${act[0] === 'admit'} close=${close} />`}
    ${act && act[0] === 'approve' && html`<${ApproveDialog} act=${act[1]} close=${close} />`}
  </${Page}>`;
}

export default function Perangkat({ parts, query }) {
  return parts[0] === 'hilang' && parts.length === 3 ? html`<${Hilang} space=${Number(parts[1])} number=${Number(parts[2])} />`
    : html`<${Devices} query=${query} />`;
}
