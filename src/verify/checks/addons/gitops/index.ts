import type { Check } from '../../../check.ts';
import { admin } from './admin.ts';
import { application } from './application.ts';
import { controllers } from './controllers.ts';
import { credentials } from './credentials.ts';
import { definitions } from './definitions.ts';
import { project } from './project.ts';
import { repository } from './repository.ts';
import { webhook } from './webhook.ts';

/** The checks of the add-on gitops, in the order of the table. */
export const gitopsChecks: readonly Check[] = [
  controllers,
  definitions,
  repository,
  application,
  credentials,
  webhook,
  project,
  admin,
];
