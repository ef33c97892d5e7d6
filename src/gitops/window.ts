import type { Application, SyncWindow } from './application.ts';

/** Why automated sync may not run at this time; `undefined` when it may. As Argo CD decides it. */
export function closedWindow(windows: readonly SyncWindow[], application: Application, now: Date): string | undefined {
  const own = windows.filter((window) => concerns(window, application));
  const active = own.filter((window) => isActive(window, now));
  const denied = active.find(({ kind }) => kind === 'deny');
  if (denied !== undefined) return `the window ${inWords(denied)} denies syncs`;
  if (active.some(({ kind }) => kind === 'allow')) return undefined;
  const allows = own.filter(({ kind }) => kind === 'allow');
  if (allows.length === 0) return undefined;
  return `syncs are allowed in ${allows.map(inWords).join(' and ')} only`;
}

const inWords = ({ schedule, duration, timeZone, description }: SyncWindow) =>
  `\`${schedule}\` for ${duration} (${timeZone === '' ? 'UTC' : timeZone}${description === '' ? '' : `; ${description}`})`;

function concerns(window: SyncWindow, { metadata, spec }: Application): boolean {
  const { destination } = spec;
  const found = [
    { list: window.applications, names: [metadata.name] },
    { list: window.namespaces, names: [destination.namespace] },
    { list: window.clusters, names: [destination.server, destination.name].filter((name) => name !== '') },
  ].filter(({ list }) => list.length > 0);
  const isIn = ({ list, names }: (typeof found)[number]) =>
    names.some((name) => list.some((pattern) => glob(pattern, name)));
  return found.length > 0 && (window.andOperator ? found.every(isIn) : found.some(isIn));
}

function glob(pattern: string, text: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`).test(text);
}

/** A window is open for its duration from each minute that its schedule names. */
export function isActive({ schedule, duration, timeZone }: SyncWindow, now: Date): boolean {
  const minutes = durationMinutes(duration);
  const matches = cron(schedule);
  if (matches === undefined || minutes === undefined) return false;
  const clock = clockOf(timeZone);
  const present = Math.floor(now.getTime() / 60_000);
  for (let back = 0; back <= Math.min(minutes, LONGEST_MINUTES); back++) {
    const start = (present - back) * 60_000;
    if (start + minutes * 60_000 > now.getTime() && matches(clock(new Date(start)))) return true;
  }
  return false;
}

/** A month of minutes: no window is longer. */
const LONGEST_MINUTES = 31 * 24 * 60;

/** `1h30m`, as Go writes it. */
function durationMinutes(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?[hms])+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([hms])/g)];
  return parts.reduce(
    (sum, [, number, unit]) => sum + Number(number) * ({ h: 60, m: 1, s: 1 / 60 }[unit ?? 'm'] ?? 0),
    0,
  );
}

interface Clock {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  readonly weekday: number;
}

function clockOf(timeZone: string): (at: Date) => Clock {
  const zone = timeZone === '' ? 'UTC' : timeZone;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    minute: 'numeric',
    hour: 'numeric',
    day: 'numeric',
    month: 'numeric',
    year: 'numeric',
    hourCycle: 'h23',
  });
  return (at) => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { minute = 0, hour = 0, day = 1, month = 1, year = 1970 } = parts;
    return { minute, hour, day, month, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() };
  };
}

const NAMED: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** A schedule of five fields; `undefined` for what is none. */
function cron(text: string): ((clock: Clock) => boolean) | undefined {
  const fields = (NAMED[text.trim()] ?? text.trim()).toLowerCase().split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [minute, hour, day, month, weekday] = [
    field(fields[0] ?? '', 0, 59),
    field(fields[1] ?? '', 0, 23),
    field(fields[2] ?? '', 1, 31),
    field(fields[3] ?? '', 1, 12, MONTHS, 1),
    field(fields[4] ?? '', 0, 6, DAYS, 0),
  ];
  if (!minute || !hour || !day || !month || !weekday) return undefined;
  // With both a day of the month and one of the week either will do.
  const isEither = !/^[*?]/.test(fields[2] ?? '') && !/^[*?]/.test(fields[4] ?? '');
  return (clock) => {
    const [isDay, isWeekday] = [day.has(clock.day), weekday.has(clock.weekday)];
    const isDate = isEither ? isDay || isWeekday : isDay && isWeekday;
    return minute.has(clock.minute) && hour.has(clock.hour) && month.has(clock.month) && isDate;
  };
}

function field(
  text: string,
  least: number,
  most: number,
  names: readonly string[] = [],
  first = 0,
): Set<number> | undefined {
  const all = new Set<number>();
  const numberOf = (word: string) =>
    names.includes(word) ? names.indexOf(word) + first : /^\d+$/.test(word) ? Number(word) : Number.NaN;
  for (const part of text.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const [from = '', to] = range.split('-');
    const isAll = range === '*' || range === '?';
    const low = isAll ? least : numberOf(from);
    const high = isAll || (to === undefined && part.includes('/')) ? most : numberOf(to ?? from);
    const by = Number(step);
    if (!(low >= least && high <= most && low <= high && by >= 1 && Number.isInteger(by))) return undefined;
    for (let number = low; number <= high; number += by) all.add(number);
  }
  return all;
}
