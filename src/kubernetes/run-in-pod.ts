import { z } from 'zod';
import { reason } from '../failure/failure.ts';
import type { KubernetesAccess } from './access.ts';
import { kubernetesFailures } from './failures.ts';
import { resourcePath } from './resources.ts';

export interface PodCommand {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
}

/** A byte for the channel (1 stdout, 2 stderr, 3 how it ended), then the bytes. */
const PROTOCOL = 'v4.channel.k8s.io';
const STDERR = 2;
const ENDED = 3;

const endSchema = z.object({ status: z.string(), message: z.string().default('') });

/**
 * Runs a command in a container until it ends, as `kubectl exec` does, over WebSockets, since GKE's DNS endpoint passes no SPDY.
 * Throws LK-KUBE-009 when it was not begun or failed.
 */
export async function runInPod(
  access: KubernetesAccess,
  token: () => Promise<string>,
  asked: PodCommand,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const undici = await import('undici');
  const agent = new undici.Agent({
    connect: {
      ...(access.certificateAuthority === undefined ? {} : { ca: access.certificateAuthority }),
      ...(access.tlsServerName === undefined ? {} : { servername: access.tlsServerName }),
    },
  });
  const query = new URLSearchParams({ container: asked.container, stdout: 'true', stderr: 'true' });
  for (const word of asked.command) query.append('command', word);
  const path = `${resourcePath({ apiVersion: 'v1', plural: 'pods' }, asked.namespace, asked.pod)}/exec?${query.toString()}`;
  const authorization = `Bearer ${await token()}`;
  const socket = new undici.WebSocket(`${access.server}${path}`.replace(/^http/, 'ws'), {
    protocols: [PROTOCOL],
    dispatcher: agent,
    headers: { authorization },
  });
  socket.binaryType = 'arraybuffer';
  let told = '';
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (said: string, cause?: unknown) => reject(failureOf(asked, said, cause));
      signal.addEventListener('abort', () => fail(reason(signal.reason), signal.reason), { once: true });
      socket.addEventListener('message', (event) => {
        const frame = Buffer.from(event.data as ArrayBuffer);
        const content = frame.subarray(1).toString('utf8');
        if (frame[0] === STDERR) told += content;
        if (frame[0] !== ENDED || content === '') return;
        const { status, message } = endOf(content);
        if (status === 'Success') resolve();
        else fail(`${message} ${told}`);
      });
      socket.addEventListener('error', (event) => fail(reason(event.error ?? event.message), event.error));
      socket.addEventListener('close', () => fail('the connection ended before the command did'));
    });
  } finally {
    socket.close();
    await agent.destroy();
  }
}

function endOf(text: string): z.infer<typeof endSchema> {
  try {
    return endSchema.parse(JSON.parse(text));
  } catch {
    return { status: 'Failure', message: text };
  }
}

function failureOf({ pod, command }: PodCommand, said: string, cause: unknown) {
  const words = said.replace(/\s+/g, ' ').trim().slice(0, 300).replace(/\.$/, '');
  return kubernetesFailures.failure('podCommand', {
    what: `\`${command.join(' ')}\` did not run in the pod ${pod}: ${words}.`,
    cause,
  });
}
