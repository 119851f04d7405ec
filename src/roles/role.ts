import type Anthropic from '@anthropic-ai/sdk';
import type { ZodType } from 'zod';
import type { Hash } from '../run/artifacts.ts';
import type { Cost } from '../run/facts.ts';

/** The jobs that a model has in a run. */
export const roleNames = ['spec-author', 'spec-reviewer', 'test-writer', 'builder', 'reviewer'] as const;
export type RoleName = (typeof roleNames)[number];

/** `strong` is for the reviewer and for candidates after repeated failure. */
export type Tier = 'standard' | 'strong';

/** Fills `{{name}}` of a prompt. Every part is data: it goes between fences, cleaned of invisible characters. */
export interface Part {
  name: string;
  /** Hashes of the artifacts that the text shows; `words` when it shows none (notes of the base commit, a person's command). */
  from: Hash[] | 'words';
  text: string;
}

/** A tool that a phase injects. It runs in a sandbox; what it throws becomes an error result for the model. */
export interface RoleTool<Input = unknown> {
  definition: { name: string; description: string; input_schema: ZodType<Input> };
  /** Gets the input after `input_schema` accepted it. Must obey the signal. */
  run(input: Input, signal: AbortSignal): Promise<string>;
}

/** A tool whose `run` is typed by its own schema; only the loop, which checks the input first, calls it. */
export function roleTool<Input>(tool: RoleTool<Input>): RoleTool {
  return tool as RoleTool;
}

export interface RoleLimits {
  /** Answers of the model, the repair included. */
  turns: number;
  /** US dollars for this call. Checked before each turn; output is limited to what is left. */
  usd: number;
  /** Milliseconds without a byte from the service before the turn is given up and repeated. */
  idleMs: number;
  /** Milliseconds for the whole call. */
  activeMs: number;
}

export interface RoleCall<T> {
  run: string;
  /** Names the attempt of a phase that it is part of, e.g. `build 2`: there a call that died is taken up again. */
  attempt: string;
  role: RoleName;
  /** File under prompts/ without `.md`, e.g. `builder/build`. */
  prompt: string;
  tier: Tier;
  parts: Part[];
  schema: ZodType<T>;
  tools: RoleTool[];
  limits: RoleLimits;
  /** Program lints of the answer: each string is a misfit, told to the model in the one repair question. */
  check?: (value: T) => string[];
  /** Sees everything that we put together before any of it leaves; throws to stop the call (shingle check). */
  guard?: (assembled: string) => void;
}

/** Tokens of a call, summed over its turns, those of broken-off streams included. */
export interface RoleUsage {
  inputTokens: number;
  outputTokens: number;
  cacheWriteTokens: number;
  cacheReadTokens: number;
}

/** One request and what came of it. */
export interface Turn {
  ms: number;
  requestId: string | undefined;
  stopReason: string | undefined;
  usage: RoleUsage;
  /** Set when the request was given up; the turn was then repeated or the call failed. */
  fault: string | undefined;
}

/** All that went to and came from the model in a call, whichever way it ended. */
export interface Transcript {
  run: string;
  attempt: string;
  role: RoleName;
  prompt: string;
  model: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  cost: Cost;
  usage: RoleUsage;
  exposed: Hash[];
  system: string;
  messages: Anthropic.MessageParam[];
  turns: Turn[];
  /** `unfinished`, `answered`, or the words of the error. */
  outcome: string;
}

export interface RoleAnswer<T> {
  value: T;
  cost: Cost;
  model: string;
  usage: RoleUsage;
  transcript: Transcript;
  /** Hashes of every artifact whose text was shown: the provenance of the answer. */
  exposed: Hash[];
  /**
   * Every text that we put together for the model: system, user message, tool definitions, repair question.
   * Not the results of tools: those show the repository and what the model wrote itself.
   */
  assembled: string;
}

export interface Roles {
  /**
   * Asks one model for one answer. Throws AnswerError, ModelFaultError or BudgetError (role-error.ts), each with the
   * cost so far; the reason of the signal when it is aborted; and what `guard` throws.
   */
  call<T>(call: RoleCall<T>, signal: AbortSignal): Promise<RoleAnswer<T>>;
  readonly models: ModelTable;
}

/** US dollars per million tokens. */
export interface Price {
  input: number;
  output: number;
  cacheWrite: number;
  cacheRead: number;
}

export interface Model {
  id: string;
  /** Most tokens that we ask for in one turn. */
  maxTokens: number;
  price: Price;
}
export type ModelTable = Record<Tier, Model>;
