/** `stun.ts <address> <port>`: a STUN server of the internet (RFC 8489): tells who asks which address he has there. */
import { createSocket } from 'node:dgram';

const COOKIE = 0x2112a442;
const [address = '', port = ''] = process.argv.slice(2);

const socket = createSocket('udp4');
socket.on('message', (message, from) => {
  // A binding request, and nothing else.
  if (message.length < 20 || message.readUInt16BE(0) !== 1 || message.readUInt32BE(4) !== COOKIE) return;
  const answer = Buffer.alloc(32);
  answer.writeUInt16BE(0x0101, 0);
  answer.writeUInt16BE(12, 2);
  message.copy(answer, 4, 4, 20);
  // XOR-MAPPED-ADDRESS, 8 bytes, IPv4.
  answer.writeUInt16BE(0x0020, 20);
  answer.writeUInt16BE(8, 22);
  answer.writeUInt16BE(1, 24);
  answer.writeUInt16BE(from.port ^ (COOKIE >>> 16), 26);
  const bytes = from.address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  answer.writeUInt32BE((bytes ^ COOKIE) >>> 0, 28);
  socket.send(answer, from.port, from.address);
});
socket.bind(Number(port), address, () => console.log('listening'));
