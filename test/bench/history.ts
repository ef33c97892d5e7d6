/** What was measured, kept with the commit that it was measured at, and drawn: `npm run bench -- --record`. */
import type { Measured } from './bar.ts';

export interface Run {
  readonly date: string;
  readonly commit: string;
  readonly node: string;
  /** Load of the machine at the start: over the number of its cores a run by the clock tells little. */
  readonly load: number;
  readonly rows: readonly Measured[];
}

const KEPT = 50;

/** The history with a run more; the newest is last, the oldest go. */
export const withRun = (history: readonly Run[], run: Run): Run[] => [...history, run].slice(-KEPT);

/** How much of its bar a measurement takes: 1 is all of it. Undefined where one of both is no number. */
export function share({ value, bar }: Measured): number | undefined {
  const [measured, most] = [value, bar].map((text) =>
    Number.parseFloat(/-?\d+(\.\d+)?/.exec(text.replaceAll(',', ''))?.[0] ?? ''),
  );
  if (measured === undefined || most === undefined || Number.isNaN(measured) || Number.isNaN(most) || most === 0)
    return undefined;
  return measured / most;
}

const WIDTH = 960;
const ROW = 26;
/** Where bars begin, and how long one is that takes all of its bar. */
const [LEFT, FULL] = [430, 340];

const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** A bar for each measurement of the newest run, as a share of what it may be; dots are the runs before. */
export function chart(history: readonly Run[]): string {
  const newest = history.at(-1);
  const rows = (newest?.rows ?? []).flatMap((row) => {
    const part = share(row);
    return part === undefined ? [] : [{ ...row, part }];
  });
  const height = 56 + ROW * rows.length;
  const x = (part: number) => (LEFT + FULL * Math.min(part, 1.35)).toFixed(1);
  const earlier = (what: string) =>
    history.slice(0, -1).flatMap((run) => {
      const row = run.rows.find((one) => one.what === what);
      const part = row === undefined ? undefined : share(row);
      return part === undefined ? [] : [part];
    });
  const lines = rows.map(({ what, value, bar, part, holds }, index) => {
    const y = 44 + ROW * index;
    const dots = earlier(what).map(
      (one) => `<circle cx="${x(one)}" cy="${y + 8}" r="2" fill="#57606a" opacity="0.6"/>`,
    );
    const short = what.replaceAll('`', '');
    return [
      `<text x="${LEFT - 10}" y="${y + 12}" text-anchor="end">${escaped(short.length > 62 ? `${short.slice(0, 61)}…` : short)}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${(Number(x(part)) - LEFT).toFixed(1)}" height="16" rx="2" fill="${holds ? '#2da44e' : '#cf222e'}"/>`,
      ...dots,
      `<text x="${(Number(x(Math.max(part, 1))) + 8).toFixed(1)}" y="${y + 12}">${holds ? '' : '✗ '}${escaped(value.split(' (')[0] ?? value)} of ${escaped(bar.replace('<= ', ''))}</text>`,
    ].join('\n');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#1f2328" role="img" aria-label="Measurements as shares of their bars">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${LEFT}" y="20">${escaped(`${newest?.date.slice(0, 10) ?? ''}, ${newest?.commit ?? ''}, Node ${newest?.node ?? ''}`)}</text>`,
    `<line x1="${x(1)}" x2="${x(1)}" y1="30" y2="${height - 8}" stroke="#1f2328" stroke-dasharray="3 3"/>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}
