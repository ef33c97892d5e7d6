import { declaredInHcl, declaredInJson, valuesInHcl, valuesInJson } from './declared-variables.ts';

const names = (text: string) => declaredInHcl(text).map(({ name }) => name);

describe('secret variables of HCL', () => {
  it('are those that say sensitive or ephemeral', () => {
    const text = `
      variable "plain" { type = string }
      variable "a" {
        type      = string
        sensitive = true # not false
      }
      variable "b" { ephemeral = true }
      variable "c" { sensitive = false }
      variable "d" { sensitive = null // as if it were not there
      }
      variable "e" { sensitive = /* false */ true }
      variable f { sensitive = true }
      variable /* x */ "g" /* y */ { sensitive = true }
      variable"h"{sensitive=true}
      locals { sensitive = true }
    `;
    expect(names(text)).toEqual(['a', 'b', 'e', 'f', 'g', 'h']);
  });

  it('are believed to be secret when the value is no plain false', () => {
    expect(names('variable "a" { sensitive = (true) }\nvariable "b" { sensitive = "true" }')).toEqual(['a', 'b']);
  });

  it('are not those that only stand in strings, heredocs, comments or other blocks', () => {
    const text = `
      # variable "comment" { sensitive = true }
      // variable "slashes" { sensitive = true }
      /* variable "stars" { sensitive = true
         } */
      locals {
        string  = "variable \\"string\\" { sensitive = true }"
        nested  = "\${"}"} variable {"
        escaped = "$\${ { %%{ {"
        heredoc = <<EOT
variable "heredoc" { sensitive = true }
}}} " \${ "EOT" } \${ <<IN
EOT
IN
} /* # //
  EOT
        indented = [<<-EOT
          variable "indented" {
            sensitive = true
          EOT
        , { variable = { sensitive = true } }]
      }
      variable "described" {
        description = "sensitive = true"
        validation {
          condition     = var.described != "}"
          error_message = "sensitive = true }"
        }
        default = { sensitive = true }
      }
      module "m" {
        variable "inner" { sensitive = true }
      }
      variable "last" { sensitive = true }`;
    expect(names(text)).toEqual(['last']);
  });

  it('are read from files of Windows and with a mark of their encoding', () => {
    const text =
      '\uFEFFvariable "a" {\r\n  default = <<-EOT\r\n    one\r\n    two\r\n  EOT\r\n  sensitive = true\r\n}\r\n';
    expect(declaredInHcl(text)).toEqual([{ name: 'a', defaults: ['one\ntwo\n'] }]);
  });

  it('come with the texts of their default, but not with its keys', () => {
    const text = `variable "a" {
      sensitive = true
      default = {
        "key one" = "first \\"quoted\\" \\u00e9\\n"
        two: ["second $\${x}", 1234567, -1.5e10]
        x2  = <<-EOT
            deep
              deeper
          EOT
      } // "not this"
    }`;
    expect(declaredInHcl(text)[0]?.defaults).toEqual([
      'first "quoted" é\n',
      'second ${x}',
      '1234567',
      '-1.5e10',
      'deep\n  deeper\n',
    ]);
  });
});

describe('secret variables of JSON', () => {
  it('are found in objects and in lists of them', () => {
    const text = JSON.stringify({
      '//': 'a comment',
      variable: [
        { a: { sensitive: true, default: { k: ['x', 1] } }, b: { sensitive: false }, c: [{ ephemeral: true }] },
        { d: { sensitive: 'true' }, e: { type: 'string' }, f: null },
      ],
    });
    expect(declaredInJson(text).map(({ name }) => name)).toEqual(['a', 'c', 'd']);
    expect(declaredInJson(text)[0]?.defaults.toSorted()).toEqual(['1', 'x']);
    expect(declaredInJson('{"variable": {"a": {"sensitive": true}}}')).toEqual([{ name: 'a', defaults: [] }]);
  });

  it.each(['', '{', '[]', 'null', '{"variable": 1}', '{"variable": [1, null, "x"]}', '{"variable": {"a": [1]}}'])(
    'are none in %s',
    (text) => {
      expect(declaredInJson(text)).toEqual([]);
    },
  );
});

describe('values of variables', () => {
  it('are read by name', () => {
    const text = '# a = "no"\na = "one"\nb = ["two", "three"]\nc = 4\nd = <<EOT\n  five\nEOT\ne = true\n';
    expect([...valuesInHcl(text)]).toEqual([
      ['a', ['one']],
      ['b', ['two', 'three']],
      ['c', ['4']],
      ['d', ['  five\n']],
      ['e', []],
    ]);
    expect([...valuesInJson('{"a": "one", "b": {"c": ["two"]}}')]).toEqual([
      ['a', ['one']],
      ['b', ['two']],
    ]);
    expect([...valuesInJson('x')]).toEqual([]);
  });
});
