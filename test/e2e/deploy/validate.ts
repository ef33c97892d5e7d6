import { run } from '../../../sandbox/command.ts';
import type { Canary } from '../../../sandbox/demo/canary.ts';
import { webAuthority } from '../../../sandbox/gke/certificate/authority.ts';
import { inWorld } from '../../../sandbox/world/outside.ts';
import { token } from './call.ts';
import type { Lab } from './lab.ts';

const ASK = `fetch(process.argv[1], { headers: { authorization: 'Bearer ' + process.env.TOKEN } })
  .then(({ status }) => console.log(status))`;

/** The status with which the environment's domain answers somebody on the internet whose token is signed with these keys. */
export async function validate({ config, environment }: Lab, keys: Canary): Promise<number> {
  const [command = '', ...prefix] = inWorld(config.directory);
  const ask = [process.execPath, '--eval', ASK, `https://${environment.domain}/rtc/validate`];
  const status = await run(command, [...prefix, ...ask], {
    env: {
      NODE_EXTRA_CA_CERTS: webAuthority(config.directory),
      TOKEN: await token({ keys, room: 'validate' }, 'somebody'),
    },
    timeoutSeconds: 20,
  });
  return Number(status);
}
