/** What goes wrong on purpose, so that tests can see how a failing, slow or crashing provider is handled. */
export interface Fault {
  /** `google_redis_instance`, or with a part of the id: `google_redis_instance/livekit-redis-dev`. */
  readonly resource: string;
  readonly operation: 'plan' | 'read' | 'create' | 'update' | 'delete';
  /** The operation fails with this message. */
  readonly message?: string;
  /** The operation takes this much longer. */
  readonly delayMilliseconds?: number;
  /** The delay goes on although Terraform was interrupted, as that of a resource that cannot be cancelled. */
  readonly stubborn?: boolean;
  /** The provider process ends in the middle of it. */
  readonly crash?: boolean;
}

/** Reads LIVEKIT_GKE_PROVIDER_FAULTS, a JSON list; throws a sentence for anything else. */
export function parseFaults(text: string | undefined): readonly Fault[] {
  if (text === undefined || text === '') return [];
  const faults = JSON.parse(text) as unknown;
  if (!Array.isArray(faults)) throw new Error('LIVEKIT_GKE_PROVIDER_FAULTS must be a JSON list of faults');
  return faults.map((fault: unknown) => {
    const { resource, operation } = (fault ?? {}) as Partial<Fault>;
    if (typeof resource !== 'string' || !['plan', 'read', 'create', 'update', 'delete'].includes(operation ?? ''))
      throw new Error(
        `a fault needs a resource and an operation (plan, read, create, update, delete): ${JSON.stringify(fault)}`,
      );
    return fault as Fault;
  });
}

/** Lets the faults happen that are meant for this operation; `signal` ends a delay early. */
export async function suffer(
  faults: readonly Fault[],
  operation: Fault['operation'],
  type: string,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  for (const fault of faults) {
    const [wanted = '', ...part] = fault.resource.split('/');
    if (fault.operation !== operation || wanted !== type || !id.includes(part.join('/'))) continue;
    if (fault.delayMilliseconds !== undefined)
      await pause(fault.delayMilliseconds, fault.stubborn === true ? new AbortController().signal : signal);
    if (fault.crash) process.kill(process.pid, 'SIGKILL');
    if (fault.message !== undefined) throw new Error(fault.message);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
  });
}
