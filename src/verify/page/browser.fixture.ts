import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A page in Chromium, over its DevTools protocol. */
export interface Browser {
  /** What an expression gives in the page. */
  evaluate<T>(expression: string): Promise<T>;
  send(method: string, parameters?: object): Promise<unknown>;
  press(key: string, code: number): Promise<void>;
  /** Writes a picture of the whole page. */
  capture(file: string): Promise<void>;
  /** Addresses that were asked for, but for the page's own. */
  readonly requests: readonly string[];
  /** What the console said: errors of the page, and violations of its policy. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Opens the text as a file in Chromium (of PATH, or `CHROMIUM`), with `media` as the user would have set it. */
export async function openInBrowser(text: string, media: Readonly<Record<string, string>> = {}): Promise<Browser> {
  const directory = mkdtempSync(join(tmpdir(), 'chromium-'));
  const page = join(directory, 'page.html');
  writeFileSync(page, text);
  const profile = join(directory, 'profile');
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0', '--window-size=1200,900'];
  const child = spawn(process.env['CHROMIUM'] ?? 'chromium', [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: 'ignore',
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const end = async () => {
    child.kill('SIGTERM');
    const forced = setTimeout(() => child.kill('SIGKILL'), 5000);
    await gone;
    clearTimeout(forced);
    // Processes of Chromium's may still write.
    rmSync(directory, { recursive: true, maxRetries: 20, retryDelay: 100 });
  };
  try {
    const port = await portOf(join(profile, 'DevToolsActivePort'));
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
      type: string;
      webSocketDebuggerUrl: string;
    }[];
    const target = targets.find(({ type }) => type === 'page');
    if (target === undefined) throw new Error('Chromium has no page');
    return await attach(target.webSocketDebuggerUrl, `file://${page}`, media, end);
  } catch (error) {
    await end();
    throw error;
  }
}

async function portOf(file: string): Promise<string> {
  for (let tries = 0; tries < 300; tries++) {
    try {
      const [port = ''] = readFileSync(file, 'utf8').split('\n');
      if (port !== '') return port;
    } catch {
      // Not there yet.
    }
    await sleep(100);
  }
  throw new Error('Chromium did not start within 30 s.');
}

async function attach(
  address: string,
  page: string,
  media: Readonly<Record<string, string>>,
  end: () => Promise<void>,
): Promise<Browser> {
  const socket = new WebSocket(address);
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const requests: string[] = [];
  const complaints: string[] = [];
  const loaded = Promise.withResolvers<void>();
  let last = 0;
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as {
      id?: number;
      method?: string;
      result?: unknown;
      error?: { message: string };
      params?: { request?: { url: string }; entry?: { text: string }; exceptionDetails?: { text: string } };
    };
    if (message.id !== undefined) {
      const one = waiting.get(message.id);
      if (message.error) one?.reject(new Error(message.error.message));
      else one?.resolve(message.result);
      return;
    }
    const { request, entry, exceptionDetails } = message.params ?? {};
    if (message.method === 'Network.requestWillBeSent' && request && request.url !== page) requests.push(request.url);
    if (message.method === 'Log.entryAdded' && entry) complaints.push(entry.text);
    if (message.method === 'Runtime.exceptionThrown' && exceptionDetails) complaints.push(exceptionDetails.text);
    if (message.method === 'Page.loadEventFired') loaded.resolve();
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', reject, { once: true });
  });
  const send = (method: string, params: object = {}) =>
    new Promise<unknown>((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  const features = Object.entries(media).map(([name, value]) => ({ name, value }));
  await send('Emulation.setEmulatedMedia', { features });
  for (const domain of ['Network', 'Log', 'Runtime', 'Page']) await send(`${domain}.enable`);
  await send('Page.navigate', { url: page });
  await loaded.promise;
  return {
    send,
    requests,
    complaints,
    async evaluate<T>(expression: string) {
      const answer = (await send('Runtime.evaluate', { expression, returnByValue: true })) as {
        result: { value: T };
        exceptionDetails?: { exception?: { description?: string } };
      };
      if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description ?? 'the page threw');
      return answer.result.value;
    },
    async press(key, code) {
      const more = { key, code: key, windowsVirtualKeyCode: code, ...(key === 'Enter' ? { text: '\r' } : {}) };
      await send('Input.dispatchKeyEvent', { type: 'keyDown', ...more });
      await send('Input.dispatchKeyEvent', { type: 'keyUp', ...more });
    },
    async capture(file) {
      const { data } = (await send('Page.captureScreenshot', { captureBeyondViewport: true })) as { data: string };
      writeFileSync(file, Buffer.from(data, 'base64'));
    },
    async close() {
      socket.close();
      await end();
    },
  };
}
