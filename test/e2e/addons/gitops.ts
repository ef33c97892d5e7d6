import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { GitServer } from '../../../sandbox/argo-cd/git-server.ts';
import { argoCdImage, argoCdManifests, redisImage } from '../../../sandbox/argo-cd/images.ts';
import { importImages } from '../../../sandbox/kubernetes/node.ts';
import { BRIDGE_ADDRESS, MACHINES } from '../../../sandbox/kubernetes/plan.ts';
import { buildMessagingImage, MESSAGING_NAMESPACE } from '../../../sandbox/messaging-service/messaging-service.ts';
import type { StepResult } from '../deploy/job.ts';
import { type AddonLab, assertFindings, eventually, findingOf, type Part } from './lab.ts';

const APPLICATION = 'messaging-service';
const PLACE = { addon: 'gitops', namespace: 'argocd' } as const;
const ROOT = join(import.meta.dirname, '..', '..', '..');
const SERVICE = readFileSync(join(ROOT, 'sandbox/messaging-service/manifests.yaml'), 'utf8');

/** What the sandbox lacks: dex's image, and the keyring of gpg, which nobody here signs with. */
const SANDBOX = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: argocd-dex-server }
spec: { replicas: 0 }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: argocd-repo-server }
spec:
  template:
    spec:
      containers:
        - name: argocd-repo-server
          env: [{ name: ARGOCD_GPG_ENABLED, value: 'false' }]
`;

const annotatedSchema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z.object({
    syncPolicy: z.object({ automated: z.object({ enabled: z.boolean().optional() }).optional() }),
  }),
});

export const part: Part = async (lab, check) => {
  const folder = mkdtempSync(join(tmpdir(), 'gitops-'));
  const git = await GitServer.start(join(folder, 'messaging.git'), BRIDGE_ADDRESS, randomBytes(20).toString('hex'));
  const web = await serveManifests(readFileSync(await argoCdManifests(), 'utf8'));
  try {
    await runPart(lab, check, { git, manifests: web.line, webhookSecret: randomBytes(20).toString('hex') });
  } finally {
    web.stop();
    git.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

interface World {
  readonly git: GitServer;
  /** A line of the input `manifests`. */
  readonly manifests: string;
  readonly webhookSecret: string;
}

async function runPart(lab: AddonLab, check: Parameters<Part>[1], world: World): Promise<void> {
  const { git } = world;
  await lab.image(await argoCdImage(await lab.tool('argocd')));
  await lab.image(await redisImage());
  const { directory } = lab.lab.config;
  const messaging = await buildMessagingImage(directory);
  await Promise.all(MACHINES.map((machine) => importImages(directory, machine, [messaging])));
  lab.write('helm/argo-cd-sandbox.yaml', SANDBOX);
  // As the sample, with its TODO filled in.
  const sample = readFileSync(join(ROOT, 'helm/addons/gitops/values-messaging.yaml'), 'utf8');
  lab.write('helm/gitops.yaml', sample.replace(/repository: .*/, `repository: ${git.url}`));
  let commit = git.push({ 'deploy/service.yaml': SERVICE }, 'The messaging service');

  await check('an identity that may make no roles is told before anything is applied', async () => {
    const refused = await install(lab, world);
    assert.equal(refused.conclusion, 'failure');
    assert.match(refused.errors.join('\n'), /may not apply what the manifests have: .*clusterroles/);
    assert.equal(await lab.kubectl('get', 'crd', '-o', 'name'), await withoutArgoCd(lab));
  });
  const isInstalled = await check(
    'helm-deploy installs Argo CD by version, its settings, project and application',
    async () => {
      await grantAdministration(lab);
      const result = await install(lab, world);
      assert.equal(result.conclusion, 'success', `${result.errors.join('\n')}\n${result.log}`);
      assert.doesNotMatch(result.log, new RegExp(`${git.token}|${world.webhookSecret}`));
    },
  );
  if (!isInstalled) return;
  const isSynced = await check(
    'the application brings the service from the repository: the step waits until it is healthy',
    async () => {
      const followed = await follow(lab, commit);
      assert.equal(followed.conclusion, 'success', `${followed.errors.join('\n')}\n${followed.log}`);
      assert.equal(followed.outputs['revision'], commit);
      assert.ok(git.served > 0);
      const pods = await lab.kubectl('get', 'pods', '-n', MESSAGING_NAMESPACE, '-o', 'name');
      assert.equal(pods.trim().split('\n').length, 2, pods);
    },
  );
  if (!isSynced) return;
  await check('verify finds everything right', async () => {
    const report = await lab.verify([`gitops application=${APPLICATION} revision=${commit}`]);
    for (const { id, verdict, evidence } of report.checks) console.log(`  ${verdict} ${id}: ${evidence}`);
    assertFindings(report, {});
    assert.equal(findingOf(report, 'gitops-application').verdict, 'pass');
  });
  await check('a deploy of the same again changes nothing', async () => {
    const again = await install(lab, world);
    assert.equal(again.conclusion, 'success', again.errors.join('\n'));
    assert.equal(again.outputs['changed'], 'false');
  });
  await check('a push and its webhook: the new revision is there at once', async () => {
    commit = git.push(
      { 'deploy/service.yaml': SERVICE.replace('app: messaging-service', 'app: messaging-service\n    pushed: again') },
      'A label',
    );
    const [followed] = await Promise.all([follow(lab, commit), sendWebhook(lab, world, commit)]);
    assert.equal(followed.conclusion, 'success', `${followed.errors.join('\n')}\n${followed.log}`);
    assert.doesNotMatch(followed.log, /No webhook has brought/);
  });
  await check('a webhook that is not signed is refused', async () => {
    assert.ok((await sendWebhook(lab, { ...world, webhookSecret: 'another' }, commit)) >= 400);
  });
  const good = commit;
  await check('a push of what is no YAML: the step names file and cause', async () => {
    commit = git.push({ 'deploy/service.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: [\n' }, 'Broken');
    const [followed] = await Promise.all([follow(lab, commit), sendWebhook(lab, world, commit)]);
    assert.equal(followed.conclusion, 'failure');
    assert.match(followed.errors.join('\n'), /cannot make manifests for the application messaging-service: .*yaml/i);
  });
  await check('a push with an image that is not there: the step names it and the node', async () => {
    commit = git.push(
      { 'deploy/service.yaml': SERVICE.replace('messaging-service:1', 'messaging-service:none') },
      'Bad image',
    );
    const [followed] = await Promise.all([follow(lab, commit), sendWebhook(lab, world, commit)]);
    assert.equal(followed.conclusion, 'failure');
    assert.match(
      followed.errors.join('\n'),
      /does not get healthy at [0-9a-f]{8}: .*messaging-service:none cannot be pulled on the node/,
    );
  });
  await check('a rollback pauses automated sync, and the earlier revision serves', async () => {
    const rolled = await of(lab, 'rollback', { revision: good });
    assert.equal(rolled.conclusion, 'success', `${rolled.errors.join('\n')}\n${rolled.log}`);
    assert.equal(rolled.outputs['status'], 'rolled-back');
    assert.match(rolled.warnings.join('\n'), /Automated sync of messaging-service is off/);
    const image = await lab.kubectl(
      'get',
      'deployment',
      'messaging-service',
      '-n',
      MESSAGING_NAMESPACE,
      '-o',
      'jsonpath={.spec.template.spec.containers[0].image}',
    );
    assert.match(image, /messaging-service:1$/);
    assert.equal((await application(lab)).spec.syncPolicy.automated?.enabled, false);
    const waiting = await follow(lab, commit);
    assert.match(waiting.errors.join('\n'), /a rollback .* has paused it/);
  });
  await check('after the commit is corrected the application is resumed', async () => {
    commit = git.push({ 'deploy/service.yaml': SERVICE }, 'Correct it');
    const resumed = await of(lab, 'resume', { revision: commit });
    assert.equal(resumed.conclusion, 'success', `${resumed.errors.join('\n')}\n${resumed.log}`);
    const { metadata, spec } = await application(lab);
    assert.equal(spec.syncPolicy.automated?.enabled, undefined);
    assert.equal(metadata.annotations['livekit-gke/sync-paused'], undefined);
  });
  await check('what somebody changes by hand is set back', async () => {
    const where = ['deployment', 'messaging-service', '-n', MESSAGING_NAMESPACE];
    const image = () => lab.kubectl('get', ...where, '-o', 'jsonpath={.spec.template.spec.containers[0].image}');
    await lab.kubectl(
      'set',
      'image',
      'deployment/messaging-service',
      '-n',
      MESSAGING_NAMESPACE,
      'messaging-service=docker.io/livekit-gke/messaging-service:by-hand',
    );
    await eventually(async () => assert.match(await image(), /messaging-service:1$/), 60);
  });
  await check('what is lost with its namespace comes back by a deploy, and the service is not touched', async () => {
    const service = () =>
      lab.kubectl('get', 'deployment', APPLICATION, '-n', MESSAGING_NAMESPACE, '-o', 'jsonpath={.metadata.uid}');
    const before = await service();
    await loseArgoCd(lab);
    const restored = await install(lab, world);
    assert.equal(restored.conclusion, 'success', `${restored.errors.join('\n')}\n${restored.log}`);
    const followed = await follow(lab, commit);
    assert.equal(followed.conclusion, 'success', `${followed.errors.join('\n')}\n${followed.log}`);
    assertFindings(await lab.verify([`gitops application=${APPLICATION} revision=${commit}`]), {});
    assert.equal(await service(), before);
  });
  await check('a token that is refused is named, by the step and by verify', async () => {
    git.token = 'another';
    commit = git.push({ 'deploy/service.yaml': `${SERVICE}\n# more\n` }, 'Nobody may read this');
    const [followed] = await Promise.all([follow(lab, commit), sendWebhook(lab, world, commit)]);
    assert.match(followed.errors.join('\n'), /Argo CD may not read http:.*\/nova\/messaging\.git/);
    const report = await lab.verify(['gitops'], ['gitops-repository']);
    assert.match(findingOf(report, 'gitops-repository').evidence, /may not read/);
  });
  await check('an uninstall leaves Argo CD and the service, and says so', async () => {
    const removed = await lab.run({ ...PLACE, inputs: { mode: 'uninstall' } });
    assert.equal(removed.conclusion, 'success', removed.errors.join('\n'));
    assert.match(removed.log, /objects of the manifests stay/);
    assert.match(await lab.kubectl('get', 'deployments', '-n', MESSAGING_NAMESPACE, '-o', 'name'), /messaging-service/);
  });
  await cleanUp(lab);
}

/** All of it at once, as with its cluster: nobody is left who would take the application's objects along. */
async function loseArgoCd(lab: AddonLab): Promise<void> {
  const here = ['-n', PLACE.namespace];
  await lab.kubectl('delete', 'deployments,statefulsets', '--all', ...here, '--cascade=foreground', '--timeout=55s');
  const finalizers = JSON.stringify({ metadata: { finalizers: null } });
  await lab.kubectl('patch', 'application', APPLICATION, ...here, '--type=merge', '--patch', finalizers);
  await lab.kubectl('delete', 'namespace', PLACE.namespace, '--timeout=55s');
}

function install(lab: AddonLab, { git, manifests, webhookSecret }: World): Promise<StepResult> {
  return lab.run({
    ...PLACE,
    values: ['helm/gitops.yaml'],
    secrets: `
nova-repo-credentials:
  type: plain:git
  url: plain:${git.url}
  username: plain:nova
  password: ${git.token}
  $labels: { argocd.argoproj.io/secret-type: repository }
argocd-secret:
  webhook.github.secret: ${webhookSecret}
`,
    inputs: { manifests: `${manifests}\nhelm/addons/gitops/settings\nhelm/argo-cd-sandbox.yaml` },
  });
}

const of = (lab: AddonLab, mode: string, inputs: Readonly<Record<string, string>>) =>
  lab.run({ ...PLACE, inputs: { mode, application: APPLICATION, 'timeout-minutes': '2', ...inputs } });
const follow = (lab: AddonLab, revision: string) => of(lab, 'follow', { revision });

async function application(lab: AddonLab) {
  return annotatedSchema.parse(
    JSON.parse(await lab.kubectl('get', 'application', APPLICATION, '-n', PLACE.namespace, '-o', 'json')),
  );
}

const withoutArgoCd = async (lab: AddonLab) =>
  (await lab.kubectl('get', 'crd', '-o', 'name'))
    .split('\n')
    .filter((name) => !name.includes('argoproj.io'))
    .join('\n');

/** As an administrator who gives the deploying account roles/container.admin for the installation. */
async function grantAdministration(lab: AddonLab): Promise<void> {
  await lab.apply(
    JSON.stringify({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'gitops-installation' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'iam:roles/container.developer' }],
    }),
  );
}

/** Argo CD's manifests behind an address, as GitHub has them. The sandbox's nodes can pull nothing: what they have must do. */
async function serveManifests(original: string) {
  const manifests = original.replaceAll('imagePullPolicy: Always', 'imagePullPolicy: IfNotPresent');
  const server = createServer((_request, response) => response.end(manifests)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const digest = createHash('sha256').update(manifests).digest('hex');
  return {
    line: `http://127.0.0.1:${port}/argo-cd/v3.1.0/manifests/install.yaml#sha256=${digest}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The push event as GitHub sends it; gives the answer's status. */
async function sendWebhook(lab: AddonLab, { git, webhookSecret }: World, commit: string): Promise<number> {
  const address = await lab.kubectl(
    'get',
    'pods',
    '-n',
    PLACE.namespace,
    '-l',
    'app.kubernetes.io/name=argocd-server',
    '-o',
    'jsonpath={.items[0].status.podIP}',
  );
  const body = JSON.stringify({
    ref: 'refs/heads/main',
    after: commit,
    before: git.repository.commit(commit).parents[0] ?? '',
    repository: { html_url: git.page, default_branch: 'main', full_name: 'nova/messaging' },
    commits: [{ id: commit, added: [], removed: [], modified: ['deploy/service.yaml'] }],
  });
  const sign = (algorithm: string) => `${algorithm}=${createHmac(algorithm, webhookSecret).update(body).digest('hex')}`;
  const sent = request(`https://${address}:8080/api/webhook`, {
    method: 'POST',
    rejectUnauthorized: false,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': commit.slice(0, 8),
      'x-hub-signature': sign('sha1'),
      'x-hub-signature-256': sign('sha256'),
    },
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  await text(response);
  return response.statusCode ?? 0;
}

async function cleanUp(lab: AddonLab): Promise<void> {
  await lab.kubectl('delete', 'namespace', PLACE.namespace, MESSAGING_NAMESPACE, '--ignore-not-found', '--timeout=90s');
  const names = ['argocd-application-controller', 'argocd-applicationset-controller', 'argocd-server'];
  await lab.kubectl('delete', 'clusterrole', ...names, '--ignore-not-found');
  await lab.kubectl('delete', 'clusterrolebinding', ...names, 'gitops-installation', '--ignore-not-found');
  await lab.kubectl(
    'delete',
    'crd',
    'applications.argoproj.io',
    'applicationsets.argoproj.io',
    'appprojects.argoproj.io',
    '--ignore-not-found',
  );
}
