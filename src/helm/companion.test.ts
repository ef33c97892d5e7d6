import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { companionChart, companionContent, companionValues, isCompanionThere, splitValues } from './companion.ts';
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

describe('what a companion was made of', () => {
  const chart = join(root, 'helm/charts/livekit-gke');

  test('is the same for the same chart and values, wherever it lies, and fits a label', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'companion-'));
    try {
      cpSync(chart, folder, { recursive: true });
      const there = await companionContent(chart, { a: 1 });
      expect(there).toMatch(/^[0-9a-f]{40}$/);
      expect(await companionContent(folder, { a: 1 })).toBe(there);
      expect(await companionContent(chart, { a: 2 })).not.toBe(there);
      writeFileSync(join(folder, 'templates', 'more.yaml'), '');
      expect(await companionContent(folder, { a: 1 })).not.toBe(there);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('is asked of Helm’s record of the deployed revision', async () => {
    const asked: unknown[] = [];
    const found: unknown[] = [];
    const list = (...all: unknown[]) => (asked.push(all.slice(1)), Promise.resolve(found as never[]));
    const companion = { release: 'media', content: 'c0ffee' };
    expect(await isCompanionThere({ list }, 'livekit', companion)).toBe(false);
    found.push({});
    expect(await isCompanionThere({ list }, 'livekit', companion)).toBe(true);
    const labels = { owner: 'helm', name: 'media-gke', status: 'deployed', 'livekit-gke/companion-content': 'c0ffee' };
    expect(asked[0]).toEqual(['livekit', { labels }]);
  });
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
