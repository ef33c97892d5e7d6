/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PIECES = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</style></title></textarea><svg onload=alert(1)>',
  '<!--',
  '-->',
  ']]>',
  '&lt;b&gt;',
  '&#x3c;i&#x3e;',
  '${evil}',
  '\u202edlrow\u2066',
  '\u0000\u0007\u001b[31m',
  '\ud800',
  '\u{1f4a9}',
  '`|*_[x](javascript:alert(1))@everyone #1',
  'a'.repeat(300),
  '\n\r\t',
  '',
];

/** Gives texts as an attacker would have them in what a check saw: a certificate's name, a pod's message, a header. */
export function hostile(random: () => number): () => string {
  const piece = () => PIECES[Math.floor(random() * PIECES.length)] ?? '';
  const sign = () => String.fromCharCode(Math.floor(random() * 0x2fff));
  return () => Array.from({ length: Math.floor(random() * 6) }, () => (random() < 0.7 ? piece() : sign())).join('');
}
