import { mask } from '../../runner/mask.ts';
import { helmFailures } from '../failures.ts';
import { isMapping } from '../values/tree.ts';

/** Where one entry of a Secret comes from. */
export type Source =
  | { readonly from: 'secret-manager'; readonly id: string; readonly version: string }
  | { readonly from: 'input'; readonly value: string };

/** One Kubernetes Secret as the input `secrets` has it. */
export interface SecretPlan {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly entries: ReadonlyMap<string, Source>;
}

const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const ENTRY = /^[-._a-zA-Z0-9]{1,253}$/;
const LABEL = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;
const LABELS = '$labels';
const REFERENCE = /^secret-manager:((?:projects\/[\w:.-]+\/secrets\/)?[\w-]{1,255})(?:@(\d+|latest))?$/;
const PLAIN = 'plain:';
const PLACEHOLDER = /^(TODO\b.*|CHANGE_?ME|<[^<>]*>)$/is;

/**
 * Reads the input: name of a Secret, then its entries. An entry is `secret-manager:<id>[@version]`, `plain:<text>`, or a value that
 * came from GitHub's secrets and is masked. `$labels` are labels of the Secret. Throws LK-HELM-140, which quotes no value.
 */
export async function parseSecrets(text: string): Promise<SecretPlan[]> {
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    // Without `failsafe` a password of digits would become a number.
    value = parse(text, { schema: 'failsafe' });
  } catch {
    // The parser's words quote the line, and the line may be a secret.
    throw refused(
      'it is not YAML',
      'A value with signs that YAML knows needs quotes: GitHub’s expression `toJSON(secrets.NAME)` gives any value with them.',
    );
  }
  if (!isMapping(value)) throw refused('it is no mapping of Secrets');
  return Object.entries(value).map(([name, entries]) => planOf(name, entries));
}

function planOf(name: string, value: unknown): SecretPlan {
  if (!NAME.test(name)) {
    throw refused('one of its names is none that a Secret can have: lower-case letters, digits, hyphens and dots');
  }
  if (!isMapping(value)) throw refused(`the Secret ${name} is no mapping of keys to values`);
  const { [LABELS]: labels = {}, ...entries } = value;
  if (Object.keys(entries).length === 0) throw refused(`the Secret ${name} has no entry`);
  return {
    name,
    labels: labelsOf(name, labels),
    entries: new Map(Object.entries(entries).map(([key, entry]) => [key, sourceOf(name, key, entry)])),
  };
}

function labelsOf(name: string, value: unknown): Record<string, string> {
  if (!isMapping(value)) throw refused(`\`${LABELS}\` of the Secret ${name} is no mapping`);
  for (const [label, text] of Object.entries(value)) {
    if (
      !LABEL.test(label) ||
      typeof text !== 'string' ||
      !/^([A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$/.test(text)
    ) {
      throw refused(`\`${LABELS}\` of the Secret ${name} has a label that Kubernetes does not take`);
    }
  }
  return value as Record<string, string>;
}

function sourceOf(name: string, key: string, value: unknown): Source {
  if (!ENTRY.test(key)) throw refused(`a key of the Secret ${name} is not made of letters, digits, - . _`);
  const where = `the entry ${key} of the Secret ${name}`;
  if (typeof value !== 'string') throw refused(`${where} is not a text`);
  if (value.trim() === '') {
    throw refused(
      `${where} is empty`,
      'A secret that GitHub does not have is given as an empty text: check its name, and whether the environment has it.',
    );
  }
  if (value.startsWith('secret-manager:')) {
    const [, id, version = 'latest'] = REFERENCE.exec(value.trim()) ?? [];
    if (id === undefined) throw refused(`${where} is not of the form \`secret-manager:<id>[@version]\``);
    return { from: 'secret-manager', id, version };
  }
  if (value.startsWith(PLAIN)) return { from: 'input', value: checked(where, value.slice(PLAIN.length).trim()) };
  mask(value);
  return { from: 'input', value: checked(where, value) };
}

function checked(where: string, value: string): string {
  if (value === '') throw refused(`${where} is empty`);
  if (PLACEHOLDER.test(value.trim()))
    throw refused(`${where} still holds a placeholder`, 'Put the real value in its place.');
  return value;
}

const refused = (what: string, fix?: string) =>
  helmFailures.failure('secrets', {
    what: `The input \`secrets\` is not usable: ${what}.`,
    ...(fix !== undefined && { fix }),
  });
