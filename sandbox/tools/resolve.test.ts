import type { Tool } from './catalogue.ts';
import { resolveTool, searchPath, type Surroundings } from './resolve.ts';

const tool: Tool = {
  name: 'helm',
  version: '4.3.1',
  range: { atLeast: '4.0.0', below: '5' },
  versionArguments: ['version'],
  purpose: 'the deployment',
  downloads: { 'linux-x64': { url: 'https://get.helm.sh/helm.tar.gz', sha256: 'a'.repeat(64) } },
  build: { module: 'helm', packages: { helm: 'helm.sh/helm/v4/cmd/helm' } },
};
const cached = '/cache/tools/helm/4.3.1/helm';

/** A machine on which nothing is. */
function machine(has: Partial<Surroundings> & { versions?: Record<string, string> } = {}): Surroundings {
  const { versions = {}, ...others } = has;
  return {
    onPath: () => Object.keys(versions),
    versionOf: (file) => Promise.resolve(versions[file]),
    isExecutable: () => false,
    platform: 'linux-x64',
    ...others,
  };
}

describe('a tool', () => {
  it('is taken from PATH when its version is good, whatever the cache holds', async () => {
    const here = machine({ versions: { '/usr/bin/helm': '4.1.0' }, isExecutable: () => true });
    expect(await resolveTool(tool, cached, here)).toEqual({ kind: 'path', file: '/usr/bin/helm', version: '4.1.0' });
  });

  it('is taken from further down on PATH when the first one is too old', async () => {
    const here = machine({ versions: { '/usr/bin/helm': '3.22.0', '/opt/helm': '4.3.0' } });
    expect(await resolveTool(tool, cached, here)).toMatchObject({ kind: 'path', file: '/opt/helm' });
  });

  it('is taken from the cache when PATH has only wrong versions', async () => {
    const here = machine({ versions: { '/usr/bin/helm': '3.22.0' }, isExecutable: (file) => file === cached });
    expect(await resolveTool(tool, cached, here)).toEqual({ kind: 'cache', file: cached });
  });

  it('is not taken from PATH when it does not tell its version', async () => {
    const here = machine({ onPath: () => ['/usr/bin/helm'] });
    expect(await resolveTool(tool, cached, here)).toEqual({ kind: 'download' });
  });

  it('is downloaded when it is nowhere and a release for the platform is known', async () => {
    expect(await resolveTool(tool, cached, machine())).toEqual({ kind: 'download' });
  });

  it('is built when no release for the platform is known', async () => {
    expect(await resolveTool(tool, cached, machine({ platform: 'linux-riscv64' }))).toEqual({ kind: 'build' });
  });

  it('cannot be had when there is neither a release nor a way to build it', async () => {
    const { downloads: _downloads, build: _build, ...bare } = tool;
    expect(await resolveTool(bare, cached, machine())).toEqual({ kind: 'none' });
  });
});

describe('searching PATH', () => {
  it('finds executables in order, and none in a folder of npm packages', () => {
    expect(searchPath('sh', '/nowhere:/bin:/work/node_modules/.bin')[0]).toBe('/bin/sh');
    expect(searchPath('jest', `${process.cwd()}/node_modules/.bin`)).toEqual([]);
  });
});
