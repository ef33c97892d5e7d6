import type { Kubernetes } from '../../kubernetes/client.ts';
import type { Cause } from './cause.ts';

interface Words {
  readonly pattern: RegExp;
  readonly what: (found: RegExpExecArray) => string;
  readonly fix: string;
}

/** What a server says as it ends, and what it comes down to. LiveKit's own words first, then anyone's. */
const known: readonly Words[] = [
  {
    pattern: /unable to connect to redis: (.+)/,
    what: ([, why = '']) => `it does not reach its Redis (${why})`,
    fix: 'Check `livekit.redis.address` against the environment’s outputs, and that Redis lies in the nodes’ network and runs.',
  },
  {
    pattern: /could not (?:resolve|validate|determine) external IP/,
    what: () => 'it does not learn its public address by STUN',
    fix: 'Give the nodes public addresses and a way out by UDP, or set `livekit.rtc.use_external_ip: false` where they have none.',
  },
  {
    pattern: /key file others permissions must be set to 0/,
    what: () => 'the entry that `livekit.key_file` names is not in the Secret, or may be read by others',
    fix: 'Check that the key Secret has an entry named as `livekit.key_file` says (keys.yaml), and that the values leave its mode as the chart sets it.',
  },
  {
    pattern: /one of key-file or keys must be provided/,
    what: () => 'it has no API key',
    fix: 'Set `storeKeysInSecret` and `livekit.key_file: keys.yaml`, as helm/values/common.yaml does.',
  },
  {
    pattern: /listen (tcp|udp)\d? \S*?:(\d+): bind: address already in use/,
    what: ([, protocol = '', port = '']) => `its port ${port}/${protocol} is taken on the node`,
    fix: 'Let one LiveKit pod run on a node (host ports), and move whatever else uses the port.',
  },
  {
    pattern: /tls: (private key does not match public key|failed to find any PEM data[^\n]*)/,
    what: ([, why = '']) => `its TURN certificate does not do (${why})`,
    fix: 'Put a certificate with its own key into the Secret that `livekit.turn.secretName` names.',
  },
  {
    pattern: /api_key is required to use webhooks/,
    what: () => 'it is to call webhooks, and has no API key to sign them with',
    fix: 'Set `livekit.webhook.api_key` to one of the API keys, or remove `livekit.webhook`.',
  },
  {
    pattern: /stat (\S+): no such file or directory/,
    what: ([, file = '']) => `the file ${file} is not there`,
    fix: 'Check the value that names this file, and the Secret or ConfigMap that it comes from.',
  },
];

const LINES = 30;
/** The kubelet's answer, as if it were a log, for a life whose container it has removed since. */
const NO_LOG = /^unable to retrieve container logs for \S+$/;

/** The end of the log of a container that ended; the life that ended tells more than the one that has just begun. */
export async function lastWords(client: Kubernetes, namespace: string, cause: Cause | undefined): Promise<string> {
  const { pod, container } = cause ?? {};
  if (pod === undefined || container === undefined) return '';
  const log = async (previous: boolean) => {
    const text = await client.logs(namespace, pod.metadata.name, container, { lines: LINES, previous });
    return NO_LOG.test(text) ? '' : text;
  };
  return (await log(true)) || log(false);
}

/** The cause of a crash, with the reason that the program itself gave. The last words count most. */
export function explained(cause: Cause, log: string): Cause {
  if (cause.kind !== 'crash') return cause;
  for (const line of log.split('\n').reverse()) {
    for (const { pattern, what, fix } of known) {
      const found = pattern.exec(line);
      if (found !== null) return { ...cause, what: `${cause.what.replace(/\.$/, '')}: ${what(found)}.`, fix };
    }
  }
  return cause;
}
