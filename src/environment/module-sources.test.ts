import { moduleSources, moduleSourcesOfJson } from './module-sources.ts';

describe('the modules of a configuration', () => {
  test.each<[what: string, text: string, local: string[]]>([
    ['a local one', 'module "gke" {\n  source = "../../modules/gke"\n}\n', ['../../modules/gke']],
    ['one on a single line', 'module "a" { source = "./a" }', ['./a']],
    ['one whose name is no string', 'module a {\n  source = "./a"\n}', ['./a']],
    ['the directory above itself', 'module "a" {\n  source = ".."\n}', ['..']],
    ['the same one twice', 'module "a" {\n source = "./m"\n}\nmodule "b" {\n source = "./m"\n}', ['./m']],
    [
      'none from a registry',
      'module "a" {\n  source = "terraform-google-modules/network/google"\n  version = "1"\n}',
      [],
    ],
    ['none from git', 'module "a" {\n  source = "git::https://example.com/m.git//sub?ref=v1"\n}', []],
    ['none in a line comment', '# module "a" {\n# source = "./a"\n# }\n// module "b" { source = "./b" }', []],
    ['none in a block comment', '/* module "a" {\n  source = "./a"\n} */', []],
    [
      'one behind comments',
      'module "a" { # {\n  // source = "./no"\n  source /* = "./no" */ = "./a" # "./no"\n}',
      ['./a'],
    ],
    [
      'none in a heredoc',
      'locals {\n  text = <<-EOT\n    module "a" {\n      source = "./a"\n    }\n    EOT\n}\nmodule "b" {\n  source = "./b"\n}',
      ['./b'],
    ],
    ['none in a string', 'locals {\n  text = "module \\"a\\" { source = \\"./a\\" }"\n}', []],
    [
      'one behind a template with strings',
      'locals {\n  a = "x${join("}", ["{"])}y"\n  b = "$${"\n}\nmodule "c" {\n  source = "./c"\n}',
      ['./c'],
    ],
    [
      'no nested attribute of that name',
      'module "a" {\n  source = "./a"\n  settings = {\n    source = "./b"\n  }\n}',
      ['./a'],
    ],
    ['no provider of that name', 'terraform {\n  required_providers {\n    google = { source = "../x" }\n  }\n}', []],
    ['none outside of a module', 'resource "x" "module" {\n  source = "./a"\n}', []],
    ['one with Windows line ends', 'module "a" {\r\n  x = <<EOT\r\n{\r\nEOT\r\n  source = "./a"\r\n}\r\n', ['./a']],
    [
      'one behind what looks like a comparison',
      'locals {\n  a = 1 == 1\n  b = { for k, v in {} : k => v }\n}\nmodule "a" {\n  source = "./a"\n}',
      ['./a'],
    ],
  ])('are %s', (_, text, local) => expect(moduleSources(text)).toEqual({ local, computed: false }));

  test.each([
    ['a variable', 'module "a" {\n  source = var.path\n}'],
    ['a template', 'module "a" {\n  source = "./${var.path}"\n}'],
    ['an expression that begins with a string', 'module "a" {\n  source = "./a" == "" ? "./b" : "./c"\n}'],
  ])('may be anywhere when the source is %s', (_, text) =>
    expect(moduleSources(text)).toEqual({ local: [], computed: true }),
  );

  test('are read from half a file, too', () => {
    for (const text of ['module "a" { source = "./a', 'x = <<EOT\nabc', '/* x', 'a = "${b'])
      expect(() => moduleSources(text)).not.toThrow();
  });
});

test('the JSON form has them as objects or lists', () => {
  const of = (value: unknown) => moduleSourcesOfJson(JSON.stringify(value));
  expect(of({ module: { a: { source: './a' }, b: [{ source: '../b' }] } }).local).toEqual(['./a', '../b']);
  expect(of({ module: [{ a: { source: './a' } }] }).local).toEqual(['./a']);
  expect(of({ resource: { a: { source: './a' } } })).toEqual({ local: [], computed: false });
  expect(of({ module: { a: { source: '${var.x}' } } }).computed).toBe(true);
});
