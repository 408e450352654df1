import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { foldPlan } from '../../../core/dsl/folded-plan.js';
import { parseBlueprint, type SourceCache } from '../../../core/dsl/parse.js';
import type { Plan } from '../../../core/dsl/plan.js';
import { encodePlan, jsonPieces, planJsonSize } from '../../../core/dsl/plan-codec.js';
import { pack } from '../plans/stored-plan.js';
import { BlueprintFolder } from './blueprint-folder.js';
import type { Answer, FromThread, ParseJob, ParseReply, PlanFacts, Question, ToThread } from './parse-messages.js';
import {
  MAX_FOLDED_BYTES,
  MAX_PLAN_BYTES,
  MAX_REQUIREMENTS_LENGTH,
  planTooLarge,
  requirementsTooLarge,
} from './plan-limits.js';
import { MAX_SOURCE_BYTES } from './source-text.js';
import { ThreadResolver } from './thread-resolver.js';

/** The thread that parses blueprints, one after another. What it keeps between them are the built-in types alone. */
const builtIn: SourceCache = new Map();
const open = new Map<number, (answer: Answer) => void>();
let questions = 0;

parentPort?.on('message', (message: ToThread) => {
  if (message.kind === 'job') {
    void run(message.job);
    return;
  }
  open.get(message.number)?.(message.answer);
  open.delete(message.number);
});

stepBack();
tell({ kind: 'ready' });

/** Where processors are few, requests come first. Linux knows the priority of a thread; elsewhere it stays as it is. */
function stepBack(): void {
  try {
    const [, , thread] = readlinkSync('/proc/thread-self').split('/');
    setPriority(Number(thread), constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It is no more than politeness.
  }
}

function ask(question: Question): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  questions += 1;
  open.set(questions, resolve);
  tell({ kind: 'question', number: questions, question });
  return promise;
}

async function run(job: ParseJob): Promise<void> {
  const reply = await replyTo(job);
  const moved = reply.kind === 'parsed' ? [reply.folded.buffer, reply.encoded.buffer] : [];
  tell({ kind: 'reply', reply, heapBytes: process.memoryUsage().heapUsed }, moved);
}

async function replyTo(job: ParseJob): Promise<ParseReply> {
  try {
    const folder = await BlueprintFolder.list(job.folder, MAX_SOURCE_BYTES);
    const resolver = new ThreadResolver(folder, ask);
    const { plan, errors, warnings } = await parseBlueprint(
      {
        mainFile: job.mainFile,
        validateVersions: job.validateVersions,
        hasFile: (path) => folder.has(path),
        rules: job.rules,
        fallback: job.fallback,
        pins: { mappings: new Map(job.pinnedVersions), constraints: new Map(job.pluginConstraints) },
      },
      resolver,
      { sources: builtIn, clock: { now: Date.now(), timeZone: 'UTC' } },
    );
    return plan === null ? { kind: 'refused', errors, warnings } : parsed(plan, warnings);
  } catch (error) {
    return { kind: 'broken', trace: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function parsed(plan: Plan, warnings: Extract<ParseReply, { kind: 'parsed' }>['warnings']): ParseReply {
  if (planJsonSize(plan) > MAX_PLAN_BYTES) return { kind: 'refused', errors: [planTooLarge()], warnings };
  const facts = factsOf(plan);
  if (facts.requirements.length > MAX_REQUIREMENTS_LENGTH) {
    return { kind: 'refused', errors: [requirementsTooLarge()], warnings };
  }
  const { bytes, wireBytes } = foldPlan(plan);
  if (bytes.length > MAX_FOLDED_BYTES) return { kind: 'refused', errors: [planTooLarge()], warnings };
  return {
    kind: 'parsed',
    folded: pack(bytes),
    encoded: pack(encodePlan(plan)),
    wireBytes,
    facts,
    warnings,
  };
}

function factsOf(plan: Plan): PlanFacts {
  return {
    description: plan.description,
    requirements: [...jsonPieces(plan.requirements)].join(''),
    blueprintLabels: [...plan.blueprint_labels].map(
      ([key, { values }]) => [key, values.map((value) => (typeof value === 'string' ? value : null))] as const,
    ),
    importedBlueprints: plan.imported_blueprints,
    packages: packagesOf(plan),
  };
}

function packagesOf(plan: Plan): PlanFacts['packages'] {
  const plugins = [
    ...plan.deployment_plugins_to_install,
    ...plan.host_agent_plugins_to_install,
    ...plan.workflow_plugins_to_install,
  ];
  const packages = plugins.flatMap(({ package_name: name, package_version: version }) =>
    typeof name === 'string' && typeof version === 'string' ? [{ name, version }] : [],
  );
  return [...new Map(packages.map((one) => [JSON.stringify([one.name, one.version]), one])).values()];
}

function tell(message: FromThread, moved: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, moved);
}
