// page/pages/kembalikan.js — back to the officer who took it down, with a remark for each field that is not right: it arrives on the tablet.
import { html, useState } from '../html.js';
import { FormDialog } from '../dialog.js';
import { Field, Reason, Select, useSend } from '../form.js';
import { Icon } from '../icon.js';
import { TroubleBox } from '../parts.js';
import { Refused } from '../results.js';
import { post } from '../api.js';
import { columnWord } from '../codes.js';
import { awaitCentral, notify } from '../state.js';
import { t } from '../text.js';

const FIELDS = ['nama', 'nik', 'no_kk', 'tempat_lahir', 'tanggal_lahir', 'jenis_kelamin', 'alamat', 'rt', 'rw', 'agama', 'status_kawin', 'shdk',
  'pekerjaan', 'pendidikan', 'layanan', 'varian', 'lampiran'];
const NOTES_MAX = 50;

/** application: { space, id, status, code }. first: fields that are asked about to begin with. */
export function ReturnDialog({ application, first = [], close }) {
  const [notes, setNotes] = useState((first.length ? first : ['']).map((elemen) => ({ elemen, isi: '' })));
  const [reason, setReason] = useState('');
  const [refused, setRefused] = useState(null);
  const change = (i, what) => setNotes(notes.map((n, j) => (i === j ? { ...n, ...what } : n)));
  const written = notes.filter((n) => n.isi.trim() && n.elemen);
  const [send, busy, error] = useSend(async () => {
    const answer = await post('/api/applications/return', { space: application.space, id: application.id, from: application.status, reason,
      notes: written });
    const result = answer.items[0];
    if (result.result !== 'ok')
      return setRefused(result);
    awaitCentral(application.space, 'permohonan', application.id, result.n);
    notify(t('return.done', { code: application.code || '' }));
    return close(true);
  });
  const names = [...new Set([...first, ...FIELDS])];
  return html`<${FormDialog} title=${t('return.title', { code: application.code || '' })} close=${() => close(false)} send=${send} busy=${busy}
    sendText=${t('return.send')} ready=${Boolean(reason.trim() && written.length)} wide>
    <p class="muted">${t('return.text')}</p>
    ${notes.map((n, i) => html`<div class="return-note" key=${i}>
      <${Select} label=${t('return.field')} any=${t('choose')} value=${n.elemen} set=${(elemen) => change(i, { elemen })}
        options=${names.map((f) => [f, columnWord(f)])} />
      <${Field} as="textarea" rows="1" label=${t('return.what')} value=${n.isi} set=${(isi) => change(i, { isi })} maxlength="900"
        placeholder=${t('return.example')} />
      ${notes.length > 1 && html`<button type="button" class="button-icon" aria-label=${t('return.remove', { n: i + 1 })}
        onClick=${() => setNotes(notes.filter((x, j) => j !== i))}><${Icon} name="close" /></button>`}</div>`)}
    ${notes.length < NOTES_MAX && html`<button type="button" class="button-small" onClick=${() => setNotes([...notes, { elemen: '', isi: '' }])}>
      <${Icon} name="plus" />${t('return.add')}</button>`}
    <${Reason} value=${reason} set=${setReason} />
    ${refused && html`<${Refused} result=${refused} />`}
    ${error && html`<${TroubleBox} error=${error} />`}</${FormDialog}>`;
}
