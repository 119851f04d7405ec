import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { Script, type ScriptTurn } from '../../src/offline/model/script.ts';
import { type ScriptedModel, startScriptedModel } from '../../src/offline/model/scripted-model.ts';
import { createRoles, type RolesOptions } from '../../src/roles/create-roles.ts';
import { defaultModels } from '../../src/roles/models.ts';
import type { ModelTable, RoleCall, Roles, RoleTool, Transcript } from '../../src/roles/role.ts';
import { roleTool } from '../../src/roles/role.ts';

export const promptsDir = fileURLToPath(new URL('../../prompts', import.meta.url));

export const Greeting = z.object({ greeting: z.string().min(3), count: z.number() });
type Greeting = z.infer<typeof Greeting>;

export interface Bench {
  model: ScriptedModel;
  roles: Roles;
  transcripts: Transcript[];
}

/** The door against a scripted model in which the builder plays these turns (more than one list: more calls). */
export async function bench(...calls: z.input<typeof ScriptTurn>[][]): Promise<Bench> {
  return benchWith(defaultModels, calls);
}

export async function benchWith(
  models: ModelTable,
  calls: z.input<typeof ScriptTurn>[][],
  lives: Pick<RolesOptions, 'onAnswer' | 'earlier'> = {},
): Promise<Bench> {
  const script = Script.parse({ calls: calls.map((turns) => ({ turns })) });
  const model = await startScriptedModel({ scripts: new Map([['builder', script]]) });
  onTestFinished(() => model.close());
  const transcripts: Transcript[] = [];
  const roles = createRoles({
    apiKey: 'test-key',
    baseUrl: model.url,
    promptsDir,
    models,
    log: { warn: () => {} },
    onTranscript: (transcript) => void transcripts.push(transcript),
    retry: { attempts: 3, baseMs: 1, maxMs: 5 },
    ...lives,
  });
  return { model, roles, transcripts };
}

export const readFile = (read: (path: string, signal: AbortSignal) => Promise<string>): RoleTool =>
  roleTool({
    definition: {
      name: 'read_file',
      description: 'Reads a file of the repository.',
      input_schema: z.object({ path: z.string() }),
    },
    run: ({ path }, signal) => read(path, signal),
  });

export function builderCall(over: Partial<RoleCall<Greeting>> = {}): RoleCall<Greeting> {
  return {
    run: 'run-1',
    attempt: 'build 1',
    role: 'builder',
    prompt: 'builder/build',
    tier: 'standard',
    parts: [
      { name: 'issue', from: ['hash-issue'], text: 'Greet people.' },
      { name: 'interface', from: ['hash-interface'], text: 'greet(name: string): string' },
      { name: 'plan', from: ['hash-plan'], text: 'T1: write greet' },
      { name: 'notes', from: 'words', text: '' },
    ],
    schema: Greeting,
    tools: [],
    limits: { turns: 10, usd: 1, idleMs: 5_000, activeMs: 20_000 },
    ...over,
  };
}

export const good = { content: [{ answer: { greeting: 'hello', count: 1 } }] };
export const bad = { content: [{ answer: { greeting: 'hi' } }] };
export const look = { content: [{ type: 'tool_use' as const, name: 'read_file', input: { path: 'a.js' } }] };
export const forever = new AbortController().signal;
