// page/main.js — begins: theme and language, who is signed in, then the page that the address names. A page's code comes when it is first wanted.
import { Component, html, render, useEffect, useState } from './html.js';
import { get } from './api.js';
import { Masuk } from './pages/masuk.js';
import { Shell } from './shell.js';
import { Empty, TroubleBox, Wait } from './parts.js';
import { kept, session, setNow } from './state.js';
import { language, setLanguage, t } from './text.js';
import { route, to } from './router.js';
import { start, stop } from './live.js';

const PAGES = {
  'hari-ini': () => import('./pages/hari_ini.js'),
  permohonan: () => import('./pages/permohonan.js'),
  rekonsiliasi: () => import('./pages/rekonsiliasi.js'),
  perangkat: () => import('./pages/perangkat.js'),
  wilayah: () => import('./pages/wilayah.js'),
  rekap: () => import('./pages/rekap.js'),
  audit: () => import('./pages/audit.js'),
  akun: () => import('./pages/akun.js'),
  'pin-baru': () => import('./pages/pin_baru.js'),
};

/** The page of the address. Each has a default export that gets parts (behind its own name) and query. */
function Place() {
  const here = route.use();
  const { parts, query } = session.get().new_pin ? { parts: ['pin-baru'], query: {} } : here;
  const name = parts[0] || 'hari-ini';
  const [there, setThere] = useState({ name: null, page: null, error: null });
  useEffect(() => {
    let wanted = true;
    if (PAGES[name])
      PAGES[name]().then((m) => wanted && setThere({ name, page: m.default, error: null }), (error) => wanted
        && setThere({ name, page: null, error }));
    return () => { wanted = false; };
  }, [name]);
  if (!PAGES[name])
    return html`<${Empty} icon="search" title=${t('nowhere')}><a class="button" href=${to('hari-ini')}>${t('nav.hari-ini')}</a></${Empty}>`;
  if (there.name === name && there.error)
    return html`<${TroubleBox} error=${{ code: 'PAGE' }} again=${() => location.reload()} />`;
  if (there.name !== name)
    return html`<${Wait} />`;
  return html`<${there.page} key=${parts.join('/')} parts=${parts.slice(1)} query=${query} />`;
}

/** A fault of our own: told, with a way on, instead of an empty page. */
class Fault extends Component {
  componentDidCatch(error) {
    console.error(error);
    this.setState({ error });
  }

  componentDidUpdate(before) {
    if (before.at !== this.props.at && this.state.error)
      this.setState({ error: null });
  }

  render({ children }, { error }) {
    return error ? html`<${TroubleBox} error=${{ code: 'PAGE' }} again=${() => location.reload()} />` : children;
  }
}

function App() {
  const known = session.use();
  const here = route.use();
  language.use();
  useEffect(() => {
    if (!known)
      return stop();
    setNow(known.now_ms);
    if (!kept.get('jemput-language') && known.language !== language.get())
      setLanguage(known.language).catch(() => {});
    start();
    return stop;
  }, [known && known.account, known && known.new_pin]);
  return html`${known ? html`<${Shell}><${Fault} at=${here}><${Place} /></${Fault}></${Shell}>` : html`<${Masuk} />`}`;
}

function theme() {
  const wanted = kept.get('jemput-theme');
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => { document.documentElement.dataset.theme = dark.matches ? 'dark' : 'light'; };
  if (wanted === 'dark' || wanted === 'light') {
    document.documentElement.dataset.theme = wanted;
    return;
  }
  follow();
  if (dark.addEventListener)
    dark.addEventListener('change', follow);
}

async function begin() {
  theme();
  const wanted = kept.get('jemput-language');
  if (wanted === 'en')
    await setLanguage('en').catch(() => {});
  try {
    session.set(await get('/api/session'));
  } catch (e) { /* nobody is signed in, or the server is not there: the sign-in page says so when it is used */ }
  render(html`<${App} />`, document.getElementById('page'));
}

document.getElementById('page').textContent = '';
begin();
