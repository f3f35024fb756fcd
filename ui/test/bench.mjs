// Figures of the workbench on one case: `make bench-ui`.
//
//   node test/bench.mjs --bin DIR --case DIR [--evidence DIR] [--size NAME]
//
// A table for people goes to standard error, one line of JSON to standard output. Times are
// of a real browser against the real server, milliseconds; p95 over all measurements. The
// server's memory is the most that the system ever saw it hold.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

import { startServer } from './world.mjs';

const option = (name) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(CHROMIUM)) {
  console.error(`there is no ${CHROMIUM} (Debian: apt-get install chromium)`);
  process.exit(2);
}
const { chromium } = createRequire(import.meta.url)('playwright-core');
const say = (text) => process.stderr.write(`${text}\n`);

const sorted = (values) => [...values].sort((a, b) => a - b);
const quantile = (values, q) => sorted(values)[Math.min(values.length - 1, Math.ceil(q * values.length) - 1)] ?? NaN;
const round = (value) => Math.round(value * 10) / 10;

const server = startServer(resolve(option('bin')), resolve(option('case')), option('evidence') && resolve(option('evidence')), ['--by', 'bench']);
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/** Memory of the server in MiB: now, and at most. */
function memory() {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  const of = (name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? NaN) / 1024;
  return { now: of('VmRSS'), most: of('VmHWM') };
}

try {
  const link = await server.link;
  const origin = new URL(link).origin;
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(link);
  const api = (path, body) => page.evaluate(async ([asked, sent]) => {
    const token = (await (await fetch('/api/session')).json()).token;
    const began = performance.now();
    const answer = await fetch(asked, sent === null ? { cache: 'no-store' } : { method: 'POST', headers: { 'content-type': 'application/json', 'x-demarche-token': token }, body: JSON.stringify(sent) });
    const json = await answer.json();
    return { ms: performance.now() - began, status: answer.status, json };
  }, [path, body ?? null]);

  // What makes pages quick is made at the first start: pages work meanwhile, more slowly.
  const began = performance.now();
  for (;;) {
    const { json } = await api('/api/jobs');
    if (json.jobs.every((job) => job.status.state !== 'running')) break;
    await page.waitForTimeout(250);
  }
  const prepared = (performance.now() - began) / 1000;
  const total = async (table) => (await api(`/api/tables/${table}?limit=0`)).json.total;
  const [messages, events, findings] = [await total('messages'), await total('events'), await total('findings')];

  // The first page, each time in a browser that has seen nothing.
  const cookies = await context.cookies();
  const first = [];
  for (let n = 0; n < 10; n += 1) {
    const fresh = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'en-GB' });
    await fresh.addCookies(cookies);
    const own = await fresh.newPage();
    const at = performance.now();
    await own.goto(origin, { waitUntil: 'commit' });
    await own.waitForSelector('#main .figures a', { timeout: 120_000 });
    await own.waitForFunction(() => document.querySelector('#main[aria-busy], #main [aria-busy]') === null);
    first.push(performance.now() - at);
    await fresh.close();
  }

  // From the whole case to a minute and back: to the next painted frame, and to the counts
  // of the new window.
  await page.goto(`${origin}/timeline`);
  await page.waitForSelector('.chart canvas', { timeout: 120_000 });
  await page.waitForTimeout(1500);
  const zooms = await page.evaluate(async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))));
    const chart = document.querySelector('.chart');
    const below = document.querySelector('.in-window');
    const measured = [];
    const keys = [...Array.from({ length: 24 }, (_, n) => (n % 4 === 3 ? 'ArrowRight' : '+')), ...Array.from({ length: 24 }, (_, n) => (n % 4 === 3 ? 'ArrowLeft' : '-'))];
    for (const key of keys) {
      const refined = new Promise((done) => {
        const seen = new MutationObserver(() => { seen.disconnect(); done(); });
        seen.observe(below, { childList: true, subtree: true });
        setTimeout(done, 5000);
      });
      const began = performance.now();
      chart.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
      const painted = (await frame()) - began;
      await refined;
      measured.push({ painted, refined: (await frame()) - began });
    }
    return measured;
  });

  // Filters and orders of the largest tables, no two alike.
  const some = (await api('/api/sql', { query: "SELECT account, operation, source_ip FROM events WHERE account <> '' GROUP BY account, operation, source_ip ORDER BY count(*) DESC LIMIT 12", limit: 12 })).json.rows ?? [];
  const boxes = (await api('/api/sql', { query: 'SELECT mailbox, min("from") AS sender FROM messages GROUP BY mailbox ORDER BY count(*) DESC LIMIT 12', limit: 12 })).json.rows ?? [];
  const span = (await api('/api/sql', { query: 'SELECT min(at) AS low, max(at) AS high FROM timeline_cube WHERE unit = \'day\' AND lane = \'messages\' AND n > 3', limit: 1 })).json.rows?.[0];
  const asks = [
    ...some.flatMap((row) => [`events?account=${encodeURIComponent(row.account)}`, `events?operation=${encodeURIComponent(row.operation)}&source_ip=${encodeURIComponent(row.source_ip ?? '')}`]),
    ...boxes.flatMap((row) => [`messages?mailbox=${encodeURIComponent(row.mailbox)}`, `messages?from=${encodeURIComponent(row.sender ?? '')}&sort=subject`]),
    'messages', 'messages?sort=subject', 'messages?sort=from&desc=true', 'messages?offset=30000', 'messages?search=committee', 'events', 'events?sort=operation', 'events?sort=time&desc=true', 'findings?severity=high', 'findings?sort=rule', 'anomalies',
  ];
  if (span?.low) {
    const [low, high] = [Date.parse(span.low), Date.parse(span.high)];
    for (let n = 0; n < 12; n += 1) {
      const from = new Date(low + ((high - low) * n) / 12).toISOString();
      const to = new Date(low + ((high - low) * (n + 0.1)) / 12).toISOString();
      asks.push(`messages?min.date=${from}&max.date=${to}`, `events?min.time=${from}&max.time=${to}&sort=account`);
    }
  }
  const filters = [];
  for (const ask of asks) filters.push({ ask, ...(await api(`/api/tables/${ask}${ask.includes('?') ? '&' : '?'}limit=100`)) });
  const refused = filters.filter((each) => each.status !== 200);
  if (refused.length > 0) throw new Error(`${refused[0].ask}: ${refused[0].status} ${JSON.stringify(refused[0].json)}`);

  // Words over subjects and bodies: rare and common, one and two, with the page's own SQL.
  const subjects = (await api('/api/sql', { query: 'SELECT subject FROM messages ORDER BY message_uid LIMIT 400', limit: 400 })).json.rows ?? [];
  const counts = new Map();
  for (const { subject } of subjects) for (const word of new Set(String(subject ?? '').toLowerCase().match(/\p{L}{4,}/gu) ?? [])) counts.set(word, (counts.get(word) ?? 0) + 1);
  const words = [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([word]) => word);
  const chosen = [...words.slice(0, 12), ...words.slice(-12)];
  const asked = [...chosen, ...chosen.slice(0, 8).map((word, n) => `${word} ${words[n + 1] ?? ''}`), ...chosen.slice(0, 6).map((word) => `${word.slice(0, 4)}*`)];
  const searches = [];
  for (const text of asked) searches.push(await api('/api/sql', { query: `SELECT "date", mailbox, "from", subject, message_uid FROM messages WHERE message_uid IN (SELECT message_uid FROM text_search('${text.replaceAll("'", "''")}')) ORDER BY "date" LIMIT 1000`, limit: 1000 }));
  const failed = searches.find((each) => each.status !== 200);
  if (failed) throw new Error(`words: ${JSON.stringify(failed.json)}`);

  const held = memory();
  const ms = (values) => values.map((each) => each.ms);
  const figures = {
    size: option('size') ?? '', messages, events, findings,
    prepare_s: round(prepared),
    first_page_ms: round(quantile(first, 0.5)), first_page_ms_p95: round(quantile(first, 0.95)),
    timeline_zoom_ms_p95: round(quantile(zooms.map((each) => each.painted), 0.95)),
    timeline_counts_ms_p95: round(quantile(zooms.map((each) => each.refined), 0.95)),
    filter_ms: round(quantile(ms(filters), 0.5)), filter_ms_p95: round(quantile(ms(filters), 0.95)), filter_ms_max: round(Math.max(...ms(filters))),
    words_ms: round(quantile(ms(searches), 0.5)), words_ms_p95: round(quantile(ms(searches), 0.95)),
    server_memory_mib: round(held.most), server_memory_now_mib: round(held.now),
  };
  const line = (what, value, wanted) => say(`${what.padEnd(46)} ${String(value).padStart(10)}   ${wanted}`);
  say(`${messages} messages, ${events} events, ${findings} findings; ${filters.length} filters, ${searches.length} searches, ${zooms.length} zooms`);
  line('what makes pages quick, once, s', figures.prepare_s, '');
  line('first page interactive, ms (p50 / p95)', `${figures.first_page_ms} / ${figures.first_page_ms_p95}`, '1500');
  line('timeline: zoom to paint, ms (p95)', figures.timeline_zoom_ms_p95, '100');
  line('timeline: zoom to the window\'s own counts (p95)', figures.timeline_counts_ms_p95, '');
  line('a filter, ms (p50 / p95 / most)', `${figures.filter_ms} / ${figures.filter_ms_p95} / ${figures.filter_ms_max}`, '300');
  line('words over subjects and bodies, ms (p50 / p95)', `${figures.words_ms} / ${figures.words_ms_p95}`, '500');
  line('memory of the server, MiB (now / most)', `${figures.server_memory_now_mib} / ${figures.server_memory_mib}`, '1536');
  const slow = [...filters].sort((a, b) => b.ms - a.ms).slice(0, 5);
  for (const each of slow) say(`  slow: ${round(each.ms)} ms  ${each.ask}`);
  console.log(JSON.stringify(figures));
} finally {
  await browser.close();
  server.stop();
}
