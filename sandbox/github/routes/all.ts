import { checkRoutes } from './checks.ts';
import { deploymentRoutes } from './deployments.ts';
import { issueRoutes } from './issues.ts';
import { pullRoutes } from './pulls.ts';
import { repositoryRoutes } from './repository.ts';
import type { Routes } from './route.ts';
import { runRoutes } from './runs.ts';

/** Every REST operation that the stand-in serves; the description has exactly these. */
export const routes: Routes = {
  ...repositoryRoutes,
  ...pullRoutes,
  ...issueRoutes,
  ...checkRoutes,
  ...deploymentRoutes,
  ...runRoutes,
};
