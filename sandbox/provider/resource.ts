import { computedOnCreate, type ProviderContext } from './computed.ts';
import { suffer, type Fault } from './faults.ts';
import { attributesFromId, idOf } from './identity.ts';
import { assertAccepted } from './refusals.ts';
import { attributesOf, blocksOf, conform, resourceSchema, type Block } from './schema.ts';
import { StoreError, type ResourceStore } from './store.ts';
import { text, Unknown, isObject, type ObjectValue, type Value } from './value.ts';

export interface Surroundings {
  readonly store: ResourceStore;
  readonly context: ProviderContext;
  readonly faults: readonly Fault[];
  /** Aborted when Terraform was interrupted. */
  readonly signal: AbortSignal;
}

/** Makes a resource as planned; `config` gives the write-only values. Answers its state with everything known. */
export async function createResource(
  type: string,
  planned: ObjectValue,
  config: ObjectValue,
  { store, context, faults, signal }: Surroundings,
): Promise<ObjectValue> {
  const { block } = resourceSchema(type);
  const given = await numbered(type, withLocation(type, planned, context), store);
  const known = resolve(block, given, computedOnCreate(type, given, context, new Date().toISOString()));
  const key = idOf(type, { ...given, ...known });
  await suffer(faults, 'create', type, key, signal);
  const writeOnly = writeOnlyValues(block, config);
  assertAccepted(type, { ...given, ...writeOnly });
  const answer = await store.create(type, key, { attributes: withoutTimeouts(known), writeOnly });
  return conform(block, overlay(known, answer) as ObjectValue);
}

/** The resource as it is now, or null when it is gone. Timeouts are the state's own: Google knows nothing of them. */
export async function readResource(
  type: string,
  state: ObjectValue,
  { store, context, faults, signal }: Surroundings,
): Promise<ObjectValue | null> {
  const id = text(state['id']) || idOf(type, withLocation(type, state, context));
  await suffer(faults, 'read', type, id, signal);
  const found = await store.read(type, id);
  return found && conform(resourceSchema(type).block, { ...state, ...found, timeouts: state['timeouts'] ?? null });
}

/** Changes a resource in place. */
export async function updateResource(
  type: string,
  planned: ObjectValue,
  prior: ObjectValue,
  { store, faults, signal }: Surroundings,
): Promise<ObjectValue> {
  const { block } = resourceSchema(type);
  const known = resolve(block, planned, prior);
  const key = text(prior['id']);
  await suffer(faults, 'update', type, key, signal);
  assertAccepted(type, planned);
  const answer = await store.update(type, key, { attributes: withoutTimeouts(known), writeOnly: {} });
  return conform(block, overlay(known, answer) as ObjectValue);
}

/** Deletes a resource, or leaves it as its protection and deletion policy say. */
export async function deleteResource(
  type: string,
  prior: ObjectValue,
  { store, faults, signal }: Surroundings,
): Promise<void> {
  const key = text(prior['id']);
  const policy = prior['deletion_policy'];
  if (prior['deletion_protection'] === true)
    throw new Error(
      'Cannot destroy because deletion_protection is set to true. Set it to false and apply that before the deletion.',
    );
  if (policy === 'PREVENT') throw new Error(`Cannot destroy ${key} because deletion_policy is set to "PREVENT"`);
  await suffer(faults, 'delete', type, key, signal);
  if (policy === 'ABANDON') return;
  if (policy === 'DISABLE')
    await store.update(type, key, { attributes: withoutTimeouts({ ...prior, enabled: false }), writeOnly: {} });
  else {
    await store.remove(type, key);
    await removeParts(type, key, store);
  }
}

/** What ends with a resource although Terraform may have abandoned it: its type, and how its key begins. */
const PARTS: Readonly<Record<string, readonly [type: string, prefix: (key: string) => string]>> = {
  google_compute_network: ['google_service_networking_connection', (key) => `${encodeURIComponent(key)}:`],
  google_secret_manager_secret: ['google_secret_manager_secret_version', (key) => `${key}/versions/`],
};

async function removeParts(type: string, key: string, store: ResourceStore): Promise<void> {
  const parts = PARTS[type];
  if (!parts) return;
  const [part, prefix] = parts;
  for (const found of await store.keys(part)) if (found.startsWith(prefix(key))) await store.remove(part, found);
}

/** What is known of a resource from its import id: enough to read it. */
export function importResource(type: string, id: string, context: ProviderContext): ObjectValue {
  const known: ObjectValue = {};
  const attributes = resourceSchema(type).block.attributes ?? {};
  for (const name of ['project', 'region', 'zone'] as const)
    if (name in attributes && context[name] !== null) known[name] = context[name];
  const found = attributesFromId(type, id, known);
  return { ...found, id: idOf(type, found) };
}

/** A location that the configuration leaves out is the provider's zone, else its region. */
function withLocation(type: string, given: ObjectValue, context: ProviderContext): ObjectValue {
  const { attributes = {} } = resourceSchema(type).block;
  const result: ObjectValue = { ...given };
  const missing = (name: string): boolean =>
    name in attributes && (result[name] === null || result[name] === undefined || result[name] instanceof Unknown);
  if (missing('project') && context.project !== null) result['project'] = context.project;
  if (missing('region') && context.region !== null) result['region'] = context.region;
  const location = context.zone ?? context.region;
  if (missing('location') && attributes['location']?.computed && location !== null) result['location'] = location;
  return result;
}

/** Secret Manager numbers a secret's versions itself. */
async function numbered(type: string, given: ObjectValue, store: ResourceStore): Promise<ObjectValue> {
  if (type !== 'google_secret_manager_secret_version') return given;
  const prefix = `${text(given['secret'])}/versions/`;
  const numbers = (await store.keys(type))
    .filter((key) => key.startsWith(prefix))
    .map((key) => Number(key.slice(prefix.length)));
  return { ...given, version: String(Math.max(0, ...numbers) + 1) };
}

/** Known values in place of unknown ones; what nobody can tell becomes null. */
function resolve(block: Block, planned: ObjectValue, answers: ObjectValue): ObjectValue {
  const result: ObjectValue = {};
  for (const [name] of attributesOf(block)) {
    const value = planned[name] ?? null;
    result[name] = value instanceof Unknown ? (answers[name] ?? null) : value;
  }
  for (const [name, nested] of blocksOf(block)) {
    const value = planned[name] ?? null;
    const answer = answers[name] ?? null;
    if (value instanceof Unknown) result[name] = answer;
    else if (nested.nesting_mode === 'single') result[name] = value;
    else
      result[name] = (Array.isArray(value) ? value : []).map((element, index) => {
        const other = Array.isArray(answer) ? answer[index] : null;
        return isObject(element) ? resolve(nested.block, element, isObject(other) ? other : {}) : element;
      });
  }
  return conform(block, result);
}

/** The world's answer over what was asked: objects and lists of objects part by part, everything else whole. */
function overlay(base: Value, answer: Value): Value {
  if (isObject(base) && isObject(answer)) {
    const result: ObjectValue = { ...base };
    for (const [name, value] of Object.entries(answer)) result[name] = overlay(base[name] ?? null, value);
    return result;
  }
  if (Array.isArray(base) && Array.isArray(answer) && answer.every(isObject))
    return answer.map((item, index) => overlay(base[index] ?? null, item));
  return answer;
}

function writeOnlyValues(block: Block, config: ObjectValue): ObjectValue {
  const values: ObjectValue = {};
  for (const [name, attribute] of attributesOf(block))
    if (attribute.write_only && (config[name] ?? null) !== null) values[name] = config[name]!;
  return values;
}

function withoutTimeouts(attributes: ObjectValue): ObjectValue {
  const { timeouts: _, ...rest } = attributes;
  return rest;
}

/** Google's refusal as the real provider words it. */
export function explain(action: string, type: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof StoreError
    ? `Error ${action} ${type}: googleapi: Error ${error.status}: ${message}`
    : `Error ${action} ${type}: ${message}`;
}
