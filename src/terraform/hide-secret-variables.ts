import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hide } from '../runner/mask.ts';
import {
  declaredInHcl,
  declaredInJson,
  type SecretVariable,
  valuesInHcl,
  valuesInJson,
} from './declarations/declared-variables.ts';
import { literals } from './declarations/hcl-literals.ts';
import { isSecretName } from './redaction.ts';
import { SHORTEST_WITHIN } from './sensitive-values.ts';

const CONFIGURATION = /\.(tf|tofu)(\.json)?$/;
const VALUES = /(^terraform|\.auto)\.tfvars(\.json)?$/;
const GIVEN = 'TF_VAR_';

/**
 * Has all that this process writes from now on redacted by the values of variables that the configuration declares to be
 * sensitive or ephemeral, and of those whose name smells of a secret. An engine that fails while planning may quote them,
 * and the plan that would tell which are secret is not there then.
 */
export async function hideSecretVariables(directory: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const values = await secretValues(directory, environment);
  hide(values.filter((value) => value.length >= SHORTEST_WITHIN));
}

/** Values of secret variables: from the environment, from files of values, and by default. */
export async function secretValues(directory: string, environment: NodeJS.ProcessEnv): Promise<string[]> {
  // A directory that cannot be read is told elsewhere.
  const names = await readdir(directory).catch(() => []);
  const read = (pattern: RegExp) =>
    Promise.all(
      names
        .filter((name) => pattern.test(name))
        .map(async (name) => ({
          json: name.endsWith('.json'),
          text: await readFile(join(directory, name), 'utf8').catch(() => ''),
        })),
    );
  const [configuration, files] = await Promise.all([read(CONFIGURATION), read(VALUES)]);
  const declared = configuration.flatMap(({ json, text }) => (json ? declaredInJson(text) : declaredInHcl(text)));
  const secret = new Set(declared.map(({ name }) => name));
  const written = files.map(({ json, text }) => (json ? valuesInJson(text) : valuesInHcl(text)));
  return [
    ...declared.flatMap(({ defaults }: SecretVariable) => defaults),
    ...[...secret].flatMap((name) => written.flatMap((values) => values.get(name) ?? [])),
    ...Object.entries(environment).flatMap(([key, value = '']) => {
      const name = key.startsWith(GIVEN) ? key.slice(GIVEN.length) : '';
      return secret.has(name) || isSecretName(name) ? given(value) : [];
    }),
  ];
}

/** A list or an object is given as an expression, of which the engine quotes the parts. */
const given = (value: string) => (/^\s*[[{]/.test(value) ? [value, ...literals(value)] : [value]);
