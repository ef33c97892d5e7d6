import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WebSocketServer, type WebSocket } from 'ws';
import type { KubernetesAccess } from './access.ts';
import { forwardPort } from './port-forward.ts';

const pod = { namespace: 'livekit', name: 'livekit-0', port: 7880 };
const token = () => Promise.resolve('the-token');
const never = new AbortController().signal;

let server: Server;
let sockets: WebSocketServer;
let access: KubernetesAccess;
/** What the control plane answers to the upgrade; 101 when undefined. */
let refuse: { status: number; message: string } | undefined;
let asked: { url: string | undefined; authorization: string | undefined; protocol: string | undefined }[];
let onTunnel: (socket: WebSocket) => void;

const frame = (channel: number, content: Buffer | string) =>
  Buffer.concat([Buffer.from([channel]), Buffer.from(content)]);
/** The kubelet begins each channel with the port. */
const portFrame = (channel: number) => frame(channel, Buffer.from([pod.port & 0xff, pod.port >> 8]));

/** A pod that answers any request with one HTTP response. */
function podAnswers(text: string) {
  return (socket: WebSocket) => {
    socket.send(portFrame(0));
    socket.send(portFrame(1));
    socket.on('message', (data: Buffer) => {
      if (data[0] !== 0 || data.length < 2) return;
      socket.send(frame(0, `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n`));
      socket.send(frame(0, text));
    });
  };
}

beforeEach(async () => {
  refuse = undefined;
  asked = [];
  onTunnel = podAnswers('OK');
  sockets = new WebSocketServer({ noServer: true, handleProtocols: (protocols) => [...protocols][0] ?? false });
  server = createServer((_request, response) => {
    response.writeHead(refuse?.status ?? 400).end(JSON.stringify({ kind: 'Status', message: refuse?.message ?? '' }));
  });
  server.on('upgrade', (request, socket, head) => {
    const { authorization, 'sec-websocket-protocol': protocol } = request.headers;
    asked.push({ url: request.url, authorization, protocol });
    if (refuse !== undefined) return socket.end(`HTTP/1.1 ${refuse.status} Refused\r\ncontent-length: 0\r\n\r\n`);
    sockets.handleUpgrade(request, socket, head, (webSocket) => onTunnel(webSocket));
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

const get = (origin: string) =>
  fetch(`http://${origin}/`, { signal: AbortSignal.timeout(5000) }).then((answer) => answer.text());

describe('forwarding a port', () => {
  test('asks the control plane as the job’s identity, and passes bytes both ways', async () => {
    expect(await forwardPort(access, token, pod, never, get)).toBe('OK');
    expect(asked).toEqual([
      {
        url: '/api/v1/namespaces/livekit/pods/livekit-0/portforward?ports=7880',
        authorization: 'Bearer the-token',
        protocol: 'v4.channel.k8s.io',
      },
    ]);
  });

  test('gives each connection a tunnel of its own', async () => {
    const answers = await forwardPort(access, token, pod, never, (origin) => Promise.all([get(origin), get(origin)]));
    expect(answers).toEqual(['OK', 'OK']);
    expect(asked).toHaveLength(2);
  });

  test('passes 300 kB unchanged, in frames of any size', async () => {
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    onTunnel = (socket) => {
      socket.send(portFrame(0));
      for (let at = 0; at < content.length; at += 7919) socket.send(frame(0, content.subarray(at, at + 7919)));
      setTimeout(() => socket.close(), 200);
    };
    const received = await forwardPort(access, token, pod, never, async (origin) => {
      const [host = '', port = ''] = origin.split(':');
      const chunks: Buffer[] = [];
      for await (const chunk of connect(Number(port), host)) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    });
    expect(received.equals(content)).toBe(true);
  });

  test('leaves no listener and no tunnel behind', async () => {
    let origin = '';
    const closed = new Promise<void>((resolve) => {
      onTunnel = (socket) => {
        podAnswers('OK')(socket);
        socket.on('close', () => resolve());
      };
    });
    await forwardPort(access, token, pod, never, async (address) => {
      origin = address;
      await get(address);
    });
    await closed;
    await expect(get(origin)).rejects.toThrow();
  });
});

describe('what stands in the way', () => {
  test.each([
    [401, 'LK-KUBE-003', 'Unauthorized'],
    [403, 'LK-KUBE-002', 'pods "livekit-0" is forbidden'],
    [404, 'LK-KUBE-008', 'pods "livekit-0" not found'],
    [503, 'LK-KUBE-001', ''],
  ])('status %i is %s in the server’s words', async (status, code, message) => {
    refuse = { status, message };
    await expect(forwardPort(access, token, pod, never, get)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  test('a port that nothing listens on is told as the kubelet tells it', async () => {
    onTunnel = (socket) => {
      socket.send(portFrame(0));
      socket.send(portFrame(1));
      socket.send(
        frame(
          1,
          'error forwarding port 7880 to pod 698d14c0, uid : dial tcp4 127.0.0.1:7880: connect: connection refused',
        ),
      );
    };
    await expect(forwardPort(access, token, pod, never, get)).rejects.toMatchObject({
      code: 'LK-KUBE-008',
      message: 'Port 7880 of the pod livekit-0 does not answer: connection refused.',
    });
  });

  test('a control plane that is not there', async () => {
    const gone = { ...access, server: 'http://127.0.0.1:9' };
    await expect(forwardPort(gone, token, pod, never, get)).rejects.toMatchObject({ code: 'LK-KUBE-001' });
  });

  test('an error of the tunnel’s user stays that error', async () => {
    await expect(forwardPort(access, token, pod, never, () => Promise.reject(new Error('mine')))).rejects.toThrow(
      'mine',
    );
  });
});
