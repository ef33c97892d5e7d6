/** `metadata.ts ADDRESS`: Google's metadata server as a pod on a node's own network finds it, which knows the node's external address. */
import { createServer } from 'node:http';

const PATH = '/computeMetadata/v1/instance/network-interfaces/0/access-configs/0/external-ip';
const [, , address = ''] = process.argv;
createServer((request, response) => {
  // As Google's: who does not know the header is somebody's proxy.
  const isKnown = request.headers['metadata-flavor'] === 'Google' && request.url === PATH;
  response.writeHead(isKnown ? 200 : 403, { 'metadata-flavor': 'Google' }).end(isKnown ? address : 'refused');
}).listen(80, '169.254.169.254', () => console.log('ready'));
