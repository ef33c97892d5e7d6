import { existsSync, readFileSync } from 'node:fs';
import { goArguments } from './build.ts';
import { CATALOGUE, findTool, LIVEKIT } from './catalogue.ts';
import { missingPackages } from './packages.ts';
import { isInRange } from './version.ts';

describe.each(CATALOGUE)('$name in the catalogue', (tool) => {
  it('has a version that its own range accepts', () => {
    expect(isInRange(tool.version, tool.range)).toBe(true);
  });

  it('comes only from releases with a whole SHA-256, over TLS', () => {
    for (const release of Object.values(tool.downloads ?? {})) {
      expect(release.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(release.url).toMatch(/^https:\/\//);
      expect(release.url).toContain(tool.version);
    }
  });

  it('is built from a module that pins its version and every checksum', () => {
    if (!tool.build) return expect(tool.name).toBe('terraform');
    const folder = new URL(`./modules/${tool.build.module}/`, import.meta.url);
    expect(existsSync(new URL('go.sum', folder))).toBe(true);
    expect(readFileSync(new URL('go.mod', folder), 'utf8')).toMatch(
      new RegExp(` v${tool.version.replaceAll('.', '\\.')}\\b`),
    );
  });
});

describe('the catalogue', () => {
  it('has each tool once', () => {
    const names = CATALOGUE.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('accepts for the container image exactly the version in its name', () => {
    expect(isInRange('1.11.1', findTool('livekit-server').range)).toBe(false);
    expect(LIVEKIT).toBe('1.11.0');
  });

  it('refuses a tool that nobody listed', () => {
    expect(() => findTool('docker')).toThrow('docker is not in the catalogue of tools');
  });
});

describe('a build', () => {
  it('makes static, reproducible executables that know the version of Kubernetes', () => {
    const recipe = findTool('kubelet').build;
    const args = recipe ? goArguments(recipe, '/tmp/out') : [];
    expect(args.slice(0, 4)).toEqual(['build', '-mod=readonly', '-trimpath', '-buildvcs=false']);
    expect(args.join(' ')).toContain('-X k8s.io/component-base/version.gitVersion=v1.34.2');
    expect(args.filter((each) => each.startsWith('k8s.io/kubernetes/cmd/'))).toHaveLength(5);
  });
});

describe('missing Debian packages', () => {
  it('are those whose proof is not there', () => {
    expect(missingPackages((proof) => !['etcd', '/usr/lib/cni/ptp'].includes(proof))).toEqual([
      'etcd-server',
      'containernetworking-plugins',
    ]);
  });

  it('are none on a machine that has all', () => {
    expect(missingPackages(() => true)).toEqual([]);
  });
});
