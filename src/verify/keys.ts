import { parse } from 'yaml';
import { z } from 'zod';
import { mask } from '../runner/mask.ts';
import { verifyFailures } from './failures.ts';

export interface ApiKey {
  readonly key: string;
  readonly secret: string;
}

const schema = z.record(z.string().min(1), z.string().min(1)).refine((keys) => Object.keys(keys).length > 0);

/** The first key of LiveKit's key file (YAML, `key: secret` a line); its secret is masked. Throws LK-VERIFY-004. */
export function parseKeys(text: string, where: string): ApiKey {
  let yaml: unknown;
  try {
    yaml = parse(text);
  } catch {
    // The parser's words would quote the secret.
    yaml = undefined;
  }
  const parsed = schema.safeParse(yaml);
  const [key, secret] = parsed.success ? (Object.entries(parsed.data)[0] ?? []) : [];
  if (key === undefined || secret === undefined) {
    throw verifyFailures.failure('keys', { what: `${where} holds no line \`key: secret\`.` });
  }
  mask(secret);
  return { key, secret };
}
