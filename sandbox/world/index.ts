export { createWorld, restoreWorld, type Attributes, type World } from './world.ts';
