import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import type { BackendService, Endpoint, HealthCheck } from './plan.ts';

/** What is known of one endpoint: how it stands, and how many answers in a row say otherwise. */
export interface Health {
  readonly isHealthy: boolean;
  readonly against: number;
}

/** Nobody trusts an endpoint before its first good answers. */
export const UNKNOWN: Health = { isHealthy: false, against: 0 };

/** Health after one more answer: it turns once as many answers in a row say so as the threshold asks for. */
export function judge(
  { isHealthy, against }: Health,
  wasGood: boolean,
  { healthyThreshold, unhealthyThreshold }: Pick<HealthCheck, 'healthyThreshold' | 'unhealthyThreshold'>,
): Health {
  if (wasGood === isHealthy) return { isHealthy, against: 0 };
  const threshold = wasGood ? healthyThreshold : unhealthyThreshold;
  return against + 1 >= threshold ? { isHealthy: wasGood, against: 0 } : { isHealthy, against: against + 1 };
}

interface Watched {
  readonly endpoint: Endpoint;
  check: HealthCheck;
  health: Health;
  timer: NodeJS.Timeout | undefined;
}

export type Prober = (endpoint: Endpoint, check: HealthCheck) => Promise<boolean>;

/** Asks every endpoint of every back end, each at its own interval. */
export class HealthMonitor {
  private readonly watched = new Map<string, Watched>();
  private readonly probe: Prober;
  private readonly write: (line: string) => void;

  constructor(write: (line: string) => void, probe: Prober = ask) {
    this.write = write;
    this.probe = probe;
  }

  isHealthy(backend: string, endpoint: string): boolean {
    return this.watched.get(`${backend} ${endpoint}`)?.health.isHealthy ?? false;
  }

  /** From now on these are asked, and no others. */
  update(backends: readonly BackendService[]): void {
    const wanted = new Set<string>();
    for (const { id, endpoints, healthCheck } of backends) {
      for (const endpoint of endpoints) {
        const key = `${id} ${endpoint.id}`;
        wanted.add(key);
        const known = this.watched.get(key);
        if (known) known.check = healthCheck;
        else this.begin(key, { endpoint, check: healthCheck, health: UNKNOWN, timer: undefined });
      }
    }
    for (const key of [...this.watched.keys()].filter((each) => !wanted.has(each))) this.end(key);
  }

  close(): void {
    for (const key of [...this.watched.keys()]) this.end(key);
  }

  private begin(key: string, watched: Watched): void {
    this.watched.set(key, watched);
    const round = async (): Promise<void> => {
      const wasGood = await this.probe(watched.endpoint, watched.check);
      if (this.watched.get(key) !== watched) return;
      const before = watched.health;
      watched.health = judge(before, wasGood, watched.check);
      if (before.isHealthy !== watched.health.isHealthy) {
        this.write(`health: ${key} is ${watched.health.isHealthy ? 'healthy' : 'unhealthy'}`);
      }
      watched.timer = setTimeout(() => void round(), watched.check.intervalSeconds * 1000);
    };
    void round();
  }

  private end(key: string): void {
    clearTimeout(this.watched.get(key)?.timer);
    this.watched.delete(key);
  }
}

/** Google's checks take 200 and nothing else: https://cloud.google.com/load-balancing/docs/health-check-concepts */
export function ask(endpoint: Endpoint, check: HealthCheck): Promise<boolean> {
  return new Promise((resolve) => {
    const options = {
      host: endpoint.host,
      port: check.port ?? endpoint.port,
      path: check.path,
      headers: { 'user-agent': 'GoogleHC/1.0' },
      agent: false,
      signal: AbortSignal.timeout(check.timeoutSeconds * 1000),
    };
    const request =
      // A health check does not look at the certificate.
      check.protocol === 'https' ? getHttps({ ...options, rejectUnauthorized: false }) : getHttp(options);
    request
      .on('response', (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      })
      .on('error', () => resolve(false));
  });
}
