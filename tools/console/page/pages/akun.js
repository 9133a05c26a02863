// page/pages/akun.js — one's own sessions and PIN; for administrators, who may sign in, and where.
import { html, useState } from '../html.js';
import { FormDialog } from '../dialog.js';
import { Field, Go, useSend } from '../form.js';
import { Icon } from '../icon.js';
import { Ago, Box, Chip, Empty, Page, TroubleBox, Wait } from '../parts.js';
import { List, Table } from '../table.js';
import { useLoad } from '../load.js';
import { post } from '../api.js';
import { may, notify, session } from '../state.js';
import { moment, roleList, said, t, tOr } from '../text.js';
import { useRights } from './hak.js';

const PIN_MIN = 8;
const act = (body) => post('/api/accounts', body);

function Sessions({ mine, reload }) {
  const [end, busy, error] = useSend(async (id) => {
    await act({ act: 'end-session', session: id });
    notify(t('session.ended'));
    reload();
  });
  const columns = [
    { head: t('session'), first: true, cell: (s) => s.address, sub: (s) => (s.current ? t('session.this') : null) },
    { head: t('since'), cell: (s) => moment(s.since_ms) }, { head: t('last.seen'), cell: (s) => html`<${Ago} ms=${s.seen_ms} />` },
    { head: t('acts'), cell: (s) => (s.current ? null : html`<button type="button" class="button-small" disabled=${busy}
      onClick=${() => end(s.session)}>${t('session.end')}</button>`) },
  ];
  return html`<section class="stack" aria-labelledby="sessions"><h2 id="sessions">${t('sessions')}</h2><p class="muted">${t('sessions.text')}</p>
    ${error && html`<${TroubleBox} error=${error} />`}<${Table} caption=${t('sessions')} columns=${columns} rows=${mine.sessions}
      rowKey=${(s) => s.session} /></section>`;
}

/** A new PIN, twice: nobody can tell it back to the one who forgot it. */
function PinFields({ pin, setPin, again, setAgain }) {
  return html`<${Field} label=${t('pin.new')} type="password" autocomplete="new-password" value=${pin} set=${setPin}
    hint=${t('pin.hint', { n: PIN_MIN })} wrong=${pin && pin.length < PIN_MIN && t('pin.short', { n: PIN_MIN })} />
    <${Field} label=${t('pin.again')} type="password" autocomplete="new-password" value=${again} set=${setAgain} wrong=${again && again !== pin
      && t('pin.other')} />`;
}

export function PinForm({ done }) {
  const [old, setOld] = useState('');
  const [pin, setPin] = useState('');
  const [again, setAgain] = useState('');
  const [send, busy, error] = useSend(async () => {
    await act({ act: 'pin', old, pin });
    setOld(''); setPin(''); setAgain('');
    notify(t('pin.changed'));
    done();
  });
  const ready = old && pin.length >= PIN_MIN && pin === again;
  return html`<form class="stack" onSubmit=${(e) => { e.preventDefault(); if (ready) send(); }}><${Field} label=${t('pin.old')} type="password"
      autocomplete="current-password" value=${old} set=${setOld} />
    <${PinFields} ...${{ pin, setPin, again, setAgain }} />${error && html`<${TroubleBox} error=${error} />`}
    <${Go} type="submit" missing=${ready ? '' : t('form.missing')} act=${() => {}} busy=${busy}>${t('pin.send')}</${Go}></form>`;
}

function Pin() {
  const [rotate, rotating, rotateError] = useSend(async () => {
    spacesTold(await act({ act: 'rotate' }), t('key.changed'));
  });
  return html`<section class="panel stack narrow" aria-labelledby="pin"><h2 id="pin">${t('pin.title')}</h2><p class="muted">${t('pin.text')}</p>
    <${PinForm} done=${() => {}} />
    <h3>${t('key.title')}</h3><p class="muted">${t('key.text')}</p>${rotateError && html`<${TroubleBox} error=${rotateError} />`}
    <div class="row"><button type="button" disabled=${rotating} onClick=${() => rotate()}>${rotating ? t('sending') : t('key.send')}</button></div>
  </section>`;
}

function AddDialog({ close }) {
  const { spaces } = session.get();
  const [account, setAccount] = useState('');
  const [name, setName] = useState('');
  const [pin, setPin] = useState('');
  const [again, setAgain] = useState('');
  const { fields, ready, roles, scope } = useRights();
  const [chosen, setChosen] = useState(spaces.length === 1 ? [spaces[0].id] : []);
  const [send, busy, error] = useSend(async () => {
    const answer = await act({ act: 'add', account, name, pin, spaces: chosen.map((space) => ({ space, roles, scope })) });
    spacesTold(answer, t('account.added', { account }));
    close(true);
  });
  const good = /^[a-z][a-z0-9._-]{1,31}$/.test(account);
  return html`<${FormDialog} title=${t('account.add')} close=${() => close(false)} send=${send} busy=${busy} sendText=${t('account.add')}
    ready=${Boolean(good && name.trim() && pin.length >= PIN_MIN && pin === again && ready && chosen.length)}>
    <${Field} label=${t('account.person')} value=${name} set=${setName} autocomplete="off" />
    <${Field} label=${t('sign.account')} value=${account} set=${setAccount} autocomplete="off" spellcheck="false" hint=${t('account.hint')}
      wrong=${account && !good && t('account.wrong')} />
    ${fields}
    <${Spaces} ...${{ chosen, setChosen, offered: spaces }} />
    <${PinFields} ...${{ pin, setPin, again, setAgain }} /><${Box}><p>${t('account.pin.text')}</p></${Box}>
    ${error && html`<${TroubleBox} error=${error} />`}</${FormDialog}>`;
}

/** What came of each space, told: where it failed, and where it is signed but not sent. */
function spacesTold(answer, done) {
  const amiss = (answer.spaces || []).filter((s) => s.result !== 'ok' || s.unsent);
  const name = (id) => (session.get().spaces.find((s) => s.id === id) || { name: String(id) }).name;
  notify(amiss.length ? amiss.map((s) => `${name(s.id)}: ${said(s, 'text')}`).join(' ') : done,
    amiss.some((s) => s.result !== 'ok') ? 'bad' : amiss.length ? 'warn' : 'ok');
}

function Spaces({ chosen, setChosen, offered }) {
  const toggle = (id) => setChosen(chosen.includes(id) ? chosen.filter((x) => x !== id) : [...chosen, id]);
  return html`<fieldset><legend class="label">${t('account.spaces')}</legend>${offered.map((s) => html`<label class="check" key=${s.id}>
    <input type="checkbox" checked=${chosen.includes(s.id)} onChange=${() => toggle(s.id)} /><span>${s.name}</span></label> `)}
    ${!offered.length && html`<p class="muted">${t('account.space.none')}</p>`}</fieldset>`;
}

/** Another space for an account that is there, whoever made it: its person types the PIN, which opens its key for the new desk. */
function SpaceDialog({ close, known }) {
  const [account, setAccount] = useState('');
  const [pin, setPin] = useState('');
  const { fields, ready, roles, scope } = useRights();
  const [ticked, setChosen] = useState([]);
  const its = known.find((a) => a.account === account);
  const offered = session.get().spaces.filter((s) => !its || !its.spaces.some((x) => x.id === s.id && x.state !== 'asks')); // where it is not yet
  const chosen = ticked.filter((id) => offered.some((s) => s.id === id));
  const [send, busy, error] = useSend(async () => {
    const answer = await act({ act: 'space', account, pin, spaces: chosen.map((space) => ({ space, roles, scope })) });
    spacesTold(answer, t('account.space.done', { account }));
    close(true);
  });
  return html`<${FormDialog} title=${t('account.space')} close=${() => close(false)} send=${send} busy=${busy} sendText=${t('account.space')}
    ready=${Boolean(account && pin && ready && chosen.length)}><p>${t('account.space.text')}</p>
    <${Field} label=${t('sign.account')} value=${account} set=${setAccount} autocomplete="off" spellcheck="false" />
    <${Field} label=${t('account.space.pin')} type="password" autocomplete="off" value=${pin} set=${setPin} />
    ${fields}<${Spaces} ...${{ chosen, setChosen, offered }} />
    ${error && html`<${TroubleBox} error=${error} />`}</${FormDialog}>`;
}

function Everybody({ list, open, openSpace }) {
  const [change, busy, error] = useSend(async (item) => {
    await act({ act: item.state === 'active' ? 'disable' : 'enable', account: item.account });
    notify(t(item.state === 'active' ? 'account.disabled' : 'account.enabled', { account: item.account }));
    list.reload();
  });
  const [unlock, unlocking, unlockError] = useSend(async (item) => {
    await act({ act: 'unlock', account: item.account });
    notify(t('account.unlocked', { account: item.account }));
    list.reload();
  });
  const own = session.get().account;
  const columns = [
    { head: t('sign.account'), first: true, cell: (a) => a.name, sub: (a) => a.account },
    { head: t('state'), cell: (a) => html`<${Chip} kind=${a.state === 'active' ? 'ok' : 'bad'} icon=${a.state === 'active' ? 'ok' : 'lock'}>
      ${tOr('account.state.' + a.state, a.state)}</${Chip}>${a.wrong > 0
      && html`<span class="table-sub">${t('account.wrong.pins', { n: a.wrong })}</span>`}` },
    { head: t('account.spaces'), cell: (a) => html`<ul class="bare">${a.spaces.map((s) => html`<li>
      ${s.name}: ${s.state === 'active' ? roleList(s.roles)
        : html`<${Chip} kind="warn" icon="clock">${tOr('state.' + s.state, s.state)}</${Chip}>`}</li>`)}</ul>` },
    { head: t('account.last'), cell: (a) => html`<${Ago} ms=${a.last_sign_in_ms} />` },
    { head: t('account.sessions'), num: true, cell: (a) => a.sessions.length },
    { head: t('acts'), cell: (a) => html`${a.wait_s > 0 && html`<button type="button" class="button-small" disabled=${unlocking}
      onClick=${() => unlock(a)}>${t('account.unlock')}</button> `}${a.account === own ? null : html`<button type="button"
      class=${'button-small' + (a.state === 'active' ? ' button-bad' : '')} disabled=${busy} onClick=${() => change(a)}>
      ${t(a.state === 'active' ? 'account.disable' : 'account.enable')}</button>`}` },
  ];
  return html`<section class="stack" aria-labelledby="everybody"><div class="row row-apart"><h2 id="everybody">${t('accounts')}</h2><div class="row">
    <button type="button" onClick=${openSpace}><${Icon} name="plus" />${t('account.space')}</button><button type="button" class="button-main"
      onClick=${open}><${Icon} name="plus" />${t('account.add')}</button></div></div>
    ${(error || unlockError) && html`<${TroubleBox} error=${error || unlockError} />`}
    <${List} list=${{ ...list, items: list.data && list.data.items }} caption=${t('accounts')} columns=${columns}
      rowKey=${(a) => a.account} empty=${html`<${Empty} title=${t('empty')} />`} /></section>`;
}

export default function Akun() {
  const list = useLoad('/api/accounts');
  const [adding, setAdding] = useState(null); // which dialog
  const added = (done) => { setAdding(null); if (done) list.reload(); };
  const known = session.get();
  const mine = list.data && list.data.items.find((a) => a.account === known.account);
  return html`<${Page} title=${t('nav.akun')} lead=${t('accounts.lead', { name: known.name, account: known.account })}>
    ${list.error ? html`<${TroubleBox} error=${list.error} again=${list.reload} />` : !list.data ? html`<${Wait} />` : html`<div class="stack-wide">
      ${may('accounts') && html`<${Everybody} list=${list} open=${() => setAdding('account')}
        openSpace=${() => setAdding('space')} />`}
      ${mine && html`<${Sessions} mine=${mine} reload=${list.reload} />`}<${Pin} /></div>`}
    ${adding && (adding === 'space' ? html`<${SpaceDialog} close=${added} known=${list.data.items} />` : html`<${AddDialog} close=${added} />`)}
  </${Page}>`;
}
