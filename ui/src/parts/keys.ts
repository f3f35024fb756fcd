/** Arrow keys in lists and tables. */

/** Moves among `selector` inside `box` with arrows, Home and End; one stop for Tab each. */
export function rove<T extends HTMLElement>(box: T, selector: string): T {
  box.addEventListener('keydown', (event) => {
    if (!['ArrowDown', 'ArrowUp', 'Home', 'End'].includes(event.key)) return;
    const target = event.target as HTMLElement;
    const own = target.closest(selector);
    if (!own || (target !== own && target.matches('input, select, summary'))) return;
    const items = [...box.querySelectorAll<HTMLElement>(selector)];
    const at = items.indexOf(own as HTMLElement);
    const next = event.key === 'Home' ? 0 : event.key === 'End' ? items.length - 1 : at + (event.key === 'ArrowDown' ? 1 : -1);
    const item = items[next];
    if (item) {
      event.preventDefault();
      item.focus();
    }
  });
  return box;
}
