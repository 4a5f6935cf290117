// Answers requests by an implementation of IAM that shares no code with ours: a simulation a line on
// standard input, an answer a line on standard output.

import { createInterface } from "node:readline";
import { runSimulation } from "@cloud-copilot/iam-simulate";

async function answer(line) {
  try {
    const found = await runSimulation(JSON.parse(line), {});
    if (found.resultType === "error") return { error: JSON.stringify(found.errors) };
    const results = found.results ?? [found.result];
    // It drops condition keys that the action does not have; such a case would prove nothing.
    const ignored = results.flatMap((result) => result?.ignoredContextKeys ?? []);
    return { verdict: found.overallResult, ignored };
  } catch (error) {
    return { error: String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}
