import { createHash } from 'node:crypto';
import type { RoleName } from '../../roles/role.ts';
import { blocksOf, type MessagesRequest } from './request.ts';
import type { Fault, ScriptCall, Scripts, ScriptTurn } from './script.ts';

/** Where in its script a request is. */
export interface Position {
  /** Short and the same for the same conversation. */
  id: string;
  /** Numbers of the call in the script and of the turn in the call, from 0. */
  call: number;
  turn: number;
  script: ScriptTurn;
  /** What goes wrong with this attempt. */
  fault: Fault | undefined;
}

interface Conversation {
  id: string;
  call: number;
  script: ScriptCall;
  /** Faults that were shown already, by turn. */
  shown: Map<number, number>;
}

/**
 * Finds the scripted turn for a request. A conversation is known by its run, system part and first user message: the
 * same first request again (the app was killed and asks again) gets the same call, a new one the first unused call
 * that fits. The turn is the number of assistant messages.
 */
export class Conversations {
  readonly #scripts: Scripts;
  readonly #known = new Map<string, Conversation>();

  constructor(scripts: Scripts) {
    this.#scripts = scripts;
  }

  /** Words instead of a position: why the script has no answer. */
  locate(request: MessagesRequest, run: string, role: RoleName): Position | string {
    const first = textOf(request.messages[0]?.content);
    const id = createHash('sha256')
      .update(JSON.stringify([run, role, textOf(request.system), first]))
      .digest('hex')
      .slice(0, 16);
    const conversation = this.#known.get(`${role} ${id}`) ?? this.#begin(role, id, first);
    if (typeof conversation === 'string') return conversation;
    const turn = request.messages.filter((message) => message.role === 'assistant').length;
    const script = conversation.script.turns[turn];
    const where = `calls[${conversation.call}]`;
    if (!script) return `model/${role}.yaml: ${where} has no turn ${turn} for a conversation that goes on`;
    const pausedBefore = conversation.script.turns[turn - 1]?.stopReason === 'pause_turn';
    if (request.messages.at(-1)?.role === 'assistant' && !pausedBefore)
      return `${role} sent a conversation that ends with the model's own words, which current models refuse`;
    const offered = new Set(request.tools?.map(({ name }) => name));
    const unknown = script.content.find((block) => block.type === 'tool_use' && !offered.has(block.name));
    if (unknown?.type === 'tool_use')
      return `model/${role}.yaml: ${where}.turns[${turn}] uses the tool ${unknown.name}, which ${role} does not have (it has: ${[...offered].join(', ') || 'none'})`;
    const shown = conversation.shown.get(turn) ?? 0;
    conversation.shown.set(turn, shown + 1);
    return { id, call: conversation.call, turn, script, fault: script.fault[shown] };
  }

  #begin(role: RoleName, id: string, first: string): Conversation | string {
    const script = this.#scripts.get(role);
    if (!script) return `model/${role}.yaml is missing, but the app asks ${role}`;
    const used = new Set(
      [...this.#known].flatMap(([key, { call }]) => (key.startsWith(`${role} `) ? [call] : [])),
    );
    const call = script.calls.findIndex(
      ({ when }, number) => !used.has(number) && (when === undefined || first.includes(when)),
    );
    const found = script.calls[call];
    if (!found)
      return `model/${role}.yaml: no call is left for conversation ${used.size + 1} (${script.calls.length} in the script)`;
    const conversation = { id, call, script: found, shown: new Map() };
    this.#known.set(`${role} ${id}`, conversation);
    return conversation;
  }
}

/** Without cache_control, which moves from turn to turn. */
function textOf(content: MessagesRequest['system']): string {
  return blocksOf(content)
    .map((block) => (typeof block.text === 'string' ? block.text : JSON.stringify(block)))
    .join('\n');
}
