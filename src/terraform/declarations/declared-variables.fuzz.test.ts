import { declaredInHcl, declaredInJson, valuesInHcl } from './declared-variables.ts';
import { generator, randomConfiguration } from './random-hcl.ts';

const ROUNDS = 400;

describe('the reader of declarations', () => {
  it('finds each secret variable of a configuration and no other', () => {
    let found = 0;
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const { text, secret } = randomConfiguration(seed);
      const declared = declaredInHcl(text);
      expect({ seed, names: declared.map(({ name }) => name) }).toEqual({ seed, names: [...secret.keys()] });
      for (const { name, defaults } of declared) expect(defaults).toContain(secret.get(name));
      found += declared.length;
    }
    expect(found).toBeGreaterThan(ROUNDS);
  });

  it('ends on whatever it is given, also cut and mixed', () => {
    const signs = [
      '"',
      '${',
      '%{',
      '{',
      '}',
      '<<EOT\n',
      '\nEOT\n',
      '/*',
      '*/',
      '#',
      '\n',
      '\\',
      '(',
      ')',
      '=',
      'variable "x" {',
      '\u0000',
      '😀',
    ];
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const random = generator(seed);
      let { text } = randomConfiguration(seed);
      for (let change = 0; change < 20; change++) {
        const at = random(text.length);
        text = text.slice(0, at) + (signs[random(signs.length)] ?? '') + text.slice(at + random(3));
      }
      for (const read of [declaredInHcl, declaredInJson, valuesInHcl]) expect(() => read(text)).not.toThrow();
    }
  });

  it.each([
    ['braces', '{'],
    ['templates', 'a = "${'],
    ['strings in templates', '"${"'],
    ['comments', '/*'],
    ['heredocs', 'a = <<E\n'],
    ['escapes', '\\"'],
    ['labels', '"a" '],
    ['objects', 'a = {'],
  ])('reads 200,000 %s in each other without a stack of its own', (_, sign) => {
    const text = `variable "x" {\n default = ${sign.repeat(200_000)}`;
    expect(() => [declaredInHcl(text), valuesInHcl(text)]).not.toThrow();
  });
});
