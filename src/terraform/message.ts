import { posix } from 'node:path';
import { z } from 'zod';
import type { Place } from '../runner/log.ts';

const diagnosticSchema = z.object({
  severity: z.enum(['error', 'warning']).catch('error'),
  summary: z.string(),
  detail: z.string().default(''),
  address: z.string().optional(),
  range: z.object({ filename: z.string(), start: z.object({ line: z.number().int().positive() }) }).optional(),
  snippet: z.object({ context: z.string().nullish(), code: z.string() }).nullish(),
});

/** What Terraform says about the configuration or a resource, with the place in the file where it knows it. */
export type Diagnostic = z.infer<typeof diagnosticSchema>;

const count = z.number().int().nonnegative().default(0);
const messageSchema = z.object({
  '@message': z.string(),
  /** ISO 8601. */
  '@timestamp': z.string().optional(),
  type: z.string().default('log'),
  diagnostic: diagnosticSchema.optional(),
  changes: z
    .object({ add: count, change: count, remove: count, import: count, operation: z.string().default('') })
    .optional(),
  hook: z.object({ resource: z.object({ addr: z.string() }).optional(), action: z.string().optional() }).optional(),
});

/** One line of the machine-readable output (https://developer.hashicorp.com/terraform/internals/machine-readable-ui). */
export type Message = z.infer<typeof messageSchema>;

/** Parses a line of `-json` output; `undefined` for the plain lines that Terraform mixes in. */
export function parseMessage(line: string): Message | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return messageSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** The line as a person reads it. */
export function words(line: string, message: Message | undefined): string {
  const text = message === undefined ? line : message['@message'];
  // eslint-disable-next-line no-control-regex -- colours, which Terraform prints here even with -no-color
  return text.replace(/\u001b\[[0-9;]*m/g, '').trimEnd();
}

/** Where a diagnostic points to, from the repository's root; `undefined` for places outside of it. */
export function placeOf(diagnostic: Diagnostic, directory: string): Place | undefined {
  if (diagnostic.range === undefined) return undefined;
  const file = posix.normalize(posix.join(directory, diagnostic.range.filename));
  return file.startsWith('..') || posix.isAbsolute(diagnostic.range.filename)
    ? undefined
    : { file, line: diagnostic.range.start.line };
}

/** A diagnostic in one line: `dev/main.tf:12: Unsupported argument: An argument named …`. */
export function sentence(diagnostic: Diagnostic, directory: string): string {
  const place = placeOf(diagnostic, directory);
  const where = place === undefined ? (diagnostic.address ?? '') : `${place.file}:${place.line ?? 1}`;
  const detail = diagnostic.detail.replace(/\s+/g, ' ').trim();
  return [where, diagnostic.summary, detail].filter((part) => part !== '').join(': ');
}

/** Who holds a lock, read from the diagnostic of a failed lock. */
export interface LockHolder {
  readonly id: string;
  readonly who: string;
  readonly operation: string;
  readonly created: string;
}

export function lockHolderOf(diagnostics: readonly Diagnostic[]): LockHolder | undefined {
  const locked = diagnostics.find(({ summary }) => summary.includes('acquiring the state lock'));
  if (locked === undefined) return undefined;
  const field = (name: string) => new RegExp(`^\\s*${name}:[ \\t]*(.*)$`, 'm').exec(locked.detail)?.[1]?.trim() ?? '';
  const lock = { id: field('ID'), who: field('Who'), operation: field('Operation'), created: field('Created') };
  return lock.id === '' ? undefined : lock;
}
