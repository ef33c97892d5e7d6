import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { documented, documentedFolders } from './terraform-docs.ts';
import { inputTable, outputTable } from './terraform-tables.ts';

test.each(documentedFolders().map((folder) => [relative(process.cwd(), folder), folder]))(
  '%s: its README tells the inputs and outputs that it has (`npm run docs` writes them)',
  (_, folder) => {
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe(documented(folder));
  },
);

describe('the table of inputs', () => {
  test('tells meaning and default', () => {
    const source =
      'variable "size_gb" {\n  description = "Memory, in GB."\n  type        = number\n  default     = 1\n}\n';
    expect(inputTable(source)).toBe(
      '| input | meaning | default |\n|---|---|---|\n| `size_gb` | Memory, in GB. | `1` |',
    );
  });

  test('tells what must be given', () => {
    expect(inputTable('variable "a" {\n  description = "An \\"A\\"."\n  type        = string\n}\n')).toContain(
      '| `a` | An "A". | required |',
    );
  });

  test('tells the defaults of the parts of an object', () => {
    const source = [
      'variable "window" {',
      '  description = <<-EOT',
      '    When: day',
      '    and hour.',
      '  EOT',
      '  type = object({',
      '    day  = optional(string, "FRIDAY")',
      '    zone = optional(string)',
      '  })',
      '  default  = {}',
      '}',
    ].join('\n');
    expect(inputTable(`${source}\n`)).toContain('| `window` | When: day and hour. | `day = "FRIDAY"` |');
  });

  test('takes a default over several lines', () => {
    const source = 'variable "a" {\n  description = "A."\n  default = {\n    b = "}"\n  }\n  nullable = false\n}\n';
    expect(inputTable(source)).toContain('| `{ b = "}" }` |');
  });

  test('refuses a variable without a description', () => {
    expect(() => inputTable('variable "a" {\n  type = string\n}\n')).toThrow('no description');
  });
});

test('the table of outputs keeps what looks like HTML', () => {
  expect(outputTable('output "id" {\n  description = "As projects/<project>."\n  value = 1\n}\n')).toContain(
    '| `id` | As projects/&lt;project>. |',
  );
});
