import type { Service } from '../service.ts';
import { cloudResourceManager } from './cloud-resource-manager.ts';
import { compute } from './compute.ts';
import { container } from './container.ts';
import { dns } from './dns.ts';
import { iamCredentials } from './iam-credentials.ts';
import { oauth2 } from './oauth2.ts';
import { redis } from './redis.ts';
import { resources } from './resources.ts';
import { secretManager } from './secret-manager.ts';
import { sts } from './sts.ts';

/** Every service of the stand-in; the next one is a file beside these and a line here. */
export const services: readonly Service[] = [
  sts,
  iamCredentials,
  cloudResourceManager,
  compute,
  container,
  dns,
  oauth2,
  redis,
  resources,
  secretManager,
];
