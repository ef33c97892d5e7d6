import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { z } from 'zod';

const parameterSchema = z.object({
  name: z.string(),
  in: z.enum(['path', 'query']),
  required: z.boolean(),
  schema: z.record(z.string(), z.unknown()),
});

const descriptionSchema = z.object({
  operations: z.record(
    z.string(),
    z.object({
      method: z.string(),
      path: z.string(),
      parameters: z.array(parameterSchema),
      request: z.unknown().optional(),
      requestRequired: z.boolean().optional(),
      responses: z.record(z.string(), z.unknown()),
    }),
  ),
  components: z.unknown(),
});

export interface Match {
  readonly operation: string;
  readonly parameters: Record<string, string>;
}

interface Route {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
}

/** Path parameters that GitHub lets contain slashes: refs, paths of files. */
const WITH_SLASHES = new Set(['ref', 'path', 'branch', 'base', 'head']);

/** Statuses that every operation may answer, whatever its own description lists. */
const ALWAYS = new Set(['400', '401', '403', '404', '409', '422']);

/** The extract of GitHub's OpenAPI description: finds the operation of a request, checks requests and answers. */
export class Description {
  readonly #document: z.infer<typeof descriptionSchema>;
  readonly #ajv = new Ajv({ strict: false, logger: false });
  readonly #routes: Route[];
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(path = fileURLToPath(new URL('openapi.json', import.meta.url))) {
    const document: unknown = JSON.parse(readFileSync(path, 'utf8'));
    this.#document = descriptionSchema.parse(document);
    addFormats.default(this.#ajv);
    // GitHub answers an address that nobody gave as an empty string.
    const uri = this.#ajv.formats['uri'] as (value: string) => boolean;
    this.#ajv.addFormat('uri', (value: string) => value === '' || uri(value));
    this.#ajv.addSchema({ $id: 'github', ...(document as object) }, 'github');
    this.#routes = Object.entries(this.#document.operations)
      .map(([operation, { method, path }]) => ({ operation, method, path, ...compile(path) }))
      .sort((one, other) => literals(other.path) - literals(one.path));
  }

  operations(): string[] {
    return Object.keys(this.#document.operations);
  }

  find(method: string, path: string): Match | undefined {
    for (const route of this.#routes) {
      if (route.method !== method) continue;
      const found = route.pattern.exec(path);
      if (!found) continue;
      const values = found.slice(1).map((value: string | undefined) => decodeURIComponent(value ?? ''));
      return {
        operation: route.operation,
        parameters: Object.fromEntries(route.names.map((name, i) => [name, values[i] ?? ''])),
      };
    }
    return undefined;
  }

  /** Why GitHub would not take this request, one sentence, or undefined. Numbers and booleans in queries are converted. */
  refuses(operation: string, query: URLSearchParams, parameters: Record<string, string>, body: unknown) {
    const described = this.#document.operations[operation];
    if (!described) throw new Error(`The description has no operation ${operation}.`);
    for (const parameter of described.parameters) {
      const value = parameter.in === 'path' ? parameters[parameter.name] : (query.get(parameter.name) ?? undefined);
      if (value === undefined) {
        if (parameter.required) return `"${parameter.name}" wasn't supplied.`;
        continue;
      }
      const index = described.parameters.indexOf(parameter);
      const pointer = `operations/${escape(operation)}/parameters/${index}/schema`;
      const error = this.#check(pointer, converted(value, parameter.schema['type']));
      if (error) return `For '${parameter.name}', ${sentence(error, value)}`;
    }
    if (body === undefined) return described.requestRequired ? 'The request has no body, but needs one.' : undefined;
    if (described.request === undefined) return undefined;
    const error = this.#check(`operations/${escape(operation)}/request`, body);
    return error ? sentence(error, body) : undefined;
  }

  /** Why GitHub would never answer this, or undefined. An answer that fails here is a mistake of the stand-in. */
  wrongAnswer(operation: string, status: number, body: unknown): string | undefined {
    const responses = this.#document.operations[operation]?.responses ?? {};
    const key = String(status);
    if (!(key in responses)) return ALWAYS.has(key) ? undefined : `${operation} never answers ${status}`;
    // Of refusals the description often leaves the body out, though GitHub sends its usual one.
    if (responses[key] === null)
      return body === undefined || status >= 400 ? undefined : `${operation} has no body with ${status}`;
    const error = this.#check(`operations/${escape(operation)}/responses/${key}`, body);
    return error ? `${operation} ${status}: ${error.instancePath || '(the whole)'} ${error.message ?? ''}` : undefined;
  }

  #check(pointer: string, value: unknown): ErrorObject | undefined {
    let validate = this.#validators.get(pointer);
    if (!validate) {
      validate = this.#ajv.compile({ $ref: `github#/${pointer}` });
      this.#validators.set(pointer, validate);
    }
    return validate(value) ? undefined : validate.errors?.at(-1);
  }
}

/** The more of a path is fixed, the earlier it is tried: a `{ref}` with slashes would swallow what follows it. */
const literals = (path: string) => path.replace(/\{\w+\}/g, '').length;

function compile(path: string): { pattern: RegExp; names: string[] } {
  const names: string[] = [];
  const pattern = path.replace(/[.]/g, '\\.').replace(/\/\{path\}|\{(\w+)\}/g, (_, name = 'path') => {
    names.push(name as string);
    // The contents of the root have an empty path, and no slash before it.
    if (name === 'path') return '(?:/(.*))?';
    return WITH_SLASHES.has(name as string) ? '(.+?)' : '([^/]+)';
  });
  return { pattern: new RegExp(`^${pattern}$`), names };
}

const escape = (key: string) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));

function converted(value: string, type: unknown): unknown {
  if (type === 'integer' && /^-?\d+$/.test(value)) return Number(value);
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function sentence(error: ErrorObject, value: unknown): string {
  const where = error.instancePath.slice(1).replaceAll('/', '.');
  if (error.keyword === 'required') {
    return `"${where === '' ? '' : `${where}.`}${String(error.params['missingProperty'])}" wasn't supplied.`;
  }
  let found = value;
  for (const key of error.instancePath.split('/').slice(1)) found = (found as Record<string, unknown> | null)?.[key];
  // In GitHub's own words.
  if (error.keyword === 'maxLength' && typeof found === 'string')
    return `Only ${String(error.params['limit'])} characters are allowed; ${[...found].length} were supplied.`;
  if (error.keyword === 'maxItems' && Array.isArray(found))
    return `No more than ${String(error.params['limit'])} items are allowed; ${found.length} were supplied.`;
  return `${JSON.stringify(found)?.slice(0, 80)} ${where === '' ? '' : `for '${where}' `}${error.message}.`;
}
