// page/icon.js — small drawings of our own, a path each on a field of 24; they say nothing that words beside them do not say.
import { html } from './html.js';

const PATHS = {
  today: 'M4 6h16v14H4zM4 10h16M8 3v4M16 3v4',
  reconcile: 'M6 4v16M18 4v16M6 9h5l-2-2M18 15h-5l2 2',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
  tablet: 'M6 3h12v18H6zM11 18h2',
  map: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  chart: 'M4 20V4M4 20h16M8 16v-5M12 16V7M16 16v-3',
  shield: 'M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6zM9 12l2 2 4-4',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 20c1-4 4-5 7-5s6 1 7 5',
  warn: 'M12 4L2.5 20h19zM12 10v4M12 17v.01',
  ok: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8 12l3 3 5-6',
  bad: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9 9l6 6M15 9l-6 6',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8v.01',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2',
  half: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 3v18',
  close: 'M6 6l12 12M18 6L6 18',
  menu: 'M4 7h16M4 12h16M4 17h16',
  next: 'M9 6l6 6-6 6',
  back: 'M15 6l-6 6 6 6',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5',
  photo: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9v.01',
  lock: 'M6 11h12v9H6zM8 11V8a4 4 0 0 1 8 0v3',
  out: 'M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9',
  moon: 'M20 14.5A8 8 0 1 1 9.5 4a6.5 6.5 0 0 0 10.5 10.5z',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M4 12H2M22 12h-2M5 5l1.5 1.5M17.5 17.5L19 19M5 19l1.5-1.5M17.5 6.5L19 5',
  print: 'M7 9V3h10v6M7 17H4V9h16v8h-3M7 14h10v7H7z',
  down: 'M12 4v11M7 10l5 5 5-5M4 20h16',
  up: 'M12 20V9M7 13l5-5 5 5M4 4h16',
  plus: 'M12 5v14M5 12h14',
  wait: 'M12 3a9 9 0 1 0 9 9',
  inbox: 'M4 4h16v16H4zM4 14h5l1 3h4l1-3h5',
  link: 'M9 15l6-6M10 6l2-2a4 4 0 0 1 6 6l-2 2M14 18l-2 2a4 4 0 0 1-6-6l2-2',
  fork: 'M6 4v5a4 4 0 0 0 4 4h4a4 4 0 0 1 4 4v3M6 13v7M18 4v6',
};

export function Icon({ name, turning }) {
  return html`<svg class=${'icon' + (turning ? ' turning' : '')} viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${PATHS[name]} />
    </svg>`;
}

/** The sign of the house, beside its name. */
export function Sign() {
  return html`<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false"><rect width="32" height="32" rx="7" fill="#0b5c70" />
    <path d="M9 9h8v9a5 5 0 0 1-5 5" fill="none" stroke="#fff" stroke-width="3.2" stroke-linecap="round" stroke-linejoin="round" />
    <path d="M19 19l3 3 4.5-6" fill="none" stroke="#8fe0c0" stroke-width="3.2" stroke-linecap="round" stroke-linejoin="round" /></svg>`;
}
