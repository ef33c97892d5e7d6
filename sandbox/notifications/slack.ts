import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** A message that Slack would have shown. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export interface SlackMessage {
  readonly channel: string;
  readonly title: string;
  readonly text: string;
}

/** What the stand-in refuses, in Slack's words; a test has a request for every row. */
export const SLACK_REFUSALS = {
  method: [405, 'method_not_allowed'],
  path: [404, 'no_service'],
  token: [403, 'invalid_token'],
  payload: [400, 'invalid_payload'],
  text: [400, 'no_text'],
  channel: [404, 'channel_not_found'],
} as const;

/** Slack's incoming webhook and a service for dead-man's switches at one address: `/services/T…/B…/<token>` and `/ping/<token>`. */
export class Receiver {
  readonly messages: SlackMessage[] = [];
  /** Number of POSTs to the switch. */
  pings = 0;
  readonly #server: Server;
  readonly #token: string;
  readonly #channel: string;

  private constructor(token: string, channel: string) {
    this.#token = token;
    this.#channel = channel;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(host: string, token: string, channel: string): Promise<Receiver> {
    const receiver = new Receiver(token, channel);
    await new Promise<void>((resolve, reject) => {
      receiver.#server.once('error', reject);
      receiver.#server.listen(0, host, resolve);
    });
    return receiver;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request).catch(() => '');
    const refusal = this.#take(request, body);
    const [status, words] = refusal === undefined ? [200, 'ok'] : SLACK_REFUSALS[refusal];
    response.writeHead(status, { 'content-type': 'text/plain' }).end(words);
  }

  #take({ method, url = '', headers }: IncomingMessage, body: string): keyof typeof SLACK_REFUSALS | undefined {
    if (method !== 'POST') return 'method';
    const [, kind, token] = /^\/(ping|services\/T[A-Z0-9]+\/B[A-Z0-9]+)\/([\w-]+)$/.exec(url) ?? [];
    if (kind === undefined) return 'path';
    if (token !== this.#token) return 'token';
    if (headers['content-type']?.startsWith('application/json') !== true) return 'payload';
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch {
      return 'payload';
    }
    if (kind === 'ping') {
      this.pings++;
      return undefined;
    }
    return this.#show(value);
  }

  #show(value: unknown): keyof typeof SLACK_REFUSALS | undefined {
    if (typeof value !== 'object' || value === null) return 'payload';
    const { channel, attachments } = value as { channel?: unknown; attachments?: unknown };
    if (!Array.isArray(attachments)) return 'text';
    const shown = (attachments as { title?: unknown; text?: unknown }[]).map(({ title, text: words }) => [
      title,
      words,
    ]);
    if (shown.length === 0 || shown.flat().some((each) => typeof each !== 'string' || each === '')) return 'text';
    if (channel !== this.#channel) return 'channel';
    for (const [title, words] of shown) this.messages.push({ channel, title: String(title), text: String(words) });
    return undefined;
  }
}
