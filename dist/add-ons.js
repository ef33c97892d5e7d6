import { start } from './index.js';
await start('add-ons');
