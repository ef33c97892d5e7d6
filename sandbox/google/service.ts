import type { z } from 'zod';
import type { SandboxConfig } from '../config.ts';
import type { RequestAttributes } from './access.ts';
import type { Identities } from './identities.ts';
import type { Journal } from './journal.ts';
import type { Faults } from './faults.ts';
import type { ResourceStore } from './resources/store.ts';
import type { SecretVersions } from './secret-versions.ts';
import type { AccessToken, Identity, Tokens } from './tokens.ts';

/** What every service works with. */
export interface Cloud {
  readonly config: SandboxConfig;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly tokens: Tokens;
  readonly resources: ResourceStore;
  readonly secrets: SecretVersions;
  readonly journal: Journal;
  readonly faults: Faults;
  /** The identities and their rights at this moment. */
  identities(): Identities;
  /** Throws PERMISSION_DENIED unless the identity holds the permission on the resource. */
  demand(identity: Identity, permission: string, resource: string, request?: RequestAttributes): void;
}

/** One request to a service, authenticated and parsed. */
export interface Call<Body = unknown> {
  readonly method: string;
  /** Path of the request below the host, decoded. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Body;
  /** Absent only on routes that are `public`. */
  readonly token: AccessToken | undefined;
  readonly identity: Identity;
  readonly cloud: Cloud;
}

export interface Answer {
  readonly status?: number;
  readonly body?: unknown;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with `{name}` for one segment (without a colon), as in `/v1/projects/{project}/secrets/{secret}:addVersion`. */
  readonly path: string;
  /** No access token is needed. */
  readonly public?: boolean;
  /** Permission that the caller needs, and on what; without `on`, on the project of the path. */
  readonly permission?: string;
  readonly on?: (params: Readonly<Record<string, string>>) => string;
  /** Query parameters that are known, beyond Google's own (`alt`, `fields`, `prettyPrint`, `quotaUser`). */
  readonly query?: readonly string[];
  /** What the body must be; an unknown field is refused. A route without a schema takes no body. */
  readonly body?: z.ZodType;
  /** The body may also come as a form (OAuth). */
  readonly form?: boolean;
  readonly answer: (call: Call<never>) => Answer | Promise<Answer>;
}

/** Ties a route's body schema to the type of its handler's call. */
export function route<Schema extends z.ZodType>(
  definition: Omit<Route, 'answer' | 'body'> & {
    readonly body: Schema;
    readonly answer: (call: Call<z.output<Schema>>) => Answer | Promise<Answer>;
  },
): Route;
export function route(
  definition: Omit<Route, 'answer' | 'body'> & { readonly answer: (call: Call) => Answer | Promise<Answer> },
): Route;
export function route(definition: unknown): Route {
  return definition as Route;
}

/** A request that the service must refuse, as the real one does. Every row is run by a test. */
export interface Refusal {
  readonly situation: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly body?: unknown;
    readonly form?: Readonly<Record<string, string>>;
    /** Who asks: a service account's short name; `anonymous`; `read-only` is livekit-cicd with a token of another scope. */
    readonly as: string;
  };
  readonly status: number;
  /** What the answer says: a part of the message. */
  readonly says: string;
}

export interface Service {
  readonly host: string;
  /** Scopes of which a token needs one; cloud-platform always suffices. */
  readonly scopes?: readonly string[];
  readonly routes: readonly Route[];
  readonly refusals: readonly Refusal[];
}
