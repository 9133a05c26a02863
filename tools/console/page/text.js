// page/text.js — words, numbers and dates as people here read them. Words are flat lists, Indonesian in the page itself, English fetched when asked
// for.
//
// In a word's text {name} is a value, and {n?file:files} picks by number (Indonesian needs no plural, English does).
import id from './words/id.json';
import { cell, now } from './state.js';

const ZONE = 'Asia/Jakarta'; // the office's clock, wherever the browser is
const LOCALES = { id: 'id-ID', en: 'en-GB' };

export const language = cell('id', { kept: true });
let words = id;
let made = new Map(); // formatters are dear to make

export async function setLanguage(name) {
  words = name === 'en' ? (await import('./words/en.js')).default : id;
  made = new Map();
  document.documentElement.lang = name;
  language.set(name);
}

/** Words of `key` with values in their places. A key without words shows itself: the tests look for that. */
export function t(key, values = {}) {
  const text = words[key];
  if (text === undefined)
    return key;
  return text.replace(/\{(\w+)(?:\?([^:}]*):([^}]*))?\}/g, (whole, name, one, many) => {
    const value = values[name];
    if (one !== undefined)
      return value === 1 ? one : many;
    return typeof value === 'number' ? number(value) : value === undefined || value === null ? '' : String(value);
  });
}

/** Words of `key` where there are some, else `other`: for codes that a newer schema may add to. */
export const tOr = (key, other, values) => (words[key] === undefined ? other : t(key, values));

/** What the server says in both languages: said(error, 'text') reads text_id or text_en. */
export const said = (from, name) => from[`${name}_${language.get()}`] || from[`${name}_id`] || '';

function formatter(kind, options) {
  const key = kind.name + JSON.stringify(options);
  if (!made.has(key))
    made.set(key, new kind(LOCALES[language.get()], options));
  return made.get(key);
}

export const number = (n) => formatter(Intl.NumberFormat, {}).format(n);
export const percent = (n) => formatter(Intl.NumberFormat, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(n) + '%';

const stamp = (ms, options) => formatter(Intl.DateTimeFormat, { timeZone: ZONE, ...options }).format(new Date(ms));
const DAY = { day: 'numeric', month: 'short', year: 'numeric' };
const HOUR = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };

/** 26 Nov 2026 09.14: a moment, on the office's clock. */
export const moment = (ms) => (ms ? `${stamp(ms, DAY)} ${stamp(ms, HOUR)}` : t('none'));
/** From one moment to another; the day once where it is the same. */
export const range = (from, till) => `${moment(from)} – ${stamp(from, DAY) === stamp(till, DAY) ? hour(till) : moment(till)}`;
export const hour = (ms) => stamp(ms, HOUR);
/** A date as the schema has it, 2026-11-26, or what somebody wrote in its place, as it is. */
export function day(iso, options = DAY) {
  const whole = /^(\d{4})-(\d\d)-(\d\d)$/.exec(iso || '');
  return whole ? stamp(Date.UTC(+whole[1], whole[2] - 1, +whole[3], 5), options) : iso || t('none');
}
export const longDay = (iso) => day(iso, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
export const month = (iso) => day(iso + '-01', { month: 'long', year: 'numeric' });
/** Today on the office's clock, as 2026-11-26. */
export const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, year: 'numeric', month: '2-digit',
  day: '2-digit' }).format(new Date(now()));

/** How long ago, in the greatest unit that fits: "3 hari lalu". */
export function ago(ms) {
  if (!ms)
    return t('ago.never');
  const past = now() - ms;
  return past < -60e3 ? t('ago.future', { span: span(-past / 3600e3) }) : past < 60e3 ? t('ago.now') : t('ago.past', { span: span(past / 3600e3) });
}

/** A span of hours: minutes below two hours where they are known, days from two days on. */
export function span(hours) {
  if (hours === null || hours === undefined)
    return t('none');
  if (hours === 0)
    return t('span.hour');
  if (hours < 2 && !Number.isInteger(hours))
    return t('span.minutes', { n: Math.max(0, Math.round(hours * 60)) });
  return hours < 48 ? t('span.hours', { n: Math.round(hours) }) : t('span.days', { n: Math.floor(hours / 24) });
}

/** Roles, "verifikator,admin", as people list them. */
export const roleList = (roles) => (roles || '').replace(/,/g, ', ');

/** A size in MiB, in the greatest unit that fits; of less than the step in which devices tell it (engine/api/roster/report.c) only that. */
export function mib(n) {
  if (n < 64)
    return '< 64 MB';
  const big = n >= 1024;
  return formatter(Intl.NumberFormat, { maximumFractionDigits: big ? 1 : 0 }).format(big ? n / 1024 : n) + (big ? ' GB' : ' MB');
}

/** Letters only for comparing and classing, as people type them. */
export const plain = (s) => (s || '').normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLowerCase();
