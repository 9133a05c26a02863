// page/pages/audit.js — can it be believed? States that central signs, logs that branched, what was not taken, who looked at whom, and one segment in
// full.
import { html, useState } from '../html.js';
import { useSend } from '../form.js';
import { Icon } from '../icon.js';
import { Ago, Box, Chip, Empty, Facts, Logged, Page, Tabs, TroubleBox, Wait } from '../parts.js';
import { List } from '../table.js';
import { useLoad, usePages } from '../load.js';
import { useAudits } from '../live.js';
import { path, post, get } from '../api.js';
import { columnWord, tableWord } from '../codes.js';
import { may, operators, session } from '../state.js';
import { moment, said, t, tOr } from '../text.js';
import { to } from '../router.js';
import { Looks } from './dilihat.js';
import { Segment } from './bagian.js';

const spaceName = (id) => (session.get().spaces.find((s) => s.id === id) || { name: String(id) }).name;

/** Rows of central.db that somebody changed outside the way. Which ones is for those who may see the whole space. */
function Changed({ run }) {
  const more = run.differences - run.changed.length;
  return run.differences > 0 && html`<p>${t('audit.changed', { n: run.differences })}</p>
    <ul class="bare stack-tight">${run.changed.map((c) => html`<li><strong>${tOr('tbl.' + c.tbl, c.tbl)}</strong> ${t('audit.changed.' + c.kind)}
      ${c.columns && ': ' + c.columns.split(',').map(columnWord).join(', ')} <span class="small mono">${c.key}</span></li>`)}
    ${more > 0 && html`<li>${t(run.changed.length ? 'audit.changed.more' : 'audit.changed.hidden', { n: more })}</li>`}</ul>`;
}

/** The result of a check: all holds, or what does not, part by part; and what was not looked at. */
function Found({ run }) {
  const beyond = run.postgres && html`<p>${t('audit.postgres')}</p>`;
  if (run.findings === 0)
    return html`<${Box} kind="ok" title=${t('audit.holds')}><p>${t('audit.holds.text')}</p>${beyond}</${Box}>`;
  const items = run.items.length > 0 && html`<ul class="bare stack-tight">
    ${run.items.map((f) => html`<li><strong>${said(f, 'what')}</strong> <span class="small mono">${f.part}: ${f.what}</span><br />
    ${said(f, 'safe')} ${said(f, 'todo')}</li>`)}</ul>`;
  if (run.error)
    return html`<${Box} kind="warn" title=${t('audit.stopped')} alert><p>${said(run.error, 'text')} ${said(run.error, 'safe')}
      ${said(run.error, 'todo')}</p>${items}</${Box}>`;
  return html`<${Box} kind="bad" title=${t('audit.fails', { n: run.findings })} alert>${items}<${Changed} run=${run} />${beyond}</${Box}>`;
}

function State({ space, reload }) {
  const [run, setRun] = useState(null);
  const [send, busy, error] = useSend(async () => setRun(await post('/api/audit/run', { space: space.id })));
  const running = (run && run.running) || (space.audit && space.audit.running);
  const read = async (job) => {
    const done = await get(path('audit', 'run', job));
    setRun(done);
    if (!done.running)
      reload();
  };
  useAudits((job) => { if (job.space === space.id && !job.running) read(job.job).catch(() => {}); });
  return html`<section class="panel stack" aria-labelledby=${'state-' + space.id}><div class="row row-apart"><h2 id=${'state-' + space.id}>
    ${space.name}</h2>
      <button type="button" class="no-print" disabled=${busy || running} onClick=${() => send()}><${Icon} name=${running ? 'wait' : 'shield'}
        turning=${running} />${t(running ? 'audit.running' : 'audit.run')}</button></div>
    ${space.error && html`<${Box} kind="warn" title=${t('space.trouble', { name: space.name })}><p>${said(space, 'error')}</p>
      <${Logged} text=${space.error} /></${Box}>`}
    ${error && html`<${TroubleBox} error=${error} />`}
    ${run && !run.running ? html`<${Found} run=${run} />` : space.audit && !running
      && html`<p class="row">${space.audit.findings === null ? html`<${Chip} kind="warn" icon="warn">${t('audit.stopped')}
      </${Chip}>` : space.audit.findings === 0 ? html`<${Chip} kind="ok" icon="ok">${t('audit.held', { when: moment(space.audit.at_ms) })}
      </${Chip}>` : html`<${Chip} kind="bad" icon="bad">${t('audit.failed', { when: moment(space.audit.at_ms), n: space.audit.findings })}</${Chip}>`}
      </p>`}
    <${Facts} of=${[[t('state.hash'), html`<span class="mono small">${space.state_hash}</span>`],
      [t('state.signed'), space.central_segment && html`${t('history.segment', { n: String(space.central_segment) })}
        <span class="mono small"> ${(space.commit || '').slice(0, 10)}</span>`],
      [t('state.synced'), html`<${Ago} ms=${space.synced_ms} />`], [t('state.projected'),
        html`<${Ago} ms=${space.projected_ms} /> · ${t('state.batch', { n: String(space.batch), rows: space.rows })}`],
      [t('state.open'), t('state.counts', { conflicts: space.conflicts, held: space.held })], [t('state.schema'), String(space.schema_version)],
        [t('state.id'), html`<span class="mono small">${space.hex}</span>`]]} /></section>`;
}

function States() {
  const list = useLoad('/api/audit/states');
  if (list.error)
    return html`<${TroubleBox} error=${list.error} again=${list.reload} />`;
  return !list.data ? html`<${Wait} />` : html`<div class="stack"><p class="muted">${t('states.text')}</p>
    ${list.data.spaces.map((s) => html`<${State} key=${s.id} space=${s} reload=${list.reload} />`)}</div>`;
}

function Forks() {
  const list = useLoad('/api/audit/forks');
  if (list.error)
    return html`<${TroubleBox} error=${list.error} again=${list.reload} />`;
  if (!list.data)
    return html`<${Wait} />`;
  if (!list.data.items.length)
    return html`<div class="table-wrap"><${Empty} icon="ok" title=${t('forks.none')} text=${t('forks.none.text')} /></div>`;
  return html`<div class="stack"><p class="muted">${t('forks.text')}</p>
    ${list.data.items.map((f) => html`<section class="panel stack" key=${f.writer + f.number}><h2>
    ${t('fork.title', { label: f.label, space: spaceName(f.space) })}</h2>
    <p>${t('fork.at', { n: String(f.number) })} ${f.resumed && html`<${Chip} kind="ok" icon="ok">${t('fork.resumed')}</${Chip}>`}</p>
    <div class="columns">${f.sides.map((s, i) => html`<div class="side-card" key=${s.commit}><h3>
      ${t('fork.branch', { letter: String.fromCharCode(65 + i) })}</h3>
      <${Facts} of=${[[t('cut.claimed'), moment(s.claimed_ms)], [t('fork.last'), t('history.segment', { n: String(s.last) })],
        [t('fork.commit'), html`<span class="mono small">${s.commit}</span>`]]} />
      <details><summary>${t('fork.proof')}</summary><pre>${s.text}</pre><pre>${s.signature}</pre></details></div>`)}</div></section>`)}</div>`;
}

function Cases() {
  const list = usePages('/api/audit/cases');
  const columns = [
    { head: t('case'), first: true, cell: (c) => said(c, 'what'), sub: (c) => [c.label, spaceName(c.space)].filter(Boolean).join(' · ') },
    { head: t('trouble.safe'), cell: (c) => said(c, 'safe') }, { head: t('trouble.todo'), cell: (c) => said(c, 'todo') },
    { head: t('since'), cell: (c) => html`<${Ago} ms=${c.since_ms} />` },
    { head: t('state'), cell: (c) => (c.open ? html`<${Chip} kind="warn" icon="warn">${t('case.open')}</${Chip}>`
      : html`<${Chip} kind="ok" icon="ok">${t('case.settled')}</${Chip}>`) },
  ];
  return html`<${List} list=${list} caption=${t('cases')} columns=${columns} rowKey=${(c) => c.space + c.kind + c.about}
    empty=${html`<${Empty} icon="ok" title=${t('cases.none')} text=${t('cases.none.text')} />`} />`;
}

function Refused() {
  const list = usePages('/api/audit/refused');
  const columns = [
    { head: t('refused.what'), first: true, cell: (r) => tOr('refused.' + r.kind, r.kind),
      sub: (r) => `${r.label} · ${spaceName(r.space)} · ${t('history.segment', { n: String(r.segment) })}` },
    { head: t('refused.why'), cell: (r) => html`${r.reason}<span class="table-sub">${r.detail}</span>` },
    { head: t('refused.where'), cell: (r) => r.tbl && html`${tableWord(r.tbl)}${r.col
      && html`<span class="table-sub">${columnWord(r.col)}</span>`}` },
    { head: t('since'), cell: (r) => html`<${Ago} ms=${r.since_ms} />` },
    { head: t('refused.adopted'), cell: (r) => r.adopted ? html`<${Chip} kind="ok" icon="ok">${t('refused.adopted')}</${Chip}>`
      : r.gone && t('refused.gone') },
  ];
  return html`<${List} list=${list} caption=${t('refused')} columns=${columns} rowKey=${(r) => r.space + r.commit + r.place}
    empty=${html`<${Empty} icon="ok" title=${t('refused.none')} text=${t('refused.none.text')} />`} />`;
}

const VIEWS = [['keadaan', States, operators], ['kasus', Cases, () => true], ['ditolak', Refused, operators], ['cabang', Forks, operators],
  ['bagian', Segment, operators], ['dilihat', Looks, () => may('looks')]];

export default function Audit({ query }) {
  const views = VIEWS.filter(([, , allowed]) => allowed());
  const [name, View] = views.find(([n]) => n === query.bagian) || views[0];
  return html`<${Page} title=${t('nav.audit')} lead=${t('audit.lead.' + name)}>
    <${Tabs} label=${t('nav.audit')} items=${views.map(([n]) => ({ href: to('audit', { bagian: n }), text: t('audit.' + n), here: n === name }))} />
    <${View} key=${name} query=${query} /></${Page}>`;
}
