import { quantity } from '../preflight/cluster/quantity.ts';
import type { Finding } from '../preflight/rule.ts';
import { at } from '../values/tree.ts';
import type { Addon, AddonContext } from './addon.ts';

const isOwn = ({ values }: AddonContext) => at(values, ['mode']) === 'own';
const isOn = ({ values }: AddonContext, way: string) => at(values, ['alertmanager', way, 'enabled']) === true;
const text = (values: unknown, ...path: string[]): string => {
  const value = at(values, path);
  return typeof value === 'string' ? value : '';
};

/** Alerts that reach nobody, and a monitoring whose own end nobody notices. */
function nobodyIsTold(context: AddonContext): Finding[] {
  if (!isOwn(context)) return [];
  const findings: Finding[] = [];
  if (!isOn(context, 'slack') && !isOn(context, 'email')) {
    findings.push({
      kind: 'receiver',
      level: 'warning',
      what: 'Neither `alertmanager.slack` nor `alertmanager.email` is enabled: alerts reach nobody.',
      path: ['alertmanager', 'slack', 'enabled'],
    });
  }
  if (!isOn(context, 'deadMansSwitch')) {
    findings.push({
      kind: 'deadMansSwitch',
      level: 'warning',
      what: '`alertmanager.deadMansSwitch` is off: when Prometheus or Alertmanager is down, nobody is told.',
      path: ['alertmanager', 'deadMansSwitch', 'enabled'],
    });
  }
  return findings;
}

/** Secrets that the pods would wait for. */
function missingSecret(context: AddonContext): Finding[] {
  const { values, secrets } = context;
  // Without the input, or where it may not be read, the Secret may be there all the same.
  if (!isOwn(context) || secrets === undefined) return [];
  const wanted = ['slack', 'email', 'deadMansSwitch'].filter(
    (way) => isOn(context, way) && (way !== 'email' || text(values, 'alertmanager', 'email', 'username') !== ''),
  );
  const keys = wanted.map((way): [secret: string, key: string, path: string[]] => [
    text(values, 'alertmanager', 'secret'),
    text(values, 'alertmanager', way, 'secretKey'),
    ['alertmanager', way, 'enabled'],
  ]);
  if (at(values, ['grafana', 'enabled']) === true) {
    keys.push([text(values, 'grafana', 'secret'), 'admin-password', ['grafana', 'enabled']]);
  }
  return keys.flatMap(([secret, key, path]): Finding[] => {
    const given = secrets.get(secret);
    if (given?.includes(key) === true) return [];
    return [
      {
        kind: 'receiverSecret',
        // One that somebody else made before is not seen here.
        level: given === undefined ? 'warning' : 'error',
        what: `The Secret ${secret} needs the key ${key}, which the input \`secrets\` does not give.`,
        path,
      },
    ];
  });
}

/** A database that outgrows its volume ends Prometheus. */
function retentionBeyondVolume(context: AddonContext): Finding[] {
  const { values } = context;
  if (!isOwn(context) || at(values, ['prometheus', 'storage', 'enabled']) !== true) return [];
  const [size, volume] = [
    text(values, 'prometheus', 'retention', 'size'),
    text(values, 'prometheus', 'storage', 'size'),
  ];
  // Prometheus' GB is 2^30.
  const limit = quantity(size.replace(/B$/, 'i'));
  const room = quantity(volume);
  if (limit === undefined || room === undefined || limit <= 0.95 * room) return [];
  return [
    {
      kind: 'retention',
      level: 'error',
      what: `\`prometheus.retention.size\` is ${size}, and the volume has ${volume}: it is full before anything is deleted.`,
      path: ['prometheus', 'retention', 'size'],
    },
  ];
}

/** Prometheus and Alertmanager; what the environment knows is probed. */
export const monitoring: Addon = {
  name: 'monitoring',
  facts: ({ domain, turn_domain: turnDomain, redis_host: host, redis_port: port, cluster_name: cluster }) => ({
    cluster,
    targets: { livekit: { domain, turnDomain, redisAddress: `${host}:${port}` } },
  }),
  rules: [nobodyIsTold, missingSecret, retentionBeyondVolume],
};
