import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Document, LineCounter, YAMLError } from 'yaml';
import { reason } from '../../../failure/failure.ts';
import { terraformFailures } from '../../failures.ts';
import { type Policy, policySchema } from './policy.ts';

const LARGEST_BYTES = 256 * 1024;

/** Where a policy is looked for when no input names one. */
export const POLICY_FILE = 'terraform/policy.yaml';

/**
 * Reads a repository's own rules; `path` is what the input names. Without one, `undefined` when POLICY_FILE is not there.
 * Throws LK-TF-038.
 */
export async function readPolicy(workspace: string, path: string | undefined): Promise<Policy | undefined> {
  const name = path ?? POLICY_FILE;
  let text: string;
  try {
    text = await readFile(resolve(workspace, name), 'utf8');
  } catch (error) {
    if (path === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw terraformFailures.failure('policyFile', {
      what: `The policy ${name} could not be read: ${reason(error)}.`,
      cause: error,
    });
  }
  return parsePolicy(text, name);
}

/** Parses a policy's text; throws LK-TF-038 with file and line of the first error. */
export async function parsePolicy(text: string, name: string): Promise<Policy> {
  if (text.length > LARGEST_BYTES) throw wrong(name, undefined, `is larger than ${LARGEST_BYTES / 1024} KiB`);
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) throw wrong(name, lineOf(lines, error), `is not valid YAML: ${firstLine(error)}`);
  const parsed = policySchema.safeParse(valueOf(document, name));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path ?? [];
  const [unknown] = issue?.code === 'unrecognized_keys' ? issue.keys : [];
  const at = offsetOf(document, unknown === undefined ? path : [...path, unknown]);
  const place = [...path, ...(unknown === undefined ? [] : [unknown])].map(String).join('.');
  const words = unknown === undefined ? (issue?.message ?? 'is wrong') : 'is not known';
  throw wrong(name, at === undefined ? undefined : lines.linePos(at).line, `${place || 'the document'} ${words}`);
}

/** Anchors within anchors can stand for more than fits into memory. */
function valueOf(document: Document.Parsed, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    throw wrong(name, undefined, reason(error));
  }
}

/** Where the nearest thing to a path stands in the text: what is missing is shown by what should have it. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    const range = (node as { range?: [number, number, number] | null } | undefined)?.range;
    if (range) return range[0];
  }
  return undefined;
}

const lineOf = (lines: LineCounter, error: YAMLError) => lines.linePos(error.pos[0]).line;
const firstLine = (error: YAMLError) => (error.message.split('\n')[0] ?? '').replace(/[.:]$/, '');

function wrong(name: string, line: number | undefined, words: string) {
  const place = line === undefined ? name : `${name}:${line}`;
  return terraformFailures.failure('policyFile', { what: `The policy is wrong at ${place}: ${words}.` });
}
