import { start } from './index.js';
await start('credential-plugin');
