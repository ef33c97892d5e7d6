/**
 * The base 62 that LiveKit writes TURN credentials in: six bits a digit, from the end of the bytes to their start; the four
 * values that have no digit give up their sixth bit to the next one.
 */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** `x1111x`: of the values from 60 on, and of those that equal them without the sixth bit. */
const COMPACT = 0x1e;

export function encodeBase62(bytes: Buffer): string {
  let text = '';
  for (let end = bytes.length * 8; end > 0;) {
    let start = Math.max(0, end - 6);
    let value = bitsOf(bytes, start, end);
    if ((value & COMPACT) === COMPACT) {
      // The sixth bit is left for the next digit, unless nothing but a zero would be left.
      if (start > 0 || value > 0x1f) start++;
      value &= 0x1f;
    }
    text += DIGITS[value] ?? '';
    end = start;
  }
  return text;
}

/** The bytes; `undefined` when a character is no digit. */
export function decodeBase62(text: string): Buffer | undefined {
  const bits: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const value = DIGITS.indexOf(text[index] ?? '');
    if (value < 0) return undefined;
    const isLast = index === text.length - 1;
    const width = isLast ? lastWidth(bits.length, value) : (value & COMPACT) === COMPACT ? 5 : 6;
    for (let bit = 0; bit < width; bit++) bits.push((value >> bit) & 1);
  }
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  bits.forEach((bit, at) => {
    const byte = bytes.length - 1 - Math.floor(at / 8);
    bytes[byte] = (bytes[byte] ?? 0) | (bit << (at % 8));
  });
  return bytes;
}

/** The last digit fills up the first byte, and is as wide as its value needs when that is more. */
function lastWidth(length: number, value: number): number {
  const missing = (8 - (length % 8)) % 8;
  return value >> missing === 0 ? missing : 32 - Math.clz32(value);
}

/** Bits `start` to `end` of the bytes, counted from the first byte's highest. */
function bitsOf(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = (value << 1) | (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
  return value;
}
