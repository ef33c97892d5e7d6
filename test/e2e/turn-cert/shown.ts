/** `shown.ts HOST PORT`: prints the serial of the certificate that somebody on the internet is shown there, or fails. */
import { connect } from 'node:tls';

const [host = '', port = ''] = process.argv.slice(2);
// Which certificate is shown is the question, not whether it is trusted.
const socket = connect({ host, port: Number(port), servername: host, rejectUnauthorized: false, timeout: 5000 }, () => {
  console.log(socket.getPeerX509Certificate()?.serialNumber.toLowerCase() ?? 'none');
  socket.destroy();
});
socket.on('timeout', () => socket.destroy(new Error('no answer')));
socket.on('error', (error: Error) => {
  console.error(error.message);
  process.exit(1);
});
