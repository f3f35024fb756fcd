/** Messages in the reader's language. The report's own sentences stay as the program wrote
 *  them: they are what is signed. */
import { keepLanguage, keptLanguage } from '../prefs.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { fr } from './fr.ts';

export type Key = keyof typeof en;
export type Messages = Record<Key, string>;
export type Lang = 'en' | 'de' | 'fr';

export const catalogues: Record<Lang, Messages> = { en, de, fr };
export const languages: readonly Lang[] = ['en', 'de', 'fr'];

let current: Lang = 'en';

/** The kept language, else the browser's first that we have, else English. */
export function choose(): Lang {
  const wanted = [keptLanguage() ?? '', ...(navigator.languages ?? [])].map((tag) => tag.slice(0, 2));
  current = (wanted.find((tag) => (languages as readonly string[]).includes(tag)) as Lang | undefined) ?? 'en';
  document.documentElement.lang = current;
  return current;
}

export function lang(): Lang {
  return current;
}

export function setLanguage(chosen: Lang): void {
  keepLanguage(chosen);
  choose();
}

/** A message with `{name}` filled in. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return catalogues[current][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Whether there is such a message: for keys made from data. */
export function known(key: string): key is Key {
  return key in catalogues.en;
}

/** `1 wave`, `1,200 waves`: the message holds both forms, `one|many`. */
export function tn(key: Key, n: number, values: Record<string, string | number> = {}): string {
  const [one = '', many = one] = catalogues[current][key].split('|');
  const form = new Intl.PluralRules(current).select(n) === 'one' ? one : many;
  const all: Record<string, string | number> = { n: new Intl.NumberFormat(current).format(n), ...values };
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => String(all[name] ?? whole));
}
