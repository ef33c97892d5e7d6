import type { z } from 'zod';
import { GoogleError, OAuthError, insufficientScopes, invalidArgument, unauthenticated } from './errors.ts';
import type { Answer, Call, Cloud, Route, Service } from './service.ts';
import type { AccessToken, Identity } from './tokens.ts';

/** A request as it came in. */
export interface Incoming {
  readonly method: string;
  /** Path below the host, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly contentType: string;
  readonly body: Buffer;
}

const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform';
const commonQuery = ['alt', '$alt', 'fields', 'prettyPrint', '$prettyPrint', 'quotaUser', 'key', '$fields'];
const nobody: Identity = { kind: 'serviceAccount', email: 'anonymous', uniqueId: '' };

/**
 * Answers a request to a service in Google's order: is there such a method, who asks, is the request well formed, may they,
 * and only then whether the thing exists. `seen` learns the identity as soon as it is known, also of a refused request.
 */
export async function dispatch(
  service: Service,
  incoming: Incoming,
  cloud: Cloud,
  seen: (identity: Identity) => void,
): Promise<Answer> {
  const found = match(service.routes, incoming);
  if (!found) return { status: 404, body: notServed(incoming) };
  const { route } = found;
  const params = canonical(found.params, cloud);

  const token = route.public === true ? undefined : authenticate(incoming.authorization, cloud);
  if (token) {
    seen(token.identity);
    const accepted = [cloudPlatform, ...(service.scopes ?? [])];
    if (!token.scopes.some((scope) => accepted.includes(scope))) throw insufficientScopes();
  }

  const query = parseQuery(route, incoming.query);
  const body = parseBody(route, incoming);
  const identity = token?.identity ?? nobody;
  if (route.permission !== undefined) {
    const resource = route.on ? route.on(params) : `projects/${params['project'] ?? cloud.config.project.id}`;
    cloud.demand(identity, route.permission, resource);
  }
  const call: Call = {
    method: incoming.method,
    path: decodeURIComponent(incoming.path),
    params,
    query,
    body,
    token,
    identity,
    cloud,
  };
  return route.answer(call as Call<never>);
}

/** Finds the token of an `Authorization: Bearer` header, or throws UNAUTHENTICATED. */
export function authenticate(authorization: string | undefined, cloud: Cloud): AccessToken {
  if (authorization === undefined) throw unauthenticated('CREDENTIALS_MISSING');
  const bearer = /^Bearer (\S+)$/i.exec(authorization)?.[1];
  const found = bearer === undefined ? 'unknown' : cloud.tokens.find(bearer);
  if (found === 'expired') throw unauthenticated('ACCESS_TOKEN_EXPIRED');
  if (found === 'unknown') throw unauthenticated('ACCESS_TOKEN_TYPE_UNSUPPORTED');
  const { identity } = found;
  if (identity.kind === 'serviceAccount') {
    const account = cloud.identities().serviceAccounts.find(({ email }) => email === identity.email);
    if (!account || account.disabled) throw unauthenticated('ACCESS_TOKEN_EXPIRED');
  }
  return found;
}

function match(
  routes: readonly Route[],
  incoming: Incoming,
): { route: Route; params: Record<string, string> } | undefined {
  for (const route of routes) {
    if (route.method !== incoming.method) continue;
    const groups = expression(route.path).exec(incoming.path);
    if (!groups) continue;
    const params = Object.entries(groups.groups ?? {}).map(([name, value]) => [name, decode(value)]);
    return { route, params: Object.fromEntries(params) as Record<string, string> };
  }
  return undefined;
}

const expressions = new Map<string, RegExp>();

function expression(path: string): RegExp {
  const known = expressions.get(path);
  if (known) return known;
  const source = path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{(\w+)\}/g, '(?<$1>[^/:]+)');
  const made = new RegExp(`^${source}$`);
  expressions.set(path, made);
  return made;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw invalidArgument('Request contains an invalid argument.');
  }
}

/** Google takes a project by its number as well as by its id. */
function canonical(params: Readonly<Record<string, string>>, cloud: Cloud): Record<string, string> {
  const { id, number } = cloud.config.project;
  return { ...params, ...(params['project'] === number ? { project: id } : {}) };
}

function parseQuery(route: Route, query: URLSearchParams): Record<string, string> {
  const known = [...commonQuery, ...(route.query ?? [])];
  for (const name of query.keys()) {
    if (!known.includes(name)) {
      throw invalidArgument(
        `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter. Field '${name}' could not be found in request message.`,
      );
    }
  }
  return Object.fromEntries(query);
}

function parseBody(route: Route, incoming: Incoming): unknown {
  const text = incoming.body.toString('utf8');
  if (route.body === undefined) {
    if (text.trim() !== '' && text.trim() !== '{}') {
      throw invalidArgument('Invalid JSON payload received. Unknown name: this method takes no request body.');
    }
    return undefined;
  }
  let value: unknown;
  if (route.form === true && incoming.contentType.startsWith('application/x-www-form-urlencoded')) {
    value = Object.fromEntries(new URLSearchParams(text));
  } else {
    if (text.trim() !== '' && !incoming.contentType.startsWith('application/json')) {
      throw invalidArgument('Invalid JSON payload received. The content type must be application/json.');
    }
    try {
      value = text.trim() === '' ? {} : JSON.parse(text);
    } catch {
      throw invalidArgument('Invalid JSON payload received. Unexpected token.');
    }
  }
  const parsed = route.body.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidArgument(parsed.error.issues.map(describe).join('\n'));
}

function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const at = path === '' ? '' : ` at '${path}'`;
    return `Invalid JSON payload received. Unknown name "${issue.keys.join('", "')}"${at}: Cannot find field.`;
  }
  return `Invalid value at '${path}': ${issue.message}`;
}

/** Google answers an unknown URL with a page, not with JSON. */
function notServed(incoming: Incoming): string {
  return `<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)!!1</title>\n<p>The requested URL <code>${incoming.path.replace(/[<>&"]/g, '')}</code> was not found on this server.\n`;
}

/** Turns what a service threw into an answer; what is not a refusal is a fault of the stand-in and goes to `report`. */
export function refusal(error: unknown, report: (error: unknown) => void): Answer {
  if (error instanceof GoogleError && error.cause !== undefined) report(error.cause);
  if (error instanceof GoogleError || error instanceof OAuthError) return { status: error.code, body: error.body() };
  report(error);
  const message = `Internal error encountered. ${error instanceof Error ? error.message : String(error)}`;
  return { status: 500, body: new GoogleError(500, 'INTERNAL', message).body() };
}
