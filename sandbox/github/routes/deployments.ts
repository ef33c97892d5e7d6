import { newestFirst, notFound, page, Refusal } from '../answer.ts';
import { newId, now, type Deployment } from '../state.ts';
import { number, type Call, type Routes } from './route.ts';

const READ = [['deployments', 'read']] as const;
const WRITE = [['deployments', 'write']] as const;

function deploymentOf(call: Call): Deployment {
  const id = number(call, 'deployment_id');
  const deployment = call.github.state.deployments.find((each) => each.id === id);
  if (!deployment) throw notFound();
  return deployment;
}

function create({ github, token, body }: Call) {
  const wanted = body as {
    ref: string;
    task?: string;
    environment?: string;
    description?: string | null;
    payload?: Deployment['payload'];
    transient_environment?: boolean;
    production_environment?: boolean;
    required_contexts?: string[];
  };
  const sha = github.git.commitOf(wanted.ref);
  if (sha === undefined) throw new Refusal(422, `No ref found for: ${wanted.ref}`);
  const contexts = wanted.required_contexts ?? [];
  const good = (context: string) =>
    github.state.statuses.some((each) => each.sha === sha && each.context === context && each.state === 'success');
  if (!contexts.every(good)) throw new Refusal(409, `Conflict: Commit status checks failed for ${wanted.ref}.`);
  const environment = wanted.environment ?? 'production';
  const deployment: Deployment = {
    id: newId(github.state),
    sha,
    ref: wanted.ref,
    task: wanted.task ?? 'deploy',
    environment,
    description: wanted.description ?? null,
    payload: wanted.payload ?? '',
    transient: wanted.transient_environment ?? false,
    production: wanted.production_environment ?? environment === 'production',
    author: token.login,
    createdAt: now(),
    updatedAt: now(),
    statuses: [],
  };
  github.state.deployments.push(deployment);
  return { status: 201, body: github.shapes.runs.deployment(deployment) };
}

function createStatus(call: Call) {
  const { github, token } = call;
  const deployment = deploymentOf(call);
  const wanted = call.body as {
    state: string;
    description?: string;
    environment_url?: string;
    log_url?: string;
    target_url?: string;
    auto_inactive?: boolean;
  };
  const status = {
    id: newId(github.state),
    state: wanted.state,
    description: wanted.description ?? '',
    environmentUrl: wanted.environment_url ?? '',
    logUrl: wanted.log_url ?? wanted.target_url ?? '',
    author: token.login,
    createdAt: now(),
  };
  deployment.statuses.push(status);
  deployment.updatedAt = status.createdAt;
  if (wanted.state === 'success' && wanted.auto_inactive !== false) endOthers(call, deployment);
  return { status: 201, body: github.shapes.runs.deploymentStatus(deployment, status) };
}

/** A success ends the earlier deployments of the same environment. */
function endOthers({ github, token }: Call, deployment: Deployment): void {
  for (const other of github.state.deployments) {
    if (other === deployment || other.environment !== deployment.environment || other.transient) continue;
    if (other.statuses.at(-1)?.state !== 'success') continue;
    const inactive = { state: 'inactive', description: '', environmentUrl: '', logUrl: '', author: token.login };
    other.statuses.push({ ...inactive, id: newId(github.state), createdAt: now() });
  }
}

export const deploymentRoutes: Routes = {
  'repos/list-deployments': {
    needs: READ,
    handle: (call) => {
      const { github, query } = call;
      const is = (name: string, value: string) => query.get(name) === null || query.get(name) === value;
      const all = github.state.deployments.filter(
        (each) =>
          is('sha', each.sha) && is('ref', each.ref) && is('task', each.task) && is('environment', each.environment),
      );
      const { items, headers } = page(newestFirst(all), query, call.url);
      return { status: 200, headers, body: items.map((each) => github.shapes.runs.deployment(each)) };
    },
  },
  'repos/create-deployment': { needs: WRITE, handle: create },
  'repos/get-deployment': {
    needs: READ,
    handle: (call) => ({ status: 200, body: call.github.shapes.runs.deployment(deploymentOf(call)) }),
  },
  'repos/create-deployment-status': { needs: WRITE, handle: createStatus },
  'repos/list-deployment-statuses': {
    needs: READ,
    handle: (call) => {
      const deployment = deploymentOf(call);
      const { items, headers } = page(newestFirst(deployment.statuses), call.query, call.url);
      return {
        status: 200,
        headers,
        body: items.map((each) => call.github.shapes.runs.deploymentStatus(deployment, each)),
      };
    },
  },
};
