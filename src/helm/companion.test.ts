import { join } from 'node:path';
import { companionChart, companionValues, splitValues } from './companion.ts';
import { autoscalerBehavior } from './livekit/autoscaler.ts';

const root = process.cwd();

test('LiveKit’s chart never sees the companion’s values', () => {
  expect(splitValues({ replicaCount: 2, companion: { podDisruptionBudget: { minAvailable: 1 } } })).toEqual({
    livekit: { replicaCount: 2 },
    companion: { podDisruptionBudget: { minAvailable: 1 } },
  });
});

test('without a word about it the companion chart is deployed, with false it is not', () => {
  expect(splitValues({ replicaCount: 1 }).companion).toEqual({});
  expect(splitValues({ companion: false }).companion).toBeUndefined();
});

test.each([
  [null, 'null'],
  ['yes', 'a string'],
  [3, 'a number'],
])('companion: %j is refused', (companion, words) => {
  expect(() => splitValues({ companion })).toThrow(`\`companion\` in the values is ${words}, not a mapping.`);
});

test('release, domains and image come from LiveKit’s values, the rest and what differs from the companion’s', () => {
  const livekit = {
    image: { repository: 'livekit/livekit-server', tag: 'v1.13.11' },
    loadBalancer: { tls: [{ hosts: ['livekit.nova.dev'] }, { hosts: ['livekit.nova.dev', 'rtc.nova.dev'] }] },
  };
  const given = { managedCertificate: { enabled: true, name: 'livekit-prd' }, prePull: { enabled: true } };
  expect(companionValues('livekit-server', livekit, given)).toEqual({
    target: { release: 'livekit-server' },
    managedCertificate: { enabled: true, name: 'livekit-prd', domains: ['livekit.nova.dev', 'rtc.nova.dev'] },
    prePull: { enabled: true, image: 'livekit/livekit-server:v1.13.11' },
  });
});

test('values without hosts or image give none', () => {
  expect(companionValues('x', {}, {})).toEqual({
    target: { release: 'x' },
    managedCertificate: { domains: [] },
    prePull: { image: '' },
  });
});

test('the workspace’s own chart goes before the release’s; with neither it says where it looked', async () => {
  await expect(companionChart(root, '/nowhere')).resolves.toBe(join(root, 'helm/charts/livekit-gke'));
  await expect(companionChart('/nowhere', root)).resolves.toBe(join(root, 'helm/charts/livekit-gke'));
  await expect(companionChart('/nowhere', '/neither')).rejects.toMatchObject({ code: 'LK-HELM-061' });
});

describe('the autoscaler’s behaviour', () => {
  const on = { autoscaling: { enabled: true } };

  test('takes away one pod in half an hour at most', () => {
    expect(autoscalerBehavior('livekit-server', 'livekit', on, {})).toEqual({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'livekit-server', namespace: 'livekit' },
      spec: {
        behavior: {
          scaleDown: {
            stabilizationWindowSeconds: 1800,
            selectPolicy: 'Min',
            policies: [{ type: 'Pods', value: 1, periodSeconds: 1800 }],
          },
        },
      },
    });
  });

  test('is as the values say', () => {
    const companion = { autoscaler: { scaleDown: { stabilizationSeconds: 60, pods: 2, periodSeconds: 30 } } };
    expect(autoscalerBehavior('x', 'y', on, companion)).toMatchObject({
      spec: {
        behavior: { scaleDown: { stabilizationWindowSeconds: 60, policies: [{ value: 2, periodSeconds: 30 }] } },
      },
    });
  });

  test('is nothing without an autoscaler', () => {
    expect(autoscalerBehavior('x', 'y', { autoscaling: { enabled: false } }, {})).toBeUndefined();
  });

  test('refuses what Kubernetes would', () => {
    const companion = { autoscaler: { scaleDown: { periodSeconds: 3600 } } };
    expect(() => autoscalerBehavior('x', 'y', on, companion)).toThrow(
      /`companion.autoscaler.scaleDown.periodSeconds` is wrong/,
    );
  });
});
