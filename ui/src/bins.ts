/** Times counted into bins of one width. */
import { DAY, HOUR, MINUTE } from './time.ts';

const WIDTHS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 91 * DAY, 365 * DAY];

export interface Bins {
  from: number;
  width: number;
  counts: number[];
}

/** At most about `most` bins from the first to the last time; `null` without any time. */
export function bins(times: readonly number[], most = 80): Bins | null {
  const known = times.filter((at) => !Number.isNaN(at));
  if (known.length === 0) return null;
  const low = known.reduce((a, b) => Math.min(a, b));
  const high = known.reduce((a, b) => Math.max(a, b));
  const width = WIDTHS.find((each) => (high - low) / each <= most) ?? Math.ceil((high - low) / most);
  const from = Math.floor(low / width) * width;
  const counts = Array.from({ length: Math.floor((high - from) / width) + 1 }, () => 0);
  for (const at of known) {
    const bin = Math.floor((at - from) / width);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { from, width, counts };
}
