import { askDns, type Questions } from './dns.ts';

const failing = (code: string): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }));

/** A DNS that knows these CAA records and answers `otherwise` to all else. */
function dns(caa: Readonly<Record<string, string[]>>, otherwise: string): Questions {
  return {
    resolve4: () => Promise.resolve(['198.51.100.1']),
    resolve6: () => failing('ENODATA'),
    resolveCaa: (name) => {
      const found = caa[name];
      return found ? Promise.resolve(found.map((issue) => ({ issue, critical: 0 }))) : failing(otherwise);
    },
  };
}

describe('CAA', () => {
  it('is that of the closest name', async () => {
    const caa = { 'example.com': ['pki.goog'], 'a.example.com': ['letsencrypt.org'] };
    await expect(askDns('x.a.example.com', dns(caa, 'ENODATA'))).resolves.toMatchObject({ caa: ['letsencrypt.org'] });
    await expect(askDns('b.example.com', dns(caa, 'ENOTFOUND'))).resolves.toMatchObject({ caa: ['pki.goog'] });
  });

  it('restricts nobody where there is none, also above the zones that the world knows', async () => {
    await expect(askDns('a.example.com', dns({}, 'EREFUSED'))).resolves.toEqual({
      ...{ a: ['198.51.100.1'], aaaa: [], caa: [] },
    });
  });

  it('is unknown when the server fails', async () => {
    await expect(askDns('a.example.com', dns({}, 'ESERVFAIL'))).resolves.toMatchObject({ caa: undefined });
    await expect(askDns('a.example.com', dns({}, 'ETIMEOUT'))).resolves.toMatchObject({ caa: undefined });
  });
});
