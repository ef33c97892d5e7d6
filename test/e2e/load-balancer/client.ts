/**
 * `client.ts '[{"kind":"get","url":"https://..."}]'`: somebody on the internet, who asks all at once and prints what he met.
 * He trusts the sandbox's authority by NODE_EXTRA_CA_CERTS.
 */
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { connect } from 'node:tls';
import { WebSocket } from 'ws';
import { z } from 'zod';

const Ask = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('get'), url: z.string(), host: z.string().optional() }),
  /** Joins a room and keeps talking until it is cut, or for `seconds`. */
  z.object({ kind: z.literal('socket'), url: z.string(), token: z.string(), seconds: z.number() }),
  z.object({ kind: z.literal('tls'), host: z.string(), port: z.number(), name: z.string() }),
]);
type Ask = z.infer<typeof Ask>;

const PATIENCE_MILLISECONDS = 5000;

function get({ url, host }: Extract<Ask, { kind: 'get' }>): Promise<object> {
  return new Promise((resolve) => {
    const options = {
      ...{ agent: false, timeout: PATIENCE_MILLISECONDS },
      // Else Node would ask for a certificate of the host in the header.
      servername: new URL(url).hostname,
      ...(host === undefined ? {} : { headers: { host } }),
    };
    (url.startsWith('https') ? getHttps : getHttp)(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () =>
        resolve({ status: response.statusCode, location: response.headers.location ?? '', text }),
      );
    })
      .on('timeout', function (this: { destroy(error: Error): void }) {
        this.destroy(new Error('no answer'));
      })
      .on('error', (error: Error) => resolve({ error: error.message }));
  });
}

function socket({ url, token, seconds }: Extract<Ask, { kind: 'socket' }>): Promise<object> {
  return new Promise((resolve) => {
    const client = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
    // From before it is opened: a busy machine may hear late of that.
    const started = performance.now();
    let [messages, pongs] = [0, 0];
    const talk = setInterval(() => client.readyState === WebSocket.OPEN && client.ping(), 500);
    const enough = setTimeout(() => client.close(1000), seconds * 1000);
    client.on('message', () => messages++).on('pong', () => pongs++);
    client.on('error', () => undefined);
    client.on('close', (code) => {
      clearInterval(talk);
      clearTimeout(enough);
      resolve({ code, seconds: (performance.now() - started) / 1000, messages, pongs });
    });
  });
}

/** Names whom the certificate is for, once it was trusted. */
function tls({ host, port, name }: Extract<Ask, { kind: 'tls' }>): Promise<object> {
  return new Promise((resolve) => {
    const client = connect({ host, port, servername: name, timeout: PATIENCE_MILLISECONDS }, () => {
      resolve({ names: client.getPeerCertificate().subjectaltname });
      client.destroy();
    });
    client.on('timeout', () => client.destroy(new Error('no answer')));
    client.on('error', (error: Error) => resolve({ error: error.message }));
  });
}

const asks = z.array(Ask).parse(JSON.parse(process.argv[2] ?? ''));
const answer = (ask: Ask): Promise<object> =>
  ask.kind === 'get' ? get(ask) : ask.kind === 'socket' ? socket(ask) : tls(ask);
console.log(JSON.stringify(await Promise.all(asks.map(answer))));
