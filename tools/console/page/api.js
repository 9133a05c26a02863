// page/api.js — the one place that talks to the server (../api.md).
import { session } from './state.js';

/** What went wrong, as the server says it or, where it cannot be heard, as we can: `words` is then a key of ours. */
export class Trouble extends Error {
  constructor(status, body) {
    super(body.code || String(status));
    this.status = status;
    this.code = body.code || 'HTTP_' + status;
    this.body = body;
    this.retry_s = body.retry_s || 0;
  }
}

let asked_ms = Date.now();
/** When the server last heard of us: it ends a session that is silent. */
export const asked = () => asked_ms;

let askPin = null; // set by the shell: a promise of whether the person gave the PIN once more
export const onRenewal = (f) => { askPin = f; };

export const path = (...parts) => '/api/' + parts.map((p) => encodeURIComponent(p)).join('/');

function query(values) {
  const kept = Object.entries(values || {}).filter(([, v]) => v !== '' && v !== null && v !== undefined && v !== false);
  return kept.length ? '?' + new URLSearchParams(kept.map(([k, v]) => [k, v === true ? '1' : v])) : '';
}

async function answer(response) {
  const type = response.headers.get('content-type') || '';
  const body = type.startsWith('application/json') ? await response.json() : {};
  if (!response.ok)
    throw new Trouble(response.status, body);
  return body;
}

async function send(method, where, options) {
  const headers = { Accept: 'application/json', ...options.headers };
  const known = session.get();
  if (method !== 'GET') {
    headers['Content-Type'] = options.type || 'application/json';
    if (known)
      headers['X-Jemput-Token'] = known.token;
  }
  let response;
  asked_ms = Date.now();
  try {
    response = await fetch(where, { method, headers, body: options.body, signal: options.signal, credentials: 'same-origin', cache: 'no-store',
      redirect: 'error' });
  } catch (e) {
    if (e.name === 'AbortError')
      throw e;
    throw new Trouble(0, { code: 'UNREACHED' });
  }
  try {
    return await answer(response);
  } catch (e) {
    if (!(e instanceof Trouble) && e.name !== 'AbortError')
      throw new Trouble(0, { code: 'UNREACHED' });
    throw e;
  }
}

/** One request. Signed out: the session is dropped, and the shell shows the sign-in page. Too long since the PIN: it is asked for, and the request
 *  repeated. */
async function request(method, where, options = {}) {
  try {
    return await send(method, where, options);
  } catch (e) {
    if (e.code === 'SIGNED_OUT' && session.get())
      session.set(null);
    if (e.code === 'TOKEN' && !options.fresh) { // another tab has renewed the session: take its token, and ask again
      session.set(await send('GET', '/api/session', {}));
      return request(method, where, { ...options, fresh: true });
    }
    if (e.code === 'RENEW' && askPin && !options.renewed && await askPin())
      return request(method, where, { ...options, renewed: true });
    throw e;
  }
}

/** Text as a header's value: what people type is never in an address. */
export const typed = (text) => encodeURIComponent(text).slice(0, 1024);

export const get = (where, values, signal, headers) => request('GET', where + query(values), { signal, headers });
export const post = (where, body, options = {}) => request('POST', where, { ...options, body: JSON.stringify(body) });
export const postText = (where, values, body, type) => request('POST', where + query(values), { body, type });
export const address = (where, values) => where + query(values);

/** A file from the server, with a reason: handed to the browser to keep. */
export async function download(where, values, reason) {
  const known = session.get();
  let response;
  asked_ms = Date.now();
  try {
    response = await fetch(where + query(values), { credentials: 'same-origin', cache: 'no-store', redirect: 'error',
      headers: { 'X-Jemput-Token': known.token, 'X-Jemput-Reason': typed(reason) } });
  } catch (e) {
    throw new Trouble(0, { code: 'UNREACHED' });
  }
  if (!response.ok) {
    const error = await answer(response).catch((e) => e);
    if (error.code === 'RENEW' && askPin && await askPin())
      return download(where, values, reason);
    throw error;
  }
  const named = /filename="?([^";]+)"?/.exec(response.headers.get('content-disposition') || '');
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = named ? named[1] : where.split('/').pop();
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60e3);
  return link.download;
}
