// Encrypted bundles against typage, an implementation of age that shares no code with ours: it
// opens what the collector wrote, and the analyzer opens what it wrote.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as age from "age-encryption";

const [serve, collector, analyzer] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "encryption-"));
const at = (name) => join(folder, name);

function check(holds, what) {
  if (!holds) throw new Error(what);
}

function analyze(...args) {
  const { status, stdout, stderr } = spawnSync(analyzer, ["analyze", ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

const endpoint = spawn(serve, ["port-mismatch", "0"], { stdio: ["ignore", "pipe", "inherit"] });
try {
  const url = await new Promise((told) => endpoint.stdout.once("data", (line) => told(String(line).trim())));
  const identities = [await age.generateIdentity(), await age.generateIdentity()];
  writeFileSync(at("key.txt"), `# created: 2026-11-20T12:00:00Z\n${identities[1]}\n`);

  const recipients = await Promise.all(identities.map(age.identityToRecipient));
  const collected = spawnSync(
    collector,
    ["collect", "--service", "shop", "-o", at("web.age"), ...recipients.flatMap((it) => ["--recipient", it])],
    {
      encoding: "utf8",
      env: {
        PATH: process.env.PATH,
        AWS_ENDPOINT_URL: url,
        AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
        AWS_SECRET_ACCESS_KEY: "simulated",
        AWS_REGION: "us-east-1",
        AWS_EC2_METADATA_DISABLED: "true",
      },
    },
  );
  check(collected.status <= 1, collected.stderr);

  for (const identity of identities) {
    const decrypter = new age.Decrypter();
    decrypter.addIdentity(identity);
    writeFileSync(at("plain.zst"), await decrypter.decrypt(readFileSync(at("web.age"))));
  }
  const plain = analyze(at("plain.zst"));
  check(plain.status === 1, plain.stderr);
  check(analyze("--identity", at("key.txt"), at("web.age")).stdout === plain.stdout, "our own file");

  const encrypter = new age.Encrypter();
  encrypter.addRecipient(recipients[1]);
  const theirs = await encrypter.encrypt(readFileSync(at("plain.zst")));
  writeFileSync(at("theirs.age"), theirs);
  writeFileSync(at("armored.age"), age.armor.encode(theirs));
  for (const name of ["theirs.age", "armored.age"]) {
    const report = analyze("--identity", at("key.txt"), at(name));
    check(report.stdout === plain.stdout, `${name}: ${report.stderr}`);
  }
  console.log("encryption: what the collector wrote was opened by two identities, what typage wrote in both forms");
} finally {
  endpoint.kill();
  rmSync(folder, { recursive: true });
}
