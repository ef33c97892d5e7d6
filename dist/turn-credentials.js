import { start } from './index.js';
await start('turn-credentials');
