import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey, JWTPayload } from 'jose';
import type { SandboxConfig } from '../config.ts';
import type { World } from '../world/world.ts';
import { createCloud, stillWorld } from './cloud.ts';
import { githubIssuer, PLAN_WORKFLOW } from './identities.ts';
import type { Identities } from './identities.ts';
import { createApiServer } from './server.ts';
import type { Cloud } from './service.ts';
import { services } from './services/index.ts';
import { createStorageFront } from './storage/front.ts';
import { Upstream } from './storage/upstream.ts';

export const provider =
  'projects/123456789012/locations/global/workloadIdentityPools/github-pool/providers/github-provider';

/** The whole stand-in in this process, on free ports, with an issuer of GitHub's tokens of its own. For tests. */
export interface Bench {
  readonly config: SandboxConfig;
  readonly cloud: Cloud;
  readonly google: string;
  readonly storage: string;
  /** Moves the stand-in's clock, in seconds. */
  advance(seconds: number): void;
  /** A token as GitHub gives it to a workflow of nova/livekit; `change` overrides claims. */
  githubToken(change?: JWTPayload, key?: CryptoKey): Promise<string>;
  /** An access token of a service account by its short name, without any exchange. */
  tokenOf(account: string, scopes?: readonly string[]): string;
  /** Faults of the stand-in itself: none may happen. */
  readonly faults: unknown[];
  close(): Promise<void>;
}

export async function startBench(
  options: { upstream?: string; world?: World; seed?: Identities } = {},
): Promise<Bench> {
  const directory = mkdtempSync(join(tmpdir(), 'google-'));
  const keys = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'bench', alg: 'RS256', use: 'sig' };
  let token = '';
  const issuer = createServer((request, response) => {
    const url = request.url ?? '';
    const body =
      url === '/_oidc/.well-known/jwks' ? { keys: [jwk] } : url.startsWith('/token') ? { value: token } : undefined;
    response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
  });
  const github = await listen(issuer);

  let config = configOf(directory, github, options.upstream ?? 'http://127.0.0.1:9');
  let shift = 0;
  const now = () => Date.now() + shift;
  const faults: unknown[] = [];
  const report = (error: unknown) => void faults.push(error);
  const front = createServer();
  const storage = await listen(front);
  config = { ...config, addresses: { ...config.addresses, storage } };
  const { world = stillWorld, seed } = options;
  const cloud = createCloud({ config, world, now, ...(seed && { seed }) });
  front.on(
    'request',
    createStorageFront(cloud, new Upstream(config.addresses.storageUpstream), report).listeners('request')[0] as never,
  );
  const api = createApiServer(services, cloud, report);
  const google = await listen(api);

  const bench: Bench = {
    config,
    cloud,
    google,
    storage,
    faults,
    advance: (seconds) => void (shift += seconds * 1000),
    async githubToken(change = {}, key = keys.privateKey) {
      const seconds = Math.floor(now() / 1000);
      const claims: JWTPayload = {
        iss: githubIssuer,
        aud: `https://iam.googleapis.com/${provider}`,
        sub: 'repo:nova/livekit:environment:dev',
        repository: 'nova/livekit',
        repository_id: '900100',
        repository_owner: 'nova',
        repository_owner_id: '900001',
        ref: 'refs/heads/main',
        actor: 'ada',
        job_workflow_ref: PLAN_WORKFLOW,
        iat: seconds,
        nbf: seconds,
        exp: seconds + 300,
        ...change,
      };
      token = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'bench' }).sign(key);
      return token;
    },
    tokenOf(account, scopes = ['https://www.googleapis.com/auth/cloud-platform']) {
      const email = `${account}@nova-livekit-dev.iam.gserviceaccount.com`;
      return cloud.tokens.issue({ kind: 'serviceAccount', email, uniqueId: '1' }, scopes, 3600).token;
    },
    async close() {
      await Promise.all([issuer, front, api].map(stop));
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return bench;
}

function configOf(directory: string, github: string, storageUpstream: string): SandboxConfig {
  const nowhere = 'http://127.0.0.1:9';
  return {
    directory,
    bin: directory,
    project: { id: 'nova-livekit-dev', number: '123456789012', region: 'asia-northeast1' },
    repository: { owner: 'nova', name: 'livekit', id: '900100', ownerId: '900001', gitDirectory: directory },
    bucket: 'nova-livekit-dev-terraform-state',
    addresses: {
      github,
      google: nowhere,
      storage: nowhere,
      storageUpstream,
      helmRepository: nowhere,
      kubernetes: nowhere,
    },
    kubernetes: { certificateAuthority: '', adminKubeconfig: '', nodes: [] },
    redisAddress: '',
  };
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
