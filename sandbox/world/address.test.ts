import { release, reserve, reserveGlobal, reserveRegional } from './address.ts';
import { emptyRecord } from './record.ts';

describe('a reserved address', () => {
  it('is the first one of its range that nobody has, global and regional apart', () => {
    const record = emptyRecord();
    expect(reserveGlobal({ record }, 'a', { name: 'signal' })).toEqual({ address: '198.51.100.1' });
    expect(reserveGlobal({ record }, 'b', { name: 'other' })).toEqual({ address: '198.51.100.2' });
    expect(reserveRegional({ record }, 'c', { name: 'turn', address_type: 'EXTERNAL' })).toEqual({
      address: '203.0.113.129',
    });
    release({ record }, 'a');
    expect(reserveGlobal({ record }, 'd', { name: 'new' })).toEqual({ address: '198.51.100.1' });
  });

  it('stays when the resource changes', () => {
    const record = emptyRecord();
    reserveGlobal({ record }, 'a', { name: 'a' });
    reserveGlobal({ record }, 'b', { name: 'b' });
    expect(reserveGlobal({ record }, 'b', { name: 'b', description: 'x' })).toEqual({ address: '198.51.100.2' });
  });

  it('is not the pool’s when it is for inside', () => {
    const record = emptyRecord();
    const range = { name: 'services', purpose: 'VPC_PEERING', address_type: 'INTERNAL', address: '10.6.0.0' };
    expect(reserveGlobal({ record }, 'r', range)).toEqual({});
    expect(record.addresses).toEqual({});
  });

  it('is refused once the range is used up', () => {
    const record = emptyRecord();
    const small = reserve('203.0.113.128/30');
    small({ record }, 'a', { name: 'a' });
    expect(small({ record }, 'b', { name: 'b' })).toEqual({ address: '203.0.113.130' });
    expect(() => small({ record }, 'c', { name: 'c' })).toThrow("Quota 'STATIC_ADDRESSES' exceeded");
  });
});
