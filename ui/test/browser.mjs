// The workbench in a real browser: every page in both themes, by keyboard alone, with
// hostile mail, and nothing that leaves the server.
//
//   node test/browser.mjs --bin DIR [--case DIR --evidence DIR] [--shots DIR]
//
// DIR of --bin holds `demarche` and `demarche-scenario`. Without --case a small world is made.
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

import { makeCase, startServer } from './world.mjs';

const option = (name) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(CHROMIUM)) {
  console.log(`browser test left out: there is no ${CHROMIUM} (Debian: apt-get install chromium)`);
  process.exit(0);
}
const require = createRequire(import.meta.url);
const { chromium } = require('playwright-core');
const axe = require('axe-core');

let passed = 0;
const failures = [];
const check = (name, holds, more = '') => {
  if (holds) passed += 1;
  else {
    failures.push(name);
    console.log(`FAILED ${name} ${more}`);
  }
};

// Whoever follows something out of a mail arrives here; nobody must.
const arrivals = [];
const canary = createServer((request, response) => {
  arrivals.push(request.url);
  response.end();
});
await new Promise((ready) => canary.listen(0, '127.0.0.1', ready));
const outside = `http://127.0.0.1:${canary.address().port}`;

const bin = resolve(option('bin') ?? '../target/ci');
const given = option('case') ? { case: resolve(option('case')), evidence: option('evidence') && resolve(option('evidence')), remove() {} } : makeCase(bin, outside);
const server = startServer(bin, given.case, given.evidence, given.key ? ['--by', 'Ada Tester', '--key', given.key] : ['--by', 'Ada Tester']);
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const shots = option('shots');
if (shots) mkdirSync(shots, { recursive: true });

try {
  const link = await server.link;
  const origin = new URL(link).origin;
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'en-GB', colorScheme: 'light' });
  const page = await context.newPage();
  const trouble = [];
  page.on('console', (message) => message.type() === 'error' && trouble.push(`${page.url()}: ${message.text()}`));
  page.on('pageerror', (error) => trouble.push(`${page.url()}: ${error.message}`));
  page.on('dialog', (dialog) => {
    trouble.push(`a mail opened a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const left = [];
  context.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`) && !/^(data|blob|about):/.test(request.url())) left.push(request.url());
  });
  const settled = async () => {
    await page.waitForSelector('#main h1', { timeout: 60_000 });
    await page.waitForFunction(() => document.querySelector('[aria-busy]:not(iframe)') === null, null, { timeout: 60_000 });
    await page.waitForTimeout(350);
  };
  const open = async (path) => {
    await page.goto(origin + path);
    await settled();
  };
  await page.goto(link);
  await settled();
  check('the link opens the overview', new URL(page.url()).pathname === '/');

  const api = (path) => page.evaluate(async (asked) => (await fetch(asked)).json(), path);
  const { labels } = await api('/api/overview');
  const row = async (table) => (await api(`/api/tables/${table}?limit=1000`)).rows;
  const wave = (await row('waves')).find((each) => labels[each.wave_id] === 'W1');
  const [intrusion] = await row('intrusions');
  const ref = wave?.features.flatMap((feature) => feature.evidence)[0];
  const place = ref && new URLSearchParams({ source: ref.source, path: ref.path, offset: ref.offset, length: ref.length, sha256: ref.sha256 });
  const paths = {
    overview: '/', timeline: '/timeline', 'timeline-table': '/timeline?view=table', campaigns: '/campaigns', wave: '/campaigns?wave=W1', people: '/people', accounts: '/accounts',
    hypotheses: '/hypotheses', claims: '/claims', findings: '/findings', matches: '/findings?sort=time', search: '/search?in=messages&q=the', messages: '/messages', tables: '/tables', events: '/tables/events',
    hunt: '/hunt', decisions: '/decisions', custody: '/custody', report: '/report', redacted: '/report?kinds=wave,campaign,statement', missing: '/nowhere',
    ...(wave ? { person: `/people?who=${encodeURIComponent(wave.recipients[0])}`, message: `/messages/${wave.message_uids[0]}` } : {}),
    ...(intrusion ? { account: '/accounts?intrusion=I1' } : {}),
    ...(place ? { evidence: `/evidence?${place}`, hex: `/evidence?${place}&as=hex` } : {}),
  };
  check('the world holds a wave and an intrusion', Boolean(wave && intrusion));

  for (const theme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: theme });
    for (const [name, path] of Object.entries(paths)) {
      await open(path);
      check(`${name} (${theme}) shows no error`, (await page.locator('.failed').count()) === 0, await page.locator('.failed').first().textContent({ timeout: 200 }).catch(() => ''));
      await page.evaluate(axe.source);
      const found = await page.evaluate(() => globalThis.axe.run(document, { iframes: false, resultTypes: ['violations'] }));
      const serious = found.violations.filter((each) => each.impact === 'serious' || each.impact === 'critical');
      check(`${name} (${theme}) is accessible`, serious.length === 0, JSON.stringify(serious.map((each) => [each.id, each.nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary}`)])).slice(0, 900));
      if (shots) await page.screenshot({ path: join(shots, `${name}-${theme}.png`) });
      if (theme === 'dark') continue;
      await page.setViewportSize({ width: 390, height: 844 });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      check(`${name} fits a phone`, over <= 0, `${over} px too wide`);
      if (shots) await page.screenshot({ path: join(shots, `${name}-phone.png`) });
      await page.setViewportSize({ width: 1280, height: 860 });
    }
  }

  // By keyboard alone: overview, a wave, one of its mails, its bytes.
  const tabTo = async (selector) => {
    for (let n = 0; n < 250; n += 1) {
      await page.keyboard.press('Tab');
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return true;
    }
    return false;
  };
  await open('/');
  await page.keyboard.press('Tab');
  check('the first key leads past the navigation', await page.evaluate(() => document.activeElement?.classList.contains('skip') ?? false));
  check('a figure of the overview is reached', await tabTo('#main a[href="/campaigns"]'));
  await page.keyboard.press('Enter');
  await settled();
  check('the page is announced by its title', await page.evaluate(() => document.activeElement?.tagName === 'H1'));
  check('the list of waves is reached', await tabTo('.list a'));
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  check('the wave is in the URL', page.url().includes('wave=W'), page.url());
  check('a mail of the wave is reached', await tabTo('#main a[href^="/messages/"]'));
  await page.keyboard.press('Enter');
  await settled();
  check('the mail is open', page.url().includes('/messages/m1:'));
  await page.waitForSelector('.bytes mark');
  check('the hex view is reached', await tabTo('#main .seg button[aria-pressed="false"]'));
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('.bytes .o') !== null);
  check('cited bytes are marked and hold', (await page.locator('.bytes mark').count()) > 0 && (await page.locator('.chain:not(.broken)').count()) > 0);
  for (const [key, path] of [['t', '/timeline'], ['k', '/custody'], ['o', '/']]) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await settled();
    check(`g ${key} opens ${path}`, new URL(page.url()).pathname === path);
  }
  await page.keyboard.press('?');
  check('help opens', await page.locator('dialog[open]').isVisible());
  await page.keyboard.press('Escape');
  check('Escape closes it', (await page.locator('dialog[open]').count()) === 0);
  await page.keyboard.press('/');
  await settled();
  await open('/tables/events');
  await page.keyboard.press('/');
  check('/ leads to the search field', await page.evaluate(() => document.activeElement?.matches('[data-search]') ?? false));
  await open('/timeline');
  check('the timeline is reached', await tabTo('.chart'));
  await page.keyboard.press('+');
  await page.waitForTimeout(900);
  check('the timeline zooms by key, and the URL says so', page.url().includes('from='), page.url());

  // What one asks is answered, and a wrong question is told what is wrong.
  await open(`/search?sql=${encodeURIComponent('SELECT count(*) AS n FROM messages')}`);
  check('SQL is answered', /\d/.test(await page.locator('tbody').first().innerText()));
  await page.locator('select[aria-label="Language"]').selectOption('de');
  check('German', (await page.locator('nav').first().innerText()).includes('Überblick'));
  await page.locator('.top select').selectOption('fr');
  check('French', (await page.locator('nav').first().innerText()).includes('Chronologie'));
  await page.locator('.top select').selectOption('en');
  const before = trouble.length;
  await open(`/search?sql=${encodeURIComponent('SELECT nothing FROM nowhere')}`);
  check('a wrong question shows its error', (await page.locator('.failed').count()) === 1);
  trouble.splice(before); // the browser itself notes the 400

  // From the overview to the bytes, to a decision, to the tables that know it, to the report.
  if (!option('case')) {
    await open('/');
    await page.locator('#main a[href="/campaigns"]').first().click();
    await settled();
    await page.goto(`${origin}/campaigns?wave=W1`);
    await settled();
    const places = page.locator('#detail .sides').first().locator('a[href^="/evidence"], details.ev summary').first();
    await places.click();
    const cited = page.locator('#detail details.ev[open] a[href^="/evidence"]').first();
    // One place is a link; several open first, and are drawn only then.
    await page.waitForFunction(() => location.pathname === '/evidence' || document.querySelector('#detail details.ev[open] a[href^="/evidence"]') !== null);
    if (new URL(page.url()).pathname !== '/evidence') await cited.click();
    await settled();
    await page.waitForSelector('.bytes mark').catch(async (error) => {
      console.log(page.url(), (await page.locator('#main').innerText()).slice(0, 600));
      throw error;
    });
    check('two clicks lead from a reason to its bytes', page.url().includes('/evidence?') && (await page.locator('.chain:not(.broken)').count()) > 0);
    await page.goBack();
    await settled();
    await page.locator('#detail .notes summary').click();
    await page.locator('#detail .notes textarea').fill('looked at by the browser test');
    await page.locator('#detail .notes button', { hasText: 'Keep the note' }).click();
    await page.waitForSelector('#detail .notes .decided li');
    check('a note needs no run', await page.locator('.banner').isHidden());
    const whole = (await row('campaigns')).find((each) => each.wave_ids.length > 1);
    check('the world holds a campaign of several waves', Boolean(whole));
    const apart = whole.wave_ids[0];
    await open(`/campaigns?wave=${labels[apart]}`);
    await page.locator('#detail details.decide summary', { hasText: 'Not of campaign' }).click();
    await page.locator('#detail details.decide[open] input').fill('another hand');
    await page.locator('#detail details.decide[open] button').click();
    await page.waitForSelector('.banner:not([hidden])');
    check('a decision says that a run is needed', /not in the tables/.test(await page.locator('.banner').innerText()));
    check('the decision stands at the wave, with a way back', (await page.locator('#detail .decided').first().innerText()).includes('another hand'));
    if (shots) await page.screenshot({ path: join(shots, 'decided-light.png') });
    await page.locator('.banner button', { hasText: 'Run the analysis again' }).click();
    await page.waitForFunction(() => /Analysis\s+done/.test(document.querySelector('.banner')?.textContent ?? ''), null, { timeout: 90_000 });
    await settled();
    const after = await row('campaigns');
    check('the run keeps the wave apart', after.some((each) => each.wave_ids.includes(apart)) && !after.some((each) => each.wave_ids.includes(apart) && each.wave_ids.length > 1), JSON.stringify(after.map((each) => each.wave_ids.length)));
    check('nothing is pending', (await api('/api/decisions')).pending.decisions === 0);
    await open('/decisions');
    await page.locator('tr', { hasText: 'another hand' }).locator('button', { hasText: 'Take back' }).click();
    await page.waitForSelector('tr.gone');
    check('a decision is taken back, attributed', (await page.locator('tr.gone').innerText()).includes('Ada Tester'));

    const about = await page.evaluate(async () => (await (await fetch('/api/tables/ach?limit=1')).json()).rows[0]);
    if (about) {
      await open(`/hypotheses?about=${about.campaign_id}`);
      await page.locator('details.ach summary').first().click();
      await page.locator('details.ach select.own').first().selectOption('inconsistent');
      await page.waitForFunction(async () => (await (await fetch('/api/decisions')).json()).decisions.some((each) => each.kind === 'mark'));
      check('a mark in the matrix is a decision', true);
    }
    const [claim] = await row('claims');
    check('the world holds a claim', Boolean(claim));
    if (claim) {
      await open(`/claims?claim=${claim.claim_id}`);
      await page.locator(`[id="claim-${claim.claim_id}"] button`, { hasText: 'Confirm' }).click();
      await page.waitForSelector(`[id="claim-${claim.claim_id}"] .decided li`);
      await page.locator('.banner button.primary').click();
      await page.waitForFunction(() => /\sdone/.test(document.querySelector('.banner')?.textContent ?? ''), null, { timeout: 60_000 });
      check('a confirmed claim is in the table', (await row('claims')).some((each) => each.claim_id === claim.claim_id && each.status === 'confirmed'));
    }

    await open('/hunt');
    await page.locator('form.hunt textarea').nth(2).fill(given.indicators);
    await page.locator('form.hunt button.primary').click();
    await page.waitForFunction(() => /findings by/.test(document.querySelector('#main')?.textContent ?? '') || document.querySelectorAll('#main tbody tr').length > 0, null, { timeout: 60_000 });
    await settled();
    const { hunts } = await api('/api/hunts');
    check('a hunt is run and listed', hunts.length === 1 && hunts[0].holds && hunts[0].findings > 0, JSON.stringify(hunts));
    await open(`/hunt?run=${hunts[0].run}`);
    check('what it found leads to bytes', (await page.locator('#main a[href^="/evidence"]').count()) > 0);

    await open('/report?kinds=wave,campaign,statement');
    const frame = page.frames().find((each) => each.url().includes('/api/report'));
    const words = await frame.evaluate(() => document.body.innerText).catch(() => frame.content());
    const { people } = await api('/api/overview');
    const named = people.filter((each) => each.mailbox.includes('@') && words.includes(each.mailbox));
    check('a redacted preview names nobody', words.length > 500 && named.length === 0, named.slice(0, 3).map((each) => each.mailbox).join(' '));
    await page.locator('button', { hasText: 'Export, signed' }).click();
    await page.waitForFunction(() => /Written to/.test(document.querySelector('#main')?.textContent ?? ''), null, { timeout: 90_000 });
    check('the redacted dossier is written and signed', existsSync(join(given.case, 'dossier-redacted')));
    const log = await api('/api/custody');
    check('the custody log holds, and has all of it', log.broken === null && ['decide', 'job', 'hunt', 'analyse', 'report', 'read_evidence'].every((action) => log.entries.some((entry) => entry.action === action)), String(log.broken));
  }

  // Hostile mail: shown, inert.
  const { rows } = await api('/api/tables/messages?search=hostile-&limit=100');
  if (!option('case')) check('the hostile mails are in the case', rows.length >= 9, String(rows.length));
  for (const row of rows) {
    await open(`/messages/${row.message_uid}`);
    await page.waitForTimeout(250);
    const frame = page.frames().find((each) => each.url().includes('/html'));
    const html = frame ? await frame.content() : '';
    check(`${row.message_id}: the frame holds nothing that acts`, !/<(script|img|form|iframe|object|embed|meta http|base|svg|link|input)|\son\w+=|javascript:|<a\s/i.test(html), html.slice(0, 300));
    for (const box of ['.headers', '.bytes']) check(`${row.message_id}: no live link in ${box}`, (await page.locator(`${box} a, ${box} img, ${box} script`).count()) === 0);
    const hits = await page.evaluate(() => [...document.querySelectorAll('#app a[href], #app [src]')].map((each) => each.getAttribute('href') ?? each.getAttribute('src') ?? '').filter((href) => !/^\/(?!\/)|^#/.test(href)));
    check(`${row.message_id}: links lead into these pages only`, hits.length === 0, hits.join(' '));
  }
  await open('/messages?q=hostile-');
  await page.waitForTimeout(500);

  check('no request left the server', left.length === 0, left.slice(0, 5).join(' '));
  check('nobody arrived from a mail', arrivals.length === 0, arrivals.join(' '));
  check('the browser noted no error', trouble.length === 0, trouble.slice(0, 5).join('\n'));
} catch (error) {
  failures.push('the test ran to its end');
  console.log(error);
} finally {
  await browser.close();
  server.stop();
  canary.close();
  given.remove();
}
console.log(`browser: ${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
