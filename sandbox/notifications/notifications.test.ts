import { once } from 'node:events';
import { connect } from 'node:net';
import { Receiver, SLACK_REFUSALS } from './slack.ts';
import { MailServer, SMTP_REFUSALS } from './smtp.ts';

describe('Slack', () => {
  let receiver: Receiver;
  beforeAll(async () => void (receiver = await Receiver.start('127.0.0.1', 'right-token', '#alerts')));
  afterAll(() => receiver.close());

  const message = { channel: '#alerts', attachments: [{ title: 'CRITICAL: LivekitDown', text: 'It is down.' }] };
  const post = (path: string, body: unknown, more: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${receiver.port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...more,
    });
  const HOOK = '/services/T01/B01/right-token';

  it('keeps what it would have shown', async () => {
    const answer = await post(HOOK, message);
    expect([answer.status, await answer.text()]).toEqual([200, 'ok']);
    expect(receiver.messages).toEqual([{ channel: '#alerts', title: 'CRITICAL: LivekitDown', text: 'It is down.' }]);
  });

  it('counts the POSTs to the switch', async () => {
    expect((await post('/ping/right-token', { status: 'firing' })).status).toBe(200);
    expect(receiver.pings).toBe(1);
  });

  it.each<[keyof typeof SLACK_REFUSALS, () => Promise<Response>]>([
    ['method', () => fetch(`http://127.0.0.1:${receiver.port}${HOOK}`)],
    ['path', () => post('/services/right-token', message)],
    ['token', () => post('/services/T01/B01/wrong', message)],
    ['payload', () => post(HOOK, 'text=hello')],
    ['payload', () => post(HOOK, message, { headers: { 'content-type': 'text/plain' } })],
    ['text', () => post(HOOK, { channel: '#alerts' })],
    ['text', () => post(HOOK, { ...message, attachments: [{ title: 'a', text: '' }] })],
    ['channel', () => post(HOOK, { ...message, channel: '#elsewhere' })],
  ])('refuses %s', async (row, ask) => {
    const before = receiver.messages.length;
    const answer = await ask();
    expect([answer.status, await answer.text()]).toEqual([...SLACK_REFUSALS[row]]);
    expect(receiver.messages).toHaveLength(before);
  });
});

describe('the mail server', () => {
  let server: MailServer;
  beforeAll(async () => {
    server = await MailServer.start('127.0.0.1', { user: 'nova', password: 'secret' }, 'nova.example');
  });
  afterAll(() => server.close());

  /** Says the lines one after another, each after the answer to the one before; gives the last answer. */
  async function say(...lines: string[]): Promise<string> {
    const socket = connect(server.port, '127.0.0.1').setEncoding('utf8');
    let [answer] = (await once(socket, 'data')) as [string];
    for (const line of lines) {
      socket.write(`${line}\r\n`);
      [answer] = (await once(socket, 'data')) as [string];
    }
    socket.destroy();
    return answer.trim();
  }

  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const LOGIN = ['EHLO me', 'AUTH LOGIN', base64('nova'), base64('secret')];

  it('keeps a mail', async () => {
    const mail = ['MAIL FROM:<a@nova.example>', 'RCPT TO:<team@nova.example>', 'DATA', 'Subject: x\r\n\r\n..dot\r\n.'];
    expect(await say(...LOGIN, ...mail)).toMatch(/^250/);
    expect(server.mails).toEqual([{ from: 'a@nova.example', to: 'team@nova.example', text: 'Subject: x\n\n.dot' }]);
  });

  it.each<[keyof typeof SMTP_REFUSALS, string[]]>([
    ['unknown', ['EHLO me', 'VRFY team']],
    ['greeting', ['MAIL FROM:<a@nova.example>']],
    ['greeting', ['AUTH LOGIN']],
    ['login', ['EHLO me', 'MAIL FROM:<a@nova.example>']],
    ['password', ['EHLO me', 'AUTH LOGIN', base64('nova'), base64('wrong')]],
    ['sender', [...LOGIN, 'RCPT TO:<team@nova.example>']],
    ['recipient', [...LOGIN, 'MAIL FROM:<a@nova.example>', 'DATA']],
    ['domain', [...LOGIN, 'MAIL FROM:<a@nova.example>', 'RCPT TO:<team@elsewhere.example>']],
  ])('refuses %s', async (row, lines) => expect(await say(...lines)).toBe(SMTP_REFUSALS[row]));
});
