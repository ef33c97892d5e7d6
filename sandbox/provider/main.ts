import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  Server,
  ServerCredentials,
  loadPackageDefinition,
  type GrpcObject,
  type ServiceClientConstructor,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { selfSignedCertificate } from './certificate.ts';
import { handlers, type Request, type Response } from './provider.ts';
import { socketFile } from './socket.ts';

/** What Terraform sets so that a plug-in started by hand says what it is, and ends. */
const COOKIE = {
  name: 'TF_PLUGIN_MAGIC_COOKIE',
  value: 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2',
};

if (process.env[COOKIE.name] !== COOKIE.value) {
  process.stderr.write('This is a Terraform provider: Terraform starts it, it is not meant to be run by itself.\n');
  process.exit(1);
}
// Ctrl-C reaches the whole process group; Terraform decides what ends when.
process.on('SIGINT', () => undefined);
await serve();

/** Starts the plug-in server and announces it in the one line that Terraform waits for. */
async function serve(): Promise<void> {
  const socket = socketFile(process.env);
  const clientCertificate = process.env['PLUGIN_CLIENT_CERT'];
  const certificate = clientCertificate ? selfSignedCertificate() : undefined;
  const credentials =
    certificate && clientCertificate
      ? ServerCredentials.createSsl(
          Buffer.from(clientCertificate),
          [
            {
              private_key: Buffer.from(certificate.privateKeyPem),
              cert_chain: Buffer.from(certificate.certificatePem),
            },
          ],
          true,
        )
      : ServerCredentials.createInsecure();

  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  const definitions = protocol();
  server.addService(service(definitions, 'tfplugin5', 'Provider'), unary(handlers(process.env)));
  const end = (): never => {
    rmSync(socket, { force: true });
    process.exit(0);
  };
  server.addService(service(definitions, 'plugin', 'GRPCController'), unary({ Shutdown: shutdown(end) }));

  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, credentials, (error) => (error ? reject(error) : resolve()));
  });
  process.on('SIGTERM', end);
  endWithParent(end);
  const encoded = certificate?.der.toString('base64').replace(/=+$/, '') ?? '';
  process.stdout.write(`1|5|unix|${socket}|grpc|${encoded}\n`);
}

function protocol(): GrpcObject {
  const directory = fileURLToPath(new URL('protocol', import.meta.url));
  return loadPackageDefinition(
    loadSync(['tfplugin5.proto', 'grpc_controller.proto'], {
      includeDirs: [directory],
      keepCase: true,
      longs: Number,
      enums: String,
      defaults: true,
    }),
  );
}

function service(definitions: GrpcObject, packageName: string, name: string): ServiceClientConstructor['service'] {
  return ((definitions[packageName] as GrpcObject)[name] as ServiceClientConstructor).service;
}

/** gRPC's callbacks over plain asynchronous functions. A throw is a bug here, and Terraform shows it as the provider's crash. */
function unary(
  methods: Readonly<Record<string, (request: Request) => Promise<Response>>>,
): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      (call: { request: Request }, done: (error: Error | null, response?: Response) => void) => {
        method(call.request).then(
          (response) => done(null, response),
          (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
        );
      },
    ]),
  );
}

function shutdown(end: () => never): () => Promise<Response> {
  return () => {
    setImmediate(end);
    return Promise.resolve({});
  };
}

/** A Terraform that was killed leaves its plug-ins behind: they see that they have another parent. */
function endWithParent(end: () => never): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, 1000).unref();
}
