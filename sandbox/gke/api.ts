import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { z } from 'zod';

/** What the controllers ask of the API server. */
export interface Api {
  /** Every object of a kind, from the server's cache; none when the kind is not defined. */
  list<T>(path: string, item: z.ZodType<T>): Promise<T[]>;
  /** A merge patch; an object that is gone needs none. */
  patch(path: string, body: unknown): Promise<void>;
  create(path: string, body: unknown): Promise<void>;
}

const SECONDS = 10;
/** As Google's controller calls itself in managed fields. */
const FIELD_MANAGER = 'glbc';

const Kubeconfig = z.object({
  clusters: z
    .array(z.object({ cluster: z.object({ server: z.string(), 'certificate-authority': z.string() }) }))
    .min(1),
  users: z.array(z.object({ user: z.object({ token: z.string() }) })).min(1),
});

/** The API server as the administrator of the kubeconfig, over kept-alive connections. */
export function apiOf(kubeconfig: string): Api {
  const { clusters, users } = Kubeconfig.parse(JSON.parse(readFileSync(kubeconfig, 'utf8')));
  const { server = '', 'certificate-authority': authority = '' } = clusters[0]?.cluster ?? {};
  const agent = new Agent({ keepAlive: true, ca: readFileSync(authority) });
  const authorization = `Bearer ${users[0]?.user.token ?? ''}`;

  const send = (method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<string> =>
    new Promise((resolve, reject) => {
      const content = body === undefined ? undefined : JSON.stringify(body);
      const signal = AbortSignal.timeout(SECONDS * 1000);
      const headers = { authorization, ...(content === undefined ? {} : { 'content-type': contentType }) };
      request(`${server}${path}`, { method, agent, headers, signal }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('error', reject).on('end', () => {
          const status = response.statusCode ?? 0;
          if (status < 300) resolve(text);
          else if (status === 404) resolve('');
          else reject(new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`));
        });
      })
        .on('error', reject)
        .end(content);
    });

  return {
    async list(path, item) {
      const text = await send('GET', `${path}?resourceVersion=0`);
      return text === '' ? [] : z.object({ items: z.array(item) }).parse(JSON.parse(text)).items;
    },
    async patch(path, body) {
      await send('PATCH', `${path}?fieldManager=${FIELD_MANAGER}`, body, 'application/merge-patch+json');
    },
    async create(path, body) {
      await send('POST', `${path}?fieldManager=${FIELD_MANAGER}`, body);
    },
  };
}
