/**
 * Shares of which several parties hold the same components, and calls in which a party takes no part: both as the subject states.
 *
 * @module
 */
import { type Check, ensure, type Subject } from "./check.ts";
import { chosen, PRIMITIVES } from "./primitives.ts";
import { CALLS, transcribe } from "./transcript.ts";

const SIZE = 256;
const SECRET = -123_456n;

async function consistent(subject: Subject): Promise<void> {
  const names = subject.components!;
  for (const primitive of chosen(PRIMITIVES, subject)) {
    const input = { secret: SECRET, size: SIZE, owners: [0, subject.parties - 1] as const };
    const t = await transcribe(subject, primitive, input, CALLS);
    if (t === undefined) continue;
    for (const call of CALLS) {
      const known = new Map<string, { readonly rank: number; readonly text: string }>();
      t.shares.forEach((shares, rank) => {
        names(rank).forEach((name, i) => {
          const { x, result, summand } = shares[call]!;
          const text = `${x[i]?.join()} ${summand ? "" : result[i]?.join()}`;
          const other = known.get(name);
          ensure(
            other === undefined || other.text === text,
            () => `${primitive.name}: parties ${other!.rank} and ${rank} hold different components ${name}`,
          );
          known.set(name, { rank, text });
        });
      });
    }
  }
}

async function unmessaged(subject: Subject): Promise<void> {
  for (const name of subject.unmessaged!) {
    const primitive = PRIMITIVES.find((p) => p.name === name);
    if (primitive !== undefined && !chosen(PRIMITIVES, subject).includes(primitive)) continue;
    ensure(
      primitive !== undefined,
      () => `there is no primitive "${name}", of which a party receives nothing`,
    );
    const input = { secret: SECRET, size: SIZE, owners: [0, subject.parties - 1] as const };
    const t = await transcribe(subject, primitive!, input, CALLS);
    if (t === undefined) continue;
    for (const call of CALLS) {
      const reached = new Set(t.sent[call].map((s) => s.to));
      ensure(
        reached.size < subject.parties,
        () => `${name}: every party receives a message, one is to receive none`,
      );
    }
  }
}

/** The checks. */
export const COMPONENT_CHECKS: readonly Check<Subject>[] = [
  {
    name: "components are the same wherever they are held",
    about: "After every primitive, parties that hold a component of one name hold the same words.",
    applies: (subject) => subject.components !== undefined,
    run: consistent,
  },
  {
    name: "a party that is not part of a call hears nothing of it",
    about: "In each primitive that is said to leave a party out, one party receives no byte.",
    applies: (subject) => subject.unmessaged !== undefined,
    run: unmessaged,
  },
];
