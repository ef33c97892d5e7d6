import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

/** Longer ones the system does not take (sockaddr_un, 104 bytes on macOS). */
const LONGEST_PATH = 103;
const PATIENCE_MILLISECONDS = 5000;

/**
 * Gives tokens to the credential plug-ins that this process's children start, by a socket in a folder that nobody else may
 * enter: otherwise each start of Helm would sign in anew. Gives the socket's path; `undefined` where there can be none, and the
 * plug-in signs in by itself. Keeps no process alive.
 */
export async function serveTokens(directory: string, token: () => Promise<string>): Promise<string | undefined> {
  const path = join(directory, 'token.sock');
  if (Buffer.byteLength(path) > LONGEST_PATH) return undefined;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    token().then(
      (value) => socket.end(value),
      // Without an answer the plug-in asks by itself, and has the reason at first hand.
      () => socket.destroy(),
    );
  });
  server.unref();
  try {
    server.listen(path);
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  server.on('error', () => undefined);
  return path;
}

/** The token that `serveTokens` gives; `undefined` when nobody answers, as after the end of the process that did. */
export function askToken(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let text = '';
    socket.setTimeout(PATIENCE_MILLISECONDS, () => socket.destroy());
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text === '' ? undefined : text));
  });
}
