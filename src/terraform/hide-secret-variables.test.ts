import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forgetSecrets, redact } from '../runner/mask.ts';
import { hideSecretVariables } from './hide-secret-variables.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'declared-'));
});
afterEach(() => {
  forgetSecrets();
  rmSync(directory, { recursive: true });
});

const write = (files: Readonly<Record<string, string>>) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
};

describe('values of secret variables', () => {
  it('are hidden wherever they are given', async () => {
    write({
      'a.tf': 'variable "one" {\n  sensitive = true\n  default   = "canary-default"\n}\nvariable "plain" {}\n',
      'b.tofu': 'variable "two" { ephemeral = true }\n',
      'c.tf.json': '{"variable": {"three": {"sensitive": true}}}',
      'd.tofu.json': '{"variable": {"four": [{"sensitive": true}]}}',
      'terraform.tfvars': 'one = "canary-file"\nplain = "harmless-file"\n',
      'x.auto.tfvars': 'two = {\n  k = <<-EOT\n    canary-heredoc\n  EOT\n}\n',
      'y.auto.tfvars.json': '{"three": ["canary-json"], "plain": "harmless-json"}',
      'other.tfvars': 'one = "not-read"\n',
    });
    await hideSecretVariables(directory, {
      TF_VAR_one: 'canary-given',
      TF_VAR_four: '{ user = "canary-user", "password" = "canary-inner" }',
      TF_VAR_plain: 'harmless-given',
    });
    const secret = ['default', 'file', 'heredoc', 'json', 'given', 'user', 'inner'].map((each) => `canary-${each}`);
    for (const value of secret) {
      expect(redact(`"${value}"`)).toBe('"***"');
      expect(redact(Buffer.from(value).toString('base64'))).toBe('***');
    }
    for (const value of ['harmless-file', 'harmless-json', 'harmless-given', 'not-read', '"password"'])
      expect(redact(value)).toBe(value);
  });

  it('are hidden by their name alone, when it smells of a secret', async () => {
    await hideSecretVariables(directory, {
      TF_VAR_redis_password: 'canary-password',
      TF_VAR_secret_id: 'harmless-identifier',
      redis_password: 'not-a-variable',
    });
    expect(redact('canary-password harmless-identifier not-a-variable')).toBe('*** harmless-identifier not-a-variable');
  });

  it('that are short would blank half of a log, and are left to the runner', async () => {
    write({ 'a.tf': 'variable "port" { sensitive = true }\n' });
    await hideSecretVariables(directory, { TF_VAR_port: '6379' });
    expect(redact('port 6379')).toBe('port 6379');
  });

  it('that the engine refuses are hidden as it quotes them', async () => {
    write({ 'a.tf': 'variable "list" {\n  type      = list(string)\n  sensitive = true\n}\n' });
    await hideSecretVariables(directory, { TF_VAR_list: '["canary-one", "canary-cut' });
    expect(redact('on <value for var.list> line 1: ["canary-one", "canary-cut')).not.toContain('canary');
    expect(redact('canary-one and canary-cut')).toBe('*** and ***');
  });

  it('are none in a directory that is not there', async () => {
    await expect(hideSecretVariables(join(directory, 'absent'), {})).resolves.toBeUndefined();
  });
});
