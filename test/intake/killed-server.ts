import { openStore } from '../../src/store/open.ts';
import { serveIntake } from './webhook-server.ts';

// A process to be killed: it stores webhooks in the file that it is given and never gets to process one.
const store = await openStore({ path: process.argv[2]! });
const server = await serveIntake({ store, receive: () => new Promise(() => {}) });
server.intake.start();
console.log(server.url);
