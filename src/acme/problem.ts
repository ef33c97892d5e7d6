import { z } from 'zod';
import { Failure } from '../failure/failure.ts';
import { acmeFailures } from './failures.ts';

const PREFIX = 'urn:ietf:params:acme:error:';

/** RFC 7807 with the subproblems of RFC 8555, section 6.7.1. */
export const problemSchema = z.object({
  type: z.string().default('about:blank'),
  title: z.string().optional(),
  detail: z.string().optional(),
  status: z.number().optional(),
  instance: z.string().optional(),
  subproblems: z
    .array(
      z.object({
        type: z.string().default('about:blank'),
        detail: z.string().optional(),
        identifier: z.object({ value: z.string() }).optional(),
      }),
    )
    .default([]),
});
export type ProblemDocument = z.output<typeof problemSchema>;

/** A refusal of the certificate authority as it came; becomes a failure where it is known what was wanted. */
export class Problem extends Error {
  override readonly name = 'Problem';
  /** Without the URN's prefix: `rateLimited`. */
  readonly kind: string;
  readonly status: number;
  readonly document: ProblemDocument;
  readonly tryAgainAt: Date | undefined;

  constructor(status: number, document: ProblemDocument, retryAfter: Date | undefined) {
    super(document.detail ?? document.title ?? `HTTP ${status}`);
    this.kind = document.type.startsWith(PREFIX) ? document.type.slice(PREFIX.length) : document.type;
    this.status = status;
    this.document = document;
    this.tryAgainAt = retryAfter ?? timeIn(this.message);
  }
}

const times = new WeakMap<Failure, Date>();

/** When a rate-limited order may be tried again, where the authority said so. */
export function tryAgainAt(thrown: unknown): Date | undefined {
  return thrown instanceof Failure ? times.get(thrown) : undefined;
}

/** A rate limit as a failure that knows when it ends. */
export function rateLimited(what: string, at: Date | undefined, cause?: unknown): Failure {
  return timed('rateLimited', what, at, cause);
}

function timed(kind: 'rateLimited' | 'unreachable', what: string, at: Date | undefined, cause: unknown): Failure {
  const when = at === undefined ? '' : ` It may be tried again at ${minute(at)}.`;
  const failure = acmeFailures.failure(kind, { what: `${what}${when}`, cause });
  if (at !== undefined) times.set(failure, at);
  return failure;
}

/** `2026-11-21 15:04 UTC`, rounded up, so that it is not too early. */
export function minute(date: Date): string {
  const rounded = new Date(Math.ceil(date.getTime() / 60_000) * 60_000);
  return `${rounded.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** What the problem means, as a failure. `subject` is what was asked for: `the order for turn.example.com`. */
export function failureOf(problem: Problem, host: string, subject: string, other: Other = 'order'): Failure {
  const what = `${host} refused ${subject}: ${words(problem)}.`;
  const detail = { what, cause: problem };
  switch (problem.kind) {
    case 'rateLimited':
      return rateLimited(what, problem.tryAgainAt, problem);
    case 'externalAccountRequired':
      return acmeFailures.failure('externalAccount', detail);
    case 'userActionRequired':
      return acmeFailures.failure('terms', {
        ...detail,
        ...(problem.document.instance === undefined
          ? {}
          : { fix: `Open ${problem.document.instance} and do what it says, then run the job again.` }),
      });
    case 'accountDoesNotExist':
    case 'invalidContact':
    case 'unsupportedContact':
      return acmeFailures.failure('account', detail);
    case 'invalidProfile':
      return acmeFailures.failure('profile', detail);
    case 'caa':
      return acmeFailures.failure('caa', detail);
    case 'incorrectResponse':
    case 'dns':
    case 'connection':
      return acmeFailures.failure('challenge', detail);
    default:
      return problem.kind === 'serverInternal' || problem.status >= 500
        ? timed('unreachable', what, problem.tryAgainAt, problem)
        : acmeFailures.failure(other, detail);
  }
}
type Other = 'order' | 'account' | 'challenge' | 'keyChange' | 'externalAccount';

/** Detail and type, and for each name its own: `no TXT record (dns)`, without the final full stop. */
export function words({ document, kind, message }: Pick<Problem, 'document' | 'kind' | 'message'>): string {
  const own = kind === 'about:blank' ? trimmed(message) : `${trimmed(message)} (${kind})`;
  const subs = document.subproblems.map(
    ({ identifier, detail, type }) =>
      `${identifier?.value ?? 'a name'}: ${trimmed(detail ?? '')} (${type.startsWith(PREFIX) ? type.slice(PREFIX.length) : type})`,
  );
  return [own, ...subs].join('; ');
}

function trimmed(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replace(/\.+$/, '').slice(0, 600);
}

/** A time that a sentence names, as Let's Encrypt writes it: `… retry after 2026-11-22 10:00:00 UTC: see …`. */
function timeIn(text: string): Date | undefined {
  const [, date, time] = /retry after (\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?: ?UTC|Z)/i.exec(text) ?? [];
  return date === undefined ? undefined : new Date(`${date}T${time}Z`);
}

/** A `Retry-After` header: seconds, or a date (RFC 9110, section 10.2.3). */
export function retryAfter(header: unknown, now: Date): Date | undefined {
  if (typeof header !== 'string' && typeof header !== 'number') return undefined;
  const text = String(header).trim();
  if (/^\d+$/.test(text)) return new Date(now.getTime() + Number(text) * 1000);
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
