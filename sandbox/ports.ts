import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range from which Linux takes ports for outgoing connections (32768 and up): one chosen here stays free.
const LOWEST = 20_000;
const HIGHEST = 32_000;

/**
 * Chooses a free TCP port for each name. A port in `preferred` is kept while it is free, so that addresses stay the same
 * when the sandbox is started again.
 */
export async function choosePorts<Name extends string>(
  names: readonly Name[],
  preferred: Partial<Record<string, number>> = {},
  isFree: (port: number) => Promise<boolean> = isPortFree,
): Promise<Record<Name, number>> {
  const chosen = new Map<Name, number>();
  const taken = new Set<number>();
  for (const name of names) {
    let port = preferred[name] ?? randomInt(LOWEST, HIGHEST);
    for (let tries = 0; taken.has(port) || !(await isFree(port)); tries++) {
      if (tries === 200) throw new Error(`no free TCP port between ${LOWEST} and ${HIGHEST} was found`);
      port = randomInt(LOWEST, HIGHEST);
    }
    taken.add(port);
    chosen.set(name, port);
  }
  return Object.fromEntries(chosen) as Record<Name, number>;
}

/** Whether a server could listen on the port, on all addresses. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '0.0.0.0' }, () => server.close(() => resolve(true)));
  });
}
