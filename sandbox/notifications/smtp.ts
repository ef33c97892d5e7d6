import { createServer, type Server, type Socket } from 'node:net';

export interface Mail {
  readonly from: string;
  readonly to: string;
  /** Headers and body, as they came. */
  readonly text: string;
}

/** A command, what must have been before it, and the answer when that was not (RFC 5321, RFC 4954). */
export const SMTP_REFUSALS = {
  unknown: '500 5.5.1 command not known',
  greeting: '503 5.5.1 EHLO first',
  login: '530 5.7.0 authentication required',
  password: '535 5.7.8 authentication credentials invalid',
  sender: '503 5.5.1 MAIL first',
  recipient: '503 5.5.1 RCPT first',
  domain: '550 5.7.1 relaying denied',
} as const;

/** A mail server that keeps what it gets. It wants a login, and takes mail for one domain. */
export class MailServer {
  readonly mails: Mail[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(account: { user: string; password: string }, domain: string) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket)).on('error', () => undefined);
      converse(socket, account, domain, (mail) => this.mails.push(mail));
    });
  }

  static async start(host: string, account: { user: string; password: string }, domain: string): Promise<MailServer> {
    const server = new MailServer(account, domain);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      server.#server.listen(0, host, resolve);
    });
    return server;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

type State = 'new' | 'greeted' | 'user' | 'password' | 'in' | 'sender' | 'recipient' | 'data';

function converse(
  socket: Socket,
  account: { user: string; password: string },
  domain: string,
  keep: (mail: Mail) => void,
): void {
  let [state, user, from, to]: [State, string, string, string] = ['new', '', '', ''];
  let lines: string[] = [];
  const say = (line: string) => socket.write(`${line}\r\n`);
  const word = (line: string) => Buffer.from(line, 'base64').toString();

  const command = (line: string): void => {
    const [verb = '', ...rest] = line.split(' ');
    const argument = rest.join(' ');
    switch (verb.toUpperCase()) {
      case 'EHLO':
        state = 'greeted';
        socket.write('250-mail.nova.example\r\n250 AUTH LOGIN\r\n');
        return;
      case 'AUTH':
        if (state !== 'greeted') return void say(SMTP_REFUSALS.greeting);
        state = 'user';
        return void say('334 VXNlcm5hbWU6');
      case 'MAIL':
        if (state === 'new') return void say(SMTP_REFUSALS.greeting);
        if (state === 'greeted') return void say(SMTP_REFUSALS.login);
        [state, from] = ['sender', /<(.*?)>/.exec(argument)?.[1] ?? ''];
        return void say('250 2.1.0 ok');
      case 'RCPT':
        if (state !== 'sender' && state !== 'recipient') return void say(SMTP_REFUSALS.sender);
        to = /<(.*?)>/.exec(argument)?.[1] ?? '';
        if (!to.endsWith(`@${domain}`)) return void say(SMTP_REFUSALS.domain);
        state = 'recipient';
        return void say('250 2.1.5 ok');
      case 'DATA':
        if (state !== 'recipient') return void say(SMTP_REFUSALS.recipient);
        [state, lines] = ['data', []];
        return void say('354 go on');
      case 'QUIT':
        say('221 2.0.0 bye');
        return void socket.end();
      default:
        say(SMTP_REFUSALS.unknown);
    }
  };

  const line = (text: string): void => {
    if (state === 'data') {
      if (text !== '.') return void lines.push(text.replace(/^\.\./, '.'));
      keep({ from, to, text: lines.join('\n') });
      state = 'in';
      return void say('250 2.0.0 kept');
    }
    if (state === 'user') {
      [state, user] = ['password', word(text)];
      return void say('334 UGFzc3dvcmQ6');
    }
    if (state === 'password') {
      const isRight = user === account.user && word(text) === account.password;
      state = isRight ? 'in' : 'greeted';
      return void say(isRight ? '235 2.7.0 welcome' : SMTP_REFUSALS.password);
    }
    command(text);
  };

  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const parts = (rest + text).split('\r\n');
    rest = parts.pop() ?? '';
    for (const each of parts) line(each);
  });
  say('220 mail.nova.example ready');
}
