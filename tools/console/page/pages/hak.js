// page/pages/hak.js — which roles, and where. Nothing stands there that nobody chose: for a device that is in, its own; for a new one, nothing yet.
import { html, useState } from '../html.js';
import { Check, Select } from '../form.js';
import { kelName, useCodes } from '../codes.js';
import { t, tOr } from '../text.js';

const ROLES = ['petugas', 'kelurahan', 'verifikator', 'kominfo', 'admin'];
const OPEN = '-'; // no region is chosen yet

const listed = (roles) => (roles || '').split(',').filter(Boolean);
export const roleWords = (roles) => listed(roles).map((r) => tOr('role.' + r, r)).join(', ');

/** Roles of its own that nobody is given here (pusat) can stay, or be taken. */
function Roles({ offered, roles, setRoles }) {
  const toggle = (role) => setRoles(roles.includes(role) ? roles.filter((r) => r !== role) : offered.filter((r) => r === role || roles.includes(r)));
  return html`<fieldset class="stack-tight"><legend class="label">${t('invite.role')}</legend>${offered.map((r) => html`<${Check} key=${r}
    label=${html`${tOr('role.' + r, r)}<span class="table-sub">${tOr('role.hint.' + r, '')}</span>`} checked=${roles.includes(r)}
    set=${() => toggle(r)} />`)}</fieldset>`;
}

/** given: roles as a device has them ('' = none are known), scope (null = none is known). ready: both are chosen. */
export function useRights({ roles: own = '', scope: place = null } = {}) {
  const codes = useCodes();
  const [roles, setRoles] = useState(listed(own));
  const [scope, setScope] = useState(place);
  const offered = [...ROLES, ...listed(own).filter((r) => !ROLES.includes(r))];
  const places = [...(place === null ? [[OPEN, t('choose')]] : []), ['', t('invite.everywhere')],
    ...(place && !codes.kelurahan.some((k) => k.kode === place) ? [[place, kelName(codes, place)]] : []),
    ...codes.kelurahan.map((k) => [k.kode, k.nama])];
  const fields = html`<${Roles} offered=${offered} roles=${roles} setRoles=${setRoles} />
    <${Select} label=${t('invite.scope')} value=${scope === null ? OPEN : scope} set=${(v) => setScope(v === OPEN ? null : v)} options=${places}
      hint=${t('invite.scope.hint')} />`;
  return { fields, ready: roles.length > 0 && scope !== null, roles: roles.join(','), scope };
}
