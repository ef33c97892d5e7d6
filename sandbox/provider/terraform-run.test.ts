import { jest } from '@jest/globals';
import { terraformRun } from './terraform-run.ts';

jest.setTimeout(60_000);

test('the search for a secret finds it in a plan, in every encoding', async () => {
  const secret = 'canary+/="&-0123456789';
  const run = await terraformRun();
  try {
    await run.write(
      'main.tf',
      'variable "secret" {}\noutput "encoded" { value = "x${base64encode("${urlencode("id")}:${var.secret}")}" }\n',
    );
    expect(await run.run(['init'])).toMatchObject({ exitCode: 0 });
    expect(await run.run(['plan', '-out=planned'], { TF_VAR_secret: secret })).toMatchObject({ exitCode: 0 });
    expect(await run.filesWith(secret)).toContain(`${run.directory}/planned!tfplan`);
    expect(await run.filesWith('canary+/="&-9876543210')).toEqual([]);
  } finally {
    await run.remove();
  }
});
