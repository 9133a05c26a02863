// page/pages/masuk.js — sign in: a name and a PIN that unlocks that person's own signing key on the office's machine.
import { html, useEffect, useState } from '../html.js';
import { Field, useSend } from '../form.js';
import { Icon, Sign } from '../icon.js';
import { post } from '../api.js';
import { TroubleBox } from '../parts.js';
import { Notices, Switches } from '../shell.js';
import { session } from '../state.js';
import { t } from '../text.js';

/** Seconds that run down to nothing. */
function useCountdown(from) {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    setLeft(from ? from.retry_s : 0);
    const clock = setInterval(() => setLeft((n) => Math.max(0, n - 1)), 1000);
    return () => clearInterval(clock);
  }, [from]);
  return left;
}

export function Masuk() {
  const [account, setAccount] = useState('');
  const [pin, setPin] = useState('');
  const [shown, show] = useState(false);
  const [empty, setEmpty] = useState(false);
  const [send, busy, error] = useSend(async () => {
    const known = await post('/api/sign-in', { account: account.trim(), pin });
    setPin('');
    session.set(known);
  });
  const left = useCountdown(error);
  useEffect(() => { document.title = `${t('sign.title')} · jemput`; });
  const submit = (e) => {
    e.preventDefault();
    const missing = !account.trim() || !pin;
    setEmpty(missing);
    if (!missing && !left)
      send();
  };
  return html`<main class="sign"><${Notices} /><div class="sign-card stack">
    <div class="brand"><${Sign} /><span>jemput<small>${t('brand')}</small></span></div>
    <div><h1>${t('sign.title')}</h1><p class="muted">${t('sign.lead')}</p></div>
    <form class="stack" noValidate onSubmit=${submit}>
      <${Field} label=${t('sign.account')} value=${account} set=${setAccount} autocomplete="username" autocapitalize="none" spellcheck="false"
        required autofocus
        wrong=${empty && !account.trim() && t('needed')} />
      <div><${Field} label=${t('sign.pin')} type=${shown ? 'text' : 'password'} value=${pin} set=${setPin} autocomplete="current-password"
        spellcheck="false" required
        wrong=${empty && !pin && t('needed')} />
        <label class="check small"><input type="checkbox" checked=${shown} onChange=${(e) => show(e.target.checked)} /><span>${t('sign.show')}</span>
          </label></div>
      ${error && html`<${TroubleBox} error=${error} />`}
      <button type="submit" class="button-main" disabled=${busy || left > 0} style=${{ width: '100%' }}><${Icon} name="lock" />
        ${busy ? t('sign.busy') : left > 0 ? t('sign.wait', { n: left }) : t('sign.in')}</button>
    </form></div>
    <p class="sign-foot">${t('sign.foot')}</p><${Switches} /></main>`;
}
