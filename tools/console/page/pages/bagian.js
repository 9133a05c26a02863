// page/pages/bagian.js — one segment of a log in full: who signed it, by which rights, behind what, and what became of each transaction in it.
import { html, useState } from '../html.js';
import { Field, Go, Select } from '../form.js';
import { Icon } from '../icon.js';
import { Box, Chip, Empty, Facts, TroubleBox, Wait } from '../parts.js';
import { useLoad } from '../load.js';
import { path } from '../api.js';
import { columnWord, tableWord } from '../codes.js';
import { session } from '../state.js';
import { moment, number, said, t, tOr } from '../text.js';

function Txn({ x }) {
  return html`<li><div class="row row-apart"><strong>${t('segment.txn', { n: String(x.place) })}</strong><${Chip}
    kind=${x.fate === 'counts' ? 'ok' : 'warn'} icon=${x.fate === 'counts' ? 'ok' : 'warn'}>${tOr('fate.' + x.fate, x.fate)}</${Chip}></div>
    <p class="small muted">${moment(x.claimed_ms)}${x.note ? ' · ' + t('note.given', { note: x.note }) : ''}</p>
      ${x.why_id && html`<p>${said(x, 'why')}</p>`}
    ${x.changes && html`<ul class="bare">${x.changes.map((c) => html`<li>${tOr('op.' + c.op, c.op)} ${tableWord(c.tbl)} <span class="mono small">
      ${c.key.slice(0, 12)}</span>: ${c.columns.map(columnWord).join(', ')} ${c.held && html`<${Chip} kind="warn" icon="lock">${t('held')}</${Chip}>`}
      </li>`)}</ul>`}</li>`;
}

function Shown({ data }) {
  const hash = (v) => html`<span class="mono small">${v}</span>`;
  return html`<section class="panel stack" aria-labelledby="segment"><div class="row row-apart"><h2 id="segment">
    ${t('segment.title', { label: data.label, n: String(data.number) })}</h2>
      <${Chip} kind=${data.fate === 'counts' ? 'ok' : 'warn'} icon=${data.fate === 'counts' ? 'ok' : 'warn'}>${tOr('fate.' + data.fate, data.fate)}
        </${Chip}></div>
    <${Facts} of=${[[t('segment.signer'), hash(data.signer)], [t('roles'), `${data.roles}${data.scope ? ' @ ' + data.scope : ''}`],
      [t('cut.claimed'), moment(data.claimed_ms)],
      [t('segment.bounds'), html`${data.after_ms ? t('trust.after', { from: moment(data.after_ms) }) : ''} <br />
        ${data.before_ms ? t('trust.before', { till: moment(data.before_ms) }) : t('trust.unbounded')}`],
      [t('segment.hash'), hash(data.segment)], [t('segment.previous'), hash(data.previous)], [t('fork.commit'), hash(data.commit)],
        [t('segment.bytes'), number(data.payload_bytes)], [t('device.version'),
        t('segment.schema', { n: String(data.schema_version), epoch: String(data.key_epoch) })],
      [t('segment.heads'), data.heads.map((h) => `${h.label} ${h.number}${h.known ? '' : ' (' + t('unknown') + ')'}`).join(' · ')]]} />
    ${data.txns.length > 0 && html`<ol class="history bare">${data.txns.map((x) => html`<${Txn} key=${x.place} x=${x} />`)}</ol>`}
    ${data.records && data.records.length > 0 && html`<details><summary>${t('segment.records')}</summary><pre>
      ${data.records.map((r) => (typeof r === 'string' ? r : JSON.stringify(r, null, 1))).join('\n')}</pre></details>`}
    ${data.rules.length > 0 && html`<details><summary>${t('segment.rules')}</summary><pre>${data.rules.join('\n')}</pre></details>`}</section>`;
}

export function Segment() {
  const { spaces } = session.get();
  const [space, setSpace] = useState(spaces[0].id);
  const [typed, setTyped] = useState('');
  const [name, setName] = useState('');
  const list = useLoad(name ? path('audit', 'segment', space, name) : null);
  return html`<div class="stack"><form class="panel stack" onSubmit=${(e) => { e.preventDefault(); setName(typed.trim()); }}><div class="filters">
      ${spaces.length > 1 && html`<${Select} label=${t('space')} value=${space} set=${setSpace} options=${spaces.map((s) => [s.id, s.name])} />`}
      <${Field} label=${t('segment.name')} value=${typed} set=${setTyped} placeholder="7:41" spellcheck="false" /></div>
      <${Go} type="submit" missing=${typed.trim() ? '' : t('needed')} act=${() => {}}><${Icon} name="search" />${t('segment.look')}</${Go}></form>
    ${!name ? html`<${Box}><p>${t('segment.name.hint')} ${t('segment.text')}</p></${Box}>` : list.error
      ? (list.error.status === 404 ? html`<div class="table-wrap"><${Empty} icon="search" title=${t('segment.none')} text=${t('segment.name.hint')} />
      </div>` : html`<${TroubleBox} error=${list.error} again=${list.reload} />`)
    : !list.data ? html`<${Wait} /> ` : html`<${Shown} data=${list.data} />`}</div>`;
}
