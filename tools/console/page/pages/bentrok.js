// page/pages/bentrok.js — decide a conflict: base, A, B side by side, papers beside them, a reason, signed with this person's own key. All by
// keyboard.
import { html, useState } from '../html.js';
import { Reason, useSend } from '../form.js';
import { Icon } from '../icon.js';
import { Box, Facts, MovedNote, Page, TroubleBox, Wait } from '../parts.js';
import { Photos } from '../photos.js';
import { Refused } from '../results.js';
import { Group } from './sisi.js';
import { ReturnDialog } from './kembalikan.js';
import { useLoad } from '../load.js';
import { useMoved } from '../live.js';
import { useKeys } from '../keys.js';
import { useQueue } from '../queue.js';
import { path, post } from '../api.js';
import { columnWord, columnsOf, kelName, tableWord, useCodes, Value, valueText } from '../codes.js';
import { chosenValues, decision, isDeletion } from '../decide.js';
import { awaitCentral, may, notify, useAwaited } from '../state.js';
import { moment, t } from '../text.js';
import { to } from '../router.js';
import { UndoDecision, UndoDialog } from './tarik.js';

const SUGGESTIONS = ['reason.act', 'reason.ktp', 'reason.kk', 'reason.phone'];

const NOTHING = { of: null, choices: [], keep: '' };

/** The detail at once, base and notes when they have been found in the logs. */
function useConflict(space, tbl, key) {
  const where = path('conflicts', space, tbl, key);
  const list = useLoad(where);
  const more = useLoad(list.data ? where : null, { more: 1 });
  const same = more.data && list.data && more.data.seen === list.data.seen;
  return { ...list, data: same ? more.data : list.data, looking: Boolean(list.data) && !same && !more.error };
}

/** What will be written, in words, before it is signed. */
function Summary({ data, choices }) {
  const lines = data.groups.flatMap((g, i) => (choices[i] ? g.columns.map((c) => [c, chosenValues(g, choices[i])[c]]) : []));
  const open = data.groups.filter((g, i) => !choices[i]).length;
  return html`<div class="stack-tight"><h3>${t('decide.will')}</h3>
    ${lines.length === 0 ? html`<p class="muted">${t('decide.will.none')}</p>`
      : html`<ul class="bare">${lines.map(([c, v]) => html`<li>${columnWord(c)}: <strong>${valueText(v, c, data) || t('none.filled')}</strong></li>`)}
      </ul>`}
    ${open > 0 && lines.length > 0 && html`<p class="small muted">${t('decide.open', { n: open })}</p>`}</div>`;
}

/** Deleted and changed at once: is the row to be there? */
function Deletion({ data, keep, setKeep }) {
  const option = (value, text, hint) => html`<label class="check check-card"><input type="radio" name="deletion" checked=${keep === value}
    onChange=${() => setKeep(value)} /><span>${text}<span class="table-sub">${hint}</span></span></label>`;
  return html`<fieldset class="stack-tight"><legend class="label">${t('deletion.question')}</legend>
    ${data.row ? option('stay', t('deletion.stay'), t('deletion.stay.hint'))
      : html`${option('restore', t('deletion.restore'), t('deletion.restore.hint'))}${option('stay', t('deletion.gone'), t('deletion.gone.hint'))}`}
      </fieldset>`;
}

function Row({ data }) {
  return html`<details><summary>${t('conflict.row')}</summary><${Facts}
    of=${columnsOf(data.row).filter((c) => data.row[c] !== null).map((c) => [columnWord(c),
    html`<${Value} value=${data.row[c]} column=${c} from=${data} />`])} /></details>`;
}

function Around({ queue }) {
  if (queue.at < 0)
    return null;
  return html`<span class="small muted nowrap">${t('queue.at', { at: queue.at + 1, n: queue.n })}</span>
    ${queue.before && html`<a class="button button-small" href=${queue.before}><${Icon} name="back" />${t('before')} <kbd>K</kbd></a>`}
    ${queue.next && html`<a class="button button-small" href=${queue.next}>${t('next')} <kbd>J</kbd></a>`}`;
}

function Decide({ data, choices, keep, setKeep, deletion, done, changed }) {
  const [reason, setReason] = useState('');
  const [wrong, setWrong] = useState('');
  const [refused, setRefused] = useState(null);
  const [returning, setReturning] = useState(null);
  const [undoing, setUndoing] = useState(false);
  const [send, busy, error] = useSend(async () => {
    const row = { space: data.space, tbl: data.tbl, key: data.key };
    const item = deletion ? { ...row, seen: data.seen, ...(keep === 'restore' ? { restore: true } : {}) } : decision(data, choices);
    const result = (await post('/api/decisions', { reason, items: [item] })).items[0];
    setRefused(null);
    if (result.result === 'ok') {
      awaitCentral(data.space, data.tbl, data.key, result.n);
      notify(t('decide.done', { title: data.title }), 'ok', { href: location.hash, text: t('notice.back') });
      return done();
    }
    if (result.result === 'changed')
      return changed();
    return setRefused(result);
  });
  const ready = deletion ? keep : choices.some(Boolean);
  const submit = (undo) => {
    setWrong(!reason.trim() ? t('reason.needed') : !undo && !ready ? t('decide.choose') : '');
    if (reason.trim() && undo)
      setUndoing(true);
    else if (reason.trim() && ready)
      send();
  };
  useKeys({ 'ctrl+Enter': () => submit(false) });
  const choosing = data.groups.flatMap((g) => g.columns);
  return html`<section class="panel stack decide" aria-labelledby="decide"><h2 id="decide">${t('decide')}</h2>
    ${deletion ? html`<${Deletion} data=${data} keep=${keep} setKeep=${setKeep} />` : html`<${Summary} data=${data} choices=${choices} />`}
    <${Reason} value=${reason} set=${(v) => { setReason(v); setWrong(''); }} wrong=${wrong} suggestions=${SUGGESTIONS.map((s) => t(s))} />
    ${refused && html`<${Refused} result=${refused} />`}
    ${error && html`<${TroubleBox} error=${error} />`}
    <div class="row"><button type="button" class="button-main" disabled=${busy} onClick=${() => submit(false)}>
      ${busy ? t('sending') : t('decide.send')} <kbd>Ctrl ⏎</kbd></button>
      ${data.applications.map((a) => html`<button type="button" key=${a.id} onClick=${() => setReturning(a)}>
        ${data.applications.length > 1 ? t('return.button.of', { code: a.code }) : t('return.button')}</button>`)}
      <button type="button" class="button-quiet" disabled=${busy} onClick=${() => submit(true)}>${t('decide.undo')}</button></div>
    <p class="small muted">${t('decide.hint')}</p>
    ${undoing && html`<${UndoDialog} data=${data} reason=${reason} close=${() => setUndoing(false)} done=${done} />`}
    ${returning && html`<${ReturnDialog} application=${{ ...returning, space: data.space }} first=${choosing.filter((c) => !c.endsWith('_tertulis'))}
      close=${(ok) => { setReturning(null); if (ok) done(); }} />`}</section>`;
}

export function Bentrok({ space, tbl, conflictKey }) {
  const codes = useCodes();
  const list = useConflict(space, tbl, conflictKey);
  const queue = useQueue();
  const awaited = useAwaited();
  const [moved, seen] = useMoved();
  const [picked, setPicked] = useState(NOTHING);
  const [changed, setChanged] = useState(false);
  const data = list.data;
  // What was chosen holds for what was seen: other values have come, it is chosen anew.
  const { choices, keep } = data && picked.of === data.seen ? picked : NOTHING;
  const pick = (change) => setPicked((p) => ({ ...(p.of === data.seen ? p : NOTHING), of: data.seen, ...change(p.of === data.seen ? p : NOTHING) }));
  const setKeep = (value) => pick(() => ({ keep: value }));
  const reload = () => { seen(); setPicked(NOTHING); list.reload(); };
  const go = (where) => where && (() => { location.hash = where; });
  const choose = (i) => (choice) => pick((p) => {
    const next = [...p.choices];
    next[i] = choice;
    return { choices: next };
  });
  const byNumber = (n) => () => {
    const i = data ? data.groups.findIndex((g, at) => !choices[at]) : -1;
    const group = data && data.groups[Math.max(i, 0)];
    if (group && group.sides.some((s) => s.side === n))
      choose(Math.max(i, 0))({ side: n });
  };
  useKeys({ j: go(queue.next), k: go(queue.before), 1: byNumber(1), 2: byNumber(2), 3: byNumber(3) });
  const deletion = data && data.groups.some(isDeletion);
  const sure = may('decide');
  const closed = list.error ? list.error.status === 404 : data && !data.groups.length;
  return html`<${Page} title=${data ? data.title || tableWord(tbl) : t('conflict.title')}
    crumbs=${{ href: to('rekonsiliasi'), text: t('nav.rekonsiliasi') }}
    lead=${data && !closed && t('conflict.lead', { tbl: tableWord(tbl), kel: kelName(codes, data.kel),
      when: moment(Math.max(...data.groups.flatMap((g) => g.sides.map((s) => s.claimed_ms)))) })} actions=${html`<${Around} queue=${queue} />`}>
    ${closed ? html`<${UndoDecision} space=${space} tbl=${tbl} rowKey=${conflictKey} />`
      : list.error ? html`<${TroubleBox} error=${list.error} again=${list.reload} />` : !data ? html`<${Wait} />` : html`<div class="stack">
      ${changed && html`<${Box} kind="warn" title=${t('conflict.changed')} alert><p>${t('conflict.changed.text')}</p></${Box}>`}
      <${MovedNote} moved=${moved && !changed} reload=${reload} />
      ${awaited.has(data.space, tbl, conflictKey) && html`<${Box} title=${t('awaits')}><p>${t('awaits.text')}</p></${Box}>`}
      ${data.held && html`<${Box} kind="warn" title=${t('held.this')}><p>${data.held.reason || data.held}</p></${Box}>`}
      <div class="beside"><div class="stack">
        ${data.groups.map((g, i) => html`<${Group} key=${i} index=${i} group=${g} from=${data} choice=${choices[i]} set=${choose(i)}
          looking=${list.looking} may=${sure && !deletion} />`)}
        ${sure && html`<${Decide} data=${data} choices=${choices} keep=${keep} setKeep=${setKeep} deletion=${deletion}
          done=${() => (queue.next ? go(queue.next)() : (location.hash = to('rekonsiliasi')))}
          changed=${() => { setChanged(true); reload(); }} />`}</div>
      <aside class="stack" aria-label=${t('conflict.beside')}><section class="panel stack"><h2>${t('photos')}</h2><${Photos} space=${data.space}
        photos=${data.photos} /></section>
        ${data.applications.length > 0 && html`<section class="panel stack-tight"><h2>${t('nav.permohonan')}</h2><ul class="bare">
          ${data.applications.map((a) => html`<li><a href=${to(['permohonan', data.space, a.id])}>${a.code || a.service}</a> <span class="muted">
          ${a.service}</span></li>`)}</ul></section>`}
        ${data.row && html`<section class="panel"><${Row} data=${data} /></section>`}</aside></div></div>`}
  </${Page}>`;
}
