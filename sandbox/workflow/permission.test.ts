import { forkPermissions, jobPermissions } from './permission.ts';

it("takes the job's own, else the workflow's, else GitHub's restricted default", () => {
  expect(jobPermissions({ contents: 'read' }, { issues: 'write' }, undefined)).toEqual({ issues: 'write' });
  expect(jobPermissions({ contents: 'read' }, undefined, undefined)).toEqual({ contents: 'read' });
  expect(jobPermissions(undefined, undefined, undefined)).toEqual({ contents: 'read', packages: 'read' });
  expect(jobPermissions({ contents: 'write' }, {}, undefined)).toEqual({});
});

it('gives no identity with read-all', () => {
  expect(jobPermissions('read-all', undefined, undefined)).toMatchObject({ contents: 'read', 'id-token': 'none' });
});

it('lets a reusable workflow have what its caller has, and no more', () => {
  expect(jobPermissions(undefined, undefined, { contents: 'read' })).toEqual({ contents: 'read' });
  expect(jobPermissions(undefined, { contents: 'read' }, { contents: 'write' })).toEqual({ contents: 'read' });
  expect(() => jobPermissions(undefined, { 'id-token': 'write' }, { contents: 'read' })).toThrow(
    "The nested job is requesting 'id-token: write', but is only allowed 'id-token: none'.",
  );
});

it('refuses a permission that does not exist', () => {
  expect(() => jobPermissions({ content: 'read' }, undefined, undefined)).toThrow('There is no permission content.');
});

it('takes every write and the identity from a fork', () => {
  const given = { contents: 'read', 'pull-requests': 'write', 'id-token': 'write' } as const;
  expect(forkPermissions(given)).toEqual({ contents: 'read', 'pull-requests': 'read', 'id-token': 'none' });
});
