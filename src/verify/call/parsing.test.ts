import { describe, expect, test } from '@jest/globals';
import { hostile, randomFrom } from '../page/hostile.fixture.ts';
import { parseInit } from './participant.ts';
import { admitsLocal, admitsRemote, candidatesOf, readCandidate, withoutCandidates } from './path.ts';

const GOOD = 'a=candidate:1 1 udp 2130706431 203.0.113.11 50001 typ host';
const SDP = ['v=0', 'm=audio 9 UDP/TLS/RTP/SAVPF 111', GOOD, 'a=end-of-candidates', 'a=mid:0'].join('\r\n');

/** The text with a few of its characters replaced, left out or doubled, and foreign pieces in between. */
function damaged(text: string, random: () => number): string {
  const piece = hostile(random);
  let found = text;
  for (let changes = 1 + Math.floor(random() * 5); changes > 0; changes--) {
    const at = Math.floor(random() * (found.length + 1));
    const length = Math.floor(random() * 4);
    found = `${found.slice(0, at)}${random() < 0.5 ? piece() : ''}${found.slice(at + length)}`;
  }
  return found;
}

describe('what a server sends, damaged in any way', () => {
  test('throws nothing, and gives candidates with a port or none', () => {
    for (let seed = 1; seed <= 3000; seed++) {
      const text = damaged(SDP, randomFrom(seed));
      for (const candidate of candidatesOf(text)) {
        expect(candidate.port).toBeGreaterThanOrEqual(0);
        expect(candidate.port).toBeLessThanOrEqual(65_535);
        expect(candidate.address).not.toMatch(/\s/);
        for (const path of ['udp', 'tcp', 'turn-tls', 'turn-udp'] as const) {
          admitsRemote(path, candidate);
          admitsLocal(path, candidate);
        }
      }
      expect(readCandidate(damaged(GOOD, randomFrom(seed)))?.port ?? 0).toBeLessThanOrEqual(65_535);
    }
  });

  test('has no candidate left when none is admitted', () => {
    for (let seed = 1; seed <= 3000; seed++) {
      const left = withoutCandidates(damaged(SDP, randomFrom(seed)), () => false);
      expect({ seed, left: left.split(/\r?\n/).filter((line) => line.startsWith('a=candidate:')) }).toEqual({
        seed,
        left: [],
      });
    }
  });

  test('trickled, is a candidate or the end of them', () => {
    const init = JSON.stringify({ candidate: GOOD.slice(2), sdpMid: '0', sdpMLineIndex: 0 });
    expect(parseInit(init).candidate).toBe(GOOD.slice(2));
    for (const text of ['', 'null', '7', '[]', '{"candidate":null}', '{']) expect(parseInit(text).candidate).toBe('');
    for (let seed = 1; seed <= 3000; seed++) {
      expect(typeof parseInit(damaged(init, randomFrom(seed))).candidate).toBe('string');
    }
  });

  test('a line of any length is read in no time', () => {
    const long = `candidate:${'1 '.repeat(50_000)}typ host`;
    expect(readCandidate(long)).toBeUndefined();
    expect(readCandidate(`candidate:${' '.repeat(100_000)}`)).toBeUndefined();
  });
});
