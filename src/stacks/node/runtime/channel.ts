/**
 * The test's end of the channel to the code under test. The generated proxy modules call it; a test sees ordinary
 * functions: synchronous where the code is synchronous, promises where it returns promises.
 */
import { randomUUID } from 'node:crypto';
import { clearTimeout, setTimeout } from 'node:timers';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { decode, type ErrorClasses, encode } from './codec.ts';
import type { CourierData, Reply } from './courier.ts';

export interface ChannelOptions {
  /** Absolute path of the courier's module. */
  courier: string;
  /** How the driver is started. */
  argv: string[];
  cwd: string;
  env: Record<string, string>;
  user: { uid: number; gid: number } | null;
  /** Longest time for one call, and for the first one (start and import) in ms. */
  callMs: number;
  startMs: number;
}

export interface Module {
  /** Calls an exported function with data. Throws, or rejects, what the code throws. */
  call(name: string, args: unknown[]): unknown;
  /** An exported constant; undefined when the code has none. */
  constant(name: string): unknown;
}

// Taken now: a test may fake the clock later.
const now = performance.now.bind(performance);

function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

/** One process for all modules of a test file: state inside the code lives as long as the file. */
export function openChannel(options: ChannelOptions): (path: string, classes?: ErrorClasses) => Module {
  const answers = new MessageChannel();
  const settlements = new MessageChannel();
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const { courier, argv, cwd, env, user } = options;
  const worker = new Worker(courier, {
    name: randomUUID(),
    execArgv: [],
    env: {},
    workerData: {
      answers: answers.port2,
      settlements: settlements.port2,
      flag,
      argv,
      cwd,
      env,
      user,
    } satisfies CourierData,
    transferList: [answers.port2, settlements.port2],
  });
  worker.unref();

  let lastId = 0;
  let pid: number | undefined;
  const waiting = new Map<number, (reply: Reply | 'time') => void>();
  settlements.port1.on('message', (reply: Reply) => waiting.get(reply.id)?.(reply));
  settlements.port1.unref();
  process.on('exit', () => {
    try {
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    } catch {
      // Another user's process: it ends with the channel, or the sandbox reaps it.
    }
  });

  /** Blocks this thread until the code answered. */
  const ask = (request: { do: 'get' | 'call'; module: string; name: string; args?: unknown }): Reply => {
    lastId += 1;
    const id = lastId;
    const limit = pid === undefined ? options.startMs : options.callMs;
    const deadline = now() + limit;
    worker.postMessage({ ...request, id });
    for (;;) {
      const left = deadline - now();
      if (left <= 0) {
        worker.postMessage({ stop: true });
        pid = undefined;
        throw named('TimeLimitError', `no answer from ${request.name} within ${limit} ms`);
      }
      Atomics.wait(flag, 0, 0, left);
      Atomics.store(flag, 0, 0);
      for (let got = receiveMessageOnPort(answers.port1); got; got = receiveMessageOnPort(answers.port1)) {
        const reply = got.message as Reply;
        if (reply.is === 'pid') pid = reply.pid;
        else if (reply.id === id) return reply;
      }
    }
  };

  return (path, classes = {}) => {
    const outcome = (reply: Reply, name: string): unknown => {
      switch (reply.is) {
        case 'value':
          return decode(reply.wire, classes);
        case 'threw':
          throw decode(reply.wire, classes);
        case 'missing':
          throw named('NotImplementedError', `${name} is not implemented: ${reply.why}`);
        case 'cannot':
          throw named('CannotCross', reply.why);
        case 'gone':
          throw named('CodeEndedError', reply.why);
        default:
          throw named('ChannelError', `an answer from ${name} that cannot be read`);
      }
    };
    return {
      call(name, args) {
        const reply = ask({ do: 'call', module: path, name, args: encode(args, `the arguments of ${name}`) });
        if (reply.is !== 'promise') return outcome(reply, name);
        return new Promise((resolve, reject) => {
          const timer = setTimeout(() => waiting.get(reply.id)?.('time'), options.callMs);
          settlements.port1.ref();
          waiting.set(reply.id, (settled) => {
            clearTimeout(timer);
            waiting.delete(reply.id);
            if (waiting.size === 0) settlements.port1.unref();
            try {
              if (settled === 'time') {
                throw named('TimeLimitError', `${name} did not settle within ${options.callMs} ms`);
              }
              resolve(outcome(settled, name));
            } catch (error) {
              reject(error);
            }
          });
        });
      },
      constant(name) {
        try {
          return outcome(ask({ do: 'get', module: path, name }), name);
        } catch {
          // The proxy must load whatever the code is like; a test that expects a value fails by itself.
          return undefined;
        }
      },
    };
  };
}
