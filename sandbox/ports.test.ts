import { createServer, type AddressInfo } from 'node:net';
import { choosePorts, isPortFree } from './ports.ts';

describe('choosing ports', () => {
  const allFree = (): Promise<boolean> => Promise.resolve(true);

  it('gives each name a port of its own below those of outgoing connections', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `part${index}`);
    const ports = Object.values(await choosePorts(names, {}, allFree));
    expect(new Set(ports).size).toBe(50);
    expect(ports.every((port) => port >= 20_000 && port < 32_000)).toBe(true);
  });

  it('keeps the port of the last time while it is free', async () => {
    expect(await choosePorts(['github'], { github: 25_000 }, allFree)).toEqual({ github: 25_000 });
  });

  it('takes another one when the port of the last time is taken', async () => {
    const { github } = await choosePorts(['github'], { github: 25_000 }, (port) => Promise.resolve(port !== 25_000));
    expect(github).not.toBe(25_000);
  });

  it('never gives one port to two names, also not a remembered one', async () => {
    const { a, b } = await choosePorts(['a', 'b'], { a: 25_000, b: 25_000 }, allFree);
    expect(a).toBe(25_000);
    expect(b).not.toBe(25_000);
  });

  it('gives up with one sentence when nothing is free', async () => {
    await expect(choosePorts(['a'], {}, () => Promise.resolve(false))).rejects.toThrow('no free TCP port');
  });

  it('sees that a server listens on a port, also on loopback only', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await isPortFree(port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(await isPortFree(port)).toBe(true);
  });
});
