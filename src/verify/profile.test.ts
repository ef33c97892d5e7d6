import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { PROFILE_NAMES, profileOf } from './profile.ts';

const values = z.object({
  replicaCount: z.number(),
  autoscaling: z.object({ enabled: z.boolean(), minReplicas: z.number().optional() }),
  companion: z.object({
    podDisruptionBudget: z.object({ minAvailable: z.number().nullable() }),
    managedCertificate: z.object({ enabled: z.boolean() }),
  }),
});

describe('profiles', () => {
  test.each(['dev', 'stg', 'prd'])('%s is as its values are', (name) => {
    const file = join(dirname(fileURLToPath(import.meta.url)), '../../helm/values', `${name}.yaml`);
    const { replicaCount, autoscaling, companion } = values.parse(parse(readFileSync(file, 'utf8')));
    expect(profileOf('auto', name)).toEqual({
      name,
      pods: autoscaling.enabled ? autoscaling.minReplicas : replicaCount,
      isAutoscaled: autoscaling.enabled,
      minAvailable: companion.podDisruptionBudget.minAvailable ?? undefined,
      hasManagedCertificate: companion.managedCertificate.enabled,
    });
  });

  test('the name decides over the environment; another environment, and none, have no table', () => {
    expect(profileOf('prd', 'tokyo')?.name).toBe('prd');
    expect(profileOf('auto', 'tokyo')).toBeUndefined();
    expect(profileOf('none', 'prd')).toBeUndefined();
    expect(PROFILE_NAMES).toEqual(['auto', 'dev', 'stg', 'prd', 'none']);
  });
});
