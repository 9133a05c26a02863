// page/pages/sisi.js — one conflict's values side by side: what it was before, what each device wrote, who, when, and how far that time can be
// believed.
import { classes, html } from '../html.js';
import { Chip, Trust, When } from '../parts.js';
import { columnWord, valueText } from '../codes.js';
import { difference, marked } from '../diff.js';
import { chosenValues, shownSide } from '../decide.js';
import { t } from '../text.js';

export const letter = (side) => String.fromCharCode(64 + Math.min(side, 26));

/** The side that another one is compared with: the shown one, and that with the first of the others. */
const reference = (group, side) => (side.shown ? group.sides.find((s) => !s.shown && s.value) : shownSide(group));

function Marked({ text, other }) {
  return html`<span class="value">${marked(text, other).map((p) => (p.same ? p.text
    : html`<mark class=${p.text ? undefined : 'gap'}>${p.text}</mark>`))}</span>`;
}

/** The difference in words, for those who do not see the marks. */
function Words({ text, other, than }) {
  const { more, less } = difference(text, other);
  const quoted = (list) => list.map((s) => `“${s === ' ' ? t('diff.space') : s}”`).join(', ');
  const words = [more.length && t('diff.more', { text: quoted(more) }), less.length
    && t('diff.less', { text: quoted(less) })].filter(Boolean).join('; ');
  return words ? html`<span class="table-sub">${t('diff.than', { letter: than, words })}</span>` : null;
}

function Values({ group, value, than, from }) {
  const other = than && than.value;
  return html`<dl class="side-values">${group.columns.map((c) => {
    const text = valueText(value && value[c], c, from), ref = other ? valueText(other[c], c, from) : '';
    return html`<div>${group.columns.length > 1 && html`<dt>${columnWord(c)}</dt>`}<dd>
      ${text === '' ? html`<span class="muted">${t('none.filled')}</span>`
      : html`<${Marked} text=${text} other=${ref} />${ref && html`<${Words} text=${text} other=${ref} than=${letter(than.side)} />`}`}</dd></div>`;
  })}</dl>`;
}

function Base({ group, from, looking }) {
  return html`<div class="side-card side-base"><h4>${t('conflict.base')}</h4>
    ${group.base_known && group.base ? html`<${Values} group=${group} value=${group.base} from=${from} /><p class="small muted">
      ${t('conflict.base.hint')}</p>`
      : html`<p class="muted">${looking ? t('conflict.base.looking') : t('conflict.base.none')}</p>`}</div>`;
}

function Side({ group, side, from, name, chosen, choose, may }) {
  const id = `${name}-${side.side}`;
  const inside = html`<h4 id=${id + '-h'}>${may && html`<input type="radio" id=${id} name=${name} checked=${chosen} onChange=${choose}
    aria-labelledby=${id + '-h'} aria-describedby=${id + '-d'} />`}
      <label for=${id}>${t('conflict.side', { letter: letter(side.side) })}</label></h4><p class="side-state">
        ${side.shown ? html`<${Chip} kind="accent">${t('conflict.shown')}</${Chip}>` : html`<span class="small muted">${t('conflict.kept')}</span>`}
        </p>
    <div id=${id + '-d'}>${side.deleted ? html`<p><strong>${t('conflict.deleted')}</strong></p>`
      : html`<${Values} group=${group} value=${side.value} than=${reference(group, side)} from=${from} />`}</div>
    <p class="side-who"><strong>${side.label}</strong> · <${When} ms=${side.claimed_ms} claimed /></p>
    <${Trust} trust=${side.trust} from=${side.not_before_ms} till=${side.not_after_ms} />
    ${side.note && html`<p class="side-note">${t('note.given', { note: side.note })}</p>`}
    ${side.segment && html`<p class="small muted">${t('history.segment', { n: String(side.segment) })}</p>`}`;
  return html`<div class=${classes('side-card', chosen && 'side-chosen', may && 'side-may')} onClick=${may
    && ((e) => { if (!e.target.closest('input, label, a')) choose(); })}>${inside}</div>`;
}

function Own({ group, name, own, choose, change }) {
  const id = `${name}-own`;
  return html`<div class=${classes('side-card', 'side-own', 'side-may', own && 'side-chosen')}
    onClick=${(e) => { if (!own && !e.target.closest('input, label')) choose(); }}>
    <h4><input type="radio" id=${id} name=${name} checked=${Boolean(own)} onChange=${choose} /><label for=${id}>${t('conflict.own')}</label></h4>
    ${own ? html`<div class="columns">${group.columns.map((c) => html`<label class="field small" key=${c}><span class="label">${columnWord(c)}</span>
      <input type="text" value=${own[c]} onInput=${(e) => change(c, e.target.value)} /></label>`)}</div>`
      : html`<p class="muted">${t('conflict.own.hint')}</p>`}</div>`;
}

/** choice: undefined, { side } or { own }. */
export function Group({ group, index, from, choice, set, looking, may }) {
  const name = 'group-' + index;
  const words = group.columns.map(columnWord).join(', ');
  const own = () => {
    const values = chosenValues(group, { side: (shownSide(group) || group.sides[0]).side }) || {};
    const start = {};
    group.columns.forEach((c) => { start[c] = values[c] === null || values[c] === undefined ? '' : String(values[c]); });
    set({ own: start });
  };
  const editable = may && group.columns.length > 0 && group.sides.every((s) => !s.value
    || group.columns.every((c) => s.value[c] === null || typeof s.value[c] !== 'object'));
  return html`<fieldset class="panel group"><legend class="unseen">${words || t('conflict.deletion')}</legend>
    <div class="row"><h3 aria-hidden="true">${words || t('conflict.deletion')}</h3>
      ${group.hard && html`<${Chip} kind="bad" icon="lock">${t('conflict.hard')}</${Chip}>`}
      ${!choice && may && html`<${Chip}>${t('conflict.open')}</${Chip}>`}</div>
    <div class="sides"><${Base} group=${group} from=${from} looking=${looking} />
      ${group.sides.map((s) => html`<${Side} key=${s.side} group=${group} side=${s} from=${from} name=${name} may=${may}
        chosen=${Boolean(choice && choice.side === s.side)} choose=${() => set({ side: s.side })} />`)}
      ${editable && html`<${Own} group=${group} name=${name} own=${choice && choice.own} choose=${own}
        change=${(c, v) => set({ own: { ...choice.own, [c]: v } })} />`}</div></fieldset>`;
}
