import { behaviourOf } from './behaviour.ts';
import { configure, type Configuration } from './configuration.ts';
import { readDataSource } from './data-source.ts';
import { parseFaults, suffer } from './faults.ts';
import { plan } from './plan.ts';
import { refusalsOf } from './refusals.ts';
import {
  createResource,
  deleteResource,
  explain,
  importResource,
  readResource,
  updateResource,
  type Surroundings,
} from './resource.ts';
import { conform, resourceSchema, schemaDocument, type Block } from './schema.ts';
import { decode, encode, isObject, type ObjectValue, type Path, type Value } from './value.ts';
import { blockMessage } from './schema-message.ts';

/** The protocol's messages as the gRPC library hands them over. */
interface DynamicValue {
  readonly msgpack?: Uint8Array;
}
export interface Request {
  readonly type_name: string;
  readonly config: DynamicValue | null;
  readonly prior_state: DynamicValue | null;
  readonly proposed_new_state: DynamicValue | null;
  readonly planned_state: DynamicValue | null;
  readonly current_state: DynamicValue | null;
  readonly raw_state: { readonly json: Uint8Array } | null;
  readonly client_capabilities: { readonly write_only_attributes_allowed: boolean } | null;
  readonly id: string;
}
export type Response = Readonly<Record<string, unknown>>;
export type Handlers = Readonly<Record<string, (request: Request) => Promise<Response>>>;

interface Diagnostic {
  readonly severity: 'ERROR' | 'WARNING';
  readonly summary: string;
  readonly detail: string;
  readonly attribute?: { readonly steps: readonly object[] };
}

/** Every call that Terraform makes on a provider, over `environment` as the process has it. */
export function handlers(environment: Readonly<Record<string, string | undefined>>): Handlers {
  const interruption = new AbortController();
  const faults = parseFaults(environment['LIVEKIT_GKE_PROVIDER_FAULTS']);
  let configuration: Configuration | undefined;
  const surroundings = (): Surroundings & { token: () => Promise<string> } => {
    if (!configuration) throw new Error('Terraform asked for this before it configured the provider');
    return { ...configuration, faults, signal: interruption.signal };
  };

  return {
    GetSchema: () => Promise.resolve(schemaResponse()),
    PrepareProviderConfig: (request) => Promise.resolve({ prepared_config: request.config }),
    Configure: (request) =>
      answering('configuring', 'provider', async () => {
        configuration = await configure(objectOf(request.config) ?? {}, environment);
        return {};
      }),
    ValidateDataSourceConfig: () => Promise.resolve({}),
    ValidateResourceTypeConfig: ({ type_name: type, config, client_capabilities: client }) =>
      answering('validating', type, async () => {
        const refusals = refusalsOf(type, objectOf(config) ?? {}, {
          writeOnlyAllowed: client?.write_only_attributes_allowed ?? false,
        });
        return Promise.resolve({
          diagnostics: refusals.map(({ summary, detail, path }) => error(summary, detail, path)),
        });
      }),
    UpgradeResourceState: ({ type_name: type, raw_state: raw }) =>
      answering('upgrading', type, async () => {
        const state = JSON.parse(Buffer.from(raw?.json ?? []).toString('utf8')) as Value;
        return Promise.resolve({
          upgraded_state: dynamic(isObject(state) ? conform(resourceSchema(type).block, state) : null),
        });
      }),
    ReadResource: ({ type_name: type, current_state: current }) =>
      answering('reading', type, async () => {
        const state = objectOf(current);
        return { new_state: dynamic(state && (await readResource(type, state, surroundings()))) };
      }),
    PlanResourceChange: (request) =>
      answering('planning', request.type_name, async () => {
        const { type_name: type } = request;
        const prior = objectOf(request.prior_state);
        const proposed = objectOf(request.proposed_new_state);
        if (!proposed) return { planned_state: dynamic(null) };
        const { context, signal } = surroundings();
        const config = objectOf(request.config) ?? {};
        const { block } = resourceSchema(type);
        const { planned, requiresReplace } = plan({
          type,
          block,
          behaviour: behaviourOf(type),
          context,
          prior,
          proposed,
          config,
        });
        await suffer(faults, 'plan', type, JSON.stringify([planned['id'], planned['name']]), signal);
        return {
          planned_state: dynamic(planned),
          requires_replace: requiresReplace.map(attributePath),
          // The real provider is built on the older SDK, which fills in defaults of attributes that are not computed.
          legacy_type_system: true,
        };
      }),
    ApplyResourceChange: async (request) => apply(request, surroundings()),
    ImportResourceState: ({ type_name: type, id }) =>
      answering('importing', type, async () => {
        const state = conform(resourceSchema(type).block, importResource(type, id, surroundings().context));
        return Promise.resolve({ imported_resources: [{ type_name: type, state: dynamic(state) }] });
      }),
    ReadDataSource: ({ type_name: type, config }) =>
      answering('reading', `data source ${type}`, async () => ({
        state: dynamic(await readDataSource(type, objectOf(config) ?? {}, surroundings())),
      })),
    Stop: () => {
      interruption.abort();
      return Promise.resolve({ Error: '' });
    },
  };
}

async function apply(request: Request, surroundings: Surroundings): Promise<Response> {
  const { type_name: type } = request;
  const prior = objectOf(request.prior_state);
  const planned = objectOf(request.planned_state);
  const config = objectOf(request.config) ?? {};
  const action = planned === null ? 'deleting' : prior === null ? 'creating' : 'updating';
  try {
    if (planned === null) {
      if (prior) await deleteResource(type, prior, surroundings);
      return { new_state: dynamic(null), legacy_type_system: true };
    }
    const state = prior
      ? await updateResource(type, planned, prior, surroundings)
      : await createResource(type, planned, config, surroundings);
    return { new_state: dynamic(state), legacy_type_system: true };
  } catch (failure) {
    // what was there stays in the state
    return {
      new_state: dynamic(prior),
      legacy_type_system: true,
      diagnostics: [error(explain(action, type, failure), '')],
    };
  }
}

async function answering(action: string, type: string, answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (failure) {
    return { diagnostics: [error(explain(action, type, failure), '')] };
  }
}

function schemaResponse(): Response {
  const { provider, resources, data_sources: dataSources } = schemaDocument();
  const messages = (schemas: Readonly<Record<string, { version: number; block: Block }>>): object =>
    Object.fromEntries(
      Object.entries(schemas).map(([name, { version, block }]) => [
        name,
        { version, block: blockMessage(block, version) },
      ]),
    );
  return {
    provider: { version: 0, block: blockMessage(provider, 0) },
    resource_schemas: messages(resources),
    data_source_schemas: messages(dataSources),
    server_capabilities: { get_provider_schema_optional: true },
  };
}

function objectOf(value: DynamicValue | null): ObjectValue | null {
  if (!value?.msgpack?.length) return null;
  const decoded = decode(value.msgpack);
  return isObject(decoded) ? decoded : null;
}

function dynamic(value: ObjectValue | null): DynamicValue {
  return { msgpack: encode(value) };
}

function error(summary: string, detail: string, path?: Path): Diagnostic {
  return { severity: 'ERROR', summary, detail, ...(path && path.length > 0 ? { attribute: attributePath(path) } : {}) };
}

function attributePath(path: Path): { steps: object[] } {
  return {
    steps: path.map((step) => (typeof step === 'number' ? { element_key_int: step } : { attribute_name: step })),
  };
}
