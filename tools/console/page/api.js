// page/api.js — the one place that talks to the server (../api.md).
import { typed } from './asking.js';
import { session, stranger } from './state.js';

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

/** Whose page this is, so that the server never takes it for that of whoever signed in beside it. */
const mine = () => (session.get() ? { 'X-Jemput-Account': session.get().account } : {});

async function send(method, where, options) {
  const headers = { Accept: 'application/json', ...(options.anybody ? {} : mine()), ...options.headers };
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

/** Whose session it is now. The same person's: its token is taken. Somebody else's: told, and refused for as long as that is so. */
export async function sameAccount() {
  const known = session.get();
  const fresh = await send('GET', '/api/session', { anybody: true });
  const same = !known || fresh.account === known.account;
  stranger.set(same ? null : fresh.name);
  if (!same)
    throw new Trouble(409, { code: 'OTHER_ACCOUNT' });
  session.set(fresh);
}

/** Another token than the session's, or another account: another tab has renewed it, or somebody else has signed in there. */
const mistaken = (e) => e.code === 'TOKEN' || (e.status === 409 && /ACCOUNT/.test(e.code));

/** One request. Signed out: the session is dropped, and the shell shows the sign-in page. Too long since the PIN: it is asked for, and the request
 *  repeated. */
async function request(method, where, options = {}) {
  try {
    if (stranger.get())
      await sameAccount();
    return await send(method, where, options);
  } catch (e) {
    if (e.code === 'SIGNED_OUT' && session.get())
      session.set(null);
    if (mistaken(e) && !stranger.get() && !options.fresh) {
      await sameAccount();
      return request(method, where, { ...options, fresh: true });
    }
    if (e.code === 'RENEW' && askPin && !options.renewed && await askPin())
      return request(method, where, { ...options, renewed: true });
    throw e;
  }
}

/** Acts that ask the hub once more after something was signed. */
const HALFWAY = ['/api/devices/invite', '/api/accounts'];
const UNSIGNED = /^\/api\/(sign-|session|audit)/;

/** Trouble with an act, in words that are true of it: an answer that was lost on its way says nothing about what was signed; and where the hub is
 *  asked before anything is signed, its absence means that nothing was. */
function ofAct(e, where, looks) {
  const hub = e.code === 'JEMPUT_OFFLINE' || e.code === 'JEMPUT_UNTRUSTED';
  const lost = e.code === 'UNREACHED' || (e.status >= 500 && !e.body.code) || (hub && HALFWAY.includes(where));
  if (!(e instanceof Trouble) || UNSIGNED.test(where) || (lost && looks))
    return e;
  const { text_id, text_en } = e.body;
  return lost ? new Trouble(e.status, { code: 'UNSURE' }) : hub ? new Trouble(e.status, { code: 'NOT_SIGNED', text_id, text_en }) : e;
}

const act = (where, looks, query, options) => request('POST', where + query, options).catch((e) => { throw ofAct(e, where, looks); });

export const get = (where, values, signal, headers) => request('GET', where + query(values), { signal, headers });
export const post = (where, body, options = {}) => act(where, body.look, '', { ...options, body: JSON.stringify(body) });
export const postText = (where, values, body, type) => act(where, values.dry, query(values), { body, type });
export const address = (where, values) => where + query(values);

/** A file from the server, with a reason: handed to the browser to keep. */
export async function download(where, values, reason, fresh = false) {
  let response;
  asked_ms = Date.now();
  if (stranger.get())
    await sameAccount();
  try {
    response = await fetch(where + query(values), { credentials: 'same-origin', cache: 'no-store', redirect: 'error',
      headers: { ...mine(), 'X-Jemput-Token': session.get().token, 'X-Jemput-Reason': typed(reason) } });
  } catch (e) {
    throw new Trouble(0, { code: 'UNREACHED' });
  }
  if (!response.ok) {
    const error = await answer(response).catch((e) => e);
    if (mistaken(error) && !fresh) {
      await sameAccount();
      return download(where, values, reason, true);
    }
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
