// page/pages/impor.js — bring a list in: first tried without keeping anything, line by line; then, if somebody says so, for good.
import { html, useState } from '../html.js';
import { Go, Select, useId, useSend } from '../form.js';
import { Box, Facts, TroubleBox } from '../parts.js';
import { Table } from '../table.js';
import { postText } from '../api.js';
import { columnWord, tableWord } from '../codes.js';
import { notify, session } from '../state.js';
import { number, said, t } from '../text.js';

const FILE_BYTES_MAX = 8 * 1024 * 1024;
const LINES_SHOWN = 200;

function Lines({ title, items }) {
  if (!items.length)
    return null;
  const columns = [
    { head: t('import.line'), first: true, cell: (p) => String(p.line) }, { head: t('return.field'), cell: (p) => p.column && columnWord(p.column) },
    { head: t('result.text'), cell: (p) => html`${said(p, 'reason')}<span class="table-sub">${said(p, 'advice')}</span>` },
    { head: t('held.value'), cell: (p) => p.value && (p.times > 1 ? t('import.times', { value: p.value, n: p.times }) : p.value) },
  ];
  return html`<details open=${items.length < 20}><summary>${title}</summary><${Table} caption=${title} columns=${columns}
    rows=${items.slice(0, LINES_SHOWN)} rowKey=${(p) => `${p.line}/${p.column}/${p.code}`} />
    ${items.length > LINES_SHOWN && html`<p class="small muted">${t('import.more', { n: items.length - LINES_SHOWN })}</p>`}</details>`;
}

function Report({ report }) {
  const counted = Object.entries(report.inserted).filter(([, n]) => n).map(([tbl, n]) => `${tableWord(tbl)} ${number(n)}`).join(' · ');
  return html`<div class="stack" role="status"><${Box} kind=${report.broken ? 'bad' : report.refused ? 'warn' : 'ok'}
    title=${t(report.broken ? 'import.broken' : report.dry_run ? 'import.tried' : 'import.done')}>
    <${Facts} of=${[[t('import.rows'), number(report.rows)], [t('import.accepted'), number(report.accepted)],
      [t('import.refused'), number(report.refused)], [t('import.inserted'), counted], [t('import.ignored'), report.ignored_columns.join(', ')]]} />
        </${Box}>
    <${Lines} title=${t('import.problems', { n: report.problems.length })} items=${report.problems} />
    <${Lines} title=${t('import.unknown', { n: report.unknown_codes.length })} items=${report.unknown_codes} />
    <${Lines} title=${t('import.notes', { n: report.notes.length })} items=${report.notes} /></div>`;
}

export function Import() {
  const id = useId('file');
  const { spaces } = session.get();
  const [space, setSpace] = useState(spaces[0].id);
  const [layout, setLayout] = useState('auto');
  const [file, setFile] = useState(null);
  const [report, setReport] = useState(null);
  const tooLarge = file && file.size > FILE_BYTES_MAX;
  /** The file's own bytes: as a text it would have lost what is no UTF-8, and nobody could refuse it any more. */
  const [send, busy, error] = useSend(async (dry) => {
    setReport(null);
    const answer = await postText('/api/import', { space, layout, dry: dry ? 1 : '' }, file, 'text/csv').catch((e) => {
      setReport((e.body && e.body.report && { ...e.body.report, broken: true }) || null);
      throw e;
    });
    setReport(answer.report);
    if (!answer.report.dry_run)
      notify(t('import.done'));
  });
  const choose = (e) => { setFile(e.target.files[0] || null); setReport(null); };
  return html`<section class="panel stack no-print" aria-labelledby="import"><h2 id="import">${t('import')}</h2><p class="muted">${t('import.text')}
    </p>
    <div class="filters">${spaces.length > 1 && html`<${Select} label=${t('space')} value=${space} set=${(v) => { setSpace(v); setReport(null); }}
      options=${spaces.map((s) => [s.id, s.name])} />`}
      <${Select} label=${t('import.layout')} value=${layout} set=${(v) => { setLayout(v); setReport(null); }}
        options=${['auto', 'permohonan', 'opensid'].map((l) => [l, t('import.layout.' + l)])} />
      <div class="field"><label for=${id}>${t('import.file')}</label><input id=${id} type="file" accept=".csv,text/csv" onChange=${choose} /></div>
        </div>
    ${tooLarge && html`<${Box} kind="warn" title=${t('import.large')} />`}
    ${error && html`<${TroubleBox} error=${error} />`}
    <div class="row"><${Go} kind="" missing=${!file ? t('import.needed') : tooLarge ? t('import.large') : ''} act=${() => send(true)} busy=${busy}>
        ${busy ? t('wait') : t('import.try')}</${Go}>
      ${report && report.dry_run && !report.broken && report.accepted > 0 && html`<button type="button" class="button-main" disabled=${busy}
        onClick=${() => send(false)}>
        ${t('import.send', { n: report.accepted })}</button>`}</div>
    ${report && html`<${Report} report=${report} />`}</section>`;
}
