/** Every form has at least so many UTF-16 units: by them it is looked up. */
const KEY = 4;
const FILTER_BITS = 18;

/**
 * Makes a function that replaces all of the given texts by `shown`, in one pass however many there are; where they overlap,
 * what they cover together. Texts shorter than four units are left out.
 */
export function replacer(texts: Iterable<string>, shown: string): (text: string) => string {
  const filter = new Uint8Array(2 ** FILTER_BITS);
  const byKey = new Map<string, string[]>();
  for (const text of new Set(texts)) {
    if (text.length < KEY) continue;
    filter[hash(text, 0)] = 1;
    const key = text.slice(0, KEY);
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [text]);
    else same.push(text);
  }
  for (const same of byKey.values()) same.sort((a, b) => b.length - a.length);
  if (byKey.size === 0) return (text) => text;
  return (text) => {
    let result = '';
    let copied = 0;
    let end = 0;
    for (let index = 0; index + KEY <= text.length; index++) {
      if (filter[hash(text, index)] === 0) continue;
      const found = byKey.get(text.slice(index, index + KEY))?.find((one) => text.startsWith(one, index));
      if (found === undefined) continue;
      // One that begins where another has not ended widens it.
      if (index >= end) {
        result += text.slice(copied, index) + shown;
      }
      end = Math.max(end, index + found.length);
      copied = end;
    }
    return copied === 0 ? text : result + text.slice(copied);
  };
}

function hash(text: string, index: number): number {
  const mixed =
    text.charCodeAt(index) * 7 +
    text.charCodeAt(index + 1) * 1_543 +
    text.charCodeAt(index + 2) * 12_289 +
    text.charCodeAt(index + 3) * 98_317;
  return mixed & (2 ** FILTER_BITS - 1);
}
