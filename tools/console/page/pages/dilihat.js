// page/pages/dilihat.js — who looked at whose data, and what was taken away: each line carries the hash of the one before it.
import { html, useState } from '../html.js';
import { Field, Fold, Select } from '../form.js';
import { Box, Empty } from '../parts.js';
import { List } from '../table.js';
import { usePages } from '../load.js';
import { tableWord } from '../codes.js';
import { now } from '../state.js';
import { moment, roleList, t, tOr } from '../text.js';

const ACTS = ['sign-in', 'sign-in-wrong', 'sign-in-refused', 'renew', 'sign-out', 'search', 'list', 'row', 'history', 'photo', 'decision', 'status',
  'unite', 'part', 'forget', 'export', 'import', 'device', 'account', 'looks', 'segment', 'audit', 'refused'];

/** Of what was shown: what the list is called, whose rows, and of keys how they begin. Anything else, such as what was typed, as it is. */
function said(detail) {
  const [list, ...rows] = detail.split(' ');
  const name = tOr('look.list.' + list, '');
  return name ? [name, ...rows.map((word) => (/^[0-9a-f]{32}$/.test(word) ? word.slice(0, 12) + '…' : tableWord(word)))].join(' ') : detail;
}

const NIGHT_LATE_MS = 3 * 86400e3;

/** Without a night's signature nobody could tell that the end was cut off. */
function Nights({ anchors }) {
  const old = (ms) => ms && now() - ms > NIGHT_LATE_MS;
  const told = old(anchors.none_since_ms) ? t('looks.nights.none')
    : old(anchors.night_ms) && t('looks.nights.late', { when: moment(anchors.night_ms) });
  return told && html`<${Box} kind="warn" title=${told}><p>${t('looks.nights.text')}</p></${Box}>`;
}

/** Does it hold, and has it all that central has signed of it at night? */
function Chain({ of: { holds, head, anchors } }) {
  if (!holds)
    return html`<${Box} kind="bad" title=${t('looks.broken')} alert><p>${t('looks.broken.text')}</p></${Box}>`;
  if (anchors.missing)
    return html`<${Box} kind="bad" title=${t('looks.cut')} alert><p>${t('looks.cut.text', { n: String(anchors.cut || '?') })}</p></${Box}>`;
  return html`<${Box} kind="ok" title=${t('looks.holds')}><p>${t('looks.head', { n: String(head.n) })} <span class="mono small">${head.hash}</span>
    </p><p class="small muted">${t('looks.anchors', { n: anchors.n })}${anchors.acknowledged > 0
      && html`; ${t('looks.acknowledged', { n: anchors.acknowledged })}`}</p></${Box}>`;
}

export function Looks() {
  const [account, setAccount] = useState('');
  const [act, setAct] = useState('');
  const [from, setFrom] = useState('');
  const [till, setTill] = useState('');
  const list = usePages('/api/audit/looks', { account, act, from, to: till });
  const columns = [
    { head: t('look.when'), first: true, cell: (l) => html`<span class="nowrap">${moment(l.at_ms)}</span>`, sub: (l) => '#' + l.n },
    { head: t('sign.account'), cell: (l) => html`${l.account}<span class="table-sub">${roleList(l.role)}</span>` },
    { head: t('look.act'), cell: (l) => tOr('look.' + l.act, l.act) },
    { head: t('look.what'), cell: (l) => l.tbl && html`${tableWord(l.tbl)}<span class="table-sub mono nowrap">${(l.key || '').slice(0, 12)}</span>` },
    { head: t('look.count'), num: true, cell: (l) => l.count },
    { head: t('look.detail'), cell: (l) => [said(l.detail), l.reason].filter(Boolean).join(' · ') },
    { head: t('look.hash'), cell: (l) => html`<span class="mono small nowrap">${l.hash.slice(0, 10)}</span>` },
  ];
  return html`<div class="stack">${list.data && html`<${Chain} of=${list.data} /><${Nights} anchors=${list.data.anchors} />`}
    <${Fold} on=${[account, act, from, till].filter(Boolean).length}><${Field} label=${t('sign.account')} value=${account} set=${setAccount} />
      <${Select} label=${t('look.act')} any=${t('any')} value=${act} set=${setAct} options=${ACTS.map((a) => [a, t('look.' + a)])} />
      <${Field} label=${t('from')} type="date" value=${from} set=${setFrom} /><${Field} label=${t('till')} type="date" value=${till} set=${setTill} />
        </${Fold}>
    <${List} list=${list} caption=${t('audit.dilihat')} columns=${columns} rowKey=${(l) => l.n}
      empty=${html`<${Empty} icon="shield" title=${t('looks.none')} text=${t('looks.none.text')} />`} /></div>`;
}
