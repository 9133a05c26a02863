// page/photos.js — papers as they were photographed. Each look at one is written down, so none is fetched before somebody asks for it.
import { html, useState } from './html.js';
import { Dialog } from './dialog.js';
import { Icon } from './icon.js';
import { Chip } from './parts.js';
import { path } from './api.js';
import { number, t, tOr } from './text.js';

const STEP = 1.4, LARGEST = 6;

/** A picture that can be made larger by keys and buttons, and moved by the browser's own scrolling. */
function Viewer({ src, name, close }) {
  const [zoom, setZoom] = useState(1);
  const [turned, setTurned] = useState(0);
  const larger = () => setZoom((z) => Math.min(LARGEST, z * STEP));
  const smaller = () => setZoom((z) => Math.max(1, z / STEP));
  const key = (e) => {
    const act = { '+': larger, '=': larger, '-': smaller, 0: () => setZoom(1), r: () => setTurned((n) => n + 90) }[e.key];
    if (act) {
      e.preventDefault();
      act();
    }
  };
  return html`<${Dialog} title=${name} close=${close} wide><div onKeyDown=${key}>
    <div class="row no-print"><button type="button" class="button-small" data-first onClick=${larger} autofocus>${t('photo.larger')} <kbd>+</kbd>
      </button>
      <button type="button" class="button-small" onClick=${smaller}>${t('photo.smaller')} <kbd>-</kbd></button>
      <button type="button" class="button-small" onClick=${() => setTurned((n) => n + 90)}>${t('photo.turn')} <kbd>R</kbd></button></div>
    <div class="photo-large" tabindex="0" role="group" aria-label=${name}><img src=${src} alt=${name}
      style=${{ width: zoom * 100 + '%', transform: `rotate(${turned}deg)` }} /></div></div></${Dialog}>`;
}

function Photo({ space, photo }) {
  const [open, setOpen] = useState(false);
  const [shown, setShown] = useState(false);
  const [broken, setBroken] = useState(false);
  const name = tOr('photo.kind.' + photo.kind, photo.kind);
  const src = path('photos', space, photo.id);
  const size = t('kilobytes', { n: Math.max(1, Math.round(photo.size / 1024)) });
  if (!photo.here)
    return html`<li class="photo"><${Icon} name="photo" /><span class="grow">${name}<span class="table-sub">${size}</span></span><${Chip}
      icon="clock">${t('photo.coming')}</${Chip}></li>`;
  if (!photo.mime.startsWith('image/'))
    return html`<li class="photo"><${Icon} name="file" /><span class="grow">${name}<span class="table-sub">${photo.mime} · ${size}</span></span><a
      class="button button-small" href=${src} download>${t('photo.download')}</a></li>`;
  return html`<li class=${shown && !broken ? 'photo photo-shown' : 'photo'}>
    ${shown && !broken && html`<button type="button" class="photo-small" aria-label=${t('photo.enlarge', { name })} onClick=${() => setOpen(true)}>
      <img src=${src} alt=${name} onError=${() => setBroken(true)} /></button>`}
    <span class="photo-name"><${Icon} name="photo" /><span class="grow">${name}<span class="table-sub">${broken ? t('photo.broken') : size}</span>
      </span>
      ${!shown && html`<button type="button" class="button-small" onClick=${() => setShown(true)}>${t('photo.show')}</button>`}</span>
    ${open && html`<${Viewer} src=${src} name=${name} close=${() => setOpen(false)} />`}</li>`;
}

export function Photos({ space, photos }) {
  return photos.length === 0 ? html`<p class="muted small">${t('photo.none')}</p>`
    : html`<ul class="photos bare">${photos.map((p) => html`<${Photo} key=${p.id} space=${space} photo=${p} />`)}</ul><p class="small muted">
      ${t('photo.logged', { n: number(photos.length) })}</p>`;
}
