import { z } from 'zod';
import { pods as podKind, type Pod } from '../../../../kubernetes/resources.ts';
import { parseMetrics, type Sample } from '../../../../livekit/metrics.ts';
import type { AddonTarget } from '../../../addons.ts';
import type { Result } from '../../../check.ts';
import { quote, request } from '../../../http.ts';
import { containerPort, isReady } from '../../../workload.ts';
import type { World } from '../../../world.ts';

/** A program of the add-on, by the label of its pod; with the port that it has when the pod names none. */
const PORTS = { prometheus: 9090, alertmanager: 9093 } as const;
export type Program = keyof typeof PORTS;

/** The line of the input `addons`. Only with it these checks run. */
export function targetOf(world: World): AddonTarget {
  const target = world.addons.find(({ name }) => name === 'monitoring');
  if (target === undefined) throw new Error('the checks of the add-on monitoring ran without it');
  return target;
}

/** The pods of a program that do not end, the oldest first. */
export async function podsOf(world: World, program: Program): Promise<Pod[]> {
  const { namespace, release } = targetOf(world);
  const labels = { 'app.kubernetes.io/name': program, 'app.kubernetes.io/instance': release };
  const found = await world.kubernetes.list(podKind, namespace, { labels });
  return found.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** Asks one of the programs over a tunnel to its pod, as long as `use` runs. */
export async function reach<T>(
  world: World,
  program: Program,
  signal: AbortSignal,
  use: (ask: Ask) => Promise<T>,
): Promise<T> {
  const { namespace } = targetOf(world);
  const pod = (await podsOf(world, program)).find(isReady);
  if (pod === undefined) throw new Error(`no pod of ${program} is ready in ${namespace}`);
  const { name } = pod.metadata;
  const port = containerPort(pod, 'http', PORTS[program]);
  return world.forward({ namespace, name, port }, signal, (origin) =>
    use(new Ask(program, `http://${origin}`, signal)),
  );
}

const answerSchema = z.object({ status: z.literal('success'), data: z.unknown() });

/** The programs' own APIs. https://prometheus.io/docs/prometheus/latest/querying/api */
export class Ask {
  readonly #program: Program;
  readonly #origin: string;
  readonly #signal: AbortSignal;

  constructor(program: Program, origin: string, signal: AbortSignal) {
    this.#program = program;
    this.#origin = origin;
    this.#signal = signal;
  }

  /** Prometheus' envelope is taken off; Alertmanager has none. */
  async json<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const text = await this.text(path);
    const value: unknown = JSON.parse(text);
    const parsed = schema.safeParse(this.#program === 'prometheus' ? answerSchema.parse(value).data : value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new Error(
      `${this.#program} answers ${path.split('?')[0] ?? ''} in another form: ${issue?.path.join('.') ?? ''}`,
    );
  }

  async text(path: string): Promise<string> {
    const { status, body } = await request(`${this.#origin}${path}`, this.#signal);
    if (status === 200) return body;
    throw new Error(`${this.#program} answers ${path.split('?')[0] ?? ''} with status ${status}: ${quote(body)}`);
  }

  async post(path: string, json: unknown): Promise<void> {
    const { status, body } = await request(`${this.#origin}${path}`, this.#signal, { method: 'POST', json });
    if (status !== 200) throw new Error(`${this.#program} answers ${path} with status ${status}: ${quote(body)}`);
  }

  async metrics(): Promise<Sample[]> {
    return parseMetrics(await this.text('/metrics'));
  }

  /** A query's series with their values, now. */
  async query(
    expression: string,
  ): Promise<{ readonly labels: Readonly<Record<string, string>>; readonly value: number }[]> {
    const { result } = await this.json(`/api/v1/query?query=${encodeURIComponent(expression)}`, vector);
    return result.map(({ metric, value: [, text] }) => ({ labels: metric, value: Number(text) }));
  }
}

const vector = z.object({
  resultType: z.literal('vector'),
  result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
});

/** With kube-prometheus-stack or Google's managed Prometheus there is nothing of this add-on that could be asked. */
export function elsewhere(world: World): Result | undefined {
  const mode = targetOf(world).options.get('mode') ?? 'own';
  if (mode === 'own') return undefined;
  return {
    verdict: 'skip',
    evidence: `The Prometheus of the mode ${mode} is not this add-on’s.`,
    cause: 'Its targets and rules are seen where it runs.',
  };
}
