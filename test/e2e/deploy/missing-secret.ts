import assert from 'node:assert/strict';
import { z } from 'zod';
import type { Check } from '../scenario.ts';
import type { Lab } from './lab.ts';

const NAMESPACE = 'add-on';
const podsOf = z.object({
  items: z.array(z.object({ metadata: z.object({ uid: z.string(), deletionTimestamp: z.string().optional() }) })),
});

/** A chart whose pod needs a Secret that nobody made: LiveKit's own come with each deploy, an add-on's do not. */
export async function missingSecret(check: Check, lab: Lab): Promise<void> {
  for (const [path, text] of Object.entries(CHART)) lab.repository.write(`helm/add-on/${path}`, text);
  const inputs = { chart: 'helm/add-on', 'chart-version': '1.0.0', release: 'add-on', namespace: NAMESPACE };
  const pods = async () => {
    const json = await lab.kubectl('get', 'pods', '-n', NAMESPACE, '-o', 'json');
    return podsOf.parse(JSON.parse(json)).items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  };
  await check('a missing Secret: named, rolled back, the old pod untouched (another chart)', async () => {
    await lab.deploy({ inputs });
    const before = await pods();
    assert.equal(before.length, 1);
    const result = await lab.run({ inputs, set: ['secret=nobody-made-it'] });
    assert.equal(result.conclusion, 'failure', result.log);
    const said = result.errors.join('\n');
    assert.match(said, /LK-HELM-021: The pod \S+ cannot start on \S+: the Secret nobody-made-it does not exist/);
    assert.match(said, /rolled back to revision 1, whose pods are ready/);
    assert.match(said, /Fix: Create the object that is named/);
    assert.equal(result.outputs['status'], 'rolled-back');
    assert.deepEqual(await pods(), before);
  });
  await check('a first install that fails is removed, and what is there of Secrets is kept', async () => {
    const own = { ...inputs, release: 'first' };
    const result = await lab.run({ inputs: own, set: ['secret=nobody-made-it'] });
    assert.equal(result.conclusion, 'failure', result.log);
    assert.match(
      result.errors.join('\n'),
      /LK-HELM-021: [^]*No revision of it ever worked, so the release was removed/,
    );
    assert.equal((await pods()).length, 1, 'pods of the release that failed are left');
  });
}

const CHART = {
  'Chart.yaml': 'apiVersion: v2\nname: add-on\nversion: 1.0.0\n',
  'values.yaml': 'secret: ""\n',
  'templates/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  selector:
    matchLabels: { app: {{ .Release.Name }} }
  template:
    metadata:
      labels: { app: {{ .Release.Name }} }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: sleep
          image: docker.io/library/busybox:latest
          imagePullPolicy: IfNotPresent
          command: [sleep, '3600']
          {{- with .Values.secret }}
          env:
            - name: NEEDED
              valueFrom: { secretKeyRef: { name: {{ . }}, key: needed } }
          {{- end }}
`,
};
