/** The frame around every page: bar, navigation, keys, help. */
import { getSession } from '../api.ts';
import { fill, h } from '../dom.ts';
import { languages, lang, setLanguage, t, type Key, type Lang } from '../i18n/index.ts';
import { applyNames, applyTheme, namesShown, theme } from '../prefs.ts';
import { go, render } from '../router.ts';
import { inert } from '../text.ts';
import { banner } from './banner.ts';
import { liveRegion } from './live.ts';

interface Entry {
  path: string;
  key: string;
  title: Key;
}

const entry = (path: string, key: string, title: Key): Entry => ({ path, key, title });

/** Pages by what they are for, in the order of an investigation. */
const GROUPS: { title: Key; pages: Entry[] }[] = [
  { title: 'nav.answers', pages: [
    entry('/', 'o', 'page.overview'), entry('/timeline', 't', 'page.timeline'), entry('/campaigns', 'c', 'page.campaigns'),
    entry('/people', 'p', 'page.people'), entry('/accounts', 'a', 'page.accounts'), entry('/hypotheses', 'h', 'page.hypotheses'),
    entry('/claims', 'l', 'page.claims')] },
  { title: 'nav.evidence', pages: [
    entry('/search', 's', 'page.search'), entry('/messages', 'm', 'page.messages'), entry('/findings', 'f', 'page.findings'), entry('/hunt', 'u', 'page.hunt'),
    entry('/tables', 'b', 'page.tables')] },
  { title: 'nav.proof', pages: [entry('/decisions', 'd', 'page.decisions'), entry('/custody', 'k', 'page.custody'), entry('/report', 'r', 'page.report')] },
];

const PAGES = GROUPS.flatMap((group) => group.pages);
const main = h('main', { id: 'main', tabindex: -1 });
let nav = h('nav');
let help = h('dialog');

export function shell(): { main: HTMLElement } {
  build();
  document.addEventListener('keydown', keys);
  return { main };
}

/** Draws the frame, again when the language changes. */
function build(): void {
  document.querySelector('#app')?.remove();
  document.querySelector('.skip')?.remove();
  help.remove();
  help = helpDialog();
  const where = h('span', { class: 'case' });
  const mark = h('span', { class: 'tlp' }, 'TLP:RED');
  nav = h('nav', { class: 'nav', 'aria-label': t('nav') }, GROUPS.map((group) => [
    h('p', { class: 'group', id: group.title }, t(group.title)),
    h('ul', { 'aria-labelledby': group.title }, group.pages.map((page) =>
      h('li', null, h('a', { href: page.path }, t(page.title), h('kbd', { 'aria-hidden': 'true' }, `g ${page.key}`))))),
  ]));
  const menu = h('button', { type: 'button', class: 'menu', 'aria-expanded': 'false', on: { click: () => open(!nav.classList.contains('open')) } }, t('menu'));
  const open = (shown: boolean): void => {
    nav.classList.toggle('open', shown);
    menu.setAttribute('aria-expanded', String(shown));
  };
  nav.addEventListener('click', () => open(false));
  const names = h('button', { type: 'button', 'aria-pressed': String(namesShown()), title: t('names.hint'), on: { click: () => {
    applyNames(!namesShown());
    names.setAttribute('aria-pressed', String(namesShown()));
  } } }, t('names'));
  const dark = h('button', { type: 'button', 'aria-label': t('theme'), title: t('theme'), on: { click: () => applyTheme(theme() === 'dark' ? 'light' : 'dark') } }, '\u25d0');
  const speak = h('select', { 'aria-label': t('language'), on: { change: () => {
    setLanguage(speak.value as Lang);
    build();
    render();
  } } }, languages.map((code) => h('option', { value: code, selected: code === lang() }, code.toUpperCase())));
  const ask = h('button', { type: 'button', class: 'ask', 'aria-label': t('help'), title: `${t('help')} (?)`, on: { click: () => help.showModal() } }, '?');
  document.body.prepend(
    h('a', { class: 'skip', href: '#main', on: { click: (event) => { event.preventDefault(); main.focus(); } } }, t('skip')),
    h('div', { id: 'app' },
      h('header', { class: 'top' }, menu, h('a', { class: 'brand', href: '/' }, 'demarche'), where, mark, names, speak, dark, ask),
      nav, h('div', { class: 'work' }, banner(), main)));
  document.body.append(help, liveRegion());
  void getSession().then((session) => {
    fill(where, h('b', null, inert(session.case ?? '', 60)), session.run ? ` \u00b7 ${t('run')} ${session.run.slice(0, 12)}` : '', session.name ? ` \u00b7 ${inert(session.name, 40)}` : '');
  }, () => undefined);
  current(window.location.pathname);
}

/** Marks the page that is open. */
export function current(path: string): void {
  for (const link of nav.querySelectorAll('a')) {
    const own = link.getAttribute('href') ?? '';
    if (own === path || (own !== '/' && path.startsWith(`${own}/`))) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

function helpDialog(): HTMLDialogElement {
  const row = (key: string, text: string) => [h('dt', null, h('kbd', null, key)), h('dd', null, text)];
  const box = h('dialog', { class: 'sheet', 'aria-labelledby': 'help-title' },
    h('h2', { id: 'help-title' }, t('help')),
    h('dl', null,
      row('/', t('keys.search')), row('?', t('keys.help')), row('Esc', t('keys.escape')),
      row('\u2191 \u2193', t('keys.rows')), row('\u21b5', t('keys.open')), row('+ \u2212 \u2190 \u2192 0', t('keys.timeline')),
      row('n', t('keys.names')), row('d', t('theme')),
      PAGES.map((page) => row(`g ${page.key}`, t(page.title)))),
    h('form', { method: 'dialog' }, h('p', null), h('button', null, t('close'))));
  return box;
}

let pending = 0;

function keys(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  const typing = target.matches('input, textarea, select, [contenteditable]');
  if (event.key === 'Escape') {
    nav.classList.remove('open');
    document.querySelector('.menu')?.setAttribute('aria-expanded', 'false');
    if (typing) target.blur();
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  if (pending !== 0) {
    window.clearTimeout(pending);
    pending = 0;
    const page = PAGES.find((candidate) => candidate.key === event.key);
    if (page) {
      event.preventDefault();
      go(page.path);
    }
    return;
  }
  switch (event.key) {
    case 'g':
      pending = window.setTimeout(() => (pending = 0), 1500);
      break;
    case '?':
      help.showModal();
      break;
    case '/': {
      event.preventDefault();
      const box = main.querySelector<HTMLElement>('[data-search]');
      if (box) box.focus();
      else go('/search');
      break;
    }
    case 'n':
      document.querySelector<HTMLElement>('.top [aria-pressed]')?.click();
      break;
    case 'd':
      applyTheme(theme() === 'dark' ? 'light' : 'dark');
      break;
  }
}
