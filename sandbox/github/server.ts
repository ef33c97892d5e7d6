import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Refusal, notFound, type Answer } from './answer.ts';
import { Description } from './description.ts';
import type { Fault } from './faults.ts';
import { launcherAnswer } from './launcher.ts';
import { serveGit } from './git-http.ts';
import { identityAnswer } from './identity.ts';
import { pageAnswer } from './pages/pages.ts';
import { syncPulls } from './pull.ts';
import { routes } from './routes/all.ts';
import type { Call } from './routes/route.ts';
import { authenticate, authorize } from './tokens.ts';
import type { GitHub } from './world.ts';

/** What GITHUB_TOKEN may ask for in an hour. */
const REQUESTS_PER_HOUR = 1000;

const MAX_REQUEST_BYTES = 20 * 1024 * 1024;

export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** The stand-in as an HTTP server; the caller decides where it listens. */
export function githubServer(github: GitHub, description = new Description()): Server {
  return createServer((request, response) => {
    void serve(github, description, request, response).catch((error: unknown) => {
      console.error('The GitHub stand-in failed:', error);
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: `The stand-in failed: ${String(error)}` }));
    });
  });
}

async function serve(github: GitHub, description: Description, request: IncomingMessage, response: ServerResponse) {
  if (serveGit(github, request, response)) return;
  const url = new URL(request.url ?? '/', github.config.addresses.github);
  const body = await readBody(request);
  const incoming = {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body,
  };
  const answer = (await special(github, incoming)) ?? (await rest(github, description, incoming, request));
  if (answer === 'hang up') return void request.socket.destroy();
  response.writeHead(answer.status, { 'x-github-request-id': randomUUID(), ...answer.headers });
  response.end(sent(answer));
}

function sent(answer: Answer): string | undefined {
  return answer.body === undefined || typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_REQUEST_BYTES) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What is not the REST API: the launcher's own calls, the id-token issuer, and the pages that people look at. */
async function special(github: GitHub, incoming: Incoming): Promise<Answer | undefined> {
  if (incoming.path.startsWith('/_launcher/')) return launcherAnswer(github, incoming);
  if (incoming.path.startsWith('/_oidc/')) return identityAnswer(github, incoming);
  if (incoming.method === 'GET') return pageAnswer(github, incoming);
  return undefined;
}

async function rest(github: GitHub, description: Description, incoming: Incoming, request: IncomingMessage) {
  const path = incoming.path.replace(/^\/api\/v3(?=\/|$)/, '');
  const fault = github.faults.take(incoming.method, path);
  if (fault && fault.delayMilliseconds > 0)
    await new Promise((resolve) => setTimeout(resolve, fault.delayMilliseconds));
  if (fault?.hangUp) return 'hang up' as const;
  const seen: { login: string | null; operation: string | null } = { login: null, operation: null };
  let answer = fault?.status === undefined ? answerTo(github, description, { ...incoming, path }, seen) : faulty(fault);
  const wrong =
    fault === undefined && seen.operation !== null
      ? description.wrongAnswer(seen.operation, answer.status, answer.body)
      : undefined;
  if (wrong !== undefined) {
    github.log(`Wrong answer of the GitHub stand-in: ${wrong}`);
    answer = { status: 500, body: { message: `The stand-in would answer what GitHub never does: ${wrong}` } };
  }
  const time = new Date().toISOString();
  github.faults.record({ time, method: incoming.method, path: path + search(request), ...seen, status: answer.status });
  github.log(`${time} ${incoming.method} ${path}${search(request)} ${answer.status} ${seen.login ?? '-'}`);
  return {
    ...answer,
    headers: {
      ...(answer.body !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
      'x-github-media-type': 'github.v3; format=json',
      'x-github-api-version-selected': '2022-11-28',
      ...answer.headers,
    },
  };
}

const search = (request: IncomingMessage) => new URL(request.url ?? '/', 'http://localhost').search;

const faulty = (fault: Fault): Answer => ({
  status: fault.status ?? 500,
  headers: fault.headers,
  ...(fault.body !== undefined && { body: fault.body }),
});

function answerTo(
  github: GitHub,
  description: Description,
  incoming: Incoming,
  seen: { login: string | null; operation: string | null },
): Answer {
  let limits: Record<string, string> = {};
  try {
    if (incoming.headers['user-agent'] === undefined) {
      throw new Refusal(
        403,
        'Request forbidden by administrative rules. Please make sure your request has a User-Agent header',
      );
    }
    const { token, digest } = authenticate(github.state, incoming.headers.authorization);
    seen.login = token.login;
    limits = countRequest(github, digest);
    const match = description.find(incoming.method, incoming.path);
    if (!match) throw notFound();
    const { owner, repo } = match.parameters;
    const { repository } = github.config;
    if (owner !== undefined && (owner !== repository.owner || repo !== repository.name)) throw notFound();
    seen.operation = match.operation;
    const route = routes[match.operation];
    if (!route) throw new Error(`The description has ${match.operation}, but no route serves it.`);
    const body = parsed(incoming.body);
    const reason = description.refuses(match.operation, incoming.query, match.parameters, body);
    syncPulls(github);
    const url = `${github.shapes.api}${incoming.path}`;
    const call: Call = { github, token, parameters: match.parameters, query: incoming.query, body, url };
    authorize(token, typeof route.needs === 'function' ? route.needs(call) : route.needs);
    if (reason !== undefined) throw new Refusal(422, `Invalid request.\n\n${reason}`);
    const answer = route.handle(call);
    if (incoming.method !== 'GET') github.file.save();
    return { ...answer, headers: { ...limits, ...answer.headers } };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const answer = error.answer();
    return { ...answer, headers: { ...limits, ...answer.headers } };
  }
}

function parsed(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw new Refusal(400, 'Problems parsing JSON');
  }
}

/** Counts the call against the token's hour. Throws GitHub's 403 when the hour's requests are used up. */
function countRequest(github: GitHub, digest: string): Record<string, string> {
  const seconds = Math.floor(Date.now() / 1000);
  let limit = github.limits.get(digest);
  if (!limit || limit.resetSeconds <= seconds) {
    limit = { used: 0, resetSeconds: seconds + 3600 };
    github.limits.set(digest, limit);
  }
  limit.used += 1;
  const headers = {
    'x-ratelimit-limit': String(REQUESTS_PER_HOUR),
    'x-ratelimit-remaining': String(Math.max(0, REQUESTS_PER_HOUR - limit.used)),
    'x-ratelimit-used': String(limit.used),
    'x-ratelimit-reset': String(limit.resetSeconds),
    'x-ratelimit-resource': 'core',
  };
  if (limit.used > REQUESTS_PER_HOUR) throw new RateLimited(headers);
  return headers;
}

class RateLimited extends Refusal {
  readonly headers: Record<string, string>;

  constructor(headers: Record<string, string>) {
    super(403, 'API rate limit exceeded for installation.');
    this.headers = headers;
  }

  override answer(): Answer {
    return { ...super.answer(), headers: this.headers };
  }
}
