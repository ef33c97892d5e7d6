import assert from 'node:assert/strict';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { run } from '../../../sandbox/command.ts';
import { kubectl } from '../../../sandbox/kubernetes/kubectl.ts';
import { importImages } from '../../../sandbox/kubernetes/node.ts';
import { MACHINES, WORLD_CLIENT } from '../../../sandbox/kubernetes/plan.ts';
import {
  buildMessagingImage,
  deployMessagingService,
  MESSAGING_NAMESPACE,
} from '../../../sandbox/messaging-service/messaging-service.ts';
import { TRAEFIK } from '../../../sandbox/tools/catalogue.ts';
import { type AddonLab, assertFindings, eventually, findingOf, type Part } from './lab.ts';

const CHART = join(import.meta.dirname, '..', '..', '..', 'helm', 'addons', 'ingress-tls');
const VALUES = 'helm/addons/ingress-tls/values-messaging.yaml';
const PLACE = { addon: 'ingress-tls', namespace: 'ingress-nginx' } as const;
/** As the lab's Terraform knows it. */
const HOST = 'api.nova.example';
const SECRET = 'nova-tls-cert';
const INGRESS = 'messaging-service-ingress';
const SET = ['rbac.create=false', `ingresses.${INGRESS}.host=${HOST}`] as const;

const ingressSchema = z.object({
  status: z.object({ loadBalancer: z.object({ ingress: z.array(z.object({ ip: z.string() })) }) }),
});
const addressSchema = z.object({ remote: z.string(), forwarded: z.string(), proto: z.string() });

export const part: Part = async (lab, check) => {
  await prepare(lab);
  let authority = '';
  const isServed = await check('helm-deploy brings Traefik up, by an identity that may make no roles', async () => {
    await giveRoles(lab);
    await installCertificate(lab);
    authority = await certificateOf(lab);
    await lab.deploy({ ...PLACE, values: [VALUES], set: SET });
    await eventually(async () => assert.match(await addressOf(lab), /^203\.0\.113\./), 60);
  });
  if (!isServed) return;
  const good = await check('verify finds everything right, limits and a silent WebSocket among it', async () => {
    const report = await lab.verify(['ingress-tls'], [], authority);
    for (const { id, verdict, durationSeconds, evidence } of report.checks) {
      console.log(`  ${verdict} ${id} (${durationSeconds} s) ${evidence}`);
    }
    assertFindings(report, {});
    for (const one of report.checks) assert.notEqual(one.verdict, 'skip', one.id);
  });
  await check('the service hears of the client’s own address', async () => {
    const seen = addressSchema.parse(JSON.parse(await curl(lab, '/address')));
    assert.deepEqual([seen.forwarded, seen.proto], [WORLD_CLIENT, 'https']);
  });
  await check('self-signed.sh keeps a certificate that lasts', async () => {
    const before = await certificateOf(lab);
    assert.match(await installCertificate(lab), /kept/);
    assert.equal(await certificateOf(lab), before);
  });
  await check('an annotation that Traefik does not read stops a deploy', async () => {
    const annotation = `ingresses.${INGRESS}.annotations.nginx\\.ingress\\.kubernetes\\.io/limit-whitelist=10.0.0.0/8`;
    const refused = await lab.run({ ...PLACE, values: [VALUES], set: [...SET, annotation] });
    assert.notEqual(refused.conclusion, 'success');
    assert.match(refused.errors.join('\n'), /limit-whitelist, which Traefik does not read/);
  });
  if (good) {
    await check('fault: the certificate’s Secret is gone, named by ingress-tls-certificate', async () => {
      await lab.kubectl('delete', 'secret', SECRET, '-n', MESSAGING_NAMESPACE);
      try {
        await eventually(async () => {
          const report = await lab.verify(['ingress-tls'], ['ingress-tls-certificate'], authority);
          assertFindings(report, { 'ingress-tls-certificate': 'fail' });
          assert.match(
            findingOf(report, 'ingress-tls-certificate').cause ?? '',
            /Secret nova-messaging\/nova-tls-cert/,
          );
        }, 60);
      } finally {
        await installCertificate(lab);
        authority = await certificateOf(lab);
      }
    });
    await check('fault: the Ingress has another class, named by ingress-tls-ingress', async () => {
      const patch = (name: string) => JSON.stringify({ spec: { ingressClassName: name } });
      const set = (name: string) =>
        lab.kubectl('patch', 'ingress', INGRESS, '-n', MESSAGING_NAMESPACE, '--type=merge', '-p', patch(name));
      await set('nobodys');
      try {
        const report = await lab.verify(['ingress-tls'], ['ingress-tls-health'], authority);
        assertFindings(report, { 'ingress-tls-ingress': 'fail' });
        assert.match(findingOf(report, 'ingress-tls-ingress').evidence, /has the class nobodys; Traefik serves nginx/);
        assert.equal(findingOf(report, 'ingress-tls-health').verdict, 'skip');
      } finally {
        await set('nginx');
      }
      await eventually(async () => {
        assertFindings(await lab.verify(['ingress-tls'], ['ingress-tls-health'], authority), {});
      }, 60);
    });
  }
  await check('it is taken away again', async () => {
    await lab.remove(PLACE);
    await kubectl(lab.lab.administrator, ['delete', '--ignore-not-found', '-f', '-'], await roles(lab));
    await lab.kubectl('wait', '--for=delete', `ingress/${INGRESS}`, '-n', MESSAGING_NAMESPACE, '--timeout=60s');
  });
};

/** The programs that the nodes cannot pull, and the service that is entered. */
async function prepare(lab: AddonLab): Promise<void> {
  const { directory } = lab.lab.config;
  const path = '/usr/local/bin/traefik';
  const [executable, messaging] = await Promise.all([lab.tool('traefik'), buildMessagingImage(directory)]);
  const reference = `docker.io/library/traefik:v${TRAEFIK}`;
  await lab.image({ reference, executable, path, entrypoint: [path] });
  await Promise.all(MACHINES.map((machine) => importImages(directory, machine, [messaging])));
  await deployMessagingService(lab.lab.administrator);
}

/** What only an administrator of the cluster may: the chart's roles, as its README says. */
async function giveRoles(lab: AddonLab): Promise<void> {
  await lab.kubectl('create', 'namespace', PLACE.namespace).catch(() => '');
  await lab.apply(await roles(lab));
}

function roles(lab: AddonLab): Promise<string> {
  const where = ['template', 'ingress-tls', CHART, '--namespace', PLACE.namespace];
  const what = ['--values', join(CHART, 'values-messaging.yaml'), '--show-only', 'templates/rbac.yaml'];
  return run(join(lab.lab.config.bin, 'helm'), [...where, ...what], { timeoutSeconds: 60 });
}

function installCertificate(lab: AddonLab): Promise<string> {
  const { kubeconfig } = lab.lab.administrator;
  return run('bash', [join(CHART, 'self-signed.sh'), HOST, MESSAGING_NAMESPACE, SECRET], {
    env: { KUBECONFIG: kubeconfig, PATH: `${lab.lab.config.bin}:${process.env['PATH'] ?? ''}` },
    timeoutSeconds: 60,
  });
}

async function certificateOf(lab: AddonLab): Promise<string> {
  const path = 'jsonpath={.data.tls\\.crt}';
  const encoded = await lab.kubectl('get', 'secret', SECRET, '-n', MESSAGING_NAMESPACE, '-o', path);
  return Buffer.from(encoded, 'base64').toString('utf8');
}

async function addressOf(lab: AddonLab): Promise<string> {
  const answer = await lab.kubectl('get', 'ingress', INGRESS, '-n', MESSAGING_NAMESPACE, '-o', 'json');
  return ingressSchema.parse(JSON.parse(answer)).status.loadBalancer.ingress[0]?.ip ?? '';
}

async function curl(lab: AddonLab, path: string): Promise<string> {
  const where = ['--resolve', `${HOST}:443:${await addressOf(lab)}`];
  const child = lab.outside('curl', ['--silent', '--fail', '--insecure', ...where, `https://${HOST}${path}`]);
  child.stdin.end();
  return text(child.stdout);
}
