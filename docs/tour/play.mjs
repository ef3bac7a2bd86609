#!/usr/bin/env node
// Plays everybody who may tell a SafetyCenter of a leaked key, against one on this machine:
//   node docs/tour/play.mjs github KEY
// Say it without anything to see who can be played. Needs Node.js 20, and nothing from npm.
import { createHash, createPrivateKey, createPublicKey, createSign, generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const usage = `Usage: node docs/tour/play.mjs WHO KEY [--place URL] [--server URL] [--token TOKEN] [--port PORT]

WHO is one of
  github          GitHub's secret scanning: a signed report
  gitlab-partner  GitLab.com's partner program: a signed report
  deps-dev        deps.dev of Google: a signed report
  gitlab          a GitLab of your own, which asks for a token to be revoked; with a reporting token
  scanner         a scanner in CI, which uploads a report of gitleaks; with a reporting token
  trufflehog      TruffleHog, which asks whether a key is alive; with a reporting token
  possession      anybody who has found the key, and sends it in

--place   where the key was seen (default https://github.com/acme/website/blob/main/.env)
--server  the SafetyCenter (default http://localhost:5080)
--token   a reporting token of the organization (default: the variable SAFETYCENTER_TOKEN)
--port    where our public keys are served to it (default 5081, where a SafetyCenter in Development looks for them)`;

const { who, secret, place, server, token, port } = readArguments();

// What each of them sends. The signed ones prove by the signature who they are, the others by the token, or not at all.
const parts = {
  github: signed('/webhooks/github/secret-scanning', 'Github-Public-Key', () => [
    { token: secret, type: 'safetycenter_api_key', url: place, source: 'content' },
  ]),
  'gitlab-partner': signed('/webhooks/gitlab/secret-detection', 'Gitlab-Public-Key', () => [
    { type: 'safetycenter_api_key', token: secret, url: place },
  ]),
  'deps-dev': signed('/webhooks/deps-dev/secret-scanning', 'DepsDev-Public-Key', () => [
    { token: secret, type: 'safetycenter_api_key', url: place },
  ]),
  gitlab: withToken('/webhooks/gitlab/v1/revoke_tokens', token, () => [
    { type: 'safetycenter_api_key', token: secret, location: place },
  ]),
  scanner: withToken('/api/v2/safety_center/leak_reports/imports', `Bearer ${token}`, () => [
    {
      RuleID: 'safetycenter-api-key', Description: 'SafetyCenter API key', StartLine: 3, EndLine: 3, StartColumn: 12,
      EndColumn: 11 + secret.length, Match: `DD_API_KEY=${secret}`, Secret: secret, File: '.env', SymlinkFile: '',
      Commit: 'b0dd59c0b500650cacd4551ca5989a6194001b10', Entropy: 3.5, Author: 'Bob', Email: 'bob@acme.example',
      Date: '2026-01-02T03:04:05Z', Message: 'Add settings', Tags: [],
      Fingerprint: 'b0dd59c0b500650cacd4551ca5989a6194001b10:.env:safetycenter-api-key:3',
    },
  ]),
  trufflehog: withToken('/webhooks/trufflehog/verify', `Bearer ${token}`, () => (
    { SafetyCenterApiKey: { key: [`DD_API_KEY=${secret}`, secret] } }
  )),
  possession: { path: '/api/v2/credentials/revoke', body: () => ({ credentials: [secret] }), headers: () => ({}) },
};

if (!Object.hasOwn(parts, who) || !secret) refuse(usage);
const part = parts[who];
if (part.needsToken && !token) refuse(`${who} proves by a reporting token who it is: give one by --token.`);

let keys;
try {
  const key = part.isSigned ? signingKey() : null;
  keys = key && await serveKeys(key);
  const body = JSON.stringify(part.body());
  const send = () => fetch(server.replace(/\/$/, '') + part.path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...part.headers(body, key) },
    body,
  });
  let answer = await send();
  // A SafetyCenter that fetched our previous key list a moment ago looks again only after a pause, as it should.
  for (let wait = 0; part.isSigned && wait < 8 && (answer.status === 401 || answer.status === 503); wait++) {
    console.error(`Answered ${answer.status}: it does not know this new key yet. Trying again in 10 seconds.`);
    await new Promise(resolve => setTimeout(resolve, 10_000));
    answer = await send();
  }
  console.log(answer.status, await answer.text());
  process.exitCode = answer.ok ? 0 : 1;
} catch (failure) {
  console.error(`It cannot be played: ${failure.cause?.message || failure.cause?.code || failure.message}`);
  process.exitCode = 1;
} finally {
  keys?.close();
  keys?.closeAllConnections();
}

function readArguments() {
  try {
    const { values, positionals: [who = '', secret] } = parseArgs({
      allowPositionals: true,
      options: {
        place: { type: 'string', default: 'https://github.com/acme/website/blob/main/.env' },
        server: { type: 'string', default: 'http://localhost:5080' },
        token: { type: 'string', default: process.env.SAFETYCENTER_TOKEN },
        port: { type: 'string', default: '5081' },
      },
    });
    return { who, secret, ...values };
  } catch (unreadable) {
    return refuse(`${unreadable.message}\n\n${usage}`);
  }
}

function refuse(words) {
  console.error(words);
  process.exit(2);
}

function withToken(path, authorization, body) {
  return { path, body, needsToken: true, headers: () => ({ Authorization: authorization }) };
}

function signed(path, header, body) {
  const headers = (text, key) => ({
    [`${header}-Identifier`]: key.identifier,
    [`${header}-Signature`]: createSign('SHA256').update(text).sign(key.private, 'base64'),
  });
  return { path, body, isSigned: true, headers };
}

// Kept between runs, as they keep their own: a SafetyCenter looks for unknown keys once a minute only.
function signingKey() {
  const file = join(tmpdir(), 'safetycenter-play.pem');
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  }
  const privateKey = createPrivateKey(readFileSync(file));
  const pem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
  return { private: privateKey, pem, identifier: createHash('sha256').update(pem).digest('hex') };
}

async function serveKeys({ identifier, pem }) {
  const keys = createServer((request, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ public_keys: [{ key_identifier: identifier, key: pem, is_current: true }] }));
  });
  await new Promise((resolve, reject) => {
    keys.once('error', reject);
    keys.listen(Number(port), '127.0.0.1', resolve);
  });
  return keys;
}
