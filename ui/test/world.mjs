// A case to look at: a small synthetic world with hostile mails added, and its server.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Mails that try to run, load, send or lead somewhere. `at` is where a hit would be seen. */
export function hostile(at) {
  const bodies = {
    script: `<script>fetch("${at}/script")</script><script src="${at}/script.js"></script><p>hello</p>`,
    image: `<img src="${at}/pixel.gif"><img srcset="${at}/set.png 2x"><picture><source srcset="${at}/source.png"><img></picture><input type=image src="${at}/input.png"><video poster="${at}/poster.png" src="${at}/v.mp4" autoplay></video><audio src="${at}/a.mp3" autoplay></audio>`,
    css: `<link rel=stylesheet href="${at}/sheet.css"><link rel=prefetch href="${at}/prefetch"><style>@import "${at}/import.css";body{background:url(${at}/bg.png)}@font-face{font-family:x;src:url(${at}/font.woff)}p{font-family:x}</style><p style="background:url(${at}/inline.png)">styled</p><table background="${at}/table.png"><tr><td background="${at}/td.png">x</td></tr></table>`,
    form: `<form action="${at}/form" method=post><input name=password autofocus><button formaction="${at}/button">Go</button></form>`,
    javascript: `<a href="javascript:fetch('${at}/href')">click</a><a href="${at}/link" ping="${at}/ping">link</a><a href="data:text/html,<script>1</script>">data</a><div onclick="fetch('${at}/onclick')" onmouseover="fetch('${at}/over')">hover</div>`,
    svg: `<svg onload="fetch('${at}/onload')"><image href="${at}/svg.png"/><use href="${at}/use.svg#a"/><script>fetch("${at}/svgscript")</script><foreignObject><iframe src="${at}/foreign"></iframe></foreignObject></svg>`,
    refresh: `<meta http-equiv=refresh content="0;url=${at}/refresh"><base href="${at}/base/"><img src=relative.png>`,
    frame: `<iframe src="${at}/frame"></iframe><iframe srcdoc="<script>top.location='${at}/top'</script>"></iframe><object data="${at}/object"></object><embed src="${at}/embed"><applet code="${at}/applet"></applet>`,
    nesting: `<noscript><p title="</noscript><img src=${at}/noscript.png onerror=fetch('${at}/e')>">x</p></noscript><math><mtext><table><mglyph><style><img src=${at}/mutation.png></style></table></mtext></math><!--><img src=${at}/comment.png>-->`,
  };
  return Object.entries(bodies).map(([name, html], nth) =>
    [
      `From evil${nth}@hostile.example Mon Jan  1 00:0${nth}:00 2024`,
      `From: "\u202e<script>alert(1)</script>" <evil${nth}@hostile.example>`,
      'To: reader@house.example',
      `Subject: hostile-${name} <img src=${at}/subject.png onerror=alert(1)> javascript:alert(1) ${at}/`,
      `Date: Mon, 1 Jan 2024 00:0${nth}:00 +0000`,
      `Message-ID: <hostile-${name}@hostile.example>`,
      'MIME-Version: 1.0',
      'Content-Type: text/html; charset=utf-8',
      '',
      `<html><body>${html}</body></html>`,
      '',
    ].join('\n'),
  ).join('\n');
}

/** What somebody said, for claims. */
const STATEMENT = `Statement by the Foreign Ministry
25 March 2024

The United Kingdom today attributes a campaign of malicious cyber activity against parliamentarians to APT31, a China state-affiliated actor. It is almost certain that APT31 conducted reconnaissance against UK parliamentarians in 2021. The United Kingdom has sanctioned two individuals.

The spokesperson of the Chinese Embassy said: China firmly opposes and combats all forms of cyberattacks and denies the accusation.
`;

/** Makes the world and the case; everything lies in one folder that `remove` removes. */
export function makeCase(bin, at) {
  const folder = mkdtempSync(join(tmpdir(), 'demarche-ui-'));
  const evidence = join(folder, 'world', 'evidence');
  const run = (name, ...args) => execFileSync(join(bin, name), args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder });
  run('demarche-scenario', '--seed', '7', '--size', 'XS', '--out', join(folder, 'world'));
  mkdirSync(join(evidence, 'hostile'), { recursive: true });
  writeFileSync(join(evidence, 'hostile', 'hostile.mbox'), hostile(at));
  const given = join(folder, 'case');
  const key = join(folder, 'signer.key');
  const said = join(folder, 'said.txt');
  writeFileSync(said, STATEMENT);
  run('demarche', 'investigate', evidence, '--case', given, '--key', key, '--statements', said);
  // Every line of it leads to where a visitor would be seen.
  const indicators = join(folder, 'list.txt');
  writeFileSync(indicators, `${at}/pixel.gif\nhostile.example\n${at}/listed\n`);
  return { case: given, evidence, key, indicators, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Starts the server; resolves with the link that it prints. */
export function startServer(bin, folder, evidence, more = []) {
  const args = ['serve', '--case', folder, '--listen', '127.0.0.1:0', ...(evidence ? ['--evidence', evidence] : []), ...more];
  const child = spawn(join(bin, 'demarche'), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let told = '';
  child.stderr.on('data', (piece) => (told += piece));
  const link = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(line.trim()));
    child.once('exit', (code) => reject(new Error(`demarche serve ended with ${code}: ${told}`)));
  });
  return { link, pid: child.pid, stop: () => child.kill('SIGINT') };
}
