import { describe, expect, test } from '@jest/globals';
import { qualityOf } from './call.ts';
import { admitsLocal, admitsRemote, type MediaPath, readCandidate, withoutCandidates } from './path.ts';

const UDP = 'candidate:1 1 udp 2130706431 203.0.113.11 50001 typ host';
const TCP = 'candidate:2 1 tcp 1671430143 203.0.113.11 7881 typ host tcptype passive';
const RELAY = 'candidate:3 1 udp 16777215 203.0.113.12 30000 typ relay raddr 10.0.0.1 rport 5';

describe('candidates', () => {
  test('are read from SDP and from trickled JSON', () => {
    expect(readCandidate(`a=${UDP}`)).toEqual({
      transport: 'udp',
      address: '203.0.113.11',
      port: 50_001,
      type: 'host',
    });
    expect(readCandidate(TCP)).toMatchObject({ transport: 'tcp', port: 7881 });
  });

  test.each(['', 'a=end-of-candidates', 'candidate:', 'candidate:1 1 udp 1 1.2.3.4 99999 typ host', '{"candidate":1}'])(
    'are not %j',
    (text) => expect(readCandidate(text)).toBeUndefined(),
  );

  test.each<[MediaPath, boolean[], boolean[]]>([
    ['udp', [true, false, false], [true, false, false]],
    ['tcp', [false, true, false], [false, true, false]],
    ['turn-tls', [true, false, false], [false, false, true]],
    ['turn-udp', [true, false, false], [false, false, true]],
  ])('by %s only those of the path are used', (path, remote, local) => {
    const all = [UDP, TCP, RELAY].map((line) => readCandidate(line)).filter((one) => one !== undefined);
    expect(all.map((one) => admitsRemote(path, one))).toEqual(remote);
    expect(all.map((one) => admitsLocal(path, one))).toEqual(local);
  });

  test('are taken out of a description, with the word that there are no more', () => {
    const sdp = ['v=0', `a=${UDP}`, `a=${TCP}`, 'a=end-of-candidates', 'a=mid:0'].join('\r\n');
    expect(withoutCandidates(sdp, ({ transport }) => transport === 'tcp')).toBe(`v=0\r\na=${TCP}\r\na=mid:0`);
  });
});

describe('the quality of a call', () => {
  test('counts what did not come, and takes median and 95th percentile of the rest', () => {
    const said = Array.from({ length: 100 }, (_, number) => number * 20);
    const heard = new Map(said.map((at, number) => [number, at + number]));
    heard.delete(7);
    heard.delete(50);
    const numbers = said.map((_, number) => number);
    expect(qualityOf(numbers, said, heard)).toEqual({
      sent: 100,
      lost: 2,
      roundTripMilliseconds: 49,
      slowMilliseconds: 94,
    });
  });

  test('of a call in which nothing came is all loss', () =>
    expect(qualityOf([0, 1], [0, 20], new Map())).toMatchObject({ sent: 2, lost: 2, roundTripMilliseconds: 0 }));
});
