import { jest } from '@jest/globals';
import { z } from 'zod';
import { terraformRun, type TerraformRun } from './terraform-run.ts';

jest.setTimeout(120_000);

const SETTINGS = `
terraform {
  required_providers {
    google = { source = "hashicorp/google", version = "~> 7.0" }
  }
}
provider "google" {
  project = "nova-livekit-dev"
  region  = "asia-northeast1"
}
variable "secret" {
  type      = string
  ephemeral = true
  default   = "canary-0123456789-0123456789-0123456789"
}
`;

const POOL = 'name = "pool"\n  cluster = "cluster"';

/** One mistake each: what the resource says, and what the engine answers with the stand-in's schema and rules. */
const MISTAKES: [what: string, type: string, body: string, sentence: RegExp][] = [
  [
    'an unknown argument',
    'google_compute_network',
    'name = "n"\n  colour = "blue"',
    /argument named "colour" is not expected/,
  ],
  [
    'a missing argument',
    'google_compute_subnetwork',
    'name = "n"\n  ip_cidr_range = "10.0.0.0/20"',
    /The argument "network" is required/,
  ],
  [
    'a wrong type',
    'google_compute_network',
    'name = "n"\n  mtu = "many"',
    /Inappropriate value for attribute "mtu": a number is required/,
  ],
  [
    'a list for a single value',
    'google_compute_network',
    'name = ["n"]',
    /Inappropriate value for attribute "name": string required/,
  ],
  [
    'what only Google sets',
    'google_compute_network',
    'name = "n"\n  self_link = "https://mine"',
    /Can't configure a value for "self_link"/,
  ],
  ['an id of its own', 'google_compute_network', 'name = "n"\n  id = "mine"', /Invalid or unknown key/],
  [
    'an unknown block',
    'google_compute_network',
    'name = "n"\n  route {}',
    /Blocks of type "route" are not expected here/,
  ],
  [
    'an unknown argument in a block',
    'google_container_node_pool',
    `${POOL}\n  node_config {\n    machine = "c2-standard-4"\n  }`,
    /argument named "machine" is not expected/,
  ],
  [
    'an unknown block in a block',
    'google_container_node_pool',
    `${POOL}\n  node_config {\n    gpu {}\n  }`,
    /Blocks of type "gpu" are not expected here/,
  ],
  [
    'a missing argument in a block',
    'google_container_node_pool',
    `${POOL}\n  node_config {\n    taint {\n      key = "k"\n      value = "v"\n    }\n  }`,
    /The argument "effect" is required/,
  ],
  [
    'a wrong type in a block',
    'google_container_node_pool',
    `${POOL}\n  node_config {\n    disk_size_gb = "large"\n  }`,
    /Inappropriate value for attribute "disk_size_gb": a number is required/,
  ],
  [
    'what only Google sets, in a block',
    'google_container_node_pool',
    `${POOL}\n  node_config {\n    effective_taints = []\n  }`,
    /Can't configure a value for "effective_taints"/,
  ],
  [
    'a block too many',
    'google_container_node_pool',
    `${POOL}\n  autoscaling {}\n  autoscaling {}`,
    /No more than 1 "autoscaling" blocks are allowed/,
  ],
  [
    'a missing block',
    'google_secret_manager_secret',
    'secret_id = "s"',
    /At least 1 "replication" blocks are required|Insufficient replication blocks/,
  ],
  [
    'a missing block in a block',
    'google_secret_manager_secret',
    'secret_id = "s"\n  replication {\n    user_managed {}\n  }',
    /Insufficient replicas blocks|At least 1 "replicas" blocks are required/,
  ],
  [
    'a rule of the real provider, in a block',
    'google_container_node_pool',
    `${POOL}\n  node_config {\n    taint {\n      key = "k"\n      value = "v"\n      effect = "NoSchedule"\n    }\n  }`,
    /expected node_config\.taint\.effect to be one of/,
  ],
  [
    'an ephemeral value for an argument that is kept',
    'google_secret_manager_secret_version',
    'secret = "projects/p/secrets/s"\n  secret_data = var.secret',
    /[Ee]phemeral/,
  ],
  [
    'a write-only value without its version',
    'google_secret_manager_secret_version',
    'secret = "projects/p/secrets/s"\n  secret_data_wo = var.secret',
    /secret_data_wo_version/,
  ],
  [
    'a secret twice',
    'google_secret_manager_secret_version',
    'secret = "projects/p/secrets/s"\n  secret_data = "mine"\n  secret_data_wo = var.secret\n  secret_data_wo_version = 1',
    /secret_data,secret_data_wo/,
  ],
];

const answer = z.object({
  diagnostics: z.array(
    z.object({
      summary: z.string(),
      detail: z.string().default(''),
      range: z.object({ filename: z.string() }).optional(),
    }),
  ),
});

let run: TerraformRun;
beforeAll(async () => {
  run = await terraformRun();
  await run.write('settings.tf', SETTINGS);
  await run.write('right.tf', resource('google_compute_network', 'right', 'name = "right"'));
  expect(await run.run(['init'])).toMatchObject({ exitCode: 0 });
});
afterAll(() => run.remove());

function resource(type: string, name: string, body: string): string {
  return `resource "${type}" "${name}" {\n  ${body}\n}\n`;
}

test('a right configuration is accepted', async () => {
  expect(await run.run(['validate'])).toMatchObject({ exitCode: 0 });
});

describe('refused at validate, where it is said', () => {
  let told: Map<string, string>;
  beforeAll(async () => {
    // One file for each, so that the answer tells which mistake it means.
    for (const [index, [, type, body]] of MISTAKES.entries())
      await run.write(`mistake${index}.tf`, resource(type, `mistake${index}`, body));
    const { text, exitCode } = await run.run(['validate', '-json']);
    expect(exitCode).toBe(1);
    told = new Map();
    for (const { summary, detail, range } of answer.parse(JSON.parse(text)).diagnostics) {
      const file = range?.filename ?? '';
      told.set(file, `${told.get(file) ?? ''}${summary}. ${detail}\n`);
    }
  });

  test.each(MISTAKES.map(([what, , , sentence], index) => [what, sentence, `mistake${index}.tf`] as const))(
    '%s',
    (_, sentence, file) => {
      expect(told.get(file)).toMatch(sentence);
    },
  );

  test('and nothing that is right', () => {
    expect(told.get('right.tf')).toBeUndefined();
  });
});
