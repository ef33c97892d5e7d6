import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { randomBytes } from 'node:crypto';
import { quote } from './http.ts';

const LIMIT_MILLISECONDS = 3000;
const MAX_BYTES = 2000;

/**
 * What the other end says to a WebSocket that it refuses, `status 500: could not …`: a WebSocket's own error does not tell.
 * `undefined` when it is not refused this time, or nothing answers.
 */
export function refusalOf(url: string, token: string, signal: AbortSignal): Promise<string | undefined> {
  const address = new URL(url.replace(/^ws/, 'http'));
  const request = address.protocol === 'https:' ? secureRequest : plainRequest;
  return new Promise((resolve) => {
    const asked = request(address, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MILLISECONDS)]),
      headers: {
        authorization: `Bearer ${token}`,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
      },
    });
    asked.on('upgrade', (_response, socket) => {
      socket.destroy();
      resolve(undefined);
    });
    asked.on('response', (response) => {
      let body = '';
      const end = () => {
        response.destroy();
        resolve(`status ${response.statusCode ?? 0}: ${quote(body)}`);
      };
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
        if (body.length > MAX_BYTES) end();
      });
      response.on('end', end).on('error', end);
    });
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
}
