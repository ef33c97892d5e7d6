import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type WebSocket, WebSocketServer } from 'ws';
import type { KubernetesAccess } from './access.ts';
import { runInPod } from './run-in-pod.ts';

const asked = { namespace: 'livekit', pod: 'livekit-0', container: 'livekit-server', command: ['kill', '-TERM', '1'] };
const token = () => Promise.resolve('the-token');
const never = new AbortController().signal;

let server: Server;
let sockets: WebSocketServer;
let access: KubernetesAccess;
let seen: { url: string | undefined; authorization: string | undefined; protocol: string | undefined }[];
let onCommand: (socket: WebSocket) => void;
let refused: number | undefined;

const frame = (channel: number, text: string) => Buffer.concat([Buffer.from([channel]), Buffer.from(text)]);
const ended = (status: object) => frame(3, JSON.stringify({ kind: 'Status', ...status }));

beforeEach(async () => {
  refused = undefined;
  seen = [];
  sockets = new WebSocketServer({ noServer: true, handleProtocols: (protocols) => [...protocols][0] ?? false });
  server = createServer();
  server.on('upgrade', (request, socket, head) => {
    const { authorization, 'sec-websocket-protocol': protocol } = request.headers;
    seen.push({ url: request.url, authorization, protocol });
    if (refused !== undefined) return socket.end(`HTTP/1.1 ${refused} Refused\r\ncontent-length: 0\r\n\r\n`);
    sockets.handleUpgrade(request, socket, head, (webSocket) => onCommand(webSocket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  access = { server: `http://127.0.0.1:${port}`, certificateAuthority: undefined, tlsServerName: undefined };
});

afterEach(async () => {
  for (const socket of sockets.clients) socket.terminate();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('runs as the job’s identity, word by word, and ends with the command', async () => {
  onCommand = (socket) => socket.send(ended({ status: 'Success' }));
  await runInPod(access, token, asked, never);
  expect(seen).toEqual([
    {
      url: '/api/v1/namespaces/livekit/pods/livekit-0/exec?container=livekit-server&stdout=true&stderr=true&command=kill&command=-TERM&command=1',
      authorization: 'Bearer the-token',
      protocol: 'v4.channel.k8s.io',
    },
  ]);
});

test('a command that fails is told in its own words', async () => {
  onCommand = (socket) => {
    socket.send(frame(2, 'kill: no such process\n'));
    socket.send(ended({ status: 'Failure', message: 'command terminated with non-zero exit code: exit status 1' }));
  };
  await expect(runInPod(access, token, asked, never)).rejects.toMatchObject({
    code: 'LK-KUBE-009',
    message: expect.stringMatching(/kill -TERM 1.*livekit-0: .*exit status 1 kill: no such process\.$/),
  });
});

test('a connection that ends before the command is no success', async () => {
  onCommand = (socket) => socket.close();
  await expect(runInPod(access, token, asked, never)).rejects.toMatchObject({ code: 'LK-KUBE-009' });
});

test('nor is one that is refused', async () => {
  refused = 403;
  await expect(runInPod(access, token, asked, never)).rejects.toMatchObject({ code: 'LK-KUBE-009' });
});

test('it waits no longer than it may', async () => {
  onCommand = () => undefined;
  await expect(runInPod(access, token, asked, AbortSignal.timeout(50))).rejects.toMatchObject({ code: 'LK-KUBE-009' });
});
