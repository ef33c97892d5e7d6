import { describe, expect, test } from '@jest/globals';
import { profileOf } from '../profile.ts';
import { type Autoscaler, judgeAutoscalers } from './autoscaler.ts';

const [dev, prd] = [profileOf('dev', 'dev'), profileOf('prd', 'prd')];
type ScaleDown = NonNullable<NonNullable<Autoscaler['spec']['behavior']>['scaleDown']>;
const one = { type: 'Pods', value: 1, periodSeconds: 1800 };
const slow: ScaleDown = { stabilizationWindowSeconds: 1800, selectPolicy: 'Min', policies: [one] };

function scaler(more: { spec?: object; scaleDown?: ScaleDown; conditions?: Autoscaler['status']['conditions'] } = {}) {
  return {
    metadata: { name: 'livekit-server' },
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'livekit-server' },
      minReplicas: 3,
      maxReplicas: 9,
      behavior: { scaleDown: more.scaleDown ?? slow },
      ...more.spec,
    },
    status: { conditions: more.conditions ?? [{ type: 'ScalingActive', status: 'True' }] },
  } satisfies Autoscaler;
}

describe('autoscaler', () => {
  test('passes as the table and the chart have it', () =>
    expect(judgeAutoscalers([scaler()], prd)).toEqual({
      verdict: 'pass',
      evidence: 'livekit-server keeps 3 to 9 pods, and takes one away at a time, after 1800 s.',
    }));

  test('whether there should be one is the table’s to say', () => {
    expect(judgeAutoscalers([], prd)).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('prd is meant'),
    });
    expect(judgeAutoscalers([], dev)).toMatchObject({ verdict: 'pass' });
    expect(judgeAutoscalers([], undefined)).toMatchObject({
      verdict: 'skip',
      fix: expect.stringContaining('`profile`'),
    });
    expect(judgeAutoscalers([scaler()], dev)).toMatchObject({
      verdict: 'warn',
      cause: expect.stringContaining('by hand'),
    });
    expect(judgeAutoscalers([scaler()], undefined).verdict).toBe('pass');
  });

  const unable = { type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message: 'no metrics.' };
  test.each([
    ['two for one Deployment', [scaler(), scaler()], 'fail', /scale the same Deployment/],
    ['no metrics', [scaler({ conditions: [unable] })], 'fail', /cannot scale: no metrics\.$/],
    [
      'fewer than the table',
      [scaler({ spec: { minReplicas: 1 } })],
      'fail',
      /keeps 1 to 9 pods; prd is meant to have 3/,
    ],
    ['no behaviour', [scaler({ spec: { behavior: undefined } })], 'warn', /as quickly as Kubernetes/],
    ['a short window', [scaler({ scaleDown: { ...slow, stabilizationWindowSeconds: 60 } })], 'warn', /after 60 s, one/],
    [
      'two at a time',
      [scaler({ scaleDown: { ...slow, policies: [{ ...one, value: 2 }] } })],
      'warn',
      /several at a time/,
    ],
    [
      'the quicker of two policies',
      [
        scaler({
          scaleDown: { stabilizationWindowSeconds: 1800, policies: [one, { ...one, type: 'Percent', value: 50 }] },
        }),
      ],
      'warn',
      /several at a time/,
    ],
    ['none away at all', [scaler({ scaleDown: { selectPolicy: 'Disabled' } })], 'pass', /takes none away/],
  ])('%s', (_what, found, verdict, words) =>
    expect(judgeAutoscalers(found, prd)).toMatchObject({ verdict, evidence: expect.stringMatching(words) }),
  );
});
