#!/usr/bin/env node
// Plays GitHub's secret scanning against a SafetyCenter on this machine:
//   node docs/tour/play-github.mjs KEY [PLACE] [SAFETYCENTER]
// It has a P-256 key of its own, serves the list of public keys on http://localhost:5081/public_keys (where a SafetyCenter in
// Development looks for it), signs a report that KEY was found at PLACE, sends it, and prints the answer.
import { createHash, createPrivateKey, createPublicKey, createSign, generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [secret, place = 'https://github.com/acme/website/blob/main/.env', safetyCenter = 'http://localhost:5080'] =
  process.argv.slice(2);
if (!secret) {
  console.error('Usage: node docs/tour/play-github.mjs KEY [PLACE] [SAFETYCENTER]');
  process.exit(2);
}

// Kept between runs, as GitHub keeps its own: a SafetyCenter looks for unknown keys once a minute only.
const file = join(tmpdir(), 'safetycenter-play-github.pem');
if (!existsSync(file)) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
}
const privateKey = createPrivateKey(readFileSync(file));
const pem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
const identifier = createHash('sha256').update(pem).digest('hex');

const keys = createServer((request, response) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ public_keys: [{ key_identifier: identifier, key: pem, is_current: true }] }));
});

keys.listen(5081, '127.0.0.1', async () => {
  try {
    const body = JSON.stringify([{ token: secret, type: 'safetycenter_api_key', url: place, source: 'content' }]);
    const send = () => fetch(`${safetyCenter}/webhooks/github/secret-scanning`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'Github-Public-Key-Identifier': identifier,
        'Github-Public-Key-Signature': createSign('SHA256').update(body).sign(privateKey, 'base64'),
      },
      body,
    });
    let answer = await send();
    // A SafetyCenter that fetched our previous key list a moment ago looks again only after a pause, as it should.
    for (let wait = 0; wait < 8 && (answer.status === 401 || answer.status === 503); wait++) {
      console.error(`Answered ${answer.status}: it does not know this new key yet. Trying again in 10 seconds.`);
      await new Promise(resolve => setTimeout(resolve, 10_000));
      answer = await send();
    }
    console.log(answer.status, await answer.text());
    process.exitCode = answer.ok ? 0 : 1;
  } catch (unreachable) {
    console.error(`${safetyCenter} cannot be reached: ${unreachable.cause?.message ?? unreachable.message}`);
    process.exitCode = 1;
  } finally {
    keys.close();
    keys.closeAllConnections();
  }
});
