// Reads rule files and SARIF with readers that others wrote, and scans with secretlint: one request a line on standard input,
// one answer a line on standard output.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';
import toml from '@iarna/toml';
import { createEngine } from '@secretlint/node';
import yaml from 'yaml';

const acts = {
  toml: ({ text }) => toml.parse(text),
  yaml: ({ text }) => yaml.parse(text, { strict: true }),
  json: ({ text }) => JSON.parse(text),
  sarif: async ({ texts }) => (await import('./sarif.mjs')).complaints(texts),

  // As its command line does it: a configuration in a file, a report as JSON, secrets not masked.
  async secretlint({ rules, text }) {
    const folder = mkdtempSync(join(tmpdir(), 'safetycenter-rules-'));
    try {
      const [configuration, file] = [join(folder, 'rules.json'), join(folder, 'corpus.txt')];
      writeFileSync(configuration, rules);
      writeFileSync(file, text);
      const engine = await createEngine({
        configFilePath: configuration, cwd: process.cwd(), formatter: 'json', color: false, maskSecrets: false,
      });
      const { output } = await engine.executeOnFiles({ filePathList: [file] });
      return JSON.parse(output)[0].messages.map(message => text.slice(...message.range));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

console.log('ready');
for await (const line of readline.createInterface({ input: process.stdin })) {
  const { act, ...request } = JSON.parse(line);
  let answer;
  try {
    answer = { value: await acts[act](request) };
  } catch (failure) {
    answer = { failure: String(failure) };
  }
  console.log(JSON.stringify(answer));
}
