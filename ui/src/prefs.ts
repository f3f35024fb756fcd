/** What this browser remembers: theme, language, whether names show, saved queries. */

function read(key: string): string | null {
  try {
    return window.localStorage.getItem(`demarche.${key}`);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    window.localStorage.setItem(`demarche.${key}`, value);
  } catch {
    // a browser that keeps nothing still shows everything
  }
}

export type Theme = 'light' | 'dark';

const dark = () => window.matchMedia('(prefers-color-scheme: dark)');

export function theme(): Theme {
  const kept = read('theme');
  return kept === 'light' || kept === 'dark' ? kept : dark().matches ? 'dark' : 'light';
}

/** Sets the theme on the page; pictures listen to `demarche:theme`. */
export function applyTheme(chosen?: Theme): void {
  if (chosen) write('theme', chosen);
  document.documentElement.dataset['theme'] = theme();
  window.dispatchEvent(new Event('demarche:theme'));
}

export function followSystem(): void {
  dark().addEventListener('change', () => applyTheme());
}

/** Names stay blurred in each new tab until asked for. */
export function applyNames(show: boolean): void {
  if (show) document.documentElement.dataset['names'] = '';
  else delete document.documentElement.dataset['names'];
}

export function namesShown(): boolean {
  return 'names' in document.documentElement.dataset;
}

export function keptLanguage(): string | null {
  return read('lang');
}

export function keepLanguage(lang: string): void {
  write('lang', lang);
}

/** A small JSON value under a name of its own. */
export function kept<T>(key: string, none: T): T {
  const text = read(key);
  if (text === null) return none;
  try {
    return JSON.parse(text) as T;
  } catch {
    return none;
  }
}

export function keep(key: string, value: unknown): void {
  write(key, JSON.stringify(value));
}
