// page/tile.js — a map made of what is known: a tile for each RT, grouped by RW, in a block for each kelurahan. Outlines of RT and RW exist nowhere.
// Drawn as SVG, so that it prints; a gap has a pattern and a sign, not colour alone; the table beside it says the same.
import { html } from './html.js';
import { rtRw } from './codes.js';
import { t } from './text.js';

const SIDE = 34, GAP = 4, HEAD = 18, PER_LINE = 8;

/** RW -> its RTs, both in order. Those that nobody wrote down come last. */
function byRw(rts) {
  const groups = new Map();
  [...rts].sort((a, b) => Number(!a.rw) - Number(!b.rw) || a.rw.localeCompare(b.rw) || Number(!a.rt) - Number(!b.rt)
    || a.rt.localeCompare(b.rt)).forEach((x) => {
    if (!groups.has(x.rw))
      groups.set(x.rw, []);
    groups.get(x.rw).push(x);
  });
  return [...groups];
}

const short = (code) => (code ? code.replace(/^0+(?=\d)/, '') : '?');

function describe(x) {
  const where = rtRw(x) || t('tile.unknown');
  const when = x.gap ? t('tile.gap') : t('tile.visited');
  return x.households === null ? `${where}, ${when}` : t('tile.title', { where, households: x.households, when });
}

function Tile({ x, at }) {
  const left = (at % PER_LINE) * (SIDE + GAP), top = Math.floor(at / PER_LINE) * (SIDE + GAP);
  return html`<g transform=${`translate(${left} ${top})`} class=${x.gap ? 'rt rt-gap' : 'rt'}><title>${describe(x)}</title>
    <rect width=${SIDE} height=${SIDE} rx="5" />
      ${x.gap && html`<path d=${`M0 ${SIDE * 0.6}L${SIDE * 0.6} 0M0 ${SIDE}L${SIDE} 0M${SIDE * 0.4} ${SIDE}L${SIDE} ${SIDE * 0.4}`} />`}
    <text x=${SIDE / 2} y=${SIDE / 2 + 5} text-anchor="middle">${short(x.rt)}${x.gap ? '!' : ''}</text></g>`;
}

/** One kelurahan. */
export function Tiles({ rts, name }) {
  const groups = byRw(rts);
  let top = 0;
  const drawn = groups.map(([rw, list]) => {
    const at = top;
    top += HEAD + Math.ceil(list.length / PER_LINE) * (SIDE + GAP) + GAP;
    return html`<g transform=${`translate(0 ${at})`}><text class="rw" x="0" y="13">${rw ? t('rw', { rw: short(rw) }) : t('tile.no.rw')}</text>
      <g transform=${`translate(0 ${HEAD})`}>${list.map((x, i) => html`<${Tile} x=${x} at=${i} />`)}</g></g>`;
  });
  const width = Math.min(PER_LINE, Math.max(3, ...groups.map(([, list]) => list.length))) * (SIDE + GAP);
  const gaps = rts.filter((x) => x.gap).length;
  return html`<svg class="tiles-map" role="img" aria-label=${t('tile.label', { name, n: rts.length, gaps })}
    viewBox=${`0 0 ${width} ${Math.max(top, 1)}`} width=${width} height=${top}>${drawn}</svg>`;
}

export function Legend({ days }) {
  return html`<ul class="legend bare small" aria-label=${t('legend')}>
    <li><svg class="tiles-map" width="20" height="20" viewBox="0 0 34 34" aria-hidden="true"><g class="rt"><rect width="34" height="34" rx="5" /></g>
      </svg> ${t('legend.visited', { days })}</li>
    <li><svg class="tiles-map" width="20" height="20" viewBox="0 0 34 34" aria-hidden="true"><g class="rt rt-gap"><rect width="34" height="34"
      rx="5" /><path d="M0 20L20 0M0 34L34 0M14 34L34 14" /></g></svg> ${t('legend.gap', { days })}</li></ul>`;
}
