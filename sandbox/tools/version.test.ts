import { findVersion, isInRange } from './version.ts';

describe('the version that a tool tells', () => {
  it.each([
    ['Kubernetes v1.34.2', '1.34.2'],
    ['Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0', '1.32.4'],
    ['Terraform v1.11.4\non linux_amd64', '1.11.4'],
    ['CoreDNS-1.15.0\nlinux/amd64, go1.26.8,', '1.15.0'],
    ['v4.3.1', '4.3.1'],
    ['v1.7.12\ninstalled by building from source', '1.7.12'],
    ['act version 0.2.89', '0.2.89'],
    ['go version go1.26 linux/amd64'.replace('go version go', ''), '1.26'],
    ['act version dev', undefined],
    ['', undefined],
  ])('of %j is %s', (text, version) => {
    expect(findVersion(text)).toBe(version);
  });
});

describe('a version range', () => {
  const range = { atLeast: '1.11.0', below: '2' };

  it.each(['1.11.0', '1.11.4', '1.12', '1.100.0'])('includes %s', (version) => {
    expect(isInRange(version, range)).toBe(true);
  });

  it.each(['1.10.9', '0.99.0', '2.0.0', '2', '10.1'])('does not include %s', (version) => {
    expect(isInRange(version, range)).toBe(false);
  });
});
