/** `resolve.ts '[{"name":"example.com","type":"A"}]'`: prints what the machine's own DNS server answers, null when it has none. */
import { Resolver } from 'node:dns/promises';
import { z } from 'zod';

const Questions = z.array(z.object({ name: z.string(), type: z.string() }));

const resolver = new Resolver({ timeout: 1000, tries: 2 });
const answers = Questions.parse(JSON.parse(process.argv[2] ?? '')).map(({ name, type }) =>
  resolver.resolve(name, type).catch(() => null),
);
console.log(JSON.stringify(await Promise.all(answers)));
