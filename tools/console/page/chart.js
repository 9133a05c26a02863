// page/chart.js — bars by uPlot, on the page of regions alone. A drawing cannot be read aloud: its numbers stand in a table below it.
import uPlot from 'uplot';
import { html, useEffect, useRef } from './html.js';
import { rowsOf } from './labels.js';
import { Table } from './table.js';
import { language, number, t } from './text.js';

const HEIGHT = 220, FONT = '13px system-ui, sans-serif', LINE = 16, LEFT = 48, PADDED = 16;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();

/** The axis of names: in one row where there is room, in several by turns, or upright. */
function named(width, items) {
  const pen = document.createElement('canvas').getContext('2d');
  pen.font = FONT;
  const widths = items.map((x) => pen.measureText(x.name).width);
  const rows = rowsOf(widths, (width - LEFT - PADDED) / (items.length + 0.2));
  const values = () => items.map((x, i) => (rows ? '\n'.repeat(i % rows) : '') + x.name);
  return { values, size: rows ? LINE * (rows + 1) : Math.max(...widths) + LINE, ...(rows ? {} : { rotate: -90 }) };
}

function options(width, items) {
  const axis = { stroke: colour('muted'), grid: { stroke: colour('line'), width: 1 }, ticks: { show: false }, font: FONT };
  const names = named(width, items);
  return {
    width, height: HEIGHT + names.size - 2 * LINE, legend: { show: false }, cursor: { show: false },
    scales: { x: { time: false, range: [-0.6, items.length - 0.4] }, y: { range: (u, min, max) => [0, Math.max(max * 1.1, 1)] } },
    axes: [
      { ...axis, grid: { show: false }, splits: () => items.map((x, i) => i), ...names },
      { ...axis, size: LEFT, values: (u, all) => all.map((v) => (Number.isInteger(v) ? number(v) : '')) }],
    series: [{}, { fill: colour('accent'), stroke: colour('accent'), width: 0, paths: uPlot.paths.bars({ size: [0.66, 64], radius: 0.12 }),
      points: { show: false } }],
  };
}

/** items: [{ name, n }]; n = null: left out, so that nobody is known by it. */
export function Bars({ caption, items, unit }) {
  const place = useRef(null);
  const spoken = language.use();
  useEffect(() => {
    let plot = null;
    const draw = () => {
      if (plot)
        plot.destroy();
      plot = new uPlot(options(place.current.clientWidth || 300, items), [items.map((x, i) => i), items.map((x) => x.n || 0)], place.current);
    };
    draw();
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    addEventListener('resize', draw);
    return () => {
      theme.disconnect();
      removeEventListener('resize', draw);
      plot.destroy();
    };
  }, [JSON.stringify(items), spoken]);
  return html`<figure class="stack-tight"><figcaption><h3>${caption}</h3></figcaption><div ref=${place} class="chart" aria-hidden="true"></div>
    <details><summary>${t('chart.numbers')}</summary><${Table} plain caption=${caption} rows=${items} rowKey=${(x) => x.name}
      columns=${[{ head: caption, first: true, cell: (x) => x.name }, { head: unit, num: true,
        cell: (x) => (x.n === null ? t('suppressed') : number(x.n)) }]} /></details></figure>`;
}
