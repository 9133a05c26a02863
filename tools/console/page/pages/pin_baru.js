// page/pages/pin_baru.js — the first thing that somebody does whose PIN another person chose: to choose their own.
import { html } from '../html.js';
import { Page } from '../parts.js';
import { session } from '../state.js';
import { t } from '../text.js';
import { PinForm } from './akun.js';

export default function PinBaru() {
  return html`<${Page} title=${t('pin.first')} lead=${t('pin.first.text')}><section class="panel stack narrow"><${PinForm}
    done=${() => session.set({ ...session.get(), new_pin: false })} /></section></${Page}>`;
}
