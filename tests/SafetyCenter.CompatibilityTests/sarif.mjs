// Checks SARIF against its schema, and against what GitHub's code scanning asks for, by the rules of Microsoft's SARIF multitool.
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import multitool from '@microsoft/sarif-multitool';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const schema = JSON.parse(readFileSync(join(dirname(multitool), 'sarif-2.1.0.json')));
const ajv = new Ajv.default({ allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(schema);

// What is wrong with each of these texts: a list for each.
export async function complaints(texts) {
  const fromGitHub = await ofGitHub(texts);
  return texts.map((text, index) => [...ofSchema(text), ...fromGitHub[index]]);
}

function ofSchema(text) {
  validate(JSON.parse(text));
  return (validate.errors ?? []).map(error => `schema: ${error.instancePath} ${error.message}`);
}

// All in one run, because each takes a second to start. Its other rules are about style, and one asks the web.
async function ofGitHub(texts) {
  const folder = mkdtempSync(join(tmpdir(), 'safetycenter-sarif-'));
  try {
    const files = texts.map((text, index) => {
      const file = join(folder, `${index}.sarif`);
      writeFileSync(file, text);
      return file;
    });

    // npm does that, unless it is told to run no scripts.
    chmodSync(multitool, 0o755);
    const { stdout } = await promisify(execFile)(multitool, ['validate', ...files, '--rule-kind', 'Ghas']);
    if (!stdout.includes(`Done. ${files.length} files scanned.`)) throw new Error(stdout);
    const lines = stdout.split(/\r?\n/);
    return files.map(file => lines.filter(line => line.startsWith(`${file}(`)).map(line => line.slice(line.indexOf('): ') + 3)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
