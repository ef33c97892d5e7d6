import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run } from '../command.ts';
import type { ImageSpec } from '../kubernetes/image.ts';
import { ARGOCD } from '../tools/catalogue.ts';

/** Argo CD's programs, which are one by its names. */
const NAMES = [
  'server',
  'application-controller',
  'repo-server',
  'cmp-server',
  'dex',
  'notifications',
  'git-ask-pass',
  'applicationset-controller',
  'k8s-auth',
];
/** The user of the official image. */
const USER = 999;

/** Argo CD's image from its program and this machine's git, which its repository server runs. */
export async function argoCdImage(executable: string): Promise<ImageSpec> {
  const remote = '/usr/lib/git-core/git-remote-http';
  return {
    reference: `quay.io/argoproj/argocd:v${ARGOCD}`,
    executable,
    path: '/usr/local/bin/argocd',
    links: NAMES.map((name) => `/usr/local/bin/argocd-${name}`),
    beside: await busybox(),
    files: {
      ...(await withLibraries('/usr/bin/git')),
      ...(await withLibraries(remote)),
      '/usr/lib/git-core/git-remote-https': realpathSync(remote),
      '/etc/ssl/certs/ca-certificates.crt': '/etc/ssl/certs/ca-certificates.crt',
    },
    texts: {
      '/etc/passwd': `root:x:0:0::/root:/bin/sh\nargocd:x:${USER}:${USER}::/home/argocd:/bin/sh\n`,
      '/etc/group': `root:x:0:\nargocd:x:${USER}:\n`,
      '/etc/nsswitch.conf': 'hosts: files dns\n',
      '/home/argocd/.keep': '',
    },
    user: USER,
    directory: '/home/argocd',
  };
}

/** Redis by the name that Argo CD's manifests have, of this machine's program. */
export async function redisImage(): Promise<ImageSpec> {
  const program = '/usr/bin/redis-server';
  return {
    reference: 'public.ecr.aws/docker/library/redis:7.2.7-alpine',
    executable: realpathSync(program),
    path: '/usr/local/bin/redis-server',
    files: await librariesOf(program),
    texts: { '/data/.keep': '' },
    entrypoint: ['/usr/local/bin/redis-server'],
    user: USER,
    directory: '/data',
  };
}

/** Argo CD's own manifests of the version that is built. */
export async function argoCdManifests(): Promise<string> {
  const module = { cwd: fileURLToPath(new URL('../tools/modules/argo-cd/', import.meta.url)), timeoutSeconds: 300 };
  await run('go', ['mod', 'download', 'github.com/argoproj/argo-cd/v3'], module);
  const folder = await run(
    'go',
    ['list', '-mod=mod', '-m', '-f', '{{.Dir}}', 'github.com/argoproj/argo-cd/v3'],
    module,
  );
  return `${folder.trim()}/manifests/install.yaml`;
}

async function busybox() {
  const executable = (await run('sh', ['-c', 'command -v busybox'])).trim();
  return {
    executable,
    path: '/bin/busybox',
    links: ['sh', 'cp', 'ln', 'ls', 'cat', 'sleep'].map((name) => `/bin/${name}`),
  };
}

async function withLibraries(program: string): Promise<Record<string, string>> {
  return { [program]: realpathSync(program), ...(await librariesOf(program)) };
}

/** The libraries of a program by the paths under which it looks for them, and those that the C library loads to resolve names. */
async function librariesOf(program: string): Promise<Record<string, string>> {
  const listed = [...(await run('ldd', [program])).matchAll(/(?:=> )?(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? []);
  const resolvers = listed.flatMap((path) => {
    const folder = /^(.*)\/libc\.so/.exec(path)?.[1];
    return folder === undefined
      ? []
      : ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2'].map((name) => `${folder}/${name}`);
  });
  const found = [...listed, ...resolvers].filter((path) => existsSync(path));
  return Object.fromEntries(found.map((path) => [path, realpathSync(path)]));
}
