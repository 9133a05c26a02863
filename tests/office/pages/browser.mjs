// pages/browser.mjs — a Chromium that tests may hold: of its own, on loopback only, and everything that should not happen is written down.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = dirname(fileURLToPath(import.meta.url));
export const SKIPPED = 77;
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync',
  '--disable-default-apps', '--no-default-browser-check', '--disable-features=Translate,OptimizationHints,MediaRouter'];

/** Playwright, or a word why there is none: left out, not passed over in silence. */
export async function playwright() {
  try {
    if (!CHROMIUM)
      throw new Error('no chromium');
    return await import('playwright-core');
  } catch (e) {
    console.log(`SKIP: ${e.message.split('\n')[0]} (tools/setup test)`);
    process.exit(SKIPPED);
  }
}

export async function open() {
  const { chromium } = await playwright();
  const folder = mkdtempSync(join(tmpdir(), 'jemput-pages-'));
  const context = await chromium.launchPersistentContext(join(folder, 'first'), { executablePath: CHROMIUM, args: ARGS, headless: true });
  return { browser: context.browser(), context, close: async () => { await context.close(); rmSync(folder, { recursive: true, force: true }); } };
}

/** The server of examples, ended with its standard input. */
export async function fixtures(dist, ...more) {
  const child = spawn('python3', [join(here, 'fixture.py'), dist, ...more], { stdio: ['pipe', 'pipe', 'inherit'] });
  const port = await new Promise((done, fail) => {
    child.stdout.once('data', (data) => done(Number(data)));
    child.once('exit', () => fail(new Error('the fixture server ended')));
  });
  return { origin: `http://127.0.0.1:${port}`, close: () => new Promise((done) => { child.once('exit', done); child.stdin.end(); }) };
}

/** A page with its rules: no request to anywhere else, no error on its console, no dialog of the browser. `faults` is what went against them. */
export async function watched(context, origin) {
  const page = await context.newPage();
  const faults = [], requests = [];
  page.on('request', (r) => {
    requests.push(r.url());
    if (!r.url().startsWith(origin) && !r.url().startsWith('blob:' + origin))
      faults.push('request elsewhere: ' + r.url().slice(0, 200));
  });
  page.on('dialog', (d) => { faults.push('dialog: ' + d.message()); d.dismiss(); });
  page.on('pageerror', (e) => faults.push('error: ' + e.message));
  page.on('console', (m) => {
    if (m.type() === 'error' && !/status of (4\d\d|50[234])|ERR_FAILED/.test(m.text()))
      faults.push('console: ' + m.text());
  });
  return { page, faults, requests };
}

export async function signIn(page, origin, account, pin = 'rahasia-untuk-uji') {
  await page.goto(origin + '/');
  await page.fill('input[autocomplete=username]', account);
  await page.fill('input[autocomplete=current-password]', pin);
  await page.click('button[type=submit]');
  await page.waitForSelector('.shell');
}

/** Go to an address of the page, and wait until it has what it shows. */
export async function visit(page, origin, hash) {
  await page.goto(`${origin}/${hash}`);
  await settled(page);
}

export async function settled(page) {
  await page.waitForFunction(() => document.querySelector('h1') && !document.querySelector('.wait') && !document.querySelector('[aria-busy="true"]'));
}

const AXE = join(here, 'node_modules/axe-core/axe.min.js');
let axe = null;

/** Serious and critical findings of axe-core on the page as it stands: one line each. */
export async function accessible(page) {
  axe = axe || readFileSync(AXE, 'utf8');
  await page.evaluate(axe); // by the debugger's own way: the page's rules against scripts stay in force
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return found.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .flatMap((v) => v.nodes.map((n) => `${v.impact} ${v.id}: ${n.target.join(' ')} ${n.failureSummary.split('\n').slice(1, 3).join(' ').trim()}`));
}

/** Bytes of bodies that travel until somebody can sign in. */
export async function firstPage(page, origin) {
  const answers = [];
  const note = (r) => answers.push(r);
  page.on('response', note);
  await page.goto(origin + '/');
  await page.waitForSelector('input');
  page.off('response', note);
  const sizes = await Promise.all(answers.map((r) => r.request().sizes()));
  return sizes.reduce((n, s) => n + s.responseBodySize, 0);
}

/** What the server was asked to do, the newest last. */
export async function asked(page, origin) {
  return page.evaluate(async (where) => (await fetch(where)).json(), origin + '/test/asked');
}
export const last = async (page, origin) => (await asked(page, origin)).pop();
export const click = (page, name) => page.getByRole('button', { name }).first().click();
export const text = (page, selector = 'main') => page.locator(selector).first().innerText();
export const reason = (page, why) => page.getByLabel('Alasan', { exact: true }).last().fill(why);
