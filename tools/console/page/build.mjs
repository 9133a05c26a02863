// page/build.mjs — makes the console's page: one esbuild call, hashed names, gzip beside each file, and a manifest that the server is built from.
//
//   node build.mjs [FOLDER]          FOLDER: where the result goes; without it dist beside this file, or in the tarball that `meson dist` makes
//
// Fails when what a browser loads for the first page is above the budget, so that the page stays light on a village's link.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const FIRST_PAGE_BYTES_MAX = 150 * 1024;
const TYPES = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', html: 'text/html; charset=utf-8', svg: 'image/svg+xml' };

const here = dirname(fileURLToPath(import.meta.url));
const tarball = process.env.MESON_DIST_ROOT;
const out = resolve(process.argv[2] || join(tarball ? join(tarball, 'tools', 'console', 'page') : here, 'dist'));

rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, 'assets'), { recursive: true });

const built = await build({
  absWorkingDir: here,
  entryPoints: { main: 'main.js', style: 'css/style.css' },
  outdir: join(out, 'assets'),
  entryNames: '[name]-[hash]', chunkNames: '[name]-[hash]', assetNames: '[name]-[hash]',
  bundle: true, splitting: true, format: 'esm', minify: true, legalComments: 'eof',
  target: ['chrome80', 'firefox78'],
  metafile: true, logLevel: 'warning',
});

const outputs = Object.entries(built.metafile.outputs).map(([path, about]) => ({ file: 'assets/' + basename(path), about }));
const entry = (name) => outputs.find((o) => o.about.entryPoint === name).file;
const main = entry('main.js'), style = entry('css/style.css');

/** What the first page needs: the entry, and what it names in import statements. */
function needed(file, seen = new Set()) {
  if (seen.has(file))
    return seen;
  seen.add(file);
  for (const i of outputs.find((o) => o.file === file).about.imports)
    if (i.kind === 'import-statement')
      needed('assets/' + basename(i.path), seen);
  return seen;
}

const first = needed(main);
const preload = [...first].filter((f) => f !== main).map((f) => `<link rel="modulepreload" href="/${f}">`).join('\n');
const icon = readFileSync(join(here, 'icon.svg'));
const iconFile = `assets/icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8).toUpperCase()}.svg`;
writeFileSync(join(out, iconFile), icon);
const html = readFileSync(join(here, 'index.html'), 'utf8')
  .replace('%STYLE%', '/' + style).replace('%MAIN%', '/' + main).replace('%ICON%', '/' + iconFile).replace('%PRELOAD%\n', preload ? preload + '\n'
    : '');
writeFileSync(join(out, 'index.html'), html);

const names = ['index.html', iconFile, ...outputs.map((o) => o.file)];
const files = names.map((file) => {
  const bytes = readFileSync(join(out, file));
  const gz = gzipSync(bytes, { level: 9 });
  writeFileSync(join(out, file + '.gz'), gz);
  return { path: file === 'index.html' ? '/' : '/' + file, file, gz: file + '.gz', type: TYPES[file.split('.').pop()],
    immutable: file !== 'index.html', size: bytes.length, gz_size: gz.length };
});
writeFileSync(join(out, 'manifest.json'), JSON.stringify({ files }, null, 1) + '\n');

const load = new Set(['index.html', iconFile, style, ...first]);
const total = files.filter((f) => load.has(f.file)).reduce((n, f) => n + f.gz_size, 0);
const all = files.reduce((n, f) => n + f.gz_size, 0);
console.log(`${relative(process.cwd(), out)
  || out}: first page ${(total / 1024).toFixed(1)} KiB, all ${(all / 1024).toFixed(1)} KiB in ${files.length} files (gzip)`);
if (total > FIRST_PAGE_BYTES_MAX) {
  console.error(`first page: ${total} bytes are above the budget of ${FIRST_PAGE_BYTES_MAX}`);
  process.exit(1);
}
