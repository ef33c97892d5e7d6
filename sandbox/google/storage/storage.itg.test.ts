import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { delimiter, join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import type { File } from '@google-cloud/storage';
import { OAuth2Client } from 'google-auth-library';
import { listen, startBench, stop } from '../test-bench.ts';
import type { Bench } from '../test-bench.ts';
import { Upstream } from './upstream.ts';

// Google's client of Cloud Storage through the front to the real storage server. Without the server this fails.

const bucketName = 'nova-livekit-dev-terraform-state';
let server: ChildProcess;
let bench: Bench;

beforeAll(async () => {
  const places = [process.env['LIVEKIT_GKE_TEST_BIN'] ?? '', ...(process.env['PATH'] ?? '').split(delimiter)];
  const program = places.map((place) => join(place, 'fake-gcs-server')).find((file) => existsSync(file));
  if (program === undefined) throw new Error('fake-gcs-server is neither on PATH nor in LIVEKIT_GKE_TEST_BIN.');
  const probe = createServer();
  const address = await listen(probe);
  await stop(probe);
  server = spawn(program, [
    '-backend',
    'memory',
    '-scheme',
    'http',
    '-host',
    '127.0.0.1',
    '-port',
    new URL(address).port,
    '-log-level',
    'error',
  ]);
  bench = await startBench({ upstream: address });
  await new Upstream(address).ensureBucket(bucketName, 'nova-livekit-dev', 10_000);
});

afterAll(async () => {
  server.kill();
  await bench.close();
  expect(bench.faults.map(String)).toEqual([]);
});

function bucketAs(account: string) {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: bench.tokenOf(account), expiry_date: Date.now() + 3_600_000 });
  return new Storage({
    apiEndpoint: bench.storage,
    useAuthWithCustomEndpoint: true,
    authClient: authClient as never,
    projectId: 'nova-livekit-dev',
  }).bucket(bucketName);
}

/** The library forgets the token when it begins a resumable upload at another address by itself: begin it first. */
async function save(file: File, content: Buffer | string, kind: string, preconditionOpts: object = {}): Promise<void> {
  if (kind === 'multipart') return file.save(content, { resumable: false, preconditionOpts });
  const [uri] = await file.createResumableUpload({ preconditionOpts });
  return file.save(content, { resumable: true, uri });
}

const kinds = [['resumable'], ['multipart']];

test.each(kinds)('a %s upload comes back as it was, under a name that must be encoded', async (kind) => {
  const content = Buffer.alloc(700_000, `${kind} plan `);
  const file = bucketAs('livekit-plan').file(`livekit/dev/plans/a b+c%/${kind}.tfplan`);
  await save(file, content, kind, { ifGenerationMatch: 0 });
  const [read] = await bucketAs('livekit-cicd').file(file.name).download();
  expect(read.equals(content)).toBe(true);
  const [found] = await bucketAs('livekit-plan').getFiles({ prefix: 'livekit/dev/plans/a b+c%/' });
  expect(found.map(({ name }) => name)).toContain(file.name);
});

test.each(kinds)('a precondition that does not hold is a 412 for a %s upload, and the object stays', async (kind) => {
  const file = bucketAs('livekit-cicd').file(`livekit/dev/${kind}.json`);
  await save(file, 'one', kind);
  await expect(save(file, 'two', kind, { ifGenerationMatch: 0 })).rejects.toMatchObject({ code: 412 });
  const [metadata] = await file.getMetadata();
  expect((await file.download())[0].toString()).toBe('one');
  await save(file, 'three', kind, { ifGenerationMatch: metadata.generation! });
  expect((await file.download())[0].toString()).toBe('three');
});

test('replaced objects stay as versions', async () => {
  const file = bucketAs('livekit-cicd').file('livekit/dev/versions.txt');
  await file.save('one', { resumable: false });
  await file.save('two', { resumable: false });
  const [versions] = await bucketAs('livekit-cicd').getFiles({ prefix: file.name, versions: true });
  expect(versions).toHaveLength(2);
});

test('the plan identity cannot replace what it wrote, nor write elsewhere', async () => {
  const plan = bucketAs('livekit-plan').file('livekit/dev/plans/x/1-1.tfplan');
  await plan.save('reviewed', { resumable: false });
  await expect(plan.save('swapped', { resumable: false })).rejects.toMatchObject({ code: 403 });
  for (const [kind = ''] of kinds) {
    const outputs = bucketAs('livekit-plan').file('livekit/dev/outputs.json');
    await expect(save(outputs, 'x', kind)).rejects.toMatchObject({ code: 403 });
  }
  expect((await plan.download())[0].toString()).toBe('reviewed');
});

test('an object is deleted, and is absent after that', async () => {
  const file = bucketAs('livekit-cicd').file('livekit/dev/gone.txt');
  await file.save('x', { resumable: false });
  await file.delete();
  await expect(file.download()).rejects.toMatchObject({ code: 404 });
  await expect(file.delete()).rejects.toMatchObject({ code: 404 });
});
