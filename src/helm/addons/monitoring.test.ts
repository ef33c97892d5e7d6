import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { EnvironmentOutputs } from '../../environment/outputs.ts';
import { merge, type Values } from '../values/tree.ts';
import { monitoring } from './monitoring.ts';

const defaults = parse(readFileSync('helm/addons/monitoring/values.yaml', 'utf8')) as Values;

function found(values: Values, secrets?: Record<string, string[]>) {
  const context = {
    values: merge(defaults, values),
    layers: [],
    outputs: undefined,
    release: 'monitoring',
    namespace: 'nova-monitoring',
    secrets: secrets && new Map(Object.entries(secrets)),
  };
  return (monitoring.rules ?? []).flatMap((rule) => rule(context)).map(({ kind, level }) => `${level} ${kind}`);
}

const slack = { alertmanager: { slack: { enabled: true }, deadMansSwitch: { enabled: true } } };
const keys = ['slack-api-url', 'dead-mans-switch-url'];

describe('preflight of the add-on monitoring', () => {
  test('nobody who is told is a warning, twice', () =>
    expect(found({})).toEqual(['warning receiver', 'warning deadMansSwitch']));
  test('all given is fine', () => expect(found(slack, { 'alertmanager-secrets': keys })).toEqual([]));
  test('a Secret of somebody else is a warning, one without the key an error', () => {
    expect(found(slack, {})).toEqual(['warning receiverSecret', 'warning receiverSecret']);
    expect(found(slack)).toEqual([]);
    expect(found(slack, { 'alertmanager-secrets': ['slack-url'] })).toEqual([
      'error receiverSecret',
      'error receiverSecret',
    ]);
  });
  test('mail without a user needs no password', () => {
    const email = (more: Values) => merge(slack, { alertmanager: { email: { enabled: true, ...more } } });
    expect(found(email({}), { 'alertmanager-secrets': keys })).toEqual([]);
    expect(found(email({ username: 'nova' }), { 'alertmanager-secrets': keys })).toEqual(['error receiverSecret']);
  });
  test('Grafana’s password is asked for', () =>
    expect(found(merge(slack, { grafana: { enabled: true } }), { 'alertmanager-secrets': keys })).toEqual([
      'warning receiverSecret',
    ]));
  test.each([
    ['85GB', '100Gi', []],
    ['95GB', '100Gi', []],
    ['100GB', '100Gi', ['error retention']],
    ['512MB', '1Gi', []],
    ['1TB', '100Gi', ['error retention']],
  ])('a retention of %s in a volume of %s', (size, volume, kinds) => {
    const prometheus = { retention: { size }, storage: { size: volume } };
    expect(found(merge(slack, { prometheus }), { 'alertmanager-secrets': keys })).toEqual(kinds);
  });
  test('another Prometheus is asked nothing of it', () => expect(found({ mode: 'managed' })).toEqual([]));
});

test('what Terraform knows is probed', () => {
  const outputs = {
    ...{ cluster_name: 'livekit-dev', domain: 'livekit.nova.com', turn_domain: 'turn.nova.com' },
    ...{ redis_host: '10.0.0.3', redis_port: 6379 },
  } as EnvironmentOutputs;
  expect(monitoring.facts?.(outputs)).toEqual({
    cluster: 'livekit-dev',
    targets: {
      livekit: { domain: 'livekit.nova.com', turnDomain: 'turn.nova.com', redisAddress: '10.0.0.3:6379' },
    },
  });
});
