import { mountsBelow, stopOrder } from './down.ts';

describe('ending the parts', () => {
  it('ends kubelets first, then the stand-ins with time to save, the storage server behind them', () => {
    const names = ['etcd', 'google', 'storage', 'lk-node1-kubelet', 'lk-node1-containerd', 'github', 'lk-node1-proxy'];
    const order = stopOrder(names.map((name) => ({ name })));
    expect(order.map(({ parts }) => parts.map(({ name }) => name))).toEqual([
      ['lk-node1-kubelet', 'lk-node1-proxy'],
      ['google', 'github'],
      ['etcd', 'storage', 'lk-node1-containerd'],
    ]);
    expect(order[1]?.graceSeconds).toBeGreaterThanOrEqual(10);
  });
});

describe('the mounts of the sandbox', () => {
  it('are those below its directory, not beside it', () => {
    const table = [
      'proc /proc proc rw 0 0',
      'overlay /var/lib/sandbox/nodes/lk-node1/run/x rw 0 0',
      'tmpfs /var/lib/sandbox-other/y tmpfs rw 0 0',
      'tmpfs /var/lib/sandbox/with\\040blank tmpfs rw 0 0',
    ].join('\n');
    expect(mountsBelow('/var/lib/sandbox', table)).toEqual([
      '/var/lib/sandbox/nodes/lk-node1/run/x',
      '/var/lib/sandbox/with blank',
    ]);
  });
});
