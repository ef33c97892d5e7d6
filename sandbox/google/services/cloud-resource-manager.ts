import { route } from '../service.ts';
import type { Call, Service } from '../service.ts';

/** Cloud Resource Manager: the project. */
export const cloudResourceManager: Service = {
  host: 'cloudresourcemanager.googleapis.com',
  scopes: ['https://www.googleapis.com/auth/cloudplatformprojects.readonly'],
  routes: [
    route({
      method: 'GET',
      path: '/v1/projects/{project}',
      permission: 'resourcemanager.projects.get',
      answer: ({ cloud: { config } }: Call) => ({
        body: {
          projectNumber: config.project.number,
          projectId: config.project.id,
          lifecycleState: 'ACTIVE',
          name: config.project.id,
          createTime: '2026-01-01T00:00:00.000Z',
        },
      }),
    }),
    route({
      method: 'GET',
      path: '/v3/projects/{project}',
      permission: 'resourcemanager.projects.get',
      answer: ({ cloud: { config } }: Call) => ({
        body: {
          name: `projects/${config.project.number}`,
          projectId: config.project.id,
          state: 'ACTIVE',
          displayName: config.project.id,
          createTime: '2026-01-01T00:00:00.000Z',
        },
      }),
    }),
  ],
  refusals: [
    {
      situation: 'a project of someone else',
      request: { method: 'GET', path: '/v1/projects/somebody-elses', as: 'livekit-plan' },
      status: 403,
      says: "Permission 'resourcemanager.projects.get' denied on resource 'projects/somebody-elses'",
    },
    {
      situation: 'no token',
      request: { method: 'GET', path: '/v3/projects/nova-livekit-dev', as: 'anonymous' },
      status: 401,
      says: 'missing required authentication credential',
    },
    {
      situation: 'a method that does not exist',
      request: { method: 'GET', path: '/v2/projects/nova-livekit-dev', as: 'livekit-plan' },
      status: 404,
      says: 'was not found on this server',
    },
  ],
};
